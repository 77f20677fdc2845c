/* Bytes of a connection -> one HTTP request, or what is wrong with it.
 *
 * The head is checked by the rules of RELIABILITY 2.4 before llhttp sees it. A connection carries
 * one request (every answer closes), a body is told by Content-Length alone, so that nothing can be
 * smuggled behind it. The request borrows the input. Pure; any thread. */
#pragma once
#include "base/bytes.h"

enum { REQUEST_HEAD_MAX = 16 * 1024, REQUEST_BODY_MAX = 16 * 1024, REQUEST_TARGET_MAX = 1024 };

enum request_method { REQUEST_GET, REQUEST_POST, REQUEST_OPTIONS, REQUEST_OTHER };

/* The fields that anybody here looks at; an absent one is empty. */
enum request_field {
    REQUEST_HOST,
    REQUEST_ORIGIN,
    REQUEST_CONTENT_TYPE,
    REQUEST_CONTENT_LENGTH,
    REQUEST_BRIDGE,        /* X-Card-Bridge */
    REQUEST_POPUP_TOKEN,   /* X-Card-Popup-Token */
    REQUEST_POPUP_ORIGIN,  /* X-Card-Popup-Origin */
    REQUEST_WANTED_METHOD, /* Access-Control-Request-Method */
    REQUEST_TRANSFER_ENCODING,
    REQUEST_EXPECT,
    REQUEST_FIELDS
};

struct request {
    enum request_method method;
    struct bytes path; /* of the target, without the query */
    struct bytes fields[REQUEST_FIELDS];
    size_t head_size, body_size;
};

enum request_state { REQUEST_MORE, REQUEST_READY, REQUEST_BAD };

/* REQUEST_MORE: read on. REQUEST_READY: the head is whole; the body is `body_size` bytes behind
 * `head_size` and may still be coming. REQUEST_BAD: answer *status and close. */
enum request_state request_read(struct bytes input, struct request *request,
                                int *status) MUST_CHECK;
