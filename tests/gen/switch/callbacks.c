/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_cookie.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/timing.h>

static int verify(void *data, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    (void) crt;
    (void) depth;
    *(int *) data = *flags != 0;
    return 0;
}

static int by_name(void *data, mbedtls_ssl_context *ssl, const unsigned char *name, size_t length)
{
    (void) name;
    return length == 0 ? -1 : mbedtls_ssl_set_hs_own_cert(ssl, data, NULL);
}

void f(mbedtls_ssl_context *ssl, mbedtls_ssl_config *conf, mbedtls_net_context *net,
       mbedtls_timing_delay_context *timer, mbedtls_ssl_cache_context *cache,
       mbedtls_ssl_ticket_context *ticket, mbedtls_ssl_cookie_ctx *cookie, void *data)
{
    mbedtls_ssl_conf_verify(conf, verify, data);
    mbedtls_ssl_conf_sni(conf, by_name, data);
    mbedtls_ssl_conf_session_cache(conf, cache, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
    mbedtls_ssl_conf_session_tickets_cb(conf, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, ticket);
    mbedtls_ssl_conf_dtls_cookies(conf, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check, cookie);
    mbedtls_ssl_set_bio(ssl, net, mbedtls_net_send, mbedtls_net_recv, mbedtls_net_recv_timeout);
    mbedtls_ssl_set_timer_cb(ssl, timer, mbedtls_timing_set_delay, mbedtls_timing_get_delay);
}
