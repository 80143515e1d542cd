/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "modules/rsa/one_key.h"

#include <string.h>

#include "modules/rsa/meeting.h"

#if defined(ONE_KEY_TESTS)

mbedguard_rsa_context key[KEYS], used;
const unsigned char hash[HASH] = "thirty-two bytes of what is hash";
unsigned char signature[KEYS][LENGTH];

/* What was freed is ready for use; to be initialised once more its mutex would have to be destroyed. */
static bool initialised;

static void generate(unsigned which)
{
    if (!initialised)
        ck_assert_int_eq(INIT(&key[which]), 0);
    ck_assert_int_eq(mbedguard_rsa_gen_key(&key[which], mbedguard_ctr_drbg_random, &live_drbg, BITS,
                                           65537),
                     0);
}

/* What raw Mbed TLS makes of it. */
static void sign_raw(unsigned which)
{
    mbedtls_rsa_context *raw;

    ck_assert_int_eq(mbedguard_borrow(&key[which], &raw), 0);
    ck_assert_int_eq(mbedtls_rsa_pkcs1_sign(raw, mbedguard_ctr_drbg_random, &live_drbg,
                                            PRIVATE MBEDTLS_MD_SHA256, HASH, hash,
                                            signature[which]),
                     0);
    ck_assert_int_eq(mbedguard_unlock(&key[which]), 0);
}

void one_key_setup(void)
{
    unsigned i;

    live_setup();
    for (i = 0; i < KEYS; i++) {
        generate(i);
        sign_raw(i);
    }
    if (!initialised)
        ck_assert_int_eq(INIT(&used), 0);
    initialised = true;
    ck_assert_int_eq(mbedguard_rsa_copy(&used, &key[0]), 0);
    ck_assert_int_eq(mbedguard_rsa_set_max_copies(THREADS), 0);
}

void one_key_teardown(void)
{
    unsigned i;

    mbedguard_rsa_free(&used);
    for (i = 0; i < KEYS; i++)
        mbedguard_rsa_free(&key[i]);
    live_teardown();
}

int sign(int (*f_rng)(void *, unsigned char *, size_t), void *p_rng, unsigned char *made)
{
    meeting_next();
    return mbedguard_rsa_pkcs1_sign(&used, f_rng, p_rng, PRIVATE MBEDTLS_MD_SHA256, HASH, hash, made);
}

unsigned copies(void)
{
    unsigned count = 0;

    ck_assert_int_eq(mbedguard_rsa_count_copies(&used, &count), 0);
    return count;
}

void sign_together(unsigned number, void *data)
{
    const unsigned which = *(const unsigned *) data;
    unsigned char made[LENGTH];

    (void) number;
    LIVE_EQ(sign(meeting_rng, NULL, made), 0);
    LIVE_EQ(memcmp(made, signature[which], LENGTH), 0);
}

void meet_and_sign(unsigned threads, unsigned which)
{
    meeting_of(threads);
    live_threads(threads, sign_together, &which);
    ck_assert(meeting_took_place());
}

#endif
