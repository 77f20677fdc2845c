#include "web/request.h"
#include "base/check.h"

static const char *const method_names[REQUEST_METHODS] = {
    [REQUEST_GET] = "GET",         [REQUEST_HEAD] = "HEAD",   [REQUEST_POST] = "POST",
    [REQUEST_PUT] = "PUT",         [REQUEST_PATCH] = "PATCH", [REQUEST_DELETE] = "DELETE",
    [REQUEST_OPTIONS] = "OPTIONS",
};

const char *request_method_name(enum request_method method)
{
    CHECK(method < REQUEST_METHODS);
    return method_names[method];
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool name_is(struct bytes name, const char *lower_name)
{
    size_t i = 0;
    for (; i < name.size && lower_name[i] != '\0'; i++) {
        if (lower(name.data[i]) != (uint8_t)lower_name[i])
            return false;
    }
    return i == name.size && lower_name[i] == '\0';
}

bool request_find(const struct request *request, const char *name, struct bytes *value)
{
    for (uint16_t i = 0; i < request->fields_count; i++) {
        if (name_is(request->fields[i].name, name)) {
            *value = request->fields[i].value;
            return true;
        }
    }
    return false;
}

uint16_t request_count(const struct request *request, const char *name)
{
    uint16_t count = 0;
    for (uint16_t i = 0; i < request->fields_count; i++)
        count = (uint16_t)(count + (name_is(request->fields[i].name, name) ? 1 : 0));
    return count;
}

bool request_has_body(const struct request *request)
{
    return request->is_chunked || request->length > 0;
}
