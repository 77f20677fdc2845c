/* xlsx-dump FILE: the first sheet of a workbook as CSV. */
#include "cli/cli.h"
#include "cli/options.h"
#include "sheet/sheet_dump.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The whole file into memory from malloc, one byte more than a dump may have at most. */
static bool file_read(const char *path, uint8_t **data, size_t *size)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    size_t room = SHEET_DUMP_FILE_MAX + 1;
    *data = malloc(room);
    *size = *data == NULL ? 0 : fread(*data, 1, room, file);
    bool read = *data != NULL && !ferror(file);
    fclose(file);
    return read;
}

static int dump_print(const char *path, struct bytes file)
{
    struct sheet_told told = {0};
    enum sheet_fault fault = sheet_dump(file, stdout, &told);
    if (fault != SHEET_FINE) {
        (void)fprintf(stderr, "xlsx-dump: %s: %s: %s\n", path, sheet_fault_name(fault), told.text);
        return fault == SHEET_NO_MEMORY ? EXIT_WORLD : EXIT_BAD_INPUT;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fputs("xlsx-dump: the output can't be written\n", stderr);
        return EXIT_WORLD;
    }
    return EXIT_DONE;
}

int cli_xlsx_dump(int argc, char **argv)
{
    if (argc != 2) {
        (void)fputs("usage: baobei xlsx-dump FILE\n", stderr);
        return EXIT_BAD_INPUT;
    }
    uint8_t *data = NULL;
    size_t size = 0;
    int code = EXIT_BAD_INPUT;
    if (file_read(argv[1], &data, &size))
        code = dump_print(argv[1], bytes_of(data, size));
    else
        (void)fprintf(stderr, "xlsx-dump: %s: %s\n", argv[1], strerror(errno));
    free(data);
    return code;
}
