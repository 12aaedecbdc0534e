/* What step() of PyTorch's schedulers does: it goes on from the lr that it finds, and so can be chained and edited. The
 * values are what PyTorch 2.13 left in a real optimizer; the last bit over the whole range of the parameters is the
 * golden rows' business (test_stepper_golden.c). */
#include "support/spec.h"

#include <math.h>

#include "plan/internal.h"
#include "support/functions.h"

/* --- support --- */

static const tempo_bind_options with_functions = {.functions = golden_functions,
                                                  .function_count = GOLDEN_FUNCTION_COUNT};
static const tempo_stepper_options with_options = {.bind = &with_functions};
static const tempo_run unknown;

/* An optimizer of one group. */
typedef struct optimizer {
    double lr;
    tempo_field field;
    tempo_group group;
    tempo_stepper *stepper;
    tempo_error error;
} optimizer;

static tempo_status construct(optimizer *o, const char *text, double lr)
{
    *o = (optimizer){.error = TEMPO_ERROR_INIT};
    o->field = (tempo_field){"lr", lr, NULL, &o->lr};
    o->group = (tempo_group){NULL, &o->field, 1, false};
    tempo_schedule *schedule = NULL;
    tempo_status status = tempo_schedule_parse(&schedule, text, NULL, &o->error);
    if (!status)
        status = tempo_stepper_new(&o->stepper, &unknown, &o->group, 1, schedule, &with_options, &o->error);
    tempo_schedule_free(schedule);
    return status;
}

static void step(optimizer *o, const double *metric)
{
    if (metric ? tempo_stepper_step_metric(o->stepper, *metric, &o->error) : tempo_stepper_step(o->stepper, &o->error))
        fail_msg("%s", o->error.message);
}

/* The lr after 0, 1, 2, ... steps to the last bit, up to a NAN. It is set to 0.5 by hand after `edited` steps. */
static void assert_edited(const char *text, double lr, int edited, const double *values)
{
    optimizer o;
    if (construct(&o, text, lr))
        fail_msg("%s: %s", text, o.error.message);
    for (int i = 0; !isnan(values[i]); i++) {
        if (i)
            step(&o, NULL);
        if (o.lr != values[i])
            fail_msg("%s at step %d: %.17g, not %.17g", text, i, o.lr, values[i]);
        if (i == edited)
            o.lr = 0.5;
    }
    tempo_stepper_free(o.stepper);
}

static void assert_steps(const char *text, double lr, const double *values)
{
    assert_edited(text, lr, -1, values);
}

#define VALUES(...) ((const double[]){__VA_ARGS__, (double)NAN})

static void assert_refused(const char *text, tempo_status status, const char *message, const char *path)
{
    optimizer o;
    assert_int_equal(construct(&o, text, 1.0), status);
    assert_string_equal(o.error.message, message);
    assert_string_equal(o.error.path, path);
    assert_null(o.stepper);
}

/* --- on its own --- */

static void construction_takes_the_first_step(void **state)
{
    (void)state;
    assert_steps("torch.LinearLR start_factor=0.1", 1.0, VALUES(0.1));
    assert_steps("torch.ConstantLR factor=0.5", 1.0, VALUES(0.5));
    assert_steps("torch.MultiStepLR milestones=[0, 0] gamma=0.5", 1.0, VALUES(0.25));
    assert_steps("torch.SWALR swa_lr=0.05 anneal_epochs=0", 1.0, VALUES(0.05));
}

/* Its closed form has 0.025750000000000012 and 0.02574999999999998 there. */
static void roundings_stay_in_the_value(void **state)
{
    (void)state;
    assert_steps("torch.CosineAnnealingLR T_max=3 eta_min=0.001", 0.1,
                 VALUES(0.1, 0.07525000000000001, 0.025750000000000016, 0.001, 0.025749999999999995,
                        0.07525000000000005, 0.10000000000000006, 0.07525000000000007));
    assert_steps("torch.MultiStepLR milestones=[2, 5, 9]", 0.05,
                 VALUES(0.05, 0.05, 0.005000000000000001, 0.005000000000000001, 0.005000000000000001,
                        0.0005000000000000001, 0.0005000000000000001));
}

static void the_minimum_of_a_cosine_is_left_with_the_base(void **state)
{
    (void)state;
    assert_steps("torch.CosineAnnealingLR T_max=4", 1.0,
                 VALUES(1.0, 0.8535533905932737, 0.5, 0.14644660940672627, 0.0, 0.1464466094067262, 0.5000000000000001,
                        0.8535533905932742));
}

static void what_is_written_by_hand_is_gone_on_from(void **state)
{
    (void)state;
    assert_edited("torch.ExponentialLR gamma=0.9", 1.0, 3, VALUES(1.0, 0.9, 0.81, 0.7290000000000001, 0.45, 0.405));
    assert_edited("torch.StepLR step_size=5", 1.0, 3, VALUES(1.0, 1.0, 1.0, 1.0, 0.5, 0.05, 0.05));
    assert_edited("torch.ConstantLR factor=0.5", 1.0, 3, VALUES(0.5, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0));
    assert_edited("torch.LinearLR start_factor=0.5 total_iters=8", 1.0, 3,
                  VALUES(0.5, 0.5625, 0.625, 0.6875, 0.5454545454545454, 0.5909090909090908, 0.6363636363636362,
                         0.6818181818181817, 0.7272727272727271, 0.7272727272727271));
    assert_edited("torch.PolynomialLR total_iters=8", 1.0, 3,
                  VALUES(1.0, 0.875, 0.75, 0.625, 0.4, 0.30000000000000004, 0.2, 0.1, 0.0, 0.0));
}

static void a_cosine_forgets_it_after_its_minimum(void **state)
{
    (void)state;
    assert_edited("torch.CosineAnnealingLR T_max=8", 1.0, 3,
                  VALUES(1.0, 0.9619397662556434, 0.8535533905932737, 0.6913417161825449, 0.36161567304292236,
                         0.22323134608584477, 0.10591477845093457, 0.02752635408327294, 0.0, 0.03806023374435663));
}

static void an_average_takes_it_for_another_start(void **state)
{
    (void)state;
    assert_edited("torch.SWALR swa_lr=0.1 anneal_epochs=8 anneal_strategy=linear", 1.0, 3,
                  VALUES(1.0, 0.8875, 0.775, 0.6625, 0.42, 0.33999999999999997, 0.26, 0.18, 0.1, 0.1));
}

static void it_is_lost_on_what_looks_at_the_step_alone(void **state)
{
    (void)state;
    assert_edited("torch.CyclicLR base_lr=0.1 max_lr=1.0 step_size_up=4", 9.0, 3,
                  VALUES(0.1, 0.325, 0.55, 0.775, 1.0, 0.775));
    assert_edited("torch.OneCycleLR max_lr=1.0 total_steps=10", 9.0, 3,
                  VALUES(0.040000000000000036, 0.52, 1.0, 0.9504846320134737, 0.8117456539497631, 0.6112620219362893));
    assert_edited("torch.CosineAnnealingWarmRestarts T_0=5", 1.0, 3,
                  VALUES(1.0, 0.9045084971874737, 0.6545084971874737, 0.34549150281252633, 0.09549150281252633, 1.0));
    assert_edited("torch.LambdaLR lr_lambda=fall", 1.0, 1, VALUES(1.0, 0.5, 0.3333333333333333));
}

/* A denominator is 0 there, from T_max = 2.98e8 on: issue 20405. */
static void a_cosine_so_long_that_pytorch_divides_by_zero_has_no_next_value(void **state)
{
    (void)state;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_field lr = {"lr", 1.0, NULL, NULL};
    const tempo_group group = {NULL, &lr, 1, false};
    assert_int_equal(tempo_schedule_parse(&schedule, "torch.CosineAnnealingLR T_max=400000000", NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_bind(&plan, &unknown, &group, 1, schedule, NULL, NULL), TEMPO_OK);
    const tempo__bound *bound = &plan->tracks[0].stack[0];
    assert_true(isfinite(bound->type->next(bound->prepared, 200000000, 1.0, 0.5)));
    assert_true(!isfinite(bound->type->next(bound->prepared, 400000000, 1.0, 0.5)));
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
}

static void a_value_that_leaves_the_range_of_double_ends_the_steps(void **state)
{
    (void)state;
    optimizer o;
    assert_int_equal(construct(&o, "torch.ExponentialLR gamma=1e200", 1.0), TEMPO_OK);
    step(&o, NULL);
    assert_int_equal(tempo_stepper_step(o.stepper, &o.error), TEMPO_OUT_OF_RANGE);
    assert_true(o.lr == 1e200);
    tempo_stepper_free(o.stepper);
}

/* --- functions --- */

static void a_lambda_computes_and_a_multiplicative_multiplies(void **state)
{
    (void)state;
    assert_steps("torch.LambdaLR lr_lambda=fall", 1.0, VALUES(1.0, 0.5, 0.3333333333333333, 0.25));
    assert_steps("torch.MultiplicativeLR lr_lambda=fall", 1.0,
                 VALUES(1.0, 0.5, 0.16666666666666666, 0.041666666666666664, 0.008333333333333333));
}

static void a_function_must_be_supplied_and_take_a_step(void **state)
{
    (void)state;
    assert_refused("torch.LambdaLR lr_lambda=rise", TEMPO_UNKNOWN_NAME, "there is no function 'rise'",
                   "schedules[0].lr_lambda");
    const tempo_function other = {.name = "f"};
    const tempo_bind_options bind = {.functions = &other, .function_count = 1};
    const tempo_stepper_options options = {.bind = &bind};
    tempo_schedule *schedule = NULL;
    optimizer o = {.error = TEMPO_ERROR_INIT};
    o.field = (tempo_field){"lr", 1.0, NULL, &o.lr};
    o.group = (tempo_group){NULL, &o.field, 1, false};
    assert_int_equal(tempo_schedule_parse(&schedule, "torch.LambdaLR lr_lambda=f", NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_stepper_new(&o.stepper, &unknown, &o.group, 1, schedule, &options, &o.error),
                     TEMPO_UNKNOWN_NAME);
    assert_string_equal(o.error.message, "the function 'f' does not take a step");
    tempo_schedule_free(schedule);
}

/* --- SWALR --- */

static void an_average_ends_at_swa_lr_and_stays_there(void **state)
{
    (void)state;
    assert_steps("torch.SWALR swa_lr=0.01 anneal_epochs=3", 0.1,
                 VALUES(0.1, 0.07750000000000001, 0.032500000000000015, 0.01, 0.01, 0.01));
    assert_steps("torch.SWALR swa_lr=0.05 anneal_epochs=1", 1.0, VALUES(1.0, 0.05, 0.05, 0.05));
}

/* --- several on one optimizer --- */

static void several_multiply_one_after_the_other(void **state)
{
    (void)state;
    assert_steps("torch.ExponentialLR gamma=0.9 * torch.StepLR step_size=3 gamma=0.1", 0.05,
                 VALUES(0.05, 0.045000000000000005, 0.04050000000000001, 0.003645000000000001, 0.003280500000000001,
                        0.002952450000000001));
    assert_steps("torch.LinearLR start_factor=0.4 end_factor=0.9 total_iters=4 * torch.CosineAnnealingLR T_max=4", 0.05,
                 VALUES(0.020000000000000004, 0.02240577650307344, 0.016250000000000004, 0.005674806114510644, 0.0,
                        0.007322330470336311, 0.025000000000000005));
}

static void a_chain_does_the_same(void **state)
{
    (void)state;
    assert_steps("torch.ChainedScheduler schedulers=[(torch.LinearLR start_factor=0.4 total_iters=3), "
                 "(torch.MultiStepLR milestones=[4, 8, 10])]",
                 0.05,
                 VALUES(0.020000000000000004, 0.030000000000000006, 0.04000000000000001, 0.05000000000000001,
                        0.005000000000000001, 0.005000000000000001));
    assert_steps("torch.ChainedScheduler schedulers=[(torch.ExponentialLR gamma=0.9), (torch.ConstantLR factor=0.1 "
                 "total_iters=4), (torch.StepLR step_size=3)]",
                 0.05,
                 VALUES(0.005000000000000001, 0.004500000000000001, 0.0040500000000000015, 0.0003645000000000002,
                        0.003280500000000002, 0.002952450000000002, 0.0002657205000000002));
    assert_steps("torch.ChainedScheduler schedulers=[(torch.PolynomialLR power=0.9), (torch.ConstantLR factor=0.1 "
                 "total_iters=4)]",
                 0.05,
                 VALUES(0.005000000000000001, 0.004090260730254293, 0.003157229337446777, 0.002191916452770435,
                        0.01174618943088019, 0.0, 0.0));
}

static void a_chain_loses_what_comes_before_a_scheduler_that_overwrites(void **state)
{
    (void)state;
    assert_steps("torch.ChainedScheduler schedulers=[(torch.StepLR step_size=2 gamma=0.5), (torch.LambdaLR "
                 "lr_lambda=fall)]",
                 1.0, VALUES(1.0, 0.5, 0.3333333333333333, 0.25, 0.2));
    assert_steps("torch.ChainedScheduler schedulers=[(torch.LambdaLR lr_lambda=fall), (torch.StepLR step_size=2 "
                 "gamma=0.5)]",
                 1.0, VALUES(1.0, 0.5, 0.16666666666666666, 0.25, 0.1, 0.16666666666666666));
}

static void a_cosine_with_a_minimum_goes_negative_in_a_chain(void **state)
{
    (void)state;
    optimizer o;
    assert_int_equal(construct(&o,
                               "torch.ChainedScheduler schedulers=[(torch.ExponentialLR gamma=0.9), "
                               "(torch.CosineAnnealingLR T_max=10 eta_min=0.1)]",
                               1.0),
                     TEMPO_OK);
    for (int i = 0; i < 17; i++)
        step(&o, NULL);
    assert_true(o.lr == -0.011910282824432128);
    tempo_stepper_free(o.stepper);
}

/* Its constructor writes base_lr, and then what it takes for the base: issue 21965. */
static void a_cycle_that_is_constructed_later_starts_from_the_old_base(void **state)
{
    (void)state;
    assert_steps("torch.ChainedScheduler schedulers=[(torch.StepLR step_size=2 gamma=0.5), (torch.CyclicLR base_lr=0.1 "
                 "max_lr=0.5 step_size_up=2)]",
                 1.0, VALUES(1.0, 0.30000000000000004, 0.5, 0.30000000000000004));
}

/* --- sequences --- */

static void a_sequence_starts_each_scheduler_from_its_base(void **state)
{
    (void)state;
    assert_steps("torch.SequentialLR schedulers=[(torch.ExponentialLR gamma=0.8), (torch.StepLR step_size=4)] "
                 "milestones=[3]",
                 0.05,
                 VALUES(0.05, 0.04000000000000001, 0.03200000000000001, 0.05, 0.05, 0.05, 0.05, 0.005000000000000001));
    assert_steps("torch.SequentialLR schedulers=[(torch.ConstantLR factor=0.1 total_iters=3), (torch.ExponentialLR "
                 "gamma=0.9), (torch.StepLR step_size=2)] milestones=[3, 6]",
                 0.05,
                 VALUES(0.005000000000000001, 0.005000000000000001, 0.005000000000000001, 0.05, 0.045000000000000005,
                        0.04050000000000001, 0.05, 0.05, 0.005000000000000001, 0.005000000000000001,
                        0.0005000000000000001));
}

static void two_types_take_what_the_one_before_has_left(void **state)
{
    (void)state;
    assert_steps("torch.SequentialLR schedulers=[(torch.StepLR step_size=1 gamma=0.5), (torch.MultiplicativeLR "
                 "lr_lambda=wave)] milestones=[2]",
                 1.0, VALUES(1.0, 0.5, 0.25, 0.1875, 0.1875, 0.234375));
    assert_steps("torch.SequentialLR schedulers=[(torch.StepLR step_size=1 gamma=0.5), (torch.SWALR swa_lr=0.05 "
                 "anneal_epochs=3 anneal_strategy=linear)] milestones=[2]",
                 1.0, VALUES(1.0, 0.5, 0.5, 0.35000000000000003, 0.2, 0.05, 0.05));
}

/* The plan refuses this one: the cosine remembers the base that OneCycleLR has replaced since. */
static void a_cosine_in_a_sequence_keeps_the_base_that_it_has_found(void **state)
{
    (void)state;
    assert_steps("torch.SequentialLR schedulers=[(torch.CosineAnnealingLR T_max=2), (torch.OneCycleLR max_lr=2.0 "
                 "total_steps=6)] milestones=[4]",
                 1.0, VALUES(0.08, 0.04, 0.0, 0.49999999999999994, 0.08000000000000007, 1.9888308709018234));
}

static void what_pytorch_refuses_inside_others_is_refused_here_too(void **state)
{
    (void)state;
    assert_refused("torch.SequentialLR schedulers=[(torch.LinearLR), (torch.ReduceLROnPlateau)] milestones=[3]",
                   TEMPO_CONFLICT,
                   "torch.ReduceLROnPlateau cannot be inside this torch.SequentialLR: it listens to a metric, and none "
                   "is passed on",
                   "schedules[0].schedulers[1]");
    assert_refused("torch.ChainedScheduler schedulers=[(torch.ReduceLROnPlateau)]", TEMPO_CONFLICT,
                   "torch.ReduceLROnPlateau cannot be inside this torch.ChainedScheduler: it listens to a metric, and "
                   "none is passed on",
                   "schedules[0].schedulers[0]");
    assert_refused("torch.ChainedScheduler schedulers=[(torch.SWALR swa_lr=0.1), (torch.SWALR swa_lr=0.2)]",
                   TEMPO_CONFLICT,
                   "torch.SWALR cannot be inside this torch.ChainedScheduler: PyTorch gives two of them the levels of "
                   "the last",
                   "schedules[0].schedulers[1]");
    assert_refused("torch.ChainedScheduler schedulers=[(torch.CyclicLR base_lr=0.1 max_lr=1.0 cycle_momentum=true)]",
                   TEMPO_CONFLICT,
                   "torch.CyclicLR cannot be inside this torch.ChainedScheduler: its cycle_momentum is true, and there "
                   "only lr is driven",
                   "schedules[0].schedulers[0]");
}

static void a_cycle_in_a_chain_ends_the_steps_with_its_own(void **state)
{
    (void)state;
    optimizer o;
    assert_int_equal(construct(&o,
                               "torch.ChainedScheduler schedulers=[(torch.StepLR step_size=3), (torch.OneCycleLR "
                               "max_lr=1.0 total_steps=4)]",
                               1.0),
                     TEMPO_OK);
    for (int i = 0; i < 4; i++)
        step(&o, NULL);
    assert_int_equal(tempo_stepper_step(o.stepper, &o.error), TEMPO_OUT_OF_RANGE);
    tempo_stepper_free(o.stepper);
}

/* --- without a stepper --- */

static void assert_no_plan(const char *text, const char *message, const char *path)
{
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_field lr = {"lr", 1.0, NULL, NULL};
    const tempo_group group = {NULL, &lr, 1, false};
    assert_int_equal(tempo_schedule_parse(&schedule, text, NULL, &error), TEMPO_OK);
    assert_int_equal(tempo_plan_bind(&plan, &unknown, &group, 1, schedule, &with_functions, &error), TEMPO_CONFLICT);
    assert_string_equal(error.message, message);
    assert_string_equal(error.path, path);
    tempo_schedule_free(schedule);
}

static void a_plan_refuses_what_depends_on_every_step_before(void **state)
{
    (void)state;
    assert_no_plan("torch.MultiplicativeLR lr_lambda=fall",
                   "torch.MultiplicativeLR has no closed form: its value comes about step by step", "schedules[0]");
    assert_no_plan("torch.SequentialLR schedulers=[(torch.LinearLR), (torch.MultiplicativeLR lr_lambda=fall)] "
                   "milestones=[3]",
                   "torch.MultiplicativeLR has no closed form, so it cannot be inside torch.SequentialLR",
                   "schedules[0].schedulers[1]");
    assert_no_plan("torch.SequentialLR schedulers=[(torch.LinearLR), (torch.SWALR swa_lr=0.1)] milestones=[3]",
                   "torch.SWALR cannot be inside this torch.SequentialLR: it goes on from what the one before has come "
                   "to, and has no closed form",
                   "schedules[0].schedulers[1]");
    assert_no_plan("torch.ChainedScheduler schedulers=[(torch.LinearLR), (torch.SWALR swa_lr=0.1)]",
                   "torch.SWALR cannot be inside this torch.ChainedScheduler: it takes what the others do for another "
                   "start, and has no closed form",
                   "schedules[0].schedulers[1]");
    assert_no_plan("torch.ChainedScheduler schedulers=[(torch.LinearLR), (torch.LambdaLR lr_lambda=fall)]",
                   "torch.LambdaLR cannot be inside this torch.ChainedScheduler: it overwrites what the others do",
                   "schedules[0].schedulers[1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(construction_takes_the_first_step),
        cmocka_unit_test(roundings_stay_in_the_value),
        cmocka_unit_test(the_minimum_of_a_cosine_is_left_with_the_base),
        cmocka_unit_test(what_is_written_by_hand_is_gone_on_from),
        cmocka_unit_test(a_cosine_forgets_it_after_its_minimum),
        cmocka_unit_test(an_average_takes_it_for_another_start),
        cmocka_unit_test(it_is_lost_on_what_looks_at_the_step_alone),
        cmocka_unit_test(a_cosine_so_long_that_pytorch_divides_by_zero_has_no_next_value),
        cmocka_unit_test(a_value_that_leaves_the_range_of_double_ends_the_steps),
        cmocka_unit_test(a_lambda_computes_and_a_multiplicative_multiplies),
        cmocka_unit_test(a_function_must_be_supplied_and_take_a_step),
        cmocka_unit_test(an_average_ends_at_swa_lr_and_stays_there),
        cmocka_unit_test(several_multiply_one_after_the_other),
        cmocka_unit_test(a_chain_does_the_same),
        cmocka_unit_test(a_chain_loses_what_comes_before_a_scheduler_that_overwrites),
        cmocka_unit_test(a_cosine_with_a_minimum_goes_negative_in_a_chain),
        cmocka_unit_test(a_cycle_that_is_constructed_later_starts_from_the_old_base),
        cmocka_unit_test(a_sequence_starts_each_scheduler_from_its_base),
        cmocka_unit_test(two_types_take_what_the_one_before_has_left),
        cmocka_unit_test(a_cosine_in_a_sequence_keeps_the_base_that_it_has_found),
        cmocka_unit_test(what_pytorch_refuses_inside_others_is_refused_here_too),
        cmocka_unit_test(a_cycle_in_a_chain_ends_the_steps_with_its_own),
        cmocka_unit_test(a_plan_refuses_what_depends_on_every_step_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
