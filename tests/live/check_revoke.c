/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Revocation lists and authorities that are added to the chains of a live configuration: handshakes
 * that begin later obey them, those that ended before did not know them, and none is disturbed.
 */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "live/live.h"

#define SERVERS 4 /* each with an identity and a thread of its own */
#define SERIAL  100u
#define BEFORE  2 /* handshakes of each before it is its turn */

struct server {
    mbedguard_ssl_config config;
    mbedguard_x509_crt crt;
    mbedguard_pk_context key;
    atomic_uint made; /* handshakes */
    atomic_bool announced, in_place;
};

static struct server servers[SERVERS];
static mbedguard_ssl_config client;
static mbedguard_x509_crt authorities;
static mbedguard_x509_crl revoked;

/* What the last thread adds, and whether handshakes work without it. */
struct change {
    int (*add)(unsigned first);
    unsigned servers; /* that it is for */
    bool works_before;
};

static void make_server(struct server *server, unsigned number, bool tls13)
{
    const struct live_issue issue = {"CN=first,O=own", 1, "CN=first", 0, SERIAL + number, 0};
    char pem[2048];

    memset(server, 0, sizeof(*server));
    ck_assert_int_eq(live_issue(&issue, pem, sizeof(pem)), 0);
    ck_assert_int_eq(mbedguard_x509_crt_init(&server->crt), 0);
    ck_assert_int_eq(mbedguard_pk_init(&server->key), 0);
    ck_assert_int_eq(
        mbedguard_x509_crt_parse(&server->crt, (const unsigned char *) pem, strlen(pem) + 1), 0);
    live_parse_key(&server->key, 1);
    ck_assert_int_eq(mbedguard_ssl_config_init(&server->config), 0);
    ck_assert_int_eq(live_config(&server->config, MBEDTLS_SSL_IS_SERVER, tls13), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server->config, &server->crt, &server->key), 0);
}

static int add_revocation(unsigned number)
{
    unsigned char der[1024];
    size_t length;
    int ret = live_revoke(SERIAL + number, der, &length);

    return ret != 0 ? ret : mbedguard_x509_crl_parse_der(&revoked, der, length);
}

static int add_authority(unsigned first)
{
    (void) first;
    return live_parse_crt(&authorities, 0);
}

static void make(unsigned first_authority, bool tls13)
{
    unsigned i;

    for (i = 0; i < SERVERS; i++)
        make_server(&servers[i], i, tls13);
    ck_assert_int_eq(mbedguard_x509_crt_init(&authorities), 0);
    ck_assert_int_eq(mbedguard_x509_crl_init(&revoked), 0);
    ck_assert_int_eq(live_parse_crt(&authorities, first_authority), 0);
    /* Of nobody who is here: the chain is there from the beginning. */
    ck_assert_int_eq(add_revocation(SERVERS), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&client), 0);
    ck_assert_int_eq(live_config(&client, MBEDTLS_SSL_IS_CLIENT, tls13), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client, &authorities, &revoked), 0);
}

static void unmake(void)
{
    unsigned i;

    ck_assert_int_eq(mbedguard_ssl_config_free(&client), 0);
    ck_assert_int_eq(mbedguard_x509_crl_free(&revoked), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&authorities), 0);
    for (i = 0; i < SERVERS; i++) {
        ck_assert_int_eq(mbedguard_ssl_config_free(&servers[i].config), 0);
        ck_assert_int_eq(mbedguard_pk_free(&servers[i].key), 0);
        ck_assert_int_eq(mbedguard_x509_crt_free(&servers[i].crt), 0);
    }
}

static void add_one_after_the_other(const struct change *change)
{
    unsigned first, i;

    for (first = 0; first < SERVERS; first += change->servers) {
        for (i = first; i < first + change->servers; i++) {
            while (atomic_load(&servers[i].made) < BEFORE && !live_failed())
                sched_yield();
            atomic_store(&servers[i].announced, true);
        }
        LIVE_EQ(change->add(first), 0);
        for (i = first; i < first + change->servers; i++)
            atomic_store(&servers[i].in_place, true);
    }
}

/* Whether it may have been before, or after, what is added for this server. */
static void judge(const struct server *server, const struct change *change, bool was_in_place,
                  int ret)
{
    const bool is_after = (ret == 0) != change->works_before;

    if (ret != 0)
        LIVE_EQ(ret, MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
    if (was_in_place)
        LIVE_EQ(is_after, true);
    if (!atomic_load(&server->announced))
        LIVE_EQ(is_after, false);
}

static void connect_or_add(unsigned number, void *data)
{
    const struct change *const change = data;
    struct server *server;
    bool was_in_place = false;

    if (number == SERVERS) {
        add_one_after_the_other(change);
        return;
    }
    server = &servers[number];
    while (!was_in_place && !live_failed()) {
        was_in_place = atomic_load(&server->in_place);
        judge(server, change, was_in_place, live_pair_once(&client, &server->config, "first"));
        atomic_fetch_add(&server->made, 1);
    }
}

START_TEST(revoked_while_in_use)
{
    struct change change = {add_revocation, 1, true};

    make(0, _i != 0);
    live_threads(SERVERS + 1, connect_or_add, &change);
    unmake();
}
END_TEST

START_TEST(trusted_while_in_use)
{
    struct change change = {add_authority, SERVERS, false};

    make(1, _i != 0);
    live_threads(SERVERS + 1, connect_or_add, &change);
    unmake();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("revoke");
    TCase *tc = live_case(suite, "chains in use");

    tcase_add_loop_test(tc, revoked_while_in_use, 0, LIVE_TLS13 ? 2 : 1);
    tcase_add_loop_test(tc, trusted_while_in_use, 0, LIVE_TLS13 ? 2 : 1);
    return live_run(suite);
}
