/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Mbed TLS's own allocator, and where Mbed TLS allocates. */
#include "modules/memory_buffer_alloc/upstream_fit.h"

#include <stdlib.h>

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>

#if defined(MBEDTLS_PLATFORM_MEMORY) &&                                                            \
    !(defined(MBEDTLS_PLATFORM_CALLOC_MACRO) && defined(MBEDTLS_PLATFORM_FREE_MACRO))

void upstream_fit_none(void)
{
    (void) mbedtls_platform_set_calloc_free(calloc, free);
}

#else

void upstream_fit_none(void)
{
}

#endif

#if defined(MBEDTLS_PLATFORM_MEMORY) && defined(MBEDTLS_MEMORY_BUFFER_ALLOC_C) &&                  \
    !(defined(MBEDTLS_PLATFORM_CALLOC_MACRO) && defined(MBEDTLS_PLATFORM_FREE_MACRO))

bool upstream_fit_is_there(void)
{
    return true;
}

bool upstream_fit_has_mutex(void)
{
#if defined(MBEDTLS_THREADING_C)
    return true;
#else
    return false;
#endif
}

void upstream_fit_init(unsigned char *buf, size_t len)
{
    mbedtls_memory_buffer_alloc_init(buf, len);
}

void upstream_fit_end(void)
{
    mbedtls_memory_buffer_alloc_free();
}

void *upstream_fit_calloc(size_t count, size_t size)
{
    return mbedtls_calloc(count, size);
}

void upstream_fit_free(void *object)
{
    mbedtls_free(object);
}

#else

bool upstream_fit_is_there(void)
{
    return false;
}

bool upstream_fit_has_mutex(void)
{
    return false;
}

void upstream_fit_init(unsigned char *buf, size_t len)
{
    (void) buf;
    (void) len;
    abort();
}

void upstream_fit_end(void)
{
    abort();
}

void *upstream_fit_calloc(size_t count, size_t size)
{
    (void) count;
    (void) size;
    return NULL;
}

void upstream_fit_free(void *object)
{
    (void) object;
    abort();
}

#endif
