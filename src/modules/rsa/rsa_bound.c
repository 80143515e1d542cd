/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How many copies a key may have, and how many it has. */
#include <limits.h>
#include <unistd.h>

#include "core/enter.h"
#include "modules/rsa/rsa_pool.h"

#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedguard/rsa.h>

#if !defined(MBEDGUARD_THREADING_NONE)

#define SETTING (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PROCESS)

/* For all keys of the process. */
static mbedguard_guard bound_guard;
static bool bound_is_set;
static unsigned int bound_copies;

/* Where the system does not tell. */
#define SOME_PROCESSORS 4

static unsigned int processors(void)
{
#if defined(_SC_NPROCESSORS_ONLN)
    const long online = sysconf(_SC_NPROCESSORS_ONLN);

    if (online > 0 && online <= INT_MAX) {
        return (unsigned int) online;
    }
#endif
    return SOME_PROCESSORS;
}

int mbedguard_rsa_set_max_copies(unsigned int copies)
{
    const int ret = mbedguard_enter(&bound_guard, SETTING, __func__);

    if (ret != 0) {
        return ret;
    }
    bound_copies = copies;
    bound_is_set = true;
    return mbedguard_leave(&bound_guard, SETTING);
}

int mbedguard_rsa_get_max_copies(unsigned int *copies)
{
    int ret;

    if (copies == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *copies = 0;
    ret = mbedguard_enter(&bound_guard, SETTING, __func__);
    if (ret != 0) {
        return ret;
    }
    if (!bound_is_set) {
        bound_copies = processors();
        bound_is_set = true;
    }
    *copies = bound_copies;
    return mbedguard_leave(&bound_guard, SETTING);
}

#else

int mbedguard_rsa_set_max_copies(unsigned int copies)
{
    (void) copies;
    return 0;
}

int mbedguard_rsa_get_max_copies(unsigned int *copies)
{
    if (copies == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *copies = 0;
    return 0;
}

#endif

#define LOOK (MBEDGUARD_SHARED | MBEDGUARD_RANK_KEY | MBEDGUARD_IN_CALLBACK)

int mbedguard_rsa_count_copies(const struct mbedguard_rsa_context *key, unsigned int *copies)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(key);
    int ret, left;

    if (copies == NULL || key == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *copies = 0;
    ret = mbedguard_enter(guard, LOOK, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_rsa_pool_count((mbedguard_rsa_pool *) (uintptr_t) &key->pool, copies, __func__);
    left = mbedguard_leave(guard, LOOK);
    return ret != 0 ? ret : left;
}

#else

int mbedguard_rsa_set_max_copies(unsigned int copies)
{
    (void) copies;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_rsa_get_max_copies(unsigned int *copies)
{
    if (copies == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *copies = 0;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_rsa_count_copies(const struct mbedguard_rsa_context *key, unsigned int *copies)
{
    (void) key;
    return mbedguard_rsa_get_max_copies(copies);
}

#endif
