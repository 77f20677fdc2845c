/* token add|list|revoke: API tokens of an institution (API 9). */
#include "base/check.h"
#include "base/prng.h"
#include "cli/cli.h"
#include "cli/on_site.h"
#include "model/civil.h"
#include "storage/snapshot.h"
#include "web/session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct token_ask {
    const char *config, *institution, *name, *rights, *expires;
    const char *verb, *id;
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

static int complain(FILE *errors, const char *sentence)
{
    (void)fprintf(errors, "token: %s\n", sentence);
    return EXIT_BAD_INPUT;
}

static int token_add(struct site *site, const struct token_ask *ask)
{
    uint64_t institution = 0;
    uint8_t rights = 0;
    int32_t expires = DAY_NONE;
    if (ask->institution == NULL ||
        !institution_code_parse(bytes_from_text(ask->institution), &institution) ||
        facts_institution(site->facts(site->self), institution) == NULL) {
        return complain(site->errors, "--institution is no institution's code");
    }
    if (ask->rights == NULL || !rights_parse(ask->rights, &rights)) {
        return complain(site->errors, "--rights is a list of read, file, submit, import");
    }
    if (ask->name == NULL || ask->name[0] == '\0' || strlen(ask->name) > TOKEN_NAME_MAX) {
        return complain(site->errors, "--name is missing or longer than 100 bytes");
    }
    if (ask->expires != NULL && !date_parse(bytes_from_text(ask->expires), &expires)) {
        return complain(site->errors, "--expires is a date, YYYY-MM-DD");
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
    if (site->ask(site->self, letter, NULL, NULL) != OUTCOME_CREATED) {
        (void)fputs("token: it could not be stored\n", site->errors);
        return EXIT_WORLD;
    }
    (void)fprintf(site->out, "%s\n", text);
    (void)fprintf(site->errors, "%016llx\n", (unsigned long long)id);
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(text, sizeof text);
    return EXIT_DONE;
}

static enum err tokens_walk(struct site *site,
                            bool (*each)(void *self, const struct session *token), void *self)
{
    struct snapshot *snapshot = NULL;
    struct scan *scan = NULL;
    struct bytes key, value;
    enum err err = snapshot_open(site->store, &snapshot);
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

/* A name is what somebody typed: no tab or line of it may look like ours. */
static void name_print(FILE *out, const char *name)
{
    for (; *name != '\0'; name++) {
        (void)fputc((unsigned char)*name < ' ' || *name == '\x7f' ? '?' : *name, out);
    }
}

static bool list_each(void *self, const struct session *token)
{
    FILE *out = self;
    char code[INSTITUTION_CODE_SIZE + 1];
    char created[INSTANT_MAX];
    char expires[INSTANT_MAX] = "never";
    institution_code_print(token->principal.institution, code);
    (void)instant_print((struct wall){token->created_at}, created);
    if (token->expires_at != 0) {
        (void)instant_print((struct wall){token->expires_at}, expires);
    }
    (void)fprintf(out, "%016llx\t%s\t%s%s%s%s\t%s\t%s\t",
                  (unsigned long long)token->principal.session, code,
                  token->principal.rights & RIGHT_READ ? "read " : "",
                  token->principal.rights & RIGHT_FILE ? "file " : "",
                  token->principal.rights & RIGHT_SUBMIT ? "submit " : "",
                  token->principal.rights & RIGHT_IMPORT ? "import " : "", created, expires);
    name_print(out, token->name);
    (void)fputc('\n', out);
    return true;
}

/* Into memory first: whoever reads it may let us wait, and behind an open snapshot the store would
 * have to. */
static int token_list(struct site *site)
{
    char *text = NULL;
    size_t size = 0;
    FILE *list = open_memstream(&text, &size);
    if (list == NULL) {
        return exit_of(ERR_NO_MEMORY);
    }
    enum err err = tokens_walk(site, list_each, list);
    if (fclose(list) != 0 && err == ERR_OK) {
        err = ERR_NO_MEMORY;
    }
    if (err == ERR_OK) {
        (void)fwrite(text, 1, size, site->out);
    }
    free(text);
    return exit_of(err);
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

static int token_revoke(struct site *site, const char *text)
{
    struct finding_token finding = {0};
    char *end = NULL;
    unsigned long long id = text == NULL ? 0 : strtoull(text, &end, 16);
    if (text == NULL || strlen(text) != 16 || *end != '\0') {
        return complain(site->errors, "revoke needs a token's id, 16 hexadecimal digits");
    }
    finding.id = id;
    enum err err = tokens_walk(site, find_each, &finding);
    if (err != ERR_OK || !finding.found) {
        return err != ERR_OK ? exit_of(err)
                             : complain(site->errors, "there is no token with this id");
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
    return site->ask(site->self, letter, NULL, NULL) == OUTCOME_DELETED ? EXIT_DONE : EXIT_WORLD;
}

static bool token_parse(int argc, char **argv, FILE *errors, struct token_ask *ask)
{
    const char *words[WORDS_MAX];
    int words_count = 0;
    const struct option_ask asks[] = {{"config", &ask->config, false},
                                      {"institution", &ask->institution, false},
                                      {"name", &ask->name, false},
                                      {"rights", &ask->rights, false},
                                      {"expires", &ask->expires, false}};
    if (!options_take(argc, argv, asks, ARRAY_COUNT(asks), words, &words_count)) {
        return false;
    }
    ask->verb = words_count > 0 ? words[0] : "";
    ask->id = words_count > 1 ? words[1] : NULL;
    if (strcmp(ask->verb, "add") != 0 && strcmp(ask->verb, "list") != 0 &&
        strcmp(ask->verb, "revoke") != 0) {
        (void)complain(errors, "add --institution CODE --name NAME --rights "
                               "read,file,submit,import [--expires DATE] | list | revoke ID; "
                               "--config FILE");
        return false;
    }
    return true;
}

int token_run(struct site *site, int argc, char **argv)
{
    struct token_ask ask = {0};
    if (!token_parse(argc, argv, site->errors, &ask)) {
        return EXIT_BAD_INPUT;
    }
    if (strcmp(ask.verb, "add") == 0) {
        return token_add(site, &ask);
    }
    return strcmp(ask.verb, "list") == 0 ? token_list(site) : token_revoke(site, ask.id);
}

int cli_token(int argc, char **argv)
{
    struct token_ask ask = {0};
    int code = EXIT_DONE;
    static struct config config;
    if (!token_parse(argc, argv, stderr, &ask)) {
        return EXIT_BAD_INPUT;
    }
    return options_config(ask.config, &config, &code) ? on_site(&config, argc, argv, NULL) : code;
}
