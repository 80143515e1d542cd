/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of revocation lists. */
#include <mbedguard/x509_crl.h>

#if defined(MBEDTLS_X509_CRL_PARSE_C)

#include <stddef.h>
#include <string.h>

#include <mbedguard/x509_access.h>

#include "core/enter.h"
#include "manual/copy_out.h"
#include "manual/x509_names.h"

#define SHARED (MBEDGUARD_SHARED | MBEDGUARD_RANK_CERT | MBEDGUARD_IN_CALLBACK)
#define WALK   (SHARED | MBEDGUARD_CALLS_OUT)

/* ---- Bytes, text and numbers ------------------------------------------------------------------- */

/* A member of bytes, by its place in the struct. */
static int bytes_at(const mbedguard_x509_crl *crl, size_t offset, unsigned char *buf, size_t size,
                    size_t *olen, const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crl);
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
    member = (const mbedtls_x509_buf *) (const void *) ((const char *) &crl->unguarded + offset);
    ret = mbedguard_copy_out(buf, size, olen, member->p, member->len,
                             MBEDTLS_ERR_X509_BUFFER_TOO_SMALL);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crl_get_raw(const mbedguard_x509_crl *crl, unsigned char *buf, size_t size,
                               size_t *olen)
{
    return bytes_at(crl, offsetof(mbedtls_x509_crl, raw), buf, size, olen, __func__);
}

int mbedguard_x509_crl_get_tbs(const mbedguard_x509_crl *crl, unsigned char *buf, size_t size,
                               size_t *olen)
{
    return bytes_at(crl, offsetof(mbedtls_x509_crl, tbs), buf, size, olen, __func__);
}

int mbedguard_x509_crl_get_issuer_raw(const mbedguard_x509_crl *crl, unsigned char *buf,
                                      size_t size, size_t *olen)
{
    return bytes_at(crl, offsetof(mbedtls_x509_crl, issuer_raw), buf, size, olen, __func__);
}

int mbedguard_x509_crl_get_sig_oid(const mbedguard_x509_crl *crl, unsigned char *buf, size_t size,
                                   size_t *olen)
{
    return bytes_at(crl, offsetof(mbedtls_x509_crl, sig_oid), buf, size, olen, __func__);
}

int mbedguard_x509_crl_get_crl_ext(const mbedguard_x509_crl *crl, unsigned char *buf, size_t size,
                                   size_t *olen)
{
    return bytes_at(crl, offsetof(mbedtls_x509_crl, crl_ext), buf, size, olen, __func__);
}

int mbedguard_x509_crl_get_version(const mbedguard_x509_crl *crl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crl);
    int ret;

    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = crl->unguarded.version;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

static int time_at(const mbedguard_x509_crl *crl, size_t offset, mbedtls_x509_time *when,
                   const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crl);
    int ret;

    if (when == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, where);
    if (ret != 0) {
        return ret;
    }
    memcpy(when, (const char *) &crl->unguarded + offset, sizeof *when);
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crl_get_this_update(const mbedguard_x509_crl *crl, mbedtls_x509_time *when)
{
    return time_at(crl, offsetof(mbedtls_x509_crl, this_update), when, __func__);
}

int mbedguard_x509_crl_get_next_update(const mbedguard_x509_crl *crl, mbedtls_x509_time *when)
{
    return time_at(crl, offsetof(mbedtls_x509_crl, next_update), when, __func__);
}

int mbedguard_x509_crl_issuer_dn_gets(char *buf, size_t size, const mbedguard_x509_crl *crl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crl);
    int ret;

    if (buf == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_x509_dn_gets(buf, size, &crl->unguarded.issuer);
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* ---- Entries and chains ------------------------------------------------------------------------ */

/* The first entry is part of the list itself, and empty where nothing is revoked. */
static const mbedtls_x509_crl_entry *entry_at(const mbedtls_x509_crl *crl, size_t index)
{
    const mbedtls_x509_crl_entry *entry = &crl->entry;

    while (entry != NULL && index != 0) {
        entry = entry->next;
        index--;
    }
    return entry != NULL && entry->raw.len != 0 ? entry : NULL;
}

int mbedguard_x509_crl_get_entry(const mbedguard_x509_crl *crl, size_t index,
                                 mbedguard_x509_field *serial, mbedtls_x509_time *revoked)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crl);
    const mbedtls_x509_crl_entry *entry;
    int ret;

    ret = mbedguard_x509_field_check(serial);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    entry = entry_at(&crl->unguarded, index);
    ret = entry != NULL ? mbedguard_x509_field_copy(serial, &entry->serial, NULL, NULL)
                        : MBEDGUARD_ERR_NOT_FOUND;
    if (ret == 0 && revoked != NULL) {
        *revoked = entry->revocation_date;
    }
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

static int walk_entries(const mbedtls_x509_crl *crl, mbedguard_x509_crl_entry_cb cb, void *data)
{
    const mbedtls_x509_crl_entry *entry = entry_at(crl, 0);
    int ret = 0;

    while (ret == 0 && entry != NULL && entry->raw.len != 0) {
        ret = cb(data, entry);
        entry = entry->next;
    }
    return ret;
}

static int walk_chain(const mbedtls_x509_crl *crl, mbedguard_x509_crl_cb cb, void *data)
{
    int ret = 0;

    while (ret == 0 && crl != NULL && crl->version != 0) {
        ret = cb(data, crl);
        crl = crl->next;
    }
    return ret;
}

int mbedguard_x509_crl_foreach_entry(const mbedguard_x509_crl *crl, mbedguard_x509_crl_entry_cb cb,
                                     void *data)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crl);
    int ret;

    if (cb == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, WALK, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = walk_entries(&crl->unguarded, cb, data);
    if (mbedguard_leave(guard, WALK) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crl_foreach(const mbedguard_x509_crl *crl, mbedguard_x509_crl_cb cb, void *data)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crl);
    int ret;

    if (cb == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, WALK, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = walk_chain(&crl->unguarded, cb, data);
    if (mbedguard_leave(guard, WALK) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crl_foreach_issuer(const mbedguard_x509_crl *crl, mbedguard_x509_name_cb cb,
                                      void *data)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crl);
    int ret;

    if (cb == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, WALK, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_x509_names_walk(&crl->unguarded.issuer, cb, data);
    if (mbedguard_leave(guard, WALK) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif /* MBEDTLS_X509_CRL_PARSE_C */
