/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file rsa_pool.h
 * @brief One private RSA key used by many threads at once.
 *
 * Mbed TLS runs one private operation of a key at a time: it holds the key's mutex for all of it, since
 * it writes the key's blinding values. Here, a thread that finds a key in use makes a copy of it, with
 * blinding values of its own, and works on that; the next one finds the copy. Nobody asks for copies,
 * and there is none before two threads meet. A key that cannot be exported (a public one, one that is not
 * complete, one of an alternative implementation) gets none: its users take turns.
 *
 * Which calls on one key may run side by side:
 *
 * | call | beside private operations | beside itself |
 * |---|---|---|
 * | private operations | yes | yes |
 * | rsa_get_len, _get_bitlen, _get_padding_mode, _get_md_alg | yes | yes |
 * | rsa_public, verifying, encrypting, rsa_export*, rsa_check_* | waits for them | no |
 * | setters | waits for them, wipes and frees the copies | no |
 *
 * Private operations are rsa_private, rsa_pkcs1_decrypt, rsa_rsaes_*_decrypt, rsa_pkcs1_sign,
 * rsa_rsassa_*_sign and rsa_rsassa_pss_sign_ext: as many run at once as there are copies, and one more;
 * further ones take turns. Setters are rsa_import*, rsa_complete, rsa_gen_key, rsa_set_padding, rsa_copy into
 * the key, rsa_free, and the end of mbedguard_lock() or mbedguard_borrow().
 *
 * So a call that begins when a setter has returned never uses the key of before. Whoever ends in a
 * private operation (its f_rng ends the thread), or is in one when the process forks, leaves the key
 * broken (#MBEDGUARD_ERR_BROKEN), in the child the latter. Calling back to the key from f_rng is refused.
 *
 * A key is wiped with all its copies by rsa_free. Copies are allocated by mbedtls_calloc(); where there is no
 * memory, threads take turns.
 *
 * Included by <mbedguard/rsa.h>. Mbed TLS 4 has no RSA of its own to share, but pk.
 */
#ifndef MBEDGUARD_RSA_POOL_H
#define MBEDGUARD_RSA_POOL_H

#include <mbedguard/guard.h>

struct mbedguard_rsa_context;

/**
 * @brief A member of what holds an RSA key; its members are the library's own.
 *
 * All-zero bytes are a valid one.
 */
typedef struct mbedguard_rsa_pool {
    uint64_t mark;                     /**< Given to keys that were set up through the guard. */
    struct mbedguard_rsa_copy *copies; /**< Those that are there. */
    uint32_t count;                    /**< How many; those that are being made, too. */
    uint32_t originals;                /**< Threads that use the key itself, or wait for it. */
#if !defined(MBEDGUARD_THREADING_NONE)
    mbedguard_guard original; /**< Of private operations on the key itself. */
    mbedguard_guard entry;    /**< Of the members above; taken after the other one. */
#endif
} mbedguard_rsa_pool;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief           Set how many copies each RSA key may have at most, beside the key itself.
 *
 * Without this call it is the number of processors that are online at the first contention. Keys with more
 * let go of one whenever a copy is given back.
 *
 * @param copies    [in] The bound, for all keys of the process; 0 for none: threads then take turns.
 * @return          0
 * @return          #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING, #MBEDGUARD_ERR_VERSION
 * @return          #MBEDGUARD_ERR_UNSUPPORTED Mbed TLS has no public RSA
 * @par Locking     A guard of its own, which is held by nobody for long.
 * @since           0.1
 */
MBEDGUARD_API int mbedguard_rsa_set_max_copies(unsigned int copies);

/**
 * @brief           The bound of mbedguard_rsa_set_max_copies().
 * @param copies    [out] The bound; 0 on failure.
 * @return          0
 * @return          #MBEDGUARD_ERR_BAD_INPUT copies is NULL
 * @return          #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING, #MBEDGUARD_ERR_VERSION
 * @return          #MBEDGUARD_ERR_UNSUPPORTED Mbed TLS has no public RSA
 * @par Locking     As mbedguard_rsa_set_max_copies().
 * @since           0.1
 */
MBEDGUARD_API int mbedguard_rsa_get_max_copies(unsigned int *copies);

/**
 * @brief           How many copies a key has now.
 * @param key       [in] The key.
 * @param copies    [out] Their number, those that are being made included; 0 on failure.
 * @return          0
 * @return          #MBEDGUARD_ERR_BAD_INPUT a parameter is NULL
 * @return          #MBEDGUARD_ERR_NOT_INITIALIZED, #MBEDGUARD_ERR_BROKEN the key's state
 * @return          #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING, #MBEDGUARD_ERR_ORDER,
 *                  #MBEDGUARD_ERR_OVERFLOW, #MBEDGUARD_ERR_VERSION
 * @par Locking     The key shared: beside private operations.
 * @par Callbacks   May be called from the f_rng of a call on the key.
 * @since           0.1
 */
MBEDGUARD_API int mbedguard_rsa_count_copies(const struct mbedguard_rsa_context *key,
                                             unsigned int *copies);

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_RSA_POOL_H */
