/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What Mbed TLS answers by a pointer into the connection, answered by a copy which the connection
 * keeps: nothing that another thread does to the connection, short of freeing it, invalidates it.
 *
 * Copies are found again by content, so that asking twice gives one pointer and costs one copy. They
 * are const in the program's hands and are therefore read here without their guards.
 */
#include "manual/ssl_copies.h"

#include <mbedguard/ssl.h>

#if defined(MBEDTLS_SSL_TLS_C)

#include <stdbool.h>
#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include <mbedguard/ssl_access.h>
#if defined(MBEDTLS_X509_CRT_PARSE_C)
#include <mbedguard/x509_crt.h>
#endif

#include "core/enter.h"
#include "manual/members.h"
#include "manual/psa_store.h"
#include "manual/x509_chain.h"

#define EXCLUSIVE (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SSL | MBEDGUARD_IN_CALLBACK)

enum copy_kind { COPY_TEXT, COPY_PEER_CERT, COPY_SESSION };

struct mbedguard_ssl_copy {
    struct mbedguard_ssl_copy *next;
    enum copy_kind kind;
    size_t length; /* of text, without its final zero byte */
    union {
        char *text;
#if defined(MBEDTLS_X509_CRT_PARSE_C)
        mbedguard_x509_crt *crt;
#endif
        mbedguard_ssl_session *session;
    } is;
};

/* The list is the guard's business, whatever const says about the connection. */
static mbedguard_ssl_copies *copies_of(const mbedguard_ssl_context *ssl)
{
    return (mbedguard_ssl_copies *) (uintptr_t) &ssl->companion.copies;
}

static struct mbedguard_ssl_copy *new_copy(enum copy_kind kind)
{
    struct mbedguard_ssl_copy *const copy =
        (struct mbedguard_ssl_copy *) mbedtls_calloc(1, sizeof *copy);

    if (copy != NULL) {
        copy->kind = kind;
    }
    return copy;
}

static void add_copy(mbedguard_ssl_copies *copies, struct mbedguard_ssl_copy *copy)
{
    copy->next = copies->first;
    copies->first = copy;
}

static void free_copy(struct mbedguard_ssl_copy *copy)
{
    switch (copy->kind) {
    case COPY_TEXT:
        mbedtls_free(copy->is.text);
        break;
    case COPY_PEER_CERT:
#if defined(MBEDTLS_X509_CRT_PARSE_C)
        (void) mbedguard_x509_crt_free(copy->is.crt);
#endif
        break;
    case COPY_SESSION:
        (void) mbedguard_ssl_session_free(copy->is.session);
        break;
    }
    mbedtls_free(copy);
}

static void free_list(struct mbedguard_ssl_copy *copy)
{
    while (copy != NULL) {
        struct mbedguard_ssl_copy *const next = copy->next;

        free_copy(copy);
        copy = next;
    }
}

void mbedguard_ssl_copies_free(mbedguard_ssl_copies *copies)
{
    struct mbedguard_ssl_copy *const first = copies->first;

    memset(copies, 0, sizeof *copies);
    free_list(first);
}

int mbedguard_ssl_release_copies(mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    struct mbedguard_ssl_copy *first;
    int ret;

    ret = mbedguard_enter(guard, EXCLUSIVE, __func__);
    if (ret != 0) {
        return ret;
    }
    first = ssl->companion.copies.first;
    ssl->companion.copies.first = NULL;
    free_list(first);
    if (mbedguard_leave(guard, EXCLUSIVE) != 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* ---- Text -------------------------------------------------------------------------------------- */

static const char *keep_text(mbedguard_ssl_copies *copies, const void *bytes, size_t length)
{
    struct mbedguard_ssl_copy *copy;

    for (copy = copies->first; copy != NULL; copy = copy->next) {
        if (copy->kind == COPY_TEXT && copy->length == length &&
            (length == 0 || memcmp(copy->is.text, bytes, length) == 0)) {
            return copy->is.text;
        }
    }
    copy = new_copy(COPY_TEXT);
    if (copy == NULL) {
        return NULL;
    }
    copy->is.text = (char *) mbedtls_calloc(1, length + 1);
    if (copy->is.text == NULL) {
        mbedtls_free(copy);
        return NULL;
    }
    if (length != 0) {
        memcpy(copy->is.text, bytes, length);
    }
    copy->length = length;
    add_copy(copies, copy);
    return copy->is.text;
}

#if defined(MBEDTLS_X509_CRT_PARSE_C)
const char *mbedguard_ssl_get_hostname(mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    const char *name;

    if (mbedguard_enter(guard, EXCLUSIVE, __func__) != 0) {
        return NULL;
    }
    name = ssl->unguarded.MBEDTLS_PRIVATE(hostname);
    if (name != NULL) {
        name = keep_text(copies_of(ssl), name, strlen(name));
    }
    if (mbedguard_leave(guard, EXCLUSIVE) != 0) {
        name = NULL;
    }
    return name;
}
#endif

#if MBEDGUARD_HAVE_SSL_GET_HS_SNI
/* Mbed TLS reads through the handshake without asking whether there is one. */
const unsigned char *mbedguard_ssl_get_hs_sni(mbedguard_ssl_context *ssl, size_t *name_len)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    const unsigned char *name = NULL;

    if (name_len == NULL) {
        return NULL;
    }
    *name_len = 0;
    if (mbedguard_enter(guard, EXCLUSIVE, __func__) != 0) {
        return NULL;
    }
    if (ssl->unguarded.MBEDTLS_PRIVATE(handshake) != NULL) {
        name = mbedtls_ssl_get_hs_sni(&ssl->unguarded, name_len);
        if (name != NULL) {
            name = (const unsigned char *) keep_text(copies_of(ssl), name, *name_len);
        }
    }
    if (mbedguard_leave(guard, EXCLUSIVE) != 0) {
        name = NULL;
    }
    if (name == NULL) {
        *name_len = 0;
    }
    return name;
}
#endif

/* ---- Peer certificate -------------------------------------------------------------------------- */

#if defined(MBEDTLS_X509_CRT_PARSE_C)
static const mbedguard_x509_crt *keep_chain(mbedguard_ssl_copies *copies,
                                            const mbedtls_x509_crt *chain)
{
    struct mbedguard_ssl_copy *copy;

    for (copy = copies->first; copy != NULL; copy = copy->next) {
        if (copy->kind == COPY_PEER_CERT &&
            mbedguard_x509_chain_equal(&copy->is.crt->unguarded, chain)) {
            return copy->is.crt;
        }
    }
    copy = new_copy(COPY_PEER_CERT);
    if (copy == NULL) {
        return NULL;
    }
    copy->is.crt = mbedguard_x509_crt_new();
    if (copy->is.crt == NULL) {
        mbedtls_free(copy);
        return NULL;
    }
    if (mbedguard_x509_chain_copy(&copy->is.crt->unguarded, chain, SIZE_MAX) != 0) {
        free_copy(copy);
        return NULL;
    }
    add_copy(copies, copy);
    return copy->is.crt;
}

const mbedguard_x509_crt *mbedguard_ssl_get_peer_cert(const mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    const mbedguard_x509_crt *crt = NULL;
    const mbedtls_x509_crt *chain;

    if (mbedguard_enter(guard, EXCLUSIVE, __func__) != 0) {
        return NULL;
    }
    chain = mbedtls_ssl_get_peer_cert(&ssl->unguarded);
    if (chain != NULL) {
        crt = keep_chain(copies_of(ssl), chain);
    }
    if (mbedguard_leave(guard, EXCLUSIVE) != 0) {
        crt = NULL;
    }
    return crt;
}

int mbedguard_ssl_copy_peer_cert(const mbedguard_ssl_context *ssl, mbedguard_x509_crt *crt)
{
    mbedguard_want set[3] = {
        {MBEDGUARD_GUARD_OF(ssl), MBEDGUARD_SHARED | MBEDGUARD_RANK_SSL | MBEDGUARD_IN_CALLBACK},
        {MBEDGUARD_GUARD_OF(crt), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_CERT},
        MBEDGUARD_PSA_INSIDE_WANT,
    };
    const mbedtls_x509_crt *chain;
    int ret;

    if (ssl == NULL || crt == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    chain = mbedtls_ssl_get_peer_cert(&ssl->unguarded);
    ret = chain != NULL ? mbedguard_x509_chain_copy(&crt->unguarded, chain, SIZE_MAX)
                        : MBEDGUARD_ERR_NOT_FOUND;
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}
#endif

/* ---- Session ----------------------------------------------------------------------------------- */

/* Loading parses the peer's certificate. */
static int load_session(mbedtls_ssl_session *to, const unsigned char *buf, size_t length)
{
    mbedguard_want store[1] = {MBEDGUARD_PSA_INSIDE_WANT};
    int ret;

    ret = mbedguard_enter_set(store, 1, __func__);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_ssl_session_load(to, buf, length);
    if (mbedguard_leave_set(store, 1) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* mbedtls_ssl_get_session() serves clients alone, and since 3.0 once: by way of the serialised form. */
static int copy_session(mbedtls_ssl_session *to, const mbedtls_ssl_session *from)
{
    unsigned char *buf;
    size_t length = 0;
    int ret;

    ret = mbedtls_ssl_session_save(from, NULL, 0, &length);
    if (ret != MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL) {
        return ret != 0 ? ret : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    }
    buf = (unsigned char *) mbedtls_calloc(1, length);
    if (buf == NULL) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    ret = mbedtls_ssl_session_save(from, buf, length, &length);
    if (ret == 0) {
        ret = load_session(to, buf, length);
    }
    mbedtls_platform_zeroize(buf, length);
    mbedtls_free(buf);
    return ret;
}

/* Into storage of the caller's, whose content goes only when the new one is there. */
static int replace_session(mbedguard_ssl_session *to, const mbedtls_ssl_session *from)
{
    mbedtls_ssl_session copy;
    int ret;

    mbedtls_ssl_session_init(&copy);
    ret = copy_session(&copy, from);
    if (ret != 0) {
        mbedtls_ssl_session_free(&copy);
        return ret;
    }
    mbedtls_ssl_session_free(&to->unguarded);
    to->unguarded = copy;
    mbedtls_platform_zeroize(&copy, sizeof copy);
    return 0;
}

int mbedguard_ssl_copy_session(const mbedguard_ssl_context *ssl, mbedguard_ssl_session *session)
{
    mbedguard_want set[3] = {
        {MBEDGUARD_GUARD_OF(ssl), MBEDGUARD_SHARED | MBEDGUARD_RANK_SSL | MBEDGUARD_IN_CALLBACK},
        {MBEDGUARD_GUARD_OF(session), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_SESSION},
        MBEDGUARD_PSA_INSIDE_WANT,
    };
    const mbedtls_ssl_session *current;
    int ret;

    if (ssl == NULL || session == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    ret = mbedguard_enter_set(set, 3, __func__);
    if (ret != 0) {
        return ret;
    }
    current = ssl->unguarded.MBEDTLS_PRIVATE(session);
    ret = current != NULL ? replace_session(session, current) : MBEDGUARD_ERR_NOT_FOUND;
    if (mbedguard_leave_set(set, 3) != 0 && ret >= 0) {
        ret = MBEDGUARD_ERR_THREADING;
    }
    return ret;
}

/* ---- Session by pointer (2.28) ----------------------------------------------------------------- */

#if MBEDTLS_VERSION_NUMBER < 0x03000000
/* One handshake makes one master secret; what else may change in its session is the ticket. */
static bool same_session(const mbedtls_ssl_session *one, const mbedtls_ssl_session *other)
{
#if defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
    if (one->ticket_len != other->ticket_len ||
        (one->ticket_len != 0 && memcmp(one->ticket, other->ticket, one->ticket_len) != 0)) {
        return false;
    }
#endif
    return one->ciphersuite == other->ciphersuite && one->id_len == other->id_len &&
           memcmp(one->id, other->id, sizeof one->id) == 0 &&
           memcmp(one->master, other->master, sizeof one->master) == 0 &&
           one->verify_result == other->verify_result;
}

static const mbedguard_ssl_session *keep_session(mbedguard_ssl_copies *copies,
                                                 const mbedtls_ssl_session *session)
{
    struct mbedguard_ssl_copy *copy;

    for (copy = copies->first; copy != NULL; copy = copy->next) {
        if (copy->kind == COPY_SESSION && same_session(&copy->is.session->unguarded, session)) {
            return copy->is.session;
        }
    }
    copy = new_copy(COPY_SESSION);
    if (copy == NULL) {
        return NULL;
    }
    copy->is.session = mbedguard_ssl_session_new();
    if (copy->is.session == NULL) {
        mbedtls_free(copy);
        return NULL;
    }
    if (copy_session(&copy->is.session->unguarded, session) != 0) {
        free_copy(copy);
        return NULL;
    }
    add_copy(copies, copy);
    return copy->is.session;
}

const mbedguard_ssl_session *mbedguard_ssl_get_session_pointer(const mbedguard_ssl_context *ssl)
{
    mbedguard_guard *const guard = MBEDGUARD_GUARD_OF(ssl);
    const mbedguard_ssl_session *session = NULL;
    const mbedtls_ssl_session *current;

    if (mbedguard_enter(guard, EXCLUSIVE, __func__) != 0) {
        return NULL;
    }
    current = mbedtls_ssl_get_session_pointer(&ssl->unguarded);
    if (current != NULL) {
        session = keep_session(copies_of(ssl), current);
    }
    if (mbedguard_leave(guard, EXCLUSIVE) != 0) {
        session = NULL;
    }
    return session;
}
#endif

#endif /* MBEDTLS_SSL_TLS_C */
