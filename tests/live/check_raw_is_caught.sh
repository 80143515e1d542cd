#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The same small programs (raw_*.c), compiled raw and through the shadow directory, under helgrind.
# Raw must be caught: a report, lost data or a crash. Guarded must not: no report, all data there.

set -u
: "${top_srcdir:?}" "${top_builddir:?}" "${CC:=cc}"
: "${MBEDTLS_LIBS:=-lmbedtls -lmbedx509 -lmbedcrypto}"
: "${VALGRIND:=valgrind}" "${PTHREAD_LIBS:=-lpthread}"
source=$top_srcdir/tests/live

if ! command -v "$VALGRIND" >/dev/null; then
    echo "skipped: there is no valgrind"
    exit 77
fi
if [ -n "${SANITIZER_FLAGS:-}" ]; then
    echo "skipped: valgrind cannot run what a sanitizer instruments"
    exit 77
fi
if [ "${THREADING:-pthread}" != pthread ]; then
    echo "skipped: helgrind knows the mutexes of pthreads only"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="${CPPFLAGS:-} ${MBEDTLS_CFLAGS:-} -std=gnu11 -g -O1 -I$source"
switch="-I$top_builddir/gen/switch -I$top_builddir/include -I$top_srcdir/include \
    -I$top_builddir/gen/include"
# MBEDGUARD_LIBRARY may name another library file.
library=${MBEDGUARD_LIBRARY:-}
for file in "$top_builddir/.libs/libmbedguard.so" "$top_builddir/.libs/libmbedguard.a"; do
    if [ -z "$library" ] && [ -e "$file" ]; then library=$file; fi
done
LD_LIBRARY_PATH=${library%/*}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
for word in $MBEDTLS_LIBS; do
    case $word in -L*) LD_LIBRARY_PATH=$LD_LIBRARY_PATH:${word#-L} ;; esac
done
export LD_LIBRARY_PATH

# run PROGRAM: under helgrind; sets status and found.
run()
{
    "$VALGRIND" --tool=helgrind --history-level=none --log-file="$work/$1.log" "$work/$1" \
        >"$work/$1.out" 2>&1
    status=$?
    found=$(awk -f "$top_srcdir/tests/supp/reports.awk" "$work/$1.log")
}

failures=0
for file in "$source"/raw_*.c; do
    name=$(basename "$file" .c)
    # shellcheck disable=SC2086 # flags are several words
    $CC $flags -o "$work/$name.raw" "$file" ${LDFLAGS:-} $MBEDTLS_LIBS $PTHREAD_LIBS &&
        $CC $switch $flags -o "$work/$name.guarded" "$file" ${LDFLAGS:-} "$library" $MBEDTLS_LIBS \
            $PTHREAD_LIBS || exit 1
    run "$name.raw"
    if [ $status -eq 77 ]; then
        echo "$name: this Mbed TLS has no such race"
        continue
    fi
    raw="$found reports, status $status"
    # What does not even start has shown nothing.
    case $status in 126 | 127) found=0 status=0 ;; esac
    if [ "$found" -eq 0 ] && [ $status -eq 0 ]; then
        echo "FAILED $name: the raw program was not caught: $raw"
        failures=$((failures + 1))
    fi
    run "$name.guarded"
    if [ "$found" -ne 0 ] || [ $status -ne 0 ] ||
        ! grep -q '^guarded' "$work/$name.guarded.out"; then
        echo "FAILED $name: the guarded program: $found reports, status $status"
        cat "$work/$name.guarded.out"
        head -n 100 "$work/$name.guarded.log"
        failures=$((failures + 1))
    fi
    echo "$name: raw $raw; guarded $found reports, status $status"
done
exit $((failures != 0))
