/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Data that both sides can compute, sent and checked byte for byte.
 */
#include "demo.h"

/* The byte at an offset of the stream with this seed. */
unsigned char stream_byte(uint32_t seed, uint32_t offset)
{
    uint32_t x = seed + offset * 2654435761u;

    x ^= x >> 15;
    x *= 2246822519u;
    x ^= x >> 13;
    return (unsigned char) ('a' + x % 26);
}

int shake_hands(mbedtls_ssl_context *ssl)
{
    int ret;

    do {
        ret = mbedtls_ssl_handshake(ssl);
    } while (ret == MBEDTLS_ERR_SSL_WANT_READ ||
             ret == MBEDTLS_ERR_SSL_WANT_WRITE);
    return ret;
}

int write_all(mbedtls_ssl_context *ssl, const unsigned char *data,
              size_t length)
{
    int n;

    while (length > 0) {
        n = mbedtls_ssl_write(ssl, data, length);
        if (n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE)
            continue;
        if (n < 0)
            return n;
        data += n;
        length -= (size_t) n;
    }
    return 0;
}

/* Like mbedtls_ssl_read, but a ticket that arrives first goes to session. */
int read_some(mbedtls_ssl_context *ssl, unsigned char *data, size_t size,
              mbedtls_ssl_session *session)
{
    int n;

    for (;;) {
        n = mbedtls_ssl_read(ssl, data, size);
#if HAVE_TLS13
        if (n == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
            if (session == NULL)
                continue;
            mbedtls_ssl_session_free(session);
            mbedtls_ssl_session_init(session);
            n = mbedtls_ssl_get_session(ssl, session);
            if (n != 0)
                return n;
            continue;
        }
#else
        (void) session;
#endif
        if (n != MBEDTLS_ERR_SSL_WANT_READ && n != MBEDTLS_ERR_SSL_WANT_WRITE)
            return n;
    }
}

int write_stream(mbedtls_ssl_context *ssl, uint32_t seed, uint32_t length)
{
    unsigned char data[6000];
    uint32_t offset = 0, n, i;
    int ret;

    for (; offset < length; offset += n) {
        n = length - offset;
        if (n > sizeof(data))
            n = sizeof(data);
        for (i = 0; i < n; i++)
            data[i] = stream_byte(seed, offset + i);
        ret = write_all(ssl, data, n);
        if (ret != 0)
            return ret;
    }
    return 0;
}

/* 0 if all came and were right; an error, INVALID_MAC for the first wrong. */
int check_stream(mbedtls_ssl_context *ssl, uint32_t seed, uint32_t length,
                 mbedtls_ssl_session *session)
{
    unsigned char data[6000];
    uint32_t offset = 0, n;
    int i, got;

    while (offset < length) {
        n = length - offset;
        if (n > sizeof(data))
            n = sizeof(data);
        got = read_some(ssl, data, n, session);
        if (got <= 0)
            return got < 0 ? got : MBEDTLS_ERR_SSL_CONN_EOF;
        for (i = 0; i < got; i++)
            if (data[i] != stream_byte(seed, offset + (uint32_t) i))
                return MBEDTLS_ERR_SSL_INVALID_MAC;
        offset += (uint32_t) got;
        atomic_fetch_add(&counts.bytes, (unsigned) got);
    }
    return 0;
}
