/* Records what a process does to the files under one folder, for power_loss_test.py
 * (RELIABILITY 3.1).
 *
 * The calls that change files (open, pwrite, writev, fsync, rename …) are defined in this program,
 * so that liblmdb's calls come here too; each is done and then written to the trace under one lock,
 * so that the trace's order is what the kernel saw. LMDB writes by pwrite and writev (default
 * flags, no WRITEMAP), its two head pages through a descriptor that is O_DSYNC: nothing comes by
 * mmap, which `recorder_mapped_writable` looks for. Trace format: head of power_trace.py.
 *
 * Before recorder_begin all calls go straight on. posix_fallocate only extends the file: the
 * judge looks at thousands of stores on a tmpfs, and space is not its subject. Any thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum note { NOTE_SUBMIT = 'S', NOTE_ACK = 'A', NOTE_PROCESS = 'P', NOTE_KILLED = 'K' };

/* The call before which the process ends, without having made it. */
enum moment {
    MOMENT_NONE,
    MOMENT_LOG_SYNC,   /* of a segment, by the committer: between append and sync */
    MOMENT_DATA_WRITE, /* to data.mdb: inside an apply, or inside recovery */
    MOMENT_RENAME,     /* of a segment: before it is used again */
    MOMENT_LOG_FOLDER  /* the sync of DIR/log: between rename and directory sync */
};

enum { RECORDER_KILLED = 77 }; /* exit code of a process that ended at its moment */

/* `root`: an absolute path without links. The trace is appended to. False: it can't be opened. */
bool recorder_begin(const char *root, const char *trace);
void recorder_note(enum note note, uint64_t number);
/* Ends the process at the `count`-th such call from now on. */
void recorder_kill_at(enum moment moment, unsigned count);
/* Is a file under root mapped shared and writable, but for lock.mdb (which no crash needs)? */
bool recorder_mapped_writable(void);
