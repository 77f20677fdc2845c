/* expand and id-check through their functions: exit code, stdout, stderr (API 9). */
#include "cli/cli.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <unistd.h>

static char out_text[65536], err_text[65536];

static int run_with(int (*command)(int, char **), char *name, char *argument)
{
    char *argv[] = {name, argument, NULL};
    FILE *files[2] = {tmpfile(), tmpfile()};
    int saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    fflush(stdout);
    for (int i = 0; i < 2; i++)
        dup2(fileno(files[i]), i + 1);
    int code = command(argument == NULL ? 1 : 2, argv);
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        char *text = i == 0 ? out_text : err_text;
        dup2(saved[i], i + 1);
        close(saved[i]);
        rewind(files[i]);
        text[fread(text, 1, sizeof out_text - 1, files[i])] = '\0';
        fclose(files[i]);
    }
    return code;
}

static int expand(char *json)
{
    return run_with(cli_expand, "expand", json);
}

TEST(occurrences_are_printed_a_line)
{
    T_EQ_INT(expand("{\"mode\":\"dates\",\"dates\":[\"2026-12-03\",\"2026-12-31\"],\"start\":"
                    "\"13:00\",\"end\":\"24:00\"}"),
             0);
    T_EQ_STR(out_text, "2026-12-03T13:00 2026-12-04T00:00\n2026-12-31T13:00 2027-01-01T00:00\n");
    T_EQ_STR(err_text, "");
    T_EQ_INT(expand("{\"mode\":\"continuous\",\"start\":\"2026-12-01T08:00\",\"end\":"
                    "\"2026-12-31T24:00\"}"),
             0);
    T_EQ_STR(out_text, "2026-12-01T08:00 2027-01-01T00:00\n");
}

TEST(skipped_months_go_to_stderr)
{
    T_EQ_INT(expand("{\"mode\":\"recurring\",\"from\":\"2026-12-01\",\"to\":\"2027-04-30\","
                    "\"start\":\"22:00\",\"end\":\"06:00\",\"rule\":{\"kind\":\"monthly_day\","
                    "\"day\":31}}"),
             0);
    T_EQ_STR(out_text, "2026-12-31T22:00 2027-01-01T06:00\n2027-01-31T22:00 2027-02-01T06:00\n"
                       "2027-03-31T22:00 2027-04-01T06:00\n");
    T_EQ_STR(err_text, "skipped 2027-02\nskipped 2027-04\n");
}

TEST(bad_input_is_exit_2_with_every_fault)
{
    T_EQ_INT(expand(NULL), 2);
    T_EQ_INT(expand("{"), 2);
    T_HAS(err_text, "bad_json");
    T_EQ_INT(expand("{\"mode\":\"continuous\",\"start\":\"x\",\"end\":\"2026-12-01T25:00\"}"), 2);
    T_HAS(err_text, "bad_date at \"/start\"");
    T_HAS(err_text, "bad_time at \"/end\"");
    T_EQ_STR(out_text, "");
    T_EQ_INT(expand("{\"mode\":\"continuous\",\"start\":\"2026-12-01T08:00\"}"), 2);
    T_HAS(err_text, "required at \"/end\"");
    T_EQ_INT(expand("{\"mode\":\"continuous\",\"start\":\"2026-12-01T08:00\",\"end\":"
                    "\"2026-12-01T08:00\"}"),
             2);
    T_HAS(err_text, "end_before_start at \"/end\"");
    T_EQ_STR(out_text, "");
    T_EQ_INT(expand("{\"mode\":\"dates\",\"mode\":\"dates\",\"dates\":[\"2026-12-03\"],\"start\":"
                    "\"13:00\",\"end\":\"24:00\"}"),
             2);
    T_HAS(err_text, "bad_json");
}

TEST(identity_numbers_have_a_kind)
{
    static const struct {
        char *number;
        int code;
        const char *out;
    } cases[] = {{"A123456789", 0, "national\n"}, {"A800000014", 0, "ui_new\n"},
                 {"FA12345689", 0, "ui_old\n"},   {"A123456788", 1, "invalid\n"},
                 {"a123456789", 1, "invalid\n"},  {"", 1, "invalid\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        T_EQ_INT(run_with(cli_id_check, "id-check", cases[i].number), cases[i].code);
        T_EQ_STR(out_text, cases[i].out);
    }
    T_EQ_INT(run_with(cli_id_check, "id-check", NULL), 2);
}

T_LIST(expand_test, T(occurrences_are_printed_a_line), T(skipped_months_go_to_stderr),
       T(bad_input_is_exit_2_with_every_fault), T(identity_numbers_have_a_kind));
