#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The house rules (CONTRIBUTING.md) that a script can check. Works in a git tree and in a tarball;
# prints every breach as file:line: rule, and fails if there is one.

set -u
cd "$top_srcdir" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/breaches"

in_git()
{
    [ -e .git ] && git -c safe.directory='*' rev-parse --git-dir >/dev/null 2>&1
}

# All files that people wrote. In a tarball: without what autotools and a build add.
if in_git; then
    git -c safe.directory='*' ls-files -co --exclude-standard | while read -r file; do
        if [ -e "$file" ]; then echo "$file"; fi
    done >"$work/files"
else
    find ./*.md LICENSE autogen.sh configure.ac Makefile.am include src docs tests -type f \
        \( -name '*.*' -o -name 'run*' -o -name LICENSE -o -name mbedguard-gen \) |
        sed 's,^\./,,' | grep -v -E -e '\.(o|lo|la|a|so|log|trs|pyc|pc)$|~$|\.dirstamp$' \
            -e '/\.(deps|libs)/|^src/build/[^/]*$|^src/build/m4/l|^tests/install/root/' \
            -e '^docs/(html|man)/|^docs/Doxyfile$|^include/mbedguard/(backend|release)\.h$|stamp-h' \
        >"$work/files"
fi
LC_ALL=C sort -o "$work/files" "$work/files"

# Golden cases are data for the generator: good and bad headers, and what must come of them.
cases='^tests/gen/[^/]+/'

# files REGEX: those whose name matches; one that does not exist if there is none.
files()
{
    grep -E "$1" "$work/files" || echo /dev/null
}

breach()
{
    sed "s|\$|: $1|" >>"$work/breaches"
}

# Each file says under which licences it is, but data that cannot carry a comment.
xargs grep -L 'SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later' <"$work/files" |
    grep -v -E '\.(json|pem|der|key|crt|csr|crl)$' | grep -v -E "$cases" | breach "no SPDX line"

# Core knows nothing of Mbed TLS, and neither do the hand-written public headers.
files '^(src/core|include/mbedguard)/.*\.(c|h|in)$' |
    xargs grep -nE '#[ ]*include[ ]*[<"](mbedtls|psa)/' /dev/null | breach "core includes Mbed TLS"

# Only core calls pthread_*.
files '^(src/(manual|modules|gen)|include)/' | xargs grep -nE '\bpthread_[a-z_]+[ ]*\(' /dev/null |
    breach "only src/core may call pthread_*"

# Emitted headers are for others, not for core.
files '^src/core/' | xargs grep -nE '#[ ]*include[ ]*<mbedguard/' /dev/null |
    grep -v -E '<mbedguard/(base|config|guard|rank|release|threading)\.h>' |
    breach "core includes an emitted header"

# Modules use core and Mbed TLS, never each other.
files '^src/modules/[^/]+/' | while read -r file; do
    own=$(echo "$file" | cut -d/ -f3)
    grep -nE '#[ ]*include[ ]*"modules/' "$file" /dev/null | grep -v "\"modules/$own/"
done | breach "a module includes another"

# Lengths. What is longer wants to be two files, each named after one idea.
length_limit()
{
    files "$1" | while read -r file; do
        lines=$(wc -l <"$file")
        if [ "$lines" -gt "$2" ]; then echo "$file:$lines"; fi
    done | breach "longer than $2 lines"
}
length_limit '^(src|docs|tests)/.*\.c$' 670
length_limit '^(include|src|tests)/.*\.h$' 400
length_limit '^src/gen/.*\.py$' 600

# Form.
files '\.(c|h|py|sh|in|ac|m4|mk|am|md)$' | grep -vE "$cases" |
    xargs grep -nE '[[:blank:]]+$' /dev/null | cut -d: -f1,2 | breach "white space at the end of a line"
files '\.(c|h|py)$' | grep -vE "$cases" | xargs grep -nE '	' /dev/null | cut -d: -f1,2 |
    breach "a tab"
files '\.(c|h|py|sh)$' | grep -vE "$cases" | xargs grep -nE '^.{111,}' /dev/null |
    cut -d: -f1,2 | breach "much wider than 100 columns"

# Two lists that must agree, because automake can read only one of them.
if [ -e src/gen/units.txt ]; then
    sed -n 's,^    gen/src/\([a-z0-9_]*\)\.c.*,\1,p' src/gen/local.mk | LC_ALL=C sort >"$work/built"
    grep -v -e '^#' -e '^$' src/gen/units.txt | LC_ALL=C sort | diff "$work/built" - |
        sed -n 's/^[<>] /src\/gen\/units.txt: /p' | breach "not the same as in src/gen/local.mk"
fi

# Nothing that a tool makes is in git; and the tarball holds what git holds.
if in_git; then
    git -c safe.directory='*' ls-files | grep -v -E "$cases" |
        grep -E -e '(^|/)(configure|Makefile|Makefile\.in|aclocal\.m4|__pycache__)$' \
            -e '^(src/build|include/mbedguard)/config\.h$' -e '(^|/)config\.(log|status)$' -e '^gen/' \
            -e '\.(o|lo|la|a|so|log|trs|pyc|pc)$' | breach "made by a tool, but in git"
    if [ -n "${dist_files:-}" ]; then
        # A folder in the list stands for all that is below it.
        echo "$dist_files" | tr -s ' ' '\n' >"$work/dist"
        git -c safe.directory='*' ls-files | grep -v -E '^(\.gitignore|\.ci/.*)$' |
            awk 'NR == FNR { dist[$0]; next }
                 { path = $0
                   do { if (path in dist) next } while (sub("/[^/]*$", "", path))
                   print }' "$work/dist" - | breach "in git, but not in the tarball"
    fi
fi

if [ -s "$work/breaches" ]; then
    cat "$work/breaches"
    echo "$(wc -l <"$work/breaches") breaches of the house rules"
    exit 1
fi
echo "$(wc -l <"$work/files") files keep the house rules"
