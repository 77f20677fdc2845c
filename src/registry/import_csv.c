/* The file as lines, each line to libcsv, each record to its reader.
 *
 * No field of these files holds a line break, so a record is a line: a quotation mark that is never
 * closed spoils its own line and not the rest of the file, and the number of the line is always
 * right. */
#include "registry/import_csv.h"
#include "base/check.h"
#include "base/map.h"
#include "model/text.h"
#include "registry/fold.h"
#include "registry/import_row.h"
#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 64, CHUNK_SIZE = 64 * 1024, COLUMN_NONE = -1, NAME_ROOM = 64 };
static const uint64_t bytes_max_default = UINT64_C(256) << 20;

struct import {
    enum import_kind kind;
    struct import_options options;
    struct import_sink sink;
    const struct import_column *columns;
    size_t columns_count;
    struct import_summary summary;
    struct map seen; /* code or number of the sound rows -> line */

    struct csv_parser parser;
    bool parser_open;
    uint64_t bytes;
    uint32_t line;
    bool after_cr, overlong, headed, failed;
    uint8_t text[IMPORT_LINE_MAX];
    size_t text_size;

    /* the record that libcsv is giving */
    uint8_t record[IMPORT_LINE_MAX];
    size_t record_size, fields_count;
    struct bytes fields[FIELDS_MAX];
    bool record_ended;

    int column_of_field[FIELDS_MAX]; /* by the header */
    size_t header_count;
    uint8_t composed[IMPORT_TEXT_ROOM];
};

static bool parser_renew(struct import *import)
{
    if (import->parser_open)
        csv_free(&import->parser);
    import->parser_open = csv_init(&import->parser, CSV_STRICT) == 0;
    return import->parser_open;
}

struct import *import_open(enum import_kind kind, const struct import_options *options,
                           const struct import_sink *sink)
{
    CHECK(sink->on_fault != NULL);
    CHECK(kind == IMPORT_INSTITUTIONS ? sink->on_institution != NULL : sink->on_person != NULL);
    struct import *import = calloc(1, sizeof *import);
    if (import == NULL)
        return NULL;
    import->kind = kind;
    import->options = *options;
    if (import->options.bytes_max == 0)
        import->options.bytes_max = bytes_max_default;
    import->sink = *sink;
    bool institutions = kind == IMPORT_INSTITUTIONS;
    import->columns = institutions ? import_institution_columns : import_person_columns;
    import->columns_count =
        institutions ? import_institution_columns_count : import_person_columns_count;
    CHECK(import->columns_count <= IMPORT_COLUMNS_MAX);
    map_init(&import->seen);
    if (!parser_renew(import)) {
        free(import);
        return NULL;
    }
    return import;
}

void import_close(struct import *import)
{
    if (import == NULL)
        return;
    map_deinit(&import->seen);
    if (import->parser_open)
        csv_free(&import->parser);
    explicit_bzero(import, sizeof *import); /* ID numbers stood in it */
    free(import);
}

static void line_refuse(struct import *import, enum import_fault fault, struct bytes value)
{
    import->summary.rows++;
    import->summary.refused++;
    /* A whole line may hold anything: never show it where rows are people's. */
    import_line_fault(&import->sink, import->line, "", fault, value, import->kind == IMPORT_PEOPLE);
}

static void csv_on_field(void *field, size_t size, void *context)
{
    struct import *import = context;
    if (import->fields_count < FIELDS_MAX && size <= sizeof import->record - import->record_size) {
        uint8_t *to = import->record + import->record_size;
        if (size > 0)
            memcpy(to, field, size);
        import->fields[import->fields_count] = bytes_of(to, size);
        import->record_size += size;
    }
    import->fields_count++;
}

static void csv_on_record(int end, void *context)
{
    (void)end;
    struct import *import = context;
    import->record_ended = true;
}

static bool header_has(const struct import *import, size_t column)
{
    for (size_t i = 0; i < import->header_count; i++)
        if (import->column_of_field[i] == (int)column)
            return true;
    return false;
}

static int column_find(const struct import *import, struct bytes field)
{
    char name[NAME_ROOM];
    if (!fold_number(field, name, sizeof name))
        return COLUMN_NONE;
    for (size_t i = 0; i < import->columns_count; i++)
        if (strcasecmp(name, import->columns[i].name) == 0)
            return (int)i;
    return COLUMN_NONE;
}

/* A name that was misspelt may be shown; what stands there instead of a header may be somebody's.
 */
static bool looks_like_name(struct bytes field)
{
    for (size_t i = 0; i < field.size; i++)
        if (!(field.data[i] >= 'a' && field.data[i] <= 'z') && field.data[i] != '_')
            return false;
    return true;
}

/* Names in any order; every required one once, and none that is unknown: a misspelt optional column
 * would else be lost in silence. */
static enum err header_read(struct import *import)
{
    size_t faults = 0;
    for (size_t i = 0; i < import->fields_count; i++) {
        struct bytes field = i < FIELDS_MAX ? import->fields[i] : (struct bytes){NULL, 0};
        int column = i < FIELDS_MAX ? column_find(import, field) : COLUMN_NONE;
        bool twice = column != COLUMN_NONE && header_has(import, (size_t)column);
        if (column == COLUMN_NONE || twice) {
            import_line_fault(&import->sink, import->line,
                              twice ? import->columns[column].name : "",
                              twice ? IMPORT_DUPLICATE_COLUMN : IMPORT_UNKNOWN_COLUMN, field,
                              import->kind == IMPORT_PEOPLE && !looks_like_name(field));
            faults++;
        }
        if (i < FIELDS_MAX) {
            import->column_of_field[i] = column;
            import->header_count = i + 1;
        }
    }
    for (size_t i = 0; i < import->columns_count; i++) {
        if (!import->columns[i].required || header_has(import, i))
            continue;
        import_line_fault(&import->sink, import->line, import->columns[i].name,
                          IMPORT_MISSING_COLUMN, (struct bytes){NULL, 0}, false);
        faults++;
    }
    import->headed = true;
    return faults == 0 ? ERR_OK : ERR_BAD_INPUT;
}

/* A code or number that an earlier sound row had is refused; the first one stands. */
static enum err row_remember(struct import *import, struct import_row *row, uint64_t id,
                             bool *repeated)
{
    uint32_t line;
    *repeated = map_get(&import->seen, id, &line);
    if (*repeated) {
        import_row_fault(row, 0, IMPORT_DUPLICATE_ROW);
        return ERR_OK;
    }
    return map_put(&import->seen, id, row->line);
}

static enum err row_take(struct import *import, struct import_row *row)
{
    uint64_t id = 0;
    struct institution institution;
    struct person_import person;
    bool sound = import->kind == IMPORT_INSTITUTIONS ? import_institution(row, &institution, &id)
                                                     : import_person(row, &person, &id);
    import->summary.rows++;
    bool repeated = false;
    enum err err = sound ? row_remember(import, row, id, &repeated) : ERR_OK;
    if (err != ERR_OK)
        return err;
    if (!sound || repeated) {
        import->summary.refused++;
        return ERR_OK;
    }
    import->summary.taken++;
    return import->kind == IMPORT_INSTITUTIONS
               ? import->sink.on_institution(import->sink.context, &institution)
               : import->sink.on_person(import->sink.context, &person);
}

static enum err record_read(struct import *import, struct bytes line)
{
    if (!import->headed)
        return header_read(import);
    bool empty = true;
    for (size_t i = 0; i < import->fields_count && i < FIELDS_MAX; i++)
        empty = empty && import->fields[i].size == 0;
    if (empty) /* a sheet's empty row, saved as commas */
        return ERR_OK;
    if (import->fields_count != import->header_count) {
        line_refuse(import,
                    import->fields_count < import->header_count ? IMPORT_TOO_FEW_COLUMNS
                                                                : IMPORT_TOO_MANY_COLUMNS,
                    line);
        return ERR_OK;
    }
    struct import_row row = {.sink = &import->sink,
                             .options = &import->options,
                             .columns = import->columns,
                             .line = import->line,
                             .texts = writer_on(import->composed, sizeof import->composed)};
    for (size_t i = 0; i < import->header_count; i++) {
        CHECK(import->column_of_field[i] != COLUMN_NONE);
        row.fields[import->column_of_field[i]] = import->fields[i];
    }
    return row_take(import, &row);
}

/* One line without its end. */
static enum err line_read(struct import *import)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    struct bytes line = bytes_of(import->text, import->text_size);
    bool overlong = import->overlong;
    import->text_size = 0;
    import->overlong = false;
    import->line++;
    if (import->line == 1 && bytes_start_with(line, bytes_of(mark, sizeof mark)))
        line = bytes_slice(line, sizeof mark, line.size - sizeof mark);
    if (line.size == 0)
        return ERR_OK;
    if (overlong || !text_is_utf8(line)) {
        line_refuse(import, overlong ? IMPORT_LINE_TOO_LONG : IMPORT_BAD_UTF8, line);
        return import->headed ? ERR_OK : ERR_BAD_INPUT;
    }
    import->record_size = import->fields_count = 0;
    import->record_ended = false;
    size_t used =
        csv_parse(&import->parser, line.data, line.size, csv_on_field, csv_on_record, import);
    if (used == line.size && csv_error(&import->parser) == CSV_SUCCESS)
        used += csv_parse(&import->parser, "\n", 1, csv_on_field, csv_on_record, import);
    if (used == line.size + 1 && import->record_ended)
        return record_read(import, line);
    int failure = csv_error(&import->parser);
    if (failure == CSV_ENOMEM || !parser_renew(import))
        return ERR_NO_MEMORY;
    if (used == line.size + 1 && import->fields_count == 0 && failure == CSV_SUCCESS &&
        memchr(line.data, '"', line.size) == NULL)
        return ERR_OK; /* nothing but blanks */
    line_refuse(import, failure == CSV_EPARSE ? IMPORT_BAD_QUOTES : IMPORT_UNCLOSED_QUOTE, line);
    return import->headed ? ERR_OK : ERR_BAD_INPUT;
}

static enum err import_end(struct import *import, enum err err)
{
    import->failed = import->failed || err != ERR_OK;
    return err;
}

enum err import_feed(struct import *import, struct bytes chunk)
{
    CHECK(!import->failed);
    import->bytes += chunk.size;
    if (import->bytes > import->options.bytes_max)
        return import_end(import, ERR_TOO_LARGE);
    for (size_t i = 0; i < chunk.size; i++) {
        uint8_t c = chunk.data[i];
        bool second = c == '\n' && import->after_cr; /* CRLF is one end */
        import->after_cr = c == '\r';
        if (second)
            continue;
        if (c == '\n' || c == '\r') {
            enum err err = line_read(import);
            if (err != ERR_OK)
                return import_end(import, err);
        } else if (import->text_size < sizeof import->text) {
            import->text[import->text_size++] = c;
        } else {
            import->overlong = true;
        }
    }
    return ERR_OK;
}

enum err import_finish(struct import *import, struct import_summary *summary)
{
    CHECK(!import->failed);
    enum err err = import->text_size > 0 ? line_read(import) : ERR_OK;
    if (err == ERR_OK && !import->headed) {
        import_line_fault(&import->sink, 1, "", IMPORT_NO_HEADER, (struct bytes){NULL, 0}, false);
        err = ERR_BAD_INPUT;
    }
    CHECK(import->summary.rows == import->summary.taken + import->summary.refused);
    *summary = import->summary;
    return import_end(import, err);
}

const char *import_columns(enum import_kind kind)
{
    return kind == IMPORT_INSTITUTIONS
               ? "code,name,type,county,address,phone[,district,status,status_from,"
                 "full_time_pharmacists]"
               : "id_no,name,birth_date,profession,main,department,home_code,licence_word,"
                 "licence_number,licence_from,licence_to,status,status_from,head,mobile,email";
}

enum err import_stream(FILE *file, enum import_kind kind, const struct import_options *options,
                       const struct import_sink *sink, struct import_summary *summary)
{
    static const struct import_summary nothing;
    *summary = nothing;
    struct import *import = import_open(kind, options, sink);
    uint8_t *chunk = malloc(CHUNK_SIZE);
    enum err err = import == NULL || chunk == NULL ? ERR_NO_MEMORY : ERR_OK;
    while (err == ERR_OK) {
        size_t size = fread(chunk, 1, CHUNK_SIZE, file);
        if (size == 0)
            break;
        err = import_feed(import, bytes_of(chunk, size));
    }
    if (err == ERR_OK && ferror(file))
        err = ERR_IO;
    if (err == ERR_OK)
        err = import_finish(import, summary);
    if (chunk != NULL)
        explicit_bzero(chunk, CHUNK_SIZE);
    free(chunk);
    import_close(import);
    return err;
}

enum err import_file(const char *path, enum import_kind kind, const struct import_options *options,
                     const struct import_sink *sink, struct import_summary *summary)
{
    static const struct import_summary nothing;
    *summary = nothing;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return errno == ENOENT ? ERR_NOT_FOUND : errno == EACCES ? ERR_DENIED : ERR_IO;
    enum err err = import_stream(file, kind, options, sink, summary);
    fclose(file);
    return err;
}
