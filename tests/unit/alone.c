/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A core with no library over it, for programs that have guards and nothing else: what the core calls
 * there does nothing. Not part of the library.
 */
#include "core/enter.h"

int mbedguard_library_start(void)
{
    return 0;
}

int mbedguard_library_locks(void *object, size_t size, unsigned rank)
{
    (void) object;
    (void) size;
    (void) rank;
    return 0;
}

void mbedguard_library_unlocks(void *object, size_t size, unsigned rank)
{
    (void) object;
    (void) size;
    (void) rank;
}

mbedguard_want mbedguard_library_locks_with(unsigned rank)
{
    const mbedguard_want nothing = {NULL, 0};

    (void) rank;
    return nothing;
}
