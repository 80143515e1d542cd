/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file x509_crt_list_access.h
 * @brief Lists inside a certificate, and the chain of certificates that begins with it; the forms are
 *        those of x509_access.h.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/x509_access.h>

#ifndef MBEDGUARD_X509_CRT_LIST_ACCESS_H
#define MBEDGUARD_X509_CRT_LIST_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MBEDTLS_X509_CRT_PARSE_C)

/**
 * @name Chains
 * @{
 */

/**
 * @brief       Count the certificates of a chain.
 * @param chain [in] The chain.
 * @param count [out] Their number; 0 on failure.
 * @return      0
 * @return      #MBEDGUARD_ERR_BAD_INPUT a NULL argument; other MBEDGUARD_ERR_*
 * @par Locking Takes chain shared.
 * @since       0.1
 * @see         mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_count(const mbedguard_x509_crt *chain, size_t *count);

/**
 * @brief         Append a copy of one certificate of a chain to another chain.
 * @param chain   [in] The chain.
 * @param index   [in] The place of the certificate, 0 the first.
 * @param crt     [in,out] The other chain, initialised; unchanged on failure.
 * @return        0
 * @return        #MBEDGUARD_ERR_NOT_FOUND there are no more
 * @return        MBEDTLS_ERR_X509_* of mbedtls_x509_crt_parse_der()
 * @return        #MBEDGUARD_ERR_BAD_INPUT a NULL argument; other MBEDGUARD_ERR_*
 * @par Locking   Takes chain shared; crt and its keepers.
 * @par Ownership The copy is crt's.
 * @since         0.1
 * @see           mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_get_nth(const mbedguard_x509_crt *chain, size_t index,
                                             mbedguard_x509_crt *crt);

/**
 * @brief         Show all certificates of a chain to a callback.
 * @param crt     [in] The certificate; for the chain, its first one.
 * @param cb      [in] The callback.
 * @param data    [in] Passed to it.
 * @return        0 all were seen
 * @return        What the callback returned, if not 0
 * @return        #MBEDGUARD_ERR_BAD_INPUT crt or cb is NULL; other MBEDGUARD_ERR_*
 * @par Locking   Takes crt shared.
 * @par Callbacks cb runs with crt held: of functions on crt it may call those of the access headers.
 * @since         0.1
 * @see           mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_foreach(const mbedguard_x509_crt *crt,
                                             mbedguard_x509_crt_cb cb, void *data);

/** @} */

/**
 * @name Lists, by a callback
 * @{
 */

/**
 * @brief Show the parts of the subject's name to a callback.
 * @copydetails mbedguard_x509_crt_foreach
 */
MBEDGUARD_API int mbedguard_x509_crt_foreach_subject(const mbedguard_x509_crt *crt,
                                                     mbedguard_x509_name_cb cb, void *data);

/**
 * @brief Show the parts of the issuer's name to a callback.
 * @copydetails mbedguard_x509_crt_foreach
 */
MBEDGUARD_API int mbedguard_x509_crt_foreach_issuer(const mbedguard_x509_crt *crt,
                                                    mbedguard_x509_name_cb cb, void *data);

/**
 * @brief Show the alternative names of the subject to a callback, in the form that
 *        mbedtls_x509_parse_subject_alt_name() takes.
 * @copydetails mbedguard_x509_crt_foreach
 */
MBEDGUARD_API int mbedguard_x509_crt_foreach_subject_alt_name(const mbedguard_x509_crt *crt,
                                                              mbedguard_x509_item_cb cb,
                                                              void *data);

/**
 * @brief Show the OIDs of the extended uses of the key to a callback.
 * @copydetails mbedguard_x509_crt_foreach
 */
MBEDGUARD_API int mbedguard_x509_crt_foreach_ext_key_usage(const mbedguard_x509_crt *crt,
                                                           mbedguard_x509_item_cb cb, void *data);

/**
 * @brief Show the OIDs of the policies to a callback.
 * @copydetails mbedguard_x509_crt_foreach
 */
MBEDGUARD_API int mbedguard_x509_crt_foreach_certificate_policy(const mbedguard_x509_crt *crt,
                                                                mbedguard_x509_item_cb cb,
                                                                void *data);

/** @} */

/**
 * @name Lists, by index
 * @{
 */

/**
 * @brief       Copy one part of the subject's name.
 * @param crt   [in] The certificate.
 * @param index [in] Its place, 0 the first.
 * @param oid   [in,out] Room for the type of the part; len and tag are set. May be NULL.
 * @param value [in,out] Room for its value; len and tag are set. May be NULL.
 * @return      0
 * @return      #MBEDGUARD_ERR_NOT_FOUND there are no more
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL only the lengths were set
 * @return      #MBEDGUARD_ERR_BAD_INPUT crt is NULL, or room at NULL
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_name
 */
MBEDGUARD_API int mbedguard_x509_crt_get_subject_name(const mbedguard_x509_crt *crt, size_t index,
                                                      mbedguard_x509_field *oid,
                                                      mbedguard_x509_field *value);

/** @brief Copy one part of the issuer's name. @copydetails mbedguard_x509_crt_get_subject_name */
MBEDGUARD_API int mbedguard_x509_crt_get_issuer_name(const mbedguard_x509_crt *crt, size_t index,
                                                     mbedguard_x509_field *oid,
                                                     mbedguard_x509_field *value);

/**
 * @brief       Copy one alternative name of the subject; the low bits of its tag are its type.
 * @param crt   [in] The certificate.
 * @param index [in] Its place, 0 the first.
 * @param item  [in,out] Room for it; len and tag are set.
 * @return      0
 * @return      #MBEDGUARD_ERR_NOT_FOUND there are no more
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL only the length was set
 * @return      #MBEDGUARD_ERR_BAD_INPUT a NULL argument, or room at NULL
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_sequence
 */
MBEDGUARD_API int mbedguard_x509_crt_get_subject_alt_name(const mbedguard_x509_crt *crt,
                                                          size_t index, mbedguard_x509_field *item);

/**
 * @brief Copy the OID of one extended use of the key.
 * @copydetails mbedguard_x509_crt_get_subject_alt_name
 */
MBEDGUARD_API int mbedguard_x509_crt_get_ext_key_usage(const mbedguard_x509_crt *crt, size_t index,
                                                       mbedguard_x509_field *item);

/** @brief Copy the OID of one policy. @copydetails mbedguard_x509_crt_get_subject_alt_name */
MBEDGUARD_API int mbedguard_x509_crt_get_certificate_policy(const mbedguard_x509_crt *crt,
                                                            size_t index,
                                                            mbedguard_x509_field *item);

/** @} */

#endif /* MBEDTLS_X509_CRT_PARSE_C */

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_X509_CRT_LIST_ACCESS_H */
