#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests of what many threads share, compiled with a mutex per call in the place of the guards of a
# connection (naive.h) or of the slot of a configuration (naive_swap.h), or without the lock between two
# processes (psa_files): each case that is named here has to fail then. What hangs is ended by the time
# limit of the case, here a small part of what it is otherwise. How each one fails is printed.

set -u
: "${top_builddir:?}"
programs=$top_builddir/tests/live
CK_FORK=yes CK_TIMEOUT_MULTIPLIER=0.05 MBEDGUARD_SHORT=1
export CK_FORK CK_TIMEOUT_MULTIPLIER MBEDGUARD_SHORT

case ${THREADING:-pthread} in
    none) echo "skipped: without threads there are no guards"; exit 77 ;;
esac
if [ -n "${SANITIZER_FLAGS:-}" ]; then
    echo "skipped: a sanitizer would find more than what is looked for"
    exit 77
fi

results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT
trap 'exit 1' HUP INT TERM

# caught PROGRAM CASE: the case fails in the naive program, where it takes a race in one of some runs.
caught()
{
    for run in 1 2 3 4 5 6 7 8; do
        output=$(CK_RUN_CASE=$2 "$programs/naive_$1" 2>&1)
        status=$?
        if [ $status -ne 0 ] && [ $status -ne 77 ]; then
            echo "$1, $2: $(echo "$output" | grep -E ':[EF]:' | head -n 1 |
                sed 's,.*/tests/live/,,') (run $run)"
            return
        fi
        case $output in
            *"Checks: 0,"* | skipped:*) echo "$1, $2: this Mbed TLS does not have it"; return ;;
        esac
    done
    echo "FAILED $1, $2: passes with a mutex per call"
}

# The same for one that hangs, which takes time but no processor: beside the others.
caught_hanging()
{
    caught "$1" "$2" >"$results/$1-$2" &
}

caught_hanging answer answer
caught_hanging close cancel
caught_hanging close socket
caught_hanging datagrams patient
caught_hanging duplex patient
caught_hanging stop reset
{
    caught duplex hostile
    caught early beside
    caught matrix stream
    caught psa_files processes
    caught reconnect reconnect
    caught reload load
    caught renegotiate patient
    caught retry calls
    caught retry others
    caught steps alert13
    caught steps close13
} >"$results/others"
wait
cat "$results"/*
! grep -q '^FAILED' "$results"/*
