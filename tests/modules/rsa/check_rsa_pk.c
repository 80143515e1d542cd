/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* An RSA key inside a pk context, used by many threads through pk. */
#include <string.h>

#include "modules/rsa/certified.h"
#include "modules/rsa/meeting.h"

#if defined(CERTIFIED_TESTS)

#if LIVE_V3
#define RNG_TO_CHECK , mbedguard_ctr_drbg_random, &live_drbg
#else
#define RNG_TO_CHECK
#endif

static void pk_sign_together(unsigned number, void *data)
{
    const unsigned which = *(const unsigned *) data;
    unsigned char made[LENGTH];

    (void) number;
    LIVE_EQ(pk_sign(meeting_rng, NULL, made), 0);
    LIVE_EQ(memcmp(made, signature[which], LENGTH), 0);
}

static void pk_meet_and_sign(unsigned threads, unsigned which)
{
    meet_through_pk(threads);
    live_threads(threads, pk_sign_together, &which);
    assert_met();
}

START_TEST(threads_sign_through_pk_at_once)
{
    pk_meet_and_sign(THREADS, 0);
    pk_meet_and_sign(THREADS, 0);
}
END_TEST

START_TEST(a_key_set_up_by_hand_is_shared_as_well)
{
    mbedguard_pk_free(&pk);
    put_key(&pk, 1);
    pk_meet_and_sign(2, 1);
}
END_TEST

START_TEST(a_key_parsed_under_a_lock_is_shared_as_well)
{
    mbedtls_pk_context *raw;

    mbedguard_pk_free(&pk);
    ck_assert_int_eq(mbedguard_borrow(&pk, &raw), 0);
    ck_assert_int_eq(parse_raw(raw, 2), 0);
    ck_assert_int_eq(mbedguard_unlock(&pk), 0);
    pk_meet_and_sign(2, 2);
}
END_TEST

static const unsigned char text[] = "nobody reads this";
static unsigned char sealed[LENGTH];

static void pk_open_together(unsigned number, void *data)
{
    unsigned char opened[LENGTH];
    size_t length = 0;

    (void) number;
    (void) data;
    meeting_next();
    LIVE_EQ(mbedguard_pk_decrypt(&pk, sealed, sizeof sealed, opened, &length, sizeof opened,
                                 meeting_rng, NULL),
            0);
    LIVE_EQ(length, sizeof text);
    LIVE_EQ(memcmp(opened, text, sizeof text), 0);
}

START_TEST(threads_decrypt_through_pk_at_once)
{
    size_t length = 0;

    ck_assert_int_eq(mbedguard_pk_encrypt(&pk, text, sizeof text, sealed, &length, sizeof sealed,
                                          mbedguard_ctr_drbg_random, &live_drbg),
                     0);
    meet_through_pk(3);
    live_threads(3, pk_open_together, NULL);
    assert_met();
}
END_TEST

START_TEST(it_is_an_rsa_key_to_everybody)
{
    unsigned char public_der[512], made[LENGTH];
    mbedguard_pk_context other;
    mbedtls_rsa_context *rsa;
    int length;

    ck_assert_int_eq(mbedguard_pk_get_type(&pk), MBEDTLS_PK_RSA);
    ck_assert_str_eq(mbedguard_pk_get_name(&pk), "RSA");
    ck_assert_uint_eq(mbedguard_pk_get_bitlen(&pk), BITS);
    ck_assert_int_eq(mbedguard_pk_can_do(&pk, MBEDTLS_PK_RSASSA_PSS), 1);
    ck_assert_int_eq(mbedguard_pk_can_do(&pk, MBEDTLS_PK_ECKEY), 0);
    rsa = mbedguard_pk_rsa(&pk);
    ck_assert_ptr_nonnull(rsa);
    ck_assert_int_eq(mbedtls_rsa_check_privkey(rsa), 0);
    ck_assert_int_eq(mbedguard_unlock(&pk), 0);

    length = mbedguard_pk_write_pubkey_der(&pk, public_der, sizeof public_der);
    ck_assert_int_gt(length, 0);
    mbedguard_pk_init(&other);
    ck_assert_int_eq(mbedguard_pk_parse_public_key(
                         &other, public_der + sizeof public_der - length, (size_t) length),
                     0);
    ck_assert_int_eq(mbedguard_pk_check_pair(&other, &pk RNG_TO_CHECK), 0);
    ck_assert_int_eq(mbedguard_pk_check_pair(&pk, &pk RNG_TO_CHECK), 0);
    ck_assert_int_eq(pk_sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
    ck_assert_int_eq(mbedguard_pk_verify(&other, MBEDTLS_MD_SHA256, hash, HASH, made, LENGTH), 0);
    ck_assert_int_eq(mbedguard_pk_verify(&pk, MBEDTLS_MD_SHA256, hash, HASH, made, LENGTH), 0);
    mbedguard_pk_free(&other);
    ck_assert_int_eq(parse(&other, 1), 0);
    ck_assert_int_ne(mbedguard_pk_check_pair(&other, &pk RNG_TO_CHECK), 0);
    mbedguard_pk_free(&other);
}
END_TEST

/* ---- Changes ----------------------------------------------------------------------------------- */

START_TEST(what_changes_the_key_takes_the_copies)
{
    unsigned char made[LENGTH];

    pk_meet_and_sign(2, 0);
    mbedguard_pk_free(&pk);
    ck_assert_int_lt(pk_sign(mbedguard_ctr_drbg_random, &live_drbg, made), 0);
    ck_assert_int_eq(parse(&pk, 1), 0);
    pk_meet_and_sign(2, 1);
    ck_assert_int_eq(mbedguard_pk_rsa_set_padding(&pk, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256), 0);
    ck_assert_int_eq(mbedguard_pk_rsa_set_padding(&pk, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE), 0);
    pk_meet_and_sign(2, 1);
}
END_TEST

START_TEST(what_is_done_to_it_under_a_lock_counts)
{
    mbedtls_rsa_context *rsa;

    pk_meet_and_sign(2, 0);
    rsa = mbedguard_pk_rsa(&pk);
    ck_assert_ptr_nonnull(rsa);
    ck_assert_int_eq(mbedtls_rsa_copy(rsa, &key[2].unguarded), 0);
    ck_assert_int_eq(mbedguard_unlock(&pk), 0);
    pk_meet_and_sign(2, 2);
}
END_TEST

static void sign_or_replace(unsigned number, void *data)
{
    unsigned char made[LENGTH];
    unsigned i;

    (void) data;
    for (i = 0; i < live_rounds(20); i++) {
        if (number == 0) {
            mbedguard_pk_free(&pk);
            LIVE_EQ(parse(&pk, i % KEYS), 0);
        } else if (pk_sign(mbedguard_ctr_drbg_random, &live_drbg, made) == 0) {
            LIVE_EQ(memcmp(made, signature[0], LENGTH) == 0 ||
                        memcmp(made, signature[1], LENGTH) == 0 ||
                        memcmp(made, signature[2], LENGTH) == 0,
                    true);
        }
    }
}

START_TEST(a_key_is_replaced_while_threads_sign)
{
    live_threads(THREADS, sign_or_replace, NULL);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("rsa-pk");
    TCase *tc = live_case_with(suite, "pk", certified_setup, certified_teardown);

    tcase_add_test(tc, threads_sign_through_pk_at_once);
    tcase_add_test(tc, a_key_set_up_by_hand_is_shared_as_well);
    tcase_add_test(tc, a_key_parsed_under_a_lock_is_shared_as_well);
    tcase_add_test(tc, threads_decrypt_through_pk_at_once);
    tcase_add_test(tc, it_is_an_rsa_key_to_everybody);
    tcase_add_test(tc, what_changes_the_key_takes_the_copies);
    tcase_add_test(tc, what_is_done_to_it_under_a_lock_counts);
    tcase_add_test(tc, a_key_is_replaced_while_threads_sign);
    return live_run(suite);
}

#else

int main(void)
{
    return 77;
}

#endif
