/* Transfers to NHI: what went, what became of it, once more (API 7; F202, P42). Operators see and
 * do all; a bureau sees the share of its county's institutions. */
#include "base/check.h"
#include "registry/facts_build.h"
#include "web/api.h"
#include "web/api_case.h"

enum { KIND_MAX = 16, PAGES_MAX = 200, LIMIT_DEFAULT = 50, LIMIT_MAX = 200 };

static void transfer_put(yyjson_mut_doc *doc, yyjson_mut_val *object,
                         const struct transfer_run *run)
{
    static const uint8_t none[32];
    char id[TRANSFER_ID_MAX];
    transfer_id_print(run->number, id);
    json_put_text(doc, object, "transfer_id", bytes_from_text(id));
    json_put_name(doc, object, "kind", transfer_kind_name(run->kind));
    json_put_name(doc, object, "state", transfer_state_name(run->state));
    json_put_int(doc, object, "rows", run->rows);
    json_put_int(doc, object, "accepted", run->accepted);
    json_put_int(doc, object, "rejected", run->rejected);
    json_put_int(doc, object, "attempts", run->attempts);
    json_put_instant(doc, object, "next_attempt_at", run->next_at, run->next_at != 0);
    struct bytes digest = bytes_of(run->sha256, sizeof run->sha256);
    bool sent = !bytes_equal(digest, bytes_of(none, sizeof none));
    json_put_hex(doc, object, "sha256", sent ? digest : (struct bytes){0});
    json_put_date(doc, object, "day", run->day);
    json_put_instant(doc, object, "began_at", run->began_at, true);
    json_put_instant(doc, object, "ended_at", run->ended_at, run->ended_at != 0);
}

/* The county whose share is shown; 0: all. */
static uint32_t scope_of(const struct exchange *x)
{
    return x->principal.kind == PRINCIPAL_BUREAU ? x->principal.county : 0;
}

void api_transfers(struct exchange *x, struct snapshot *snapshot)
{
    struct bytes cursor = {0};
    uint64_t from = 0;
    int64_t limit = 0;
    int64_t number = 0;
    struct transfer_page page;
    if (!exchange_query_int(x, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit) ||
        !exchange_query_int(x, "page", 1, PAGES_MAX, 0, &number)) {
        return;
    }
    if (exchange_query(x, "cursor", &cursor) &&
        (number != 0 || !transfer_id_parse(cursor, &from))) {
        (void)exchange_problem_at(x, "bad_query", "cursor");
        return;
    }
    uint32_t skip = number > 1 ? (uint32_t)((number - 1) * limit) : 0;
    if (!read_well(x, query_transfers(snapshot, scope_of(x), from, skip, (uint32_t)limit, x->arena,
                                      &page))) {
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    yyjson_mut_val *items = json_put_array(doc, root, "items");
    for (uint32_t i = 0; i < page.count; i++) {
        transfer_put(doc, json_add_object(doc, items), &page.items[i]);
    }
    char next[TRANSFER_ID_MAX] = "";
    if (page.next != 0) {
        transfer_id_print(page.next, next);
    }
    json_put_text(doc, root, "next_cursor",
                  page.next == 0 ? (struct bytes){0} : bytes_from_text(next));
    if (number == 0) {
        json_put_null(doc, root, "page");
    } else {
        json_put_int(doc, root, "page", number);
    }
    json_put_int(doc, root, "total", page.total);
    json_put_bool(doc, root, "total_is_min", page.total_is_min);
    exchange_answer_json(x, 200, doc);
}

/* False: answered. A transfer without a row of the county is none of its bureau's. */
static bool transfer_find(struct exchange *x, struct snapshot *snapshot, struct transfer_run *run)
{
    uint64_t number = 0;
    if (!transfer_id_parse(x->param[0], &number)) {
        exchange_not_found(x);
        return false;
    }
    enum err err = query_transfer(snapshot, number, run);
    if (err == ERR_NOT_FOUND ||
        (err == ERR_OK && scope_of(x) != 0 && !transfer_share(run, scope_of(x)))) {
        exchange_not_found(x);
        return false;
    }
    return read_well(x, err);
}

void api_transfer(struct exchange *x, struct snapshot *snapshot)
{
    struct transfer_run run;
    struct transfer_rejection *items = NULL;
    uint32_t count = 0;
    if (!transfer_find(x, snapshot, &run) ||
        !read_well(x, query_rejections(snapshot, run.number, x->arena, &items, &count))) {
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    transfer_put(doc, root, &run);
    yyjson_mut_val *array = json_put_array(doc, root, "rejections");
    for (uint32_t i = 0; i < count; i++) {
        const struct institution *home = facts_institution(x->facts, items[i].line.in.home);
        if (scope_of(x) != 0 && (home == NULL || home->county != scope_of(x))) {
            continue;
        }
        char id[LINE_ID_MAX];
        line_id_print(items[i].line, id);
        yyjson_mut_val *object = json_add_object(doc, array);
        json_put_text(doc, object, "line_id", bytes_from_text(id));
        json_put_int(doc, object, "version", items[i].version);
        json_put_text(doc, object, "code", items[i].code);
    }
    exchange_answer_json(x, 200, doc);
}

/* ---- once more ---- */

void api_transfer_run(struct exchange *x)
{
    struct json json;
    struct problems problems;
    struct json_object root;
    struct bytes kind;
    if (!exchange_json(x, &json, &problems, &root)) {
        return;
    }
    bool full = false;
    enum json_got got = json_text(&root, "kind", KIND_MAX, &kind);
    if (json_required(&root, "kind", got)) {
        full = bytes_are_text(kind, "full");
        if (!full && !bytes_are_text(kind, "delta")) {
            (void)json_problem(&root, CODE_BAD_TYPE, "kind");
        }
    }
    json_object_end(&root);
    if (!exchange_understood(x, &problems) || !exchange_sound(x, &problems)) {
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_TRANSFER_RUN, ADDR_TRANSFER);
    if (letter != NULL) {
        letter->msg.u.transfer.kind = full ? TRANSFER_FULL : TRANSFER_DELTA;
        exchange_send(x, letter);
    }
}

void api_transfer_find(struct exchange *x, struct snapshot *snapshot)
{
    struct transfer_run *run = arena_alloc_zero(x->arena, sizeof *run);
    if (run == NULL) {
        (void)exchange_problem(x, "overloaded");
    } else if (transfer_find(x, snapshot, run)) {
        x->user = run;
    }
}

void api_transfer_resend(struct exchange *x)
{
    const struct transfer_run *run = x->user;
    struct letter *letter = exchange_letter(x, MSG_TRANSFER_RESEND, ADDR_TRANSFER);
    if (letter != NULL) {
        letter->msg.u.transfer.number = run->number;
        letter->msg.u.transfer.state = run->state;
        letter->msg.u.transfer.rejected = run->rejected;
        exchange_send(x, letter);
    }
}

/* 202: it is on its way. 409: nothing of it can go again now, or no NHI is configured. */
void api_transfer_begun(struct exchange *x, enum outcome outcome, struct bytes body)
{
    struct transfer_run run;
    const struct transfer_run *asked = x->user;
    if (outcome == OUTCOME_WRONG_STATE) {
        exchange_wrong_state(x, asked == NULL ? "off" : transfer_state_name(asked->state));
        return;
    }
    if (outcome != OUTCOME_OK) {
        exchange_refuse(x, outcome, body);
        return;
    }
    enum err err = transfer_run_read(body, &run);
    CHECK(err == ERR_OK); /* the actor has just written it */
    yyjson_mut_doc *doc = json_new(x->arena);
    transfer_put(doc, json_new_root(doc), &run);
    exchange_answer_json(x, 202, doc);
}
