/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Mbed TLS's own buffer allocator, where the library has it and it can be reached: by its allocation
 * functions, which are set to it. Where it is not there nothing here may be called but the question.
 */
#ifndef MEMORY_UPSTREAM_FIT_H
#define MEMORY_UPSTREAM_FIT_H

#include <stdbool.h>
#include <stddef.h>

bool upstream_fit_is_there(void);
/* Whether threads may share it. */
bool upstream_fit_has_mutex(void);

/* From now on Mbed TLS allocates there. */
void upstream_fit_init(unsigned char *buf, size_t len);
void upstream_fit_end(void);
void *upstream_fit_calloc(size_t count, size_t size);
void upstream_fit_free(void *object);

/* Mbed TLS allocates where the program does. */
void upstream_fit_none(void);

#endif /* MEMORY_UPSTREAM_FIT_H */
