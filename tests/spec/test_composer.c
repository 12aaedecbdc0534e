/* The schedulers of Composer: hand-checked values, what they refuse, what they warn of, and where Tempo
 * deviates. The last bit is test_golden.c's business. */
#include "support/spec.h"

#include <math.h>
#include <stdio.h>

/* --- support --- */

typedef struct bound_plan {
    tempo_schedule *schedule;
    tempo_plan *plan;
    tempo_status status;
    tempo_error error;
    size_t findings;
    char codes[256]; /* of the findings, each with a blank after it */
    char finding[320];
    char path[128];
} bound_plan;

static void note(const tempo_finding *finding, void *context)
{
    bound_plan *b = context;
    b->findings++;
    strcat(strcat(b->codes, finding->name), " ");
    (void)snprintf(b->finding, sizeof b->finding, "%s", finding->message);
    (void)snprintf(b->path, sizeof b->path, "%s", finding->path);
}

static bound_plan bind_with(const char *text, tempo_run run, tempo_bind_options options)
{
    bound_plan b = {.error = TEMPO_ERROR_INIT};
    tempo_field lr = {"lr", 1.0, NULL, NULL};
    const tempo_group group = {NULL, &lr, 1, false};
    options.on_finding = note;
    options.finding_context = &b;
    b.status = tempo_schedule_parse(&b.schedule, text, NULL, &b.error);
    if (!b.status)
        b.status = tempo_plan_bind(&b.plan, &run, &group, 1, b.schedule, &options, &b.error);
    return b;
}

static bound_plan bind(const char *text, tempo_run run)
{
    return bind_with(text, run, (tempo_bind_options){.allocator = NULL});
}

static bound_plan bind_scaled(const char *text, tempo_run run)
{
    return bind_with(text, run, (tempo_bind_options){.max_duration_is_scaled = true});
}

static void release(bound_plan *b)
{
    tempo_plan_free(b->plan);
    tempo_schedule_free(b->schedule);
}

static double at(const bound_plan *b, int64_t batch)
{
    tempo_timestamp now;
    if (b->status)
        fail_msg("%s", b->error.message);
    assert_int_equal(tempo_plan_timestamp(b->plan, batch, &now, NULL), TEMPO_OK);
    return tempo_plan_value(b->plan, 0, &now);
}

static void assert_refused(const char *text, tempo_run run, tempo_status status, const char *message, const char *path)
{
    bound_plan b = bind(text, run);
    assert_string_equal(b.error.message, message);
    assert_int_equal(b.status, status);
    assert_string_equal(b.error.path, path);
    assert_null(b.plan);
    release(&b);
}

static void assert_finds(const char *text, tempo_run run, const char *codes, const char *message, const char *path)
{
    bound_plan b = bind(text, run);
    assert_int_equal(b.status, TEMPO_OK);
    assert_string_equal(b.codes, codes);
    assert_string_equal(b.finding, message);
    assert_string_equal(b.path, path);
    release(&b);
}

/* --- values --- */

/* Schedules over 1000 epochs of 1000 batches, with the values that Composer's own tests expect of them. */
static const struct {
    const char *schedule;
    double ratio;
    size_t count;
    struct {
        int64_t batch;
        double alpha;
    } points[6];
} expected[] = {
    {"composer.StepScheduler step_size=10ba", 1.0, 3, {{5, 1.0}, {15, 0.1}, {35, 0.001}}},
    {"composer.StepScheduler step_size=0.002dur gamma=0.8", 1.0, 3, {{1000, 1.0}, {3000, 0.8}, {7000, 0.512}}},
    {"composer.StepScheduler step_size=1ep gamma=0.5", 1.0, 3, {{500, 1.0}, {1500, 0.5}, {3500, 0.125}}},
    {"composer.StepScheduler step_size=10ba gamma=0.5", 0.5, 3, {{3, 1.0}, {8, 0.5}, {18, 0.125}}},
    {"composer.MultiStepScheduler milestones=[10ba, 30ba, 70ba]",
     1.0,
     4,
     {{5, 1.0}, {20, 0.1}, {50, 0.01}, {100, 0.001}}},
    {"composer.MultiStepScheduler milestones=[100ba, 1ep, 0.01dur] gamma=0.5",
     1.0,
     4,
     {{50, 1.0}, {500, 0.5}, {5000, 0.25}, {50000, 0.125}}},
    {"composer.MultiStepScheduler milestones=[100ba, 1ep, 0.01dur] gamma=0.5",
     4.0,
     4,
     {{200, 1.0}, {2000, 0.5}, {20000, 0.25}, {200000, 0.125}}},
    {"composer.LinearScheduler", 1.0, 3, {{100000, 0.9}, {200000, 0.8}, {400000, 0.6}}},
    {"composer.LinearScheduler alpha_i=0.0 alpha_f=2.0", 1.0, 3, {{100000, 0.2}, {200000, 0.4}, {400000, 0.8}}},
    {"composer.LinearScheduler alpha_i=0.0 alpha_f=1.0 t_max=0.25dur",
     1.0,
     3,
     {{100000, 0.4}, {200000, 0.8}, {400000, 1.0}}},
    {"composer.LinearScheduler alpha_i=0.0 alpha_f=1.0 t_max=0.25dur",
     2.0,
     3,
     {{100000, 0.2}, {200000, 0.4}, {400000, 0.8}}},
    {"composer.ExponentialScheduler gamma=0.5", 1.0, 3, {{1000, 0.5}, {2000, 0.25}, {4000, 0.0625}}},
    {"composer.ExponentialScheduler gamma=0.5", 2.0, 3, {{2000, 0.5}, {4000, 0.25}, {8000, 0.0625}}},
    {"composer.CosineAnnealingScheduler",
     1.0,
     5,
     {{0, 1.0}, {333333, 0.75}, {500000, 0.5}, {666667, 0.25}, {1000000, 0.0}}},
    {"composer.CosineAnnealingScheduler t_max=30ba alpha_f=0.5",
     1.0,
     6,
     {{0, 1.0}, {10, 0.875}, {15, 0.75}, {20, 0.625}, {30, 0.5}, {50, 0.5}}},
    {"composer.CosineAnnealingScheduler t_max=30ba alpha_f=0.5",
     0.2,
     6,
     {{0, 1.0}, {2, 0.875}, {3, 0.75}, {4, 0.625}, {6, 0.5}, {10, 0.5}}},
    {"composer.CosineAnnealingWarmRestartsScheduler t_0=30ba",
     1.0,
     6,
     {{0, 1.0}, {10, 0.75}, {15, 0.5}, {20, 0.25}, {30, 1.0}, {40, 0.75}}},
    {"composer.CosineAnnealingWarmRestartsScheduler t_0=0.003dur t_mult=1.5",
     1.0,
     6,
     {{0, 1.0}, {1000, 0.75}, {3000, 1.0}, {4500, 0.75}, {7500, 1.0}, {14250, 1.0}}},
    {"composer.CosineAnnealingWarmRestartsScheduler t_0=30ep t_mult=2.0 alpha_f=0.5",
     0.5,
     4,
     {{0, 1.0}, {5000, 0.875}, {15000, 1.0}, {25000, 0.875}}},
    {"composer.PolynomialScheduler power=2.0", 1.0, 4, {{0, 1.0}, {100000, 0.81}, {200000, 0.64}, {500000, 0.25}}},
    {"composer.PolynomialScheduler power=2.0 t_max=100ba alpha_f=0.5",
     1.0,
     4,
     {{0, 1.0}, {10, 0.905}, {20, 0.82}, {50, 0.625}}},
    {"composer.PolynomialScheduler power=2.0 t_max=100ba alpha_f=0.5",
     0.5,
     4,
     {{0, 1.0}, {10, 0.82}, {20, 0.68}, {50, 0.5}}},
    {"composer.MultiStepWithWarmupScheduler t_warmup=10ba milestones=[20ba, 40ba]",
     1.0,
     5,
     {{0, 0.0}, {5, 0.5}, {15, 1.0}, {25, 0.1}, {45, 0.01}}},
    {"composer.MultiStepWithWarmupScheduler t_warmup=10ba milestones=[2ep, 4ep] gamma=0.5",
     0.5,
     5,
     {{0, 0.0}, {5, 0.5}, {15, 1.0}, {1500, 0.5}, {2500, 0.25}}},
    {"composer.MultiStepWithWarmupScheduler t_warmup=10ba milestones=[2ep, 4ep] gamma=0.5 scale_warmup=true",
     0.5,
     5,
     {{0, 0.0}, {5, 1.0}, {15, 1.0}, {1500, 0.5}, {2500, 0.25}}},
    {"composer.MultiStepWithWarmupScheduler t_warmup=1000ep milestones=[]",
     1.0,
     3,
     {{0, 0.0}, {100000, 0.1}, {1000000, 1.0}}},
    {"composer.ConstantWithWarmupScheduler t_warmup=500ep",
     1.0,
     5,
     {{0, 0.0}, {250000, 0.5}, {500000, 1.0}, {750000, 1.0}, {1000000, 1.0}}},
    {"composer.ConstantWithWarmupScheduler t_warmup=500ep alpha=3.0",
     1.0,
     6,
     {{0, 0.0}, {250000, 1.5}, {500000, 3.0}, {500500, 3.0}, {501000, 3.0}, {502000, 3.0}}},
    {"composer.ConstantWithWarmupScheduler t_warmup=0.0005dur",
     1.0,
     4,
     {{0, 0.0}, {250, 0.5}, {500, 1.0}, {499750, 1.0}}},
    {"composer.ConstantWithWarmupScheduler t_warmup=500ep alpha=3.0 t_max=501000ep",
     0.5,
     6,
     {{0, 0.0}, {250000, 1.5}, {500000, 3.0}, {500500, 3.0}, {501000, 3.0}, {502000, 3.0}}},
    {"composer.ConstantWithWarmupScheduler t_warmup=1000ep", 1.0, 3, {{0, 0.0}, {100000, 0.1}, {1000000, 1.0}}},
    {"composer.LinearWithWarmupScheduler t_warmup=500ep",
     1.0,
     5,
     {{0, 0.0}, {250000, 0.5}, {500000, 1.0}, {750000, 0.5}, {1000000, 0.0}}},
    {"composer.LinearWithWarmupScheduler t_warmup=500ep alpha_i=3.0 alpha_f=2.0 t_max=1002ep",
     0.5,
     6,
     {{0, 0.0}, {250000, 1.5}, {500000, 3.0}, {500500, 2.5}, {501000, 2.0}, {502000, 2.0}}},
    {"composer.LinearWithWarmupScheduler t_warmup=0.0005dur",
     1.0,
     4,
     {{0, 0.0}, {250, 0.5}, {500, 1.0}, {499750, 0.5}}},
    {"composer.LinearWithWarmupScheduler t_warmup=500ba scale_warmup=false",
     0.5,
     4,
     {{0, 0.0}, {250, 0.5}, {500, 1.0}, {249875, 0.5}}},
    {"composer.LinearWithWarmupScheduler t_warmup=500ba scale_warmup=true",
     0.5,
     4,
     {{0, 0.0}, {125, 0.5}, {250, 1.0}, {249875, 0.5}}},
    {"composer.LinearWithWarmupScheduler t_warmup=1000ep", 1.0, 3, {{0, 0.0}, {100000, 0.1}, {1000000, 1.0}}},
    {"composer.CosineAnnealingWithWarmupScheduler t_warmup=0.9dur",
     1.0,
     6,
     {{0, 0.0}, {450000, 0.5}, {900000, 1.0}, {933333, 0.75}, {950000, 0.5}, {1000000, 0.0}}},
    {"composer.CosineAnnealingWithWarmupScheduler t_warmup=0.9dur alpha_f=0.5",
     0.01,
     6,
     {{0, 0.0}, {4500, 0.5}, {9000, 1.0}, {9333, 0.875}, {9500, 0.75}, {10000, 0.5}}},
    {"composer.CosineAnnealingWithWarmupScheduler t_warmup=0.9dur alpha_f=0.5 scale_warmup=true",
     0.01,
     6,
     {{0, 0.0}, {4500, 0.5}, {9000, 1.0}, {9333, 0.875}, {9500, 0.75}, {10000, 0.5}}},
    {"composer.CosineAnnealingWithWarmupScheduler t_warmup=1000ep", 1.0, 3, {{0, 0.0}, {100000, 0.1}, {1000000, 1.0}}},
    {"composer.PolynomialWithWarmupScheduler t_warmup=0.9dur",
     1.0,
     6,
     {{0, 0.0}, {450000, 0.5}, {900000, 1.0}, {913397, 0.75}, {929289, 0.5}, {1000000, 0.0}}},
    {"composer.PolynomialWithWarmupScheduler t_warmup=0.9dur alpha_f=0.5",
     0.01,
     6,
     {{0, 0.0}, {4500, 0.5}, {9000, 1.0}, {9134, 0.875}, {9293, 0.75}, {10000, 0.5}}},
    {"composer.PolynomialWithWarmupScheduler t_warmup=0.9dur alpha_f=0.5 scale_warmup=true",
     0.01,
     6,
     {{0, 0.0}, {4500, 0.5}, {9000, 1.0}, {9134, 0.875}, {9293, 0.75}, {10000, 0.5}}},
    {"composer.PolynomialWithWarmupScheduler t_warmup=1000ep", 1.0, 3, {{0, 0.0}, {100000, 0.1}, {1000000, 1.0}}},
};

static void every_scheduler_has_the_values_its_authors_expect(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        bound_plan b = bind(expected[i].schedule, (tempo_run){.max_duration = "1000ep",
                                                              .batches_per_epoch = 1000,
                                                              .scale_schedule_ratio = expected[i].ratio});
        for (size_t j = 0; j < expected[i].count; j++) {
            const double alpha = at(&b, expected[i].points[j].batch);
            /* Their expectations are rounded to the tolerance of their tests, 1e-3. */
            if (fabs(alpha - expected[i].points[j].alpha) > 1e-3)
                fail_msg("%s at %lldba: %.17g, not %.17g", expected[i].schedule, (long long)expected[i].points[j].batch,
                         alpha, expected[i].points[j].alpha);
        }
        release(&b);
    }
}

static const tempo_run hundred = {.max_duration = "100ba", .batches_per_epoch = 10, .samples_per_batch = 4};

static void a_fraction_of_a_run_is_truncated_not_rounded(void **state)
{
    (void)state;
    bound_plan b = bind("composer.StepScheduler step_size=0.29dur", hundred);
    assert_true(at(&b, 27) == 1.0);
    assert_true(at(&b, 28) == 0.1);
    release(&b);
}

static void the_end_of_a_line_is_computed_not_copied(void **state)
{
    (void)state;
    bound_plan b = bind("composer.LinearScheduler alpha_i=0.2 alpha_f=0.9", hundred);
    assert_true(at(&b, 100) == 0.8999999999999999);
    release(&b);
}

static void constant_goes_back_to_one_but_constant_with_warmup_does_not(void **state)
{
    (void)state;
    bound_plan plain = bind("composer.ConstantScheduler alpha=0.5", hundred);
    bound_plan warm = bind("composer.ConstantWithWarmupScheduler t_warmup=10ba alpha=0.5", hundred);
    assert_true(at(&plain, 99) == 0.5 && at(&plain, 100) == 1.0);
    assert_true(at(&warm, 99) == 0.5 && at(&warm, 100) == 0.5 && at(&warm, 1000) == 0.5);
    release(&plain);
    release(&warm);
}

static void milestones_of_different_units_count_together(void **state)
{
    (void)state;
    bound_plan b = bind("composer.MultiStepScheduler milestones=[3ep, 80sp, 20ba, 0.5dur] gamma=0.5", hundred);
    assert_true(at(&b, 19) == 1.0);
    assert_true(at(&b, 20) == 0.25); /* 20ba and 80sp */
    assert_true(at(&b, 30) == 0.125);
    assert_true(at(&b, 50) == 0.0625);
    release(&b);
}

static void milestones_within_the_warmup_take_effect_when_it_ends(void **state)
{
    (void)state;
    bound_plan b = bind("composer.MultiStepWithWarmupScheduler t_warmup=10ba milestones=[2ba, 5ba]", hundred);
    assert_true(at(&b, 9) == 0.9);
    assert_true(at(&b, 10) == 0.1 * 0.1);
    release(&b);
}

/* Reference: trunc(1.5 * 3) = 4, trunc(1.5 * 4) = 6, trunc(1.5 * 6) = 9. */
static void restarts_come_after_truncated_lengths(void **state)
{
    (void)state;
    bound_plan b = bind("composer.CosineAnnealingWarmRestartsScheduler t_0=3ba t_mult=1.5", hundred);
    const int64_t starts[] = {0, 3, 7, 13, 22};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        assert_true(at(&b, starts[i]) == 1.0);
    assert_true(at(&b, 12) < 0.2 && at(&b, 21) < 0.2);
    release(&b);
}

static void a_restart_after_a_trillion_batches_is_found_at_once(void **state)
{
    (void)state;
    bound_plan b = bind("composer.CosineAnnealingWarmRestartsScheduler t_0=7ba", hundred);
    assert_true(at(&b, INT64_C(7000000000000)) == 1.0);
    assert_true(at(&b, INT64_C(7000000000003)) == at(&b, 3));
    release(&b);
    b = bind("composer.CosineAnnealingWarmRestartsScheduler t_0=3ba t_mult=1.2", hundred); /* 3, 3, 3, ... */
    assert_true(at(&b, INT64_C(3000000000000)) == 1.0);
    release(&b);
}

static void shrinking_cycles_end_the_schedule(void **state)
{
    (void)state;
    const tempo_run short_run = {.max_duration = "6ba"};
    bound_plan b = bind("composer.CosineAnnealingWarmRestartsScheduler t_0=4ba t_mult=0.5", short_run);
    assert_true(at(&b, 6) == 1.0); /* lengths 4, 2, 1: gone at 7 */
    tempo_timestamp now;
    assert_int_equal(tempo_plan_timestamp(b.plan, 7, &now, &b.error), TEMPO_OUT_OF_RANGE);
    assert_string_equal(b.error.message, "a schedule has no value from batch 7 on, and so none at batch 7");
    release(&b);
    assert_refused("composer.CosineAnnealingWarmRestartsScheduler t_0=4ba t_mult=0.5",
                   (tempo_run){.max_duration = "7ba"}, TEMPO_ZERO_DURATION,
                   "the cycles have decayed to 0 at 7ba, before the run has ended", "schedules[0].t_mult");
}

static void growth_stops_at_the_largest_double(void **state)
{
    (void)state;
    bound_plan b = bind("composer.ExponentialScheduler gamma=2 decay_period=1ba", hundred);
    assert_true(at(&b, 3) == 8.0);
    assert_true(isfinite(at(&b, INT64_C(1) << 60)));
    release(&b);
}

/* --- the ratio --- */

static void a_scaled_ramp_still_hands_over_at_its_unscaled_end(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "20ba", .scale_schedule_ratio = 2.0};
    bound_plan b = bind("composer.LinearWithWarmupScheduler t_warmup=8ba scale_warmup=true", run);
    const double alphas[] = {0, 0.125, 0.25, 0.375, 1.0};
    for (int64_t i = 0; i < 5; i++)
        assert_true(at(&b, 2 * i) == alphas[i]);
    release(&b);
}

static void a_warmup_in_dur_follows_the_ratio_without_being_asked(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "100ba", .scale_schedule_ratio = 0.5};
    bound_plan b = bind("composer.ConstantWithWarmupScheduler t_warmup=0.2dur", run);
    assert_true(at(&b, 5) == 0.5 && at(&b, 10) == 1.0);
    release(&b);
}

static void epochs_are_scaled_in_batches(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "3ep", .batches_per_epoch = 10, .scale_schedule_ratio = 0.5};
    bound_plan b = bind("composer.CosineAnnealingScheduler t_max=3ep", run);
    assert_int_equal(tempo_plan_batches(b.plan), 10); /* trunc(1.5) epochs */
    assert_true(at(&b, 15) == 0.0);                   /* trunc(1.5 * 30) batches halved */
    assert_true(at(&b, 14) > 0.0);
    release(&b);
}

/* --- what is refused --- */

/* Composer's State holds max_duration as its Trainer has scaled it. Values: Composer 0.32.1. */
static void a_duration_may_have_the_ratio_in_it_already(void **state)
{
    (void)state;
    static const struct {
        const char *schedule, *max_duration;
        int64_t batches_per_epoch;
        double ratio;
        int64_t batch;
        double value;
    } expected[] = {
        {"composer.LinearScheduler", "50ba", 10, 0.5, 25, 0.5},
        {"composer.LinearScheduler t_max=100ba", "50ba", 10, 0.5, 25, 0.5},
        {"composer.MultiStepScheduler milestones=[10ba, 0.5dur]", "50ba", 10, 0.5, 5, 0.1},
        {"composer.MultiStepScheduler milestones=[10ba, 0.5dur]", "50ba", 10, 0.5, 25, 0.010000000000000002},
        {"composer.StepScheduler step_size=1ep gamma=0.5", "1ep", 7, 0.3, 2, 0.5},
        /* a tenth of 231 batches, of which the ratio leaves 7 of 10 epochs */
        {"composer.CosineAnnealingWithWarmupScheduler t_warmup=0.1dur", "7ep", 33, 0.7, 11, 0.4782608695652174},
        {"composer.CosineAnnealingWithWarmupScheduler t_warmup=0.1dur", "7ep", 33, 0.7, 100, 0.6982966772493175},
        /* with "10ep", which would be scaled to 7ep, t_max ends too early */
        {"composer.CosineAnnealingWithWarmupScheduler t_warmup=4ba t_max=10ep", "6ep", 33, 0.7, 100, 0.617060572977047},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const tempo_run run = {.max_duration = expected[i].max_duration,
                               .batches_per_epoch = expected[i].batches_per_epoch,
                               .scale_schedule_ratio = expected[i].ratio};
        bound_plan b = bind_scaled(expected[i].schedule, run);
        if (at(&b, expected[i].batch) != expected[i].value)
            fail_msg("%s at %lldba", expected[i].schedule, (long long)expected[i].batch);
        release(&b);
    }
}

static void a_duration_with_the_ratio_in_it_is_not_rounded_again(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "1ba", .scale_schedule_ratio = 0.3};
    bound_plan b = bind_scaled("composer.LinearScheduler", run);
    tempo_time duration = {TEMPO_EPOCH, 0, 0};
    assert_int_equal(b.status, TEMPO_OK);
    assert_int_equal(b.findings, 0);
    assert_true(tempo_plan_max_duration(b.plan, &duration));
    assert_int_equal(duration.count, 1);
    assert_true(tempo_plan_run(b.plan)->scale_schedule_ratio == 0.3);
    release(&b);
}

static void a_schedule_with_warmup_must_not_end_before_the_run(void **state)
{
    (void)state;
    assert_refused("composer.LinearWithWarmupScheduler t_warmup=1ba t_max=99ba", hundred, TEMPO_CONFLICT,
                   "t_max comes out as 99ba, but must be >= max_duration, which is 100ba", "schedules[0].t_max");
    assert_refused("composer.CosineAnnealingWithWarmupScheduler t_warmup=1ba t_max=19ba",
                   (tempo_run){.max_duration = "2ep", .batches_per_epoch = 10}, TEMPO_CONFLICT,
                   "t_max comes out as 19ba, but must be >= max_duration, which is 20ba", "schedules[0].t_max");
}

static void a_plain_schedule_may_end_before_the_run(void **state)
{
    (void)state;
    bound_plan b = bind("composer.LinearScheduler t_max=50ba alpha_f=0.5", hundred);
    assert_true(at(&b, 75) == 0.5);
    release(&b);
}

static void warmup_and_end_must_count_the_same_thing(void **state)
{
    (void)state;
    assert_refused("composer.PolynomialWithWarmupScheduler t_warmup=40sp", hundred, TEMPO_UNIT_MISMATCH,
                   "t_max comes out as 100ba and t_warmup as 40sp, which cannot be compared", "schedules[0].t_max");
    bound_plan b = bind("composer.PolynomialWithWarmupScheduler t_warmup=1ep", hundred);
    assert_int_equal(b.status, TEMPO_OK);
    release(&b);
}

static void seconds_are_refused(void **state)
{
    (void)state;
    assert_refused("composer.StepScheduler step_size=1h", hundred, TEMPO_BAD_VALUE,
                   "step_size is in seconds, which a schedule cannot follow", "schedules[0].step_size");
}

static void a_length_that_becomes_zero_says_which_and_why(void **state)
{
    (void)state;
    assert_refused("composer.StepScheduler step_size=0.001dur", hundred, TEMPO_ZERO_DURATION,
                   "step_size 0.001dur of 100ba is 0ba, and the schedule divides by it", "schedules[0].step_size");
    assert_refused("composer.LinearScheduler t_max=5ba",
                   (tempo_run){.max_duration = "100ba", .scale_schedule_ratio = 0.1}, TEMPO_ZERO_DURATION,
                   "t_max 5ba times the scale schedule ratio 0.1 is 0ba, and the schedule divides by it",
                   "schedules[0].t_max");
    assert_refused("composer.LinearWithWarmupScheduler t_warmup=5ba scale_warmup=true",
                   (tempo_run){.max_duration = "100ba", .scale_schedule_ratio = 0.1}, TEMPO_ZERO_DURATION,
                   "t_warmup 5ba times the scale schedule ratio 0.1 is 0ba, and the ramp of the warmup divides by it",
                   "schedules[0].t_warmup");
}

static void a_missing_fact_is_named(void **state)
{
    (void)state;
    bound_plan b = bind("composer.LinearScheduler", (tempo_run){.max_duration = NULL});
    assert_int_equal(b.status, TEMPO_MISSING_FACT);
    assert_string_equal(b.error.fact, "max_duration");
    assert_string_equal(b.error.message, "t_max is 1.0dur but nothing says how long the run is");
    release(&b);
    b = bind("composer.LinearScheduler", (tempo_run){.max_duration = "2ep"});
    assert_string_equal(b.error.fact, "batches_per_epoch");
    assert_string_equal(b.error.path, "run.max_duration");
    assert_string_equal(b.error.message, "max_duration is 2ep but nothing says how many batches an epoch has");
    release(&b);
    b = bind("composer.StepScheduler step_size=3ep", (tempo_run){.max_duration = NULL});
    assert_string_equal(b.error.fact, "batches_per_epoch");
    assert_string_equal(b.error.path, "schedules[0].step_size");
    release(&b);
}

static void a_run_without_a_duration_is_fine_until_something_needs_it(void **state)
{
    (void)state;
    bound_plan b = bind("composer.StepScheduler step_size=3ba", (tempo_run){.max_duration = NULL});
    assert_true(at(&b, 3) == 0.1);
    release(&b);
}

static void times_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    assert_refused("composer.StepScheduler step_size=9e18ep", hundred, TEMPO_OUT_OF_RANGE,
                   "step_size 9,000,000,000,000,000,000ep does not fit in 64 bits here", "schedules[0].step_size");
    assert_refused("composer.StepScheduler step_size=9e18ba",
                   (tempo_run){.max_duration = "1ba", .scale_schedule_ratio = 2}, TEMPO_OUT_OF_RANGE,
                   "step_size 9,000,000,000,000,000,000ba does not fit in 64 bits here", "schedules[0].step_size");
    assert_refused("composer.MultiStepScheduler milestones=[1ba, 9e18ep]", hundred, TEMPO_OUT_OF_RANGE,
                   "milestones 9,000,000,000,000,000,000ep does not fit in 64 bits here", "schedules[0].milestones[1]");
}

/* --- what is suspicious --- */

static void a_sound_schedule_gives_no_findings(void **state)
{
    (void)state;
    bound_plan b = bind("composer.CosineAnnealingWithWarmupScheduler t_warmup=10ba alpha_f=0.1", hundred);
    assert_int_equal(b.findings, 0);
    release(&b);
}

static void a_warmup_of_zero_is_reported(void **state)
{
    (void)state;
    assert_finds("composer.ConstantWithWarmupScheduler t_warmup=0.0002dur", (tempo_run){.max_duration = "2000ba"},
                 "zero-warmup ", "t_warmup 0.0002dur of 2,000ba is 0ba, so there is no warmup",
                 "schedules[0].t_warmup");
}

static void a_ramp_that_misses_its_end_is_reported(void **state)
{
    (void)state;
    assert_finds("composer.ConstantWithWarmupScheduler t_warmup=10ba scale_warmup=true",
                 (tempo_run){.max_duration = "100ba", .scale_schedule_ratio = 2}, "warmup-jump ",
                 "the ramp of t_warmup is scaled to 20ba but ends at 10ba, so the value jumps to its peak there",
                 "schedules[0].t_warmup");
}

static void a_warmup_that_outlasts_the_run_is_reported_once(void **state)
{
    (void)state;
    assert_finds("composer.LinearWithWarmupScheduler t_warmup=100ba", hundred, "beyond-end ",
                 "t_warmup ends at 100ba, which is not before the end of the run", "schedules[0].t_warmup");
}

static void a_schedule_without_room_after_its_warmup_is_reported(void **state)
{
    (void)state;
    assert_finds("composer.LinearWithWarmupScheduler t_warmup=50ba t_max=50ba", (tempo_run){.max_duration = "1Mtok"},
                 "no-decay-left ",
                 "the warmup lasts until 50ba and the schedule ends no later, so it stays at its peak",
                 "schedules[0].t_warmup");
}

static void milestones_after_the_run_are_reported_once(void **state)
{
    (void)state;
    assert_finds("composer.MultiStepScheduler milestones=[10ba, 100ba, 20ep]", hundred, "beyond-end ",
                 "the milestone at 100ba is not before the end of the run at 100ba", "schedules[0].milestones");
}

static void a_run_that_goes_on_at_zero_is_reported(void **state)
{
    (void)state;
    assert_finds("composer.CosineAnnealingScheduler t_max=60ba", hundred, "ends-at-zero ",
                 "the value is 0 from 60ba on, and the run goes on to 100ba", "schedules[0].t_max");
}

static void a_constant_that_ends_before_the_run_is_reported(void **state)
{
    (void)state;
    assert_finds("composer.ConstantScheduler alpha=0.5 t_max=5ep", hundred, "snaps-back ",
                 "from 50ba on the value is the whole base again", "schedules[0].t_max");
}

static void a_ratio_that_does_not_divide_the_duration_is_reported(void **state)
{
    (void)state;
    assert_finds("composer.LinearScheduler",
                 (tempo_run){.max_duration = "5ep", .batches_per_epoch = 10, .scale_schedule_ratio = 0.5},
                 "ratio-rounds ", "max_duration 5ep times scale_schedule_ratio 0.5 is truncated to 2ep",
                 "run.max_duration");
}

/* --- user-written schedulers --- */

static double halve_with_the_ratio(const tempo_state *now, double ratio, void *data)
{
    *(double *)data = ratio;
    return now->now->batch < now->max_duration.count / 2 ? 1.0 : 0.5;
}

static double halve(const tempo_state *now, void *data)
{
    (void)data;
    return now->now->batch < now->max_duration.count / 2 ? 1.0 : 0.5;
}

static tempo_status bind_function(tempo_plan **plan, const tempo_function *function, double ratio, tempo_error *error)
{
    tempo_schedule *schedule = NULL;
    tempo_field lr = {"lr", 2.0, NULL, NULL};
    const tempo_group group = {NULL, &lr, 1, false};
    const tempo_run run = {.max_duration = "100ba", .scale_schedule_ratio = ratio};
    const tempo_bind_options options = {.functions = function, .function_count = function ? 1 : 0};
    assert_int_equal(tempo_schedule_parse(&schedule, "composer.ComposerScheduler function=halve", NULL, error),
                     TEMPO_OK);
    const tempo_status status = tempo_plan_bind(plan, &run, &group, 1, schedule, &options, error);
    tempo_schedule_free(schedule);
    return status;
}

static void a_function_of_the_state_is_a_scheduler(void **state)
{
    (void)state;
    double ratio = 0;
    tempo_plan *plan = NULL;
    const tempo_function function = {.name = "halve", .scaled = halve_with_the_ratio, .data = &ratio};
    assert_int_equal(bind_function(&plan, &function, 0.5, NULL), TEMPO_OK);
    tempo_timestamp now = {.batch = 24};
    assert_true(tempo_plan_value(plan, 0, &now) == 2.0);
    now.batch = 25; /* the state's max_duration is 50ba */
    assert_true(tempo_plan_value(plan, 0, &now) == 1.0);
    assert_true(ratio == 0.5);
    tempo_plan_free(plan);
}

static void a_function_without_the_ratio_needs_a_ratio_of_one(void **state)
{
    (void)state;
    tempo_plan *plan = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_function function = {.name = "halve", .unscaled = halve};
    assert_int_equal(bind_function(&plan, &function, 1.0, NULL), TEMPO_OK);
    tempo_plan_free(plan);
    assert_int_equal(bind_function(&plan, &function, 2.0, &error), TEMPO_CONFLICT);
    assert_string_equal(error.message, "the function 'halve' does not take the scale schedule ratio, which is not 1");
    assert_null(plan);
}

static void a_function_nobody_supplies_is_an_error(void **state)
{
    (void)state;
    tempo_plan *plan = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(bind_function(&plan, NULL, 1.0, &error), TEMPO_UNKNOWN_NAME);
    assert_string_equal(error.message, "there is no function 'halve'");
}

/* --- llm-foundry --- */

static void inverse_root_needs_the_unit_of_the_run(void **state)
{
    (void)state;
    assert_refused("llmfoundry.InverseSquareRootWithWarmupScheduler t_warmup=0.1dur t_scale=1ba t_cooldown=1ba",
                   hundred, TEMPO_BAD_VALUE, "t_warmup is 0.1dur, but must not be a fraction of the run",
                   "schedules[0].t_warmup");
    assert_refused("llmfoundry.InverseSquareRootWithWarmupScheduler t_warmup=1ba t_scale=1ep t_cooldown=1ba", hundred,
                   TEMPO_UNIT_MISMATCH, "t_scale is in ep, but must be in ba like max_duration",
                   "schedules[0].t_scale");
}

static void inverse_root_must_not_cool_down_to_more_than_it_decays_to(void **state)
{
    (void)state;
    assert_refused("llmfoundry.InverseSquareRootWithWarmupScheduler t_warmup=1ba t_scale=1ba t_cooldown=1ba "
                   "alpha_f_cooldown=0.1",
                   hundred, TEMPO_CONFLICT, "alpha_f_cooldown must be <= alpha_f_decay",
                   "schedules[0].alpha_f_cooldown");
}

/* At t_scale after the warmup the time has doubled: 1 / sqrt(2); a quarter at 15 scales: 1 / sqrt(16). */
static void inverse_root_decays_by_the_root_of_time(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "1000ba"};
    bound_plan b =
        bind("llmfoundry.InverseSquareRootWithWarmupScheduler t_warmup=10ba t_scale=20ba t_cooldown=100ba", run);
    assert_true(at(&b, 5) == 0.5);
    assert_true(at(&b, 10) == 1.0);
    assert_true(fabs(at(&b, 30) - 0.7071067811865475) < 1e-15);
    assert_true(at(&b, 310) == 0.25);
    assert_true(at(&b, 1000) == 0.0);
    release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scheduler_has_the_values_its_authors_expect),
        cmocka_unit_test(a_fraction_of_a_run_is_truncated_not_rounded),
        cmocka_unit_test(the_end_of_a_line_is_computed_not_copied),
        cmocka_unit_test(constant_goes_back_to_one_but_constant_with_warmup_does_not),
        cmocka_unit_test(milestones_of_different_units_count_together),
        cmocka_unit_test(milestones_within_the_warmup_take_effect_when_it_ends),
        cmocka_unit_test(restarts_come_after_truncated_lengths),
        cmocka_unit_test(a_restart_after_a_trillion_batches_is_found_at_once),
        cmocka_unit_test(shrinking_cycles_end_the_schedule),
        cmocka_unit_test(growth_stops_at_the_largest_double),
        cmocka_unit_test(a_scaled_ramp_still_hands_over_at_its_unscaled_end),
        cmocka_unit_test(a_warmup_in_dur_follows_the_ratio_without_being_asked),
        cmocka_unit_test(epochs_are_scaled_in_batches),
        cmocka_unit_test(a_duration_may_have_the_ratio_in_it_already),
        cmocka_unit_test(a_duration_with_the_ratio_in_it_is_not_rounded_again),
        cmocka_unit_test(a_schedule_with_warmup_must_not_end_before_the_run),
        cmocka_unit_test(a_plain_schedule_may_end_before_the_run),
        cmocka_unit_test(warmup_and_end_must_count_the_same_thing),
        cmocka_unit_test(seconds_are_refused),
        cmocka_unit_test(a_length_that_becomes_zero_says_which_and_why),
        cmocka_unit_test(a_missing_fact_is_named),
        cmocka_unit_test(a_run_without_a_duration_is_fine_until_something_needs_it),
        cmocka_unit_test(times_that_do_not_fit_are_refused),
        cmocka_unit_test(a_sound_schedule_gives_no_findings),
        cmocka_unit_test(a_warmup_of_zero_is_reported),
        cmocka_unit_test(a_ramp_that_misses_its_end_is_reported),
        cmocka_unit_test(a_warmup_that_outlasts_the_run_is_reported_once),
        cmocka_unit_test(a_schedule_without_room_after_its_warmup_is_reported),
        cmocka_unit_test(milestones_after_the_run_are_reported_once),
        cmocka_unit_test(a_run_that_goes_on_at_zero_is_reported),
        cmocka_unit_test(a_constant_that_ends_before_the_run_is_reported),
        cmocka_unit_test(a_ratio_that_does_not_divide_the_duration_is_reported),
        cmocka_unit_test(a_function_of_the_state_is_a_scheduler),
        cmocka_unit_test(a_function_without_the_ratio_needs_a_ratio_of_one),
        cmocka_unit_test(a_function_nobody_supplies_is_an_error),
        cmocka_unit_test(inverse_root_needs_the_unit_of_the_run),
        cmocka_unit_test(inverse_root_must_not_cool_down_to_more_than_it_decays_to),
        cmocka_unit_test(inverse_root_decays_by_the_root_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
