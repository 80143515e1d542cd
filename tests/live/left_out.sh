#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Takes the place of tests that do not compile with Mbed TLS 4.x, and says why they are not run.

cat <<'END'
skipped, since Mbed TLS 4.x has taken out of its public headers what they are about (numbers, RNGs,
entropy, hash, cipher, RSA and EC contexts):
  live tests access, access_keys, bio, deadline, early, exit, fork, hash, keys, lock, matrix, misuse,
    mpi, net, pending, read_ahead, reconnect, renegotiate, revoke, rng, shared, steps, warm
  the raw programs that helgrind must catch, and connections with a naive lock, which must fail
  the examples but those of a threading backend, and the demo
TLS, certificates and PSA are tested with 4.x as with any other version.
END
exit 77
