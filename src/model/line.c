/* The life of a request on a line. A request begins as a draft and ends approved or rejected:
 *
 *                    edit                          edit
 *                   .----.                        .----.
 *                   |    v        submit          |    v
 *       create -> [ draft ] ------------.    .-- [ returned ]
 *                   |    ^               \  /  submit     ^
 *            delete |    |                vv              |
 *                   v    |        [ under_review ] -------'
 *                 (gone) '---------'     |      |    return
 *                         withdraw       |      |
 *                                approve |      | reject
 *                                        v      v
 *                              [ approved ]    [ rejected ]
 *
 * Everything that is not an arrow is refused with `wrong_state`. A line that was ended (to_cancel
 * or cancelled) makes no move at all. Only a registration that was never approved can be deleted:
 * what has been in force stays on record. */
#include "model/line.h"
#include "base/check.h"

struct move_row {
    enum move move;
    enum request_status from, to;
};

static const struct move_row moves[] = {
    {MOVE_EDIT, STATUS_DRAFT, STATUS_DRAFT},
    {MOVE_EDIT, STATUS_RETURNED, STATUS_RETURNED},
    {MOVE_DELETE, STATUS_DRAFT, STATUS_DRAFT},
    {MOVE_SUBMIT, STATUS_DRAFT, STATUS_UNDER_REVIEW},
    {MOVE_SUBMIT, STATUS_RETURNED, STATUS_UNDER_REVIEW},
    {MOVE_WITHDRAW, STATUS_UNDER_REVIEW, STATUS_DRAFT},
    {MOVE_APPROVE, STATUS_UNDER_REVIEW, STATUS_APPROVED},
    {MOVE_REJECT, STATUS_UNDER_REVIEW, STATUS_REJECTED},
    {MOVE_RETURN, STATUS_UNDER_REVIEW, STATUS_RETURNED},
};

static const struct move_row *move_find(const struct line_state *line, enum move move)
{
    if (line->ended != ENDED_NOT)
        return NULL;
    if (move == MOVE_DELETE && (line->registered || line->kind != REQUEST_REGISTER))
        return NULL;
    for (size_t i = 0; i < ARRAY_COUNT(moves); i++) {
        if (moves[i].move == move && moves[i].from == line->status)
            return &moves[i];
    }
    return NULL;
}

bool line_may(const struct line_state *line, enum move move)
{
    CHECK(move <= MOVE_RETURN);
    return move_find(line, move) != NULL;
}

enum request_status line_after(const struct line_state *line, enum move move)
{
    const struct move_row *row = move_find(line, move);
    CHECK(row != NULL);
    return row->to;
}

/* ---- times ---- */

bool times_span(const struct time_rule *times, uint16_t count, int64_t *first, int64_t *last)
{
    CHECK(times != NULL || count == 0);
    bool any = false;
    int64_t earliest = 0, latest = 0;
    for (uint16_t i = 0; i < count; i++) {
        struct occurrence begin, end;
        /* False for a time that is incomplete or that its period leaves without a day. */
        if (!occurrence_span(&times[i], &begin, &end))
            continue;
        CHECK(begin.start < end.end);
        if (!any || begin.start < earliest)
            earliest = begin.start;
        if (!any || end.end > latest)
            latest = end.end;
        any = true;
    }
    if (any) {
        *first = earliest;
        *last = latest;
    }
    return any;
}

bool line_span(const struct line_state *line, int64_t *first, int64_t *last)
{
    return times_span(line->times, line->times_count, first, last);
}

uint32_t times_occurrences(const struct time_rule *times, uint16_t count)
{
    CHECK(times != NULL || count == 0);
    uint32_t total = 0;
    for (uint16_t i = 0; i < count && total <= OCCURRENCES_MAX; i++)
        total += occurrence_count(&times[i], OCCURRENCES_MAX);
    return total <= OCCURRENCES_MAX ? total : OCCURRENCES_MAX + 1;
}

/* ---- legal state ---- */

/* Ended, and the end has come: 待註銷 and 已註銷 hold "from the date" (DOMAIN 7). A line whose last
 * time lay before that date had run out by itself. */
static bool line_end_reached(const struct line_state *line, int64_t now_local, int64_t last)
{
    if (line->ended == ENDED_NOT)
        return false;
    if (line->ended_from == DAY_NONE)
        return true;
    int64_t end = (int64_t)line->ended_from * MINUTES_PER_DAY;
    return now_local >= end && last > end;
}

enum force line_force(const struct line_state *line, int64_t now_local)
{
    if (!line->registered)
        return FORCE_NONE;
    int64_t first, last;
    if (!line_span(line, &first, &last))
        return FORCE_NONE; /* not reachable by approval; a damaged line has no force */
    if (line_end_reached(line, now_local, last))
        return line->ended == ENDED_TO_CANCEL ? FORCE_TO_CANCEL : FORCE_CANCELLED;
    if (now_local < first)
        return FORCE_UPCOMING;
    return now_local < last ? FORCE_IN_FORCE : FORCE_EXPIRED;
}

bool line_occupies(const struct line_state *line)
{
    if (line->ended != ENDED_NOT)
        return false;
    return line->registered || line->status == STATUS_UNDER_REVIEW;
}

/* ---- names ---- */

const char *request_kind_name(enum request_kind kind)
{
    switch (kind) {
    case REQUEST_REGISTER: return "register";
    case REQUEST_CHANGE: return "change";
    case REQUEST_CANCEL: return "cancel";
    }
    CHECK(false);
    return NULL;
}

const char *request_status_name(enum request_status status)
{
    switch (status) {
    case STATUS_DRAFT: return "draft";
    case STATUS_UNDER_REVIEW: return "under_review";
    case STATUS_APPROVED: return "approved";
    case STATUS_REJECTED: return "rejected";
    case STATUS_RETURNED: return "returned";
    }
    CHECK(false);
    return NULL;
}

const char *force_name(enum force force)
{
    switch (force) {
    case FORCE_NONE: return "none";
    case FORCE_UPCOMING: return "upcoming";
    case FORCE_IN_FORCE: return "in_force";
    case FORCE_EXPIRED: return "expired";
    case FORCE_TO_CANCEL: return "to_cancel";
    case FORCE_CANCELLED: return "cancelled";
    }
    CHECK(false);
    return NULL;
}

bool request_status_parse(struct bytes text, enum request_status *status)
{
    for (int i = STATUS_DRAFT; i <= STATUS_RETURNED; i++) {
        if (bytes_are_text(text, request_status_name((enum request_status)i))) {
            *status = (enum request_status)i;
            return true;
        }
    }
    return false;
}

bool request_kind_parse(struct bytes text, enum request_kind *kind)
{
    for (int i = REQUEST_REGISTER; i <= REQUEST_CANCEL; i++) {
        if (bytes_are_text(text, request_kind_name((enum request_kind)i))) {
            *kind = (enum request_kind)i;
            return true;
        }
    }
    return false;
}

bool force_parse(struct bytes text, enum force *force)
{
    for (int i = FORCE_NONE; i <= FORCE_CANCELLED; i++) {
        if (bytes_are_text(text, force_name((enum force)i))) {
            *force = (enum force)i;
            return true;
        }
    }
    return false;
}
