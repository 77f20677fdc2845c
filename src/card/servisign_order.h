/* What a page asks of the HCA component, taken apart (AUTH 2.1). Pure; any thread. */
#pragma once
#include "card/order.h"

enum { SERVISIGN_SIZE_MAX = 16 * 1024, SERVISIGN_PATH_ID_SIZE = 64 };

/* The calls of a log-in, by the component's names. */
enum servisign_call {
    CALL_ECHO,
    CALL_INIT_MODULE,
    CALL_INIT_SESSION,
    CALL_CARD_TYPE,
    CALL_CERTIFICATE,
    CALL_KEY_HANDLE,
    CALL_SIGN,
    CALL_DELETE_KEY,
    CALL_CLOSE_SESSION,
    CALL_CLOSE_MODULE,
    CALL_ERROR_CODE,
    CALL_RELEASE,
    CALLS
};

struct servisign_order {
    enum servisign_call call;
    char path_id[SERVISIGN_PATH_ID_SIZE];
    char pin[ORDER_PIN_SIZE];    /* of CALL_INIT_SESSION */
    uint8_t data[ORDER_TBS_MAX]; /* of CALL_SIGN: what is to be signed */
    size_t data_size;
    bool sha256; /* of CALL_SIGN: CKM_SHA256_RSA_PKCS, big-endian */
};

/* `Parameter=` with a percent-encoded base64 JSON. The body is wiped, good or bad. ERR_BAD_INPUT
 * (also an unknown call) and ERR_NO_MEMORY leave the order wiped. */
enum err servisign_order_read(uint8_t *body, size_t size, struct servisign_order *order) MUST_CHECK;
void servisign_order_wipe(struct servisign_order *order);
