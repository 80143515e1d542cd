# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of the module ssl_ticket.

ticket_common = tests/modules/ssl_ticket/tickets.c tests/modules/ssl_ticket/tickets.h \
    $(live_common)
ticket_cppflags = $(live_test_cppflags) -I$(top_srcdir)/tests/modules/ssl_ticket

if MBEDTLS_PUBLIC_CRYPTO
module_programs += \
    tests/modules/ssl_ticket/check_ssl_ticket \
    tests/modules/ssl_ticket/check_ssl_ticket_faults \
    tests/modules/ssl_ticket/check_ssl_ticket_keys \
    tests/modules/ssl_ticket/check_ssl_ticket_resume \
    tests/modules/ssl_ticket/check_ssl_ticket_threads

tests_modules_ssl_ticket_check_ssl_ticket_SOURCES = \
    tests/modules/ssl_ticket/check_ssl_ticket.c $(ticket_common)
tests_modules_ssl_ticket_check_ssl_ticket_CPPFLAGS = $(ticket_cppflags)
tests_modules_ssl_ticket_check_ssl_ticket_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_ticket_check_ssl_ticket_LDADD = $(live_test_ldadd)

tests_modules_ssl_ticket_check_ssl_ticket_faults_SOURCES = \
    tests/modules/ssl_ticket/check_ssl_ticket_faults.c $(ticket_common)
tests_modules_ssl_ticket_check_ssl_ticket_faults_CPPFLAGS = $(ticket_cppflags)
tests_modules_ssl_ticket_check_ssl_ticket_faults_LDFLAGS = $(live_test_ldflags) \
    -Wl,--wrap=pthread_mutex_lock -Wl,--wrap=pthread_mutex_trylock
tests_modules_ssl_ticket_check_ssl_ticket_faults_LDADD = $(live_test_ldadd)

tests_modules_ssl_ticket_check_ssl_ticket_keys_SOURCES = \
    tests/modules/ssl_ticket/check_ssl_ticket_keys.c $(ticket_common)
tests_modules_ssl_ticket_check_ssl_ticket_keys_CPPFLAGS = $(ticket_cppflags)
tests_modules_ssl_ticket_check_ssl_ticket_keys_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_ticket_check_ssl_ticket_keys_LDADD = $(live_test_ldadd)

tests_modules_ssl_ticket_check_ssl_ticket_resume_SOURCES = \
    tests/modules/ssl_ticket/check_ssl_ticket_resume.c $(ticket_common)
tests_modules_ssl_ticket_check_ssl_ticket_resume_CPPFLAGS = $(ticket_cppflags)
tests_modules_ssl_ticket_check_ssl_ticket_resume_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_ticket_check_ssl_ticket_resume_LDADD = $(live_test_ldadd)

tests_modules_ssl_ticket_check_ssl_ticket_threads_SOURCES = \
    tests/modules/ssl_ticket/check_ssl_ticket_threads.c $(ticket_common)
tests_modules_ssl_ticket_check_ssl_ticket_threads_CPPFLAGS = $(ticket_cppflags)
tests_modules_ssl_ticket_check_ssl_ticket_threads_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_ticket_check_ssl_ticket_threads_LDADD = $(live_test_ldadd)
endif
