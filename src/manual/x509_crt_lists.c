/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Lists inside a certificate, and the chain that begins with it. */
#include <mbedguard/x509_crt.h>

#if defined(MBEDTLS_X509_CRT_PARSE_C)

#include <stddef.h>

#include <mbedguard/x509_crt_list_access.h>

#include "core/enter.h"
#include "manual/psa_store.h"
#include "manual/x509_chain.h"
#include "manual/x509_names.h"

#define SHARED (MBEDGUARD_SHARED | MBEDGUARD_RANK_CERT | MBEDGUARD_IN_CALLBACK)
#define WALK   (SHARED | MBEDGUARD_CALLS_OUT)

/* ---- Chains ------------------------------------------------------------------------------------ */

int mbedguard_x509_crt_count(const mbedguard_x509_crt *chain, size_t *count)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(chain);
    const mbedtls_x509_crt *crt;
    int ret;

    if (count == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *count = 0;
    ret = mbedguard_enter(guard, SHARED, __func__);
    if (ret != 0) {
        return ret;
    }
    for (crt = &chain->unguarded; crt != NULL && crt->version != 0; crt = crt->next) {
        ++*count;
    }
    if (mbedguard_leave(guard, SHARED) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_nth(const mbedguard_x509_crt *chain, size_t index,
                               mbedguard_x509_crt *crt)
{
    mbedguard_want set[3] = {
        {MBEDGUARD_GUARD_OF(chain), SHARED},
        {MBEDGUARD_GUARD_OF(crt), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CERT},
        MBEDGUARD_PSA_INSIDE_WANT,
    };
    const mbedtls_x509_crt *found;
    int ret;

    if (chain == NULL || crt == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    found = mbedguard_x509_chain_at(&chain->unguarded, index);
    ret = found != NULL ? mbedguard_x509_chain_copy(&crt->unguarded, found, 1)
                        : MBEDGUARD_ERR_NOT_FOUND;
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

static int walk_chain(const mbedtls_x509_crt *crt, mbedguard_x509_crt_cb cb, void *data)
{
    int ret = 0;

    while (ret == 0 && crt != NULL && crt->version != 0) {
        ret = cb(data, crt);
        crt = crt->next;
    }
    return ret;
}

int mbedguard_x509_crt_foreach(const mbedguard_x509_crt *crt, mbedguard_x509_crt_cb cb, void *data)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    if (cb == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, WALK, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = walk_chain(&crt->unguarded, cb, data);
    if (mbedguard_leave(guard, WALK) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* ---- By a callback ----------------------------------------------------------------------------- */

int mbedguard_x509_crt_foreach_subject(const mbedguard_x509_crt *crt, mbedguard_x509_name_cb cb,
                                       void *data)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    if (cb == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, WALK, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_x509_names_walk(&crt->unguarded.subject, cb, data);
    if (mbedguard_leave(guard, WALK) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_foreach_issuer(const mbedguard_x509_crt *crt, mbedguard_x509_name_cb cb,
                                      void *data)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    if (cb == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, WALK, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_x509_names_walk(&crt->unguarded.issuer, cb, data);
    if (mbedguard_leave(guard, WALK) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

static int walk_items_at(const mbedguard_x509_crt *crt, size_t offset, mbedguard_x509_item_cb cb,
                         void *data, const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    int ret;

    if (cb == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, WALK, where);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_x509_items_walk(
        (const mbedtls_x509_sequence *) (const void *) ((const char *) &crt->unguarded + offset),
        cb, data);
    if (mbedguard_leave(guard, WALK) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_foreach_subject_alt_name(const mbedguard_x509_crt *crt,
                                                mbedguard_x509_item_cb cb, void *data)
{
    return walk_items_at(crt, offsetof(mbedtls_x509_crt, subject_alt_names), cb, data, __func__);
}

int mbedguard_x509_crt_foreach_ext_key_usage(const mbedguard_x509_crt *crt,
                                             mbedguard_x509_item_cb cb, void *data)
{
    return walk_items_at(crt, offsetof(mbedtls_x509_crt, ext_key_usage), cb, data, __func__);
}

int mbedguard_x509_crt_foreach_certificate_policy(const mbedguard_x509_crt *crt,
                                                  mbedguard_x509_item_cb cb, void *data)
{
    return walk_items_at(crt, offsetof(mbedtls_x509_crt, certificate_policies), cb, data, __func__);
}

/* ---- By index ---------------------------------------------------------------------------------- */

int mbedguard_x509_crt_get_subject_name(const mbedguard_x509_crt *crt, size_t index,
                                        mbedguard_x509_field *oid, mbedguard_x509_field *value)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
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
    name = mbedguard_x509_names_at(&crt->unguarded.subject, index);
    ret = name != NULL ? mbedguard_x509_field_copy(oid, &name->oid, value, &name->val)
                       : MBEDGUARD_ERR_NOT_FOUND;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_issuer_name(const mbedguard_x509_crt *crt, size_t index,
                                       mbedguard_x509_field *oid, mbedguard_x509_field *value)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
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
    name = mbedguard_x509_names_at(&crt->unguarded.issuer, index);
    ret = name != NULL ? mbedguard_x509_field_copy(oid, &name->oid, value, &name->val)
                       : MBEDGUARD_ERR_NOT_FOUND;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

static int item_at(const mbedguard_x509_crt *crt, size_t offset, size_t index,
                   mbedguard_x509_field *item, const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(crt);
    const mbedtls_x509_sequence *found;
    int ret;

    if (item == NULL || mbedguard_x509_field_check(item) != 0) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, SHARED, where);
    if (ret != 0) {
        return ret;
    }
    found = mbedguard_x509_items_at(
        (const mbedtls_x509_sequence *) (const void *) ((const char *) &crt->unguarded + offset),
        index);
    ret = found != NULL ? mbedguard_x509_field_copy(item, &found->buf, NULL, NULL)
                        : MBEDGUARD_ERR_NOT_FOUND;
    if (mbedguard_leave(guard, SHARED) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_x509_crt_get_subject_alt_name(const mbedguard_x509_crt *crt, size_t index,
                                            mbedguard_x509_field *item)
{
    return item_at(crt, offsetof(mbedtls_x509_crt, subject_alt_names), index, item, __func__);
}

int mbedguard_x509_crt_get_ext_key_usage(const mbedguard_x509_crt *crt, size_t index,
                                         mbedguard_x509_field *item)
{
    return item_at(crt, offsetof(mbedtls_x509_crt, ext_key_usage), index, item, __func__);
}

int mbedguard_x509_crt_get_certificate_policy(const mbedguard_x509_crt *crt, size_t index,
                                              mbedguard_x509_field *item)
{
    return item_at(crt, offsetof(mbedtls_x509_crt, certificate_policies), index, item, __func__);
}

#endif /* MBEDTLS_X509_CRT_PARSE_C */
