/* routes: the matrix of routes and roles, generated from the table and model/allow.c (DESIGN 8). */
#include "cli/cli.h"
#include "model/allow.h"
#include "web/route.h"
#include <stdio.h>

static const char *method_text(enum request_method method)
{
    switch (method) {
    case REQUEST_GET: return "GET";
    case REQUEST_HEAD: return "HEAD";
    case REQUEST_POST: return "POST";
    case REQUEST_PUT: return "PUT";
    case REQUEST_PATCH: return "PATCH";
    case REQUEST_DELETE: return "DELETE";
    case REQUEST_OPTIONS: return "OPTIONS";
    case REQUEST_METHODS: break;
    }
    return "?";
}

int cli_routes(int argc, char **argv)
{
    static const enum principal_kind kinds[] = {
        PRINCIPAL_NONE, PRINCIPAL_PERSON, PRINCIPAL_INSTITUTION, PRINCIPAL_BUREAU, PRINCIPAL_OPS};
    (void)argc;
    (void)argv;
    (void)printf("method\tpath\toperation\tverb\tnone\tperson\tinstitution\tbureau\tops\n");
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *route = &routes[i];
        (void)printf("%s\t%s\t%s\t%s", method_text(route->method), route->pattern, route->operation,
                     verb_name(route->verb));
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            struct principal principal = {.kind = kinds[k], .rights = RIGHTS_ALL};
            enum verdict verdict = allow_role(&principal, route->verb);
            (void)printf("\t%s", verdict == ALLOWED             ? "yes"
                                 : verdict == DENIED_NO_SESSION ? "401"
                                                                : "403");
        }
        (void)printf("\n");
    }
    return 0;
}
