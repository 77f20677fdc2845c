/* store_judge: what the tests of power loss and bit rot need of the real storage/.
 *
 *   run WORLD TRACE SEED CONTROL                     the workload under the recorder
 *   recover WORLD TRACE SEED ACKED SUBMITTED WRITE   recovery of an image under the recorder
 *   rot DIRECTORY SEED COUNT FROM TO                 flips bits of a store (rot.c)
 *   judge                                            a line "DIRECTORY SEED ACKED SUBMITTED" in,
 *                                                    a verdict out, until the end of the input */
#include "tests/fault/store/judge.h"
#include "tests/fault/store/rot.h"
#include "tests/fault/store/workload.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number_of(const char *text)
{
    return strtoull(text, NULL, 10);
}

static int judge_lines(void)
{
    char line[2048], directory[1024];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct image image = {.directory = directory};
        char verdict[VERDICT_SIZE];
        if (sscanf(line, "%1023s %" SCNu64 " %" SCNu64 " %" SCNu64, directory, &image.seed,
                   &image.acked, &image.submitted) != 4)
            return 2;
        judge_crash(&image, verdict);
        printf("%s\n", verdict);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "run") == 0)
        return workload_run(argv[2], argv[3], number_of(argv[4]), (enum control)number_of(argv[5]));
    if (argc == 8 && strcmp(argv[1], "recover") == 0)
        return workload_recover(argv[2], argv[3], number_of(argv[4]), number_of(argv[5]),
                                number_of(argv[6]), (unsigned)number_of(argv[7]));
    if (argc == 2 && strcmp(argv[1], "judge") == 0)
        return judge_lines();
    if (argc == 7 && strcmp(argv[1], "rot") == 0)
        return rot_run(argv[2], number_of(argv[3]), number_of(argv[4]), number_of(argv[5]),
                       number_of(argv[6]));
    fprintf(stderr, "usage: store_judge run|recover|rot|judge ...\n");
    return 2;
}
