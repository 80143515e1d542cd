/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reading a directory before any of its files. Each call has a stream of its own, so that no mutex is
 * needed for readdir(); and an error comes before anything has changed.
 */
#include "modules/x509_crt_path/names.h"

#include <mbedtls/x509_crt.h>

#if MBEDGUARD_HAVE_OPENAT && defined(MBEDTLS_X509_CRT_PARSE_C) && defined(MBEDTLS_FS_IO)

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform.h>

#define FIRST_SIZE 4096u

static int grow(mbedguard_crt_names *names)
{
    const size_t size = names->size == 0 ? FIRST_SIZE : names->size * 2;
    char *const text = size > names->size ? mbedtls_calloc(1, size) : NULL;

    if (text == NULL) {
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    }
    if (names->used != 0) {
        memcpy(text, names->text, names->used);
    }
    mbedtls_free(names->text);
    names->text = text;
    names->size = size;
    return 0;
}

static int add(mbedguard_crt_names *names, const char *name, size_t length)
{
    while (names->size - names->used <= length) {
        const int ret = grow(names);

        if (ret != 0) {
            return ret;
        }
    }
    memcpy(names->text + names->used, name, length + 1);
    names->used += length + 1;
    names->count++;
    return 0;
}

static int read_names(mbedguard_crt_names *names, DIR *directory, size_t limit)
{
    int ret = 0;

    while (ret == 0) {
        const struct dirent *entry;
        size_t length;

        /* NULL is the end, too, which leaves errno as it was. */
        errno = 0;
        entry = readdir(directory);
        if (entry == NULL) {
            return errno == 0 ? 0 : MBEDTLS_ERR_X509_FILE_IO_ERROR;
        }
        length = strlen(entry->d_name);
        if (length > limit) {
            ret = MBEDTLS_ERR_X509_BUFFER_TOO_SMALL;
        } else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            ret = add(names, entry->d_name, length);
        }
    }
    return ret;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static int sort(mbedguard_crt_names *names)
{
    const char *name = names->text;
    size_t i;

    if (names->count == 0) {
        return 0;
    }
    names->sorted = mbedtls_calloc(names->count, sizeof(*names->sorted));
    if (names->sorted == NULL) {
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    }
    for (i = 0; i < names->count; i++) {
        names->sorted[i] = name;
        name += strlen(name) + 1;
    }
    qsort(names->sorted, names->count, sizeof(*names->sorted), by_bytes);
    return 0;
}

int mbedguard_crt_names_read(mbedguard_crt_names *names, DIR *directory, size_t limit)
{
    int ret;

    memset(names, 0, sizeof(*names));
    ret = read_names(names, directory, limit);
    if (ret == 0) {
        ret = sort(names);
    }
    if (ret != 0) {
        mbedguard_crt_names_free(names);
    }
    return ret;
}

void mbedguard_crt_names_free(mbedguard_crt_names *names)
{
    mbedtls_free((void *) names->sorted);
    mbedtls_free(names->text);
    memset(names, 0, sizeof(*names));
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_crt_names_is_empty;

#endif
