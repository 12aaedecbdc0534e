/* The phase queries of pytorch-accelerated's WSDLrScheduler: what version 0.1.61 answers. */
#include "support/bound.h"

static const tempo_run no_run = {.max_duration = NULL};

static tempo_wsd read_wsd(const char *text, tempo_run run)
{
    tempo_wsd wsd = {.period_count = 0};
    bound_plan b = bind_lr(text, run, 1.0);
    if (b.status || tempo_wsd_read(&wsd, b.plan, 0, &b.error))
        fail_msg("%s: %s", text, b.error.message);
    release(&b);
    return wsd;
}

static void assert_period(const tempo_wsd_period *p, int64_t start, int64_t end, int64_t decay, int64_t pre_decay)
{
    assert_int_equal(p->period_start, start);
    assert_int_equal(p->period_end, end);
    assert_int_equal(p->decay_steps, decay);
    assert_int_equal(p->pre_decay_step, pre_decay);
}

static void one_checkpoint_is_at_the_end(void **state)
{
    (void)state;
    const tempo_wsd wsd = read_wsd("accelerated.WSDLrScheduler total_steps=100", no_run);
    assert_int_equal(wsd.period_count, 1);
    assert_period(&wsd.periods[0], 0, 100, 10, 90);
}

static void every_checkpoint_has_a_decay_before_it(void **state)
{
    (void)state;
    const tempo_wsd wsd =
        read_wsd("accelerated.WSDLrScheduler total_steps=1003 num_checkpoints=4 decay_phase_ratio=0.3", no_run);
    assert_int_equal(wsd.period_count, 4);
    assert_period(&wsd.periods[0], 0, 250, 75, 175);
    assert_period(&wsd.periods[1], 250, 500, 75, 425);
    assert_period(&wsd.periods[2], 500, 1000, 150, 850);
    assert_period(&wsd.periods[3], 1000, 1003, 0, 1003);
}

/* P13: the value at 250 updates is already that of the second period. */
static void a_phase_includes_its_end(void **state)
{
    (void)state;
    static const int64_t expected[][2] = {{-1, 250},    {0, 250},     {249, 250},  {250, 250},
                                          {251, 500},   {500, 500},   {501, 1000}, {1000, 1000},
                                          {1001, 1003}, {1004, 1003}, {5000, 1003}};
    const tempo_wsd wsd =
        read_wsd("accelerated.WSDLrScheduler total_steps=1003 num_checkpoints=4 decay_phase_ratio=0.3", no_run);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(tempo_wsd_phase(&wsd, expected[i][0])->period_end, expected[i][1]);
}

/* After 50 updates upstream's get_current_step() is 49. */
static void the_checkpoint_callback_asks_with_the_updates_completed(void **state)
{
    (void)state;
    const tempo_wsd wsd =
        read_wsd("accelerated.WSDLrScheduler total_steps=100 num_checkpoints=3 decay_phase_ratio=0.2", no_run);
    assert_period(tempo_wsd_phase(&wsd, 49), 25, 50, 5, 45);
    int64_t saved[6] = {0};
    size_t count = 0;
    for (int64_t updates = 1; updates <= 100; updates++) {
        const tempo_wsd_period *now = tempo_wsd_phase(&wsd, updates);
        if (updates == now->pre_decay_step || updates == now->period_end)
            saved[count++] = updates;
    }
    const int64_t expected[] = {20, 25, 45, 50, 90, 100};
    assert_int_equal(count, 6);
    assert_memory_equal(saved, expected, sizeof expected);
}

static void lengths_that_are_left_out_come_from_the_run(void **state)
{
    (void)state;
    const tempo_wsd wsd = read_wsd("accelerated.WSDLrScheduler num_warmup_epochs=1 decay_phase_ratio=0.2",
                                   (tempo_run){.max_duration = "4ep", .batches_per_epoch = 10});
    assert_int_equal(wsd.period_count, 1);
    assert_period(&wsd.periods[0], 0, 40, 8, 32);
}

static void the_warmup_is_told_in_updates_however_it_was_given(void **state)
{
    (void)state;
    const tempo_run run = {.max_duration = "4ep", .batches_per_epoch = 250};
    assert_int_equal(read_wsd("accelerated.WSDLrScheduler num_warmup_steps=7", run).warmup_steps, 7);
    assert_int_equal(read_wsd("accelerated.WSDLrScheduler num_warmup_steps=null", run).warmup_steps, 10);
    assert_int_equal(read_wsd("accelerated.WSDLrScheduler num_warmup_epochs=2", run).warmup_steps, 500);
}

static void a_training_too_short_for_its_checkpoints_has_no_periods(void **state)
{
    (void)state;
    const tempo_wsd wsd =
        read_wsd("accelerated.WSDLrScheduler total_steps=3 num_checkpoints=2 num_warmup_steps=5", no_run);
    assert_int_equal(wsd.period_count, 0);
    assert_period(tempo_wsd_phase(&wsd, 2), 0, 0, 0, 0);
}

static void it_is_found_among_other_schedules_and_missed_where_it_is_not(void **state)
{
    (void)state;
    const tempo_wsd wsd = read_wsd("composer.ConstantScheduler t_max=1ba alpha=0.5 * "
                                   "accelerated.WSDLrScheduler total_steps=100",
                                   no_run);
    assert_period(&wsd.periods[0], 0, 100, 10, 90);
    tempo_wsd untouched = {.period_count = 7};
    bound_plan b = bind_lr("composer.ConstantScheduler t_max=1ba alpha=0.5", no_run, 1.0);
    assert_int_equal(tempo_wsd_read(&untouched, b.plan, 0, &b.error), TEMPO_MISSING);
    assert_string_equal(b.error.message, "no accelerated.WSDLrScheduler drives lr");
    assert_int_equal(untouched.period_count, 7);
    release(&b);
}

static void checkpoints_are_estimated_as_upstream_does(void **state)
{
    (void)state;
    static const struct {
        int64_t total, checkpoints;
        size_t count;
        int64_t steps[TEMPO_WSD_PERIODS_MAX];
    } expected[] = {
        {1000, 1, 1, {1000}},
        {1000, 2, 2, {250, 500}},
        {1000, 3, 3, {250, 500, 1000}},
        {1000, 9, 3, {250, 500, 1000}},
        {1001, 3, 3, {250, 500, 1000}},
        {1001, 4, 4, {250, 500, 1000, 1001}},
        {7, 4, 4, {1, 2, 4, 7}},
        {5, 4, 4, {1, 2, 4, 5}},
        {4, 3, 3, {1, 2, 4}},
        {3, 1, 1, {3}},
        {INT64_MAX, INT64_MAX, 4, {2305843009213693951, 4611686018427387902, 9223372036854775804, INT64_MAX}},
        {3, 2, 0, {0}}, /* deviation: upstream's are [0, 0] */
        {0, 1, 0, {0}},
        {-8, 2, 0, {0}},
        {8, 0, 0, {0}},
        {8, INT64_MIN, 0, {0}},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        int64_t steps[TEMPO_WSD_PERIODS_MAX] = {0};
        assert_int_equal(tempo_wsd_estimate_checkpoints(expected[i].total, expected[i].checkpoints, steps),
                         expected[i].count);
        assert_memory_equal(steps, expected[i].steps, sizeof steps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_checkpoint_is_at_the_end),
        cmocka_unit_test(every_checkpoint_has_a_decay_before_it),
        cmocka_unit_test(a_phase_includes_its_end),
        cmocka_unit_test(the_checkpoint_callback_asks_with_the_updates_completed),
        cmocka_unit_test(lengths_that_are_left_out_come_from_the_run),
        cmocka_unit_test(the_warmup_is_told_in_updates_however_it_was_given),
        cmocka_unit_test(a_training_too_short_for_its_checkpoints_has_no_periods),
        cmocka_unit_test(it_is_found_among_other_schedules_and_missed_where_it_is_not),
        cmocka_unit_test(checkpoints_are_estimated_as_upstream_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
