/* Plans: which fields are driven, what is written where, and that evaluation is a pure function. */
#include "support/spec.h"

#include <math.h>
#include <pthread.h>

#include "support/allocator.h"

static tempo_schedule *parse(const char *text)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    if (tempo_schedule_parse(&schedule, text, NULL, &error))
        fail_msg("%s: %s", text, error.message);
    return schedule;
}

/* Two groups: "decay" with lr and weight_decay, "rest" with lr only. */
typedef struct optimizer {
    float lr[2];
    double weight_decay;
    tempo_field fields[3];
    tempo_group groups[2];
} optimizer;

static void set_up(optimizer *o)
{
    *o = (optimizer){.lr = {-1, -1}, .weight_decay = -1};
    o->fields[0] = (tempo_field){"lr", 0.5, &o->lr[0], NULL};
    o->fields[1] = (tempo_field){"weight_decay", 0.25, NULL, &o->weight_decay};
    o->fields[2] = (tempo_field){"lr", 2.0, &o->lr[1], NULL};
    o->groups[0] = (tempo_group){"decay", o->fields, 2, false};
    o->groups[1] = (tempo_group){"rest", o->fields + 2, 1, false};
}

static const tempo_run run = {
    .max_duration = "100ba", .batches_per_epoch = 8, .samples_per_batch = 4, .tokens_per_batch = 512};

static tempo_plan *bind(const optimizer *o, const char *text)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_schedule *schedule = parse(text);
    if (tempo_plan_bind(&plan, &run, o->groups, 2, schedule, NULL, &error))
        fail_msg("%s: %s", text, error.message);
    tempo_schedule_free(schedule);
    return plan;
}

static void assert_unbindable(const char *text, tempo_run facts, tempo_status status, const char *message,
                              const char *path)
{
    optimizer o;
    set_up(&o);
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = (tempo_plan *)&o; /* must become NULL */
    tempo_schedule *schedule = parse(text);
    assert_int_equal(tempo_plan_bind(&plan, &facts, o.groups, 2, schedule, NULL, &error), status);
    assert_null(plan);
    assert_string_equal(error.message, message);
    assert_string_equal(error.path, path);
    tempo_schedule_free(schedule);
}

static double value_at(const tempo_plan *plan, size_t track, int64_t batch)
{
    tempo_timestamp now;
    assert_int_equal(tempo_plan_timestamp(plan, batch, &now, NULL), TEMPO_OK);
    return tempo_plan_value(plan, track, &now);
}

static void every_group_that_has_the_field_becomes_a_track(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_plan *plan = bind(&o, "composer.LinearScheduler");
    assert_int_equal(tempo_plan_track_count(plan), 2);
    assert_string_equal(tempo_plan_track(plan, 0)->group, "decay");
    assert_string_equal(tempo_plan_track(plan, 1)->group, "rest");
    assert_string_equal(tempo_plan_track(plan, 1)->field, "lr");
    assert_true(tempo_plan_track(plan, 1)->base == 2.0);
    assert_null(tempo_plan_track(plan, 2));
    tempo_plan_free(plan);
}

static void a_schedule_can_be_limited_to_groups_and_to_another_field(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_plan *plan = bind(&o, "composer.LinearScheduler groups=rest * composer.ConstantScheduler field=weight_decay");
    assert_int_equal(tempo_plan_track_count(plan), 2);
    assert_string_equal(tempo_plan_track(plan, 0)->field, "weight_decay");
    assert_string_equal(tempo_plan_track(plan, 1)->group, "rest");
    tempo_plan_free(plan);
}

static void stacked_schedules_multiply(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_plan *plan =
        bind(&o, "composer.LinearScheduler * composer.MultiStepScheduler milestones=[20ba] gamma=0.5 groups=decay");
    assert_true(value_at(plan, 0, 50) == 0.5 * 0.5 * 0.5);
    assert_true(value_at(plan, 1, 50) == 2.0 * 0.5);
    tempo_plan_free(plan);
}

static void applying_writes_the_caller_s_own_numbers(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_plan *plan = bind(&o, "composer.LinearScheduler * composer.LinearScheduler field=weight_decay alpha_f=1.0");
    const tempo_timestamp now = {.batch = 90};
    tempo_plan_apply(plan, &now, o.groups);
    assert_true(o.lr[0] == (float)(0.5 * (1.0 + 0.9 * (0.0 - 1.0))));
    assert_true(o.lr[1] == (float)(2.0 * (1.0 + 0.9 * (0.0 - 1.0))));
    assert_true(o.weight_decay == 0.25);
    tempo_plan_free(plan);
}

static void a_field_without_a_schedule_is_left_alone(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_plan *plan = bind(&o, "composer.LinearScheduler groups=[decay] field=weight_decay * composer.LinearScheduler "
                                "groups=[rest]");
    const tempo_timestamp now = {.batch = 1};
    tempo_plan_apply(plan, &now, o.groups);
    assert_true(o.lr[0] == -1 && o.lr[1] != -1 && o.weight_decay != -1);
    tempo_plan_free(plan);
}

static void a_group_without_a_schedule_is_an_error_unless_it_is_fixed(void **state)
{
    (void)state;
    optimizer o;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    set_up(&o);
    assert_int_equal(tempo_schedule_parse(&schedule, "composer.LinearScheduler groups=[rest]", NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_bind(&plan, &run, o.groups, 2, schedule, NULL, &error), TEMPO_MISSING);
    assert_string_equal(error.message, "no schedule drives a field of group 'decay'");
    assert_string_equal(error.path, "optimizer.groups[0]");
    o.groups[0].fixed = true;
    assert_int_equal(tempo_plan_bind(&plan, &run, o.groups, 2, schedule, NULL, &error), TEMPO_OK);
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
}

static void a_fixed_group_is_passed_by_and_cannot_be_named(void **state)
{
    (void)state;
    optimizer o;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *every = NULL, *named = NULL;
    tempo_plan *plan = NULL;
    set_up(&o);
    o.groups[0].fixed = true;
    assert_int_equal(tempo_schedule_parse(&every, "composer.LinearScheduler", NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_bind(&plan, &run, o.groups, 2, every, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_track_count(plan), 1);
    assert_string_equal(tempo_plan_track(plan, 0)->group, "rest");
    tempo_plan_free(plan);
    assert_int_equal(tempo_schedule_parse(&named, "composer.LinearScheduler groups=[decay, rest]", NULL, NULL),
                     TEMPO_OK);
    assert_int_equal(tempo_plan_bind(&plan, &run, o.groups, 2, named, NULL, &error), TEMPO_CONFLICT);
    assert_string_equal(error.path, "schedules[0].groups");
    tempo_schedule_free(every);
    tempo_schedule_free(named);
}

static void a_schedule_that_drives_nothing_is_an_error(void **state)
{
    (void)state;
    assert_unbindable("composer.LinearScheduler field=momentum", run, TEMPO_UNKNOWN_NAME,
                      "no group of the optimizer has a field 'momentum'", "schedules[0].field");
    assert_unbindable("composer.LinearScheduler * composer.LinearScheduler groups=[decay, rset]", run,
                      TEMPO_UNKNOWN_NAME, "there is no group 'rset'", "schedules[1].groups");
    assert_unbindable("composer.LinearScheduler field=weight_decay groups=[decay, rest]", run, TEMPO_UNKNOWN_NAME,
                      "group 'rest' has no field 'weight_decay'", "schedules[0].groups");
}

static void facts_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const char *text = "composer.LinearScheduler";
    assert_unbindable(text, (tempo_run){.max_duration = "0ba"}, TEMPO_BAD_VALUE, "max_duration is 0ba, but must be > 0",
                      "run.max_duration");
    assert_unbindable(text, (tempo_run){.max_duration = "1dur"}, TEMPO_BAD_VALUE,
                      "max_duration is 1dur, but must be in ep, ba, sp, tok or iter", "run.max_duration");
    assert_unbindable(text, (tempo_run){.max_duration = "1ba", .scale_schedule_ratio = 0.5}, TEMPO_ZERO_DURATION,
                      "max_duration 1ba times scale_schedule_ratio 0.5 is 0ba", "run.max_duration");
    assert_unbindable(text, (tempo_run){.max_duration = "1ba", .scale_schedule_ratio = -1}, TEMPO_BAD_VALUE,
                      "scale_schedule_ratio is -1, but must be > 0 and finite", "run.scale_schedule_ratio");
    assert_unbindable(text, (tempo_run){.max_duration = "1ba", .scale_schedule_ratio = (double)NAN}, TEMPO_BAD_VALUE,
                      "scale_schedule_ratio is nan, but must be > 0 and finite", "run.scale_schedule_ratio");
    assert_unbindable(text, (tempo_run){.max_duration = "1ba", .tokens_per_batch = -1}, TEMPO_BAD_VALUE,
                      "tokens_per_batch is -1, but must be >= 0 (0: unknown)", "run.tokens_per_batch");
}

static void a_base_that_is_not_finite_is_refused(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    o.fields[2].base = (double)INFINITY;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_schedule *schedule = parse("composer.LinearScheduler");
    assert_int_equal(tempo_plan_bind(&plan, &run, o.groups, 2, schedule, NULL, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.path, "optimizer.groups[1].lr");
    tempo_schedule_free(schedule);
}

/* --- timestamps --- */

static void a_number_of_batches_becomes_a_whole_timestamp(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_plan *plan = bind(&o, "composer.LinearScheduler");
    tempo_timestamp now;
    assert_int_equal(tempo_plan_timestamp(plan, 21, &now, NULL), TEMPO_OK);
    assert_int_equal(now.batch, 21);
    assert_int_equal(now.epoch, 2);
    assert_int_equal(now.batch_in_epoch, 5);
    assert_int_equal(now.sample, 84);
    assert_int_equal(now.sample_in_epoch, 20);
    assert_int_equal(now.token, 10752);
    assert_int_equal(now.token_in_epoch, 2560);
    tempo_plan_free(plan);
}

static void counters_that_do_not_fit_are_an_error(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_plan *plan = bind(&o, "composer.LinearScheduler");
    tempo_timestamp now;
    double value = 0;
    assert_int_equal(tempo_plan_timestamp(plan, INT64_MAX / 512, &now, NULL), TEMPO_OK);
    assert_int_equal(tempo_plan_timestamp(plan, INT64_MAX / 512 + 1, &now, NULL), TEMPO_OUT_OF_RANGE);
    assert_int_equal(tempo_plan_timestamp(plan, -1, &now, NULL), TEMPO_BAD_VALUE);
    assert_int_equal(tempo_plan_values(plan, 0, INT64_MAX, 2, &value, NULL), TEMPO_OUT_OF_RANGE);
    tempo_plan_free(plan);
}

static void a_counter_that_is_read_must_be_known(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_timestamp now;
    tempo_schedule *schedule = parse("composer.StepScheduler step_size=1Ktok");
    const tempo_run facts = {.max_duration = "1Mtok"};
    assert_int_equal(tempo_plan_bind(&plan, &facts, o.groups, 2, schedule, NULL, &error), TEMPO_OK);
    assert_int_equal(tempo_plan_timestamp(plan, 1, &now, &error), TEMPO_MISSING_FACT);
    assert_string_equal(error.fact, "tokens_per_batch");
    assert_string_equal(error.message, "a schedule counts tokens, but nothing says how many tokens a batch has");
    const tempo_timestamp whole = {.token = 2000}; /* a clock that counts tokens needs no fact */
    assert_true(fabs(tempo_plan_value(plan, 0, &whole) - 0.005) < 1e-18);
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
}

static void any_time_becomes_the_first_batch_that_reaches_it(void **state)
{
    (void)state;
    static const struct {
        const char *time;
        int64_t batch;
    } rows[] = {{"0ba", 0}, {"17ba", 17},  {"3ep", 24},     {"9sp", 3},
                {"8sp", 2}, {"513tok", 2}, {"0.29dur", 28}, {"1dur", 100}};
    optimizer o;
    set_up(&o);
    tempo_plan *plan = bind(&o, "composer.LinearScheduler");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tempo_time time;
        int64_t batch = -1;
        tempo_time_parse(&time, rows[i].time, strlen(rows[i].time), TEMPO_TIME_NATIVE, NULL);
        assert_int_equal(tempo_plan_batch(plan, time, &batch, NULL), TEMPO_OK);
        assert_int_equal(batch, rows[i].batch);
    }
    int64_t batch = -1;
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_plan_batch(plan, (tempo_time){TEMPO_SECOND, 1, 0}, &batch, &error), TEMPO_BAD_VALUE);
    assert_int_equal(tempo_plan_batch(plan, (tempo_time){TEMPO_EPOCH, INT64_MAX, 0}, &batch, &error),
                     TEMPO_OUT_OF_RANGE);
    assert_int_equal(tempo_plan_batch(plan, (tempo_time){TEMPO_BATCH, -1, 0}, &batch, &error), TEMPO_BAD_VALUE);
    assert_int_equal(batch, -1);
    tempo_plan_free(plan);
}

static void a_unit_without_its_fact_is_an_error_that_names_it(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_schedule *schedule = parse("composer.StepScheduler step_size=1ba");
    const tempo_run nothing = {.max_duration = NULL};
    int64_t batch = 0;
    assert_int_equal(tempo_plan_bind(&plan, &nothing, o.groups, 2, schedule, NULL, &error), TEMPO_OK);
    assert_int_equal(tempo_plan_batch(plan, (tempo_time){TEMPO_SAMPLE, 1, 0}, &batch, &error), TEMPO_MISSING_FACT);
    assert_string_equal(error.fact, "samples_per_batch");
    assert_int_equal(tempo_plan_batch(plan, tempo_time_of_fraction(0.5), &batch, &error), TEMPO_MISSING_FACT);
    assert_string_equal(error.fact, "max_duration");
    assert_int_equal(tempo_plan_batches(plan), 0);
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
}

static void joints_are_where_the_curve_has_a_corner_or_a_jump(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_plan *plan = bind(&o, "composer.CosineAnnealingWithWarmupScheduler t_warmup=10ba * "
                                "composer.MultiStepScheduler milestones=[6ep, 0ba]");
    int64_t joints[6] = {0};
    size_t count = 0;
    for (int64_t b = tempo_plan_next_joint(plan, 0, -1); b >= 0 && count < 6; b = tempo_plan_next_joint(plan, 0, b))
        joints[count++] = b;
    assert_int_equal(count, 4);
    const int64_t expected[] = {0, 10, 48, 100};
    assert_memory_equal(joints, expected, sizeof expected);
    tempo_plan_free(plan);
}

/* --- evaluation is a pure function --- */

static const char *const schedules[] = {
    "composer.StepScheduler step_size=7ba gamma=0.9",
    "composer.MultiStepWithWarmupScheduler t_warmup=5ba milestones=[2ep, 160sp, 0.7dur]",
    "composer.CosineAnnealingWithWarmupScheduler t_warmup=0.1dur alpha_f=0.05",
    "composer.CosineAnnealingWarmRestartsScheduler t_0=9ba t_mult=1.3",
    "composer.ExponentialScheduler gamma=0.9 * composer.PolynomialScheduler power=0.7",
};
enum { SCHEDULE_COUNT = sizeof schedules / sizeof schedules[0], BATCHES = 300 };

static void any_order_gives_the_same_bits(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    for (size_t i = 0; i < SCHEDULE_COUNT; i++) {
        tempo_plan *plan = bind(&o, schedules[i]);
        double forward[BATCHES];
        for (int64_t b = 0; b < BATCHES; b++)
            forward[b] = value_at(plan, 1, b);
        for (int64_t k = 0; k < BATCHES; k++) {
            const int64_t b = k * 7919 % BATCHES; /* every batch once: 7919 is prime */
            const double again = value_at(plan, 1, b);
            assert_memory_equal(&again, &forward[b], sizeof again);
        }
        tempo_plan_free(plan);
    }
}

static void many_at_once_are_the_same_bits_as_one_by_one(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    for (size_t i = 0; i < SCHEDULE_COUNT; i++) {
        tempo_plan *plan = bind(&o, schedules[i]);
        for (int64_t first = 0; first < 20; first++) {
            double bulk[BATCHES];
            assert_int_equal(tempo_plan_values(plan, 0, first, BATCHES, bulk, NULL), TEMPO_OK);
            for (int64_t b = 0; b < BATCHES; b++) {
                const double single = value_at(plan, 0, first + b);
                assert_memory_equal(&single, &bulk[b], sizeof single);
            }
        }
        tempo_plan_free(plan);
    }
}

typedef struct reading {
    const tempo_plan *plan;
    double values[BATCHES];
} reading;

static void *read_all(void *context)
{
    reading *r = context;
    for (int64_t b = 0; b < BATCHES; b++)
        r->values[b] = value_at(r->plan, 0, b);
    return NULL;
}

static void threads_share_a_plan(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    tempo_plan *plan = bind(&o, schedules[3]);
    static reading readings[4];
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        readings[i].plan = plan;
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readings[i]), 0);
    }
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 1; i < 4; i++)
        assert_memory_equal(readings[i].values, readings[0].values, sizeof readings[0].values);
    tempo_plan_free(plan);
}

static void a_plan_is_one_block_and_evaluation_allocates_nothing(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o);
    counting_allocator counter;
    const tempo_allocator allocator = counting_start(&counter, -1);
    const tempo_bind_options options = {.allocator = &allocator};
    for (size_t i = 0; i < SCHEDULE_COUNT; i++) {
        tempo_plan *plan = NULL;
        tempo_schedule *schedule = parse(schedules[i]);
        assert_int_equal(tempo_plan_bind(&plan, &run, o.groups, 2, schedule, &options, NULL), TEMPO_OK);
        tempo_schedule_free(schedule);
        assert_int_equal(counter.live_blocks, 1);
        const long calls = counter.calls;
        double bulk[BATCHES];
        tempo_timestamp now;
        tempo_plan_values(plan, 0, 0, BATCHES, bulk, NULL);
        for (int64_t b = 0; b < BATCHES; b++) {
            tempo_plan_timestamp(plan, b, &now, NULL);
            tempo_plan_apply(plan, &now, o.groups);
            tempo_plan_next_joint(plan, 0, b);
        }
        assert_int_equal(counter.calls, calls);
        tempo_plan_free(plan);
        assert_int_equal(counter.live_blocks, 0);
        assert_int_equal(counter.live_bytes, 0);
    }
}

static void every_value_is_finite_up_to_the_last_batch_there_can_be(void **state)
{
    (void)state;
    static const int64_t batches[] = {0,
                                      1,
                                      2,
                                      (INT64_C(1) << 31) - 1,
                                      INT64_C(1) << 31,
                                      INT64_C(1) << 32,
                                      (INT64_C(1) << 53) + 1,
                                      INT64_MAX - 1,
                                      INT64_MAX};
    tempo_field fields[] = {{"lr", 1e300, NULL, NULL}, {"weight_decay", 1e300, NULL, NULL}};
    const tempo_group group = {NULL, fields, 2, false};
    const tempo_run facts = {.max_duration = "100ba"};
    const double metrics[] = {1e300, -1e300, (double)NAN};
    const tempo_bind_options heard = {.metrics = metrics, .metric_count = sizeof metrics / sizeof metrics[0]};
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        if (!*tempo_type_example(type))
            continue;
        tempo_schedule *schedule = parse(tempo_type_example(type));
        tempo_plan *plan = NULL;
        const tempo_run wide = {.max_duration = strstr(tempo_type_example_run(type), "ba") ? "10000ba" : "90ep",
                                .batches_per_epoch = 100};
        assert_int_equal(tempo_plan_bind(&plan, &wide, &group, 1, schedule, &heard, NULL), TEMPO_OK);
        for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
            tempo_timestamp now;
            const tempo_status status = tempo_plan_timestamp(plan, batches[b], &now, NULL);
            for (size_t t = 0; t < tempo_plan_track_count(plan); t++)
                if (status != TEMPO_OUT_OF_RANGE || batches[b] <= 10000) /* some schedules end with the run */
                    assert_true(isfinite(value_at(plan, t, batches[b])));
        }
        tempo_plan_free(plan);
        tempo_schedule_free(schedule);
    }
    static const char *const extremes[] = {
        "composer.ExponentialScheduler gamma=1e300 decay_period=1ba",
        "composer.StepScheduler step_size=1ba gamma=-1e9",
        "composer.MultiStepScheduler milestones=[1ba, 2ba, 3ba] gamma=1e308",
        "composer.LinearScheduler alpha_i=-8e307 alpha_f=8e307",
        "composer.CosineAnnealingScheduler alpha_f=-1.7e308",
        "composer.PolynomialScheduler power=1e308 alpha_f=1.7e308",
        "composer.ExponentialScheduler gamma=1e300 decay_period=1ba * composer.ConstantScheduler alpha=0.0"};
    for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++) {
        tempo_schedule *schedule = parse(extremes[i]);
        tempo_plan *plan = NULL;
        assert_int_equal(tempo_plan_bind(&plan, &facts, &group, 1, schedule, NULL, NULL), TEMPO_OK);
        for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++)
            assert_true(isfinite(value_at(plan, 0, batches[b])));
        tempo_plan_free(plan);
        tempo_schedule_free(schedule);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_that_has_the_field_becomes_a_track),
        cmocka_unit_test(a_schedule_can_be_limited_to_groups_and_to_another_field),
        cmocka_unit_test(stacked_schedules_multiply),
        cmocka_unit_test(applying_writes_the_caller_s_own_numbers),
        cmocka_unit_test(a_field_without_a_schedule_is_left_alone),
        cmocka_unit_test(a_group_without_a_schedule_is_an_error_unless_it_is_fixed),
        cmocka_unit_test(a_fixed_group_is_passed_by_and_cannot_be_named),
        cmocka_unit_test(a_schedule_that_drives_nothing_is_an_error),
        cmocka_unit_test(facts_that_make_no_sense_are_refused),
        cmocka_unit_test(a_base_that_is_not_finite_is_refused),
        cmocka_unit_test(a_number_of_batches_becomes_a_whole_timestamp),
        cmocka_unit_test(counters_that_do_not_fit_are_an_error),
        cmocka_unit_test(a_counter_that_is_read_must_be_known),
        cmocka_unit_test(any_time_becomes_the_first_batch_that_reaches_it),
        cmocka_unit_test(a_unit_without_its_fact_is_an_error_that_names_it),
        cmocka_unit_test(joints_are_where_the_curve_has_a_corner_or_a_jump),
        cmocka_unit_test(any_order_gives_the_same_bits),
        cmocka_unit_test(many_at_once_are_the_same_bits_as_one_by_one),
        cmocka_unit_test(threads_share_a_plan),
        cmocka_unit_test(a_plan_is_one_block_and_evaluation_allocates_nothing),
        cmocka_unit_test(every_value_is_finite_up_to_the_last_batch_there_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
