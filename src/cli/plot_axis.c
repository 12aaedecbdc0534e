/* cli/plot_axis.c: chooses round ticks for a range of values or of training time, and writes their labels.
 * Knows nothing of schedules, terminals or pictures. */
#include "cli/plot.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "cli/cli.h"

/* Steps between ticks, times a power of ten; the cost says how much rounder another one would be. */
static const struct {
    double size, cost;
} steps[] = {{1, 0}, {2, 0}, {5, 0}, {2.5, 0.1}, {4, 0.1}, {3, 0.2}, {1.5, 0.2}, {6, 0.2}, {8, 0.2}};

enum { STEPS = sizeof steps / sizeof steps[0] };

/* Values and times are multiples of a step that double only approximates. */
static const double slack = 1e-9;

/* Beyond it a difference or a rounder number overflows. */
static const double largest_value = DBL_MAX / 16;

/* Dividing is exact where multiplying by 0.001 is not: 4 / 1000 reads back as 0.004. */
static double power_of_ten(double factor, int exponent)
{
    return exponent < 0 ? factor / pow(10, -exponent) : factor * pow(10, exponent);
}

double plot_axis_place(const plot_axis *axis, double at)
{
    double low = axis->low;
    double high = axis->high;
    if (axis->log) {
        if (!(at > low))
            return 0;
        low = log10(low);
        high = log10(high);
        at = log10(at);
    }
    const double place = (at - low) / (high - low);
    return place > 0 ? fmin(place, 1) : 0;
}

static plot_tick *add_tick(plot_axis *axis, double at)
{
    if (axis->count == PLOT_TICKS_MAX)
        return NULL;
    plot_tick *tick = &axis->ticks[axis->count++];
    tick->at = at;
    tick->label[0] = '\0';
    return tick;
}

/* --- values --- */

/* The labels of a value axis are two lines of text apart, if there are enough; never fewer than two
 * intervals, since no single one can hold zero inside. */
static double most_intervals(size_t rows)
{
    if (rows == 0 || rows > 11)
        return 5;
    return rows > 5 ? floor(((double)rows - 1) / 2) : 2;
}

/* What a choice of ticks costs: empty space, an odd step, an unusual number of labels, labels that
 * cannot be evenly apart. */
static double cost_of_values(double waste, double ugliness, double intervals, size_t rows)
{
    const bool even = rows == 0 || fmod((double)rows - 1, intervals) == 0;
    return 1.5 * waste + ugliness + 0.1 * fabs(intervals - 3) + (even ? 0 : 0.15);
}

static void linear_axis(plot_axis *axis, double low, double high, size_t rows)
{
    const double span = high - low;
    const double most = most_intervals(rows);
    const int exponent = (int)floor(log10(span));
    double best = HUGE_VAL;
    double step = span;
    double first = 0;
    double count = 0;
    for (int e = exponent - 1; e <= exponent + 1; e++) {
        for (size_t i = 0; i < STEPS; i++) {
            const double size = power_of_ten(steps[i].size, e);
            const double from = floor(low / size + slack);
            const double intervals = ceil(high / size - slack) - from;
            if (intervals > most || intervals < 2)
                continue;
            const double cost = cost_of_values(intervals * size / span - 1, steps[i].cost, intervals, rows);
            if (cost >= best)
                continue;
            best = cost;
            step = size;
            first = from;
            count = intervals;
        }
    }
    axis->low = first * step;
    axis->high = (first + count) * step;
    axis->intervals = (size_t)count;
    const double largest = fmax(fabs(axis->low), fabs(axis->high));
    const int digits = (int)(floor(log10(largest)) - floor(log10(step))) + 2;
    for (size_t i = 0; i <= axis->intervals; i++) {
        plot_tick *tick = add_tick(axis, (first + (double)i) * step);
        if (tick)
            (void)cli_print_number(tick->label, tick->at, digits < 15 ? digits : 15);
    }
}

/* The series 1, 2, 5, 10, 20, 50, ... by position, and the position at or below a value. */
static double series_value(int position)
{
    static const double sizes[] = {1, 2, 5};
    const int exponent = (int)floor(position / 3.0);
    return power_of_ten(sizes[position - 3 * exponent], exponent);
}

static int series_position(double value)
{
    int position = 3 * (int)floor(log10(value)) - 1;
    while (series_value(position + 1) <= value * (1 + slack))
        position++;
    return position;
}

static void add_log_tick(plot_axis *axis, int position, bool below)
{
    plot_tick *tick = add_tick(axis, series_value(position));
    if (!tick)
        return;
    /* What lies below is drawn on the axis' low end, which therefore must not claim to be its value. */
    const char *sign = below ? "≤" : "";
    const size_t length = strlen(sign);
    memcpy(tick->label, sign, length);
    (void)cli_print_number(tick->label + length, tick->at, 1);
}

static void log_axis(plot_axis *axis, plot_range range, size_t rows)
{
    const double high = fmax(fmin(range.high, largest_value), DBL_MIN);
    const double floor_of_axis = fmax(high / pow(10, PLOT_DECADES), DBL_MIN);
    const bool cut = range.low < floor_of_axis;
    int from = series_position(cut ? floor_of_axis : fmin(range.positive, high));
    if (cut)
        from = 3 * (int)floor(from / 3.0); /* a decade, so that the low end has a label */
    int to = series_position(high);
    if (series_value(to) < high * (1 - slack) || to == from)
        to++;
    axis->log = true;
    axis->low = series_value(from);
    axis->high = series_value(to);
    const double most = most_intervals(rows);
    const bool decades = to - from > most;
    const int first = decades ? 3 * (int)ceil(from / 3.0) : from;
    const int step = decades ? 3 * (int)ceil((to - first) / 3.0 / most) : 1;
    if (first + step > to) {
        add_log_tick(axis, from, cut);
        add_log_tick(axis, to, false);
        return;
    }
    for (int i = first; i <= to; i += step)
        add_log_tick(axis, i, cut && i == from);
}

void plot_axis_of_values(plot_axis *axis, plot_range range, bool log, size_t rows)
{
    *axis = (plot_axis){0};
    if (log && range.positive > 0) {
        log_axis(axis, range, rows);
        return;
    }
    double low = fmax(range.low, -largest_value);
    double high = fmin(range.high, largest_value);
    const double magnitude = fmax(fabs(low), fabs(high));
    const bool flat = high - low <= magnitude * 1e-12;
    /* From a base of zero the eye reads proportions; it is left out only where it would take most of the space. */
    if (low > 0 && (flat || low < 0.6 * high))
        low = 0;
    else if (high < 0 && (flat || high > 0.6 * low))
        high = 0;
    if (high - low < 1e-290) {
        low = 0;
        high = 1;
    }
    linear_axis(axis, low, high, rows);
}

/* --- training time --- */

static bool is_whole(tempo_unit unit)
{
    return unit == TEMPO_BATCH || unit == TEMPO_SAMPLE || unit == TEMPO_TOKEN;
}

static const struct {
    double size;
    char suffix;
} scales[] = {{1e12, 'T'}, {1e9, 'G'}, {1e6, 'M'}};

enum { SCALES = sizeof scales / sizeof scales[0] };

/* How many decimals (at most three) write a value exactly, or -1. */
static int decimals_of(double value)
{
    double power = 1;
    for (int decimals = 0; decimals <= 3; decimals++, power *= 10)
        if (fabs(value * power - round(value * power)) < 1e-6)
            return decimals;
    return -1;
}

static int digits_before_point(double value)
{
    return fabs(value) < 1 ? 1 : (int)floor(log10(fabs(value)) + slack) + 1;
}

static size_t print_count(char *buffer, double value, tempo_unit unit, bool exact)
{
    const double whole = round(value);
    /* Seven digits of updates are still read at a glance, and a log may name just that one. */
    const double threshold = unit == TEMPO_BATCH && !exact ? 1e7 : 1e6;
    for (size_t i = 0; i < SCALES && fabs(whole) >= threshold; i++) {
        if (fabs(whole) < scales[i].size)
            continue;
        const double scaled = whole / scales[i].size;
        const int before = digits_before_point(scaled);
        const int after = exact ? decimals_of(scaled) : before < 3 ? 3 - before : 0;
        if (!exact && before > 6)
            return cli_print_number(buffer, whole, 3);
        if (after < 0 || before > 6)
            break;
        const size_t length = cli_print_number(buffer, scaled, before + after);
        buffer[length] = scales[i].suffix;
        buffer[length + 1] = '\0';
        return length + 1;
    }
    return cli_print_count(buffer, whole < 9.2e18 ? (int64_t)whole : INT64_MAX);
}

size_t plot_print_time(char *buffer, double value, tempo_unit unit, double resolution)
{
    size_t length;
    if (is_whole(unit) || (fabs(value) >= 1e4 && value == round(value))) {
        length = print_count(buffer, value, unit, resolution > 0);
    } else {
        const int decimals = resolution > 0 ? (int)ceil(-log10(resolution)) : 2;
        length = cli_print_number(buffer, value, digits_before_point(value) + (decimals > 0 ? decimals : 0));
    }
    const char *suffix = tempo_unit_suffix(unit);
    memcpy(buffer + length, suffix, strlen(suffix) + 1);
    return length + strlen(suffix);
}

static size_t label_width(const plot_tick *tick)
{
    return cli_text_width(tick->label, strlen(tick->label));
}

size_t plot_axis_label_start(const plot_axis *axis, const plot_tick *tick, size_t columns)
{
    const size_t width = label_width(tick);
    if (width >= columns)
        return 0;
    const size_t centre = (size_t)round(plot_axis_place(axis, tick->at) * (double)(columns - 1));
    const size_t start = centre > width / 2 ? centre - width / 2 : 0;
    return start + width < columns ? start : columns - width;
}

/* Whether there is air between two labels, the first being the left one. */
static bool is_apart(const plot_axis *axis, const plot_tick *left, const plot_tick *right, size_t columns)
{
    const size_t end = plot_axis_label_start(axis, left, columns) + label_width(left);
    return end + 2 <= plot_axis_label_start(axis, right, columns);
}

/* Fills an axis with its two ends and the multiples of a step between them, as far as they leave the
 * ends' labels alone. Returns how many did not, or -1 if the multiples are too close to each other. */
static int fill_time_axis(plot_axis *axis, double step, tempo_unit unit, size_t columns)
{
    const plot_axis bare = {.low = axis->low, .high = axis->high};
    const double span = bare.high - bare.low;
    /* Far from the origin of a long run three digits would not tell the ends of a short stretch apart. */
    const double resolution = span < 0.1 * fabs(bare.high) ? span / 200 : 0;
    plot_tick last = {.at = bare.high, .label = ""};
    (void)plot_print_time(last.label, bare.high, unit, resolution);
    *axis = bare;
    plot_tick *tick = add_tick(axis, bare.low);
    if (!tick)
        return -1;
    (void)plot_print_time(tick->label, bare.low, unit, resolution);
    int dropped = 0;
    const double first = floor(bare.low / step + slack) + 1;
    for (size_t i = 0;; i++) {
        const double at = (first + (double)i) * step;
        if (!(at < bare.high - step * slack))
            break;
        tick = axis->count + 1 < PLOT_TICKS_MAX ? add_tick(axis, at) : NULL;
        if (!tick)
            return -1;
        (void)plot_print_time(tick->label, at, unit, step / 100);
        const bool meets_last = !is_apart(axis, tick, &last, columns);
        if (!meets_last && is_apart(axis, tick - 1, tick, columns))
            continue;
        const bool beside_end = meets_last || tick - 1 == axis->ticks;
        if (!beside_end || ++dropped > 3)
            return -1;
        axis->count--;
    }
    if (is_apart(axis, &axis->ticks[axis->count - 1], &last, columns))
        axis->ticks[axis->count++] = last;
    return dropped;
}

void plot_axis_of_time(plot_axis *axis, double low, double high, tempo_unit unit, size_t columns)
{
    const double span = high - low;
    /* A label every twenty columns is neither a fence nor a desert. */
    const double ideal = fmin(fmax((double)columns / 20, 2), 8);
    const int exponent = (int)floor(log10(span));
    double best = HUGE_VAL;
    *axis = (plot_axis){.low = low, .high = high};
    (void)fill_time_axis(axis, 2 * span, unit, columns);
    for (int e = exponent - 2; e <= exponent; e++) {
        for (size_t i = 0; i < STEPS; i++) {
            const double step = power_of_ten(steps[i].size, e);
            if (is_whole(unit) && (step < 1 || step != round(step)))
                continue;
            plot_axis candidate = {.low = low, .high = high};
            const int dropped = fill_time_axis(&candidate, step, unit, columns);
            if (dropped < 0)
                continue;
            const bool meets_end = fabs(high / step - round(high / step)) < slack;
            const double cost =
                fabs(span / step - ideal) / ideal + 1.5 * steps[i].cost + 0.15 * dropped - (meets_end ? 0.35 : 0);
            if (cost >= best)
                continue;
            best = cost;
            *axis = candidate;
        }
    }
}
