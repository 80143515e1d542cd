/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Before the first guard is taken: is the Mbed TLS at run time the one this library was made for,
 * and is everything that Mbed TLS fills in at first use filled in? The core calls this under a lock
 * of its own, so that afterwards those tables are only read.
 *
 * PSA is not started: that would take from the program the choice of its entropy sources. In 4.x AES
 * and hashes are reached through psa_crypto_init(), which is guarded.
 */
#include <mbedtls/version.h>

#include <mbedtls/platform_util.h>
#include <mbedtls/threading.h>
#if defined(MBEDTLS_MD_C)
#include <mbedtls/md.h>
#endif
#if defined(MBEDTLS_SSL_TLS_C)
#include <mbedtls/ssl.h>
#endif
#if MBEDTLS_VERSION_NUMBER < 0x04000000
#if defined(MBEDTLS_AES_C)
#include <mbedtls/aes.h>
#endif
#if defined(MBEDTLS_GCM_C)
#include <mbedtls/gcm.h>
#endif
#if defined(MBEDTLS_CIPHER_C)
#include <mbedtls/cipher.h>
#endif
#if defined(MBEDTLS_ECP_C)
#include <mbedtls/ecp.h>
#endif
#endif

#include "core/enter.h"

/* The core knows the codes of mutexes by number; 4.1 has no name for the first any more. */
#if defined(MBEDTLS_ERR_THREADING_BAD_INPUT_DATA)
_Static_assert(MBEDGUARD_MUTEX_BAD_INPUT_DATA == MBEDTLS_ERR_THREADING_BAD_INPUT_DATA, "code");
#endif
_Static_assert(MBEDGUARD_MUTEX_ERROR == MBEDTLS_ERR_THREADING_MUTEX_ERROR, "code");

/*
 * Later patch releases of one minor version keep the binary interface, and distributions replace the
 * library by them. Earlier ones may lack what the headers promised.
 */
static int check_version(void)
{
#if defined(MBEDTLS_VERSION_C)
    const unsigned built = (unsigned) MBEDTLS_VERSION_NUMBER;
    const unsigned linked = (unsigned) mbedtls_version_get_number();

    if (linked >> 16 != built >> 16 || linked < built) {
        return MBEDGUARD_ERR_VERSION;
    }
#endif
    return 0;
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000

#if defined(MBEDTLS_AES_C)
/* The AES tables, and what the processor can do for AES. */
static int warm_aes(void)
{
    static const unsigned char key[16] = {0};
    mbedtls_aes_context aes;
    int ret;

    mbedtls_aes_init(&aes);
    ret = mbedtls_aes_setkey_enc(&aes, key, 128);
    mbedtls_aes_free(&aes);
    mbedtls_platform_zeroize(&aes, sizeof aes);
    return ret;
}
#endif

#if defined(MBEDTLS_GCM_C) && defined(MBEDTLS_AES_C)
/* What the processor can do for GCM. */
static int warm_gcm(void)
{
    static const unsigned char key[16] = {0};
    mbedtls_gcm_context gcm;
    int ret;

    mbedtls_gcm_init(&gcm);
    ret = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, 128);
    mbedtls_gcm_free(&gcm);
    mbedtls_platform_zeroize(&gcm, sizeof gcm);
    return ret;
}
#endif

static int warm_ciphers(void)
{
    int ret = 0;

#if defined(MBEDTLS_AES_C)
    ret = warm_aes();
#endif
#if defined(MBEDTLS_GCM_C) && defined(MBEDTLS_AES_C)
    if (ret == 0) {
        ret = warm_gcm();
    }
#endif
#if defined(MBEDTLS_CIPHER_C)
    if (ret == 0 && mbedtls_cipher_list() == NULL) {
        ret = MBEDGUARD_ERR_UNSUPPORTED;
    }
#endif
#if defined(MBEDTLS_ECP_C)
    if (ret == 0 && mbedtls_ecp_grp_id_list() == NULL) {
        ret = MBEDGUARD_ERR_UNSUPPORTED;
    }
#endif
    return ret;
}

#else

static int warm_ciphers(void)
{
    return 0;
}

#endif

/* From 3.x on, the SHA-2 code asks on Arm at first use what the processor can do. */
#if defined(MBEDTLS_MD_C) && MBEDTLS_VERSION_NUMBER >= 0x03000000
#if defined(MBEDTLS_SHA256_C)
#define WARM_SHA256
#endif
#if defined(MBEDTLS_SHA512_C)
#define WARM_SHA512
#endif
#endif

#if defined(WARM_SHA256) || defined(WARM_SHA512)
static int warm_hash(mbedtls_md_type_t type)
{
    static const unsigned char nothing[1] = {0};
    unsigned char hash[MBEDTLS_MD_MAX_SIZE];
    const mbedtls_md_info_t *const info = mbedtls_md_info_from_type(type);
    int ret;

    if (info == NULL) {
        return 0;
    }
    ret = mbedtls_md(info, nothing, 0, hash);
    mbedtls_platform_zeroize(hash, sizeof hash);
    return ret;
}
#endif

static int warm_hashes(void)
{
    int ret = 0;

#if defined(WARM_SHA256)
    ret = warm_hash(MBEDTLS_MD_SHA256);
#endif
#if defined(WARM_SHA512)
    if (ret == 0) {
        ret = warm_hash(MBEDTLS_MD_SHA512);
    }
#endif
    return ret;
}

static int warm_tls(void)
{
#if defined(MBEDTLS_SSL_TLS_C)
    if (mbedtls_ssl_list_ciphersuites() == NULL) {
        return MBEDGUARD_ERR_UNSUPPORTED;
    }
#endif
    return 0;
}

int mbedguard_library_start(void)
{
    int ret = check_version();

    if (ret == 0) {
        ret = warm_ciphers();
    }
    if (ret == 0) {
        ret = warm_hashes();
    }
    if (ret == 0) {
        ret = warm_tls();
    }
    return ret;
}
