# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of the locked modules, on the real Mbed TLS. Each folder adds its programs to module_programs,
# which run under valgrind, too, and what else it has to TESTS.

module_programs =

# What allocates for the library: by the C library's names, or by Mbed TLS's (tests/modules/wrapped.h).
wrap_heap = -Wl,--wrap=calloc -Wl,--wrap=free -Wl,--wrap=mbedtls_calloc -Wl,--wrap=mbedtls_free
EXTRA_DIST += tests/modules/wrapped.h

include tests/modules/memory_buffer_alloc/local.mk
include tests/modules/rng/local.mk
include tests/modules/rsa/local.mk
include tests/modules/ssl_cache/local.mk
include tests/modules/ssl_cookie/local.mk
include tests/modules/ssl_ticket/local.mk
include tests/modules/x509_crt_path/local.mk

if HAVE_CHECK
check_PROGRAMS += $(module_programs)
if THREADING_PTHREAD
LIVE_TESTS += $(module_programs)
TESTS += $(module_programs)
endif
endif
