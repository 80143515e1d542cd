/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The nth allocation fails, in Mbed TLS or in ours, and the nth lock: who called is told, nothing has
 * changed, and all works afterwards. And what is given back to the heap has no key in it.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* RTLD_NEXT */
#endif

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "modules/ssl_ticket/ticket.h"
#include "tickets.h"

/* ---- Locks of the library ------------------------------------------------------------------------- */

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);

/* The number of the lock that fails, counted down; a try is followed by a lock, and counts with it. */
static unsigned lock_fails_in;
static bool trying_failed;

static bool lock_fails(void)
{
    return lock_fails_in > 0 && --lock_fails_in == 0;
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (trying_failed)
        return 22;
    if (lock_fails()) {
        trying_failed = true;
        return 22;
    }
    return __real_pthread_mutex_trylock(mutex);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (trying_failed) {
        trying_failed = false;
        return 22;
    }
    return lock_fails() ? 22 : __real_pthread_mutex_lock(mutex);
}

/* ---- The heap --------------------------------------------------------------------------------------- */

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define OWN_HEAP 0 /* it is the sanitizer's */
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define OWN_HEAP 0
#endif
#endif
#if !defined(OWN_HEAP) && defined(__GLIBC__)
#define OWN_HEAP 1
#endif

#if defined(OWN_HEAP) && OWN_HEAP

#include <malloc.h>

static unsigned alloc_fails_in;
static const unsigned char *looked_for;
static unsigned found_in_freed;
#define AWAITED 16
static const void *awaited[AWAITED]; /* blocks, until they are freed */

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    static void *(*next)(size_t, size_t);
    static bool looking;

    if (next == NULL) {
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

__attribute__((visibility("default"))) void free(void *block)
{
    static void (*next)(void *);
    unsigned i;

    if (next == NULL)
        *(void **) (&next) = dlsym(RTLD_NEXT, "free");
    if (block != NULL && looked_for != NULL &&
        memmem(block, malloc_usable_size(block), looked_for, 16) != NULL)
        found_in_freed++;
    for (i = 0; block != NULL && i < AWAITED; i++)
        if (block == awaited[i])
            awaited[i] = NULL;
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

/* ---- Each call, and what may come of it ----------------------------------------------------------- */

static mbedguard_ssl_ticket_context tickets;
static struct source source;
static struct ticket kept;
static unsigned char keys[MBEDGUARD_SSL_TICKET_KEYS_SIZE];

static void set_up(void)
{
    size_t length;

    memset(&source, 0, sizeof source);
    atomic_store(&ticket_clock, 1000000);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&tickets), 0);
    ck_assert_int_eq(ticket_set_up(&tickets, &source, 60), 0);
    ck_assert_int_eq(ticket_seal(&tickets, 51, &kept), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&tickets, keys, sizeof keys, &length), 0);
}

static void tear_down(void)
{
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&tickets), 0);
    atomic_store(&ticket_clock, 0);
}

static int do_set_up(void)
{
    return ticket_set_up(&tickets, &source, 60);
}

static int do_rotate(void)
{
    return ticket_rotate(&tickets, 3, 60);
}

static int do_import(void)
{
    return mbedguard_ssl_ticket_import_keys(&tickets, keys, sizeof keys);
}

static int do_export(void)
{
    unsigned char bytes[sizeof keys];
    size_t length;

    return mbedguard_ssl_ticket_export_keys(&tickets, bytes, sizeof bytes, &length);
}

static int do_seal(void)
{
    struct ticket ticket;

    return ticket_seal(&tickets, 52, &ticket);
}

/* The clock was set on: a new key first. */
static int do_open_due(void)
{
    uint32_t found;

    return ticket_open(&tickets, &kept, &found);
}

static int (*const calls[])(void) = {do_set_up, do_rotate, do_import, do_export, do_seal, do_open_due};
#define CALLS ((int) (sizeof calls / sizeof calls[0]))

/* What a call may say of it: PSA's ciphers in 2.28 have another word where they find no memory. */
static bool is_of_fault(int ret)
{
#if !LIVE_V3 && defined(MBEDTLS_USE_PSA_CRYPTO)
    if (ret == MBEDTLS_ERR_CIPHER_HW_ACCEL_FAILED)
        return true;
#endif
    return ret == MBEDGUARD_ERR_ALLOC_FAILED || ret == MBEDGUARD_ERR_THREADING ||
           ret == MBEDTLS_ERR_SSL_ALLOC_FAILED || ret == MBEDTLS_ERR_CIPHER_ALLOC_FAILED;
}

/* With one fault after the other, until there are fewer than that. How many calls failed. */
static unsigned with_faults(unsigned *fails_in, int call)
{
    unsigned char before[sizeof keys], after[sizeof keys];
    unsigned nth = 0, failed = 0;
    bool reached;
    size_t length;
    int ret;

    do {
        uint32_t found = 0;

        set_up();
        if (calls[call] == do_open_due)
            atomic_fetch_add(&ticket_clock, 60);
        ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&tickets, before, sizeof before, &length),
                         0);
        *fails_in = ++nth;
        ret = calls[call]();
        reached = *fails_in == 0;
        *fails_in = 0;
        trying_failed = false;
        if (!reached)
            ck_assert_int_eq(ret, 0);
        ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&tickets, after, sizeof after, &length),
                         0);
        if (ret != 0) {
            failed++;
            ck_assert(is_of_fault(ret));
            /* Nothing, or all of it where only the leaving failed. */
            if (memcmp(before, after, sizeof before) == 0) {
                ck_assert_int_eq(ticket_open(&tickets, &kept, &found), 0);
                ck_assert_uint_eq(found, 51);
            }
        }
        ck_assert_int_eq(do_seal(), 0);
        tear_down();
        ck_assert_uint_lt(nth, 2000);
    } while (reached);
    return failed;
}

START_TEST(locks_fail)
{
    ck_assert_uint_gt(with_faults(&lock_fails_in, _i), 0);
}
END_TEST

#if defined(OWN_HEAP) && OWN_HEAP
/* A cipher that is set up needs no memory, but for one of PSA's. */
#if defined(MBEDTLS_USE_PSA_CRYPTO)
#define SEALING_ALLOCATES true
#else
#define SEALING_ALLOCATES false
#endif

START_TEST(allocations_fail)
{
#if defined(MBEDTLS_HAVE_TIME)
    const bool is_due = calls[_i] == do_open_due;
#else
    const bool is_due = false;
#endif
    const bool allocates =
        is_due || (calls[_i] != do_export && calls[_i] != do_open_due &&
                   (calls[_i] != do_seal || SEALING_ALLOCATES));

    ck_assert_int_eq(with_faults(&alloc_fails_in, _i) > 0, allocates);
}
END_TEST

/* Whether it fails at the nth allocation; false where there are fewer. */
static bool rotation_fails(unsigned nth)
{
    bool reached;
    int ret;

    alloc_fails_in = nth;
    ret = ticket_rotate(&tickets, 1001, 60);
    reached = alloc_fails_in == 0;
    alloc_fails_in = 0;
    ck_assert_int_eq(ret != 0, reached);
    return reached;
}

/* A key that is retired, in all its copies; what is left in the end; and what failed on the way. */
START_TEST(wiped)
{
    unsigned char secret[32];
    unsigned i, nth = 1;

    set_up();
    for (i = 0; i < sizeof secret; i++)
        secret[i] = (unsigned char) (1000u * 7u + i);
    looked_for = secret;
    found_in_freed = 0;
    ck_assert_int_eq(ticket_rotate(&tickets, 1000, 60), 0);
    ck_assert_int_eq(do_seal(), 0);
    ck_assert_int_eq(do_export(), 0);
    while (rotation_fails(nth))
        nth++;
    ck_assert_uint_gt(nth, 1);
    ck_assert_int_eq(ticket_rotate(&tickets, 1002, 60), 0);
    ck_assert_uint_eq(found_in_freed, 0);
    ck_assert(memmem(&tickets, sizeof tickets, secret, 16) == NULL);
    ck_assert_int_eq(ticket_rotate(&tickets, 1000, 60), 0);
    tear_down();
    ck_assert_uint_eq(found_in_freed, 0);
    looked_for = NULL;
}
END_TEST

static _Thread_local bool ends;

static int draw_or_end(void *from, unsigned char *out, size_t size)
{
    if (ends)
        pthread_exit(NULL);
    return source_draw(from, out, size);
}

static void *end_while_renewing(void *data)
{
    ends = true;
    (void) do_seal();
    return data;
}

/* Its keys do not stay in the heap because a thread is gone that was to make a new one. */
START_TEST(wiped_when_left)
{
    pthread_t thread;

    set_up();
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&tickets, draw_or_end, &source,
                                                MBEDTLS_CIPHER_AES_256_GCM, 60),
                     0);
    atomic_fetch_add(&ticket_clock, 1000);
    awaited[0] = tickets.store.state;
    ck_assert_int_eq(pthread_create(&thread, NULL, end_while_renewing, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_ptr_eq(awaited[0], tickets.store.state);
    tear_down();
    ck_assert_ptr_null(awaited[0]);
}
END_TEST

#if MBEDGUARD_TICKET_LANES
static unsigned still_awaited(void)
{
    unsigned i, count = 0;

    for (i = 0; i < AWAITED; i++)
        count += awaited[i] != NULL;
    return count;
}

/* Nor those of a lane: when it is made anew, or else in the end. */
START_TEST(lanes_wiped_when_left)
{
    unsigned char secret[32];
    pthread_t thread;
    unsigned i, count;

    set_up();
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&tickets, draw_or_end, &source,
                                                MBEDTLS_CIPHER_AES_256_GCM, 60),
                     0);
    for (i = 0; i < sizeof secret; i++)
        secret[i] = (unsigned char) (1000u * 7u + i);
    ck_assert_int_eq(ticket_rotate(&tickets, 1000, 60), 0);
    count = tickets.store.state->count;
    ck_assert_uint_le(count, AWAITED);
    for (i = 0; i < count; i++) {
        const mbedguard_ticket_lane *const lane = &tickets.store.state->lanes[i];

        awaited[i] = lane->raw.MBEDTLS_PRIVATE(keys)[0]
                         .MBEDTLS_PRIVATE(ctx)
                         .MBEDTLS_PRIVATE(cipher_ctx);
    }
    /* Each takes a lane that nobody is in, and so another one. */
    for (i = 0; i < count; i++) {
        ck_assert_int_eq(pthread_create(&thread, NULL, end_while_renewing, NULL), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    ck_assert_uint_eq(still_awaited(), count);
    looked_for = secret;
    found_in_freed = 0;
    ck_assert_int_eq(do_seal(), 0);
    ck_assert_uint_eq(still_awaited(), count - 1);
    tear_down();
    ck_assert_uint_eq(still_awaited(), 0);
    ck_assert_uint_eq(found_in_freed, 0);
    looked_for = NULL;
}
END_TEST
#endif
#endif

int main(void)
{
    Suite *const suite = suite_create("ssl_ticket_faults");
    TCase *const tc = live_case(suite, "faults");

    tcase_add_loop_test(tc, locks_fail, 0, CALLS);
#if defined(OWN_HEAP) && OWN_HEAP
    if (heap_is_here()) {
        tcase_add_loop_test(tc, allocations_fail, 0, CALLS);
        tcase_add_test(tc, wiped);
        tcase_add_test(tc, wiped_when_left);
#if MBEDGUARD_TICKET_LANES
        tcase_add_test(tc, lanes_wiped_when_left);
#endif
    }
#endif
    return live_run(suite);
}
