#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# That reports.awk lets pass what it says, and nothing else: small logs of helgrind and of DRD, and what it
# has to count in each.

# The first that fails ends it: most run in a pipe, and their status is all that is left of them.
set -eu
: "${top_srcdir:?}"
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

# conflict ADDRESS FUNCTION PLACE: the same, as DRD has it.
conflict()
{
    echo "==1== Thread 2:"
    echo "==1== Conflicting store by thread 2 at $1 size 8"
    echo "==1==    at 0x48E91CA: ??? (in /usr/lib/libmbedcrypto.so.2.28.3)"
    echo "==1==    by 0x48E91CB: $2 (in /usr/lib/libmbedcrypto.so.2.28.3)"
    echo "==1==    by 0x48E91CC: mbedtls_ecdsa_sign (in /usr/lib/libmbedcrypto.so.2.28.3)"
    echo "==1== $3"
    echo "==1== Other segment start (thread 3)"
    echo "==1==    at 0x48E91CD: mbedtls_ecp_mul (in /usr/lib/libmbedcrypto.so.2.28.3)"
    echo "==1== "
}

# expect COUNT WHAT [TOOL]: the log is the standard input.
expect()
{
    got=$(awk -v tool="${3-helgrind}" -f "$top_srcdir/tests/supp/reports.awk")
    if [ "$got" != "$1" ]; then
        echo "FAILED $2: counted '$got' instead of $1"
        return 1
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

zeroed='Allocation context: BSS section of /usr/lib/libmbedcrypto.so.2.28.3'
counters_of_drd()
{
    conflict 0x049374A8 mbedtls_ecp_muladd "$zeroed"
    conflict 0x04937498 mbedtls_ecdh_gen_public "$zeroed"
    echo '==1== '
    echo '==1== More than 100 errors detected.  Subsequent errors'
    echo '==1== will still be recorded, but in less detail than before.'
    conflict 0x049374A0 mbedtls_ecp_check_pubkey "$zeroed"
}

expect 0 "nothing, of DRD" drd </dev/null
echo "what a program prints" | expect 0 "no finding of DRD's" drd
counters_of_drd | expect 0 "the three counters, of DRD" drd
conflict 0x04937498 mbedtls_ecp_mul 'Location 0x4937498 is 0 bytes inside global var "add_count"' |
    expect 0 "a counter with a name, of DRD" drd
{ counters_of_drd; conflict 0x049374B0 mbedtls_ecp_mul "$zeroed"; } |
    expect 4 "a fourth word beside them, of DRD" drd
{ counters_of_drd; conflict 0x04937498 psa_sign_hash "$zeroed"; } |
    expect 1 "the same word, not below ECC, of DRD" drd
conflict 0x04937498 mbedtls_ecp_mul 'Address 0x4937498 is at offset 24 from 0x4937480.' |
    expect 1 "a race on the heap, below ECC, of DRD" drd
{
    counters_of_drd
    echo '==1== Mutex reinitialization: mutex 0x1, recursion count 0, owner 0.'
    echo '==1==    at 0x48E91CA: pthread_mutex_init (in /usr/lib/libdrd.so)'
    echo '==1== mutex 0x1 was first observed at:'
    echo '==1==    at 0x48E91CA: pthread_mutex_init (in /usr/lib/libdrd.so)'
    echo '==1== '
    conflict 0x04937498 mbedtls_ecp_mul "$zeroed"
} | expect 1 "something that is no race, of DRD" drd
