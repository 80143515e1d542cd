/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * As they would be emitted, but that a configuration remembers the pairs, and that a handshake is given keys
 * that are its connection's.
 */
#include <mbedguard/ssl.h>

#if defined(MBEDTLS_SSL_TLS_C) && defined(MBEDTLS_X509_CRT_PARSE_C) &&                                \
    MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"
#include "manual/follow.h"
#include "manual/members.h"
#include "manual/ssl_config_use.h"
#include "manual/ssl_own_pairs.h"
#include "manual/ssl_state.h"
#include "slots.h"

#define CONFIG (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CONFIG)
#define CERT   (MBEDGUARD_SHARED | MBEDGUARD_RANK_CERT)
#define KEY    (MBEDGUARD_SHARED | MBEDGUARD_RANK_PK)

/* Who keeps a pair, and where. */
struct keeper {
    mbedguard_guard *guard;
    unsigned rank, cert_slot, key_slot;
};

struct keeping {
    mbedguard_keep cert, key;
};

static int keep_begin(struct keeping *keeping, const struct keeper *by, mbedguard_x509_crt *cert,
                      mbedguard_pk_context *key, const char *where)
{
    int ret;

    ret = mbedguard_keep_begin(&keeping->cert, by->guard, by->rank, MBEDGUARD_GUARD_OF(cert),
                               MBEDGUARD_RANK_CERT, by->cert_slot, false, where);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_keep_begin(&keeping->key, by->guard, by->rank, MBEDGUARD_GUARD_OF(key),
                               MBEDGUARD_RANK_PK, by->key_slot, false, where);
    if (ret != 0) {
        mbedguard_keep_abort(&keeping->cert);
    }
    return ret;
}

static void keep_commit(struct keeping *keeping)
{
    mbedguard_keep_commit(&keeping->cert);
    mbedguard_keep_commit(&keeping->key);
}

static void keep_abort(struct keeping *keeping)
{
    mbedguard_keep_abort(&keeping->key);
    mbedguard_keep_abort(&keeping->cert);
}

static void keep_none(const struct keeper *by)
{
    mbedguard_keep_release(by->guard, by->cert_slot);
    mbedguard_keep_release(by->guard, by->key_slot);
}

/* ---- Of a configuration -------------------------------------------------------------------------- */

/* With all of them held. */
static int add_locked(mbedguard_ssl_config *conf, mbedguard_x509_crt *own_cert,
                      mbedguard_pk_context *pk_key, const char *where)
{
    const struct keeper by = {MBEDGUARD_GUARD_OF(conf), MBEDGUARD_RANK_CONFIG,
                              MBEDGUARD_SLOT_SSL_CONFIG_OWN_CERT, MBEDGUARD_SLOT_SSL_CONFIG_OWN_KEY};
    struct keeping keeping;
    int ret;

    if (own_cert == NULL) {
        ret = mbedguard_ssl_check_at_rest(conf);
        if (ret == 0) {
            ret = mbedguard_ssl_own_pairs_add(conf, NULL, pk_key);
        }
        if (ret == 0) {
            keep_none(&by);
        }
        return ret;
    }
    ret = keep_begin(&keeping, &by, own_cert, pk_key, where);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_ssl_own_pairs_add(conf, own_cert, pk_key);
    if (ret == 0) {
        keep_commit(&keeping);
    } else {
        keep_abort(&keeping);
    }
    return ret;
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
    ret = add_locked(conf, own_cert, pk_key, __func__);
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* ---- Of a handshake ------------------------------------------------------------------------------ */

#if defined(MBEDTLS_SSL_SERVER_NAME_INDICATION)

#if defined(MBEDTLS_THREADING_C)
#define CONFIG_OF_SSL (MBEDGUARD_SHARED | MBEDGUARD_RANK_CONFIG | MBEDGUARD_IN_CALLBACK)
#else
#define CONFIG_OF_SSL (CONFIG | MBEDGUARD_IN_CALLBACK)
#endif
#define SSL (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL | MBEDGUARD_IN_CALLBACK)

/* TLS 1.3 chooses when it comes to send it, and up to then a callback's comes in time. */
static bool has_yet_to_send(const mbedguard_ssl_context *ssl, int state)
{
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03020000
    return mbedtls_ssl_get_version_number(&ssl->unguarded) == MBEDTLS_SSL_VERSION_TLS1_3 &&
           (state == MBEDTLS_SSL_SERVER_HELLO || state == MBEDTLS_SSL_ENCRYPTED_EXTENSIONS ||
            state == MBEDTLS_SSL_CERTIFICATE_REQUEST || state == MBEDTLS_SSL_SERVER_CERTIFICATE);
#else
    (void) ssl;
    (void) state;
    return false;
#endif
}

/* Whether Mbed TLS may point into the list already. */
static bool has_chosen_cert(const mbedguard_ssl_context *ssl)
{
    const int state = (int) ssl->unguarded.MBEDTLS_PRIVATE(state);

    return state != MBEDTLS_SSL_HELLO_REQUEST && state != MBEDTLS_SSL_CLIENT_HELLO &&
           !has_yet_to_send(ssl, state);
}

/* Without a certificate the list is emptied, and its entries freed. */
static int check_locked(const mbedguard_ssl_context *ssl, const mbedguard_x509_crt *own_cert)
{
#if !defined(MBEDGUARD_THREADING_NONE)
    const int ret = mbedguard_ssl_check_in_handshake(ssl);

    if (ret == 0 && own_cert == NULL && has_chosen_cert(ssl)) {
        return MBEDGUARD_ERR_IN_USE;
    }
    return ret;
#else
    (void) ssl;
    (void) own_cert;
    return 0;
#endif
}

/* With all of them held. */
static int give_locked(mbedguard_ssl_context *ssl, mbedguard_x509_crt *own_cert,
                       mbedguard_pk_context *pk_key, const char *where)
{
    const struct keeper by = {MBEDGUARD_GUARD_OF(ssl), MBEDGUARD_RANK_SSL,
                              MBEDGUARD_SLOT_SSL_CONTEXT_HS_OWN_CERT,
                              MBEDGUARD_SLOT_SSL_CONTEXT_HS_OWN_KEY};
    struct keeping keeping;
    int ret;

    ret = check_locked(ssl, own_cert);
    if (ret != 0) {
        return ret;
    }
    if (own_cert == NULL) {
        ret = mbedguard_ssl_own_keys_give(ssl, NULL, pk_key, true);
        if (ret == 0) {
            keep_none(&by);
        }
        return ret;
    }
    ret = keep_begin(&keeping, &by, own_cert, pk_key, where);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_ssl_own_keys_give(ssl, own_cert, pk_key, !has_chosen_cert(ssl));
    if (ret == 0) {
        keep_commit(&keeping);
    } else {
        keep_abort(&keeping);
    }
    return ret;
}

int mbedguard_ssl_set_hs_own_cert(mbedguard_ssl_context *ssl, mbedguard_x509_crt *own_cert,
                                  mbedguard_pk_context *pk_key)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    int ret;

    ret = mbedguard_enter(guard, SSL, __func__);
    if (ret != 0) {
        return ret;
    }
    mbedguard_want set[] = {
        {MBEDGUARD_GUARD_OF(mbedguard_ssl_config_of(ssl)), CONFIG_OF_SSL},
        {MBEDGUARD_GUARD_OF(own_cert), CERT | MBEDGUARD_IN_CALLBACK},
        {MBEDGUARD_GUARD_OF(pk_key), KEY | MBEDGUARD_IN_CALLBACK},
    };
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret == 0) {
        ret = give_locked(ssl, own_cert, pk_key, __func__);
        if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
            ret = MBEDGUARD_ERR_THREADING;
        }
    }
    if (mbedguard_leave(guard, SSL) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif

#endif
