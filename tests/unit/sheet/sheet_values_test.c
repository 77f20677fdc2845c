/* One cell at a time: what it means, or which fault it has (DOMAIN 6.1, API 1.2). */
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/sheet/sheet_rig.h"
#include <stdio.h>
#include <string.h>

static struct sheet_rig rig;

/* `code` NULL: no fault, and the draft's text has `is` in it. Else the only fault, at the field's
 * own cell, with the value as read; `is` is part of its sentence. */
struct value_case {
    const char *cell, *code, *is;
};

static const char *value_of(const char *cell)
{
    return cell[0] != '\0' && strchr("#~?%=@^", cell[0]) != NULL ? cell + 1 : cell;
}

static void check_at(enum form_kind kind, enum form_field field, const struct value_case *want)
{
    rig_good_row(&rig, 2, field, want->cell);
    rig_read(&rig);
    if (want->code == NULL) {
        T_EQ_STR(rig_faults(&rig), "");
        T_HAS(rig_draft(&rig, 0), want->is);
        return;
    }
    char expected[1024], column[COLUMN_NAME_MAX], text[FAULT_SENTENCE_MAX];
    form_column_name(rig_column(kind, field), column);
    (void)snprintf(expected, sizeof expected, "2 %s %s2 %s %s\n", column, column, want->code,
                   value_of(want->cell));
    T_EQ_STR(rig_faults(&rig), expected);
    struct writer out = writer_on(text, sizeof text - 1);
    cell_fault_sentence(&rig.map.faults[0], rig.facts, FAULT_ZH, &out);
    text[out.size] = '\0';
    T_HAS(text, want->is);
    out = writer_on(text, sizeof text - 1);
    cell_fault_sentence(&rig.map.faults[0], rig.facts, FAULT_EN, &out);
    T_TRUE(!out.failed && out.size > 5);
}

static void check_cases(enum form_kind kind, enum form_field field, const struct value_case *cases,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rig_init(&rig, kind);
        rig_header(&rig);
        check_at(kind, field, &cases[i]);
        rig_deinit(&rig);
    }
}

#define CHECK_CASES(kind, field, cases) check_cases(kind, field, cases, ARRAY_COUNT(cases))

TEST(id_numbers)
{
    static const struct value_case cases[] = {
        {"A100000001", NULL, "1 0401180014"},
        {" a100000001　", NULL, "1 0401180014"},
        {"Ａ１０００００００１", NULL, "1 0401180014"},
        {"A1000 00001", NULL, "1 0401180014"},
        {"A100000001 王小明", NULL, "1 0401180014"}, /* the drop-down's text */
        {"A100000001王小明", NULL, "1 0401180014"},
        {"A100000001 林宜蓁", "name_mismatch", "請核對兩者"},
        {"A10000000", "bad_id_no", "應為 10 碼"},
        {"A1000000011", "bad_id_no", "應為 10 碼"},
        {"A100000002", "bad_id_no", "檢查碼不符"},
        {"A100000O01", "bad_id_no", "O 與 0、I 與 1），請更正：第 8 碼"},
        {"AI00000001", "bad_id_no", "第 2 碼"},
        {"A1OOOOOOO1", "bad_id_no", "第 3 碼"},
        {"1100000001", "bad_id_no", "第 1 碼"},
        {"A300000001", "bad_id_no", "1 個英文字母加 9 個數字"},
        {"AB0000000C", "bad_id_no", "1 個英文字母加 9 個數字"},
        {"王小明", "bad_id_no", "應為 10 碼"},
        {"#1000000019", "bad_id_no", ""},
        {"A970000008", "not_your_staff", "請確認其執業登記機構"},
        {"A123456789", "not_your_staff", ""},
        {"=A100000001", "formula", "貼上值"},
        {"=", "formula", "貼上值"},
        {"^", "formula", "貼上值"}, /* as programs write it that don't calculate */
        {"?FALSE", "bad_type", "邏輯值"},
        {"%#REF!", "bad_type", "錯誤值"},
        {"@2026-12-10", "bad_type", "日期"},
        {"~12345678901234567890", "bad_type", "15 位"},
        {"A100000001\xe2\x80\x8b", "bad_text", "看不見"}, /* a zero-width blank */
        {"", "required", "必填"},
    };
    CHECK_CASES(FORM_GENERAL, FORM_ID_NO, cases);
}

TEST(names)
{
    static const struct value_case people[] = {
        {"", NULL, "1 0401180014"},
        {" 王小明 ", NULL, "1 0401180014"},
        {"王 小明", NULL, "1 0401180014"},
        {"王曉明", "name_mismatch", "執業登記不符"},
        {"林宜蓁", "name_mismatch", "執業登記不符"},
        {"#5", "name_mismatch", "執業登記不符"},
        {"=王小明", "formula", "貼上值"},
        {"王小明\x7f", "bad_text", "看不見"},
    };
    static const struct value_case places[] = {
        {"國立台灣澄河大學醫學院附設醫院", NULL, "0401180014"}, /* 台 for 臺 */
        {"國立臺灣澄河大學 醫學院附設醫院", NULL, "0401180014"},
        {"臺大醫院", "name_mismatch", "機構名稱與此代碼的登記不符"},
        {"%#N/A", "bad_type", "錯誤值"},
    };
    CHECK_CASES(FORM_GENERAL, FORM_PERSON_NAME, people);
    CHECK_CASES(FORM_GENERAL, FORM_TARGET_NAME, places);
}

TEST(places)
{
    static const struct value_case cases[] = {
        {"０４０１１８００１４", NULL, "0401180014"},
        {"0401 1800 14", NULL, "0401180014"},
        {"#401180014", NULL, "0401180014"}, /* the number lost its zero */
        {"#101090517", NULL, "0101090517"}, /* genuine, with a check digit that is wrong */
        {"401180014", "unknown_institution", "應為 10 碼"},
        {"0401180015", "unknown_institution",
         "檢查碼不符，請核對是否打錯；相近的有 0401180014 國立臺灣澄河大學醫學院附設醫院"},
        {"4001180014", "unknown_institution", "相近的有 0401180014"}, /* exchanged */
        {"3501000007", "unknown_institution", "查無此機構代碼，請核對"},
        {"臺大醫院", "unknown_institution", "應為 10 碼"},
        {"#4011800.5", "unknown_institution", "應為 10 碼"},
        {"@2026-12-10", "bad_type", "文字格式"},
        {"", "required", "必填"},
    };
    CHECK_CASES(FORM_GENERAL, FORM_TARGET, cases);
}

/* In CSV every value is text: zeros come back only where the check digit agrees. */
TEST(places_in_csv)
{
    static const struct value_case cases[] = {
        {"401180014", NULL, "0401180014"},
        {"101090517", "unknown_institution", "應為 10 碼"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        rig_init(&rig, FORM_GENERAL);
        rig_header(&rig);
        rig.cells.untyped = true;
        check_at(FORM_GENERAL, FORM_TARGET, &cases[i]);
        rig_deinit(&rig);
    }
}

TEST(near_matches_are_looked_up_once_a_value_and_20_a_file)
{
    rig_init(&rig, FORM_GENERAL);
    rig_header(&rig);
    for (uint32_t i = 0; i < 60; i++)
        rig_good_row(&rig, 2 + i, FORM_TARGET, "0401180015");
    rig_read(&rig);
    T_EQ_UINT(rig.near_calls, 1);
    T_EQ_UINT(rig.map.faults[59].near_count, 1);
    static char codes[60][12];
    rig.cells.count = 1;
    for (uint32_t i = 0; i < 60; i++) {
        (void)snprintf(codes[i], sizeof codes[i], "99999999%02u", i);
        rig_good_row(&rig, 2 + i, FORM_TARGET, codes[i]);
    }
    rig.near_calls = 0;
    rig_read(&rig);
    T_EQ_UINT(rig.map.faults_total, 60);
    T_EQ_UINT(rig.near_calls, 20);
    rig_deinit(&rig);
}

TEST(departments)
{
    static const struct value_case cases[] = {
        {"", NULL, "0401180014 - 10"},
        {"05", NULL, "0401180014 05 10"},
        {"5", NULL, "0401180014 05 10"},
        {"#5", NULL, "0401180014 05 10"},
        {"#81", NULL, "0401180014 81 10"},
        {"2a", NULL, "0401180014 2A 10"},
        {"０５", NULL, "0401180014 05 10"},
        {"2A 結核科", NULL, "0401180014 2A 10"},
        {"05婦產科", NULL, "0401180014 05 10"},
        {"05-婦產科", NULL, "0401180014 05 10"},
        {"05 骨科", "unknown_department", "代碼與後面的名稱不是同一項"},
        {"婦產科", "unknown_department", "請填代碼，不要只填名稱：05"},
        {"99", "unknown_department", "請參考代碼表"},
        {"005", "unknown_department", "請參考代碼表"},
        {"#5.5", "unknown_department", "代碼與後面的名稱不是同一項"},
        {"@2026-12-10", "bad_type", "文字格式"},
    };
    CHECK_CASES(FORM_GENERAL, FORM_DEPARTMENT, cases);
}

TEST(purposes)
{
    static const struct value_case cases[] = {
        {"05", NULL, "- 05 115"},
        {"05 麻醉", NULL, "- 05 115"},
        {"#5", NULL, "- 05 115"},
        {"5", NULL, "- 05 115"},
        {"０５　麻醉", NULL, "- 05 115"},
        {"14 照護機構（長照／護理之家）支援", NULL, "- 14 115"},
        {"14照護機構(長照/護理之家)支援", NULL, "- 14 115"},
        {"05 手術", "unknown_purpose", "代碼與後面的名稱不是同一項"},
        {"麻醉", "unknown_purpose", "請填代碼，不要只填名稱：05"},
        {"#98", "unknown_purpose", "查無此支援目的代碼"},
        {"00", "unknown_purpose", "查無此支援目的代碼"},
        {"支援", "unknown_purpose", "查無此支援目的代碼"},
        {"?TRUE", "bad_type", "邏輯值"},
        {"=05", "formula", "公式"},
        {"", "required", "必填"},
    };
    CHECK_CASES(FORM_GENERAL, FORM_PURPOSE, cases);
}

TEST(dates)
{
    static const struct value_case cases[] = {
        {"1151210", NULL, "115年12月10日（四）08:00 到"},
        {"#1151210", NULL, "115年12月10日（四）08:00 到"},
        {"１１５１２１０", NULL, "115年12月10日（四）08:00 到"},
        {"115/12/10", NULL, "115年12月10日（四）08:00 到"},
        {"115/12/9", NULL, "115年12月9日（三）08:00 到"},
        {"115-12-09", NULL, "115年12月9日（三）08:00 到"},
        {"115.12.9", NULL, "115年12月9日（三）08:00 到"},
        {"115－12－9", NULL, "115年12月9日（三）08:00 到"},
        {"民國115年12月9日", NULL, "115年12月9日（三）08:00 到"},
        {"中華民國 115 年 12 月 9 日", NULL, "115年12月9日（三）08:00 到"},
        {"115年12月9號", NULL, "115年12月9日（三）08:00 到"},
        {"2026-12-09", NULL, "115年12月9日（三）08:00 到"},
        {"2026/12/9", NULL, "115年12月9日（三）08:00 到"},
        {"20261209", NULL, "115年12月9日（三）08:00 到"},
        {"西元2026年12月9日", NULL, "115年12月9日（三）08:00 到"},
        {"@2026-12-09", NULL, "115年12月9日（三）08:00 到"},
        {"@2026-12-09 00:00", NULL, "115年12月9日（三）08:00 到"},
        {"115/2/30", "bad_date", "沒有這一天"},
        {"1150230", "bad_date", "沒有這一天"},
        {"1151301", "bad_date", "沒有這一天"},
        {"0000101", "bad_date", "沒有這一天"},
        {"#151210", "bad_date", "民國年 7 碼"}, /* 15 or 115? */
        {"151210", "bad_date", "民國年 7 碼"},
        {"#46366", "bad_date", "民國年 7 碼"}, /* a day's serial number without its format */
        {"#1151210.5", "bad_date", "民國年 7 碼"},
        {"115/12", "bad_date", "民國年 7 碼"},
        {"115/12-09", "bad_date", "民國年 7 碼"},
        {"12/09/2026", "bad_date", "民國年 7 碼"},
        {"西元115年12月9日", "bad_date", "民國年 7 碼"},
        {"民國2026年12月9日", "bad_date", "民國年 7 碼"},
        {"明天", "bad_date", "民國年 7 碼"},
        {"115/12/9 08:00", "bad_date", "民國年 7 碼"},
        {"@2026-12-09 08:00", "bad_date", "時間請填在時間欄"},
        {"@08:00", "bad_date", "民國年 7 碼"},
        {"=1151210", "formula", "公式"},
        {"", "required", "必填"},
    };
    CHECK_CASES(FORM_GENERAL, FORM_FROM_DATE, cases);
}

TEST(times)
{
    static const struct value_case cases[] = {
        {"0800", NULL, "08:00 到"},
        {"#800", NULL, "08:00 到"},
        {"800", NULL, "08:00 到"},
        {"#1130", NULL, "11:30 到"},
        {"08:00", NULL, "08:00 到"},
        {"8:00", NULL, "08:00 到"},
        {"８：３０", NULL, "08:30 到"},
        {"08:00:00", NULL, "08:00 到"},
        {"8時30分", NULL, "08:30 到"},
        {"8點", NULL, "08:00 到"},
        {"@08:00", NULL, "08:00 到"},
        {"#0", NULL, "00:00 到"},
        {"0000", NULL, "00:00 到"},
        {"2400", "bad_time", "請改填次日 0000"},
        {"@24:00", "bad_time", "請改填次日 0000"},
        {"2500", "bad_time", "沒有這個時間"},
        {"0860", "bad_time", "沒有這個時間"},
        {"24:01", "bad_time", "沒有這個時間"},
        {"08:00:30", "bad_time", "請去掉秒"},
        {"@08:00:30", "bad_time", "請去掉秒"},
        {"@2026-12-10 08:00", "bad_time", "日期請填在日期欄"},
        {"@2026-12-10", "bad_time", "日期請填在日期欄"},
        {"#8", "bad_time", "24 小時制 4 碼"}, /* 00:08 or 08:00? */
        {"#0.333333333333333", "bad_time", "24 小時制 4 碼"},
        {"8", "bad_time", "24 小時制 4 碼"},
        {"08000", "bad_time", "24 小時制 4 碼"},
        {"上午8:00", "bad_time", "24 小時制 4 碼"},
        {"8:0", "bad_time", "24 小時制 4 碼"},
        {"?TRUE", "bad_type", "邏輯值"},
        {"", "required", "必填"},
    };
    static const struct value_case ends[] = {
        {"2400", NULL, "到 115年12月10日（四）24:00"},
        {"#2400", NULL, "到 115年12月10日（四）24:00"},
        {"@24:00", NULL, "到 115年12月10日（四）24:00"},
        {"1730", NULL, "到 115年12月10日（四）17:30"},
        {"0900　", NULL, "到 115年12月10日（四）09:00"},
        {"2401", "bad_time", "沒有這個時間"},
    };
    CHECK_CASES(FORM_GENERAL, FORM_START_TIME, cases);
    CHECK_CASES(FORM_GENERAL, FORM_END_TIME, ends);
}

TEST(weekdays)
{
    static const struct value_case cases[] = {
        {"1,3,5", NULL, "每週星期一、三、五"},
        {"#3", NULL, "每週星期三"},
        {"７", NULL, "每週星期日"},
        {"1，3、5", NULL, "每週星期一、三、五"},
        {"5 1", NULL, "每週星期一、五"},
        {"一三五", NULL, "每週星期一、三、五"},
        {"週一、週三", NULL, "每週星期一、三"},
        {"星期日", NULL, "每週星期日"},
        {"禮拜天,1", NULL, "每週星期一、日"},
        {"135", "bad_rule", "以逗號分開"},
        {"#135", "bad_rule", "以逗號分開"},
        {"#1.3", "bad_rule", "以逗號分開"},
        {"8", "bad_rule", "1 至 7"},
        {"0", "bad_rule", "1 至 7"},
        {"一到五", "bad_rule", "1 至 7"},
        {"週", "bad_rule", "1 至 7"},
        {"1,1", "bad_rule", "填了兩次"},
        {"@2026-01-03", "bad_type", "文字格式"},
        {"=3", "formula", "公式"},
        {"", "required", "必填"},
    };
    CHECK_CASES(FORM_RULE, FORM_WEEKDAY, cases);
}

TEST(rule_codes)
{
    static const struct value_case cases[] = {
        {"1", NULL, "每週星期一、三"},
        {"#1", NULL, "每週星期一、三"},
        {"1 每週星期", NULL, "每週星期一、三"},
        {"１．每週星期", NULL, "每週星期一、三"},
        {"1 每隔n日", "bad_rule", "代碼與後面的名稱不是同一項"},
        {"6", "bad_rule", "規則代碼為 1"},
        {"每週", "bad_rule", "規則代碼為 1"},
        {"11", "bad_rule", "規則代碼為 1"},
        {"", "required", "必填"},
    };
    CHECK_CASES(FORM_RULE, FORM_RULE_CODE, cases);
}

TEST(rules_and_their_numbers)
{
    static const struct {
        const char *rule, *number, *weekday, *faults, *sentence;
    } cases[] = {
        {"1", "1", "1", "", "每週星期一"}, /* every 1 week */
        {"1", "2", "1", "2 J J2 bad_rule 2\n", "請清空此格"},
        {"2 每月第n週星期", "#2", "3", "", "每月第 2 個星期三"},
        {"2", "-1", "3", "", "每月最後一個星期三"},
        {"2", "－１", "三", "", "每月最後一個星期三"},
        {"2", "6", "3", "2 J J2 bad_rule 6\n", "1 至 5"},
        {"2", "0", "3", "2 J J2 bad_rule 0\n", "1 至 5"},
        {"2", "", "3", "2 J J2 required \n", "必填"},
        {"2", "2", "", "2 K K2 required \n", "必填"},
        {"2", "2", "1,3", "2 K K2 bad_rule 1,3\n", "只能填一個星期"},
        {"3", "15", "", "", "每月 15 日"},
        {"3", "#32", "", "2 J J2 bad_rule 32\n", "1 至 31"},
        {"3", "15", "1", "2 K K2 bad_rule 1\n", "請清空此格"},
        {"4", "2", "5", "", "每 2 週一次，星期五"},
        {"4", "1", "5", "2 J J2 bad_rule 1\n", "每週請改用規則 1"},
        {"4", "53", "5", "2 J J2 bad_rule 53\n", "2 至 52"},
        {"4", "二", "5", "2 J J2 bad_rule 二\n", "2 至 52"},
        {"4", "2", "5 6", "2 K K2 bad_rule 5 6\n", "只能填一個星期"},
        {"5", "3", "", "", "每 3 日"},
        {"5", "366", "", "2 J J2 bad_rule 366\n", "1 至 365"},
        {"5", "#2.5", "", "2 J J2 bad_rule 2.5\n", "1 至 365"},
        {"9", "=2", "?TRUE", "2 I I2 bad_rule 9\n2 J J2 formula 2\n2 K K2 bad_type TRUE\n", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *cells[FORM_FIELDS];
        size_t count;
        rig_init(&rig, FORM_RULE);
        rig_header(&rig);
        rig_good_cells(FORM_RULE, cells, &count);
        cells[rig_column(FORM_RULE, FORM_RULE_CODE)] = cases[i].rule;
        cells[rig_column(FORM_RULE, FORM_NTH)] = cases[i].number;
        cells[rig_column(FORM_RULE, FORM_WEEKDAY)] = cases[i].weekday;
        rig_row(&rig, 2, cells, count);
        rig_read(&rig);
        T_EQ_STR(rig_faults(&rig), cases[i].faults);
        char text[FAULT_SENTENCE_MAX] = "";
        struct writer out = writer_on(text, sizeof text - 1);
        if (rig.map.faults_count > 0)
            cell_fault_sentence(&rig.map.faults[0], rig.facts, FAULT_ZH, &out);
        text[out.size] = '\0';
        T_HAS(rig.map.faults_count > 0 ? text : rig_draft(&rig, 0), cases[i].sentence);
        rig_deinit(&rig);
    }
}

TEST(hours_over_midnight)
{
    static const struct value_case cases[] = {
        {"0600", NULL, "08:00~隔日 06:00"},
        {"0800", NULL, "08:00~隔日 08:00"},
        {"2400", NULL, "08:00~24:00"},
    };
    CHECK_CASES(FORM_RULE, FORM_END_TIME, cases);
}

static const char *long_text(size_t points)
{
    static char text[3 * 600 + 1];
    size_t at = 0;
    for (size_t i = 0; i < points; i++, at += 3)
        memcpy(text + at, "字", 3);
    text[at] = '\0';
    return text;
}

TEST(remarks)
{
    static const struct value_case cases[] = {
        {" 週三門診 ", NULL, "[] [週三門診]"},
        {"第一行\r\n第二行\r第三行", NULL, "[] [第一行\n第二行\n第三行]"},
        {"-不是公式", NULL, "[] [-不是公式]"},
        {"#12.5", NULL, "[] [12.5]"},
        {"@2026-12-10", NULL, "[] [2026-12-10]"},
        {"𠮷野", NULL, "[] [𠮷野]"},
        {"a\xe2\x80\xae"
         "b",
         "bad_text", "看不見"}, /* a mark of direction */
        {"\xff", "bad_text", "看不見"},
        {"=x", "formula", "公式"},
    };
    CHECK_CASES(FORM_GENERAL, FORM_REMARK, cases);
    struct value_case fits = {long_text(500), NULL, "字字"};
    check_cases(FORM_GENERAL, FORM_REMARK, &fits, 1);
    rig_init(&rig, FORM_GENERAL);
    rig_header(&rig);
    rig_good_row(&rig, 2, FORM_REMARK, long_text(501));
    rig_read(&rig);
    T_EQ_UINT(rig.map.faults_count, 1);
    T_EQ_INT(rig.map.faults[0].code, CODE_TOO_LONG);
    T_EQ_BYTES(rig.map.faults[0].value, bytes_from_text(long_text(501)));
    rig_deinit(&rig);
}

/* What an unmended remark takes of the arena, 0 for one without a fault. */
static size_t memory_of(const char *remark)
{
    rig_init(&rig, FORM_GENERAL);
    rig_header(&rig);
    rig_good_row(&rig, 2, FORM_REMARK, remark);
    size_t before = rig.arena.used;
    rig_read(&rig);
    size_t used = rig.map.faults_count > 0 ? rig.arena.used - before : 0;
    if (used > 0)
        T_EQ_STR(code_name(rig.map.faults[0].code), "too_long");
    rig_deinit(&rig);
    return used;
}

TEST(a_remark_that_is_too_long_is_not_copied_to_be_mended)
{
    static char text[3000];
    memset(text, 'a', sizeof text - 1);
    size_t plain = memory_of(text);
    T_TRUE(plain > 0);
    text[1500] = '\r';
    T_EQ_UINT(memory_of(text), plain);
    size_t at = 0; /* 500 characters, the ends of their lines to be mended */
    for (size_t i = 0; i < 250; i++, at += 6)
        memcpy(text + at, "\r\n𠮷", 6);
    text[at] = '\0';
    T_EQ_UINT(memory_of(text), 0);
}

TEST(a_remark_is_the_note_where_the_purpose_needs_one)
{
    static const size_t sizes[] = {200, 201};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        const char *cells[FORM_FIELDS];
        size_t count;
        rig_init(&rig, FORM_GENERAL);
        rig_header(&rig);
        rig_good_cells(FORM_GENERAL, cells, &count);
        cells[rig_column(FORM_GENERAL, FORM_PURPOSE)] = "23";
        cells[rig_column(FORM_GENERAL, FORM_REMARK)] = long_text(sizes[i]);
        rig_row(&rig, 2, cells, count);
        rig_read(&rig);
        T_EQ_UINT(rig.map.faults_count, i);
        if (i == 0)
            T_EQ_BYTES(rig.map.lines[0].draft.body.note, bytes_from_text(long_text(200)));
        else
            T_EQ_INT(rig.map.faults[0].why, WHY_NOTE_LONG);
        rig_deinit(&rig);
    }
}

TEST(names_of_columns)
{
    static const struct {
        uint16_t column;
        const char *name;
    } cases[] = {{0, "A"},   {25, "Z"},   {26, "AA"},   {51, "AZ"},    {52, "BA"},
                 {63, "BL"}, {701, "ZZ"}, {702, "AAA"}, {16383, "XFD"}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char name[COLUMN_NAME_MAX];
        form_column_name(cases[i].column, name);
        T_EQ_STR(name, cases[i].name);
    }
}

T_LIST(sheet_values_test, T(id_numbers), T(names), T(places), T(places_in_csv),
       T(near_matches_are_looked_up_once_a_value_and_20_a_file), T(departments), T(purposes),
       T(dates), T(times), T(weekdays), T(rule_codes), T(rules_and_their_numbers),
       T(hours_over_midnight), T(remarks), T(a_remark_that_is_too_long_is_not_copied_to_be_mended),
       T(a_remark_is_the_note_where_the_purpose_needs_one), T(names_of_columns));
