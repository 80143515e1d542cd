#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Every PSA function that has a guarded name is called by a step of check_psa_matrix.c: what the generator
# decided for this Mbed TLS, compared with what is left of the steps after preprocessing. And that a
# function which is in none of them would be missed.

set -u
: "${top_srcdir:?}" "${top_builddir:?}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Names of Mbed TLS, as the steps and the library have them.
wanted()
{
    "$PYTHON" - "$top_builddir/gen/plan.json" <<'END'
import json, sys
for function in json.load(open(sys.argv[1]))["functions"]:
    if function["guarded"].startswith("mbedguard_psa_") and function["decision"] != "excluded":
        print(function["guarded"])
END
}

# What stands in the file itself, without what it includes. Aliases are the names of Mbed TLS by then.
called()
{
    for file in "$top_srcdir"/tests/live/psa_calls*.c "$top_srcdir/tests/live/check_psa_matrix.c"; do
        # shellcheck disable=SC2086 # lists of words
        $CC -E $CPPFLAGS $MBEDTLS_CFLAGS -I"$top_srcdir/include" -I"$top_builddir/include" \
            -I"$top_builddir/gen/include" -I"$top_srcdir/src" -I"$top_srcdir/tests" \
            -I"$top_builddir/src/build" "$file" >"$work/text" || exit 1
        awk -v file="$file" '/^# *[0-9]+ "/ { inside = index($0, "\"" file "\""); next } inside' \
            "$work/text"
    done | grep -Eo '[A-Za-z_0-9]+ *\(' | tr -d ' (' |
        sed -e 's/^mbedtls_psa_/mbedguard_psa_/' -e 's/^psa_/mbedguard_psa_/' | sort -u
}

wanted | sort -u >"$work/wanted"
called >"$work/called" || exit 1
count=$(wc -l <"$work/wanted")
missing=$(comm -23 "$work/wanted" "$work/called")
if [ "$count" -lt 60 ]; then
    echo "FAILED: the generator decided on no more than $count functions of PSA"
    exit 1
fi
if [ -n "$missing" ]; then
    echo "FAILED: in no step of tests/live/psa_calls*.c:" $missing
    exit 1
fi
echo mbedguard_psa_case_that_nobody_calls >>"$work/wanted"
if [ -z "$(sort "$work/wanted" | comm -23 - "$work/called")" ]; then
    echo "FAILED: does not see what is missing"
    exit 1
fi
echo "$count functions of PSA, each in a step of the matrix"
