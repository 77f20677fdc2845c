/* Any table at all: a reader's bug or a hostile file may hand over what no sheet holds. The map
 * counts right, keeps its bounds and makes no row both faulty and sealed; the report is written. */
#include "base/check.h"
#include "base/prng.h"
#include "sheet/sheet_write.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include "tests/unit/sheet/sheet_rig.h"
#include <math.h>
#include <string.h>

enum { TABLES = 400, ROWS = 12 };

static struct sheet_rig rig;
static struct prng prng;

#define TEN   "1234567890"
#define FIFTY TEN TEN TEN TEN TEN
#define LONG  (FIFTY FIFTY FIFTY) /* more than any value folds to */

static const char *const texts[] = {"A100000001",
                                    "A100000001 王小明",
                                    "王小明",
                                    "0401180014",
                                    "05 麻醉",
                                    "10",
                                    "1151210",
                                    "0800",
                                    "1,3,5",
                                    "115/12/9",
                                    "8:00",
                                    "2400",
                                    "24:00:00",
                                    "民國",
                                    "中華民國",
                                    "西元",
                                    "115年",
                                    "年月日",
                                    "-",
                                    "/",
                                    "第",
                                    "週",
                                    "星期",
                                    "\xff\xfe",
                                    "\xe5",
                                    "　",
                                    "\xf0\x9f\x98\x80",
                                    "-1",
                                    "999999999",
                                    "99999999999999999999",
                                    "0",
                                    "A10000000\xef\xbc\x91",
                                    "_x0041_",
                                    "_x",
                                    "a\rb\r\n",
                                    LONG};
static const double numbers[] = {0, -1, 5, 800, 1151210, 401180014, 1e15, -1e300, 0.5, 1e308};
static const int32_t days[] = {DAY_NONE, INT32_MAX, INT32_MIN + 1, 0, RIG_TODAY + 9, -25567};
static const int32_t seconds[] = {SECOND_NONE, 0, 28800, 86400, 86401, -7, INT32_MAX, INT32_MIN};

static uint32_t below(uint32_t limit)
{
    return (uint32_t)prng_below(&prng, limit);
}

static void random_cell(struct grid_cell *cell)
{
    cell->kind = below(3) == 0 ? (enum cell_kind)below(CELL_DATE_TIME + 1) : CELL_TEXT;
    cell->formula = below(40) == 0;
    cell->digits_lost = below(40) == 0;
    cell->text = bytes_from_text(texts[below(ARRAY_COUNT(texts))]);
    cell->number = numbers[below(ARRAY_COUNT(numbers))];
    if (below(30) == 0)
        cell->number = below(2) == 0 ? (double)NAN : (double)INFINITY;
    cell->day = days[below(ARRAY_COUNT(days))];
    cell->second = seconds[below(ARRAY_COUNT(seconds))];
}

static void random_table(void)
{
    rig_init(&rig, below(2) == 0 ? FORM_GENERAL : FORM_RULE);
    rig_header(&rig);
    rig.cells.untyped = below(2) == 0;
    rig.ask.person = below(3);
    for (uint32_t i = 0; i < ROWS; i++) {
        rig_good_row(&rig, 2 + 3 * i, FORM_FIELDS, "");
        const struct grid_row *row = &rig.rows[rig.cells.count - 1];
        for (uint32_t changes = below(4); changes > 0; changes--)
            random_cell(&rig.pool[rig.used - 1 - below(row->count)]);
    }
}

static void map_is_sound(void)
{
    const struct sheet_map *map = &rig.map;
    uint32_t total = 0, valid = 0;
    for (uint32_t i = 0; i < map->rows; i++) {
        total += map->lines[i].faults;
        valid += map->lines[i].faults == 0;
        T_EQ_INT(map->lines[i].draft.body_row.size > 0, map->lines[i].faults == 0);
    }
    T_EQ_UINT(map->faults_total, total);
    T_EQ_UINT(map->valid, valid);
    T_EQ_UINT(map->faults_count, total);
    for (uint32_t i = 0; i < map->faults_count; i++) {
        char text[FAULT_SENTENCE_MAX];
        struct writer out = writer_on(text, sizeof text);
        cell_fault_sentence(&map->faults[i], rig.facts, FAULT_ZH, &out);
        T_TRUE(!out.failed && out.size > 0);
        T_TRUE(i == 0 || map->faults[i].row > map->faults[i - 1].row ||
               map->faults[i].column >= map->faults[i - 1].column);
    }
}

TEST(any_table_is_survived)
{
    uint32_t valid = 0, faults = 0;
    prng_seed(&prng, 20261201);
    for (uint32_t i = 0; i < TABLES; i++) {
        struct bytes report;
        random_table();
        rig_read(&rig);
        map_is_sound();
        valid += rig.map.valid;
        faults += rig.map.faults_total;
        if (i % 20 == 0)
            T_OK(sheet_write_report(&rig.map, rig.facts, tmp_dir(), &rig.arena, &report));
        rig_deinit(&rig);
    }
    T_TRUE(valid > TABLES && faults > TABLES); /* both ways were taken often */
}

T_LIST(sheet_random_test, T(any_table_is_survived));
