/* What an institution keeps in memory: a cache over its rows (DESIGN 9). */
#include "actors/institution_private.h"
#include "base/check.h"
#include <stdlib.h>
#include <string.h>

enum { CASES_FIRST = 8, LINES_FIRST = 16, REQUESTS_FIRST = 16, UPLOADS_FIRST = 4 };

/* 22 bits of day, 32 of serial, 10 of n: one key for cases (n 0) and lines. */
uint64_t id_pack(struct line_id id)
{
    CHECK(id.n < 1024);
    return ((uint64_t)((uint32_t)id.in.day & 0x3fffffu) << 42) | ((uint64_t)id.in.serial << 10) |
           id.n;
}

void memory_init(struct institution_state *state)
{
    state->cases = (struct slots){.size = sizeof(struct case_slot), .first = CASES_FIRST};
    state->lines = (struct slots){.size = sizeof(struct line_slot), .first = LINES_FIRST};
    state->uploads = (struct slots){.size = sizeof(struct upload_slot), .first = UPLOADS_FIRST};
}

struct line_slot *memory_line_at(const struct institution_state *state, uint32_t at)
{
    return slots_at(&state->lines, at);
}

struct upload_slot *memory_upload_at(const struct institution_state *state, uint32_t at)
{
    return slots_at(&state->uploads, at);
}

struct case_slot *memory_case(struct institution_state *state, struct case_id id)
{
    uint32_t at = 0;
    if (id.home != state->id ||
        !index_get(&state->by_id, id_pack((struct line_id){.in = id}), &at)) {
        return NULL;
    }
    struct case_slot *slot = slots_at(&state->cases, at);
    CHECK(case_id_equal(slot->record.id, id));
    return slot;
}

struct line_slot *memory_line(struct institution_state *state, struct line_id id)
{
    uint32_t at = 0;
    if (id.in.home != state->id || id.n == 0 || id.n >= 1024 ||
        !index_get(&state->by_id, id_pack(id), &at)) {
        return NULL;
    }
    struct line_slot *slot = memory_line_at(state, at);
    CHECK(line_id_equal(slot->state.id, id));
    return slot;
}

struct case_slot *memory_add_case(struct institution_state *state, const struct case_record *record)
{
    CHECK(record->version > 0 && record->id.home == state->id);
    struct case_slot *slot = slots_room(&state->cases, state->memory);
    if (slot == NULL || !index_put(&state->by_id, id_pack((struct line_id){.in = record->id}),
                                   state->cases.count)) {
        return NULL;
    }
    *slot = (struct case_slot){.record = *record};
    (void)slots_take(&state->cases);
    return slot;
}

static bool memory_chain(struct institution_state *state, struct line_slot *slot, uint64_t person)
{
    slot->next_of_person = SLOT_NONE;
    if (person == 0) {
        return true;
    }
    uint32_t first = SLOT_NONE;
    if (index_get(&state->by_person, person, &first)) {
        slot->next_of_person = first;
    }
    return index_put(&state->by_person, person, slot->at);
}

static void memory_unchain(struct institution_state *state, struct line_slot *slot)
{
    uint64_t person = slot->state.person;
    uint32_t first = SLOT_NONE;
    if (person == 0) {
        return;
    }
    bool found = index_get(&state->by_person, person, &first);
    CHECK(found);
    if (first == slot->at && slot->next_of_person == SLOT_NONE) {
        bool erased = index_erase(&state->by_person, person);
        CHECK(erased);
    } else if (first == slot->at) {
        bool put = index_put(&state->by_person, person, slot->next_of_person);
        CHECK(put); /* the key is there: no memory is needed */
    } else {
        struct line_slot *before = memory_line_at(state, first);
        while (before->next_of_person != slot->at) {
            before = memory_line_at(state, before->next_of_person);
        }
        before->next_of_person = slot->next_of_person;
    }
    slot->next_of_person = SLOT_NONE;
}

struct upload_slot *memory_upload(struct institution_state *state, uint64_t number)
{
    for (uint32_t i = 0; i < state->uploads.count; i++) {
        struct upload_slot *slot = memory_upload_at(state, i);
        if (slot->record.version > 0 && slot->record.number == number) {
            return slot;
        }
    }
    return NULL;
}

struct upload_slot *memory_add_upload(struct institution_state *state,
                                      const struct upload_record *record)
{
    CHECK(record->version > 0 && record->home == state->id);
    struct upload_slot *slot = NULL;
    for (uint32_t i = 0; i < state->uploads.count && slot == NULL; i++) {
        struct upload_slot *there = memory_upload_at(state, i);
        slot = there->record.version == 0 ? there : NULL;
    }
    if (slot == NULL) {
        slot = slots_room(&state->uploads, state->memory);
        if (slot == NULL) {
            return NULL;
        }
        (void)slots_take(&state->uploads);
    }
    if (record->number > state->uploads_last) {
        state->uploads_last = record->number;
    }
    *slot = (struct upload_slot){.record = *record};
    slot->record.name = arena_copy(state->memory, record->name);
    slot->record.told = arena_copy(state->memory, record->told);
    bool copied =
        slot->record.name.size == record->name.size && slot->record.told.size == record->told.size;
    if (!copied) {
        slot->record.version = 0;
        return NULL;
    }
    return slot;
}

struct line_slot *memory_add_line(struct institution_state *state, const struct line_state *line)
{
    CHECK(line->version > 0 && line->id.n > 0);
    struct line_slot *slot = slots_room(&state->lines, state->memory);
    const struct time_rule *times = memory_times(state, line->times, line->times_count);
    if (slot == NULL || (times == NULL && line->times_count > 0) ||
        !index_put(&state->by_id, id_pack(line->id), state->lines.count)) {
        return NULL;
    }
    *slot = (struct line_slot){
        .state = *line, .at = slots_take(&state->lines), .next_of_person = SLOT_NONE};
    slot->state.times = times;
    if (!memory_chain(state, slot, line->person)) {
        return NULL;
    }
    state->counts[line->status]++;
    return slot;
}

void memory_drop_case(struct institution_state *state, struct case_slot *slot)
{
    bool erased = index_erase(&state->by_id, id_pack((struct line_id){.in = slot->record.id}));
    CHECK(erased);
    slot->record.version = 0;
}

void memory_drop_line(struct institution_state *state, struct line_slot *slot)
{
    bool erased = index_erase(&state->by_id, id_pack(slot->state.id));
    CHECK(erased);
    memory_unchain(state, slot);
    CHECK(state->counts[slot->state.status] > 0);
    state->counts[slot->state.status]--;
    slot->state.version = 0;
    slot->state.person = 0;
}

bool memory_set_person(struct institution_state *state, struct line_slot *slot, uint64_t person)
{
    if (slot->state.person == person) {
        return true;
    }
    memory_unchain(state, slot);
    slot->state.person = person;
    return memory_chain(state, slot, person);
}

struct line_slot *memory_first_of_person(struct institution_state *state, uint64_t person)
{
    uint32_t at = 0;
    return person != 0 && index_get(&state->by_person, person, &at) ? memory_line_at(state, at)
                                                                    : NULL;
}

struct line_slot *memory_next_of_person(struct institution_state *state,
                                        const struct line_slot *slot)
{
    return slot->next_of_person == SLOT_NONE ? NULL : memory_line_at(state, slot->next_of_person);
}

const struct time_rule *memory_times(struct institution_state *state, const struct time_rule *times,
                                     uint16_t count)
{
    if (count == 0) {
        return NULL;
    }
    struct time_rule *copy = arena_room(state->memory, count, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, times, count * sizeof *copy);
    for (uint16_t i = 0; i < count; i++) {
        if (copy[i].runs_count == 0) {
            copy[i].runs = NULL;
            continue;
        }
        size_t size = copy[i].runs_count * sizeof *copy[i].runs;
        void *runs = arena_alloc(state->memory, size);
        if (runs == NULL) {
            return NULL;
        }
        memcpy(runs, copy[i].runs, size);
        copy[i].runs = runs;
    }
    return copy;
}

bool memory_occupied(struct institution_state *state, uint64_t person, const struct turn *turn,
                     struct overlap_set *set)
{
    overlap_init(set, turn->out->turn);
    for (struct line_slot *slot = memory_first_of_person(state, person); slot != NULL;
         slot = memory_next_of_person(state, slot)) {
        if (!line_occupies(&slot->state)) {
            continue;
        }
        struct overlap_line line = {
            .line = slot->at, .times_count = slot->state.times_count, .times = slot->state.times};
        if (!overlap_insert(set, &line)) {
            return false;
        }
    }
    return true;
}

/* ---- keys of requests ---- */

static uint64_t request_key(const struct digest *request)
{
    uint64_t key = 0;
    memcpy(&key, request->bytes, sizeof key);
    return key;
}

struct request_slot *memory_request(struct institution_state *state, const struct digest *request)
{
    uint32_t at = 0;
    if (!index_get(&state->by_request, request_key(request), &at)) {
        return NULL;
    }
    struct request_slot *slot = &state->requests[at];
    return digest_equal(&slot->record.request, request) ? slot : NULL;
}

/* Its place in the ring stays until it is the oldest: its row goes then. */
void memory_forget_request(struct institution_state *state, const struct digest *request)
{
    struct request_slot *slot = memory_request(state, request);
    CHECK(slot != NULL);
    bool erased = index_erase(&state->by_request, request_key(request));
    CHECK(erased);
}

bool memory_add_request(struct institution_state *state, const struct request_record *record)
{
    if (state->requests_count == state->requests_capacity) {
        uint32_t wanted =
            state->requests_capacity == 0 ? REQUESTS_FIRST : state->requests_capacity * 2;
        struct request_slot *ring = arena_room(state->memory, wanted, sizeof *ring);
        if (ring == NULL) {
            return false;
        }
        for (uint32_t i = 0; i < state->requests_count; i++) {
            ring[i] = state->requests[(state->requests_first + i) % state->requests_capacity];
            if (!digest_is_none(&ring[i].record.request) &&
                !index_put(&state->by_request, request_key(&ring[i].record.request), i)) {
                return false;
            }
        }
        state->requests = ring;
        state->requests_first = 0;
        state->requests_capacity = wanted;
    }
    uint32_t at = (state->requests_first + state->requests_count) % state->requests_capacity;
    if (!index_put(&state->by_request, request_key(&record->request), at)) {
        return false;
    }
    state->requests[at] = (struct request_slot){.record = *record};
    state->requests_count++;
    return true;
}

bool memory_old_request(struct institution_state *state, int64_t now, struct request_record *old)
{
    if (state->requests_count == 0) {
        return false;
    }
    struct request_slot *slot = &state->requests[state->requests_first];
    if (slot->record.at + REQUEST_KEEP_MS > now) {
        return false;
    }
    *old = slot->record;
    uint32_t at = SLOT_NONE;
    /* Two keys may share the eight bytes of the index (a client chooses them); it then holds the
     * later one, which stays. */
    if (!digest_is_none(&old->request) &&
        index_get(&state->by_request, request_key(&old->request), &at) &&
        at == state->requests_first) {
        bool erased = index_erase(&state->by_request, request_key(&old->request));
        CHECK(erased);
    }
    state->requests_first = (state->requests_first + 1) % state->requests_capacity;
    state->requests_count--;
    return true;
}

static int request_by_time(const void *a, const void *b)
{
    const struct request_slot *x = a;
    const struct request_slot *y = b;
    if (x->record.at != y->record.at) {
        return x->record.at < y->record.at ? -1 : 1;
    }
    return memcmp(x->record.request.bytes, y->record.request.bytes, sizeof x->record.request.bytes);
}

/* The oldest must be at hand. Rows come by their instants; a clock that went back may have mixed
 * them. */
void memory_sort_requests(struct institution_state *state)
{
    CHECK(state->requests_first == 0);
    if (state->requests_count == 0) {
        return;
    }
    qsort(state->requests, state->requests_count, sizeof *state->requests, request_by_time);
    for (uint32_t i = 0; i < state->requests_count; i++) {
        bool put =
            index_put(&state->by_request, request_key(&state->requests[i].record.request), i);
        CHECK(put); /* the keys are there: no memory is needed */
    }
}
