/* cli/plot_sample.c: turns a track of a plan, or a column of a log, into the numbers of a summary, and into the few
 * points between which its curve is straight. Knows nothing of axes, terminals or pictures. */
#include "cli/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 512,              /* values asked for at once */
    MEASURE_EXACT = 10000000, /* updates; beyond, as many samples as this tenth */
    JOINTS_MAX = 400,         /* more than that are not told apart in a picture: see follow_envelope() */
    JOINTS_MEASURED_MAX = 10000,
    COLUMNS = 500,            /* of an envelope */
    COLUMN_EXACT = 4 * BLOCK, /* batches of a column that are all looked at */
    COLUMN_SAMPLES = 64,
    PIECES = 16,  /* a stretch is cut in before its straightness is believed */
    FINEST = 4096 /* nothing narrower than the window by this is looked at */
};

/* The i-th of `count` samples of 0..1: one in each count-th, but not evenly apart, since a schedule may
 * repeat itself just as often. The fractions of multiples of the golden ratio are never near a pattern. */
static double sample_place(int64_t i, int64_t count)
{
    const double multiple = (double)i * 0.61803398874989485;
    return ((double)i + multiple - floor(multiple)) / (double)count;
}

static double value_at(const plot_curve *curve, int64_t batch)
{
    double value;
    return tempo_plan_values(curve->plan, curve->track, batch, 1, &value, NULL) ? NAN : value;
}

static int64_t at_least(int64_t value, int64_t minimum)
{
    return value > minimum ? value : minimum;
}

static int64_t at_most(int64_t value, int64_t maximum)
{
    return value < maximum ? value : maximum;
}

/* --- the summary's numbers --- */

static void look_at(plot_facts *facts, int64_t batch, double value)
{
    if (value > facts->peak || (value == facts->peak && batch < facts->peak_batch)) {
        facts->peak = value;
        facts->peak_batch = batch;
    }
    if (value < facts->low) {
        facts->low = value;
        facts->low_batch = batch;
    }
}

/* Sums every update's value; false when one cannot be had. */
static bool sum_all(plot_curve *curve, int64_t first, int64_t count, double *sum)
{
    double values[BLOCK];
    *sum = 0;
    for (int64_t done = 0; done < count; done += BLOCK) {
        const size_t size = (size_t)at_most(count - done, BLOCK);
        if (tempo_plan_values(curve->plan, curve->track, first + done, size, values, NULL))
            return false;
        /* Summed block by block: one running sum of millions of small numbers would lose digits. */
        double block = 0;
        for (size_t i = 0; i < size; i++) {
            block += values[i];
            look_at(&curve->facts, first + done + (int64_t)i, values[i]);
        }
        *sum += block;
    }
    return true;
}

static double sum_samples(plot_curve *curve, int64_t first, int64_t count)
{
    const int64_t samples = MEASURE_EXACT / 10;
    double sum = 0;
    for (int64_t i = 0; i < samples; i++) {
        const int64_t batch = at_most(first + (int64_t)((double)count * sample_place(i, samples)), first + count - 1);
        const double value = value_at(curve, batch);
        sum += value;
        look_at(&curve->facts, batch, value);
    }
    int64_t joint = first;
    for (int i = 0; i < JOINTS_MEASURED_MAX; i++) {
        joint = tempo_plan_next_joint(curve->plan, curve->track, joint);
        if (joint < 0 || joint > first + count)
            break;
        look_at(&curve->facts, joint - 1, value_at(curve, joint - 1));
        look_at(&curve->facts, joint, value_at(curve, joint));
    }
    return sum / (double)samples * (double)count;
}

static double value_of_row(const plot_curve *curve, int64_t row)
{
    return plot_log_value(curve->log, (size_t)row, curve->column);
}

/* Of all rows that are drawn; the end is the last of them that has a number. */
static void measure_log(plot_curve *curve)
{
    plot_facts *facts = &curve->facts;
    const bool is_loss = strcmp(curve->field, "loss") == 0;
    double sum = 0;
    int64_t count = 0;
    *facts = (plot_facts){.peak = -HUGE_VAL, .low = HUGE_VAL, .end = NAN};
    for (int64_t row = curve->from; row <= curve->to; row++) {
        const double value = value_of_row(curve, row);
        if (!isfinite(value)) {
            facts->missing += is_loss || count > 0; /* before the first evaluation there is no metric to miss */
            continue;
        }
        look_at(facts, row, value);
        facts->end = value;
        sum += value;
        count++;
    }
    facts->mean = sum / (double)count;
}

void plot_measure(plot_curve *curve)
{
    if (curve->log) {
        measure_log(curve);
        return;
    }
    const int64_t first = curve->batches > 0 ? 0 : curve->from;
    const int64_t last = curve->batches > 0 ? curve->batches : curve->to;
    curve->facts = (plot_facts){.peak = -HUGE_VAL, .low = HUGE_VAL, .end = value_at(curve, last)};
    double sum = 0;
    if (last - first > MEASURE_EXACT)
        sum = sum_samples(curve, first, last - first);
    else if (!sum_all(curve, first, last - first, &sum))
        sum = NAN;
    curve->facts.mean = sum / (double)(last - first);
    look_at(&curve->facts, first, value_at(curve, first));
    look_at(&curve->facts, last, curve->facts.end);
}

/* --- the curve --- */

typedef struct sampler {
    plot_curve *curve;
    bool log;
    double floor;     /* of a log axis */
    double tolerance; /* in levels: heights as they will be drawn, linear or logarithmic */
    int64_t finest;
    bool failed;
} sampler;

static double level(const sampler *s, double value)
{
    return s->log ? log10(fmax(value, s->floor)) : value;
}

static void add_point(sampler *s, int64_t batch, double value, bool joint)
{
    plot_curve *curve = s->curve;
    if (s->failed || !isfinite(value))
        return;
    if (curve->count == curve->capacity) {
        const size_t capacity = curve->capacity ? 2 * curve->capacity : 256;
        plot_point *points = realloc(curve->points, capacity * sizeof *points);
        if (!points) {
            s->failed = true;
            return;
        }
        curve->points = points;
        curve->capacity = capacity;
    }
    curve->points[curve->count++] = (plot_point){(double)batch, value, joint, false};
}

/* The least and the greatest value seen so far. */
typedef struct extent {
    double low, high, positive;
} extent;

static void extend(extent *seen, double value)
{
    if (!isfinite(value))
        return;
    seen->low = fmin(seen->low, value);
    seen->high = fmax(seen->high, value);
    if (value > 0)
        seen->positive = fmin(seen->positive, value);
}

/* Sets the tolerance from what the window's values roughly span: less than a tenth of a point of a picture. */
static void set_scale(sampler *s)
{
    const plot_curve *curve = s->curve;
    const double length = (double)(curve->to - curve->from);
    extent seen = {HUGE_VAL, -HUGE_VAL, HUGE_VAL};
    for (int64_t i = 0; i < COLUMNS; i++)
        extend(&seen, value_at(curve, at_most(curve->from + (int64_t)(length * sample_place(i, COLUMNS)), curve->to)));
    extend(&seen, value_at(curve, curve->to));
    int64_t joint = curve->from;
    for (int i = 0; i < JOINTS_MAX; i++) {
        joint = tempo_plan_next_joint(curve->plan, curve->track, joint);
        if (joint < 0 || joint > curve->to)
            break;
        extend(&seen, value_at(curve, joint - 1));
        extend(&seen, value_at(curve, joint));
    }
    s->log = s->log && seen.positive < HUGE_VAL;
    s->floor = s->log ? fmax(seen.positive, seen.high / pow(10, PLOT_DECADES)) : 0;
    s->tolerance = fmax(level(s, seen.high) - level(s, seen.low), 0) / 4000;
}

/* Adds the end of the stretch a..b, and before it what is needed to follow the curve. */
static void follow(sampler *s, int64_t a, double value_a, int64_t b, double value_b, bool joint)
{
    const int64_t length = b - a;
    const int64_t step = at_least(length / 4, 1);
    bool straight = true;
    for (int64_t m = a + step; straight && m < b && m <= a + 3 * step; m += step) {
        const double along = (double)(m - a) / (double)length;
        const double chord = level(s, value_a) + (level(s, value_b) - level(s, value_a)) * along;
        straight = fabs(level(s, value_at(s->curve, m)) - chord) <= s->tolerance;
    }
    if (!straight && length > s->finest) {
        const int64_t middle = a + length / 2;
        const double value = value_at(s->curve, middle);
        follow(s, a, value_a, middle, value, false);
        follow(s, middle, value, b, value_b, joint);
        return;
    }
    add_point(s, b, value_b, joint);
}

/* Adds the curve of a stretch without joints inside, but for its first point. */
static void follow_stretch(sampler *s, int64_t a, int64_t b, bool ends_at_joint)
{
    const int64_t piece = at_least((b - a) / PIECES, s->finest);
    while (a < b) {
        const int64_t end = b - a < 2 * piece ? b : a + piece;
        follow(s, a, value_at(s->curve, a), end, value_at(s->curve, end), ends_at_joint && end == b);
        a = end;
    }
}

/* Whether the curve jumps to its value at a joint, rather than arriving there at the pace it had before
 * or goes on with after. */
static bool is_jump(const sampler *s, int64_t joint)
{
    const double before = level(s, value_at(s->curve, joint - 1));
    const double after = level(s, value_at(s->curve, joint));
    const double pace_before = joint > 1 ? fabs(before - level(s, value_at(s->curve, joint - 2))) : 0;
    const double pace_after = fabs(level(s, value_at(s->curve, joint + 1)) - after);
    return fabs(after - before) > 2 * fmax(pace_before, pace_after) + s->tolerance;
}

/* A curve with few joints: each at its own batch, a jump as an upright line. */
static void follow_joints(sampler *s)
{
    const plot_curve *curve = s->curve;
    int64_t here = curve->from;
    add_point(s, here, value_at(curve, here), true);
    while (here < curve->to) {
        const int64_t joint = tempo_plan_next_joint(curve->plan, curve->track, here);
        const int64_t next = joint < 0 || joint > curve->to ? curve->to : joint;
        if (next == joint && is_jump(s, joint)) {
            follow_stretch(s, here, joint - 1, false);
            add_point(s, joint, value_at(curve, joint - 1), true);
            add_point(s, joint, value_at(curve, joint), true);
        } else {
            follow_stretch(s, here, next, true);
        }
        here = next;
    }
}

/* Adds the first, lowest, highest and last value of a column, in the order of time. */
static void add_column(sampler *s, int64_t first, int64_t last)
{
    const plot_curve *curve = s->curve;
    const int64_t step = last - first < COLUMN_EXACT ? 1 : (last - first) / COLUMN_SAMPLES;
    int64_t low = first;
    int64_t high = first;
    double lowest = HUGE_VAL;
    double highest = -HUGE_VAL;
    int64_t joint = first;
    int joints = 0;
    for (int64_t batch = first; batch <= last; batch += step) {
        /* Between two samples lie joints, and just before each of them the extremes. */
        joint = step > 1 && joint >= 0 && joints < COLUMN_SAMPLES
                    ? tempo_plan_next_joint(curve->plan, curve->track, joint)
                    : -1;
        joints++;
        const int64_t looks[] = {batch, joint - 1, joint};
        for (int i = 0; i < (joint > first && joint <= last ? 3 : 1); i++) {
            const double value = value_at(curve, looks[i]);
            if (value < lowest) {
                lowest = value;
                low = looks[i];
            }
            if (value > highest) {
                highest = value;
                high = looks[i];
            }
        }
    }
    add_point(s, first, value_at(curve, first), false);
    add_point(s, low < high ? low : high, low < high ? lowest : highest, false);
    add_point(s, low < high ? high : low, low < high ? highest : lowest, false);
    add_point(s, last, value_at(curve, last), false);
}

/* A curve with so many joints that they fill the picture: how low and how high it gets in each column. */
static void follow_envelope(sampler *s)
{
    const int64_t from = s->curve->from;
    const double width = (double)(s->curve->to - from) / COLUMNS;
    int64_t first = from;
    for (int column = 1; column <= COLUMNS; column++) {
        const int64_t last = column < COLUMNS ? from + (int64_t)(width * column) : s->curve->to;
        add_column(s, first, last);
        first = last;
    }
}

static bool has_many_joints(const plot_curve *curve)
{
    int64_t joint = curve->from;
    for (int i = 0; i < JOINTS_MAX; i++) {
        joint = tempo_plan_next_joint(curve->plan, curve->track, joint);
        if (joint < 0 || joint > curve->to)
            return false;
    }
    return true;
}

/* --- logs --- */

static void set_log_scale(sampler *s)
{
    extent seen = {HUGE_VAL, -HUGE_VAL, HUGE_VAL};
    for (int64_t row = s->curve->from; row <= s->curve->to; row++)
        extend(&seen, value_of_row(s->curve, row));
    s->log = s->log && seen.positive < HUGE_VAL;
    s->floor = s->log ? fmax(seen.positive, seen.high / pow(10, PLOT_DECADES)) : 0;
    s->tolerance = fmax(level(s, seen.high) - level(s, seen.low), 0) / 4000;
}

/* Adds a row as a point. After one that has no number the line begins anew; both its ends stay. */
static void add_row(sampler *s, int64_t row, bool after_gap)
{
    plot_curve *curve = s->curve;
    const size_t count = curve->count;
    add_point(s, row, value_of_row(curve, row), after_gap);
    if (s->failed || curve->count == count || !after_gap)
        return;
    curve->points[count].gap = count > 0;
    if (count > 0)
        curve->points[count - 1].joint = true;
}

/* Adds the first, lowest, highest and last of the rows that have a number, so that no spike is lost. */
static void add_rows(sampler *s, int64_t first, int64_t last, bool *after_gap)
{
    int64_t rows[4] = {-1, -1, -1, -1};
    enum { FIRST, LOWER, UPPER, LAST };
    int64_t low = -1;
    int64_t high = -1;
    bool is_broken = false;
    for (int64_t row = first; row <= last; row++) {
        const double value = value_of_row(s->curve, row);
        if (!isfinite(value)) {
            is_broken = true;
            continue;
        }
        rows[FIRST] = rows[FIRST] < 0 ? row : rows[FIRST];
        rows[LAST] = row;
        low = low < 0 || value < value_of_row(s->curve, low) ? row : low;
        high = high < 0 || value > value_of_row(s->curve, high) ? row : high;
    }
    rows[LOWER] = at_most(low, high);
    rows[UPPER] = at_least(low, high);
    int64_t added = -1;
    for (int i = 0; i < 4; i++) {
        if (rows[i] <= added)
            continue;
        add_row(s, rows[i], *after_gap);
        *after_gap = false;
        added = rows[i];
    }
    *after_gap = *after_gap || is_broken;
}

/* Short logs row by row, long ones by the extremes of as many stretches as a picture can show. */
static void follow_log(sampler *s)
{
    enum { STRETCHES = 2 * COLUMNS, ROWS_ALL = 4 * STRETCHES };
    const int64_t from = s->curve->from;
    const int64_t rows = s->curve->to - from + 1;
    const int64_t stretches = rows > ROWS_ALL ? STRETCHES : rows;
    bool after_gap = true;
    for (int64_t i = 0; i < stretches; i++)
        add_rows(s, from + rows / stretches * i + rows % stretches * i / stretches,
                 from + rows / stretches * (i + 1) + rows % stretches * (i + 1) / stretches - 1, &after_gap);
}

/* From here on points are where they are drawn. */
static void place_points(plot_curve *curve)
{
    for (size_t i = 0; i < curve->count; i++)
        curve->points[i].batch = plot_curve_place(curve, curve->points[i].batch);
}

/* --- fewer points --- */

/* Drops points that a straight line passes within the tolerance. From the last point kept, every later
 * one narrows the cone of directions that pass close to all points between; one outside it ends the line. */
static void simplify(const sampler *s)
{
    plot_point *points = s->curve->points;
    const size_t count = s->curve->count;
    const double close = s->tolerance / 2;
    size_t kept = 0; /* the anchor; the end of the line so far comes after it */
    double lowest = -HUGE_VAL;
    double highest = HUGE_VAL;
    for (size_t i = 1; i < count; i++) {
        const plot_point point = points[i];
        const plot_point *anchor = &points[kept];
        double run = point.batch - anchor->batch;
        double rise = level(s, point.value) - level(s, anchor->value);
        const bool first = lowest == -HUGE_VAL && highest == HUGE_VAL;
        /* Written so that an upright line, with no run, is always outside. */
        if (!first && !(run > 0 && rise >= lowest * run && rise <= highest * run)) {
            anchor = &points[++kept];
            run = point.batch - anchor->batch;
            rise = level(s, point.value) - level(s, anchor->value);
            lowest = -HUGE_VAL;
            highest = HUGE_VAL;
        }
        points[kept + 1] = point;
        if (run > 0 && !point.joint) {
            lowest = fmax(lowest, (rise - close) / run);
            highest = fmin(highest, (rise + close) / run);
            continue;
        }
        kept++;
        lowest = -HUGE_VAL;
        highest = HUGE_VAL;
    }
    if (count > 0)
        s->curve->count = kept + (lowest == -HUGE_VAL && highest == HUGE_VAL ? 1 : 2);
}

bool plot_sample(plot_curve *curve, bool log)
{
    sampler s = {.curve = curve, .log = log, .finest = at_least((curve->to - curve->from) / FINEST, 1)};
    curve->count = 0;
    if (curve->log) {
        set_log_scale(&s);
        follow_log(&s);
        place_points(curve);
        simplify(&s);
        return !s.failed;
    }
    set_scale(&s);
    if (has_many_joints(curve))
        follow_envelope(&s);
    else
        follow_joints(&s);
    simplify(&s);
    return !s.failed;
}
