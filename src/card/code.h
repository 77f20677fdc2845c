/* The closed list of what the bridge answers when it does not do what was asked (AUTH 7.8), with
 * the HTTP status it travels by, and the translation of PKCS#11's codes.
 *
 * What a card says is an answer, status 200 with "ok":false; a refusal of the bridge itself is 4xx.
 * CODE_REQUEST (malformed request) is ours, AUTH 7.8 has no word for it. Pure; any thread. */
#pragma once

#define CODE_LIST(X)                                                                               \
    X(CODE_OK, "", 200)                                                                            \
    X(CODE_ORIGIN, "CB_ORIGIN", 403)                                                               \
    X(CODE_HOST, "CB_HOST", 403)                                                                   \
    X(CODE_REQUEST, "CB_REQUEST", 400)                                                             \
    X(CODE_NO_MODULE, "CB_NO_MODULE", 200)                                                         \
    X(CODE_NO_READER, "CB_NO_READER", 200)                                                         \
    X(CODE_NO_TOKEN, "CB_NO_TOKEN", 200)                                                           \
    X(CODE_NO_CERT, "CB_NO_CERT", 200)                                                             \
    X(CODE_PIN_WRONG, "CB_PIN_WRONG", 200)                                                         \
    X(CODE_PIN_LEN, "CB_PIN_LEN", 200)                                                             \
    X(CODE_PIN_EXPIRED, "CB_PIN_EXPIRED", 200)                                                     \
    X(CODE_PIN_LOCKED, "CB_PIN_LOCKED", 200)                                                       \
    X(CODE_FINAL_TRY, "CB_FINAL_TRY", 200)                                                         \
    X(CODE_REMOVED, "CB_REMOVED", 200)                                                             \
    X(CODE_TBS_REFUSED, "CB_TBS_REFUSED", 403)                                                     \
    X(CODE_BUSY, "CB_BUSY", 200)                                                                   \
    X(CODE_CANCELLED, "CB_CANCELLED", 200)                                                         \
    X(CODE_INTERNAL, "CB_INTERNAL", 200)

#define CODE_ENUM(id, name, status) id,
enum code { CODE_LIST(CODE_ENUM) };
#undef CODE_ENUM

const char *code_name(enum code code); /* "CB_PIN_WRONG"; static */
int code_status(enum code code);
enum code code_of_ckr(unsigned long ckr);
