/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Both ends of a connection between threads. */
#include "live/wire.h"

#include <string.h>
#include <sys/socket.h>

static const unsigned char psk[16] = {1, 2, 3};
static const int psk_suites[] = {MBEDTLS_TLS_PSK_WITH_AES_128_GCM_SHA256, 0};

static void configure(struct wire_link *link, unsigned end)
{
    mbedguard_ssl_config *config = &link->configs[end];
    const int endpoint = end == 0 ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER;

    ck_assert_int_eq(mbedguard_ssl_config_init(config), 0);
    ck_assert_int_eq(live_config(config, endpoint, link->kind.tls13), 0);
    if (link->kind.psk) {
        ck_assert_int_eq(mbedguard_ssl_conf_psk(config, psk, sizeof(psk), psk, 3), 0);
        ck_assert_int_eq(mbedguard_ssl_conf_ciphersuites(config, psk_suites), 0);
    } else {
        ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(config, &link->crt, NULL), 0);
        if (end == 1)
            ck_assert_int_eq(mbedguard_ssl_conf_own_cert(config, &link->crt, &link->key), 0);
    }
    if (link->kind.datagram) {
        ck_assert_int_eq(mbedguard_ssl_conf_transport(config, MBEDTLS_SSL_TRANSPORT_DATAGRAM), 0);
        ck_assert_int_eq(mbedguard_ssl_conf_handshake_timeout(config, 100, 60000), 0);
        if (end == 1)
            ck_assert_int_eq(mbedguard_ssl_conf_dtls_cookies(config, NULL, NULL, NULL), 0);
    }
    if (link->kind.adjust != NULL)
        link->kind.adjust(config, end);
}

#if defined(MBEDTLS_SSL_TICKET_C)
void wire_give_tickets(mbedguard_ssl_config *config, mbedguard_ssl_ticket_context *keys)
{
    ck_assert_int_eq(mbedguard_ssl_conf_session_tickets_cb(config, mbedguard_ssl_ticket_write,
                                                           mbedguard_ssl_ticket_parse, keys),
                     0);
}
#endif

void wire_hear_of_tickets(mbedguard_ssl_config *config)
{
#if LIVE_TLS13 && defined(MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED)
    ck_assert_int_eq(mbedguard_ssl_conf_tls13_enable_signal_new_session_tickets(
                         config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED),
                     0);
#else
    (void) config;
#endif
}

void wire_setup_end(struct wire_link *link, unsigned end)
{
    mbedguard_ssl_context *ssl = &link->ends[end];

    ck_assert_int_eq(mbedguard_ssl_init(ssl), 0);
    ck_assert_int_eq(mbedguard_ssl_setup(ssl, &link->configs[end]), 0);
    ck_assert_int_eq(mbedguard_ssl_set_bio(ssl, &link->wires[end], wire_send, wire_recv,
                                           link->kind.timeouts ? wire_recv_timeout : NULL),
                     0);
    if (link->kind.datagram)
        ck_assert_int_eq(mbedguard_ssl_set_timer_cb(ssl, &link->timers[end],
                                                    mbedguard_timing_set_delay,
                                                    mbedguard_timing_get_delay),
                         0);
    if (link->kind.read_ahead != 0)
        ck_assert_int_eq(mbedguard_ssl_set_read_ahead(ssl, link->kind.read_ahead), 0);
    if (end == 0)
        ck_assert_int_eq(mbedguard_ssl_set_hostname(ssl, "first"), 0);
}

static void lay_wire(struct wire_link *link, unsigned end)
{
    struct wire *wire = &link->wires[end];

    wire->out = &link->channels[end];
    wire->in = &link->channels[1 - end];
    wire->waits = link->kind.waits;
    wire->hostile = link->kind.hostile;
    wire->lossy = link->kind.lossy;
    wire->datagram = link->kind.datagram;
    wire->dice[0] = 7 + end;
    wire->dice[1] = 77 + end;
}

void wire_open(struct wire_link *link, const struct wire_kind *kind)
{
    unsigned i;

    memset(link, 0, sizeof(*link));
    link->kind = *kind;
    live_identity(&link->crt, &link->key, 0);
    for (i = 0; i < 2; i++) {
        pthread_mutex_init(&link->channels[i].mutex, NULL);
        pthread_cond_init(&link->channels[i].moved, NULL);
        link->channels[i].room = WIRE_ROOM;
        lay_wire(link, i);
        configure(link, i);
    }
    wire_setup_end(link, 0);
    wire_setup_end(link, 1);
}

void wire_connect(struct wire_link *link)
{
    int ret[2] = {MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_READ};
    unsigned i;

    link->wires[0].waits = link->wires[1].waits = false;
    while (wire_wants_more(ret[0]) || wire_wants_more(ret[1]))
        for (i = 0; i < 2; i++)
            if (wire_wants_more(ret[i]))
                ret[i] = mbedguard_ssl_handshake(&link->ends[i]);
    ck_assert_int_eq(ret[0], 0);
    ck_assert_int_eq(ret[1], 0);
    link->wires[0].waits = link->wires[1].waits = link->kind.waits;
}

static void connect_one(unsigned number, void *data)
{
    struct wire_link *link = data;
    int ret;

    do {
        ret = mbedguard_ssl_handshake(&link->ends[number]);
    } while (wire_wants_more(ret));
    LIVE_EQ(ret, 0);
}

void wire_connect_in_threads(struct wire_link *link)
{
    live_threads(2, connect_one, link);
}

void wire_renew(struct wire_link *link)
{
    unsigned i;

    for (i = 0; i < 2; i++) {
        struct wire_channel *channel = &link->channels[i];

        channel->head = channel->count = channel->held_len = 0;
        channel->header_len = channel->skip = channel->passed = 0;
        channel->shut = false;
        memset(channel->records, 0, sizeof(channel->records));
        link->wires[i].stopped[0] = link->wires[i].stopped[1] = false;
        link->wires[i].cancelled = false;
    }
}

void wire_free_configs(struct wire_link *link)
{
    unsigned i;

    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(mbedguard_ssl_config_free(&link->configs[i]), 0);
        pthread_mutex_destroy(&link->channels[i].mutex);
        pthread_cond_destroy(&link->channels[i].moved);
    }
    ck_assert_int_eq(mbedguard_pk_free(&link->key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&link->crt), 0);
}

void wire_free(struct wire_link *link)
{
    ck_assert_int_eq(mbedguard_ssl_free(&link->ends[0]), 0);
    ck_assert_int_eq(mbedguard_ssl_free(&link->ends[1]), 0);
    wire_free_configs(link);
}

void wire_shut_both(struct wire_link *link)
{
    wire_shut(&link->wires[0]);
    wire_shut(&link->wires[1]);
}

void wire_use_sockets(struct wire_link *link, mbedguard_net_context sockets[2],
                      mbedtls_ssl_recv_timeout_t *f_recv_timeout)
{
    int fds[2];
    unsigned i;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (i = 0; i < 2; i++) {
        mbedguard_net_init(&sockets[i]);
        sockets[i].fd = fds[i];
        ck_assert_int_eq(mbedguard_ssl_set_bio(&link->ends[i], &sockets[i], mbedguard_net_send,
                                               mbedguard_net_recv, f_recv_timeout),
                         0);
    }
}

int wire_fill(struct wire_link *link, unsigned end, mbedguard_net_context *socket)
{
    static const unsigned char buf[3000];
    int ret;

    /* On a slow machine time runs out before the socket is full. */
    do {
        ret = mbedguard_ssl_write_timeout(&link->ends[end], buf, sizeof(buf), 20);
    } while (ret > 0 || (ret == MBEDTLS_ERR_SSL_TIMEOUT && socket != NULL &&
                         mbedguard_net_poll(socket, MBEDTLS_NET_POLL_WRITE, 0) != 0));
    return ret;
}

void wire_close_sockets(mbedguard_net_context sockets[2])
{
    mbedguard_net_free(&sockets[0]);
    mbedguard_net_free(&sockets[1]);
}
