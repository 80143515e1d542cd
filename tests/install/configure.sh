#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# What configure says of an Mbed TLS that is missing, of two versions at once, without threads, or with
# hooks of the platform; and that it can link and run what --with-mbedtls names.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$top_srcdir/tests/install/sources.sh"

# Of these, configure gets only what a case gives it.
headers=$MBEDTLS_CFLAGS
libraries=$MBEDTLS_LIBS
flags=$CPPFLAGS
unset MBEDTLS_CFLAGS MBEDTLS_LIBS CPPFLAGS
# Without --with-mbedtls no run path is given; where that is what is tried, the library is another.
for word in $libraries; do
    case $word in -L*) LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${word#-L} ;; esac
done
export LD_LIBRARY_PATH

# The user's own headers first, in a copy that each case spoils in its own way.
copy_headers()
{
    rm -rf "$work/include"
    mkdir "$work/include"
    printf '#include <mbedtls/version.h>\n' | $CC $flags $headers -E -x c - |
        sed -n 's,^# [0-9]* "\(/[^"]*\)/mbedtls/version\.h".*,\1,p' | head -n 1 >"$work/where"
    [ -s "$work/where" ] || fail "where are the headers of Mbed TLS?"
    for folder in mbedtls psa tf-psa-crypto; do
        [ ! -d "$(cat "$work/where")/$folder" ] ||
            cp -R "$(cat "$work/where")/$folder" "$work/include/"
    done
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
    (PATH=${path:-$PATH}
    cd "$work/build" && CONFIG_SITE=NONE "$sources/configure" "CC=$CC" "CFLAGS=$CFLAGS" \
        "LDFLAGS=$LDFLAGS" "$@") >"$work/output" 2>&1 || succeeded=no
    [ $succeeded = "$wanted" ] || { tail -n 20 "$work/output"; fail "success is $succeeded: $*"; }
    said "$text"
}

# without PATTERN...: sets $path to what PATH has but these programs.
without()
{
    rm -rf "$work/bin"
    mkdir "$work/bin"
    for folder in $(echo "$PATH" | tr ':' ' '); do
        ln -s "$folder"/* "$work/bin/" 2>/dev/null || :
    done
    # shellcheck disable=SC2048,SC2086
    (cd "$work/bin" && rm -f $*)
    path=$work/bin
}

# said TEXT, unsaid TEXT: what the last run said and did not.
said()
{
    grep -qF -e "$1" "$work/output" || { tail -n 20 "$work/output"; fail "not said: $1"; }
    echo "said: $1"
}

unsaid()
{
    ! grep -F -e "$1" "$work/output" || fail "said for nothing: $1"
    echo "unsaid: $1"
}

# A library that is a chain of three, as that of Mbed TLS: only the top of it is asked for the version,
# and only the bottom has what configure links first.
write_chain()
{
    mkdir -p "$work/prefix/lib"
    rm -rf "$work/prefix/include"
    copy_headers
    mv "$work/include" "$work/prefix/include"
    cat >"$work/mbedcrypto.c" <<'SOURCE'
void mbedtls_platform_zeroize(void *buffer, unsigned long size);
unsigned chain_bottom(void);
void mbedtls_platform_zeroize(void *buffer, unsigned long size)
{
    unsigned char *byte = buffer;
    while (size-- > 0)
        *byte++ = 0;
}
unsigned chain_bottom(void) { return 0; }
SOURCE
    echo 'unsigned chain_bottom(void); unsigned chain_middle(void);
        unsigned chain_middle(void) { return chain_bottom(); }' >"$work/mbedx509.c"
    echo '#include <mbedtls/version.h>
        unsigned chain_middle(void); unsigned int mbedtls_version_get_number(void);
        unsigned int mbedtls_version_get_number(void)
        { return MBEDTLS_VERSION_NUMBER + OTHER + chain_middle(); }' >"$work/mbedtls.c"
}

# build_chain FLAG...: libraries of these sources in $work/prefix, shared if -shared is among the flags.
# -DOTHER=256 makes them those of the next patch release.
build_chain()
{
    below=
    rm -f "$work"/prefix/lib/*
    for name in mbedcrypto mbedx509 mbedtls; do
        set -- "$@" -I"$work/prefix/include"
        case " $* " in
            *" -shared "*)
                # shellcheck disable=SC2086
                $CC $flags $CFLAGS "$@" -fPIC -w -Wl,-soname,lib$name.so.99 "$work/$name.c" \
                    -o "$work/prefix/lib/lib$name.so.99" -L"$work/prefix/lib" $below
                ln -s lib$name.so.99 "$work/prefix/lib/lib$name.so" ;;
            *)
                $CC $flags $CFLAGS "$@" -fPIC -w -c "$work/$name.c" -o "$work/$name.o"
                ar cr "$work/prefix/lib/lib$name.a" "$work/$name.o" ;;
        esac
        below="-l$name $below"
    done
}

# What is missing is named with its package.
without "$(basename "${CC%% *}")"
expect no "apt-get install gcc libc6-dev"
without make gmake
expect no "apt-get install make" MAKE=
without 'python*'
expect no "apt-get install python3" PYTHON=
path=
expect no "apt-get install libc6-dev" "CPPFLAGS=-nostdinc"

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

# Libraries that do not name the place of their neighbours, where the program needs only one of them.
same="headers and library of Mbed TLS are of one version... yes"
if printf '#include <mbedtls/version.h>\nMBEDTLS_VERSION_C\n' | $CC $flags $headers -E -x c - |
    grep -qx MBEDTLS_VERSION_C; then
    echo "not tried: this Mbed TLS is not asked for its version"
else
    write_chain
    build_chain -shared -DOTHER=256
    expect no "but the library is" --with-mbedtls="$work/prefix"
    build_chain -DOTHER=256
    expect no "but the library is" --with-mbedtls="$work/prefix"
    build_chain -shared -DOTHER=0
    expect yes "$same" "LDFLAGS=$LDFLAGS -Wl,--as-needed" --with-mbedtls="$work/prefix"
    expect no "or set LD_LIBRARY_PATH" "MBEDTLS_CFLAGS=-I$work/prefix/include" \
        "MBEDTLS_LIBS=-L$work/prefix/lib -lmbedtls -lmbedx509 -lmbedcrypto"

    # Archives that need the run-time library of a sanitizer.
    echo 'int main(void) { return 0; }' >"$work/main.c"
    if $CC $CFLAGS -fsanitize=address $LDFLAGS "$work/main.c" -o "$work/main" 2>/dev/null; then
        build_chain -fsanitize=address -DOTHER=0
        expect yes "$same" --with-mbedtls="$work/prefix" --with-sanitizer=address
    else
        echo "not tried: a library with sanitizers, which $CC cannot link"
    fi
fi

# Hooks of the platform; the buffer allocator is as good as the mutexes.
copy_headers
hooks="-DMBEDTLS_PSA_CRYPTO_BUILTIN_KEYS -DMBEDTLS_PSA_CRYPTO_EXTERNAL_RNG"
heap="-DMBEDTLS_MEMORY_BUFFER_ALLOC_C -DMBEDTLS_PLATFORM_MEMORY"
expect yes "MBEDTLS_PSA_CRYPTO_BUILTIN_KEYS is on" "CPPFLAGS=-I$work/include $hooks $heap" \
    "MBEDTLS_CFLAGS=$headers" "MBEDTLS_LIBS=$libraries"
said "MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG is on"
said "PSA asks for   built-in keys, random numbers, from the program"
if grep -qF 'MBEDTLS_THREADING_C in the Mbed TLS headers... yes' "$work/output"; then
    unsaid "HAS NO MUTEX"
fi

# Both of them: without threads there is neither.
copy_headers
for file in config.h mbedtls_config.h; do
    [ ! -e "$work/include/mbedtls/$file" ] || sed -i \
        's,^#define MBEDTLS_THREADING_\(C\|PTHREAD\)$,,' "$work/include/mbedtls/$file"
done
if grep -q '^#define MBEDTLS_VERSION_MAJOR  *[23]' "$work/include/mbedtls/version.h" \
    "$work/include/mbedtls/build_info.h" 2>/dev/null; then
    expect yes "THIS MBED TLS IS BUILT WITHOUT THREADS" "CPPFLAGS=-I$work/include $heap" \
        "MBEDTLS_CFLAGS=$headers" "MBEDTLS_LIBS=$libraries"
    said "THE HEAP OF THIS MBED TLS HAS NO MUTEX"
    said "PSA asks for   nothing from the program"
    expect yes "heap           buffer allocator" "CPPFLAGS=-I$work/include $heap" \
        --with-threading=none "MBEDTLS_CFLAGS=$headers" "MBEDTLS_LIBS=$libraries"
    unsaid "HAS NO MUTEX"
fi
