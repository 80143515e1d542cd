/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
// before: 4.0
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>

int f(mbedtls_ssl_config *conf, mbedtls_ctr_drbg_context *drbg, mbedtls_entropy_context *entropy)
{
    mbedtls_ssl_conf_rng(conf, mbedtls_ctr_drbg_random, drbg);
    return mbedtls_ctr_drbg_seed(drbg, mbedtls_entropy_func, entropy, NULL, 0);
}
