/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Certificates from files and directories. Names and files are read with no guard held; each file is
 * parsed aside and joined to the chain in one step.
 */
#include "manual/posix.h"

#include <mbedguard/x509_crt.h>

#if defined(MBEDTLS_X509_CRT_PARSE_C) && defined(MBEDTLS_FS_IO)

#include "core/enter.h"
#include "manual/psa_store.h"

#if MBEDGUARD_HAVE_OPENAT

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "manual/file.h"
#include "modules/x509_crt_path/join.h"
#include "modules/x509_crt_path/names.h"

#define LOOK (MBEDGUARD_SHARED | MBEDGUARD_RANK_CERT | MBEDGUARD_IN_CALLBACK)

/* What is wrong with the chain is said before anything is read. */
static int look_at(const mbedguard_x509_crt *chain, const char *path, const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(chain);
    int ret;

    if (chain == NULL || path == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, LOOK, where);
    if (ret != 0) {
        return ret;
    }
    return mbedguard_leave(guard, LOOK) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

/*
 * Takes the descriptor. 0, with what Mbed TLS returns for such a file in *result; or the error of a
 * guard.
 */
static int take_file(mbedguard_x509_crt *chain, int fd, int *result, const char *where)
{
    mbedguard_file file;
    int ret = 0;

    *result = mbedguard_file_read(&file, fd);
    (void) close(fd);
    if (*result == 0) {
        ret = mbedguard_crt_parse_and_join(chain, file.bytes, file.length, result, where);
    }
    mbedguard_file_free(&file);
    return ret;
}

static int take_path_of_file(mbedguard_x509_crt *chain, const char *path, const char *where)
{
    const int fd = mbedguard_file_open(AT_FDCWD, path);
    int result, ret;

    if (fd < 0) {
        return MBEDTLS_ERR_PK_FILE_IO_ERROR;
    }
    ret = take_file(chain, fd, &result, where);
    return ret != 0 ? ret : result;
}

/*
 * What is it that could not be opened? A link to nothing, or what is gone by now, is left out, and so is
 * what is no file; a file counts as one that failed, and what nobody can tell ends it all.
 */
static int judge_unopened(int directory, const char *name, int *failed)
{
    struct stat status;

    if (fstatat(directory, name, &status, 0) != 0) {
        return errno == ENOENT ? 0 : MBEDTLS_ERR_X509_FILE_IO_ERROR;
    }
    if (S_ISREG(status.st_mode)) {
        ++*failed;
    }
    return 0;
}

/* One entry of a directory. 0, or an error that ends it all. */
static int take_entry(mbedguard_x509_crt *chain, int directory, const char *name, int *failed,
                      const char *where)
{
    const int fd = mbedguard_file_open(directory, name);
    struct stat status;
    int result, ret;

    if (fd < 0) {
        return judge_unopened(directory, name, failed);
    }
    ret = fstat(fd, &status) == 0 ? 0 : MBEDTLS_ERR_X509_FILE_IO_ERROR;
    if (ret != 0 || !S_ISREG(status.st_mode)) {
        (void) close(fd);
        return ret;
    }
    ret = take_file(chain, fd, &result, where);
    *failed += result < 0 ? 1 : result;
    return ret;
}

/* How long a name may be: Mbed TLS puts the path, a slash and the name into a buffer. */
static int name_limit(const char *path, size_t *limit)
{
    const size_t length = strlen(path);

    /* Each directory has an entry of one byte, which would not go into the buffer. */
    if (length + sizeof("/.") > MBEDTLS_X509_MAX_FILE_PATH_LEN) {
        return MBEDTLS_ERR_X509_BUFFER_TOO_SMALL;
    }
    *limit = MBEDTLS_X509_MAX_FILE_PATH_LEN - sizeof("/") - length;
    return 0;
}

static int take_directory(mbedguard_x509_crt *chain, DIR *directory, const char *path,
                          const char *where)
{
    mbedguard_crt_names names;
    int failed = 0;
    size_t i, limit;
    int ret;

    ret = name_limit(path, &limit);
    if (ret == 0) {
        ret = mbedguard_crt_names_read(&names, directory, limit);
    }
    if (ret != 0) {
        return ret;
    }
    for (i = 0; ret == 0 && i < names.count; i++) {
        ret = take_entry(chain, dirfd(directory), names.sorted[i], &failed, where);
    }
    mbedguard_crt_names_free(&names);
    return ret != 0 ? ret : failed;
}

static int take_path(mbedguard_x509_crt *chain, const char *path, const char *where)
{
    DIR *const directory = opendir(path);
    int ret;

    if (directory == NULL) {
        return MBEDTLS_ERR_X509_FILE_IO_ERROR;
    }
    ret = take_directory(chain, directory, path, where);
    (void) closedir(directory);
    return ret;
}

static int without_cancellation(int (*take)(mbedguard_x509_crt *, const char *, const char *),
                                mbedguard_x509_crt *chain, const char *path, const char *where)
{
    mbedguard_file_section section;
    int ret;

    ret = look_at(chain, path, where);
    if (ret != 0) {
        return ret;
    }
    section = mbedguard_file_begin();
    ret = take(chain, path, where);
    mbedguard_file_end(&section);
    return ret;
}

int mbedguard_x509_crt_parse_file(mbedguard_x509_crt *chain, const char *path)
{
    return without_cancellation(take_path_of_file, chain, path, __func__);
}

int mbedguard_x509_crt_parse_path(mbedguard_x509_crt *chain, const char *path)
{
    return without_cancellation(take_path, chain, path, __func__);
}

#else

/* Mbed TLS knows how to read files here: it does so with the guard held. */
#define HOW (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CERT | MBEDGUARD_CALLS_OUT)

static int under_the_guard(int (*parse)(mbedtls_x509_crt *, const char *),
                           mbedguard_x509_crt *chain, const char *path, const char *where)
{
    mbedguard_want set[2] = {{MBEDGUARD_GUARD_OF(chain), HOW}, MBEDGUARD_PSA_INSIDE_WANT};
    int ret, result;

    if (chain == NULL || path == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 2, where);
    if (ret != 0) {
        return ret;
    }
    result = parse(&chain->unguarded, path);
    ret = mbedguard_leave_set(set, 2) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
    return ret != 0 && result >= 0 ? ret : result;
}

int mbedguard_x509_crt_parse_file(mbedguard_x509_crt *chain, const char *path)
{
    return under_the_guard(mbedtls_x509_crt_parse_file, chain, path, __func__);
}

int mbedguard_x509_crt_parse_path(mbedguard_x509_crt *chain, const char *path)
{
    return under_the_guard(mbedtls_x509_crt_parse_path, chain, path, __func__);
}

#endif

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_x509_crt_path_is_empty;

#endif
