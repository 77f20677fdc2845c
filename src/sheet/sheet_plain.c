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

/* Bytes that stand for themselves. */
static bool run_take(struct plain *plain)
{
    uint8_t *from = plain->at, *at = from;
    for (;;) {
        while (plain_is(*at, PLAIN_TEXT))
            at++;
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

/* True: as far as the end, or as far as the sink told a fault. */
static bool document_take(struct plain *plain)
{
    declaration_take(plain);
    (void)plain_blanks(plain);
    if (!start_take(plain))
        return false;
    while (plain->depth > 0) {
        if (plain->told->fault != SHEET_FINE)
            return true;
        if (!text_take(plain))
            return false;
        if (plain->at[1] == '/' ? !end_take(plain) : !start_take(plain))
            return false;
    }
    (void)plain_blanks(plain);
    return plain->at == plain->end || plain->told->fault != SHEET_FINE;
}

static bool all_is_plain(uint8_t *document, size_t size)
{
    struct sheet_told told = {0};
    struct plain plain = {.at = document, .end = document + size, .told = &told};
    return document_take(&plain);
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
    if (document_take(&plain))
        return true;
    CHECK(sink->on_restart != NULL);
    *told = (struct sheet_told){0}; /* of a text that breaks off */
    sink->on_restart(sink->context);
    return false;
}

enum sheet_fault sheet_plain_read(struct sheet_zip *zip, int entry,
                                  const struct sheet_xml_sink *sink, struct sheet_told *told)
{
    size_t size;
    uint8_t *document = sheet_part_take(zip, entry, SHEET_PLAIN_MAX, &size);
    bool plain = document != NULL && sheet_plain_walk(document, size, sink, told);
    free(document);
    return plain ? told->fault : sheet_xml_read(zip, entry, sink, told);
}
