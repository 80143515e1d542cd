/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One guard: src/core/guard.c and src/core/wait.c. Two threads that take it exclusively, the second
 * by the fast path first, and two that take it shared, the first of them nested.
 *
 *   default    each thread comes ROUNDS times, the mutexes are unfair: mutual exclusion, and nobody
 *              is left asleep (no invalid end state, no cycle without progress)
 *   NEIGHBOUR  and another guard of the same bucket wakes whom it does not concern
 *   READERS_COME, WRITERS_COME
 *              those come again and again, the mutexes are first come, first served: the writer, or
 *              the reader, gets in (what the guard adds to a fair mutex starves nobody). Several
 *              writers and several readers together could starve one of the writers.
 *
 * Two counters of the C code are abstracted without loss. They are only ever compared with a value
 * read before: so for each thread one bit says whether the counter has moved since (and is true
 * where nobody asks).
 *   bucket.seq  -> moved[i]     guard.turn -> turned[i]
 *
 * BROKEN_... are faults that must be found; run.sh expects that.
 */

#define THREADS 4
#ifndef ROUNDS
#define ROUNDS 2
#endif
#if defined(READERS_COME) || defined(WRITERS_COME)
#define FOREVER
#endif

/* ---- The guard ------------------------------------------------------------------------------- */

byte readers;
byte waiting_exclusive;
byte waiting_shared;
bool turned[THREADS] = true;

/* ---- The bucket ------------------------------------------------------------------------------ */

bool moved[THREADS] = true;
bool asleep[THREADS];

/* ---- What is observed ------------------------------------------------------------------------ */

byte writing; /* threads that are in exclusively */
byte reading; /* threads that are in shared */
bool wants[THREADS];
#define NOT_QUEUED 3
byte passed[THREADS] = NOT_QUEUED; /* exclusive turns that ended since a reader queued, at most 2 */

/* ---- Mutexes --------------------------------------------------------------------------------- */

#ifdef FOREVER

chan guard_queue = [THREADS] of { byte };
chan bucket_queue = [THREADS] of { byte };

inline lock_guard() { guard_queue ! me; guard_queue ? [eval(me)] }
inline unlock_guard() { guard_queue ? eval(me) }
inline lock_bucket() { bucket_queue ! me; bucket_queue ? [eval(me)] }
inline unlock_bucket() { bucket_queue ? eval(me) }
/* A condition variable lets go of the mutex and sleeps in one step. */
inline sleep_in_bucket() { atomic { bucket_queue ? eval(me); asleep[me] = true }; !asleep[me] }

#else

#define FREE 255
byte guard_owner = FREE;
byte bucket_owner = FREE;

inline lock_guard() { atomic { guard_owner == FREE -> guard_owner = me } }
inline unlock_guard() { atomic { assert(guard_owner == me); guard_owner = FREE } }
inline lock_bucket() { atomic { bucket_owner == FREE -> bucket_owner = me } }
inline unlock_bucket() { atomic { assert(bucket_owner == me); bucket_owner = FREE } }
inline sleep_in_bucket() { atomic { bucket_owner = FREE; asleep[me] = true }; !asleep[me] }

#endif

/* ---- wait.c ---------------------------------------------------------------------------------- */

inline park()
{
#ifdef BROKEN_EARLY_UNLOCK
    unlock_guard();
    lock_bucket();
    moved[me] = false;
#else
    lock_bucket();
    moved[me] = false;
    unlock_guard();
#endif
    do
    :: moved[me] -> break
    :: else -> sleep_in_bucket(); lock_bucket()
    od;
    unlock_bucket();
    lock_guard()
}

inline unpark()
{
#ifndef BROKEN_NO_BUCKET
    lock_bucket();
#endif
    d_step {
        moved[0] = true; moved[1] = true; moved[2] = true; moved[3] = true;
        asleep[0] = false; asleep[1] = false; asleep[2] = false; asleep[3] = false
    };
#ifndef BROKEN_NO_BUCKET
    unlock_bucket()
#endif
}

/* ---- guard.c --------------------------------------------------------------------------------- */

/* take(), for a writer. The mutex stays locked. */
inline take_exclusive()
{
    lock_guard();
    if
    :: readers != 0 ->
        waiting_exclusive++;
#ifdef BROKEN_WAIT_ONCE
        park();
#else
        do
        :: readers != 0 -> park()
        :: else -> break
        od;
#endif
        waiting_exclusive--
    :: else
    fi
}

inline turn_ends()
{
    d_step {
        turned[0] = true; turned[1] = true; turned[2] = true; turned[3] = true;
        passed[2] = (passed[2] < 2 -> passed[2] + 1 : passed[2]);
        passed[3] = (passed[3] < 2 -> passed[3] + 1 : passed[3])
    }
}

/* drop(), for a writer; and mbedguard_leave(), which does the same where nobody waits. */
inline drop_exclusive()
{
    if
    :: waiting_exclusive != 0 || waiting_shared != 0 ->
        turn_ends();
#ifndef BROKEN_SILENT_DROP
        unpark()
#endif
    :: else
    fi;
    unlock_guard()
}

/* take(), for a reader. */
inline take_shared()
{
    lock_guard();
#ifndef BROKEN_BARGE
    if
    :: waiting_exclusive != 0 ->
        turned[me] = false;
        passed[me] = 0;
        waiting_shared++;
        do
#ifdef BROKEN_NO_TURN
        :: waiting_exclusive != 0 ->
#else
        :: waiting_exclusive != 0 && !turned[me] ->
#endif
            assert(passed[me] == 0); /* a reader waits for one turn at most */
            park()
        :: else -> break
        od;
        atomic { waiting_shared--; turned[me] = true; passed[me] = NOT_QUEUED }
    :: else
    fi;
#endif
    readers++;
    unlock_guard()
}

inline drop_shared()
{
    lock_guard();
    readers--;
    if
#ifdef BROKEN_SILENT_READER
    :: false
#else
    :: readers == 0 && waiting_exclusive != 0 -> unpark()
#endif
    :: else
    fi;
    unlock_guard()
}

/* ---- Threads --------------------------------------------------------------------------------- */

inline write()
{
    atomic { wants[me] = false; writing++; assert(writing == 1 && reading == 0) };
    atomic { writing-- }
}

inline read()
{
    atomic { wants[me] = false; reading++; assert(writing == 0) };
    atomic { reading-- }
}

#ifdef FOREVER
#define AGAIN true
#define NEXT_ROUND skip
#else
#define AGAIN (round < ROUNDS)
#define NEXT_ROUND round++
#endif

proctype Writer(byte me)
{
    byte round;

    do
    :: AGAIN ->
        wants[me] = true;
        take_exclusive();
        write();
        drop_exclusive();
        NEXT_ROUND
    :: !AGAIN -> break
    od
}

/* mbedguard_enter(): what is occupied is let go, and asked for anew by the slow path. */
proctype QuickWriter(byte me)
{
    byte round;

    do
    :: AGAIN ->
        wants[me] = true;
        lock_guard();
        if
#ifdef BROKEN_QUICK
        :: false ->
#else
        :: readers != 0 ->
#endif
            unlock_guard();
            take_exclusive()
        :: else
        fi;
        write();
        drop_exclusive();
        NEXT_ROUND
    :: !AGAIN -> break
    od
}

/* A nested shared request is counted in the thread's own list: it never queues behind a writer. */
proctype NestedReader(byte me)
{
    byte round;

    do
    :: AGAIN ->
        wants[me] = true;
        take_shared();
#ifdef BROKEN_NEST
        take_shared();
        drop_shared();
#endif
        read();
        drop_shared();
        NEXT_ROUND
    :: !AGAIN -> break
    od
}

proctype Reader(byte me)
{
    byte round;

    do
    :: AGAIN ->
        wants[me] = true;
        take_shared();
        read();
        drop_shared();
        NEXT_ROUND
    :: !AGAIN -> break
    od
}

#ifdef NEIGHBOUR
/* Another guard of the bucket. */
proctype Neighbour(byte me)
{
    unpark()
}
#endif

init {
    atomic {
        run Writer(0);
#ifndef READERS_COME
        run QuickWriter(1);
#endif
#ifndef WRITERS_COME
        run NestedReader(2);
#endif
        run Reader(3);
#ifdef NEIGHBOUR
        run Neighbour(4)
#endif
    }
}

#ifdef READERS_COME
ltl writer_gets_in { [] (wants[0] -> <> !wants[0]) }
#endif
#ifdef WRITERS_COME
ltl reader_gets_in { [] (wants[3] -> <> !wants[3]) }
#endif
