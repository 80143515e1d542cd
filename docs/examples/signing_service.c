/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A signing service. Threads sign for several tenants, each of which has a key
 * in PSA's store. After some orders a thread gives its tenant a new key, and
 * destroys the old one, whether others use it or not. Nobody takes a lock.
 *
 * Mbed TLS 2.28 has no lock in its key store, and later versions leave open
 * what a key that is destroyed in use does. Here a destroy waits for the
 * signatures under way, and later ones are told that there is no such key.
 *
 * One thing is left to the program. PSA gives the identifier of a destroyed
 * volatile key out again, so that whoever still has it may come to use a key of
 * another tenant. A new key is published before the old one is destroyed: if
 * the tenant's key is the same after the signature as before, it was the
 * tenant's all the time. If not, the signature is thrown away and made anew.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <mbedguard/psa/crypto.h>

#define WORKERS    4
#define TENANTS    3
#define ORDERS     50 /* of each worker */
#define KEY_ORDERS 5  /* after which it changes a key */
#define ALGORITHM  PSA_ALG_ECDSA(PSA_ALG_SHA_256)

/* The key of a tenant, and how many it had before, in one word. */
static _Atomic uint64_t current[TENANTS];
static atomic_uint changes, retries;

struct worker {
    pthread_t thread;
    unsigned number;
    psa_status_t status;
};

static psa_key_id_t key_of(uint64_t word)
{
    return (psa_key_id_t) (word & 0xFFFFFFFFu);
}

/* ---- Keys ------------------------------------------------------------------ */

static psa_status_t make_key(psa_key_id_t *key)
{
    mbedguard_psa_key_attributes_t attributes =
        MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;

    mbedguard_psa_set_key_type(
        &attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    mbedguard_psa_set_key_bits(&attributes, 256);
    mbedguard_psa_set_key_algorithm(&attributes, ALGORITHM);
    mbedguard_psa_set_key_usage_flags(&attributes,
                                      PSA_KEY_USAGE_SIGN_HASH |
                                          PSA_KEY_USAGE_VERIFY_HASH);
    return mbedguard_psa_generate_key(&attributes, key);
}

/*
 * The new key is published first; the end of the old one waits for its users. If
 * another thread was faster, its key is the new one, and ours goes.
 */
static psa_status_t change_key(unsigned tenant)
{
    uint64_t before = atomic_load(&current[tenant]);
    psa_key_id_t key;
    psa_status_t status;

    status = make_key(&key);
    if (status != PSA_SUCCESS)
        return status;
    if (!atomic_compare_exchange_strong(&current[tenant], &before,
                                        ((before >> 32) + 1) << 32 | key))
        return mbedguard_psa_destroy_key(key);
    atomic_fetch_add(&changes, 1);
    return before == 0 ? PSA_SUCCESS
                       : mbedguard_psa_destroy_key(key_of(before));
}

/* ---- Signatures ------------------------------------------------------------ */

/* A signature of one key, checked with the same one. */
static psa_status_t sign(psa_key_id_t key, const unsigned char digest[32],
                         unsigned char signature[64])
{
    size_t length;
    psa_status_t status;

    status = mbedguard_psa_sign_hash(key, ALGORITHM, digest, 32, signature, 64,
                                     &length);
    if (status != PSA_SUCCESS)
        return status;
    return mbedguard_psa_verify_hash(key, ALGORITHM, digest, 32, signature,
                                     length);
}

/* A signature for a tenant: of the key that it has now. */
static psa_status_t sign_for(unsigned tenant, const unsigned char digest[32],
                             unsigned char signature[64])
{
    psa_status_t status;
    uint64_t before;

    for (;;) {
        before = atomic_load(&current[tenant]);
        status = sign(key_of(before), digest, signature);
        if (atomic_load(&current[tenant]) == before)
            return status;
        /* It has a new one, and what the old identifier meant is uncertain. */
        atomic_fetch_add(&retries, 1);
    }
}

static psa_status_t handle(unsigned worker, unsigned order)
{
    const unsigned tenant = (worker + order) % TENANTS;
    unsigned char digest[32], signature[64];
    char message[64];
    size_t length;
    psa_status_t status;
    int written;

    written = snprintf(message, sizeof(message), "order %u of worker %u", order,
                       worker);
    status = mbedguard_psa_hash_compute(
        PSA_ALG_SHA_256, (const unsigned char *) message, (size_t) written,
        digest, sizeof(digest), &length);
    if (status == PSA_SUCCESS)
        status = sign_for(tenant, digest, signature);
    if (status == PSA_SUCCESS && order % KEY_ORDERS == 0)
        status = change_key(tenant);
    return status;
}

/* ---- The service ----------------------------------------------------------- */

static void *work(void *context)
{
    struct worker *const self = context;
    unsigned order;

    for (order = 0; order < ORDERS && self->status == PSA_SUCCESS; order++)
        self->status = handle(self->number, order);
    return NULL;
}

static psa_status_t serve(void)
{
    struct worker workers[WORKERS];
    psa_status_t status = PSA_SUCCESS;
    unsigned i, started;

    for (started = 0; started < WORKERS; started++) {
        workers[started].number = started;
        workers[started].status = PSA_SUCCESS;
        if (pthread_create(&workers[started].thread, NULL, work,
                           &workers[started]) != 0)
            break;
    }
    if (started < WORKERS)
        status = PSA_ERROR_INSUFFICIENT_MEMORY;
    for (i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        if (status == PSA_SUCCESS)
            status = workers[i].status;
    }
    return status;
}

int main(void)
{
    psa_status_t status = mbedguard_psa_crypto_init();
    unsigned tenant;

    for (tenant = 0; tenant < TENANTS && status == PSA_SUCCESS; tenant++)
        status = change_key(tenant);
    if (status == PSA_SUCCESS)
        status = serve();
    for (tenant = 0; tenant < TENANTS && status == PSA_SUCCESS; tenant++)
        status =
            mbedguard_psa_destroy_key(key_of(atomic_load(&current[tenant])));
    if (status != PSA_SUCCESS)
        fprintf(stderr, "signing_service: %d\n", (int) status);
    else
        printf("%d signatures, %u changes of keys, %u signatures made again\n",
               WORKERS * ORDERS, atomic_load(&changes), atomic_load(&retries));
    mbedguard_psa_crypto_free();
    return status != PSA_SUCCESS;
}
