/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Accessors of certificates, revocation lists and requests: each against the raw member, on objects
 * that have all of them.
 */
#include <string.h>

#include "live/live.h"

static unsigned char crt_der[2048], csr_der[1024], crl_der[1024];
static size_t crt_length, csr_length, crl_length;
static mbedguard_pk_context key;
static mbedguard_x509_crt crt;
static mbedguard_x509_crl crl;
static mbedguard_x509_csr csr;

/* ---- Making them ------------------------------------------------------------------------------ */

/* dNSName a.example, dNSName bb.example */
static const unsigned char alt_names[] = {0x30, 23,  0x82, 9,   'a',  '.', 'e', 'x', 'a',
                                          'm',  'p', 'l',  'e', 0x82, 10,  'b', 'b', '.',
                                          'e',  'x', 'a',  'm', 'p',  'l', 'e'};
/* serverAuth, clientAuth */
static const unsigned char uses[] = {0x30, 20, 6, 8,    0x2B, 6, 1, 5, 5, 7, 3,
                                     1,    6,  8, 0x2B, 6,    1, 5, 5, 7, 3, 2};
/* anyPolicy */
static const unsigned char policies[] = {0x30, 8, 0x30, 6, 6, 4, 0x55, 0x1D, 0x20, 0};
static const unsigned char serial_number[] = {0x12, 0x34, 0x56};

static int set_serial(mbedguard_x509write_cert *writer)
{
#if LIVE_V3
    unsigned char serial[sizeof(serial_number)];

    memcpy(serial, serial_number, sizeof(serial));
    return mbedguard_x509write_crt_set_serial_raw(writer, serial, sizeof(serial));
#else
    mbedguard_mpi serial;
    int ret;

    mbedguard_mpi_init(&serial);
    ret = mbedguard_mpi_read_binary(&serial, serial_number, sizeof(serial_number));
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_serial(writer, &serial);
    mbedguard_mpi_free(&serial);
    return ret;
#endif
}

static int set_extensions(mbedguard_x509write_cert *writer)
{
    int ret = mbedguard_x509write_crt_set_extension(writer, "\x55\x1D\x11", 3, 0, alt_names,
                                                    sizeof(alt_names));

    if (ret == 0)
        ret =
            mbedguard_x509write_crt_set_extension(writer, "\x55\x1D\x25", 3, 0, uses, sizeof(uses));
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_extension(writer, "\x55\x1D\x20", 3, 0, policies,
                                                    sizeof(policies));
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_basic_constraints(writer, 1, 3);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_key_usage(writer, MBEDTLS_X509_KU_KEY_CERT_SIGN);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_ns_cert_type(writer, MBEDTLS_X509_NS_CERT_TYPE_SSL_CA);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_subject_key_identifier(writer);
    if (ret == 0)
        ret = mbedguard_x509write_crt_set_authority_key_identifier(writer);
    return ret;
}

static void make_crt(void)
{
    mbedguard_x509write_cert writer;
    int length;

    ck_assert_int_eq(mbedguard_x509write_crt_init(&writer), 0);
    mbedguard_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedguard_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
    ck_assert_int_eq(mbedguard_x509write_crt_set_subject_key(&writer, &key), 0);
    ck_assert_int_eq(mbedguard_x509write_crt_set_issuer_key(&writer, &key), 0);
    ck_assert_int_eq(set_serial(&writer), 0);
    ck_assert_int_eq(mbedguard_x509write_crt_set_subject_name(&writer, "C=NL,O=Sub,CN=leaf"), 0);
    ck_assert_int_eq(mbedguard_x509write_crt_set_issuer_name(&writer, "O=Iss,CN=root"), 0);
    ck_assert_int_eq(
        mbedguard_x509write_crt_set_validity(&writer, "20200102030405", "20491231235958"), 0);
    ck_assert_int_eq(set_extensions(&writer), 0);
    length = mbedguard_x509write_crt_der(&writer, crt_der, sizeof(crt_der),
                                         mbedguard_ctr_drbg_random, &live_drbg);
    ck_assert_int_gt(length, 0);
    crt_length = (size_t) length;
    memmove(crt_der, crt_der + sizeof(crt_der) - crt_length, crt_length);
    mbedguard_x509write_crt_free(&writer);
}

static void make_csr(void)
{
    mbedguard_x509write_csr writer;
    int length;

    ck_assert_int_eq(mbedguard_x509write_csr_init(&writer), 0);
    mbedguard_x509write_csr_set_md_alg(&writer, MBEDTLS_MD_SHA256);
    ck_assert_int_eq(mbedguard_x509write_csr_set_key(&writer, &key), 0);
    ck_assert_int_eq(mbedguard_x509write_csr_set_subject_name(&writer, "O=Req,CN=asks"), 0);
    length = mbedguard_x509write_csr_der(&writer, csr_der, sizeof(csr_der),
                                         mbedguard_ctr_drbg_random, &live_drbg);
    ck_assert_int_gt(length, 0);
    csr_length = (size_t) length;
    memmove(csr_der, csr_der + sizeof(csr_der) - csr_length, csr_length);
    mbedguard_x509write_csr_free(&writer);
}

/* Mbed TLS writes no revocation lists, and does not ask for the signature when it reads one. */
static void make_crl(void)
{
    static const unsigned char algorithm[] = {0x30, 10,   6,    8, 0x2A, 0x86,
                                              0x48, 0xCE, 0x3D, 4, 3,    2};
    static const unsigned char times[] = "\x17\x0D"
                                         "200101000000Z"
                                         "\x17\x0D"
                                         "300101000000Z";
    static const unsigned char entries[] = "\x30\x12\x02\x01\x05\x17\x0D"
                                           "210203040506Z"
                                           "\x30\x13\x02\x02\x12\x34\x17\x0D"
                                           "220203040506Z";
    unsigned char tbs[512], all[800];
    size_t n = 0, issuer = 0, total;

    n += live_der(tbs + n, 2, (const unsigned char *) "\x01", 1);
    memcpy(tbs + n, algorithm, sizeof(algorithm));
    n += sizeof(algorithm);
    ck_assert_int_eq(mbedguard_x509_crt_get_issuer_raw(&crt, tbs + n, sizeof(tbs) - n, &issuer), 0);
    n += issuer;
    memcpy(tbs + n, times, sizeof(times) - 1);
    n += sizeof(times) - 1;
    n += live_der(tbs + n, 0x30, entries, sizeof(entries) - 1);
    total = live_der(all, 0x30, tbs, n);
    memcpy(all + total, algorithm, sizeof(algorithm));
    total += sizeof(algorithm);
    total += live_der(all + total, 3, (const unsigned char *) "\0\x30\0", 3);
    crl_length = live_der(crl_der, 0x30, all, total);
}

static void setup(void)
{
    live_setup();
    mbedguard_pk_init(&key);
    live_parse_key(&key, 0);
    mbedguard_x509_crt_init(&crt);
    mbedguard_x509_crl_init(&crl);
    mbedguard_x509_csr_init(&csr);
    make_crt();
    ck_assert_int_eq(mbedguard_x509_crt_parse_der(&crt, crt_der, crt_length), 0);
    make_crl();
    ck_assert_int_eq(mbedguard_x509_crl_parse_der(&crl, crl_der, crl_length), 0);
    make_csr();
    ck_assert_int_eq(mbedguard_x509_csr_parse_der(&csr, csr_der, csr_length), 0);
}

static void teardown(void)
{
    mbedguard_x509_csr_free(&csr);
    mbedguard_x509_crl_free(&crl);
    mbedguard_x509_crt_free(&crt);
    mbedguard_pk_free(&key);
    live_teardown();
}

/* ---- Bytes ------------------------------------------------------------------------------------ */

/* All that a copy-out promises, for one member. */
#define CHECK_BYTES(get, object, member)                                                           \
    do {                                                                                           \
        const mbedtls_x509_buf *const raw = &(object)->unguarded.member;                           \
        unsigned char out[2048];                                                                   \
        size_t n = 99;                                                                             \
        memset(out, 0xEE, sizeof(out));                                                            \
        ck_assert_int_eq(get(object, out, sizeof(out), &n), 0);                                    \
        ck_assert_uint_eq(n, raw->len);                                                            \
        ck_assert(n == 0 || memcmp(out, raw->p, n) == 0);                                          \
        ck_assert_uint_eq(out[n], 0xEE);                                                           \
        memset(out, 0xEE, sizeof(out));                                                            \
        ck_assert_int_eq(get(object, out, raw->len, &n), 0);                                       \
        if (raw->len != 0) {                                                                       \
            memset(out, 0xEE, sizeof(out));                                                        \
            ck_assert_int_eq(get(object, out, raw->len - 1, &n),                                   \
                             MBEDTLS_ERR_X509_BUFFER_TOO_SMALL);                                   \
            ck_assert_uint_eq(n, raw->len);                                                        \
            ck_assert_uint_eq(out[0], 0xEE);                                                       \
            ck_assert_int_eq(get(object, NULL, 0, &n), MBEDTLS_ERR_X509_BUFFER_TOO_SMALL);         \
            ck_assert_uint_eq(n, raw->len);                                                        \
        }                                                                                          \
        n = 99;                                                                                    \
        ck_assert_int_eq(get(NULL, out, sizeof(out), &n), MBEDGUARD_ERR_BAD_INPUT);                \
        ck_assert_uint_eq(n, 0);                                                                   \
        ck_assert_int_eq(get(object, NULL, 1, &n), MBEDGUARD_ERR_BAD_INPUT);                       \
        ck_assert_int_eq(get(object, out, 1, NULL), MBEDGUARD_ERR_BAD_INPUT);                      \
    } while (0)

#ifdef MBEDTLS_PRIVATE
#define SECRET(member) MBEDTLS_PRIVATE(member)
#else
#define SECRET(member) member
#endif

START_TEST(bytes)
{
    CHECK_BYTES(mbedguard_x509_crt_get_raw, &crt, raw);
    CHECK_BYTES(mbedguard_x509_crt_get_tbs, &crt, tbs);
    CHECK_BYTES(mbedguard_x509_crt_get_serial, &crt, serial);
    CHECK_BYTES(mbedguard_x509_crt_get_sig_oid, &crt, sig_oid);
    CHECK_BYTES(mbedguard_x509_crt_get_issuer_raw, &crt, issuer_raw);
    CHECK_BYTES(mbedguard_x509_crt_get_subject_raw, &crt, subject_raw);
    CHECK_BYTES(mbedguard_x509_crt_get_pk_raw, &crt, pk_raw);
    CHECK_BYTES(mbedguard_x509_crt_get_issuer_id, &crt, issuer_id);
    CHECK_BYTES(mbedguard_x509_crt_get_subject_id, &crt, subject_id);
    CHECK_BYTES(mbedguard_x509_crt_get_v3_ext, &crt, v3_ext);
    CHECK_BYTES(mbedguard_x509_crt_get_sig, &crt, SECRET(sig));
#if MBEDTLS_VERSION_NUMBER >= 0x03050000
    CHECK_BYTES(mbedguard_x509_crt_get_subject_key_id, &crt, subject_key_id);
    CHECK_BYTES(mbedguard_x509_crt_get_authority_key_id, &crt, authority_key_id.keyIdentifier);
    ck_assert_uint_ne(crt.unguarded.subject_key_id.len, 0);
#endif
    CHECK_BYTES(mbedguard_x509_crl_get_raw, &crl, raw);
    CHECK_BYTES(mbedguard_x509_crl_get_tbs, &crl, tbs);
    CHECK_BYTES(mbedguard_x509_crl_get_issuer_raw, &crl, issuer_raw);
    CHECK_BYTES(mbedguard_x509_crl_get_sig_oid, &crl, sig_oid);
    CHECK_BYTES(mbedguard_x509_crl_get_crl_ext, &crl, crl_ext);
    CHECK_BYTES(mbedguard_x509_csr_get_raw, &csr, raw);
    CHECK_BYTES(mbedguard_x509_csr_get_cri, &csr, cri);
    CHECK_BYTES(mbedguard_x509_csr_get_subject_raw, &csr, subject_raw);
    CHECK_BYTES(mbedguard_x509_csr_get_sig_oid, &csr, sig_oid);
    ck_assert_uint_eq(crt.unguarded.raw.len, crt_length);
    ck_assert_uint_ne(crt.unguarded.v3_ext.len, 0);
}
END_TEST

/* ---- Text and numbers ------------------------------------------------------------------------- */

START_TEST(text)
{
    char out[100];

    ck_assert_int_eq(mbedguard_x509_crt_subject_dn_gets(out, sizeof(out), &crt), 20);
    ck_assert_str_eq(out, "C=NL, O=Sub, CN=leaf");
    ck_assert_int_eq(mbedguard_x509_crt_issuer_dn_gets(out, sizeof(out), &crt), 14);
    ck_assert_str_eq(out, "O=Iss, CN=root");
    ck_assert_int_eq(mbedguard_x509_crt_serial_gets(out, sizeof(out), &crt), 8);
    ck_assert_str_eq(out, "12:34:56");
    ck_assert_int_eq(mbedguard_x509_crl_issuer_dn_gets(out, sizeof(out), &crl), 14);
    ck_assert_int_eq(mbedguard_x509_csr_subject_dn_gets(out, sizeof(out), &csr), 14);
    ck_assert_str_eq(out, "O=Req, CN=asks");
    ck_assert_int_eq(mbedguard_x509_crt_subject_dn_gets(out, 5, &crt),
                     MBEDTLS_ERR_X509_BUFFER_TOO_SMALL);
    ck_assert_int_eq(mbedguard_x509_crt_subject_dn_gets(NULL, 5, &crt), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_x509_crt_subject_dn_gets(out, 5, NULL), MBEDGUARD_ERR_BAD_INPUT);
}
END_TEST

START_TEST(numbers)
{
    mbedguard_x509_crt empty;
    mbedtls_x509_time when;
    unsigned int usage = 77;
    unsigned char type = 77;

    ck_assert_int_eq(mbedguard_x509_crt_get_version(&crt), 3);
    ck_assert_int_eq(mbedguard_x509_crl_get_version(&crl), 2);
    ck_assert_int_eq(mbedguard_x509_csr_get_version(&csr), 1);
    ck_assert_int_eq(mbedguard_x509_crt_get_version(NULL), MBEDGUARD_ERR_BAD_INPUT);
    ck_assert_int_eq(mbedguard_x509_crt_get_ext_types(&crt), crt.unguarded.SECRET(ext_types));
    ck_assert_int_ne(mbedguard_x509_crt_has_ext_type(&crt, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME), 0);
    ck_assert_int_eq(mbedguard_x509_crt_get_ca_istrue(&crt), 1);
    ck_assert_int_eq(mbedguard_x509_crt_get_max_pathlen(&crt), 4);
    ck_assert_int_eq(mbedguard_x509_crt_get_key_usage(&crt, &usage), 0);
    ck_assert_uint_eq(usage, MBEDTLS_X509_KU_KEY_CERT_SIGN);
    ck_assert_int_eq(mbedguard_x509_crt_get_ns_cert_type(&crt, &type), 0);
    ck_assert_uint_eq(type, MBEDTLS_X509_NS_CERT_TYPE_SSL_CA);
    ck_assert_int_eq(mbedguard_x509_crt_get_sig_md(&crt), MBEDTLS_MD_SHA256);
    ck_assert_int_eq(mbedguard_x509_crt_get_sig_pk(&crt), MBEDTLS_PK_ECDSA);
    ck_assert_int_eq(mbedguard_x509_crt_get_valid_from(&crt, &when), 0);
    ck_assert(when.year == 2020 && when.mon == 1 && when.day == 2 && when.sec == 5);
    ck_assert_int_eq(mbedguard_x509_crt_get_valid_to(&crt, &when), 0);
    ck_assert(when.year == 2049 && when.mon == 12 && when.min == 59 && when.sec == 58);
    ck_assert_int_eq(mbedguard_x509_crl_get_this_update(&crl, &when), 0);
    ck_assert_int_eq(when.year, 2020);
    ck_assert_int_eq(mbedguard_x509_crl_get_next_update(&crl, &when), 0);
    ck_assert_int_eq(when.year, 2030);
    ck_assert_int_eq(mbedguard_x509_crt_get_valid_to(&crt, NULL), MBEDGUARD_ERR_BAD_INPUT);

    /* Absent values are told from zeroes. */
    mbedguard_x509_crt_init(&empty);
    ck_assert_int_eq(mbedguard_x509_crt_get_version(&empty), 0);
    ck_assert_int_eq(mbedguard_x509_crt_get_key_usage(&empty, &usage), MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_x509_crt_get_ns_cert_type(&empty, &type), MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_x509_crt_get_ca_istrue(&empty), MBEDTLS_ERR_X509_INVALID_EXTENSIONS);
    ck_assert_uint_eq(usage, MBEDTLS_X509_KU_KEY_CERT_SIGN);
    mbedguard_x509_crt_free(&empty);
}
END_TEST

/* ---- Lists ------------------------------------------------------------------------------------ */

struct walk {
    unsigned seen, stop_at;
    char last[64];
};

/* Where a parse uses PSA inside, without locks, it needs the store first. */
#if defined(MBEDGUARD_PSA_INSIDE)
#define CHANGE_REFUSED MBEDGUARD_ERR_ORDER
#else
#define CHANGE_REFUSED MBEDGUARD_ERR_UPGRADE
#endif

static int on_item(void *data, const mbedtls_x509_buf *item)
{
    struct walk *walk = data;
    int ret;

    memcpy(walk->last, item->p, item->len < 63 ? item->len : 63);
    walk->last[item->len < 63 ? item->len : 63] = '\0';
    /* The object is held: reading it goes on, changing it is refused. */
    ret = mbedguard_x509_crt_parse_der(&crt, crt_der, crt_length);
    if (mbedguard_x509_crt_get_version(&crt) != 3 ||
        (ret != MBEDGUARD_ERR_UPGRADE && ret != CHANGE_REFUSED))
        return -1;
    return ++walk->seen == walk->stop_at ? 42 : 0;
}

static int on_name(void *data, const mbedtls_x509_name *name)
{
    struct walk *walk = data;

    memcpy(walk->last, name->val.p, name->val.len);
    walk->last[name->val.len] = '\0';
    return ++walk->seen == walk->stop_at ? 42 : 0;
}

static int on_crt(void *data, const mbedtls_x509_crt *one)
{
    struct walk *walk = data;

    return one->version == 3 && ++walk->seen == walk->stop_at ? 42 : 0;
}

static int on_entry(void *data, const mbedtls_x509_crl_entry *entry)
{
    struct walk *walk = data;

    return entry->serial.len != 0 && ++walk->seen == walk->stop_at ? 42 : 0;
}

static int on_crl(void *data, const mbedtls_x509_crl *one)
{
    struct walk *walk = data;

    return one->version == 2 && ++walk->seen == walk->stop_at ? 42 : 0;
}

#define CHECK_WALK(foreach, object, cb, count)                                                     \
    do {                                                                                           \
        struct walk walked = {0, 0, ""};                                                           \
        ck_assert_int_eq(foreach (object, cb, &walked), 0);                                        \
        ck_assert_uint_eq(walked.seen, count);                                                     \
        walked.seen = 0;                                                                           \
        walked.stop_at = 1;                                                                        \
        ck_assert_int_eq(foreach (object, cb, &walked), 42);                                       \
        ck_assert_uint_eq(walked.seen, 1);                                                         \
        ck_assert_int_eq(foreach (object, NULL, &walked), MBEDGUARD_ERR_BAD_INPUT);                \
        ck_assert_int_eq(foreach (NULL, cb, &walked), MBEDGUARD_ERR_BAD_INPUT);                    \
    } while (0)

START_TEST(walks)
{
    struct walk walk = {0, 0, ""};

    CHECK_WALK(mbedguard_x509_crt_foreach_subject, &crt, on_name, 3);
    CHECK_WALK(mbedguard_x509_crt_foreach_issuer, &crt, on_name, 2);
    CHECK_WALK(mbedguard_x509_crl_foreach_issuer, &crl, on_name, 2);
    CHECK_WALK(mbedguard_x509_csr_foreach_subject, &csr, on_name, 2);
    CHECK_WALK(mbedguard_x509_crt_foreach, &crt, on_crt, 1);
    CHECK_WALK(mbedguard_x509_crl_foreach, &crl, on_crl, 1);
    CHECK_WALK(mbedguard_x509_crl_foreach_entry, &crl, on_entry, 2);
    CHECK_WALK(mbedguard_x509_crt_foreach_ext_key_usage, &crt, on_item, 2);
    CHECK_WALK(mbedguard_x509_crt_foreach_certificate_policy, &crt, on_item, 1);
    CHECK_WALK(mbedguard_x509_crt_foreach_subject_alt_name, &crt, on_item, 2);
    ck_assert_int_eq(mbedguard_x509_crt_foreach_subject_alt_name(&crt, on_item, &walk), 0);
    ck_assert_str_eq(walk.last, "bb.example");
    walk.seen = 0;
    ck_assert_int_eq(mbedguard_x509_crt_foreach_subject(&crt, on_name, &walk), 0);
    ck_assert_str_eq(walk.last, "leaf");
}
END_TEST

START_TEST(by_index)
{
    unsigned char room[32], other_room[32];
    mbedguard_x509_field item = {room, sizeof(room), 0, 0};
    mbedguard_x509_field value = {other_room, sizeof(other_room), 0, 0};
    mbedtls_x509_time when;

    ck_assert_int_eq(mbedguard_x509_crt_get_subject_alt_name(&crt, 1, &item), 0);
    ck_assert_uint_eq(item.len, 10);
    ck_assert_int_eq(item.tag & MBEDTLS_ASN1_TAG_VALUE_MASK, 2);
    ck_assert_int_eq(memcmp(room, "bb.example", 10), 0);
    ck_assert_int_eq(mbedguard_x509_crt_get_subject_alt_name(&crt, 2, &item),
                     MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_uint_eq(item.len, 0);
    ck_assert_int_eq(mbedguard_x509_crt_get_ext_key_usage(&crt, 1, &item), 0);
    ck_assert_int_eq(memcmp(room, uses + 14, 8), 0);
    ck_assert_int_eq(mbedguard_x509_crt_get_certificate_policy(&crt, 0, &item), 0);
    ck_assert_uint_eq(item.len, 4);
    ck_assert_int_eq(mbedguard_x509_crt_get_certificate_policy(&crt, 1, &item),
                     MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_x509_crt_get_ext_key_usage(&crt, 0, NULL), MBEDGUARD_ERR_BAD_INPUT);

    ck_assert_int_eq(mbedguard_x509_crt_get_subject_name(&crt, 2, &item, &value), 0);
    ck_assert_int_eq(memcmp(room, "\x55\x04\x03", 3), 0);
    ck_assert_int_eq(memcmp(other_room, "leaf", 4), 0);
    ck_assert_int_eq(mbedguard_x509_crt_get_subject_name(&crt, 3, &item, &value),
                     MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_x509_crt_get_issuer_name(&crt, 0, NULL, &value), 0);
    ck_assert_int_eq(memcmp(other_room, "Iss", 3), 0);
    ck_assert_int_eq(mbedguard_x509_csr_get_subject_name(&csr, 1, NULL, &value), 0);
    ck_assert_int_eq(memcmp(other_room, "asks", 4), 0);
    /* Both or neither. */
    memset(room, 0xEE, sizeof(room));
    value.size = 3;
    ck_assert_int_eq(mbedguard_x509_crt_get_subject_name(&crt, 2, &item, &value),
                     MBEDTLS_ERR_X509_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(value.len, 4);
    ck_assert_uint_eq(item.len, 3);
    ck_assert_uint_eq(room[0], 0xEE);

    ck_assert_int_eq(mbedguard_x509_crl_get_entry(&crl, 1, &item, &when), 0);
    ck_assert_uint_eq(item.len, 2);
    ck_assert_int_eq(memcmp(room, "\x12\x34", 2), 0);
    ck_assert(when.year == 2022 && when.mon == 2);
    ck_assert_int_eq(mbedguard_x509_crl_get_entry(&crl, 2, &item, &when), MBEDGUARD_ERR_NOT_FOUND);
}
END_TEST

/* ---- Chains ----------------------------------------------------------------------------------- */

START_TEST(chains)
{
    mbedguard_x509_crt chain, one;
    size_t count = 99;
    char name[100];

    mbedguard_x509_crt_init(&chain);
    mbedguard_x509_crt_init(&one);
    ck_assert_int_eq(mbedguard_x509_crt_count(&chain, &count), 0);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(mbedguard_x509_crt_get_nth(&chain, 0, &one), MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(live_parse_crt(&chain, 0), 0);
    ck_assert_int_eq(mbedguard_x509_crt_get_nth(&crt, 0, &chain), 0);
    ck_assert_int_eq(live_parse_crt(&chain, 1), 0);
    ck_assert_int_eq(mbedguard_x509_crt_count(&chain, &count), 0);
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(mbedguard_x509_crt_get_nth(&chain, 1, &one), 0);
    ck_assert_int_eq(mbedguard_x509_crt_subject_dn_gets(name, sizeof(name), &one), 20);
    ck_assert_int_eq(mbedguard_x509_crt_get_nth(&chain, 3, &one), MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_x509_crt_count(&one, &count), 0);
    ck_assert_uint_eq(count, 1);
    /* From a chain to itself. */
    ck_assert_int_eq(mbedguard_x509_crt_get_nth(&chain, 0, &chain), 0);
    ck_assert_int_eq(mbedguard_x509_crt_count(&chain, &count), 0);
    ck_assert_uint_eq(count, 4);
    CHECK_WALK(mbedguard_x509_crt_foreach, &chain, on_crt, 4);
    ck_assert_int_eq(mbedguard_x509_crt_get_nth(&chain, 0, NULL), MBEDGUARD_ERR_BAD_INPUT);
    mbedguard_x509_crt_free(&one);
    mbedguard_x509_crt_free(&chain);
}
END_TEST

/* ---- Keys by way of their parent -------------------------------------------------------------- */

#if LIVE_V3
#define RNG , mbedguard_ctr_drbg_random, &live_drbg
#else
#define RNG
#endif

static size_t sign(unsigned char *signature, size_t size, const unsigned char *hash)
{
    size_t length = 0;

#if LIVE_V3
    ck_assert_int_eq(mbedguard_pk_sign(&key, MBEDTLS_MD_SHA256, hash, 32, signature, size, &length,
                                       mbedguard_ctr_drbg_random, &live_drbg),
                     0);
#else
    (void) size;
    ck_assert_int_eq(mbedguard_pk_sign(&key, MBEDTLS_MD_SHA256, hash, 32, signature, &length,
                                       mbedguard_ctr_drbg_random, &live_drbg),
                     0);
#endif
    return length;
}

#define CHECK_KEY(kind, object)                                                                    \
    do {                                                                                           \
        unsigned char hash[32] = {1}, signature[200], der[200], wanted[200];                       \
        const size_t length = sign(signature, sizeof(signature), hash);                            \
        mbedguard_pk_context copy, other;                                                          \
        int size;                                                                                  \
        ck_assert_int_eq(mbedguard_x509_##kind##_pk_get_type(object), MBEDTLS_PK_ECKEY);           \
        ck_assert_str_eq(mbedguard_x509_##kind##_pk_get_name(object), "EC");                       \
        ck_assert_uint_eq(mbedguard_x509_##kind##_pk_get_bitlen(object), 256);                     \
        ck_assert_uint_eq(mbedguard_x509_##kind##_pk_get_len(object), 32);                         \
        ck_assert_int_eq(mbedguard_x509_##kind##_pk_can_do(object, MBEDTLS_PK_ECDSA), 1);          \
        ck_assert_int_eq(mbedguard_x509_##kind##_pk_can_do(object, MBEDTLS_PK_RSA), 0);            \
        ck_assert_int_eq(mbedguard_x509_##kind##_pk_get_type(NULL), MBEDTLS_PK_NONE);              \
        ck_assert_uint_eq(mbedguard_x509_##kind##_pk_get_bitlen(NULL), 0);                         \
        ck_assert_int_eq(mbedguard_x509_##kind##_pk_verify(object, MBEDTLS_MD_SHA256, hash, 32,    \
                                                           signature, length),                     \
                         0);                                                                       \
        hash[0] ^= 1;                                                                              \
        ck_assert_int_ne(mbedguard_x509_##kind##_pk_verify(object, MBEDTLS_MD_SHA256, hash, 32,    \
                                                           signature, length),                     \
                         0);                                                                       \
        hash[0] ^= 1;                                                                              \
        size = mbedguard_x509_##kind##_pk_write_pubkey_der(object, der, sizeof(der));              \
        ck_assert_int_gt(size, 0);                                                                 \
        ck_assert_int_eq(mbedguard_pk_write_pubkey_der(&key, wanted, sizeof(wanted)), size);       \
        ck_assert_int_eq(                                                                          \
            memcmp(der + sizeof(der) - size, wanted + sizeof(der) - size, (size_t) size), 0);      \
        ck_assert_int_lt(mbedguard_x509_##kind##_pk_write_pubkey_der(object, der, 10), 0);         \
        mbedguard_pk_init(&copy);                                                                  \
        mbedguard_pk_init(&other);                                                                 \
        live_parse_key(&other, 1);                                                                 \
        ck_assert_int_eq(mbedguard_x509_##kind##_pk_check_pair(object, &key RNG), 0);              \
        ck_assert_int_ne(mbedguard_x509_##kind##_pk_check_pair(object, &other RNG), 0);            \
        ck_assert_int_eq(mbedguard_x509_##kind##_pk_check_pair(object, NULL RNG),                  \
                         MBEDGUARD_ERR_BAD_INPUT);                                                 \
        /* Into an empty one, and in the place of another key. */                                  \
        ck_assert_int_eq(mbedguard_x509_##kind##_get_pk(object, &copy), 0);                        \
        ck_assert_int_eq(mbedguard_x509_##kind##_get_pk(object, &other), 0);                       \
        ck_assert_int_eq(                                                                          \
            mbedguard_pk_verify(&other, MBEDTLS_MD_SHA256, hash, 32, signature, length), 0);       \
        ck_assert_int_eq(live_sign_and_verify(&key, &copy), 0);                                    \
        mbedguard_pk_free(&other);                                                                 \
        mbedguard_pk_free(&copy);                                                                  \
    } while (0)

START_TEST(keys)
{
    mbedguard_x509_crt empty;
    char pem[400];

    CHECK_KEY(crt, &crt);
    CHECK_KEY(csr, &csr);
    ck_assert_int_eq(
        mbedguard_x509_crt_pk_write_pubkey_pem(&crt, (unsigned char *) pem, sizeof(pem)), 0);
    ck_assert_ptr_nonnull(strstr(pem, "BEGIN PUBLIC KEY"));
    mbedguard_x509_crt_init(&empty);
    ck_assert_int_eq(mbedguard_x509_crt_get_pk(&empty, &key), MBEDGUARD_ERR_NOT_FOUND);
    ck_assert_int_eq(mbedguard_x509_crt_pk_get_type(&empty), MBEDTLS_PK_NONE);
    ck_assert_uint_eq(mbedguard_pk_get_bitlen(&key), 256);
    mbedguard_x509_crt_free(&empty);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("access");
    TCase *tc = live_case_with(suite, "x509", setup, teardown);

    tcase_add_test(tc, bytes);
    tcase_add_test(tc, text);
    tcase_add_test(tc, numbers);
    tcase_add_test(tc, walks);
    tcase_add_test(tc, by_index);
    tcase_add_test(tc, chains);
    tcase_add_test(tc, keys);
    return live_run(suite);
}
