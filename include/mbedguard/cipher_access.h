/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file cipher_access.h
 * @brief Members of cipher, message digest and PEM contexts.
 *
 * Functions that Mbed TLS 3.6 has are here under its names for older versions too, and
 * MBEDGUARD_HAVE_<FUNCTION> is then 2.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/md.h>
#include <mbedguard/pem.h>

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedguard/cipher.h>
#endif

#include <mbedguard/base.h>

#ifndef MBEDGUARD_CIPHER_ACCESS_H
#define MBEDGUARD_CIPHER_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if MBEDTLS_VERSION_NUMBER < 0x04000000 && defined(MBEDTLS_CIPHER_C)
/**
 * @brief        Tell what mbedguard_cipher_setup() was given.
 * @param ctx    [in] The cipher context.
 * @return       The description of the cipher: static and constant
 * @return       NULL ctx is not set up, or any failure
 * @par Locking  Takes ctx shared.
 * @since        0.1
 * @see          mbedtls_cipher_info_t
 */
MBEDGUARD_API const mbedtls_cipher_info_t *
mbedguard_cipher_get_info(const mbedguard_cipher_context_t *ctx);
#endif

#if defined(MBEDTLS_MD_C) && !defined(MBEDGUARD_HAVE_MD_INFO_FROM_CTX)
/**
 * @brief        Tell what mbedguard_md_setup() was given.
 * @param ctx    [in] The message digest context.
 * @return       The description of the digest: static and constant
 * @return       NULL ctx is not set up, or any failure
 * @par Locking  Takes ctx shared.
 * @since        0.1
 * @see          mbedtls_md_info_from_ctx()
 */
MBEDGUARD_API const mbedtls_md_info_t *
mbedguard_md_info_from_ctx(const mbedguard_md_context_t *ctx);
#define MBEDGUARD_HAVE_MD_INFO_FROM_CTX 2 /**< Given here. */
#endif

#if defined(MBEDTLS_PEM_PARSE_C)
/**
 * @brief        Copy what mbedguard_pem_read_buffer() decoded.
 * @param ctx    [in] The PEM context.
 * @param buf    [out] The bytes; untouched on failure. NULL if size is 0.
 * @param size   [in] Bytes in buf.
 * @param olen   [out] Length of what was decoded, also when buf is too small.
 * @return       0
 * @return       #MBEDGUARD_ERR_NOT_FOUND nothing was decoded
 * @return       MBEDTLS_ERR_PEM_BAD_INPUT_DATA size is below *olen
 * @return       #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @par Locking  Takes ctx shared.
 * @since        0.1
 * @see          mbedtls_pem_get_buffer()
 */
MBEDGUARD_API int mbedguard_pem_copy_buffer(const mbedguard_pem_context *ctx, unsigned char *buf,
                                            size_t size, size_t *olen);

#if !defined(MBEDGUARD_HAVE_PEM_GET_BUFFER)
/**
 * @brief         Get at what mbedguard_pem_read_buffer() decoded.
 * @param ctx     [in] The PEM context.
 * @param buflen  [out] Bytes in the buffer; 0 where there is none.
 * @return        The buffer inside ctx
 * @return        NULL nothing was decoded, or any failure
 * @par Locking   Takes ctx shared, for a moment.
 * @par Ownership The buffer is ctx's, and goes with mbedguard_pem_free() alone.
 * @since         0.1
 * @see           mbedtls_pem_get_buffer()
 */
MBEDGUARD_API const unsigned char *mbedguard_pem_get_buffer(mbedguard_pem_context *ctx,
                                                            size_t *buflen);
#define MBEDGUARD_HAVE_PEM_GET_BUFFER 2 /**< Given here. */
#endif
#endif /* MBEDTLS_PEM_PARSE_C */

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_CIPHER_ACCESS_H */
