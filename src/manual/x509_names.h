/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Mbed TLS's linked lists of names and of ASN.1 items; the caller holds the object they are in. */
#ifndef MBEDGUARD_MANUAL_X509_NAMES_H
#define MBEDGUARD_MANUAL_X509_NAMES_H

#include <mbedguard/x509_access.h>

/* Call cb for each element, until it returns other than 0; that is the result. */
int mbedguard_x509_names_walk(const mbedtls_x509_name *first, mbedguard_x509_name_cb cb,
                              void *data);
int mbedguard_x509_items_walk(const mbedtls_x509_sequence *first, mbedguard_x509_item_cb cb,
                              void *data);

/* Is there room where there is said to be some? Sets len and tag to 0. field may be NULL. */
int mbedguard_x509_field_check(mbedguard_x509_field *field);

/* Copy up to two buffers, both or neither; a NULL field is not wanted. */
int mbedguard_x509_field_copy(mbedguard_x509_field *one, const mbedtls_x509_buf *from_one,
                              mbedguard_x509_field *other, const mbedtls_x509_buf *from_other);

/* The element at this place, 0 the first; NULL beyond the end. */
const mbedtls_x509_name *mbedguard_x509_names_at(const mbedtls_x509_name *first, size_t index);
const mbedtls_x509_sequence *mbedguard_x509_items_at(const mbedtls_x509_sequence *first,
                                                     size_t index);

#endif /* MBEDGUARD_MANUAL_X509_NAMES_H */
