/* What nobody uses: headers without readers, sources without a target, empty tests. */
#include "tests/tidy/tidy.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/* The path another file writes between quotes. */
static const char *include_name(const char *path)
{
    return starts_with(path, "src/") ? path + strlen("src/") : path;
}

/* x.c of x.h: its own source is no reader. */
static bool is_own_source(const char *header, const char *path)
{
    size_t stem = strlen(header) - strlen("h");
    return strlen(path) == stem + 1 && strncmp(header, path, stem) == 0 && path[stem] == 'c';
}

void check_dead_headers(const struct tree *tree, const struct source *source)
{
    if (!ends_with(source->path, ".h")) {
        return;
    }
    char line[600];
    snprintf(line, sizeof line, "#include \"%s\"", include_name(source->path));
    for (size_t i = 0; i < tree->count; i++) {
        const struct source *other = &tree->sources[i];
        if (is_c(other) && !is_own_source(source->path, other->path) &&
            strstr(other->code, line) != NULL) {
            return;
        }
    }
    finding(source, 0, "nobody includes it");
}

/* Is there a pattern in CMakeLists.txt that takes this file? They are words that end in .c. */
static bool is_globbed(const struct source *lists, const char *path)
{
    for (const char *at = lists->text; *at != '\0';) {
        size_t size = strcspn(at, " \n\t()");
        char pattern[256];
        if (size > 2 && size < sizeof pattern && strncmp(at + size - 2, ".c", 2) == 0) {
            memcpy(pattern, at, size);
            pattern[size] = '\0';
            if (fnmatch(pattern, path, FNM_PATHNAME) == 0) {
                return true;
            }
        }
        at += size + strspn(at + size, " \n\t()");
    }
    return false;
}

void check_unbuilt(const struct tree *tree, const struct source *source)
{
    const struct source *lists = tree_find(tree, "CMakeLists.txt");
    if (ends_with(source->path, ".c") && (lists == NULL || !is_globbed(lists, source->path))) {
        finding(source, 0, "no target builds it");
    }
}

/* Does a body call anything at all, apart from skipping? What it calls, the runner watches: a test
 * that ends without an expectation fails there. */
static bool body_calls(const char *from, const char *to)
{
    for (const char *at = from; at < to; at++) {
        if (*at == '(' && word_char(at[-1])) {
            const char *start = at;
            while (start > from && word_char(start[-1])) {
                start--;
            }
            bool harmless = starts_with(start, "t_skip(") || starts_with(start, "if(") ||
                            starts_with(start, "while(") || starts_with(start, "sizeof(");
            if (!harmless) {
                return true;
            }
        }
    }
    return false;
}

void check_empty_tests(const struct tree *tree, const struct source *source)
{
    (void)tree;
    if (!starts_with(source->path, "tests/unit/") || !ends_with(source->path, "_test.c") ||
        ends_with(source->path, "/t_test.c")) { /* t_test.c tries the runner with bad tests */
        return;
    }
    for (size_t at = 0; next_word(source, "TEST", &at); at++) {
        const char *open = strstr(source->code + at, "\n{\n");
        const char *close = open ? strstr(open, "\n}") : NULL;
        if (close == NULL || !body_calls(open, close)) {
            finding(source, at, "a test that asserts nothing");
        }
    }
}
