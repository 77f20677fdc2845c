#include "sheet/sheet_csv.h"
#include "base/check.h"
#include "model/text.h"
#include <csv.h>
#include <string.h>

enum { BLOCK_SIZE = 4096, POINT_MAX = 4 };

struct reading {
    const struct sheet_sink *sink;
    struct sheet_info *info;
    struct sheet_told *told;
    uint32_t row, column; /* of the field that comes next */
    uint32_t row_counted; /* the last row that info->rows counts */
    size_t bytes_given;
};

/* UTF-16 units, as for a cell of a workbook; the text is UTF-8. */
static size_t units(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) == 0x80 ? 0 : text.data[i] >= 0xf0 ? 2 : 1;
    return count;
}

static void field_give(struct reading *reading, struct bytes text)
{
    if (reading->row_counted != reading->row) {
        reading->row_counted = reading->row;
        reading->info->rows++;
    }
    if (reading->info->rows > SHEET_ROWS_MAX)
        return;
    reading->bytes_given += text.size;
    if (units(text) > SHEET_TEXT_MAX || reading->bytes_given > SHEET_IMPORT_TEXT_MAX) {
        (void)sheet_tell(reading->told, SHEET_TOO_LARGE,
                         "record %u: a field of over %d characters, or too much text in all",
                         reading->row, SHEET_TEXT_MAX);
        return;
    }
    struct sheet_cell cell = {
        .row = reading->row, .column = reading->column, .kind = SHEET_TEXT, .text = text};
    enum sheet_fault fault = reading->sink->on_cell(reading->sink->context, &cell);
    if (fault != SHEET_FINE)
        (void)sheet_tell(reading->told, fault, "record %u: the reading was stopped", reading->row);
}

static void on_field(void *field, size_t size, void *context)
{
    struct reading *reading = context;
    if (size > 0 && reading->column <= SHEET_COLUMNS_MAX && reading->row <= SHEET_GRID_ROWS &&
        reading->told->fault == SHEET_FINE)
        field_give(reading, bytes_of(field, size));
    reading->column++;
}

static void on_record(int end, void *context)
{
    (void)end;
    struct reading *reading = context;
    reading->row++;
    reading->column = 1;
}

/* All line ends become LF: libcsv then reports each of them, so empty lines are counted. */
static bool lines_feed(struct csv_parser *parser, struct bytes file, struct reading *reading)
{
    size_t at = 0;
    while (at < file.size && reading->told->fault == SHEET_FINE) {
        const uint8_t *from = file.data + at;
        const uint8_t *cr = memchr(from, '\r', file.size - at);
        size_t size = cr == NULL ? file.size - at : (size_t)(cr - from);
        if (csv_parse(parser, from, size, on_field, on_record, reading) != size)
            return false;
        at += size;
        if (cr == NULL)
            continue;
        if (csv_parse(parser, "\n", 1, on_field, on_record, reading) != 1)
            return false;
        at += at + 1 < file.size && file.data[at + 1] == '\n' ? 2 : 1;
    }
    return csv_fini(parser, on_field, on_record, reading) == 0;
}

enum sheet_fault sheet_csv_read(struct bytes file, const struct sheet_sink *sink,
                                struct sheet_info *info, struct sheet_told *told)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    CHECK(told->fault == SHEET_FINE);
    *info = (struct sheet_info){0};
    if (file.size > SHEET_FILE_MAX)
        return sheet_tell(told, SHEET_TOO_LARGE, "the file has over %d MiB", SHEET_FILE_MAX >> 20);
    if (bytes_start_with(file, bytes_of(mark, sizeof mark)))
        file = bytes_slice(file, sizeof mark, file.size - sizeof mark);
    if (file.size > 0 && (!text_is_utf8(file) || memchr(file.data, 0, file.size) != NULL))
        return sheet_tell(told, SHEET_NOT_XLSX, "the file is not UTF-8 text");
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
        return sheet_tell(told, SHEET_NO_MEMORY, "the CSV parser needs memory");
    csv_set_blk_size(&parser, BLOCK_SIZE);
    struct reading reading = {.sink = sink, .info = info, .told = told, .row = 1, .column = 1};
    bool read = lines_feed(&parser, file, &reading);
    int error = csv_error(&parser);
    csv_free(&parser);
    if (!read && error != CSV_EPARSE)
        return sheet_tell(told, SHEET_NO_MEMORY, "the CSV parser needs memory");
    if (!read)
        return sheet_tell(told, SHEET_BROKEN,
                          "record %u: a quotation mark stands where none may, or is open",
                          reading.row);
    return told->fault;
}

/* Where a character begins that may go on behind the end. */
static size_t cut_at(struct bytes first)
{
    for (size_t back = 1; back < POINT_MAX && back <= first.size; back++) {
        uint8_t c = first.data[first.size - back];
        if (c >= 0xc0)
            return first.size - back;
        if (c < 0x80)
            break;
    }
    return first.size;
}

bool sheet_csv_begins(struct bytes first)
{
    if (first.size > 0 && memchr(first.data, 0, first.size) != NULL)
        return false;
    return text_is_utf8(first) || text_is_utf8(bytes_slice(first, 0, cut_at(first)));
}
