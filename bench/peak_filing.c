/* peak_filing: the last day of the filing window against a running server, open loop (DESIGN 13).
 *
 * Requests leave on a schedule that knows nothing of the answers, and latency counts from the
 * intended moment: a request that waits for a free connection, because the server stalls, shows
 * that stall (wrk2's point). Plain HTTP on loopback, tokens of many institutions. */
#include "base/check.h"
#include "bench/bench.h"
#include "bench/peak_actions.h"
#include "bench/peak_conn.h"
#include "bench/peak_curve.h"
#include "bench/scrape.h"
#include "model/civil.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 20000, RATE_MAX = 1000000, SECONDS_MAX = 3600, GRACE_MS = 10000 };

struct tally {
    uint64_t sent, done, refused, overloaded, failed, lost;
    struct histogram latency_us; /* of those done, from the intended moment */
};

struct peak {
    uv_loop_t uv;
    struct peak_conn_owner owner;
    struct peak_conn *conns;
    struct peak_conn **idle; /* a stack: the one used last is warm */
    uint32_t conns_count, idle_count, connected;
    struct curve curve;
    struct mix mix;
    struct filers *filers;
    struct prng prng;
    int32_t today;
    char host[32];
    uint64_t begin_ns; /* 0: not yet all connected */
    uint64_t next_ns;  /* intended moment of the next request, from the begin */
    bool more;         /* there is a next one */
    uint64_t end_ns;   /* the last answer */
    int clock;         /* a timerfd: uv's timers know milliseconds only */
    uv_poll_t clock_poll;
    uv_timer_t grace;
    uint64_t in_flight, waited_max;
    struct tally tallies[ACTIONS];
};

/* ---- sending ---- */

static void request_send(struct peak *peak)
{
    struct peak_conn *conn = peak->idle[--peak->idle_count];
    struct asking asking = {.prng = &peak->prng,
                            .today = peak->today,
                            .host = peak->host,
                            .action = mix_pick(&peak->mix, &peak->prng)};
    struct writer writer = peak_conn_request(conn);
    action_write(peak->filers, &asking, &writer);
    CHECK(!writer.failed);
    conn->intended_ns = peak->begin_ns + peak->next_ns;
    conn->action = asking.action;
    conn->filer = asking.filer;
    peak->tallies[asking.action].sent++;
    peak->in_flight++;
    peak->more = curve_next(&peak->curve, &peak->next_ns);
    peak_conn_send(conn, &writer);
}

static void peak_end(struct peak *peak)
{
    peak->end_ns = bench_now_ns();
    for (uint32_t i = 0; i < peak->conns_count; i++) {
        if (peak->conns[i].busy) {
            peak->tallies[peak->conns[i].action].lost++;
        }
        peak_conn_end(&peak->conns[i]);
    }
    uv_close((uv_handle_t *)&peak->clock_poll, NULL);
    uv_close((uv_handle_t *)&peak->grace, NULL);
}

static void on_grace(uv_timer_t *timer)
{
    peak_end(container_of(timer, struct peak, grace));
}

static void clock_set(const struct peak *peak)
{
    uint64_t at = peak->begin_ns + peak->next_ns;
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(at / 1000000000u), .tv_nsec = (long)(at % 1000000000u)}};
    int failed = timerfd_settime(peak->clock, TFD_TIMER_ABSTIME, &when, NULL);
    CHECK(failed == 0);
}

/* Everything that is due and has a connection goes; the rest waits for the next answer. */
static void peak_run(struct peak *peak)
{
    if (peak->begin_ns == 0) {
        return;
    }
    uint64_t now = bench_now_ns() - peak->begin_ns;
    while (peak->more && peak->next_ns <= now && peak->idle_count > 0) {
        uint64_t waited = now - peak->next_ns;
        peak->waited_max = waited > peak->waited_max ? waited : peak->waited_max;
        request_send(peak);
    }
    if (peak->more && peak->next_ns > now) {
        clock_set(peak);
    }
    if (!peak->more && !uv_is_active((uv_handle_t *)&peak->grace)) {
        (void)uv_timer_start(&peak->grace, on_grace, peak->in_flight == 0 ? 0 : GRACE_MS, 0);
    }
}

static void on_clock(uv_poll_t *poll, int status, int events)
{
    struct peak *peak = container_of(poll, struct peak, clock_poll);
    uint64_t expired;
    (void)status;
    (void)events;
    if (read(peak->clock, &expired, sizeof expired) == sizeof expired) {
        peak_run(peak);
    }
}

/* ---- answers ---- */

static void on_idle(void *self, struct peak_conn *conn)
{
    struct peak *peak = self;
    peak->idle[peak->idle_count++] = conn;
    if (peak->begin_ns == 0 && peak->idle_count == peak->conns_count) {
        peak->begin_ns = bench_now_ns();
        (void)uv_timer_stop(&peak->grace);
    }
    peak_run(peak);
}

static void request_over(struct peak *peak)
{
    CHECK(peak->in_flight > 0);
    peak->in_flight--;
    if (!peak->more && peak->in_flight == 0 && uv_is_active((uv_handle_t *)&peak->grace)) {
        (void)uv_timer_start(&peak->grace, on_grace, 0, 0);
    }
}

static void on_answer(void *self, struct peak_conn *conn, unsigned status, struct bytes body)
{
    struct peak *peak = self;
    struct tally *tally = &peak->tallies[conn->action];
    if (status < 300) {
        tally->done++;
        histogram_add(&tally->latency_us, (bench_now_ns() - conn->intended_ns) / 1000);
        action_learn(peak->filers, (enum action)conn->action, conn->filer, body);
    } else if (status == 503) {
        tally->overloaded++;
    } else if (status < 500) {
        tally->refused++;
    } else {
        tally->failed++;
    }
    if (status >= 300 && status != 503 && tally->refused + tally->failed == 1) {
        (void)fprintf(stderr, "%s: %u %.*s\n", action_name((enum action)conn->action), status,
                      (int)(body.size < 400 ? body.size : 400), (const char *)body.data);
    }
    request_over(peak);
}

static void on_lost(void *self, struct peak_conn *conn)
{
    struct peak *peak = self;
    peak->tallies[conn->action].lost++;
    request_over(peak);
}

/* ---- the run ---- */

static enum err peak_open(struct peak *peak, const char *url)
{
    char host[16];
    uint16_t port;
    if (!url_parse(url, host, &port)) {
        (void)fputs("--url is http://A.B.C.D:PORT\n", stderr);
        return ERR_BAD_INPUT;
    }
    (void)snprintf(peak->host, sizeof peak->host, "%s:%u", host, port);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    (void)inet_pton(AF_INET, host, &address.sin_addr);
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    peak->today = taipei_day((struct wall){now.tv_sec * 1000});
    peak->conns = calloc(peak->conns_count, sizeof *peak->conns);
    peak->idle = calloc(peak->conns_count, sizeof(struct peak_conn *));
    peak->clock = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (peak->conns == NULL || peak->idle == NULL || peak->clock < 0) {
        return ERR_NO_MEMORY;
    }
    peak->owner = (struct peak_conn_owner){peak, on_idle, on_answer, on_lost};
    int failed = uv_loop_init(&peak->uv);
    failed |= uv_poll_init(&peak->uv, &peak->clock_poll, peak->clock);
    failed |= uv_poll_start(&peak->clock_poll, UV_READABLE, on_clock);
    failed |= uv_timer_init(&peak->uv, &peak->grace);
    failed |= uv_timer_start(&peak->grace, on_grace, GRACE_MS, 0); /* for all to connect */
    CHECK(failed == 0);
    for (uint32_t i = 0; i < peak->conns_count; i++) {
        peak_conn_init(&peak->conns[i], &peak->uv, &peak->owner, &address);
    }
    return ERR_OK;
}

static void peak_close(struct peak *peak)
{
    for (uint32_t i = 0; peak->conns != NULL && i < peak->conns_count; i++) {
        peak_conn_free(&peak->conns[i]);
    }
    free(peak->conns);
    free(peak->idle);
    if (peak->clock > 0) {
        (void)close(peak->clock);
        (void)uv_loop_close(&peak->uv);
    }
    filers_free(peak->filers);
}

/* ---- the report ---- */

static void tally_add(struct tally *into, const struct tally *from)
{
    into->sent += from->sent;
    into->done += from->done;
    into->refused += from->refused;
    into->overloaded += from->overloaded;
    into->failed += from->failed;
    into->lost += from->lost;
    histogram_merge(&into->latency_us, &from->latency_us);
}

static void server_report(struct bench *bench, const struct scrape *server, uint64_t written,
                          double seconds)
{
    double syncs = server->log_syncs > 0 ? (double)server->log_syncs : 1;
    bench_count(bench, "log_syncs", server->log_syncs);
    bench_result(bench, "writes_per_sync", (double)written / syncs);
    bench_result(bench, "turns_per_s", (double)server->turns / seconds);
    bench_result(bench, "log_kib_per_write",
                 written > 0 ? (double)server->log_bytes / 1024 / (double)written : 0);
    bench_result(bench, "sync_us_mean", (double)server->sync_us_sum / syncs);
    bench_result(bench, "other_loop_share",
                 server->messages > 0 ? (double)server->other_loop / (double)server->messages : 0);
}

static void peak_report(struct bench *bench, const struct peak *peak, const struct scrape *server)
{
    struct tally all = {0};
    double seconds = (double)(peak->end_ns - peak->begin_ns) / 1e9;
    for (int i = 0; i < ACTIONS; i++) {
        tally_add(&all, &peak->tallies[i]);
    }
    uint64_t written = peak->tallies[ACTION_FILE].done + peak->tallies[ACTION_DRAFT].done +
                       peak->tallies[ACTION_WITHDRAW].done;
    bench_count(bench, "sent", all.sent);
    bench_count(bench, "done", all.done);
    bench_count(bench, "refused", all.refused);
    bench_count(bench, "failed", all.failed);
    bench_count(bench, "lost", all.lost);
    bench_result(bench, "rate_achieved", (double)all.done / seconds);
    bench_result(bench, "share_503", all.sent > 0 ? (double)all.overloaded / (double)all.sent : 0);
    bench_histogram(bench, "latency_us", &all.latency_us);
    for (int i = 0; i < ACTIONS; i++) {
        if (peak->mix.weight[i] > 0 && peak->tallies[i].done > 0) {
            yyjson_mut_val *group = bench_group(bench, action_name((enum action)i));
            bench_put_count(bench, group, "done", peak->tallies[i].done);
            const struct histogram *latency = &peak->tallies[i].latency_us;
            bench_put_count(bench, group, "p50_us", histogram_quantile(latency, 500000));
            bench_put_count(bench, group, "p99_us", histogram_quantile(latency, 990000));
        }
    }
    bench_count(bench, "waited_for_connection_us_max", peak->waited_max / 1000);
    if (server != NULL) {
        server_report(bench, server, written, seconds);
    }
}

static enum err peak_measure(struct peak *peak, struct bench *bench, const char *url,
                             const char *ops)
{
    struct scrape before;
    struct scrape after;
    enum err err = ops == NULL ? ERR_OK : scrape_take(ops, &before);
    err = err == ERR_OK ? peak_open(peak, url) : err;
    if (err != ERR_OK) {
        return err;
    }
    peak->more = curve_next(&peak->curve, &peak->next_ns);
    (void)uv_run(&peak->uv, UV_RUN_DEFAULT);
    if (peak->begin_ns == 0) {
        return ERR_IO;
    }
    err = ops == NULL ? ERR_OK : scrape_take(ops, &after);
    if (err == ERR_OK) {
        struct scrape server = {0};
        if (ops != NULL) {
            server = scrape_minus(&after, &before);
        }
        peak_report(bench, peak, ops == NULL ? NULL : &server);
    }
    return err;
}

struct peak_words {
    const char *url, *ops, *token_file, *connections, *rate, *seconds, *mix, *curve;
};

static bool peak_settle(struct peak *peak, struct bench *bench, const struct peak_words *words)
{
    uint64_t connections = bench->full ? 256 : 32;
    uint64_t rate = bench->full ? 2000 : 200;
    uint64_t seconds = bench->full ? 30 : 3;
    const char *mix = words->mix != NULL ? words->mix : "file:70,draft:10,get:10,list:5,withdraw:5";
    const char *curve = words->curve != NULL ? words->curve : "peak";
    if (words->url == NULL || words->token_file == NULL) {
        (void)fputs("peak_filing --url http://127.0.0.1:PORT --token-file F [--ops URL] "
                    "[--connections N] [--rate R] [--seconds S] [--curve peak|flat] [--mix M]\n",
                    stderr);
        return false;
    }
    bool flat = strcmp(curve, "flat") == 0;
    if (!bench_number("connections", words->connections, 1, CONNECTIONS_MAX, &connections) ||
        !bench_number("rate", words->rate, 1, RATE_MAX, &rate) ||
        !bench_number("seconds", words->seconds, 1, SECONDS_MAX, &seconds)) {
        return false;
    }
    if (!mix_parse(mix, &peak->mix) || (!flat && strcmp(curve, "peak") != 0)) {
        (void)fputs("--mix is like file:70,draft:30; --curve is peak or flat\n", stderr);
        return false;
    }
    enum err err = filers_load(words->token_file, &peak->filers);
    if (err != ERR_OK) {
        (void)fprintf(stderr, "%s: %s\n", words->token_file, err_sentence(err));
        return false;
    }
    peak->conns_count = (uint32_t)connections;
    prng_seed(&peak->prng, bench->seed);
    curve_init(&peak->curve, flat ? CURVE_FLAT : CURVE_PEAK, (double)rate, seconds * 1000000000u,
               bench->seed + 1);
    bench_set(bench, "connections", connections);
    bench_set(bench, "rate", rate);
    bench_set(bench, "seconds", seconds);
    bench_set(bench, "institutions", filers_count(peak->filers));
    bench_set_text(bench, "curve", curve);
    bench_set_text(bench, "mix", mix);
    return true;
}

int bench_peak_filing(int argc, char **argv)
{
    struct bench bench;
    struct peak_words words = {0};
    const struct option_ask asks[] = {{"url", &words.url, false},
                                      {"ops", &words.ops, false},
                                      {"token-file", &words.token_file, false},
                                      {"connections", &words.connections, false},
                                      {"rate", &words.rate, false},
                                      {"seconds", &words.seconds, false},
                                      {"mix", &words.mix, false},
                                      {"curve", &words.curve, false}};
    static struct peak peak;
    if (!bench_begin(&bench, argc, argv, asks, ARRAY_COUNT(asks))) {
        return EXIT_BAD_INPUT;
    }
    bool settled = peak_settle(&peak, &bench, &words);
    enum err err = settled ? peak_measure(&peak, &bench, words.url, words.ops) : ERR_BAD_INPUT;
    peak_close(&peak);
    return bench_end(&bench, err);
}
