/* Within sheet_plain*.c: the reading under way, and how its bytes are taken.
 *
 * What is called …take, and plain_take, plain_byte, plain_reference and plain_tag, moves `at`
 * behind what it has taken; false: that does not stand there, and `at` is anywhere in it.
 *
 * At the end stands a NUL, which is of no kind: whoever takes bytes one by one need not look for
 * the end. At the end of a window stands a `<`, to the same effect. */
#pragma once
#include "sheet/sheet_plain.h"
#include "sheet/sheet_walk.h"

struct plain_name {
    uint8_t *data;
    size_t size, prefix; /* prefix: its bytes with the colon, 0: none */
};

struct plain_attribute {
    struct plain_name name;
    uint8_t *value;
    size_t size;
    bool decoded; /* it held a reference */
};

struct plain {
    uint8_t *at, *end;
    bool giving; /* to the sink; else it is only looked whether all is plain */
    struct sheet_told *told;
    struct plain_window *window; /* NULL: all of the document is there */
    struct sheet_walk walk;
    enum sheet_space space;       /* of names without a prefix */
    size_t names;                 /* that expat may have kept */
    struct plain_name lately[64]; /* some of them */
    int depth;
    struct plain_name open[SHEET_XML_DEPTH_MAX];
    struct plain_declared {
        struct plain_name name; /* xmlns:prefix */
        int depth;              /* of the element that declares it */
    } declared[SHEET_PLAIN_PREFIXES_MAX];
    size_t declared_count;
    struct plain_attribute attributes[SHEET_XML_ATTRIBUTES_MAX]; /* of this tag */
    size_t count;
    bool spaced; /* namespaces play a part in it */
    /* Names and values for the sink: without those that have a prefix or declare a namespace. */
    const char *given[2 * SHEET_XML_ATTRIBUTES_MAX + 1];
    size_t given_count;
};

/* What a byte can be: in a name (its first character, a later one), between attributes, in a text
 * and in a value if it stands for itself; a quote may in the other one's value. Bytes beyond ASCII
 * are looked at where they stand. */
enum { PLAIN_HEAD = 1, PLAIN_INNER = 2, PLAIN_BLANK = 4, PLAIN_TEXT = 8, PLAIN_VALUE = 16 };
extern const uint8_t plain_kinds[256];

static inline bool plain_is(uint8_t c, int kind)
{
    return (plain_kinds[c] & kind) != 0;
}

static inline bool plain_byte(struct plain *plain, uint8_t c)
{
    CHECK(c != '\0');
    if (*plain->at != c)
        return false;
    plain->at++;
    return true;
}

static inline bool plain_blanks(struct plain *plain)
{
    const uint8_t *from = plain->at;
    while (plain_is(*plain->at, PLAIN_BLANK))
        plain->at++;
    return plain->at > from;
}

/* Names are short: a call of memcmp would take longer. */
static inline bool plain_same(const uint8_t *a, const uint8_t *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* Behind the ASCII at `at` that stands for itself in a text, of which there may be much. */
uint8_t *plain_long(uint8_t *at, const uint8_t *end);
/* A text; if it does not stand there nothing moves. */
bool plain_take(struct plain *plain, const char *text);
size_t plain_wide_any(const uint8_t *at);
/* Bytes of the character of UTF-8 beyond ASCII at `at`; 0: none that XML may hold. */
static inline size_t plain_wide(const uint8_t *at)
{
    /* Where Chinese and Japanese stand, all of three bytes are characters. */
    bool common = *at > 0xe0 && *at < 0xed && (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80;
    return common ? 3 : plain_wide_any(at);
}
/* "&amp;", "&#10;" and the like. */
bool plain_reference(struct plain *plain, uint32_t *point);
/* From `<` to `>` into `open`, `attributes`, `declared`; `depth` goes up. */
bool plain_tag(struct plain *plain, bool *closed);

/* Of `size` bytes, from malloc; NULL: no memory. */
struct plain_window *plain_window_open(struct sheet_part *part, size_t size);
uint8_t *plain_window_data(struct plain_window *window);
/* At the end of a window, or before the first: the next one, which begins at `at`. False: there is
 * none, or not with a whole tag or text in it, or the part is damaged. */
bool plain_window_slide(struct plain *plain);
