/* Values of a plan from numbers that are not its own: another base, the value before, a metric. Expected numbers are what
 * PyTorch 2.13 left in optimizers of several groups. */
#include "support/spec.h"

#include <math.h>

#include "support/functions.h"

static const tempo_run every_batch = {.step_schedulers_every_batch = true};
static const tempo_bind_options stepped = {
    .functions = golden_functions, .function_count = GOLDEN_FUNCTION_COUNT, .stepped = true};

static tempo_status try_bind(tempo_plan **plan, const char *text, const tempo_bind_options *options, tempo_error *error)
{
    tempo_schedule *schedule = NULL;
    tempo_field field = {"lr", 1.0, NULL, NULL};
    const tempo_group group = {NULL, &field, 1, false};
    *plan = NULL;
    tempo_status status = tempo_schedule_parse(&schedule, text, NULL, error);
    if (!status)
        status = tempo_plan_bind(plan, &every_batch, &group, 1, schedule, options, error);
    tempo_schedule_free(schedule);
    return status;
}

static tempo_plan *bind(const char *text)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    if (try_bind(&plan, text, &stepped, &error))
        fail_msg("%s: %s", text, error.message);
    return plan;
}

static const tempo_timestamp *at(int64_t batch)
{
    static tempo_timestamp now;
    now = (tempo_timestamp){.batch = batch};
    return &now;
}

static void assert_numbers(const double *found, const double *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (found[i] != expected[i])
            fail_msg("number %zu: %.17g, not %.17g", i, found[i], expected[i]);
}

static void one_plan_has_the_closed_form_from_every_base(void **state)
{
    (void)state;
    const double bases[] = {0.1, 0.3, 2.0};
    const double expected[] = {0.06501344202803415, 0.18726553542366559, 1.2264083292865329};
    double out[3];
    tempo_plan *plan = bind("torch.CosineAnnealingLR T_max=7 eta_min=0.01");
    assert_int_equal(tempo_plan_values_from(plan, 0, at(3), bases, 3, out, NULL), TEMPO_OK);
    assert_numbers(out, expected, 3);
    tempo_plan_free(plan);
}

static void the_next_value_comes_from_the_one_before(void **state)
{
    (void)state;
    const double bases[] = {0.1, 0.3, 2.0};
    const double expected[] = {0.06501344202803415, 0.18726553542366556, 1.2264083292865329};
    double numbers[] = {0.1, 0.3, 2.0};
    tempo_plan *plan = bind("torch.CosineAnnealingLR T_max=7 eta_min=0.01");
    for (int64_t step = 1; step <= 3; step++)
        assert_int_equal(tempo_plan_next(plan, 0, at(step), bases, numbers, 3, numbers, NULL), TEMPO_OK);
    assert_numbers(numbers, expected, 3);
    tempo_plan_free(plan);
}

/* As in the second group of an optimizer whose lr was set to 0.05 by hand. */
static void a_type_without_a_closed_form_has_next_values_if_the_plan_is_bound_so(void **state)
{
    (void)state;
    const double bases[] = {0.1, 0.3, 2.0};
    const double expected[] = {0.06480000000000001, 0.032400000000000005, 1.2960000000000003};
    double numbers[] = {0.1, 0.05, 2.0};
    tempo_plan *plan = bind("torch.MultiplicativeLR lr_lambda=step_decay");
    for (int64_t step = 1; step <= 3; step++)
        assert_int_equal(tempo_plan_next(plan, 0, at(step), bases, numbers, 3, numbers, NULL), TEMPO_OK);
    assert_numbers(numbers, expected, 3);
    tempo_plan_free(plan);
}

static void it_has_no_other_values(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    double out = -1;
    const double base = 1;
    tempo_plan *plan = bind("torch.MultiplicativeLR lr_lambda=step_decay");
    assert_true(isnan(tempo_plan_value(plan, 0, at(3))));
    assert_int_equal(tempo_plan_values(plan, 0, 0, 1, &out, &error), TEMPO_CONFLICT);
    assert_string_equal(error.message, "torch.MultiplicativeLR has no closed form: its value comes about step by step");
    assert_string_equal(error.path, "schedules[0]");
    assert_int_equal(tempo_plan_values_from(plan, 0, at(3), &base, 1, &out, NULL), TEMPO_CONFLICT);
    assert_true(out == -1);
    tempo_plan_free(plan);
    const tempo_bind_options plain = {.functions = golden_functions, .function_count = GOLDEN_FUNCTION_COUNT};
    assert_int_equal(try_bind(&plan, "torch.MultiplicativeLR lr_lambda=step_decay", &plain, NULL), TEMPO_CONFLICT);
}

static void a_type_that_does_not_look_at_the_value_before_has_its_closed_form(void **state)
{
    (void)state;
    const double base = 3.0, previous = 77.0;
    double next = 0, closed = 0;
    tempo_plan *plan = bind("torch.CosineAnnealingWarmRestarts T_0=5 eta_min=0.5");
    assert_int_equal(tempo_plan_next(plan, 0, at(7), &base, &previous, 1, &next, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_values_from(plan, 0, at(7), &base, 1, &closed, NULL), TEMPO_OK);
    assert_true(next == closed);
    tempo_plan_free(plan);
}

static void several_go_on_one_after_the_other(void **state)
{
    (void)state;
    const double expected[] = {0.09000000000000001, 0.04050000000000001, 0.03645000000000001, 0.016402500000000004};
    const double base = 0.1;
    double number = 0.1, found[4];
    tempo_plan *plan = bind("torch.ExponentialLR gamma=0.9 * torch.StepLR step_size=2 gamma=0.5");
    for (int64_t step = 1; step <= 4; step++) {
        assert_int_equal(tempo_plan_next(plan, 0, at(step), &base, &number, 1, &number, NULL), TEMPO_OK);
        found[step - 1] = number;
    }
    assert_numbers(found, expected, 4);
    tempo_plan_free(plan);
}

static void several_of_which_one_overwrites_have_no_next_value(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    const double one = 1;
    double out = 0;
    tempo_plan *plan = bind("torch.StepLR step_size=2 * torch.CosineAnnealingWarmRestarts T_0=5");
    assert_int_equal(tempo_plan_next(plan, 0, at(1), &one, &one, 1, &out, &error), TEMPO_CONFLICT);
    assert_string_equal(error.path, "schedules[1]");
    tempo_plan_free(plan);
}

static void there_is_no_value_where_pytorch_raises(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    const double one = 1, large = 1e200;
    double out = 0;
    tempo_plan *plan = bind("torch.OneCycleLR max_lr=1.0 total_steps=10");
    assert_int_equal(tempo_plan_values_from(plan, 0, at(10), &one, 1, &out, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_values_from(plan, 0, at(11), &one, 1, &out, &error), TEMPO_OUT_OF_RANGE);
    assert_string_equal(error.message, "torch.OneCycleLR has no value any more: its steps are over");
    assert_int_equal(tempo_plan_next(plan, 0, at(11), &one, &one, 1, &out, NULL), TEMPO_OUT_OF_RANGE);
    tempo_plan_free(plan);
    plan = bind("torch.ExponentialLR gamma=1e200");
    assert_int_equal(tempo_plan_next(plan, 0, at(2), &one, &large, 1, &out, NULL), TEMPO_OUT_OF_RANGE);
    tempo_plan_free(plan);
}

/* The state of PyTorch's scheduler, step by step, with two groups. */
static void a_metric_is_heard_with_what_is_remembered(void **state)
{
    (void)state;
    static const double metrics[] = {1.0, 0.9, 0.95, 0.97, 0.8};
    static const double expected[][5] = {
        {0.1, 0.3, 1.0, 0, 0},   {0.1, 0.3, 0.9, 0, 0},   {0.1, 0.3, 0.9, 1, 0},
        {0.05, 0.15, 0.9, 0, 1}, {0.05, 0.15, 0.8, 0, 0},
    };
    const double bases[] = {0.1, 0.3};
    double lr[2] = {0, 0}, memory[2][3];
    tempo_plan *plan = bind("torch.ReduceLROnPlateau factor=0.5 patience=1 cooldown=1");
    const char *const *names = tempo_plan_memory(plan, 0);
    assert_string_equal(names[0], "best");
    assert_string_equal(names[1], "num_bad_epochs");
    assert_string_equal(names[2], "cooldown_counter");
    assert_null(names[3]);
    for (size_t g = 0; g < 2; g++)
        assert_int_equal(tempo_plan_listen(plan, 0, at(0), NAN, bases[g], NAN, memory[g], &lr[g], NULL), TEMPO_OK);
    assert_numbers(lr, bases, 2);
    for (int64_t step = 1; step <= 5; step++) {
        for (size_t g = 0; g < 2; g++)
            assert_int_equal(
                tempo_plan_listen(plan, 0, at(step), metrics[step - 1], bases[g], lr[g], memory[g], &lr[g], NULL),
                TEMPO_OK);
        assert_numbers(lr, expected[step - 1], 2);
        assert_numbers(memory[0], expected[step - 1] + 2, 3);
        assert_numbers(memory[1], expected[step - 1] + 2, 3);
    }
    tempo_plan_free(plan);
}

static void only_what_listens_can_be_given_a_metric(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    const double one = 1;
    double out = 0, memory[3];
    tempo_plan *plan = bind("torch.ReduceLROnPlateau");
    assert_int_equal(tempo_plan_next(plan, 0, at(1), &one, &one, 1, &out, &error), TEMPO_MISSING);
    assert_string_equal(error.message, "torch.ReduceLROnPlateau listens to a metric, and there is none");
    tempo_plan_free(plan);
    plan = bind("torch.StepLR step_size=2");
    assert_null(tempo_plan_memory(plan, 0));
    assert_int_equal(tempo_plan_listen(plan, 0, at(1), 1, 1, 1, memory, &out, NULL), TEMPO_CONFLICT);
    tempo_plan_free(plan);
}

static void what_was_heard_when_the_plan_was_bound_is_of_its_own_base(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    const double metric = 1, two = 2;
    const tempo_bind_options heard = {.metrics = &metric, .metric_count = 1};
    double out = 0;
    tempo_plan *plan = NULL;
    assert_int_equal(try_bind(&plan, "torch.ReduceLROnPlateau", &heard, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_values_from(plan, 0, at(1), &two, 1, &out, &error), TEMPO_CONFLICT);
    assert_string_equal(error.message, "torch.ReduceLROnPlateau has listened from the base of its track");
    tempo_plan_free(plan);
}

/* Whatever schedule: from the bases of its own tracks come its own values. */
static void from_its_own_base_a_plan_has_its_own_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const char *example = tempo_type_example(tempo_type_at(i));
        tempo_plan *plan = NULL;
        if (!*example || try_bind(&plan, example, NULL, NULL))
            continue; /* it needs a program, or facts of a run */
        for (int64_t batch = 0; batch < 100; batch += 9) {
            const double base = tempo_plan_track(plan, 0)->base;
            double out = 0;
            if (!tempo_plan_values_from(plan, 0, at(batch), &base, 1, &out, NULL))
                assert_true(out == tempo_plan_value(plan, 0, at(batch)));
        }
        tempo_plan_free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_plan_has_the_closed_form_from_every_base),
        cmocka_unit_test(the_next_value_comes_from_the_one_before),
        cmocka_unit_test(a_type_without_a_closed_form_has_next_values_if_the_plan_is_bound_so),
        cmocka_unit_test(it_has_no_other_values),
        cmocka_unit_test(a_type_that_does_not_look_at_the_value_before_has_its_closed_form),
        cmocka_unit_test(several_go_on_one_after_the_other),
        cmocka_unit_test(several_of_which_one_overwrites_have_no_next_value),
        cmocka_unit_test(there_is_no_value_where_pytorch_raises),
        cmocka_unit_test(a_metric_is_heard_with_what_is_remembered),
        cmocka_unit_test(only_what_listens_can_be_given_a_metric),
        cmocka_unit_test(what_was_heard_when_the_plan_was_bound_is_of_its_own_base),
        cmocka_unit_test(from_its_own_base_a_plan_has_its_own_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
