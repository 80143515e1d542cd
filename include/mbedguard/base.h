/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file base.h
 * @brief The laws that hold for the whole library, error codes, attributes.
 *
 * The laws. Functions state only where they deviate.
 *
 * 1. Threads. Any thread may call any function on any object at any time. `const` promises nothing
 *    about threads. What a function locks is said under "Locking".
 * 2. No guard is held while a call waits for a timer, a turn or a condition. Exceptions are listed
 *    in docs/threading.md.
 * 3. Order. Guards are taken in ascending order (rank.h). A call that would have to descend, under
 *    an explicit lock or from a callback, is refused with #MBEDGUARD_ERR_ORDER whether the guard is
 *    free or not.
 * 4. A failure never looks like a success. Functions that return an Mbed TLS error code return
 *    MBEDGUARD_ERR_*; functions that return psa_status_t return PSA_ERROR_SERVICE_FAILURE; all
 *    others have a failure value, named in their documentation. Functions that are void in Mbed TLS
 *    return int here: 0 or MBEDGUARD_ERR_*.
 * 5. On an error of ours (MBEDGUARD_ERR_*) the Mbed TLS function was not called and nothing
 *    changed, but for out parameters that Mbed TLS sets on failure.
 * 6. NULL for a guarded object is #MBEDGUARD_ERR_BAD_INPUT, unless the parameter is said to be
 *    optional. Everything else about arguments is Mbed TLS's own to say.
 * 7. Codes of Mbed TLS are passed on unchanged. Codes of ours never come from Mbed TLS.
 * 8. Where nothing is said under "Callbacks" nothing of the program's is called, but for functions of
 *    its platform (memory, time, mutexes). Where nothing is said under "Ownership" nothing is kept of
 *    what is given, and what is written is the caller's.
 */
#ifndef MBEDGUARD_BASE_H
#define MBEDGUARD_BASE_H

#include <stddef.h>
#include <stdint.h>

#include <mbedguard/backend.h>

/**
 * @name Error codes
 * All lie below every code of Mbed TLS (>= -0x7FFF) and of PSA (> -256).
 * @{
 */
/** A guarded object was NULL, or an argument of a function of mbedguard's own is invalid. */
#define MBEDGUARD_ERR_BAD_INPUT        (-0x10001)
/** The object was neither initialised nor zeroed. */
#define MBEDGUARD_ERR_NOT_INITIALIZED  (-0x10002)
/** The guard ranks below one that this thread holds: lock both at once, or in the other order. */
#define MBEDGUARD_ERR_ORDER            (-0x10003)
/** A callback called a function on the object whose call runs the callback. */
#define MBEDGUARD_ERR_REENTRY          (-0x10004)
/** The thread holds the object shared, and asked for it exclusively. */
#define MBEDGUARD_ERR_UPGRADE          (-0x10005)
/** The call would have to wait while the thread holds an explicit lock. */
#define MBEDGUARD_ERR_WOULD_WAIT       (-0x10006)
/**
 * A thread ended, or the process forked, in the middle of a call that was changing the object, or a
 * thread ended in the BIO of the connection.
 */
#define MBEDGUARD_ERR_BROKEN           (-0x10007)
/** The object is not locked by this thread. */
#define MBEDGUARD_ERR_NOT_LOCKED       (-0x10008)
/** An allocation failed. */
#define MBEDGUARD_ERR_ALLOC_FAILED     (-0x10009)
/** The threading backend reported a failure. */
#define MBEDGUARD_ERR_THREADING        (-0x1000A)
/** The threading backend has no such feature, or it is too late to set one. */
#define MBEDGUARD_ERR_UNSUPPORTED      (-0x1000B)
/** The Mbed TLS linked at run time is not the one that this library was generated for. */
#define MBEDGUARD_ERR_VERSION          (-0x1000C)
/** Keeping this object would close a cycle of objects that keep each other. */
#define MBEDGUARD_ERR_CYCLE            (-0x1000D)
/** More references or nested calls than can be counted. */
#define MBEDGUARD_ERR_OVERFLOW         (-0x1000E)
/** There is no such element. */
#define MBEDGUARD_ERR_NOT_FOUND        (-0x1000F)
/** The connection was closed, reset or freed by another thread while this call was under way. */
#define MBEDGUARD_ERR_CLOSED           (-0x10010)
/** A handshake that is under way uses what the call would free: try again when it is over. */
#define MBEDGUARD_ERR_IN_USE           (-0x10011)
/** @} */

/** Marks what the library exports. */
#if defined(__GNUC__) && __GNUC__ >= 4
#define MBEDGUARD_API __attribute__((visibility("default")))
#else
#define MBEDGUARD_API
#endif

/** Tells clang's thread-safety analysis that a type is a lock. */
#if defined(__clang__) && defined(__has_attribute)
#if __has_attribute(capability)
#define MBEDGUARD_CAPABILITY(name) __attribute__((capability(name)))
#endif
#endif
#ifndef MBEDGUARD_CAPABILITY
#define MBEDGUARD_CAPABILITY(name)
#endif

/**
 * @name What compilers spell differently
 * @{
 */
#if defined(__GNUC__)
#define MBEDGUARD_EXTENSION  __extension__ /**< In front of what older C has not. */
#define MBEDGUARD_INLINE     __inline__    /**< inline, in C90 too. */
#define MBEDGUARD_MUST_CHECK __attribute__((warn_unused_result)) /**< Not to be ignored. */
#define MBEDGUARD_DEPRECATED __attribute__((deprecated)) /**< Deprecated in Mbed TLS. */
#else
#define MBEDGUARD_EXTENSION  /**< In front of what older C has not. */
#define MBEDGUARD_INLINE     inline /**< inline, in C90 too. */
#define MBEDGUARD_MUST_CHECK /**< Not to be ignored. */
#define MBEDGUARD_DEPRECATED /**< Deprecated in Mbed TLS. */
#endif
/** @} */

/**
 * Declares a member without storage that cannot be used: reading a member of the Mbed TLS struct
 * fails to compile with the name of the function to call.
 */
#if defined(__has_attribute) && defined(__GNUC__)
#if __has_attribute(unavailable)
#define MBEDGUARD_DECOY(name, text) __extension__ char name[0] __attribute__((unavailable(text)));
#endif
#endif
#ifndef MBEDGUARD_DECOY
#define MBEDGUARD_DECOY(name, text)
#endif

/** Declares a function that a program must not call: calling it fails to compile with the text. */
#if defined(__has_attribute)
#if __has_attribute(error)
#define MBEDGUARD_REFUSED(text) __attribute__((error(text)))
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief          Describe an error code of mbedguard.
 * @param error    [in] A code; any int.
 * @return         A static string; for codes that are not mbedguard's, "not an mbedguard error".
 * @par Locking    None.
 * @since          0.1
 */
MBEDGUARD_API const char *mbedguard_error_string(int error);

#ifdef __cplusplus
}
#endif

#endif /* MBEDGUARD_BASE_H */
