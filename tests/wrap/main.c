/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Every call-through against the stand-in. With names as arguments: only those, and more words. */
#include <stdio.h>

#include "wrap/wrap.h"

#define TIME_OUT 240 /* seconds */

/* The stand-in is no Mbed TLS whose version or tables want a look. */
int mbedguard_library_start(void)
{
    return 0;
}

/* Its objects are never set up, and nothing that would look for that is there. */
#define READY(name)                                                                                \
    int name(const void *object);                                                                  \
    int name(const void *object)                                                                   \
    {                                                                                              \
        (void) object;                                                                             \
        return 0;                                                                                  \
    }

READY(mbedguard_aes_check_key)
READY(mbedguard_aes_xts_check_key)
READY(mbedguard_cipher_check_set_up)
READY(mbedguard_ctr_drbg_check_seeded)
READY(mbedguard_hmac_drbg_check_entropy)
READY(mbedguard_ssl_check_in_handshake)
READY(mbedguard_ssl_check_set_up)

static bool selected(int argc, char **argv, const char *name)
{
    int i;

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
    }
    return argc <= 1;
}

static unsigned test_values(int argc, char **argv)
{
    const wrap_value *value;
    unsigned tests = 0;

    for (value = wrap_values; value->name != NULL; value++) {
        if (!selected(argc, argv, value->name))
            continue;
        check_about(value->name, "initial value");
        check(value->same(), "the guarded value is the raw one and a free guard");
        tests++;
    }
    return tests;
}

int main(int argc, char **argv)
{
    const wrap_function *const *f;
    const wrap_life *const *life;
    unsigned tests = 0;

    check_watch(TIME_OUT);
    if (backend_install() != 0 || mbedguard_count_acquisitions(1) != 0) {
        fprintf(stderr, "the fake backend cannot be installed\n");
        return 2;
    }
    for (f = wrap_functions; *f != NULL; f++) {
        if (!selected(argc, argv, (*f)->name))
            continue;
        if (((*f)->flags & WRAP_INLINE) != 0)
            test_inline(*f);
        else
            test_function(*f);
        tests++;
    }
    for (life = wrap_lives; *life != NULL; life++) {
        if (!selected(argc, argv, (*life)->name))
            continue;
        test_life(*life);
        tests++;
    }
    tests += test_values(argc, argv);
    if (argc <= 1) {
        test_coverage();
        test_types();
    }
    printf("wrap (%s): %u functions and types, %lu checks, %lu failures\n", expected_reader, tests,
           check_count(), check_failures());
    return tests != 0 && check_failures() == 0 ? 0 : 1;
}
