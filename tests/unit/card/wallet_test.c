#include "card/wallet.h"
#include "tests/lib/t.h"
#include <string.h>

static const char *text_of(const char *padded)
{
    static char text[WALLET_TEXT_SIZE];
    wallet_text(text, (const unsigned char *)padded, strlen(padded));
    return text;
}

TEST(padding_goes_and_text_stays)
{
    T_EQ_STR(text_of("hospital        "), "hospital");
    T_EQ_STR(text_of("臺北 醫院   "), "臺北 醫院");
    T_EQ_STR(text_of("𠮷   "), "𠮷");
    T_EQ_STR(text_of("        "), "");
    T_EQ_STR(text_of(""), "");
}

TEST(what_is_not_utf8_becomes_a_question_mark)
{
    T_EQ_STR(text_of("a\xff"), "a?");
    T_EQ_STR(text_of("a\xe8\x87"), "a??");         /* cut by the 32 bytes of a label */
    T_EQ_STR(text_of("\xc0\xaf"), "??");           /* overlong */
    T_EQ_STR(text_of("\xed\xa0\x80"), "???");      /* a surrogate */
    T_EQ_STR(text_of("\xf4\x90\x80\x80"), "????"); /* above U+10FFFF */
    T_EQ_STR(text_of("a\nb\x1b"), "a?b?");         /* controls */
}

TEST(cards_speak_through_their_codes)
{
    T_EQ_STR(code_name(code_of_ckr(CKR_PIN_INCORRECT)), "CB_PIN_WRONG");
    T_EQ_STR(code_name(code_of_ckr(CKR_PIN_LEN_RANGE)), "CB_PIN_LEN");
    T_EQ_STR(code_name(code_of_ckr(CKR_PIN_EXPIRED)), "CB_PIN_EXPIRED");
    T_EQ_STR(code_name(code_of_ckr(CKR_PIN_LOCKED)), "CB_PIN_LOCKED");
    T_EQ_STR(code_name(code_of_ckr(CKR_DEVICE_REMOVED)), "CB_REMOVED");
    T_EQ_STR(code_name(code_of_ckr(CKR_USER_ALREADY_LOGGED_IN)), "CB_BUSY");
    T_EQ_STR(code_name(code_of_ckr(CKR_FUNCTION_CANCELED)), "CB_CANCELLED");
    T_EQ_STR(code_name(code_of_ckr(CKR_VENDOR_DEFINED)), "CB_INTERNAL");
    T_EQ_INT(code_of_ckr(CKR_OK), CODE_OK);
    T_EQ_INT(code_status(CODE_TBS_REFUSED), 403);
    T_EQ_INT(code_status(CODE_PIN_WRONG), 200);
}

T_LIST(wallet_test, T(padding_goes_and_text_stays), T(what_is_not_utf8_becomes_a_question_mark),
       T(cards_speak_through_their_codes));
