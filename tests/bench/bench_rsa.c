/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Two threads sign with one RSA key of 2048 bits. Beside it: each with a key of its own, raw, which is all
 * that two threads can reach; and with `-upstream`, with one raw key, whose mutex each waits for.
 */
#include <stdio.h>

#include <mbedguard/mbedguard.h>

#include "bench/measure.h"

#if defined(MBEDTLS_RSA_C) && defined(MBEDTLS_GENPRIME) && defined(MBEDTLS_PKCS1_V15) &&               \
    MBEDTLS_VERSION_NUMBER < 0x04000000

#define THREADS 2
#define BITS    2048
#define LENGTH  (BITS / 8)

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define PRIVATE   MBEDTLS_RSA_PRIVATE,
#define INIT(key) mbedguard_rsa_init(key, MBEDTLS_RSA_PKCS_V15, 0)
#else
#define PRIVATE
#define INIT(key) mbedguard_rsa_init(key)
#endif

static mbedguard_entropy_context entropy;
static mbedguard_ctr_drbg_context drbg[THREADS];
static mbedguard_rsa_context keys[THREADS], shared;

struct part {
    mbedguard_ctr_drbg_context *drbg; /* of this thread */
    mbedtls_rsa_context *raw;
    mbedguard_rsa_context *guarded; /* where it is not NULL, in place of the raw one */
    unsigned count;
};

static void *sign(void *data)
{
    static const unsigned char hash[32] = "bytes";
    const struct part *part = data;
    unsigned char signature[LENGTH];
    unsigned i;
    int ret = 0;

    for (i = 0; i < part->count && ret == 0; i++) {
        ret = part->guarded != NULL
                  ? mbedguard_rsa_pkcs1_sign(part->guarded, mbedguard_ctr_drbg_random, part->drbg,
                                             PRIVATE MBEDTLS_MD_SHA256, sizeof hash, hash, signature)
                  : mbedtls_rsa_pkcs1_sign(part->raw, mbedtls_ctr_drbg_random,
                                           &part->drbg->unguarded, PRIVATE MBEDTLS_MD_SHA256,
                                           sizeof hash, hash, signature);
    }
    bench_must(ret, "sign");
    return NULL;
}

static void both(void *data, unsigned count)
{
    struct part *parts = data;
    unsigned i;

    for (i = 0; i < THREADS; i++)
        parts[i].count = count / THREADS;
    bench_threads(THREADS, sign, parts, sizeof(*parts));
}

int main(void)
{
    struct part separate[THREADS], one[THREADS], guarded[THREADS];
    unsigned i;

    mbedguard_entropy_init(&entropy);
    for (i = 0; i < THREADS; i++) {
        mbedguard_ctr_drbg_init(&drbg[i]);
        bench_must(mbedguard_ctr_drbg_seed(&drbg[i], mbedguard_entropy_func, &entropy, NULL, 0),
                   "seed");
        bench_must(INIT(&keys[i]), "init");
        bench_must(mbedguard_rsa_gen_key(&keys[i], mbedguard_ctr_drbg_random, &drbg[i], BITS, 65537),
                   "generate");
    }
    bench_must(INIT(&shared), "init");
    bench_must(mbedguard_rsa_copy(&shared, &keys[0]), "copy");
    for (i = 0; i < THREADS; i++) {
        separate[i] = (struct part){&drbg[i], &keys[i].unguarded, NULL, 0};
        one[i] = (struct part){&drbg[i], &keys[0].unguarded, NULL, 0};
        guarded[i] = (struct part){&drbg[i], NULL, &shared, 0};
    }
    bench_compare("rsa-shared-2t", both, separate, both, guarded);
    bench_compare("rsa-shared-2t-upstream", both, one, both, guarded);
    mbedguard_rsa_free(&shared);
    for (i = 0; i < THREADS; i++) {
        mbedguard_rsa_free(&keys[i]);
        mbedguard_ctr_drbg_free(&drbg[i]);
    }
    mbedguard_entropy_free(&entropy);
    return 0;
}

#else

int main(void)
{
    printf("# rsa: this Mbed TLS has no public RSA\n");
    return 0;
}

#endif
