/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file x509_crt_access.h
 * @brief What programs read from members of mbedtls_x509_crt; the forms are those of x509_access.h.
 *
 * A guarded certificate is the first one of its chain, and the members read here are that one's. To
 * read those of the others, copy them out with mbedguard_x509_crt_get_nth().
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/x509_access.h>

#ifndef MBEDGUARD_X509_CRT_ACCESS_H
#define MBEDGUARD_X509_CRT_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MBEDTLS_X509_CRT_PARSE_C)

/**
 * @name Members of bytes
 * @{
 */

/**
 * @brief       Copy the certificate (DER).
 * @param crt   [in] The certificate.
 * @param buf   [out] The bytes; untouched on failure. NULL if size is 0.
 * @param size  [in] Bytes in buf.
 * @param olen  [out] Length of the member, also when buf is too small; 0 where it is absent.
 * @return      0
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL size is below *olen
 * @return      #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_get_raw(const mbedguard_x509_crt *crt, unsigned char *buf,
                                             size_t size, size_t *olen);

/** @brief Copy the signed part (DER). @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_tbs(const mbedguard_x509_crt *crt, unsigned char *buf,
                                             size_t size, size_t *olen);

/** @brief Copy the serial number, big-endian. @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_serial(const mbedguard_x509_crt *crt, unsigned char *buf,
                                                size_t size, size_t *olen);

/** @brief Copy the OID of the signature algorithm. @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_sig_oid(const mbedguard_x509_crt *crt, unsigned char *buf,
                                                 size_t size, size_t *olen);

/** @brief Copy the issuer's name (DER). @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_issuer_raw(const mbedguard_x509_crt *crt,
                                                    unsigned char *buf, size_t size, size_t *olen);

/** @brief Copy the subject's name (DER). @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_subject_raw(const mbedguard_x509_crt *crt,
                                                     unsigned char *buf, size_t size, size_t *olen);

/** @brief Copy the public key (DER, SubjectPublicKeyInfo). @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_pk_raw(const mbedguard_x509_crt *crt, unsigned char *buf,
                                                size_t size, size_t *olen);

/** @brief Copy the issuer's unique identifier. @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_issuer_id(const mbedguard_x509_crt *crt,
                                                   unsigned char *buf, size_t size, size_t *olen);

/** @brief Copy the subject's unique identifier. @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_subject_id(const mbedguard_x509_crt *crt,
                                                    unsigned char *buf, size_t size, size_t *olen);

/** @brief Copy the extensions (DER). @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_v3_ext(const mbedguard_x509_crt *crt, unsigned char *buf,
                                                size_t size, size_t *olen);

/** @brief Copy the signature. @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_sig(const mbedguard_x509_crt *crt, unsigned char *buf,
                                             size_t size, size_t *olen);

#if MBEDTLS_VERSION_NUMBER >= 0x03050000
/** @brief Copy the subject's key identifier. @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_subject_key_id(const mbedguard_x509_crt *crt,
                                                        unsigned char *buf, size_t size,
                                                        size_t *olen);

/** @brief Copy the identifier of the issuer's key. @copydetails mbedguard_x509_crt_get_raw */
MBEDGUARD_API int mbedguard_x509_crt_get_authority_key_id(const mbedguard_x509_crt *crt,
                                                          unsigned char *buf, size_t size,
                                                          size_t *olen);
#endif

/** @} */

/**
 * @name Members of text and numbers
 * @{
 */

/**
 * @brief       Write the subject's name as text.
 * @param buf   [out] The text and a zero byte.
 * @param size  [in] Bytes in buf.
 * @param crt   [in] The certificate.
 * @return      Length of the text
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, or MBEDGUARD_ERR_*
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_dn_gets()
 */
MBEDGUARD_API int mbedguard_x509_crt_subject_dn_gets(char *buf, size_t size,
                                                     const mbedguard_x509_crt *crt);

/** @brief Write the issuer's name as text. @copydetails mbedguard_x509_crt_subject_dn_gets */
MBEDGUARD_API int mbedguard_x509_crt_issuer_dn_gets(char *buf, size_t size,
                                                    const mbedguard_x509_crt *crt);

/**
 * @brief       Write the serial number as text.
 * @param buf   [out] The text and a zero byte.
 * @param size  [in] Bytes in buf.
 * @param crt   [in] The certificate.
 * @return      Length of the text
 * @return      MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, or MBEDGUARD_ERR_*
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_serial_gets()
 */
MBEDGUARD_API int mbedguard_x509_crt_serial_gets(char *buf, size_t size,
                                                 const mbedguard_x509_crt *crt);

/**
 * @brief       Tell the version of the certificate.
 * @param crt   [in] The certificate.
 * @return      1 to 3; 0 where nothing was parsed
 * @return      MBEDGUARD_ERR_*, all negative
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_get_version(const mbedguard_x509_crt *crt);

/**
 * @brief       Tell which extensions the certificate has.
 * @param crt   [in] The certificate.
 * @return      MBEDTLS_X509_EXT_* ored together
 * @return      MBEDGUARD_ERR_*, all negative
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_crt_has_ext_type()
 */
MBEDGUARD_API int mbedguard_x509_crt_get_ext_types(const mbedguard_x509_crt *crt);

#if !defined(MBEDGUARD_HAVE_X509_CRT_HAS_EXT_TYPE)
/**
 * @brief          Tell whether the certificate has an extension.
 * @param crt      [in] The certificate.
 * @param ext_type [in] MBEDTLS_X509_EXT_*.
 * @return         Not 0: it has
 * @return         0 it has not, or any failure
 * @par Locking    Takes crt shared.
 * @since          0.1
 * @see            mbedtls_x509_crt_has_ext_type()
 */
MBEDGUARD_API int mbedguard_x509_crt_has_ext_type(const mbedguard_x509_crt *crt, int ext_type);
#define MBEDGUARD_HAVE_X509_CRT_HAS_EXT_TYPE 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_X509_CRT_GET_CA_ISTRUE)
/**
 * @brief       Tell whether the certificate is an authority's.
 * @param crt   [in] The certificate.
 * @return      1 it is, 0 it is not
 * @return      MBEDTLS_ERR_X509_INVALID_EXTENSIONS it does not say
 * @return      MBEDGUARD_ERR_*, all negative
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_crt_get_ca_istrue()
 */
MBEDGUARD_API int mbedguard_x509_crt_get_ca_istrue(const mbedguard_x509_crt *crt);
#define MBEDGUARD_HAVE_X509_CRT_GET_CA_ISTRUE 2 /**< Given here. */
#endif

/**
 * @brief       Tell how many certificates an authority allows below it, plus one.
 * @param crt   [in] The certificate.
 * @return      1 and above; 0 where it does not say
 * @return      MBEDGUARD_ERR_*, all negative
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_get_max_pathlen(const mbedguard_x509_crt *crt);

/**
 * @brief           Tell what the key may be used for.
 * @param crt       [in] The certificate.
 * @param key_usage [out] MBEDTLS_X509_KU_* ored together; untouched on failure.
 * @return          0
 * @return          #MBEDGUARD_ERR_NOT_FOUND the certificate does not say
 * @return          #MBEDGUARD_ERR_BAD_INPUT a NULL argument; other MBEDGUARD_ERR_*
 * @par Locking     Takes crt shared.
 * @since           0.1
 * @see             mbedtls_x509_crt_check_key_usage()
 */
MBEDGUARD_API int mbedguard_x509_crt_get_key_usage(const mbedguard_x509_crt *crt,
                                                   unsigned int *key_usage);

/**
 * @brief              Tell the Netscape type of the certificate.
 * @param crt          [in] The certificate.
 * @param ns_cert_type [out] MBEDTLS_X509_NS_CERT_TYPE_* ored together; untouched on failure.
 * @return             0
 * @return             #MBEDGUARD_ERR_NOT_FOUND the certificate does not say
 * @return             #MBEDGUARD_ERR_BAD_INPUT a NULL argument; other MBEDGUARD_ERR_*
 * @par Locking        Takes crt shared.
 * @since              0.1
 * @see                mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_get_ns_cert_type(const mbedguard_x509_crt *crt,
                                                      unsigned char *ns_cert_type);

/**
 * @brief       Tell the hash of the signature.
 * @param crt   [in] The certificate.
 * @return      A mbedtls_md_type_t
 * @return      MBEDGUARD_ERR_*, all negative
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_get_sig_md(const mbedguard_x509_crt *crt);

/**
 * @brief       Tell the public-key algorithm of the signature.
 * @param crt   [in] The certificate.
 * @return      A mbedtls_pk_type_t; in 4.x a mbedtls_pk_sigalg_t
 * @return      MBEDGUARD_ERR_*, all negative
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_get_sig_pk(const mbedguard_x509_crt *crt);

/**
 * @brief       Copy the time at which the certificate becomes valid.
 * @param crt   [in] The certificate.
 * @param when  [out] The time; untouched on failure.
 * @return      0
 * @return      #MBEDGUARD_ERR_BAD_INPUT a NULL argument; other MBEDGUARD_ERR_*
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_x509_crt
 */
MBEDGUARD_API int mbedguard_x509_crt_get_valid_from(const mbedguard_x509_crt *crt,
                                                    mbedtls_x509_time *when);

/**
 * @brief Copy the time after which the certificate is not valid any more.
 * @copydetails mbedguard_x509_crt_get_valid_from
 */
MBEDGUARD_API int mbedguard_x509_crt_get_valid_to(const mbedguard_x509_crt *crt,
                                                  mbedtls_x509_time *when);

/** @} */

#endif /* MBEDTLS_X509_CRT_PARSE_C */

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_X509_CRT_ACCESS_H */
