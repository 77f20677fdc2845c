/* The trailers of a chunked body, dropped byte by byte: they must have the form of fields
 * (RELIABILITY 2.4, rules 3, 6, 10), but nothing of them is kept. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum http_trailer_state { TRAILER_LINE, TRAILER_NAME, TRAILER_VALUE, TRAILER_END, TRAILER_LAST };

struct http_trailer {
    enum http_trailer_state state; /* zero: at the begin of a line */
};

enum http_trailer_verdict { TRAILER_MORE, TRAILER_DONE, TRAILER_BAD };

/* Takes one byte behind the last chunk's line; DONE with the LF of the empty line. */
enum http_trailer_verdict http_trailer_byte(struct http_trailer *trailer, uint8_t byte);
