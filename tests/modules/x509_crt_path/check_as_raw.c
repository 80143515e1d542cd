/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The same results as Mbed TLS, and the same certificates, for whatever may stand in a directory; and what
 * is better: the order, and files that change while they are read.
 */
#if !defined(_XOPEN_SOURCE)
#define _XOPEN_SOURCE 700
#endif

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "modules/x509_crt_path/folder.h"

#define CA_CERTIFICATES 140u

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAN_EXHAUST 0 /* they end the program instead */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAN_EXHAUST 0
#endif
#endif
#if !defined(CAN_EXHAUST)
#define CAN_EXHAUST 1
#endif

static size_t length_of(const mbedtls_x509_crt *chain)
{
    size_t count = 0;

    for (; chain != NULL && chain->version != 0; chain = chain->next)
        count++;
    return count;
}

static size_t times_in(const mbedtls_x509_crt *chain, const mbedtls_x509_crt *crt)
{
    size_t count = 0;

    for (; chain != NULL && chain->version != 0; chain = chain->next)
        count +=
            chain->raw.len == crt->raw.len && memcmp(chain->raw.p, crt->raw.p, crt->raw.len) == 0;
    return count;
}

static int is_same_set(const mbedtls_x509_crt *a, const mbedtls_x509_crt *b)
{
    if (length_of(a) != length_of(b))
        return 0;
    for (; a != NULL && a->version != 0; a = a->next) {
        if (times_in(a, a) == 0 || times_in(b, a) == 0)
            return 0;
    }
    return 1;
}

struct outcome {
    int raw, guarded, same;
    size_t count;
};

/* By a path of a directory, or of a file; chains with something in them already, or empty. */
static struct outcome compare(const char *path, bool is_file, bool filled)
{
    struct outcome outcome;
    mbedtls_x509_crt raw, *borrowed = NULL;
    mbedguard_x509_crt chain;

    mbedtls_x509_crt_init(&raw);
    LIVE_EQ(mbedguard_x509_crt_init(&chain), 0);
    if (filled) {
        LIVE_EQ(live_parse_crt(&chain, 1), 0);
        LIVE_EQ(mbedtls_x509_crt_parse(&raw, (const unsigned char *) live_pem[1],
                                       strlen(live_pem[1]) + 1),
                0);
    }
    outcome.raw =
        is_file ? mbedtls_x509_crt_parse_file(&raw, path) : mbedtls_x509_crt_parse_path(&raw, path);
    outcome.guarded = is_file ? mbedguard_x509_crt_parse_file(&chain, path)
                              : mbedguard_x509_crt_parse_path(&chain, path);
    LIVE_EQ(mbedguard_borrow(&chain, &borrowed), 0);
    outcome.same = is_same_set(&raw, borrowed) && is_same_set(borrowed, &raw);
    outcome.count = length_of(borrowed) - (filled ? 1 : 0);
    LIVE_EQ(mbedguard_unlock(&chain), 0);
    mbedtls_x509_crt_free(&raw);
    LIVE_EQ(mbedguard_x509_crt_free(&chain), 0);
    return outcome;
}

static void expect(const char *path, bool is_file, int result, size_t count)
{
    int filled;

    for (filled = 0; filled < 2; filled++) {
        const struct outcome outcome = compare(path, is_file, filled != 0);

        ck_assert_msg(outcome.guarded == outcome.raw, "%s: raw %d, guarded %d", path, outcome.raw,
                      outcome.guarded);
        ck_assert_msg(outcome.guarded == result, "%s: %d", path, outcome.guarded);
        ck_assert_msg(outcome.same != 0, "%s: not the same certificates", path);
        ck_assert_uint_eq(outcome.count, count);
    }
}

static void expect_path(int result, size_t count)
{
    expect(folder_path, false, result, count);
}

/* ---- What may stand there -------------------------------------------------------------------- */

START_TEST(directories)
{
    expect_path(0, 0);
    expect(folder_at("missing"), false, MBEDTLS_ERR_X509_FILE_IO_ERROR, 0);
    expect("", false, MBEDTLS_ERR_X509_FILE_IO_ERROR, 0);
    folder_certificates("one.pem", 0, 1);
    expect(folder_at("one.pem"), false, MBEDTLS_ERR_X509_FILE_IO_ERROR, 0);
    expect_path(0, 1);
    folder_certificates("three.pem", 1, 3);
    expect_path(0, 4);
    ck_assert_int_eq(mkdir(folder_at("below"), 0700), 0);
    folder_certificates("below/more.pem", 4, 2);
    expect_path(0, 4);
    expect(folder_at("below"), false, 0, 2);
}
END_TEST

static void write_der(const char *name)
{
    mbedtls_x509_crt crt;

    mbedtls_x509_crt_init(&crt);
    ck_assert_int_eq(mbedtls_x509_crt_parse(&crt, (const unsigned char *) folder_pem(9),
                                            strlen(folder_pem(9)) + 1),
                     0);
    folder_write(name, crt.raw.p, crt.raw.len);
    mbedtls_x509_crt_free(&crt);
}

/* A bad certificate between two good ones. */
static void write_partly(const char *name)
{
    static const char bad[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    char text[4096];

    snprintf(text, sizeof(text), "%s%s%s", folder_pem(7), bad, folder_pem(8));
    folder_write(name, text, strlen(text));
}

START_TEST(contents)
{
    static const char *const names[] = {"cut", "der", "empty", "nul", "partly", "text"};
    size_t i;

    folder_write("cut", folder_pem(6), strlen(folder_pem(6)) / 2);
    write_der("der");
    folder_write("empty", "", 0);
    folder_write("nul", "\0\0-----BEGIN CERTIFICATE-----", 29);
    write_partly("partly");
    folder_write("text", "no certificate\n", 15);
    expect_path(5, 3);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct outcome outcome = compare(folder_at(names[i]), true, false);

        ck_assert_int_eq(outcome.guarded, outcome.raw);
        ck_assert_int_eq(outcome.same, 1);
    }
    expect(folder_at("partly"), true, 1, 2);
    expect(folder_at("missing"), true, MBEDTLS_ERR_PK_FILE_IO_ERROR, 0);
    expect("", true, MBEDTLS_ERR_PK_FILE_IO_ERROR, 0);
}
END_TEST

START_TEST(links)
{
    ck_assert_int_eq(mkdir(folder_at("below"), 0700), 0);
    folder_certificates("below/two.pem", 0, 2);
    folder_certificates("one.pem", 2, 1);
    folder_link("one.pem", "to-file");
    folder_link("below/two.pem", "to-other-folder");
    folder_link("below", "to-folder");
    folder_link("nothing", "to-nothing");
    folder_link("/dev/null", "to-device");
    expect_path(0, 4);
    expect(folder_at("to-nothing"), true, MBEDTLS_ERR_PK_FILE_IO_ERROR, 0);
    expect(folder_at("to-other-folder"), true, 0, 2);
}
END_TEST

/* What an entry is cannot be told: the end, in Mbed TLS with some of the others or none. */
static void expect_untold(void)
{
    const struct outcome outcome = compare(folder_path, false, false);

    ck_assert_int_eq(outcome.raw, MBEDTLS_ERR_X509_FILE_IO_ERROR);
    ck_assert_int_eq(outcome.guarded, MBEDTLS_ERR_X509_FILE_IO_ERROR);
    ck_assert_uint_eq(outcome.count, 1);
}

START_TEST(untold)
{
    folder_certificates("a.pem", 0, 1);
    folder_certificates("z.pem", 1, 1);
    folder_link("loop", "loop");
    expect_untold();
    ck_assert_int_eq(unlink(folder_at("loop")), 0);
    folder_link("a.pem/not-a-folder", "no-folder");
    expect_untold();
}
END_TEST

START_TEST(special_files)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    mbedguard_x509_crt chain;

    folder_certificates("one.pem", 0, 1);
    ck_assert_int_eq(mkfifo(folder_at("fifo"), 0600), 0);
    folder_link("fifo", "to-fifo");
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", folder_at("socket"));
    ck_assert_int_eq(bind(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
    expect_path(0, 1);
    expect(folder_at("socket"), true, MBEDTLS_ERR_PK_FILE_IO_ERROR, 0);
    expect("/dev/null", true, compare("/dev/null", true, false).raw, 0);
    close(fd);
    /* Mbed TLS would wait for a writer of the FIFO, and allocate for a directory what seeking says. */
    ck_assert_int_eq(mbedguard_x509_crt_init(&chain), 0);
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&chain, folder_at("fifo")),
                     MBEDTLS_ERR_PK_FILE_IO_ERROR);
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&chain, folder_path),
                     MBEDTLS_ERR_PK_FILE_IO_ERROR);
    ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
}
END_TEST

/* ---- Names and sizes ------------------------------------------------------------------------- */

START_TEST(long_names)
{
    char name[256], path[600];
    size_t length;

    memset(name, 'n', 255);
    name[255] = '\0';
    folder_certificates(name, 0, 1);
    expect_path(0, 1);
    /* Mbed TLS has a buffer for path, slash, name and a 0: what fills it fits, and no byte more. */
    name[250] = '\0';
    ck_assert_int_eq(mkdir(folder_at(name), 0700), 0);
    snprintf(path, sizeof(path), "%s", folder_at(name));
    length = strlen(path);
    memset(path + length, '/', sizeof(path) - length);
    path[MBEDTLS_X509_MAX_FILE_PATH_LEN - 4] = '\0';
    expect(path, false, 0, 0);
    path[MBEDTLS_X509_MAX_FILE_PATH_LEN - 4] = '/';
    path[MBEDTLS_X509_MAX_FILE_PATH_LEN - 3] = '\0';
    expect(path, false, MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, 0);
    path[MBEDTLS_X509_MAX_FILE_PATH_LEN - 3] = '/';
    path[MBEDTLS_X509_MAX_FILE_PATH_LEN + 1] = '\0';
    expect(path, false, MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, 0);
}
END_TEST

/* Too long by its name alone; the others would have fitted, and none of them is read. */
START_TEST(one_long_name)
{
    char name[256], path[600];
    mbedguard_x509_crt chain;
    size_t length = strlen(folder_path);

    memset(name, 'n', 255);
    name[255] = '\0';
    folder_certificates("a", 0, 1);
    folder_certificates(name, 1, 1);
    memcpy(path, folder_path, length);
    memset(path + length, '/', sizeof(path) - length);
    path[MBEDTLS_X509_MAX_FILE_PATH_LEN - 255 - 2] = '\0';
    expect(path, false, 0, 2);
    path[MBEDTLS_X509_MAX_FILE_PATH_LEN - 255 - 2] = '/';
    path[MBEDTLS_X509_MAX_FILE_PATH_LEN - 255 - 1] = '\0';
    ck_assert_int_eq(compare(path, false, false).raw, MBEDTLS_ERR_X509_BUFFER_TOO_SMALL);
    ck_assert_int_eq(mbedguard_x509_crt_init(&chain), 0);
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, path),
                     MBEDTLS_ERR_X509_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(folder_count(&chain), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
}
END_TEST

START_TEST(huge_file)
{
    char shared[64];

    folder_certificates("a.pem", 0, 1);
    snprintf(shared, sizeof(shared), "/dev/shm/mbedguard-path-%ld", (long) getpid());
    if (CAN_EXHAUST && (folder_make_huge(folder_at("huge")) || folder_make_huge(shared))) {
        if (access(shared, F_OK) == 0) {
            (void) unlink(folder_at("huge"));
            folder_link(shared, "huge");
        }
        expect_path(1, 1);
        expect(folder_at("huge"), true, MBEDTLS_ERR_PK_ALLOC_FAILED, 0);
    } else {
        fprintf(stderr, "huge_file: left out, memory or file systems cannot be exhausted here\n");
    }
    (void) unlink(shared);
}
END_TEST

START_TEST(order)
{
    mbedguard_x509_crt chain;

    folder_certificates("b", 4, 1);
    folder_certificates("_", 2, 1);
    folder_certificates("\xC3\xA4", 5, 1);
    folder_certificates("B", 1, 1);
    folder_certificates("a", 3, 1);
    folder_certificates("10", 0, 1);
    ck_assert_int_eq(mbedguard_x509_crt_init(&chain), 0);
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, folder_path), 0);
    ck_assert_uint_eq(folder_count(&chain), 6);
    ck_assert_uint_eq(folder_serial(&chain, 0), 0);
    ck_assert_uint_eq(folder_serial(&chain, 1), 1);
    ck_assert_uint_eq(folder_serial(&chain, 2), 2);
    ck_assert_uint_eq(folder_serial(&chain, 3), 3);
    ck_assert_uint_eq(folder_serial(&chain, 4), 4);
    ck_assert_uint_eq(folder_serial(&chain, 5), 5);
    ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
}
END_TEST

/* ---- Many ------------------------------------------------------------------------------------ */

START_TEST(ca_certificates)
{
    static const char *const paths[] = {"/usr/share/ca-certificates/mozilla", "/etc/ssl/certs"};
    const unsigned made = live_rounds(CA_CERTIFICATES);
    char name[16];
    unsigned i;

    for (i = 0; i < made; i++) {
        snprintf(name, sizeof(name), "%08x.0", i * 0x9E3779B9u);
        folder_certificates(name, i, 1);
    }
    expect_path(0, made);
    /* With links and a bundle of all: too much for a short run. */
    for (i = 0; i < (made == CA_CERTIFICATES ? 2 : 1); i++) {
        const struct outcome outcome = compare(paths[i], false, false);

        /* Where there is none, both say so. */
        ck_assert_int_eq(outcome.guarded, outcome.raw);
        ck_assert_int_eq(outcome.same, 1);
        printf("%s: %d, %zu certificates\n", paths[i], outcome.guarded, outcome.count);
    }
}
END_TEST

/* ---- Without permission ---------------------------------------------------------------------- */

static int child_without_permission(void)
{
    struct outcome outcome;

    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    outcome = compare(folder_path, false, false);
    if (outcome.raw != 1 || outcome.guarded != 1 || outcome.count != 1 || outcome.same == 0)
        return 2;
    outcome = compare(folder_at("closed.pem"), true, false);
    if (outcome.raw != MBEDTLS_ERR_PK_FILE_IO_ERROR || outcome.guarded != outcome.raw)
        return 3;
    outcome = compare(folder_at("closed"), false, false);
    if (outcome.raw != MBEDTLS_ERR_X509_FILE_IO_ERROR || outcome.guarded != outcome.raw)
        return 4;
    /* Behind a folder that cannot be entered nothing can be looked at. */
    outcome = compare(folder_at("links"), false, false);
    if (outcome.raw != MBEDTLS_ERR_X509_FILE_IO_ERROR || outcome.guarded != outcome.raw)
        return 5;
    return live_failed() ? 6 : 0;
}

START_TEST(without_permission)
{
    ck_assert_int_eq(chmod(folder_path, 0755), 0);
    folder_certificates("a.pem", 0, 1);
    folder_certificates("closed.pem", 1, 1);
    ck_assert_int_eq(chmod(folder_at("a.pem"), 0644), 0);
    ck_assert_int_eq(chmod(folder_at("closed.pem"), 0), 0);
    ck_assert_int_eq(mkdir(folder_at("closed"), 0700), 0);
    folder_certificates("closed/in.pem", 2, 1);
    ck_assert_int_eq(mkdir(folder_at("links"), 0755), 0);
    ck_assert_int_eq(chmod(folder_at("links"), 0755), 0);
    folder_link("../closed/in.pem", "links/in.pem");
    ck_assert_int_eq(chmod(folder_at("closed"), 0), 0);
    folder_in_child(child_without_permission);
}
END_TEST

/* ---- Files that change meanwhile ------------------------------------------------------------- */

static unsigned reads;

static void shrink(void)
{
    if (reads++ == 0)
        LIVE_EQ(truncate(folder_at("b"), 100), 0);
}

static void grow(void)
{
    FILE *const file = fopen(folder_at("b"), "ab");

    LIVE_EQ(file != NULL, 1);
    LIVE_EQ(fputs("more\n", file) < 0, 0);
    LIVE_EQ(fclose(file), 0);
    reads++;
}

/* The name goes, and another file comes in its place: what was opened is read. */
static void replace(void)
{
    if (reads++ == 0)
        LIVE_EQ(rename(folder_at("below/other"), folder_at("b")), 0);
}

/* The next one vanishes after its name was read; or becomes a FIFO. */
static void vanish(void)
{
    if (reads++ == 0) {
        LIVE_EQ(unlink(folder_at("c")), 0);
        LIVE_EQ(unlink(folder_at("d")), 0);
        LIVE_EQ(mkfifo(folder_at("d"), 0600), 0);
    }
}

static const struct change {
    void (*on_read)(void);
    int result;
    size_t count;
    unsigned first;
} changes[] = {{shrink, 1, 2, 3}, {grow, 0, 3, 2}, {replace, 0, 3, 2}, {vanish, 0, 1, 2}};

START_TEST(changing)
{
    const struct change *const change = &changes[_i];
    mbedguard_x509_crt chain;

    ck_assert_int_eq(mkdir(folder_at("below"), 0700), 0);
    folder_certificates("below/other", 1, 1);
    folder_certificates("b", 2, 1);
    folder_certificates("c", 3, 1);
    folder_certificates("d", 4, 1);
    ck_assert_int_eq(mbedguard_x509_crt_init(&chain), 0);
    reads = 0;
    folder_on_read = change->on_read;
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, folder_path), change->result);
    folder_on_read = NULL;
    ck_assert_uint_gt(reads, 0);
    ck_assert_uint_eq(folder_count(&chain), change->count);
    ck_assert_uint_eq(folder_serial(&chain, 0), change->first);
    ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
}
END_TEST

/* Cut behind its first certificate, a file is not one with one certificate. */
static void cut(void)
{
    LIVE_EQ(truncate(folder_at("b"), (off_t) strlen(folder_pem(2))), 0);
    reads++;
}

START_TEST(shrinking)
{
    mbedguard_x509_crt chain;

    folder_certificates("b", 2, 2);
    ck_assert_int_eq(mbedguard_x509_crt_init(&chain), 0);
    reads = 0;
    folder_on_read = cut;
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&chain, folder_at("b")),
                     MBEDTLS_ERR_PK_FILE_IO_ERROR);
    ck_assert_uint_gt(reads, 0);
    ck_assert_uint_eq(folder_count(&chain), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("x509_crt_path");
    TCase *tc = live_case_with(suite, "as raw", folder_setup, folder_teardown);

    tcase_add_test(tc, directories);
    tcase_add_test(tc, contents);
    tcase_add_test(tc, links);
    tcase_add_test(tc, untold);
    tcase_add_test(tc, special_files);
    tcase_add_test(tc, long_names);
    tcase_add_test(tc, one_long_name);
    tcase_add_test(tc, huge_file);
    tcase_add_test(tc, order);
    tcase_add_test(tc, ca_certificates);
    tcase_add_test(tc, without_permission);
    tc = live_case_with(suite, "files that change", folder_setup, folder_teardown);
    tcase_add_loop_test(tc, changing, 0, sizeof(changes) / sizeof(changes[0]));
    tcase_add_test(tc, shrinking);
    return live_run(suite);
}
