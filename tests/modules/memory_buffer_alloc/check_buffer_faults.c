/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The nth lock fails. Linked with --wrap for pthread_mutex_lock. What meets it says so, nothing is half
 * done, no lock stays, and all works afterwards.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "modules/memory_buffer_alloc/buffer.h"

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);

/* So many locks of this thread go well, then so many fail. */
static _Thread_local unsigned fail_in;
static _Thread_local unsigned fail_count;

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (fail_count != 0) {
        if (fail_in == 0) {
            fail_count--;
            return EINVAL;
        }
        fail_in--;
    }
    return __real_pthread_mutex_lock(mutex);
}

static void fail_lock(unsigned in, unsigned count)
{
    fail_in = in;
    fail_count = count;
}

/* Whether it came to that; no more failures from now on. */
static bool failed(unsigned count)
{
    const bool reached = fail_count < count;

    fail_lock(0, 0);
    return reached;
}

#define MOST 60 /* no call takes so many locks */

/* Small and in the lane, small and not, long, and more than was ever in use. */
START_TEST(test_calloc)
{
    static const size_t sizes[] = {100, 300, 4000, 40};
    unsigned n;
    bool reached = true;

    for (n = 0; reached && n < MOST; n++) {
        void *object;
        size_t used, blocks;

        buffer_begin(1u << 16, 0);
        mbedguard_memory_buffer_free(mbedguard_memory_buffer_calloc(1, 100));
        mbedguard_memory_buffer_free(_i == 3 ? NULL : mbedguard_memory_buffer_calloc(1, 5000));
        fail_lock(n, 1);
        object = mbedguard_memory_buffer_calloc(1, sizes[_i]);
        reached = failed(1);
        ck_assert(reached || object != NULL);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(&used, &blocks), 0);
        ck_assert_int_eq(used != 0, object != NULL);
        mbedguard_memory_buffer_free(object);
        buffer_end();
    }
    ck_assert_uint_ge(n, 2);
    ck_assert(!reached);
}
END_TEST

/* A lock that fails once is tried again; one that does not stop is told, and the object stays or is lost. */
START_TEST(test_free)
{
    static const size_t sizes[] = {100, 4000};
    unsigned n, count;
    bool reached = true;

    for (count = 1; count < MOST; count += MOST - 2) {
        reached = true;
        for (n = 0; reached && n < MOST; n++) {
            void *object;

            buffer_begin(1u << 16, 0);
            object = mbedguard_memory_buffer_calloc(1, sizes[_i]);
            fail_lock(n, count);
            mbedguard_memory_buffer_free(object);
            reached = failed(count);
            if (buffer_findings(MBEDGUARD_MEMORY_FAULT_LOCK) != 0) {
                ck_assert(reached && count != 1);
                ck_assert_ptr_eq(buffer_last_object(), object);
                buffer_drop();
            } else {
                buffer_end();
            }
        }
        ck_assert(!reached);
    }
}
END_TEST

static int ask(unsigned which)
{
    size_t a, b;

    switch (which) {
    case 0:
        return mbedguard_memory_buffer_alloc_verify();
    case 1:
        return mbedguard_memory_buffer_set_verify(0);
    case 2:
        return mbedguard_memory_buffer_alloc_cur_get(&a, &b);
    case 3:
        return mbedguard_memory_buffer_alloc_max_get(&a, &b);
    case 4:
        return mbedguard_memory_buffer_alloc_count_get(&a, &b);
    case 5:
        return mbedguard_memory_buffer_alloc_max_reset();
    case 6:
        return mbedguard_memory_buffer_alloc_free();
    default:
        return mbedguard_memory_buffer_alloc_init(buffer_start(), buffer_size());
    }
}

START_TEST(test_all_others)
{
    const unsigned which = (unsigned) _i;
    unsigned n;
    int ret = 1;

    buffer_begin(1u << 16, 0);
    if (which == 7)
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_free(), 0);
    for (n = 0; ret != 0 && n < MOST; n++) {
        fail_lock(n, 1);
        ret = ask(which);
        ck_assert_int_eq(ret, failed(1) ? MBEDGUARD_ERR_THREADING : 0);
    }
    ck_assert_int_eq(ret, 0);
    ck_assert_uint_ge(n, 2);
    if (which == 6)
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_init(buffer_start(), buffer_size()), 0);
    buffer_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buffer faults");
    TCase *tc = tcase_create("buffer faults");

    tcase_set_timeout(tc, LIVE_SECONDS);
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, test_calloc, 0, 4);
    tcase_add_loop_test(tc, test_free, 0, 2);
    tcase_add_loop_test(tc, test_all_others, 0, 8);
    return live_run(suite);
}
