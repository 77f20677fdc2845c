/* id-check NUMBER: which kind of identity number it is (DOMAIN 5.1). */
#include "cli/cli.h"
#include "model/ids.h"
#include <stdio.h>

int cli_id_check(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: baobei id-check NUMBER\n");
        return 2;
    }
    enum id_no_kind kind = id_no_check(bytes_from_text(argv[1]));
    printf("%s\n", id_no_kind_name(kind));
    if (fflush(stdout) != 0) {
        fprintf(stderr, "id-check: the output can't be written\n");
        return 3;
    }
    return kind == ID_NO_INVALID ? 1 : 0;
}
