/* Why somebody supports another place: codes, names, who may choose them, what they need.
 *
 * From law: 51 to 55 are the only ones of pharmacists (藥師法 art. 11); 20 only of physicians and
 * audiologists (勞工體格及健康檢查認可醫療機構設置標準 art. 17); 10 not of midwives (93.10.5); the
 * documents of 13 (83.6.17, 83.8.24, 91.4.12). The rest of the cut is ours. The groups are
 * those of DOMAIN 6. */
#include "base/check.h"
#include "model/codes.h"

#define PHYS    "ABC"
#define PHARM   "DE"
#define NURSE   "FG"
#define MIDWIFE "HI"
#define LAB     "JK"
#define RADIO   "ST"
#define PT      "QU"
#define OT      "RW"
#define HEAR    "13"
#define RESP    "V"
#define PSY     "XY"
#define DIET    "Z"
#define OPT     "56"
#define THER    PT OT HEAR RESP
#define ALL     PHYS NURSE MIDWIFE LAB RADIO THER PSY DIET OPT /* 23: all that may file but PHARM */

static const struct purpose_document home_care_documents[] = {
    {"開業執照影本", NURSE, true},
    {"設立計畫書", NURSE, true},
};

const struct purpose codes_purposes[] = {
    {1, "門診診療", "Outpatient care", PHYS, false, NULL, 0},
    {2, "急診診療", "Emergency care", PHYS, false, NULL, 0},
    {3, "住院診療／值班", "Inpatient care, duty", PHYS, false, NULL, 0},
    {4, "手術", "Surgery", "AC", false, NULL, 0},
    {5, "麻醉", "Anaesthesia", "A" NURSE, false, NULL, 0},
    {6, "檢查／檢驗／影像判讀（含病理）", "Examination, laboratory, image reading (with pathology)",
     "AC" LAB RADIO "3", false, NULL, 0},
    {7, "復健治療（物理／職能／語言／聽力）",
     "Rehabilitation (physical, occupational, speech, hearing)", "A" PT OT HEAR, false, NULL, 0},
    {8, "心理治療／諮商", "Psychotherapy, counselling", "A" PSY, false, NULL, 0},
    {9, "透析", "Dialysis", "A" NURSE, false, NULL, 0},
    {10, "護理業務", "Nursing", NURSE, false, NULL, 0},
    {11, "營養諮詢", "Nutrition counselling", DIET, false, NULL, 0},
    {12, "驗光", "Optometry", OPT, false, NULL, 0},
    {13, "居家醫療／居家照護", "Home medical care, home nursing", PHYS NURSE MIDWIFE THER PSY DIET,
     false, home_care_documents, ARRAY_COUNT(home_care_documents)},
    {14, "照護機構（長照／護理之家）支援",
     "Support to care institutions (long-term care, nursing home)", PHYS NURSE THER PSY DIET, false,
     NULL, 0},
    {15, "巡迴醫療", "Mobile medical service", ALL, false, NULL, 0},
    {16, "義診", "Free clinic", ALL, false, NULL, 0},
    {17, "預防接種／篩檢／塗氟等預防保健", "Preventive care (vaccination, screening, fluoride)",
     PHYS NURSE MIDWIFE LAB RADIO HEAR OPT, false, NULL, 0},
    {18, "學校衛生／校護代理", "School health, school nurse cover", PHYS NURSE THER PSY DIET OPT,
     false, NULL, 0},
    {19, "臨場健康服務", "On-site workplace health service", "A" NURSE "QR" PSY, false, NULL, 0},
    {20, "勞工健檢", "Labour health examination (graded reading, noise audiometry)", "A3", false,
     NULL, 0},
    {21, "教學／受訓", "Teaching, training", ALL, false, NULL, 0},
    {22, "矯正機關醫療", "Care in correctional institutions", ALL, false, NULL, 0},
    {23, "公益或緊急需要（含請假代理）", "Public interest or urgent need (with leave cover)", ALL,
     true, NULL, 0},
    {24, "助產業務", "Midwifery", MIDWIFE, false, NULL, 0},
    {25, "呼吸治療", "Respiratory therapy", RESP, false, NULL, 0},
    {51, "藥癮治療或傳染病防治服務",
     "Addiction treatment or communicable disease control (dispensing)", PHARM, false, NULL, 0},
    {52, "義診或巡迴醫療服務", "Free clinic or mobile medical service (dispensing)", PHARM, false,
     NULL, 0},
    {53, "藥事照護相關業務", "Pharmaceutical care", PHARM, false, NULL, 0},
    {54, "矯正機關及公告無藥事人員偏遠地區調劑",
     "Dispensing in correctional institutions and announced remote areas", PHARM, false, NULL, 0},
    {55, "其他經認定之公益或緊急需要（含專任藥師請假）",
     "Other recognised public interest or urgent need (with leave of the full-time pharmacist)",
     PHARM, true, NULL, 0},
    {99, "其他", "Other", ALL, true, NULL, 0},
};
const size_t codes_purposes_count = ARRAY_COUNT(codes_purposes);

const struct purpose *purpose_find(uint8_t code)
{
    for (size_t i = 0; i < codes_purposes_count; i++) {
        if (codes_purposes[i].code == code)
            return &codes_purposes[i];
    }
    return NULL;
}

bool purpose_parse(struct bytes text, uint8_t *code)
{
    if (text.size != 2 || text.data[0] < '0' || text.data[0] > '9' || text.data[1] < '0' ||
        text.data[1] > '9')
        return false;
    uint8_t value = (uint8_t)((text.data[0] - '0') * 10 + (text.data[1] - '0'));
    if (value == 0)
        return false; /* 0 is "not chosen" within */
    *code = value;
    return true;
}
