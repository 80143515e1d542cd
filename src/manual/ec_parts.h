/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Copying a curve, numbers and points out of raw EC objects, each where it is wanted. */
#ifndef MBEDGUARD_MANUAL_EC_PARTS_H
#define MBEDGUARD_MANUAL_EC_PARTS_H

#include <mbedguard/bignum.h>
#include <mbedguard/ecp.h>

#include "manual/members.h"

/* The caller holds all that are not NULL; NULL is not wanted, and 0. */
static inline int mbedguard_ec_copy_group(mbedguard_ecp_group *to, const mbedtls_ecp_group *from)
{
    return to != NULL ? mbedtls_ecp_group_copy(&to->unguarded, from) : 0;
}

static inline int mbedguard_ec_copy_number(mbedguard_mpi *to, const mbedtls_mpi *from)
{
    return to != NULL ? mbedtls_mpi_copy(&to->unguarded, from) : 0;
}

static inline int mbedguard_ec_copy_point(mbedguard_ecp_point *to, const mbedtls_ecp_point *from)
{
    return to != NULL ? mbedtls_ecp_copy(&to->unguarded, from) : 0;
}

static inline int mbedguard_ec_copy_parts(const mbedtls_ecp_keypair *key, mbedguard_ecp_group *grp,
                                          mbedguard_mpi *d, mbedguard_ecp_point *Q)
{
    int ret = mbedguard_ec_copy_group(grp, &key->MBEDTLS_PRIVATE(grp));

    if (ret == 0) {
        ret = mbedguard_ec_copy_number(d, &key->MBEDTLS_PRIVATE(d));
    }
    if (ret == 0) {
        ret = mbedguard_ec_copy_point(Q, &key->MBEDTLS_PRIVATE(Q));
    }
    return ret;
}

#endif /* MBEDGUARD_MANUAL_EC_PARTS_H */
