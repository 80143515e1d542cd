/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the live tests share: threads, keys and certificates, TLS over memory.
 *
 * The tests run on the real Mbed TLS. Assertions of libcheck belong to the main thread: a longjmp
 * out of another one is undefined with CK_FORK=no, so threads note their first failure (LIVE_EQ),
 * and live_threads() and the end of the fixture assert that there was none.
 */
#ifndef LIVE_H
#define LIVE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedguard/mbedguard.h>

/* Mbed TLS 3 changed many prototypes; 4 has no generators but PSA's, which nobody names. */
#define LIVE_V3 (MBEDTLS_VERSION_NUMBER >= 0x03000000)
#define LIVE_V4 (MBEDTLS_VERSION_NUMBER >= 0x04000000)
#if LIVE_V3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define LIVE_TLS13 1
#else
#define LIVE_TLS13 0
#endif

#define LIVE_SECONDS 240 /* for one test: only so that nothing hangs, however busy the machine */

/* ---- Running --------------------------------------------------------------------------------- */

/* Runs a suite; the result of main. Without fork a watchdog takes the place of the time limits. */
int live_run(Suite *suite);

/* A test case with the usual fixture (live_setup) and time limit. */
TCase *live_case(Suite *suite, const char *name);
/* The same with another fixture, which begins with the usual one and ends with it. */
TCase *live_case_with(Suite *suite, const char *name, void (*setup)(void), void (*teardown)(void));

/* full, or a tenth of it (but at least 2) with MBEDGUARD_SHORT=1: for helgrind and memcheck. */
unsigned live_rounds(unsigned full);

/* Whether calls that use PSA inside take turns: then threads cannot meet in one. */
bool live_takes_turns(void);

/* Findings that the lock checker reported; 0 where it is not compiled in. */
unsigned live_findings(void);

/* ---- Threads --------------------------------------------------------------------------------- */

/* Runs body(number, data) in count threads that all start together; joins them, asserts success. */
void live_threads(unsigned count, void (*body)(unsigned number, void *data), void *data);

/* All threads of live_threads() meet. */
void live_meet(void);

void live_note(const char *file, int line, const char *what, long long got, long long expected);
bool live_failed(void);
void live_assert_none(void);

#define LIVE_EQ(got, expected)                                                                     \
    do {                                                                                           \
        const long long live_got = (long long) (got);                                              \
        const long long live_expected = (long long) (expected);                                    \
        if (live_got != live_expected)                                                             \
            live_note(__FILE__, __LINE__, #got, live_got, live_expected);                          \
    } while (0)

/* A generator of test decisions, one for each thread: the same in each run. */
uint32_t live_dice(uint32_t *state);

/* ---- Keys and certificates ------------------------------------------------------------------- */

#if !LIVE_V4
/* One generator for everybody, seeded by the fixture. */
extern mbedguard_ctr_drbg_context live_drbg;
extern mbedguard_entropy_context live_entropy;
#endif

void live_setup(void);
void live_teardown(void);

/* PEM of two self-signed P-256 certificates, of CN=first and CN=second, with their keys in DER. */
extern char live_pem[2][2048];
const unsigned char *live_key_der(unsigned which, size_t *length);

void live_parse_key(mbedguard_pk_context *key, unsigned which);
/* The same for threads. */
int live_try_key(mbedguard_pk_context *key, unsigned which);
int live_parse_crt(mbedguard_x509_crt *crt, unsigned which);

/* Initialises both and parses into them; for the main thread. */
void live_identity(mbedguard_x509_crt *crt, mbedguard_pk_context *key, unsigned which);

/* A certificate of any of the two keys, by any. */
struct live_issue {
    const char *subject;
    unsigned key;
    const char *issuer;
    unsigned issuer_key;
    uint32_t serial;
    int is_ca;
};
int live_issue(const struct live_issue *issue, char *pem, size_t size);
int live_serial_of(const mbedguard_x509_crt *crt, uint32_t *number);

/* A revocation list of live_pem[0] with this one number, in DER: at most 1024 bytes. */
int live_revoke(uint32_t serial, unsigned char *der, size_t *length);
/* DER of one element whose content is of up to 65535 bytes. */
size_t live_der(unsigned char *out, unsigned char tag, const unsigned char *content, size_t length);

/* Sign a hash of SHA-256. 0 or an error. */
int live_sign(mbedguard_pk_context *key, const unsigned char hash[32], unsigned char *signature,
              size_t size, size_t *length);
/* Sign a hash with a key, verify it: 0, or the first error. */
int live_sign_and_verify(mbedguard_pk_context *key, mbedguard_pk_context *public_key);

/* ---- TLS over memory ------------------------------------------------------------------------- */

struct live_pipe {
    unsigned char data[65536];
    size_t head, tail;
};

struct live_pair {
    mbedguard_ssl_context client, server;
    struct live_pipe to_client, to_server;
};

/* A configuration for the endpoint: P-256, live_drbg; TLS 1.2 unless tls13. */
int live_config(mbedguard_ssl_config *config, int endpoint, bool tls13);

/* Sets tickets up for AES-256-GCM with a key of their own. `lifetime` in seconds. */
int live_ticket_setup(mbedguard_ssl_ticket_context *tickets, uint32_t lifetime);

/*
 * Initialises and sets up both ends; 0 or the first error. The pair must be freed in either
 * case.
 */
int live_pair_setup(struct live_pair *pair, mbedguard_ssl_config *client,
                    mbedguard_ssl_config *server, const char *hostname);
/* Runs both handshakes in turns until both are done or one fails; results by end. */
void live_pair_handshake(struct live_pair *pair, int *client, int *server);
/* Sends a message each way and checks it: 0, or an error. */
int live_pair_talk(struct live_pair *pair);
void live_pair_free(struct live_pair *pair);
/* All of the above: the client's result, or the server's if that one is 0. */
int live_pair_once(mbedguard_ssl_config *client, mbedguard_ssl_config *server,
                   const char *hostname);

int live_send_client(void *pair, const unsigned char *buffer, size_t length);
int live_send_server(void *pair, const unsigned char *buffer, size_t length);
int live_receive_client(void *pair, unsigned char *buffer, size_t length);
int live_receive_server(void *pair, unsigned char *buffer, size_t length);

/* The same test with a mutex per call in the place of the guards: it has to fail. */
#if defined(LIVE_NAIVE)
#include "live/naive.h"
#endif

#endif /* LIVE_H */
