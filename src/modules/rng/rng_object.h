/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A callback of ours that Mbed TLS has no function for. */
#ifndef MBEDGUARD_RNG_OBJECT_H
#define MBEDGUARD_RNG_OBJECT_H

#include <mbedguard/guard.h>

/*
 * The guard of `data` if `function` is that one, with its rank; else NULL, and rank 0. What
 * mbedguard_callback_object() asks last.
 */
mbedguard_guard *mbedguard_rng_object(void (*function)(void), void *data, unsigned *rank);

#endif /* MBEDGUARD_RNG_OBJECT_H */
