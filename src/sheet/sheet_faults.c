#include "sheet/sheet_faults.h"
#include "base/check.h"
#include <stdio.h>
#include <string.h>

struct sentence {
    const char *zh, *en;
};

/* clang-format off */
static const struct sentence of_why[WHY_COUNT] = {
    [WHY_CODE] = {NULL, NULL},
    [WHY_BOOLEAN] = {"此格為邏輯值（TRUE／FALSE），請改填正確內容",
        "The cell holds TRUE or FALSE: enter the value itself."},
    [WHY_ERROR_VALUE] = {"此格為試算表的錯誤值，請重新輸入內容",
        "The cell holds an error value: enter the value itself."},
    [WHY_DATE_CELL] = {"此格被當成日期或時間，請將儲存格改為文字格式後重新輸入",
        "The cell has become a date: set it to text and enter the value again."},
    [WHY_DIGITS_LOST] = {"數字超過 15 位，試算表已失去尾數，請將儲存格改為文字格式後重新輸入",
        "Digits beyond the 15th are lost: set the cell to text and enter the value again."},
    [WHY_UNSEEN] = {"含有看不見或不允許的字元，請重新輸入（勿由網頁直接複製）",
        "Contains invisible characters or such that are not allowed: type it anew."},
    [WHY_ID_SIZE] = {"身分證字號或統一證號應為 10 碼，請核對",
        "An ID number has 10 characters."},
    [WHY_ID_FORM] = {"身分證字號應為 1 個英文字母加 9 個數字（統一證號亦同），請核對",
        "An ID number is a letter and nine digits."},
    [WHY_ID_LOOKALIKE] = {"疑似英文字母與數字混淆（O 與 0、I 與 1），請更正",
        "Letters and digits seem to be mixed up (O and 0, I and 1)."},
    [WHY_ID_CHECK] = {"身分證字號檢查碼不符，請核對是否打錯",
        "The check digit is wrong: look for a typing error."},
    [WHY_PLACE_FORM] = {"機構代碼應為 10 碼數字或英文字母，請核對",
        "An institution code has 10 digits or letters."},
    [WHY_PLACE_CHECK] = {"查無此機構代碼，且檢查碼不符，請核對是否打錯",
        "There is no such institution, and the check digit is wrong: look for a typing error."},
    [WHY_CODE_NAME] = {"代碼與後面的名稱不是同一項，請參考代碼表更正",
        "The code and the name behind it differ: see the sheet of codes."},
    [WHY_ONLY_NAME] = {"請填代碼，不要只填名稱", "Enter the code, not the name alone."},
    [WHY_DATE_NONE] = {"沒有這一天，請更正日期", "There is no such day."},
    [WHY_DATE_TIME] = {"日期欄只填日期，時間請填在時間欄",
        "Only the date belongs here; the time has a column of its own."},
    [WHY_TIME_NONE] = {"沒有這個時間，請填 0000 至 2400", "There is no such time: 0000 to 2400."},
    [WHY_TIME_START] = {"開始時間不可為 2400，請改填次日 0000",
        "A start can't be 2400: enter 0000 of the next day."},
    [WHY_TIME_SECONDS] = {"時間只到分鐘，請去掉秒", "Times have no seconds."},
    [WHY_TIME_DATE] = {"時間欄只填時間，日期請填在日期欄",
        "Only the time belongs here; the date has a column of its own."},
    [WHY_RULE_CODE] = {"規則代碼為 1 每週星期、2 每月第n週星期、3 每月第n日、4 每隔n週星期、"
        "5 每隔n日", "The rule is 1 weekly, 2 n-th weekday of a month, 3 day of a month, "
        "4 every n weeks or 5 every n days."},
    [WHY_NTH_OF_MONTH] = {"規則 2 的週次請填 1 至 5，最後一個填 -1",
        "Of rule 2 this is 1 to 5, or -1 for the last."},
    [WHY_DAY_OF_MONTH] = {"規則 3 的日請填 1 至 31", "Of rule 3 this is 1 to 31."},
    [WHY_EVERY_WEEKS] = {"規則 4 的間隔請填 2 至 52（2 為隔週）；每週請改用規則 1",
        "Of rule 4 this is 2 to 52 (2: every other week); every week is rule 1."},
    [WHY_EVERY_DAYS] = {"規則 5 的間隔請填 1 至 365", "Of rule 5 this is 1 to 365."},
    [WHY_NTH_UNUSED] = {"規則 1（每週星期）沒有間隔，請清空此格，或改用規則 4",
        "Rule 1 is every week: empty this cell, or use rule 4."},
    [WHY_WEEKDAY_FORM] = {"星期請填 1 至 7（7 為星期日），多個以逗號分開，例如 1,3,5",
        "Weekdays are 1 to 7 (7: Sunday), several with commas: 1,3,5."},
    [WHY_WEEKDAY_ONE] = {"此規則只能填一個星期；多個星期請分列填寫",
        "This rule takes one weekday: use a row for each."},
    [WHY_WEEKDAY_TWICE] = {"同一個星期填了兩次，請刪除一個", "A weekday stands here twice."},
    [WHY_WEEKDAY_UNUSED] = {"規則 3、5 不看星期，請清空此格", "Rules 3 and 5 have no weekday: "
        "empty this cell."},
    [WHY_NO_SUCH_DAY] = {"期間內沒有符合此規則的日子，請更正期間或規則",
        "The period has no day of this rule."},
    [WHY_NOTE_LONG] = {"此支援目的之說明即填於備註，至多 200 字，請縮短",
        "The remark is this purpose's note: at most 200 characters."},
    [WHY_NOTE_EMPTY] = {"此支援目的須說明，請於備註填寫", "This purpose needs a note: "
        "write it as the remark."},
    [WHY_PLACE_NAME] = {"機構名稱與此代碼的登記不符，請核對代碼與名稱",
        "The name differs from that of the institution with this code."},
};

static const struct sentence of_code[CODE_COUNT] = {
    [CODE_REQUIRED] = {"必填，請填寫", "Required."},
    [CODE_BAD_TYPE] = {"資料型別不正確，請將儲存格改為文字格式後重新輸入", "Wrong type of value."},
    [CODE_TOO_LONG] = {"備註至多 500 字，請縮短", "At most 500 characters."},
    [CODE_BAD_TEXT] = {"含有不允許的字元，請重新輸入", "Contains characters that are not allowed."},
    [CODE_BAD_DATE] = {"日期請填民國年 7 碼，例如 1150901", "A date is seven digits of a ROC year, "
        "such as 1150901."},
    [CODE_BAD_TIME] = {"時間請填 24 小時制 4 碼，例如 0800", "A time is four digits, such as 0800."},
    [CODE_END_BEFORE_START] = {"結束不可早於或等於開始，請更正", "The end is not after the start."},
    [CODE_BAD_RULE] = {"重複規則不正確，請更正", "Not a valid rule."},
    [CODE_TOO_MANY_OCCURRENCES] = {"展開後超過 1,000 次，請縮短期間或分列填寫",
        "More than 1,000 occurrences: shorten the period."},
    [CODE_IMMUTABLE_FIELD] = {"此欄位不可變更", "This can't be changed."},
    [CODE_BAD_ID_NO] = {"身分證字號格式錯誤，請核對", "Not a valid ID number."},
    [CODE_FORMULA] = {"此格為公式，請改填公式的結果（複製後以「貼上值」貼回）",
        "The cell holds a formula: enter its result (paste it as a value)."},
    [CODE_NOT_YOUR_STAFF] = {"非本次登入身分可申請之人員，請確認其執業登記機構",
        "Not one of your staff."},
    [CODE_NAME_MISMATCH] = {"姓名與此身分證字號的執業登記不符，請核對兩者",
        "The name differs from the registry's for this ID number."},
    [CODE_PERSON_NOT_PRACTISING] = {"此人員停業、歇業或於支援期間非執業中，不得報備支援",
        "The person is not practising."},
    [CODE_HOME_NOT_OPEN] = {"執業機構停業、歇業或於支援期間非開業中，不得報備支援",
        "The home institution is not open."},
    [CODE_PROFESSION_MAY_NOT_FILE] = {"此類人員依法不得報備支援，請刪除此列",
        "This profession may not file."},
    [CODE_NOT_MAIN_LICENCE] = {"報備支援以主要執業登記類別辦理，此登記非主要類別",
        "Not the main licence."},
    [CODE_LICENCE_EXPIRED] = {"執業執照已逾期，請先辦理更新", "The licence has expired."},
    [CODE_AFTER_LICENCE_END] = {"支援期間超過執業執照效期，請縮短期間",
        "Goes beyond the end of the licence."},
    [CODE_UNKNOWN_INSTITUTION] = {"查無此機構代碼，請核對", "There is no such institution."},
    [CODE_INSTITUTION_NOT_OPEN] = {"被支援機構停業、歇業或於支援期間非開業中，請改填其他機構",
        "The institution is not open."},
    [CODE_SAME_INSTITUTION] = {"被支援機構不可為原執業機構，請改填其他機構",
        "The place is the home institution itself."},
    [CODE_UNKNOWN_DEPARTMENT] = {"查無此科別代碼，請參考代碼表；非醫師可不填",
        "There is no such department: see the sheet of codes."},
    [CODE_UNKNOWN_PURPOSE] = {"查無此支援目的代碼，請參考代碼表填兩碼",
        "There is no such purpose: see the sheet of codes."},
    [CODE_PURPOSE_NOT_ALLOWED] = {"此類人員不適用此支援目的，請參考代碼表改填",
        "This purpose is not for this profession."},
    [CODE_ATTACHMENT_REQUIRED] = {"此支援目的須檢附文件，請匯入為草稿後於網頁上傳",
        "This purpose needs documents: import drafts, then attach them."},
    [CODE_IN_THE_PAST] = {"開始時間已過，須事先報准，請更正日期", "Lies in the past."},
    [CODE_OVERLAPS_SELF] = {"時段重疊，請更正", "Overlaps another time of this line."},
    [CODE_OVERLAPS_CASE] = {"與此人員其他報備支援時段重疊，請更正時間",
        "Overlaps another line of this person."},
    [CODE_OVERLAPS_ROW] = {"與檔案中其他列的時段重疊，請更正其中一列", "Overlaps another row."},
    [CODE_DUPLICATE_ROW] = {"與檔案中其他列重複，請刪除其中一列", "The same as another row."},
    [CODE_QUOTA_EXCEEDED] = {"超過報備支援額度", "The quota is exceeded."},
    [CODE_PLACE_NOT_LAWFUL] = {"被支援處所可能不符該類人員之規定", "The place may not be lawful."},
    [CODE_SHORT_LEAD] = {"距支援日期過近", "Filed shortly before it begins."},
    [CODE_LONG_PERIOD] = {"支援期間較長", "A long period."},
    [CODE_QUOTA_NEAR] = {"接近報備支援額度上限", "Near the quota."},
    [CODE_HOURS_HIGH] = {"支援時數偏高", "Many hours."},
    [CODE_UNKNOWN_FIELD] = {"無法辨識的欄位", "A field that is not known."},
};
/* clang-format on */

static void write_format(struct writer *out, const char *format, unsigned long value)
{
    char text[64];
    int size = snprintf(text, sizeof text, format, value);
    CHECK(size > 0 && (size_t)size < sizeof text);
    write_raw(out, bytes_of(text, (size_t)size));
}

static void near_write(const struct cell_fault *fault, const struct facts *facts,
                       enum fault_language language, struct writer *out)
{
    bool said = false;
    for (uint8_t i = 0; i < fault->near_count && facts != NULL; i++) {
        const struct institution *place = facts_institution(facts, fault->near[i]);
        if (place == NULL)
            continue; /* gone since */
        char code[INSTITUTION_CODE_SIZE + 1];
        institution_code_print(place->id, code);
        if (language == FAULT_ZH)
            write_text(out, said ? "、" : "；相近的有 ");
        else
            write_text(out, said ? ", " : " Near: ");
        write_text(out, code);
        write_text(out, " ");
        write_raw(out, place->name);
        said = true;
    }
}

static void detail_write(const struct cell_fault *fault, enum fault_language language,
                         struct writer *out)
{
    bool zh = language == FAULT_ZH;
    if (fault->why == WHY_ID_LOOKALIKE)
        write_format(out, zh ? "：第 %lu 碼" : " Character %lu.", fault->number);
    if (fault->why == WHY_ONLY_NAME) {
        write_text(out, zh ? "：" : " It is ");
        write_text(out, fault->suggest);
    }
    if (fault->with_row != 0)
        write_format(out, zh ? "（第 %lu 列）" : " (row %lu)", fault->with_row);
    if (fault->has_with) {
        char id[LINE_ID_MAX];
        (void)line_id_print(fault->with, id);
        write_text(out, zh ? "（案件 " : " (line ");
        write_text(out, id);
        write_text(out, zh ? "）" : ")");
    }
}

void cell_fault_sentence(const struct cell_fault *fault, const struct facts *facts,
                         enum fault_language language, struct writer *out)
{
    CHECK(fault->why < WHY_COUNT && fault->code > CODE_NONE && fault->code < CODE_COUNT);
    const struct sentence *sentence = &of_why[fault->why];
    if (sentence->zh == NULL)
        sentence = &of_code[fault->code];
    write_text(out, language == FAULT_ZH ? sentence->zh : sentence->en);
    detail_write(fault, language, out);
    near_write(fault, facts, language, out);
}

void cell_fault_name(const struct cell_fault *fault, char out[CELL_NAME_MAX])
{
    char column[COLUMN_NAME_MAX];
    form_column_name(fault->column, column);
    int size = snprintf(out, CELL_NAME_MAX, "%s%u", column, fault->row);
    CHECK(size > 0 && size < CELL_NAME_MAX);
}

/* ---- where a problem of the rules stands ---- */

/* clang-format off */
#define EACH(field) {field, FIELD_BIT(field)}
#define BOTH(field) EACH(field), EACH(field)
#define DAY_AND_TIME(day, time) {day, FIELD_BIT(day) | FIELD_BIT(time)}
#define RULE_FIELDS (FIELD_BIT(FORM_RULE_CODE) | FIELD_BIT(FORM_NTH) | FIELD_BIT(FORM_WEEKDAY))
static const struct {
    const char *member;
    struct fault_place general, rule;
} places[] = {
    {"/person_id", BOTH(FORM_ID_NO)},
    {"/target", BOTH(FORM_TARGET)},
    {"/department", BOTH(FORM_DEPARTMENT)},
    {"/purpose", BOTH(FORM_PURPOSE)},
    {"/attachments", BOTH(FORM_PURPOSE)},
    {"/purpose_note", BOTH(FORM_REMARK)},
    {"/remark", BOTH(FORM_REMARK)},
    {"/times/0/start", DAY_AND_TIME(FORM_FROM_DATE, FORM_START_TIME), EACH(FORM_START_TIME)},
    {"/times/0/end", DAY_AND_TIME(FORM_TO_DATE, FORM_END_TIME), EACH(FORM_END_TIME)},
    {"/times/0/from", BOTH(FORM_FROM_DATE)},
    {"/times/0/to", BOTH(FORM_TO_DATE)},
    {"/times/0/rule", EACH(FORM_FROM_DATE), {FORM_RULE_CODE, RULE_FIELDS}},
    {"/times/0/rule/nth", BOTH(FORM_NTH)},
    {"/times/0/rule/day", BOTH(FORM_NTH)},
    {"/times/0/rule/every", BOTH(FORM_NTH)},
    {"/times/0/rule/weekday", BOTH(FORM_WEEKDAY)},
    {"/times/0/rule/weekdays", BOTH(FORM_WEEKDAY)},
};
/* clang-format on */

struct fault_place fault_place_of(enum form_kind kind, const char *member)
{
    for (size_t i = 0; i < ARRAY_COUNT(places); i++)
        if (strcmp(member, places[i].member) == 0)
            return kind == FORM_GENERAL ? places[i].general : places[i].rule;
    return (struct fault_place){FORM_FROM_DATE, 0}; /* of the whole time, or of the whole row */
}
