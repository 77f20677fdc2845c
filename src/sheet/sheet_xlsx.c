#include "sheet/sheet_xlsx.h"
#include "base/check.h"
#include "sheet/sheet_cells.h"
#include "sheet/sheet_parts.h"
#include <stdlib.h>
#include <string.h>

/* All that a reading owns; the text is too large for a stack. */
struct reading {
    struct sheet_zip *zip;
    struct sheet_parts parts;
    struct sheet_strings strings;
    struct sheet_styles styles;
    struct sheet_text text;
};

static const uint8_t ole_mark[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};

bool sheet_xlsx_begins(struct bytes first)
{
    return bytes_start_with(first, BYTES_LITERAL("PK")) ||
           bytes_start_with(first, bytes_of(ole_mark, sizeof ole_mark));
}

/* Office keeps an encrypted workbook as a stream of this name, in UTF-16, in an OLE container; any
 * other container is an old .xls or something else. */
static enum sheet_fault ole_judge(struct bytes file, struct sheet_told *told)
{
    static const char name[] = "EncryptedPackage";
    uint8_t wide[2 * (sizeof name - 1)];
    for (size_t i = 0; i < sizeof wide; i++)
        wide[i] = i % 2 == 0 ? (uint8_t)name[i / 2] : 0;
    if (memmem(file.data, file.size, wide, sizeof wide) != NULL)
        return sheet_tell(told, SHEET_ENCRYPTED, "the file is protected by a password");
    return sheet_tell(told, SHEET_NOT_XLSX, "the file is an OLE container, such as an old .xls");
}

static enum sheet_fault strings_read(struct reading *reading, struct sheet_told *told)
{
    int entry = reading->parts.strings;
    if (entry < 0)
        return SHEET_FINE;
    enum sheet_fault fault =
        sheet_strings_read(&reading->strings, reading->zip, entry, &reading->text, told);
    sheet_parts_place(reading->zip, entry, told);
    return fault;
}

static enum sheet_fault styles_read(struct reading *reading, struct sheet_told *told)
{
    int entry = reading->parts.styles;
    if (entry < 0)
        return SHEET_FINE;
    enum sheet_fault fault = sheet_styles_read(&reading->styles, reading->zip, entry, told);
    sheet_parts_place(reading->zip, entry, told);
    return fault;
}

static enum sheet_fault cells_read(struct reading *reading, enum sheet_profile profile,
                                   const struct sheet_sink *sink, struct sheet_info *info,
                                   struct sheet_told *told)
{
    int entry = reading->parts.sheet;
    if (entry < 0)
        return SHEET_FINE;
    struct sheet_cells cells = {.profile = profile,
                                .sink = sink,
                                .strings = &reading->strings,
                                .styles = &reading->styles,
                                .text = &reading->text,
                                .info = info,
                                .told = told,
                                .system_1904 = reading->parts.system_1904};
    enum sheet_fault fault = sheet_cells_read(&cells, reading->zip, entry);
    sheet_parts_place(reading->zip, entry, told);
    return fault;
}

static enum sheet_fault sizes_foresee(const struct reading *reading, struct sheet_told *told)
{
    const int entries[] = {reading->parts.strings, reading->parts.styles, reading->parts.sheet};
    return sheet_zip_foresee(reading->zip, entries, ARRAY_COUNT(entries), told);
}

static enum sheet_fault workbook_read(struct reading *reading, enum sheet_profile profile,
                                      const struct sheet_sink *sink, struct sheet_info *info,
                                      struct sheet_told *told)
{
    enum sheet_fault fault = SHEET_FINE;
    if (profile == SHEET_IMPORT)
        fault = sheet_parts_harmless(reading->zip, told);
    if (fault == SHEET_FINE)
        fault = sheet_parts_find(reading->zip, &reading->parts, told);
    if (fault == SHEET_FINE)
        fault = sizes_foresee(reading, told);
    if (fault == SHEET_FINE && profile == SHEET_IMPORT && reading->parts.custom >= 0)
        fault = sheet_parts_stamp(reading->zip, reading->parts.custom, info->stamp, told);
    if (fault == SHEET_FINE)
        fault = strings_read(reading, told);
    if (fault == SHEET_FINE)
        fault = styles_read(reading, told);
    if (fault == SHEET_FINE)
        fault = cells_read(reading, profile, sink, info, told);
    return fault;
}

enum sheet_fault sheet_xlsx_read(struct bytes file, enum sheet_profile profile,
                                 const struct sheet_sink *sink, struct sheet_info *info,
                                 struct sheet_told *told)
{
    CHECK(told->fault == SHEET_FINE);
    *info = (struct sheet_info){0};
    size_t most = profile == SHEET_IMPORT ? SHEET_FILE_MAX : SHEET_DUMP_FILE_MAX;
    if (file.size > most)
        return sheet_tell(told, SHEET_TOO_LARGE, "the file has over %zu MiB", most >> 20);
    if (bytes_start_with(file, bytes_of(ole_mark, sizeof ole_mark)))
        return ole_judge(file, told);
    struct reading *reading = malloc(sizeof *reading);
    if (reading == NULL)
        return sheet_tell(told, SHEET_NO_MEMORY, "a workbook needs memory");
    sheet_strings_init(&reading->strings);
    sheet_styles_init(&reading->styles);
    sheet_text_clear(&reading->text);
    enum sheet_fault fault = sheet_zip_open(&reading->zip, file, told);
    if (fault == SHEET_FINE)
        fault = workbook_read(reading, profile, sink, info, told);
    sheet_zip_close(reading->zip);
    sheet_strings_deinit(&reading->strings);
    sheet_styles_deinit(&reading->styles);
    free(reading);
    CHECK(fault == told->fault);
    return fault;
}
