/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Two threads share one random generator, and reseed it as they like. Without
 * the guard that is a data race: Mbed TLS locks ctr_drbg_random(), but neither
 * ctr_drbg_reseed() nor any setter.
 *
 *     cc quickstart.c $(pkg-config --cflags --libs mbedguard) -lpthread
 */
#include <pthread.h>
#include <stdio.h>

#include <mbedguard/ctr_drbg.h>
#include <mbedguard/entropy.h>

static mbedguard_entropy_context entropy;
static mbedguard_ctr_drbg_context drbg;
static int result[2]; /* one for each thread */

static void *worker(void *context)
{
    int *const ret = context;
    unsigned char key[32];
    int i;

    for (i = 0; i < 1000 && *ret == 0; i++) {
        *ret = mbedguard_ctr_drbg_random(&drbg, key, sizeof(key));
        if (*ret == 0 && i % 100 == 0)
            *ret = mbedguard_ctr_drbg_reseed(&drbg, NULL, 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t other;

    mbedguard_entropy_init(&entropy);
    mbedguard_ctr_drbg_init(&drbg);
    result[0] = mbedguard_ctr_drbg_seed(&drbg, mbedguard_entropy_func, &entropy,
                                        NULL, 0);
    if (result[0] != 0 || pthread_create(&other, NULL, worker, &result[1]) != 0)
        return 1;
    worker(&result[0]);
    pthread_join(other, NULL);
    mbedguard_ctr_drbg_free(&drbg);
    mbedguard_entropy_free(&entropy);
    printf("two threads, one generator: %d %d\n", result[0], result[1]);
    return result[0] != 0 || result[1] != 0;
}
