#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# What configure says of an Mbed TLS that is missing, of two versions at once, or without threads.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$top_srcdir/tests/install/sources.sh"

# Of these, configure gets only what a case gives it.
headers=$MBEDTLS_CFLAGS
libraries=$MBEDTLS_LIBS
flags=$CPPFLAGS
unset MBEDTLS_CFLAGS MBEDTLS_LIBS CPPFLAGS

# The user's own headers first, in a copy that each case spoils in its own way.
copy_headers()
{
    rm -rf "$work/include"
    mkdir "$work/include"
    printf '#include <mbedtls/version.h>\n' | $CC $flags $headers -E -x c - |
        sed -n 's,^# [0-9]* "\(/[^"]*\)/mbedtls/version\.h".*,\1,p' | head -n 1 >"$work/where"
    [ -s "$work/where" ] || fail "where are the headers of Mbed TLS?"
    cp -R "$(cat "$work/where")/mbedtls" "$work/include/"
}

# expect yes|no TEXT CONFIGURE_ARGUMENT...: whether it succeeds, and what it says.
expect()
{
    wanted=$1
    text=$2
    shift 2
    rm -rf "$work/build"
    mkdir "$work/build"
    succeeded=yes
    (cd "$work/build" && CONFIG_SITE=NONE "$sources/configure" "CC=$CC" "CFLAGS=$CFLAGS" \
        "LDFLAGS=$LDFLAGS" "$@") >"$work/output" 2>&1 || succeeded=no
    [ $succeeded = "$wanted" ] || { tail -n 20 "$work/output"; fail "success is $succeeded: $*"; }
    grep -qF -e "$text" "$work/output" || { tail -n 20 "$work/output"; fail "not said: $text"; }
    echo "said: $text"
}

expect no "--with-threading takes pthread, alt or none" --with-threading=some
expect no "thread and address exclude each other" --with-sanitizer=thread,address
expect no "there is no $work/nowhere/include/mbedtls/version.h" --with-mbedtls="$work/nowhere"

copy_headers
echo '#error unusable' >"$work/include/mbedtls/version.h"
expect no "apt-get install libmbedtls-dev" "CPPFLAGS=-I$work/include" \
    "MBEDTLS_CFLAGS=$headers" "MBEDTLS_LIBS=$libraries"

copy_headers
for file in version.h build_info.h; do
    [ ! -e "$work/include/mbedtls/$file" ] || sed -i \
        's/^\(#define MBEDTLS_VERSION_NUMBER  *0x....\)..../\1FE00/' "$work/include/mbedtls/$file"
done
expect no "but the library is" "CPPFLAGS=-I$work/include" \
    "MBEDTLS_CFLAGS=$headers" "MBEDTLS_LIBS=$libraries"

# Both of them: without threads there is neither.
copy_headers
for file in config.h mbedtls_config.h; do
    [ ! -e "$work/include/mbedtls/$file" ] || sed -i \
        's,^#define MBEDTLS_THREADING_\(C\|PTHREAD\)$,,' "$work/include/mbedtls/$file"
done
if grep -q '^#define MBEDTLS_VERSION_MAJOR  *[23]' "$work/include/mbedtls/version.h" \
    "$work/include/mbedtls/build_info.h" 2>/dev/null; then
    expect yes "THIS MBED TLS IS BUILT WITHOUT THREADS" "CPPFLAGS=-I$work/include" \
        "MBEDTLS_CFLAGS=$headers" "MBEDTLS_LIBS=$libraries"
fi
