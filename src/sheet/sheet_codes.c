/* The sheet of codes, and the columns whose drop-downs look at it. */
#include "base/check.h"
#include "model/codes.h"
#include "sheet/sheet_book.h"
#include <stdio.h>

#define CODES_SHEET "代碼表"
enum { PURPOSE_COLUMN = 0, DEPARTMENT_COLUMN = 4, RULE_COLUMN = 6 };

static void coded_put(struct book *book, lxw_worksheet *sheet, size_t row, uint16_t column,
                      const char *code, const char *zh)
{
    char text[256];
    int size = snprintf(text, sizeof text, "%s %s", code, zh);
    CHECK(size > 0 && (size_t)size < sizeof text);
    book_put_text(book, sheet, (uint32_t)row, column, text, book->text);
}

/* Who may choose a purpose: the names of the professions. */
static void professions_put(struct book *book, lxw_worksheet *sheet, size_t row,
                            const struct purpose *purpose)
{
    char room[1024];
    struct writer out = writer_on(room, sizeof room);
    for (const char *code = purpose->professions; *code != '\0'; code++) {
        const struct profession *profession = profession_find(*code);
        CHECK(profession != NULL);
        if (code != purpose->professions)
            write_text(&out, "、");
        write_text(&out, profession->zh);
    }
    book_put(book, sheet, (uint32_t)row, PURPOSE_COLUMN + 1, writer_bytes(&out), book->wrapped);
}

void book_codes(struct book *book)
{
    lxw_worksheet *sheet = book_sheet(book, CODES_SHEET);
    if (sheet == NULL)
        return;
    book_put_text(book, sheet, 0, PURPOSE_COLUMN, "支援目的", book->head);
    book_put_text(book, sheet, 0, PURPOSE_COLUMN + 1, "可選用之人員類別", book->head);
    book_put_text(book, sheet, 0, PURPOSE_COLUMN + 2, "須填備註", book->head);
    book_put_text(book, sheet, 0, DEPARTMENT_COLUMN, "支援科別", book->head);
    book_put_text(book, sheet, 0, RULE_COLUMN, "規則（規則整批）", book->head);
    for (size_t i = 0; i < codes_purposes_count; i++) {
        char code[8];
        (void)snprintf(code, sizeof code, "%02u", codes_purposes[i].code);
        coded_put(book, sheet, i + 1, PURPOSE_COLUMN, code, codes_purposes[i].zh);
        professions_put(book, sheet, i + 1, &codes_purposes[i]);
        if (codes_purposes[i].note_required)
            book_put_text(book, sheet, (uint32_t)(i + 1), PURPOSE_COLUMN + 2, "是", book->text);
    }
    for (size_t i = 0; i < codes_departments_count; i++)
        coded_put(book, sheet, i + 1, DEPARTMENT_COLUMN, codes_departments[i].code,
                  codes_departments[i].zh);
    for (size_t i = 0; i < form_rule_names_count; i++) {
        const char code[] = {form_rule_names[i].code, '\0'};
        coded_put(book, sheet, i + 1, RULE_COLUMN, code, form_rule_names[i].zh);
    }
    if (book->err != ERR_OK)
        return;
    worksheet_freeze_panes(sheet, 1, 0);
    book_note(book, worksheet_set_column(sheet, PURPOSE_COLUMN, PURPOSE_COLUMN, 44, book->text));
    book_note(book, worksheet_set_column(sheet, 1, 1, 60, book->text));
    book_note(book, worksheet_set_column(sheet, 2, 2, 10, book->text));
    book_note(book,
              worksheet_set_column(sheet, DEPARTMENT_COLUMN, DEPARTMENT_COLUMN, 24, book->text));
    book_note(book, worksheet_set_column(sheet, RULE_COLUMN, RULE_COLUMN, 24, book->text));
}

/* ---- the columns to fill in ---- */

/* The cells that a field's drop-down offers; false: it has none. */
static bool list_of(enum form_field field, size_t staff_count, char *to, size_t size)
{
    const char *sheet = CODES_SHEET;
    uint16_t column = 0;
    size_t count = 0;
    if (field == FORM_ID_NO) {
        sheet = BOOK_STAFF_SHEET;
        count = staff_count;
    } else if (field == FORM_PURPOSE) {
        column = PURPOSE_COLUMN;
        count = codes_purposes_count;
    } else if (field == FORM_DEPARTMENT) {
        column = DEPARTMENT_COLUMN;
        count = codes_departments_count;
    } else if (field == FORM_RULE_CODE) {
        column = RULE_COLUMN;
        count = form_rule_names_count;
    }
    char name[COLUMN_NAME_MAX];
    form_column_name(column, name);
    int written = snprintf(to, size, "='%s'!$%s$2:$%s$%zu", sheet, name, name, count + 1);
    CHECK(written > 0 && (size_t)written < size);
    return count > 0;
}

/* Of a list given by a formula the library (1.1.4) copies the formula twice and loses one copy. So
 * it is handed in as the other kind that has one formula, and becomes a list where it is kept. */
static void list_mend(lxw_worksheet *sheet)
{
    lxw_data_val_obj *kept, *last = NULL;
    STAILQ_FOREACH(kept, sheet->data_validations, list_pointers)
    last = kept;
    CHECK(last != NULL && last->validate == LXW_VALIDATION_TYPE_CUSTOM_FORMULA);
    last->validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
}

static void column_help(struct book *book, lxw_worksheet *sheet, const struct form_column *column,
                        uint16_t at, uint32_t first_row, uint32_t last_row, size_t staff_count)
{
    char list[128];
    /* No alert: what is typed instead of chosen (05, 5) is read as well, or told by the report. */
    lxw_data_validation help = {.validate = LXW_VALIDATION_TYPE_ANY,
                                .show_input = LXW_VALIDATION_ON,
                                .show_error = LXW_VALIDATION_OFF,
                                .ignore_blank = LXW_VALIDATION_ON,
                                .input_title = (char *)column->name,
                                .input_message = (char *)column->help};
    if (list_of(column->field, staff_count, list, sizeof list)) {
        help.validate = LXW_VALIDATION_TYPE_CUSTOM_FORMULA; /* until list_mend */
        help.value_formula = list;
        help.dropdown = LXW_VALIDATION_ON;
    }
    book_note(book, worksheet_data_validation_range(sheet, first_row, at, last_row, at, &help));
    if (book->err == ERR_OK && help.validate == LXW_VALIDATION_TYPE_CUSTOM_FORMULA)
        list_mend(sheet);
}

void book_columns(struct book *book, lxw_worksheet *sheet, enum form_kind kind,
                  const uint16_t at[FORM_FIELDS], uint32_t first_row, uint32_t last_row,
                  size_t staff_count)
{
    const struct form_template *template = form_template_of(kind);
    for (uint8_t i = 0; i < template->count && book->err == ERR_OK; i++) {
        const struct form_column *column = template->columns[i];
        uint16_t to = at[column->field];
        book_note(book, worksheet_set_column(sheet, to, to, column->width, book->text));
        column_help(book, sheet, column, to, first_row, last_row, staff_count);
    }
}
