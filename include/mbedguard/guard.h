/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file guard.h
 * @brief The guard inside every guarded object, and what a program may do with it.
 *
 * A guarded object is `{ mbedtls_X unguarded; mbedguard_guard guard; }`. Each mbedguard_X call
 * takes the guard of every object it is given, calls Mbed TLS, and lets go. A program that wants
 * several calls to be one step takes the lock itself:
 *
 *     if ((ret = mbedguard_lock(&ctx)) != 0)
 *         return ret;
 *     ret = mbedguard_aes_setkey_enc(&ctx, key, 128);
 *     ...
 *     mbedguard_unlock(&ctx);
 *
 * An object whose bytes are all zero is valid and free. A guard owns no heap and no resource of the
 * operating system: objects may be dropped without being freed (what Mbed TLS allocated in them
 * leaks, as ever).
 *
 * An object that a _new function made is counted, and its storage is the library's: _ref and _free
 * count, and _init on it is refused (#MBEDGUARD_ERR_BAD_INPUT, nothing changed).
 */
#ifndef MBEDGUARD_GUARD_H
#define MBEDGUARD_GUARD_H

#include <mbedguard/base.h>
#include <mbedguard/rank.h>
#include <mbedguard/threading.h>

/**
 * @brief The guard. Members are the library's own; it is complete so that it can be embedded.
 */
typedef struct MBEDGUARD_CAPABILITY("guard") mbedguard_guard {
#if defined(MBEDGUARD_THREADING_NONE)
    uint64_t counted; /**< Made by a _new function: its size. Aligned, so that it is the end. */
#else
    uint32_t magic;                     /**< 0 or the library's mark; written by _init only. */
    uint32_t generation;                /**< Of fork(): a guard of another one is claimed anew. */
    const struct mbedguard_guard *self; /**< Own address: tells a moved guard. */
    uint32_t counted;                   /**< Made by a _new function: its size. Never changes. */
    uint32_t level;                     /**< Order within a rank: child before parent. */
    uint32_t users; /**< Where zero bytes are no mutex: whether it was made, and who uses it. */
    uint32_t readers_change; /**< Who holds it shared changes it, too: never changes itself. */
    mbedguard_backend_mutex mutex; /**< Held throughout exclusive calls. */
    /* Everything below is protected by mutex. */
    uint32_t state;             /**< Bits: held exclusively, broken. */
    uint32_t readers;           /**< Threads that hold it shared. */
    uint32_t waiting_exclusive; /**< Threads that wait for readers to leave. */
    uint32_t waiting_shared;    /**< Threads that queue behind a waiting exclusive. */
    uint32_t turn;              /**< Counts exclusive turns: readers wait for one at most. */
    const char *holder;         /**< Where it was last taken exclusively: for the lock checker. */
    uint64_t acquisitions;      /**< Counted when asked for. */
    uint64_t contentions;       /**< Acquisitions that had to wait. */
#endif
} mbedguard_guard;

/** @brief Which process a random generator was seeded in: after fork() it reseeds first. */
typedef struct mbedguard_fork_mark {
    uint32_t generation; /**< Of fork(), as in the guard; 0 in the first process. */
} mbedguard_fork_mark;

/** @cond internal */
#if defined(MBEDGUARD_THREADING_NONE)
#define MBEDGUARD_RANK_SIZE(rank) 1
#else
#define MBEDGUARD_RANK_SIZE(rank) (rank)
#endif
#define MBEDGUARD_STRING_(x) #x
#define MBEDGUARD_STRING(x)  MBEDGUARD_STRING_(x)
#define MBEDGUARD_HERE       __FILE__ ":" MBEDGUARD_STRING(__LINE__)
/** @endcond */

/** The rank of a guarded object, given a pointer to it; the pointer is not evaluated. */
#define MBEDGUARD_RANK(object) ((unsigned) sizeof((object)->guard_rank))

/** @brief A guarded object of any type, as an element of a list for mbedguard_lock_set(). */
typedef struct mbedguard_object {
    void *object;  /**< The object, or NULL. */
    size_t size;   /**< sizeof the guarded type. */
    unsigned rank; /**< Its rank. */
} mbedguard_object;

/** Initialiser for an #mbedguard_object from a pointer to a guarded object. */
#define MBEDGUARD_OBJECT(pointer) { (void *) (pointer), sizeof *(pointer), MBEDGUARD_RANK(pointer) }

/** @brief Counters of one guard. */
typedef struct mbedguard_counters {
    uint64_t acquisitions; /**< Times the guard was taken. */
    uint64_t contentions;  /**< Times it was held by another thread at first. */
} mbedguard_counters;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief           Lock an object exclusively for several calls.
 *
 * A certificate, CRL or key that a configuration or writer keeps is locked with its keepers, so
 * that no TLS call uses it meanwhile. The same thread may lock again; each lock needs its unlock.
 * While a thread holds an explicit lock, calls that would wait for the network do not.
 *
 * @param object    [in,out] A pointer to a guarded object of any type; evaluated once.
 * @return          0
 * @return          #MBEDGUARD_ERR_BAD_INPUT object is NULL
 * @return          #MBEDGUARD_ERR_NOT_INITIALIZED, #MBEDGUARD_ERR_BROKEN the object's state
 * @return          #MBEDGUARD_ERR_ORDER this thread holds a guard that comes later
 * @return          #MBEDGUARD_ERR_UPGRADE this thread holds it, or a keeper, shared
 * @return          #MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING, #MBEDGUARD_ERR_OVERFLOW,
 *                  #MBEDGUARD_ERR_VERSION
 * @par Locking     Takes the object (and its keepers) until mbedguard_unlock().
 * @since           0.1
 */
#define mbedguard_lock(object)                                                                     \
    mbedguard_object_lock((object), sizeof *(object), MBEDGUARD_RANK(object), MBEDGUARD_HERE)

/**
 * @brief           Lock an object if that takes no waiting.
 * @param object    [in,out] As mbedguard_lock().
 * @return          As mbedguard_lock(); #MBEDGUARD_ERR_WOULD_WAIT another thread holds it;
 *                  #MBEDGUARD_ERR_UNSUPPORTED the backend has no try-lock
 * @par Locking     As mbedguard_lock(), without waiting.
 * @since           0.1
 */
#define mbedguard_trylock(object)                                                                  \
    mbedguard_object_trylock((object), sizeof *(object), MBEDGUARD_RANK(object), MBEDGUARD_HERE)

/**
 * @brief           Undo one mbedguard_lock(), mbedguard_trylock() or mbedguard_borrow().
 * @param object    [in,out] As mbedguard_lock().
 * @return          0
 * @return          #MBEDGUARD_ERR_BAD_INPUT object is NULL
 * @return          #MBEDGUARD_ERR_NOT_LOCKED this thread has no explicit lock on it
 * @return          #MBEDGUARD_ERR_THREADING
 * @par Locking     Releases what the lock took.
 * @since           0.1
 */
#define mbedguard_unlock(object)                                                                   \
    mbedguard_object_unlock((object), sizeof *(object), MBEDGUARD_HERE)

/**
 * @brief           Lock an object and get at the Mbed TLS object inside, for what has no call here.
 *
 * Until mbedguard_unlock(), the raw object may be given to Mbed TLS's own functions and its members
 * may be read and written. It must not be kept longer.
 *
 * @param object    [in,out] As mbedguard_lock().
 * @param raw       [out] Address of a pointer to the Mbed TLS type; NULL is stored on failure.
 * @return          As mbedguard_lock().
 * @par Locking     As mbedguard_lock().
 * @since           0.1
 */
#define mbedguard_borrow(object, raw)                                                              \
    mbedguard_object_borrow((object), sizeof *(object), MBEDGUARD_RANK(object), (void *) (raw),    \
                            sizeof(*(raw) = &(object)->unguarded), MBEDGUARD_HERE)

/**
 * @brief           Lock several objects at once, whatever their types, in the library's order.
 * @param set       [in] Objects, made by MBEDGUARD_OBJECT(); NULL objects and repetitions are
 *                  dropped.
 * @param count     [in] Number of elements of set; 0 locks nothing.
 * @return          As mbedguard_lock(); on failure nothing is locked.
 * @par Locking     Takes all until mbedguard_unlock_set().
 * @since           0.1
 */
#define mbedguard_lock_set(set, count) mbedguard_object_lock_set((set), (count), MBEDGUARD_HERE)

/**
 * @brief           Undo mbedguard_lock_set() with the same objects.
 * @param set       [in] As given to mbedguard_lock_set().
 * @param count     [in] As given to mbedguard_lock_set().
 * @return          0, or the first error of mbedguard_unlock(); the others are unlocked all the
 *                  same.
 * @par Locking     Releases what the lock took.
 * @since           0.1
 */
#define mbedguard_unlock_set(set, count) mbedguard_object_unlock_set((set), (count), MBEDGUARD_HERE)

/**
 * @brief           Read the counters of one object; all 0 unless counting is on.
 * @param object    [in] As mbedguard_lock().
 * @param counters  [out] The counters.
 * @return          As mbedguard_lock().
 * @par Locking     Takes the guard for a moment.
 * @since           0.1
 */
#define mbedguard_get_counters(object, counters)                                                   \
    mbedguard_object_counters((object), sizeof *(object), MBEDGUARD_RANK(object), (counters),      \
                              MBEDGUARD_HERE)

/**
 * @brief           Count acquisitions and contentions from now on, or stop.
 *
 * To be called before other threads use the library.
 *
 * @param on        [in] 0 stops, any other value starts.
 * @return          0
 * @return          #MBEDGUARD_ERR_UNSUPPORTED the backend has no try-lock
 * @par Locking     None: single-threaded by contract.
 * @since           0.1
 */
MBEDGUARD_API int mbedguard_count_acquisitions(int on);

/** @cond internal: behind the macros above */
MBEDGUARD_API int mbedguard_object_lock(const void *object, size_t size, unsigned rank,
                                        const char *where);
MBEDGUARD_API int mbedguard_object_trylock(const void *object, size_t size, unsigned rank,
                                           const char *where);
MBEDGUARD_API int mbedguard_object_unlock(const void *object, size_t size, const char *where);
MBEDGUARD_API int mbedguard_object_borrow(const void *object, size_t size, unsigned rank, void *raw,
                                          size_t raw_size, const char *where);
MBEDGUARD_API int mbedguard_object_lock_set(const mbedguard_object *set, size_t count,
                                            const char *where);
MBEDGUARD_API int mbedguard_object_unlock_set(const mbedguard_object *set, size_t count,
                                              const char *where);
MBEDGUARD_API int mbedguard_object_counters(const void *object, size_t size, unsigned rank,
                                            mbedguard_counters *counters, const char *where);
/** @endcond */

/** @brief What the lock checker found. */
typedef enum mbedguard_lockcheck_kind {
    MBEDGUARD_LOCKCHECK_ORDER,         /**< A guard was asked for that comes before a held one. */
    MBEDGUARD_LOCKCHECK_REENTRY,       /**< A callback used the object whose call runs it. */
    MBEDGUARD_LOCKCHECK_UPGRADE,       /**< Exclusive was asked for while held shared. */
    MBEDGUARD_LOCKCHECK_NOT_LOCKED,    /**< Unlocked by a thread that does not hold it. */
    MBEDGUARD_LOCKCHECK_FREED_HELD,    /**< Freed while this thread holds an explicit lock on it. */
    MBEDGUARD_LOCKCHECK_UNINITIALIZED, /**< Neither initialised nor zeroed, or overwritten. */
    MBEDGUARD_LOCKCHECK_THREAD_EXIT,   /**< A thread ended with a guard held. */
    MBEDGUARD_LOCKCHECK_CYCLE          /**< Objects would keep each other. */
} mbedguard_lockcheck_kind;

/** @brief One finding of the lock checker. */
typedef struct mbedguard_lockcheck_report {
    mbedguard_lockcheck_kind kind; /**< What was found. */
    const void *guard;             /**< The guard that was asked for. */
    const char *where;             /**< Who asked: a function, or file:line. Static. */
    const void *other_guard;       /**< The guard that stands against it, or NULL. */
    const char *other_where;       /**< Who took that one, or NULL. Static. */
} mbedguard_lockcheck_report;

/** @brief A handler of findings; runs on the offending thread and must not call mbedguard. */
typedef void (*mbedguard_lockcheck_handler)(const mbedguard_lockcheck_report *report, void *data);

/**
 * @brief           Replace the handler of the lock checker (`--enable-lockcheck`).
 *
 * The default prints both places on standard error and aborts. If a handler returns, the call that
 * it reports returns its error code. To be called before other threads use the library.
 *
 * @param handler   [in] The handler; NULL restores the default.
 * @param data      [in] Passed to the handler.
 * @return          0
 * @return          #MBEDGUARD_ERR_UNSUPPORTED the lock checker is not compiled in
 * @par Locking     None: single-threaded by contract.
 * @par Ownership   data is kept until the handler is replaced.
 * @since           0.1
 */
MBEDGUARD_API int mbedguard_lockcheck_set_handler(mbedguard_lockcheck_handler handler, void *data);

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_GUARD_H */
