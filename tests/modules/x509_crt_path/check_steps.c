/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Others use the chain while it grows: nobody waits for the file system, and of each file everybody sees
 * all or nothing.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/enter.h"
#include "modules/x509_crt_path/folder.h"

#define FILES 12u

static mbedguard_x509_crt chain, other_chain;
static atomic_bool finished;
static unsigned reads;

static void make(void)
{
    folder_setup();
    ck_assert_int_eq(mbedguard_x509_crt_init(&chain), 0);
    ck_assert_int_eq(mbedguard_x509_crt_init(&other_chain), 0);
    atomic_store(&finished, false);
    reads = 0;
}

static void unmake(void)
{
    ck_assert_int_eq(mbedguard_x509_crt_free(&other_chain), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
    folder_teardown();
}

/* ---- While the library reads ----------------------------------------------------------------- */

/* Another thread does so now: see look_from_outside(). Each file is read by one read(). */
static void let_another_look(void)
{
    LIVE_EQ(mbedguard_held(&chain.guard), 0);
    live_meet();
    live_meet();
    reads++;
}

/* It can be had exclusively, and all files before are there. */
static void look_from_outside(unsigned files)
{
    unsigned i;

    for (i = 0; i < files; i++) {
        live_meet();
        if (mbedguard_trylock(&chain) == 0) {
            LIVE_EQ(folder_count(&chain), (size_t) i * FOLDER_IN_FILE);
            LIVE_EQ(mbedguard_unlock(&chain), 0);
        } else {
            LIVE_EQ(i, -1);
        }
        live_meet();
    }
}

static void read_or_look(unsigned number, void *data)
{
    const unsigned *const files = data;

    if (number == 0)
        LIVE_EQ(mbedguard_x509_crt_parse_path(&chain, folder_path), 0);
    else
        look_from_outside(*files);
}

START_TEST(reading)
{
    unsigned files = 4;

    folder_fill(files);
    folder_on_read = let_another_look;
    live_threads(2, read_or_look, &files);
    ck_assert_uint_eq(reads, files);
    ck_assert_uint_eq(folder_count(&chain), (size_t) files * FOLDER_IN_FILE);
}
END_TEST

static void look_for_file(void)
{
    LIVE_EQ(mbedguard_held(&chain.guard), 0);
    reads++;
}

START_TEST(reading_one_file)
{
    folder_fill(1);
    folder_on_read = look_for_file;
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&chain, folder_at("f00")), 0);
    ck_assert_uint_eq(reads, 1);
    ck_assert_uint_eq(folder_count(&chain), FOLDER_IN_FILE);
}
END_TEST

/* An explicit lock stays. */
static void look_under_lock(void)
{
    LIVE_EQ(mbedguard_held(&chain.guard), 2);
    reads++;
}

START_TEST(under_a_lock)
{
    folder_fill(2);
    ck_assert_int_eq(mbedguard_lock(&chain), 0);
    folder_on_read = look_under_lock;
    ck_assert_int_eq(mbedguard_x509_crt_parse_file(&chain, folder_at("f00")), 0);
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, folder_path), 0);
    ck_assert_int_eq(mbedguard_unlock(&chain), 0);
    ck_assert_uint_eq(reads, 3);
    ck_assert_uint_eq(folder_count(&chain), 3 * FOLDER_IN_FILE);
}
END_TEST

/* ---- Beside readers -------------------------------------------------------------------------- */

static mbedguard_ssl_config client_config, server_config;
static mbedguard_x509_crt own;
static mbedguard_pk_context key;

/* Counts under a lock and without one. */
static void count_whole_files(void)
{
    size_t count;

    LIVE_EQ(folder_count(&chain) % FOLDER_IN_FILE, 0);
    LIVE_EQ(mbedguard_lock(&chain), 0);
    count = folder_count(&chain);
    LIVE_EQ(count % FOLDER_IN_FILE, 0);
    LIVE_EQ(folder_count(&chain), count);
    LIVE_EQ(mbedguard_unlock(&chain), 0);
}

/* The one that issued it is in the last file. */
static void verify_once(void)
{
    uint32_t flags = 0;
    const int ret = mbedguard_x509_crt_verify(&own, &chain, NULL, NULL, &flags, NULL, NULL);

    if (ret != 0)
        LIVE_EQ(ret, MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
}

static void shake_hands_once(void)
{
    const int ret = live_pair_once(&client_config, &server_config, "second");

    if (ret != 0 && ret != MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED)
        LIVE_EQ(ret, MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
}

static void grow_and_use(unsigned number, void *data)
{
    static void (*const uses[])(void) = {NULL, count_whole_files, verify_once, shake_hands_once};

    (void) data;
    live_meet();
    if (number == 0) {
        LIVE_EQ(mbedguard_x509_crt_parse_path(&chain, folder_path), 0);
        LIVE_EQ(mbedguard_x509_crt_parse_file(&chain, folder_at("f00")), 0);
        atomic_store(&finished, true);
        return;
    }
    do
        uses[number]();
    while (!atomic_load(&finished));
}

START_TEST(beside_readers)
{
    unsigned rounds = live_rounds(20);
    char text[4 * 2048];

    folder_fill(FILES);
    live_identity(&own, &key, 1);
    snprintf(text, sizeof(text), "%s%s%s", folder_pem(100), live_pem[1], folder_pem(101));
    folder_write("z", text, strlen(text));
    ck_assert_int_eq(mbedguard_ssl_config_init(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_init(&server_config), 0);
    ck_assert_int_eq(live_config(&client_config, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server_config, MBEDTLS_SSL_IS_SERVER, false), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &own, &key), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_ca_chain(&client_config, &chain, NULL), 0);
    while (rounds-- != 0) {
        atomic_store(&finished, false);
        live_threads(4, grow_and_use, NULL);
        ck_assert_uint_eq(folder_count(&chain), (FILES + 2) * FOLDER_IN_FILE);
        ck_assert_int_eq(live_pair_once(&client_config, &server_config, "second"), 0);
        /* In the storage that the configuration keeps. */
        ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
    }
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&own), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
}
END_TEST

/* ---- Beside each other ----------------------------------------------------------------------- */

/* The certificates of each file stand in a row. */
static void expect_files(const mbedguard_x509_crt *from, size_t files)
{
    unsigned seen[FILES] = {0};
    size_t i, j;

    ck_assert_uint_eq(folder_count(from), files * FOLDER_IN_FILE);
    for (i = 0; i < files; i++) {
        const unsigned first = folder_serial(from, i * FOLDER_IN_FILE);

        ck_assert_uint_eq(first % FOLDER_IN_FILE, 0);
        ck_assert_uint_lt(first / FOLDER_IN_FILE, FILES);
        seen[first / FOLDER_IN_FILE]++;
        for (j = 1; j < FOLDER_IN_FILE; j++)
            ck_assert_uint_eq(folder_serial(from, i * FOLDER_IN_FILE + j), first + j);
    }
    for (i = 0; i < FILES; i++)
        ck_assert_uint_eq(seen[i], files / FILES);
}

static void grow(unsigned number, void *data)
{
    mbedguard_x509_crt *const *const chains = data;

    live_meet();
    LIVE_EQ(mbedguard_x509_crt_parse_path(chains[number], folder_path), 0);
}

START_TEST(same_chain)
{
    mbedguard_x509_crt *chains[] = {&chain, &chain};
    unsigned rounds = live_rounds(20);

    folder_fill(FILES);
    while (rounds-- != 0) {
        live_threads(2, grow, chains);
        expect_files(&chain, 2 * FILES);
        ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
    }
}
END_TEST

START_TEST(different_chains)
{
    mbedguard_x509_crt *chains[] = {&chain, &other_chain};
    unsigned rounds = live_rounds(20);

    folder_fill(FILES);
    while (rounds-- != 0) {
        live_threads(2, grow, chains);
        expect_files(&chain, FILES);
        expect_files(&other_chain, FILES);
        ck_assert_int_eq(mbedguard_x509_crt_free(&chain), 0);
        ck_assert_int_eq(mbedguard_x509_crt_free(&other_chain), 0);
    }
}
END_TEST

/* ---- A free between two files ---------------------------------------------------------------- */

static void free_at_second(void)
{
    if (reads++ == 1)
        LIVE_EQ(mbedguard_x509_crt_free(&chain), 0);
}

START_TEST(freed_meanwhile)
{
    folder_fill(3);
    folder_on_read = free_at_second;
    ck_assert_int_eq(mbedguard_x509_crt_parse_path(&chain, folder_path), 0);
    ck_assert_uint_eq(folder_count(&chain), 2 * FOLDER_IN_FILE);
    ck_assert_uint_eq(folder_serial(&chain, 0), FOLDER_IN_FILE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("x509_crt_path");
    TCase *tc = live_case_with(suite, "while the library reads", make, unmake);

    tcase_add_test(tc, reading);
    tcase_add_test(tc, reading_one_file);
    tcase_add_test(tc, under_a_lock);
    tcase_add_test(tc, freed_meanwhile);
    tc = live_case_with(suite, "several threads", make, unmake);
    tcase_add_test(tc, beside_readers);
    tcase_add_test(tc, same_chain);
    tcase_add_test(tc, different_chains);
    return live_run(suite);
}
