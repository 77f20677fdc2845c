/* Which part of the package is which: relationships, the workbook, its custom properties
 * (ECMA-376 part 2, 9.3; part 1, 18.2).
 *
 * Only targets within the package are followed. One owner. */
#pragma once
#include "sheet/sheet_xml.h"

enum { SHEET_PATH_MAX = 512 };

/* Entries of the parts that are read; -1: the package has none. */
struct sheet_parts {
    int sheet; /* -1: the first sheet is no worksheet, a chart for example: it has no cells */
    int strings, styles, custom;
    bool system_1904;
};

/* Follows _rels/.rels to the workbook and on to its first sheet. */
enum sheet_fault sheet_parts_find(struct sheet_zip *zip, struct sheet_parts *parts,
                                  struct sheet_told *told) MUST_CHECK;
/* The custom property `baobei-template` as text; "" if there is none. */
enum sheet_fault sheet_parts_stamp(struct sheet_zip *zip, int custom,
                                   char stamp[SHEET_STAMP_MAX + 1],
                                   struct sheet_told *told) MUST_CHECK;
/* SHEET_MACRO where names or types of parts tell of macros, controls or embedded objects. */
enum sheet_fault sheet_parts_harmless(struct sheet_zip *zip, struct sheet_told *told) MUST_CHECK;

/* The path of a relationship's target as seen from a part, without a slash in front. False: it
 * leaves the package or is too long. */
bool sheet_path_resolve(const char *from_part, const char *target, char out[SHEET_PATH_MAX]);
/* Like sheet_plain_read; what is told begins with the name of the part. */
enum sheet_fault sheet_part_read(struct sheet_zip *zip, int entry,
                                 const struct sheet_xml_sink *sink,
                                 struct sheet_told *told) MUST_CHECK;
/* Puts the name of a part in front of what is told, if something is. */
void sheet_parts_place(const struct sheet_zip *zip, int entry, struct sheet_told *told);
