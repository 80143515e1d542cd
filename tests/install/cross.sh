#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Cross compiles the library for armhf, against the headers and libraries of Debian's armhf package:
# the generator runs here, on what the target's compiler makes of the target's headers. Nothing of
# the result can run here; it is looked at instead.
#
# The packages are downloaded with this machine's own apt sources into a directory of their own; the
# machine's package state is not touched. SYSROOT=DIR uses a directory with usr/include/mbedtls.
#
# Run by `make check-cross`, or from a source tree: tests/install/cross.sh

set -eu
host=arm-linux-gnueabihf
arch=armhf
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v $host-gcc >/dev/null; then
    echo "SKIPPED: there is no $host-gcc (Debian: gcc-$host)"
    exit 77
fi
. "$top_srcdir/tests/install/sources.sh"

# fetch_sysroot: apt with a state of its own, which believes that nothing is installed.
fetch_sysroot()
{
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/debs" "$work/sysroot"
    : >"$work/apt/status"
    set -- -q -o Dir::State="$work/apt" -o Dir::State::status="$work/apt/status" \
        -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" \
        -o APT::Architecture=$arch -o APT::Architectures::=$arch -o APT::Sandbox::User=root \
        -o Acquire::Retries=3
    # A list that cannot be had (a mirror may lack this architecture in one suite) is no reason to stop.
    apt-get "$@" update >"$work/apt.log" 2>&1 || grep '^E:' "$work/apt.log" || :
    # With nothing installed, the packages that Mbed TLS needs come along, the C library's too.
    apt-get "$@" -y --no-install-recommends --print-uris install libmbedtls-dev |
        sed -n "s/^'[^']*' \([a-z0-9.+-]*\)_.*/\1/p" | grep -E '^libmbed|^libeverest|^libp256m' \
        >"$work/names"
    (cd "$work/debs" && xargs apt-get "$@" download <"$work/names") >"$work/apt.log" 2>&1 ||
        { cat "$work/apt.log"; fail "apt-get download"; }
    for deb in "$work"/debs/*.deb; do
        dpkg-deb -x "$deb" "$work/sysroot"
    done
    SYSROOT=$work/sysroot
}

[ -n "${SYSROOT:-}" ] || fetch_sysroot
[ -e "$SYSROOT/usr/include/mbedtls/version.h" ] || fail "no Mbed TLS headers in $SYSROOT"

mkdir "$work/build"
cd "$work/build"
unset CC CXX NM CPPFLAGS CFLAGS LDFLAGS MBEDTLS_CFLAGS MBEDTLS_LIBS
run()
{
    "$@" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log"
        fail "$*"
    }
}
run "$sources/configure" --host=$host --with-mbedtls="$SYSROOT/usr"
grep 'not checked: cross compiling' "$work/log" || fail "configure did not see a cross compilation"
run make -j2

$host-readelf -h .libs/libmbedguard.so | grep 'Machine:.*ARM' || fail "the library is not for ARM"
count=$($host-nm -D --defined-only .libs/libmbedguard.so | grep -c ' T mbedguard_' || :)
[ "$count" -gt 0 ] || fail "the library exports nothing"
echo "$count functions for $host, Mbed TLS $(sed -n 's/^mbedtls_version=//p' src/build/mbedguard.pc)"
