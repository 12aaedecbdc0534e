/* The schedulers of PyTorch: values that PyTorch 2.13 gives, what is refused, and where Tempo deviates. The last bit
 * over the whole range of the parameters is the golden rows' business. */
#include "support/bound.h"

#include <float.h>
#include <math.h>

/* --- support --- */

static const tempo_run every_batch = {.step_schedulers_every_batch = true};

static void assert_refused(const char *text, tempo_run run, tempo_status status, const char *message, const char *path)
{
    assert_unbound(bind_lr(text, run, 1.0), status, message, path);
}

/* The values at batches 0, 1, 2, ..., to the last bit, up to a NAN. */
static void assert_values(const char *text, tempo_run run, double lr, const double *values)
{
    bound_plan b = bind_lr(text, run, lr);
    for (int64_t batch = 0; !isnan(values[batch]); batch++)
        if (at(&b, batch) != values[batch])
            fail_msg("%s at %lld: %.17g, not %.17g", text, (long long)batch, at(&b, batch), values[batch]);
    release(&b);
}

static void assert_joints(const char *text, tempo_run run, const int64_t *joints)
{
    bound_plan b = bind_lr(text, run, 1.0);
    assert_int_equal(b.status, TEMPO_OK);
    int64_t joint = -1;
    do {
        joint = tempo_plan_next_joint(b.plan, 0, joint);
        assert_int_equal(joint, *joints);
    } while (*joints++ >= 0 && *joints != 0);
    release(&b);
}

#define VALUES(...) ((const double[]){__VA_ARGS__, (double)NAN})
/* -1: there is no more; 0: do not look further */
#define JOINTS(...) ((const int64_t[]){__VA_ARGS__, 0})

/* --- values --- */

static void each_type_gives_pytorchs_closed_form(void **state)
{
    (void)state;
    assert_values("torch.StepLR step_size=2 gamma=0.3", every_batch, 0.1, VALUES(0.1, 0.1, 0.03, 0.03, 0.009, 0.009));
    assert_values("torch.MultiStepLR milestones=[3, 1, 3] gamma=0.3", every_batch, 0.1,
                  VALUES(0.1, 0.03, 0.03, 0.0026999999999999997, 0.0026999999999999997));
    assert_values("torch.ConstantLR factor=0.3 total_iters=3", every_batch, 0.1, VALUES(0.03, 0.03, 0.03, 0.1, 0.1));
    assert_values("torch.LinearLR total_iters=4", every_batch, 0.1,
                  VALUES(0.03333333333333333, 0.05, 0.06666666666666668, 0.08333333333333333, 0.1, 0.1));
    assert_values("torch.LinearLR start_factor=1.0 end_factor=0.0 total_iters=3", every_batch, 0.1,
                  VALUES(0.1, 0.06666666666666668, 0.03333333333333334, 0.0, 0.0));
    assert_values("torch.ExponentialLR gamma=0.9", every_batch, 0.1,
                  VALUES(0.1, 0.09000000000000001, 0.08100000000000002));
    assert_values("torch.PolynomialLR total_iters=4 power=0.9", every_batch, 0.1,
                  VALUES(0.1, 0.07718895067235705, 0.05358867312681466, 0.028717458874925873, 0.0, 0.0));
    assert_values("torch.CosineAnnealingLR T_max=3 eta_min=0.001", every_batch, 0.1,
                  VALUES(0.1, 0.07525000000000001, 0.025750000000000012, 0.001));
    assert_values("torch.CosineAnnealingWarmRestarts T_0=2 T_mult=2 eta_min=0.001", every_batch, 0.1,
                  VALUES(0.1, 0.0505, 0.1, 0.0855017856687341, 0.0505, 0.0154982143312659, 0.1));
    assert_values(
        "torch.CyclicLR base_lr=0.001 max_lr=0.1 step_size_up=2 step_size_down=3", every_batch, 0.5,
        VALUES(0.001, 0.05049999999999999, 0.09999999999999998, 0.06699999999999999, 0.033999999999999996, 0.001));
    assert_values("torch.OneCycleLR max_lr=0.1 total_steps=6", every_batch, 0.5,
                  VALUES(0.0040000000000000036, 0.09944154354509119, 0.0811745653949763, 0.046263710266697504,
                         0.01334775301888306, 4e-07));
}

static void the_defaults_are_pytorchs(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.ConstantLR", every_batch, 0.1);
    assert_true(at(&b, 4) == 0.03333333333333333 && at(&b, 5) == 0.1);
    release(&b);
    b = bind_lr("torch.CyclicLR base_lr=0.0 max_lr=1.0", every_batch, 0.1);
    assert_true(at(&b, 0) == 0.0 && at(&b, 2000) == 1.0 && at(&b, 4000) == 0.0);
    release(&b);
}

static void steps_are_epochs_unless_schedulers_step_every_batch(void **state)
{
    (void)state;
    const tempo_run epochs = {.batches_per_epoch = 10};
    bound_plan b = bind_lr("torch.StepLR step_size=2", epochs, 1.0);
    assert_true(at(&b, 19) == 1.0 && at(&b, 20) == 0.1);
    release(&b);
    b = bind_lr("torch.StepLR step_size=2", every_batch, 1.0);
    assert_true(at(&b, 1) == 1.0 && at(&b, 2) == 0.1);
    release(&b);
    b = bind_lr("torch.StepLR step_size=2 every=3ba", epochs, 1.0);
    assert_true(at(&b, 5) == 1.0 && at(&b, 6) == 0.1);
    release(&b);
}

static void the_cosine_climbs_back_after_t_max(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.CosineAnnealingLR T_max=3 eta_min=0.001", every_batch, 0.1);
    assert_true(at(&b, 4) == 0.02574999999999998);
    assert_true(at(&b, 6) == 0.1);
    release(&b);
}

static void a_run_in_which_it_climbs_is_pointed_out(void **state)
{
    (void)state;
    static const char *const text = "torch.CosineAnnealingLR T_max=30";
    const tempo_run epochs = {.max_duration = "90ep", .batches_per_epoch = 10};
    bound_plan b = bind_lr(text, epochs, 1.0);
    assert_string_equal(b.findings, "schedules[0].T_max climbs-again: the value is eta_min at step 30, and climbs "
                                    "again from batch 310 on of the run's 900\n");
    release(&b);
}

static void a_run_that_ends_at_the_minimum_is_not(void **state)
{
    (void)state;
    static const char *const durations[] = {"20ep", "30ep", "31ep", NULL};
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        const tempo_run run = {.max_duration = durations[i], .batches_per_epoch = 10};
        bound_plan b = bind_lr("torch.CosineAnnealingLR T_max=30", run, 1.0);
        assert_int_equal(b.status, TEMPO_OK);
        assert_string_equal(b.findings, "");
        release(&b);
    }
    const tempo_run twice = {.max_duration = "30ep", .batches_per_epoch = 10, .scale_schedule_ratio = 2.0};
    bound_plan b = bind_lr("torch.CosineAnnealingLR T_max=30", twice, 1.0);
    assert_string_equal(b.findings, "");
    release(&b);
}

static void an_average_goes_from_the_base_to_swa_lr(void **state)
{
    (void)state;
    assert_values("torch.SWALR swa_lr=0.01 anneal_epochs=3", every_batch, 0.1,
                  VALUES(0.1, 0.07750000000000001, 0.03250000000000001, 0.01, 0.01));
    assert_values("torch.SWALR swa_lr=0.05 anneal_epochs=2 anneal_strategy=linear", every_batch, 1.0,
                  VALUES(1.0, 0.525, 0.05, 0.05));
    assert_values("torch.SWALR swa_lr=0.05 anneal_epochs=0", every_batch, 1.0, VALUES(0.05, 0.05));
}

static void warm_restarts_never_reach_eta_min(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.CosineAnnealingWarmRestarts T_0=10 T_mult=3", every_batch, 0.1);
    assert_true(at(&b, 1209) == 3.7607041719622814e-07);
    assert_true(at(&b, 1210) == 0.1);
    release(&b);
}

static void a_restart_after_a_trillion_steps_is_found_at_once(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.CosineAnnealingWarmRestarts T_0=7", every_batch, 1.0);
    assert_true(at(&b, INT64_C(7000000000000)) == 1.0);
    assert_true(at(&b, INT64_C(7000000000003)) == at(&b, 3));
    release(&b);
    b = bind_lr("torch.CosineAnnealingWarmRestarts T_0=1 T_mult=2", every_batch, 1.0);
    assert_true(at(&b, (INT64_C(1) << 62) - 1) == 1.0);
    assert_true(at(&b, INT64_MAX) == 1.0);
    release(&b);
}

static void triangular2_halves_the_height_of_each_cycle(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.CyclicLR base_lr=0.001 max_lr=0.1 step_size_up=2 mode=triangular2", every_batch, 1.0);
    assert_true(at(&b, 2) == 0.1 && at(&b, 6) == 0.0505 && at(&b, 10) == 0.025750000000000002);
    release(&b);
}

/* Python raises OverflowError in cycle 1025. */
static void triangular2_is_flat_once_its_height_leaves_the_range_of_double(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.CyclicLR base_lr=0.5 max_lr=1.5 step_size_up=1 mode=triangular2", every_batch, 1.0);
    assert_true(at(&b, 3) == 1.0);
    assert_true(at(&b, 2049) == 0.5 && at(&b, INT64_MAX) == 0.5);
    release(&b);
}

static void exp_range_decays_over_all_of_training_and_not_per_cycle(void **state)
{
    (void)state;
    bound_plan b =
        bind_lr("torch.CyclicLR base_lr=0.0 max_lr=1.0 step_size_up=2 mode=exp_range gamma=0.5", every_batch, 1.0);
    assert_true(at(&b, 2) == 0.25 && at(&b, 6) == 0.015625);
    release(&b);
}

static void a_cycle_without_a_way_down_never_shows_its_top(void **state)
{
    (void)state;
    assert_values("torch.CyclicLR base_lr=0.0 max_lr=1.0 step_size_up=4 step_size_down=0", every_batch, 1.0,
                  VALUES(0.0, 0.25, 0.5, 0.75, 0.0, 0.25));
}

static void three_phases_go_down_as_fast_as_up(void **state)
{
    (void)state;
    assert_values("torch.OneCycleLR max_lr=25.0 epochs=5 steps_per_epoch=2 pct_start=0.4 final_div_factor=2.0 "
                  "anneal_strategy=linear three_phase=true",
                  every_batch, 1.0,
                  VALUES(1.0, 9.0, 17.0, 25.0, 17.0, 9.0, 1.0, 0.8333333333333334, 0.6666666666666667, 0.5));
}

static void total_steps_wins_over_epochs(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.OneCycleLR max_lr=1.0 total_steps=6 epochs=5 steps_per_epoch=2", every_batch, 1.0);
    assert_true(at(&b, 5) == 4e-06);
    release(&b);
}

static void without_a_way_up_the_cycle_starts_below_its_top(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.OneCycleLR max_lr=1.0 total_steps=10 pct_start=0.0", every_batch, 1.0);
    assert_true(at(&b, 0) == 0.9755283560345442);
    release(&b);
}

/* --- the end of OneCycleLR --- */

static void one_step_past_the_cycle_leaves_the_curve_and_the_next_has_no_value(void **state)
{
    (void)state;
    tempo_timestamp now;
    bound_plan b = bind_lr("torch.OneCycleLR max_lr=25.0 total_steps=10 final_div_factor=2.0", every_batch, 1.0);
    assert_true(at(&b, 9) == 0.5 && at(&b, 10) == 1.7131313681953655);
    assert_int_equal(tempo_plan_timestamp(b.plan, 11, &now, &b.error), TEMPO_OUT_OF_RANGE);
    assert_string_equal(b.error.message, "a schedule has no value from batch 11 on, and so none at batch 11");
    release(&b);
    b = bind_lr("torch.OneCycleLR max_lr=25.0 total_steps=10 final_div_factor=2.0 anneal_strategy=linear", every_batch,
                1.0);
    assert_true(at(&b, 10) == -3.0);
    release(&b);
}

static void a_run_longer_than_the_cycle_is_refused(void **state)
{
    (void)state;
    tempo_run run = {.max_duration = "10ba", .step_schedulers_every_batch = true};
    bound_plan b = bind_lr("torch.OneCycleLR max_lr=1.0 total_steps=10", run, 1.0);
    assert_int_equal(b.status, TEMPO_OK);
    release(&b);
    run.max_duration = "11ba";
    assert_refused("torch.OneCycleLR max_lr=1.0 total_steps=10", run, TEMPO_CONFLICT,
                   "the cycle has 10 steps of 1ba, and PyTorch raises an error if the run goes on after it",
                   "schedules[0].total_steps");
    assert_refused("torch.OneCycleLR max_lr=1.0 epochs=2 steps_per_epoch=5", run, TEMPO_CONFLICT,
                   "the cycle has 10 steps of 1ba, and PyTorch raises an error if the run goes on after it",
                   "schedules[0].epochs");
}

static void a_phase_that_divides_by_zero_is_refused_if_training_gets_there(void **state)
{
    (void)state;
    const tempo_run ten = {.max_duration = "10ba", .step_schedulers_every_batch = true};
    const tempo_run nine = {.max_duration = "9ba", .step_schedulers_every_batch = true};
    assert_refused("torch.OneCycleLR max_lr=1.0 total_steps=10 pct_start=0.1", every_batch, TEMPO_ZERO_DURATION,
                   "pct_start times total_steps is 1, so the way up has 0 steps, and PyTorch divides by that",
                   "schedules[0].pct_start");
    assert_refused("torch.OneCycleLR max_lr=1.0 total_steps=10 pct_start=1.0", ten, TEMPO_ZERO_DURATION,
                   "the last phase has 0 steps, and PyTorch divides by that at step 10, before the run has ended",
                   "schedules[0].pct_start");
    bound_plan b = bind_lr("torch.OneCycleLR max_lr=1.0 total_steps=10 pct_start=1.0", nine, 1.0);
    assert_true(at(&b, 9) == 1.0);
    release(&b);
}

static void pct_start_needs_its_point(void **state)
{
    (void)state;
    assert_refused("torch.OneCycleLR max_lr=1.0 total_steps=10 pct_start=0", every_batch, TEMPO_BAD_TYPE,
                   "pct_start is the integer 0, but must be a number with a point", "schedules[0].pct_start");
}

static void the_length_of_a_cycle_must_be_said(void **state)
{
    (void)state;
    assert_refused("torch.OneCycleLR max_lr=1.0 epochs=3", every_batch, TEMPO_MISSING,
                   "torch.OneCycleLR does not say how many steps it has", "schedules[0].total_steps");
    assert_refused("torch.OneCycleLR max_lr=1.0 epochs=4e18 steps_per_epoch=4", every_batch, TEMPO_OUT_OF_RANGE,
                   "epochs times steps_per_epoch does not fit in 64 bits", "schedules[0].epochs");
}

static void nothing_is_divided_by_zero(void **state)
{
    (void)state;
    assert_refused("torch.OneCycleLR max_lr=1.0 total_steps=9 div_factor=0.0", every_batch, TEMPO_BAD_VALUE,
                   "div_factor is 0, and a value is divided by it", "schedules[0].div_factor");
    assert_refused("torch.OneCycleLR max_lr=1.0 total_steps=9 final_div_factor=0.0", every_batch, TEMPO_BAD_VALUE,
                   "final_div_factor is 0, and a value is divided by it", "schedules[0].final_div_factor");
    assert_refused("torch.OneCycleLR max_lr=1e300 total_steps=9 div_factor=1e-300", every_batch, TEMPO_BAD_VALUE,
                   "div_factor is so small that the quotient is infinite", "schedules[0].div_factor");
}

/* --- the scale schedule ratio, as Composer's Trainer applies it --- */

static tempo_run stretched(double ratio)
{
    return (tempo_run){.step_schedulers_every_batch = true, .scale_schedule_ratio = ratio};
}

static void the_ratio_stretches_lengths_truncated(void **state)
{
    (void)state;
    assert_values("torch.StepLR step_size=5", stretched(0.7), 1.0,
                  VALUES(1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.010000000000000002));
    assert_values("torch.CosineAnnealingLR T_max=5", stretched(0.5), 1.0, VALUES(1.0, 0.5, 0.0, 0.4999999999999999));
}

static void the_ratio_takes_a_root_of_gamma(void **state)
{
    (void)state;
    assert_values("torch.ExponentialLR gamma=0.81", stretched(2.0), 1.0, VALUES(1.0, 0.9, 0.81));
    assert_refused("torch.ExponentialLR gamma=-0.5", stretched(2.0), TEMPO_BAD_VALUE,
                   "gamma is -0.5, and its power of 1 / 2 (the scale schedule ratio) is no finite number",
                   "schedules[0].gamma");
}

/* Those at 0 have fired twice before Composer comes; 1 becomes 0 and never fires; 2 and 2 become one 1, and 3
 * another. */
static void the_ratio_loses_equal_milestones_and_those_that_become_0(void **state)
{
    (void)state;
    assert_values("torch.MultiStepLR milestones=[0, 0, 1, 2, 2, 3, 9] gamma=0.5", stretched(0.5), 1.0,
                  VALUES(0.25, 0.0625, 0.0625, 0.0625, 0.03125, 0.03125));
}

static void the_ratio_does_nothing_to_warm_restarts(void **state)
{
    (void)state;
    assert_values("torch.CosineAnnealingWarmRestarts T_0=4", stretched(0.5), 1.0,
                  VALUES(1.0, 0.8535533905932737, 0.5, 0.14644660940672627, 1.0));
}

static void a_length_that_the_ratio_makes_0_is_refused(void **state)
{
    (void)state;
    assert_refused("torch.StepLR step_size=3", stretched(0.25), TEMPO_ZERO_DURATION,
                   "step_size 3 times the scale schedule ratio 0.25 is 0, and the schedule divides by it",
                   "schedules[0].step_size");
    assert_refused("torch.CosineAnnealingLR T_max=9223372036854775807", stretched(2.0), TEMPO_OUT_OF_RANGE,
                   "T_max 9223372036854775807 times the scale schedule ratio 2 does not fit in 64 bits",
                   "schedules[0].T_max");
}

static void types_that_composer_cannot_stretch_refuse_the_ratio(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "torch.ConstantLR",
        "torch.LinearLR",
        "torch.PolynomialLR",
        "torch.CyclicLR base_lr=0.1 max_lr=1.0",
        "torch.OneCycleLR max_lr=1.0 total_steps=10",
        "torch.SWALR swa_lr=0.1",
        "torch.SequentialLR schedulers=[(torch.StepLR step_size=3)] milestones=[]",
        "torch.ChainedScheduler schedulers=[(torch.StepLR step_size=3)]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bound_plan b = bind_lr(texts[i], stretched(0.5), 1.0);
        assert_int_equal(b.status, TEMPO_CONFLICT);
        assert_string_equal(b.error.path, "run.scale_schedule_ratio");
        release(&b);
        b = bind_lr(texts[i], stretched(1.0), 1.0);
        assert_int_equal(b.status, TEMPO_OK);
        release(&b);
    }
}

/* --- SequentialLR --- */

static void each_scheduler_of_a_sequence_starts_anew_from_the_base(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.SequentialLR schedulers=[(torch.LinearLR start_factor=0.1 total_iters=2), "
                           "(torch.CosineAnnealingLR T_max=4)] milestones=[2]",
                           every_batch, 0.1);
    static const double expected[] = {0.01, 0.055, 0.1, 0.085355339059327, 0.05, 0.014644660940673, 0.0};
    for (int64_t i = 0; i < 7; i++)
        assert_true(fabs(at(&b, i) - expected[i]) < 1e-15);
    release(&b);
}

static void a_milestone_at_0_or_met_twice_skips_a_scheduler(void **state)
{
    (void)state;
    assert_values("torch.SequentialLR schedulers=[(torch.ConstantLR factor=0.1), (torch.ExponentialLR gamma=0.5)] "
                  "milestones=[0]",
                  every_batch, 1.0, VALUES(1.0, 0.5, 0.25));
    assert_values("torch.SequentialLR schedulers=[(torch.ConstantLR factor=0.1), (torch.ExponentialLR gamma=0.5), "
                  "(torch.ExponentialLR gamma=0.25)] milestones=[2, 2]",
                  every_batch, 1.0, VALUES(0.1, 0.1, 1.0, 0.25, 0.0625));
}

static void one_cycle_replaces_the_base_of_what_runs_first_and_what_comes_after(void **state)
{
    (void)state;
    bound_plan b =
        bind_lr("torch.SequentialLR schedulers=[(torch.ConstantLR factor=0.1 total_iters=3), (torch.OneCycleLR "
                "max_lr=2.0 total_steps=6)] milestones=[3]",
                every_batch, 1.0);
    assert_true(at(&b, 0) == 0.008 && at(&b, 2) == 0.008 && at(&b, 4) == 1.9888308709018234);
    release(&b);
    b = bind_lr("torch.SequentialLR schedulers=[(torch.OneCycleLR max_lr=2.0 total_steps=6), (torch.ExponentialLR "
                "gamma=0.5)] milestones=[6]",
                every_batch, 1.0);
    assert_true(at(&b, 6) == 0.08 && at(&b, 8) == 0.02);
    release(&b);
}

static void a_cycle_that_is_constructed_first_replaces_the_base_too(void **state)
{
    (void)state;
    assert_values("torch.SequentialLR schedulers=[(torch.CyclicLR base_lr=0.5 max_lr=1.0 step_size_up=2), "
                  "(torch.ExponentialLR gamma=0.5)] milestones=[4]",
                  every_batch, 1.0, VALUES(0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.125));
}

static void milestones_must_fit_the_schedulers_and_ascend(void **state)
{
    (void)state;
    assert_refused("torch.SequentialLR schedulers=[(torch.ConstantLR), (torch.LinearLR)] milestones=[]", every_batch,
                   TEMPO_CONFLICT, "there are 0 milestones for 2 schedulers, but must be 1", "schedules[0].milestones");
    assert_refused("torch.SequentialLR schedulers=[(torch.ConstantLR), (torch.LinearLR), (torch.ConstantLR)] "
                   "milestones=[4, 2]",
                   every_batch, TEMPO_CONFLICT, "the milestone 2 comes after 4, but milestones must be ascending",
                   "schedules[0].milestones");
    assert_refused("torch.SequentialLR schedulers=[] milestones=[]", every_batch, TEMPO_MISSING,
                   "schedulers is empty, but must have at least one", "schedules[0].schedulers");
}

static void only_pytorchs_own_without_others_inside_can_be_in_a_sequence(void **state)
{
    (void)state;
    assert_refused("torch.SequentialLR schedulers=[(torch.ConstantLR), (torch.ChainedScheduler "
                   "schedulers=[(torch.LinearLR)])] milestones=[3]",
                   every_batch, TEMPO_CONFLICT,
                   "torch.ChainedScheduler cannot be inside this torch.SequentialLR: it must be one of torch.* without "
                   "others inside",
                   "schedules[0].schedulers[1]");
    assert_refused("torch.SequentialLR schedulers=[(composer.StepScheduler step_size=3ba)] milestones=[]", every_batch,
                   TEMPO_CONFLICT,
                   "composer.StepScheduler cannot be inside this torch.SequentialLR: it must be one of torch.* without "
                   "others inside",
                   "schedules[0].schedulers[0]");
}

static void a_cycle_must_last_as_long_as_its_part_of_the_sequence(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "90ba", .step_schedulers_every_batch = true};
    bound_plan b = bind_lr("torch.SequentialLR schedulers=[(torch.OneCycleLR max_lr=2.0 total_steps=5), (torch.StepLR "
                           "step_size=3)] milestones=[6]",
                           run, 1.0);
    assert_int_equal(b.status, TEMPO_OK);
    release(&b);
    assert_refused("torch.SequentialLR schedulers=[(torch.OneCycleLR max_lr=2.0 total_steps=5), (torch.StepLR "
                   "step_size=3)] milestones=[7]",
                   run, TEMPO_CONFLICT,
                   "torch.OneCycleLR cannot be inside this torch.SequentialLR: its cycle is over before the next one "
                   "starts",
                   "schedules[0].schedulers[0]");
}

static void what_a_sequence_cannot_follow_is_refused(void **state)
{
    (void)state;
    assert_refused("torch.SequentialLR schedulers=[(torch.OneCycleLR max_lr=2.0 total_steps=5), (torch.OneCycleLR "
                   "max_lr=1.0 total_steps=5)] milestones=[5]",
                   every_batch, TEMPO_CONFLICT,
                   "torch.OneCycleLR cannot be inside this torch.SequentialLR: PyTorch gives two of them the levels of "
                   "the last",
                   "schedules[0].schedulers[1]");
    assert_refused(
        "torch.SequentialLR schedulers=[(torch.CosineAnnealingLR T_max=5), (torch.OneCycleLR max_lr=1.0 "
        "total_steps=5)] milestones=[5]",
        every_batch, TEMPO_CONFLICT,
        "torch.CosineAnnealingLR cannot be inside this torch.SequentialLR: OneCycleLR changes the initial lr "
        "after this one has read it",
        "schedules[0].schedulers[0]");
}

static void an_error_inside_a_sequence_names_its_place(void **state)
{
    (void)state;
    assert_refused("torch.SequentialLR schedulers=[(torch.ConstantLR), (torch.OneCycleLR max_lr=2.0)] milestones=[3]",
                   every_batch, TEMPO_MISSING, "torch.OneCycleLR does not say how many steps it has",
                   "schedules[0].schedulers[1].total_steps");
}

/* --- ChainedScheduler --- */

static void a_chain_multiplies(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.ChainedScheduler schedulers=[(torch.ConstantLR factor=0.1 total_iters=2), "
                           "(torch.ExponentialLR gamma=0.9)]",
                           every_batch, 0.1);
    static const double expected[] = {0.01, 0.009, 0.081, 0.0729, 0.06561};
    for (int64_t i = 0; i < 5; i++)
        assert_true(fabs(at(&b, i) - expected[i]) < 1e-16);
    release(&b);
}

static void a_cosine_can_be_in_a_chain_until_t_max(void **state)
{
    (void)state;
    const char *text = "torch.ChainedScheduler schedulers=[(torch.LinearLR start_factor=0.5 total_iters=2), "
                       "(torch.CosineAnnealingLR T_max=4)]";
    const tempo_run four = {.max_duration = "4ba", .step_schedulers_every_batch = true};
    const tempo_run five = {.max_duration = "5ba", .step_schedulers_every_batch = true};
    bound_plan b = bind_lr(text, four, 1.0);
    static const double expected[] = {0.5, 0.640165042944955, 0.5, 0.146446609406726, 0.0};
    for (int64_t i = 0; i < 5; i++)
        assert_true(fabs(at(&b, i) - expected[i]) < 1e-15);
    release(&b);
    assert_refused(
        text, five, TEMPO_CONFLICT,
        "torch.CosineAnnealingLR cannot be inside this torch.ChainedScheduler: past T_max it forgets what the "
        "others have done, and has no closed form",
        "schedules[0].schedulers[1]");
}

static void what_is_no_factor_cannot_be_in_a_chain_with_others(void **state)
{
    (void)state;
    assert_refused(
        "torch.ChainedScheduler schedulers=[(torch.LinearLR), (torch.CosineAnnealingLR T_max=4 eta_min=0.1)]",
        every_batch, TEMPO_CONFLICT,
        "torch.CosineAnnealingLR cannot be inside this torch.ChainedScheduler: with an eta_min it adds, and "
        "has no closed form",
        "schedules[0].schedulers[1]");
    assert_refused("torch.ChainedScheduler schedulers=[(torch.LinearLR), (torch.CosineAnnealingWarmRestarts T_0=4)]",
                   every_batch, TEMPO_CONFLICT,
                   "torch.CosineAnnealingWarmRestarts cannot be inside this torch.ChainedScheduler: it overwrites what "
                   "the others do",
                   "schedules[0].schedulers[1]");
    assert_refused("torch.ChainedScheduler schedulers=[]", every_batch, TEMPO_MISSING,
                   "schedulers is empty, but must have at least one", "schedules[0].schedulers");
}

static void alone_in_a_chain_anything_is_itself(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "8ba", .step_schedulers_every_batch = true};
    assert_values(
        "torch.ChainedScheduler schedulers=[(torch.CosineAnnealingWarmRestarts T_0=2 T_mult=2 eta_min=0.001)]", run,
        0.1, VALUES(0.1, 0.0505, 0.1, 0.0855017856687341, 0.0505));
    assert_refused("torch.ChainedScheduler schedulers=[(torch.OneCycleLR max_lr=1.0 total_steps=7)]",
                   (tempo_run){.max_duration = "9ba", .step_schedulers_every_batch = true}, TEMPO_CONFLICT,
                   "torch.OneCycleLR cannot be inside this torch.ChainedScheduler: its cycle is over before the run",
                   "schedules[0].schedulers[0]");
}

/* --- what is refused, and stays in range --- */

/* There PyTorch's step() and its closed form are two curves, or the closed form divides by zero. */
static void lengths_of_0_and_below_are_refused(void **state)
{
    (void)state;
    assert_refused("torch.StepLR step_size=-2", every_batch, TEMPO_BAD_VALUE, "step_size is -2, but must be >= 1",
                   "schedules[0].step_size");
    assert_refused("torch.ConstantLR total_iters=0", every_batch, TEMPO_BAD_VALUE, "total_iters is 0, but must be >= 1",
                   "schedules[0].total_iters");
    assert_refused("torch.LinearLR total_iters=0", every_batch, TEMPO_BAD_VALUE, "total_iters is 0, but must be >= 1",
                   "schedules[0].total_iters");
    assert_refused("torch.PolynomialLR total_iters=-1", every_batch, TEMPO_BAD_VALUE,
                   "total_iters is -1, but must be >= 1", "schedules[0].total_iters");
    assert_refused("torch.MultiStepLR milestones=[3, -1]", every_batch, TEMPO_BAD_VALUE,
                   "milestones is -1, but must be >= 0", "schedules[0].milestones");
    assert_refused("torch.CosineAnnealingLR T_max=-3", every_batch, TEMPO_BAD_VALUE, "T_max is -3, but must be >= 1",
                   "schedules[0].T_max");
    assert_refused("torch.CyclicLR base_lr=0.1 max_lr=1.0 step_size_down=-1", every_batch, TEMPO_BAD_VALUE,
                   "step_size_down is -1, but must be >= 0", "schedules[0].step_size_down");
}

static void a_factor_of_0_is_refused_because_step_divides_by_it(void **state)
{
    (void)state;
    assert_refused("torch.ConstantLR factor=0.0", every_batch, TEMPO_BAD_VALUE,
                   "factor is 0.0, but must be > 0 and <= 1", "schedules[0].factor");
}

static void a_cycle_ignores_the_base_and_can_only_come_first(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.CyclicLR base_lr=0.1 max_lr=1.0 * torch.StepLR step_size=2000", every_batch, 7.0);
    assert_true(at(&b, 0) == 0.1 && at(&b, 2000) == 0.1);
    release(&b);
    assert_refused("torch.StepLR step_size=2 * torch.OneCycleLR max_lr=1.0 total_steps=9", every_batch, TEMPO_CONFLICT,
                   "torch.OneCycleLR gives an absolute value, so the schedule before it would have no effect",
                   "schedules[1]");
}

static void a_cycle_too_high_for_a_double_is_refused(void **state)
{
    (void)state;
    assert_refused("torch.CyclicLR base_lr=-1e308 max_lr=1e308", every_batch, TEMPO_BAD_VALUE,
                   "max_lr leads to values so far apart that their difference is infinite", "schedules[0].max_lr");
}

static void every_value_is_finite_whatever_the_step(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "torch.StepLR step_size=1 gamma=-10.0",
        "torch.MultiStepLR milestones=[1, 1, 1, 2, 2] gamma=1e300",
        "torch.ExponentialLR gamma=1.5",
        "torch.PolynomialLR power=1e9",
        "torch.CosineAnnealingLR T_max=1 eta_min=-1e308",
        "torch.CosineAnnealingWarmRestarts T_0=9223372036854775807 T_mult=9223372036854775807",
        "torch.CosineAnnealingWarmRestarts T_0=3 T_mult=1000000007 eta_min=-1e308",
        "torch.CyclicLR base_lr=0.0 max_lr=1e308 step_size_up=1 mode=exp_range gamma=-1.5",
        "torch.CyclicLR base_lr=0.0 max_lr=1e308 step_size_up=9223372036854775807",
        "torch.OneCycleLR max_lr=1.0 total_steps=9223372036854775807 anneal_strategy=linear",
        "torch.SWALR swa_lr=-1e308 anneal_epochs=9223372036854775807",
        "torch.OneCycleLR max_lr=1.0 total_steps=9223372036854775807 pct_start=1.0 three_phase=true",
        "torch.SequentialLR schedulers=[(torch.StepLR step_size=1), (torch.ExponentialLR gamma=3.0)] milestones=[9]",
        "torch.ChainedScheduler schedulers=[(torch.ExponentialLR gamma=1e300), (torch.PolynomialLR)]",
    };
    static const int64_t steps[] = {0, 1, 2, 3, 1000000, INT64_C(1) << 53, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bound_plan b = bind_lr(texts[i], every_batch, 1e308);
        for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++)
            if (!isfinite(at(&b, steps[s])))
                fail_msg("%s at %lld", texts[i], (long long)steps[s]);
        release(&b);
    }
}

static void growth_stops_at_the_largest_double(void **state)
{
    (void)state;
    bound_plan b = bind_lr("torch.ExponentialLR gamma=-2.0", every_batch, 1.0);
    assert_true(at(&b, 3) == -8.0);
    assert_true(at(&b, 1000001) == -DBL_MAX && at(&b, 1000002) == DBL_MAX);
    release(&b);
}

/* --- joints --- */

static void joints_are_where_the_curve_jumps_or_turns(void **state)
{
    (void)state;
    const tempo_run epochs = {.batches_per_epoch = 10};
    assert_joints("torch.StepLR step_size=2", epochs, JOINTS(20, 40, 60));
    assert_joints("torch.MultiStepLR milestones=[7, 3, 3]", every_batch, JOINTS(3, 7, -1));
    assert_joints("torch.ConstantLR", every_batch, JOINTS(5, -1));
    assert_joints("torch.LinearLR every=3ba", every_batch, JOINTS(15, -1));
    assert_joints("torch.ExponentialLR gamma=0.9", every_batch, JOINTS(-1));
    assert_joints("torch.PolynomialLR", every_batch, JOINTS(5, -1));
    assert_joints("torch.CosineAnnealingLR T_max=4", every_batch, JOINTS(-1));
    assert_joints("torch.CosineAnnealingWarmRestarts T_0=4", every_batch, JOINTS(4, 8, 12));
    assert_joints("torch.CosineAnnealingWarmRestarts T_0=4 T_mult=2", every_batch, JOINTS(4, 12, 28));
    assert_joints("torch.CyclicLR base_lr=0.1 max_lr=1.0 step_size_up=2 step_size_down=3", every_batch,
                  JOINTS(2, 5, 7, 10));
    assert_joints("torch.OneCycleLR max_lr=1.0 total_steps=11", every_batch, JOINTS(3, 10, -1));
    assert_joints("torch.SWALR swa_lr=0.1 anneal_epochs=4", every_batch, JOINTS(4, -1));
    assert_joints("torch.SequentialLR schedulers=[(torch.StepLR step_size=3), (torch.LinearLR total_iters=4)] "
                  "milestones=[5]",
                  every_batch, JOINTS(3, 5, 9, -1));
    assert_joints("torch.ChainedScheduler schedulers=[(torch.StepLR step_size=3), (torch.LinearLR total_iters=4)]",
                  every_batch, JOINTS(3, 4, 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_gives_pytorchs_closed_form),
        cmocka_unit_test(the_defaults_are_pytorchs),
        cmocka_unit_test(steps_are_epochs_unless_schedulers_step_every_batch),
        cmocka_unit_test(the_cosine_climbs_back_after_t_max),
        cmocka_unit_test(a_run_in_which_it_climbs_is_pointed_out),
        cmocka_unit_test(a_run_that_ends_at_the_minimum_is_not),
        cmocka_unit_test(an_average_goes_from_the_base_to_swa_lr),
        cmocka_unit_test(warm_restarts_never_reach_eta_min),
        cmocka_unit_test(a_restart_after_a_trillion_steps_is_found_at_once),
        cmocka_unit_test(triangular2_halves_the_height_of_each_cycle),
        cmocka_unit_test(triangular2_is_flat_once_its_height_leaves_the_range_of_double),
        cmocka_unit_test(exp_range_decays_over_all_of_training_and_not_per_cycle),
        cmocka_unit_test(a_cycle_without_a_way_down_never_shows_its_top),
        cmocka_unit_test(three_phases_go_down_as_fast_as_up),
        cmocka_unit_test(total_steps_wins_over_epochs),
        cmocka_unit_test(without_a_way_up_the_cycle_starts_below_its_top),
        cmocka_unit_test(one_step_past_the_cycle_leaves_the_curve_and_the_next_has_no_value),
        cmocka_unit_test(a_run_longer_than_the_cycle_is_refused),
        cmocka_unit_test(a_phase_that_divides_by_zero_is_refused_if_training_gets_there),
        cmocka_unit_test(pct_start_needs_its_point),
        cmocka_unit_test(the_length_of_a_cycle_must_be_said),
        cmocka_unit_test(nothing_is_divided_by_zero),
        cmocka_unit_test(the_ratio_stretches_lengths_truncated),
        cmocka_unit_test(the_ratio_takes_a_root_of_gamma),
        cmocka_unit_test(the_ratio_loses_equal_milestones_and_those_that_become_0),
        cmocka_unit_test(the_ratio_does_nothing_to_warm_restarts),
        cmocka_unit_test(a_length_that_the_ratio_makes_0_is_refused),
        cmocka_unit_test(types_that_composer_cannot_stretch_refuse_the_ratio),
        cmocka_unit_test(each_scheduler_of_a_sequence_starts_anew_from_the_base),
        cmocka_unit_test(a_milestone_at_0_or_met_twice_skips_a_scheduler),
        cmocka_unit_test(one_cycle_replaces_the_base_of_what_runs_first_and_what_comes_after),
        cmocka_unit_test(a_cycle_that_is_constructed_first_replaces_the_base_too),
        cmocka_unit_test(milestones_must_fit_the_schedulers_and_ascend),
        cmocka_unit_test(only_pytorchs_own_without_others_inside_can_be_in_a_sequence),
        cmocka_unit_test(a_cycle_must_last_as_long_as_its_part_of_the_sequence),
        cmocka_unit_test(what_a_sequence_cannot_follow_is_refused),
        cmocka_unit_test(an_error_inside_a_sequence_names_its_place),
        cmocka_unit_test(a_chain_multiplies),
        cmocka_unit_test(a_cosine_can_be_in_a_chain_until_t_max),
        cmocka_unit_test(what_is_no_factor_cannot_be_in_a_chain_with_others),
        cmocka_unit_test(alone_in_a_chain_anything_is_itself),
        cmocka_unit_test(lengths_of_0_and_below_are_refused),
        cmocka_unit_test(a_factor_of_0_is_refused_because_step_divides_by_it),
        cmocka_unit_test(a_cycle_ignores_the_base_and_can_only_come_first),
        cmocka_unit_test(a_cycle_too_high_for_a_double_is_refused),
        cmocka_unit_test(every_value_is_finite_whatever_the_step),
        cmocka_unit_test(growth_stops_at_the_largest_double),
        cmocka_unit_test(joints_are_where_the_curve_jumps_or_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
