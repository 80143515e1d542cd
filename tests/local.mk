# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# How tests are run. A program of libcheck has its own time limit for each case; the limit here is
# for the program, so that nothing can hang `make check`.

TEST_EXTENSIONS = .sh .py
if HAVE_TIMEOUT
test_limit = $(TIMEOUT) -k 10 $(TEST_TIMEOUT)
endif
LOG_COMPILER = $(test_limit)
SH_LOG_COMPILER = $(test_limit) $(SHELL)
PY_LOG_COMPILER = env SRCDIR=$(call shq,$(abs_top_srcdir)) \
    CPPFLAGS=$(call shq,$(CPPFLAGS) $(MBEDTLS_CFLAGS)) $(test_limit) $(PYTHON) -B

# What the scripts may use. Values with spaces are quoted by shq.
AM_TESTS_ENVIRONMENT = \
    CC=$(call shq,$(CC)) CXX=$(call shq,$(CXX)) NM=$(call shq,$(NM)) \
    OBJDUMP=$(call shq,$(OBJDUMP)) \
    CPPFLAGS=$(call shq,$(CPPFLAGS)) CFLAGS=$(call shq,$(CFLAGS)) LDFLAGS=$(call shq,$(LDFLAGS)) \
    MBEDTLS_CFLAGS=$(call shq,$(MBEDTLS_CFLAGS)) MBEDTLS_LIBS=$(call shq,$(MBEDTLS_LIBS)) \
    PSA_INSIDE_CPPFLAGS=$(call shq,$(PSA_INSIDE_CPPFLAGS)) \
    SANITIZER_FLAGS=$(call shq,$(SANITIZER_FLAGS)) PTHREAD_LIBS=$(call shq,$(PTHREAD_LIBS)) \
    PKG_CONFIG=$(call shq,$(PKG_CONFIG)) PYTHON=$(call shq,$(PYTHON)) \
    VALGRIND=$(call shq,$(VALGRIND)) MAKE=$(call shq,$(MAKE)) \
    THREADING=$(MBEDGUARD_THREADING) WRAP_OUT=$(call shq,$(abs_top_builddir)/tests/wrap/objects) \
    top_srcdir=$(call shq,$(abs_top_srcdir)) top_builddir=$(call shq,$(abs_top_builddir)) \
    prefix=$(call shq,$(prefix)) libdir=$(call shq,$(libdir)) includedir=$(call shq,$(includedir)); \
    export CC CXX NM OBJDUMP CPPFLAGS CFLAGS LDFLAGS MBEDTLS_CFLAGS MBEDTLS_LIBS SANITIZER_FLAGS \
    PTHREAD_LIBS PSA_INSIDE_CPPFLAGS PKG_CONFIG PYTHON VALGRIND MAKE THREADING WRAP_OUT \
    top_srcdir top_builddir prefix libdir includedir;

# Flags of a test: of one that knows core only, of one that runs on the real Mbed TLS.
core_test_cppflags = $(core_cppflags) -I$(top_srcdir)/tests $(CHECK_CFLAGS)
core_test_ldadd = libmbedguard-core.la $(CHECK_LIBS) $(PTHREAD_LIBS)
live_test_cppflags = $(internal_cppflags) $(emitted_cppflags) -I$(top_srcdir)/tests $(CHECK_CFLAGS)
live_test_ldadd = libmbedguard-testable.la $(MBEDTLS_LIBS) $(CHECK_LIBS) $(PTHREAD_LIBS)
live_test_ldflags = $(AM_LDFLAGS) $(MBEDTLS_RUN_LDFLAGS)

if !HAVE_CHECK
check-local:
	@echo "The tests need libcheck. On Debian: apt-get install check" >&2; exit 1
endif

include tests/bench/local.mk
include tests/chroot/local.mk
include tests/gen/local.mk
include tests/install/local.mk
include tests/lint/local.mk
include tests/live/local.mk
include tests/model/local.mk
include tests/modules/local.mk
include tests/supp/local.mk
include tests/unit/local.mk
include tests/wrap/local.mk

EXTRA_DIST += tests/sanitized.h
