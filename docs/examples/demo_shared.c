/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the threads share: one of each.
 */
#include <stdio.h>
#include <string.h>

#include <mbedtls/ecp.h>
#include <psa/crypto.h>

#include "demo.h"

struct demo_shared shared;

/* A P-256 key: a fresh scalar, wrapped as RFC 5915 has it. */
static int make_key(void)
{
    static const unsigned char head[] = {0x30, 0x31, 2, 1, 1, 4, 32};
    static const unsigned char tail[] = {0xA0, 0x0A, 6,    8, 0x2A, 0x86,
                                         0x48, 0xCE, 0x3D, 3, 1,    7};
    unsigned char der[sizeof(head) + 32 + sizeof(tail)];
    mbedtls_ecp_group group;
    mbedtls_mpi scalar;
    int ret;

    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&scalar);
    memcpy(der, head, sizeof(head));
    memcpy(der + sizeof(head) + 32, tail, sizeof(tail));
    ret = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
    if (ret == 0)
        ret = mbedtls_ecp_gen_privkey(&group, &scalar, mbedtls_ctr_drbg_random,
                                      &shared.drbg);
    if (ret == 0)
        ret = mbedtls_mpi_write_binary(&scalar, der + sizeof(head), 32);
    if (ret == 0)
#if VERSION_3
        ret = mbedtls_pk_parse_key(&shared.key, der, sizeof(der), NULL, 0,
                                   mbedtls_ctr_drbg_random, &shared.drbg);
#else
        ret = mbedtls_pk_parse_key(&shared.key, der, sizeof(der), NULL, 0);
#endif
    mbedtls_mpi_free(&scalar);
    mbedtls_ecp_group_free(&group);
    return ret == 0 ? 0 : failed(ret, "key");
}

static int set_serial(mbedtls_x509write_cert *writer)
{
#if VERSION_3
    unsigned char serial[] = {1};

    return mbedtls_x509write_crt_set_serial_raw(writer, serial, sizeof(serial));
#else
    mbedtls_mpi serial;
    int ret;

    mbedtls_mpi_init(&serial);
    ret = mbedtls_mpi_lset(&serial, 1);
    if (ret == 0)
        ret = mbedtls_x509write_crt_set_serial(writer, &serial);
    mbedtls_mpi_free(&serial);
    return ret;
#endif
}

/* A certificate of our own, made now so that no file here ever expires. */
static int make_certificate(void)
{
    mbedtls_x509write_cert writer;
    int ret;

    mbedtls_x509write_crt_init(&writer);
    mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&writer, &shared.key);
    mbedtls_x509write_crt_set_issuer_key(&writer, &shared.key);
    ret = set_serial(&writer);
    if (ret == 0)
        ret = mbedtls_x509write_crt_set_subject_name(&writer, "CN=localhost");
    if (ret == 0)
        ret = mbedtls_x509write_crt_set_issuer_name(&writer, "CN=localhost");
    if (ret == 0)
        ret = mbedtls_x509write_crt_set_validity(&writer, "20200101000000",
                                                 "20991231235959");
    if (ret == 0)
        ret = mbedtls_x509write_crt_set_basic_constraints(&writer, 1, -1);
    if (ret == 0)
        ret = mbedtls_x509write_crt_pem(
            &writer, (unsigned char *) shared.certificate_pem,
            sizeof(shared.certificate_pem), mbedtls_ctr_drbg_random,
            &shared.drbg);
    mbedtls_x509write_crt_free(&writer);
    if (ret == 0)
        ret = mbedtls_x509_crt_parse(&shared.certificate,
                                     (unsigned char *) shared.certificate_pem,
                                     strlen(shared.certificate_pem) + 1);
    return ret == 0 ? 0 : failed(ret, "certificate");
}

/* Versions and curves: without a word from us, 2.28 would prefer P-521. */
static int configure(mbedtls_ssl_config *config, int endpoint, int tls13)
{
#if VERSION_3
    static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                      MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
#else
    static const mbedtls_ecp_group_id groups[] = {MBEDTLS_ECP_DP_SECP256R1,
                                                  MBEDTLS_ECP_DP_NONE};
#endif
    const int ret = mbedtls_ssl_config_defaults(config, endpoint,
                                                MBEDTLS_SSL_TRANSPORT_STREAM,
                                                MBEDTLS_SSL_PRESET_DEFAULT);

    if (ret != 0)
        return failed(ret, "configuration");
    mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, &shared.drbg);
#if VERSION_3
    mbedtls_ssl_conf_groups(config, groups);
    if (!tls13)
        mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#if HAVE_TLS13
    else if (endpoint == MBEDTLS_SSL_IS_CLIENT)
        mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
#endif
#else
    (void) tls13;
    mbedtls_ssl_conf_curves(config, groups);
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
#endif
    return 0;
}

/*
 * Our own cache and ticket callbacks, to count what was really resumed. They
 * run in the middle of a handshake and call the shared cache and tickets.
 */
#if VERSION_3
static int cache_get(void *context, const unsigned char *id, size_t length,
                     mbedtls_ssl_session *session)
{
    const int ret = mbedtls_ssl_cache_get(context, id, length, session);
#else
static int cache_get(void *context, mbedtls_ssl_session *session)
{
    const int ret = mbedtls_ssl_cache_get(context, session);
#endif
    if (ret == 0)
        atomic_fetch_add(&counts.cache_hits, 1);
    return ret;
}

static int ticket_parse(void *context, mbedtls_ssl_session *session,
                        unsigned char *ticket, size_t length)
{
    const int ret = mbedtls_ssl_ticket_parse(context, session, ticket, length);

    if (ret == 0)
        atomic_fetch_add(&counts.ticket_hits, 1);
    return ret;
}

static int make_server_config(unsigned connections)
{
    int ret = configure(&shared.server_config, MBEDTLS_SSL_IS_SERVER, 1);

    if (ret != 0)
        return ret;
    mbedtls_ssl_cache_set_max_entries(&shared.cache, (int) connections);
    mbedtls_ssl_conf_session_cache(&shared.server_config, &shared.cache,
                                   cache_get, mbedtls_ssl_cache_set);
    ret = mbedtls_ssl_ticket_setup(&shared.tickets, mbedtls_ctr_drbg_random,
                                   &shared.drbg, MBEDTLS_CIPHER_AES_256_GCM,
                                   86400);
    if (ret != 0)
        return failed(ret, "tickets");
    mbedtls_ssl_conf_session_tickets_cb(&shared.server_config,
                                        mbedtls_ssl_ticket_write, ticket_parse,
                                        &shared.tickets);
    ret = mbedtls_ssl_conf_own_cert(&shared.server_config, &shared.certificate,
                                    &shared.key);
    return ret == 0 ? 0 : failed(ret, "own certificate");
}

static int make_client_configs(void)
{
    mbedtls_ssl_config *config;
    int i;

    for (i = 0; i < FLAVOURS; i++) {
        config = &shared.client_config[i];
        if (configure(config, MBEDTLS_SSL_IS_CLIENT, i == WITH_TLS13) != 0)
            return -1;
        mbedtls_ssl_conf_ca_chain(config, &shared.certificate, NULL);
        mbedtls_ssl_conf_session_tickets(config, i != WITH_ID);
    }
#if HAVE_TLS13
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        &shared.client_config[WITH_TLS13],
        MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
    return 0;
}

int make_shared(unsigned connections)
{
    int i, ret;

    mbedtls_entropy_init(&shared.entropy);
    mbedtls_ctr_drbg_init(&shared.drbg);
    mbedtls_pk_init(&shared.key);
    mbedtls_x509_crt_init(&shared.certificate);
    mbedtls_ssl_cache_init(&shared.cache);
    mbedtls_ssl_ticket_init(&shared.tickets);
    mbedtls_ssl_config_init(&shared.server_config);
    for (i = 0; i < FLAVOURS; i++)
        mbedtls_ssl_config_init(&shared.client_config[i]);
#if HAVE_TLS13
    if (psa_crypto_init() != PSA_SUCCESS)
        return failed(0, "psa_crypto_init");
#endif
    ret = mbedtls_ctr_drbg_seed(&shared.drbg, mbedtls_entropy_func,
                                &shared.entropy, (const unsigned char *) "demo",
                                4);
    if (ret != 0)
        return failed(ret, "seed");
    if (make_key() != 0 || make_certificate() != 0)
        return -1;
    return make_server_config(connections) != 0 ? -1 : make_client_configs();
}

void print_shared(void)
{
#if defined(MBEDGUARD_SWITCH_H)
    const char *build = "guarded";
#else
    const char *build = "raw";
#endif
    char version[32];

    mbedtls_version_get_string_full(version);
    printf("build               %s, %s\n", build, version);
    printf("shared              1 server configuration, %d client"
           " configurations, 1 certificate,\n"
           "                    1 key, 1 session cache, 1 ticket context,"
           " 1 random generator,\n"
           "                    1 entropy pool\n",
           HAVE_TLS13 ? 3 : 2);
}

void free_shared(void)
{
    int i;

    for (i = 0; i < FLAVOURS; i++)
        mbedtls_ssl_config_free(&shared.client_config[i]);
    mbedtls_ssl_config_free(&shared.server_config);
    mbedtls_ssl_ticket_free(&shared.tickets);
    mbedtls_ssl_cache_free(&shared.cache);
    mbedtls_x509_crt_free(&shared.certificate);
    mbedtls_pk_free(&shared.key);
    mbedtls_ctr_drbg_free(&shared.drbg);
    mbedtls_entropy_free(&shared.entropy);
#if HAVE_TLS13
    mbedtls_psa_crypto_free();
#endif
}
