/* xlstm-jax's SchedulerConfig: its three parts, its rules about the end, and where Tempo deviates. The numbers come
 * from optax 0.2.8, put together as xlstm-jax does; every bit of many more is test_document_golden.c's business. */
#include "support/bound.h"

#include <math.h>

/* --- support --- */

static bound_plan bind_in(const char *text, tempo_run run)
{
    return bind_lr(text, run, 1.0);
}

#define POINTS(...) (const point[]){__VA_ARGS__}, sizeof((const point[]){__VA_ARGS__}) / sizeof(point)

static void assert_values(const char *text, const point *points, size_t count)
{
    bound_plan b = bind_in(text, (tempo_run){0});
    for (size_t i = 0; i < count; i++)
        assert_value(&b, points[i].batch, points[i].value);
    release(&b);
}

static void assert_refused_in(const char *text, tempo_run run, tempo_status status, const char *message,
                              const char *path)
{
    assert_unbound(bind_in(text, run), status, message, path);
}

static void assert_refused(const char *text, tempo_status status, const char *message, const char *path)
{
    assert_refused_in(text, (tempo_run){0}, status, message, path);
}

/* --- shapes --- */

#define THREE_PARTS " decay_steps=20 warmup_steps=3 cooldown_steps=4 cooldown_lr=0.01 end_lr_factor=0.1"

static void a_warmup_and_a_cooldown_surround_every_shape(void **state)
{
    (void)state;
    assert_values("xlstm.SchedulerConfig lr=0.3 name=linear" THREE_PARTS,
                  POINTS({0, 0.0}, {1, 0.09999999999999998}, {3, 0.30000000000000004}, {4, 0.2792307692307693},
                         {15, 0.050769230769230754}, {16, 0.03}, {17, 0.024999999999999998}, {20, 0.01}, {21, 0.01}));
    assert_values("xlstm.SchedulerConfig lr=0.3 name=cosine_decay" THREE_PARTS,
                  POINTS({3, 0.3}, {4, 0.296077145352517}, {15, 0.03392285464748298}, {16, 0.03}, {19, 0.015}));
    assert_values("xlstm.SchedulerConfig lr=0.3 name=exponential_decay" THREE_PARTS,
                  POINTS({3, 0.3}, {4, 0.25130329202048757}, {15, 0.03581329925143309}, {16, 0.03}, {19, 0.015}));
}

static void a_constant_cools_down_from_lr_whatever_the_end(void **state)
{
    (void)state;
    assert_values("xlstm.SchedulerConfig lr=0.3 name=constant" THREE_PARTS,
                  POINTS({3, 0.3}, {16, 0.3}, {17, 0.22749999999999998}, {19, 0.08249999999999999}, {20, 0.01}));
}

static void lr_alone_is_a_constant(void **state)
{
    (void)state;
    assert_values("xlstm.SchedulerConfig lr=0.3", POINTS({0, 0.3}, {1000, 0.3}));
}

static void an_exponential_without_an_end_is_constant_and_then_a_cliff(void **state)
{
    (void)state;
    assert_values("xlstm.SchedulerConfig lr=0.3 name=exponential_decay decay_steps=10 cooldown_steps=2 "
                  "cooldown_lr=0.01",
                  POINTS({0, 0.3}, {7, 0.3}, {8, 0.0}, {9, 0.005}, {10, 0.01}));
}

static void an_exponential_without_a_cooldown_passes_its_end(void **state)
{
    (void)state;
    assert_values("xlstm.SchedulerConfig lr=0.3 name=exponential_decay decay_steps=10 end_lr=0.03",
                  POINTS({0, 0.3}, {10, 0.03}, {20, 0.0030000000000000005}));
}

static void a_line_without_steps_stays_at_lr(void **state)
{
    (void)state;
    assert_values("xlstm.SchedulerConfig lr=0.3 name=linear end_lr=0.03", POINTS({0, 0.3}, {10, 0.3}));
}

static void a_cosine_without_steps_is_refused(void **state)
{
    (void)state;
    assert_refused("xlstm.SchedulerConfig lr=0.3 name=cosine_decay", TEMPO_ZERO_DURATION,
                   "decay_steps less warmup_steps and cooldown_steps is 0, so the cosine has no length",
                   "schedules[0].decay_steps");
}

static void a_wrong_name_is_refused(void **state)
{
    (void)state;
    assert_refused("xlstm.SchedulerConfig lr=0.3 name=cosine", TEMPO_BAD_VALUE,
                   "name is 'cosine', but must be one of constant|cosine_decay|exponential_decay|linear",
                   "schedules[0].name");
}

static void warmup_and_cooldown_must_fit(void **state)
{
    (void)state;
    assert_refused("xlstm.SchedulerConfig lr=0.3 decay_steps=10 warmup_steps=8 cooldown_steps=3", TEMPO_CONFLICT,
                   "decay_steps is 10, less than warmup_steps 8 and cooldown_steps 3 together",
                   "schedules[0].decay_steps");
}

/* --- the end --- */

static void both_ways_to_give_the_end_may_agree(void **state)
{
    (void)state;
    assert_values("xlstm.SchedulerConfig lr=0.3 name=linear decay_steps=10 end_lr=0.03 end_lr_factor=0.1",
                  POINTS({0, 0.30000000000000004}, {5, 0.165}, {10, 0.03}));
}

/* A deviation: 0.01 / 0.1 is not 0.1 in double precision, for which xlstm-jax refuses this. */
static void they_agree_but_for_roundings(void **state)
{
    (void)state;
    assert_values("xlstm.SchedulerConfig lr=0.1 name=linear decay_steps=10 end_lr=0.01 end_lr_factor=0.1",
                  POINTS({10, 0.010000000000000002}));
}

static void they_must_not_contradict_each_other(void **state)
{
    (void)state;
    assert_refused("xlstm.SchedulerConfig lr=0.1 decay_steps=10 end_lr=0.01 end_lr_factor=0.2", TEMPO_CONFLICT,
                   "end_lr is 0.01, but end_lr_factor times lr is 0.020000000000000004", "schedules[0].end_lr_factor");
}

static void an_end_is_no_factor_of_0(void **state)
{
    (void)state;
    assert_refused("xlstm.SchedulerConfig lr=0.0 end_lr=0.1", TEMPO_BAD_VALUE,
                   "end_lr cannot be a factor of lr, which is 0", "schedules[0].end_lr");
}

static void an_exponential_cannot_cross_0(void **state)
{
    (void)state;
    assert_refused("xlstm.SchedulerConfig lr=0.1 name=exponential_decay decay_steps=10 end_lr=-0.05", TEMPO_BAD_VALUE,
                   "the decay rate is -0.5, and a negative number has no power between whole steps",
                   "schedules[0].end_lr");
}

/* --- decay_steps of null --- */

static void null_decay_steps_are_as_long_as_the_run(void **state)
{
    (void)state;
    bound_plan b = bind_in("xlstm.SchedulerConfig lr=0.5 name=linear decay_steps=null cooldown_steps=10",
                           (tempo_run){.max_duration = "3ep", .batches_per_epoch = 10});
    assert_value(&b, 10, 0.25);
    assert_value(&b, 20, 0.0);
    release(&b);
}

static void null_decay_steps_need_to_know_the_run(void **state)
{
    (void)state;
    static const char text[] = "xlstm.SchedulerConfig lr=0.5 decay_steps=null";
    static const char message[] = "decay_steps is null, but nothing says how many steps the run has";
    bound_plan b = bind_in(text, (tempo_run){.max_duration = "3ep"});
    assert_string_equal(b.error.fact, "batches_per_epoch");
    release(&b);
    assert_refused(text, TEMPO_MISSING_FACT, message, "schedules[0].decay_steps");
    assert_refused_in(text, (tempo_run){.max_duration = "3iter"}, TEMPO_UNIT_MISMATCH,
                      "decay_steps is null, and a run in iter does not tell a number of steps",
                      "schedules[0].decay_steps");
}

static void null_decay_steps_are_refused_inside_another_schedule(void **state)
{
    (void)state;
    assert_refused("optax.join_schedules schedules=[(xlstm.SchedulerConfig lr=0.5 decay_steps=null)] boundaries=[]",
                   TEMPO_CONFLICT, "decay_steps is null, but a schedule inside another one is not as long as the run",
                   "schedules[0].schedules[0].decay_steps");
}

/* --- time --- */

static void joints_are_between_the_parts(void **state)
{
    (void)state;
    bound_plan b = bind_in("xlstm.SchedulerConfig lr=0.3 name=cosine_decay" THREE_PARTS, (tempo_run){0});
    assert_int_equal(tempo_plan_next_joint(b.plan, 0, -1), 3);
    assert_int_equal(tempo_plan_next_joint(b.plan, 0, 3), 16);
    assert_int_equal(tempo_plan_next_joint(b.plan, 0, 16), 20);
    assert_int_equal(tempo_plan_next_joint(b.plan, 0, 20), -1);
    release(&b);
}

static void growth_past_the_end_stays_finite(void **state)
{
    (void)state;
    bound_plan b =
        bind_in("xlstm.SchedulerConfig lr=0.3 name=exponential_decay decay_steps=10 end_lr=3.0", (tempo_run){0});
    const tempo_timestamp last = {.batch = INT64_MAX};
    assert_int_equal(b.status, TEMPO_OK);
    assert_true(isfinite(tempo_plan_value(b.plan, 0, &last)));
    release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warmup_and_a_cooldown_surround_every_shape),
        cmocka_unit_test(a_constant_cools_down_from_lr_whatever_the_end),
        cmocka_unit_test(lr_alone_is_a_constant),
        cmocka_unit_test(an_exponential_without_an_end_is_constant_and_then_a_cliff),
        cmocka_unit_test(an_exponential_without_a_cooldown_passes_its_end),
        cmocka_unit_test(a_line_without_steps_stays_at_lr),
        cmocka_unit_test(a_cosine_without_steps_is_refused),
        cmocka_unit_test(a_wrong_name_is_refused),
        cmocka_unit_test(warmup_and_cooldown_must_fit),
        cmocka_unit_test(both_ways_to_give_the_end_may_agree),
        cmocka_unit_test(they_agree_but_for_roundings),
        cmocka_unit_test(they_must_not_contradict_each_other),
        cmocka_unit_test(an_end_is_no_factor_of_0),
        cmocka_unit_test(an_exponential_cannot_cross_0),
        cmocka_unit_test(null_decay_steps_are_as_long_as_the_run),
        cmocka_unit_test(null_decay_steps_need_to_know_the_run),
        cmocka_unit_test(null_decay_steps_are_refused_inside_another_schedule),
        cmocka_unit_test(joints_are_between_the_parts),
        cmocka_unit_test(growth_past_the_end_stays_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
