/* What the handlers need of the program beyond the exchange: filled by app_web.c, const, any thread
 * (web_config.app). */
#pragma once
#include "base/arena.h"
#include "model/upload.h"
#include <stdint.h>

enum { COMPONENT_PORTS_MAX = 4, UPLOAD_SEALED_PIECES = 3 };

struct exchange;
struct snapshot;

struct api_upload_fault {
    uint32_t row;
    char column[4];     /* its letters */
    const char *header; /* its name, as in the template */
    enum code code;
    struct bytes value, message; /* message: how to mend it, in the language of the request */
};

struct api_app {
    /* The look-up value of an ID number (seal.h), which the door may not see (DESIGN 4). */
    struct digest (*id_lookup)(const void *self, struct bytes id_no);
    /* Signs a root of the audit log (seal_sign.h): DER into `to` of `room` bytes; 0: it can't. */
    size_t (*sign)(const void *self, struct bytes text, uint8_t *to, size_t room);
    const char *sign_public; /* PEM */
    const void *self;
    /* Uploaded sheets (src/uploads.h); all on the pool, with `uploads` as self. */
    const void *uploads;
    bool (*upload_is_sheet)(struct bytes file);
    /* Where the file stands, so that it stands there once; `sealed`: the pieces in their order. */
    enum err (*upload_seal)(const void *self, uint8_t *file, size_t size, const uint8_t sha256[32],
                            struct arena *arena, struct bytes sealed[UPLOAD_SEALED_PIECES]);
    enum err (*upload_faults)(const void *self, struct snapshot *snapshot,
                              const struct upload_record *record, struct exchange *x,
                              struct api_upload_fault **items, uint32_t *count);
    enum err (*upload_report)(const void *self, struct snapshot *snapshot,
                              const struct upload_record *record, struct exchange *x,
                              struct bytes *out);
    enum err (*upload_template)(const void *self, enum upload_kind kind, struct exchange *x,
                                struct bytes *out);
    uint16_t bridge_ports[COMPONENT_PORTS_MAX]; /* 0 ends */
    uint32_t challenges_per_minute;             /* from one address (AUTH 7.1) */
    const char *servisign_path_id, *servisign_min, *servisign_download;
};
