/* The schedules of optax: what surprises in them, what they refuse, and where Tempo deviates; schedules inside
 * schedules, which optax joins; and JAX's default arithmetic. The numbers come from optax 0.2.8 on JAX 0.10.2; every
 * bit of many more is test_document_golden.c's business. */
#include "support/bound.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "support/allocator.h"

/* --- support --- */

static bound_plan bind_in(const char *text, tempo_run run)
{
    return bind_lr(text, run, 0.5);
}

static bound_plan bind(const char *text)
{
    return bind_in(text, (tempo_run){.batches_per_epoch = 10});
}

#define POINTS(...) (const point[]){__VA_ARGS__}, sizeof((const point[]){__VA_ARGS__}) / sizeof(point)

static void assert_values(const char *text, const point *points, size_t count)
{
    bound_plan b = bind(text);
    for (size_t i = 0; i < count; i++)
        assert_value(&b, points[i].batch, points[i].value);
    release(&b);
}

static void assert_refused(const char *text, tempo_status status, const char *message, const char *path)
{
    assert_unbound(bind(text), status, message, path);
}

static void assert_joints(const char *text, const char *expected)
{
    bound_plan b = bind(text);
    char found[256] = "";
    if (b.status)
        fail_msg("%s", b.error.message);
    int64_t batch = tempo_plan_next_joint(b.plan, 0, -1);
    for (int i = 0; i < 8 && batch >= 0; i++, batch = tempo_plan_next_joint(b.plan, 0, batch))
        (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%lld ", (long long)batch);
    assert_string_equal(found, expected);
    release(&b);
}

/* --- all of them --- */

static void the_base_is_ignored(void **state)
{
    (void)state;
    assert_values("optax.constant_schedule value=0.001", POINTS({0, 0.001}, {1000000, 0.001}));
}

static void a_multiplier_may_follow(void **state)
{
    (void)state;
    assert_values("optax.constant_schedule value=0.25 * composer.ConstantScheduler alpha=0.5 t_max=10ba",
                  POINTS({9, 0.125}, {10, 0.25}));
}

static void a_step_is_what_every_says(void **state)
{
    (void)state;
    assert_values("optax.linear_schedule init_value=1.0 end_value=0.0 transition_steps=4 every=1ep",
                  POINTS({9, 1.0}, {10, 0.75}, {19, 0.75}, {40, 0.0}));
}

static void a_scale_schedule_ratio_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "optax.constant_schedule value=1.0",
        "optax.piecewise_constant_schedule init_value=1.0",
        "optax.join_schedules schedules=[(optax.constant_schedule value=1.0)] boundaries=[]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bound_plan b = bind_in(texts[i], (tempo_run){.scale_schedule_ratio = 0.5});
        assert_int_equal(b.status, TEMPO_CONFLICT);
        assert_string_equal(b.error.path, "run.scale_schedule_ratio");
        release(&b);
    }
}

static void values_are_finite_to_the_last_step(void **state)
{
    (void)state;
    size_t checked = 0;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        if (strncmp(tempo_type_name(type), "optax.", 6) != 0 || !*tempo_type_example(type))
            continue;
        bound_plan b = bind(tempo_type_example(type));
        if (b.status)
            fail_msg("%s", b.error.message);
        const tempo_timestamp last = {.batch = INT64_MAX};
        assert_true(isfinite(tempo_plan_value(b.plan, 0, &last)));
        assert_int_equal(tempo_plan_next_joint(b.plan, 0, INT64_MAX), -1);
        release(&b);
        checked++;
    }
    assert_int_equal(checked, 14);
}

/* --- one curve --- */

static void a_line_starts_at_its_difference_plus_its_end(void **state)
{
    (void)state;
    assert_values("optax.linear_schedule init_value=0.3 end_value=0.03 transition_steps=7",
                  POINTS({0, 0.30000000000000004}, {1, 0.26142857142857145}, {6, 0.06857142857142859}, {7, 0.03}));
}

static void without_steps_the_first_value_is_held(void **state)
{
    (void)state;
    assert_values("optax.linear_schedule init_value=0.3 end_value=0.03 transition_steps=0", POINTS({0, 0.3}, {9, 0.3}));
    assert_values("optax.polynomial_schedule init_value=0.3 end_value=0.03 power=2 transition_steps=-4",
                  POINTS({0, 0.3}, {9, 0.3}));
    assert_values("optax.exponential_decay init_value=0.3 transition_steps=0 decay_rate=0.5 end_value=0.4",
                  POINTS({0, 0.3}, {9, 0.3}));
}

static void assert_finding(const char *text, const char *expected)
{
    bound_plan b = bind(text);
    assert_string_equal(b.findings, expected);
    release(&b);
}

static void a_value_that_never_moves_is_reported(void **state)
{
    (void)state;
    assert_finding("optax.linear_schedule init_value=0.3 end_value=0.03 transition_steps=0",
                   "schedules[0].transition_steps never-moves: transition_steps is 0, so init_value stays for ever\n");
    assert_finding("optax.exponential_decay init_value=0.3 transition_steps=9 decay_rate=0.0",
                   "schedules[0].decay_rate never-moves: decay_rate is 0, so init_value stays for ever\n");
    assert_finding("optax.warmup_constant_schedule init_value=0.0 peak_value=0.3 warmup_steps=-1",
                   "schedules[0].warmup_steps never-moves: warmup_steps is -1, so init_value stays for ever\n");
    assert_finding("optax.warmup_exponential_decay_schedule init_value=0.0 peak_value=0.3 warmup_steps=5 "
                   "transition_steps=0 decay_rate=0.5",
                   "schedules[0].transition_steps never-moves: transition_steps is 0, so peak_value stays for ever\n");
}

static void schedules_and_boundaries_that_are_left_over_are_reported(void **state)
{
    (void)state;
    assert_finding(
        "optax.join_schedules schedules=[(optax.constant_schedule value=1.0)] boundaries=[5]",
        "schedules[0].boundaries left-out: there are 1 boundaries for 1 schedules, and what is left over has "
        "no effect\n");
    assert_finding("optax.join_schedules schedules=[(optax.constant_schedule value=1.0), (optax.constant_schedule "
                   "value=2.0)] boundaries=[5]",
                   "");
}

static void a_negative_beginning_is_none(void **state)
{
    (void)state;
    assert_values("optax.linear_schedule init_value=1.0 end_value=0.0 transition_steps=4 transition_begin=-3",
                  POINTS({0, 1.0}, {1, 0.75}, {4, 0.0}));
}

static void a_power_written_as_an_integer_is_multiplied_out(void **state)
{
    (void)state;
    assert_values("optax.cosine_decay_schedule init_value=0.3 decay_steps=7 alpha=0.1 exponent=3",
                  POINTS({3, 0.091665561563103}, {4, 0.045861340561777056}));
    assert_values("optax.cosine_decay_schedule init_value=0.3 decay_steps=7 alpha=0.1 exponent=3.0",
                  POINTS({3, 0.091665561563103}, {4, 0.04586134056177706}));
}

static void a_negative_power_is_refused(void **state)
{
    (void)state;
    assert_refused("optax.polynomial_schedule init_value=1.0 end_value=0.0 power=-1.0 transition_steps=4",
                   TEMPO_BAD_VALUE, "power is -1.0, but must be >= 0", "schedules[0].power");
    assert_refused("optax.cosine_decay_schedule init_value=1.0 decay_steps=4 exponent=-0.5", TEMPO_BAD_VALUE,
                   "exponent is -0.5, but must be >= 0", "schedules[0].exponent");
}

static void a_cosine_needs_steps(void **state)
{
    (void)state;
    assert_refused("optax.cosine_decay_schedule init_value=1.0 decay_steps=0", TEMPO_BAD_VALUE,
                   "decay_steps is 0, but must be > 0", "schedules[0].decay_steps");
}

static void the_bound_of_a_decay_holds_before_it_begins(void **state)
{
    (void)state;
    assert_values(
        "optax.exponential_decay init_value=0.8 transition_steps=4 decay_rate=0.5 transition_begin=3 end_value=0.9",
        POINTS({0, 0.9}, {3, 0.9}, {7, 0.9}));
    assert_values("optax.exponential_decay init_value=0.8 transition_steps=4 decay_rate=2.0 end_value=0.9",
                  POINTS({0, 0.8}, {1, 0.9}, {4, 0.9}));
}

static void a_decay_rate_of_0_holds_the_first_value_whatever_the_bound(void **state)
{
    (void)state;
    assert_values("optax.exponential_decay init_value=0.8 transition_steps=4 decay_rate=0.0 end_value=0.9",
                  POINTS({0, 0.8}, {4, 0.8}));
}

static void a_negative_decay_rate_needs_whole_powers(void **state)
{
    (void)state;
    assert_values("optax.exponential_decay init_value=0.8 transition_steps=4 decay_rate=-0.5 staircase=true",
                  POINTS({3, 0.8}, {4, -0.4}, {7, -0.4}, {8, 0.2}));
    assert_refused("optax.exponential_decay init_value=0.8 transition_steps=4 decay_rate=-0.5", TEMPO_BAD_VALUE,
                   "the decay rate is -0.5, and a negative number has no power between whole steps",
                   "schedules[0].decay_rate");
}

static void growth_stops_at_the_largest_double(void **state)
{
    (void)state;
    assert_values("optax.exponential_decay init_value=-1.0 transition_steps=1 decay_rate=2.0",
                  POINTS({10, -1024.0}, {5000, -DBL_MAX}));
    assert_values("optax.exponential_decay init_value=0.0 transition_steps=1 decay_rate=2.0", POINTS({5000, 0.0}));
}

static void a_difference_beyond_a_double_is_refused(void **state)
{
    (void)state;
    assert_refused("optax.linear_schedule init_value=1e308 end_value=-1e308 transition_steps=4", TEMPO_BAD_VALUE,
                   "the difference from the first value to end_value does not fit in a double",
                   "schedules[0].end_value");
}

/* --- warmups --- */

static void a_warmup_without_steps_never_leaves_its_first_value(void **state)
{
    (void)state;
    assert_values("optax.warmup_constant_schedule init_value=0.1 peak_value=0.7 warmup_steps=0",
                  POINTS({0, 0.1}, {5, 0.1}));
}

static void a_peak_of_0_ends_at_0(void **state)
{
    (void)state;
    assert_values("optax.warmup_cosine_decay_schedule init_value=0.1 peak_value=0.0 warmup_steps=2 decay_steps=6 "
                  "end_value=0.5",
                  POINTS({0, 0.1}, {1, 0.05}, {2, 0.0}, {6, 0.0}));
}

static void a_decay_must_outlast_its_warmup(void **state)
{
    (void)state;
    assert_refused("optax.warmup_cosine_decay_schedule init_value=0.0 peak_value=1.0 warmup_steps=6 decay_steps=6",
                   TEMPO_ZERO_DURATION,
                   "decay_steps is 6 and includes the warmup of 6, so nothing is left for the decay",
                   "schedules[0].decay_steps");
}

/* --- factors at steps --- */

static void a_scale_applies_from_its_step_on(void **state)
{
    (void)state;
    assert_values("optax.piecewise_constant_schedule init_value=0.8 boundaries_and_scales={3: 0.1, 0: 0.5, -5: 0.5}",
                  POINTS({0, 0.2}, {2, 0.2}, {3, 0.020000000000000004}));
    assert_values("optax.piecewise_constant_schedule init_value=0.8", POINTS({0, 0.8}, {1000, 0.8}));
}

static void interpolation_goes_from_product_to_product(void **state)
{
    (void)state;
    assert_values("optax.piecewise_interpolate_schedule interpolate_type=cosine init_value=0.8 "
                  "boundaries_and_scales={4: 0.5, 8: 0.1}",
                  POINTS({0, 0.8}, {1, 0.7414213562373095}, {4, 0.4}, {6, 0.22}, {8, 0.04000000000000001}));
}

static void interpolation_may_be_under_way_when_training_starts(void **state)
{
    (void)state;
    assert_values("optax.piecewise_interpolate_schedule interpolate_type=linear init_value=0.8 "
                  "boundaries_and_scales={-5: 0.5, 10: 0.5}",
                  POINTS({0, 0.33333333333333337}, {5, 0.2666666666666667}, {10, 0.2}));
}

static void a_negative_scale_is_refused(void **state)
{
    (void)state;
    assert_refused("optax.piecewise_constant_schedule init_value=1.0 boundaries_and_scales={3: -0.1}", TEMPO_BAD_VALUE,
                   "boundaries_and_scales is -0.1, but must be >= 0", "schedules[0].boundaries_and_scales");
}

static void a_product_beyond_a_double_is_refused(void **state)
{
    (void)state;
    assert_refused("optax.piecewise_constant_schedule init_value=1.0 boundaries_and_scales={3: 1e200, 7: 1e200}",
                   TEMPO_BAD_VALUE, "the value at step 7 does not fit in a double",
                   "schedules[0].boundaries_and_scales");
}

static void the_steps_of_a_short_cycle_collapse(void **state)
{
    (void)state;
    assert_values("optax.linear_onecycle_schedule transition_steps=2 peak_value=1.0",
                  POINTS({0, 1.0}, {1, 0.04}, {2, 4.000000000000001e-06}));
    assert_values("optax.linear_onecycle_schedule transition_steps=1 peak_value=1.0",
                  POINTS({0, 0.0016}, {1, 1.6e-07}));
    assert_values("optax.cosine_onecycle_schedule transition_steps=20 peak_value=0.3 pct_start=1.0",
                  POINTS({0, 0.012}, {10, 0.006000024}, {20, 4.8e-08}));
}

static void a_cycle_refuses_what_it_would_divide_by(void **state)
{
    (void)state;
    assert_refused("optax.linear_onecycle_schedule transition_steps=20 peak_value=0.3 div_factor=0.0", TEMPO_BAD_VALUE,
                   "div_factor is 0.0, but must be > 0", "schedules[0].div_factor");
    assert_refused("optax.cosine_onecycle_schedule transition_steps=0 peak_value=0.3", TEMPO_BAD_VALUE,
                   "transition_steps is 0, but must be > 0", "schedules[0].transition_steps");
}

/* With 18 numbers or more, products in turn and XLA's differ. */
static void running_products_of_many_factors_are_multiplied_in_blocks(void **state)
{
    (void)state;
#define TWENTY                                                                                                      \
    " init_value=0.3 boundaries_and_scales={10: 0.7, 20: 0.75, 30: 0.8, 40: 0.85, 50: 0.9, 60: 0.95, 70: 1.0, 80: " \
    "1.05, 90: 1.1, 100: 1.15, 110: 1.2, 120: 1.25, 130: 1.3, 140: 0.7, 150: 0.75, 160: 0.8, 170: 0.85, 180: 0.9, " \
    "190: 0.95, 200: 1.0}"
    assert_values("optax.piecewise_interpolate_schedule interpolate_type=linear" TWENTY,
                  POINTS({170, 0.08467169184849374}, {185, 0.07429940959705325}, {200, 0.07239429653046214}));
    assert_values("optax.piecewise_constant_schedule" TWENTY,
                  POINTS({170, 0.08467169184849374}, {200, 0.07239429653046216}));
    assert_values("optax.piecewise_interpolate_schedule interpolate_type=linear dtype=float32" TWENTY,
                  POINTS({170, 0.08467169106006622}, {185, 0.0742994099855423}, {200, 0.07239429652690887}));
    assert_values("optax.piecewise_constant_schedule dtype=float32" TWENTY,
                  POINTS({170, 0.08467169851064682}, {200, 0.07239429652690887}));
}

/* --- schedules inside schedules --- */

#define CONSTANTS                                                                                            \
    "optax.join_schedules schedules=[(optax.constant_schedule value=1), (optax.constant_schedule value=2), " \
    "(optax.constant_schedule value=3)] boundaries="

static void each_joined_schedule_counts_from_its_boundary(void **state)
{
    (void)state;
    assert_values("optax.join_schedules schedules=[(optax.linear_schedule init_value=0.0 end_value=1.0 "
                  "transition_steps=4), (optax.join_schedules schedules=[(optax.linear_schedule init_value=1.0 "
                  "end_value=0.5 transition_steps=4), (optax.constant_schedule value=0.25)] boundaries=[2])] "
                  "boundaries=[4]",
                  POINTS({0, 0.0}, {3, 0.75}, {4, 1.0}, {5, 0.875}, {6, 0.25}, {7, 0.25}));
}

static void the_last_boundary_that_is_reached_wins(void **state)
{
    (void)state;
    assert_values(CONSTANTS "[3, 6]", POINTS({2, 1.0}, {3, 2.0}, {5, 2.0}, {6, 3.0}));
    assert_values(CONSTANTS "[10, 5]", POINTS({4, 1.0}, {5, 3.0}, {9, 3.0}, {10, 3.0}));
}

static void a_boundary_before_the_start_has_been_passed(void **state)
{
    (void)state;
    assert_values("optax.join_schedules schedules=[(optax.constant_schedule value=1), (optax.linear_schedule "
                  "init_value=0.0 end_value=1.0 transition_steps=10)] boundaries=[-5]",
                  POINTS({0, 0.5}, {1, 0.6}, {5, 1.0}));
}

static void surplus_schedules_and_boundaries_are_dropped(void **state)
{
    (void)state;
    assert_values(CONSTANTS "[5]", POINTS({4, 1.0}, {5, 2.0}, {1000, 2.0}));
    assert_values(CONSTANTS "[5, 7, 9]", POINTS({4, 1.0}, {5, 2.0}, {7, 3.0}, {9, 3.0}));
}

static void joined_schedules_count_the_steps_of_the_one_around_them(void **state)
{
    (void)state;
    assert_values("optax.join_schedules schedules=[(optax.constant_schedule value=1.0), (optax.linear_schedule "
                  "init_value=1.0 end_value=0.0 transition_steps=4)] boundaries=[1] every=1ep",
                  POINTS({10, 1.0}, {19, 1.0}, {20, 0.75}, {39, 0.5}));
}

static void joining_nothing_is_refused(void **state)
{
    (void)state;
    assert_refused("optax.join_schedules schedules=[] boundaries=[]", TEMPO_BAD_VALUE,
                   "schedules is empty, but at least one schedule is needed", "schedules[0].schedules");
    assert_refused("optax.sgdr_schedule cosine_kwargs=[]", TEMPO_BAD_VALUE,
                   "cosine_kwargs is empty, but at least one schedule is needed", "schedules[0].cosine_kwargs");
}

static void only_schedules_that_give_a_value_can_be_joined(void **state)
{
    (void)state;
    assert_refused("optax.join_schedules schedules=[(composer.ConstantScheduler)] boundaries=[]", TEMPO_CONFLICT,
                   "composer.ConstantScheduler multiplies a base, but only values can be joined",
                   "schedules[0].schedules");
}

static void an_error_inside_a_schedule_says_where(void **state)
{
    (void)state;
    assert_refused("optax.join_schedules schedules=[(optax.constant_schedule value=1.0), "
                   "(optax.warmup_cosine_decay_schedule init_value=0.0 peak_value=1.0 warmup_steps=6 decay_steps=6)] "
                   "boundaries=[5]",
                   TEMPO_ZERO_DURATION,
                   "decay_steps is 6 and includes the warmup of 6, so nothing is left for the decay",
                   "schedules[0].schedules[1].decay_steps");
    assert_refused("optax.join_schedules schedules=[(optax.constant_schedule value=[])] boundaries=[]", TEMPO_BAD_TYPE,
                   "value must be a number, not a list", "schedules[0].schedules[0].value");
    assert_refused("optax.join_schedules schedules=[(optax.constant_schedule)] boundaries=[]", TEMPO_MISSING,
                   "optax.constant_schedule needs value", "schedules[0].schedules[0]");
}

static void a_schedule_inside_another_has_no_field_groups_or_every(void **state)
{
    (void)state;
    assert_refused("optax.join_schedules schedules=[(optax.constant_schedule value=1.0 field=momentum)] boundaries=[]",
                   TEMPO_CONFLICT, "a schedule inside another one has no field of its own",
                   "schedules[0].schedules[0].field");
    assert_refused("optax.join_schedules schedules=[(optax.constant_schedule value=1.0 every=1ep)] boundaries=[]",
                   TEMPO_CONFLICT, "a schedule inside another one has no every of its own",
                   "schedules[0].schedules[0].every");
}

static void the_cycles_of_sgdr_follow_each_other(void **state)
{
    (void)state;
    assert_values("optax.sgdr_schedule cosine_kwargs=[{init_value: 0.0, peak_value: 1.0, warmup_steps: 2, decay_steps: "
                  "4}, {init_value: 0.0, peak_value: 0.5, warmup_steps: 2, decay_steps: 6}]",
                  POINTS({0, 0.0}, {1, 0.5}, {2, 1.0}, {3, 0.5}, {4, 0.0}, {5, 0.25}, {6, 0.5}, {8, 0.25}, {11, 0.0}));
}

static void a_cycle_of_sgdr_may_name_its_only_type(void **state)
{
    (void)state;
    assert_values("optax.sgdr_schedule cosine_kwargs=[(optax.warmup_cosine_decay_schedule init_value=0.0 "
                  "peak_value=1.0 warmup_steps=2 decay_steps=4)]",
                  POINTS({1, 0.5}, {3, 0.5}));
    assert_refused("optax.sgdr_schedule cosine_kwargs=[(optax.constant_schedule value=1.0)]", TEMPO_CONFLICT,
                   "the type is optax.constant_schedule, but must be optax.warmup_cosine_decay_schedule here",
                   "schedules[0].cosine_kwargs[0].type");
    assert_refused("optax.sgdr_schedule cosine_kwargs=[{init_value: 0.0}]", TEMPO_MISSING,
                   "optax.warmup_cosine_decay_schedule needs peak_value", "schedules[0].cosine_kwargs[0]");
}

static void assert_survives_printing(const char *text)
{
    char printed[512];
    bound_plan b = bind(text);
    assert_int_equal(b.status, TEMPO_OK);
    tempo_schedule_print(printed, sizeof printed, b.schedule);
    assert_string_equal(printed, text);
    release(&b);
}

static void steps_in_a_map_are_printed_without_quotes(void **state)
{
    (void)state;
    assert_survives_printing(
        "optax.piecewise_constant_schedule init_value=1.0 boundaries_and_scales={-3: 0.5, 30: 0.1}");
}

static void schedules_inside_schedules_survive_printing(void **state)
{
    (void)state;
    assert_survives_printing("optax.join_schedules schedules=[(optax.constant_schedule value=3), (optax.sgdr_schedule "
                             "cosine_kwargs=[{init_value: 0.0, peak_value: 1.0, warmup_steps: 2, decay_steps: 4, "
                             "exponent: 2.0}])] boundaries=[5]");
}

static void running_out_of_memory_inside_a_schedule_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char text[] = "optax.join_schedules schedules=[(optax.piecewise_constant_schedule init_value=1.0 "
                               "boundaries_and_scales={3: 0.5}), (optax.sgdr_schedule cosine_kwargs=[{init_value: "
                               "0.0, peak_value: 1.0, warmup_steps: 2, decay_steps: 4}])] boundaries=[5]";
    const tempo_run run = {.max_duration = "10ba"};
    tempo_field lr = {"lr", 1.0, NULL, NULL};
    const tempo_group group = {NULL, &lr, 1, false};
    tempo_status status = TEMPO_NO_MEMORY;
    for (long budget = 0; status && budget < 200; budget++) {
        counting_allocator counter;
        const tempo_allocator allocator = counting_start(&counter, budget);
        const tempo_bind_options options = {.allocator = &allocator};
        tempo_schedule *schedule = NULL;
        tempo_plan *plan = NULL;
        status = tempo_schedule_parse(&schedule, text, &allocator, NULL);
        if (!status)
            status = tempo_plan_bind(&plan, &run, &group, 1, schedule, &options, NULL);
        assert_true(status == TEMPO_OK || status == TEMPO_NO_MEMORY);
        tempo_plan_free(plan);
        tempo_schedule_free(schedule);
        assert_int_equal(counter.live_blocks, 0);
    }
    assert_int_equal(status, TEMPO_OK);
}

/* --- joints --- */

static void joints_are_where_a_curve_begins_ends_or_jumps(void **state)
{
    (void)state;
    assert_joints("optax.constant_schedule value=1.0", "");
    assert_joints("optax.linear_schedule init_value=1.0 end_value=0.0 transition_steps=4 transition_begin=3", "3 7 ");
    assert_joints("optax.cosine_decay_schedule init_value=1.0 decay_steps=4", "4 ");
    assert_joints("optax.warmup_cosine_decay_schedule init_value=0.0 peak_value=1.0 warmup_steps=3 decay_steps=9",
                  "3 9 ");
    assert_joints("optax.exponential_decay init_value=1.0 transition_steps=3 decay_rate=0.5 transition_begin=2 "
                  "staircase=true",
                  "2 5 8 11 14 17 20 23 ");
    assert_joints("optax.piecewise_constant_schedule init_value=1.0 boundaries_and_scales={-2: 0.5, 3: 0.5, 7: 0.5}",
                  "3 7 ");
    assert_joints("optax.linear_schedule init_value=1.0 end_value=0.0 transition_steps=4 every=3ba", "12 ");
}

static void a_decay_has_a_joint_where_its_bound_begins_to_hold(void **state)
{
    (void)state;
    assert_joints("optax.exponential_decay init_value=0.8 transition_steps=4 decay_rate=0.5 transition_begin=3 "
                  "end_value=0.15",
                  "3 13 ");
    assert_joints("optax.exponential_decay init_value=0.8 transition_steps=4 decay_rate=0.5 end_value=0.9", "");
}

static void joints_inside_a_schedule_are_those_of_training(void **state)
{
    (void)state;
    assert_joints("optax.join_schedules schedules=[(optax.linear_schedule init_value=0.0 end_value=1.0 "
                  "transition_steps=4), (optax.cosine_decay_schedule init_value=1.0 decay_steps=5)] boundaries=[6]",
                  "4 6 11 ");
    assert_joints("optax.join_schedules schedules=[(optax.cosine_decay_schedule init_value=1.0 decay_steps=5), "
                  "(optax.constant_schedule value=0.0)] boundaries=[3] every=10ba",
                  "30 ");
}

/* --- JAX's default arithmetic --- */

static void numbers_are_rounded_where_they_meet_the_count(void **state)
{
    (void)state;
    assert_values(
        "optax.linear_schedule init_value=0.3 end_value=0.03 transition_steps=7 dtype=float32",
        POINTS({0, 0.30000001192092896}, {3, 0.1842857152223587}, {6, 0.06857142597436905}, {7, 0.029999999329447746}));
}

static void a_value_that_meets_no_count_is_rounded_as_the_optimizer_does(void **state)
{
    (void)state;
    assert_values("optax.constant_schedule value=0.3 dtype=float32", POINTS({0, 0.30000001192092896}));
    assert_values("optax.linear_schedule init_value=0.3 end_value=0.03 transition_steps=0 dtype=float32",
                  POINTS({0, 0.30000001192092896}));
}

static void neighbouring_counts_can_be_one_number(void **state)
{
    (void)state;
    assert_values("optax.linear_schedule init_value=1.0 end_value=0.0 transition_steps=20000000 dtype=float32",
                  POINTS({16777216, 0.16113919019699097}, {16777217, 0.16113919019699097},
                         {16777218, 0.16113907098770142}, {16777219, 0.16113901138305664}));
}

static void the_count_stays_at_its_largest_value(void **state)
{
    (void)state;
    static const int64_t last = INT32_MAX;
    assert_values("optax.exponential_decay init_value=0.3 transition_steps=1073741824 decay_rate=0.5 dtype=float32",
                  POINTS({1073741824, 0.15000000596046448}, {last, 0.07500000298023224},
                         {last + 1, 0.07500000298023224}, {1000000000000, 0.07500000298023224}));
}

static void subnormal_results_are_0(void **state)
{
    (void)state;
    assert_values("optax.exponential_decay init_value=1.0 transition_steps=1 decay_rate=0.5 dtype=float32",
                  POINTS({125, 2.350988701644575e-38}, {126, 1.1754943508222875e-38}, {127, 0.0}, {300, 0.0}));
}

static void growth_in_single_precision_stops_at_the_largest_float(void **state)
{
    (void)state;
    assert_values("optax.exponential_decay init_value=-1.0 transition_steps=1 decay_rate=2.0 dtype=float32",
                  POINTS({10, -1024.0}, {127, -1.7014118346046923e+38}, {128, (double)-FLT_MAX}));
}

static void a_number_beyond_32_bits_is_refused(void **state)
{
    (void)state;
    assert_refused("optax.linear_schedule init_value=0.3 end_value=0.0 transition_steps=2147483648 dtype=float32",
                   TEMPO_OUT_OF_RANGE, "transition_steps holds a number that does not fit in 32 bits",
                   "schedules[0].transition_steps");
    assert_refused("optax.constant_schedule value=1e39 dtype=float32", TEMPO_OUT_OF_RANGE,
                   "value holds a number that does not fit in 32 bits", "schedules[0].value");
    assert_refused("optax.piecewise_constant_schedule init_value=0.3 boundaries_and_scales={2147483648: 0.1} "
                   "dtype=float32",
                   TEMPO_OUT_OF_RANGE, "boundaries_and_scales holds a number that does not fit in 32 bits",
                   "schedules[0].boundaries_and_scales");
    assert_refused("optax.sgdr_schedule cosine_kwargs=[{init_value: 0.0, peak_value: 1.0, warmup_steps: 0, "
                   "decay_steps: 2147483647}, {init_value: 0.0, peak_value: 1.0, warmup_steps: 0, decay_steps: 1}] "
                   "dtype=float32",
                   TEMPO_OUT_OF_RANGE, "the decay_steps of all cycles together do not fit in 32 bits",
                   "schedules[0].cosine_kwargs");
    assert_refused("optax.linear_onecycle_schedule transition_steps=2000000000 peak_value=1.0 pct_final=1.1 "
                   "dtype=float32",
                   TEMPO_OUT_OF_RANGE, "pct_final of 2000000000 steps does not fit in 32 bits",
                   "schedules[0].pct_final");
}

static void a_result_beyond_a_float_is_refused(void **state)
{
    (void)state;
    assert_refused("optax.linear_schedule init_value=3e38 end_value=-3e38 transition_steps=4 dtype=float32",
                   TEMPO_BAD_VALUE, "the difference from the first value to end_value does not fit in a float",
                   "schedules[0].end_value");
    assert_refused("optax.piecewise_constant_schedule init_value=1.0 boundaries_and_scales={3: 1e20, 7: 1e20} "
                   "dtype=float32",
                   TEMPO_BAD_VALUE, "the value at step 7 does not fit in a float",
                   "schedules[0].boundaries_and_scales");
    assert_refused("optax.linear_onecycle_schedule transition_steps=20 peak_value=1e30 div_factor=1e-30 dtype=float32",
                   TEMPO_BAD_VALUE, "peak_value / div_factor does not fit in a float", "schedules[0].peak_value");
    assert_refused("optax.warmup_cosine_decay_schedule init_value=0.0 peak_value=1e-30 warmup_steps=1 decay_steps=2 "
                   "end_value=1e30 dtype=float32",
                   TEMPO_BAD_VALUE, "end_value / peak_value does not fit in a float", "schedules[0].end_value");
}

#define JOINED "optax.join_schedules schedules=[(optax.constant_schedule value=0.3), (xlstm.SchedulerConfig lr=0.1 "

static void a_schedule_inside_another_computes_as_that_one_does(void **state)
{
    (void)state;
    assert_values(JOINED "name=linear decay_steps=10 warmup_steps=3)] boundaries=[5] dtype=float32",
                  POINTS({0, 0.30000001192092896}, {6, 0.03333333879709244}, {11, 0.05714285373687744}));
    assert_values(JOINED "name=linear decay_steps=10 warmup_steps=3)] boundaries=[5]",
                  POINTS({0, 0.3}, {6, 0.033333333333333326}, {11, 0.05714285714285714}));
    assert_values("optax.sgdr_schedule cosine_kwargs=[{init_value: 0.0, peak_value: 0.1, warmup_steps: 3, decay_steps: "
                  "7}] dtype=float32",
                  POINTS({1, 0.03333333879709244}, {3, 0.10000000149011612}, {5, 0.04999999701976776}));
}

static void a_schedule_inside_another_may_say_its_own_dtype(void **state)
{
    (void)state;
    assert_values("optax.join_schedules schedules=[(optax.constant_schedule value=0.3 dtype=float32), "
                  "(optax.constant_schedule value=0.3)] boundaries=[5]",
                  POINTS({4, 0.30000001192092896}, {5, 0.3}));
    assert_values("optax.join_schedules schedules=[(optax.constant_schedule value=0.3 dtype=float64), "
                  "(optax.constant_schedule value=0.3)] boundaries=[5] dtype=float32",
                  POINTS({4, 0.3}, {5, 0.30000001192092896}));
}

static void a_bound_in_single_precision_begins_where_it_holds(void **state)
{
    (void)state;
    assert_joints(
        "optax.exponential_decay init_value=1.0 transition_steps=1 decay_rate=0.5 end_value=0.3 dtype=float32", "2 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_is_ignored),
        cmocka_unit_test(a_multiplier_may_follow),
        cmocka_unit_test(a_step_is_what_every_says),
        cmocka_unit_test(a_scale_schedule_ratio_is_refused),
        cmocka_unit_test(values_are_finite_to_the_last_step),
        cmocka_unit_test(a_line_starts_at_its_difference_plus_its_end),
        cmocka_unit_test(without_steps_the_first_value_is_held),
        cmocka_unit_test(a_value_that_never_moves_is_reported),
        cmocka_unit_test(schedules_and_boundaries_that_are_left_over_are_reported),
        cmocka_unit_test(a_negative_beginning_is_none),
        cmocka_unit_test(a_power_written_as_an_integer_is_multiplied_out),
        cmocka_unit_test(a_negative_power_is_refused),
        cmocka_unit_test(a_cosine_needs_steps),
        cmocka_unit_test(the_bound_of_a_decay_holds_before_it_begins),
        cmocka_unit_test(a_decay_rate_of_0_holds_the_first_value_whatever_the_bound),
        cmocka_unit_test(a_negative_decay_rate_needs_whole_powers),
        cmocka_unit_test(growth_stops_at_the_largest_double),
        cmocka_unit_test(a_difference_beyond_a_double_is_refused),
        cmocka_unit_test(a_warmup_without_steps_never_leaves_its_first_value),
        cmocka_unit_test(a_peak_of_0_ends_at_0),
        cmocka_unit_test(a_decay_must_outlast_its_warmup),
        cmocka_unit_test(a_scale_applies_from_its_step_on),
        cmocka_unit_test(interpolation_goes_from_product_to_product),
        cmocka_unit_test(interpolation_may_be_under_way_when_training_starts),
        cmocka_unit_test(a_negative_scale_is_refused),
        cmocka_unit_test(a_product_beyond_a_double_is_refused),
        cmocka_unit_test(the_steps_of_a_short_cycle_collapse),
        cmocka_unit_test(a_cycle_refuses_what_it_would_divide_by),
        cmocka_unit_test(running_products_of_many_factors_are_multiplied_in_blocks),
        cmocka_unit_test(each_joined_schedule_counts_from_its_boundary),
        cmocka_unit_test(the_last_boundary_that_is_reached_wins),
        cmocka_unit_test(a_boundary_before_the_start_has_been_passed),
        cmocka_unit_test(surplus_schedules_and_boundaries_are_dropped),
        cmocka_unit_test(joined_schedules_count_the_steps_of_the_one_around_them),
        cmocka_unit_test(joining_nothing_is_refused),
        cmocka_unit_test(only_schedules_that_give_a_value_can_be_joined),
        cmocka_unit_test(an_error_inside_a_schedule_says_where),
        cmocka_unit_test(a_schedule_inside_another_has_no_field_groups_or_every),
        cmocka_unit_test(the_cycles_of_sgdr_follow_each_other),
        cmocka_unit_test(a_cycle_of_sgdr_may_name_its_only_type),
        cmocka_unit_test(steps_in_a_map_are_printed_without_quotes),
        cmocka_unit_test(schedules_inside_schedules_survive_printing),
        cmocka_unit_test(running_out_of_memory_inside_a_schedule_leaves_nothing_behind),
        cmocka_unit_test(joints_are_where_a_curve_begins_ends_or_jumps),
        cmocka_unit_test(a_decay_has_a_joint_where_its_bound_begins_to_hold),
        cmocka_unit_test(joints_inside_a_schedule_are_those_of_training),
        cmocka_unit_test(numbers_are_rounded_where_they_meet_the_count),
        cmocka_unit_test(a_value_that_meets_no_count_is_rounded_as_the_optimizer_does),
        cmocka_unit_test(neighbouring_counts_can_be_one_number),
        cmocka_unit_test(the_count_stays_at_its_largest_value),
        cmocka_unit_test(subnormal_results_are_0),
        cmocka_unit_test(growth_in_single_precision_stops_at_the_largest_float),
        cmocka_unit_test(a_number_beyond_32_bits_is_refused),
        cmocka_unit_test(a_result_beyond_a_float_is_refused),
        cmocka_unit_test(a_schedule_inside_another_computes_as_that_one_does),
        cmocka_unit_test(a_schedule_inside_another_may_say_its_own_dtype),
        cmocka_unit_test(a_bound_in_single_precision_begins_where_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
