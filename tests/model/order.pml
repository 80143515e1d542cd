/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Several guards: src/core/guard.c (mbedguard_guard_enter), set.c, keeper.c, life.c. A guard itself
 * is right, see guard.pml; here it is one word. The order of guards is their number:
 *
 *     FIRST, SECOND (connections)  <  CONFIG  <  CERT, which the others may keep
 *
 * A connection starts to keep the certificate in a callback; another one is freed; a thread changes
 * the certificate, which takes all keepers; and a thread holds explicit locks in all orders.
 *
 * Checked: no deadlock; no endless restart (no cycle at all, since all threads come a few times);
 * whoever changes the certificate has all its keepers, and nobody reads it meanwhile; no guard is
 * touched whose storage its owner has back.
 *
 * BROKEN_... are faults that must be found; run.sh expects that.
 */

#define FIRST 0
#define SECOND 1
#define CONFIG 2
#define CERT 3
#define GUARDS 4
#define NONE 255

byte owner[GUARDS] = NONE;
byte readers[GUARDS];
byte waiting_exclusive[GUARDS];

/* process.keep protects these two: each step on them is atomic. */
bool keeps[CERT]; /* keeper number i keeps CERT */
byte pinned[4] = NONE; /* by each thread: a keeper that it is on the way to */

bool gone[GUARDS]; /* the storage of the guard is used for something else */
byte using; /* threads that read the certificate by way of a keeper */
bool changing;

/* ---- One guard ------------------------------------------------------------------------------- */

inline lock(g)
{
    atomic { assert(!gone[g]); waiting_exclusive[g]++ };
    atomic {
        owner[g] == NONE && readers[g] == 0 ->
            assert(!gone[g]);
            waiting_exclusive[g]--;
            owner[g] = me
    }
}

inline unlock(g)
{
    atomic { assert(!gone[g] && owner[g] == me); owner[g] = NONE }
}

inline lock_shared(g)
{
    atomic {
        owner[g] == NONE && waiting_exclusive[g] == 0 -> assert(!gone[g]); readers[g]++
    }
}

inline unlock_shared(g)
{
    atomic { assert(!gone[g] && readers[g] > 0); readers[g]-- }
}

/* ---- The certificate with its keepers -------------------------------------------------------- */

/* What this thread holds only as a keeper; what it had locked before is locked[]. */
#define FREE_TO_TAKE(k) (keeps[k] && !linked[k])

inline find_keeper()
{
    atomic {
        if
#ifdef BROKEN_BACKWARDS
        :: FREE_TO_TAKE(CONFIG) -> k = CONFIG
        :: !FREE_TO_TAKE(CONFIG) && FREE_TO_TAKE(SECOND) -> k = SECOND
        :: !FREE_TO_TAKE(CONFIG) && !FREE_TO_TAKE(SECOND) && FREE_TO_TAKE(FIRST) -> k = FIRST
#else
        :: FREE_TO_TAKE(FIRST) -> k = FIRST
        :: !FREE_TO_TAKE(FIRST) && FREE_TO_TAKE(SECOND) -> k = SECOND
        :: !FREE_TO_TAKE(FIRST) && !FREE_TO_TAKE(SECOND) && FREE_TO_TAKE(CONFIG) -> k = CONFIG
#endif
        :: else -> k = NONE
        fi;
#ifdef BROKEN_STALE
        if
        :: have_cert -> k = NONE
        :: else
        fi;
#endif
        if
        :: k != NONE && !locked[k] -> pinned[me] = k
        :: else
        fi
    }
}

inline unpin() { pinned[me] = NONE }

/* The keeper comes after one that was locked before the set: ORDER. */
#define BEHIND_A_LOCK(k) ((k) < CONFIG && locked[CONFIG] || (k) == FIRST && locked[SECOND])
/* The keeper comes before one that was taken for the set: TAKE_AGAIN. */
#ifdef BROKEN_BACKWARDS
#define OVERTAKEN(k) false
#else
#define OVERTAKEN(k) (have_cert || (k) < CONFIG && linked[CONFIG] || (k) == FIRST && linked[SECOND])
#endif

inline let_go_of(g)
{
    if
    :: linked[g] && !locked[g] -> unlock(g)
    :: else
    fi;
    linked[g] = false
}

inline release_set()
{
    if
    :: have_cert -> have_cert = false; unlock(CERT)
    :: else
    fi;
    let_go_of(CONFIG);
    let_go_of(SECOND);
    let_go_of(FIRST)
}

/* take_pinned_keeper() */
inline take_keeper()
{
    if
    :: BEHIND_A_LOCK(k) ->
        unpin();
        refused = true
#ifndef BROKEN_NO_UNDO
    :: !BEHIND_A_LOCK(k) && OVERTAKEN(k) ->
        unpin();
        release_set()
#endif
    :: else ->
        lock(k);
        if
#ifdef BROKEN_NO_CONFIRM
        :: true ->
#else
        :: atomic { keeps[k] ->
#endif
            linked[k] = true;
            unpin()
#ifndef BROKEN_NO_CONFIRM
        }
        :: else ->
            unlock(k);
            unpin()
#endif
        fi
    fi
}

/* mbedguard_set_take() for the certificate: have_cert, or refused with nothing taken. */
inline take_set()
{
    refused = false;
    done = false;
    do
    :: done || refused -> break
    :: else ->
        find_keeper();
        if
        :: k != NONE && locked[k] -> linked[k] = true
        :: k != NONE && !locked[k] -> take_keeper()
        :: k == NONE && !have_cert -> lock(CERT); have_cert = true
        :: else -> done = true
        fi
    od;
    if
    :: refused -> release_set()
    :: else
    fi;
    k = NONE;
    done = false
}

#define HAS_KEEPERS (keeps[FIRST] || keeps[SECOND] || keeps[CONFIG])

/* mbedguard_guard_enter() */
inline take_cert()
{
    refused = false;
    if
    :: HAS_KEEPERS -> take_set()
    :: else ->
        lock(CERT);
        have_cert = true;
        if
#ifndef BROKEN_STALE
        :: HAS_KEEPERS -> have_cert = false; unlock(CERT); take_set()
#endif
        :: else
        fi
    fi
}

inline change()
{
    atomic {
        changing = true;
        assert(using == 0);
        assert(!keeps[FIRST] || owner[FIRST] == me);
        assert(!keeps[SECOND] || owner[SECOND] == me);
        assert(!keeps[CONFIG] || owner[CONFIG] == me)
    };
    changing = false
}

#define SET_VARIABLES                                                                              \
    byte k = NONE;                                                                                 \
    bool linked[CERT];                                                                             \
    bool locked[CERT];                                                                             \
    bool have_cert;                                                                                \
    bool refused;                                                                                  \
    bool done

/* ---- Threads --------------------------------------------------------------------------------- */

inline read_cert()
{
    atomic { using++; assert(!changing) };
    using--
}

/* A handshake, in whose callback the connection is given the certificate; then one more call. */
proctype Connection(byte me)
{
    lock(FIRST);
    lock_shared(CONFIG);
#ifdef BROKEN_NEST
    lock_shared(CONFIG);
    unlock_shared(CONFIG);
#endif
#ifdef BROKEN_EDGE
    keeps[FIRST] = true;
#else
    lock_shared(CERT);
    keeps[FIRST] = true;
    unlock_shared(CERT);
#endif
    read_cert();
    unlock_shared(CONFIG);
    unlock(FIRST);

    lock(FIRST);
    lock_shared(CONFIG);
    read_cert();
    unlock_shared(CONFIG);
    unlock(FIRST)
}

/* mbedguard_object_free() of a connection, whose owner then uses the storage for something else. */
proctype Owner(byte me)
{
    lock(SECOND);
    lock_shared(CONFIG);
    if
    :: keeps[SECOND] || keeps[CONFIG] -> read_cert()
    :: else
    fi;
    unlock_shared(CONFIG);
    keeps[SECOND] = false;
    unlock(SECOND);
    atomic {
#ifndef BROKEN_NO_PIN
        pinned[0] != SECOND && pinned[1] != SECOND && pinned[2] != SECOND && pinned[3] != SECOND ->
#endif
        gone[SECOND] = true
    }
}

proctype Changer(byte me)
{
    SET_VARIABLES;

    take_cert();
    assert(!refused);
    change();
    release_set()
}

/* Explicit locks in every order. What would descend is refused. */
proctype Locker(byte me)
{
    SET_VARIABLES;

    if
    :: lock(FIRST);
        locked[FIRST] = true;
        take_cert();
        assert(!refused);
        change();
        release_set();
        locked[FIRST] = false;
        unlock(FIRST)
    :: lock(CONFIG);
        locked[CONFIG] = true;
        take_cert();
        if
        :: !refused -> change(); release_set()
        :: else
        fi;
        locked[CONFIG] = false;
        unlock(CONFIG)
    :: take_cert();
#ifdef BROKEN_DESCEND
        if
        :: !linked[FIRST] -> lock(FIRST); unlock(FIRST)
        :: else
        fi;
#endif
        change();
        release_set()
    fi
}

init {
    atomic {
        if
        :: keeps[SECOND] = true
        :: true
        fi;
        if
        :: keeps[CONFIG] = true
        :: true
        fi;
        run Connection(0);
        run Owner(1);
        run Changer(2);
        run Locker(3)
    }
}
