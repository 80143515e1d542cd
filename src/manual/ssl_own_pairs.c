/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Mbed TLS asks the certificate callback which certificates a handshake has; ours gives it those of the
 * configuration, in their order, unless the program's callbacks have given others. The keys of either are
 * contexts of the connection's, which only steps look at, and which are filled anew for each step: a key
 * that was replaced where it stands is the new one there, too.
 */
#include "manual/ssl_own_pairs.h"

#include "core/enter.h"
#include "manual/follow.h"
#include "manual/members.h"

#if defined(MBEDGUARD_SSL_OWN_KEYS)

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "manual/ssl_pump.h"
#include "modules/rsa/rsa_pk.h"

struct mbedguard_ssl_own_pair {
    struct mbedguard_ssl_own_pair *next;
    mbedguard_x509_crt *cert;
    mbedguard_pk_context *key; /* or NULL */
};

struct mbedguard_ssl_own_key {
    struct mbedguard_ssl_own_key *next;
    mbedguard_pk_context *key;
    mbedtls_pk_context pk;
    mbedguard_rsa_pool *pool; /* of which something was taken */
    mbedguard_rsa_slot slot;
};

/* ---- Of a configuration -------------------------------------------------------------------------- */

void mbedguard_ssl_own_pairs_free(mbedguard_ssl_own_pairs *pairs)
{
    while (pairs->first != NULL) {
        struct mbedguard_ssl_own_pair *const pair = pairs->first;

        pairs->first = pair->next;
        mbedtls_free(pair);
    }
}

static void append(mbedguard_ssl_own_pairs *pairs, struct mbedguard_ssl_own_pair *pair)
{
    struct mbedguard_ssl_own_pair **end = &pairs->first;

    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = pair;
}

/* ---- Of a handshake ------------------------------------------------------------------------------ */

static void take(struct mbedguard_ssl_own_key *own)
{
    mbedguard_rsa_pool *const pool = mbedguard_rsa_pk_pool(own->key);

    own->pk = own->key->unguarded;
    if (pool != NULL) {
        mbedguard_rsa_pool_take_idle(
            pool, (mbedtls_rsa_context *) own->pk.MBEDTLS_PRIVATE(pk_ctx), &own->slot, __func__);
        own->pk.MBEDTLS_PRIVATE(pk_ctx) = own->slot.key;
        own->pool = pool;
    }
}

static void give_back(struct mbedguard_ssl_own_key *own)
{
    if (own->pool != NULL) {
        mbedguard_rsa_pool_give_idle(own->pool, &own->slot, __func__);
        own->pool = NULL;
    }
}

void mbedguard_ssl_own_keys_begin(mbedguard_ssl_context *ssl)
{
    struct mbedguard_ssl_own_key *own;

    for (own = ssl->companion.own_keys; own != NULL; own = own->next) {
        if (own->key != NULL) {
            take(own);
        }
    }
}

/* In the middle of a handshake, which makes its configuration keep what it has. */
static bool is_in_handshake(const mbedguard_ssl_context *ssl)
{
    const int state = (int) ssl->unguarded.MBEDTLS_PRIVATE(state);

    return ssl->unguarded.MBEDTLS_PRIVATE(handshake) != NULL &&
           state != MBEDTLS_SSL_HELLO_REQUEST && state != MBEDTLS_SSL_HANDSHAKE_OVER;
}

void mbedguard_ssl_own_keys_end(mbedguard_ssl_context *ssl)
{
    const bool goes_on = is_in_handshake(ssl);
    struct mbedguard_ssl_own_key *own;

    for (own = ssl->companion.own_keys; own != NULL; own = own->next) {
        give_back(own);
        /* Nobody follows it before the next step fills it, nor when there is none: then the key may go. */
        mbedtls_pk_init(&own->pk);
        if (!goes_on) {
            own->key = NULL;
        }
    }
}

/* Wiped: it may point at a copy. */
static void drop_first(mbedguard_ssl_companion *companion)
{
    struct mbedguard_ssl_own_key *const own = companion->own_keys;

    companion->own_keys = own->next;
    mbedtls_platform_zeroize(own, sizeof *own);
    mbedtls_free(own);
}

void mbedguard_ssl_own_keys_free(mbedguard_ssl_companion *companion)
{
    while (companion->own_keys != NULL) {
        drop_first(companion);
    }
    companion->own_keys_given = 0;
}

/* Whoever's they were; with nothing in its list a handshake uses its configuration's. */
static void take_all_back(mbedguard_ssl_context *ssl)
{
    (void) mbedtls_ssl_set_hs_own_cert(&ssl->unguarded, NULL, NULL);
    mbedguard_ssl_own_keys_end(ssl);
    mbedguard_ssl_own_keys_free(&ssl->companion);
}

/* The configuration's, of a ClientHello before this one, or of one that came to nothing half-way. */
static void take_back(mbedguard_ssl_context *ssl)
{
    if (ssl->companion.own_keys != NULL && !ssl->companion.own_keys_given) {
        take_all_back(ssl);
    }
}

/* In a step: with a key that is the connection's. 0, or an error where there is no memory. */
static int give_own(mbedguard_ssl_context *ssl, mbedguard_x509_crt *cert, mbedguard_pk_context *key)
{
    struct mbedguard_ssl_own_key *own;
    int ret;

    own = (struct mbedguard_ssl_own_key *) mbedtls_calloc(1, sizeof *own);
    if (own == NULL) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    own->key = key;
    own->next = ssl->companion.own_keys;
    ssl->companion.own_keys = own;
    take(own);
    ret = mbedtls_ssl_set_hs_own_cert(&ssl->unguarded, &cert->unguarded, &own->pk);
    if (ret != 0) {
        give_back(own);
        drop_first(&ssl->companion);
    }
    return ret;
}

static int give_pair(mbedguard_ssl_context *ssl, const struct mbedguard_ssl_own_pair *pair)
{
    if (pair->key == NULL) {
        return mbedtls_ssl_set_hs_own_cert(&ssl->unguarded, &pair->cert->unguarded, NULL);
    }
    return give_own(ssl, pair->cert, pair->key);
}

/* Elsewhere nobody fills it: a program that does the handshake on the raw connection finds the key itself. */
static bool is_in_step(const mbedguard_ssl_context *ssl)
{
    return ssl->companion.pump != NULL && ssl->companion.pump->in_step;
}

int mbedguard_ssl_own_keys_give(mbedguard_ssl_context *ssl, mbedguard_x509_crt *cert,
                                mbedguard_pk_context *key, bool in_time)
{
    int ret;

    if (cert == NULL) {
        take_all_back(ssl);
        return 0;
    }
    if (in_time) {
        take_back(ssl);
    }
    if (in_time && key != NULL && mbedguard_rsa_pk_pool(key) != NULL && is_in_step(ssl)) {
        ret = give_own(ssl, cert, key);
    } else {
        ret = mbedtls_ssl_set_hs_own_cert(&ssl->unguarded, &cert->unguarded,
                                          (mbedtls_pk_context *) key);
    }
    if (ret == 0 && in_time) {
        ssl->companion.own_keys_given = 1;
    }
    return ret;
}

/* The certificate callback, in a step: with the configuration, which was followed here, held. */
static int give_pairs(mbedtls_ssl_context *raw)
{
    mbedguard_ssl_context *const ssl = (mbedguard_ssl_context *) raw;
    const mbedguard_ssl_config *const conf = mbedguard_ssl_config_of(ssl);
    const mbedguard_ssl_own_pairs *const pairs = &conf->own_pairs;
    const struct mbedguard_ssl_own_pair *pair;
    int ret = pairs->chained != NULL ? ((mbedtls_ssl_hs_cb_t) pairs->chained)(raw) : 0;

    if (ret != 0 || ssl->companion.own_keys_given) {
        return ret;
    }
    take_back(ssl);
    for (pair = pairs->first; pair != NULL && ret == 0; pair = pair->next) {
        ret = give_pair(ssl, pair);
    }
    /* Without memory the handshake uses what the configuration has, as if nothing were here. */
    if (ret != 0) {
        take_all_back(ssl);
    }
    return 0;
}

void mbedguard_ssl_own_pairs_chain(mbedguard_ssl_config *conf)
{
    const mbedtls_ssl_hs_cb_t set = conf->unguarded.MBEDTLS_PRIVATE(f_cert_cb);

    if (set != give_pairs) {
        conf->own_pairs.chained = (void (*)(void)) set;
        mbedtls_ssl_conf_cert_cb(&conf->unguarded, give_pairs);
    }
}

int mbedguard_ssl_own_pairs_add(mbedguard_ssl_config *conf, mbedguard_x509_crt *cert,
                                mbedguard_pk_context *key)
{
    struct mbedguard_ssl_own_pair *pair;
    int ret;

    if (cert == NULL) {
        mbedguard_ssl_own_pairs_free(&conf->own_pairs);
        return mbedtls_ssl_conf_own_cert(&conf->unguarded, NULL, (mbedtls_pk_context *) key);
    }
    pair = (struct mbedguard_ssl_own_pair *) mbedtls_calloc(1, sizeof *pair);
    if (pair == NULL) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    ret = mbedtls_ssl_conf_own_cert(&conf->unguarded, &cert->unguarded, (mbedtls_pk_context *) key);
    if (ret != 0) {
        mbedtls_free(pair);
        return ret;
    }
    pair->cert = cert;
    pair->key = key;
    append(&conf->own_pairs, pair);
    mbedguard_ssl_own_pairs_chain(conf);
    return 0;
}

#else

void mbedguard_ssl_own_keys_begin(mbedguard_ssl_context *ssl)
{
    (void) ssl;
}

void mbedguard_ssl_own_keys_end(mbedguard_ssl_context *ssl)
{
    (void) ssl;
}

void mbedguard_ssl_own_keys_free(mbedguard_ssl_companion *companion)
{
    (void) companion;
}

void mbedguard_ssl_own_pairs_chain(mbedguard_ssl_config *conf)
{
    (void) conf;
}

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000

void mbedguard_ssl_own_pairs_free(mbedguard_ssl_own_pairs *pairs)
{
    (void) pairs;
}

#if defined(MBEDTLS_X509_CRT_PARSE_C)
int mbedguard_ssl_own_pairs_add(mbedguard_ssl_config *conf, mbedguard_x509_crt *cert,
                                mbedguard_pk_context *key)
{
    return mbedtls_ssl_conf_own_cert(&conf->unguarded, (mbedtls_x509_crt *) cert,
                                     (mbedtls_pk_context *) key);
}

#if defined(MBEDTLS_SSL_SERVER_NAME_INDICATION)
int mbedguard_ssl_own_keys_give(mbedguard_ssl_context *ssl, mbedguard_x509_crt *cert,
                                mbedguard_pk_context *key, bool in_time)
{
    (void) in_time;
    return mbedtls_ssl_set_hs_own_cert((mbedtls_ssl_context *) ssl, (mbedtls_x509_crt *) cert,
                                       (mbedtls_pk_context *) key);
}
#endif
#endif

#endif

#endif
