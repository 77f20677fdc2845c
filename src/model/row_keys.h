/* Keys of the rows that actors put: big-endian, owner first, so that one actor's rows of a table
 * are one range, alone or with those of its other tables (DESIGN 5 *Keys*). Where the table's
 * number stands is storage's own (storage/keys.h).
 *
 * Here and not in storage/, since actors build them and may not see storage (DESIGN 4). */
#pragma once
#include "model/ids.h"

enum { ROW_KEY_MAX = 64, ROW_VALUE_MAX = 2000, PERSON_SLAB = 64 };

struct row_key {
    uint8_t data[ROW_KEY_MAX];
    uint8_t size;
};
struct bytes row_key_bytes(const struct row_key *key);

struct row_key key_of_u64(uint64_t owner);                       /* one row, or a range's prefix */
struct row_key key_of_case(struct case_id id);                   /* CASE */
struct row_key key_of_line(struct line_id id);                   /* LINE; part 0 */
struct row_key key_of_part(struct row_key base, uint8_t part);   /* long LINE, BODY, HISTORY: 1.. */
struct row_key key_of_body(struct line_id id, uint32_t version); /* BODY */
struct row_key key_of_history(struct line_id id, uint32_t version); /* HISTORY */
/* PERSON_LINE: lines of up to PERSON_SLAB cases that were filed one after the other lie together,
 * in there by person: what is new is put in one place, and who asks for a person's lines goes from
 * slab to slab (storage/person_lines.h). */
struct row_key key_of_person_line(uint64_t person, struct line_id id);
/* The beginning of a person's rows in the slab of that case. */
struct row_key key_of_person_slab(uint64_t person, struct case_id id);
/* REQUEST: `at` (wall ms) is when it came. */
struct row_key key_of_request(uint64_t home, int64_t at, const struct digest *request);
struct row_key key_of_serial(uint64_t home, int32_t day); /* SERIAL */
/* QUEUE: the most urgent first, of these the oldest case; created_at (wall ms) is the case's. */
struct row_key key_of_queue(uint32_t county, int32_t due_day, int64_t created_at,
                            struct line_id id);
/* COUNTY_LINE: newest case last; created_at (wall ms) is the case's. */
struct row_key key_of_county_line(uint32_t county, int64_t created_at, struct line_id id);
/* WAITING: kind of actor and its id. */
struct row_key key_of_waiting(uint8_t kind, uint64_t id);
bool key_read_waiting(struct bytes key, uint8_t *kind, uint64_t *id);
struct row_key key_of_digest(const struct digest *digest); /* SESSION, TOKEN, CARD */

bool key_read_case(struct bytes key, struct case_id *id);
bool key_read_line(struct bytes key, struct line_id *id, uint8_t *part);
bool key_read_versioned(struct bytes key, struct line_id *id, uint32_t *version, uint8_t *part);
bool key_read_queue(struct bytes key, uint32_t *county, int32_t *due_day, int64_t *created_at,
                    struct line_id *id);
bool key_read_county_line(struct bytes key, uint32_t *county, int64_t *created_at,
                          struct line_id *id);
bool key_read_person_line(struct bytes key, uint64_t *person, struct line_id *id);
