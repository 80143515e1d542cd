# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The tests on another release of Debian. Needs root, and the network the first time.

EXTRA_DIST += tests/chroot/run

check-trixie:
	$(top_srcdir)/tests/chroot/run -o tests/chroot/trixie trixie

check-bookworm:
	$(top_srcdir)/tests/chroot/run -o tests/chroot/bookworm bookworm

phony_targets += check-trixie check-bookworm

clean-chroot:
	-rm -rf tests/chroot/trixie tests/chroot/bookworm
phony_targets += clean-chroot
clean_targets += clean-chroot
