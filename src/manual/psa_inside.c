/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The store around calls that use PSA inside, where PSA has no locks. */
#include "manual/psa_inside.h"

#include <mbedtls/version.h>

#if defined(MBEDTLS_CIPHER_C) && defined(MBEDTLS_USE_PSA_CRYPTO) && MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/cipher.h>

#include "manual/members.h"
/* 3.x can leave the old way to PSA ciphers out. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000 || !defined(MBEDTLS_DEPRECATED_REMOVED)
#define CIPHER_HAS_PSA
#endif
#endif

#if defined(MBEDTLS_PSA_CRYPTO_C) && MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedguard/psa_access.h>
#if defined(MBEDTLS_CTR_DRBG_C)
#include <mbedtls/ctr_drbg.h>
#define CTR_DRBG_MAY_USE_PSA
#endif
#if defined(MBEDTLS_HMAC_DRBG_C)
#include <mbedtls/hmac_drbg.h>
#define HMAC_DRBG_MAY_USE_PSA
#endif
#include "manual/members.h"
#endif

#define WAY (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND)

#if MBEDGUARD_PSA_INSIDE && !defined(MBEDGUARD_THREADING_NONE)

int mbedguard_psa_enter_inside(const char *where) MBEDGUARD_NO_ANALYSIS
{
    int ret = mbedguard_enter(&mbedguard_psa_store, WAY, where);

    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_psa_after_fork();
    if (ret != 0) {
        (void) mbedguard_leave(&mbedguard_psa_store, WAY);
    }
    return ret;
}

int mbedguard_psa_leave_inside(void) MBEDGUARD_NO_ANALYSIS
{
    return mbedguard_leave(&mbedguard_psa_store, WAY);
}

#endif

int mbedguard_psa_enter_set_inside(mbedguard_want *set, size_t count, const char *where)
{
    int ret = mbedguard_enter_set(set, count, where);

#if MBEDGUARD_PSA_INSIDE && !defined(MBEDGUARD_THREADING_NONE)
    if (ret == 0 && mbedguard_held(&mbedguard_psa_store) == 2) {
        ret = mbedguard_psa_after_fork();
        if (ret != 0) {
            (void) mbedguard_leave_set(set, count);
        }
    }
#endif
    return ret;
}

mbedguard_want mbedguard_psa_want_for(int (*f_rng)(void *, unsigned char *, size_t))
{
    mbedguard_want want = {NULL, WAY};

#if defined(MBEDTLS_PSA_CRYPTO_C) && MBEDTLS_VERSION_NUMBER < 0x04000000 &&                        \
    !defined(MBEDTLS_THREADING_C) && !defined(MBEDGUARD_THREADING_NONE)
    if (f_rng == mbedguard_psa_get_random) {
        want.guard = &mbedguard_psa_store;
    }
#else
    (void) f_rng;
#endif
    return want;
}

mbedguard_want mbedguard_psa_want_for_keys(int (*f_rng)(void *, unsigned char *, size_t))
{
    mbedguard_want want = mbedguard_psa_want_for(f_rng);

    if (MBEDGUARD_PSA_INSIDE_KEYS) {
        want.guard = MBEDGUARD_PSA_INSIDE_GUARD;
    }
    return want;
}

int mbedguard_psa_enter_asking(mbedguard_want *set, size_t count, bool (*asks)(const void *object),
                               const void *object, const char *where)
{
    int ret = mbedguard_enter_set(set, count, where);

    if (ret != 0 || !asks(object)) {
        return ret;
    }
    ret = mbedguard_leave_set(set, count);
    if (ret != 0) {
        return ret;
    }
    set[count - 1].guard = &mbedguard_psa_store;
    set[count - 1].how = WAY;
    return mbedguard_enter_set(set, count, where);
}

bool mbedguard_cipher_uses_psa(const void *cipher)
{
#if defined(CIPHER_HAS_PSA)
    return ((const mbedtls_cipher_context_t *) cipher)->MBEDTLS_PRIVATE(psa_enabled) != 0;
#else
    (void) cipher;
    return false;
#endif
}

#if defined(CTR_DRBG_MAY_USE_PSA)
bool mbedguard_ctr_drbg_uses_psa(const void *drbg)
{
    return ((const mbedtls_ctr_drbg_context *) drbg)->MBEDTLS_PRIVATE(f_entropy) ==
           mbedguard_psa_get_random;
}
#endif

#if defined(HMAC_DRBG_MAY_USE_PSA)
bool mbedguard_hmac_drbg_uses_psa(const void *drbg)
{
    return ((const mbedtls_hmac_drbg_context *) drbg)->MBEDTLS_PRIVATE(f_entropy) ==
           mbedguard_psa_get_random;
}
#endif
