/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reading a file whole, as Mbed TLS's loader does, but by its descriptor: what is read is what was
 * opened, whatever has its name by now. A file may hold a key: all is wiped.
 */
#include "manual/file.h"

#include <mbedtls/pk.h>

#if defined(MBEDTLS_FS_IO)

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include <mbedguard/base.h>

#include "core/await.h"

static int make_room(mbedguard_file *file, size_t size)
{
    file->bytes = mbedtls_calloc(1, size + 1);
    if (file->bytes == NULL) {
        return MBEDTLS_ERR_PK_ALLOC_FAILED;
    }
    file->size = size;
    return 0;
}

/* All was read, or there is an error. */
static int finish(mbedguard_file *file, int ret)
{
    if (ret != 0) {
        mbedguard_file_free(file);
        return ret;
    }
    file->length = file->size;
    if (strstr((const char *) file->bytes, "-----BEGIN ") != NULL) {
        file->length++;
    }
    return 0;
}

void mbedguard_file_free(mbedguard_file *file)
{
    if (file->bytes != NULL) {
        mbedtls_platform_zeroize(file->bytes, file->size);
        mbedtls_free(file->bytes);
    }
    memset(file, 0, sizeof(*file));
}

/* There is no cancellation where there are no threads. */
mbedguard_file_section mbedguard_file_begin(void)
{
    mbedguard_file_section section = {0, errno};

#if !defined(MBEDGUARD_THREADING_NONE)
    section.cancel_state = mbedguard_thread_cancel_off();
#endif
    return section;
}

void mbedguard_file_end(const mbedguard_file_section *section)
{
#if !defined(MBEDGUARD_THREADING_NONE)
    mbedguard_thread_cancel_restore(section->cancel_state);
#endif
    errno = section->saved_errno;
}

#if MBEDGUARD_HAVE_OPENAT

#include <fcntl.h>
#include <sys/stat.h>

/* POSIX says nothing of a read of more than SSIZE_MAX bytes. */
#define READ_MAX ((size_t) 1 << 30)

int mbedguard_file_open(int directory, const char *name)
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

int mbedguard_file_read(mbedguard_file *file, int fd)
{
    size_t size = 0;
    int ret;

    memset(file, 0, sizeof(*file));
    ret = size_of(fd, &size);
    if (ret == 0) {
        ret = make_room(file, size);
    }
    if (ret == 0) {
        ret = read_all(fd, file->bytes, size);
    }
    return finish(file, ret);
}

int mbedguard_file_load(mbedguard_file *file, const char *path)
{
    const int fd = mbedguard_file_open(AT_FDCWD, path);
    int ret;

    memset(file, 0, sizeof(*file));
    if (fd < 0) {
        return MBEDTLS_ERR_PK_FILE_IO_ERROR;
    }
    ret = mbedguard_file_read(file, fd);
    (void) close(fd);
    return ret;
}

#else

/* What the C library reads ahead could not be wiped. */
static int read_stream(mbedguard_file *file, FILE *stream)
{
    long size;
    int ret;

    if (setvbuf(stream, NULL, _IONBF, 0) != 0 || fseek(stream, 0, SEEK_END) != 0) {
        return MBEDTLS_ERR_PK_FILE_IO_ERROR;
    }
    size = ftell(stream);
    if (size < 0 || fseek(stream, 0, SEEK_SET) != 0) {
        return MBEDTLS_ERR_PK_FILE_IO_ERROR;
    }
    ret = (unsigned long) size >= SIZE_MAX ? MBEDTLS_ERR_PK_ALLOC_FAILED
                                           : make_room(file, (size_t) size);
    if (ret == 0 && fread(file->bytes, 1, file->size, stream) != file->size) {
        ret = MBEDTLS_ERR_PK_FILE_IO_ERROR;
    }
    return ret;
}

int mbedguard_file_load(mbedguard_file *file, const char *path)
{
    FILE *const stream = fopen(path, "rb");
    int ret;

    memset(file, 0, sizeof(*file));
    if (stream == NULL) {
        return MBEDTLS_ERR_PK_FILE_IO_ERROR;
    }
    ret = read_stream(file, stream);
    (void) fclose(stream);
    return finish(file, ret);
}

#endif

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_file_is_empty;

#endif
