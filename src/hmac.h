/* HMAC-SHA-256 (RFC 2104) that takes no memory from the heap: mbedTLS's own does, and then a
 * request could not even be told who asks. Pure; any thread. */
#pragma once
#include "base/bytes.h"

enum { HMAC_SIZE = 32, HMAC_KEY_SIZE = 32 };

void hmac_sha256(const uint8_t key[HMAC_KEY_SIZE], struct bytes message, uint8_t out[HMAC_SIZE]);
