/* The workbooks that import_rows and peak_batch upload: a list of files, read before the run.
 *
 * The list is what compare/sheets.py writes: a line each, TOKEN KIND PATH. Each goes up once a
 * store: the same bytes again are `already_imported`. One thread. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct book {
    const char *token, *kind, *path; /* kind: general or rule */
    struct bytes file;
};

struct books {
    struct book *items;
    uint32_t count, institutions; /* that many different tokens */
    char *lines;
};

/* ERR_NOT_FOUND, ERR_BAD_INPUT (a line that is none, or no line), ERR_TOO_LARGE (a file of more
 * than a connection takes at once): a sentence was printed. */
enum err books_load(const char *list, struct books *out) MUST_CHECK;
void books_free(struct books *books);
