/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A DTLS server with cookies, a thread for each client that comes.
 *
 * A first ClientHello may have any sender's address on it. The server answers it
 * with a cookie, forgets all about it, and does the costly part of a handshake
 * for those alone who come again with the cookie. One cookie context makes and
 * checks the cookies of all threads, and one configuration serves them.
 *
 * Two clients, threads of this program, get their datagrams back.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "identity.h"

#define CLIENTS 2
#define MESSAGES 20
#define TRIES 20      /* of a message whose answer does not come */
#define VISITORS 200  /* sockets that the server opens at most */
#define READ_MS 500   /* a datagram that has not come by then is lost */

static mbedguard_ssl_config server_config, client_config;
static mbedguard_ssl_cookie_ctx cookies;
static mbedguard_net_context listener;
static char port[8];
static atomic_int sent_away, served, clients_done;

/* ---- A connection -------------------------------------------------------- */

/* The timer belongs to one connection, and needs no guard. */
struct end {
    mbedguard_ssl_context ssl;
    mbedguard_net_context socket;
    mbedguard_timing_delay_context timer;
    unsigned char address[16]; /* of the client */
    size_t address_length;
};

static void end_init(struct end *end)
{
    memset(end, 0, sizeof(*end));
    mbedguard_ssl_init(&end->ssl);
    mbedguard_net_init(&end->socket);
}

static void end_free(struct end *end)
{
    mbedguard_ssl_free(&end->ssl);
    mbedguard_net_free(&end->socket);
}

static int set_up(struct end *end, mbedguard_ssl_config *config)
{
    int ret = mbedguard_ssl_setup(&end->ssl, config);

    if (ret == 0)
        ret = mbedguard_ssl_set_timer_cb(&end->ssl, &end->timer,
                                         mbedguard_timing_set_delay,
                                         mbedguard_timing_get_delay);
    if (ret == 0)
        ret = mbedguard_ssl_set_bio(&end->ssl, &end->socket, send_datagram,
                                    NULL, receive_datagram);
    return ret;
}

/* ---- The server ---------------------------------------------------------- */

/* Datagrams back to where they came from, until the client closes. */
static int echo(mbedguard_ssl_context *ssl)
{
    unsigned char datagram[256];
    int silence = 0, ret;

    while (silence < TRIES) {
        ret = mbedguard_ssl_read(ssl, datagram, sizeof(datagram));
        if (ret == 0 || ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
            return 0;
        if (ret == MBEDTLS_ERR_SSL_TIMEOUT) {
            silence++;
            continue;
        }
        if (ret > 0)
            ret = mbedguard_ssl_write(ssl, datagram, (size_t) ret);
        if (ret < 0 && !is_again(ret))
            return ret;
        silence = 0;
    }
    return MBEDTLS_ERR_SSL_TIMEOUT;
}

static int serve(struct end *end)
{
    int ret = set_up(end, &server_config);

    /* What the cookie is made of: it fits this address only. */
    if (ret == 0)
        ret = mbedguard_ssl_set_client_transport_id(&end->ssl, end->address,
                                                    end->address_length);
    if (ret == 0)
        ret = handshake(&end->ssl);
    if (ret == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
        /* The cookie is sent. The client comes again, to another socket. */
        atomic_fetch_add(&sent_away, 1);
        return 0;
    }
    if (ret == MBEDTLS_ERR_SSL_TIMEOUT)
        return 0; /* a datagram that came late: nobody is there any more */
    if (ret == 0)
        ret = echo(&end->ssl);
    if (ret == 0)
        atomic_fetch_add(&served, 1);
    return ret;
}

static void *visitor(void *end)
{
    const int ret = serve(end);

    if (ret != 0)
        note(ret, "server");
    end_free(end);
    return NULL;
}

/*
 * For UDP, accept gives the socket to whoever sent the first datagram, and opens
 * a new one. Datagrams of others that are lost with that, DTLS sends again.
 */
static int welcome(struct end *end, pthread_t *thread)
{
    int ret;

    end_init(end);
    ret = mbedguard_net_accept(&listener, &end->socket, end->address,
                               sizeof(end->address), &end->address_length);
    if (ret == 0 && pthread_create(thread, NULL, visitor, end) != 0)
        ret = -1;
    if (ret != 0) {
        note(ret, "accept");
        end_free(end);
    }
    return ret;
}

static void server(void)
{
    static struct end ends[VISITORS];
    pthread_t threads[VISITORS];
    int count = 0, i, ret;

    while (atomic_load(&clients_done) < CLIENTS && count < VISITORS) {
        ret = mbedguard_net_poll(&listener, MBEDTLS_NET_POLL_READ, 50);
        if (ret < 0)
            note(ret, "poll");
        if (ret > 0 && welcome(&ends[count], &threads[count]) == 0)
            count++;
    }
    for (i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* ---- The clients --------------------------------------------------------- */

/* A datagram may be lost, and an answer may come late. */
static int ask(mbedguard_ssl_context *ssl, int number)
{
    char question[32], answer[32];
    const int length = snprintf(question, sizeof(question), "message %d", number);
    int tries, ret;

    for (tries = 0; tries < TRIES; tries++) {
        ret = mbedguard_ssl_write(ssl, (unsigned char *) question,
                                  (size_t) length);
        if (ret < 0 && !is_again(ret))
            return ret;
        ret = mbedguard_ssl_read(ssl, (unsigned char *) answer, sizeof(answer));
        if (ret == length && memcmp(answer, question, (size_t) length) == 0)
            return 0;
        if (ret < 0 && !is_again(ret) && ret != MBEDTLS_ERR_SSL_TIMEOUT)
            return ret;
    }
    return MBEDTLS_ERR_SSL_TIMEOUT;
}

static int talk(struct end *end)
{
    int i;
    int ret = mbedguard_net_connect(&end->socket, "127.0.0.1", port,
                                    MBEDTLS_NET_PROTO_UDP);

    if (ret == 0)
        ret = set_up(end, &client_config);
    if (ret == 0)
        ret = mbedguard_ssl_set_hostname(&end->ssl, "localhost");
    if (ret == 0)
        ret = handshake(&end->ssl);
    for (i = 0; i < MESSAGES && ret == 0; i++)
        ret = ask(&end->ssl, i);
    return ret == 0 ? mbedguard_ssl_close_notify(&end->ssl) : ret;
}

static void *client(void *unused)
{
    struct end end;
    int ret;

    end_init(&end);
    if ((ret = talk(&end)) != 0)
        note(ret, "client");
    end_free(&end);
    atomic_fetch_add(&clients_done, 1);
    return unused;
}

/* ---- All of it ----------------------------------------------------------- */

/* Loopback is quick: repeat a flight after 0.1 s, give up after 4 s. */
static int make_configuration(mbedguard_ssl_config *config, int endpoint,
                              const struct identity *own,
                              const struct identity *ca)
{
    int ret = configure(config, endpoint, MBEDTLS_SSL_TRANSPORT_DATAGRAM, own, ca);

    if (ret == 0)
        ret = mbedguard_ssl_conf_read_timeout(config, READ_MS);
    if (ret == 0)
        ret = mbedguard_ssl_conf_handshake_timeout(config, 100, 4000);
    return ret;
}

static int make_configurations(const struct identity *own)
{
    int ret = make_configuration(&server_config, MBEDTLS_SSL_IS_SERVER, own, NULL);

    if (ret == 0)
        ret = make_configuration(&client_config, MBEDTLS_SSL_IS_CLIENT, NULL, own);
    if (ret == 0)
        ret = mbedguard_ssl_cookie_setup(&cookies, mbedguard_ctr_drbg_random,
                                         &drbg);
    if (ret == 0)
        ret = mbedguard_ssl_conf_dtls_cookies(
            &server_config, mbedguard_ssl_cookie_write,
            mbedguard_ssl_cookie_check, &cookies);
    return ret == 0 ? 0 : failed(ret, "configuration");
}

static int run(void)
{
    pthread_t threads[CLIENTS];
    int i, ret;

    ret = mbedguard_net_bind(&listener, "127.0.0.1", "0", MBEDTLS_NET_PROTO_UDP);
    if (ret != 0 || port_of(&listener, port) != 0)
        return failed(ret, "bind");
    for (i = 0; i < CLIENTS; i++)
        if (pthread_create(&threads[i], NULL, client, NULL) != 0)
            return failed(-1, "thread");
    server();
    for (i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    printf("%d hellos answered with a cookie, %d clients served\n",
           atomic_load(&sent_away), atomic_load(&served));
    return atomic_load(&sent_away) >= CLIENTS ? 0 : -1;
}

int main(void)
{
    struct identity own = {NULL, NULL};
    int ret;

    mbedguard_net_init(&listener);
    mbedguard_ssl_config_init(&server_config);
    mbedguard_ssl_config_init(&client_config);
    mbedguard_ssl_cookie_init(&cookies);
    ret = example_begin();
    if (ret == 0)
        ret = identity_make(&own, "CN=localhost", 1, NULL);
    if (ret == 0)
        ret = make_configurations(&own);
    if (ret == 0)
        ret = run();
    mbedguard_ssl_config_free(&server_config);
    mbedguard_ssl_config_free(&client_config);
    mbedguard_ssl_cookie_free(&cookies);
    mbedguard_net_free(&listener);
    identity_free(&own);
    example_end();
    return ret != 0 || atomic_load(&errors) != 0;
}
