/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * SipHash-2-4: a hash under a key, short enough for every look-up. Whoever does not know the key
 * cannot choose identifiers that meet in one place.
 */
#ifndef MBEDGUARD_SSL_CACHE_KEYED_HASH_H
#define MBEDGUARD_SSL_CACHE_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct mbedguard_hash_key {
    uint64_t word[2];
} mbedguard_hash_key;

uint64_t mbedguard_keyed_hash(const mbedguard_hash_key *key, const unsigned char *data,
                              size_t length);

/*
 * A key that nobody else knows: of Mbed TLS's entropy where there is some, and always of what is different
 * from one process to the next.
 */
void mbedguard_hash_key_draw(mbedguard_hash_key *key);

#endif /* MBEDGUARD_SSL_CACHE_KEYED_HASH_H */
