/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Folders of certificates, made and removed. */
#if !defined(_XOPEN_SOURCE)
#define _XOPEN_SOURCE 700
#endif

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/x509_crt_path/folder.h"

#define PEM_SIZE    1024
#define DESCRIPTORS 64

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);

char folder_path[64];
void (*folder_on_read)(void);

static char pems[FOLDER_SERIALS][PEM_SIZE];
static unsigned open_before;

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    if (folder_on_read != NULL)
        folder_on_read();
    return __real_read(fd, buffer, size);
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    int fd;

    for (fd = 0; fd < DESCRIPTORS; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

void folder_setup(void)
{
    live_setup();
    memset(pems, 0, sizeof(pems));
    folder_on_read = NULL;
    strcpy(folder_path, "/tmp/mbedguard-path-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder_path));
    open_before = open_descriptors();
}

static void remove_in(const char *path)
{
    DIR *const directory = opendir(path);
    const struct dirent *entry;
    char inner[1024];

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        if (unlink(inner) != 0) {
            (void) chmod(inner, 0700);
            remove_in(inner);
            (void) rmdir(inner);
        }
    }
    if (directory != NULL)
        closedir(directory);
}

void folder_clear(void)
{
    remove_in(folder_path);
}

void folder_teardown(void)
{
    folder_on_read = NULL;
    ck_assert_uint_eq(open_descriptors(), open_before);
    folder_clear();
    ck_assert_int_eq(rmdir(folder_path), 0);
    live_teardown();
}

const char *folder_pem(unsigned serial)
{
    const struct live_issue issue = {"CN=first", 0, "CN=first", 0, serial + 1, 1};

    ck_assert_uint_lt(serial, FOLDER_SERIALS);
    if (pems[serial][0] == '\0')
        ck_assert_int_eq(live_issue(&issue, pems[serial], PEM_SIZE), 0);
    return pems[serial];
}

const char *folder_at(const char *name)
{
    static _Thread_local char path[1024];

    snprintf(path, sizeof(path), "%s/%s", folder_path, name);
    return path;
}

void folder_write(const char *name, const void *bytes, size_t length)
{
    FILE *const file = fopen(folder_at(name), "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

void folder_certificates(const char *name, unsigned serial, unsigned count)
{
    static char text[8 * PEM_SIZE];

    ck_assert_uint_le(count, 8);
    text[0] = '\0';
    while (count-- != 0)
        strcat(text, folder_pem(serial++));
    folder_write(name, text, strlen(text));
}

void folder_fill(unsigned files)
{
    char name[16];
    unsigned i;

    for (i = 0; i < files; i++) {
        snprintf(name, sizeof(name), "f%02u", i);
        folder_certificates(name, i * FOLDER_IN_FILE, FOLDER_IN_FILE);
    }
}

bool folder_make_huge(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    const bool made = fd >= 0 && ftruncate(fd, (off_t) ((uint64_t) 1 << 48)) == 0;

    if (fd >= 0)
        close(fd);
    return made;
}

void folder_link(const char *target, const char *name)
{
    ck_assert_int_eq(symlink(target, folder_at(name)), 0);
}

unsigned folder_serial(const mbedguard_x509_crt *chain, size_t index)
{
    mbedguard_x509_crt one;
    uint32_t serial = 0;

    LIVE_EQ(mbedguard_x509_crt_init(&one), 0);
    LIVE_EQ(mbedguard_x509_crt_get_nth(chain, index, &one), 0);
    LIVE_EQ(live_serial_of(&one, &serial), 0);
    LIVE_EQ(mbedguard_x509_crt_free(&one), 0);
    return serial - 1;
}

size_t folder_count(const mbedguard_x509_crt *chain)
{
    size_t count = 0;

    LIVE_EQ(mbedguard_x509_crt_count(chain, &count), 0);
    return count;
}

/* It dies by a signal, so that no tool looks for leaks in a process that lost its threads. */
void folder_in_child(int (*body)(void))
{
    unsigned char result = 0xFF;
    int ends[2], status = 0;
    pid_t child;

    LIVE_EQ(pipe(ends), 0);
    child = fork();
    LIVE_EQ(child < 0, 0);
    if (child == 0) {
        folder_on_read = NULL;
        alarm(LIVE_SECONDS / 3);
        result = (unsigned char) body();
        if (write(ends[1], &result, 1) == 1)
            raise(SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    LIVE_EQ(__real_read(ends[0], &result, 1), 1);
    LIVE_EQ(result, 0);
    LIVE_EQ(waitpid(child, &status, 0), child);
    close(ends[0]);
}
