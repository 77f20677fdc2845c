#include "card/answer.h"
#include "base/check.h"
#include "card/reply.h"
#include <stdlib.h>

static const char json_type[] = "application/json; charset=utf-8";

void answer_json(struct answer *answer, char *text, size_t size)
{
    CHECK(answer->held == NULL);
    answer->type = json_type;
    answer->held = text;
    answer->body = bytes_of(text, text == NULL ? 0 : size);
    if (text == NULL) {
        answer->status = 500;
        answer->body = BYTES_LITERAL("{\"ok\":false,\"code\":\"CB_INTERNAL\"}");
    }
}

void answer_fail(struct answer *answer, enum code code, int status)
{
    size_t size = 0;
    answer->status = status != 0 ? status : code_status(code);
    /* On its own: as an argument it could be called after size is read. */
    char *text = reply_failure(code, &size);
    answer_json(answer, text, size);
    CHECK(answer->held == NULL || answer->body.size == size);
}

void answer_deinit(struct answer *answer)
{
    free(answer->held);
    *answer = (struct answer){0};
}

static const char *reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 431: return "Request Header Fields Too Large";
    case 505: return "HTTP Version Not Supported";
    default: return "Internal Server Error"; /* HTTP's list */
    }
}

static void cors_write(struct writer *head, const struct answer *answer)
{
    write_text(head, "Vary: Origin\r\n");
    if (answer->origin.size == 0) {
        return;
    }
    write_text(head, "Access-Control-Allow-Origin: ");
    write_raw(head, answer->origin);
    write_text(head, "\r\n");
    if (answer->preflight) {
        write_text(head, "Access-Control-Allow-Methods: GET, POST\r\n"
                         "Access-Control-Allow-Headers: Content-Type, X-Card-Bridge\r\n"
                         "Access-Control-Allow-Private-Network: true\r\n"
                         "Access-Control-Max-Age: 600\r\n");
    }
}

size_t answer_head(const struct answer *answer, char head[ANSWER_HEAD_MAX])
{
    struct writer to = writer_on(head, ANSWER_HEAD_MAX);
    CHECK(answer->status >= 200 && answer->status < 600);
    write_text(&to, "HTTP/1.1 ");
    write_decimal(&to, (size_t)answer->status);
    write_text(&to, " ");
    write_text(&to, reason(answer->status));
    write_text(&to, "\r\nConnection: close\r\nCache-Control: no-store\r\n"
                    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
                    "Content-Security-Policy: default-src 'none'; script-src 'self'; "
                    "style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                    "frame-ancestors 'none'\r\n");
    cors_write(&to, answer);
    if (answer->status == 405) {
        write_text(&to, "Allow: GET, POST, OPTIONS\r\n");
    }
    if (answer->type != NULL) {
        write_text(&to, "Content-Type: ");
        write_text(&to, answer->type);
        write_text(&to, "\r\n");
    }
    if (answer->status != 204) {
        write_text(&to, "Content-Length: ");
        write_decimal(&to, answer->body.size);
        write_text(&to, "\r\n");
    }
    write_text(&to, "\r\n");
    CHECK(!to.failed);
    return to.size;
}
