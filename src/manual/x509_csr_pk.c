/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The key of a certificate request, by way of the request: it has no guard of its own. */
#include <mbedguard/x509_csr.h>

#if defined(MBEDTLS_X509_CSR_PARSE_C)

#include <mbedtls/asn1.h>

#include <mbedguard/pk.h>
#include <mbedguard/x509_pk_access.h>

#include "core/enter.h"
#include "manual/pk_copy.h"
#include "manual/psa_inside.h"

#define SHARED (MBEDGUARD_SHARED | MBEDGUARD_RANK_CERT | MBEDGUARD_IN_CALLBACK)
#define VERIFY (MBEDGUARD_VERIFY_MODE | MBEDGUARD_RANK_CERT)

/* Some functions that only read take a pointer without const. */
static mbedtls_pk_context *key_of(const mbedguard_x509_csr *csr)
{
    return (mbedtls_pk_context *) (uintptr_t) &csr->unguarded.pk;
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000
mbedtls_pk_type_t mbedguard_x509_csr_pk_get_type(const mbedguard_x509_csr *csr)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    mbedtls_pk_type_t result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return MBEDTLS_PK_NONE;
    }
    result = mbedtls_pk_get_type(key_of(csr));
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = MBEDTLS_PK_NONE;
    }
    return result;
}

const char *mbedguard_x509_csr_pk_get_name(const mbedguard_x509_csr *csr)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    const char *result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return NULL;
    }
    result = mbedtls_pk_get_name(key_of(csr));
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = NULL;
    }
    return result;
}

int mbedguard_x509_csr_pk_can_do(const mbedguard_x509_csr *csr, mbedtls_pk_type_t type)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    int result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    result = mbedtls_pk_can_do(key_of(csr), type);
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = 0;
    }
    return result;
}
#else
int mbedguard_x509_csr_pk_can_do_psa(const mbedguard_x509_csr *csr, psa_algorithm_t alg,
                                     psa_key_usage_t usage)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    int result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    result = mbedtls_pk_can_do_psa(key_of(csr), alg, usage);
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = 0;
    }
    return result;
}
#endif

size_t mbedguard_x509_csr_pk_get_bitlen(const mbedguard_x509_csr *csr)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    size_t result;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    result = mbedtls_pk_get_bitlen(key_of(csr));
    if (mbedguard_leave(guard, SHARED) != 0) {
        result = 0;
    }
    return result;
}

size_t mbedguard_x509_csr_pk_get_len(const mbedguard_x509_csr *csr)
{
    return (mbedguard_x509_csr_pk_get_bitlen(csr) + 7) / 8;
}

#if defined(MBEDTLS_PK_WRITE_C)
/* The key is only read, whatever the parameter of the raw function says. */
int mbedguard_x509_csr_pk_write_pubkey_der(const mbedguard_x509_csr *csr, unsigned char *buf,
                                           size_t size)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    int ret;

    if (buf == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_write_pubkey_der(key_of(csr), buf, size);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#if defined(MBEDTLS_PEM_WRITE_C)
int mbedguard_x509_csr_pk_write_pubkey_pem(const mbedguard_x509_csr *csr, unsigned char *buf,
                                           size_t size)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    int ret;

    if (buf == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_write_pubkey_pem(key_of(csr), buf, size);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif
#endif /* MBEDTLS_PK_WRITE_C */

int mbedguard_x509_csr_pk_verify(const mbedguard_x509_csr *csr, mbedtls_md_type_t md_alg,
                                 const unsigned char *hash, size_t hash_len,
                                 const unsigned char *sig, size_t sig_len)
{
    mbedguard_want set[2] = {{MBEDGUARD_GUARD_OF(csr), VERIFY}, MBEDGUARD_PSA_INSIDE_WANT};
    int ret;

    if (csr == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_verify(key_of(csr), md_alg, hash, hash_len, sig, sig_len);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000
int mbedguard_x509_csr_pk_check_pair(const mbedguard_x509_csr *csr, const mbedguard_pk_context *prv,
                                     int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    mbedguard_want set[3] = {
        {MBEDGUARD_GUARD_OF(csr), VERIFY | MBEDGUARD_CALLS_OUT},
        {MBEDGUARD_GUARD_OF(prv), MBEDGUARD_VERIFY_MODE | MBEDGUARD_RANK_PK | MBEDGUARD_CALLS_OUT},
        mbedguard_psa_want_for_keys(f_rng),
    };
    int ret;

    if (csr == NULL || prv == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_check_pair(key_of(csr), &prv->unguarded, f_rng, p_rng);
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#else
int mbedguard_x509_csr_pk_check_pair(const mbedguard_x509_csr *csr, const mbedguard_pk_context *prv)
{
    mbedguard_want set[3] = {
        {MBEDGUARD_GUARD_OF(csr), VERIFY | MBEDGUARD_CALLS_OUT},
        {MBEDGUARD_GUARD_OF(prv), MBEDGUARD_VERIFY_MODE | MBEDGUARD_RANK_PK | MBEDGUARD_CALLS_OUT},
        MBEDGUARD_PSA_INSIDE_WANT,
    };
    int ret;

    if (csr == NULL || prv == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_pk_check_pair(key_of(csr), &prv->unguarded);
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

#if defined(MBEDTLS_PK_PARSE_C)
/* A request remembers its key parsed only; its bytes stand behind the subject's name. */
static int copy_key(mbedtls_pk_context *pk, const mbedtls_x509_csr *csr)
{
    unsigned char *const start = csr->subject_raw.p + csr->subject_raw.len;
    unsigned char *p = start;
    size_t length = 0;
    int ret;

    if (csr->subject_raw.p == NULL) {
        return MBEDGUARD_ERR_NOT_FOUND;
    }
    ret = mbedtls_asn1_get_tag(&p, csr->cri.p + csr->cri.len, &length,
                               MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    if (ret != 0) {
        return ret;
    }
    return mbedguard_pk_replace(pk, start, (size_t) (p - start) + length);
}

int mbedguard_x509_csr_get_pk(const mbedguard_x509_csr *csr, mbedguard_pk_context *pk)
{
    mbedguard_want set[3] = {
        {MBEDGUARD_GUARD_OF(csr), SHARED},
        {MBEDGUARD_GUARD_OF(pk), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PK},
        MBEDGUARD_PSA_INSIDE_WANT,
    };
    int ret;

    if (csr == NULL || pk == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = copy_key(&pk->unguarded, &csr->unguarded);
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

#endif /* MBEDTLS_X509_CSR_PARSE_C */
