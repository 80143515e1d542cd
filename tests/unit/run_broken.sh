#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# check_broken.sh wants to be run where the test programs are.

cd "$top_builddir/tests/unit" || exit 1
exec sh "$top_srcdir/tests/unit/check_broken.sh"
