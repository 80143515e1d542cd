/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The state of the process, and its start by the first thread that takes a guard. */
#include "core/enter.h"
#include "core/process.h"

#if defined(MBEDGUARD_THREADING_NONE)

mbedguard_process_state mbedguard_process;

#else

mbedguard_process_state mbedguard_process = {
    .start = MBEDGUARD_MUTEX_INITIALIZER,
    .claim = MBEDGUARD_MUTEX_INITIALIZER,
    .keep = MBEDGUARD_MUTEX_INITIALIZER,
    .quick_magic = MBEDGUARD_MAGIC,
    .quick_zero = 0,
};

void mbedguard_set_slow(uint32_t reasons)
{
    mbedguard_process.slow = reasons;
    /* No guard begins like this. */
    mbedguard_process.quick_magic = reasons == 0 ? MBEDGUARD_MAGIC : ~MBEDGUARD_MAGIC;
    mbedguard_process.quick_zero = reasons == 0 ? 0 : ~MBEDGUARD_MAGIC;
}

static int start_locked(mbedguard_thread *self) MBEDGUARD_REQUIRES(mbedguard_process.start);

static int start_locked(mbedguard_thread *self)
{
    int ret;

    if (mbedguard_process.started)
        return 0;
    /* What it does may take guards. */
    self->starting = true;
    ret = mbedguard_thread_start();
    if (ret == 0)
        ret = mbedguard_library_start();
    self->starting = false;
    if (ret == 0)
        mbedguard_process.started = true;
    return ret;
}

int mbedguard_start(mbedguard_thread *self)
{
    int ret;

    if (self->started || self->starting)
        return 0;
    if (mbedguard_core_lock(&mbedguard_process.start) != 0)
        return MBEDGUARD_ERR_THREADING;
    ret = start_locked(self);
    mbedguard_core_unlock(&mbedguard_process.start);
    if (ret != 0)
        return ret;
    if (self->holds == NULL) {
        self->holds = self->inline_holds;
        self->capacity = MBEDGUARD_HOLDS_INLINE;
    }
    self->started = true;
    return 0;
}

#endif
