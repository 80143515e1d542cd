/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Threads count in one number: raw, increments are lost. */
#include "raw.h"

#if MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedtls/bignum.h>

#define ROUNDS 300

static mbedtls_mpi number;

static void count(unsigned thread)
{
    unsigned i;

    (void) thread;
    for (i = 0; i < ROUNDS; i++)
        RAW_CALL(mbedtls_mpi_add_int(&number, &number, 1));
}

int main(void)
{
    mbedtls_mpi_init(&number);
    /*
     * Wide enough: growing at the same time is a double free, and no race detector lives that
     * long.
     */
    RAW_CALL(mbedtls_mpi_grow(&number, 8));
    RAW_CALL(mbedtls_mpi_lset(&number, 0));
    raw_threads(count);
    RAW_DATA(mbedtls_mpi_cmp_int(&number, ROUNDS * RAW_THREADS) == 0);
    mbedtls_mpi_free(&number);
    return raw_result();
}

#else

/* 4.x has taken it out of its public headers. */
int main(void)
{
    return 77;
}

#endif
