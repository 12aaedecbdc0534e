/* timm's PlateauLRScheduler, by itself and out of create_scheduler_v2: values of timm 1.0.31, to the last bit, what is
 * refused, and where Tempo deviates. When it reduces is test_torch_plateau.c's business: timm has PyTorch's inside. */
#include "support/spec.h"

#include <math.h>
#include <stdio.h>

/* --- support --- */

enum { STEPS_MAX = 8 };

/* Metrics of step 1, 2, ... */
typedef struct heard {
    size_t count;
    double metrics[STEPS_MAX];
} heard;

static const heard level = {6, {1, 1, 1, 1, 1, 1}};
static const tempo_run batch_is_epoch = {.batches_per_epoch = 1};

static tempo_status bind(tempo_plan **plan, const char *text, const heard *heard, double lr, tempo_error *error)
{
    tempo_schedule *schedule = NULL;
    tempo_field field = {"lr", lr, NULL, NULL};
    const tempo_group group = {NULL, &field, 1, false};
    const tempo_bind_options options = {.metrics = heard ? heard->metrics : NULL,
                                        .metric_count = heard ? heard->count : 0};
    *plan = NULL;
    tempo_status status = tempo_schedule_parse(&schedule, text, NULL, error);
    if (!status)
        status = tempo_plan_bind(plan, &batch_is_epoch, &group, 1, schedule, &options, error);
    tempo_schedule_free(schedule);
    return status;
}

/* The value at the start and after each metric. */
static void assert_values(const char *text, const heard *heard, double lr, const double *expected)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    if (bind(&plan, text, heard, lr, &error))
        fail_msg("%s: %s", text, error.message);
    for (int64_t step = 0; step <= (int64_t)heard->count; step++) {
        double value = 0;
        assert_int_equal(tempo_plan_values(plan, 0, step, 1, &value, NULL), TEMPO_OK);
        if (value != expected[step])
            fail_msg("%s at step %lld: %.17g, not %.17g", text, (long long)step, value, expected[step]);
    }
    tempo_plan_free(plan);
}

#define VALUES(...) ((const double[]){__VA_ARGS__})

static void assert_refused(const char *text, tempo_status status, const char *message, const char *path)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    const tempo_status found = bind(&plan, text, &level, 1.0, &error);
    assert_string_equal(error.message, message);
    assert_string_equal(error.path, path);
    assert_int_equal(found, status);
    assert_null(plan);
}

/* One number, and what steps it. */
typedef struct loop {
    double lr;
    tempo_field field;
    tempo_group group;
    tempo_schedule *schedule;
    tempo_stepper *stepper;
} loop;

static void start(loop *l, const char *text)
{
    *l = (loop){.field = {"lr", 1.0, NULL, &l->lr}};
    l->group = (tempo_group){NULL, &l->field, 1, false};
    assert_int_equal(tempo_schedule_parse(&l->schedule, text, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_stepper_new(&l->stepper, &batch_is_epoch, &l->group, 1, l->schedule, NULL, NULL), TEMPO_OK);
}

static void step(loop *l, double metric)
{
    assert_int_equal(tempo_stepper_step_metric(l->stepper, metric, NULL), TEMPO_OK);
}

static void stop(loop *l)
{
    tempo_stepper_free(l->stepper);
    tempo_schedule_free(l->schedule);
}

/* --- values --- */

static void it_reduces_at_the_step_after_patience(void **state)
{
    (void)state;
    assert_values("timm.PlateauLRScheduler patience_t=1 decay_rate=0.5", &level, 1.0,
                  VALUES(1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25));
}

static void a_larger_metric_is_better_unless_it_is_told_otherwise(void **state)
{
    (void)state;
    const heard falling = {8, {5, 4, 3, 2, 1, 0, 0, 0}};
    assert_values("timm.PlateauLRScheduler patience_t=1 decay_rate=0.5", &falling, 1.0,
                  VALUES(1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125));
    assert_values("timm.PlateauLRScheduler patience_t=1 decay_rate=0.5 mode=min", &falling, 1.0,
                  VALUES(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5));
}

static void during_the_warmup_no_metric_is_looked_at(void **state)
{
    (void)state;
    const heard good_at_first = {6, {9, 9, 1, 2, 3, 3}};
    assert_values("timm.PlateauLRScheduler warmup_t=2 patience_t=0 decay_rate=0.5", &good_at_first, 1.0,
                  VALUES(0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 0.5));
}

static void it_goes_on_from_where_the_warmup_ends_and_not_from_the_base(void **state)
{
    (void)state;
    const heard none_better = {5, {1, 1, 1, 1, 1}};
    assert_values("timm.PlateauLRScheduler warmup_t=3 warmup_lr_init=0.1 patience_t=0 decay_rate=0.5", &none_better,
                  0.3,
                  VALUES(0.1, 0.16666666666666669, 0.23333333333333334, 0.30000000000000004, 0.30000000000000004,
                         0.15000000000000002));
}

static void noise_is_on_the_value_and_the_next_step_goes_on_without_it(void **state)
{
    (void)state;
    assert_values("timm.PlateauLRScheduler patience_t=1 decay_rate=0.5 noise_range_t=2", &level, 1.0,
                  VALUES(1.0, 1.0, 1.0589450262486935, 0.515587879344821, 0.4340881407260895, 0.3939197361469269,
                         0.3796400725841522));
    assert_values(
        "timm.PlateauLRScheduler patience_t=1 decay_rate=0.5 warmup_t=2 noise_range_t=0 noise_pct=0.1", &level, 1.0,
        VALUES(0.0, 0.5, 1.0, 1.031175758689642, 0.9358098208904266, 0.4562605768442154, 0.46330153942108154));
}

static void uniform_noise_has_a_limit_and_no_deviation(void **state)
{
    (void)state;
    assert_values("timm.PlateauLRScheduler patience_t=1 decay_rate=0.5 noise_type=uniform noise_range_t=[2, 5] "
                  "noise_pct=0.1 noise_std=0.0 noise_seed=7",
                  &level, 1.0,
                  VALUES(1.0, 1.0, 1.0311568975448608, 0.49580846428871156, 0.4649041712284088, 0.25, 0.25));
}

static void what_is_no_number_is_never_better(void **state)
{
    (void)state;
    const double nan = (double)NAN;
    const heard h = {6, {nan, nan, 0.5, nan, nan, nan}};
    assert_values("timm.PlateauLRScheduler patience_t=1 decay_rate=0.5", &h, 1.0,
                  VALUES(1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25));
}

static void an_lr_set_by_hand_counts_unless_noise_was_on_it(void **state)
{
    (void)state;
    static const double expected[2][7] = {{1.0, 1.0, 1.0589450262486935, 0.515587879344821, 0.5, 0.25, 0.25},
                                          {1.0, 1.0, 1.0589450262486935, 0.515587879344821, 0.5, 0.15, 0.15}};
    for (int noisy = 0; noisy <= 1; noisy++) {
        loop l;
        start(&l, "timm.PlateauLRScheduler patience_t=1 decay_rate=0.5 noise_range_t=[2, 4]");
        for (int i = 0; i <= 6; i++) {
            assert_true(l.lr == expected[noisy][i]);
            if (i == 3 + noisy)
                l.lr = 0.3;
            step(&l, 1.0);
        }
        stop(&l);
    }
}

/* --- deviations --- */

static void at_0_the_value_is_the_constructors(void **state)
{
    (void)state;
    const heard nothing = {0};
    assert_values("timm.PlateauLRScheduler", &nothing, 0.5, VALUES(0.5)); /* timm's step(0) makes it 0.0, for ever */
    assert_values("timm.PlateauLRScheduler warmup_t=5 warmup_lr_init=0.1", &nothing, 0.5, VALUES(0.1));
}

static void a_saved_state_is_complete(void **state)
{
    (void)state;
    static const char text[] = "timm.PlateauLRScheduler patience_t=2 cooldown_t=1 decay_rate=0.5 noise_range_t=[3, 6]";
    for (int saved_at = 0; saved_at <= 8; saved_at++) {
        loop through, before, after;
        tempo_tree *tree = NULL;
        start(&through, text);
        start(&before, text);
        start(&after, text);
        for (int i = 0; i < saved_at; i++) {
            step(&through, 1.0);
            step(&before, 1.0);
        }
        assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
        const tempo_value *saved = tempo_stepper_save(before.stepper, tree, NULL, NULL);
        assert_int_equal(tempo_stepper_load(after.stepper, saved, TEMPO_MISMATCH_ERROR, NULL), TEMPO_OK);
        for (int i = 0; i < 8; i++) {
            assert_true(after.lr == through.lr);
            step(&through, 1.0);
            step(&after, 1.0);
        }
        tempo_tree_free(tree);
        stop(&through);
        stop(&before);
        stop(&after);
    }
}

/* --- what is refused --- */

static void it_wants_metrics(void **state)
{
    (void)state;
    static const char *const texts[] = {"timm.PlateauLRScheduler", "timm.create_scheduler_v2 sched=plateau"};
    for (int i = 0; i < 2; i++) {
        tempo_error error = TEMPO_ERROR_INIT;
        tempo_plan *plan = NULL;
        assert_int_equal(bind(&plan, texts[i], NULL, 1.0, &error), TEMPO_MISSING);
        assert_string_equal(error.message, "timm.PlateauLRScheduler listens to a metric, and none is given");
        assert_string_equal(error.path, "schedules[0]");
    }
}

static void settings_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    assert_refused("timm.PlateauLRScheduler decay_rate=1.0", TEMPO_BAD_VALUE, "decay_rate is 1, but must be < 1",
                   "schedules[0].decay_rate");
    assert_refused("timm.PlateauLRScheduler decay_rate=1.5", TEMPO_BAD_VALUE,
                   "decay_rate is 1.5, but must be >= 0 and <= 1", "schedules[0].decay_rate");
    assert_refused("timm.PlateauLRScheduler mode=min threshold=1.0", TEMPO_BAD_VALUE,
                   "threshold is 1 of the best, so nothing would ever be better", "schedules[0].threshold");
    assert_refused("timm.PlateauLRScheduler noise_range_t=3 noise_pct=0.0", TEMPO_BAD_VALUE,
                   "noise_pct is 0, but must be > 0 and >= a thousandth of noise_std, since noise is drawn until it is "
                   "below",
                   "schedules[0].noise_pct");
    assert_refused("timm.PlateauLRScheduler noise_range_t=[3]", TEMPO_BAD_VALUE,
                   "a range of noise has two elements, not 1", "schedules[0].noise_range_t");
}

/* --- create_scheduler_v2 --- */

static void the_factory_makes_one(void **state)
{
    (void)state;
    const heard h = {7, {1, 1, 1, 1, 1, 1, 1}}, falling = {7, {3, 2, 1, 1, 1, 1, 1}};
    assert_values("timm.create_scheduler_v2 sched=plateau patience_epochs=1 decay_rate=0.5 min_lr=0.3 warmup_epochs=2 "
                  "warmup_lr=0.5 warmup_prefix=true cooldown_epochs=10",
                  &h, 1.0, VALUES(0.5, 0.75, 1.0, 1.0, 1.0, 0.5, 0.5, 0.3));
    assert_values("timm.create_scheduler_v2 sched=plateau plateau_mode=min patience_epochs=1 num_epochs=10 "
                  "noise=[0.2, 0.4]",
                  &falling, 1.0,
                  VALUES(1.0, 1.0, 1.0589450262486935, 1.031175758689642, 1.0, 0.1, 0.1, 0.010000000000000002));
}

static void the_factorys_plateau_steps_once_an_epoch_only(void **state)
{
    (void)state;
    assert_refused("timm.create_scheduler_v2 sched=plateau step_on_epochs=false updates_per_epoch=10", TEMPO_CONFLICT,
                   "plateau steps once an epoch, so step_on_epochs must be true", "schedules[0].step_on_epochs");
}

static void the_factory_names_its_own_parameters_in_errors(void **state)
{
    (void)state;
    assert_refused("timm.create_scheduler_v2 sched=plateau decay_rate=1.2", TEMPO_BAD_VALUE,
                   "decay_rate is 1.2, but must be < 1", "schedules[0].decay_rate");
    assert_refused("timm.create_scheduler_v2 sched=plateau patience_epochs=-1", TEMPO_BAD_VALUE,
                   "patience_epochs is -1, but must be >= 0 for this scheduler", "schedules[0].patience_epochs");
}

static void the_factory_is_stepped_with_a_metric_where_it_makes_one(void **state)
{
    (void)state;
    static const double expected[] = {1.0, 1.0, 0.5, 0.25};
    loop l;
    start(&l, "timm.create_scheduler_v2 sched=plateau patience_epochs=0 decay_rate=0.5");
    assert_int_equal(tempo_stepper_step(l.stepper, NULL), TEMPO_MISSING);
    for (int i = 0; i < 4; i++) {
        assert_true(l.lr == expected[i]);
        step(&l, 1.0);
    }
    stop(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reduces_at_the_step_after_patience),
        cmocka_unit_test(a_larger_metric_is_better_unless_it_is_told_otherwise),
        cmocka_unit_test(during_the_warmup_no_metric_is_looked_at),
        cmocka_unit_test(it_goes_on_from_where_the_warmup_ends_and_not_from_the_base),
        cmocka_unit_test(noise_is_on_the_value_and_the_next_step_goes_on_without_it),
        cmocka_unit_test(uniform_noise_has_a_limit_and_no_deviation),
        cmocka_unit_test(what_is_no_number_is_never_better),
        cmocka_unit_test(an_lr_set_by_hand_counts_unless_noise_was_on_it),
        cmocka_unit_test(at_0_the_value_is_the_constructors),
        cmocka_unit_test(a_saved_state_is_complete),
        cmocka_unit_test(it_wants_metrics),
        cmocka_unit_test(settings_that_make_no_sense_are_refused),
        cmocka_unit_test(the_factory_makes_one),
        cmocka_unit_test(the_factorys_plateau_steps_once_an_epoch_only),
        cmocka_unit_test(the_factory_names_its_own_parameters_in_errors),
        cmocka_unit_test(the_factory_is_stepped_with_a_metric_where_it_makes_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
