/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What waits to be sent or read. */
#include "manual/ssl_queue.h"

#include <mbedguard/ssl.h>

#include <mbedtls/platform.h>

#if defined(MBEDTLS_SSL_TLS_C) && !defined(MBEDGUARD_THREADING_NONE)

/* What is kept has the size of a small record at least, so that it fits the next one, too. */
#define SPARE_LEAST 512u
#define SPARE_MOST 2048u

mbedguard_ssl_item *mbedguard_ssl_item_new(mbedguard_ssl_queue *queue, size_t length)
{
    const size_t room = length > SPARE_LEAST ? length : SPARE_LEAST;
    mbedguard_ssl_item *item = queue->spare;

    if (item != NULL && item->room >= length) {
        queue->spare = NULL;
        item->taken = 0;
        item->code = 0;
        item->is_code = false;
    } else {
        if (length > SIZE_MAX - sizeof *item) {
            return NULL;
        }
        item = (mbedguard_ssl_item *) mbedtls_calloc(1, sizeof *item + room);
        if (item == NULL) {
            return NULL;
        }
        item->room = room;
    }
    item->length = length;
    return item;
}

void mbedguard_ssl_item_free(mbedguard_ssl_queue *queue, mbedguard_ssl_item *item)
{
    if (queue != NULL && item->room <= SPARE_MOST &&
        (queue->spare == NULL || queue->spare->room < item->room)) {
        mbedguard_ssl_item *const smaller = queue->spare;

        queue->spare = item;
        item = smaller;
    }
    mbedtls_free(item);
}

void mbedguard_ssl_queue_append(mbedguard_ssl_queue *queue, mbedguard_ssl_item *item)
{
    item->next = NULL;
    if (queue->last != NULL) {
        queue->last->next = item;
    } else {
        queue->first = item;
    }
    queue->last = item;
    queue->in += item->length;
}

void mbedguard_ssl_queue_drop(mbedguard_ssl_queue *queue)
{
    mbedguard_ssl_item *const item = queue->first;

    queue->out += item->length - item->taken;
    queue->first = item->next;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    mbedguard_ssl_item_free(queue, item);
}

void mbedguard_ssl_queue_take(mbedguard_ssl_queue *queue, size_t length)
{
    queue->first->taken += length;
    queue->out += length;
    if (queue->first->taken == queue->first->length && !queue->first->is_code) {
        mbedguard_ssl_queue_drop(queue);
    }
}

void mbedguard_ssl_queue_drop_all(mbedguard_ssl_queue *queue, bool but_first)
{
    mbedguard_ssl_item *const kept = but_first ? queue->first : NULL;

    if (kept != NULL) {
        queue->first = kept->next;
    }
    while (queue->first != NULL) {
        mbedguard_ssl_queue_drop(queue);
    }
    if (kept != NULL) {
        kept->next = NULL;
        queue->first = queue->last = kept;
    }
}

void mbedguard_ssl_queue_clear(mbedguard_ssl_queue *queue)
{
    mbedguard_ssl_queue_drop_all(queue, false);
    mbedtls_free(queue->spare);
    queue->spare = NULL;
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_ssl_queue_is_empty;

#endif
