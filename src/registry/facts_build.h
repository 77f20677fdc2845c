/* Builds the immutable registry snapshot of model/facts.h from rows.
 *
 * A builder belongs to one thread; it copies every text it is given. facts_build hands the finished
 * snapshot to the caller, who frees it with facts_free when no turn can see it any more (DESIGN
 * 16). A finished snapshot is const: any thread may read it, without locks. */
#pragma once
#include "model/facts.h"

struct facts_builder {
    struct facts *draft; /* NULL before the first row */
};

void facts_builder_init(struct facts_builder *builder);
void facts_builder_deinit(struct facts_builder *builder); /* also after a failure */

/* A second row of the same id takes the place of the first. ERR_NO_MEMORY. */
enum err facts_builder_add_institution(struct facts_builder *builder,
                                       const struct institution *row) MUST_CHECK;
enum err facts_builder_add_person(struct facts_builder *builder,
                                  const struct person *row) MUST_CHECK;
enum err facts_builder_add_holiday(struct facts_builder *builder, int32_t day) MUST_CHECK;
/* `county` must be one of codes.h; without a call its defaults hold (DOMAIN 2.5, 8.3). */
enum err facts_builder_set_bureau(struct facts_builder *builder, uint32_t county,
                                  const struct bureau_rules *rules) MUST_CHECK;
/* Without a call nothing is sent to NHI. */
enum err facts_builder_set_transfer(struct facts_builder *builder,
                                    const struct transfer_rules *rules) MUST_CHECK;
/* All rows, holidays and rules of another snapshot: how an import starts. */
enum err facts_builder_add_all(struct facts_builder *builder, const struct facts *from) MUST_CHECK;

/* Sorts and indexes; the builder is empty and reusable afterwards. ERR_NO_MEMORY. */
enum err facts_build(struct facts_builder *builder, uint64_t number,
                     const struct facts **out) MUST_CHECK;
void facts_free(const struct facts *facts); /* NULL is allowed */

/* Enumeration, in the order in which rows were first added. */
size_t facts_institution_count(const struct facts *facts);
const struct institution *facts_institution_at(const struct facts *facts, size_t index);
size_t facts_person_count(const struct facts *facts);
const struct person *facts_person_at(const struct facts *facts, size_t index);

/* What holds for a county that has set nothing: 7 working days, no lead, 365 days, no consent. */
struct bureau_rules bureau_rules_default(void);
