/* Sizes, and the first line of a header (DESIGN 2, 14). */
#include "tests/tidy/tidy.h"

#include <string.h>

enum { COLUMNS_MAX = 100, FILE_LINES_MAX = 700, FUNCTION_LINES_MAX = 100 };

static bool is_hand_formatted(const struct source *source)
{
    static const char *const endings[] = {".c", ".h", ".py", ".sh", "CMakeLists.txt"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (ends_with(source->path, endings[i])) {
            return true;
        }
    }
    return strcmp(source->path, "dev") == 0;
}

/* Characters, not bytes; a Han character counts as one. */
static size_t width_of(const char *line, size_t size)
{
    size_t width = 0;
    for (size_t i = 0; i < size; i++) {
        width += ((unsigned char)line[i] & 0xC0) != 0x80;
    }
    return width;
}

void check_width(const struct tree *tree, const struct source *source)
{
    (void)tree;
    if (!is_hand_formatted(source)) {
        return;
    }
    for (const char *line = source->text; *line != '\0';) {
        size_t size = strcspn(line, "\n");
        size_t width = width_of(line, size);
        if (width > COLUMNS_MAX) {
            finding(source, (size_t)(line - source->text), "%zu columns", width);
        }
        line += size + (line[size] == '\n');
    }
}

void check_file_length(const struct tree *tree, const struct source *source)
{
    (void)tree;
    if (is_hand_formatted(source)) {
        size_t lines = line_of(source, source->size) - 1;
        if (lines > FILE_LINES_MAX) {
            finding(source, 0, "%zu lines: more than one idea?", lines);
        }
    }
}

/* clang-format puts the braces of a function, and only those, alone in the first column. */
void check_function_length(const struct tree *tree, const struct source *source)
{
    (void)tree;
    if (!is_c(source)) {
        return;
    }
    size_t line = 0;
    size_t start_line = 0;
    size_t start_at = 0;
    for (const char *at = source->code; *at != '\0';) {
        size_t size = strcspn(at, "\n");
        line++;
        if (size == 1 && at[0] == '{') {
            start_line = line;
            start_at = (size_t)(at - source->code);
        } else if (start_line > 0 && at[0] == '}') {
            if (line - start_line - 1 > FUNCTION_LINES_MAX) {
                finding(source, start_at, "a function of %zu lines", line - start_line - 1);
            }
            start_line = 0;
        }
        at += size + (at[size] == '\n');
    }
}

void check_header_comment(const struct tree *tree, const struct source *source)
{
    (void)tree;
    if (ends_with(source->path, ".h") && !starts_with(source->text, "/*")) {
        finding(source, 0, "does not open with what it is, thread, ownership, errors");
    }
}

void check_top_level(const struct tree *tree, const struct source *source)
{
    (void)tree;
    static const char *const known[] = {"CMakeLists.txt", "README.md", "dev"};
    if (strchr(source->path, '/') != NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(source->path, known[i]) == 0) {
            return;
        }
    }
    finding(source, 0, "does not belong at the top");
}
