/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A session as bytes, in the form in which Mbed TLS's own cache of the version keeps it: before 3.0 a
 * copy of the struct with the peer's certificate in DER, since 3.0 what mbedtls_ssl_session_save()
 * writes. No lock is needed but that of the session.
 */
#ifndef MBEDGUARD_SSL_CACHE_SESSION_FORM_H
#define MBEDGUARD_SSL_CACHE_SESSION_FORM_H

#include <mbedguard/ssl_cache.h>

#include <stdbool.h>

#if defined(MBEDTLS_SSL_CACHE_C)

/* What Mbed TLS's cache returns: before 3.0 always the same. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define MBEDGUARD_CACHE_NOT_FOUND 1
#define MBEDGUARD_CACHE_NO_MEMORY 1
#define MBEDGUARD_CACHE_NO_ROOM   1
#define MBEDGUARD_CACHE_BAD_ID    1
#else
#if defined(MBEDTLS_ERR_SSL_CACHE_ENTRY_NOT_FOUND)
#define MBEDGUARD_CACHE_NOT_FOUND MBEDTLS_ERR_SSL_CACHE_ENTRY_NOT_FOUND
#else
#define MBEDGUARD_CACHE_NOT_FOUND 1
#endif
#define MBEDGUARD_CACHE_NO_MEMORY MBEDTLS_ERR_SSL_ALLOC_FAILED
#if defined(MBEDTLS_HAVE_TIME)
#define MBEDGUARD_CACHE_NO_ROOM MBEDTLS_ERR_SSL_INTERNAL_ERROR
#else
#define MBEDGUARD_CACHE_NO_ROOM MBEDTLS_ERR_ERROR_CORRUPTION_DETECTED
#endif
#define MBEDGUARD_CACHE_BAD_ID MBEDTLS_ERR_SSL_BAD_INPUT_DATA
#endif

/* How many bytes: 0 or an error of the cache. */
int mbedguard_session_measure(const mbedtls_ssl_session *session, size_t *length);

/* Write exactly the bytes that were measured. */
int mbedguard_session_pack(const mbedtls_ssl_session *session, unsigned char *bytes, size_t length);

/*
 * Put what was packed in the place of what the session holds: 0, or an error of the cache with the session
 * unchanged.
 */
int mbedguard_session_unpack(mbedtls_ssl_session *session, const unsigned char *bytes,
                             size_t length);

/* Whether bytes from outside may be unpacked: they do not reach beyond their end. */
bool mbedguard_session_is_whole(const unsigned char *bytes, size_t length, const unsigned char *id,
                                size_t id_length);

/* Whether Mbed TLS takes bytes from outside, as far as it looks: 0 or its error. */
int mbedguard_session_try(const unsigned char *bytes, size_t length);

/* Differs where the same bytes would mean something else. */
uint64_t mbedguard_session_form(void);

#endif

#endif /* MBEDGUARD_SSL_CACHE_SESSION_FORM_H */
