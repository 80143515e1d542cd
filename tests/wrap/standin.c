/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the stand-in for Mbed TLS remembers of each call, and what its functions return. */
#include <stdio.h>
#include <stdlib.h>

#include <mbedtls/version.h>

#include "wrap/wrap.h"

#if defined(MBEDTLS_THREADING_C)
#include <mbedtls/threading.h>

/* Of a header that no call-through is made for, but that modules use. Pointers before 4. */
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
void mbedtls_mutex_free(mbedtls_threading_mutex_t *mutex)
{
    (void) mutex;
}
#else
static void free_mutex(mbedtls_threading_mutex_t *mutex)
{
    (void) mutex;
}
static int pass_mutex(mbedtls_threading_mutex_t *mutex)
{
    (void) mutex;
    return 0;
}
void (*mbedtls_mutex_free)(mbedtls_threading_mutex_t *) = free_mutex;
int (*mbedtls_mutex_lock)(mbedtls_threading_mutex_t *) = pass_mutex;
int (*mbedtls_mutex_unlock)(mbedtls_threading_mutex_t *) = pass_mutex;
#endif
#endif

standin_call standin_log[STANDIN_CALLS];
unsigned standin_calls;
void (*standin_during)(const standin_call *call);

static struct {
    const char *name;
    unsigned char value[WRAP_VALUE];
    size_t size;
} answer;

static standin_call *last(void)
{
    return &standin_log[standin_calls == 0 ? 0 : (standin_calls - 1) % STANDIN_CALLS];
}

void standin_reset(const char *name, const void *result, size_t size)
{
    standin_calls = 0;
    memset(standin_log, 0, sizeof standin_log);
    answer.name = name;
    answer.size = size;
    if (size != 0)
        memcpy(answer.value, result, size);
}

/* A number for each function, neither 0 nor small. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    while (*name != '\0')
        hash = (hash ^ (unsigned char) *name++) * UINT64_C(0x100000001b3);
    return hash | UINT64_C(0x0101010101010101);
}

void standin_sentinel(const char *name, void *result, size_t size)
{
    unsigned char *bytes = result;
    const uint64_t hash = hash_of(name);
    size_t i;

    for (i = 0; i < size; i++)
        bytes[i] = (unsigned char) (hash >> 8 * (i % 8));
    /* Positive, where it is an int. */
    if (size == sizeof(int)) {
        int number;

        memcpy(&number, bytes, sizeof number);
        number = number < 0 ? ~number | 1 : number;
        memcpy(bytes, &number, sizeof number);
    }
}

void standin_enter(const char *name)
{
    standin_call *call = &standin_log[standin_calls++ % STANDIN_CALLS];

    memset(call, 0, sizeof *call);
    call->name = name;
}

void standin_argument(const void *value, size_t size)
{
    standin_call *call = last();

    if (call->count == WRAP_PARAMS || size > WRAP_VALUE) {
        fprintf(stderr, "%s: more or larger arguments than there is room for\n", call->name);
        exit(3);
    }
    call->size[call->count] = size;
    memcpy(call->value[call->count++], value, size);
}

void standin_leave(const char *name, void *result, size_t size)
{
    if (standin_during != NULL)
        standin_during(last());
    if (size == 0)
        return;
    if (answer.name != NULL && strcmp(answer.name, name) == 0 && answer.size == size)
        memcpy(result, answer.value, size);
    else
        standin_sentinel(name, result, size);
}
