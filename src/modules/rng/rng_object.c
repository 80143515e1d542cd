/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which callback is ours. */
#include "modules/rng/rng_object.h"

#include <mbedguard/rng.h>

#include "core/enter.h"

mbedguard_guard *mbedguard_rng_object(void (*function)(void), void *data, unsigned *rank)
{
    if (function == (void (*)(void)) mbedguard_rng_random) {
        *rank = MBEDGUARD_RANK_RNG;
        return MBEDGUARD_GUARD_OF((mbedguard_rng_context *) data);
    }
    *rank = 0;
    return NULL;
}
