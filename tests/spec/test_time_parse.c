/* test_time_parse.c: which texts are times, and what is said about those that are not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <tempo/time.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* A text that is a time of a count, or (`fraction` not 0) a fraction. */
typedef struct good_row {
    const char *sentence, *text;
    tempo_unit unit;
    int64_t count;
    double fraction;
} good_row;

static void check_good(const good_row *rows, size_t count, tempo_time_grammar grammar)
{
    for (size_t i = 0; i < count; i++) {
        tempo_error error = TEMPO_ERROR_INIT;
        tempo_time time = {.unit = TEMPO_EPOCH, .count = -77, .fraction = -77};
        if (tempo_time_parse(&time, rows[i].text, strlen(rows[i].text), grammar, &error))
            fail_msg("%s: '%s' is refused: %s", rows[i].sentence, rows[i].text, error.message);
        char printed[TEMPO_TIME_TEXT_MAX];
        (void)tempo_time_print(printed, time);
        if (time.unit != rows[i].unit || time.count != rows[i].count ||
            memcmp(&time.fraction, &rows[i].fraction, sizeof time.fraction) != 0)
            fail_msg("%s: '%s' is read as %s", rows[i].sentence, rows[i].text, printed);
    }
}

/* A text that is no time: status, the bytes blamed, and words that message and advice contain. */
typedef struct bad_row {
    const char *sentence, *text;
    tempo_status status;
    size_t column, length;
    const char *message, *advice;
} bad_row;

static void check_bad_text(const bad_row *row, size_t length, tempo_time_grammar grammar)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_time before = {.unit = TEMPO_EPOCH, .count = -77, .fraction = -77};
    tempo_time time = before;
    const tempo_status status = tempo_time_parse(&time, row->text, length, grammar, &error);
    if (status != row->status || error.status != row->status)
        fail_msg("%s: '%s' gives %s", row->sentence, row->text, tempo_status_name(status));
    if (error.line != 1 || error.column != row->column || error.length != row->length)
        fail_msg("%s: '%s' blames %zu bytes at %zu", row->sentence, row->text, error.length, error.column);
    if (!strstr(error.message, row->message) || !strstr(error.advice, row->advice))
        fail_msg("%s: '%s' says: %s (%s)", row->sentence, row->text, error.message, error.advice);
    if (time.unit != before.unit || time.count != before.count)
        fail_msg("%s: '%s' is refused, but was written", row->sentence, row->text);
}

static void check_bad(const bad_row *rows, size_t count, tempo_time_grammar grammar)
{
    for (size_t i = 0; i < count; i++)
        check_bad_text(&rows[i], strlen(rows[i].text), grammar);
}

/* --- both grammars --- */

static const good_row common[] = {
    {"iterations", "2iter", TEMPO_ITERATION, 2, 0},
    {"epochs", "1ep", TEMPO_EPOCH, 1, 0},
    {"batches", "2ba", TEMPO_BATCH, 2, 0},
    {"samples", "30sp", TEMPO_SAMPLE, 30, 0},
    {"tokens", "4tok", TEMPO_TOKEN, 4, 0},
    {"a fraction of the run", "0.5dur", TEMPO_DURATION, 0, 0.5},
    {"seconds", "30sec", TEMPO_SECOND, 30, 0},
    {"an exponent", "3e10sp", TEMPO_SAMPLE, 30000000000, 0},
    {"a small exponent", "1e3ba", TEMPO_BATCH, 1000, 0},
    {"an exponent in upper case", "1E3ba", TEMPO_BATCH, 1000, 0},
    {"an exponent with a sign", "1e+3ba", TEMPO_BATCH, 1000, 0},
    {"an exponent below zero that leaves a whole number", "3000e-2ba", TEMPO_BATCH, 30, 0},
    {"an underscore and an exponent", "3_0e10sp", TEMPO_SAMPLE, 300000000000, 0},
    {"an underscore in an exponent", "1e1_0tok", TEMPO_TOKEN, 10000000000, 0},
    {"one underscore", "4_000tok", TEMPO_TOKEN, 4000, 0},
    {"two underscores", "4_00_0tok", TEMPO_TOKEN, 4000, 0},
    {"a thousand with its underscore", "1_000tok", TEMPO_TOKEN, 1000, 0},
    {"a point in a whole number of iterations", "1.0iter", TEMPO_ITERATION, 1, 0},
    {"a point in a whole number of epochs", "2.0ep", TEMPO_EPOCH, 2, 0},
    {"several zeros after the point", "3.000ba", TEMPO_BATCH, 3, 0},
    {"zeros in front and behind", "030.0sp", TEMPO_SAMPLE, 30, 0},
    {"a point without digits after it", "5.ba", TEMPO_BATCH, 5, 0},
    {"a point without digits before it", ".5dur", TEMPO_DURATION, 0, 0.5},
    {"a plus sign", "+5ep", TEMPO_EPOCH, 5, 0},
    {"a negative count", "-5ep", TEMPO_EPOCH, -5, 0},
    {"a negative fraction", "-0.5dur", TEMPO_DURATION, 0, -0.5},
    {"a negative zero of a count is zero", "-0ep", TEMPO_EPOCH, 0, 0},
    {"a negative zero of a fraction keeps its sign", "-0dur", TEMPO_DURATION, 0, -0.0},
    {"a blank before the unit", "5 ep", TEMPO_EPOCH, 5, 0},
    {"blanks in front, and a unit in upper case", "  5EP", TEMPO_EPOCH, 5, 0},
    {"tabs are blanks", "\t5\tep", TEMPO_EPOCH, 5, 0},
    {"a unit in mixed case", "5tOk", TEMPO_TOKEN, 5, 0},
    {"one line end", "5ep\n", TEMPO_EPOCH, 5, 0},
    {"hours, minutes and seconds", "1h20m40s", TEMPO_SECOND, 4840, 0},
    {"hours alone", "1h", TEMPO_SECOND, 3600, 0},
    {"minutes alone", "10m", TEMPO_SECOND, 600, 0},
    {"seconds alone", "45s", TEMPO_SECOND, 45, 0},
    {"hours and minutes", "1h30m", TEMPO_SECOND, 5400, 0},
    {"minutes and seconds", "10m5s", TEMPO_SECOND, 605, 0},
    {"hours and seconds", "1h5s", TEMPO_SECOND, 3605, 0},
    {"two digits a part, with a zero in front", "01h05m09s", TEMPO_SECOND, 3909, 0},
};

static void a_time_is_a_number_and_a_unit_or_a_wall_clock(void **state)
{
    (void)state;
    check_good(common, COUNT_OF(common), TEMPO_TIME_NATIVE);
    check_good(common, COUNT_OF(common), TEMPO_TIME_COMPOSER);
}

static const bad_row fractions[] = {
    {"no part of an iteration", "1.1iter", TEMPO_BAD_TYPE, 1, 7, "not a whole number of iter", "dur"},
    {"no part of an epoch", "1.5ep", TEMPO_BAD_TYPE, 1, 5, "'1.5ep' is not a whole number of ep", "smaller unit"},
    {"no part of a batch", "2.1ba", TEMPO_BAD_TYPE, 1, 5, "not a whole number of ba", "dur"},
    {"no part of a sample", "3.2sp", TEMPO_BAD_TYPE, 1, 5, "not a whole number of sp", "dur"},
    {"no part of a token", "3.4tok", TEMPO_BAD_TYPE, 1, 6, "not a whole number of tok", "dur"},
    {"no part of a second", "0.1sec", TEMPO_BAD_TYPE, 1, 6, "not a whole number of sec", "dur"},
    {"an exponent that leaves no whole number", "1e-1ba", TEMPO_BAD_TYPE, 1, 6, "not a whole number of ba", "dur"},
};

static void a_count_must_be_whole(void **state)
{
    (void)state;
    check_bad(fractions, COUNT_OF(fractions), TEMPO_TIME_NATIVE);
    check_bad(fractions, COUNT_OF(fractions), TEMPO_TIME_COMPOSER);
}

static const bad_row no_times[] = {
    {"a unit without a number", "ep", TEMPO_BAD_SYNTAX, 1, 2, "does not start with a number", "10ep"},
    {"a word", "soon", TEMPO_BAD_SYNTAX, 1, 4, "'soon' is not a time", "10ep"},
    {"a sign alone", "-ep", TEMPO_BAD_SYNTAX, 1, 3, "does not start with a number", "10ep"},
    {"a blank after the unit", "5ep ", TEMPO_BAD_SYNTAX, 4, 1, "cannot be read from character 4 on", "nothing after"},
    {"two line ends", "5ep\n\n", TEMPO_BAD_SYNTAX, 4, 1, "cannot be read from character 4", "10ep"},
    {"a line end before the unit", "5\nep", TEMPO_BAD_SYNTAX, 2, 3, "'5?ep' cannot be read", "10ep"},
    {"a line end in front", "\n5ep", TEMPO_BAD_SYNTAX, 1, 4, "'?5ep' is not a time", "10ep"},
    {"two times", "5ep 6ba", TEMPO_BAD_SYNTAX, 4, 4, "cannot be read from character 4", "one number and one unit"},
    {"two underscores in a row", "1__0ba", TEMPO_BAD_SYNTAX, 2, 5, "cannot be read from character 2", ""},
    {"an underscore at the end of the number", "1_ba", TEMPO_BAD_SYNTAX, 2, 3, "from character 2", ""},
    {"an underscore in front", "_1ba", TEMPO_BAD_SYNTAX, 1, 4, "does not start with a number", ""},
    {"an underscore beside the point", "1_.0ba", TEMPO_BAD_SYNTAX, 2, 5, "from character 2", ""},
    {"a hexadecimal number", "0x10ba", TEMPO_BAD_SYNTAX, 3, 4, "from character 3", ""},
    {"an exponent without digits", "1e+ba", TEMPO_BAD_SYNTAX, 3, 3, "from character 3", ""},
    {"a comma for a point", "0,5dur", TEMPO_BAD_SYNTAX, 2, 5, "from character 2", ""},
    {"digits of another script", "\331\243ep", TEMPO_BAD_SYNTAX, 1, 4, "'?\?ep' is not a time", ""},
    {"a unit written out", "5epoch", TEMPO_UNKNOWN_NAME, 2, 5, "'epoch' is not a unit of time", "did you mean ep?"},
    {"a unit written out, in the plural", "5epochs", TEMPO_UNKNOWN_NAME, 2, 6, "'epochs'", "did you mean ep?"},
    {"a misspelt unit", "10bat", TEMPO_UNKNOWN_NAME, 3, 3, "'bat' is not a unit", "did you mean ba?"},
    {"a misspelt long unit", "10 tokns", TEMPO_UNKNOWN_NAME, 4, 5, "'tokns'", "did you mean tok?"},
    {"a unit of another system", "10steps", TEMPO_UNKNOWN_NAME, 3, 5, "'steps' is not a unit",
     "the units are iter, ep, ba, sp, tok, dur, sec; a step is a ba"},
    {"a unit in which another one ends", "5step", TEMPO_UNKNOWN_NAME, 2, 4, "'step' is not a unit", "a step is a ba"},
    {"days", "1d", TEMPO_UNKNOWN_NAME, 2, 1, "'d' is not a unit", "the units are"},
    {"a wall clock in upper case", "1H", TEMPO_UNKNOWN_NAME, 2, 1, "'H' is not a unit", "the units are"},
    {"a wall clock with a point", "1.5h", TEMPO_BAD_SYNTAX, 1, 4, "only digits come before h, m and s", "1h30m"},
    {"a negative wall clock", "-1h", TEMPO_BAD_SYNTAX, 1, 3, "only digits come before h, m and s", "sec"},
    {"a wall clock without a number", "h", TEMPO_BAD_SYNTAX, 1, 1, "does not start with a number", ""},
    {"a number without a unit", "6", TEMPO_BAD_SYNTAX, 1, 1, "'6' is a number without a unit", "10ba, 10ep"},
    {"a real number without a unit", "0.5", TEMPO_BAD_SYNTAX, 1, 3, "number without a unit", "0.1dur"},
    {"blanks alone", "  ", TEMPO_BAD_SYNTAX, 1, 2, "the text is empty", "10ep"},
    {"a number of epochs that is none", "nanep", TEMPO_BAD_VALUE, 1, 5, "'nanep' is not a number of ep", "10ba"},
    {"infinite epochs", "infep", TEMPO_OUT_OF_RANGE, 1, 5, "'infep' does not fit in 64 bits", "smaller"},
    {"a number far too large", "1e30tok", TEMPO_OUT_OF_RANGE, 1, 7, "9223372036854775807", "smaller"},
    {"a number beyond the range of a double", "1e400tok", TEMPO_OUT_OF_RANGE, 1, 8, "64 bits", "smaller"},
};

static void what_is_no_time_is_refused_with_the_reason_and_the_place(void **state)
{
    (void)state;
    check_bad(no_times, COUNT_OF(no_times), TEMPO_TIME_NATIVE);
    check_bad(no_times, COUNT_OF(no_times), TEMPO_TIME_COMPOSER);
}

static void a_zero_byte_does_not_end_a_text(void **state)
{
    (void)state;
    const bad_row row = {"a zero byte", "5\0ep", TEMPO_BAD_SYNTAX, 2, 3, "'5?ep' cannot be read from character 2", ""};
    check_bad_text(&row, 4, TEMPO_TIME_NATIVE);
    check_bad_text(&row, 4, TEMPO_TIME_COMPOSER);
}

static void only_the_given_bytes_are_read(void **state)
{
    (void)state;
    tempo_time time;
    assert_int_equal(tempo_time_parse(&time, "10epoch", 4, TEMPO_TIME_NATIVE, NULL), TEMPO_OK);
    assert_int_equal(time.unit, TEMPO_EPOCH);
    assert_int_equal(time.count, 10);
}

static void a_number_has_at_most_400_digits(void **state)
{
    (void)state;
    char text[1000];
    tempo_time time;
    tempo_error error = TEMPO_ERROR_INIT;
    memset(text, '0', sizeof text);
    memcpy(text + 399, "7ba", 3);
    assert_int_equal(tempo_time_parse(&time, text, 402, TEMPO_TIME_NATIVE, &error), TEMPO_OK);
    assert_int_equal(time.count, 7);
    memcpy(text + 399, "07ba", 4);
    assert_int_equal(tempo_time_parse(&time, text, 403, TEMPO_TIME_NATIVE, &error), TEMPO_BAD_SYNTAX);
    assert_string_equal(error.message, "a number of 401 characters is not read: at most 400 are");
    assert_int_equal(tempo_time_parse(&time, text, 403, TEMPO_TIME_COMPOSER, NULL), TEMPO_BAD_SYNTAX);
}

static void a_long_text_is_quoted_by_its_beginning(void **state)
{
    (void)state;
    char text[100000];
    tempo_time time;
    tempo_error error = TEMPO_ERROR_INIT;
    memset(text, 'x', sizeof text);
    assert_int_equal(tempo_time_parse(&time, text, sizeof text, TEMPO_TIME_NATIVE, &error), TEMPO_BAD_SYNTAX);
    assert_string_equal(error.message, "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' is not a time: it does not "
                                       "start with a number");
}

static void an_error_is_not_needed(void **state)
{
    (void)state;
    tempo_time time;
    for (size_t i = 0; i < COUNT_OF(no_times); i++)
        assert_int_equal(tempo_time_parse(&time, no_times[i].text, strlen(no_times[i].text), TEMPO_TIME_NATIVE, NULL),
                         no_times[i].status);
}

/* --- native --- */

static const good_row native[] = {
    {"K is a thousand", "30Ktok", TEMPO_TOKEN, 30000, 0},
    {"k is a thousand too", "30ktok", TEMPO_TOKEN, 30000, 0},
    {"M is a million", "3Msp", TEMPO_SAMPLE, 3000000, 0},
    {"B is a thousand million", "300Btok", TEMPO_TOKEN, 300000000000, 0},
    {"G is a thousand million too", "300Gtok", TEMPO_TOKEN, 300000000000, 0},
    {"T is a million million", "2Ttok", TEMPO_TOKEN, 2000000000000, 0},
    {"ba after a number is batches", "3ba", TEMPO_BATCH, 3, 0},
    {"BA after a number is batches, not a scale", "3BA", TEMPO_BATCH, 3, 0},
    {"B before ba is a scale", "3Bba", TEMPO_BATCH, 3000000000, 0},
    {"B before ep is a scale", "3Bep", TEMPO_EPOCH, 3000000000, 0},
    {"a scale for iterations", "3Kiter", TEMPO_ITERATION, 3000, 0},
    {"a scale for seconds", "86Ksec", TEMPO_SECOND, 86000, 0},
    {"a scale makes a decimal number whole", "1.5Mtok", TEMPO_TOKEN, 1500000, 0},
    {"a tenth of a thousand is exactly a hundred", "0.1Ktok", TEMPO_TOKEN, 100, 0},
    {"a decimal number that no double holds is exact", "1.001001001001Ttok", TEMPO_TOKEN, 1001001001001, 0},
    {"a scale after an exponent", "1e3Ktok", TEMPO_TOKEN, 1000000, 0},
    {"a scale after an exponent below zero", "5e-3Ktok", TEMPO_TOKEN, 5, 0},
    {"a scale after a blank", "300 Btok", TEMPO_TOKEN, 300000000000, 0},
    {"a scale after an underscore", "1_000Ktok", TEMPO_TOKEN, 1000000, 0},
    {"a negative number with a scale", "-1Ktok", TEMPO_TOKEN, -1000, 0},
    {"the first integer that no double holds is exact", "9007199254740993tok", TEMPO_TOKEN, 9007199254740993, 0},
    {"the largest count", "9223372036854775807tok", TEMPO_TOKEN, INT64_MAX, 0},
    {"the largest count with a point and a scale", "9223372036854775.807Ktok", TEMPO_TOKEN, INT64_MAX, 0},
    {"the largest count with an exponent", "92233720368547758.07e2tok", TEMPO_TOKEN, INT64_MAX, 0},
    {"the least count", "-9223372036854775808tok", TEMPO_TOKEN, INT64_MIN, 0},
    {"zero with an exponent beyond every range", "0e999999999999999999999tok", TEMPO_TOKEN, 0, 0},
    {"zeros that an exponent takes away", "5000e-3ba", TEMPO_BATCH, 5, 0},
    {"minutes beyond an hour", "90m", TEMPO_SECOND, 5400, 0},
    {"seconds beyond a minute", "60s", TEMPO_SECOND, 60, 0},
    {"hours beyond a day", "24h", TEMPO_SECOND, 86400, 0},
    {"hours beyond two digits", "100h", TEMPO_SECOND, 360000, 0},
    {"every part beyond its usual end", "36h90m100s", TEMPO_SECOND, 135100, 0},
    {"a blank before a wall clock", " 1h", TEMPO_SECOND, 3600, 0},
    {"a line end after a wall clock", "1h\n", TEMPO_SECOND, 3600, 0},
    {"the longest wall clock", "9223372036854775807s", TEMPO_SECOND, INT64_MAX, 0},
};

static void the_native_grammar_has_scales_exact_counts_and_unbounded_wall_clocks(void **state)
{
    (void)state;
    check_good(native, COUNT_OF(native), TEMPO_TIME_NATIVE);
}

static const bad_row native_refusals[] = {
    {"nothing at all", "", TEMPO_BAD_SYNTAX, 1, 0, "the text is empty", "10ep"},
    {"a bare 5, which Composer takes for 50 seconds", "5", TEMPO_BAD_SYNTAX, 1, 1, "without a unit", "10ba, 10ep"},
    {"a bare 0", "0", TEMPO_BAD_SYNTAX, 1, 1, "'0' is a number without a unit", "10ep"},
    {"a wall clock that ends in a bare number", "1h5", TEMPO_BAD_SYNTAX, 1, 3, "ends in a number without h, m or s",
     "1h30m or 1h30s"},
    {"the same with two digits", "1h30", TEMPO_BAD_SYNTAX, 1, 4, "ends in a number without h, m or s", "1h30m"},
    {"the same after minutes", "10m5", TEMPO_BAD_SYNTAX, 1, 4, "ends in a number without h, m or s", ""},
    {"the parts in another order", "1m1h", TEMPO_BAD_SYNTAX, 1, 4, "in this order", "1h30m15s"},
    {"a part twice", "1h1h", TEMPO_BAD_SYNTAX, 1, 4, "at most once", "1h30m15s"},
    {"a part without its number", "1hm", TEMPO_BAD_SYNTAX, 1, 3, "follow a number each", "1h30m15s"},
    {"a wall clock that does not fit", "9223372036854775807h", TEMPO_OUT_OF_RANGE, 1, 20, "64 bits", "smaller"},
    {"a wall clock whose sum does not fit", "1m9223372036854775807s", TEMPO_OUT_OF_RANGE, 1, 22, "64 bits", "smaller"},
    {"a wall clock with more digits than fit", "9223372036854775808s", TEMPO_OUT_OF_RANGE, 1, 20, "64 bits", ""},
    {"one more than the largest count", "9223372036854775808tok", TEMPO_OUT_OF_RANGE, 1, 22, "at most", "smaller"},
    {"one less than the least count", "-9223372036854775809tok", TEMPO_OUT_OF_RANGE, 1, 23, "64 bits", "smaller"},
    {"a scale that makes a count too large", "10000000Ttok", TEMPO_OUT_OF_RANGE, 1, 12, "64 bits", "smaller"},
    {"a scale that leaves no whole number", "1.0005Ktok", TEMPO_BAD_TYPE, 1, 10, "not a whole number of tok", ""},
    {"a part too small for a double", "1.00000000000000000000001ep", TEMPO_BAD_TYPE, 1, 27, "not a whole", ""},
    {"a number too small for a double", "1e-400ep", TEMPO_BAD_TYPE, 1, 8, "not a whole number", "dur"},
    {"an exponent that fits in nothing", "1e99999999999999999999tok", TEMPO_OUT_OF_RANGE, 1, 25, "64 bits", "smaller"},
    {"an exponent below everything", "1e-99999999999999999999tok", TEMPO_BAD_TYPE, 1, 26, "not a whole", "dur"},
    {"an exponent that would take long to multiply out", "1e2000000tok", TEMPO_OUT_OF_RANGE, 1, 12, "64 bits", ""},
    {"a scale for a fraction", "0.1Kdur", TEMPO_UNKNOWN_NAME, 4, 4, "K, M, B, G and T scale counts, not dur", "0.1dur"},
    {"a small m, which could be milli", "5mtok", TEMPO_UNKNOWN_NAME, 2, 4, "upper case", "300Btok"},
    {"a small b", "300btok", TEMPO_UNKNOWN_NAME, 4, 4, "upper case", "300Btok"},
    {"a scale apart from its unit", "300B tok", TEMPO_BAD_SYNTAX, 5, 4, "cannot be read from character 5", ""},
    {"two scales", "3KMtok", TEMPO_UNKNOWN_NAME, 2, 5, "'KMtok' is not a unit", "the units are"},
    {"a scale without a unit", "300B", TEMPO_UNKNOWN_NAME, 4, 1, "'B' is not a unit", ""},
    {"a scale without a number", "Ktok", TEMPO_BAD_SYNTAX, 1, 4, "does not start with a number", ""},
    {"a fraction that is no number", "nandur", TEMPO_BAD_VALUE, 1, 6, "'nandur' is not a finite fraction", "0.1dur"},
    {"an infinite fraction", "-infdur", TEMPO_BAD_VALUE, 1, 7, "'-infdur' is not a finite fraction", "0.1dur"},
    {"a fraction beyond the range of a double", "1e400dur", TEMPO_BAD_VALUE, 1, 8, "not a finite fraction", "0.1dur"},
};

static void the_native_grammar_refuses_what_misleads(void **state)
{
    (void)state;
    check_bad(native_refusals, COUNT_OF(native_refusals), TEMPO_TIME_NATIVE);
}

/* --- Composer --- */

static const good_row composer[] = {
    {"a bare digit is tens of seconds", "5", TEMPO_SECOND, 50, 0},
    {"a bare 0 is 0 seconds", "0", TEMPO_SECOND, 0, 0},
    {"an empty text is 0 seconds", "", TEMPO_SECOND, 0, 0},
    {"a bare digit after hours is tens of seconds", "1h5", TEMPO_SECOND, 3650, 0},
    {"a bare digit after minutes is tens of seconds", "10m5", TEMPO_SECOND, 650, 0},
    {"the last second of a day", "23h59m59s", TEMPO_SECOND, 86399, 0},
    {"an infinite fraction", "infdur", TEMPO_DURATION, 0, INFINITY},
    {"a fraction beyond the range of a double", "1e400dur", TEMPO_DURATION, 0, INFINITY},
    {"infinity in any spelling", "-Infinity dur", TEMPO_DURATION, 0, -INFINITY},
    {"an integer that no double holds is rounded", "9007199254740993tok", TEMPO_TOKEN, 9007199254740992, 0},
    {"a number that rounds to a whole one", "1.00000000000000000000001ep", TEMPO_EPOCH, 1, 0},
    {"a number that rounds to zero", "1e-400ep", TEMPO_EPOCH, 0, 0},
    {"the last double below the end", "9223372036854774784tok", TEMPO_TOKEN, 9223372036854774784, 0},
    {"the least count", "-9223372036854775808tok", TEMPO_TOKEN, INT64_MIN, 0},
};

static void the_composer_grammar_reads_what_composer_reads(void **state)
{
    (void)state;
    check_good(composer, COUNT_OF(composer), TEMPO_TIME_COMPOSER);
}

static void the_composer_grammar_reads_nandur(void **state)
{
    (void)state;
    tempo_time time;
    assert_int_equal(tempo_time_parse(&time, "nandur", 6, TEMPO_TIME_COMPOSER, NULL), TEMPO_OK);
    assert_int_equal(time.unit, TEMPO_DURATION);
    assert_true(isnan(time.fraction));
}

static const bad_row composer_refusals[] = {
    {"minutes beyond an hour", "90m", TEMPO_BAD_SYNTAX, 1, 3, "no wall clock that Composer reads", "5400sec"},
    {"seconds beyond a minute", "60s", TEMPO_BAD_SYNTAX, 1, 3, "m and s up to 59", "sec"},
    {"hours beyond a day", "24h", TEMPO_BAD_SYNTAX, 1, 3, "h up to 23", "sec"},
    {"hours beyond two digits", "100h", TEMPO_BAD_SYNTAX, 1, 4, "no wall clock", "sec"},
    {"three digits, though the number is small", "001h", TEMPO_BAD_SYNTAX, 1, 4, "no wall clock", "sec"},
    {"the parts in another order", "1m1h", TEMPO_BAD_SYNTAX, 1, 4, "in this order", "sec"},
    {"a bare number that becomes 300 seconds", "1h30", TEMPO_BAD_SYNTAX, 1, 4, "no wall clock", "sec"},
    {"a bare number after seconds", "5s5", TEMPO_BAD_SYNTAX, 1, 3, "no wall clock", "sec"},
    {"a blank before a wall clock", " 1h", TEMPO_BAD_SYNTAX, 2, 2, "no wall clock", "sec"},
    {"a line end after a wall clock", "1h\n", TEMPO_BAD_SYNTAX, 1, 2, "no wall clock", "sec"},
    {"a bare 9", "9", TEMPO_BAD_SYNTAX, 1, 1, "'9' is a number without a unit", "10ba"},
    {"a bare 12", "12", TEMPO_BAD_SYNTAX, 1, 2, "'12' is a number without a unit", "10ba"},
    {"a bare 05, which becomes 050", "05", TEMPO_BAD_SYNTAX, 1, 2, "number without a unit", "10ba"},
    {"the largest count, which rounds up", "9223372036854775807tok", TEMPO_OUT_OF_RANGE, 1, 22, "64 bits", ""},
    {"a scale", "300Btok", TEMPO_UNKNOWN_NAME, 4, 4, "Composer knows no K, M, B, G and T", "3e11tok"},
    {"the other spelling of a scale", "30ktok", TEMPO_UNKNOWN_NAME, 3, 4, "Composer knows no K", "in full"},
};

static void the_composer_grammar_refuses_what_composer_refuses(void **state)
{
    (void)state;
    check_bad(composer_refusals, COUNT_OF(composer_refusals), TEMPO_TIME_COMPOSER);
}

/* --- there and back --- */

static void check_round_trip(tempo_time time)
{
    char text[TEMPO_TIME_TEXT_MAX];
    const size_t length = tempo_time_print(text, time);
    tempo_time back = {0};
    if (tempo_time_parse(&back, text, length, TEMPO_TIME_NATIVE, NULL) || back.unit != time.unit ||
        back.count != time.count || memcmp(&back.fraction, &time.fraction, sizeof back.fraction) != 0)
        fail_msg("'%s' does not read back to the same time", text);
}

static void a_printed_count_reads_back_exactly(void **state)
{
    (void)state;
    for (int shift = 0; shift < 63; shift++) {
        for (int64_t around = -2; around <= 2; around++) {
            const int64_t count = (INT64_C(1) << shift) + around;
            for (int unit = 0; unit < TEMPO_UNIT_COUNT; unit++) {
                if (unit == TEMPO_DURATION)
                    continue;
                check_round_trip((tempo_time){.unit = (tempo_unit)unit, .count = count});
                check_round_trip((tempo_time){.unit = (tempo_unit)unit, .count = -count});
            }
        }
    }
    check_round_trip((tempo_time){.unit = TEMPO_TOKEN, .count = INT64_MAX});
    check_round_trip((tempo_time){.unit = TEMPO_TOKEN, .count = INT64_MIN});
}

static void a_printed_fraction_reads_back_to_the_same_bits(void **state)
{
    (void)state;
    uint64_t bits = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < 20000; i++) {
        double fraction;
        memcpy(&fraction, &bits, sizeof fraction);
        if (isfinite(fraction))
            check_round_trip(tempo_time_of_fraction(fraction));
        check_round_trip(tempo_time_of_fraction((double)(bits >> 11) * 0x1p-53));
        bits = bits * 6364136223846793005u + 1442695040888963407u;
    }
}

static void the_locale_changes_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8",  "de_DE",       "fr_FR.UTF-8",
                                        "fr_FR.utf8",  "fr_FR",       "es_ES.UTF-8", "it_IT.UTF-8",
                                        "nl_NL.UTF-8", "pl_PL.UTF-8", "ru_RU.UTF-8"};
    const char *found = NULL;
    for (size_t i = 0; i < COUNT_OF(names) && !found; i++)
        if (setlocale(LC_ALL, names[i]) && localeconv()->decimal_point[0] == ',')
            found = names[i];
    if (!found) {
        (void)setlocale(LC_ALL, "C");
        skip();
    }
    char text[TEMPO_TIME_TEXT_MAX];
    tempo_time time = {0};
    const tempo_status status = tempo_time_parse(&time, "0.25dur", 7, TEMPO_TIME_NATIVE, NULL);
    (void)tempo_time_print(text, time);
    (void)setlocale(LC_ALL, "C");
    assert_int_equal(status, TEMPO_OK);
    assert_true(time.fraction == 0.25);
    assert_string_equal(text, "0.25dur");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_a_number_and_a_unit_or_a_wall_clock),
        cmocka_unit_test(a_count_must_be_whole),
        cmocka_unit_test(what_is_no_time_is_refused_with_the_reason_and_the_place),
        cmocka_unit_test(a_zero_byte_does_not_end_a_text),
        cmocka_unit_test(only_the_given_bytes_are_read),
        cmocka_unit_test(a_number_has_at_most_400_digits),
        cmocka_unit_test(a_long_text_is_quoted_by_its_beginning),
        cmocka_unit_test(an_error_is_not_needed),
        cmocka_unit_test(the_native_grammar_has_scales_exact_counts_and_unbounded_wall_clocks),
        cmocka_unit_test(the_native_grammar_refuses_what_misleads),
        cmocka_unit_test(the_composer_grammar_reads_what_composer_reads),
        cmocka_unit_test(the_composer_grammar_reads_nandur),
        cmocka_unit_test(the_composer_grammar_refuses_what_composer_refuses),
        cmocka_unit_test(a_printed_count_reads_back_exactly),
        cmocka_unit_test(a_printed_fraction_reads_back_to_the_same_bits),
        cmocka_unit_test(the_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
