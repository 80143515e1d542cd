/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * For the tests of core: guarded toys of several ranks, a stub of what the library starts, threads
 * that meet without sleeping, and the backends of the alt build.
 */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <check.h>
#include <pthread.h>
#include <stdbool.h>

#include "core/enter.h"

/* What a toy wraps. */
typedef struct raw_toy {
    int alive;  /* between raw init and raw free */
    long value; /* changed without any protection of its own */
    long mirror;
} raw_toy;

/*
 * One toy type per rank: the rank is the size of a member that needs no storage, as in real
 * types.
 */
#define TOY(name, rank)                                                                            \
    typedef struct name {                                                                          \
        raw_toy unguarded;                                                                         \
        union {                                                                                    \
            mbedguard_guard guard;                                                                 \
            unsigned char guard_rank[MBEDGUARD_RANK_SIZE(rank)];                                   \
        };                                                                                         \
    } name

TOY(toy_ssl, MBEDGUARD_RANK_SSL);
TOY(toy_config, MBEDGUARD_RANK_CONFIG);
TOY(toy_cert, MBEDGUARD_RANK_CERT);
TOY(toy_key, MBEDGUARD_RANK_KEY);
TOY(toy_rng, MBEDGUARD_RANK_RNG);
TOY(toy_leaf, MBEDGUARD_RANK_LEAF);

extern const mbedguard_type toy_ssl_type;
extern const mbedguard_type toy_config_type;
extern const mbedguard_type toy_cert_type;
extern const mbedguard_type toy_key_type;
extern const mbedguard_type toy_rng_type;
extern const mbedguard_type toy_leaf_type;

/* How often Mbed TLS's init and free would have run. */
extern int raw_inits;
extern int raw_frees;

/* A function that the next raw free runs, as TLS runs callbacks when it is freed. */
extern void (*raw_free_hook)(void *object);

/* What an explicit lock on an object of this rank takes besides. */
extern mbedguard_want locks_with;
extern unsigned locks_with_rank;

/* What mbedguard_library_start() returns, and how often it ran. */
extern int start_result;
extern int start_count;

/* A flag that threads wait for. */
typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    int count;
} gate;
#define GATE_INITIALIZER { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }
void gate_reset(gate *g);
void gate_add(gate *g);              /* one more has come */
void gate_wait(gate *g, int count);  /* until so many have come */
int gate_count(gate *g);

pthread_t start_thread(void *(*body)(void *), void *argument);
void *join_thread(pthread_t thread);

/* The time limit of a test: only so that nothing hangs, however busy the machine. */
#define TEST_SECONDS 100

/* Run a body in a child, which has to end by itself; its result is the body's. */
int in_child(int (*body)(void));

/* In a child there is no check library: the first condition that does not hold is its exit code. */
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return __LINE__ % 250 + 1;                                                             \
    } while (0)

/* Sets the alarm clock that ends a test which hangs, also where check does not fork. */
void watchdog_setup(void);
void watchdog_teardown(void);

/* True under valgrind, where CK_FORK=no is set and tests that abort or fork are left out. */
bool without_fork(const char *what);
/* True under ThreadSanitizer, which bears no threads after fork() of a process with threads. */
bool with_tsan(const char *what);
/* True under AddressSanitizer, whose heap may stay locked in a child if others use it at fork(). */
bool with_asan(const char *what);
/* Fewer rounds where each of them is slow. */
int rounds(int normal);

#if defined(MBEDGUARD_THREADING_ALT)
/* The alternative backends, all on top of POSIX threads. */
typedef enum backend {
    BACKEND_FOUR,   /* init, free, lock, unlock */
    BACKEND_WAIT,   /* with try-lock and conditions */
    BACKEND_SHARED, /* with try-lock and shared locks */
    BACKEND_SELF,   /* with everything but shared locks, and names for threads */
    BACKENDS
} backend;
extern const char *const backend_names[BACKENDS];
/* Which one backend_setup() installs. */
extern backend backend_wanted;
/* The call (lock, init or cond) that fails: 1 is the next one, 0 none. Counts down. */
extern int backend_fail_in;
/* Locks minus unlocks, and mutexes made minus destroyed. */
extern int backend_held;
extern int backend_made;
void backend_ops(mbedguard_threading_ops *ops, backend which);
#endif

/* Install the backend, where there is something to install. Checked fixtures. */
void backend_setup(void);
void backend_teardown(void);

/* Whether shared mode is shared, in this build and backend. */
bool has_shared(void);

/* A test case of one test, so that a deadlock names itself. */
void add_case(Suite *suite, const char *name, const TTest *test, void (*setup)(void),
              void (*teardown)(void));

/* Runs one suite (in the alt build: one per backend) and returns main's result. */
int run_suites(Suite *(*make)(const char *name), const char *name);

#endif /* TESTS_UNIT_SUPPORT_H */
