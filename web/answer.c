#include "web/answer.h"
#include "base/check.h"
#include "model/civil.h"
#include "web/reply.h"
#include <stdio.h>
#include <string.h>

enum { HEAD_COMMON_MAX = 1024 };

static const char common[] = "X-Content-Type-Options: nosniff\r\n"
                             "Referrer-Policy: same-origin\r\n"
                             "Cross-Origin-Resource-Policy: same-origin\r\n"
                             "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n";
static const char secure_only[] =
    "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n";
static const char data_policy[] =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

void answer_date_print(struct wall now, char out[HTTP_DATE_MAX])
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    CHECK(now.ms >= 0);
    int64_t seconds = now.ms / 1000;
    int32_t day = (int32_t)(seconds / 86400);
    int32_t second = (int32_t)(seconds % 86400);
    struct civil_date date = civil_from_day(day);
    int size = snprintf(out, HTTP_DATE_MAX, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                        days[weekday_of(day) - 1], date.day, months[date.month - 1], date.year,
                        second / 3600, second / 60 % 60, second % 60);
    CHECK(size > 0 && size < HTTP_DATE_MAX);
}

static void line_write(struct writer *out, const char *name, const char *value)
{
    write_text(out, name);
    write_text(out, ": ");
    write_text(out, value);
    write_text(out, "\r\n");
}

struct bytes answer_head(const struct answer *answer, struct arena *arena, const char *date,
                         const char *request_id, bool secure)
{
    size_t capacity = HEAD_COMMON_MAX + answer->headers.size;
    uint8_t *memory = arena_alloc(arena, capacity);
    if (memory == NULL)
        return (struct bytes){NULL, 0};
    struct writer out = writer_on(memory, capacity);
    write_text(&out, "HTTP/1.1 ");
    write_decimal(&out, answer->status);
    write_text(&out, " ");
    write_text(&out, reply_reason(answer->status));
    write_text(&out, "\r\n");
    line_write(&out, "Date", date);
    line_write(&out, "X-Request-Id", request_id);
    if (answer->mime != NULL)
        line_write(&out, "Content-Type", answer->mime);
    if (answer->status != 204 && answer->status != 304 && !answer->stream) {
        write_text(&out, "Content-Length: ");
        write_decimal(&out, answer->body.size);
        write_text(&out, "\r\n");
    }
    if (!answer->own_cache)
        line_write(&out, "Cache-Control", "no-store");
    write_text(&out, common);
    if (secure)
        write_text(&out, secure_only);
    if (!answer->own_policy)
        write_text(&out, data_policy);
    write_raw(&out, answer->headers);
    if (answer->close)
        line_write(&out, "Connection", "close");
    write_text(&out, "\r\n");
    CHECK(!out.failed);
    return writer_bytes(&out);
}
