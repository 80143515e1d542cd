/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Which objects are counted, found by their address: _init is given storage that may hold anything,
 * and has to know whether an object with references lives there without reading it.
 */
#include <stdlib.h>

#include "core/keep.h"

#define FIRST_SIZE 64u
#define HINTS      256u

/* Protected by process.keep. */
static mbedguard_counted *first[FIRST_SIZE];
static mbedguard_counted **heads = first;
static size_t size = FIRST_SIZE;
static size_t count;

/* How many are near an address, read without the lock: most storage has none near. */
static uint32_t hints[HINTS];

static size_t hash(uintptr_t address)
{
    return (size_t) (address >> 4 ^ address >> 12 ^ address >> 20);
}

static mbedguard_counted **find_locked(uintptr_t address)
    MBEDGUARD_REQUIRES(mbedguard_process.keep);

static mbedguard_counted **find_locked(uintptr_t address)
{
    mbedguard_counted **link = &heads[hash(address) % size];

    while (*link != NULL && (uintptr_t) *link != address)
        link = &(*link)->chain;
    return link;
}

/* A table that cannot grow is slower, not wrong. */
static void grow_locked(void) MBEDGUARD_REQUIRES(mbedguard_process.keep);

static void grow_locked(void)
{
    size_t larger_size = size * 4;
    mbedguard_counted **larger = calloc(larger_size, sizeof(mbedguard_counted *));
    size_t i;

    if (larger == NULL)
        return;
    for (i = 0; i < size; i++) {
        while (heads[i] != NULL) {
            mbedguard_counted *counted = heads[i];
            mbedguard_counted **head = &larger[hash((uintptr_t) counted) % larger_size];

            heads[i] = counted->chain;
            counted->chain = *head;
            *head = counted;
        }
    }
    if (heads != first)
        free(heads);
    heads = larger;
    size = larger_size;
}

int mbedguard_counted_insert(mbedguard_counted *counted)
{
    mbedguard_counted **link;

    if (mbedguard_core_lock(&mbedguard_process.keep) != 0)
        return MBEDGUARD_ERR_THREADING;
    if (count >= size * 4)
        grow_locked();
    link = find_locked((uintptr_t) counted);
    counted->chain = NULL;
    *link = counted;
    count++;
    mbedguard_count_up(&hints[hash((uintptr_t) counted) % HINTS]);
    mbedguard_core_unlock(&mbedguard_process.keep);
    return 0;
}

bool mbedguard_counted_remove(mbedguard_counted *counted)
{
    if (!mbedguard_keep_lock())
        return false;
    *find_locked((uintptr_t) counted) = counted->chain;
    count--;
    mbedguard_count_down(&hints[hash((uintptr_t) counted) % HINTS]);
    mbedguard_keep_unlock();
    return true;
}

mbedguard_counted *mbedguard_counted_at_locked(const void *object, unsigned rank)
{
    mbedguard_counted *counted = *find_locked((uintptr_t) object - MBEDGUARD_COUNTED_HEADER);

    /* One without references waits to be freed by a thread that holds guards. */
    return counted != NULL && counted->type->rank == rank && counted->refs != 0 ? counted : NULL;
}

int mbedguard_counted_find(uintptr_t address)
{
    bool found;

    if (mbedguard_load(&hints[hash(address) % HINTS]) == 0)
        return 0;
    if (mbedguard_core_lock(&mbedguard_process.keep) != 0)
        return MBEDGUARD_ERR_THREADING;
    found = *find_locked(address) != NULL;
    mbedguard_core_unlock(&mbedguard_process.keep);
    return found;
}
