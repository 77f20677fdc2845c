/* A part of a workbook by expat and by the three kinds of walk of sheet_plain.c: what is plain
 * gives the same events and the same answer; what is not plain gives none. A sheet gives the same
 * cells with a comment behind it, which makes it one that is not plain. */
#include "sheet/sheet_xlsx.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/xml_events.h"

enum { ROOM = 1024 * 1024, MOST = 64 * 1024, EVENTS_ROOM = 16 * MOST };

static uint8_t room[ROOM], by_plain[EVENTS_ROOM], by_expat[EVENTS_ROOM], commented[MOST + 8];

struct seen {
    uint32_t crc, count;
    struct sheet_info info;
    struct sheet_told told;
};

static void see(struct seen *seen, const void *data, size_t size)
{
    seen->crc = bytes_crc32c(seen->crc, bytes_of(data, size));
}

static enum sheet_fault on_cell(void *context, const struct sheet_cell *cell)
{
    struct seen *seen = context;
    const uint32_t facts[] = {cell->row,    cell->column,  cell->kind,
                              cell->format, cell->formula, cell->digits_lost};
    seen->count++;
    see(seen, facts, sizeof facts);
    see(seen, &cell->number, sizeof cell->number);
    see(seen, cell->text.data, cell->text.size);
    return SHEET_FINE;
}

static enum sheet_fault on_merge(void *context, const struct sheet_range *range)
{
    see(context, range, sizeof *range);
    return SHEET_FINE;
}

static void on_restart(void *context)
{
    struct seen *seen = context;
    seen->crc = seen->count = 0;
}

static void sheet_read(struct bytes sheet, enum sheet_profile profile, bool anew, struct seen *seen)
{
    const struct sheet_sink sink = {seen, on_cell, on_merge, anew ? on_restart : NULL};
    struct package package;
    *seen = (struct seen){0};
    package_begin(&package, room, sizeof room);
    package_plain(&package);
    package_add(&package, "xl/worksheets/sheet1.xml", sheet);
    package_add(&package, "xl/sharedStrings.xml",
                BYTES_LITERAL("<sst " PACKAGE_MAIN "><si><t>a</t></si><si/></sst>"));
    enum sheet_fault fault =
        sheet_xlsx_read(package_end(&package), profile, &sink, &seen->info, &seen->told);
    CHECK(fault == seen->told.fault);
}

static void same(const struct seen *a, const struct seen *b)
{
    CHECK(a->count == b->count && a->crc == b->crc);
    CHECK(a->info.rows == b->info.rows && a->told.fault == b->told.fault);
    CHECK(strcmp(a->told.text, b->told.text) == 0);
}

/* `plain`: so that a comment behind it is all that could be told. */
static void cells_compare(struct bytes sheet, enum sheet_profile profile, bool plain)
{
    static const char comment[] = "<!---->";
    struct seen fast = {0}, anew = {0}, slow = {0};
    struct writer out = writer_on(commented, sizeof commented);
    write_raw(&out, sheet);
    write_text(&out, comment);
    sheet_read(sheet, profile, false, &fast);
    sheet_read(sheet, profile, true, &anew);
    same(&fast, &anew);
    if (!plain)
        return;
    sheet_read(writer_bytes(&out), profile, false, &slow);
    same(&fast, &slow);
    sheet_read(writer_bytes(&out), profile, true, &anew);
    same(&slow, &anew);
}

/* What one walk gives is what expat gives; with a sink that stops, so that it may not have seen all
 * of the document. */
static bool by_one_walk(struct xml_events *fast, struct bytes document)
{
    struct xml_events slow;
    xml_events_begin(fast, by_plain, sizeof by_plain);
    if (!xml_events_by_plain(fast, document, true)) {
        CHECK(fast->out.size == 0 && fast->told.fault == SHEET_FINE);
        return false;
    }
    xml_events_begin(&slow, by_expat, sizeof by_expat);
    xml_events_by_expat(&slow, document, room, sizeof room);
    CHECK(fast->told.fault == slow.told.fault && strcmp(fast->told.text, slow.told.text) == 0);
    CHECK(bytes_equal(writer_bytes(&fast->out), writer_bytes(&slow.out)));
    return true;
}

/* The most bytes from one `<` to the next or to the end, what stands before the first and behind it
 * taken as one: a window of one byte more holds each of them. */
static size_t longest(struct bytes document)
{
    size_t from = 0, most = 0, seen = 0;
    for (size_t i = 0; i <= document.size; i++) {
        if (i < document.size && (document.data[i] != '<' || seen++ == 0))
            continue;
        most = i - from > most ? i - from : most;
        from = i;
    }
    return most;
}

/* Through a window that may be too small for it: one that is not does what one walk does, a smaller
 * one gives the same or nothing. */
static void by_pieces(struct bytes document, size_t window, bool given,
                      const struct xml_events *once)
{
    struct xml_events pieces;
    xml_events_begin(&pieces, by_expat, sizeof by_expat);
    bool taken = xml_events_by_pieces(&pieces, document, window, room, sizeof room);
    /* A name counts again in each window, and takes six bytes at least. */
    if (window > longest(document) && document.size < 6 * (size_t)SHEET_PLAIN_NAMES_MAX)
        CHECK(taken == given);
    if (!taken) {
        CHECK(pieces.out.size == 0 && pieces.told.fault == SHEET_FINE);
        return;
    }
    CHECK(given && pieces.told.fault == once->told.fault);
    CHECK(strcmp(pieces.told.text, once->told.text) == 0);
    CHECK(bytes_equal(writer_bytes(&pieces.out), writer_bytes(&once->out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes document = bytes_of(data, size);
    struct xml_events once, twice;
    if (size > MOST)
        return 0;
    bool given = by_one_walk(&once, document);
    by_pieces(document, 1 + fuzz_walk(data, size) % (size + 1), given, &once);
    by_pieces(document, longest(document) + 1, given, &once);
    xml_events_begin(&twice, by_expat, sizeof by_expat);
    bool plain = xml_events_by_plain(&twice, document, false);
    if (plain)
        CHECK(given && bytes_equal(writer_bytes(&once.out), writer_bytes(&twice.out)));
    else
        CHECK(twice.out.size == 0 && (!given || once.told.fault != SHEET_FINE));
    cells_compare(document, SHEET_IMPORT, plain);
    cells_compare(document, SHEET_DUMP, plain);
    return 0;
}
