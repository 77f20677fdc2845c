/* Loads the tree and prepares C text for searching. */
#include "tests/tidy/tidy.h"

#include <ctype.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCES_MAX = 8192 };

static struct source loaded[SOURCES_MAX];
static size_t loaded_count;

/* Made or foreign, not written here. */
static const char *const skipped_folders[] = {".git", "build",   "var",        "node_modules",
                                              "dist", ".claude", "__pycache__"};
static const char *const endings[] = {".c",   ".h",
                                      ".py",  ".sh",
                                      ".mjs", ".ts",
                                      ".tsx", ".css",
                                      ".md",  "CMakeLists.txt",
                                      "/dev", "package-lock.json"};

bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ends_with(const char *text, const char *suffix)
{
    size_t size = strlen(text);
    size_t tail = strlen(suffix);
    return size >= tail && strcmp(text + size - tail, suffix) == 0;
}

bool is_c(const struct source *source)
{
    return ends_with(source->path, ".c") || ends_with(source->path, ".h");
}

bool is_product(const struct source *source)
{
    static const char *const folders[] = {"src/", "actors/", "storage/", "web/", "bench/"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (starts_with(source->path, folders[i])) {
            return true;
        }
    }
    return false;
}

bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

size_t line_of(const struct source *source, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset && i < source->size; i++) {
        line += source->text[i] == '\n';
    }
    return line;
}

bool next_word(const struct source *source, const char *name, size_t *at)
{
    size_t size = strlen(name);
    const char *found = source->code + *at;
    while ((found = strstr(found, name)) != NULL) {
        size_t start = (size_t)(found - source->code);
        if ((start == 0 || !word_char(found[-1])) && !word_char(found[size])) {
            *at = start;
            return true;
        }
        found += size;
    }
    return false;
}

char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(3);
    }
    long length = ftell(file);
    rewind(file);
    char *text = calloc((size_t)length + 1, 1);
    if (text == NULL || fread(text, 1, (size_t)length, file) != (size_t)length) {
        perror(path);
        exit(3);
    }
    fclose(file);
    *size = strlen(text);
    return text;
}

/* What a character of C belongs to. */
enum place { CODE, LINE_COMMENT, BLOCK_COMMENT, STRING, CHARACTER };

static enum place place_after(enum place place, const char *at)
{
    switch (place) {
    case CODE:
        if (at[0] == '/' && at[1] == '/') {
            return LINE_COMMENT;
        }
        if (at[0] == '/' && at[1] == '*') {
            return BLOCK_COMMENT;
        }
        return at[0] == '"' ? STRING : at[0] == '\'' ? CHARACTER : CODE;
    case LINE_COMMENT: return at[0] == '\n' ? CODE : place;
    case BLOCK_COMMENT: return at[0] == '/' && at[-1] == '*' ? CODE : place;
    case STRING: return at[0] == '"' ? CODE : place;
    case CHARACTER: return at[0] == '\'' ? CODE : place;
    }
    return place;
}

/* Comments and the insides of strings become blanks; lines keep their places. */
static char *blank(const char *text, size_t size)
{
    char *code = calloc(size + 1, 1);
    if (code == NULL) {
        exit(3);
    }
    enum place place = CODE;
    for (size_t i = 0; i < size; i++) {
        enum place before = place;
        bool escape = (place == STRING || place == CHARACTER) && text[i] == '\\';
        if (escape && i + 1 < size) {
            code[i] = ' ';
            i++;
        } else if (!(place == BLOCK_COMMENT && i > 0 && text[i - 1] == '/' && before == CODE)) {
            place = place_after(place, text + i);
        }
        bool visible = before == CODE && place != LINE_COMMENT && place != BLOCK_COMMENT;
        code[i] = visible || text[i] == '\n' ? text[i] : ' ';
    }
    return code;
}

/* #include "x" keeps its name: the check of arrows reads it. */
static void keep_includes(char *code, const char *text)
{
    for (const char *at = text; (at = strstr(at, "#include")) != NULL; at++) {
        if (at == text || at[-1] == '\n') {
            size_t length = strcspn(at, "\n");
            char *comment = strstr(at, "/*");
            if (comment != NULL && comment < at + length) {
                length = (size_t)(comment - at);
            }
            memcpy(code + (at - text), at, length);
        }
    }
}

struct source source_of(const char *path, char *text, size_t size)
{
    struct source source = {.path = path, .text = text, .size = size, .code = text};
    if (is_c(&source)) {
        char *code = blank(text, size);
        keep_includes(code, text);
        source.code = code;
    }
    return source;
}

void source_release(struct source *source)
{
    if (source->code != source->text) {
        free((void *)(uintptr_t)source->code);
    }
    free((void *)(uintptr_t)source->text);
}

static bool is_wanted(const char *path)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (ends_with(path, endings[i])) {
            return true;
        }
    }
    return false;
}

static int load_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    if (kind == FTW_D) {
        for (size_t i = 0; i < sizeof skipped_folders / sizeof skipped_folders[0]; i++) {
            if (strcmp(path + at->base, skipped_folders[i]) == 0) {
                return FTW_SKIP_SUBTREE;
            }
        }
    }
    if (kind == FTW_F && is_wanted(path) && loaded_count < SOURCES_MAX) {
        size_t size = 0;
        char *text = read_whole(path, &size);
        loaded[loaded_count++] = source_of(strdup(path + 2), text, size);
    }
    return FTW_CONTINUE;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct source *)a)->path, ((const struct source *)b)->path);
}

struct tree tree_load(const char *root)
{
    if (nftw(root, load_entry, 32, FTW_PHYS | FTW_ACTIONRETVAL) < 0 || loaded_count == 0) {
        perror(root);
        exit(3);
    }
    qsort(loaded, loaded_count, sizeof loaded[0], by_path);
    return (struct tree){loaded, loaded_count};
}

const struct source *tree_find(const struct tree *tree, const char *path)
{
    struct source key = {.path = path};
    return bsearch(&key, tree->sources, tree->count, sizeof tree->sources[0], by_path);
}
