/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file threading.h
 * @brief The threading layer: which backend there is, and how a program brings its own.
 *
 * The backend is chosen when mbedguard is configured (`--with-threading=pthread|alt|none`).
 * - pthread: POSIX threads, nothing to set up.
 * - alt: the program gives the functions with mbedguard_threading_set_alt() or
 *   mbedguard_threading_set_alt_ext() before anything else, and takes them back at its end.
 * - none: single-threaded programs; guards vanish.
 */
#ifndef MBEDGUARD_THREADING_H
#define MBEDGUARD_THREADING_H

#include <mbedguard/base.h>

#if defined(MBEDGUARD_THREADING_PTHREAD)
#include <pthread.h>
/** A mutex of the program's: see mbedguard_mutex_init(). */
typedef struct mbedguard_threading_mutex_t {
    pthread_mutex_t mutex; /**< For POSIX condition variables, too. */
    char is_valid;         /**< Between mbedguard_mutex_init() and mbedguard_mutex_free(). */
} mbedguard_threading_mutex_t;
/** The mutex of the backend, as guards have it. */
typedef pthread_mutex_t mbedguard_backend_mutex;
#elif defined(MBEDGUARD_THREADING_ALT)
/** Bytes that an alternative backend may use in each mutex; a larger one stores a pointer. */
#define MBEDGUARD_THREADING_MUTEX_SIZE 48
/** The mutex of the backend: storage that the alternative functions use as they like. */
typedef struct mbedguard_threading_mutex_t {
    union {
        unsigned char bytes[MBEDGUARD_THREADING_MUTEX_SIZE]; /**< Storage. */
        void *pointer;                                       /**< Alignment, or a pointer. */
        uint64_t word;                                       /**< Alignment. */
    } storage;     /**< Zeroed before mutex_init is called. */
    char is_valid; /**< Of the program's own: see mbedguard_mutex_init(). Not the backend's. */
} mbedguard_threading_mutex_t;
/** The mutex of the backend, as guards have it. */
typedef mbedguard_threading_mutex_t mbedguard_backend_mutex;
#else
/** A mutex of the program's: see mbedguard_mutex_init(). There is nobody to exclude. */
typedef struct mbedguard_threading_mutex_t {
    char is_valid; /**< Between mbedguard_mutex_init() and mbedguard_mutex_free(). */
} mbedguard_threading_mutex_t;
#endif

/** A condition variable of an alternative backend: storage of the same size as a mutex. */
typedef struct mbedguard_threading_cond_t {
    union {
        unsigned char bytes[64]; /**< Storage. */
        void *pointer;           /**< Alignment, or a pointer. */
        uint64_t word;           /**< Alignment. */
    } storage; /**< Zeroed before cond_init is called. */
} mbedguard_threading_cond_t;

/**
 * @name What mbedguard_threading_features() may report
 * @{
 */
#define MBEDGUARD_FEATURE_THREADS     0x01u /**< There is a backend: calls are safe. */
#define MBEDGUARD_FEATURE_SHARED      0x02u /**< Shared mode is shared, not exclusive. */
#define MBEDGUARD_FEATURE_TRYLOCK     0x04u /**< Contention can be counted. */
#define MBEDGUARD_FEATURE_WAIT        0x08u /**< Threads can wait for conditions. */
#define MBEDGUARD_FEATURE_FORK        0x10u /**< fork() is handled. */
#define MBEDGUARD_FEATURE_CANCEL      0x20u /**< Cancellation and thread exit are handled. */
#define MBEDGUARD_FEATURE_THREAD_SELF 0x40u /**< The backend names threads itself. */
#define MBEDGUARD_FEATURE_LOCKCHECK   0x80u /**< The lock checker is compiled in. */
/**
 * Mbed TLS uses PSA inside TLS, X.509, PK or MD without locks (`MBEDGUARD_PSA_INSIDE`): guarded calls that do
 * so exclude each other and all guarded PSA calls. Raw calls of either kind beside them are unprotected.
 */
#define MBEDGUARD_FEATURE_PSA_INSIDE 0x100u
/** @} */

/** Version of #mbedguard_threading_ops that this header describes. */
#define MBEDGUARD_THREADING_OPS_VERSION 1u

/**
 * @brief Operations of an alternative backend.
 *
 * Set `version` to #MBEDGUARD_THREADING_OPS_VERSION and `size` to sizeof of the struct; members
 * behind `size`, and NULL members, are "not there". The first four are required. All return 0 on
 * success, any other value on failure, but for trylock. None may call mbedguard.
 */
typedef struct mbedguard_threading_ops {
    unsigned version; /**< #MBEDGUARD_THREADING_OPS_VERSION. */
    size_t size;      /**< sizeof(mbedguard_threading_ops) of the program's header. */
    /** Make a mutex in zeroed storage. */
    int (*mutex_init)(mbedguard_threading_mutex_t *mutex);
    /** Destroy a mutex that nobody holds. */
    int (*mutex_free)(mbedguard_threading_mutex_t *mutex);
    /** Lock; never called by a thread that holds this mutex. Acquires memory. */
    int (*mutex_lock)(mbedguard_threading_mutex_t *mutex);
    /** Unlock; called by the thread that locked. Releases memory. */
    int (*mutex_unlock)(mbedguard_threading_mutex_t *mutex);
    /** Lock if free: 0 locked, 1 not locked since held, any other value failed. */
    int (*mutex_trylock)(mbedguard_threading_mutex_t *mutex);
    /** Lock the same mutex for readers, beside other readers. Needs unlock_shared. */
    int (*mutex_lock_shared)(mbedguard_threading_mutex_t *mutex);
    /** Undo mutex_lock_shared. */
    int (*mutex_unlock_shared)(mbedguard_threading_mutex_t *mutex);
    /** Make a condition variable in zeroed storage. The four cond functions come together. */
    int (*cond_init)(mbedguard_threading_cond_t *cond);
    /** Destroy a condition variable that nobody waits for. */
    int (*cond_free)(mbedguard_threading_cond_t *cond);
    /** Unlock mutex, wait for a broadcast, lock mutex again. May wake spuriously. */
    int (*cond_wait)(mbedguard_threading_cond_t *cond, mbedguard_threading_mutex_t *mutex);
    /** Wake all who wait. */
    int (*cond_broadcast)(mbedguard_threading_cond_t *cond);
    /**
     * A number that is the calling thread's alone while it runs, never 0. Without it the compiler's
     * thread-local storage serves; where there is none, it is required.
     */
    uintptr_t (*thread_self)(void);
} mbedguard_threading_ops;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief               Install an alternative backend of four functions, as Mbed TLS's own
 *                      mbedtls_threading_set_alt().
 *
 * Call it once, before any other function of mbedguard and before other threads exist. Shared mode
 * is then exclusive, and threads are told apart by the compiler's thread-local storage.
 *
 * @param mutex_init    [in] As #mbedguard_threading_ops.mutex_init, but void: it cannot fail.
 * @param mutex_free    [in] As mutex_free, but void.
 * @param mutex_lock    [in] As mutex_lock.
 * @param mutex_unlock  [in] As mutex_unlock.
 * @return              0
 * @return              #MBEDGUARD_ERR_BAD_INPUT a function is NULL
 * @return              #MBEDGUARD_ERR_UNSUPPORTED the backend is not alt, one is already set, a
 *                      guard was already taken, or threads cannot be told apart; nothing changed
 * @return              #MBEDGUARD_ERR_THREADING mutex_init failed for a mutex of the library
 * @par Locking         None: single-threaded by contract.
 * @since               0.1
 * @see                 mbedtls_threading_set_alt()
 */
MBEDGUARD_API int mbedguard_threading_set_alt(void (*mutex_init)(mbedguard_threading_mutex_t *),
                                              void (*mutex_free)(mbedguard_threading_mutex_t *),
                                              int (*mutex_lock)(mbedguard_threading_mutex_t *),
                                              int (*mutex_unlock)(mbedguard_threading_mutex_t *));

/**
 * @brief       Install an alternative backend with all that the platform has.
 * @param ops   [in] The operations; copied.
 * @return      As mbedguard_threading_set_alt(); #MBEDGUARD_ERR_BAD_INPUT also for an unknown
 *              version, a size too small for the four functions, or half of a pair
 * @par Locking None: single-threaded by contract.
 * @since       0.1
 */
MBEDGUARD_API int mbedguard_threading_set_alt_ext(const mbedguard_threading_ops *ops);

/**
 * @brief       Take the alternative backend out again, at the end of the program.
 *
 * No thread may hold or wait for a guard. Objects made before cannot be used afterwards; a backend
 * may be set again.
 *
 * @return      0, also where none was set
 * @return      #MBEDGUARD_ERR_UNSUPPORTED the backend is not alt, or this thread holds a guard
 * @par Locking None: single-threaded by contract.
 * @since       0.1
 * @see         mbedtls_threading_free_alt()
 */
MBEDGUARD_API int mbedguard_threading_free_alt(void);

/**
 * @brief       Tell what the backend has.
 * @return      MBEDGUARD_FEATURE_* ored together; 0 for the none backend without lock checker
 * @par Locking None.
 * @since       0.1
 */
MBEDGUARD_API unsigned mbedguard_threading_features(void);

/**
 * @name Mutexes of the program's own
 *
 * For programs that use mbedtls_mutex_*() of Mbed TLS: function pointers there, functions here, of
 * the same types. They work in every backend, whether Mbed TLS has threads or not, and know nothing
 * of guards: a mutex that is held while mbedguard is called and taken in a callback of it, too,
 * makes a circle. A mutex is not recursive. The codes are those of Mbed TLS, by number.
 * @{
 */
/** The mutex is NULL or not initialised: MBEDTLS_ERR_THREADING_BAD_INPUT_DATA. */
#define MBEDGUARD_MUTEX_BAD_INPUT_DATA (-0x001C)
/** The system failed to lock or unlock: MBEDTLS_ERR_THREADING_MUTEX_ERROR. */
#define MBEDGUARD_MUTEX_ERROR (-0x001E)

/**
 * @brief           Initialise a mutex, whatever the storage held.
 *
 * It returns nothing, as in Mbed TLS: after a failure (the backend's, or an alternative backend that
 * is not set) the mutex is not initialised, which mbedguard_mutex_lock() tells.
 *
 * @param mutex     [out] The mutex; NULL is ignored.
 * @par Locking     None. No other thread may use the mutex meanwhile.
 * @since           0.1
 * @see             mbedtls_mutex_init
 */
MBEDGUARD_API void mbedguard_mutex_init(mbedguard_threading_mutex_t *mutex);

/**
 * @brief           Destroy a mutex that nobody holds; one that is not initialised is left alone.
 * @param mutex     [in,out] The mutex: initialised, freed or zeroed; NULL is ignored.
 * @par Locking     None. No other thread may use the mutex meanwhile.
 * @since           0.1
 * @see             mbedtls_mutex_free
 */
MBEDGUARD_API void mbedguard_mutex_free(mbedguard_threading_mutex_t *mutex);

/**
 * @brief           Lock a mutex, after waiting until no other thread has it.
 * @param mutex     [in,out] The mutex: initialised, freed or zeroed.
 * @return          0
 * @return          #MBEDGUARD_MUTEX_BAD_INPUT_DATA the mutex is NULL, freed, zeroed, or its
 *                  initialisation failed
 * @return          #MBEDGUARD_MUTEX_ERROR the system failed
 * @return          With an alternative backend: what its function returned
 * @par Locking     The mutex, and no guard. Waits for other threads.
 * @since           0.1
 * @see             mbedtls_mutex_lock
 */
MBEDGUARD_API int mbedguard_mutex_lock(mbedguard_threading_mutex_t *mutex);

/**
 * @brief           Unlock a mutex that the calling thread holds.
 * @param mutex     [in,out] The mutex.
 * @return          As mbedguard_mutex_lock()
 * @par Locking     The mutex, and no guard.
 * @since           0.1
 * @see             mbedtls_mutex_unlock
 */
MBEDGUARD_API int mbedguard_mutex_unlock(mbedguard_threading_mutex_t *mutex);
/** @} */

#ifdef __cplusplus
}
#endif

/* The codes by their names: emitted, so not there for the library's own core. */
#if defined(__has_include)
#if __has_include(<mbedguard/threading_codes.h>)
#include <mbedguard/threading_codes.h>
#endif
#endif

#endif /* MBEDGUARD_THREADING_H */
