#include "tests/sim/nhi.h"
#include "base/check.h"
#include "model/civil.h"
#include "tests/sim/oracle_private.h"
#include <stdlib.h>
#include <string.h>

enum {
    CALL_TIMEOUT_US = 400 * 1000,
    DOWN_US = 1500 * 1000,
    FAULTS = 16, /* of so many calls, those below meet a fault */
    REJECTS_ONE_IN = 7,
    RESULT_ROOM = TRANSFER_ROWS_MAX * TRANSFER_RESULT_SIZE + TRANSFER_ANSWER_ROOM
};

enum nhi_fault {
    NHI_DOWN,
    NHI_BUSY,
    NHI_ANSWER_LOST,
    NHI_ANSWER_LATE,
    NHI_ANSWERS_TWICE,
    NHI_COMES_TWICE,
    NHI_RESULT_LATER,
    NHI_HALF,
    NHI_NONE
};

/* ---- life ---- */

void nhi_open(struct world *world)
{
    world->nhi = calloc(1, sizeof *world->nhi);
    CHECK(world->nhi != NULL);
    arena_init(&world->nhi->memory, 64 * 1024, 0);
    map_init(&world->nhi->by_line);
}

void nhi_close(struct world *world)
{
    arena_deinit(&world->nhi->memory);
    map_deinit(&world->nhi->by_line);
    free(world->nhi->rows);
    free(world->nhi->documents);
    free(world->nhi);
}

const struct nhi_row *nhi_find(const struct world *world, struct line_id line, uint32_t version)
{
    uint32_t at = 0;
    bool known = map_get(&world->nhi->by_line, line_key(line, version), &at);
    return known ? &world->nhi->rows[at] : NULL;
}

/* ---- errands ---- */

static struct errand *errand_new(struct world *world, const struct errand *from)
{
    struct errand *errand = malloc(sizeof *errand + from->key.size + from->document.size);
    CHECK(errand != NULL);
    *errand = *from;
    errand->epoch = world->epoch;
    struct writer out = writer_on(errand->memory, from->key.size + from->document.size);
    write_raw(&out, from->key);
    write_raw(&out, from->document);
    CHECK(!out.failed);
    errand->key = bytes_of(errand->memory, from->key.size);
    errand->document = bytes_of(errand->memory + from->key.size, from->document.size);
    return errand;
}

/* The answer goes home, unless the process that asked is gone. */
static void errand_answer(struct world *world, const struct errand *errand, enum msg_kind kind,
                          enum err err, struct bytes result, int64_t delay_us)
{
    if (errand->epoch != world->epoch) {
        return;
    }
    struct letter *letter = letter_new();
    CHECK(letter != NULL);
    letter->msg.kind = kind;
    letter->msg.to = errand->back;
    letter->msg.u.work.tag = errand->tag;
    letter->msg.u.work.incarnation = errand->incarnation;
    letter->msg.u.work.err = err;
    letter->msg.u.work.result = arena_copy(&letter->arena, result);
    CHECK(letter->msg.u.work.result.data != NULL || result.size == 0);
    process_send(world, SHARDS_MAX, letter, delay_us);
}

/* ---- the pool: choosing rows over a snapshot ---- */

struct source {
    struct world *world;
    struct rows outbox, bad;
    uint32_t at, bad_at;
};

static void source_seek(void *self, uint64_t from)
{
    struct source *source = self;
    struct row_key key = key_of_u64(from);
    source->at = rows_lower_bound(&source->outbox, TABLE_OUTBOX, row_key_bytes(&key));
}

static bool source_next(void *self, uint64_t *number, struct bytes *value)
{
    struct source *source = self;
    if (source->at == source->outbox.count) {
        return false;
    }
    const struct row *row = &source->outbox.items[source->at++];
    struct reader key = reader_of(row->key);
    *number = read_u64(&key);
    *value = row->value;
    return true;
}

static bool sent_of(struct world *world, uint64_t number, struct transfer_sent *sent)
{
    struct row_key key = key_of_u64(number);
    struct bytes value;
    if (!disk_get(&world->disk, TABLE_TRANSFER_SENT, row_key_bytes(&key), &value)) {
        return false;
    }
    enum err err = transfer_sent_read(value, sent);
    CHECK(err == ERR_OK);
    return true;
}

static bool source_sent(void *self, uint64_t number, struct transfer_sent *sent)
{
    return sent_of(((struct source *)self)->world, number, sent);
}

static bool source_row(void *self, uint64_t number, struct bytes *value)
{
    const struct source *source = self;
    struct row_key key = key_of_u64(number);
    return disk_get(&source->world->disk, TABLE_OUTBOX, row_key_bytes(&key), value);
}

static bool source_bad(void *self, struct line_id line, struct transfer_bad *bad)
{
    const struct source *source = self;
    struct row_key key = key_of_line(line);
    struct bytes value;
    return disk_get(&source->world->disk, TABLE_TRANSFER_BAD, row_key_bytes(&key), &value) &&
           transfer_bad_read(value, bad) == ERR_OK;
}

static bool source_next_bad(void *self, struct transfer_bad *bad)
{
    struct source *source = self;
    return source->bad_at < source->bad.count &&
           transfer_bad_read(source->bad.items[source->bad_at++].value, bad) == ERR_OK;
}

/* The document of this world: number, kind, rows. */
static struct bytes look_at(struct world *world, struct bytes input, struct arena *memory)
{
    struct transfer_ask ask;
    bool read = transfer_ask_read(input, &ask);
    CHECK(read);
    struct source source = {.world = world};
    disk_range(&world->disk, TABLE_OUTBOX, (struct bytes){0}, &source.outbox);
    disk_range(&world->disk, TABLE_TRANSFER_BAD, (struct bytes){0}, &source.bad);
    struct transfer_row *rows = arena_array(memory, ask.rows_max, sizeof *rows);
    size_t room = ask.rows_max * (size_t)TRANSFER_ROW_SIZE;
    uint8_t *list = arena_alloc(memory, room);
    uint8_t *document = arena_alloc(memory, room + 16);
    uint8_t *found = arena_alloc(memory, 2 * room + 16 + TRANSFER_FOUND_ROOM);
    CHECK(rows != NULL && list != NULL && document != NULL && found != NULL);
    struct transfer_found result;
    uint16_t count = transfer_choose(&ask,
                                     &(struct transfer_source){.self = &source,
                                                               .seek = source_seek,
                                                               .next = source_next,
                                                               .sent = source_sent,
                                                               .row = source_row,
                                                               .bad = source_bad,
                                                               .next_bad = source_next_bad},
                                     rows, &result.mark, &result.day);
    struct writer out = writer_on(list, room);
    for (uint16_t i = 0; i < count; i++) {
        transfer_row_write(&out, &rows[i]);
    }
    result.rows = writer_bytes(&out);
    out = writer_on(document, room + 16);
    write_u64(&out, ask.transfer);
    write_u8(&out, (uint8_t)ask.kind);
    write_raw(&out, result.rows);
    result.document = writer_bytes(&out);
    memset(result.sha256, 0, sizeof result.sha256);
    struct writer sum = writer_on(result.sha256, sizeof result.sha256);
    write_u32(&sum, bytes_crc32c(0, result.document));
    out = writer_on(found, 2 * room + 16 + TRANSFER_FOUND_ROOM);
    transfer_found_write(&out, &result);
    CHECK(!out.failed);
    rows_free(&source.outbox);
    rows_free(&source.bad);
    return writer_bytes(&out);
}

void nhi_look(struct world *world, struct addr back, uint32_t tag, uint32_t incarnation,
              struct bytes ask)
{
    struct errand look = {.back = back, .tag = tag, .incarnation = incarnation, .document = ask};
    struct event *event =
        world_push(world, EVENT_LOOK_OPEN, 20 + (int64_t)world_below(world, 1500));
    event->u.errand = errand_new(world, &look);
}

void nhi_look_open(struct world *world, struct event *event)
{
    struct errand *look = event->u.errand;
    struct arena memory;
    arena_init(&memory, 16 * 1024, 0);
    bool fails = !world->calm && world_chance(world, 40);
    struct bytes found = look_at(world, look->document, &memory);
    errand_answer(world, look, MSG_WORK_DONE, fails ? ERR_FULL : ERR_OK,
                  fails ? (struct bytes){0} : found, 20 + (int64_t)world_below(world, 3000));
    arena_deinit(&memory);
    free(look);
}

/* ---- NHI ---- */

static struct nhi_document *document_of(struct nhi *nhi, struct bytes key)
{
    for (uint32_t i = 0; i < nhi->documents_count; i++) {
        if (bytes_are_text(key, nhi->documents[i].key)) {
            return &nhi->documents[i];
        }
    }
    return NULL;
}

static struct nhi_document *document_new(struct nhi *nhi, const struct errand *call)
{
    if (nhi->documents_count == nhi->documents_capacity) {
        nhi->documents_capacity = nhi->documents_capacity == 0 ? 32 : nhi->documents_capacity * 2;
        nhi->documents =
            reallocarray(nhi->documents, nhi->documents_capacity, sizeof *nhi->documents);
        CHECK(nhi->documents != NULL);
    }
    struct nhi_document *document = &nhi->documents[nhi->documents_count++];
    *document = (struct nhi_document){.rows = arena_copy(&nhi->memory, call->document)};
    CHECK(call->key.size < sizeof document->key);
    memcpy(document->key, call->key.data, call->key.size);
    return document;
}

static struct nhi_row *ledger_row(struct nhi *nhi, const struct transfer_row *row)
{
    uint64_t key = line_key(row->line, row->version);
    uint32_t at = 0;
    if (map_get(&nhi->by_line, key, &at)) {
        return &nhi->rows[at];
    }
    if (nhi->rows_count == nhi->rows_capacity) {
        nhi->rows_capacity = nhi->rows_capacity == 0 ? 64 : nhi->rows_capacity * 2;
        nhi->rows = reallocarray(nhi->rows, nhi->rows_capacity, sizeof *nhi->rows);
        CHECK(nhi->rows != NULL);
    }
    enum err err = map_put(&nhi->by_line, key, nhi->rows_count);
    CHECK(err == ERR_OK);
    nhi->rows[nhi->rows_count] =
        (struct nhi_row){.line = row->line, .version = row->version, .row = row->row};
    return &nhi->rows[nhi->rows_count++];
}

/* Once in effect, whatever comes again. What it rejects it takes when it comes with a second
 * document: somebody has set it right meanwhile. */
static void row_takes_effect(struct world *world, const struct transfer_row *row)
{
    struct nhi_row *known = ledger_row(world->nhi, row);
    known->seen++;
    if (known->state == NHI_ACCEPTED) {
        return;
    }
    bool rejects = !world->plan.quiet && line_key(row->line, 0) % REJECTS_ONE_IN == 0;
    if (rejects && known->seen == 1) {
        known->state = NHI_REJECTED;
        return;
    }
    oracle_in_effect(world, row);
    known->state = NHI_ACCEPTED;
    world->totals.in_effect++;
}

static struct reader rows_of(const struct nhi_document *document, uint64_t *transfer,
                             enum transfer_kind *kind)
{
    struct reader in = reader_of(document->rows);
    *transfer = read_u64(&in);
    *kind = (enum transfer_kind)read_u8(&in);
    return in;
}

/* Deals with rows up to `rows_max` of the document. */
static void document_work(struct world *world, struct nhi_document *document, uint32_t rows_max)
{
    uint64_t transfer;
    enum transfer_kind kind;
    struct reader in = rows_of(document, &transfer, &kind);
    struct transfer_row row;
    for (uint32_t i = 0; i < rows_max && transfer_row_read(&in, &row); i++) {
        if (i >= document->done) {
            row_takes_effect(world, &row);
            document->done++;
        }
    }
}

static struct bytes answer_of(struct world *world, const struct nhi_document *document,
                              struct arena *memory)
{
    uint64_t transfer;
    enum transfer_kind kind;
    struct reader in = rows_of(document, &transfer, &kind);
    struct transfer_row row;
    uint8_t *rows = arena_alloc(memory, RESULT_ROOM);
    uint8_t *room = arena_alloc(memory, RESULT_ROOM);
    CHECK(rows != NULL && room != NULL);
    struct writer out = writer_on(rows, RESULT_ROOM);
    for (uint32_t i = 0; i < document->done && transfer_row_read(&in, &row); i++) {
        const struct nhi_row *known = nhi_find(world, row.line, row.version);
        transfer_result_write(&out,
                              &(struct transfer_result){.line = row.line,
                                                        .version = row.version,
                                                        .accepted = known->state == NHI_ACCEPTED,
                                                        .code = BYTES_LITERAL("R01")});
    }
    struct transfer_answer answer = {
        .said = SAID_RESULT, .status = 200, .rows = writer_bytes(&out)};
    struct writer whole = writer_on(room, RESULT_ROOM);
    transfer_answer_write(&whole, &answer);
    CHECK(!whole.failed);
    return writer_bytes(&whole);
}

static void say(struct world *world, const struct errand *call, enum transfer_said said,
                uint16_t status, int64_t delay_us)
{
    uint8_t room[TRANSFER_ANSWER_ROOM];
    struct writer out = writer_on(room, sizeof room);
    transfer_answer_write(&out, &(struct transfer_answer){.said = said, .status = status});
    CHECK(!out.failed);
    errand_answer(world, call, MSG_OUTSIDE_DONE, ERR_OK, writer_bytes(&out), delay_us);
}

void nhi_call(struct world *world, const struct errand *call)
{
    int64_t delay = 100 + (int64_t)world_below(world, 6000);
    struct event *event = world_push(world, EVENT_NHI, delay);
    event->u.errand = errand_new(world, call);
}

/* The call comes in; what becomes of it is the fault's. Only one that comes whole is known by its
 * key; half a document is not, and comes as a new one. */
static void call_takes(struct world *world, struct errand *call, enum nhi_fault fault)
{
    struct nhi *nhi = world->nhi;
    struct nhi_document *document = document_of(nhi, call->key);
    struct arena memory;
    if (call->outside == OUTSIDE_NHI_RESULT) {
        if (document == NULL) {
            say(world, call, SAID_UNKNOWN, 404, 300);
            return;
        }
        if (world->now_us < document->ready_us) {
            say(world, call, SAID_LATER, 202, 300);
            return;
        }
    } else if (document == NULL) {
        uint64_t transfer;
        enum transfer_kind kind;
        document = document_new(nhi, call);
        struct reader rows = rows_of(document, &transfer, &kind);
        oracle_document(world, transfer, kind, rows.rest);
    }
    uint32_t half = (uint32_t)(document->rows.size / TRANSFER_ROW_SIZE) / 2;
    document_work(world, document, fault == NHI_HALF ? half : TRANSFER_ROWS_MAX);
    if (fault == NHI_RESULT_LATER && call->outside == OUTSIDE_NHI_SEND) {
        document->ready_us = world->now_us + (int64_t)world_below(world, DOWN_US);
        say(world, call, SAID_LATER, 202, 300);
        return;
    }
    arena_init(&memory, RESULT_ROOM, 0);
    struct bytes answer = answer_of(world, document, &memory);
    int64_t delay = 200 + (int64_t)world_below(world, 20000);
    if (fault == NHI_ANSWER_LOST) {
        say(world, call, SAID_NOTHING, 0, delay);
    } else if (fault == NHI_ANSWER_LATE) {
        say(world, call, SAID_NOTHING, 0, CALL_TIMEOUT_US);
        errand_answer(world, call, MSG_OUTSIDE_DONE, ERR_OK, answer, CALL_TIMEOUT_US + delay);
    } else {
        errand_answer(world, call, MSG_OUTSIDE_DONE, ERR_OK, answer, delay);
    }
    if (fault == NHI_ANSWERS_TWICE) {
        errand_answer(world, call, MSG_OUTSIDE_DONE, ERR_OK, answer,
                      delay + (int64_t)world_below(world, 50000));
    }
    arena_deinit(&memory);
}

void nhi_arrives(struct world *world, struct event *event)
{
    struct errand *call = event->u.errand;
    enum nhi_fault fault = NHI_NONE;
    if (!world->up) { /* the oracle can't read the rows now: it comes when it can */
        world_push(world, EVENT_NHI, 1000)->u.errand = call;
        return;
    }
    if (!world->calm && !world->plan.quiet) {
        uint64_t drawn = world_below(world, FAULTS);
        fault = drawn < NHI_NONE ? (enum nhi_fault)drawn : NHI_NONE;
    }
    world_note(world, "nhi", (uint64_t)call->outside, call->document.size, (uint64_t)fault);
    if (fault == NHI_DOWN) {
        world->nhi->down_until_us = world->now_us + (int64_t)world_below(world, DOWN_US);
    }
    if (fault == NHI_DOWN || (!world->calm && world->now_us < world->nhi->down_until_us)) {
        say(world, call, SAID_NOTHING, 0, 100);
    } else if (fault == NHI_BUSY) {
        say(world, call, SAID_NOTHING, 503, 500);
    } else {
        call_takes(world, call, fault);
        if (fault == NHI_COMES_TWICE) {
            call_takes(world, call, NHI_ANSWER_LOST);
        }
    }
    world->totals.documents++;
    world_tell(world, "nhi     %u bytes", (unsigned)call->document.size);
    free(call);
}

/* ---- an operator ---- */

/* A transfer with rejected rows; 0: none. */
static uint64_t rejected_one(struct world *world, struct transfer_run *run)
{
    struct rows rows = {0};
    disk_range(&world->disk, TABLE_TRANSFER, (struct bytes){0}, &rows);
    uint32_t start = rows.count == 0 ? 0 : (uint32_t)world_below(world, rows.count);
    uint64_t found = 0;
    for (uint32_t i = 0; i < rows.count && found == 0; i++) {
        enum err err = transfer_run_read(rows.items[(start + i) % rows.count].value, run);
        CHECK(err == ERR_OK);
        found = run->rejected > 0 ? run->number : 0;
    }
    rows_free(&rows);
    return found;
}

void nhi_operator(struct world *world)
{
    if (world->calm || !world->up) {
        return;
    }
    world_push(world, EVENT_OPERATOR, 200000 + (int64_t)world_below(world, 1500000));
    struct letter *letter = letter_new();
    struct transfer_run run;
    CHECK(letter != NULL);
    letter->msg.to = ADDR_TRANSFER;
    letter->msg.principal = (struct principal){.kind = PRINCIPAL_OPS, .rights = RIGHTS_ALL};
    letter->msg.kind = MSG_TRANSFER_RUN;
    letter->msg.u.transfer.kind = world_chance(world, 3) ? TRANSFER_FULL : TRANSFER_DELTA;
    if (world_chance(world, 2) && rejected_one(world, &run) != 0) {
        letter->msg.kind = MSG_TRANSFER_RESEND;
        letter->msg.u.transfer.number = run.number;
        letter->msg.u.transfer.state = run.state;
        letter->msg.u.transfer.rejected = run.rejected;
    }
    process_send(world, SHARDS_MAX, letter, 10);
}

/* ---- the end ---- */

static bool memory_of(struct world *world, struct transfer_memory *kept)
{
    struct row_key key = key_of_u64(ADDR_TRANSFER.id);
    struct bytes value;
    *kept = (struct transfer_memory){0};
    return !disk_get(&world->disk, TABLE_TRANSFER_STATE, row_key_bytes(&key), &value) ||
           transfer_memory_read(value, kept) == ERR_OK;
}

/* An unanswered row that waits for its day, or behind a rejected one of its line. */
static bool row_may_wait(struct world *world, const struct outbox *outbox,
                         const struct transfer_memory *kept)
{
    struct row_key key = key_of_line(outbox->line);
    struct bytes value;
    bool today = !world->plan.prompt && taipei_day((struct wall){outbox->at}) > kept->night;
    return today || disk_get(&world->disk, TABLE_TRANSFER_BAD, row_key_bytes(&key), &value);
}

bool nhi_is_done(struct world *world)
{
    struct transfer_memory kept;
    struct rows rows = {0};
    bool read = memory_of(world, &kept);
    CHECK(read);
    bool done = kept.open.number == 0 && !transfer_full_pending(&kept);
    disk_range(&world->disk, TABLE_OUTBOX, (struct bytes){0}, &rows);
    for (uint32_t i = 0; i < rows.count && done; i++) {
        struct reader key = reader_of(rows.items[i].key);
        struct transfer_sent sent;
        struct outbox outbox;
        done = sent_of(world, read_u64(&key), &sent) ||
               (outbox_read(rows.items[i].value, &outbox) && row_may_wait(world, &outbox, &kept));
    }
    rows_free(&rows);
    return done;
}
