/* Byte form, part of sessions and history rows:
 *
 *     kind 1, method 1, rights 1, person 8, institution 8, county 4, session 8, name (u8 length) */
#include "model/principal.h"
#include "base/check.h"
#include <string.h>

const char *principal_kind_name(enum principal_kind kind)
{
    switch (kind) {
    case PRINCIPAL_NONE: return "none";
    case PRINCIPAL_PERSON: return "person";
    case PRINCIPAL_INSTITUTION: return "institution";
    case PRINCIPAL_BUREAU: return "bureau";
    case PRINCIPAL_OPS: return "ops";
    case PRINCIPAL_SYSTEM: return "system";
    }
    CHECK(false);
    return NULL;
}

const char *method_name(enum method method)
{
    switch (method) {
    case METHOD_NONE: return "none";
    case METHOD_HCA: return "hca";
    case METHOD_NHI: return "nhi";
    case METHOD_NOCARD: return "nocard";
    case METHOD_TOKEN: return "token";
    case METHOD_SYSTEM: return "system";
    }
    CHECK(false);
    return NULL;
}

bool right_parse(struct bytes name, uint8_t *right)
{
    static const struct {
        const char *name;
        enum right right;
    } rights[] = {{"read", RIGHT_READ},
                  {"file", RIGHT_FILE},
                  {"submit", RIGHT_SUBMIT},
                  {"import", RIGHT_IMPORT}};
    for (size_t i = 0; i < ARRAY_COUNT(rights); i++) {
        if (bytes_are_text(name, rights[i].name)) {
            *right = (uint8_t)rights[i].right;
            return true;
        }
    }
    return false;
}

void principal_write(struct writer *out, const struct principal *principal)
{
    CHECK(principal->kind <= PRINCIPAL_SYSTEM);
    CHECK(principal->method <= METHOD_SYSTEM);
    write_u8(out, (uint8_t)principal->kind);
    write_u8(out, (uint8_t)principal->method);
    write_u8(out, principal->rights);
    write_u64(out, principal->person);
    write_u64(out, principal->institution);
    write_u32(out, principal->county);
    write_u64(out, principal->session);
    size_t size = strnlen(principal->name, sizeof principal->name);
    CHECK(size <= OFFICER_NAME_MAX);
    write_sized8(out, bytes_of(principal->name, size));
}

bool principal_read(struct reader *in, struct principal *principal)
{
    struct principal read = {0};
    uint8_t kind = read_u8(in);
    uint8_t method = read_u8(in);
    read.rights = read_u8(in);
    read.person = read_u64(in);
    read.institution = read_u64(in);
    read.county = read_u32(in);
    read.session = read_u64(in);
    struct bytes name = read_sized8(in);
    if (in->failed || kind > PRINCIPAL_SYSTEM || method > METHOD_SYSTEM ||
        (read.rights & ~RIGHTS_ALL) != 0 || name.size > OFFICER_NAME_MAX) {
        in->failed = true;
        return false;
    }
    read.kind = (enum principal_kind)kind;
    read.method = (enum method)method;
    if (name.size > 0)
        memcpy(read.name, name.data, name.size);
    *principal = read;
    return true;
}
