/* One record of an import while it is being read: its fields by column, and how faults are
 * reported. Between import_csv.c and the two readers of rows. */
#pragma once
#include "registry/import_csv.h"

enum { IMPORT_COLUMNS_MAX = 16, IMPORT_TEXT_ROOM = 4 * IMPORT_LINE_MAX };

struct import_column {
    const char *name;
    bool required; /* in the header */
    bool personal; /* its values are hidden in reports */
};

struct import_row {
    const struct import_sink *sink;
    const struct import_options *options;
    const struct import_column *columns;
    struct bytes fields[IMPORT_COLUMNS_MAX]; /* by column, not by place in the file */
    uint32_t line;
    uint32_t faults;
    struct writer texts; /* room for composed texts */
};

void import_row_fault(struct import_row *row, size_t column, enum import_fault fault);
void import_line_fault(const struct import_sink *sink, uint32_t line, const char *column,
                       enum import_fault fault, struct bytes value, bool personal);

/* Each reports its faults and gives false or a neutral value. Blanks at the ends are no part of a
 * field. */
bool import_field_is_empty(const struct import_row *row, size_t column);
/* Composed (NFC) text of at most `points_max` characters; empty only if not `required`. */
struct bytes import_text(struct import_row *row, size_t column, uint32_t points_max, bool required);
/* Half-width and upper case, for codes and numbers; empty if it is no ASCII. */
struct bytes import_number(struct import_row *row, size_t column);
int32_t import_date(struct import_row *row, size_t column, bool required); /* DAY_NONE */
bool import_boolean(struct import_row *row, size_t column);

/* A row into a record; false if it had a fault. `id` is what may occur once in a file. */
bool import_institution(struct import_row *row, struct institution *out, uint64_t *id);
bool import_person(struct import_row *row, struct person_import *out, uint64_t *id);

extern const struct import_column import_institution_columns[];
extern const size_t import_institution_columns_count;
extern const struct import_column import_person_columns[];
extern const size_t import_person_columns_count;
