#include "site_rig.h"

static struct wall site_now(void *self)
{
    return rig_time(self);
}

static enum outcome site_ask(void *self, struct letter *letter, struct arena *memory,
                             struct bytes *body)
{
    return rig_ask(self, letter, memory, body);
}

static const struct facts *site_facts(void *self)
{
    return rig_facts(self);
}

static enum err site_reload(void *self)
{
    return rig_reload_facts(self);
}

struct site site_of_rig(struct rig *rig, const struct config *config)
{
    return (struct site){.self = rig,
                         .out = stdout,
                         .errors = stderr,
                         .config = config,
                         .store = rig_store(rig),
                         .keys = rig_keys(rig),
                         .now = site_now,
                         .ask = site_ask,
                         .facts = site_facts,
                         .reload = site_reload};
}
