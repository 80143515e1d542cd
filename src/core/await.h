/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Waiting for what other threads do, with no guard held: for calls that last longer than they may
 * hold a guard. What is waited for is protected by a guard, and waited for by its address.
 */
#ifndef MBEDGUARD_CORE_AWAIT_H
#define MBEDGUARD_CORE_AWAIT_H

#include <stdbool.h>
#include <stdint.h>

/* A moment of the monotonic clock, in milliseconds; unset, a wait has no end. */
typedef struct mbedguard_deadline {
    bool set;
    uint64_t at;
} mbedguard_deadline;

/* So many milliseconds from now; 0 is no deadline, as in Mbed TLS. */
mbedguard_deadline mbedguard_deadline_after(uint32_t milliseconds);
/* What is left, rounded up; 0 when it has passed. At most UINT32_MAX, also where there is none. */
uint32_t mbedguard_deadline_left(const mbedguard_deadline *deadline);

#if !defined(MBEDGUARD_THREADING_NONE)

/*
 * To wait: look at what is waited for and draw a ticket, both under the guard; let go of it; wait
 * with the ticket. Whoever changes what is waited for wakes under the guard. May return too soon.
 *
 * Returns 0, MBEDGUARD_AWAIT_PASSED, MBEDGUARD_ERR_UNSUPPORTED where the backend cannot wait (with a
 * deadline), or MBEDGUARD_ERR_THREADING.
 */
#define MBEDGUARD_AWAIT_PASSED 1
int mbedguard_await_ticket(const void *address, uint32_t *ticket);
int mbedguard_await(const void *address, uint32_t ticket, const mbedguard_deadline *deadline);
void mbedguard_await_wake(const void *address);

/* Whether the calling thread holds any guard: it must not wait then. */
bool mbedguard_holds_any(void);

/* The calling thread's name: not 0, its own as long as it lives. */
uintptr_t mbedguard_thread_name(void);

/* Changes in the child of a fork: what other threads were doing, nobody does any more. */
uint32_t mbedguard_fork_count(void);
/* In such a child: whether this is the one thread that was there before, and goes on. */
bool mbedguard_fork_was_by(uintptr_t thread);

/*
 * Have the end of this thread told, as calls that call out have it. A call of many steps asks once,
 * turns cancellation off itself, and needs no such mark at its steps. 0 or an error.
 */
int mbedguard_thread_watched(void);

/*
 * Run what calls a function of the program's. If that ends the thread, lost(context) is called first:
 * others may wait for what the thread was doing.
 */
void mbedguard_thread_run(void (*f)(void *context), void (*lost)(void *context), void *context);

/* A thread that is cancelled while others count on it would leave them waiting. */
int mbedguard_thread_cancel_off(void);
void mbedguard_thread_cancel_restore(int state);

#endif

#endif /* MBEDGUARD_CORE_AWAIT_H */
