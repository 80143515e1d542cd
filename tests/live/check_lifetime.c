/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Objects that a live configuration keeps: freed before it, freed and parsed again in the same
 * storage while connections run (as libgit2, OpenVPN and cpp-httplib do), counted objects freed
 * in every order, and configurations changed beside handshakes.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "live/live.h"

#define CLIENTS 4

static mbedguard_ssl_config client_config, server_config;
static mbedguard_x509_crt crt, ca;
static mbedguard_pk_context key;
static atomic_uint connected, refused, done;
static atomic_bool finished;

static void make(void)
{
    live_setup();
    live_identity(&crt, &key, 0);
    ck_assert_int_eq(mbedguard_x509_crt_init(&ca), 0);
    ck_assert_int_eq(live_parse_crt(&ca, 0), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&server_config), 0);
    ck_assert_int_eq(live_config(&client_config, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server_config, MBEDTLS_SSL_IS_SERVER, false), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &ca, NULL), 0);
    atomic_store(&connected, 0);
    atomic_store(&refused, 0);
    atomic_store(&done, 0);
    atomic_store(&finished, false);
}

/* The certificates before the configurations: the order of most programs. */
static void unmake(void)
{
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&ca), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    live_teardown();
}

START_TEST(freed_before_the_configuration)
{
    ck_assert_int_eq(live_pair_once(&client_config, &server_config, "first"), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
    /* An empty certificate is no certificate: an orderly failure. */
    ck_assert_int_ne(live_pair_once(&client_config, &server_config, "first"), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&ca), 0);
    ck_assert_int_ne(live_pair_once(&client_config, &server_config, "first"), 0);
    /* The storage is in use again, by the same pointers. */
    ck_assert_int_eq(live_parse_crt(&crt, 0), 0);
    ck_assert_int_eq(mbedguard_x509_crt_init(&ca), 0);
    ck_assert_int_eq(live_parse_crt(&ca, 0), 0);
    live_parse_key(&key, 0);
    ck_assert_int_eq(live_pair_once(&client_config, &server_config, "first"), 0);
}
END_TEST

/* The last thread changes things until the others have connected often enough. */
struct change {
    void (*step)(unsigned round);
    bool may_refuse;
};

/*
 * Mutexes are not fair: a thread that takes one again at once may keep all others out for as long as it
 * likes. So the changer lets somebody else get something done before its next step.
 */
static void let_others_on(unsigned before)
{
    while (atomic_load(&connected) + atomic_load(&refused) == before &&
           !atomic_load(&finished) && !live_failed())
        sched_yield();
}

static void connect_or_change(unsigned number, void *data)
{
    const struct change *change = data;
    const unsigned rounds = live_rounds(20);
    unsigned i;
    int ret;

    if (number == CLIENTS) {
        for (i = 0; !atomic_load(&finished) && !live_failed(); i++) {
            const unsigned before = atomic_load(&connected) + atomic_load(&refused);

            change->step(i);
            let_others_on(before);
        }
        return;
    }
    for (i = 0; i < rounds && !live_failed(); i++) {
        ret = live_pair_once(&client_config, &server_config, "first");
        if (ret == 0) {
            atomic_fetch_add(&connected, 1);
        } else {
            atomic_fetch_add(&refused, 1);
            if (!change->may_refuse)
                LIVE_EQ(ret, 0);
            /* Mbed TLS's own error, never one of ours: the calls were made. */
            LIVE_EQ(ret < -0x10000, 0);
        }
    }
    if (atomic_fetch_add(&done, 1) == CLIENTS - 1)
        atomic_store(&finished, true);
}

static void parse_ca_again(unsigned round)
{
    (void) round;
    LIVE_EQ(mbedguard_x509_crt_free(&ca), 0);
    LIVE_EQ(mbedguard_x509_crt_init(&ca), 0);
    LIVE_EQ(live_parse_crt(&ca, 0), 0);
}

static void parse_all_again(unsigned round)
{
    parse_ca_again(round);
    LIVE_EQ(mbedguard_x509_crt_free(&crt), 0);
    LIVE_EQ(live_parse_crt(&crt, 0), 0);
    LIVE_EQ(mbedguard_pk_free(&key), 0);
    live_parse_key(&key, 0);
}

/* More certificates at the end of a chain that connections walk. */
static void append_to_ca(unsigned round)
{
    if (round < 50)
        LIVE_EQ(live_parse_crt(&ca, 1), 0);
    else
        LIVE_EQ(mbedguard_x509_crt_check_key_usage(&ca, 0), 0);
}

static void set_options(unsigned round)
{
    static const char *protocols[] = {"one", "two", NULL};
    const unsigned char secret[16] = {1};
    int ret;

    LIVE_EQ(mbedguard_ssl_conf_authmode(&client_config, round % 2 != 0
                                                            ? MBEDTLS_SSL_VERIFY_REQUIRED
                                                            : MBEDTLS_SSL_VERIFY_OPTIONAL),
            0);
    LIVE_EQ(mbedguard_ssl_conf_alpn_protocols(&server_config, protocols), 0);
    LIVE_EQ(mbedguard_ssl_conf_ca_chain(&client_config, &ca, NULL), 0);
#if !LIVE_V4
    LIVE_EQ(mbedguard_ssl_conf_rng(&client_config, mbedguard_ctr_drbg_random, &live_drbg), 0);
#endif
    if (round < 50)
        LIVE_EQ(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    /* 2.28 frees the old key under whoever reads it; 3.x takes one only. */
    ret = mbedguard_ssl_conf_psk(&server_config, secret, sizeof(secret),
                                 (const unsigned char *) "me", 2);
    LIVE_EQ(ret == 0 || ret == MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE, 1);
}

/* An explicit lock of what is kept keeps connections out, and has its turn beside them. */
static void hold_both(unsigned round)
{
    const mbedguard_object both[] = {MBEDGUARD_OBJECT(&crt), MBEDGUARD_OBJECT(&key)};

    (void) round;
    LIVE_EQ(mbedguard_lock_set(both, 2), 0);
    LIVE_EQ(live_sign_and_verify(&key, &key), 0);
    LIVE_EQ(mbedguard_unlock_set(both, 2), 0);
}

/*
 * parse_all_again asserts in a thread: a failure there ends the program, which is failure
 * enough.
 */
static const struct change changes[] = {
    {parse_ca_again, true}, {parse_all_again, true}, {append_to_ca, false},
    {set_options, false},   {hold_both, false},
};

#define CHANGES (int) (sizeof(changes) / sizeof(changes[0]))

START_TEST(changed_beside_handshakes)
{
    struct change change = changes[_i];

    live_threads(CLIENTS + 1, connect_or_change, &change);
    if (!change.may_refuse)
        ck_assert_uint_eq(atomic_load(&refused), 0);
    ck_assert_uint_eq(atomic_load(&connected) + atomic_load(&refused), CLIENTS * live_rounds(20));
    ck_assert_int_eq(live_pair_once(&client_config, &server_config, "first"), 0);
}
END_TEST

/* ---- Counted objects ------------------------------------------------------------------------- */

/* The orders in which three handles can be let go. */
static const unsigned char orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                           {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

START_TEST(counted_in_every_order)
{
    mbedguard_x509_crt *const own = mbedguard_x509_crt_new();
    mbedguard_pk_context *const own_key = mbedguard_pk_new();
    mbedguard_ssl_config *const config = mbedguard_ssl_config_new();
    static struct live_pair pair;
    int client, server;
    unsigned i;

    ck_assert_ptr_nonnull(own);
    ck_assert_ptr_nonnull(own_key);
    ck_assert_ptr_nonnull(config);
    ck_assert_int_eq(live_parse_crt(own, 0), 0);
    live_parse_key(own_key, 0);
    ck_assert_int_eq(live_config(config, MBEDTLS_SSL_IS_SERVER, false), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(config, own, own_key), 0);
    ck_assert_int_eq(live_pair_setup(&pair, &client_config, config, "first"), 0);
    for (i = 0; i < 3; i++) {
        switch (orders[_i][i]) {
        case 0:
            ck_assert_int_eq(mbedguard_x509_crt_free(own), 0);
            break;
        case 1:
            ck_assert_int_eq(mbedguard_pk_free(own_key), 0);
            break;
        default:
            ck_assert_int_eq(mbedguard_ssl_config_free(config), 0);
            break;
        }
    }
    /* The connection keeps the configuration, and that one its certificate and key. */
    live_pair_handshake(&pair, &client, &server);
    ck_assert_int_eq(client, 0);
    ck_assert_int_eq(server, 0);
    ck_assert_int_eq(live_pair_talk(&pair), 0);
    live_pair_free(&pair);
}
END_TEST

START_TEST(replaced_while_in_use)
{
    mbedguard_x509_crt *next;
    unsigned i;

    for (i = 0; i < 10; i++) {
        next = mbedguard_x509_crt_new();
        ck_assert_ptr_nonnull(next);
        ck_assert_int_eq(live_parse_crt(next, 0), 0);
        /* The configuration lets go of the one before, which dies with it. */
        ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, next, NULL), 0);
        ck_assert_int_eq(mbedguard_x509_crt_free(next), 0);
        ck_assert_int_eq(live_pair_once(&client_config, &server_config, "first"), 0);
    }
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &ca, NULL), 0);
}
END_TEST

static void replace_ca(unsigned round)
{
    mbedguard_x509_crt *next = mbedguard_x509_crt_new();

    (void) round;
    LIVE_EQ(next == NULL, 0);
    LIVE_EQ(live_parse_crt(next, 0), 0);
    LIVE_EQ(mbedguard_ssl_conf_ca_chain(&client_config, next, NULL), 0);
    LIVE_EQ(mbedguard_x509_crt_free(next), 0);
}

START_TEST(replaced_beside_handshakes)
{
    struct change change = {replace_ca, false};

    live_threads(CLIENTS + 1, connect_or_change, &change);
    ck_assert_uint_eq(atomic_load(&connected), CLIENTS * live_rounds(20));
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &ca, NULL), 0);
}
END_TEST

/* References dropped by all threads: the last one frees. */
static void drop(unsigned number, void *data)
{
    mbedguard_x509_crt *const shared = data;
    const unsigned rounds = live_rounds(1000);
    char text[200];
    unsigned i;

    for (i = 0; i < rounds; i++) {
        LIVE_EQ(mbedguard_x509_crt_ref(shared), 0);
        if (i % 64 == 0)
            LIVE_EQ(mbedguard_x509_crt_info(text, sizeof(text), "", shared) == 0, 0);
        LIVE_EQ(mbedguard_x509_crt_free(shared), 0);
    }
    live_meet();
    LIVE_EQ(mbedguard_x509_crt_free(shared), 0);
    (void) number;
}

START_TEST(references_by_threads)
{
    mbedguard_x509_crt *const shared = mbedguard_x509_crt_new();
    unsigned i;

    ck_assert_ptr_nonnull(shared);
    ck_assert_int_eq(live_parse_crt(shared, 0), 0);
    for (i = 1; i < CLIENTS; i++)
        ck_assert_int_eq(mbedguard_x509_crt_ref(shared), 0);
    live_threads(CLIENTS, drop, shared);
}
END_TEST

/* ---- Writers, generators --------------------------------------------------------------------- */

START_TEST(writer_keeps_its_key)
{
    mbedguard_pk_context *const own_key = mbedguard_pk_new();
    mbedguard_x509write_csr writer;
    unsigned char pem[2000];

    ck_assert_ptr_nonnull(own_key);
    live_parse_key(own_key, 0);
    ck_assert_int_eq(mbedguard_x509write_csr_init(&writer), 0);
    ck_assert_int_eq(mbedguard_x509write_csr_set_md_alg(&writer, MBEDTLS_MD_SHA256), 0);
    ck_assert_int_eq(mbedguard_x509write_csr_set_subject_name(&writer, "CN=someone"), 0);
    ck_assert_int_eq(mbedguard_x509write_csr_set_key(&writer, own_key), 0);
    ck_assert_int_eq(mbedguard_pk_free(own_key), 0);
#if LIVE_V4
    ck_assert_int_eq(mbedguard_x509write_csr_pem(&writer, pem, sizeof(pem)), 0);
#else
    ck_assert_int_eq(mbedguard_x509write_csr_pem(&writer, pem, sizeof(pem),
                                                 mbedguard_ctr_drbg_random, &live_drbg),
                     0);
#endif
    ck_assert_int_eq(mbedguard_x509write_csr_free(&writer), 0);
}
END_TEST

#if !LIVE_V4
START_TEST(generator_keeps_its_entropy)
{
    mbedguard_entropy_context *const entropy = mbedguard_entropy_new();
    mbedguard_ctr_drbg_context *const drbg = mbedguard_ctr_drbg_new();
    unsigned char out[16];

    ck_assert_ptr_nonnull(entropy);
    ck_assert_ptr_nonnull(drbg);
    ck_assert_int_eq(mbedguard_ctr_drbg_seed(drbg, mbedguard_entropy_func, entropy, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_entropy_free(entropy), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_reseed(drbg, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_random(drbg, out, sizeof(out)), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_free(drbg), 0);
}
END_TEST
#endif

static TCase *life_case(Suite *suite, const char *name)
{
    return live_case_with(suite, name, make, unmake);
}

int main(void)
{
    Suite *suite = suite_create("lifetime");
    TCase *tc = life_case(suite, "caller's storage");

    tcase_add_test(tc, freed_before_the_configuration);
    tcase_add_loop_test(tc, changed_beside_handshakes, 0, CHANGES);
    tc = life_case(suite, "counted");
    tcase_add_loop_test(tc, counted_in_every_order, 0, 6);
    tcase_add_test(tc, replaced_while_in_use);
    tcase_add_test(tc, replaced_beside_handshakes);
    tcase_add_test(tc, references_by_threads);
    tcase_add_test(tc, writer_keeps_its_key);
#if !LIVE_V4
    tcase_add_test(tc, generator_keeps_its_entropy);
#endif
    return live_run(suite);
}
