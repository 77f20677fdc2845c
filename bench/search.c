/* search: institutions by name or code in the real list (or the demo's), the p99 that GET
 * /institutions?q= rests on. Queries are cut out of names and codes of the list itself, 2 to 6
 * characters, beside some that nothing has. */
#include "registry/search.h"
#include "base/check.h"
#include "bench/bench.h"
#include "base/prng.h"
#include "cli/demo_world.h"
#include "model/ids.h"
#include "registry/facts_build.h"
#include "registry/import_csv.h"
#include <unistd.h>

enum { LIMIT = 20, LONGEST = 6, NO_SUCH = 20, QUERY_ROOM = 64 };
#define REAL_LIST "../shared/data/institutions.csv"

static enum err take(void *context, const struct institution *row)
{
    return facts_builder_add_institution(context, row);
}

static void take_fault(void *context, const struct import_report *report)
{
    (void)context;
    (void)report; /* the list's own quirks */
}

static enum err list_load(const char *path, uint64_t seed, const struct facts **facts)
{
    struct facts_builder builder;
    struct demo_world world = {.seed = seed, .institutions = DEMO_INSTITUTIONS, .today = 20800};
    struct import_sink sink = {.context = &builder, .on_institution = take, .on_fault = take_fault};
    struct import_options options = {.today = DAY_NONE};
    struct import_summary summary;
    facts_builder_init(&builder);
    enum err err = path == NULL ? demo_institutions(&world, take, &builder)
                                : import_file(path, IMPORT_INSTITUTIONS, &options, &sink, &summary);
    err = err == ERR_OK ? facts_build(&builder, 1, facts) : err;
    facts_builder_deinit(&builder);
    return err;
}

/* Where the character at or behind `at` begins. */
static size_t point_at(struct bytes text, size_t at)
{
    while (at < text.size && (text.data[at] & 0xC0) == 0x80) {
        at++;
    }
    return at;
}

static struct bytes query_cut(struct prng *prng, const struct institution *place,
                              char code[INSTITUTION_CODE_SIZE + 1])
{
    struct bytes text = place->name;
    if (prng_chance(prng, 5)) {
        institution_code_print(place->id, code);
        text = bytes_from_text(code);
    }
    size_t from = point_at(text, (size_t)prng_below(prng, text.size));
    size_t to = from;
    uint64_t points = 2 + prng_below(prng, LONGEST - 1);
    for (uint64_t i = 0; i < points && to < text.size; i++) {
        to = point_at(text, to + 1);
    }
    return bytes_slice(text, from, to - from);
}

static enum err search_measure(struct bench *bench, const struct facts *facts)
{
    uint64_t times = bench->full ? 200000 : 4000;
    struct histogram latency_ns = {0};
    struct histogram cpu_ns = {0};
    struct prng prng;
    uint64_t ids[LIMIT];
    uint64_t found_none = 0;
    uint64_t asked = 0;
    size_t count = facts_institution_count(facts);
    prng_seed(&prng, bench->seed);
    while (asked < times) {
        char code[INSTITUTION_CODE_SIZE + 1];
        const struct institution *place =
            facts_institution_at(facts, (size_t)prng_below(&prng, count));
        struct search_query query = {
            .text = query_cut(&prng, place, code), .type = SEARCH_ANY_TYPE, .day = 20800};
        size_t found = 0;
        size_t total = 0;
        if (prng_chance(&prng, NO_SUCH)) {
            query.text = BYTES_LITERAL("火星診所");
        }
        uint64_t cpu = bench_cpu_ns();
        uint64_t begin = bench_now_ns();
        enum err err = search_institutions(facts, &query, 0, LIMIT, ids, &found, &total);
        uint64_t end = bench_now_ns();
        cpu = bench_cpu_ns() - cpu;
        if (err == ERR_BAD_INPUT) {
            continue; /* cut at the end of a name: too short */
        }
        if (err != ERR_OK) {
            return err;
        }
        asked++;
        found_none += total == 0;
        histogram_add(&latency_ns, end - begin);
        histogram_add(&cpu_ns, cpu);
    }
    bench_count(bench, "queries", asked);
    bench_count(bench, "found_none", found_none);
    bench_histogram(bench, "cpu_ns", &cpu_ns);
    bench_histogram(bench, "latency_ns", &latency_ns);
    return ERR_OK;
}

int bench_search(int argc, char **argv)
{
    struct bench bench;
    const char *list = NULL;
    const struct option_ask asks[] = {{"list", &list, false}};
    const struct facts *facts = NULL;
    if (!bench_begin(&bench, argc, argv, asks, ARRAY_COUNT(asks))) {
        return EXIT_BAD_INPUT;
    }
    if (list == NULL && access(REAL_LIST, R_OK) == 0) {
        list = REAL_LIST;
    }
    enum err err = list_load(list, bench.seed, &facts);
    if (err == ERR_OK) {
        bench_set_text(&bench, "list", list == NULL ? "demo" : list);
        bench_set(&bench, "institutions", facts_institution_count(facts));
        err = search_measure(&bench, facts);
    }
    facts_free(facts);
    return bench_end(&bench, err);
}
