/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a guarded object points at that its calls lock as well. */
#ifndef MBEDGUARD_MANUAL_FOLLOW_H
#define MBEDGUARD_MANUAL_FOLLOW_H

#include <mbedguard/ssl.h>

#include "manual/members.h"

/*
 * The configuration of a connection, or NULL before mbedguard_ssl_setup(). It is the application's
 * guarded object, whose first member the connection points at. The caller holds the connection.
 */
static inline mbedguard_ssl_config *mbedguard_ssl_config_of(const mbedguard_ssl_context *ssl)
{
    return (mbedguard_ssl_config *) (uintptr_t) ssl->unguarded.MBEDTLS_PRIVATE(conf);
}

#endif /* MBEDGUARD_MANUAL_FOLLOW_H */
