/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Two processes with keys in one directory. Mbed TLS's file store writes all of them to one temporary
 * file: without a lock between processes a key is stored with the bytes of another, and nobody is
 * told. Compiled with LIVE_UNLOCKED the same is done by raw calls, which has to fail.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/live_psa.h"
#include "manual/psa_files.h"

#if MBEDGUARD_PSA_FILES

#define LOCK_FILE "mbedguard.psa_lock"
#define IDS       4
#if defined(LIVE_UNLOCKED)
#define ROUNDS(full) (full) /* a race has to be lost */
#else
#define ROUNDS(full) live_rounds(full)
#endif
#define FIRST(p)  (100 + IDS * (psa_key_id_t) (p)) /* identifiers of a process */

/* ---- Two processes --------------------------------------------------------------------------- */

static int line; /* to the other process */

/* The other process is as far. */
static void meet(void)
{
    char byte = 0;

    LIVE_EQ(write(line, &byte, 1), 1);
    LIVE_EQ(read(line, &byte, 1), 1);
}

/*
 * Runs body in this process and in a child, as numbers 0 and 1. The child tells how it was through a
 * pipe, and dies by a signal, so that no tool looks for leaks in it.
 */
static void two_processes(void (*body)(unsigned process))
{
    int ends[2], result[2];
    char failed = 1;
    pid_t child;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(pipe(result), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    line = ends[child == 0];
    (void) close(ends[child != 0]);
    body(child == 0);
    (void) close(line);
    if (child == 0) {
        failed = live_failed();
        LIVE_EQ(write(result[1], &failed, 1), 1);
        (void) kill(getpid(), SIGKILL);
    }
    (void) close(result[1]);
    ck_assert_int_eq(read(result[0], &failed, 1), 1);
    (void) close(result[0]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    live_assert_none();
    ck_assert_msg(failed == 0, "the other process failed");
}

static psa_status_t make(psa_key_id_t id, const unsigned char bytes[16])
{
    mbedguard_psa_key_attributes_t attributes;
    psa_key_id_t key = 1;
    psa_status_t status;

    live_psa_attributes(&attributes, id);
#if defined(LIVE_UNLOCKED)
    status = psa_import_key(&attributes.unguarded, bytes, 16, &key);
#else
    status = mbedguard_psa_import_key(&attributes, bytes, 16, &key);
#endif
    LIVE_EQ(key, status == PSA_SUCCESS ? id : 0);
    return status;
}

/* What is in the file, not in memory. */
static psa_status_t get(psa_key_id_t id, unsigned char bytes[16])
{
    size_t length = 0;
    psa_status_t status = mbedguard_psa_purge_key(id);

    LIVE_EQ(status == PSA_SUCCESS || live_psa_is_gone(status), 1);
    status = mbedguard_psa_export_key(id, bytes, 16, &length);
    LIVE_EQ(length, status == PSA_SUCCESS ? 16 : 0);
    return status;
}

/* ---- Keys of their own ----------------------------------------------------------------------- */

static void bytes_of(psa_key_id_t id, unsigned char bytes[16])
{
    memset(bytes, (int) id, 16);
}

static void make_read_destroy(unsigned process)
{
    const unsigned rounds = ROUNDS(200);
    unsigned char expected[16], got[16];
    psa_status_t status;
    unsigned i;

    meet();
    for (i = 0; i < rounds && !live_failed(); i++) {
        const psa_key_id_t mine = FIRST(process) + i % IDS;
        const psa_key_id_t other = FIRST(1 - process) + i % IDS;

        bytes_of(mine, expected);
        LIVE_EQ(make(mine, expected), PSA_SUCCESS);
        LIVE_EQ(get(mine, got), PSA_SUCCESS);
        LIVE_EQ(memcmp(got, expected, 16), 0);
        bytes_of(other, expected);
        status = get(other, got);
        LIVE_EQ(status != PSA_SUCCESS || memcmp(got, expected, 16) == 0, 1);
        LIVE_EQ(mbedguard_psa_destroy_key(mine), PSA_SUCCESS);
        LIVE_EQ(live_psa_is_gone(get(mine, got)), 1);
    }
}

START_TEST(own_keys)
{
    two_processes(make_read_destroy);
    live_psa_assert_slots(0);
}
END_TEST

/* Each process has threads, too, which share its lock. */
static void make_in_a_thread(unsigned thread, void *data)
{
    const psa_key_id_t id = *(const psa_key_id_t *) data + thread;
    const unsigned rounds = ROUNDS(50);
    unsigned char expected[16], got[16];
    unsigned i;

    bytes_of(id, expected);
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(make(id, expected), PSA_SUCCESS);
        LIVE_EQ(get(id, got), PSA_SUCCESS);
        LIVE_EQ(memcmp(got, expected, 16), 0);
        LIVE_EQ(mbedguard_psa_destroy_key(id), PSA_SUCCESS);
    }
}

static void make_in_threads(unsigned process)
{
    psa_key_id_t first = FIRST(process);

    meet();
    live_threads(2, make_in_a_thread, &first);
}

START_TEST(threads_of_both)
{
    two_processes(make_in_threads);
    live_psa_assert_slots(0);
}
END_TEST

/* ---- One identifier of both ------------------------------------------------------------------ */

/* Exactly one of both makes the key, and both read that one's. */
static void make_the_same(unsigned process)
{
    const unsigned rounds = ROUNDS(100);
    unsigned char bytes[16], got[16];
    psa_status_t status;
    char made[2];
    unsigned i;

    memset(bytes, 'a' + (int) process, sizeof(bytes));
    for (i = 0; i < rounds && !live_failed(); i++) {
        meet();
        status = make(300, bytes);
        LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_ALREADY_EXISTS, 1);
        made[process] = status == PSA_SUCCESS;
        LIVE_EQ(write(line, &made[process], 1), 1);
        LIVE_EQ(read(line, &made[1 - process], 1), 1);
        LIVE_EQ(made[0] + made[1], 1);
        LIVE_EQ(get(300, got), PSA_SUCCESS);
        LIVE_EQ(got[0], made[0] ? 'a' : 'b');
        LIVE_EQ(got[15], got[0]);
        meet();
        if (made[process])
            LIVE_EQ(mbedguard_psa_destroy_key(300), PSA_SUCCESS);
        else
            (void) mbedguard_psa_purge_key(300);
    }
}

START_TEST(one_identifier)
{
    two_processes(make_the_same);
    live_psa_assert_slots(0);
}
END_TEST

/* ---- The lock -------------------------------------------------------------------------------- */

#if !defined(LIVE_UNLOCKED)

static pid_t holder;

/* A process that has the lock, and keeps it. */
static pid_t hold_the_lock(void)
{
    int ends[2];
    char byte = 0;
    pid_t child;

    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        const int fd = open(LOCK_FILE, O_RDWR | O_CREAT, 0666);

        if (fd < 0 || fcntl(fd, F_SETLKW, &whole) != 0 || write(ends[1], &byte, 1) != 1)
            _exit(1);
        for (;;)
            (void) pause();
    }
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    (void) close(ends[0]);
    (void) close(ends[1]);
    return child;
}

static void wait_or_end_the_holder(unsigned number, void *data)
{
    unsigned char bytes[16] = {9}, got[16];

    (void) data;
    if (number == 0) {
        LIVE_EQ(make(400, bytes), PSA_SUCCESS);
        LIVE_EQ(waitpid(holder, NULL, 0), holder);
        LIVE_EQ(get(400, got), PSA_SUCCESS);
        LIVE_EQ(memcmp(got, bytes, 16), 0);
        return;
    }
    LIVE_EQ(kill(holder, SIGKILL), 0);
}

/* The lock ends with the process that has it, however that ends. */
START_TEST(holder_is_killed)
{
    unsigned char bytes[16] = {1};
    psa_key_id_t key;

    ck_assert_int_eq(make(401, bytes), PSA_SUCCESS);
    holder = hold_the_lock();
    /* Only who makes a file wants it. */
    ck_assert_int_eq(live_psa_import(0, &key), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_encrypt(key), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
    ck_assert_int_eq(get(401, bytes), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(401), PSA_SUCCESS);
    live_threads(2, wait_or_end_the_holder, NULL);
    ck_assert_int_eq(mbedguard_psa_destroy_key(400), PSA_SUCCESS);
    live_psa_assert_slots(0);
}
END_TEST

/* What cannot be locked is not written: nothing can be opened for writing there. */
START_TEST(no_lock_no_key)
{
    unsigned char bytes[16] = {1};
    psa_key_id_t key;

    (void) unlink(LOCK_FILE);
    ck_assert_int_eq(mkdir(LOCK_FILE, 0700), 0);
    ck_assert_int_eq(make(402, bytes), PSA_ERROR_SERVICE_FAILURE);
    ck_assert(live_psa_is_gone(get(402, bytes)));
    ck_assert_int_eq(live_psa_import(0, &key), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
    live_psa_assert_slots(0);
    ck_assert_int_eq(rmdir(LOCK_FILE), 0);
    ck_assert_int_eq(make(402, bytes), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(402), PSA_SUCCESS);
    live_psa_assert_slots(0);
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("psa files");
    TCase *tc = live_psa_case(suite, "processes");

    tcase_add_test(tc, own_keys);
    tcase_add_test(tc, threads_of_both);
    tcase_add_test(tc, one_identifier);
#if !defined(LIVE_UNLOCKED)
    tcase_add_test(tc, holder_is_killed);
    tcase_add_test(tc, no_lock_no_key);
#endif
    return live_run(suite);
}

#else

#include <stdio.h>

int main(void)
{
    puts("skipped: keys of PSA are not kept in files here");
    return 77;
}

#endif
