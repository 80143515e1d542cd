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

# The emitted ones, of message digests: they call Mbed TLS, and ours only to make and free objects.
# Those with the result of the raw function are a jump.
if [ -e "${top_builddir:-.}/gen/src/md.c" ]; then
    # shellcheck disable=SC2086
    $CC $CPPFLAGS ${PSA_INSIDE_CPPFLAGS:-} -std=c11 -O2 -D_POSIX_C_SOURCE=200809L \
        -I"$srcdir/tests/unit/config-none" \
        -I"$srcdir/include" -I"$top_builddir/include" -I"$top_builddir/gen/include" \
        -I"$top_builddir/gen/src" -I"$srcdir/src" ${MBEDTLS_CFLAGS:-} \
        -c "$top_builddir/gen/src/md.c" -o "$dir/md.o"
    ${NM:-nm} -u "$dir/md.o" >"$dir/md.names"
    if grep -v -e 'mbedtls_' -e 'mbedguard_object_\(create\|free\|init\|ref\)$' "$dir/md.names"; then
        echo "emitted call-throughs call something of ours"
        exit 1
    fi
    $OBJDUMP -d --no-show-raw-insn "$dir/md.o" | sed -n '/<mbedguard_md_update>:/{n;p;}' >"$dir/md.s"
    grep -E '[[:space:]](jmp|b|j)[[:space:]]' "$dir/md.s" ||
        case $($CC -dumpmachine) in
            x86_64*) echo "mbedguard_md_update() is no jump:"; cat "$dir/md.s"; exit 1 ;;
        esac
fi

echo "a guarded call is the raw call:"
sed -n '/<call_one>:/,/^$/p' "$dir/GUARDED.s"
