/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What compilers are told beside C11. First clang's thread-safety annotations, so that
 * -Wthread-safety proves that every path which takes a guard lets go of it. Empty for other
 * compilers, and for tests, which misuse guards on purpose (MBEDGUARD_UNANNOTATED). Sets of guards
 * cannot be described and are not annotated.
 */
#ifndef MBEDGUARD_CORE_ANNOTATE_H
#define MBEDGUARD_CORE_ANNOTATE_H

#if defined(__clang__) && defined(__has_attribute) && !defined(MBEDGUARD_UNANNOTATED)
#if __has_attribute(acquire_capability)
#define MBEDGUARD_ATTRIBUTE(x) __attribute__((x))
#endif
#endif
#ifndef MBEDGUARD_ATTRIBUTE
#define MBEDGUARD_ATTRIBUTE(x)
#endif

#define MBEDGUARD_ACQUIRE(...)     MBEDGUARD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define MBEDGUARD_TRY_ACQUIRE(...) MBEDGUARD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define MBEDGUARD_RELEASE(...)     MBEDGUARD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define MBEDGUARD_REQUIRES(...)    MBEDGUARD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define MBEDGUARD_NO_ANALYSIS      MBEDGUARD_ATTRIBUTE(no_thread_safety_analysis)

/*
 * What makes calls cheaper and can be left out. MBEDGUARD_PLAIN_C11 is for tests, of what a compiler
 * makes of the rest that has nothing but C11.
 */
#if defined(__GNUC__) && !defined(MBEDGUARD_PLAIN_C11)
#define MBEDGUARD_GNU_ATTRIBUTES(...) __attribute__((__VA_ARGS__))
#else
#define MBEDGUARD_GNU_ATTRIBUTES(...)
#endif
#define MBEDGUARD_HIDDEN MBEDGUARD_GNU_ATTRIBUTES(visibility("hidden"))

#endif /* MBEDGUARD_CORE_ANNOTATE_H */
