/* Institutions, people, their registration and licence: what they are and what they allow at a
 * date.
 *
 * The structs are views into a facts snapshot (facts.h): const, borrowed, valid as long as it. */
#pragma once
#include "base/bytes.h"
#include "model/civil.h"
#include <stdbool.h>
#include <stdint.h>

enum place_status { PLACE_OPEN, PLACE_SUSPENDED, PLACE_CLOSED };
enum person_status {
    PERSON_PRACTISING,
    PERSON_SUSPENDED,
    PERSON_CLOSED,
    PERSON_REVOKED,
    PERSON_DECEASED
};

struct institution {
    uint64_t id;                                 /* ids.h */
    struct bytes name, district, address, phone; /* empty where unknown */
    uint32_t county;
    uint8_t type; /* index into codes_institution_types */
    bool medical;
    enum place_status status;
    int32_t status_from; /* day, or DAY_NONE */
    uint16_t full_time_pharmacists;
    uint32_t version;
};

struct person {
    uint64_t id; /* opaque */
    struct bytes name, id_masked;
    char profession;
    bool main, head;
    uint16_t department; /* packed, 0 none */
    uint64_t home;       /* institution id; 0 none */
    uint32_t reg_no;     /* number of the present registration */
    struct bytes licence_word;
    struct bytes licence_number; /* empty where it is the ID number (DOMAIN 5.3) */
    bool licence_number_is_id;
    int32_t licence_from, licence_to; /* last day valid */
    enum person_status status;
    int32_t status_from;
    uint32_t version;
    struct bytes sealed;  /* ID number, birth date, mobile, e-mail: see seal.h */
    struct digest lookup; /* HMAC of the ID number, first 16 bytes */
};

/* Open / practising on that day, with status_from taken into account. */
bool institution_open_on(const struct institution *institution, int32_t day);
bool person_practising_on(const struct person *person, int32_t day);
const char *place_status_name(enum place_status status);   /* open suspended closed */
const char *person_status_name(enum person_status status); /* practising suspended … */
bool place_status_parse(struct bytes text, enum place_status *status);
bool person_status_parse(struct bytes text, enum person_status *status);

/* Byte forms of the registry's rows, version and checksum included (see registrant.c's head).
 * Writers fail their flag, readers return ERR_CORRUPT or ERR_VERSION; views point into `row`. */
void institution_write(struct writer *out, const struct institution *institution);
enum err institution_read(struct bytes row, struct institution *out) MUST_CHECK;
void person_write(struct writer *out, const struct person *person);
enum err person_read(struct bytes row, struct person *out) MUST_CHECK;
enum { REGISTRANT_ROW_MAX = 2000 };
