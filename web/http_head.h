/* The head scan: collects a request head byte by byte and lets through only what RELIABILITY 2.4
 * (rules 2 to 9, 11) allows. Pure. */
#pragma once
#include "base/arena.h"
#include "web/request.h"

enum { HTTP_HEAD_MAX = 16 * 1024, HTTP_TARGET_MAX = 8192, HTTP_LEADING_MAX = 4 };

struct http_fault {
    uint16_t status;  /* 0: none */
    const char *code; /* of API 1.1 */
};

struct http_head {
    struct arena *arena;
    uint8_t *data; /* from the first byte that is no leading CRLF */
    size_t size, capacity;
    size_t line_at;  /* where the present line begins */
    uint32_t lines;  /* ended so far */
    uint8_t leading; /* empty lines before the head */
    bool after_cr;
};

void http_head_init(struct http_head *head, struct arena *arena);
/* Takes one byte. True when the head is complete (CRLFCRLF) or a fault was set. */
bool http_head_byte(struct http_head *head, uint8_t byte, struct http_fault *fault);
/* The complete head -> request, or a fault. */
void http_head_read(const struct http_head *head, struct request *request,
                    struct http_fault *fault);
/* A host with optional port, as in Host and an absolute target: no user, no blank, not empty. */
bool http_authority_is_valid(struct bytes authority);
bool http_is_token_char(uint8_t c); /* RFC 9110 5.6.2 */
