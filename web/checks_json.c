#include "web/checks_json.h"
#include "base/check.h"
#include "model/line_rules.h"
#include <stdio.h>

struct check_words {
    const char *zh[3], *en[3]; /* by outcome: pass, warn, fail */
    const char *basis;
};

/* The words of a rule by its outcome, and the law it rests on (DOMAIN 2, 8.1). %lld: value, limit.
 */
static const struct check_words words[CHECK_RULES] = {
    [CHECK_LICENCE_VALID] = {{"執業執照有效期間涵蓋全部支援期間", "執業執照將屆期",
                              "執業執照未涵蓋支援期間"},
                             {"The licence covers the whole period", "The licence ends soon",
                              "The licence does not cover the period"},
                             "醫事人員執業登記及繼續教育辦法"},
    [CHECK_PERSON_PRACTISING] = {{"醫事人員執業中", "醫事人員執業狀態將異動", "醫事人員非執業中"},
                                 {"The person is practising", "The person's status will change",
                                  "The person is not practising"},
                                 "醫師法第10條等各該法規"},
    [CHECK_HOME_OPEN] = {{"原執業機構開業中", "原執業機構狀態將異動", "原執業機構停業或歇業"},
                         {"The home institution is open",
                          "The home institution's status will change",
                          "The home institution is suspended or closed"},
                         "醫療法第23條"},
    [CHECK_PLACE_OPEN] = {{"被支援機構開業中", "被支援機構狀態將異動", "被支援機構停業或歇業"},
                          {"The supported place is open",
                           "The supported place's status will change",
                           "The supported place is suspended or closed"},
                          "醫療機構設置標準第20條"},
    [CHECK_PROFESSION] = {{"此類別人員得申請報備支援，且為主要執業登記", "請確認主要執業登記類別",
                           "此類別人員不得報備支援，或非主要執業登記"},
                          {"This profession may file, under its main registration",
                           "Check the main registration", "This profession may not file"},
                          "執業登記及繼續教育辦法第11條"},
    [CHECK_PURPOSE] = {{"支援目的與人員類別相符", "支援目的請留意", "支援目的與人員類別不符"},
                       {"The purpose fits the profession", "Look at the purpose",
                        "The purpose does not fit the profession"},
                       "藥師法第11條；各醫事人員法"},
    [CHECK_IN_FUTURE] = {{"支援開始時間在送審之後", "支援即將開始", "支援已經開始，未事先報准"},
                         {"It begins after it was filed", "It begins very soon",
                          "It has begun already: no prior approval"},
                         "醫師法第8條之2「事先」"},
    [CHECK_LEAD] = {{"送審至開始支援 %lld 天", "送審至開始支援僅 %lld 天（建議至少 %lld 天）",
                     "送審至開始支援僅 %lld 天（至少 %lld 天）"},
                    {"%lld days from filing to the start",
                     "Only %lld days from filing to the start (at least %lld advised)",
                     "Only %lld days from filing to the start (at least %lld)"},
                    "衛生局審查期間"},
    [CHECK_PERIOD] = {{"支援期間 %lld 天", "支援期間 %lld 天，超過 %lld 天",
                       "支援期間 %lld 天，超過 %lld 天"},
                      {"The period is %lld days", "The period is %lld days, over %lld",
                       "The period is %lld days, over %lld"},
                      "藥師於執業處所外執行業務管理辦法第2條"},
    [CHECK_CROSS_COUNTY] = {{"同縣市支援", "跨縣市支援，核准後副知支援地衛生局",
                             "跨縣市支援，核准後副知支援地衛生局"},
                            {"In the same county", "In another county: its bureau gets a copy",
                             "In another county: its bureau gets a copy"},
                            "醫療機構設置標準第20條第4項"},
    [CHECK_PLACE_MEDICAL] = {{"被支援機構為該類人員得執業之處所",
                              "被支援機構非一般執業處所，請確認", "被支援機構非合法執業處所"},
                             {"A usual place of practice for the profession",
                              "Not a usual place of practice: please check",
                              "Not a lawful place of practice"},
                             "各醫事人員法執業處所規定"},
    [CHECK_HEAD] = {{"非原執業機構負責人", "為原執業機構負責人，應親自督導並指定代理",
                     "為原執業機構負責人"},
                    {"Not the head of the home institution",
                     "Head of the home institution: a deputy is needed",
                     "Head of the home institution"},
                    "醫療法第18條、第19條"},
    [CHECK_STAFF_LEFT] = {{"支援期間原機構同類人員尚有 %lld 人",
                           "支援期間原機構同類人員僅餘 %lld 人", "支援期間原機構無同類人員"},
                          {"%lld of the profession stay at the home institution",
                           "Only %lld of the profession stay at the home institution",
                           "Nobody of the profession stays at the home institution"},
                          "藥師於執業處所外執行業務管理辦法第3條"},
    [CHECK_PHARMACIST] = {{"被支援機構已聘有專任藥事人員", "被支援機構專任藥事人員 %lld 人，請確認",
                           "被支援機構無專任藥事人員"},
                          {"The place employs a full-time pharmacist",
                           "The place has %lld full-time pharmacists: please check",
                           "The place employs no full-time pharmacist"},
                          "藥師於執業處所外執行業務管理辦法第3條"},
};

static void message_put(const struct line_show *show, yyjson_mut_val *object,
                        const struct check_item *item)
{
    const struct check_words *of = &words[item->rule];
    const char *text =
        show->language == LANGUAGE_EN ? of->en[item->outcome] : of->zh[item->outcome];
    char message[256];
    struct writer out = writer_on(message, sizeof message);
    int64_t figures[2] = {item->value, item->limit};
    size_t figure = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (at[0] == '%' && figure < 2) {
            char digits[24];
            (void)snprintf(digits, sizeof digits, "%lld", (long long)figures[figure++]);
            write_text(&out, digits);
            at += sizeof "%lld" - 2;
        } else {
            write_u8(&out, (uint8_t)*at);
        }
    }
    json_put_text(show->doc, object, "message", writer_bytes(&out));
}

void checks_put(const struct line_show *show, yyjson_mut_val *object, const struct line_view *view)
{
    const struct line_state *state = &view->state;
    struct filing filing = {.home = state->id.in.home,
                            .person = state->person,
                            .target = state->target,
                            .department = state->department,
                            .purpose = state->purpose,
                            .has_note = state->has_note,
                            .attachments = state->attachments,
                            .times_count = state->times_count,
                            .times = state->times};
    struct check_item items[CHECK_RULES];
    uint32_t count = line_rules_review(&filing, show->facts, show->now, state->submitted_at, items);
    yyjson_mut_val *array = json_put_array(show->doc, object, "checks");
    for (uint32_t i = 0; i < count; i++) {
        yyjson_mut_val *check = json_add_object(show->doc, array);
        json_put_name(show->doc, check, "rule", check_rule_name(items[i].rule));
        json_put_name(show->doc, check, "outcome", check_outcome_name(items[i].outcome));
        message_put(show, check, &items[i]);
        json_put_name(show->doc, check, "basis", words[items[i].rule].basis);
    }
}
