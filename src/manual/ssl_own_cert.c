/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* As it would be emitted, but that the configuration remembers the pairs. */
#include <mbedguard/ssl.h>

#if defined(MBEDTLS_SSL_TLS_C) && defined(MBEDTLS_X509_CRT_PARSE_C) &&                                \
    MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"
#include "manual/ssl_config_use.h"
#include "manual/ssl_own_pairs.h"
#include "slots.h"

#define CONFIG (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG)
#define CERT   (MBEDGUARD_SHARED | MBEDGUARD_RANK_CERT)
#define KEY    (MBEDGUARD_SHARED | MBEDGUARD_RANK_PK)

/* With all of them held. */
static int add_locked(mbedguard_ssl_config *conf, mbedguard_x509_crt *own_cert,
                      mbedguard_pk_context *pk_key, const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(conf);
    mbedguard_keep cert, key;
    int ret;

    ret = mbedguard_keep_begin(&cert, guard, MBEDGUARD_RANK_CONFIG, MBEDGUARD_GUARD_OF(own_cert),
                               MBEDGUARD_RANK_CERT, MBEDGUARD_SLOT_SSL_CONFIG_OWN_CERT, false,
                               where);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_keep_begin(&key, guard, MBEDGUARD_RANK_CONFIG, MBEDGUARD_GUARD_OF(pk_key),
                               MBEDGUARD_RANK_PK, MBEDGUARD_SLOT_SSL_CONFIG_OWN_KEY, false, where);
    if (ret != 0) {
        mbedguard_keep_abort(&cert);
        return ret;
    }
    ret = mbedguard_ssl_own_pairs_add(conf, own_cert, pk_key);
    if (ret != 0) {
        mbedguard_keep_abort(&key);
        mbedguard_keep_abort(&cert);
        return ret;
    }
    mbedguard_keep_commit(&cert);
    mbedguard_keep_commit(&key);
    if (own_cert == NULL) {
        mbedguard_keep_release(guard, MBEDGUARD_SLOT_SSL_CONFIG_OWN_CERT);
        mbedguard_keep_release(guard, MBEDGUARD_SLOT_SSL_CONFIG_OWN_KEY);
    }
    return 0;
}

int mbedguard_ssl_conf_own_cert(mbedguard_ssl_config *conf, mbedguard_x509_crt *own_cert,
                                mbedguard_pk_context *pk_key)
{
    mbedguard_want set[] = {
        {MBEDGUARD_GUARD_OF(conf), CONFIG},
        {MBEDGUARD_GUARD_OF(own_cert), CERT},
        {MBEDGUARD_GUARD_OF(pk_key), KEY},
    };
    int ret;

    if (conf == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    if (own_cert == NULL) {
        ret = mbedguard_ssl_check_at_rest(conf);
    }
    if (ret == 0) {
        ret = add_locked(conf, own_cert, pk_key, __func__);
    }
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif
