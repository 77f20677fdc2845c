#include "base/err.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <string.h>

TEST(every_error_has_a_name_and_a_sentence)
{
#define ERR_EXPECT(id, name, sentence)                                                             \
    T_EQ_STR(err_name(id), name);                                                                  \
    T_EQ_STR(err_sentence(id), sentence);
    ERR_LIST(ERR_EXPECT)
#undef ERR_EXPECT
    T_EQ_INT(ERR_OK, 0);
}

TEST(an_unknown_error_is_a_programmers_error)
{
    T_ABORTS(err_name((enum err)1000));
    T_ABORTS(err_sentence((enum err)1000));
}

T_LIST(err_test, T(every_error_has_a_name_and_a_sentence),
       T(an_unknown_error_is_a_programmers_error));
