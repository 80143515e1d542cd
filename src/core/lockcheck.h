/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The lock checker: tells of misuse, with both places, at the point where the error code is made.
 * Never called with a lock of the core held.
 */
#ifndef MBEDGUARD_CORE_LOCKCHECK_H
#define MBEDGUARD_CORE_LOCKCHECK_H

#include <mbedguard/guard.h>

#if defined(MBEDGUARD_LOCKCHECK)
void mbedguard_lockcheck_tell(mbedguard_lockcheck_kind kind, const void *guard, const char *where,
                              const void *other_guard, const char *other_where);
#else
static inline void mbedguard_lockcheck_tell(mbedguard_lockcheck_kind kind, const void *guard,
                                            const char *where, const void *other_guard,
                                            const char *other_where)
{
    (void) kind;
    (void) guard;
    (void) where;
    (void) other_guard;
    (void) other_where;
}
#endif

#endif /* MBEDGUARD_CORE_LOCKCHECK_H */
