/* What a handler calls. Nothing here touches the connection: answers are recorded, the runner
 * sends. */
#include "web/exchange.h"
#include "base/check.h"
#include "hmac.h"
#include "web/exchange_private.h"
#include <stdio.h>
#include <string.h>

void exchange_wipe(struct exchange *x, void *secret, size_t size)
{
    CHECK(x->run->secret == NULL && secret != NULL);
    x->run->secret = secret;
    x->run->secret_size = size;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

bool exchange_query(const struct exchange *x, const char *name, struct bytes *value)
{
    for (uint16_t i = 0; i < x->query_count; i++) {
        if (bytes_are_text(x->query[i].name, name)) {
            *value = x->query[i].value;
            return true;
        }
    }
    return false;
}

static bool int_parse(struct bytes text, int64_t *out)
{
    bool negative = text.size > 0 && text.data[0] == '-';
    struct bytes digits = negative ? bytes_slice(text, 1, text.size - 1) : text;
    if (digits.size < 1 || digits.size > 18)
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        value = value * 10 + (digits.data[i] - '0');
    }
    *out = negative ? -value : value;
    return true;
}

bool exchange_query_int(struct exchange *x, const char *name, int64_t min, int64_t max,
                        int64_t default_value, int64_t *out)
{
    struct bytes text;
    int64_t value = default_value;
    if (exchange_query(x, name, &text) &&
        (!int_parse(text, &value) || value < min || value > max)) {
        exchange_problem_at(x, "bad_query", name);
        return false;
    }
    *out = value;
    return true;
}

bool exchange_field(const struct exchange *x, const char *name, struct bytes *value)
{
    return request_find(x->request, name, value);
}

const uint8_t *exchange_server_key(const struct exchange *x)
{
    return x->run->front->shared->server_key;
}

const struct sessions *exchange_sessions(const struct exchange *x)
{
    const struct front *front = x->run->front;
    return front->shared->config.sessions(front->shared->config.app, front->index);
}

struct digest exchange_client(const struct exchange *x)
{
    uint8_t address[16];
    uint8_t hash[32];
    struct digest digest;
    conn_peer(x->run->conn, address);
    hmac_sha256(exchange_server_key(x), bytes_of(address, sizeof address), hash);
    memcpy(digest.bytes, hash, sizeof digest.bytes);
    return digest;
}

/* ---- the body ----------------------------------------------------------------------------------
 */

bool exchange_json(struct exchange *x, struct json *json, struct problems *problems,
                   struct json_object *root)
{
    problems_init(problems, x->arena);
    struct bytes text = x->body;
    if (text.size == 0 && (x->route->flags & ROUTE_BODY_OPTIONAL) != 0)
        text = BYTES_LITERAL("{}");
    switch (json_parse(json, x->arena, text, problems)) {
    case JSON_FINE: break;
    case JSON_SYNTAX: exchange_problem(x, "bad_json"); return false;
    case JSON_DUPLICATE:
    case JSON_DEEP: exchange_problem_at(x, "bad_json", json->fault_field); return false;
    case JSON_MEMORY: exchange_problem(x, "overloaded"); return false;
    }
    if (json_root(json, root))
        return true;
    exchange_problems(x, problems);
    return false;
}

bool exchange_understood(struct exchange *x, const struct problems *problems)
{
    bool unknown = false;
    for (uint32_t i = 0; i < problems->count; i++)
        unknown = unknown || problems->items[i].code == CODE_UNKNOWN_FIELD;
    if (unknown) {
        exchange_problem(x, "unknown_field");
        for (uint32_t i = 0; i < problems->count; i++)
            reply_add_problem(x->run->problem, x->language, &problems->items[i]);
        return false;
    }
    if (x->run->if_match_missing) {
        exchange_problem(x, "precondition_required");
        return false;
    }
    return true;
}

bool exchange_sound(struct exchange *x, const struct problems *problems)
{
    bool faulty = problems->truncated;
    for (uint32_t i = 0; i < problems->count && !faulty; i++)
        faulty = !code_is_warning(problems->items[i].code);
    if (faulty)
        exchange_problems(x, problems);
    return !faulty;
}

/* ---- answering ---------------------------------------------------------------------------------
 */

static void answer_set(struct exchange *x, uint16_t status)
{
    struct exchange_run *run = x->run;
    CHECK(!run->answered);
    CHECK(reply_reason(status)[0] != '\0');
    run->answered = true;
    run->status = status;
}

/* The representation goes into the 412 that it is read for. */
static void stale_answer(struct exchange *x, yyjson_mut_doc *current)
{
    yyjson_mut_val *root = exchange_problem(x, "stale");
    yyjson_mut_doc *doc = x->run->problem;
    yyjson_mut_val *value =
        current == NULL ? NULL : yyjson_mut_val_mut_copy(doc, yyjson_mut_doc_get_root(current));
    if (value == NULL)
        json_put_null(doc, root, "current");
    else
        yyjson_mut_obj_add(root, yyjson_mut_str(doc, "current"), value);
}

void exchange_answer_json(struct exchange *x, uint16_t status, yyjson_mut_doc *doc)
{
    struct exchange_run *run = x->run;
    if (run->stale && status == 200) {
        stale_answer(x, doc);
        return;
    }
    if (status == 204) {
        CHECK(doc == NULL);
        answer_set(x, status);
        return;
    }
    struct bytes text = json_print(doc, x->arena);
    if (text.data == NULL) {
        exchange_problem(x, "overloaded");
        return;
    }
    answer_set(x, status);
    run->mime = "application/json";
    run->body = text;
}

void exchange_answer_bytes(struct exchange *x, uint16_t status, const char *mime,
                           struct bytes bytes)
{
    answer_set(x, status);
    x->run->mime = mime;
    x->run->body = bytes;
}

void exchange_header(struct exchange *x, const char *name, struct bytes value)
{
    struct exchange_run *run = x->run;
    CHECK(run->headers_count < EXCHANGE_HEADERS_MAX);
    for (size_t i = 0; i < value.size; i++)
        CHECK(value.data[i] >= 0x20 && value.data[i] != 0x7f);
    struct bytes copy = arena_copy(x->arena, value);
    if (copy.size == value.size)
        run->headers[run->headers_count++] = (struct exchange_header){name, copy};
}

void exchange_header_text(struct exchange *x, const char *name, const char *value)
{
    exchange_header(x, name, bytes_from_text(value));
}

void exchange_etag(struct exchange *x, uint32_t version)
{
    char text[16];
    struct writer out = writer_on(text, sizeof text);
    write_u8(&out, '"');
    write_decimal(&out, version);
    write_u8(&out, '"');
    exchange_header(x, "ETag", writer_bytes(&out));
}

yyjson_mut_val *exchange_problem(struct exchange *x, const char *code)
{
    struct exchange_run *run = x->run;
    if (run->effect && strcmp(code, "overloaded") == 0)
        code = "unknown_outcome";
    uint16_t status = reply_status(code);
    CHECK(status >= 400);
    answer_set(x, status);
    run->problem = reply_problem(x->arena, status, code, x->language, x->request_id);
    return run->problem == NULL ? NULL : yyjson_mut_doc_get_root(run->problem);
}

yyjson_mut_val *exchange_problem_at(struct exchange *x, const char *code, const char *field)
{
    yyjson_mut_val *root = exchange_problem(x, code);
    reply_add_error(x->run->problem, x->language, field, code);
    return root;
}

yyjson_mut_doc *exchange_doc(struct exchange *x)
{
    CHECK(x->run->answered);
    return x->run->problem;
}

void exchange_problems(struct exchange *x, const struct problems *problems)
{
    uint32_t count = 0;
    const char *code = "invalid";
    for (uint32_t i = 0; i < problems->count; i++) {
        if (code_is_warning(problems->items[i].code))
            continue;
        code = count++ == 0 ? code_name(problems->items[i].code) : "invalid";
    }
    if (count == 0) {
        CHECK(problems->truncated); /* else there is nothing to refuse */
        exchange_problem(x, problems->count == PROBLEMS_MAX ? "invalid" : "overloaded");
        return;
    }
    /* unknown_field is 400 as a whole, but only a body's form can bring it: exchange_understood */
    exchange_problem(x, code);
    for (uint32_t i = 0; i < problems->count; i++) {
        if (!code_is_warning(problems->items[i].code))
            reply_add_problem(x->run->problem, x->language, &problems->items[i]);
    }
}

void exchange_not_found(struct exchange *x)
{
    exchange_problem(x, "not_found");
}

void exchange_wrong_state(struct exchange *x, const char *state)
{
    yyjson_mut_val *root = exchange_problem(x, "wrong_state");
    json_put_name(x->run->problem, root, "state", state);
}

void exchange_stale(struct exchange *x)
{
    struct exchange_run *run = x->run;
    CHECK(!run->answered);
    if (x->route->current == NULL) {
        stale_answer(x, NULL);
        return;
    }
    run->stale = true;
    run->next_reader = x->route->current;
}

void exchange_retry_after(struct exchange *x, uint32_t seconds)
{
    x->run->retry_after_s = seconds;
}

static void refuse_invalid(struct exchange *x, struct bytes body)
{
    struct problems problems;
    problems_init(&problems, x->arena);
    struct reader reader = reader_of(body);
    if (problems_read(&reader, &problems) && problems.count > 0)
        exchange_problems(x, &problems);
    else
        exchange_problem(x, "overloaded"); /* no memory to read what is wrong */
}

void exchange_refuse(struct exchange *x, enum outcome outcome, struct bytes body)
{
    struct refusal refusal = reply_refusal(outcome);
    CHECK(refusal.code != NULL && outcome != OUTCOME_WRONG_STATE);
    if (outcome == OUTCOME_STALE) {
        exchange_stale(x);
        return;
    }
    if (outcome == OUTCOME_INVALID) {
        refuse_invalid(x, body);
        return;
    }
    if (outcome == OUTCOME_RATE_LIMITED) {
        struct reader reader = reader_of(body);
        uint32_t seconds = read_u32(&reader);
        exchange_retry_after(x, reader.failed ? 1 : seconds);
    }
    exchange_problem(x, refusal.code);
}

/* ---- going on ----------------------------------------------------------------------------------
 */

struct letter *exchange_letter(struct exchange *x, enum msg_kind kind, struct addr to)
{
    struct letter *letter = exchange_part_letter(x, kind, to);
    if (letter == NULL)
        exchange_problem(x, "overloaded");
    return letter;
}

void exchange_letter_free(struct exchange *x, struct letter *letter)
{
    x->run->dry = x->run->dry || letter->arena.dry;
    letter_free(letter);
}

struct letter *exchange_part_letter(const struct exchange *x, enum msg_kind kind, struct addr to)
{
    struct letter *letter = letter_new();
    if (letter == NULL)
        return NULL;
    letter->msg.kind = kind;
    letter->msg.to = to;
    letter->msg.principal = x->principal;
    letter->msg.request = x->key;
    letter->msg.body = x->content;
    return letter;
}

/* A new series of generations: those of one exchange follow each other, and 0 is nobody. */
static void tickets_begin(struct front *front)
{
    if (front->generation > UINT32_MAX - EXCHANGE_PARTS_MAX)
        front->generation = 0;
}

/* Where memory ran out while it was written, something may be missing in it. */
static bool letter_is_whole(const struct exchange *x, const struct letter *letter)
{
    return !x->arena->dry && !letter->arena.dry;
}

/* Other than POST_TAKEN: the letter stays the caller's. */
static enum post letter_post(struct exchange_run *run, struct letter *letter)
{
    struct front *front = run->front;
    uint32_t generation = front->generation + 1;
    letter->msg.ticket = (struct ticket){.loop = front->index,
                                         .door = FRONT_DOOR,
                                         .slot = run->conn->slot,
                                         .generation = generation};
    enum post post = loop_post(front->loop, letter);
    if (post != POST_TAKEN)
        return post;
    front->generation = generation;
    if (run->parts++ == 0)
        run->ticket = generation;
    run->awaits++;
    return post;
}

void exchange_send(struct exchange *x, struct letter *letter)
{
    struct exchange_run *run = x->run;
    struct front *front = run->front;
    CHECK(!run->answered && run->ticket == 0 && !run->is_reading);
    tickets_begin(front);
    run->parts = 0;
    enum post post = letter_is_whole(x, letter) ? letter_post(run, letter) : POST_FULL;
    if (post != POST_TAKEN) {
        letter_free(letter);
        exchange_problem(x, post == POST_READ_ONLY ? "read_only" : "overloaded");
        return;
    }
    run->deadline_ms = uv_now(front->host.uv) + front->shared->config.answer_ms;
}

enum outcome exchange_send_part(struct exchange *x, struct letter *letter)
{
    struct exchange_run *run = x->run;
    struct front *front = run->front;
    CHECK((x->route->flags & ROUTE_GATHERS) != 0 && !run->answered && !run->is_reading);
    CHECK(run->parts < EXCHANGE_PARTS_MAX);
    if (run->parts == 0)
        tickets_begin(front);
    enum post post = letter_is_whole(x, letter) ? letter_post(run, letter) : POST_FULL;
    if (post != POST_TAKEN) {
        letter_free(letter);
        return post == POST_READ_ONLY ? OUTCOME_READ_ONLY : OUTCOME_OVERLOADED;
    }
    if (run->parts == 1) {
        uint64_t wait_ms = front->shared->config.answer_ms;
        wait_ms = wait_ms < FRONT_GATHER_MS ? wait_ms : FRONT_GATHER_MS;
        run->deadline_ms = uv_now(front->host.uv) + wait_ms;
    }
    return OUTCOME_OK;
}

uint32_t exchange_awaits(const struct exchange *x)
{
    return x->run->awaits;
}

void exchange_read_again(struct exchange *x, void (*read)(struct exchange *x, struct snapshot *s))
{
    CHECK(!x->run->answered && read != NULL);
    x->run->next_reader = read;
}
