/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In 2.28 a key is generated with the store to oneself, and an RSA key takes seconds. Only its import
 * needs the store: what psa_generate_key() does before that is done here, by public functions, with
 * the attributes held and the generator taken for each draw. If anything fails, the call is made as
 * ever, and says what is wrong.
 */
#include "manual/psa_generate.h"

#if defined(MBEDTLS_PSA_CRYPTO_C)

#if MBEDTLS_VERSION_NUMBER < 0x03000000 && defined(MBEDTLS_THREADING_C) &&                         \
    defined(MBEDTLS_PSA_BUILTIN_KEY_TYPE_RSA_KEY_PAIR) && defined(MBEDTLS_GENPRIME) &&             \
    defined(MBEDTLS_PK_WRITE_C) && !defined(MBEDGUARD_THREADING_NONE)

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/rsa.h>

#include <mbedguard/psa_access.h>

#include "core/enter.h"
#include "manual/psa_files.h"
#include "manual/psa_keys.h"
#include "manual/psa_store.h"

#define ATTRIBUTES (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_OPERATION | MBEDGUARD_CALLS_OUT)
#define STORE      (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_CALLS_OUT)

static const char where[] = "mbedguard_psa_generate_key";

/* Below, psa_generate_key() itself is no slower than what else has the store to itself. */
#define SLOW_BITS 1024

/* What a call asks for that Mbed TLS refuses is not slow. */
static bool is_slow(const psa_key_attributes_t *attributes)
{
    const size_t bits = psa_get_key_bits(attributes);

    return psa_get_key_type(attributes) == PSA_KEY_TYPE_RSA_KEY_PAIR && bits >= SLOW_BITS &&
           bits <= PSA_VENDOR_RSA_MAX_KEY_BITS && bits % 8 == 0 &&
           PSA_KEY_LIFETIME_GET_LOCATION(psa_get_key_lifetime(attributes)) ==
               PSA_KEY_LOCATION_LOCAL_STORAGE;
}

/* The public exponent, in big-endian order in the attributes; 0 for what Mbed TLS refuses. */
static int exponent_of(const psa_key_attributes_t *attributes)
{
    uint8_t bytes[sizeof(uint32_t)];
    uint32_t exponent = 0;
    size_t length = 0;
    size_t i;

    if (psa_get_key_domain_parameters(attributes, bytes, sizeof bytes, &length) != PSA_SUCCESS) {
        return 0;
    }
    for (i = 0; i < length; i++) {
        exponent = exponent << 8 | bytes[i];
    }
    if (length == 0) {
        return 65537;
    }
    return exponent <= INT_MAX ? (int) exponent : 0;
}

/* The key as psa_import_key() takes it, at the end of the buffer; its length, or 0. */
static size_t generate(const psa_key_attributes_t *attributes, unsigned char *buffer, size_t size)
{
    const int exponent = exponent_of(attributes);
    mbedtls_pk_context pk;
    int ret;

    if (exponent == 0) {
        return 0;
    }
    mbedtls_pk_init(&pk);
    ret = mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
    if (ret == 0) {
        ret = mbedtls_rsa_gen_key(mbedtls_pk_rsa(pk), mbedguard_psa_get_random,
                                  MBEDTLS_PSA_RANDOM_STATE,
                                  (unsigned) psa_get_key_bits(attributes), exponent);
    }
    if (ret == 0) {
        ret = mbedtls_pk_write_key_der(&pk, buffer, size);
    }
    mbedtls_pk_free(&pk);
    return ret > 0 ? (size_t) ret : 0;
}

/* With all guards of the call held. */
static psa_status_t import_locked(const psa_key_attributes_t *attributes, const unsigned char *data,
                                  size_t length, mbedtls_svc_key_id_t *key)
{
    const bool is_file = mbedguard_psa_makes_file(attributes);
    psa_status_t status;

    *key = MBEDTLS_SVC_KEY_ID_INIT;
    if (mbedguard_psa_after_fork() != 0 || mbedguard_psa_files_lock(is_file) != 0) {
        return PSA_ERROR_SERVICE_FAILURE;
    }
    status = psa_import_key(attributes, data, length, key);
    mbedguard_psa_files_unlock(is_file);
    if (status == PSA_SUCCESS) {
        mbedguard_psa_key_made(attributes, *key);
    }
    return status;
}

/*
 * The attributes were let go of meanwhile, since the store may come before them. If another thread
 * has changed them, the key is not theirs: false.
 */
static bool import(const mbedguard_psa_key_attributes_t *attributes,
                   const psa_key_attributes_t *before, const unsigned char *data, size_t length,
                   mbedtls_svc_key_id_t *key, psa_status_t *status)
{
    mbedguard_want set[2] = {{MBEDGUARD_GUARD_OF(attributes), ATTRIBUTES},
                             {&mbedguard_psa_store, STORE}};
    bool same;

    if (mbedguard_enter_set(set, 2, where) != 0) {
        return false;
    }
    same = memcmp(before, &attributes->unguarded, sizeof *before) == 0;
    if (same) {
        *status = import_locked(&attributes->unguarded, data, length, key);
    }
    if (mbedguard_leave_set(set, 2) != 0 && same && *status == PSA_SUCCESS) {
        *status = PSA_ERROR_SERVICE_FAILURE;
    }
    return same;
}

/* A key of its own in *buffer, which is the caller's: its length, or 0. */
static size_t generate_locked(const psa_key_attributes_t *attributes, unsigned char **buffer,
                              size_t size)
{
    if (!is_slow(attributes)) {
        return 0;
    }
    *buffer = malloc(size);
    return *buffer != NULL ? generate(attributes, *buffer, size) : 0;
}

bool mbedguard_psa_generate_apart(const mbedguard_psa_key_attributes_t *attributes,
                                  mbedtls_svc_key_id_t *key, psa_status_t *status)
{
    const size_t size = PSA_EXPORT_KEY_OUTPUT_SIZE(PSA_KEY_TYPE_RSA_KEY_PAIR,
                                                   PSA_VENDOR_RSA_MAX_KEY_BITS);
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(attributes);
    psa_key_attributes_t before;
    unsigned char *buffer = NULL;
    size_t length;
    bool done = false;

    if (key == NULL || mbedguard_enter(guard, ATTRIBUTES, where) != 0) {
        return false;
    }
    memcpy(&before, &attributes->unguarded, sizeof before);
    length = generate_locked(&before, &buffer, size);
    if (mbedguard_leave(guard, ATTRIBUTES) == 0 && length != 0) {
        done = import(attributes, &before, buffer + size - length, length, key, status);
    }
    if (buffer != NULL) {
        mbedtls_platform_zeroize(buffer, size);
        free(buffer);
    }
    return done;
}

#else

bool mbedguard_psa_generate_apart(const mbedguard_psa_key_attributes_t *attributes,
                                  mbedtls_svc_key_id_t *key, psa_status_t *status)
{
    (void) attributes;
    (void) key;
    (void) status;
    return false;
}

#endif

#endif /* MBEDTLS_PSA_CRYPTO_C */
