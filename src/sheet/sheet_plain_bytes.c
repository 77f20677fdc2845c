#include "base/check.h"
#include "sheet/sheet_plain_private.h"
#include <string.h>

enum {
    NO = 0,
    RE = PLAIN_BLANK,
    LI = PLAIN_BLANK | PLAIN_TEXT,
    SP = PLAIN_BLANK | PLAIN_TEXT | PLAIN_VALUE,
    QU = PLAIN_TEXT,
    GR = PLAIN_VALUE,
    OT = PLAIN_TEXT | PLAIN_VALUE,
    IN = PLAIN_INNER | PLAIN_TEXT | PLAIN_VALUE,
    LE = PLAIN_HEAD | PLAIN_INNER | PLAIN_TEXT | PLAIN_VALUE
};

/* clang-format off */
const uint8_t plain_kinds[256] = {
    NO, NO, NO, NO, NO, NO, NO, NO, NO, LI, LI, NO, NO, RE, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    SP, OT, QU, OT, OT, OT, NO, QU, OT, OT, OT, OT, OT, IN, IN, OT,
    IN, IN, IN, IN, IN, IN, IN, IN, IN, IN, OT, OT, NO, OT, GR, OT,
    OT, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE,
    LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, OT, OT, OT, OT, LE,
    OT, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE,
    LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, OT, OT, OT, OT, OT,
};
/* clang-format on */

size_t plain_wide_any(const uint8_t *at)
{
    size_t size = *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    if (*at < 0xc2 || *at > 0xf4)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, above U+10FFFF, U+FFFE and U+FFFF. */
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f) ||
        (at[0] == 0xef && at[1] == 0xbf && at[2] > 0xbd))
        return 0;
    return size;
}

/* Of eight bytes, none at which a text stops: below a blank (a tab, too, stops at this), beyond
 * ASCII, `&`, `<` and `>`. */
static inline bool eight_are_text(const uint8_t *at)
{
    const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    /* A byte less than what is taken from it sets its top, as a wide one has it set. What is
     * borrowed from the next byte can only make it say no. */
    uint64_t low = bytes - ones * ' ', and = (bytes ^ ones * '&') - ones;
    uint64_t angle = ((bytes | ones * ('<' ^ '>')) ^ ones * '>') - ones;
    return ((bytes | low | and | angle) & tops) == 0;
}

uint8_t *plain_long(uint8_t *at, const uint8_t *end)
{
    while (end - at >= 8 && eight_are_text(at))
        at += 8;
    while (plain_is(*at, PLAIN_TEXT))
        at++;
    return at;
}

bool plain_take(struct plain *plain, const char *text)
{
    size_t size = strlen(text);
    if ((size_t)(plain->end - plain->at) < size || memcmp(plain->at, text, size) != 0)
        return false;
    plain->at += size;
    return true;
}

/* Behind "&#": a character by its number. */
static bool number_take(struct plain *plain, uint32_t *point)
{
    uint32_t base = plain_byte(plain, 'x') ? 16 : 10;
    uint8_t *at = plain->at;
    for (*point = 0;; at++) {
        uint32_t digit = *at <= '9' ? *at - (uint32_t)'0' : (*at | 0x20) - (uint32_t)'a' + 10;
        if (digit >= base || (*at > '9' && digit < 10))
            break;
        *point = *point * base + digit;
        if (*point > 0x10ffff)
            return false;
    }
    plain->at = at;
    bool allowed = *point >= ' ' || *point == '\t' || *point == '\n' || *point == '\r';
    return allowed && (*point < 0xd800 || *point > 0xdfff) && *point != 0xfffe &&
           *point != 0xffff && plain_byte(plain, ';');
}

bool plain_reference(struct plain *plain, uint32_t *point)
{
    static const struct {
        const char *name;
        uint32_t point;
    } named[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    if (plain_take(plain, "&#"))
        return number_take(plain, point);
    for (size_t i = 0; i < ARRAY_COUNT(named); i++) {
        if (plain_take(plain, named[i].name)) {
            *point = named[i].point;
            return true;
        }
    }
    return false;
}
