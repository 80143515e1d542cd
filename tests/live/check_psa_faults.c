/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What PSA needs and does not get: room for files, entropy, memory. After each failure the store is as
 * it was before the call, no identifier is given, and the next try succeeds; others notice nothing.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* fsopen() */
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/mount.h>
#endif

#include "live/live_psa.h"
#include "manual/psa_files.h"

static psa_key_id_t used; /* by the others */
static atomic_bool over;

struct body {
    void (*run)(void);
};

/* Runs body in one thread while another uses a key; at the end the store has nothing but that one. */
static void beside_a_user(unsigned number, void *data)
{
    const struct body *body = data;

    if (number == 0) {
        body->run();
        atomic_store(&over, true);
        return;
    }
    do {
        LIVE_EQ(live_psa_encrypt(used), PSA_SUCCESS);
    } while (!atomic_load(&over) && !live_failed());
}

static void run(void (*body)(void))
{
    struct body one = {body};

    ck_assert_int_eq(live_psa_import(0, &used), PSA_SUCCESS);
    atomic_store(&over, false);
    live_threads(2, beside_a_user, &one);
    live_psa_assert_slots(1);
    ck_assert_int_eq(mbedguard_psa_destroy_key(used), PSA_SUCCESS);
    live_psa_assert_slots(0);
}

/* ---- Storage --------------------------------------------------------------------------------- */

#if MBEDGUARD_PSA_FILES

/* What makes a persistent key, each way; all fail in the same way. */
static void nothing_can_be_stored(void)
{
    mbedguard_psa_key_attributes_t attributes;
    psa_key_id_t key = 77;
    psa_status_t status;

    live_psa_attributes(&attributes, 601);
    LIVE_EQ(live_psa_import(601, &key) == PSA_SUCCESS, 0);
    LIVE_EQ(key, 0);
    key = 77;
    LIVE_EQ(mbedguard_psa_generate_key(&attributes, &key) == PSA_SUCCESS, 0);
    LIVE_EQ(key, 0);
    key = 77;
    LIVE_EQ(mbedguard_psa_copy_key(used, &attributes, &key) == PSA_SUCCESS, 0);
    LIVE_EQ(key, 0);
    key = 77;
    status = live_psa_derive(&attributes, &key);
    LIVE_EQ(status == PSA_SUCCESS, 0);
    LIVE_EQ(key, 0);
    LIVE_EQ(live_psa_is_gone(live_psa_encrypt(601)), 1);
    /* What is stored already can be read. */
    (void) mbedguard_psa_purge_key(600);
    LIVE_EQ(live_psa_encrypt(600), PSA_SUCCESS);
}

static void all_is_stored_again(void)
{
    mbedguard_psa_key_attributes_t attributes;
    psa_key_id_t key;

    live_psa_attributes(&attributes, 601);
    ck_assert_int_eq(live_psa_import(601, &key), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_purge_key(601), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_encrypt(601), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(601), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_generate_key(&attributes, &key), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(601), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(600), PSA_SUCCESS);
    live_psa_assert_slots(0);
}

static void many_times(void)
{
    unsigned i;

    for (i = 0; i < live_rounds(50) && !live_failed(); i++)
        nothing_can_be_stored();
}

/* Root writes everywhere: as somebody else, then. */
static void set_user(uid_t user)
{
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(user), 0);
}

START_TEST(read_only_directory)
{
    psa_key_id_t key;

    ck_assert_int_eq(live_psa_import(600, &key), PSA_SUCCESS);
    ck_assert_int_eq(chmod(".", 0555), 0);
    set_user(65534);
    run(many_times);
    /* A file that cannot be removed is a key that is still there. */
    ck_assert_int_ne(mbedguard_psa_destroy_key(600), PSA_SUCCESS);
    live_psa_assert_slots(0);
    ck_assert_int_eq(live_psa_encrypt(600), PSA_SUCCESS);
    set_user(0);
    ck_assert_int_eq(chmod(".", 0755), 0);
    all_is_stored_again();
}
END_TEST

#if defined(FSOPEN_CLOEXEC)

/* A file system of 16 KiB which is mounted nowhere: the working directory of this process, or -1. */
static int enter_small_disk(void)
{
    const int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
    int disk = -1;

    if (context >= 0 && fsconfig(context, FSCONFIG_SET_STRING, "size", "16k", 0) == 0 &&
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        disk = fsmount(context, FSMOUNT_CLOEXEC, 0);
    if (disk >= 0 && fchdir(disk) != 0)
        disk = -1;
    if (disk < 0)
        printf("full_disk skipped: no file system can be made: %s\n", strerror(errno));
    return disk;
}

/* To the last byte. */
static void fill(void)
{
    const int file = open("fill", O_WRONLY | O_CREAT, 0600);
    static const char bytes[512];

    ck_assert_int_ge(file, 0);
    while (write(file, bytes, sizeof(bytes)) > 0)
        ;
    ck_assert_int_eq(errno, ENOSPC);
    (void) close(file);
}

START_TEST(full_disk)
{
    const int before = open(".", O_RDONLY | O_DIRECTORY);
    psa_key_id_t key;

    ck_assert_int_ge(before, 0);
    if (enter_small_disk() < 0)
        return;
    ck_assert_int_eq(live_psa_import(600, &key), PSA_SUCCESS);
    fill();
    run(many_times);
    /* To destroy a key takes no room. */
    ck_assert_int_eq(mbedguard_psa_destroy_key(600), PSA_SUCCESS);
    ck_assert(live_psa_is_gone(live_psa_encrypt(600)));
    ck_assert_int_eq(unlink("fill"), 0);
    ck_assert_int_eq(live_psa_import(600, &key), PSA_SUCCESS);
    all_is_stored_again();
    ck_assert_int_eq(fchdir(before), 0);
}
END_TEST

#endif

#endif

/* ---- Entropy --------------------------------------------------------------------------------- */

#if !LIVE_V4 && !defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG) && defined(MBEDTLS_ENTROPY_C) &&         \
    defined(__GNUC__)
#define HAS_SOURCE 1

#include <mbedtls/entropy.h>
#if !LIVE_V3
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/psa_util.h>
#endif

/* In no header that is installed; and not in each library. */
psa_status_t
mbedtls_psa_crypto_configure_entropy_sources(void (*entropy_init)(mbedtls_entropy_context *ctx),
                                             void (*entropy_free)(mbedtls_entropy_context *ctx))
    __attribute__((weak));

static atomic_bool fails;
static _Thread_local void (*in_the_middle)(void);

static int source(void *data, unsigned char *output, size_t length, size_t *written)
{
    void (*const now)(void) = in_the_middle;

    (void) data;
    in_the_middle = NULL;
    if (now != NULL)
        now();
    memset(output, 0, length);
    *written = length;
    return atomic_load(&fails) ? MBEDTLS_ERR_ENTROPY_SOURCE_FAILED : 0;
}

static void init_with_source(mbedtls_entropy_context *entropy)
{
    mbedtls_entropy_init(entropy);
    (void) mbedtls_entropy_add_source(entropy, source, NULL, 1, MBEDTLS_ENTROPY_SOURCE_WEAK);
}

/* PSA with a source of ours beside the others; false where it cannot be had. */
static bool start_with_source(void)
{
    atomic_store(&fails, false);
    if (mbedtls_psa_crypto_configure_entropy_sources == NULL) {
        puts("skipped: this Mbed TLS lets nobody choose the sources of PSA's entropy");
        return false;
    }
    ck_assert_int_eq(mbedguard_psa_crypto_free(), 0);
    ck_assert_int_eq(mbedtls_psa_crypto_configure_entropy_sources(init_with_source,
                                                                  mbedtls_entropy_free),
                     PSA_SUCCESS);
    return true;
}

/* Ask the sources before each draw. Nobody else is there yet. */
static bool draw_from_the_source(void)
{
#if LIVE_V3
    return mbedguard_psa_random_set_prediction_resistance(1) == PSA_SUCCESS;
#elif defined(MBEDTLS_CTR_DRBG_C)
    mbedtls_ctr_drbg_set_prediction_resistance(MBEDTLS_PSA_RANDOM_STATE, MBEDTLS_CTR_DRBG_PR_ON);
    return true;
#else
    return false;
#endif
}

static void stop_with_source(void)
{
    ck_assert_int_eq(mbedguard_psa_crypto_free(), 0);
    ck_assert_int_eq(mbedtls_psa_crypto_configure_entropy_sources(mbedtls_entropy_init,
                                                                  mbedtls_entropy_free),
                     PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
}

/* What needs an init says that there was none. */
static void use_in_vain(unsigned number, void *data)
{
    unsigned char out[16];
    psa_key_id_t key = 77;

    (void) number;
    (void) data;
    LIVE_EQ(mbedguard_psa_generate_random(out, sizeof(out)), PSA_ERROR_BAD_STATE);
    LIVE_EQ(live_psa_import(0, &key), PSA_ERROR_BAD_STATE);
    LIVE_EQ(key, 0);
}

static atomic_uint failures;

static void init(unsigned number, void *data)
{
    const psa_status_t status = mbedguard_psa_crypto_init();

    (void) number;
    (void) data;
    LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_INSUFFICIENT_ENTROPY, 1);
    atomic_fetch_add(&failures, status != PSA_SUCCESS);
}

/* An init that fails frees what there is, in Mbed TLS: which sources to use, too. The next one succeeds. */
START_TEST(no_entropy_at_init)
{
    if (!start_with_source())
        return;
    atomic_store(&fails, true);
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_ERROR_INSUFFICIENT_ENTROPY);
    live_threads(4, use_in_vain, NULL);
    if (!start_with_source())
        return;
    atomic_store(&fails, true);
    atomic_store(&failures, 0);
    live_threads(4, init, NULL);
    ck_assert_uint_eq(atomic_load(&failures), 1);
    ck_assert_int_eq(live_psa_import(0, &used), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_encrypt(used), PSA_SUCCESS);
    live_psa_assert_slots(1);
    atomic_store(&fails, false);
    stop_with_source();
    live_psa_assert_slots(0);
}
END_TEST

/* Whoever comes while an init is under way that will fail, is told that there was none; or comes after. */
static void fail_or_use(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(200);
    psa_status_t status;
    psa_key_id_t key;
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number == 0) {
            LIVE_EQ(mbedguard_psa_crypto_free(), 0);
            LIVE_EQ(mbedguard_psa_lock(), 0);
            LIVE_EQ(mbedtls_psa_crypto_configure_entropy_sources(init_with_source,
                                                                 mbedtls_entropy_free),
                    PSA_SUCCESS);
            LIVE_EQ(mbedguard_psa_unlock(), 0);
            LIVE_EQ(mbedguard_psa_crypto_init(), PSA_ERROR_INSUFFICIENT_ENTROPY);
            LIVE_EQ(mbedguard_psa_crypto_init(), PSA_SUCCESS);
            continue;
        }
        status = live_psa_import(0, &key);
        if (status == PSA_SUCCESS) {
            status = live_psa_encrypt(key);
            LIVE_EQ(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE ||
                        live_psa_is_gone(status),
                    1);
            (void) mbedguard_psa_destroy_key(key);
        } else {
            LIVE_EQ(status, PSA_ERROR_BAD_STATE);
        }
        (void) mbedguard_psa_purge_key(800 + number);
    }
}

START_TEST(init_fails_beside_users)
{
    if (!start_with_source())
        return;
    atomic_store(&fails, true);
    live_threads(4, fail_or_use, NULL);
    atomic_store(&fails, false);
    stop_with_source();
    live_psa_assert_slots(0);
}
END_TEST

static psa_key_id_t pair;

static psa_status_t sign(void)
{
    static const unsigned char digest[32] = {1};
    unsigned char signature[64];
    size_t length;

    return mbedguard_psa_sign_hash(pair, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest, sizeof(digest),
                                   signature, sizeof(signature), &length);
}

static void draw_in_vain(void)
{
    mbedguard_psa_key_attributes_t attributes;
    unsigned char out[16];
    psa_key_id_t key;
    unsigned i;

    live_psa_attributes(&attributes, 0);
    for (i = 0; i < live_rounds(100) && !live_failed(); i++) {
        key = 77;
        LIVE_EQ(mbedguard_psa_generate_random(out, sizeof(out)), PSA_ERROR_INSUFFICIENT_ENTROPY);
        LIVE_EQ(mbedguard_psa_generate_key(&attributes, &key), PSA_ERROR_INSUFFICIENT_ENTROPY);
        LIVE_EQ(key, 0);
        key = 77;
        LIVE_EQ(live_psa_generate_pair(&key) == PSA_SUCCESS, 0);
        LIVE_EQ(key, 0);
        /* What draws no random number goes on. */
        LIVE_EQ(live_psa_import(0, &key), PSA_SUCCESS);
        LIVE_EQ(live_psa_encrypt(key), PSA_SUCCESS);
        LIVE_EQ(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
#if LIVE_V3
        LIVE_EQ(mbedguard_psa_random_reseed(NULL, 0), PSA_ERROR_INSUFFICIENT_ENTROPY);
#endif
    }
}

START_TEST(no_entropy_later)
{
    psa_key_id_t key;

    if (!start_with_source())
        return;
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
    if (draw_from_the_source()) {
        atomic_store(&fails, true);
        run(draw_in_vain);
        atomic_store(&fails, false);
        ck_assert_int_eq(live_psa_generate_pair(&key), PSA_SUCCESS);
        ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
        live_psa_assert_slots(0);
    }
    stop_with_source();
}
END_TEST

/* The source is a callback of the call that draws: what would wait for that call is refused. */
static void from_the_source(void)
{
    psa_key_id_t key = 77;

    ck_assert_int_eq(mbedguard_psa_destroy_key(pair), PSA_ERROR_SERVICE_FAILURE);
#if !LIVE_V4
    ck_assert_int_eq(mbedguard_psa_close_key(pair), PSA_ERROR_SERVICE_FAILURE);
#endif
#if !LIVE_V3
    /* From 3.6 on a second init is beside users, and so it would succeed. */
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_ERROR_SERVICE_FAILURE);
#endif
#if defined(MBEDTLS_THREADING_C)
    ck_assert_int_eq(mbedguard_psa_crypto_free(), MBEDGUARD_ERR_UPGRADE);
    ck_assert_int_eq(mbedguard_psa_lock(), MBEDGUARD_ERR_UPGRADE);
#else
    /* Who draws has the store alone, and a lock changes nothing of that. */
    ck_assert_int_eq(mbedguard_psa_crypto_free(), MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(mbedguard_psa_lock(), 0);
    ck_assert_int_eq(mbedguard_psa_crypto_free(), MBEDGUARD_ERR_REENTRY);
    ck_assert_int_eq(live_psa_import(0, &key), PSA_ERROR_SERVICE_FAILURE);
    ck_assert_int_eq(mbedguard_psa_unlock(), 0);
#endif
    ck_assert_int_eq(live_psa_import(0, &key), PSA_ERROR_SERVICE_FAILURE);
    ck_assert_uint_eq(key, 0);
}

START_TEST(refused_in_the_source)
{
    if (!start_with_source())
        return;
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
    ck_assert_int_eq(live_psa_generate_pair(&pair), PSA_SUCCESS);
    if (draw_from_the_source()) {
        in_the_middle = from_the_source;
        ck_assert_int_eq(sign(), PSA_SUCCESS);
        ck_assert(in_the_middle == NULL);
        ck_assert_int_eq(sign(), PSA_SUCCESS);
    }
    ck_assert_int_eq(mbedguard_psa_destroy_key(pair), PSA_SUCCESS);
    live_psa_assert_slots(0);
    stop_with_source();
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("psa faults");
    TCase *tc = live_psa_case(suite, "faults");

#if MBEDGUARD_PSA_FILES
    tcase_add_test(tc, read_only_directory);
#if defined(FSOPEN_CLOEXEC)
    tcase_add_test(tc, full_disk);
#endif
#endif
#if defined(HAS_SOURCE)
    tcase_add_test(tc, no_entropy_at_init);
    tcase_add_test(tc, init_fails_beside_users);
    tcase_add_test(tc, no_entropy_later);
    tcase_add_test(tc, refused_in_the_source);
#endif
    return live_run(suite);
}
