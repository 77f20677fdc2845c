/* Institutions: how many of which type in which county follows the real list; all names are ours.
 */
#include "base/check.h"
#include "base/map.h"
#include "cli/demo_words.h"
#include "cli/demo_world.h"
#include "model/codes.h"
#include "model/ids.h"
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 400, COUNTY_LEAST = 24, TOWNSHIP_FIRST = 51, TOWNSHIPS = 47, SERIALS = 1000 };
enum { FULL_WIDTH_ZERO = 0xff10 };

/* `weight` in 10,000; `prefix` begins the code. %s in a name is the invented part. */
struct kind {
    const char *type, *prefix;
    uint16_t weight;
    const char *names[8];
    size_t names_count;
};

#define NAMES(...) {__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)
static const struct kind kinds[] = {
    {"clinic", "35", 3240,
     NAMES("%s診所", "%s診所", "%s家庭醫學科診所", "%s耳鼻喉科診所", "%s小兒科診所", "%s內科診所",
           "%s眼科診所", "%s婦產科診所")},
    {"clinic", "37", 2160, NAMES("%s牙醫診所", "%s牙醫診所", "%s牙科診所")},
    {"clinic", "38", 1130, NAMES("%s中醫診所", "%s中醫診所", "%s堂中醫診所")},
    {"pharmacy", "59", 2550, NAMES("%s藥局", "%s藥局", "%s健康藥局", "%s社區藥局", "%s大藥局")},
    {"health_station", "23", 110, NAMES("%s衛生所")},
    {"home_nursing", "74", 150, NAMES("%s居家護理所", "%s居家護理所", "私立%s居家護理所")},
    {"nursing_home", "71", 60, NAMES("%s護理之家", "%s產後護理之家")},
    {"district_hospital", "15", 120, NAMES("%s醫院", "%s綜合醫院", "%s紀念醫院")},
    {"regional_hospital", "11", 27,
     NAMES("%s紀念醫院", "%s醫療財團法人%s綜合醫院", "%s醫療社團法人%s醫院")},
    {"medical_center", "13", 9, NAMES("%s大學附設醫院", "%s醫療財團法人%s紀念醫院")},
    {"laboratory", "94", 70, NAMES("%s醫事檢驗所")},
    {"rehabilitation_home", "84", 60, NAMES("%s康復之家")},
    {"midwifery", "HY", 8, NAMES("%s助產所")},
    {"radiology", "94", 6, NAMES("%s醫事放射所")},
    {"physical_therapy", "QY", 50, NAMES("%s物理治療所")},
    {"occupational_therapy", "RY", 20, NAMES("%s職能治療所")},
    {"home_respiratory", "4Y", 4, NAMES("%s居家呼吸照護所")},
    {"psychotherapy", "PY", 26, NAMES("%s心理治療所")},
    {"counselling", "PC", 34, NAMES("%s心理諮商所")},
    {"speech_therapy", "ST", 18, NAMES("%s語言治療所")},
    {"audiology", "AU", 12, NAMES("%s聽力所")},
    {"optometry", "OP", 60, NAMES("%s驗光所")},
    {"dental_technology", "DT", 20, NAMES("%s牙體技術所")},
    {"nutrition", "NU", 10, NAMES("%s營養諮詢中心")},
    {"long_term_care", "LT", 40, NAMES("%s長照機構", "%s住宿長照機構")},
    {"non_medical", "X", 16, NAMES("%s國民小學", "%s社區活動中心", "%s科技公司")},
};

struct making {
    const struct demo_world *world;
    struct prng prng;
    struct map used; /* codes */
    char name[TEXT_SIZE], address[TEXT_SIZE], phone[40];
};

static bool one_in(struct making *making, uint32_t n)
{
    return prng_chance(&making->prng, n);
}

/* Without the check digit the code is the kind, the county, an invented township, and a serial
 * whose first place may be a letter (data/README.md: 1 in 130, and 1 in 170 with a wrong digit). */
static uint64_t code_try(struct making *making, const struct kind *kind,
                         const struct demo_county *county)
{
    char code[INSTITUTION_CODE_SIZE + 1], check[INSTITUTION_CODE_SIZE + 1];
    unsigned township = (unsigned)(TOWNSHIP_FIRST + prng_below(&making->prng, TOWNSHIPS));
    unsigned serial = (unsigned)prng_below(&making->prng, SERIALS);
    if (kind->prefix[0] == 'X')
        snprintf(code, sizeof code, "X%06u%03u", (unsigned)prng_below(&making->prng, 1000000),
                 serial);
    else
        snprintf(code, sizeof code, "%s%s%02u%03u0", kind->prefix, county->digits, township,
                 serial);
    if (one_in(making, 130) && kind->prefix[0] != 'X')
        code[6] = (char)('A' + prng_below(&making->prng, 3));
    bool wrong = one_in(making, 170);
    uint64_t id = 0;
    for (char digit = '0'; digit <= '9'; digit++) {
        memcpy(check, code, sizeof check);
        if (kind->prefix[0] != 'X')
            check[9] = digit;
        bool parsed = institution_code_parse(bytes_of(check, INSTITUTION_CODE_SIZE), &id);
        CHECK(parsed);
        bool fits = institution_code_check_digit_fits(bytes_of(check, INSTITUTION_CODE_SIZE));
        if (kind->prefix[0] == 'X' || fits != wrong)
            break;
    }
    return id;
}

static enum err code_make(struct making *making, const struct kind *kind,
                          const struct demo_county *county, uint64_t *id)
{
    uint32_t seen;
    do {
        *id = code_try(making, kind, county);
    } while (map_get(&making->used, *id, &seen));
    return map_put(&making->used, *id, 1);
}

static void name_make(struct making *making, const struct kind *kind)
{
    char brand[40];
    snprintf(brand, sizeof brand, "%s%s", demo_word(&demo_brand_first, &making->prng),
             demo_word(&demo_brand_second, &making->prng));
    /* The form has the brand once or twice; it is put in by hand, so that no format comes from a
     * table. */
    struct writer out = writer_on(making->name, sizeof making->name - 1);
    const char *form = kind->names[prng_below(&making->prng, kind->names_count)];
    for (const char *at = form; *at != 0; at++) {
        if (at[0] == '%' && at[1] == 's') {
            write_text(&out, brand);
            at++;
        } else {
            write_u8(&out, (uint8_t)*at);
        }
    }
    CHECK(!out.failed);
    making->name[out.size] = 0;
}

/* Most addresses of the list have full-width digits, some half-width ones, few both. */
static void digits_put(struct writer *out, unsigned number, bool wide)
{
    char digits[12];
    snprintf(digits, sizeof digits, "%u", number);
    for (const char *at = digits; *at != 0; at++) {
        unsigned point = FULL_WIDTH_ZERO + (unsigned)(*at - '0');
        if (!wide) {
            write_u8(out, (uint8_t)*at);
            continue;
        }
        write_u8(out, (uint8_t)(0xe0 | point >> 12));
        write_u8(out, (uint8_t)(0x80 | (point >> 6 & 0x3f)));
        write_u8(out, (uint8_t)(0x80 | (point & 0x3f)));
    }
}

static void county_put(struct making *making, const char *zh, struct writer *out)
{
    const char *tai = "臺", *city = "市";
    size_t size = strlen(tai), length = strlen(zh);
    if (one_in(making, 400))
        return; /* some leave it out */
    if (strncmp(zh, tai, size) == 0 && !one_in(making, 4)) {
        write_text(out, "台");
        zh += size;
        length -= size;
    }
    bool is_city = strcmp(zh + length - strlen(city), city) == 0;
    if (is_city && one_in(making, 450)) {
        write_raw(out, bytes_of(zh, length - strlen(city)));
        write_text(out, "巿"); /* U+5DFF: a mistake that the real list makes, too */
    } else {
        write_text(out, zh);
    }
}

static void address_make(struct making *making, const struct demo_county *county,
                         const char *district)
{
    static const char *const sections[] = {"一段", "二段", "三段"};
    struct writer out = writer_on(making->address, sizeof making->address - 1);
    bool wide = !one_in(making, 6), mixed = one_in(making, 600);
    county_put(making, county_find(county->code)->zh, &out);
    write_text(&out, district);
    write_text(&out, demo_word(&demo_brand_first, &making->prng));
    write_text(&out, demo_word(&demo_brand_second, &making->prng));
    write_text(&out, demo_word(&demo_road_kinds, &making->prng));
    if (one_in(making, 3))
        write_text(&out, sections[prng_below(&making->prng, ARRAY_COUNT(sections))]);
    if (one_in(making, 700))
        write_text(&out, "\u3000");
    if (one_in(making, 5)) {
        digits_put(&out, 1 + (unsigned)prng_below(&making->prng, 300), wide);
        write_text(&out, "巷");
    }
    digits_put(&out, 1 + (unsigned)prng_below(&making->prng, 500), wide);
    write_text(&out, "號");
    if (one_in(making, 4)) {
        digits_put(&out, 1 + (unsigned)prng_below(&making->prng, 12), wide != mixed);
        write_text(&out, "樓");
    }
    CHECK(!out.failed);
    making->address[out.size] = 0;
}

/* No subscriber's number begins with 1. */
static void phone_make(struct making *making, const struct demo_county *county)
{
    size_t digits = strlen(county->area) == 2 && county->area[1] == '2' ? 7 : 6;
    uint64_t below = digits == 7 ? 10000000 : 1000000;
    int size = snprintf(making->phone, sizeof making->phone, "(%s)1%0*u", county->area, (int)digits,
                        (unsigned)prng_below(&making->prng, below));
    if (one_in(making, 500))
        snprintf(making->phone + size, sizeof making->phone - (size_t)size, "-%u",
                 1 + (unsigned)prng_below(&making->prng, 900));
}

static enum err place_make(struct making *making, const struct kind *kind,
                           const struct demo_county *county, struct institution *row)
{
    int type = institution_type_find(bytes_from_text(kind->type));
    CHECK(type >= 0);
    const char *district =
        county->districts[prng_below(&making->prng, ARRAY_COUNT(county->districts))];
    *row = (struct institution){.county = county->code,
                                .type = (uint8_t)type,
                                .medical = strcmp(kind->type, "non_medical") != 0,
                                .status = PLACE_OPEN,
                                .status_from = DAY_NONE,
                                .version = 1};
    enum err err = code_make(making, kind, county, &row->id);
    if (err != ERR_OK)
        return err;
    name_make(making, kind);
    address_make(making, county, district);
    phone_make(making, county);
    row->name = bytes_from_text(making->name);
    row->district = bytes_from_text(district);
    row->address = bytes_from_text(making->address);
    row->phone = bytes_from_text(making->phone);
    if (one_in(making, 50)) {
        row->status = one_in(making, 5) ? PLACE_SUSPENDED : PLACE_CLOSED;
        row->status_from = making->world->today - (int32_t)prng_below(&making->prng, 700);
    }
    if (strcmp(kind->type, "pharmacy") == 0)
        row->full_time_pharmacists = (uint16_t)(1 + prng_below(&making->prng, 2));
    return ERR_OK;
}

/* How many the county gets of the `total`: its weight's share, at least COUNTY_LEAST where there is
 * room; what is missing goes to the largest. */
static void shares_make(uint32_t total, uint32_t *shares)
{
    uint64_t sum = 0, given = 0;
    size_t largest = 0;
    for (size_t i = 0; i < demo_counties_count; i++) {
        sum += demo_counties[i].weight;
        if (demo_counties[i].weight > demo_counties[largest].weight)
            largest = i;
    }
    CHECK(demo_counties_count > 0 && sum > 0);
    uint32_t least = total / (2 * (uint32_t)demo_counties_count);
    if (least > COUNTY_LEAST)
        least = COUNTY_LEAST;
    for (size_t i = 0; i < demo_counties_count; i++) {
        shares[i] = (uint32_t)((uint64_t)(total - least * demo_counties_count) *
                               demo_counties[i].weight / sum) +
                    least;
        given += shares[i];
    }
    CHECK(given <= total);
    shares[largest] += (uint32_t)(total - given);
}

enum err demo_institutions(const struct demo_world *world,
                           enum err (*take)(void *context, const struct institution *row),
                           void *context)
{
    uint16_t weights[ARRAY_COUNT(kinds)];
    uint32_t shares[32];
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        weights[i] = kinds[i].weight;
    CHECK(demo_counties_count <= ARRAY_COUNT(shares));
    shares_make(world->institutions, shares);
    struct making making = {.world = world};
    prng_seed(&making.prng, world->seed);
    map_init(&making.used);
    enum err err = ERR_OK;
    for (size_t c = 0; c < demo_counties_count; c++)
        for (uint32_t i = 0; err == ERR_OK && i < shares[c]; i++) {
            /* In the larger counties every kind once, then by weight. */
            size_t kind = i < ARRAY_COUNT(kinds) && shares[c] > 4 * ARRAY_COUNT(kinds)
                              ? i
                              : demo_weighted(weights, ARRAY_COUNT(kinds), &making.prng);
            struct institution row;
            err = place_make(&making, &kinds[kind], &demo_counties[c], &row);
            if (err == ERR_OK)
                err = take(context, &row);
        }
    map_deinit(&making.used);
    return err;
}
