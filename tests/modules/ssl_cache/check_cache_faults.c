/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Each lock and each allocation of each call fails in turn: an error, and nothing has changed. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <mbedtls/platform.h>

#include "modules/ssl_cache/sessions.h"

#define MOST 200 /* locks or allocations of one call */

/* Of this thread: the number of the next one that fails, from 1; 0 for none. */
static _Thread_local unsigned lock_to_fail, alloc_to_fail;

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (lock_to_fail != 0 && --lock_to_fail == 0)
        return 1;
    return __real_pthread_mutex_lock(mutex);
}

/* Somebody writes this byte during the next allocation but so many. */
static unsigned char *written;
static unsigned written_after;

static bool alloc_fails(void)
{
    return alloc_to_fail != 0 && --alloc_to_fail == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (written != NULL && written_after-- == 0) {
        *written ^= 1;
        written = NULL;
    }
    return alloc_fails() ? NULL : __real_calloc(count, size);
}

/* Whether memory that is given back still has the secret of a session. */
static unsigned char secret[16];
static atomic_uint leaked, freed;
static atomic_bool watching;

void __real_free(void *object);
void __wrap_free(void *object);

void __wrap_free(void *object)
{
#if defined(__GLIBC__)
    if (object != NULL && atomic_load(&watching)) {
        const unsigned char *const bytes = object;
        const size_t length = malloc_usable_size(object);
        size_t i;

        atomic_fetch_add(&freed, 1);
        for (i = 0; i + sizeof(secret) <= length; i++) {
            if (memcmp(bytes + i, secret, sizeof(secret)) == 0)
                atomic_fetch_add(&leaked, 1);
        }
    }
#endif
    __real_free(object);
}

#include "modules/wrapped.h"

static mbedguard_ssl_cache_context cache;
static mbedguard_ssl_session large;
static unsigned char *image;
static size_t image_length;
static size_t entries; /* before the call */

static void setup(void)
{
    unsigned i;

#if defined(MBEDTLS_PLATFORM_MEMORY) && !defined(MBEDTLS_PLATFORM_CALLOC_MACRO)
    /* The calls are not in what is linked, but in Mbed TLS. */
    ck_assert_int_eq(mbedtls_platform_set_calloc_free(__wrap_calloc, __wrap_free), 0);
#endif
    live_setup();
    ck_assert_int_eq(mbedguard_ssl_cache_init(&cache), 0);
    ck_assert_int_eq(mbedguard_ssl_session_init(&large), 0);
    session_make(&large.unguarded, 500, 1);
    session_add_pieces(&large.unguarded);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 20), 0);
    for (i = 0; i < 10; i++)
        ck_assert_int_eq(put(&cache, i, i), 0);
    ck_assert_int_eq(put_session(&cache, &large), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_save(&cache, NULL, 0, &image_length),
                     MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    image = malloc(image_length);
    ck_assert_ptr_nonnull(image);
    ck_assert_int_eq(mbedguard_ssl_cache_save(&cache, image, image_length, &image_length), 0);
}

static void teardown(void)
{
    free(image);
    ck_assert_int_eq(mbedguard_ssl_session_free(&large), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    live_teardown();
}

/* ---- The calls --------------------------------------------------------------------------------- */

static mbedguard_ssl_session found;

static int call_get(void)
{
    return find_into(&cache, 500, &found);
}

static int call_set(void)
{
    return put_session(&cache, &large);
}

static int call_set_another(void)
{
    mbedguard_ssl_session session = large;
    int ret;

    session.unguarded.MBEDTLS_PRIVATE(id)[0] ^= 0xFF;
    ret = put_session(&cache, &session);
    return ret;
}

static int call_remove(void)
{
    return take(&cache, 3);
}

#if defined(MBEDTLS_HAVE_TIME)
static int call_set_timeout(void)
{
    return mbedguard_ssl_cache_set_timeout(&cache, 100);
}
#endif

static int call_set_max_entries(void)
{
    return mbedguard_ssl_cache_set_max_entries(&cache, 19);
}

static int call_set_max_bytes(void)
{
    return mbedguard_ssl_cache_set_max_bytes(&cache, 1000000);
}

static int call_expire(void)
{
    return mbedguard_ssl_cache_expire(&cache, 0, NULL);
}

static int call_statistics(void)
{
    mbedguard_ssl_cache_statistics numbers;

    return mbedguard_ssl_cache_get_statistics(&cache, &numbers);
}

static int call_save(void)
{
    static unsigned char buffer[100000];
    size_t length;

    return mbedguard_ssl_cache_save(&cache, buffer, sizeof(buffer), &length);
}

static int call_load(void)
{
    return mbedguard_ssl_cache_load(&cache, image, image_length);
}

static int call_lock(void)
{
    int ret = mbedguard_lock(&cache);

    if (ret == 0)
        ret = mbedguard_unlock(&cache);
    return ret;
}

static int call_lock_set(void)
{
    const mbedguard_object set[] = {MBEDGUARD_OBJECT(&cache), MBEDGUARD_OBJECT(&large)};
    int ret = mbedguard_lock_set(set, 2);

    if (ret == 0)
        ret = mbedguard_unlock_set(set, 2);
    return ret;
}

/* The key of a hash goes without the random bytes of a PSA whose store cannot be had. */
#if MBEDTLS_VERSION_NUMBER >= 0x04000000 && !defined(MBEDTLS_THREADING_C)
#define KEY_WITHOUT_LOCK true
#else
#define KEY_WITHOUT_LOCK false
#endif

static const struct call {
    const char *name;
    int (*body)(void);
    bool without_memory; /* may succeed: buckets need not grow */
    bool without_lock;   /* may succeed: at the end of a lock, look-ups may go on taking the guard */
} calls[] = {
    {"get", call_get, false, false},
    {"set", call_set, false, false},
    {"set another", call_set_another, true, false},
    {"remove", call_remove, false, false},
#if defined(MBEDTLS_HAVE_TIME)
    {"set_timeout", call_set_timeout, false, false},
#endif
    {"set_max_entries", call_set_max_entries, false, false},
    {"set_max_bytes", call_set_max_bytes, false, false},
    {"expire", call_expire, false, false},
    {"statistics", call_statistics, false, false},
    {"save", call_save, false, false},
    {"load", call_load, true, KEY_WITHOUT_LOCK},
    {"lock", call_lock, false, true},
    {"lock_set", call_lock_set, false, true},
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void check_unchanged(const struct call *call, unsigned step)
{
    unsigned i;

    ck_assert_msg(numbers_of(&cache).entries == entries, "%s, step %u", call->name, step);
    for (i = 0; i < 10; i++)
        ck_assert_msg(find(&cache, i) == (int) i, "%s, step %u: %u is gone", call->name, step, i);
    ck_assert_int_eq(find(&cache, 500), 1);
    /* Nobody waits for a lock that was left. */
    ck_assert_int_eq(put(&cache, 0, 0), 0);
    ck_assert_int_eq(mbedguard_lock(&cache), 0);
    ck_assert_int_eq(mbedguard_unlock(&cache), 0);
}

/* Until a call has no such step any more. */
static unsigned fail_in_turn(const struct call *call, unsigned *which, bool memory)
{
    unsigned step;

    for (step = 1; step < MOST; step++) {
        int ret;

        entries = numbers_of(&cache).entries;
        *which = step;
        ret = call->body();
        if (*which != 0) {
            *which = 0;
            ck_assert_msg(ret == 0, "%s: %d", call->name, ret);
            return step - 1;
        }
        if (!(memory ? call->without_memory : call->without_lock))
            ck_assert_msg(ret != 0, "%s, step %u", call->name, step);
        if (ret == 0)
            entries = numbers_of(&cache).entries;
        check_unchanged(call, step);
    }
    ck_abort_msg("%s never ends", call->name);
    return step;
}

START_TEST(each_lock_fails)
{
    const struct call *call = &calls[_i];

    ck_assert_int_eq(mbedguard_ssl_session_init(&found), 0);
    /* The first look of a thread may find a state of its own. */
    ck_assert_int_eq(find(&cache, 1), 1);
    ck_assert_uint_gt(fail_in_turn(call, &lock_to_fail, false), 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&found), 0);
}
END_TEST

START_TEST(each_allocation_fails)
{
    const struct call *call = &calls[_i];

    ck_assert_int_eq(mbedguard_ssl_session_init(&found), 0);
    (void) fail_in_turn(call, &alloc_to_fail, true);
    ck_assert_int_eq(mbedguard_ssl_session_free(&found), 0);
}
END_TEST

/* The first session of a cache has a table made for it. */
START_TEST(the_first_session)
{
    unsigned step;

    for (step = 1; step < MOST; step++) {
        int ret;

        ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
        alloc_to_fail = step;
        ret = put_session(&cache, &large);
        if (alloc_to_fail != 0)
            break;
        ck_assert_int_ne(ret, 0);
        ck_assert_int_eq(find(&cache, 500), -1);
    }
    alloc_to_fail = 0;
    ck_assert_uint_gt(step, 3);
    ck_assert_int_eq(find(&cache, 500), 1);
}
END_TEST

/* Where buckets cannot grow, chains do. */
START_TEST(without_growth)
{
    unsigned i;

    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 5000), 0);
    for (i = 0; i < 3000; i++) {
        /* The first allocation of a session without pieces is its entry, the second one buckets. */
        alloc_to_fail = 2;
        ck_assert_int_eq(put(&cache, i, i), 0);
    }
    alloc_to_fail = 0;
    for (i = 0; i < 3000; i++)
        ck_assert_int_eq(find(&cache, i), (int) i);
}
END_TEST

/* The large session has a secret; each way in which it may leave is taken. */
START_TEST(secrets_are_wiped)
{
    unsigned i;

    memcpy(secret, large.unguarded.MBEDTLS_PRIVATE(master), sizeof(secret));
    ck_assert_int_eq(mbedguard_ssl_session_init(&found), 0);
    atomic_store(&watching, true);
    ck_assert_int_eq(find_into(&cache, 500, &found), 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&found), 0);
    ck_assert_int_eq(put_session(&cache, &large), 0); /* replaced */
    ck_assert_int_eq(take(&cache, 500), 0);
    ck_assert_int_eq(put_session(&cache, &large), 0);
    for (i = 0; i < 20; i++)
        ck_assert_int_eq(put(&cache, 1000 + i, i), 0); /* evicted */
    ck_assert_int_eq(find(&cache, 500), -1);
    ck_assert_int_eq(mbedguard_ssl_cache_load(&cache, image, image_length), 0);
    ck_assert_int_eq(find(&cache, 500), 1);
    ck_assert_int_eq(mbedguard_ssl_cache_load(&cache, image, image_length), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 0), 0);
    ck_assert_int_ne(put_session(&cache, &large), 0); /* refused */
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 5), 0);
    ck_assert_int_eq(put_session(&cache, &large), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    atomic_store(&watching, false);
    ck_assert_uint_eq(atomic_load(&leaked), 0);
#if defined(__GLIBC__)
    ck_assert_uint_gt(atomic_load(&freed), 30);
#endif
}
END_TEST

/* Others wait for some evictions at a time only, whatever the bound was before. */
START_TEST(a_much_lower_bound_is_reached_in_steps)
{
    mbedtls_ssl_cache_context *raw;
    mbedguard_ssl_session session;
    unsigned i, n, steps = 0;
    int ret = -1;

    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 1000), 0);
    ck_assert_int_eq(mbedguard_ssl_session_init(&session), 0);
    session_make(&session.unguarded, 1000, 1);
    for (i = 0; i < 300; i++)
        ck_assert_int_eq(put(&cache, i, i), 0);
    ck_assert_int_eq(mbedguard_borrow(&cache, &raw), 0);
    mbedtls_ssl_cache_set_max_entries(raw, 5);
    ck_assert_int_eq(mbedguard_unlock(&cache), 0);
    for (n = 1; ret != 0 && n < MOST; n++) {
        const size_t before = numbers_of(&cache).entries;

        lock_to_fail = n;
        ret = put_session(&cache, &session);
        lock_to_fail = 0;
        if (ret == 0)
            break;
        ck_assert_uint_le(before - numbers_of(&cache).entries, 64);
        steps += before != numbers_of(&cache).entries;
    }
    ck_assert_int_eq(ret, 0);
    ck_assert_uint_gt(steps, 1);
    ck_assert_uint_eq(numbers_of(&cache).entries, 5);
    ck_assert_int_eq(find(&cache, 1000), 1);
    ck_assert_int_eq(mbedguard_ssl_session_free(&session), 0);
}
END_TEST

#if defined(MBEDTLS_HAVE_TIME)
/* Between some and the next ones others come in, however many are past their time. */
START_TEST(many_expire_in_steps)
{
    unsigned i, n, steps = 0;
    size_t removed;
    int ret = -1;

    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&cache, 2000), 0);
    clock_set(1000);
    for (i = 0; i < 1000; i++)
        ck_assert_int_eq(put(&cache, i, i), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_set_timeout(&cache, 10), 0);
    clock_set(2000);
    for (n = 1; ret != 0 && n < MOST; n++) {
        const size_t before = numbers_of(&cache).entries;

        lock_to_fail = n;
        ret = mbedguard_ssl_cache_expire(&cache, 0, &removed);
        lock_to_fail = 0;
        ck_assert_uint_eq(removed, before - numbers_of(&cache).entries);
        /* A lock that failed had n - 1 before it: each let others come in. */
        ck_assert(ret == 0 || removed <= 64 * (size_t) (n - 1));
        steps += removed > 0;
    }
    clock_set(0);
    ck_assert_int_eq(ret, 0);
    ck_assert_uint_gt(steps, 1);
    ck_assert_uint_eq(numbers_of(&cache).entries, 0);
}
END_TEST
#endif

static void *end_with_lock(void *data)
{
    LIVE_EQ(mbedguard_lock(&cache), 0);
    pthread_exit(data);
}

/* The object is forgotten, but not the secrets in it. */
START_TEST(what_is_broken_is_wiped)
{
    pthread_t thread;

    if (live_findings() != 0)
        return;
    ck_assert_int_eq(pthread_create(&thread, NULL, end_with_lock, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(put(&cache, 1, 2), MBEDGUARD_ERR_BROKEN);
    memset(secret, 0xA5, sizeof(secret));
    atomic_store(&freed, 0);
    atomic_store(&watching, true);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    atomic_store(&watching, false);
#if defined(__GLIBC__)
    /* Ten small ones, a large one, the table, and what it is in. */
    ck_assert_uint_ge(atomic_load(&freed), 13);
#endif
    ck_assert_int_eq(put(&cache, 1, 3), 0);
#if LIVE_V4 || (LIVE_V3 && defined(MBEDTLS_USE_PSA_CRYPTO))
    /* The lock had taken the PSA store as well, which a look-up needs for the peer's certificate. */
    if (live_takes_turns()) {
        ck_assert_int_eq(find(&cache, 1), MBEDGUARD_ERR_BROKEN);
        return;
    }
#endif
    ck_assert_int_eq(find(&cache, 1), 3);
}
END_TEST

#if MBEDTLS_VERSION_NUMBER < 0x03000000
/* A buffer may be shared memory: what was looked at is what is kept. */
START_TEST(a_buffer_that_changes_while_it_is_loaded)
{
    unsigned char *const whole = malloc(image_length);
    unsigned n, refused = 0;
    int ret;

    ck_assert_ptr_nonnull(whole);
    memcpy(whole, image, image_length);
    for (n = 0; n < MOST; n++) {
        memcpy(image, whole, image_length);
        /* The identifier in the struct of the first one, behind two numbers and the identifier itself. */
        written = image + 5 * 8 + 2 * 8 + ID + offsetof(mbedtls_ssl_session, id);
        written_after = n;
        ret = mbedguard_ssl_cache_load(&cache, image, image_length);
        if (written != NULL)
            break;
        if (ret != 0) {
            ck_assert_int_eq(ret, MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
            refused++;
            continue;
        }
        ck_assert_int_eq(find_into(&cache, 0, &found), 0);
        ck_assert_mem_eq(found.unguarded.id, whole + 5 * 8 + 2 * 8, ID);
    }
    written = NULL;
    ck_assert_uint_lt(n, MOST);
    ck_assert_uint_gt(refused, 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&found), 0);
    free(whole);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("cache faults");
    TCase *tc = live_case_with(suite, "faults", setup, teardown);

    tcase_add_loop_test(tc, each_lock_fails, 0, CALLS);
    tcase_add_loop_test(tc, each_allocation_fails, 0, CALLS);
    tcase_add_test(tc, the_first_session);
    tcase_add_test(tc, without_growth);
    tcase_add_test(tc, secrets_are_wiped);
    tcase_add_test(tc, what_is_broken_is_wiped);
    tcase_add_test(tc, a_much_lower_bound_is_reached_in_steps);
#if defined(MBEDTLS_HAVE_TIME)
    tcase_add_test(tc, many_expire_in_steps);
#endif
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    tcase_add_test(tc, a_buffer_that_changes_while_it_is_loaded);
#endif
    return live_run(suite);
}
