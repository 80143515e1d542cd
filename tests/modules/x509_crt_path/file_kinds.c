/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Kinds of files. Macros stand for what is the same for all but the type. */
#include "modules/x509_crt_path/file_kinds.h"

#include <stdio.h>
#include <string.h>

#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#if defined(MBEDTLS_DHM_C)
#include <mbedtls/dhm.h>
#endif
#if defined(MBEDTLS_X509_CRL_PARSE_C)
#include <mbedtls/x509_crl.h>
#endif
#include <mbedtls/x509_csr.h>

#if LIVE_V3
#define INSIDE(object, name) (object)->MBEDTLS_PRIVATE(name)
#define RANDOM               , mbedguard_ctr_drbg_random, &live_drbg
#else
#define INSIDE(object, name) (object)->name
#define RANDOM
#endif

const char file_closed_key[] = "-----BEGIN EC PRIVATE KEY-----\n"
                               "Proc-Type: 4,ENCRYPTED\n"
                               "DEK-Info: AES-128-CBC,0687B255A53FD911124192645E887C56\n"
                               "\n"
                               "mCz2RwlZyKmTRvkbLCAuiVKlH0rUGaPoVrpfbo7YH1jOYBSuq23y2wXafmDRsTd7\n"
                               "V1AUEsLPGj1l8GDvIR5pKcgX0f+v1cri1AASA7Gd2vhlRjZYdC8cNap7hClzCt+e\n"
                               "jWt1bvInxkV1ZjjV1hy6W9UICGpAxWglQZqeGcdqMnM=\n"
                               "-----END EC PRIVATE KEY-----\n";

/*
 * What is the same for all kinds but the type: the object is the member `member`, whose functions begin with
 * `prefix`.
 */
#define KIND_CALLS(kind, member, prefix)                                                           \
    static int kind##_init(union file_object *object)                                              \
    {                                                                                              \
        return mbedguard_##prefix##_init(&object->member);                                         \
    }                                                                                              \
                                                                                                   \
    static int kind##_free(union file_object *object)                                              \
    {                                                                                              \
        return mbedguard_##prefix##_free(&object->member);                                         \
    }                                                                                              \
                                                                                                   \
    static mbedguard_guard *kind##_guard(union file_object *object)                                \
    {                                                                                              \
        return &object->member.guard;                                                              \
    }                                                                                              \
                                                                                                   \
    static int kind##_lock(union file_object *object)                                              \
    {                                                                                              \
        return mbedguard_lock(&object->member);                                                    \
    }                                                                                              \
                                                                                                   \
    static int kind##_unlock(union file_object *object)                                            \
    {                                                                                              \
        return mbedguard_unlock(&object->member);                                                  \
    }                                                                                              \
                                                                                                   \
    static int kind##_use(union file_object *object)                                               \
    {                                                                                              \
        const int ret = mbedguard_trylock(&object->member);                                        \
                                                                                                   \
        return ret != 0 ? ret : mbedguard_unlock(&object->member);                                 \
    }

/* And how its bytes are had from either object: by kind##_bytes(). */
#define KIND_DUMP(kind, member, raw_type)                                                          \
    static void kind##_dump(union file_object *object, unsigned char *out, size_t *length)         \
    {                                                                                              \
        raw_type *raw = NULL;                                                                      \
                                                                                                   \
        LIVE_EQ(mbedguard_borrow(&object->member, &raw), 0);                                       \
        *length = kind##_bytes(raw, out);                                                          \
        LIVE_EQ(mbedguard_unlock(&object->member), 0);                                             \
    }

/* A row of the table. */
#define KIND(kind, label, module)                                                                  \
    {                                                                                              \
        label, kind##_write, MBEDTLS_ERR_##module##_FILE_IO_ERROR,                                 \
            MBEDTLS_ERR_##module##_ALLOC_FAILED, kind##_init, kind##_free, kind##_parse,           \
            kind##_guard, kind##_use, kind##_lock, kind##_unlock, kind##_dump, kind##_parse_raw,   \
            "", {0}, 0                                                                             \
    }

/* What Mbed TLS wrote to the end of a buffer of FILE_DUMP bytes; nothing if that is an error. */
static size_t move_to_front(unsigned char *buffer, int length)
{
    if (length <= 0)
        return 0;
    memmove(buffer, buffer + FILE_DUMP - (size_t) length, (size_t) length);
    return (size_t) length;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static void make_key(mbedtls_pk_context *key)
{
    size_t length;
    const unsigned char *const der = live_key_der(0, &length);

    mbedtls_pk_init(key);
    ck_assert_int_eq(mbedtls_pk_parse_key(key, der, length, NULL, 0 RANDOM), 0);
}

static size_t private_bytes(mbedtls_pk_context *key, unsigned char *out)
{
    if (mbedtls_pk_get_type(key) == MBEDTLS_PK_NONE)
        return 0;
    return move_to_front(out, mbedtls_pk_write_key_der(key, out, FILE_DUMP));
}

static size_t public_bytes(mbedtls_pk_context *key, unsigned char *out)
{
    if (mbedtls_pk_get_type(key) == MBEDTLS_PK_NONE)
        return 0;
    return move_to_front(out, mbedtls_pk_write_pubkey_der(key, out, FILE_DUMP));
}

KIND_CALLS(private, pk, pk)
KIND_DUMP(private, pk, mbedtls_pk_context)

static size_t private_write(unsigned char *der)
{
    size_t length;
    const unsigned char *const key = live_key_der(0, &length);

    ck_assert_uint_le(length, FILE_DUMP);
    memcpy(der, key, length);
    return length;
}

static int private_parse(union file_object *object, const char *path, const char *password)
{
    return mbedguard_pk_parse_keyfile(object == NULL ? NULL : &object->pk, path, password RANDOM);
}

static int private_parse_raw(const char *path, const char *password, unsigned char *out,
                             size_t *length)
{
    mbedtls_pk_context key;
    int ret;

    mbedtls_pk_init(&key);
    ret = mbedtls_pk_parse_keyfile(&key, path, password RANDOM);
    *length = private_bytes(&key, out);
    mbedtls_pk_free(&key);
    return ret;
}

KIND_CALLS(public, pk, pk)
KIND_DUMP(public, pk, mbedtls_pk_context)

static size_t public_write(unsigned char *der)
{
    mbedtls_pk_context key;
    size_t length;

    make_key(&key);
    length = public_bytes(&key, der);
    mbedtls_pk_free(&key);
    return length;
}

static int public_parse(union file_object *object, const char *path, const char *password)
{
    (void) password;
    return mbedguard_pk_parse_public_keyfile(object == NULL ? NULL : &object->pk, path);
}

static int public_parse_raw(const char *path, const char *password, unsigned char *out,
                            size_t *length)
{
    mbedtls_pk_context key;
    int ret;

    (void) password;
    mbedtls_pk_init(&key);
    ret = mbedtls_pk_parse_public_keyfile(&key, path);
    *length = public_bytes(&key, out);
    mbedtls_pk_free(&key);
    return ret;
}

/* ---- Requests -------------------------------------------------------------------------------- */

#if defined(MBEDTLS_X509_CSR_PARSE_C) && defined(MBEDTLS_X509_CSR_WRITE_C)
#define HAVE_CSR 1

static size_t csr_bytes(const mbedtls_x509_csr *csr, unsigned char *out)
{
    if (csr->raw.len <= FILE_DUMP && csr->raw.len != 0)
        memcpy(out, csr->raw.p, csr->raw.len);
    return csr->raw.len;
}

KIND_CALLS(csr, csr, x509_csr)
KIND_DUMP(csr, csr, mbedtls_x509_csr)

static size_t csr_write(unsigned char *der)
{
    mbedtls_x509write_csr writer;
    mbedtls_pk_context key;
    size_t length;

    make_key(&key);
    mbedtls_x509write_csr_init(&writer);
    mbedtls_x509write_csr_set_md_alg(&writer, MBEDTLS_MD_SHA256);
    mbedtls_x509write_csr_set_key(&writer, &key);
    ck_assert_int_eq(mbedtls_x509write_csr_set_subject_name(&writer, "CN=asks"), 0);
    length = move_to_front(der, mbedtls_x509write_csr_der(&writer, der, FILE_DUMP,
                                                          mbedguard_ctr_drbg_random, &live_drbg));
    mbedtls_x509write_csr_free(&writer);
    mbedtls_pk_free(&key);
    return length;
}

static int csr_parse(union file_object *object, const char *path, const char *password)
{
    (void) password;
    return mbedguard_x509_csr_parse_file(object == NULL ? NULL : &object->csr, path);
}

static int csr_parse_raw(const char *path, const char *password, unsigned char *out, size_t *length)
{
    mbedtls_x509_csr csr;
    int ret;

    (void) password;
    mbedtls_x509_csr_init(&csr);
    ret = mbedtls_x509_csr_parse_file(&csr, path);
    *length = csr_bytes(&csr, out);
    mbedtls_x509_csr_free(&csr);
    return ret;
}

#endif

/* ---- Revocation lists ------------------------------------------------------------------------ */

#if defined(MBEDTLS_X509_CRL_PARSE_C)

static size_t crl_bytes(const mbedtls_x509_crl *crl, unsigned char *out)
{
    if (crl->raw.len <= FILE_DUMP && crl->raw.len != 0)
        memcpy(out, crl->raw.p, crl->raw.len);
    return crl->raw.len;
}

KIND_CALLS(crl, crl, x509_crl)
KIND_DUMP(crl, crl, mbedtls_x509_crl)

static size_t crl_write(unsigned char *der)
{
    size_t length = 0;

    ck_assert_int_eq(live_revoke(7, der, &length), 0);
    return length;
}

static int crl_parse(union file_object *object, const char *path, const char *password)
{
    (void) password;
    return mbedguard_x509_crl_parse_file(object == NULL ? NULL : &object->crl, path);
}

static int crl_parse_raw(const char *path, const char *password, unsigned char *out, size_t *length)
{
    mbedtls_x509_crl crl;
    int ret;

    (void) password;
    mbedtls_x509_crl_init(&crl);
    ret = mbedtls_x509_crl_parse_file(&crl, path);
    *length = crl_bytes(&crl, out);
    mbedtls_x509_crl_free(&crl);
    return ret;
}

#endif

/* ---- Groups ---------------------------------------------------------------------------------- */

#if defined(MBEDTLS_DHM_C)

static size_t dhm_bytes(const mbedtls_dhm_context *dhm, unsigned char *out)
{
    const size_t length = mbedtls_mpi_size(&INSIDE(dhm, P));

    return mbedtls_mpi_write_binary(&INSIDE(dhm, P), out, length) == 0 ? length : 0;
}

KIND_CALLS(dhm, dhm, dhm)
KIND_DUMP(dhm, dhm, mbedtls_dhm_context)

/* Nobody asks whether it is a prime. */
static size_t dhm_write(unsigned char *der)
{
    unsigned char modulus[128], numbers[256];
    size_t length;

    memset(modulus, 0x5B, sizeof(modulus));
    length = live_der(numbers, 0x02, modulus, sizeof(modulus));
    length += live_der(numbers + length, 0x02, (const unsigned char *) "\2", 1);
    return live_der(der, 0x30, numbers, length);
}

static int dhm_parse(union file_object *object, const char *path, const char *password)
{
    (void) password;
    return mbedguard_dhm_parse_dhmfile(object == NULL ? NULL : &object->dhm, path);
}

static int dhm_parse_raw(const char *path, const char *password, unsigned char *out, size_t *length)
{
    mbedtls_dhm_context dhm;
    int ret;

    (void) password;
    mbedtls_dhm_init(&dhm);
    ret = mbedtls_dhm_parse_dhmfile(&dhm, path);
    *length = dhm_bytes(&dhm, out);
    mbedtls_dhm_free(&dhm);
    return ret;
}

#endif

/* ---- All ------------------------------------------------------------------------------------- */

struct file_kind file_kinds[] = {
    KIND(private, "EC PRIVATE KEY", PK),
    KIND(public, "PUBLIC KEY", PK),
#if defined(HAVE_CSR)
    KIND(csr, "CERTIFICATE REQUEST", PK),
#endif
#if defined(MBEDTLS_X509_CRL_PARSE_C)
    KIND(crl, "X509 CRL", PK),
#endif
#if defined(MBEDTLS_DHM_C)
    KIND(dhm, "DH PARAMETERS", DHM),
#endif
};
const unsigned file_kinds_count = sizeof(file_kinds) / sizeof(file_kinds[0]);

void file_kinds_make(void)
{
    unsigned i;

    for (i = 0; i < file_kinds_count; i++) {
        struct file_kind *const kind = &file_kinds[i];
        char header[64], footer[64];
        size_t used;

        kind->der_length = kind->write(kind->der);
        ck_assert_uint_gt(kind->der_length, 0);
        (void) snprintf(header, sizeof(header), "-----BEGIN %s-----\n", kind->label);
        (void) snprintf(footer, sizeof(footer), "-----END %s-----\n", kind->label);
        ck_assert_int_eq(mbedtls_pem_write_buffer(header, footer, kind->der, kind->der_length,
                                                  (unsigned char *) kind->good, FILE_TEXT, &used),
                         0);
    }
}
