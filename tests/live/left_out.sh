#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Takes the place of tests that do not compile with Mbed TLS 4.x, and says why they are not run.

cat <<'END'
skipped, since Mbed TLS 4.x has taken out of its public headers what they are about (numbers, RNGs,
entropy, hash, cipher, RSA and EC contexts):
  live tests access, access_keys, fork, hash, keys, lock, misuse, mpi, rng, shared
  tests of the modules rng, rsa, ssl_ticket, ssl_cookie (but for handshakes), and memory_buffer_alloc's
    with TLS: check_psa_inside has tickets, cookies and mbedguard_rng of 4.x
  the raw programs that use them, and the examples chat, dtls_cookies, lock_set, quickstart,
    reload_server and rng_threads, and the demo
TLS, certificates and PSA are tested with 4.x as with any other version.
END
exit 77
