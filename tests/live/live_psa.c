/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keys of PSA for tests, and the directory of persistent ones. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/live_psa.h"

const unsigned char live_psa_bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
const unsigned char live_psa_block[16] = {0x42};
unsigned char live_psa_cipher[16];

static char directory[] = "/tmp/mbedguard-psa-XXXXXX";
static char before[4096];

/* Mbed TLS keeps keys in files of the current directory. */
void live_psa_setup(void)
{
    psa_key_id_t key;
    size_t length;

    live_setup();
    ck_assert_ptr_nonnull(getcwd(before, sizeof(before)));
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_eq(chdir(directory), 0);
    ck_assert_int_eq(live_psa_import(0, &key), PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_cipher_encrypt(key, PSA_ALG_ECB_NO_PADDING, live_psa_block,
                                                  sizeof(live_psa_block), live_psa_cipher,
                                                  sizeof(live_psa_cipher), &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(mbedguard_psa_destroy_key(key), PSA_SUCCESS);
}

static void remove_directory(void)
{
    DIR *files = opendir(".");
    const struct dirent *file;

    ck_assert_ptr_nonnull(files);
    while ((file = readdir(files)) != NULL) {
        if (file->d_name[0] != '.')
            (void) unlink(file->d_name);
    }
    (void) closedir(files);
    ck_assert_int_eq(chdir(before), 0);
    ck_assert_int_eq(rmdir(directory), 0);
    strcpy(directory + sizeof(directory) - sizeof("XXXXXX"), "XXXXXX");
}

void live_psa_teardown(void)
{
    remove_directory();
    live_teardown();
}

TCase *live_psa_case(Suite *suite, const char *name)
{
    return live_case_with(suite, name, live_psa_setup, live_psa_teardown);
}

void live_psa_attributes(mbedguard_psa_key_attributes_t *attributes, psa_key_id_t id)
{
    memset(attributes, 0, sizeof(*attributes));
    mbedguard_psa_set_key_usage_flags(attributes, LIVE_PSA_USAGE);
    mbedguard_psa_set_key_algorithm(attributes, PSA_ALG_ECB_NO_PADDING);
    mbedguard_psa_set_key_type(attributes, PSA_KEY_TYPE_AES);
    mbedguard_psa_set_key_bits(attributes, 128);
    if (id != 0)
        mbedguard_psa_set_key_id(attributes, id);
}

psa_status_t live_psa_import(psa_key_id_t id, psa_key_id_t *key)
{
    mbedguard_psa_key_attributes_t attributes;

    live_psa_attributes(&attributes, id);
    return mbedguard_psa_import_key(&attributes, live_psa_bytes, sizeof(live_psa_bytes), key);
}

static psa_status_t import(psa_key_type_t type, psa_algorithm_t algorithm, psa_key_usage_t usage,
                           psa_key_id_t *key)
{
    mbedguard_psa_key_attributes_t attributes = MBEDGUARD_PSA_KEY_ATTRIBUTES_INIT;

    mbedguard_psa_set_key_usage_flags(&attributes, usage);
    mbedguard_psa_set_key_algorithm(&attributes, algorithm);
    mbedguard_psa_set_key_type(&attributes, type);
    if (!PSA_KEY_TYPE_IS_KEY_PAIR(type))
        return mbedguard_psa_import_key(&attributes, live_psa_bytes, sizeof(live_psa_bytes), key);
    mbedguard_psa_set_key_bits(&attributes, 256);
    return mbedguard_psa_generate_key(&attributes, key);
}

psa_status_t live_psa_import_secret(psa_key_id_t *key)
{
    return import(PSA_KEY_TYPE_DERIVE, PSA_ALG_HKDF(PSA_ALG_SHA_256), PSA_KEY_USAGE_DERIVE, key);
}

psa_status_t live_psa_import_hmac(psa_key_id_t *key)
{
    return import(PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_KEY_USAGE_SIGN_MESSAGE, key);
}

psa_status_t live_psa_generate_pair(psa_key_id_t *key)
{
    return import(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), PSA_ALG_ECDSA(PSA_ALG_SHA_256),
                  PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH, key);
}

psa_status_t live_psa_derive(mbedguard_psa_key_attributes_t *attributes, psa_key_id_t *key)
{
    mbedguard_psa_key_derivation_operation_t op = MBEDGUARD_PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_key_id_t secret;
    psa_status_t status, end;

    *key = 0;
    status = live_psa_import_secret(&secret);
    if (status != PSA_SUCCESS)
        return status;
    status = mbedguard_psa_key_derivation_setup(&op, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_key_derivation_input_key(&op, PSA_KEY_DERIVATION_INPUT_SECRET,
                                                        secret);
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_key_derivation_input_bytes(&op, PSA_KEY_DERIVATION_INPUT_INFO,
                                                          live_psa_block, 1);
    if (status == PSA_SUCCESS)
        status = mbedguard_psa_key_derivation_output_key(attributes, &op, key);
    end = mbedguard_psa_key_derivation_abort(&op);
    if (status == PSA_SUCCESS)
        status = end;
    end = mbedguard_psa_destroy_key(secret);
    return status == PSA_SUCCESS ? end : status;
}

psa_status_t live_psa_encrypt(psa_key_id_t key)
{
    unsigned char out[16] = {0};
    size_t length = 0;
    psa_status_t status =
        mbedguard_psa_cipher_encrypt(key, PSA_ALG_ECB_NO_PADDING, live_psa_block,
                                     sizeof(live_psa_block), out, sizeof(out), &length);

    if (status == PSA_SUCCESS &&
        (length != sizeof(out) || memcmp(out, live_psa_cipher, sizeof(out)) != 0))
        status = PSA_ERROR_CORRUPTION_DETECTED;
    return status;
}

bool live_psa_is_gone(psa_status_t status)
{
    return status == PSA_ERROR_INVALID_HANDLE || status == PSA_ERROR_DOES_NOT_EXIST;
}

/* Taken by volatile keys, and locked. */
static bool count(unsigned *volatile_slots, unsigned *locked)
{
    mbedtls_psa_stats_t stats;

    memset(&stats, 0, sizeof(stats));
    LIVE_EQ(mbedguard_psa_get_stats(&stats), 0);
#if LIVE_V3
    *volatile_slots = (unsigned) stats.MBEDTLS_PRIVATE(volatile_slots);
    *locked = (unsigned) stats.MBEDTLS_PRIVATE(locked_slots);
#else
    *volatile_slots = (unsigned) stats.volatile_slots;
    *locked = (unsigned) stats.locked_slots;
#endif
    return !live_failed();
}

unsigned live_psa_volatile_slots(void)
{
    unsigned volatile_slots, locked;

    (void) count(&volatile_slots, &locked);
    return volatile_slots;
}

void live_psa_assert_slots(unsigned expected)
{
    unsigned volatile_slots, locked;

    ck_assert(count(&volatile_slots, &locked));
    ck_assert_uint_eq(volatile_slots, expected);
    ck_assert_uint_eq(locked, 0);
}
