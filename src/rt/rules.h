/* The protecting rules of DESIGN 5, each of which the simulator can switch off to show that it
 * would notice. In every other build a rule is the constant true: the switches exist in the
 * simulator only. */
#pragma once
#include <stdbool.h>

#define RULE_LIST(X)                                                                               \
    X(HOLD_REPLIES, "replies of a turn that changed something are held until it is durable")       \
    X(HOLD_REFUSALS, "refusals and replays of a dirty actor are held too")                         \
    X(EVICT_AFTER_DROP, "actors of a dropped batch are evicted and loaded again")                  \
    X(DROP_OPEN_BATCH, "with the batch in flight the open one is dropped too")                     \
    X(ALL_DESKS, "a caller is answered only after every desk has confirmed")                       \
    X(LOAD_SEES_RECENT, "a load sees the rows that are in the log and not yet in the store")       \
    X(REUSE_AFTER_APPLY, "a log segment is reused only when its apply is durable")                 \
    X(REPLAY, "recovery replays the log behind the store's position")                              \
    X(HOLD_WAKES, "wakes of a turn that changed something are held until it is durable")           \
    X(HOLD_WORK, "work and outside calls start only when their actor's rows are durable")          \
    X(WAKE_AT_BOOT, "actors with a row in `waiting` are loaded at every start")                    \
    X(MARK_BY_ROW, "a transfer marks the rows that were answered, not the document")               \
    X(WAIT_FOR_SHEETS, "an institution has its row in `waiting` while a sheet is to be read")      \
    X(READ_AGAIN, "an institution that was loaded asks again for the sheets that are to be read")  \
    X(CHECK_AGAIN, "an import checks its rows again")                                              \
    X(DONE_WITH_LINES, "that a sheet is imported is written in one batch with the lines")          \
    X(IMPORT_ONCE, "a sheet that was imported is told again, not imported again")

#define RULE_ENUM(id, sentence) RULE_##id,
enum rule { RULE_LIST(RULE_ENUM) RULE_COUNT };
#undef RULE_ENUM

#ifdef BAOBEI_RULES_SWITCHABLE
extern bool rules_off[RULE_COUNT]; /* tests/sim/ */
#define RULE(id) (!rules_off[RULE_##id])
#else
#define RULE(id) true
#endif
