/* The document that goes to NHI and the result that comes back, as CSV (RFC 4180, UTF-8) by libcsv.
 *
 * The exchange format of 報備支援 is not published (DOMAIN 10): names and meanings of the columns
 * are those of NHI's other files. First line: the manifest. Second: the columns. Then a record a
 * row, known to NHI by (CASE_NO, SEQ, VERSION).
 *
 * Pure; any thread. Writers fail their flag. */
#pragma once
#include "base/arena.h"
#include "rt/transfer_job.h"

struct transfer_record {
    struct line_id line;
    uint32_t version;
    enum outbox_action action;
    struct bytes id_no, name;
    char profession;
    uint64_t home, target; /* institution ids */
    struct bytes target_name;
    bool target_medical;
    uint16_t department; /* packed, 0 none */
    uint8_t purpose;
    int64_t first, last; /* local minutes of the first start and the last end */
    uint32_t occurrences;
    int64_t decided_at;
    struct bytes bureau, document_no;
    int64_t at; /* of the outbox row */
};

enum { TRANSFER_RECORD_ROOM = 2048, TRANSFER_HEAD_ROOM = 512 };
void transfer_columns_write(struct writer *out);
void transfer_record_write(struct writer *out, const struct transfer_record *record);
void transfer_manifest_write(struct writer *out, uint64_t transfer, enum transfer_kind kind,
                             uint32_t rows, const uint8_t sha256[32]);

/* Lines `CASE_NO,SEQ,VERSION,RESULT,CODE` (RESULT A accepted, R rejected) behind a head with these
 * names, as transfer_result_write. False: it makes no sense, none of it counts. */
bool transfer_results_parse(struct bytes csv, struct writer *out);
