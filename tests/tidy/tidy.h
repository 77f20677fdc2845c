/* The rules of DESIGN.md as a test of the source tree (DESIGN 2, 4, 17).
 *
 * A program of its own: loads every source file, runs each check, prints `path:line: check: what`.
 * What the tree loaded lives until the end of the process. One thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct source {
    const char *path; /* from the root of the repository */
    const char *text; /* as it stands, NUL-terminated */
    size_t size;
    const char *code; /* the same length, comments and the insides of strings blanked (C only) */
};

struct tree {
    struct source *sources;
    size_t count;
};

struct check {
    const char *name;
    void (*run)(const struct tree *tree, const struct source *source);
};

/* All checks, ended by a NULL name. */
extern const struct check checks[];

/* Says that something is wrong; the sink counts and prints, or compares with a canary. */
void finding(const struct source *source, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- source.c -------------------------------------------------------------------------------- */

/* Loads every text file of interest below root; leaves the process if it cannot. */
struct tree tree_load(const char *root);
struct source source_of(const char *path, char *text, size_t size); /* takes the text */
void source_release(struct source *source);
char *read_whole(const char *path, size_t *size);
const struct source *tree_find(const struct tree *tree, const char *path);
bool starts_with(const char *text, const char *prefix);
bool ends_with(const char *text, const char *suffix);
bool is_c(const struct source *source);       /* .c or .h */
bool is_product(const struct source *source); /* src, actors, storage, web, bench; not tests */
bool word_char(char c);
size_t line_of(const struct source *source, size_t offset);

/* Next place from *at on where `name` stands as a whole word in the code; false at the end. */
bool next_word(const struct source *source, const char *name, size_t *at);

/* ---- the checks ------------------------------------------------------------------------------ */

void check_includes(const struct tree *tree, const struct source *source);
void check_banned_calls(const struct tree *tree, const struct source *source);
void check_marks(const struct tree *tree, const struct source *source);
void check_width(const struct tree *tree, const struct source *source);
void check_file_length(const struct tree *tree, const struct source *source);
void check_function_length(const struct tree *tree, const struct source *source);
void check_macros(const struct tree *tree, const struct source *source);
void check_header_comment(const struct tree *tree, const struct source *source);
void check_dead_headers(const struct tree *tree, const struct source *source);
void check_unbuilt(const struct tree *tree, const struct source *source);
void check_empty_tests(const struct tree *tree, const struct source *source);
void check_top_level(const struct tree *tree, const struct source *source);
void check_lock_engines(const struct tree *tree, const struct source *source);
