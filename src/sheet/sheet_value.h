/* Values of cells: decimal numbers, serials of both date systems, ISO 8601, and how they are shown.
 *
 * A number is shown in the shortest form that reads back the same double, plain between 1e-6 and
 * 1e21 (as ECMAScript does); a date or time as README of `xlsx-dump` says, rounded to the second.
 * Pure; any thread. */
#pragma once
#include "sheet/sheet.h"

enum { SHEET_NUMBER_TEXT_MAX = 400, SHEET_VALUE_MAX = 48 };

/* A decimal number as XML Schema writes doubles, without INF and NaN; finite, whatever its
 * exponent. */
bool sheet_number_parse(const char *text, double *number);
/* Gives the size without the NUL. */
size_t sheet_number_print(double number, char out[SHEET_VALUE_MAX]);
/* A whole number that Excel can't have kept: it holds 15 digits. */
bool sheet_digits_lost(double number);

/* Sets kind, civil and text of a cell from number and format. A serial that no date has (negative,
 * after 9999) stays a number. `out` keeps the text. */
void sheet_serial_show(struct sheet_cell *cell, bool system_1904, char out[SHEET_VALUE_MAX]);
/* The same for a cell of type d; false: it is no date or time of ISO 8601 that we read. */
bool sheet_iso_show(struct sheet_cell *cell, const char *text, char out[SHEET_VALUE_MAX]);
