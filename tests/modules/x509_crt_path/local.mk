# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of the module x509_crt_path.

module_programs += \
    tests/modules/x509_crt_path/check_as_raw \
    tests/modules/x509_crt_path/check_faults \
    tests/modules/x509_crt_path/check_parse_file \
    tests/modules/x509_crt_path/check_steps

crt_path_common = $(live_common) tests/modules/x509_crt_path/folder.c \
    tests/modules/x509_crt_path/folder.h

tests_modules_x509_crt_path_check_as_raw_SOURCES = tests/modules/x509_crt_path/check_as_raw.c \
    $(crt_path_common)
tests_modules_x509_crt_path_check_as_raw_CPPFLAGS = $(live_test_cppflags)
tests_modules_x509_crt_path_check_as_raw_LDFLAGS = $(live_test_ldflags) -Wl,--wrap=read
tests_modules_x509_crt_path_check_as_raw_LDADD = $(live_test_ldadd)

tests_modules_x509_crt_path_check_faults_SOURCES = tests/modules/x509_crt_path/check_faults.c \
    $(crt_path_common)
tests_modules_x509_crt_path_check_faults_CPPFLAGS = $(live_test_cppflags)
tests_modules_x509_crt_path_check_faults_LDFLAGS = $(live_test_ldflags) -Wl,--wrap=read \
    -Wl,--wrap=malloc $(wrap_heap) -Wl,--wrap=mbedguard_enter \
    -Wl,--wrap=mbedguard_enter_set -Wl,--wrap=mbedguard_leave -Wl,--wrap=mbedguard_leave_set \
    -Wl,--wrap=mbedtls_x509_crt_parse
tests_modules_x509_crt_path_check_faults_LDADD = $(live_test_ldadd)

tests_modules_x509_crt_path_check_parse_file_SOURCES = \
    tests/modules/x509_crt_path/check_parse_file.c \
    tests/modules/x509_crt_path/file_kinds.c \
    tests/modules/x509_crt_path/file_kinds.h \
    tests/live/live_crl.c $(crt_path_common)
tests_modules_x509_crt_path_check_parse_file_CPPFLAGS = $(live_test_cppflags)
tests_modules_x509_crt_path_check_parse_file_LDFLAGS = $(live_test_ldflags) -Wl,--wrap=read \
    $(wrap_heap) -Wl,--wrap=mbedguard_enter
tests_modules_x509_crt_path_check_parse_file_LDADD = $(live_test_ldadd)

tests_modules_x509_crt_path_check_steps_SOURCES = tests/modules/x509_crt_path/check_steps.c \
    $(crt_path_common)
tests_modules_x509_crt_path_check_steps_CPPFLAGS = $(live_test_cppflags)
tests_modules_x509_crt_path_check_steps_LDFLAGS = $(live_test_ldflags) -Wl,--wrap=read
tests_modules_x509_crt_path_check_steps_LDADD = $(live_test_ldadd)
