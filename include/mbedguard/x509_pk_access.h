/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file x509_pk_access.h
 * @brief What programs do with `&crt.pk` and `&csr.pk`: the key has no guard, its parent has.
 *
 * For anything else, copy the key out with mbedguard_x509_crt_get_pk() and use the copy.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/pk.h>
#include <mbedguard/x509_access.h>

#ifndef MBEDGUARD_X509_PK_ACCESS_H
#define MBEDGUARD_X509_PK_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MBEDTLS_X509_CRT_PARSE_C)
/**
 * @name The key of a certificate
 * @{
 */

#if MBEDTLS_VERSION_NUMBER < 0x04000000
/**
 * @brief       Tell the type of the key.
 * @param crt   [in] The certificate.
 * @return      The type
 * @return      MBEDTLS_PK_NONE there is no key, or any failure
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_pk_get_type()
 */
MBEDGUARD_API mbedtls_pk_type_t mbedguard_x509_crt_pk_get_type(const mbedguard_x509_crt *crt);

/**
 * @brief       Tell the name of the type of the key.
 * @param crt   [in] The certificate.
 * @return      A static string; "invalid PK" where there is no key
 * @return      NULL any failure
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_pk_get_name()
 */
MBEDGUARD_API const char *mbedguard_x509_crt_pk_get_name(const mbedguard_x509_crt *crt);

/**
 * @brief       Tell whether the key can do the operations of a type.
 * @param crt   [in] The certificate.
 * @param type  [in] The type.
 * @return      1 it can
 * @return      0 it cannot, or any failure
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_pk_can_do()
 */
MBEDGUARD_API int mbedguard_x509_crt_pk_can_do(const mbedguard_x509_crt *crt,
                                               mbedtls_pk_type_t type);
#else
/**
 * @brief       Tell whether the key can be used in a way.
 * @param crt   [in] The certificate.
 * @param alg   [in] The algorithm.
 * @param usage [in] The usage.
 * @return      1 it can
 * @return      0 it cannot, or any failure
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_pk_can_do_psa()
 */
MBEDGUARD_API int mbedguard_x509_crt_pk_can_do_psa(const mbedguard_x509_crt *crt,
                                                   psa_algorithm_t alg, psa_key_usage_t usage);
#endif

/**
 * @brief       Tell the size of the key.
 * @param crt   [in] The certificate.
 * @return      The size in bits
 * @return      0 there is no key, or any failure
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_pk_get_bitlen()
 */
MBEDGUARD_API size_t mbedguard_x509_crt_pk_get_bitlen(const mbedguard_x509_crt *crt);

/**
 * @brief       Tell the size of the key.
 * @param crt   [in] The certificate.
 * @return      The size in bytes
 * @return      0 there is no key, or any failure
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_pk_get_len()
 */
MBEDGUARD_API size_t mbedguard_x509_crt_pk_get_len(const mbedguard_x509_crt *crt);

#if defined(MBEDTLS_PK_WRITE_C)
/**
 * @brief       Write the key (DER, SubjectPublicKeyInfo) to the end of a buffer.
 * @param crt   [in] The certificate.
 * @param buf   [out] The buffer.
 * @param size  [in] Bytes in buf.
 * @return      Bytes written, at the end of buf
 * @return      MBEDTLS_ERR_* of mbedtls_pk_write_pubkey_der(); MBEDGUARD_ERR_*
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_pk_write_pubkey_der()
 */
MBEDGUARD_API int mbedguard_x509_crt_pk_write_pubkey_der(const mbedguard_x509_crt *crt,
                                                         unsigned char *buf, size_t size);

#if defined(MBEDTLS_PEM_WRITE_C)
/**
 * @brief       Write the key (PEM) to a buffer.
 * @param crt   [in] The certificate.
 * @param buf   [out] The text and a zero byte.
 * @param size  [in] Bytes in buf.
 * @return      0
 * @return      MBEDTLS_ERR_* of mbedtls_pk_write_pubkey_pem(); MBEDGUARD_ERR_*
 * @par Locking Takes crt shared.
 * @since       0.1
 * @see         mbedtls_pk_write_pubkey_pem()
 */
MBEDGUARD_API int mbedguard_x509_crt_pk_write_pubkey_pem(const mbedguard_x509_crt *crt,
                                                         unsigned char *buf, size_t size);
#endif
#endif

/**
 * @brief          Verify a signature with the key.
 * @param crt      [in,out] The certificate; verifying may fill caches of its key.
 * @param md_alg   [in] The hash.
 * @param hash     [in] The hash value.
 * @param hash_len [in] Bytes in hash; 0 for those of md_alg.
 * @param sig      [in] The signature.
 * @param sig_len  [in] Bytes in sig.
 * @return         0 the signature is good
 * @return         MBEDTLS_ERR_* of mbedtls_pk_verify(); MBEDGUARD_ERR_*
 * @par Locking    Takes crt; connections that use it go on where Mbed TLS has threads.
 * @since          0.1
 * @see            mbedtls_pk_verify()
 */
MBEDGUARD_API int mbedguard_x509_crt_pk_verify(const mbedguard_x509_crt *crt,
                                               mbedtls_md_type_t md_alg, const unsigned char *hash,
                                               size_t hash_len, const unsigned char *sig,
                                               size_t sig_len);

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000
/**
 * @brief         Tell whether a private key belongs to the key.
 * @param crt     [in] The certificate.
 * @param prv     [in] The private key.
 * @param f_rng   [in] A random generator.
 * @param p_rng   [in,out] Its context.
 * @return        0 it does
 * @return        MBEDTLS_ERR_* of mbedtls_pk_check_pair(); MBEDGUARD_ERR_*
 * @par Locking   Takes crt and prv; connections that use these go on where Mbed TLS has threads.
 *                The PSA store, too, where PK uses PSA, or f_rng is mbedguard_psa_get_random(), and PSA has
 *                no threads.
 * @par Callbacks f_rng runs with both held.
 * @since         0.1
 * @see           mbedtls_pk_check_pair()
 */
MBEDGUARD_API int mbedguard_x509_crt_pk_check_pair(const mbedguard_x509_crt *crt,
                                                   const mbedguard_pk_context *prv,
                                                   int (*f_rng)(void *, unsigned char *, size_t),
                                                   void *p_rng);
#else
/**
 * @brief         Tell whether a private key belongs to the key.
 * @param crt     [in] The certificate.
 * @param prv     [in] The private key.
 * @return        0 it does
 * @return        MBEDTLS_ERR_* of mbedtls_pk_check_pair(); MBEDGUARD_ERR_*
 * @par Locking   Takes crt and prv; connections that use these go on where Mbed TLS has threads.
 * @par Callbacks The functions of an alternative RSA key run with both held.
 * @since         0.1
 * @see           mbedtls_pk_check_pair()
 */
MBEDGUARD_API int mbedguard_x509_crt_pk_check_pair(const mbedguard_x509_crt *crt,
                                                   const mbedguard_pk_context *prv);
#endif

#if defined(MBEDTLS_PK_PARSE_C)
/**
 * @brief         Copy the key.
 * @param crt     [in] The certificate.
 * @param pk      [in,out] Its key is replaced by the copy; unchanged on failure.
 * @return        0
 * @return        #MBEDGUARD_ERR_NOT_FOUND there is no key
 * @return        MBEDTLS_ERR_* of mbedtls_pk_parse_public_key(); other MBEDGUARD_ERR_*
 * @par Locking   Takes crt shared; pk and its keepers.
 * @par Ownership The copy is pk's.
 * @since         0.1
 * @see           mbedtls_pk_context
 */
MBEDGUARD_API int mbedguard_x509_crt_get_pk(const mbedguard_x509_crt *crt,
                                            mbedguard_pk_context *pk);
#endif

/** @} */
#endif /* MBEDTLS_X509_CRT_PARSE_C */

#if defined(MBEDTLS_X509_CSR_PARSE_C)
/**
 * @name The key of a request
 * @{
 */

#if MBEDTLS_VERSION_NUMBER < 0x04000000
/**
 * @brief       Tell the type of the key.
 * @param csr   [in] The request.
 * @return      The type
 * @return      MBEDTLS_PK_NONE there is no key, or any failure
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_pk_get_type()
 */
MBEDGUARD_API mbedtls_pk_type_t mbedguard_x509_csr_pk_get_type(const mbedguard_x509_csr *csr);

/**
 * @brief       Tell the name of the type of the key.
 * @param csr   [in] The request.
 * @return      A static string; "invalid PK" where there is no key
 * @return      NULL any failure
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_pk_get_name()
 */
MBEDGUARD_API const char *mbedguard_x509_csr_pk_get_name(const mbedguard_x509_csr *csr);

/**
 * @brief       Tell whether the key can do the operations of a type.
 * @param csr   [in] The request.
 * @param type  [in] The type.
 * @return      1 it can
 * @return      0 it cannot, or any failure
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_pk_can_do()
 */
MBEDGUARD_API int mbedguard_x509_csr_pk_can_do(const mbedguard_x509_csr *csr,
                                               mbedtls_pk_type_t type);
#else
/**
 * @brief       Tell whether the key can be used in a way.
 * @param csr   [in] The request.
 * @param alg   [in] The algorithm.
 * @param usage [in] The usage.
 * @return      1 it can
 * @return      0 it cannot, or any failure
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_pk_can_do_psa()
 */
MBEDGUARD_API int mbedguard_x509_csr_pk_can_do_psa(const mbedguard_x509_csr *csr,
                                                   psa_algorithm_t alg, psa_key_usage_t usage);
#endif

/**
 * @brief       Tell the size of the key.
 * @param csr   [in] The request.
 * @return      The size in bits
 * @return      0 there is no key, or any failure
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_pk_get_bitlen()
 */
MBEDGUARD_API size_t mbedguard_x509_csr_pk_get_bitlen(const mbedguard_x509_csr *csr);

/**
 * @brief       Tell the size of the key.
 * @param csr   [in] The request.
 * @return      The size in bytes
 * @return      0 there is no key, or any failure
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_pk_get_len()
 */
MBEDGUARD_API size_t mbedguard_x509_csr_pk_get_len(const mbedguard_x509_csr *csr);

#if defined(MBEDTLS_PK_WRITE_C)
/**
 * @brief       Write the key (DER, SubjectPublicKeyInfo) to the end of a buffer.
 * @param csr   [in] The request.
 * @param buf   [out] The buffer.
 * @param size  [in] Bytes in buf.
 * @return      Bytes written, at the end of buf
 * @return      MBEDTLS_ERR_* of mbedtls_pk_write_pubkey_der(); MBEDGUARD_ERR_*
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_pk_write_pubkey_der()
 */
MBEDGUARD_API int mbedguard_x509_csr_pk_write_pubkey_der(const mbedguard_x509_csr *csr,
                                                         unsigned char *buf, size_t size);

#if defined(MBEDTLS_PEM_WRITE_C)
/**
 * @brief       Write the key (PEM) to a buffer.
 * @param csr   [in] The request.
 * @param buf   [out] The text and a zero byte.
 * @param size  [in] Bytes in buf.
 * @return      0
 * @return      MBEDTLS_ERR_* of mbedtls_pk_write_pubkey_pem(); MBEDGUARD_ERR_*
 * @par Locking Takes csr shared.
 * @since       0.1
 * @see         mbedtls_pk_write_pubkey_pem()
 */
MBEDGUARD_API int mbedguard_x509_csr_pk_write_pubkey_pem(const mbedguard_x509_csr *csr,
                                                         unsigned char *buf, size_t size);
#endif
#endif

/**
 * @brief          Verify a signature with the key.
 * @param csr      [in,out] The request; verifying may fill caches of its key.
 * @param md_alg   [in] The hash.
 * @param hash     [in] The hash value.
 * @param hash_len [in] Bytes in hash; 0 for those of md_alg.
 * @param sig      [in] The signature.
 * @param sig_len  [in] Bytes in sig.
 * @return         0 the signature is good
 * @return         MBEDTLS_ERR_* of mbedtls_pk_verify(); MBEDGUARD_ERR_*
 * @par Locking    Takes csr; connections that use it go on where Mbed TLS has threads.
 * @since          0.1
 * @see            mbedtls_pk_verify()
 */
MBEDGUARD_API int mbedguard_x509_csr_pk_verify(const mbedguard_x509_csr *csr,
                                               mbedtls_md_type_t md_alg, const unsigned char *hash,
                                               size_t hash_len, const unsigned char *sig,
                                               size_t sig_len);

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000
/**
 * @brief         Tell whether a private key belongs to the key.
 * @param csr     [in] The request.
 * @param prv     [in] The private key.
 * @param f_rng   [in] A random generator.
 * @param p_rng   [in,out] Its context.
 * @return        0 it does
 * @return        MBEDTLS_ERR_* of mbedtls_pk_check_pair(); MBEDGUARD_ERR_*
 * @par Locking   Takes csr and prv; connections that use these go on where Mbed TLS has threads.
 *                The PSA store, too, where PK uses PSA, or f_rng is mbedguard_psa_get_random(), and PSA has
 *                no threads.
 * @par Callbacks f_rng runs with both held.
 * @since         0.1
 * @see           mbedtls_pk_check_pair()
 */
MBEDGUARD_API int mbedguard_x509_csr_pk_check_pair(const mbedguard_x509_csr *csr,
                                                   const mbedguard_pk_context *prv,
                                                   int (*f_rng)(void *, unsigned char *, size_t),
                                                   void *p_rng);
#else
/**
 * @brief         Tell whether a private key belongs to the key.
 * @param csr     [in] The request.
 * @param prv     [in] The private key.
 * @return        0 it does
 * @return        MBEDTLS_ERR_* of mbedtls_pk_check_pair(); MBEDGUARD_ERR_*
 * @par Locking   Takes csr and prv; connections that use these go on where Mbed TLS has threads.
 * @par Callbacks The functions of an alternative RSA key run with both held.
 * @since         0.1
 * @see           mbedtls_pk_check_pair()
 */
MBEDGUARD_API int mbedguard_x509_csr_pk_check_pair(const mbedguard_x509_csr *csr,
                                                   const mbedguard_pk_context *prv);
#endif

#if defined(MBEDTLS_PK_PARSE_C)
/**
 * @brief         Copy the key.
 * @param csr     [in] The request.
 * @param pk      [in,out] Its key is replaced by the copy; unchanged on failure.
 * @return        0
 * @return        #MBEDGUARD_ERR_NOT_FOUND there is no key
 * @return        MBEDTLS_ERR_* of mbedtls_pk_parse_public_key(); other MBEDGUARD_ERR_*
 * @par Locking   Takes csr shared; pk and its keepers.
 * @par Ownership The copy is pk's.
 * @since         0.1
 * @see           mbedtls_pk_context
 */
MBEDGUARD_API int mbedguard_x509_csr_get_pk(const mbedguard_x509_csr *csr,
                                            mbedguard_pk_context *pk);
#endif

/** @} */
#endif /* MBEDTLS_X509_CSR_PARSE_C */

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_X509_PK_ACCESS_H */
