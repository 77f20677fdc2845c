#include "registry/facts_build.h"
#include "base/check.h"
#include "model/codes.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include <string.h>

static struct institution place(uint64_t id, const char *name)
{
    return (struct institution){.id = id,
                                .name = bytes_from_text(name),
                                .address = BYTES_LITERAL("花蓮縣某路１號"),
                                .county = 10015,
                                .medical = true,
                                .status_from = DAY_NONE};
}

static struct person someone(uint64_t id, const char *name, uint64_t home)
{
    struct person person = {.id = id,
                            .name = bytes_from_text(name),
                            .profession = 'F',
                            .main = true,
                            .home = home,
                            .sealed = BYTES_LITERAL("\x01sealed"),
                            .status_from = DAY_NONE};
    memcpy(person.lookup.bytes, &id, sizeof id);
    return person;
}

static void add_place(struct facts_builder *builder, struct institution row)
{
    T_OK(facts_builder_add_institution(builder, &row));
}

static void add_person(struct facts_builder *builder, struct person row)
{
    T_OK(facts_builder_add_person(builder, &row));
}

TEST(an_empty_snapshot_answers_nothing)
{
    struct facts_builder builder;
    const struct facts *facts;
    facts_builder_init(&builder);
    T_OK(facts_build(&builder, 7, &facts));
    T_EQ_UINT(facts_number(facts), 7);
    T_TRUE(facts_institution(facts, 1) == NULL);
    T_TRUE(facts_person(facts, 1) == NULL);
    T_EQ_UINT(facts_staff_count(facts, 1), 0);
    T_TRUE(facts_staff(facts, 1, 0) == NULL);
    size_t holidays;
    facts_holidays(facts, &holidays);
    T_EQ_UINT(holidays, 0);
    facts_free(facts);
}

TEST(rows_are_found_and_their_texts_are_copies)
{
    struct facts_builder builder;
    const struct facts *facts;
    char name[] = "青禾診所";
    facts_builder_init(&builder);
    add_place(&builder, place(5, name));
    add_person(&builder, someone(77, "林一", 5));
    memset(name, 'x', sizeof name - 1);
    T_OK(facts_build(&builder, 1, &facts));
    T_EQ_BYTES(facts_institution(facts, 5)->name, BYTES_LITERAL("青禾診所"));
    T_EQ_UINT(facts_institution(facts, 5)->phone.size, 0);
    T_EQ_UINT(facts_person(facts, 77)->home, 5);
    T_EQ_BYTES(facts_person(facts, 77)->sealed, BYTES_LITERAL("\x01sealed"));
    T_TRUE(facts_person(facts, 5) == NULL);
    facts_free(facts);
}

TEST(a_person_is_found_by_the_lookup_of_the_id_number)
{
    struct facts_builder builder;
    const struct facts *facts;
    facts_builder_init(&builder);
    for (uint64_t id = 1; id <= 500; id++)
        add_person(&builder, someone(id * 7919, "林", 1));
    struct person unknown = someone(9, "無號", 1);
    memset(&unknown.lookup, 0, sizeof unknown.lookup);
    add_person(&builder, unknown);
    T_OK(facts_build(&builder, 1, &facts));
    for (uint64_t id = 1; id <= 500; id++) {
        struct person want = someone(id * 7919, "林", 1);
        T_TRUE(facts_person_by_lookup(facts, &want.lookup) == facts_person(facts, id * 7919));
    }
    struct digest none = {{0}}, other = {{9, 9, 9, 9, 9, 9, 9, 9, 9}};
    T_TRUE(facts_person_by_lookup(facts, &none) == NULL);
    T_TRUE(facts_person_by_lookup(facts, &other) == NULL);
    facts_free(facts);
}

TEST(staff_stands_by_home_in_the_order_of_names_then_ids)
{
    struct facts_builder builder;
    const struct facts *facts;
    facts_builder_init(&builder);
    add_person(&builder, someone(4, "c", 10));
    add_person(&builder, someone(3, "a", 20));
    add_person(&builder, someone(9, "b", 10));
    add_person(&builder, someone(2, "b", 10));
    add_person(&builder, someone(6, "nobody", 0));
    T_OK(facts_build(&builder, 1, &facts));
    T_EQ_UINT(facts_staff_count(facts, 10), 3);
    T_EQ_UINT(facts_staff(facts, 10, 0)->id, 2);
    T_EQ_UINT(facts_staff(facts, 10, 1)->id, 9);
    T_EQ_UINT(facts_staff(facts, 10, 2)->id, 4);
    T_TRUE(facts_staff(facts, 10, 3) == NULL);
    T_EQ_UINT(facts_staff_count(facts, 20), 1);
    T_EQ_UINT(facts_staff_count(facts, 0), 0);
    facts_free(facts);
}

TEST(homes_are_kept_apart_however_the_rows_come)
{
    struct facts_builder builder;
    const struct facts *facts;
    facts_builder_init(&builder);
    for (uint64_t id = 1; id <= 700; id++)
        add_person(&builder, someone(id, id % 2 == 0 ? "b" : "a", 10 + id * 5 % 7));
    T_OK(facts_build(&builder, 1, &facts));
    for (uint64_t home = 10; home < 17; home++) {
        T_EQ_UINT(facts_staff_count(facts, home), 100);
        for (size_t i = 0; i < 100; i++) {
            const struct person *person = facts_staff(facts, home, i);
            T_EQ_UINT(person->home, home);
            T_EQ_BYTES(person->name, i < 50 ? BYTES_LITERAL("a") : BYTES_LITERAL("b"));
            if (i % 50 > 0)
                T_TRUE(facts_staff(facts, home, i - 1)->id < person->id);
        }
    }
    facts_free(facts);
}

TEST(a_second_row_of_an_id_takes_the_place_of_the_first)
{
    struct facts_builder builder;
    const struct facts *facts;
    facts_builder_init(&builder);
    add_place(&builder, place(5, "舊名"));
    add_place(&builder, place(6, "別的"));
    add_place(&builder, place(5, "新名"));
    add_person(&builder, someone(1, "人", 5));
    add_person(&builder, someone(1, "人", 6));
    T_OK(facts_build(&builder, 1, &facts));
    T_EQ_UINT(facts_institution_count(facts), 2);
    T_EQ_BYTES(facts_institution(facts, 5)->name, BYTES_LITERAL("新名"));
    T_EQ_UINT(facts_staff_count(facts, 5), 0);
    T_EQ_UINT(facts_staff_count(facts, 6), 1);
    facts_free(facts);
}

TEST(bureaus_have_defaults_until_set)
{
    struct facts_builder builder;
    const struct facts *facts;
    facts_builder_init(&builder);
    struct bureau_rules rules = {.due_days = 3, .lead_days = 5, .max_period_days = 180, true};
    T_OK(facts_builder_set_bureau(&builder, 10002, &rules));
    T_ERR(facts_builder_set_bureau(&builder, 12345, &rules), ERR_NOT_FOUND);
    T_OK(facts_build(&builder, 1, &facts));
    T_EQ_UINT(facts_bureau(facts, 10002)->due_days, 3);
    T_TRUE(facts_bureau(facts, 10002)->consent_needed);
    for (size_t i = 0; i < codes_counties_count; i++) {
        const struct bureau_rules *found = facts_bureau(facts, codes_counties[i].code);
        T_TRUE(found != NULL);
        if (codes_counties[i].code == 10002)
            continue;
        T_EQ_UINT(found->due_days, 7);
        T_EQ_UINT(found->lead_days, 0);
        T_EQ_UINT(found->max_period_days, 365);
        T_FALSE(found->consent_needed);
    }
    T_TRUE(facts_bureau(facts, 1) == NULL);
    facts_free(facts);
}

TEST(holidays_are_sorted_and_unique)
{
    struct facts_builder builder;
    const struct facts *facts;
    const int32_t given[] = {20454, 20089, 20454, -3, 20100}, want[] = {-3, 20089, 20100, 20454};
    facts_builder_init(&builder);
    for (size_t i = 0; i < ARRAY_COUNT(given); i++)
        T_OK(facts_builder_add_holiday(&builder, given[i]));
    T_OK(facts_build(&builder, 1, &facts));
    size_t count;
    const int32_t *days = facts_holidays(facts, &count);
    T_EQ_UINT(count, ARRAY_COUNT(want));
    T_EQ_MEM(days, want, sizeof want);
    facts_free(facts);
}

TEST(a_snapshot_can_start_from_another_one)
{
    struct facts_builder builder;
    const struct facts *first, *second;
    struct bureau_rules rules = {.due_days = 2};
    facts_builder_init(&builder);
    add_place(&builder, place(5, "一"));
    add_person(&builder, someone(1, "人", 5));
    T_OK(facts_builder_add_holiday(&builder, 100));
    T_OK(facts_builder_set_bureau(&builder, 63000, &rules));
    T_OK(facts_build(&builder, 1, &first));
    T_OK(facts_builder_add_all(&builder, first));
    add_place(&builder, place(6, "二"));
    T_OK(facts_build(&builder, 2, &second));
    facts_free(first);
    T_EQ_UINT(facts_number(second), 2);
    T_EQ_BYTES(facts_institution(second, 5)->name, BYTES_LITERAL("一"));
    T_EQ_BYTES(facts_institution(second, 6)->name, BYTES_LITERAL("二"));
    T_EQ_UINT(facts_staff_count(second, 5), 1);
    T_EQ_UINT(facts_bureau(second, 63000)->due_days, 2);
    size_t holidays;
    T_EQ_INT(facts_holidays(second, &holidays)[0], 100);
    facts_free(second);
}

/* One attempt at a small snapshot, for the sweep over failing allocations. */
static void build_small(void *context)
{
    (void)context;
    struct facts_builder builder;
    const struct facts *facts = NULL;
    facts_builder_init(&builder);
    struct institution row = place(5, "青禾診所");
    struct person person = someone(1, "林一", 5);
    bool good = facts_builder_add_institution(&builder, &row) == ERR_OK &&
                facts_builder_add_person(&builder, &person) == ERR_OK &&
                facts_builder_add_holiday(&builder, 3) == ERR_OK &&
                facts_build(&builder, 1, &facts) == ERR_OK;
    T_TRUE(good == !heap_failed());
    facts_builder_deinit(&builder);
    facts_free(facts);
}

TEST(every_failing_allocation_is_an_error_without_a_leak)
{
    T_TRUE(heap_sweep(build_small, NULL) > 5);
}

T_LIST(facts_build_test, T(an_empty_snapshot_answers_nothing),
       T(rows_are_found_and_their_texts_are_copies),
       T(a_person_is_found_by_the_lookup_of_the_id_number),
       T(staff_stands_by_home_in_the_order_of_names_then_ids),
       T(homes_are_kept_apart_however_the_rows_come),
       T(a_second_row_of_an_id_takes_the_place_of_the_first), T(bureaus_have_defaults_until_set),
       T(holidays_are_sorted_and_unique), T(a_snapshot_can_start_from_another_one),
       T(every_failing_allocation_is_an_error_without_a_leak));
