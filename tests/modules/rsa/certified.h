/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The keys of one_key.h inside pk contexts, a certificate of the first one, and what TLS does with them. */
#ifndef RSA_CERTIFIED_H
#define RSA_CERTIFIED_H

#include "modules/rsa/one_key.h"

#if defined(ONE_KEY_TESTS) && defined(MBEDTLS_PK_WRITE_C) && defined(MBEDTLS_PK_PARSE_C) &&            \
    defined(MBEDTLS_X509_CRT_WRITE_C) && defined(MBEDTLS_SSL_SRV_C) && defined(MBEDTLS_SSL_CLI_C)

#define CERTIFIED_TESTS

/* `pk` has the key of `crt`, and blinding values that nobody has drawn yet. */
extern mbedguard_pk_context pk;
extern mbedguard_x509_crt crt;
extern mbedguard_ssl_config client, server;

void certified_setup(void);
void certified_teardown(void);

/* key[which] set up by hand, and parsed, by Mbed TLS itself, too: 0, or an error. */
void put_key(mbedguard_pk_context *into, unsigned which);
int parse(mbedguard_pk_context *into, unsigned which);
int parse_raw(mbedtls_pk_context *into, unsigned which);

/* One signature of `pk`. */
int pk_sign(int (*f_rng)(void *, unsigned char *, size_t), void *p_rng, unsigned char *made);

/*
 * Where PSA inside has no locks, or Mbed TLS no mutexes, calls through pk and handshakes take turns: then
 * nobody waits for the others, and it is the results that count.
 */
void meet_through_pk(unsigned threads);
void assert_met(void);

/* `client` and `server` without certificates; where a key is fresh, the server's private operations meet. */
void configure(bool tls13);

/* One handshake; a body of live_threads(). */
void handshake_together(unsigned number, void *data);

/* So many threads have to be inside at once. */
void meet_in_handshakes(unsigned threads);

#endif

#endif /* RSA_CERTIFIED_H */
