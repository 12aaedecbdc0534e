/* Numbers as text and back: what every table, message and document relies on. */
#include "support/spec.h"

#include <float.h>
#include <locale.h>
#include <math.h>

#include "base/internal.h"

static void assert_prints(double value, const char *expected)
{
    char text[TEMPO__NUMBER_MAX];
    assert_int_equal(tempo__number_print(text, value), strlen(expected));
    assert_string_equal(text, expected);
}

static void a_number_prints_in_the_fewest_digits_that_read_back(void **state)
{
    (void)state;
    assert_prints(0.1, "0.1");
    assert_prints(6e-5, "6e-05");
    assert_prints(0.0001, "0.0001");
    assert_prints(1.0 / 3, "0.3333333333333333");
    assert_prints(0.1 + 0.2, "0.30000000000000004");
    assert_prints(1e22, "1e+22");
    assert_prints(123456789.0, "123456789");
    assert_prints(1e15, "1000000000000000");
    assert_prints(1e16, "1e+16");
    assert_prints(-6.25e-5, "-6.25e-05");
}

static void the_ends_of_double_print_and_read_back(void **state)
{
    (void)state;
    assert_prints(DBL_MAX, "1.7976931348623157e+308");
    assert_prints(DBL_MIN, "2.2250738585072014e-308");
    assert_prints(5e-324, "5e-324");
    assert_prints(0.0, "0");
    assert_prints(-0.0, "-0");
    assert_prints((double)INFINITY, "inf");
    assert_prints(-(double)INFINITY, "-inf");
    assert_prints((double)NAN, "nan");
}

static void any_double_reads_back_to_the_same_bits(void **state)
{
    (void)state;
    uint64_t bits = 88172645463325252;
    for (int i = 0; i < 200000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double value = 0, back = 0;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        char text[TEMPO__NUMBER_MAX];
        const size_t length = tempo__number_print(text, value);
        assert_true(tempo__number_parse(&back, text, length, false));
        assert_memory_equal(&value, &back, sizeof value);
    }
}

static void only_decimal_numbers_are_read(void **state)
{
    (void)state;
    double value = 0;
    static const char *const accepted[] = {"1", "-1.5", "+.5", "5.", "1e3", "1E-3", "0012"};
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++)
        assert_true(tempo__number_parse(&value, accepted[i], strlen(accepted[i]), false));
    static const char *const refused[] = {"",   ".",   "e3",  "1e",  "1e+", "0x10", "1 ",
                                          " 1", "1,5", "inf", "nan", "--1", "1.2.3"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(tempo__number_parse(&value, refused[i], strlen(refused[i]), false));
}

static void a_decimal_comma_in_the_locale_changes_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "nl_NL.UTF-8"};
    const char *found = NULL;
    for (size_t i = 0; !found && i < sizeof names / sizeof names[0]; i++)
        found = setlocale(LC_ALL, names[i]);
    if (!found)
        skip();
    double value = 0;
    assert_prints(0.25, "0.25");
    assert_true(tempo__number_parse(&value, "0.25", 4, false));
    assert_true(value == 0.25);
    setlocale(LC_ALL, "C");
}

static void an_integer_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    int64_t value = 0;
    assert_true(tempo__integer_parse(&value, "9223372036854775807", 19));
    assert_int_equal(value, INT64_MAX);
    assert_true(tempo__integer_parse(&value, "-9223372036854775808", 20));
    assert_int_equal(value, INT64_MIN);
    assert_false(tempo__integer_parse(&value, "9223372036854775808", 19));
    assert_false(tempo__integer_parse(&value, "-9223372036854775809", 20));
    assert_false(tempo__integer_parse(&value, "1.0", 3));
}

static void a_sum_or_product_that_would_wrap_is_refused(void **state)
{
    (void)state;
    int64_t value = 0;
    assert_true(tempo__add(&value, INT64_MAX, 0));
    assert_false(tempo__add(&value, INT64_MAX, 1));
    assert_false(tempo__add(&value, INT64_MIN, -1));
    assert_true(tempo__multiply(&value, INT64_C(3037000499), INT64_C(3037000499)));
    assert_false(tempo__multiply(&value, INT64_C(3037000500), INT64_C(3037000500)));
    assert_false(tempo__multiply(&value, INT64_MIN, -1));
    assert_false(tempo__multiply(&value, -1, INT64_MIN));
    assert_true(tempo__multiply(&value, INT64_MIN, 1));
}

/* Expected values: Python 3.11, int / int. */
static void a_ratio_of_large_counts_is_rounded_once(void **state)
{
    (void)state;
    assert_true(tempo__ratio(1, 3) == 1.0 / 3);
    assert_true(tempo__ratio(INT64_MAX, 3) == 3.0744573456182584e+18);
    assert_true(tempo__ratio(INT64_C(9007199254740993), INT64_C(9007199254740992)) == 1.0);
    assert_true(tempo__ratio(INT64_C(9007199254740995), INT64_C(9007199254740993)) == 1.0000000000000002);
    assert_true(tempo__ratio(INT64_C(-9223372036854775807), INT64_C(9223372036854775806)) == -1.0);
    assert_true(tempo__ratio(1, INT64_MAX) == 1.0842021724855044e-19);
    assert_true(tempo__ratio(INT64_MIN, INT64_MAX) == -1.0);
    assert_true(tempo__ratio(INT64_C(123456789012345678), INT64_C(987654321098765432)) == 0.1249999988609375);
}

static void truncation_goes_toward_zero_and_refuses_what_does_not_fit(void **state)
{
    (void)state;
    int64_t value = 0;
    assert_true(tempo__truncate(&value, 28.999999999999996));
    assert_int_equal(value, 28);
    assert_true(tempo__truncate(&value, -3.9));
    assert_int_equal(value, -3);
    assert_false(tempo__truncate(&value, 9223372036854775808.0));
    assert_false(tempo__truncate(&value, (double)NAN));
    assert_false(tempo__truncate(&value, (double)INFINITY));
}

static const char *nearest(const char *name)
{
    tempo__nearest search = {name, NULL, 0};
    tempo__nearest_offer(&search, "t_warmup");
    tempo__nearest_offer(&search, "t_max");
    tempo__nearest_offer(&search, "alpha_f");
    return search.best;
}

static void a_misspelling_finds_the_name_that_was_meant(void **state)
{
    (void)state;
    assert_string_equal(nearest("t_warmpu"), "t_warmup");
    assert_string_equal(nearest("T_MAX"), "t_max");
    assert_string_equal(nearest("alphaf"), "alpha_f");
    assert_null(nearest("momentum"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_prints_in_the_fewest_digits_that_read_back),
        cmocka_unit_test(the_ends_of_double_print_and_read_back),
        cmocka_unit_test(any_double_reads_back_to_the_same_bits),
        cmocka_unit_test(only_decimal_numbers_are_read),
        cmocka_unit_test(a_decimal_comma_in_the_locale_changes_nothing),
        cmocka_unit_test(an_integer_that_does_not_fit_is_refused),
        cmocka_unit_test(a_sum_or_product_that_would_wrap_is_refused),
        cmocka_unit_test(a_ratio_of_large_counts_is_rounded_once),
        cmocka_unit_test(truncation_goes_toward_zero_and_refuses_what_does_not_fit),
        cmocka_unit_test(a_misspelling_finds_the_name_that_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
