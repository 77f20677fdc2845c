#include "bench/rig_token.h"
#include "base/prng.h"
#include "cli/options.h"
#include "rt/payload.h"
#include <psa/crypto.h>
#include <stdio.h>
#include <time.h>

enum { PATH_ROOM = 600 };

static void on_token(void *self, enum outcome outcome, struct bytes body)
{
    uint64_t *refused = self;
    (void)body;
    *refused += outcome != OUTCOME_CREATED;
}

enum err rig_token(struct rig *rig, uint64_t institution, uint64_t *refused,
                   char text[SESSION_SECRET_TEXT + 1])
{
    uint8_t secret[SESSION_SECRET_SIZE];
    struct letter *letter = letter_new();
    if (letter == NULL) {
        return ERR_NO_MEMORY;
    }
    entropy_fill(secret, sizeof secret);
    session_text(secret, text);
    struct msg *msg = &letter->msg;
    msg->kind = MSG_TOKEN_ADD;
    msg->to = (struct addr){ACTOR_INSTITUTION, institution};
    msg->principal = (struct principal){.kind = PRINCIPAL_SYSTEM, .method = METHOD_SYSTEM};
    msg->u.token.secret = session_digest(bytes_from_text(text));
    entropy_fill(&msg->u.token.id, sizeof msg->u.token.id);
    entropy_fill(msg->u.token.csrf, sizeof msg->u.token.csrf);
    msg->u.token.rights = RIGHTS_ALL;
    msg->u.token.name = BYTES_LITERAL("bench");
    rig_tell(rig, letter, on_token, refused);
    return ERR_OK;
}

bool rig_of_directory(const char *directory, struct rig **rig, int *code)
{
    static struct config config;
    char path[PATH_ROOM];
    struct timespec now;
    int size = snprintf(path, sizeof path, "%s/baobei.conf", directory);
    *code = EXIT_BAD_INPUT;
    if (size < 0 || (size_t)size >= sizeof path || !options_config(path, &config, code)) {
        return false;
    }
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct wall wall = {now.tv_sec * 1000 + now.tv_nsec / 1000000};
    enum err err =
        psa_crypto_init() == PSA_SUCCESS ? rig_open(&config, wall, rig) : ERR_UNSUPPORTED;
    *code = exit_of(err);
    return err == ERR_OK;
}
