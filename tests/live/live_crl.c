/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Revocation lists, which Mbed TLS reads and does not write. */
#include <string.h>

#include "live/live.h"

#include <mbedguard/x509_crt_access.h>

size_t live_der(unsigned char *out, unsigned char tag, const unsigned char *content, size_t length)
{
    size_t head = 0;

    out[head++] = tag;
    if (length > 255)
        out[head++] = 0x82;
    else if (length > 127)
        out[head++] = 0x81;
    if (length > 255)
        out[head++] = (unsigned char) (length >> 8);
    out[head++] = (unsigned char) length;
    memcpy(out + head, content, length);
    return head + length;
}

/* ECDSA with SHA-256 */
static const unsigned char algorithm[] = {0x30, 10, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2};

/* What is to be signed: the list of live_pem[0], whose one entry is a number of live_issue(). */
static int fill(uint32_t serial, unsigned char *out, size_t *length)
{
    static const unsigned char times[] = "\x17\x0D"
                                         "200101000000Z"
                                         "\x18\x0F"
                                         "20991231235959Z";
    unsigned char entry[64] = {2, 5, 1}, entries[64], tbs[512];
    mbedguard_x509_crt issuer;
    size_t n, used = 0;
    int ret = mbedguard_x509_crt_init(&issuer);

    for (n = 0; n < 4; n++)
        entry[3 + n] = (unsigned char) (serial >> (24 - 8 * n));
    memcpy(entry + 7, times, 15);
    n = live_der(entries, 0x30, entry, 22);
    memcpy(entry, entries, n);
    n = live_der(entries, 0x30, entry, n);
    memcpy(tbs, "\x02\x01\x01", 3);
    memcpy(tbs + 3, algorithm, sizeof(algorithm));
    *length = 3 + sizeof(algorithm);
    if (ret == 0)
        ret = live_parse_crt(&issuer, 0);
    if (ret == 0)
        ret = mbedguard_x509_crt_get_subject_raw(&issuer, tbs + *length, sizeof(tbs) - *length,
                                                 &used);
    mbedguard_x509_crt_free(&issuer);
    *length += used;
    memcpy(tbs + *length, times, sizeof(times) - 1);
    *length += sizeof(times) - 1;
    memcpy(tbs + *length, entries, n);
    *length = live_der(out, 0x30, tbs, *length + n);
    return ret;
}

static int sign(const unsigned char *tbs, size_t length, unsigned char *signature, size_t *used)
{
    unsigned char hash[32];
    mbedguard_pk_context key;
    int ret = mbedguard_pk_init(&key);

    if (ret == 0)
        ret = live_try_key(&key, 0);
    if (ret == 0)
        ret = mbedguard_md(mbedguard_md_info_from_type(MBEDTLS_MD_SHA256), tbs, length, hash);
    if (ret == 0)
        ret = live_sign(&key, hash, signature, 512, used);
    mbedguard_pk_free(&key);
    return ret;
}

int live_revoke(uint32_t serial, unsigned char *der, size_t *length)
{
    unsigned char all[1024], signature[1 + 512] = {0};
    size_t n = 0, used = 0;
    int ret = fill(serial, all, &n);

    if (ret == 0)
        ret = sign(all, n, signature + 1, &used);
    if (ret != 0)
        return ret;
    memcpy(all + n, algorithm, sizeof(algorithm));
    n += sizeof(algorithm);
    n += live_der(all + n, 3, signature, used + 1);
    *length = live_der(der, 0x30, all, n);
    return 0;
}
