#include "sheet/sheet_xlsx.h"
#include "sheet/sheet_merges.h"
#include "sheet/sheet_parts.h"
#include "tests/lib/heap.h"
#include "tests/lib/package.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 1024 * 1024, LOG_SIZE = 4096 };

static uint8_t room[ROOM];

/* What came out, as text: "A1 2 abc" a cell, "f" behind for a formula, "l" for lost digits. */
struct log {
    char text[LOG_SIZE];
    size_t size, cells;
    enum sheet_fault answer;
    struct sheet_info info;
    struct sheet_told told;
};

static enum sheet_fault on_cell(void *context, const struct sheet_cell *cell)
{
    struct log *log = context;
    char name[SHEET_CELL_NAME_MAX];
    log->cells++;
    log->size += (size_t)snprintf(
        log->text + log->size, sizeof log->text - log->size, "%s %d %.*s%s%s\n",
        sheet_cell_name(cell->row, cell->column, name), cell->kind, (int)cell->text.size,
        (const char *)cell->text.data, cell->formula ? " f" : "", cell->digits_lost ? " l" : "");
    if (log->size >= sizeof log->text)
        log->size = 0; /* only the count is of interest */
    return log->answer;
}

static enum sheet_fault on_merge(void *context, const struct sheet_range *range)
{
    struct log *log = context;
    log->size += (size_t)snprintf(log->text + log->size, sizeof log->text - log->size,
                                  "merged %u,%u-%u,%u\n", range->first_row, range->first_column,
                                  range->last_row, range->last_column);
    return SHEET_FINE;
}

static void on_restart(void *context)
{
    struct log *log = context;
    log->size = log->cells = 0;
    log->text[0] = '\0';
}

/* As the server does: an import can begin anew, a dump can't. */
static enum sheet_fault read_file(struct bytes file, enum sheet_profile profile, struct log *log)
{
    const struct sheet_sink sink = {log, on_cell, on_merge,
                                    profile == SHEET_IMPORT ? on_restart : NULL};
    enum sheet_fault answer = log->answer;
    *log = (struct log){.answer = answer};
    return sheet_xlsx_read(file, profile, &sink, &log->info, &log->told);
}

#define SHEET(data)   "<worksheet " PACKAGE_MAIN "><sheetData>" data "</sheetData></worksheet>"
#define STRINGS(data) "<sst " PACKAGE_MAIN ">" data "</sst>"
#define STYLES                                                                                     \
    "<styleSheet " PACKAGE_MAIN "><numFmts><numFmt numFmtId='164' formatCode='yyyy/m/d'/>"         \
    "</numFmts><cellXfs><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='20'/></cellXfs>"       \
    "</styleSheet>"

static struct bytes workbook(const char *sheet, const char *strings)
{
    struct package package;
    package_begin(&package, room, sizeof room);
    package_plain(&package);
    package_add(&package, "xl/worksheets/sheet1.xml", bytes_from_text(sheet));
    package_add(&package, "xl/sharedStrings.xml", bytes_from_text(strings));
    package_add(&package, "xl/styles.xml", BYTES_LITERAL(STYLES));
    return package_end(&package);
}

static enum sheet_fault read_sheet(const char *sheet, enum sheet_profile profile, struct log *log)
{
    return read_file(workbook(sheet, STRINGS("<si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t>"
                                             "</r><rPh><t>no</t></rPh></si><si/>")),
                     profile, log);
}

TEST(cells_of_every_kind_are_given)
{
    struct log log = {0};
    T_EQ_INT(read_sheet(SHEET("<row r='2'><c r='A2' t='s'><v>1</v></c><c t='s'><v> 0 </v></c>"
                              "<c r='D2'><v>1234567890123456789</v></c><c t='b'><v>1</v></c>"
                              "<c t='e'><f>A1/0</f><v>#DIV/0!</v></c><c s='1'><v>45000</v></c>"
                              "<c s='2'><v>0.5</v></c><c t='str'><f>A1</f><v>x</v></c>"
                              "<c><f>A1</f></c><c t='s'><v>2</v></c><c t='s'><v/></c><c s='1'/>"
                              "<c t='inlineStr'><is><t>i</t></is><v>5</v></c>"
                              "<c t='d'><v>2021-01-01</v></c></row><row><c><v>-1</v></c></row>"),
                        SHEET_IMPORT, &log),
             SHEET_FINE);
    T_EQ_STR(log.text, "A2 1 two\nB2 1 one\nD2 2 1234567890123456800 l\nE2 3 TRUE\n"
                       "F2 4 #DIV/0! f\nG2 5 2023-03-15\nH2 6 12:00:00\nI2 1 x f\nJ2 0  f\n"
                       "N2 1 i\nO2 5 2021-01-01\nA3 2 -1\n");
    T_EQ_UINT(log.info.rows, 2);
}

TEST(merged_ranges_come_behind_the_cells)
{
    struct log log = {0};
    T_EQ_INT(read_sheet("<worksheet " PACKAGE_MAIN "><sheetData><row><c><v>1</v></c></row>"
                        "</sheetData><mergeCells><mergeCell ref='A1:C2'/></mergeCells></worksheet>",
                        SHEET_DUMP, &log),
             SHEET_FINE);
    T_EQ_STR(log.text, "A1 2 1\nmerged 1,1-2,3\n");
}

TEST(what_breaks_the_format_is_refused_with_its_place)
{
    static const struct {
        const char *sheet, *told;
    } cases[] = {
        {SHEET("<row><c r='C1'><v>x</v></c></row>"), "sheet1.xml: C1: no number"},
        {SHEET("<row><c><v>1e999</v></c></row>"), "A1: no number"},
        {SHEET("<row><c t='s'><v>3</v></c></row>"), "A1: a text that is not in the shared"},
        {SHEET("<row><c t='s'><v>-1</v></c></row>"), "A1: a text that is not in the shared"},
        {SHEET("<row><c t='s'><v>4294967296</v></c></row>"), "A1: a text that is not"},
        {SHEET("<row><c t='b'><v>2</v></c></row>"), "A1: neither true nor false"},
        {SHEET("<row><c t='z'><v>2</v></c></row>"), "A1: a cell of an unknown type"},
        {SHEET("<row><c s='x'><v>2</v></c></row>"), "A1: a style that is no number"},
        {SHEET("<row r='0'/>"), "behind row 0"},
        {SHEET("<row r='1048577'/>"), "behind row 0"},
        {SHEET("<row r='99999999999999999999'/>"), "behind row 0"},
        {SHEET("<row r='1048576'/><row/>"), "behind row 1048576"},
        {SHEET("<row r='3'/><row r='2'/>"), "row 2 stands behind row 3"},
        {SHEET("<row r='3'><c r='A4'/></row>"), "row 3: behind column 0"},
        {SHEET("<row><c r='XFE1'/></row>"), "row 1: behind column 0"},
        {SHEET("<row><c r='XFD1'/><c/></row>"), "row 1: behind column 16384"},
        {SHEET("<row><c t='str'><v>a</v></c><c r='ZZZZ1'/></row>"), "row 1: behind column 1"},
        {SHEET("<row><c>&#0;</c></row>"), "line 1 of the XML"},
        {SHEET("<row><c t='str'><v>\xff</v></c></row>"), "line 1 of the XML"},
        {"<!DOCTYPE a><worksheet " PACKAGE_MAIN "/>", "a part has a DOCTYPE"},
        {"<worksheet", "line 1 of the XML"},
        {"", "line 1 of the XML"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct log log = {0};
        T_EQ_INT(read_sheet(cases[i].sheet, SHEET_DUMP, &log), SHEET_BROKEN);
        T_HAS(log.told.text, cases[i].told);
    }
}

TEST(an_import_refuses_refs_that_repeat_or_go_back)
{
    static const char *const sheets[] = {
        SHEET("<row r='1'/><row r='1'/>"),
        SHEET("<row><c r='B1'><v>1</v></c><c r='B1'><v>1</v></c></row>"),
        SHEET("<row><c r='B1'><v>1</v></c><c r='A1'><v>1</v></c></row>")};
    for (size_t i = 0; i < sizeof sheets / sizeof sheets[0]; i++) {
        struct log log = {0};
        T_EQ_INT(read_sheet(sheets[i], SHEET_IMPORT, &log), SHEET_BROKEN);
        T_EQ_INT(read_sheet(sheets[i], SHEET_DUMP, &log), SHEET_FINE);
    }
}

TEST(an_import_is_given_its_rows_and_columns_and_told_of_the_rest)
{
    static char sheet[ROOM / 4];
    struct log log = {0};
    struct writer out = writer_on(sheet, sizeof sheet - 1);
    write_text(&out, "<worksheet " PACKAGE_MAIN "><sheetData>");
    for (int row = 1; row <= 1000; row++) {
        char text[256];
        snprintf(text, sizeof text,
                 "<row r='%d'><c r='A%d'><v>1</v></c><c r='BL%d'><v>2</v></c>"
                 "<c r='BM%d'><v>3</v></c></row><row><c r='BM%d'><v>4</v></c></row>",
                 3 * row, 3 * row, 3 * row, 3 * row, 3 * row + 1);
        write_text(&out, text);
    }
    write_text(&out, "</sheetData></worksheet>");
    sheet[out.size] = '\0';
    T_EQ_INT(read_sheet(sheet, SHEET_IMPORT, &log), SHEET_FINE);
    T_EQ_UINT(log.info.rows, 1000);
    T_EQ_UINT(log.cells, 2 * SHEET_ROWS_MAX);
    T_EQ_INT(read_sheet(sheet, SHEET_DUMP, &log), SHEET_FINE);
    T_EQ_UINT(log.info.rows, 2000);
    T_EQ_UINT(log.cells, 4000);
}

TEST(who_gets_the_cells_may_stop)
{
    struct log log = {.answer = SHEET_STOPPED};
    T_EQ_INT(read_sheet(SHEET("<row><c><v>1</v></c><c><v>1</v></c></row>"), SHEET_IMPORT, &log),
             SHEET_STOPPED);
    T_EQ_UINT(log.cells, 1);
}

static struct bytes with_part(const char *name, const char *part)
{
    struct package package;
    package_begin(&package, room, sizeof room);
    package_plain(&package);
    package_add(&package, "xl/worksheets/sheet1.xml", BYTES_LITERAL(SHEET("")));
    package_add(&package, name, bytes_from_text(part));
    return package_end(&package);
}

TEST(an_import_refuses_macros_and_objects)
{
    static const char *const names[] = {"xl/vbaProject.bin", "xl/embeddings/a.bin",
                                        "xl/activeX/a.xml", "XL/MACROSHEETS/a.xml"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct log log = {0};
        T_EQ_INT(read_file(with_part(names[i], ""), SHEET_IMPORT, &log), SHEET_MACRO);
        T_EQ_INT(read_file(with_part(names[i], ""), SHEET_DUMP, &log), SHEET_FINE);
    }
    struct package package;
    struct log log = {0};
    package_begin(&package, room, sizeof room);
    package_add(&package, "[Content_Types].xml",
                BYTES_LITERAL("<Types xmlns='http://schemas.openxmlformats.org/package/2006/"
                              "content-types'><Override ContentType='application/vnd.ms-excel."
                              "sheet.macroEnabled.main+xml'/></Types>"));
    T_EQ_INT(read_file(package_end(&package), SHEET_IMPORT, &log), SHEET_MACRO);
}

TEST(twins_are_refused)
{
    struct log log = {0};
    T_EQ_INT(read_file(with_part("XL\\workbook.XML", ""), SHEET_DUMP, &log), SHEET_BROKEN);
    T_HAS(log.told.text, "have one name");
}

TEST(other_containers_are_told_apart)
{
    static const uint8_t ole[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 'E', 0,
                                  'n',  0,    'c',  0,    'r',  0,    'y',  0,    'p', 0,
                                  't',  0,    'e',  0,    'd',  0,    'P',  0,    'a', 0,
                                  'c',  0,    'k',  0,    'a',  0,    'g',  0,    'e', 0};
    struct log log = {0};
    T_EQ_INT(read_file(bytes_of(ole, sizeof ole), SHEET_IMPORT, &log), SHEET_ENCRYPTED);
    T_EQ_INT(read_file(bytes_of(ole, sizeof ole - 1), SHEET_IMPORT, &log), SHEET_NOT_XLSX);
    T_EQ_INT(read_file(BYTES_LITERAL(""), SHEET_IMPORT, &log), SHEET_NOT_XLSX);
    T_EQ_INT(read_file(BYTES_LITERAL("a,b\n"), SHEET_IMPORT, &log), SHEET_NOT_XLSX);
    T_EQ_INT(read_file(BYTES_LITERAL("PK\3\4"), SHEET_IMPORT, &log), SHEET_BROKEN);
    static uint8_t large[SHEET_FILE_MAX + 1] = "PK\3\4";
    T_EQ_INT(read_file(bytes_of(large, sizeof large), SHEET_IMPORT, &log), SHEET_TOO_LARGE);
    T_TRUE(sheet_xlsx_begins(bytes_of(ole, 8)) && sheet_xlsx_begins(BYTES_LITERAL("PK\3\4")));
    T_FALSE(sheet_xlsx_begins(bytes_of(ole, 7)) || sheet_xlsx_begins(BYTES_LITERAL("P")));
}

TEST(the_template_stamp_is_told)
{
    struct package package;
    struct log log = {0};
    package_begin(&package, room, sizeof room);
    package_add(&package, "[Content_Types].xml", BYTES_LITERAL("<Types/>"));
    package_add(&package, "_rels/.rels",
                BYTES_LITERAL("<Relationships " PACKAGE_RELS "><Relationship Id='a' "
                              "Target='/xl/../w.xml' Type='x/officeDocument'/><Relationship Id='b' "
                              "Target='c.xml' Type='x/custom-properties'/></Relationships>"));
    package_add(&package, "w.xml",
                BYTES_LITERAL("<workbook " PACKAGE_MAIN " xmlns:r='" PACKAGE_DOCUMENT
                              "'><sheets><sheet r:id='s'/></sheets></workbook>"));
    package_add(&package, "_rels/w.xml.rels",
                BYTES_LITERAL("<Relationships " PACKAGE_RELS "><Relationship Id='s' "
                              "Target='s.xml' Type='x/chartsheet'/></Relationships>"));
    package_add(&package, "s.xml", BYTES_LITERAL("<chartsheet/>"));
    package_add(&package, "c.xml",
                BYTES_LITERAL("<Properties xmlns='http://schemas.openxmlformats.org/officeDocument/"
                              "2006/custom-properties' xmlns:vt='http://schemas.openxmlformats.org/"
                              "officeDocument/2006/docPropsVTypes'><property name='a'>"
                              "<vt:lpwstr>no</vt:lpwstr></property><property "
                              "name='baobei-template'><vt:lpwstr>general-1</vt:lpwstr></property>"
                              "</Properties>"));
    T_EQ_INT(read_file(package_end(&package), SHEET_IMPORT, &log), SHEET_FINE);
    T_EQ_STR(log.info.stamp, "general-1");
    T_EQ_UINT(log.cells, 0);
}

TEST(targets_are_resolved_within_the_package)
{
    static const char *const cases[][3] = {
        {"xl/workbook.xml", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"},
        {"xl/workbook.xml", "/xl/a.xml", "xl/a.xml"},
        {"xl/workbook.xml", "../a.xml", "a.xml"},
        {"xl/a/b.xml", "./../c//d.xml", "xl/c/d.xml"},
        {"", "xl/workbook.xml", "xl/workbook.xml"},
        {"xl/workbook.xml", "worksheets\\sheet1.xml", "xl/worksheets/sheet1.xml"},
    };
    char path[SHEET_PATH_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        T_TRUE(sheet_path_resolve(cases[i][0], cases[i][1], path));
        T_EQ_STR(path, cases[i][2]);
    }
    static const char *const bad[] = {"", "..", "../..", "../../a", "/..", "a/../../../b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        T_FALSE(sheet_path_resolve("xl/workbook.xml", bad[i], path));
    char long_name[SHEET_PATH_MAX + 1];
    memset(long_name, 'a', SHEET_PATH_MAX);
    long_name[SHEET_PATH_MAX] = '\0';
    T_FALSE(sheet_path_resolve("", long_name, path));
}

TEST(merged_ranges_cover_all_but_their_first_cell)
{
    static const struct sheet_range ranges[] = {{4, 1, 6, 1}, {1, 2, 2, 3}, {4, 3, 4, 3}};
    struct sheet_merges merges;
    sheet_merges_init(&merges);
    T_TRUE(sheet_merges_begin(&merges));
    T_FALSE(sheet_merges_hide(&merges, 1, 1));
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        T_EQ_INT(sheet_merges_add(&merges, &ranges[i]), SHEET_FINE);
    static const char *const covered[] = {"..#", ".##", "...", "...", "#..", "#.."};
    for (int walk = 0; walk < 2; walk++) {
        T_TRUE(sheet_merges_begin(&merges));
        for (uint32_t row = 1; row <= 6; row++)
            for (uint32_t column = 1; column <= 3; column++)
                T_EQ_INT(sheet_merges_hide(&merges, row, column),
                         covered[row - 1][column - 1] == '#');
    }
    static const struct sheet_range wide = {1, 1, SHEET_GRID_ROWS, SHEET_GRID_COLUMNS};
    enum sheet_fault fault = SHEET_FINE;
    size_t added = 0;
    for (; fault == SHEET_FINE; added++)
        fault = sheet_merges_add(&merges, &wide);
    T_EQ_INT(fault, SHEET_TOO_LARGE);
    T_TRUE(added <= SHEET_MERGES_WIDTH_MAX / SHEET_GRID_COLUMNS + 1);
    sheet_merges_deinit(&merges);
}

static void read_without_memory(void *context)
{
    struct log log = {0};
    enum sheet_fault fault = read_file(*(struct bytes *)context, SHEET_IMPORT, &log);
    /* A part that can't be taken whole is read in pieces. */
    if (fault == SHEET_FINE)
        T_EQ_STR(log.text, "A1 1 one\nB1 5 2023-03-15\n");
    else
        T_TRUE(fault == SHEET_NO_MEMORY && heap_failed());
}

TEST(memory_may_run_out_anywhere)
{
    struct bytes file = workbook(SHEET("<row><c t='s'><v>0</v></c><c s='1'><v>45000</v></c></row>"),
                                 STRINGS("<si><t>one</t></si>"));
    T_TRUE(heap_sweep(read_without_memory, &file) > 10);
}

T_LIST(sheet_xlsx_test, T(cells_of_every_kind_are_given), T(merged_ranges_come_behind_the_cells),
       T(what_breaks_the_format_is_refused_with_its_place),
       T(an_import_refuses_refs_that_repeat_or_go_back),
       T(an_import_is_given_its_rows_and_columns_and_told_of_the_rest),
       T(who_gets_the_cells_may_stop), T(an_import_refuses_macros_and_objects),
       T(twins_are_refused), T(other_containers_are_told_apart), T(the_template_stamp_is_told),
       T(targets_are_resolved_within_the_package), T(merged_ranges_cover_all_but_their_first_cell),
       T(memory_may_run_out_anywhere));
