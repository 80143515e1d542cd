#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# In the none backend a guarded call is the raw call: compiles a call-through as they are emitted, and
# the raw call in its place, and compares the instructions. Needs CC, objdump, and srcdir for the tree.

set -eu

: "${CC:=cc}"
: "${OBJDUMP:=objdump}"
: "${srcdir:=.}"

command -v "$OBJDUMP" >/dev/null || { echo "skipped: no objdump"; exit 77; }

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The call-throughs of one and of two objects, and what they should come to.
cat >"$dir/guarded.c" <<'END'
#include "core/enter.h"

typedef struct { struct { int state; } unguarded; mbedguard_guard guard; } object;

int raw_one(void *one, int value);
int raw_two(void *one, const void *two, int value);

int call_one(object *one, int value)
{
    int ret;

#ifdef GUARDED
    ret = mbedguard_enter(MBEDGUARD_GUARD_OF(one), MBEDGUARD_RANK_LEAF, "call_one");
    if (ret != 0)
        return ret;
#endif
    ret = raw_one(&one->unguarded, value);
#ifdef GUARDED
    if (mbedguard_leave(MBEDGUARD_GUARD_OF(one), MBEDGUARD_RANK_LEAF) != 0)
        ret = MBEDGUARD_ERR_THREADING;
#endif
    return ret;
}

int call_two(object *one, const object *two, int value)
{
#ifdef GUARDED
    mbedguard_want set[] = {
        { MBEDGUARD_GUARD_OF(one), MBEDGUARD_RANK_LEAF },
        { MBEDGUARD_GUARD_OF(two), MBEDGUARD_RANK_LEAF | MBEDGUARD_SHARED },
    };
#endif
    int ret;

#ifdef GUARDED
    ret = mbedguard_enter_set(set, 2, "call_two");
    if (ret != 0)
        return ret;
#endif
    ret = raw_two(&one->unguarded, &two->unguarded, value);
#ifdef GUARDED
    if (mbedguard_leave_set(set, 2) != 0)
        ret = MBEDGUARD_ERR_THREADING;
#endif
    return ret;
}
END

for kind in RAW GUARDED; do
    # The backend's own config.h has to come first.
    $CC -std=c11 -O2 -D$kind -I"$srcdir/tests/unit/config-none" -I"$srcdir/include" \
        -I"$srcdir/src" -c "$dir/guarded.c" -o "$dir/$kind.o"
    $OBJDUMP -d "$dir/$kind.o" | sed '/file format/d' >"$dir/$kind.s"
done

if ! cmp -s "$dir/RAW.s" "$dir/GUARDED.s"; then
    echo "a guarded call differs from the raw call:"
    diff "$dir/RAW.s" "$dir/GUARDED.s" || true
    exit 1
fi

# The comparison can fail: with a backend, the same source is something else.
$CC -std=c11 -O2 -DGUARDED -I"$srcdir/tests/unit/config-pthread" -I"$srcdir/include" \
    -I"$srcdir/src" -c "$dir/guarded.c" -o "$dir/pthread.o"
$OBJDUMP -d "$dir/pthread.o" | sed '/file format/d' >"$dir/pthread.s"
if cmp -s "$dir/RAW.s" "$dir/pthread.s"; then
    echo "the comparison sees no difference where there is one"
    exit 1
fi

echo "a guarded call is the raw call:"
sed -n '/<call_one>:/,/^$/p' "$dir/GUARDED.s"
