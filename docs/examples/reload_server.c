/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A server with a pool of threads, whose certificate is replaced while it serves.
 *
 * A new certificate gets a new configuration, which takes the place of the one
 * before in the server's slot. Connections that are under way go on with the
 * configuration they began with, and nobody waits for them: objects made by
 * mbedguard_X_new() are counted, a connection keeps its configuration, a
 * configuration keeps certificate and key. What is not used any more goes with
 * its last user.
 * (mbedguard_ssl_conf_own_cert() on a live configuration would add a second
 * certificate beside the old one.)
 *
 * The clients, threads of this program, note which certificate they were shown.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <mbedguard/ssl_config_slot.h>
#include <mbedguard/x509_crt_access.h>

#include "identity.h"

#define SERVERS 3
#define CLIENTS 2
#define CERTIFICATES 4       /* used one after the other */
#define EACH 15              /* connections before the next certificate comes */
#define CONNECTIONS (CERTIFICATES * EACH)

static struct identity authority;
static mbedguard_net_context listener;
static char port[8];
static atomic_int accepted;
static int connected;
static atomic_int shown[CERTIFICATES + 1]; /* to clients, by serial number */

/* ---- The configuration of new connections -------------------------------- */

static mbedguard_ssl_config_slot current;

/* A real server reads files here, on a signal or when they have changed. */
static int load_certificate(unsigned char serial)
{
    struct identity own = {NULL, NULL};
    mbedguard_ssl_config *config = mbedguard_ssl_config_new();
    int ret = config == NULL ? MBEDGUARD_ERR_ALLOC_FAILED : 0;

    if (ret == 0)
        ret = identity_make(&own, "CN=localhost", serial, &authority);
    if (ret == 0)
        ret = configure(config, MBEDTLS_SSL_IS_SERVER,
                        MBEDTLS_SSL_TRANSPORT_STREAM, &own, NULL);
    /* From here on the configuration keeps them, and frees them. */
    identity_free(&own);
    if (ret == 0)
        ret = mbedguard_ssl_config_swap(&current, config);
    /* The slot has a reference of its own. */
    mbedguard_ssl_config_free(config);
    return ret;
}

/* ---- The server's threads ------------------------------------------------ */

static int serve(mbedguard_net_context *socket)
{
    mbedguard_ssl_context ssl;
    unsigned char byte;
    int ret;

    mbedguard_ssl_init(&ssl);
    if ((ret = mbedguard_ssl_setup_current(&ssl, &current)) == 0)
        ret = mbedguard_ssl_set_bio(&ssl, socket, mbedguard_net_send,
                                    mbedguard_net_recv, NULL);
    if (ret == 0)
        ret = handshake(&ssl);
    while (ret == 0) {
        ret = mbedguard_ssl_read(&ssl, &byte, 1);
        if (ret == 0 || ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
            break;
        if (ret > 0)
            ret = mbedguard_ssl_write(&ssl, &byte, 1);
        if (ret > 0 || is_again(ret))
            ret = 0;
    }
    if (ret == 0 || ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        ret = mbedguard_ssl_close_notify(&ssl);
    mbedguard_ssl_free(&ssl);
    return ret;
}

static void *server(void *unused)
{
    while (atomic_fetch_add(&accepted, 1) < CONNECTIONS) {
        mbedguard_net_context socket;
        int ret;

        mbedguard_net_init(&socket);
        ret = mbedguard_net_accept(&listener, &socket, NULL, 0, NULL);
        if (ret == 0)
            ret = serve(&socket);
        if (ret != 0)
            note(ret, "server");
        mbedguard_net_free(&socket);
    }
    return unused;
}

/* ---- The clients --------------------------------------------------------- */

/* Which certificate was it? A copy, since the connection's own may go. */
static int note_certificate(const mbedguard_ssl_context *ssl)
{
    mbedguard_x509_crt peer;
    unsigned char serial = 0;
    size_t length;
    int ret = mbedguard_x509_crt_init(&peer);

    if (ret == 0)
        ret = mbedguard_ssl_copy_peer_cert(ssl, &peer);
    if (ret == 0)
        ret = mbedguard_x509_crt_get_serial(&peer, &serial, 1, &length);
    mbedguard_x509_crt_free(&peer);
    if (ret == 0 && (serial < 1 || serial > CERTIFICATES))
        ret = MBEDTLS_ERR_X509_INVALID_SERIAL;
    if (ret == 0)
        atomic_fetch_add(&shown[serial], 1);
    return ret;
}

static int exchange(mbedguard_ssl_context *ssl)
{
    unsigned char byte = 'x';
    int ret;

    do {
        ret = mbedguard_ssl_write(ssl, &byte, 1);
    } while (is_again(ret));
    if (ret != 1)
        return ret;
    do {
        ret = mbedguard_ssl_read(ssl, &byte, 1);
    } while (is_again(ret));
    return ret == 1 && byte == 'x' ? 0 : ret < 0 ? ret : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int visit(mbedguard_ssl_config *config)
{
    mbedguard_net_context socket;
    mbedguard_ssl_context ssl;
    int ret;

    mbedguard_net_init(&socket);
    mbedguard_ssl_init(&ssl);
    ret = mbedguard_net_connect(&socket, "127.0.0.1", port,
                                MBEDTLS_NET_PROTO_TCP);
    if (ret == 0)
        ret = mbedguard_ssl_setup(&ssl, config);
    if (ret == 0)
        ret = mbedguard_ssl_set_hostname(&ssl, "localhost");
    if (ret == 0)
        ret = mbedguard_ssl_set_bio(&ssl, &socket, mbedguard_net_send,
                                    mbedguard_net_recv, NULL);
    if (ret == 0)
        ret = handshake(&ssl);
    if (ret == 0)
        ret = note_certificate(&ssl);
    if (ret == 0)
        ret = exchange(&ssl);
    if (ret == 0)
        ret = mbedguard_ssl_close_notify(&ssl);
    mbedguard_ssl_free(&ssl);
    mbedguard_net_free(&socket);
    return ret;
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* The lock is there only to see that each certificate is shown. */
static int next_visit(mbedguard_ssl_config *config, int *number)
{
    int ret = 0;

    pthread_mutex_lock(&turn);
    *number = connected++;
    if (*number < CONNECTIONS && *number % EACH == 0) {
        ret = load_certificate((unsigned char) (*number / EACH + 1));
        if (ret == 0)
            ret = visit(config);
    }
    pthread_mutex_unlock(&turn);
    if (ret == 0 && *number < CONNECTIONS && *number % EACH != 0)
        ret = visit(config);
    return ret;
}

static void *client(void *config)
{
    int number = 0, ret;

    while (number < CONNECTIONS)
        if ((ret = next_visit(config, &number)) != 0)
            note(ret, "client");
    return NULL;
}

/* ---- All of it ----------------------------------------------------------- */

static int run(mbedguard_ssl_config *trusting)
{
    pthread_t threads[SERVERS + CLIENTS];
    int i;

    for (i = 0; i < SERVERS + CLIENTS; i++)
        if (pthread_create(&threads[i], NULL, i < SERVERS ? server : client,
                           trusting) != 0)
            return failed(-1, "thread");
    for (i = 0; i < SERVERS + CLIENTS; i++)
        pthread_join(threads[i], NULL);
    for (i = 1; i <= CERTIFICATES; i++) {
        printf("certificate %d was shown %d times\n", i, atomic_load(&shown[i]));
        if (atomic_load(&shown[i]) == 0)
            note(-1, "a certificate was never shown");
    }
    return 0;
}

int main(void)
{
    mbedguard_ssl_config trusting;
    int ret;

    mbedguard_net_init(&listener);
    mbedguard_ssl_config_init(&trusting);
    ret = example_begin();
    if (ret == 0)
        ret = identity_make(&authority, "CN=authority", 1, NULL);
    if (ret == 0)
        ret = configure(&trusting, MBEDTLS_SSL_IS_CLIENT,
                        MBEDTLS_SSL_TRANSPORT_STREAM, NULL, &authority);
    if (ret == 0)
        ret = mbedguard_net_bind(&listener, "127.0.0.1", "0",
                                 MBEDTLS_NET_PROTO_TCP);
    if (ret == 0 && (ret = port_of(&listener, port)) == 0)
        ret = run(&trusting);
    mbedguard_ssl_config_slot_free(&current);
    mbedguard_ssl_config_free(&trusting);
    mbedguard_net_free(&listener);
    identity_free(&authority);
    example_end();
    return ret != 0 || atomic_load(&errors) != 0;
}
