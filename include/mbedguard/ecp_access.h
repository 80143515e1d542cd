/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ecp_access.h
 * @brief Members of EC key pairs (which ECDSA contexts are too), groups, points and ECDH contexts.
 *
 * Functions that Mbed TLS 3.6 has are here under its names for older versions too, and
 * MBEDGUARD_HAVE_<FUNCTION> is then 2.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/base.h>
#include <mbedguard/pk.h>

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedguard/bignum.h>
#include <mbedguard/ecdh.h>
#include <mbedguard/ecp.h>
#endif

#ifndef MBEDGUARD_ECP_ACCESS_H
#define MBEDGUARD_ECP_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if MBEDTLS_VERSION_NUMBER < 0x04000000 && defined(MBEDTLS_ECP_C)

/**
 * @name Key pairs
 * @{
 */

#if !defined(MBEDGUARD_HAVE_ECP_KEYPAIR_GET_GROUP_ID)
/**
 * @brief        Tell the curve of a key pair.
 * @param key    [in] The key pair.
 * @return       The curve
 * @return       MBEDTLS_ECP_DP_NONE none is set, or any failure
 * @par Locking  Takes key shared.
 * @since        0.1
 * @see          mbedtls_ecp_keypair_get_group_id()
 */
MBEDGUARD_API mbedtls_ecp_group_id
mbedguard_ecp_keypair_get_group_id(const mbedguard_ecp_keypair *key);
#define MBEDGUARD_HAVE_ECP_KEYPAIR_GET_GROUP_ID 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_ECP_EXPORT)
/**
 * @brief        Copy parts of a key pair.
 * @param key    [in] The key pair.
 * @param grp    [out] The curve, or NULL.
 * @param d      [out] The private key, or NULL.
 * @param Q      [out] The public key, or NULL.
 * @return       0
 * @return       MBEDTLS_ERR_* of copying; what stands before the failing part is copied then
 * @return       MBEDGUARD_ERR_*
 * @par Locking  Takes key shared, and grp, d and Q.
 * @since        0.1
 * @see          mbedtls_ecp_export()
 */
MBEDGUARD_API int mbedguard_ecp_export(const mbedguard_ecp_keypair *key, mbedguard_ecp_group *grp,
                                       mbedguard_mpi *d, mbedguard_ecp_point *Q);
#define MBEDGUARD_HAVE_ECP_EXPORT 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_ECP_WRITE_KEY_EXT)
/**
 * @brief        Write the private key as bytes.
 * @param key    [in] The key pair.
 * @param olen   [out] Bytes written; 0 on failure.
 * @param buf    [out] The private key.
 * @param buflen [in] Bytes in buf.
 * @return       0
 * @return       MBEDTLS_ERR_ECP_BUFFER_TOO_SMALL
 * @return       MBEDTLS_ERR_ECP_BAD_INPUT_DATA no private key is set
 * @return       MBEDTLS_ERR_* of mbedtls_ecp_write_key(); MBEDGUARD_ERR_*
 * @par Locking  Takes key shared.
 * @since        0.1
 * @see          mbedtls_ecp_write_key_ext()
 */
MBEDGUARD_API int mbedguard_ecp_write_key_ext(const mbedguard_ecp_keypair *key, size_t *olen,
                                              unsigned char *buf, size_t buflen);
#define MBEDGUARD_HAVE_ECP_WRITE_KEY_EXT 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_ECP_WRITE_PUBLIC_KEY)
/**
 * @brief        Write the public key as bytes.
 * @param key    [in] The key pair.
 * @param format [in] MBEDTLS_ECP_PF_UNCOMPRESSED or MBEDTLS_ECP_PF_COMPRESSED.
 * @param olen   [out] Bytes written; 0 if it was not tried.
 * @param buf    [out] The public key.
 * @param buflen [in] Bytes in buf.
 * @return       0
 * @return       MBEDTLS_ERR_* of mbedtls_ecp_point_write_binary(); MBEDGUARD_ERR_*
 * @par Locking  Takes key shared.
 * @since        0.1
 * @see          mbedtls_ecp_write_public_key()
 */
MBEDGUARD_API int mbedguard_ecp_write_public_key(const mbedguard_ecp_keypair *key, int format,
                                                 size_t *olen, unsigned char *buf, size_t buflen);
#define MBEDGUARD_HAVE_ECP_WRITE_PUBLIC_KEY 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_ECP_SET_PUBLIC_KEY)
/**
 * @brief        Set the public key of a key pair.
 * @param grp_id [in] The curve; that of key, if it has one.
 * @param key    [in,out] The key pair.
 * @param Q      [in] The public key; not checked.
 * @return       0
 * @return       MBEDTLS_ERR_ECP_BAD_INPUT_DATA key has another curve
 * @return       MBEDTLS_ERR_* of loading the curve and of copying; MBEDGUARD_ERR_*
 * @par Locking  Takes key, and Q shared.
 * @since        0.1
 * @see          mbedtls_ecp_set_public_key()
 */
MBEDGUARD_API int mbedguard_ecp_set_public_key(mbedtls_ecp_group_id grp_id,
                                               mbedguard_ecp_keypair *key,
                                               const mbedguard_ecp_point *Q);
#define MBEDGUARD_HAVE_ECP_SET_PUBLIC_KEY 2 /**< Given here. */
#endif

#if !defined(MBEDGUARD_HAVE_ECP_KEYPAIR_CALC_PUBLIC)
/**
 * @brief         Compute the public key from the private key.
 * @param key     [in,out] The key pair.
 * @param f_rng   [in] A random generator.
 * @param p_rng   [in,out] Its context.
 * @return        0
 * @return        MBEDTLS_ERR_* of mbedtls_ecp_mul(); MBEDGUARD_ERR_*
 * @par Locking   Takes key, and the PSA store if f_rng is mbedguard_psa_get_random() and Mbed TLS has no
 *                threads.
 * @par Callbacks f_rng runs with key held.
 * @since         0.1
 * @see           mbedtls_ecp_keypair_calc_public()
 */
MBEDGUARD_API int mbedguard_ecp_keypair_calc_public(mbedguard_ecp_keypair *key,
                                                    int (*f_rng)(void *, unsigned char *, size_t),
                                                    void *p_rng);
#define MBEDGUARD_HAVE_ECP_KEYPAIR_CALC_PUBLIC 2 /**< Given here. */
#endif

/** @} */

/**
 * @name Groups and points
 * @{
 */

/**
 * @brief        Tell which curve a group is.
 * @param grp    [in] The group.
 * @return       The curve
 * @return       MBEDTLS_ECP_DP_NONE none is loaded, or any failure
 * @par Locking  Takes grp shared.
 * @since        0.1
 * @see          mbedtls_ecp_group
 */
MBEDGUARD_API mbedtls_ecp_group_id mbedguard_ecp_group_get_id(const mbedguard_ecp_group *grp);

/**
 * @brief        Tell the bits of the prime of a group.
 * @param grp    [in] The group.
 * @return       The bits; 0 also on any failure
 * @par Locking  Takes grp shared.
 * @since        0.1
 * @see          mbedtls_ecp_group
 */
MBEDGUARD_API size_t mbedguard_ecp_group_get_pbits(const mbedguard_ecp_group *grp);

/**
 * @brief        Tell the bits of private keys of a group.
 * @param grp    [in] The group.
 * @return       The bits; 0 also on any failure
 * @par Locking  Takes grp shared.
 * @since        0.1
 * @see          mbedtls_ecp_group
 */
MBEDGUARD_API size_t mbedguard_ecp_group_get_nbits(const mbedguard_ecp_group *grp);

/**
 * @brief        Copy the numbers of a group, as Mbed TLS has them.
 * @param grp    [in] The group.
 * @param P      [out] The prime, or NULL.
 * @param A      [out] The first coefficient, or NULL; empty where it is P - 3, for Montgomery curves
 *               (A + 2) / 4.
 * @param B      [out] The second coefficient, or NULL; empty for Montgomery curves.
 * @param G      [out] The generator, or NULL.
 * @param N      [out] Its order, or NULL.
 * @return       0
 * @return       MBEDTLS_ERR_MPI_ALLOC_FAILED what stands before the failing part is copied then
 * @return       MBEDGUARD_ERR_*
 * @par Locking  Takes grp shared, and P, A, B, G and N.
 * @since        0.1
 * @see          mbedtls_ecp_group
 */
MBEDGUARD_API int mbedguard_ecp_group_export(const mbedguard_ecp_group *grp, mbedguard_mpi *P,
                                             mbedguard_mpi *A, mbedguard_mpi *B,
                                             mbedguard_ecp_point *G, mbedguard_mpi *N);

/**
 * @brief        Copy the coordinates of a point.
 * @param pt     [in] The point.
 * @param X      [out] Its first coordinate, or NULL.
 * @param Y      [out] Its second coordinate, or NULL; empty for Montgomery curves.
 * @param Z      [out] 1; 0 for the point at infinity; or NULL.
 * @return       0
 * @return       MBEDTLS_ERR_MPI_ALLOC_FAILED what stands before the failing part is copied then
 * @return       MBEDGUARD_ERR_*
 * @par Locking  Takes pt shared, and X, Y and Z.
 * @since        0.1
 * @see          mbedtls_ecp_point
 */
MBEDGUARD_API int mbedguard_ecp_point_export(const mbedguard_ecp_point *pt, mbedguard_mpi *X,
                                             mbedguard_mpi *Y, mbedguard_mpi *Z);

/**
 * @brief        Set coordinates of a point; nothing is checked.
 * @param pt     [in,out] The point.
 * @param X      [in] Its first coordinate, or NULL to leave it.
 * @param Y      [in] Its second coordinate, or NULL to leave it.
 * @param Z      [in] Its third coordinate, or NULL to leave it.
 * @return       0
 * @return       MBEDTLS_ERR_MPI_ALLOC_FAILED what stands before the failing part is set then
 * @return       MBEDGUARD_ERR_*
 * @par Locking  Takes pt, and X, Y and Z shared.
 * @since        0.1
 * @see          mbedtls_ecp_point
 */
MBEDGUARD_API int mbedguard_ecp_point_import(mbedguard_ecp_point *pt, const mbedguard_mpi *X,
                                             const mbedguard_mpi *Y, const mbedguard_mpi *Z);

/** @} */

#if defined(MBEDTLS_ECDH_C)
/**
 * @name ECDH contexts
 * @{
 */

#if !defined(MBEDGUARD_HAVE_ECDH_GET_GRP_ID)
/**
 * @brief        Tell the curve of an ECDH context.
 * @param ctx    [in] The context.
 * @return       The curve
 * @return       MBEDTLS_ECP_DP_NONE none is set up, or any failure
 * @par Locking  Takes ctx shared.
 * @since        0.1
 * @see          mbedtls_ecdh_get_grp_id()
 */
MBEDGUARD_API mbedtls_ecp_group_id mbedguard_ecdh_get_grp_id(mbedguard_ecdh_context *ctx);
#define MBEDGUARD_HAVE_ECDH_GET_GRP_ID 2 /**< Given here. */
#endif

/**
 * @brief        Copy parts of an ECDH context.
 * @param ctx    [in] The context.
 * @param grp    [out] The curve, or NULL.
 * @param d      [out] The own private key, or NULL.
 * @param Q      [out] The own public key, or NULL.
 * @param Qp     [out] The peer's public key, or NULL.
 * @param z      [out] The shared secret, or NULL.
 * @return       0
 * @return       MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE the context is of another implementation
 * @return       MBEDTLS_ERR_* of copying; what stands before the failing part is copied then
 * @return       MBEDGUARD_ERR_*
 * @par Locking  Takes ctx shared, and grp, d, Q, Qp and z.
 * @since        0.1
 * @see          mbedtls_ecdh_context
 */
MBEDGUARD_API int mbedguard_ecdh_export(const mbedguard_ecdh_context *ctx, mbedguard_ecp_group *grp,
                                        mbedguard_mpi *d, mbedguard_ecp_point *Q,
                                        mbedguard_ecp_point *Qp, mbedguard_mpi *z);

/** @} */
#endif /* MBEDTLS_ECDH_C */

#endif /* before 4.0, MBEDTLS_ECP_C */

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_ECP_ACCESS_H */
