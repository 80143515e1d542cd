/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * parse-path: directories of certificates that are parsed each second, by Mbed TLS and guarded. The
 * system's own, or where there is none one with made certificates.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/x509_crt.h>

#include <mbedguard/x509_crt.h>

#include "bench/measure.h"
#include "bench/side.h"

#define SYSTEM_PATH "/etc/ssl/certs"
#define MADE        140

static void parse_raw(void *data, unsigned count)
{
    while (count-- != 0) {
        mbedtls_x509_crt chain;

        mbedtls_x509_crt_init(&chain);
        bench_must(mbedtls_x509_crt_parse_path(&chain, data) < 0, "raw");
        mbedtls_x509_crt_free(&chain);
    }
}

static void parse_guarded(void *data, unsigned count)
{
    while (count-- != 0) {
        mbedguard_x509_crt chain;

        bench_must(mbedguard_x509_crt_init(&chain), "init");
        bench_must(mbedguard_x509_crt_parse_path(&chain, data) < 0, "guarded");
        bench_must(mbedguard_x509_crt_free(&chain), "free");
    }
}

/* Whether there are certificates. */
static bool is_full(const char *path)
{
    mbedtls_x509_crt chain;
    bool full;

    mbedtls_x509_crt_init(&chain);
    full = mbedtls_x509_crt_parse_path(&chain, path) >= 0 && chain.version != 0;
    mbedtls_x509_crt_free(&chain);
    return full;
}

static void name_of(char *name, size_t size, const char *directory, unsigned number)
{
    (void) snprintf(name, size, "%s/%03u.der", directory, number);
}

static void make(const char *directory)
{
    unsigned i;

    bench_make_material();
    for (i = 0; i < MADE; i++) {
        const struct bench_der *const der = &bench_material[i % BENCH_KEYS].certificate;
        char name[64];
        FILE *file;

        name_of(name, sizeof(name), directory, i);
        file = fopen(name, "wb");
        bench_must(file == NULL || fwrite(der->data, 1, der->length, file) != der->length, name);
        bench_must(fclose(file), name);
    }
}

static void unmake(const char *directory)
{
    unsigned i;

    for (i = 0; i < MADE; i++) {
        char name[64];

        name_of(name, sizeof(name), directory, i);
        bench_must(unlink(name), name);
    }
    bench_must(rmdir(directory), directory);
}

int main(void)
{
    char system_path[] = SYSTEM_PATH;
    char made[] = "/tmp/mbedguard-bench-XXXXXX";
    char *path = system_path;

    if (!is_full(path)) {
        path = mkdtemp(made);
        bench_must(path == NULL, "directory");
        make(path);
    }
    bench_compare("parse-path", parse_raw, path, parse_guarded, path);
    if (path == made)
        unmake(path);
    return 0;
}
