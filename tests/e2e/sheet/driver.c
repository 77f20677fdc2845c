/* src/sheet for sheet_test.py, without a server: the registry of the unit tests' rig.
 *
 *     sheet_driver template general|rule FOLDER          a workbook to stdout
 *     sheet_driver map general|rule < TABLE              faults to stdout: row column cell code
 * value sheet_driver report general|rule FOLDER < TABLE    the annotated workbook to stdout
 *
 * TABLE: a line a row, cells separated by TAB, as the rig writes them ("#800" is a number); `\n`,
 * `\t`, `\xHH` and `\\` are escapes. Line 1 is row 1. */
#include "base/check.h"
#include "sheet/sheet_write.h"
#include "tests/unit/sheet/sheet_rig.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 4 << 20, ROW_CELLS_MAX = 64 };

static struct sheet_rig rig;
static char input[INPUT_MAX];

static void unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '\\') {
            *to++ = *at;
            continue;
        }
        at++;
        if (*at == 'x') {
            char digits[3] = {at[1], at[2], '\0'};
            *to++ = (char)strtol(digits, NULL, 16);
            at += 2;
        } else {
            *to++ = *at == 'n' ? '\n' : *at == 't' ? '\t' : *at;
        }
    }
    *to = '\0';
}

static void table_read(void)
{
    size_t size = fread(input, 1, sizeof input - 1, stdin);
    input[size] = '\0';
    uint32_t number = 1;
    for (char *line = input; *line != '\0'; number++) {
        char *end = line + strcspn(line, "\n");
        char *next = *end == '\0' ? end : end + 1;
        const char *cells[ROW_CELLS_MAX];
        size_t count = 0;
        *end = '\0';
        for (char *cell = line; cell != NULL && count < ROW_CELLS_MAX;) {
            char *behind = strchr(cell, '\t');
            if (behind != NULL)
                *behind++ = '\0';
            unescape(cell);
            cells[count++] = cell;
            cell = behind;
        }
        rig_row(&rig, number, cells, count);
        line = next;
    }
}

static enum err template_make(enum form_kind kind, const char *folder, struct bytes *out)
{
    const struct sheet_staff staff[] = {
        {BYTES_LITERAL("A100000001"), BYTES_LITERAL("王小明"), 'F', 0},
        {BYTES_LITERAL("A800000005"), BYTES_LITERAL("=陳若伊"), 'A', 0x3035}, /* department 05 */
    };
    return sheet_write_template(kind, staff, ARRAY_COUNT(staff), folder, &rig.arena, out);
}

static int out_write(struct bytes out)
{
    return fwrite(out.data, 1, out.size, stdout) == out.size && fflush(stdout) == 0 ? 0 : 3;
}

int main(int argc, char **argv)
{
    struct bytes out;
    if (argc < 3)
        return 2;
    enum form_kind kind = strcmp(argv[2], "rule") == 0 ? FORM_RULE : FORM_GENERAL;
    rig_init(&rig, kind);
    if (strcmp(argv[1], "template") == 0 && argc == 4)
        return template_make(kind, argv[3], &out) == ERR_OK ? out_write(out) : 3;
    table_read();
    rig_read(&rig);
    if (strcmp(argv[1], "map") == 0) {
        printf("%s rows %u valid %u faults %u\n%s", map_refusal_name(rig.map.refusal), rig.map.rows,
               rig.map.valid, rig.map.faults_total, rig_faults(&rig));
        return 0;
    }
    if (strcmp(argv[1], "report") != 0 || argc != 4 || rig.map.refusal != MAP_FINE)
        return 2;
    return sheet_write_report(&rig.map, rig.facts, argv[3], &rig.arena, &out) == ERR_OK
               ? out_write(out)
               : 3;
}
