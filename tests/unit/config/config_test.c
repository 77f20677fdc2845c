#include "config.h"
#include "base/check.h"
#include "config_forms.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include <stdlib.h>
#include <string.h>

/* Writes the text as a file, reads it as a configuration; the complaints end in `told`. */
static enum err load(const char *text, struct config *config, char told[1024])
{
    char path[TMP_PATH_MAX];
    tmp_path(path, "baobei.conf");
    FILE *file = fopen(path, "w");
    bool written = file != NULL && fputs(text, file) >= 0;
    if (file != NULL && fclose(file) != 0)
        written = false;
    T_TRUE(written);
    FILE *errors = fmemopen(told, 1024, "w");
    T_TRUE(errors != NULL);
    enum err err = config_load(path, config, errors);
    (void)fclose(errors);
    return err;
}

TEST(defaults_hold_where_nothing_is_said)
{
    struct config config;
    char told[1024] = "";
    T_OK(load("", &config, told));
    T_EQ_STR(config.env, "prod");
    T_EQ_INT(config.log_segment_mib, 64);
    T_EQ_INT(config.store_apply_gap_ms, 3000);
    T_EQ_STR(told, "");
}

TEST(a_value_out_of_range_stops_with_its_name_and_range)
{
    struct config config;
    char told[1024] = "";
    T_ERR(load("[log]\nsegment_mib = 8\n", &config, told), ERR_BAD_INPUT);
    T_HAS(told, "log.segment_mib = 8");
    T_HAS(told, "from 16 to 1024");
}

TEST(every_fault_is_told_at_once)
{
    struct config config;
    char told[1024] = "";
    T_ERR(load("env = test\nloops = many\n[what]\nis = this\n", &config, told), ERR_BAD_INPUT);
    T_HAS(told, "env = test: not one of: prod dev");
    T_HAS(told, "loops = many");
    T_HAS(told, "unknown setting what.is");
}

TEST(a_word_is_not_taken_by_its_beginning)
{
    struct config config;
    char told[1024] = "";
    T_ERR(load("env = pro\n", &config, told), ERR_BAD_INPUT);
    T_ERR(load("env = \n", &config, told), ERR_BAD_INPUT);
}

TEST(paths_begin_at_the_folder_of_the_file)
{
    struct config config;
    char told[1024] = "";
    char wanted[TMP_PATH_MAX];
    T_OK(load("[data]\ndirectory = store\nkey_file = /abs/key\n[trust]\ncrls = a.crl,b.crl\n",
              &config, told));
    tmp_path(wanted, "store");
    T_EQ_STR(config.data_directory, wanted);
    T_EQ_STR(config.data_key_file, "/abs/key");
    T_HAS(config.trust_crls, "/a.crl,/");
    T_HAS(config.trust_crls, "/b.crl");
}

TEST(the_environment_stands_over_the_file)
{
    struct config config;
    char told[1024] = "";
    T_EQ_INT(setenv("BAOBEI_LOG_SEGMENT_MIB", "32", 1), 0);
    T_OK(load("[log]\nsegment_mib = 128\n", &config, told));
    T_EQ_INT(config.log_segment_mib, 32);
    T_EQ_INT(setenv("BAOBEI_LOG_SEGMENT_MIB", "none", 1), 0);
    T_ERR(load("", &config, told), ERR_BAD_INPUT);
    T_HAS(told, "environment: log.segment_mib = none");
}

TEST(a_line_that_is_no_setting_is_told_by_its_number)
{
    struct config config;
    char told[1024] = "";
    T_ERR(load("env = dev\nnonsense\n", &config, told), ERR_BAD_INPUT);
    T_HAS(told, ":2:");
}

TEST(what_is_printed_reads_back_the_same)
{
    struct config config;
    struct config again;
    char told[1024] = "";
    char *text = NULL;
    size_t size = 0;
    T_OK(load("env = dev\nloops = 3\n[server]\nnames = a.example,b.example\n", &config, told));
    FILE *out = open_memstream(&text, &size);
    T_TRUE(out != NULL);
    config_print(&config, out);
    (void)fclose(out);
    T_OK(load(text, &again, told));
    T_EQ_MEM(&again, &config, sizeof config);
    free(text);
}

/* ---- forms ---- */

static void expect_forms(const char *(*form)(const char *value), bool good,
                         const char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((form(values[i]) == NULL) != good) {
            T_FAIL("\"%s\" is %s", values[i], good ? "refused" : "taken");
        }
        T_TRUE(true);
    }
}

TEST(an_address_to_listen_on_is_a_url_with_a_port)
{
    static const char *const good[] = {"https://127.0.0.1:8443", "https://[::]:443",
                                       "https://a-b.example:1",  "http://127.1.2.3:80",
                                       "http://[::1]:80",        "http://localhost:0"};
    static const char *const bad[] = {"",
                                      "x",
                                      "https://",
                                      "https://a",
                                      "https://a:",
                                      "https://a:65536",
                                      "https://a:1x",
                                      "https://:1",
                                      "https://[::1:1",
                                      "https://[::1]1",
                                      "https://a/b:1",
                                      "http://0.0.0.0:1",
                                      "http://[::2]:1",
                                      "HTTPS://a:1"};
    expect_forms(form_listen, true, good, ARRAY_COUNT(good));
    expect_forms(form_listen, false, bad, ARRAY_COUNT(bad));
    static const char *const ops[] = {"", "http://127.0.0.1:9090", "http://10.0.0.1:1"};
    static const char *const not_ops[] = {"https://127.0.0.1:1", "http://", "9090"};
    expect_forms(form_ops, true, ops, ARRAY_COUNT(ops));
    expect_forms(form_ops, false, not_ops, ARRAY_COUNT(not_ops));
}

TEST(names_are_hosts_and_ports_are_numbers)
{
    static const char *const names[] = {
        "", "a", "a.example,b.example", "a--b.c", "::1, 127.0.0.1", "[::1]"};
    static const char *const no_names[] = {"a b:1",
                                           "a.",
                                           ".a",
                                           "a-",
                                           "-a",
                                           "a_b",
                                           "a..b",
                                           "[a]x",
                                           "*",
                                           "a:1",
                                           "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"};
    static const char *const ports[] = {"", "1", "65535", "58731,58732,58733", "1,2,3,4"};
    static const char *const no_ports[] = {"0",    "65536", "abc", "1,",     ",1",
                                           "1,,2", "1 2",   "-1",  "000001", "1,2,3,4,5"};
    expect_forms(form_names, true, names, ARRAY_COUNT(names));
    expect_forms(form_names, false, no_names, ARRAY_COUNT(no_names));
    expect_forms(form_ports, true, ports, ARRAY_COUNT(ports));
    expect_forms(form_ports, false, no_ports, ARRAY_COUNT(no_ports));
}

T_LIST(config_test, T(defaults_hold_where_nothing_is_said),
       T(a_value_out_of_range_stops_with_its_name_and_range), T(every_fault_is_told_at_once),
       T(a_word_is_not_taken_by_its_beginning), T(paths_begin_at_the_folder_of_the_file),
       T(the_environment_stands_over_the_file), T(a_line_that_is_no_setting_is_told_by_its_number),
       T(what_is_printed_reads_back_the_same), T(an_address_to_listen_on_is_a_url_with_a_port),
       T(names_are_hosts_and_ports_are_numbers));
