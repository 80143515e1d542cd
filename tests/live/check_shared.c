/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a live configuration shares with its connections: everything that it keeps is freed by the
 * program in any order while they connect, and its setters wait for calls, not for the network.
 */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "live/wire.h"

#include <mbedguard/ssl_cache.h>
#include <mbedguard/ssl_config_slot.h>
#include <mbedguard/ssl_cookie.h>
#include <mbedguard/ssl_ticket.h>

#define CLIENTS 4

/* ---- Counted objects, freed in any order ------------------------------------------------------- */

enum part {
    SERVER,
    CLIENT,
    CRT,
    KEY,
    CA,
    CRL,
    CACHE,
    TICKETS,
    COOKIES,
    RNG,
    ENTROPY,
    PARTS /* a prime: every step visits all */
};

static struct {
    mbedguard_ssl_config *server, *client;
    mbedguard_x509_crt *crt, *ca;
    mbedguard_pk_context *key;
    mbedguard_x509_crl *crl;
    mbedguard_ssl_cache_context *cache;
    mbedguard_ssl_ticket_context *tickets;
    mbedguard_ssl_cookie_ctx *cookies;
    mbedguard_ctr_drbg_context *rng;
    mbedguard_entropy_context *entropy;
} part;

static mbedguard_ssl_config_slot server_slot, client_slot;
static atomic_uint connected, finished;

static int free_part(enum part which)
{
    switch (which) {
    case SERVER:
        return mbedguard_ssl_config_free(part.server);
    case CLIENT:
        return mbedguard_ssl_config_free(part.client);
    case CRT:
        return mbedguard_x509_crt_free(part.crt);
    case KEY:
        return mbedguard_pk_free(part.key);
    case CA:
        return mbedguard_x509_crt_free(part.ca);
    case CRL:
        return mbedguard_x509_crl_free(part.crl);
    case CACHE:
        return mbedguard_ssl_cache_free(part.cache);
    case TICKETS:
        return mbedguard_ssl_ticket_free(part.tickets);
    case COOKIES:
        return mbedguard_ssl_cookie_free(part.cookies);
    case RNG:
        return mbedguard_ctr_drbg_free(part.rng);
    default:
        return mbedguard_entropy_free(part.entropy);
    }
}

static void make_parts(void)
{
    unsigned char crl[1024];
    size_t length;

    part.server = mbedguard_ssl_config_new();
    part.client = mbedguard_ssl_config_new();
    part.crt = mbedguard_x509_crt_new();
    part.ca = mbedguard_x509_crt_new();
    part.key = mbedguard_pk_new();
    part.crl = mbedguard_x509_crl_new();
    part.cache = mbedguard_ssl_cache_new();
    part.tickets = mbedguard_ssl_ticket_new();
    part.cookies = mbedguard_ssl_cookie_new();
    part.rng = mbedguard_ctr_drbg_new();
    part.entropy = mbedguard_entropy_new();
    ck_assert_ptr_nonnull(part.entropy);
    ck_assert_int_eq(mbedguard_ctr_drbg_seed(part.rng, mbedguard_entropy_func, part.entropy, NULL, 0),
                     0);
    ck_assert_int_eq(live_parse_crt(part.crt, 0), 0);
    ck_assert_int_eq(live_parse_crt(part.ca, 0), 0);
    live_parse_key(part.key, 0);
    ck_assert_int_eq(live_revoke(77, crl, &length), 0);
    ck_assert_int_eq(mbedguard_x509_crl_parse_der(part.crl, crl, length), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(part.tickets, mbedguard_ctr_drbg_random, part.rng,
                                                MBEDTLS_CIPHER_AES_256_GCM, 3600),
                     0);
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(part.cookies, mbedguard_ctr_drbg_random, part.rng),
                     0);
}

/* All of them are reached from the two configurations, and these from the slots. */
static void join_parts(bool tls13)
{
    ck_assert_int_eq(live_config(part.server, MBEDTLS_SSL_IS_SERVER, tls13), 0);
    ck_assert_int_eq(live_config(part.client, MBEDTLS_SSL_IS_CLIENT, tls13), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_rng(part.server, mbedguard_ctr_drbg_random, part.rng), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_rng(part.client, mbedguard_ctr_drbg_random, part.rng), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(part.server, part.crt, part.key), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(part.client, part.ca, part.crl), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_session_cache(part.server, part.cache,
                                                      mbedguard_ssl_cache_get,
                                                      mbedguard_ssl_cache_set),
                     0);
    wire_give_tickets(part.server, part.tickets);
    ck_assert_int_eq(mbedguard_ssl_conf_dtls_cookies(part.server, mbedguard_ssl_cookie_write,
                                                     mbedguard_ssl_cookie_check, part.cookies),
                     0);
    ck_assert_int_eq(mbedguard_ssl_config_swap(&server_slot, part.server), 0);
    ck_assert_int_eq(mbedguard_ssl_config_swap(&client_slot, part.client), 0);
}

/* With resume, by the ticket or the cache, what the connection before has left in the session. */
static int connect_once(mbedguard_ssl_session *session, bool resume)
{
    struct live_pair pair;
    mbedguard_ssl_config *client = NULL, *server = NULL;
    int ends[2] = {0, 0};
    int ret = mbedguard_ssl_config_current(&client_slot, &client);

    if (ret == 0)
        ret = mbedguard_ssl_config_current(&server_slot, &server);
    if (ret == 0)
        ret = live_pair_setup(&pair, client, server, "first");
    if (ret == 0 && resume)
        ret = mbedguard_ssl_set_session(&pair.client, session);
    if (ret == 0) {
        live_pair_handshake(&pair, &ends[0], &ends[1]);
        ret = ends[0] != 0 ? ends[0] : ends[1];
    }
    if (ret == 0 && !resume)
        ret = mbedguard_ssl_get_session(&pair.client, session);
    /* The connection keeps what it needs. */
    LIVE_EQ(mbedguard_ssl_config_free(client), 0);
    LIVE_EQ(mbedguard_ssl_config_free(server), 0);
    if (ret == 0)
        ret = live_pair_talk(&pair);
    live_pair_free(&pair);
    return ret;
}

static void connect_twice(void)
{
    mbedguard_ssl_session session;

    LIVE_EQ(mbedguard_ssl_session_init(&session), 0);
    LIVE_EQ(connect_once(&session, false), 0);
    LIVE_EQ(connect_once(&session, true), 0);
    LIVE_EQ(mbedguard_ssl_session_free(&session), 0);
    atomic_fetch_add(&connected, 1);
}

/* Until somebody has connected once more. */
static void let_others_on(void)
{
    const unsigned before = atomic_load(&connected);

    while (atomic_load(&connected) == before && !live_failed())
        sched_yield();
}

static void free_in_order(unsigned order)
{
    unsigned i;

    for (i = 0; i < PARTS; i++) {
        LIVE_EQ(free_part((enum part) ((order + i * (order % (PARTS - 1) + 1)) % PARTS)), 0);
        if (i % 4 == 0)
            let_others_on();
    }
    let_others_on();
    atomic_store(&finished, 1);
}

static void connect_or_free(unsigned number, void *data)
{
    const unsigned *const order = data;

    if (number == CLIENTS) {
        free_in_order(*order);
        return;
    }
    while (atomic_load(&finished) == 0 && !live_failed())
        connect_twice();
}

START_TEST(freed_in_any_order)
{
    unsigned order = (unsigned) _i;

    atomic_store(&finished, 0);
    make_parts();
    join_parts(LIVE_TLS13 && _i % 2 != 0);
    live_threads(CLIENTS + 1, connect_or_free, &order);
    ck_assert_int_eq(mbedguard_ssl_config_slot_free(&server_slot), 0);
    ck_assert_int_eq(mbedguard_ssl_config_slot_free(&client_slot), 0);
}
END_TEST

/* ---- Setters on a live configuration --------------------------------------------------------------- */

static struct wire_link wired;

static void set_everything(mbedguard_ssl_config *config)
{
    static const char *protocols[] = {"one", "two", NULL};

    LIVE_EQ(mbedguard_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED), 0);
    LIVE_EQ(mbedguard_ssl_conf_alpn_protocols(config, protocols), 0);
    LIVE_EQ(mbedguard_ssl_conf_rng(config, mbedguard_ctr_drbg_random, &live_drbg), 0);
    LIVE_EQ(mbedguard_ssl_conf_ca_chain(config, &wired.crt, NULL), 0);
    LIVE_EQ(mbedguard_ssl_conf_own_cert(config, &wired.crt, &wired.key), 0);
    /* Kept by it: with everybody else out. */
    LIVE_EQ(live_parse_crt(&wired.crt, 1), 0);
    LIVE_EQ(mbedguard_lock(&wired.key), 0);
    LIVE_EQ(mbedguard_unlock(&wired.key), 0);
    LIVE_EQ(mbedguard_lock(config), 0);
    LIVE_EQ(mbedguard_unlock(config), 0);
}

static void read_or_set(unsigned number, void *data)
{
    unsigned char byte = 0;

    (void) data;
    if (number < 2) {
        LIVE_EQ(mbedguard_ssl_read(&wired.ends[number], &byte, 1), 1);
        return;
    }
    wire_await_waiter(&wired.wires[0], false);
    wire_await_waiter(&wired.wires[1], false);
    set_everything(&wired.configs[0]);
    set_everything(&wired.configs[1]);
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[0], &byte, 1), 1);
    LIVE_EQ(mbedguard_ssl_write(&wired.ends[1], &byte, 1), 1);
}

/* Both ends wait for what comes only when all is set. */
START_TEST(set_while_others_wait_for_the_network)
{
    const struct wire_kind kind = {.waits = true, .tls13 = LIVE_TLS13 && _i != 0};

    wire_open(&wired, &kind);
    wire_connect_in_threads(&wired);
    live_threads(3, read_or_set, NULL);
    wire_free(&wired);
}
END_TEST

static atomic_uint inside, asked, was_set;

/* Inside a handshake: whoever sets something has asked, and has to wait. */
static int linger(void *data, mbedguard_x509_crt *crt, int depth, uint32_t *flags)
{
    unsigned i;

    (void) data;
    (void) crt;
    (void) depth;
    (void) flags;
    atomic_store(&inside, 1);
    while (atomic_load(&asked) == 0)
        sched_yield();
    for (i = 0; i < 1000; i++)
        sched_yield();
    LIVE_EQ(atomic_load(&was_set), 0);
    atomic_store(&inside, 0);
    return 0;
}

static void shake_hands_or_set(unsigned number, void *data)
{
    (void) data;
    if (number < 2) {
        LIVE_EQ(mbedguard_ssl_handshake(&wired.ends[number]), 0);
        return;
    }
    while (atomic_load(&inside) == 0 && !live_failed())
        sched_yield();
    atomic_store(&asked, 1);
    LIVE_EQ(mbedguard_ssl_conf_authmode(&wired.configs[0], MBEDTLS_SSL_VERIFY_REQUIRED), 0);
    atomic_store(&was_set, 1);
    LIVE_EQ(atomic_load(&inside), 0);
}

START_TEST(set_waits_for_the_call_inside)
{
    const struct wire_kind kind = {.waits = true};

    atomic_store(&inside, 0);
    atomic_store(&asked, 0);
    atomic_store(&was_set, 0);
    wire_open(&wired, &kind);
    ck_assert_int_eq(mbedguard_ssl_conf_verify(&wired.configs[0], linger, NULL), 0);
    live_threads(3, shake_hands_or_set, NULL);
    wire_free(&wired);
}
END_TEST

/* ---- Secrets and parameters that a configuration copies ---------------------------------------------- */

#if defined(MBEDTLS_DHM_C) && defined(MBEDTLS_KEY_EXCHANGE_DHE_PSK_ENABLED)

static mbedguard_ssl_config ends[2];

static void set_psk(mbedguard_ssl_config *config)
{
    static const unsigned char secret[16] = {7, 7};
    const int ret = mbedguard_ssl_conf_psk(config, secret, sizeof(secret),
                                           (const unsigned char *) "me", 2);

    /* 3.x takes one, once. */
    LIVE_EQ(ret == 0 || ret == MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE, 1);
}

/* As numbers, and from an object that is gone at once. */
static void set_group(mbedguard_ssl_config *config)
{
    static const unsigned char p[] = MBEDTLS_DHM_RFC3526_MODP_2048_P_BIN;
    static const unsigned char g[] = MBEDTLS_DHM_RFC3526_MODP_2048_G_BIN;
    mbedguard_dhm_context *const dhm = mbedguard_dhm_new();
    mbedguard_mpi numbers[2];

    LIVE_EQ(mbedguard_mpi_init(&numbers[0]), 0);
    LIVE_EQ(mbedguard_mpi_init(&numbers[1]), 0);
    LIVE_EQ(mbedguard_mpi_read_binary(&numbers[0], p, sizeof(p)), 0);
    LIVE_EQ(mbedguard_mpi_read_binary(&numbers[1], g, sizeof(g)), 0);
    LIVE_EQ(mbedguard_dhm_set_group(dhm, &numbers[0], &numbers[1]), 0);
    LIVE_EQ(mbedguard_ssl_conf_dh_param_bin(config, p, sizeof(p), g, sizeof(g)), 0);
    LIVE_EQ(mbedguard_ssl_conf_dh_param_ctx(config, dhm), 0);
    LIVE_EQ(mbedguard_dhm_free(dhm), 0);
    LIVE_EQ(mbedguard_mpi_free(&numbers[0]), 0);
    LIVE_EQ(mbedguard_mpi_free(&numbers[1]), 0);
}

static void connect_or_set(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(5);
    unsigned i;

    (void) data;
    if (number == 2) {
        while (atomic_load(&finished) < 2 && !live_failed()) {
            const unsigned before = atomic_load(&connected);

            set_psk(&ends[0]);
            set_psk(&ends[1]);
            set_group(&ends[1]);
            while (atomic_load(&connected) == before && atomic_load(&finished) < 2 &&
                   !live_failed())
                sched_yield();
        }
        return;
    }
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(live_pair_once(&ends[0], &ends[1], NULL), 0);
        atomic_fetch_add(&connected, 1);
    }
    atomic_fetch_add(&finished, 1);
}

START_TEST(psk_and_group_set_beside_handshakes)
{
    static const int suites[] = {MBEDTLS_TLS_DHE_PSK_WITH_AES_128_GCM_SHA256, 0};
    unsigned i;

    atomic_store(&finished, 0);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(mbedguard_ssl_config_init(&ends[i]), 0);
        ck_assert_int_eq(live_config(&ends[i], i == 0 ? MBEDTLS_SSL_IS_CLIENT
                                                      : MBEDTLS_SSL_IS_SERVER, false), 0);
        ck_assert_int_eq(mbedguard_ssl_conf_ciphersuites(&ends[i], suites), 0);
        set_psk(&ends[i]);
    }
    set_group(&ends[1]);
    live_threads(3, connect_or_set, NULL);
    ck_assert_int_eq(mbedguard_ssl_config_free(&ends[0]), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&ends[1]), 0);
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("shared");
    TCase *tc = live_case(suite, "counted");

    tcase_add_loop_test(tc, freed_in_any_order, 0, 8);
    tc = live_case(suite, "setters");
    tcase_add_loop_test(tc, set_while_others_wait_for_the_network, 0, LIVE_TLS13 ? 2 : 1);
    tcase_add_test(tc, set_waits_for_the_call_inside);
#if defined(MBEDTLS_DHM_C) && defined(MBEDTLS_KEY_EXCHANGE_DHE_PSK_ENABLED)
    tcase_add_test(tc, psk_and_group_set_beside_handshakes);
#endif
    return live_run(suite);
}
