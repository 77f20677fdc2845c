/* Layout (all big-endian; a day is stored with its sign bit flipped, so that bytes sort as days):
 *
 *     CASE          home 8, day 4, serial 4
 *     LINE          home 8, day 4, serial 4, n 2, part 1
 *     BODY          home 8, day 4, serial 4, n 2, version 4, part 1
 *     HISTORY       home 8, day 4, serial 4, n 2, version 4, part 1
 *     PERSON_LINE   home 8, day 4, first serial of the slab 4, person 8, serial in the slab 1, n 2
 *     REQUEST       home 8, at 8 (wall ms), digest 16
 *     SERIAL        home 8, day 4
 *     QUEUE         county 4, due day 4, created at 8 (wall ms), home 8, day 4, serial 4, n 2
 *     COUNTY_LINE   county 4, created at 8 (wall ms), home 8, day 4, serial 4, n 2
 *     SESSION, TOKEN, CARD   digest 16
 *     WAITING       kind 1, id 8
 *     TRANSFER      number 8;  TRANSFER_SENT  outbox number 8;  TRANSFER_BAD  as LINE, part 0
 *
 * So a case's key is a prefix of its lines' keys, and a line's of those of its versions without the
 * part. */
#include "model/row_keys.h"
#include "base/check.h"

enum {
    CASE_SIZE = 16,
    LINE_SIZE = CASE_SIZE + 2,
    VERSIONED_SIZE = LINE_SIZE + 4,
    QUEUE_SIZE = LINE_SIZE + 16,
    COUNTY_LINE_SIZE = LINE_SIZE + 12
};
_Static_assert((int)QUEUE_SIZE <= (int)ROW_KEY_MAX, "the longest key must fit");

static const uint32_t sign_bit = UINT32_C(0x80000000);

static void day_put(struct writer *out, int32_t day)
{
    write_u32(out, (uint32_t)day ^ sign_bit);
}

static int32_t day_get(struct reader *in)
{
    return (int32_t)(read_u32(in) ^ sign_bit);
}

static void case_put(struct writer *out, struct case_id id)
{
    write_u64(out, id.home);
    day_put(out, id.day);
    write_u32(out, id.serial);
}

static struct case_id case_get(struct reader *in)
{
    struct case_id id = {0};
    id.home = read_u64(in);
    id.day = day_get(in);
    id.serial = read_u32(in);
    return id;
}

static void line_put(struct writer *out, struct line_id id)
{
    case_put(out, id.in);
    write_u16(out, id.n);
}

static struct line_id line_get(struct reader *in)
{
    struct line_id id = {0};
    id.in = case_get(in);
    id.n = read_u16(in);
    return id;
}

static struct row_key key_finish(struct row_key key, const struct writer *out)
{
    CHECK(!out->failed);
    CHECK(out->size > 0 && out->size <= ROW_KEY_MAX);
    key.size = (uint8_t)out->size;
    return key;
}

struct bytes row_key_bytes(const struct row_key *key)
{
    CHECK(key->size > 0 && key->size <= ROW_KEY_MAX);
    return bytes_of(key->data, key->size);
}

struct row_key key_of_u64(uint64_t owner)
{
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    write_u64(&out, owner);
    return key_finish(key, &out);
}

struct row_key key_of_case(struct case_id id)
{
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    case_put(&out, id);
    return key_finish(key, &out);
}

struct row_key key_of_line(struct line_id id)
{
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    line_put(&out, id);
    write_u8(&out, 0);
    return key_finish(key, &out);
}

struct row_key key_of_part(struct row_key base, uint8_t part)
{
    /* Only these tables hold values that are cut. */
    CHECK(base.size == LINE_SIZE + 1 || base.size == VERSIONED_SIZE + 1);
    base.data[base.size - 1] = part;
    return base;
}

static struct row_key key_of_versioned(struct line_id id, uint32_t version)
{
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    line_put(&out, id);
    write_u32(&out, version);
    write_u8(&out, 0);
    return key_finish(key, &out);
}

struct row_key key_of_body(struct line_id id, uint32_t version)
{
    return key_of_versioned(id, version);
}

struct row_key key_of_history(struct line_id id, uint32_t version)
{
    return key_of_versioned(id, version);
}

_Static_assert(PERSON_SLAB <= UINT8_MAX + 1, "a place in the slab is one byte");

struct row_key key_of_person_slab(uint64_t person, struct case_id id)
{
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    write_u64(&out, id.home);
    day_put(&out, id.day);
    write_u32(&out, id.serial - id.serial % PERSON_SLAB);
    write_u64(&out, person);
    return key_finish(key, &out);
}

struct row_key key_of_person_line(uint64_t person, struct line_id id)
{
    struct row_key key = key_of_person_slab(person, id.in);
    struct writer out = writer_on(key.data + key.size, sizeof key.data - key.size);
    write_u8(&out, (uint8_t)(id.in.serial % PERSON_SLAB));
    write_u16(&out, id.n);
    CHECK(!out.failed);
    key.size = (uint8_t)(key.size + out.size);
    return key;
}

struct row_key key_of_request(uint64_t home, int64_t at, const struct digest *request)
{
    CHECK(at >= 0); /* so that bytes sort as instants */
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    write_u64(&out, home);
    write_i64(&out, at);
    write_raw(&out, bytes_of(request->bytes, sizeof request->bytes));
    return key_finish(key, &out);
}

struct row_key key_of_serial(uint64_t home, int32_t day)
{
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    write_u64(&out, home);
    day_put(&out, day);
    return key_finish(key, &out);
}

struct row_key key_of_queue(uint32_t county, int32_t due_day, int64_t created_at, struct line_id id)
{
    CHECK(created_at >= 0);
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    write_u32(&out, county);
    day_put(&out, due_day);
    write_i64(&out, created_at);
    line_put(&out, id);
    return key_finish(key, &out);
}

struct row_key key_of_county_line(uint32_t county, int64_t created_at, struct line_id id)
{
    CHECK(created_at >= 0); /* so that bytes sort as instants */
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    write_u32(&out, county);
    write_i64(&out, created_at);
    line_put(&out, id);
    return key_finish(key, &out);
}

struct row_key key_of_waiting(uint8_t kind, uint64_t id)
{
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    write_u8(&out, kind);
    write_u64(&out, id);
    return key_finish(key, &out);
}

bool key_read_waiting(struct bytes key, uint8_t *kind, uint64_t *id)
{
    struct reader in = reader_of(key);
    uint8_t read_kind = read_u8(&in);
    uint64_t read_id = read_u64(&in);
    if (!reader_done(&in))
        return false;
    *kind = read_kind;
    *id = read_id;
    return true;
}

struct row_key key_of_digest(const struct digest *digest)
{
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    write_raw(&out, bytes_of(digest->bytes, sizeof digest->bytes));
    return key_finish(key, &out);
}

bool key_read_case(struct bytes key, struct case_id *id)
{
    struct reader in = reader_of(key);
    struct case_id read = case_get(&in);
    if (!reader_done(&in))
        return false;
    *id = read;
    return true;
}

bool key_read_line(struct bytes key, struct line_id *id, uint8_t *part)
{
    struct reader in = reader_of(key);
    struct line_id read = line_get(&in);
    uint8_t read_part = read_u8(&in);
    if (!reader_done(&in))
        return false;
    *id = read;
    *part = read_part;
    return true;
}

bool key_read_versioned(struct bytes key, struct line_id *id, uint32_t *version, uint8_t *part)
{
    struct reader in = reader_of(key);
    struct line_id read = line_get(&in);
    uint32_t read_version = read_u32(&in);
    uint8_t read_part = read_u8(&in);
    if (!reader_done(&in))
        return false;
    *id = read;
    *version = read_version;
    *part = read_part;
    return true;
}

bool key_read_queue(struct bytes key, uint32_t *county, int32_t *due_day, int64_t *created_at,
                    struct line_id *id)
{
    struct reader in = reader_of(key);
    uint32_t read_county = read_u32(&in);
    int32_t read_due = day_get(&in);
    int64_t read_at = read_i64(&in);
    struct line_id read = line_get(&in);
    if (!reader_done(&in))
        return false;
    *county = read_county;
    *due_day = read_due;
    *created_at = read_at;
    *id = read;
    return true;
}

bool key_read_county_line(struct bytes key, uint32_t *county, int64_t *created_at,
                          struct line_id *id)
{
    struct reader in = reader_of(key);
    uint32_t read_county = read_u32(&in);
    int64_t read_at = read_i64(&in);
    struct line_id read = line_get(&in);
    if (!reader_done(&in))
        return false;
    *county = read_county;
    *created_at = read_at;
    *id = read;
    return true;
}

bool key_read_person_line(struct bytes key, uint64_t *person, struct line_id *id)
{
    struct reader in = reader_of(key);
    struct line_id read = {0};
    read.in.home = read_u64(&in);
    read.in.day = day_get(&in);
    uint32_t first = read_u32(&in);
    uint64_t read_person = read_u64(&in);
    uint8_t place = read_u8(&in);
    read.n = read_u16(&in);
    if (!reader_done(&in) || first % PERSON_SLAB != 0 || place >= PERSON_SLAB)
        return false;
    read.in.serial = first + place;
    *person = read_person;
    *id = read;
    return true;
}
