#include "cli/demo_filing.h"
#include "base/check.h"
#include "model/codes.h"
#include "registry/facts_build.h"
#include "rt/payload.h"
#include <stdlib.h>
#include <string.h>

/* So many filings share a moment, and a sync; a year is cut into at most so many moments. */
enum { SHARED_CLOCK = 8, STEPS = 2000 };
enum {
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS,
    PENDING_MAX = 4096,
    TRIES = 40,
    BODY_ROOM = 4096
};

/* A submitted line that its bureau will decide at a moment to come. */
struct pending {
    struct wall at;
    struct line_id line;
    uint32_t version;
};

struct world {
    struct demo_filing *filing;
    struct pending *pending; /* a ring in order of time */
    size_t first, count;
};

static uint64_t below(struct demo_filing *filing, uint64_t limit)
{
    return prng_below(&filing->prng, limit);
}

/* ---- who, where, what for ---- */

static const struct person *pick_person(struct demo_filing *filing, uint64_t home)
{
    const struct facts *facts = rig_facts(filing->rig);
    size_t staff = facts_staff_count(facts, home);
    for (int i = 0; staff > 0 && i < TRIES; i++) {
        const struct person *person = facts_staff(facts, home, (size_t)below(filing, staff));
        const struct profession *profession = profession_find(person->profession);
        if (profession != NULL && profession->may_file && person->main &&
            person->status == PERSON_PRACTISING) {
            return person;
        }
    }
    return NULL;
}

static uint64_t pick_home(struct demo_filing *filing)
{
    const struct facts *facts = rig_facts(filing->rig);
    if (filing->favoured_count > 0 && below(filing, 2) == 0) {
        return filing->favoured[below(filing, filing->favoured_count)];
    }
    return facts_institution_at(facts, (size_t)below(filing, facts_institution_count(facts)))->id;
}

/* Mostly in the same county, as it is. */
static uint64_t pick_target(struct demo_filing *filing, const struct institution *home)
{
    const struct facts *facts = rig_facts(filing->rig);
    bool near = below(filing, 10) < 8;
    for (int i = 0; i < 400; i++) {
        const struct institution *place =
            facts_institution_at(facts, (size_t)below(filing, facts_institution_count(facts)));
        if (place->id != home->id && place->status == PLACE_OPEN &&
            (!near || place->county == home->county)) {
            return place->id;
        }
    }
    return 0;
}

static const struct purpose *pick_purpose(struct demo_filing *filing, char profession)
{
    for (int i = 0; i < 200; i++) {
        const struct purpose *purpose = &codes_purposes[below(filing, codes_purposes_count)];
        if (profession_in(purpose->professions, profession) && purpose->documents_count == 0) {
            return purpose;
        }
    }
    return NULL;
}

/* ---- when ---- */

static void pick_hours(struct demo_filing *filing, struct time_rule *time)
{
    static const uint16_t hours[][2] = {{8 * 60, 12 * 60},       {9 * 60, 12 * 60},
                                        {13 * 60 + 30, 17 * 60}, {14 * 60, 18 * 60},
                                        {18 * 60, 21 * 60},      {8 * 60 + 30, 11 * 60 + 30}};
    size_t at = (size_t)below(filing, ARRAY_COUNT(hours));
    time->at = hours[at][0];
    time->until = hours[at][1];
}

static void pick_rule(struct demo_filing *filing, struct time_rule *time)
{
    time->mode = TIME_RECURRING;
    pick_hours(filing, time);
    switch (below(filing, 8)) {
    case 0:
        time->rule = RULE_MONTHLY_WEEKDAY;
        time->nth = (int8_t)(1 + below(filing, 4));
        time->weekday = (uint8_t)(1 + below(filing, 6));
        return;
    case 1:
        time->rule = RULE_MONTHLY_DAY;
        time->day = (uint8_t)(1 + below(filing, 28));
        return;
    case 2:
        time->rule = RULE_EVERY_N_WEEKS;
        time->every = 2;
        time->weekday = (uint8_t)(1 + below(filing, 6));
        return;
    case 3:
        time->rule = RULE_EVERY_N_DAYS;
        time->every = (uint16_t)(3 + below(filing, 8));
        return;
    default:
        time->rule = RULE_WEEKLY;
        time->weekdays = (uint8_t)(1u << below(filing, 6));
        if (below(filing, 2) == 0) {
            time->weekdays = (uint8_t)(time->weekdays | 1u << below(filing, 5));
        }
    }
}

static void pick_time(struct demo_filing *filing, struct time_rule *time, struct day_run runs[6])
{
    int32_t today = taipei_day(rig_time(filing->rig));
    int32_t from = today + 4 + (int32_t)below(filing, 30);
    *time = (struct time_rule){0};
    switch (below(filing, 10)) {
    case 0:
    case 1: /* 持續 */
        time->mode = TIME_CONTINUOUS;
        time->start = (int64_t)from * MINUTES_PER_DAY + 8 * 60;
        time->end = ((int64_t)from + 1 + (int64_t)below(filing, 5)) * MINUTES_PER_DAY + 17 * 60;
        return;
    case 2:
    case 3: /* 選擇 */
        time->mode = TIME_DATES;
        pick_hours(filing, time);
        time->runs = runs;
        time->runs_count = (uint16_t)(2 + below(filing, 5));
        for (uint16_t i = 0; i < time->runs_count; i++) {
            runs[i] = (struct day_run){from + 9 * i + (int32_t)below(filing, 6), 1};
        }
        return;
    default: /* 間斷 */
        pick_rule(filing, time);
        time->from = from;
        time->to = from + 30 + (int32_t)below(filing, 200);
    }
}

/* ---- a case ---- */

struct filed {
    struct world *world;
    bool submit;
};

static void pending_add(struct world *world, struct line_id line)
{
    struct demo_filing *filing = world->filing;
    int64_t wait =
        DAY_MS + (int64_t)below(filing, 6) * DAY_MS + (int64_t)below(filing, 8) * HOUR_MS;
    struct wall at = {rig_time(filing->rig).ms + wait};
    /* In order of time: the last one's moment at the earliest. */
    if (world->count > 0) {
        size_t last = (world->first + world->count - 1) % PENDING_MAX;
        at.ms = at.ms > world->pending[last].at.ms ? at.ms : world->pending[last].at.ms;
    }
    if (world->count < PENDING_MAX) {
        world->pending[(world->first + world->count++) % PENDING_MAX] =
            (struct pending){at, line, 2}; /* created at 1, submitted at 2 */
    }
}

static void on_filed(void *self, enum outcome outcome, struct bytes body)
{
    struct filed *filed = self;
    struct demo_filing *filing = filed->world->filing;
    struct done_reply done;
    if (outcome == OUTCOME_CREATED && done_reply_read(body, &done)) {
        filing->filed++;
        filing->drafts += filed->submit ? 0 : 1;
        if (filed->submit) {
            pending_add(filed->world, (struct line_id){.in = done.made, .n = 1});
        }
    } else {
        filing->refused++;
    }
    free(filed);
}

static bool draft_fill(struct demo_filing *filing, struct arena *arena, const struct person *person,
                       struct line_draft *draft)
{
    static const char *const remarks[] = {
        "", "", "", "門診支援", "請假代理", "如附件排班表", "已徵得兩院同意"};
    const struct institution *home = facts_institution(rig_facts(filing->rig), person->home);
    const struct purpose *purpose = pick_purpose(filing, person->profession);
    struct time_rule *time = arena_alloc_zero(arena, sizeof *time);
    struct day_run *runs = arena_array(arena, 6, sizeof *runs);
    uint8_t *row = arena_alloc(arena, BODY_ROOM);
    if (home == NULL || purpose == NULL || time == NULL || runs == NULL || row == NULL) {
        return false;
    }
    pick_time(filing, time, runs);
    *draft = (struct line_draft){
        .given = DRAFT_ALL,
        .person = person->id,
        .target = pick_target(filing, home),
        .department = profession_in("ABC", person->profession) ? person->department : 0,
        .purpose = purpose->code};
    draft->body.note =
        purpose->note_required ? bytes_from_text("院內同仁請假期間之業務代理") : (struct bytes){0};
    draft->body.remark = bytes_from_text(remarks[below(filing, ARRAY_COUNT(remarks))]);
    draft->body.times = time;
    draft->body.times_count = 1;
    struct writer out = writer_on(row, BODY_ROOM);
    line_body_write(&out, &draft->body);
    draft->body_row = writer_bytes(&out);
    return !out.failed && draft->target != 0;
}

/* Told: a case was asked for; not, where the institution drawn has nobody who may file. */
static enum err file_one(struct world *world, bool *told)
{
    struct demo_filing *filing = world->filing;
    uint64_t home = pick_home(filing);
    const struct person *person = pick_person(filing, home);
    if (person == NULL) {
        return ERR_OK;
    }
    struct letter *letter = letter_new();
    struct filed *filed = calloc(1, sizeof *filed);
    struct line_draft *draft =
        letter == NULL ? NULL : arena_alloc_zero(&letter->arena, sizeof *draft);
    if (filed == NULL || draft == NULL) {
        letter_free(letter);
        free(filed);
        return ERR_NO_MEMORY;
    }
    if (!draft_fill(filing, &letter->arena, person, draft)) {
        letter_free(letter);
        free(filed);
        return ERR_OK;
    }
    bool by_person = below(filing, 4) == 0;
    *filed = (struct filed){world, below(filing, 10) > 0};
    letter->msg.kind = MSG_CASE_CREATE;
    letter->msg.to = (struct addr){ACTOR_INSTITUTION, home};
    letter->msg.principal = (struct principal){
        .kind = by_person ? PRINCIPAL_PERSON : PRINCIPAL_INSTITUTION,
        .method = METHOD_HCA,
        .rights = RIGHTS_ALL,
        .person = by_person ? person->id : 0,
        .institution = home,
        .session = 1 + below(filing, UINT32_MAX),
    };
    letter->msg.u.file.submit = filed->submit;
    letter->msg.u.file.lines_count = 1;
    letter->msg.u.file.lines = draft;
    rig_tell(filing->rig, letter, on_filed, filed);
    *told = true;
    return ERR_OK;
}

/* ---- a decision ---- */

static const struct demo_reviewer *reviewer_of(const struct demo_filing *filing, uint64_t home)
{
    const struct institution *place = facts_institution(rig_facts(filing->rig), home);
    for (size_t i = 0; place != NULL && i < filing->reviewers_count; i++) {
        if (filing->reviewers[i].county == place->county) {
            return &filing->reviewers[i];
        }
    }
    return NULL;
}

static void on_decided(void *self, enum outcome outcome, struct bytes body)
{
    struct demo_filing *filing = self;
    struct reader in = reader_of(body);
    struct decided_item item;
    bool done = outcome == OUTCOME_OK && decided_read(&in, &item) && item.decided == DECIDED_DONE;
    CHECK(done); /* nobody else touches the line meanwhile */
    (void)filing;
}

static enum err decide_one(struct world *world, const struct pending *pending)
{
    static const char *const reasons[] = {"支援時段與原執業機構排班重疊，人力配置不足",
                                          "請補充支援時段說明", "支援目的與科別不符，請修正"};
    struct demo_filing *filing = world->filing;
    const struct demo_reviewer *reviewer = reviewer_of(filing, pending->line.in.home);
    if (reviewer == NULL) {
        return ERR_OK;
    }
    struct letter *letter = letter_new();
    struct decision_item *item =
        letter == NULL ? NULL : arena_alloc_zero(&letter->arena, sizeof *item);
    if (item == NULL) {
        letter_free(letter);
        return ERR_NO_MEMORY;
    }
    uint64_t dice = below(filing, 100);
    item->line = pending->line;
    item->version = pending->version;
    item->due_day = DAY_NONE;
    item->move = dice < 80 ? MOVE_APPROVE : dice < 90 ? MOVE_RETURN : MOVE_REJECT;
    if (item->move == MOVE_RETURN) {
        item->reason = bytes_from_text(reasons[1 + below(filing, 2)]);
        item->due_day = taipei_day(rig_time(filing->rig)) + 14;
        filing->returned++;
    } else if (item->move == MOVE_REJECT) {
        item->reason = bytes_from_text(reasons[0]);
        filing->rejected++;
    } else {
        filing->approved++;
    }
    letter->msg.kind = MSG_DECIDE;
    letter->msg.to = (struct addr){ACTOR_INSTITUTION, pending->line.in.home};
    letter->msg.principal = reviewer->principal;
    letter->msg.u.decide.items_count = 1;
    letter->msg.u.decide.items = item;
    rig_tell(filing->rig, letter, on_decided, filing);
    return ERR_OK;
}

static enum err decide_due(struct world *world)
{
    enum err err = ERR_OK;
    struct wall now = rig_time(world->filing->rig);
    while (err == ERR_OK && world->count > 0 && world->pending[world->first].at.ms <= now.ms) {
        struct pending pending = world->pending[world->first];
        world->first = (world->first + 1) % PENDING_MAX;
        world->count--;
        err = decide_one(world, &pending);
    }
    return err;
}

enum err demo_file(struct demo_filing *filing)
{
    struct world world = {.filing = filing};
    world.pending = calloc(PENDING_MAX, sizeof *world.pending);
    if (world.pending == NULL) {
        return ERR_NO_MEMORY;
    }
    int64_t begun = rig_time(filing->rig).ms;
    int64_t span = filing->until.ms - begun;
    enum err err = ERR_OK;
    /* The clock of a batch is one: what was told before is settled first, some at a time. */
    uint32_t step = filing->lines < SHARED_CLOCK           ? 1
                    : filing->lines / STEPS > SHARED_CLOCK ? filing->lines / STEPS
                                                           : SHARED_CLOCK;
    for (uint32_t asked = 0; err == ERR_OK && asked < filing->lines; asked++) {
        if (asked % step == 0) {
            rig_settle(filing->rig);
            rig_set_time(filing->rig,
                         (struct wall){begun + (int64_t)((double)span * asked / filing->lines)});
            err = decide_due(&world);
            rig_settle(filing->rig);
        }
        bool told = false;
        for (int tries = 0; err == ERR_OK && !told && tries < TRIES; tries++) {
            err = file_one(&world, &told);
        }
    }
    rig_settle(filing->rig);
    rig_set_time(filing->rig, filing->until);
    filing->open = world.count;
    free(world.pending);
    return err;
}
