#include "model/ids.h"
#include "model/civil.h"
#include "base/check.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A case holds 300 lines, but the number of one that was deleted is not used again. */
enum { LINE_N_MAX = 999, ROC_DATE_SIZE = 7, SERIAL_SIZE_MIN = 4, PERSON_DIGITS = 13 };

/* ---- institution codes ---- */

static int base36_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    return -1;
}

bool institution_code_parse(struct bytes text, uint64_t *id)
{
    if (text.size != INSTITUTION_CODE_SIZE)
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = base36_value(text.data[i]);
        if (value < 0)
            return false;
        number = number * 36 + (uint64_t)value;
    }
    *id = number;
    return true;
}

void institution_code_print(uint64_t id, char out[INSTITUTION_CODE_SIZE + 1])
{
    for (size_t i = INSTITUTION_CODE_SIZE; i > 0; i--) {
        out[i - 1] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[id % 36];
        id /= 36;
    }
    out[INSTITUTION_CODE_SIZE] = '\0';
    CHECK(id == 0); /* 36^10 and above is no institution */
}

/* (1·d1 + … + 9·d9) mod 10, letters as base-36 values (DOMAIN 5.2). */
bool institution_code_check_digit_fits(struct bytes text)
{
    uint64_t id;
    if (!institution_code_parse(text, &id))
        return false;
    int sum = 0;
    for (int i = 0; i < INSTITUTION_CODE_SIZE - 1; i++)
        sum += (i + 1) * base36_value(text.data[i]);
    return base36_value(text.data[INSTITUTION_CODE_SIZE - 1]) == sum % 10;
}

/* ---- national ID and UI numbers ---- */

/* Two digits a letter, by the order in which the counties got theirs (DOMAIN 5.1). */
static const uint8_t letter_values[26] = {10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21,
                                          22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33};

static enum id_no_kind id_no_form(struct bytes text)
{
    if (text.size != ID_NO_SIZE || text.data[0] < 'A' || text.data[0] > 'Z')
        return ID_NO_INVALID;
    for (size_t i = 2; i < ID_NO_SIZE; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return ID_NO_INVALID;
    switch (text.data[1]) {
    case '1':
    case '2': return ID_NO_NATIONAL;
    case '8':
    case '9': return ID_NO_UI_NEW;
    case 'A':
    case 'B':
    case 'C':
    case 'D': return ID_NO_UI_OLD;
    default: return ID_NO_INVALID;
    }
}

enum id_no_kind id_no_check(struct bytes text)
{
    static const int weights[11] = {1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1};
    enum id_no_kind kind = id_no_form(text);
    if (kind == ID_NO_INVALID)
        return kind;
    int first = letter_values[text.data[0] - 'A'];
    int sum = first / 10 * weights[0] + first % 10 * weights[1];
    int second = text.data[1] - '0';
    if (kind == ID_NO_UI_OLD)
        second = letter_values[text.data[1] - 'A'] % 10;
    sum += second * weights[2];
    for (size_t i = 2; i < ID_NO_SIZE; i++)
        sum += (text.data[i] - '0') * weights[i + 1];
    return sum % 10 == 0 ? kind : ID_NO_INVALID;
}

void id_no_mask(struct bytes id_no, char out[ID_NO_SIZE + 1])
{
    memset(out, 'X', ID_NO_SIZE);
    out[ID_NO_SIZE] = '\0';
    if (id_no.size != ID_NO_SIZE)
        return; /* no such number: nothing of it is shown */
    for (size_t i = 0; i < ID_NO_SIZE; i++)
        if ((i < 5 || i == ID_NO_SIZE - 1) && base36_value(id_no.data[i]) >= 0)
            out[i] = (char)id_no.data[i];
}

const char *id_no_kind_name(enum id_no_kind kind)
{
    switch (kind) {
    case ID_NO_INVALID: return "invalid";
    case ID_NO_NATIONAL: return "national";
    case ID_NO_UI_NEW: return "ui_new";
    case ID_NO_UI_OLD: return "ui_old";
    }
    CHECK(false);
    return NULL;
}

/* ---- cases and lines ---- */

/* Decimal digits without a sign; leading zeroes only up to `size_min`. */
static bool number_parse(struct bytes text, size_t size_min, uint32_t largest, uint32_t *value)
{
    if (text.size < size_min || text.size == 0 || text.size > 10)
        return false;
    if (text.size > size_min && text.data[0] == '0')
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (number == 0 || number > largest)
        return false;
    *value = (uint32_t)number;
    return true;
}

bool case_no_parse(struct bytes text, struct case_id *id)
{
    enum { HOME_AT = ROC_DATE_SIZE + 1, SERIAL_AT = HOME_AT + INSTITUTION_CODE_SIZE + 1 };
    struct case_id parsed = {0};
    if (text.size < SERIAL_AT || text.data[HOME_AT - 1] != '-' || text.data[SERIAL_AT - 1] != '-')
        return false;
    struct bytes serial = bytes_slice(text, SERIAL_AT, text.size - SERIAL_AT);
    if (!roc_parse(bytes_slice(text, 0, ROC_DATE_SIZE), &parsed.day) ||
        !institution_code_parse(bytes_slice(text, HOME_AT, INSTITUTION_CODE_SIZE), &parsed.home) ||
        !number_parse(serial, SERIAL_SIZE_MIN, UINT32_MAX, &parsed.serial))
        return false;
    *id = parsed;
    return true;
}

size_t case_no_print(struct case_id id, char out[CASE_NO_MAX])
{
    char date[ROC_MAX + 1], home[INSTITUTION_CODE_SIZE + 1];
    CHECK(id.serial > 0);
    roc_print(id.day, date);
    institution_code_print(id.home, home);
    struct writer text = writer_on(out, CASE_NO_MAX - 1);
    write_text(&text, date);
    write_u8(&text, '-');
    write_text(&text, home);
    write_u8(&text, '-');
    write_decimal_wide(&text, id.serial, SERIAL_SIZE_MIN);
    CHECK(!text.failed);
    out[text.size] = '\0';
    return text.size;
}

bool line_id_parse(struct bytes text, struct line_id *id)
{
    size_t hyphen = text.size;
    while (hyphen > 0 && text.data[hyphen - 1] != '-')
        hyphen--;
    uint32_t n;
    struct case_id in;
    if (hyphen == 0 || !case_no_parse(bytes_slice(text, 0, hyphen - 1), &in) ||
        !number_parse(bytes_slice(text, hyphen, text.size - hyphen), 1, LINE_N_MAX, &n))
        return false;
    *id = (struct line_id){in, (uint16_t)n};
    return true;
}

size_t line_id_print(struct line_id id, char out[LINE_ID_MAX])
{
    CHECK(id.n >= 1);
    size_t size = case_no_print(id.in, out);
    struct writer rest = writer_on(out + size, LINE_ID_MAX - 1 - size);
    write_u8(&rest, '-');
    write_decimal(&rest, id.n);
    CHECK(!rest.failed);
    size += rest.size;
    out[size] = '\0';
    return size;
}

bool case_id_equal(struct case_id a, struct case_id b)
{
    return a.home == b.home && a.day == b.day && a.serial == b.serial;
}

bool line_id_equal(struct line_id a, struct line_id b)
{
    return case_id_equal(a.in, b.in) && a.n == b.n;
}

int line_id_compare(struct line_id a, struct line_id b)
{
    if (a.in.home != b.in.home)
        return a.in.home < b.in.home ? -1 : 1;
    if (a.in.day != b.in.day)
        return a.in.day < b.in.day ? -1 : 1;
    if (a.in.serial != b.in.serial)
        return a.in.serial < b.in.serial ? -1 : 1;
    return (a.n > b.n) - (a.n < b.n);
}

/* ---- people ---- */

/* Crockford's base 32: no i, l, o, u, which are misread or spell words. */
static const char person_digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

bool person_id_parse(struct bytes text, uint64_t *id)
{
    if (text.size != PERSON_DIGITS + 1 || text.data[0] != 'p')
        return false;
    uint64_t number = 0;
    for (size_t i = 1; i < text.size; i++) {
        const char *digit = text.data[i] == '\0' ? NULL : strchr(person_digits, text.data[i]);
        if (digit == NULL || number >> 59 != 0)
            return false; /* no digit, or beyond 64 bits */
        number = number << 5 | (uint64_t)(digit - person_digits);
    }
    *id = number;
    return true;
}

size_t person_id_print(uint64_t id, char out[PERSON_ID_MAX])
{
    out[0] = 'p';
    for (size_t i = PERSON_DIGITS; i > 0; i--) {
        out[i] = person_digits[id & 31];
        id >>= 5;
    }
    CHECK(id == 0);
    out[PERSON_DIGITS + 1] = '\0';
    return PERSON_DIGITS + 1;
}
