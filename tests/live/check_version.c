/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the library says of itself: versions, features, errors; and that versions are compared. */
#include <string.h>

#include <mbedguard/release.h>
#include <mbedtls/error.h>

#include "live/live.h"

START_TEST(versions)
{
#if LIVE_V4
    const char *text = mbedguard_version_get_string();
#else
    char text[32] = "";

    mbedguard_version_get_string(text);
#endif
    /* The fixture made guarded calls: what is linked is what this was generated for. */
    ck_assert_uint_eq(mbedguard_version_get_number(), MBEDTLS_VERSION_NUMBER);
    ck_assert_str_eq(text, MBEDTLS_VERSION_STRING);
    ck_assert_int_ge(MBEDGUARD_VERSION_MAJOR, 0);
}
END_TEST

START_TEST(error_strings)
{
    static const int ours[] = {
        MBEDGUARD_ERR_BAD_INPUT, MBEDGUARD_ERR_NOT_INITIALIZED, MBEDGUARD_ERR_ORDER,
        MBEDGUARD_ERR_REENTRY,   MBEDGUARD_ERR_UPGRADE,         MBEDGUARD_ERR_WOULD_WAIT,
        MBEDGUARD_ERR_BROKEN,    MBEDGUARD_ERR_NOT_LOCKED,      MBEDGUARD_ERR_ALLOC_FAILED,
        MBEDGUARD_ERR_THREADING, MBEDGUARD_ERR_UNSUPPORTED,     MBEDGUARD_ERR_VERSION,
        MBEDGUARD_ERR_CYCLE,     MBEDGUARD_ERR_OVERFLOW,
    };
    const size_t count = sizeof(ours) / sizeof(ours[0]);
    char theirs[200];
    size_t i, j;

    for (i = 0; i < count; i++) {
        const char *text = mbedguard_error_string(ours[i]);

        ck_assert_ptr_nonnull(text);
        ck_assert_str_ne(text, "not an mbedguard error");
        for (j = 0; j < i; j++)
            ck_assert_str_ne(text, mbedguard_error_string(ours[j]));
        /* Below every code of Mbed TLS and PSA, so that nobody takes one for the other. */
        ck_assert_int_lt(ours[i], -0x7FFF);
        mbedguard_strerror(ours[i], theirs, sizeof(theirs));
        ck_assert_ptr_nonnull(theirs);
    }
    ck_assert_str_eq(mbedguard_error_string(0), "not an mbedguard error");
    ck_assert_str_eq(mbedguard_error_string(MBEDTLS_ERR_MPI_ALLOC_FAILED),
                     "not an mbedguard error");
    ck_assert_str_eq(mbedguard_error_string(-0x10000), "not an mbedguard error");
}
END_TEST

START_TEST(features)
{
    const unsigned found = mbedguard_threading_features();

    ck_assert_uint_ne(found & MBEDGUARD_FEATURE_THREADS, 0);
#if defined(MBEDGUARD_THREADING_PTHREAD)
    ck_assert_uint_ne(found & MBEDGUARD_FEATURE_SHARED, 0);
    ck_assert_uint_ne(found & MBEDGUARD_FEATURE_TRYLOCK, 0);
    ck_assert_uint_ne(found & MBEDGUARD_FEATURE_WAIT, 0);
    ck_assert_uint_ne(found & MBEDGUARD_FEATURE_FORK, 0);
    ck_assert_uint_ne(found & MBEDGUARD_FEATURE_CANCEL, 0);
    /* Too late, and the wrong backend. */
    ck_assert_int_eq(mbedguard_threading_free_alt(), MBEDGUARD_ERR_UNSUPPORTED);
#endif
#if defined(MBEDGUARD_LOCKCHECK)
    ck_assert_uint_ne(found & MBEDGUARD_FEATURE_LOCKCHECK, 0);
#else
    ck_assert_uint_eq(found & MBEDGUARD_FEATURE_LOCKCHECK, 0);
#endif
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("version");
    TCase *tc = live_case(suite, "version");

    tcase_add_test(tc, versions);
    tcase_add_test(tc, error_strings);
    tcase_add_test(tc, features);
    return live_run(suite);
}
