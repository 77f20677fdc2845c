/* What the files of the batch resource share (api_batch*.c). `batch` on the wire, `upload` in code
 * (model/upload.h). */
#pragma once
#include "base/sha256.h"
#include "web/api_app.h"
#include "web/exchange.h"

/* What a request keeps between its steps (exchange.user). */
struct batch_work {
    struct upload_record record; /* as found */
    struct bytes lines;          /* of an import: the rows that may be filed */
    struct bytes name;           /* of a POST */
    struct bytes sealed[UPLOAD_SEALED_PIECES];
    enum upload_kind kind;
    uint8_t sha256[SHA256_SIZE];
};

struct batch_work *batch_work_of(struct exchange *x); /* in x->user; NULL: answered 503 */
/* Whose uploads the caller sees: a person those that he sent from his present home. 0: none. */
uint64_t batch_home(const struct exchange *x);
/* The {id} of the path into work->record. False: answered; also where `work` is NULL. Pool. */
bool batch_find(struct exchange *x, struct snapshot *snapshot, struct batch_work *work) MUST_CHECK;
