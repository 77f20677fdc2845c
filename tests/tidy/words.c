/* Calls that are never right, or not right in some folders (DESIGN 17). */
#include "tests/tidy/tidy.h"

#include <string.h>

struct ban {
    const char *call;
    const char *folders; /* starts of paths, blanks between; "" is everywhere */
    const char *why;
};

#define PURE "src/model/ src/rt/ actors/ src/registry/"

/* Not storage/, which can delay a sync (test.sync_delay_ms), nor stand-ins, which play slow
 * devices. */
#define WAITING                                                                                    \
    "src/ actors/ web/ bench/ tests/unit/ tests/sim/ tests/e2e/ tests/http/ tests/fault/ "         \
    "tests/lib/"

static const struct ban bans[] = {
    {"strcpy", "", "no bound"},
    {"strcat", "", "no bound"},
    {"sprintf", "", "no bound"},
    {"vsprintf", "", "no bound"},
    {"gets", "", "no bound"},
    {"strtok", "", "hidden state"},
    {"atoi", "", "errors are not seen"},
    {"atol", "", "errors are not seen"},
    {"atof", "", "errors are not seen"},
    {"rand", "", "use base/prng.h"},
    {"srand", "", "use base/prng.h"},
    {"random", "", "use base/prng.h"},
    {"mktemp", "", "a race"},
    {"tmpnam", "", "a race"},
    {"asctime", "", "hidden state"},
    {"ctime", "", "hidden state"},
    {"gmtime", "", "hidden state; model/civil.h"},
    {"localtime", "", "hidden state; model/civil.h"},
    {"mktime", "", "the machine's time zone; model/civil.h"},
    {"system", "src/ actors/ storage/ web/", "no shell"},
    {"popen", "src/ actors/ storage/ web/", "no shell"},
    {"time", PURE " storage/", "the time comes with the message"},
    {"gettimeofday", PURE " storage/", "the time comes with the message"},
    {"clock_gettime", PURE, "the time comes with the message"},
    {"malloc", "actors/", "memory comes from the actor's arena (DESIGN 9)"},
    {"calloc", "actors/", "memory comes from the actor's arena (DESIGN 9)"},
    {"realloc", "actors/", "memory comes from the actor's arena (DESIGN 9)"},
    {"strdup", "actors/", "memory comes from the actor's arena (DESIGN 9)"},
    {"printf", "src/base/ src/model/ src/rt/ actors/ storage/ src/loop/ web/", "use base/log.h"},
    {"sleep", WAITING, "wait for an event"},
    {"usleep", WAITING, "wait for an event"},
    {"uv_sleep", WAITING, "wait for an event"},
    {"nanosleep", WAITING, "wait for an event"},
    {"pthread_create", PURE, "a thread is an architecture decision"},
    {"assert", "", "use CHECK, which stays on"},
};

static bool in_folders(const char *path, const char *folders)
{
    if (*folders == '\0') {
        return true;
    }
    while (*folders != '\0') {
        size_t size = strcspn(folders, " ");
        if (size > 0 && strncmp(path, folders, size) == 0) {
            return true;
        }
        folders += size + strspn(folders + size, " ");
    }
    return false;
}

/* A call of that very name: `(` behind it, and no member or pointer before it. */
static bool is_call(const struct source *source, size_t at, size_t size)
{
    const char *code = source->code;
    size_t after = at + size;
    while (code[after] == ' ') {
        after++;
    }
    bool member =
        at > 0 && (code[at - 1] == '.' || (at > 1 && code[at - 2] == '-' && code[at - 1] == '>'));
    return code[after] == '(' && !member;
}

void check_banned_calls(const struct tree *tree, const struct source *source)
{
    (void)tree;
    if (!is_c(source) || starts_with(source->path, "tests/tidy/")) {
        return;
    }
    for (size_t i = 0; i < sizeof bans / sizeof bans[0]; i++) {
        if (!in_folders(source->path, bans[i].folders)) {
            continue;
        }
        for (size_t at = 0; next_word(source, bans[i].call, &at); at++) {
            if (is_call(source, at, strlen(bans[i].call))) {
                finding(source, at, "%s(): %s", bans[i].call, bans[i].why);
            }
        }
    }
}

/* Marks of unfinished work, in any kind of file, comments above all. */
void check_marks(const struct tree *tree, const struct source *source)
{
    (void)tree;
    static const char *const marks[] = {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "HA"
                                        "CK:",
                                        "XX"
                                        "X:"};
    if (ends_with(source->path, "package-lock.json")) {
        return;
    }
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *at = source->text;
        while ((at = strstr(at, marks[i])) != NULL) {
            if ((at == source->text || !word_char(at[-1])) && !word_char(at[strlen(marks[i])])) {
                finding(source, (size_t)(at - source->text), "unfinished: %s", marks[i]);
            }
            at += strlen(marks[i]);
        }
    }
}

/* A macro that returns, jumps or decides hides it from the reader (DESIGN 14, 17). */
static const char *hidden_control(const char *from, const char *to)
{
    static const char *const words[] = {"return", "goto", "if"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t size = strlen(words[i]);
        for (const char *at = from; at + size <= to; at++) {
            bool alone = !word_char(at[-1]) && !word_char(at[size]);
            if (alone && strncmp(at, words[i], size) == 0) {
                return words[i];
            }
        }
    }
    return NULL;
}

/* `case ID: return name;` for a list macro is a row of a table, not hidden control. */
static bool makes_cases(const char *from, const char *to)
{
    for (const char *at = from; at + 5 <= to; at++) {
        if (strncmp(at, "case ", 5) == 0) {
            return true;
        }
    }
    return false;
}

void check_macros(const struct tree *tree, const struct source *source)
{
    (void)tree;
    if (!is_c(source) || !is_product(source)) {
        return;
    }
    const char *at = source->code;
    while ((at = strstr(at, "#define")) != NULL) {
        const char *end = at + strcspn(at, "\n");
        while (*end == '\n' && end[-1] == '\\') {
            end += 1 + strcspn(end + 1, "\n");
        }
        const char *word = hidden_control(at + strlen("#define"), end);
        if (makes_cases(at, end)) {
            word = NULL;
        }
        if (word != NULL) {
            finding(source, (size_t)(at - source->code), "a macro that contains %s", word);
        }
        at = end;
    }
}
