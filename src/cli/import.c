/* import institutions|people FILE: offline, under the directory's lock (API 9). */
#include "base/log.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "model/civil.h"
#include "registrar.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

struct importing {
    struct registrar registrar;
    uint64_t faults;
};

static enum err on_institution(void *context, const struct institution *row)
{
    struct importing *importing = context;
    return registrar_institution(&importing->registrar, row);
}

static enum err on_person(void *context, const struct person_import *row)
{
    struct importing *importing = context;
    return registrar_person(&importing->registrar, row, NULL);
}

static void on_fault(void *context, const struct import_report *report)
{
    struct importing *importing = context;
    importing->faults++;
    (void)printf("line %u\t%s\t%s\t%s\t%s\n", report->line, report->column,
                 import_fault_name(report->fault), import_fault_sentence(report->fault),
                 report->value);
}

static bool home_is_known(void *context, uint64_t id)
{
    struct importing *importing = context;
    return facts_institution(rig_facts(importing->registrar.rig), id) != NULL;
}

static int import_run(struct rig *rig, enum import_kind kind, const char *file)
{
    struct importing importing = {0};
    struct import_summary summary = {0};
    registrar_init(&importing.registrar, rig);
    struct import_sink sink = {.context = &importing,
                               .on_institution = on_institution,
                               .on_person = on_person,
                               .on_fault = on_fault,
                               .home_is_known = home_is_known};
    struct import_options options = {.today = taipei_day(rig_time(rig))};
    enum err err = import_file(file, kind, &options, &sink, &summary);
    if (err == ERR_OK || err == ERR_BAD_INPUT) {
        enum err finished = registrar_finish(&importing.registrar);
        err = err == ERR_OK ? finished : err;
    }
    if (err != ERR_OK) {
        (void)fprintf(stderr, "%s: %s\n", file, err_sentence(err));
        return err == ERR_NOT_FOUND ? EXIT_BAD_INPUT : exit_of(err);
    }
    (void)printf("%u rows: %u taken (%llu new, %llu changed, %llu unchanged), %u refused\n",
                 summary.rows, summary.taken, (unsigned long long)importing.registrar.added,
                 (unsigned long long)importing.registrar.changed,
                 (unsigned long long)importing.registrar.unchanged, summary.refused);
    return summary.refused > 0 ? EXIT_FINDING : EXIT_DONE;
}

int cli_import(int argc, char **argv)
{
    const char *file = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    int code = EXIT_DONE;
    const struct option_ask asks[] = {{"config", &file, false}};
    static struct config config;
    if (!options_take(argc, argv, asks, 1, words, &words_count)) {
        return EXIT_BAD_INPUT;
    }
    bool people = words_count > 0 && strcmp(words[0], "people") == 0;
    if (words_count != 2 || (!people && strcmp(words[0], "institutions") != 0)) {
        (void)fprintf(stderr,
                      "import institutions|people FILE --config FILE\n"
                      "columns of institutions: %s\ncolumns of people: %s\n",
                      import_columns(IMPORT_INSTITUTIONS), import_columns(IMPORT_PEOPLE));
        return EXIT_BAD_INPUT;
    }
    if (!options_config(file, &config, &code)) {
        return code;
    }
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct rig *rig = NULL;
    enum err err = rig_open(&config, (struct wall){now.tv_sec * 1000}, &rig);
    if (err != ERR_OK) {
        return err == ERR_BUSY ? EXIT_WORLD : exit_of(err);
    }
    code = import_run(rig, people ? IMPORT_PEOPLE : IMPORT_INSTITUTIONS, words[1]);
    rig_close(rig);
    return code;
}
