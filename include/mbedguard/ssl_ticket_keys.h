/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_ticket_keys.h
 * @brief Session tickets from many threads, and of many processes.
 *
 * A ticket context seals and opens as many tickets at once as there are processors (at most 16): each
 * call works on a copy of its own of the keys, with Mbed TLS's own functions, and tickets are those
 * of Mbed TLS. Where keys are PSA's (Mbed TLS 4, and 3 with MBEDTLS_USE_PSA_CRYPTO) there are no
 * copies, since PSA lets many calls use one key. With MBEDTLS_USE_PSA_CRYPTO on 2.28, and where PSA
 * is inside and Mbed TLS has no mutexes, calls go one by one.
 *
 * What may run side by side, and what waits for what:
 *
 * |              | write, parse | export | setup, rotate, import, a new key | lock, borrow, free |
 * |--------------|--------------|--------|----------------------------------|--------------------|
 * | write, parse | side by side | side by side | waits | waits |
 * | export       | side by side | side by side | waits | waits |
 * | setup, rotate, import, a new key | waits | waits | waits | waits |
 * | lock, borrow, free | waits | waits | waits | waits |
 *
 * A new key is what a write or a parse makes when the active one has reached its lifetime: one of
 * the calls that find that out makes it, and the others wait. A call sees the keys before or after
 * a change, never a mixture; a change that fails has changed nothing. Tickets of the key before still
 * open, those of the one before that do not, and its bytes are wiped everywhere.
 *
 * The generator of mbedguard_ssl_ticket_setup() is called by several threads at once. It must not
 * call functions on the same ticket context (MBEDGUARD_ERR_REENTRY, or MBEDGUARD_ERR_UPGRADE for those
 * that change it).
 *
 * A thread that ends, or that is gone after a fork(), in the middle of a write or a parse leaves
 * nothing broken: the copy of the keys that it had is wiped, and made anew by the next call that takes
 * it. A child of fork() that does not have the thread which was rotating or importing goes on with the
 * keys before or after that, but where it was made in the moment in which one takes the place of the
 * other.
 *
 * A context that the program sets up, or rotates, through mbedguard_borrow() with functions of Mbed
 * TLS is served as these leave it, one call at a time, until the next mbedguard_ssl_ticket_setup().
 */
/* In front of the guard: it includes this file at its end, when all that this one needs is declared. */
#include <mbedguard/ssl_ticket.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_SSL_TICKET_KEYS_H
#define MBEDGUARD_SSL_TICKET_KEYS_H

#if defined(MBEDTLS_SSL_TICKET_C)

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Bytes that mbedguard_ssl_ticket_export_keys() writes.
 *
 * All numbers are big-endian. From 0: "mgTK"; 1 byte format, 1; 1 byte mode, 1 GCM, 2 CCM, 3
 * ChaCha20-Poly1305; 1 byte cipher, 1 AES, 2 ARIA, 3 Camellia, 4 ChaCha20; 1 byte zero; 2 bytes key
 * length in bits; 2 bytes zero; 4 bytes lifetime of the next key, in seconds. From 16 the key that
 * seals, from 64 the one before it, each: 4 bytes name; 8 bytes time at which it was made, in
 * seconds since 1970, 0 without MBEDTLS_HAVE_TIME; 4 bytes lifetime in seconds; 32 bytes key, of
 * which the first are used and the others zero. At 112 the FNV-1a hash (32 bits) of all before: it
 * tells damage, not forgery.
 */
#define MBEDGUARD_SSL_TICKET_KEYS_SIZE 116

/**
 * @brief          Write the keys of a ticket context to a buffer, for other processes.
 *
 * Whoever has these bytes can read and make tickets: encrypt and authenticate them on their way, and
 * wipe buf.
 *
 * For a farm of servers one process makes the keys, rotates, exports after each rotation, and
 * hands the bytes to the others, which import them. Tickets of the key before go on to open
 * everywhere, so that the others need not have the new key at once. With a lifetime above 0 each
 * process makes a key of its own when the active one has reached it, as Mbed TLS has it: rotate
 * before, or set up and rotate with the lifetime 0 where Mbed TLS is built without time.
 *
 * @param ctx      [in] The ticket context, set up.
 * @param buf      [out] The keys; untouched on failure.
 * @param size     [in] Bytes in buf.
 * @param olen     [out] #MBEDGUARD_SSL_TICKET_KEYS_SIZE, also when buf is too small; 0 on other
 *                 failures.
 * @return         0
 * @return         MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL size is below *olen
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA ctx is not set up
 * @return         #MBEDGUARD_ERR_UNSUPPORTED the keys were set through mbedguard_borrow(), or are for a
 *                 cipher that the format has no number for
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @return         #MBEDGUARD_ERR_NOT_INITIALIZED, #MBEDGUARD_ERR_BROKEN, #MBEDGUARD_ERR_ORDER,
 *                 #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING
 * @par Locking    Takes ctx shared.
 * @par Callbacks  None.
 * @par Ownership  The bytes are the caller's.
 * @since          0.1
 * @see            mbedtls_ssl_ticket_rotate()
 */
MBEDGUARD_API int mbedguard_ssl_ticket_export_keys(const mbedguard_ssl_ticket_context *ctx,
                                                   unsigned char *buf, size_t size, size_t *olen);

/**
 * @brief          Take over the keys that another process exported.
 *
 * Both keys and the lifetime take the place of those that ctx has, in one step: tickets that were
 * sealed with its own do not open any more. A time at which a key was made that lies ahead of this
 * machine's clock is taken for now.
 *
 * @param ctx      [in,out] The ticket context, set up for the same cipher.
 * @param buf      [in] The keys; read once.
 * @param len      [in] Bytes in buf, #MBEDGUARD_SSL_TICKET_KEYS_SIZE.
 * @return         0
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA ctx is not set up; the bytes are not those of an
 *                 export, damaged, cut short, of another format, or for another cipher. Nothing changed
 * @return         #MBEDGUARD_ERR_UNSUPPORTED the keys of ctx were set through mbedguard_borrow()
 * @return         MBEDTLS_ERR_* of setting the keys. Nothing changed
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @return         #MBEDGUARD_ERR_NOT_INITIALIZED, #MBEDGUARD_ERR_BROKEN, #MBEDGUARD_ERR_ORDER,
 *                 #MBEDGUARD_ERR_REENTRY, #MBEDGUARD_ERR_UPGRADE, #MBEDGUARD_ERR_ALLOC_FAILED,
 *                 #MBEDGUARD_ERR_THREADING
 * @par Locking    Takes ctx exclusive: waits for the calls inside.
 * @par Callbacks  None.
 * @par Ownership  Keeps nothing of buf.
 * @since          0.1
 * @see            mbedtls_ssl_ticket_rotate()
 */
MBEDGUARD_API int mbedguard_ssl_ticket_import_keys(mbedguard_ssl_ticket_context *ctx,
                                                   const unsigned char *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* MBEDTLS_SSL_TICKET_C */

#endif /* MBEDGUARD_SSL_TICKET_KEYS_H */
