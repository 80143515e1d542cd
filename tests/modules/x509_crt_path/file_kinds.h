/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What is read from files beside certificates: each kind with a good file, and the calls on its object. */
#ifndef FILE_KINDS_H
#define FILE_KINDS_H

#include "core/enter.h"
#include "live/live.h"

#define FILE_DUMP 1024u
#define FILE_TEXT 2048u

union file_object {
    mbedguard_pk_context pk;
#if defined(MBEDTLS_X509_CRL_PARSE_C)
    mbedguard_x509_crl crl;
#endif
#if defined(MBEDTLS_X509_CSR_PARSE_C)
    mbedguard_x509_csr csr;
#endif
#if defined(MBEDTLS_DHM_C)
    mbedguard_dhm_context dhm;
#endif
};

struct file_kind {
    const char *label; /* of PEM */
    size_t (*write)(unsigned char *der);
    int io_error, alloc_error;
    int (*init)(union file_object *object);
    int (*free)(union file_object *object);
    int (*parse)(union file_object *object, const char *path, const char *password);
    mbedguard_guard *(*guard)(union file_object *object);
    /* Lock and unlock, without waiting. */
    int (*use)(union file_object *object);
    int (*lock)(union file_object *object);
    int (*unlock)(union file_object *object);
    /* What was parsed; nothing of an empty object. At most FILE_DUMP. */
    void (*dump)(union file_object *object, unsigned char *out, size_t *length);
    /* Mbed TLS's call, on an object of Mbed TLS's; and what was parsed. */
    int (*parse_raw)(const char *path, const char *password, unsigned char *out, size_t *length);

    /* Made by file_kinds_make(). */
    char good[FILE_TEXT];
    unsigned char der[FILE_DUMP];
    size_t der_length;
};

#define FILE_PRIVATE_KEY 0 /* the place in this row */
extern struct file_kind file_kinds[];
extern const unsigned file_kinds_count;

/* A private key under the password "open". */
extern const char file_closed_key[];

/* After live_setup(). */
void file_kinds_make(void);

#endif /* FILE_KINDS_H */
