#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Every installed header compiles alone, twice in one file, as C and as C++, without a warning. Not
# -Wpedantic in C++: it has no __extension__ for the decoy members of size zero.

set -eu
. "$top_srcdir/tests/install/pkgconfig.sh"

include=$root$includedir
strict="-fsyntax-only -Wall -Wextra -Werror"

# compile HEADER: as other programs would include it. The shadow directory has the names of Mbed TLS.
cat >"$work/compile" <<COMPILE
#!/bin/sh
set -u
case \$1 in
    mbedguard/switch/*)
        name=\${1#mbedguard/switch/}; path=-I$include/mbedguard/switch
        # Internal headers of Mbed TLS do not all stand alone; then their shadows need not either.
        printf '#include <%s>\n' "\$name" | $CC $CPPFLAGS -Werror -fsyntax-only $MBEDTLS_CFLAGS \
            -x c - 2>/dev/null || exit 0 ;;
    *) name=\$1; path= ;;
esac
code="#include <\$name>
#include <\$name>
extern int mbedguard_header_test;"
status=0
printf '%s\n' "\$code" | $CC $CPPFLAGS $CFLAGS -std=c11 -Wpedantic $strict \$path -I$include \
    $MBEDTLS_CFLAGS -x c - || { echo "as C: <\$name>"; status=1; }
if [ -n "$CXX" ]; then
    printf '%s\n' "\$code" | $CXX $CPPFLAGS -std=c++11 $strict \$path -I$include \
        $MBEDTLS_CFLAGS -x c++ - || { echo "as C++: <\$name>"; status=1; }
fi
exit \$status
COMPILE
chmod +x "$work/compile"

(cd "$include" && find mbedguard -name '*.h') | LC_ALL=C sort >"$work/list"
count=$(wc -l <"$work/list")
[ "$count" -gt 5 ] || fail "only $count headers are installed"
[ -n "$CXX" ] || echo "there is no C++ compiler (Debian: g++): headers are tried as C only"

if ! xargs -P 2 -n 1 "$work/compile" <"$work/list" >"$work/log" 2>&1; then
    cat "$work/log"
    fail "headers that do not compile: $(grep -c '^as C' "$work/log") of $count"
fi
echo "$count headers"
