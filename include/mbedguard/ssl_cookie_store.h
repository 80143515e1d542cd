/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_cookie_store.h
 * @brief Cookies for DTLS ClientHello, from many threads.
 *
 * A cookie context makes and checks as many cookies at once as there are processors (at most 16): each
 * call works on a hash of its own under the same key, with Mbed TLS's own functions, and cookies are
 * those of Mbed TLS. Where the key is PSA's (Mbed TLS 4, and 3 with MBEDTLS_USE_PSA_CRYPTO) there are no
 * copies, since PSA lets many calls use one key; where PSA has no mutexes they go one by one. Without
 * MBEDTLS_HAVE_TIME cookies are numbered: no number is given twice, whatever the number of threads.
 *
 * What may run side by side, and what waits for what:
 *
 * |              | write, check | setup, set_timeout | lock, borrow, free |
 * |--------------|--------------|--------------------|--------------------|
 * | write, check | side by side | waits | waits |
 * | setup, set_timeout | waits | waits | waits |
 * | lock, borrow, free | waits | waits | waits |
 *
 * A call sees the key and the time-out before or after a change, never a mixture; a set-up that fails
 * has changed nothing. One that succeeds makes a new key, and wipes the one before: cookies that clients
 * have got are not theirs any more, and they are sent new ones.
 *
 * A thread that is gone after a fork() in the middle of a write or a check leaves nothing broken: the
 * hash that it had is made anew by the next call that takes it. A context that the program sets up
 * through mbedguard_borrow() with the function of Mbed TLS is served one call at a time.
 */
#ifndef MBEDGUARD_SSL_COOKIE_STORE_H
#define MBEDGUARD_SSL_COOKIE_STORE_H

/**
 * @brief A member of mbedguard_ssl_cookie_ctx; its members are the library's own.
 *
 * All-zero bytes are a valid one.
 */
typedef struct mbedguard_ssl_cookie_store {
    struct mbedguard_cookie_state *state; /**< Key and lanes; NULL before the set-up. */
} mbedguard_ssl_cookie_store;

#endif /* MBEDGUARD_SSL_COOKIE_STORE_H */
