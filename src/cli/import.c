/* import institutions|people FILE (API 9). */
#include "cli/cli.h"
#include "cli/on_site.h"
#include "model/civil.h"
#include "registrar.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { IMPORT_NAME_MAX = 4096 };

struct importing {
    const struct site *site;
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
    (void)fprintf(importing->site->out, "line %u\t%s\t%s\t%s\t%s\n", report->line, report->column,
                  import_fault_name(report->fault), import_fault_sentence(report->fault),
                  report->value);
}

static bool home_is_known(void *context, uint64_t id)
{
    struct importing *importing = context;
    const struct site *site = importing->registrar.site;
    return facts_institution(site->facts(site->self), id) != NULL;
}

static bool kind_of(const char *word, enum import_kind *kind)
{
    *kind = strcmp(word, "people") == 0 ? IMPORT_PEOPLE : IMPORT_INSTITUTIONS;
    return *kind == IMPORT_PEOPLE || strcmp(word, "institutions") == 0;
}

/* argv: import KIND FILE; the file is open already (site->input). */
int import_run(struct site *site, int argc, char **argv)
{
    enum import_kind kind;
    if (argc != 3 || site->input == NULL || !kind_of(argv[1], &kind)) {
        (void)fputs("import: a kind and an open file are needed\n", site->errors);
        return EXIT_BAD_INPUT;
    }
    struct importing importing = {.site = site};
    struct import_summary summary = {0};
    registrar_init(&importing.registrar, site);
    struct import_sink sink = {.context = &importing,
                               .on_institution = on_institution,
                               .on_person = on_person,
                               .on_fault = on_fault,
                               .home_is_known = home_is_known};
    struct import_options options = {.today = taipei_day(site->now(site->self))};
    enum err err = import_stream(site->input, kind, &options, &sink, &summary);
    enum err finished = registrar_finish(&importing.registrar);
    err = err == ERR_OK ? finished : err;
    if (err != ERR_OK) {
        (void)fprintf(site->errors, "%s: %s\n", argv[2], err_sentence(err));
        return exit_of(err);
    }
    (void)fprintf(site->out,
                  "%u rows: %u taken (%llu new, %llu changed, %llu unchanged), %u refused\n",
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
    enum import_kind kind;
    const struct option_ask asks[] = {{"config", &file, false}};
    static struct config config;
    if (!options_take(argc, argv, asks, 1, words, &words_count)) {
        return EXIT_BAD_INPUT;
    }
    if (words_count != 2 || !kind_of(words[0], &kind)) {
        (void)fprintf(stderr,
                      "import institutions|people FILE --config FILE\n"
                      "columns of institutions: %s\ncolumns of people: %s\n",
                      import_columns(IMPORT_INSTITUTIONS), import_columns(IMPORT_PEOPLE));
        return EXIT_BAD_INPUT;
    }
    if (!options_config(file, &config, &code)) {
        return code;
    }
    /* Opened here: the server's user may see other files under that name, or none. */
    FILE *input = fopen(words[1], "rbe");
    if (input == NULL) {
        (void)fprintf(stderr, "%s: %s\n", words[1],
                      errno == ENOENT ? err_sentence(ERR_NOT_FOUND) : "it can't be read");
        return EXIT_BAD_INPUT;
    }
    char kind_word[16];
    char name[IMPORT_NAME_MAX];
    (void)snprintf(kind_word, sizeof kind_word, "%s", words[0]);
    (void)snprintf(name, sizeof name, "%s", words[1]);
    code = on_site(&config, 3, (char *[]){argv[0], kind_word, name, NULL}, input);
    (void)fclose(input);
    return code;
}
