#include "registry/fold.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <string.h>

TEST(what_looks_the_same_is_the_same)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"台大醫院", "臺大醫院", true},
        {"台北巿", "臺北市", true},
        {"ＡＢＣ１２３診所", "abc123診所", true},
        {"青禾 診所", "青禾診所", true},
        {"青禾\u3000診所", "青禾診所", true},
        {"（青禾）", "(青禾)", true},
        {"瓦旦‧諾幹", "瓦旦·諾幹", true},
        {"瓦旦•諾幹", "瓦旦．諾幹", true},
        {"瓦旦・諾幹", "瓦旦.諾幹", true},
        {"〇一", "○一", true},
        {"\uf9d1", "\u516d", true},   /* compatibility ideograph 六 */
        {"\u2f29", "\u5c0f", true},   /* Kangxi radical 小 */
        {"葛\U000e0100", "葛", true}, /* variation selector */
        {"Cafe\u0301", "CAFÉ", true},
        {"㈱", "(株)", true},
        {"\U00020000", "\U00020000", true},
        {"\U00020000", "\U00020001", false},
        {"青禾診所", "青禾醫院", false},
        {"青禾診所", "青禾診", false},
        {"", "", true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        T_EQ_INT(fold_equal(bytes_from_text(rows[i].a), bytes_from_text(rows[i].b)), rows[i].equal);
}

TEST(words_begin_behind_blanks_and_signs)
{
    uint32_t points[20];
    size_t count = fold_text(BYTES_LITERAL("甲 乙(丙丁"), points, 20);
    T_EQ_UINT(count, 5);
    static const bool word[] = {true, true, false, true, false};
    for (size_t i = 0; i < count; i++)
        T_EQ_INT((points[i] & FOLD_WORD) != 0, word[i]);
}

TEST(the_room_is_a_limit_and_bad_bytes_an_end)
{
    uint32_t points[4] = {0, 0, 0, 7};
    T_EQ_UINT(fold_text(BYTES_LITERAL("甲乙丙丁"), points, 3), 3);
    T_EQ_UINT(points[3], 7);
    T_EQ_UINT(fold_text(BYTES_LITERAL("甲\xff乙"), points, 4), 1);
    T_EQ_UINT(fold_text(BYTES_LITERAL("\ufdfa"), points, 4), 4); /* one point that unfolds to 18 */
}

TEST(numbers_become_half_width_and_upper_case)
{
    static const struct {
        const char *text, *want; /* NULL: refused */
    } rows[] = {
        {"０４０１１８００１４", "0401180014"},
        {" 350102a009 ", "350102A009"},
        {"\u3000Ａ１\u3000", "A1"},
        {"", ""},
        {"   ", ""},
        {"甲", NULL},
        {"1\t2", NULL},
        {"123456789012345678901234567890", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char to[20];
        bool good = fold_number(bytes_from_text(rows[i].text), to, sizeof to);
        T_EQ_INT(good, rows[i].want != NULL);
        if (good)
            T_EQ_STR(to, rows[i].want);
    }
}

TEST(composing_gives_normal_form_c)
{
    uint8_t room[64];
    struct writer out = writer_on(room, sizeof room);
    T_TRUE(fold_compose(BYTES_LITERAL("e\u0301 青\uf9d1"), &out));
    T_EQ_BYTES(writer_bytes(&out), BYTES_LITERAL("é 青\u516d"));
    T_FALSE(fold_compose(BYTES_LITERAL("\xc3"), &out));
    struct writer small = writer_on(room, 2);
    T_FALSE(fold_compose(BYTES_LITERAL("青"), &small));
}

T_LIST(fold_test, T(what_looks_the_same_is_the_same), T(words_begin_behind_blanks_and_signs),
       T(the_room_is_a_limit_and_bad_bytes_an_end), T(numbers_become_half_width_and_upper_case),
       T(composing_gives_normal_form_c));
