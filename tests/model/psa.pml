/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The PSA store of 2.28 under its guards: src/manual/psa_keys.c, psa_store.c and src/gen/policy/psa.policy.
 * The guards themselves are right, see guard.pml, and one step each here; what Mbed TLS does under them
 * is not, and goes through all its steps: nothing there is locked.
 *
 * Two users, one that has nothing but identifiers, a maker who ends a key and makes one (with ENDS_BOTH
 * ends both that are there), another maker, and one who frees the library.
 *
 * Checked: a key is there as long as it is in use; no count of a slot is lost; nobody finds a slot
 * empty that somebody else fills; who ends a key finds it idle; a key that was ended is not used later,
 * unless its identifier was given out again; nobody is inside when the library is freed; all come to
 * their end.
 *
 * BROKEN_... are faults that must be found; run.sh expects that.
 */

#define SLOTS 3
#define NONE 255

/* Mbed TLS: what is in a slot, which is also the number of the key; and who counts as its user. */
#define EMPTY 0
#define KEY 1
#define CLAIMED 2 /* by a look-up of what is not there */
byte slot[SLOTS];
byte count[SLOTS];
bool initialized = true;

/* The registry. */
bool resident[SLOTS];

/* The guards. */
byte readers;
bool writer;
bool key_held[SLOTS];
#define ENTER_SHARED atomic { !writer -> readers++ }
#define LEAVE_SHARED readers--
#define ENTER_EXCLUSIVE atomic { !writer && readers == 0 -> writer = true }
#define LEAVE_EXCLUSIVE writer = false

#if defined(BROKEN_NO_KEY_GUARD)
#define ENTER_KEY(k) skip
#define LEAVE_KEY(k) skip
#else
#define ENTER_KEY(k) atomic { !key_held[k] -> key_held[k] = true }
#define LEAVE_KEY(k) key_held[k] = false
#endif

/* For the property of what was ended: which keys are, and how often one was made. */
bool ended[SLOTS];
byte made, making;

inline find_empty()
{
    e = 0;
    do
    :: e < SLOTS && slot[e] != EMPTY -> e++
    :: else -> break
    od;
    if
    :: e == SLOTS -> e = NONE
    :: else -> skip
    fi
}

/* psa_get_and_lock_key_slot(), a use, psa_unlock_key_slot() */
inline raw_use(k)
{
    used = false;
    if
    :: !initialized -> skip
    :: initialized && slot[k] == KEY ->
        t = count[k];
        count[k] = t + 1;
        assert(slot[k] == KEY);
        used = true;
        t = count[k];
        assert(t > 0);
        count[k] = t - 1
    :: else ->
        find_empty();
        if
        :: e == NONE -> skip
        :: else ->
            t = count[e];
            count[e] = t + 1;
            assert(slot[e] == EMPTY);
            slot[e] = CLAIMED;
            /* storage has no such key */
            assert(slot[e] == CLAIMED);
            slot[e] = EMPTY;
            count[e] = 0
        fi
    fi
}

/* psa_destroy_key() */
inline raw_end(k)
{
    if
    :: initialized && slot[k] == KEY ->
        t = count[k];
        count[k] = t + 1;
        assert(count[k] == 1);
        slot[k] = EMPTY;
        count[k] = 0
    :: else -> skip
    fi
}

/* psa_start_key_creation(), psa_finish_key_creation() */
inline raw_make()
{
    find_empty();
    if
    :: !initialized -> e = NONE
    :: initialized && e == NONE -> skip
    :: else ->
        t = count[e];
        count[e] = t + 1;
        assert(slot[e] == EMPTY);
        slot[e] = KEY;
        t = count[e];
        assert(t == 1);
        count[e] = t - 1
    fi
}

/* psa_keys.c: mbedguard_psa_enter_key(), the call, mbedguard_leave_set() */
inline use(k)
{
    atomic { was_ended = ended[k]; was_made = made };
    inside = false;
    if
    :: resident[k] ->
        ENTER_SHARED;
        ENTER_KEY(k);
        if
#if defined(BROKEN_NO_SECOND_LOOK)
        :: true -> inside = true
#else
        :: resident[k] -> inside = true
        :: else -> LEAVE_KEY(k); LEAVE_SHARED
#endif
        fi
    :: else -> skip
    fi;
    if
    :: inside ->
        raw_use(k);
        LEAVE_KEY(k);
        LEAVE_SHARED
    :: else ->
#if defined(BROKEN_UNKNOWN_SHARED)
        ENTER_SHARED;
        raw_use(k);
        LEAVE_SHARED
#else
        ENTER_EXCLUSIVE;
        raw_use(k);
        LEAVE_EXCLUSIVE
#endif
    fi;
    atomic {
        assert(!used || !was_ended || made != was_made);
        t = 0; e = 0; was_made = 0; used = false; inside = false; was_ended = false
    }
}

inline end_key(k)
{
#if defined(BROKEN_END_SHARED)
    ENTER_SHARED;
#else
    ENTER_EXCLUSIVE;
#endif
#if !defined(BROKEN_STAYS)
    resident[k] = false;
#endif
    raw_end(k);
    atomic { ended[k] = (making == 0) };
#if defined(BROKEN_END_SHARED)
    LEAVE_SHARED
#else
    LEAVE_EXCLUSIVE
#endif
}

inline make_key()
{
    /* From now on any identifier may be given out. */
    atomic { ended[0] = false; ended[1] = false; ended[2] = false; made++; making++ };
#if defined(BROKEN_MAKE_SHARED)
    ENTER_SHARED;
#else
    ENTER_EXCLUSIVE;
#endif
    raw_make();
    if
    :: e != NONE -> resident[e] = true
    :: else -> skip
    fi;
#if defined(BROKEN_MAKE_SHARED)
    LEAVE_SHARED;
#else
    LEAVE_EXCLUSIVE;
#endif
    making--
}

bool started;

/* ---- Who calls --------------------------------------------------------------------------------------- */

init {
    atomic {
        slot[0] = KEY;
        resident[0] = true;
        slot[1] = KEY;
        resident[1] = true;
        started = true
    }
}

#define LOCALS byte t, e, was_made; bool used, inside, was_ended

active proctype user()
{
    LOCALS;
    started;
#if defined(TWICE)
    use(0);
#endif
    use(0)
}

active proctype neighbour()
{
    LOCALS;
    started;
    if
    :: use(0)
    :: use(1)
    fi
}

#if !defined(ENDS_BOTH) && !defined(MAKES_TWICE) && !defined(FREES)
/* With identifiers alone: of a key that is there, was, or never was. */
active proctype stranger()
{
    LOCALS;
    started;
    use(2)
}
#endif

active proctype maker()
{
    byte t, e;
    started;
    end_key(0);
#if defined(ENDS_BOTH)
    end_key(1)
#else
    make_key()
#endif
}

#if defined(MAKES_TWICE)
active proctype second_maker()
{
    byte t, e;
    started;
    make_key()
}
#endif

#if defined(FREES)
active proctype freer()
{
    started;
#if !defined(BROKEN_FREE_AT_ONCE)
    ENTER_EXCLUSIVE;
#endif
    initialized = false;
    resident[0] = false;
    resident[1] = false;
    resident[2] = false;
    assert(count[0] == 0 && count[1] == 0 && count[2] == 0);
    slot[0] = EMPTY;
    slot[1] = EMPTY;
    slot[2] = EMPTY;
#if !defined(BROKEN_FREE_AT_ONCE)
    LEAVE_EXCLUSIVE
#endif
}
#endif
