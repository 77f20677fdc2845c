#include "tests/unit/web/door_app.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/web/door_fixture.h"
#include "web/exchange.h"
#include "web/session.h"
#include <string.h>

enum { HOMES = 9, HOME_MUTE = 9 };

/* ---- actors: an institution that counts what it is asked ----------------------------------------
 */

static bool mute;

void door_mute(bool wanted)
{
    mute = wanted;
}

struct echo {
    uint32_t count;
};

static void echo_start(void *state, struct addr self, struct arena *memory)
{
    (void)state;
    (void)self;
    (void)memory;
}

static void echo_receive(void *state, const struct msg *in, struct effects *out)
{
    struct echo *echo = state;
    if (in->kind != MSG_CASE_DELETE || mute || in->to.id == HOME_MUTE)
        return;
    echo->count++;
    uint8_t key[8] = {0};
    struct writer writer = writer_on(key, sizeof key);
    write_u64(&writer, in->to.id);
    effect_put(out, TABLE_SERIAL, writer_bytes(&writer), BYTES_LITERAL("counted"));
    enum outcome outcome = (enum outcome)in->u.command.version;
    effect_reply(out, in->ticket, outcome, bytes_of(&echo->count, sizeof echo->count));
}

static bool echo_sound(const void *state)
{
    (void)state;
    return true;
}

static const struct actor_ops echo_ops = {
    .name = "echo",
    .state_size = sizeof(struct echo),
    .memory_quota = 1 << 20,
    .start = echo_start,
    .receive = echo_receive,
    .sound = echo_sound,
};

const struct actor_ops *const door_actors[ACTOR_KINDS] = {
    [ACTOR_INSTITUTION] = &echo_ops,
    [ACTOR_REGISTRY] = &echo_ops,
    [ACTOR_AUTH] = &echo_ops,
    [ACTOR_DESK] = &echo_ops,
};

/* ---- routes -------------------------------------------------------------------------------------
 */

static void ping_decode(struct exchange *x)
{
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    json_put_bool(doc, root, "pong", true);
    struct bytes q;
    if (exchange_query(x, "q", &q))
        json_put_text(doc, root, "q", q);
    exchange_answer_json(x, 200, doc);
}

/* {"home":1,"outcome":0} goes to that actor, which answers with that outcome. */
static void ask_decode(struct exchange *x)
{
    struct json json;
    struct problems problems;
    struct json_object root;
    int64_t home = 0;
    int64_t outcome = 0;
    if (!exchange_json(x, &json, &problems, &root))
        return;
    json_required(&root, "home", json_int(&root, "home", 1, HOMES, &home));
    json_int(&root, "outcome", 0, OUTCOME_COUNT - 1, &outcome);
    json_object_end(&root);
    if (!exchange_understood(x, &problems) || !exchange_sound(x, &problems))
        return;
    struct letter *letter =
        exchange_letter(x, MSG_CASE_DELETE, (struct addr){ACTOR_INSTITUTION, (uint64_t)home});
    if (letter == NULL)
        return;
    letter->msg.u.command.version = (uint32_t)outcome;
    exchange_send(x, letter);
}

static void ask_render(struct exchange *x, enum outcome outcome, struct bytes body)
{
    if (outcome == OUTCOME_WRONG_STATE) {
        exchange_wrong_state(x, "approved");
        return;
    }
    uint32_t count;
    CHECK(body.size == sizeof count);
    memcpy(&count, body.data, sizeof count);
    yyjson_mut_doc *doc = json_new(x->arena);
    json_put_int(doc, json_new_root(doc), "count", count);
    exchange_answer_json(x, outcome == OUTCOME_CREATED ? 201 : 200, doc);
}

/* {"homes":[1,2]} asks each; the answer tells what was heard of each part. */
static void gather_decode(struct exchange *x)
{
    struct json json;
    struct problems problems;
    struct json_object root;
    struct json_array homes;
    if (!exchange_json(x, &json, &problems, &root))
        return;
    char *heard = arena_alloc_zero(x->arena, HOMES + 1);
    x->user = heard;
    json_required(&root, "homes", json_array(&root, "homes", HOMES, &homes));
    uint32_t part = 0;
    while (json_array_next(&homes)) {
        int64_t home = 0;
        json_item_int(&homes, 1, HOMES, &home);
        struct letter *letter = exchange_part_letter(
            x, MSG_CASE_DELETE, (struct addr){ACTOR_INSTITUTION, (uint64_t)home});
        T_TRUE(letter != NULL);
        T_EQ_INT(exchange_send_part(x, letter), OUTCOME_OK);
        heard[part++] = '?';
    }
}

static void gather_render(struct exchange *x, enum outcome outcome, struct bytes body)
{
    char *heard = x->user;
    if (x->part != EXCHANGE_PART_NONE)
        heard[x->part] = outcome == OUTCOME_OK && body.size > 0 ? '+' : '-';
    else
        T_EQ_INT(outcome, OUTCOME_UNKNOWN);
    if (exchange_awaits(x) > 0)
        return;
    yyjson_mut_doc *doc = json_new(x->arena);
    json_put_text(doc, json_new_root(doc), "heard", bytes_from_text(heard));
    exchange_answer_json(x, 200, doc);
}

/* There is the thing 1, at version 7. */
static void thing_read(struct exchange *x, struct snapshot *snapshot)
{
    (void)snapshot;
    if (!bytes_are_text(x->param[0], "1"))
        exchange_not_found(x);
}

static void thing_get(struct exchange *x, struct snapshot *snapshot)
{
    thing_read(x, snapshot);
    if (!bytes_are_text(x->param[0], "1"))
        return;
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    json_put_int(doc, root, "version", 7);
    exchange_etag(x, 7);
    exchange_answer_json(x, 200, doc);
}

static void thing_patch(struct exchange *x)
{
    struct json json;
    struct problems problems;
    struct json_object root;
    struct bytes note;
    if (!exchange_json(x, &json, &problems, &root))
        return;
    json_text(&root, "note", 3, &note);
    json_object_end(&root);
    if (!exchange_understood(x, &problems))
        return;
    if (x->if_match != 7)
        exchange_stale(x);
    else if (exchange_sound(x, &problems))
        exchange_read_again(x, thing_get);
}

static void thing_delete(struct exchange *x)
{
    if (x->if_match != 7)
        exchange_stale(x);
    else
        exchange_answer_json(x, 204, NULL);
}

static void raw_decode(struct exchange *x)
{
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    json_put_int(doc, root, "size", (int64_t)x->body.size);
    json_put_bool(doc, root, "keyed", !digest_is_none(&x->key));
    exchange_header_text(x, "Location", "/api/v1/raw/1");
    exchange_answer_json(x, 201, doc);
}

char door_secret[8];

/* Like ask, with a secret that must not outlive the exchange. */
static void secret_decode(struct exchange *x)
{
    memset(door_secret, 'S', sizeof door_secret);
    exchange_wipe(x, door_secret, sizeof door_secret);
    ask_decode(x);
}

/* A list of problems that is cut off: at its end, or since memory is short. */
static void cut_decode(struct exchange *x)
{
    struct problems problems;
    problems_init(&problems, x->arena);
    bool warned = bytes_are_text(x->param[0], "warnings");
    for (int i = 0; warned && i <= PROBLEMS_MAX; i++)
        (void)problems_add(&problems, CODE_LONG_PERIOD, "/%d", i);
    problems.truncated = true;
    if (exchange_sound(x, &problems))
        exchange_answer_json(x, 204, NULL);
}

static void arena_fill(struct exchange *x)
{
    for (size_t size = 1 << 20; size > 0; size /= 2) {
        while (arena_alloc(x->arena, size) != NULL)
            ;
    }
}

static void full_decode(struct exchange *x)
{
    arena_fill(x);
    ping_decode(x);
}

/* The actor has done it, and there is no room for saying so. */
static void fat_render(struct exchange *x, enum outcome outcome, struct bytes body)
{
    arena_fill(x);
    ask_render(x, outcome, body);
}

static void pre_decode(struct exchange *x)
{
    uint8_t secret[SESSION_SECRET_SIZE];
    char csrf[SESSION_CSRF_TEXT + 1];
    char cookie[SESSION_COOKIE_HEADER_MAX];
    session_pre_new(secret);
    session_pre_csrf(exchange_server_key(x), secret, csrf);
    session_cookie_print(SESSION_PRE_COOKIE, secret, cookie);
    exchange_header_text(x, "Set-Cookie", cookie);
    yyjson_mut_doc *doc = json_new(x->arena);
    json_put_name(doc, json_new_root(doc), "csrf_token", csrf);
    exchange_answer_json(x, 200, doc);
}

static const struct route table[] = {
    {.method = REQUEST_GET,
     .pattern = "/api/v1/pre",
     .verb = VERB_PUBLIC,
     .decode = pre_decode,
     .operation = "pre"},
    {.method = REQUEST_GET,
     .pattern = "/api/v1/ping",
     .verb = VERB_PUBLIC,
     .query = "q",
     .decode = ping_decode,
     .operation = "ping"},
    {.method = REQUEST_POST,
     .pattern = "/api/v1/ask",
     .verb = VERB_PUBLIC,
     .flags = ROUTE_BODY_JSON | ROUTE_NO_CSRF | ROUTE_IDEMPOTENT,
     .body_max = 4096,
     .decode = ask_decode,
     .render = ask_render,
     .operation = "ask"},
    {.method = REQUEST_POST,
     .pattern = "/api/v1/gather",
     .verb = VERB_PUBLIC,
     .flags = ROUTE_BODY_JSON | ROUTE_NO_CSRF | ROUTE_GATHERS,
     .body_max = 4096,
     .decode = gather_decode,
     .render = gather_render,
     .operation = "gather"},
    {.method = REQUEST_POST,
     .pattern = "/api/v1/secret",
     .verb = VERB_PUBLIC,
     .flags = ROUTE_BODY_JSON | ROUTE_NO_CSRF,
     .body_max = 4096,
     .decode = secret_decode,
     .render = ask_render,
     .operation = "secret"},
    {.method = REQUEST_GET,
     .pattern = "/api/v1/full",
     .verb = VERB_PUBLIC,
     .decode = full_decode,
     .operation = "full"},
    {.method = REQUEST_POST,
     .pattern = "/api/v1/fat",
     .verb = VERB_PUBLIC,
     .flags = ROUTE_BODY_JSON | ROUTE_NO_CSRF,
     .body_max = 4096,
     .decode = ask_decode,
     .render = fat_render,
     .operation = "fat"},
    {.method = REQUEST_GET,
     .pattern = "/api/v1/cut/{how}",
     .verb = VERB_PUBLIC,
     .decode = cut_decode,
     .operation = "cut"},
    {.method = REQUEST_POST,
     .pattern = "/api/v1/raw",
     .verb = VERB_PUBLIC,
     .flags = ROUTE_BODY_RAW | ROUTE_NO_CSRF | ROUTE_IDEMPOTENT,
     .body_max = 256 * 1024,
     .decode = raw_decode,
     .operation = "raw"},
    {.method = REQUEST_GET,
     .pattern = "/api/v1/things/{id}",
     .verb = VERB_CASE_READ,
     .read = thing_get,
     .operation = "thing_get"},
    {.method = REQUEST_PATCH,
     .pattern = "/api/v1/things/{id}",
     .verb = VERB_CASE_FILE,
     .flags = ROUTE_BODY_JSON | ROUTE_NEEDS_IF_MATCH,
     .body_max = 1024,
     .read = thing_read,
     .decode = thing_patch,
     .current = thing_get,
     .operation = "thing_patch"},
    {.method = REQUEST_DELETE,
     .pattern = "/api/v1/things/{id}",
     .verb = VERB_CASE_FILE,
     .flags = ROUTE_NEEDS_IF_MATCH,
     .read = thing_read,
     .decode = thing_delete,
     .current = thing_get,
     .operation = "thing_delete"},
    {.method = REQUEST_GET,
     .pattern = "/api/v1/things/counts",
     .verb = VERB_CASE_READ,
     .decode = ping_decode,
     .operation = "thing_counts"},
    {.method = REQUEST_POST,
     .pattern = "/api/v1/login",
     .verb = VERB_PUBLIC,
     .flags = ROUTE_BODY_JSON | ROUTE_BODY_OPTIONAL,
     .body_max = 1024,
     .decode = ping_decode,
     .operation = "login"},
    {.method = REQUEST_GET,
     .pattern = "/api/v1/review",
     .verb = VERB_REVIEW_READ,
     .decode = ping_decode,
     .operation = "review"},
};

const struct route_table door_routes = {table, ARRAY_COUNT(table)};
