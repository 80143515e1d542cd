/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The beginning of the TLS examples: see identity.h. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "identity.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mbedguard/net_access.h>

mbedguard_ctr_drbg_context drbg;
atomic_int errors;

static mbedguard_entropy_context entropy;

int failed(int code, const char *what)
{
    fprintf(stderr, "%s: -0x%04X\n", what, (unsigned) -code);
    return code;
}

void note(int code, const char *what)
{
    failed(code, what);
    atomic_fetch_add(&errors, 1);
}

int example_begin(void)
{
    int ret = mbedguard_entropy_init(&entropy);

    /* An example that hangs is ended. */
    alarm(60);
    if (ret == 0)
        ret = mbedguard_ctr_drbg_init(&drbg);
    if (ret == 0)
        ret = mbedguard_ctr_drbg_seed(&drbg, mbedguard_entropy_func, &entropy,
                                      NULL, 0);
#if VERSION_3
    /* TLS 1.3 does its cryptography through PSA. */
    if (ret == 0 && mbedguard_psa_crypto_init() != PSA_SUCCESS)
        ret = -1;
#endif
    return ret == 0 ? 0 : failed(ret, "generator");
}

void example_end(void)
{
    mbedguard_ctr_drbg_free(&drbg);
    mbedguard_entropy_free(&entropy);
#if VERSION_3
    mbedguard_psa_crypto_free();
#endif
}

/* A P-256 key: a random number below the order, wrapped as RFC 5915 has it. */
static int make_key(mbedguard_pk_context *key)
{
    static const unsigned char head[] = {0x30, 0x31, 2, 1, 1, 4, 32};
    static const unsigned char tail[] = {0xA0, 0x0A, 6,    8, 0x2A, 0x86,
                                         0x48, 0xCE, 0x3D, 3, 1,    7};
    unsigned char der[sizeof(head) + 32 + sizeof(tail)];
    int ret = mbedguard_ctr_drbg_random(&drbg, der + sizeof(head), 32);

    if (ret != 0)
        return ret;
    memcpy(der, head, sizeof(head));
    der[sizeof(head)] &= 0x7F;
    memcpy(der + sizeof(head) + 32, tail, sizeof(tail));
#if VERSION_3
    ret = mbedguard_pk_parse_key(key, der, sizeof(der), NULL, 0,
                                 mbedguard_ctr_drbg_random, &drbg);
#else
    ret = mbedguard_pk_parse_key(key, der, sizeof(der), NULL, 0);
#endif
    mbedguard_platform_zeroize(der, sizeof(der));
    return ret;
}

static int set_serial(mbedguard_x509write_cert *writer, unsigned char serial)
{
#if VERSION_3
    return mbedguard_x509write_crt_set_serial_raw(writer, &serial, 1);
#else
    mbedguard_mpi number;
    int ret = mbedguard_mpi_init(&number);

    if (ret == 0)
        ret = mbedguard_mpi_lset(&number, serial);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_serial(writer, &number);
    mbedguard_mpi_free(&number);
    return ret;
#endif
}

static int describe(mbedguard_x509write_cert *writer, const char *subject,
                    const char *issuer, unsigned char serial)
{
    int ret = mbedguard_x509write_crt_set_version(writer,
                                                  MBEDTLS_X509_CRT_VERSION_3);

    if (ret == 0)
        ret = mbedguard_x509write_crt_set_md_alg(writer, MBEDTLS_MD_SHA256);
    if (ret == 0)
        ret = set_serial(writer, serial);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_subject_name(writer, subject);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_issuer_name(writer, issuer);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_validity(writer, "20200101000000",
                                                   "20991231235959");
    return ret;
}

static int sign(struct identity *made, const char *name, unsigned char serial,
                const struct identity *issuer)
{
    mbedguard_x509write_cert writer;
    unsigned char pem[2000];
    int ret = mbedguard_x509write_crt_init(&writer);

    if (ret != 0)
        return ret;
    ret = describe(&writer, name, issuer != made ? "CN=authority" : name, serial);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_subject_key(&writer, made->key);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_issuer_key(&writer, issuer->key);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_basic_constraints(
            &writer, issuer == made, -1);
    if (ret == 0)
        ret = mbedguard_x509write_crt_pem(&writer, pem, sizeof(pem),
                                          mbedguard_ctr_drbg_random, &drbg);
    mbedguard_x509write_crt_free(&writer);
    if (ret == 0)
        ret = mbedguard_x509_crt_parse(made->certificate, pem,
                                       strlen((char *) pem) + 1);
    return ret;
}

int identity_make(struct identity *identity, const char *name,
                  unsigned char serial, const struct identity *issuer)
{
    int ret;

    identity->key = mbedguard_pk_new();
    identity->certificate = mbedguard_x509_crt_new();
    if (identity->key == NULL || identity->certificate == NULL)
        return failed(MBEDGUARD_ERR_ALLOC_FAILED, "identity");
    ret = make_key(identity->key);
    if (ret == 0)
        ret = sign(identity, name, serial, issuer != NULL ? issuer : identity);
    return ret == 0 ? 0 : failed(ret, "identity");
}

/* The last one that keeps them frees them. */
void identity_free(struct identity *identity)
{
    if (identity->certificate != NULL)
        mbedguard_x509_crt_free(identity->certificate);
    if (identity->key != NULL)
        mbedguard_pk_free(identity->key);
    identity->certificate = NULL;
    identity->key = NULL;
}

int configure(mbedguard_ssl_config *config, int endpoint, int transport,
              const struct identity *own, const struct identity *ca)
{
    int ret = mbedguard_ssl_config_defaults(config, endpoint, transport,
                                            MBEDTLS_SSL_PRESET_DEFAULT);

    if (ret == 0)
        ret = mbedguard_ssl_conf_rng(config, mbedguard_ctr_drbg_random, &drbg);
    if (ret == 0 && own != NULL)
        ret = mbedguard_ssl_conf_own_cert(config, own->certificate, own->key);
    if (ret == 0 && ca != NULL)
        ret = mbedguard_ssl_conf_ca_chain(config, ca->certificate, NULL);
    return ret == 0 ? 0 : failed(ret, "configuration");
}

int is_again(int ret)
{
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
    /* TLS 1.3: a ticket came. A program that resumes sessions takes it here. */
    if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
        return 1;
#endif
    return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE;
}

int handshake(mbedguard_ssl_context *ssl)
{
    int ret;

    do {
        ret = mbedguard_ssl_handshake(ssl);
    } while (is_again(ret));
    return ret;
}

int send_datagram(void *socket, const unsigned char *buf, size_t len)
{
    const int ret = mbedguard_net_send(socket, buf, len);

    return ret == MBEDTLS_ERR_NET_SEND_FAILED ? (int) len : ret;
}

int receive_datagram(void *socket, unsigned char *buf, size_t len,
                            uint32_t timeout)
{
    const int ret = mbedguard_net_recv_timeout(socket, buf, len, timeout);

    return ret == MBEDTLS_ERR_NET_RECV_FAILED ? MBEDTLS_ERR_SSL_WANT_READ : ret;
}

int port_of(const mbedguard_net_context *socket, char text[8])
{
    struct sockaddr_in address;
    socklen_t length = sizeof(address);

    if (getsockname(mbedguard_net_get_fd(socket), (struct sockaddr *) &address,
                    &length) != 0)
        return -1;
    snprintf(text, 8, "%u", (unsigned) ntohs(address.sin_port));
    return 0;
}
