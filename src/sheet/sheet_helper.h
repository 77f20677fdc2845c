/* The helper process: it forks a jailed child for each file (DESIGN 15, item 2).
 *
 * The program `baobei-sheet`, started by sheet_child.c and never by a person. It has one thread and
 * no state but the list of its children, so forking is cheap and safe there; it lives until its
 * socket is closed. One request is one message of a SEQPACKET socket:
 *
 *     u8 form (enum sheet_form, or SHEET_HELPER_PROBE + n)
 *     three descriptors: the file, the pipe for the rows, the pipe for the verdict
 *
 * The child writes a u32 (big-endian) and so many bytes of sheet_rows.h into the rows' pipe. When
 * it has ended the helper writes one byte into the verdict's pipe: how. */
#pragma once
#include "base/err.h"

enum {
    SHEET_HELPER_SOCKET = 3,    /* the descriptor it finds its socket at */
    SHEET_HELPER_CHILDREN = 32, /* at once; more wait in the socket */
    SHEET_HELPER_WALL_S = 10    /* a child that lives longer is killed */
};

/* The last byte about a child. */
enum sheet_verdict {
    SHEET_VERDICT_ENDED = 'e',   /* by itself */
    SHEET_VERDICT_SLOW = 's',    /* killed over its CPU time: the file's fault */
    SHEET_VERDICT_OVERDUE = 'o', /* it got no CPU for so long: the machine's */
    SHEET_VERDICT_DIED = 'd',    /* by any other signal: a crash, or a forbidden call */
    SHEET_VERDICT_NO_CHILD = 'n' /* fork failed */
};

/* Requests of a test in the place of a form: the child enters the jail and then tries to escape. */
enum {
    SHEET_HELPER_PROBE = 'P',
    SHEET_PROBE_OPEN = SHEET_HELPER_PROBE,
    SHEET_PROBE_SOCKET,
    SHEET_PROBE_EXEC_MEMORY,
    SHEET_PROBE_FORK,
    SHEET_PROBE_KILL,
    SHEET_PROBE_CPU,
    SHEET_PROBE_MEMORY,
    SHEET_PROBE_ABORT,
    SHEET_PROBE_SILENT,  /* ends well without a word */
    SHEET_PROBE_SHORT,   /* tells more than it writes */
    SHEET_PROBE_LARGE,   /* tells more than may be */
    SHEET_PROBE_NOTHING, /* enters the jail and answers with an empty text: the control */
    SHEET_PROBES
};

/* Serves until the other side closes; 0, or 3 if the jail can't be made. */
int sheet_helper_serve(int socket);
