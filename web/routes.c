/* The route table: what is not here is 404 (DESIGN 7, 8; API). */
#include "base/check.h"
#include "web/api.h"
#include "web/list_query.h"
#include "web/route.h"

enum { CASE_BODY_MAX = 1 << 20, SMALL_BODY_MAX = 16 * 1024, DECISIONS_BODY_MAX = 1 << 20 };
enum { COMMAND = ROUTE_NEEDS_IF_MATCH, POSTED = ROUTE_IDEMPOTENT };

#define BASE "/api/v1"

const struct route routes[] = {
    /* signing in */
    {.method = REQUEST_GET, .pattern = BASE "/auth/pre", .verb = VERB_PUBLIC,
     .decode = api_auth_pre, .operation = "authPre"},
    {.method = REQUEST_POST, .pattern = BASE "/auth/cert/challenge", .verb = VERB_PUBLIC,
     .flags = ROUTE_BODY_JSON, .body_max = SMALL_BODY_MAX, .decode = api_auth_challenge,
     .render = api_auth_challenged, .operation = "authCertChallenge"},
    {.method = REQUEST_POST, .pattern = BASE "/auth/cert/login", .verb = VERB_PUBLIC,
     .flags = ROUTE_BODY_JSON, .body_max = SMALL_BODY_MAX, .decode = api_auth_login,
     .render = api_auth_logged_in, .operation = "authCertLogin"},
    {.method = REQUEST_GET, .pattern = BASE "/auth/session", .verb = VERB_SESSION,
     .decode = api_auth_session, .operation = "authSession"},
    {.method = REQUEST_POST, .pattern = BASE "/auth/session/touch", .verb = VERB_SESSION,
     .flags = ROUTE_RENDERS_REFUSALS, .decode = api_auth_touch, .render = api_auth_touched,
     .operation = "authSessionTouch"},
    {.method = REQUEST_POST, .pattern = BASE "/auth/logout", .verb = VERB_SESSION,
     .decode = api_auth_logout, .render = api_auth_logged_out, .operation = "authLogout"},
    {.method = REQUEST_GET, .pattern = BASE "/auth/sessions", .verb = VERB_SESSION,
     .decode = api_auth_sessions, .operation = "authSessions"},
    {.method = REQUEST_DELETE, .pattern = BASE "/auth/sessions/{id}", .verb = VERB_SESSION,
     .decode = api_auth_session_end, .render = api_auth_session_ended,
     .operation = "authSessionEnd"},

    /* registry */
    {.method = REQUEST_GET, .pattern = BASE "/codes", .verb = VERB_PUBLIC, .decode = api_codes,
     .operation = "codes"},
    {.method = REQUEST_GET, .pattern = BASE "/institutions", .verb = VERB_REGISTRY_READ,
     .query = "q county type open limit cursor page", .decode = api_institutions,
     .operation = "institutions"},
    {.method = REQUEST_GET, .pattern = BASE "/institutions/{code}", .verb = VERB_REGISTRY_READ,
     .decode = api_institution, .operation = "institution"},
    {.method = REQUEST_GET, .pattern = BASE "/staff", .verb = VERB_STAFF_READ,
     .query = "q profession limit cursor page", .decode = api_staff, .operation = "staff"},
    {.method = REQUEST_GET, .pattern = BASE "/people/me", .verb = VERB_ME_READ, .decode = api_me,
     .operation = "me"},

    /* cases */
    {.method = REQUEST_POST, .pattern = BASE "/cases/preview", .verb = VERB_CASE_FILE,
     .flags = ROUTE_BODY_JSON, .body_max = CASE_BODY_MAX, .decode = api_preview_body,
     .operation = "casePreview"},
    {.method = REQUEST_POST, .pattern = BASE "/cases", .verb = VERB_CASE_FILE,
     .flags = ROUTE_BODY_JSON | ROUTE_RENDERS_REFUSALS | POSTED, .body_max = CASE_BODY_MAX,
     .decode = api_case_create, .render = api_case_created, .operation = "caseCreate"},
    {.method = REQUEST_GET, .pattern = BASE "/cases/{no}", .verb = VERB_CASE_READ,
     .read = api_case_get, .operation = "case"},
    {.method = REQUEST_PATCH, .pattern = BASE "/cases/{no}", .verb = VERB_CASE_FILE,
     .flags = ROUTE_BODY_JSON | ROUTE_RENDERS_REFUSALS | COMMAND, .body_max = CASE_BODY_MAX,
     .read = api_case_find, .decode = api_case_edit, .render = case_render,
     .current = api_case_get, .operation = "caseEdit"},
    {.method = REQUEST_DELETE, .pattern = BASE "/cases/{no}", .verb = VERB_CASE_FILE,
     .flags = ROUTE_RENDERS_REFUSALS | COMMAND, .read = api_case_find, .decode = api_case_delete,
     .render = case_render, .current = api_case_get, .operation = "caseDelete"},
    {.method = REQUEST_POST, .pattern = BASE "/cases/{no}/lines", .verb = VERB_CASE_FILE,
     .flags = ROUTE_BODY_JSON | ROUTE_RENDERS_REFUSALS | POSTED, .body_max = CASE_BODY_MAX,
     .read = api_case_find, .decode = api_case_add_line, .render = line_render,
     .operation = "caseAddLine"},
    {.method = REQUEST_POST, .pattern = BASE "/cases/{no}/submit", .verb = VERB_CASE_SUBMIT,
     .flags = ROUTE_RENDERS_REFUSALS | COMMAND | POSTED, .read = api_case_find,
     .decode = api_case_submit, .render = case_render, .current = api_case_get,
     .operation = "caseSubmit"},

    /* lines */
    {.method = REQUEST_GET, .pattern = BASE "/lines", .verb = VERB_CASE_READ,
     .query = LIST_QUERY_NAMES, .read = api_lines, .operation = "lines"},
    {.method = REQUEST_GET, .pattern = BASE "/lines/counts", .verb = VERB_CASE_READ,
     .read = api_lines_counts, .operation = "linesCounts"},
    {.method = REQUEST_GET, .pattern = BASE "/lines/{id}", .verb = VERB_CASE_READ,
     .read = api_line_get, .operation = "line"},
    {.method = REQUEST_GET, .pattern = BASE "/lines/{id}/history", .verb = VERB_CASE_READ,
     .read = api_line_history, .operation = "lineHistory"},
    {.method = REQUEST_PATCH, .pattern = BASE "/lines/{id}", .verb = VERB_CASE_FILE,
     .flags = ROUTE_BODY_JSON | ROUTE_RENDERS_REFUSALS | COMMAND, .body_max = CASE_BODY_MAX,
     .read = api_line_find, .decode = api_line_edit, .render = line_render,
     .current = api_line_get, .operation = "lineEdit"},
    {.method = REQUEST_DELETE, .pattern = BASE "/lines/{id}", .verb = VERB_CASE_FILE,
     .flags = ROUTE_RENDERS_REFUSALS | COMMAND, .read = api_line_find, .decode = api_line_delete,
     .render = line_render, .current = api_line_get, .operation = "lineDelete"},
    {.method = REQUEST_POST, .pattern = BASE "/lines/{id}/submit", .verb = VERB_CASE_SUBMIT,
     .flags = ROUTE_RENDERS_REFUSALS | COMMAND | POSTED, .read = api_line_find,
     .decode = api_line_submit, .render = line_render, .current = api_line_get,
     .operation = "lineSubmit"},
    {.method = REQUEST_POST, .pattern = BASE "/lines/{id}/withdraw", .verb = VERB_CASE_SUBMIT,
     .flags = ROUTE_RENDERS_REFUSALS | COMMAND | POSTED, .read = api_line_find,
     .decode = api_line_withdraw, .render = line_render, .current = api_line_get,
     .operation = "lineWithdraw"},

    /* review */
    {.method = REQUEST_GET, .pattern = BASE "/review/queue", .verb = VERB_REVIEW_READ,
     .query = LIST_QUERY_NAMES " overdue assignee", .read = api_review_queue,
     .operation = "reviewQueue"},
    {.method = REQUEST_GET, .pattern = BASE "/review/lines/{id}", .verb = VERB_REVIEW_READ,
     .read = api_review_line, .operation = "reviewLine"},
    {.method = REQUEST_POST, .pattern = BASE "/review/decisions", .verb = VERB_REVIEW_DECIDE,
     .flags = ROUTE_BODY_JSON | ROUTE_RENDERS_REFUSALS | POSTED, .body_max = DECISIONS_BODY_MAX,
     .decode = api_review_decide, .render = api_review_decided, .operation = "reviewDecide"},

    /* about itself */
    {.method = REQUEST_GET, .pattern = BASE "/openapi.json", .verb = VERB_PUBLIC,
     .decode = api_openapi, .operation = "openapi"},
};
const size_t routes_count = ARRAY_COUNT(routes);
