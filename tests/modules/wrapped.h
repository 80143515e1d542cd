/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * For programs that take the place of calloc() and free() by --wrap: where Mbed TLS's allocation functions
 * can be set, the library allocates by mbedtls_calloc() and mbedtls_free(), which are in Mbed TLS. With
 * --wrap for these, too, they lead to the same. Included once, behind what takes the place.
 */
#ifndef MODULES_WRAPPED_H
#define MODULES_WRAPPED_H

#include <stddef.h>

#include <mbedtls/platform.h>

#if defined(MBEDTLS_PLATFORM_MEMORY) &&                                                            \
    !(defined(MBEDTLS_PLATFORM_CALLOC_MACRO) && defined(MBEDTLS_PLATFORM_FREE_MACRO))

/* The linker wants to be able to show them to libraries of Mbed TLS. */
#pragma GCC visibility push(default)

void *__wrap_mbedtls_calloc(size_t count, size_t size);
void __wrap_mbedtls_free(void *object);

void *__wrap_mbedtls_calloc(size_t count, size_t size)
{
    return __wrap_calloc(count, size);
}

void __wrap_mbedtls_free(void *object)
{
    __wrap_free(object);
}

#pragma GCC visibility pop

#endif

#endif /* MODULES_WRAPPED_H */
