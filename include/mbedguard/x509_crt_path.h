/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file x509_crt_path.h
 * @brief Certificates from files and directories: mbedguard_x509_crt_parse_file() and
 *        mbedguard_x509_crt_parse_path(), which mbedguard/x509_crt.h declares.
 *
 * What one of these calls does, and what other threads may do with the same chain meanwhile:
 *
 * | step of the call                     | readers, handshakes | changes of the chain, free | the same call |
 * |--------------------------------------|---------------------|----------------------------|---------------|
 * | looks whether the chain is in order  | run                 | are waited for             | runs          |
 * | reads names, opens and reads a file  | run                 | run                        | runs          |
 * | parses it aside                      | run                 | run                        | runs          |
 * | joins it to the chain                | wait, and so do its keepers | wait               | waits         |
 *
 * Joining is a few assignments and has no way to fail. Between two files of a directory everybody sees
 * the files before, each as a whole; what others append meanwhile stands where it came. Two calls on one
 * chain mix their files, never the certificates of one file.
 *
 * A `_free` between two files empties the chain, and the files after it are joined to the empty chain: give
 * the storage back when no such call is under way any more, as ever.
 *
 * Where MBEDTLS_USE_PSA_CRYPTO or Mbed TLS 4 parse with a PSA that has no locks, parsing takes the PSA
 * store. Cancellation is off during the call. Descriptors are closed on exec(). After fork() in
 * the middle of a call the child has the chain with the files before; the call itself goes on in the
 * parent alone.
 */
#ifndef MBEDGUARD_X509_CRT_PATH_H
#define MBEDGUARD_X509_CRT_PATH_H

#include <mbedguard/x509_crt.h>

#endif /* MBEDGUARD_X509_CRT_PATH_H */
