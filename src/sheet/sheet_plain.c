#include "sheet/sheet_plain.h"
#include "base/check.h"
#include "sheet/sheet_plain_private.h"
#include "sheet/sheet_text.h"
#include <stdlib.h>
#include <string.h>

/* ---- elements ---- */

/* What stands behind the name has been read: a NUL may take its place. */
static void start_give(struct plain *plain, const struct plain_name *name)
{
    plain->given[plain->given_count] = NULL;
    name->data[name->size] = '\0';
    struct sheet_tag tag = {.space = name->prefix == 0 ? plain->space : SHEET_SPACE_OTHER,
                            .name = (const char *)name->data + name->prefix,
                            .attributes = plain->given};
    sheet_walk_start(&plain->walk, &tag);
}

static void element_close(struct plain *plain)
{
    while (plain->declared_count > 0 &&
           plain->declared[plain->declared_count - 1].depth == plain->depth)
        plain->declared_count--;
    plain->depth--;
    if (plain->giving && plain->told->fault == SHEET_FINE)
        sheet_walk_end(&plain->walk);
}

static bool start_take(struct plain *plain)
{
    bool closed;
    if (!plain_tag(plain, &closed))
        return false;
    if (plain->giving)
        start_give(plain, &plain->open[plain->depth - 1]);
    if (closed)
        element_close(plain);
    return true;
}

static bool end_take(struct plain *plain)
{
    const struct plain_name *name = &plain->open[plain->depth - 1];
    plain->at += 2;
    /* The name holds no NUL: what is shorter is not the same. */
    if (!plain_same(plain->at, name->data, name->size) || plain->at[name->size] != '>')
        return false;
    plain->at += name->size + 1;
    element_close(plain);
    return true;
}

/* ---- text ---- */

static void text_give(struct plain *plain, const uint8_t *from, size_t size)
{
    if (plain->giving && plain->told->fault == SHEET_FINE)
        sheet_walk_text(&plain->walk, bytes_of(from, size));
}

static bool reference_give(struct plain *plain)
{
    uint32_t point;
    uint8_t text[4];
    if (!plain_reference(plain, &point))
        return false;
    text_give(plain, text, sheet_point_put(text, point));
    return true;
}

/* The ends of lines become LF. */
static void return_take(struct plain *plain)
{
    plain->at++;
    if (*plain->at != '\n')
        text_give(plain, (const uint8_t *)"\n", 1);
}

/* Behind the ASCII at `at`. Most texts are short; the rest of a longer one goes by eights. */
static inline uint8_t *ascii_pass(uint8_t *at, const uint8_t *end)
{
    for (const uint8_t *soon = at + 16; at < soon; at += 4) {
        if (!plain_is(at[0], PLAIN_TEXT))
            return at;
        if (!plain_is(at[1], PLAIN_TEXT))
            return at + 1;
        if (!plain_is(at[2], PLAIN_TEXT))
            return at + 2;
        if (!plain_is(at[3], PLAIN_TEXT))
            return at + 3;
    }
    return plain_long(at, end);
}

/* Bytes that stand for themselves. */
static bool run_take(struct plain *plain)
{
    uint8_t *from = plain->at, *at = from;
    for (;;) {
        at = ascii_pass(at, plain->end);
        if (*at == '<' || *at == '&' || *at == '\r')
            break;
        if (*at == '>' && at - from >= 2 && at[-1] == ']' && at[-2] == ']')
            return false;
        size_t size = *at == '>' ? 1 : plain_wide(at);
        if (size == 0)
            return false;
        at += size;
    }
    plain->at = at;
    text_give(plain, from, (size_t)(at - from));
    return true;
}

/* Up to the next tag. */
static bool text_take(struct plain *plain)
{
    while (*plain->at != '<') {
        if (*plain->at == '\r')
            return_take(plain);
        else if (*plain->at == '&' ? !reference_give(plain) : !run_take(plain))
            return false;
    }
    return true;
}

/* ---- the document ---- */

static void declaration_take(struct plain *plain)
{
    static const char *const known[] = {
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>",
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ?>",
        "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>",
        "<?xml version='1.0' encoding='UTF-8'?>",
        "<?xml version='1.0' encoding='utf-8'?>",
    };
    (void)plain_take(plain, "\xef\xbb\xbf");
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (plain_take(plain, known[i]))
            return;
}

/* All of the tag that comes is there. */
static inline bool tag_is_there(struct plain *plain)
{
    return plain->at < plain->end || plain_window_slide(plain);
}

/* True: as far as the end, or as far as the sink told a fault. */
static bool document_take(struct plain *plain)
{
    declaration_take(plain);
    (void)plain_blanks(plain);
    if (!tag_is_there(plain) || !start_take(plain))
        return false;
    while (plain->depth > 0) {
        if (plain->told->fault != SHEET_FINE)
            return true;
        if (!text_take(plain) || !tag_is_there(plain))
            return false;
        if (plain->at[1] == '/' ? !end_take(plain) : !start_take(plain))
            return false;
    }
    (void)plain_blanks(plain);
    return (plain->at == plain->end && *plain->at == '\0') || plain->told->fault != SHEET_FINE;
}

static bool all_is_plain(uint8_t *document, size_t size)
{
    struct sheet_told told = {0};
    struct plain plain = {.at = document, .end = document + size, .told = &told};
    return document_take(&plain);
}

/* To a sink that can begin anew where the document turns out not to be plain. */
static bool document_give(struct plain *plain)
{
    if (document_take(plain))
        return true;
    const struct sheet_xml_sink *sink = plain->walk.sink;
    CHECK(sink->on_restart != NULL);
    *plain->told = (struct sheet_told){0}; /* of a text that breaks off */
    sink->on_restart(sink->context);
    return false;
}

bool sheet_plain_walk(uint8_t *document, size_t size, const struct sheet_xml_sink *sink,
                      struct sheet_told *told)
{
    CHECK(told->fault == SHEET_FINE);
    document[size] = '\0';
    if (sink->on_restart == NULL && !all_is_plain(document, size))
        return false;
    struct plain plain = {
        .at = document, .end = document + size, .giving = true, .told = told, .walk.sink = sink};
    return document_give(&plain);
}

bool sheet_plain_pieces(struct sheet_zip *zip, int entry, size_t size,
                        const struct sheet_xml_sink *sink, struct sheet_told *told)
{
    struct sheet_part *part;
    struct sheet_told unsaid = {0}; /* expat's reading will tell */
    CHECK(told->fault == SHEET_FINE && sink->on_restart != NULL);
    if (sheet_part_open(zip, entry, &part, &unsaid) != SHEET_FINE)
        return false;
    struct plain plain = {.giving = true, .told = told, .walk.sink = sink};
    plain.window = plain_window_open(part, size);
    bool taken = false;
    if (plain.window != NULL) {
        plain.at = plain.end = plain_window_data(plain.window);
        taken = plain_window_slide(&plain) && document_give(&plain);
    }
    free(plain.window);
    if (taken)
        sheet_part_close(part);
    else
        sheet_part_forget(part);
    return taken;
}

static bool whole_read(struct sheet_zip *zip, int entry, const struct sheet_xml_sink *sink,
                       struct sheet_told *told)
{
    size_t size;
    uint8_t *document = sheet_part_take(zip, entry, SHEET_PLAIN_MAX, &size);
    bool plain = document != NULL && sheet_plain_walk(document, size, sink, told);
    free(document);
    return plain;
}

enum sheet_fault sheet_plain_read(struct sheet_zip *zip, int entry,
                                  const struct sheet_xml_sink *sink, struct sheet_told *told)
{
    bool plain = false;
    if (sheet_part_size(zip, entry) <= SHEET_PLAIN_MAX)
        plain = whole_read(zip, entry, sink, told);
    else if (sink->on_restart != NULL)
        plain = sheet_plain_pieces(zip, entry, SHEET_PLAIN_WINDOW, sink, told);
    return plain ? told->fault : sheet_xml_read(zip, entry, sink, told);
}
