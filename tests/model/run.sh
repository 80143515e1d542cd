#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Checks the models by spin. Each model is also checked with each of its faults (BROKEN_...), which
# must be found, and in the way that is expected: a model that cannot fail proves nothing. One line
# for each model; the trail of a failure stays in MODEL_KEEP, if that is set to a directory.
#
# Environment: SRCDIR (top of the source), CC, SPIN. BUILD_CC, where CC makes no programs for this
# machine.

set -u
: "${SRCDIR:=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}}"
: "${CC:=cc}" "${BUILD_CC:=$CC}" "${SPIN:=spin}"
models=$SRCDIR/tests/model

if ! command -v "$SPIN" >/dev/null; then
    echo "skipped: there is no spin"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

printf 'int main(void) { return 0; }\n' >probe.c
# CC may carry flags.
# shellcheck disable=SC2086
if ! $BUILD_CC -o probe probe.c >/dev/null 2>&1 || ! ./probe; then
    echo "skipped: $BUILD_CC makes no programs for this machine"
    exit 77
fi

# pan MODEL KIND FLAGS: what spin says, in the file log. KIND is safety, progress or fair.
pan()
{
    model=$1 kind=$2
    shift 2
    case $kind in
    safety) compile=-DSAFETY search='' ;;
    progress) compile=-DNP search=-l ;;
    fair) compile='' search="-a -f" ;;
    esac
    rm -f pan* ./*.trail
    # shellcheck disable=SC2086
    "$SPIN" -P"$BUILD_CC -E -x c" -a "$@" "$models/$model.pml" >log 2>&1 &&
        $BUILD_CC -O0 -w -DCOLLAPSE $compile -o pan pan.c >>log 2>&1 &&
        ./pan -m200000 $search >>log 2>&1
}

# The verdict that stands in the log: right, deadlock, assertion, cycle, or none.
verdict()
{
    if ! grep -q 'errors: ' log || grep -q 'max search depth too small' log; then
        echo none
    elif grep -q 'errors: 0$' log; then
        echo right
    elif grep -q 'invalid end state (at' log; then
        echo deadlock
    elif grep -q 'assertion violated' log; then
        echo assertion
    elif grep -q 'cycle (at' log; then
        echo cycle
    else
        echo none
    fi
}

checks=0 failures=0 faults=0 states=0

# check VERDICT MODEL KIND FLAGS: does spin come to this verdict?
check()
{
    wanted=$1
    shift
    pan "$@"
    got=$(verdict)
    if [ "$got" != "$wanted" ]; then
        echo "$*: $got, expected $wanted"
        tail -n 5 log
        failures=$((failures + 1))
        if [ -n "${MODEL_KEEP:-}" ]; then cp -f log ./*.trail "$MODEL_KEEP" 2>/dev/null; fi
    elif [ "$wanted" = right ]; then
        checks=$((checks + 1))
        states=$((states + $(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' log)))
    else
        faults=$((faults + 1))
    fi
}

report()
{
    echo "$1: $checks properties hold ($states states), $faults faults found, $failures failures"
    all=$((all + failures))
    checks=0 failures=0 faults=0 states=0
}

all=0

small="-DROUNDS=1 -DNEIGHBOUR"
check right guard safety
# shellcheck disable=SC2086
{
    check right guard safety $small
    check right guard progress $small
    check right guard fair -DREADERS_COME
    check right guard fair -DWRITERS_COME
    check deadlock guard safety $small -DBROKEN_EARLY_UNLOCK
    check deadlock guard safety $small -DBROKEN_NO_BUCKET
    check deadlock guard safety $small -DBROKEN_SILENT_DROP
    check deadlock guard safety $small -DBROKEN_SILENT_READER
    check deadlock guard safety $small -DBROKEN_NEST
    check assertion guard safety $small -DBROKEN_WAIT_ONCE
    check assertion guard safety $small -DBROKEN_QUICK
    check assertion guard safety $small -DBROKEN_NO_TURN
    check cycle guard fair -DREADERS_COME -DBROKEN_BARGE
}
report guard

check right order safety
check right order progress
check deadlock order safety -DBROKEN_DESCEND
check deadlock order safety -DBROKEN_NO_UNDO
check deadlock order safety -DBROKEN_BACKWARDS
check deadlock order safety -DBROKEN_NEST
check assertion order safety -DBROKEN_STALE
check assertion order safety -DBROKEN_EDGE
check assertion order safety -DBROKEN_NO_CONFIRM
check assertion order safety -DBROKEN_NO_PIN
report order

check right pump safety
check right pump safety -DWRITES=3
check right pump safety -DASKS
check right pump safety -DASKS -DWRITES=3
check deadlock pump safety -DASKS -DBROKEN_LEFT_BEHIND
check deadlock pump safety -DBROKEN_STALE_WANT
report pump

check right ahead safety
check right ahead safety -DPOLLS
check deadlock ahead safety -DBROKEN_NO_WAKE
check deadlock ahead safety -DPOLLS -DBROKEN_NOT_TOLD
check assertion ahead safety -DPOLLS -DBROKEN_HALF
report ahead

check right psa safety -DTWICE
check right psa safety -DENDS_BOTH
check right psa safety -DMAKES_TWICE
check right psa safety -DFREES
check assertion psa safety -DBROKEN_NO_KEY_GUARD
check assertion psa safety -DENDS_BOTH -DBROKEN_NO_SECOND_LOOK
check assertion psa safety -DENDS_BOTH -DBROKEN_STAYS
check assertion psa safety -DBROKEN_UNKNOWN_SHARED
check assertion psa safety -DBROKEN_END_SHARED
check assertion psa safety -DMAKES_TWICE -DBROKEN_MAKE_SHARED
check assertion psa safety -DFREES -DBROKEN_FREE_AT_ONCE
report psa

[ "$all" -eq 0 ]
