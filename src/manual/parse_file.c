/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keys, requests, revocation lists and groups from files: read with no guard held, and given to the
 * call-through that parses what is in memory.
 */
#include "manual/file.h"

#include <mbedguard/mbedguard.h>

#if defined(MBEDTLS_FS_IO)

#include <string.h>

#include "core/enter.h"

#define LOOK (MBEDGUARD_SHARED | MBEDGUARD_IN_CALLBACK)

/* What is wrong with the object is said before anything is read. */
static int look_at(mbedguard_guard *guard, unsigned rank, const char *path, const char *where)
{
    int ret;

    if (guard == NULL || path == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter(guard, LOOK | rank, where);
    if (ret != 0) {
        return ret;
    }
    return mbedguard_leave(guard, LOOK | rank) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

typedef int (*parser)(void *object, const mbedguard_file *file, const void *with);

static int load_and_parse(parser parse, void *object, const char *path, const void *with)
{
    const mbedguard_file_section section = mbedguard_file_begin();
    mbedguard_file file;
    int ret;

    ret = mbedguard_file_load(&file, path);
    if (ret == 0) {
        ret = parse(object, &file, with);
        mbedguard_file_free(&file);
    }
    mbedguard_file_end(&section);
    return ret;
}

#if defined(MBEDTLS_X509_CRL_PARSE_C)

static int parse_crl(void *object, const mbedguard_file *file, const void *with)
{
    (void) with;
    return mbedguard_x509_crl_parse(object, file->bytes, file->length);
}

int mbedguard_x509_crl_parse_file(mbedguard_x509_crl *chain, const char *path)
{
    const int ret = look_at(MBEDGUARD_GUARD_OF(chain), MBEDGUARD_RANK_CERT, path, __func__);

    return ret != 0 ? ret : load_and_parse(parse_crl, chain, path, NULL);
}

#endif

#if defined(MBEDTLS_X509_CSR_PARSE_C)

static int parse_csr(void *object, const mbedguard_file *file, const void *with)
{
    (void) with;
    return mbedguard_x509_csr_parse(object, file->bytes, file->length);
}

int mbedguard_x509_csr_parse_file(mbedguard_x509_csr *csr, const char *path)
{
    const int ret = look_at(MBEDGUARD_GUARD_OF(csr), MBEDGUARD_RANK_CERT, path, __func__);

    return ret != 0 ? ret : load_and_parse(parse_csr, csr, path, NULL);
}

#endif

#if defined(MBEDTLS_PK_PARSE_C)

/* A password of the program's, and in 3.x a generator. */
struct secret {
    const char *password;
#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000
    int (*f_rng)(void *, unsigned char *, size_t);
    void *p_rng;
#endif
};

static int parse_key(void *object, const mbedguard_file *file, const void *with)
{
    const struct secret *const secret = with;
    const size_t length = secret->password == NULL ? 0 : strlen(secret->password);

    return mbedguard_pk_parse_key(object, file->bytes, file->length,
                                  (const unsigned char *) secret->password, length
#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000
                                  ,
                                  secret->f_rng, secret->p_rng
#endif
    );
}

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x04000000
int mbedguard_pk_parse_keyfile(mbedguard_pk_context *ctx, const char *path, const char *password,
                               int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    const struct secret secret = {password, f_rng, p_rng};
#else
int mbedguard_pk_parse_keyfile(mbedguard_pk_context *ctx, const char *path, const char *password)
{
    const struct secret secret = {password};
#endif
    const int ret = look_at(MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_RANK_PK, path, __func__);

    return ret != 0 ? ret : load_and_parse(parse_key, ctx, path, &secret);
}

static int parse_public_key(void *object, const mbedguard_file *file, const void *with)
{
    (void) with;
    return mbedguard_pk_parse_public_key(object, file->bytes, file->length);
}

int mbedguard_pk_parse_public_keyfile(mbedguard_pk_context *ctx, const char *path)
{
    const int ret = look_at(MBEDGUARD_GUARD_OF(ctx), MBEDGUARD_RANK_PK, path, __func__);

    return ret != 0 ? ret : load_and_parse(parse_public_key, ctx, path, NULL);
}

#endif

#if defined(MBEDTLS_DHM_C) && defined(MBEDTLS_ASN1_PARSE_C)

static int parse_dhm(void *object, const mbedguard_file *file, const void *with)
{
    (void) with;
    return mbedguard_dhm_parse_dhm(object, file->bytes, file->length);
}

/* Mbed TLS has another loader here, with other words for the same. */
static int dhm_error(int ret)
{
    switch (ret) {
    case MBEDTLS_ERR_PK_FILE_IO_ERROR:
        return MBEDTLS_ERR_DHM_FILE_IO_ERROR;
    case MBEDTLS_ERR_PK_ALLOC_FAILED:
        return MBEDTLS_ERR_DHM_ALLOC_FAILED;
    default:
        return ret;
    }
}

int mbedguard_dhm_parse_dhmfile(mbedguard_dhm_context *dhm, const char *path)
{
    const int ret = look_at(MBEDGUARD_GUARD_OF(dhm), MBEDGUARD_RANK_KEY, path, __func__);

    return ret != 0 ? ret : dhm_error(load_and_parse(parse_dhm, dhm, path, NULL));
}

#endif

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_parse_file_is_empty;

#endif
