/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Chains of raw certificates. A copy is made by parsing the same bytes again, since Mbed TLS has no
 * other: certificates hold pointers into their own buffer.
 */
#include "manual/x509_chain.h"

#if defined(MBEDTLS_X509_CRT_PARSE_C)

#include <string.h>

#include <mbedtls/platform.h>

#include "core/enter.h"
#include "manual/psa_store.h"

const mbedtls_x509_crt *mbedguard_x509_chain_at(const mbedtls_x509_crt *chain, size_t index)
{
    while (chain != NULL && index != 0) {
        chain = chain->next;
        index--;
    }
    return chain != NULL && chain->version != 0 ? chain : NULL;
}

/* What the first parse accepted, perhaps by a callback of the program, the second accepts too. */
static int accept_extension(void *data, mbedtls_x509_crt const *crt, mbedtls_x509_buf const *oid,
                            int critical, const unsigned char *p, const unsigned char *end)
{
    (void) data;
    (void) crt;
    (void) oid;
    (void) critical;
    (void) p;
    (void) end;
    return 0;
}

static mbedtls_x509_crt *last_of(mbedtls_x509_crt *chain)
{
    while (chain->next != NULL) {
        chain = chain->next;
    }
    return chain;
}

/* Drop what was appended behind last; last NULL: the chain was empty. */
static void cut_behind(mbedtls_x509_crt *chain, mbedtls_x509_crt *last)
{
    if (last == NULL) {
        mbedtls_x509_crt_free(chain);
        mbedtls_x509_crt_init(chain);
    } else if (last->next != NULL) {
        mbedtls_x509_crt_free(last->next);
        mbedtls_free(last->next);
        last->next = NULL;
    }
}

int mbedguard_x509_chain_copy(mbedtls_x509_crt *to, const mbedtls_x509_crt *from, size_t count)
{
    mbedguard_want store[1] = {MBEDGUARD_PSA_INSIDE_WANT};
    mbedtls_x509_crt *const last = to->version != 0 ? last_of(to) : NULL;
    int ret;

    ret = mbedguard_enter_set(store, 1, __func__);
    if (ret != 0) {
        return ret;
    }
    while (ret == 0 && count != 0 && from != NULL && from->version != 0) {
        ret = mbedtls_x509_crt_parse_der_with_ext_cb(to, from->raw.p, from->raw.len, 1,
                                                     accept_extension, NULL);
        from = from->next;
        count--;
    }
    if (ret != 0) {
        cut_behind(to, last);
    }
    if (mbedguard_leave_set(store, 1) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

bool mbedguard_x509_chain_equal(const mbedtls_x509_crt *one, const mbedtls_x509_crt *other)
{
    while (one != NULL && other != NULL) {
        if (one->raw.len != other->raw.len ||
            (one->raw.len != 0 && memcmp(one->raw.p, other->raw.p, one->raw.len) != 0)) {
            return false;
        }
        one = one->next;
        other = other->next;
    }
    return one == other;
}

#endif /* MBEDTLS_X509_CRT_PARSE_C */
