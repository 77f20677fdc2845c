#include "web/reply.h"
#include "base/check.h"
#include "model/civil.h"
#include "web/json.h"
#include <stdio.h>
#include <string.h>

/* ---- language ----------------------------------------------------------------------------------
 */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* A weight of RFC 9110 12.4.2 in thousandths; anything odd is 1. */
static uint32_t weight_of(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at != ';')
        at++;
    while (at < end && (is_blank(*at) || *at == ';'))
        at++;
    if (end - at < 3 || (at[0] != 'q' && at[0] != 'Q') || at[1] != '=')
        return 1000;
    if (at[2] != '0')
        return 1000;
    uint32_t weight = 0;
    uint32_t unit = 100;
    for (at += 3; at < end && unit > 0; at++) {
        if (*at == '.')
            continue;
        if (*at < '0' || *at > '9')
            break;
        weight += (uint32_t)(*at - '0') * unit;
        unit /= 10;
    }
    return weight;
}

static bool tag_is(const uint8_t *at, const uint8_t *end, const char *primary)
{
    if (end - at < 2 || (at[0] | 0x20) != primary[0] || (at[1] | 0x20) != primary[1])
        return false;
    return end - at == 2 || at[2] == '-' || at[2] == ';' || is_blank(at[2]);
}

enum language reply_language(struct bytes accept_language)
{
    if (accept_language.data == NULL)
        return LANGUAGE_ZH; /* NULL + 0 is undefined in C17 */
    uint32_t zh = 0;
    uint32_t en = 0;
    const uint8_t *at = accept_language.data;
    const uint8_t *end = at + accept_language.size;
    while (at < end) {
        const uint8_t *comma = memchr(at, ',', (size_t)(end - at));
        const uint8_t *stop = comma == NULL ? end : comma;
        while (at < stop && is_blank(*at))
            at++;
        uint32_t weight = weight_of(at, stop);
        if (tag_is(at, stop, "zh") && weight > zh)
            zh = weight;
        if (tag_is(at, stop, "en") && weight > en)
            en = weight;
        at = comma == NULL ? end : comma + 1;
    }
    return en > zh ? LANGUAGE_EN : LANGUAGE_ZH;
}

/* ---- the words ---------------------------------------------------------------------------------
 */

struct word {
    const char *code;
    uint16_t status; /* as a top-level code */
    const char *zh, *en;
};

/* clang-format off */
static const struct word words[] = {
    /* API 1.1 */
    {"bad_request", 400, "請求格式不正確", "The request is malformed."},
    {"bad_json", 400, "內容不是有效的 JSON", "The body is not valid JSON."},
    {"unknown_field", 400, "有無法辨識的欄位", "There is a field that is not known."},
    {"bad_query", 400, "查詢參數或標頭不正確", "A parameter or header is not valid."},
    {"query_too_short", 400, "請至少輸入 2 個字", "Enter at least 2 characters."},
    {"auth_session", 401, "登入逾時，請重新登入", "Please sign in again."},
    {"forbidden", 403, "您沒有執行這項作業的權限", "You may not do this."},
    {"csrf", 403, "頁面已失效，請重新整理", "This page has expired. Please reload it."},
    {"not_found", 404, "查無資料", "There is no such thing."},
    {"method_not_allowed", 405, "不支援此操作方式", "This method is not supported here."},
    {"not_acceptable", 406, "無法提供所要求的格式",
     "The requested format is not available."},
    {"request_timeout", 408, "傳送逾時", "The request took too long to arrive."},
    {"wrong_state", 409, "目前的狀態不能執行這項作業",
     "This can't be done in the present state."},
    {"request_open", 409, "此筆已有進行中的申請",
     "There is an open request for this line."},
    {"cancel_first", 409, "請先註銷原執業處所之報備支援",
     "Lines of the former place must be cancelled first."},
    {"not_open_yet", 409, "尚未開放", "This is not open yet."},
    {"duplicate_institution", 409, "此機構已存在", "This institution exists already."},
    {"already_imported", 409, "此批次已匯入", "This batch has been imported already."},
    {"length_required", 411, "請求缺少內容長度", "The length of the body is missing."},
    {"stale", 412, "資料已被更新，請重新載入後再試",
     "This has been changed meanwhile. Please load it again."},
    {"too_large", 413, "內容超過大小上限", "The body is too large."},
    {"uri_too_long", 414, "網址過長", "The address is too long."},
    {"media_type", 415, "不支援此內容格式", "This type of content is not supported."},
    {"expectation", 417, "無法符合 Expect 標頭的要求", "The expectation can't be met."},
    {"invalid", 422, "內容有誤，請檢查各欄位", "Please check the fields."},
    {"batch_has_errors", 422, "批次檔有錯誤，請更正後再匯入",
     "The batch has errors."},
    {"idempotency_mismatch", 422, "此識別碼已用於不同的請求",
     "This Idempotency-Key was used for another request."},
    {"precondition_required", 428, "缺少版本資訊 (If-Match)", "If-Match is missing."},
    {"rate_limited", 429, "嘗試次數過多，請稍後再試",
     "Too many requests. Please try again later."},
    {"too_many_batches", 429, "進行中的批次過多，請稍後再試",
     "Too many batches are under way."},
    {"head_too_large", 431, "標頭過大", "The head of the request is too large."},
    {"not_implemented", 501, "不支援此操作方式", "This is not implemented."},
    {"overloaded", 503, "系統忙碌中，請稍後再試",
     "The service is busy. Please try again in a moment."},
    {"read_only", 503, "系統暫停寫入，請稍後再試",
     "Nothing can be saved at the moment. Please try again later."},
    {"starting", 503, "系統啟動中，請稍後再試", "The service is starting."},
    {"unknown_outcome", 504, "處理結果不明，請以相同識別碼重送",
     "The outcome is not known. Please repeat with the same key."},
    {"http_version", 505, "不支援此 HTTP 版本", "This version of HTTP is not supported."},
    /* of a sheet, API 5 */
    {"not_xlsx", 415, "檔案不是 .xlsx 活頁簿，也不是 UTF-8 的 CSV 文字檔",
     "The file is neither an .xlsx workbook nor CSV in UTF-8."},
    {"too_many_rows", 422, "超過 300 列，請分成數個檔案",
     "More than 300 rows: split the file."},
    {"wrong_template", 422, "不是這個範本，請重新下載範本填寫",
     "Not this template: download it again."},
    {"broken_xlsx", 422, "檔案已損壞，無法讀取，請以試算表軟體另存新檔後再上傳",
     "The file is damaged: save it anew with your spreadsheet program."},
    {"encrypted_xlsx", 422, "檔案有密碼保護，請移除密碼後再上傳",
     "The file is protected by a password: remove it."},
    {"macro_xlsx", 422, "檔案含巨集或內嵌物件，請另存為不含巨集的 .xlsx 後再上傳",
     "The file holds macros or embedded objects: save it as a plain .xlsx."},
    {"xlsx_too_large", 422, "檔案內容過大，請使用範本並移除多餘的工作表與格式",
     "The file holds too much: use the template, without further sheets."},
    {"no_rows", 422, "檔案沒有資料列，請自第 2 列起填寫",
     "The file has no rows: begin with row 2."},
    {"not_read", 422, "系統暫時無法讀取檔案，請稍後再上傳一次",
     "The file could not be read for now: upload it again later."},
    /* API 1.2, form */
    {"required", 422, "必填", "Required."},
    {"bad_type", 422, "資料型別不正確", "Wrong type of value."},
    {"too_long", 422, "超過長度上限", "Too long."},
    {"bad_text", 422, "含有不允許的字元", "Contains characters that are not allowed."},
    {"bad_date", 422, "日期不正確", "Not a valid date."},
    {"bad_time", 422, "時間不正確", "Not a valid time."},
    {"end_before_start", 422, "結束不可早於開始", "The end is before the start."},
    {"bad_rule", 422, "重複規則不正確", "Not a valid rule."},
    {"too_many_occurrences", 422, "次數超過上限", "Too many occurrences."},
    {"immutable_field", 422, "此欄位不可變更", "This field can't be changed."},
    {"bad_id_no", 422, "身分證字號格式錯誤", "Not a valid ID number."},
    {"formula", 422, "欄位內含公式", "The cell contains a formula."},
    /* API 1.2, filing */
    {"not_your_staff", 422, "非本機構執業人員", "Not one of your staff."},
    {"name_mismatch", 422, "姓名與登記不符", "The name differs from the registry."},
    {"person_not_practising", 422, "人員非執業中", "The person is not practising."},
    {"home_not_open", 422, "執業機構非開業中", "The home institution is not open."},
    {"profession_may_not_file", 422, "此類醫事人員不得報備支援",
     "This profession may not file."},
    {"not_main_licence", 422, "非主執業執照", "Not the main licence."},
    {"licence_expired", 422, "執業執照已逾期", "The licence has expired."},
    {"after_licence_end", 422, "支援期間超過執業執照效期",
     "Goes beyond the end of the licence."},
    {"unknown_institution", 422, "查無此機構", "There is no such institution."},
    {"institution_not_open", 422, "支援機構非開業中", "The institution is not open."},
    {"same_institution", 422, "支援機構不可為執業機構",
     "The place is the home institution itself."},
    {"unknown_department", 422, "查無此科別", "There is no such department."},
    {"unknown_purpose", 422, "查無此支援事由", "There is no such purpose."},
    {"purpose_not_allowed", 422, "此類人員不適用該支援事由",
     "This purpose is not for this profession."},
    {"attachment_required", 422, "須檢附文件", "A document must be attached."},
    {"in_the_past", 422, "不可為過去時間", "Lies in the past."},
    {"overlaps_self", 422, "同一筆之時段重疊", "Overlaps another time of this line."},
    {"overlaps_case", 422, "與其他支援時段重疊", "Overlaps another line."},
    {"overlaps_row", 422, "與檔案中其他列之時段重疊", "Overlaps another row."},
    {"duplicate_row", 422, "與檔案中其他列重複", "The same as another row."},
    {"quota_exceeded", 422, "超過支援額度", "The quota is exceeded."},
    {"place_not_lawful", 422, "支援處所可能不符規定", "The place may not be lawful."},
    {"short_lead", 422, "距支援日期過近", "Filed shortly before it begins."},
    {"long_period", 422, "支援期間較長", "A long period."},
    {"quota_near", 422, "接近支援額度上限", "Near the quota."},
    {"hours_high", 422, "支援時數偏高", "Many hours."},
    /* API 2, AUTH 8 */
    {"auth_challenge", 401, "登入要求已逾時，請重新操作",
     "The sign-in request has expired. Please start again."},
    {"auth_cert_parse", 401, "憑證無法驗證，請使用有效之醫事憑證",
     "The certificate could not be verified."},
    {"auth_cert_chain", 401, "憑證無法驗證，請使用有效之醫事憑證",
     "The certificate could not be verified."},
    {"auth_cert_alg", 401, "憑證無法驗證，請使用有效之醫事憑證",
     "The certificate could not be verified."},
    {"auth_cert_usage", 401, "憑證無法驗證，請使用有效之醫事憑證",
     "The certificate could not be verified."},
    {"auth_cert_policy", 401, "憑證無法驗證，請使用有效之醫事憑證",
     "The certificate could not be verified."},
    {"auth_cert_expired", 401, "憑證已過期或尚未生效",
     "The certificate has expired or is not valid yet."},
    {"auth_revoked", 401, "憑證已廢止或停用，請洽醫事憑證管理中心",
     "The certificate has been revoked."},
    {"auth_card_kind", 401, "卡片種類與登入身分不符",
     "This kind of card does not fit the role."},
    {"auth_signature", 401, "簽章驗證失敗", "The signature is not valid."},
    {"auth_account", 403, "查無執業登記，或登記已廢止",
     "There is no valid registration."},
    {"auth_not_enrolled", 409, "首次使用，請輸入身分證字號完成對應",
     "First use: please enter the ID number."},
    {"auth_revocation_unavailable", 503, "暫時無法查驗憑證狀態，請稍後再試",
     "The certificate's status can't be checked at the moment."},
    {"auth_nhi_state", 401, "健保卡驗證未通過，請重新登入",
     "The NHI card could not be verified."},
    {"auth_nhi_token", 401, "健保卡驗證未通過，請重新登入",
     "The NHI card could not be verified."},
    {"auth_nhi_failed", 401, "健保卡驗證未通過，請重新登入",
     "The NHI card could not be verified."},
    {"auth_otp_wrong", 401, "驗證碼錯誤", "The code is wrong."},
    {"auth_otp_expired", 401, "驗證碼已逾時", "The code has expired."},
    {"auth_sms_down", 503, "簡訊服務暫停，請改用卡片登入",
     "No text messages can be sent. Please use a card."},
};
/* clang-format on */

static const struct word *word_find(const char *code)
{
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (strcmp(words[i].code, code) == 0)
            return &words[i];
    }
    return NULL;
}

const char *reply_message(const char *code, enum language language)
{
    const struct word *word = word_find(code);
    if (word == NULL)
        return NULL;
    return language == LANGUAGE_EN ? word->en : word->zh;
}

const char *reply_code_at(size_t index)
{
    return index < ARRAY_COUNT(words) ? words[index].code : NULL;
}

uint16_t reply_status(const char *code)
{
    const struct word *word = word_find(code);
    return word == NULL ? 0 : word->status;
}

static const struct {
    uint16_t status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

const char *reply_reason(uint16_t status)
{
    for (size_t i = 0; i < ARRAY_COUNT(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "";
}

/* ---- outcomes ----------------------------------------------------------------------------------
 */

static const char *outcome_code(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OK:
    case OUTCOME_CREATED:
    case OUTCOME_DELETED: return NULL;
    case OUTCOME_NOT_FOUND: return "not_found";
    case OUTCOME_FORBIDDEN: return "forbidden";
    case OUTCOME_STALE: return "stale";
    case OUTCOME_WRONG_STATE: return "wrong_state";
    case OUTCOME_INVALID: return "invalid";
    case OUTCOME_MISMATCH: return "idempotency_mismatch";
    case OUTCOME_KEYS_FULL: return "rate_limited";
    case OUTCOME_OVERLOADED: return "overloaded";
    case OUTCOME_READ_ONLY: return "read_only";
    case OUTCOME_STARTING: return "starting";
    case OUTCOME_UNKNOWN: return "unknown_outcome";
    case OUTCOME_AUTH_CHALLENGE: return "auth_challenge";
    case OUTCOME_AUTH_CERT_PARSE: return "auth_cert_parse";
    case OUTCOME_AUTH_CERT_CHAIN: return "auth_cert_chain";
    case OUTCOME_AUTH_CERT_ALG: return "auth_cert_alg";
    case OUTCOME_AUTH_CERT_USAGE: return "auth_cert_usage";
    case OUTCOME_AUTH_CERT_POLICY: return "auth_cert_policy";
    case OUTCOME_AUTH_CERT_EXPIRED: return "auth_cert_expired";
    case OUTCOME_AUTH_REVOKED: return "auth_revoked";
    case OUTCOME_AUTH_REVOCATION_UNAVAILABLE: return "auth_revocation_unavailable";
    case OUTCOME_AUTH_CARD_KIND: return "auth_card_kind";
    case OUTCOME_AUTH_SIGNATURE: return "auth_signature";
    case OUTCOME_AUTH_NOT_ENROLLED: return "auth_not_enrolled";
    case OUTCOME_AUTH_ACCOUNT: return "auth_account";
    case OUTCOME_RATE_LIMITED: return "rate_limited";
    case OUTCOME_UPLOADED_BEFORE: return "already_imported";
    case OUTCOME_TOO_MANY_UPLOADS: return "too_many_batches";
    case OUTCOME_UPLOAD_FAULTS: return "batch_has_errors";
    case OUTCOME_COUNT: break;
    }
    CHECK(false); /* no such outcome */
    return NULL;
}

struct refusal reply_refusal(enum outcome outcome)
{
    const char *code = outcome_code(outcome);
    if (code == NULL)
        return (struct refusal){0, NULL};
    uint16_t status = reply_status(code);
    CHECK(status >= 400);
    return (struct refusal){status, code};
}

/* ---- documents ---------------------------------------------------------------------------------
 */

yyjson_mut_doc *reply_problem(struct arena *arena, uint16_t status, const char *code,
                              enum language language, const char *request_id)
{
    const char *detail = reply_message(code, language);
    CHECK(detail != NULL);
    yyjson_mut_doc *doc = json_new(arena);
    yyjson_mut_val *root = json_new_root(doc);
    char urn[64];
    int urn_size = snprintf(urn, sizeof urn, "urn:baobei:problem:%s", code);
    CHECK(urn_size > 0 && (size_t)urn_size < sizeof urn);
    json_put_name(doc, root, "type", urn);
    json_put_name(doc, root, "title", reply_reason(status));
    json_put_int(doc, root, "status", status);
    json_put_name(doc, root, "detail", detail);
    json_put_name(doc, root, "code", code);
    json_put_name(doc, root, "request_id", request_id);
    json_put_array(doc, root, "errors");
    return doc;
}

static yyjson_mut_val *errors_of(yyjson_mut_doc *doc)
{
    return yyjson_mut_obj_get(yyjson_mut_doc_get_root(doc), "errors");
}

static yyjson_mut_val *error_value(yyjson_mut_doc *doc, enum language language, const char *field,
                                   const char *code)
{
    const char *message = reply_message(code, language);
    CHECK(message != NULL);
    yyjson_mut_val *error = yyjson_mut_obj(doc);
    json_put_name(doc, error, "field", field);
    json_put_name(doc, error, "code", code);
    json_put_name(doc, error, "message", message);
    return error;
}

void reply_add_error(yyjson_mut_doc *doc, enum language language, const char *field,
                     const char *code)
{
    if (doc == NULL)
        return;
    if (!yyjson_mut_arr_append(errors_of(doc), error_value(doc, language, field, code)))
        yyjson_mut_doc_set_root(doc, NULL);
}

/* The other line: by its id, or by its place in the same body. */
static void with_put(yyjson_mut_doc *doc, yyjson_mut_val *error, const struct problem *problem)
{
    char text[LINE_ID_MAX];
    struct bytes with;
    if (problem->with.n != 0) {
        with = bytes_of(text, line_id_print(problem->with, text));
    } else {
        struct writer writer = writer_on(text, sizeof text);
        write_text(&writer, "/lines/");
        write_decimal(&writer, problem->with_index);
        with = writer_bytes(&writer);
    }
    json_put_text(doc, error, "with", with);
}

yyjson_mut_val *reply_problem_value(yyjson_mut_doc *doc, enum language language,
                                    const struct problem *problem)
{
    yyjson_mut_val *error = error_value(doc, language, problem->field, code_name(problem->code));
    if (problem->has_with)
        with_put(doc, error, problem);
    if (problem->start != problem->end) {
        json_put_local(doc, error, "start", problem->start);
        json_put_local(doc, error, "end", problem->end);
    }
    return error;
}

void reply_add_problem(yyjson_mut_doc *doc, enum language language, const struct problem *problem)
{
    if (doc == NULL)
        return;
    yyjson_mut_val *value = reply_problem_value(doc, language, problem);
    if (!yyjson_mut_arr_append(errors_of(doc), value))
        yyjson_mut_doc_set_root(doc, NULL);
}
