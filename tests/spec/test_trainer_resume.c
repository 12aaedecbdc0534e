/* Checkpoints of a training, and going on from them to the same bits. */
#define _POSIX_C_SOURCE 200809L

#include "support/toy.h"

#include <dirent.h>
#include <unistd.h>

#include <tempo/checkpoint.h>

#include "support/allocator.h"

/* --- a model that can be saved --- */

static int save(void *context, const tempo_sink *sink)
{
    const toy *t = context;
    const int64_t state[2] = {t->trains, t->updates};
    return sink->write(sink->context, state, sizeof state);
}

static int load(void *context, const void *bytes, size_t length)
{
    toy *t = context;
    int64_t state[2];
    if (length != sizeof state)
        return 1;
    memcpy(state, bytes, sizeof state);
    t->trains = state[0];
    t->updates = state[1];
    return 0;
}

/* A folder of its own for each test. */
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/tempo-test-XXXXXX");
    return mkdtemp(folder) ? 0 : 1;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *entries = opendir(folder);
    for (struct dirent *entry = NULL; entries && (entry = readdir(entries));) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        (void)remove(path);
    }
    if (entries)
        (void)closedir(entries);
    return rmdir(folder);
}

static size_t count_files(void)
{
    tempo_checkpoint_list *list = NULL;
    assert_int_equal(tempo_checkpoint_list_new(&list, folder, NULL, NULL), TEMPO_OK);
    const size_t count = tempo_checkpoint_list_count(list);
    tempo_checkpoint_list_free(list);
    return count;
}

static toy *saving_toy(const char *schedule, const char *max_duration, const char *every)
{
    toy *t = toy_new(schedule, max_duration);
    t->options.model.save = save;
    t->options.model.load = load;
    t->options.checkpoints = (tempo_checkpointing){.folder = folder, .every = every};
    return t;
}

static void resume(toy *t, tempo_mismatch mismatch)
{
    if (tempo_trainer_resume(t->trainer, folder, mismatch, NULL, NULL, &t->error))
        fail_msg("%s", t->error.message);
}

/* --- going on --- */

static int stop_at_5(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    (void)context;
    if (moment->now->batch == 5)
        tempo_trainer_stop(trainer);
    return 0;
}

/* Trains to 5 of 11 batches, and the rest in another process, as it were; what is recorded must be the same. */
static void split(const char *schedule, int64_t micro_batches)
{
    const tempo_callback callback = {TEMPO_EVENT_BATCH_END, NULL, stop_at_5, NULL};
    toy *whole = toy_new(schedule, "11ba"), *first = saving_toy(schedule, "11ba", "100ba"),
        *second = saving_toy(schedule, "11ba", "100ba");
    toy *const all[] = {whole, first, second};
    for (int i = 0; i < 3; i++) {
        all[i]->options.micro_batches = micro_batches;
        all[i]->epoch_length = 4 * micro_batches;
        toy_make(all[i]);
    }
    toy_listen_to_all(whole);
    toy_fit(whole);
    assert_int_equal(tempo_trainer_on(first->trainer, &callback, NULL), TEMPO_OK);
    toy_fit(first);
    assert_int_equal(tempo_trainer_now(first->trainer)->batch, 5);
    resume(second, TEMPO_MISMATCH_ERROR);
    toy_listen(second, TEMPO_EVENT_BATCH_START, NULL);
    second->record[0] = '\0';
    toy_listen(second, TEMPO_EVENT_BATCH_END, NULL);
    toy_listen(second, TEMPO_EVENT_EPOCH_START, NULL);
    toy_listen(second, TEMPO_EVENT_EPOCH_END, NULL);
    toy_listen(second, TEMPO_EVENT_FIT_END, NULL);
    toy_fit(second);
    const char *expected = strstr(whole->record, "batch_start 5ba");
    assert_non_null(expected);
    assert_string_equal(second->record, expected);
    assert_int_equal(second->trains, whole->trains);

    assert_int_equal(tempo_trainer_now(second->trainer)->sample, tempo_trainer_now(whole->trainer)->sample);
    for (int i = 0; i < 3; i++)
        toy_free(all[i]);
}

static void a_resumed_training_goes_on_as_if_it_had_not_been_interrupted(void **state)
{
    (void)state;
    split("composer.CosineAnnealingWithWarmupScheduler t_warmup=2ba alpha_f=0.1", 1);
}

static void in_the_middle_of_an_epoch_with_micro_batches(void **state)
{
    (void)state;
    split("composer.LinearScheduler alpha_f=0.0", 3);
}

static void with_a_schedule_that_listens(void **state)
{
    (void)state;
    split("torch.ReduceLROnPlateau patience=0 factor=0.5 threshold=0.9", 1);
}

/* A stepper of the caller, on a momentum of its own. */
static tempo_stepper *momentum_stepper(double *momentum)
{
    tempo_field field = {.name = "momentum", .base = 1.0, .as_double = momentum};
    const tempo_group group = {.fields = &field, .field_count = 1};
    const tempo_run run = {.max_duration = NULL};
    tempo_schedule *schedule = NULL;
    tempo_stepper *stepper = NULL;
    assert_int_equal(tempo_schedule_parse(&schedule, "torch.ExponentialLR gamma=0.5 field=momentum", NULL, NULL),
                     TEMPO_OK);
    assert_int_equal(tempo_stepper_new(&stepper, &run, &group, 1, schedule, NULL, NULL), TEMPO_OK);
    tempo_schedule_free(schedule);
    return stepper;
}

static void steppers_of_the_caller_go_on_too(void **state)
{
    (void)state;
    double momentum[2] = {0};
    tempo_stepper *steppers[2] = {momentum_stepper(&momentum[0]), momentum_stepper(&momentum[1])};
    toy *t = saving_toy(NULL, "2ep", NULL), *next = saving_toy(NULL, "3ep", NULL);
    t->options.steppers = &steppers[0];
    next->options.steppers = &steppers[1];
    t->options.stepper_count = next->options.stepper_count = 1;
    toy_make(t);
    toy_fit(t);
    toy_make(next);
    resume(next, TEMPO_MISMATCH_CONFIG);
    assert_true(momentum[1] == 0.25);
    toy_fit(next);
    assert_true(momentum[1] == 0.125);
    toy_free(t);
    toy_free(next);
    tempo_stepper_free(steppers[0]);
    tempo_stepper_free(steppers[1]);
}

static void checkpoints_are_written_when_it_is_time_and_at_the_end(void **state)
{
    (void)state;
    toy *t = saving_toy(NULL, "10ba", "3ba");
    toy_make(t);
    toy_listen(t, TEMPO_EVENT_CHECKPOINT, NULL);
    toy_fit(t);
    assert_int_equal(count_files(), 4); /* 3, 6, 9, 10 */
    assert_non_null(strstr(t->record, "checkpoint 10ba 2ep"));
    toy_free(t);
}

static void the_newest_are_kept(void **state)
{
    (void)state;
    toy *t = saving_toy(NULL, "10ba", "1ba");
    t->options.checkpoints.keep = 2;
    toy_make(t);
    toy_fit(t);
    assert_int_equal(count_files(), 2);
    toy *next = saving_toy(NULL, "12ba", "1ba");
    toy_make(next);
    assert_int_equal(tempo_trainer_resume(next->trainer, folder, TEMPO_MISMATCH_CONFIG, NULL, NULL, &next->error),
                     TEMPO_OK);
    assert_int_equal(tempo_trainer_now(next->trainer)->batch, 10);
    toy_free(t);
    toy_free(next);
}

/* --- what differs --- */

static void another_schedule_or_run_is_an_error_that_lists_what_differs(void **state)
{
    (void)state;
    toy *t = saving_toy("composer.LinearScheduler alpha_f=0.0", "4ba", NULL);
    toy_make(t);
    toy_fit(t);
    toy *other = saving_toy("composer.LinearScheduler alpha_f=0.5", "4ba", NULL);
    toy_make(other);
    assert_int_equal(tempo_trainer_resume(other->trainer, folder, TEMPO_MISMATCH_ERROR, NULL, NULL, &other->error),
                     TEMPO_CONFLICT);
    assert_string_equal(other->error.message, "the saved state differs: schedules[0].alpha_f: 0.5 here, 0.0 saved");
    toy *longer = saving_toy("composer.LinearScheduler alpha_f=0.0", "8ba", NULL);
    toy_make(longer);
    assert_int_equal(tempo_trainer_resume(longer->trainer, folder, TEMPO_MISMATCH_ERROR, NULL, NULL, &longer->error),
                     TEMPO_CONFLICT);
    assert_string_equal(longer->error.message, "the checkpoint differs: run.max_duration: 8ba here, 4ba saved");
    toy_free(t);
    toy_free(other);
    toy_free(longer);
}

static void the_caller_chooses_which_of_both_counts(void **state)
{
    (void)state;
    toy *t = saving_toy("composer.LinearScheduler alpha_f=0.0", "8ba", "2ba");
    const tempo_callback callback = {TEMPO_EVENT_BATCH_END, NULL, stop_at_5, NULL};
    toy_make(t);
    assert_int_equal(tempo_trainer_on(t->trainer, &callback, NULL), TEMPO_OK);
    toy_fit(t);
    toy *config = saving_toy("composer.LinearScheduler alpha_f=0.0", "10ba", NULL);
    toy_make(config);
    resume(config, TEMPO_MISMATCH_CONFIG);
    assert_true(config->lr == 0.5); /* 5 of 10 */
    toy *checkpoint = saving_toy("composer.LinearScheduler alpha_f=0.25", "10ba", NULL);
    toy_make(checkpoint);
    resume(checkpoint, TEMPO_MISMATCH_CHECKPOINT);
    assert_true(checkpoint->lr == 0.375); /* 5 of 8 */
    assert_int_equal(tempo_trainer_max_duration(checkpoint->trainer).count, 8);
    toy_fit(checkpoint);
    assert_int_equal(tempo_trainer_now(checkpoint->trainer)->batch, 8);
    toy_free(t);
    toy_free(config);
    toy_free(checkpoint);
}

/* --- what goes wrong --- */

static void note(void *context, const char *path, const tempo_error *why)
{
    (void)path;
    (void)why;
    ++*(int *)context;
}

static void a_damaged_newest_gives_way_to_the_one_before_when_asked_to(void **state)
{
    (void)state;
    toy *t = saving_toy(NULL, "8ba", "4ba");
    toy_make(t);
    toy_fit(t);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/checkpoint-8.tempo", folder);
    assert_int_equal(truncate(path, 100), 0);
    toy *next = saving_toy(NULL, "8ba", "4ba");
    int passed_over = 0;
    toy_make(next);
    assert_int_equal(tempo_trainer_resume(next->trainer, folder, TEMPO_MISMATCH_ERROR, NULL, NULL, &next->error),
                     TEMPO_BAD_VALUE);
    assert_int_equal(
        tempo_trainer_resume(next->trainer, folder, TEMPO_MISMATCH_ERROR, note, &passed_over, &next->error), TEMPO_OK);
    assert_int_equal(passed_over, 1);
    assert_int_equal(tempo_trainer_now(next->trainer)->batch, 4);
    toy_free(t);
    toy_free(next);
}

static void a_checkpoint_that_cannot_be_written_ends_the_fit_and_older_ones_stay(void **state)
{
    (void)state;
    toy *t = saving_toy(NULL, "8ba", "2ba");
    t->options.checkpoints.folder = "/proc/no-such-folder";
    toy_make(t);
    assert_int_equal(tempo_trainer_fit(t->trainer, &t->error), TEMPO_IO);
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 2);
    toy_free(t);
}

static void an_empty_folder_has_nothing_to_resume(void **state)
{
    (void)state;
    toy *t = saving_toy(NULL, "8ba", NULL);
    toy_make(t);
    assert_int_equal(tempo_trainer_resume(t->trainer, folder, TEMPO_MISMATCH_ERROR, NULL, NULL, &t->error),
                     TEMPO_MISSING);
    toy_free(t);
}

/* --- memory --- */

/* A training with everything that allocates, with `budget` allocations; whether they were enough. */
static bool works_within(long budget, long *calls)
{
    counting_allocator counter;
    const tempo_allocator allocator = counting_start(&counter, budget);
    const tempo_bind_options bind = {.allocator = &allocator};
    const tempo_callback callback = {TEMPO_EVENT_BATCH_END, "2ba", toy_event, NULL};
    toy *t = saving_toy("composer.LinearScheduler", "2ba", "1ba");
    tempo_callback own = callback;
    own.context = t;
    t->options.bind = &bind;
    tempo_status status = tempo_trainer_new(&t->trainer, &t->options, NULL);
    if (!status)
        status = tempo_trainer_on(t->trainer, &own, NULL);
    if (!status)
        status = tempo_trainer_fit(t->trainer, &t->error);
    if (!status)
        status = tempo_trainer_extend(t->trainer, "4ba", TEMPO_EXTEND_RESTRETCH, &t->error);
    if (!status)
        status = tempo_trainer_resume(t->trainer, folder, TEMPO_MISMATCH_CHECKPOINT, NULL, NULL, &t->error);
    assert_true(!status || status == TEMPO_NO_MEMORY);
    toy_free(t);
    assert_int_equal(counter.live_blocks, 0);
    assert_int_equal(counter.live_bytes, 0);
    *calls = counter.calls;
    return !status;
}

static void every_allocation_can_fail(void **state)
{
    (void)state;
    long calls = 0, failures = 0;
    while (!works_within(failures, &calls))
        failures++;
    assert_int_equal(calls, failures);
    assert_true(failures > 20);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(a_resumed_training_goes_on_as_if_it_had_not_been_interrupted),
        IN_A_FOLDER(in_the_middle_of_an_epoch_with_micro_batches),
        IN_A_FOLDER(with_a_schedule_that_listens),
        IN_A_FOLDER(steppers_of_the_caller_go_on_too),
        IN_A_FOLDER(checkpoints_are_written_when_it_is_time_and_at_the_end),
        IN_A_FOLDER(the_newest_are_kept),
        IN_A_FOLDER(another_schedule_or_run_is_an_error_that_lists_what_differs),
        IN_A_FOLDER(the_caller_chooses_which_of_both_counts),
        IN_A_FOLDER(a_damaged_newest_gives_way_to_the_one_before_when_asked_to),
        IN_A_FOLDER(a_checkpoint_that_cannot_be_written_ends_the_fit_and_older_ones_stay),
        IN_A_FOLDER(an_empty_folder_has_nothing_to_resume),
        IN_A_FOLDER(every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
