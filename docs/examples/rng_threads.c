/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One random generator for many threads. It goes wherever Mbed TLS wants an
 * f_rng with its p_rng: here threads make ECDH keys, each with numbers from a
 * generator that no other thread touches.
 */
#include <pthread.h>
#include <stdio.h>

#include <mbedguard/mbedguard.h>

#define THREADS 4
#define KEYS    20

static mbedguard_entropy_context entropy;
static mbedguard_rng_context rng;

static void *make_keys(void *context)
{
    int *const ret = context;
    mbedguard_ecp_keypair key;
    int i;

    for (i = 0; i < KEYS && *ret == 0; i++) {
        mbedguard_ecp_keypair_init(&key);
        *ret = mbedguard_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, &key,
                                     mbedguard_rng_random, &rng);
        mbedguard_ecp_keypair_free(&key);
    }
    return NULL;
}

int main(void)
{
    static const unsigned char custom[] = "rng_threads example";
    pthread_t threads[THREADS];
    int result[THREADS] = {0};
    int i, ret, started;

    mbedguard_entropy_init(&entropy);
    mbedguard_rng_init(&rng);
    ret = mbedguard_rng_seed(&rng, mbedguard_entropy_func, &entropy, custom,
                             sizeof(custom) - 1);
    if (ret != 0)
        return 1;
    for (started = 0; started < THREADS; started++)
        if (pthread_create(&threads[started], NULL, make_keys,
                           &result[started]) != 0)
            break;
    /* Any thread, at any time: all generators, before their next byte. */
    ret = mbedguard_rng_reseed(&rng, NULL, 0);
    for (i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        if (ret == 0)
            ret = result[i];
    }
    if (ret == 0)
        printf("%d keys of %d threads\n", started * KEYS, started);
    mbedguard_rng_free(&rng);
    mbedguard_entropy_free(&entropy);
    return ret != 0 || started != THREADS;
}
