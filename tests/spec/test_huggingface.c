/* The schedules of Hugging Face transformers: values that version 5.24 gives, what is refused, what is warned of, and
 * where Tempo deviates. The last bit over the whole range of the parameters is the golden rows' business. */
#include "support/bound.h"

#include <math.h>

/* --- support --- */

static const tempo_run no_run = {.max_duration = NULL};

/* To the last bit, up to a negative batch. */
static void assert_points(const char *text, double lr, const point *points)
{
    bound_plan b = bind_lr(text, no_run, lr);
    for (; points->batch >= 0; points++)
        if (at(&b, points->batch) != points->value)
            fail_msg("%s at %lld: %.17g, not %.17g", text, (long long)points->batch, at(&b, points->batch),
                     points->value);
    release(&b);
}

static void assert_refused(const char *text, tempo_status status, const char *message, const char *path)
{
    assert_unbound(bind_lr(text, no_run, 0.1), status, message, path);
}

static void assert_finds(const char *text, const char *duration, const char *findings)
{
    bound_plan b = bind_lr(text, (tempo_run){.max_duration = duration}, 1.0);
    assert_int_equal(b.status, TEMPO_OK);
    assert_string_equal(b.findings, findings);
    release(&b);
}

/* All joints, with the -1 that says there are no more. */
static void assert_joints(const char *text, const int64_t *joints)
{
    bound_plan b = bind_lr(text, no_run, 1.0);
    assert_int_equal(b.status, TEMPO_OK);
    int64_t joint = -1;
    do {
        joint = tempo_plan_next_joint(b.plan, 0, joint);
        assert_int_equal(joint, *joints);
    } while (*joints++ >= 0);
    release(&b);
}

#define POINTS(...) ((const point[]){__VA_ARGS__, {-1, 0}})
#define JOINTS(...) ((const int64_t[]){__VA_ARGS__, -1})
#define LENGTHS " num_warmup_steps=4 num_training_steps=10 "

/* --- values --- */

static void each_type_gives_the_value_of_transformers(void **state)
{
    (void)state;
    assert_points("hf.get_constant_schedule", 0.3, POINTS({0, 0.3}, {7, 0.3}));
    assert_points("hf.get_constant_schedule_with_warmup num_warmup_steps=3", 0.3,
                  POINTS({0, 0.0}, {1, 0.09999999999999999}, {2, 0.19999999999999998}, {3, 0.3}, {9, 0.3}));
    assert_points("hf.get_linear_schedule_with_warmup" LENGTHS, 0.3,
                  POINTS({0, 0.0}, {1, 0.075}, {3, 0.22499999999999998}, {4, 0.3}, {5, 0.25}, {9, 0.049999999999999996},
                         {10, 0.0}, {11, 0.0}));
    assert_points("hf.get_cosine_schedule_with_warmup" LENGTHS, 0.3,
                  POINTS({0, 0.0}, {3, 0.22499999999999998}, {4, 0.3}, {5, 0.27990381056766583},
                         {9, 0.020096189432334193}, {10, 0.0}));
    assert_points("hf.get_cosine_with_hard_restarts_schedule_with_warmup" LENGTHS "num_cycles=2", 0.3,
                  POINTS({3, 0.22499999999999998}, {4, 0.3}, {6, 0.07500000000000002}, {7, 0.3},
                         {9, 0.07499999999999997}, {10, 0.0}, {11, 0.0}));
    assert_points("hf.get_polynomial_decay_schedule_with_warmup" LENGTHS "lr_end=0.01 power=2.0", 0.3,
                  POINTS({0, 0.0}, {3, 0.22499999999999998}, {4, 0.3}, {6, 0.13888888888888892},
                         {9, 0.018055555555555554}, {10, 0.01}, {11, 0.01}));
    assert_points(
        "hf.get_inverse_sqrt_schedule num_warmup_steps=4 timescale=3", 0.3,
        POINTS({0, 0.0}, {3, 0.22499999999999998}, {4, 0.3}, {5, 0.2598076211353316}, {100, 0.05222329678670935}));
    assert_points("hf.get_cosine_with_min_lr_schedule_with_warmup" LENGTHS "min_lr=0.02", 0.3,
                  POINTS({0, 0.0}, {3, 0.22499999999999998}, {4, 0.3}, {6, 0.22999999999999998},
                         {9, 0.03875644347017858}, {10, 0.02}));
    assert_points("hf.get_cosine_with_min_lr_schedule_with_warmup" LENGTHS "min_lr_rate=0.1", 0.3,
                  POINTS({0, 0.0}, {3, 0.22499999999999998}, {4, 0.3}, {6, 0.23249999999999998},
                         {9, 0.048086570489100776}, {10, 0.03}));
}

static void the_defaults_are_those_of_transformers(void **state)
{
    (void)state;
    assert_points("hf.get_polynomial_decay_schedule_with_warmup" LENGTHS, 0.3,
                  POINTS({5, 0.25000001666666666}, {10, 1.0000000000000001e-07}, {11, 1.0000000000000001e-07}));
    assert_points("hf.get_cosine_with_hard_restarts_schedule_with_warmup" LENGTHS, 0.3,
                  POINTS({5, 0.27990381056766583}, {9, 0.020096189432334193}));
    assert_points("hf.get_inverse_sqrt_schedule num_warmup_steps=4", 0.3, POINTS({4, 0.3}, {16, 0.15}));
    assert_points("hf.get_inverse_sqrt_schedule num_warmup_steps=0", 0.3,
                  POINTS({0, 0.3}, {10000, 0.21213203435596423}, {40000, 0.13416407864998736}));
    assert_points("hf.get_wsd_schedule num_warmup_steps=4 num_decay_steps=3 num_stable_steps=3", 0.3,
                  POINTS({0, 0.0}, {8, 0.22499999999999998}, {10, 0.0}));
}

static void a_stepper_gives_the_same_values_since_a_lambda_looks_at_the_step_alone(void **state)
{
    (void)state;
    double lr = 0.3;
    tempo_schedule *schedule = NULL;
    tempo_stepper *stepper = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_field field = {.name = "lr", .base = 0.3, .as_double = &lr};
    const tempo_group group = {.fields = &field, .field_count = 1};
    assert_int_equal(tempo_schedule_parse(&schedule, "hf.get_linear_schedule_with_warmup" LENGTHS, NULL, &error),
                     TEMPO_OK);
    assert_int_equal(tempo_stepper_new(&stepper, &no_run, &group, 1, schedule, NULL, &error), TEMPO_OK);
    for (int step = 0; step < 9; step++)
        assert_int_equal(tempo_stepper_step(stepper, &error), TEMPO_OK);
    assert_true(lr == 0.049999999999999996);
    tempo_stepper_free(stepper);
    tempo_schedule_free(schedule);
}

static void a_cosine_is_not_held_at_its_end_and_its_cycles_are_waves(void **state)
{
    (void)state;
    assert_points("hf.get_cosine_schedule_with_warmup num_warmup_steps=0 num_training_steps=4", 1.0,
                  POINTS({4, 0.0}, {6, 0.4999999999999999}, {8, 1.0}));
    assert_points("hf.get_cosine_schedule_with_warmup num_warmup_steps=0 num_training_steps=6 num_cycles=1.5", 1.0,
                  POINTS({0, 1.0}, {2, 0.0}, {4, 1.0}, {6, 0.0}));
}

static void with_a_warmup_rate_the_cosine_is_one_step_ahead(void **state)
{
    (void)state;
    assert_points(
        "hf.get_cosine_with_min_lr_schedule_with_warmup_lr_rate" LENGTHS "min_lr=0.02", 0.3,
        POINTS({0, 0.075}, {3, 0.3}, {4, 0.2812435565298214}, {6, 0.16}, {9, 0.02}, {10, 0.0387564434701786}));
    assert_points("hf.get_cosine_with_min_lr_schedule_with_warmup_lr_rate" LENGTHS "min_lr_rate=0.1 warmup_lr_rate=0.2",
                  0.3, POINTS({0, 0.06}, {2, 0.22}, {3, 0.30000000000000004}, {4, 0.2819134295108992}, {9, 0.03}));
}

static void a_floor_below_0_holds_the_value_at_0(void **state)
{
    (void)state;
    assert_points("hf.get_cosine_with_min_lr_schedule_with_warmup num_warmup_steps=0 num_training_steps=4 "
                  "min_lr_rate=-0.5",
                  1.0, POINTS({2, 0.25}, {3, 0.0}, {4, 0.0}));
}

static void wsd_has_three_shapes_for_each_end_and_starts_at_its_minimum(void **state)
{
    (void)state;
    assert_points("hf.get_wsd_schedule num_warmup_steps=4 num_decay_steps=3 num_training_steps=10 min_lr_ratio=0.1",
                  0.3,
                  POINTS({0, 0.03}, {2, 0.165}, {4, 0.3}, {7, 0.3}, {8, 0.23249999999999998}, {9, 0.09750000000000003},
                         {10, 0.03}, {11, 0.03}));
    assert_points("hf.get_wsd_schedule num_warmup_steps=4 num_decay_steps=3 num_stable_steps=2 warmup_type=cosine "
                  "decay_type=linear",
                  0.3,
                  POINTS({0, 0.0}, {1, 0.04393398282201786}, {3, 0.2560660171779821}, {4, 0.3}, {6, 0.3}, {7, 0.2},
                         {8, 0.1}, {9, 0.0}));
    assert_points("hf.get_wsd_schedule num_warmup_steps=4 num_decay_steps=3 num_stable_steps=2 warmup_type=1-sqrt "
                  "decay_type=1-sqrt",
                  0.3,
                  POINTS({0, 0.0}, {1, 0.04019237886466842}, {3, 0.15}, {4, 0.3}, {6, 0.3}, {7, 0.1267949192431123},
                         {8, 0.05505102572168219}, {9, 0.0}));
}

static void num_stable_steps_counts_where_both_lengths_of_wsd_are_given(void **state)
{
    (void)state;
    assert_points("hf.get_wsd_schedule num_warmup_steps=2 num_decay_steps=2 num_training_steps=8 num_stable_steps=1 "
                  "decay_type=linear",
                  1.0, POINTS({2, 1.0}, {3, 1.0}, {4, 0.5}, {5, 0.0}));
}

static void a_warmup_and_a_decay_that_are_too_long_for_the_training_leave_the_end_of_the_decay(void **state)
{
    (void)state;
    assert_points("hf.get_wsd_schedule num_warmup_steps=4 num_decay_steps=6 num_training_steps=8 decay_type=linear",
                  1.0, POINTS({3, 0.75}, {4, 0.6666666666666667}, {5, 0.5}, {7, 0.16666666666666663}, {8, 0.0}));
    assert_points("hf.get_linear_schedule_with_warmup num_warmup_steps=6 num_training_steps=4", 1.0,
                  POINTS({5, 0.8333333333333334}, {6, 0.0}));
}

static void a_number_of_steps_may_have_a_fraction(void **state)
{
    (void)state;
    assert_points("hf.get_linear_schedule_with_warmup num_warmup_steps=2.5 num_training_steps=7", 1.0,
                  POINTS({1, 0.4}, {2, 0.8}, {3, 0.8888888888888888}, {6, 0.2222222222222222}, {7, 0.0}));
    assert_points("hf.get_linear_schedule_with_warmup num_warmup_steps=0.5 num_training_steps=7.25", 1.0,
                  POINTS({0, 0.0}, {1, 0.9259259259259259}, {7, 0.037037037037037035}, {8, 0.0}));
}

static void steps_are_updates_unless_every_says_otherwise(void **state)
{
    (void)state;
    assert_points("hf.get_constant_schedule_with_warmup num_warmup_steps=4 every=2ba", 1.0,
                  POINTS({0, 0.0}, {1, 0.0}, {2, 0.25}, {3, 0.25}, {8, 1.0}));
}

/* --- the initial learning rate --- */

static void lr_init_is_what_the_optimizer_has_as_its_default(void **state)
{
    (void)state;
    assert_points("hf.get_polynomial_decay_schedule_with_warmup num_warmup_steps=0 num_training_steps=4 lr_end=0.05 "
                  "lr_init=0.2",
                  0.4, POINTS({0, 0.4}, {2, 0.25}, {4, 0.1}, {5, 0.1}));
    assert_points("hf.get_cosine_with_min_lr_schedule_with_warmup num_warmup_steps=0 num_training_steps=4 min_lr=0.05 "
                  "lr_init=0.2",
                  0.4, POINTS({0, 0.4}, {2, 0.25}, {4, 0.1}));
}

/* Binds for a group with each of the bases; both are in the plan's order. */
static bound_plan bind_two(const char *text, double first, double second)
{
    bound_plan b = {.error = TEMPO_ERROR_INIT};
    tempo_field fields[] = {{.name = "lr", .base = first}, {.name = "lr", .base = second}};
    const tempo_group groups[] = {{.name = "a", .fields = &fields[0], .field_count = 1},
                                  {.name = "b", .fields = &fields[1], .field_count = 1}};
    b.status = tempo_schedule_parse(&b.schedule, text, NULL, &b.error);
    if (!b.status)
        b.status = tempo_plan_bind(&b.plan, &no_run, groups, 2, b.schedule, NULL, &b.error);
    return b;
}

static void assert_both(const char *text, double first, double second, int64_t batch, double expected)
{
    bound_plan b = bind_two(text, first, second);
    tempo_timestamp now;
    assert_int_equal(b.status, TEMPO_OK);
    assert_int_equal(tempo_plan_timestamp(b.plan, batch, &now, NULL), TEMPO_OK);
    assert_true(tempo_plan_value(b.plan, 0, &now) == expected);
    assert_true(tempo_plan_value(b.plan, 1, &now) == expected);
    release(&b);
}

static void without_lr_init_each_group_ends_at_the_value_that_is_given(void **state)
{
    (void)state;
    assert_both("hf.get_polynomial_decay_schedule_with_warmup num_warmup_steps=0 num_training_steps=4 lr_end=0.05", 0.4,
                0.2, 4, 0.05);
    assert_both("hf.get_cosine_with_min_lr_schedule_with_warmup num_warmup_steps=0 num_training_steps=4 min_lr=0.05",
                0.4, 0.2, 4, 0.05);
}

static void a_base_of_0_stays_0(void **state)
{
    (void)state;
    assert_points("hf.get_cosine_with_min_lr_schedule_with_warmup" LENGTHS "min_lr=0.02", 0.0,
                  POINTS({0, 0.0}, {4, 0.0}, {10, 0.0}));
    assert_points("hf.get_polynomial_decay_schedule_with_warmup" LENGTHS "lr_end=-0.1", 0.0,
                  POINTS({0, 0.0}, {4, 0.0}, {11, 0.0}));
}

static void lr_end_must_be_below_the_least_base(void **state)
{
    (void)state;
    bound_plan b = bind_two("hf.get_polynomial_decay_schedule_with_warmup" LENGTHS "lr_end=0.05", 0.4, 0.05);
    assert_unbound(b, TEMPO_CONFLICT, "lr_end is 0.05, but must be below every base, which is 0.05",
                   "schedules[0].lr_end");
    assert_refused("hf.get_polynomial_decay_schedule_with_warmup" LENGTHS "lr_end=0.05 lr_init=0.02", TEMPO_CONFLICT,
                   "lr_end is 0.05, but must be below lr_init, which is 0.02", "schedules[0].lr_end");
}

/* --- what is refused, what is warned of --- */

static void what_transformers_refuses_or_divides_by_is_refused(void **state)
{
    (void)state;
    assert_refused("hf.get_polynomial_decay_schedule_with_warmup num_warmup_steps=5 num_training_steps=5",
                   TEMPO_ZERO_DURATION,
                   "num_training_steps is num_warmup_steps, and the schedule divides by what is between",
                   "schedules[0].num_training_steps");
    assert_refused("hf.get_polynomial_decay_schedule_with_warmup" LENGTHS "power=-1.0", TEMPO_BAD_VALUE,
                   "power is -1.0, but must be >= 0", "schedules[0].power");
    assert_refused("hf.get_inverse_sqrt_schedule num_warmup_steps=5 timescale=0", TEMPO_BAD_VALUE,
                   "timescale is 0, but must be > 0 and <= 1000000000000000", "schedules[0].timescale");
    assert_refused("hf.get_cosine_with_min_lr_schedule_with_warmup" LENGTHS, TEMPO_MISSING,
                   "neither min_lr nor min_lr_rate is given", "schedules[0].min_lr");
    assert_refused("hf.get_cosine_with_min_lr_schedule_with_warmup_lr_rate" LENGTHS "min_lr=0.01 min_lr_rate=0.1",
                   TEMPO_CONFLICT, "min_lr_rate is given, and min_lr too", "schedules[0].min_lr_rate");
    assert_refused("hf.get_wsd_schedule num_warmup_steps=5 num_decay_steps=5", TEMPO_MISSING,
                   "neither num_training_steps nor num_stable_steps is given", "schedules[0].num_training_steps");
    assert_refused("hf.get_wsd_schedule num_warmup_steps=5 num_decay_steps=5 num_stable_steps=5 decay_type=sqrt",
                   TEMPO_BAD_VALUE, "decay_type is 'sqrt', but must be one of linear|cosine|1-sqrt",
                   "schedules[0].decay_type");
}

static void lengths_and_cycles_below_0_are_refused(void **state)
{
    (void)state;
    assert_refused("hf.get_constant_schedule_with_warmup num_warmup_steps=-1", TEMPO_BAD_VALUE,
                   "num_warmup_steps is -1, but must be >= 0 and <= 1000000000000000", "schedules[0].num_warmup_steps");
    assert_refused("hf.get_cosine_with_hard_restarts_schedule_with_warmup" LENGTHS "num_cycles=-1", TEMPO_BAD_VALUE,
                   "num_cycles is -1, but must be >= 0", "schedules[0].num_cycles");
}

static void no_type_can_be_stretched(void **state)
{
    (void)state;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        if (strncmp(tempo_type_name(type), "hf.", 3) != 0)
            continue;
        bound_plan b = bind_lr(tempo_type_example(type), (tempo_run){.scale_schedule_ratio = 2.0}, 1.0);
        assert_int_equal(b.status, TEMPO_CONFLICT);
        assert_string_equal(b.error.path, "run.scale_schedule_ratio");
        release(&b);
    }
}

static void a_warmup_that_the_run_does_not_get_through_is_found(void **state)
{
    (void)state;
    assert_finds("hf.get_inverse_sqrt_schedule num_warmup_steps=20", "20ba",
                 "schedules[0].num_warmup_steps beyond-end: num_warmup_steps ends at 20ba, which is not before the end "
                 "of the run\n");
    assert_finds("hf.get_inverse_sqrt_schedule num_warmup_steps=20", "21ba", "");
}

static void a_run_that_goes_on_after_num_training_steps_is_found(void **state)
{
    (void)state;
    assert_finds("hf.get_linear_schedule_with_warmup" LENGTHS, "20ba",
                 "schedules[0].num_training_steps ends-at-zero: the value is 0 from 10ba on, and the run goes on to "
                 "20ba\n");
    assert_finds("hf.get_linear_schedule_with_warmup" LENGTHS, "10ba", "");
    assert_finds("hf.get_cosine_schedule_with_warmup" LENGTHS, "20ba",
                 "schedules[0].num_training_steps climbs-again: the value climbs again from 11ba on, and the run goes "
                 "on to 20ba\n");
    assert_finds("hf.get_cosine_schedule_with_warmup" LENGTHS, "11ba", "");
    assert_finds("hf.get_cosine_schedule_with_warmup" LENGTHS "num_cycles=2", "20ba", "");
}

/* --- the whole of time --- */

static void the_end_of_time_has_a_value(void **state)
{
    (void)state;
    const tempo_timestamp last = {.batch = INT64_MAX};
    static const char *const texts[] = {
        "hf.get_linear_schedule_with_warmup num_warmup_steps=1e15 num_training_steps=0",
        "hf.get_cosine_schedule_with_warmup num_warmup_steps=0 num_training_steps=1 num_cycles=1e308",
        "hf.get_cosine_with_hard_restarts_schedule_with_warmup num_warmup_steps=0 num_training_steps=1e15 "
        "num_cycles=1e308",
        "hf.get_polynomial_decay_schedule_with_warmup num_warmup_steps=0 num_training_steps=1 lr_end=-1e308 "
        "lr_init=1e-308",
        "hf.get_inverse_sqrt_schedule num_warmup_steps=0 timescale=1000000000000000",
        "hf.get_inverse_sqrt_schedule num_warmup_steps=1e15 timescale=1e-300",
        "hf.get_cosine_with_min_lr_schedule_with_warmup" LENGTHS "min_lr=1e308 lr_init=1e-308",
        "hf.get_cosine_with_min_lr_schedule_with_warmup_lr_rate" LENGTHS "min_lr_rate=1e308 warmup_lr_rate=-1e308",
        "hf.get_wsd_schedule num_warmup_steps=1e15 num_decay_steps=1e15 num_training_steps=0 min_lr_ratio=1e308",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bound_plan b = bind_lr(texts[i], no_run, 1e308);
        if (b.status)
            fail_msg("%s: %s", texts[i], b.error.message);
        assert_true(isfinite(tempo_plan_value(b.plan, 0, &last)));
        for (int64_t batch = 0; batch < 20; batch++)
            assert_true(isfinite(at(&b, batch)));
        release(&b);
    }
}

static void the_joints_are_where_the_phases_meet(void **state)
{
    (void)state;
    assert_joints("hf.get_constant_schedule", JOINTS(-1));
    assert_joints("hf.get_constant_schedule_with_warmup num_warmup_steps=2.5", JOINTS(3));
    assert_joints("hf.get_linear_schedule_with_warmup" LENGTHS, JOINTS(4, 10));
    assert_joints("hf.get_cosine_schedule_with_warmup" LENGTHS, JOINTS(4));
    assert_joints("hf.get_polynomial_decay_schedule_with_warmup" LENGTHS, JOINTS(4, 10));
    assert_joints("hf.get_wsd_schedule num_warmup_steps=4 num_decay_steps=3 num_training_steps=10", JOINTS(4, 7, 10));
}

static void every_hard_restart_is_a_joint(void **state)
{
    (void)state;
    assert_joints("hf.get_cosine_with_hard_restarts_schedule_with_warmup num_warmup_steps=10 num_training_steps=110 "
                  "num_cycles=4",
                  JOINTS(10, 35, 60, 85, 110));
    assert_joints("hf.get_cosine_with_hard_restarts_schedule_with_warmup num_warmup_steps=0 num_training_steps=10 "
                  "num_cycles=3",
                  JOINTS(4, 7, 10));
    assert_joints("hf.get_cosine_with_hard_restarts_schedule_with_warmup num_warmup_steps=1 num_training_steps=4 "
                  "num_cycles=1000",
                  JOINTS(1, 2, 3, 4));
    /* Cycles so long that their length is no finite number, in a training that ends within its warmup. */
    assert_joints("hf.get_cosine_with_hard_restarts_schedule_with_warmup num_warmup_steps=10 num_training_steps=5 "
                  "num_cycles=1e-310",
                  JOINTS(10, 11));
    assert_joints("hf.get_cosine_with_hard_restarts_schedule_with_warmup num_warmup_steps=4 num_training_steps=10 "
                  "num_cycles=0",
                  JOINTS(4, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_gives_the_value_of_transformers),
        cmocka_unit_test(the_defaults_are_those_of_transformers),
        cmocka_unit_test(a_stepper_gives_the_same_values_since_a_lambda_looks_at_the_step_alone),
        cmocka_unit_test(a_cosine_is_not_held_at_its_end_and_its_cycles_are_waves),
        cmocka_unit_test(with_a_warmup_rate_the_cosine_is_one_step_ahead),
        cmocka_unit_test(a_floor_below_0_holds_the_value_at_0),
        cmocka_unit_test(wsd_has_three_shapes_for_each_end_and_starts_at_its_minimum),
        cmocka_unit_test(num_stable_steps_counts_where_both_lengths_of_wsd_are_given),
        cmocka_unit_test(a_warmup_and_a_decay_that_are_too_long_for_the_training_leave_the_end_of_the_decay),
        cmocka_unit_test(a_number_of_steps_may_have_a_fraction),
        cmocka_unit_test(steps_are_updates_unless_every_says_otherwise),
        cmocka_unit_test(lr_init_is_what_the_optimizer_has_as_its_default),
        cmocka_unit_test(without_lr_init_each_group_ends_at_the_value_that_is_given),
        cmocka_unit_test(a_base_of_0_stays_0),
        cmocka_unit_test(lr_end_must_be_below_the_least_base),
        cmocka_unit_test(what_transformers_refuses_or_divides_by_is_refused),
        cmocka_unit_test(lengths_and_cycles_below_0_are_refused),
        cmocka_unit_test(no_type_can_be_stretched),
        cmocka_unit_test(a_warmup_that_the_run_does_not_get_through_is_found),
        cmocka_unit_test(a_run_that_goes_on_after_num_training_steps_is_found),
        cmocka_unit_test(the_end_of_time_has_a_value),
        cmocka_unit_test(the_joints_are_where_the_phases_meet),
        cmocka_unit_test(every_hard_restart_is_a_joint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
