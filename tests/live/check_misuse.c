/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Objects as real programs have them: zeroed and never initialised, freed before init, freed
 * twice, used after free; and as no program should: NULL and rubbish. For many types, by the same
 * steps.
 */
#include <stdlib.h>
#include <string.h>

#include "live/live.h"

/* Stem, type, and whether init takes the object alone. */
#define TYPES_OF_ALL_VERSIONS(X)                                                                   \
    X(aes, mbedguard_aes_context)                                                                  \
    X(camellia, mbedguard_camellia_context)                                                        \
    X(ccm, mbedguard_ccm_context)                                                                  \
    X(chacha20, mbedguard_chacha20_context)                                                        \
    X(chachapoly, mbedguard_chachapoly_context)                                                    \
    X(cipher, mbedguard_cipher_context_t)                                                          \
    X(ctr_drbg, mbedguard_ctr_drbg_context)                                                        \
    X(des, mbedguard_des_context)                                                                  \
    X(dhm, mbedguard_dhm_context)                                                                  \
    X(ecdh, mbedguard_ecdh_context)                                                                \
    X(ecdsa, mbedguard_ecdsa_context)                                                              \
    X(ecp_group, mbedguard_ecp_group)                                                              \
    X(ecp_keypair, mbedguard_ecp_keypair)                                                          \
    X(ecp_point, mbedguard_ecp_point)                                                              \
    X(entropy, mbedguard_entropy_context)                                                          \
    X(gcm, mbedguard_gcm_context)                                                                  \
    X(hmac_drbg, mbedguard_hmac_drbg_context)                                                      \
    X(md, mbedguard_md_context_t)                                                                  \
    X(md5, mbedguard_md5_context)                                                                  \
    X(mpi, mbedguard_mpi)                                                                          \
    X(pem, mbedguard_pem_context)                                                                  \
    X(pk, mbedguard_pk_context)                                                                    \
    X(poly1305, mbedguard_poly1305_context)                                                        \
    X(ripemd160, mbedguard_ripemd160_context)                                                      \
    X(sha1, mbedguard_sha1_context)                                                                \
    X(sha256, mbedguard_sha256_context)                                                            \
    X(sha512, mbedguard_sha512_context)                                                            \
    X(ssl, mbedguard_ssl_context)                                                                  \
    X(ssl_cache, mbedguard_ssl_cache_context)                                                      \
    X(ssl_config, mbedguard_ssl_config)                                                            \
    X(ssl_cookie, mbedguard_ssl_cookie_ctx)                                                        \
    X(ssl_session, mbedguard_ssl_session)                                                          \
    X(ssl_ticket, mbedguard_ssl_ticket_context)                                                    \
    X(x509_crl, mbedguard_x509_crl)                                                                \
    X(x509_crt, mbedguard_x509_crt)                                                                \
    X(x509_csr, mbedguard_x509_csr)                                                                \
    X(x509write_crt, mbedguard_x509write_cert)                                                     \
    X(x509write_csr, mbedguard_x509write_csr)

#if LIVE_V3
#define TYPES(X) TYPES_OF_ALL_VERSIONS(X) X(rsa, mbedguard_rsa_context)
#else
#define TYPES(X)                                                                                   \
    TYPES_OF_ALL_VERSIONS(X)                                                                       \
    X(arc4, mbedguard_arc4_context)                                                                \
    X(blowfish, mbedguard_blowfish_context)                                                        \
    X(md2, mbedguard_md2_context)                                                                  \
    X(md4, mbedguard_md4_context)
#endif

/* Functions of one type behind one signature; the casts are the wrappers' own. */
#define WRAP(stem, type)                                                                           \
    static int stem##_init(void *object)                                                           \
    {                                                                                              \
        return mbedguard_##stem##_init((type *) object);                                           \
    }                                                                                              \
    static int stem##_free(void *object)                                                           \
    {                                                                                              \
        return mbedguard_##stem##_free((type *) object);                                           \
    }                                                                                              \
    static int stem##_lock(void *object)                                                           \
    {                                                                                              \
        return mbedguard_lock((type *) object);                                                    \
    }                                                                                              \
    static int stem##_unlock(void *object)                                                         \
    {                                                                                              \
        return mbedguard_unlock((type *) object);                                                  \
    }                                                                                              \
    static void *stem##_new(void)                                                                  \
    {                                                                                              \
        return mbedguard_##stem##_new();                                                           \
    }                                                                                              \
    static int stem##_ref(void *object)                                                            \
    {                                                                                              \
        return mbedguard_##stem##_ref((type *) object);                                            \
    }

TYPES(WRAP)

struct kind {
    const char *name;
    size_t size;
    int (*init)(void *object);
    int (*free)(void *object);
    int (*lock)(void *object);
    int (*unlock)(void *object);
    void *(*new)(void);
    int (*ref)(void *object);
};

#define ROW(stem, type)                                                                            \
    {#stem,       sizeof(type),  stem##_init, stem##_free,                                         \
     stem##_lock, stem##_unlock, stem##_new,  stem##_ref},

static const struct kind kinds[] = {TYPES(ROW)};

#define KINDS (int) (sizeof(kinds) / sizeof(kinds[0]))

#define EXPECT(call, expected)                                                                     \
    ck_assert_msg((got = (call)) == (expected), "%s: %s is %d (-0x%X), expected %d", k->name,      \
                  #call, got, (unsigned) -got, (expected))

/* Storage that is neither zeroed nor new. */
static void *storage_of(const struct kind *k, int fill)
{
    void *object = malloc(k->size);

    ck_assert_ptr_nonnull(object);
    memset(object, fill, k->size);
    return object;
}

START_TEST(zeroed)
{
    const struct kind *k = &kinds[_i];
    void *object = storage_of(k, 0);
    int got;

    EXPECT(k->free(object), 0);
    EXPECT(k->free(object), 0);
    memset(object, 0, k->size);
    EXPECT(k->lock(object), 0);
    EXPECT(k->unlock(object), 0);
    EXPECT(k->free(object), 0);
    EXPECT(k->lock(object), 0);
    EXPECT(k->unlock(object), 0);
    EXPECT(k->init(object), 0);
    EXPECT(k->free(object), 0);
    free(object);
}
END_TEST

START_TEST(freed_and_used_again)
{
    const struct kind *k = &kinds[_i];
    void *object = storage_of(k, 0xA5);
    int got;

    EXPECT(k->init(object), 0);
    EXPECT(k->lock(object), 0);
    EXPECT(k->unlock(object), 0);
    EXPECT(k->free(object), 0);
    EXPECT(k->free(object), 0);
    EXPECT(k->lock(object), 0);
    EXPECT(k->unlock(object), 0);
    EXPECT(k->init(object), 0);
    EXPECT(k->init(object), 0);
    EXPECT(k->free(object), 0);
    EXPECT(k->free(object), 0);
    free(object);
}
END_TEST

START_TEST(rubbish)
{
    const struct kind *k = &kinds[_i];
    unsigned char *object = storage_of(k, 0xA5);
    size_t i;
    int got;

    EXPECT(k->free(object), MBEDGUARD_ERR_NOT_INITIALIZED);
    EXPECT(k->lock(object), MBEDGUARD_ERR_NOT_INITIALIZED);
    got = k->unlock(object);
    ck_assert_msg(got == MBEDGUARD_ERR_NOT_INITIALIZED || got == MBEDGUARD_ERR_NOT_LOCKED,
                  "%s: unlock is %d", k->name, got);
    /* And it was left as it was. */
    for (i = 0; i < k->size; i++)
        ck_assert_msg(object[i] == 0xA5, "%s: byte %u was written", k->name, (unsigned) i);
    free(object);
}
END_TEST

START_TEST(absent)
{
    const struct kind *k = &kinds[_i];
    int got;

    EXPECT(k->free(NULL), 0);
    EXPECT(k->init(NULL), MBEDGUARD_ERR_BAD_INPUT);
    EXPECT(k->ref(NULL), MBEDGUARD_ERR_BAD_INPUT);
    EXPECT(k->lock(NULL), MBEDGUARD_ERR_BAD_INPUT);
    EXPECT(k->unlock(NULL), MBEDGUARD_ERR_BAD_INPUT);
}
END_TEST

START_TEST(counted)
{
    const struct kind *k = &kinds[_i];
    void *object = k->new ();
    void *other = storage_of(k, 0);
    int got;

    ck_assert_ptr_nonnull(object);
    EXPECT(k->lock(object), 0);
    EXPECT(k->unlock(object), 0);
    EXPECT(k->ref(object), 0);
    EXPECT(k->ref(object), 0);
    EXPECT(k->free(object), 0);
    EXPECT(k->free(object), 0);
    EXPECT(k->lock(object), 0);
    EXPECT(k->unlock(object), 0);
    EXPECT(k->free(object), 0);
    /* An object in the caller's storage is not counted. */
    EXPECT(k->init(other), 0);
    ck_assert_msg(k->ref(other) != 0, "%s: ref of an object that is not counted", k->name);
    EXPECT(k->free(other), 0);
    free(other);
}
END_TEST

/* A program that keeps no copy of the object's address may copy the object: the guard tells. */
START_TEST(moved)
{
    const struct kind *k = &kinds[_i];
    unsigned char *object = storage_of(k, 0xA5), *elsewhere = storage_of(k, 0xA5);
    int got;

    EXPECT(k->init(object), 0);
    memcpy(elsewhere, object, k->size);
    got = k->lock(elsewhere);
    ck_assert_msg(got == 0 || got == MBEDGUARD_ERR_NOT_INITIALIZED, "%s: lock is %d", k->name, got);
    if (got == 0)
        EXPECT(k->unlock(elsewhere), 0);
    EXPECT(k->free(object), 0);
    free(elsewhere);
    free(object);
}
END_TEST

/* ---- What a call that could not be made returns ---------------------------------------------- */

START_TEST(failure_values)
{
    static mbedguard_x509_crt crt;
    static mbedguard_ssl_context ssl;
    static mbedguard_pk_context pk;
    static mbedguard_md_context_t md;
    static mbedguard_cipher_context_t cipher;
    uint32_t flags = 0;
    unsigned char byte = 0;

    memset(&crt, 0xA5, sizeof(crt));
    memset(&ssl, 0xA5, sizeof(ssl));
    memset(&pk, 0xA5, sizeof(pk));
    memset(&md, 0xA5, sizeof(md));
    memset(&cipher, 0xA5, sizeof(cipher));
    /* No verification that could not run looks like one that passed. */
    ck_assert_int_eq(mbedguard_x509_crt_verify(&crt, &crt, NULL, NULL, &flags, NULL, NULL),
                     MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_uint_eq(flags, 0xFFFFFFFFu);
    flags = 0;
    ck_assert_int_eq(mbedguard_x509_crt_verify(NULL, NULL, NULL, NULL, &flags, NULL, NULL),
                     MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_uint_eq(flags, 0xFFFFFFFFu);
    ck_assert_uint_eq(mbedguard_ssl_get_verify_result(&ssl), 0xFFFFFFFFu);
    ck_assert_int_eq(mbedguard_ssl_handshake(&ssl), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_ssl_read(&ssl, &byte, 1), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_ssl_write(&ssl, &byte, 1), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_ssl_close_notify(NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_uint_eq(mbedguard_ssl_get_bytes_avail(&ssl), 0);
    ck_assert_ptr_null(mbedguard_ssl_get_peer_cert(&ssl));
    ck_assert_ptr_null(mbedguard_ssl_get_version(&ssl));
    ck_assert_int_eq(mbedguard_pk_can_do(&pk, MBEDTLS_PK_RSA), 0);
    ck_assert_uint_eq(mbedguard_pk_get_bitlen(&pk), 0);
    ck_assert_int_eq(mbedguard_pk_get_type(&pk), MBEDTLS_PK_NONE);
    ck_assert_int_eq(mbedguard_pk_verify(&pk, MBEDTLS_MD_SHA256, &byte, 1, &byte, 1),
                     MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_md_starts(&md), MBEDGUARD_ERR_NOT_INITIALIZED);
    ck_assert_int_eq(mbedguard_cipher_get_iv_size(&cipher), 0);
}
END_TEST

/* Without a guard the result of Mbed TLS is what counts: zeroes are an object of theirs. */
START_TEST(zeroes_work)
{
    static mbedguard_mpi x, y;
    static mbedguard_md_context_t md;
    static mbedguard_ssl_session session;
    unsigned char digest[32];

    ck_assert_int_eq(mbedguard_mpi_lset(&x, 20), 0);
    ck_assert_int_eq(mbedguard_mpi_add_int(&y, &x, 1), 0);
    ck_assert_int_eq(mbedguard_mpi_cmp_int(&y, 21), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&x), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&y), 0);
    ck_assert_int_eq(mbedguard_mpi_lset(&x, 20), 0);
    ck_assert_int_eq(mbedguard_mpi_free(&x), 0);
    ck_assert_int_eq(mbedguard_md_starts(&md), MBEDTLS_ERR_MD_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_md_finish(&md, digest), MBEDTLS_ERR_MD_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_md_free(&md), 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&session), 0);
}
END_TEST

/* Mbed TLS would follow a NULL pointer: to the configuration, or to what a handshake has. */
static void ask_what_is_not_set_up(mbedguard_ssl_context *ssl)
{
    unsigned char bytes[64] = {0};

    ck_assert_int_eq(mbedguard_ssl_check_pending(ssl), 0);
    ck_assert_ptr_null(mbedguard_ssl_get_version(ssl));
    ck_assert_int_eq(mbedguard_ssl_get_max_out_record_payload(ssl), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH) && !LIVE_V3
    ck_assert_uint_eq(mbedguard_ssl_get_output_max_frag_len(ssl), 0);
    ck_assert_uint_eq(mbedguard_ssl_get_input_max_frag_len(ssl), 0);
#endif
    ck_assert_int_eq(mbedguard_ssl_check_record(ssl, bytes, sizeof bytes),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
#if defined(MBEDTLS_SSL_DTLS_HELLO_VERIFY)
    ck_assert_int_eq(mbedguard_ssl_set_client_transport_id(ssl, bytes, 4),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
#endif
#if defined(MBEDTLS_SSL_DTLS_SRTP)
    ck_assert_int_eq(mbedguard_ssl_dtls_srtp_set_mki_value(ssl, bytes, 4),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
#endif
#if defined(MBEDTLS_SSL_CONTEXT_SERIALIZATION)
    ck_assert_int_eq(mbedguard_ssl_context_load(ssl, bytes, sizeof bytes),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
#endif
}

static void change_what_shakes_no_hands(mbedguard_ssl_context *ssl)
{
    static mbedguard_x509_crt crt;
    static mbedguard_pk_context key;

    ck_assert_int_eq(mbedguard_ssl_set_hs_own_cert(ssl, &crt, &key), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_set_hs_ca_chain(ssl, &crt, NULL), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_set_hs_authmode(ssl, MBEDTLS_SSL_VERIFY_NONE),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
}

START_TEST(connections)
{
    static mbedguard_ssl_context ssl;
    static mbedguard_ssl_config client, server;
    static struct live_pair pair;

    ask_what_is_not_set_up(&ssl);
    change_what_shakes_no_hands(&ssl);
    ck_assert_int_eq(mbedguard_ssl_init(&ssl), 0);
    ask_what_is_not_set_up(&ssl);
    change_what_shakes_no_hands(&ssl);

    ck_assert_int_eq(live_config(&client, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server, MBEDTLS_SSL_IS_SERVER, false), 0);
    ck_assert_int_eq(live_pair_setup(&pair, &client, &server, NULL), 0);
    ck_assert_int_eq(mbedguard_ssl_set_hs_authmode(&pair.client, MBEDTLS_SSL_VERIFY_NONE), 0);
    live_pair_free(&pair);
    ask_what_is_not_set_up(&pair.client);
    change_what_shakes_no_hands(&pair.client);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&server), 0);
}
END_TEST

/* The same with keys and generators: of the kind that threads share. */
START_TEST(keys_and_generators)
{
    static mbedguard_aes_context aes;
    static mbedguard_cipher_context_t cipher;
    static mbedguard_ctr_drbg_context ctr_drbg;
    static mbedguard_hmac_drbg_context hmac_drbg;
    static mbedguard_ssl_ticket_context tickets;
    static mbedguard_ssl_session session;
    unsigned char in[64] = {0}, out[64], block[16] = {0};
    size_t length = 0;
    uint32_t lifetime = 0;
    int ret;

    ck_assert_int_eq(mbedguard_aes_crypt_ecb(&aes, MBEDTLS_AES_ENCRYPT, in, out),
                     MBEDTLS_ERR_AES_BAD_INPUT_DATA);
#if defined(MBEDTLS_CIPHER_MODE_CBC)
    ck_assert_int_eq(mbedguard_aes_crypt_cbc(&aes, MBEDTLS_AES_ENCRYPT, 32, block, in, out),
                     MBEDTLS_ERR_AES_BAD_INPUT_DATA);
#endif
#if defined(MBEDTLS_CIPHER_MODE_CTR)
    ck_assert_int_eq(mbedguard_aes_crypt_ctr(&aes, 32, &length, block, block, in, out),
                     MBEDTLS_ERR_AES_BAD_INPUT_DATA);
#endif
#if defined(MBEDTLS_CIPHER_MODE_XTS)
    {
        static mbedguard_aes_xts_context xts;

        ck_assert_int_eq(mbedguard_aes_crypt_xts(&xts, MBEDTLS_AES_ENCRYPT, 32, block, in, out),
                         MBEDTLS_ERR_AES_BAD_INPUT_DATA);
    }
#endif
    ck_assert_int_eq(mbedguard_cipher_auth_encrypt_ext(&cipher, block, 12, NULL, 0, in, 16, out,
                                                       sizeof out, &length, 16),
                     MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ctr_drbg_random(&ctr_drbg, out, sizeof out),
                     MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED);
    ck_assert_int_eq(mbedguard_ctr_drbg_reseed(&ctr_drbg, NULL, 0),
                     MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED);
#if LIVE_V3
    ret = mbedguard_ctr_drbg_update(&ctr_drbg, in, sizeof in);
#else
    ret = mbedguard_ctr_drbg_update_ret(&ctr_drbg, in, sizeof in);
#endif
    ck_assert_int_eq(ret, MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED);
    ck_assert_int_eq(mbedguard_hmac_drbg_reseed(&hmac_drbg, NULL, 0),
                     MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED);
    ck_assert_int_eq(mbedguard_ssl_ticket_write(&tickets, &session, out, out + sizeof out, &length,
                                                &lifetime),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    ck_assert_int_eq(mbedguard_ssl_ticket_parse(&tickets, &session, in, sizeof in),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
}
END_TEST

START_TEST(words)
{
    char text[64];
    char little[4];

    ck_assert_int_eq(mbedguard_strerror(MBEDGUARD_ERR_CLOSED, text, sizeof text), 0);
    ck_assert_str_eq(text, mbedguard_error_string(MBEDGUARD_ERR_CLOSED));
    ck_assert_str_eq(mbedguard_high_level_strerr(MBEDGUARD_ERR_ORDER),
                     mbedguard_error_string(MBEDGUARD_ERR_ORDER));
    ck_assert_int_eq(mbedguard_strerror(MBEDGUARD_ERR_CLOSED, little, sizeof little), 0);
    ck_assert_mem_eq(little, text, sizeof little - 1);
    ck_assert_int_eq(little[sizeof little - 1], '\0');
    ck_assert_int_eq(mbedguard_strerror(MBEDGUARD_ERR_CLOSED, NULL, 0), 0);
    ck_assert_int_eq(mbedguard_strerror(MBEDTLS_ERR_SSL_WANT_READ, text, sizeof text), 0);
    ck_assert_ptr_nonnull(strstr(text, "SSL"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("misuse");
    TCase *tc = tcase_create("every type");

    /* Without the usual fixture: its keys and certificates would be made some 250 times. */
    tcase_set_timeout(tc, LIVE_SECONDS);
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, zeroed, 0, KINDS);
    tcase_add_loop_test(tc, freed_and_used_again, 0, KINDS);
    tcase_add_loop_test(tc, rubbish, 0, KINDS);
    tcase_add_loop_test(tc, absent, 0, KINDS);
    tcase_add_loop_test(tc, counted, 0, KINDS);
    tcase_add_loop_test(tc, moved, 0, KINDS);
    tc = live_case(suite, "calls");
    tcase_add_test(tc, failure_values);
    tcase_add_test(tc, zeroes_work);
    tcase_add_test(tc, connections);
    tcase_add_test(tc, keys_and_generators);
    tcase_add_test(tc, words);
    return live_run(suite);
}
