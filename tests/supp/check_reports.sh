#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# That reports.awk lets pass what it says, and nothing else: small logs of helgrind, and what it has
# to count in each.

set -u
: "${top_srcdir:?}"
failures=0
line='==1== ----------------------------------------------------------------'
zeroed='is in the BSS segment of /usr/lib/libmbedcrypto.so.2.28.3'

# race ADDRESS FUNCTION PLACE [STATIC]: the report of a race, met below FUNCTION, in STATIC.
race()
{
    echo "$line"
    echo "==1=="
    echo "==1== Possible data race during write of size 8 at $1 by thread #2"
    echo "==1== Locks held: none"
    echo "==1==    at 0x48E91CA: ${4:-???} (in /usr/lib/libmbedcrypto.so.2.28.3)"
    echo "==1==    by 0x48E91CB: $2 (in /usr/lib/libmbedcrypto.so.2.28.3)"
    echo "==1==    by 0x48E91CC: mbedtls_ecdsa_sign (in /usr/lib/libmbedcrypto.so.2.28.3)"
    echo "==1==  Address $(echo "$1" | tr A-F a-f) $3"
    echo "==1=="
}

# expect COUNT WHAT: the log is the standard input.
expect()
{
    got=$(awk -f "$top_srcdir/tests/supp/reports.awk")
    if [ "$got" != "$1" ]; then
        echo "FAILED $2: counted '$got' instead of $1"
        failures=$((failures + 1))
    fi
}

counters()
{
    race 0x49374A8 mbedtls_ecp_muladd "$zeroed"
    race 0x4937498 mbedtls_ecdh_gen_public "$zeroed"
    race 0x49374A0 mbedtls_ecp_check_pubkey "$zeroed"
}

expect 0 "nothing" </dev/null
printf '%s\n%s\n' '==1== ---Thread-Announcement------------------------------------------' \
    '==1== Thread #2 was created' | expect 0 "threads that are announced"
counters | expect 0 "the three counters"
race 0x4937498 mbedtls_ecp_mul 'is 0 bytes inside data symbol "add_count"' |
    expect 0 "a counter with a name"
race 0x4937498 mbedtls_ecp_mul 'is 0 bytes inside data symbol "mul_count"' mbedtls_mpi_mul_mod |
    expect 0 "a counter with a name, in a static function of ECC"
race 0x4937498 mbedtls_ecp_mul 'is 0 bytes inside data symbol "mul_count"' mbedtls_mpi_exp_mod |
    expect 1 "a counter with a name, in what is no function of ECC"
race 0x4937498 mbedtls_ecp_mul \
    'is in the BSS segment of /usr/lib/libtfpsacrypto.so.1.1.0' |
    expect 0 "a counter of 4.x"
{ counters; race 0x49374B0 mbedtls_ecp_mul "$zeroed"; } | expect 4 "a fourth word beside them"
{ counters; race 0x4937400 mbedtls_ecp_mul "$zeroed"; } | expect 4 "a fourth word elsewhere"
{ counters; race 0x4937498 psa_sign_hash "$zeroed"; } | expect 1 "the same word, not below ECC"
race 0x4937498 mbedtls_ecp_mul 'is 24 bytes inside a block of size 72 alloc'\''d' |
    expect 1 "a race on the heap, below ECC"
race 0x4937498 mbedtls_ecp_mul 'is 0 bytes inside data symbol "mbedguard_process"' |
    expect 1 "a race on a variable of another name"
{ counters; printf '%s\n%s\n' "$line" '==1== Thread #1: lock order "0x1 before 0x2" violated'; } |
    expect 1 "something that is no race"
exit $((failures != 0))
