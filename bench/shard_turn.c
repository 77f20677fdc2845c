/* shard_turn: filings through rt/ and the institution actor, in memory: what a turn costs without
 * HTTP and without a disk. A batch is durable as soon as it is sealed. */
#include "base/check.h"
#include "bench/bench.h"
#include "bench/town.h"
#include "registry/facts_build.h"
#include "rt/actor.h"
#include "rt/shard.h"
#include <string.h>

enum { PEOPLE = 10, GROUP = 64, BODY_ROOM = 512, SLOT_MINUTES = 30 };
#define NOW_MS INT64_C(1780000000000)

struct turning {
    struct shard *shard;
    const struct facts *facts;
    uint32_t places;
    uint64_t sent, answered, created, rows;
};

/* ---- the world ---- */

static void door_reply(void *self, struct ticket ticket, enum outcome outcome, struct bytes body)
{
    struct turning *turning = self;
    (void)ticket;
    (void)body;
    turning->answered++;
    turning->created += outcome == OUTCOME_CREATED;
}

static void door_remote(void *self, struct letter *letter)
{
    (void)self;
    CHECK(letter == NULL);
}

static void door_work(void *self, struct addr back, uint32_t tag, uint32_t incarnation,
                      enum job job, struct bytes input)
{
    (void)self;
    (void)back;
    (void)tag;
    (void)incarnation;
    (void)input;
    CHECK(job == JOB_NONE);
}

static bool door_load(void *self, struct addr who, uint32_t incarnation)
{
    struct turning *turning = self;
    shard_loaded(turning->shard, who, incarnation, ERR_OK, NULL, 0); /* nothing was ever stored */
    return true;
}

/* ---- the load ---- */

static void draft_fill(struct turning *turning, struct arena *arena, struct line_draft *draft)
{
    uint64_t number = turning->sent;
    uint32_t place = (uint32_t)(number % turning->places);
    uint64_t round = number / turning->places;
    struct time_rule *time = arena_alloc_zero(arena, sizeof *time);
    uint8_t *row = arena_alloc(arena, BODY_ROOM);
    CHECK(time != NULL && row != NULL);
    int64_t start = taipei_local((struct wall){NOW_MS}) + MINUTES_PER_DAY +
                    (int64_t)(round / PEOPLE) * SLOT_MINUTES;
    *time =
        (struct time_rule){.mode = TIME_CONTINUOUS, .start = start, .end = start + SLOT_MINUTES};
    *draft = (struct line_draft){.given = DRAFT_ALL,
                                 .person = TOWN_PERSON(place, round % PEOPLE),
                                 .target = TOWN_PLACE((place + 1) % turning->places),
                                 .purpose = 16};
    draft->body.times = time;
    draft->body.times_count = 1;
    struct writer out = writer_on(row, BODY_ROOM);
    line_body_write(&out, &draft->body);
    draft->body_row = writer_bytes(&out);
}

static void filing_send(struct turning *turning)
{
    struct letter *letter = letter_new();
    CHECK(letter != NULL);
    struct line_draft *draft = arena_alloc_zero(&letter->arena, sizeof *draft);
    CHECK(draft != NULL);
    draft_fill(turning, &letter->arena, draft);
    uint64_t home = TOWN_PLACE(turning->sent % turning->places);
    struct msg *msg = &letter->msg;
    msg->kind = MSG_CASE_CREATE;
    msg->to = (struct addr){ACTOR_INSTITUTION, home};
    msg->principal = (struct principal){.kind = PRINCIPAL_INSTITUTION,
                                        .method = METHOD_HCA,
                                        .rights = RIGHTS_ALL,
                                        .institution = home,
                                        .session = 1};
    msg->ticket = (struct ticket){.generation = 1};
    memcpy(msg->request.bytes, &turning->sent, sizeof turning->sent);
    msg->request.bytes[15] = 1;
    msg->body = msg->request;
    msg->u.file.submit = true;
    msg->u.file.lines_count = 1;
    msg->u.file.lines = draft;
    enum post post = shard_post(turning->shard, letter);
    CHECK(post == POST_TAKEN);
    turning->sent++;
}

static void group_run(struct turning *turning)
{
    struct wall now = {NOW_MS};
    struct tick tick = {1};
    for (uint32_t i = 0; i < GROUP; i++) {
        filing_send(turning);
    }
    while (!shard_is_quiet(turning->shard)) {
        (void)shard_run(turning->shard, now, tick, 1024);
        struct batch *batch = shard_seal(turning->shard, tick);
        if (batch != NULL) {
            turning->rows += batch->ops_count;
            shard_committed(turning->shard, batch, ERR_OK);
        }
    }
}

static void turning_measure(struct bench *bench, struct turning *turning)
{
    uint64_t filings = bench->full ? 400000 : 20000;
    struct histogram group_us = {0};
    uint64_t warm = turning->places; /* everybody is loaded */
    while (turning->sent < warm) {
        group_run(turning);
    }
    uint64_t first = turning->sent;
    uint64_t turns = shard_metrics(turning->shard)->counters[METRIC_TURNS];
    uint64_t rows = turning->rows;
    uint64_t begin = bench_now_ns();
    uint64_t now = begin;
    while (turning->sent < first + filings) {
        group_run(turning);
        uint64_t end = bench_now_ns();
        histogram_add(&group_us, (end - now) / 1000);
        now = end;
    }
    double seconds = (double)(now - begin) / 1e9;
    double done = (double)(turning->sent - first);
    turns = shard_metrics(turning->shard)->counters[METRIC_TURNS] - turns;
    bench_result(bench, "filings_per_s", done / seconds);
    bench_result(bench, "ns_per_filing", seconds * 1e9 / done);
    bench_result(bench, "turns_per_filing", (double)turns / done);
    bench_result(bench, "rows_per_filing", (double)(turning->rows - rows) / done);
    bench_histogram(bench, "group_of_64_us", &group_us);
}

int bench_shard_turn(int argc, char **argv)
{
    struct bench bench;
    static struct turning turning;
    if (!bench_begin(&bench, argc, argv, NULL, 0)) {
        return EXIT_BAD_INPUT;
    }
    turning.places = bench.full ? 2000 : 200;
    bench_set(&bench, "institutions", turning.places);
    bench_set(&bench, "people_each", PEOPLE);
    struct shard_config config = {.shards = 1,
                                  .seed = bench.seed,
                                  .mailbox_max = 256,
                                  .turns_visit = 16,
                                  .idle_bytes_max = (size_t)4 << 30,
                                  .actors = actor_table,
                                  .doors = {.self = &turning,
                                            .reply = door_reply,
                                            .remote = door_remote,
                                            .work = door_work,
                                            .load = door_load}};
    enum err err =
        town_build(turning.places, PEOPLE, taipei_day((struct wall){NOW_MS}), &turning.facts);
    err = err == ERR_OK ? shard_open(&config, &turning.shard) : err;
    if (err == ERR_OK) {
        shard_set_facts(turning.shard, turning.facts);
        turning_measure(&bench, &turning);
        /* A bench of refusals would be fast and mean nothing. */
        CHECK(turning.answered == turning.sent && turning.created == turning.sent);
    }
    shard_close(turning.shard);
    facts_free(turning.facts);
    return bench_end(&bench, err);
}
