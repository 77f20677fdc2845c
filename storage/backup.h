/* backup and restore (DESIGN 16 *Commands and the running server*).
 *
 * A backup is a folder: data.mdb as LMDB copies it at one position, and MANIFEST (manifest.h) with
 * its digest. The log is not in it: everything that was durable when the backup began is applied
 * first. Made as FOLDER.part and renamed when all of it is synced. */
#pragma once
#include "storage/manifest.h"
#include "storage/store.h"
#include <stdatomic.h>

struct backup_config {
    const char *folder;      /* must not be there, or be empty */
    uint32_t mib_s;          /* at most so many MiB a second; 0: as fast as it goes */
    int64_t now;             /* wall ms; goes into the manifest */
    const atomic_bool *stop; /* set: it is given up, ERR_CLOSED; may be NULL */
};

/* Of the running store or one that the caller has opened; the caller sees to it that there is one
 * at a time. While it copies, LMDB gives no page of that moment back. Blocking: no loop, not while
 * a snapshot is held.
 *
 * Errors: ERR_EXISTS (the folder is not empty), ERR_NOT_FOUND (its parent is not there),
 * ERR_DENIED, ERR_NO_SPACE, ERR_IO, ERR_SYNC, ERR_NO_MEMORY, ERR_CLOSED; nothing is left behind but
 * FOLDER.part, if even its removal fails. */
enum err store_backup(struct store *store, const struct backup_config *config,
                      struct manifest *out) MUST_CHECK;

struct restore_config {
    const char *folder;    /* of the backup; only read */
    const char *directory; /* of the new store; must not be there, or be empty */
    int32_t floor_day;     /* today in Taipei: numbers of this day go on above RESTORE_SERIALS */
    uint32_t floor; /* at least so high; 0: RESTORE_SERIALS. For who restores one backup twice */
    uint32_t map_gib;
};

enum { RESTORE_SERIALS = 500000, RESTORE_STEP = 100000 };

struct restored {
    struct manifest manifest;
    uint32_t floor; /* the day's serials go on at floor + 1 */
};

/* A new store from a backup: its rows, a store id of its own, an empty log that begins at the
 * copy's position, and the floor of case serials: what was filed behind the backup is lost, its
 * numbers must not be given again (RELIABILITY I3). A store that was itself restored on the same
 * day gets a floor RESTORE_STEP higher. Made as DIRECTORY.part and renamed.
 *
 * Errors: ERR_EXISTS (the directory is not empty), ERR_BUSY (a process holds it), ERR_NOT_FOUND (no
 * MANIFEST), ERR_BAD_INPUT (the backup is damaged), ERR_VERSION (of a later program), the others as
 * above. */
enum err store_restore(const struct restore_config *config, struct restored *out) MUST_CHECK;
