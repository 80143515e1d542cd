/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Input and output of one connection: src/manual/ssl_exchange.c, ssl_run.c, ssl_read.c, ssl_write.c.
 * What happens under the guard is one step here; the guard itself is right, see guard.pml. Both
 * functions of the BIO block.
 *
 * A writer writes, a reader reads, and a third thread begins a handshake, whose messages any of them
 * may find: a hello, the peer's answer, a second flight, the peer's end of it. The peer closes when
 * the writer and the one that began it are done: until then it has nothing more to say.
 *
 * With ASKS there is no handshake: the third thread only has a record sent, and the peer asks for
 * something that a reader answers.
 *
 * Checked: nobody waits for ever: for bytes that nobody sends, for input of what is over.
 *
 * BROKEN_... are faults that must be found; run.sh expects that.
 */

#ifndef WRITES
#define WRITES 2
#endif

#define READER 0
#define WRITER 1
#define BEGINNER 2

/* The output, in records: sealed, in the BIO, known to be, and up to where no write waits for it. */
byte sealed, arrived, sent, control_end;
/* Where the two flights of the handshake end in it. */
byte hello = 255, flight = 255;

byte in;      /* input that Mbed TLS has not read, in records */
byte network; /* what the peer has sent and nobody has received */
byte steps;   /* of Mbed TLS */
byte tickets; /* changes that were told to those who wait */

bool sending, receiving;
byte drainers;

/* 0 nothing, 1 the hello is sealed, 2 the flight is, 3 over, 4 the peer has closed */
byte state;
byte done;

#if defined(ASKS)
#define may_write() true
#else
#define may_write() (state == 0 || state >= 3)
#endif

/* The guard. What stands between is seen by nobody else. */
bool held;
#define ENTER atomic { !held -> held = true }
#define LEAVE held = false

/* What Mbed TLS does of its own accord, whoever calls it. */
inline step()
{
    steps++;
    my_step = steps;
    if
#if defined(ASKS)
    :: in > 0 && state < 3 -> in--; sealed++; flight = sealed; control_end = sealed; state = 3
#else
    :: in > 0 && state == 1 -> in--; sealed++; flight = sealed; control_end = sealed; state = 2
    :: in > 0 && state == 2 -> in--; state = 3
#endif
    :: in > 0 && state == 3 -> in--; state = 4
    :: else
    fi
}

/* Until another call changes something. */
inline wait()
{
    ticket = tickets;
    LEAVE;
    (tickets != ticket);
    ENTER
}

/* ssl_exchange.c: send_once(). The peer may answer before the sender is back. */
inline send_once()
{
    sending = true;
    LEAVE;
    arrived++;
    ENTER;
    sent++;
    sending = false;
    tickets++
}

/* ssl_exchange.c: mbedguard_ssl_drain() */
inline drain(goal)
{
    end = goal;
    took_part = false;
    do
    :: sent >= end -> break
    :: sent < end && sending ->
        drainers++;
        wait();
        drainers--;
#if !defined(BROKEN_LEFT_BEHIND)
        took_part = true
#endif
    :: sent < end && !sending ->
        send_once();
        took_part = true
    od;
    do
    :: took_part && sent < sealed && drainers == 0 && !sending -> send_once()
    :: else -> break
    od
}

/* ssl_exchange.c: mbedguard_ssl_fetch(), receive_once() */
inline fetch()
{
    if
    :: in > 0 -> skip
#if !defined(BROKEN_STALE_WANT)
    :: in == 0 && my_step != steps -> skip
#endif
    :: else ->
        if
        :: receiving -> wait()
        :: else ->
            receiving = true;
            LEAVE;
            atomic { network > 0 -> network-- };
            ENTER;
            in++;
            receiving = false;
            tickets++
        fi
    fi
}

/* ---- Who calls ------------------------------------------------------------------------------------- */

/* ssl_read.c: read_some() */
active proctype reader()
{
    byte my_step, ticket, end;
    bool took_part;

    ENTER;
    do
    :: state == 4 -> break
    :: else ->
        step();
        if
        :: state == 4 -> skip
        :: else ->
            if
            :: sending -> skip
            :: else -> drain(control_end)
            fi;
            fetch()
        fi
    od;
    LEAVE
}

/* ssl_write.c: seal(), write_record(). While a handshake is under way it takes part in that. */
active proctype writer()
{
    byte my_step, ticket, writes, end;
    bool took_part;

    ENTER;
    do
    :: writes == WRITES -> break
    :: else ->
        step();
        if
        :: may_write() ->
            sealed++;
            writes++;
            drain(sealed)
        :: else ->
            drain(control_end);
            fetch()
        fi
    od;
    done++;
    LEAVE
}

/* ssl_run.c: mbedguard_ssl_run(), for a renegotiation */
active proctype beginner()
{
    byte my_step, ticket, end;
    bool took_part;

    ENTER;
    sealed++;
    hello = sealed;
    control_end = sealed;
    steps++;
    my_step = steps;
#if !defined(ASKS)
    state = 1;
    do
    :: state >= 3 -> break
    :: else ->
        drain(control_end);
        fetch();
        step()
    od;
#endif
    drain(control_end);
    done++;
    LEAVE
}

active proctype peer()
{
#if defined(ASKS)
    network++;
    arrived >= flight;
#else
    atomic { arrived >= hello -> network++ };
    atomic { arrived >= flight -> network++ };
#endif
    atomic { done == 2 -> network++ }
}
