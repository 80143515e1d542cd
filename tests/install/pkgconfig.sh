# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# To be sourced. Makes pkg-config answer for the tree that `make install DESTDIR=$root` made: the .pc
# files are copied with their prefix moved below $root, as if it were the root directory.

root=$top_builddir/tests/install/root
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
    echo "FAILED: $*" >&2
    exit 1
}

# Runs a command that is printed if it fails.
try()
{
    "$@" >"$work/output" 2>&1 || {
        cat "$work/output" >&2
        fail "$*"
    }
}

have_pkgconfig()
{
    if [ -z "$PKG_CONFIG" ]; then
        echo "SKIPPED: there is no pkg-config (Debian: pkgconf)"
        exit 77
    fi
    mkdir -p "$work/pc"
    for pc in "$root$libdir"/pkgconfig/*.pc; do
        sed "s,^prefix=,prefix=$root," "$pc" >"$work/pc/${pc##*/}"
    done
    PKG_CONFIG_PATH=$work/pc${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
    export PKG_CONFIG_PATH
}
