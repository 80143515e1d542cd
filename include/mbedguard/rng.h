/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file rng.h
 * @brief A random generator for many threads: `f_rng` and `p_rng` of any function, guarded or not.
 *
 * Each thread draws from a generator of its own (a CTR_DRBG of Mbed TLS), on cache lines that no
 * other thread writes. All of them are seeded by one parent in the object, and the parent by the
 * entropy function that the program gives:
 *
 *     mbedguard_rng_init(&rng);
 *     ret = mbedguard_rng_seed(&rng, mbedguard_entropy_func, &entropy, custom, sizeof custom);
 *     ...
 *     mbedguard_ssl_conf_rng(&conf, mbedguard_rng_random, &rng);
 *
 * - A generator that reached the reseed interval, and each one before each draw under prediction
 *   resistance, is seeded anew by a parent that reseeds from the entropy function for it.
 * - What a generator is seeded with contains what no other seeding has: a number, its place, the
 *   process; and the program's personalisation string.
 * - In a child of fork() the parent reseeds from the entropy function, mixed with the identity of the
 *   process, before any thread there gets a byte, and each generator is seeded anew.
 * - The generator of a thread is wiped when that thread ends. At most #MBEDGUARD_RNG_THREADS threads
 *   have one to themselves; of more threads some share one, correctly, and it is wiped
 *   when any of those ends. With backends that do not tell when threads end (alternative ones)
 *   threads share in turn, and what they used is wiped by mbedguard_rng_free().
 * - Short draws are cut from a block that the generator made before. What is handed out is wiped there
 *   at once; what is left is dropped with each reseed.
 * - If a thread ends, or a process forks, in the middle of a reseed, the parent is seeded from
 *   scratch by the next call that needs it.
 *
 * What may run side by side ("yes"), and what waits:
 *
 * |                        | draw              | draw that seeds | reseed, set_*, seed, free |
 * |------------------------|-------------------|-----------------|---------------------------|
 * | draw                   | yes               | yes             | yes, but for a moment per generator |
 * | draw that seeds        | yes               | one at a time   | one at a time |
 * | reseed, set_*, seed, free | yes, as above  | one at a time   | one at a time |
 *
 * A draw that seeds is the first of a thread, the first after mbedguard_rng_reseed() or another setting,
 * in a child of fork(), at the reseed interval, and each one under prediction resistance. "One at a time"
 * is the guard of the object, which is also what mbedguard_lock() takes: draws that need no seed go
 * on under it. Of two draws on one generator (more threads than generators) one waits for the other.
 *
 * Order: a draw is refused (#MBEDGUARD_ERR_ORDER, #MBEDGUARD_ERR_REENTRY) where a draw that seeds
 * would be, whether it seeds or not: under what comes after random generators, and from the object's own
 * entropy function.
 *
 * Where Mbed TLS has no CTR_DRBG for programs (4.x, or one without it), the same functions draw from
 * mbedguard_psa_generate_random(), and are refused where that is: see mbedguard_rng_seed(). Where it
 * has no PSA either they return #MBEDGUARD_ERR_UNSUPPORTED.
 */
#ifndef MBEDGUARD_RNG_H
#define MBEDGUARD_RNG_H

#include <stddef.h>

#include <mbedguard/guard.h>

#ifdef __cplusplus
extern "C" {
#endif

/** As many threads as have a generator to themselves; 1 without threads. */
#if defined(MBEDGUARD_THREADING_NONE)
#define MBEDGUARD_RNG_THREADS 1
#else
#define MBEDGUARD_RNG_THREADS 32
#endif

/** @brief What the guard of a generator for many threads protects. Members are the library's own. */
typedef struct mbedguard_rng {
    struct mbedguard_rng_pool *pool; /**< The generators; NULL: not seeded. */
    size_t entropy_len;              /**< Of one reseed of the parent; 0: as Mbed TLS has it. */
    int reseed_interval;             /**< Draws; 0: as Mbed TLS has it. */
    int prediction_resistance;       /**< 0 or not. */
} mbedguard_rng;

/**
 * @brief A random generator for many threads, of rank rng.
 *
 * All-zero bytes are one that is not seeded. A copy of the bytes is another object that is not seeded.
 */
typedef struct mbedguard_rng_context {
    mbedguard_rng unguarded; /**< The library's own. */
    MBEDGUARD_EXTENSION union {
        mbedguard_guard guard; /**< The guard: of the parent, and of what is set. */
        /** Carries the rank; needs no storage of its own. */
        unsigned char guard_rank[MBEDGUARD_RANK_SIZE(MBEDGUARD_RANK_RNG)];
    };
} mbedguard_rng_context;

/**
 * @brief           Make a fresh object of storage that nobody else uses yet.
 * @param ctx       [out] The storage; whatever it holds is overwritten.
 * @return          0
 * @return          #MBEDGUARD_ERR_BAD_INPUT ctx is NULL, or counted (made by mbedguard_rng_new())
 * @return          #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING, #MBEDGUARD_ERR_VERSION
 * @par Locking     None.
 * @since           0.1
 * @see             mbedtls_ctr_drbg_init()
 */
MBEDGUARD_API int mbedguard_rng_init(mbedguard_rng_context *ctx);

/**
 * @brief           Wipe all generators, or drop one reference to a counted object.
 *
 * Afterwards draws return what they return without a seed. A counted object lives until its last
 * reference goes, that of a configuration which has it as its `p_rng` included.
 *
 * @param ctx       [in,out] The object, or NULL.
 * @return          0
 * @return          #MBEDGUARD_ERR_NOT_INITIALIZED ctx was neither initialised nor zeroed
 * @return          #MBEDGUARD_ERR_ORDER this thread holds a guard that comes later
 * @return          #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING
 * @par Locking     The object, exclusively; each generator for a moment: waits for the draws that are
 *                  under way. From the object's own entropy function: when that call ends.
 * @par Ownership   Secrets are wiped now. The memory of the generators is kept for the next object
 *                  that is seeded: another thread may be on the way to them at any time.
 * @since           0.1
 * @see             mbedtls_ctr_drbg_free()
 */
MBEDGUARD_API int mbedguard_rng_free(mbedguard_rng_context *ctx);

/**
 * @brief           Make a counted object with one reference.
 * @return          The object, or NULL when memory or the threading backend fails.
 * @par Locking     None.
 * @par Ownership   The caller's, who frees it.
 * @since           0.1
 */
MBEDGUARD_API mbedguard_rng_context *mbedguard_rng_new(void);

/**
 * @brief           Add a reference to a counted object.
 * @param ctx       [in,out] From mbedguard_rng_new().
 * @return          0
 * @return          #MBEDGUARD_ERR_BAD_INPUT ctx is NULL or not counted
 * @return          #MBEDGUARD_ERR_OVERFLOW, #MBEDGUARD_ERR_THREADING
 * @par Locking     None.
 * @since           0.1
 */
MBEDGUARD_API int mbedguard_rng_ref(mbedguard_rng_context *ctx);

/**
 * @brief           Seed the parent, and have all generators seeded by it before their next output.
 *
 * On an object that is seeded this begins anew: draws go on with what there was until it succeeded.
 * Where PSA is what is drawn from, f_entropy is not called: its generator seeds itself; the call
 * says that the object may be drawn from, and psa_crypto_init() must have been called.
 *
 * @param ctx       [in,out] The object.
 * @param f_entropy [in] Gives entropy: of the parent, whenever it is seeded. One thread at a time.
 * @param p_entropy [in] Its first argument. A guarded object that goes with a guarded function
 *                  (mbedguard_entropy_func(), another generator's) is kept.
 * @param custom    [in] Personalisation string, copied; may be NULL if len is 0.
 * @param len       [in] Its length in bytes.
 * @return          0
 * @return          #MBEDGUARD_ERR_BAD_INPUT ctx or f_entropy is NULL, or custom with len bytes
 * @return          MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED from f_entropy; nothing has changed
 * @return          MBEDTLS_ERR_CTR_DRBG_INPUT_TOO_BIG custom, with the entropy, is too long
 * @return          #MBEDGUARD_ERR_NOT_INITIALIZED, #MBEDGUARD_ERR_ORDER, #MBEDGUARD_ERR_REENTRY,
 *                  #MBEDGUARD_ERR_CYCLE, #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING,
 *                  #MBEDGUARD_ERR_UNSUPPORTED
 * @par Locking     The object, exclusively; each generator for a moment.
 * @par Callbacks   f_entropy, with the object held: what comes after random generators may be used.
 *                  It is called later, too, by draws and mbedguard_rng_reseed().
 * @par Ownership   The function and its data stay in use until the object is freed or seeded anew.
 * @since           0.1
 * @see             mbedtls_ctr_drbg_seed()
 */
MBEDGUARD_API int mbedguard_rng_seed(mbedguard_rng_context *ctx,
                                     int (*f_entropy)(void *, unsigned char *, size_t),
                                     void *p_entropy, const unsigned char *custom, size_t len);

/**
 * @brief           Draw random bytes from the calling thread's generator: an `f_rng`.
 *
 * Any length: more than Mbed TLS gives at once is drawn in several steps, each of which counts for the
 * reseed interval.
 *
 * @param p_rng     [in,out] The #mbedguard_rng_context.
 * @param output    [out] Gets len bytes; on failure zeroed or as it was.
 * @param len       [in] Length in bytes.
 * @return          0
 * @return          MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED not seeded, freed, or the entropy
 *                  function failed when it was needed: no byte of an old seed is given in its place
 * @return          #MBEDGUARD_ERR_BAD_INPUT p_rng is NULL, or output with len bytes
 * @return          #MBEDGUARD_ERR_NOT_INITIALIZED p_rng was neither initialised nor zeroed
 * @return          #MBEDGUARD_ERR_ORDER, #MBEDGUARD_ERR_REENTRY see above
 * @return          #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING
 * @par Locking     The thread's generator; to seed it, before that, the object.
 * @par Callbacks   The entropy function, if the parent has to reseed.
 * @since           0.1
 * @see             mbedtls_ctr_drbg_random()
 */
MBEDGUARD_API int mbedguard_rng_random(void *p_rng, unsigned char *output, size_t len);

/**
 * @brief           Draw as mbedguard_rng_random() does, and mix something in before.
 * @param p_rng      [in,out] As mbedguard_rng_random().
 * @param output     [out] As mbedguard_rng_random().
 * @param len        [in] As mbedguard_rng_random().
 * @param additional [in] What is mixed into the thread's generator; may be NULL if add_len is 0.
 * @param add_len    [in] Its length in bytes.
 * @return           As mbedguard_rng_random(); #MBEDGUARD_ERR_BAD_INPUT additional is NULL too
 * @return           MBEDTLS_ERR_CTR_DRBG_INPUT_TOO_BIG additional is longer than Mbed TLS takes
 * @par Locking      As mbedguard_rng_random().
 * @par Callbacks    As mbedguard_rng_random().
 * @since            0.1
 * @see              mbedtls_ctr_drbg_random_with_add()
 */
MBEDGUARD_API int mbedguard_rng_random_with_add(void *p_rng, unsigned char *output, size_t len,
                                                const unsigned char *additional, size_t add_len);

/**
 * @brief            Reseed the parent now, and all threads' generators before their next output.
 *
 * When it has returned 0 no draw gives a byte of what was seeded before.
 *
 * @param ctx        [in,out] The object, seeded.
 * @param additional [in] What is mixed into the parent; may be NULL if len is 0.
 * @param len        [in] Its length in bytes.
 * @return           0
 * @return           MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED not seeded, or the entropy function
 *                   failed: nothing has changed
 * @return           MBEDTLS_ERR_CTR_DRBG_INPUT_TOO_BIG additional, with the entropy, is too long
 * @return           #MBEDGUARD_ERR_THREADING not all generators could be reached: call it again
 * @return           #MBEDGUARD_ERR_BAD_INPUT, #MBEDGUARD_ERR_NOT_INITIALIZED, #MBEDGUARD_ERR_ORDER,
 *                   #MBEDGUARD_ERR_REENTRY, #MBEDGUARD_ERR_ALLOC_FAILED
 * @return           #MBEDGUARD_ERR_UNSUPPORTED PSA is what is drawn from
 * @par Locking      The object, exclusively; each generator for a moment.
 * @par Callbacks    The entropy function.
 * @since            0.1
 * @see              mbedtls_ctr_drbg_reseed()
 */
MBEDGUARD_API int mbedguard_rng_reseed(mbedguard_rng_context *ctx, const unsigned char *additional,
                                       size_t len);

/**
 * @brief            Have each draw reseed from the entropy function first, or not. Off at first.
 * @param ctx        [in,out] The object, seeded or not.
 * @param resistance [in] 0: not.
 * @return           0; when it has returned, all draws do so
 * @return           As mbedguard_rng_reseed(), but for the codes of Mbed TLS
 * @par Locking      The object, exclusively; each generator for a moment.
 * @since            0.1
 * @see              mbedtls_ctr_drbg_set_prediction_resistance()
 */
MBEDGUARD_API int mbedguard_rng_set_prediction_resistance(mbedguard_rng_context *ctx,
                                                          int resistance);

/**
 * @brief            Set after how many draws a generator reseeds from the entropy function.
 *
 * Each generator counts for itself, and so does the parent, whose draws are the seeds of generators.
 *
 * @param ctx        [in,out] The object, seeded or not.
 * @param interval   [in] Draws; 1 or less: each one.
 * @return           As mbedguard_rng_set_prediction_resistance()
 * @par Locking      The object, exclusively; each generator for a moment.
 * @since            0.1
 * @see              mbedtls_ctr_drbg_set_reseed_interval()
 */
MBEDGUARD_API int mbedguard_rng_set_reseed_interval(mbedguard_rng_context *ctx, int interval);

/**
 * @brief            Set how much entropy one reseed of the parent asks for.
 * @param ctx        [in,out] The object, seeded or not.
 * @param len        [in] Length in bytes; 0: as Mbed TLS has it.
 * @return           0
 * @return           #MBEDGUARD_ERR_BAD_INPUT ctx is NULL, or a reseed could not take so much
 * @return           As mbedguard_rng_reseed(), but for the codes of Mbed TLS
 * @par Locking      The object, exclusively.
 * @since            0.1
 * @see              mbedtls_ctr_drbg_set_entropy_len()
 */
MBEDGUARD_API int mbedguard_rng_set_entropy_len(mbedguard_rng_context *ctx, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_RNG_H */
