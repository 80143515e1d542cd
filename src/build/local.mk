# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# What cleaning, distcheck and the house rules need.

clean-local: $(clean_targets)
distclean-local: $(distclean_targets)

EXTRA_DIST += \
    src/build/m4/mbedguard-flags.m4 \
    src/build/m4/mbedguard-mbedtls.m4 \
    src/build/m4/mbedguard-summary.m4 \
    src/build/m4/mbedguard-tools.m4

AM_DISTCHECK_CONFIGURE_FLAGS = --enable-werror --enable-lockcheck
