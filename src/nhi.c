#include "nhi.h"
#include "base/check.h"
#include "base/log.h"
#include "registry/transfer_file.h"
#include <stdio.h>
#include <string.h>

enum {
    URL_ROOM = 700,
    HEADER_ROOM = 128,
    ANSWER_BYTES_MAX = 256 * 1024,
    ROWS_ROOM = 2 * TRANSFER_ROWS_MAX * TRANSFER_RESULT_SIZE
};

/* The letter that brings the answer holds the call, too. */
struct nhi_errand {
    struct loop *loop;
    struct letter *letter;
    enum outside outside;
    char key[TRANSFER_KEY_MAX];
};

static void errand_end(struct nhi_errand *errand, const struct transfer_answer *answer)
{
    struct loop *loop = errand->loop;
    struct letter *letter = errand->letter;
    uint8_t *room = arena_alloc(&letter->arena, answer->rows.size + TRANSFER_ANSWER_ROOM);
    letter->msg.u.work.err = room == NULL ? ERR_NO_MEMORY : ERR_OK;
    if (room != NULL) {
        struct writer out = writer_on(room, answer->rows.size + TRANSFER_ANSWER_ROOM);
        transfer_answer_write(&out, answer);
        CHECK(!out.failed);
        letter->msg.u.work.result = writer_bytes(&out);
    }
    loop_deliver(loop, letter); /* not into the shard: it may be running */
}

static enum transfer_said said_of(enum outside outside, uint16_t status)
{
    if (status == 200) {
        return SAID_RESULT;
    }
    if (status == 202) {
        return SAID_LATER;
    }
    if (status == 404 && outside == OUTSIDE_NHI_RESULT) {
        return SAID_UNKNOWN;
    }
    return status >= 400 && status < 500 && status != 408 && status != 429 ? SAID_REFUSED
                                                                           : SAID_NOTHING;
}

static void errand_on_answer(void *self, const struct http_answer *http)
{
    struct nhi_errand *errand = self;
    struct transfer_answer answer = {.said = SAID_NOTHING, .status = http->status};
    if (http->err == ERR_OK) {
        answer.said = said_of(errand->outside, http->status);
    }
    if (answer.said == SAID_RESULT) {
        uint8_t *room = arena_alloc(&errand->letter->arena, ROWS_ROOM);
        struct writer out = writer_on(room, room == NULL ? 0 : ROWS_ROOM);
        answer.said = transfer_results_parse(http->body, &out) ? SAID_RESULT : SAID_NOTHING;
        answer.rows = answer.said == SAID_RESULT ? writer_bytes(&out) : (struct bytes){0};
    }
    bool said = answer.said != SAID_NOTHING;
    loop_metrics(errand->loop)->counters[METRIC_OUTSIDE_CALLS]++;
    loop_metrics(errand->loop)->counters[METRIC_OUTSIDE_FAILED] += said ? 0 : 1;
    LOG(said ? LOG_INFO : LOG_WARN, "nhi_call", log_text("key", errand->key),
        log_text("what", errand->outside == OUTSIDE_NHI_SEND ? "send" : "result"),
        log_int("status", http->status), log_text("err", err_name(http->err)));
    errand_end(errand, &answer);
}

static enum err errand_go(struct nhi_errand *errand, const struct nhi_door *door,
                          struct bytes document)
{
    char url[URL_ROOM];
    char header[HEADER_ROOM];
    bool send = errand->outside == OUTSIDE_NHI_SEND;
    int size = snprintf(url, sizeof url, send ? "%s/transfers" : "%s/transfers/%s/result",
                        door->url, errand->key);
    if (size <= 0 || (size_t)size >= sizeof url) {
        return ERR_TOO_LARGE;
    }
    (void)snprintf(header, sizeof header, "Idempotency-Key: %s", errand->key);
    const char *const headers[] = {header, "Content-Type: text/csv; charset=utf-8",
                                   "Accept: text/csv", "Expect:"};
    struct http_client *client = NULL;
    enum err err = loop_http(errand->loop, &client);
    if (err != ERR_OK) {
        return err;
    }
    return http_call(client,
                     &(struct http_request){.url = url,
                                            .ca_file = door->ca_file,
                                            .headers = headers,
                                            .headers_count = ARRAY_COUNT(headers),
                                            .post = send,
                                            .body = document,
                                            .timeout_ms = door->timeout_ms,
                                            .answer_max = ANSWER_BYTES_MAX},
                     errand_on_answer, errand);
}

struct transfer_rules nhi_rules(const struct config *config)
{
    return (struct transfer_rules){.enabled = config->nhi_url[0] != '\0',
                                   .prompt = strcmp(config->nhi_pace, "prompt") == 0,
                                   .minute = (uint16_t)config->nhi_minute,
                                   .full_day = (uint8_t)config->nhi_full_day,
                                   .rows_max = (uint16_t)config->nhi_rows_max,
                                   .alarm_at = (uint16_t)config->nhi_alarm_attempts,
                                   .first_ms = (uint32_t)config->nhi_pause_ms,
                                   .longest_ms = (uint32_t)config->nhi_pause_max_s * 1000};
}

enum err nhi_door_check(const char *url, bool dev)
{
    struct bytes text = bytes_from_text(url);
    bool right = text.size == 0 || bytes_start_with(text, BYTES_LITERAL("https://")) ||
                 (dev && bytes_start_with(text, BYTES_LITERAL("http://127.0.0.1:")));
    if (!right) {
        LOG(LOG_ALARM, "nhi_url", log_text("url", url), log_text("why", "https is needed"));
    }
    return right ? ERR_OK : ERR_BAD_INPUT;
}

bool nhi_door_call(const struct nhi_door *door, struct loop *loop, struct addr back, uint32_t tag,
                   uint32_t incarnation, enum outside outside, struct bytes key,
                   struct bytes document)
{
    struct letter *letter = letter_new();
    struct nhi_errand *errand =
        letter == NULL ? NULL : arena_alloc_zero(&letter->arena, sizeof *errand);
    if (errand == NULL) {
        letter_free(letter);
        return false;
    }
    CHECK(key.size < sizeof errand->key);
    letter->msg.kind = MSG_OUTSIDE_DONE;
    letter->msg.to = back;
    letter->msg.u.work.tag = tag;
    letter->msg.u.work.incarnation = incarnation;
    *errand = (struct nhi_errand){.loop = loop, .letter = letter, .outside = outside};
    memcpy(errand->key, key.data, key.size);
    enum err err = errand_go(errand, door, document);
    if (err != ERR_OK) {
        errand_on_answer(errand, &(struct http_answer){.err = err});
    }
    return true;
}
