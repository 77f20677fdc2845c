/* Fields that say who asks: Cookie, Authorization, Origin, X-CSRF-Token (AUTH 5.5). The input is
 * four values, separated by NUL. */
#include "tests/fuzz/fuzz.h"
#include "web/session.h"
#include <string.h>

static struct sessions table;

static void table_fill(void)
{
    sessions_init(&table);
    static const char *const texts[] = {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "a-token"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct session session = {.secret = session_digest(bytes_from_text(texts[i])),
                                  .is_token = i == 1,
                                  .principal = {.kind = PRINCIPAL_INSTITUTION, .institution = 1},
                                  .expires_at = INT64_MAX};
        enum err err = sessions_put(&table, &session);
        CHECK(err == ERR_OK);
    }
}

static struct bytes value_next(struct bytes *rest)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, 0, rest->size);
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    struct bytes value = {rest->data, size};
    size_t skip = end == NULL ? size : size + 1;
    *rest = bytes_slice(*rest, skip, rest->size - skip);
    return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"Cookie", "Authorization", "Origin", "X-CSRF-Token"};
    static const char *const hosts[] = {"localhost", NULL};
    if (table.count == 0)
        table_fill();
    struct bytes rest = bytes_of(data, size);
    struct request_field fields[ARRAY_COUNT(names)];
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        fields[i] = (struct request_field){bytes_from_text(names[i]), value_next(&rest)};
    struct request request = {
        .fields = fields, .fields_count = ARRAY_COUNT(names), .host = BYTES_LITERAL("localhost")};
    for (int secure = 0; secure < 2; secure++) {
        struct session_found found =
            session_verify(&table, &request, secure == 1, (struct wall){1});
        CHECK(found.session != NULL || found.reason != NULL);
        CHECK(found.way != SESSION_BY_COOKIE || secure == 1);
    }
    uint8_t secret[SESSION_SECRET_SIZE];
    char text[SESSION_SECRET_TEXT + 1];
    if (session_pre_find(&request, secret)) {
        session_text(secret, text);
        CHECK(fields[0].value.size >= SESSION_SECRET_TEXT);
        CHECK(memmem(fields[0].value.data, fields[0].value.size, text, SESSION_SECRET_TEXT) !=
              NULL);
    }
    if (session_text_parse(fields[3].value, secret)) {
        session_text(secret, text); /* one text a secret */
        CHECK(bytes_are_text(fields[3].value, text));
    }
    (void)session_origin_fits(&request, hosts);
    (void)session_csrf_fits(&request, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    return 0;
}
