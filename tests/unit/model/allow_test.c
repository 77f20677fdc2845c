#include "model/allow.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

static struct principal somebody(enum principal_kind kind, uint8_t rights)
{
    return (struct principal){
        .kind = kind, .rights = rights, .person = 7, .institution = 5, .county = 63000};
}

static void matrix_print(char *out, size_t size)
{
    size_t used = 0;
    for (int verb = 0; verb < VERB_COUNT; verb++) {
        used += (size_t)snprintf(out + used, size - used, "%-14s", verb_name((enum verb)verb));
        for (int kind = PRINCIPAL_NONE; kind <= PRINCIPAL_SYSTEM; kind++) {
            struct principal who = somebody((enum principal_kind)kind, RIGHTS_ALL);
            static const char *const words[] = {"yes", "401", "403", "404"};
            enum verdict verdict = allow_role(&who, (enum verb)verb);
            used += (size_t)snprintf(out + used, size - used, " %s", words[verdict]);
        }
        used += (size_t)snprintf(out + used, size - used, "\n");
    }
    T_TRUE(used < size);
}

TEST(the_matrix_of_roles_is_this_one)
{
    static const char want[] = /* none, person, institution, bureau, ops, system */
        "public         yes yes yes yes yes yes\n"
        "session        401 yes yes yes yes yes\n"
        "registry_read  401 yes yes yes yes yes\n"
        "staff_read     401 403 yes 403 403 yes\n"
        "me_read        401 yes 403 403 403 yes\n"
        "case_read      401 yes yes yes 403 yes\n"
        "case_file      401 yes yes 403 403 yes\n"
        "case_submit    401 yes yes 403 403 yes\n"
        "upload_read    401 yes yes 403 403 yes\n"
        "upload         401 yes yes 403 403 yes\n"
        "review_read    401 403 403 yes 403 yes\n"
        "review_decide  401 403 403 yes 403 yes\n"
        "audit_read     401 yes yes yes yes yes\n"
        "transfer_read  401 403 403 yes yes yes\n"
        "ops            401 403 403 403 yes yes\n";
    char got[1024];
    matrix_print(got, sizeof got);
    printf("%s", got);
    T_EQ_STR(got, want);
}

/* API 8: of read, file, submit, import; a missing right is 403 and none implies another. */
TEST(a_token_may_what_its_rights_say)
{
    static const uint8_t needed[VERB_COUNT] = {
        [VERB_REGISTRY_READ] = RIGHT_READ, [VERB_STAFF_READ] = RIGHT_READ,
        [VERB_CASE_READ] = RIGHT_READ,     [VERB_AUDIT_READ] = RIGHT_READ,
        [VERB_CASE_FILE] = RIGHT_FILE,     [VERB_CASE_SUBMIT] = RIGHT_SUBMIT,
        [VERB_UPLOAD_READ] = RIGHT_READ,   [VERB_UPLOAD] = RIGHT_IMPORT};
    for (int verb = 0; verb < VERB_COUNT; verb++) {
        struct principal card = somebody(PRINCIPAL_INSTITUTION, RIGHTS_ALL);
        for (uint8_t rights = 0; rights <= RIGHTS_ALL; rights++) {
            struct principal token = somebody(PRINCIPAL_INSTITUTION, rights);
            token.method = METHOD_TOKEN;
            enum verdict want = allow_role(&card, (enum verb)verb);
            if (want == ALLOWED && (rights & needed[verb]) != needed[verb])
                want = DENIED_ROLE;
            T_EQ_INT(allow_role(&token, (enum verb)verb), want);
        }
    }
}

/* 404 for what is somebody else's: home 5, county 63000, person 7 are one's own. */
TEST(ones_own_is_what_the_kind_says)
{
    static const struct thing own = {5, 63000, 7}, other_person = {5, 63000, 8},
                              other_home = {6, 63000, 7}, other_county = {5, 64000, 7},
                              nobodys = {0, 0, 0};
    static const enum principal_kind kinds[] = {PRINCIPAL_PERSON, PRINCIPAL_INSTITUTION,
                                                PRINCIPAL_BUREAU};
    static const struct {
        const struct thing *thing;
        bool own[3]; /* person, institution, bureau */
    } things[] = {{&own, {true, true, true}},
                  {&other_person, {false, true, true}},
                  {&other_home, {true, false, true}},
                  {&other_county, {true, true, false}},
                  {&nobodys, {false, false, false}}};
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++) {
        for (int kind = 0; kind < 3; kind++) {
            struct principal who = somebody(kinds[kind], RIGHTS_ALL);
            T_EQ_INT(allow_thing(&who, VERB_CASE_READ, things[i].thing),
                     things[i].own[kind] ? ALLOWED : DENIED_THING);
        }
    }
}

TEST(nobodys_thing_is_not_a_nobodys)
{
    static const enum principal_kind kinds[] = {PRINCIPAL_PERSON, PRINCIPAL_INSTITUTION,
                                                PRINCIPAL_BUREAU};
    for (int i = 0; i < 3; i++) {
        struct principal blank = {.kind = kinds[i], .rights = RIGHTS_ALL};
        struct thing nobodys = {0};
        T_EQ_INT(allow_thing(&blank, VERB_CASE_READ, &nobodys), DENIED_THING);
    }
}

TEST(the_role_is_asked_before_the_thing)
{
    struct thing own = {5, 63000, 7};
    struct principal nobody = somebody(PRINCIPAL_NONE, RIGHTS_ALL);
    struct principal ops = somebody(PRINCIPAL_OPS, RIGHTS_ALL);
    struct principal bureau = somebody(PRINCIPAL_BUREAU, RIGHTS_ALL);
    T_EQ_INT(allow_thing(&nobody, VERB_CASE_READ, &own), DENIED_NO_SESSION);
    T_EQ_INT(allow_thing(&ops, VERB_CASE_READ, &own), DENIED_ROLE);
    T_EQ_INT(allow_thing(&bureau, VERB_CASE_FILE, &own), DENIED_ROLE);
    T_EQ_INT(allow_thing(&bureau, VERB_REVIEW_DECIDE, &own), ALLOWED);
    struct thing foreign = {5, 9007, 7};
    T_EQ_INT(allow_thing(&bureau, VERB_REVIEW_DECIDE, &foreign), DENIED_THING);
}

TEST(what_belongs_to_all_is_nobodys_own)
{
    struct thing foreign = {6, 64000, 8};
    struct principal person = somebody(PRINCIPAL_PERSON, RIGHTS_ALL);
    struct principal ops = somebody(PRINCIPAL_OPS, RIGHTS_ALL);
    T_EQ_INT(allow_thing(&person, VERB_REGISTRY_READ, &foreign), ALLOWED);
    T_EQ_INT(allow_thing(&ops, VERB_OPS, &foreign), ALLOWED);
    T_EQ_INT(allow_thing(&person, VERB_ME_READ, &foreign), DENIED_THING);
}

T_LIST(allow_test, T(the_matrix_of_roles_is_this_one), T(a_token_may_what_its_rights_say),
       T(ones_own_is_what_the_kind_says), T(nobodys_thing_is_not_a_nobodys),
       T(the_role_is_asked_before_the_thing), T(what_belongs_to_all_is_nobodys_own));
