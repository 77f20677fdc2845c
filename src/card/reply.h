/* The bodies of the bridge's answers as JSON (AUTH 7.8). malloc'd text with its size; NULL: no
 * memory. Any thread. */
#pragma once
#include "card/sign.h"

#define REPLY_VERSION "1.0.0"

char *reply_ping(bool confirm, size_t *size); /* confirm: it signs only from its popup */
char *reply_slots(const struct wallet_list *list, size_t *size);
char *reply_signature(const struct signature *signature, size_t *size); /* also of a failed one */
char *reply_failure(enum code code, size_t *size);
