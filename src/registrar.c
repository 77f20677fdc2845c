#include "registrar.h"
#include "base/check.h"
#include "base/prng.h"
#include <string.h>

enum { SEALED_ROOM = SEAL_PERSON_PLAIN_MAX + SEAL_OVERHEAD + 16 };

static const struct facts *facts_of(const struct registrar *registrar)
{
    return registrar->site->facts(registrar->site->self);
}

void registrar_init(struct registrar *registrar, const struct site *site)
{
    *registrar = (struct registrar){.site = site};
}

static enum err registrar_begin(struct registrar *registrar)
{
    if (registrar->letter != NULL) {
        return ERR_OK;
    }
    struct letter *letter = letter_new();
    if (letter == NULL) {
        return ERR_NO_MEMORY;
    }
    registrar->institutions =
        arena_array(&letter->arena, REGISTRAR_BATCH, sizeof *registrar->institutions);
    registrar->people = arena_array(&letter->arena, REGISTRAR_BATCH, sizeof *registrar->people);
    if (registrar->institutions == NULL || registrar->people == NULL) {
        letter_free(letter);
        return ERR_NO_MEMORY;
    }
    letter->msg.kind = MSG_REGISTRY_PUT;
    letter->msg.to = ADDR_REGISTRY;
    letter->msg.principal = (struct principal){.kind = PRINCIPAL_SYSTEM, .method = METHOD_SYSTEM};
    letter->msg.u.registry.institutions = registrar->institutions;
    letter->msg.u.registry.people = registrar->people;
    registrar->letter = letter;
    return ERR_OK;
}

static enum err err_of(enum outcome outcome)
{
    return outcome == OUTCOME_OK          ? ERR_OK
           : outcome == OUTCOME_READ_ONLY ? ERR_READ_ONLY
                                          : ERR_CLOSED;
}

static enum err registrar_send(struct registrar *registrar)
{
    struct letter *letter = registrar->letter;
    if (letter == NULL) {
        return ERR_OK;
    }
    registrar->letter = NULL;
    return err_of(registrar->site->ask(registrar->site->self, letter, NULL, NULL));
}

static enum err registrar_full(struct registrar *registrar)
{
    const struct msg *msg = &registrar->letter->msg;
    uint32_t count = msg->u.registry.institutions_count + msg->u.registry.people_count;
    return count < REGISTRAR_BATCH ? ERR_OK : registrar_send(registrar);
}

static bool text_copy(struct arena *arena, struct bytes *text)
{
    size_t size = text->size;
    *text = arena_copy(arena, *text);
    return text->data != NULL || size == 0;
}

/* ---- institutions ---- */

static bool institution_same(const struct institution *a, const struct institution *b)
{
    return bytes_equal(a->name, b->name) && bytes_equal(a->district, b->district) &&
           bytes_equal(a->address, b->address) && bytes_equal(a->phone, b->phone) &&
           a->county == b->county && a->type == b->type && a->medical == b->medical &&
           a->status == b->status && a->status_from == b->status_from &&
           a->full_time_pharmacists == b->full_time_pharmacists;
}

enum err registrar_institution(struct registrar *registrar, const struct institution *row)
{
    const struct institution *known = facts_institution(facts_of(registrar), row->id);
    if (known != NULL && institution_same(known, row)) {
        registrar->unchanged++;
        return ERR_OK;
    }
    enum err err = registrar_begin(registrar);
    if (err != ERR_OK) {
        return err;
    }
    struct msg *msg = &registrar->letter->msg;
    struct arena *arena = &registrar->letter->arena;
    struct institution *to = &registrar->institutions[msg->u.registry.institutions_count];
    *to = *row;
    to->version = known == NULL ? 1 : known->version + 1;
    if (!text_copy(arena, &to->name) || !text_copy(arena, &to->district) ||
        !text_copy(arena, &to->address) || !text_copy(arena, &to->phone)) {
        return ERR_NO_MEMORY;
    }
    msg->u.registry.institutions_count++;
    registrar->added += known == NULL ? 1 : 0;
    registrar->changed += known == NULL ? 0 : 1;
    return registrar_full(registrar);
}

/* ---- people ---- */

static bool person_same(const struct registrar *registrar, const struct person *known,
                        const struct person_import *row)
{
    uint8_t plain[SEAL_PERSON_PLAIN_MAX];
    struct seal_person fields;
    bool same = bytes_equal(known->name, row->name) && known->profession == row->profession &&
                known->main == row->main && known->head == row->head &&
                known->department == row->department && known->home == row->home &&
                bytes_equal(known->licence_word, row->licence_word) &&
                bytes_equal(known->licence_number, row->licence_number) &&
                known->licence_number_is_id == row->licence_number_is_id &&
                known->licence_from == row->licence_from && known->licence_to == row->licence_to &&
                known->status == row->status && known->status_from == row->status_from;
    same = same && seal_person_open(registrar->site->keys, known->id, known->sealed, plain,
                                    &fields) == ERR_OK;
    same = same && bytes_equal(fields.birth_date, row->birth_date) &&
           bytes_equal(fields.mobile, row->mobile) && bytes_equal(fields.email, row->email);
    seal_wipe(plain, sizeof plain);
    return same;
}

/* Opaque, and the same for the same number under the same key. */
static uint64_t person_new_id(const struct registrar *registrar, const struct digest *lookup)
{
    struct reader in = reader_of(bytes_of(lookup->bytes, sizeof lookup->bytes));
    uint64_t id = read_u64(&in) ^ read_u64(&in);
    while (id == 0 || facts_person(facts_of(registrar), id) != NULL) {
        id++;
    }
    return id;
}

static enum err person_fill(const struct registrar *registrar, const struct person_import *row,
                            struct arena *arena, struct person *to)
{
    char masked[ID_NO_SIZE + 1];
    uint8_t nonce[SEAL_NONCE_SIZE];
    uint8_t *sealed = arena_alloc(arena, SEALED_ROOM);
    if (sealed == NULL) {
        return ERR_NO_MEMORY;
    }
    id_no_mask(row->id_no, masked);
    entropy_fill(nonce, sizeof nonce);
    struct writer out = writer_on(sealed, SEALED_ROOM);
    struct seal_person fields = {row->id_no, row->birth_date, row->mobile, row->email};
    seal_person_close(registrar->site->keys, nonce, to->id, &fields, &out);
    if (out.failed) {
        return ERR_NO_MEMORY; /* the room is enough */
    }
    to->sealed = writer_bytes(&out);
    to->name = row->name;
    to->id_masked = bytes_from_text(masked);
    to->licence_word = row->licence_word;
    to->licence_number = row->licence_number;
    bool copied = text_copy(arena, &to->name) && text_copy(arena, &to->id_masked) &&
                  text_copy(arena, &to->licence_word) && text_copy(arena, &to->licence_number);
    to->profession = row->profession;
    to->main = row->main;
    to->head = row->head;
    to->department = row->department;
    to->home = row->home;
    to->licence_number_is_id = row->licence_number_is_id;
    to->licence_from = row->licence_from;
    to->licence_to = row->licence_to;
    to->status = row->status;
    to->status_from = row->status_from;
    return copied ? ERR_OK : ERR_NO_MEMORY;
}

enum err registrar_person(struct registrar *registrar, const struct person_import *row,
                          uint64_t *id)
{
    struct digest lookup = seal_lookup(registrar->site->keys, row->id_no);
    const struct person *known = facts_person_by_lookup(facts_of(registrar), &lookup);
    uint64_t person_id = known != NULL ? known->id : person_new_id(registrar, &lookup);
    if (id != NULL) {
        *id = person_id;
    }
    if (known != NULL && person_same(registrar, known, row)) {
        registrar->unchanged++;
        return ERR_OK;
    }
    enum err err = registrar_begin(registrar);
    if (err != ERR_OK) {
        return err;
    }
    struct msg *msg = &registrar->letter->msg;
    struct person *to = &registrar->people[msg->u.registry.people_count];
    *to = (struct person){.id = person_id, .lookup = lookup};
    to->version = known == NULL ? 1 : known->version + 1;
    /* Registrations are numbered; another home is another registration (DESIGN 16 *A move*). */
    to->reg_no = known == NULL ? 1 : known->reg_no + (known->home != row->home ? 1 : 0);
    err = person_fill(registrar, row, &registrar->letter->arena, to);
    if (err != ERR_OK) {
        return err;
    }
    msg->u.registry.people_count++;
    registrar->added += known == NULL ? 1 : 0;
    registrar->changed += known == NULL ? 0 : 1;
    return registrar_full(registrar);
}

/* The auth actor ends as many as it has room for at a time, and says if there are more. */
static enum err sessions_review(const struct site *site)
{
    struct arena memory;
    arena_init(&memory, 1024, 0);
    enum err err = ERR_OK;
    for (bool more = true; more && err == ERR_OK;) {
        struct bytes body = {0};
        struct letter *letter = letter_new();
        if (letter == NULL) {
            err = ERR_NO_MEMORY;
            break;
        }
        letter->msg.kind = MSG_SESSIONS_REVIEW;
        letter->msg.to = ADDR_AUTH;
        letter->msg.principal =
            (struct principal){.kind = PRINCIPAL_SYSTEM, .method = METHOD_SYSTEM};
        arena_reset(&memory);
        err = err_of(site->ask(site->self, letter, &memory, &body));
        more = body.size == 1 && body.data[0] == 1;
    }
    arena_deinit(&memory);
    return err;
}

enum err registrar_finish(struct registrar *registrar)
{
    const struct site *site = registrar->site;
    enum err err = registrar_send(registrar);
    enum err reloaded = site->reload(site->self);
    err = err == ERR_OK ? reloaded : err;
    if (reloaded == ERR_OK) {
        enum err reviewed = sessions_review(site);
        err = err == ERR_OK ? reviewed : err;
    }
    return err;
}
