/* append_sync: the disk's own price of durability, beside which acknowledgements are held: 4 KiB
 * appended to a file and fdatasync, one after the other. */
#include "base/check.h"
#include "bench/bench.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096, PATH_ROOM = 600 };

static enum err appends_measure(struct bench *bench, int fd, uint64_t seconds)
{
    static struct histogram took_us;
    uint8_t block[BLOCK];
    memset(block, 'x', sizeof block);
    uint64_t begun = bench_now_ns();
    uint64_t end = begun + seconds * 1000000000u;
    uint64_t now = begun;
    while (now < end) {
        if (write(fd, block, sizeof block) != BLOCK || fdatasync(fd) != 0) {
            return ERR_IO;
        }
        uint64_t after = bench_now_ns();
        histogram_add(&took_us, (after - now) / 1000);
        now = after;
    }
    bench_result(bench, "appends_per_s", (double)took_us.count * 1e9 / (double)(now - begun));
    bench_histogram(bench, "append_us", &took_us);
    return ERR_OK;
}

int bench_append_sync(int argc, char **argv)
{
    struct bench bench;
    const char *directory = ".";
    const char *seconds_text = NULL;
    char path[PATH_ROOM];
    const struct option_ask asks[] = {{"directory", &directory, false},
                                      {"seconds", &seconds_text, false}};
    if (!bench_begin(&bench, argc, argv, asks, ARRAY_COUNT(asks))) {
        return EXIT_BAD_INPUT;
    }
    uint64_t seconds = bench.full ? 5 : 1;
    int size = snprintf(path, sizeof path, "%s/append_sync.XXXXXX", directory);
    if (!bench_number("seconds", seconds_text, 1, 3600, &seconds) || size < 0 ||
        (size_t)size >= sizeof path) {
        return bench_end(&bench, ERR_BAD_INPUT);
    }
    bench_set_text(&bench, "directory", directory);
    int fd = mkostemp(path, O_CLOEXEC | O_APPEND);
    enum err err = fd < 0 ? ERR_IO : appends_measure(&bench, fd, seconds);
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(path);
    }
    return bench_end(&bench, err);
}
