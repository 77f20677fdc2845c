/* baobei-bench NAME [OPTIONS]: one benchmark, one JSON line. */
#include "bench/bench.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    bool alone; /* needs no server and no store: part of `all` */
    const char *sentence;
} benches[] = {
    {"peak_filing", bench_peak_filing, false, "open-loop load on a running server"},
    {"read_after_write", bench_read_after_write, false, "what was filed, read back at once"},
    {"import_rows", bench_import_rows, false, "one workbook after the other, to durable"},
    {"peak_batch", bench_peak_batch, false, "workbooks of many institutions at once"},
    {"startup", bench_startup, false, "first answer after a stop and after a kill"},
    {"idle_tls", bench_idle_tls, false, "the server's memory for idle TLS connections"},
    {"prepare", bench_prepare, false, "tokens for peak_filing on a stopped store"},
    {"fill", bench_fill, false, "a store of any number of lines, through the actors"},
    {"echo", bench_echo, false, "a bare server of libuv and llhttp to compare with"},
    {"append_sync", bench_append_sync, true, "4 KiB appended and synced: the disk alone"},
    {"commit_group", bench_commit_group, true, "writes a sync against the size of a batch"},
    {"shard_turn", bench_shard_turn, true, "filings through one shard in memory"},
    {"line_codec", bench_line_codec, true, "byte forms of a line, out and in"},
    {"recurrence", bench_recurrence, true, "rules to occurrences, and clashes"},
    {"search", bench_search, true, "institutions by name or code"},
};

static int usage(FILE *out)
{
    (void)fputs("baobei-bench NAME [--full] [--seed N] [OPTION …]\n\n", out);
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++) {
        (void)fprintf(out, "  %-16s %s\n", benches[i].name, benches[i].sentence);
    }
    (void)fputs("  all              those that need no server, one after the other\n\n"
                "bench/README.md says what the numbers mean.\n",
                out);
    return out == stdout ? EXIT_DONE : EXIT_BAD_INPUT;
}

static int run_all(int argc, char **argv)
{
    int code = EXIT_DONE;
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++) {
        if (benches[i].alone) {
            char *name = argv[0];
            argv[0] = (char *)(uintptr_t)benches[i].name;
            int one = benches[i].run(argc, argv);
            argv[0] = name;
            code = one > code ? one : code;
        }
    }
    return code;
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2) {
        return usage(stderr);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        return usage(stdout);
    }
    if (strcmp(argv[1], "all") == 0) {
        return run_all(argc - 1, argv + 1);
    }
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++) {
        if (strcmp(argv[1], benches[i].name) == 0) {
            return benches[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "baobei-bench: there is no benchmark %s\n\n", argv[1]);
    return usage(stderr);
}
