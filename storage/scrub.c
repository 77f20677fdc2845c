#include "storage/scrub.h"
#include "base/check.h"

static bool is_appended(unsigned table)
{
    const struct table_info *info = table_info((enum table)table);
    return info != NULL && info->keys == KEYS_APPENDED;
}

/* The walk has come to table `to`: those before it have ended, in this transaction. */
static enum err end_tables(struct scrub *scrub, unsigned to)
{
    if (scrub->table >= to)
        return ERR_OK;
    struct head head;
    enum err err = head_read(scrub->inspector.env, scrub->inspector.txn, &head);
    for (; scrub->table < to && err == ERR_OK; scrub->table++)
        if (is_appended(scrub->table))
            inspect_end(&scrub->inspector, (enum table)scrub->table, &head);
    return err;
}

static enum err on_row(void *self, struct bytes key, struct bytes value)
{
    struct scrub *scrub = self;
    enum err err = end_tables(scrub, key.data[0]);
    if (err == ERR_OK && is_appended(key.data[0]))
        inspect_appended(&scrub->inspector, key, value);
    return err;
}

static void begin_pass(struct scrub *scrub)
{
    head_init(&scrub->inspector.walked);
    scrub->walk = (struct walk){.self = scrub, .each = on_row};
    scrub->table = 0;
    scrub->owner = 0;
    scrub->pass_ended = false;
}

void scrub_init(struct scrub *scrub, const struct env *env,
                void (*report)(void *self, const struct finding *finding), void *self)
{
    *scrub = (struct scrub){.inspector = {.self = self, .report = report, .env = env}};
    begin_pass(scrub);
}

static enum err walk_rows(struct scrub *scrub, uint64_t rows)
{
    enum err err = inspect_walk(&scrub->inspector, &scrub->walk, rows);
    if (err == ERR_OK && scrub->walk.ended)
        err = end_tables(scrub, TABLE_MAX);
    return err;
}

static enum err walk_owners(struct scrub *scrub, uint64_t rows)
{
    uint64_t seen = 0;
    enum err err = ERR_OK;
    while (seen < rows && !scrub->pass_ended && err == ERR_OK) {
        uint64_t owner = 0;
        seen++;
        err = inspect_next_owner(&scrub->inspector, scrub->owner, &owner);
        scrub->pass_ended = err == ERR_OK && owner == UINT64_MAX;
        if (err == ERR_OK && !scrub->pass_ended)
            err = inspect_owner(&scrub->inspector, owner, &seen);
        scrub->owner = owner + 1;
    }
    return err;
}

static uint64_t slice_rows(const struct inspector *inspector)
{
    MDB_stat stat;
    int error = mdb_stat(inspector->txn, inspector->env->rows, &stat);
    CHECK(error == 0);
    uint64_t rows = 2 * (stat.ms_entries / SCRUB_SLICES) + 2;
    return rows > SCRUB_ROWS_MIN ? rows : SCRUB_ROWS_MIN;
}

enum err scrub_slice(struct scrub *scrub)
{
    struct inspector *inspector = &scrub->inspector;
    enum err err = inspect_begin(inspector);
    if (err != ERR_OK)
        return err;
    uint64_t rows = slice_rows(inspector);
    err = scrub->walk.ended ? walk_owners(scrub, rows) : walk_rows(scrub, rows);
    inspect_close(inspector);
    if (err != ERR_OK || scrub->pass_ended) {
        scrub->passes += err == ERR_OK;
        begin_pass(scrub);
    }
    return err;
}
