#include "tests/lib/t.h"
#include "tests/unit/actors/rig.h"

static struct rig rig;

TEST(records_become_rows_with_one_audit_record)
{
    rig_open(&rig, ADDR_REGISTRY);
    struct institution institution = {.id = 77, .county = RIG_COUNTY, .version = 1};
    struct person people[2] = {{.id = 5, .profession = 'A', .version = 1},
                               {.id = 6, .profession = 'F', .version = 2}};
    struct msg msg = {.kind = MSG_REGISTRY_PUT,
                      .u.registry = {.institutions_count = 1,
                                     .people_count = 2,
                                     .institutions = &institution,
                                     .people = people}};
    T_EQ_INT(rig_ask(&rig, &msg), OUTCOME_OK);
    T_EQ_UINT(rig_count(&rig, TABLE_INSTITUTION), 1);
    T_EQ_UINT(rig_count(&rig, TABLE_PERSON), 2);
    T_EQ_UINT(rig_count(&rig, TABLE_AUDIT), 1);
    struct row_key key = key_of_u64(6);
    const struct rig_row *row = rig_row(&rig, TABLE_PERSON, row_key_bytes(&key));
    struct person back;
    T_TRUE(row != NULL);
    T_OK(person_read(row->value, &back));
    T_EQ_UINT(back.version, 2);
    rig_restart(&rig);
    rig_close(&rig);
}

TEST(nothing_to_put_leaves_no_trace)
{
    rig_open(&rig, ADDR_REGISTRY);
    struct msg msg = {.kind = MSG_REGISTRY_PUT};
    T_EQ_INT(rig_ask(&rig, &msg), OUTCOME_OK);
    T_EQ_UINT(rig.changes, 0);
    rig_close(&rig);
}

TEST(nothing_else_comes_to_the_registry)
{
    rig_open(&rig, ADDR_REGISTRY);
    struct msg msg = {.kind = MSG_SUBMIT};
    T_ABORTS(rig_receive(&rig, &msg));
    rig_close(&rig);
}

T_LIST(registry_test, T(records_become_rows_with_one_audit_record),
       T(nothing_to_put_leaves_no_trace), T(nothing_else_comes_to_the_registry));
