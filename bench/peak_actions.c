#include "bench/peak_actions.h"
#include "base/arena.h"
#include "base/check.h"
#include "model/civil.h"
#include "model/ids.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

enum { PEOPLE_MAX = 40, REMEMBERED = 8, TOKEN_MAX = 48, TEXT_ROOM = 256 };
enum { SLOT_MINUTES = 10, SLOTS_A_NIGHT = 36, FIRST_DAY = 3 };

struct remembered {
    char line_id[LINE_ID_MAX];
    uint32_t version;
    bool under_review;
};

struct filer {
    const char *token, *target;
    const char *people[PEOPLE_MAX], *purposes[PEOPLE_MAX];
    uint32_t people_count, taken;
    struct remembered lines[REMEMBERED];
    uint32_t lines_count; /* grows; the ring holds the last of them */
};

struct filers {
    struct arena memory;
    struct filer *items;
    uint32_t count, room;
};

static const char *const names[ACTIONS] = {
    [ACTION_FILE] = "file", [ACTION_DRAFT] = "draft",       [ACTION_GET] = "get",
    [ACTION_LIST] = "list", [ACTION_WITHDRAW] = "withdraw",
};

const char *action_name(enum action action)
{
    CHECK(action < ACTIONS);
    return names[action];
}

/* ---- the mix ---- */

bool mix_parse(const char *text, struct mix *mix)
{
    *mix = (struct mix){0};
    for (const char *at = text; *at != '\0';) {
        size_t size = strcspn(at, ":");
        char *end = NULL;
        int action = 0;
        while (action < ACTIONS &&
               (strlen(names[action]) != size || strncmp(at, names[action], size) != 0)) {
            action++;
        }
        if (action == ACTIONS || at[size] != ':') {
            return false;
        }
        unsigned long weight = strtoul(at + size + 1, &end, 10);
        if (end == at + size + 1 || weight > 1000 || (*end != ',' && *end != '\0')) {
            return false;
        }
        mix->weight[action] = (uint32_t)weight;
        mix->total += (uint32_t)weight;
        at = *end == ',' ? end + 1 : end;
    }
    return mix->total > 0;
}

enum action mix_pick(const struct mix *mix, struct prng *prng)
{
    uint64_t at = prng_below(prng, mix->total);
    int action = 0;
    while (at >= mix->weight[action]) {
        at -= mix->weight[action];
        action++;
        CHECK(action < ACTIONS);
    }
    return (enum action)action;
}

/* ---- the file ---- */

static const char *word_take(struct filers *filers, char **at)
{
    size_t size = strcspn(*at, " \n");
    char *word = arena_text(&filers->memory, bytes_of(*at, size));
    *at += size + ((*at)[size] == ' ' ? 1 : 0);
    return word == NULL || size == 0 ? NULL : word;
}

static bool filer_read(struct filers *filers, char *line, struct filer *filer)
{
    const char *code = word_take(filers, &line);
    const char *county = word_take(filers, &line);
    *filer = (struct filer){0};
    filer->token = word_take(filers, &line);
    filer->target = word_take(filers, &line);
    while (*line != '\0' && *line != '\n' && filer->people_count < PEOPLE_MAX) {
        char *person = (char *)(uintptr_t)word_take(filers, &line);
        char *slash = person == NULL ? NULL : strchr(person, '/');
        if (slash == NULL) {
            return false;
        }
        *slash = '\0';
        filer->people[filer->people_count] = person;
        filer->purposes[filer->people_count++] = slash + 1;
    }
    return code != NULL && county != NULL && filer->token != NULL && filer->target != NULL &&
           strlen(filer->token) < TOKEN_MAX && filer->people_count > 0;
}

static enum err filers_read(struct filers *filers, FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    enum err err = ERR_OK;
    while (err == ERR_OK && getline(&line, &room, file) > 0) {
        if (filers->count == filers->room) {
            uint32_t wanted = filers->room == 0 ? 64 : filers->room * 2;
            struct filer *grown = realloc(filers->items, wanted * sizeof *grown);
            if (grown == NULL) {
                err = ERR_NO_MEMORY;
                break;
            }
            filers->items = grown;
            filers->room = wanted;
        }
        err = filer_read(filers, line, &filers->items[filers->count++]) ? ERR_OK : ERR_BAD_INPUT;
    }
    free(line);
    return err == ERR_OK && filers->count == 0 ? ERR_BAD_INPUT : err;
}

enum err filers_load(const char *path, struct filers **out)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    struct filers *filers = calloc(1, sizeof *filers);
    enum err err = filers == NULL ? ERR_NO_MEMORY : ERR_OK;
    if (err == ERR_OK) {
        arena_init(&filers->memory, 64 * 1024, 0);
        err = filers_read(filers, file);
    }
    (void)fclose(file);
    if (err != ERR_OK) {
        filers_free(filers);
        return err;
    }
    *out = filers;
    return ERR_OK;
}

void filers_free(struct filers *filers)
{
    if (filers != NULL) {
        arena_deinit(&filers->memory);
        free(filers->items);
        free(filers);
    }
}

uint32_t filers_count(const struct filers *filers)
{
    return filers->count;
}

/* ---- asking ---- */

static void time_put(yyjson_mut_doc *doc, yyjson_mut_val *times, int32_t today, uint32_t slot)
{
    char text[LOCAL_MAX];
    int64_t day = (int64_t)today + FIRST_DAY + slot / SLOTS_A_NIGHT;
    int64_t start = day * MINUTES_PER_DAY + (int64_t)(slot % SLOTS_A_NIGHT) * SLOT_MINUTES;
    yyjson_mut_val *time = yyjson_mut_arr_add_obj(doc, times);
    (void)yyjson_mut_obj_add_str(doc, time, "mode", "continuous");
    (void)local_print(start, text);
    (void)yyjson_mut_obj_add_strcpy(doc, time, "start", text);
    (void)local_print(start + SLOT_MINUTES, text);
    (void)yyjson_mut_obj_add_strcpy(doc, time, "end", text);
}

/* Freed by the caller. */
static char *case_body(struct filer *filer, int32_t today, bool submit, size_t *size)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    CHECK(doc != NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_val *line = yyjson_mut_arr_add_obj(doc, yyjson_mut_obj_add_arr(doc, root, "lines"));
    uint32_t person = filer->taken % filer->people_count;
    (void)yyjson_mut_obj_add_str(doc, line, "person_id", filer->people[person]);
    (void)yyjson_mut_obj_add_str(doc, line, "target", filer->target);
    (void)yyjson_mut_obj_add_str(doc, line, "purpose", filer->purposes[person]);
    time_put(doc, yyjson_mut_obj_add_arr(doc, line, "times"), today,
             filer->taken / filer->people_count);
    (void)yyjson_mut_obj_add_bool(doc, root, "submit", submit);
    filer->taken++;
    char *text = yyjson_mut_write(doc, 0, size);
    CHECK(text != NULL);
    yyjson_mut_doc_free(doc);
    return text;
}

static void head_write(struct writer *out, const struct asking *asking, const struct filer *filer,
                       const char *method, const char *path)
{
    char text[2 * TEXT_ROOM];
    (void)snprintf(text, sizeof text,
                   "%s /api/v1%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n", method,
                   path, asking->host, filer->token);
    write_text(out, text);
}

static void key_write(struct writer *out, struct prng *prng)
{
    char text[TEXT_ROOM];
    (void)snprintf(text, sizeof text, "Idempotency-Key: %016" PRIx64 "%016" PRIx64 "\r\n",
                   prng_next(prng), prng_next(prng));
    write_text(out, text);
}

static void case_write(struct writer *out, struct asking *asking, struct filer *filer)
{
    char text[TEXT_ROOM];
    size_t size = 0;
    char *body = case_body(filer, asking->today, asking->action == ACTION_FILE, &size);
    head_write(out, asking, filer, "POST", "/cases");
    key_write(out, asking->prng);
    (void)snprintf(text, sizeof text,
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", size);
    write_text(out, text);
    write_raw(out, bytes_of(body, size));
    free(body);
}

/* The newest remembered line that will do; NULL: none. */
static struct remembered *line_recall(struct filer *filer, bool under_review)
{
    uint32_t known = filer->lines_count < REMEMBERED ? filer->lines_count : REMEMBERED;
    for (uint32_t i = 1; i <= known; i++) {
        struct remembered *line = &filer->lines[(filer->lines_count - i) % REMEMBERED];
        if (!under_review || line->under_review) {
            return line;
        }
    }
    return NULL;
}

static void withdraw_write(struct writer *out, struct asking *asking, struct filer *filer,
                           struct remembered *line)
{
    char text[TEXT_ROOM];
    (void)snprintf(text, sizeof text, "/lines/%s/withdraw", line->line_id);
    head_write(out, asking, filer, "POST", text);
    key_write(out, asking->prng);
    (void)snprintf(text, sizeof text, "If-Match: \"%u\"\r\nContent-Length: 0\r\n\r\n",
                   line->version);
    write_text(out, text);
    line->under_review = false; /* nobody withdraws it a second time */
}

static void read_write(struct writer *out, const struct asking *asking, const struct filer *filer,
                       const char *line_id)
{
    char text[TEXT_ROOM];
    (void)snprintf(text, sizeof text, "/lines/%s", line_id == NULL ? "counts" : line_id);
    head_write(out, asking, filer, "GET", text);
    write_text(out, "\r\n");
}

void action_write(struct filers *filers, struct asking *asking, struct writer *out)
{
    asking->filer = (uint32_t)prng_below(asking->prng, filers->count);
    struct filer *filer = &filers->items[asking->filer];
    struct remembered *line = line_recall(filer, asking->action == ACTION_WITHDRAW);
    if (asking->action == ACTION_WITHDRAW && line == NULL) {
        asking->action = ACTION_FILE;
    }
    switch (asking->action) {
    case ACTION_FILE:
    case ACTION_DRAFT: case_write(out, asking, filer); return;
    case ACTION_GET: read_write(out, asking, filer, line == NULL ? NULL : line->line_id); return;
    case ACTION_LIST:
        head_write(out, asking, filer, "GET", "/lines?limit=20");
        write_text(out, "\r\n");
        return;
    case ACTION_WITHDRAW: withdraw_write(out, asking, filer, line); return;
    case ACTIONS: break;
    }
    CHECK(false);
}

void action_follow_write(struct filers *filers, const struct asking *asking, struct writer *out)
{
    struct filer *filer = &filers->items[asking->filer];
    const struct remembered *line = line_recall(filer, false);
    CHECK(line != NULL);
    if (asking->action == ACTION_GET) {
        read_write(out, asking, filer, line->line_id);
        return;
    }
    CHECK(asking->action == ACTION_LIST);
    head_write(out, asking, filer, "GET", "/lines?limit=50");
    write_text(out, "\r\n");
}

/* ---- learning ---- */

bool action_shows(const char *line_id, struct bytes body)
{
    return line_id[0] != '\0' && memmem(body.data, body.size, line_id, strlen(line_id)) != NULL;
}

void action_learn(struct filers *filers, enum action action, uint32_t at, struct bytes body,
                  char told[LINE_ID_MAX])
{
    CHECK(at < filers->count);
    told[0] = '\0';
    if (action != ACTION_FILE && action != ACTION_DRAFT) {
        return;
    }
    struct filer *filer = &filers->items[at];
    yyjson_doc *doc = yyjson_read((const char *)body.data, body.size, 0);
    yyjson_val *line = yyjson_arr_get_first(yyjson_obj_get(yyjson_doc_get_root(doc), "lines"));
    const char *line_id = yyjson_get_str(yyjson_obj_get(line, "line_id"));
    if (line_id != NULL) {
        struct remembered *to = &filer->lines[filer->lines_count++ % REMEMBERED];
        (void)snprintf(to->line_id, sizeof to->line_id, "%s", line_id);
        to->version = (uint32_t)yyjson_get_uint(yyjson_obj_get(line, "version"));
        to->under_review = action == ACTION_FILE;
        (void)snprintf(told, LINE_ID_MAX, "%s", to->line_id);
    }
    yyjson_doc_free(doc);
}
