/* token add|list|revoke: API tokens of an institution (API 9), offline for now. */
#include "base/check.h"
#include "base/prng.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "model/civil.h"
#include "rig.h"
#include "storage/snapshot.h"
#include "web/session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAME_MAX_BYTES = 100 };

struct token_ask {
    const char *institution, *name, *rights, *expires;
};

/* "file,submit" -> bits. */
static bool rights_parse(const char *text, uint8_t *rights)
{
    *rights = 0;
    for (const char *at = text; *at != '\0';) {
        size_t size = strcspn(at, ",");
        uint8_t right = 0;
        if (!right_parse(bytes_of(at, size), &right)) {
            return false;
        }
        *rights |= right;
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return *rights != 0;
}

static int complain(const char *sentence)
{
    (void)fprintf(stderr, "token: %s\n", sentence);
    return EXIT_BAD_INPUT;
}

static int token_add(struct rig *rig, const struct token_ask *ask)
{
    uint64_t institution = 0;
    uint8_t rights = 0;
    int32_t expires = DAY_NONE;
    if (ask->institution == NULL ||
        !institution_code_parse(bytes_from_text(ask->institution), &institution) ||
        facts_institution(rig_facts(rig), institution) == NULL) {
        return complain("--institution is no institution's code");
    }
    if (ask->rights == NULL || !rights_parse(ask->rights, &rights)) {
        return complain("--rights is a list of read, file, submit, import");
    }
    if (ask->name == NULL || ask->name[0] == '\0' || strlen(ask->name) > NAME_MAX_BYTES) {
        return complain("--name is missing or longer than 100 bytes");
    }
    if (ask->expires != NULL && !date_parse(bytes_from_text(ask->expires), &expires)) {
        return complain("--expires is a date, YYYY-MM-DD");
    }
    uint8_t secret[SESSION_SECRET_SIZE];
    char text[SESSION_SECRET_TEXT + 1];
    entropy_fill(secret, sizeof secret);
    session_text(secret, text);
    struct letter *letter = letter_new();
    if (letter == NULL) {
        return EXIT_WORLD;
    }
    struct msg *msg = &letter->msg;
    msg->kind = MSG_TOKEN_ADD;
    msg->to = (struct addr){ACTOR_INSTITUTION, institution};
    msg->principal = (struct principal){.kind = PRINCIPAL_SYSTEM, .method = METHOD_SYSTEM};
    msg->u.token.secret = session_digest(bytes_from_text(text));
    entropy_fill(&msg->u.token.id, sizeof msg->u.token.id);
    entropy_fill(msg->u.token.csrf, sizeof msg->u.token.csrf);
    msg->u.token.rights = rights;
    /* Through the end of that day in Taipei. */
    msg->u.token.expires_at =
        expires == DAY_NONE ? 0
                            : ((int64_t)expires + 1) * MINUTES_PER_DAY * 60000 - TAIPEI_OFFSET_MS;
    msg->u.token.name = arena_copy(&letter->arena, bytes_from_text(ask->name));
    uint64_t id = msg->u.token.id;
    if (rig_ask(rig, letter, NULL, NULL) != OUTCOME_CREATED) {
        (void)fputs("token: it could not be stored\n", stderr);
        return EXIT_WORLD;
    }
    (void)printf("%s\n", text);
    (void)fprintf(stderr, "%016llx\n", (unsigned long long)id);
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(text, sizeof text);
    return EXIT_DONE;
}

static enum err tokens_walk(struct rig *rig, bool (*each)(void *self, const struct session *token),
                            void *self)
{
    struct snapshot *snapshot = NULL;
    struct scan *scan = NULL;
    struct bytes key, value;
    enum err err = snapshot_open(rig_store(rig), &snapshot);
    if (err == ERR_OK) {
        err = scan_open(snapshot, TABLE_TOKEN, (struct bytes){0}, false, &scan);
    }
    while (err == ERR_OK && scan_next(scan, &key, &value)) {
        struct session token;
        err = session_read(value, &token);
        if (err == ERR_OK && !each(self, &token)) {
            break;
        }
    }
    if (scan != NULL) {
        err = err == ERR_OK ? scan_err(scan) : err;
        scan_close(scan);
    }
    if (snapshot != NULL) {
        snapshot_close(snapshot);
    }
    return err;
}

static bool list_each(void *self, const struct session *token)
{
    char code[INSTITUTION_CODE_SIZE + 1];
    char created[INSTANT_MAX];
    char expires[INSTANT_MAX] = "never";
    (void)self;
    institution_code_print(token->principal.institution, code);
    (void)instant_print((struct wall){token->created_at}, created);
    if (token->expires_at != 0) {
        (void)instant_print((struct wall){token->expires_at}, expires);
    }
    (void)printf("%016llx\t%s\t%s%s%s%s\t%s\t%s\n", (unsigned long long)token->principal.session,
                 code, token->principal.rights & RIGHT_READ ? "read " : "",
                 token->principal.rights & RIGHT_FILE ? "file " : "",
                 token->principal.rights & RIGHT_SUBMIT ? "submit " : "",
                 token->principal.rights & RIGHT_IMPORT ? "import " : "", created, expires);
    return true;
}

struct finding_token {
    uint64_t id;
    struct session token;
    bool found;
};

static bool find_each(void *self, const struct session *token)
{
    struct finding_token *finding = self;
    if (token->principal.session == finding->id) {
        finding->token = *token;
        finding->found = true;
    }
    return !finding->found;
}

static int token_revoke(struct rig *rig, const char *text)
{
    struct finding_token finding = {0};
    char *end = NULL;
    unsigned long long id = text == NULL ? 0 : strtoull(text, &end, 16);
    if (text == NULL || strlen(text) != 16 || *end != '\0') {
        return complain("revoke needs a token's id, 16 hexadecimal digits");
    }
    finding.id = id;
    enum err err = tokens_walk(rig, find_each, &finding);
    if (err != ERR_OK || !finding.found) {
        return err != ERR_OK ? exit_of(err) : complain("there is no token with this id");
    }
    struct letter *letter = letter_new();
    if (letter == NULL) {
        return EXIT_WORLD;
    }
    letter->msg.kind = MSG_TOKEN_REVOKE;
    letter->msg.to = (struct addr){ACTOR_INSTITUTION, finding.token.principal.institution};
    letter->msg.principal = (struct principal){.kind = PRINCIPAL_SYSTEM, .method = METHOD_SYSTEM};
    letter->msg.u.token.secret = finding.token.secret;
    letter->msg.u.token.id = finding.id;
    return rig_ask(rig, letter, NULL, NULL) == OUTCOME_DELETED ? EXIT_DONE : EXIT_WORLD;
}

int cli_token(int argc, char **argv)
{
    const char *file = NULL;
    struct token_ask ask = {0};
    const char *words[WORDS_MAX];
    int words_count = 0;
    int code = EXIT_DONE;
    const struct option_ask asks[] = {{"config", &file, false},
                                      {"institution", &ask.institution, false},
                                      {"name", &ask.name, false},
                                      {"rights", &ask.rights, false},
                                      {"expires", &ask.expires, false}};
    static struct config config;
    if (!options_take(argc, argv, asks, ARRAY_COUNT(asks), words, &words_count)) {
        return EXIT_BAD_INPUT;
    }
    const char *verb = words_count > 0 ? words[0] : "";
    bool add = strcmp(verb, "add") == 0;
    bool list = strcmp(verb, "list") == 0;
    if (!add && !list && strcmp(verb, "revoke") != 0) {
        return complain("add --institution CODE --name NAME --rights read,file,submit,import "
                        "[--expires DATE] | list | revoke ID; --config FILE");
    }
    if (!options_config(file, &config, &code)) {
        return code;
    }
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct rig *rig = NULL;
    enum err err =
        rig_open(&config, (struct wall){now.tv_sec * 1000 + now.tv_nsec / 1000000}, &rig);
    if (err != ERR_OK) {
        return exit_of(err);
    }
    code = add    ? token_add(rig, &ask)
           : list ? exit_of(tokens_walk(rig, list_each, NULL))
                  : token_revoke(rig, words_count > 1 ? words[1] : NULL);
    rig_close(rig);
    return code;
}
