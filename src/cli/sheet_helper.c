/* sheet-helper: what the server starts to read sheets in; not for people. */
#include "sheet/sheet_helper.h"
#include "cli/cli.h"
#include <stdio.h>
#include <sys/socket.h>

int cli_sheet_helper(int argc, char **argv)
{
    int type;
    socklen_t size = sizeof type;
    (void)argv;
    if (argc != 1 || getsockopt(SHEET_HELPER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        type != SOCK_SEQPACKET) {
        (void)fputs("sheet-helper: only a server starts this\n", stderr);
        return 2;
    }
    return sheet_helper_serve(SHEET_HELPER_SOCKET);
}
