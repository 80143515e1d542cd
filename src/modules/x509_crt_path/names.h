/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The names in a directory, in a fixed order. */
#ifndef MBEDGUARD_MODULES_X509_CRT_PATH_NAMES_H
#define MBEDGUARD_MODULES_X509_CRT_PATH_NAMES_H

#include "manual/posix.h"

#include <stddef.h>

#if MBEDGUARD_HAVE_OPENAT

#include <dirent.h>

typedef struct mbedguard_crt_names {
    char *text; /* one after another, each with its 0 */
    size_t used, size;
    size_t count;
    const char **sorted; /* by the values of their bytes, in every locale */
} mbedguard_crt_names;

/*
 * Read all names but `.` and `..`. 0; MBEDTLS_ERR_X509_BUFFER_TOO_SMALL where one is longer than the
 * limit; MBEDTLS_ERR_X509_FILE_IO_ERROR; or MBEDTLS_ERR_X509_ALLOC_FAILED; empty on an error.
 */
int mbedguard_crt_names_read(mbedguard_crt_names *names, DIR *directory, size_t limit);
void mbedguard_crt_names_free(mbedguard_crt_names *names);

#endif

#endif /* MBEDGUARD_MODULES_X509_CRT_PATH_NAMES_H */
