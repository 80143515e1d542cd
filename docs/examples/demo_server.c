/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A TLS server whose threads share everything that can be shared.
 *
 *     demo_server [connections [server threads [client threads]]]
 *
 * Every worker uses the same configuration, certificate, key, session cache,
 * ticket context and random generator; so do the clients, in the same process.
 * Clients make full handshakes and resume sessions by id and by ticket, and
 * both sides check every byte that they receive. At the end `openssl s_client`,
 * where there is one, does the same as a client that we did not write.
 *
 * The demo_*.c files speak of Mbed TLS alone. Compiled as they stand they are a
 * raw program; compiled with `pkg-config --cflags mbedguard-switch` they are a
 * guarded one. That is all that switching means.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <mbedtls/error.h>

#include "demo.h"

#define MAX_THREADS      64
#define WATCHDOG_SECONDS 60
#define STRANGER_BYTES   50000u

struct demo_counts counts;

static unsigned connections = 1000, servers = 4, clients = 4;
static unsigned port;
static int listener;
static atomic_bool stop;

int failed(int code, const char *format, ...)
{
    char text[128] = "";
    va_list list;

    atomic_fetch_add(&counts.errors, 1);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    if (code != 0) {
        mbedtls_strerror(code, text, sizeof(text));
        fprintf(stderr, ": -0x%04X %s", (unsigned) -code, text);
    }
    fputc('\n', stderr);
    return code != 0 ? code : -1;
}

/* ---- The server ---------------------------------------------------------- */

/* The request: "seed up down", each a decimal number, and a line feed. */
static int read_request(mbedtls_ssl_context *ssl, uint32_t request[3])
{
    char line[LONGEST_LINE], *end = line;
    size_t used;
    unsigned i;
    int n;

    for (used = 0; used < sizeof(line) - 1; used++) {
        n = read_some(ssl, (unsigned char *) line + used, 1, NULL);
        if (n <= 0)
            return n < 0 ? n : MBEDTLS_ERR_SSL_CONN_EOF;
        if (line[used] == '\n')
            break;
    }
    line[used] = '\0';
    for (i = 0; i < 3; i++)
        request[i] = (uint32_t) strtoul(end, &end, 10);
    return *end == '\0' ? 0 : MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
}

static int serve(mbedtls_ssl_context *ssl, int *fd)
{
    uint32_t request[3];
    unsigned char rest;
    int ret;

    ret = mbedtls_ssl_setup(ssl, &shared.server_config);
    if (ret != 0)
        return failed(ret, "server: setup");
    mbedtls_ssl_set_bio(ssl, fd, send_bytes, receive_bytes, NULL);
    if ((ret = shake_hands(ssl)) != 0)
        return failed(ret, "server: handshake");
    if ((ret = read_request(ssl, request)) != 0)
        return failed(ret, "server: request");
    if ((ret = check_stream(ssl, request[0], request[1], NULL)) != 0)
        return failed(ret, "server: data");
    if ((ret = write_stream(ssl, ~request[0], request[2])) != 0)
        return failed(ret, "server: answer");
    if ((ret = mbedtls_ssl_close_notify(ssl)) != 0)
        return failed(ret, "server: close");
    /* The client closes next; closing first would reset what is in flight. */
    ret = read_some(ssl, &rest, 1, NULL);
    if (ret != 0 && ret != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return failed(ret, "server: end");
    atomic_fetch_add(&counts.served, 1);
    return 0;
}

/* Serves one connection after the other, until the main thread says stop. */
static void *server_thread(void *number)
{
    mbedtls_ssl_context ssl;
    int fd;

    for (;;) {
        fd = accept(listener, NULL, NULL);
        if (fd < 0 && errno == EINTR)
            continue;
        if (fd < 0) {
            failed(0, "accept: %s", strerror(errno));
            break;
        }
        if (!atomic_load(&stop)) {
            prepare_socket(fd);
            mbedtls_ssl_init(&ssl);
            (void) serve(&ssl, &fd);
            mbedtls_ssl_free(&ssl);
            close(fd);
            continue;
        }
        close(fd);
        break;
    }
    return number;
}

/* ---- The clients' side, and the result ----------------------------------- */

/* Each thread makes every clients-th round, with a session of its own. */
static void *client_thread(void *number)
{
    const unsigned mine = *(const unsigned *) number;
    mbedtls_ssl_session session;
    unsigned i;

    mbedtls_ssl_session_init(&session);
    for (i = 0; i < connections; i++)
        if (i / KINDS % clients == mine)
            one_connection(port, i, (enum kind)(i % KINDS), &session);
    mbedtls_ssl_session_free(&session);
    return number;
}

static void start(pthread_t *threads, unsigned *numbers, unsigned count,
                  void *(*body)(void *) )
{
    unsigned i;
    int ret;

    for (i = 0; i < count; i++) {
        numbers[i] = i;
        ret = pthread_create(&threads[i], NULL, body, &numbers[i]);
        if (ret != 0) {
            fprintf(stderr, "pthread_create: %s\n", strerror(ret));
            exit(2);
        }
    }
}

static void join(const pthread_t *threads, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static void visit_by_strangers(void)
{
    stranger(port, "-tls1_2", 42, STRANGER_BYTES);
#if HAVE_TLS13
    stranger(port, "-tls1_3", 43, STRANGER_BYTES);
#endif
}

/* A thread that waits in accept() sees no flag: it needs a visit. */
static void stop_servers(void)
{
    unsigned i;
    int fd;

    atomic_store(&stop, true);
    for (i = 0; i < servers; i++) {
        fd = open_connection(port);
        if (fd < 0)
            failed(0, "connect: %s", strerror(errno));
        else
            close(fd);
    }
}

static void expect(const char *what, unsigned got, unsigned expected)
{
    if (got != expected)
        failed(0, "%s: %u, expected %u", what, got, expected);
}

/* Both sides must have seen exactly what the clients set out to do. */
static void check_counts(void)
{
    unsigned full = 0, by_id = 0, by_ticket = 0, i;

    for (i = 0; i < connections; i++) {
        if (is_full((enum kind)(i % KINDS)))
            full++;
        else if (resumes_by_id((enum kind)(i % KINDS)))
            by_id++;
        else
            by_ticket++;
    }
    expect("full handshakes", counts.full, full);
    expect("sessions resumed by id", counts.resumed_id, by_id);
    expect("sessions found in the cache", counts.cache_hits, by_id);
    expect("sessions resumed by ticket", counts.resumed_ticket, by_ticket);
    expect("tickets accepted", counts.ticket_hits, by_ticket);
    expect("connections served", counts.served, connections + counts.strangers);
}

static void print_result(double elapsed)
{
    printf("connections made    %u (%u full, %u resumed from the cache,"
           " %u by ticket)\n",
           counts.full + counts.resumed_id + counts.resumed_ticket, counts.full,
           counts.resumed_id, counts.resumed_ticket);
    printf("by openssl s_client %u\n", counts.strangers);
    printf("bytes checked       %llu\n", (unsigned long long) counts.bytes);
    printf("errors              %u\n", counts.errors);
    printf("rate                %.0f connections per second (%.2f s)\n",
           connections / elapsed, elapsed);
}

static int read_arguments(int argc, char **argv)
{
    unsigned *const value[] = {&connections, &servers, &clients};
    char *end;
    int i;

    for (i = 1; i < argc; i++) {
        if (i > 3)
            return -1;
        *value[i - 1] = (unsigned) strtoul(argv[i], &end, 10);
        if (*end != '\0' || *value[i - 1] == 0 || *value[i - 1] > 1000000)
            return -1;
    }
    return servers > MAX_THREADS || clients > MAX_THREADS ? -1 : 0;
}

int main(int argc, char **argv)
{
    pthread_t server[MAX_THREADS], client[MAX_THREADS];
    unsigned server_number[MAX_THREADS], client_number[MAX_THREADS];
    double elapsed;

    if (read_arguments(argc, argv) != 0) {
        fprintf(stderr, "usage: %s [connections [servers [clients]]]\n", *argv);
        return 2;
    }
    alarm(WATCHDOG_SECONDS);
    if (make_shared(connections) == 0 &&
        (listener = open_listener(&port)) >= 0) {
        print_shared();
        printf("listening on        127.0.0.1:%u, %u server threads,"
               " %u client threads\n",
               port, servers, clients);
        fflush(stdout);
        elapsed = seconds();
        start(server, server_number, servers, server_thread);
        start(client, client_number, clients, client_thread);
        join(client, clients);
        elapsed = seconds() - elapsed;
        visit_by_strangers();
        stop_servers();
        join(server, servers);
        close(listener);
        check_counts();
        print_result(elapsed);
    }
    free_shared();
    return counts.errors == 0 ? 0 : 1;
}
