/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Every call on a connection beside every other one: threads make random calls on both ends of some
 * connections. First those that leave a session whole, and no message is lost, doubled or changed; then
 * those that end it, too, and afterwards a new one works. The calls are drawn from fixed seeds.
 */
#include <stdatomic.h>
#include <string.h>

#include "live/wire.h"

#include <mbedguard/ssl_ticket.h>

#define LINKS   2
#define THREADS 4
#define CALLS   150
#define LENGTH  64
#define ROUNDS  60

static struct wire_link links[LINKS];
static mbedguard_ssl_ticket_context ticket_keys;
static atomic_uint seen[LINKS][2][THREADS][CALLS];
static unsigned written[LINKS][2][THREADS]; /* by each thread, which are told so */
static unsigned round_number;
static bool rough;
static bool frees; /* too; some functions of Mbed TLS's are not made for what is not set up */

/* One thread, and what it plays with. */
struct player {
    unsigned number;
    uint32_t dice;
    unsigned link, end;
    mbedguard_ssl_context *ssl;
};

/* ---- Messages ------------------------------------------------------------------------------------ */

static void fill(unsigned char *buf, const struct player *player, unsigned number)
{
    unsigned i;

    buf[0] = (unsigned char) player->link;
    buf[1] = (unsigned char) player->end;
    buf[2] = (unsigned char) player->number;
    buf[3] = (unsigned char) number;
    buf[4] = (unsigned char) round_number;
    for (i = 5; i < LENGTH; i++)
        buf[i] = (unsigned char) (buf[i - 5] + i);
}

static void note_message(const unsigned char *buf, int len, unsigned link, unsigned end)
{
    unsigned i;

    LIVE_EQ(len, LENGTH);
    if (len != LENGTH)
        return;
    for (i = 5; i < LENGTH; i++)
        LIVE_EQ(buf[i], (unsigned char) (buf[i - 5] + i));
    LIVE_EQ(buf[0], link);
    LIVE_EQ(buf[1], 1 - end);
    LIVE_EQ(buf[2] < THREADS && buf[3] < CALLS, 1);
    LIVE_EQ(buf[4], (unsigned char) round_number);
    if (!live_failed())
        LIVE_EQ(atomic_fetch_add(&seen[buf[0]][buf[1]][buf[2]][buf[3]], 1), 0);
}

static bool is_waiting(int ret)
{
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
    if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
        return true;
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    /* Read first, then go on. */
    if (ret == MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO)
        return true;
#endif
    return wire_wants_more(ret) || ret == MBEDTLS_ERR_SSL_TIMEOUT;
}

/* Of a whole session nobody is told an error; of one that ends, any of them. */
static void expect_passing_in(int line, int ret)
{
    if (!rough && ret < 0 && !is_waiting(ret))
        live_note(__FILE__, line, "the result", ret, 0);
}

#define expect_passing(ret) expect_passing_in(__LINE__, ret)

static int read_at(unsigned link, unsigned end)
{
    unsigned char buf[LENGTH];
    const int ret = mbedguard_ssl_read(&links[link].ends[end], buf, sizeof(buf));

    if (ret > 0)
        note_message(buf, ret, link, end);
    else
        expect_passing(ret == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : ret);
    return ret;
}

/* ---- Calls of a session that goes on ------------------------------------------------------------- */

static void read_whole(const struct player *player)
{
    unsigned char buf[LENGTH];
    size_t got;
    const int ret = mbedguard_ssl_read_exact(player->ssl, buf, sizeof(buf), 0, &got);

    if (ret == 0)
        note_message(buf, (int) got, player->link, player->end);
    else if (!rough)
        LIVE_EQ(got, 0);
    expect_passing(ret);
}

/* Until it is told that it was written; what stands in its way is read at both ends. */
static void write_one(const struct player *player, bool timed)
{
    unsigned *const count = &written[player->link][player->end][player->number];
    unsigned char buf[LENGTH];
    unsigned turns = 0;
    int ret;

    if (*count == CALLS)
        return;
    fill(buf, player, *count);
    do {
        ret = timed ? mbedguard_ssl_write_timeout(player->ssl, buf, sizeof(buf), 1000)
                    : mbedguard_ssl_write(player->ssl, buf, sizeof(buf));
        if (is_waiting(ret)) {
            read_at(player->link, 1 - player->end);
            read_at(player->link, player->end);
        }
    } while (is_waiting(ret) && !live_failed() && (!rough || turns++ < 20));
    if (!rough)
        LIVE_EQ(ret, LENGTH);
    if (ret != 0)
        ++*count; /* one that failed may have gone all the same */
}

static void ask(const struct player *player)
{
    mbedguard_ssl_context *ssl = player->ssl;
    struct wire_link *link = &links[player->link];
    unsigned char datagram[13 + LENGTH] = {MBEDTLS_SSL_MSG_APPLICATION_DATA, 3, 3};
    void *p_bio = NULL;
    size_t pending;

    LIVE_EQ(mbedguard_ssl_get_bio(ssl, &p_bio, NULL, NULL, NULL), 0);
    LIVE_EQ(mbedguard_ssl_get_out_pending(ssl, &pending), 0);
    (void) mbedguard_ssl_get_state(ssl);
    (void) mbedguard_ssl_is_handshake_over(ssl);
    (void) mbedguard_ssl_get_bytes_avail(ssl);
    (void) mbedguard_ssl_get_verify_result(ssl);
    if (!rough || !frees) {
        (void) mbedguard_ssl_check_pending(ssl);
        (void) mbedguard_ssl_get_max_out_record_payload(ssl);
#if defined(MBEDTLS_SSL_RECORD_CHECKING)
        (void) mbedguard_ssl_check_record(ssl, datagram, sizeof(datagram));
#else
        (void) datagram;
#endif
    }
    if (!rough) {
        LIVE_EQ(p_bio == &link->wires[player->end], 1);
        LIVE_EQ(mbedguard_ssl_context_get_config(ssl) == &link->configs[player->end], 1);
        LIVE_EQ(mbedguard_ssl_get_ciphersuite(ssl) != NULL, 1);
        LIVE_EQ(strcmp(mbedguard_ssl_get_version(ssl), "unknown") != 0, 1);
    }
}

static void take_session(const struct player *player)
{
    mbedguard_ssl_session session;

    LIVE_EQ(mbedguard_ssl_session_init(&session), 0);
    (void) mbedguard_ssl_get_session(player->ssl, &session);
    if (rough)
        (void) mbedguard_ssl_set_session(player->ssl, &session);
    LIVE_EQ(mbedguard_ssl_session_free(&session), 0);
}

/* The same BIO as before: a call that is inside goes on. */
static void set_bio(const struct player *player)
{
    struct wire_link *link = &links[player->link];
    const int ret = mbedguard_ssl_set_bio(player->ssl, &link->wires[player->end], wire_send, wire_recv,
                                          link->kind.timeouts ? wire_recv_timeout : NULL);

    /* Another thread may be freeing it. */
    LIVE_EQ(rough && ret == MBEDGUARD_ERR_CLOSED ? 0 : ret, 0);
}

/* Of a server, or by datagrams, it ends sessions of Mbed TLS's that data comes in meanwhile. */
static void renegotiate(const struct player *player)
{
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    const struct wire_kind *kind = &links[player->link].kind;
    int ret;

    if (!rough && (player->end != 0 || kind->datagram || kind->tls13))
        return;
    ret = mbedguard_ssl_renegotiate(player->ssl);
    if (ret != MBEDTLS_ERR_SSL_BAD_INPUT_DATA)
        expect_passing(ret);
#else
    (void) player;
#endif
}

static void save(const struct player *player, unsigned char *buf, size_t len)
{
#if defined(MBEDTLS_SSL_CONTEXT_SERIALIZATION)
    size_t got = 0;

    (void) mbedguard_ssl_context_save(player->ssl, buf, len, &got);
#else
    (void) player;
    (void) buf;
    (void) len;
#endif
}

/* A mutex of a program's own is around a few of them alone. */
#if defined(LIVE_NAIVE)
static const bool has_others = false;
#else
static const bool has_others = true;
#endif

static void call_gently(const struct player *player, uint32_t any)
{
    const uint32_t throw = !has_others && any % 16 >= 2 && any % 16 <= 7 ? 10 : any;

    switch (throw % 16) {
    case 0:
        expect_passing(mbedguard_ssl_handshake(player->ssl));
        break;
    case 1:
        if (mbedguard_ssl_is_handshake_over(player->ssl) == 0)
            (void) mbedguard_ssl_handshake_step(player->ssl);
        break;
    case 2:
        ask(player);
        break;
    case 3:
        take_session(player);
        break;
    case 4:
        set_bio(player);
        break;
    case 5:
        renegotiate(player);
        break;
    case 6:
        save(player, NULL, 0);
        break;
    case 7:
        read_whole(player);
        break;
    case 8:
        /* A warning is passed over by the peer. */
        (void) mbedguard_ssl_send_alert_message(player->ssl, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                                MBEDTLS_SSL_ALERT_MSG_USER_CANCELED);
        break;
    default:
        if (throw % 2 == 0)
            read_at(player->link, player->end);
        else
            write_one(player, throw % 3 == 0 && has_others);
        break;
    }
}

/* ---- Calls that end it --------------------------------------------------------------------------- */

/* One thread alone makes a connection anew: to set one up that is, is not what Mbed TLS is made for. */
static void make_anew(const struct player *player, bool load)
{
    static const unsigned char nothing[100];

    if (player->number != 0 || !frees)
        return;
#if defined(MBEDTLS_SSL_CONTEXT_SERIALIZATION)
    if (load)
        LIVE_EQ(mbedguard_ssl_context_load(player->ssl, nothing, sizeof(nothing)) == 0, 0);
#else
    (void) load;
    (void) nothing;
#endif
    LIVE_EQ(mbedguard_ssl_free(player->ssl), 0);
    LIVE_EQ(mbedguard_ssl_setup(player->ssl, &links[player->link].configs[player->end]), 0);
    set_bio(player);
    if (links[player->link].kind.datagram)
        LIVE_EQ(mbedguard_ssl_set_timer_cb(player->ssl, &links[player->link].timers[player->end],
                                           mbedguard_timing_set_delay, mbedguard_timing_get_delay),
                0);
    (void) mbedguard_ssl_set_hostname(player->ssl, "first");
}

static void call_roughly(const struct player *player, uint32_t throw)
{
    unsigned char buf[2000];

    switch (throw % 64) {
    case 0:
        (void) mbedguard_ssl_close_notify(player->ssl);
        break;
    case 1:
        (void) mbedguard_ssl_close(player->ssl, 100);
        break;
    case 2:
        (void) mbedguard_ssl_send_alert_message(player->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                                MBEDTLS_SSL_ALERT_MSG_USER_CANCELED);
        break;
    case 3:
    case 4:
        (void) mbedguard_ssl_session_reset(player->ssl);
        break;
    case 5:
    case 6:
        make_anew(player, throw % 64 == 5);
        break;
    case 7:
        save(player, buf, sizeof(buf));
        break;
    default:
        call_gently(player, throw >> 6);
        break;
    }
}

/* ---- The storm ----------------------------------------------------------------------------------- */

static void play(unsigned number, void *data)
{
    struct player player = {.number = number};
    unsigned calls;

    (void) data;
    player.dice = 1 + number + 100 * round_number;
    for (calls = 0; calls < CALLS && !live_failed(); calls++) {
        const uint32_t throw = live_dice(&player.dice) >> 3;

        player.link = throw % LINKS;
        player.end = throw / LINKS % 2;
        player.ssl = &links[player.link].ends[player.end];
        if (rough)
            call_roughly(&player, throw >> 4);
        else
            call_gently(&player, throw >> 4);
    }
}

/* A stream loses nothing. */
static bool all_seen(unsigned link)
{
    unsigned end, number, i;

    for (end = 0; end < 2; end++)
        for (number = 0; number < THREADS; number++)
            for (i = 0; i < written[link][end][number]; i++)
                if (atomic_load(&seen[link][end][number][i]) == 0)
                    return false;
    return true;
}

/* Of datagrams a few are: some may have had no room. */
static bool any_seen(unsigned link)
{
    unsigned end, number, i;

    for (end = 0; end < 2; end++)
        for (number = 0; number < THREADS; number++)
            for (i = 0; i < written[link][end][number]; i++)
                if (atomic_load(&seen[link][end][number][i]) != 0)
                    return true;
    return false;
}

static void read_the_rest(unsigned link)
{
    unsigned turns;

    for (turns = 0; turns < 20000 && !all_seen(link); turns++) {
        read_at(link, 0);
        read_at(link, 1);
        live_assert_none();
    }
    ck_assert(links[link].kind.datagram ? any_seen(link) : all_seen(link));
}

static void forget_messages(void)
{
    memset(seen, 0, sizeof(seen));
    memset(written, 0, sizeof(written));
    round_number++;
}

/* Whatever it was, a reset makes a connection of it, and messages arrive. */
static void begin_anew(unsigned link)
{
    ck_assert_int_eq(mbedguard_ssl_session_reset(&links[link].ends[0]), 0);
    ck_assert_int_eq(mbedguard_ssl_session_reset(&links[link].ends[1]), 0);
    wire_renew(&links[link]);
    wire_connect(&links[link]);
}

static void storm(const struct wire_kind *kind)
{
    unsigned rounds = live_rounds(ROUNDS);
    unsigned i;

    ck_assert_int_eq(mbedguard_ssl_ticket_init(&ticket_keys), 0);
    ck_assert_int_eq(live_ticket_setup(&ticket_keys, 86400), 0);
    for (i = 0; i < LINKS; i++) {
        wire_open(&links[i], kind);
        wire_connect(&links[i]);
    }
    while (rounds-- != 0) {
        rough = false;
        forget_messages();
        live_threads(THREADS, play, NULL);
        for (i = 0; i < LINKS; i++)
            read_the_rest(i);
        rough = true;
        frees = rounds % 2 == 0;
        forget_messages();
        live_threads(THREADS, play, NULL);
        for (i = 0; i < LINKS; i++)
            begin_anew(i);
    }
    for (i = 0; i < LINKS; i++)
        wire_free(&links[i]);
    ck_assert_int_eq(mbedguard_ssl_ticket_free(&ticket_keys), 0);
}

/* ---- Kinds --------------------------------------------------------------------------------------- */

static void allow(mbedguard_ssl_config *config, unsigned end)
{
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    ck_assert_int_eq(mbedguard_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_ENABLED),
                     0);
    ck_assert_int_eq(mbedguard_ssl_conf_renegotiation_enforced(
                         config, MBEDTLS_SSL_RENEGOTIATION_NOT_ENFORCED),
                     0);
#else
    (void) config;
#endif
    (void) end;
}

START_TEST(tls12)
{
    static const struct wire_kind kind = {.psk = true, .hostile = true, .adjust = allow};

    storm(&kind);
}
END_TEST

#if defined(MBEDTLS_SSL_PROTO_DTLS) && defined(MBEDTLS_TIMING_C)
START_TEST(dtls12)
{
    static const struct wire_kind kind = {
        .psk = true, .hostile = true, .datagram = true, .timeouts = true, .adjust = allow};

    storm(&kind);
}
END_TEST
#endif

#if LIVE_TLS13 && defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_TICKET_C)
static void give_tickets(mbedguard_ssl_config *config, unsigned end)
{
    if (end == 1)
        wire_give_tickets(config, &ticket_keys);
}

START_TEST(tls13)
{
    static const struct wire_kind kind = {.tls13 = true, .hostile = true, .adjust = give_tickets};

    storm(&kind);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("matrix");
    TCase *stream = live_case(suite, "stream");
    TCase *datagram = live_case(suite, "datagram");

    tcase_add_test(stream, tls12);
#if LIVE_TLS13 && defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_TICKET_C)
    tcase_add_test(stream, tls13);
#endif
#if defined(MBEDTLS_SSL_PROTO_DTLS) && defined(MBEDTLS_TIMING_C)
    tcase_add_test(datagram, dtls12);
#else
    (void) datagram;
#endif
    return live_run(suite);
}
