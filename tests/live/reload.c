/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Identities by number, and who replaces them. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "live/reload.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include <mbedguard/x509_crt_access.h>

#define PACE_NS 10000000L

static atomic_uint announced, in_place;
static atomic_bool stopped;

void reload_begin(struct reload *reload, int endpoint, bool tls13)
{
    memset(reload, 0, sizeof(*reload));
    reload->endpoint = endpoint;
    reload->tls13 = tls13;
    atomic_store(&announced, 0);
    atomic_store(&in_place, 0);
    atomic_store(&stopped, false);
    ck_assert_int_eq(reload_next(reload), 0);
}

void reload_end(struct reload *reload)
{
    ck_assert_int_eq(mbedguard_ssl_config_slot_free(&reload->slot), 0);
}

unsigned reload_trusts(uint32_t number)
{
    return number % 2;
}

uint32_t reload_count(void)
{
    return atomic_load(&in_place);
}

static int fill(const struct reload *reload, uint32_t number, mbedguard_ssl_config *config,
                mbedguard_x509_crt *own, mbedguard_x509_crt *trusted, mbedguard_pk_context *key)
{
    const struct live_issue issue = {"CN=first,O=own", number % 2, "CN=first", 0, number, 0};
    char pem[2048];
    int ret = live_issue(&issue, pem, sizeof(pem));

    if (ret == 0)
        ret = mbedguard_x509_crt_parse(own, (const unsigned char *) pem, strlen(pem) + 1);
    if (ret == 0)
        ret = live_try_key(key, number % 2);
    if (ret == 0)
        ret = live_parse_crt(trusted, reload_trusts(number));
    if (ret == 0)
        ret = live_config(config, reload->endpoint, reload->tls13);
    if (ret == 0)
        ret = mbedguard_ssl_conf_own_cert(config, own, key);
    if (ret == 0)
        ret = mbedguard_ssl_conf_ca_chain(config, trusted, NULL);
    if (ret == 0)
        ret = mbedguard_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_OPTIONAL);
    return ret;
}

int reload_make(const struct reload *reload, uint32_t number, mbedguard_ssl_config **config)
{
    mbedguard_x509_crt *const own = mbedguard_x509_crt_new();
    mbedguard_x509_crt *const trusted = mbedguard_x509_crt_new();
    mbedguard_pk_context *const key = mbedguard_pk_new();
    int ret = MBEDGUARD_ERR_ALLOC_FAILED;

    *config = mbedguard_ssl_config_new();
    if (own != NULL && trusted != NULL && key != NULL && *config != NULL)
        ret = fill(reload, number, *config, own, trusted, key);
    /* From here on the configuration alone keeps them. */
    mbedguard_pk_free(key);
    mbedguard_x509_crt_free(trusted);
    mbedguard_x509_crt_free(own);
    if (ret != 0) {
        mbedguard_ssl_config_free(*config);
        *config = NULL;
    }
    return ret;
}

int reload_next(struct reload *reload)
{
    const uint32_t number = reload_count() + 1;
    mbedguard_ssl_config *config;
    int ret = reload_make(reload, number, &config);

    if (ret != 0)
        return ret;
    atomic_store(&announced, number);
    ret = mbedguard_ssl_config_swap(&reload->slot, config);
    if (ret == 0)
        atomic_store(&in_place, number);
    mbedguard_ssl_config_free(config);
    return ret;
}

void reload_run(struct reload *reload)
{
    const struct timespec pace = {0, PACE_NS};

    while (!atomic_load(&stopped) && !live_failed()) {
        LIVE_EQ(reload_next(reload), 0);
        nanosleep(&pace, NULL);
    }
}

void reload_stop(void)
{
    atomic_store(&stopped, true);
}

struct reload_span reload_span_begin(void)
{
    return (struct reload_span){atomic_load(&in_place)};
}

void reload_span_check(struct reload_span span, uint32_t number)
{
    const uint32_t last = atomic_load(&announced);

    if (number < span.first)
        LIVE_EQ(number, span.first);
    if (number > last)
        LIVE_EQ(number, last);
}

int reload_number_of_peer(const mbedguard_ssl_context *ssl, uint32_t *number)
{
    mbedguard_x509_crt peer;
    int ret = mbedguard_x509_crt_init(&peer);

    *number = 0;
    if (ret == 0)
        ret = mbedguard_ssl_copy_peer_cert(ssl, &peer);
    if (ret == 0)
        ret = live_serial_of(&peer, number);
    mbedguard_x509_crt_free(&peer);
    return ret;
}
