/* Steppers: counting, writing, reading back, groups that join, save and load. What each type of schedule does is in
 * its family's tests; here stand those that a stepper needs to show what it does. */
#include "support/spec.h"

#include <math.h>
#include <stdio.h>

#include "support/allocator.h"

static tempo_schedule *parse(const char *text)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    if (tempo_schedule_parse(&schedule, text, NULL, &error))
        fail_msg("%s: %s", text, error.message);
    return schedule;
}

/* An optimizer of one group, whose lr a stepper writes. */
typedef struct driven {
    double lr;
    tempo_field field;
    tempo_group group;
    tempo_stepper *stepper;
    tempo_error error;
} driven;

static tempo_status drive(driven *d, const char *text, double base, tempo_run run, const tempo_stepper_options *options)
{
    *d = (driven){.lr = -1, .error = TEMPO_ERROR_INIT};
    d->field = (tempo_field){.name = "lr", .base = base, .as_double = &d->lr};
    d->group = (tempo_group){.fields = &d->field, .field_count = 1};
    tempo_schedule *schedule = parse(text);
    const tempo_status status = tempo_stepper_new(&d->stepper, &run, &d->group, 1, schedule, options, &d->error);
    tempo_schedule_free(schedule);
    return status;
}

static void drive_well(driven *d, const char *text, double base, tempo_run run, const tempo_stepper_options *options)
{
    if (drive(d, text, base, run, options))
        fail_msg("%s: %s", text, d->error.message);
}

static void step(driven *d)
{
    if (tempo_stepper_step(d->stepper, &d->error))
        fail_msg("%s", d->error.message);
}

static const tempo_run unknown;

/* --- counting --- */

static void construction_writes_the_first_value(void **state)
{
    (void)state;
    driven d;
    drive_well(&d, "torch.LinearLR start_factor=0.5 total_iters=4", 0.25, unknown, NULL);
    assert_true(d.lr == 0.125);
    assert_int_equal(tempo_stepper_steps(d.stepper), 0);
    assert_true(tempo_stepper_value(d.stepper, 0) == 0.125);
    tempo_stepper_free(d.stepper);
}

static void a_step_is_what_the_schedules_count(void **state)
{
    (void)state;
    driven d;
    drive_well(&d, "torch.StepLR step_size=2 gamma=0.5", 1.0, unknown, NULL);
    step(&d);
    step(&d);
    assert_true(d.lr == 0.5);
    assert_int_equal(tempo_stepper_now(d.stepper)->epoch, 2);
    assert_int_equal(tempo_stepper_now(d.stepper)->batch, 0);
    tempo_stepper_free(d.stepper);
    drive_well(&d, "torch.StepLR step_size=2 gamma=0.5", 1.0, (tempo_run){.step_schedulers_every_batch = true}, NULL);
    step(&d);
    step(&d);
    assert_true(d.lr == 0.5);
    assert_int_equal(tempo_stepper_now(d.stepper)->batch, 2);
    tempo_stepper_free(d.stepper);
}

static void a_step_of_schedules_that_read_times_is_a_batch(void **state)
{
    (void)state;
    driven d;
    const tempo_run run = {.batches_per_epoch = 2, .samples_per_batch = 8, .tokens_per_batch = 32};
    drive_well(&d, "composer.StepScheduler step_size=1ep gamma=0.5", 1.0, run, NULL);
    step(&d);
    assert_true(d.lr == 1.0);
    step(&d);
    assert_true(d.lr == 0.5);
    step(&d);
    const tempo_timestamp expected = {.epoch = 1,
                                      .batch = 3,
                                      .sample = 24,
                                      .token = 96,
                                      .epoch_in_iteration = 1,
                                      .token_in_iteration = 96,
                                      .batch_in_epoch = 1,
                                      .sample_in_epoch = 8,
                                      .token_in_epoch = 32};
    assert_true(tempo_timestamp_equal(tempo_stepper_now(d.stepper), &expected));
    tempo_stepper_free(d.stepper);
}

static void a_step_can_be_chosen(void **state)
{
    (void)state;
    driven d;
    const tempo_run run = {.batches_per_epoch = 10};
    const tempo_stepper_options options = {.step = {.unit = TEMPO_EPOCH, .count = 1}};
    drive_well(&d, "composer.StepScheduler step_size=20ba gamma=0.5", 1.0, run, &options);
    step(&d);
    assert_true(d.lr == 1.0);
    step(&d);
    assert_true(d.lr == 0.5);
    assert_int_equal(tempo_stepper_now(d.stepper)->batch, 20);
    assert_int_equal(tempo_stepper_steps(d.stepper), 2);
    tempo_stepper_free(d.stepper);
}

static void a_step_that_cannot_tell_what_a_schedule_reads_is_an_error(void **state)
{
    (void)state;
    driven d;
    const tempo_stepper_options options = {.step = {.unit = TEMPO_BATCH, .count = 1}};
    drive_well(&d, "torch.StepLR step_size=1", 1.0, unknown, &options);
    assert_int_equal(tempo_stepper_step(d.stepper, &d.error), TEMPO_MISSING_FACT);
    assert_string_equal(d.error.message, "a schedule counts epochs, which steps of 1ba do not tell");
    assert_string_equal(d.error.fact, "batches_per_epoch");
    const tempo_timestamp now = {.epoch = 1, .batch = 77};
    assert_int_equal(tempo_stepper_step_to(d.stepper, &now, NULL, &d.error), TEMPO_OK);
    assert_true(d.lr == 0.1);
    tempo_stepper_free(d.stepper);
}

static void a_clock_can_tell_the_time(void **state)
{
    (void)state;
    driven d;
    tempo_clock clock;
    const tempo_run run = {.max_duration = "1000sp"};
    drive_well(&d, "composer.LinearScheduler", 1.0, run, NULL);
    assert_int_equal(tempo_clock_init(&clock, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_clock_batch_end(&clock, 250, 0, NULL), TEMPO_OK);
    assert_int_equal(tempo_stepper_step_to(d.stepper, tempo_clock_now(&clock), NULL, &d.error), TEMPO_OK);
    assert_true(d.lr == 0.75);
    tempo_stepper_free(d.stepper);
}

static void counters_that_do_not_fit_are_an_error_and_change_nothing(void **state)
{
    (void)state;
    driven d;
    drive_well(&d, "torch.StepLR step_size=2", 1.0, unknown, NULL);
    const tempo_timestamp last = {.epoch = INT64_MAX};
    const tempo_stepper_options closed = {.mode = TEMPO_STEPPER_CLOSED_FORM};
    tempo_stepper_free(d.stepper);
    drive_well(&d, "torch.StepLR step_size=2", 1.0, unknown, &closed);
    assert_int_equal(tempo_stepper_step_to(d.stepper, &last, NULL, &d.error), TEMPO_OK);
    assert_int_equal(tempo_stepper_step(d.stepper, &d.error), TEMPO_OUT_OF_RANGE);
    assert_int_equal(tempo_stepper_steps(d.stepper), INT64_MAX);
    tempo_stepper_free(d.stepper);
}

/* --- writing --- */

static void a_float_is_written_rounded(void **state)
{
    (void)state;
    float lr = 0;
    tempo_field field = {.name = "lr", .base = 0.1, .as_float = &lr};
    const tempo_group group = {.fields = &field, .field_count = 1};
    tempo_schedule *schedule = parse("torch.StepLR step_size=1 gamma=0.1");
    tempo_stepper *stepper = NULL;
    assert_int_equal(tempo_stepper_new(&stepper, &unknown, &group, 1, schedule, NULL, NULL), TEMPO_OK);
    assert_true(lr == 0.1F);
    tempo_stepper_free(stepper);
    tempo_schedule_free(schedule);
}

static void every_group_is_written_from_its_own_base(void **state)
{
    (void)state;
    double lr[3] = {0};
    tempo_field fields[3] = {{.name = "lr", .base = 1, .as_double = &lr[0]},
                             {.name = "lr", .base = 1, .as_double = &lr[1]},
                             {.name = "lr", .base = 2, .as_double = &lr[2]}};
    const tempo_group groups[3] = {
        {"a", &fields[0], 1, false}, {"b", &fields[1], 1, false}, {"c", &fields[2], 1, false}};
    tempo_schedule *schedule = parse("torch.StepLR step_size=1 gamma=0.5");
    tempo_stepper *stepper = NULL;
    assert_int_equal(tempo_stepper_new(&stepper, &unknown, groups, 3, schedule, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_stepper_step(stepper, NULL), TEMPO_OK);
    assert_true(lr[0] == 0.5 && lr[1] == 0.5 && lr[2] == 1);
    tempo_stepper_free(stepper);
    tempo_schedule_free(schedule);
}

/* --- plans --- */

/* --- many groups --- */

enum { CROWD = 5 };

/* Groups of these bases, of which each is stepped along with the others and alone. */
static void assert_together_as_alone(const char *text, const double bases[CROWD], tempo_stepper_mode mode)
{
    static const char *const names[CROWD] = {"a", "b", "c", "d", "e"};
    const tempo_run run = {.max_duration = "60ep", .batches_per_epoch = 3, .step_schedulers_every_batch = true};
    const tempo_stepper_options options = {.mode = mode};
    tempo_stepper *together = NULL;
    driven alone[CROWD];
    tempo_field fields[CROWD];
    tempo_group groups[CROWD];
    double numbers[CROWD];
    tempo_schedule *schedule = parse(text);
    for (size_t i = 0; i < CROWD; i++) {
        fields[i] = (tempo_field){.name = "lr", .base = bases[i], .as_double = &numbers[i]};
        groups[i] = (tempo_group){.name = names[i], .fields = &fields[i], .field_count = 1};
    }
    const bool refused = tempo_stepper_new(&together, &run, groups, CROWD, schedule, &options, NULL);
    for (size_t i = 0; !refused && i < CROWD; i++)
        drive_well(&alone[i], text, bases[i], run, &options);
    for (int step = 0; !refused && step < 40; step++) {
        const tempo_status status = tempo_stepper_step_metric(together, 1, NULL);
        for (size_t i = 0; i < CROWD; i++) {
            assert_int_equal(tempo_stepper_step_metric(alone[i].stepper, 1, NULL), status);
            if (memcmp(&alone[i].lr, &numbers[i], sizeof numbers[i]) != 0)
                fail_msg("%s: group %zu at step %d: %.17g together, %.17g alone", text, i, step, numbers[i],
                         alone[i].lr);
        }
        if (step % 7 == 3) /* as from a hand in mid-run */
            numbers[step % CROWD] = alone[step % CROWD].lr = 0.375;
    }
    for (size_t i = 0; !refused && i < CROWD; i++)
        tempo_stepper_free(alone[i].stepper);
    tempo_stepper_free(together);
    tempo_schedule_free(schedule);
}

static void groups_that_are_stepped_together_fare_as_each_alone(void **state)
{
    (void)state;
    static const double crowds[][CROWD] = {
        {0.1, 0.1, 0.1, 0.1, 0.1}, {0.1, 0.2, 0.2, 0.05, 0.1}, {0.0, -0.0, 0.0, 0.3, -0.0}};
    for (size_t t = 0; t < tempo_type_count(); t++)
        for (size_t c = 0; c < sizeof crowds / sizeof *crowds; c++) {
            const char *example = tempo_type_example(tempo_type_at(t));
            if (!*example || strstr(example, "WSDLr")) /* which asks for a base above its warmup_starting_lr */
                continue;
            assert_together_as_alone(example, crowds[c], TEMPO_STEPPER_RECURSIVE);
            assert_together_as_alone(example, crowds[c], TEMPO_STEPPER_CLOSED_FORM);
        }
}

/* The counters of a caller's clock may be in any relation to each other. */
static void a_counter_within_the_epoch_may_be_far_from_the_others(void **state)
{
    (void)state;
    driven d;
    const tempo_run run = {.samples_per_batch = 1000};
    const tempo_timestamp now = {.batch = 1, .batch_in_epoch = INT64_MAX - 1};
    drive_well(&d, "torch.StepLR step_size=3 every=1ba", 1, run, NULL);
    assert_int_equal(tempo_stepper_step_to(d.stepper, &now, NULL, &d.error), TEMPO_OK);
    step(&d);
    assert_int_equal(tempo_stepper_now(d.stepper)->batch, 2);
    assert_int_equal(tempo_stepper_now(d.stepper)->sample, 1000);
    tempo_stepper_free(d.stepper);
}

static void any_plan_becomes_a_stepper(void **state)
{
    (void)state;
    driven d;
    const tempo_run run = {.max_duration = "10ba"};
    drive_well(&d, "composer.LinearScheduler * composer.ExponentialScheduler gamma=0.5 decay_period=3ba", 0.3, run,
               NULL);
    tempo_stepper_free(d.stepper);
    tempo_schedule *schedule =
        parse("composer.LinearScheduler * composer.ExponentialScheduler gamma=0.5 decay_period=3ba");
    tempo_plan *plan = NULL;
    assert_int_equal(tempo_plan_bind(&plan, &run, &d.group, 1, schedule, NULL, NULL), TEMPO_OK);
    tempo_schedule_free(schedule);
    assert_int_equal(tempo_stepper_of_plan(&d.stepper, plan, &d.group, 1, NULL, &d.error), TEMPO_OK);
    for (int64_t batch = 0; batch < 15; batch++) {
        double expected = 0;
        assert_int_equal(tempo_plan_values(plan, 0, batch, 1, &expected, NULL), TEMPO_OK);
        assert_true(d.lr == expected);
        step(&d);
    }
    tempo_plan_free(plan);
    tempo_stepper_free(d.stepper);
}

static void the_closed_form_never_reads_what_is_there(void **state)
{
    (void)state;
    driven d;
    const tempo_stepper_options closed = {.mode = TEMPO_STEPPER_CLOSED_FORM};
    drive_well(&d, "torch.ExponentialLR gamma=0.5", 1.0, unknown, &closed);
    d.lr = NAN;
    step(&d);
    assert_true(d.lr == 0.5);
    tempo_stepper_free(d.stepper);
}

/* --- the middle of a run --- */

static void starting_after_n_steps_is_stepping_n_times(void **state)
{
    (void)state;
    driven stepped, started;
    const char *text = "torch.CosineAnnealingLR T_max=20 eta_min=0.01";
    drive_well(&stepped, text, 0.7, unknown, NULL);
    for (int i = 0; i < 33; i++)
        step(&stepped);
    const tempo_stepper_options options = {.start = 33};
    drive_well(&started, text, 0.7, unknown, &options);
    assert_true(started.lr == stepped.lr);
    assert_int_equal(tempo_stepper_steps(started.stepper), 33);
    tempo_stepper_free(stepped.stepper);
    tempo_stepper_free(started.stepper);
}

static void a_negative_start_and_a_step_that_is_none_are_refused(void **state)
{
    (void)state;
    driven d;
    const tempo_stepper_options negative = {.start = -1}, seconds = {.step = {.unit = TEMPO_SECOND, .count = 1}};
    assert_int_equal(drive(&d, "torch.StepLR step_size=2", 1.0, unknown, &negative), TEMPO_BAD_VALUE);
    assert_null(d.stepper);
    assert_true(d.lr == -1);
    assert_int_equal(drive(&d, "torch.StepLR step_size=2", 1.0, unknown, &seconds), TEMPO_BAD_VALUE);
    assert_true(d.lr == -1);
}

static void a_schedule_that_is_over_refuses_to_step_on(void **state)
{
    (void)state;
    driven d;
    drive_well(&d, "torch.OneCycleLR max_lr=1.0 total_steps=4", 1.0, unknown, NULL);
    for (int i = 0; i < 4; i++)
        step(&d);
    const double last = d.lr;
    assert_int_equal(tempo_stepper_step(d.stepper, &d.error), TEMPO_OUT_OF_RANGE);
    assert_string_equal(d.error.path, "schedules[0]");
    assert_true(d.lr == last);
    assert_int_equal(tempo_stepper_steps(d.stepper), 4);
    tempo_stepper_free(d.stepper);
}

static void a_group_that_is_added_joins_at_the_current_time(void **state)
{
    (void)state;
    driven d;
    double late = -1;
    drive_well(&d, "torch.StepLR step_size=2 gamma=0.5", 1.0, unknown, NULL);
    for (int i = 0; i < 5; i++)
        step(&d);
    tempo_field field = {.name = "lr", .base = 8, .as_double = &late};
    const tempo_group group = {"late", &field, 1, false};
    assert_int_equal(tempo_stepper_add_group(d.stepper, &group, &d.error), TEMPO_OK);
    assert_true(late == 2 && d.lr == 0.25);
    step(&d);
    assert_true(late == 1 && d.lr == 0.125);
    assert_int_equal(tempo_stepper_add_group(d.stepper, &group, &d.error), TEMPO_CONFLICT);
    assert_string_equal(d.error.message, "there is a group 'late' already");
    tempo_stepper_free(d.stepper);
}

static void a_group_that_no_schedule_drives_cannot_be_added(void **state)
{
    (void)state;
    driven d;
    drive_well(&d, "torch.StepLR step_size=2", 1.0, unknown, NULL);
    tempo_field field = {.name = "weight_decay", .base = 8};
    tempo_group group = {"late", &field, 1, false};
    assert_int_equal(tempo_stepper_add_group(d.stepper, &group, &d.error), TEMPO_MISSING);
    assert_int_equal(tempo_stepper_track_count(d.stepper), 1);
    step(&d);
    group.fixed = true;
    assert_int_equal(tempo_stepper_add_group(d.stepper, &group, &d.error), TEMPO_OK);
    tempo_stepper_free(d.stepper);
}

/* --- save and load --- */

/* A saved state; the tree is the caller's. */
static const tempo_value *save(const tempo_stepper *stepper, tempo_tree **tree)
{
    assert_int_equal(tempo_tree_new(tree, NULL), TEMPO_OK);
    const tempo_value *state = tempo_stepper_save(stepper, *tree, NULL, NULL);
    assert_non_null(state);
    return state;
}

static void a_loaded_stepper_goes_on_as_the_saved_one(void **state)
{
    (void)state;
    driven a, b;
    tempo_tree *tree = NULL;
    const char *text = "torch.SequentialLR schedulers=[(torch.LinearLR start_factor=0.1 total_iters=5), "
                       "(torch.CosineAnnealingLR T_max=20)] milestones=[5]";
    drive_well(&a, text, 0.3, unknown, NULL);
    drive_well(&b, text, 0.3, unknown, NULL);
    for (int i = 0; i < 9; i++)
        step(&a);
    assert_int_equal(tempo_stepper_load(b.stepper, save(a.stepper, &tree), TEMPO_MISMATCH_ERROR, &b.error), TEMPO_OK);
    for (int i = 0; i < 9; i++) {
        assert_true(a.lr == b.lr);
        assert_true(tempo_timestamp_equal(tempo_stepper_now(a.stepper), tempo_stepper_now(b.stepper)));
        step(&a);
        step(&b);
    }
    tempo_tree_free(tree);
    tempo_stepper_free(a.stepper);
    tempo_stepper_free(b.stepper);
}

static void other_schedules_are_an_error_that_lists_what_differs(void **state)
{
    (void)state;
    driven a, b;
    tempo_tree *tree = NULL;
    drive_well(&a, "torch.StepLR step_size=3 gamma=0.5", 0.3, unknown, NULL);
    drive_well(&b, "torch.StepLR step_size=4", 0.4, unknown, NULL);
    step(&b);
    const tempo_value *saved = save(a.stepper, &tree);
    assert_int_equal(tempo_stepper_load(b.stepper, saved, TEMPO_MISMATCH_ERROR, &b.error), TEMPO_CONFLICT);
    assert_string_equal(b.error.message,
                        "the saved state differs: schedules[0].step_size: 4 here, 3 saved; schedules[0].gamma: not "
                        "given here, 0.5 saved; base of lr: 0.4 here, 0.3 saved");
    assert_int_equal(tempo_stepper_steps(b.stepper), 1);
    assert_true(b.lr == 0.4);
    tempo_tree_free(tree);
    tempo_stepper_free(a.stepper);
    tempo_stepper_free(b.stepper);
}

static void config_takes_the_time_and_checkpoint_takes_the_schedules_too(void **state)
{
    (void)state;
    driven a, b, c;
    tempo_tree *tree = NULL;
    drive_well(&a, "torch.StepLR step_size=3 gamma=0.5", 1.0, unknown, NULL);
    for (int i = 0; i < 4; i++)
        step(&a);
    const tempo_value *saved = save(a.stepper, &tree);
    drive_well(&b, "torch.StepLR step_size=2 gamma=0.5", 8.0, unknown, NULL);
    assert_int_equal(tempo_stepper_load(b.stepper, saved, TEMPO_MISMATCH_CONFIG, &b.error), TEMPO_OK);
    assert_true(b.lr == 2.0);
    assert_int_equal(tempo_stepper_steps(b.stepper), 4);
    drive_well(&c, "torch.StepLR step_size=2 gamma=0.5", 8.0, unknown, NULL);
    assert_int_equal(tempo_stepper_load(c.stepper, saved, TEMPO_MISMATCH_CHECKPOINT, &c.error), TEMPO_OK);
    assert_true(c.lr == 0.5);
    step(&c);
    step(&c);
    assert_true(c.lr == 0.25);
    tempo_tree_free(tree);
    tempo_stepper_free(a.stepper);
    tempo_stepper_free(b.stepper);
    tempo_stepper_free(c.stepper);
}

static void a_state_that_was_changed_or_is_newer_is_refused(void **state)
{
    (void)state;
    driven d;
    tempo_tree *tree = NULL;
    drive_well(&d, "torch.StepLR step_size=3 gamma=0.5", 1.0, unknown, NULL);
    tempo_value *saved = (tempo_value *)(uintptr_t)save(d.stepper, &tree);
    tempo_value *version = (tempo_value *)(uintptr_t)tempo_value_member(saved, "tempo_stepper");
    tempo_value *size = (tempo_value *)(uintptr_t)tempo_value_at(saved, "schedules[0].step_size");
    version->integer = 2;
    assert_int_equal(tempo_stepper_load(d.stepper, saved, TEMPO_MISMATCH_ERROR, &d.error), TEMPO_BAD_VALUE);
    assert_string_equal(d.error.message, "the saved state is of version 2, but this library reads 1");
    version->integer = 1;
    size->integer = 30;
    assert_int_equal(tempo_stepper_load(d.stepper, saved, TEMPO_MISMATCH_CHECKPOINT, &d.error), TEMPO_BAD_VALUE);
    assert_string_equal(d.error.path, "hash");
    tempo_value *epoch = (tempo_value *)(uintptr_t)tempo_value_at(saved, "timestamp.epoch");
    size->integer = 3;
    epoch->integer = -1;
    assert_int_equal(tempo_stepper_load(d.stepper, saved, TEMPO_MISMATCH_ERROR, &d.error), TEMPO_BAD_VALUE);
    epoch->kind = TEMPO_VALUE_TEXT;
    epoch->text = "1";
    assert_int_equal(tempo_stepper_load(d.stepper, saved, TEMPO_MISMATCH_ERROR, &d.error), TEMPO_BAD_TYPE);
    tempo_tree_free(tree);
    tempo_stepper_free(d.stepper);
}

/* --- memory --- */

/* Everything that allocates, with `budget` allocations; whether they were enough. */
static bool works_within(long budget, long *calls)
{
    counting_allocator counter;
    const tempo_allocator allocator = counting_start(&counter, budget);
    const tempo_bind_options bind = {.allocator = &allocator};
    const tempo_stepper_options options = {.bind = &bind};
    double lr = 0, late = 0;
    tempo_field fields[] = {{.name = "lr", .base = 1, .as_double = &lr}, {.name = "lr", .base = 1, .as_double = &late}};
    const tempo_group group = {.fields = &fields[0], .field_count = 1};
    const tempo_group added = {"late", &fields[1], 1, false};
    tempo_schedule *schedule = parse("torch.StepLR step_size=3");
    tempo_stepper *stepper = NULL;
    tempo_tree *tree = NULL;
    tempo_status status = tempo_stepper_new(&stepper, &unknown, &group, 1, schedule, &options, NULL);
    if (!status)
        status = tempo_stepper_add_group(stepper, &added, NULL);
    if (!status)
        status = tempo_tree_new(&tree, &allocator);
    const tempo_value *saved = status ? NULL : tempo_stepper_save(stepper, tree, NULL, NULL);
    if (!status && !saved)
        status = TEMPO_NO_MEMORY;
    if (!status)
        status = tempo_stepper_load(stepper, saved, TEMPO_MISMATCH_CHECKPOINT, NULL);
    assert_true(!status || status == TEMPO_NO_MEMORY);
    tempo_tree_free(tree);
    tempo_stepper_free(stepper);
    tempo_schedule_free(schedule);
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
    assert_true(failures > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(construction_writes_the_first_value),
        cmocka_unit_test(a_step_is_what_the_schedules_count),
        cmocka_unit_test(a_step_of_schedules_that_read_times_is_a_batch),
        cmocka_unit_test(a_step_can_be_chosen),
        cmocka_unit_test(a_step_that_cannot_tell_what_a_schedule_reads_is_an_error),
        cmocka_unit_test(a_clock_can_tell_the_time),
        cmocka_unit_test(counters_that_do_not_fit_are_an_error_and_change_nothing),
        cmocka_unit_test(a_float_is_written_rounded),
        cmocka_unit_test(every_group_is_written_from_its_own_base),
        cmocka_unit_test(groups_that_are_stepped_together_fare_as_each_alone),
        cmocka_unit_test(a_counter_within_the_epoch_may_be_far_from_the_others),
        cmocka_unit_test(any_plan_becomes_a_stepper),
        cmocka_unit_test(the_closed_form_never_reads_what_is_there),
        cmocka_unit_test(starting_after_n_steps_is_stepping_n_times),
        cmocka_unit_test(a_negative_start_and_a_step_that_is_none_are_refused),
        cmocka_unit_test(a_schedule_that_is_over_refuses_to_step_on),
        cmocka_unit_test(a_group_that_is_added_joins_at_the_current_time),
        cmocka_unit_test(a_group_that_no_schedule_drives_cannot_be_added),
        cmocka_unit_test(a_loaded_stepper_goes_on_as_the_saved_one),
        cmocka_unit_test(other_schedules_are_an_error_that_lists_what_differs),
        cmocka_unit_test(config_takes_the_time_and_checkpoint_takes_the_schedules_too),
        cmocka_unit_test(a_state_that_was_changed_or_is_newer_is_refused),
        cmocka_unit_test(every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
