/* One line per event: `ts level event key=value …` (DESIGN 11).
 *
 * A line is built in a fixed buffer (longer ones are cut and marked), put into a ring and written
 * to stderr by one flusher thread; a full ring drops the line and counts. Before log_start and
 * after log_stop lines are written directly. Any thread. Values that name people have their own
 * type, whose printer redacts: there is no way to log a national ID number as text. */
#pragma once
#include "base/bytes.h"
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ALARM };

enum log_kind { LOG_TEXT, LOG_INT, LOG_HEX, LOG_BYTES, LOG_PERSON };

struct log_field {
    const char *key;
    enum log_kind kind;
    union {
        const char *text;
        int64_t integer;
        uint64_t bits;
        struct bytes bytes;
    } u;
};

struct log_field log_text(const char *key, const char *value); /* quoted and escaped as needed */
struct log_field log_int(const char *key, int64_t value);
struct log_field log_hex(const char *key, uint64_t value);
struct log_field log_bytes(const char *key, struct bytes value); /* printable ASCII, rest escaped */
struct log_field log_person(const char *key, uint64_t person_id); /* prints a short keyed hash */

void log_event(enum log_level level, const char *event, const struct log_field *fields,
               size_t count);
#define LOG(level, event, ...)                                                                     \
    log_event(level, event, (const struct log_field[]){__VA_ARGS__},                               \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

enum err log_start(enum log_level least) MUST_CHECK; /* starts the flusher */
void log_stop(void);                                 /* writes what is in the ring, joins */
uint64_t log_dropped(void);
