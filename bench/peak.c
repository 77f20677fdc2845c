#include "bench/peak.h"
#include "base/check.h"
#include "bench/peak_conn.h"
#include "model/civil.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 20000, RATE_MAX = 1000000, SECONDS_MAX = 3600, GRACE_MS = 10000 };
enum { SEEDS_APART = 100, NIGHTS_A_SEED = 3 };

struct peak {
    const struct peak_plan *plan;
    struct peak_result *result;
    uv_loop_t uv;
    struct peak_conn_owner owner;
    struct peak_conn_to to;
    struct peak_conn *conns;
    struct peak_conn **idle; /* a stack: the one used last is warm */
    uint32_t idle_count;
    struct curve curve;
    struct filers *filers;
    struct prng prng;
    int32_t today;
    uint64_t begin_ns; /* 0: not yet all connected */
    uint64_t next_ns;  /* intended moment of the next request, from the begin */
    bool more;         /* there is a next one */
    uint64_t end_ns;   /* the last answer */
    int clock;         /* a timerfd: uv's timers know milliseconds only */
    uv_poll_t clock_poll;
    uv_timer_t grace;
    uint64_t in_flight;
};

/* ---- sending ---- */

static void request_send(struct peak *peak)
{
    struct peak_conn *conn = peak->idle[--peak->idle_count];
    struct asking asking = {.prng = &peak->prng,
                            .today = peak->today,
                            .host = peak->to.host_port,
                            .action = mix_pick(&peak->plan->mix, &peak->prng)};
    struct writer writer = peak_conn_request(conn);
    action_write(peak->filers, &asking, &writer);
    CHECK(!writer.failed);
    conn->intended_ns = peak->begin_ns + peak->next_ns;
    conn->action = asking.action;
    conn->filer = asking.filer;
    conn->following = false;
    peak->result->tallies[asking.action].sent++;
    peak->in_flight++;
    bool enough = peak->plan->enough != NULL && *peak->plan->enough;
    peak->more = !enough && curve_next(&peak->curve, &peak->next_ns);
    peak_conn_send(conn, &writer);
}

/* On the connection that has just been told that its filing is durable. */
static void follow_send(struct peak *peak, struct peak_conn *conn)
{
    struct asking asking = {
        .host = peak->to.host_port, .action = peak->plan->follow, .filer = conn->filer};
    struct writer writer = peak_conn_request(conn);
    action_follow_write(peak->filers, &asking, &writer);
    CHECK(!writer.failed);
    conn->intended_ns = bench_now_ns();
    conn->following = true;
    peak->result->follow.sent++;
    peak_conn_send(conn, &writer);
}

static struct tally *tally_of(struct peak *peak, const struct peak_conn *conn)
{
    return conn->following ? &peak->result->follow : &peak->result->tallies[conn->action];
}

static void peak_end(struct peak *peak)
{
    peak->end_ns = bench_now_ns();
    for (uint32_t i = 0; i < peak->plan->connections; i++) {
        if (peak->conns[i].busy) {
            tally_of(peak, &peak->conns[i])->lost++;
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
        uint64_t waited_us = (now - peak->next_ns) / 1000;
        if (waited_us > peak->result->waited_us_max) {
            peak->result->waited_us_max = waited_us;
        }
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
    if (peak->begin_ns == 0 && peak->idle_count == peak->plan->connections) {
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

static void answer_count(struct tally *tally, const struct peak_conn *conn, unsigned status,
                         struct bytes body)
{
    if (status < 300) {
        tally->done++;
        histogram_add(&tally->latency_us, (bench_now_ns() - conn->intended_ns) / 1000);
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
}

static void on_answer(void *self, struct peak_conn *conn, unsigned status, struct bytes body)
{
    struct peak *peak = self;
    answer_count(tally_of(peak, conn), conn, status, body);
    if (status < 300 && conn->following) {
        peak->result->follow_missing += !action_shows(conn->line_id, body);
    } else if (status < 300) {
        action_learn(peak->filers, (enum action)conn->action, conn->filer, body, conn->line_id);
        if (conn->action == ACTION_FILE && peak->plan->follow != ACTIONS) {
            follow_send(peak, conn);
            return;
        }
    }
    request_over(peak);
}

static void on_lost(void *self, struct peak_conn *conn)
{
    struct peak *peak = self;
    tally_of(peak, conn)->lost++;
    request_over(peak);
}

/* ---- the run ---- */

static enum err peak_open(struct peak *peak)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    peak->today = taipei_day((struct wall){now.tv_sec * 1000});
    peak->today += (int32_t)(peak->plan->seed % SEEDS_APART) * NIGHTS_A_SEED;
    peak->conns = calloc(peak->plan->connections, sizeof *peak->conns);
    peak->idle = calloc(peak->plan->connections, sizeof(struct peak_conn *));
    peak->clock = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (peak->conns == NULL || peak->idle == NULL || peak->clock < 0) {
        return ERR_NO_MEMORY;
    }
    peak->owner = (struct peak_conn_owner){peak, on_idle, on_answer, on_lost, NULL};
    int failed = uv_loop_init(&peak->uv);
    failed |= uv_poll_init(&peak->uv, &peak->clock_poll, peak->clock);
    failed |= uv_poll_start(&peak->clock_poll, UV_READABLE, on_clock);
    failed |= uv_timer_init(&peak->uv, &peak->grace);
    failed |= uv_timer_start(&peak->grace, on_grace, GRACE_MS, 0); /* for all to connect */
    CHECK(failed == 0);
    for (uint32_t i = 0; i < peak->plan->connections; i++) {
        peak_conn_init(&peak->conns[i], &peak->uv, &peak->owner, &peak->to);
    }
    return ERR_OK;
}

static void peak_close(struct peak *peak)
{
    for (uint32_t i = 0; peak->conns != NULL && i < peak->plan->connections; i++) {
        peak_conn_free(&peak->conns[i]);
    }
    free(peak->conns);
    free(peak->idle);
    if (peak->clock > 0) {
        (void)close(peak->clock);
        (void)uv_loop_close(&peak->uv);
    }
    peak_conn_to_close(&peak->to);
    filers_free(peak->filers);
}

enum err peak_play(const struct peak_plan *plan, struct peak_result *result)
{
    static struct peak peak;
    peak = (struct peak){.plan = plan, .result = result};
    *result = (struct peak_result){0};
    prng_seed(&peak.prng, plan->seed);
    curve_init(&peak.curve, plan->shape, (double)plan->rate, plan->seconds * 1000000000u,
               plan->seed + 1);
    enum err err = filers_load(plan->token_file, &peak.filers);
    if (err != ERR_OK) {
        (void)fprintf(stderr, "%s: %s\n", plan->token_file, err_sentence(err));
        return err;
    }
    result->institutions = filers_count(peak.filers);
    err = peak_conn_to_open(plan->url, plan->ca, &peak.to);
    err = err == ERR_OK ? peak_open(&peak) : err;
    if (err == ERR_OK) {
        peak.more = curve_next(&peak.curve, &peak.next_ns);
        if (plan->on_loop != NULL) {
            plan->on_loop(plan->self, &peak.uv);
        }
        (void)uv_run(&peak.uv, UV_RUN_DEFAULT);
        err = peak.begin_ns == 0 ? ERR_IO : ERR_OK;
        result->seconds = (double)(peak.end_ns - peak.begin_ns) / 1e9;
    }
    peak_close(&peak);
    return err;
}

/* ---- the plan ---- */

void tally_add(struct tally *into, const struct tally *from)
{
    into->sent += from->sent;
    into->done += from->done;
    into->refused += from->refused;
    into->overloaded += from->overloaded;
    into->failed += from->failed;
    into->lost += from->lost;
    histogram_merge(&into->latency_us, &from->latency_us);
}

bool peak_settle(struct peak_plan *plan, struct bench *bench, const struct peak_words *words)
{
    plan->url = words->url;
    plan->ca = words->ca;
    plan->token_file = words->token_file;
    plan->seed = bench->seed;
    const char *mix = words->mix != NULL ? words->mix : "file:70,draft:10,get:10,list:5,withdraw:5";
    const char *curve = words->curve != NULL ? words->curve : "peak";
    bool flat = strcmp(curve, "flat") == 0;
    plan->shape = flat ? CURVE_FLAT : CURVE_PEAK;
    if (words->url == NULL || words->token_file == NULL) {
        (void)fprintf(stderr,
                      "%s --url http[s]://127.0.0.1:PORT --token-file F [--ca PEM] [--ops URL] "
                      "[--connections N] [--rate R] [--seconds S] [--curve peak|flat] [--mix M]\n",
                      bench->name);
        return false;
    }
    if (!bench_number("connections", words->connections, 1, CONNECTIONS_MAX, &plan->connections) ||
        !bench_number("rate", words->rate, 1, RATE_MAX, &plan->rate) ||
        !bench_number("seconds", words->seconds, 1, SECONDS_MAX, &plan->seconds)) {
        return false;
    }
    if (!mix_parse(mix, &plan->mix) || (!flat && strcmp(curve, "peak") != 0)) {
        (void)fputs("--mix is like file:70,draft:30; --curve is peak or flat\n", stderr);
        return false;
    }
    bench_set(bench, "connections", plan->connections);
    bench_set(bench, "rate", plan->rate);
    bench_set(bench, "seconds", plan->seconds);
    bench_set_text(bench, "curve", curve);
    bench_set_text(bench, "mix", mix);
    bench_set_text(bench, "transport", strncmp(plan->url, "https:", 6) == 0 ? "tls" : "plain");
    return true;
}
