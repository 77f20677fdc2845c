/* The body of POST /v1/sign, decoded: {"slot","cert_id","pin","tbs":"<base64>","alg":"RS256"} and
 * optionally "final_try":true. Unknown and doubled members are refused. An order holds a PIN:
 * whoever has one wipes it (order_wipe) as soon as the card has seen it. Any thread. */
#pragma once
#include "base/bytes.h"

enum { ORDER_NAME_SIZE = 72, ORDER_PIN_SIZE = 72, ORDER_TBS_MAX = 4096, ORDER_PADDING = 4 };

struct order {
    char slot[ORDER_NAME_SIZE];
    char cert_id[ORDER_NAME_SIZE];
    char pin[ORDER_PIN_SIZE]; /* bytes, `pin_size` of them */
    size_t pin_size;
    bool final_try;
    uint8_t tbs[ORDER_TBS_MAX];
    size_t tbs_size;
};

/* `body` is read in place, and wiped whether it is good or not: the PIN stood in it. ORDER_PADDING
 * bytes behind it are overwritten. ERR_BAD_INPUT leaves the order wiped. */
enum err order_read(uint8_t *body, size_t size, struct order *order) MUST_CHECK;
void order_wipe(struct order *order);
