/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Input and output of a connection that many threads use.
 *
 * Mbed TLS reads and writes queues in memory, under the guard; the application's BIO is called with
 * no guard held, by at most one sender and one receiver at a time. A call is a loop: take a step of
 * Mbed TLS, let the BIO have what came of it, get what it wants, until it has its result.
 */
#ifndef MBEDGUARD_MANUAL_SSL_PUMP_H
#define MBEDGUARD_MANUAL_SSL_PUMP_H

#include <mbedguard/ssl.h>

#if defined(MBEDTLS_SSL_TLS_C) && !defined(MBEDGUARD_THREADING_NONE)

#include "core/await.h"
#include "core/enter.h"
#include "manual/members.h"
#include "manual/ssl_queue.h"

/* What the application gave to mbedguard_ssl_set_bio(). */
typedef struct mbedguard_ssl_bio {
    void *p_bio;
    mbedtls_ssl_send_t *f_send;
    mbedtls_ssl_recv_t *f_recv;
    mbedtls_ssl_recv_timeout_t *f_recv_timeout;
} mbedguard_ssl_bio;

/* One call of Mbed TLS. */
typedef int mbedguard_ssl_raw(mbedtls_ssl_context *ssl, void *arguments);

/* A write that was sealed, and whose caller was told to come again. */
typedef struct mbedguard_ssl_pending {
    struct mbedguard_ssl_pending *next;
    uintptr_t thread;         /* that wrote */
    mbedguard_ssl_raw *raw;   /* and how: early data that was refused is written once more */
    const unsigned char *buf; /* as it was given; not read any more */
    size_t len;               /* as it was given */
    size_t taken;             /* bytes of it that were sealed */
    uint64_t end;             /* of the output, when they are sent */
    unsigned char *copy;      /* of them, or NULL where memory was short */
} mbedguard_ssl_pending;

/* A place in the queue of those who write; on the stack of the call. */
typedef struct mbedguard_ssl_turn {
    struct mbedguard_ssl_turn *next;
} mbedguard_ssl_turn;

/* Calls whose result waits until what they produced is sent. */
typedef enum mbedguard_ssl_kind {
    MBEDGUARD_SSL_HANDSHAKE,
    MBEDGUARD_SSL_RENEGOTIATE,
    MBEDGUARD_SSL_CLOSE_NOTIFY,
    MBEDGUARD_SSL_ALERT,
    MBEDGUARD_SSL_READ,
    MBEDGUARD_SSL_KINDS
} mbedguard_ssl_kind;

typedef struct mbedguard_ssl_owed {
    bool is;
    int result;
    uint64_t end; /* of the output that it waits for */
} mbedguard_ssl_owed;

typedef struct mbedguard_ssl_pump {
    mbedguard_ssl_queue out;
    mbedguard_ssl_queue in;
    mbedguard_ssl_bio app;   /* while a step runs: Mbed TLS has ours then */
    mbedguard_ssl_pending *pending;
    mbedguard_ssl_turn *turn; /* the first writes; the others wait */
    void (*f_cancel)(void *p_bio);
    uint64_t control_end; /* of output that no write waits for */
    uint64_t generation;  /* of the session */
    uint64_t steps;       /* of all calls */
    size_t out_limit;     /* bytes queued above which nobody seals more */
    size_t read_ahead;    /* what a receive may ask for, if that is more than Mbed TLS's; or 0 */
    size_t want_length;   /* of the receive that Mbed TLS asked for */
    uintptr_t sender;     /* the thread inside f_send, or 0 */
    uintptr_t receiver;   /* the thread inside f_recv or f_recv_timeout, or 0 */
    uintptr_t owner;      /* the thread that a new session waits for, or 0 */
    uintptr_t ender;      /* the thread that frees it, if `ending` */
    const struct mbedguard_ssl_call *exact; /* the read that must not be interrupted, or NULL */
    uint32_t want_timeout;
    uint32_t fork_count;
    uint32_t outside;  /* calls that are inside the BIO, or wait */
    uint32_t outside_stopping; /* calls that wait for those */
    uint32_t drainers; /* of these, who wait for output to be sent */
    uint32_t readers;  /* calls that read */
    uint32_t stoppers; /* calls that wait for all others to leave */
    uint32_t bio_hold; /* calls that wait for the BIO to be left */
    int out_error;     /* the first that f_send returned */
    int failed;        /* the first error of the protocol */
    int fed;           /* the code that the last step was fed */
    int owner_code;    /* what others are told until the owner goes on */
    mbedguard_ssl_owed owed[MBEDGUARD_SSL_KINDS];
    bool in_step;
    bool busy; /* in the middle of a handshake, as the configuration's edge says */
    bool datagram;
    bool plain_reads; /* in a session they begin with a header; as the last step had it */
    bool want;        /* the last step asked for input */
    bool stalled;     /* f_send would have waited */
    bool one_at_once; /* the BIO cannot send and receive at once */
    bool data_first;  /* a writer waits until a reader has taken what came */
    bool renegotiates; /* a call began it, and has not been told how it ended */
    bool ticket;      /* a ticket came to a writer: the next reader is told */
    bool broken;      /* a thread ended inside the BIO: what it sent or received is not known */
    bool closing;     /* nothing new is written */
    bool closed;      /* and nothing is read */
    bool ending;      /* it is being freed: nobody comes in */
} mbedguard_ssl_pump;

/* Output that may wait to be sent before writers wait for it: some records. */
#define MBEDGUARD_SSL_OUT_LIMIT ((size_t) 65536)

/* Of a record of TLS: type, version, length. */
#define MBEDGUARD_SSL_HEADER ((size_t) 5)

/* The bytes that follow a header; 0 where Mbed TLS may refuse it as it stands. */
static inline size_t mbedguard_ssl_record_length(const unsigned char *header)
{
    return header[0] < 20 || header[0] > 23 || header[1] != 3 || header[2] != 3
               ? 0
               : (size_t) header[3] << 8 | header[4];
}

/* How often Mbed TLS may want to be called again without input: not for ever. */
#define MBEDGUARD_SSL_SPINS 100u

/* What a call is to be refused for. */
#define MBEDGUARD_SSL_FOR_DATA 0x1u  /* a session that failed, was closed or is another one */
#define MBEDGUARD_SSL_FOR_START 0x2u /* begins the new session: ends the waiting for its owner */
#define MBEDGUARD_SSL_FOR_STOP 0x4u  /* ends the session: never refused for what befell it */
#define MBEDGUARD_SSL_FOR_CLOSE 0x8u /* once; of a session that is broken, too */
#define MBEDGUARD_SSL_FOR_SET_UP 0x10u /* one that was set up, even so */

/* One call, on its stack. */
typedef struct mbedguard_ssl_call mbedguard_ssl_call;
struct mbedguard_ssl_call {
    mbedguard_ssl_context *ssl;
    mbedguard_ssl_pump *pump;
    const char *where;
    uintptr_t self;
    uint64_t generation;
    uint64_t step; /* which of the pump's was its last */
    mbedguard_deadline deadline;
    int cancel_state;
    int not_now; /* what the BIO said to the rest of a record, and is not asked again; or 0 */
    unsigned refused_for;
    uint32_t *raised;         /* the count of the pump's that others wait for, or NULL */
    mbedguard_ssl_turn *turn; /* that it waits for or has, or NULL */
    mbedguard_ssl_item *item; /* that nobody else knows of, or NULL */
    mbedguard_ssl_pending *pending; /* likewise */
    bool may_wait; /* nothing else is held */
    bool inside;   /* the guard is held */
    bool reads;    /* and is one of the readers */
    bool stops;    /* waits for the others to leave */
    bool ends;     /* for all of them: frees the connection */
};

/*
 * Begin a call: 0 with the connection's guard held, or an error. timeout in milliseconds, 0 for none.
 * End it: returns ret, or an error of the end where ret is no error.
 */
int mbedguard_ssl_call_begin(mbedguard_ssl_call *call, mbedguard_ssl_context *ssl, uint32_t timeout,
                             unsigned refused_for, const char *where);
int mbedguard_ssl_call_end(mbedguard_ssl_call *call, int ret);

/* Leave the guard for a time that may be long, and come back: 0, or an error that ends the call. */
int mbedguard_ssl_call_out(mbedguard_ssl_call *call);
int mbedguard_ssl_call_back(mbedguard_ssl_call *call);

/*
 * Run what calls a function of the program's, which may end the thread: its call ends then, too. The
 * context begins with the call.
 */
void mbedguard_ssl_call_run(void (*f)(void *context), void *context);

/* Wait until another call changes something: 0, or an error that ends the call. */
int mbedguard_ssl_call_wait(mbedguard_ssl_call *call);
/* Tell those who wait. */
void mbedguard_ssl_wake(const mbedguard_ssl_pump *pump);

/* Run it on the queues, with the configuration held. */
int mbedguard_ssl_step(mbedguard_ssl_call *call, mbedguard_ssl_raw *raw, void *arguments);

/* An error after which there is no more session: note it for the others. Returns ret. */
int mbedguard_ssl_note(mbedguard_ssl_call *call, int ret);

/* The application's BIO, in a step too. */
mbedguard_ssl_bio mbedguard_ssl_bio_of(const mbedguard_ssl_context *ssl);

/*
 * Send until the output has been sent up to `end`. 0; MBEDTLS_ERR_SSL_WANT_WRITE where the BIO, or a
 * lock of the thread, does not let it; MBEDTLS_ERR_SSL_TIMEOUT; an error of the BIO.
 */
int mbedguard_ssl_drain(mbedguard_ssl_call *call, uint64_t end);
/* The same, left to another thread that is sending already. */
int mbedguard_ssl_drain_unless_sending(mbedguard_ssl_call *call, uint64_t end);

/*
 * Receive what the call's last step asked for. 0: there may be more to do; MBEDTLS_ERR_SSL_WANT_READ as for
 * drain; MBEDTLS_ERR_SSL_TIMEOUT after the call's own deadline.
 */
int mbedguard_ssl_fetch(mbedguard_ssl_call *call);

/* All that a call has to do after a step that wants input: send, then receive. */
int mbedguard_ssl_exchange(mbedguard_ssl_call *call);

/* Wait for the turn to write; end it. */
int mbedguard_ssl_turn_take(mbedguard_ssl_call *call, mbedguard_ssl_turn *turn);
void mbedguard_ssl_turn_give(mbedguard_ssl_call *call, mbedguard_ssl_turn *turn);

/* Forget all writes whose callers have not come again. */
void mbedguard_ssl_pending_clear(mbedguard_ssl_pump *pump);

/*
 * Run a call of Mbed TLS until it has a result and what it produced is sent; a result that has to
 * wait for that is given to the next call of this kind.
 */
int mbedguard_ssl_run(mbedguard_ssl_call *call, mbedguard_ssl_kind kind, mbedguard_ssl_raw *raw,
                      void *arguments);

/*
 * In a renegotiation, what the peer wrote before is in the way of its answer: wait
 * until a reader has taken it. MBEDTLS_ERR_SSL_WANT_READ where nobody reads.
 */
bool mbedguard_ssl_is_behind_data(int ret);
int mbedguard_ssl_wait_for_reader(mbedguard_ssl_call *call);

/* The call is one of the readers, or no longer. */
void mbedguard_ssl_reads(mbedguard_ssl_call *call, bool reads);

/* Send close_notify, after what is being written. */
int mbedguard_ssl_close_notify_in_turn(mbedguard_ssl_call *call);

/* The pump of a connection, made if there is none; the caller holds the guard. NULL without memory. */
mbedguard_ssl_pump *mbedguard_ssl_pump_of(mbedguard_ssl_context *ssl);
void mbedguard_ssl_pump_free(mbedguard_ssl_pump *pump);

#endif

#endif /* MBEDGUARD_MANUAL_SSL_PUMP_H */
