#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Tests that have to fail: check_wait linked with naive_guard.c, and check_keep with a mode that forgets
# keepers. Run in the directory of the test programs. A deadlock ends by the test's own time limit,
# which is shortened here.

set -u

export CK_TIMEOUT_MULTIPLIER=0.02
unset CK_FORK
bad=0

# must_fail VARIABLE=VALUE PROGRAM CASE
must_fail()
{
    if env "$1" CK_RUN_CASE="$3" "./$2" >/dev/null 2>&1; then
        echo "does not notice: $1 $2 \"$3\""
        bad=1
    else
        echo "noticed: $1 $2 \"$3\""
    fi
}

must_fail NAIVE=no-lock check_wait_naive exclusion
must_fail NAIVE=no-lock check_wait_naive thousands
must_fail NAIVE=reader-first check_wait_naive queue
must_fail NAIVE=writer-first check_wait_naive nested
must_fail NAIVE=reader-first check_wait_naive crossing
must_fail NAIVE=reader-first check_wait_naive try
must_fail NAIVE=reader-first check_wait_naive contention
must_fail CHECK_BROKEN=1 check_keep load

exit $bad
