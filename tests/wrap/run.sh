#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Every call-through against the emitted stand-in for Mbed TLS: compiles core with a fake threading
# backend, what was emitted, and this folder, and runs it. No library of Mbed TLS is linked.
#
#     SRCDIR BUILDDIR CC CPPFLAGS PYTHON   as the build has them; BUILDDIR/gen holds what was emitted
#     WRAP_CFLAGS   options for the compiler (default: -std=c11 -O0 -Wall -Wextra)
#     WRAP_OUT      where to put objects (default: BUILDDIR/tests/wrap/objects)
#     WRAP_READER   libclang or pycparser (default: the first that is there)
#     WRAP_LIBRARIES  library files of Mbed TLS: what is left out as absent must not be in them
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
: "${WRAP_CFLAGS:=-std=c11 -O0 -Wall -Wextra}" "${WRAP_OUT:=$BUILDDIR/tests/wrap/objects}"
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

libraries=
for library in ${WRAP_LIBRARIES:-}; do libraries="$libraries --library $library"; done
# shellcheck disable=SC2086 # a list of words
CC=$CC CPPFLAGS="$CPPFLAGS $MBEDTLS_CFLAGS" "$PYTHON" -B "$here/expected_locks.py" $libraries \
    ${WRAP_READER:+--reader "$WRAP_READER"} --out "$WRAP_OUT/expected.c.$$"
status=$?
if [ $status -ne 0 ]; then
    exit $status
fi

# update FILE: put FILE.$$ in its place if that says something else. Two scripts may run this at once.
update()
{
    if cmp -s "$1.$$" "$1"; then
        rm "$1.$$"
    else
        mv "$1.$$" "$1"
    fi
}
update "$WRAP_OUT/expected.c"

# The backend of the test is an ALT one, whatever the library was configured for.
config=$SRCDIR/tests/unit/config-alt
includes="-D_POSIX_C_SOURCE=200809L -I$config -I$SRCDIR/include -I$SRCDIR/src -I$SRCDIR/tests"
includes="$includes -I$gen/include -I$gen/src -I$BUILDDIR/include"
# The order of guards is the library's.
if grep -q '^#define MBEDGUARD_PSA_INSIDE' "$BUILDDIR/include/mbedguard/backend.h"; then
    includes="$includes -DMBEDGUARD_PSA_INSIDE=1"
fi
flags="$WRAP_CFLAGS $includes $CPPFLAGS $MBEDTLS_CFLAGS"
if [ "$(cat "$WRAP_OUT/flags" 2>/dev/null)" != "$CC $flags" ]; then
    rm -f "$WRAP_OUT"/*.o "$WRAP_OUT"/*.d "$WRAP_OUT/wrap"
    echo "$CC $flags" >"$WRAP_OUT/flags"
fi
export CC flags WRAP_OUT

# Compiles one source, if it or a header of it changed. The name of the folder is part of the object's,
# since names come twice. The flags may hold quotes, as in a makefile.
cat >"$WRAP_OUT/compile.sh.$$" <<'SCRIPT'
source=$1
object=$WRAP_OUT/$(echo "$source" | sed 's,.*/\([^/]*\)/\([^/]*\)\.c$,\1-\2.o,')
depends=${object%.o}.d
if [ -e "$object" ] && [ -e "$depends" ]; then
    newer=$(find -L $(sed -e 's,^[^:]*:,,' -e 's,\\$,,' "$depends") -newer "$object" 2>&1 | head -n 1)
    if [ -z "$newer" ]; then exit 0; fi
fi
eval "$CC $flags -MMD -MF '$depends' -c '$source' -o '$object'" || { rm -f "$object"; exit 1; }
SCRIPT
update "$WRAP_OUT/compile.sh"

# start.c would ask the stand-in for its version, and fill tables that it does not have.
{
    ls "$SRCDIR"/src/core/*.c "$gen"/src/*.c "$gen"/tests/*.c "$here"/*.c
    echo "$WRAP_OUT/expected.c"
} >"$WRAP_OUT/sources.$$"
for source in "$SRCDIR"/src/manual/*.c "$SRCDIR"/src/modules/*/*.c; do
    if [ "${source##*/}" != start.c ]; then echo "$source"; fi
done >"$WRAP_OUT/archived"
cat "$WRAP_OUT/archived" >>"$WRAP_OUT/sources.$$"
cmp -s "$WRAP_OUT/sources.$$" "$WRAP_OUT/sources" || rm -f "$WRAP_OUT/wrap"
update "$WRAP_OUT/sources"
xargs -n 1 -P "$WRAP_JOBS" sh "$WRAP_OUT/compile.sh" <"$WRAP_OUT/sources" || exit 1

# Hand-written call-throughs have tests of their own: of them, only what emitted code calls is linked.
object_of="s,.*/\([^/]*\)/\([^/]*\)\.c\$,$WRAP_OUT/\1-\2.o,"
objects=$(sed "$object_of" "$WRAP_OUT/sources" | tr '\n' ' ')
# shellcheck disable=SC2086 # a list of words
if [ ! -e "$WRAP_OUT/wrap" ] || [ -n "$(find $objects -newer "$WRAP_OUT/wrap" | head -n 1)" ]; then
    archived=$(sed "$object_of" "$WRAP_OUT/archived")
    rm -f "$WRAP_OUT/libmanual.a"
    ${AR:-ar} rcs "$WRAP_OUT/libmanual.a" $archived || exit 1
    objects=$(grep -v -F -f "$WRAP_OUT/archived" "$WRAP_OUT/sources" | sed "$object_of" | tr '\n' ' ')
    eval "$CC $WRAP_CFLAGS -o '$WRAP_OUT/wrap' $objects '$WRAP_OUT/libmanual.a'" || exit 1
fi

if [ -n "$build_only" ]; then
    exit 0
fi
"$WRAP_OUT/wrap" "$@"
