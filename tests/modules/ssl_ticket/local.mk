# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of the module ssl_ticket.

ticket_common = tests/modules/ssl_ticket/tickets.c tests/modules/ssl_ticket/tickets.h \
    $(live_common)
ticket_cppflags = $(live_test_cppflags) -I$(top_srcdir)/tests/modules/ssl_ticket

if MBEDTLS_PUBLIC_CRYPTO
module_programs += tests/modules/ssl_ticket/check_ssl_ticket

tests_modules_ssl_ticket_check_ssl_ticket_SOURCES = \
    tests/modules/ssl_ticket/check_ssl_ticket.c $(ticket_common)
tests_modules_ssl_ticket_check_ssl_ticket_CPPFLAGS = $(ticket_cppflags)
tests_modules_ssl_ticket_check_ssl_ticket_LDFLAGS = $(live_test_ldflags)
tests_modules_ssl_ticket_check_ssl_ticket_LDADD = $(live_test_ldadd)
endif
