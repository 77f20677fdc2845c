#include "bench/books.h"
#include "base/check.h"
#include "bench/peak_conn.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 16 << 20 };

/* The whole file, with a NUL behind; freed by the caller. */
static enum err file_read(const char *path, size_t max, uint8_t **data, size_t *size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    uint8_t *memory = malloc(max + 2);
    size_t got = memory == NULL ? 0 : fread(memory, 1, max + 1, file);
    enum err err = ERR_OK;
    if (memory == NULL) {
        err = ERR_NO_MEMORY;
    } else if (ferror(file) != 0) {
        err = ERR_IO;
    } else if (got > max) {
        err = ERR_TOO_LARGE;
    }
    (void)fclose(file);
    if (err != ERR_OK) {
        free(memory);
        return err;
    }
    uint8_t *cut = realloc(memory, got + 1);
    if (cut == NULL) {
        free(memory);
        return ERR_NO_MEMORY;
    }
    cut[got] = '\0';
    *data = cut;
    *size = got;
    return ERR_OK;
}

static bool kind_known(const char *kind)
{
    return kind != NULL && (strcmp(kind, "general") == 0 || strcmp(kind, "rule") == 0);
}

static bool token_known(const struct books *books, const char *token)
{
    for (uint32_t i = 0; i < books->count; i++) {
        if (strcmp(books->items[i].token, token) == 0) {
            return true;
        }
    }
    return false;
}

static enum err book_add(struct books *books, char *line)
{
    char *rest = NULL;
    struct book book = {.token = strtok_r(line, " ", &rest)};
    book.kind = strtok_r(NULL, " ", &rest);
    book.path = strtok_r(NULL, "", &rest);
    if (!kind_known(book.kind) || book.path == NULL) {
        return ERR_BAD_INPUT;
    }
    uint8_t *data = NULL;
    size_t size = 0;
    enum err err = file_read(book.path, PEAK_SENT_MAX, &data, &size);
    if (err != ERR_OK) {
        (void)fprintf(stderr, "%s: %s\n", book.path, err_sentence(err));
        return err;
    }
    book.file = bytes_of(data, size);
    books->institutions += !token_known(books, book.token);
    books->items[books->count++] = book;
    return ERR_OK;
}

static uint32_t lines_count(const char *text)
{
    uint32_t count = 1;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        count++;
    }
    return count;
}

enum err books_load(const char *list, struct books *out)
{
    uint8_t *text = NULL;
    size_t size = 0;
    char *rest = NULL;
    *out = (struct books){0};
    enum err err = file_read(list, LIST_MAX, &text, &size);
    if (err == ERR_OK) {
        out->lines = (char *)text;
        out->items = calloc(lines_count(out->lines), sizeof *out->items);
        err = out->items == NULL ? ERR_NO_MEMORY : ERR_OK;
    }
    char *line = err == ERR_OK ? strtok_r(out->lines, "\n", &rest) : NULL;
    while (err == ERR_OK && line != NULL) {
        err = book_add(out, line);
        line = strtok_r(NULL, "\n", &rest);
    }
    if (err == ERR_OK && out->count == 0) {
        err = ERR_BAD_INPUT;
    }
    if (err != ERR_OK) {
        (void)fprintf(stderr, "--books %s: %s\n", list, err_sentence(err));
        books_free(out);
    }
    return err;
}

void books_free(struct books *books)
{
    for (uint32_t i = 0; i < books->count; i++) {
        free((void *)(uintptr_t)books->items[i].file.data);
    }
    free(books->items);
    free(books->lines);
    *books = (struct books){0};
}
