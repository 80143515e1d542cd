/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Callbacks of the modules' own, that Mbed TLS has no function for. */
#ifndef MBEDGUARD_MODULES_MODULE_OBJECT_H
#define MBEDGUARD_MODULES_MODULE_OBJECT_H

#include <mbedguard/guard.h>

/*
 * The guard of `data` if `function` is such a callback, with its rank; else NULL, and rank 0. What
 * mbedguard_callback_object() asks last.
 */
mbedguard_guard *mbedguard_module_object(void (*function)(void), void *data, unsigned *rank);

#endif /* MBEDGUARD_MODULES_MODULE_OBJECT_H */
