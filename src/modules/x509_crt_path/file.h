/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A file of certificates, in memory. No guard is held here, and none is taken. */
#ifndef MBEDGUARD_MODULES_X509_CRT_PATH_FILE_H
#define MBEDGUARD_MODULES_X509_CRT_PATH_FILE_H

#include "modules/x509_crt_path/posix.h"

#include <stddef.h>

typedef struct mbedguard_crt_file {
    unsigned char *bytes; /* one more than size, which is 0 */
    size_t size;
    size_t length; /* for Mbed TLS's parser: with the last 0 where it may be PEM */
} mbedguard_crt_file;

/*
 * Open a file of an open directory (or AT_FDCWD) for reading: never waits, as for a writer of a FIFO, and
 * makes no terminal the process's own. A descriptor, or -1 with errno.
 */
int mbedguard_crt_file_open(int directory, const char *name);

/*
 * Read all that is in it. 0, or as Mbed TLS's loader MBEDTLS_ERR_PK_FILE_IO_ERROR or _ALLOC_FAILED with
 * an empty file; which it is for what has no size, too, as a FIFO, and for a directory.
 */
int mbedguard_crt_file_read(mbedguard_crt_file *file, int fd);

/* Wipe and give back. */
void mbedguard_crt_file_free(mbedguard_crt_file *file);

#endif /* MBEDGUARD_MODULES_X509_CRT_PATH_FILE_H */
