/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The clients: ours, full and resumed, and one that we did not write.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

/* Runs only in a full handshake: a resumed one brings no certificate. */
static int on_certificate(void *context, mbedtls_x509_crt *crt, int depth,
                          uint32_t *flags)
{
    (void) crt;
    (void) depth;
    if (*flags == 0)
        *(int *) context = 1;
    return 0;
}

static enum flavour flavour_of(enum kind kind)
{
    if (kind <= BY_ID_AGAIN)
        return WITH_ID;
    return kind <= BY_TICKET_AGAIN ? WITH_TICKET : WITH_TLS13;
}

int resumes_by_id(enum kind kind)
{
    return kind == BY_ID || kind == BY_ID_AGAIN;
}

int is_full(enum kind kind)
{
#if HAVE_TLS13
    if (kind == FULL_13)
        return 1;
#endif
    return kind == FULL_ID || kind == FULL_TICKET;
}

static int start_client(mbedtls_ssl_context *ssl, int *fd, enum kind kind,
                        mbedtls_ssl_session *session, int *certificate_seen)
{
    int ret;

    ret = mbedtls_ssl_setup(ssl, &shared.client_config[flavour_of(kind)]);
    if (ret == 0)
        ret = mbedtls_ssl_set_hostname(ssl, "localhost");
    if (ret == 0 && !is_full(kind))
        ret = mbedtls_ssl_set_session(ssl, session);
    if (ret != 0)
        return failed(ret, "client: setup");
    mbedtls_ssl_set_verify(ssl, on_certificate, certificate_seen);
    mbedtls_ssl_set_bio(ssl, fd, send_bytes, receive_bytes, NULL);
    if ((ret = shake_hands(ssl)) != 0)
        return failed(ret, "client: handshake %d", (int) kind);
    if (*certificate_seen != is_full(kind))
        return failed(0, "client: handshake %d is %s", (int) kind,
                      *certificate_seen ? "not resumed" : "not full");
    if (kind == FULL_ID || kind == FULL_TICKET) {
        mbedtls_ssl_session_free(session);
        mbedtls_ssl_session_init(session);
        ret = mbedtls_ssl_get_session(ssl, session);
        if (ret != 0)
            return failed(ret, "client: session");
    }
    return 0;
}

static int converse(mbedtls_ssl_context *ssl, uint32_t number,
                    mbedtls_ssl_session *session)
{
    const uint32_t up = number * 7919u % 20000u;
    const uint32_t down = number * 104729u % 40000u + 1;
    char line[LONGEST_LINE];
    unsigned char rest;
    int ret, length;

    length = snprintf(line, sizeof(line), "%u %u %u\n", (unsigned) number,
                      (unsigned) up, (unsigned) down);
    ret = write_all(ssl, (unsigned char *) line, (size_t) length);
    if (ret == 0)
        ret = write_stream(ssl, number, up);
    if (ret == 0)
        ret = check_stream(ssl, ~number, down, session);
    if (ret != 0)
        return failed(ret, "client: data");
    ret = read_some(ssl, &rest, 1, session);
    if (ret != 0 && ret != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return failed(ret, "client: end");
    ret = mbedtls_ssl_close_notify(ssl);
    return ret == 0 ? 0 : failed(ret, "client: close");
}

void one_connection(unsigned port, uint32_t number, enum kind kind,
                    mbedtls_ssl_session *session)
{
    mbedtls_ssl_context ssl;
    int fd = open_connection(port);
    int certificate_seen = 0;

    if (fd < 0) {
        failed(0, "connect: %s", strerror(errno));
        return;
    }
    mbedtls_ssl_init(&ssl);
    if (start_client(&ssl, &fd, kind, session, &certificate_seen) == 0 &&
        converse(&ssl, number, session) == 0) {
        if (certificate_seen)
            atomic_fetch_add(&counts.full, 1);
        else if (flavour_of(kind) == WITH_ID)
            atomic_fetch_add(&counts.resumed_id, 1);
        else
            atomic_fetch_add(&counts.resumed_ticket, 1);
    }
    mbedtls_ssl_free(&ssl);
    close(fd);
}

void stranger(unsigned port, const char *option, uint32_t seed, uint32_t length)
{
    char file[] = "/tmp/demo_server-XXXXXX";
    char command[512];
    uint32_t good = 0;
    const size_t size = strlen(shared.certificate_pem);
    const int fd = mkstemp(file);
    FILE *pipe;
    int c, status;

    if (fd < 0 || write(fd, shared.certificate_pem, size) != (ssize_t) size) {
        failed(0, "%s: %s", file, strerror(errno));
        if (fd >= 0) {
            close(fd);
            unlink(file);
        }
        return;
    }
    close(fd);
    snprintf(command, sizeof(command),
             "command -v openssl > /dev/null || exit 127; echo '%u 0 %u' |"
             " openssl s_client -quiet -connect 127.0.0.1:%u %s -CAfile %s"
             " -verify_return_error -verify_hostname localhost 2> /dev/null",
             (unsigned) seed, (unsigned) length, port, option, file);
    fflush(NULL);
    pipe = popen(command, "r");
    if (pipe == NULL) {
        failed(0, "popen: %s", strerror(errno));
    } else {
        while ((c = fgetc(pipe)) != EOF && good < length &&
               c == stream_byte(~seed, good))
            good++;
        status = pclose(pipe);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
            printf("openssl is not installed: no client of others\n");
        } else if (c != EOF || good != length) {
            failed(0, "openssl s_client %s: %u of %u bytes", option,
                   (unsigned) good, (unsigned) length);
        } else {
            atomic_fetch_add(&counts.bytes, good);
            atomic_fetch_add(&counts.strangers, 1);
        }
    }
    unlink(file);
}
