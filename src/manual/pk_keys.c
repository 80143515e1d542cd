/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The raw key inside a pk context: lent until mbedguard_unlock(), or worked on in one call. The key
 * has no guard of its own; the pk context's is the one that counts.
 */
#include <mbedguard/key_access.h>

#if defined(MBEDTLS_PK_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"
#include "manual/pk_warm.h"
#include "manual/psa_inside.h"
#include "manual/rsa_pk.h"
#if defined(MBEDTLS_ECP_C)
#include "manual/ec_parts.h"
#endif

#define SHARED        (MBEDGUARD_SHARED | MBEDGUARD_RANK_PK | MBEDGUARD_IN_CALLBACK)
#define EXCLUSIVE     (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PK)
#define EXCLUSIVE_RNG (EXCLUSIVE | MBEDGUARD_CALLS_OUT)
#define NUMBER_OUT    (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE)
#define NUMBER_IN     (MBEDGUARD_SHARED | MBEDGUARD_RANK_VALUE)

/* ---- RSA --------------------------------------------------------------------------------------- */

#if defined(MBEDTLS_RSA_C)

mbedtls_rsa_context *mbedguard_pk_rsa(mbedguard_pk_context *pk)
{
    mbedtls_rsa_context *rsa;

    if (pk == NULL || mbedguard_object_lock(pk, sizeof *pk, MBEDGUARD_RANK(pk), __func__) != 0) {
        return NULL;
    }
    rsa = mbedtls_pk_rsa(pk->unguarded);
    if (rsa == NULL) {
        (void) mbedguard_object_unlock(pk, sizeof *pk, __func__);
    }
    return rsa;
}

size_t mbedguard_pk_rsa_get_len(const mbedguard_pk_context *pk)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(pk);
    const mbedtls_rsa_context *rsa;
    size_t length;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return 0;
    }
    rsa = mbedtls_pk_rsa(pk->unguarded);
    length = rsa != NULL ? mbedtls_rsa_get_len(rsa) : 0;
    if (mbedguard_leave(guard, SHARED) != 0) {
        length = 0;
    }
    return length;
}

int mbedguard_pk_rsa_export(const mbedguard_pk_context *pk, mbedguard_mpi *N, mbedguard_mpi *P,
                            mbedguard_mpi *Q, mbedguard_mpi *D, mbedguard_mpi *E)
{
    mbedguard_want set[6] = {
        {MBEDGUARD_GUARD_OF(pk), SHARED},    {MBEDGUARD_GUARD_OF(N), NUMBER_OUT},
        {MBEDGUARD_GUARD_OF(P), NUMBER_OUT}, {MBEDGUARD_GUARD_OF(Q), NUMBER_OUT},
        {MBEDGUARD_GUARD_OF(D), NUMBER_OUT}, {MBEDGUARD_GUARD_OF(E), NUMBER_OUT},
    };
    const mbedtls_rsa_context *rsa;
    int ret;

    if (pk == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 6, __func__);
    if (ret != 0) {
        return ret;
    }
    rsa = mbedtls_pk_rsa(pk->unguarded);
    ret =
        rsa != NULL
            ? mbedtls_rsa_export(rsa, N != NULL ? &N->unguarded : NULL,
                                 P != NULL ? &P->unguarded : NULL, Q != NULL ? &Q->unguarded : NULL,
                                 D != NULL ? &D->unguarded : NULL, E != NULL ? &E->unguarded : NULL)
            : MBEDTLS_ERR_PK_TYPE_MISMATCH;
    if (mbedguard_leave_set(set, 6) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_pk_rsa_import(mbedguard_pk_context *pk, const mbedguard_mpi *N,
                            const mbedguard_mpi *P, const mbedguard_mpi *Q, const mbedguard_mpi *D,
                            const mbedguard_mpi *E)
{
    mbedguard_want set[6] = {
        {MBEDGUARD_GUARD_OF(pk), EXCLUSIVE}, {MBEDGUARD_GUARD_OF(N), NUMBER_IN},
        {MBEDGUARD_GUARD_OF(P), NUMBER_IN},  {MBEDGUARD_GUARD_OF(Q), NUMBER_IN},
        {MBEDGUARD_GUARD_OF(D), NUMBER_IN},  {MBEDGUARD_GUARD_OF(E), NUMBER_IN},
    };
    mbedtls_rsa_context *rsa;
    int ret;

    if (pk == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 6, __func__);
    if (ret != 0) {
        return ret;
    }
    mbedguard_rsa_pk_changes(pk);
    rsa = mbedtls_pk_rsa(pk->unguarded);
    ret =
        rsa != NULL
            ? mbedtls_rsa_import(rsa, N != NULL ? &N->unguarded : NULL,
                                 P != NULL ? &P->unguarded : NULL, Q != NULL ? &Q->unguarded : NULL,
                                 D != NULL ? &D->unguarded : NULL, E != NULL ? &E->unguarded : NULL)
            : MBEDTLS_ERR_PK_TYPE_MISMATCH;
    if (mbedguard_leave_set(set, 6) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_pk_rsa_complete(mbedguard_pk_context *pk)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(pk);
    mbedtls_rsa_context *rsa;
    int ret;

    ret = mbedguard_enter(guard, EXCLUSIVE, __func__);
    if (ret != 0) {
        return ret;
    }
    mbedguard_rsa_pk_changes(pk);
    rsa = mbedtls_pk_rsa(pk->unguarded);
    ret = rsa != NULL ? mbedtls_rsa_complete(rsa) : MBEDTLS_ERR_PK_TYPE_MISMATCH;
    if (mbedguard_leave(guard, EXCLUSIVE) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_pk_rsa_gen_key(mbedguard_pk_context *pk,
                             int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
                             unsigned int nbits, int exponent)
{
#if defined(MBEDTLS_GENPRIME)
    mbedguard_want set[2] = {{MBEDGUARD_GUARD_OF(pk), EXCLUSIVE_RNG}, mbedguard_psa_want_for(f_rng)};
    mbedtls_rsa_context *rsa;
    int ret;

    if (pk == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    mbedguard_rsa_pk_changes(pk);
    rsa = mbedtls_pk_rsa(pk->unguarded);
    ret = rsa != NULL ? mbedtls_rsa_gen_key(rsa, f_rng, p_rng, nbits, exponent)
                      : MBEDTLS_ERR_PK_TYPE_MISMATCH;
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
#else
    (void) pk;
    (void) f_rng;
    (void) p_rng;
    (void) nbits;
    (void) exponent;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
#endif
}

/* In 2.28 the raw function is void and takes whatever padding it is told: 3.6 checks. */
static int set_padding(mbedtls_rsa_context *rsa, int padding, mbedtls_md_type_t hash_id)
{
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    if (padding != MBEDTLS_RSA_PKCS_V15 && padding != MBEDTLS_RSA_PKCS_V21) {
        return MBEDTLS_ERR_RSA_INVALID_PADDING;
    }
    mbedtls_rsa_set_padding(rsa, padding, (int) hash_id);
    return 0;
#else
    return mbedtls_rsa_set_padding(rsa, padding, hash_id);
#endif
}

int mbedguard_pk_rsa_set_padding(mbedguard_pk_context *pk, int padding, mbedtls_md_type_t hash_id)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(pk);
    mbedtls_rsa_context *rsa;
    int ret;

    ret = mbedguard_enter(guard, EXCLUSIVE, __func__);
    if (ret != 0) {
        return ret;
    }
    mbedguard_rsa_pk_changes(pk);
    rsa = mbedtls_pk_rsa(pk->unguarded);
    ret = rsa != NULL ? set_padding(rsa, padding, hash_id) : MBEDTLS_ERR_PK_TYPE_MISMATCH;
    if (mbedguard_leave(guard, EXCLUSIVE) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif /* MBEDTLS_RSA_C */

/* ---- EC ---------------------------------------------------------------------------------------- */

#if defined(MBEDTLS_ECP_C)

mbedtls_ecp_keypair *mbedguard_pk_ec(mbedguard_pk_context *pk)
{
    mbedtls_ecp_keypair *ec;

    if (pk == NULL || mbedguard_object_lock(pk, sizeof *pk, MBEDGUARD_RANK(pk), __func__) != 0) {
        return NULL;
    }
    ec = mbedtls_pk_ec(pk->unguarded);
    if (ec == NULL) {
        (void) mbedguard_object_unlock(pk, sizeof *pk, __func__);
    }
    return ec;
}

mbedtls_ecp_group_id mbedguard_pk_ec_get_group_id(const mbedguard_pk_context *pk)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(pk);
    const mbedtls_ecp_keypair *ec;
    mbedtls_ecp_group_id id;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return MBEDTLS_ECP_DP_NONE;
    }
    ec = mbedtls_pk_ec(pk->unguarded);
    id = ec != NULL ? ec->MBEDTLS_PRIVATE(grp).id : MBEDTLS_ECP_DP_NONE;
    if (mbedguard_leave(guard, SHARED) != 0) {
        id = MBEDTLS_ECP_DP_NONE;
    }
    return id;
}

int mbedguard_pk_ec_export(const mbedguard_pk_context *pk, mbedguard_ecp_group *grp,
                           mbedguard_mpi *d, mbedguard_ecp_point *Q)
{
    mbedguard_want set[4] = {
        {MBEDGUARD_GUARD_OF(pk), SHARED},
        {MBEDGUARD_GUARD_OF(grp), NUMBER_OUT},
        {MBEDGUARD_GUARD_OF(d), NUMBER_OUT},
        {MBEDGUARD_GUARD_OF(Q), NUMBER_OUT},
    };
    const mbedtls_ecp_keypair *ec;
    int ret;

    if (pk == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 4, __func__);
    if (ret != 0) {
        return ret;
    }
    ec = mbedtls_pk_ec(pk->unguarded);
    ret = ec != NULL ? mbedguard_ec_copy_parts(ec, grp, d, Q) : MBEDTLS_ERR_PK_TYPE_MISMATCH;
    if (mbedguard_leave_set(set, 4) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_pk_ec_gen_key(mbedtls_ecp_group_id grp_id, mbedguard_pk_context *pk,
                            int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    mbedguard_want set[2] = {{MBEDGUARD_GUARD_OF(pk), EXCLUSIVE_RNG}, mbedguard_psa_want_for(f_rng)};
    mbedtls_ecp_keypair *ec;
    int ret;

    if (pk == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    ec = mbedtls_pk_ec(pk->unguarded);
    ret = ec != NULL ? mbedtls_ecp_gen_key(grp_id, ec, f_rng, p_rng) : MBEDTLS_ERR_PK_TYPE_MISMATCH;
    if (ret == 0) {
        ret = mbedguard_pk_warm(pk);
    }
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_pk_ec_read_key(mbedtls_ecp_group_id grp_id, mbedguard_pk_context *pk,
                             const unsigned char *buf, size_t buflen)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(pk);
    mbedtls_ecp_keypair *ec;
    int ret;

    ret = mbedguard_enter(guard, EXCLUSIVE, __func__);
    if (ret != 0) {
        return ret;
    }
    ec = mbedtls_pk_ec(pk->unguarded);
    ret = ec != NULL ? mbedtls_ecp_read_key(grp_id, ec, buf, buflen) : MBEDTLS_ERR_PK_TYPE_MISMATCH;
    if (ret == 0) {
        ret = mbedguard_pk_warm(pk);
    }
    if (mbedguard_leave(guard, EXCLUSIVE) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif /* MBEDTLS_ECP_C */

#endif
