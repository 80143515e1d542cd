/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A copy is made as a program would make it: exported, imported, completed. mbedtls_rsa_copy() would
 * give it the blinding values of the original, and reads them while another thread writes them.
 */
#include <mbedtls/version.h>

#if defined(MBEDTLS_RSA_C) && MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "modules/rsa/rsa_copy.h"

#if defined(MBEDTLS_PRIVATE)
#define MEMBER(name) MBEDTLS_PRIVATE(name)
#else
#define MEMBER(name) name
#endif

#if !defined(MBEDTLS_RSA_ALT)

#define PARTS 5

static void init_parts(mbedtls_mpi *parts, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        mbedtls_mpi_init(&parts[i]);
    }
}

/* Wipes them, too. */
static void free_parts(mbedtls_mpi *parts, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        mbedtls_mpi_free(&parts[i]);
    }
}

static int carry_over(mbedtls_rsa_context *copy, const mbedtls_rsa_context *key)
{
    mbedtls_mpi part[PARTS];
    int ret;

    init_parts(part, PARTS);
    ret = mbedtls_rsa_export(key, &part[0], &part[1], &part[2], &part[3], &part[4]);
    if (ret == 0) {
        ret = mbedtls_rsa_import(copy, &part[0], &part[1], &part[2], &part[3], &part[4]);
    }
    if (ret == 0) {
        ret = mbedtls_rsa_complete(copy);
    }
    free_parts(part, PARTS);
    return ret;
}

/*
 * A key that was never completed, or has other values there than follow from its primes, fails in
 * Mbed TLS; its copy would not.
 */
static bool is_same_inside(const mbedtls_rsa_context *copy, const mbedtls_rsa_context *key)
{
    mbedtls_mpi part[6];
    bool same;

    init_parts(part, 6);
    same = mbedtls_rsa_export_crt(copy, &part[0], &part[1], &part[2]) == 0 &&
           mbedtls_rsa_export_crt(key, &part[3], &part[4], &part[5]) == 0 &&
           mbedtls_mpi_cmp_mpi(&part[0], &part[3]) == 0 &&
           mbedtls_mpi_cmp_mpi(&part[1], &part[4]) == 0 &&
           mbedtls_mpi_cmp_mpi(&part[2], &part[5]) == 0;
    free_parts(part, 6);
    return same && mbedtls_rsa_get_len(copy) == mbedtls_rsa_get_len(key);
}

static int set_padding(mbedtls_rsa_context *copy, const mbedtls_rsa_context *key)
{
    if (copy->MEMBER(padding) == key->MEMBER(padding) &&
        copy->MEMBER(hash_id) == key->MEMBER(hash_id)) {
        return 0;
    }
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    mbedtls_rsa_set_padding(copy, key->padding, key->hash_id);
    return 0;
#else
    return mbedtls_rsa_set_padding(copy, key->MEMBER(padding),
                                   (mbedtls_md_type_t) key->MEMBER(hash_id));
#endif
}

#endif

mbedguard_rsa_copy *mbedguard_rsa_copy_make(const mbedtls_rsa_context *key)
{
#if defined(MBEDTLS_RSA_ALT)
    (void) key;
    return NULL;
#else
    mbedguard_rsa_copy *copy = (mbedguard_rsa_copy *) mbedtls_calloc(1, sizeof *copy);

    if (copy == NULL) {
        return NULL;
    }
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    mbedtls_rsa_init(&copy->key, MBEDTLS_RSA_PKCS_V15, 0);
#else
    mbedtls_rsa_init(&copy->key);
#endif
    if (carry_over(&copy->key, key) != 0 || set_padding(&copy->key, key) != 0 ||
        !is_same_inside(&copy->key, key)) {
        mbedguard_rsa_copy_free(copy);
        return NULL;
    }
    return copy;
#endif
}

void mbedguard_rsa_copy_free(mbedguard_rsa_copy *copy)
{
    mbedtls_rsa_free(&copy->key);
    mbedtls_platform_zeroize(copy, sizeof *copy);
    mbedtls_free(copy);
}

#endif
