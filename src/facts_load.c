#include "facts_load.h"
#include "base/check.h"
#include "registry/facts_build.h"
#include "storage/snapshot.h"

static enum err load_table(struct snapshot *snapshot, enum table table,
                           struct facts_builder *builder)
{
    struct scan *scan = NULL;
    struct bytes key, value;
    enum err err = scan_open(snapshot, table, (struct bytes){0}, false, &scan);
    if (err != ERR_OK) {
        return err;
    }
    while (err == ERR_OK && scan_next(scan, &key, &value)) {
        if (table == TABLE_INSTITUTION) {
            struct institution institution;
            err = institution_read(value, &institution);
            if (err == ERR_OK) {
                err = facts_builder_add_institution(builder, &institution);
            }
        } else {
            struct person person;
            err = person_read(value, &person);
            if (err == ERR_OK) {
                err = facts_builder_add_person(builder, &person);
            }
        }
    }
    err = err == ERR_OK ? scan_err(scan) : err;
    scan_close(scan);
    return err;
}

enum err facts_load(struct store *store, uint64_t number, const struct transfer_rules *transfer,
                    const struct facts **out)
{
    struct snapshot *snapshot = NULL;
    struct facts_builder builder;
    facts_builder_init(&builder);
    /* The whole registry is read: no recent table may wait for that long. */
    enum err err = store_apply_now(store);
    if (err == ERR_OK) {
        err = snapshot_open_applied(store, &snapshot);
    }
    if (err == ERR_OK) {
        err = load_table(snapshot, TABLE_INSTITUTION, &builder);
    }
    if (err == ERR_OK) {
        err = load_table(snapshot, TABLE_PERSON, &builder);
    }
    if (snapshot != NULL) {
        snapshot_close(snapshot);
    }
    if (err == ERR_OK && transfer != NULL) {
        err = facts_builder_set_transfer(&builder, transfer);
    }
    if (err == ERR_OK) {
        err = facts_build(&builder, number, out);
    }
    facts_builder_deinit(&builder);
    return err;
}
