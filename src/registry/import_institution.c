/* A row of the national list (data/README.md): code, name, type, county, address, phone. */
#include "base/check.h"
#include "model/codes.h"
#include "model/ids.h"
#include "model/text.h"
#include "registry/import_row.h"
#include <string.h>

enum column {
    CODE,
    NAME,
    TYPE,
    COUNTY,
    ADDRESS,
    PHONE,
    DISTRICT,
    STATUS,
    STATUS_FROM,
    PHARMACISTS
};
enum { NAME_MAX_POINTS = 100, ADDRESS_MAX = 200, PHONE_MAX = 60, DISTRICT_MAX = 20 };
enum { HEAD_POINTS = 8, COUNTY_POINTS = 3, PHARMACISTS_MAX = 9999 };

const struct import_column import_institution_columns[] = {
    [CODE] = {"code", true, false},
    [NAME] = {"name", true, false},
    [TYPE] = {"type", true, false},
    [COUNTY] = {"county", true, false},
    [ADDRESS] = {"address", true, false},
    [PHONE] = {"phone", true, false},
    [DISTRICT] = {"district", false, false},
    [STATUS] = {"status", false, false},
    [STATUS_FROM] = {"status_from", false, false},
    [PHARMACISTS] = {"full_time_pharmacists", false, false},
};
const size_t import_institution_columns_count = ARRAY_COUNT(import_institution_columns);

/* The first points of an address, 台 and 巿 folded, without a postcode and blanks before it, and
 * where each begins in the bytes. */
struct head {
    uint32_t points[HEAD_POINTS];
    size_t at[HEAD_POINTS + 1];
    size_t count;
};

static void head_read(struct bytes address, struct head *head)
{
    struct bytes rest = address;
    uint32_t c;
    *head = (struct head){0};
    while (head->count < HEAD_POINTS) {
        size_t at = address.size - rest.size;
        head->at[head->count] = at;
        if (!text_next(&rest, &c))
            break;
        bool digit = (c >= '0' && c <= '9') || (c >= 0xff10 && c <= 0xff19);
        if (head->count == 0 && (digit || c == ' ' || c == 0x3000))
            continue;
        head->points[head->count++] = c == 0x53f0 ? 0x81fa : c == 0x5dff ? 0x5e02 : c;
    }
    head->at[head->count] = address.size - rest.size;
}

/* How many points name the county, under its name of today or of before 2010 and 2014, when some of
 * today's cities were counties; 0 if none do. A city in front of an address in a county (苗栗市 in
 * 苗栗縣) is the town. */
static size_t county_points(const struct head *head, const struct head *name,
                            const struct county *county)
{
    static const uint32_t taipei[] = {0x81fa, 0x5317}; /* 臺北縣 is 新北市 */
    const uint32_t city = 0x5e02, rural = 0x7e23;      /* 市 縣 */
    if (head->count < COUNTY_POINTS || name->count < COUNTY_POINTS)
        return 0;
    uint32_t kind = head->points[2];
    if (kind != rural && (kind != city || name->points[2] != city))
        return 0;
    bool old_taipei =
        county->code == 65000 && kind == rural && memcmp(head->points, taipei, sizeof taipei) == 0;
    bool same = memcmp(head->points, name->points, 2 * sizeof head->points[0]) == 0;
    return same || old_taipei ? COUNTY_POINTS : 0;
}

/* 東區 (two points only with 區), 大同區, 三地門鄉: towns end in 區 鄉 鎮 市 (API 3: null where the
 * address doesn't say). */
static size_t town_points(const uint32_t *points, size_t count, bool behind_county)
{
    const uint32_t district = 0x5340, township = 0x9109, town = 0x93ae, city = 0x5e02;
    if (behind_county && count >= 2 && points[1] == district)
        return 2;
    for (size_t size = 3; size <= 4 && size <= count; size++) {
        uint32_t last = points[size - 1];
        if (last != district && last != township && last != town && last != city)
            continue;
        if (!behind_county && (points[1] == city || (size == 4 && points[2] == city)))
            return 0; /* 中市東區: the rest of a county's name */
        return size;
    }
    return 0;
}

static struct bytes district_of(struct bytes address, const struct county *county)
{
    struct head head, name;
    head_read(address, &head);
    head_read(bytes_from_text(county->zh), &name);
    size_t skip = county_points(&head, &name, county);
    size_t size = town_points(head.points + skip, head.count - skip, skip > 0);
    /* 新竹市 and 嘉義市 lie beside the counties of their name, not in them. */
    bool beside = skip == 0 && (county->code == 10004 || county->code == 10010) &&
                  memcmp(head.points, name.points, 2 * sizeof head.points[0]) == 0;
    if (size == 0 || beside)
        return (struct bytes){NULL, 0};
    size_t from = head.at[skip];
    return bytes_slice(address, from, head.at[skip + size] - from);
}

static const struct county *county_read(struct import_row *row)
{
    struct bytes text = import_text(row, COUNTY, DISTRICT_MAX, true);
    if (text.size == 0)
        return NULL;
    uint32_t code;
    const struct county *county =
        county_parse(text, &code) ? county_find(code) : county_find_name(text);
    if (county == NULL)
        import_row_fault(row, COUNTY, IMPORT_UNKNOWN_COUNTY);
    return county;
}

static uint8_t type_read(struct import_row *row)
{
    struct bytes text = import_text(row, TYPE, DISTRICT_MAX, true);
    int type = text.size == 0 ? -1 : institution_type_find(text);
    if (text.size > 0 && type < 0)
        import_row_fault(row, TYPE, IMPORT_UNKNOWN_TYPE);
    return (uint8_t)(type < 0 ? 0 : type);
}

static uint16_t pharmacists_read(struct import_row *row)
{
    if (import_field_is_empty(row, PHARMACISTS))
        return 0;
    struct bytes text = import_number(row, PHARMACISTS);
    uint32_t number = 0;
    bool good = text.size > 0 && text.size <= 4;
    for (size_t i = 0; good && i < text.size; i++) {
        good = text.data[i] >= '0' && text.data[i] <= '9';
        number = number * 10 + text.data[i] - '0';
    }
    if (!good)
        import_row_fault(row, PHARMACISTS, IMPORT_BAD_NUMBER);
    return (uint16_t)(good ? number : 0);
}

/* The check digit is not asked: 190 genuine codes fail it (DOMAIN 5.2). */
static uint64_t code_read(struct import_row *row)
{
    uint64_t id = 0;
    if (import_field_is_empty(row, CODE))
        import_row_fault(row, CODE, IMPORT_REQUIRED);
    else if (!institution_code_parse(import_number(row, CODE), &id) || id == 0)
        import_row_fault(row, CODE, IMPORT_BAD_CODE); /* ten zeros mean "none" wherever ids go */
    return id;
}

bool import_institution(struct import_row *row, struct institution *out, uint64_t *id)
{
    struct institution read = {.status = PLACE_OPEN, .version = 1};
    read.id = code_read(row);
    read.name = import_text(row, NAME, NAME_MAX_POINTS, true);
    read.type = type_read(row);
    read.medical =
        !bytes_are_text(bytes_from_text(codes_institution_types[read.type].code), "non_medical");
    const struct county *county = county_read(row);
    read.county = county == NULL ? 0 : county->code;
    read.address = import_text(row, ADDRESS, ADDRESS_MAX, false);
    read.phone = import_text(row, PHONE, PHONE_MAX, false);
    read.district = import_text(row, DISTRICT, DISTRICT_MAX, false);
    if (read.district.size == 0 && county != NULL)
        read.district = district_of(read.address, county);
    struct bytes status = import_text(row, STATUS, DISTRICT_MAX, false);
    if (status.size > 0 && !place_status_parse(status, &read.status))
        import_row_fault(row, STATUS, IMPORT_BAD_STATUS);
    read.status_from = import_date(row, STATUS_FROM, false);
    read.full_time_pharmacists = pharmacists_read(row);
    *id = read.id;
    *out = read;
    return row->faults == 0;
}
