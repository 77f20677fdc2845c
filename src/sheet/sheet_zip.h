/* The container: a ZIP in memory, looked at by us before libzip reads it (RELIABILITY 5).
 *
 * What is refused before a byte is inflated: an end that is missing or not the end, more than 256
 * entries, entries that overlap or whose two headers differ, names that are equal but for case,
 * other packing than store and deflate, encryption. What is counted while inflating: bytes of a
 * part and of all parts, and their ratio. Sizes that the file tells are never believed. One owner;
 * the file's bytes must outlive the container. */
#pragma once
#include "sheet/sheet.h"

enum {
    SHEET_ENTRIES_MAX = 256,
    SHEET_PART_MAX = 32 * 1024 * 1024,
    SHEET_PARTS_MAX = 64 * 1024 * 1024,
    SHEET_RATIO_MAX = 200,
    SHEET_RATIO_FROM = 1024 * 1024 /* inflated bytes of a part before its ratio counts */
};

struct sheet_zip;
struct sheet_part;

/* SHEET_NOT_XLSX where it does not begin as a ZIP. On a fault *out is NULL. */
enum sheet_fault sheet_zip_open(struct sheet_zip **out, struct bytes file,
                                struct sheet_told *told) MUST_CHECK;
void sheet_zip_close(struct sheet_zip *zip); /* NULL is allowed */

int sheet_zip_count(const struct sheet_zip *zip);
/* As it stands in the file, without a NUL. */
struct bytes sheet_zip_name(const struct sheet_zip *zip, int entry);
/* The entry of a part ("xl/workbook.xml", no slash in front), or -1. Names of parts are equal
 * whatever their case (ECMA-376 part 2, 9.1.1); a backslash counts as a slash, for writers that
 * put one. */
int sheet_zip_find(const struct sheet_zip *zip, const char *part);

/* Refuses by what the directory tells of these parts (-1: none), before any of them is inflated. A
 * part that is shorter or longer than it tells is refused when it is read, so this refuses nothing
 * sound, and a bomb of honest sizes costs nothing. */
enum sheet_fault sheet_zip_foresee(const struct sheet_zip *zip, const int *entries, size_t count,
                                   struct sheet_told *told);
/* One part is open at a time. On a fault *out is NULL. */
enum sheet_fault sheet_part_open(struct sheet_zip *zip, int entry, struct sheet_part **out,
                                 struct sheet_told *told) MUST_CHECK;
/* The next bytes; *size 0 is the end, and then length and checksum were right. */
enum sheet_fault sheet_part_next(struct sheet_part *part, void *to, size_t room, size_t *size,
                                 struct sheet_told *told) MUST_CHECK;
void sheet_part_close(struct sheet_part *part); /* NULL is allowed */
/* Closes it as if nothing of it had been inflated: it will be read from its beginning. */
void sheet_part_forget(struct sheet_part *part);

/* What the directory tells, which need not be so. */
uint64_t sheet_part_size(const struct sheet_zip *zip, int entry);

/* A whole part of at most `most` bytes, from malloc, with room for one behind it; its length and
 * checksum were right. NULL for any other, as if nothing had been inflated: whoever reads it in
 * pieces learns what is wrong. */
uint8_t *sheet_part_take(struct sheet_zip *zip, int entry, size_t most, size_t *size);
