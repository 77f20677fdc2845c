#include "sheet/sheet_form.h"
#include "base/check.h"
#include "sheet/sheet_fold.h"

/* clang-format off */
/* ---- each column, once ---- */

static const struct form_column id_no = {
    FORM_ID_NO, "身分證字號", true, 16,
    "10 碼身分證字號或統一證號。可由下拉選單選取本機構人員。", "A123456789"};
static const struct form_column person_name = {
    FORM_PERSON_NAME, "姓名", false, 12,
    "供核對：填了就會與執業登記比對，不符時提出錯誤；可不填。", "王小明"};
static const struct form_column target = {
    FORM_TARGET, "被支援機構代碼", true, 16,
    "10 碼醫事機構代碼，前面的 0 要保留。", "0401180014"};
static const struct form_column target_name = {
    FORM_TARGET_NAME, "被支援機構名稱", false, 28,
    "供核對：填了就會與機構登記比對，不符時提出錯誤；可不填。", "（機構全名）"};
static const struct form_column department = {
    FORM_DEPARTMENT, "支援科別代碼", false, 18,
    "醫師填診療科別代碼，其他人員可不填。可由下拉選單選取。", "05 或 05 婦產科"};
static const struct form_column purpose = {
    FORM_PURPOSE, "支援目的代碼", true, 24,
    "兩碼代碼，可由下拉選單選取。23、55、99 須在備註說明目的。", "05 或 05 麻醉"};
static const struct form_column general_from_date = {
    FORM_FROM_DATE, "支援開始日期", true, 14,
    "民國年 7 碼，例如 1150901；也可填 115/9/1 或日期格式。", "1150901"};
static const struct form_column start_time = {
    FORM_START_TIME, "開始時間", true, 10,
    "24 小時制 4 碼，例如 0800；也可填 8:00。", "0800"};
static const struct form_column general_to_date = {
    FORM_TO_DATE, "支援結束日期", true, 14,
    "民國年 7 碼，例如 1150901。自開始至結束為連續不中斷的一段時間。", "1150901"};
static const struct form_column general_end_time = {
    FORM_END_TIME, "結束時間", true, 10,
    "24 小時制 4 碼，例如 1730；當日結束可填 2400。", "1730"};
static const struct form_column remark = {
    FORM_REMARK, "備註", false, 30,
    "至多 500 字。支援目的須說明時，本欄即為目的說明（至多 200 字）。", ""};
static const struct form_column rule_from_date = {
    FORM_FROM_DATE, "期間起日", true, 14,
    "民國年 7 碼，例如 1150901；也可填 115/9/1 或日期格式。", "1150901"};
static const struct form_column rule_to_date = {
    FORM_TO_DATE, "期間迄日", true, 14,
    "民國年 7 碼，例如 1151231。含當日。", "1151231"};
static const struct form_column rule_code = {
    FORM_RULE_CODE, "規則代碼", true, 20,
    "1 每週星期、2 每月第n週星期、3 每月第n日、4 每隔n週星期、5 每隔n日。", "1"};
static const struct form_column nth = {
    FORM_NTH, "間隔/週次/日", false, 14,
    "規則 2：第幾個（1–5，最後一個填 -1）；規則 3：幾日；規則 4、5：每幾週、每幾日一次"
    "（2 為隔週）。規則 1 不填。", "2"};
static const struct form_column weekday = {
    FORM_WEEKDAY, "星期", false, 12,
    "1–7（7 為星期日）。規則 1 可填多個，例如 1,3,5；規則 2、4 填一個；規則 3、5 不填。", "1,3,5"};
static const struct form_column rule_end_time = {
    FORM_END_TIME, "結束時間", true, 10,
    "24 小時制 4 碼，例如 1730。早於或等於開始時間時，為次日結束。", "1730"};
/* clang-format on */

/* ---- the templates, in their order ---- */

static const struct form_column *const general_columns[] = {
    &id_no,   &person_name,       &target,     &target_name,     &department,
    &purpose, &general_from_date, &start_time, &general_to_date, &general_end_time,
    &remark};
static const struct form_column *const rule_columns[] = {
    &id_no,   &person_name,    &target,        &target_name, &department,
    &purpose, &rule_from_date, &rule_to_date,  &rule_code,   &nth,
    &weekday, &start_time,     &rule_end_time, &remark};

static const struct form_template templates[FORM_KINDS] = {
    [FORM_GENERAL] = {"general-1", "一般整批", general_columns, ARRAY_COUNT(general_columns)},
    [FORM_RULE] = {"rule-1", "規則整批", rule_columns, ARRAY_COUNT(rule_columns)},
};

const struct form_rule_name form_rule_names[] = {
    {'1', "每週星期"},    {'2', "每月第n週星期"}, {'3', "每月第n日"},
    {'4', "每隔n週星期"}, {'5', "每隔n日"},
};
const size_t form_rule_names_count = ARRAY_COUNT(form_rule_names);

const struct form_template *form_template_of(enum form_kind kind)
{
    CHECK(kind < FORM_KINDS);
    return &templates[kind];
}

const struct form_column *form_column_of(enum form_kind kind, enum form_field field)
{
    const struct form_template *template = form_template_of(kind);
    for (uint8_t i = 0; i < template->count; i++)
        if (template->columns[i]->field == field)
            return template->columns[i];
    return NULL;
}

/* What a person sees as the name: 「身分證字號＊」 and 「支援開始日期 (1130901)」 are the bare
 * names. */
static struct folded header_fold(struct bytes header)
{
    struct folded whole = fold_cell(header), name = {.fits = whole.fits};
    uint32_t depth = 0;
    for (size_t i = 0; i < whole.count; i++) {
        uint32_t c = whole.points[i];
        bool opens = c == '(' || c == '[' || c == '{' || c == 0x3010 || c == 0x3014;
        bool closes = c == ')' || c == ']' || c == '}' || c == 0x3011 || c == 0x3015;
        if (opens)
            depth++;
        if (depth == 0 && c != '*' && c != ' ')
            name.points[name.count++] = c;
        if (closes && depth > 0)
            depth--;
    }
    return name;
}

const struct form_column *form_column_find(enum form_kind kind, struct bytes header)
{
    const struct form_template *template = form_template_of(kind);
    struct folded name = header_fold(header);
    for (uint8_t i = 0; i < template->count; i++)
        if (folded_is(&name, template->columns[i]->name))
            return template->columns[i];
    return NULL;
}

bool form_is_fault_column(struct bytes header)
{
    struct folded name = header_fold(header);
    return folded_is(&name, FORM_FAULT_COLUMN);
}

void form_column_name(uint16_t column, char out[COLUMN_NAME_MAX])
{
    char reversed[COLUMN_NAME_MAX];
    size_t size = 0;
    for (uint32_t rest = column + 1U; rest > 0 && size < sizeof reversed - 1;
         rest = (rest - 1) / 26)
        reversed[size++] = (char)('A' + (rest - 1) % 26);
    for (size_t i = 0; i < size; i++)
        out[i] = reversed[size - 1 - i];
    out[size] = '\0';
}
