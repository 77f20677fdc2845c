/* POST /cases/preview: what a filing would mean, with nothing written (API 4.2, P06, P07).
 *
 * The body is decoded on the loop, the answer made on the pool, where the person's other lines can
 * be read. */
#include "base/check.h"
#include "model/line_rules.h"
#include "model/overlap.h"
#include "model/sentence.h"
#include "web/api.h"
#include "web/api_case.h"
#include <stdio.h>
#include <string.h>

enum { PREVIEW_OCCURRENCES = 400, PREVIEW_CONFLICTS = 20, MONTHS_MAX = 240 };

struct preview_line {
    struct line_draft draft;
    struct problems errors; /* of form */
};

struct preview {
    uint64_t home;
    struct preview_line *lines;
    uint16_t count;
};

static void occurrences_put(yyjson_mut_doc *doc, yyjson_mut_val *object,
                            const struct line_draft *draft)
{
    yyjson_mut_val *array = json_put_array(doc, object, "occurrences");
    uint32_t put = 0;
    for (uint16_t i = 0; i < draft->body.times_count; i++) {
        if (!time_is_whole(&draft->body.times[i])) {
            continue;
        }
        struct occurrence_cursor cursor = occurrence_begin(&draft->body.times[i]);
        struct occurrence occurrence;
        while (put < PREVIEW_OCCURRENCES && occurrence_next(&cursor, &occurrence)) {
            yyjson_mut_val *value = json_add_object(doc, array);
            json_put_local(doc, value, "start", occurrence.start);
            json_put_local(doc, value, "end", occurrence.end);
            put++;
        }
    }
    json_put_int(doc, object, "count",
                 times_occurrences(draft->body.times, draft->body.times_count));
}

static void skipped_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct line_draft *draft)
{
    yyjson_mut_val *array = json_put_array(doc, object, "skipped");
    for (uint16_t i = 0; i < draft->body.times_count; i++) {
        int32_t months[MONTHS_MAX];
        const struct time_rule *time = &draft->body.times[i];
        uint32_t count = time_is_whole(time) ? months_skipped(time, months, MONTHS_MAX) : 0;
        for (uint32_t k = 0; k < count && k < MONTHS_MAX; k++) {
            char text[16];
            int size = snprintf(text, sizeof text, "%04d-%02d", months[k] / 12, months[k] % 12 + 1);
            json_add_text(doc, array, bytes_of(text, (size_t)size));
        }
    }
}

static void sentence_put(struct exchange *x, yyjson_mut_doc *doc, yyjson_mut_val *object,
                         const struct line_draft *draft)
{
    size_t room = (size_t)draft->body.times_count * (SENTENCE_MAX + 4) + 1;
    uint8_t *memory = arena_alloc(x->arena, room);
    if (memory == NULL) {
        json_put_text(doc, object, "sentence", BYTES_LITERAL(""));
        return;
    }
    struct writer out = writer_on(memory, room);
    for (uint16_t i = 0; i < draft->body.times_count; i++) {
        size_t before = out.size;
        sentence_time(&out, &draft->body.times[i]);
        if (out.size > before && i + 1 < draft->body.times_count) {
            write_text(&out, "；");
        }
    }
    struct bytes text = writer_bytes(&out);
    json_put_text(doc, object, "sentence", text.data == NULL ? BYTES_LITERAL("") : text);
}

static void conflict_put(const struct line_show *show, yyjson_mut_val *array,
                         struct occurrence common, const struct line_state *with)
{
    char id[LINE_ID_MAX];
    (void)line_id_print(with->id, id);
    yyjson_mut_val *value = json_add_object(show->doc, array);
    json_put_local(show->doc, value, "start", common.start);
    json_put_local(show->doc, value, "end", common.end);
    yyjson_mut_val *other = json_put_object(show->doc, value, "with");
    json_put_text(show->doc, other, "line_id", bytes_from_text(id));
    json_put_name(show->doc, other, "status", request_status_name(with->status));
    institution_put_short(show, other, "target", with->target, true);
}

/* Against all that the person has under review or approved; the first also becomes an error. */
static void conflicts_put(const struct line_show *show, yyjson_mut_val *object,
                          const struct preview *preview, const struct line_draft *draft,
                          struct problems *errors)
{
    yyjson_mut_val *array = json_put_array(show->doc, object, "conflicts");
    struct person_lines *lines =
        draft->person == 0 ? NULL : person_lines_of(show, preview->home, draft->person);
    if (lines == NULL) {
        return;
    }
    struct overlap_clash clashes[PREVIEW_CONFLICTS];
    uint32_t found = overlap_list(&lines->taken, draft->body.times, draft->body.times_count,
                                  clashes, PREVIEW_CONFLICTS);
    for (uint32_t i = 0; i < found; i++) {
        struct occurrence common = overlap_common(&clashes[i]);
        conflict_put(show, array, common, &lines->states[clashes[i].line]);
        if (i == 0) {
            struct problem *problem =
                problems_add(errors, CODE_OVERLAPS_CASE, "/times/%u", clashes[i].asked_time);
            problem->has_with = true;
            problem->with = lines->states[clashes[i].line].id;
            problem->start = common.start;
            problem->end = common.end;
        }
    }
}

static void problems_as(const struct line_show *show, yyjson_mut_val *array,
                        const struct problems *problems)
{
    for (uint32_t i = 0; i < problems->count; i++) {
        yyjson_mut_val *value = reply_problem_value(show->doc, show->language, &problems->items[i]);
        if (value != NULL) {
            (void)yyjson_mut_arr_append(array, value);
        }
    }
}

void api_preview(struct exchange *x, struct snapshot *snapshot)
{
    struct preview *preview = x->user;
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    struct line_show show = line_show_of(x, doc, snapshot);
    yyjson_mut_val *lines = json_put_array(doc, root, "lines");
    for (uint16_t i = 0; i < preview->count; i++) {
        struct preview_line *line = &preview->lines[i];
        struct filing filing = draft_as_filing(&line->draft, preview->home);
        /* A note is not asked for while typing times. */
        filing.has_note = true;
        yyjson_mut_val *object = json_add_object(doc, lines);
        occurrences_put(doc, object, &line->draft);
        skipped_put(doc, object, &line->draft);
        sentence_put(x, doc, object, &line->draft);
        struct problems warnings;
        problems_init(&warnings, x->arena);
        if (line->errors.count == 0) {
            line_rules_check(&filing, x->facts, x->now, "", &line->errors);
        }
        line_rules_warn(&filing, x->facts, x->now, "", &warnings);
        conflicts_put(&show, object, preview, &line->draft, &line->errors);
        (void)json_put_array(doc, object, "quota");
        problems_as(&show, json_put_array(doc, object, "warnings"), &warnings);
        problems_as(&show, json_put_array(doc, object, "errors"), &line->errors);
    }
    exchange_answer_json(x, 200, doc);
}

/* Faults of content are part of a 200; pointers are then below the line. */
static void errors_take(struct preview_line *line, struct exchange *x, struct problems *problems,
                        uint32_t from, uint16_t place)
{
    char prefix[32];
    int size = snprintf(prefix, sizeof prefix, "/lines/%u", place);
    problems_init(&line->errors, x->arena);
    uint32_t kept = from;
    for (uint32_t i = from; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        if (problem->code == CODE_UNKNOWN_FIELD) {
            problems->items[kept++] = *problem;
            continue;
        }
        const char *field = strncmp(problem->field, prefix, (size_t)size) == 0
                                ? problem->field + size
                                : problem->field;
        (void)problems_add(&line->errors, problem->code, "%s", field);
    }
    problems->count = kept;
}

void api_preview_body(struct exchange *x)
{
    struct json json;
    struct problems problems;
    struct json_object root, item;
    struct json_array lines;
    if (!exchange_json(x, &json, &problems, &root)) {
        return;
    }
    struct preview *preview = arena_alloc_zero(x->arena, sizeof *preview);
    const struct person *self = facts_person(x->facts, x->principal.person);
    bool fits = preview != NULL;
    if (fits) {
        preview->home = x->principal.kind != PRINCIPAL_PERSON ? x->principal.institution
                        : self == NULL                        ? 0
                                                              : self->home;
    }
    enum json_got got = json_array(&root, "lines", LINES_MAX, &lines);
    if (fits && json_required(&root, "lines", got)) {
        preview->lines = arena_array(x->arena, lines.count, sizeof *preview->lines);
        fits = preview->lines != NULL || lines.count == 0;
        struct draft_ask ask = {.x = x,
                                .memory = x->arena,
                                .problems = &problems,
                                .home = preview->home,
                                .preview = true};
        while (fits && json_array_next(&lines)) {
            uint32_t before = problems.count;
            struct preview_line *line = &preview->lines[preview->count];
            if (json_item_object(&lines, &item)) {
                fits = draft_read(&ask, &item, &line->draft);
                errors_take(line, x, &problems, before, (uint16_t)lines.index);
                preview->count++;
            }
        }
    }
    json_object_end(&root);
    if (!fits) {
        (void)exchange_problem(x, "overloaded");
        return;
    }
    if (!exchange_understood(x, &problems) || !exchange_sound(x, &problems)) {
        return;
    }
    x->user = preview;
    exchange_read_again(x, api_preview);
}
