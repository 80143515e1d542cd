/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Tickets beside Mbed TLS's own, from one thread: the same bytes, keys and results, and what is refused.
 */
#include <string.h>

#include "modules/ssl_ticket/ticket.h"
#include "tickets.h"

static mbedguard_ssl_ticket_context ours;
static mbedtls_ssl_ticket_context raw;
static struct source our_source, raw_source;
static bool raw_keeps_up; /* is Mbed TLS's own to be compared with */
static bool may_age;      /* before it is opened */

static void set_up_both(mbedtls_cipher_type_t cipher, uint32_t lifetime)
{
    memset(&our_source, 0, sizeof our_source);
    memset(&raw_source, 0, sizeof raw_source);
    raw_keeps_up = true;
    may_age = false;
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&ours), 0);
    mbedtls_ssl_ticket_init(&raw);
    ck_assert_int_eq(
        mbedguard_ssl_ticket_setup(&ours, source_draw, &our_source, cipher, lifetime), 0);
    ck_assert_int_eq(mbedtls_ssl_ticket_setup(&raw, source_draw, &raw_source, cipher, lifetime), 0);
}

static void free_both(void)
{
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&ours), 0);
    mbedtls_ssl_ticket_free(&raw);
    atomic_store(&ticket_clock, 0);
}

/* With 3.x tickets age by a clock of milliseconds that is not ours: those of a short life any time. */
static bool is_of_age(int ret)
{
    return may_age && ret == MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
}

static void assert_opened(int ret, uint32_t found, uint32_t content)
{
    if (is_of_age(ret))
        return;
    ck_assert_int_eq(ret, 0);
    ck_assert_uint_eq(found, content);
}

static void open_alone(uint32_t content, const struct ticket *ticket)
{
    uint32_t found = 0;
    const int ret = ticket_open(&ours, ticket, &found);

    assert_opened(ret, found, content);
}

/* Both seal the same, and each opens what the other sealed. */
static void compare(uint32_t content)
{
    struct ticket by_us, by_raw;
    uint32_t found = 0;
    int ret;

    memset(&by_us, 0, sizeof by_us);
    memset(&by_raw, 0, sizeof by_raw);
    ck_assert_int_eq(ticket_seal(&ours, content, &by_us), 0);
    if (!raw_keeps_up) {
        open_alone(content, &by_us);
        return;
    }
    ck_assert_int_eq(ticket_seal_raw(&raw, content, &by_raw), 0);
    ck_assert_uint_eq(by_us.lifetime, by_raw.lifetime);
    ck_assert_uint_eq(by_us.length, by_raw.length);
#if !LIVE_V3 /* there a session has the millisecond in it */
    ck_assert_int_eq(memcmp(by_us.bytes, by_raw.bytes, by_us.length), 0);
#endif
    ret = ticket_open_raw(&raw, &by_us, &found);
    assert_opened(ret, found, content);
    open_alone(content, &by_raw);
}

/* Our result, which is Mbed TLS's where that can have one. */
static int open_both(const struct ticket *ticket)
{
    uint32_t found;
    const int ret = ticket_open(&ours, ticket, &found);
    const int raw_ret = raw_keeps_up ? ticket_open_raw(&raw, ticket, &found) : ret;

    ck_assert(raw_ret == ret || is_of_age(raw_ret));
    return ret;
}

/* Seal by ours; Mbed TLS's draws as much. */
static void seal_both(uint32_t content, struct ticket *ticket)
{
    if (raw_keeps_up)
        ck_assert_int_eq(ticket_seal_raw(&raw, content, ticket), 0);
    ck_assert_int_eq(ticket_seal(&ours, content, ticket), 0);
}

static void compare_draws(unsigned calls)
{
    ck_assert_uint_eq(our_source.calls, calls);
    if (raw_keeps_up)
        ck_assert_uint_eq(raw_source.calls, calls);
}

START_TEST(same_as_raw)
{
    static const mbedtls_cipher_type_t ciphers[] = {
        MBEDTLS_CIPHER_AES_128_GCM, MBEDTLS_CIPHER_AES_256_GCM, MBEDTLS_CIPHER_AES_128_CCM,
        MBEDTLS_CIPHER_AES_256_CCM};

    atomic_store(&ticket_clock, 1000000);
    set_up_both(ciphers[_i], 60);
    compare(1);
    compare(2);
    free_both();
}
END_TEST

/* By lifetime: each key at the moment at which Mbed TLS makes it, with the bytes that it takes. */
START_TEST(renewed_as_raw)
{
    static const long steps[] = {0, 59, 1, 1, 58, 1, 60, 60, 600, -1, 0, 59, 1};
    static const bool renews[] = {false, false, true, false, false, true, true,
                                  true,  true,  true, false, false, true};
    struct ticket before, now;
    unsigned i, calls;
    int ret;

    atomic_store(&ticket_clock, 1000000);
    set_up_both(MBEDTLS_CIPHER_AES_256_GCM, 60);
    raw_keeps_up = RAW_RENEWS;
    seal_both(0, &before);
    calls = our_source.calls;
    for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        atomic_fetch_add(&ticket_clock, steps[i]);
        compare(i);
        /* A name and a key; and a nonce for each ticket. */
        calls += renews[i] ? 3 : 1;
        compare_draws(calls);
        seal_both(i, &now);
        compare_draws(++calls);
        ret = open_both(&before);
#if !LIVE_V3
        ck_assert_int_eq(ret, steps[i] < 0 || steps[i] > 60 ? MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED : 0);
#else
        (void) ret;
#endif
        before = now;
    }
    if (raw_keeps_up)
        ck_assert_int_eq(memcmp(ours.unguarded.MBEDTLS_PRIVATE(keys)[0].MBEDTLS_PRIVATE(name),
                                raw.MBEDTLS_PRIVATE(keys)[0].MBEDTLS_PRIVATE(name), 4),
                         0);
    free_both();
}
END_TEST

/* A lifetime of one second, and of none, at each edge. */
START_TEST(short_lives)
{
    const uint32_t lifetime = (uint32_t) _i;
    struct ticket ticket;
    int step, ret;

    atomic_store(&ticket_clock, 1000000);
    set_up_both(MBEDTLS_CIPHER_AES_256_GCM, lifetime);
    raw_keeps_up = RAW_RENEWS || lifetime == 0;
    may_age = LIVE_V3;
    for (step = 0; step < 4; step++) {
        compare(7);
        seal_both(7, &ticket);
        atomic_fetch_add(&ticket_clock, step);
        ret = open_both(&ticket);
#if !LIVE_V3
        ck_assert_int_eq(ret, step > _i ? MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED : 0);
#else
        (void) ret;
#endif
        compare_draws(our_source.calls);
    }
    free_both();
}
END_TEST

#if !LIVE_V3 && defined(MBEDTLS_HAVE_TIME)
/* The age of a ticket whose key is there: as Mbed TLS has it, to the second. */
START_TEST(ages_as_raw)
{
    static const long ages[] = {0, 59, 60, 61, -1};
    struct ticket by_us;

    atomic_store(&ticket_clock, 1000000);
    set_up_both(MBEDTLS_CIPHER_AES_256_GCM, 60);
    /* The key after this one is due when the ticket is as old. */
    raw_keeps_up = RAW_RENEWS;
    atomic_store(&ticket_clock, 1000059);
    seal_both(5, &by_us);
    atomic_fetch_add(&ticket_clock, ages[_i]);
    ck_assert_int_eq(open_both(&by_us),
                     ages[_i] < 0 || ages[_i] > 60 ? MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED : 0);
    free_both();
}
END_TEST
#endif

/* A key of the program's, and what its tickets live. */
START_TEST(rotated)
{
    struct ticket ticket[3];
    uint32_t found;
    unsigned char key[32] = {0};

    set_up_both(MBEDTLS_CIPHER_AES_256_GCM, LONG_LIFE);
    ck_assert_int_eq(ticket_seal(&ours, 10, &ticket[0]), 0);
    ck_assert_int_eq(ticket_rotate(&ours, 1, 77), 0);
    ck_assert_int_eq(ticket_seal(&ours, 11, &ticket[1]), 0);
    ck_assert_uint_eq(ticket[1].lifetime, 77);
    ck_assert_int_eq(memcmp(ticket[1].bytes, "\1\0\0\0", 4), 0);
    ck_assert_int_eq(ticket_open(&ours, &ticket[0], &found), 0);
    ck_assert_uint_eq(found, 10);
    ck_assert_int_eq(ticket_rotate(&ours, 2, 78), 0);
    ck_assert_int_eq(ticket_seal(&ours, 12, &ticket[2]), 0);
    ck_assert_int_eq(ticket_open(&ours, &ticket[0], &found),
                     MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED);
    ck_assert_int_eq(ticket_open(&ours, &ticket[1], &found), 0);
    ck_assert_uint_eq(found, 11);
    ck_assert_int_eq(ticket_open(&ours, &ticket[2], &found), 0);
    /* Too short: nothing changes. */
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&ours, key, 3, key, 32, 1),
                     MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&ours, key, 4, key, 31, 1),
                     MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA);
    ck_assert_int_eq(ticket_open(&ours, &ticket[1], &found), 0);
    /* Damage is told as Mbed TLS tells it. */
    ticket[2].bytes[20] ^= 1;
    ck_assert_int_eq(ticket_open(&ours, &ticket[2], &found), MBEDTLS_ERR_SSL_INVALID_MAC);
    ticket[2].length--;
    ck_assert_int_eq(ticket_open(&ours, &ticket[2], &found), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ticket[2].length = 3;
    ck_assert_int_eq(ticket_open(&ours, &ticket[2], &found), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ticket[2].length = 0;
    ck_assert_int_eq(ticket_open(&ours, &ticket[2], &found), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    free_both();
}
END_TEST

/* When a generator fails nothing has changed, and the next call tries again. */
START_TEST(generator_fails)
{
    struct ticket ticket;
    uint32_t found = 0;
    unsigned call;

    atomic_store(&ticket_clock, 1000000);
    memset(&our_source, 0, sizeof our_source);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&ours), 0);
    for (call = 1; call <= 4; call++) {
        our_source.calls = 0;
        our_source.fail_at = call;
        ck_assert_int_eq(ticket_set_up(&ours, &our_source, 60), SOURCE_FAILS);
        ck_assert_int_eq(ticket_seal(&ours, 1, &ticket), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    }
    our_source.fail_at = 0;
    ck_assert_int_eq(ticket_set_up(&ours, &our_source, 60), 0);
    ck_assert_int_eq(ticket_seal(&ours, 1, &ticket), 0);
#if defined(MBEDTLS_HAVE_TIME)
    atomic_fetch_add(&ticket_clock, 60);
    for (call = 1; call <= 2; call++) {
        our_source.fail_at = our_source.calls + call;
        ck_assert_int_eq(ticket_open(&ours, &ticket, &found), SOURCE_FAILS);
    }
#endif
    our_source.fail_at = 0;
    ck_assert_int_eq(ticket_open(&ours, &ticket, &found), 0);
    ck_assert_uint_eq(found, 1);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&ours), 0);
    atomic_store(&ticket_clock, 0);
}
END_TEST

/* What is NULL, not set up, or freed. */
START_TEST(misused)
{
    struct ticket ticket;
    mbedguard_ssl_session session;
    unsigned char buf[64] = {0};
    uint32_t life;
    size_t length = 9;
    int pass;

    memset(&ticket, 0, sizeof ticket);
    ticket.length = 100;
    memset(&our_source, 0, sizeof our_source);
    ck_assert_int_eq(mbedguard_ssl_session_init(&session), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&ours), 0);
    for (pass = 0; pass < 2; pass++) {
        ck_assert_int_eq(ticket_seal(&ours, 1, &ticket), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
        ck_assert_uint_eq(ticket.length, 0);
        ticket.length = 100;
        ck_assert_int_eq(ticket_open(&ours, &ticket, &life), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
        ck_assert_int_eq(ticket_rotate(&ours, 1, 1), MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA);
        if (pass == 0) {
            ck_assert_int_eq(ticket_set_up(&ours, &our_source, 60), 0);
            ck_assert_int_eq(ticket_seal(&ours, 1, &ticket), 0);
            ck_assert_int_eq(mbedguard_ssl_ticket_free(&ours), 0);
        }
    }
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(NULL, source_draw, &our_source,
                                                MBEDTLS_CIPHER_AES_256_GCM, 1),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(
        mbedguard_ssl_ticket_setup(&ours, NULL, &our_source, MBEDTLS_CIPHER_AES_256_GCM, 1),
        MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&ours, source_draw, &our_source,
                                                MBEDTLS_CIPHER_AES_256_CBC, 1),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&ours, NULL, 4, buf, 32, 1),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(&ours, buf, 4, NULL, 32, 1),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_rotate(NULL, buf, 4, buf, 32, 1),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(
        mbedguard_ssl_ticket_write(NULL, &session, buf, buf + sizeof buf, &length, &life),
        MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_write(&ours, NULL, buf, buf + sizeof buf, &length, &life),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_write(&ours, &session, NULL, NULL, &length, &life),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_write(&ours, &session, buf, buf + sizeof buf, NULL, &life),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_parse(NULL, &session, buf, sizeof buf),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_parse(&ours, NULL, buf, sizeof buf),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_parse(&ours, &session, NULL, 64),
                     MBEDGUARD_ERR_BAD_INPUT);
    /* A buffer with no room. */
    ck_assert_int_eq(ticket_set_up(&ours, &our_source, 60), 0);
    ck_assert_int_eq(
        mbedguard_ssl_ticket_write(&ours, &session, buf, buf + 20, &length, &life),
        MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&ours), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&ours), 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&session), 0);
}
END_TEST

/* Set up again: other keys, other cipher, and of the first nothing is left. */
START_TEST(set_up_again)
{
    struct ticket first, second;
    uint32_t found = 0;

    memset(&our_source, 0, sizeof our_source);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&ours), 0);
    ck_assert_int_eq(ticket_set_up(&ours, &our_source, 60), 0);
    ck_assert_int_eq(ticket_seal(&ours, 1, &first), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&ours, source_draw, &our_source,
                                                MBEDTLS_CIPHER_AES_128_CCM, 61),
                     0);
    ck_assert_int_eq(ticket_open(&ours, &first, &found), MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED);
    ck_assert_int_eq(ticket_seal(&ours, 2, &second), 0);
    ck_assert_uint_eq(second.lifetime, 61);
    /* One that fails leaves the one before. */
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&ours, source_draw, &our_source,
                                                MBEDTLS_CIPHER_NONE, 62),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(ticket_open(&ours, &second, &found), 0);
    ck_assert_uint_eq(found, 2);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&ours), 0);
}
END_TEST

/* Under an explicit lock it works as without, and who borrowed it finds, and may change, Mbed TLS's. */
START_TEST(borrowed)
{
    mbedtls_ssl_ticket_context *inside = NULL;
    struct ticket ticket, other;
    uint32_t found = 0;

    memset(&our_source, 0, sizeof our_source);
    memset(&raw_source, 0, sizeof raw_source);
    raw_source.state = 99;
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&ours), 0);
    ck_assert_int_eq(ticket_set_up(&ours, &our_source, 60), 0);
    ck_assert_int_eq(mbedguard_borrow(&ours, &inside), 0);
    ck_assert_int_eq(ticket_seal_raw(inside, 3, &ticket), 0);
    ck_assert_int_eq(ticket_rotate(&ours, 1, 60), 0);
    ck_assert_int_eq(ticket_open_raw(inside, &ticket, &found), 0);
    ck_assert_uint_eq(found, 3);
    /* A session comes before a ticket context: lock both, or be told. */
    ck_assert_int_eq(ticket_open(&ours, &ticket, &found), MBEDGUARD_ERR_ORDER);
    /* Keys that the library has not seen. */
    mbedtls_ssl_ticket_free(inside);
    mbedtls_ssl_ticket_init(inside);
    ck_assert_int_eq(mbedtls_ssl_ticket_setup(inside, source_draw, &raw_source,
                                              MBEDTLS_CIPHER_AES_256_GCM, 60),
                     0);
    ck_assert_int_eq(ticket_seal_raw(inside, 4, &other), 0);
    ck_assert_int_eq(mbedguard_unlock(&ours), 0);
    ck_assert_int_eq(ticket_open(&ours, &other, &found), 0);
    ck_assert_uint_eq(found, 4);
    ck_assert_int_eq(ticket_open(&ours, &ticket, &found), MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED);
    ck_assert_int_eq(ticket_seal(&ours, 5, &other), 0);
    ck_assert_int_eq(ticket_open_raw(&ours.unguarded, &other, &found), 0);
    ck_assert_uint_eq(found, 5);
    ck_assert_int_eq(ticket_set_up(&ours, &our_source, 60), 0);
    ck_assert_int_eq(ticket_rotate(&ours, 1, 60), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&ours), 0);
}
END_TEST

/* A generator that calls the context which calls it. */
static mbedguard_ssl_ticket_context nested;
static int nested_results[3];

static int calls_back(void *context, unsigned char *out, size_t size)
{
    struct ticket ticket;
    uint32_t found;

    if (atomic_load(&ticket_clock) == 2) {
        atomic_store(&ticket_clock, 3);
        memset(&ticket, 0, sizeof ticket);
        ticket.length = 100;
        nested_results[0] = ticket_seal(&nested, 1, &ticket);
        ticket.length = 100;
        nested_results[1] = ticket_open(&nested, &ticket, &found);
        nested_results[2] = ticket_rotate(&nested, 1, 1);
    }
    return source_draw(context, out, size);
}

START_TEST(called_back)
{
    struct ticket ticket;

    atomic_store(&ticket_clock, 1);
    memset(&our_source, 0, sizeof our_source);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&nested), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&nested, calls_back, &our_source,
                                                MBEDTLS_CIPHER_AES_256_GCM, LONG_LIFE),
                     0);
    atomic_store(&ticket_clock, 2);
    ck_assert_int_eq(ticket_seal(&nested, 1, &ticket), 0);
    ck_assert_int_eq(atomic_load(&ticket_clock), 3);
    /* A session comes before a ticket context in the order, so that one is told first. */
    ck_assert(nested_results[0] == MBEDGUARD_ERR_REENTRY || nested_results[0] == MBEDGUARD_ERR_ORDER);
    ck_assert(nested_results[1] == MBEDGUARD_ERR_REENTRY || nested_results[1] == MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(nested_results[2], MBEDGUARD_TICKET_MODE == MBEDGUARD_SHARED
                                            ? MBEDGUARD_ERR_UPGRADE
                                            : MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&nested), 0);
    atomic_store(&ticket_clock, 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("ssl_ticket");
    TCase *const tc = live_case(suite, "one thread");

    tcase_add_loop_test(tc, same_as_raw, 0, 4);
    tcase_add_test(tc, renewed_as_raw);
    tcase_add_loop_test(tc, short_lives, 0, 3);
#if !LIVE_V3 && defined(MBEDTLS_HAVE_TIME)
    tcase_add_loop_test(tc, ages_as_raw, 0, 5);
#endif
    tcase_add_test(tc, rotated);
    tcase_add_test(tc, generator_fails);
    tcase_add_test(tc, misused);
    tcase_add_test(tc, set_up_again);
    tcase_add_test(tc, borrowed);
    tcase_add_test(tc, called_back);
    return live_run(suite);
}
