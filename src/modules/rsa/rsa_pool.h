/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The key and its copies: who works on which. A pool belongs to one raw key; whoever takes from it
 * keeps all others from changing that key until it gives back (holds the key shared, or a keeper of it).
 */
#ifndef MBEDGUARD_MODULES_RSA_POOL_H
#define MBEDGUARD_MODULES_RSA_POOL_H

#include <stdbool.h>

#include <mbedtls/version.h>

#include <mbedguard/rsa_pool.h>

#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedtls/rsa.h>

/* What one private operation works on. */
typedef struct mbedguard_rsa_slot {
    mbedtls_rsa_context *key;        /* the key itself, or a copy */
    struct mbedguard_rsa_copy *copy; /* NULL for the key itself */
    bool counted;                    /* of _take_idle(): others know that the key is in use */
} mbedguard_rsa_slot;

/*
 * take: the key itself if nobody uses it, else a copy; waits for the key itself if there are as many copies
 * as there may be, or none can be made. 0, or MBEDGUARD_ERR_* with nothing taken.
 * give: 0, or MBEDGUARD_ERR_*; the slot is given back in any case.
 */
int mbedguard_rsa_pool_take(mbedguard_rsa_pool *pool, mbedtls_rsa_context *key,
                            mbedguard_rsa_slot *slot, const char *where);
int mbedguard_rsa_pool_give(mbedguard_rsa_pool *pool, mbedguard_rsa_slot *slot, const char *where);

/*
 * For whoever may not need it: nothing is waited for, and nothing fails. Where all are in use it is the
 * key itself, beside others: Mbed TLS's own mutex has to be in there.
 */
void mbedguard_rsa_pool_take_idle(mbedguard_rsa_pool *pool, mbedtls_rsa_context *key,
                                  mbedguard_rsa_slot *slot, const char *where);
void mbedguard_rsa_pool_give_idle(mbedguard_rsa_pool *pool, mbedguard_rsa_slot *slot,
                                  const char *where);

/* With the key to oneself: wipe and free the copies. */
void mbedguard_rsa_pool_forget(mbedguard_rsa_pool *pool);

/* The end of a pool, with the key to oneself. */
void mbedguard_rsa_pool_free(mbedguard_rsa_pool *pool);

/* How many copies there are: for those who hold the key shared. */
int mbedguard_rsa_pool_count(mbedguard_rsa_pool *pool, unsigned int *copies, const char *where);

#endif

#endif /* MBEDGUARD_MODULES_RSA_POOL_H */
