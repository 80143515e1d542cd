#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# `make uninstall` takes away all that `make install` brought, with DESTDIR, directories included.

set -eu
. "$top_srcdir/tests/install/pkgconfig.sh"

cd "$top_builddir"
try $MAKE install DESTDIR="$work/root"
find "$work/root" ! -type d | sed "s,^$work/root,," | LC_ALL=C sort >"$work/installed"
for file in "$libdir/libmbedguard.la" "$libdir/pkgconfig/mbedguard.pc" \
    "$libdir/pkgconfig/mbedguard-switch.pc" "$includedir/mbedguard/base.h" \
    "$includedir/mbedguard/backend.h" "$includedir/mbedguard/psa/crypto.h"; do
    grep -qx "$file" "$work/installed" || fail "not installed: $file"
done
! grep -v "^$prefix/" "$work/installed" || fail "installed outside the prefix"

try $MAKE uninstall DESTDIR="$work/root"
find "$work/root" ! -type d >"$work/left"
find "$work/root$prefix" -name "*mbedguard*" >>"$work/left"
if [ -s "$work/left" ]; then
    cat "$work/left"
    fail "left behind"
fi
echo "$(wc -l <"$work/installed") files came and went"
