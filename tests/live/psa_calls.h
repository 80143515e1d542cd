/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Every call of PSA, in steps that one thread takes: check_psa_matrix.c runs each beside others.
 * check_psa_calls.sh finds out whether a function of this Mbed TLS is in none.
 */
#ifndef PSA_CALLS_H
#define PSA_CALLS_H

#include <stdatomic.h>

#include "live/live_psa.h"

/* Keys that are there throughout; while the library is freed beside it, mostly. */
enum psa_calls_key {
    CALLS_AES, /* as live_psa_import() makes it */
    CALLS_CTR,
    CALLS_GCM,
    CALLS_HMAC,
    CALLS_SIGN, /* a pair on P-256 */
    CALLS_RSA,  /* a pair for encryption */
    CALLS_SECRET,
    CALLS_ECDH,
    CALLS_ECDH_HKDF,
    CALLS_PASSWORD,
    CALLS_KEYS
};

/* Make them all; false where one could not be made. The first call is made by the main thread. */
bool psa_calls_make_keys(void);
psa_key_id_t psa_calls_key(enum psa_calls_key which);

/* Others free the library meanwhile: calls may fail, and keys become other keys. */
extern atomic_bool psa_calls_may_vanish;

/* Did it succeed? Notes that it did not, unless that may be. */
bool psa_calls_ok(psa_status_t status, const char *what, const char *file, int line);
/* Notes that something is not as it has to be, unless that may be. */
void psa_calls_check(bool holds, const char *what, const char *file, int line);
#define OK(call)    psa_calls_ok(call, #call, __FILE__, __LINE__)
#define CHECK(what) psa_calls_check(what, #what, __FILE__, __LINE__)

extern const unsigned char psa_calls_text[100];

/* The algorithm of CALLS_PASSWORD, if there is one. */
#if defined(PSA_WANT_ALG_JPAKE) && LIVE_V4
#define PSA_CALLS_JPAKE PSA_ALG_JPAKE(PSA_ALG_SHA_256)
#elif defined(PSA_WANT_ALG_JPAKE) && LIVE_V3
#define PSA_CALLS_JPAKE PSA_ALG_JPAKE
#endif
#if defined(PSA_CALLS_JPAKE)
/* One side, with CALLS_PASSWORD; names of six characters. False where that is noted. */
bool psa_calls_begin_pake(mbedguard_psa_pake_operation_t *op, const char *user, const char *peer);
#endif

struct psa_calls_step {
    const char *name;
    void (*step)(unsigned thread);
    unsigned rounds;
};

/* Ends with a step without a name. */
extern const struct psa_calls_step psa_calls_operations[];  /* psa_calls_operations.c */
extern const struct psa_calls_step psa_calls_on_keys[];     /* psa_calls_on_keys.c */
extern const struct psa_calls_step psa_calls_of_36[];       /* psa_calls_of_36.c */
extern const struct psa_calls_step psa_calls_in_steps[];    /* psa_calls_in_steps.c */
extern const struct psa_calls_step psa_calls_by_password[]; /* psa_calls_by_password.c */
extern const struct psa_calls_step psa_calls_of_4[];        /* psa_calls_of_4.c */

#endif /* PSA_CALLS_H */
