/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* No threads: nothing to set, nothing to be had. */
#include <mbedguard/threading.h>

#if defined(MBEDGUARD_THREADING_NONE)

unsigned mbedguard_threading_features(void)
{
#if defined(MBEDGUARD_LOCKCHECK)
    return MBEDGUARD_FEATURE_LOCKCHECK;
#else
    return 0;
#endif
}

int mbedguard_threading_set_alt(void (*mutex_init)(mbedguard_threading_mutex_t *),
                                void (*mutex_free)(mbedguard_threading_mutex_t *),
                                int (*mutex_lock)(mbedguard_threading_mutex_t *),
                                int (*mutex_unlock)(mbedguard_threading_mutex_t *))
{
    (void) mutex_init;
    (void) mutex_free;
    (void) mutex_lock;
    (void) mutex_unlock;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_threading_set_alt_ext(const mbedguard_threading_ops *ops)
{
    (void) ops;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

int mbedguard_threading_free_alt(void)
{
    return MBEDGUARD_ERR_UNSUPPORTED;
}

#endif
