/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the emitted calls, and explicit locks, ask of the session cache in src/modules/ssl_cache. */
#ifndef MBEDGUARD_MANUAL_SSL_CACHE_COMPANION_H
#define MBEDGUARD_MANUAL_SSL_CACHE_COMPANION_H

#include <mbedguard/ssl_cache.h>

/* Whatever stands there: make it empty. Others may be looking for entries in it meanwhile. */
void mbedguard_ssl_cache_companion_init(mbedguard_ssl_cache_companion *companion);

/* Wipe and free all entries. The caller has the guard; look-ups that are under way are waited for. */
void mbedguard_ssl_cache_companion_free(mbedguard_ssl_cache_companion *companion);

/*
 * Before a free: what a thread that is no more left broken is whole but for what the program borrowed,
 * and its entries are wiped. Always 0.
 */
int mbedguard_ssl_cache_before_free(mbedguard_ssl_cache_context *cache);

/* An explicit lock begins: no look-up is under way, and others wait for its end. 0 or an error. */
int mbedguard_ssl_cache_locks(mbedguard_ssl_cache_context *cache);

/* It ends: what the program wrote into the borrowed object counts from now on. */
void mbedguard_ssl_cache_unlocks(mbedguard_ssl_cache_context *cache);

#endif /* MBEDGUARD_MANUAL_SSL_CACHE_COMPANION_H */
