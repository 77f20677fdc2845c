#include "tests/unit/actors/case_rig.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <stdio.h>

enum { BODY_ROOM = 16 * 1024, TEXT_ROOM = 2048 };

void case_open(struct case_rig *cases)
{
    rig_open(&cases->rig, (struct addr){ACTOR_INSTITUTION, RIG_HOME});
    cases->who = rig_home;
    cases->key = (struct digest){0};
    cases->body = rig_digest(1);
}

void case_close(struct case_rig *cases)
{
    rig_close(&cases->rig);
}

/* ---- drafts ---- */

static void draft_times(struct case_rig *cases, const struct asked *asked, struct time_rule *time)
{
    int32_t day = RIG_TODAY + (asked->in_days == 0 ? 10 : asked->in_days);
    uint16_t from = asked->to == 0 ? 480 : asked->from;
    uint16_t to = asked->to == 0 ? 720 : asked->to;
    *time = (struct time_rule){.mode = TIME_CONTINUOUS,
                               .start = (int64_t)day * MINUTES_PER_DAY + from,
                               .end = (int64_t)day * MINUTES_PER_DAY + to};
    if (asked->dates == 0) {
        return;
    }
    struct day_run *runs = arena_array(&cases->rig.kept, asked->dates, sizeof *runs);
    T_TRUE(runs != NULL);
    for (uint16_t i = 0; i < asked->dates; i++) {
        runs[i] = (struct day_run){day + 2 * i, 1};
    }
    *time = (struct time_rule){
        .mode = TIME_DATES, .at = from, .until = to, .runs = runs, .runs_count = asked->dates};
}

void case_draft(struct case_rig *cases, const struct asked *asked, struct line_draft *draft)
{
    uint16_t count = asked->times == 0 ? 1 : asked->times;
    struct time_rule *time = arena_array(&cases->rig.kept, count, sizeof *time);
    uint8_t *row = arena_alloc(&cases->rig.kept, BODY_ROOM);
    T_TRUE(time != NULL && row != NULL);
    for (uint16_t i = 0; i < count; i++) {
        draft_times(cases, asked, &time[i]);
    }
    *draft = (struct line_draft){.given = DRAFT_ALL,
                                 .person = asked->person == 0 ? RIG_NURSE : asked->person,
                                 .target = asked->target == 0 ? RIG_PLACE : asked->target,
                                 .purpose = asked->purpose == 0 ? 15 : asked->purpose,
                                 .body = {.times_count = count, .times = time},
                                 .n = asked->n,
                                 .version = asked->version};
    draft->person = asked->no_person ? 0 : draft->person;
    draft->target = asked->no_target ? 0 : draft->target;
    draft->purpose = asked->purpose == NO_PURPOSE ? 0 : draft->purpose;
    draft->body.times_count = asked->no_times ? 0 : count;
    struct writer out = writer_on(row, BODY_ROOM);
    line_body_write(&out, &draft->body);
    T_FALSE(out.failed);
    draft->body_row = writer_bytes(&out);
}

static enum outcome case_ask(struct case_rig *cases, struct msg *msg)
{
    msg->principal = cases->who;
    msg->request = cases->key;
    msg->body = cases->body;
    enum outcome outcome = rig_ask(&cases->rig, msg);
    bool done = outcome == OUTCOME_OK || outcome == OUTCOME_CREATED || outcome == OUTCOME_DELETED;
    if (done && msg->kind != MSG_DECIDE) {
        T_TRUE(done_reply_read(cases->rig.replies[0].body, &cases->done));
    }
    if (outcome != OUTCOME_OK && outcome != OUTCOME_CREATED && outcome != OUTCOME_DELETED) {
        T_EQ_UINT(cases->rig.changes, 0); /* a refusal changes nothing */
    }
    return outcome;
}

enum outcome case_make(struct case_rig *cases, bool submit, const struct asked *lines,
                       uint16_t count)
{
    struct line_draft drafts[CASE_LINES_MAX];
    T_TRUE(count <= CASE_LINES_MAX);
    for (uint16_t i = 0; i < count; i++) {
        case_draft(cases, &lines[i], &drafts[i]);
    }
    struct msg msg = {.kind = MSG_CASE_CREATE,
                      .u.file = {.submit = submit, .lines_count = count, .lines = drafts}};
    enum outcome outcome = case_ask(cases, &msg);
    if (outcome == OUTCOME_CREATED) {
        cases->line = (struct line_id){.in = cases->done.made, .n = 1};
    }
    return outcome;
}

enum outcome case_edit(struct case_rig *cases, struct case_id id, uint32_t version, bool by_line,
                       const struct asked *lines, uint16_t count)
{
    struct line_draft drafts[CASE_LINES_MAX];
    T_TRUE(count <= CASE_LINES_MAX);
    for (uint16_t i = 0; i < count; i++) {
        case_draft(cases, &lines[i], &drafts[i]);
    }
    struct msg msg = {.kind = MSG_CASE_EDIT,
                      .u.file = {.id = id,
                                 .version = version,
                                 .by_line = by_line,
                                 .lines_count = count,
                                 .lines = drafts}};
    return case_ask(cases, &msg);
}

enum outcome case_command(struct case_rig *cases, enum msg_kind kind, struct line_id id,
                          uint32_t version)
{
    struct msg msg = {.kind = kind, .u.command = {.id = id, .version = version}};
    return case_ask(cases, &msg);
}

enum decided case_decide(struct case_rig *cases, struct line_id line, uint32_t version,
                         enum move move, const char *reason)
{
    struct decision_item item = {.place = 3,
                                 .line = line,
                                 .version = version,
                                 .move = move,
                                 .reason = bytes_from_text(reason),
                                 .due_day = DAY_NONE,
                                 .request = cases->key};
    struct msg msg = {.kind = MSG_DECIDE, .u.decide = {.items_count = 1, .items = &item}};
    T_EQ_INT(case_ask(cases, &msg), OUTCOME_OK);
    struct reader in = reader_of(cases->rig.replies[0].body);
    struct decided_item decided;
    T_TRUE(decided_read(&in, &decided));
    T_EQ_UINT(decided.place, 3);
    T_TRUE(reader_done(&in));
    return decided.decided;
}

/* ---- looking ---- */

struct line_state case_line(struct case_rig *cases, struct line_id id)
{
    struct line_state line;
    uint8_t *whole = arena_alloc(&cases->rig.kept, LINE_STATE_MAX);
    struct writer out = writer_on(whole, LINE_STATE_MAX);
    struct row_key key = key_of_line(id);
    for (uint8_t part = 0; part < UINT8_MAX; part++) {
        key = key_of_part(key, part);
        const struct rig_row *row = rig_row(&cases->rig, TABLE_LINE, row_key_bytes(&key));
        if (row == NULL) {
            break;
        }
        write_raw(&out, row->value);
    }
    T_OK(line_state_read(writer_bytes(&out), &cases->rig.kept, &line));
    return line;
}

struct case_record case_record_of(struct case_rig *cases, struct case_id id)
{
    struct row_key key = key_of_case(id);
    const struct rig_row *row = rig_row(&cases->rig, TABLE_CASE, row_key_bytes(&key));
    struct case_record record = {0};
    T_TRUE(row != NULL);
    T_OK(case_read(row->value, &record));
    return record;
}

const char *case_problems(struct case_rig *cases)
{
    static char text[TEXT_ROOM];
    struct problems problems;
    struct reader in = reader_of(cases->rig.replies[0].body);
    size_t used = 0;
    problems_init(&problems, &cases->rig.kept);
    T_TRUE(problems_read(&in, &problems));
    text[0] = '\0';
    for (uint32_t i = 0; i < problems.count && used < sizeof text; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s %s\n",
                                 code_name(problems.items[i].code), problems.items[i].field);
    }
    return text;
}

uint32_t case_count(const struct case_rig *cases, enum request_status status)
{
    struct row_key key = key_of_u64(RIG_HOME);
    const struct rig_row *row = rig_row(&cases->rig, TABLE_COUNTS, row_key_bytes(&key));
    T_TRUE(row != NULL);
    struct reader in = reader_of(row->value);
    uint32_t count = 0;
    for (int i = STATUS_DRAFT; i <= (int)status; i++) {
        count = read_u32(&in);
    }
    return count;
}
