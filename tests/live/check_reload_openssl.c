/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Configurations replaced while the other side is OpenSSL's: its s_client visits our server, and our
 * clients, whose certificate and trust are replaced, visit its s_server.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mbedguard/net_sockets.h>

#include "live/reload.h"

#define SERVERS   8  /* threads of our server */
#define VISITORS  4  /* threads that run s_client */
#define CLIENTS   8  /* threads that visit s_server */
#define VISITS    8  /* of each thread */
#define MIN_SWAPS 5  /* however fast those are */

static struct reload reload;
static atomic_uint done;
static const char template[] = "/tmp/mbedguard-reload-XXXXXX";
static char folder[sizeof(template)];
static char port[16];

static const bool versions[] = {false, true};
#define VERSIONS (LIVE_TLS13 ? 2 : 1)

/* ---- What OpenSSL reads and writes ----------------------------------------------------------- */

static void write_file(const char *name, const void *data, size_t length)
{
    char path[sizeof(folder) + 16];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

static void remove_file(const char *name)
{
    char path[sizeof(folder) + 16];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    ck_assert_int_eq(remove(path), 0);
}

static void begin(int endpoint, bool tls13)
{
    const unsigned char *der;
    size_t length;

    memcpy(folder, template, sizeof(template));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_file("first.pem", live_pem[0], strlen(live_pem[0]));
    der = live_key_der(0, &length);
    write_file("first.der", der, length);
    reload_begin(&reload, endpoint, tls13);
    atomic_store(&done, 0);
}

static void end(void)
{
    reload_end(&reload);
    remove_file("first.pem");
    remove_file("first.der");
    ck_assert_int_eq(rmdir(folder), 0);
}

/* The number of the first certificate that is printed in a text. */
static int number_in_text(const char *text, uint32_t *number)
{
    static const char tail[] = "-----END CERTIFICATE-----\n";
    const char *const from = strstr(text, "-----BEGIN CERTIFICATE-----");
    const char *const to = from != NULL ? strstr(from, tail) : NULL;
    mbedguard_x509_crt crt;
    char pem[4096];
    size_t length;
    int ret;

    *number = 0;
    if (to == NULL)
        return MBEDTLS_ERR_X509_INVALID_FORMAT;
    length = (size_t) (to - from) + sizeof(tail) - 1;
    if (length >= sizeof(pem))
        return MBEDTLS_ERR_X509_BUFFER_TOO_SMALL;
    memcpy(pem, from, length);
    pem[length] = '\0';
    ret = mbedguard_x509_crt_init(&crt);
    if (ret == 0)
        ret = mbedguard_x509_crt_parse(&crt, (const unsigned char *) pem, length + 1);
    if (ret == 0)
        ret = live_serial_of(&crt, number);
    mbedguard_x509_crt_free(&crt);
    return ret;
}

/* Once the last of the threads that count visits is done, nobody replaces any more. */
static bool is_last(unsigned threads)
{
    return atomic_fetch_add(&done, 1) == threads - 1;
}

static bool has_more_visits(unsigned made)
{
    return (made < live_rounds(VISITS) || reload_count() < MIN_SWAPS) && !live_failed();
}

/* ---- s_client at our server ------------------------------------------------------------------ */

static mbedguard_net_context listener;

/* It may go as it likes; what it saw is what counts. */
static void serve(mbedguard_net_context *socket)
{
    mbedguard_ssl_context ssl;
    unsigned char byte;
    int ret;

    mbedguard_ssl_init(&ssl);
    ret = mbedguard_ssl_setup_current(&ssl, &reload.slot);
    if (ret == 0)
        ret = mbedguard_ssl_set_bio(&ssl, socket, mbedguard_net_send, mbedguard_net_recv, NULL);
    LIVE_EQ(ret, 0);
    if (ret == 0)
        ret = mbedguard_ssl_handshake(&ssl);
    LIVE_EQ(ret, 0);
    while (ret == 0) {
        ret = mbedguard_ssl_read(&ssl, &byte, 1);
        if (ret <= 0)
            break;
        ret = 0;
    }
    mbedguard_ssl_close_notify(&ssl);
    mbedguard_ssl_free(&ssl);
}

static void serve_all(void)
{
    mbedguard_net_context socket;

    mbedguard_net_init(&socket);
    /* The listener is shut down when nobody comes any more. */
    while (mbedguard_net_accept(&listener, &socket, NULL, 0, NULL) == 0) {
        /* No s_client that is started now should hold it open. */
        (void) fcntl(socket.fd, F_SETFD, FD_CLOEXEC);
        serve(&socket);
        mbedguard_net_free(&socket);
    }
}

static void run_s_client(char *output, size_t size)
{
    char command[256];
    size_t length;
    FILE *pipe;

    output[0] = '\0';
    snprintf(command, sizeof(command),
             "exec openssl s_client -connect 127.0.0.1:%s -CAfile %s/first.pem -verify_return_error "
             "</dev/null 2>&1",
             port, folder);
    pipe = popen(command, "r");
    LIVE_EQ(pipe != NULL, true);
    if (pipe == NULL)
        return;
    length = fread(output, 1, size - 1, pipe);
    output[length] = '\0';
    LIVE_EQ(pclose(pipe), 0);
}

static void visit_by_s_client(void)
{
    char output[16384];
    uint32_t number;
    unsigned i;

    for (i = 0; has_more_visits(i); i++) {
        const struct reload_span span = reload_span_begin();

        run_s_client(output, sizeof(output));
        LIVE_EQ(number_in_text(output, &number), 0);
        reload_span_check(span, number);
        LIVE_EQ(strstr(output, "Verify return code: 0 (ok)") != NULL, true);
    }
    if (is_last(VISITORS)) {
        reload_stop();
        shutdown(listener.fd, SHUT_RDWR);
    }
}

static void serve_or_visit(unsigned number, void *data)
{
    (void) data;
    if (number < SERVERS)
        serve_all();
    else if (number < SERVERS + VISITORS)
        visit_by_s_client();
    else
        reload_run(&reload);
}

static void listen_somewhere(void)
{
    struct sockaddr_in address;
    socklen_t length = sizeof(address);

    mbedguard_net_init(&listener);
    ck_assert_int_eq(mbedguard_net_bind(&listener, "127.0.0.1", "0", MBEDTLS_NET_PROTO_TCP), 0);
    (void) fcntl(listener.fd, F_SETFD, FD_CLOEXEC);
    ck_assert_int_eq(getsockname(listener.fd, (struct sockaddr *) &address, &length), 0);
    snprintf(port, sizeof(port), "%u", (unsigned) ntohs(address.sin_port));
}

START_TEST(s_client)
{
    begin(MBEDTLS_SSL_IS_SERVER, versions[_i]);
    listen_somewhere();
    live_threads(SERVERS + VISITORS + 1, serve_or_visit, NULL);
    ck_assert_uint_ge(reload_count(), MIN_SWAPS);
    mbedguard_net_free(&listener);
    end();
}
END_TEST

/* ---- Our clients at s_server ----------------------------------------------------------------- */

static int s_server_input = -1;
static pid_t s_server_shell;

/* It ends when this program does, however that is: its shell waits for the end of its input. */
static void exec_s_server(const int input[2], const int output[2])
{
    char command[512];

    snprintf(command, sizeof(command),
             "openssl s_server -accept 127.0.0.1:0 -cert %s/first.pem -key %s/first.der -keyform DER "
             "-CAfile %s/first.pem -Verify 1 -verify_return_error -www 2>&1 & read line; kill $!",
             folder, folder, folder);
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    close(input[0]);
    close(input[1]);
    close(output[0]);
    close(output[1]);
    execl("/bin/sh", "sh", "-c", command, (char *) NULL);
    _exit(127);
}

/* While this program has one thread. The port is in a line of its own: ACCEPT 127.0.0.1:NUMBER. */
static FILE *start_s_server(void)
{
    int input[2], output[2];
    char line[256];
    FILE *file;

    ck_assert_int_eq(pipe(input), 0);
    ck_assert_int_eq(pipe(output), 0);
    s_server_shell = fork();
    ck_assert_int_ge(s_server_shell, 0);
    if (s_server_shell == 0)
        exec_s_server(input, output);
    close(input[0]);
    close(output[1]);
    s_server_input = input[1];
    file = fdopen(output[0], "r");
    ck_assert_ptr_nonnull(file);
    port[0] = '\0';
    while (port[0] == '\0') {
        ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
        if (strncmp(line, "ACCEPT ", 7) == 0 && strrchr(line, ':') != NULL)
            snprintf(port, sizeof(port), "%.5s", strrchr(line, ':') + 1);
    }
    port[strcspn(port, "\r\n")] = '\0';
    return file;
}

static void stop_s_server(FILE *file)
{
    int status;

    close(s_server_input);
    ck_assert_int_eq(waitpid(s_server_shell, &status, 0), s_server_shell);
    fclose(file);
}

static bool goes_on(int ret)
{
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
    if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
        return true;
#endif
    return ret > 0 || ret == MBEDTLS_ERR_SSL_WANT_READ;
}

/* The page shows the certificate that the client had. */
static int get_page(mbedguard_ssl_context *ssl, char *page, size_t size)
{
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    size_t length = 0;
    int ret = mbedguard_ssl_write(ssl, (const unsigned char *) request, sizeof(request) - 1);

    page[0] = '\0';
    if (ret != (int) sizeof(request) - 1)
        return ret < 0 ? ret : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    do {
        ret = mbedguard_ssl_read(ssl, (unsigned char *) page + length, size - 1 - length);
        if (ret > 0)
            length += (size_t) ret;
    } while (goes_on(ret) && length < size - 1);
    page[length] = '\0';
    return 0;
}

/* Whom s_server met; what the client trusted has to be of the same number. */
static int identify(mbedguard_ssl_context *ssl, uint32_t *number)
{
    char page[16384];
    int ret = get_page(ssl, page, sizeof(page));

    if (ret == 0)
        ret = number_in_text(page, number);
    if (ret == 0 &&
        (mbedguard_ssl_get_verify_result(ssl) == 0) != (reload_trusts(*number) == 0))
        ret = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    return ret;
}

static int visit(uint32_t *number)
{
    mbedguard_net_context socket;
    mbedguard_ssl_context ssl;
    int ret;

    *number = 0;
    mbedguard_net_init(&socket);
    mbedguard_ssl_init(&ssl);
    ret = mbedguard_net_connect(&socket, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP);
    if (ret == 0)
        ret = mbedguard_ssl_setup_current(&ssl, &reload.slot);
    if (ret == 0)
        ret = mbedguard_ssl_set_hostname(&ssl, "first");
    if (ret == 0)
        ret = mbedguard_ssl_set_bio(&ssl, &socket, mbedguard_net_send, mbedguard_net_recv, NULL);
    if (ret == 0)
        ret = mbedguard_ssl_handshake(&ssl);
    if (ret == 0)
        ret = identify(&ssl, number);
    mbedguard_ssl_close_notify(&ssl);
    mbedguard_ssl_free(&ssl);
    mbedguard_net_free(&socket);
    return ret;
}

static void visit_or_replace(unsigned thread, void *data)
{
    uint32_t number;
    unsigned i;

    (void) data;
    if (thread == CLIENTS) {
        reload_run(&reload);
        return;
    }
    for (i = 0; has_more_visits(i); i++) {
        const struct reload_span span = reload_span_begin();

        LIVE_EQ(visit(&number), 0);
        reload_span_check(span, number);
    }
    if (is_last(CLIENTS))
        reload_stop();
}

START_TEST(s_server)
{
    FILE *file;

    begin(MBEDTLS_SSL_IS_CLIENT, versions[_i]);
    file = start_s_server();
    live_threads(CLIENTS + 1, visit_or_replace, NULL);
    ck_assert_uint_ge(reload_count(), MIN_SWAPS);
    stop_s_server(file);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reload with openssl");
    TCase *tc;

    if (system("openssl version >/dev/null 2>&1") != 0) {
        puts("skipped: there is no openssl to be the other side");
        return 77;
    }
    tc = live_case(suite, "s_client");
    tcase_add_loop_test(tc, s_client, 0, VERSIONS);
    tc = live_case(suite, "s_server");
    tcase_add_loop_test(tc, s_server, 0, VERSIONS);
    return live_run(suite);
}
