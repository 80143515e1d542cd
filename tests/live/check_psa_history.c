/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Threads make, use and destroy keys whose identifiers they share, and note what each call was told,
 * and between which ticks of a common clock. Is there an order of all calls, in keeping with the
 * clock, in which a store of one thread would have told the same? An identifier is independent of all
 * others: it names a key, or none; it is given out while it names none; a use or a destroy succeeds
 * while it names one. So each identifier's history is looked at by itself.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "live/live_psa.h"

#define THREADS 4
#define STEPS   1500
#define SHARED  3

enum kind { MAKE, USE, END };

struct call {
    psa_key_id_t key;
    enum kind kind;
    bool succeeded;
    uint32_t from, to; /* ticks before and after it */
};

struct history {
    struct call calls[2 * STEPS]; /* of one thread, in its order */
    unsigned count;
};

static struct history histories[THREADS];
static _Atomic uint32_t ticks;
static _Atomic psa_key_id_t shared[SHARED];

/* ---- The calls ------------------------------------------------------------------------------- */

static psa_status_t do_call(struct history *mine, enum kind kind, psa_key_id_t *key)
{
    struct call *const call = &mine->calls[mine->count++];
    psa_status_t status;

    call->kind = kind;
    call->from = atomic_fetch_add(&ticks, 1);
    status = kind == MAKE  ? live_psa_import(0, key)
             : kind == USE ? live_psa_encrypt(*key)
                           : mbedguard_psa_destroy_key(*key);
    call->to = atomic_fetch_add(&ticks, 1);
    call->key = *key;
    call->succeeded = status == PSA_SUCCESS;
    LIVE_EQ(status == PSA_SUCCESS || (kind != MAKE && live_psa_is_gone(status)), 1);
    return status;
}

static void make_use_or_end(unsigned number, void *data)
{
    struct history *const mine = &histories[number];
    const unsigned steps = live_rounds(STEPS);
    uint32_t dice = number + 1;
    psa_key_id_t key;
    unsigned i;

    (void) data;
    mine->count = 0;
    for (i = 0; i < steps && !live_failed(); i++) {
        _Atomic psa_key_id_t *const place = &shared[live_dice(&dice) % SHARED];

        switch (live_dice(&dice) % 4) {
        case 0:
            (void) do_call(mine, MAKE, &key);
            /* What stood there ends now, if it did not before. */
            key = atomic_exchange(place, key);
            if (key != 0)
                (void) do_call(mine, END, &key);
            break;
        case 1:
            key = atomic_load(place);
            if (key != 0)
                (void) do_call(mine, END, &key);
            break;
        default:
            key = atomic_load(place);
            if (key != 0)
                (void) do_call(mine, USE, &key);
            break;
        }
    }
}

/* ---- Is there an order? ---------------------------------------------------------------------- */

/* Of one identifier: the calls of each thread, and how far an order came. */
struct search {
    const struct call *calls[THREADS][2 * STEPS];
    unsigned count[THREADS];
    uint64_t *seen; /* states that were looked at, hashed; 0 is none */
    size_t size, used;
    uint64_t *stack; /* states that are still to be looked at */
    size_t depth;
};

#define BITS 12 /* of a thread's place in its calls */
_Static_assert(2 * STEPS < 1u << BITS, "room");

static unsigned place_of(uint64_t state, unsigned thread)
{
    return (unsigned) (state >> (BITS * thread)) & ((1u << BITS) - 1);
}

#define NAMES_A_KEY (UINT64_C(1) << 62)
#define IS_STATE    (UINT64_C(1) << 63)

static void note_state(struct search *s, uint64_t state)
{
    size_t at = (size_t) ((state * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (s->size - 1);

    while (s->seen[at] != 0 && s->seen[at] != state)
        at = (at + 1) & (s->size - 1);
    if (s->seen[at] == state)
        return;
    ck_assert_msg(++s->used < s->size, "the history is too long for its table");
    s->seen[at] = state;
    s->stack[s->depth++] = state;
}

/* The state after a thread's next call, or 0 if that cannot come next. */
static uint64_t step(const struct search *s, uint64_t state, unsigned thread)
{
    const unsigned place = place_of(state, thread);
    const bool names_a_key = (state & NAMES_A_KEY) != 0;
    const struct call *call;
    unsigned other;

    if (place == s->count[thread])
        return 0;
    call = s->calls[thread][place];
    for (other = 0; other < THREADS; other++) {
        const unsigned there = place_of(state, other);

        if (other != thread && there < s->count[other] &&
            s->calls[other][there]->to < call->from)
            return 0;
    }
    if (call->succeeded != (call->kind == MAKE ? !names_a_key : names_a_key))
        return 0;
    state += UINT64_C(1) << (BITS * thread);
    if (call->kind == MAKE)
        state |= NAMES_A_KEY;
    else if (call->kind == END)
        state &= ~NAMES_A_KEY;
    return state;
}

static bool is_end(const struct search *s, uint64_t state)
{
    unsigned thread;

    for (thread = 0; thread < THREADS; thread++)
        if (place_of(state, thread) != s->count[thread])
            return false;
    return true;
}

static bool has_order(psa_key_id_t key)
{
    static struct search s;
    bool found = false;
    unsigned thread, i;

    s.size = (size_t) 1 << 20;
    s.seen = calloc(s.size, sizeof(*s.seen));
    s.stack = calloc(s.size, sizeof(*s.stack));
    ck_assert(s.seen != NULL && s.stack != NULL);
    s.used = s.depth = 0;
    for (thread = 0; thread < THREADS; thread++) {
        s.count[thread] = 0;
        for (i = 0; i < histories[thread].count; i++)
            if (histories[thread].calls[i].key == key)
                s.calls[thread][s.count[thread]++] = &histories[thread].calls[i];
    }
    note_state(&s, IS_STATE);
    while (s.depth > 0 && !found) {
        const uint64_t state = s.stack[--s.depth];

        found = is_end(&s, state);
        for (thread = 0; thread < THREADS; thread++) {
            const uint64_t next = step(&s, state, thread);

            if (next != 0)
                note_state(&s, next);
        }
    }
    free(s.seen);
    free(s.stack);
    return found;
}

/* Whether every identifier that occurs has an order. */
static bool all_have_order(void)
{
    psa_key_id_t known[256];
    unsigned count = 0, thread, i, k;

    for (thread = 0; thread < THREADS; thread++) {
        for (i = 0; i < histories[thread].count; i++) {
            const psa_key_id_t key = histories[thread].calls[i].key;

            for (k = 0; k < count && known[k] != key; k++)
                ;
            if (k < count)
                continue;
            ck_assert_uint_lt(count, 256);
            known[count++] = key;
            if (!has_order(key))
                return false;
        }
    }
    return true;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void record(void)
{
    unsigned i;

    atomic_store(&ticks, 1);
    for (i = 0; i < SHARED; i++)
        atomic_store(&shared[i], 0);
    live_threads(THREADS, make_use_or_end, NULL);
    for (i = 0; i < SHARED; i++) {
        const psa_key_id_t key = atomic_load(&shared[i]);
        const psa_status_t status = key != 0 ? mbedguard_psa_destroy_key(key) : PSA_SUCCESS;

        ck_assert(status == PSA_SUCCESS || live_psa_is_gone(status));
    }
}

START_TEST(histories_have_an_order)
{
    const unsigned times = live_rounds(25);
    unsigned i;

    for (i = 0; i < times; i++) {
        record();
        ck_assert(all_have_order());
        live_psa_assert_slots(0);
    }
}
END_TEST

/* A store that is broken would give such a history: what is asked above must not pass it. */
START_TEST(a_wrong_history_has_none)
{
    struct call *call = NULL;
    unsigned i;

    record();
    for (i = 0; call == NULL && i < histories[0].count; i++)
        if (histories[0].calls[i].kind == MAKE)
            call = &histories[0].calls[i];
    ck_assert_ptr_nonnull(call);
    /* A key that was made twice without an end in between; and one that was never made. */
    call->kind = END;
    ck_assert(!all_have_order());
    call->kind = MAKE;
    ck_assert(all_have_order());
    call->succeeded = false;
    ck_assert(!all_have_order());
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("psa history");
    TCase *tc = live_psa_case(suite, "histories");

    tcase_add_test(tc, histories_have_an_order);
    tcase_add_test(tc, a_wrong_history_has_none);
    return live_run(suite);
}
