/* Logs: what the files hold, that a resumed one is that of a run that was never killed, and what is refused. */
#define _POSIX_C_SOURCE 200809L
#include "support/toy.h"

#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tempo/log.h>

#include "support/allocator.h"
#include "support/documents.h"

static char folder[64], path[96];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/tempo-log-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    (void)snprintf(path, sizeof path, "%s/log", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char file[160];
    (void)snprintf(file, sizeof file, "%s/events.out.tfevents.tempo", path);
    (void)unlink(file);
    (void)rmdir(path);
    (void)unlink(path);
    return rmdir(folder);
}

static const char *const columns[] = {"lr", "decay.weight_decay"};

static tempo_log_options options_of(tempo_log_format format, int64_t batch)
{
    return (tempo_log_options){
        .format = format, .path = path, .metric = true, .columns = columns, .column_count = 2, .batch = batch};
}

static tempo_log *open_log(const tempo_log_options *options)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_log *log = NULL;
    if (tempo_log_open(&log, options, &error))
        fail_msg("%s (%s)", error.message, error.advice);
    return log;
}

static void refuse_log(const tempo_log_options *options, tempo_status status, const char *message)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_log *log = NULL;
    const tempo_status found = tempo_log_open(&log, options, &error);
    assert_null(log);
    if (!strstr(error.message, message))
        fail_msg("'%s' is not in '%s'", message, error.message);
    assert_int_equal(found, status);
}

/* The update after which `batch` are completed; every one has other numbers. */
static tempo_status write_batch(tempo_log *log, int64_t batch, tempo_error *error)
{
    const tempo_timestamp now = {.batch = batch, .epoch = batch / 10, .sample = 8 * batch, .token = 1024 * batch};
    const double values[] = {0.1 / (double)batch, 1e-5};
    const tempo_record record = {&now, 1.0 / (double)batch, batch < 3 ? (double)NAN : 0.5, values};
    return tempo_log_write(log, &record, error);
}

static void write_batches(tempo_log *log, int64_t from, int64_t to)
{
    tempo_error error = TEMPO_ERROR_INIT;
    for (int64_t batch = from; batch <= to; batch++)
        if (write_batch(log, batch, &error))
            fail_msg("%s", error.message);
}

static void close_log(tempo_log *log)
{
    tempo_error error = TEMPO_ERROR_INIT;
    if (tempo_log_close(log, &error))
        fail_msg("%s", error.message);
}

/* The file of a format; yours to free. */
static char *read_log(tempo_log_format format, size_t *length)
{
    char file[160];
    (void)snprintf(file, sizeof file, "%s%s", path,
                   format == TEMPO_LOG_TENSORBOARD ? "/events.out.tfevents.tempo" : "");
    return read_file(file, length);
}

static void write_text(const char *file, const char *bytes, size_t length)
{
    (void)unlink(file); /* some file systems go to the disk when a file is overwritten */
    FILE *stream = fopen(file, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, length, stream), length);
    assert_int_equal(fclose(stream), 0);
}

static void assert_log(tempo_log_format format, const char *expected)
{
    size_t length;
    char *text = read_log(format, &length);
    assert_string_equal(text, expected);
    free(text);
}

/* --- what is in a file --- */

static void csv_has_a_header_and_a_line_for_each_update(void **state)
{
    (void)state;
    const tempo_log_options options = options_of(TEMPO_LOG_CSV, 0);
    tempo_log *log = open_log(&options);
    write_batches(log, 1, 3);
    close_log(log);
    assert_log(TEMPO_LOG_CSV, "batch,epoch,sample,token,loss,metric,lr,decay.weight_decay\n"
                              "1,0,8,1024,1,,0.1,1e-05\n"
                              "2,0,16,2048,0.5,,0.05,1e-05\n"
                              "3,0,24,3072,0.3333333333333333,0.5,0.03333333333333333,1e-05\n");
}

static void json_lines_are_objects(void **state)
{
    (void)state;
    const tempo_log_options options = options_of(TEMPO_LOG_JSONL, 0);
    tempo_log *log = open_log(&options);
    write_batches(log, 2, 3);
    close_log(log);
    assert_log(TEMPO_LOG_JSONL,
               "{\"batch\":2,\"epoch\":0,\"sample\":16,\"token\":2048,\"loss\":0.5,\"metric\":null,\"lr\":0.05,"
               "\"decay.weight_decay\":1e-05}\n"
               "{\"batch\":3,\"epoch\":0,\"sample\":24,\"token\":3072,\"loss\":0.3333333333333333,\"metric\":0.5,"
               "\"lr\":0.03333333333333333,\"decay.weight_decay\":1e-05}\n");
}

/* Framing, checksums and fields as TFRecord and event.proto have them; tests/log reads it with code of its own. */
static void tensorboard_begins_with_its_version(void **state)
{
    (void)state;
    const tempo_log_options options = options_of(TEMPO_LOG_TENSORBOARD, 0);
    tempo_log *log = open_log(&options);
    close_log(log);
    size_t length;
    char *bytes = read_log(TEMPO_LOG_TENSORBOARD, &length);
    assert_int_equal(length, 8 + 4 + 15 + 4);
    assert_memory_equal(bytes, "\x0f\0\0\0\0\0\0\0", 8);
    assert_memory_equal(bytes + 12,
                        "\x1a\x0d"
                        "brain.Event:2",
                        15);
    free(bytes);
}

static void names_are_quoted(void **state)
{
    (void)state;
    static const char *const odd[] = {"a \"b\",c.lr", "d\\e\n.lr"};
    tempo_log_options options = options_of(TEMPO_LOG_CSV, 0);
    options.metric = false;
    options.columns = odd;
    tempo_log *log = open_log(&options);
    write_batches(log, 1, 1);
    close_log(log);
    assert_log(TEMPO_LOG_CSV,
               "batch,epoch,sample,token,loss,\"a \"\"b\"\",c.lr\",\"d\\e\n.lr\"\n1,0,8,1024,1,0.1,1e-05\n");
    options.batch = 1;
    close_log(open_log(&options));
    (void)unlink(path);
    options.batch = 0;
    options.format = TEMPO_LOG_JSONL;
    log = open_log(&options);
    write_batches(log, 1, 1);
    close_log(log);
    assert_log(TEMPO_LOG_JSONL, "{\"batch\":1,\"epoch\":0,\"sample\":8,\"token\":1024,\"loss\":1,"
                                "\"a \\\"b\\\",c.lr\":0.1,\"d\\\\e\\u000a.lr\":1e-05}\n");
    options.batch = 1;
    close_log(open_log(&options));
}

static void numbers_without_a_digit_are_kept(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "batch,epoch,sample,token,loss,lr\n5,0,0,0,nan,inf\n6,0,0,0,-inf,-0\n",
        "{\"batch\":5,\"epoch\":0,\"sample\":0,\"token\":0,\"loss\":null,\"lr\":1e999}\n"
        "{\"batch\":6,\"epoch\":0,\"sample\":0,\"token\":0,\"loss\":-1e999,\"lr\":-0}\n"};
    for (int format = TEMPO_LOG_CSV; format <= TEMPO_LOG_JSONL; format++) {
        tempo_log_options options = options_of((tempo_log_format)format, 0);
        options.metric = false;
        options.column_count = 1;
        tempo_log *log = open_log(&options);
        tempo_timestamp now = {.batch = 5};
        const double infinite = (double)INFINITY;
        const double zero = -0.0;
        assert_int_equal(tempo_log_write(log, &(tempo_record){&now, (double)NAN, 0, &infinite}, NULL), TEMPO_OK);
        now.batch = 6;
        assert_int_equal(tempo_log_write(log, &(tempo_record){&now, -infinite, 0, &zero}, NULL), TEMPO_OK);
        close_log(log);
        assert_log((tempo_log_format)format, expected[format]);
        options.batch = 6;
        close_log(open_log(&options));
        (void)unlink(path);
    }
}

static void no_locale_is_consulted(void **state)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        skip();
    csv_has_a_header_and_a_line_for_each_update(state);
    (void)setlocale(LC_ALL, "C");
}

/* --- going on --- */

enum { BATCHES = 23 };

/* Whatever a kill leaves behind after the checkpoint at batch 20, the log becomes that of a run never killed. */
static void a_log_torn_at_any_byte_is_taken_up_again(void **state)
{
    (void)state;
    for (int format = TEMPO_LOG_CSV; format <= TEMPO_LOG_TENSORBOARD; format++) {
        tempo_log_options options = options_of((tempo_log_format)format, 0);
        tempo_log *log = open_log(&options);
        write_batches(log, 1, 20);
        assert_int_equal(tempo_log_sync(log, NULL), TEMPO_OK);
        size_t synced, length;
        free(read_log(options.format, &synced));
        write_batches(log, 21, BATCHES);
        close_log(log);
        char *whole = read_log(options.format, &length);
        char file[160];
        (void)snprintf(file, sizeof file, "%s%s", path,
                       format == TEMPO_LOG_TENSORBOARD ? "/events.out.tfevents.tempo" : "");
        options.batch = 20;
        for (size_t torn = synced; torn <= length; torn++) {
            write_text(file, whole, torn);
            log = open_log(&options);
            assert_int_equal(tempo_log_batch(log), 20);
            write_batches(log, 21, BATCHES);
            close_log(log);
            size_t found;
            char *again = read_log(options.format, &found);
            assert_int_equal(found, length);
            assert_memory_equal(again, whole, length);
            free(again);
        }
        free(whole);
        (void)unlink(file);
        (void)rmdir(path);
    }
}

/* Zeros, such as a file system may leave where it lost power, or another run's lines. */
static void what_comes_after_the_checkpoint_need_not_be_a_log(void **state)
{
    (void)state;
    tempo_log_options options = options_of(TEMPO_LOG_CSV, 0);
    tempo_log *log = open_log(&options);
    write_batches(log, 1, 4);
    close_log(log);
    size_t length;
    char *whole = read_log(TEMPO_LOG_CSV, &length);
    char with_zeros[4096] = "";
    memcpy(with_zeros, whole, length);
    write_text(path, with_zeros, sizeof with_zeros);
    options.batch = 4;
    close_log(open_log(&options));
    assert_log(TEMPO_LOG_CSV, whole);
    free(whole);
}

static void a_log_longer_than_its_buffer_is_read_to_its_place(void **state)
{
    (void)state;
    tempo_log_options options = options_of(TEMPO_LOG_JSONL, 0);
    tempo_log *log = open_log(&options);
    write_batches(log, 1, 5000);
    close_log(log);
    size_t length, again;
    char *whole = read_log(TEMPO_LOG_JSONL, &length);
    assert_true(length > 400000);
    options.batch = 4321;
    log = open_log(&options);
    write_batches(log, 4322, 5000);
    close_log(log);
    char *other = read_log(TEMPO_LOG_JSONL, &again);
    assert_int_equal(again, length);
    assert_memory_equal(other, whole, length);
    free(whole);
    free(other);
}

static void at_batch_0_a_log_starts_over(void **state)
{
    (void)state;
    const tempo_log_options options = options_of(TEMPO_LOG_CSV, 0);
    tempo_log *log = open_log(&options);
    write_batches(log, 1, 3);
    close_log(log);
    close_log(open_log(&options));
    assert_log(TEMPO_LOG_CSV, "batch,epoch,sample,token,loss,metric,lr,decay.weight_decay\n");
}

static void missing_records_are_an_error(void **state)
{
    (void)state;
    tempo_log_options options = options_of(TEMPO_LOG_CSV, 5);
    refuse_log(&options, TEMPO_MISSING, "there is no log");
    assert_int_equal(access(path, F_OK), -1);
    options.batch = 0;
    tempo_log *log = open_log(&options);
    write_batches(log, 1, 3);
    close_log(log);
    options.batch = 5;
    refuse_log(&options, TEMPO_MISSING, "ends at batch 3, but the training goes on at batch 5");
    options.allow_missing = true;
    log = open_log(&options);
    write_batches(log, 6, 6);
    close_log(log);
    assert_log(TEMPO_LOG_CSV, "batch,epoch,sample,token,loss,metric,lr,decay.weight_decay\n"
                              "1,0,8,1024,1,,0.1,1e-05\n"
                              "2,0,16,2048,0.5,,0.05,1e-05\n"
                              "3,0,24,3072,0.3333333333333333,0.5,0.03333333333333333,1e-05\n"
                              "6,0,48,6144,0.16666666666666666,0.5,0.016666666666666666,1e-05\n");
}

/* --- what is refused --- */

static void assert_untouched(const char *text)
{
    size_t length;
    char *found = read_file(path, &length);
    assert_string_equal(found, text);
    free(found);
}

static void other_files_are_left_alone(void **state)
{
    (void)state;
    static const struct {
        tempo_log_format format;
        const char *text, *message;
    } rows[] = {
        {TEMPO_LOG_CSV, "shopping: milk", "is no log in the format csv: it begins with 'shopping: milk'"},
        {TEMPO_LOG_CSV, "{\"batch\":1}\n", "is no log in the format csv"},
        {TEMPO_LOG_CSV, "batch,epoch,sample,token,loss,lr\n1,0,8,32,1,1\n",
         "is a log with other columns: it begins with 'batch,epoch,sample,token,loss,lr'"},
        {TEMPO_LOG_JSONL, "batch,epoch\n", "is no log in the format jsonl"},
        {TEMPO_LOG_JSONL, "{\"batch\":1,\"epoch\":0}\n", "is a log with other columns: it begins with '{\"batch\":1,"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_text(path, rows[i].text, strlen(rows[i].text));
        const tempo_log_options options = options_of(rows[i].format, 0);
        refuse_log(&options, TEMPO_CONFLICT, rows[i].message);
        assert_untouched(rows[i].text);
    }
}

static void other_scalars_are_refused(void **state)
{
    (void)state;
    tempo_log_options options = options_of(TEMPO_LOG_TENSORBOARD, 0);
    tempo_log *log = open_log(&options);
    write_batches(log, 1, 2);
    close_log(log);
    options.column_count = 1;
    refuse_log(&options, TEMPO_CONFLICT, "is a log with other columns");
}

static void a_damaged_record_before_the_place_is_an_error(void **state)
{
    (void)state;
    static const char text[] = "batch,epoch,sample,token,loss,metric,lr,decay.weight_decay\n"
                               "1,0,8,1024,1,,0.1,1e-05\n"
                               "2,0,8,1024,1,,oops,1e-05\n"
                               "3,0,8,1024,1,,0.1,1e-05\n";
    write_text(path, text, sizeof text - 1);
    tempo_log_options options = options_of(TEMPO_LOG_CSV, 3);
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_log *log = NULL;
    assert_int_equal(tempo_log_open(&log, &options, &error), TEMPO_BAD_SYNTAX);
    assert_contains(error.message, "is damaged after batch 1, but the training goes on at batch 3");
    assert_int_equal(error.line, 3);
    assert_untouched(text);
    options.batch = 1;
    close_log(open_log(&options));
}

/* One bit anywhere. */
static void a_flipped_bit_is_found_in_tensorboards_file(void **state)
{
    (void)state;
    tempo_log_options options = options_of(TEMPO_LOG_TENSORBOARD, 0);
    tempo_log *log = open_log(&options);
    write_batches(log, 1, 3);
    close_log(log);
    char file[160];
    (void)snprintf(file, sizeof file, "%s/events.out.tfevents.tempo", path);
    size_t length;
    char *whole = read_file(file, &length);
    options.batch = 3;
    for (size_t bit = 0; bit < 8 * length; bit++) {
        whole[bit / 8] = (char)(whole[bit / 8] ^ 1 << bit % 8);
        write_text(file, whole, length);
        assert_true(tempo_log_open(&log, &options, NULL) != TEMPO_OK);
        whole[bit / 8] = (char)(whole[bit / 8] ^ 1 << bit % 8);
    }
    free(whole);
}

static void options_that_make_no_log(void **state)
{
    (void)state;
    static const char *const twice[] = {"lr", "lr"}, *const counter[] = {"batch"}, *const empty[] = {""};
    tempo_log_options options = options_of(TEMPO_LOG_CSV, -1);
    refuse_log(&options, TEMPO_BAD_VALUE, "cannot go on at batch -1");
    options = options_of((tempo_log_format)9, 0);
    refuse_log(&options, TEMPO_BAD_VALUE, "9 is no format");
    options = options_of(TEMPO_LOG_CSV, 0);
    options.columns = twice;
    refuse_log(&options, TEMPO_BAD_VALUE, "two columns of the log are called 'lr'");
    options.column_count = 1;
    options.columns = counter;
    refuse_log(&options, TEMPO_BAD_VALUE, "two columns of the log are called 'batch'");
    options.columns = empty;
    refuse_log(&options, TEMPO_BAD_VALUE, "column 0 of the log has no name");
    options.path = "";
    refuse_log(&options, TEMPO_BAD_VALUE, "needs a path");
}

static void what_cannot_be_opened_says_why(void **state)
{
    (void)state;
    tempo_log_options options = options_of(TEMPO_LOG_CSV, 0);
    options.path = folder;
    refuse_log(&options, TEMPO_IO, "Is a directory");
    options.path = "/nowhere/at/all.csv";
    refuse_log(&options, TEMPO_IO, "cannot open the log '/nowhere/at/all.csv': No such file or directory");
    options.format = TEMPO_LOG_TENSORBOARD;
    refuse_log(&options, TEMPO_IO, "cannot make the folder of the log");
    write_text(path, "x", 1);
    options.path = path;
    refuse_log(&options, TEMPO_IO, "Not a directory");
}

static void a_full_disk_is_reported_and_loses_nothing_that_was_taken(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    tempo_log_options options = options_of(TEMPO_LOG_CSV, 0);
    options.path = "/dev/full";
    tempo_log *log = open_log(&options);
    tempo_error error = TEMPO_ERROR_INIT;
    int64_t batch = 1;
    while (write_batch(log, batch, &error) == TEMPO_OK && batch < 100000)
        batch++;
    assert_int_equal(error.status, TEMPO_IO);
    assert_string_equal(error.message, "cannot write the log '/dev/full': No space left on device");
    assert_int_equal(tempo_log_batch(log), batch - 1);
    assert_int_equal(write_batch(log, batch, NULL), TEMPO_IO); /* and not CONFLICT: it may be tried again */
    assert_int_equal(tempo_log_error(log)->status, TEMPO_IO);
    assert_int_equal(tempo_log_sync(log, NULL), TEMPO_IO);
    error = (tempo_error)TEMPO_ERROR_INIT;
    assert_int_equal(tempo_log_close(log, &error), TEMPO_IO);
    assert_int_equal(error.status, TEMPO_IO);
}

static void no_batch_is_added_twice(void **state)
{
    (void)state;
    const tempo_log_options options = options_of(TEMPO_LOG_CSV, 0);
    tempo_log *log = open_log(&options);
    write_batches(log, 1, 3);
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(write_batch(log, 3, &error), TEMPO_CONFLICT);
    assert_contains(error.message, "is at batch 3 already, so batch 3 cannot be added");
    close_log(log);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int format = TEMPO_LOG_CSV; format <= TEMPO_LOG_TENSORBOARD; format++) {
        tempo_status status = TEMPO_NO_MEMORY;
        for (long budget = 0; status == TEMPO_NO_MEMORY; budget++) {
            counting_allocator counter;
            const tempo_allocator allocator = counting_start(&counter, budget);
            tempo_log_options options = options_of((tempo_log_format)format, 0);
            options.allocator = &allocator;
            tempo_log *log = NULL;
            status = tempo_log_open(&log, &options, NULL);
            assert_int_equal(status == TEMPO_OK, log != NULL);
            const long calls = counter.calls;
            if (log)
                write_batches(log, 1, 3);
            assert_int_equal(counter.calls, calls);
            close_log(log);
            assert_int_equal(counter.live_blocks, 0);
            assert_int_equal(counter.live_bytes, 0);
        }
        assert_int_equal(status, TEMPO_OK);
        assert_int_equal(remove_folder(NULL), 0);
        assert_int_equal(make_folder(NULL), 0);
    }
}

/* --- with a trainer --- */

static void a_trainer_feeds_what_is_attached(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "5ba");
    t->group.name = "decay";
    toy_make(t);
    tempo_log *log = NULL;
    if (tempo_log_attach(&log, t->trainer, &(tempo_log_options){.path = path}, &t->error))
        fail_msg("%s", t->error.message);
    toy_fit(t);
    assert_log(TEMPO_LOG_CSV, "batch,epoch,sample,token,loss,decay.lr\n"
                              "1,0,8,32,1,1\n"
                              "2,0,16,64,0.5,0.8\n"
                              "3,0,24,96,0.3333333333333333,0.6\n"
                              "4,0,32,128,0.25,0.4\n"
                              "5,1,40,160,0.2,0.19999999999999996\n");
    close_log(log);
    toy_free(t);
}

static void groups_without_names_are_numbered(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "1ba");
    tempo_field second = {.name = "lr", .base = 2.0};
    const tempo_group groups[] = {t->group, {.fields = &second, .field_count = 1}};
    t->options.groups = groups;
    t->options.group_count = 2;
    toy_make(t);
    tempo_log *log = NULL;
    if (tempo_log_attach(&log, t->trainer, &(tempo_log_options){.path = path}, &t->error))
        fail_msg("%s", t->error.message);
    toy_fit(t);
    assert_log(TEMPO_LOG_CSV, "batch,epoch,sample,token,loss,0.lr,1.lr\n1,0,8,32,1,1,2\n");
    close_log(log);
    toy_free(t);
}

static void a_log_that_fails_ends_the_fit(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "3ba");
    toy_make(t);
    tempo_log *log = NULL;
    assert_int_equal(tempo_log_attach(&log, t->trainer, &(tempo_log_options){.path = "/dev/full"}, &t->error),
                     TEMPO_OK);
    assert_int_equal(tempo_trainer_fit(t->trainer, &t->error), TEMPO_FAILED);
    assert_string_equal(t->error.message, "a callback of fit_end failed with 30 at batch 3");
    assert_contains(tempo_log_error(log)->message, "No space left on device");
    assert_int_equal(tempo_log_close(log, NULL), TEMPO_IO);
    toy_free(t);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(csv_has_a_header_and_a_line_for_each_update),
        LOG_TEST(json_lines_are_objects),
        LOG_TEST(tensorboard_begins_with_its_version),
        LOG_TEST(names_are_quoted),
        LOG_TEST(numbers_without_a_digit_are_kept),
        LOG_TEST(no_locale_is_consulted),
        LOG_TEST(a_log_torn_at_any_byte_is_taken_up_again),
        LOG_TEST(what_comes_after_the_checkpoint_need_not_be_a_log),
        LOG_TEST(a_log_longer_than_its_buffer_is_read_to_its_place),
        LOG_TEST(at_batch_0_a_log_starts_over),
        LOG_TEST(missing_records_are_an_error),
        LOG_TEST(other_files_are_left_alone),
        LOG_TEST(other_scalars_are_refused),
        LOG_TEST(a_damaged_record_before_the_place_is_an_error),
        LOG_TEST(a_flipped_bit_is_found_in_tensorboards_file),
        LOG_TEST(options_that_make_no_log),
        LOG_TEST(what_cannot_be_opened_says_why),
        LOG_TEST(a_full_disk_is_reported_and_loses_nothing_that_was_taken),
        LOG_TEST(no_batch_is_added_twice),
        LOG_TEST(every_allocation_may_fail),
        LOG_TEST(a_trainer_feeds_what_is_attached),
        LOG_TEST(groups_without_names_are_numbered),
        LOG_TEST(a_log_that_fails_ends_the_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
