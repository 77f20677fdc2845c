/* The head of an answer: status line, what every answer carries (API 1, WEB 5), and its own. Pure.
 */
#pragma once
#include "base/arena.h"
#include "base/instant.h"

enum { HTTP_DATE_MAX = 32 };

struct answer {
    uint16_t status;
    const char *mime;     /* NULL: no body (204, 304) */
    struct bytes headers; /* ready lines, each with CRLF */
    struct bytes body;    /* stays until it is written */
    bool head_only;       /* HEAD: the length is told, the body is not sent */
    bool close;           /* the connection ends behind it */
    bool stream;          /* no length: more comes (conn_stream), until the connection ends */
    bool own_cache;       /* `headers` has Cache-Control; else no-store */
    bool own_policy;      /* `headers` has the content security policy; else that of data */
};

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
void answer_date_print(struct wall now, char out[HTTP_DATE_MAX]);
/* data NULL without memory. */
struct bytes answer_head(const struct answer *answer, struct arena *arena, const char *date,
                         const char *request_id, bool secure);
