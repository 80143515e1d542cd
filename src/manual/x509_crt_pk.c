/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The key of a certificate, by way of the certificate: it has no guard of its own. */
#include <mbedguard/x509_crt.h>

#if defined(MBEDTLS_X509_CRT_PARSE_C)

#include <mbedguard/pk.h>
#include <mbedguard/x509_pk_access.h>

#include "core/enter.h"
#include "manual/pk_copy.h"
#include "manual/psa_inside.h"

#define SHARED (MBEDGUARD_SHARED | MBEDGUARD_RANK_CERT | MBEDGUARD_IN_CALLBACK)
#define VERIFY (MBEDGUARD_VERIFY_MODE | MBEDGUARD_RANK_CERT)

/* Some functions that only read take a pointer without const. */
static mbedtls_pk_context *key_of(const mbedguard_x509_crt *crt)
{
    return (mbedtls_pk_context *) (uintptr_t) &crt->unguarded.pk;
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000
mbedtls_pk_type_t mbedguard_x509_crt_pk_get_type(const mbedguard_x509_crt *crt)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    mbedtls_pk_type_t result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return MBEDTLS_PK_NONE;
    }
    result = mbedtls_pk_get_type(key_of(crt));
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = MBEDTLS_PK_NONE;
    }
    return result;
}

const char *mbedguard_x509_crt_pk_get_name(const mbedguard_x509_crt *crt)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    const char *result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return NULL;
    }
    result = mbedtls_pk_get_name(key_of(crt));
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = NULL;
    }
    return result;
}

int mbedguard_x509_crt_pk_can_do(const mbedguard_x509_crt *crt, mbedtls_pk_type_t type)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    result = mbedtls_pk_can_do(key_of(crt), type);
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = 0;
    }
    return result;
}
#else
int mbedguard_x509_crt_pk_can_do_psa(const mbedguard_x509_crt *crt, psa_algorithm_t alg,
                                     psa_key_usage_t usage)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    result = mbedtls_pk_can_do_psa(key_of(crt), alg, usage);
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = 0;
    }
    return result;
}
#endif

size_t mbedguard_x509_crt_pk_get_bitlen(const mbedguard_x509_crt *crt)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    size_t result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    result = mbedtls_pk_get_bitlen(key_of(crt));
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = 0;
    }
    return result;
}

size_t mbedguard_x509_crt_pk_get_len(const mbedguard_x509_crt *crt)
{
    return (mbedguard_x509_crt_pk_get_bitlen(crt) + 7) / 8;
}

#if defined(MBEDTLS_PK_WRITE_C)
/* The key is only read, whatever the parameter of the raw function says. */
int mbedguard_x509_crt_pk_write_pubkey_der(const mbedguard_x509_crt *crt, unsigned char *buf,
                                           size_t size)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    if (buf == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_write_pubkey_der(key_of(crt), buf, size);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#if defined(MBEDTLS_PEM_WRITE_C)
int mbedguard_x509_crt_pk_write_pubkey_pem(const mbedguard_x509_crt *crt, unsigned char *buf,
                                           size_t size)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    if (buf == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_write_pubkey_pem(key_of(crt), buf, size);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif
#endif /* MBEDTLS_PK_WRITE_C */

int mbedguard_x509_crt_pk_verify(const mbedguard_x509_crt *crt, mbedtls_md_type_t md_alg,
                                 const unsigned char *hash, size_t hash_len,
                                 const unsigned char *sig, size_t sig_len)
{
    mbedguard_want set[2] = {{MBEDGUARD_GUARD_OF(crt), VERIFY}, MBEDGUARD_PSA_INSIDE_WANT};
    int ret;

    if (crt == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_verify(key_of(crt), md_alg, hash, hash_len, sig, sig_len);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000
int mbedguard_x509_crt_pk_check_pair(const mbedguard_x509_crt *crt, const mbedguard_pk_context *prv,
                                     int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    mbedguard_want set[3] = {
        {MBEDGUARD_GUARD_OF(crt), VERIFY | MBEDGUARD_CALLS_OUT},
        {MBEDGUARD_GUARD_OF(prv), MBEDGUARD_VERIFY_MODE | MBEDGUARD_RANK_PK | MBEDGUARD_CALLS_OUT},
        mbedguard_psa_want_for_keys(f_rng),
    };
    int ret;

    if (crt == NULL || prv == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_check_pair(key_of(crt), &prv->unguarded, f_rng, p_rng);
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#else
int mbedguard_x509_crt_pk_check_pair(const mbedguard_x509_crt *crt, const mbedguard_pk_context *prv)
{
    mbedguard_want set[3] = {
        {MBEDGUARD_GUARD_OF(crt), VERIFY | MBEDGUARD_CALLS_OUT},
        {MBEDGUARD_GUARD_OF(prv), MBEDGUARD_VERIFY_MODE | MBEDGUARD_RANK_PK | MBEDGUARD_CALLS_OUT},
        MBEDGUARD_PSA_INSIDE_WANT,
    };
    int ret;

    if (crt == NULL || prv == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_check_pair(key_of(crt), &prv->unguarded);
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

#if defined(MBEDTLS_PK_PARSE_C)
/* A certificate without a key was never parsed. */
static int copy_key(mbedtls_pk_context *pk, const mbedtls_x509_crt *crt)
{
    return crt->pk_raw.len != 0 ? mbedguard_pk_replace(pk, crt->pk_raw.p, crt->pk_raw.len)
                                : MBEDGUARD_ERR_NOT_FOUND;
}

int mbedguard_x509_crt_get_pk(const mbedguard_x509_crt *crt, mbedguard_pk_context *pk)
{
    mbedguard_want set[3] = {
        {MBEDGUARD_GUARD_OF(crt), SHARED},
        {MBEDGUARD_GUARD_OF(pk), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PK},
        MBEDGUARD_PSA_INSIDE_WANT,
    };
    int ret;

    if (crt == NULL || pk == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = copy_key(&pk->unguarded, &crt->unguarded);
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

#endif /* MBEDTLS_X509_CRT_PARSE_C */
