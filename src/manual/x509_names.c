/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Lists of names and items. The first element is part of the object itself, and its pointer is NULL
 * in an empty list.
 */
#include "manual/x509_names.h"

#include <string.h>

int mbedguard_x509_names_walk(const mbedtls_x509_name *first, mbedguard_x509_name_cb cb, void *data)
{
    int ret = 0;

    if (first->oid.p == NULL) {
        return 0;
    }
    while (ret == 0 && first != NULL) {
        ret = cb(data, first);
        first = first->next;
    }
    return ret;
}

int mbedguard_x509_items_walk(const mbedtls_x509_sequence *first, mbedguard_x509_item_cb cb,
                              void *data)
{
    int ret = 0;

    if (first->buf.p == NULL) {
        return 0;
    }
    while (ret == 0 && first != NULL) {
        ret = cb(data, &first->buf);
        first = first->next;
    }
    return ret;
}

const mbedtls_x509_name *mbedguard_x509_names_at(const mbedtls_x509_name *first, size_t index)
{
    while (first != NULL && index != 0) {
        first = first->next;
        index--;
    }
    return first != NULL && first->oid.p != NULL ? first : NULL;
}

const mbedtls_x509_sequence *mbedguard_x509_items_at(const mbedtls_x509_sequence *first,
                                                     size_t index)
{
    while (first != NULL && index != 0) {
        first = first->next;
        index--;
    }
    return first != NULL && first->buf.p != NULL ? first : NULL;
}

int mbedguard_x509_field_check(mbedguard_x509_field *field)
{
    if (field == NULL) {
        return 0;
    }
    field->len = 0;
    field->tag = 0;
    return field->p == NULL && field->size != 0 ? MBEDGUARD_ERR_BAD_INPUT : 0;
}

/* Tell what there is to copy, and whether it does not fit. */
static int announce(mbedguard_x509_field *field, const mbedtls_x509_buf *from)
{
    if (field == NULL) {
        return 0;
    }
    field->len = from->len;
    field->tag = from->tag;
    return from->len > field->size ? MBEDTLS_ERR_X509_BUFFER_TOO_SMALL : 0;
}

static void fill(mbedguard_x509_field *field, const mbedtls_x509_buf *from)
{
    if (field != NULL && from->len != 0) {
        memcpy(field->p, from->p, from->len);
    }
}

int mbedguard_x509_field_copy(mbedguard_x509_field *one, const mbedtls_x509_buf *from_one,
                              mbedguard_x509_field *other, const mbedtls_x509_buf *from_other)
{
    const int first = announce(one, from_one);
    const int second = announce(other, from_other);

    if (first != 0 || second != 0) {
        return first != 0 ? first : second;
    }
    fill(one, from_one);
    fill(other, from_other);
    return 0;
}
