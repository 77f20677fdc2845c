/* One signature by one card: log in, sign, log out (AUTH 7.8). */
#pragma once
#include "card/order.h"
#include "card/wallet.h"

enum { SIGN_SIZE_MAX = 1024 };

struct signature {
    enum code code;
    unsigned long ckr; /* what the card said last; 0: it was not asked */
    int tries_left;    /* as far as the card tells; -1: it does not */
    uint8_t bytes[SIGN_SIZE_MAX];
    size_t size;
    uint8_t certificate[WALLET_CERT_SIZE_MAX];
    size_t certificate_size;
    char serial[WALLET_TEXT_SIZE];
};

/* The PIN in the order is wiped when this returns. Refuses without using up a try: a locked card, a
 * PIN of a length the card never takes, and the last try unless the order allows it. */
void sign(struct wallet *wallet, struct order *order, struct signature *result);
