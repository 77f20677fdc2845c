/* Records of an import -> what differs from the registry -> messages to its actor (DESIGN 16).
 *
 * Shared by `import` and `seed-demo`. A repeated import changes nothing: what is equal is not sent.
 * People's ids are made from the keyed look-up value of their ID number; personal fields are
 * sealed. One thread, on a site. */
#pragma once
#include "registry/import_csv.h"
#include "site.h"

enum { REGISTRAR_BATCH = 400 };

struct registrar {
    const struct site *site;
    struct letter *letter; /* being filled; NULL: none */
    struct institution *institutions;
    struct person *people;
    uint64_t added, changed, unchanged;
};

void registrar_init(struct registrar *registrar, const struct site *site);
/* Views may end when it returns. ERR_NO_MEMORY, ERR_READ_ONLY (nothing can be made durable),
 * ERR_CLOSED (no answer came). */
enum err registrar_institution(struct registrar *registrar,
                               const struct institution *row) MUST_CHECK;
/* `id` is told if not NULL. */
enum err registrar_person(struct registrar *registrar, const struct person_import *row,
                          uint64_t *id) MUST_CHECK;
/* Sends what is left, reads the facts anew, and has every session ended that they no longer admit
 * (AUTH 5.5). Also behind an error of the others: what was sent is taken. */
enum err registrar_finish(struct registrar *registrar) MUST_CHECK;
