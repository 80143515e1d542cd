/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Guarded objects and plain buffers that calls are made with: the same few addresses for all tests. */
#include <stdio.h>
#include <stdlib.h>

#include "wrap/wrap.h"

#define OBJECT_SIZE 65536 /* the entropy context of 2.28 is the largest */

static _Alignas(64) unsigned char objects[WRAP_POOL][OBJECT_SIZE];
static _Alignas(64) unsigned char buffers[WRAP_PARAMS][WRAP_BUFFER];
static const wrap_type *types[WRAP_POOL];

/* Every pointer in it points to its own beginning, so one can be followed to any depth. */
static _Alignas(64) unsigned char maze[WRAP_BUFFER];

void *pool_object(unsigned i)
{
    return objects[i];
}

mbedguard_guard *wrap_guard(void *object, const wrap_type *type)
{
    return (mbedguard_guard *) (void *) ((unsigned char *) object + type->size -
                                         sizeof(mbedguard_guard));
}

mbedguard_guard *pool_guard(unsigned i, const wrap_type *type)
{
    return wrap_guard(objects[i], type);
}

void pool_use(unsigned i, const wrap_type *type)
{
    if (type != NULL && type->size > OBJECT_SIZE) {
        fprintf(stderr, "%s: larger than the storage for objects\n", type->name);
        exit(3);
    }
    types[i] = type;
}

static unsigned char pattern(unsigned buffer, size_t i)
{
    return (unsigned char) (buffer * 16 + 3 + i * 7);
}

void pool_reset(void)
{
    unsigned n;
    size_t i;

    for (n = 0; n < WRAP_POOL; n++) {
        if (types[n] == NULL)
            continue;
        mbedguard_keep_release(pool_guard(n, types[n]), MBEDGUARD_SLOT_ALL);
        memset(objects[n], 0, types[n]->size);
        types[n] = NULL;
    }
    for (n = 0; n < WRAP_PARAMS; n++) {
        for (i = 0; i < 128; i++)
            buffers[n][i] = pattern(n, i);
    }
}

unsigned char *pool_buffer(unsigned i)
{
    return buffers[i];
}

bool pool_buffer_untouched(unsigned i, size_t from)
{
    for (; from < 128; from++) {
        if (buffers[i][from] != pattern(i, from))
            return false;
    }
    return true;
}

static void fill_with_pointers(unsigned char *storage, size_t size)
{
    void *const pointer = maze;
    size_t i;

    for (i = 0; i + sizeof pointer <= size; i += sizeof pointer)
        memcpy(storage + i, &pointer, sizeof pointer);
}

void pool_fill(unsigned i, const wrap_type *type)
{
    fill_with_pointers(maze, sizeof maze);
    fill_with_pointers(objects[i], type->raw_size);
}

uint64_t wrap_acquisitions(mbedguard_guard *guard, unsigned rank)
{
    mbedguard_counters counters = {0, 0};

    if (mbedguard_object_counters(guard, sizeof *guard, rank, &counters, "test") != 0)
        return UINT64_MAX;
    return counters.acquisitions;
}
