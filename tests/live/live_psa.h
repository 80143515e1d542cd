/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keys of PSA for tests: all AES keys have the same bytes, so that any of them gives the same value. */
#ifndef LIVE_PSA_H
#define LIVE_PSA_H

#include "live/live.h"

#define LIVE_PSA_USAGE                                                                             \
    (PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY)

extern const unsigned char live_psa_bytes[16]; /* of the AES keys */
extern const unsigned char live_psa_block[16]; /* what is encrypted */
extern unsigned char live_psa_cipher[16];      /* what must come of it */

/* After the usual fixture: an empty directory of its own for persistent keys, live_psa_cipher. */
void live_psa_setup(void);
void live_psa_teardown(void);
TCase *live_psa_case(Suite *suite, const char *name);

/* The AES key: id 0 makes it volatile, any other persistent under that identifier. */
psa_status_t live_psa_import(psa_key_id_t id, psa_key_id_t *key);
/* Others: a secret to derive from, a key for HMAC, a pair on P-256 for signatures. */
psa_status_t live_psa_import_secret(psa_key_id_t *key);
psa_status_t live_psa_import_hmac(psa_key_id_t *key);
psa_status_t live_psa_generate_pair(psa_key_id_t *key);
/* Attributes of the AES key, for what makes one. */
void live_psa_attributes(mbedguard_psa_key_attributes_t *attributes, psa_key_id_t id);

/* Derives a key with these attributes from a secret that is made and destroyed. */
psa_status_t live_psa_derive(mbedguard_psa_key_attributes_t *attributes, psa_key_id_t *key);

/* Encrypts the block with an AES key; PSA_ERROR_CORRUPTION_DETECTED if that gives something else. */
psa_status_t live_psa_encrypt(psa_key_id_t key);
/* Whether the status is what an identifier gives that names no key. */
bool live_psa_is_gone(psa_status_t status);
/* So many volatile keys are there; none is locked. */
void live_psa_assert_slots(unsigned expected);
unsigned live_psa_volatile_slots(void);

#endif /* LIVE_PSA_H */
