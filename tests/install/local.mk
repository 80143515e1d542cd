# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of what `make install` puts in place. They share one installed tree, made once.

install_root = tests/install/root

install_tests = \
    tests/install/consumer.sh \
    tests/install/headers.sh \
    tests/install/symbols.sh

other_install_tests = \
    tests/install/configure.sh \
    tests/install/uninstall.sh

TESTS += $(install_tests) $(other_install_tests)

EXTRA_DIST += $(install_tests) $(other_install_tests) \
    tests/install/consumer.c \
    tests/install/cross.sh \
    tests/install/dlclose.c \
    tests/install/mutexes.c \
    tests/install/pkgconfig.sh \
    tests/install/probe.c \
    tests/install/sources.sh \
    tests/install/switched.c

$(install_tests:.sh=.log): $(install_root)/stamp

$(install_root)/stamp: libmbedguard.la gen/stamp $(pkginclude_HEADERS) $(pkgconfig_DATA)
	@rm -rf $(install_root)
	@$(MKDIR_P) $(install_root)
	@$(MAKE) $(AM_MAKEFLAGS) install DESTDIR=$(abs_top_builddir)/$(install_root) \
	    >$(install_root)/install.log 2>&1 || { cat $(install_root)/install.log; exit 1; }
	@touch $@

clean-install-root:
	-rm -rf $(install_root)
phony_targets += clean-install-root
clean_targets += clean-install-root

# Not part of `make check`: it needs a cross compiler and that machine's Mbed TLS.
check-cross:
	$(AM_TESTS_ENVIRONMENT) $(SHELL) $(top_srcdir)/tests/install/cross.sh
phony_targets += check-cross
