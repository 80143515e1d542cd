/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The thread number: a small number for each thread, for what is divided among threads (generators, doors,
 * lanes). Whoever has fewer places than there are numbers takes the remainder. Threads share numbers
 * when there are more of them, and a number is given again when its thread ends; where the backend does
 * not tell of that, numbers go round. To ask for it takes no lock, allocates nothing and cannot fail: it
 * may be asked for anywhere, in handlers of fork() and in destructors of threads, too.
 */
#ifndef MBEDGUARD_CORE_NUMBER_H
#define MBEDGUARD_CORE_NUMBER_H

#include "core/await.h"
#include "core/hold.h"

/* Is told the number of a thread that ends. */
typedef void mbedguard_thread_ended(uint32_t number);

#if defined(MBEDGUARD_THREADING_NONE)

#define MBEDGUARD_THREAD_NUMBERS 1u

static inline uint32_t mbedguard_thread_number(void)
{
    return 0;
}
static inline int mbedguard_thread_number_to_end(uint32_t *number)
{
    *number = 0;
    return 0;
}
static inline void mbedguard_thread_number_at_end(mbedguard_thread_ended *ended)
{
    (void) ended;
}

#else

#define MBEDGUARD_THREAD_NUMBERS 64u

/* The first time in a thread. */
uint32_t mbedguard_thread_number_take(void);

/* The calling thread's number, below MBEDGUARD_THREAD_NUMBERS. */
static inline uint32_t mbedguard_thread_number(void)
{
#if defined(MBEDGUARD_HAVE_TLS)
    const uint32_t own = mbedguard_thread_state.number;

    if (own != 0)
        return own - 1;
#endif
    return mbedguard_thread_number_take();
}

/* The same for what is done away with at the end of the thread: 0, or an error if that is not told. */
static inline int mbedguard_thread_number_to_end(uint32_t *number)
{
    int ret = 0;

#if defined(MBEDGUARD_THREADING_PTHREAD)
    if (!mbedguard_thread_state.watched)
#endif
        ret = mbedguard_thread_watched();
    if (ret == 0)
        *number = mbedguard_thread_number();
    return ret;
}

/*
 * Have a function called with the number of each thread that ends, on that thread, when it holds no
 * guard. There is one such function; a backend that does not know when threads end calls none.
 */
void mbedguard_thread_number_at_end(mbedguard_thread_ended *ended);

#if defined(MBEDGUARD_THREADING_PTHREAD)
/* The end of a thread. */
void mbedguard_thread_number_leave(mbedguard_thread *self);

/* In a child of fork() there is one thread, and it keeps its number. */
void mbedguard_thread_number_become_child(const mbedguard_thread *self);
#endif

#endif

#endif /* MBEDGUARD_CORE_NUMBER_H */
