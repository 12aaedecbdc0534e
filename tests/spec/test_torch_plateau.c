/* ReduceLROnPlateau: when it reduces, and when it does not. Values of PyTorch 2.13, to the last bit; most cases are
 * those of its own tests. */
#include "support/spec.h"

#include <math.h>

/* --- support --- */

enum { METRICS_MAX = 24 };

/* Metrics of step 1, 2, ..., and what was heard. */
typedef struct heard {
    size_t count;
    double metrics[METRICS_MAX];
} heard;

static const tempo_run every_batch = {.step_schedulers_every_batch = true};

static tempo_status bind(tempo_plan **plan, const char *text, double lr, const heard *heard, tempo_error *error)
{
    tempo_schedule *schedule = NULL;
    tempo_field field = {"lr", lr, NULL, NULL};
    const tempo_group group = {NULL, &field, 1, false};
    const tempo_bind_options options = {.metrics = heard ? heard->metrics : NULL,
                                        .metric_count = heard ? heard->count : 0};
    *plan = NULL;
    tempo_status status = tempo_schedule_parse(&schedule, text, NULL, error);
    if (!status)
        status = tempo_plan_bind(plan, &every_batch, &group, 1, schedule, &options, error);
    tempo_schedule_free(schedule);
    return status;
}

/* The lr after each metric, as runs of equal values: how many, and which. */
typedef struct level {
    int count;
    double lr;
} level;

static void assert_levels(const char *text, double lr, const heard *heard, const level *levels)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    if (bind(&plan, text, lr, heard, &error))
        fail_msg("%s: %s", text, error.message);
    int64_t step = 1;
    for (; levels->count; levels++)
        for (int i = 0; i < levels->count; i++, step++) {
            tempo_timestamp now;
            assert_int_equal(tempo_plan_timestamp(plan, step, &now, NULL), TEMPO_OK);
            const double value = tempo_plan_value(plan, 0, &now);
            if (value != levels->lr)
                fail_msg("%s at step %lld: %.17g, not %.17g", text, (long long)step, value, levels->lr);
        }
    assert_int_equal(step, (int64_t)heard->count + 1);
    tempo_plan_free(plan);
}

#define LEVELS(...) ((const level[]){__VA_ARGS__, {0, 0}})

static heard repeated(double metric, size_t count)
{
    heard h = {.count = count};
    for (size_t i = 0; i < count; i++)
        h.metrics[i] = metric;
    return h;
}

static void assert_refused(const char *text, tempo_status status, const char *message, const char *path)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    const heard one = repeated(1.0, 1);
    assert_int_equal(bind(&plan, text, 1.0, &one, &error), status);
    assert_string_equal(error.message, message);
    assert_string_equal(error.path, path);
}

/* --- PyTorch's own cases --- */

static void a_metric_that_improves_enough_never_reduces(void **state)
{
    (void)state;
    heard h = {.count = 20};
    for (int i = 0; i < 20; i++)
        h.metrics[i] = 10 - i * 0.0167;
    assert_levels("torch.ReduceLROnPlateau threshold_mode=abs threshold=0.01 patience=5 cooldown=5", 0.5, &h,
                  LEVELS({20, 0.5}));
    for (int i = 0; i < 20; i++)
        h.metrics[i] = 1.5 * pow(1.025, i);
    assert_levels("torch.ReduceLROnPlateau mode=max threshold=0.1 patience=3", 0.5, &h, LEVELS({20, 0.5}));
    for (int i = 0; i < 20; i++)
        h.metrics[i] = 1.5 * pow(0.85, i);
    assert_levels("torch.ReduceLROnPlateau threshold=0.1", 0.5, &h, LEVELS({20, 0.5}));
}

static void improvements_below_the_threshold_do_not_count(void **state)
{
    (void)state;
    heard h = {.count = 22};
    for (int i = 0; i < 22; i++)
        h.metrics[i] = 10 - i * 0.0165;
    assert_levels("torch.ReduceLROnPlateau threshold_mode=abs threshold=0.1 patience=5", 0.5, &h,
                  LEVELS({6, 0.5}, {7, 0.05}, {7, 0.005000000000000001}, {2, 0.0005000000000000001}));
    h.count = 20;
    for (int i = 0; i < 20; i++)
        h.metrics[i] = 1.5 * pow(1.005, i);
    assert_levels("torch.ReduceLROnPlateau mode=max threshold=0.1 patience=5 cooldown=5", 0.5, &h,
                  LEVELS({6, 0.5}, {11, 0.05}, {3, 0.005000000000000001}));
}

static void a_cooldown_is_waited_for_before_patience_begins(void **state)
{
    (void)state;
    heard h = repeated(-0.234, 22);
    h.metrics[0] = h.metrics[1] = -0.8;
    assert_levels("torch.ReduceLROnPlateau mode=max threshold_mode=abs patience=5 cooldown=5", 0.5, &h,
                  LEVELS({8, 0.5}, {11, 0.05}, {3, 0.005000000000000001}));
}

static void an_improvement_during_the_cooldown_is_remembered(void **state)
{
    (void)state;
    heard h = repeated(0.5, 20);
    for (int i = 0; i < 7; i++)
        h.metrics[i] = 1;
    h.metrics[7] = 0.6;
    assert_levels("torch.ReduceLROnPlateau threshold=0.1 patience=5 cooldown=5", 0.5, &h,
                  LEVELS({6, 0.5}, {11, 0.05}, {3, 0.005000000000000001}));
}

static void each_group_has_a_min_lr_through_a_schedule_of_its_own(void **state)
{
    (void)state;
    heard h = {.count = 20};
    for (int i = 0; i < 20; i++)
        h.metrics[i] = 1.5 * pow(1.005, i);
    assert_levels("torch.ReduceLROnPlateau mode=max threshold=0.1 patience=5 cooldown=5 min_lr=0.4", 0.5, &h,
                  LEVELS({6, 0.5}, {14, 0.4}));
    assert_levels("torch.ReduceLROnPlateau mode=max threshold=0.1 patience=5 cooldown=5 min_lr=0.3", 0.5, &h,
                  LEVELS({6, 0.5}, {14, 0.3}));
}

/* --- what surprises --- */

static void patience_lets_pass_and_the_next_one_reduces(void **state)
{
    (void)state;
    const heard h = repeated(1.0, 10);
    assert_levels("torch.ReduceLROnPlateau patience=2", 1.0, &h,
                  LEVELS({3, 1.0}, {3, 0.1}, {3, 0.010000000000000002}, {1, 0.0010000000000000002}));
    assert_levels("torch.ReduceLROnPlateau patience=2 cooldown=1", 1.0, &h,
                  LEVELS({3, 1.0}, {4, 0.1}, {3, 0.010000000000000002}));
}

static void what_is_no_number_is_never_better(void **state)
{
    (void)state;
    const double nan = (double)NAN;
    const heard h = {5, {nan, nan, 0.5, nan, nan}};
    assert_levels("torch.ReduceLROnPlateau patience=1", 1.0, &h, LEVELS({1, 1.0}, {3, 0.1}, {1, 0.010000000000000002}));
}

static void a_negative_metric_makes_the_relative_threshold_lenient(void **state)
{
    (void)state;
    const heard h = repeated(-1.0, 6);
    assert_levels("torch.ReduceLROnPlateau patience=1", 1.0, &h, LEVELS({6, 1.0}));
}

static void eps_is_absolute_and_min_lr_never_raises(void **state)
{
    (void)state;
    const heard h = repeated(1.0, 4);
    assert_levels("torch.ReduceLROnPlateau patience=0", 1e-8, &h, LEVELS({4, 1e-8}));
    assert_levels("torch.ReduceLROnPlateau patience=0 min_lr=0.5", 0.25, &h, LEVELS({4, 0.25}));
}

static void a_joint_is_where_it_reduces(void **state)
{
    (void)state;
    tempo_plan *plan = NULL;
    const heard h = repeated(1.0, 7);
    assert_int_equal(bind(&plan, "torch.ReduceLROnPlateau patience=2", 1.0, &h, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_next_joint(plan, 0, -1), 4);
    assert_int_equal(tempo_plan_next_joint(plan, 0, 4), 7);
    assert_int_equal(tempo_plan_next_joint(plan, 0, 7), -1);
    tempo_plan_free(plan);
}

/* --- in a loop --- */

static void an_lr_set_by_hand_is_what_it_reduces(void **state)
{
    (void)state;
    double lr = 0;
    tempo_field field = {"lr", 1.0, NULL, &lr};
    const tempo_group group = {NULL, &field, 1, false};
    tempo_schedule *schedule = NULL;
    tempo_stepper *stepper = NULL;
    static const double expected[] = {1.0, 1.0, 1.0, 0.7, 0.35, 0.35, 0.35, 0.175};
    assert_int_equal(tempo_schedule_parse(&schedule, "torch.ReduceLROnPlateau patience=2 factor=0.5", NULL, NULL),
                     TEMPO_OK);
    assert_int_equal(tempo_stepper_new(&stepper, &every_batch, &group, 1, schedule, NULL, NULL), TEMPO_OK);
    for (int i = 0; i < 8; i++) {
        assert_true(lr == expected[i]);
        if (i == 2)
            lr = 0.7;
        assert_int_equal(tempo_stepper_step_metric(stepper, 1.0, NULL), TEMPO_OK);
    }
    tempo_stepper_free(stepper);
    tempo_schedule_free(schedule);
}

static void it_multiplies_with_others_on_the_same_optimizer(void **state)
{
    (void)state;
    double lr = 0;
    tempo_field field = {"lr", 1.0, NULL, &lr};
    const tempo_group group = {NULL, &field, 1, false};
    tempo_schedule *schedule = NULL;
    tempo_stepper *stepper = NULL;
    static const double expected[] = {1.0, 1.0, 1.0, 0.1, 0.05, 0.05, 0.005000000000000001, 0.0025000000000000005};
    assert_int_equal(tempo_schedule_parse(&schedule,
                                          "torch.ReduceLROnPlateau patience=2 factor=0.5 * torch.StepLR step_size=3",
                                          NULL, NULL),
                     TEMPO_OK);
    assert_int_equal(tempo_stepper_new(&stepper, &every_batch, &group, 1, schedule, NULL, NULL), TEMPO_OK);
    for (int i = 0; i < 8; i++) {
        assert_true(lr == expected[i]);
        assert_int_equal(tempo_stepper_step_metric(stepper, 1.0, NULL), TEMPO_OK);
    }
    tempo_stepper_free(stepper);
    tempo_schedule_free(schedule);
}

static void a_group_that_joins_later_is_reduced_too(void **state)
{
    (void)state;
    double old = 0, late = 0;
    tempo_field fields[] = {{"lr", 1.0, NULL, &old}, {"lr", 0.5, NULL, &late}};
    const tempo_group first = {"first", &fields[0], 1, false}, second = {"second", &fields[1], 1, false};
    tempo_schedule *schedule = NULL;
    tempo_stepper *stepper = NULL;
    assert_int_equal(tempo_schedule_parse(&schedule, "torch.ReduceLROnPlateau patience=0 factor=0.5", NULL, NULL),
                     TEMPO_OK);
    assert_int_equal(tempo_stepper_new(&stepper, &every_batch, &first, 1, schedule, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_stepper_step_metric(stepper, 1.0, NULL), TEMPO_OK);
    assert_int_equal(tempo_stepper_add_group(stepper, &second, NULL), TEMPO_OK);
    assert_true(old == 1.0 && late == 0.5);
    assert_int_equal(tempo_stepper_step_metric(stepper, 1.0, NULL), TEMPO_OK);
    assert_int_equal(tempo_stepper_step_metric(stepper, 1.0, NULL), TEMPO_OK);
    assert_true(old == 0.25);
    assert_true(late == 0.25);
    tempo_stepper_free(stepper);
    tempo_schedule_free(schedule);
}

/* --- what is refused --- */

static void it_wants_metrics(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    assert_int_equal(bind(&plan, "torch.ReduceLROnPlateau", 1.0, NULL, &error), TEMPO_MISSING);
    assert_string_equal(error.message, "torch.ReduceLROnPlateau listens to a metric, and none is given");
}

static void settings_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    assert_refused("torch.ReduceLROnPlateau factor=1.0", TEMPO_BAD_VALUE, "factor is 1, but must be < 1",
                   "schedules[0].factor");
    assert_refused("torch.ReduceLROnPlateau factor=-0.5", TEMPO_BAD_VALUE, "factor is -0.5, but must be >= 0 and <= 1",
                   "schedules[0].factor");
    assert_refused("torch.ReduceLROnPlateau threshold=1.0", TEMPO_BAD_VALUE,
                   "threshold is 1 of the best, so nothing would ever be better", "schedules[0].threshold");
    assert_refused("torch.ReduceLROnPlateau patience=-1", TEMPO_BAD_VALUE, "patience is -1, but must be >= 0",
                   "schedules[0].patience");
    assert_refused("torch.ReduceLROnPlateau eps=-1.0", TEMPO_BAD_VALUE, "eps is -1.0, but must be >= 0",
                   "schedules[0].eps");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_metric_that_improves_enough_never_reduces),
        cmocka_unit_test(improvements_below_the_threshold_do_not_count),
        cmocka_unit_test(a_cooldown_is_waited_for_before_patience_begins),
        cmocka_unit_test(an_improvement_during_the_cooldown_is_remembered),
        cmocka_unit_test(each_group_has_a_min_lr_through_a_schedule_of_its_own),
        cmocka_unit_test(patience_lets_pass_and_the_next_one_reduces),
        cmocka_unit_test(what_is_no_number_is_never_better),
        cmocka_unit_test(a_negative_metric_makes_the_relative_threshold_lenient),
        cmocka_unit_test(eps_is_absolute_and_min_lr_never_raises),
        cmocka_unit_test(a_joint_is_where_it_reduces),
        cmocka_unit_test(an_lr_set_by_hand_is_what_it_reduces),
        cmocka_unit_test(it_multiplies_with_others_on_the_same_optimizer),
        cmocka_unit_test(a_group_that_joins_later_is_reduced_too),
        cmocka_unit_test(it_wants_metrics),
        cmocka_unit_test(settings_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
