/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file memory_buffer_alloc.h
 * @brief An allocator inside a buffer of the program's, for many threads.
 *
 * Takes the place of Mbed TLS's allocator of the same name, and is there whether Mbed TLS has one
 * (`MBEDTLS_MEMORY_BUFFER_ALLOC_C`) or not. Where Mbed TLS lets its allocation functions be set
 * (`MBEDTLS_PLATFORM_MEMORY`), mbedguard_memory_buffer_alloc_init() sets them to the two functions here;
 * elsewhere a program calls those itself. Mbed TLS's own allocator, where there is one, is not used; a
 * raw call to it would take Mbed TLS's objects away from this one.
 *
 * There is one buffer for the process. What the allocator knows about its blocks stands in front of
 * each, in the buffer; lists and locks are of a fixed size and part of the library. Nothing outside
 * of the buffer's bytes is touched, and no other heap is used. A block costs 16 bytes beside its own on
 * 64-bit machines, 12 on 32-bit ones, and is rounded up to a multiple of the alignment, which is that of
 * `max_align_t`, or `MBEDTLS_MEMORY_ALIGN_MULTIPLE` if that is more.
 *
 * Bytes are zero when they are handed out, and wiped when they are given back.
 *
 * Synchronization. Threads are spread over 16 lanes. What a call takes:
 *
 * | call | alone in its lane | then the bins, in turns | waits for all others |
 * |---|---|---|---|
 * | **calloc** and **free**, up to some 600 bytes | yes | if the lane has none, or has enough | no |
 * | **calloc** and **free**, longer | yes | yes | no |
 * | **calloc**, if that much was never in use before | | | yes |
 * | **calloc**, if nothing that is long enough is left | | | yes |
 * | both, if they are to verify | | | yes |
 * | all other functions | | | yes |
 *
 * So calls in different lanes run side by side but for the moment in which they need the bins; calls in
 * one lane take turns; and what waits for all others sees no call half done.
 *
 * - An object may be given back by another thread than took it. What a lane keeps is there for all:
 *   NULL is returned only if no block was long enough at a moment when all lanes were empty and all
 *   neighbours joined. A thread that ends leaves nothing behind.
 * - mbedguard_memory_buffer_alloc_free() waits for the calls that are under way. Later ones find no buffer.
 * - After fork() both processes go on with the memory as it is, whatever other threads were doing.
 * - The locks come after all guards and nothing is called under them, so allocating is possible in every
 *   callback; but not in a signal handler.
 *
 * Misuse that free() has no result for is told to a handler, which aborts if the program has set none:
 * see mbedguard_memory_buffer_set_handler().
 */
#ifndef MBEDGUARD_MEMORY_BUFFER_ALLOC_H
#define MBEDGUARD_MEMORY_BUFFER_ALLOC_H

#include <mbedguard/base.h>

/**
 * @name When everything is looked at, as in Mbed TLS
 * @{
 */
#define MBEDGUARD_MEMORY_VERIFY_NONE   0 /**< Only when asked. */
#define MBEDGUARD_MEMORY_VERIFY_ALLOC  1 /**< Before each calloc. */
#define MBEDGUARD_MEMORY_VERIFY_FREE   2 /**< Before each free. */
#define MBEDGUARD_MEMORY_VERIFY_ALWAYS 3 /**< Before both. */
/** @} */

/** @brief What was found. */
typedef enum mbedguard_memory_fault {
    MBEDGUARD_MEMORY_FAULT_NONE,        /**< Nothing; never told. */
    MBEDGUARD_MEMORY_FAULT_FOREIGN,     /**< Freed, but nothing in the buffer can begin there. */
    MBEDGUARD_MEMORY_FAULT_FREED_TWICE, /**< Freed, but that was done before. */
    MBEDGUARD_MEMORY_FAULT_DAMAGED,     /**< Overwritten; or freed, but nothing begins there. */
    MBEDGUARD_MEMORY_FAULT_NO_BUFFER,   /**< Freed before init, or after its free. */
    MBEDGUARD_MEMORY_FAULT_LOCK         /**< A lock failed on giving back: that memory is lost. */
} mbedguard_memory_fault;

/**
 * @brief A handler of findings, on the thread that met it, with no lock held.
 * @param fault   [in] What was found.
 * @param object  [in] What was freed, or what is damaged; NULL if that is not known.
 * @param data    [in] As it was set.
 */
typedef void (*mbedguard_memory_handler)(mbedguard_memory_fault fault, const void *object,
                                         void *data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief       Begin to allocate in a buffer; where Mbed TLS has mbedtls_platform_set_calloc_free(), also
 *              for Mbed TLS.
 *
 * As with all platform functions: before anything of Mbed TLS is allocated, and before there are threads
 * that allocate, since what the C library gave cannot be given back here.
 *
 * @param buf   [in,out] The buffer, of any alignment. What is in it does not matter.
 * @param len   [in] Its length in bytes: at least 64 or so, less than 2^31 times the
 *              alignment (16 on most machines).
 * @return      0
 * @return      #MBEDGUARD_ERR_BAD_INPUT buf is NULL, len too small for one block, or too large
 * @return      #MBEDGUARD_ERR_IN_USE there is a buffer: mbedguard_memory_buffer_alloc_free() first
 * @return      #MBEDGUARD_ERR_THREADING, #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_VERSION,
 *              #MBEDGUARD_ERR_ORDER; nothing changed
 * @par Locking Waits for all calls of the allocator; then takes the guard of the process.
 * @par Callbacks None.
 * @par Ownership The buffer is the library's until mbedguard_memory_buffer_alloc_free().
 * @since       0.1
 * @see         mbedtls_memory_buffer_alloc_init()
 */
MBEDGUARD_API int mbedguard_memory_buffer_alloc_init(unsigned char *buf, size_t len);

/**
 * @brief       Let go of the buffer and wipe it, with all that is still allocated in it.
 *
 * Mbed TLS goes on calling the functions here, as it does with its own allocator: they return NULL, or
 * report what is freed.
 *
 * @return      0, also if there is none
 * @return      #MBEDGUARD_ERR_THREADING, #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_ORDER; nothing
 *              changed
 * @par Locking Waits for all calls of the allocator.
 * @par Callbacks None.
 * @par Ownership The buffer is the caller's again.
 * @since       0.1
 * @see         mbedtls_memory_buffer_alloc_free()
 */
MBEDGUARD_API int mbedguard_memory_buffer_alloc_free(void);

/**
 * @brief       Allocate, as calloc does.
 * @param count [in] How many.
 * @param size  [in] Of how many bytes each.
 * @return      Bytes that are zero, aligned for everything
 * @return      NULL count or size is 0, their product is no size, there is no memory left or no buffer, a
 *              lock failed, or the buffer was looked at and is damaged
 * @par Locking The lane of the thread; see above.
 * @par Callbacks The handler of findings.
 * @par Ownership The caller's, until mbedguard_memory_buffer_free().
 * @since       0.1
 * @see         mbedtls_calloc()
 */
MBEDGUARD_API void *mbedguard_memory_buffer_calloc(size_t count, size_t size);

/**
 * @brief       Wipe an object and give it back.
 *
 * What is no object, or was freed already, is told to the handler of findings; nothing has changed then.
 *
 * @param object [in,out] An object of mbedguard_memory_buffer_calloc(), or NULL.
 * @par Locking The lane of the thread; see above.
 * @par Callbacks The handler of findings.
 * @par Ownership Takes the object.
 * @since       0.1
 * @see         mbedtls_free()
 */
MBEDGUARD_API void mbedguard_memory_buffer_free(void *object);

/**
 * @brief       Have everything looked at before each call from now on, and have findings told to the
 *              handler.
 *
 * Where something is damaged the call does nothing: calloc returns NULL, free keeps the object.
 *
 * @param verify [in] One of MBEDGUARD_MEMORY_VERIFY_..., whose values are those of Mbed TLS.
 * @return      0
 * @return      #MBEDGUARD_ERR_BAD_INPUT no such flag
 * @return      #MBEDGUARD_ERR_NOT_INITIALIZED there is no buffer
 * @return      #MBEDGUARD_ERR_THREADING
 * @par Locking Waits for all calls of the allocator.
 * @par Callbacks None.
 * @par Ownership None.
 * @since       0.1
 * @see         mbedtls_memory_buffer_set_verify()
 */
MBEDGUARD_API int mbedguard_memory_buffer_set_verify(int verify);

/**
 * @brief       Look at everything: headers of blocks, lists, counters.
 * @return      0 it is whole
 * @return      1 something is damaged
 * @return      #MBEDGUARD_ERR_NOT_INITIALIZED there is no buffer
 * @return      #MBEDGUARD_ERR_THREADING
 * @par Locking Waits for all calls of the allocator.
 * @par Callbacks None.
 * @par Ownership None.
 * @since       0.1
 * @see         mbedtls_memory_buffer_alloc_verify()
 */
MBEDGUARD_API int mbedguard_memory_buffer_alloc_verify(void);

/**
 * @brief       Print on standard error how much is in use, and each object that is.
 *
 * While other threads allocate, the list is one of several moments. Mbed TLS has this only with
 * `MBEDTLS_MEMORY_DEBUG`, as the counters below.
 *
 * @return      0
 * @return      #MBEDGUARD_ERR_NOT_INITIALIZED there is no buffer
 * @return      #MBEDGUARD_ERR_THREADING
 * @par Locking Waits for all calls of the allocator; prints with no lock held.
 * @par Callbacks None.
 * @par Ownership None.
 * @since       0.1
 * @see         mbedtls_memory_buffer_alloc_status()
 */
MBEDGUARD_API int mbedguard_memory_buffer_alloc_status(void);

/**
 * @brief       What is in use now.
 * @param cur_used [out] Bytes in objects, each with what it was rounded up by, without headers.
 * @param cur_blocks [out] Blocks, used and free.
 * @return      0
 * @return      #MBEDGUARD_ERR_BAD_INPUT a parameter is NULL
 * @return      #MBEDGUARD_ERR_NOT_INITIALIZED there is no buffer
 * @return      #MBEDGUARD_ERR_THREADING
 * @par Locking Waits for all calls of the allocator; the numbers are those of one moment.
 * @par Callbacks None.
 * @par Ownership None.
 * @since       0.1
 * @see         mbedtls_memory_buffer_alloc_cur_get()
 */
MBEDGUARD_API int mbedguard_memory_buffer_alloc_cur_get(size_t *cur_used, size_t *cur_blocks);

/**
 * @brief       The most that was in use at any moment since init, or since
 *              mbedguard_memory_buffer_alloc_max_reset().
 * @param max_used [out] Bytes, as in mbedguard_memory_buffer_alloc_cur_get().
 * @param max_blocks [out] Blocks.
 * @return      As mbedguard_memory_buffer_alloc_cur_get().
 * @par Locking As mbedguard_memory_buffer_alloc_cur_get().
 * @par Callbacks None.
 * @par Ownership None.
 * @since       0.1
 * @see         mbedtls_memory_buffer_alloc_max_get()
 */
MBEDGUARD_API int mbedguard_memory_buffer_alloc_max_get(size_t *max_used, size_t *max_blocks);

/**
 * @brief       Forget what was in use before: the most is what is in use now.
 * @return      0
 * @return      #MBEDGUARD_ERR_NOT_INITIALIZED there is no buffer
 * @return      #MBEDGUARD_ERR_THREADING
 * @par Locking Waits for all calls of the allocator.
 * @par Callbacks None.
 * @par Ownership None.
 * @since       0.1
 * @see         mbedtls_memory_buffer_alloc_max_reset()
 */
MBEDGUARD_API int mbedguard_memory_buffer_alloc_max_reset(void);

/**
 * @brief       How often memory was taken and given back since init.
 * @param alloc_count [out] Calls of calloc that did not return NULL.
 * @param free_count [out] Objects that were given back.
 * @return      As mbedguard_memory_buffer_alloc_cur_get().
 * @par Locking As mbedguard_memory_buffer_alloc_cur_get().
 * @par Callbacks None.
 * @par Ownership None.
 * @since       0.1
 * @see         mbedtls_memory_buffer_alloc_count_get() of Mbed TLS 3.6
 */
MBEDGUARD_API int mbedguard_memory_buffer_alloc_count_get(size_t *alloc_count, size_t *free_count);

/**
 * @brief       Replace the handler of findings.
 *
 * The default prints on standard error and aborts, as Mbed TLS ends the program. If a handler returns, the
 * call that met the finding has done nothing, but for #MBEDGUARD_MEMORY_FAULT_LOCK. To be called before
 * other threads use the allocator; there need be no buffer.
 *
 * @param handler [in] The handler; NULL restores the default.
 * @param data  [in] Passed to the handler.
 * @return      0
 * @par Locking None: single-threaded by contract.
 * @par Callbacks None.
 * @par Ownership data is kept until the handler is replaced.
 * @since       0.1
 */
MBEDGUARD_API int mbedguard_memory_buffer_set_handler(mbedguard_memory_handler handler, void *data);

#ifdef __cplusplus
}
#endif

/* MBEDTLS_MEMORY_VERIFY_... and the alignment: emitted, with Mbed TLS's own header. */
#if defined(__has_include)
#if __has_include(<mbedguard/memory_buffer_codes.h>)
#include <mbedguard/memory_buffer_codes.h>
#endif
#endif

#endif /* MBEDGUARD_MEMORY_BUFFER_ALLOC_H */
