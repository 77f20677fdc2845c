/* prepare DIR: API tokens of many institutions at once, for load from outside.
 *
 * `baobei token add` opens and closes the store for each; here they share syncs. Chosen are
 * institutions that have no case yet, with staff who can file, so that what the load files never
 * clashes with what is there; each supports the one before it. A line each: CODE COUNTY TOKEN
 * TARGET PERSON/PURPOSE … */
#include "base/check.h"
#include "bench/bench.h"
#include "bench/rig_token.h"
#include "model/codes.h"
#include "registry/facts_build.h"
#include "storage/snapshot.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEOPLE_MAX = 40, LICENCE_DAYS = 330 };

struct preparing {
    struct rig *rig;
    int32_t today;
    uint64_t wanted, refused;
    uint64_t *chosen; /* one more than wanted: each is the target of the next */
    uint64_t chosen_count;
};

/* Every profession may choose one of these, without a note or a document. */
static const char *purpose_of(char profession)
{
    return profession == 'D' || profession == 'E' ? "53" : "16";
}

static bool can_file(const struct preparing *preparing, const struct person *person)
{
    const struct profession *profession = profession_find(person->profession);
    return profession != NULL && profession->may_file && person->main &&
           person->status == PERSON_PRACTISING &&
           person->licence_to > preparing->today + LICENCE_DAYS;
}

static bool has_no_case(struct snapshot *snapshot, uint64_t institution)
{
    struct scan *scan = NULL;
    struct bytes key, value;
    struct row_key prefix = key_of_u64(institution);
    if (scan_open(snapshot, TABLE_CASE, row_key_bytes(&prefix), false, &scan) != ERR_OK) {
        return false;
    }
    bool none = !scan_next(scan, &key, &value);
    scan_close(scan);
    return none;
}

static size_t filers_of(const struct preparing *preparing, uint64_t home,
                        const struct person *people[PEOPLE_MAX])
{
    const struct facts *facts = rig_facts(preparing->rig);
    size_t count = 0;
    for (size_t i = 0; i < facts_staff_count(facts, home) && count < PEOPLE_MAX; i++) {
        const struct person *person = facts_staff(facts, home, i);
        if (can_file(preparing, person)) {
            people[count++] = person;
        }
    }
    return count;
}

static enum err institutions_choose(struct preparing *preparing)
{
    const struct facts *facts = rig_facts(preparing->rig);
    const struct person *people[PEOPLE_MAX];
    struct snapshot *snapshot = NULL;
    enum err err = snapshot_open(rig_store(preparing->rig), &snapshot);
    if (err != ERR_OK) {
        return err;
    }
    size_t count = facts_institution_count(facts);
    for (size_t i = 0; i < count && preparing->chosen_count <= preparing->wanted; i++) {
        const struct institution *place = facts_institution_at(facts, i);
        if (place->status == PLACE_OPEN && filers_of(preparing, place->id, people) > 0 &&
            has_no_case(snapshot, place->id)) {
            preparing->chosen[preparing->chosen_count++] = place->id;
        }
    }
    snapshot_close(snapshot);
    return ERR_OK;
}

static enum err institution_write_line(struct preparing *preparing, FILE *out, uint64_t home,
                                       uint64_t target)
{
    const struct institution *place = facts_institution(rig_facts(preparing->rig), home);
    const struct person *people[PEOPLE_MAX];
    char token[SESSION_SECRET_TEXT + 1];
    char code[INSTITUTION_CODE_SIZE + 1];
    char there[INSTITUTION_CODE_SIZE + 1];
    enum err err = rig_token(preparing->rig, home, &preparing->refused, token);
    if (err != ERR_OK) {
        return err;
    }
    CHECK(place != NULL);
    institution_code_print(home, code);
    institution_code_print(target, there);
    (void)fprintf(out, "%s %05u %s %s", code, place->county, token, there);
    size_t count = filers_of(preparing, home, people);
    for (size_t i = 0; i < count; i++) {
        char id[PERSON_ID_MAX];
        (void)person_id_print(people[i]->id, id);
        (void)fprintf(out, " %s/%s", id, purpose_of(people[i]->profession));
    }
    (void)fputc('\n', out);
    return ERR_OK;
}

static enum err tokens_make(struct preparing *preparing, const char *output)
{
    FILE *out = output == NULL ? stdout : fopen(output, "we");
    enum err err = out == NULL ? ERR_IO : ERR_OK;
    for (uint64_t i = 1; err == ERR_OK && i < preparing->chosen_count; i++) {
        err =
            institution_write_line(preparing, out, preparing->chosen[i], preparing->chosen[i - 1]);
    }
    rig_settle(preparing->rig);
    if (out != NULL && fclose(out) != 0 && err == ERR_OK) {
        err = ERR_IO;
    }
    return err == ERR_OK && preparing->refused > 0 ? ERR_READ_ONLY : err;
}

static int prepare(struct preparing *preparing, const char *directory, const char *output)
{
    int code = EXIT_DONE;
    if (!rig_of_directory(directory, &preparing->rig, &code)) {
        return code;
    }
    preparing->today = taipei_day(rig_time(preparing->rig));
    preparing->chosen = calloc(preparing->wanted + 1, sizeof *preparing->chosen);
    enum err err = preparing->chosen == NULL ? ERR_NO_MEMORY : institutions_choose(preparing);
    err = err == ERR_OK ? tokens_make(preparing, output) : err;
    rig_close(preparing->rig);
    free(preparing->chosen);
    if (err == ERR_OK && preparing->chosen_count <= preparing->wanted) {
        (void)fprintf(stderr, "prepare: only %llu institutions can file and have no case yet\n",
                      (unsigned long long)preparing->chosen_count);
        return EXIT_FINDING;
    }
    return exit_of(err);
}

int bench_prepare(int argc, char **argv)
{
    const char *institutions = NULL;
    const char *output = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    const struct option_ask asks[] = {{"institutions", &institutions, false},
                                      {"output", &output, false}};
    struct preparing preparing = {.wanted = 64};
    if (!options_take(argc, argv, asks, ARRAY_COUNT(asks), words, &words_count) ||
        !bench_number("institutions", institutions, 1, 100000, &preparing.wanted)) {
        return EXIT_BAD_INPUT;
    }
    if (words_count != 1) {
        (void)fputs("prepare DIR [--institutions N] [--output FILE]\n", stderr);
        return EXIT_BAD_INPUT;
    }
    return prepare(&preparing, words[0], output);
}
