/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails switched: incompatible
#include <mbedtls/ssl.h>

static int verify(void *data, mbedguard_raw_x509_crt *crt, int depth, uint32_t *flags)
{
    (void) data;
    (void) crt;
    (void) depth;
    (void) flags;
    return 0;
}

void f(mbedtls_ssl_config *conf)
{
    mbedtls_ssl_conf_verify(conf, verify, NULL);
}
