/* The schedulers of timm: values that timm 1.0.31 gives, what is refused, what is warned of, and where Tempo deviates.
 * The last bit over the whole range of the parameters is the golden rows' business. */
#include "support/bound.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* --- support --- */

/* Where t counts epochs, one batch is one of them. */
static const tempo_run batch_is_epoch = {.batches_per_epoch = 1};

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

static void assert_finds(const char *text, tempo_run run, const char *findings)
{
    bound_plan b = bind_lr(text, run, 1.0);
    assert_int_equal(b.status, TEMPO_OK);
    assert_string_equal(b.findings, findings);
    release(&b);
}

/* All joints up to a 0, or to the -1 that says there are no more. */
static void assert_joints(const char *text, tempo_run run, const int64_t *joints)
{
    bound_plan b = bind_lr(text, run, 1.0);
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

/* --- values --- */

static void each_type_gives_timms_values(void **state)
{
    (void)state;
    assert_points(
        "timm.CosineLRScheduler t_initial=7 lr_min=0.01 cycle_mul=1.5 cycle_decay=0.8 cycle_limit=3 k_decay=1.5",
        batch_is_epoch, 0.3,
        POINTS({1, 0.2979188566127592}, {6, 0.039440740561002455}, {7, 0.24}, {10, 0.22701576439265087},
               {17, 0.0128147828080892}, {18, 0.1919856329351322}, {30, 0.04589643109506999}, {34, 0.01}));
    assert_points("timm.TanhLRScheduler t_initial=7 lr_min=0.01", batch_is_epoch, 0.3,
                  POINTS({1, 0.2999958013435516}, {3, 0.2987326479324011}, {6, 0.021998358807421882}, {7, 0.01}));
    assert_points("timm.PolyLRScheduler t_initial=7 power=0.9 lr_min=0.01 k_decay=1.5", batch_is_epoch, 0.3,
                  POINTS({1, 0.285868502654196}, {3, 0.22562044458890895}, {6, 0.08009907727813596}, {7, 0.01}));
    assert_points("timm.StepLRScheduler decay_t=2.5 decay_rate=0.7 warmup_t=3 warmup_lr_init=0.01", batch_is_epoch, 0.3,
                  POINTS({0, 0.01}, {1, 0.10666666666666666}, {2, 0.20333333333333334}, {3, 0.3}, {5, 0.3}, {6, 0.21},
                         {8, 0.14699999999999996}));
    assert_points("timm.MultiStepLRScheduler decay_t=[3, 6] decay_rate=0.7", batch_is_epoch, 0.3,
                  POINTS({1, 0.3}, {2, 0.21}, {4, 0.21}, {5, 0.14699999999999996}));
    assert_points("timm.WSDLRScheduler t_initial=80 decay_t=20 lr_min=0.1 warmup_t=5", batch_is_epoch, 1.0,
                  POINTS({0, 0.0}, {4, 0.8}, {5, 1.0}, {65, 1.0}, {80, 0.22057713659400527}, {84, 0.1227885089671933},
                         {85, 0.1}, {90, 0.1}));
}

static void wsd_decays_and_holds_in_the_shape_it_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *shape;
        int64_t t;
        double value;
    } expected[] = {
        {"t_initial=15 decay_t=10 decay_fn=linear", 10, 0.5},
        {"t_initial=15 decay_t=10 decay_fn=1-sqrt", 10, 0.2928932188134524},
        {"t_initial=15 decay_t=10 decay_fn=cosine", 10, 0.5},
        {"t_initial=15 decay_t=10 decay_fn=power decay_power=2.0", 10, 0.75},
        {"t_initial=15 decay_t=10 decay_fn=exp decay_ratio=0.25", 10, 0.3333333333333333},
        {"t_initial=100 decay_t=10 stable_fn=rsqrt stable_timescale=2.5", 5, 0.5773502691896257},
        {"t_initial=100 decay_t=10 stable_fn=rsqrt stable_timescale=2.5 lr_min=0.5", 25, 0.5},
        {"t_initial=100 decay_t=10 stable_fn=power stable_timescale=2.5 stable_power=0.25", 25, 0.5491004867761125},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "timm.WSDLRScheduler %s", expected[i].shape);
        assert_points(text, batch_is_epoch, 1.0, POINTS({expected[i].t, expected[i].value}));
    }
}

static void at_0_the_value_is_what_the_constructor_writes(void **state)
{
    (void)state;
    /* The curve would start at 0.29999975885687197. */
    assert_points("timm.TanhLRScheduler t_initial=7 lr_min=0.01", batch_is_epoch, 0.3, POINTS({0, 0.3}));
    assert_points("timm.CosineLRScheduler t_initial=10 cycle_limit=0 lr_min=0.25", batch_is_epoch, 1.0,
                  POINTS({0, 1.0}, {1, 0.25}));
    assert_points("timm.MultiStepLRScheduler decay_t=[1, 3] decay_rate=0.5", batch_is_epoch, 1.0,
                  POINTS({0, 1.0}, {1, 0.5}, {2, 0.25}));
    assert_points("timm.CosineLRScheduler t_initial=10 warmup_t=5 warmup_lr_init=0.2", batch_is_epoch, 1.0,
                  POINTS({0, 0.2}));
}

static void t_counts_epochs_unless_it_is_told_otherwise(void **state)
{
    (void)state;
    const tempo_run run = {.batches_per_epoch = 10};
    assert_points("timm.StepLRScheduler decay_t=3 decay_rate=0.5", run, 1.0, POINTS({29, 1.0}, {30, 0.5}));
    assert_points("timm.StepLRScheduler decay_t=3 decay_rate=0.5 t_in_epochs=false", run, 1.0,
                  POINTS({2, 1.0}, {3, 0.5}));
    assert_points("timm.StepLRScheduler decay_t=3 decay_rate=0.5 every=2ba", run, 1.0, POINTS({5, 1.0}, {6, 0.5}));
    assert_points("timm.StepLRScheduler decay_t=3 decay_rate=0.5 every=2ba t_in_epochs=false", run, 1.0,
                  POINTS({5, 1.0}, {6, 0.5}));
}

static void without_a_prefix_the_curve_runs_under_the_warmup_and_jumps_when_it_ends(void **state)
{
    (void)state;
    assert_points("timm.CosineLRScheduler t_initial=100 warmup_t=20", batch_is_epoch, 1.0,
                  POINTS({19, 0.9500000000000001}, {20, 0.9045084971874737}));
    assert_points("timm.CosineLRScheduler t_initial=100 warmup_t=20 warmup_prefix=true", batch_is_epoch, 1.0,
                  POINTS({19, 0.9500000000000001}, {20, 1.0}, {119, 0.0002467198171342}, {120, 0.0}));
}

static void tanh_warms_up_to_where_its_curve_is(void **state)
{
    (void)state;
    assert_points("timm.TanhLRScheduler t_initial=20 lb=-2.0 ub=2.0 warmup_t=10", batch_is_epoch, 1.0,
                  POINTS({5, 0.25}, {10, 0.5}, {11, 0.4013123398875479}));
    assert_points("timm.TanhLRScheduler t_initial=20 lb=-2.0 ub=2.0 warmup_t=10 warmup_prefix=true", batch_is_epoch,
                  1.0, POINTS({5, 0.5}, {10, 0.9820137900379085}, {11, 0.9734030064231342}));
}

static void a_milestone_takes_effect_one_t_early(void **state)
{
    (void)state;
    assert_points("timm.MultiStepLRScheduler decay_t=[30, 60] decay_rate=0.5", batch_is_epoch, 1.0,
                  POINTS({28, 1.0}, {29, 0.5}, {58, 0.5}, {59, 0.25}));
}

static void milestones_out_of_order_are_searched_as_timm_searches_them(void **state)
{
    (void)state;
    assert_points("timm.MultiStepLRScheduler decay_t=[6, 3, 9] decay_rate=0.5", batch_is_epoch, 1.0,
                  POINTS({1, 1.0}, {2, 0.25}, {7, 0.25}, {8, 0.125}));
}

static void a_period_that_is_not_whole_is_divided_as_python_divides(void **state)
{
    (void)state;
    /* 1 // 0.1 is 9, since 0.1 is a little more than a tenth. */
    assert_points("timm.StepLRScheduler decay_t=0.1 decay_rate=0.9 t_in_epochs=false", batch_is_epoch, 1.0,
                  POINTS({1, 0.3874204890000001}, {2, 0.13508517176729928}, {10, 2.9512665430652825e-05}));
}

static void the_logarithm_may_leave_a_boundary_to_the_cycle_before_it(void **state)
{
    (void)state;
    assert_points("timm.CosineLRScheduler t_initial=10 cycle_mul=3.0 cycle_limit=9", batch_is_epoch, 1.0,
                  POINTS({1209, 3.7607041719622814e-06}, {1210, 0.0}, {1211, 0.9999995821435153}));
}

/* --- deviations --- */

static void a_run_that_outlasts_cycles_that_shrink_is_refused(void **state)
{
    (void)state;
    const tempo_run short_run = {.max_duration = "59ep", .batches_per_epoch = 1};
    const tempo_run long_run = {.max_duration = "60ep", .batches_per_epoch = 1};
    static const char text[] = "timm.CosineLRScheduler t_initial=30 cycle_mul=0.5 cycle_limit=9";
    assert_points(text, short_run, 1.0, POINTS({20, 0.2500000000000001}, {59, 0.010926199633097156}));
    assert_refused(text, long_run, TEMPO_ZERO_DURATION,
                   "the cycles get shorter and shorter and have come to an end at t = 60, before the run has",
                   "schedules[0].cycle_mul");
    assert_refused("timm.TanhLRScheduler t_initial=30 cycle_mul=0.5 warmup_t=60", short_run, TEMPO_ZERO_DURATION,
                   "the cycles get shorter and shorter and have come to an end at t = 60, before the warmup has",
                   "schedules[0].cycle_mul");
}

static void cycles_that_shrink_have_no_value_past_their_end(void **state)
{
    (void)state;
    bound_plan b = bind_lr("timm.CosineLRScheduler t_initial=30 cycle_mul=0.5 warmup_t=5 warmup_prefix=true",
                           (tempo_run){.batches_per_epoch = 10}, 1.0);
    tempo_timestamp now;
    assert_int_equal(b.status, TEMPO_OK);
    assert_int_equal(tempo_plan_timestamp(b.plan, 649, &now, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_timestamp(b.plan, 650, &now, NULL), TEMPO_OUT_OF_RANGE);
    release(&b);
}

/* timm raises TypeError there: the cosine of a complex number. */
static void progress_that_is_rounded_below_0_is_the_start_of_its_cycle(void **state)
{
    (void)state;
    assert_points("timm.CosineLRScheduler t_initial=10 cycle_mul=1.3 cycle_limit=9 k_decay=1.5", batch_is_epoch, 1.0,
                  POINTS({23, 1.0}));
    assert_points("timm.PolyLRScheduler t_initial=10 cycle_mul=1.3 cycle_limit=9 k_decay=1.5", batch_is_epoch, 1.0,
                  POINTS({23, 1.0}));
}

/* timm raises OverflowError there. */
static void a_power_that_overflows_stays_finite(void **state)
{
    (void)state;
    assert_points("timm.StepLRScheduler decay_t=1 decay_rate=10.0", batch_is_epoch, 1.0, POINTS({500, DBL_MAX}));
    assert_points("timm.CosineLRScheduler t_initial=1 cycle_decay=10.0 cycle_limit=1000", batch_is_epoch, 1.0,
                  POINTS({500, DBL_MAX}));
}

static void what_timm_refuses_or_divides_by_zero_for_is_refused(void **state)
{
    (void)state;
    const tempo_run run = batch_is_epoch;
    assert_refused("timm.CosineLRScheduler t_initial=0", run, TEMPO_BAD_VALUE, "t_initial is 0, but must be >= 1",
                   "schedules[0].t_initial");
    assert_refused("timm.CosineLRScheduler t_initial=9 lr_min=-0.1", run, TEMPO_BAD_VALUE,
                   "lr_min is -0.1, but must be >= 0", "schedules[0].lr_min");
    assert_refused("timm.CosineLRScheduler t_initial=9 k_decay=-1.0", run, TEMPO_BAD_VALUE,
                   "k_decay is -1.0, but must be >= 0", "schedules[0].k_decay");
    assert_refused("timm.CosineLRScheduler t_initial=90 k_decay=200.0", run, TEMPO_OUT_OF_RANGE,
                   "t_initial to the power of k_decay is too large for a double", "schedules[0].k_decay");
    assert_refused("timm.TanhLRScheduler t_initial=9 lb=3.0", run, TEMPO_CONFLICT, "lb must be below ub",
                   "schedules[0].lb");
    assert_refused("timm.PolyLRScheduler t_initial=9 power=-0.5 k_decay=0.0", run, TEMPO_BAD_VALUE,
                   "power is negative, and with this cycle_mul or k_decay the schedule divides by 0",
                   "schedules[0].power");
    assert_refused("timm.StepLRScheduler decay_t=0", run, TEMPO_ZERO_DURATION,
                   "decay_t is 0, and the schedule divides by it", "schedules[0].decay_t");
    assert_refused("timm.StepLRScheduler decay_t=-2.0 decay_rate=0.0", run, TEMPO_BAD_VALUE,
                   "decay_rate is 0 and decay_t negative, so the schedule divides by 0", "schedules[0].decay_rate");
    assert_refused("timm.WSDLRScheduler t_initial=9 decay_t=10", run, TEMPO_CONFLICT,
                   "decay_t is 10, but must not be longer than t_initial, which is 9", "schedules[0].decay_t");
    assert_refused("timm.WSDLRScheduler t_initial=9 decay_t=5 stable_fn=rsqrt", run, TEMPO_ZERO_DURATION,
                   "stable_timescale is warmup_t where it is not given, and must be > 0 for this stable_fn",
                   "schedules[0].stable_timescale");
    assert_refused("timm.WSDLRScheduler t_initial=9 decay_t=5 decay_ratio=1.0", run, TEMPO_BAD_VALUE,
                   "decay_ratio must be above 0 and below 1", "schedules[0].decay_ratio");
}

static void a_negative_power_is_fine_where_it_cannot_divide_by_zero(void **state)
{
    (void)state;
    assert_points("timm.PolyLRScheduler t_initial=4 power=-1.0", batch_is_epoch, 1.0,
                  POINTS({1, 1.3333333333333333}, {2, 2.0}, {3, 4.0}, {4, 0.0}));
}

static void a_ratio_is_refused(void **state)
{
    (void)state;
    assert_refused("timm.CosineLRScheduler t_initial=9",
                   (tempo_run){.batches_per_epoch = 1, .scale_schedule_ratio = 0.5}, TEMPO_CONFLICT,
                   "timm.CosineLRScheduler cannot be stretched by the scale schedule ratio, which is 0.5",
                   "run.scale_schedule_ratio");
}

static void the_end_of_time_has_a_value(void **state)
{
    (void)state;
    const tempo_timestamp last = {.epoch = INT64_MAX, .batch = INT64_MAX};
    static const char *const texts[] = {
        "timm.CosineLRScheduler t_initial=7 cycle_mul=1.5 cycle_limit=9223372036854775807 k_decay=30.0",
        "timm.TanhLRScheduler t_initial=7 cycle_limit=9223372036854775807",
        "timm.PolyLRScheduler t_initial=9223372036854775807 power=0.5 warmup_t=-5 warmup_prefix=true",
        "timm.StepLRScheduler decay_t=0.001 decay_rate=1.5",
        "timm.MultiStepLRScheduler decay_t=[9223372036854775807] decay_rate=0.5",
        "timm.WSDLRScheduler t_initial=9223372036854775807 decay_t=1 stable_fn=rsqrt stable_timescale=1e-300",
        "timm.StepLRScheduler decay_t=1e300 noise_range_t=-1e300 noise_std=1e308 noise_pct=1e308",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bound_plan b = bind_lr(texts[i], batch_is_epoch, 1e308);
        assert_int_equal(b.status, TEMPO_OK);
        assert_true(isfinite(tempo_plan_value(b.plan, 0, &last)));
        release(&b);
    }
}

/* --- noise: timm 1.0.31 on torch 2.13.0 --- */

static void noise_is_added_in_its_range(void **state)
{
    (void)state;
    assert_points("timm.CosineLRScheduler t_initial=90 noise_range_t=60", batch_is_epoch, 0.3,
                  POINTS({59, 0.07957926558211642}, {60, 0.10011527314782145}, {61, 0.04225867245522791},
                         {89, 7.789374731615818e-05}, {90, 0.0}));
    assert_points("timm.CosineLRScheduler t_initial=90 noise_range_t=[60, 62]", batch_is_epoch, 0.3,
                  POINTS({59, 0.07957926558211642}, {60, 0.10011527314782145}, {61, 0.04225867245522791},
                         {62, 0.066121064479388}));
    assert_points(
        "timm.CosineLRScheduler t_initial=90 noise_range_t=[2.5, 4.5]", batch_is_epoch, 0.3,
        POINTS({2, 0.29963460753897364}, {3, 0.30850539430192225}, {4, 0.25918552965195996}, {5, 0.2977211629518312}));
    assert_points("timm.CosineLRScheduler t_initial=90 noise_range_t=[60, 62, 99]", batch_is_epoch, 0.3,
                  POINTS({61, 0.04225867245522791}, {62, 0.066121064479388}));
}

static void the_warmup_has_noise_but_what_the_constructor_writes_has_none(void **state)
{
    (void)state;
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=0 warmup_t=5 warmup_lr_init=0.1", batch_is_epoch, 1.0,
                  POINTS({0, 0.1}, {1, 0.09844769716262819}, {5, 1.5756789445877075}));
}

static void noise_is_drawn_again_until_it_is_below_its_limit(void **state)
{
    (void)state;
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=0 noise_std=0.5 noise_pct=0.1 noise_seed=7",
                  batch_is_epoch, 1.0, POINTS({1, 0.9283428192138672}, {2, 1.0223637688905}));
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=0 noise_pct=0.001", batch_is_epoch, 1.0,
                  POINTS({1, 0.9998916428667144}, {2, 1.0002536920073908}));
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=0 noise_std=0.0", batch_is_epoch, 1.0,
                  POINTS({1, 1.0}));
}

static void a_seed_may_be_null_or_negative_and_wraps_at_32_bits(void **state)
{
    (void)state;
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=0", batch_is_epoch, 1.0,
                  POINTS({1, 0.35159891843795776}));
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=0 noise_seed=null", batch_is_epoch, 1.0,
                  POINTS({1, 0.35159891843795776}));
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=0 noise_seed=4294967338", batch_is_epoch, 1.0,
                  POINTS({1, 0.35159891843795776}));
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=0 noise_seed=-2", batch_is_epoch, 1.0,
                  POINTS({1, 0.6070205271244049}, {2, 0.706571102142334}, {3, 1.6613521575927734}));
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=0 noise_seed=9223372036854775807", batch_is_epoch, 1.0,
                  POINTS({1, 0.706571102142334}, {2, 1.6613521575927734}));
}

/* Deviation: timm would draw for ever, or fail once it gets there. */
static void noise_that_cannot_be_drawn_is_refused(void **state)
{
    (void)state;
    assert_refused("timm.CosineLRScheduler t_initial=9 noise_range_t=3 noise_pct=0.0", batch_is_epoch, TEMPO_BAD_VALUE,
                   "noise_pct is 0, but must be > 0 and >= a thousandth of noise_std, since noise is drawn until it "
                   "is below",
                   "schedules[0].noise_pct");
    assert_refused("timm.CosineLRScheduler t_initial=9 noise_range_t=3 noise_pct=0.5 noise_std=-501.0", batch_is_epoch,
                   TEMPO_BAD_VALUE,
                   "noise_pct is 0.5, but must be > 0 and >= a thousandth of noise_std, since noise is drawn until it "
                   "is below",
                   "schedules[0].noise_pct");
    assert_refused("timm.CosineLRScheduler t_initial=9 noise_range_t=[3]", batch_is_epoch, TEMPO_BAD_VALUE,
                   "a range of noise has two elements, not 1", "schedules[0].noise_range_t");
    assert_refused("timm.CosineLRScheduler t_initial=9 noise_range_t=true", batch_is_epoch, TEMPO_BAD_TYPE,
                   "noise_range_t must be a number or a list such as [0.1, 0.2], not true or false",
                   "schedules[0].noise_range_t");
}

static void what_is_never_drawn_need_not_be_legal(void **state)
{
    (void)state;
    assert_points("timm.StepLRScheduler decay_t=30 noise_pct=-1.0", batch_is_epoch, 1.0, POINTS({1, 1.0}));
    assert_points("timm.StepLRScheduler decay_t=30 noise_range_t=[5, 5] noise_pct=0.0", batch_is_epoch, 1.0,
                  POINTS({5, 1.0}));
}

static void every_step_with_noise_is_a_joint_and_the_first_without(void **state)
{
    (void)state;
    const tempo_run run = {.batches_per_epoch = 10};
    assert_joints("timm.CosineLRScheduler t_initial=9 noise_range_t=[3, 5]", run, JOINTS(30, 40, 50, 90, -1));
    assert_joints("timm.StepLRScheduler decay_t=30 noise_range_t=-4 t_in_epochs=false", run, JOINTS(1, 2, 3));
}

/* timm multiplies whatever it writes by the lr_scale of a group. */
static void a_constant_scheduler_stands_for_lr_scale(void **state)
{
    (void)state;
    assert_points("timm.CosineLRScheduler t_initial=90 warmup_t=5 warmup_lr_init=0.01 noise_range_t=60 * "
                  "composer.ConstantScheduler alpha=0.65",
                  (tempo_run){.max_duration = "90ep", .batches_per_epoch = 1}, 0.3,
                  POINTS({0, 0.006500000000000001}, {3, 0.1196}, {5, 0.1935187559186903}, {40, 0.11443069732252573},
                         {60, 0.06507492754608395}, {61, 0.02746813709589814}, {90, 0.0}));
}

/* --- what is warned of, and where the curve breaks --- */

static void a_schedule_that_does_not_fit_the_run_is_reported(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "100ep", .batches_per_epoch = 10};
    assert_finds("timm.CosineLRScheduler t_initial=100", run, "");
    assert_finds("timm.CosineLRScheduler t_initial=100 warmup_t=5", run, "");
    assert_finds("timm.CosineLRScheduler t_initial=100 warmup_t=5 warmup_prefix=true", run,
                 "schedules[0].t_initial beyond-end: the schedule ends at 1,050ba, and the run already at 1,000ba\n");
    assert_finds("timm.CosineLRScheduler t_initial=20 cycle_mul=2.0 cycle_limit=3", run,
                 "schedules[0].t_initial beyond-end: the schedule ends at 1,400ba, and the run already at 1,000ba\n");
    assert_finds("timm.PolyLRScheduler t_initial=90", run,
                 "schedules[0].t_initial ends-at-zero: the value is 0 from 900ba on, and the run goes on to 1,000ba\n");
    assert_finds("timm.PolyLRScheduler t_initial=90 lr_min=0.01", run, "");
}

static void the_joints_are_the_end_of_the_warmup_and_of_every_part(void **state)
{
    (void)state;
    const tempo_run run = {.batches_per_epoch = 10};
    assert_joints("timm.CosineLRScheduler t_initial=10 cycle_mul=2.0 cycle_limit=3 warmup_t=5 warmup_prefix=true", run,
                  JOINTS(50, 150, 350, 750, -1));
    assert_joints("timm.CosineLRScheduler t_initial=10 cycle_limit=2 warmup_t=15", run, JOINTS(150, 200, -1));
    assert_joints("timm.TanhLRScheduler t_initial=10 t_in_epochs=false", run, JOINTS(1, 10, -1));
    assert_joints("timm.StepLRScheduler decay_t=2.5 warmup_t=3", run, JOINTS(30, 60, 80, 110, 130));
    assert_joints("timm.MultiStepLRScheduler decay_t=[4, 9] warmup_t=5 warmup_prefix=false", run, JOINTS(50, 80, -1));
    assert_joints("timm.MultiStepLRScheduler decay_t=[1, 9]", run, JOINTS(10, 80, -1));
    assert_joints("timm.WSDLRScheduler t_initial=80 decay_t=20 warmup_t=5", run, JOINTS(50, 650, 850, -1));
}

/* --- create_scheduler_v2 --- */

static void the_factory_makes_what_sched_names(void **state)
{
    (void)state;
    static const struct {
        const char *sched;
        double values[4]; /* at 0, 6, 50 and 99 */
    } expected[] = {
        {"cosine", {0.05, 0.4955718126821722, 0.25, 0.0001233599085671}},
        {"tanh", {0.05, 0.4999986196175249, 0.4910068950189542, 0.0015092081623542253}},
        {"step", {0.05, 0.5, 0.5, 0.05}},
        {"multistep", {0.05, 0.5, 0.5, 0.05}},
        {"poly", {0.05, 0.4969157815173883, 0.4665164957684037, 0.3154786722400966}},
        {"wsd", {0.05, 0.5, 0.5, 0.013335736607712423}},
        {"rsqrt", {0.05, 0.45643546458763845, 0.15811388300841897, 0.005914033881256515}},
        {"constant", {0.05, 0.5, 0.5, 0.5}},
        {"none", {0.5, 0.5, 0.5, 0.5}},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        char text[128];
        const double *values = expected[i].values;
        (void)snprintf(text, sizeof text,
                       "timm.create_scheduler_v2 sched=%s num_epochs=100 warmup_epochs=5 warmup_lr=0.05",
                       expected[i].sched);
        assert_points(text, batch_is_epoch, 0.5,
                      POINTS({0, values[0]}, {6, values[1]}, {50, values[2]}, {99, values[3]}));
    }
}

static void the_factory_turns_epochs_into_updates(void **state)
{
    (void)state;
    assert_points("timm.create_scheduler_v2 num_epochs=100 warmup_epochs=2 warmup_lr=0.1 step_on_epochs=false "
                  "updates_per_epoch=2",
                  (tempo_run){.max_duration = NULL}, 0.5,
                  POINTS({0, 0.1}, {2, 0.30000000000000004}, {4, 0.4995066821070679}, {5, 0.499229333433282},
                         {199, 3.084187958485307e-05}, {200, 0.0}));
    assert_points("timm.create_scheduler_v2 sched=multistep decay_milestones=[5] decay_rate=0.5 step_on_epochs=false "
                  "updates_per_epoch=2",
                  (tempo_run){.max_duration = NULL}, 1.0, POINTS({8, 1.0}, {9, 0.5}));
}

static void the_factory_takes_noise_in_fractions_of_the_schedule(void **state)
{
    (void)state;
    static const struct {
        const char *sched;
        point points[5];
    } expected[] = {
        {"step noise=[0.5, 0.75]", {{19, 0.5}, {20, 0.6275150775909424}, {29, 0.7998224794864655}, {30, 0.5}, {-1, 0}}},
        {"step noise=[0.5]", {{19, 0.5}, {20, 0.6275150775909424}, {40, 0.35349951684474945}, {-1, 0}}},
        {"step noise=0.5 noise_seed=7", {{19, 0.5}, {20, 0.7832243740558624}, {40, 0.7878394722938538}, {-1, 0}}},
        {"wsd noise=0.5 warmup_epochs=2", {{19, 0.5}, {20, 0.6275150775909424}, {39, 0.055709020938048054}, {-1, 0}}},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        char text[160];
        (void)snprintf(text, sizeof text,
                       "timm.create_scheduler_v2 num_epochs=10 step_on_epochs=false updates_per_epoch=4 sched=%s",
                       expected[i].sched);
        assert_points(text, (tempo_run){.max_duration = NULL}, 0.5, expected[i].points);
    }
}

/* Deviation: timm stops at an assertion where it is left out. */
static void the_factory_takes_the_updates_of_an_epoch_from_the_run(void **state)
{
    (void)state;
    static const char text[] = "timm.create_scheduler_v2 sched=step decay_epochs=5 decay_rate=0.5 step_on_epochs=false";
    assert_points(text, (tempo_run){.batches_per_epoch = 2}, 1.0, POINTS({9, 1.0}, {10, 0.5}));
    bound_plan b = bind_lr(text, (tempo_run){.max_duration = NULL}, 1.0);
    assert_int_equal(b.status, TEMPO_MISSING_FACT);
    assert_string_equal(b.error.fact, "batches_per_epoch");
    release(&b);
}

static void the_factory_names_its_own_parameters_in_errors(void **state)
{
    (void)state;
    assert_refused("timm.create_scheduler_v2 num_epochs=0", batch_is_epoch, TEMPO_BAD_VALUE,
                   "num_epochs is 0, but must be >= 1 for this scheduler", "schedules[0].num_epochs");
    assert_refused("timm.create_scheduler_v2 sched=step decay_epochs=0", batch_is_epoch, TEMPO_ZERO_DURATION,
                   "decay_t is 0, and the schedule divides by it", "schedules[0].decay_epochs");
    assert_refused("timm.create_scheduler_v2 sched=wsd num_epochs=10 decay_epochs=8 warmup_epochs=5", batch_is_epoch,
                   TEMPO_CONFLICT,
                   "the decay takes 8 steps, but must take at least 1 and at most the 5 that are left after the warmup",
                   "schedules[0].decay_epochs");
    assert_refused("timm.create_scheduler_v2 sched=rsqrt", batch_is_epoch, TEMPO_ZERO_DURATION,
                   "stable_timescale is warmup_t where it is not given, and must be > 0 for this stable_fn",
                   "schedules[0].stable_timescale");
    assert_refused("timm.create_scheduler_v2 noise=[]", batch_is_epoch, TEMPO_BAD_VALUE,
                   "a range of noise has two elements, not 0", "schedules[0].noise");
    assert_refused("timm.create_scheduler_v2 sched=plato", batch_is_epoch, TEMPO_BAD_VALUE,
                   "sched is 'plato', but must be one of "
                   "cosine|tanh|step|multistep|poly|wsd|rsqrt|constant|plateau|none",
                   "schedules[0].sched");
    assert_refused("timm.create_scheduler_v2 step_on_epochs=false updates_per_epoch=0", batch_is_epoch, TEMPO_BAD_VALUE,
                   "updates_per_epoch is 0, but must be > 0 without step_on_epochs", "schedules[0].updates_per_epoch");
}

static void the_factory_compares_its_cooldown_with_the_run(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "100ep", .batches_per_epoch = 10};
    assert_finds("timm.create_scheduler_v2 num_epochs=90 cooldown_epochs=10", run, "");
    assert_finds("timm.create_scheduler_v2 num_epochs=90 cooldown_epochs=20", run,
                 "schedules[0].num_epochs beyond-end: the schedule ends at 1,100ba, and the run already at 1,000ba\n");
    assert_finds(
        "timm.create_scheduler_v2 num_epochs=90", run,
        "schedules[0].num_epochs ends-at-zero: the value is 0 from 900ba on, and the run goes on to 1,000ba\n");
}

static int64_t length_of(const char *text, tempo_run run, int64_t cycles)
{
    int64_t length = -1;
    bound_plan b = bind_lr(text, run, 1.0);
    if (b.status || tempo_timm_cycle_length(&length, b.plan, 0, cycles, &b.error))
        fail_msg("%s: %s", text, b.error.message);
    release(&b);
    return length;
}

/* What get_cycle_length(cycles) of timm returns. */
static void a_schedule_tells_how_long_its_cycles_are(void **state)
{
    (void)state;
    static const int64_t cycles[] = {0, 1, 2, 5};
    static const struct {
        const char *text;
        int64_t lengths[4];
    } expected[] = {
        {"timm.CosineLRScheduler t_initial=30", {30, 30, 60, 150}},
        {"timm.CosineLRScheduler t_initial=30 cycle_mul=1.5 cycle_limit=3 warmup_t=5 warmup_prefix=true",
         {147, 35, 80, 400}},
        {"timm.TanhLRScheduler t_initial=30 cycle_limit=0 warmup_t=5", {30, 30, 60, 150}},
        {"timm.PolyLRScheduler t_initial=7 cycle_mul=0.5 cycle_limit=4", {13, 7, 10, 13}},
        {"timm.WSDLRScheduler t_initial=85 decay_t=17 warmup_t=5", {90, 90, 90, 90}},
        {"timm.create_scheduler_v2 sched=rsqrt num_epochs=30 warmup_epochs=5 step_on_epochs=false updates_per_epoch=10",
         {300, 300, 300, 300}},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        for (size_t k = 0; k < 4; k++)
            assert_int_equal(length_of(expected[i].text, batch_is_epoch, cycles[k]), expected[i].lengths[k]);
}

static void a_length_that_is_not_there_or_does_not_fit_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t cycles;
        tempo_status status;
        const char *message;
    } expected[] = {
        {"timm.StepLRScheduler decay_t=3", 0, TEMPO_MISSING, "no schedule of timm that has a length drives lr"},
        {"timm.CosineLRScheduler t_initial=9000000000000000000", 2, TEMPO_OUT_OF_RANGE,
         "the cycles take more steps than fit in 64 bits"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        int64_t untouched = 7;
        bound_plan b = bind_lr(expected[i].text, batch_is_epoch, 1.0);
        assert_int_equal(tempo_timm_cycle_length(&untouched, b.plan, 0, expected[i].cycles, &b.error),
                         expected[i].status);
        assert_string_equal(b.error.message, expected[i].message);
        assert_int_equal(untouched, 7);
        release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_gives_timms_values),
        cmocka_unit_test(wsd_decays_and_holds_in_the_shape_it_is_told),
        cmocka_unit_test(at_0_the_value_is_what_the_constructor_writes),
        cmocka_unit_test(t_counts_epochs_unless_it_is_told_otherwise),
        cmocka_unit_test(without_a_prefix_the_curve_runs_under_the_warmup_and_jumps_when_it_ends),
        cmocka_unit_test(tanh_warms_up_to_where_its_curve_is),
        cmocka_unit_test(a_milestone_takes_effect_one_t_early),
        cmocka_unit_test(milestones_out_of_order_are_searched_as_timm_searches_them),
        cmocka_unit_test(a_period_that_is_not_whole_is_divided_as_python_divides),
        cmocka_unit_test(the_logarithm_may_leave_a_boundary_to_the_cycle_before_it),
        cmocka_unit_test(a_run_that_outlasts_cycles_that_shrink_is_refused),
        cmocka_unit_test(cycles_that_shrink_have_no_value_past_their_end),
        cmocka_unit_test(progress_that_is_rounded_below_0_is_the_start_of_its_cycle),
        cmocka_unit_test(a_power_that_overflows_stays_finite),
        cmocka_unit_test(what_timm_refuses_or_divides_by_zero_for_is_refused),
        cmocka_unit_test(a_negative_power_is_fine_where_it_cannot_divide_by_zero),
        cmocka_unit_test(a_ratio_is_refused),
        cmocka_unit_test(the_end_of_time_has_a_value),
        cmocka_unit_test(noise_is_added_in_its_range),
        cmocka_unit_test(the_warmup_has_noise_but_what_the_constructor_writes_has_none),
        cmocka_unit_test(noise_is_drawn_again_until_it_is_below_its_limit),
        cmocka_unit_test(a_seed_may_be_null_or_negative_and_wraps_at_32_bits),
        cmocka_unit_test(noise_that_cannot_be_drawn_is_refused),
        cmocka_unit_test(what_is_never_drawn_need_not_be_legal),
        cmocka_unit_test(every_step_with_noise_is_a_joint_and_the_first_without),
        cmocka_unit_test(a_constant_scheduler_stands_for_lr_scale),
        cmocka_unit_test(a_schedule_that_does_not_fit_the_run_is_reported),
        cmocka_unit_test(the_joints_are_the_end_of_the_warmup_and_of_every_part),
        cmocka_unit_test(the_factory_makes_what_sched_names),
        cmocka_unit_test(the_factory_turns_epochs_into_updates),
        cmocka_unit_test(the_factory_takes_noise_in_fractions_of_the_schedule),
        cmocka_unit_test(the_factory_takes_the_updates_of_an_epoch_from_the_run),
        cmocka_unit_test(the_factory_names_its_own_parameters_in_errors),
        cmocka_unit_test(the_factory_compares_its_cooldown_with_the_run),
        cmocka_unit_test(a_schedule_tells_how_long_its_cycles_are),
        cmocka_unit_test(a_length_that_is_not_there_or_does_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
