/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Where misuse of the allocator is told: its free() has no result. */
#include <stdio.h>
#include <stdlib.h>

#include "modules/memory_buffer_alloc/heap.h"

static const char *text_of(mbedguard_memory_fault fault)
{
    switch (fault) {
    case MBEDGUARD_MEMORY_FAULT_FOREIGN:
        return "freed, but not an object of the buffer";
    case MBEDGUARD_MEMORY_FAULT_FREED_TWICE:
        return "freed twice";
    case MBEDGUARD_MEMORY_FAULT_DAMAGED:
        return "overwritten, or no object begins here";
    case MBEDGUARD_MEMORY_FAULT_NO_BUFFER:
        return "freed while there is no buffer";
    case MBEDGUARD_MEMORY_FAULT_LOCK:
        return "a lock failed: lost";
    case MBEDGUARD_MEMORY_FAULT_NONE:
        break;
    }
    return "";
}

static void print_and_abort(mbedguard_memory_fault fault, const void *object, void *data)
{
    (void) data;
    (void) fprintf(stderr, "mbedguard: memory_buffer_alloc: %p: %s\n", object, text_of(fault));
    abort();
}

/* Set while there is one thread; read by all. */
static mbedguard_memory_handler current_handler = print_and_abort;
static void *current_data;

int mbedguard_memory_buffer_set_handler(mbedguard_memory_handler handler, void *data)
{
    current_handler = handler != NULL ? handler : print_and_abort;
    current_data = data;
    return 0;
}

void mbedguard_memory_find(mbedguard_memory_finding *finding, mbedguard_memory_fault fault,
                           const void *object)
{
    if (finding->fault != MBEDGUARD_MEMORY_FAULT_NONE)
        return;
    finding->fault = fault;
    finding->object = object;
}

void mbedguard_memory_tell(const mbedguard_memory_finding *finding)
{
    if (finding->fault != MBEDGUARD_MEMORY_FAULT_NONE)
        current_handler(finding->fault, finding->object, current_data);
}
