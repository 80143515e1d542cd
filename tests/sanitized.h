/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* SANITIZED: a sanitizer takes the place of calloc() and free(), so that a program cannot. */
#ifndef SANITIZED_H
#define SANITIZED_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

#endif /* SANITIZED_H */
