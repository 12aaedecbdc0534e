/* CyclicLR and OneCycleLR cycle the momentum along with the lr; and CyclicLR's height may be a function's. Values of
 * PyTorch 2.13, most of them from its own tests. */
#include "support/spec.h"

#include <math.h>

#include "support/functions.h"

/* --- support --- */

static const tempo_run every_batch = {.step_schedulers_every_batch = true};

/* One group with an lr of 1 and other fields. */
typedef struct optimizer {
    tempo_field fields[3];
    tempo_plan *plan;
    tempo_status status;
    tempo_error error;
} optimizer;

static optimizer bind(const char *text, const char *second, const char *third)
{
    optimizer o = {{{"lr", 1.0, NULL, NULL}, {second, 0.5, NULL, NULL}, {third, 0.5, NULL, NULL}},
                   NULL,
                   TEMPO_OK,
                   TEMPO_ERROR_INIT};
    const tempo_group group = {NULL, o.fields, (size_t)1 + (second != NULL) + (third != NULL), false};
    const tempo_bind_options options = {.functions = golden_functions, .function_count = GOLDEN_FUNCTION_COUNT};
    tempo_schedule *schedule = NULL;
    o.status = tempo_schedule_parse(&schedule, text, NULL, &o.error);
    if (!o.status)
        o.status = tempo_plan_bind(&o.plan, &every_batch, &group, 1, schedule, &options, &o.error);
    tempo_schedule_free(schedule);
    return o;
}

/* The values of a field at step 0, 1, 2, ... to the last bit, up to a NAN. */
static void assert_field(const optimizer *o, const char *field, const double *values)
{
    if (o->status)
        fail_msg("%s", o->error.message);
    size_t track = 0;
    while (track < tempo_plan_track_count(o->plan) && strcmp(tempo_plan_track(o->plan, track)->field, field) != 0)
        track++;
    assert_true(track < tempo_plan_track_count(o->plan));
    for (int64_t step = 0; !isnan(values[step]); step++) {
        tempo_timestamp now;
        assert_int_equal(tempo_plan_timestamp(o->plan, step, &now, NULL), TEMPO_OK);
        const double value = tempo_plan_value(o->plan, track, &now);
        if (value != values[step])
            fail_msg("%s at step %lld: %.17g, not %.17g", field, (long long)step, value, values[step]);
    }
}

#define VALUES(...) ((const double[]){__VA_ARGS__, (double)NAN})

static void release(optimizer *o)
{
    tempo_plan_free(o->plan);
}

#define CYCLE "torch.CyclicLR base_lr=1.0 max_lr=5.0 base_momentum=1.0 max_momentum=5.0 "

/* --- the momentum --- */

static void the_momentum_falls_as_the_lr_rises(void **state)
{
    (void)state;
    optimizer o = bind(CYCLE "step_size_up=4", "momentum", NULL);
    assert_field(&o, "lr", VALUES(1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 3.0, 2.0, 1.0, 2.0));
    assert_field(&o, "momentum", VALUES(5.0, 4.0, 3.0, 2.0, 1.0, 2.0, 3.0, 4.0, 5.0, 4.0));
    release(&o);
    o = bind("torch.OneCycleLR max_lr=25.0 total_steps=10 final_div_factor=2.0 base_momentum=1.0 max_momentum=22.0 "
             "anneal_strategy=linear",
             "momentum", NULL);
    assert_field(&o, "lr", VALUES(1.0, 13.0, 25.0, 21.5, 18.0, 14.5, 11.0, 7.5, 4.0, 0.5));
    assert_field(&o, "momentum", VALUES(22.0, 11.5, 1.0, 4.0, 7.0, 10.0, 13.0, 16.0, 19.0, 22.0));
    release(&o);
}

static void it_is_scaled_as_the_lr_is(void **state)
{
    (void)state;
    optimizer o = bind(CYCLE "step_size_up=2 mode=triangular2", "momentum", NULL);
    assert_field(&o, "momentum", VALUES(5.0, 3.0, 1.0, 3.0, 5.0, 4.0, 3.0, 4.0, 5.0, 4.5));
    release(&o);
    o = bind(CYCLE "step_size_up=2 mode=exp_range gamma=0.5", "momentum", NULL);
    assert_field(&o, "momentum", VALUES(5.0, 4.0, 4.0, 4.75, 5.0, 4.9375));
    release(&o);
}

static void a_third_phase_leaves_it_at_its_maximum(void **state)
{
    (void)state;
    optimizer o = bind("torch.OneCycleLR max_lr=25.0 total_steps=10 pct_start=0.4 final_div_factor=2.0 "
                       "base_momentum=1.0 max_momentum=22.0 anneal_strategy=linear three_phase=true",
                       "momentum", NULL);
    assert_field(&o, "momentum", VALUES(22.0, 15.0, 8.0, 1.0, 8.0, 15.0, 22.0, 22.0, 22.0, 22.0));
    release(&o);
}

static void adam_has_it_as_beta1(void **state)
{
    (void)state;
    optimizer o = bind("torch.OneCycleLR max_lr=25.0 total_steps=10 final_div_factor=2.0 base_momentum=1.0 "
                       "max_momentum=22.0",
                       "betas[0]", "betas[1]");
    assert_int_equal(tempo_plan_track_count(o.plan), 2);
    assert_field(&o, "betas[0]",
                 VALUES(22.0, 11.5, 1.0, 2.0398268870245992, 4.953357080483297, 9.1635301934587, 13.8364698065413,
                        18.046642919516703, 20.9601731129754, 22.0));
    release(&o);
}

static void the_defaults_are_pytorchs(void **state)
{
    (void)state;
    optimizer o = bind("torch.CyclicLR base_lr=0.1 max_lr=1.0 step_size_up=2", "momentum", NULL);
    assert_field(&o, "momentum", VALUES(0.9, 0.8500000000000001, 0.8));
    release(&o);
    o = bind("torch.OneCycleLR max_lr=0.1 total_steps=6", "momentum", NULL);
    assert_field(&o, "momentum",
                 VALUES(0.95, 0.8505584586887436, 0.8688255099070633, 0.9037365046793212, 0.9366525935914912, 0.95));
    release(&o);
}

static void it_is_left_alone_if_that_is_asked_for(void **state)
{
    (void)state;
    optimizer o = bind(CYCLE "cycle_momentum=false", "momentum", NULL);
    assert_int_equal(o.status, TEMPO_OK);
    assert_int_equal(tempo_plan_track_count(o.plan), 1);
    release(&o);
}

/* PyTorch raises ValueError here even for the default, which would make every document say it. */
static void without_a_momentum_only_what_is_written_down_is_an_error(void **state)
{
    (void)state;
    optimizer o = bind(CYCLE, NULL, NULL);
    assert_int_equal(o.status, TEMPO_OK);
    release(&o);
    o = bind(CYCLE "cycle_momentum=true", "weight_decay", NULL);
    assert_int_equal(o.status, TEMPO_UNKNOWN_NAME);
    assert_string_equal(o.error.path, "schedules[0].cycle_momentum");
    release(&o);
}

static void another_schedule_may_only_come_after_it(void **state)
{
    (void)state;
    optimizer o = bind("torch.ConstantLR factor=0.5 field=momentum * " CYCLE, "momentum", NULL);
    assert_int_equal(o.status, TEMPO_CONFLICT);
    release(&o);
    o = bind(CYCLE "* torch.ConstantLR factor=0.5 field=momentum", "momentum", NULL);
    assert_field(&o, "momentum", VALUES(2.5));
    release(&o);
}

static void a_stepper_writes_both(void **state)
{
    (void)state;
    double lr = 0, momentum = 0;
    tempo_field fields[] = {{"lr", 1.0, NULL, &lr}, {"momentum", 0.5, NULL, &momentum}};
    const tempo_group group = {NULL, fields, 2, false};
    tempo_schedule *schedule = NULL;
    tempo_stepper *stepper = NULL;
    assert_int_equal(tempo_schedule_parse(&schedule, CYCLE "step_size_up=4", NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_stepper_new(&stepper, &every_batch, &group, 1, schedule, NULL, NULL), TEMPO_OK);
    assert_true(lr == 1.0 && momentum == 5.0);
    assert_int_equal(tempo_stepper_step(stepper, NULL), TEMPO_OK);
    assert_true(lr == 2.0 && momentum == 4.0);
    tempo_stepper_free(stepper);
    tempo_schedule_free(schedule);
}

/* --- the height as a function --- */

#define CUSTOM "torch.CyclicLR base_lr=0.0 max_lr=1.0 step_size_up=2 scale_fn=fall "

static void a_function_is_given_the_cycle_or_the_step(void **state)
{
    (void)state;
    optimizer o = bind(CUSTOM, NULL, NULL);
    assert_field(&o, "lr",
                 VALUES(0.0, 0.25, 0.5, 0.25, 0.0, 0.16666666666666666, 0.3333333333333333, 0.16666666666666666));
    release(&o);
    o = bind(CUSTOM "scale_mode=iterations", NULL, NULL);
    assert_field(&o, "lr",
                 VALUES(0.0, 0.25, 0.3333333333333333, 0.125, 0.0, 0.08333333333333333, 0.14285714285714285, 0.0625));
    release(&o);
}

static void it_replaces_the_mode(void **state)
{
    (void)state;
    optimizer o = bind(CUSTOM "mode=exp_range gamma=0.5", NULL, NULL);
    assert_field(&o, "lr", VALUES(0.0, 0.25, 0.5, 0.25));
    release(&o);
}

static void it_must_be_supplied(void **state)
{
    (void)state;
    optimizer o = bind("torch.CyclicLR base_lr=0.0 max_lr=1.0 scale_fn=rise", NULL, NULL);
    assert_int_equal(o.status, TEMPO_UNKNOWN_NAME);
    assert_string_equal(o.error.message, "there is no function 'rise'");
    assert_string_equal(o.error.path, "schedules[0].scale_fn");
    release(&o);
}

static void it_is_called_at_the_last_step_too(void **state)
{
    (void)state;
    optimizer o = bind(CUSTOM, NULL, NULL);
    const tempo_timestamp last = {.batch = INT64_MAX};
    assert_true(isfinite(tempo_plan_value(o.plan, 0, &last)));
    release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_momentum_falls_as_the_lr_rises),
        cmocka_unit_test(it_is_scaled_as_the_lr_is),
        cmocka_unit_test(a_third_phase_leaves_it_at_its_maximum),
        cmocka_unit_test(adam_has_it_as_beta1),
        cmocka_unit_test(the_defaults_are_pytorchs),
        cmocka_unit_test(it_is_left_alone_if_that_is_asked_for),
        cmocka_unit_test(without_a_momentum_only_what_is_written_down_is_an_error),
        cmocka_unit_test(another_schedule_may_only_come_after_it),
        cmocka_unit_test(a_stepper_writes_both),
        cmocka_unit_test(a_function_is_given_the_cycle_or_the_step),
        cmocka_unit_test(it_replaces_the_mode),
        cmocka_unit_test(it_must_be_supplied),
        cmocka_unit_test(it_is_called_at_the_last_step_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
