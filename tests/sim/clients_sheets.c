/* What clients do with sheets: send one, or a file that was sent before; import it, now and then
 * before it can have been read; delete it. */
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/clients.h"
#include "tests/sim/sheets.h"

/* An earlier sheet of the same home. */
static uint32_t file_again(struct world *world, const struct ask *ask)
{
    uint32_t start = (uint32_t)world_below(world, world->asks_count);
    for (uint32_t i = 0; i < world->asks_count; i++) {
        const struct ask *other = world->asks[(start + i) % world->asks_count];
        if (other->kind == ASK_UPLOAD_ADD && other->home == ask->home &&
            other->file == other->number && other != ask) {
            return other->number;
        }
    }
    return ask->number;
}

static void pick_add(struct world *world, struct client *client)
{
    struct ask *ask = client_ask(world, client, ASK_UPLOAD_ADD);
    ask->home = client->home;
    ask->key = key_or_none(world, ask);
    ask->faulty = world_chance(world, 12);
    ask->file = world_chance(world, 6) ? file_again(world, ask) : ask->number;
    ask->wanted_count = (uint8_t)(1 + world_below(world, WANTED_MAX));
    for (uint32_t i = 0; i < ask->wanted_count; i++) {
        ask->wanted[i] = i > 0 && world_chance(world, 8)
                             ? ask->wanted[i - 1] /* a row that stands there twice */
                             : wanted_any(world, client, ask->home);
    }
    client_post(world, client, ask);
}

/* One that can be imported, most times. False: there is none. */
static bool see_sheet(struct world *world, struct client *client, bool foreign, struct sheet *sheet,
                      uint64_t *home)
{
    *home = foreign ? cast_homes[world_below(world, world->plan.homes)].id : client->home;
    bool himself = client->play == PLAY_PERSON && *home == client->home && !foreign;
    bool found = false;
    do {
        found = sheet_pick(world, *home, himself ? client->who : 0, sheet);
    } while (found && sheet->record.state != UPLOAD_READY && !world_chance(world, 4));
    return found;
}

static void pick_command(struct world *world, struct client *client, enum ask_kind kind)
{
    struct sheet sheet;
    uint64_t home = 0;
    if (!see_sheet(world, client, world_chance(world, 15), &sheet, &home)) {
        return;
    }
    struct ask *ask = client_ask(world, client, kind);
    bool another = client->play == PLAY_PERSON && (sheet.record.uploader.kind != PRINCIPAL_PERSON ||
                                                   sheet.record.uploader.person != client->who);
    ask->home = home;
    ask->foreign = home != client->home || another;
    ask->upload = sheet.record.number;
    ask->sheet = sheet.ask;
    ask->version = sheet.record.version;
    if (kind == ASK_UPLOAD_IMPORT) {
        ask->key = key_or_none(world, ask);
        ask->all = world_chance(world, 3);
        ask->submit = world_chance(world, 2);
        ask->guesses = sheet.record.state == UPLOAD_RECEIVED && world_chance(world, 2);
        ask->version += ask->guesses ? 1 : 0;
        ask->over = sheet.record.state == UPLOAD_DONE;
        ask->version -= ask->over && world_chance(world, 2) ? 1 : 0; /* an old tag will do */
    }
    client_post(world, client, ask);
}

void pick_sheet(struct world *world, struct client *client)
{
    uint64_t dice = world_below(world, 100);
    if (dice < 40) {
        pick_add(world, client);
    } else if (dice < 88) {
        pick_command(world, client, ASK_UPLOAD_IMPORT);
    } else {
        pick_command(world, client, ASK_UPLOAD_DELETE);
    }
}
