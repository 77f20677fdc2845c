#include "tests/unit/actors/rig.h"
#include "base/check.h"
#include "model/codes.h"
#include "registry/facts_build.h"
#include "tests/lib/t.h"
#include <stdlib.h>
#include <string.h>

const struct principal rig_home = {.kind = PRINCIPAL_INSTITUTION,
                                   .method = METHOD_HCA,
                                   .rights = RIGHTS_ALL,
                                   .institution = RIG_HOME};
const struct principal rig_place = {.kind = PRINCIPAL_INSTITUTION,
                                    .method = METHOD_HCA,
                                    .rights = RIGHTS_ALL,
                                    .institution = RIG_PLACE};
const struct principal rig_nurse = {.kind = PRINCIPAL_PERSON,
                                    .method = METHOD_HCA,
                                    .rights = RIGHTS_ALL,
                                    .person = RIG_NURSE,
                                    .institution = RIG_HOME};
const struct principal rig_officer = {.kind = PRINCIPAL_BUREAU,
                                      .method = METHOD_HCA,
                                      .rights = RIGHTS_ALL,
                                      .person = 91,
                                      .county = RIG_COUNTY};
const struct principal rig_officer_afar = {.kind = PRINCIPAL_BUREAU,
                                           .method = METHOD_HCA,
                                           .rights = RIGHTS_ALL,
                                           .person = 92,
                                           .county = RIG_OTHER_COUNTY};

/* ---- facts ---- */

static void add_place(struct facts_builder *builder, uint64_t id, uint32_t county)
{
    T_OK(facts_builder_add_institution(
        builder,
        &(struct institution){.id = id,
                              .name = BYTES_LITERAL("診所"),
                              .county = county,
                              .type = (uint8_t)institution_type_find(BYTES_LITERAL("clinic")),
                              .medical = true,
                              .status_from = DAY_NONE,
                              .version = 1}));
}

static void add_person(struct facts_builder *builder, uint64_t id, uint64_t home, char profession)
{
    struct person person = {.id = id,
                            .name = BYTES_LITERAL("林小明"),
                            .id_masked = BYTES_LITERAL("A1234XXXX9"),
                            .profession = profession,
                            .main = true,
                            .home = home,
                            .reg_no = 1,
                            .licence_from = RIG_TODAY - 100,
                            .licence_to = RIG_TODAY + 900,
                            .status_from = DAY_NONE,
                            .version = 1};
    person.lookup = rig_digest((uint8_t)id);
    T_OK(facts_builder_add_person(builder, &person));
}

static const struct facts *facts_of(const struct transfer_rules *transfer, uint64_t doctors_home)
{
    struct facts_builder builder;
    const struct facts *facts = NULL;
    facts_builder_init(&builder);
    add_place(&builder, RIG_HOME, RIG_COUNTY);
    add_place(&builder, RIG_PLACE, RIG_COUNTY);
    add_place(&builder, RIG_AFAR, RIG_OTHER_COUNTY);
    add_person(&builder, RIG_NURSE, RIG_HOME, 'F');
    add_person(&builder, RIG_DOCTOR, doctors_home, 'A');
    add_person(&builder, RIG_STRANGER, RIG_PLACE, 'F');
    if (transfer != NULL) {
        T_OK(facts_builder_set_transfer(&builder, transfer));
    }
    T_OK(facts_build(&builder, 1, &facts));
    facts_builder_deinit(&builder);
    return facts;
}

void rig_transfer(struct rig *rig, const struct transfer_rules *rules)
{
    facts_free(rig->facts);
    rig->facts = facts_of(rules, RIG_HOME);
}

void rig_doctor_moves(struct rig *rig)
{
    facts_free(rig->facts);
    rig->facts = facts_of(NULL, RIG_PLACE);
}

struct digest rig_digest(uint8_t byte)
{
    struct digest digest;
    memset(digest.bytes, byte, sizeof digest.bytes);
    return digest;
}

void rig_at(struct rig *rig, int32_t day, int minute)
{
    rig->now.ms = ((int64_t)day * MINUTES_PER_DAY + minute) * 60000 - TAIPEI_OFFSET_MS;
}

/* ---- rows ---- */

static struct rig_row *row_find(struct rig *rig, enum table table, struct bytes key)
{
    for (uint32_t i = 0; i < rig->rows_count; i++) {
        struct rig_row *row = &rig->rows[i];
        if (row->table == table && !row->gone && bytes_equal(row->key, key)) {
            return row;
        }
    }
    return NULL;
}

static struct bytes keep(struct rig *rig, struct bytes bytes)
{
    struct bytes copy = arena_copy(&rig->kept, bytes);
    T_TRUE(copy.data != NULL || bytes.size == 0);
    return copy;
}

static void row_carry_out(struct rig *rig, const struct effect *effect)
{
    enum table table = effect->u.row.table;
    struct rig_row *row = row_find(rig, table, effect->u.row.key);
    rig->changes++;
    if (effect->kind == EFFECT_ERASE) {
        if (row != NULL) {
            row->gone = true;
        }
        return;
    }
    if (row == NULL || effect->kind == EFFECT_APPEND) {
        T_TRUE(rig->rows_count < RIG_ROWS_MAX);
        row = &rig->rows[rig->rows_count++];
        *row = (struct rig_row){.table = table, .key = keep(rig, effect->u.row.key)};
    }
    row->value = keep(rig, effect->u.row.value);
}

static int row_order(const void *a, const void *b)
{
    const struct rig_row *x = a;
    const struct rig_row *y = b;
    return x->table != y->table ? (x->table < y->table ? -1 : 1) : bytes_compare(x->key, y->key);
}

uint32_t rig_count(const struct rig *rig, enum table table)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rig->rows_count; i++) {
        count += rig->rows[i].table == table && !rig->rows[i].gone ? 1 : 0;
    }
    return count;
}

const struct rig_row *rig_row(const struct rig *rig, enum table table, struct bytes key)
{
    return row_find((struct rig *)(uintptr_t)rig, table, key);
}

const struct rig_row *rig_row_at(const struct rig *rig, enum table table, uint32_t index)
{
    for (uint32_t i = 0; i < rig->rows_count; i++) {
        if (rig->rows[i].table == table && !rig->rows[i].gone && index-- == 0) {
            return &rig->rows[i];
        }
    }
    T_FAIL("no such row of %s", table_info(table)->name);
}

/* ---- turns ---- */

static void effect_carry_out(struct rig *rig, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_REPLY:
        T_TRUE(rig->replies_count < RIG_OUT_MAX);
        rig->replies[rig->replies_count++] = (struct rig_reply){
            effect->u.reply.ticket, effect->u.reply.outcome, keep(rig, effect->u.reply.body)};
        return;
    case EFFECT_SEND:
        T_TRUE(rig->sends_count < RIG_OUT_MAX);
        rig->sends[rig->sends_count] = effect->u.send->msg;
        if (effect->u.send->msg.kind == MSG_DESK_CHANGE) {
            size_t size = effect->u.send->msg.u.desk.changes_count * sizeof(struct desk_change);
            struct bytes copy = keep(rig, bytes_of(effect->u.send->msg.u.desk.changes, size));
            rig->sends[rig->sends_count].u.desk.changes =
                (const struct desk_change *)(const void *)copy.data;
        }
        rig->sends_count++;
        letter_free(effect->u.send);
        return;
    case EFFECT_PUT:
    case EFFECT_APPEND:
    case EFFECT_ERASE: row_carry_out(rig, effect); return;
    case EFFECT_TIMER:
        rig->timers_count++;
        rig->timer_tag = effect->u.timer.tag;
        rig->timer_at = effect->u.timer.at;
        return;
    case EFFECT_WORK:
        rig->works_count++;
        rig->work_tag = effect->u.work.tag;
        rig->work = keep(rig, effect->u.work.input);
        return;
    case EFFECT_OUTSIDE:
        rig->outsides_count++;
        rig->outside = effect->u.outside.outside;
        rig->outside_tag = effect->u.outside.tag;
        rig->outside_key = keep(rig, effect->u.outside.key);
        rig->document = keep(rig, effect->u.outside.document);
        return;
    case EFFECT_ALARM:
        rig->alarms_count++;
        rig->alarm = effect->u.alarm.alarm;
        return;
    case EFFECT_WAKE: rig->wakes_count++; return;
    }
}

void rig_receive(struct rig *rig, struct msg *msg)
{
    msg->to = rig->self;
    if (msg->ticket.generation == 0) {
        msg->ticket = (struct ticket){.slot = ++rig->slot, .generation = 1};
    }
    msg->now = rig->now;
    msg->tick = rig->tick;
    msg->entropy = 0x1234567 + rig->slot;
    msg->facts = rig->facts;
    msg->loops = rig->loops;
    msg->incarnation = rig->incarnation;
    rig->replies_count = rig->sends_count = rig->works_count = rig->timers_count = 0;
    rig->outsides_count = rig->alarms_count = rig->wakes_count = 0;
    rig->changes = 0;
    effects_begin(&rig->effects, &rig->turn, false);
    rig->ops->receive(rig->state, msg, &rig->effects);
    T_TRUE(rig->ops->sound(rig->state));
    T_FALSE(rig->effects.failed);
    for (uint32_t i = 0; i < rig->effects.count; i++) {
        effect_carry_out(rig, &rig->effects.items[i]);
    }
}

enum outcome rig_ask(struct rig *rig, struct msg *msg)
{
    msg->ticket = (struct ticket){0};
    rig_receive(rig, msg);
    T_EQ_UINT(rig->replies_count, 1);
    T_EQ_UINT(rig->replies[0].ticket.slot, msg->ticket.slot);
    return rig->replies[0].outcome;
}

/* ---- life ---- */

static void state_begin(struct rig *rig)
{
    rig->incarnation++;
    rig->state = arena_alloc_zero(&rig->memory, rig->ops->state_size);
    T_TRUE(rig->state != NULL);
    rig->ops->start(rig->state, rig->self, &rig->memory);
}

static void state_restored(struct rig *rig)
{
    struct msg restored = {.kind = MSG_RESTORED};
    rig_receive(rig, &restored);
    T_EQ_UINT(rig->changes, 0);
}

void rig_open(struct rig *rig, struct addr self)
{
    memset(rig, 0, sizeof *rig);
    rig->ops = actor_table[self.kind];
    rig->self = self;
    rig->loops = 2;
    rig->tick.ms = 5000;
    rig->facts = facts_of(NULL, RIG_HOME);
    rig_at(rig, RIG_TODAY, 12 * 60);
    arena_init(&rig->memory, 4096, rig->ops->memory_quota);
    arena_init(&rig->turn, 65536, 0);
    arena_init(&rig->kept, 65536, 0);
    state_begin(rig);
    state_restored(rig);
}

static void state_end(struct rig *rig)
{
    if (rig->ops->stop != NULL) {
        rig->ops->stop(rig->state);
    }
    arena_reset(&rig->memory);
}

void rig_close(struct rig *rig)
{
    state_end(rig);
    arena_deinit(&rig->memory);
    arena_deinit(&rig->turn);
    arena_deinit(&rig->kept);
    facts_free(rig->facts);
}

void rig_reload(struct rig *rig)
{
    state_end(rig);
    state_begin(rig);
    qsort(rig->rows, rig->rows_count, sizeof rig->rows[0], row_order);
    struct load_range ranges[LOAD_RANGES_MAX];
    size_t count = shard_load_ranges(rig->self, ranges);
    for (uint32_t i = 0; i < rig->rows_count; i++) {
        const struct rig_row *row = &rig->rows[i];
        bool loaded = false;
        for (size_t j = 0; j < count; j++) {
            loaded = loaded || (ranges[j].table == row->table &&
                                bytes_start_with(row->key, bytes_of(ranges[j].prefix.data,
                                                                    ranges[j].prefix.size)));
        }
        if (!loaded || row->gone) {
            continue;
        }
        struct msg msg = {.kind = MSG_RESTORE_ROW, .to = rig->self, .facts = rig->facts};
        msg.u.row.table = row->table;
        msg.u.row.key = row->key;
        msg.u.row.value = row->value;
        effects_begin(&rig->effects, &rig->turn, true);
        rig->ops->receive(rig->state, &msg, &rig->effects);
    }
}

void rig_restart(struct rig *rig)
{
    rig_reload(rig);
    state_restored(rig);
}
