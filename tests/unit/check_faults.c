/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The nth allocation fails, and in the alt build the nth call of the backend: the call that meets
 * it tells, nothing stays locked or is lost, and all works afterwards. Linked with --wrap for malloc and
 * calloc.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#define SSL    MBEDGUARD_RANK_SSL
#define CONFIG MBEDGUARD_RANK_CONFIG
#define CERT   MBEDGUARD_RANK_CERT
#define KEY    MBEDGUARD_RANK_KEY
#define RNG    MBEDGUARD_RANK_RNG
#define LEAF   MBEDGUARD_RANK_LEAF
#define LEAVES 40

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

/* As backend_fail_in, for allocations of this thread. */
static _Thread_local int alloc_fail_in;

static bool alloc_fails(void)
{
    return alloc_fail_in > 0 && alloc_fail_in-- == 1;
}

void *__wrap_malloc(size_t size)
{
    return alloc_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return alloc_fails() ? NULL : __real_calloc(count, size);
}

static toy_ssl ssl;
static toy_config config[2];
static toy_cert cert;
static toy_rng rng[3];
static toy_leaf leaf[LEAVES];

static int failures;

/* Note an error of a step; anything but the two that a fault may cause is a mistake. */
static bool step(int ret)
{
    if (ret != 0) {
        ck_assert_msg(ret == MBEDGUARD_ERR_ALLOC_FAILED || ret == MBEDGUARD_ERR_THREADING,
                      "unexpected error %d: %s", ret, mbedguard_error_string(ret));
        failures++;
    }
    return ret == 0;
}

static void keep(mbedguard_guard *keeper, unsigned keeper_rank, mbedguard_guard *kept,
                 unsigned kept_rank)
{
    mbedguard_keep edge;

    if (!step(mbedguard_enter(keeper, keeper_rank, "keep")))
        return;
    if (step(mbedguard_keep_begin(&edge, keeper, keeper_rank, kept, kept_rank, 1, true, "keep")))
        mbedguard_keep_commit(&edge);
    /* A call that had to step back may come back without its guard, having said so. */
    if (mbedguard_held(keeper) != 0)
        (void) step(mbedguard_leave(keeper, keeper_rank));
}

static void make_all(void)
{
    int i;

    (void) step(mbedguard_object_init(&toy_ssl_type, &ssl, "make"));
    for (i = 0; i < 2; i++)
        (void) step(mbedguard_object_init(&toy_config_type, &config[i], "make"));
    (void) step(mbedguard_object_init(&toy_cert_type, &cert, "make"));
    for (i = 0; i < 3; i++)
        (void) step(mbedguard_object_init(&toy_rng_type, &rng[i], "make"));
}

static void free_all(void)
{
    int i;

    (void) step(mbedguard_object_free(&toy_ssl_type, &ssl, "free"));
    for (i = 0; i < 2; i++)
        (void) step(mbedguard_object_free(&toy_config_type, &config[i], "free"));
    (void) step(mbedguard_object_free(&toy_cert_type, &cert, "free"));
    for (i = 0; i < 3; i++)
        (void) step(mbedguard_object_free(&toy_rng_type, &rng[i], "free"));
    for (i = 0; i < LEAVES; i++)
        (void) step(mbedguard_object_free(&toy_leaf_type, &leaf[i], "free"));
}

static void lock_many(void)
{
    mbedguard_object set[LEAVES];
    int i;

    for (i = 0; i < LEAVES; i++) {
        mbedguard_object one = MBEDGUARD_OBJECT(&leaf[LEAVES - 1 - i]);

        set[i] = one;
    }
    if (step(mbedguard_lock_set(set, LEAVES)))
        (void) step(mbedguard_unlock_set(set, LEAVES));
}

static void call_with_keepers(void)
{
    if (step(mbedguard_enter(&cert.guard, CERT, "call")))
        (void) step(mbedguard_leave(&cert.guard, CERT));
    if (step(mbedguard_lock(&cert)))
        (void) step(mbedguard_unlock(&cert));
}

static void call_of_tls(void)
{
    mbedguard_want set[] = { { &config[0].guard, CONFIG | MBEDGUARD_SHARED },
                             { &ssl.guard, SSL | MBEDGUARD_CALLS_OUT } };

    if (!step(mbedguard_enter_set(set, 2, "tls")))
        return;
    if (step(mbedguard_enter(&rng[0].guard, RNG, "callback")))
        (void) step(mbedguard_leave(&rng[0].guard, RNG));
    (void) step(mbedguard_object_free(&toy_ssl_type, &ssl, "callback"));
    (void) step(mbedguard_leave_set(set, 2));
}

/* Counted objects that exist. */
static int counted;

static void counted_init(void *object)
{
    ((raw_toy *) object)->alive = 1;
    counted++;
}

static void counted_free(void *object)
{
    ((raw_toy *) object)->alive = 0;
    counted--;
}

static const mbedguard_type owner_type = { "owner", sizeof(toy_config), CONFIG, counted_init,
                                           counted_free, { NULL, 0 }, NULL };
static const mbedguard_type owned_type = { "owned", sizeof(toy_cert), CERT, counted_init,
                                           counted_free, { NULL, 0 }, NULL };

/* Counted objects are only ever freed by whoever knows that it did not work, and tries again. */
static void life_of_counted_objects(void)
{
    toy_config *owner = mbedguard_object_create(&owner_type, "new");
    toy_cert *owned = mbedguard_object_create(&owned_type, "new");

    if (owner == NULL || owned == NULL)
        failures++;
    else
        keep(&owner->guard, CONFIG, &owned->guard, CERT);
    while (owned != NULL && !step(mbedguard_object_free(&owned_type, owned, "free")))
        ;
    while (owner != NULL && !step(mbedguard_object_free(&owner_type, owner, "free")))
        ;
}

static void everything(void)
{
    make_all();
    keep(&config[0].guard, CONFIG, &cert.guard, CERT);
    keep(&config[1].guard, CONFIG, &cert.guard, CERT);
    keep(&ssl.guard, SSL, &config[0].guard, CONFIG);
    keep(&rng[2].guard, RNG, &rng[1].guard, RNG);
    keep(&rng[1].guard, RNG, &rng[0].guard, RNG);
    call_with_keepers();
    call_of_tls();
    lock_many();
    life_of_counted_objects();
    free_all();
}

static void nothing_is_held(void)
{
    int i;

    ck_assert_int_eq(mbedguard_held(&ssl.guard), 0);
    ck_assert_int_eq(mbedguard_held(&cert.guard), 0);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(mbedguard_held(&config[i].guard), 0);
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(mbedguard_held(&rng[i].guard), 0);
    for (i = 0; i < LEAVES; i++)
        ck_assert_int_eq(mbedguard_held(&leaf[i].guard), 0);
    ck_assert_int_eq(mbedguard_may_wait("end"), 0);
#if defined(MBEDGUARD_THREADING_ALT)
    ck_assert_int_eq(backend_held, 0);
#endif
}

static void all_works_again(void)
{
    failures = 0;
    everything();
    ck_assert_int_eq(failures, 0);
    nothing_is_held();
    /* What could not be freed then is freed by now. */
    ck_assert_int_eq(counted, 0);
}

static void setup(void)
{
    watchdog_setup();
    backend_setup();
    memset(leaf, 0, sizeof(leaf));
    failures = 0;
    counted = 0;
    everything();
    ck_assert_int_eq(failures, 0);
}

static void teardown(void)
{
    backend_teardown();
    watchdog_teardown();
}

START_TEST(nth_allocation_fails)
{
    int n;

    for (n = 1;; n++) {
        failures = 0;
        alloc_fail_in = n;
        everything();
        if (alloc_fail_in > 0)
            break;
        nothing_is_held();
#if defined(MBEDGUARD_THREADING_ALT)
        /* The backend whose init cannot fail has swallowed some. */
        ck_assert(failures >= 1 || backend_wanted == BACKEND_FOUR);
#else
        ck_assert_int_ge(failures, 1);
#endif
        all_works_again();
    }
    alloc_fail_in = 0;
    ck_assert_int_gt(n, 8);
}
END_TEST

#if defined(MBEDGUARD_THREADING_ALT)
START_TEST(nth_call_of_the_backend_fails)
{
    int n;

    for (n = 1;; n++) {
        failures = 0;
        backend_fail_in = n;
        everything();
        if (backend_fail_in > 0)
            break;
        nothing_is_held();
        all_works_again();
    }
    backend_fail_in = 0;
    ck_assert_int_gt(n, 100);
}
END_TEST

START_TEST(nth_call_fails_while_the_backend_is_set)
{
    mbedguard_threading_ops ops;
    int n;
    int ret;

    if (backend_wanted == BACKEND_FOUR)
        return;
    ck_assert_int_eq(mbedguard_threading_free_alt(), 0);
    backend_ops(&ops, backend_wanted);
    for (n = 1;; n++) {
        int made = backend_made;

        backend_fail_in = n;
        ret = mbedguard_threading_set_alt_ext(&ops);
        if (ret == 0)
            break;
        ck_assert_int_eq(ret, MBEDGUARD_ERR_THREADING);
        ck_assert_int_eq(backend_made, made);
        ck_assert_uint_eq(mbedguard_threading_features(), 0);
    }
    backend_fail_in = 0;
    ck_assert_int_gt(n, 60);
    memset(leaf, 0, sizeof(leaf));
    all_works_again();
}
END_TEST
#endif

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create("nth");

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, TEST_SECONDS);
    tcase_add_test(cases, nth_allocation_fails);
#if defined(MBEDGUARD_THREADING_ALT)
    tcase_add_test(cases, nth_call_of_the_backend_fails);
    tcase_add_test(cases, nth_call_fails_while_the_backend_is_set);
#endif
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "faults");
}
