/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A chat client: one connection, one thread that reads, two threads that write.
 *
 * The reader waits for the network most of the time. With one mutex around each
 * call the writers would wait with it, until the other side says something. Here
 * no lock is held while a call waits, so that nobody locks anything:
 *
 * - what one call writes stays in one piece, whoever else writes;
 * - a reader sees every byte once, in order;
 * - any thread may close the connection, and wakes those who wait.
 *
 * The server is a thread of this program, which sends every line back.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <mbedguard/ssl_io_access.h>

#include "identity.h"

#define LINES 200
#define WRITERS 2

static mbedguard_ssl_config server_config, client_config;
static mbedguard_net_context listener;
static mbedguard_ssl_context connection; /* of the client, used by three threads */

/* ---- Lines --------------------------------------------------------------- */

/* One call writes a whole line, so that two writers never mix theirs. */
static int say(mbedguard_ssl_context *ssl, const char *line, size_t length)
{
    int ret;

    do {
        ret = mbedguard_ssl_write(ssl, (const unsigned char *) line, length);
    } while (is_again(ret));
    return ret == (int) length ? 0 : ret < 0 ? ret : MBEDTLS_ERR_SSL_CONN_EOF;
}

struct lines {
    char data[256];
    size_t used;
};

/* The next line with its end, or 0 when the other side closed, or an error. */
static int hear(mbedguard_ssl_context *ssl, struct lines *lines, char *line)
{
    for (;;) {
        char *const end = memchr(lines->data, '\n', lines->used);
        int ret;

        if (end != NULL) {
            const size_t length = (size_t) (end + 1 - lines->data);

            memcpy(line, lines->data, length);
            line[length] = '\0';
            lines->used -= length;
            memmove(lines->data, end + 1, lines->used);
            return (int) length;
        }
        ret = mbedguard_ssl_read(ssl,
                                 (unsigned char *) lines->data + lines->used,
                                 sizeof(lines->data) - 1 - lines->used);
        if (ret == 0 || ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
            return 0;
        if (ret < 0 && !is_again(ret))
            return ret;
        lines->used += ret > 0 ? (size_t) ret : 0;
    }
}

/* ---- The server ---------------------------------------------------------- */

static int serve(mbedguard_ssl_context *ssl, mbedguard_net_context *socket)
{
    struct lines lines = {"", 0};
    char line[sizeof(lines.data)];
    int ret = mbedguard_ssl_setup(ssl, &server_config);

    if (ret == 0)
        ret = mbedguard_ssl_set_bio(ssl, socket, mbedguard_net_send,
                                    mbedguard_net_recv, NULL);
    if (ret == 0)
        ret = handshake(ssl);
    while (ret == 0 && (ret = hear(ssl, &lines, line)) > 0 &&
           strcmp(line, "bye\n") != 0)
        ret = say(ssl, line, strlen(line));
    return ret < 0 ? ret : mbedguard_ssl_close_notify(ssl);
}

static void *server(void *unused)
{
    mbedguard_net_context socket;
    mbedguard_ssl_context ssl;
    int ret;

    mbedguard_net_init(&socket);
    mbedguard_ssl_init(&ssl);
    ret = mbedguard_net_accept(&listener, &socket, NULL, 0, NULL);
    if (ret == 0)
        ret = serve(&ssl, &socket);
    if (ret != 0)
        note(ret, "server");
    mbedguard_ssl_free(&ssl);
    mbedguard_net_free(&socket);
    return unused;
}

/* ---- The client ---------------------------------------------------------- */

static const char *const names[WRITERS] = {"ann", "bob"};

static void *writer(void *name)
{
    char line[64];
    int i, length, ret = 0;

    for (i = 0; i < LINES && ret == 0; i++) {
        length = snprintf(line, sizeof(line), "%s says %d\n", (char *) name, i);
        ret = say(&connection, line, (size_t) length);
    }
    if (ret != 0)
        note(ret, "writer");
    return NULL;
}

/* Each writer's lines come back whole, each once, in its order. */
static void *reader(void *unused)
{
    struct lines lines = {"", 0};
    char line[sizeof(lines.data)], name[8];
    int heard[WRITERS] = {0, 0};
    int number, ret;

    while ((ret = hear(&connection, &lines, line)) > 0) {
        int who = 0;

        if (sscanf(line, "%7s says %d", name, &number) == 2)
            while (who < WRITERS && strcmp(name, names[who]) != 0)
                who++;
        else
            who = WRITERS;
        if (who == WRITERS || number != heard[who]++)
            note(-1, "a line that nobody wrote, or in another order");
    }
    if (ret < 0)
        note(ret, "reader");
    printf("heard %d lines of %s and %d of %s\n", heard[0], names[0], heard[1],
           names[1]);
    if (heard[0] != LINES || heard[1] != LINES)
        note(-1, "lines are missing");
    return unused;
}

static int start(pthread_t *thread, void *(*body)(void *), const char *name)
{
    return pthread_create(thread, NULL, body, (void *) (uintptr_t) name) == 0
               ? 0
               : failed(-1, "thread");
}

/* The threads talk until both writers are done; the server closes on "bye". */
static int chat(void)
{
    pthread_t threads[1 + WRITERS];
    int i, ret = 0;

    for (i = 0; i <= WRITERS && ret == 0; i++)
        ret = start(&threads[i], i == 0 ? reader : writer,
                    i == 0 ? NULL : names[i - 1]);
    if (ret != 0)
        return ret;
    for (i = 1; i <= WRITERS; i++)
        pthread_join(threads[i], NULL);
    ret = say(&connection, "bye\n", 4);
    /* A reader who gets no answer would wait for ever: closing wakes it. */
    if (ret != 0)
        mbedguard_ssl_close(&connection, 1000);
    pthread_join(threads[0], NULL);
    return ret;
}

static int client(mbedguard_net_context *socket, const char *port)
{
    int ret = mbedguard_net_connect(socket, "127.0.0.1", port,
                                    MBEDTLS_NET_PROTO_TCP);

    if (ret == 0)
        ret = mbedguard_ssl_setup(&connection, &client_config);
    if (ret == 0)
        ret = mbedguard_ssl_set_hostname(&connection, "localhost");
    if (ret == 0)
        ret = mbedguard_ssl_set_bio(&connection, socket, mbedguard_net_send,
                                    mbedguard_net_recv, NULL);
    if (ret == 0)
        ret = handshake(&connection);
    if (ret == 0)
        ret = chat();
    if (ret == 0)
        ret = mbedguard_ssl_close_notify(&connection);
    return ret == 0 ? 0 : failed(ret, "client");
}

static int run(const struct identity *own)
{
    mbedguard_net_context socket;
    char port[8];
    pthread_t thread;
    int ret;

    if (configure(&server_config, MBEDTLS_SSL_IS_SERVER,
                  MBEDTLS_SSL_TRANSPORT_STREAM, own, NULL) != 0 ||
        configure(&client_config, MBEDTLS_SSL_IS_CLIENT,
                  MBEDTLS_SSL_TRANSPORT_STREAM, NULL, own) != 0)
        return -1;
    ret = mbedguard_net_bind(&listener, "127.0.0.1", "0", MBEDTLS_NET_PROTO_TCP);
    if (ret != 0 || port_of(&listener, port) != 0)
        return failed(ret, "bind");
    if (start(&thread, server, NULL) != 0)
        return -1;
    mbedguard_net_init(&socket);
    ret = client(&socket, port);
    mbedguard_net_free(&socket);
    pthread_join(thread, NULL);
    return ret;
}

int main(void)
{
    struct identity own = {NULL, NULL};
    int ret;

    mbedguard_net_init(&listener);
    mbedguard_ssl_init(&connection);
    mbedguard_ssl_config_init(&server_config);
    mbedguard_ssl_config_init(&client_config);
    ret = example_begin();
    if (ret == 0)
        ret = identity_make(&own, "CN=localhost", 1, NULL);
    if (ret == 0)
        ret = run(&own);
    mbedguard_ssl_free(&connection);
    mbedguard_ssl_config_free(&client_config);
    mbedguard_ssl_config_free(&server_config);
    mbedguard_net_free(&listener);
    identity_free(&own);
    example_end();
    return ret != 0 || atomic_load(&errors) != 0;
}
