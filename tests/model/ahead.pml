/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Read-ahead: src/manual/ssl_exchange.c, ssl_read.c, ssl_ahead.c. A receive brings any number of half
 * records; what Mbed TLS has not asked for stays in the queue. Two readers share a BIO that blocks, or
 * with POLLS one reads while poll() or check_pending() tells it to.
 *
 * Checked: nobody waits for ever, each record is read, and in POLLS no read is for nothing but for the
 * half of a record that came without the other.
 *
 * BROKEN_... are faults that must be found; run.sh expects that.
 */

#define RECORDS 4
#define HALVES 2 * RECORDS

byte sent;    /* half records that the peer has sent */
byte network; /* of these, nobody has received */
byte in;      /* in the queue */
byte held;    /* in Mbed TLS: half of a record, or none */
byte got;     /* records that were read */
byte steps, tickets;
bool receiving;

bool held_guard;
#define ENTER atomic { !held_guard -> held_guard = true }
#define LEAVE held_guard = false

/* Mbed TLS takes what it needs for one record. */
inline step()
{
    steps++;
    my_step = steps;
    record = false;
    if
    :: held + in >= 2 -> in = in - (2 - held); held = 0; record = true; got++
    :: else -> held = held + in; in = 0
    fi
}

inline receive()
{
    receiving = true;
    LEAVE;
    atomic {
        network > 0;
        if
        :: brought = network
        :: brought = 1
        fi;
        network = network - brought
    };
    ENTER;
    in = in + brought;
    receiving = false;
#if !defined(BROKEN_NO_WAKE)
    tickets++
#endif
}

active proctype peer()
{
    do
    :: sent < HALVES -> atomic { sent++; network++ }
    :: sent < HALVES - 1 -> atomic { sent = sent + 2; network = network + 2 }
    :: sent == HALVES -> break
    od
}

#if !defined(POLLS)

active [2] proctype reader()
{
    byte my_step, ticket, brought, mine;
    bool record;

    do
    :: mine == RECORDS / 2 -> break
    :: else ->
        ENTER;
        do
        :: step();
            if
            :: record -> mine++; break
            :: else ->
                if
                :: my_step != steps || in > 0 -> skip
                :: receiving ->
                    ticket = tickets;
                    LEAVE;
                    (tickets != ticket);
                    ENTER
                :: else -> receive()
                fi
            fi
        od;
        LEAVE
    od
}

#else

/* ssl_ahead.c: mbedguard_ssl_has_record() */
#if defined(BROKEN_NOT_TOLD)
#define pending() false
#elif defined(BROKEN_HALF)
#define pending() (in > 0)
#else
#define pending() (in > 0 && held + in >= 2)
#endif

active proctype poller()
{
    byte my_step, brought;
    bool record, told;

    do
    :: got == RECORDS -> break
    :: else ->
        ENTER;
        told = pending();
        LEAVE;
        if
        :: told
        :: !told -> (network > 0)
        fi;
        ENTER;
        step();
        if
        :: record -> skip
        :: else ->
            /* Told by ours, it has something to read without the BIO. */
            assert(!told);
            receive();
            step()
        fi;
        LEAVE
    od
}

#endif
