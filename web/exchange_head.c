/* What is decided before a byte of a body is read: path, session, role, CSRF (API 1, the order of
 * errors), and what the rest of the head says wrongly. */
#include "base/check.h"
#include "base/sha256.h"
#include "web/exchange_private.h"
#include "web/session.h"
#include "web/static.h"
#include <string.h>
#include <strings.h>

/* ---- path --------------------------------------------------------------------------------------
 */

static void allow_header(struct exchange *x, uint32_t allowed)
{
    uint8_t text[80];
    struct writer out = writer_on(text, sizeof text);
    route_allow_print(allowed | 1U << REQUEST_OPTIONS, &out);
    CHECK(!out.failed);
    exchange_header(x, "Allow", writer_bytes(&out));
}

/* OPTIONS tells the methods; there is no CORS: pages of other origins have no business here. */
static void options_answer(struct exchange *x, uint32_t allowed)
{
    allow_header(x, allowed);
    exchange_answer_json(x, 204, NULL);
}

static void method_refuse(struct exchange *x, uint32_t allowed)
{
    if (x->request->method == REQUEST_OPTIONS) {
        options_answer(x, allowed);
        return;
    }
    allow_header(x, allowed);
    exchange_problem(x, "method_not_allowed");
}

static void health_answer(struct exchange *x)
{
    const struct web_config *config = &x->run->front->shared->config;
    const char *why = NULL;
    if (bytes_are_text(x->request->path, "/readyz") && config->ready != NULL)
        why = config->ready(config->app);
    if (why == NULL) {
        exchange_answer_bytes(x, 200, "text/plain; charset=utf-8", BYTES_LITERAL("ok\n"));
        return;
    }
    yyjson_mut_val *root = exchange_problem(x, "starting");
    json_put_name(x->run->problem, root, "reason", why);
}

static const uint32_t read_methods = 1U << REQUEST_GET | 1U << REQUEST_HEAD;

/* Everything that is no route of the table: health, pages, files, nothing. */
static void path_answer(struct exchange *x)
{
    struct bytes path = x->request->path;
    bool health = bytes_are_text(path, "/healthz") || bytes_are_text(path, "/readyz");
    bool reads = (1U << x->request->method & read_methods) != 0;
    if (x->request->star)
        options_answer(x, (1U << REQUEST_METHODS) - 1);
    else if (!health && !static_has(path)) {
        if (!static_missing_answer(x))
            exchange_not_found(x);
    } else if (!reads)
        method_refuse(x, read_methods);
    else if (health)
        health_answer(x);
    else
        static_answer(x);
}

static bool path_admit(struct exchange *x)
{
    struct route_match match;
    route_find(&x->run->front->shared->config.routes, x->request->method, x->request->path, &match);
    if (match.route == NULL) {
        if (match.path_known)
            method_refuse(x, match.allowed);
        else
            path_answer(x);
        return false;
    }
    x->route = match.route;
    for (uint8_t i = 0; i < match.params_count; i++) {
        uint8_t *text = arena_alloc(x->arena, match.raw[i].size);
        size_t size;
        if (text == NULL) {
            exchange_problem(x, "overloaded");
            return false;
        }
        if (!route_decode(match.raw[i], false, text, &size)) {
            exchange_not_found(x); /* no thing has such a name */
            return false;
        }
        x->param[i] = bytes_of(text, size);
    }
    return true;
}

/* ---- who ---------------------------------------------------------------------------------------
 */

static void used_report(struct exchange *x, const struct session *session)
{
    struct front *front = x->run->front;
    const struct web_config *config = &front->shared->config;
    if (config->used == NULL || session->is_token)
        return;
    struct reader reader = reader_of(bytes_of(session->secret.bytes, 8));
    uint64_t key = read_u64(&reader);
    uint32_t now_s = (uint32_t)(uv_now(front->host.uv) / 1000);
    uint32_t last_s;
    if (map_get(&front->used, key, &last_s) && now_s - last_s < FRONT_USED_GAP_MS / 1000)
        return;
    if (front->used.count >= FRONT_USED_MAX)
        map_clear(&front->used); /* some are then reported a little early */
    if (map_put(&front->used, key, now_s) == ERR_OK)
        config->used(config->app, front->loop, session);
}

static void unauthorized(struct exchange *x, const char *reason)
{
    exchange_header_text(x, "WWW-Authenticate", "Bearer");
    yyjson_mut_val *root = exchange_problem(x, "auth_session");
    json_put_name(x->run->problem, root, "reason", reason);
}

static bool csrf_fits(const struct exchange *x, const struct session_found *found)
{
    if (found->way == SESSION_BY_TOKEN && found->session != NULL)
        return true; /* a program: no cookie rides along with it */
    if (!session_origin_fits(x->request, x->run->front->shared->names))
        return false;
    char token[SESSION_CSRF_TEXT + 1];
    if (x->route->verb != VERB_PUBLIC) {
        CHECK(found->session != NULL);
        session_csrf(found->session, token);
        return session_csrf_fits(x->request, token);
    }
    uint8_t pre[SESSION_SECRET_SIZE];
    if (!session_pre_find(x->request, pre))
        return false;
    session_pre_csrf(x->run->front->shared->server_key, pre, token);
    return session_csrf_fits(x->request, token);
}

static bool session_admit(struct exchange *x, struct session_found *found)
{
    struct front *front = x->run->front;
    const struct web_config *config = &front->shared->config;
    const struct sessions *sessions = config->sessions(config->app, front->index);
    *found = session_verify(sessions, x->request, front->shared->address.secure, x->now);
    if (found->session != NULL) {
        x->session = *found->session;
        x->principal = found->session->principal;
    } else if (x->route->verb != VERB_PUBLIC) {
        unauthorized(x, found->reason);
        return false;
    }
    switch (allow_role(&x->principal, x->route->verb)) {
    case ALLOWED: break;
    case DENIED_NO_SESSION: unauthorized(x, "none"); return false;
    case DENIED_ROLE: exchange_problem(x, "forbidden"); return false;
    case DENIED_THING: CHECK(false); /* a role is no thing */
    }
    return true;
}

static bool who_admit(struct exchange *x)
{
    struct session_found found;
    if (!session_admit(x, &found))
        return false;
    bool reads = (1U << x->request->method & read_methods) != 0;
    if (!reads && (x->route->flags & ROUTE_NO_CSRF) == 0 && !csrf_fits(x, &found)) {
        exchange_problem(x, "csrf");
        return false;
    }
    if (found.session != NULL)
        used_report(x, found.session);
    return true;
}

/* ---- what else the head says --------------------------------------------------------------------
 */

static void pend(struct exchange_run *run, const char *code, const char *field)
{
    if (run->pending != NULL)
        return; /* the first one counts: they are looked for in the order of API 1 */
    run->pending = code;
    run->pending_field = field;
}

static bool media_is_json(const struct exchange *x)
{
    struct bytes type;
    if (!request_find(x->request, "content-type", &type) ||
        request_count(x->request, "content-type") != 1)
        return false;
    static const char json[] = "application/json";
    size_t size = sizeof json - 1;
    if (type.size < size || strncasecmp((const char *)type.data, json, size) != 0)
        return false;
    return type.size == size || type.data[size] == ';' || type.data[size] == ' ' ||
           type.data[size] == '\t';
}

static uint32_t body_max(const struct route *route)
{
    return route->body_max > 0 ? route->body_max : FRONT_NO_BODY_MAX;
}

static void body_look(struct exchange_run *run)
{
    const struct request *request = run->x.request;
    const struct route *route = run->x.route;
    bool wants = (route->flags & (ROUTE_BODY_JSON | ROUTE_BODY_RAW)) != 0;
    bool optional = (route->flags & ROUTE_BODY_OPTIONAL) != 0;
    if (wants && !optional && !request->has_length && !request->is_chunked)
        pend(run, "length_required", NULL);
    if (request->has_length && request->length > body_max(route))
        pend(run, "too_large", NULL);
    bool has_json =
        (route->flags & ROUTE_BODY_JSON) != 0 && (request_has_body(request) || !optional);
    if (has_json && !media_is_json(&run->x))
        pend(run, "media_type", NULL);
}

/* One member of Accept: does it take application/json, and how closely does it name it? */
static int accept_member(struct bytes member, bool *taken)
{
    const uint8_t *semicolon = member.size > 0 ? memchr(member.data, ';', member.size) : NULL;
    size_t size = semicolon == NULL ? member.size : (size_t)(semicolon - member.data);
    while (size > 0 && (member.data[size - 1] == ' ' || member.data[size - 1] == '\t'))
        size--;
    const char *text = (const char *)member.data;
    int closeness = 0;
    if (size == 16 && strncasecmp(text, "application/json", 16) == 0)
        closeness = 3;
    else if (size == 13 && strncasecmp(text, "application/*", 13) == 0)
        closeness = 2;
    else if (size == 3 && strncmp(text, "*/*", 3) == 0)
        closeness = 1;
    *taken = true;
    for (size_t i = size; i + 3 <= member.size; i++) {
        if ((member.data[i] == 'q' || member.data[i] == 'Q') && member.data[i + 1] == '=')
            *taken = member.data[i + 2] != '0' ||
                     strcspn((const char *)member.data + i + 2, "123456789") < member.size - i - 2;
    }
    return closeness;
}

static bool json_is_acceptable(const struct exchange *x)
{
    struct bytes rest;
    if (!request_find(x->request, "accept", &rest) || rest.size == 0)
        return true;
    int best = 0;
    bool taken = false;
    while (rest.size > 0) {
        const uint8_t *comma = memchr(rest.data, ',', rest.size);
        size_t size = comma == NULL ? rest.size : (size_t)(comma - rest.data);
        struct bytes member = {rest.data, size};
        while (member.size > 0 && (member.data[0] == ' ' || member.data[0] == '\t'))
            member = bytes_slice(member, 1, member.size - 1);
        bool takes;
        int closeness = accept_member(member, &takes);
        if (closeness > best) {
            best = closeness;
            taken = takes;
        }
        size_t skip = comma == NULL ? size : size + 1;
        rest = bytes_slice(rest, skip, rest.size - skip);
    }
    return taken;
}

static bool query_is_known(const struct route *route, struct bytes name)
{
    if ((route->flags & ROUTE_QUERY_ANY) != 0)
        return true;
    const char *at = route->query == NULL ? "" : route->query;
    while (*at != '\0') {
        size_t size = strcspn(at, " ");
        if (size == name.size && memcmp(at, name.data, size) == 0)
            return true;
        at += size + strspn(at + size, " ");
    }
    return false;
}

static bool query_part(struct exchange *x, struct bytes raw, struct bytes *out)
{
    uint8_t *text = arena_alloc(x->arena, raw.size);
    size_t size;
    if (text == NULL || !route_decode(raw, true, text, &size))
        return false;
    *out = bytes_of(text, size);
    return true;
}

/* False: malformed, unknown, twice, or too many. */
static bool query_pair(struct exchange *x, struct bytes pair)
{
    const uint8_t *equals = memchr(pair.data, '=', pair.size);
    size_t name_size = equals == NULL ? pair.size : (size_t)(equals - pair.data);
    struct bytes value = {NULL, 0};
    if (equals != NULL)
        value = bytes_slice(pair, name_size + 1, pair.size - name_size - 1);
    struct exchange_query parsed;
    if (x->query_count == EXCHANGE_QUERY_MAX ||
        !query_part(x, (struct bytes){pair.data, name_size}, &parsed.name) ||
        !query_part(x, value, &parsed.value) || !query_is_known(x->route, parsed.name))
        return false;
    for (uint16_t i = 0; i < x->query_count; i++) {
        if (bytes_equal(x->query[i].name, parsed.name))
            return false;
    }
    x->query[x->query_count++] = parsed;
    return true;
}

static void query_look(struct exchange_run *run)
{
    struct bytes rest = run->x.request->query;
    while (rest.size > 0) {
        const uint8_t *amp = memchr(rest.data, '&', rest.size);
        size_t size = amp == NULL ? rest.size : (size_t)(amp - rest.data);
        struct bytes pair = {rest.data, size};
        if (size > 0 && !query_pair(&run->x, pair)) {
            const uint8_t *equals = memchr(pair.data, '=', pair.size);
            size_t name_size = equals == NULL ? size : (size_t)(equals - pair.data);
            char *name = arena_text(run->x.arena, (struct bytes){pair.data, name_size});
            pend(run, "bad_query", name);
            return;
        }
        size_t skip = amp == NULL ? size : size + 1;
        rest = bytes_slice(rest, skip, rest.size - skip);
    }
}

/* One strong tag. A tag that is no version of ours matches nothing. */
static bool tag_read(struct bytes value, uint32_t *version)
{
    if (value.size < 3 || value.data[0] != '"' || value.data[value.size - 1] != '"')
        return false;
    uint64_t number = 0;
    bool digits = value.size <= 12;
    for (size_t i = 1; i < value.size - 1; i++) {
        uint8_t c = value.data[i];
        if (c <= 0x20 || c == '"' || c == 0x7f)
            return false;
        digits = digits && c >= '0' && c <= '9';
        number = digits ? number * 10 + (uint64_t)(c - '0') : 0;
    }
    *version = digits && number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    return true;
}

static void if_match_look(struct exchange_run *run)
{
    struct exchange *x = &run->x;
    struct bytes value;
    bool reads = (1U << x->request->method & read_methods) != 0;
    if (reads)
        return; /* judged with the representation: exchange_run.c */
    /* No command takes this one; none may be carried out in spite of it (RFC 9110 13.1.2). */
    if (request_count(x->request, "if-none-match") > 0)
        pend(run, "bad_query", "If-None-Match");
    if ((x->route->flags & ROUTE_NEEDS_IF_MATCH) == 0)
        return;
    if (!request_find(x->request, "if-match", &value)) {
        run->if_match_missing = true;
        return;
    }
    x->has_if_match = true;
    if (request_count(x->request, "if-match") != 1 || !tag_read(value, &x->if_match))
        pend(run, "bad_query", "If-Match");
}

static bool key_is_valid(struct bytes key)
{
    for (size_t i = 0; i < key.size; i++) {
        uint8_t c = key.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    return key.size >= 1 && key.size <= 64;
}

static void key_look(struct exchange_run *run)
{
    struct exchange *x = &run->x;
    struct bytes key;
    if ((x->route->flags & ROUTE_IDEMPOTENT) == 0 ||
        !request_find(x->request, "idempotency-key", &key))
        return;
    if (request_count(x->request, "idempotency-key") != 1 || !key_is_valid(key))
        pend(run, "bad_query", "Idempotency-Key");
}

bool exchange_admit(struct exchange_run *run)
{
    struct exchange *x = &run->x;
    if (!path_admit(x) || !who_admit(x))
        return false;
    if (!json_is_acceptable(x) && (x->route->flags & ROUTE_ANSWER_FILE) == 0)
        pend(run, "not_acceptable", NULL);
    body_look(run);
    query_look(run);
    if_match_look(run);
    key_look(run);
    if (run->if_match_missing && (x->route->flags & ROUTE_BODY_JSON) == 0)
        pend(run, "precondition_required", NULL); /* else behind the faults of the body's form */
    return true;
}

bool exchange_admit_again(struct exchange_run *run)
{
    struct session_found found;
    run->x.now = loop_wall(run->front->loop);
    return session_admit(&run->x, &found);
}

/* ---- digests -----------------------------------------------------------------------------------
 */

static struct digest digest_end(struct sha256 *hash)
{
    uint8_t whole[SHA256_SIZE];
    sha256_end(hash, whole);
    struct digest digest;
    memcpy(digest.bytes, whole, sizeof digest.bytes);
    return digest;
}

/* Keys are remembered per subject: an institution is one, whoever of it acts (API 1). */
static uint64_t subject_of(const struct principal *principal)
{
    switch (principal->kind) {
    case PRINCIPAL_PERSON:
    case PRINCIPAL_BUREAU:
    case PRINCIPAL_OPS: return principal->person;
    case PRINCIPAL_INSTITUTION: return principal->institution;
    case PRINCIPAL_NONE:
    case PRINCIPAL_SYSTEM: break;
    }
    return 0;
}

void exchange_digest(struct exchange_run *run)
{
    struct exchange *x = &run->x;
    struct bytes key;
    if ((x->route->flags & ROUTE_IDEMPOTENT) == 0 ||
        !request_find(x->request, "idempotency-key", &key))
        return;
    uint8_t subject[9];
    struct writer out = writer_on(subject, sizeof subject);
    write_u8(&out, (uint8_t)x->principal.kind);
    write_u64(&out, subject_of(&x->principal));
    struct sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, writer_bytes(&out));
    sha256_add(&hash, key);
    x->key = digest_end(&hash);
    sha256_begin(&hash);
    sha256_add(&hash, bytes_from_text(request_method_name(x->request->method)));
    sha256_add(&hash, BYTES_LITERAL("\n"));
    sha256_add(&hash, x->request->path);
    if (x->request->query.size > 0) {
        sha256_add(&hash, BYTES_LITERAL("?"));
        sha256_add(&hash, x->request->query);
    }
    sha256_add(&hash, BYTES_LITERAL("\n"));
    sha256_add(&hash, x->body);
    x->content = digest_end(&hash);
}
