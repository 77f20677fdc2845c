#include "web/http_trailer.h"
#include "base/check.h"
#include "web/http_head.h"

static enum http_trailer_verdict go(struct http_trailer *trailer, bool fits,
                                    enum http_trailer_state next)
{
    trailer->state = next;
    return fits ? TRAILER_MORE : TRAILER_BAD;
}

enum http_trailer_verdict http_trailer_byte(struct http_trailer *trailer, uint8_t byte)
{
    switch (trailer->state) {
    case TRAILER_LINE:
        if (byte == '\r')
            return go(trailer, true, TRAILER_LAST);
        return go(trailer, http_is_token_char(byte), TRAILER_NAME);
    case TRAILER_NAME:
        if (byte == ':')
            return go(trailer, true, TRAILER_VALUE);
        return go(trailer, http_is_token_char(byte), TRAILER_NAME);
    case TRAILER_VALUE:
        if (byte == '\r')
            return go(trailer, true, TRAILER_END);
        return go(trailer, byte == '\t' || (byte >= 0x20 && byte != 0x7f), TRAILER_VALUE);
    case TRAILER_END: return go(trailer, byte == '\n', TRAILER_LINE);
    case TRAILER_LAST: return byte == '\n' ? TRAILER_DONE : TRAILER_BAD;
    }
    CHECK(false); /* no such state */
    return TRAILER_BAD;
}
