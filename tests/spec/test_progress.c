/* Progress: what a line says in the room there is, and when it is drawn. */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include "support/toy.h"

#include <fcntl.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <tempo/progress.h>

#include "support/allocator.h"

/* --- a line --- */

static const tempo_track one_group[] = {{.group = "", .field = "lr"}, {.group = "", .field = "weight_decay"}};
static const double one_group_values[] = {2.8e-3, 0.1};

/* The mock-up's run, at 47%. */
static const tempo_progress_state mock_up = {
    .name = "char-lm",
    .unit = TEMPO_TOKEN,
    .done = 1.9e6,
    .total = 4.0e6,
    .loss = 2.113,
    .tracks = one_group,
    .values = one_group_values,
    .track_count = 2,
    .rate = 61765,
};

static void assert_line(const tempo_progress_state *state, tempo_progress_style style, const char *expected)
{
    char line[512];
    const size_t length = tempo_progress_print(line, sizeof line, state, &style);
    assert_string_equal(line, expected);
    assert_int_equal(length, strlen(expected));
}

static void a_plain_line_says_everything(void **state)
{
    (void)state;
    assert_line(&mock_up, (tempo_progress_style){0},
                "char-lm   47%  1.9Mtok/4.0Mtok  loss 2.113  lr 2.8e-3  wd 0.1  62ktok/s  0:34 left");
}

static void a_wide_terminal_has_a_bar_of_eighths(void **state)
{
    (void)state;
    assert_line(&mock_up, (tempo_progress_style){.bar = true, .columns = 200},
                "char-lm  ██████████████▎                  47%  1.9Mtok/4.0Mtok  loss 2.113  lr 2.8e-3  wd 0.1  "
                "62ktok/s  0:34 left");
    assert_line(&mock_up, (tempo_progress_style){.bar = true, .ascii = true, .columns = 200},
                "char-lm  ##############................   47%  1.9Mtok/4.0Mtok  loss 2.113  lr 2.8e-3  wd 0.1  "
                "62ktok/s  0:34 left");
}

static void a_narrow_terminal_gets_what_matters_most(void **state)
{
    (void)state;
    static const struct {
        size_t columns;
        const char *expected;
    } rows[] = {
        {95, "char-lm  #####......   47%  1.9Mtok/4.0Mtok  loss 2.113  lr 2.8e-3  wd 0.1  62ktok/s  0:34 left"},
        {91, "char-lm   47%  1.9Mtok/4.0Mtok  loss 2.113  lr 2.8e-3  wd 0.1  62ktok/s  0:34 left"},
        {80, "char-lm   47%  1.9Mtok/4.0Mtok  loss 2.113  lr 2.8e-3  62ktok/s  0:34 left"},
        {70, "char-lm   47%  1.9Mtok/4.0Mtok  loss 2.113  62ktok/s  0:34 left"},
        {60, "char-lm   47%  1.9Mtok/4.0Mtok  loss 2.113  0:34 left"},
        {50, "char-lm   47%  loss 2.113  0:34 left"},
        {30, "char-lm   47%  0:34 left"},
        {20, "char-lm   47%"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_line(&mock_up, (tempo_progress_style){.bar = true, .ascii = true, .columns = rows[i].columns},
                    rows[i].expected);
}

static void groups_are_told_apart_only_where_they_differ(void **state)
{
    (void)state;
    static const tempo_track tracks[] = {{.group = "decay", .field = "lr"},
                                         {.group = "decay", .field = "weight_decay"},
                                         {.group = "rest", .field = "lr"},
                                         {.group = "rest", .field = "weight_decay"}};
    static const double values[] = {1e-3, 0.1, 1e-3, 0};
    const tempo_progress_state at_start = {
        .unit = TEMPO_BATCH, .total = 1350, .loss = (double)NAN, .tracks = tracks, .values = values, .track_count = 4};
    assert_line(&at_start, (tempo_progress_style){0}, "  0%  0ba/1350ba  lr 1e-3  decay.wd 0.1  rest.wd 0");
}

static void counts_have_two_or_three_digits(void **state)
{
    (void)state;
    static const struct {
        double done;
        const char *expected;
    } rows[] = {
        {0, "0tok"},         {9999, "9999tok"},  {10000, "10ktok"},  {999499, "999ktok"}, {999501, "1.0Mtok"},
        {4.04e6, "4.0Mtok"}, {9.96e6, "10Mtok"}, {134e9, "134Gtok"}, {15e12, "15Ttok"},   {9.2e18, "9.2e6Ttok"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const tempo_progress_state unending = {.unit = TEMPO_TOKEN, .done = rows[i].done, .loss = (double)NAN};
        assert_line(&unending, (tempo_progress_style){.bar = true}, rows[i].expected);
    }
}

static void time_left_is_read_at_a_glance(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *expected;
    } rows[] = {
        {1, "  0%  0ba/1ba  1ba/s  0:01 left"},
        {59.2, "  0%  0ba/1ba  0.017ba/s  1:00 left"},
        {3599, "  0%  0ba/1ba  2.8e-4ba/s  59:59 left"},
        {3600, "  0%  0ba/1ba  2.8e-4ba/s  1:00:00 left"},
        {172799, "  0%  0ba/1ba  5.8e-6ba/s  47:59:59 left"},
        {442800, "  0%  0ba/1ba  2.3e-6ba/s  5d 3h left"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const tempo_progress_state slow = {
            .unit = TEMPO_BATCH, .total = 1, .loss = (double)NAN, .rate = 1 / rows[i].seconds};
        assert_line(&slow, (tempo_progress_style){0}, rows[i].expected);
    }
}

static void a_loss_has_four_digits_at_any_size(void **state)
{
    (void)state;
    static const struct {
        double loss;
        const char *expected;
    } rows[] = {
        {2.11, "0ba  loss 2.110"},     {0.0123, "0ba  loss 0.012"},  {0.001234, "0ba  loss 1.23e-3"},
        {12.345, "0ba  loss 12.35"},   {9.99951, "0ba  loss 10.00"}, {1234.5, "0ba  loss 1235"},
        {1234567, "0ba  loss 1.23e6"}, {-0.5, "0ba  loss -0.500"},   {(double)INFINITY, "0ba  loss inf"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_line(&(tempo_progress_state){.unit = TEMPO_BATCH, .loss = rows[i].loss}, (tempo_progress_style){0},
                    rows[i].expected);
}

static void a_small_buffer_gets_whole_parts_only(void **state)
{
    (void)state;
    char line[12];
    const size_t length = tempo_progress_print(line, sizeof line, &mock_up, &(tempo_progress_style){0});
    assert_int_equal(length, 82);
    assert_string_equal(line, "char-lm   ");
    assert_int_equal(tempo_progress_print(NULL, 0, &mock_up, &(tempo_progress_style){0}), 82);
}

static void no_locale_is_consulted(void **state)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        skip();
    a_plain_line_says_everything(state);
    (void)setlocale(LC_ALL, "C");
}

/* --- a display --- */

static double clock_now;

static double fake_clock(void *context)
{
    (void)context;
    return clock_now;
}

static tempo_progress *make(FILE *out, tempo_time total)
{
    const tempo_progress_options options = {.out = out,
                                            .name = "toy",
                                            .total = total,
                                            .tracks = one_group,
                                            .track_count = 1,
                                            .ascii = true,
                                            .clock = fake_clock};
    tempo_progress *progress = NULL;
    clock_now = 100;
    assert_int_equal(tempo_progress_new(&progress, &options, NULL), TEMPO_OK);
    return progress;
}

/* What a pipe or a terminal has received since the last call. */
static void assert_read(int end, const char *expected)
{
    char text[4096];
    const ssize_t length = read(end, text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    assert_string_equal(text, expected);
}

static FILE *open_pipe(int *end)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    *end = ends[0];
    return fdopen(ends[1], "w");
}

static void a_pipe_gets_a_line_every_few_seconds_and_one_at_the_end(void **state)
{
    (void)state;
    int end;
    FILE *out = open_pipe(&end);
    tempo_progress *progress = make(out, (tempo_time){TEMPO_BATCH, 100, 0});
    const double lr = 0.5;
    for (int64_t batch = 1; batch <= 100; batch++) {
        clock_now += 0.125;
        tempo_progress_update(progress, &(tempo_timestamp){.batch = batch}, 2, &lr);
        if (batch == 39)
            assert_read(end, "");
        if (batch == 40)
            assert_read(end, "toy   40%  40ba/100ba  loss 2.000  lr 0.5  8ba/s  0:08 left\n");
    }
    assert_read(end, "toy   80%  80ba/100ba  loss 2.000  lr 0.5  8ba/s  0:03 left\n");
    tempo_progress_finish(progress);
    tempo_progress_finish(progress);
    assert_read(end, "toy  100%  100ba/100ba  loss 2.000  lr 0.5  8ba/s\n");
    tempo_progress_clear(progress);
    tempo_progress_free(progress);
    assert_read(end, "");
    (void)fclose(out);
    (void)close(end);
}

static FILE *open_terminal(int *end, unsigned short columns)
{
    *end = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (*end < 0 || grantpt(*end) != 0 || unlockpt(*end) != 0)
        return NULL;
    const int terminal = open(ptsname(*end), O_RDWR | O_NOCTTY);
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    return terminal >= 0 && ioctl(terminal, TIOCSWINSZ, &size) == 0 ? fdopen(terminal, "w") : NULL;
}

static void a_terminal_has_one_line_that_is_drawn_again_and_ended(void **state)
{
    (void)state;
    int end;
    FILE *out = open_terminal(&end, 70);
    if (!out)
        skip();
    tempo_progress *progress = make(out, (tempo_time){TEMPO_BATCH, 100, 0});
    const double lr = 0.5;
    tempo_progress_update(progress, &(tempo_timestamp){.batch = 1}, 2, &lr);
    assert_read(end, "\rtoy  ...........................    1%  1ba/100ba  loss 2.000  lr 0.5\033[K");
    clock_now += 0.05;
    tempo_progress_update(progress, &(tempo_timestamp){.batch = 2}, 2, &lr);
    assert_read(end, "");
    tempo_progress_clear(progress);
    assert_read(end, "\r\033[K");
    clock_now += 0.95;
    tempo_progress_update(progress, &(tempo_timestamp){.batch = 11}, 2, &lr);
    assert_read(end, "\rtoy   11%  11ba/100ba  loss 2.000  lr 0.5  11ba/s  0:09 left\033[K");
    tempo_progress_finish(progress);
    assert_read(end, "\rtoy   11%  11ba/100ba  loss 2.000  lr 0.5  11ba/s  0:09 left\033[K\r\n");
    tempo_progress_free(progress);
    (void)fclose(out);
    (void)close(end);
}

/* A run in epochs moves on within them, from the second one on also when nobody says how long they are. */
static void a_begun_epoch_counts_in_part(void **state)
{
    (void)state;
    int end;
    FILE *out = open_pipe(&end);
    tempo_progress *progress = make(out, (tempo_time){TEMPO_EPOCH, 4, 0});
    const double lr = 1;
    tempo_progress_update(progress, &(tempo_timestamp){.batch = 10, .batch_in_epoch = 10}, 2, &lr);
    clock_now += 8;
    tempo_progress_update(progress, &(tempo_timestamp){.epoch = 1, .batch = 15, .batch_in_epoch = 5}, 2, &lr);
    assert_read(end, "toy   37%  1.5ep/4ep  loss 2.000  lr 1  0.19ep/s  0:14 left\n");
    tempo_progress_free(progress);
    (void)fclose(out);
    (void)close(end);
}

static void a_trainer_moves_what_is_attached(void **state)
{
    (void)state;
    int end;
    FILE *out = open_pipe(&end);
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "256tok");
    toy_make(t);
    tempo_progress *progress = NULL;
    const tempo_progress_options options = {.out = out, .name = "toy", .clock = fake_clock};
    assert_int_equal(tempo_progress_attach(&progress, t->trainer, &options, &t->error), TEMPO_OK);
    toy_fit(t);
    assert_read(end, "toy  100%  256tok/256tok  loss 0.125  lr 0.125\n");
    assert_int_equal(tempo_trainer_extend(t->trainer, "512tok", TEMPO_EXTEND_HOLD, &t->error), TEMPO_OK);
    tempo_trainer_stop(t->trainer);
    toy_fit(t);
    tempo_progress_free(progress);
    char text[256] = "";
    assert_true(read(end, text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "tok/512tok"));
    toy_free(t);
    (void)fclose(out);
    (void)close(end);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    tempo_status status = TEMPO_NO_MEMORY;
    for (long budget = 0; status == TEMPO_NO_MEMORY; budget++) {
        counting_allocator counter;
        const tempo_allocator allocator = counting_start(&counter, budget);
        const tempo_progress_options options = {
            .name = "toy", .tracks = one_group, .track_count = 2, .allocator = &allocator};
        tempo_progress *progress = NULL;
        status = tempo_progress_new(&progress, &options, NULL);
        assert_int_equal(status == TEMPO_OK, progress != NULL);
        tempo_progress_free(progress);
        assert_int_equal(counter.live_blocks, 0);
        assert_int_equal(counter.live_bytes, 0);
    }
    assert_int_equal(status, TEMPO_OK);
}

static void a_length_cannot_be_a_fraction_of_itself(void **state)
{
    (void)state;
    const tempo_progress_options options = {.total = {TEMPO_DURATION, 0, 0.5}};
    tempo_progress *progress = NULL;
    assert_int_equal(tempo_progress_new(&progress, &options, NULL), TEMPO_BAD_VALUE);
    assert_null(progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_line_says_everything),
        cmocka_unit_test(a_wide_terminal_has_a_bar_of_eighths),
        cmocka_unit_test(a_narrow_terminal_gets_what_matters_most),
        cmocka_unit_test(groups_are_told_apart_only_where_they_differ),
        cmocka_unit_test(counts_have_two_or_three_digits),
        cmocka_unit_test(time_left_is_read_at_a_glance),
        cmocka_unit_test(a_loss_has_four_digits_at_any_size),
        cmocka_unit_test(a_small_buffer_gets_whole_parts_only),
        cmocka_unit_test(no_locale_is_consulted),
        cmocka_unit_test(a_pipe_gets_a_line_every_few_seconds_and_one_at_the_end),
        cmocka_unit_test(a_terminal_has_one_line_that_is_drawn_again_and_ended),
        cmocka_unit_test(a_begun_epoch_counts_in_part),
        cmocka_unit_test(a_trainer_moves_what_is_attached),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_length_cannot_be_a_fraction_of_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
