/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Sessions by number, stored and looked up with the functions of the version; and a clock. */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "live/live.h"

#include <mbedguard/ssl_cache.h>

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

#define ID 32

/* What look-ups return that find nothing. */
#if LIVE_V3
#define NOT_FOUND MBEDTLS_ERR_SSL_CACHE_ENTRY_NOT_FOUND
#else
#define NOT_FOUND 1
#endif

/* The time from now on, for Mbed TLS and for mbedguard; 0: that of the machine. */
void clock_set(int64_t now);

void session_id(unsigned char id[ID], unsigned number);
/* The session with this number, in one of many versions. */
void session_make(mbedtls_ssl_session *session, unsigned number, unsigned version);
/* A certificate of live_pem and a ticket, where sessions have any. */
void session_add_pieces(mbedtls_ssl_session *session);
/* The version of a session with this number, or -1 if it is no such session. */
int session_version(const mbedtls_ssl_session *session, unsigned number);

int put(mbedguard_ssl_cache_context *cache, unsigned number, unsigned version);
/* The version that is found, or -1 for none, or an error of ours. */
int find(mbedguard_ssl_cache_context *cache, unsigned number);
int take(mbedguard_ssl_cache_context *cache, unsigned number);
/* What the call itself returns. */
int find_into(mbedguard_ssl_cache_context *cache, unsigned number, mbedguard_ssl_session *session);

int put_raw(mbedtls_ssl_cache_context *cache, unsigned number, unsigned version);
int find_raw_into(mbedtls_ssl_cache_context *cache, unsigned number, mbedtls_ssl_session *session);
int find_raw(mbedtls_ssl_cache_context *cache, unsigned number);

/* For sessions with pieces. */
int put_session(mbedguard_ssl_cache_context *cache, const mbedguard_ssl_session *session);
int put_session_raw(mbedtls_ssl_cache_context *cache, const mbedtls_ssl_session *session);

mbedguard_ssl_cache_statistics numbers_of(mbedguard_ssl_cache_context *cache);

#endif /* SESSIONS_H */
