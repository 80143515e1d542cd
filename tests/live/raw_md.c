/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Threads feed one hash with the same bytes: only how many were fed can matter. */
#include <mbedtls/md.h>

#include "raw.h"

#define ROUNDS 200

static mbedtls_md_context_t shared, alone;
static const unsigned char bytes[100] = "the same bytes, whoever brings them";

static void feed(unsigned thread)
{
    unsigned i;

    (void) thread;
    for (i = 0; i < ROUNDS; i++)
        RAW_CALL(mbedtls_md_update(&shared, bytes, sizeof(bytes)));
}

int main(void)
{
    const mbedtls_md_info_t *const sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    unsigned char got[32], expected[32];
    unsigned i;

    mbedtls_md_init(&shared);
    mbedtls_md_init(&alone);
    RAW_CALL(mbedtls_md_setup(&shared, sha256, 0));
    RAW_CALL(mbedtls_md_setup(&alone, sha256, 0));
    RAW_CALL(mbedtls_md_starts(&shared));
    RAW_CALL(mbedtls_md_starts(&alone));
    for (i = 0; i < ROUNDS * RAW_THREADS; i++)
        RAW_CALL(mbedtls_md_update(&alone, bytes, sizeof(bytes)));
    raw_threads(feed);
    RAW_CALL(mbedtls_md_finish(&shared, got));
    RAW_CALL(mbedtls_md_finish(&alone, expected));
    RAW_DATA(memcmp(got, expected, sizeof(got)) == 0);
    mbedtls_md_free(&alone);
    mbedtls_md_free(&shared);
    return raw_result();
}
