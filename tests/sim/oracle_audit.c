/* I9 and I7: one audit record a change, in order, without a gap; one outbox row an approval. */
#include "base/check.h"
#include "tests/sim/oracle_private.h"
#include <stdlib.h>

/* What the records say of one case. */
struct told {
    struct case_id id;
    uint32_t records;
    uint32_t perhaps_one; /* deletions that may have been one turn with the one before */
    uint32_t version;     /* the latest one of the whole case that a record names */
    int64_t deleted_at;
    uint64_t deleted_by;
};
struct told_list {
    struct told *items;
    uint32_t count, capacity;
    struct map by_case;
};

static struct told *told_of(struct told_list *list, struct case_id id)
{
    uint64_t key = line_key((struct line_id){.in = id}, 0);
    uint32_t at = 0;
    if (map_get(&list->by_case, key, &at)) {
        return &list->items[at];
    }
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->items = reallocarray(list->items, list->capacity, sizeof *list->items);
        CHECK(list->items != NULL);
    }
    enum err err = map_put(&list->by_case, key, list->count);
    CHECK(err == ERR_OK);
    list->items[list->count] = (struct told){.id = id};
    return &list->items[list->count++];
}

static bool is_decision(enum audit_action action)
{
    return action == AUDIT_APPROVE || action == AUDIT_REJECT || action == AUDIT_RETURN ||
           action == AUDIT_WITHDRAW;
}

static bool record_is_of(enum audit_action record, enum history_action entry)
{
    return (record == AUDIT_APPROVE && entry == HISTORY_APPROVE) ||
           (record == AUDIT_REJECT && entry == HISTORY_REJECT) ||
           (record == AUDIT_RETURN && entry == HISTORY_RETURN) ||
           (record == AUDIT_WITHDRAW && entry == HISTORY_WITHDRAW);
}

/* Counts the record; false: it does not fit the history or comes out of order. */
static bool record_count(struct world *world, struct told *told, const struct audit *audit)
{
    if (audit->action == AUDIT_DELETE) {
        bool same_turn = told->deleted_at == audit->at &&
                         told->deleted_by == audit->actor.session && told->records > 0;
        told->records++;
        told->perhaps_one += same_turn ? 1 : 0;
        told->deleted_at = audit->at;
        told->deleted_by = audit->actor.session;
        return true;
    }
    told->records++;
    if (is_decision(audit->action)) {
        struct history history;
        return view_history(world, audit->line, audit->version, &history) &&
               record_is_of(audit->action, history.action) && history.at == audit->at;
    }
    bool in_order = audit->version > told->version;
    told->version = audit->version;
    return in_order;
}

static void look_audit(struct world *world, const char *when, struct told_list *list,
                       uint32_t *decisions)
{
    struct rows rows = {0};
    disk_range(&world->disk, TABLE_AUDIT, (struct bytes){0}, &rows);
    for (uint32_t i = 0; i < rows.count && !world->failed; i++) {
        struct reader key = reader_of(rows.items[i].key);
        struct audit audit;
        if (read_u64(&key) != i + 1u) {
            world_fail(world, "I9", "%s audit record %u is missing", when, i + 1);
            break;
        }
        if (!audit_read(rows.items[i].value, &audit)) {
            world_fail(world, "I9", "%s audit record %u can't be read", when, i + 1);
            break;
        }
        *decisions += is_decision(audit.action) ? 1 : 0;
        /* That a sheet is deleted is no change of the case that was made of it. */
        if (audit.line.in.serial != 0 && audit.action != AUDIT_UPLOAD_DELETE &&
            !record_count(world, told_of(list, audit.line.in), &audit)) {
            world_fail(world, "I9", "%s audit record %u (%s) is not of a change, or out of order",
                       when, i + 1, audit_action_name(audit.action));
        }
    }
    rows_free(&rows);
}

/* Each change of a case made its version grow by one and left one record. */
static void look_cases(struct world *world, const char *when, struct told_list *list)
{
    struct rows rows = {0};
    disk_range(&world->disk, TABLE_CASE, (struct bytes){0}, &rows);
    for (uint32_t i = 0; i < rows.count && !world->failed; i++) {
        struct case_record record = {0};
        bool read = key_read_case(rows.items[i].key, &record.id);
        CHECK(read);
        enum err err = case_read(rows.items[i].value, &record);
        CHECK(err == ERR_OK);
        const struct told *told = told_of(list, record.id);
        struct line_state lines[64];
        uint32_t count = view_case_lines(world, record.id, lines, ARRAY_COUNT(lines));
        char name[LINE_ID_MAX];
        line_name((struct line_id){.in = record.id}, name);
        if (told->records < record.version || told->records - told->perhaps_one > record.version) {
            world_fail(world, "I9", "%s case %s changed %u times and has %u audit records", when,
                       name, record.version, told->records);
        } else if (count != record.lines || count == 0) {
            world_fail(world, "I14", "%s case %s says it has %u lines, there are %u", when, name,
                       record.lines, count);
        }
    }
    rows_free(&rows);
}

static void look_outbox(struct world *world, const char *when, const struct lives *lives)
{
    struct rows rows = {0};
    struct map seen;
    map_init(&seen);
    disk_range(&world->disk, TABLE_OUTBOX, (struct bytes){0}, &rows);
    uint32_t approvals = 0;
    for (uint32_t i = 0; i < lives->count; i++) {
        approvals += lives->items[i].approvals;
    }
    for (uint32_t i = 0; i < rows.count && !world->failed; i++) {
        struct outbox outbox;
        struct history history;
        bool read = outbox_read(rows.items[i].value, &outbox);
        CHECK(read);
        uint64_t key = line_key(outbox.line, outbox.version);
        if (map_get(&seen, key, &(uint32_t){0}) ||
            !view_history(world, outbox.line, outbox.version, &history) ||
            history.action != HISTORY_APPROVE) {
            world_fail(world, "I7", "%s outbox row %u is not of an approval, or a second one", when,
                       i + 1);
        }
        enum err err = map_put(&seen, key, 1);
        CHECK(err == ERR_OK);
    }
    if (!world->failed && rows.count != approvals) {
        world_fail(world, "I7", "%s %u lines were approved, the outbox has %u rows", when,
                   approvals, rows.count);
    }
    rows_free(&rows);
    map_deinit(&seen);
}

void oracle_look_records(struct world *world, const char *when, const struct lives *lives)
{
    struct told_list list = {0};
    map_init(&list.by_case);
    uint32_t decisions = 0;
    uint32_t moves = 0;
    if (!world->failed) {
        look_audit(world, when, &list, &decisions);
    }
    for (uint32_t i = 0; i < lives->count; i++) {
        moves += lives->items[i].moves;
    }
    if (!world->failed && moves != decisions) {
        world_fail(world, "I9", "%s %u withdrawals and decisions have %u audit records", when,
                   moves, decisions);
    }
    if (!world->failed) {
        look_cases(world, when, &list);
    }
    if (!world->failed) {
        look_outbox(world, when, lives);
    }
    free(list.items);
    map_deinit(&list.by_case);
}
