/* test_clock.c: a clock from start to end, and from checkpoint to checkpoint. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <tempo/clock.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static tempo_clock clock_until(tempo_unit unit, int64_t count)
{
    tempo_clock clock;
    const tempo_time end = {.unit = unit, .count = count};
    assert_int_equal(tempo_clock_init(&clock, &end, NULL), TEMPO_OK);
    return clock;
}

static tempo_clock clock_without_end(void)
{
    tempo_clock clock;
    assert_int_equal(tempo_clock_init(&clock, NULL, NULL), TEMPO_OK);
    return clock;
}

/* --- running --- */

static void a_clock_starts_at_zero(void **state)
{
    (void)state;
    tempo_clock clock;
    memset(&clock, 0xff, sizeof clock);
    assert_int_equal(tempo_clock_init(&clock, NULL, NULL), TEMPO_OK);
    const tempo_timestamp zero = {0};
    assert_true(tempo_timestamp_equal(tempo_clock_now(&clock), &zero));
    assert_false(clock.has_max_duration);
}

static void a_clock_without_an_end_is_never_done(void **state)
{
    (void)state;
    tempo_clock clock = clock_without_end();
    for (int i = 0; i < 100; i++)
        assert_int_equal(tempo_clock_batch_end(&clock, 1, 1, NULL), TEMPO_OK);
    assert_false(tempo_clock_done(&clock));
}

static void training_ends_with_the_batch_that_reaches_the_duration(void **state)
{
    (void)state;
    tempo_clock clock = clock_until(TEMPO_BATCH, 3);
    int batches = 0;
    while (!tempo_clock_done(&clock)) {
        assert_int_equal(tempo_clock_batch_end(&clock, 8, 16, NULL), TEMPO_OK);
        batches++;
    }
    assert_int_equal(batches, 3);
    assert_int_equal(tempo_clock_now(&clock)->sample, 24);
    assert_int_equal(tempo_clock_now(&clock)->token, 48);
}

static void training_ends_even_when_a_batch_passes_over_the_end(void **state)
{
    (void)state;
    tempo_clock clock = clock_until(TEMPO_TOKEN, 100);
    assert_int_equal(tempo_clock_batch_end(&clock, 1, 99, NULL), TEMPO_OK);
    assert_false(tempo_clock_done(&clock));
    assert_int_equal(tempo_clock_batch_end(&clock, 1, 99, NULL), TEMPO_OK);
    assert_true(tempo_clock_done(&clock));
}

static void a_duration_in_epochs_ends_with_the_epoch(void **state)
{
    (void)state;
    tempo_clock clock = clock_until(TEMPO_EPOCH, 1);
    assert_int_equal(tempo_clock_batch_end(&clock, 1, 1, NULL), TEMPO_OK);
    assert_false(tempo_clock_done(&clock));
    assert_int_equal(tempo_clock_epoch_end(&clock, NULL), TEMPO_OK);
    assert_true(tempo_clock_done(&clock));
}

static void a_duration_in_seconds_ends_with_the_measured_time(void **state)
{
    (void)state;
    tempo_clock clock = clock_until(TEMPO_SECOND, 2);
    assert_int_equal(tempo_clock_batch_took(&clock, 1, 1, 1500000, NULL), TEMPO_OK);
    assert_false(tempo_clock_done(&clock));
    assert_int_equal(tempo_clock_epoch_took(&clock, 499999, NULL), TEMPO_OK);
    assert_false(tempo_clock_done(&clock));
    assert_int_equal(tempo_clock_iteration_took(&clock, 1, NULL), TEMPO_OK);
    assert_true(tempo_clock_done(&clock));
    const tempo_timestamp expected = {
        .iteration = 1, .epoch = 1, .batch = 1, .sample = 1, .token = 1, .total_wct = 2000000};
    assert_true(tempo_timestamp_equal(tempo_clock_now(&clock), &expected));
}

static void an_iteration_ends_without_a_measured_time(void **state)
{
    (void)state;
    tempo_clock clock = clock_until(TEMPO_ITERATION, 1);
    assert_int_equal(tempo_clock_iteration_end(&clock, NULL), TEMPO_OK);
    assert_true(tempo_clock_done(&clock));
}

static void a_failed_step_leaves_the_clock_alone(void **state)
{
    (void)state;
    tempo_clock clock = clock_until(TEMPO_BATCH, 10);
    assert_int_equal(tempo_clock_batch_end(&clock, INT64_MAX, 5, NULL), TEMPO_OK);
    const tempo_timestamp before = *tempo_clock_now(&clock);
    assert_int_equal(tempo_clock_batch_end(&clock, 1, 5, NULL), TEMPO_OUT_OF_RANGE);
    assert_int_equal(tempo_clock_batch_end(&clock, -1, 5, NULL), TEMPO_BAD_VALUE);
    assert_int_equal(tempo_clock_epoch_took(&clock, -1, NULL), TEMPO_BAD_VALUE);
    assert_true(tempo_timestamp_equal(tempo_clock_now(&clock), &before));
}

static void a_duration_is_counted_and_longer_than_zero(void **state)
{
    (void)state;
    static const struct {
        tempo_time end;
        const char *message;
    } rows[] = {
        {{TEMPO_EPOCH, 0, 0}, "training cannot last 0ep: a duration is counted, and longer than 0"},
        {{TEMPO_BATCH, -1, 0}, "training cannot last -1ba: a duration is counted, and longer than 0"},
        {{TEMPO_DURATION, 0, 1}, "training cannot last 1.0dur: a duration is counted, and longer than 0"},
        {{(tempo_unit)7, 1, 0}, "training cannot last 1?: a duration is counted, and longer than 0"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tempo_clock clock = clock_until(TEMPO_BATCH, 10);
        tempo_error error = TEMPO_ERROR_INIT;
        assert_int_equal(tempo_clock_init(&clock, &rows[i].end, &error), TEMPO_BAD_VALUE);
        assert_string_equal(error.message, rows[i].message);
        assert_string_equal(error.advice, "give a count such as 90ep, or NULL if training has no end");
        assert_int_equal(clock.max_duration.count, 10);
    }
}

static void a_copy_of_a_clock_remembers_a_moment(void **state)
{
    (void)state;
    tempo_clock clock = clock_without_end();
    const tempo_clock moment = clock;
    assert_int_equal(tempo_clock_batch_end(&clock, 1, 1, NULL), TEMPO_OK);
    assert_int_equal(tempo_clock_now(&moment)->batch, 0);
    assert_int_equal(tempo_clock_now(&clock)->batch, 1);
}

/* --- saving --- */

static void a_clock_is_saved_as_one_line_with_the_names_of_its_counters(void **state)
{
    (void)state;
    tempo_clock clock = clock_until(TEMPO_EPOCH, 90);
    clock.now = (tempo_timestamp){0, 3, 1251, 1281024, 5, 3, 6, 7, 8, 9, 10, 11, 12, 13};
    char text[TEMPO_CLOCK_TEXT_MAX];
    const char *const expected = "clock version=1 iteration=0 epoch=3 batch=1251 sample=1281024 token=5 "
                                 "epoch_in_iteration=3 token_in_iteration=6 batch_in_epoch=7 sample_in_epoch=8 "
                                 "token_in_epoch=9 total_wct=10 iteration_wct=11 epoch_wct=12 batch_wct=13";
    assert_int_equal(tempo_clock_save(text, &clock), strlen(expected));
    assert_string_equal(text, expected);
}

static void the_longest_line_fits(void **state)
{
    (void)state;
    tempo_clock clock = clock_without_end();
#define FILL(name, reset) clock.now.name = INT64_MIN;
    TEMPO_TIMESTAMP_LIST(FILL)
#undef FILL
    char text[TEMPO_CLOCK_TEXT_MAX];
    const size_t length = tempo_clock_save(text, &clock);
    assert_int_equal(length, strlen(text));
    assert_true(length < TEMPO_CLOCK_TEXT_MAX);
}

static void what_was_saved_is_loaded(void **state)
{
    (void)state;
    tempo_clock clock = clock_until(TEMPO_EPOCH, 90), other = clock_until(TEMPO_BATCH, 7);
    clock.now = (tempo_timestamp){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, INT64_MAX, 0};
    char text[TEMPO_CLOCK_TEXT_MAX];
    const size_t length = tempo_clock_save(text, &clock);
    assert_int_equal(tempo_clock_load(&other, text, length, NULL), TEMPO_OK);
    assert_true(tempo_timestamp_equal(tempo_clock_now(&other), tempo_clock_now(&clock)));
}

static void the_duration_is_not_loaded(void **state)
{
    (void)state;
    tempo_clock clock = clock_until(TEMPO_EPOCH, 90), other = clock_until(TEMPO_BATCH, 7);
    char text[TEMPO_CLOCK_TEXT_MAX];
    const size_t length = tempo_clock_save(text, &clock);
    assert_int_equal(tempo_clock_load(&other, text, length, NULL), TEMPO_OK);
    assert_int_equal(other.max_duration.unit, TEMPO_BATCH);
    assert_int_equal(other.max_duration.count, 7);
}

/* --- loading --- */

/* What Composer saved before it knew iterations and wall clocks. */
#define OLD "epoch=1 batch=2 sample=3 token=4 batch_in_epoch=5 sample_in_epoch=6 token_in_epoch=7"

static void counters_that_an_old_line_lacks_keep_their_value(void **state)
{
    (void)state;
    tempo_clock clock = clock_without_end();
    clock.now = (tempo_timestamp){10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140};
    const char *const text = "clock version=1 " OLD;
    assert_int_equal(tempo_clock_load(&clock, text, strlen(text), NULL), TEMPO_OK);
    const tempo_timestamp expected = {10, 1, 2, 3, 4, 60, 70, 5, 6, 7, 110, 120, 130, 140};
    assert_true(tempo_timestamp_equal(tempo_clock_now(&clock), &expected));
}

static void counters_come_in_any_order_and_with_any_blanks_between(void **state)
{
    (void)state;
    tempo_clock clock = clock_without_end();
    const char *const text =
        "  clock\tversion=1  token=4   sample=3 batch=2 epoch=1 token_in_epoch=7 sample_in_epoch=6 "
        "batch_in_epoch=5 iteration=+8 \r\n";
    assert_int_equal(tempo_clock_load(&clock, text, strlen(text), NULL), TEMPO_OK);
    const tempo_timestamp expected = {8, 1, 2, 3, 4, 0, 0, 5, 6, 7, 0, 0, 0, 0};
    assert_true(tempo_timestamp_equal(tempo_clock_now(&clock), &expected));
}

static void only_the_given_bytes_are_loaded(void **state)
{
    (void)state;
    tempo_clock clock = clock_without_end();
    const char *const text = "clock version=1 " OLD "0";
    assert_int_equal(tempo_clock_load(&clock, text, strlen(text) - 1, NULL), TEMPO_OK);
    assert_int_equal(tempo_clock_now(&clock)->token_in_epoch, 7);
}

typedef struct bad_row {
    const char *sentence, *text;
    tempo_status status;
    size_t column, length;
    const char *message, *advice;
} bad_row;

static const bad_row bad_lines[] = {
    {"an empty line", "", TEMPO_BAD_SYNTAX, 1, 0, "start with 'clock'", "tempo_clock_save()"},
    {"another line", "clocks version=1", TEMPO_BAD_SYNTAX, 1, 6, "this is no clock", "tempo_clock_save()"},
    {"a value for the first word", "clock=1 version=1", TEMPO_BAD_SYNTAX, 1, 7, "this is no clock", "save()"},
    {"a line without a version", "clock " OLD, TEMPO_MISSING, 7, 7, "no version after 'clock'", "clock version=1"},
    {"a line that ends before its version", "clock", TEMPO_MISSING, 6, 0, "no version", "clock version=1"},
    {"a newer version", "clock version=2 " OLD " warp=1", TEMPO_UNKNOWN_NAME, 7, 9,
     "'version=2' was written by a newer Tempo", "update Tempo"},
    {"a version before the first", "clock version=0 " OLD, TEMPO_BAD_VALUE, 7, 9, "versions start at 1", "version=1"},
    {"a version that is no number", "clock version=one " OLD, TEMPO_BAD_SYNTAX, 7, 11, "is not a whole number", ""},
    {"an unknown counter", "clock version=1 " OLD " colour=1", TEMPO_UNKNOWN_NAME, 102, 8,
     "'colour=1' is no counter of a clock", "remove it"},
    {"a misspelt counter", "clock version=1 epcoh=1", TEMPO_UNKNOWN_NAME, 17, 7, "'epcoh=1' is no counter",
     "did you mean epoch?"},
    {"a counter in upper case", "clock version=1 Epoch=1", TEMPO_UNKNOWN_NAME, 17, 7, "no counter",
     "did you mean epoch?"},
    {"a counter twice", "clock version=1 epoch=1 epoch=1", TEMPO_UNKNOWN_NAME, 25, 7, "'epoch=1' is there twice",
     "keep one"},
    {"a counter without a value", "clock version=1 epoch", TEMPO_BAD_SYNTAX, 17, 5, "'epoch' has no value",
     "NAME=NUMBER"},
    {"a counter with an empty value", "clock version=1 epoch=", TEMPO_BAD_SYNTAX, 17, 6, "is not a whole number", ""},
    {"a sign for a value", "clock version=1 epoch=-", TEMPO_BAD_SYNTAX, 17, 7, "is not a whole number", ""},
    {"a value with a unit", "clock version=1 epoch=3ep", TEMPO_BAD_SYNTAX, 17, 9, "is not a whole number", ""},
    {"a value with a point", "clock version=1 epoch=3.0", TEMPO_BAD_SYNTAX, 17, 9, "is not a whole number", ""},
    {"a value without a name", "clock version=1 =3", TEMPO_UNKNOWN_NAME, 17, 2, "'=3' is no counter", "remove it"},
    {"a negative counter", "clock version=1 epoch=-3", TEMPO_BAD_VALUE, 17, 8, "'epoch=-3' is negative", "from 0"},
    {"a counter that does not fit", "clock version=1 epoch=9223372036854775808", TEMPO_OUT_OF_RANGE, 17, 25,
     "does not fit in 64 bits", "9223372036854775807"},
    {"two lines", "clock version=1 epoch=1\nbatch=2", TEMPO_BAD_SYNTAX, 17, 15, "'epoch=1?batch=2' is not a whole", ""},
};

static void a_line_that_cannot_be_loaded_changes_nothing_and_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_lines); i++) {
        const bad_row *const row = &bad_lines[i];
        tempo_clock clock = clock_without_end();
        clock.now.epoch = 77;
        const tempo_timestamp before = clock.now;
        tempo_error error = TEMPO_ERROR_INIT;
        const tempo_status status = tempo_clock_load(&clock, row->text, strlen(row->text), &error);
        if (status != row->status || error.status != row->status)
            fail_msg("%s gives %s", row->sentence, tempo_status_name(status));
        if (error.line != 1 || error.column != row->column || error.length != row->length)
            fail_msg("%s blames %zu bytes at %zu", row->sentence, error.length, error.column);
        if (!strstr(error.message, row->message) || !strstr(error.advice, row->advice))
            fail_msg("%s says: %s (%s)", row->sentence, error.message, error.advice);
        if (!tempo_timestamp_equal(tempo_clock_now(&clock), &before))
            fail_msg("%s changed the clock", row->sentence);
        assert_int_equal(tempo_clock_load(&clock, row->text, strlen(row->text), NULL), row->status);
    }
}

static void the_seven_counters_of_the_oldest_line_are_required(void **state)
{
    (void)state;
    static const char *const names[] = {"epoch",          "batch",           "sample",        "token",
                                        "batch_in_epoch", "sample_in_epoch", "token_in_epoch"};
    for (size_t missing = 0; missing < COUNT_OF(names); missing++) {
        char text[TEMPO_CLOCK_TEXT_MAX] = "clock version=1", message[100];
        size_t length = strlen(text);
        for (size_t i = 0; i < COUNT_OF(names); i++)
            if (i != missing)
                length += (size_t)snprintf(text + length, sizeof text - length, " %s=1", names[i]);
        tempo_clock clock = clock_without_end();
        tempo_error error = TEMPO_ERROR_INIT;
        assert_int_equal(tempo_clock_load(&clock, text, length, &error), TEMPO_MISSING);
        (void)snprintf(message, sizeof message, "the clock has no %s, and so does not say where training is",
                       names[missing]);
        assert_string_equal(error.message, message);
        assert_string_equal(error.path, names[missing]);
        assert_int_equal(tempo_clock_now(&clock)->epoch, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_starts_at_zero),
        cmocka_unit_test(a_clock_without_an_end_is_never_done),
        cmocka_unit_test(training_ends_with_the_batch_that_reaches_the_duration),
        cmocka_unit_test(training_ends_even_when_a_batch_passes_over_the_end),
        cmocka_unit_test(a_duration_in_epochs_ends_with_the_epoch),
        cmocka_unit_test(a_duration_in_seconds_ends_with_the_measured_time),
        cmocka_unit_test(an_iteration_ends_without_a_measured_time),
        cmocka_unit_test(a_failed_step_leaves_the_clock_alone),
        cmocka_unit_test(a_duration_is_counted_and_longer_than_zero),
        cmocka_unit_test(a_copy_of_a_clock_remembers_a_moment),
        cmocka_unit_test(a_clock_is_saved_as_one_line_with_the_names_of_its_counters),
        cmocka_unit_test(the_longest_line_fits),
        cmocka_unit_test(what_was_saved_is_loaded),
        cmocka_unit_test(the_duration_is_not_loaded),
        cmocka_unit_test(counters_that_an_old_line_lacks_keep_their_value),
        cmocka_unit_test(counters_come_in_any_order_and_with_any_blanks_between),
        cmocka_unit_test(only_the_given_bytes_are_loaded),
        cmocka_unit_test(a_line_that_cannot_be_loaded_changes_nothing_and_says_why),
        cmocka_unit_test(the_seven_counters_of_the_oldest_line_are_required),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
