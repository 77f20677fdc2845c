/* The cards that are in the readers, over all modules.
 *
 * A card is named by its token's serial number, since slot numbers change from start to start. What
 * PKCS#11 reads from a card without a PIN, its certificates, is kept as long as the card stays in.
 * A wallet belongs to the job that runs (jobs.h): one thread at a time. */
#pragma once
#include "card/cert.h"
#include "card/code.h"
#include "card/module.h"
#include "card/settings.h"

enum { WALLET_TEXT_SIZE = 72, WALLET_CERTS_MAX = 8, WALLET_CERT_SIZE_MAX = 8192 };

struct wallet_cert {
    char id[2 * 32 + 1]; /* CKA_ID in hex */
    char label[WALLET_TEXT_SIZE];
    uint8_t *der;
    size_t der_size;
    struct cert_facts facts;
};

struct wallet_card {
    char slot[WALLET_TEXT_SIZE]; /* what the page calls it by */
    char reader[WALLET_TEXT_SIZE];
    char label[WALLET_TEXT_SIZE];
    char serial[WALLET_TEXT_SIZE];
    unsigned long pin_min, pin_max;
    bool pin_low, pin_final, pin_locked;
    const struct module *module;
    CK_SLOT_ID slot_id;
    const struct wallet_certs *certs; /* owned by the wallet; NULL before wallet_certs_of */
};

struct wallet_certs {
    char slot[WALLET_TEXT_SIZE];
    struct wallet_cert certs[WALLET_CERTS_MAX];
    size_t count;
    uint64_t seen; /* the round in which the card was last in a reader */
    struct wallet_certs *next;
};

struct wallet {
    struct module modules[SETTINGS_MODULES_MAX];
    size_t module_count;
    struct wallet_certs *cache;
    uint64_t round;
};

struct wallet_list {
    struct wallet_card *cards;
    size_t count, capacity;
};

void wallet_open(struct wallet *wallet, const struct settings *settings); /* borrows the settings */
void wallet_close(struct wallet *wallet);

/* Every card, in a stable order. CODE_OK, or CODE_NO_MODULE, CODE_NO_READER, CODE_NO_TOKEN,
 * CODE_INTERNAL with an empty list. Without certificates; give back with wallet_list_free. */
enum code wallet_look(struct wallet *wallet, struct wallet_list *list);
void wallet_list_free(struct wallet_list *list);

/* Sets card->certs, from the card or the cache; forgets those of cards that are gone. A card that
 * is pulled meanwhile is taken off the list. */
void wallet_read_certs(struct wallet *wallet, struct wallet_list *list);

/* PKCS#11's blank-padded UTF-8 as text; what is not UTF-8 becomes '?'. `size` bytes at most. */
void wallet_text(char text[WALLET_TEXT_SIZE], const unsigned char *padded, size_t size);
