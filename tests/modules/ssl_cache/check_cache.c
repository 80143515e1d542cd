/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The session cache by itself: against that of Mbed TLS, and where it promises more. */
#include <string.h>

#include <mbedtls/platform.h>

#include "modules/ssl_cache/sessions.h"

#define LONG_AGO 1000000000 /* seconds */

static mbedguard_ssl_cache_context cache;
static mbedtls_ssl_cache_context raw;

static void setup(void)
{
    live_setup();
    ck_assert_int_eq(mbedguard_ssl_cache_init(&cache), 0);
    mbedtls_ssl_cache_init(&raw);
    clock_set(LONG_AGO);
}

static void teardown(void)
{
    clock_set(0);
    mbedtls_ssl_cache_free(&raw);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    live_teardown();
}

static void bound_both(int entries, int timeout)
{
    mbedtls_ssl_cache_set_max_entries(&raw, entries);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, entries), 0);
#if defined(MBEDTLS_HAVE_TIME)
    mbedtls_ssl_cache_set_timeout(&raw, timeout);
    ck_assert_int_eq(mbedguard_ssl_cache_set_timeout(&cache, timeout), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_get_timeout(&cache), timeout > 0 ? timeout : 0);
#else
    (void) timeout;
#endif
}

/* ---- Against Mbed TLS ------------------------------------------------------------------------ */

/* A second between two calls, so that Mbed TLS knows which is the older one, too. */
START_TEST(evicts_as_mbedtls_does)
{
    uint32_t dice = 4711;
    unsigned i;

    bound_both(16, 0);
    for (i = 0; i < live_rounds(20000); i++) {
        const unsigned number = live_dice(&dice) % 40;

        clock_set(LONG_AGO + i);
        if (live_dice(&dice) % 3 == 0)
            ck_assert_int_eq(put(&cache, number, i), put_raw(&raw, number, i));
        else
            ck_assert_int_eq(find(&cache, number), find_raw(&raw, number));
#if LIVE_V3
        if (i % 50 == 0) {
            unsigned char id[ID];

            session_id(id, number);
            ck_assert_int_eq(take(&cache, number), mbedtls_ssl_cache_remove(&raw, id, ID));
        }
#endif
        ck_assert_uint_le(numbers_of(&cache).entries, 16);
    }
}
END_TEST

#if defined(MBEDTLS_HAVE_TIME)
START_TEST(expires_as_mbedtls_does)
{
    uint32_t dice = 17;
    int64_t now = LONG_AGO;
    unsigned i;

    bound_both(1000000, 10);
    for (i = 0; i < live_rounds(2000); i++) {
        now += live_dice(&dice) % 3;
        clock_set(now);
        ck_assert_int_eq(put(&cache, i, i), put_raw(&raw, i, i));
        now += live_dice(&dice) % 3;
        clock_set(now);
        if (i > 12) {
            const unsigned number = i - live_dice(&dice) % 12;

            ck_assert_int_eq(find(&cache, number), find_raw(&raw, number));
        }
    }
    ck_assert_uint_gt(numbers_of(&cache).misses, 0);
    ck_assert_uint_gt(numbers_of(&cache).hits, 0);
    /* What is past its time does not pile up. */
    ck_assert_uint_lt(numbers_of(&cache).entries, 30);
}
END_TEST

/* A session that is stored again keeps its time before 3.0, and gets a new one since. */
START_TEST(stored_again)
{
    bound_both(50, 10);
    ck_assert_int_eq(put(&cache, 1, 1), put_raw(&raw, 1, 1));
    clock_set(LONG_AGO + 8);
    ck_assert_int_eq(put(&cache, 1, 2), put_raw(&raw, 1, 2));
    ck_assert_int_eq(find(&cache, 1), 2);
    ck_assert_int_eq(find_raw(&raw, 1), 2);
    clock_set(LONG_AGO + 11);
    ck_assert_int_eq(find(&cache, 1), find_raw(&raw, 1));
    ck_assert_int_eq(find(&cache, 1), LIVE_V3 ? 2 : -1);
    /* Past its time it begins anew. */
    ck_assert_int_eq(put(&cache, 1, 3), put_raw(&raw, 1, 3));
    clock_set(LONG_AGO + 20);
    ck_assert_int_eq(find_raw(&raw, 1), 3);
    ck_assert_int_eq(find(&cache, 1), 3);
    ck_assert_uint_eq(numbers_of(&cache).entries, 1);
}
END_TEST
#endif

START_TEST(zero_is_what_it_is_in_mbedtls)
{
    bound_both(0, 0);
    ck_assert_int_eq(put(&cache, 1, 1), put_raw(&raw, 1, 1));
    ck_assert_int_ne(put(&cache, 1, 1), 0);
    bound_both(-5, -5);
    ck_assert_int_eq(put(&cache, 1, 1), put_raw(&raw, 1, 1));
    bound_both(1, 0);
    ck_assert_int_eq(put(&cache, 1, 1), 0);
    clock_set(LONG_AGO + 1000000);
    ck_assert_int_eq(find(&cache, 1), 1);
    /* Zeroed, and never initialised: it has no room for an entry. */
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    memset(&cache, 0, sizeof(cache));
    ck_assert_int_eq(find(&cache, 1), -1);
    ck_assert_int_ne(put(&cache, 1, 1), 0);
    ck_assert_uint_eq(numbers_of(&cache).misses, 1);
}
END_TEST

static void same_bytes(const void *a, size_t a_length, const void *b, size_t b_length)
{
    ck_assert_uint_eq(a_length, b_length);
    ck_assert_int_eq(a == NULL, b == NULL);
    if (a != NULL)
        ck_assert_mem_eq(a, b, a_length);
}

/* Field by field. */
static void same_sessions(const mbedtls_ssl_session *a, const mbedtls_ssl_session *b)
{
#define SAME(field) ck_assert_int_eq((int) a->MBEDTLS_PRIVATE(field), (int) b->MBEDTLS_PRIVATE(field))
    SAME(ciphersuite);
    SAME(verify_result);
#if !LIVE_V3
    SAME(compression);
#endif
#if defined(MBEDTLS_HAVE_TIME)
    SAME(start);
#endif
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
    SAME(mfl_code);
#endif
#if defined(MBEDTLS_SSL_TRUNCATED_HMAC)
    SAME(trunc_hmac);
#endif
#if defined(MBEDTLS_SSL_ENCRYPT_THEN_MAC)
    SAME(encrypt_then_mac);
#endif
    same_bytes(a->MBEDTLS_PRIVATE(id), a->MBEDTLS_PRIVATE(id_len), b->MBEDTLS_PRIVATE(id),
               b->MBEDTLS_PRIVATE(id_len));
    ck_assert_mem_eq(a->MBEDTLS_PRIVATE(master), b->MBEDTLS_PRIVATE(master),
                     sizeof(a->MBEDTLS_PRIVATE(master)));
#if defined(MBEDTLS_X509_CRT_PARSE_C) && defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
    ck_assert_int_eq(a->MBEDTLS_PRIVATE(peer_cert) == NULL, b->MBEDTLS_PRIVATE(peer_cert) == NULL);
    if (a->MBEDTLS_PRIVATE(peer_cert) != NULL)
        same_bytes(a->MBEDTLS_PRIVATE(peer_cert)->raw.p, a->MBEDTLS_PRIVATE(peer_cert)->raw.len,
                   b->MBEDTLS_PRIVATE(peer_cert)->raw.p, b->MBEDTLS_PRIVATE(peer_cert)->raw.len);
#endif
#if defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
    same_bytes(a->MBEDTLS_PRIVATE(ticket), a->MBEDTLS_PRIVATE(ticket_len),
               b->MBEDTLS_PRIVATE(ticket), b->MBEDTLS_PRIVATE(ticket_len));
    SAME(ticket_lifetime);
#endif
}

START_TEST(sessions_are_those_of_mbedtls)
{
    mbedguard_ssl_session stored, found;
    mbedtls_ssl_session expected;

    ck_assert_int_eq(mbedguard_ssl_session_init(&stored), 0);
    ck_assert_int_eq(mbedguard_ssl_session_init(&found), 0);
    mbedtls_ssl_session_init(&expected);
    session_make(&stored.unguarded, 7, (unsigned) _i);
    if (_i % 2 != 0)
        session_add_pieces(&stored.unguarded);
    ck_assert_int_eq(put_session(&cache, &stored), 0);
    ck_assert_int_eq(put_session_raw(&raw, &stored.unguarded), 0);
    ck_assert_int_eq(find_into(&cache, 7, &found), 0);
    ck_assert_int_eq(find_raw_into(&raw, 7, &expected), 0);
    same_sessions(&found.unguarded, &expected);
    ck_assert_int_eq(session_version(&found.unguarded, 7), _i);
    /* Into one that is not empty: what it had is let go of. */
    ck_assert_int_eq(find_into(&cache, 7, &found), 0);
    same_sessions(&found.unguarded, &expected);
    ck_assert_int_eq(find_into(&cache, 8, &found), NOT_FOUND);
    mbedtls_ssl_session_free(&expected);
    ck_assert_int_eq(mbedguard_ssl_session_free(&found), 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&stored), 0);
}
END_TEST

/* ---- Bounds ---------------------------------------------------------------------------------- */

/* All in one second. */
START_TEST(the_oldest_goes)
{
    unsigned i;

    bound_both(100, 0);
    for (i = 0; i < 1000; i++) {
        ck_assert_int_eq(put(&cache, i, i), 0);
        ck_assert_uint_eq(numbers_of(&cache).entries, i < 100 ? i + 1 : 100);
        if (i >= 100)
            ck_assert_int_eq(find(&cache, i - 100), -1);
        if (i >= 99)
            ck_assert_int_eq(find(&cache, i - 99), (int) (i - 99));
    }
    ck_assert_uint_eq(numbers_of(&cache).evictions, 900);
    ck_assert_uint_eq(numbers_of(&cache).stores, 1000);
}
END_TEST

START_TEST(a_lower_bound_evicts)
{
    unsigned i;

    bound_both(1000, 0);
    for (i = 0; i < 1000; i++)
        ck_assert_int_eq(put(&cache, i, i), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 10), 0);
    ck_assert_uint_eq(numbers_of(&cache).entries, 10);
    ck_assert_int_eq(find(&cache, 989), -1);
    ck_assert_int_eq(find(&cache, 990), 990);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 0), 0);
    ck_assert_uint_eq(numbers_of(&cache).entries, 0);
    ck_assert_uint_eq(numbers_of(&cache).bytes, 0);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 10), 0);
    ck_assert_int_eq(put(&cache, 1, 1), 0);
}
END_TEST

START_TEST(bytes_are_bounded)
{
    mbedguard_ssl_session large;
    size_t one;
    unsigned i;

    bound_both(1000000, 0);
    ck_assert_int_eq(put(&cache, 0, 0), 0);
    one = numbers_of(&cache).bytes;
    ck_assert_uint_gt(one, 48);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_bytes(&cache, 10 * one + one / 2), 0);
    for (i = 0; i < 100; i++) {
        ck_assert_int_eq(put(&cache, i, i), 0);
        ck_assert_uint_le(numbers_of(&cache).bytes, 10 * one + one / 2);
    }
    ck_assert_uint_eq(numbers_of(&cache).entries, 10);
    ck_assert_int_eq(find(&cache, 90), 90);
    ck_assert_int_eq(find(&cache, 89), -1);
    /* One that needs the room of several, and one that does not fit. */
    ck_assert_int_eq(mbedguard_ssl_session_init(&large), 0);
    session_make(&large.unguarded, 500, 1);
    session_add_pieces(&large.unguarded);
    ck_assert_int_ne(put_session(&cache, &large), 0);
    ck_assert_uint_eq(numbers_of(&cache).entries, 10);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_bytes(&cache, 20 * one), 0);
    ck_assert_int_eq(put_session(&cache, &large), 0);
    ck_assert_uint_le(numbers_of(&cache).bytes, 20 * one);
    ck_assert_int_eq(find(&cache, 500), 1);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_bytes(&cache, one), 0);
    ck_assert_uint_eq(numbers_of(&cache).entries, 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&large), 0);
}
END_TEST

#if defined(MBEDTLS_HAVE_TIME)
START_TEST(expiry_in_steps)
{
    size_t removed = 77;
    unsigned i;

    bound_both(100000, 10);
    ck_assert_int_eq(mbedguard_ssl_cache_expire(&cache, 0, &removed), 0);
    ck_assert_uint_eq(removed, 0);
    for (i = 0; i < 1000; i++) {
        clock_set(LONG_AGO + i / 500 * 5);
        ck_assert_int_eq(put(&cache, i, i), 0);
    }
    ck_assert_int_eq(mbedguard_ssl_cache_expire(&cache, 0, &removed), 0);
    ck_assert_uint_eq(removed, 0);
    clock_set(LONG_AGO + 11);
    ck_assert_int_eq(mbedguard_ssl_cache_expire(&cache, 100, &removed), 0);
    ck_assert_uint_eq(removed, 100);
    ck_assert_int_eq(mbedguard_ssl_cache_expire(&cache, 0, &removed), 0);
    ck_assert_uint_eq(removed, 400);
    ck_assert_uint_eq(numbers_of(&cache).entries, 500);
    ck_assert_uint_eq(numbers_of(&cache).expired, 500);
    ck_assert_int_eq(find(&cache, 499), -1);
    ck_assert_int_eq(find(&cache, 500), 500);
    clock_set(LONG_AGO + 100);
    ck_assert_int_eq(mbedguard_lock(&cache), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_expire(&cache, 0, NULL), 0);
    ck_assert_int_eq(mbedguard_unlock(&cache), 0);
    ck_assert_uint_eq(numbers_of(&cache).entries, 0);
}
END_TEST
#endif

START_TEST(removal)
{
    mbedguard_ssl_cache_statistics numbers;

    ck_assert_int_eq(take(&cache, 1), 0);
    ck_assert_int_eq(put(&cache, 1, 1), 0);
    ck_assert_int_eq(put(&cache, 2, 1), 0);
    ck_assert_int_eq(take(&cache, 1), 0);
    ck_assert_int_eq(take(&cache, 1), 0);
    ck_assert_int_eq(find(&cache, 1), -1);
    ck_assert_int_eq(find(&cache, 2), 1);
    numbers = numbers_of(&cache);
    ck_assert_uint_eq(numbers.removals, 1);
    ck_assert_uint_eq(numbers.entries, 1);
    ck_assert_uint_eq(numbers.hits, 1);
    ck_assert_uint_eq(numbers.misses, 1);
    ck_assert_uint_eq(numbers.stores, 2);
    ck_assert_uint_eq(numbers.evictions, 0);
}
END_TEST

#if defined(MBEDTLS_HAVE_TIME)
/* What is written into the borrowed object counts. */
START_TEST(borrowed)
{
    mbedtls_ssl_cache_context *inside;

    bound_both(50, 100);
    ck_assert_int_eq(put(&cache, 1, 1), 0);
    clock_set(LONG_AGO + 50);
    ck_assert_int_eq(find(&cache, 1), 1);
    ck_assert_int_eq(mbedguard_borrow(&cache, &inside), 0);
    mbedtls_ssl_cache_set_timeout(inside, 10);
    ck_assert_int_eq(mbedguard_unlock(&cache), 0);
    ck_assert_int_eq(find(&cache, 1), -1);
}
END_TEST
#endif

/* ---- Misuse ---------------------------------------------------------------------------------- */

START_TEST(misuse)
{
    mbedguard_ssl_cache_statistics numbers;
    mbedguard_ssl_cache_context garbage;
    mbedguard_ssl_session session;
    unsigned char id[ID];

    session_id(id, 1);
    memset(&garbage, 0xA5, sizeof(garbage));
    ck_assert_int_eq(mbedguard_ssl_session_init(&session), 0);
    ck_assert_int_eq(put(NULL, 1, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(find(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(take(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_remove(&cache, NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_remove(&cache, id, 1000), 0);
#if defined(MBEDTLS_HAVE_TIME)
    ck_assert_int_eq(mbedguard_ssl_cache_set_timeout(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_get_timeout(NULL), -1);
#endif
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_bytes(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_expire(NULL, 1, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_get_statistics(&cache, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_get_statistics(NULL, &numbers), MBEDGUARD_ERR_BAD_INPUT);
    if (live_findings() == 0) {
        ck_assert_int_eq(put(&garbage, 1, 1), MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_int_eq(find(&garbage, 1), MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_int_eq(take(&garbage, 1), MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_int_eq(mbedguard_ssl_cache_expire(&garbage, 1, NULL),
                         MBEDGUARD_ERR_NOT_INITIALIZED);
    }
#if LIVE_V3
    ck_assert_int_eq(mbedguard_ssl_cache_get(&cache, id, ID, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_get(&cache, NULL, ID, &session), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_get(&cache, id, 33, &session), NOT_FOUND);
    ck_assert_int_eq(mbedguard_ssl_cache_set(&cache, id, ID, NULL), MBEDGUARD_ERR_BAD_INPUT);
    session_make(&session.unguarded, 1, 1);
    ck_assert_int_eq(mbedguard_ssl_cache_set(&cache, id, 33, &session),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
#else
    ck_assert_int_eq(mbedguard_ssl_cache_get(&cache, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_set(&cache, NULL), MBEDGUARD_ERR_BAD_INPUT);
    session_make(&session.unguarded, 1, 1);
    session.unguarded.id_len = 33;
    ck_assert_int_eq(mbedguard_ssl_cache_set(&cache, &session), 1);
    ck_assert_int_eq(mbedguard_ssl_cache_get(&cache, &session), 1);
#endif
    ck_assert_uint_eq(numbers_of(&cache).entries, 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&session), 0);
    /* Freed: empty, and of use again. */
    ck_assert_int_eq(put(&cache, 1, 1), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    ck_assert_int_eq(find(&cache, 1), -1);
    ck_assert_int_eq(put(&cache, 1, 1), 0);
    ck_assert_int_eq(find(&cache, 1), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cache");
    TCase *tc = live_case_with(suite, "semantics", setup, teardown);

    tcase_add_test(tc, evicts_as_mbedtls_does);
#if defined(MBEDTLS_HAVE_TIME)
    tcase_add_test(tc, expires_as_mbedtls_does);
    tcase_add_test(tc, stored_again);
#endif
    tcase_add_test(tc, zero_is_what_it_is_in_mbedtls);
    tcase_add_loop_test(tc, sessions_are_those_of_mbedtls, 0, 4);
    tc = live_case_with(suite, "bounds", setup, teardown);
    tcase_add_test(tc, the_oldest_goes);
    tcase_add_test(tc, a_lower_bound_evicts);
    tcase_add_test(tc, bytes_are_bounded);
#if defined(MBEDTLS_HAVE_TIME)
    tcase_add_test(tc, expiry_in_steps);
#endif
    tcase_add_test(tc, removal);
#if defined(MBEDTLS_HAVE_TIME)
    tcase_add_test(tc, borrowed);
#endif
    tc = live_case_with(suite, "misuse", setup, teardown);
    tcase_add_test(tc, misuse);
    return live_run(suite);
}
