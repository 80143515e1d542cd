#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Every call-through against the emitted stand-in for Mbed TLS: compiles core with a fake threading
# backend, what was emitted, and this folder, and runs it. No library of Mbed TLS is linked.
#
#     SRCDIR BUILDDIR CC CPPFLAGS PYTHON   as the build has them; BUILDDIR/gen holds what was emitted
#     WRAP_CFLAGS   options for the compiler (default: -std=c11 -O0 -Wall -Wextra)
#     WRAP_OUT      where to put objects (default: BUILDDIR/tests/wrap)
#     WRAP_READER   libclang or pycparser (default: the first that is there)
#     WRAP_JOBS     compilers at a time (default: as many as processors)
#     run.sh --build-only       makes $WRAP_OUT/wrap, and no more
#     run.sh NAME...            tests only these functions
#
# Exit status: 0 passed, 77 skipped since nothing can read the headers, else failed.

set -u
here=$(cd "$(dirname "$0")" && pwd)
SRCDIR=${SRCDIR:-${top_srcdir:-$(cd "$here/../.." && pwd)}}
BUILDDIR=${BUILDDIR:-${top_builddir:-$(pwd)}}
: "${CC:=cc}" "${PYTHON:=python3}" "${CPPFLAGS:=}" "${MBEDTLS_CFLAGS:=}"
: "${WRAP_CFLAGS:=-std=c11 -O0 -Wall -Wextra}" "${WRAP_OUT:=$BUILDDIR/tests/wrap}"
: "${WRAP_JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}"
gen=$BUILDDIR/gen
build_only=
if [ "${1:-}" = --build-only ]; then
    build_only=yes
    shift
fi

if [ ! -e "$gen/tests/wrap_tables.c" ]; then
    echo "run.sh: $gen/tests is empty: run the generator first" >&2
    exit 1
fi
mkdir -p "$WRAP_OUT" || exit 1

CC=$CC CPPFLAGS="$CPPFLAGS $MBEDTLS_CFLAGS" "$PYTHON" -B "$here/expected_locks.py" \
    ${WRAP_READER:+--reader "$WRAP_READER"} --out "$WRAP_OUT/expected.c.new"
status=$?
if [ $status -ne 0 ]; then
    exit $status
fi
if cmp -s "$WRAP_OUT/expected.c.new" "$WRAP_OUT/expected.c"; then
    rm "$WRAP_OUT/expected.c.new"
else
    mv "$WRAP_OUT/expected.c.new" "$WRAP_OUT/expected.c"
fi

# The backend of the test is an ALT one, whatever the library was configured for; it is not counted on that
# the build has the directory of a configured include first.
config=$SRCDIR/tests/unit/config-alt
includes="-I$config -I$SRCDIR/include -I$SRCDIR/src -I$SRCDIR/tests -I$gen/include -I$gen/src -I$BUILDDIR/include"
export CC includes CPPFLAGS MBEDTLS_CFLAGS WRAP_CFLAGS WRAP_OUT

# An object for each source; only what changed, or whose headers did. The name of the folder is part of the
# object's, since names come twice.
compile=$WRAP_OUT/compile.sh
cat >"$compile" <<'SCRIPT'
source=$1
object=$WRAP_OUT/$(echo "$source" | sed -e 's,/*$,,' -e 's,.*/\([^/]*\)/\([^/]*\)\.c$,\1-\2.o,')
if [ -e "$object" ] && [ -e "${object%.o}.d" ]; then
    newer=$(find -L $(sed -e 's,^[^:]*:,,' -e 's,\\$,,' "${object%.o}.d") \
        -newer "$object" 2>/dev/null | head -n 1)
    if [ -z "$newer" ]; then exit 0; fi
fi
$CC $WRAP_CFLAGS $includes $CPPFLAGS $MBEDTLS_CFLAGS -MMD -MF "${object%.o}.d" \
    -c "$source" -o "$object" || { rm -f "$object"; exit 1; }
SCRIPT

# Of src/manual only what emitted code calls: the rest has tests of its own, and needs more than stand-ins.
manual='psa_store drbg_fork ssl_copies x509_chain pk_copy'
{
    ls "$SRCDIR"/src/core/*.c "$gen"/src/*.c "$gen"/tests/*.c "$here"/*.c
    for name in $manual; do echo "$SRCDIR/src/manual/$name.c"; done
    echo "$WRAP_OUT/expected.c"
} >"$WRAP_OUT/sources"
xargs -n 1 -P "$WRAP_JOBS" sh "$compile" <"$WRAP_OUT/sources" || exit 1

objects=$(sed "s,.*/\([^/]*\)/\([^/]*\)\.c\$,$WRAP_OUT/\1-\2.o," "$WRAP_OUT/sources")
# shellcheck disable=SC2086 # lists of words
$CC $WRAP_CFLAGS -o "$WRAP_OUT/wrap" $objects || exit 1

if [ -n "$build_only" ]; then
    exit 0
fi
"$WRAP_OUT/wrap" "$@"
