/* The bytes a card signs at log-in (AUTH 5.2): built by the server from its own record, never taken
 * from the client. Pure. */
#pragma once
#include "rt/msg.h"

struct tbs {
    struct bytes audience; /* the Origin */
    enum card_role role;
    const uint8_t *id;             /* 16 bytes */
    const uint8_t *nonce;          /* 32 */
    const uint8_t *sb;             /* 32 */
    const char *id_no;             /* empty: no enrolment */
    int64_t issued_at, expires_at; /* wall ms */
};
void tbs_write(struct writer *out, const struct tbs *tbs);
const char *card_role_name(enum card_role role);
void base64url_write(struct writer *out, struct bytes bytes); /* without padding */
