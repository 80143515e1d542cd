#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The shared library exports what the emitted version script lists, no more and no less, and the
# static one defines no global name outside the prefix.

set -eu
. "$top_srcdir/tests/install/pkgconfig.sh"

shared=$root$libdir/libmbedguard.so
static=$root$libdir/libmbedguard.a

# The names between `global:` and the next label, without wildcards and comments.
"$PYTHON" -B - "$top_builddir/gen/mbedguard.map" >"$work/wanted" <<'PYTHON'
import re
import sys

text = re.sub(r"/\*.*?\*/|#[^\n]*", "", open(sys.argv[1]).read(), flags=re.S)
names = set()
for body in re.findall(r"\{(.*?)\}", text, flags=re.S):
    label = "global"
    for item in re.findall(r"[^;{}]+", body):
        item = item.strip()
        while re.match(r"(global|local)\s*:", item):
            label, item = (part.strip() for part in item.split(":", 1))
        if label == "global" and item:
            names.add(item)
for name in sorted(names):
    print(name)
PYTHON
LC_ALL=C sort -o "$work/wanted" "$work/wanted"
[ -s "$work/wanted" ] || fail "the version script names nothing"
! grep -q '[*?[]' "$work/wanted" || fail "the version script has wildcards under global"

if [ -e "$shared" ]; then
    # Absolute symbols (A) are the version nodes.
    $NM -D --defined-only "$shared" | awk '$(NF-1) != "A" { print $NF }' | sed 's/@.*//' |
        LC_ALL=C sort -u >"$work/exported"
    if ! diff -u "$work/wanted" "$work/exported" >"$work/diff"; then
        cat "$work/diff"
        fail "the library (+) and the version script (-) differ"
    fi
    echo "$(wc -l <"$work/exported") exported functions"
fi

if [ -e "$static" ]; then
    $NM --defined-only "$static" 2>/dev/null | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' |
        grep -v -e '^mbedguard_' -e '^__odr_asan' -e '^DW\.ref\.' >"$work/foreign" || :
    if [ -s "$work/foreign" ]; then
        cat "$work/foreign"
        fail "the static library defines names outside mbedguard_"
    fi
fi
