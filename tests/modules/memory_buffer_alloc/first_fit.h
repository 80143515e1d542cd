/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A model of the allocator that Mbed TLS brings, which Debian's library lacks: the first free block that
 * is long enough, headers of eight words, one mutex. Written from its description and behaviour, so that
 * speed and loss can be compared; it does not look for damage.
 */
#ifndef MEMORY_FIRST_FIT_H
#define MEMORY_FIRST_FIT_H

#include <stddef.h>

void first_fit_init(unsigned char *buf, size_t len);
void *first_fit_calloc(size_t count, size_t size);
void first_fit_free(void *object);
/* What it has beside the buffer. */
size_t first_fit_fixed_size(void);

#endif /* MEMORY_FIRST_FIT_H */
