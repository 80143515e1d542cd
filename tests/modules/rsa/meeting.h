/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Threads that meet inside private operations: each waits in its generator until all are there. Where a
 * mutex keeps the second one out, the first waits in vain, and says so.
 */
#ifndef RSA_MEETING_H
#define RSA_MEETING_H

#include <stdbool.h>
#include <stddef.h>

/* So many threads are to meet. Not while threads of another meeting are inside. */
void meeting_of(unsigned threads);

/* A generator for everybody: the first draw of this thread since meeting_next() waits for the others. */
int meeting_rng(void *nothing, unsigned char *output, size_t length);
void meeting_next(void);

/* From now on only draws of at least so many bytes count; 0: all do. */
void meeting_at(size_t length);

/* Bytes that this thread has drawn since meeting_next(). */
size_t meeting_drawn(void);

/* Whether all were inside at once. */
bool meeting_took_place(void);

#endif /* RSA_MEETING_H */
