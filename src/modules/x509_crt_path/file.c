/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reading a file whole, as Mbed TLS's loader does, but by its descriptor: what is read is what was
 * opened, whatever has its name by now. Files of certificates may hold a key, too: all is wiped.
 */
#include "modules/x509_crt_path/file.h"

#include <mbedtls/x509_crt.h>

#if MBEDGUARD_HAVE_OPENAT && defined(MBEDTLS_X509_CRT_PARSE_C) && defined(MBEDTLS_FS_IO)

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <mbedtls/pk.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

/* POSIX says nothing of a read of more than SSIZE_MAX bytes. */
#define READ_MAX ((size_t) 1 << 30)

int mbedguard_crt_file_open(int directory, const char *name)
{
    int fd;

    do {
        fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* By seeking, as Mbed TLS does: a device has a size that fstat() does not tell. */
static int size_of(int fd, size_t *size)
{
    struct stat status;
    off_t end;

    if (fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
        return MBEDTLS_ERR_PK_FILE_IO_ERROR;
    }
    end = lseek(fd, 0, SEEK_END);
    if (end < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        return MBEDTLS_ERR_PK_FILE_IO_ERROR;
    }
    if ((uintmax_t) end >= SIZE_MAX) {
        return MBEDTLS_ERR_PK_ALLOC_FAILED;
    }
    *size = (size_t) end;
    return 0;
}

/* A file that grows is what it was; one that shrinks is no file any more. */
static int read_all(int fd, unsigned char *bytes, size_t size)
{
    size_t done = 0;

    while (done != size) {
        const size_t left = size - done;
        const ssize_t got = read(fd, bytes + done, left < READ_MAX ? left : READ_MAX);

        if (got > 0) {
            done += (size_t) got;
        } else if (got == 0 || errno != EINTR) {
            return MBEDTLS_ERR_PK_FILE_IO_ERROR;
        }
    }
    return 0;
}

int mbedguard_crt_file_read(mbedguard_crt_file *file, int fd)
{
    int ret;

    memset(file, 0, sizeof(*file));
    ret = size_of(fd, &file->size);
    if (ret != 0) {
        return ret;
    }
    file->bytes = mbedtls_calloc(1, file->size + 1);
    if (file->bytes == NULL) {
        file->size = 0;
        return MBEDTLS_ERR_PK_ALLOC_FAILED;
    }
    ret = read_all(fd, file->bytes, file->size);
    if (ret != 0) {
        mbedguard_crt_file_free(file);
        return ret;
    }
    file->length = file->size;
    if (strstr((const char *) file->bytes, "-----BEGIN ") != NULL) {
        file->length++;
    }
    return 0;
}

void mbedguard_crt_file_free(mbedguard_crt_file *file)
{
    if (file->bytes != NULL) {
        mbedtls_platform_zeroize(file->bytes, file->size);
        mbedtls_free(file->bytes);
    }
    memset(file, 0, sizeof(*file));
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_crt_file_is_empty;

#endif
