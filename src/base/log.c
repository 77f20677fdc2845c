/* Writable state without an owner (README.md): every thread logs, nobody carries a handle for it. A
 * line is built on the caller's stack, without the lock; the lock covers one memcpy.
 *
 * Redaction: people have their own type (log_person). Besides, whatever has the shape of a national
 * ID or UI number inside a text is masked while printing, so that a careless caller can't leak one
 * either.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "base/log.h"
#include "base/check.h"
#include "base/prng.h"
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_SIZE = 1024, RING_LINES = 1024, FLUSH_SIZE = 32 * 1024, ID_SHAPE_SIZE = 10 };
/* How long ordinary lines may gather, unless a quarter of the ring is full before. */
enum { GATHER_MS = 10, GATHER_LINES = RING_LINES / 4 };

static const char cut_mark[] = " cut=1\n";

struct log_line {
    size_t size;
    char text[LINE_MAX_SIZE];
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_t flusher;
    struct log_line ring[RING_LINES];
    uint32_t oldest, waiting;
    uint64_t dropped, dropped_told;
    _Atomic(enum log_level) least;
    bool running, stopping;
    bool urgent; /* what waits is not to gather */
} state = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .filled = PTHREAD_COND_INITIALIZER,
    .least = LOG_INFO,
};

static pthread_once_t person_key_once = PTHREAD_ONCE_INIT;
static uint64_t
    person_key[2]; /* of this process only: the mark of a person means nothing elsewhere */

static void person_key_make(void)
{
    entropy_fill(person_key, sizeof person_key);
}

/* ---- fields ---- */

struct log_field log_text(const char *key, const char *value)
{
    return (struct log_field){key, LOG_TEXT, {.text = value == NULL ? "" : value}};
}

struct log_field log_int(const char *key, int64_t value)
{
    return (struct log_field){key, LOG_INT, {.integer = value}};
}

struct log_field log_hex(const char *key, uint64_t value)
{
    return (struct log_field){key, LOG_HEX, {.bits = value}};
}

struct log_field log_bytes(const char *key, struct bytes value)
{
    return (struct log_field){key, LOG_BYTES, {.bytes = value}};
}

struct log_field log_person(const char *key, uint64_t person_id)
{
    return (struct log_field){key, LOG_PERSON, {.bits = person_id}};
}

/* ---- building a line ---- */

/* Appends while there is room for the mark of a cut; false once something did not fit. */
static bool line_add(struct log_line *line, const char *text, size_t size)
{
    if (size > LINE_MAX_SIZE - sizeof cut_mark - line->size)
        return false;
    memcpy(line->text + line->size, text, size);
    line->size += size;
    return true;
}

static bool line_add_text(struct log_line *line, const char *text)
{
    return line_add(line, text, strlen(text));
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* [A-Z][1289A-D]\d{8}, the shape of DOMAIN 5.1, at `at`. */
static bool has_id_shape(struct bytes value, size_t at)
{
    if (value.size - at < ID_SHAPE_SIZE)
        return false;
    const uint8_t *c = value.data + at;
    if (c[0] < 'A' || c[0] > 'Z' || c[1] == '\0' || strchr("1289ABCD", c[1]) == NULL)
        return false;
    for (size_t i = 2; i < ID_SHAPE_SIZE; i++)
        if (!is_digit(c[i]))
            return false;
    return true;
}

static bool line_add_id_mask(struct log_line *line, const uint8_t *id)
{
    char mask[ID_SHAPE_SIZE];
    memcpy(mask, id, ID_SHAPE_SIZE);
    memset(mask + 5, 'X', 4);
    return line_add(line, mask, ID_SHAPE_SIZE);
}

/* One character inside quotes. Everything but printable ASCII is escaped: what a line shows is what
 * was logged, whatever the terminal does with controls. */
static bool line_add_escaped(struct log_line *line, uint8_t c)
{
    char escaped[8];
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
        char plain = (char)c;
        return line_add(line, &plain, 1);
    }
    if (c == '"' || c == '\\')
        snprintf(escaped, sizeof escaped, "\\%c", c);
    else
        snprintf(escaped, sizeof escaped, "\\x%02x", c);
    return line_add_text(line, escaped);
}

static bool needs_quotes(struct bytes value)
{
    for (size_t i = 0; i < value.size; i++) {
        uint8_t c = value.data[i];
        if (c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '=')
            return true;
    }
    return value.size == 0;
}

static bool line_add_value(struct log_line *line, struct bytes value)
{
    bool quoted = needs_quotes(value);
    if (quoted && !line_add_text(line, "\""))
        return false;
    for (size_t i = 0; i < value.size; i++) {
        if (has_id_shape(value, i)) {
            if (!line_add_id_mask(line, value.data + i))
                return false;
            i += ID_SHAPE_SIZE - 1;
        } else if (!line_add_escaped(line, value.data[i])) {
            return false;
        }
    }
    return !quoted || line_add_text(line, "\"");
}

/* A mark that is the same for the same person while this process lives, and can't be led back. */
static uint32_t person_mark(uint64_t person_id)
{
    pthread_once(&person_key_once, person_key_make);
    struct prng mixer;
    prng_seed(&mixer, person_id ^ person_key[0]);
    return (uint32_t)((prng_next(&mixer) ^ person_key[1]) >> 32);
}

static bool line_add_field(struct log_line *line, const struct log_field *field)
{
    char number[32];
    if (!line_add_text(line, " ") || !line_add_text(line, field->key) || !line_add_text(line, "="))
        return false;
    switch (field->kind) {
    case LOG_TEXT: return line_add_value(line, bytes_from_text(field->u.text));
    case LOG_BYTES: return line_add_value(line, field->u.bytes);
    case LOG_INT:
        snprintf(number, sizeof number, "%" PRId64, field->u.integer);
        return line_add_text(line, number);
    case LOG_HEX:
        snprintf(number, sizeof number, "%016" PRIx64, field->u.bits);
        return line_add_text(line, number);
    case LOG_PERSON:
        snprintf(number, sizeof number, "person-%08" PRIx32, person_mark(field->u.bits));
        return line_add_text(line, number);
    }
    CHECK(false);
    return false;
}

static bool line_add_head(struct log_line *line, enum log_level level, const char *event)
{
    static const char *const names[] = {"debug", "info", "warn", "alarm"};
    CHECK((unsigned)level < ARRAY_COUNT(names));
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    char head[96];
    size_t size = strftime(head, sizeof head, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(head + size, sizeof head - size, ".%03ldZ %s ", now.tv_nsec / 1000000, names[level]);
    return line_add_text(line, head) && line_add_text(line, event);
}

static void line_build(struct log_line *line, enum log_level level, const char *event,
                       const struct log_field *fields, size_t count)
{
    line->size = 0;
    bool whole = line_add_head(line, level, event);
    for (size_t i = 0; whole && i < count; i++)
        whole = line_add_field(line, &fields[i]);
    const char *end = whole ? "\n" : cut_mark;
    memcpy(line->text + line->size, end, strlen(end));
    line->size += strlen(end);
    CHECK(line->size < LINE_MAX_SIZE);
}

/* ---- writing ---- */

static void text_write(const char *text, size_t whole)
{
    size_t done = 0;
    while (done < whole) {
        ssize_t size = write(STDERR_FILENO, text + done, whole - done);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return; /* stderr is gone: there is no other place to say so */
        done += (size_t)size;
    }
}

static void line_write(const struct log_line *line)
{
    text_write(line->text, line->size);
}

static void dropped_tell(uint64_t dropped)
{
    struct log_line line;
    const struct log_field field = log_int("total", (int64_t)dropped);
    line_build(&line, LOG_WARN, "log_lines_dropped", &field, 1);
    line_write(&line);
}

/* Takes what lies in the ring, oldest first, as far as it fits. Under the lock. */
static size_t ring_take(char text[FLUSH_SIZE])
{
    size_t size = 0;
    while (state.waiting > 0) {
        const struct log_line *oldest = &state.ring[state.oldest];
        if (oldest->size > FLUSH_SIZE - size)
            break;
        memcpy(text + size, oldest->text, oldest->size);
        size += oldest->size;
        state.oldest = (state.oldest + 1) % RING_LINES;
        state.waiting--;
    }
    return size;
}

/* A wake-up for each line would cost its request more than the line itself. Under the lock. */
static void ring_gather(void)
{
    struct timespec until;
    int failed = clock_gettime(CLOCK_MONOTONIC, &until);
    CHECK(failed == 0);
    until.tv_nsec += GATHER_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    while (!state.urgent && !state.stopping && state.waiting < GATHER_LINES && failed == 0)
        failed = pthread_cond_clockwait(&state.filled, &state.lock, CLOCK_MONOTONIC, &until);
    CHECK(failed == 0 || failed == ETIMEDOUT);
}

/* The flusher: what has gathered goes out in one write, without the lock: the lines of many
 * requests share a system call. */
static void *flusher_run(void *unused)
{
    (void)unused;
    char text[FLUSH_SIZE];
    (void)pthread_setname_np(pthread_self(), "log");
    pthread_mutex_lock(&state.lock);
    for (;;) {
        while (state.waiting == 0 && !state.stopping)
            pthread_cond_wait(&state.filled, &state.lock);
        if (state.waiting == 0)
            break;
        ring_gather();
        size_t size = ring_take(text);
        state.urgent = state.urgent && state.waiting > 0;
        uint64_t dropped = state.dropped;
        bool tell = dropped != state.dropped_told;
        state.dropped_told = dropped;
        pthread_mutex_unlock(&state.lock);
        text_write(text, size);
        if (tell)
            dropped_tell(dropped);
        pthread_mutex_lock(&state.lock);
    }
    pthread_mutex_unlock(&state.lock);
    return NULL;
}

void log_event(enum log_level level, const char *event, const struct log_field *fields,
               size_t count)
{
    CHECK(event != NULL);
    if (level < atomic_load_explicit(&state.least, memory_order_relaxed))
        return;

    struct log_line line;
    line_build(&line, level, event, fields, count);
    pthread_mutex_lock(&state.lock);
    bool direct = !state.running;
    if (!direct && state.waiting == RING_LINES) {
        state.dropped++;
    } else if (!direct) {
        struct log_line *free_line = &state.ring[(state.oldest + state.waiting) % RING_LINES];
        free_line->size = line.size;
        memcpy(free_line->text, line.text, line.size);
        state.waiting++;
        bool urgent = level > LOG_INFO && !state.urgent;
        state.urgent = state.urgent || urgent;
        if (urgent || state.waiting == 1 || state.waiting == GATHER_LINES)
            pthread_cond_signal(&state.filled);
    }
    pthread_mutex_unlock(&state.lock);
    if (direct)
        line_write(&line);
}

enum err log_start(enum log_level least)
{
    pthread_mutex_lock(&state.lock);
    CHECK(!state.running);
    atomic_store_explicit(&state.least, least, memory_order_relaxed);
    state.stopping = false;
    enum err err = ERR_OK;
    if (pthread_create(&state.flusher, NULL, flusher_run, NULL) == 0)
        state.running = true;
    else
        err = ERR_FULL;
    pthread_mutex_unlock(&state.lock);
    return err;
}

void log_stop(void)
{
    pthread_mutex_lock(&state.lock);
    bool was_running = state.running;
    state.running = false; /* from here on lines are written directly */
    state.stopping = true;
    pthread_cond_signal(&state.filled);
    pthread_mutex_unlock(&state.lock);
    if (was_running) {
        int failed = pthread_join(state.flusher, NULL);
        CHECK(failed == 0);
    }
}

uint64_t log_dropped(void)
{
    pthread_mutex_lock(&state.lock);
    uint64_t dropped = state.dropped;
    pthread_mutex_unlock(&state.lock);
    return dropped;
}
