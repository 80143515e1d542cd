/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of certificate requests. */
#include <mbedguard/x509_csr.h>

#if defined(MBEDTLS_X509_CSR_PARSE_C)

#include <stddef.h>

#include <mbedguard/x509_access.h>

#include "core/enter.h"
#include "manual/copy_out.h"
#include "manual/x509_names.h"

#define SHARED (MBEDGUARD_SHARED | MBEDGUARD_RANK_CERT | MBEDGUARD_IN_CALLBACK)
#define WALK   (SHARED | MBEDGUARD_CALLS_OUT)

/* A member of bytes, by its place in the struct. */
static int bytes_at(const mbedguard_x509_csr *csr, size_t offset, unsigned char *buf, size_t size,
                    size_t *olen, const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
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
    member = (const mbedtls_x509_buf *) (const void *) ((const char *) &csr->unguarded + offset);
    ret = mbedguard_copy_out(buf, size, olen, member->p, member->len,
                             MBEDTLS_ERR_X509_BUFFER_TOO_SMALL);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_csr_get_raw(const mbedguard_x509_csr *csr, unsigned char *buf, size_t size,
                               size_t *olen)
{
    return bytes_at(csr, offsetof(mbedtls_x509_csr, raw), buf, size, olen, __func__);
}

int mbedguard_x509_csr_get_cri(const mbedguard_x509_csr *csr, unsigned char *buf, size_t size,
                               size_t *olen)
{
    return bytes_at(csr, offsetof(mbedtls_x509_csr, cri), buf, size, olen, __func__);
}

int mbedguard_x509_csr_get_subject_raw(const mbedguard_x509_csr *csr, unsigned char *buf,
                                       size_t size, size_t *olen)
{
    return bytes_at(csr, offsetof(mbedtls_x509_csr, subject_raw), buf, size, olen, __func__);
}

int mbedguard_x509_csr_get_sig_oid(const mbedguard_x509_csr *csr, unsigned char *buf, size_t size,
                                   size_t *olen)
{
    return bytes_at(csr, offsetof(mbedtls_x509_csr, sig_oid), buf, size, olen, __func__);
}

int mbedguard_x509_csr_get_version(const mbedguard_x509_csr *csr)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = csr->unguarded.version;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_csr_subject_dn_gets(char *buf, size_t size, const mbedguard_x509_csr *csr)
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
    ret = mbedtls_x509_dn_gets(buf, size, &csr->unguarded.subject);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_csr_get_subject_name(const mbedguard_x509_csr *csr, size_t index,
                                        mbedguard_x509_field *oid, mbedguard_x509_field *value)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    const mbedtls_x509_name *name;
    int ret;

    ret = mbedguard_x509_field_check(oid);
    if (mbedguard_x509_field_check(value) != 0 || ret != 0) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    name = mbedguard_x509_names_at(&csr->unguarded.subject, index);
    ret = name != NULL ? mbedguard_x509_field_copy(oid, &name->oid, value, &name->val)
                       : MBEDGUARD_ERR_NOT_FOUND;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_csr_foreach_subject(const mbedguard_x509_csr *csr, mbedguard_x509_name_cb cb,
                                       void *data)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(csr);
    int ret;

    if (cb == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, WALK, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_x509_names_walk(&csr->unguarded.subject, cb, data);
    if (mbedguard_leave(guard, WALK) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif /* MBEDTLS_X509_CSR_PARSE_C */
