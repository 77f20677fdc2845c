/* Who acts: a signed-in person, institution, bureau officer, operator; or a program by token. */
#pragma once
#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>

enum principal_kind {
    PRINCIPAL_NONE,
    PRINCIPAL_PERSON,
    PRINCIPAL_INSTITUTION,
    PRINCIPAL_BUREAU,
    PRINCIPAL_OPS,
    PRINCIPAL_SYSTEM /* the server itself: events, demo set-up */
};
enum method { METHOD_NONE, METHOD_HCA, METHOD_NHI, METHOD_NOCARD, METHOD_TOKEN, METHOD_SYSTEM };
enum right { RIGHT_READ = 1, RIGHT_FILE = 2, RIGHT_SUBMIT = 4, RIGHT_IMPORT = 8, RIGHTS_ALL = 15 };

enum { OFFICER_NAME_MAX = 60 };

struct principal {
    enum principal_kind kind;
    enum method method;
    uint8_t rights;       /* of enum right; RIGHTS_ALL for a card session */
    uint64_t person;      /* PERSON: himself; BUREAU, OPS: the officer's subject id */
    uint64_t institution; /* PERSON: home at log-in; INSTITUTION: itself */
    uint32_t county;      /* BUREAU */
    uint64_t session;     /* short id of the session or token, for the audit; not a secret */
    char name[OFFICER_NAME_MAX + 1]; /* BUREAU, OPS: shown in histories; else empty */
};

/* person institution bureau ops system, and none */
const char *principal_kind_name(enum principal_kind kind);
const char *method_name(enum method method);         /* hca nhi nocard token system */
bool right_parse(struct bytes name, uint8_t *right); /* read file submit import */
void principal_write(struct writer *out, const struct principal *principal);
bool principal_read(struct reader *in, struct principal *principal);
