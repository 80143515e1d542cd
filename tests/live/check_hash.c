/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Hashes and ciphers that threads share. Each call is whole: what one thread clones is the state
 * after some number of complete updates, and a one-shot of one thread does not mix with
 * another's.
 */
#include <string.h>

#include "live/live.h"

#define WRITERS 3
#define UPDATES 2000 /* by each writer */
#define BLOCK   96  /* not a multiple of the hash's block: an update moves in two steps */

#if LIVE_V3
#define sha256_starts mbedguard_sha256_starts
#define sha256_update mbedguard_sha256_update
#define sha256_finish mbedguard_sha256_finish
#else
#define sha256_starts mbedguard_sha256_starts_ret
#define sha256_update mbedguard_sha256_update_ret
#define sha256_finish mbedguard_sha256_finish_ret
#endif

static unsigned char block[BLOCK];
static unsigned char digest_after[WRITERS * UPDATES + 1][32];
static mbedguard_sha256_context sha;
static mbedguard_md_context_t md;

static void fill_table(void)
{
    mbedguard_sha256_context all, copy;
    unsigned i;

    memset(block, 'a', sizeof(block));
    mbedguard_sha256_init(&all);
    mbedguard_sha256_init(&copy);
    ck_assert_int_eq(sha256_starts(&all, 0), 0);
    for (i = 0; i <= WRITERS * UPDATES; i++) {
        ck_assert_int_eq(mbedguard_sha256_clone(&copy, &all), 0);
        ck_assert_int_eq(sha256_finish(&copy, digest_after[i]), 0);
        ck_assert_int_eq(sha256_update(&all, block, sizeof(block)), 0);
    }
    mbedguard_sha256_free(&copy);
    mbedguard_sha256_free(&all);
}

/* The number of updates with this digest, at least from; or -1. */
static int updates_of(const unsigned char *digest, int from)
{
    int i;

    for (i = from; i <= WRITERS * UPDATES; i++)
        if (memcmp(digest, digest_after[i], 32) == 0)
            return i;
    return -1;
}

static void update_or_clone(unsigned number, void *data)
{
    const unsigned updates = live_rounds(UPDATES);
    mbedguard_sha256_context copy;
    mbedguard_md_context_t md_copy;
    unsigned char digest[32];
    int seen = 0, md_seen = 0;
    unsigned i;

    (void) data;
    if (number < WRITERS) {
        for (i = 0; i < updates; i++) {
            LIVE_EQ(sha256_update(&sha, block, sizeof(block)), 0);
            LIVE_EQ(mbedguard_md_update(&md, block, sizeof(block)), 0);
        }
        return;
    }
    mbedguard_sha256_init(&copy);
    mbedguard_md_init(&md_copy);
    LIVE_EQ(mbedguard_md_setup(&md_copy, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 0), 0);
    for (i = 0; i < updates && !live_failed(); i++) {
        LIVE_EQ(mbedguard_sha256_clone(&copy, &sha), 0);
        LIVE_EQ(sha256_finish(&copy, digest), 0);
        /* Never backwards, never in between. */
        seen = updates_of(digest, seen);
        LIVE_EQ(seen < 0, 0);
        LIVE_EQ(mbedguard_md_clone(&md_copy, &md), 0);
        LIVE_EQ(mbedguard_md_finish(&md_copy, digest), 0);
        md_seen = updates_of(digest, md_seen);
        LIVE_EQ(md_seen < 0, 0);
    }
    mbedguard_md_free(&md_copy);
    mbedguard_sha256_free(&copy);
}

START_TEST(one_hash)
{
    unsigned char digest[32];
    const unsigned all = WRITERS * live_rounds(UPDATES);

    fill_table();
    mbedguard_sha256_init(&sha);
    mbedguard_md_init(&md);
    ck_assert_int_eq(mbedguard_md_setup(&md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 0), 0);
    ck_assert_int_eq(sha256_starts(&sha, 0), 0);
    ck_assert_int_eq(mbedguard_md_starts(&md), 0);
    live_threads(WRITERS + 2, update_or_clone, NULL);
    ck_assert_int_eq(sha256_finish(&sha, digest), 0);
    ck_assert_mem_eq(digest, digest_after[all], 32);
    ck_assert_int_eq(mbedguard_md_finish(&md, digest), 0);
    ck_assert_mem_eq(digest, digest_after[all], 32);
    mbedguard_md_free(&md);
    mbedguard_sha256_free(&sha);
}
END_TEST

START_TEST(clone_of_itself)
{
    unsigned char digest[32];

    fill_table();
    mbedguard_sha256_init(&sha);
    ck_assert_int_eq(sha256_starts(&sha, 0), 0);
    ck_assert_int_eq(sha256_update(&sha, block, sizeof(block)), 0);
    ck_assert_int_eq(mbedguard_sha256_clone(&sha, &sha), 0);
    ck_assert_int_eq(sha256_finish(&sha, digest), 0);
    ck_assert_mem_eq(digest, digest_after[1], 32);
    mbedguard_sha256_free(&sha);
}
END_TEST

/* ---- One-shots of one key -------------------------------------------------------------------- */

static const unsigned char key[16] = "sixteen letters";
static mbedguard_gcm_context gcm;
static mbedguard_ccm_context ccm;
static mbedguard_cipher_context_t cbc;
static mbedguard_aes_context aes;

static void one_shots(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(2000);
    unsigned char nonce[12], plain[64], cipher[64], tag[16], first[64 + 16], again[64 + 16];
    size_t length, cbc_length = 0;
    unsigned i;

    (void) data;
    memset(nonce, (int) number + 1, sizeof(nonce));
    memset(plain, (int) number + 65, sizeof(plain));
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(mbedguard_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, sizeof(plain), nonce,
                                            sizeof(nonce), NULL, 0, plain, cipher, sizeof(tag),
                                            tag),
                0);
        LIVE_EQ(mbedguard_gcm_auth_decrypt(&gcm, sizeof(plain), nonce, sizeof(nonce), NULL, 0, tag,
                                           sizeof(tag), cipher, again),
                0);
        LIVE_EQ(memcmp(again, plain, sizeof(plain)), 0);
        LIVE_EQ(mbedguard_ccm_encrypt_and_tag(&ccm, sizeof(plain), nonce, sizeof(nonce), NULL, 0,
                                              plain, cipher, tag, sizeof(tag)),
                0);
        LIVE_EQ(mbedguard_ccm_auth_decrypt(&ccm, sizeof(plain), nonce, sizeof(nonce), NULL, 0,
                                           cipher, again, tag, sizeof(tag)),
                0);
        LIVE_EQ(memcmp(again, plain, sizeof(plain)), 0);
        /* The IV is the context's own: of another thread's call, were the calls not whole. */
        LIVE_EQ(mbedguard_cipher_crypt(&cbc, (const unsigned char *) "an IV of sixteen", 16, plain,
                                       sizeof(plain), again, &length),
                0);
        if (i == 0) {
            cbc_length = length;
            memcpy(first, again, length);
        }
        LIVE_EQ(length, cbc_length);
        LIVE_EQ(memcmp(again, first, length), 0);
        LIVE_EQ(mbedguard_aes_crypt_ecb(&aes, MBEDTLS_AES_ENCRYPT, plain, cipher), 0);
        LIVE_EQ(memcmp(cipher, plain, 16) == 0, 0);
    }
}

START_TEST(one_key)
{
    ck_assert_int_eq(mbedguard_gcm_init(&gcm), 0);
    ck_assert_int_eq(mbedguard_ccm_init(&ccm), 0);
    ck_assert_int_eq(mbedguard_cipher_init(&cbc), 0);
    ck_assert_int_eq(mbedguard_aes_init(&aes), 0);
    ck_assert_int_eq(mbedguard_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, 128), 0);
    ck_assert_int_eq(mbedguard_ccm_setkey(&ccm, MBEDTLS_CIPHER_ID_AES, key, 128), 0);
    ck_assert_int_eq(mbedguard_aes_setkey_enc(&aes, key, 128), 0);
    ck_assert_int_eq(
        mbedguard_cipher_setup(&cbc, mbedtls_cipher_info_from_type(MBEDTLS_CIPHER_AES_128_CBC)), 0);
    ck_assert_int_eq(mbedguard_cipher_set_padding_mode(&cbc, MBEDTLS_PADDING_PKCS7), 0);
    ck_assert_int_eq(mbedguard_cipher_setkey(&cbc, key, 128, MBEDTLS_ENCRYPT), 0);
    live_threads(6, one_shots, NULL);
    ck_assert_int_eq(mbedguard_aes_free(&aes), 0);
    ck_assert_int_eq(mbedguard_cipher_free(&cbc), 0);
    ck_assert_int_eq(mbedguard_ccm_free(&ccm), 0);
    ck_assert_int_eq(mbedguard_gcm_free(&gcm), 0);
}
END_TEST

/* Several calls in one step: only an explicit lock can make them one. */
static void hash_in_turn(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(500);
    unsigned char digest[32];
    unsigned i, j;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        LIVE_EQ(mbedguard_lock(&md), 0);
        LIVE_EQ(mbedguard_md_starts(&md), 0);
        for (j = 0; j < number; j++)
            LIVE_EQ(mbedguard_md_update(&md, block, sizeof(block)), 0);
        LIVE_EQ(mbedguard_md_finish(&md, digest), 0);
        LIVE_EQ(mbedguard_unlock(&md), 0);
        LIVE_EQ(memcmp(digest, digest_after[number], 32), 0);
    }
}

START_TEST(several_calls)
{
    fill_table();
    mbedguard_md_init(&md);
    ck_assert_int_eq(mbedguard_md_setup(&md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 0), 0);
    live_threads(6, hash_in_turn, NULL);
    mbedguard_md_free(&md);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hash");
    TCase *tc = live_case(suite, "hashes");

    tcase_add_test(tc, one_hash);
    tcase_add_test(tc, clone_of_itself);
    tcase_add_test(tc, several_calls);
    tc = live_case(suite, "ciphers");
    tcase_add_test(tc, one_key);
    return live_run(suite);
}
