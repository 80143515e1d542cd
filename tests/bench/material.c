/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keys and certificates, made anew for each run, so that none expires. */
#include "bench/side.h"

#include <string.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#include "bench/measure.h"

#define RSA_BITS 2048

struct bench_material bench_material[BENCH_KEYS];

static mbedtls_ctr_drbg_context drbg;

static void make_key(mbedtls_pk_context *pk, enum bench_key kind)
{
    const mbedtls_pk_type_t type = kind == BENCH_RSA ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECKEY;

    mbedtls_pk_init(pk);
    bench_must(mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(type)), "key");
    if (kind == BENCH_RSA)
        bench_must(mbedtls_rsa_gen_key(mbedtls_pk_rsa(*pk), mbedtls_ctr_drbg_random, &drbg, RSA_BITS,
                                       65537),
                   "RSA key");
    else
        bench_must(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*pk),
                                       mbedtls_ctr_drbg_random, &drbg),
                   "EC key");
}

static void set_serial(mbedtls_x509write_cert *writer)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    unsigned char serial[] = {1};

    bench_must(mbedtls_x509write_crt_set_serial_raw(writer, serial, sizeof(serial)), "serial");
#else
    mbedtls_mpi serial;

    mbedtls_mpi_init(&serial);
    bench_must(mbedtls_mpi_lset(&serial, 1), "serial");
    bench_must(mbedtls_x509write_crt_set_serial(writer, &serial), "serial");
    mbedtls_mpi_free(&serial);
#endif
}

/* Both writers of DER fill the buffer from its end. */
static void keep(struct bench_der *der, int ret, const char *what)
{
    bench_must(ret < 0 ? ret : 0, what);
    der->length = (size_t) ret;
    memmove(der->data, der->data + sizeof(der->data) - der->length, der->length);
}

static void make_certificate(struct bench_der *der, mbedtls_pk_context *pk)
{
    mbedtls_x509write_cert writer;

    mbedtls_x509write_crt_init(&writer);
    mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&writer, pk);
    mbedtls_x509write_crt_set_issuer_key(&writer, pk);
    set_serial(&writer);
    bench_must(mbedtls_x509write_crt_set_subject_name(&writer, "CN=localhost"), "subject");
    bench_must(mbedtls_x509write_crt_set_issuer_name(&writer, "CN=localhost"), "issuer");
    bench_must(mbedtls_x509write_crt_set_validity(&writer, "20200101000000", "20991231235959"),
               "validity");
    bench_must(mbedtls_x509write_crt_set_basic_constraints(&writer, 1, -1), "constraints");
    keep(der,
         mbedtls_x509write_crt_der(&writer, der->data, sizeof(der->data), mbedtls_ctr_drbg_random,
                                   &drbg),
         "certificate");
    mbedtls_x509write_crt_free(&writer);
}

void bench_make_material(void)
{
    mbedtls_entropy_context entropy;
    int kind;

    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    bench_must(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
    for (kind = 0; kind < BENCH_KEYS; kind++) {
        struct bench_material *const made = &bench_material[kind];
        mbedtls_pk_context pk;

        make_key(&pk, (enum bench_key) kind);
        keep(&made->key, mbedtls_pk_write_key_der(&pk, made->key.data, sizeof(made->key.data)),
             "key in DER");
        make_certificate(&made->certificate, &pk);
        mbedtls_pk_free(&pk);
    }
    mbedtls_ctr_drbg_free(&drbg);
    mbedtls_entropy_free(&entropy);
}
