/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file net_access.h
 * @brief The descriptor of a network context.
 *
 * A mbedguard_net_context is a mbedtls_net_context and has no guard: programs copy it by value and
 * close it in signal handlers. Two threads may use one, each as the raw functions allow; of two that
 * close it only one closes the descriptor. A program that closes a descriptor while another thread
 * waits for it gets what the system gives, as ever.
 */
/* In front of the guard: these include this file at their end, when all that it needs is declared. */
#include <mbedguard/net_sockets.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_NET_ACCESS_H
#define MBEDGUARD_NET_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MBEDTLS_NET_C)
/**
 * @brief       Tell the descriptor of a network context.
 * @param ctx   [in] The context; may be NULL.
 * @return      The descriptor; -1 where there is none, or ctx is NULL
 * @par Locking None: the descriptor is read in one step.
 * @since       0.1
 * @see         mbedtls_net_context
 */
MBEDGUARD_API int mbedguard_net_get_fd(const mbedguard_net_context *ctx);
#endif

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_NET_ACCESS_H */
