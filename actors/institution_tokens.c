/* API tokens of the institution (API 8): a row, and a word to every desk before the caller hears.
 */
#include "actors/institution_private.h"
#include "base/check.h"
#include <string.h>

enum { TOKEN_ROW = 512 };

static struct session token_session(const struct turn *turn)
{
    const struct msg *in = turn->in;
    struct session session = {.secret = in->u.token.secret,
                              .is_token = true,
                              .principal = {.kind = PRINCIPAL_INSTITUTION,
                                            .method = METHOD_TOKEN,
                                            .rights = in->u.token.rights,
                                            .institution = turn->state->id,
                                            .session = in->u.token.id},
                              .created_at = in->now.ms,
                              .expires_at = in->u.token.expires_at};
    CHECK(in->u.token.name.size <= TOKEN_NAME_MAX);
    if (in->u.token.name.size > 0) {
        memcpy(session.name, in->u.token.name.data, in->u.token.name.size);
    }
    for (size_t i = 0; i < sizeof session.csrf; i++) {
        session.csrf[i] = in->u.token.csrf[i];
    }
    return session;
}

void token_change(struct turn *turn)
{
    const struct msg *in = turn->in;
    if (!desk_link_has_room(&turn->state->desks, 1)) {
        answer(turn, OUTCOME_OVERLOADED);
        return;
    }
    struct session session = token_session(turn);
    struct row_key key = key_of_digest(&session.secret);
    bool add = in->kind == MSG_TOKEN_ADD;
    if (add) {
        uint8_t row[TOKEN_ROW];
        struct writer out = writer_on(row, sizeof row);
        session_write(&out, &session);
        CHECK(!out.failed);
        effect_put(turn->out, TABLE_TOKEN, row_key_bytes(&key), writer_bytes(&out));
    } else {
        effect_erase(turn->out, TABLE_TOKEN, row_key_bytes(&key));
    }
    rows_audit(turn, add ? AUDIT_TOKEN_ADD : AUDIT_TOKEN_REVOKE, (struct line_id){0}, 0,
               in->u.token.id);
    desk_link_add(&turn->state->desks, add ? SESSION_LIVE : SESSION_ENDED, &session);
    desk_link_tell(&turn->state->desks, in, turn->out, add ? OUTCOME_CREATED : OUTCOME_DELETED,
                   (struct bytes){0});
}
