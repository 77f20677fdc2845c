/* What the handlers need of the program beyond the exchange: filled by app.c, const, any thread
 * (web_config.app). */
#pragma once
#include "base/bytes.h"
#include <stdint.h>

enum { COMPONENT_PORTS_MAX = 4 };

struct api_app {
    /* The look-up value of an ID number (seal.h), which the door may not see (DESIGN 4). */
    struct digest (*id_lookup)(const void *self, struct bytes id_no);
    /* Signs a root of the audit log (seal_sign.h): DER into `to` of `room` bytes; 0: it can't. */
    size_t (*sign)(const void *self, struct bytes text, uint8_t *to, size_t room);
    const char *sign_public; /* PEM */
    const void *self;
    uint16_t bridge_ports[COMPONENT_PORTS_MAX]; /* 0 ends */
    uint32_t challenges_per_minute;             /* from one address (AUTH 7.1) */
    const char *servisign_path_id, *servisign_min, *servisign_download;
};
