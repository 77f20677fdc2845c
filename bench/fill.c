/* fill DIR: a store of any size for benchmarks, in the shape of ../shared/peers/prefill.sql: people
 * spread evenly over 2,000 institutions, line after line round all of them, four hours a day each.
 *
 * Nothing is written by rows: institutions and people go through the registrar as an import does,
 * tokens and lines are messages to the shipped actors, a few hundred to a sync, so that `baobei
 * verify` has nothing to say. DIR is a demo's directory whose server is stopped. --output: a line
 * an institution, as `prepare` writes it, but with all of its people. */
#include "base/check.h"
#include "bench/bench.h"
#include "bench/rig_token.h"
#include "model/codes.h"
#include "registrar.h"
#include "site_rig.h"
#include "registry/facts_build.h"
#include "site_rig.h"
#include "storage/store.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    INSTITUTIONS_MAX = 100000,
    PEOPLE_MAX = 5000000,
    FILL_LINES_MAX = 100000000,
    PURPOSE = 16,   /* open to every profession, without note or document */
    LEAD_DAYS = 30, /* the first line's day, from today */
    START_HOUR = 8, /* by day: `peak_filing` files by night */
    HOURS = 4,      /* of a line */
    LICENCE_YEARS = 60,
    APPLY_EACH =
        8192, /* filings, before the rows are put into LMDB: the recent tables are bounded */
    BODY_ROOM = 512
};

static const uint64_t first_code = 9700000000u; /* no institution of the demo begins with 97 */

struct filling {
    struct rig *rig;
    struct site site;
    struct registrar registrar;
    uint64_t institutions, people, lines;
    uint64_t *places, *persons; /* ids */
    int32_t today;
    uint64_t refused, made;
};

static void step(const char *sentence, uint64_t count)
{
    (void)fprintf(stderr, "fill: %" PRIu64 " %s\n", count, sentence);
}

/* ---- the registry ---- */

static enum err place_add(struct filling *filling, uint64_t i)
{
    char code[16];
    char name[64];
    (void)snprintf(code, sizeof code, "%" PRIu64, first_code + i);
    (void)snprintf(name, sizeof name, "第%" PRIu64 "支援診所", i);
    bool known = institution_code_parse(bytes_from_text(code), &filling->places[i]);
    CHECK(known);
    struct institution row = {
        .id = filling->places[i],
        .name = bytes_from_text(name),
        .county = codes_counties[i % codes_counties_count].code,
        .type = (uint8_t)institution_type_find(BYTES_LITERAL("診所")),
        .medical = true,
        .status = PLACE_OPEN,
        .status_from = DAY_NONE,
    };
    return registrar_institution(&filling->registrar, &row);
}

static enum err person_add(struct filling *filling, uint64_t i)
{
    char id_no[32];
    for (char check = '0'; check <= '9'; check++) {
        (void)snprintf(id_no, sizeof id_no, "A1%07" PRIu64 "%c", i, check);
        if (id_no_check(bytes_of(id_no, ID_NO_SIZE)) != ID_NO_INVALID) {
            break;
        }
    }
    struct person_import row = {
        .id_no = bytes_from_text(id_no),
        .name = BYTES_LITERAL("王小明"),
        .profession = 'F',
        .main = true,
        .home = filling->places[i % filling->institutions],
        .licence_number_is_id = true,
        .licence_from = filling->today - 1000,
        .licence_to = filling->today + LICENCE_YEARS * 365,
        .status = PERSON_PRACTISING,
        .status_from = DAY_NONE,
    };
    return registrar_person(&filling->registrar, &row, &filling->persons[i]);
}

static enum err registry_fill(struct filling *filling)
{
    enum err err = ERR_OK;
    filling->site = site_of_rig(filling->rig, NULL);
    registrar_init(&filling->registrar, &filling->site);
    step("institutions", filling->institutions);
    for (uint64_t i = 0; err == ERR_OK && i < filling->institutions; i++) {
        err = place_add(filling, i);
    }
    err = err == ERR_OK ? registrar_finish(&filling->registrar) : err;
    step("people", filling->people);
    for (uint64_t i = 0; err == ERR_OK && i < filling->people; i++) {
        err = person_add(filling, i);
        if (err == ERR_OK && i % (APPLY_EACH * 4) == APPLY_EACH * 4 - 1) {
            err = store_apply_now(rig_store(filling->rig));
        }
    }
    return err == ERR_OK ? registrar_finish(&filling->registrar) : err;
}

/* ---- tokens ---- */

static enum err tokens_write(struct filling *filling, const char *output)
{
    FILE *out = fopen(output, "we");
    enum err err = out == NULL ? ERR_IO : ERR_OK;
    for (uint64_t i = 0; err == ERR_OK && i < filling->institutions; i++) {
        char token[SESSION_SECRET_TEXT + 1];
        err = rig_token(filling->rig, filling->places[i], &filling->refused, token);
        (void)fprintf(out, "%" PRIu64 " %05u %s %" PRIu64, first_code + i,
                      codes_counties[i % codes_counties_count].code, token,
                      first_code + (i + 1) % filling->institutions);
        for (uint64_t k = i; k < filling->people; k += filling->institutions) {
            char id[PERSON_ID_MAX];
            (void)person_id_print(filling->persons[k], id);
            (void)fprintf(out, " %s/%d", id, PURPOSE);
        }
        (void)fputc('\n', out);
    }
    rig_settle(filling->rig);
    if (out != NULL && fclose(out) != 0 && err == ERR_OK) {
        err = ERR_IO;
    }
    return err;
}

/* ---- lines ---- */

static void on_filed(void *self, enum outcome outcome, struct bytes body)
{
    struct filling *filling = self;
    (void)body;
    filling->made += outcome == OUTCOME_CREATED;
    filling->refused += outcome != OUTCOME_CREATED;
}

static bool draft_fill(const struct filling *filling, uint64_t i, struct arena *arena,
                       struct line_draft *draft)
{
    uint64_t home = i % filling->people % filling->institutions;
    uint64_t target = i * 7 % filling->institutions;
    struct time_rule *time = arena_alloc_zero(arena, sizeof *time);
    uint8_t *row = arena_alloc(arena, BODY_ROOM);
    if (time == NULL || row == NULL) {
        return false;
    }
    target = target == home ? (target + 1) % filling->institutions : target;
    int64_t day = (int64_t)filling->today + LEAD_DAYS + (int64_t)(i / filling->people);
    time->mode = TIME_CONTINUOUS;
    time->start = day * MINUTES_PER_DAY + START_HOUR * 60;
    time->end = time->start + HOURS * 60;
    *draft = (struct line_draft){.given = DRAFT_ALL,
                                 .person = filling->persons[i % filling->people],
                                 .target = filling->places[target],
                                 .purpose = PURPOSE,
                                 .body = {.times = time, .times_count = 1}};
    struct writer out = writer_on(row, BODY_ROOM);
    line_body_write(&out, &draft->body);
    draft->body_row = writer_bytes(&out);
    return !out.failed;
}

static enum err line_file(struct filling *filling, uint64_t i)
{
    uint64_t home = filling->places[i % filling->people % filling->institutions];
    struct letter *letter = letter_new();
    struct line_draft *draft =
        letter == NULL ? NULL : arena_alloc_zero(&letter->arena, sizeof *draft);
    if (draft == NULL || !draft_fill(filling, i, &letter->arena, draft)) {
        letter_free(letter);
        return ERR_NO_MEMORY;
    }
    letter->msg.kind = MSG_CASE_CREATE;
    letter->msg.to = (struct addr){ACTOR_INSTITUTION, home};
    letter->msg.principal = (struct principal){.kind = PRINCIPAL_INSTITUTION,
                                               .method = METHOD_TOKEN,
                                               .rights = RIGHTS_ALL,
                                               .institution = home,
                                               .session = 1};
    letter->msg.u.file.submit = true;
    letter->msg.u.file.lines_count = 1;
    letter->msg.u.file.lines = draft;
    rig_tell(filling->rig, letter, on_filed, filling);
    return ERR_OK;
}

static enum err lines_fill(struct filling *filling)
{
    enum err err = ERR_OK;
    step("lines", filling->lines);
    for (uint64_t i = 0; err == ERR_OK && i < filling->lines; i++) {
        err = line_file(filling, i);
        if (err == ERR_OK && i % APPLY_EACH == APPLY_EACH - 1) {
            rig_settle(filling->rig);
            err = store_apply_now(rig_store(filling->rig));
        }
    }
    rig_settle(filling->rig);
    return err;
}

/* ---- the whole ---- */

static enum err fill(struct filling *filling, const char *output)
{
    filling->today = taipei_day(rig_time(filling->rig));
    filling->places = calloc(filling->institutions, sizeof *filling->places);
    filling->persons = calloc(filling->people, sizeof *filling->persons);
    enum err err = filling->places == NULL || filling->persons == NULL ? ERR_NO_MEMORY : ERR_OK;
    err = err == ERR_OK ? registry_fill(filling) : err;
    err = err == ERR_OK && output != NULL ? tokens_write(filling, output) : err;
    err = err == ERR_OK ? lines_fill(filling) : err;
    free(filling->places);
    free(filling->persons);
    return err;
}

int bench_fill(int argc, char **argv)
{
    const char *institutions = NULL;
    const char *people = NULL;
    const char *lines = NULL;
    const char *output = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    const struct option_ask asks[] = {{"institutions", &institutions, false},
                                      {"people", &people, false},
                                      {"lines", &lines, false},
                                      {"output", &output, false}};
    struct filling filling = {.institutions = 2000, .people = 200000, .lines = 100000};
    if (!options_take(argc, argv, asks, ARRAY_COUNT(asks), words, &words_count) ||
        !bench_number("institutions", institutions, 2, INSTITUTIONS_MAX, &filling.institutions) ||
        !bench_number("people", people, 1, PEOPLE_MAX, &filling.people) ||
        !bench_number("lines", lines, 0, FILL_LINES_MAX, &filling.lines)) {
        return EXIT_BAD_INPUT;
    }
    if (words_count != 1 || filling.people < filling.institutions) {
        (void)fputs("fill DIR [--institutions N] [--people N] [--lines N] [--output FILE]\n"
                    "with at least as many people as institutions\n",
                    stderr);
        return EXIT_BAD_INPUT;
    }
    int code = EXIT_DONE;
    if (!rig_of_directory(words[0], &filling.rig, &code)) {
        return code;
    }
    enum err err = fill(&filling, output);
    rig_close(filling.rig);
    (void)fprintf(stderr, "fill: %" PRIu64 " filed, %" PRIu64 " refused\n", filling.made,
                  filling.refused);
    return err == ERR_OK && filling.refused > 0 ? EXIT_FINDING : exit_of(err);
}
