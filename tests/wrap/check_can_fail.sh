#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A test that cannot fail proves nothing: breaks emitted code and the plan in many ways, and expects
# the test to notice each. Takes the same variables as run.sh.

set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${CC:=cc}" "${PYTHON:=python3}" "${CPPFLAGS:=}" "${MBEDTLS_CFLAGS:=}"
SRCDIR=${SRCDIR:-${top_srcdir:-$(cd "$here/../.." && pwd)}}
BUILDDIR=${BUILDDIR:-${top_builddir:-$(pwd)}}
: "${WRAP_CFLAGS:=-std=c11 -O0 -Wall -Wextra}" "${WRAP_OUT:=$BUILDDIR/tests/wrap/objects}"
export SRCDIR BUILDDIR CC PYTHON CPPFLAGS MBEDTLS_CFLAGS WRAP_CFLAGS WRAP_OUT

sh "$here/run.sh" --build-only
status=$?
if [ $status -ne 0 ]; then
    exit $status
fi
exec "$PYTHON" -B "$here/can_fail.py"
