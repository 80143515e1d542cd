/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keys, certificates and connections for the live tests: all in memory, nothing expires. */
#include <string.h>

#include <mbedtls/error.h>

#include "live/live.h"

#if !LIVE_V4
mbedguard_ctr_drbg_context live_drbg;
mbedguard_entropy_context live_entropy;
#endif
char live_pem[2][2048];

/* Two P-256 keys (RFC 5915): the scalars are arbitrary, and no secret. */
static unsigned char key_der[2][51] = {{0x30, 0x31, 2, 1, 1, 4, 32}, {0x30, 0x31, 2, 1, 1, 4, 32}};

static void fill_keys(void)
{
    static const unsigned char tail[] = {0xA0, 0x0A, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7};
    unsigned i;

    for (i = 0; i < 2; i++) {
        memset(key_der[i] + 7, (int) (0x21 + i), 32);
        memcpy(key_der[i] + 39, tail, sizeof(tail));
    }
}

const unsigned char *live_key_der(unsigned which, size_t *length)
{
    *length = sizeof(key_der[which]);
    return key_der[which];
}

int live_try_key(mbedguard_pk_context *key, unsigned which)
{
#if LIVE_V3 && !LIVE_V4
    return mbedguard_pk_parse_key(key, key_der[which], sizeof(key_der[which]), NULL, 0,
                                  mbedguard_ctr_drbg_random, &live_drbg);
#else
    return mbedguard_pk_parse_key(key, key_der[which], sizeof(key_der[which]), NULL, 0);
#endif
}

void live_parse_key(mbedguard_pk_context *key, unsigned which)
{
    ck_assert_int_eq(live_try_key(key, which), 0);
}

int live_parse_crt(mbedguard_x509_crt *crt, unsigned which)
{
    return mbedguard_x509_crt_parse(crt, (const unsigned char *) live_pem[which],
                                    strlen(live_pem[which]) + 1);
}

void live_identity(mbedguard_x509_crt *crt, mbedguard_pk_context *key, unsigned which)
{
    ck_assert_int_eq(mbedguard_x509_crt_init(crt), 0);
    ck_assert_int_eq(mbedguard_pk_init(key), 0);
    ck_assert_int_eq(live_parse_crt(crt, which), 0);
    live_parse_key(key, which);
}

static int set_serial(mbedguard_x509write_cert *writer, uint32_t number)
{
    unsigned char serial[] = {1, (unsigned char) (number >> 24), (unsigned char) (number >> 16),
                              (unsigned char) (number >> 8), (unsigned char) number};
#if LIVE_V3
    return mbedguard_x509write_crt_set_serial_raw(writer, serial, sizeof(serial));
#else
    mbedguard_mpi mpi;
    int ret;

    mbedguard_mpi_init(&mpi);
    ret = mbedguard_mpi_read_binary(&mpi, serial, sizeof(serial));
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_serial(writer, &mpi);
    mbedguard_mpi_free(&mpi);
    return ret;
#endif
}

int live_serial_of(const mbedguard_x509_crt *crt, uint32_t *number)
{
    unsigned char serial[5];
    size_t length;
    int ret = mbedguard_x509_crt_get_serial(crt, serial, sizeof(serial), &length);

    *number = 0;
    if (ret == 0 && length != sizeof(serial))
        ret = MBEDTLS_ERR_X509_INVALID_SERIAL;
    if (ret == 0)
        *number = (uint32_t) serial[1] << 24 | (uint32_t) serial[2] << 16 |
                  (uint32_t) serial[3] << 8 | serial[4];
    return ret;
}

static int write_pem(mbedguard_x509write_cert *writer, char *pem, size_t size)
{
#if LIVE_V4
    return mbedguard_x509write_crt_pem(writer, (unsigned char *) pem, size);
#else
    return mbedguard_x509write_crt_pem(writer, (unsigned char *) pem, size,
                                       mbedguard_ctr_drbg_random, &live_drbg);
#endif
}

static int fill_certificate(mbedguard_x509write_cert *writer, const struct live_issue *issue)
{
    int ret = mbedguard_x509write_crt_set_version(writer, MBEDTLS_X509_CRT_VERSION_3);

    if (ret == 0)
        ret = mbedguard_x509write_crt_set_md_alg(writer, MBEDTLS_MD_SHA256);
    if (ret == 0)
        ret = set_serial(writer, issue->serial);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_subject_name(writer, issue->subject);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_issuer_name(writer, issue->issuer);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_validity(writer, "20200101000000", "20991231235959");
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_basic_constraints(writer, issue->is_ca, -1);
    return ret;
}

int live_issue(const struct live_issue *issue, char *pem, size_t size)
{
    mbedguard_x509write_cert writer;
    mbedguard_pk_context keys[2];
    int ret;

    mbedguard_pk_init(&keys[0]);
    mbedguard_pk_init(&keys[1]);
    ret = mbedguard_x509write_crt_init(&writer);
    if (ret == 0)
        ret = live_try_key(&keys[0], issue->key);
    if (ret == 0)
        ret = live_try_key(&keys[1], issue->issuer_key);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_subject_key(&writer, &keys[0]);
    /* The same key in both roles: one object, kept twice. */
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_issuer_key(
            &writer, &keys[issue->key == issue->issuer_key ? 0 : 1]);
    if (ret == 0)
        ret = fill_certificate(&writer, issue);
    if (ret == 0)
        ret = write_pem(&writer, pem, size);
    mbedguard_x509write_crt_free(&writer);
    mbedguard_pk_free(&keys[0]);
    mbedguard_pk_free(&keys[1]);
    return ret;
}

static void make_certificate(unsigned which)
{
    const char *const name = which == 0 ? "CN=first" : "CN=second";
    const struct live_issue issue = {name, which, name, which, 1, 1};

    ck_assert_int_eq(live_issue(&issue, live_pem[which], sizeof(live_pem[which])), 0);
}

void live_setup(void)
{
    ck_assert_int_eq(mbedguard_psa_crypto_init(), PSA_SUCCESS);
#if !LIVE_V4
    ck_assert_int_eq(mbedguard_entropy_init(&live_entropy), 0);
    ck_assert_int_eq(mbedguard_ctr_drbg_init(&live_drbg), 0);
    ck_assert_int_eq(
        mbedguard_ctr_drbg_seed(&live_drbg, mbedguard_entropy_func, &live_entropy, NULL, 0), 0);
#endif
    fill_keys();
    make_certificate(0);
    make_certificate(1);
}

void live_teardown(void)
{
    /* Of a test that made calls in its own thread alone, too. */
    live_assert_none();
#if !LIVE_V4
    ck_assert_int_eq(mbedguard_ctr_drbg_free(&live_drbg), 0);
    ck_assert_int_eq(mbedguard_entropy_free(&live_entropy), 0);
#endif
    mbedguard_psa_crypto_free();
}

int live_sign(mbedguard_pk_context *key, const unsigned char hash[32], unsigned char *signature,
              size_t size, size_t *length)
{
#if LIVE_V4
    return mbedguard_pk_sign(key, MBEDTLS_MD_SHA256, hash, 32, signature, size, length);
#elif LIVE_V3
    return mbedguard_pk_sign(key, MBEDTLS_MD_SHA256, hash, 32, signature, size, length,
                             mbedguard_ctr_drbg_random, &live_drbg);
#else
    (void) size;
    return mbedguard_pk_sign(key, MBEDTLS_MD_SHA256, hash, 32, signature, length,
                             mbedguard_ctr_drbg_random, &live_drbg);
#endif
}

int live_sign_and_verify(mbedguard_pk_context *key, mbedguard_pk_context *public_key)
{
    unsigned char hash[32], signature[512];
    size_t length = 0;
    int ret;

    memset(hash, 0x5A, sizeof(hash));
    ret = live_sign(key, hash, signature, sizeof(signature), &length);
    if (ret != 0)
        return ret;
    return mbedguard_pk_verify(public_key, MBEDTLS_MD_SHA256, hash, sizeof(hash), signature,
                               length);
}

/* ---- TLS over memory ------------------------------------------------------------------------- */

static int pipe_send(struct live_pipe *pipe, const unsigned char *buffer, size_t length)
{
    if (pipe->head == pipe->tail)
        pipe->head = pipe->tail = 0;
    if (length > sizeof(pipe->data) - pipe->tail)
        length = sizeof(pipe->data) - pipe->tail;
    if (length == 0)
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    memcpy(pipe->data + pipe->tail, buffer, length);
    pipe->tail += length;
    return (int) length;
}

static int pipe_receive(struct live_pipe *pipe, unsigned char *buffer, size_t length)
{
    if (length > pipe->tail - pipe->head)
        length = pipe->tail - pipe->head;
    if (length == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    memcpy(buffer, pipe->data + pipe->head, length);
    pipe->head += length;
    return (int) length;
}

int live_send_client(void *pair, const unsigned char *buffer, size_t length)
{
    return pipe_send(&((struct live_pair *) pair)->to_server, buffer, length);
}

int live_send_server(void *pair, const unsigned char *buffer, size_t length)
{
    return pipe_send(&((struct live_pair *) pair)->to_client, buffer, length);
}

int live_receive_client(void *pair, unsigned char *buffer, size_t length)
{
    return pipe_receive(&((struct live_pair *) pair)->to_client, buffer, length);
}

int live_receive_server(void *pair, unsigned char *buffer, size_t length)
{
    return pipe_receive(&((struct live_pair *) pair)->to_server, buffer, length);
}

int live_config(mbedguard_ssl_config *config, int endpoint, bool tls13)
{
#if LIVE_V3
    static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                      MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
#else
    static const mbedtls_ecp_group_id groups[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE};
#endif
    int ret = mbedguard_ssl_config_defaults(config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
                                            MBEDTLS_SSL_PRESET_DEFAULT);

#if !LIVE_V4
    if (ret == 0)
        ret = mbedguard_ssl_conf_rng(config, mbedguard_ctr_drbg_random, &live_drbg);
#endif
#if LIVE_V3
    if (ret == 0)
        ret = mbedguard_ssl_conf_groups(config, groups);
    if (ret == 0)
        ret = mbedguard_ssl_conf_max_tls_version(config, tls13 ? MBEDTLS_SSL_VERSION_TLS1_3
                                                               : MBEDTLS_SSL_VERSION_TLS1_2);
#else
    (void) tls13;
    if (ret == 0)
        ret = mbedguard_ssl_conf_curves(config, groups);
#endif
    return ret;
}

int live_ticket_setup(mbedguard_ssl_ticket_context *tickets, uint32_t lifetime)
{
#if LIVE_V4
    return mbedguard_ssl_ticket_setup(tickets, PSA_ALG_GCM, PSA_KEY_TYPE_AES, 256, lifetime);
#else
    return mbedguard_ssl_ticket_setup(tickets, mbedguard_ctr_drbg_random, &live_drbg,
                                      MBEDTLS_CIPHER_AES_256_GCM, lifetime);
#endif
}

int live_pair_setup(struct live_pair *pair, mbedguard_ssl_config *client,
                    mbedguard_ssl_config *server, const char *hostname)
{
    int ret;

    memset(pair, 0, sizeof(*pair));
    mbedguard_ssl_init(&pair->client);
    mbedguard_ssl_init(&pair->server);
    ret = mbedguard_ssl_setup(&pair->client, client);
    if (ret == 0)
        ret = mbedguard_ssl_setup(&pair->server, server);
    if (ret == 0)
        ret =
            mbedguard_ssl_set_bio(&pair->client, pair, live_send_client, live_receive_client, NULL);
    if (ret == 0)
        ret =
            mbedguard_ssl_set_bio(&pair->server, pair, live_send_server, live_receive_server, NULL);
    if (ret == 0 && hostname != NULL)
        ret = mbedguard_ssl_set_hostname(&pair->client, hostname);
    return ret;
}

static bool wants_more(int ret)
{
    return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE;
}

void live_pair_handshake(struct live_pair *pair, int *client, int *server)
{
    unsigned turns = 0;

    *client = *server = MBEDTLS_ERR_SSL_WANT_READ;
    while ((wants_more(*client) || wants_more(*server)) && turns++ < 100) {
        if (wants_more(*client))
            *client = mbedguard_ssl_handshake(&pair->client);
        if (wants_more(*server))
            *server = mbedguard_ssl_handshake(&pair->server);
        /* One end gave up: the other one gets a last turn, to read the alert. */
        if (!wants_more(*client) && *client != 0) {
            *server = wants_more(*server) ? mbedguard_ssl_handshake(&pair->server) : *server;
            break;
        }
        if (!wants_more(*server) && *server != 0) {
            *client = wants_more(*client) ? mbedguard_ssl_handshake(&pair->client) : *client;
            break;
        }
    }
}

/* TLS 1.3: told before the data, if a client is to be told; 4.x always tells. */
static bool is_ticket(int ret)
{
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
    return ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
    (void) ret;
    return false;
#endif
}

static int talk_one_way(mbedguard_ssl_context *from, mbedguard_ssl_context *to, unsigned char fill)
{
    unsigned char out[3000], in[sizeof(out)];
    size_t got = 0;
    unsigned turns = 0;
    int ret;

    memset(out, fill, sizeof(out));
    do {
        ret = mbedguard_ssl_write(from, out, sizeof(out));
    } while (wants_more(ret) && turns++ < 100);
    if (ret != (int) sizeof(out))
        return ret < 0 ? ret : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    while (got < sizeof(in) && turns++ < 100) {
        ret = mbedguard_ssl_read(to, in + got, sizeof(in) - got);
        if (ret > 0)
            got += (size_t) ret;
        else if (!wants_more(ret) && !is_ticket(ret))
            return ret < 0 ? ret : MBEDTLS_ERR_SSL_CONN_EOF;
    }
    return got == sizeof(in) && memcmp(in, out, sizeof(in)) == 0 ? 0 : MBEDTLS_ERR_SSL_INVALID_MAC;
}

int live_pair_talk(struct live_pair *pair)
{
    const int ret = talk_one_way(&pair->client, &pair->server, 0x11);

    return ret != 0 ? ret : talk_one_way(&pair->server, &pair->client, 0x22);
}

void live_pair_free(struct live_pair *pair)
{
    mbedguard_ssl_free(&pair->client);
    mbedguard_ssl_free(&pair->server);
}

int live_pair_once(mbedguard_ssl_config *client, mbedguard_ssl_config *server, const char *hostname)
{
    struct live_pair pair;
    int ret, server_ret = 0;

    ret = live_pair_setup(&pair, client, server, hostname);
    if (ret == 0) {
        live_pair_handshake(&pair, &ret, &server_ret);
        if (ret == 0)
            ret = server_ret;
    }
    if (ret == 0)
        ret = live_pair_talk(&pair);
    live_pair_free(&pair);
    return ret;
}
