/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Members of ECDH contexts, of which Mbed TLS has three layouts. */
#include <mbedguard/ecp_access.h>

#if defined(MBEDTLS_ECDH_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include "core/enter.h"
#include "manual/ec_parts.h"

#define SHARED    (MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY | MBEDGUARD_IN_CALLBACK)
#define VALUE_OUT (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE)

#if MBEDGUARD_HAVE_ECDH_GET_GRP_ID == 2
mbedtls_ecp_group_id mbedguard_ecdh_get_grp_id(mbedguard_ecdh_context *ctx)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ctx);
    mbedtls_ecp_group_id id;

    if (mbedguard_enter(guard, SHARED, __func__) != 0) {
        return MBEDTLS_ECP_DP_NONE;
    }
#if defined(MBEDTLS_ECDH_LEGACY_CONTEXT)
    id = ctx->unguarded.grp.id;
#else
    id = ctx->unguarded.grp_id;
#endif
    if (mbedguard_leave(guard, SHARED) != 0) {
        id = MBEDTLS_ECP_DP_NONE;
    }
    return id;
}
#endif

#if defined(MBEDTLS_ECDH_LEGACY_CONTEXT)
typedef mbedtls_ecdh_context ecdh_parts;

static const ecdh_parts *parts_of(const mbedtls_ecdh_context *ecdh)
{
    return ecdh;
}
#else
typedef mbedtls_ecdh_context_mbed ecdh_parts;

static const ecdh_parts *parts_of(const mbedtls_ecdh_context *ecdh)
{
    return ecdh->MBEDTLS_PRIVATE(var) == MBEDTLS_ECDH_VARIANT_MBEDTLS_2_0
               ? &ecdh->MBEDTLS_PRIVATE(ctx).MBEDTLS_PRIVATE(mbed_ecdh)
               : NULL;
}
#endif

static int copy_parts(const ecdh_parts *parts, mbedguard_ecp_group *grp, mbedguard_mpi *d,
                      mbedguard_ecp_point *Q, mbedguard_ecp_point *Qp, mbedguard_mpi *z)
{
    int ret = mbedguard_ec_copy_group(grp, &parts->MBEDTLS_PRIVATE(grp));

    if (ret == 0) {
        ret = mbedguard_ec_copy_number(d, &parts->MBEDTLS_PRIVATE(d));
    }
    if (ret == 0) {
        ret = mbedguard_ec_copy_point(Q, &parts->MBEDTLS_PRIVATE(Q));
    }
    if (ret == 0) {
        ret = mbedguard_ec_copy_point(Qp, &parts->MBEDTLS_PRIVATE(Qp));
    }
    if (ret == 0) {
        ret = mbedguard_ec_copy_number(z, &parts->MBEDTLS_PRIVATE(z));
    }
    return ret;
}

int mbedguard_ecdh_export(const mbedguard_ecdh_context *ctx, mbedguard_ecp_group *grp,
                          mbedguard_mpi *d, mbedguard_ecp_point *Q, mbedguard_ecp_point *Qp,
                          mbedguard_mpi *z)
{
    mbedguard_want set[6] = {
        {MBEDGUARD_GUARD_OF(ctx), SHARED},   {MBEDGUARD_GUARD_OF(grp), VALUE_OUT},
        {MBEDGUARD_GUARD_OF(d), VALUE_OUT},  {MBEDGUARD_GUARD_OF(Q), VALUE_OUT},
        {MBEDGUARD_GUARD_OF(Qp), VALUE_OUT}, {MBEDGUARD_GUARD_OF(z), VALUE_OUT},
    };
    const ecdh_parts *parts;
    int ret;

    if (ctx == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 6, __func__);
    if (ret != 0) {
        return ret;
    }
    parts = parts_of(&ctx->unguarded);
    ret = parts != NULL ? copy_parts(parts, grp, d, Q, Qp, z) : MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;
    if (mbedguard_leave_set(set, 6) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif
