/* Styles: which cells show a date or a time (ECMA-376 part 1, 18.8.30 and 18.8.31).
 *
 * The numbers 27 to 36 and 50 to 58 have no format code in the file: they are those of Taiwan. One
 * owner. */
#pragma once
#include "sheet/sheet_xml.h"

/* Excel's own limits are 65,490 cell formats and about 250 number formats of the file's own. */
enum { SHEET_STYLES_MAX = 65536, SHEET_NUMBER_FORMATS_MAX = 2048 };

struct sheet_styles {
    uint8_t *cells; /* enum sheet_format of each cell format; from malloc */
    size_t cells_count, cells_room;
    struct sheet_number_format {
        uint32_t id;
        uint8_t format;
    } * numbers; /* the file's own, as they come */
    size_t numbers_count, numbers_room;
};

void sheet_styles_init(struct sheet_styles *styles);
void sheet_styles_deinit(struct sheet_styles *styles);
enum sheet_fault sheet_styles_read(struct sheet_styles *styles, struct sheet_zip *zip, int entry,
                                   struct sheet_told *told) MUST_CHECK;
/* PLAIN for a style that the workbook does not have. */
enum sheet_format sheet_styles_format(const struct sheet_styles *styles, uint32_t style);
/* What a format code shows: "[$-404]e/m/d" a date, "[h]:mm" a duration, "0.00E+00" a number. Only
 * the first section counts, the one for positive numbers. */
enum sheet_format sheet_format_code(const char *code);
