/* Which rows go into a document: of one day, of each line the oldest unanswered one, in order. */
#include "rt/transfer_job.h"
#include "model/civil.h"
#include "tests/lib/t.h"

enum { ROWS = 8, TODAY = 20550 };

struct outbox_row {
    uint32_t home, version;
    int32_t day;
    enum transfer_verdict sent; /* 0: not answered */
};

struct store { /* outbox rows 1 … ROWS */
    struct outbox_row rows[ROWS];
    uint64_t at, count;
    uint8_t room[64];
    uint32_t bad_home; /* whose row 1 was rejected */
    bool bad_given;
};

static struct line_id line_of(uint32_t home)
{
    return (struct line_id){.in = {.home = home, .day = TODAY, .serial = 1}, .n = 1};
}

static void store_seek(void *self, uint64_t from)
{
    ((struct store *)self)->at = from;
}

static bool store_row(void *self, uint64_t number, struct bytes *value)
{
    struct store *store = self;
    const struct outbox_row *row = &store->rows[number - 1];
    struct writer out = writer_on(store->room, sizeof store->room);
    outbox_write(&out, &(struct outbox){.at = (int64_t)row->day * 86400000,
                                        .action = OUTBOX_ADD,
                                        .line = line_of(row->home),
                                        .version = row->version});
    *value = writer_bytes(&out);
    return number <= store->count;
}

static bool store_next(void *self, uint64_t *number, struct bytes *value)
{
    struct store *store = self;
    *number = store->at;
    return store->at <= store->count && store_row(self, store->at++, value);
}

static bool store_sent(void *self, uint64_t number, struct transfer_sent *sent)
{
    const struct store *store = self;
    *sent = (struct transfer_sent){.verdict = store->rows[number - 1].sent, .transfer = 1};
    return sent->verdict != 0;
}

static bool store_bad(void *self, struct line_id line, struct transfer_bad *bad)
{
    const struct store *store = self;
    *bad = (struct transfer_bad){.row = 1, .transfer = 1};
    return store->bad_home != 0 && line.in.home == store->bad_home;
}

static bool store_next_bad(void *self, struct transfer_bad *bad)
{
    struct store *store = self;
    bool more = !store->bad_given && store->bad_home != 0;
    store->bad_given = true;
    *bad = (struct transfer_bad){.row = 1, .transfer = 1};
    return more;
}

static struct transfer_row rows[TRANSFER_ROWS_MAX];
static uint64_t mark;
static int32_t day;

static uint16_t choose(struct store *store, struct transfer_ask ask)
{
    ask.rows_max = ask.rows_max == 0 ? 100 : ask.rows_max;
    ask.before = ask.before == 0 ? INT32_MAX : ask.before;
    return transfer_choose(&ask,
                           &(struct transfer_source){.self = store,
                                                     .seek = store_seek,
                                                     .next = store_next,
                                                     .sent = store_sent,
                                                     .row = store_row,
                                                     .bad = store_bad,
                                                     .next_bad = store_next_bad},
                           rows, &mark, &day);
}

TEST(unanswered_rows_go_in_order_and_the_mark_moves)
{
    struct store store = {.count = 4,
                          .rows = {{1, 1, TODAY, TRANSFER_ACCEPTED},
                                   {2, 1, TODAY, TRANSFER_ACCEPTED},
                                   {3, 1, TODAY, 0},
                                   {4, 1, TODAY, 0}}};
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_DUE}), 2);
    T_EQ_UINT(mark, 2);
    T_EQ_UINT(rows[0].row, 3);
    T_EQ_UINT(rows[1].row, 4);
    T_EQ_INT(day, TODAY);
}

TEST(an_answer_behind_an_unanswered_row_does_not_move_the_mark)
{
    struct store store = {.count = 3,
                          .rows = {{1, 1, TODAY, TRANSFER_ACCEPTED},
                                   {2, 1, TODAY, 0},
                                   {3, 1, TODAY, TRANSFER_ACCEPTED}}};
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_DUE}), 1);
    T_EQ_UINT(rows[0].row, 2);
    T_EQ_UINT(mark, 1);
}

TEST(a_document_holds_rows_of_one_day)
{
    struct store store = {.count = 3,
                          .rows = {{1, 1, TODAY, 0}, {2, 1, TODAY + 1, 0}, {3, 1, TODAY, 0}}};
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_DUE}), 1);
    T_EQ_UINT(rows[0].row, 1);
}

TEST(rows_of_a_day_that_is_not_over_wait)
{
    struct store store = {.count = 2, .rows = {{1, 1, TODAY, 0}, {2, 1, TODAY + 1, 0}}};
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_DUE, .before = TODAY}), 0);
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_DUE, .before = TODAY + 1}), 1);
}

TEST(of_each_line_the_oldest_row_goes_alone)
{
    struct store store = {.count = 3,
                          .rows = {{1, 1, TODAY, 0}, {1, 2, TODAY, 0}, {2, 1, TODAY, 0}}};
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_DUE}), 2);
    T_EQ_UINT(rows[0].version, 1);
    T_EQ_UINT(rows[1].row, 3);
}

TEST(behind_a_rejected_row_its_line_waits)
{
    struct store store = {
        .count = 3,
        .bad_home = 1,
        .rows = {{1, 1, TODAY, TRANSFER_REJECTED}, {1, 2, TODAY, 0}, {2, 1, TODAY, 0}}};
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_DUE}), 1);
    T_EQ_UINT(rows[0].row, 3);
    T_EQ_UINT(mark, 1);
}

TEST(the_same_numbers_give_the_same_rows_again)
{
    struct store store = {
        .count = 4,
        .rows = {{1, 1, TODAY, 0}, {2, 1, TODAY, 0}, {3, 1, TODAY, 0}, {4, 1, TODAY, 0}}};
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_DUE, .rows_max = 3}), 3);
    uint64_t last = rows[2].row;
    T_EQ_UINT(
        choose(&store,
               (struct transfer_ask){.look = LOOK_DUE, .first = 1, .last = last, .rows_max = 3}),
        3);
    T_EQ_UINT(rows[2].row, 3);
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_DUE, .first = 2, .last = 3}), 2);
    T_EQ_UINT(rows[0].row, 2);
}

TEST(a_full_document_holds_what_was_accepted)
{
    struct store store = {.count = 3,
                          .rows = {{1, 1, TODAY, TRANSFER_ACCEPTED},
                                   {2, 1, TODAY, TRANSFER_REJECTED},
                                   {3, 1, TODAY + 1, TRANSFER_ACCEPTED}}};
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_FULL, .first = 1, .last = 3}), 2);
    T_EQ_UINT(rows[1].row, 3);
    T_EQ_INT(day, DAY_NONE);
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_FULL, .first = 1, .last = 2}), 1);
}

TEST(rejected_rows_of_a_transfer_go_again)
{
    struct store store = {.count = 1, .bad_home = 1, .rows = {{1, 1, TODAY, TRANSFER_REJECTED}}};
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_RESEND, .of = 1}), 1);
    T_EQ_UINT(rows[0].row, 1);
    store.bad_given = false;
    T_EQ_UINT(choose(&store, (struct transfer_ask){.look = LOOK_RESEND, .of = 2}), 0);
}

TEST(asks_and_answers_come_back)
{
    uint8_t room[200];
    struct writer out = writer_on(room, sizeof room);
    struct transfer_ask ask = {.look = LOOK_FULL,
                               .transfer = 3,
                               .kind = TRANSFER_FULL,
                               .mark = 4,
                               .first = 5,
                               .last = 6,
                               .before = -7,
                               .of = 8,
                               .rows_max = 9};
    struct transfer_ask read;
    transfer_ask_write(&out, &ask);
    T_TRUE(transfer_ask_read(writer_bytes(&out), &read));
    T_EQ_UINT(read.last, 6);
    T_EQ_INT(read.before, -7);
    out.size--;
    T_FALSE(transfer_ask_read(writer_bytes(&out), &read));
    out = writer_on(room, sizeof room);
    transfer_result_write(
        &out,
        &(struct transfer_result){.line = line_of(1), .version = 2, .code = BYTES_LITERAL("R01")});
    uint8_t whole[200];
    struct writer answer = writer_on(whole, sizeof whole);
    transfer_answer_write(
        &answer,
        &(struct transfer_answer){.said = SAID_RESULT, .status = 200, .rows = writer_bytes(&out)});
    struct transfer_answer got;
    T_TRUE(transfer_answer_read(writer_bytes(&answer), &got));
    struct reader in = reader_of(got.rows);
    struct transfer_result result;
    T_TRUE(transfer_result_read(&in, &result));
    T_FALSE(result.accepted);
    T_EQ_BYTES(result.code, BYTES_LITERAL("R01"));
    T_FALSE(transfer_result_read(&in, &result));
}

T_LIST(transfer_job_test, T(unanswered_rows_go_in_order_and_the_mark_moves),
       T(an_answer_behind_an_unanswered_row_does_not_move_the_mark),
       T(a_document_holds_rows_of_one_day), T(rows_of_a_day_that_is_not_over_wait),
       T(of_each_line_the_oldest_row_goes_alone), T(behind_a_rejected_row_its_line_waits),
       T(the_same_numbers_give_the_same_rows_again), T(a_full_document_holds_what_was_accepted),
       T(rejected_rows_of_a_transfer_go_again), T(asks_and_answers_come_back));
