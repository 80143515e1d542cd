#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Makes ./configure. Needed once, in a tree that comes from git rather than from a tarball.
set -eu
cd "$(dirname "$0")"

missing=
command -v autoreconf >/dev/null 2>&1 || missing="$missing autoconf"
command -v automake >/dev/null 2>&1 || missing="$missing automake"
command -v libtoolize >/dev/null 2>&1 || missing="$missing libtool"
if [ -n "$missing" ]; then
    echo "autogen.sh: missing:$missing" >&2
    echo "autogen.sh: on Debian: apt-get install$missing" >&2
    exit 1
fi

mkdir -p src/build/m4
exec autoreconf --install --force --warnings=all,no-portability "$@"
