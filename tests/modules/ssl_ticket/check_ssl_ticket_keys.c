/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keys of tickets as bytes: between contexts, between processes, and what is refused. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tickets.h"

#define SIZE          MBEDGUARD_SSL_TICKET_KEYS_SIZE
#define CHILD_SECONDS (LIVE_SECONDS / 3)

static mbedguard_ssl_ticket_context first, second;
static struct source first_source, second_source;

static void set_up(mbedtls_cipher_type_t cipher)
{
    memset(&first_source, 0, sizeof first_source);
    memset(&second_source, 0, sizeof second_source);
    second_source.state = 4711;
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&first), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&second), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&first, source_draw, &first_source, cipher, LONG_LIFE),
                     0);
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&second, source_draw, &second_source, cipher, 60), 0);
}

static void tear_down(void)
{
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&first), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&second), 0);
    atomic_store(&ticket_clock, 0);
}

static void export_first(unsigned char bytes[SIZE])
{
    size_t length = 0;

    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&first, bytes, SIZE, &length), 0);
    ck_assert_uint_eq(length, SIZE);
}

static void opens(mbedguard_ssl_ticket_context *tickets, const struct ticket *ticket,
                  uint32_t content)
{
    uint32_t found = ~content;

    ck_assert_int_eq(ticket_open(tickets, ticket, &found), 0);
    ck_assert_uint_eq(found, content);
}

static void does_not_open(mbedguard_ssl_ticket_context *tickets, const struct ticket *ticket)
{
    uint32_t found;

    ck_assert_int_eq(ticket_open(tickets, ticket, &found), MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED);
}

START_TEST(carried_over)
{
    static const mbedtls_cipher_type_t ciphers[] = {
        MBEDTLS_CIPHER_AES_128_GCM, MBEDTLS_CIPHER_AES_256_GCM, MBEDTLS_CIPHER_AES_128_CCM,
        MBEDTLS_CIPHER_AES_256_CCM};
    unsigned char bytes[SIZE], again[SIZE];
    struct ticket before, now, back, own;
    size_t length;

    set_up(ciphers[_i]);
    ck_assert_int_eq(ticket_seal(&second, 1, &own), 0);
    ck_assert_int_eq(ticket_seal(&first, 2, &before), 0);
    ck_assert_int_eq(ticket_rotate(&first, 9, 1234), 0);
    ck_assert_int_eq(ticket_seal(&first, 3, &now), 0);
    export_first(bytes);
    ck_assert_int_eq(mbedguard_ssl_ticket_import_keys(&second, bytes, sizeof bytes), 0);
    opens(&second, &before, 2);
    opens(&second, &now, 3);
    does_not_open(&second, &own);
    ck_assert_int_eq(ticket_seal(&second, 4, &back), 0);
    ck_assert_uint_eq(back.lifetime, 1234);
    opens(&first, &back, 4);
    /* What is exported from there is the same. */
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&second, again, sizeof again, &length), 0);
    ck_assert_int_eq(memcmp(bytes, again, sizeof bytes), 0);
    /* The next rotation leaves both with the key of this one. */
    ck_assert_int_eq(ticket_rotate(&first, 10, 1234), 0);
    opens(&first, &back, 4);
    does_not_open(&first, &before);
    tear_down();
}
END_TEST

/* The bytes are those that the header describes, whatever the machine. */
START_TEST(format)
{
    unsigned char bytes[SIZE];
    uint32_t hash = 0x811C9DC5u;
    unsigned i;

    atomic_store(&ticket_clock, 0x01020304);
    set_up(MBEDTLS_CIPHER_AES_256_GCM);
    atomic_store(&ticket_clock, 0x01020305);
    ck_assert_int_eq(ticket_rotate(&first, 0x64636261, 0x0A0B0C0D), 0);
    export_first(bytes);
    ck_assert_int_eq(memcmp(bytes, "mgTK\1\1\1\0\1\0\0\0\x0A\x0B\x0C\x0D", 16), 0);
    ck_assert_int_eq(memcmp(bytes + 16, "abcd", 4), 0);
#if defined(MBEDTLS_HAVE_TIME)
    ck_assert_int_eq(memcmp(bytes + 20, "\0\0\0\0\1\2\3\5", 8), 0);
    ck_assert_int_eq(memcmp(bytes + 64 + 4, "\0\0\0\0\1\2\3\4", 8), 0);
#endif
    ck_assert_int_eq(memcmp(bytes + 28, "\x0A\x0B\x0C\x0D", 4), 0);
    for (i = 0; i < 32; i++)
        ck_assert_uint_eq(bytes[32 + i], (unsigned char) (0x64636261u * 7u + i));
    for (i = 0; i < 112; i++)
        hash = (hash ^ bytes[i]) * 0x01000193u;
    for (i = 0; i < 4; i++)
        ck_assert_uint_eq(bytes[112 + i], hash >> (24 - 8 * i) & 0xFF);
    tear_down();
}
END_TEST

/* Whatever is not an export for this context is refused, and changes nothing. */
static void refused(const unsigned char *bytes, size_t length)
{
    unsigned char before[SIZE], after[SIZE];
    size_t olen;

    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&second, before, sizeof before, &olen), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_import_keys(&second, bytes, length),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&second, after, sizeof after, &olen), 0);
    ck_assert_int_eq(memcmp(before, after, sizeof before), 0);
}

/* Give altered bytes the hash that they would have. */
static void seal_bytes(unsigned char bytes[SIZE])
{
    uint32_t hash = 0x811C9DC5u;
    unsigned i;

    for (i = 0; i < 112; i++)
        hash = (hash ^ bytes[i]) * 0x01000193u;
    for (i = 0; i < 4; i++)
        bytes[112 + i] = (unsigned char) (hash >> (24 - 8 * i));
}

START_TEST(foreign_bytes)
{
    unsigned char good[SIZE + 1] = {0}, bytes[SIZE + 1];
    struct ticket own;
    size_t length;
    unsigned i;

    set_up(MBEDTLS_CIPHER_AES_256_GCM);
    ck_assert_int_eq(ticket_seal(&second, 6, &own), 0);
    export_first(good);
    for (i = 0; i < SIZE; i++)
        refused(good, i);
    refused(good, SIZE + 1);
    for (i = 0; i < SIZE; i++) {
        memcpy(bytes, good, sizeof bytes);
        bytes[i] ^= (unsigned char) (1u << i % 8);
        refused(bytes, SIZE);
    }
    /* Another format, cipher, mode or length, even where the hash is right. */
    for (i = 0; i < 12; i++) {
        memcpy(bytes, good, sizeof bytes);
        bytes[i] ^= 2;
        seal_bytes(bytes);
        refused(bytes, SIZE);
    }
    memcpy(bytes, good, sizeof bytes);
    bytes[4] = 0;
    seal_bytes(bytes);
    refused(bytes, SIZE);
    ck_assert_int_eq(mbedguard_ssl_ticket_setup(&first, source_draw, &first_source,
                                                MBEDTLS_CIPHER_AES_128_GCM, 60),
                     0);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&first, bytes, SIZE, &length), 0);
    refused(bytes, SIZE);
    opens(&second, &own, 6);
    tear_down();
}
END_TEST

/* Times: what is due when it comes is renewed by the next call; what is of tomorrow is of now. */
START_TEST(times)
{
#if defined(MBEDTLS_HAVE_TIME)
    unsigned char bytes[SIZE];
    struct ticket ticket, later;
    unsigned calls;

    atomic_store(&ticket_clock, 1000000);
    set_up(MBEDTLS_CIPHER_AES_256_GCM);
    ck_assert_int_eq(ticket_rotate(&first, 1, 60), 0);
    ck_assert_int_eq(ticket_seal(&first, 1, &ticket), 0);
    export_first(bytes);
    atomic_store(&ticket_clock, 999990);
    ck_assert_int_eq(mbedguard_ssl_ticket_import_keys(&second, bytes, SIZE), 0);
    calls = second_source.calls;
    ck_assert_int_eq(ticket_seal(&second, 2, &later), 0);
    ck_assert_uint_eq(second_source.calls, calls + 1);
    ck_assert_int_eq(memcmp(later.bytes, ticket.bytes, 4), 0);
    atomic_store(&ticket_clock, 1000060);
    ck_assert_int_eq(mbedguard_ssl_ticket_import_keys(&second, bytes, SIZE), 0);
    calls = second_source.calls;
    ck_assert_int_eq(ticket_seal(&second, 3, &later), 0);
    ck_assert_uint_eq(second_source.calls, calls + 3);
    ck_assert_int_ne(memcmp(later.bytes, ticket.bytes, 4), 0);
    tear_down();
#endif
}
END_TEST

START_TEST(misused)
{
    unsigned char bytes[SIZE], untouched[SIZE];
    mbedguard_ssl_ticket_context empty;
    mbedtls_ssl_ticket_context *inside = NULL;
    size_t length = 1;

    memset(untouched, 0xA5, sizeof untouched);
    memset(bytes, 0xA5, sizeof bytes);
    set_up(MBEDTLS_CIPHER_AES_256_GCM);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&empty), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&empty, bytes, SIZE, &length),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&first, bytes, SIZE - 1, &length),
                     MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, SIZE);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(NULL, bytes, SIZE, &length),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&first, NULL, SIZE, &length),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&first, bytes, SIZE, NULL),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(memcmp(bytes, untouched, sizeof bytes), 0);
    export_first(bytes);
    ck_assert_int_eq(mbedguard_ssl_ticket_import_keys(&empty, bytes, SIZE),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_ticket_import_keys(NULL, bytes, SIZE), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_ticket_import_keys(&second, NULL, SIZE), MBEDGUARD_ERR_BAD_INPUT);
    /* Keys that only Mbed TLS knows. */
    ck_assert_int_eq(mbedguard_borrow(&second, &inside), 0);
    mbedtls_ssl_ticket_free(inside);
    mbedtls_ssl_ticket_init(inside);
    ck_assert_int_eq(mbedtls_ssl_ticket_setup(inside, source_draw, &second_source,
                                              MBEDTLS_CIPHER_AES_256_GCM, 60),
                     0);
    ck_assert_int_eq(mbedguard_unlock(&second), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&second, bytes, SIZE, &length),
                     MBEDGUARD_ERR_UNSUPPORTED);
    ck_assert_int_eq(mbedguard_ssl_ticket_import_keys(&second, bytes, SIZE),
                     MBEDGUARD_ERR_UNSUPPORTED);
    /* After free there are none. */
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&first), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_export_keys(&first, bytes, SIZE, &length),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&empty), 0);
    tear_down();
}
END_TEST

/* ---- Processes ------------------------------------------------------------------------------------ */

static bool put_all(int to, const void *data, size_t size)
{
    return write(to, data, size) == (ssize_t) size;
}

static bool get_all(int from, void *data, size_t size)
{
    unsigned char *at = data;

    while (size > 0) {
        const ssize_t got = read(from, at, size);

        if (got <= 0)
            return false;
        at += got;
        size -= (size_t) got;
    }
    return true;
}

/*
 * The end of a child: by a signal where all is well, so that no tool looks for leaks in a process that
 * lost the stacks of its threads.
 */
static void end_child(int result)
{
    if (result == 0)
        (void) raise(SIGKILL);
    _exit(result);
}

/* A process of the farm: other keys until it has those of the first; then it opens, and seals. */
static int serve(int from, int to)
{
    unsigned char bytes[SIZE];
    struct ticket ticket;
    uint32_t found = 0;

    second_source.state = 815;
    if (ticket_set_up(&second, &second_source, 60) != 0)
        return 1;
    if (!get_all(from, bytes, sizeof bytes) || !get_all(from, &ticket, sizeof ticket))
        return 2;
    if (ticket_open(&second, &ticket, &found) != MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED)
        return 3;
    if (mbedguard_ssl_ticket_import_keys(&second, bytes, sizeof bytes) != 0)
        return 4;
    if (ticket_open(&second, &ticket, &found) != 0 || found != 21)
        return 5;
    if (ticket_seal(&second, 22, &ticket) != 0 || !put_all(to, &ticket, sizeof ticket))
        return 6;
    return 0;
}

static void wait_for_child(pid_t child)
{
    int status = 0;

    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status), SIGKILL);
}

START_TEST(two_processes)
{
    unsigned char bytes[SIZE];
    struct ticket ticket;
    int there[2], back[2], result;
    pid_t child;

    ck_assert_int_eq(pipe(there), 0);
    ck_assert_int_eq(pipe(back), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_init(&second), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        result = serve(there[0], back[1]);
        end_child(result);
    }
    /* Made after the fork: nothing but the bytes is in both. */
    set_up(MBEDTLS_CIPHER_AES_256_GCM);
    ck_assert_int_eq(ticket_seal(&first, 21, &ticket), 0);
    export_first(bytes);
    ck_assert(put_all(there[1], bytes, sizeof bytes));
    ck_assert(put_all(there[1], &ticket, sizeof ticket));
    close(back[1]);
    ck_assert(get_all(back[0], &ticket, sizeof ticket));
    opens(&first, &ticket, 22);
    wait_for_child(child);
    close(there[0]);
    close(there[1]);
    close(back[0]);
    tear_down();
}
END_TEST

/* A child has the keys of its parent, and each goes its own way from there. */
START_TEST(forked)
{
    struct ticket ticket, other;
    uint32_t found = 0;
    int result = 0;
    pid_t child;

    set_up(MBEDTLS_CIPHER_AES_256_GCM);
    ck_assert_int_eq(ticket_seal(&first, 31, &ticket), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        if (ticket_open(&first, &ticket, &found) != 0 || found != 31)
            result = 1;
        else if (ticket_rotate(&first, 5, 60) != 0 || ticket_seal(&first, 1, &other) != 0)
            result = 2;
        else if (ticket_open(&first, &ticket, &found) != 0)
            result = 3;
        end_child(result);
    }
    wait_for_child(child);
    opens(&first, &ticket, 31);
    tear_down();
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("ssl_ticket_keys");
    TCase *const tc = live_case(suite, "keys");

    tcase_add_loop_test(tc, carried_over, 0, 4);
    tcase_add_test(tc, format);
    tcase_add_test(tc, foreign_bytes);
    tcase_add_test(tc, times);
    tcase_add_test(tc, misused);
    tcase_add_test(tc, two_processes);
    tcase_add_test(tc, forked);
    return live_run(suite);
}
