/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A file of keys or certificates, in memory. No guard is held here, and none is taken. */
#ifndef MBEDGUARD_MANUAL_FILE_H
#define MBEDGUARD_MANUAL_FILE_H

#include "manual/posix.h"

#include <stddef.h>

typedef struct mbedguard_file {
    unsigned char *bytes; /* one more than size, which is 0 */
    size_t size;
    size_t length; /* for Mbed TLS's parsers: with the last 0 where it may be PEM */
} mbedguard_file;

/*
 * Read all that is in it. 0, or as Mbed TLS's loader MBEDTLS_ERR_PK_FILE_IO_ERROR or _ALLOC_FAILED with
 * an empty file. The first is it for what has no size, too, as a FIFO, and for a directory.
 */
int mbedguard_file_load(mbedguard_file *file, const char *path);

/* Wipe and give back. */
void mbedguard_file_free(mbedguard_file *file);

#if MBEDGUARD_HAVE_OPENAT

/*
 * Open a file of an open directory (or AT_FDCWD) for reading: never waits, as for a writer of a FIFO, and
 * makes no terminal the process's own. A descriptor, or -1 with errno.
 */
int mbedguard_file_open(int directory, const char *name);

/* As mbedguard_file_load(), what is open. */
int mbedguard_file_read(mbedguard_file *file, int fd);

#endif

/*
 * Between these a thread is not cancelled, since it would lose a descriptor and memory; and errno is at the
 * end what it was.
 */
typedef struct mbedguard_file_section {
    int cancel_state;
    int saved_errno;
} mbedguard_file_section;

mbedguard_file_section mbedguard_file_begin(void);
void mbedguard_file_end(const mbedguard_file_section *section);

#endif /* MBEDGUARD_MANUAL_FILE_H */
