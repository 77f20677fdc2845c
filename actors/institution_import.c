/* The import of a sheet: checked again, its lines and the word that it is done are rows of one
 * turn. So it is whole or did not happen (API 5, DESIGN 15). */
#include "actors/institution_upload.h"
#include "base/check.h"
#include "rt/rules.h"
#include <string.h>

static void answer_upload_state(struct turn *turn, enum upload_state state)
{
    uint8_t body = (uint8_t)state;
    effect_reply(turn->out, turn->in->ticket, OUTCOME_WRONG_STATE, bytes_of(&body, 1));
}

/* Said again with the same words; it needs no current tag (API 5). */
static bool import_over(struct turn *turn, const struct upload_slot *slot)
{
    if (slot->record.state != UPLOAD_DONE || !RULE(IMPORT_ONCE)) {
        return false;
    }
    upload_answer(turn, &slot->record, 200, slot->record.made, false);
    return true;
}

/* Faults that were not there when the sheet was checked are shown from now on. */
static void import_refuse(struct turn *turn, struct upload_slot *slot,
                          const struct checked *checked)
{
    if (checked->findings_count > 0 || slot->record.findings > 0) {
        slot->record.version++;
        checked_put(turn, &slot->record, checked);
        upload_put(turn, &slot->record);
    }
    answer(turn, OUTCOME_UPLOAD_FAULTS);
}

static bool import_allowed(struct turn *turn, const struct upload_slot *slot)
{
    if (turn->in->u.upload.submit &&
        allow_role(&turn->in->principal, VERB_CASE_SUBMIT) != ALLOWED) {
        answer(turn, OUTCOME_FORBIDDEN);
        return false;
    }
    /* The lines must be those of the version that is meant: a door may have looked before the sheet
     * was read, for a caller who guessed what its version would be. */
    if (slot->record.version != turn->in->u.upload.version ||
        slot->record.version != turn->in->u.upload.read_version) {
        answer(turn, OUTCOME_STALE);
        return false;
    }
    if (slot->record.state != UPLOAD_READY) {
        answer_upload_state(turn, slot->record.state);
        return false;
    }
    /* Sent twice before either was imported. */
    const struct upload_record *before = upload_imported(turn->state, slot->record.sha256);
    if (before != NULL) {
        upload_answer_imported(turn, before);
        return false;
    }
    return true;
}

static void import_make(struct turn *turn, struct upload_slot *slot, struct checked *checked)
{
    struct line_draft *drafts = effect_alloc(turn->out, checked->valid * sizeof(struct line_draft));
    if (drafts == NULL) {
        return;
    }
    uint16_t count = 0;
    for (uint16_t i = 0; i < checked->count; i++) {
        if (!checked->faulty[i]) {
            drafts[count++] = checked->lines[i].draft;
        }
    }
    CHECK(count == checked->valid);
    struct case_record record;
    bool submit = turn->in->u.upload.submit;
    if (!case_create(turn, drafts, count, submit, &record)) {
        return;
    }
    struct upload_record *upload = &slot->record;
    checked_put(turn, upload, checked);
    upload_put_part(turn, upload, UPLOAD_LINES, (struct bytes){0});
    upload->state = UPLOAD_DONE;
    upload->made = record.id;
    upload->imported = count;
    upload->skipped = (uint16_t)(upload->rows - count);
    upload->version++;
    if (RULE(DONE_WITH_LINES)) {
        upload_put(turn, upload);
    }
    rows_audit(turn, AUDIT_IMPORT, (struct line_id){.in = record.id}, record.version,
               upload->number);
    rows_counts(turn);
    upload_answer(turn, upload, 200, record.id, true);
}

void upload_import(struct turn *turn)
{
    struct upload_slot *slot = upload_find(turn);
    if (slot == NULL || answered_before(turn) || import_over(turn, slot) ||
        !import_allowed(turn, slot)) {
        return;
    }
    struct checked checked;
    if (!checked_read(turn, turn->in->u.upload.lines, &checked) ||
        !checked_judge(turn, &slot->record, &checked, turn->in->u.upload.submit)) {
        return;
    }
    bool all = checked.valid == slot->record.rows;
    if (checked.valid == 0 || (turn->in->u.upload.all && !all)) {
        import_refuse(turn, slot, &checked);
        return;
    }
    import_make(turn, slot, &checked);
}
