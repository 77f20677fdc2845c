/* The two templates. */
#include "sheet/sheet_write.h"
#include "base/check.h"
#include "model/codes.h"
#include "sheet/sheet_book.h"
#include <stdio.h>

enum { EXAMPLES_MAX = 3, HEAD_HEIGHT = 24 };

/* In the template's order of columns. */
/* clang-format off */
static const char *const general_examples[EXAMPLES_MAX][FORM_FIELDS] = {
    {"A123456789", "王小明", "0401180014", "", "02", "01", "1150901", "0800", "1150901", "1200", ""},
    {"A123456789", "王小明", "0401180014", "", "81 麻醉科", "05 麻醉", "115/9/2", "22:00",
     "115/9/3", "06:00", "夜間手術"},
    {"F220000004", "林宜蓁", "0401180014", "", "", "23", "1150905", "0900", "1150905", "2400",
     "偏鄉防疫支援"},
};
static const char *const rule_examples[EXAMPLES_MAX][FORM_FIELDS] = {
    {"A123456789", "王小明", "0401180014", "", "02", "01", "1150901", "1151231", "1", "", "1,3,5",
     "0800", "1200", ""},
    {"A123456789", "王小明", "0401180014", "", "02", "01", "1150901", "1160228",
     "2 每月第n週星期", "-1", "5", "1330", "1730", "每月最後一個星期五"},
    {"F220000004", "林宜蓁", "0401180014", "", "", "10", "1150901", "1151231", "4", "2", "6",
     "2200", "0600", "隔週六大夜"},
};
/* clang-format on */

static void head_put(struct book *book, lxw_worksheet *sheet, const struct form_template *template)
{
    for (uint8_t i = 0; i < template->count; i++) {
        const struct form_column *column = template->columns[i];
        char name[64];
        int size = snprintf(name, sizeof name, "%s%s", column->name, column->required ? "*" : "");
        CHECK(size > 0 && (size_t)size < sizeof name);
        book_put_text(book, sheet, 0, i, name, column->required ? book->head_required : book->head);
    }
    if (book->err != ERR_OK)
        return;
    worksheet_freeze_panes(sheet, 1, 0);
    book_note(book, worksheet_set_row(sheet, 0, HEAD_HEIGHT, NULL));
}

static void positions(const struct form_template *template, uint16_t at[FORM_FIELDS])
{
    for (uint8_t i = 0; i < template->count; i++)
        at[template->columns[i]->field] = i;
}

static void data_sheet(struct book *book, enum form_kind kind, size_t staff_count)
{
    const struct form_template *template = form_template_of(kind);
    uint16_t at[FORM_FIELDS] = {0};
    lxw_worksheet *sheet = book_sheet(book, template->title);
    if (sheet == NULL)
        return;
    positions(template, at);
    head_put(book, sheet, template);
    book_columns(book, sheet, kind, at, 1, MAP_ROWS_MAX, staff_count);
}

static void help_sheet(struct book *book, const struct form_template *template)
{
    static const char *const heads[] = {"欄位", "必填", "填寫方式", "範例"};
    static const double widths[] = {18, 8, 90, 20};
    static const char *const notes[] = {
        "請在第一個工作表填寫，一列為一筆，一次至多 300 列；欄位順序可調整，請勿更改標題列名稱。",
        "空白列會略過；其他欄位（例如自行加上的編號）不會讀取。請勿使用公式。",
        "上傳後可下載標示錯誤的檔案，更正後直接再次上傳。"};
    lxw_worksheet *sheet = book_sheet(book, "填寫說明");
    if (sheet == NULL)
        return;
    for (uint16_t i = 0; i < ARRAY_COUNT(heads); i++) {
        book_put_text(book, sheet, 0, i, heads[i], book->head);
        book_note(book, worksheet_set_column(sheet, i, i, widths[i], book->wrapped));
    }
    for (uint8_t i = 0; i < template->count; i++) {
        const struct form_column *column = template->columns[i];
        book_put_text(book, sheet, i + 1U, 0, column->name, book->wrapped);
        book_put_text(book, sheet, i + 1U, 1, column->required ? "必填" : "", book->wrapped);
        book_put_text(book, sheet, i + 1U, 2, column->help, book->wrapped);
        book_put_text(book, sheet, i + 1U, 3, column->examples, book->wrapped);
    }
    for (uint32_t i = 0; i < ARRAY_COUNT(notes); i++)
        book_put_text(book, sheet, template->count + 2U + i, 2, notes[i], book->wrapped);
}

static void example_sheet(struct book *book, enum form_kind kind)
{
    const struct form_template *template = form_template_of(kind);
    lxw_worksheet *sheet = book_sheet(book, "範例");
    if (sheet == NULL)
        return;
    head_put(book, sheet, template);
    for (uint8_t i = 0; i < template->count && book->err == ERR_OK; i++) {
        book_note(book, worksheet_set_column(sheet, i, i, template->columns[i]->width, book->text));
        for (uint32_t k = 0; k < EXAMPLES_MAX; k++)
            book_put_text(book, sheet, k + 1, i,
                          kind == FORM_GENERAL ? general_examples[k][i] : rule_examples[k][i],
                          book->text);
    }
}

static void staff_sheet(struct book *book, const struct sheet_staff *staff, size_t count)
{
    static const char *const heads[] = {"選單", "身分證字號", "姓名", "類別", "科別"};
    static const double widths[] = {28, 16, 16, 16, 20};
    lxw_worksheet *sheet = book_sheet(book, BOOK_STAFF_SHEET);
    if (sheet == NULL)
        return;
    for (uint16_t i = 0; i < ARRAY_COUNT(heads); i++) {
        book_put_text(book, sheet, 0, i, heads[i], book->head);
        book_note(book, worksheet_set_column(sheet, i, i, widths[i], book->text));
    }
    worksheet_freeze_panes(sheet, 1, 0);
    for (size_t i = 0; i < count; i++) {
        char both[512];
        struct writer out = writer_on(both, sizeof both);
        const struct profession *profession = profession_find(staff[i].profession);
        const struct department *department = department_unpack(staff[i].department);
        uint32_t row = (uint32_t)(i + 1);
        write_raw(&out, staff[i].id_no);
        write_text(&out, " ");
        write_raw(&out, staff[i].name);
        book_put(book, sheet, row, 0, writer_bytes(&out), book->text);
        book_put(book, sheet, row, 1, staff[i].id_no, book->text);
        book_put(book, sheet, row, 2, staff[i].name, book->text);
        book_put_text(book, sheet, row, 3, profession == NULL ? "" : profession->zh, book->text);
        book_put_text(book, sheet, row, 4, department == NULL ? "" : department->zh, book->text);
    }
}

enum err sheet_write_template(enum form_kind kind, const struct sheet_staff *staff, size_t count,
                              const char *folder, struct arena *arena, struct bytes *out)
{
    struct book book;
    const struct form_template *template = form_template_of(kind);
    book_open(&book, template->title, template->stamp, folder, arena);
    data_sheet(&book, kind, count);
    help_sheet(&book, template);
    example_sheet(&book, kind);
    book_codes(&book);
    if (count > 0)
        staff_sheet(&book, staff, count);
    return book_close(&book, out);
}
