/* What makes a checkpoint safe is the order of a few system calls. This program stands between them and the system: it
 * notes each call, and makes one of them fail. */
#define _GNU_SOURCE /* syscall() */
#include "support/checkpoints.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/syscall.h>

static char calls[256]; /* " fsync(file)" for each */
static int fail_at;     /* the number of the call that fails, from 1; 0: none */
static int fail_with;

static void start(int call, int reason)
{
    calls[0] = '\0';
    fail_at = call;
    fail_with = reason;
}

/* Whether this call is to fail. */
static bool fails(const char *name)
{
    const size_t used = strlen(calls);
    (void)snprintf(calls + used, sizeof calls - used, " %s", name);
    if (fail_at == 0 || --fail_at > 0)
        return false;
    errno = fail_with;
    return true;
}

int fsync(int file)
{
    struct stat status;
    assert_int_equal(fstat(file, &status), 0);
    if (fails(S_ISDIR(status.st_mode) ? "fsync(folder)" : "fsync(file)"))
        return -1;
    return (int)syscall(SYS_fsync, file);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    if (fails("rename"))
        return -1;
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
    if (fails("unlink"))
        return -1;
    return (int)syscall(SYS_unlinkat, folder, name, flags);
}

int flock(int file, int operation)
{
    if (fails("lock"))
        return -1;
    return (int)syscall(SYS_flock, file, operation);
}

/* --- */

static void the_bytes_are_on_the_disk_before_the_name_is(void **state)
{
    const char *path = in_folder(*state, "a");
    start(0, 0);
    assert_int_equal(write_model(path, 1, 0, "model", NULL), TEMPO_OK);
    assert_string_equal(calls, " lock fsync(file) rename fsync(folder)");
    assert_holds(path, "model");
}

static void until_it_is_renamed_everything_can_fail(void **state)
{
    static const char *const rows[] = {" lock fsync(file) unlink", " lock fsync(file) rename unlink"};
    const char *path = in_folder(*state, "a");
    start(0, 0);
    write_some(path, 1, "before");
    for (int i = 0; i < 2; i++) {
        tempo_error error = TEMPO_ERROR_INIT;
        start(2 + i, EIO);
        assert_int_equal(write_model(path, 2, 0, "after", &error), TEMPO_IO);
        assert_string_equal(calls, rows[i]);
        assert_unwritten(&error, path, "Input/output error");
        assert_holds(path, "before");
        assert_int_equal(count_names(*state, NULL), 1);
    }
}

/* The new one is whole and in place, but that is not certain to outlast a crash. */
static void a_folder_that_is_not_flushed_is_an_error(void **state)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const char *path = in_folder(*state, "a");
    start(4, EIO);
    assert_int_equal(write_model(path, 1, 0, "model", &error), TEMPO_IO);
    assert_unwritten(&error, path, "Input/output error");
    assert_memory_equal(error.advice, "the checkpoint is whole and in place", 36);
    assert_holds(path, "model");
    assert_int_equal(count_names(*state, NULL), 1);
}

/* Some file systems flush no folders, and some have no locks. */
static void what_a_file_system_does_not_have_is_not_asked_of_it(void **state)
{
    const char *path = in_folder(*state, "a");
    start(4, EINVAL);
    assert_int_equal(write_model(path, 1, 0, "model", NULL), TEMPO_OK);
    start(1, ENOLCK);
    assert_int_equal(write_model(path, 1, 0, "model", NULL), TEMPO_OK);
    start(1, EOPNOTSUPP);
    assert_int_equal(write_model(path, 1, 0, "model", NULL), TEMPO_OK);
}

static void an_interrupt_is_no_failure(void **state)
{
    start(2, EINTR);
    assert_int_equal(write_model(in_folder(*state, "a"), 1, 0, "model", NULL), TEMPO_OK);
    assert_string_equal(calls, " lock fsync(file) fsync(file) rename fsync(folder)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        folder_test(the_bytes_are_on_the_disk_before_the_name_is),
        folder_test(until_it_is_renamed_everything_can_fail),
        folder_test(a_folder_that_is_not_flushed_is_an_error),
        folder_test(an_interrupt_is_no_failure),
        folder_test(what_a_file_system_does_not_have_is_not_asked_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
