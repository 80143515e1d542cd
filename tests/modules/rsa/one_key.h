/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A key that threads use together, and what it is compared with. */
#ifndef RSA_ONE_KEY_H
#define RSA_ONE_KEY_H

#include "live/live.h"

#if defined(MBEDTLS_RSA_C) && defined(MBEDTLS_GENPRIME) && defined(MBEDTLS_PKCS1_V15) &&               \
    defined(MBEDTLS_PKCS1_V21)

#define ONE_KEY_TESTS

#define BITS    1024
#define LENGTH  (BITS / 8)
#define KEYS    3
#define THREADS 4
#define HASH    32

#if LIVE_V3
#define PRIVATE
#define PUBLIC
#define VERIFYING
#define INIT(key) mbedguard_rsa_init(key)
#else
#define PRIVATE   MBEDTLS_RSA_PRIVATE,
#define PUBLIC    MBEDTLS_RSA_PUBLIC,
#define VERIFYING NULL, NULL, MBEDTLS_RSA_PUBLIC,
#define INIT(key) mbedguard_rsa_init(key, MBEDTLS_RSA_PKCS_V15, 0)
#endif

/* `used` is what the tests are about; at first a copy of key[0]. Signatures are those of raw Mbed TLS. */
extern mbedguard_rsa_context key[KEYS], used;
extern const unsigned char hash[HASH];
extern unsigned char signature[KEYS][LENGTH];

void one_key_setup(void);
void one_key_teardown(void);

/* One signature of `used`. */
int sign(int (*f_rng)(void *, unsigned char *, size_t), void *p_rng, unsigned char *made);

/* How many copies `used` has. */
unsigned copies(void);

/* Signs once with the others inside, as key[*data]; a body of live_threads(). */
void sign_together(unsigned number, void *data);

/* So many threads do that, and have to be inside at once. */
void meet_and_sign(unsigned threads, unsigned which);

#endif

#endif /* RSA_ONE_KEY_H */
