#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Every public function has a man page, and so a place in the HTML, which comes from the same text:
# those that the library exports and those that are inline. The call behind a macro of guard.h is
# described there, by the macro. Run by `make docs` in the build directory, with top_srcdir set.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n 's/^ *\(mbedguard_[a-z0-9_]*\);$/\1/p' gen/mbedguard.map >"$work/all"
find gen/include -name '*.h' -exec \
    sed -n 's/^static MBEDGUARD_INLINE .* \**\(mbedguard_[a-z0-9_]*\)(.*/\1/p' {} + >>"$work/all"
LC_ALL=C sort -u -o "$work/all" "$work/all"
[ -s "$work/all" ] || { echo "docs: no public function was found" >&2; exit 1; }

sed -n '/@cond internal/,/@endcond/p' "$top_srcdir"/include/mbedguard/*.h |
    grep -o 'mbedguard_[a-z0-9_]*' | LC_ALL=C sort -u >"$work/internal"
LC_ALL=C comm -23 "$work/all" "$work/internal" >"$work/public"

while read -r name; do
    [ -e "docs/man/man3/$name.3" ] || echo "docs: no page of $name" >&2
done <"$work/public" 2>"$work/missing"
if [ -s "$work/missing" ]; then
    cat "$work/missing" >&2
    exit 1
fi
echo "pages of $(wc -l <"$work/public") functions"
