/* A parsed request head: what the head scan of http.c lets through (RELIABILITY 2.4). Pure values;
 * everything is a view into the connection's request arena and lives until the answer is written.
 */
#pragma once
#include "base/bytes.h"

enum request_method {
    REQUEST_GET,
    REQUEST_HEAD,
    REQUEST_POST,
    REQUEST_PUT,
    REQUEST_PATCH,
    REQUEST_DELETE,
    REQUEST_OPTIONS,
    REQUEST_METHODS
};

enum { REQUEST_FIELDS_MAX = 100 };

struct request_field {
    struct bytes name, value; /* as sent; value without white space round it */
};

struct request {
    enum request_method method;
    uint8_t minor;       /* HTTP/1.minor */
    bool star;           /* OPTIONS * */
    struct bytes target; /* as sent */
    struct bytes path;   /* as sent, begins with '/'; "/" where an absolute target has none */
    struct bytes query;  /* behind '?', as sent */
    struct bytes
        host; /* authority: of an absolute target, else of Host; empty for HTTP/1.0 without */
    struct request_field *fields;
    uint16_t fields_count;
    bool close; /* the connection ends behind this message */
    bool expects_continue;
    bool has_length, is_chunked;
    uint64_t length; /* Content-Length */
};

const char *request_method_name(enum request_method method);
/* The value of the first field of that name (ASCII case folded); false if there is none. `name` is
 * in lower case. */
bool request_find(const struct request *request, const char *name, struct bytes *value);
/* How many fields of that name there are. */
uint16_t request_count(const struct request *request, const char *name);
/* A body follows the head. */
bool request_has_body(const struct request *request);
