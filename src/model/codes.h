/* The code lists of the field: professions, departments, counties with their bureaus, institution
 * types, purposes (DOMAIN 4, 6). Constant tables; pure; any thread. */
#pragma once
#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>

struct profession {
    char code; /* DOMAIN 4.1: 'A' … 'Z', '1' … '6' */
    const char *zh, *en;
    bool may_file; /* not 2 4 (Dental Technicians Act art. 11), not L M N O P (F-, DOMAIN 4.1) */
};
struct department {
    char code[3]; /* 診療科別, DOMAIN 4.2 */
    const char *zh, *en;
};
struct county {
    uint32_t code; /* 63000; printed with five digits (09020) */
    const char *zh, *en, *bureau;
};
struct institution_type {
    const char *code; /* stable code of ours, see codes.c */
    const char *zh, *en;
};
struct purpose_document {
    const char *name;
    const char *professions; /* profession codes it is asked of */
    bool other_county;       /* only where the place is in another county */
};
struct purpose {
    uint8_t code; /* 1 … 99, printed with two digits */
    const char *zh, *en;
    const char *professions; /* profession codes, never empty */
    bool note_required;
    const struct purpose_document *documents;
    uint8_t documents_count;
};

extern const struct profession codes_professions[];
extern const size_t codes_professions_count;
extern const struct department codes_departments[];
extern const size_t codes_departments_count;
extern const struct county codes_counties[];
extern const size_t codes_counties_count; /* 22 */
extern const struct institution_type codes_institution_types[];
extern const size_t codes_institution_types_count;
extern const struct purpose codes_purposes[];
extern const size_t codes_purposes_count;

const struct profession *profession_find(char code);
/* Departments travel as a u16: both characters, 0 is none. */
const struct department *department_find(struct bytes code);
uint16_t department_pack(const struct department *department);
const struct department *department_unpack(uint16_t packed);
const struct county *county_find(uint32_t code);
const struct county *county_find_name(struct bytes zh); /* 台 and 臺 folded */
bool county_parse(struct bytes digits, uint32_t *code); /* five digits of a known county */
int institution_type_find(struct bytes zh_or_code);     /* index, or -1 */
const struct purpose *purpose_find(uint8_t code);
bool purpose_parse(struct bytes text, uint8_t *code); /* two digits, known or not */
bool profession_in(const char *professions, char code);
