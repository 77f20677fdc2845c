/* A failing sync ends the process, and nothing that was acknowledged is lost (failure table in
 * storage/committer.c). A seccomp filter makes fdatasync fail from a chosen moment on, in all
 * threads of a child; no retry could succeed, and none is made. */
#include "storage/fatal.h"
#include "tests/unit/storage/rig.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* From now on the call fails with EIO in every thread of the process. */
static bool fail_call(unsigned call)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

struct life {
    unsigned groups; /* acknowledged before the calls begin to fail */
    unsigned call;
    uint32_t apply_gap_ms;
    bool apply; /* what fails is an apply, not the log */
};

enum { EXIT_NO_FILTER = 40, EXIT_SURVIVED = 41 };

_Noreturn static void live(struct rig *rig, const struct life *life, int acks)
{
    rig->config.apply_gap_ms = life->apply_gap_ms;
    T_OK(rig_open(rig));
    rig_write_groups(rig, 0, life->groups);
    uint32_t count = life->groups;
    T_EQ_INT(write(acks, &count, sizeof count), sizeof count);
    if (!fail_call(life->call))
        _exit(EXIT_NO_FILTER);
    if (life->apply) {
        enum err err = store_apply_now(rig->store);
        T_ERR(err, ERR_OK); /* not reached */
    }
    rig_write_groups(rig, count, 1);
    count++; /* not reached: acknowledged without a sync */
    T_EQ_INT(write(acks, &count, sizeof count), sizeof count);
    _exit(EXIT_SURVIVED);
}

static void live_and_look(const struct life *life)
{
    struct rig rig;
    rig_init(&rig, "s");
    T_OK(store_create(rig.config.directory));
    int ends[2];
    T_EQ_INT(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    T_TRUE(child >= 0);
    if (child == 0)
        live(&rig, life, ends[1]);
    close(ends[1]);
    uint32_t acknowledged = 0, count = 0;
    while (read(ends[0], &count, sizeof count) == (ssize_t)sizeof count)
        acknowledged = count;
    int status = 0;
    T_EQ_INT(waitpid(child, &status, 0), child);
    T_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == EXIT_NO_FILTER)
        t_skip("no seccomp filters here");
    T_EQ_INT(WEXITSTATUS(status), FATAL_EXIT_CODE);
    T_EQ_UINT(acknowledged, life->groups);
    T_OK(rig_open(&rig));
    uint64_t position = store_position(rig.store);
    T_TRUE(position >= acknowledged && position <= acknowledged + 1);
    for (uint32_t i = 0; i < acknowledged; i++) {
        struct row_key key = rig_key(1, i);
        rig_expect(&rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(&i, sizeof i));
    }
    rig_write_groups(&rig, (uint32_t)position, 1);
    close(ends[0]);
    rig_end(&rig);
}

TEST(a_failing_sync_of_the_log_ends_the_process)
{
    live_and_look(&(struct life){.groups = 7, .call = SYS_fdatasync, .apply_gap_ms = 3600 * 1000});
}

TEST(a_failing_sync_of_the_very_first_group_ends_the_process)
{
    live_and_look(&(struct life){.groups = 0, .call = SYS_fdatasync, .apply_gap_ms = 3600 * 1000});
}

TEST(a_failing_append_ends_the_process)
{
    live_and_look(&(struct life){.groups = 7, .call = SYS_pwrite64, .apply_gap_ms = 3600 * 1000});
}

TEST(a_failing_commit_of_an_apply_ends_the_process)
{
    live_and_look(&(struct life){
        .groups = 7, .call = SYS_fdatasync, .apply_gap_ms = 3600 * 1000, .apply = true});
}

T_LIST(sync_test, T(a_failing_sync_of_the_log_ends_the_process),
       T(a_failing_sync_of_the_very_first_group_ends_the_process),
       T(a_failing_append_ends_the_process), T(a_failing_commit_of_an_apply_ends_the_process));
