/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Operations of PSA, kind by kind: what each is fed, block by block, and what has to come of it. */
#ifndef PSA_KINDS_H
#define PSA_KINDS_H

#include "live/psa_calls.h"

#define KIND_BLOCKS 400  /* what one is fed, or what is taken from it */
#define KIND_LONG   1024 /* bytes of a block: it takes a while, so that threads meet in it */
#define KIND_SHORT  16   /* the same where there is a bound on all */

union kind_operation {
    mbedguard_psa_hash_operation_t hash;
    mbedguard_psa_mac_operation_t mac;
    mbedguard_psa_cipher_operation_t cipher;
    mbedguard_psa_key_derivation_operation_t derivation;
#if LIVE_V3
    mbedguard_psa_aead_operation_t aead;
#endif
};

struct kind {
    const char *name;
    psa_status_t (*begin)(union kind_operation *op);
    psa_status_t (*ready)(union kind_operation *op); /* or NULL */
    psa_status_t (*feed)(union kind_operation *op, unsigned char *out);
    /* or NULL */
    psa_status_t (*end)(union kind_operation *op, unsigned char out[32], size_t *length);
    psa_status_t (*abort)(union kind_operation *op);
    void (*whole)(void); /* computes what has to come of it */
    size_t block;        /* its bytes */
    bool stays;          /* a set-up of one that is set up leaves it as it is; others it ends */
    /* What begins one; and a copy of one that is inactive. */
    void (*init)(union kind_operation *op);
    void (*assign)(union kind_operation *to, const union kind_operation *from);
};

#define KINDS (4 + LIVE_V3)
extern const struct kind kinds[KINDS];

/* Of the kind that was computed last: its output, and what its end gives. */
extern unsigned char kind_output[KIND_LONG * KIND_BLOCKS + 32], kind_end[32];
extern size_t kind_end_length;

#endif /* PSA_KINDS_H */
