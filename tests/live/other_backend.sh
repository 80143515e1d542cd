#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Takes the place of the live tests and the examples where the library has another backend than pthread.

cat <<'END'
skipped: the live tests and the examples share objects between POSIX threads. This library has no
threads, or waits for those of its program (--with-threading=none, =alt); of these backends the unit
tests and the tests of all call-throughs are run, whatever the library's own is.
END
exit 77
