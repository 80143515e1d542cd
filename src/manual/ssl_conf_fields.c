/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of TLS sessions and configurations. */
#include <mbedguard/ssl.h>

#if defined(MBEDTLS_SSL_TLS_C)

#include <mbedguard/ssl_conf_access.h>

#include "core/enter.h"
#include "manual/copy_out.h"
#include "manual/members.h"

#define CONF    (MBEDGUARD_SHARED | MBEDGUARD_RANK_CONFIG | MBEDGUARD_IN_CALLBACK)
#define SESSION (MBEDGUARD_SHARED | MBEDGUARD_RANK_SESSION | MBEDGUARD_IN_CALLBACK)

/* ---- Sessions ---------------------------------------------------------------------------------- */

int mbedguard_ssl_session_copy_id(const mbedguard_ssl_session *session, unsigned char *buf,
                                  size_t size, size_t *olen)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(session);
    int ret;

    ret = mbedguard_copy_out_check(buf, size, olen);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_enter(guard, SESSION, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_copy_out(buf, size, olen, session->unguarded.MBEDTLS_PRIVATE(id),
                             session->unguarded.MBEDTLS_PRIVATE(id_len),
                             MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    if (mbedguard_leave(guard, SESSION) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

unsigned const char (*mbedguard_ssl_session_get_id(const mbedguard_ssl_session *session))[32]
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(session);
    unsigned const char(*id)[32];

    if (mbedguard_enter(guard, SESSION, __func__) != 0) {
        return NULL;
    }
    id = (unsigned const char(*)[32]) & session->unguarded.MBEDTLS_PRIVATE(id);
    if (mbedguard_leave(guard, SESSION) != 0) {
        id = NULL;
    }
    return id;
}

#if MBEDGUARD_HAVE_SSL_SESSION_GET_ID_LEN == 2
size_t mbedguard_ssl_session_get_id_len(const mbedguard_ssl_session *session)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(session);
    size_t length;

    if (mbedguard_enter(guard, SESSION, __func__) != 0) {
        return 0;
    }
    length = session->unguarded.MBEDTLS_PRIVATE(id_len);
    if (mbedguard_leave(guard, SESSION) != 0) {
        length = 0;
    }
    return length;
}
#endif

#if MBEDGUARD_HAVE_SSL_SESSION_GET_CIPHERSUITE_ID == 2
int mbedguard_ssl_session_get_ciphersuite_id(const mbedguard_ssl_session *session)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(session);
    int ret;

    if (mbedguard_enter(guard, SESSION, __func__) != 0) {
        return 0;
    }
    ret = session->unguarded.MBEDTLS_PRIVATE(ciphersuite);
    if (mbedguard_leave(guard, SESSION) != 0) {
        ret = 0;
    }
    return ret;
}
#endif

/* ---- Configurations ---------------------------------------------------------------------------- */

#if MBEDGUARD_HAVE_SSL_CONF_GET_ENDPOINT == 2
int mbedguard_ssl_conf_get_endpoint(const mbedguard_ssl_config *conf)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(conf);
    int ret;

    ret = mbedguard_enter(guard, CONF, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = (int) conf->unguarded.MBEDTLS_PRIVATE(endpoint);
    if (mbedguard_leave(guard, CONF) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

int mbedguard_ssl_conf_get_authmode(const mbedguard_ssl_config *conf)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(conf);
    int ret;

    ret = mbedguard_enter(guard, CONF, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = (int) conf->unguarded.MBEDTLS_PRIVATE(authmode);
    if (mbedguard_leave(guard, CONF) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#if defined(MBEDTLS_X509_CRT_PARSE_C)
/*
 * The emitted setter does all that is to be done about keeping; then, before anybody can see it, the
 * head of the chain is replaced by its rest.
 */
int mbedguard_ssl_conf_ca_chain_rest(mbedguard_ssl_config *conf, mbedguard_x509_crt *chain,
                                     mbedguard_x509_crl *ca_crl)
{
    const mbedguard_object set[3] = {MBEDGUARD_OBJECT(conf), MBEDGUARD_OBJECT(chain),
                                     MBEDGUARD_OBJECT(ca_crl)};
    int ret;

    if (conf == NULL || chain == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_lock_set(set, 3);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_ssl_conf_ca_chain(conf, chain, ca_crl);
    if (ret == 0) {
        mbedtls_ssl_conf_ca_chain(&conf->unguarded, chain->unguarded.next,
                                  ca_crl != NULL ? &ca_crl->unguarded : NULL);
    }
    if (mbedguard_unlock_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

#endif /* MBEDTLS_SSL_TLS_C */
