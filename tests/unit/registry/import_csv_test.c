#include "registry/import_csv.h"
#include "base/check.h"
#include "model/codes.h"
#include "model/ids.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TODAY = 20417 /* 2025-11-25 */, LOG_SIZE = 64 * 1024 };

/* What came out, as text: a line a row or fault. */
struct log {
    char text[LOG_SIZE];
    size_t size;
    const char *known_home;
};

#define LOG_ADD(log, ...)                                                                          \
    ((log)->size +=                                                                                \
     (size_t)snprintf((log)->text + (log)->size, LOG_SIZE - (log)->size, __VA_ARGS__))
#define TEXT(bytes) (int)(bytes).size, (const char *)(bytes).data

static enum err on_institution(void *context, const struct institution *row)
{
    struct log *log = context;
    char code[INSTITUTION_CODE_SIZE + 1];
    institution_code_print(row->id, code);
    LOG_ADD(log, "%s|%.*s|%s|%u|%.*s|%.*s|%.*s|%s|%d|%u|%d\n", code, TEXT(row->name),
            codes_institution_types[row->type].code, row->county, TEXT(row->district),
            TEXT(row->address), TEXT(row->phone), place_status_name(row->status),
            row->status_from == DAY_NONE ? -1 : row->status_from, row->full_time_pharmacists,
            row->medical);
    return ERR_OK;
}

static enum err on_person(void *context, const struct person_import *row)
{
    struct log *log = context;
    char home[INSTITUTION_CODE_SIZE + 1];
    institution_code_print(row->home, home);
    LOG_ADD(log, "%.*s|%.*s|%.*s|%c|%d|%u|%s|%.*s|%.*s|%d|%d..%d|%s|%d|%d|%.*s|%.*s\n",
            TEXT(row->id_no), TEXT(row->name), TEXT(row->birth_date), row->profession, row->main,
            row->department, home, TEXT(row->licence_word), TEXT(row->licence_number),
            row->licence_number_is_id, row->licence_from, row->licence_to,
            person_status_name(row->status), row->status_from == DAY_NONE ? -1 : row->status_from,
            row->head, TEXT(row->mobile), TEXT(row->email));
    return ERR_OK;
}

static void on_fault(void *context, const struct import_report *report)
{
    struct log *log = context;
    LOG_ADD(log, "%u:%s:%s:%s\n", report->line, report->column, import_fault_name(report->fault),
            report->value);
}

static bool home_is_known(void *context, uint64_t id)
{
    struct log *log = context;
    uint64_t known;
    return institution_code_parse(bytes_from_text(log->known_home), &known) && known == id;
}

/* Feeds the file in pieces of `step` bytes; the error, or the first of feed and finish. */
static enum err run(enum import_kind kind, struct bytes file, size_t step, struct log *log,
                    struct import_summary *summary)
{
    struct import_sink sink = {.context = log,
                               .on_institution = on_institution,
                               .on_person = on_person,
                               .on_fault = on_fault,
                               .home_is_known = log->known_home == NULL ? NULL : home_is_known};
    struct import_options options = {.today = TODAY};
    struct import *import = import_open(kind, &options, &sink);
    enum err err = ERR_OK;
    log->size = 0;
    log->text[0] = 0;
    for (size_t at = 0; err == ERR_OK && at < file.size; at += step)
        err = import_feed(import,
                          bytes_slice(file, at, file.size - at < step ? file.size - at : step));
    if (err == ERR_OK)
        err = import_finish(import, summary);
    import_close(import);
    return err;
}

#define HEAD "code,name,type,county,address,phone\n"
#define GOOD "0401180014,青禾診所,診所,臺北市,台北市中正區某路１號,(02)23123456\n"
#define GOOD_OUT                                                                                   \
    "0401180014|青禾診所|clinic|63000|中正區|台北市中正區某路１號|(02)23123456|open|-1|0|1\n"

static void same(const char *file, const char *want, uint32_t taken, uint32_t refused)
{
    static struct log log;
    struct import_summary summary;
    static const size_t steps[] = {1 << 20, 1, 7};
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        log.known_home = NULL;
        T_OK(run(IMPORT_INSTITUTIONS, bytes_from_text(file), steps[i], &log, &summary));
        T_EQ_STR(log.text, want);
        T_EQ_UINT(summary.taken, taken);
        T_EQ_UINT(summary.refused, refused);
        T_EQ_UINT(summary.rows, taken + refused);
    }
}

TEST(a_plain_file_is_taken)
{
    same(HEAD GOOD, GOOD_OUT, 1, 0);
}

TEST(line_ends_marks_quotes_and_order_of_columns_do_not_matter)
{
    same("\xef\xbb\xbf" HEAD GOOD, GOOD_OUT, 1, 0);
    same("code,name,type,county,address,phone\r\n"
         "0401180014,青禾診所,診所,臺北市,台北市中正區某路１號,(02)23123456",
         GOOD_OUT, 1, 0);
    same("code,name,type,county,address,phone\r"
         "0401180014,青禾診所,診所,臺北市,台北市中正區某路１號,(02)23123456\r",
         GOOD_OUT, 1, 0);
    same("\"CODE\",\"name\",type,county,address,phone\n\n   \n,,,,,\n"
         "\"0401180014\",\"青禾診所\",\"診所\",\"臺北市\",\"台北市中正區某路１號\",\"(02)"
         "23123456\"\n",
         GOOD_OUT, 1, 0);
    same("phone,address,county,type,name,code\n"
         "(02)23123456,台北市中正區某路１號,臺北市,診所,青禾診所,0401180014\n",
         GOOD_OUT, 1, 0);
    same(HEAD "0401180014,\"青禾, \"\"大\"\"診所\",診所,臺北市,,\n",
         "0401180014|青禾, \"大\"診所|clinic|63000||||open|-1|0|1\n", 1, 0);
}

TEST(lines_are_counted_as_an_editor_counts_them)
{
#define BAD "x,甲,診所,臺北市,,"
    same("code,name,type,county,address,phone\r\n\r\n" BAD "\r\n" BAD "\r\r" BAD "\n\n" BAD,
         "3:code:bad_code:x\n4:code:bad_code:x\n6:code:bad_code:x\n8:code:bad_code:x\n", 0, 4);
}

TEST(fields_are_read_generously)
{
    same(HEAD " ０４０１１８００１４ ,\u3000青禾診所 ,clinic,63000,, \n",
         "0401180014|青禾診所|clinic|63000||||open|-1|0|1\n", 1, 0);
    same(HEAD "350102a009,青禾,診所,台北市,,\n", "350102A009|青禾|clinic|63000||||open|-1|0|1\n", 1,
         0);
    same(HEAD "0401180019,檢查碼不合,診所,臺北市,,\n",
         "0401180019|檢查碼不合|clinic|63000||||open|-1|0|1\n", 1, 0);
    same("code,name,type,county,address,phone,district,status,status_from,full_time_pharmacists\n"
         "5901180014,青禾藥局,藥局,臺北市,台北市某路,,信義區,suspended,2025-11-01,2\n",
         "5901180014|青禾藥局|pharmacy|63000|信義區|台北市某路||suspended|20393|2|1\n", 1, 0);
    same(HEAD "X000000001,青禾國小,非醫事機構,花蓮縣,,\n",
         "X000000001|青禾國小|non_medical|10015||||open|-1|0|0\n", 1, 0);
}

TEST(each_fault_is_named_with_line_column_and_value)
{
#define LONG_10 "一二三四五六七八九十"
#define LONG_110                                                                                   \
    LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10
    static const struct {
        const char *row, *faults;
    } rows[] = {
        {"040118001,甲,診所,臺北市,,", "2:code:bad_code:040118001\n"},
        {"04011800144,甲,診所,臺北市,,", "2:code:bad_code:04011800144\n"},
        {"0401-80014,甲,診所,臺北市,,", "2:code:bad_code:0401-80014\n"},
        {"甲乙丙丁戊己庚辛壬癸,甲,診所,臺北市,,", "2:code:bad_code:甲乙丙丁戊己庚辛壬癸\n"},
        {",甲,診所,臺北市,,", "2:code:required:\n"},
        {"0401180014,,診所,臺北市,,", "2:name:required:\n"},
        {"0401180014,\u3000,診所,臺北市,,", "2:name:required:\u3000\n"},
        {"0401180014,甲,,臺北市,,", "2:type:required:\n"},
        {"0401180014,甲,理髮店,臺北市,,", "2:type:unknown_type:理髮店\n"},
        {"0401180014,甲,診所,,,", "2:county:required:\n"},
        {"0401180014,甲,診所,桃源市,,", "2:county:unknown_county:桃源市\n"},
        {"0401180014,甲,診所,99999,,", "2:county:unknown_county:99999\n"},
        {"0401180014,甲\u200b乙,診所,臺北市,,", "2:name:bad_text:甲?乙\n"},
        {"0401180014,甲\u202e乙,診所,臺北市,,", "2:name:bad_text:甲?乙\n"},
        {"0401180014,甲\x01乙,診所,臺北市,,", "2:name:bad_text:甲?乙\n"},
        {"0401180014,甲\tA,診所,臺北市,,", "2:name:bad_text:甲?A\n"},
        {"0401180014," LONG_110 ",診所,臺北市,,",
         "2:name:too_long:" LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 "…\n"},
        {"0401180014,甲,診所,臺北市," LONG_110 LONG_10 LONG_110 ",",
         "2:address:too_long:" LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 LONG_10 "…\n"},
        {"0401180014,甲,診所,臺北市,", "2::too_few_columns:0401180014,甲,診所,臺北市,\n"},
        {"0401180014,甲,診所,臺北市,,,", "2::too_many_columns:0401180014,甲,診所,臺北市,,,\n"},
        {"0401180014,甲\"乙,診所,臺北市,,", "2::bad_quotes:0401180014,甲\"乙,診所,臺北市,,\n"},
        {"0401180014,\"甲\"乙,診所,臺北市,,", "2::bad_quotes:0401180014,\"甲\"乙,診所,臺北市,,\n"},
        {"0401180014,\"甲,診所,臺北市,,", "2::unclosed_quote:0401180014,\"甲,診所,臺北市,,\n"},
        {"0401180014,甲\xff,診所,臺北市,,", "2::bad_utf8:0401180014,甲?,診所,臺北市,,\n"},
        {"04011800,,理髮店,桃源市,,", "2:code:bad_code:04011800\n2:name:required:\n"
                                      "2:type:unknown_type:理髮店\n"
                                      "2:county:unknown_county:桃源市\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char file[8 * 1024], want[8 * 1024];
        /* The row behind it is always taken. */
        snprintf(file, sizeof file, HEAD "%s\n" GOOD, rows[i].row);
        snprintf(want, sizeof want, "%s" GOOD_OUT, rows[i].faults);
        same(file, want, 1, 1);
    }
}

TEST(faults_of_optional_columns_are_named_too)
{
#define WIDE                                                                                       \
    "code,name,type,county,address,phone,district,status,status_from,full_time_pharmacists\n"
    static const char *const rows[][2] = {
        {",shut,,", "2:status:bad_status:shut\n"},
        {",Open,,", "2:status:bad_status:Open\n"},
        {",open,2025/11/01,", "2:status_from:bad_date:2025/11/01\n"},
        {",open,2025-02-29,", "2:status_from:bad_date:2025-02-29\n"},
        {",open,1141101,", "2:status_from:bad_date:1141101\n"},
        {",,,-1", "2:full_time_pharmacists:bad_number:-1\n"},
        {",,,10000", "2:full_time_pharmacists:bad_number:10000\n"},
        {",,,二", "2:full_time_pharmacists:bad_number:二\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char file[4096];
        snprintf(file, sizeof file, WIDE "0401180014,甲,診所,臺北市,,,%s\n", rows[i][0]);
        same(file, rows[i][1], 0, 1);
    }
}

TEST(the_first_of_two_rows_of_a_code_stands)
{
    same(HEAD GOOD "0401180014,別的,診所,臺北市,,\n", GOOD_OUT "3:code:duplicate_row:0401180014\n",
         1, 1);
    /* a refused row does not take the code */
    same(HEAD "0401180014,,診所,臺北市,,\n" GOOD, "2:name:required:\n" GOOD_OUT, 1, 1);
}

TEST(nul_bytes_and_long_lines_spoil_their_line_only)
{
    static char file[64 * 1024];
    static struct log log;
    struct import_summary summary;
    size_t size = (size_t)snprintf(file, sizeof file, HEAD "0401180014,");
    memset(file + size, 'x', 20000);
    size += 20000;
    size += (size_t)snprintf(file + size, sizeof file - size, "\n");
    size_t nul = size;
    size +=
        (size_t)snprintf(file + size, sizeof file - size, "0401180014,a_b,診所,臺北市,,\n" GOOD);
    *strchr(file + nul, '_') = 0;
    T_OK(run(IMPORT_INSTITUTIONS, bytes_of(file, size), 1000, &log, &summary));
    T_HAS(log.text, "2::line_too_long:0401180014,xxxx");
    T_HAS(log.text, "…\n3:name:bad_text:a?b\n" GOOD_OUT);
    T_EQ_UINT(summary.taken, 1);
    T_EQ_UINT(summary.refused, 2);
}

TEST(a_wrong_header_refuses_the_file)
{
    static const struct {
        const char *file, *faults;
    } rows[] = {
        {"", "1::no_header:\n"},
        {"\n\n", "1::no_header:\n"},
        {"code,name,type,county,address\n" GOOD, "1:phone:missing_column:\n"},
        {"code,name,type,county,address,phone,end_date\n" GOOD, "1::unknown_column:end_date\n"},
        {"code,name,type,county,address,phone,name\n" GOOD, "1:name:duplicate_column:name\n"},
        {"code,\"name,type,county,address,phone\n" GOOD,
         "1::unclosed_quote:code,\"name,type,county,address,phone\n"},
        {"代碼,name,type,county,address,phone\n" GOOD,
         "1::unknown_column:代碼\n1:code:missing_column:\n"},
    };
    static struct log log;
    struct import_summary summary;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        T_ERR(run(IMPORT_INSTITUTIONS, bytes_from_text(rows[i].file), 5, &log, &summary),
              ERR_BAD_INPUT);
        T_EQ_STR(log.text, rows[i].faults);
    }
}

TEST(a_file_over_the_limit_stops)
{
    struct log *log = calloc(1, sizeof *log);
    struct import_sink sink = {
        .context = log, .on_institution = on_institution, .on_fault = on_fault};
    struct import_options options = {.today = DAY_NONE, .bytes_max = sizeof(HEAD) + 10};
    struct import *import = import_open(IMPORT_INSTITUTIONS, &options, &sink);
    T_OK(import_feed(import, BYTES_LITERAL(HEAD)));
    T_ERR(import_feed(import, BYTES_LITERAL(GOOD)), ERR_TOO_LARGE);
    import_close(import);
    free(log);
}

TEST(districts_come_from_addresses_that_give_them)
{
    static const char *const rows[][3] = {
        {"臺北市", "台北市大同區鄭州路１４５號", "大同區"},
        {"高雄市", "高雄巿前鎮區竹東里", "前鎮區"},
        {"桃園市", "桃園縣桃園市中山路", "桃園市"},
        {"新北市", "臺北縣板橋市府中路", "板橋市"},
        {"嘉義市", "嘉義市東區大雅路二段", "東區"},
        {"苗栗縣", "苗栗市中正路４７２號", "苗栗市"},
        {"新竹縣", "竹北市中山路", "竹北市"},
        {"屏東縣", "屏東縣三地門鄉中正路", "三地門鄉"},
        {"高雄市", "848高雄市那瑪夏區平和巷", "那瑪夏區"},
        {"臺中市", "中市東區十甲東路768", ""},
        {"新竹市", "新竹市興南街４３號", ""},
        {"新竹縣", "新竹市興南街４３號", ""},
        {"臺北市", "台北市市民大道一段", ""},
        {"臺北市", "", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char file[1024], want[1024];
        snprintf(file, sizeof file, HEAD "0401180014,甲,診所,%s,%s,\n", rows[i][0], rows[i][1]);
        snprintf(want, sizeof want, "0401180014|甲|clinic|%u|%s|%s||open|-1|0|1\n",
                 county_find_name(bytes_from_text(rows[i][0]))->code, rows[i][2], rows[i][1]);
        same(file, want, 1, 0);
    }
}

/* ---- people ---- */

#define PEOPLE                                                                                     \
    "id_no,name,birth_date,profession,main,department,home_code,licence_word,licence_number,"      \
    "licence_from,licence_to,status,status_from,head,mobile,email\n"
#define WANG                                                                                       \
    "A123456789,王青禾,1977-02-03,A,true,02,0401180014,北市衛醫字,,2023-09-29,2029-09-28," \
    "practising,,false,0912345678,wang@example.tw\n"

static void people(const char *row, const char *want, uint32_t taken)
{
    static struct log log;
    static char file[8 * 1024];
    struct import_summary summary;
    log.known_home = "0401180014";
    snprintf(file, sizeof file, PEOPLE "%s", row);
    T_OK(run(IMPORT_PEOPLE, bytes_from_text(file), 11, &log, &summary));
    T_EQ_STR(log.text, want);
    T_EQ_UINT(summary.taken, taken);
}

TEST(people_are_read_whole)
{
    char want[512];
    snprintf(want, sizeof want,
             "A123456789|王青禾|1977-02-03|A|1|%u|0401180014|北市衛醫字||1|19629..21820|practising|"
             "-1|0|0912345678|wang@example.tw\n",
             department_pack(department_find(BYTES_LITERAL("02"))));
    people(WANG, want, 1);
    /* the licence's number is the person's own: kept once */
    people("ａ123456789,瓦旦‧諾幹,,f,false,,0401180014,,A123456789,2023-09-29,2029-09-28,"
           "suspended,2025-01-01,true,,\n",
           "A123456789|瓦旦‧諾幹||F|0|0|0401180014|||1|19629..21820|suspended|20089|1||\n", 1);
    /* who no longer practises may be without a place; a number of another kind is kept */
    people("A800000014,陳\U00020bb7,,D,true,,,字,第123號,2023-09-29,2029-09-28,deceased,,false,,\n",
           "A800000014|陳\U00020bb7||D|1|0|0000000000|字|第123號|0|19629..21820|deceased|-1|0||\n",
           1);
}

TEST(faults_of_people_hide_what_is_personal)
{
    static const struct {
        const char *column, *value, *fault;
    } rows[] = {
        {"id_no", "A123456788", "2:id_no:bad_id_no:A1234XXXX8\n"},
        {"id_no", "A12345", "2:id_no:bad_id_no:(hidden)\n"},
        {"id_no", "", "2:id_no:required:\n"},
        {"name", "", "2:name:required:\n"},
        {"name", "王\u200f", "2:name:bad_text:王?\n"},
        {"birth_date", "0660203", "2:birth_date:bad_date:(hidden)\n"},
        {"birth_date", "2025-11-26", "2:birth_date:date_in_future:(hidden)\n"},
        {"profession", "", "2:profession:required:\n"},
        {"profession", "9", "2:profession:unknown_profession:9\n"},
        {"profession", "AB", "2:profession:unknown_profession:AB\n"},
        {"main", "yes", "2:main:bad_boolean:yes\n"},
        {"main", "", "2:main:required:\n"},
        {"department", "9Z", "2:department:unknown_department:9Z\n"},
        {"home_code", "", "2:home_code:required:\n"},
        {"home_code", "04011800", "2:home_code:bad_code:04011800\n"},
        {"home_code", "0401180023", "2:home_code:unknown_institution:0401180023\n"},
        {"home_code", "A123456789", "2:home_code:unknown_institution:A1234XXXX9\n"},
        {"licence_from", "", "2:licence_from:required:\n"},
        {"licence_to", "2029-13-01", "2:licence_to:bad_date:2029-13-01\n"},
        {"licence_to", "2023-09-28", "2:licence_to:end_before_start:2023-09-28\n"},
        {"status", "", "2:status:required:\n"},
        {"status", "open", "2:status:bad_status:open\n"},
        {"head", "1", "2:head:bad_boolean:1\n"},
        {"mobile", "0812345678", "2:mobile:bad_mobile:(hidden)\n"},
        {"mobile", "091234567", "2:mobile:bad_mobile:(hidden)\n"},
        {"email", "wang", "2:email:bad_email:(hidden)\n"},
        {"email", "wang@tw", "2:email:bad_email:(hidden)\n"},
        {"email", "a@b@c.tw", "2:email:bad_email:(hidden)\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        /* WANG's row with this one value changed */
        char row[1024];
        struct writer out = writer_on(row, sizeof row - 1);
        const char *names = PEOPLE, *values = WANG;
        while (*names != 0) {
            size_t name = strcspn(names, ",\n"), value = strcspn(values, ",\n");
            bool here = strlen(rows[i].column) == name && strncmp(names, rows[i].column, name) == 0;
            write_raw(&out, here ? bytes_from_text(rows[i].value) : bytes_of(values, value));
            write_u8(&out, (uint8_t)values[value]);
            names += name + 1;
            values += value + 1;
        }
        row[out.size] = 0;
        people(row, rows[i].fault, 0);
    }
    people("A123456789,王\n", "2::too_few_columns:(hidden)\n", 0);
}

TEST(the_first_of_two_rows_of_a_person_stands)
{
    static struct log log;
    struct import_summary summary;
    log.known_home = NULL;
    T_OK(run(IMPORT_PEOPLE, BYTES_LITERAL(PEOPLE WANG WANG), 100, &log, &summary));
    T_HAS(log.text, "\n3:id_no:duplicate_row:A1234XXXX9\n");
    T_EQ_UINT(summary.taken, 1);
    T_EQ_UINT(summary.refused, 1);
}

TEST(a_file_without_header_does_not_give_its_first_person_away)
{
    static struct log log;
    struct import_summary summary;
    T_ERR(run(IMPORT_PEOPLE, BYTES_LITERAL(WANG), 100, &log, &summary), ERR_BAD_INPUT);
    T_TRUE(strstr(log.text, "王") == NULL && strstr(log.text, "A123456789") == NULL &&
           strstr(log.text, "0912345678") == NULL && strstr(log.text, "1977") == NULL);
}

/* ---- the real list ---- */

static enum err count_row(void *context, const struct institution *row)
{
    struct log *log = context;
    if (log->size++ == 0)
        return on_institution(log, row) == ERR_OK ? (log->size = 1, ERR_OK) : ERR_IO;
    return ERR_OK;
}

TEST(the_real_list_is_taken_whole)
{
    struct log *log = calloc(1, sizeof *log);
    struct import_sink sink = {.context = log, .on_institution = count_row, .on_fault = on_fault};
    struct import_options options = {.today = TODAY};
    struct import_summary summary;
    T_OK(import_file(t_shared("data/institutions.csv"), IMPORT_INSTITUTIONS, &options, &sink,
                     &summary));
    T_EQ_UINT(summary.taken, 29480);
    T_EQ_UINT(summary.refused, 0);
    free(log);
}

static char *file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    T_TRUE(file != NULL);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    T_EQ_UINT(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}

TEST(every_quirk_of_the_real_list_is_taken_as_it_stands)
{
    static struct log log;
    struct import_summary summary;
    char *quirks = file_read(t_shared("data/institutions_quirks.csv"));
    char *list = file_read(t_shared("data/institutions.csv"));
    size_t tried = 0, letters = 0, missing = 0, spaces = 0;
    for (char *at = strchr(quirks, '\n') + 1; *at != 0; at = strchr(at, '\n') + 1) {
        char code[11], file[4096], needle[16];
        snprintf(code, sizeof code, "%.10s", at);
        snprintf(needle, sizeof needle, "\n%s,", code);
        const char *row = strstr(list, needle);
        if (row == NULL)
            continue; /* a quirk of a closed place */
        row++;
        int length = (int)strcspn(row, "\n");
        snprintf(file, sizeof file, HEAD "%.*s\n", length, row);
        log.known_home = NULL;
        T_OK(run(IMPORT_INSTITUTIONS, bytes_from_text(file), 64, &log, &summary));
        T_EQ_UINT(summary.taken, 1);
        /* code and name come out as they stand in the file */
        const char *name = row + 11;
        char want[512];
        snprintf(want, sizeof want, "%s|%.*s|", code, (int)strcspn(name, ","), name);
        T_TRUE(strncmp(log.text, want, strlen(want)) == 0);
        tried++;
        const char *tags = at + 11;
        size_t tags_size = strcspn(tags, "\n");
        letters += memmem(tags, tags_size, "letter", 6) != NULL;
        missing += memmem(tags, tags_size, "missing", 7) != NULL;
        spaces += memmem(tags, tags_size, "inner", 5) != NULL;
    }
    T_TRUE(tried > 500 && letters > 200 && missing > 30 && spaces > 30);
    free(quirks);
    free(list);
}

TEST(a_file_on_disk_that_is_not_there_is_an_error)
{
    struct log *log = calloc(1, sizeof *log);
    struct import_sink sink = {
        .context = log, .on_institution = on_institution, .on_fault = on_fault};
    struct import_options options = {.today = TODAY};
    struct import_summary summary;
    char path[TMP_PATH_MAX];
    T_ERR(import_file(tmp_path(path, "none.csv"), IMPORT_INSTITUTIONS, &options, &sink, &summary),
          ERR_NOT_FOUND);
    free(log);
}

T_LIST(import_csv_test, T(a_plain_file_is_taken),
       T(line_ends_marks_quotes_and_order_of_columns_do_not_matter),
       T(lines_are_counted_as_an_editor_counts_them), T(fields_are_read_generously),
       T(each_fault_is_named_with_line_column_and_value),
       T(faults_of_optional_columns_are_named_too), T(the_first_of_two_rows_of_a_code_stands),
       T(nul_bytes_and_long_lines_spoil_their_line_only), T(a_wrong_header_refuses_the_file),
       T(a_file_over_the_limit_stops), T(districts_come_from_addresses_that_give_them),
       T(people_are_read_whole), T(faults_of_people_hide_what_is_personal),
       T(the_first_of_two_rows_of_a_person_stands),
       T(a_file_without_header_does_not_give_its_first_person_away),
       T(the_real_list_is_taken_whole), T(every_quirk_of_the_real_list_is_taken_as_it_stands),
       T(a_file_on_disk_that_is_not_there_is_an_error));
