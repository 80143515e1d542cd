/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Cookies beside Mbed TLS's own, from one thread: the same bytes and results; what is misused; and the
 * nth allocation and lock that fails. And what is given back to the heap has no key in it.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* RTLD_NEXT */
#endif

#include <dlfcn.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cookies.h"
#include "modules/ssl_cookie/cookie.h"

/* ---- Locks of the library, and the heap, which is Mbed TLS's, too ------------------------------------ */

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);

/* The number of the lock of this thread that fails; a try is followed by a lock, and counts with it. */
static _Thread_local unsigned lock_fails_in;
static _Thread_local bool trying_failed;

static bool lock_fails(void)
{
    return lock_fails_in > 0 && --lock_fails_in == 0;
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    trying_failed = trying_failed || lock_fails();
    return trying_failed ? 22 : __real_pthread_mutex_trylock(mutex);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    const bool fails = trying_failed || lock_fails();

    trying_failed = false;
    return fails ? 22 : __real_pthread_mutex_lock(mutex);
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define OWN_HEAP 0 /* it is the sanitizer's */
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define OWN_HEAP 0
#endif
#endif
#if !defined(OWN_HEAP) && defined(__GLIBC__)
#define OWN_HEAP 1
#elif !defined(OWN_HEAP)
#define OWN_HEAP 0
#endif

#if OWN_HEAP
static _Thread_local unsigned alloc_fails_in;

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    static void *(*next)(size_t, size_t);
    static bool looking;

    if (__atomic_load_n(&next, __ATOMIC_ACQUIRE) == NULL) {
        if (looking)
            return NULL;
        looking = true;
        *(void **) (&next) = dlsym(RTLD_NEXT, "calloc");
        looking = false;
    }
    if (alloc_fails_in > 0 && --alloc_fails_in == 0)
        return NULL;
    return next(count, size);
}

static const unsigned char *looked_for;
static unsigned found_in_freed;
static const void *awaited; /* a block, until it is freed */

__attribute__((visibility("default"))) void free(void *block)
{
    static void (*next)(void *);

    if (next == NULL)
        *(void **) (&next) = dlsym(RTLD_NEXT, "free");
    if (block != NULL && looked_for != NULL &&
        memmem(block, malloc_usable_size(block), looked_for, 16) != NULL)
        found_in_freed++;
    if (block != NULL && block == awaited)
        awaited = NULL;
    next(block);
}

/* Under valgrind it is that one's, and what is here is not called. */
static bool heap_is_here(void)
{
    void *(*volatile allocate)(size_t, size_t) = calloc;
    void *block;

    alloc_fails_in = 1;
    block = allocate(1, 1);
    alloc_fails_in = 0;
    free(block);
    return block == NULL;
}
#endif

static int draw_fails(void *context, unsigned char *out, size_t size)
{
    (void) context;
    (void) out;
    (void) size;
    return -0x1234;
}

/* ---- One thread --------------------------------------------------------------------------------------- */

START_TEST(same_as_raw)
{
    struct cookie by_us, by_raw;
    unsigned i;

    cookie_clock_set = 1000000;
    cookies_set_up();
    for (i = 0; i < 40; i++) {
        char client[32];

        (void) snprintf(client, sizeof client, "client %u", i);
        ck_assert_int_eq(cookie_make(&cookies_ours, client, &by_us), 0);
        ck_assert_int_eq(cookie_make_raw(client, &by_raw), 0);
        ck_assert_uint_eq(by_us.length, by_raw.length);
        ck_assert_int_eq(memcmp(by_us.bytes, by_raw.bytes, by_us.length), 0);
        ck_assert_int_eq(cookie_check(&cookies_ours, client, &by_raw), 0);
        ck_assert_int_eq(cookie_check_raw(client, &by_us), 0);
        ck_assert_int_eq(cookie_check(&cookies_ours, "another", &by_us), COOKIE_MISMATCH);
        by_us.bytes[by_us.length - 1] ^= 1;
        ck_assert_int_eq(cookie_check(&cookies_ours, client, &by_us), COOKIE_MISMATCH);
        by_us.length--;
        ck_assert_int_eq(cookie_check(&cookies_ours, client, &by_us), -1);
    }
    cookies_tear_down();
}
END_TEST

#if defined(MBEDTLS_HAVE_TIME)
START_TEST(ages_as_raw)
{
    static const long ages[] = {0, 59, 60, 61, -1, 4, 5, 6};
    struct cookie cookie;
    unsigned i;

    cookies_set_up();
    for (i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        if (ages[i] == 4) {
            ck_assert_int_eq(mbedguard_ssl_cookie_set_timeout(&cookies_ours, 5), 0);
            mbedtls_ssl_cookie_set_timeout(&cookies_raw, 5);
        }
        cookie_clock_set = 1000000;
        ck_assert_int_eq(cookie_make(&cookies_ours, "a", &cookie), 0);
        cookie_clock_set += ages[i];
        ck_assert_int_eq(cookie_check(&cookies_ours, "a", &cookie), cookie_check_raw("a", &cookie));
    }
    ck_assert_int_eq(cookie_check(&cookies_ours, "a", &cookie), -1);
    ck_assert_int_eq(mbedguard_ssl_cookie_set_timeout(&cookies_ours, 0), 0);
    cookie_clock_set = 9000000;
    ck_assert_int_eq(cookie_check(&cookies_ours, "a", &cookie), 0);
    cookies_tear_down();
}
END_TEST
#endif

/* A set-up that fails leaves the one before; one that does not makes another key. PSA asks no generator. */
static void set_up_again(void)
{
    const int failed = COOKIE_PSA ? 0 : -0x1234;
    struct cookie cookie;
    unsigned calls = 0;

    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies_ours, draw_fails, NULL), failed);
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies_ours, cookie_draw, &calls), 0);
    ck_assert_uint_eq(calls, !COOKIE_PSA);
    ck_assert_int_eq(cookie_make(&cookies_ours, "a", &cookie), 0);
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies_ours, draw_fails, NULL), failed);
    ck_assert_int_eq(cookie_check(&cookies_ours, "a", &cookie), COOKIE_PSA ? COOKIE_MISMATCH : 0);
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies_ours, cookie_draw_another, NULL), 0);
    ck_assert_int_eq(cookie_check(&cookies_ours, "a", &cookie), COOKIE_MISMATCH);
}

START_TEST(misused)
{
    struct cookie cookie = {{0}, 32};
    unsigned char *p = cookie.bytes, *nowhere = NULL;
    const unsigned char *const info = (const unsigned char *) "a";
    int pass;

    mbedtls_ssl_cookie_init(&cookies_raw);
    ck_assert_int_eq(mbedguard_ssl_cookie_init(&cookies_ours), 0);
    for (pass = 0; pass < 2; pass++) {
        cookie.length = 32;
        ck_assert_int_eq(cookie_check(&cookies_ours, "a", &cookie), cookie_check_raw("a", &cookie));
        ck_assert_int_eq(cookie_make(&cookies_ours, "a", &cookie), cookie_make_raw("a", &cookie));
        ck_assert_int_lt(cookie_make(&cookies_ours, "a", &cookie), 0);
        if (pass == 0) {
            set_up_again();
            ck_assert_int_eq(mbedguard_ssl_cookie_free(&cookies_ours), 0);
        }
    }
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(NULL, cookie_draw, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies_ours, NULL, NULL),
                     COOKIE_PSA ? 0 : MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cookie_set_timeout(NULL, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cookie_write(NULL, &p, p + 40, info, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cookie_write(&cookies_ours, NULL, p, info, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cookie_write(&cookies_ours, &nowhere, NULL, info, 1),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cookie_check(NULL, p, 32, info, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cookie_check(&cookies_ours, NULL, 32, info, 1), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies_ours, cookie_draw, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_cookie_write(&cookies_ours, &p, p + 31, info, 1),
                     MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    ck_assert_ptr_eq(p, cookie.bytes);
    ck_assert_int_eq(mbedguard_ssl_cookie_write(&cookies_ours, &p, p + 32, NULL, 0),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_cookie_check(&cookies_ours, p, 32, NULL, 0),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_cookie_free(&cookies_ours), 0);
    ck_assert_int_eq(mbedguard_ssl_cookie_free(&cookies_ours), 0);
    mbedtls_ssl_cookie_free(&cookies_raw);
}
END_TEST

START_TEST(borrowed)
{
    mbedtls_ssl_cookie_ctx *within = NULL;
    struct cookie cookie;

    cookies_set_up();
    ck_assert_int_eq(mbedguard_borrow(&cookies_ours, &within), 0);
    ck_assert_int_eq(cookie_make(&cookies_ours, "a", &cookie), 0);
    ck_assert_int_eq(cookie_check_raw("a", &cookie), 0);
    mbedtls_ssl_cookie_free(within);
    mbedtls_ssl_cookie_init(within);
    ck_assert_int_eq(mbedtls_ssl_cookie_setup(within, cookie_draw_another, NULL), 0);
    ck_assert_int_eq(mbedguard_unlock(&cookies_ours), 0);
    ck_assert_int_eq(cookie_check(&cookies_ours, "a", &cookie), COOKIE_MISMATCH);
    ck_assert_int_eq(cookie_make(&cookies_ours, "a", &cookie), 0);
    ck_assert_int_eq(mbedtls_ssl_cookie_check(&cookies_ours.unguarded, cookie.bytes, cookie.length,
                                              (const unsigned char *) "a", 1),
                     0);
    cookies_tear_down();
}
END_TEST

/* ---- Faults ------------------------------------------------------------------------------------------- */

static struct cookie kept;

static int do_set_up(void)
{
    return mbedguard_ssl_cookie_setup(&cookies_ours, cookie_draw, NULL);
}

static int do_set_timeout(void)
{
    return mbedguard_ssl_cookie_set_timeout(&cookies_ours, 60);
}

static int do_make(void)
{
    struct cookie cookie;

    return cookie_make(&cookies_ours, "a", &cookie);
}

static int do_check(void)
{
    return cookie_check(&cookies_ours, "k", &kept);
}

static int (*const calls[])(void) = {do_set_up, do_set_timeout, do_make, do_check};
#define CALLS ((int) (sizeof calls / sizeof calls[0]))

/* The key is still there; or another one, where each set-up makes its own and this was one. */
static void look_for_key(int call, int ret)
{
    const int found = cookie_check(&cookies_ours, "k", &kept);

    if (!COOKIE_PSA || calls[call] != do_set_up || (ret != 0 && ret != MBEDGUARD_ERR_THREADING))
        ck_assert_int_eq(found, 0);
    else
        ck_assert(found == COOKIE_MISMATCH || (ret != 0 && found == 0));
}

static unsigned with_faults(unsigned *fails_in, int call)
{
    unsigned nth = 0, failed = 0;
    bool reached;
    int ret;

    do {
        cookies_set_up();
        ck_assert_int_eq(cookie_make(&cookies_ours, "k", &kept), 0);
        *fails_in = ++nth;
        ret = calls[call]();
        reached = *fails_in == 0;
        *fails_in = 0;
        trying_failed = false;
        if (!reached)
            ck_assert_int_eq(ret, 0);
        ck_assert(ret == 0 || ret == MBEDGUARD_ERR_ALLOC_FAILED || ret == MBEDGUARD_ERR_THREADING ||
                  ret == MBEDTLS_ERR_SSL_ALLOC_FAILED || ret == MBEDTLS_ERR_MD_ALLOC_FAILED);
        failed += ret != 0;
        look_for_key(call, ret);
        cookies_tear_down();
        ck_assert_uint_lt(nth, 2000);
    } while (reached);
    return failed;
}

START_TEST(locks_fail)
{
    ck_assert_uint_gt(with_faults(&lock_fails_in, _i), 0);
}
END_TEST

#if OWN_HEAP
START_TEST(allocations_fail)
{
    /* PSA allocates for what it does with a key. */
    const bool allocates = calls[_i] == do_set_up || (COOKIE_PSA && calls[_i] != do_set_timeout);

    ck_assert_int_eq(with_faults(&alloc_fails_in, _i) > 0, allocates);
}
END_TEST
#endif

#if OWN_HEAP && MBEDGUARD_COOKIE_LANES
START_TEST(wiped)
{
    unsigned char key[16];

    cookies_set_up();
    memcpy(key, cookies_ours.store.state->key, sizeof key);
    looked_for = key;
    found_in_freed = 0;
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies_ours, cookie_draw_another, NULL), 0);
    ck_assert_uint_eq(found_in_freed, 0);
    memcpy(key, cookies_ours.store.state->key, sizeof key);
    cookies_tear_down();
    ck_assert_uint_eq(found_in_freed, 0);
    looked_for = NULL;
}
END_TEST

/* A call that does not come back from its lane. */
static void *stay_in_lane(void *data)
{
    struct mbedguard_cookie_state *const state = cookies_ours.store.state;
    mbedguard_lane **const lane = data;
    bool broken;

    LIVE_EQ(mbedguard_lane_enter(state->lanes, sizeof state->lanes[0], state->count,
                                 MBEDGUARD_RANK_CACHE, __func__, lane, &broken),
            0);
    pthread_exit(NULL);
}

/* Its key does not stay in the heap: neither where the lane is made anew, nor in the end. */
START_TEST(wiped_when_left)
{
    mbedguard_lane *lane = NULL;
    unsigned char key[16];
    pthread_t thread;

    cookies_set_up();
    ck_assert_int_eq(pthread_create(&thread, NULL, stay_in_lane, &lane), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    live_assert_none();
    awaited = ((mbedguard_cookie_lane *) (void *) lane)
                  ->raw.MBEDTLS_PRIVATE(hmac_ctx)
                  .MBEDTLS_PRIVATE(hmac_ctx);
    ck_assert_ptr_nonnull(awaited);
    memcpy(key, awaited, sizeof key);
    looked_for = key;
    found_in_freed = 0;
    if (_i != 0)
        ck_assert_int_eq(mbedguard_cookie_mend((mbedguard_cookie_lane *) (void *) lane,
                                               cookies_ours.store.state),
                         0);
    ck_assert(_i == 0 ? awaited != NULL : awaited == NULL);
    cookies_tear_down();
    ck_assert_ptr_null(awaited);
    ck_assert_uint_eq(found_in_freed, 0);
    looked_for = NULL;
}
END_TEST
#endif

int main(void)
{
    Suite *const suite = suite_create("ssl_cookie");
    TCase *const tc = live_case(suite, "one thread");

    tcase_add_test(tc, same_as_raw);
#if defined(MBEDTLS_HAVE_TIME)
    tcase_add_test(tc, ages_as_raw);
#endif
    tcase_add_test(tc, misused);
    tcase_add_test(tc, borrowed);
    tcase_add_loop_test(tc, locks_fail, 0, CALLS);
#if OWN_HEAP
    if (heap_is_here()) {
        tcase_add_loop_test(tc, allocations_fail, 0, CALLS);
#if MBEDGUARD_COOKIE_LANES
        tcase_add_test(tc, wiped);
        tcase_add_loop_test(tc, wiped_when_left, 0, 2);
#endif
    }
#endif
    return live_run(suite);
}
