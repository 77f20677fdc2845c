/* How anything reaches a loop from another thread: two lists and a wake that carries no data, since
 * uv_async_send coalesces and is the only uv call allowed off the loop (DESIGN 6). */
#include "base/check.h"
#include "loop/loop_private.h"

static void inbox_push(struct loop *loop, struct mpsc *queue, struct mpsc_node *node)
{
    if (!mpsc_push(queue, node))
        return; /* whoever made it non-empty has woken the loop */
    int failed = uv_async_send(&loop->async);
    CHECK(failed == 0);
}

void loop_call(struct loop *loop, struct loop_call *call)
{
    CHECK(call->run != NULL);
    inbox_push(loop, &loop->calls, &call->node);
}

void loop_deliver(struct loop *loop, struct letter *letter)
{
    CHECK(addr_shard(letter->msg.to, loop->config.loops) == loop->config.index);
    inbox_push(loop, &loop->letters, &letter->node);
}

void loop_wake(struct loop *loop)
{
    int failed = uv_async_send(&loop->async);
    CHECK(failed == 0);
}

static void home_on_call(struct loop *loop, struct loop_call *call)
{
    CHECK(call == &loop->home.call);
    CHECK(loop->home.is_coming);
    loop->home.is_coming = false; /* before: the shard's answers may lead to the next seal */
    loop->home.has_come = true;
    shard_committed(loop->shard, loop->home.batch, loop->home.status);
}

void loop_home(struct loop *loop, struct batch *batch, enum err status)
{
    CHECK(batch->shard == loop->config.index);
    CHECK(!loop->home.is_coming); /* one batch of a shard is in flight */
    loop->home.batch = batch;
    loop->home.status = status;
    loop->home.is_coming = true;
    loop->home.call.run = home_on_call;
    loop_call(loop, &loop->home.call);
}

void inbox_drain(struct loop *loop)
{
    struct mpsc_node *node = mpsc_drain(&loop->letters);
    while (node != NULL) {
        struct letter *letter = container_of(node, struct letter, node);
        node = node->next; /* before the shard gets it */
        enum post post = shard_post(loop->shard, letter);
        if (post != POST_TAKEN)
            doors_refuse(loop, letter, post);
    }
    node = mpsc_drain(&loop->calls);
    while (node != NULL) {
        struct loop_call *call = container_of(node, struct loop_call, node);
        node = node->next; /* the call's memory may be gone when it has run */
        call->run(loop, call);
    }
}
