#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Programs are compiled and linked with what pkg-config says, and run: shared, static, C++, switched
# by the shadow directory, against the build directory; and one that loads and closes the library.

set -eu
. "$top_srcdir/tests/install/pkgconfig.sh"
have_pkgconfig

source=$top_srcdir/tests/install
flags="$CPPFLAGS $CFLAGS $SANITIZER_FLAGS $LDFLAGS"
# The run-time path that --with-mbedtls=PREFIX gave to the library does not help a program that is
# linked with Mbed TLS itself.
paths=$(for word in $MBEDTLS_LIBS; do
    case $word in -L*) printf '%s:' "${word#-L}" ;; esac
done)
LD_LIBRARY_PATH=$root$libdir:$paths${LD_LIBRARY_PATH:-}
export LD_LIBRARY_PATH

shared_works()
{
    try $CC $flags -o "$work/shared" "$source/consumer.c" $($PKG_CONFIG --cflags --libs mbedguard)
    try "$work/shared"
    readelf -d "$work/shared" | grep -q 'NEEDED.*libmbedguard' || fail "not linked with the library"
    echo "shared: works"
}

static_works()
{
    # Only ours is static: a fully static program cannot be had with sanitizers.
    try $CC $flags -o "$work/mixed" "$source/consumer.c" $($PKG_CONFIG --cflags mbedguard) \
        $($PKG_CONFIG --static --libs mbedguard |
            sed 's/-lmbedguard/-Wl,-Bstatic & -Wl,-Bdynamic/')
    try "$work/mixed"
    ! readelf -d "$work/mixed" | grep -q 'NEEDED.*libmbedguard' || fail "static: linked as shared"
    echo "static library: works"
    [ -z "$SANITIZER_FLAGS" ] || return 0
    if ! $CC $flags -static -o "$work/probe" "$source/probe.c" $MBEDTLS_LIBS 2>"$work/output"; then
        echo "fully static: not tried, Mbed TLS cannot be linked statically here"
        return 0
    fi
    try $CC $flags -static -o "$work/static" "$source/consumer.c" \
        $($PKG_CONFIG --static --cflags --libs mbedguard)
    try "$work/static"
    echo "fully static: works"
}

cxx_works()
{
    if [ -z "$CXX" ]; then
        echo "C++: not tried, there is no compiler"
        return 0
    fi
    try $CXX $CPPFLAGS $SANITIZER_FLAGS $LDFLAGS -x c++ -o "$work/cxx" "$source/consumer.c" -x none \
        $($PKG_CONFIG --cflags --libs mbedguard)
    try "$work/cxx"
    echo "C++: works"
}

switch_works()
{
    try $CC $flags -Wall -Werror -o "$work/switched" "$source/switched.c" \
        $($PKG_CONFIG --cflags --libs mbedguard-switch)
    try "$work/switched"
    $NM -u "$work/switched" >"$work/names"
    grep -q mbedguard_psa_hash_update "$work/names" || fail "the shadow directory did not switch"
    ! grep -q ' psa_hash_' "$work/names" || fail "the shadow directory left raw calls"
    echo "shadow directory: works"
}

# mutexes_run PROGRAM: it uses ours; run it where the backend is there without being set.
mutexes_run()
{
    $NM -u "$1" >"$work/names"
    grep -q mbedguard_mutex_lock "$work/names" || fail "$1: not our mutexes"
    ! grep -q mbedtls_mutex_ "$work/names" || fail "$1: mutexes of Mbed TLS are left"
    if grep -q 'define MBEDGUARD_THREADING_PTHREAD' "$root$includedir/mbedguard/backend.h"; then
        try "$1"
    fi
}

mutexes_work()
{
    # With MBEDTLS_THREADING_ALT a program has brought them itself, and they are left alone.
    if ! grep -q '!defined(MBEDTLS_THREADING_ALT)$' \
        "$root$includedir/mbedguard/configuration.h"; then
        try $CC $flags -Wall -Werror -o "$work/mutexes" "$source/mutexes.c" \
            $($PKG_CONFIG --cflags --libs mbedguard-switch) $PTHREAD_LIBS
        mutexes_run "$work/mutexes"
    fi
    sed 's/mbedtls_/mbedguard_/g; s|<mbedtls/|<mbedguard/|' "$source/mutexes.c" >"$work/prefix.c"
    try $CC $flags -Wall -Werror -o "$work/prefix" "$work/prefix.c" \
        $($PKG_CONFIG --cflags --libs mbedguard) $PTHREAD_LIBS
    mutexes_run "$work/prefix"
    echo "mutexes: work"
}

uninstalled_works()
{
    PKG_CONFIG_PATH=$top_builddir/src/build
    LD_LIBRARY_PATH=$top_builddir/.libs:$paths
    try $CC $flags -o "$work/here" "$source/consumer.c" $($PKG_CONFIG --cflags --libs mbedguard)
    try "$work/here"
    echo "not installed: works"
}

closing_works()
{
    try $CC $flags -o "$work/dlclose" "$source/dlclose.c" -ldl $PTHREAD_LIBS
    try "$work/dlclose" "$root$libdir/libmbedguard.so.0"
    echo "dlclose: works"
}

if [ -e "$root$libdir/libmbedguard.so" ]; then
    shared_works
    cxx_works
    switch_works
    mutexes_work
    uninstalled_works
    closing_works
fi
if [ -e "$root$libdir/libmbedguard.a" ]; then
    static_works
fi
