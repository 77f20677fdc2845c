#include "sheet/sheet_rows.h"
#include "base/prng.h"
#include "tests/lib/heap.h"
#include "tests/lib/package.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 64 * 1024 };

static uint8_t room[ROOM];

static struct bytes workbook(const char *rows)
{
    static char sheet[ROOM / 2];
    snprintf(sheet, sizeof sheet, "<worksheet " PACKAGE_MAIN ">%s</worksheet>", rows);
    struct package package;
    package_begin(&package, room, sizeof room);
    package_plain(&package);
    package_add(&package, "xl/worksheets/sheet1.xml", bytes_from_text(sheet));
    package_add(&package, "xl/styles.xml",
                BYTES_LITERAL("<styleSheet " PACKAGE_MAIN "><cellXfs><xf numFmtId='0'/>"
                              "<xf numFmtId='14'/><xf numFmtId='46'/></cellXfs></styleSheet>"));
    return package_end(&package);
}

static const char every_kind[] =
    "<sheetData><row><c t='str'><v>a</v></c><c><v>1234567890123456</v></c><c t='b'><v>1</v></c>"
    "<c t='e'><v>#N/A</v></c><c s='1'><v>45000.25</v></c><c "
    "s='2'><v>1.5</v></c><c><f>1</f></c></row>"
    "<row r='9'><c r='C9'><v>3</v></c><c><v>4</v></c></row></sheetData>"
    "<mergeCells><mergeCell ref='C9:XFD9'/><mergeCell ref='BM1:BN1'/></mergeCells>";

TEST(a_table_comes_out_as_it_went_in)
{
    struct bytes rows;
    struct arena memory;
    struct sheet_table table;
    struct sheet_told told = {0};
    uint8_t *taken = sheet_rows_of(workbook(every_kind), SHEET_FORM_XLSX, &rows);
    arena_init(&memory, 4096, 0);
    T_EQ_INT(sheet_rows_table(rows, &memory, &table, &told), SHEET_FINE);
    T_EQ_UINT(table.count, 8); /* D9 is covered */
    T_EQ_UINT(table.info.rows, 2);
    T_EQ_BYTES(table.cells[0].text, BYTES_LITERAL("a"));
    T_TRUE(table.cells[1].digits_lost && table.cells[1].number == 1234567890123456.0);
    T_EQ_INT(table.cells[2].kind, SHEET_BOOLEAN);
    T_EQ_INT(table.cells[3].kind, SHEET_ERROR);
    T_EQ_INT(table.cells[4].kind, SHEET_DATE_TIME);
    T_EQ_INT(table.cells[4].civil.year, 2023);
    T_EQ_INT(table.cells[4].civil.hour, 6);
    T_EQ_INT(table.cells[4].format, SHEET_FORMAT_DATE);
    T_EQ_BYTES(table.cells[5].text, BYTES_LITERAL("36:00:00"));
    T_TRUE(table.cells[6].kind == SHEET_EMPTY && table.cells[6].formula);
    T_TRUE(table.cells[7].row == 9 && table.cells[7].column == 3);
    arena_deinit(&memory);
    free(taken);
}

TEST(a_refusal_is_told)
{
    struct bytes rows;
    struct arena memory;
    struct sheet_table table;
    struct sheet_told told = {0};
    uint8_t *taken = sheet_rows_of(BYTES_LITERAL("a,\"b"), SHEET_FORM_CSV, &rows);
    arena_init(&memory, 4096, 0);
    T_EQ_INT(sheet_rows_table(rows, &memory, &table, &told), SHEET_BROKEN);
    T_HAS(told.text, "record 1: a quotation mark");
    T_EQ_UINT(table.count, 0);
    arena_deinit(&memory);
    free(taken);
}

/* Whatever the bytes are, the table that comes out keeps its bounds. */
static bool table_is_sound(struct bytes rows)
{
    struct arena memory;
    struct sheet_table table;
    struct sheet_told told = {0};
    arena_init(&memory, 4096, 0);
    enum sheet_fault fault = sheet_rows_table(rows, &memory, &table, &told);
    T_EQ_INT(fault, told.fault);
    for (size_t i = 0; i < table.count; i++) {
        const struct sheet_cell *cell = &table.cells[i];
        T_TRUE(cell->row >= 1 && cell->row <= SHEET_GRID_ROWS && cell->column >= 1 &&
               cell->column <= SHEET_COLUMNS_MAX && cell->kind < SHEET_KINDS);
    }
    arena_deinit(&memory);
    return fault == SHEET_FINE;
}

TEST(damaged_rows_are_refused_or_sound)
{
    struct bytes given;
    unsigned refused = 0;
    uint8_t *memory = sheet_rows_of(workbook(every_kind), SHEET_FORM_XLSX, &given);
    uint8_t *rows = memory + (given.data - memory);
    size_t size = given.size;
    T_TRUE(given.data - memory >= SHEET_ROWS_FRONT);
    T_TRUE(table_is_sound(bytes_of(rows, size)));
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc(cut + 1); /* so that ASan sees a step too far */
        memcpy(exact, rows, cut);
        refused += !table_is_sound(bytes_of(exact, cut));
        free(exact);
    }
    T_TRUE(refused > size / 2); /* a cut between two records leaves a shorter table */
    for (size_t bit = 0; bit < 8 * size; bit++) {
        rows[bit / 8] ^= (uint8_t)(1 << bit % 8);
        (void)table_is_sound(bytes_of(rows, size));
        rows[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(memory);
}

TEST(what_breaks_the_form_is_refused)
{
#define ANSWER "A\0\0\0\0\2\0\0\0"
    const struct bytes cases[] = {
        BYTES_LITERAL(""),
        BYTES_LITERAL("A\0\0\0\0\2\0\0"),
        BYTES_LITERAL("A\x63\0\0\0\2\0\0\0"),
        BYTES_LITERAL("B\0\0\0\0\2\0\0\0"),
        BYTES_LITERAL("A\2\0\0\0\2\0\0\0x"),                   /* more behind it */
        BYTES_LITERAL("A\2\0\0\0\2\0\0\1\xff"),                /* not printable */
        BYTES_LITERAL(ANSWER "X"),                             /* no such record */
        BYTES_LITERAL(ANSWER "C\0\0\0\0\1\1\0\0\0\0\0\1a"),    /* row 0 */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\0\1\0\0\0\0\0\1a"),    /* column 0 */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\x41\1\0\0\0\0\0\1a"),  /* column 65 */
        BYTES_LITERAL(ANSWER "C\0\x10\0\1\1\1\0\0\0\0\0\1a"),  /* row 1048577 */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\x09\0\0\0\0\0\1a"),  /* kind */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\1\5\0\0\0\0\1a"),    /* format */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\1\0\4\0\0\0\1a"),    /* flags */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\1\0\0\0\0\0\1\xff"), /* not UTF-8 */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\1\0\0\0\0\0\0"),     /* no text */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\0\0\0\0\0\0\0"),     /* no formula */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\1\0\0\xff\xff\xff\xff"
                             "a"),                                                 /* too long */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\2\0\0\x7f\xf0\0\0\0\0\0\0\0\0\0\1a"),    /* infinite */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\5\0\0\0\0\0\0\0\0\0\0\7\xe7\x0d\1\0\0\0" /* month 13 */
                             "\0\0\0\1a"),
        BYTES_LITERAL(ANSWER "C\0\0\0\1\2\1\0\0\0\0\0\1a"
                             "C\0\0\0\1\1\1\0\0\0\0\0\1a"), /* goes back */
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\1\0\0\0\0\0\1a"
                             "C\0\0\0\2\1\1\0\0\0\0\0\1a"
                             "C\0\0\0\3\1\1\0\0\0\0\0\1a"), /* rows told: 2 */
        BYTES_LITERAL(ANSWER "M\0\0\0\1\1\0\0\0\1\1"
                             "C\0\0\0\1\1\1\0\0\0\0\0\1a"), /* behind a merge */
        BYTES_LITERAL(ANSWER "M\0\0\0\2\1\0\0\0\1\1"),      /* upside down */
        BYTES_LITERAL(ANSWER "M\0\0\0\1\1\0\0\0\1\x41"),    /* column 65 */
    };
    T_TRUE(table_is_sound(BYTES_LITERAL(ANSWER "C\0\0\0\1\1\1\0\0\0\0\0\1a")));
    T_TRUE(table_is_sound(BYTES_LITERAL(ANSWER "M\0\0\0\1\1\0\0\0\1\2")));
    T_TRUE(table_is_sound(
        BYTES_LITERAL(ANSWER "C\0\0\0\1\1\5\0\0\0\0\0\0\0\0\0\0\7\xe7\x0c\1\0\0\0\0\0\0\1a")));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (table_is_sound(cases[i]))
            T_EQ_UINT(i, SIZE_MAX);
#undef ANSWER
}

static void table_without_memory(void *context)
{
    struct bytes *file = context;
    struct arena memory;
    struct sheet_table table;
    struct sheet_told told = {0};
    struct bytes rows;
    uint8_t *taken = sheet_rows_of(*file, SHEET_FORM_XLSX, &rows);
    if (taken == NULL) {
        T_TRUE(heap_failed());
        return;
    }
    arena_init(&memory, 256, 0);
    enum sheet_fault fault = sheet_rows_table(rows, &memory, &table, &told);
    /* A part that can't be taken whole is read in pieces. */
    if (fault == SHEET_FINE)
        T_EQ_UINT(table.count, 8);
    else
        T_TRUE(fault == SHEET_NO_MEMORY && heap_failed());
    arena_deinit(&memory);
    free(taken);
}

TEST(memory_may_run_out_anywhere)
{
    struct bytes file = workbook(every_kind);
    T_TRUE(heap_sweep(table_without_memory, &file) > 10);
}

T_LIST(sheet_rows_test, T(a_table_comes_out_as_it_went_in), T(a_refusal_is_told),
       T(damaged_rows_are_refused_or_sound), T(what_breaks_the_form_is_refused),
       T(memory_may_run_out_anywhere));
