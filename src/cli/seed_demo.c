/* seed-demo DIR: a demonstration that a visitor can walk through: places, people, a test PKI with
 * cards, and a year of cases made by the shipped actors (API 9). */
#include "base/check.h"
#include "base/log.h"
#include "base/prng.h"
#include "cli/cli.h"
#include "cli/demo_cast.h"
#include "cli/demo_files.h"
#include "cli/demo_filing.h"
#include "cli/demo_keys.h"
#include "cli/demo_world.h"
#include "cli/options.h"
#include "registrar.h"
#include "site_rig.h"
#include "registry/facts_build.h"
#include "storage/store.h"
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { YEAR_MS_DAYS = 365, LINES_DEFAULT = 2000, CARDS_DEFAULT = 90 };

struct demo {
    char directory[DEMO_PATH_MAX / 2];
    const char *institutions_file;
    struct demo_world world;
    uint32_t lines;
    struct wall now;
    struct rig *rig;
    struct site site;
    struct registrar registrar;
    struct demo_cast *cast;
    uint64_t faults;
};

static void step(const char *sentence)
{
    (void)fprintf(stderr, "seed-demo: %s\n", sentence);
}

/* ---- places and people ---- */

static enum err take_institution(void *context, const struct institution *row)
{
    struct demo *demo = context;
    return registrar_institution(&demo->registrar, row);
}

static enum err take_person(void *context, const struct person_import *row)
{
    struct demo *demo = context;
    uint64_t id = 0;
    enum err err = registrar_person(&demo->registrar, row, &id);
    return err != ERR_OK ? err : demo_cast_offer(demo->cast, row, id);
}

static void take_fault(void *context, const struct import_report *report)
{
    struct demo *demo = context;
    (void)report;
    demo->faults++;
}

static enum err places(struct demo *demo)
{
    if (demo->institutions_file == NULL) {
        return demo_institutions(&demo->world, take_institution, demo);
    }
    struct import_sink sink = {
        .context = demo, .on_institution = take_institution, .on_fault = take_fault};
    struct import_options options = {.today = demo->world.today};
    struct import_summary summary;
    return import_file(demo->institutions_file, IMPORT_INSTITUTIONS, &options, &sink, &summary);
}

static enum err registry(struct demo *demo)
{
    demo->site = site_of_rig(demo->rig, NULL);
    registrar_init(&demo->registrar, &demo->site);
    step("institutions");
    enum err err = places(demo);
    if (err == ERR_OK) {
        err = registrar_finish(&demo->registrar);
    }
    if (err == ERR_OK) {
        step("people");
        demo_cast_places(demo->cast, rig_facts(demo->rig));
        err = demo_people(&demo->world, rig_facts(demo->rig), take_person, demo);
    }
    return err == ERR_OK ? registrar_finish(&demo->registrar) : err;
}

/* ---- cases ---- */

static enum err cases(struct demo *demo)
{
    struct demo_filing filing = {.rig = demo->rig,
                                 .lines = demo->lines,
                                 .until = demo->now,
                                 .favoured = demo->cast->favoured,
                                 .favoured_count = demo->cast->favoured_count,
                                 .reviewers = demo->cast->reviewers,
                                 .reviewers_count = demo->cast->reviewers_count};
    prng_seed(&filing.prng, demo->world.seed);
    step("a year of cases");
    enum err err = demo_file(&filing);
    (void)fprintf(stderr,
                  "seed-demo: %llu cases filed (%llu drafts, %llu refused as overlapping), %llu "
                  "approved, %llu returned, %llu rejected, %llu under review\n",
                  (unsigned long long)filing.filed, (unsigned long long)filing.drafts,
                  (unsigned long long)filing.refused, (unsigned long long)filing.approved,
                  (unsigned long long)filing.returned, (unsigned long long)filing.rejected,
                  (unsigned long long)filing.open);
    return err;
}

/* ---- the whole ---- */

static enum err folders(const char *directory)
{
    static const char *const names[] = {"", "/pki", "/cards"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        char path[DEMO_PATH_MAX];
        (void)snprintf(path, sizeof path, "%s%s", directory, names[i]);
        if (mkdir(path, 0700) != 0 && i > 0) {
            struct stat known;
            if (stat(path, &known) != 0) {
                return ERR_IO;
            }
        }
    }
    return ERR_OK;
}

static enum err keys_make(const char *directory)
{
    uint8_t entropy[SEAL_KEYS_ENTROPY];
    struct seal_keys keys;
    char path[DEMO_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/baobei.key", directory);
    entropy_fill(entropy, sizeof entropy);
    seal_keys_make(&keys, entropy);
    enum err err = seal_file_make(path, &keys);
    seal_wipe(entropy, sizeof entropy);
    seal_wipe(&keys, sizeof keys);
    return err;
}

static enum err store_begin(struct demo *demo)
{
    static struct config config;
    char path[DEMO_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/data", demo->directory);
    enum err err = store_create(path);
    if (err != ERR_OK) {
        return err;
    }
    (void)snprintf(path, sizeof path, "%s/baobei.conf", demo->directory);
    err = config_load(path, &config, stderr);
    if (err != ERR_OK) {
        return err;
    }
    struct wall begin = {demo->now.ms - (int64_t)YEAR_MS_DAYS * 24 * 3600 * 1000};
    return rig_open(&config, begin, &demo->rig);
}

static enum err demo_run(struct demo *demo)
{
    enum err err = folders(demo->directory);
    err = err == ERR_OK ? demo_write_config(demo->directory) : err;
    err = err == ERR_OK ? keys_make(demo->directory) : err;
    err = err == ERR_OK ? store_begin(demo) : err;
    err = err == ERR_OK ? demo_cast_make(demo->world.seed, demo->now, &demo->cast) : err;
    err = err == ERR_OK ? registry(demo) : err;
    if (err == ERR_OK) {
        step("cards: keys and certificates");
        err = demo_cast_cards(demo->cast, demo->rig, demo->directory);
    }
    err = err == ERR_OK ? cases(demo) : err;
    if (err == ERR_OK) {
        step("card tokens");
        err = demo_cast_tokens(demo->cast, demo->directory);
    }
    if (demo->rig != NULL) {
        rig_close(demo->rig);
    }
    if (err == ERR_OK) {
        err =
            demo_write_json(demo->directory, demo->cast->identities, demo->cast->identities_count);
    }
    demo_cast_free(demo->cast);
    return err;
}

static bool number_read(const char *text, uint64_t max, uint64_t *number)
{
    char *end = NULL;
    if (text == NULL) {
        return true;
    }
    unsigned long long read = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || read > max) {
        (void)fprintf(stderr, "seed-demo: %s is not a whole number up to %llu\n", text,
                      (unsigned long long)max);
        return false;
    }
    *number = read;
    return true;
}

int cli_seed_demo(int argc, char **argv)
{
    const char *institutions = NULL;
    const char *people = NULL;
    const char *lines = NULL;
    const char *seed = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    const struct option_ask asks[] = {{"institutions", &institutions, false},
                                      {"people", &people, false},
                                      {"lines", &lines, false},
                                      {"seed", &seed, false}};
    uint64_t people_count = DEMO_PEOPLE;
    uint64_t lines_count = LINES_DEFAULT;
    uint64_t seed_number = 1;
    if (!options_take(argc, argv, asks, ARRAY_COUNT(asks), words, &words_count) ||
        words_count != 1 || !number_read(people, DEMO_PEOPLE_MAX, &people_count) ||
        !number_read(lines, 100000000, &lines_count) ||
        !number_read(seed, UINT64_MAX, &seed_number)) {
        (void)fputs("seed-demo DIR [--institutions FILE] [--people N] [--lines N] [--seed N]\n",
                    stderr);
        return EXIT_BAD_INPUT;
    }
    static struct demo demo;
    struct stat known;
    char path[DEMO_PATH_MAX];
    (void)snprintf(demo.directory, sizeof demo.directory, "%s", words[0]);
    (void)snprintf(path, sizeof path, "%s/data", words[0]);
    if (strlen(words[0]) > DEMO_PATH_MAX / 2 || stat(path, &known) == 0) {
        (void)fprintf(stderr, "seed-demo: %s holds a store already; nothing was changed\n", path);
        return EXIT_BAD_INPUT;
    }
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    demo.now.ms = now.tv_sec * 1000;
    demo.institutions_file = institutions;
    demo.lines = (uint32_t)lines_count;
    demo.world = (struct demo_world){.seed = seed_number,
                                     .institutions = DEMO_INSTITUTIONS,
                                     .people = (uint32_t)people_count,
                                     .today = taipei_day(demo.now)};
    enum err err = psa_crypto_init() == PSA_SUCCESS ? demo_run(&demo) : ERR_UNSUPPORTED;
    if (err != ERR_OK) {
        (void)fprintf(stderr, "seed-demo: %s\n", err_sentence(err));
        return err == ERR_BAD_INPUT || err == ERR_NOT_FOUND ? EXIT_BAD_INPUT : EXIT_WORLD;
    }
    (void)fprintf(stderr, "seed-demo: done; baobei serve --config %s/baobei.conf\n", words[0]);
    return EXIT_DONE;
}
