/* People: spread over the institutions by their size, of the professions that work in such a place.
 */
#include "base/check.h"
#include "cli/demo_words.h"
#include "cli/demo_world.h"
#include "model/codes.h"
#include "model/ids.h"
#include "registry/facts_build.h"
#include <stdio.h>
#include <string.h>

enum { YEAR_DAYS = 365, LICENCE_YEARS = 6, SCRAMBLE = 387421, TEXT_SIZE = 160 };

/* Who works in a kind of place: `size` people on average (times 10), the first one leads it. */
struct staff {
    const char *type;
    uint16_t size;
    const char *professions; /* drawn from, with repetitions as weights; the first leads */
};

static const char hospital[] = "AFFFFFFFFFFFFFFFFFAAAAAAAAADDDJJJJSSSQQRRZVYX1FFFFGGKTUW3CBIH5E";
static const struct staff staffs[] = {
    {"medical_center", 2000, hospital},
    {"regional_hospital", 800, hospital},
    {"district_hospital", 200, hospital},
    {"clinic", 15, "AFFFFAGD"}, /* those of dentists and of Chinese medicine: see place_staff */
    {"health_station", 50, "AFFFFGDIH"},
    {"pharmacy", 13, "DDDDDE"},
    {"home_nursing", 25, "FFFFG"},
    {"nursing_home", 40, "FFFFFG"},
    {"midwifery", 10, "IIH"},
    {"laboratory", 20, "JJK"},
    {"radiology", 20, "SST"},
    {"physical_therapy", 20, "QQU"},
    {"occupational_therapy", 20, "RRW"},
    {"home_respiratory", 20, "V"},
    {"rehabilitation_home", 20, "FFRW"},
    {"psychotherapy", 20, "Y"},
    {"counselling", 20, "X"},
    {"speech_therapy", 20, "1"},
    {"audiology", 20, "3"},
    {"optometry", 20, "556"},
    {"dental_technology", 20, "224"},
    {"nutrition", 15, "Z"},
    {"long_term_care", 30, "FFFQRZ"},
    {"non_medical", 0, "A"},
};
static const struct staff staff_dental = {"clinic", 15, "CCCFCF"};
static const struct staff staff_chinese = {"clinic", 15, "BBDBFB"};

struct making {
    const struct demo_world *world;
    struct prng prng;
    uint32_t index; /* of the person */
    char id_no[ID_NO_SIZE + 1], name[TEXT_SIZE], birth_date[DATE_MAX], mobile[16], email[40],
        word[TEXT_SIZE];
};

static bool contains(struct bytes text, const char *part)
{
    return text.size > 0 && memmem(text.data, text.size, part, strlen(part)) != NULL;
}

static const struct staff *place_staff(const struct institution *place)
{
    const char *type = codes_institution_types[place->type].code;
    if (strcmp(type, "clinic") == 0 && contains(place->name, "牙"))
        return &staff_dental;
    if (strcmp(type, "clinic") == 0 && contains(place->name, "中醫"))
        return &staff_chinese;
    for (size_t i = 0; i < ARRAY_COUNT(staffs); i++)
        if (strcmp(staffs[i].type, type) == 0)
            return &staffs[i];
    CHECK(false);
    return NULL;
}

/* A valid number of a range that was never reached: the serial begins with 9. Multiplying by a
 * number without 2 and 5 in it walks through all six digits, so no two are equal. */
static void id_no_make(struct making *making, char letter, bool woman, bool foreign)
{
    uint64_t serial =
        (making->index * (uint64_t)SCRAMBLE + making->world->seed % 1000000) % 1000000;
    char sex = foreign ? (woman ? '9' : '8') : (woman ? '2' : '1');
    for (char check = '0'; check <= '9'; check++) {
        snprintf(making->id_no, sizeof making->id_no, "%c%c9%06u%c", letter, sex, (unsigned)serial,
                 check);
        if (id_no_check(bytes_of(making->id_no, ID_NO_SIZE)) != ID_NO_INVALID)
            return;
    }
    CHECK(false);
}

static void name_make(struct making *making, bool woman, bool foreign)
{
    struct prng *prng = &making->prng;
    const struct demo_words *given = woman ? &demo_given_her : &demo_given_his;
    char *to = making->name;
    if (foreign) {
        snprintf(to, TEXT_SIZE, "%s %s", demo_word(&demo_foreign_given, prng),
                 demo_word(&demo_foreign_family, prng));
    } else if (prng_chance(prng, 45)) {
        snprintf(to, TEXT_SIZE, "%s‧%s", demo_word(&demo_native_given, prng),
                 demo_word(&demo_native_father, prng));
    } else if (prng_chance(prng, 200)) {
        snprintf(to, TEXT_SIZE, "%s%s%s", demo_word(&demo_surnames, prng),
                 demo_word(&demo_rare, prng), demo_word(given, prng));
    } else {
        const char *first = demo_word(given, prng), *second = demo_word(given, prng);
        bool single = prng_chance(prng, 25) || strcmp(first, second) == 0;
        snprintf(to, TEXT_SIZE, "%s%s%s", demo_word(&demo_surnames, prng), first,
                 single ? "" : second);
    }
}

static uint16_t department_make(struct making *making, char profession,
                                const struct institution *place)
{
    static const char *const physicians[] = {"01", "02", "03", "04", "05", "06", "09", "10", "11",
                                             "12", "13", "14", "22", "81", "82", "00", "02", "02"};
    static const struct {
        const char *in_name, *code;
    } by_name[] = {{"家庭醫學", "01"}, {"耳鼻喉", "09"}, {"小兒", "04"},
                   {"內科", "02"},     {"眼科", "10"},   {"婦產", "05"}};
    const char *code = NULL;
    if (profession == 'A') {
        code = physicians[prng_below(&making->prng, ARRAY_COUNT(physicians))];
        for (size_t i = 0; i < ARRAY_COUNT(by_name); i++)
            if (contains(place->name, by_name[i].in_name))
                code = by_name[i].code;
    } else if (profession == 'B') {
        code = "60";
    } else if (profession == 'C') {
        code = "40";
    }
    if (code == NULL)
        return 0;
    const struct department *department = department_find(bytes_from_text(code));
    CHECK(department != NULL);
    return department_pack(department);
}

/* Who leads an open place practises. */
static void status_make(struct making *making, const struct institution *place,
                        struct person_import *row)
{
    static const enum person_status rare[] = {PERSON_SUSPENDED, PERSON_SUSPENDED, PERSON_CLOSED,
                                              PERSON_CLOSED,    PERSON_REVOKED,   PERSON_DECEASED};
    int32_t past = making->world->today - (int32_t)prng_below(&making->prng, YEAR_DAYS);
    row->status = PERSON_PRACTISING;
    row->status_from = DAY_NONE;
    if (place->status == PLACE_CLOSED || place->status == PLACE_SUSPENDED) {
        /* who worked there has stopped with it */
        row->status = place->status == PLACE_CLOSED ? PERSON_CLOSED : PERSON_SUSPENDED;
        row->status_from = place->status_from;
    } else if (!row->head && prng_chance(&making->prng, 60)) {
        row->status = rare[prng_below(&making->prng, ARRAY_COUNT(rare))];
        row->status_from = past;
    }
}

static void licence_make(struct making *making, const struct demo_county *county, char profession,
                         struct person_import *row)
{
    int32_t used = (int32_t)prng_below(&making->prng, (LICENCE_YEARS * YEAR_DAYS) - 120);
    if (prng_chance(&making->prng, 150))
        used = LICENCE_YEARS * YEAR_DAYS + 10 + used % 200; /* ran out */
    row->licence_from = making->world->today - used;
    row->licence_to = row->licence_from + LICENCE_YEARS * YEAR_DAYS;
    snprintf(making->word, sizeof making->word, "%s衛%s執字", county->short_name,
             profession == 'A' ? "醫師" : profession_find(profession)->zh);
    row->licence_word = bytes_from_text(making->word);
    row->licence_number_is_id = true;
}

static void contact_make(struct making *making, struct person_import *row)
{
    if (!prng_chance(&making->prng, 8)) {
        snprintf(making->mobile, sizeof making->mobile, "0900%06u", making->index % 1000000);
        row->mobile = bytes_from_text(making->mobile);
    }
    if (!prng_chance(&making->prng, 3)) {
        snprintf(making->email, sizeof making->email, "p%06u@demo.example", making->index);
        row->email = bytes_from_text(making->email);
    }
}

static void person_make(struct making *making, const struct institution *place,
                        const struct staff *staff, uint32_t nth, struct person_import *row)
{
    struct prng *prng = &making->prng;
    const struct demo_county *county = demo_county_find(place->county);
    CHECK(county != NULL);
    size_t kinds = strlen(staff->professions);
    /* A big place has everybody: its first people walk through the professions, rare ones first. */
    size_t at = nth == 0 ? 0 : nth < kinds && kinds > 20 ? kinds - nth : prng_below(prng, kinds);
    char profession = staff->professions[at];
    bool foreign = prng_chance(prng, 300);
    bool woman = profession == 'F' || profession == 'G' || profession == 'I' || profession == 'H'
                     ? !prng_chance(prng, 20)
                     : prng_chance(prng, 2);
    char letter = prng_chance(prng, 3) ? demo_counties[prng_below(prng, demo_counties_count)].letter
                                       : county->letter;
    id_no_make(making, letter, woman, foreign);
    name_make(making, woman, foreign);
    date_print(making->world->today - 24 * YEAR_DAYS - (int32_t)prng_below(prng, 42 * YEAR_DAYS),
               making->birth_date);
    *row = (struct person_import){.id_no = bytes_from_text(making->id_no),
                                  .name = bytes_from_text(making->name),
                                  .birth_date = bytes_from_text(making->birth_date),
                                  .profession = profession,
                                  .main = !prng_chance(prng, 120),
                                  .head = nth == 0,
                                  .department = department_make(making, profession, place),
                                  .home = place->id};
    if (nth == 0)
        row->main = true;
    licence_make(making, county, profession, row);
    status_make(making, place, row);
    contact_make(making, row);
}

enum err demo_people(const struct demo_world *world, const struct facts *facts,
                     enum err (*take)(void *context, const struct person_import *row),
                     void *context)
{
    CHECK(world->people <= DEMO_PEOPLE_MAX);
    size_t places = facts_institution_count(facts);
    uint64_t sum = 0, until = 0;
    for (size_t i = 0; i < places; i++)
        sum += place_staff(facts_institution_at(facts, i))->size;
    struct making making = {.world = world};
    prng_seed(&making.prng, world->seed + 1);
    for (size_t i = 0; sum > 0 && i < places; i++) {
        const struct institution *place = facts_institution_at(facts, i);
        const struct staff *staff = place_staff(place);
        until += staff->size;
        /* Shares without rounding losses: up to here so many people in all. */
        uint32_t end = (uint32_t)(until * world->people / sum);
        for (uint32_t nth = 0; making.index < end; nth++, making.index++) {
            struct person_import row;
            person_make(&making, place, staff, nth, &row);
            enum err err = take(context, &row);
            if (err != ERR_OK)
                return err;
        }
    }
    return ERR_OK;
}
