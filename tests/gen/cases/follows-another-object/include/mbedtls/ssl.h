#ifndef MBEDTLS_SSL_H
#define MBEDTLS_SSL_H
typedef struct mbedtls_ssl_config {
    int endpoint;
} mbedtls_ssl_config;
typedef struct mbedtls_ssl_context {
    const mbedtls_ssl_config *conf;
} mbedtls_ssl_context;
void mbedtls_ssl_config_init(mbedtls_ssl_config *conf);
void mbedtls_ssl_config_free(mbedtls_ssl_config *conf);
void mbedtls_ssl_init(mbedtls_ssl_context *ssl);
void mbedtls_ssl_free(mbedtls_ssl_context *ssl);
/** \return 0 on success, or an error code. */
int mbedtls_ssl_handshake(mbedtls_ssl_context *ssl);
/** \return 0 on success, or an error code. */
int mbedtls_ssl_setup(mbedtls_ssl_context *ssl, const mbedtls_ssl_config *conf);
/** \return 0 on success, or an error code. */
int mbedtls_ssl_get_session(const mbedtls_ssl_context *ssl, mbedtls_ssl_context *session);
#endif
