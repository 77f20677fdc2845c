/* A stream of events (API 5; text/event-stream of the HTML standard): the thing is looked at again
 * and again, and what has changed is told; so a stream that is opened after a restart knows what
 * one before it knew. Looked at after a quarter of the time that nothing has happened, so that a
 * sheet of 20 ms is told after 25; four times a second from the first second on, once after ten. */
#include "base/check.h"
#include "model/allow.h"
#include "web/exchange_private.h"
#include "web/session.h"
#include <stdio.h>

enum { COMMENT_MS = 15 * 1000, LIVELY_MS = 10 * 1000, CALM_GAP_MS = 1000, EVENT_CHUNK = 4096 };
enum { EVENT_HEAD_MAX = 64 };

static const struct bytes comment = {(const uint8_t *)":\n\n", 3};

uint32_t exchange_event_last(const struct exchange *x)
{
    const struct exchange_run *run = x->run;
    struct bytes text;
    uint32_t version = 0;
    if (run->streams || !exchange_field(x, "last-event-id", &text))
        return run->event_id;
    for (size_t i = 0; i < text.size && i < 9; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        version = version * 10 + (uint32_t)(text.data[i] - '0');
    }
    return version;
}

void exchange_event(struct exchange *x, uint32_t version, yyjson_mut_doc *data)
{
    struct exchange_run *run = x->run;
    CHECK(version != 0 && (x->route->flags & ROUTE_EVENTS) != 0);
    struct bytes text = json_print(data, x->arena);
    size_t room = text.size + EVENT_HEAD_MAX;
    uint8_t *memory = text.data == NULL ? NULL : arena_alloc(x->arena, room);
    if (memory == NULL)
        return; /* it is looked at again */
    char head[EVENT_HEAD_MAX];
    (void)snprintf(head, sizeof head, "event: state\nid: %u\ndata: ", version);
    struct writer out = writer_on(memory, room);
    write_text(&out, head);
    write_raw(&out, text); /* of one line: JSON writes line ends as \\n */
    write_text(&out, "\n\n");
    CHECK(!out.failed);
    run->event = writer_bytes(&out);
    run->event_id = version;
}

static void quick_end(struct exchange_run *run)
{
    struct exchange_run **at = &run->front->quick_first;
    if (!run->quick)
        return;
    while (*at != run)
        at = &(*at)->quick_next;
    *at = run->quick_next;
    run->quick = false;
}

/* When it is looked at next, should that be before the tick. */
static void quick_plan(struct exchange_run *run, uint64_t now_ms)
{
    struct front *front = run->front;
    uint64_t gap_ms = (now_ms - run->event_ms) / 4;
    if (gap_ms >= CONN_TICK_MS) {
        quick_end(run);
        return;
    }
    run->look_ms = now_ms + gap_ms;
    if (!run->quick) {
        run->quick = true;
        run->quick_next = front->quick_first;
        front->quick_first = run;
        conn_host_quick(&front->host, true);
    }
}

static void stream_begin(struct exchange_run *run, uint64_t now_ms)
{
    struct answer answer = {.status = 200,
                            .mime = "text/event-stream",
                            .body = run->event.size > 0 ? run->event : comment,
                            .head_only = run->x.request->method == REQUEST_HEAD,
                            .stream = true};
    run->streams = true;
    run->told_ms = run->event_ms = now_ms;
    arena_init(&run->events, EVENT_CHUNK, CONN_ARENA_QUOTA);
    exchange_log(run, 200);
    quick_plan(run, now_ms);
    conn_answer(run->conn, &answer);
}

void front_on_quick(void *self, uint64_t now_ms)
{
    struct front *front = self;
    struct exchange_run *next;
    for (struct exchange_run *run = front->quick_first; run != NULL; run = next) {
        next = run->quick_next;
        if (run->conn->state != CONN_STREAMING)
            quick_end(run);
        else if (now_ms >= run->look_ms)
            events_tick(run, now_ms);
    }
    if (front->quick_first == NULL)
        conn_host_quick(&front->host, false);
}

void events_advance(struct exchange_run *run)
{
    uint64_t now_ms = uv_now(run->front->host.uv);
    run->read_ms = now_ms;
    if (!run->streams) {
        stream_begin(run, now_ms);
        return;
    }
    if (run->answered) {
        conn_stream_end(run->conn); /* it is gone, or not to be had: the client asks again */
        return;
    }
    if (run->event.size > 0)
        run->event_ms = now_ms;
    quick_plan(run, now_ms);
    if (run->event.size > 0) {
        run->told_ms = now_ms;
        conn_stream(run->conn, run->event);
    } else if (now_ms - run->told_ms >= COMMENT_MS) {
        run->told_ms = now_ms;
        conn_stream(run->conn, comment);
    }
}

/* The session may have ended, the person may have moved: as if he asked anew. */
static bool still_admitted(struct exchange_run *run)
{
    struct front *front = run->front;
    const struct web_config *config = &front->shared->config;
    struct exchange *x = &run->x;
    x->now = loop_wall(front->loop);
    struct session_found found = session_verify(config->sessions(config->app, front->index),
                                                x->request, front->shared->address.secure, x->now);
    if (found.session == NULL)
        return false;
    x->session = *found.session;
    x->principal = found.session->principal;
    return allow_role(&x->principal, x->route->verb) == ALLOWED;
}

static void facts_renew(struct exchange_run *run)
{
    struct front *front = run->front;
    const struct web_config *config = &front->shared->config;
    if (config->facts == NULL)
        return;
    if (run->facts_hold != NULL && config->facts_done != NULL)
        config->facts_done(config->app, front->index, run->facts_hold);
    run->facts_hold = NULL;
    run->x.facts = config->facts(config->app, front->index, &run->facts_hold);
}

void events_tick(struct exchange_run *run, uint64_t now_ms)
{
    bool calm = now_ms - run->event_ms >= LIVELY_MS;
    if (run->is_reading || (calm && now_ms - run->read_ms < CALM_GAP_MS))
        return;
    if (!still_admitted(run)) {
        conn_stream_end(run->conn);
        return;
    }
    facts_renew(run);
    arena_reset(&run->events);
    run->x.arena = &run->events;
    run->x.user = NULL;
    run->event = (struct bytes){NULL, 0};
    exchange_read(run, run->x.route->read);
}

void events_end(struct exchange_run *run)
{
    quick_end(run);
    if (run->streams)
        arena_deinit(&run->events);
    run->streams = false;
}
