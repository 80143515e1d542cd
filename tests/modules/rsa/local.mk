# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of the module rsa.

rsa_test_common = $(live_common) \
    tests/modules/rsa/certified.c \
    tests/modules/rsa/certified.h \
    tests/modules/rsa/meeting.c \
    tests/modules/rsa/meeting.h \
    tests/modules/rsa/one_key.c \
    tests/modules/rsa/one_key.h

if MBEDTLS_PUBLIC_CRYPTO
module_programs += \
    tests/modules/rsa/check_rsa \
    tests/modules/rsa/check_rsa_ends \
    tests/modules/rsa/check_rsa_memory \
    tests/modules/rsa/check_rsa_pk \
    tests/modules/rsa/check_rsa_tls

tests_modules_rsa_check_rsa_SOURCES = tests/modules/rsa/check_rsa.c $(rsa_test_common)
tests_modules_rsa_check_rsa_CPPFLAGS = $(live_test_cppflags)
tests_modules_rsa_check_rsa_LDFLAGS = $(live_test_ldflags)
tests_modules_rsa_check_rsa_LDADD = $(live_test_ldadd)

tests_modules_rsa_check_rsa_ends_SOURCES = tests/modules/rsa/check_rsa_ends.c $(rsa_test_common)
tests_modules_rsa_check_rsa_ends_CPPFLAGS = $(live_test_cppflags)
tests_modules_rsa_check_rsa_ends_LDFLAGS = $(live_test_ldflags) \
    $(wrap_heap) -Wl,--wrap=mbedguard_enter
tests_modules_rsa_check_rsa_ends_LDADD = $(live_test_ldadd)

tests_modules_rsa_check_rsa_memory_SOURCES = tests/modules/rsa/check_rsa_memory.c \
    $(rsa_test_common)
tests_modules_rsa_check_rsa_memory_CPPFLAGS = $(live_test_cppflags)
tests_modules_rsa_check_rsa_memory_LDFLAGS = $(live_test_ldflags)
tests_modules_rsa_check_rsa_memory_LDADD = $(live_test_ldadd)

tests_modules_rsa_check_rsa_pk_SOURCES = tests/modules/rsa/check_rsa_pk.c $(rsa_test_common)
tests_modules_rsa_check_rsa_pk_CPPFLAGS = $(live_test_cppflags)
tests_modules_rsa_check_rsa_pk_LDFLAGS = $(live_test_ldflags)
tests_modules_rsa_check_rsa_pk_LDADD = $(live_test_ldadd)

tests_modules_rsa_check_rsa_tls_SOURCES = tests/modules/rsa/check_rsa_tls.c $(rsa_test_common)
tests_modules_rsa_check_rsa_tls_CPPFLAGS = $(live_test_cppflags)
tests_modules_rsa_check_rsa_tls_LDFLAGS = $(live_test_ldflags)
tests_modules_rsa_check_rsa_tls_LDADD = $(live_test_ldadd)
endif
