/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From _init or _new to _free: in every order, under locks, in callbacks, while others are in. */
#include "support.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define SSL    MBEDGUARD_RANK_SSL
#define CONFIG MBEDGUARD_RANK_CONFIG
#define CERT   MBEDGUARD_RANK_CERT
#define LEAF   MBEDGUARD_RANK_LEAF

/*
 * Objects are static: DRD takes what is left on the stack of a mutex for one that is still there.
 */
static gate come;
static gate go;

static void setup(void)
{
    watchdog_setup();
    backend_setup();
    gate_reset(&come);
    gate_reset(&go);
}

static void teardown(void)
{
    backend_teardown();
    watchdog_teardown();
}

static int keep(mbedguard_guard *keeper, unsigned keeper_rank, mbedguard_guard *kept,
                unsigned kept_rank, unsigned slot)
{
    mbedguard_keep edge;
    int ret = mbedguard_enter(keeper, keeper_rank, "keep");

    if (ret != 0)
        return ret;
    ret = mbedguard_keep_begin(&edge, keeper, keeper_rank, kept, kept_rank, slot, true, "keep");
    if (ret == 0)
        mbedguard_keep_commit(&edge);
    (void) mbedguard_leave(keeper, keeper_rank);
    return ret;
}

START_TEST(freed_in_place_and_used_again)
{
    static toy_leaf leaf;
    int i;

    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, NULL, "a"), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, NULL, "a"), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), 0);
    ck_assert_int_eq(leaf.unguarded.alive, 1);
    for (i = 0; i < 3; i++) {
        leaf.unguarded.value = 7;
        ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, &leaf, "a"), 0);
        ck_assert_int_eq(raw_frees, i + 1);
        ck_assert_int_eq(leaf.unguarded.alive, 1);
        ck_assert_int_eq(leaf.unguarded.value, 0);
        ck_assert_int_eq(mbedguard_enter(&leaf.guard, LEAF, "a"), 0);
        ck_assert_int_eq(mbedguard_leave(&leaf.guard, LEAF), 0);
    }
    (void) mbedguard_object_free(&toy_leaf_type, &leaf, "a");
    memset(&leaf, 0, sizeof(leaf));
    ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, &leaf, "a"), 0);
    (void) mbedguard_object_free(&toy_leaf_type, &leaf, "a");
}
END_TEST

START_TEST(init_makes_any_storage_whole)
{
    static toy_leaf leaf;
    int byte;

    for (byte = 0; byte < 256; byte += 5) {
        memset(&leaf, byte, sizeof(leaf));
        ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), 0);
        ck_assert_int_eq(mbedguard_lock(&leaf), 0);
        ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
        (void) mbedguard_object_free(&toy_leaf_type, &leaf, "a");
    }
}
END_TEST

START_TEST(init_where_a_held_guard_stood)
{
    static toy_leaf leaf;

#if defined(MBEDGUARD_THREADING_ALT)
    /* What the backend has in the mutex that is written over cannot be given back. */
    return;
#endif
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), 0);
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), 0);
    ck_assert_int_eq(mbedguard_held(&leaf.guard), 0);
    ck_assert_int_eq(mbedguard_may_wait("a"), 0);
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
}
END_TEST

START_TEST(free_under_a_lock_keeps_the_lock)
{
    static toy_cert cert;

    ck_assert_int_eq(mbedguard_object_init(&toy_cert_type, &cert, "a"), 0);
    ck_assert_int_eq(mbedguard_lock(&cert), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, &cert, "a"), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(mbedguard_held(&cert.guard), 2);
    ck_assert_int_eq(mbedguard_unlock(&cert), 0);
    ck_assert_int_eq(mbedguard_held(&cert.guard), 0);
    (void) mbedguard_object_free(&toy_cert_type, &cert, "a");
}
END_TEST

START_TEST(free_in_a_callback_waits_for_the_end)
{
    const unsigned nested = SSL | MBEDGUARD_IN_CALLBACK;
    static toy_ssl ssl;

    ck_assert_int_eq(mbedguard_object_init(&toy_ssl_type, &ssl, "a"), 0);
    ck_assert_int_eq(mbedguard_enter(&ssl.guard, SSL | MBEDGUARD_CALLS_OUT, "a"), 0);
    ck_assert_int_eq(mbedguard_enter(&ssl.guard, nested, "a"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_ssl_type, &ssl, "a"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_ssl_type, &ssl, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&ssl.guard, nested), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(mbedguard_leave(&ssl.guard, SSL | MBEDGUARD_CALLS_OUT), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(mbedguard_held(&ssl.guard), 0);
    ck_assert_int_eq(mbedguard_enter(&ssl.guard, SSL, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&ssl.guard, SSL), 0);
    ck_assert_int_eq(raw_frees, 1);
    (void) mbedguard_object_free(&toy_ssl_type, &ssl, "a");
}
END_TEST

START_TEST(free_in_a_callback_of_a_reader)
{
    mbedguard_want set[2];
    static toy_ssl ssl;
    static toy_config config;

    ck_assert_int_eq(mbedguard_object_init(&toy_ssl_type, &ssl, "a"), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_config_type, &config, "a"), 0);
    set[0].guard = &ssl.guard;
    set[0].how = SSL;
    set[1].guard = &config.guard;
    set[1].how = CONFIG | MBEDGUARD_SHARED;
    ck_assert_int_eq(mbedguard_enter_set(set, 2, "tls"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, &config, "a"), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(mbedguard_leave_set(set, 2), 0);
    ck_assert_int_eq(raw_frees, 1);
    (void) mbedguard_object_free(&toy_ssl_type, &ssl, "a");
    (void) mbedguard_object_free(&toy_config_type, &config, "a");
}
END_TEST

START_TEST(free_in_a_callback_of_a_kept_object)
{
    static toy_config config;
    static toy_cert cert;

    ck_assert_int_eq(mbedguard_object_init(&toy_config_type, &config, "a"), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_cert_type, &cert, "a"), 0);
    ck_assert_int_eq(keep(&config.guard, CONFIG, &cert.guard, CERT, 1), 0);
    ck_assert_int_eq(mbedguard_enter(&cert.guard, CERT | MBEDGUARD_USE, "a"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, &cert, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&cert.guard, CERT | MBEDGUARD_USE), 0);
    ck_assert_int_eq(raw_frees, 1);
    (void) mbedguard_object_free(&toy_config_type, &config, "a");
    (void) mbedguard_object_free(&toy_cert_type, &cert, "a");
}
END_TEST

static void *be_in(void *object)
{
    toy_leaf *leaf = object;

    (void) mbedguard_enter(&leaf->guard, LEAF, "in");
    gate_add(&come);
    gate_wait(&go, 1);
    leaf->unguarded.value = raw_frees;
    (void) mbedguard_leave(&leaf->guard, LEAF);
    return NULL;
}

static void *free_leaf(void *object)
{
    gate_add(&come);
    return (void *) (intptr_t) mbedguard_object_free(&toy_leaf_type, object, "free");
}

START_TEST(free_waits_for_calls_inside)
{
    static toy_leaf leaf;
    pthread_t inside;
    pthread_t freeing;

    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), 0);
    inside = start_thread(be_in, &leaf);
    gate_wait(&come, 1);
    freeing = start_thread(free_leaf, &leaf);
    gate_wait(&come, 2);
    (void) sched_yield();
    ck_assert_int_eq(__atomic_load_n(&raw_frees, __ATOMIC_RELAXED), 0);
    gate_add(&go);
    (void) join_thread(inside);
    ck_assert_ptr_null(join_thread(freeing));
    ck_assert_int_eq(raw_frees, 1);
    (void) mbedguard_object_free(&toy_leaf_type, &leaf, "a");
}
END_TEST

START_TEST(counted_objects_die_with_the_last_reference)
{
    toy_cert *cert = mbedguard_object_create(&toy_cert_type, "new");
    static toy_leaf plain;

    ck_assert_ptr_nonnull(cert);
    ck_assert_uint_ne(cert->guard.counted, 0);
    ck_assert_int_eq(mbedguard_object_ref(&toy_cert_type, cert, "ref"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, cert, "free"), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(mbedguard_lock(cert), 0);
    ck_assert_int_eq(mbedguard_unlock(cert), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, cert, "free"), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &plain, "a"), 0);
    ck_assert_int_eq(mbedguard_object_ref(&toy_leaf_type, &plain, "a"), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_object_ref(&toy_leaf_type, NULL, "a"), MBEDGUARD_ERR_BAD_INPUT);
    (void) mbedguard_object_free(&toy_leaf_type, &plain, "a");
}
END_TEST

/* Whatever its bytes say: they are not read. */
START_TEST(init_of_a_counted_object_is_refused)
{
    toy_cert *cert = mbedguard_object_create(&toy_cert_type, "new");
    static toy_config config;

    ck_assert_int_eq(mbedguard_object_init(&toy_config_type, &config, "a"), 0);
    ck_assert_int_eq(keep(&config.guard, CONFIG, &cert->guard, CERT, 1), 0);
    cert->unguarded.value = 5;
    raw_inits = 0;
    ck_assert_int_eq(mbedguard_object_init(&toy_cert_type, cert, "a"), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_lock(cert), 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_cert_type, cert, "a"), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_held(&cert->guard), 2);
    ck_assert_int_eq(mbedguard_unlock(cert), 0);
    ck_assert_int_eq(raw_inits, 0);
    ck_assert_int_eq(cert->unguarded.value, 5);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, cert, "free"), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(mbedguard_object_init(&toy_cert_type, cert, "a"), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, &config, "free"), 0);
    ck_assert_int_eq(raw_frees, 2);
    (void) mbedguard_object_free(&toy_config_type, &config, "a");
}
END_TEST

/* So many that the table grows. What is beside a counted object is not one. */
START_TEST(many_counted_objects)
{
    enum { MANY = 2000 };
    static toy_leaf *many[MANY];
    static toy_leaf plain;
    int i;

    for (i = 0; i < MANY; i++) {
        many[i] = mbedguard_object_create(&toy_leaf_type, "new");
        ck_assert_ptr_nonnull(many[i]);
    }
    for (i = 0; i < MANY; i += 2)
        ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, many[i], "free"), 0);
    for (i = 1; i < MANY; i += 2)
        ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, many[i], "a"),
                         MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &plain, "a"), 0);
    for (i = 1; i < MANY; i += 2)
        ck_assert_int_eq(mbedguard_object_free(&toy_leaf_type, many[i], "free"), 0);
    ck_assert_int_eq(raw_frees, MANY);
    (void) mbedguard_object_free(&toy_leaf_type, &plain, "a");
}
END_TEST

static void free_nth(toy_ssl *ssl, toy_config *config, toy_cert *cert, int which)
{
    int ret = which == 0   ? mbedguard_object_free(&toy_ssl_type, ssl, "free")
              : which == 1 ? mbedguard_object_free(&toy_config_type, config, "free")
                           : mbedguard_object_free(&toy_cert_type, cert, "free");

    ck_assert_int_eq(ret, 0);
}

START_TEST(counted_chain_freed_in_every_order)
{
    static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                      { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    int o;

    for (o = 0; o < 6; o++) {
        toy_ssl *ssl = mbedguard_object_create(&toy_ssl_type, "new");
        toy_config *config = mbedguard_object_create(&toy_config_type, "new");
        toy_cert *cert = mbedguard_object_create(&toy_cert_type, "new");
        int i;

        raw_frees = 0;
        ck_assert_int_eq(keep(&config->guard, CONFIG, &cert->guard, CERT, 1), 0);
        ck_assert_int_eq(keep(&ssl->guard, SSL, &config->guard, CONFIG, 1), 0);
        for (i = 0; i < 3; i++)
            free_nth(ssl, config, cert, orders[o][i]);
        ck_assert_int_eq(raw_frees, 3);
    }
}
END_TEST

START_TEST(replacing_drops_the_reference)
{
    static toy_config config;
    toy_cert *first = mbedguard_object_create(&toy_cert_type, "new");
    toy_cert *second = mbedguard_object_create(&toy_cert_type, "new");

    ck_assert_int_eq(mbedguard_object_init(&toy_config_type, &config, "a"), 0);
    ck_assert_int_eq(keep(&config.guard, CONFIG, &first->guard, CERT, 1), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, first, "free"), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(keep(&config.guard, CONFIG, &second->guard, CERT, 1), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(keep(&config.guard, CONFIG, &second->guard, CERT, 1), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, second, "free"), 0);
    ck_assert_int_eq(raw_frees, 1);
    ck_assert_int_eq(mbedguard_object_init(&toy_config_type, &config, "a"), 0);
    ck_assert_int_eq(raw_frees, 2);
    (void) mbedguard_object_free(&toy_config_type, &config, "a");
}
END_TEST

START_TEST(last_reference_under_a_lock_goes_later)
{
    toy_config *config = mbedguard_object_create(&toy_config_type, "new");
    toy_cert *cert = mbedguard_object_create(&toy_cert_type, "new");
    static toy_leaf leaf;

    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), 0);
    ck_assert_int_eq(keep(&config->guard, CONFIG, &cert->guard, CERT, 1), 0);
    /* The last reference, out of order: refused, and still there. */
    ck_assert_int_eq(mbedguard_lock(&leaf), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, config, "free"), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_unlock(&leaf), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(mbedguard_lock(cert), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, cert, "free"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, config, "free"), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(mbedguard_unlock(cert), 0);
    ck_assert_int_eq(raw_frees, 2);
    (void) mbedguard_object_free(&toy_leaf_type, &leaf, "a");
}
END_TEST

START_TEST(last_reference_in_a_callback_goes_later)
{
    toy_ssl *ssl = mbedguard_object_create(&toy_ssl_type, "new");

    ck_assert_int_eq(mbedguard_enter(&ssl->guard, SSL | MBEDGUARD_CALLS_OUT, "a"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_ssl_type, ssl, "free"), 0);
    ck_assert_int_eq(raw_frees, 0);
    ck_assert_int_eq(mbedguard_leave(&ssl->guard, SSL | MBEDGUARD_CALLS_OUT), 0);
    ck_assert_int_eq(raw_frees, 1);
}
END_TEST

static void use_of_a_dying_object(void *object)
{
    toy_ssl *ssl = object;

    /* As a debug callback that TLS runs when it is freed. */
    ck_assert_int_eq(mbedguard_enter(&ssl->guard, SSL, "hook"), MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_enter(&ssl->guard, SSL | MBEDGUARD_IN_CALLBACK, "hook"), 0);
    ck_assert_int_eq(mbedguard_leave(&ssl->guard, SSL | MBEDGUARD_IN_CALLBACK), 0);
}

START_TEST(callbacks_of_the_raw_free)
{
    static toy_ssl ssl;

    ck_assert_int_eq(mbedguard_object_init(&toy_ssl_type, &ssl, "a"), 0);
    raw_free_hook = use_of_a_dying_object;
    ck_assert_int_eq(mbedguard_object_free(&toy_ssl_type, &ssl, "a"), 0);
    ck_assert_int_eq(mbedguard_lock(&ssl), 0);
    raw_free_hook = use_of_a_dying_object;
    ck_assert_int_eq(mbedguard_object_free(&toy_ssl_type, &ssl, "a"), 0);
    ck_assert_int_eq(mbedguard_unlock(&ssl), 0);
    (void) mbedguard_object_free(&toy_ssl_type, &ssl, "a");
}
END_TEST

/* Freed with another guard around it, which comes before: at once, counted, under a lock, asked for. */
static mbedguard_guard before;
static int around_seen;
static bool around_wanted = true;

static void note_around(void *object)
{
    (void) object;
    around_seen = mbedguard_held(&before);
}

static bool wants_around(const void *object)
{
    (void) object;
    return around_wanted;
}

static void free_with_around(const mbedguard_type *type, int expected)
{
    static toy_cert cert;
    toy_cert *counted = mbedguard_object_create(type, "a");

    around_seen = -1;
    ck_assert_int_eq(mbedguard_object_init(type, &cert, "a"), 0);
    raw_free_hook = note_around;
    ck_assert_int_eq(mbedguard_object_free(type, &cert, "a"), 0);
    ck_assert_int_eq(around_seen, expected);
    around_seen = -1;
    ck_assert_ptr_nonnull(counted);
    raw_free_hook = note_around;
    ck_assert_int_eq(mbedguard_object_free(type, counted, "a"), 0);
    ck_assert_int_eq(around_seen, expected);
    ck_assert_int_eq(mbedguard_held(&before), 0);
}

START_TEST(freed_with_another_guard_around)
{
    static toy_cert cert;
    mbedguard_type type = toy_cert_type;

    memset(&before, 0, sizeof before); /* its mutex went with the backend of an earlier suite */
    type.around.guard = &before;
    type.around.how = CONFIG | MBEDGUARD_AROUND;
    free_with_around(&type, 2);
    type.wants_around = wants_around;
    free_with_around(&type, 2);
    around_wanted = false;
    free_with_around(&type, 0);
    around_wanted = true;
    /* Under a lock it cannot be taken any more. */
    ck_assert_int_eq(mbedguard_object_init(&type, &cert, "a"), 0);
    ck_assert_int_eq(mbedguard_lock(&cert), 0);
    ck_assert_int_eq(mbedguard_object_free(&type, &cert, "a"), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_unlock(&cert), 0);
    /* From a callback of a call on the object: when the thread holds nothing. */
    around_seen = -1;
    raw_free_hook = note_around;
    ck_assert_int_eq(mbedguard_enter(&cert.guard, CERT, "a"), 0);
    ck_assert_int_eq(mbedguard_object_free(&type, &cert, "a"), 0);
    ck_assert_int_eq(around_seen, -1);
    ck_assert_int_eq(mbedguard_leave(&cert.guard, CERT), 0);
    ck_assert_int_eq(around_seen, 2);
    ck_assert_int_eq(mbedguard_held(&before), 0);
}
END_TEST

/* Connections, each with a reference to a configuration that is replaced meanwhile. */
static pthread_mutex_t current_mutex = PTHREAD_MUTEX_INITIALIZER;
static toy_config *current;

static toy_config *borrow_current(void)
{
    toy_config *config;

    (void) pthread_mutex_lock(&current_mutex);
    config = current;
    (void) mbedguard_object_ref(&toy_config_type, config, "ref");
    (void) pthread_mutex_unlock(&current_mutex);
    return config;
}

static void *connections(void *unused)
{
    int i;

    (void) unused;
    for (i = rounds(500); i > 0; i--) {
        toy_ssl *ssl = mbedguard_object_create(&toy_ssl_type, "new");
        toy_config *config = borrow_current();
        mbedguard_want set[] = { { &ssl->guard, SSL },
                                 { &config->guard, CONFIG | MBEDGUARD_SHARED } };

        if (keep(&ssl->guard, SSL, &config->guard, CONFIG, 1) != 0 ||
            mbedguard_object_free(&toy_config_type, config, "unref") != 0 ||
            mbedguard_enter_set(set, 2, "tls") != 0 || config->unguarded.alive != 1 ||
            mbedguard_leave_set(set, 2) != 0 ||
            mbedguard_object_free(&toy_ssl_type, ssl, "free") != 0)
            return (void *) 1;
    }
    return NULL;
}

START_TEST(configuration_replaced_under_load)
{
    pthread_t threads[4];
    toy_cert *cert = mbedguard_object_create(&toy_cert_type, "new");
    int made = 1;
    int i;

    current = mbedguard_object_create(&toy_config_type, "new");
    for (i = 0; i < 4; i++)
        threads[i] = start_thread(connections, NULL);
    for (i = rounds(200); i > 0; i--, made++) {
        toy_config *next = mbedguard_object_create(&toy_config_type, "new");
        toy_config *last;

        ck_assert_int_eq(keep(&next->guard, CONFIG, &cert->guard, CERT, 1), 0);
        (void) pthread_mutex_lock(&current_mutex);
        last = current;
        current = next;
        (void) pthread_mutex_unlock(&current_mutex);
        ck_assert_int_eq(mbedguard_object_free(&toy_config_type, last, "unref"), 0);
    }
    for (i = 0; i < 4; i++)
        ck_assert_ptr_null(join_thread(threads[i]));
    ck_assert_int_eq(mbedguard_object_free(&toy_cert_type, cert, "unref"), 0);
    ck_assert_int_eq(mbedguard_object_free(&toy_config_type, current, "unref"), 0);
    ck_assert_int_eq(raw_frees, made + 1 + 4 * rounds(500));
}
END_TEST

START_TEST(start_that_fails_is_told)
{
    static toy_leaf leaf;

    if (without_fork("a start that fails"))
        return;
    start_result = MBEDGUARD_ERR_VERSION;
    memset(&leaf, 0, sizeof(leaf));
    ck_assert_int_eq(mbedguard_object_init(&toy_leaf_type, &leaf, "a"), MBEDGUARD_ERR_VERSION);
    ck_assert_int_eq(raw_inits, 0);
    ck_assert_int_eq(mbedguard_enter(&leaf.guard, LEAF, "a"), MBEDGUARD_ERR_VERSION);
    ck_assert_int_eq(mbedguard_lock(&leaf), MBEDGUARD_ERR_VERSION);
    ck_assert_ptr_null(mbedguard_object_create(&toy_leaf_type, "a"));
    start_result = 0;
    ck_assert_int_eq(mbedguard_enter(&leaf.guard, LEAF, "a"), 0);
    ck_assert_int_eq(mbedguard_leave(&leaf.guard, LEAF), 0);
    ck_assert_int_eq(start_count, 5);
    (void) mbedguard_object_free(&toy_leaf_type, &leaf, "a");
}
END_TEST

static Suite *make_suite(const char *name)
{
    Suite *suite = suite_create(name);

    add_case(suite, "in place", freed_in_place_and_used_again, setup, teardown);
    add_case(suite, "any storage", init_makes_any_storage_whole, setup, teardown);
    if (!without_fork("a held mutex that is written over"))
        add_case(suite, "held storage", init_where_a_held_guard_stood, setup, teardown);
    add_case(suite, "under a lock", free_under_a_lock_keeps_the_lock, setup, teardown);
    add_case(suite, "callback", free_in_a_callback_waits_for_the_end, setup, teardown);
    add_case(suite, "callback of a reader", free_in_a_callback_of_a_reader, setup, teardown);
    add_case(suite, "callback, kept", free_in_a_callback_of_a_kept_object, setup, teardown);
    add_case(suite, "waits", free_waits_for_calls_inside, setup, teardown);
    add_case(suite, "counted", counted_objects_die_with_the_last_reference, setup, teardown);
    add_case(suite, "counted, init", init_of_a_counted_object_is_refused, setup, teardown);
    add_case(suite, "counted, many", many_counted_objects, setup, teardown);
    add_case(suite, "orders", counted_chain_freed_in_every_order, setup, teardown);
    add_case(suite, "replace", replacing_drops_the_reference, setup, teardown);
    add_case(suite, "last, locked", last_reference_under_a_lock_goes_later, setup, teardown);
    add_case(suite, "last, callback", last_reference_in_a_callback_goes_later, setup, teardown);
    add_case(suite, "raw free", callbacks_of_the_raw_free, setup, teardown);
    add_case(suite, "around", freed_with_another_guard_around, setup, teardown);
    add_case(suite, "load", configuration_replaced_under_load, setup, teardown);
    add_case(suite, "start", start_that_fails_is_told, setup, teardown);
    return suite;
}

int main(void)
{
    return run_suites(make_suite, "life");
}
