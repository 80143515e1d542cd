/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * TLS, X.509, PK, ciphers and hashes beside PSA: with an Mbed TLS that uses PSA inside the former, which has
 * no locks in 2.28 or without MBEDTLS_THREADING_C, all of them share one key store. The same must be right
 * where it has locks, or is not used.
 */
#include <string.h>

#include "live/live_psa.h"

#include <mbedguard/rng.h>
#if defined(MBEDTLS_SSL_CACHE_C)
#include <mbedguard/ssl_cache.h>
#endif
#if defined(MBEDTLS_SSL_COOKIE_C)
#include <mbedguard/ssl_cookie.h>
#endif

/* What configure, the generator and psa_store.h ask for, once more. */
#if defined(MBEDTLS_PSA_CRYPTO_C) && (!defined(MBEDTLS_THREADING_C) || MBEDTLS_VERSION_NUMBER < 0x03060000)
#define UNLOCKED 1
#else
#define UNLOCKED 0
#endif
#if LIVE_V4 || defined(MBEDTLS_USE_PSA_CRYPTO)
#define USES_PSA 1
#else
#define USES_PSA 0
#endif
#define INSIDE (UNLOCKED && (USES_PSA || LIVE_TLS13))

#if USES_PSA && !LIVE_V4
#define OLD_WAY 1 /* ciphers and keys of PSA by the functions of 2.28 and 3.x */
#else
#define OLD_WAY 0
#endif
#if OLD_WAY && (!LIVE_V3 || !defined(MBEDTLS_DEPRECATED_REMOVED))
#define CIPHERS 1
#else
#define CIPHERS 0
#endif

static mbedguard_ssl_config client_config, server_config;
static mbedguard_x509_crt crt;
static mbedguard_pk_context key;
static mbedguard_ssl_ticket_context tickets;
static const unsigned char text[64] = "what is hashed, signed and encrypted";
static unsigned char digest[32];

static void setup(void)
{
    size_t length;

    live_psa_setup();
    mbedguard_ssl_config_init(&client_config);
    mbedguard_ssl_config_init(&server_config);
    mbedguard_ssl_ticket_init(&tickets);
    live_identity(&crt, &key, 0);
    ck_assert_int_eq(live_config(&client_config, MBEDTLS_SSL_IS_CLIENT, false), 0);
    ck_assert_int_eq(live_config(&server_config, MBEDTLS_SSL_IS_SERVER, LIVE_TLS13 != 0), 0);
    mbedguard_ssl_conf_ca_chain(&client_config, &crt, NULL);
    ck_assert_int_eq(mbedguard_ssl_conf_own_cert(&server_config, &crt, &key), 0);
    ck_assert_int_eq(live_ticket_setup(&tickets, 3600), 0);
    ck_assert_int_eq(mbedguard_ssl_conf_session_tickets_cb(&server_config, mbedguard_ssl_ticket_write,
                                                           mbedguard_ssl_ticket_parse, &tickets),
                     0);
    ck_assert_int_eq(mbedguard_psa_hash_compute(PSA_ALG_SHA_256, text, sizeof(text), digest,
                                                sizeof(digest), &length),
                     PSA_SUCCESS);
}

static void teardown(void)
{
    ck_assert_int_eq(mbedguard_ssl_config_free(&server_config), 0);
    ck_assert_int_eq(mbedguard_ssl_config_free(&client_config), 0);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&tickets), 0);
    ck_assert_int_eq(mbedguard_pk_free(&key), 0);
    ck_assert_int_eq(mbedguard_x509_crt_free(&crt), 0);
    live_psa_assert_slots(0);
    live_psa_teardown();
}

/* ---- What is told at run time ---------------------------------------------------------------- */

START_TEST(feature)
{
    const unsigned features = mbedguard_threading_features();

    ck_assert_uint_ne(features & MBEDGUARD_FEATURE_THREADS, 0);
    ck_assert_int_eq((features & MBEDGUARD_FEATURE_PSA_INSIDE) != 0, INSIDE);
#if defined(MBEDGUARD_PSA_INSIDE)
    ck_assert_int_lt((int) MBEDGUARD_RANK_PSA_STORE, (int) MBEDGUARD_RANK_CERT);
#else
    ck_assert_int_gt((int) MBEDGUARD_RANK_PSA_STORE, (int) MBEDGUARD_RANK_PSA_OPERATION);
#endif
}
END_TEST

/* ---- All of them at once --------------------------------------------------------------------- */

static void shake_hands(unsigned round)
{
    (void) round;
    LIVE_EQ(live_pair_once(&client_config, &server_config, "first"), 0);
}

/* One key of its own in the store: made, used, ended. */
static void use_store(unsigned round)
{
    psa_key_id_t id = 0;

    LIVE_EQ(live_psa_import(0, &id), PSA_SUCCESS);
    LIVE_EQ(live_psa_encrypt(id), PSA_SUCCESS);
    LIVE_EQ(mbedguard_psa_destroy_key(id), PSA_SUCCESS);
    LIVE_EQ(live_psa_is_gone(live_psa_encrypt(0x7FFFFF00u + round % 16)), 1);
}

/* A key of the store in a pk context, where there is such a thing; else one of a pk context's own. */
static void sign(unsigned round)
{
    mbedguard_pk_context own;
#if OLD_WAY
    unsigned char signature[128];
    size_t length = 0;
    psa_key_id_t id = 0;
#endif

    (void) round;
    mbedguard_pk_init(&own);
#if OLD_WAY && LIVE_V3
    LIVE_EQ(live_psa_generate_pair(&id), PSA_SUCCESS);
    LIVE_EQ(mbedguard_pk_setup_opaque(&own, id), 0);
#elif OLD_WAY
    LIVE_EQ(live_try_key(&own, 0), 0);
    LIVE_EQ(mbedguard_pk_wrap_as_opaque(&own, &id, PSA_ALG_SHA_256), 0);
#else
    LIVE_EQ(live_try_key(&own, 0), 0);
#endif
#if OLD_WAY
    LIVE_EQ(live_sign(&own, digest, signature, sizeof(signature), &length), 0);
    LIVE_EQ(mbedguard_pk_get_bitlen(&own), 256);
#else
    LIVE_EQ(live_sign_and_verify(&own, &own), 0);
#endif
    LIVE_EQ(mbedguard_pk_free(&own), 0);
#if OLD_WAY
    LIVE_EQ(mbedguard_psa_destroy_key(id), PSA_SUCCESS);
#endif
}

static void verify_one(mbedguard_x509_crt *one)
{
    uint32_t flags = 1;

    LIVE_EQ(mbedguard_x509_crt_verify(one, &crt, NULL, NULL, &flags, NULL, NULL), 0);
    LIVE_EQ(flags, 0);
}

static void verify(unsigned round)
{
    mbedguard_x509_crt again;

    (void) round;
    mbedguard_x509_crt_init(&again);
    LIVE_EQ(live_parse_crt(&again, 0), 0);
    verify_one(&again);
    LIVE_EQ(mbedguard_x509_crt_free(&again), 0);
}

static void hash(unsigned round)
{
    unsigned char out[32];

    (void) round;
    LIVE_EQ(mbedguard_md(mbedguard_md_info_from_type(MBEDTLS_MD_SHA256), text, sizeof(text), out), 0);
    LIVE_EQ(memcmp(out, digest, sizeof(out)), 0);
}

static void encrypt(unsigned round)
{
#if CIPHERS
    static const unsigned char iv[16];
    mbedguard_cipher_context_t cipher;
    unsigned char out[sizeof(text) + 16];
    size_t length = 0;

    mbedguard_cipher_init(&cipher);
    LIVE_EQ(mbedguard_cipher_setup_psa(&cipher, mbedguard_cipher_info_from_type(MBEDTLS_CIPHER_AES_128_CBC),
                                       0),
            0);
    LIVE_EQ(mbedguard_cipher_setkey(&cipher, live_psa_bytes, 128, MBEDTLS_ENCRYPT), 0);
    LIVE_EQ(mbedguard_cipher_crypt(&cipher, iv, sizeof(iv), text, sizeof(text), out, &length), 0);
    LIVE_EQ(length, sizeof(text));
    LIVE_EQ(mbedguard_cipher_free(&cipher), 0);
    (void) round;
#else
    use_store(round);
#endif
}

static void storm(unsigned number, void *data)
{
    static void (*const bodies[])(unsigned round) = {shake_hands, shake_hands, shake_hands, shake_hands,
                                                     use_store,   use_store,   sign,        verify,
                                                     hash,        encrypt};
    const unsigned rounds = live_rounds(number < 4 ? 12 : 60);
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++)
        bodies[number](i);
}

START_TEST(all_at_once)
{
    live_threads(10, storm, NULL);
}
END_TEST

#if LIVE_TLS13
START_TEST(all_at_once_in_1_3)
{
    mbedguard_ssl_conf_max_tls_version(&client_config, MBEDTLS_SSL_VERSION_TLS1_3);
    live_threads(10, storm, NULL);
}
END_TEST
#endif

/* ---- What is written by hand, beside them ---------------------------------------------------- */

#if !LIVE_V4 && defined(MBEDTLS_RSA_C) && defined(MBEDTLS_GENPRIME) && defined(MBEDTLS_PKCS1_V15)
#define RSA 1
#else
#define RSA 0
#endif

static mbedguard_ssl_session session;
static mbedguard_rng_context rng;
#if defined(MBEDTLS_SSL_CACHE_C)
static mbedguard_ssl_cache_context cache;
#endif
#if defined(MBEDTLS_SSL_COOKIE_C)
static mbedguard_ssl_cookie_ctx cookies;
#endif
#if RSA
static mbedguard_pk_context rsa;
static unsigned char rsa_signature[128];
#endif

/* A session of a connection that both ends have talked over, with the peer's certificate. */
static void make_session(void)
{
    static struct live_pair pair;
    int client, server;

    mbedguard_ssl_session_init(&session);
    ck_assert_int_eq(live_pair_setup(&pair, &client_config, &server_config, "first"), 0);
    live_pair_handshake(&pair, &client, &server);
    ck_assert(client == 0 && server == 0);
    ck_assert_int_eq(live_pair_talk(&pair), 0);
    ck_assert_int_eq(mbedguard_ssl_get_session(&pair.client, &session), 0);
    live_pair_free(&pair);
#if LIVE_V3
    /* Tickets are the server's. */
    session.unguarded.MBEDTLS_PRIVATE(endpoint) = MBEDTLS_SSL_IS_SERVER;
#endif
}

#if !LIVE_V4
#define GENERATOR mbedguard_psa_get_random, MBEDTLS_PSA_RANDOM_STATE
#define SEEDED_BY GENERATOR
#else
static int seeded_by(void *data, unsigned char *out, size_t length)
{
    (void) data;
    return memset(out, 0, length) == NULL;
}
#define SEEDED_BY seeded_by, NULL
#endif
#if RSA
static int sign_rsa(unsigned char signature[128], size_t *length)
{
    return mbedguard_pk_sign(&rsa, MBEDTLS_MD_SHA256, digest, sizeof(digest), signature,
#if LIVE_V3
                             128,
#endif
                             length, GENERATOR);
}

static void make_rsa(void)
{
    size_t length = 0;

    mbedguard_pk_init(&rsa);
    ck_assert_int_eq(mbedguard_pk_setup(&rsa, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_gen_key(&rsa, mbedguard_ctr_drbg_random, &live_drbg, 1024, 65537), 0);
    ck_assert_int_eq(sign_rsa(rsa_signature, &length), 0);
    ck_assert_uint_eq(length, sizeof(rsa_signature));
}
#endif

static void setup_modules(void)
{
    make_session();
    mbedguard_rng_init(&rng);
    ck_assert_int_eq(mbedguard_rng_seed(&rng, SEEDED_BY, NULL, 0), 0);
#if defined(MBEDTLS_SSL_CACHE_C)
    mbedguard_ssl_cache_init(&cache);
#endif
#if defined(MBEDTLS_SSL_COOKIE_C)
    mbedguard_ssl_cookie_init(&cookies);
#if LIVE_V4
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies), 0);
#else
    ck_assert_int_eq(mbedguard_ssl_cookie_setup(&cookies, GENERATOR), 0);
#endif
#endif
#if RSA
    make_rsa();
#endif
}

static void teardown_modules(void)
{
#if RSA
    ck_assert_int_eq(mbedguard_pk_free(&rsa), 0);
#endif
#if defined(MBEDTLS_SSL_COOKIE_C)
    ck_assert_int_eq(mbedguard_ssl_cookie_free(&cookies), 0);
#endif
#if defined(MBEDTLS_SSL_CACHE_C)
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
#endif
    ck_assert_int_eq(mbedguard_rng_free(&rng), 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&session), 0);
}

static void use_rsa(unsigned round)
{
#if RSA
    unsigned char signature[sizeof(rsa_signature)];
    size_t length = 0;

    (void) round;
    LIVE_EQ(sign_rsa(signature, &length), 0);
    LIVE_EQ(length, sizeof(signature));
    LIVE_EQ(memcmp(signature, rsa_signature, sizeof(signature)), 0);
    LIVE_EQ(mbedguard_pk_verify(&rsa, MBEDTLS_MD_SHA256, digest, sizeof(digest), signature, length), 0);
#else
    sign(round);
#endif
}

static void use_tickets(unsigned round)
{
    unsigned char ticket[4096], name[4] = "own", secret[32] = {1};
    mbedguard_ssl_session again;
    size_t length = 0;
    uint32_t lifetime = 0;
    int ret;

    if (round % 16 == 15) {
        name[3] = (unsigned char) round;
        LIVE_EQ(mbedguard_ssl_ticket_rotate(&tickets, name, sizeof(name), secret, sizeof(secret), 3600),
                0);
        return;
    }
    mbedguard_ssl_session_init(&again);
    LIVE_EQ(mbedguard_ssl_ticket_write(&tickets, &session, ticket, ticket + sizeof(ticket), &length,
                                       &lifetime),
            0);
    ret = mbedguard_ssl_ticket_parse(&tickets, &again, ticket, length);
    /* Others may have rotated the keys twice since; and from 3.x on a client's session has no such age. */
    if (ret != MBEDTLS_ERR_SSL_INVALID_MAC && ret != MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED)
        LIVE_EQ(ret, 0);
    LIVE_EQ(mbedguard_ssl_session_free(&again), 0);
}

static void use_cookies(unsigned round)
{
#if defined(MBEDTLS_SSL_COOKIE_C)
    unsigned char cookie[64], *end = cookie;

    (void) round;
    LIVE_EQ(mbedguard_ssl_cookie_write(&cookies, &end, cookie + sizeof(cookie), text, 16), 0);
    LIVE_EQ(mbedguard_ssl_cookie_check(&cookies, cookie, (size_t) (end - cookie), text, 16), 0);
#else
    hash(round);
#endif
}
static void use_cache(unsigned round)
{
#if defined(MBEDTLS_SSL_CACHE_C)
    mbedguard_ssl_session again;
#if LIVE_V3
    unsigned char id[32] = {0};

    id[0] = (unsigned char) (round % 4);
    LIVE_EQ(mbedguard_ssl_cache_set(&cache, id, sizeof(id), &session), 0);
    mbedguard_ssl_session_init(&again);
    LIVE_EQ(mbedguard_ssl_cache_get(&cache, id, sizeof(id), &again), 0);
#else
    (void) round;
    LIVE_EQ(mbedguard_ssl_cache_set(&cache, &session), 0);
    mbedguard_ssl_session_init(&again);
    again.unguarded.id_len = session.unguarded.id_len;
    again.unguarded.ciphersuite = session.unguarded.ciphersuite;
    again.unguarded.compression = session.unguarded.compression;
    memcpy(again.unguarded.id, session.unguarded.id, sizeof(again.unguarded.id));
    LIVE_EQ(mbedguard_ssl_cache_get(&cache, &again), 0);
#endif
    LIVE_EQ(mbedguard_ssl_session_free(&again), 0);
#else
    hash(round);
#endif
}

static void draw(unsigned round)
{
    unsigned char out[32];

    if (round % 16 == 15)
        LIVE_EQ(mbedguard_rng_reseed(&rng, NULL, 0), LIVE_V4 ? MBEDGUARD_ERR_UNSUPPORTED : 0);
    LIVE_EQ(mbedguard_rng_random(&rng, out, sizeof(out)), 0);
}

static void storm_of_modules(unsigned number, void *data)
{
    static void (*const bodies[])(unsigned round) = {use_rsa,     use_rsa,   use_tickets, use_tickets,
                                                     use_cookies, use_cache, use_cache,   draw,
                                                     use_store,   shake_hands};
    const unsigned rounds = live_rounds(number == 9 ? 12 : 60);
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++)
        bodies[number](i);
}

START_TEST(modules_at_once)
{
    setup_modules();
    live_threads(10, storm_of_modules, NULL);
    live_assert_none();
    teardown_modules();
}
END_TEST

/* ---- From callbacks -------------------------------------------------------------------------- */

static unsigned called;

static int use_store_in_callback(void *data, mbedguard_x509_crt *seen, int depth, uint32_t *flags)
{
    (void) data;
    (void) seen;
    (void) depth;
    (void) flags;
    called++;
    use_store(called);
    sign(called);
    return 0;
}

#if !LIVE_V4
static int draw_from_store(void *data, unsigned char *out, size_t length)
{
    (void) data;
    called++;
    return mbedguard_psa_generate_random(out, length) == PSA_SUCCESS ? 0 : -1;
}
#endif

/* The program's callbacks make PSA calls of their own, whatever the call holds that runs them. */
START_TEST(from_callbacks)
{
    uint32_t flags = 1;

    called = 0;
    ck_assert_int_eq(mbedguard_x509_crt_verify(&crt, &crt, NULL, NULL, &flags, use_store_in_callback,
                                               NULL),
                     0);
    ck_assert_uint_eq(flags, 0);
    ck_assert_uint_ge(called, 1);
    called = 0;
    mbedguard_ssl_conf_verify(&client_config, use_store_in_callback, NULL);
    shake_hands(0);
    ck_assert_uint_ge(called, 1);
#if !LIVE_V4
    called = 0;
    mbedguard_ssl_conf_rng(&client_config, draw_from_store, NULL);
    shake_hands(0);
    ck_assert_uint_ge(called, 1);
#endif
    live_assert_none();
    ck_assert_uint_eq(live_findings(), 0);
}
END_TEST

/* ---- Under locks ----------------------------------------------------------------------------- */

static void beside(unsigned number, void *data)
{
    const unsigned rounds = live_rounds(100);
    const mbedguard_object set[] = {MBEDGUARD_OBJECT(&key), MBEDGUARD_OBJECT(&crt)};
    unsigned i;

    (void) data;
    for (i = 0; i < rounds && !live_failed(); i++) {
        if (number != 0) {
            use_store(i);
            continue;
        }
        LIVE_EQ(mbedguard_lock_set(set, 2), 0);
        LIVE_EQ(mbedguard_lock(&key), 0);
        LIVE_EQ(live_sign_and_verify(&key, &key), 0);
        verify_one(&crt);
        use_store(i);
        /* It is held with the objects, and not by a lock of its own. */
        LIVE_EQ(mbedguard_psa_unlock(), MBEDGUARD_ERR_NOT_LOCKED);
        LIVE_EQ(mbedguard_psa_lock(), 0);
        LIVE_EQ(mbedguard_psa_unlock(), 0);
        LIVE_EQ(mbedguard_unlock(&key), 0);
        LIVE_EQ(live_sign_and_verify(&key, &key), 0);
        LIVE_EQ(mbedguard_unlock_set(set, 2), 0);
    }
}

/* What a lock makes one step may use PSA inside, and the store is free again after it. */
START_TEST(under_locks)
{
    live_threads(2, beside, NULL);
}
END_TEST

/* Freed with its last reference, or under a lock: a key of the store ends with the object. */
START_TEST(freed)
{
    const unsigned before = live_psa_volatile_slots();
    mbedguard_pk_context *counted = mbedguard_pk_new();
    mbedguard_pk_context own;

    ck_assert_ptr_nonnull(counted);
    ck_assert_int_eq(live_try_key(counted, 0), 0);
    ck_assert_int_eq(mbedguard_pk_free(counted), 0);
    mbedguard_pk_init(&own);
    ck_assert_int_eq(live_try_key(&own, 0), 0);
    ck_assert_int_eq(mbedguard_lock(&own), 0);
    ck_assert_int_eq(mbedguard_pk_free(&own), 0);
    ck_assert_int_eq(mbedguard_unlock(&own), 0);
    ck_assert_uint_eq(live_psa_volatile_slots(), before);
}
END_TEST

#if CIPHERS && INSIDE
/* Ciphers come last: who locks one has to have locked the store, if it has a key there. */
START_TEST(cipher_under_a_lock)
{
    mbedguard_cipher_context_t cipher;
    const unsigned before = live_psa_volatile_slots();

    mbedguard_cipher_init(&cipher);
    ck_assert_int_eq(mbedguard_cipher_setup_psa(
                         &cipher, mbedguard_cipher_info_from_type(MBEDTLS_CIPHER_AES_128_CBC), 0),
                     0);
    ck_assert_int_eq(mbedguard_cipher_setkey(&cipher, live_psa_bytes, 128, MBEDTLS_ENCRYPT), 0);
    ck_assert_int_eq(mbedguard_lock(&cipher), 0);
    ck_assert_int_eq(mbedguard_cipher_free(&cipher), MBEDGUARD_ERR_ORDER);
    ck_assert_int_eq(mbedguard_unlock(&cipher), 0);
    ck_assert_uint_eq(live_psa_volatile_slots(), before + 1);
    ck_assert_int_eq(mbedguard_psa_lock(), 0);
    ck_assert_int_eq(mbedguard_lock(&cipher), 0);
    ck_assert_int_eq(mbedguard_cipher_free(&cipher), 0);
    ck_assert_int_eq(mbedguard_unlock(&cipher), 0);
    ck_assert_int_eq(mbedguard_psa_unlock(), 0);
    ck_assert_uint_eq(live_psa_volatile_slots(), before);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("psa inside");
    TCase *tc = live_case_with(suite, "calls", setup, teardown);

    tcase_add_test(tc, feature);
    tcase_add_test(tc, all_at_once);
    tcase_add_test(tc, modules_at_once);
#if LIVE_TLS13
    tcase_add_test(tc, all_at_once_in_1_3);
#endif
    tcase_add_test(tc, from_callbacks);
    tcase_add_test(tc, under_locks);
    tcase_add_test(tc, freed);
#if CIPHERS && INSIDE
    tcase_add_test(tc, cipher_under_a_lock);
#endif
    return live_run(suite);
}
