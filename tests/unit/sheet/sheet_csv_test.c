#include "sheet/sheet_csv.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

enum { LOG_SIZE = 2048 };

struct log {
    char text[LOG_SIZE];
    size_t size, cells;
    struct sheet_info info;
    struct sheet_told told;
};

static enum sheet_fault on_cell(void *context, const struct sheet_cell *cell)
{
    struct log *log = context;
    char name[SHEET_CELL_NAME_MAX];
    log->cells++;
    if (log->size < sizeof log->text - 64)
        log->size += (size_t)snprintf(log->text + log->size, sizeof log->text - log->size,
                                      "%s[%.*s]", sheet_cell_name(cell->row, cell->column, name),
                                      (int)cell->text.size, (const char *)cell->text.data);
    return cell->kind == SHEET_TEXT ? SHEET_FINE : SHEET_STOPPED;
}

static enum sheet_fault read_csv(struct bytes file, struct log *log)
{
    memset(log, 0, sizeof *log);
    const struct sheet_sink sink = {log, on_cell, NULL, NULL};
    return sheet_csv_read(file, &sink, &log->info, &log->told);
}

TEST(records_become_rows)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"a,b\nc", "A1[a]B1[b]A2[c]"},
        {"a,b\r\nc\r\n", "A1[a]B1[b]A2[c]"},
        {"a\rb\r", "A1[a]A2[b]"},
        {"\xef\xbb\xbf\"a\",b", "A1[a]B1[b]"},
        {"a\n\n\nb", "A1[a]A4[b]"},
        {"a\r\n\r\nb", "A1[a]A3[b]"},
        {",,c", "C1[c]"},
        {"\"a,\"\"b\"\"\",c", "A1[a,\"b\"]B1[c]"},
        {"\"a\r\nb\",c\r\nd", "A1[a\nb]B1[c]A2[d]"},
        {" a\t, b c ", "A1[a]B1[b c]"},
        {"\" a \"", "A1[ a ]"},
        {"\xe8\x87\xba,1", "A1[\xe8\x87\xba]B1[1]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct log log;
        T_EQ_INT(read_csv(bytes_from_text(cases[i][0]), &log), SHEET_FINE);
        T_EQ_STR(log.text, cases[i][1]);
    }
}

TEST(what_is_no_utf8_text_is_refused)
{
    const struct bytes cases[] = {BYTES_LITERAL("\xff\xfe"
                                                "a\0"),
                                  BYTES_LITERAL("a\0b"), BYTES_LITERAL("\xa4\xa4\xa4\xe5")};
    struct log log;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        T_EQ_INT(read_csv(cases[i], &log), SHEET_NOT_XLSX);
        T_FALSE(sheet_csv_begins(cases[i]));
    }
    T_TRUE(sheet_csv_begins(BYTES_LITERAL("a\xe8\x87")));
    T_TRUE(sheet_csv_begins(BYTES_LITERAL("")));
    T_FALSE(sheet_csv_begins(BYTES_LITERAL("a\xe8\x87\x41")));
}

TEST(quotation_marks_are_strict)
{
    static const char *const cases[] = {"a\"b", "\"a", "\"a\"b", "x\n\"a\nb"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct log log;
        T_EQ_INT(read_csv(bytes_from_text(cases[i]), &log), SHEET_BROKEN);
        T_HAS(log.told.text, "quotation mark");
    }
}

TEST(limits_are_those_of_an_import)
{
    static char file[SHEET_FILE_MAX + 1];
    struct log log;
    memset(file, 'a', sizeof file);
    T_EQ_INT(read_csv(bytes_of(file, sizeof file), &log), SHEET_TOO_LARGE);
    T_EQ_INT(read_csv(bytes_of(file, SHEET_TEXT_MAX), &log), SHEET_FINE);
    T_EQ_INT(read_csv(bytes_of(file, SHEET_TEXT_MAX + 1), &log), SHEET_TOO_LARGE);
    for (size_t i = 0; i < 2000; i++)
        file[i] = i % 2 == 0 ? 'a' : '\n';
    T_EQ_INT(read_csv(bytes_of(file, 2000), &log), SHEET_FINE);
    T_EQ_UINT(log.info.rows, 1000);
    T_EQ_UINT(log.cells, SHEET_ROWS_MAX);
    for (size_t i = 0; i < 200; i++)
        file[i] = i % 2 == 0 ? 'a' : ',';
    T_EQ_INT(read_csv(bytes_of(file, 200), &log), SHEET_FINE);
    T_EQ_UINT(log.cells, SHEET_COLUMNS_MAX);
}

T_LIST(sheet_csv_test, T(records_become_rows), T(what_is_no_utf8_text_is_refused),
       T(quotation_marks_are_strict), T(limits_are_those_of_an_import));
