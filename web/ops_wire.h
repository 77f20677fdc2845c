/* What the ops socket speaks (DESIGN 16 *Commands and the running server*): between
 * web/ops_socket.c and cli/ops_socket.c, two ends of the same program on one machine.
 *
 *     asked:    u32 OPS_WIRE, u32 size, the words of the command, each ended by a zero byte;
 *               with the first byte, at most one descriptor: the file of `import`
 *     answered: frames of u8 kind, u32 size, bytes; the last is OPS_EXIT with one byte
 *
 * Numbers in the machine's order. */
#pragma once
#include <stdint.h>

/* Grows with every change: a command of another build is refused and not misread. */
#define OPS_WIRE 0x42414f01u

enum ops_frame { OPS_OUT = 1, OPS_ERRORS = 2, OPS_EXIT = 3 };
enum { OPS_ASK_MAX = 64 * 1024, OPS_WORDS_MAX = 32, OPS_FRAME_MAX = 64 * 1024 };

struct ops_head {
    uint32_t wire, size;
};

/* The socket's name in the data directory; reached through /proc/self/fd/N of the directory, since
 * sun_path holds 107 bytes and a data directory's path may be longer. */
#define OPS_SOCKET "ops.sock"
