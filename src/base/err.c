#include "base/err.h"
#include "base/check.h"

#define ERR_ROW(id, name, sentence) {name, sentence},
static const struct {
    const char *name, *sentence;
} rows[] = {ERR_LIST(ERR_ROW)};
#undef ERR_ROW

const char *err_name(enum err err)
{
    CHECK((unsigned)err < ARRAY_COUNT(rows));
    return rows[err].name;
}

const char *err_sentence(enum err err)
{
    CHECK((unsigned)err < ARRAY_COUNT(rows));
    return rows[err].sentence;
}
