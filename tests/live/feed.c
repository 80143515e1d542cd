/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A connection, and what its client is given of what comes. */
#include "live/feed.h"

#include <string.h>

struct wire_link fed;
mbedguard_ssl_context *const client = &fed.ends[0];
mbedguard_ssl_context *const server = &fed.ends[1];
struct feed feed;

void feed_through(size_t bytes, int code)
{
    memset(&feed, 0, sizeof(feed));
    feed.through = bytes;
    feed.code = code;
}

static int receive(void *wire, unsigned char *buf, size_t len)
{
    int ret;

    feed.calls++;
    feed.asked = len;
    if (feed.through == 0) {
        ret = feed.code;
        feed.code = MBEDTLS_ERR_SSL_WANT_READ;
        return ret;
    }
    ret = wire_recv(wire, buf, len < feed.through ? len : feed.through);
    feed.through -= ret > 0 ? (size_t) ret : 0;
    return ret;
}

void feed_open_with(const struct wire_kind *kind)
{
    wire_open(&fed, kind);
    feed_through(SIZE_MAX, 0);
    ck_assert_int_eq(mbedguard_ssl_set_bio(client, &fed.wires[0], wire_send, receive, NULL), 0);
    wire_connect(&fed);
}

void feed_open(int tls13)
{
    const struct wire_kind kind = {.psk = tls13 == 0, .tls13 = tls13 != 0};

    feed_open_with(&kind);
    ck_assert_int_eq(mbedguard_ssl_set_read_ahead(client, FEED_SIZE), 0);
}

void feed_close(void)
{
    wire_free(&fed);
}

size_t say(unsigned number)
{
    const size_t before = fed.channels[1].passed;
    unsigned char message[MESSAGE];

    memset(message, (int) number, sizeof(message));
    ck_assert_int_eq(mbedguard_ssl_write(server, message, MESSAGE), MESSAGE);
    return fed.channels[1].passed - before;
}

void say_all(unsigned first, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        (void) say(first + i);
}

void hear(unsigned number)
{
    unsigned char message[MESSAGE + 1];
    unsigned i;

    ck_assert_int_eq(mbedguard_ssl_read(client, message, sizeof(message)), MESSAGE);
    for (i = 0; i < MESSAGE; i++)
        ck_assert_uint_eq(message[i], number);
}

void hear_all(unsigned first, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        hear(first + i);
}

int hear_nothing(void)
{
    unsigned char byte;

    return mbedguard_ssl_read(client, &byte, 1);
}
