/* expand JSON: one time of API 4.1 -> its occurrences on stdout, skipped months on stderr. */
#include "base/arena.h"
#include "base/check.h"
#include "cli/cli.h"
#include "web/json.h"
#include "web/time_json.h"
#include <stdio.h>
#include <stdlib.h>

enum { MEMORY_MAX = 16 * 1024 * 1024, MONTHS_MAX = 12 * 10000 };

struct told {
    uint32_t count;
};

static void fault_print(void *self, const char *pointer_suffix, const char *code)
{
    struct told *told = self;
    told->count++;
    fprintf(stderr, "expand: %s at \"%s\"\n", code, pointer_suffix);
}

static int memory_tell(void)
{
    fprintf(stderr, "expand: out of memory\n");
    return 3;
}

static void occurrences_print(const struct time_rule *rule)
{
    struct occurrence_cursor cursor = occurrence_begin(rule);
    struct occurrence occurrence;
    while (occurrence_next(&cursor, &occurrence)) {
        char start[LOCAL_MAX], end[LOCAL_MAX];
        local_print(occurrence.start, start);
        local_print(occurrence.end, end);
        printf("%s %s\n", start, end);
    }
}

static int skipped_print(const struct time_rule *rule)
{
    uint32_t count = months_skipped(rule, NULL, 0);
    if (count == 0)
        return 0;
    CHECK(count <= MONTHS_MAX);
    int32_t *months = calloc(count, sizeof *months);
    if (months == NULL)
        return 3;
    months_skipped(rule, months, count);
    for (uint32_t i = 0; i < count; i++)
        fprintf(stderr, "skipped %04d-%02d\n", months[i] / 12, months[i] % 12 + 1);
    free(months);
    return 0;
}

static int rule_print(const struct time_rule *rule)
{
    occurrences_print(rule);
    int code = skipped_print(rule);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "expand: the output can't be written\n");
        return 3;
    }
    return code;
}

static int time_print_all(yyjson_val *value, struct arena *arena)
{
    struct told told = {0};
    struct time_rule rule;
    bool read = time_from_json(value, arena, &rule, fault_print, &told);
    if (told.count > 0)
        return 2; /* what a draft may lack can't be expanded */
    return read ? rule_print(&rule) : memory_tell();
}

static int fault_code(enum json_fault fault)
{
    switch (fault) {
    case JSON_MEMORY: return memory_tell();
    case JSON_SYNTAX: fprintf(stderr, "expand: bad_json: not JSON in UTF-8\n"); return 2;
    case JSON_DUPLICATE: fprintf(stderr, "expand: bad_json: a member stands twice\n"); return 2;
    case JSON_DEEP: fprintf(stderr, "expand: bad_json: nested too deep\n"); return 2;
    case JSON_FINE: break;
    }
    CHECK(false);
    return 3;
}

int cli_expand(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: baobei expand JSON\n");
        return 2;
    }
    struct arena arena;
    struct problems problems;
    struct json json;
    arena_init(&arena, 4096, MEMORY_MAX);
    problems_init(&problems, &arena);
    enum json_fault fault = json_parse(&json, &arena, bytes_from_text(argv[1]), &problems);
    int code = fault == JSON_FINE ? time_print_all(yyjson_doc_get_root(json.doc), &arena)
                                  : fault_code(fault);
    arena_deinit(&arena);
    return code;
}
