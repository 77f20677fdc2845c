#include "card/settings.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include <stdio.h>
#include <string.h>

#define SITE "modules = /lib/a.so\norigins = https://a.example\n"

static struct settings settings;
static struct settings_fault fault;

static enum err text_read(const char *text, size_t size)
{
    char path[TMP_PATH_MAX];
    tmp_path(path, "card.conf");
    FILE *file = fopen(path, "we");
    bool written = file != NULL && fwrite(text, 1, size, file) == size;
    if (file != NULL && fclose(file) != 0)
        written = false;
    T_TRUE(written);
    return settings_read(&settings, path, &fault);
}

static void refused(const char *text, int line, const char *part)
{
    T_ERR(text_read(text, strlen(text)), ERR_BAD_INPUT);
    T_EQ_INT(fault.line, line);
    T_HAS(fault.text, part);
}

static void taken(const char *text)
{
    T_OK(text_read(text, strlen(text)));
}

TEST(a_short_file_has_the_defaults)
{
    taken(SITE);
    T_EQ_UINT(settings.module_count, 1);
    T_EQ_STR(settings.modules[0], "/lib/a.so");
    T_EQ_STR(settings.origins[0], "https://a.example");
    T_EQ_UINT(settings.port_count, 3);
    T_EQ_UINT(settings.ports[0], 58731);
    T_EQ_UINT(settings.ports[2], 58733);
    T_FALSE(settings.confirm);
    T_TRUE(settings.softhsm2_conf == NULL);
    settings_deinit(&settings);
}

TEST(lists_are_divided_by_commas_and_grow)
{
    taken("; cards\nmodules = /a.so,/b.so\nmodules = /c.so\norigins = https://a.example:1, "
          "https://b.example\nconfirm = on\nports = 0 7\n");
    T_EQ_UINT(settings.module_count, 3);
    T_EQ_STR(settings.modules[2], "/c.so");
    T_EQ_UINT(settings.origin_count, 2);
    T_EQ_STR(settings.origins[1], "https://b.example");
    T_TRUE(settings.confirm);
    T_EQ_UINT(settings.port_count, 2);
    T_EQ_UINT(settings.ports[1], 7);
    settings_deinit(&settings);
}

TEST(relative_paths_start_at_the_folder_of_the_file)
{
    char want[TMP_PATH_MAX];
    taken("modules = sub/a.so, libnowhere-to-be-found.so, card.conf\norigins = https://a.example\n"
          "softhsm2_conf = softhsm2.conf\n");
    tmp_path(want, "softhsm2.conf");
    T_EQ_STR(settings.softhsm2_conf, want);
    tmp_path(want, "sub/a.so");
    T_EQ_STR(settings.modules[0], want);
    T_EQ_STR(settings.modules[1], "libnowhere-to-be-found.so"); /* left to the loader */
    tmp_path(want, "card.conf");
    T_EQ_STR(settings.modules[2], want); /* a bare name that lies in the folder */
    settings_deinit(&settings);
}

TEST(a_fault_is_told_with_its_line)
{
    refused("", 0, "modules is missing");
    refused("modules = a\n", 0, "origins is missing");
    refused(SITE "nonsense = 1\n", 3, "nonsense");
    refused(SITE "nonsense\n", 3, "key = value");
    refused("[card]\n" SITE, 2, "sections");
    refused(SITE "confirm = yes\n", 3, "confirm");
    refused(SITE "confirm = on\nconfirm = off\n", 4, "confirm");
    refused(SITE "ports = 65536\n", 3, "ports");
    refused(SITE "ports = -1\n", 3, "ports");
    refused(SITE "ports = 1x\n", 3, "ports");
    refused(SITE "ports = 1 2 3 4 5 6 7 8 9\n", 3, "more than 8");
    refused(SITE "softhsm2_conf = a\nsofthsm2_conf = b\n", 4, "softhsm2_conf");
}

TEST(an_origin_that_is_not_exact_is_refused)
{
    static const char *const bad[] = {
        "*",         "https://",           "http://a.example",    "https://a.example/",
        "https://A", "https://a.example?", "https://u@a.example", "https://*.example"};
    char text[200];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(text, sizeof text, "modules = a\norigins = %s\n", bad[i]);
        refused(text, 2, "origins");
        T_FALSE(settings_origin_valid(bytes_from_text(bad[i])));
    }
    T_TRUE(settings_origin_valid(BYTES_LITERAL("https://[::1]:8443")));
}

TEST(long_lines_and_long_files_are_refused)
{
    static char text[80 * 1024];
    (void)snprintf(text, sizeof text, "%smodules = /%0190d\n", SITE, 1);
    refused(text, 3, "longer than 197");
    memset(text, '\n', sizeof text);
    T_ERR(text_read(text, sizeof text), ERR_TOO_LARGE);
    T_ERR(text_read("a\0b", 3), ERR_BAD_INPUT);
    T_HAS(fault.text, "NUL");
}

TEST(a_missing_file_is_told)
{
    T_ERR(settings_read(&settings, "/nowhere/card.conf", &fault), ERR_NOT_FOUND);
    T_HAS(fault.text, "opened");
}

T_LIST(settings_test, T(a_short_file_has_the_defaults), T(lists_are_divided_by_commas_and_grow),
       T(relative_paths_start_at_the_folder_of_the_file), T(a_fault_is_told_with_its_line),
       T(an_origin_that_is_not_exact_is_refused), T(long_lines_and_long_files_are_refused),
       T(a_missing_file_is_told));
