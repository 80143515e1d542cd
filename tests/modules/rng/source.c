/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Entropy that is none, but can be counted. */
#include "modules/rng/source.h"

#include <stdlib.h>
#include <string.h>

int source_func(void *context, unsigned char *output, size_t len)
{
    struct source *source = context;
    const unsigned call = atomic_fetch_add(&source->calls, 1) + 1;
    uint32_t dice = atomic_load(&source->constant) ? 77 : call * 2654435761u;
    size_t i;

    if (source->inside != NULL)
        source->inside(source->data);
    if (atomic_load(&source->works) != 0) {
        atomic_fetch_sub(&source->works, 1);
    } else if (atomic_load(&source->fails) != 0) {
        atomic_fetch_sub(&source->fails, 1);
        return -1;
    }
    for (i = 0; i < len; i++)
        output[i] = (unsigned char) (live_dice(&dice) >> 11);
    return 0;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, SOURCE_BLOCK);
}

void source_assert_different(unsigned char *blocks, size_t count)
{
    size_t i;

    qsort(blocks, count, SOURCE_BLOCK, compare);
    for (i = 1; i < count; i++)
        ck_assert_int_ne(compare(blocks + (i - 1) * SOURCE_BLOCK, blocks + i * SOURCE_BLOCK), 0);
}
