/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of a certificate: bytes, text and numbers, copied to the caller. */
#include <mbedguard/x509_crt.h>

#if defined(MBEDTLS_X509_CRT_PARSE_C)

#include <stddef.h>
#include <string.h>

#include <mbedtls/oid.h>

#include <mbedguard/x509_crt_access.h>

#include "core/enter.h"
#include "manual/copy_out.h"
#include "manual/members.h"

#define SHARED (MBEDGUARD_SHARED | MBEDGUARD_RANK_CERT | MBEDGUARD_IN_CALLBACK)

/* ---- Bytes ------------------------------------------------------------------------------------- */

/* A member of bytes, by its place in the struct. */
static int bytes_at(const mbedguard_x509_crt *crt, size_t offset, unsigned char *buf, size_t size,
                    size_t *olen, const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    const mbedtls_x509_buf *member;
    int ret;

    ret = mbedguard_copy_out_check(buf, size, olen);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_enter(guard, SHARED, where);
    if (ret != 0) {
        return ret;
    }
    member = (const mbedtls_x509_buf *) (const void *) ((const char *) &crt->unguarded + offset);
    ret = mbedguard_copy_out(buf, size, olen, member->p, member->len,
                             MBEDTLS_ERR_X509_BUFFER_TOO_SMALL);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_raw(const mbedguard_x509_crt *crt, unsigned char *buf, size_t size,
                               size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, raw), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_tbs(const mbedguard_x509_crt *crt, unsigned char *buf, size_t size,
                               size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, tbs), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_serial(const mbedguard_x509_crt *crt, unsigned char *buf, size_t size,
                                  size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, serial), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_sig_oid(const mbedguard_x509_crt *crt, unsigned char *buf, size_t size,
                                   size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, sig_oid), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_issuer_raw(const mbedguard_x509_crt *crt, unsigned char *buf,
                                      size_t size, size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, issuer_raw), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_subject_raw(const mbedguard_x509_crt *crt, unsigned char *buf,
                                       size_t size, size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, subject_raw), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_pk_raw(const mbedguard_x509_crt *crt, unsigned char *buf, size_t size,
                                  size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, pk_raw), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_issuer_id(const mbedguard_x509_crt *crt, unsigned char *buf, size_t size,
                                     size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, issuer_id), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_subject_id(const mbedguard_x509_crt *crt, unsigned char *buf,
                                      size_t size, size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, subject_id), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_v3_ext(const mbedguard_x509_crt *crt, unsigned char *buf, size_t size,
                                  size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, v3_ext), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_sig(const mbedguard_x509_crt *crt, unsigned char *buf, size_t size,
                               size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, MBEDTLS_PRIVATE(sig)), buf, size, olen,
                    __func__);
}

#if MBEDTLS_VERSION_NUMBER >= 0x03050000
int mbedguard_x509_crt_get_subject_key_id(const mbedguard_x509_crt *crt, unsigned char *buf,
                                          size_t size, size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, subject_key_id), buf, size, olen, __func__);
}

int mbedguard_x509_crt_get_authority_key_id(const mbedguard_x509_crt *crt, unsigned char *buf,
                                            size_t size, size_t *olen)
{
    return bytes_at(crt, offsetof(mbedtls_x509_crt, authority_key_id.keyIdentifier), buf, size,
                    olen, __func__);
}
#endif

/* ---- Text -------------------------------------------------------------------------------------- */

int mbedguard_x509_crt_subject_dn_gets(char *buf, size_t size, const mbedguard_x509_crt *crt)
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
    ret = mbedtls_x509_dn_gets(buf, size, &crt->unguarded.subject);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_issuer_dn_gets(char *buf, size_t size, const mbedguard_x509_crt *crt)
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
    ret = mbedtls_x509_dn_gets(buf, size, &crt->unguarded.issuer);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_serial_gets(char *buf, size_t size, const mbedguard_x509_crt *crt)
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
    ret = mbedtls_x509_serial_gets(buf, size, &crt->unguarded.serial);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* ---- Numbers ----------------------------------------------------------------------------------- */

int mbedguard_x509_crt_get_version(const mbedguard_x509_crt *crt)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = crt->unguarded.version;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_ext_types(const mbedguard_x509_crt *crt)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = crt->unguarded.MBEDTLS_PRIVATE(ext_types);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_max_pathlen(const mbedguard_x509_crt *crt)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = crt->unguarded.MBEDTLS_PRIVATE(max_pathlen);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#if MBEDGUARD_HAVE_X509_CRT_HAS_EXT_TYPE == 2
int mbedguard_x509_crt_has_ext_type(const mbedguard_x509_crt *crt, int ext_type)
{
    const int types = mbedguard_x509_crt_get_ext_types(crt);

    return types > 0 ? types & ext_type : 0;
}
#endif

#if MBEDGUARD_HAVE_X509_CRT_GET_CA_ISTRUE == 2
int mbedguard_x509_crt_get_ca_istrue(const mbedguard_x509_crt *crt)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = (crt->unguarded.ext_types & MBEDTLS_X509_EXT_BASIC_CONSTRAINTS) != 0
              ? crt->unguarded.ca_istrue
              : MBEDTLS_ERR_X509_INVALID_EXTENSIONS;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

int mbedguard_x509_crt_get_key_usage(const mbedguard_x509_crt *crt, unsigned int *key_usage)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    if (key_usage == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    if ((crt->unguarded.MBEDTLS_PRIVATE(ext_types) & MBEDTLS_X509_EXT_KEY_USAGE) != 0) {
        *key_usage = crt->unguarded.MBEDTLS_PRIVATE(key_usage);
    } else {
        ret = MBEDGUARD_ERR_NOT_FOUND;
    }
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_ns_cert_type(const mbedguard_x509_crt *crt, unsigned char *ns_cert_type)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    if (ns_cert_type == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    if ((crt->unguarded.MBEDTLS_PRIVATE(ext_types) & MBEDTLS_X509_EXT_NS_CERT_TYPE) != 0) {
        *ns_cert_type = crt->unguarded.MBEDTLS_PRIVATE(ns_cert_type);
    } else {
        ret = MBEDGUARD_ERR_NOT_FOUND;
    }
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_sig_md(const mbedguard_x509_crt *crt)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = (int) crt->unguarded.MBEDTLS_PRIVATE(sig_md);
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_sig_pk(const mbedguard_x509_crt *crt)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = (int) crt->unguarded.MBEDTLS_PRIVATE(sig_pk);
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* ---- Times ------------------------------------------------------------------------------------- */

static int time_at(const mbedguard_x509_crt *crt, size_t offset, mbedtls_x509_time *when,
                   const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    if (when == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, where);
    if (ret != 0) {
        return ret;
    }
    memcpy(when, (const char *) &crt->unguarded + offset, sizeof *when);
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_valid_from(const mbedguard_x509_crt *crt, mbedtls_x509_time *when)
{
    return time_at(crt, offsetof(mbedtls_x509_crt, valid_from), when, __func__);
}

int mbedguard_x509_crt_get_valid_to(const mbedguard_x509_crt *crt, mbedtls_x509_time *when)
{
    return time_at(crt, offsetof(mbedtls_x509_crt, valid_to), when, __func__);
}

#endif /* MBEDTLS_X509_CRT_PARSE_C */
