#include "jobs.h"
#include "base/check.h"
#include "base/log.h"
#include "rt/payload.h"
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 32, FILE_MAX_BYTES = 64 << 20, OUTPUT_ROOM = 2048 };

static enum err file_read(const char *path, size_t length, struct bytes *out)
{
    char name[CONFIG_TEXT_MAX];
    (void)snprintf(name, sizeof name, "%.*s", (int)length, path);
    *out = (struct bytes){0};
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        LOG(LOG_ALARM, "trust_file_missing", log_text("path", name));
        return ERR_NOT_FOUND;
    }
    enum err err = ERR_IO;
    uint8_t *data = NULL;
    long size = -1;
    if (fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
    }
    if (size >= 0 && size <= FILE_MAX_BYTES && fseek(file, 0, SEEK_SET) == 0) {
        data = malloc((size_t)size + 1);
        err = data == NULL ? ERR_NO_MEMORY : ERR_OK;
    }
    if (err == ERR_OK && fread(data, 1, (size_t)size, file) != (size_t)size) {
        err = ERR_IO;
    }
    (void)fclose(file);
    if (err != ERR_OK) {
        free(data);
        LOG(LOG_ALARM, "trust_file_unreadable", log_text("path", name));
        return err;
    }
    data[size] = 0;
    *out = bytes_of(data, (size_t)size);
    return ERR_OK;
}

static void file_free(struct bytes file)
{
    free((void *)(uintptr_t)file.data);
}

/* The files of a list separated by commas. */
static enum err files_read(const char *list, struct bytes files[FILES_MAX], size_t *count)
{
    for (const char *at = list; *at != '\0';) {
        size_t length = strcspn(at, ",");
        if (*count == FILES_MAX) {
            return ERR_TOO_LARGE;
        }
        enum err err = file_read(at, length, &files[*count]);
        if (err != ERR_OK) {
            return err;
        }
        (*count)++;
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return ERR_OK;
}

enum err trust_load(const struct config *config, struct proof_trust **out)
{
    struct bytes roots[FILES_MAX], health[FILES_MAX], citizen[FILES_MAX], crls[FILES_MAX];
    struct proof_issuer issuers[2 * FILES_MAX];
    size_t roots_count = 0, health_count = 0, citizen_count = 0, crls_count = 0, count = 0;
    *out = NULL;
    if (config->trust_roots[0] == '\0') {
        LOG(LOG_WARN, "trust_none", log_text("what", "no trust.roots: nobody can sign in by card"));
        return ERR_OK;
    }
    enum err err = files_read(config->trust_roots, roots, &roots_count);
    err = err == ERR_OK ? files_read(config->trust_health, health, &health_count) : err;
    err = err == ERR_OK ? files_read(config->trust_citizen, citizen, &citizen_count) : err;
    err = err == ERR_OK ? files_read(config->trust_crls, crls, &crls_count) : err;
    for (size_t i = 0; err == ERR_OK && i < health_count; i++) {
        issuers[count++] =
            (struct proof_issuer){health[i], PROOF_CARD_PERSON | PROOF_CARD_INSTITUTION};
    }
    for (size_t i = 0; err == ERR_OK && i < citizen_count; i++) {
        issuers[count++] = (struct proof_issuer){citizen[i], PROOF_CARD_CITIZEN};
    }
    if (err == ERR_OK) {
        struct proof_sources sources = {.roots = roots,
                                        .roots_count = roots_count,
                                        .issuers = issuers,
                                        .issuers_count = count,
                                        .crls = crls,
                                        .crls_count = crls_count,
                                        .grace_s = (uint32_t)(config->trust_crl_grace_h * 3600),
                                        .dev = strcmp(config->env, "dev") == 0};
        struct proof_fault fault = {.list = "?", .why = "?"};
        err = proof_trust_load(&sources, out, &fault);
        if (err != ERR_OK) {
            LOG(LOG_ALARM, "trust_refused", log_text("list", fault.list),
                log_int("index", (int64_t)fault.index), log_text("why", fault.why));
        }
    }
    for (size_t i = 0; i < roots_count; i++) {
        file_free(roots[i]);
    }
    for (size_t i = 0; i < health_count; i++) {
        file_free(health[i]);
    }
    for (size_t i = 0; i < citizen_count; i++) {
        file_free(citizen[i]);
    }
    for (size_t i = 0; i < crls_count; i++) {
        file_free(crls[i]);
    }
    return err;
}

static enum outcome outcome_of(enum proof_verdict verdict)
{
    switch (verdict) {
    case PROOF_GOOD: return OUTCOME_OK;
    case PROOF_CERT_PARSE: return OUTCOME_AUTH_CERT_PARSE;
    case PROOF_CERT_ALG: return OUTCOME_AUTH_CERT_ALG;
    case PROOF_CERT_CHAIN: return OUTCOME_AUTH_CERT_CHAIN;
    case PROOF_CERT_EXPIRED: return OUTCOME_AUTH_CERT_EXPIRED;
    case PROOF_CERT_USAGE: return OUTCOME_AUTH_CERT_USAGE;
    case PROOF_CERT_POLICY: return OUTCOME_AUTH_CERT_POLICY;
    case PROOF_CARD_KIND: return OUTCOME_AUTH_CARD_KIND;
    case PROOF_SIGNATURE: return OUTCOME_AUTH_SIGNATURE;
    case PROOF_REVOKED: return OUTCOME_AUTH_REVOKED;
    case PROOF_REVOCATION_UNAVAILABLE: return OUTCOME_AUTH_REVOCATION_UNAVAILABLE;
    }
    CHECK(false);
    return OUTCOME_AUTH_SIGNATURE;
}

static enum principal_kind kind_of(enum card_role role)
{
    switch (role) {
    case ROLE_PERSON: return PRINCIPAL_PERSON;
    case ROLE_INSTITUTION: return PRINCIPAL_INSTITUTION;
    case ROLE_BUREAU: return PRINCIPAL_BUREAU;
    case ROLE_OPS: return PRINCIPAL_OPS;
    }
    CHECK(false);
    return PRINCIPAL_NONE;
}

enum err job_proof(void *self, struct bytes input, const struct facts *facts, struct arena *memory,
                   struct bytes *result)
{
    (void)facts;
    const struct proof_trust *trust = self;
    struct proof_input asked;
    struct proof_output output = {.outcome = OUTCOME_AUTH_CERT_CHAIN};
    struct proof_result *found = arena_alloc_zero(memory, sizeof *found);
    uint8_t *room = arena_alloc(memory, OUTPUT_ROOM);
    if (found == NULL || room == NULL) {
        return ERR_NO_MEMORY;
    }
    if (!proof_input_read(input, &asked)) {
        return ERR_CORRUPT;
    }
    if (trust != NULL) {
        struct proof_request request = {.role = kind_of(asked.role),
                                        .tbs = asked.tbs,
                                        .certificate = asked.certificate,
                                        .signature = asked.signature,
                                        .now = {asked.now}};
        proof_check(trust, &request, found);
        if (found->no_memory) {
            return ERR_NO_MEMORY;
        }
        output.outcome = outcome_of(found->verdict);
        output.card = found->binding;
        output.name = bytes_from_text(asked.role == ROLE_INSTITUTION ? found->o : found->cn);
        output.id_tail = bytes_from_text(found->tail);
        output.fingerprint = bytes_of(found->fingerprint, sizeof found->fingerprint);
    }
    struct writer out = writer_on(room, OUTPUT_ROOM);
    proof_output_write(&out, &output);
    *result = writer_bytes(&out);
    return out.failed ? ERR_TOO_LARGE : ERR_OK;
}
