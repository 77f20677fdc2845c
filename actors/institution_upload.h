/* What the files of uploaded sheets share: institution_upload.c (kept, read, deleted),
 * institution_upload_check.c, institution_import.c. All within one turn. */
#pragma once
#include "actors/institution_private.h"

/* ---- institution_upload.c ---- */
/* The upload that a command names. NULL: answered. */
struct upload_slot *upload_find(struct turn *turn);
/* One of this digest that has been imported, or NULL. */
const struct upload_record *upload_imported(const struct institution_state *state,
                                            const uint8_t sha256[32]);
/* 409 already_imported, with its number for whoever may see it. */
void upload_answer_imported(struct turn *turn, const struct upload_record *before);
void upload_put(struct turn *turn, const struct upload_record *record);
/* Writes a part anew; `record` must be put afterwards. */
void upload_put_part(struct turn *turn, struct upload_record *record, enum upload_part part,
                     struct bytes value);
/* The record goes along, so that the door need not read it. `made`: what the request's key
 * remembers, if `remembered`. */
void upload_answer(struct turn *turn, const struct upload_record *record, uint16_t status,
                   struct case_id made, bool remembered);

/* ---- institution_upload_check.c ---- */
/* The rows that may be filed, their drafts as POST /cases would have them, and what is wrong. */
struct checked {
    struct upload_columns columns;
    struct upload_line *lines;
    bool *faulty;
    uint16_t count, valid;
    struct writer findings;
    uint32_t findings_count;
};
/* From the part LINES. False: no memory (the turn is marked failed), as with checked_judge. */
bool checked_read(struct turn *turn, struct bytes part, struct checked *checked);
/* All rules of filing, and of submitting, for all rows at once. */
bool checked_judge(struct turn *turn, const struct upload_record *record, struct checked *checked,
                   bool submit);
/* Stages what was found; `record` must be put afterwards. */
void checked_put(struct turn *turn, struct upload_record *record, const struct checked *checked);
