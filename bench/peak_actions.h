/* What the load does: which institution acts, the request it sends, what it learns from the answer.
 *
 * Institutions, tokens and people come from the file of `prepare`. Each filing takes a person's
 * next ten minutes of a night, so that none clashes. One thread. */
#pragma once
#include "base/bytes.h"
#include "base/prng.h"
#include "model/ids.h"

enum action { ACTION_FILE, ACTION_DRAFT, ACTION_GET, ACTION_LIST, ACTION_WITHDRAW, ACTIONS };
const char *action_name(enum action action);

/* "file:70,draft:10,get:10,list:5,withdraw:5": weights; those not named are 0. */
struct mix {
    uint32_t weight[ACTIONS];
    uint32_t total;
};
bool mix_parse(const char *text, struct mix *mix);
enum action mix_pick(const struct mix *mix, struct prng *prng);

struct filers;

/* ERR_NOT_FOUND, ERR_BAD_INPUT (a line that `prepare` did not write, or none), ERR_NO_MEMORY. */
enum err filers_load(const char *path, struct filers **out) MUST_CHECK;
void filers_free(struct filers *filers); /* NULL is allowed */
uint32_t filers_count(const struct filers *filers);

struct asking {
    struct prng *prng;
    int32_t today; /* in Taipei */
    const char *host;
    enum action action; /* in: wanted; out: sent (without a line to withdraw, one is filed) */
    uint32_t filer;     /* out */
};
/* Writes a whole request; the writer is failed if it did not fit. */
void action_write(struct filers *filers, struct asking *asking, struct writer *out);
/* A reading by the institution asking->filer of what it filed last: ACTION_GET, or ACTION_LIST of
 * 50. */
void action_follow_write(struct filers *filers, const struct asking *asking, struct writer *out);
/* A 2xx answer: remembers the line for later gets and withdrawals, and tells it (empty if the
 * answer has none). */
void action_learn(struct filers *filers, enum action action, uint32_t filer, struct bytes body,
                  char line_id[LINE_ID_MAX]);
bool action_shows(const char *line_id, struct bytes body);
