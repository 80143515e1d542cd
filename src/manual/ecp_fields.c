/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of EC groups and points; those of key pairs for an Mbed TLS that has no functions. */
#include <mbedguard/ecp_access.h>

#if defined(MBEDTLS_ECP_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"
#include "manual/ec_parts.h"
#include "manual/psa_inside.h"

#define VALUE_IN  (MBEDGUARD_SHARED | MBEDGUARD_RANK_VALUE)
#define VALUE_OUT (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE)

/* ---- Groups and points ------------------------------------------------------------------------- */

mbedtls_ecp_group_id mbedguard_ecp_group_get_id(const mbedguard_ecp_group *grp)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(grp);
    mbedtls_ecp_group_id id;

    if (mbedguard_enter(guard, VALUE_IN, __func__) != 0) {
        return MBEDTLS_ECP_DP_NONE;
    }
    id = grp->unguarded.id;
    if (mbedguard_leave(guard, VALUE_IN) != 0) {
        id = MBEDTLS_ECP_DP_NONE;
    }
    return id;
}

size_t mbedguard_ecp_group_get_pbits(const mbedguard_ecp_group *grp)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(grp);
    size_t bits;

    if (mbedguard_enter(guard, VALUE_IN, __func__) != 0) {
        return 0;
    }
    bits = grp->unguarded.pbits;
    if (mbedguard_leave(guard, VALUE_IN) != 0) {
        bits = 0;
    }
    return bits;
}

size_t mbedguard_ecp_group_get_nbits(const mbedguard_ecp_group *grp)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(grp);
    size_t bits;

    if (mbedguard_enter(guard, VALUE_IN, __func__) != 0) {
        return 0;
    }
    bits = grp->unguarded.nbits;
    if (mbedguard_leave(guard, VALUE_IN) != 0) {
        bits = 0;
    }
    return bits;
}

int mbedguard_ecp_group_export(const mbedguard_ecp_group *grp, mbedguard_mpi *P, mbedguard_mpi *A,
                               mbedguard_mpi *B, mbedguard_ecp_point *G, mbedguard_mpi *N)
{
    mbedguard_want set[6] = {
        {MBEDGUARD_GUARD_OF(grp), VALUE_IN}, {MBEDGUARD_GUARD_OF(P), VALUE_OUT},
        {MBEDGUARD_GUARD_OF(A), VALUE_OUT},  {MBEDGUARD_GUARD_OF(B), VALUE_OUT},
        {MBEDGUARD_GUARD_OF(G), VALUE_OUT},  {MBEDGUARD_GUARD_OF(N), VALUE_OUT},
    };
    int ret;

    if (grp == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 6, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_ec_copy_number(P, &grp->unguarded.P);
    if (ret == 0) {
        ret = mbedguard_ec_copy_number(A, &grp->unguarded.A);
    }
    if (ret == 0) {
        ret = mbedguard_ec_copy_number(B, &grp->unguarded.B);
    }
    if (ret == 0) {
        ret = mbedguard_ec_copy_point(G, &grp->unguarded.G);
    }
    if (ret == 0) {
        ret = mbedguard_ec_copy_number(N, &grp->unguarded.N);
    }
    if (mbedguard_leave_set(set, 6) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_ecp_point_export(const mbedguard_ecp_point *pt, mbedguard_mpi *X, mbedguard_mpi *Y,
                               mbedguard_mpi *Z)
{
    mbedguard_want set[4] = {
        {MBEDGUARD_GUARD_OF(pt), VALUE_IN},
        {MBEDGUARD_GUARD_OF(X), VALUE_OUT},
        {MBEDGUARD_GUARD_OF(Y), VALUE_OUT},
        {MBEDGUARD_GUARD_OF(Z), VALUE_OUT},
    };
    int ret;

    if (pt == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 4, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_ec_copy_number(X, &pt->unguarded.MBEDTLS_PRIVATE(X));
    if (ret == 0) {
        ret = mbedguard_ec_copy_number(Y, &pt->unguarded.MBEDTLS_PRIVATE(Y));
    }
    if (ret == 0) {
        ret = mbedguard_ec_copy_number(Z, &pt->unguarded.MBEDTLS_PRIVATE(Z));
    }
    if (mbedguard_leave_set(set, 4) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

static int set_number(mbedtls_mpi *to, const mbedguard_mpi *from)
{
    return from != NULL ? mbedtls_mpi_copy(to, &from->unguarded) : 0;
}

int mbedguard_ecp_point_import(mbedguard_ecp_point *pt, const mbedguard_mpi *X,
                               const mbedguard_mpi *Y, const mbedguard_mpi *Z)
{
    mbedguard_want set[4] = {
        {MBEDGUARD_GUARD_OF(pt), VALUE_OUT},
        {MBEDGUARD_GUARD_OF(X), VALUE_IN},
        {MBEDGUARD_GUARD_OF(Y), VALUE_IN},
        {MBEDGUARD_GUARD_OF(Z), VALUE_IN},
    };
    int ret;

    if (pt == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 4, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = set_number(&pt->unguarded.MBEDTLS_PRIVATE(X), X);
    if (ret == 0) {
        ret = set_number(&pt->unguarded.MBEDTLS_PRIVATE(Y), Y);
    }
    if (ret == 0) {
        ret = set_number(&pt->unguarded.MBEDTLS_PRIVATE(Z), Z);
    }
    if (mbedguard_leave_set(set, 4) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* ---- Key pairs (2.28) -------------------------------------------------------------------------- */

#if MBEDGUARD_HAVE_ECP_EXPORT == 2

#define KEY_IN      (MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY | MBEDGUARD_IN_CALLBACK)
#define KEY_OUT     (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_KEY)
#define KEY_OUT_RNG (KEY_OUT | MBEDGUARD_CALLS_OUT)

mbedtls_ecp_group_id mbedguard_ecp_keypair_get_group_id(const mbedguard_ecp_keypair *key)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(key);
    mbedtls_ecp_group_id id;

    if (mbedguard_enter(guard, KEY_IN, __func__) != 0) {
        return MBEDTLS_ECP_DP_NONE;
    }
    id = key->unguarded.grp.id;
    if (mbedguard_leave(guard, KEY_IN) != 0) {
        id = MBEDTLS_ECP_DP_NONE;
    }
    return id;
}

int mbedguard_ecp_export(const mbedguard_ecp_keypair *key, mbedguard_ecp_group *grp,
                         mbedguard_mpi *d, mbedguard_ecp_point *Q)
{
    mbedguard_want set[4] = {
        {MBEDGUARD_GUARD_OF(key), KEY_IN},
        {MBEDGUARD_GUARD_OF(grp), VALUE_OUT},
        {MBEDGUARD_GUARD_OF(d), VALUE_OUT},
        {MBEDGUARD_GUARD_OF(Q), VALUE_OUT},
    };
    int ret;

    if (key == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 4, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_ec_copy_parts(&key->unguarded, grp, d, Q);
    if (mbedguard_leave_set(set, 4) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* As 3.6 has it: exactly the bytes of a private key of this curve. */
static int write_private(const mbedtls_ecp_keypair *key, size_t *olen, unsigned char *buf,
                         size_t buflen)
{
    const size_t length = (key->grp.nbits + 7) / 8;
    int ret;

    if (length > buflen) {
        return MBEDTLS_ERR_ECP_BUFFER_TOO_SMALL;
    }
    if (key->d.n == 0 || length == 0) {
        return MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
    }
    ret = mbedtls_ecp_get_type(&key->grp) == MBEDTLS_ECP_TYPE_MONTGOMERY
              ? mbedtls_mpi_write_binary_le(&key->d, buf, length)
              : mbedtls_mpi_write_binary(&key->d, buf, length);
    if (ret == 0) {
        *olen = length;
    }
    return ret;
}

int mbedguard_ecp_write_key_ext(const mbedguard_ecp_keypair *key, size_t *olen, unsigned char *buf,
                                size_t buflen)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(key);
    int ret;

    if (olen == NULL || (buf == NULL && buflen != 0)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *olen = 0;
    ret = mbedguard_enter(guard, KEY_IN, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = write_private(&key->unguarded, olen, buf, buflen);
    if (mbedguard_leave(guard, KEY_IN) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_ecp_write_public_key(const mbedguard_ecp_keypair *key, int format, size_t *olen,
                                   unsigned char *buf, size_t buflen)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(key);
    int ret;

    if (olen == NULL || (buf == NULL && buflen != 0)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *olen = 0;
    ret = mbedguard_enter(guard, KEY_IN, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_ecp_point_write_binary(&key->unguarded.grp, &key->unguarded.Q, format, olen, buf,
                                         buflen);
    if (mbedguard_leave(guard, KEY_IN) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

static int set_public(mbedtls_ecp_group_id grp_id, mbedtls_ecp_keypair *key,
                      const mbedtls_ecp_point *Q)
{
    int ret = 0;

    if (key->grp.id == MBEDTLS_ECP_DP_NONE) {
        ret = mbedtls_ecp_group_load(&key->grp, grp_id);
    } else if (key->grp.id != grp_id) {
        ret = MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
    }
    return ret == 0 ? mbedtls_ecp_copy(&key->Q, Q) : ret;
}

int mbedguard_ecp_set_public_key(mbedtls_ecp_group_id grp_id, mbedguard_ecp_keypair *key,
                                 const mbedguard_ecp_point *Q)
{
    mbedguard_want set[2] = {
        {MBEDGUARD_GUARD_OF(key), KEY_OUT},
        {MBEDGUARD_GUARD_OF(Q), VALUE_IN},
    };
    int ret;

    if (key == NULL || Q == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = set_public(grp_id, &key->unguarded, &Q->unguarded);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

int mbedguard_ecp_keypair_calc_public(mbedguard_ecp_keypair *key,
                                      int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    mbedguard_want set[2] = {{MBEDGUARD_GUARD_OF(key), KEY_OUT_RNG}, mbedguard_psa_want_for(f_rng)};
    mbedtls_ecp_keypair *raw;
    int ret;

    if (key == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 2, __func__);
    if (ret != 0) {
        return ret;
    }
    raw = &key->unguarded;
    ret = mbedtls_ecp_mul(&raw->grp, &raw->Q, &raw->d, &raw->grp.G, f_rng, p_rng);
    if (mbedguard_leave_set(set, 2) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif

#endif
