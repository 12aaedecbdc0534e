/* A schedule that follows another field: the decoupled weight decay of Composer. Values of DecoupledSGDW and
 * DecoupledAdamW, to the last bit; over the whole range of schedules they are the golden rows' business. */
#include "support/spec.h"

#include <math.h>

/* --- support --- */

#define DECAY "composer.decoupled_weight_decay field=weight_decay"
#define FALL "composer.LinearScheduler alpha_f=0.1"

enum { LR, WEIGHT_DECAY, MOMENTUM, FIELD_COUNT };

/* Bases, and what a stepper writes. */
typedef struct optimizer {
    double numbers[FIELD_COUNT];
    tempo_field fields[FIELD_COUNT];
    tempo_group group;
} optimizer;

static void set_up(optimizer *o, const char *name, double lr, double weight_decay)
{
    *o = (optimizer){.fields = {{"lr", lr, NULL, &o->numbers[LR]},
                                {"weight_decay", weight_decay, NULL, &o->numbers[WEIGHT_DECAY]},
                                {"momentum", 0.8, NULL, &o->numbers[MOMENTUM]}}};
    o->group = (tempo_group){name, o->fields, FIELD_COUNT, false};
}

static const tempo_run run = {.max_duration = "7ba", .step_schedulers_every_batch = true};

static tempo_status bind(tempo_plan **plan, const char *text, const tempo_group *groups, size_t count,
                         const tempo_bind_options *options, tempo_error *error)
{
    tempo_schedule *schedule = NULL;
    *plan = NULL;
    tempo_status status = tempo_schedule_parse(&schedule, text, NULL, error);
    if (!status)
        status = tempo_plan_bind(plan, &run, groups, count, schedule, options, error);
    tempo_schedule_free(schedule);
    return status;
}

static tempo_plan *bind_well(const char *text, const optimizer *o, const tempo_bind_options *options)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    if (bind(&plan, text, &o->group, 1, options, &error))
        fail_msg("%s: %s", text, error.message);
    return plan;
}

/* The track of a field of a group. */
static size_t track_of(const tempo_plan *plan, size_t group, const char *field)
{
    size_t track = 0;
    while (tempo_plan_track(plan, track)->group_index != group ||
           strcmp(tempo_plan_track(plan, track)->field, field) != 0)
        track++;
    return track;
}

static void assert_decays(const tempo_plan *plan, size_t group, const double *expected, size_t count)
{
    const size_t track = track_of(plan, group, "weight_decay");
    for (size_t b = 0; b < count; b++) {
        double value = 0;
        assert_int_equal(tempo_plan_values(plan, track, (int64_t)b, 1, &value, NULL), TEMPO_OK);
        if (value != expected[b])
            fail_msg("at %zuba: %.17g, not %.17g", b, value, expected[b]);
    }
}

#define ASSERT_DECAYS(plan, group, ...) \
    assert_decays(plan, group, (const double[]){__VA_ARGS__}, sizeof(const double[]){__VA_ARGS__} / sizeof(double))

/* --- plans --- */

static void the_decay_is_in_proportion_to_the_learning_rate(void **state)
{
    (void)state;
    static const char *const texts[] = {FALL " * " DECAY, DECAY " follows=lr * " FALL};
    optimizer o;
    set_up(&o, NULL, 0.3, 1e-4);
    for (int i = 0; i < 2; i++) {
        tempo_plan *plan = bind_well(texts[i], &o, NULL);
        ASSERT_DECAYS(plan, 0, 0.0001, 8.714285714285714e-05, 7.428571428571429e-05, 6.142857142857143e-05,
                      4.8571428571428576e-05, 3.571428571428571e-05, 2.2857142857142865e-05, 9.999999999999997e-06,
                      9.999999999999997e-06);
        tempo_plan_free(plan);
    }
}

static void where_the_base_lr_is_0_the_decay_stays(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, NULL, 0.0, 1e-4);
    tempo_plan *plan = bind_well(FALL " * " DECAY, &o, NULL);
    ASSERT_DECAYS(plan, 0, 1e-4, 1e-4, 1e-4);
    tempo_plan_free(plan);
}

static void a_factor_that_overflows_stays_finite(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, NULL, 1e-300, 0.0);
    tempo_plan *plan = bind_well("optax.constant_schedule value=1e300 * " DECAY, &o, NULL);
    ASSERT_DECAYS(plan, 0, 0.0);
    tempo_plan_free(plan);
}

static void each_group_follows_its_own_learning_rate(void **state)
{
    (void)state;
    optimizer first, second;
    set_up(&first, "first", 0.5, 0.25);
    set_up(&second, "second", 1.0, 0.5);
    const tempo_group groups[] = {first.group, second.group};
    tempo_plan *plan = NULL;
    assert_int_equal(bind(&plan,
                          "composer.ConstantScheduler alpha=0.5 groups=[first] * "
                          "composer.ConstantScheduler alpha=0.25 groups=[second] * " DECAY,
                          groups, 2, NULL, NULL),
                     TEMPO_OK);
    ASSERT_DECAYS(plan, 0, 0.125);
    ASSERT_DECAYS(plan, 1, 0.125);
    tempo_plan_free(plan);
}

static void any_field_can_be_followed(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, NULL, 1.0, 0.5);
    tempo_plan *plan =
        bind_well(DECAY " follows=momentum * composer.ConstantScheduler alpha=0.25 field=momentum", &o, NULL);
    ASSERT_DECAYS(plan, 0, 0.125);
    tempo_plan_free(plan);
}

static void what_is_stacked_on_it_multiplies(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, NULL, 1.0, 0.5);
    tempo_plan *plan = bind_well("composer.ConstantScheduler alpha=0.5 * " DECAY
                                 " * composer.ConstantScheduler alpha=0.25 field=weight_decay",
                                 &o, NULL);
    ASSERT_DECAYS(plan, 0, 0.0625);
    tempo_plan_free(plan);
}

static void what_listens_can_be_followed(void **state)
{
    (void)state;
    static const double metrics[] = {1.0, 1.0, 1.0};
    const tempo_bind_options options = {.metrics = metrics, .metric_count = 3};
    optimizer o;
    set_up(&o, NULL, 1.0, 0.5);
    tempo_plan *plan = bind_well("torch.ReduceLROnPlateau factor=0.5 patience=0 * " DECAY, &o, &options);
    ASSERT_DECAYS(plan, 0, 0.5, 0.5, 0.25, 0.125);
    tempo_plan_free(plan);
}

static void the_joints_are_those_of_what_is_followed(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, NULL, 1.0, 0.5);
    tempo_plan *plan = bind_well("composer.MultiStepScheduler milestones=[3ba, 5ba] * " DECAY, &o, NULL);
    const size_t track = track_of(plan, 0, "weight_decay");
    assert_int_equal(tempo_plan_next_joint(plan, track, -1), 3);
    assert_int_equal(tempo_plan_next_joint(plan, track, 3), 5);
    assert_int_equal(tempo_plan_next_joint(plan, track, 5), -1);
    tempo_plan_free(plan);
}

/* --- steppers --- */

static tempo_stepper *step_on(const char *text, const tempo_group *group)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_stepper *stepper = NULL;
    assert_int_equal(tempo_schedule_parse(&schedule, text, NULL, NULL), TEMPO_OK);
    if (tempo_stepper_new(&stepper, &run, group, 1, schedule, NULL, &error))
        fail_msg("%s: %s", text, error.message);
    tempo_schedule_free(schedule);
    return stepper;
}

static void a_learning_rate_set_by_hand_is_followed_from_the_next_step_on(void **state)
{
    (void)state;
    static const double expected[] = {
        0.0001, 0.0001, 5e-05, 5e-05, 0.00011666666666666668, 0.00011666666666666668, 5.833333333333334e-05};
    optimizer o;
    set_up(&o, NULL, 0.3, 1e-4);
    tempo_stepper *stepper = step_on(DECAY " * torch.StepLR step_size=2 gamma=0.5", &o.group);
    for (int i = 0; i < 7; i++) {
        assert_true(o.numbers[WEIGHT_DECAY] == expected[i]);
        if (i == 3)
            o.numbers[LR] = 0.7;
        assert_int_equal(tempo_stepper_step(stepper, NULL), TEMPO_OK);
    }
    tempo_stepper_free(stepper);
}

static void a_decay_set_by_hand_is_written_over(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, NULL, 1.0, 0.5);
    tempo_stepper *stepper = step_on(DECAY " * torch.StepLR step_size=2 gamma=0.5", &o.group);
    o.numbers[WEIGHT_DECAY] = 7;
    assert_int_equal(tempo_stepper_step(stepper, NULL), TEMPO_OK);
    assert_true(o.numbers[WEIGHT_DECAY] == 0.5);
    tempo_stepper_free(stepper);
}

static void a_group_that_joins_later_follows_its_own(void **state)
{
    (void)state;
    optimizer first, second;
    set_up(&first, "first", 1.0, 0.5);
    set_up(&second, "second", 0.5, 0.25);
    tempo_stepper *stepper = step_on(DECAY " * torch.StepLR step_size=2 gamma=0.5", &first.group);
    for (int i = 0; i < 2; i++)
        assert_int_equal(tempo_stepper_step(stepper, NULL), TEMPO_OK);
    assert_int_equal(tempo_stepper_add_group(stepper, &second.group, NULL), TEMPO_OK);
    assert_true(first.numbers[WEIGHT_DECAY] == 0.25);
    assert_true(second.numbers[LR] == 0.25 && second.numbers[WEIGHT_DECAY] == 0.125);
    tempo_stepper_free(stepper);
}

/* --- what is refused --- */

static void assert_refused(const char *text, const char *group, tempo_status status, const char *message,
                           const char *path)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    optimizer o;
    set_up(&o, group, 1.0, 0.5);
    const tempo_status found = bind(&plan, text, &o.group, 1, NULL, &error);
    assert_string_equal(error.message, message);
    assert_string_equal(error.path, path);
    assert_int_equal(found, status);
    assert_null(plan);
}

static void what_is_followed_must_be_driven(void **state)
{
    (void)state;
    assert_refused(DECAY, NULL, TEMPO_CONFLICT, "weight_decay follows lr, which no schedule drives",
                   "schedules[0].follows");
    assert_refused(DECAY, "backbone", TEMPO_CONFLICT,
                   "weight_decay follows lr, which no schedule drives in group 'backbone'", "schedules[0].follows");
    assert_refused(FALL " * " DECAY " follows=learning_rate", NULL, TEMPO_CONFLICT,
                   "weight_decay follows learning_rate, which no schedule drives", "schedules[1].follows");
}

static void nothing_follows_itself_or_a_follower(void **state)
{
    (void)state;
    assert_refused(FALL " * " DECAY " follows=weight_decay", NULL, TEMPO_CONFLICT, "weight_decay cannot follow itself",
                   "schedules[1].follows");
    assert_refused(FALL " * " DECAY " * composer.decoupled_weight_decay field=momentum follows=weight_decay", NULL,
                   TEMPO_CONFLICT, "momentum cannot follow weight_decay, which follows a field itself",
                   "schedules[2].follows");
    assert_refused(DECAY " follows=momentum * composer.decoupled_weight_decay field=momentum follows=weight_decay",
                   NULL, TEMPO_CONFLICT, "weight_decay cannot follow momentum, which follows a field itself",
                   "schedules[0].follows");
}

static void it_counts_no_steps_of_its_own(void **state)
{
    (void)state;
    assert_refused(FALL " * " DECAY " every=2ba", NULL, TEMPO_CONFLICT,
                   "composer.decoupled_weight_decay does not count steps, so every has no effect",
                   "schedules[1].every");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_decay_is_in_proportion_to_the_learning_rate),
        cmocka_unit_test(where_the_base_lr_is_0_the_decay_stays),
        cmocka_unit_test(a_factor_that_overflows_stays_finite),
        cmocka_unit_test(each_group_follows_its_own_learning_rate),
        cmocka_unit_test(any_field_can_be_followed),
        cmocka_unit_test(what_is_stacked_on_it_multiplies),
        cmocka_unit_test(what_listens_can_be_followed),
        cmocka_unit_test(the_joints_are_those_of_what_is_followed),
        cmocka_unit_test(a_learning_rate_set_by_hand_is_followed_from_the_next_step_on),
        cmocka_unit_test(a_decay_set_by_hand_is_written_over),
        cmocka_unit_test(a_group_that_joins_later_follows_its_own),
        cmocka_unit_test(what_is_followed_must_be_driven),
        cmocka_unit_test(nothing_follows_itself_or_a_follower),
        cmocka_unit_test(it_counts_no_steps_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
