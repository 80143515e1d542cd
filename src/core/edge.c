/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The table of edges: two hash tables that grow, by keeper and by kept. */
#include <stdlib.h>

#include "core/keep.h"

#define FIRST_SIZE 64u

/* Protected by process.keep. */
static struct table {
    mbedguard_edge **heads;
    size_t size;
    size_t count;
    mbedguard_edge *first[FIRST_SIZE];
} tables[2] = {
    { .heads = tables[0].first, .size = FIRST_SIZE },
    { .heads = tables[1].first, .size = FIRST_SIZE },
};

uint32_t mbedguard_edge_hints[2][MBEDGUARD_HINTS];

static const mbedguard_guard *guard_of(const mbedguard_edge *edge, unsigned by)
{
    return by == MBEDGUARD_BY_KEEPER ? edge->keeper : edge->kept;
}

/*
 * Edges to configurations and generators are looked for from the keeper only: a hundred thousand
 * connections that keep one configuration are no burden to anybody. But for busy ones, which are few.
 */
static bool is_indexed(const mbedguard_edge *edge, unsigned by)
{
    return by == MBEDGUARD_BY_KEEPER || mbedguard_rank_is_kept(edge->kept_rank) ||
           edge->keeper_rank == edge->kept_rank || edge->busy;
}

static void push(mbedguard_edge **head, mbedguard_edge *edge, unsigned by)
{
    edge->next[by] = *head;
    edge->link[by] = head;
    if (*head != NULL)
        (*head)->link[by] = &edge->next[by];
    *head = edge;
}

/* A table that cannot grow is slower, not wrong. */
static void grow(struct table *table, unsigned by)
{
    size_t size = table->size * 4;
    mbedguard_edge **heads = calloc(size, sizeof(*heads));
    size_t i;

    if (heads == NULL)
        return;
    for (i = 0; i < table->size; i++) {
        mbedguard_edge *edge = table->heads[i];

        while (edge != NULL) {
            mbedguard_edge *next = edge->next[by];

            push(&heads[mbedguard_edge_hash(guard_of(edge, by)) % size], edge, by);
            edge = next;
        }
    }
    if (table->heads != table->first)
        free(table->heads);
    table->heads = heads;
    table->size = size;
}

void mbedguard_edge_insert_locked(mbedguard_edge *edge)
{
    unsigned by;

    for (by = 0; by < 2; by++) {
        struct table *table = &tables[by];
        size_t hash = mbedguard_edge_hash(guard_of(edge, by));

        if (!is_indexed(edge, by))
            continue;
        if (table->count >= table->size * 4)
            grow(table, by);
        table->count++;
        push(&table->heads[hash % table->size], edge, by);
        mbedguard_count_up(&mbedguard_edge_hints[by][hash % MBEDGUARD_HINTS]);
    }
}

void mbedguard_edge_remove_locked(mbedguard_edge *edge)
{
    unsigned by;

    for (by = 0; by < 2; by++) {
        if (!is_indexed(edge, by))
            continue;
        tables[by].count--;
        *edge->link[by] = edge->next[by];
        if (edge->next[by] != NULL)
            edge->next[by]->link[by] = edge->link[by];
        mbedguard_count_down(&mbedguard_edge_hints[by][mbedguard_edge_hash(guard_of(edge, by)) %
                                                       MBEDGUARD_HINTS]);
    }
}

static mbedguard_edge *same_guard(mbedguard_edge *edge, const mbedguard_guard *guard, unsigned by)
{
    while (edge != NULL && guard_of(edge, by) != guard)
        edge = edge->next[by];
    return edge;
}

mbedguard_edge *mbedguard_edge_first_locked(const mbedguard_guard *guard, unsigned by)
{
    const struct table *table = &tables[by];

    return same_guard(table->heads[mbedguard_edge_hash(guard) % table->size], guard, by);
}

mbedguard_edge *mbedguard_edge_next_locked(const mbedguard_edge *edge, unsigned by)
{
    return same_guard(edge->next[by], guard_of(edge, by), by);
}
