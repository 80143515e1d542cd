/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Read-ahead: what one receive brought beyond that for which Mbed TLS asked stays in the queue, and
 * is given to it when it asks.
 */
#include "manual/ssl_pump.h"

#if defined(MBEDTLS_SSL_TLS_C)

#include <mbedguard/ssl_io_access.h>

#include "manual/ssl_companion.h"

#if defined(MBEDGUARD_THREADING_NONE)

int mbedguard_ssl_has_record(const mbedguard_ssl_context *ssl)
{
    (void) ssl;
    return 0;
}

int mbedguard_ssl_set_read_ahead(mbedguard_ssl_context *ssl, size_t size)
{
    (void) ssl;
    (void) size;
    return MBEDGUARD_ERR_UNSUPPORTED;
}

#else

#include <string.h>

/* Longer than any record: Mbed TLS refuses such a header without the rest. */
#define TOO_LONG ((size_t) 16384 + 2048)

/*
 * The first bytes of the record that is next: those that Mbed TLS has, then those that are queued.
 * Returns how many there are, at most a header.
 */
static size_t next_header(const mbedtls_ssl_context *raw, const mbedguard_ssl_queue *queue,
                          unsigned char header[MBEDGUARD_SSL_HEADER])
{
    const size_t in_left = raw->MBEDTLS_PRIVATE(in_left);
    size_t have = in_left < MBEDGUARD_SSL_HEADER ? in_left : MBEDGUARD_SSL_HEADER;
    const mbedguard_ssl_item *item;

    memcpy(header, raw->MBEDTLS_PRIVATE(in_hdr), have);
    for (item = queue->first; item != NULL && have < MBEDGUARD_SSL_HEADER; item = item->next) {
        const size_t more = MBEDGUARD_SSL_HEADER - have;
        const size_t length = item->length - item->taken;
        const size_t part = length < more ? length : more;

        memcpy(header + have, item->data + item->taken, part);
        have += part;
    }
    return have;
}

int mbedguard_ssl_has_record(const mbedguard_ssl_context *ssl)
{
    const mbedtls_ssl_context *const raw = &ssl->unguarded;
    const mbedguard_ssl_pump *const pump = ssl->companion.pump;
    unsigned char header[MBEDGUARD_SSL_HEADER];
    size_t length;

    if (pump == NULL || pump->datagram || pump->in.first == NULL ||
        next_header(raw, &pump->in, header) < MBEDGUARD_SSL_HEADER) {
        return 0;
    }
    length = mbedguard_ssl_record_length(header);
    return length > TOO_LONG ||
           raw->MBEDTLS_PRIVATE(in_left) + (size_t) (pump->in.in - pump->in.out) >=
               MBEDGUARD_SSL_HEADER + length;
}

int mbedguard_ssl_set_read_ahead(mbedguard_ssl_context *ssl, size_t size)
{
    mbedguard_ssl_call call;
    int ret;

    if (size > INT32_MAX) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_ssl_call_begin(&call, ssl, 0, MBEDGUARD_SSL_FOR_STOP, __func__);
    if (ret != 0) {
        return ret;
    }
    call.pump->read_ahead = size;
    return mbedguard_ssl_call_end(&call, 0);
}

#endif

#endif /* MBEDTLS_SSL_TLS_C */
