/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What waits to be sent or read, in order. An item is a record or flight as Mbed TLS handed it over,
 * or what one receive brought: bytes, the code with which it ended, or both. Items stay where they
 * are while others are appended, so that one may be sent with no lock held.
 */
#ifndef MBEDGUARD_MANUAL_SSL_QUEUE_H
#define MBEDGUARD_MANUAL_SSL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mbedguard_ssl_item {
    struct mbedguard_ssl_item *next;
    size_t room;   /* bytes that fit */
    size_t length; /* bytes in it */
    size_t taken;  /* of these, done with */
    int code;      /* what the receive ended with, after these bytes, where is_code */
    bool is_code;
    unsigned char data[];
} mbedguard_ssl_item;

typedef struct mbedguard_ssl_queue {
    mbedguard_ssl_item *first, *last;
    mbedguard_ssl_item *spare; /* of those that are done with, or NULL */
    uint64_t in;  /* bytes ever appended */
    uint64_t out; /* bytes ever taken */
} mbedguard_ssl_queue;

/*
 * An item with room for so many bytes, or NULL. A small one that is given back is kept for the next:
 * most records are small, and a connection is read and written many times. Large ones would double
 * what a connection that is idle costs.
 */
mbedguard_ssl_item *mbedguard_ssl_item_new(mbedguard_ssl_queue *queue, size_t length);
/* queue NULL: the caller does not hold the guard. */
void mbedguard_ssl_item_free(mbedguard_ssl_queue *queue, mbedguard_ssl_item *item);

/* Is a code what comes next? */
static inline bool mbedguard_ssl_queue_at_code(const mbedguard_ssl_queue *queue)
{
    return queue->first != NULL && queue->first->is_code &&
           queue->first->taken == queue->first->length;
}

void mbedguard_ssl_queue_append(mbedguard_ssl_queue *queue, mbedguard_ssl_item *item);
/* Bytes of the first item are done with; the item goes with the last of them, or with its code. */
void mbedguard_ssl_queue_take(mbedguard_ssl_queue *queue, size_t length);
/* Take the first item out, whatever is left of it. */
void mbedguard_ssl_queue_drop(mbedguard_ssl_queue *queue);
/* Drop everything, or everything behind the first item. */
void mbedguard_ssl_queue_drop_all(mbedguard_ssl_queue *queue, bool but_first);
/* Drop everything, the spare item too; offsets go on as if all had been taken. */
void mbedguard_ssl_queue_clear(mbedguard_ssl_queue *queue);

#endif /* MBEDGUARD_MANUAL_SSL_QUEUE_H */
