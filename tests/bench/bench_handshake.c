/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Full handshakes per second, by threads that share everything: each makes a client and a server of
 * the same two configurations, with one key, one CA and one generator, and runs both over memory.
 */
#include "bench/measure.h"
#include "bench/side.h"

#define MOST_THREADS 2

struct handshakes {
    const struct bench_side *side;
    enum bench_key key;
    unsigned threads;
};

struct share {
    const struct handshakes *of;
    unsigned count;
};

static void *shake_hands(void *context)
{
    const struct share *const share = (const struct share *) context;
    unsigned i;

    for (i = 0; i < share->count; i++)
        share->of->side->handshake(share->of->key);
    return NULL;
}

/* A thread of its own for one, too: locks are cheaper in a process that never had a second. */
static void work(void *data, unsigned count)
{
    const struct handshakes *const of = (const struct handshakes *) data;
    struct share shares[MOST_THREADS];
    unsigned i;

    for (i = 0; i < of->threads; i++) {
        shares[i].of = of;
        shares[i].count = count / of->threads;
    }
    bench_threads(of->threads, shake_hands, shares, sizeof(shares[0]));
}

int main(void)
{
    static const struct {
        const char *name;
        enum bench_key key;
        unsigned threads;
    } lines[] = {
        {"handshake-rsa-1t", BENCH_RSA, 1},
        {"handshake-rsa-2t", BENCH_RSA, 2},
        {"handshake-ec-1t", BENCH_EC, 1},
        {"handshake-ec-2t", BENCH_EC, 2},
    };
    unsigned i;

    bench_make_material();
    bench_raw.open();
    bench_guarded.open();
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct handshakes raw = {&bench_raw, lines[i].key, lines[i].threads};
        struct handshakes guarded = {&bench_guarded, lines[i].key, lines[i].threads};

        bench_compare(lines[i].name, work, &raw, work, &guarded);
    }
    bench_guarded.close();
    bench_raw.close();
    return 0;
}
