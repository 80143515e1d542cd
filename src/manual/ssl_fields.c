/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of a connection: scalars, and names copied into storage of the caller's. */
#include <mbedguard/ssl.h>

#if defined(MBEDTLS_SSL_TLS_C)

#include <string.h>

#include <mbedguard/ssl_access.h>

#include "core/enter.h"
#include "manual/copy_out.h"
#include "manual/members.h"
#include "manual/ssl_pump.h"

#define SHARED    (MBEDGUARD_SHARED | MBEDGUARD_RANK_SSL | MBEDGUARD_IN_CALLBACK)
#define EXCLUSIVE (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL | MBEDGUARD_IN_CALLBACK)

/* ---- Names ------------------------------------------------------------------------------------- */

/* A string with its final zero byte, of which the length says nothing. */
static int copy_string(char *buf, size_t size, size_t *olen, const char *text)
{
    size_t length;
    int ret;

    if (text == NULL) {
        return MBEDGUARD_ERR_NOT_FOUND;
    }
    ret = mbedguard_copy_out(buf, size, &length, text, strlen(text) + 1,
                             MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    *olen = length - 1;
    return ret;
}

#if defined(MBEDTLS_X509_CRT_PARSE_C)
int mbedguard_ssl_copy_hostname(const mbedguard_ssl_context *ssl, char *buf, size_t size,
                                size_t *olen)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    int ret;

    ret = mbedguard_copy_out_check(buf, size, olen);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = copy_string(buf, size, olen, ssl->unguarded.MBEDTLS_PRIVATE(hostname));
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

#if defined(MBEDTLS_SSL_ALPN)
int mbedguard_ssl_copy_alpn_protocol(const mbedguard_ssl_context *ssl, char *buf, size_t size,
                                     size_t *olen)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    int ret;

    ret = mbedguard_copy_out_check(buf, size, olen);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = copy_string(buf, size, olen, mbedtls_ssl_get_alpn_protocol(&ssl->unguarded));
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

#if defined(MBEDGUARD_HAVE_SSL_GET_HS_SNI)
int mbedguard_ssl_copy_hs_sni(const mbedguard_ssl_context *ssl, unsigned char *buf, size_t size,
                              size_t *olen)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    const unsigned char *name = NULL;
    size_t length = 0;
    int ret;

    ret = mbedguard_copy_out_check(buf, size, olen);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    if (ssl->unguarded.MBEDTLS_PRIVATE(handshake) != NULL) {
        name = mbedtls_ssl_get_hs_sni((mbedtls_ssl_context *) (uintptr_t) &ssl->unguarded, &length);
    }
    ret = name != NULL
              ? mbedguard_copy_out(buf, size, olen, name, length, MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL)
              : MBEDGUARD_ERR_NOT_FOUND;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

/* ---- State ------------------------------------------------------------------------------------- */

int mbedguard_ssl_get_state(const mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = ssl->unguarded.MBEDTLS_PRIVATE(state);
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_ssl_get_bio(const mbedguard_ssl_context *ssl, void **p_bio,
                          mbedtls_ssl_send_t **f_send, mbedtls_ssl_recv_t **f_recv,
                          mbedtls_ssl_recv_timeout_t **f_recv_timeout)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    void *context = NULL;
    mbedtls_ssl_send_t *sender = NULL;
    mbedtls_ssl_recv_t *receiver = NULL;
    mbedtls_ssl_recv_timeout_t *patient = NULL;
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret == 0) {
#if defined(MBEDGUARD_THREADING_NONE)
        const mbedtls_ssl_context *const raw = &ssl->unguarded;

        context = raw->MBEDTLS_PRIVATE(p_bio);
        sender = raw->MBEDTLS_PRIVATE(f_send);
        receiver = raw->MBEDTLS_PRIVATE(f_recv);
        patient = raw->MBEDTLS_PRIVATE(f_recv_timeout);
#else
        const mbedguard_ssl_bio bio = mbedguard_ssl_bio_of(ssl);

        context = bio.p_bio;
        sender = bio.f_send;
        receiver = bio.f_recv;
        patient = bio.f_recv_timeout;
#endif
        if (mbedguard_leave(guard, SHARED) != 0) {
            ret = MBEDGUARD_ERR_THREADING;
        }
    }
    if (p_bio != NULL) {
        *p_bio = context;
    }
    if (f_send != NULL) {
        *f_send = sender;
    }
    if (f_recv != NULL) {
        *f_recv = receiver;
    }
    if (f_recv_timeout != NULL) {
        *f_recv_timeout = patient;
    }
    return ret;
}

int mbedguard_ssl_get_out_pending(const mbedguard_ssl_context *ssl, size_t *pending)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    int ret;

    if (pending == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *pending = 0;
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    *pending = ssl->unguarded.MBEDTLS_PRIVATE(out_left);
#if !defined(MBEDGUARD_THREADING_NONE)
    if (ssl->companion.pump != NULL) {
        *pending += (size_t) (ssl->companion.pump->out.in - ssl->companion.pump->out.out);
    }
#endif
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* A guarded configuration begins with the raw one, so its address is the same. */
const mbedguard_ssl_config *mbedguard_ssl_context_get_config(const mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    const mbedguard_ssl_config *conf;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return NULL;
    }
    conf = (const mbedguard_ssl_config *) (const void *) ssl->unguarded.MBEDTLS_PRIVATE(conf);
    if (mbedguard_leave(guard, SHARED) != 0) {
        conf = NULL;
    }
    return conf;
}

#if MBEDGUARD_HAVE_SSL_IS_HANDSHAKE_OVER == 2
int mbedguard_ssl_is_handshake_over(mbedguard_ssl_context *ssl)
{
    return mbedguard_ssl_get_state(ssl) >= MBEDTLS_SSL_HANDSHAKE_OVER;
}
#endif

#if MBEDGUARD_HAVE_SSL_GET_VERSION_NUMBER == 2
int mbedguard_ssl_get_version_number(const mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    int ret;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    ret = ssl->unguarded.major_ver == 0 ? 0
                                        : (int) ((unsigned) ssl->unguarded.major_ver << 8 |
                                                 (unsigned) ssl->unguarded.minor_ver);
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = 0;
    }
    return ret;
}
#endif

#if MBEDGUARD_HAVE_SSL_GET_CIPHERSUITE_ID_FROM_SSL == 2
int mbedguard_ssl_get_ciphersuite_id_from_ssl(const mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    int ret;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    ret = ssl->unguarded.session != NULL ? ssl->unguarded.session->ciphersuite : 0;
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = 0;
    }
    return ret;
}
#endif

/* ---- User data --------------------------------------------------------------------------------- */

#if MBEDGUARD_HAVE_SSL_SET_USER_DATA_P == 2
int mbedguard_ssl_set_user_data_p(mbedguard_ssl_context *ssl, void *p)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    int ret;

    ret = mbedguard_enter(guard, EXCLUSIVE, __func__);
    if (ret != 0) {
        return ret;
    }
    ssl->companion.copies.user_data.p = p;
    if (mbedguard_leave(guard, EXCLUSIVE) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_ssl_set_user_data_n(mbedguard_ssl_context *ssl, uintptr_t n)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    int ret;

    ret = mbedguard_enter(guard, EXCLUSIVE, __func__);
    if (ret != 0) {
        return ret;
    }
    ssl->companion.copies.user_data.n = n;
    if (mbedguard_leave(guard, EXCLUSIVE) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

void *mbedguard_ssl_get_user_data_p(mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    void *p;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return NULL;
    }
    p = ssl->companion.copies.user_data.p;
    if (mbedguard_leave(guard, SHARED) != 0) {
        p = NULL;
    }
    return p;
}

uintptr_t mbedguard_ssl_get_user_data_n(mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    uintptr_t n;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    n = ssl->companion.copies.user_data.n;
    if (mbedguard_leave(guard, SHARED) != 0) {
        n = 0;
    }
    return n;
}
#endif

#endif /* MBEDTLS_SSL_TLS_C */
