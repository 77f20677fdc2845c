#include "actors/tbs.h"
#include "base/check.h"
#include "model/civil.h"

const char *card_role_name(enum card_role role)
{
    switch (role) {
    case ROLE_PERSON: return "person";
    case ROLE_INSTITUTION: return "institution";
    case ROLE_BUREAU: return "bureau";
    case ROLE_OPS: return "ops";
    }
    CHECK(false);
    return "";
}

void base64url_write(struct writer *out, struct bytes bytes)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t group = (uint32_t)bytes.data[i] << 16;
        group |= left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)bytes.data[i + 2] : 0;
        for (size_t k = 0; k < 4 && k <= left; k++) {
            write_u8(out, (uint8_t)alphabet[(group >> (18 - 6 * k)) & 63]);
        }
    }
}

static void line_instant(struct writer *out, const char *name, int64_t at)
{
    char text[INSTANT_MAX];
    (void)instant_print((struct wall){at}, text);
    write_text(out, name);
    write_text(out, text);
    write_text(out, "\n");
}

void tbs_write(struct writer *out, const struct tbs *tbs)
{
    write_text(out, "EUSERVICE-CERT-LOGIN-V1\naud=");
    write_raw(out, tbs->audience);
    write_text(out, "\nrole=");
    write_text(out, card_role_name(tbs->role));
    write_text(out, "\nch=");
    base64url_write(out, bytes_of(tbs->id, 16));
    write_text(out, "\nnonce=");
    base64url_write(out, bytes_of(tbs->nonce, 32));
    write_text(out, "\nsb=");
    base64url_write(out, bytes_of(tbs->sb, 32));
    write_text(out, "\n");
    if (tbs->id_no[0] != '\0') {
        write_text(out, "idno=");
        write_text(out, tbs->id_no);
        write_text(out, "\n");
    }
    line_instant(out, "iat=", tbs->issued_at);
    line_instant(out, "exp=", tbs->expires_at);
}
