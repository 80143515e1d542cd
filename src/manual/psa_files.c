/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A lock between the processes that use one directory of PSA keys: see psa_files.h. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "manual/psa_files.h"

#if defined(MBEDTLS_PSA_CRYPTO_C)

#if MBEDGUARD_PSA_FILES

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/annotate.h"
#include "core/enter.h"

/* Where Mbed TLS puts its files, and as it was told when it was compiled. */
#if !defined(PSA_ITS_STORAGE_PREFIX)
#define PSA_ITS_STORAGE_PREFIX ""
#endif
#define LOCK_FILE PSA_ITS_STORAGE_PREFIX "mbedguard.psa_lock"

#define FILES                                                                                      \
    (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_KEY | MBEDGUARD_CALLS_OUT | MBEDGUARD_EVEN_BROKEN)

/* Exclusive: a process has its lock but once, whichever of its threads asks. After all keys. */
#if defined(MBEDGUARD_THREADING_NONE)
static mbedguard_guard files;
#else
static mbedguard_guard files = {.level = UINT32_MAX};
#endif

/* The descriptor that is locked, or -1; protected by `files`. */
static int locked = -1;

bool mbedguard_psa_makes_file(const psa_key_attributes_t *attributes)
{
    return !PSA_KEY_LIFETIME_IS_VOLATILE(psa_get_key_lifetime(attributes));
}

/* 0 with *fd -1: Mbed TLS cannot make a file there either, and says so itself. */
static int open_file(int *fd)
{
    *fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (*fd >= 0 || errno == ENOENT || errno == EROFS) {
        return 0;
    }
    return errno == EACCES && access(LOCK_FILE, F_OK) != 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

static int set_lock(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int ret;

    do {
        ret = fcntl(fd, F_SETLKW, &whole);
    } while (ret != 0 && errno == EINTR);
    /* A file system without locks. */
    if (ret != 0 && (errno == ENOLCK || errno == ENOSYS || errno == EINVAL ||
                     errno == EOPNOTSUPP || errno == ENOTSUP)) {
        return 0;
    }
    return ret == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

static void let_go_locked(void)
{
    if (locked >= 0) {
        (void) close(locked);
        locked = -1;
    }
}

static int lock_locked(void)
{
    int ret;

    /* Of a thread that ended in there, or that the process does not have since a fork(). */
    let_go_locked();
    mbedguard_make_whole(&files);
    ret = open_file(&locked);
    if (ret == 0 && locked >= 0) {
        ret = set_lock(locked);
    }
    if (ret != 0) {
        let_go_locked();
    }
    return ret;
}

/* What the one takes where it succeeds, the other lets go: more than can be annotated. */
int mbedguard_psa_files_lock(bool is_file) MBEDGUARD_NO_ANALYSIS
{
    int ret;

    if (!is_file) {
        return 0;
    }
    ret = mbedguard_enter(&files, FILES, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = lock_locked();
    if (ret != 0) {
        (void) mbedguard_leave(&files, FILES);
    }
    return ret;
}

void mbedguard_psa_files_unlock(bool is_file) MBEDGUARD_NO_ANALYSIS
{
    if (is_file) {
        let_go_locked();
        (void) mbedguard_leave(&files, FILES);
    }
}

#else

bool mbedguard_psa_makes_file(const psa_key_attributes_t *attributes)
{
    (void) attributes;
    return false;
}

int mbedguard_psa_files_lock(bool is_file)
{
    (void) is_file;
    return 0;
}

void mbedguard_psa_files_unlock(bool is_file)
{
    (void) is_file;
}

#endif

#endif /* MBEDTLS_PSA_CRYPTO_C */
