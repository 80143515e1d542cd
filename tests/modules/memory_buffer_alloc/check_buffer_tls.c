/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * TLS on the buffer. Where Mbed TLS can be given functions to allocate with it has ours; elsewhere
 * calloc() of this program is ours. And what a thousand handshakes take and give back, recorded here
 * and now, has room in a smaller buffer than first fit needs.
 */
#include <stdio.h>

#include "modules/memory_buffer_alloc/buffer.h"
#include "modules/memory_buffer_alloc/first_fit.h"
#include "modules/memory_buffer_alloc/heap.h"
#include "modules/memory_buffer_alloc/interpose.h"
#include "modules/memory_buffer_alloc/upstream_fit.h"

#if defined(MBEDTLS_PLATFORM_MEMORY) &&                                                            \
    !(defined(MBEDTLS_PLATFORM_CALLOC_MACRO) && defined(MBEDTLS_PLATFORM_FREE_MACRO))
#define SET_BY_INIT 1
#else
#define SET_BY_INIT 0
#endif

#define THREADS    2
#define POOL       6
#define HANDSHAKES 1000
#define FULL_EVERY 20 /* the others resume a session */

static mbedguard_ssl_config client, server;
static mbedguard_ssl_ticket_context tickets;
static mbedguard_x509_crt crt;
static mbedguard_pk_context key;

static void configure(void)
{
    ck_assert_int_eq(live_config(&client, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server, MBEDTLS_SSL_IS_SERVER, false), 0);
    live_identity(&crt, &key, 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client, &crt, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server, &crt, &key), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&tickets), 0);
    ck_assert_int_eq(live_ticket_setup(&tickets, 86400), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_session_tickets_cb(&server, mbedguard_ssl_ticket_write,
                                                           mbedguard_ssl_ticket_parse, &tickets),
                     0);
}

static void deconfigure(void)
{
    ck_assert_int_eq(mbedguard_ssl_config_free(&client), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&tickets), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
}

static void serve(bool on)
{
    if (!SET_BY_INIT)
        memory_serve(on, buffer_start(), buffer_size());
}

static void handshakes(unsigned number, void *data)
{
    unsigned i;

    (void) number;
    (void) data;
    serve(true);
    for (i = 0; i < live_rounds(20) && !live_failed(); i++)
        LIVE_EQ(live_pair_once(&client, &server, "first"), 0);
    serve(false);
}

/* All of Mbed TLS's objects, and those of the library, in a buffer; then it is empty again. */
START_TEST(test_tls_in_the_buffer)
{
    size_t allocs = 0, frees = 0;

    if (!SET_BY_INIT && !memory_can_interpose())
        return;
    buffer_begin(2u << 20, 0);
    serve(true);
    live_setup();
    configure();
    serve(false);
    live_threads(THREADS, handshakes, NULL);
    live_assert_none();
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
    serve(true);
    deconfigure();
    live_teardown();
    serve(false);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_count_get(&allocs, &frees), 0);
    ck_assert_uint_ge(allocs, 1000);
    buffer_assert_no_findings();
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
#if SET_BY_INIT
    buffer_end();
#endif
}
END_TEST

/*
 * No more room than that: in a buffer of this length or, where all of Mbed TLS's objects are in one, in what
 * an object leaves of it.
 */
static void *leave_room(size_t len)
{
#if SET_BY_INIT
    void *const rest = mbedguard_memory_buffer_calloc(1, buffer_longest() - len);

    ck_assert_ptr_nonnull(rest);
    return rest;
#else
    buffer_begin(len, 0);
    return NULL;
#endif
}

static void end_room(void *rest)
{
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
    buffer_assert_no_findings();
#if SET_BY_INIT
    mbedguard_memory_buffer_free(rest);
#else
    ck_assert_ptr_null(rest);
    buffer_drop();
#endif
}

static size_t in_use(void)
{
    size_t used, blocks;

    ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(&used, &blocks), 0);
    return used;
}

/* Returns the first error of a handshake in so much room, having given all back. */
static int shake_hands_in(size_t len)
{
    struct live_pair pair;
    void *const rest = leave_room(len);
    const size_t before = in_use();
    int ret, other;

    serve(true);
    ret = live_pair_setup(&pair, &client, &server, "first");
    if (ret == 0) {
        live_pair_handshake(&pair, &ret, &other);
        ret = ret != 0 ? ret : other;
    }
    live_pair_free(&pair);
    serve(false);
    ck_assert_uint_eq(in_use(), before);
    end_room(rest);
    return ret;
}

/* Handshakes that do not fit fail as for want of memory, and all is given back. */
START_TEST(test_tls_without_room)
{
    unsigned failed = 0;
    size_t len;

    if (!SET_BY_INIT && !memory_can_interpose())
        return;
#if SET_BY_INIT
    buffer_begin(2u << 20, 0);
#endif
    live_setup();
    configure();
#if SET_BY_INIT
    /* A generator and what is filled on first use are there already, as elsewhere. */
    ck_assert_int_eq(live_pair_once(&client, &server, "first"), 0);
#endif
    for (len = 2000; shake_hands_in(len) != 0; len += len / 3) {
        failed++;
        ck_assert_uint_lt(len, 400000);
    }
    ck_assert_uint_gt(failed, 0);
    deconfigure();
    live_teardown();
#if SET_BY_INIT
    buffer_end();
#endif
}
END_TEST

/* ---- Loss ------------------------------------------------------------------------------------- */

static struct memory_trace trace;
static void *objects[1u << 16];

static int shake_hands(struct live_pair *pair, const mbedguard_ssl_session *session)
{
    int ret = live_pair_setup(pair, &client, &server, "first");
    int other = 0;

    if (ret == 0 && session != NULL)
        ret = mbedguard_ssl_set_session(&pair->client, session);
    if (ret == 0)
        live_pair_handshake(pair, &ret, &other);
    return ret != 0 ? ret : other;
}

/* Connections overlap: one that ends at random makes place for the next. */
static void record_handshakes(void)
{
    static struct live_pair pool[POOL];
    bool is_open[POOL] = {false};
    mbedguard_ssl_session session;
    uint32_t dice = 2026;
    unsigned i, at;

    mbedguard_ssl_session_init(&session);
    memory_record(&trace);
    for (i = 0; i < HANDSHAKES; i++) {
        at = live_dice(&dice) % POOL;
        if (is_open[at])
            live_pair_free(&pool[at]);
        is_open[at] = true;
        ck_assert_int_eq(shake_hands(&pool[at], i % FULL_EVERY == 0 ? NULL : &session), 0);
        if (i == 0)
            ck_assert_int_eq(mbedguard_ssl_get_session(&pool[at].client, &session), 0);
    }
    for (at = 0; at < POOL; at++)
        if (is_open[at])
            live_pair_free(&pool[at]);
    mbedguard_ssl_session_free(&session);
    memory_record_end();
}

/* Whether all of it had room. */
static bool replay(void *(*take)(size_t count, size_t size), void (*give)(void *object))
{
    bool fits = true;
    size_t i;

    for (i = 0; fits && i < trace.count; i++) {
        const struct memory_event event = trace.events[i];

        if (event.size == 0) {
            give(objects[event.object]);
            objects[event.object] = NULL;
        } else {
            objects[event.object] = take(1, event.size);
            fits = objects[event.object] != NULL;
        }
    }
    for (i = 0; i < trace.objects; i++) {
        give(objects[i]);
        objects[i] = NULL;
    }
    return fits;
}

static unsigned char *room(void)
{
    static _Alignas(64) unsigned char bytes[2u << 20];

    return bytes;
}

static bool fits_ours(size_t len)
{
    bool fits;

    ck_assert_int_eq(mbedguard_memory_buffer_alloc_init(room(), len), 0);
    fits = replay(mbedguard_memory_buffer_calloc, mbedguard_memory_buffer_free);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_free(), 0);
    return fits;
}

static bool fits_first_fit(size_t len)
{
    first_fit_init(room(), len);
    return replay(first_fit_calloc, first_fit_free);
}

static bool fits_upstream(size_t len)
{
    bool fits;

    upstream_fit_init(room(), len);
    fits = replay(upstream_fit_calloc, upstream_fit_free);
    upstream_fit_end();
    return fits;
}

/* The smallest multiple of 512 bytes, if more room is never worse. */
static size_t smallest(bool (*fits)(size_t len))
{
    size_t least = 512, most = 2u << 20;

    ck_assert(fits(most));
    while (most - least > 512) {
        const size_t middle = least + (most - least) / 1024 * 512;

        if (fits(middle))
            most = middle;
        else
            least = middle;
    }
    return most;
}

/* And what stands for Mbed TLS's allocator where it is not there does as it does, where it is. */
START_TEST(test_no_more_than_first_fit)
{
    size_t ours, theirs;

    if (!memory_can_interpose())
        return;
    upstream_fit_none();
    live_setup();
    configure();
    record_handshakes();
    deconfigure();
    live_teardown();
    ck_assert_uint_le(trace.objects, sizeof(objects) / sizeof(objects[0]));
    ck_assert_uint_ge(trace.count, 50u * HANDSHAKES);
    /* With what each has beside the buffer. */
    ours = smallest(fits_ours) + sizeof(mbedguard_memory);
    theirs = smallest(fits_first_fit);
    if (upstream_fit_is_there())
        ck_assert_uint_eq(smallest(fits_upstream), theirs);
    theirs += first_fit_fixed_size();
    printf("%u handshakes, %zu events: %zu bytes, first fit %zu\n", HANDSHAKES, trace.count, ours,
           theirs);
    ck_assert_uint_le(ours, theirs);
    memory_trace_free(&trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buffer tls");
    TCase *tc = tcase_create("buffer tls");

    tcase_set_timeout(tc, LIVE_SECONDS);
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, test_tls_in_the_buffer);
    tcase_add_test(tc, test_tls_without_room);
    tcase_add_test(tc, test_no_more_than_first_fit);
    return live_run(suite);
}
