#include "sheet/sheet_book.h"
#include "base/check.h"
#include "model/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CELL_POINTS_MAX = 32767, SCRATCH_SIZE = 4 * CELL_POINTS_MAX + 16 };
enum { CREATED = 1767225600 /* 2026-01-01: the same input, the same bytes */ };
enum { COLOUR_REQUIRED = 0x1F4E78, COLOUR_OPTIONAL = 0x5B7B99, COLOUR_WHITE = 0xFFFFFF };

static enum err err_of(lxw_error error)
{
    if (error == LXW_ERROR_MEMORY_MALLOC_FAILED)
        return ERR_NO_MEMORY;
    return error == LXW_NO_ERROR ? ERR_OK : ERR_IO;
}

void book_note(struct book *book, lxw_error error)
{
    if (book->err == ERR_OK)
        book->err = err_of(error);
}

static void head_format(lxw_format *format, uint32_t colour)
{
    format_set_bold(format);
    format_set_font_color(format, COLOUR_WHITE);
    format_set_bg_color(format, colour);
    format_set_border(format, LXW_BORDER_THIN);
    format_set_align(format, LXW_ALIGN_VERTICAL_CENTER);
    format_set_text_wrap(format);
}

lxw_format *book_format(struct book *book, const char *number_format)
{
    if (book->err != ERR_OK)
        return NULL;
    lxw_format *format = workbook_add_format(book->workbook);
    if (format == NULL)
        book->err = ERR_NO_MEMORY;
    else if (number_format != NULL)
        format_set_num_format(format, number_format);
    return format;
}

static void formats_make(struct book *book)
{
    book->head = book_format(book, NULL);
    book->head_required = book_format(book, NULL);
    book->text = book_format(book, "@");
    book->wrapped = book_format(book, "@");
    if (book->err != ERR_OK)
        return;
    head_format(book->head, COLOUR_OPTIONAL);
    head_format(book->head_required, COLOUR_REQUIRED);
    format_set_text_wrap(book->wrapped);
    format_set_align(book->wrapped, LXW_ALIGN_VERTICAL_TOP);
}

static void properties_set(struct book *book, const char *title, const char *stamp)
{
    lxw_doc_properties properties = {
        .title = (char *)title, .author = (char *)"報備支援線上申辦", .created = CREATED};
    book_note(book, workbook_set_properties(book->workbook, &properties));
    book_note(book, workbook_set_custom_property_string(book->workbook, "baobei-template", stamp));
}

void book_open(struct book *book, const char *title, const char *stamp, const char *folder,
               struct arena *arena)
{
    char path[32];
    *book = (struct book){.arena = arena, .file = memfd_create("sheet", MFD_CLOEXEC)};
    /* Where it can't write, the library would silently take /tmp instead. */
    if (book->file < 0 || access(folder, W_OK | X_OK) != 0) {
        book->err = ERR_IO;
        return;
    }
    int size = snprintf(path, sizeof path, "/proc/self/fd/%d", book->file);
    CHECK(size > 0 && (size_t)size < sizeof path);
    lxw_workbook_options options = {.tmpdir = (char *)folder};
    book->workbook = workbook_new_opt(path, &options);
    book->scratch = arena_alloc(arena, SCRATCH_SIZE);
    if (book->workbook == NULL || book->scratch == NULL) {
        book->err = ERR_NO_MEMORY;
        return;
    }
    properties_set(book, title, stamp);
    formats_make(book);
}

static enum err file_take(const struct book *book, struct bytes *out)
{
    struct stat status;
    if (fstat(book->file, &status) != 0 || status.st_size <= 0)
        return ERR_IO;
    size_t size = (size_t)status.st_size, done = 0;
    uint8_t *data = arena_alloc(book->arena, size);
    if (data == NULL)
        return ERR_NO_MEMORY;
    while (done < size) {
        ssize_t got = pread(book->file, data + done, size - done, (off_t)done);
        if (got <= 0)
            return ERR_IO;
        done += (size_t)got;
    }
    *out = bytes_of(data, size);
    return ERR_OK;
}

enum err book_close(struct book *book, struct bytes *out)
{
    if (book->workbook != NULL) {
        if (book->err == ERR_OK)
            book->err = err_of(workbook_close(book->workbook)); /* frees it, whatever comes */
        else
            lxw_workbook_free(book->workbook);
    }
    book->workbook = NULL;
    if (book->err == ERR_OK)
        book->err = file_take(book, out);
    if (book->file >= 0)
        (void)close(book->file);
    book->file = -1;
    return book->err;
}

lxw_worksheet *book_sheet(struct book *book, const char *name)
{
    if (book->err != ERR_OK)
        return NULL;
    lxw_worksheet *sheet = workbook_add_worksheet(book->workbook, name);
    if (sheet == NULL)
        book->err = ERR_NO_MEMORY;
    return sheet;
}

/* ---- texts ---- */

/* `_x0041_` is how XML in a workbook writes a character; as a person's text it needs a mask. */
static bool looks_escaped(struct bytes rest)
{
    if (rest.size < 7 || rest.data[0] != '_' || rest.data[1] != 'x' || rest.data[6] != '_')
        return false;
    for (size_t i = 2; i < 6; i++)
        if (strchr("0123456789abcdefABCDEF", rest.data[i]) == NULL || rest.data[i] == 0)
            return false;
    return true;
}

const char *book_text(struct book *book, struct bytes text)
{
    static const char mask[] = "_x005F_", unknown[] = "\xef\xbf\xbd"; /* U+FFFD */
    enum { LONGEST = sizeof mask + 4 };
    size_t used = 0;
    uint32_t points = 0, point;
    while (text.size > 0 && points < CELL_POINTS_MAX && used + LONGEST < SCRATCH_SIZE) {
        struct bytes before = text;
        bool good = text_next(&text, &point) && point != 0 && (point & 0xfffe) != 0xfffe;
        points++;
        if (looks_escaped(before)) {
            memcpy(book->scratch + used, mask, sizeof mask - 1);
            used += sizeof mask - 1;
            points += sizeof mask - 1 - 1;
        } else if (good) {
            memcpy(book->scratch + used, before.data, before.size - text.size);
            used += before.size - text.size;
        } else {
            memcpy(book->scratch + used, unknown, sizeof unknown - 1);
            used += sizeof unknown - 1;
            if (text.size == before.size)
                text = bytes_slice(before, 1, before.size - 1);
        }
    }
    book->scratch[used] = '\0';
    return book->scratch;
}

void book_put(struct book *book, lxw_worksheet *sheet, uint32_t row, uint16_t column,
              struct bytes text, lxw_format *format)
{
    if (book->err == ERR_OK)
        book_note(book, worksheet_write_string(sheet, row, column, book_text(book, text), format));
}

void book_put_text(struct book *book, lxw_worksheet *sheet, uint32_t row, uint16_t column,
                   const char *text, lxw_format *format)
{
    book_put(book, sheet, row, column, bytes_from_text(text), format);
}
