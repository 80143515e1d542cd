/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Whether handshakes have pointers into a configuration. */
#ifndef MBEDGUARD_MANUAL_SSL_CONFIG_USE_H
#define MBEDGUARD_MANUAL_SSL_CONFIG_USE_H

#include <mbedguard/ssl.h>

#include "core/enter.h"

/*
 * With the configuration held exclusively, before entries of its list of certificates are freed: 0, or
 * MBEDGUARD_ERR_IN_USE while a connection is between two steps of a handshake.
 */
static inline int mbedguard_ssl_check_at_rest(const mbedguard_ssl_config *conf)
{
    return mbedguard_keep_in_use(MBEDGUARD_GUARD_OF(conf));
}

#endif /* MBEDGUARD_MANUAL_SSL_CONFIG_USE_H */
