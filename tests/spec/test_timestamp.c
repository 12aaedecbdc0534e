/* test_timestamp.c: how the counters of training move, and how they are read. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include <tempo/timestamp.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum { SECOND = 1000000 }; /* in microseconds */

/* A timestamp in which every counter differs from all others. */
static const tempo_timestamp distinct = {
    .iteration = 1,
    .epoch = 2,
    .batch = 300,
    .sample = 4000,
    .token = 50000,
    .epoch_in_iteration = 6,
    .token_in_iteration = 7000,
    .batch_in_epoch = 80,
    .sample_in_epoch = 900,
    .token_in_epoch = 10000,
    .total_wct = 11 * SECOND,
    .iteration_wct = 12 * SECOND,
    .epoch_wct = 13 * SECOND,
    .batch_wct = 14 * SECOND,
};

/* Names the first counter that differs. */
static void check_equal(const tempo_timestamp *now, const tempo_timestamp *expected)
{
#define CHECK(name, reset)           \
    if (now->name != expected->name) \
        fail_msg("%s is %lld, not %lld", #name, (long long)now->name, (long long)expected->name);
    TEMPO_TIMESTAMP_LIST(CHECK)
#undef CHECK
    assert_true(tempo_timestamp_equal(now, expected));
}

/* --- stepping --- */

static void a_batch_moves_batches_samples_tokens_and_clocks(void **state)
{
    (void)state;
    tempo_timestamp now = distinct, expected = distinct;
    assert_int_equal(tempo_timestamp_next_batch(&now, 32, 64, 5 * SECOND, NULL), TEMPO_OK);
    expected.batch = 301;
    expected.batch_in_epoch = 81;
    expected.sample = 4032;
    expected.sample_in_epoch = 932;
    expected.token = 50064;
    expected.token_in_epoch = 10064;
    expected.token_in_iteration = 7064;
    expected.total_wct = 16 * SECOND;
    expected.iteration_wct = 17 * SECOND;
    expected.epoch_wct = 18 * SECOND;
    expected.batch_wct = 5 * SECOND;
    check_equal(&now, &expected);
}

static void an_epoch_starts_the_counters_of_the_epoch_again(void **state)
{
    (void)state;
    tempo_timestamp now = distinct, expected = distinct;
    assert_int_equal(tempo_timestamp_next_epoch(&now, 5 * SECOND, NULL), TEMPO_OK);
    expected.epoch = 3;
    expected.epoch_in_iteration = 7;
    expected.batch_in_epoch = 0;
    expected.sample_in_epoch = 0;
    expected.token_in_epoch = 0;
    expected.total_wct = 16 * SECOND;
    expected.iteration_wct = 17 * SECOND;
    expected.epoch_wct = 0;
    expected.batch_wct = 0;
    check_equal(&now, &expected);
}

static void an_iteration_starts_the_counters_of_iteration_and_epoch_again(void **state)
{
    (void)state;
    tempo_timestamp now = distinct, expected = distinct;
    assert_int_equal(tempo_timestamp_next_iteration(&now, 5 * SECOND, NULL), TEMPO_OK);
    expected.iteration = 2;
    expected.epoch_in_iteration = 0;
    expected.token_in_iteration = 0;
    expected.batch_in_epoch = 0;
    expected.sample_in_epoch = 0;
    expected.token_in_epoch = 0;
    expected.total_wct = 16 * SECOND;
    expected.iteration_wct = 0;
    expected.epoch_wct = 0;
    expected.batch_wct = 0;
    check_equal(&now, &expected);
}

/* The walk that Composer's own test takes, with what Composer's counters are after every step. */
static void a_walk_of_batches_epochs_and_an_iteration(void **state)
{
    (void)state;
    static const struct {
        char step;
        int64_t samples, tokens, seconds;
        tempo_timestamp after;
    } walk[] = {
        /*               iter ep ba  sp   tok  ep_it tok_it ba_ep sp_ep tok_ep  clocks */
        {'b', 10, 20, 5, {0, 0, 1, 10, 20, 0, 20, 1, 10, 20, 5, 5, 5, 5}},
        {'e', 0, 0, 5, {0, 1, 1, 10, 20, 1, 20, 0, 0, 0, 10, 10, 0, 0}},
        {'b', 5, 0, 10, {0, 1, 2, 15, 20, 1, 20, 1, 5, 0, 20, 20, 10, 10}},
        {'b', 5, 1, 10, {0, 1, 3, 20, 21, 1, 21, 2, 10, 1, 30, 30, 20, 10}},
        {'e', 0, 0, 0, {0, 2, 3, 20, 21, 2, 21, 0, 0, 0, 30, 30, 0, 0}},
        {'b', 0, 0, 10, {0, 2, 4, 20, 21, 2, 21, 1, 0, 0, 40, 40, 10, 10}},
        {'i', 0, 0, 10, {1, 2, 4, 20, 21, 0, 0, 0, 0, 0, 50, 0, 0, 0}},
        {'b', 1, 2, 1, {1, 2, 5, 21, 23, 0, 2, 1, 1, 2, 51, 1, 1, 1}},
    };
    tempo_timestamp now = {0};
    for (size_t i = 0; i < COUNT_OF(walk); i++) {
        if (walk[i].step == 'b')
            assert_int_equal(tempo_timestamp_next_batch(&now, walk[i].samples, walk[i].tokens, walk[i].seconds, NULL),
                             TEMPO_OK);
        else if (walk[i].step == 'e')
            assert_int_equal(tempo_timestamp_next_epoch(&now, walk[i].seconds, NULL), TEMPO_OK);
        else
            assert_int_equal(tempo_timestamp_next_iteration(&now, walk[i].seconds, NULL), TEMPO_OK);
        check_equal(&now, &walk[i].after);
    }
}

static void a_batch_may_be_empty_and_take_no_time(void **state)
{
    (void)state;
    tempo_timestamp now = {0};
    const tempo_timestamp expected = {.batch = 1, .batch_in_epoch = 1};
    assert_int_equal(tempo_timestamp_next_batch(&now, 0, 0, 0, NULL), TEMPO_OK);
    check_equal(&now, &expected);
}

static void a_step_never_goes_back(void **state)
{
    (void)state;
    tempo_timestamp now = distinct;
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_timestamp_next_batch(&now, -1, 0, 0, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "sample cannot grow by -1: training only goes forward");
    assert_string_equal(error.advice, "pass 0 or more");
    assert_int_equal(tempo_timestamp_next_batch(&now, 1, INT64_MIN, 0, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "token cannot grow by -9223372036854775808: training only goes forward");
    assert_int_equal(tempo_timestamp_next_batch(&now, 1, 1, -1, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "total_wct cannot grow by -1: training only goes forward");
    assert_int_equal(tempo_timestamp_next_epoch(&now, -1, &error), TEMPO_BAD_VALUE);
    assert_int_equal(tempo_timestamp_next_iteration(&now, -1, &error), TEMPO_BAD_VALUE);
    check_equal(&now, &distinct);
}

/* --- counters that are full --- */

typedef tempo_status step_function(tempo_timestamp *now, tempo_error *error);

static tempo_status step_batch(tempo_timestamp *now, tempo_error *error)
{
    return tempo_timestamp_next_batch(now, 1, 1, 1, error);
}

static tempo_status step_epoch(tempo_timestamp *now, tempo_error *error)
{
    return tempo_timestamp_next_epoch(now, 1, error);
}

static tempo_status step_iteration(tempo_timestamp *now, tempo_error *error)
{
    return tempo_timestamp_next_iteration(now, 1, error);
}

static void a_counter_that_would_pass_its_end_stops_the_whole_step(void **state)
{
    (void)state;
    static const struct {
        step_function *step;
        const char *name;
        size_t offset;
    } rows[] = {
#define ROW(step, name) {step, #name, offsetof(tempo_timestamp, name)}
        /* clang-format off */
        ROW(step_batch, batch),
        ROW(step_batch, sample),
        ROW(step_batch, token),
        ROW(step_batch, token_in_iteration),
        ROW(step_batch, batch_in_epoch),
        ROW(step_batch, sample_in_epoch),
        ROW(step_batch, token_in_epoch),
        ROW(step_batch, total_wct),
        ROW(step_batch, iteration_wct),
        ROW(step_batch, epoch_wct),
        ROW(step_epoch, epoch),
        ROW(step_epoch, epoch_in_iteration),
        ROW(step_epoch, total_wct),
        ROW(step_epoch, iteration_wct),
        ROW(step_iteration, iteration),
        ROW(step_iteration, total_wct),
/* clang-format on */
#undef ROW
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tempo_timestamp now = distinct;
        const int64_t full = INT64_MAX;
        memcpy((char *)&now + rows[i].offset, &full, sizeof full);
        const tempo_timestamp before = now;
        tempo_error error = TEMPO_ERROR_INIT;
        if (rows[i].step(&now, &error) != TEMPO_OUT_OF_RANGE)
            fail_msg("%s passed its end", rows[i].name);
        if (strncmp(error.message, rows[i].name, strlen(rows[i].name)) != 0 ||
            error.message[strlen(rows[i].name)] != ' ')
            fail_msg("%s is full, but the message says: %s", rows[i].name, error.message);
        check_equal(&now, &before);
    }
}

static void the_message_of_a_full_counter_has_the_numbers(void **state)
{
    (void)state;
    tempo_timestamp now = {.token = INT64_MAX - 1};
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_timestamp_next_batch(&now, 0, 2, 0, &error), TEMPO_OUT_OF_RANGE);
    assert_string_equal(error.message,
                        "token is 9223372036854775806 and cannot grow by 2 to more than 9223372036854775807");
}

static void a_counter_reaches_its_end(void **state)
{
    (void)state;
    tempo_timestamp now = {0};
    assert_int_equal(tempo_timestamp_next_batch(&now, INT64_MAX, INT64_MAX, INT64_MAX, NULL), TEMPO_OK);
    const tempo_timestamp expected = {.batch = 1,
                                      .batch_in_epoch = 1,
                                      .sample = INT64_MAX,
                                      .sample_in_epoch = INT64_MAX,
                                      .token = INT64_MAX,
                                      .token_in_epoch = INT64_MAX,
                                      .token_in_iteration = INT64_MAX,
                                      .total_wct = INT64_MAX,
                                      .iteration_wct = INT64_MAX,
                                      .epoch_wct = INT64_MAX,
                                      .batch_wct = INT64_MAX};
    check_equal(&now, &expected);
}

static void a_full_counter_that_starts_again_is_no_error(void **state)
{
    (void)state;
    tempo_timestamp now = {.batch_in_epoch = INT64_MAX, .epoch_wct = INT64_MAX, .batch_wct = INT64_MAX};
    const tempo_timestamp expected = {.epoch = 1, .epoch_in_iteration = 1};
    assert_int_equal(tempo_timestamp_next_epoch(&now, 0, NULL), TEMPO_OK);
    check_equal(&now, &expected);
}

/* --- reading --- */

static void every_unit_but_a_fraction_has_a_counter(void **state)
{
    (void)state;
    static const struct {
        tempo_unit unit;
        int64_t count;
    } rows[] = {{TEMPO_ITERATION, 1}, {TEMPO_EPOCH, 2},     {TEMPO_BATCH, 300},
                {TEMPO_SAMPLE, 4000}, {TEMPO_TOKEN, 50000}, {TEMPO_SECOND, 11}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tempo_time time = {.unit = TEMPO_DURATION};
        assert_int_equal(tempo_timestamp_get(&time, &distinct, rows[i].unit, NULL), TEMPO_OK);
        assert_int_equal(time.unit, rows[i].unit);
        assert_int_equal(time.count, rows[i].count);
    }
}

static void a_second_that_is_not_over_does_not_count(void **state)
{
    (void)state;
    tempo_time time;
    tempo_timestamp now = {.total_wct = 999999};
    assert_int_equal(tempo_timestamp_get(&time, &now, TEMPO_SECOND, NULL), TEMPO_OK);
    assert_int_equal(time.count, 0);
    now.total_wct = 7 * SECOND + 999999;
    assert_int_equal(tempo_timestamp_get(&time, &now, TEMPO_SECOND, NULL), TEMPO_OK);
    assert_int_equal(time.count, 7);
    now.total_wct = INT64_MAX;
    assert_int_equal(tempo_timestamp_get(&time, &now, TEMPO_SECOND, NULL), TEMPO_OK);
    assert_true(time.count == 9223372036854);
}

static void a_timestamp_has_no_fraction(void **state)
{
    (void)state;
    tempo_time time = {.unit = TEMPO_EPOCH, .count = -77};
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_timestamp_get(&time, &distinct, TEMPO_DURATION, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "a timestamp has no dur, since it does not know how long the run is");
    assert_string_equal(error.advice, "ask for a unit that is counted, such as ba");
    int order = 77;
    assert_int_equal(tempo_timestamp_compare(&order, &distinct, tempo_time_of_fraction(0.5), &error), TEMPO_BAD_VALUE);
    assert_int_equal(order, 77);
    assert_int_equal(time.count, -77);
}

static void a_timestamp_has_no_counter_for_a_number_that_is_no_unit(void **state)
{
    (void)state;
    tempo_time time;
    assert_int_equal(tempo_timestamp_get(&time, &distinct, (tempo_unit)7, NULL), TEMPO_BAD_VALUE);
}

static int order_of(const tempo_timestamp *now, tempo_unit unit, int64_t count)
{
    int order = 77;
    const tempo_time time = {.unit = unit, .count = count};
    assert_int_equal(tempo_timestamp_compare(&order, now, time, NULL), TEMPO_OK);
    return order;
}

static void a_timestamp_is_before_at_or_after_a_time_of_any_counted_unit(void **state)
{
    (void)state;
    const tempo_timestamp start = {0};
    assert_int_equal(order_of(&start, TEMPO_EPOCH, 10), -1);
    assert_int_equal(order_of(&start, TEMPO_EPOCH, 0), 0);
    assert_int_equal(order_of(&distinct, TEMPO_EPOCH, 1), 1);
    assert_int_equal(order_of(&distinct, TEMPO_BATCH, 300), 0);
    assert_int_equal(order_of(&distinct, TEMPO_SECOND, 12), -1);
}

static void timestamps_are_equal_when_every_counter_is(void **state)
{
    (void)state;
    tempo_timestamp same = distinct;
    assert_true(tempo_timestamp_equal(&distinct, &same));
#define CHECK(name, reset)                            \
    {                                                 \
        tempo_timestamp other = distinct;             \
        other.name++;                                 \
        if (tempo_timestamp_equal(&distinct, &other)) \
            fail_msg("%s is not compared", #name);    \
    }
    TEMPO_TIMESTAMP_LIST(CHECK)
#undef CHECK
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_moves_batches_samples_tokens_and_clocks),
        cmocka_unit_test(an_epoch_starts_the_counters_of_the_epoch_again),
        cmocka_unit_test(an_iteration_starts_the_counters_of_iteration_and_epoch_again),
        cmocka_unit_test(a_walk_of_batches_epochs_and_an_iteration),
        cmocka_unit_test(a_batch_may_be_empty_and_take_no_time),
        cmocka_unit_test(a_step_never_goes_back),
        cmocka_unit_test(a_counter_that_would_pass_its_end_stops_the_whole_step),
        cmocka_unit_test(the_message_of_a_full_counter_has_the_numbers),
        cmocka_unit_test(a_counter_reaches_its_end),
        cmocka_unit_test(a_full_counter_that_starts_again_is_no_error),
        cmocka_unit_test(every_unit_but_a_fraction_has_a_counter),
        cmocka_unit_test(a_second_that_is_not_over_does_not_count),
        cmocka_unit_test(a_timestamp_has_no_fraction),
        cmocka_unit_test(a_timestamp_has_no_counter_for_a_number_that_is_no_unit),
        cmocka_unit_test(a_timestamp_is_before_at_or_after_a_time_of_any_counted_unit),
        cmocka_unit_test(timestamps_are_equal_when_every_counter_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
