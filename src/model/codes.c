/* Sources: professions DOMAIN 4.1 (MOHW 人員類別, 2022-01-28), departments 4.2 (NHI 診療科別,
 * 2024-05-27), counties and bureaus 4.4, institution types 4.3 and the real list. Who may file: 2.1
 * and 4.1. Purposes stand in codes_purposes.c. */
#include "model/codes.h"
#include "base/check.h"
#include <string.h>

const struct profession codes_professions[] = {
    {'A', "西醫師", "Physician", true},
    {'B', "中醫師", "Physician of Chinese medicine", true},
    {'C', "牙醫師", "Dentist", true},
    {'D', "藥師", "Pharmacist", true},
    {'E', "藥劑生", "Assistant pharmacist", true},
    {'F', "護理師", "Registered professional nurse", true},
    {'G', "護士", "Registered nurse", true},
    {'H', "助產士", "Midwife", true},
    {'I', "助產師", "Professional midwife", true},
    {'J', "醫事檢驗師", "Medical technologist", true},
    {'K', "醫事檢驗生", "Medical technician", true},
    {'L', "鑲牙生", "Dental prosthetist", false},
    {'M', "中藥員", "Chinese medicine dispenser", false},
    {'N', "齒模員", "Denture technician", false},
    {'O', "非醫事人員", "Not medical personnel", false},
    {'P', "接骨員", "Bone setter", false},
    {'Q', "物理治療師", "Physical therapist", true},
    {'R', "職能治療師", "Occupational therapist", true},
    {'S', "醫事放射師", "Medical radiation technologist", true},
    {'T', "醫事放射士", "Medical radiation technician", true},
    {'U', "物理治療生", "Assistant physical therapist", true},
    {'V', "呼吸治療師", "Respiratory therapist", true},
    {'W', "職能治療生", "Assistant occupational therapist", true},
    {'X', "諮商心理師", "Counselling psychologist", true},
    {'Y', "臨床心理師", "Clinical psychologist", true},
    {'Z', "營養師", "Dietitian", true},
    {'1', "語言治療師", "Speech therapist", true},
    {'2', "牙體技術師", "Dental technologist", false}, /* 牙體技術師法 art. 11: no exception */
    {'3', "聽力師", "Audiologist", true},
    {'4', "牙體技術生", "Dental technician", false}, /* art. 17 */
    {'5', "驗光師", "Optometrist", true},
    {'6', "驗光生", "Assistant optometrist", true},
};
const size_t codes_professions_count = ARRAY_COUNT(codes_professions);

const struct department codes_departments[] = {
    {"00", "不分科", "No department"},
    {"01", "家醫科", "Family medicine"},
    {"02", "內科", "Internal medicine"},
    {"03", "外科", "Surgery"},
    {"04", "兒科", "Paediatrics"},
    {"05", "婦產科", "Obstetrics and gynaecology"},
    {"06", "骨科", "Orthopaedics"},
    {"07", "神經外科", "Neurosurgery"},
    {"08", "泌尿科", "Urology"},
    {"09", "耳鼻喉科", "Otorhinolaryngology"},
    {"10", "眼科", "Ophthalmology"},
    {"11", "皮膚科", "Dermatology"},
    {"12", "神經科", "Neurology"},
    {"13", "精神科", "Psychiatry"},
    {"14", "復健科", "Rehabilitation"},
    {"15", "整形外科", "Plastic surgery"},
    {"16", "職業醫學科", "Occupational medicine"},
    {"22", "急診醫學科", "Emergency medicine"},
    {"2A", "結核科", "Tuberculosis"},
    {"2B", "洗腎科", "Dialysis"},
    {"40", "牙科", "Dentistry"},
    {"41", "牙體復形科", "Operative dentistry"},
    {"42", "牙髓病科", "Endodontics"},
    {"43", "牙周病科", "Periodontics"},
    {"44", "贋復補綴牙科", "Prosthodontics"},
    {"45", "齒顎矯正科", "Orthodontics"},
    {"46", "兒童牙科", "Paediatric dentistry"},
    {"47", "口腔顎面外科", "Oral and maxillofacial surgery"},
    {"48", "口腔診斷科", "Oral diagnosis"},
    {"49", "口腔病理科", "Oral pathology"},
    {"50", "家庭牙醫科", "Family dentistry"},
    {"51", "特殊需求者口腔醫學科", "Special needs dentistry"},
    {"60", "中醫一般科", "Chinese medicine"},
    {"81", "麻醉科", "Anaesthesiology"},
    {"82", "放射線科", "Radiology"},
    {"83", "病理科", "Pathology"},
    {"84", "核子醫學科", "Nuclear medicine"},
    {"85", "放射腫瘤科", "Radiation oncology"},
    {"86", "放射診斷科", "Diagnostic radiology"},
    {"87", "解剖病理科", "Anatomical pathology"},
    {"88", "臨床病理科", "Clinical pathology"},
};
const size_t codes_departments_count = ARRAY_COUNT(codes_departments);

const struct county codes_counties[] = {
    {63000, "臺北市", "Taipei City", "臺北市政府衛生局"},
    {65000, "新北市", "New Taipei City", "新北市政府衛生局"},
    {68000, "桃園市", "Taoyuan City", "桃園市政府衛生局"},
    {66000, "臺中市", "Taichung City", "臺中市政府衛生局"},
    {67000, "臺南市", "Tainan City", "臺南市政府衛生局"},
    {64000, "高雄市", "Kaohsiung City", "高雄市政府衛生局"},
    {10017, "基隆市", "Keelung City", "基隆市衛生局"},
    {10018, "新竹市", "Hsinchu City", "新竹市衛生局"},
    {10004, "新竹縣", "Hsinchu County", "新竹縣政府衛生局"},
    {10005, "苗栗縣", "Miaoli County", "苗栗縣政府衛生局"},
    {10007, "彰化縣", "Changhua County", "彰化縣衛生局"},
    {10008, "南投縣", "Nantou County", "南投縣政府衛生局"},
    {10009, "雲林縣", "Yunlin County", "雲林縣衛生局"},
    {10020, "嘉義市", "Chiayi City", "嘉義市政府衛生局"},
    {10010, "嘉義縣", "Chiayi County", "嘉義縣衛生局"},
    {10013, "屏東縣", "Pingtung County", "屏東縣政府衛生局"},
    {10002, "宜蘭縣", "Yilan County", "宜蘭縣政府衛生局"},
    {10015, "花蓮縣", "Hualien County", "花蓮縣衛生局"},
    {10014, "臺東縣", "Taitung County", "臺東縣衛生局"},
    {10016, "澎湖縣", "Penghu County", "澎湖縣政府衛生局"},
    {9020, "金門縣", "Kinmen County", "金門縣衛生局"},
    {9007, "連江縣", "Lienchiang County", "連江縣衛生福利局"},
};
const size_t codes_counties_count = ARRAY_COUNT(codes_counties);

/* The codes are ours: the NHI's 型態別 has none for the newer types, and its 特約類別 too few. The
 * real list writes the Chinese names. Rows keep the code, so places in this table may move. */
const struct institution_type codes_institution_types[] = {
    {"medical_center", "醫學中心", "Medical centre"},
    {"regional_hospital", "區域醫院", "Regional hospital"},
    {"district_hospital", "地區醫院", "District hospital"},
    {"clinic", "診所", "Clinic"},
    {"health_station", "衛生所", "Public health station"},
    {"pharmacy", "藥局", "Pharmacy"},
    {"home_nursing", "居家護理", "Home nursing institution"},
    {"nursing_home", "護理之家", "Nursing home"},
    {"midwifery", "助產所", "Midwifery clinic"},
    {"laboratory", "檢驗所", "Medical laboratory"},
    {"radiology", "特約醫事放射機構", "Medical radiology institution"},
    {"physical_therapy", "物理治療所", "Physical therapy clinic"},
    {"occupational_therapy", "職能治療所", "Occupational therapy clinic"},
    {"home_respiratory", "居家呼吸照護所", "Home respiratory care institution"},
    {"rehabilitation_home", "康復之家", "Psychiatric halfway house"},
    {"psychotherapy", "心理治療所", "Psychotherapy clinic"},
    {"counselling", "心理諮商所", "Psychological counselling clinic"},
    {"speech_therapy", "語言治療所", "Speech therapy clinic"},
    {"audiology", "聽力所", "Audiology clinic"},
    {"optometry", "驗光所", "Optometry clinic"},
    {"dental_technology", "牙體技術所", "Dental technology laboratory"},
    {"nutrition", "營養諮詢機構", "Nutrition counselling institution"},
    {"long_term_care", "長照機構", "Long-term care institution"},
    {"non_medical", "非醫事機構", "Non-medical place"}, /* last: the only one with medical false */
};
const size_t codes_institution_types_count = ARRAY_COUNT(codes_institution_types);

const struct profession *profession_find(char code)
{
    for (size_t i = 0; i < codes_professions_count; i++) {
        if (codes_professions[i].code == code)
            return &codes_professions[i];
    }
    return NULL;
}

bool profession_in(const char *professions, char code)
{
    CHECK(professions != NULL);
    return code != 0 && strchr(professions, code) != NULL;
}

/* ---- departments ---- */

const struct department *department_find(struct bytes code)
{
    for (size_t i = 0; i < codes_departments_count; i++) {
        if (bytes_are_text(code, codes_departments[i].code))
            return &codes_departments[i];
    }
    return NULL;
}

uint16_t department_pack(const struct department *department)
{
    if (department == NULL)
        return 0;
    return (uint16_t)((uint8_t)department->code[0] << 8 | (uint8_t)department->code[1]);
}

const struct department *department_unpack(uint16_t packed)
{
    for (size_t i = 0; i < codes_departments_count; i++) {
        if (department_pack(&codes_departments[i]) == packed)
            return &codes_departments[i];
    }
    return NULL;
}

/* ---- counties ---- */

const struct county *county_find(uint32_t code)
{
    for (size_t i = 0; i < codes_counties_count; i++) {
        if (codes_counties[i].code == code)
            return &codes_counties[i];
    }
    return NULL;
}

const struct county *county_find_name(struct bytes zh)
{
    const struct bytes tai = BYTES_LITERAL("台"), official = BYTES_LITERAL("臺");
    uint8_t folded[12];
    if (zh.size > sizeof folded || zh.size < tai.size)
        return NULL;
    CHECK(tai.size == official.size);
    memcpy(folded, zh.data, zh.size);
    if (bytes_start_with(zh, tai)) /* it stands first in all names that have it */
        memcpy(folded, official.data, official.size);
    struct bytes name = bytes_of(folded, zh.size);
    for (size_t i = 0; i < codes_counties_count; i++) {
        if (bytes_are_text(name, codes_counties[i].zh))
            return &codes_counties[i];
    }
    return NULL;
}

bool county_parse(struct bytes digits, uint32_t *code)
{
    if (digits.size != 5)
        return false;
    uint32_t value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(digits.data[i] - '0');
    }
    if (county_find(value) == NULL)
        return false;
    *code = value;
    return true;
}

/* ---- institution types ---- */

int institution_type_find(struct bytes zh_or_code)
{
    for (size_t i = 0; i < codes_institution_types_count; i++) {
        if (bytes_are_text(zh_or_code, codes_institution_types[i].code) ||
            bytes_are_text(zh_or_code, codes_institution_types[i].zh))
            return (int)i;
    }
    return -1;
}
