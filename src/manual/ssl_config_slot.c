/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The configuration of new connections, replaced while a program serves. */
#include <mbedguard/ssl.h>

#if defined(MBEDTLS_SSL_TLS_C)

#include <mbedguard/ssl_config_slot.h>

#include "core/enter.h"

int mbedguard_ssl_config_swap(mbedguard_ssl_config_slot *slot, mbedguard_ssl_config *conf)
{
    if (slot == NULL || conf == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    return mbedguard_place_put(&slot->config, conf, MBEDGUARD_RANK_CONFIG);
}

int mbedguard_ssl_config_slot_free(mbedguard_ssl_config_slot *slot)
{
    return slot != NULL ? mbedguard_place_put(&slot->config, NULL, MBEDGUARD_RANK_CONFIG) : 0;
}

int mbedguard_ssl_config_current(const mbedguard_ssl_config_slot *slot, mbedguard_ssl_config **conf)
{
    void *current = NULL;
    int ret;

    if (conf == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *conf = NULL;
    if (slot == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_place_take(&slot->config, MBEDGUARD_RANK_CONFIG, &current);
    *conf = (mbedguard_ssl_config *) current;
    return ret;
}

int mbedguard_ssl_setup_current(mbedguard_ssl_context *ssl, const mbedguard_ssl_config_slot *slot)
{
    mbedguard_ssl_config *conf;
    int ret;

    if (ssl == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_ssl_config_current(slot, &conf);
    if (ret == 0) {
        ret = mbedguard_ssl_setup(ssl, conf);
        mbedguard_place_let_go(conf, MBEDGUARD_RANK_CONFIG);
    }
    return ret;
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_ssl_config_slot_is_empty;

#endif
