/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A mutex per connection around each call: what loses, doubles and blocks. */
#include <pthread.h>

#include "live/naive.h"

#define CONNECTIONS 8

static struct {
    const mbedguard_ssl_context *ssl;
    pthread_mutex_t mutex;
} table[CONNECTIONS];

static pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;

static pthread_mutex_t *lock(const mbedguard_ssl_context *ssl)
{
    unsigned i = 0;

    pthread_mutex_lock(&table_mutex);
    while (i < CONNECTIONS - 1 && table[i].ssl != NULL && table[i].ssl != ssl)
        i++;
    if (table[i].ssl == NULL) {
        table[i].ssl = ssl;
        pthread_mutex_init(&table[i].mutex, NULL);
    }
    pthread_mutex_unlock(&table_mutex);
    pthread_mutex_lock(&table[i].mutex);
    return &table[i].mutex;
}

static int unlock(pthread_mutex_t *mutex, int ret)
{
    pthread_mutex_unlock(mutex);
    return ret;
}

int naive_ssl_handshake(mbedguard_ssl_context *ssl)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_handshake(&ssl->unguarded));
}

int naive_ssl_handshake_step(mbedguard_ssl_context *ssl)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_handshake_step(&ssl->unguarded));
}

int naive_ssl_read(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_read(&ssl->unguarded, buf, len));
}

int naive_ssl_write(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_write(&ssl->unguarded, buf, len));
}

int naive_ssl_close_notify(mbedguard_ssl_context *ssl)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_close_notify(&ssl->unguarded));
}

int naive_ssl_send_alert_message(mbedguard_ssl_context *ssl, unsigned char level,
                                 unsigned char message)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_send_alert_message(&ssl->unguarded, level, message));
}

/* There is no more than this to be done with a mutex. */
int naive_ssl_close(mbedguard_ssl_context *ssl, uint32_t timeout)
{
    (void) timeout;
    return naive_ssl_close_notify(ssl);
}

int naive_ssl_session_reset(mbedguard_ssl_context *ssl)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_session_reset(&ssl->unguarded));
}

int naive_ssl_renegotiate(mbedguard_ssl_context *ssl)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_renegotiate(&ssl->unguarded));
}

#if defined(MBEDTLS_SSL_EARLY_DATA)
int naive_ssl_write_early_data(mbedguard_ssl_context *ssl, const unsigned char *buf, size_t len)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_write_early_data(&ssl->unguarded, buf, len));
}

int naive_ssl_read_early_data(mbedguard_ssl_context *ssl, unsigned char *buf, size_t len)
{
    pthread_mutex_t *mutex = lock(ssl);

    return unlock(mutex, mbedtls_ssl_read_early_data(&ssl->unguarded, buf, len));
}
#endif
