/* How a signed-in subject stands in the registry, and whether a session may go on (AUTH 5.1 row 13,
 * 5.5: sessions of a subject end when it is suspended, closed or revoked, dies or moves). Pure; any
 * thread. */
#pragma once
#include "model/facts.h"
#include "model/sessions.h"

/* Of a person or institution on that day; of all others GOOD. */
enum standing standing_of(const struct principal *principal, const struct facts *facts,
                          int32_t day);
/* False: it must end. Who was held when he signed in (to see and to cancel) stays in; who became so
 * since signs in again. Tokens are no sessions: they go on until revoked. */
bool standing_admits(const struct session *session, const struct facts *facts, int32_t day);
