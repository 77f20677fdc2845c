/* The one place of authorisation (DESIGN 8): default deny. Pure; any thread.
 *
 * The door asks allow_role for the route (401, 403), query and actor ask allow_thing for the thing
 * (404: a thing of somebody else answers as one that does not exist). `baobei routes` prints the
 * matrix. */
#pragma once
#include "model/line.h"
#include "model/principal.h"

#define VERB_LIST(X)                                                                               \
    X(PUBLIC, "public")               /* no session needed */                                      \
    X(SESSION, "session")             /* anybody signed in */                                      \
    X(REGISTRY_READ, "registry_read") /* institutions */                                           \
    X(STAFF_READ, "staff_read")       /* own staff */                                              \
    X(ME_READ, "me_read")             /* a person's own data */                                    \
    X(CASE_READ, "case_read")                                                                      \
    X(CASE_FILE, "case_file")     /* create, edit, delete drafts, preview */                       \
    X(CASE_SUBMIT, "case_submit") /* submit, withdraw */                                           \
    X(UPLOAD_READ, "upload_read") /* uploaded sheets, templates */                                 \
    X(UPLOAD, "upload")           /* upload, import, delete */                                     \
    X(REVIEW_READ, "review_read")                                                                  \
    X(REVIEW_DECIDE, "review_decide")                                                              \
    X(AUDIT_READ, "audit_read")       /* what one did oneself; an operator all of it */            \
    X(TRANSFER_READ, "transfer_read") /* of NHI; a bureau its share */                             \
    X(OPS, "ops")

#define VERB_ENUM(id, name) VERB_##id,
enum verb { VERB_LIST(VERB_ENUM) VERB_COUNT };
#undef VERB_ENUM

enum verdict { ALLOWED, DENIED_NO_SESSION, DENIED_ROLE, DENIED_THING };

struct thing {     /* facts of what is touched; zero where it does not apply */
    uint64_t home; /* the institution that owns the case */
    uint32_t home_county;
    uint64_t person; /* whose line it is */
};

const char *verb_name(enum verb verb);
enum verdict allow_role(const struct principal *principal, enum verb verb) MUST_CHECK;
enum verdict allow_thing(const struct principal *principal, enum verb verb,
                         const struct thing *thing) MUST_CHECK;
