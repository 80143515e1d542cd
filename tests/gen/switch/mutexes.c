// passes
/* Mutexes of the program's own, of Mbed TLS's type; the functions are variables in 2.28 and 3.6. */
#include <mbedtls/threading.h>

#include <mbedtls/ssl.h>

#if defined(MBEDTLS_THREADING_C) && !defined(MBEDTLS_THREADING_ALT)

struct counter {
    mbedtls_threading_mutex_t mutex;
    int value;
};

int count(struct counter *c);
int (*unlock_of(void))(mbedtls_threading_mutex_t *);

int count(struct counter *c)
{
    void (*const init)(mbedtls_threading_mutex_t *) = mbedtls_mutex_init;

    init(&c->mutex);
    if (mbedtls_mutex_lock(&c->mutex) != 0)
        return MBEDTLS_ERR_THREADING_MUTEX_ERROR;
    c->value++;
    if (mbedtls_mutex_unlock(&c->mutex) != 0)
        return MBEDTLS_ERR_THREADING_MUTEX_ERROR;
    mbedtls_mutex_free(&c->mutex);
    return 0;
}

int (*unlock_of(void))(mbedtls_threading_mutex_t *)
{
    return mbedtls_mutex_unlock;
}

#endif
