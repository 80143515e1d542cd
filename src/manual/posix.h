/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Whether this system has the calls that work on an open directory. Comes before all other headers:
 * files and inodes of a 32-bit system may be beyond 32 bits.
 */
#ifndef MBEDGUARD_MANUAL_POSIX_H
#define MBEDGUARD_MANUAL_POSIX_H

#if !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64
#endif

#if !defined(_WIN32)
#include <unistd.h>
#endif

#if !defined(MBEDGUARD_HAVE_OPENAT)
#if defined(_POSIX_VERSION) && _POSIX_VERSION >= 200809L
#define MBEDGUARD_HAVE_OPENAT 1
#else
#define MBEDGUARD_HAVE_OPENAT 0
#endif
#endif

#endif /* MBEDGUARD_MANUAL_POSIX_H */
