/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file ssl_cache_access.h
 * @brief What the guarded session cache can do beyond that of Mbed TLS.
 *
 * Entries stand in a hash table, not in a list. Look-ups run side by side; what changes the cache does
 * it alone, in short steps:
 *
 * | while this runs                          | get        | all others  |
 * |------------------------------------------|------------|-------------|
 * | get                                      | runs       | for a step  |
 * | set, remove, setters, statistics, expire | for a step | wait        |
 * | save                                     | runs       | wait        |
 * | load                                     | for a step | wait for the exchange |
 * | mbedguard_lock() of another thread, free | waits      | wait        |
 *
 * "For a step": one waits while entries are linked or unlinked, at most 64 at a time, and not while
 * sessions are packed, unpacked, freed, saved or loaded.
 *
 * Where results differ from those of Mbed TLS:
 * - The oldest entry is the one that was stored first. Mbed TLS goes by the second, and among entries
 *   of one second by their place in its list. A session that is stored again is the newest from then
 *   on; before 3.0 it keeps its time, and with it its place, as in Mbed TLS.
 * - The bound on entries holds at all times: a lower one evicts at once.
 * - An identifier has one entry. (In 2.28 it could have two, and one could take the place of another
 *   that it begins with.)
 * - A call that fails changes nothing; but one that failed on the way to a lower bound may have
 *   evicted some.
 *
 * The raw object inside (mbedguard_borrow()) has the numbers, which may be changed there (a bound on
 * entries counts from the next session on), but never an entry.
 */
/* In front of the guard: this file is included at the end of that one. */
#include <mbedguard/ssl_cache.h>

#include <mbedguard/base.h>

#ifndef MBEDGUARD_SSL_CACHE_ACCESS_H
#define MBEDGUARD_SSL_CACHE_ACCESS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MBEDTLS_SSL_CACHE_C)

/** @brief What a session cache has done since it was made, and what it holds. */
typedef struct mbedguard_ssl_cache_statistics {
    uint64_t hits;      /**< Look-ups that found an entry. */
    uint64_t misses;    /**< Look-ups that found none, or one past its time. */
    uint64_t stores;    /**< Sessions stored, again or for the first time. */
    uint64_t evictions; /**< Entries that made room for another one, or for a lower bound. */
    uint64_t expired;   /**< Entries removed since they were past their time. */
    uint64_t removals;  /**< Entries removed by mbedguard_ssl_cache_remove(). */
    size_t entries;     /**< Entries now, those past their time included. */
    size_t bytes;       /**< Their size, without the table that finds them. */
} mbedguard_ssl_cache_statistics;

#if !defined(MBEDGUARD_HAVE_SSL_CACHE_REMOVE)
/**
 * @brief                Remove the entry of a session.
 * @param data           [in,out] The cache, an mbedguard_ssl_cache_context.
 * @param session_id     [in] The identifier of the session.
 * @param session_id_len [in] Its length, in bytes.
 * @return               0, also when there is no such entry
 * @return               #MBEDGUARD_ERR_BAD_INPUT data is NULL
 * @return               #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_NOT_INITIALIZED,
 *                       #MBEDGUARD_ERR_ORDER, #MBEDGUARD_ERR_BROKEN, #MBEDGUARD_ERR_THREADING,
 *                       #MBEDGUARD_ERR_VERSION
 * @par Locking          Takes the cache exclusively.
 * @since                0.1
 * @see                  mbedtls_ssl_cache_remove() of Mbed TLS 3
 */
MBEDGUARD_API int mbedguard_ssl_cache_remove(void *data, unsigned char const *session_id,
                                             size_t session_id_len);
#define MBEDGUARD_HAVE_SSL_CACHE_REMOVE 2 /**< Given here. */
#endif

#if defined(MBEDTLS_HAVE_TIME) && !defined(MBEDGUARD_HAVE_SSL_CACHE_GET_TIMEOUT)
/**
 * @brief        Tell after how long an entry is not found any more.
 * @param cache  [in] The cache.
 * @return       Seconds; 0: entries have no end
 * @return       -1 any failure
 * @par Locking  Takes the cache exclusively.
 * @since        0.1
 * @see          mbedtls_ssl_cache_get_timeout() of Mbed TLS 3
 */
MBEDGUARD_API int mbedguard_ssl_cache_get_timeout(mbedguard_ssl_cache_context *cache);
#define MBEDGUARD_HAVE_SSL_CACHE_GET_TIMEOUT 2 /**< Given here. */
#endif

/**
 * @brief          Tell what a cache has done and holds.
 * @param cache    [in] The cache.
 * @param numbers  [out] The numbers; all 0 on failure.
 * @return         0
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @return         #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_NOT_INITIALIZED, #MBEDGUARD_ERR_ORDER,
 *                 #MBEDGUARD_ERR_BROKEN, #MBEDGUARD_ERR_THREADING, #MBEDGUARD_ERR_VERSION
 * @par Locking    Takes the cache exclusively; all numbers are of one moment.
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_cache_get_statistics(mbedguard_ssl_cache_context *cache,
                                                     mbedguard_ssl_cache_statistics *numbers);

/**
 * @brief          Bound the memory of all entries; the oldest ones are evicted until they fit.
 *
 * A session that does not fit by itself is not stored: an error as if there were no memory for it.
 *
 * @param cache    [in,out] The cache.
 * @param max      [in] The bound, in bytes, of mbedguard_ssl_cache_statistics.bytes; 0: none.
 * @return         0
 * @return         #MBEDGUARD_ERR_BAD_INPUT cache is NULL
 * @return         As mbedguard_ssl_cache_get_statistics().
 * @par Locking    Takes the cache exclusively; look-ups wait for at most 64 evictions at a time.
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_cache_set_max_bytes(mbedguard_ssl_cache_context *cache, size_t max);

/**
 * @brief          Remove entries that are past their time, oldest first.
 *
 * Entries are not found any more when their time is over, and make room when others are stored: this
 * is for a program that wants their memory back before that. Stops at the first entry that has time
 * left.
 *
 * @param cache    [in,out] The cache.
 * @param most     [in] How many at most; 0: all.
 * @param removed  [out] How many were; also on failure. May be NULL.
 * @return         0, also where Mbed TLS has no time: nothing expires there
 * @return         #MBEDGUARD_ERR_BAD_INPUT cache is NULL
 * @return         As mbedguard_ssl_cache_get_statistics(); what was removed before is.
 * @par Locking    Takes the cache exclusively, again for each 64 entries: others come in between,
 *                 unless the caller has locked it.
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_cache_expire(mbedguard_ssl_cache_context *cache, size_t most,
                                             size_t *removed);

/**
 * @brief          Write the whole cache into a buffer.
 *
 * Entries past their time are left out. The buffer holds master secrets: whoever stores it has to
 * encrypt it, and to wipe it.
 *
 * @param cache    [in] The cache.
 * @param buf      [out] The buffer; NULL with size 0 to ask for the length. Wiped on failure.
 * @param size     [in] Its size, in bytes.
 * @param olen     [out] Bytes written, or needed; 0 on other failures.
 * @return         0
 * @return         MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL size is below *olen
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @return         As mbedguard_ssl_cache_get_statistics().
 * @par Locking    Takes the cache exclusively; look-ups go on.
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_cache_save(mbedguard_ssl_cache_context *cache, unsigned char *buf,
                                           size_t size, size_t *olen);

/**
 * @brief          Put what was saved in the place of all that a cache holds, in one step.
 *
 * Entries keep their age and their order. Those for which the bounds of this cache leave no room,
 * oldest first, and those past their time, are left out. Only a buffer of the same version and
 * configuration of Mbed TLS and of the same kind of machine is taken. It is checked against accidents;
 * a forged one may put any session into the cache, but reaches no other memory.
 *
 * @param cache    [in,out] The cache; unchanged on failure.
 * @param buf      [in] What mbedguard_ssl_cache_save() wrote.
 * @param len      [in] Its length, in bytes.
 * @return         0
 * @return         MBEDTLS_ERR_SSL_VERSION_MISMATCH it was written by another version or configuration
 * @return         MBEDTLS_ERR_SSL_BAD_INPUT_DATA it is damaged, or no such buffer
 * @return         MBEDTLS_ERR_SSL_ALLOC_FAILED there is no memory for the entries
 * @return         #MBEDGUARD_ERR_BAD_INPUT a NULL argument
 * @return         As mbedguard_ssl_cache_get_statistics().
 * @par Locking    Takes the cache exclusively for the exchange, not while the buffer is read.
 * @since          0.1
 */
MBEDGUARD_API int mbedguard_ssl_cache_load(mbedguard_ssl_cache_context *cache,
                                           const unsigned char *buf, size_t len);

#endif

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_SSL_CACHE_ACCESS_H */
