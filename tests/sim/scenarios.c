/* Golden traces: the life of a case turn by turn, effect by effect, at virtual times. A change of
 * what an actor puts, or of when an answer leaves, shows as a difference of text (DESIGN 12, 14).
 *
 * The world is quiet: no faults but those the scenario brings, every delay the least. Two loops, so
 * that messages between them are seen. */
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/clients.h"
#include "tests/sim/play.h"
#include "tests/sim/sheets.h"
#include "tests/sim/view.h"
#include <stdlib.h>
#include <string.h>

enum { SETTLE_US = 100 * 1000, HOSPITAL = 1, DOCTOR = 2, TEXT_MAX = 128 * 1024 };

struct scene {
    struct world *world;
    uint32_t officer;
    struct line_id line; /* the one the scene is about */
    enum outcome last;
};

/* ---- telling ---- */

static void tell_reply(struct world *world, FILE *story, const struct effect *effect)
{
    (void)fprintf(story, " reply=%s", outcome_name(effect->u.reply.outcome));
    if (effect->u.reply.outcome != OUTCOME_INVALID) {
        return;
    }
    struct reader in = reader_of(effect->u.reply.body);
    struct problems problems;
    problems_init(&problems, &world->scratch);
    bool read = problems_read(&in, &problems);
    CHECK(read);
    for (uint32_t i = 0; i < problems.count; i++) {
        (void)fprintf(story, " (%s at %s)", code_name(problems.items[i].code),
                      problems.items[i].field);
    }
}

static void tell_effect(struct world *world, FILE *story, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_REPLY: tell_reply(world, story, effect); return;
    case EFFECT_SEND:
        (void)fprintf(story, " send=%s", msg_kind_name(effect->u.send->msg.kind));
        return;
    case EFFECT_WAKE:
        (void)fprintf(story, " wake=%s", actor_kind_name(effect->u.wake.kind));
        return;
    case EFFECT_PUT: (void)fprintf(story, " +%s", table_info(effect->u.row.table)->name); return;
    case EFFECT_APPEND: (void)fprintf(story, " >%s", table_info(effect->u.row.table)->name); return;
    case EFFECT_ERASE: (void)fprintf(story, " -%s", table_info(effect->u.row.table)->name); return;
    case EFFECT_TIMER: (void)fprintf(story, " timer"); return;
    case EFFECT_WORK: (void)fprintf(story, " work"); return;
    case EFFECT_OUTSIDE: (void)fprintf(story, " outside"); return;
    case EFFECT_ALARM: (void)fprintf(story, " alarm=%s", alarm_name(effect->u.alarm.alarm)); return;
    }
}

static void tell_turn(struct world *world, struct addr who, enum msg_kind kind,
                      const struct effects *effects)
{
    if (world->story == NULL) {
        return;
    }
    (void)fprintf(world->story, "%9.3f  turn    %s %s:", (double)world->now_us / 1000.0,
                  actor_kind_name(who.kind), msg_kind_name(kind));
    for (uint32_t i = 0; i < effects->count; i++) {
        tell_effect(world, world->story, &effects->items[i]);
    }
    (void)fputc('\n', world->story);
}

/* ---- acting ---- */

static struct client *client_of(struct scene *scene, uint32_t number)
{
    return &scene->world->clients[number];
}

static void settle(struct scene *scene)
{
    world_pass(scene->world, SETTLE_US);
}

static void send(struct scene *scene, struct ask *ask)
{
    call_send(scene->world, ask, 0);
    settle(scene);
}

static struct ask *ask_by(struct scene *scene, uint32_t number, enum ask_kind kind)
{
    return client_ask(scene->world, client_of(scene, number), kind);
}

static void sign_in(struct scene *scene, uint32_t number)
{
    struct client *client = client_of(scene, number);
    struct ask *ask = ask_by(scene, number, ASK_CHALLENGE);
    ask->session = 0;
    ask->version = client->role;
    ask->home = client->who;
    ask->first_use = client->first_use;
    ask->id[0] = (uint8_t)number;
    send(scene, ask);
    settle(scene);
    CHECK(client->session != 0);
}

static struct wanted wanted_of(uint32_t person, int32_t in_days)
{
    return (struct wanted){.person = cast_person_of(0, person).id,
                           .target = cast_homes[1].id,
                           .purpose = 15,
                           .when = {.mode = TIME_CONTINUOUS,
                                    .first_day = 20550 + in_days,
                                    .from = 480,
                                    .to = 720,
                                    .count = 1}};
}

static struct ask *create(struct scene *scene, bool submit, int32_t in_days)
{
    struct ask *ask = ask_by(scene, HOSPITAL, ASK_CREATE);
    ask->home = cast_homes[0].id;
    ask->key = ask->number;
    ask->submit = submit;
    ask->wanted_count = 1;
    ask->wanted[0] = wanted_of(1, in_days);
    send(scene, ask);
    if (ask->done) {
        scene->line = (struct line_id){.in = ask->answer.made, .n = 1};
    }
    return ask;
}

static uint32_t version_now(struct scene *scene)
{
    struct line_state line;
    view_begin(scene->world);
    bool there = view_line(scene->world, scene->line, &line);
    CHECK(there);
    return line.version;
}

static void edit(struct scene *scene, uint32_t version, int32_t in_days)
{
    struct ask *ask = ask_by(scene, HOSPITAL, ASK_EDIT);
    ask->home = cast_homes[0].id;
    ask->by_line = true;
    ask->line = scene->line;
    ask->wanted_count = 1;
    ask->wanted[0] = wanted_of(1, in_days);
    ask->wanted[0].n = scene->line.n;
    ask->wanted[0].version = version;
    send(scene, ask);
}

static void command(struct scene *scene, uint32_t client, enum ask_kind kind, enum move move)
{
    struct ask *ask = ask_by(scene, client, kind);
    ask->home = scene->line.in.home;
    ask->line = scene->line;
    ask->version = version_now(scene);
    ask->items_count = 1;
    ask->items[0] = (struct item){.line = scene->line, .version = ask->version, .move = move};
    send(scene, ask);
}

/* ---- the scenes ---- */

static void scene_life(struct scene *scene)
{
    create(scene, false, 10);
    edit(scene, version_now(scene), 11);
    command(scene, HOSPITAL, ASK_SUBMIT, MOVE_SUBMIT);
    command(scene, HOSPITAL, ASK_WITHDRAW, MOVE_WITHDRAW);
    command(scene, HOSPITAL, ASK_SUBMIT, MOVE_SUBMIT);
    command(scene, scene->officer, ASK_DECIDE, MOVE_RETURN);
    edit(scene, version_now(scene), 12);
    command(scene, HOSPITAL, ASK_SUBMIT, MOVE_SUBMIT);
    command(scene, scene->officer, ASK_DECIDE, MOVE_APPROVE);
}

static void scene_rejection(struct scene *scene)
{
    create(scene, true, 10);
    command(scene, scene->officer, ASK_DECIDE, MOVE_REJECT);
}

static void scene_refusals(struct scene *scene)
{
    create(scene, true, 10);
    create(scene, true, 10);                 /* the same person at the same time */
    edit(scene, version_now(scene), 11);     /* under review */
    edit(scene, version_now(scene) - 1, 11); /* stale */
    struct ask *ask = ask_by(scene, HOSPITAL, ASK_CREATE);
    ask->home = cast_homes[0].id;
    ask->wanted_count = 1;
    ask->wanted[0] = wanted_of(1, 12);
    ask->wanted[0].person = cast_person_of(1, 0).id;
    ask->wanted[0].fault = FAULT_FOREIGN_PERSON;
    send(scene, ask);
    sign_in(scene, DOCTOR);
    ask = ask_by(scene, DOCTOR, ASK_WITHDRAW); /* a colleague's */
    ask->home = cast_homes[0].id;
    ask->foreign = true;
    ask->line = scene->line;
    ask->version = version_now(scene);
    send(scene, ask);
}

static void scene_replay(struct scene *scene)
{
    struct ask *ask = create(scene, true, 10);
    send(scene, ask);
    struct ask *other = ask_by(scene, HOSPITAL, ASK_CREATE);
    other->home = ask->home;
    other->key = ask->key;
    other->body = other->number;
    ask->rival = other->number;
    other->wanted_count = 1;
    other->wanted[0] = wanted_of(1, 13);
    send(scene, other);
}

static void scene_crash(struct scene *scene)
{
    scene->world->crash_armed = CRASH_AFTER_SYNC;
    struct ask *ask = create(scene, true, 10);
    CHECK(!ask->done && ask->unknown);
    send(scene, ask); /* with its key */
    CHECK(ask->done);
}

static void scene_read_only(struct scene *scene)
{
    commit_out_of_space(scene->world);
    scene->world->brief = false;
    struct ask *ask = create(scene, true, 10);
    CHECK(!ask->done);
    send(scene, ask); /* there is space again */
    CHECK(ask->done);
}

static void scene_log_out(struct scene *scene)
{
    struct client *client = client_of(scene, HOSPITAL);
    struct ask *ask = ask_by(scene, HOSPITAL, ASK_LOGOUT);
    ask->version = client->session;
    ask->fresh = oracle_secret(scene->world, client->session);
    send(scene, ask);
    create(scene, false, 10); /* with the session that has ended */
}

/* Three rows, the second at the time of the first; `file` 0: one of its own. */
static struct ask *send_sheet(struct scene *scene, uint32_t file)
{
    struct ask *ask = ask_by(scene, HOSPITAL, ASK_UPLOAD_ADD);
    ask->home = cast_homes[0].id;
    ask->key = ask->number;
    ask->file = file == 0 ? ask->number : file;
    ask->wanted_count = 3;
    for (int32_t i = 0; i < 3; i++) {
        ask->wanted[i] = wanted_of(1, i == 1 ? 10 : 10 + i);
    }
    send(scene, ask);
    return ask;
}

static struct ask *import(struct scene *scene, const struct ask *added, bool all)
{
    struct sheet sheet;
    struct ask *ask = ask_by(scene, HOSPITAL, ASK_UPLOAD_IMPORT);
    view_begin(scene->world);
    ask->home = added->home;
    ask->upload = sheet_number(added->answer.made);
    ask->sheet = added->number;
    bool there = sheet_view(scene->world, ask->home, ask->upload, &sheet);
    CHECK(there);
    ask->version = sheet.record.version;
    ask->all = all;
    ask->submit = true;
    send(scene, ask);
    return ask;
}

static void scene_sheet(struct scene *scene)
{
    struct ask *added = send_sheet(scene, 0);
    import(scene, added, true); /* one row is faulty */
    struct ask *imported = import(scene, added, false);
    CHECK(imported->done);
    send(scene, imported); /* again */
    send_sheet(scene, added->number);
    struct ask *ask = ask_by(scene, HOSPITAL, ASK_UPLOAD_DELETE);
    ask->home = added->home;
    ask->upload = sheet_number(added->answer.made);
    ask->sheet = added->number;
    ask->version = imported->version + 1;
    send(scene, ask);
    CHECK(ask->done);
}

/* The power goes before the caller hears: the sheet is read, its request repeated. */
static void scene_sheet_crash(struct scene *scene)
{
    scene->world->crash_armed = CRASH_AFTER_SYNC;
    struct ask *added = send_sheet(scene, 0);
    CHECK(!added->done && added->unknown);
    send(scene, added); /* with its key */
    CHECK(added->done);
    struct ask *imported = import(scene, added, false);
    CHECK(imported->done);
}

static const struct {
    const char *name;
    void (*play)(struct scene *scene);
} scenes[] = {
    {"life_of_a_case", scene_life},
    {"rejection", scene_rejection},
    {"refusals", scene_refusals},
    {"replay_of_a_key", scene_replay},
    {"crash_between_sync_and_answer", scene_crash},
    {"read_only_drop", scene_read_only},
    {"log_out_on_two_loops", scene_log_out},
    {"sheet_and_its_import", scene_sheet},
    {"sheet_read_after_a_crash", scene_sheet_crash},
};

/* ---- stage ---- */

/* Cards and the officer are known, hospital and officer have signed in: not part of the story. */
static void scene_open(struct scene *scene)
{
    struct plan plan = {.seed = 1,
                        .shards = 2,
                        .homes = 3,
                        .wall_ms = 1775534400000, /* 2026-04-07, day 20550, at noon */
                        .think_us = 1000,
                        .sync_us = 2000,
                        .apply_gap_us = 10000000,
                        .apply_us = 1000,
                        .segments = 4,
                        .segment_size = 1 << 20,
                        .idle_bytes_max = 256 << 20,
                        .prompt = true,
                        .rows_max = 100,
                        .mailbox_max = 256,
                        .turns_visit = 16,
                        .quiet = true};
    struct world *world = world_open(&plan, NULL);
    *scene = (struct scene){.world = world};
    world->watch = tell_turn;
    struct client *operator= & world->clients[0];
    for (uint32_t i = 0; i < world->setup_count; i++) {
        pick_setup(world, operator);
        settle(scene);
    }
    CHECK(operator->setup_next == world->setup_count);
    for (uint32_t i = 0; i < world->clients_count && scene->officer == 0; i++) {
        scene->officer = world->clients[i].play == PLAY_OFFICER ? i : 0;
    }
    sign_in(scene, HOSPITAL);
    sign_in(scene, scene->officer);
}

static bool text_is(const char *folder, const char *name, const char *text, bool write)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.txt", folder, name);
    FILE *file = fopen(path, write ? "we" : "re");
    if (file == NULL) {
        printf("can't open %s\n", path);
        return false;
    }
    if (write) {
        (void)fputs(text, file);
        return fclose(file) == 0;
    }
    char *golden = calloc(1, TEXT_MAX);
    CHECK(golden != NULL);
    size_t size = fread(golden, 1, TEXT_MAX - 1, file);
    (void)fclose(file);
    bool same = size == strlen(text) && memcmp(golden, text, size) == 0;
    for (size_t at = 0, line = 1; !same && at <= size; at++) {
        if (golden[at] != text[at]) {
            printf("%s differs at line %zu\n", path, line);
            break;
        }
        line += golden[at] == '\n' ? 1 : 0;
    }
    free(golden);
    return same;
}

static bool scene_run(size_t at, const char *folder, bool write)
{
    struct scene scene;
    char *text = NULL;
    size_t size = 0;
    scene_open(&scene);
    FILE *story = open_memstream(&text, &size);
    CHECK(story != NULL);
    scene.world->now_us = 1000000; /* each story begins at its second 1 */
    scene.world->story = story;
    scenes[at].play(&scene);
    oracle_look(scene.world, "at the end");
    scene.world->story = NULL;
    (void)fclose(story);
    bool good = !scene.world->failed && text_is(folder, scenes[at].name, text, write);
    if (scene.world->failed) {
        printf("%s: %s\n", scene.world->invariant, scene.world->failure);
    }
    if (!good) {
        printf("---- %s as it is now\n%s----\n", scenes[at].name, text);
    }
    printf("%s scenario.%s\n", good ? "ok" : "not ok", scenes[at].name);
    free(text);
    world_close(scene.world);
    return good;
}

int scenarios_run(const char *folder, bool write)
{
    int bad = 0;
    for (size_t i = 0; i < ARRAY_COUNT(scenes); i++) {
        bad += scene_run(i, folder, write) ? 0 : 1;
    }
    return bad == 0 ? 0 : 1;
}
