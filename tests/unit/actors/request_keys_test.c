/* Keys of requests that a client chose with care, and rights that do not imply each other. */
#include "base/check.h"
#include "model/line_codec.h"
#include "tests/lib/t.h"
#include "tests/unit/actors/rig.h"

static struct rig rig;

static enum outcome create(const struct principal *who, struct digest key, bool submit)
{
    uint8_t row[256];
    struct writer out = writer_on(row, sizeof row);
    struct line_draft draft = {.person = RIG_NURSE, .target = RIG_PLACE};
    line_body_write(&out, &draft.body);
    T_FALSE(out.failed);
    draft.body_row = writer_bytes(&out);
    struct msg msg = {.kind = MSG_CASE_CREATE,
                      .principal = *who,
                      .request = key,
                      .body = rig_digest(9),
                      .u.file = {.lines_count = 1, .lines = &draft, .submit = submit}};
    return rig_ask(&rig, &msg);
}

static struct digest key_of(uint8_t first, uint8_t last)
{
    struct digest key = rig_digest(first);
    key.bytes[sizeof key.bytes - 1] = last;
    return key;
}

/* The index knows a key by its first eight bytes, and finding two that share them is cheap. */
TEST(two_keys_of_one_place_in_the_index_grow_old)
{
    rig_open(&rig, (struct addr){ACTOR_INSTITUTION, RIG_HOME});
    for (int restarted = 0; restarted < 2; restarted++) {
        rig_at(&rig, RIG_TODAY + 4 * restarted, 600);
        T_EQ_INT(create(&rig_home, key_of(1, 1), false), OUTCOME_CREATED);
        T_EQ_INT(create(&rig_home, key_of(1, 2), false), OUTCOME_CREATED);
        uint32_t cases = rig_count(&rig, TABLE_CASE);
        T_EQ_INT(create(&rig_home, key_of(1, 2), false), OUTCOME_CREATED); /* the same again */
        T_EQ_UINT(rig_count(&rig, TABLE_CASE), cases);
        if (restarted == 1)
            rig_restart(&rig);
        rig_at(&rig, RIG_TODAY + 4 * restarted + 2, 600);
        T_EQ_INT(create(&rig_home, key_of(3, 1), false), OUTCOME_CREATED);
        T_EQ_UINT(rig_count(&rig, TABLE_REQUEST), 1);
        T_EQ_INT(create(&rig_home, key_of(3, 1), false), OUTCOME_CREATED);
    }
    rig_close(&rig);
}

/* API 8: filing is one right, submitting another. */
TEST(who_may_only_file_does_not_submit_with_it)
{
    struct principal filer = rig_home;
    filer.method = METHOD_TOKEN;
    filer.rights = RIGHT_READ | RIGHT_FILE;
    rig_open(&rig, (struct addr){ACTOR_INSTITUTION, RIG_HOME});
    T_EQ_INT(create(&filer, key_of(1, 1), true), OUTCOME_FORBIDDEN);
    T_EQ_UINT(rig.changes, 0);
    T_EQ_INT(create(&filer, key_of(1, 1), false), OUTCOME_CREATED);
    rig_close(&rig);
}

T_LIST(request_keys_test, T(two_keys_of_one_place_in_the_index_grow_old),
       T(who_may_only_file_does_not_submit_with_it));
