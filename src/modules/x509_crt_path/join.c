/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Parsing aside, and the one step in which others see the outcome. A certificate is moved as it is:
 * its members point into memory of its own (the copy of its bytes, lists, the key), and nothing points
 * at it but the one before it.
 */
#include "modules/x509_crt_path/join.h"

#if defined(MBEDTLS_X509_CRT_PARSE_C)

#include <mbedtls/platform.h>

#include "core/enter.h"
#include "manual/psa_store.h"

#define JOIN (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CERT)

static void free_list(mbedtls_x509_crt *list)
{
    if (list != NULL) {
        mbedtls_x509_crt_free(list);
        mbedtls_free(list);
    }
}

/* Nobody else knows the list: only PSA, where parsing uses it and it has no locks, wants a guard. */
static int parse_aside(mbedtls_x509_crt *list, const unsigned char *bytes, size_t length,
                       int *result, const char *where)
{
    mbedguard_want store[1] = {MBEDGUARD_PSA_INSIDE_WANT};
    int ret;

    ret = mbedguard_enter_set(store, 1, where);
    if (ret != 0) {
        return ret;
    }
    *result = mbedtls_x509_crt_parse(list, bytes, length);
    return mbedguard_leave_set(store, 1) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

/*
 * Put one at the end of a chain, as Mbed TLS's parser does: into an empty certificate, which the first
 * one of a chain may be, or behind the last. Returns where it is now.
 */
static mbedtls_x509_crt *append_one(mbedtls_x509_crt *crt, mbedtls_x509_crt *one)
{
    while (crt->version != 0 && crt->next != NULL) {
        crt = crt->next;
    }
    if (crt->version != 0) {
        crt->next = one;
        return one;
    }
    one->next = crt->next;
    *crt = *one;
    mbedtls_free(one);
    return crt;
}

static void append(mbedtls_x509_crt *chain, mbedtls_x509_crt *list)
{
    while (list != NULL) {
        mbedtls_x509_crt *const one = list;

        list = one->next;
        one->next = NULL;
        chain = append_one(chain, one);
    }
}

static int join(mbedguard_x509_crt *chain, mbedtls_x509_crt *list, const char *where)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(chain);
    int ret;

    ret = mbedguard_enter(guard, JOIN, where);
    if (ret != 0) {
        free_list(list);
        return ret;
    }
    append(&chain->unguarded, list);
    return mbedguard_leave(guard, JOIN) == 0 ? 0 : MBEDGUARD_ERR_THREADING;
}

int mbedguard_crt_parse_and_join(mbedguard_x509_crt *chain, const unsigned char *bytes,
                                 size_t length, int *result, const char *where)
{
    /* On the heap, since it is going to be a link of the chain. */
    mbedtls_x509_crt *const list = mbedtls_calloc(1, sizeof(*list));
    int ret;

    *result = MBEDTLS_ERR_X509_ALLOC_FAILED;
    if (list == NULL) {
        return 0;
    }
    mbedtls_x509_crt_init(list);
    ret = parse_aside(list, bytes, length, result, where);
    if (ret != 0 || *result == MBEDTLS_ERR_X509_ALLOC_FAILED || list->version == 0) {
        free_list(list);
        return ret;
    }
    return join(chain, list, where);
}

#else

/* ISO C wants a translation unit to declare something. */
extern const int mbedguard_crt_join_is_empty;

#endif
