#include "card/code.h"
#include "base/check.h"
#include <p11-kit/pkcs11.h>
#include <stddef.h>

#define CODE_ROW(id, name, status) [id] = {name, status},
static const struct {
    const char *name;
    int status;
} rows[] = {CODE_LIST(CODE_ROW)};
#undef CODE_ROW

const char *code_name(enum code code)
{
    CHECK((size_t)code < ARRAY_COUNT(rows));
    return rows[code].name;
}

int code_status(enum code code)
{
    CHECK((size_t)code < ARRAY_COUNT(rows));
    return rows[code].status;
}

enum code code_of_ckr(unsigned long ckr)
{
    switch (ckr) {
    case CKR_OK: return CODE_OK;
    case CKR_PIN_INCORRECT: return CODE_PIN_WRONG;
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE: return CODE_PIN_LEN;
    case CKR_PIN_EXPIRED: return CODE_PIN_EXPIRED;
    case CKR_PIN_LOCKED: return CODE_PIN_LOCKED;
    /* A session dies with its card, and the slot's number may die with its reader. */
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SLOT_ID_INVALID: return CODE_REMOVED;
    case CKR_TOKEN_NOT_RECOGNIZED: return CODE_NO_TOKEN;
    /* Somebody else holds the card; a log-in we did not make is not ours to use. */
    case CKR_SESSION_COUNT:
    case CKR_SESSION_EXISTS:
    case CKR_SESSION_READ_WRITE_SO_EXISTS:
    case CKR_OPERATION_ACTIVE:
    case CKR_USER_ALREADY_LOGGED_IN:
    case CKR_USER_ANOTHER_ALREADY_LOGGED_IN:
    case CKR_USER_TOO_MANY_TYPES: return CODE_BUSY;
    case CKR_CANCEL:
    case CKR_FUNCTION_CANCELED: return CODE_CANCELLED;
    default: return CODE_INTERNAL; /* PKCS#11's list is open */
    }
}
