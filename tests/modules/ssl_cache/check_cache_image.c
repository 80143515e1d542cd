/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A whole cache as bytes, and what is done to them on the way. */
#include <stdlib.h>
#include <string.h>

#include "modules/ssl_cache/keyed_hash.h"
#include "modules/ssl_cache/sessions.h"

#define LONG_AGO 1000000000 /* seconds */
#define HEAD     40u
#define NUMBER   8u

static mbedguard_ssl_cache_context cache, other;
static unsigned char *image;
static size_t image_length;

static void save(void)
{
    size_t length = 0;

    ck_assert_int_eq(mbedguard_ssl_cache_save(&cache, NULL, 0, &image_length),
                     MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    free(image);
    image = malloc(image_length);
    ck_assert_ptr_nonnull(image);
    ck_assert_int_eq(mbedguard_ssl_cache_save(&cache, image, image_length, &length), 0);
    ck_assert_uint_eq(length, image_length);
}

static void setup(void)
{
    mbedguard_ssl_session session;
    unsigned i;

    live_setup();
    clock_set(LONG_AGO);
    ck_assert_int_eq(mbedguard_ssl_cache_init(&cache), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_init(&other), 0);
    ck_assert_int_eq(mbedguard_ssl_session_init(&session), 0);
    session_make(&session.unguarded, 0, 100);
    session_add_pieces(&session.unguarded);
    ck_assert_int_eq(put_session(&cache, &session), 0);
    ck_assert_int_eq(mbedguard_ssl_session_free(&session), 0);
    for (i = 1; i < 20; i++) {
        clock_set(LONG_AGO + i);
        ck_assert_int_eq(put(&cache, i, i + 100), 0);
    }
    save();
}

static void teardown(void)
{
    free(image);
    image = NULL;
    clock_set(0);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&other), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    live_teardown();
}

START_TEST(there_and_back)
{
    unsigned i;

    ck_assert_int_eq(put(&other, 77, 1), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_load(&other, image, image_length), 0);
    for (i = 0; i < 20; i++)
        ck_assert_int_eq(find(&other, i), (int) i + 100);
    /* In the place of what was there. */
    ck_assert_int_eq(find(&other, 77), -1);
    ck_assert_uint_eq(numbers_of(&other).entries, 20);
    ck_assert_uint_eq(numbers_of(&other).bytes, numbers_of(&cache).bytes);
    /* In the same order, with the same time. */
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&other, 20), 0);
    ck_assert_int_eq(put(&other, 78, 1), 0);
    ck_assert_int_eq(find(&other, 0), -1);
    ck_assert_int_eq(find(&other, 1), 101);
#if defined(MBEDTLS_HAVE_TIME)
    ck_assert_int_eq(mbedguard_ssl_cache_set_timeout(&other, 10), 0);
    clock_set(LONG_AGO + 21);
    ck_assert_int_eq(find(&other, 10), -1);
    ck_assert_int_eq(find(&other, 11), 111);
#endif
}
END_TEST

START_TEST(what_has_no_room_is_left_out)
{
    ck_assert_int_eq(mbedguard_ssl_cache_set_max_entries(&other, 5), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_load(&other, image, image_length), 0);
    ck_assert_uint_eq(numbers_of(&other).entries, 5);
    ck_assert_int_eq(find(&other, 14), -1);
    ck_assert_int_eq(find(&other, 15), 115);
#if defined(MBEDTLS_HAVE_TIME)
    ck_assert_int_eq(mbedguard_ssl_cache_set_timeout(&other, 10), 0);
    clock_set(LONG_AGO + 28);
    ck_assert_int_eq(mbedguard_ssl_cache_load(&other, image, image_length), 0);
    ck_assert_uint_eq(numbers_of(&other).entries, 2);
    /* And out of a buffer as well. */
    ck_assert_int_eq(mbedguard_ssl_cache_set_timeout(&cache, 10), 0);
    save();
    ck_assert_int_eq(mbedguard_ssl_cache_set_timeout(&other, 0), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_load(&other, image, image_length), 0);
    ck_assert_uint_eq(numbers_of(&other).entries, 2);
#endif
}
END_TEST

START_TEST(an_empty_one)
{
    ck_assert_int_eq(put(&cache, 50, 1), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_free(&cache), 0);
    save();
    ck_assert_uint_eq(image_length, HEAD + NUMBER);
    ck_assert_int_eq(put(&other, 50, 1), 0);
    ck_assert_int_eq(mbedguard_ssl_cache_load(&other, image, image_length), 0);
    ck_assert_uint_eq(numbers_of(&other).entries, 0);
}
END_TEST

/* Nothing of it is taken, and nothing changes. */
static void refused(const unsigned char *bytes, size_t length)
{
    const int ret = mbedguard_ssl_cache_load(&other, bytes, length);

    ck_assert(ret == MBEDTLS_ERR_SSL_BAD_INPUT_DATA || ret == MBEDTLS_ERR_SSL_VERSION_MISMATCH);
    ck_assert_int_eq(find(&other, 77), 1);
}

START_TEST(damaged)
{
    size_t i;

    ck_assert_int_eq(put(&other, 77, 1), 0);
    for (i = 0; i < image_length; i += i < 2 * HEAD ? 1 : 37) {
        image[i] ^= 0x10;
        refused(image, image_length);
        image[i] ^= 0x10;
        refused(image, i);
    }
    for (i = NUMBER; i < 3 * NUMBER; i++) {
        image[i] ^= 1;
        ck_assert_int_eq(mbedguard_ssl_cache_load(&other, image, image_length),
                         MBEDTLS_ERR_SSL_VERSION_MISMATCH);
        image[i] ^= 1;
    }
    ck_assert_int_eq(mbedguard_ssl_cache_load(&other, NULL, 0), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_load(NULL, image, image_length), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_ssl_cache_load(&other, image, image_length), 0);
}
END_TEST

static void write_number(unsigned char *at, uint64_t number)
{
    unsigned i;

    for (i = NUMBER; i > 0; i--, number >>= 8)
        at[i - 1] = (unsigned char) (number & 0xFF);
}

/* Without the length of the identifier, which is in front. */
static size_t read_number(const unsigned char *at)
{
    size_t number = 0;
    unsigned i;

    for (i = 1; i < NUMBER; i++)
        number = number << 8 | at[i];
    return number;
}

/* As somebody would do it who knows how. */
static void forge_check(void)
{
    static const mbedguard_hash_key key = {{0x6D62676361636865u, 1}};

    write_number(image + image_length - NUMBER,
                 mbedguard_keyed_hash(&key, image, image_length - NUMBER));
}

/* It may be taken, and then be nonsense; but nothing reaches beyond its end. */
START_TEST(forged)
{
    unsigned char *const whole = malloc(image_length);
    uint32_t dice = 99;
    unsigned round, i, taken = 0;
    size_t size;

    ck_assert_ptr_nonnull(whole);
    memcpy(whole, image, image_length);
    forge_check();
    ck_assert_mem_eq(whole, image, image_length);
    for (round = 0; round < live_rounds(3000); round++) {
        memcpy(image, whole, image_length);
        for (i = 0; i <= round % 3; i++)
            image[3 * NUMBER + live_dice(&dice) % (image_length - 4 * NUMBER)] =
                (unsigned char) live_dice(&dice);
        forge_check();
        if (mbedguard_ssl_cache_load(&other, image, image_length) == 0) {
            taken++;
            for (i = 0; i < 20; i++)
                (void) find(&other, i);
        }
    }
    ck_assert_uint_gt(taken, 0);
    ck_assert_uint_lt(taken, round);
    /* One entry twice; all but the first are of one size. */
    memcpy(image, whole, image_length);
    size = (image_length - HEAD - NUMBER - 2 * NUMBER - ID - read_number(image + HEAD + NUMBER)) / 19;
    memcpy(image + image_length - NUMBER - size, image + image_length - NUMBER - 2 * size, size);
    forge_check();
    ck_assert_int_eq(mbedguard_ssl_cache_load(&other, image, image_length),
                     MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    free(whole);
}
END_TEST

START_TEST(a_short_buffer)
{
    unsigned char buffer[64];
    size_t length = 0;

    memset(buffer, 0xEE, sizeof(buffer));
    ck_assert_int_eq(mbedguard_ssl_cache_save(&cache, buffer, sizeof(buffer), &length),
                     MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, image_length);
    ck_assert_uint_eq(buffer[0], 0);
    ck_assert_int_eq(mbedguard_ssl_cache_save(&cache, NULL, 5, &length), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(mbedguard_ssl_cache_save(&cache, buffer, 5, NULL), MBEDGUARD_ERR_BAD_INPUT);
    length = 1;
    ck_assert_int_eq(mbedguard_ssl_cache_save(NULL, buffer, 5, &length), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_uint_eq(length, 0);
}
END_TEST

/* The test vector of the description: 15 bytes 0, 1 ... under the key 0, 1 ... 15. */
START_TEST(the_hash_is_siphash)
{
    static const mbedguard_hash_key key = {{0x0706050403020100u, 0x0F0E0D0C0B0A0908u}};
    unsigned char data[15];
    unsigned char i;

    for (i = 0; i < sizeof(data); i++)
        data[i] = i;
    ck_assert(mbedguard_keyed_hash(&key, data, sizeof(data)) == 0xA129CA6149BE45E5u);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cache image");
    TCase *tc = live_case_with(suite, "image", setup, teardown);

    tcase_add_test(tc, there_and_back);
    tcase_add_test(tc, what_has_no_room_is_left_out);
    tcase_add_test(tc, an_empty_one);
    tcase_add_test(tc, damaged);
    tcase_add_test(tc, forged);
    tcase_add_test(tc, a_short_buffer);
    tcase_add_test(tc, the_hash_is_siphash);
    return live_run(suite);
}
