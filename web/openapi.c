/* GET /openapi.json: the contract as a document, written by hand in openapi.json and held against
 * the running server by tests/http/openapi_test.py. */
#include "web/api.h"

extern const uint8_t openapi_begin[], openapi_end[]; /* openapi.S */

void api_openapi(struct exchange *x)
{
    exchange_answer_bytes(
        x, 200, "application/json",
        bytes_of(openapi_begin, (uintptr_t)openapi_end - (uintptr_t)openapi_begin));
}
