/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* PSA raw and guarded: psa_side.c is compiled as it stands and switched, as side.c is. */
#ifndef BENCH_PSA_SIDE_H
#define BENCH_PSA_SIDE_H

#include <stdint.h>

/* All functions end the program when something fails. A key is its identifier. */
struct bench_psa {
    void (*open)(void);
    void (*close)(void);
    uint32_t (*make_signer)(void); /* P-256 */
    uint32_t (*make_cipher)(void); /* AES-128-GCM */
    void (*make_rsa4096)(void);    /* and destroy it */
    void (*end)(uint32_t key);
    void (*sign)(uint32_t key);
    void (*gcm)(uint32_t key); /* one-shot, 1 KiB */
    void (*hash)(uint32_t key); /* one-shot SHA-256 of 1 KiB; no key */
};

extern const struct bench_psa bench_psa_raw;
extern const struct bench_psa bench_psa_guarded;

#endif /* BENCH_PSA_SIDE_H */
