/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * TLS 1.2 in one process. Compiled twice: SIDE is the name of what it makes, and the names of Mbed
 * TLS stand for itself in one of them and for the guarded calls in the other.
 */
#include "bench/side.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/timing.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#include "bench/measure.h"

#define VERSION_3 (MBEDTLS_VERSION_NUMBER >= 0x03000000)
#if defined(MBEDTLS_SSL_PROTO_DTLS) && defined(MBEDTLS_TIMING_C)
#define DATAGRAMS 1
#else
#define DATAGRAMS 0
#endif

/* For each key: what its server and the clients of that need. */
struct shared {
    mbedtls_pk_context key;
    mbedtls_x509_crt certificate;
    mbedtls_ssl_config configs[BENCH_ENDS];
};

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static struct shared shared[BENCH_KEYS];
#if DATAGRAMS
static mbedtls_ssl_config datagram_configs[BENCH_ENDS];
#endif

static void configure(mbedtls_ssl_config *config, struct shared *with, enum bench_end end,
                      enum bench_key key, int transport)
{
    static const int suites[BENCH_KEYS][2] = {
        {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0},
        {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0},
    };
#if VERSION_3
    static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                      MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
#else
    static const mbedtls_ecp_group_id groups[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE};
#endif
    mbedtls_ssl_config_init(config);
    bench_must(mbedtls_ssl_config_defaults(
                   config, end == BENCH_CLIENT ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
                   transport, MBEDTLS_SSL_PRESET_DEFAULT),
               "configuration");
    mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, &drbg);
    mbedtls_ssl_conf_ciphersuites(config, suites[key]);
#if VERSION_3
    mbedtls_ssl_conf_groups(config, groups);
    mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_curves(config, groups);
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
    if (end == BENCH_CLIENT)
        mbedtls_ssl_conf_ca_chain(config, &with->certificate, NULL);
    else
        bench_must(mbedtls_ssl_conf_own_cert(config, &with->certificate, &with->key), "own cert");
}

static void open_one(enum bench_key key)
{
    const struct bench_material *const from = &bench_material[key];
    struct shared *const with = &shared[key];

    mbedtls_pk_init(&with->key);
    mbedtls_x509_crt_init(&with->certificate);
    bench_must(mbedtls_x509_crt_parse_der(&with->certificate, from->certificate.data,
                                          from->certificate.length),
               "certificate");
#if VERSION_3
    bench_must(mbedtls_pk_parse_key(&with->key, from->key.data, from->key.length, NULL, 0,
                                    mbedtls_ctr_drbg_random, &drbg),
               "key");
#else
    bench_must(mbedtls_pk_parse_key(&with->key, from->key.data, from->key.length, NULL, 0), "key");
#endif
    configure(&with->configs[BENCH_CLIENT], with, BENCH_CLIENT, key, MBEDTLS_SSL_TRANSPORT_STREAM);
    configure(&with->configs[BENCH_SERVER], with, BENCH_SERVER, key, MBEDTLS_SSL_TRANSPORT_STREAM);
}

#if DATAGRAMS
/* Nobody forges an address here. */
static void open_datagrams(void)
{
    int end;

    for (end = 0; end < BENCH_ENDS; end++)
        configure(&datagram_configs[end], &shared[BENCH_EC], (enum bench_end) end, BENCH_EC,
                  MBEDTLS_SSL_TRANSPORT_DATAGRAM);
#if defined(MBEDTLS_SSL_DTLS_HELLO_VERIFY)
    mbedtls_ssl_conf_dtls_cookies(&datagram_configs[BENCH_SERVER], NULL, NULL, NULL);
#endif
}

static void close_datagrams(void)
{
    mbedtls_ssl_config_free(&datagram_configs[BENCH_CLIENT]);
    mbedtls_ssl_config_free(&datagram_configs[BENCH_SERVER]);
}
#else
static void open_datagrams(void)
{
}

static void close_datagrams(void)
{
}
#endif

static void side_open(void)
{
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    bench_must(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
    open_one(BENCH_RSA);
    open_one(BENCH_EC);
    open_datagrams();
}

static void side_close(void)
{
    int key;

    close_datagrams();
    for (key = 0; key < BENCH_KEYS; key++) {
        mbedtls_ssl_config_free(&shared[key].configs[BENCH_CLIENT]);
        mbedtls_ssl_config_free(&shared[key].configs[BENCH_SERVER]);
        mbedtls_x509_crt_free(&shared[key].certificate);
        mbedtls_pk_free(&shared[key].key);
    }
    mbedtls_ctr_drbg_free(&drbg);
    mbedtls_entropy_free(&entropy);
}

static void set_up(mbedtls_ssl_context *ends, const mbedtls_ssl_config *configs)
{
    int end;

    for (end = 0; end < BENCH_ENDS; end++) {
        mbedtls_ssl_init(&ends[end]);
        bench_must(mbedtls_ssl_setup(&ends[end], &configs[end]), "setup");
    }
    bench_must(mbedtls_ssl_set_hostname(&ends[BENCH_CLIENT], "localhost"), "host name");
}

static int wants_more(int ret)
{
    return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE;
}

/* ---- Over memory --------------------------------------------------------------------------------- */

/* A flight is less than this. */
struct pipe {
    unsigned char data[16384];
    size_t head, tail;
};

struct wire {
    struct pipe *out, *in;
};

static int wire_send(void *context, const unsigned char *buf, size_t len)
{
    struct pipe *const pipe = ((struct wire *) context)->out;

    if (pipe->head == pipe->tail)
        pipe->head = pipe->tail = 0;
    if (len > sizeof(pipe->data) - pipe->tail)
        len = sizeof(pipe->data) - pipe->tail;
    if (len == 0)
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    memcpy(pipe->data + pipe->tail, buf, len);
    pipe->tail += len;
    return (int) len;
}

static int wire_recv(void *context, unsigned char *buf, size_t len)
{
    struct pipe *const pipe = ((struct wire *) context)->in;

    if (len > pipe->tail - pipe->head)
        len = pipe->tail - pipe->head;
    if (len == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    memcpy(buf, pipe->data + pipe->head, len);
    pipe->head += len;
    return (int) len;
}

static void side_handshake(enum bench_key key)
{
    mbedtls_ssl_context ends[BENCH_ENDS];
    struct pipe pipes[2];
    struct wire wires[BENCH_ENDS] = {{&pipes[0], &pipes[1]}, {&pipes[1], &pipes[0]}};
    int rets[BENCH_ENDS] = {MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_WANT_READ};
    int end;

    pipes[0].head = pipes[0].tail = pipes[1].head = pipes[1].tail = 0;
    set_up(ends, shared[key].configs);
    for (end = 0; end < BENCH_ENDS; end++)
        mbedtls_ssl_set_bio(&ends[end], &wires[end], wire_send, wire_recv, NULL);
    while (rets[BENCH_CLIENT] != 0 || rets[BENCH_SERVER] != 0) {
        for (end = 0; end < BENCH_ENDS; end++) {
            if (rets[end] == 0)
                continue;
            rets[end] = mbedtls_ssl_handshake(&ends[end]);
            bench_must(wants_more(rets[end]) ? 0 : rets[end], "handshake");
        }
    }
    mbedtls_ssl_free(&ends[BENCH_CLIENT]);
    mbedtls_ssl_free(&ends[BENCH_SERVER]);
}

/* ---- Over sockets -------------------------------------------------------------------------------- */

struct bench_link {
    mbedtls_ssl_context ends[BENCH_ENDS];
    mbedtls_net_context sockets[BENCH_ENDS];
#if DATAGRAMS
    mbedtls_timing_delay_context timers[BENCH_ENDS];
#endif
};

static void *shake_hands(void *context)
{
    bench_must(mbedtls_ssl_handshake((mbedtls_ssl_context *) context), "handshake");
    return NULL;
}

static struct bench_link *new_link(const mbedtls_ssl_config *configs, const int *fds)
{
    struct bench_link *const link = (struct bench_link *) calloc(1, sizeof(*link));
    int end;

    bench_must(link == NULL, "memory");
    set_up(link->ends, configs);
    for (end = 0; end < BENCH_ENDS; end++) {
        mbedtls_net_init(&link->sockets[end]);
        link->sockets[end].fd = fds[end];
        mbedtls_ssl_set_bio(&link->ends[end], &link->sockets[end], mbedtls_net_send,
                            mbedtls_net_recv, NULL);
    }
    return link;
}

static struct bench_link *side_connect(const int *fds)
{
    struct bench_link *const link = new_link(shared[BENCH_EC].configs, fds);

    bench_threads(BENCH_ENDS, shake_hands, link->ends, sizeof(link->ends[0]));
    return link;
}

#if DATAGRAMS
static struct bench_link *side_connect_datagrams(const int *fds)
{
    struct bench_link *const link = new_link(datagram_configs, fds);
    int end;

    for (end = 0; end < BENCH_ENDS; end++)
        mbedtls_ssl_set_timer_cb(&link->ends[end], &link->timers[end], mbedtls_timing_set_delay,
                                 mbedtls_timing_get_delay);
    bench_threads(BENCH_ENDS, shake_hands, link->ends, sizeof(link->ends[0]));
    return link;
}
#else
#define side_connect_datagrams NULL
#endif

static void side_disconnect(struct bench_link *link)
{
    mbedtls_ssl_free(&link->ends[BENCH_CLIENT]);
    mbedtls_ssl_free(&link->ends[BENCH_SERVER]);
    free(link);
}

static void side_write(struct bench_link *link, enum bench_end end, const unsigned char *buf,
                       size_t len)
{
    while (len != 0) {
        const int ret = mbedtls_ssl_write(&link->ends[end], buf, len);

        bench_must(ret < 0 ? ret : 0, "write");
        buf += ret;
        len -= (size_t) ret;
    }
}

static void side_read(struct bench_link *link, enum bench_end end, unsigned char *buf, size_t len)
{
    while (len != 0) {
        const int ret = mbedtls_ssl_read(&link->ends[end], buf, len);

        bench_must(ret == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : ret < 0 ? ret : 0, "read");
        buf += ret;
        len -= (size_t) ret;
    }
}

#if defined(MBEDGUARD_SSL_IO_ACCESS_H)
static void side_read_ahead(struct bench_link *link, enum bench_end end, size_t size)
{
    bench_must(mbedguard_ssl_set_read_ahead(&link->ends[end], size), "read-ahead");
}
#else
#define side_read_ahead NULL
#endif

static void side_wait(struct bench_link *link, enum bench_end end)
{
    unsigned char byte;

    bench_must(mbedtls_ssl_read(&link->ends[end], &byte, 1) > 0, "data that nobody sent");
}

static const struct bench_size sizes[] = {
    {"ssl_context", sizeof(mbedtls_ssl_context)},
    {"ssl_config", sizeof(mbedtls_ssl_config)},
    {"ssl_session", sizeof(mbedtls_ssl_session)},
    {"x509_crt", sizeof(mbedtls_x509_crt)},
    {"pk_context", sizeof(mbedtls_pk_context)},
    {"ctr_drbg_context", sizeof(mbedtls_ctr_drbg_context)},
    {NULL, 0},
};

const struct bench_side SIDE = {
    side_open,
    side_close,
    side_handshake,
    side_connect,
    side_connect_datagrams,
    side_disconnect,
    side_write,
    side_read,
    side_read_ahead,
    side_wait,
    sizes,
};
