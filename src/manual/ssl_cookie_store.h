/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The end of what a cookie context has beside Mbed TLS's; called by the emitted free. */
#ifndef MBEDGUARD_MANUAL_SSL_COOKIE_STORE_H
#define MBEDGUARD_MANUAL_SSL_COOKIE_STORE_H

#include <mbedguard/ssl_cookie_store.h>

/* Wipe and free all of it. The caller has the context to itself. */
void mbedguard_ssl_cookie_store_free(mbedguard_ssl_cookie_store *store);

#endif /* MBEDGUARD_MANUAL_SSL_COOKIE_STORE_H */
