/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file key_access.h
 * @brief The keys inside pk contexts, and members of RSA and Diffie-Hellman contexts.
 *
 * mbedguard_pk_rsa() and mbedguard_pk_ec() lend the raw key inside a pk context until
 * mbedguard_unlock(); the functions named after them do the usual things to it in one call.
 * Functions that Mbed TLS 3.6 has are here under its names for older versions too, and
 * MBEDGUARD_HAVE_<FUNCTION> is then 2.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/pk.h>

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedguard/bignum.h>
#include <mbedguard/dhm.h>
#include <mbedguard/ecp.h>
#include <mbedguard/rsa.h>
#endif

#include <mbedguard/base.h>

#ifndef MBEDGUARD_KEY_ACCESS_H
#define MBEDGUARD_KEY_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if MBEDTLS_VERSION_NUMBER < 0x04000000

#if defined(MBEDTLS_PK_C) && defined(MBEDTLS_RSA_C)
/**
 * @name The RSA key inside a pk context
 * @{
 */

/**
 * @brief        Tell the length of the modulus of an RSA key.
 * @param pk     [in] The pk context.
 * @return       The length in bytes
 * @return       0 pk holds no RSA key, or any failure
 * @par Locking  Takes pk shared.
 * @since        0.1
 * @see          mbedtls_pk_rsa(), mbedtls_rsa_get_len()
 */
MBEDGUARD_API size_t mbedguard_pk_rsa_get_len(const mbedguard_pk_context *pk);

/**
 * @brief        Copy parts of an RSA key.
 * @param pk     [in] The pk context.
 * @param N      [out] The modulus, or NULL.
 * @param P      [out] The first prime, or NULL.
 * @param Q      [out] The second prime, or NULL.
 * @param D      [out] The private exponent, or NULL.
 * @param E      [out] The public exponent, or NULL.
 * @return       0
 * @return       MBEDTLS_ERR_PK_TYPE_MISMATCH pk holds no RSA key
 * @return       MBEDTLS_ERR_* of mbedtls_rsa_export(); MBEDGUARD_ERR_*
 * @par Locking  Takes pk shared, and the numbers.
 * @since        0.1
 * @see          mbedtls_pk_rsa(), mbedtls_rsa_export()
 */
MBEDGUARD_API int mbedguard_pk_rsa_export(const mbedguard_pk_context *pk, mbedguard_mpi *N,
                                          mbedguard_mpi *P, mbedguard_mpi *Q, mbedguard_mpi *D,
                                          mbedguard_mpi *E);

/**
 * @brief        Put parts into an RSA key, to be followed by mbedguard_pk_rsa_complete().
 * @param pk     [in,out] The pk context, set up for RSA.
 * @param N      [in] The modulus, or NULL.
 * @param P      [in] The first prime, or NULL.
 * @param Q      [in] The second prime, or NULL.
 * @param D      [in] The private exponent, or NULL.
 * @param E      [in] The public exponent, or NULL.
 * @return       0
 * @return       MBEDTLS_ERR_PK_TYPE_MISMATCH pk is not set up for RSA
 * @return       MBEDTLS_ERR_* of mbedtls_rsa_import(); MBEDGUARD_ERR_*
 * @par Locking  Takes pk and its keepers, and the numbers shared.
 * @since        0.1
 * @see          mbedtls_pk_rsa(), mbedtls_rsa_import()
 */
MBEDGUARD_API int mbedguard_pk_rsa_import(mbedguard_pk_context *pk, const mbedguard_mpi *N,
                                          const mbedguard_mpi *P, const mbedguard_mpi *Q,
                                          const mbedguard_mpi *D, const mbedguard_mpi *E);

/**
 * @brief        Compute what was not put into an RSA key from what was.
 * @param pk     [in,out] The pk context.
 * @return       0
 * @return       MBEDTLS_ERR_PK_TYPE_MISMATCH pk is not set up for RSA
 * @return       MBEDTLS_ERR_* of mbedtls_rsa_complete(); MBEDGUARD_ERR_*
 * @par Locking  Takes pk and its keepers.
 * @since        0.1
 * @see          mbedtls_pk_rsa(), mbedtls_rsa_complete()
 */
MBEDGUARD_API int mbedguard_pk_rsa_complete(mbedguard_pk_context *pk);

/**
 * @brief         Make an RSA key.
 * @param pk      [in,out] The pk context, set up for RSA.
 * @param f_rng   [in] A random generator.
 * @param p_rng   [in,out] Its context.
 * @param nbits   [in] Bits of the modulus.
 * @param exponent [in] The public exponent.
 * @return        0
 * @return        MBEDTLS_ERR_PK_TYPE_MISMATCH pk is not set up for RSA
 * @return        MBEDTLS_ERR_* of mbedtls_rsa_gen_key(); MBEDGUARD_ERR_*
 * @par Locking   Takes pk and its keepers throughout, which may be seconds, and the PSA store if f_rng is
 *                mbedguard_psa_get_random() and Mbed TLS has no threads.
 * @par Callbacks f_rng runs with pk held.
 * @since         0.1
 * @see           mbedtls_pk_rsa(), mbedtls_rsa_gen_key()
 */
MBEDGUARD_API int mbedguard_pk_rsa_gen_key(mbedguard_pk_context *pk,
                                           int (*f_rng)(void *, unsigned char *, size_t),
                                           void *p_rng, unsigned int nbits, int exponent);

/**
 * @brief         Set the padding of an RSA key.
 * @param pk      [in,out] The pk context.
 * @param padding [in] MBEDTLS_RSA_PKCS_V15 or MBEDTLS_RSA_PKCS_V21.
 * @param hash_id [in] The hash of the latter.
 * @return        0
 * @return        MBEDTLS_ERR_PK_TYPE_MISMATCH pk holds no RSA key
 * @return        MBEDTLS_ERR_* of mbedtls_rsa_set_padding(); MBEDGUARD_ERR_*
 * @par Locking   Takes pk and its keepers.
 * @since         0.1
 * @see           mbedtls_pk_rsa(), mbedtls_rsa_set_padding()
 */
MBEDGUARD_API int mbedguard_pk_rsa_set_padding(mbedguard_pk_context *pk, int padding,
                                               mbedtls_md_type_t hash_id);

/** @} */
#endif

#if defined(MBEDTLS_RSA_C)
#if !defined(MBEDGUARD_HAVE_RSA_GET_BITLEN)
/**
 * @brief        Tell the length of the modulus.
 * @param ctx    [in] The RSA context.
 * @return       The length in bits; 0 also on any failure
 * @par Locking  Takes ctx shared.
 * @since        0.1
 * @see          mbedtls_rsa_get_bitlen()
 */
MBEDGUARD_API size_t mbedguard_rsa_get_bitlen(const mbedguard_rsa_context *ctx);
#define MBEDGUARD_HAVE_RSA_GET_BITLEN 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_RSA_GET_PADDING_MODE)
/**
 * @brief        Tell the padding.
 * @param ctx    [in] The RSA context.
 * @return       MBEDTLS_RSA_PKCS_V15 (0) or MBEDTLS_RSA_PKCS_V21
 * @return       MBEDGUARD_ERR_*, all negative
 * @par Locking  Takes ctx shared.
 * @since        0.1
 * @see          mbedtls_rsa_get_padding_mode()
 */
MBEDGUARD_API int mbedguard_rsa_get_padding_mode(const mbedguard_rsa_context *ctx);
#define MBEDGUARD_HAVE_RSA_GET_PADDING_MODE 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_RSA_GET_MD_ALG)
/**
 * @brief        Tell the hash of the padding.
 * @param ctx    [in] The RSA context.
 * @return       A mbedtls_md_type_t
 * @return       MBEDGUARD_ERR_*, all negative
 * @par Locking  Takes ctx shared.
 * @since        0.1
 * @see          mbedtls_rsa_get_md_alg()
 */
MBEDGUARD_API int mbedguard_rsa_get_md_alg(const mbedguard_rsa_context *ctx);
#define MBEDGUARD_HAVE_RSA_GET_MD_ALG 2 /**< Given here. */
#endif
#endif /* MBEDTLS_RSA_C */

#if defined(MBEDTLS_PK_C) && defined(MBEDTLS_ECP_C)
/**
 * @name The EC key inside a pk context
 * @{
 */

/**
 * @brief        Tell the curve of an EC key.
 * @param pk     [in] The pk context.
 * @return       The curve
 * @return       MBEDTLS_ECP_DP_NONE pk holds no EC key, or any failure
 * @par Locking  Takes pk shared.
 * @since        0.1
 * @see          mbedtls_pk_ec()
 */
MBEDGUARD_API mbedtls_ecp_group_id mbedguard_pk_ec_get_group_id(const mbedguard_pk_context *pk);

/**
 * @brief        Copy parts of an EC key.
 * @param pk     [in] The pk context.
 * @param grp    [out] The curve, or NULL.
 * @param d      [out] The private key, or NULL; 0 for a public one.
 * @param Q      [out] The public key, or NULL.
 * @return       0
 * @return       MBEDTLS_ERR_PK_TYPE_MISMATCH pk holds no EC key
 * @return       MBEDTLS_ERR_* of copying; what stands before the failing part is copied then
 * @return       MBEDGUARD_ERR_*
 * @par Locking  Takes pk shared, and grp, d and Q.
 * @since        0.1
 * @see          mbedtls_pk_ec(), mbedtls_ecp_export()
 */
MBEDGUARD_API int mbedguard_pk_ec_export(const mbedguard_pk_context *pk, mbedguard_ecp_group *grp,
                                         mbedguard_mpi *d, mbedguard_ecp_point *Q);

/**
 * @brief         Make an EC key.
 * @param grp_id  [in] The curve.
 * @param pk      [in,out] The pk context, set up for EC.
 * @param f_rng   [in] A random generator.
 * @param p_rng   [in,out] Its context.
 * @return        0
 * @return        MBEDTLS_ERR_PK_TYPE_MISMATCH pk is not set up for EC
 * @return        MBEDTLS_ERR_* of mbedtls_ecp_gen_key(); MBEDGUARD_ERR_*
 * @par Locking   Takes pk and its keepers, and the PSA store if f_rng is mbedguard_psa_get_random() and
 *                Mbed TLS has no threads.
 * @par Callbacks f_rng runs with pk held.
 * @since         0.1
 * @see           mbedtls_pk_ec(), mbedtls_ecp_gen_key()
 */
MBEDGUARD_API int mbedguard_pk_ec_gen_key(mbedtls_ecp_group_id grp_id, mbedguard_pk_context *pk,
                                          int (*f_rng)(void *, unsigned char *, size_t),
                                          void *p_rng);

/**
 * @brief        Put a private key into an EC key.
 * @param grp_id [in] The curve.
 * @param pk     [in,out] The pk context, set up for EC.
 * @param buf    [in] The private key.
 * @param buflen [in] Bytes in buf.
 * @return       0
 * @return       MBEDTLS_ERR_PK_TYPE_MISMATCH pk is not set up for EC
 * @return       MBEDTLS_ERR_* of mbedtls_ecp_read_key(); MBEDGUARD_ERR_*
 * @par Locking  Takes pk and its keepers.
 * @since        0.1
 * @see          mbedtls_pk_ec(), mbedtls_ecp_read_key()
 */
MBEDGUARD_API int mbedguard_pk_ec_read_key(mbedtls_ecp_group_id grp_id, mbedguard_pk_context *pk,
                                           const unsigned char *buf, size_t buflen);

/** @} */
#endif

#if defined(MBEDTLS_DHM_C)
/**
 * @name Diffie-Hellman contexts
 * @{
 */

#if !defined(MBEDGUARD_HAVE_DHM_GET_VALUE)
/** @brief Which part mbedguard_dhm_get_value() copies. */
typedef enum mbedguard_dhm_parameter {
    MBEDGUARD_DHM_PARAM_P,  /**< The modulus. */
    MBEDGUARD_DHM_PARAM_G,  /**< The generator. */
    MBEDGUARD_DHM_PARAM_X,  /**< The own secret. */
    MBEDGUARD_DHM_PARAM_GX, /**< The own public key. */
    MBEDGUARD_DHM_PARAM_GY, /**< The peer's public key. */
    MBEDGUARD_DHM_PARAM_K   /**< The shared secret. */
} mbedguard_dhm_parameter;

/**
 * @brief        Copy a part of a Diffie-Hellman context.
 * @param ctx    [in] The context.
 * @param param  [in] Which part.
 * @param dest   [out] The part.
 * @return       0
 * @return       MBEDTLS_ERR_DHM_BAD_INPUT_DATA there is no such part
 * @return       MBEDTLS_ERR_MPI_ALLOC_FAILED; MBEDGUARD_ERR_*
 * @par Locking  Takes ctx shared, and dest.
 * @since        0.1
 * @see          mbedtls_dhm_get_value()
 */
MBEDGUARD_API int mbedguard_dhm_get_value(const mbedguard_dhm_context *ctx,
                                          mbedguard_dhm_parameter param, mbedguard_mpi *dest);
#define MBEDGUARD_HAVE_DHM_GET_VALUE 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_DHM_GET_BITLEN)
/**
 * @brief        Tell the length of the modulus.
 * @param ctx    [in] The context.
 * @return       The length in bits; 0 also on any failure
 * @par Locking  Takes ctx shared.
 * @since        0.1
 * @see          mbedtls_dhm_get_bitlen()
 */
MBEDGUARD_API size_t mbedguard_dhm_get_bitlen(const mbedguard_dhm_context *ctx);
#define MBEDGUARD_HAVE_DHM_GET_BITLEN 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_DHM_GET_LEN)
/**
 * @brief        Tell the length of the modulus.
 * @param ctx    [in] The context.
 * @return       The length in bytes; 0 also on any failure
 * @par Locking  Takes ctx shared.
 * @since        0.1
 * @see          mbedtls_dhm_get_len()
 */
MBEDGUARD_API size_t mbedguard_dhm_get_len(const mbedguard_dhm_context *ctx);
#define MBEDGUARD_HAVE_DHM_GET_LEN 2 /**< Given here. */
#endif

/** @} */
#endif /* MBEDTLS_DHM_C */

#endif /* before 4.0 */

#ifdef __cplusplus
}
#endif

#include <mbedguard/ecp_access.h>

#endif /* MBEDGUARD_KEY_ACCESS_H */
