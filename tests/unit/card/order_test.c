#include "card/order.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOOD                                                                                       \
    "\"slot\":\"8f73\",\"cert_id\":\"01\",\"pin\":\"135790\",\"tbs\":\"RVVT\",\"alg\":\"RS256\""

static struct order order;

/* True if the body was taken; it must be wiped in any case. */
static bool taken(const char *text)
{
    size_t size = strlen(text);
    uint8_t *body = malloc(size + ORDER_PADDING);
    T_TRUE(body != NULL);
    memcpy(body, text, size);
    enum err err = order_read(body, size, &order);
    for (size_t i = 0; i < size; i++) {
        T_EQ_UINT(body[i], 0);
    }
    free(body);
    return err == ERR_OK;
}

TEST(a_good_body_is_an_order)
{
    T_TRUE(taken("{" GOOD "}"));
    T_EQ_STR(order.slot, "8f73");
    T_EQ_STR(order.cert_id, "01");
    T_EQ_STR(order.pin, "135790");
    T_EQ_UINT(order.pin_size, 6);
    T_FALSE(order.final_try);
    T_EQ_BYTES(bytes_of(order.tbs, order.tbs_size), BYTES_LITERAL("EUS"));
    T_TRUE(taken("{" GOOD ",\"final_try\":true}"));
    T_TRUE(order.final_try);
    T_TRUE(taken("{" GOOD ",\"final_try\":false}"));
    T_FALSE(order.final_try);
}

TEST(anything_else_is_refused_and_wiped)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "null",
        "{" GOOD,
        "{" GOOD "}x",
        "{" GOOD ",}",
        "{" GOOD ",\"more\":1}",
        "{" GOOD ",\"pin\":\"135791\"}",
        "{" GOOD ",\"final_try\":1}",
        "{" GOOD ",\"final_try\":null}",
        "{\"slot\":\"8f73\",\"cert_id\":\"01\",\"tbs\":\"RVVT\",\"alg\":\"RS256\"}",
        "{\"slot\":1,\"cert_id\":\"01\",\"pin\":\"135790\",\"tbs\":\"RVVT\",\"alg\":\"RS256\"}",
        "{\"slot\":\"a\",\"cert_id\":\"01\",\"pin\":\"\",\"tbs\":\"RVVT\",\"alg\":\"RS256\"}",
        "{\"slot\":\"a\",\"cert_id\":\"01\",\"pin\":\"1\\u00002\",\"tbs\":\"RVVT\","
        "\"alg\":\"RS256\"}",
        "{\"slot\":\"a\",\"cert_id\":\"01\",\"pin\":\"135790\",\"tbs\":\"R*\",\"alg\":\"RS256\"}",
        "{\"slot\":\"a\",\"cert_id\":\"01\",\"pin\":\"135790\",\"tbs\":\"\",\"alg\":\"RS256\"}",
        "{\"slot\":\"a\",\"cert_id\":\"01\",\"pin\":\"135790\",\"tbs\":\"RVVT\",\"alg\":\"none\"}",
        "{\"slot\":\"\xff\",\"cert_id\":\"01\",\"pin\":\"135790\",\"tbs\":\"RVVT\","
        "\"alg\":\"RS256\"}",
    };
    static const struct order wiped;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        T_FALSE(taken(bad[i]));
        T_EQ_MEM(&order, &wiped, sizeof order);
    }
}

TEST(every_text_has_its_bound)
{
    char text[400];
    char digits[ORDER_PIN_SIZE + 1];
    for (size_t size = ORDER_PIN_SIZE - 1; size <= ORDER_PIN_SIZE; size++) {
        memset(digits, '1', size);
        digits[size] = '\0';
        (void)snprintf(text, sizeof text,
                       "{\"slot\":\"a\",\"cert_id\":\"01\",\"pin\":\"%s\",\"tbs\":\"RVVT\","
                       "\"alg\":\"RS256\"}",
                       digits);
        T_TRUE(taken(text) == (size < ORDER_PIN_SIZE));
    }
}

T_LIST(order_test, T(a_good_body_is_an_order), T(anything_else_is_refused_and_wiped),
       T(every_text_has_its_bound));
