/* 送審 and 撤回: a draft goes under review when nothing is wrong with it, and comes back (F145,
 * P28). */
#include "actors/institution_private.h"
#include "base/check.h"
#include "model/workdays.h"
#include <string.h>

enum { PREFIX_MAX = sizeof "/lines/65535" };

static void overlap_tell(const struct turn *turn, const struct submit_line *lines, uint16_t at,
                         const struct overlap_verdict *verdict, struct problems *problems)
{
    const struct overlap_clash *clash = &verdict->clash;
    struct problem *problem = problems_add(problems, CODE_OVERLAPS_CASE, "/lines/%u/times/%u",
                                           lines[at].place, clash->asked_time);
    if (verdict->with_set) {
        problem->with = memory_line_at(turn->state, clash->line)->state.id;
    } else {
        problem->with_index = lines[clash->line].place;
    }
    struct occurrence common = overlap_common(clash);
    problem->has_with = true;
    problem->start = common.start;
    problem->end = common.end;
}

/* From `first` on, the lines of its person. */
static uint16_t lines_of_person(const struct submit_line *lines, uint16_t count, uint16_t first,
                                struct overlap_line *out)
{
    uint16_t found = 0;
    for (uint16_t i = first; i < count; i++) {
        if (lines[i].filing.person == lines[first].filing.person) {
            out[found++] = (struct overlap_line){.line = i,
                                                 .times_count = lines[i].filing.times_count,
                                                 .times = lines[i].filing.times};
        }
    }
    return found;
}

static bool is_first_of_person(const struct submit_line *lines, uint16_t at)
{
    for (uint16_t i = 0; i < at; i++) {
        if (lines[i].filing.person == lines[at].filing.person) {
            return false;
        }
    }
    return true;
}

/* The lines of one person against what he already has, and against the lines before it in this body
 * (API 1.2 overlaps_case; I4: under review counts like approved). */
static void overlaps_check(struct turn *turn, const struct submit_line *lines, uint16_t count,
                           struct problems *problems)
{
    struct overlap_line *own = effect_alloc(turn->out, count * sizeof *own);
    struct overlap_verdict *verdicts = effect_alloc(turn->out, count * sizeof *verdicts);
    struct overlap_verdict *of_line = effect_alloc(turn->out, count * sizeof *of_line);
    if (own == NULL || verdicts == NULL || of_line == NULL) {
        return;
    }
    for (uint16_t i = 0; i < count; i++) {
        uint64_t person = lines[i].filing.person;
        if (person == 0 || !is_first_of_person(lines, i)) {
            continue;
        }
        struct overlap_set set = {0};
        uint16_t found = lines_of_person(lines, count, i, own);
        if (!memory_occupied(turn->state, person, turn, &set) ||
            !overlap_body(&set, own, found, verdicts)) {
            turn->out->failed = true;
            return;
        }
        for (uint16_t k = 0; k < found; k++) {
            of_line[own[k].line] = verdicts[k];
        }
    }
    for (uint16_t i = 0; i < count; i++) {
        if (of_line[i].with_set || of_line[i].with_line) {
            overlap_tell(turn, lines, i, &of_line[i], problems);
        }
    }
}

/* "/lines/7", by hand: a sheet has 300, and hardly one is ever read. */
static void prefix_print(uint16_t place, char out[PREFIX_MAX])
{
    static const char front[] = "/lines/";
    size_t size = sizeof front - 1;
    memcpy(out, front, size);
    uint16_t unit = 1;
    while (place / unit >= 10) {
        unit = (uint16_t)(unit * 10);
    }
    for (; unit > 0; unit /= 10) {
        out[size++] = (char)('0' + place / unit % 10);
    }
    out[size] = '\0';
}

void submit_check(struct turn *turn, const struct submit_line *lines, uint16_t count,
                  struct problems *problems)
{
    for (uint16_t i = 0; i < count; i++) {
        char prefix[PREFIX_MAX];
        prefix_print(lines[i].place, prefix);
        line_rules_check(&lines[i].filing, turn->in->facts, turn->in->now, prefix, problems);
    }
    overlaps_check(turn, lines, count, problems);
}

static int32_t due_day(const struct turn *turn)
{
    size_t count = 0;
    const int32_t *holidays = facts_holidays(turn->in->facts, &count);
    const struct bureau_rules *rules = facts_bureau(turn->in->facts, home_county(turn));
    return workday_after(taipei_day(turn->in->now), rules->due_days,
                         (struct workday_table){holidays, count});
}

static void set_status(struct turn *turn, struct line_state *line, enum move move)
{
    CHECK(line_may(line, move));
    CHECK(turn->state->counts[line->status] > 0);
    turn->state->counts[line->status]--;
    line->status = line_after(line, move);
    turn->state->counts[line->status]++;
}

static void history_simple(struct turn *turn, const struct line_state *line,
                           enum history_action action)
{
    rows_history(turn, line->id,
                 &(struct history){.at = turn->in->now.ms,
                                   .actor = turn->in->principal,
                                   .action = action,
                                   .version = line->version,
                                   .due_day = DAY_NONE});
}

void submit_move(struct turn *turn, struct line_slot *slot, int64_t created_at)
{
    struct line_state *line = &slot->state;
    set_status(turn, line, MOVE_SUBMIT);
    line->version++;
    line->submitted_at = turn->in->now.ms;
    line->due_day = due_day(turn);
    rows_line(turn, slot);
    struct row_key queue = key_of_queue(home_county(turn), line->due_day, created_at, line->id);
    effect_put(turn->out, TABLE_QUEUE, row_key_bytes(&queue), (struct bytes){0});
    history_simple(turn, line, HISTORY_SUBMIT);
}

/* Which lines of the case this command means: one, or all that may be submitted. Places are those
 * of the case as the caller's GET shows it. */
static uint16_t submit_gather(struct turn *turn, const struct case_slot *slot,
                              struct submit_line *asked, enum request_status *status)
{
    uint16_t wanted = turn->in->u.command.id.n;
    uint16_t count = 0;
    uint16_t place = 0;
    struct line_id id = {.in = slot->record.id};
    for (id.n = 1; id.n < slot->record.next_n; id.n++) {
        const struct line_slot *found = memory_line(turn->state, id);
        if (found == NULL || !may_touch(turn, VERB_CASE_SUBMIT, &found->state)) {
            continue;
        }
        const struct line_state *line = &found->state;
        if (wanted == 0 || wanted == id.n) {
            *status = line->status;
        }
        if ((wanted == 0 || wanted == id.n) && line_may(line, MOVE_SUBMIT)) {
            asked[count++] = (struct submit_line){.place = place,
                                                  .packed = id_pack(id),
                                                  .filing = {.home = turn->state->id,
                                                             .person = line->person,
                                                             .target = line->target,
                                                             .department = line->department,
                                                             .purpose = line->purpose,
                                                             .has_note = line->has_note,
                                                             .attachments = line->attachments,
                                                             .times_count = line->times_count,
                                                             .times = line->times}};
        }
        place++;
    }
    return count;
}

/* The thing exists for the caller and is at the version he saw; answered if not. */
static bool command_judge(struct turn *turn, const struct case_slot *slot, enum verb verb)
{
    const struct msg *in = turn->in;
    const struct line_slot *line = NULL;
    uint32_t version = 0;
    bool visible = false;
    if (in->u.command.id.n != 0) {
        line = memory_line(turn->state, in->u.command.id);
        visible = line != NULL && may_touch(turn, verb, &line->state);
        version = visible ? line->state.version : 0;
    } else if (slot != NULL) {
        struct line_id id = {.in = slot->record.id};
        for (id.n = 1; id.n < slot->record.next_n && !visible; id.n++) {
            line = memory_line(turn->state, id);
            visible = line != NULL && may_touch(turn, verb, &line->state);
        }
        version = slot->record.version;
    }
    if (!visible) {
        answer(turn, OUTCOME_NOT_FOUND);
        return false;
    }
    if (version != in->u.command.version) {
        answer(turn, OUTCOME_STALE);
        return false;
    }
    return true;
}

void submit_lines(struct turn *turn)
{
    const struct msg *in = turn->in;
    if (answered_before(turn)) {
        return;
    }
    struct case_slot *slot = memory_case(turn->state, in->u.command.id.in);
    if (!command_judge(turn, slot, VERB_CASE_SUBMIT)) {
        return;
    }
    struct submit_line *asked = effect_alloc(turn->out, (slot->record.lines + 1u) * sizeof *asked);
    struct problems *problems = effect_alloc(turn->out, sizeof *problems);
    if (asked == NULL || problems == NULL) {
        return;
    }
    problems_init(problems, turn->out->turn);
    enum request_status status = STATUS_DRAFT;
    uint16_t count = submit_gather(turn, slot, asked, &status);
    if (count == 0) {
        answer_state(turn, status);
        return;
    }
    submit_check(turn, asked, count, problems);
    if (problems->count > 0) {
        answer_problems(turn, problems);
        return;
    }
    for (uint16_t i = 0; i < count; i++) {
        uint32_t at = 0;
        bool found = index_get(&turn->state->by_id, asked[i].packed, &at);
        CHECK(found);
        submit_move(turn, memory_line_at(turn->state, at), slot->record.created_at);
    }
    touch_case(turn, slot);
    rows_audit(turn, AUDIT_SUBMIT, in->u.command.id, slot->record.version, count);
    rows_counts(turn);
    struct done_reply reply = {.status = 200, .made = slot->record.id, .n = in->u.command.id.n};
    rows_request(turn, &reply, &in->request);
    answer_done(turn, OUTCOME_OK, &reply);
}

void withdraw_line(struct turn *turn)
{
    const struct msg *in = turn->in;
    if (answered_before(turn)) {
        return;
    }
    struct case_slot *slot = memory_case(turn->state, in->u.command.id.in);
    if (!command_judge(turn, slot, VERB_CASE_SUBMIT)) {
        return;
    }
    struct line_slot *found = memory_line(turn->state, in->u.command.id);
    CHECK(found != NULL);
    struct line_state *line = &found->state;
    if (!line_may(line, MOVE_WITHDRAW)) {
        answer_state(turn, line->status);
        return;
    }
    struct row_key queue = queue_key(turn, line);
    effect_erase(turn->out, TABLE_QUEUE, row_key_bytes(&queue));
    set_status(turn, line, MOVE_WITHDRAW);
    line->version++;
    line->due_day = DAY_NONE;
    rows_line(turn, found);
    history_simple(turn, line, HISTORY_WITHDRAW);
    touch_case(turn, slot);
    rows_audit(turn, AUDIT_WITHDRAW, line->id, line->version, line->person);
    rows_counts(turn);
    struct done_reply reply = {.status = 200, .made = line->id.in, .n = line->id.n};
    rows_request(turn, &reply, &in->request);
    answer_done(turn, OUTCOME_OK, &reply);
}
