# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# To be sourced. Gives $sources, a tree with a configure script that can be built elsewhere. A tree
# that was configured in place cannot: then it is what the tarball would hold, below $work.

fail()
{
    echo "FAILED: $*" >&2
    exit 1
}

sources=$top_srcdir
if [ -e "$top_srcdir/config.status" ]; then
    sources=$work/sources
    (cd "$top_srcdir" && ${MAKE:-make} distdir distdir="$sources") >"$work/log" 2>&1 || {
        tail -n 20 "$work/log"
        fail "make distdir"
    }
fi
