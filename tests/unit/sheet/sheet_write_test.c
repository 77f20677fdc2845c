/* Workbooks as bytes: the same for the same input, and what goes wrong. What stands in them is
 * looked at by tests/e2e/sheet_test.py, with openpyxl. */
#include "sheet/sheet_write.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include "tests/unit/sheet/sheet_rig.h"
#include <dirent.h>
#include <string.h>

static struct sheet_rig rig;

static uint32_t files_in(const char *folder)
{
    uint32_t count = 0;
    DIR *dir = opendir(folder);
    T_TRUE(dir != NULL);
    while (readdir(dir) != NULL)
        count++;
    (void)closedir(dir);
    return count;
}

TEST(a_template_is_the_same_bytes_each_time)
{
    const struct sheet_staff staff = {BYTES_LITERAL("A100000001"), BYTES_LITERAL("王小明"), 'F', 0};
    struct bytes first, again, other;
    struct arena arena;
    arena_init(&arena, 64 * 1024, 8 << 20);
    T_OK(sheet_write_template(FORM_GENERAL, &staff, 1, tmp_dir(), &arena, &first));
    T_OK(sheet_write_template(FORM_GENERAL, &staff, 1, tmp_dir(), &arena, &again));
    T_OK(sheet_write_template(FORM_RULE, NULL, 0, tmp_dir(), &arena, &other));
    T_TRUE(first.size > 4000 && memcmp(first.data, "PK\3\4", 4) == 0);
    T_EQ_BYTES(first, again);
    T_FALSE(bytes_equal(first, other));
    T_EQ_UINT(files_in(tmp_dir()), 2); /* . and .. */
    arena_deinit(&arena);
}

TEST(a_report_is_the_same_bytes_each_time)
{
    struct bytes first, again;
    rig_init(&rig, FORM_GENERAL);
    rig_header(&rig);
    rig_good_row(&rig, 2, FORM_PURPOSE, "98");
    rig_read(&rig);
    T_OK(sheet_write_report(&rig.map, rig.facts, tmp_dir(), &rig.arena, &first));
    T_OK(sheet_write_report(&rig.map, rig.facts, tmp_dir(), &rig.arena, &again));
    T_EQ_BYTES(first, again);
    T_EQ_UINT(files_in(tmp_dir()), 2);
    rig_deinit(&rig);
}

TEST(a_folder_that_is_not_there)
{
    struct bytes out;
    struct arena arena;
    arena_init(&arena, 64 * 1024, 8 << 20);
    T_ERR(sheet_write_template(FORM_GENERAL, NULL, 0, "/nowhere/at/all", &arena, &out), ERR_IO);
    arena_deinit(&arena);
}

TEST(no_memory)
{
    static const size_t quotas[] = {64 * 1024, 136 * 1024}; /* not the scratch; not the file */
    for (size_t i = 0; i < ARRAY_COUNT(quotas); i++) {
        struct bytes out;
        struct arena arena;
        arena_init(&arena, 1024, quotas[i]);
        T_ERR(sheet_write_template(FORM_RULE, NULL, 0, tmp_dir(), &arena, &out), ERR_NO_MEMORY);
        arena_deinit(&arena);
    }
}

T_LIST(sheet_write_test, T(a_template_is_the_same_bytes_each_time),
       T(a_report_is_the_same_bytes_each_time), T(a_folder_that_is_not_there), T(no_memory));
