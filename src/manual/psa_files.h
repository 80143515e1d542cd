/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The files of persistent keys, as far as other processes go. Mbed TLS writes each key to one temporary
 * file, of a fixed name, and renames it: of two processes one may rename what the other wrote, and is told
 * that its own key is stored. Whether an identifier is free is asked before, too. So who makes
 * a file holds a lock on another file beside them, which belongs to the process and goes with it. Emitted
 * call-throughs call these where the policy says `key-file`.
 *
 * Reading and removing need no lock: a file appears whole, by its renaming, and goes in one step.
 */
#ifndef MBEDGUARD_MANUAL_PSA_FILES_H
#define MBEDGUARD_MANUAL_PSA_FILES_H

#include <mbedtls/version.h>

#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <stdbool.h>

#include <psa/crypto.h>

#if defined(MBEDTLS_PSA_CRYPTO_STORAGE_C) && defined(MBEDTLS_PSA_ITS_FILE_C) &&                    \
    (defined(__unix__) || defined(__unix) || (defined(__APPLE__) && defined(__MACH__)))
#define MBEDGUARD_PSA_FILES 1
#else
#define MBEDGUARD_PSA_FILES 0
#endif

/* Whether a key that is made with these attributes has a file. The caller holds them. */
bool mbedguard_psa_makes_file(const psa_key_attributes_t *attributes);

/*
 * The store is held. Where is_file, waits for other processes, which are writing a file; and begins
 * what unlock ends, of which there is one at a time in a process. 0; or an error, with nothing begun.
 * Where the file system has no locks, and where no file can be written, nothing is locked.
 */
int mbedguard_psa_files_lock(bool is_file);
void mbedguard_psa_files_unlock(bool is_file);
#endif

#endif /* MBEDGUARD_MANUAL_PSA_FILES_H */
