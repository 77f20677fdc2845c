/* A temporary directory under $TMPDIR or /tmp that goes away by itself.
 *
 * In a unit test each test has its own: the runner empties it after the test's process has ended,
 * so it is gone even after a crash or a kill. A program without the runner gets one that is removed
 * at exit. Failure to make it ends the process: no test can do without. One thread. */
#pragma once

enum { TMP_PATH_MAX = 512 };

/* The directory's absolute path; made at the first call. */
const char *tmp_dir(void);

/* Writes tmp_dir()/name into out and returns out. */
const char *tmp_path(char out[TMP_PATH_MAX], const char *name);

/* For the runner: makes the directory of this program, and empties it between tests. */
void tmp_open(void);
void tmp_clear(void);
