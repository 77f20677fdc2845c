/* The file and its rows (API 5, DOMAIN 6.1): templates, limits, blank rows, every fault of a row.
 */
#include "sheet/sheet_map.h"
#include "base/check.h"
#include "model/line_rules.h"
#include "tests/lib/t.h"
#include "tests/unit/sheet/sheet_rig.h"
#include <stdio.h>
#include <string.h>

static struct sheet_rig rig;

#define BEGIN(kind)                                                                                \
    do {                                                                                           \
        rig_init(&rig, kind);                                                                      \
        rig_header(&rig);                                                                          \
    } while (0)

static void expect_refused(enum map_refusal refusal, const char *zh)
{
    rig_read(&rig);
    T_EQ_STR(map_refusal_name(rig.map.refusal), map_refusal_name(refusal));
    T_EQ_BYTES(rig.map.refusal_zh, bytes_from_text(zh));
    T_TRUE(rig.map.refusal_en.size > 0);
    T_EQ_UINT(rig.map.faults_total, 0);
    rig_deinit(&rig);
}

/* ---- the header and the stamp ---- */

TEST(a_good_row_becomes_a_draft)
{
    BEGIN(FORM_GENERAL);
    rig_good_row(&rig, 2, FORM_FIELDS, "");
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "");
    T_EQ_UINT(rig.map.rows, 1);
    T_EQ_UINT(rig.map.valid, 1);
    T_EQ_STR(rig_draft(&rig, 0), "1 0401180014 - 10 115年12月10日（四）08:00 到 115年12月10日（四）"
                                 "12:00，連續不中斷 [] []");
    T_EQ_UINT(rig.map.lines[0].draft.given,
              DRAFT_PERSON | DRAFT_TARGET | DRAFT_PURPOSE | DRAFT_TIMES);
    T_EQ_BYTES(rig.map.lines[0].quoted[QUOTED_START], BYTES_LITERAL("1151210"));
    struct line_body body;
    T_OK(line_body_read(rig.map.lines[0].draft.body_row, &rig.arena, &body));
    T_EQ_UINT(body.times_count, 1);
    T_EQ_INT(body.times[0].start, (int64_t)(RIG_TODAY + 9) * MINUTES_PER_DAY + 480);
    rig_deinit(&rig);
}

TEST(a_good_rule_becomes_a_draft)
{
    BEGIN(FORM_RULE);
    rig_good_row(&rig, 2, FORM_FIELDS, "");
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "");
    T_EQ_STR(rig_draft(&rig, 0),
             "1 0401180014 - 10 每週星期一、三 08:00~12:00，115年12月7日（一）到 "
             "115年12月31日（四） [] [備註]");
    rig_deinit(&rig);
}

TEST(header_in_any_order_with_stars_brackets_widths_and_blanks)
{
    static const char *const header[] = {"備 註",
                                         "院內編號",
                                         "支援開始日期＊（1130901）",
                                         " 身分證字號* ",
                                         "姓名(check)",
                                         "被支援機構代碼\n*",
                                         "被支援機構名稱【核對】",
                                         "支援科別代碼",
                                         "支援目的代碼*",
                                         "開始時間* (0800)",
                                         "支援結束日期*",
                                         "結束時間*",
                                         "錯誤說明"};
    static const char *const row[] = {"早診",       "77",   "1151210",   "A100000001", "王小明",
                                      "0401180014", "",     "",          "10",         "0800",
                                      "1151210",    "1200", "上次的說明"};
    rig_init(&rig, FORM_GENERAL);
    rig_row(&rig, 3, header, ARRAY_COUNT(header)); /* the first row that says something */
    rig_row(&rig, 4, row, ARRAY_COUNT(row));
    rig_read(&rig);
    T_EQ_INT(rig.map.refusal, MAP_FINE);
    T_EQ_UINT(rig.map.header_row, 3);
    T_EQ_STR(rig_faults(&rig), "");
    T_EQ_UINT(rig.map.columns[FORM_ID_NO], 3);
    T_EQ_UINT(rig.map.columns[FORM_REMARK], 0);
    T_EQ_STR(rig_draft(&rig, 0), "1 0401180014 - 10 115年12月10日（四）08:00 到 115年12月10日（四）"
                                 "12:00，連續不中斷 [] [早診]");
    rig_deinit(&rig);
}

TEST(missing_columns_are_named)
{
    static const char *const header[] = {"身分證字號",   "姓名",         "被支援機構代碼",
                                         "支援科別代碼", "支援目的代碼", "支援開始日期",
                                         "開始時間",     "支援結束日期"};
    rig_init(&rig, FORM_GENERAL);
    rig_row(&rig, 1, header, ARRAY_COUNT(header));
    rig_good_row(&rig, 2, FORM_FIELDS, "");
    expect_refused(MAP_WRONG_TEMPLATE, "請使用範本檔：標題列缺少欄位 「被支援機構名稱」、"
                                       "「結束時間」、「備註」");
}

TEST(the_other_template_is_recognised)
{
    BEGIN(FORM_RULE);
    rig.ask.kind = FORM_GENERAL;
    expect_refused(MAP_WRONG_TEMPLATE, "請使用範本檔：標題列缺少欄位 「支援開始日期」、"
                                       "「支援結束日期」；此檔為另一種範本，請改用相符的上傳方式");
}

TEST(a_name_twice_is_no_template)
{
    const char *header[FORM_FIELDS] = {NULL};
    rig_init(&rig, FORM_GENERAL);
    const struct form_template *template = form_template_of(FORM_GENERAL);
    for (uint8_t i = 0; i < template->count; i++)
        header[i] = template->columns[i]->name;
    header[template->count] = "身分證字號＊";
    rig_row(&rig, 1, header, template->count + 1U);
    expect_refused(MAP_WRONG_TEMPLATE, "標題列有重複的欄位名稱，請使用範本檔");
}

TEST(stamps)
{
    static const struct {
        const char *stamp;
        enum form_kind kind;
        enum map_refusal refusal;
    } cases[] = {
        {"general-1", FORM_GENERAL, MAP_FINE},
        {"rule-1", FORM_RULE, MAP_FINE},
        {"rule-1", FORM_GENERAL, MAP_WRONG_TEMPLATE},
        {"general-1", FORM_RULE, MAP_WRONG_TEMPLATE},
        {"general-2", FORM_GENERAL, MAP_WRONG_TEMPLATE},
        {"", FORM_GENERAL, MAP_WRONG_TEMPLATE},
        {NULL, FORM_GENERAL, MAP_FINE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        BEGIN(cases[i].kind);
        rig_good_row(&rig, 2, FORM_FIELDS, "");
        rig.cells.has_stamp = cases[i].stamp != NULL;
        rig.cells.stamp = bytes_from_text(cases[i].stamp);
        rig_read(&rig);
        T_EQ_STR(map_refusal_name(rig.map.refusal), map_refusal_name(cases[i].refusal));
        rig_deinit(&rig);
    }
}

TEST(an_empty_sheet_is_no_template)
{
    static const char *const blank[] = {"", "  ", "_"};
    rig_init(&rig, FORM_GENERAL);
    rig_row(&rig, 1, blank, ARRAY_COUNT(blank));
    expect_refused(MAP_WRONG_TEMPLATE, "第一個工作表是空的，請使用範本檔");
}

/* ---- how many rows ---- */

TEST(no_rows)
{
    static const char *const blank[] = {"　", "_", "", "", "", "", "", "", "", "", "", "說明"};
    BEGIN(FORM_GENERAL);
    rig_row(&rig, 2, blank, ARRAY_COUNT(blank)); /* L is no column of the template */
    expect_refused(MAP_NO_ROWS, "範本內沒有資料列，請填寫後再上傳");
}

TEST(at_most_300_rows)
{
    BEGIN(FORM_GENERAL);
    for (uint32_t i = 0; i < 300; i++)
        rig_good_row(&rig, 2 + i, FORM_FIELDS, "");
    rig_read(&rig);
    T_EQ_UINT(rig.map.refusal, MAP_FINE);
    T_EQ_UINT(rig.map.rows, 300);
    T_EQ_UINT(rig.map.valid, 300);
    T_EQ_UINT(rig.map.lines[299].row, 301);
    rig_good_row(&rig, 302, FORM_FIELDS, "");
    expect_refused(MAP_TOO_MANY_ROWS, "一次至多 300 列，此檔有 301 列，請分成多個檔案");
    T_EQ_UINT(rig.map.rows, 301);
}

TEST(rows_that_the_reader_left_out_count)
{
    BEGIN(FORM_GENERAL);
    rig_good_row(&rig, 2, FORM_FIELDS, "");
    rig.cells.left_out = 12000;
    expect_refused(MAP_TOO_MANY_ROWS, "一次至多 300 列，此檔有 12001 列，請分成多個檔案");
}

TEST(blank_rows_are_skipped_and_numbers_are_the_sheets)
{
    static const char *const blank[] = {"", " ", "_"};
    BEGIN(FORM_GENERAL);
    rig_row(&rig, 2, blank, ARRAY_COUNT(blank));
    rig_good_row(&rig, 7, FORM_PURPOSE, "98");
    rig_row(&rig, 8, blank, ARRAY_COUNT(blank));
    rig_good_row(&rig, 9, FORM_FIELDS, "");
    rig_read(&rig);
    T_EQ_UINT(rig.map.rows, 2);
    T_EQ_UINT(rig.map.valid, 1);
    T_EQ_STR(rig_faults(&rig), "7 F F7 unknown_purpose 98\n");
    rig_deinit(&rig);
}

TEST(faults_beyond_2000_are_counted)
{
    static const char *const row[] = {"x", "y", "z", "", "zz", "zz", "x", "x", "x", "x", ""};
    BEGIN(FORM_GENERAL);
    for (uint32_t i = 0; i < 300; i++)
        rig_row(&rig, 2 + i, row, ARRAY_COUNT(row));
    rig_read(&rig);
    T_EQ_UINT(rig.map.valid, 0);
    T_EQ_UINT(rig.map.faults_count, 2000);
    T_EQ_UINT(rig.map.faults_total, 300 * 8);
    T_EQ_UINT(rig.map.lines[299].faults, 8);
    rig_deinit(&rig);
}

/* ---- many rows ---- */

/* What a column said before is not read again (sheet_memo.h): neither may a row's fault hide in it,
 * nor one row's value stand for another's. */
TEST(rows_that_say_the_same_are_judged_by_themselves)
{
    static const char *const cells[][2] = {
        {"A100000001 王小明", "王小明"}, {"A100000001 王小明", "林宜蓁"},
        {"F220000004", "林宜蓁"},        {"F220000004", "王小明"},
        {"A100000001 林宜蓁", "王小明"}, {"A100000001 林宜蓁", "王小明"},
        {"A970000008", "王小明"},        {"A970000008", "王小明"},
        {"A100000001 王小明", "王小明"}, {"=A100000001 王小明", "=王小明"},
    };
    BEGIN(FORM_GENERAL);
    for (uint32_t i = 0; i < ARRAY_COUNT(cells); i++) {
        const char *row[FORM_FIELDS];
        size_t count;
        rig_good_cells(FORM_GENERAL, row, &count);
        row[0] = cells[i][0];
        row[1] = cells[i][1];
        rig_row(&rig, 2 + i, row, count);
    }
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "3 B B3 name_mismatch 林宜蓁\n"
                               "4 F F4 purpose_not_allowed 10\n" /* of a pharmacist */
                               "5 B B5 name_mismatch 王小明\n"
                               "5 F F5 purpose_not_allowed 10\n"
                               "6 A A6 name_mismatch A100000001 林宜蓁\n"
                               "7 A A7 name_mismatch A100000001 林宜蓁\n"
                               "8 A A8 not_your_staff A970000008\n"
                               "9 A A9 not_your_staff A970000008\n"
                               "11 A A11 formula A100000001 王小明\n"
                               "11 B B11 formula 王小明\n");
    T_EQ_BYTES(rig.map.lines[8].person_name, BYTES_LITERAL("王小明"));
    T_HAS(rig_draft(&rig, 2), "2 0401180014");
    T_HAS(rig_draft(&rig, 8), "1 0401180014");
    rig_deinit(&rig);
}

TEST(the_same_text_in_two_columns_means_two_things)
{
    BEGIN(FORM_GENERAL);
    rig_good_row(&rig, 2, FORM_END_TIME, "2400");
    rig_good_row(&rig, 3, FORM_START_TIME, "2400");
    rig_good_row(&rig, 4, FORM_END_TIME, "#2400");
    rig_good_row(&rig, 5, FORM_PURPOSE, "#10");
    rig_good_row(&rig, 6, FORM_DEPARTMENT, "10");
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "3 H H3 bad_time 2400\n");
    for (uint32_t i = 0; i < 5; i += 2)
        T_HAS(rig_draft(&rig, i), i < 4 ? "24:00" : "1 0401180014 10 10 ");
    T_HAS(rig_draft(&rig, 3), "1 0401180014 - 10 ");
    rig_deinit(&rig);
}

TEST(remarks_that_are_the_same)
{
    BEGIN(FORM_GENERAL);
    for (uint32_t i = 0; i < 3; i++)
        rig_good_row(&rig, 2 + i, FORM_REMARK, " 整批\r\n二 ");
    for (uint32_t i = 3; i < 6; i++)
        rig_good_row(&rig, 2 + i, FORM_REMARK, " 整批\n二 ");
    rig_good_row(&rig, 8, FORM_REMARK, "整批\x01");
    rig_good_row(&rig, 9, FORM_REMARK, "整批\x01");
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "8 K K8 bad_text 整批\x01\n9 K K9 bad_text 整批\x01\n");
    for (uint32_t i = 0; i < 6; i++)
        T_EQ_BYTES(rig.map.lines[i].draft.body.remark, BYTES_LITERAL("整批\n二"));
    rig_deinit(&rig);
}

/* ---- a row ---- */

TEST(every_fault_of_a_row_by_column)
{
    static const char *const row[] = {"A100000O01", "王小明", "0401180015", "",      "ZZ",    "",
                                      "1150230",    "2500",   "=1151210",   "?TRUE", "壞\x01"};
    BEGIN(FORM_GENERAL);
    rig_row(&rig, 5, row, ARRAY_COUNT(row));
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "5 A A5 bad_id_no A100000O01\n"
                               "5 C C5 unknown_institution 0401180015\n"
                               "5 E E5 unknown_department ZZ\n"
                               "5 F F5 required \n"
                               "5 G G5 bad_date 1150230\n"
                               "5 H H5 bad_time 2500\n"
                               "5 I I5 formula 1151210\n"
                               "5 J J5 bad_type TRUE\n"
                               "5 K K5 bad_text 壞\x01\n");
    T_EQ_UINT(rig.map.lines[0].faults, 9);
    rig_deinit(&rig);
}

TEST(a_row_of_formulas_without_values_is_not_passed_over)
{
    static const char *const row[] = {NULL, "^",  NULL, "_",  NULL, NULL,
                                      NULL, NULL, NULL, NULL, "^"};
    BEGIN(FORM_GENERAL);
    rig_good_row(&rig, 2, FORM_FIELDS, NULL);
    rig_row(&rig, 3, row, ARRAY_COUNT(row));
    rig_read(&rig);
    T_EQ_UINT(rig.map.rows, 2);
    T_HAS(rig_faults(&rig), "3 B B3 formula \n");
    T_HAS(rig_faults(&rig), "3 K K3 formula \n");
    rig_deinit(&rig);
}

TEST(an_empty_row_but_for_the_remark_lacks_what_has_a_star)
{
    static const char *const general[] = {"", "", "", "", "", "", "", "", "", "", "x"};
    BEGIN(FORM_GENERAL);
    rig_row(&rig, 2, general, ARRAY_COUNT(general));
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "2 A A2 required \n2 C C2 required \n2 F F2 required \n"
                               "2 G G2 required \n2 H H2 required \n2 I I2 required \n"
                               "2 J J2 required \n");
    rig_deinit(&rig);
}

TEST(a_person_uploads_himself_alone)
{
    BEGIN(FORM_GENERAL);
    rig.ask.person = 1;
    rig_good_row(&rig, 2, FORM_FIELDS, "");
    rig_good_row(&rig, 3, FORM_ID_NO, "A800000005"); /* a colleague */
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "3 A A3 not_your_staff A800000005\n");
    rig_deinit(&rig);
}

/* ---- what the rules say, at the cell that they mean ---- */

TEST(findings_of_the_rules_stand_at_their_cells)
{
    static const struct {
        enum form_kind kind;
        enum form_field field;
        const char *cell, *faults;
    } cases[] = {
        {FORM_GENERAL, FORM_TARGET, "350102A009", "2 C C2 same_institution 350102A009\n"},
        {FORM_GENERAL, FORM_TARGET, "5931069274", "2 C C2 institution_not_open 5931069274\n"},
        {FORM_GENERAL, FORM_PURPOSE, "51", "2 F F2 purpose_not_allowed 51\n"},
        {FORM_GENERAL, FORM_PURPOSE, "23", "2 K K2 required \n"},
        {FORM_GENERAL, FORM_FROM_DATE, "1151130", "2 G G2 in_the_past 1151130\n"},
        {FORM_GENERAL, FORM_FROM_DATE, "1151211", "2 I I2 end_before_start 1151210\n"},
        {FORM_GENERAL, FORM_END_TIME, "0800", "2 J J2 end_before_start 0800\n"},
        {FORM_GENERAL, FORM_TO_DATE, "1201231", "2 G G2 after_licence_end 1151210\n"},
        {FORM_RULE, FORM_FROM_DATE, "1151130", "2 G G2 in_the_past 1151130\n"},
        {FORM_RULE, FORM_TO_DATE, "1151206", "2 H H2 end_before_start 1151206\n"},
        {FORM_RULE, FORM_WEEKDAY, "", "2 K K2 required \n"},
        {FORM_RULE, FORM_RULE_CODE, "3", "2 J J2 required \n2 K K2 bad_rule 1,3\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        BEGIN(cases[i].kind);
        rig_good_row(&rig, 2, cases[i].field, cases[i].cell);
        rig_read(&rig);
        T_EQ_STR(rig_faults(&rig), cases[i].faults);
        T_EQ_UINT(rig.map.valid, 0);
        rig_deinit(&rig);
    }
}

TEST(a_rule_without_a_day_and_one_with_too_many)
{
    static const char *const none[] = {"A100000001", "",        "0401180014", "",  "",
                                       "10",         "1151207", "1151210",    "3", "31",
                                       "",           "0800",    "1200",       ""};
    static const char *const many[] = {"A100000001", "",        "0401180014", "",  "",
                                       "10",         "1151207", "1180930",    "5", "1",
                                       "",           "0800",    "1200",       ""};
    BEGIN(FORM_RULE);
    rig_row(&rig, 2, none, ARRAY_COUNT(none));
    rig_row(&rig, 3, many, ARRAY_COUNT(many));
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "2 I I2 bad_rule 3\n3 G G3 too_many_occurrences 1151207\n");
    rig_deinit(&rig);
}

TEST(documents_can_be_attached_after_an_import)
{
    struct problems found;
    BEGIN(FORM_GENERAL);
    rig_good_row(&rig, 2, FORM_PURPOSE, "13"); /* of a nurse, in another county */
    rig_read(&rig);
    T_EQ_STR(rig_faults(&rig), "");
    const struct line_draft *draft = &rig.map.lines[0].draft;
    struct filing filing = {.home = rig.ask.home,
                            .person = draft->person,
                            .target = draft->target,
                            .purpose = draft->purpose,
                            .times_count = 1,
                            .times = draft->body.times};
    problems_init(&found, &rig.arena);
    line_rules_check(&filing, rig.facts, rig.ask.now, "", &found);
    T_EQ_UINT(found.count, 1); /* the rules ask for them: a submit would be refused */
    T_EQ_INT(found.items[0].code, CODE_ATTACHMENT_REQUIRED);
    rig_deinit(&rig);
}

/* ---- what the check turn adds ---- */

TEST(findings_of_the_check_turn)
{
    BEGIN(FORM_GENERAL);
    rig_good_row(&rig, 2, FORM_FIELDS, "");
    rig_good_row(&rig, 3, FORM_FIELDS, "");
    rig_read(&rig);
    struct problem overlap = {.code = CODE_OVERLAPS_CASE};
    struct problem with = {.code = CODE_OVERLAPS_CASE,
                           .has_with = true,
                           .with = {.in = {rig.ask.home, RIG_TODAY, 7}, .n = 2}};
    struct problem quota = {.code = CODE_QUOTA_EXCEEDED};
    struct problem again = {.code = CODE_DUPLICATE_ROW};
    struct sheet_line *first = &rig.map.lines[0], *second = &rig.map.lines[1];
    T_OK(sheet_map_add(&rig.map, second, &overlap, "/times/0", first));
    T_OK(sheet_map_add(&rig.map, second, &overlap, "/times/0", first)); /* told once */
    T_OK(sheet_map_add(&rig.map, second, &again, "", first));
    T_OK(sheet_map_add(&rig.map, first, &with, "/times/0", NULL));
    T_OK(sheet_map_add(&rig.map, first, &quota, "/target", NULL));
    sheet_map_sort(&rig.map);
    T_EQ_STR(rig_faults(&rig), "2 C C2 quota_exceeded 0401180014\n"
                               "2 G G2 overlaps_case 1151210\n"
                               "3 G G3 overlaps_row 1151210\n"
                               "3 G G3 duplicate_row 1151210\n");
    T_EQ_UINT(rig.map.valid, 0);
    char text[FAULT_SENTENCE_MAX];
    struct writer out = writer_on(text, sizeof text);
    cell_fault_sentence(&rig.map.faults[1], rig.facts, FAULT_ZH, &out);
    T_EQ_BYTES(writer_bytes(&out), BYTES_LITERAL("與此人員其他報備支援時段重疊，請更正時間（案件 "
                                                 "1151201-350102A009-0007-2）"));
    out = writer_on(text, sizeof text);
    cell_fault_sentence(&rig.map.faults[2], rig.facts, FAULT_ZH, &out);
    T_EQ_BYTES(writer_bytes(&out),
               BYTES_LITERAL("與檔案中其他列的時段重疊，請更正其中一列（第 2 列）"));
    rig_deinit(&rig);
}

TEST(an_exhausted_arena_is_told)
{
    struct arena small;
    BEGIN(FORM_GENERAL);
    for (uint32_t i = 0; i < 300; i++)
        rig_good_row(&rig, 2 + i, FORM_PURPOSE, "");
    size_t refused = 0;
    for (size_t quota = 1024; quota < 1024 * 1024; quota += 8192) {
        arena_init(&small, 1024, quota);
        enum err err = sheet_map_read(&rig.cells, &rig.ask, &small, &rig.map);
        refused += err == ERR_NO_MEMORY;
        T_TRUE(err == ERR_NO_MEMORY || (err == ERR_OK && rig.map.faults_count == 300));
        arena_deinit(&small);
    }
    T_TRUE(refused > 10 && refused < 120);
    rig_deinit(&rig);
}

T_LIST(sheet_map_test, T(a_good_row_becomes_a_draft), T(a_good_rule_becomes_a_draft),
       T(header_in_any_order_with_stars_brackets_widths_and_blanks), T(missing_columns_are_named),
       T(the_other_template_is_recognised), T(a_name_twice_is_no_template), T(stamps),
       T(an_empty_sheet_is_no_template), T(no_rows), T(at_most_300_rows),
       T(rows_that_the_reader_left_out_count), T(blank_rows_are_skipped_and_numbers_are_the_sheets),
       T(faults_beyond_2000_are_counted), T(rows_that_say_the_same_are_judged_by_themselves),
       T(the_same_text_in_two_columns_means_two_things), T(remarks_that_are_the_same),
       T(every_fault_of_a_row_by_column), T(a_row_of_formulas_without_values_is_not_passed_over),
       T(an_empty_row_but_for_the_remark_lacks_what_has_a_star), T(a_person_uploads_himself_alone),
       T(findings_of_the_rules_stand_at_their_cells), T(a_rule_without_a_day_and_one_with_too_many),
       T(documents_can_be_attached_after_an_import), T(findings_of_the_check_turn),
       T(an_exhausted_arena_is_told));
