/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_config_slot.h
 * @brief Replacing certificate, key and trust while serving.
 *
 * A server has one slot, and in it the configuration that new connections get. Its threads set each
 * connection up from the slot; another thread makes a new configuration and swaps it in:
 *
 *     static mbedguard_ssl_config_slot current;
 *
 *     conf = mbedguard_ssl_config_new();            // who replaces
 *     ...                                           // mbedguard_ssl_conf_own_cert() and so on
 *     ret = mbedguard_ssl_config_swap(&current, conf);
 *     mbedguard_ssl_config_free(conf);              // the slot has a reference of its own
 *
 *     ret = mbedguard_ssl_setup_current(&ssl, &current); // who serves
 *
 * A connection belongs to the configuration that was in the slot when it was set up, and ends on it,
 * also if it is reset and used again; the configuration before, and what only that one keeps, is
 * freed with its last connection. Nobody waits for anybody.
 */
/* In front of the guard: it includes this file at its end, when all that this one needs is declared. */
#include <mbedguard/ssl.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_SSL_CONFIG_SLOT_H
#define MBEDGUARD_SSL_CONFIG_SLOT_H

#if defined(MBEDTLS_SSL_TLS_C)

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief The place of a counted configuration, for any number of threads.
 *
 * All-zero bytes are an empty one. It stays where it is while it is in use, and is not copied.
 */
typedef struct mbedguard_ssl_config_slot {
    void *config; /**< The library's own: not to be read, since it may be freed at any time. */
} mbedguard_ssl_config_slot;

/**
 * @brief          Have connections that are set up from now on use another configuration.
 *
 * The configuration should be complete: who takes it from the slot uses it at once.
 *
 * @param slot     [in,out] The slot.
 * @param conf     [in] The configuration, made by mbedguard_ssl_config_new(). To empty the slot there
 *                 is mbedguard_ssl_config_slot_free().
 * @return         0
 * @return         #MBEDGUARD_ERR_BAD_INPUT slot or conf is NULL; conf is in the caller's storage, or
 *                 was freed
 * @return         #MBEDGUARD_ERR_NOT_INITIALIZED the slot was never zeroed, or what is in it was freed
 *                 once too often
 * @return         #MBEDGUARD_ERR_OVERFLOW too many references
 * @return         #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING
 * @par Locking    Takes no guard and waits for no call: may be called from callbacks and under explicit
 *                 locks. If it lets the last reference to the configuration before go, it frees that
 *                 one; under a guard, when the thread holds none any more.
 * @par Ownership  The slot has a reference of its own; the caller goes on owning conf. On an error the
 *                 slot has what it had.
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_config_swap(mbedguard_ssl_config_slot *slot,
                                            mbedguard_ssl_config *conf);

/**
 * @brief          Set a connection up with the configuration that is in a slot now.
 * @param ssl      [in,out] The connection, as for mbedguard_ssl_setup().
 * @param slot     [in] The slot.
 * @return         As mbedguard_ssl_setup()
 * @return         #MBEDGUARD_ERR_BAD_INPUT ssl or slot is NULL
 * @return         #MBEDGUARD_ERR_NOT_FOUND the slot is empty
 * @return         #MBEDGUARD_ERR_NOT_INITIALIZED also: as for mbedguard_ssl_config_swap()
 * @par Locking    Takes ssl exclusive and the configuration shared, as mbedguard_ssl_setup().
 * @par Ownership  The connection keeps the configuration until it is freed or set up anew.
 * @since          0.1
 * @see            mbedtls_ssl_setup()
 */
MBEDGUARD_API int mbedguard_ssl_setup_current(mbedguard_ssl_context *ssl,
                                              const mbedguard_ssl_config_slot *slot);

/**
 * @brief          Take a reference to the configuration that is in a slot now.
 *
 * For what mbedguard_ssl_setup_current() does not do: to look into it, or to set several connections
 * up with the same one.
 *
 * @param slot     [in] The slot.
 * @param conf     [out] The configuration; NULL on failure.
 * @return         0
 * @return         #MBEDGUARD_ERR_BAD_INPUT slot or conf is NULL
 * @return         #MBEDGUARD_ERR_NOT_FOUND the slot is empty
 * @return         #MBEDGUARD_ERR_NOT_INITIALIZED, #MBEDGUARD_ERR_OVERFLOW,
 *                 #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING as for
 *                 mbedguard_ssl_config_swap()
 * @par Locking    Takes no guard, as mbedguard_ssl_config_swap().
 * @par Ownership  The caller gives the reference back with mbedguard_ssl_config_free().
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_config_current(const mbedguard_ssl_config_slot *slot,
                                               mbedguard_ssl_config **conf);

/**
 * @brief          Empty a slot.
 * @param slot     [in,out] The slot; NULL and empty ones are ignored. May be used again.
 * @return         0
 * @return         #MBEDGUARD_ERR_NOT_INITIALIZED, #MBEDGUARD_ERR_ALLOC_FAILED,
 *                 #MBEDGUARD_ERR_THREADING as for mbedguard_ssl_config_swap(); nothing changed
 * @par Locking    As mbedguard_ssl_config_swap().
 * @par Ownership  The configuration lives on while others have it.
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_config_slot_free(mbedguard_ssl_config_slot *slot);

#ifdef __cplusplus
}
#endif

#endif /* MBEDTLS_SSL_TLS_C */

#endif /* MBEDGUARD_SSL_CONFIG_SLOT_H */
