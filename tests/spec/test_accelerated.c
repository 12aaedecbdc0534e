/* The schedulers of pytorch-accelerated: values that version 0.1.61 gives, what is refused, what is warned of, and where
 * Tempo deviates. The last bit over the whole range of the parameters is the golden rows' business. */
#include "support/bound.h"

#include <math.h>
#include <stdio.h>

/* --- support --- */

static const tempo_run no_run = {.max_duration = NULL};

/* To the last bit, up to a negative batch. */
static void assert_points(const char *text, tempo_run run, double lr, const point *points)
{
    bound_plan b = bind_lr(text, run, lr);
    for (; points->batch >= 0; points++)
        if (at(&b, points->batch) != points->value)
            fail_msg("%s at %lld: %.17g, not %.17g", text, (long long)points->batch, at(&b, points->batch),
                     points->value);
    release(&b);
}

static void assert_refused(const char *text, tempo_run run, tempo_status status, const char *message, const char *path)
{
    assert_unbound(bind_lr(text, run, 1.0), status, message, path);
}

static void assert_finds(const char *text, const char *findings)
{
    bound_plan b = bind_lr(text, no_run, 1.0);
    assert_int_equal(b.status, TEMPO_OK);
    assert_string_equal(b.findings, findings);
    release(&b);
}

/* All joints up to a 0, or to the -1 that says there are no more. */
static void assert_joints(const char *text, const int64_t *joints)
{
    bound_plan b = bind_lr(text, no_run, 1.0);
    assert_int_equal(b.status, TEMPO_OK);
    int64_t joint = -1;
    for (; *joints; joints++) {
        joint = tempo_plan_next_joint(b.plan, 0, joint);
        assert_int_equal(joint, *joints);
    }
    release(&b);
}

#define POINTS(...) ((const point[]){__VA_ARGS__, {-1, 0}})
#define JOINTS(...) ((const int64_t[]){__VA_ARGS__, 0})

/* --- CosineLrScheduler --- */

static void the_cosine_gives_upstreams_values_one_update_late(void **state)
{
    (void)state;
    assert_points(
        "accelerated.CosineLrScheduler total_num_epochs=10 num_update_steps_per_epoch=3 k_decay=1.5 lr_min=0.01 "
        "num_warmup_epochs=2 warmup_starting_lr=0.02 num_cooldown_epochs=1",
        no_run, 0.3,
        POINTS({0, 0.02}, {1, 0.02}, {2, 0.06666666666666667}, {6, 0.2533333333333333}, {7, 0.3},
               {8, 0.29992274238485567}, {14, 0.2742958002824079}, {21, 0.13487105183496198}, {22, 0.01}));
    assert_points("accelerated.CosineLrScheduler total_num_epochs=4 num_update_steps_per_epoch=1 lr_min=0.25", no_run,
                  1.0,
                  POINTS({0, 1.0}, {1, 1.0}, {2, 0.8901650429449552}, {3, 0.625}, {4, 0.3598349570550447}, {5, 0.25}));
}

static void the_cosine_is_cut_off_as_early_as_its_warmup_is_long(void **state)
{
    (void)state;
    static const char text[] = "accelerated.CosineLrScheduler total_num_epochs=12 num_update_steps_per_epoch=1 "
                               "lr_min=0.0 num_warmup_epochs=2 warmup_starting_lr=0.0";
    assert_points(text, no_run, 1.0,
                  POINTS({3, 1.0}, {4, 0.9755282581475768}, {8, 0.5}, {10, 0.2061073738537635}, {11, 0.0}));
    assert_finds(text, "schedules[0].num_warmup_epochs cut-short: the value drops to the floor at 10ba, while the "
                       "cosine would need 2ba more\n");
}

static void a_warmup_that_is_too_long_leaves_no_cosine(void **state)
{
    (void)state;
    static const char text[] = "accelerated.CosineLrScheduler total_num_epochs=5 num_update_steps_per_epoch=1 "
                               "lr_min=0.25 num_warmup_epochs=3 warmup_starting_lr=0.0";
    assert_points(text, no_run, 1.0, POINTS({3, 0.6666666666666666}, {4, 0.25}, {5, 0.25}));
    assert_finds(text, "schedules[0].num_warmup_epochs cut-short: there is no cosine: the value drops to the floor "
                       "when the warmup ends at 3ba\n");
}

static void a_starting_ratio_moves_the_ramp_but_neither_its_slope_nor_the_first_update(void **state)
{
    (void)state;
    assert_points("accelerated.CosineLrScheduler total_num_epochs=20 num_update_steps_per_epoch=1 lr_min=0.0 "
                  "num_warmup_epochs=4 warmup_starting_lr=0.0 warmup_starting_lr_ratio=0.5",
                  no_run, 1.0,
                  POINTS({0, 0.0}, {1, 0.5}, {2, 0.75}, {3, 1.0}, {4, 1.25}, {5, 1.0}, {6, 0.9903926402016152}));
}

static void lengths_that_are_left_out_come_from_the_run(void **state)
{
    (void)state;
    static const char text[] = "accelerated.CosineLrScheduler lr_min=0.0";
    const point *points = POINTS({0, 1.0}, {10, 0.9801468428384715}, {50, 0.5157053795390641}, {101, 0.0});
    assert_points(text, (tempo_run){.max_duration = "10ep", .batches_per_epoch = 10}, 1.0, points);
    /* A run in updates is rounded up to whole epochs. */
    assert_points(text, (tempo_run){.max_duration = "91ba", .batches_per_epoch = 10}, 1.0, points);
    assert_points(text, (tempo_run){.max_duration = "3200sp", .batches_per_epoch = 10, .samples_per_batch = 32}, 1.0,
                  points);
    assert_points("accelerated.WSDLrScheduler decay_phase_ratio=0.3 lr_min=0.05",
                  (tempo_run){.max_duration = "5ep", .batches_per_epoch = 10}, 0.3,
                  POINTS({36, 0.3}, {37, 0.22641331642205909}, {51, 0.015}));
}

/* What its Trainer ran with, on one process, for the same arguments of create_scheduler_fn(). */
static void a_run_is_what_the_trainer_fills_its_placeholders_with(void **state)
{
    (void)state;
    /* 5 epochs of 10 batches. */
    assert_points("accelerated.CosineLrScheduler num_warmup_epochs=1 lr_min=0.01 num_cooldown_epochs=1 "
                  "warmup_starting_lr=0.05",
                  (tempo_run){.max_duration = "5ep", .batches_per_epoch = 10}, 0.5,
                  POINTS({0, 0.05}, {1, 0.05}, {2, 0.095}, {11, 0.5}, {12, 0.49865786436522697},
                         {26, 0.25500000000000006}, {30, 0.155349522446429}, {31, 0.01}, {50, 0.01}));
    /* 3 epochs of 10 batches, a gradient accumulated over 3: 4 updates, the last of 1 batch. */
    assert_points(
        "accelerated.CosineLrScheduler num_warmup_epochs=1 lr_min=0.01 warmup_starting_lr=0.05",
        (tempo_run){.max_duration = "3ep", .batches_per_epoch = 4}, 0.5,
        POINTS({0, 0.05}, {2, 0.1625}, {5, 0.5}, {6, 0.48135048546526527}, {8, 0.348757440929447}, {9, 0.01}));
    /* max_num_train_steps of 25, which is 3 epochs, whatever num_epochs says. */
    assert_points("accelerated.CosineLrScheduler lr_min=0.01",
                  (tempo_run){.max_duration = "25ba", .batches_per_epoch = 10}, 0.5,
                  POINTS({0, 0.5}, {2, 0.49865786436522697}, {16, 0.25500000000000006}, {25, 0.0567908363781379}));
    /* A warmup of None is a hundredth. */
    assert_points("accelerated.WSDLrScheduler num_warmup_steps=null lr_min=0.1 warmup_starting_lr=0.05 "
                  "decay_phase_ratio=0.2",
                  (tempo_run){.max_duration = "30ep", .batches_per_epoch = 10}, 0.5,
                  POINTS({0, 0.5}, {1, 0.05}, {2, 0.2}, {3, 0.35}, {4, 0.5}, {241, 0.5}, {242, 0.4419052498068888},
                         {250, 0.3257157494206662}, {299, 0.057563563887421246}));
}

static void a_warmup_in_epochs_counts_those_of_the_run(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "4ep", .batches_per_epoch = 10};
    assert_points("accelerated.WSDLrScheduler num_warmup_epochs=1 lr_min=0.1 warmup_starting_lr=0.05 "
                  "decay_phase_ratio=0.2",
                  run, 0.5,
                  POINTS({0, 0.5}, {1, 0.05}, {2, 0.095}, {10, 0.455}, {11, 0.5}, {33, 0.5}, {34, 0.34090097423302684},
                         {40, 0.07906354398793161}));
    /* Also where the schedule says that an epoch has 8. */
    assert_points("accelerated.WSDLrScheduler num_update_steps_per_epoch=8 num_warmup_epochs=1 lr_min=0.1 "
                  "warmup_starting_lr=0.05 decay_phase_ratio=0.2",
                  run, 0.5,
                  POINTS({2, 0.095}, {10, 0.455}, {11, 0.5}, {27, 0.5}, {28, 0.31628826929126164},
                         {32, 0.08920808187112539}, {33, 0.05}, {40, 0.05}));
    assert_refused("accelerated.WSDLrScheduler num_warmup_epochs=1 num_warmup_steps=5", run, TEMPO_CONFLICT,
                   "num_warmup_epochs is given, and num_warmup_steps too", "schedules[0].num_warmup_epochs");
    assert_refused("accelerated.WSDLrScheduler total_steps=40 num_warmup_epochs=1", no_run, TEMPO_MISSING_FACT,
                   "num_warmup_epochs is given, and nothing says how many updates an epoch has", "schedules[0]");
    assert_refused("accelerated.WSDLrScheduler num_warmup_epochs=9223372036854775807", run, TEMPO_OUT_OF_RANGE,
                   "the schedule has more updates than fit in 64 bits", "schedules[0].num_warmup_epochs");
}

static void a_run_that_does_not_tell_the_lengths_is_asked_for_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        tempo_run run;
        const char *fact;
    } expected[] = {
        {"accelerated.CosineLrScheduler", {.batches_per_epoch = 10}, "max_duration"},
        {"accelerated.CosineLrScheduler", {.max_duration = "10ep"}, "batches_per_epoch"},
        {"accelerated.CosineLrScheduler", {.max_duration = "91ba"}, "batches_per_epoch"},
        {"accelerated.CosineLrScheduler", {.max_duration = "3200sp", .batches_per_epoch = 10}, "samples_per_batch"},
        {"accelerated.CosineLrScheduler total_num_epochs=5", {.max_duration = NULL}, "batches_per_epoch"},
        {"accelerated.WSDLrScheduler num_update_steps_per_epoch=5", {.max_duration = NULL}, "max_duration"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        bound_plan b = bind_lr(expected[i].text, expected[i].run, 1.0);
        assert_int_equal(b.status, TEMPO_MISSING_FACT);
        assert_string_equal(b.error.fact, expected[i].fact);
        release(&b);
    }
}

static void every_says_what_an_update_is_and_then_the_run_cannot(void **state)
{
    (void)state;
    assert_points("accelerated.CosineLrScheduler total_num_epochs=4 num_update_steps_per_epoch=1 lr_min=0.25 every=5ba",
                  no_run, 1.0, POINTS({9, 1.0}, {10, 0.8901650429449552}));
    assert_refused("accelerated.CosineLrScheduler total_num_epochs=4 every=5ba", (tempo_run){.batches_per_epoch = 10},
                   TEMPO_MISSING,
                   "num_update_steps_per_epoch is left out, and every says that an update is not the run's",
                   "schedules[0].num_update_steps_per_epoch");
}

/* --- WSDLrScheduler --- */

static void wsd_runs_its_first_update_at_the_base_and_then_warms_up(void **state)
{
    (void)state;
    assert_points("accelerated.WSDLrScheduler total_steps=50 num_warmup_steps=7 warmup_starting_lr=0.02 "
                  "decay_phase_ratio=0.3 lr_min=0.05",
                  no_run, 0.3,
                  POINTS({0, 0.3}, {1, 0.02}, {2, 0.06}, {7, 0.25999999999999995}, {8, 0.3}, {36, 0.3},
                         {37, 0.22641331642205909}, {41, 0.13545517328095666}, {50, 0.02466384182240067}, {51, 0.015}));
}

static void wsd_can_decay_inversely(void **state)
{
    (void)state;
    assert_points("accelerated.WSDLrScheduler total_steps=50 decay_phase_ratio=0.3 lr_min=0.05 "
                  "use_inverse_sqrt_decay=false",
                  no_run, 0.3,
                  POINTS({36, 0.3}, {37, 0.1323529411764706}, {41, 0.04090909090909091}, {50, 0.016014234875444837},
                         {51, 0.015}));
}

static void a_warmup_of_null_is_a_hundredth_of_the_training(void **state)
{
    (void)state;
    assert_points("accelerated.WSDLrScheduler total_steps=300 num_warmup_steps=null warmup_starting_lr=0.25", no_run,
                  1.0, POINTS({0, 1.0}, {1, 0.25}, {2, 0.5}, {3, 0.75}, {4, 1.0}));
    assert_points("accelerated.WSDLrScheduler total_steps=300 warmup_starting_lr=0.25", no_run, 1.0, POINTS({1, 1.0}));
}

static void a_continuation_has_no_warmup(void **state)
{
    (void)state;
    assert_points("accelerated.WSDLrScheduler total_steps=300 num_warmup_steps=2 warmup_starting_lr=0.25 "
                  "is_continuation_from_checkpoint=true",
                  no_run, 1.0, POINTS({0, 1.0}, {1, 1.0}, {2, 1.0}));
}

static void every_period_starts_at_the_base_again(void **state)
{
    (void)state;
    assert_points("accelerated.WSDLrScheduler total_steps=100 num_checkpoints=3 decay_phase_ratio=0.2 lr_min=0.1",
                  no_run, 1.0,
                  POINTS({24, 0.30286299768266495}, {25, 0.19501552810007572}, {26, 1.0}, {50, 0.19501552810007572},
                         {51, 1.0}, {100, 0.14618503175453762}, {101, 0.1}));
}

static void with_two_checkpoints_the_second_half_is_at_the_floor(void **state)
{
    (void)state;
    static const char text[] =
        "accelerated.WSDLrScheduler total_steps=100 num_checkpoints=2 decay_phase_ratio=0.2 lr_min=0.1";
    assert_points(text, no_run, 1.0, POINTS({26, 1.0}, {50, 0.19501552810007572}, {51, 0.1}, {100, 0.1}));
    assert_finds(text, "schedules[0].num_checkpoints cut-short: the last checkpoint is at 50 of 100 updates, and the "
                       "value stays at its floor from "
                       "there\n");
    assert_finds("accelerated.WSDLrScheduler total_steps=101 num_checkpoints=3 decay_phase_ratio=0.2",
                 "schedules[0].num_checkpoints cut-short: the last checkpoint is at 100 of 101 updates, and the value "
                 "stays at its floor from "
                 "there\n");
    assert_finds("accelerated.WSDLrScheduler total_steps=101 num_checkpoints=4 decay_phase_ratio=0.2", "");
}

/* --- refusals and deviations --- */

/* pytorch-accelerated divides by the 0 updates of the decay once training is over. */
static void a_decay_of_no_updates_has_no_value_past_the_end(void **state)
{
    (void)state;
    static const char text[] = "accelerated.WSDLrScheduler total_steps=5";
    tempo_timestamp now;
    assert_points(text, no_run, 1.0, POINTS({0, 1.0}, {5, 1.0}));
    bound_plan b = bind_lr(text, no_run, 1.0);
    assert_int_equal(tempo_plan_timestamp(b.plan, 6, &now, NULL), TEMPO_OUT_OF_RANGE);
    release(&b);
    assert_points(text, (tempo_run){.max_duration = "5ba"}, 1.0, POINTS({5, 1.0}));
    assert_refused(text, (tempo_run){.max_duration = "6ba"}, TEMPO_ZERO_DURATION,
                   "the decay before the first checkpoint takes no update, so there is no value from 5 updates on",
                   "schedules[0].decay_phase_ratio");
    assert_refused("accelerated.WSDLrScheduler total_steps=8 num_checkpoints=2", no_run, TEMPO_ZERO_DURATION,
                   "the decay before the first checkpoint takes no update, so there is no value from 4 updates on",
                   "schedules[0].decay_phase_ratio");
    assert_refused("accelerated.WSDLrScheduler total_steps=3 num_checkpoints=2", no_run, TEMPO_ZERO_DURATION,
                   "the decay before the first checkpoint takes no update, so there is no value from 0 updates on",
                   "schedules[0].decay_phase_ratio");
}

static void what_upstream_refuses_or_divides_by_zero_for_is_refused(void **state)
{
    (void)state;
    assert_refused("accelerated.CosineLrScheduler total_num_epochs=0 num_update_steps_per_epoch=3", no_run,
                   TEMPO_BAD_VALUE, "total_num_epochs is 0, but must be >= 1", "schedules[0].total_num_epochs");
    assert_refused("accelerated.CosineLrScheduler total_num_epochs=2 num_update_steps_per_epoch=3 lr_min=-0.1", no_run,
                   TEMPO_BAD_VALUE, "lr_min is -0.1, but must be >= 0", "schedules[0].lr_min");
    assert_refused("accelerated.CosineLrScheduler total_num_epochs=2 num_update_steps_per_epoch=3 k_decay=-1.0", no_run,
                   TEMPO_BAD_VALUE, "k_decay is -1.0, but must be >= 0", "schedules[0].k_decay");
    assert_refused("accelerated.CosineLrScheduler total_num_epochs=90 num_update_steps_per_epoch=1 k_decay=200.0",
                   no_run, TEMPO_OUT_OF_RANGE,
                   "the number of updates to the power of k_decay is too large for a double", "schedules[0].k_decay");
    assert_refused("accelerated.CosineLrScheduler total_num_epochs=9000000000 num_update_steps_per_epoch=9000000000",
                   no_run, TEMPO_OUT_OF_RANGE, "the schedule has more updates than fit in 64 bits",
                   "schedules[0].total_num_epochs");
    assert_refused("accelerated.WSDLrScheduler num_epochs=2 num_update_steps_per_epoch=5 total_steps=10", no_run,
                   TEMPO_CONFLICT, "total_steps is given, and num_epochs with num_update_steps_per_epoch too",
                   "schedules[0].total_steps");
    assert_refused("accelerated.WSDLrScheduler num_epochs=0 num_update_steps_per_epoch=5", no_run, TEMPO_ZERO_DURATION,
                   "num_epochs * num_update_steps_per_epoch is 0, but must be > 0", "schedules[0].num_epochs");
    assert_refused("accelerated.WSDLrScheduler total_steps=100 decay_phase_ratio=1.5", no_run, TEMPO_BAD_VALUE,
                   "decay_phase_ratio is 1.5, but must be >= 0 and <= 1", "schedules[0].decay_phase_ratio");
    assert_refused("accelerated.WSDLrScheduler total_steps=100 decay_phase_ratio=0.34 num_checkpoints=2", no_run,
                   TEMPO_CONFLICT,
                   "decay_phase_ratio must be at most a third with several checkpoints, or their decays could overlap",
                   "schedules[0].decay_phase_ratio");
    assert_refused("accelerated.WSDLrScheduler total_steps=100 lr_min=0.0 use_inverse_sqrt_decay=false", no_run,
                   TEMPO_BAD_VALUE,
                   "lr_min is 0 or nearly so, and without use_inverse_sqrt_decay the schedule divides by it",
                   "schedules[0].lr_min");
    assert_refused("accelerated.WSDLrScheduler total_steps=100", (tempo_run){.scale_schedule_ratio = 2.0},
                   TEMPO_CONFLICT,
                   "accelerated.WSDLrScheduler cannot be stretched by the scale schedule ratio, which is 2",
                   "run.scale_schedule_ratio");
}

static void wsd_cannot_start_above_the_greatest_base_that_it_drives(void **state)
{
    (void)state;
    assert_refused("accelerated.WSDLrScheduler total_steps=100 warmup_starting_lr=1.5", no_run, TEMPO_CONFLICT,
                   "warmup_starting_lr is 1.5, but must not be above the greatest base, which is 1",
                   "schedules[0].warmup_starting_lr");
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_field small = {"lr", 1.0, NULL, NULL}, large = {"lr", 2.0, NULL, NULL};
    const tempo_group groups[] = {{"head", &small, 1, false}, {"body", &large, 1, false}};
    assert_int_equal(tempo_schedule_parse(
                         &schedule, "accelerated.WSDLrScheduler total_steps=100 warmup_starting_lr=1.5", NULL, &error),
                     TEMPO_OK);
    assert_int_equal(tempo_plan_bind(&plan, &no_run, groups, 2, schedule, NULL, &error), TEMPO_OK);
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
}

static void the_end_of_time_has_a_value(void **state)
{
    (void)state;
    const tempo_timestamp last = {.batch = INT64_MAX};
    static const char *const texts[] = {
        "accelerated.CosineLrScheduler total_num_epochs=9223372036854775807 num_update_steps_per_epoch=1 k_decay=16.0",
        "accelerated.CosineLrScheduler total_num_epochs=9 num_update_steps_per_epoch=9 min_lr_ratio=10.0",
        "accelerated.WSDLrScheduler total_steps=9223372036854775807 num_checkpoints=9 decay_phase_ratio=0.3",
        "accelerated.WSDLrScheduler total_steps=9223372036854775807 decay_phase_ratio=1.0 lr_min=1e308",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bound_plan b = bind_lr(texts[i], no_run, 1e308);
        assert_int_equal(b.status, TEMPO_OK);
        assert_true(isfinite(tempo_plan_value(b.plan, 0, &last)));
        release(&b);
    }
}

static void the_joints_are_where_the_phases_meet(void **state)
{
    (void)state;
    assert_joints("accelerated.CosineLrScheduler total_num_epochs=10 num_update_steps_per_epoch=10 num_warmup_epochs=2 "
                  "num_cooldown_epochs=1",
                  JOINTS(1, 21, 71, -1));
    assert_joints("accelerated.CosineLrScheduler total_num_epochs=10 num_update_steps_per_epoch=10", JOINTS(101, -1));
    assert_joints(
        "accelerated.WSDLrScheduler total_steps=100 num_warmup_steps=5 num_checkpoints=3 decay_phase_ratio=0.2",
        JOINTS(1, 6, 21, 26, 46, 51, 91, 101, -1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cosine_gives_upstreams_values_one_update_late),
        cmocka_unit_test(the_cosine_is_cut_off_as_early_as_its_warmup_is_long),
        cmocka_unit_test(a_warmup_that_is_too_long_leaves_no_cosine),
        cmocka_unit_test(a_starting_ratio_moves_the_ramp_but_neither_its_slope_nor_the_first_update),
        cmocka_unit_test(lengths_that_are_left_out_come_from_the_run),
        cmocka_unit_test(a_run_is_what_the_trainer_fills_its_placeholders_with),
        cmocka_unit_test(a_warmup_in_epochs_counts_those_of_the_run),
        cmocka_unit_test(a_run_that_does_not_tell_the_lengths_is_asked_for_them),
        cmocka_unit_test(every_says_what_an_update_is_and_then_the_run_cannot),
        cmocka_unit_test(wsd_runs_its_first_update_at_the_base_and_then_warms_up),
        cmocka_unit_test(wsd_can_decay_inversely),
        cmocka_unit_test(a_warmup_of_null_is_a_hundredth_of_the_training),
        cmocka_unit_test(a_continuation_has_no_warmup),
        cmocka_unit_test(every_period_starts_at_the_base_again),
        cmocka_unit_test(with_two_checkpoints_the_second_half_is_at_the_floor),
        cmocka_unit_test(a_decay_of_no_updates_has_no_value_past_the_end),
        cmocka_unit_test(what_upstream_refuses_or_divides_by_zero_for_is_refused),
        cmocka_unit_test(wsd_cannot_start_above_the_greatest_base_that_it_drives),
        cmocka_unit_test(the_end_of_time_has_a_value),
        cmocka_unit_test(the_joints_are_where_the_phases_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
