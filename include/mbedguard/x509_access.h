/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file x509_access.h
 * @brief What programs read from members of mbedtls_x509_crt, mbedtls_x509_crl and mbedtls_x509_csr.
 *
 * Three forms: copies into storage of the caller's; lists by index, one element at a time; and lists
 * by a callback, which gets at Mbed TLS's own elements while the object is held. The forms by index
 * copy from what is there at each call; where another thread may parse into the object meanwhile,
 * a callback, or mbedguard_lock() around the loop, sees one state.
 *
 * All may be called from the callbacks of a call on the same object.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/x509_crl.h>
#include <mbedguard/x509_crt.h>
#include <mbedguard/x509_csr.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_X509_ACCESS_H
#define MBEDGUARD_X509_ACCESS_H

/** @brief Room for one element of a list, and what was copied into it. */
typedef struct mbedguard_x509_field {
    unsigned char *p; /**< [in] Where to copy the bytes; NULL if size is 0. */
    size_t size;      /**< [in] Bytes of room. */
    size_t len;       /**< [out] Length of the element, also when there is too little room. */
    int tag;          /**< [out] Its ASN.1 tag. */
} mbedguard_x509_field;

/**
 * @brief      Sees one part of a name (an attribute of a relative distinguished name).
 * @param data [in] As given with the callback.
 * @param name [in] The part; name->next is there as well. Not to be kept.
 * @return     0 to go on; anything else ends the walk and is its result
 */
typedef int (*mbedguard_x509_name_cb)(void *data, const mbedtls_x509_name *name);

/**
 * @brief      Sees one element of a list.
 * @param data [in] As given with the callback.
 * @param item [in] The element. Not to be kept.
 * @return     0 to go on; anything else ends the walk and is its result
 */
typedef int (*mbedguard_x509_item_cb)(void *data, const mbedtls_x509_buf *item);

/** @brief Sees one certificate of a chain; as #mbedguard_x509_item_cb. */
typedef int (*mbedguard_x509_crt_cb)(void *data, const mbedtls_x509_crt *crt);

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MBEDTLS_X509_CRL_PARSE_C)
/**
 * @name Revocation lists
 * @{
 */

/** @brief Sees one entry of a revocation list; as #mbedguard_x509_item_cb. */
typedef int (*mbedguard_x509_crl_entry_cb)(void *data, const mbedtls_x509_crl_entry *entry);

/** @brief Sees one list of a chain of revocation lists; as #mbedguard_x509_item_cb. */
typedef int (*mbedguard_x509_crl_cb)(void *data, const mbedtls_x509_crl *crl);

/**
 * @brief       Copy the revocation list (DER), the first of a chain.
 * @param crl   [in] The revocation list.
 * @param buf   [out] The bytes; untouched on failure. NULL if size is 0.
 * @param size  [in] Bytes in buf.
 * @param olen  [out] Length of the member, also when buf is too small; 0 where it is absent.
 * @return      0
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL size is below *olen
 * @return      #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking Takes crl shared.
 * @since       0.1
 * @see         mbedtls_x509_crl
 */
MBEDGUARD_API int mbedguard_x509_crl_get_raw(const mbedguard_x509_crl *crl, unsigned char *buf,
                                             size_t size, size_t *olen);

/** @brief Copy the signed part (DER). @copydetails mbedguard_x509_crl_get_raw */
MBEDGUARD_API int mbedguard_x509_crl_get_tbs(const mbedguard_x509_crl *crl, unsigned char *buf,
                                             size_t size, size_t *olen);

/** @brief Copy the issuer's name (DER). @copydetails mbedguard_x509_crl_get_raw */
MBEDGUARD_API int mbedguard_x509_crl_get_issuer_raw(const mbedguard_x509_crl *crl,
                                                    unsigned char *buf, size_t size, size_t *olen);

/** @brief Copy the OID of the signature algorithm. @copydetails mbedguard_x509_crl_get_raw */
MBEDGUARD_API int mbedguard_x509_crl_get_sig_oid(const mbedguard_x509_crl *crl, unsigned char *buf,
                                                 size_t size, size_t *olen);

/** @brief Copy the extensions (DER). @copydetails mbedguard_x509_crl_get_raw */
MBEDGUARD_API int mbedguard_x509_crl_get_crl_ext(const mbedguard_x509_crl *crl, unsigned char *buf,
                                                 size_t size, size_t *olen);

/**
 * @brief       Tell the version of the revocation list.
 * @param crl   [in] The revocation list.
 * @return      1 or 2; 0 where nothing was parsed
 * @return      MBEDGUARD_ERR_*, all negative
 * @par Locking Takes crl shared.
 * @since       0.1
 * @see         mbedtls_x509_crl
 */
MBEDGUARD_API int mbedguard_x509_crl_get_version(const mbedguard_x509_crl *crl);

/**
 * @brief       Copy the time at which the list was made.
 * @param crl   [in] The revocation list.
 * @param when  [out] The time; untouched on failure.
 * @return      0
 * @return      MBEDGUARD_ERR_*
 * @par Locking Takes crl shared.
 * @since       0.1
 * @see         mbedtls_x509_crl
 */
MBEDGUARD_API int mbedguard_x509_crl_get_this_update(const mbedguard_x509_crl *crl,
                                                     mbedtls_x509_time *when);

/** @brief Copy the time of the next list. @copydetails mbedguard_x509_crl_get_this_update */
MBEDGUARD_API int mbedguard_x509_crl_get_next_update(const mbedguard_x509_crl *crl,
                                                     mbedtls_x509_time *when);

/**
 * @brief       Write the issuer's name as text.
 * @param buf   [out] The text and a zero byte.
 * @param size  [in] Bytes in buf.
 * @param crl   [in] The revocation list.
 * @return      Length of the text
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, or MBEDGUARD_ERR_*
 * @par Locking Takes crl shared.
 * @since       0.1
 * @see         mbedtls_x509_dn_gets()
 */
MBEDGUARD_API int mbedguard_x509_crl_issuer_dn_gets(char *buf, size_t size,
                                                    const mbedguard_x509_crl *crl);

/**
 * @brief         Copy one entry.
 * @param crl     [in] The revocation list, the first of a chain.
 * @param index   [in] Its place, 0 the first.
 * @param serial  [in,out] Room for the serial number; len and tag are set. May be NULL.
 * @param revoked [out] When the certificate was revoked; untouched on failure. May be NULL.
 * @return        0
 * @return        #MBEDGUARD_ERR_NOT_FOUND there are no more
 * @return        MBEDTLS_ERR_X509_BUFFER_TOO_SMALL only the lengths were set
 * @return        #MBEDGUARD_ERR_BAD_INPUT crl is NULL, or room at NULL
 * @par Locking   Takes crl shared.
 * @since         0.1
 * @see           mbedtls_x509_crl_entry
 */
MBEDGUARD_API int mbedguard_x509_crl_get_entry(const mbedguard_x509_crl *crl, size_t index,
                                               mbedguard_x509_field *serial,
                                               mbedtls_x509_time *revoked);

/**
 * @brief         Show all entries to a callback.
 * @param crl     [in] The revocation list, the first of a chain.
 * @param cb      [in] The callback.
 * @param data    [in] Passed to it.
 * @return        0 all were seen
 * @return        What the callback returned, if not 0
 * @return        #MBEDGUARD_ERR_BAD_INPUT crl or cb is NULL; other MBEDGUARD_ERR_*
 * @par Locking   Takes crl shared.
 * @par Callbacks cb runs with crl held: of functions on crl it may call those of this header.
 * @since         0.1
 * @see           mbedtls_x509_crl_entry
 */
MBEDGUARD_API int mbedguard_x509_crl_foreach_entry(const mbedguard_x509_crl *crl,
                                                   mbedguard_x509_crl_entry_cb cb, void *data);

/** @brief Show all lists of a chain to a callback. @copydetails mbedguard_x509_crl_foreach_entry */
MBEDGUARD_API int mbedguard_x509_crl_foreach(const mbedguard_x509_crl *crl,
                                             mbedguard_x509_crl_cb cb, void *data);

/**
 * @brief Show the parts of the issuer's name to a callback.
 * @copydetails mbedguard_x509_crl_foreach_entry
 */
MBEDGUARD_API int mbedguard_x509_crl_foreach_issuer(const mbedguard_x509_crl *crl,
                                                    mbedguard_x509_name_cb cb, void *data);
/** @} */
#endif /* MBEDTLS_X509_CRL_PARSE_C */

#if defined(MBEDTLS_X509_CSR_PARSE_C)
/**
 * @name Certificate requests
 * @{
 */

/**
 * @brief       Copy the request (DER).
 * @param csr   [in] The request.
 * @param buf   [out] The bytes; untouched on failure. NULL if size is 0.
 * @param size  [in] Bytes in buf.
 * @param olen  [out] Length of the member, also when buf is too small; 0 where it is absent.
 * @return      0
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL size is below *olen
 * @return      #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_x509_csr
 */
MBEDGUARD_API int mbedguard_x509_csr_get_raw(const mbedguard_x509_csr *csr, unsigned char *buf,
                                             size_t size, size_t *olen);

/** @brief Copy the signed part (DER). @copydetails mbedguard_x509_csr_get_raw */
MBEDGUARD_API int mbedguard_x509_csr_get_cri(const mbedguard_x509_csr *csr, unsigned char *buf,
                                             size_t size, size_t *olen);

/** @brief Copy the subject's name (DER). @copydetails mbedguard_x509_csr_get_raw */
MBEDGUARD_API int mbedguard_x509_csr_get_subject_raw(const mbedguard_x509_csr *csr,
                                                     unsigned char *buf, size_t size, size_t *olen);

/** @brief Copy the OID of the signature algorithm. @copydetails mbedguard_x509_csr_get_raw */
MBEDGUARD_API int mbedguard_x509_csr_get_sig_oid(const mbedguard_x509_csr *csr, unsigned char *buf,
                                                 size_t size, size_t *olen);

/**
 * @brief       Tell the version of the request.
 * @param csr   [in] The request.
 * @return      1; 0 where nothing was parsed
 * @return      MBEDGUARD_ERR_*, all negative
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_x509_csr
 */
MBEDGUARD_API int mbedguard_x509_csr_get_version(const mbedguard_x509_csr *csr);

/**
 * @brief       Write the subject's name as text.
 * @param buf   [out] The text and a zero byte.
 * @param size  [in] Bytes in buf.
 * @param csr   [in] The request.
 * @return      Length of the text
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, or MBEDGUARD_ERR_*
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_x509_dn_gets()
 */
MBEDGUARD_API int mbedguard_x509_csr_subject_dn_gets(char *buf, size_t size,
                                                     const mbedguard_x509_csr *csr);

/**
 * @brief       Copy one part of the subject's name.
 * @param csr   [in] The request.
 * @param index [in] Its place, 0 the first.
 * @param oid   [in,out] Room for the type of the part; len and tag are set. May be NULL.
 * @param value [in,out] Room for its value; len and tag are set. May be NULL.
 * @return      0
 * @return      #MBEDGUARD_ERR_NOT_FOUND there are no more
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL only the lengths were set
 * @return      #MBEDGUARD_ERR_BAD_INPUT csr is NULL, or room at NULL
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_x509_name
 */
MBEDGUARD_API int mbedguard_x509_csr_get_subject_name(const mbedguard_x509_csr *csr, size_t index,
                                                      mbedguard_x509_field *oid,
                                                      mbedguard_x509_field *value);

/**
 * @brief         Show the parts of the subject's name to a callback.
 * @param csr     [in] The request.
 * @param cb      [in] The callback.
 * @param data    [in] Passed to it.
 * @return        0 all were seen
 * @return        What the callback returned, if not 0
 * @return        #MBEDGUARD_ERR_BAD_INPUT csr or cb is NULL; other MBEDGUARD_ERR_*
 * @par Locking   Takes csr shared.
 * @par Callbacks cb runs with csr held: of functions on csr it may call those of this header.
 * @since         0.1
 * @see           mbedtls_x509_name
 */
MBEDGUARD_API int mbedguard_x509_csr_foreach_subject(const mbedguard_x509_csr *csr,
                                                     mbedguard_x509_name_cb cb, void *data);
/** @} */
#endif /* MBEDTLS_X509_CSR_PARSE_C */

#ifdef __cplusplus
}
#endif

#include <mbedguard/x509_crt_access.h>
#include <mbedguard/x509_crt_list_access.h>
#include <mbedguard/x509_pk_access.h>

#endif /* MBEDGUARD_X509_ACCESS_H */
