/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Sessions to bytes and back. */
#include "modules/ssl_cache/session_form.h"

#if defined(MBEDTLS_SSL_CACHE_C)

#include <stddef.h>
#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "modules/ssl_cache/keyed_hash.h"

/* The new one is whole: let go of what stood there, and take its place. */
static void replace(mbedtls_ssl_session *session, mbedtls_ssl_session *fresh)
{
    mbedtls_ssl_session_free(session);
    *session = *fresh;
    mbedtls_platform_zeroize(fresh, sizeof(*fresh));
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000

/* What stands in front: the struct, without its pointers, and the lengths of what they pointed to. */
typedef struct packed {
    mbedtls_ssl_session session;
    size_t peer_length; /* the certificate in DER, or its digest */
    size_t ticket_length;
    unsigned char has_peer, has_ticket;
} packed;

/* What a session points to. */
typedef struct pieces {
    const unsigned char *peer, *ticket;
    size_t peer_length, ticket_length;
} pieces;

#if defined(MBEDTLS_X509_CRT_PARSE_C) && defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
#define PEER_CERTIFICATE 1
#elif defined(MBEDTLS_X509_CRT_PARSE_C)
#define PEER_DIGEST 1
#endif
#if defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
#define TICKET 1
#endif

static pieces pieces_of(const mbedtls_ssl_session *session)
{
    pieces found = { NULL, NULL, 0, 0 };

#if defined(PEER_CERTIFICATE)
    if (session->peer_cert != NULL) {
        found.peer = session->peer_cert->raw.p;
        found.peer_length = session->peer_cert->raw.len;
    }
#elif defined(PEER_DIGEST)
    if (session->peer_cert_digest != NULL) {
        found.peer = session->peer_cert_digest;
        found.peer_length = session->peer_cert_digest_len;
    }
#endif
#if defined(TICKET)
    if (session->ticket != NULL) {
        found.ticket = session->ticket;
        found.ticket_length = session->ticket_len;
    }
#endif
    (void) session;
    return found;
}

static void forget_pieces(mbedtls_ssl_session *session)
{
#if defined(PEER_CERTIFICATE)
    session->peer_cert = NULL;
#elif defined(PEER_DIGEST)
    session->peer_cert_digest = NULL;
#endif
#if defined(TICKET)
    session->ticket = NULL;
#endif
    (void) session;
}

int mbedguard_session_measure(const mbedtls_ssl_session *session, size_t *length)
{
    const pieces found = pieces_of(session);

#if defined(PEER_CERTIFICATE)
    /* One that nothing was parsed into cannot be parsed again. */
    if (session->peer_cert != NULL && found.peer == NULL)
        return MBEDGUARD_CACHE_NO_MEMORY;
#endif
    *length = sizeof(packed) + found.peer_length + found.ticket_length;
    return 0;
}

int mbedguard_session_pack(const mbedtls_ssl_session *session, unsigned char *bytes, size_t length)
{
    const pieces found = pieces_of(session);
    packed head;

    if (length != sizeof(head) + found.peer_length + found.ticket_length)
        return MBEDGUARD_CACHE_NO_MEMORY;
    memset(&head, 0, sizeof(head));
    memcpy(&head.session, session, sizeof(*session));
    forget_pieces(&head.session);
    head.peer_length = found.peer_length;
    head.ticket_length = found.ticket_length;
    head.has_peer = found.peer != NULL;
    head.has_ticket = found.ticket != NULL;
    memcpy(bytes, &head, sizeof(head));
    bytes += sizeof(head);
    if (found.peer != NULL)
        memcpy(bytes, found.peer, found.peer_length);
    if (found.ticket != NULL)
        memcpy(bytes + found.peer_length, found.ticket, found.ticket_length);
    mbedtls_platform_zeroize(&head, sizeof(head));
    return 0;
}

#if defined(PEER_DIGEST) || defined(TICKET)
static int copy_piece(unsigned char **piece, const unsigned char *bytes, size_t length)
{
    *piece = mbedtls_calloc(1, length);
    if (*piece == NULL)
        return MBEDGUARD_CACHE_NO_MEMORY;
    memcpy(*piece, bytes, length);
    return 0;
}
#endif

static int unpack_peer(mbedtls_ssl_session *session, const unsigned char *bytes, size_t length)
{
#if defined(PEER_CERTIFICATE)
    session->peer_cert = mbedtls_calloc(1, sizeof(*session->peer_cert));
    if (session->peer_cert == NULL)
        return MBEDGUARD_CACHE_NO_MEMORY;
    mbedtls_x509_crt_init(session->peer_cert);
    return mbedtls_x509_crt_parse_der(session->peer_cert, bytes, length) == 0
               ? 0
               : MBEDGUARD_CACHE_NO_MEMORY;
#elif defined(PEER_DIGEST)
    return copy_piece(&session->peer_cert_digest, bytes, length);
#else
    (void) session;
    (void) bytes;
    (void) length;
    return 0;
#endif
}

static int unpack_pieces(mbedtls_ssl_session *session, const packed *head,
                         const unsigned char *bytes)
{
    int ret = 0;

    if (head->has_peer != 0)
        ret = unpack_peer(session, bytes, head->peer_length);
#if defined(TICKET)
    if (ret == 0 && head->has_ticket != 0)
        ret = copy_piece(&session->ticket, bytes + head->peer_length, head->ticket_length);
#endif
    return ret;
}

int mbedguard_session_unpack(mbedtls_ssl_session *session, const unsigned char *bytes,
                             size_t length)
{
    packed head;
    int ret;

    (void) length;
    memcpy(&head, bytes, sizeof(head));
    ret = unpack_pieces(&head.session, &head, bytes + sizeof(head));
    if (ret == 0)
        replace(session, &head.session);
    else
        mbedtls_ssl_session_free(&head.session);
    return ret;
}

static bool is_whole(const packed *head, size_t length, const unsigned char *id, size_t id_length)
{
    const pieces none = pieces_of(&head->session);

    if (none.peer != NULL || none.ticket != NULL || none.peer_length + none.ticket_length != 0)
        return false;
    if (head->session.id_len != id_length || memcmp(head->session.id, id, id_length) != 0)
        return false;
#if defined(TICKET)
    if (head->has_ticket != 0 && head->session.ticket_len != head->ticket_length)
        return false;
#endif
#if defined(PEER_DIGEST)
    if (head->has_peer != 0 && head->session.peer_cert_digest_len != head->peer_length)
        return false;
#endif
    length -= sizeof(*head);
    return head->has_peer <= 1 && head->has_ticket <= 1 && head->peer_length <= length &&
           head->ticket_length == length - head->peer_length &&
           (head->has_peer != 0 || head->peer_length == 0) &&
           (head->has_ticket != 0 || head->ticket_length == 0);
}

bool mbedguard_session_is_whole(const unsigned char *bytes, size_t length, const unsigned char *id,
                                size_t id_length)
{
    packed head;
    bool whole;

    if (length < sizeof(head) || id_length > sizeof(head.session.id))
        return false;
    memcpy(&head, bytes, sizeof(head));
#if defined(PEER_CERTIFICATE)
    whole = head.session.peer_cert == NULL;
#else
    whole = true;
#endif
    whole = whole && is_whole(&head, length, id, id_length);
    mbedtls_platform_zeroize(&head, sizeof(head));
    return whole;
}

/* The bytes are its own memory. */
int mbedguard_session_try(const unsigned char *bytes, size_t length)
{
    (void) bytes;
    (void) length;
    return 0;
}

uint64_t mbedguard_session_form(void)
{
    static const mbedguard_hash_key key = { { 0, 0 } };
    const size_t layout[] = {
        sizeof(mbedtls_ssl_session),
        sizeof(packed),
        sizeof(size_t),
        sizeof(void *),
        offsetof(mbedtls_ssl_session, ciphersuite),
        offsetof(mbedtls_ssl_session, id_len),
        offsetof(mbedtls_ssl_session, id),
        offsetof(mbedtls_ssl_session, master),
        offsetof(mbedtls_ssl_session, verify_result),
#if defined(PEER_CERTIFICATE)
        offsetof(mbedtls_ssl_session, peer_cert),
#elif defined(PEER_DIGEST)
        offsetof(mbedtls_ssl_session, peer_cert_digest) << 1,
#endif
#if defined(TICKET)
        offsetof(mbedtls_ssl_session, ticket),
#endif
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
        1u << 16,
#endif
#if defined(MBEDTLS_SSL_TRUNCATED_HMAC)
        1u << 17,
#endif
#if defined(MBEDTLS_SSL_ENCRYPT_THEN_MAC)
        1u << 18,
#endif
    };

    /* In the order of bytes of this machine. */
    return mbedguard_keyed_hash(&key, (const unsigned char *) layout, sizeof(layout));
}

#else

int mbedguard_session_measure(const mbedtls_ssl_session *session, size_t *length)
{
    const int ret = mbedtls_ssl_session_save(session, NULL, 0, length);

    return ret == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL ? 0 : ret;
}

int mbedguard_session_pack(const mbedtls_ssl_session *session, unsigned char *bytes, size_t length)
{
    return mbedtls_ssl_session_save(session, bytes, length, &length);
}

int mbedguard_session_unpack(mbedtls_ssl_session *session, const unsigned char *bytes,
                             size_t length)
{
    mbedtls_ssl_session fresh;
    int ret;

    mbedtls_ssl_session_init(&fresh);
    ret = mbedtls_ssl_session_load(&fresh, bytes, length);
    if (ret == 0)
        replace(session, &fresh);
    else
        mbedtls_ssl_session_free(&fresh);
    return ret;
}

/* Mbed TLS looks itself when it unpacks, at the version and the configuration as well. */
bool mbedguard_session_is_whole(const unsigned char *bytes, size_t length, const unsigned char *id,
                                size_t id_length)
{
    (void) bytes;
    (void) id;
    return length != 0 && id_length <= 32;
}

int mbedguard_session_try(const unsigned char *bytes, size_t length)
{
    mbedtls_ssl_session session;
    int ret;

    mbedtls_ssl_session_init(&session);
    ret = mbedtls_ssl_session_load(&session, bytes, length);
    mbedtls_ssl_session_free(&session);
    return ret;
}

uint64_t mbedguard_session_form(void)
{
    return 0;
}

#endif

#endif
