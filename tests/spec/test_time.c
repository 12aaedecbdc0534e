/* test_time.c: units, and making, printing, comparing and calculating with times. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include <tempo/time.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static tempo_time ep(int64_t count)
{
    return (tempo_time){.unit = TEMPO_EPOCH, .count = count};
}

static tempo_time ba(int64_t count)
{
    return (tempo_time){.unit = TEMPO_BATCH, .count = count};
}

static tempo_time dur(double fraction)
{
    return tempo_time_of_fraction(fraction);
}

/* Both zeros are equal, and NaN equals itself: what is compared is the text a time prints as. */
static void check_time(tempo_time time, const char *expected)
{
    char text[TEMPO_TIME_TEXT_MAX];
    assert_int_equal(tempo_time_print(text, time), strlen(expected));
    assert_string_equal(text, expected);
    assert_true(time.unit == TEMPO_DURATION ? time.count == 0 : time.fraction == 0);
}

/* --- units --- */

static void every_unit_has_a_suffix_and_a_name(void **state)
{
    (void)state;
    static const struct {
        tempo_unit unit;
        const char *suffix, *name;
    } rows[] = {
        {TEMPO_ITERATION, "iter", "ITERATION"}, {TEMPO_EPOCH, "ep", "EPOCH"},  {TEMPO_BATCH, "ba", "BATCH"},
        {TEMPO_SAMPLE, "sp", "SAMPLE"},         {TEMPO_TOKEN, "tok", "TOKEN"}, {TEMPO_DURATION, "dur", "DURATION"},
        {TEMPO_SECOND, "sec", "SECOND"},
    };
    assert_int_equal(COUNT_OF(rows), TEMPO_UNIT_COUNT);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(rows[i].unit, i);
        assert_string_equal(tempo_unit_suffix(rows[i].unit), rows[i].suffix);
        assert_string_equal(tempo_unit_name(rows[i].unit), rows[i].name);
    }
}

static void a_number_that_is_no_unit_has_no_suffix_and_no_name(void **state)
{
    (void)state;
    assert_null(tempo_unit_suffix((tempo_unit)7));
    assert_null(tempo_unit_name((tempo_unit)7));
    assert_null(tempo_unit_suffix((tempo_unit)-1));
    assert_null(tempo_unit_name((tempo_unit)-1));
}

static void a_unit_is_found_by_suffix_or_name_in_any_case(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        tempo_unit unit;
    } rows[] = {
        {"ep", TEMPO_EPOCH},          {"EP", TEMPO_EPOCH},    {"EPOCH", TEMPO_EPOCH},
        {"Epoch", TEMPO_EPOCH},       {"Tok", TEMPO_TOKEN},   {"iteration", TEMPO_ITERATION},
        {"iter", TEMPO_ITERATION},    {"batch", TEMPO_BATCH}, {"sp", TEMPO_SAMPLE},
        {"duration", TEMPO_DURATION}, {"Sec", TEMPO_SECOND},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tempo_unit unit = TEMPO_SECOND;
        assert_int_equal(tempo_unit_parse(&unit, rows[i].text, NULL), TEMPO_OK);
        assert_int_equal(unit, rows[i].unit);
    }
}

static void a_misspelt_unit_is_refused_with_the_nearest_one(void **state)
{
    (void)state;
    tempo_unit unit = TEMPO_SECOND;
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_unit_parse(&unit, "epochs", &error), TEMPO_UNKNOWN_NAME);
    assert_string_equal(error.message, "'epochs' is not a unit of time");
    assert_string_equal(error.advice, "did you mean ep? the units are iter, ep, ba, sp, tok, dur, sec");
    assert_int_equal(unit, TEMPO_SECOND);
}

static void a_word_that_is_far_from_every_unit_is_answered_with_all_of_them(void **state)
{
    (void)state;
    tempo_unit unit = TEMPO_SECOND;
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_unit_parse(&unit, "fortnight", &error), TEMPO_UNKNOWN_NAME);
    assert_string_equal(error.advice, "the units are iter, ep, ba, sp, tok, dur, sec; a step is a ba");
    assert_int_equal(tempo_unit_parse(&unit, "", &error), TEMPO_UNKNOWN_NAME);
}

/* --- making --- */

static void a_count_is_made_of_any_unit_that_is_counted(void **state)
{
    (void)state;
    tempo_time time = dur(1);
    assert_int_equal(tempo_time_of_count(&time, -5, TEMPO_TOKEN, NULL), TEMPO_OK);
    check_time(time, "-5tok");
}

static void a_fraction_is_not_made_of_a_count(void **state)
{
    (void)state;
    tempo_time time = ep(3);
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_time_of_count(&time, 1, TEMPO_DURATION, &error), TEMPO_BAD_TYPE);
    assert_string_equal(error.message, "a dur is a fraction of the run, not a count");
    assert_string_equal(error.advice, "use tempo_time_of_fraction()");
    check_time(time, "3ep");
}

static void a_count_needs_a_unit_that_exists(void **state)
{
    (void)state;
    tempo_time time = ep(3);
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_time_of_count(&time, 1, (tempo_unit)7, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "7 is not the number of a unit, which are 0 to 6");
    check_time(time, "3ep");
}

/* --- printing --- */

static void a_time_prints_as_composer_prints_it(void **state)
{
    (void)state;
    check_time((tempo_time){.unit = TEMPO_ITERATION, .count = 2}, "2iter");
    check_time(ep(1), "1ep");
    check_time(ba(2), "2ba");
    check_time((tempo_time){.unit = TEMPO_SAMPLE, .count = 3}, "3sp");
    check_time((tempo_time){.unit = TEMPO_TOKEN, .count = 4}, "4tok");
    check_time(dur(0.5), "0.5dur");
    check_time((tempo_time){.unit = TEMPO_SECOND, .count = 6}, "6sec");
}

static void the_ends_of_a_count_print(void **state)
{
    (void)state;
    check_time(ba(INT64_MAX), "9223372036854775807ba");
    check_time((tempo_time){.unit = TEMPO_ITERATION, .count = INT64_MIN}, "-9223372036854775808iter");
}

static void a_fraction_prints_as_python_prints_a_float(void **state)
{
    (void)state;
    check_time(dur(2), "2.0dur");
    check_time(dur(-1), "-1.0dur");
    check_time(dur(0), "0.0dur");
    check_time(dur(-0.0), "-0.0dur");
    check_time(dur(0.1), "0.1dur");
    check_time(dur(1.0 / 3.0), "0.3333333333333333dur");
    check_time(dur(0.0001), "0.0001dur");
    check_time(dur(0.00001), "1e-05dur");
    check_time(dur(1e15), "1000000000000000.0dur");
    check_time(dur(1e16), "1e+16dur");
    check_time(dur(1.5e300), "1.5e+300dur");
    check_time(dur(-DBL_MAX), "-1.7976931348623157e+308dur");
    check_time(dur(5e-324), "5e-324dur");
    check_time(dur(INFINITY), "infdur");
    check_time(dur(-INFINITY), "-infdur");
    check_time(dur(NAN), "nandur");
}

static void a_bad_unit_prints_as_a_question_mark(void **state)
{
    (void)state;
    check_time((tempo_time){.unit = (tempo_unit)99, .count = 5}, "5?");
}

/* --- comparing --- */

static int order_of(tempo_time a, tempo_time b)
{
    int order = 77;
    assert_int_equal(tempo_time_compare(&order, a, b, NULL), TEMPO_OK);
    return order;
}

static void times_of_one_unit_have_an_order(void **state)
{
    (void)state;
    assert_int_equal(order_of(ep(1), ep(2)), -1);
    assert_int_equal(order_of(ep(2), ep(2)), 0);
    assert_int_equal(order_of(ep(3), ep(2)), 1);
    assert_int_equal(order_of(dur(0.1), dur(0.2)), -1);
    assert_int_equal(order_of(dur(0.2), dur(0.2)), 0);
    assert_int_equal(order_of(dur(-INFINITY), dur(INFINITY)), -1);
    assert_int_equal(order_of(dur(0.0), dur(-0.0)), 0);
}

static void counts_that_no_double_tells_apart_have_an_order(void **state)
{
    (void)state;
    assert_int_equal(order_of(ba(9007199254740992), ba(9007199254740993)), -1);
    assert_int_equal(order_of(ba(INT64_MAX), ba(INT64_MAX - 1)), 1);
    assert_int_equal(order_of(ba(INT64_MIN), ba(INT64_MAX)), -1);
}

static void times_of_different_units_cannot_even_be_equal(void **state)
{
    (void)state;
    int order = 77;
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_time_compare(&order, ep(1), ba(1), &error), TEMPO_UNIT_MISMATCH);
    assert_string_equal(error.message, "1ep and 1ba cannot be compared, since their units differ");
    assert_string_equal(error.advice, "give both in one unit");
    assert_int_equal(order, 77);
}

static void a_fraction_that_is_no_number_has_no_order(void **state)
{
    (void)state;
    int order = 77;
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_time_compare(&order, dur(NAN), dur(0), &error), TEMPO_BAD_VALUE);
    assert_int_equal(tempo_time_compare(&order, dur(0), dur(NAN), &error), TEMPO_BAD_VALUE);
    assert_int_equal(tempo_time_compare(&order, dur(NAN), dur(NAN), &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "nandur is neither before nor after any time");
    assert_int_equal(order, 77);
}

/* --- calculating --- */

typedef tempo_status binary(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error);

static void check_binary(binary *operation, tempo_time a, tempo_time b, const char *expected)
{
    tempo_time result = ep(-77);
    assert_int_equal(operation(&result, a, b, NULL), TEMPO_OK);
    check_time(result, expected);
}

static void check_refusal(binary *operation, tempo_time a, tempo_time b, tempo_status status, const char *message)
{
    tempo_time result = ep(-77);
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(operation(&result, a, b, &error), status);
    assert_string_equal(error.message, message);
    check_time(result, "-77ep");
}

static void times_of_one_unit_are_added_and_subtracted(void **state)
{
    (void)state;
    check_binary(tempo_time_add, ep(1), ep(2), "3ep");
    check_binary(tempo_time_subtract, ep(1), ep(2), "-1ep");
    check_binary(tempo_time_add, dur(0.1), dur(0.2), "0.30000000000000004dur");
    check_binary(tempo_time_subtract, dur(0.3), dur(0.1), "0.19999999999999998dur");
    check_binary(tempo_time_subtract, ba(-1), ba(INT64_MIN), "9223372036854775807ba");
}

static void a_sum_that_does_not_fit_is_an_error(void **state)
{
    (void)state;
    check_binary(tempo_time_add, ba(INT64_MAX - 1), ba(1), "9223372036854775807ba");
    check_refusal(tempo_time_add, ba(INT64_MAX), ba(1), TEMPO_OUT_OF_RANGE,
                  "9223372036854775807ba + 1ba does not fit in 64 bits");
    check_refusal(tempo_time_add, ba(INT64_MIN), ba(-1), TEMPO_OUT_OF_RANGE,
                  "-9223372036854775808ba + -1ba does not fit in 64 bits");
    check_refusal(tempo_time_subtract, ba(INT64_MIN), ba(1), TEMPO_OUT_OF_RANGE,
                  "-9223372036854775808ba - 1ba does not fit in 64 bits");
    check_refusal(tempo_time_subtract, ba(0), ba(INT64_MIN), TEMPO_OUT_OF_RANGE,
                  "0ba - -9223372036854775808ba does not fit in 64 bits");
}

static void times_of_different_units_are_not_combined(void **state)
{
    (void)state;
    check_refusal(tempo_time_add, ep(1), ba(1), TEMPO_UNIT_MISMATCH,
                  "1ep and 1ba cannot be added, since their units differ");
    check_refusal(tempo_time_subtract, ep(1), ba(1), TEMPO_UNIT_MISMATCH,
                  "1ep and 1ba cannot be subtracted, since their units differ");
    check_refusal(tempo_time_ratio, ep(1), ba(1), TEMPO_UNIT_MISMATCH,
                  "1ep and 1ba cannot be divided, since their units differ");
    check_refusal(tempo_time_modulo, ep(1), ba(1), TEMPO_UNIT_MISMATCH,
                  "1ep and 1ba cannot be divided, since their units differ");
    check_refusal(tempo_time_multiply, ep(1), ba(1), TEMPO_UNIT_MISMATCH, "1ep and 1ba cannot be multiplied");
    check_refusal(tempo_time_multiply, ep(2), ep(3), TEMPO_UNIT_MISMATCH, "2ep and 3ep cannot be multiplied");
    check_refusal(tempo_time_add, dur(1), ep(1), TEMPO_UNIT_MISMATCH,
                  "1.0dur and 1ep cannot be added, since their units differ");
}

static void a_fraction_scales_a_time_of_any_unit(void **state)
{
    (void)state;
    check_binary(tempo_time_multiply, ep(2), dur(0.5), "1ep");
    check_binary(tempo_time_multiply, dur(0.5), ep(2), "1ep");
    check_binary(tempo_time_multiply, dur(0.5), dur(3), "1.5dur");
    check_binary(tempo_time_multiply, ba(-7), dur(0.5), "-3ba");
    check_binary(tempo_time_multiply, dur(0.29), ba(100), "28ba");
}

static void scaling_truncates_a_count_toward_zero(void **state)
{
    (void)state;
    static const struct {
        int64_t count;
        double factor;
        const char *expected;
    } rows[] = {
        {2, 0.5, "1ba"},  {3, 0.5, "1ba"},     {-3, 0.5, "-1ba"}, {10, 0.99, "9ba"},
        {1, -0.5, "0ba"}, {100, 0.29, "28ba"}, {7, 1.5, "10ba"},  {9007199254740993, 1, "9007199254740992ba"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tempo_time result = ep(-77);
        assert_int_equal(tempo_time_scale(&result, ba(rows[i].count), rows[i].factor, NULL), TEMPO_OK);
        check_time(result, rows[i].expected);
    }
}

static void scaling_a_fraction_truncates_nothing(void **state)
{
    (void)state;
    tempo_time result = ep(-77);
    assert_int_equal(tempo_time_scale(&result, dur(0.3), 3, NULL), TEMPO_OK);
    check_time(result, "0.8999999999999999dur");
    assert_int_equal(tempo_time_divide(&result, dur(1), 8, NULL), TEMPO_OK);
    check_time(result, "0.125dur");
}

static void a_scaled_count_that_does_not_fit_is_an_error(void **state)
{
    (void)state;
    tempo_time result = ep(-77);
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_time_scale(&result, ba(INT64_MAX), 1, &error), TEMPO_OUT_OF_RANGE);
    assert_string_equal(error.message, "the result, 9.223372036854776e+18, is no count of ba that fits in 64 bits");
    assert_int_equal(tempo_time_scale(&result, ba(1), INFINITY, &error), TEMPO_OUT_OF_RANGE);
    assert_string_equal(error.message, "the result, inf, is no count of ba that fits in 64 bits");
    assert_int_equal(tempo_time_scale(&result, ba(1), NAN, &error), TEMPO_OUT_OF_RANGE);
    assert_int_equal(tempo_time_divide(&result, ba(1), 1e-300, &error), TEMPO_OUT_OF_RANGE);
    assert_int_equal(tempo_time_multiply(&result, ba(1), dur(-INFINITY), &error), TEMPO_OUT_OF_RANGE);
    check_time(result, "-77ep");
}

static void dividing_by_a_number_truncates_a_count_toward_zero(void **state)
{
    (void)state;
    tempo_time result = ep(-77);
    assert_int_equal(tempo_time_divide(&result, ep(4), 2, NULL), TEMPO_OK);
    check_time(result, "2ep");
    assert_int_equal(tempo_time_divide(&result, ep(-7), 2, NULL), TEMPO_OK);
    check_time(result, "-3ep");
}

static void dividing_two_times_gives_a_fraction(void **state)
{
    (void)state;
    check_binary(tempo_time_ratio, ep(4), ep(2), "2.0dur");
    check_binary(tempo_time_ratio, ba(1), ba(3), "0.3333333333333333dur");
    check_binary(tempo_time_ratio, dur(0.5), dur(0.25), "2.0dur");
}

/* Operands that are rounded to double before they are divided give 5.3424105598131835. */
static void dividing_two_large_counts_rounds_once(void **state)
{
    (void)state;
    check_binary(tempo_time_ratio, ba(6619069109859205117), ba(1238966761493273418), "5.342410559813183dur");
    check_binary(tempo_time_ratio, ba(INT64_MIN), ba(-1), "9.223372036854776e+18dur");
}

static void modulo_has_the_sign_of_the_divisor(void **state)
{
    (void)state;
    check_binary(tempo_time_modulo, ep(7), ep(3), "1ep");
    check_binary(tempo_time_modulo, ep(-7), ep(3), "2ep");
    check_binary(tempo_time_modulo, ep(7), ep(-3), "-2ep");
    check_binary(tempo_time_modulo, ep(-7), ep(-3), "-1ep");
    check_binary(tempo_time_modulo, ep(6), ep(3), "0ep");
    check_binary(tempo_time_modulo, ep(INT64_MIN), ep(-1), "0ep");
    check_binary(tempo_time_modulo, dur(-7.5), dur(2), "0.5dur");
    check_binary(tempo_time_modulo, dur(7.5), dur(-2), "-0.5dur");
    check_binary(tempo_time_modulo, dur(-4), dur(2), "0.0dur");
    check_binary(tempo_time_modulo, dur(4), dur(-2), "-0.0dur");
    check_binary(tempo_time_modulo, dur(-5), dur(INFINITY), "infdur");
}

static void nothing_is_divided_by_zero(void **state)
{
    (void)state;
    tempo_time result = ep(-77);
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_time_divide(&result, ep(4), 0, &error), TEMPO_ZERO_DURATION);
    assert_string_equal(error.message, "4ep cannot be divided by 0");
    assert_int_equal(tempo_time_divide(&result, ep(4), -0.0, &error), TEMPO_ZERO_DURATION);
    check_refusal(tempo_time_ratio, ep(4), ep(0), TEMPO_ZERO_DURATION, "4ep cannot be divided by 0");
    check_refusal(tempo_time_ratio, dur(1), dur(-0.0), TEMPO_ZERO_DURATION, "1.0dur cannot be divided by 0");
    check_refusal(tempo_time_modulo, ep(4), ep(0), TEMPO_ZERO_DURATION, "4ep cannot be divided by 0");
    check_refusal(tempo_time_modulo, dur(1), dur(0), TEMPO_ZERO_DURATION, "1.0dur cannot be divided by 0");
}

static void a_time_has_a_negative(void **state)
{
    (void)state;
    tempo_time result = dur(-77);
    assert_int_equal(tempo_time_negate(&result, ep(3), NULL), TEMPO_OK);
    check_time(result, "-3ep");
    assert_int_equal(tempo_time_negate(&result, dur(0), NULL), TEMPO_OK);
    check_time(result, "-0.0dur");
    assert_int_equal(tempo_time_negate(&result, ep(INT64_MAX), NULL), TEMPO_OK);
    check_time(result, "-9223372036854775807ep");
}

static void the_least_count_has_no_negative(void **state)
{
    (void)state;
    tempo_time result = ep(-77);
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_time_negate(&result, ep(INT64_MIN), &error), TEMPO_OUT_OF_RANGE);
    assert_string_equal(error.message, "the negative of -9223372036854775808ep does not fit in 64 bits");
    check_time(result, "-77ep");
}

static void a_result_may_replace_an_operand(void **state)
{
    (void)state;
    tempo_time time = ep(2);
    assert_int_equal(tempo_time_add(&time, time, time, NULL), TEMPO_OK);
    assert_int_equal(tempo_time_scale(&time, time, 2.5, NULL), TEMPO_OK);
    check_time(time, "10ep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_has_a_suffix_and_a_name),
        cmocka_unit_test(a_number_that_is_no_unit_has_no_suffix_and_no_name),
        cmocka_unit_test(a_unit_is_found_by_suffix_or_name_in_any_case),
        cmocka_unit_test(a_misspelt_unit_is_refused_with_the_nearest_one),
        cmocka_unit_test(a_word_that_is_far_from_every_unit_is_answered_with_all_of_them),
        cmocka_unit_test(a_count_is_made_of_any_unit_that_is_counted),
        cmocka_unit_test(a_fraction_is_not_made_of_a_count),
        cmocka_unit_test(a_count_needs_a_unit_that_exists),
        cmocka_unit_test(a_time_prints_as_composer_prints_it),
        cmocka_unit_test(the_ends_of_a_count_print),
        cmocka_unit_test(a_fraction_prints_as_python_prints_a_float),
        cmocka_unit_test(a_bad_unit_prints_as_a_question_mark),
        cmocka_unit_test(times_of_one_unit_have_an_order),
        cmocka_unit_test(counts_that_no_double_tells_apart_have_an_order),
        cmocka_unit_test(times_of_different_units_cannot_even_be_equal),
        cmocka_unit_test(a_fraction_that_is_no_number_has_no_order),
        cmocka_unit_test(times_of_one_unit_are_added_and_subtracted),
        cmocka_unit_test(a_sum_that_does_not_fit_is_an_error),
        cmocka_unit_test(times_of_different_units_are_not_combined),
        cmocka_unit_test(a_fraction_scales_a_time_of_any_unit),
        cmocka_unit_test(scaling_truncates_a_count_toward_zero),
        cmocka_unit_test(scaling_a_fraction_truncates_nothing),
        cmocka_unit_test(a_scaled_count_that_does_not_fit_is_an_error),
        cmocka_unit_test(dividing_by_a_number_truncates_a_count_toward_zero),
        cmocka_unit_test(dividing_two_times_gives_a_fraction),
        cmocka_unit_test(dividing_two_large_counts_rounds_once),
        cmocka_unit_test(modulo_has_the_sign_of_the_divisor),
        cmocka_unit_test(nothing_is_divided_by_zero),
        cmocka_unit_test(a_time_has_a_negative),
        cmocka_unit_test(the_least_count_has_no_negative),
        cmocka_unit_test(a_result_may_replace_an_operand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
