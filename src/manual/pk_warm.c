/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The table of a group, filled before threads share the key. */
#include "manual/pk_warm.h"

#include "core/enter.h"
#include "manual/rsa_pk.h"
#include "manual/rsa_pool.h"

#if defined(MBEDTLS_PK_C) && defined(MBEDTLS_ECDSA_C) && MBEDTLS_VERSION_NUMBER < 0x03000000 &&        \
    !defined(MBEDGUARD_THREADING_NONE)

#define TABLES (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PROCESS)

/* One for all keys that are being kept: it is a matter of once for each. */
static mbedguard_guard tables_guard;

/* One that is not set up is not worth a question. */
static bool is_by_hand(const mbedguard_pk_context *pk)
{
    return pk != NULL && pk->unguarded.pk_ctx != NULL &&
           mbedtls_pk_get_type(&pk->unguarded) == MBEDTLS_PK_ECDSA;
}

/* Any multiplication of the base point does it. */
static int fill_table(mbedtls_ecp_group *grp)
{
    mbedtls_ecp_point point;
    mbedtls_mpi number;
    int ret;

    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&number);
    ret = mbedtls_mpi_lset(&number, 2);
    if (ret == 0) {
        ret = mbedtls_ecp_mul(grp, &point, &number, &grp->G, NULL, NULL);
    }
    mbedtls_mpi_free(&number);
    mbedtls_ecp_point_free(&point);
    return ret == 0 ? 0 : MBEDGUARD_ERR_ALLOC_FAILED;
}

int mbedguard_pk_warm(mbedguard_pk_context *pk)
{
    mbedtls_ecp_keypair *ec;

    if (!is_by_hand(pk)) {
        return 0;
    }
    ec = mbedtls_pk_ec(pk->unguarded);
    if (ec == NULL || ec->grp.G.X.p == NULL || ec->grp.T != NULL || MBEDTLS_ECP_FIXED_POINT_OPTIM == 0) {
        return 0;
    }
    return fill_table(&ec->grp);
}

int mbedguard_pk_warm_shared(mbedguard_pk_context *pk)
{
    int ret;

    if (!is_by_hand(pk)) {
        return 0;
    }
    /* Others may be keeping it, too. Who uses it as a keeper has kept it before, and finds it filled. */
    ret = mbedguard_enter(&tables_guard, TABLES, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_pk_warm(pk);
    if (mbedguard_leave(&tables_guard, TABLES) != 0 && ret == 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

#endif

void mbedguard_library_unlocks(void *object, size_t size, unsigned rank)
{
#if defined(MBEDTLS_PK_C)
    if (rank == MBEDGUARD_RANK_PK && size == sizeof(mbedguard_pk_context)) {
        /* Without memory it stays as cold as it is in Mbed TLS. */
        (void) mbedguard_pk_warm((mbedguard_pk_context *) object);
        if (mbedtls_pk_get_type(&((mbedguard_pk_context *) object)->unguarded) == MBEDTLS_PK_RSA) {
            mbedguard_rsa_pk_adopt((mbedguard_pk_context *) object);
        }
    }
#endif
#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000
    if (rank == MBEDGUARD_RANK_KEY && size == sizeof(mbedguard_rsa_context)) {
        mbedguard_rsa_was_locked(object);
    }
#endif
    (void) object;
    (void) size;
    (void) rank;
}
