/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Random generators after fork(): a child must not repeat its parent's output. */
#ifndef MBEDGUARD_MANUAL_DRBG_FORK_H
#define MBEDGUARD_MANUAL_DRBG_FORK_H

#include <mbedguard/mbedguard.h>

/*
 * Called by the emitted call-throughs with the generator held exclusively, before Mbed TLS is called.
 * after_fork: in a child that has not seeded this generator itself, reseed it from its entropy. A
 * generator without entropy (seeded from a buffer) is deterministic by intent and is left alone.
 * seeding: the seed that follows is this process's own.
 * Both return 0 or an Mbed TLS error code, with which the call ends.
 */
#if defined(MBEDTLS_CTR_DRBG_C) && MBEDTLS_VERSION_NUMBER < 0x04000000
int mbedguard_ctr_drbg_after_fork(mbedguard_ctr_drbg_context *ctx);
int mbedguard_ctr_drbg_seeding(mbedguard_ctr_drbg_context *ctx);
#endif
#if defined(MBEDTLS_HMAC_DRBG_C) && MBEDTLS_VERSION_NUMBER < 0x04000000
int mbedguard_hmac_drbg_after_fork(mbedguard_hmac_drbg_context *ctx);
int mbedguard_hmac_drbg_seeding(mbedguard_hmac_drbg_context *ctx);
#endif

#endif /* MBEDGUARD_MANUAL_DRBG_FORK_H */
