/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What programs do without a slot: a mutex around reading the pointer, and the connection's own
 * reference after that. Compiled with it, the test of replacing has to fail.
 */
#ifndef NAIVE_SWAP_H
#define NAIVE_SWAP_H

#include <mbedguard/ssl_config_slot.h>

int naive_ssl_config_swap(mbedguard_ssl_config_slot *slot, mbedguard_ssl_config *conf);
int naive_ssl_setup_current(mbedguard_ssl_context *ssl, const mbedguard_ssl_config_slot *slot);

#define mbedguard_ssl_config_swap   naive_ssl_config_swap
#define mbedguard_ssl_setup_current naive_ssl_setup_current

#endif /* NAIVE_SWAP_H */
