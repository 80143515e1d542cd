/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
#include <mbedtls/md.h>
#include <mbedtls/ssl.h>

struct connection {
    int number;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
};

static struct connection at_rest;

int f(void)
{
    mbedtls_ssl_session session = { 0 };
    mbedtls_md_context_t md = { 0 };
    struct connection *c = &at_rest;
    mbedtls_md_free(&md);
    mbedtls_ssl_session_free(&session);
    return c->number + mbedtls_ssl_setup(&c->ssl, &c->conf);
}
