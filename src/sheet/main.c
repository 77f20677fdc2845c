/* baobei-sheet: the helper process as a program of its own.
 *
 * Each child that it forks copies its mappings, so it is linked with what reading needs and not
 * with the libraries of the server. A server finds it beside itself; it is not for people. */
#include "sheet/sheet_helper.h"
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    int type;
    socklen_t size = sizeof type;
    (void)argv;
    if (argc != 1 || getsockopt(SHEET_HELPER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        type != SOCK_SEQPACKET) {
        (void)fputs("baobei-sheet: only a server starts this\n", stderr);
        return 2;
    }
    return sheet_helper_serve(SHEET_HELPER_SOCKET);
}
