/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Where findings of the lock checker go. */
#include "core/lockcheck.h"

#if defined(MBEDGUARD_LOCKCHECK)

#include <stdio.h>
#include <stdlib.h>

static const char *const kind_text[] = {
    [MBEDGUARD_LOCKCHECK_ORDER] = "guards taken out of order",
    [MBEDGUARD_LOCKCHECK_REENTRY] = "a callback uses the object whose call runs it",
    [MBEDGUARD_LOCKCHECK_UPGRADE] = "exclusive access wanted under shared access",
    [MBEDGUARD_LOCKCHECK_NOT_LOCKED] = "unlocked by a thread that does not hold it",
    [MBEDGUARD_LOCKCHECK_FREED_HELD] = "freed under an explicit lock",
    [MBEDGUARD_LOCKCHECK_UNINITIALIZED] = "neither initialised nor zeroed",
    [MBEDGUARD_LOCKCHECK_THREAD_EXIT] = "a thread ended with a guard held",
    [MBEDGUARD_LOCKCHECK_CYCLE] = "objects would keep each other",
};

static void print_and_abort(const mbedguard_lockcheck_report *report, void *data)
{
    (void) data;
    (void) fprintf(stderr, "mbedguard: %s: guard %p at %s", kind_text[report->kind], report->guard,
                   report->where != NULL ? report->where : "?");
    if (report->other_guard != NULL || report->other_where != NULL)
        (void) fprintf(stderr, "; guard %p taken at %s", report->other_guard,
                       report->other_where != NULL ? report->other_where : "?");
    (void) fputc('\n', stderr);
    abort();
}

/* Set while there is one thread; read by all. */
static mbedguard_lockcheck_handler current_handler = print_and_abort;
static void *current_data;

void mbedguard_lockcheck_tell(mbedguard_lockcheck_kind kind, const void *guard, const char *where,
                              const void *other_guard, const char *other_where)
{
    mbedguard_lockcheck_report report = { kind, guard, where, other_guard, other_where };

    current_handler(&report, current_data);
}

int mbedguard_lockcheck_set_handler(mbedguard_lockcheck_handler handler, void *data)
{
    current_handler = handler != NULL ? handler : print_and_abort;
    current_data = data;
    return 0;
}

#else

int mbedguard_lockcheck_set_handler(mbedguard_lockcheck_handler handler, void *data)
{
    (void) handler;
    (void) data;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

#endif
