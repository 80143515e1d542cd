/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A buffer between bytes that must stay as they are, and the findings of the allocator in it. */
#ifndef MEMORY_BUFFER_H
#define MEMORY_BUFFER_H

#include <check.h>

#include <mbedguard/mbedguard.h>

#include "live/live.h"

/* Begins in so many bytes, at this distance from where everything is aligned. */
void buffer_begin(size_t len, size_t offset);
/* Everything was given back: all is whole, and nothing outside was touched; ends it. */
void buffer_end(void);
/* The same without looking into it, for what is damaged. */
void buffer_drop(void);

unsigned char *buffer_start(void);
size_t buffer_size(void);
bool buffer_has(const void *object, size_t len);
void buffer_check_outside(void);

/* Findings since they were last asked for, by kind; and the object of the last. */
unsigned buffer_findings(mbedguard_memory_fault fault);
const void *buffer_last_object(void);
void buffer_assert_no_findings(void);

/* Has nothing in use, and as one block all that it ever had. */
void buffer_assert_empty(void);
/* The longest object that fits into what is empty. */
size_t buffer_longest(void);

#endif /* MEMORY_BUFFER_H */
