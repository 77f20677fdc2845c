/* `tidy ROOT` prints findings and exits 1 if there are any; `tidy ROOT --canaries` proves that each
 * check bites: every file of tests/tidy/canary must be found by the check it names. */
#include "tests/tidy/tidy.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct check checks[] = {
    {"includes", check_includes},
    {"banned_calls", check_banned_calls},
    {"marks", check_marks},
    {"width", check_width},
    {"file_length", check_file_length},
    {"function_length", check_function_length},
    {"macros", check_macros},
    {"header_comment", check_header_comment},
    {"dead_headers", check_dead_headers},
    {"unbuilt", check_unbuilt},
    {"empty_tests", check_empty_tests},
    {"top_level", check_top_level},
    {"lock_engines", check_lock_engines},
    {NULL, NULL},
};

/* Where findings go: printed, or only searched for the sentence that a canary expects. */
static struct {
    const char *check;
    const char *expected; /* NULL: print */
    size_t count;
    bool met;
} sink;

void finding(const struct source *source, size_t offset, const char *format, ...)
{
    char sentence[512];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    sink.count++;
    if (sink.expected == NULL) {
        printf("%s:%zu: %s: %s\n", source->path, line_of(source, offset), sink.check, sentence);
    } else if (strstr(sentence, sink.expected) != NULL) {
        sink.met = true;
    }
}

static int check_tree(const struct tree *tree)
{
    for (const struct check *check = checks; check->name != NULL; check++) {
        sink.check = check->name;
        for (size_t i = 0; i < tree->count; i++) {
            check->run(tree, &tree->sources[i]);
        }
    }
    printf("%zu files, %zu findings\n", tree->count, sink.count);
    return sink.count > 0;
}

/* ---- canaries -------------------------------------------------------------------------------- */

struct canary {
    char path[256];     /* what it pretends to be */
    char check[64];     /* who must find it */
    char expected[128]; /* part of the sentence */
    char repeat[8];     /* how often its text stands in the file; empty is 1 */
};

/* First line: `check=NAME path=PATH [repeat=N] expect=REST OF LINE`. The rest is the file. */
static bool canary_parse(const char *line, struct canary *canary)
{
    memset(canary, 0, sizeof *canary);
    if (sscanf(line, "check=%63s path=%255s repeat=%7s expect=%127[^\n]", canary->check,
               canary->path, canary->repeat, canary->expected) == 4) {
        return true;
    }
    return sscanf(line, "check=%63s path=%255s expect=%127[^\n]", canary->check, canary->path,
                  canary->expected) == 3;
}

static struct source canary_source(const struct canary *canary, const char *body)
{
    size_t size = strlen(body);
    size_t repeat = canary->repeat[0] != '\0' ? strtoul(canary->repeat, NULL, 10) : 1;
    char *text = calloc(size * repeat + 1, 1);
    if (text == NULL) {
        exit(3);
    }
    for (size_t i = 0; i < repeat; i++) {
        memcpy(text + i * size, body, size);
    }
    return source_of(canary->path, text, size * repeat);
}

/* Does the named check, and only for the canary's own fault, say the expected sentence? */
static bool canary_found(const struct tree *tree, const struct canary *canary,
                         const struct source *source)
{
    for (const struct check *check = checks; check->name != NULL; check++) {
        if (strcmp(check->name, canary->check) == 0) {
            sink.check = check->name;
            sink.expected = canary->expected;
            sink.met = false;
            check->run(tree, source);
            return sink.met;
        }
    }
    return false;
}

static bool run_canary(const struct tree *tree, const char *folder, const char *name, bool *covered)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    size_t size = 0;
    char *text = read_whole(path, &size);
    char *body = strchr(text, '\n');
    struct canary canary;
    if (body == NULL || !canary_parse(text, &canary)) {
        printf("not ok %s has no first line check=… path=… expect=…\n", name);
        return false;
    }
    struct source source = canary_source(&canary, body + 1);
    bool found = canary_found(tree, &canary, &source);
    source_release(&source);
    free(text);
    printf("%s %s\n", found ? "ok" : "not ok", name);
    for (size_t i = 0; checks[i].name != NULL; i++) {
        covered[i] = covered[i] || strcmp(checks[i].name, canary.check) == 0;
    }
    return found;
}

static int check_canaries(const struct tree *tree, const char *root)
{
    char folder[512];
    bool covered[sizeof checks / sizeof checks[0]] = {false};
    int failed = 0;
    snprintf(folder, sizeof folder, "%s/tests/tidy/canary", root);
    struct dirent **names = NULL;
    int count = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (ends_with(names[i]->d_name, ".txt")) {
            failed |= !run_canary(tree, folder, names[i]->d_name, covered);
        }
        free(names[i]);
    }
    free(names);
    for (size_t i = 0; checks[i].name != NULL; i++) {
        if (!covered[i]) {
            printf("not ok %s has no canary\n", checks[i].name);
            failed = 1;
        }
    }
    return failed;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "--canaries") != 0)) {
        fprintf(stderr, "usage: tidy ROOT [--canaries]\n");
        return 2;
    }
    if (chdir(argv[1]) != 0) {
        perror(argv[1]);
        return 3;
    }
    struct tree tree = tree_load(".");
    return argc == 3 ? check_canaries(&tree, ".") : check_tree(&tree);
}
