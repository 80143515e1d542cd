/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Certificate, key and trust replaced while serving, by mbedguard_ssl_config_swap(): each connection has
 * all of them from one configuration, one that was in place while it began, and ends on that one,
 * which goes with its last connection.
 */
#include <stdatomic.h>
#include <string.h>

#include "live/reload.h"

#define THREADS   8
#define ROUNDS    12 /* connections of each thread */
#define MIN_SWAPS 5  /* however fast those are */

static struct reload server;
static mbedguard_ssl_config client;
static mbedguard_x509_crt client_crt, client_ca;
static mbedguard_pk_context client_key;

/* Which version the loop's index is. */
static const bool versions[] = {false, true};
#define VERSIONS (LIVE_TLS13 ? 2 : 1)

static void begin(bool tls13)
{
    reload_begin(&server, MBEDTLS_SSL_IS_SERVER, tls13);
    live_identity(&client_crt, &client_key, 0);
    ck_assert_int_eq(mbedguard_x509_crt_init(&client_ca), 0);
    ck_assert_int_eq(live_parse_crt(&client_ca, 0), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&client), 0);
    ck_assert_int_eq(live_config(&client, MBEDTLS_SSL_IS_CLIENT, tls13), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client, &client_ca, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&client, &client_crt, &client_key), 0);
}

static void end(void)
{
    reload_end(&server);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client), 0);
    ck_assert_int_eq(mbedguard_pk_free(&client_key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&client_crt), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&client_ca), 0);
}

/* live_pair_setup(), but for the server's configuration. */
static int open_pair(struct live_pair *pair)
{
    int ret;

    memset(pair, 0, sizeof(*pair));
    mbedguard_ssl_init(&pair->client);
    mbedguard_ssl_init(&pair->server);
    ret = mbedguard_ssl_setup(&pair->client, &client);
    if (ret == 0)
        ret = mbedguard_ssl_setup_current(&pair->server, &server.slot);
    if (ret == 0)
        ret = mbedguard_ssl_set_bio(&pair->client, pair, live_send_client, live_receive_client,
                                    NULL);
    if (ret == 0)
        ret = mbedguard_ssl_set_bio(&pair->server, pair, live_send_server, live_receive_server,
                                    NULL);
    if (ret == 0)
        ret = mbedguard_ssl_set_hostname(&pair->client, "first");
    return ret;
}

static int shake_hands(struct live_pair *pair)
{
    int ends[2];

    live_pair_handshake(pair, &ends[0], &ends[1]);
    return ends[0] != 0 ? ends[0] : ends[1];
}

/* Whom the client met, by its certificate; what the server trusted has to be of the same number. */
static int identify(const struct live_pair *pair, uint32_t *number)
{
    int ret = reload_number_of_peer(&pair->client, number);
    const bool is_trusted = mbedguard_ssl_get_verify_result(&pair->server) == 0;

    if (ret == 0 && is_trusted != (reload_trusts(*number) == 0))
        ret = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    return ret;
}

/* One connection from its beginning to its end: the number that it had. */
static int connect_once(uint32_t *number)
{
    struct live_pair pair;
    int ret = open_pair(&pair);

    *number = 0;
    if (ret == 0)
        ret = shake_hands(&pair);
    if (ret == 0)
        ret = identify(&pair, number);
    if (ret == 0)
        ret = live_pair_talk(&pair);
    live_pair_free(&pair);
    return ret;
}

/* ---- Under load ------------------------------------------------------------------------------ */

static atomic_uint done;

static void connect_or_replace(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(ROUNDS);
    unsigned i;

    (void) data;
    if (number == THREADS) {
        reload_run(&server);
        return;
    }
    for (i = 0; (i < rounds || reload_count() < MIN_SWAPS) && !live_failed(); i++) {
        const struct reload_span span = reload_span_begin();
        uint32_t shown;

        LIVE_EQ(connect_once(&shown), 0);
        reload_span_check(span, shown);
    }
    if (atomic_fetch_add(&done, 1) == THREADS - 1)
        reload_stop();
}

START_TEST(replaced_under_load)
{
    uint32_t shown;

    begin(versions[_i]);
    atomic_store(&done, 0);
    ck_assert_int_eq(connect_once(&shown), 0);
    ck_assert_uint_eq(shown, 1);
    live_threads(THREADS + 1, connect_or_replace, NULL);
    ck_assert_uint_ge(reload_count(), MIN_SWAPS);
    ck_assert_int_eq(connect_once(&shown), 0);
    ck_assert_uint_eq(shown, reload_count());
    end();
}
END_TEST

/* ---- The old one ----------------------------------------------------------------------------- */

/* Whether a configuration lives: a slot takes it, and refuses one that is gone, without reading it. */
static bool lives(mbedguard_ssl_config *config)
{
    mbedguard_ssl_config_slot probe = {NULL};
    const int ret = mbedguard_ssl_config_swap(&probe, config);

    ck_assert(ret == 0 || ret == MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_config_slot_free(&probe), 0);
    return ret == 0;
}

/* Only for lives(). */
static mbedguard_ssl_config *name_of_current(void)
{
    mbedguard_ssl_config *config;

    ck_assert_int_eq(mbedguard_ssl_config_current(&server.slot, &config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(config), 0);
    return config;
}

START_TEST(ends_on_the_old_one)
{
    static struct live_pair pair, later;
    mbedguard_ssl_config *first;
    uint32_t number;

    begin(versions[_i]);
    first = name_of_current();
    ck_assert_int_eq(open_pair(&pair), 0);
    /* In the middle of a handshake. */
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair.client), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(mbedguard_ssl_handshake(&pair.server), MBEDTLS_ERR_SSL_WANT_READ);
    ck_assert_int_eq(reload_next(&server), 0);
    ck_assert_int_eq(shake_hands(&pair), 0);
    ck_assert_int_eq(identify(&pair, &number), 0);
    ck_assert_uint_eq(number, 1);
    ck_assert_int_eq(open_pair(&later), 0);
    ck_assert_int_eq(shake_hands(&later), 0);
    ck_assert_int_eq(identify(&later, &number), 0);
    ck_assert_uint_eq(number, 2);
    ck_assert_int_eq(live_pair_talk(&pair), 0);
    ck_assert(lives(first));
    /* The same connection once more is no new one. */
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.client), 0);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&pair.server), 0);
    pair.to_client.head = pair.to_client.tail = pair.to_server.head = pair.to_server.tail = 0;
    ck_assert_int_eq(shake_hands(&pair), 0);
    ck_assert_int_eq(identify(&pair, &number), 0);
    ck_assert_uint_eq(number, 1);
    live_pair_free(&pair);
    ck_assert(!lives(first));
    ck_assert_int_eq(live_pair_talk(&later), 0);
    live_pair_free(&later);
    end();
}
END_TEST

/* With its last user, whichever that is. */
START_TEST(freed_with_its_last_user)
{
    static struct live_pair pairs[3];
    mbedguard_ssl_config *first, *second, *taken;
    unsigned i;

    begin(false);
    first = name_of_current();
    ck_assert_int_eq(mbedguard_ssl_config_current(&server.slot, &taken), 0);
    ck_assert_ptr_eq(taken, first);
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(open_pair(&pairs[i]), 0);
    ck_assert_int_eq(reload_next(&server), 0);
    second = name_of_current();
    for (i = 0; i < 3; i++) {
        ck_assert(lives(first));
        live_pair_free(&pairs[(i + 1) % 3]);
    }
    ck_assert(lives(first));
    ck_assert_int_eq(mbedguard_ssl_config_free(taken), 0);
    ck_assert(!lives(first));
    /* Nobody but the slot has the second one. */
    ck_assert(lives(second));
    ck_assert_int_eq(mbedguard_ssl_config_slot_free(&server.slot), 0);
    ck_assert(!lives(second));
    end();
}
END_TEST

/* Where the thread holds something, what is freed has to wait. */
START_TEST(replaced_under_a_lock)
{
    mbedguard_ssl_config *first, *second;
    uint32_t number;

    begin(false);
    first = name_of_current();
    ck_assert_int_eq(reload_make(&server, 2, &second), 0);
    /* It comes after configurations: taking one to free it would be refused. */
    ck_assert_int_eq(mbedguard_lock(&client_key), 0);
    ck_assert_int_eq(mbedguard_ssl_config_swap(&server.slot, second), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(second), 0);
    ck_assert(!lives(first));
    ck_assert_int_eq(mbedguard_unlock(&client_key), 0);
    ck_assert_int_eq(connect_once(&number), 0);
    ck_assert_uint_eq(number, 2);
    end();
}
END_TEST

/* ---- Mistakes -------------------------------------------------------------------------------- */

/* Refused, and the slot has what it had. */
static void refused(mbedguard_ssl_config_slot *slot, mbedguard_ssl_config *config, int expected)
{
    void *const before = slot != NULL ? slot->config : NULL;

    ck_assert_int_eq(mbedguard_ssl_config_swap(slot, config), expected);
    if (slot != NULL)
        ck_assert_ptr_eq(slot->config, before);
}

START_TEST(mistakes)
{
    static mbedguard_ssl_config plain;
    mbedguard_ssl_config_slot empty = {NULL}, garbage;
    mbedguard_ssl_config *config, *current = &plain;
    mbedguard_ssl_context ssl;
    uint32_t number;

    begin(false);
    memset(&garbage, 0x5A, sizeof(garbage));
    ck_assert_int_eq(mbedguard_ssl_config_init(&plain), 0);
    config = name_of_current();
    refused(NULL, config, MBEDGUARD_ERR_BAD_INPUT);
    refused(&server.slot, NULL, MBEDGUARD_ERR_BAD_INPUT);
    refused(&server.slot, &plain, MBEDGUARD_ERR_BAD_INPUT);
    refused(&garbage, config, MBEDGUARD_ERR_NOT_INITIALIZED);
    /* Freed. */
    ck_assert_int_eq(reload_make(&server, 9, &config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(config), 0);
    refused(&server.slot, config, MBEDGUARD_ERR_BAD_INPUT);
    /* Another type. */
    refused(&server.slot, (mbedguard_ssl_config *) (void *) &client_key, MBEDGUARD_ERR_BAD_INPUT);

    ck_assert_int_eq(mbedguard_ssl_config_current(NULL, &current), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_ptr_null(current);
    ck_assert_int_eq(mbedguard_ssl_config_current(&server.slot, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_config_current(&empty, &current), MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_ssl_config_current(&garbage, &current),
                     MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_ssl_init(&ssl), 0);
    ck_assert_int_eq(mbedguard_ssl_setup_current(NULL, &server.slot), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_setup_current(&ssl, NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_setup_current(&ssl, &empty), MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_ssl_setup_current(&ssl, &garbage), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_ssl_config_slot_free(NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_config_slot_free(&empty), 0);
    ck_assert_int_eq(mbedguard_ssl_config_slot_free(&garbage), MBEDGUARD_ERR_NOT_INITIALIZED);
    /* Nothing has changed. */
    ck_assert_int_eq(connect_once(&number), 0);
    ck_assert_uint_eq(number, 1);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reload");
    TCase *tc = live_case(suite, "load");

    tcase_add_loop_test(tc, replaced_under_load, 0, VERSIONS);
    tc = live_case(suite, "old");
    tcase_add_loop_test(tc, ends_on_the_old_one, 0, VERSIONS);
    tcase_add_test(tc, freed_with_its_last_user);
    tcase_add_test(tc, replaced_under_a_lock);
    tc = live_case(suite, "mistakes");
    tcase_add_test(tc, mistakes);
    return live_run(suite);
}
