/* composer.c: the schedulers of Composer. Source: Composer 0.33, composer/optim/scheduler.py, checked
 * against the running package; the order of every operation is Composer's, so that results agree to the
 * last bit.
 *
 * All of them multiply: value = base * alpha(t). In the comments W is the end of the warmup, T that of
 * the schedule, n the counter in their unit, s the scale schedule ratio.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "families/composer.h"

#define SOURCE "Composer 0.33, composer/optim/scheduler.py"
#define EPOCHS "--max-duration 90ep --batches-per-epoch 100"
#define ANY -INFINITY, INFINITY, false
#define AT_LEAST_0 0, INFINITY, false
#define ABOVE_0 0, INFINITY, true

#define T_MAX_HELP "when the schedule ends; stretched by the ratio"
#define T_WARMUP_HELP "length of the linear warmup; only a fraction (dur) follows the ratio"
#define SCALE_WARMUP_HELP "stretch the ramp of the warmup by the ratio (its end stays)"

#define WARMUP_NOTES                                                                                                   \
    "Past its warmup the schedule runs over T - W, not over T as Composer's documentation says. With a ratio, "         \
    "scale_warmup stretches the ramp but not its end: a ratio above 1 jumps to the peak, one below 1 waits at it. "     \
    "A t_warmup in dur follows the ratio whatever scale_warmup says. T at or before W leaves the peak for ever. "       \
    "Composer refuses t_max before max_duration, and t_warmup and t_max in units that do not compare. "                 \
    "Deviation: a scaled ramp that truncates to 0 is an error here, a division by zero there."

#define CONVERT_NOTES                                                                                                  \
    "Times are truncated to whole counts, never rounded: 0.29dur of 100ba is 28ba. Fractions of a run in epochs count " \
    "batches. "

#define ZERO_NOTE "Deviation: a time that truncates to 0 is an error when bound, a division by zero there."

/* pow() that stays finite: Python raises OverflowError where C's result is infinite. */
static double finite_power(double x, double y)
{
    const double power = pow(x, y);
    return isinf(power) ? copysign(DBL_MAX, power) : power;
}

/* Composer's _cosine_anneal(): from max_y at x = 0 to min_y at x = 1, x clipped. */
static double cosine_anneal(double x, double min_y, double max_y)
{
    static const double pi = 3.141592653589793;
    const double clipped = x < 0.0 ? 0.0 : composer_at_most_1(x);
    return min_y + (max_y - min_y) * (1 + cos(clipped * pi)) / 2;
}

/* Run length in batches, or -1. */
static int64_t run_batches(const tempo__facts *facts)
{
    return facts->has_max_duration ? tempo__batch_of(facts, facts->max_duration.unit, facts->max_duration.count) : -1;
}

/* Reports a schedule that is 0 from its end on, while the run goes on. */
static void note_zero_end(tempo__binding *binding, size_t t_max, const composer_point *end, double final)
{
    const int64_t at = tempo__batch_of(binding->facts, end->unit, end->count);
    const int64_t run = run_batches(binding->facts);
    if (final != 0 || at < 0 || at >= run)
        return;
    char words[TEMPO__TIME_WORDS_MAX], last[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, (tempo_time){end->unit, end->count, 0});
    tempo__time_words(last, (tempo_time){TEMPO_BATCH, run, 0});
    tempo__bind_find(binding, t_max, TEMPO_FINDING_ENDS_AT_ZERO, "let t_max be 1dur, or end above 0",
                     "the value is 0 from %s on, and the run goes on to %s", words, last);
}

/* What most of the types prepare. */
typedef struct curve {
    composer_point end; /* T, or the length of a step */
    double from, to;    /* alpha at the start, and at the end */
    double exponent;    /* gamma or power */
} curve;

static curve *take_curve(tempo__binding *binding, void **prepared)
{
    curve *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        tempo__out_of_memory(binding->error);
    return c;
}

static int64_t joint_of_curve(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const curve *c = prepared;
    return composer_nearer_joint(-1, facts, &c->end, batch);
}

/* The next whole multiple of the curve's length. */
static int64_t joint_of_multiples(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const curve *c = prepared;
    const int64_t count = batch < 0 ? 0 : tempo__count_at(facts, c->end.unit, batch);
    int64_t multiple = 0;
    if (count < 0 || !tempo__multiply(&multiple, count / c->end.count + 1, c->end.count))
        return -1;
    return tempo__batch_of(facts, c->end.unit, multiple);
}

/* --- StepScheduler: alpha = gamma ^ trunc(n / S) --- */

enum { STEP_SIZE, STEP_GAMMA, STEP_COUNT };
static const tempo_parameter step_parameters[STEP_COUNT] = {
    [STEP_SIZE] = {"step_size", TEMPO_TIME, NULL, ABOVE_0, "time between drops; stretched by the ratio"},
    [STEP_GAMMA] = {"gamma", TEMPO_REAL, "0.1", ANY, "factor of each drop"},
};

static tempo_status step_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->exponent = binding->arguments[STEP_GAMMA].real;
    return composer_convert_positive(binding, STEP_SIZE, COMPOSER_SCALED, &c->end);
}

static double step_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * finite_power(c->exponent, trunc(tempo__ratio(composer_now(&c->end, now), c->end.count)));
}

/* --- MultiStepScheduler, with or without warmup: alpha = gamma * gamma * ..., once per milestone reached --- */

enum { MULTI_MILESTONES, MULTI_GAMMA, MULTI_COUNT };
static const tempo_parameter multi_parameters[MULTI_COUNT] = {
    [MULTI_MILESTONES] = {"milestones", TEMPO_TIME_LIST, NULL, AT_LEAST_0, "when to drop, in any units; stretched by the ratio"},
    [MULTI_GAMMA] = {"gamma", TEMPO_REAL, "0.1", ANY, "factor of each drop"},
};

enum { MULTI_WARM_WARMUP, MULTI_WARM_MILESTONES, MULTI_WARM_GAMMA, MULTI_WARM_SCALE, MULTI_WARM_COUNT };
static const tempo_parameter multi_warm_parameters[MULTI_WARM_COUNT] = {
    [MULTI_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, AT_LEAST_0, T_WARMUP_HELP},
    [MULTI_WARM_MILESTONES] = {"milestones", TEMPO_TIME_LIST, NULL, AT_LEAST_0, "when to drop, in any units; stretched by the ratio"},
    [MULTI_WARM_GAMMA] = {"gamma", TEMPO_REAL, "0.1", ANY, "factor of each drop"},
    [MULTI_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", ANY, SCALE_WARMUP_HELP},
};

/* The milestones of one unit, ascending. */
typedef struct milestone_list {
    const composer_point *points;
    size_t count;
} milestone_list;

typedef struct multi {
    composer_ramp ramp; /* of the type without one: an end of 0 */
    size_t list_count;
    milestone_list lists[TEMPO_UNIT_COUNT];
    const double *alphas; /* by number of milestones reached: a running product, not a power */
} multi;

static int compare_points(const void *left, const void *right)
{
    const composer_point *a = left, *b = right;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    return (a->count > b->count) - (a->count < b->count);
}

static void note_late_milestone(tempo__binding *binding, size_t parameter, const composer_point *point)
{
    const int64_t run = run_batches(binding->facts);
    if (run < 0 || tempo__batch_of(binding->facts, point->unit, point->count) < run)
        return;
    char words[TEMPO__TIME_WORDS_MAX], last[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, (tempo_time){point->unit, point->count, 0});
    tempo__time_words(last, (tempo_time){TEMPO_BATCH, run, 0});
    tempo__bind_find(binding, parameter, TEMPO_FINDING_BEYOND_END, "check its unit, or leave it out",
                     "the milestone at %s is not before the end of the run at %s", words, last);
}

/* The milestones as points, sorted by unit and count. */
static tempo_status convert_milestones(tempo__binding *binding, size_t parameter, composer_point *points)
{
    const tempo__argument *milestones = &binding->arguments[parameter];
    size_t late = milestones->count;
    for (size_t i = 0; i < milestones->count; i++) {
        const tempo_status status = composer_convert(binding, parameter, milestones->times[i], COMPOSER_SCALED, &points[i]);
        if (status) {
            tempo__blame(binding->error, "schedules[%zu].milestones[%zu]", binding->index, i);
            return status;
        }
        const int64_t run = run_batches(binding->facts);
        if (late == milestones->count && run >= 0 && tempo__batch_of(binding->facts, points[i].unit, points[i].count) >= run)
            late = i;
    }
    if (late < milestones->count)
        note_late_milestone(binding, parameter, &points[late]);
    qsort(points, milestones->count, sizeof *points, compare_points);
    return TEMPO_OK;
}

static tempo_status bind_milestones(tempo__binding *binding, size_t milestones, size_t gamma, multi *m)
{
    const size_t count = binding->arguments[milestones].count;
    const double factor = binding->arguments[gamma].real;
    composer_point *points = tempo__prepare(binding, count, sizeof *points);
    double *alphas = tempo__prepare(binding, count + 1, sizeof *alphas);
    if (!points || !alphas)
        return tempo__out_of_memory(binding->error);
    const tempo_status status = convert_milestones(binding, milestones, points);
    if (status)
        return status;
    alphas[0] = 1.0;
    m->alphas = alphas;
    for (size_t i = 0; i < count; i++) {
        const double product = alphas[i] * factor;
        alphas[i + 1] = isinf(product) ? copysign(DBL_MAX, product) : product;
        if (i == 0 || points[i].unit != points[i - 1].unit)
            m->lists[m->list_count++] = (milestone_list){&points[i], 0};
        m->lists[m->list_count - 1].count++;
    }
    return TEMPO_OK;
}

static multi *take_multi(tempo__binding *binding, void **prepared)
{
    multi *m = tempo__prepare(binding, 1, sizeof *m);
    *prepared = m;
    if (!m)
        tempo__out_of_memory(binding->error);
    return m;
}

static tempo_status multi_bind(tempo__binding *binding, void **prepared)
{
    multi *m = take_multi(binding, prepared);
    return m ? bind_milestones(binding, MULTI_MILESTONES, MULTI_GAMMA, m) : TEMPO_NO_MEMORY;
}

static composer_scaling scaling_of(const tempo__argument *scale_warmup)
{
    return scale_warmup->flag ? COMPOSER_SCALED : COMPOSER_UNSCALED;
}

static tempo_status multi_warm_bind(tempo__binding *binding, void **prepared)
{
    multi *m = take_multi(binding, prepared);
    if (!m)
        return TEMPO_NO_MEMORY;
    const composer_scaling scaling = scaling_of(&binding->arguments[MULTI_WARM_SCALE]);
    const tempo_status status = composer_bind_ramp(binding, MULTI_WARM_WARMUP, scaling, 1.0, &m->ramp);
    return status ? status : bind_milestones(binding, MULTI_WARM_MILESTONES, MULTI_WARM_GAMMA, m);
}

/* How many of the milestones are at or before `count`. */
static size_t milestones_reached(const milestone_list *list, int64_t count)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list->points[middle].count <= count)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double multi_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const multi *m = prepared;
    if (m->ramp.end.count > 0) {
        const int64_t count = composer_now(&m->ramp.end, now);
        if (count < m->ramp.end.count)
            return base * composer_ramp_value(&m->ramp, count);
    }
    size_t reached = 0;
    for (size_t i = 0; i < m->list_count; i++)
        reached += milestones_reached(&m->lists[i], composer_now(m->lists[i].points, now));
    return base * m->alphas[reached];
}

static int64_t multi_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const multi *m = prepared;
    int64_t best = m->ramp.end.count > 0 ? composer_nearer_joint(-1, facts, &m->ramp.end, batch) : -1;
    for (size_t i = 0; i < m->list_count; i++) {
        const milestone_list *list = &m->lists[i];
        const int64_t count = batch < 0 ? -1 : tempo__count_at(facts, list->points->unit, batch);
        const size_t next = milestones_reached(list, count);
        if (next < list->count)
            best = composer_nearer_joint(best, facts, &list->points[next], batch);
    }
    return best;
}

/* --- ConstantScheduler: alpha before T, 1 from then on --- */

enum { CONSTANT_ALPHA, CONSTANT_T_MAX, CONSTANT_COUNT };
static const tempo_parameter constant_parameters[CONSTANT_COUNT] = {
    [CONSTANT_ALPHA] = {"alpha", TEMPO_REAL, "1.0", ANY, "factor until t_max"},
    [CONSTANT_T_MAX] = {"t_max", TEMPO_TIME, "1dur", AT_LEAST_0, "from here on the factor is 1; stretched by the ratio"},
};

static tempo_status constant_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->from = binding->arguments[CONSTANT_ALPHA].real;
    const tempo_status status =
        composer_convert(binding, CONSTANT_T_MAX, binding->arguments[CONSTANT_T_MAX].time, COMPOSER_SCALED, &c->end);
    if (status)
        return status;
    const int64_t end = tempo__batch_of(binding->facts, c->end.unit, c->end.count);
    char words[TEMPO__TIME_WORDS_MAX];
    if (c->from != 1.0 && end >= 0 && end < run_batches(binding->facts))
        tempo__bind_find(binding, CONSTANT_T_MAX, TEMPO_FINDING_SNAPS_BACK, "let t_max be 1dur if the factor is meant for the whole run",
                         "from %s on the value is the whole base again",
                         tempo__time_words(words, (tempo_time){c->end.unit, c->end.count, 0}));
    return TEMPO_OK;
}

static double constant_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * (composer_now(&c->end, now) < c->end.count ? c->from : 1.0);
}

/* --- LinearScheduler: alpha_i + min(1, n / T) * (alpha_f - alpha_i) --- */

enum { LINEAR_FROM, LINEAR_TO, LINEAR_T_MAX, LINEAR_COUNT };
static const tempo_parameter linear_parameters[LINEAR_COUNT] = {
    [LINEAR_FROM] = {"alpha_i", TEMPO_REAL, "1.0", ANY, "factor at the start"},
    [LINEAR_TO] = {"alpha_f", TEMPO_REAL, "0.0", ANY, "factor at the end and from then on"},
    [LINEAR_T_MAX] = {"t_max", TEMPO_TIME, "1dur", ABOVE_0, T_MAX_HELP},
};

static tempo_status check_span(tempo__binding *binding, size_t parameter, double from, double to)
{
    if (isfinite(to - from))
        return TEMPO_OK;
    return tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE, "%s is so far from the factor at the start that their difference is infinite",
                            binding->type->parameters[parameter].name);
}

static tempo_status linear_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->from = binding->arguments[LINEAR_FROM].real;
    c->to = binding->arguments[LINEAR_TO].real;
    tempo_status status = check_span(binding, LINEAR_TO, c->from, c->to);
    if (!status)
        status = composer_convert_positive(binding, LINEAR_T_MAX, COMPOSER_SCALED, &c->end);
    if (!status)
        note_zero_end(binding, LINEAR_T_MAX, &c->end, c->to);
    return status;
}

static double linear_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const double done = composer_at_most_1(tempo__ratio(composer_now(&c->end, now), c->end.count));
    return base * (c->from + done * (c->to - c->from));
}

/* --- ExponentialScheduler: gamma ^ (n / D) --- */

enum { EXPONENTIAL_GAMMA, EXPONENTIAL_PERIOD, EXPONENTIAL_COUNT };
static const tempo_parameter exponential_parameters[EXPONENTIAL_COUNT] = {
    [EXPONENTIAL_GAMMA] = {"gamma", TEMPO_REAL, NULL, AT_LEAST_0, "factor per decay_period"},
    [EXPONENTIAL_PERIOD] = {"decay_period", TEMPO_TIME, "1ep", ABOVE_0, "time in which the value falls by gamma; stretched by the ratio"},
};

static tempo_status exponential_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->exponent = binding->arguments[EXPONENTIAL_GAMMA].real;
    return composer_convert_positive(binding, EXPONENTIAL_PERIOD, COMPOSER_SCALED, &c->end);
}

static double exponential_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * finite_power(c->exponent, tempo__ratio(composer_now(&c->end, now), c->end.count));
}

/* --- CosineAnnealingScheduler: from 1 to alpha_f along half a cosine --- */

enum { COSINE_T_MAX, COSINE_TO, COSINE_COUNT };
static const tempo_parameter cosine_parameters[COSINE_COUNT] = {
    [COSINE_T_MAX] = {"t_max", TEMPO_TIME, "1dur", ABOVE_0, T_MAX_HELP},
    [COSINE_TO] = {"alpha_f", TEMPO_REAL, "0.0", ANY, "factor at the end and from then on"},
};

static tempo_status cosine_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->to = binding->arguments[COSINE_TO].real;
    const tempo_status status = composer_convert_positive(binding, COSINE_T_MAX, COMPOSER_SCALED, &c->end);
    if (!status)
        note_zero_end(binding, COSINE_T_MAX, &c->end, c->to);
    return status;
}

static double cosine_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * cosine_anneal(tempo__ratio(composer_now(&c->end, now), c->end.count), c->to, 1.0);
}

/* --- CosineAnnealingWarmRestartsScheduler: cosines of lengths len, trunc(t_mult * len), ... --- */

enum { RESTARTS_T_0, RESTARTS_T_MULT, RESTARTS_TO, RESTARTS_COUNT };
static const tempo_parameter restarts_parameters[RESTARTS_COUNT] = {
    [RESTARTS_T_0] = {"t_0", TEMPO_TIME, NULL, ABOVE_0, "length of the first cycle; stretched by the ratio"},
    [RESTARTS_T_MULT] = {"t_mult", TEMPO_REAL, "1.0", ABOVE_0, "each cycle is this times as long as the one before, truncated"},
    [RESTARTS_TO] = {"alpha_f", TEMPO_REAL, "0.0", ANY, "factor at the end of each cycle"},
};

/* Cycles are tabled up to where their length stays the same (then they repeat for ever), decays to 0 or
 * passes 64 bits. A t_mult within a few parts in ten thousand of 1 has more of them than are worth a
 * table: those beyond are walked through, as Composer walks through all. */
enum { CYCLE_MAX = 1 << 16 };

typedef struct restarts {
    composer_point first;
    double to;
    double factor;
    size_t count;          /* of cycles in the table */
    const int64_t *starts; /* `count` + 1: where each cycle starts, and where the last one ends */
    bool repeats;          /* the last cycle repeats for ever */
    bool decays;           /* after the last cycle there is none */
} restarts;

/* Length of the next cycle; 0 when there is none that fits. */
static int64_t next_length(const restarts *r, int64_t length)
{
    int64_t next = 0;
    return tempo__truncate(&next, r->factor * (double)length) ? next : 0;
}

/* Lists where the cycles start; with `starts` NULL only counts them. */
static void list_cycles(restarts *r, int64_t *starts)
{
    int64_t length = r->first.count, end = 0;
    r->count = 0;
    r->repeats = r->decays = false;
    while (r->count < CYCLE_MAX) {
        if (starts)
            starts[r->count] = end;
        if (!tempo__add(&end, end, length))
            end = INT64_MAX;
        if (starts)
            starts[r->count + 1] = end;
        r->count++;
        const int64_t next = next_length(r, length);
        r->repeats = next == length;
        r->decays = next <= 0 && r->factor < 1;
        if (r->repeats || r->decays || next <= 0 || end == INT64_MAX)
            return;
        length = next;
    }
}

static tempo_status restarts_bind(tempo__binding *binding, void **prepared)
{
    restarts *r = tempo__prepare(binding, 1, sizeof *r);
    *prepared = r;
    if (!r)
        return tempo__out_of_memory(binding->error);
    r->to = binding->arguments[RESTARTS_TO].real;
    r->factor = binding->arguments[RESTARTS_T_MULT].real;
    const tempo_status status = composer_convert_positive(binding, RESTARTS_T_0, COMPOSER_SCALED, &r->first);
    if (status)
        return status;
    list_cycles(r, NULL);
    int64_t *starts = tempo__prepare(binding, r->count + 1, sizeof *starts);
    if (!starts)
        return tempo__out_of_memory(binding->error);
    list_cycles(r, starts);
    r->starts = starts;
    const int64_t end = tempo__batch_of(binding->facts, r->first.unit, starts[r->count]);
    if (!r->decays || end < 0 || end > run_batches(binding->facts))
        return TEMPO_OK;
    char words[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, (tempo_time){r->first.unit, starts[r->count], 0});
    tempo__bind_fail(binding, RESTARTS_T_MULT, TEMPO_ZERO_DURATION, "the cycles have decayed to 0 at %s, before the run has ended", words);
    tempo__advise(binding->error, "give a larger t_mult or a longer t_0");
    return TEMPO_ZERO_DURATION;
}

/* The cycle that `count` lies in; false when all have decayed. */
static bool find_cycle(const restarts *r, int64_t count, int64_t *start, int64_t *length)
{
    const int64_t last = r->starts[r->count - 1], end = r->starts[r->count];
    if (count < end) {
        size_t low = 0, high = r->count;
        while (high - low > 1) {
            const size_t middle = low + (high - low) / 2;
            if (r->starts[middle] <= count)
                low = middle;
            else
                high = middle;
        }
        *start = r->starts[low];
        *length = r->starts[low + 1] - r->starts[low];
        return true;
    }
    *start = last;
    *length = end - last;
    if (r->decays)
        return false;
    if (r->repeats) {
        *start = last + (count - last) / *length * *length;
        return true;
    }
    while (count - *start >= *length) {
        const int64_t next = next_length(r, *length);
        if (next <= 0)
            return end == INT64_MAX;
        *start += *length;
        *length = next;
    }
    return true;
}

static double restarts_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const restarts *r = prepared;
    const int64_t count = composer_now(&r->first, now);
    int64_t start = 0, length = 1;
    if (!find_cycle(r, count, &start, &length))
        return base * r->to;
    return base * cosine_anneal(tempo__ratio(count - start, length), r->to, 1.0);
}

static int64_t restarts_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const restarts *r = prepared;
    int64_t start = 0, length = 0, next = 0;
    const int64_t count = batch < 0 ? 0 : tempo__count_at(facts, r->first.unit, batch);
    if (count < 0 || !find_cycle(r, count, &start, &length) || !tempo__add(&next, start, length))
        return -1;
    return tempo__nearer_joint(-1, facts, (tempo_time){r->first.unit, next, 0}, batch);
}

/* --- PolynomialScheduler: alpha_f + (1 - min(1, n / T)) ^ power * (1 - alpha_f) --- */

enum { POLYNOMIAL_POWER, POLYNOMIAL_T_MAX, POLYNOMIAL_TO, POLYNOMIAL_COUNT };
static const tempo_parameter polynomial_parameters[POLYNOMIAL_COUNT] = {
    [POLYNOMIAL_POWER] = {"power", TEMPO_REAL, NULL, AT_LEAST_0, "exponent; 1 is a straight line"},
    [POLYNOMIAL_T_MAX] = {"t_max", TEMPO_TIME, "1dur", ABOVE_0, T_MAX_HELP},
    [POLYNOMIAL_TO] = {"alpha_f", TEMPO_REAL, "0.0", ANY, "factor at the end and from then on"},
};

static tempo_status polynomial_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->exponent = binding->arguments[POLYNOMIAL_POWER].real;
    c->to = binding->arguments[POLYNOMIAL_TO].real;
    const tempo_status status = composer_convert_positive(binding, POLYNOMIAL_T_MAX, COMPOSER_SCALED, &c->end);
    if (!status)
        note_zero_end(binding, POLYNOMIAL_T_MAX, &c->end, c->exponent > 0 ? c->to : 1.0);
    return status;
}

static double polynomial_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const double done = composer_at_most_1(tempo__ratio(composer_now(&c->end, now), c->end.count));
    return base * (c->to + pow(1 - done, c->exponent) * (1.0 - c->to));
}

/* --- the types with a warmup: a ramp before W, then done = (n - W) / (T - W) --- */

typedef struct warm {
    composer_ramp ramp;
    composer_point end;
    int64_t span; /* T - W; <= 0: no decay is left */
    double from, to, exponent;
} warm;

/* Composer's checks, in its order: the warmup and the schedule must count the same thing, and the
 * schedule must not end before the run does, as far as the two can be compared. */
static tempo_status check_warm(tempo__binding *binding, size_t t_max, const warm *w)
{
    const tempo__facts *facts = binding->facts;
    char warmup[TEMPO__TIME_WORDS_MAX], end[TEMPO__TIME_WORDS_MAX], run[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(warmup, (tempo_time){w->ramp.end.unit, w->ramp.end.count, 0});
    tempo__time_words(end, (tempo_time){w->end.unit, w->end.count, 0});
    if (w->ramp.end.unit != w->end.unit) {
        tempo__bind_fail(binding, t_max, TEMPO_UNIT_MISMATCH, "t_max comes out as %s and t_warmup as %s, which cannot be compared", end, warmup);
        tempo__advise(binding->error, "give both in the same unit (ep and ba are the same here, dur is the unit of max_duration)");
        return TEMPO_UNIT_MISMATCH;
    }
    if (!facts->has_max_duration)
        return TEMPO_OK;
    tempo_time last = facts->max_duration;
    if (last.unit == TEMPO_EPOCH && w->end.unit == TEMPO_BATCH && facts->batches_per_epoch) {
        last.unit = TEMPO_BATCH;
        if (!tempo__multiply(&last.count, last.count, facts->batches_per_epoch))
            last.count = INT64_MAX;
    }
    if (last.unit != w->end.unit || w->end.count >= last.count)
        return TEMPO_OK;
    tempo__time_words(run, last);
    tempo__bind_fail(binding, t_max, TEMPO_CONFLICT, "t_max comes out as %s, but must be >= max_duration, which is %s", end, run);
    tempo__advise(binding->error, "let t_max be 1dur, or make it longer: the schedule would not cover the whole run");
    return TEMPO_CONFLICT;
}

static tempo_status bind_warm(tempo__binding *binding, size_t t_warmup, size_t t_max, size_t scale_warmup, warm *w)
{
    const composer_scaling scaling = scaling_of(&binding->arguments[scale_warmup]);
    const tempo_time start = binding->arguments[t_warmup].time, end = binding->arguments[t_max].time;
    tempo_status status = composer_convert(binding, t_warmup, start, COMPOSER_UNSCALED, &w->ramp.end);
    if (!status)
        status = composer_convert(binding, t_max, end, COMPOSER_SCALED, &w->end);
    if (!status)
        status = check_warm(binding, t_max, w);
    if (!status)
        status = composer_bind_ramp(binding, t_warmup, scaling, w->from, &w->ramp);
    if (status)
        return status;
    w->span = w->end.count - w->ramp.end.count;
    char words[TEMPO__TIME_WORDS_MAX];
    if (w->span <= 0 && w->from != w->to)
        tempo__bind_find(binding, t_warmup, TEMPO_FINDING_NO_DECAY_LEFT, "make the warmup shorter or t_max longer",
                         "the warmup lasts until %s and the schedule ends no later, so it stays at its peak",
                         tempo__time_words(words, (tempo_time){w->ramp.end.unit, w->ramp.end.count, 0}));
    return TEMPO_OK;
}

static warm *take_warm(tempo__binding *binding, void **prepared)
{
    warm *w = tempo__prepare(binding, 1, sizeof *w);
    *prepared = w;
    if (!w)
        tempo__out_of_memory(binding->error);
    return w;
}

static double warm_done(const warm *w, int64_t count)
{
    return w->span > 0 ? composer_at_most_1(tempo__ratio(count - w->ramp.end.count, w->span)) : 0.0;
}

static int64_t warm_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const warm *w = prepared;
    const int64_t best = w->ramp.end.count > 0 ? composer_nearer_joint(-1, facts, &w->ramp.end, batch) : -1;
    const composer_point top = {w->ramp.end.unit, w->ramp.end.offset, w->ramp.length};
    const int64_t next = w->ramp.length < w->ramp.end.count ? composer_nearer_joint(best, facts, &top, batch) : best;
    return w->span > 0 ? composer_nearer_joint(next, facts, &w->end, batch) : next;
}

enum { CONSTANT_WARM_WARMUP, CONSTANT_WARM_ALPHA, CONSTANT_WARM_T_MAX, CONSTANT_WARM_SCALE, CONSTANT_WARM_COUNT };
static const tempo_parameter constant_warm_parameters[CONSTANT_WARM_COUNT] = {
    [CONSTANT_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, AT_LEAST_0, T_WARMUP_HELP},
    [CONSTANT_WARM_ALPHA] = {"alpha", TEMPO_REAL, "1.0", ANY, "factor after the warmup, for ever"},
    [CONSTANT_WARM_T_MAX] = {"t_max", TEMPO_TIME, "1dur", AT_LEAST_0, "only checked: it must not be before max_duration"},
    [CONSTANT_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", ANY, SCALE_WARMUP_HELP},
};

static tempo_status constant_warm_bind(tempo__binding *binding, void **prepared)
{
    warm *w = take_warm(binding, prepared);
    if (!w)
        return TEMPO_NO_MEMORY;
    w->from = w->to = binding->arguments[CONSTANT_WARM_ALPHA].real;
    return bind_warm(binding, CONSTANT_WARM_WARMUP, CONSTANT_WARM_T_MAX, CONSTANT_WARM_SCALE, w);
}

enum { LINEAR_WARM_WARMUP, LINEAR_WARM_FROM, LINEAR_WARM_TO, LINEAR_WARM_T_MAX, LINEAR_WARM_SCALE, LINEAR_WARM_COUNT };
static const tempo_parameter linear_warm_parameters[LINEAR_WARM_COUNT] = {
    [LINEAR_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, AT_LEAST_0, T_WARMUP_HELP},
    [LINEAR_WARM_FROM] = {"alpha_i", TEMPO_REAL, "1.0", ANY, "factor at the end of the warmup"},
    [LINEAR_WARM_TO] = {"alpha_f", TEMPO_REAL, "0.0", ANY, "factor at the end and from then on"},
    [LINEAR_WARM_T_MAX] = {"t_max", TEMPO_TIME, "1dur", AT_LEAST_0, T_MAX_HELP},
    [LINEAR_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", ANY, SCALE_WARMUP_HELP},
};

static tempo_status linear_warm_bind(tempo__binding *binding, void **prepared)
{
    warm *w = take_warm(binding, prepared);
    if (!w)
        return TEMPO_NO_MEMORY;
    w->from = binding->arguments[LINEAR_WARM_FROM].real;
    w->to = binding->arguments[LINEAR_WARM_TO].real;
    const tempo_status status = check_span(binding, LINEAR_WARM_TO, w->from, w->to);
    return status ? status : bind_warm(binding, LINEAR_WARM_WARMUP, LINEAR_WARM_T_MAX, LINEAR_WARM_SCALE, w);
}

static double linear_warm_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const warm *w = prepared;
    const int64_t count = composer_now(&w->ramp.end, now);
    if (count < w->ramp.end.count)
        return base * composer_ramp_value(&w->ramp, count);
    return base * (w->from + warm_done(w, count) * (w->to - w->from));
}

enum { COSINE_WARM_WARMUP, COSINE_WARM_T_MAX, COSINE_WARM_TO, COSINE_WARM_SCALE, COSINE_WARM_COUNT };
static const tempo_parameter cosine_warm_parameters[COSINE_WARM_COUNT] = {
    [COSINE_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, AT_LEAST_0, T_WARMUP_HELP},
    [COSINE_WARM_T_MAX] = {"t_max", TEMPO_TIME, "1dur", AT_LEAST_0, T_MAX_HELP},
    [COSINE_WARM_TO] = {"alpha_f", TEMPO_REAL, "0.0", ANY, "factor at the end and from then on"},
    [COSINE_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", ANY, SCALE_WARMUP_HELP},
};

static tempo_status cosine_warm_bind(tempo__binding *binding, void **prepared)
{
    warm *w = take_warm(binding, prepared);
    if (!w)
        return TEMPO_NO_MEMORY;
    w->from = 1.0;
    w->to = binding->arguments[COSINE_WARM_TO].real;
    return bind_warm(binding, COSINE_WARM_WARMUP, COSINE_WARM_T_MAX, COSINE_WARM_SCALE, w);
}

static double cosine_warm_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const warm *w = prepared;
    const int64_t count = composer_now(&w->ramp.end, now);
    if (count < w->ramp.end.count)
        return base * composer_ramp_value(&w->ramp, count);
    return base * cosine_anneal(warm_done(w, count), w->to, 1.0);
}

enum { POLYNOMIAL_WARM_WARMUP, POLYNOMIAL_WARM_POWER, POLYNOMIAL_WARM_T_MAX, POLYNOMIAL_WARM_TO, POLYNOMIAL_WARM_SCALE, POLYNOMIAL_WARM_COUNT };
static const tempo_parameter polynomial_warm_parameters[POLYNOMIAL_WARM_COUNT] = {
    [POLYNOMIAL_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, AT_LEAST_0, T_WARMUP_HELP},
    [POLYNOMIAL_WARM_POWER] = {"power", TEMPO_REAL, "2.0", AT_LEAST_0, "exponent; 1 is a straight line"},
    [POLYNOMIAL_WARM_T_MAX] = {"t_max", TEMPO_TIME, "1dur", AT_LEAST_0, T_MAX_HELP},
    [POLYNOMIAL_WARM_TO] = {"alpha_f", TEMPO_REAL, "0.0", ANY, "factor at the end and from then on"},
    [POLYNOMIAL_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", ANY, SCALE_WARMUP_HELP},
};

static tempo_status polynomial_warm_bind(tempo__binding *binding, void **prepared)
{
    warm *w = take_warm(binding, prepared);
    if (!w)
        return TEMPO_NO_MEMORY;
    w->from = 1.0;
    w->to = binding->arguments[POLYNOMIAL_WARM_TO].real;
    w->exponent = binding->arguments[POLYNOMIAL_WARM_POWER].real;
    return bind_warm(binding, POLYNOMIAL_WARM_WARMUP, POLYNOMIAL_WARM_T_MAX, POLYNOMIAL_WARM_SCALE, w);
}

static double polynomial_warm_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const warm *w = prepared;
    const int64_t count = composer_now(&w->ramp.end, now);
    if (count < w->ramp.end.count)
        return base * composer_ramp_value(&w->ramp, count);
    return base * (w->to + pow(1 - warm_done(w, count), w->exponent) * (1.0 - w->to));
}

/* --- ComposerScheduler: any function of the state --- */

enum { FUNCTION_NAME, FUNCTION_COUNT };
static const tempo_parameter function_parameters[FUNCTION_COUNT] = {
    [FUNCTION_NAME] = {"function", TEMPO_FUNCTION, NULL, ANY, "name of a function that the program supplies when it binds"},
};

typedef struct custom {
    tempo_function function;
    const tempo__facts *facts;
} custom;

static tempo_status function_bind(tempo__binding *binding, void **prepared)
{
    const char *name = binding->arguments[FUNCTION_NAME].name;
    const tempo_function *function = tempo__bind_function(binding, name);
    custom *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        return tempo__out_of_memory(binding->error);
    if (!function || (!function->scaled && !function->unscaled)) {
        tempo__bind_fail(binding, FUNCTION_NAME, TEMPO_UNKNOWN_NAME, "there is no function '%s'", name);
        tempo__advise(binding->error, "only a program can supply one, through tempo_bind_options");
        return TEMPO_UNKNOWN_NAME;
    }
    if (!function->scaled && binding->facts->ratio != 1.0) {
        tempo__bind_fail(binding, FUNCTION_NAME, TEMPO_CONFLICT, "the function '%s' does not take the scale schedule ratio, which is not 1", name);
        tempo__advise(binding->error, "write it as f(state, ratio), or leave the ratio at 1");
        return TEMPO_CONFLICT;
    }
    *c = (custom){*function, binding->facts};
    return TEMPO_OK;
}

static double function_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const custom *c = prepared;
    const tempo_state state = {
        .now = now,
        .has_max_duration = c->facts->has_max_duration,
        .max_duration = c->facts->max_duration,
        .batches_per_epoch = c->facts->batches_per_epoch,
    };
    return base * (c->function.scaled ? c->function.scaled(&state, c->facts->ratio, c->function.data)
                                      : c->function.unscaled(&state, c->function.data));
}

/* --- the rows --- */

#define PARAMETERS(table) table, sizeof table / sizeof table[0]

static const tempo_type types[] = {
    {"composer.StepScheduler", "multiply by gamma at a fixed interval",
     "\xce\xb1(t) = gamma ^ floor(t / step_size)", SOURCE, CONVERT_NOTES ZERO_NOTE,
     "composer.StepScheduler step_size=30ep gamma=0.1", EPOCHS, PARAMETERS(step_parameters), step_bind, step_value,
     joint_of_multiples},
    {"composer.MultiStepScheduler", "multiply by gamma at each milestone",
     "\xce\xb1(t) = gamma ^ (number of milestones <= t)", SOURCE,
     CONVERT_NOTES "Milestones may be in any order and any units; one that stands twice counts twice.",
     "composer.MultiStepScheduler milestones=[30ep, 60ep, 80ep] gamma=0.1", EPOCHS, PARAMETERS(multi_parameters),
     multi_bind, multi_value, multi_joint},
    {"composer.ConstantScheduler", "multiply by alpha until t_max, by 1 from then on",
     "\xce\xb1(t) = alpha if t < t_max, else 1", SOURCE, CONVERT_NOTES "A t_max of 0 leaves the base alone.",
     "composer.ConstantScheduler alpha=0.5 t_max=60ep", EPOCHS, PARAMETERS(constant_parameters), constant_bind,
     constant_value, joint_of_curve},
    {"composer.LinearScheduler", "straight line from alpha_i to alpha_f",
     "\xce\xb1(t) = alpha_i + min(1, t / t_max) * (alpha_f - alpha_i)", SOURCE,
     CONVERT_NOTES "The end is alpha_i + (alpha_f - alpha_i), which can miss alpha_f by the last bit. " ZERO_NOTE,
     "composer.LinearScheduler alpha_i=1.0 alpha_f=0.1", EPOCHS, PARAMETERS(linear_parameters), linear_bind,
     linear_value, joint_of_curve},
    {"composer.ExponentialScheduler", "multiply by gamma once per decay_period, continuously",
     "\xce\xb1(t) = gamma ^ (t / decay_period)", SOURCE,
     CONVERT_NOTES "Deviations: a negative gamma is an error (complex numbers there); growth stops at the largest "
                   "double (OverflowError there). " ZERO_NOTE,
     "composer.ExponentialScheduler gamma=0.96 decay_period=1ep", EPOCHS, PARAMETERS(exponential_parameters),
     exponential_bind, exponential_value, NULL},
    {"composer.CosineAnnealingScheduler", "half a cosine from 1 to alpha_f",
     "\xce\xb1(t) = alpha_f + (1 - alpha_f) * (1 + cos(pi * t / t_max)) / 2", SOURCE, CONVERT_NOTES ZERO_NOTE,
     "composer.CosineAnnealingScheduler alpha_f=0.1", EPOCHS, PARAMETERS(cosine_parameters), cosine_bind, cosine_value,
     joint_of_curve},
    {"composer.CosineAnnealingWarmRestartsScheduler", "cosines from 1 to alpha_f, one after the other",
     "\xce\xb1(t) = alpha_f + (1 - alpha_f) * (1 + cos(pi * (t - start) / length)) / 2, length[i+1] = trunc(t_mult * length[i])",
     SOURCE,
     CONVERT_NOTES "The length of every cycle is truncated, so restarts drift from the exact series when t_mult is not "
                   "whole. With t_mult < 1 the cycles end; Composer raises when training gets there, Tempo when it "
                   "binds a run that would, and past that time the value stays at alpha_f. " ZERO_NOTE,
     "composer.CosineAnnealingWarmRestartsScheduler t_0=10ep t_mult=2.0", "--max-duration 70ep --batches-per-epoch 100",
     PARAMETERS(restarts_parameters), restarts_bind, restarts_value, restarts_joint},
    {"composer.PolynomialScheduler", "a power of the time that is left",
     "\xce\xb1(t) = alpha_f + (1 - alpha_f) * (1 - min(1, t / t_max)) ^ power", SOURCE,
     CONVERT_NOTES "Deviation: a negative power is an error (a division by zero at the end there). " ZERO_NOTE,
     "composer.PolynomialScheduler power=2.0", EPOCHS, PARAMETERS(polynomial_parameters), polynomial_bind,
     polynomial_value, joint_of_curve},
    {"composer.MultiStepWithWarmupScheduler", "linear warmup, then multiply by gamma at each milestone",
     "\xce\xb1(t) = t / t_warmup if t < t_warmup, else gamma ^ (number of milestones <= t)", SOURCE,
     CONVERT_NOTES "Milestones within the warmup take effect, together, when it ends. With a ratio, scale_warmup "
                   "stretches the ramp but not its end. Deviation: a scaled ramp that truncates to 0 is an error.",
     "composer.MultiStepWithWarmupScheduler t_warmup=5ep milestones=[30ep, 60ep, 80ep] gamma=0.1", EPOCHS,
     PARAMETERS(multi_warm_parameters), multi_warm_bind, multi_value, multi_joint},
    {"composer.ConstantWithWarmupScheduler", "linear warmup to alpha, which then stays",
     "\xce\xb1(t) = alpha * t / t_warmup if t < t_warmup, else alpha", SOURCE,
     CONVERT_NOTES "It never returns to 1 after t_max, though Composer's documentation says so. " WARMUP_NOTES,
     "composer.ConstantWithWarmupScheduler t_warmup=10ep", EPOCHS, PARAMETERS(constant_warm_parameters),
     constant_warm_bind, linear_warm_value, warm_joint},
    {"composer.LinearWithWarmupScheduler", "linear warmup to alpha_i, then a straight line to alpha_f",
     "\xce\xb1(t) = alpha_i * t / t_warmup if t < t_warmup, else alpha_i + (t - t_warmup) / (t_max - t_warmup) * (alpha_f - alpha_i)",
     SOURCE, CONVERT_NOTES WARMUP_NOTES, "composer.LinearWithWarmupScheduler t_warmup=10ep", EPOCHS,
     PARAMETERS(linear_warm_parameters), linear_warm_bind, linear_warm_value, warm_joint},
    {"composer.CosineAnnealingWithWarmupScheduler", "linear warmup, then half a cosine to alpha_f",
     "\xce\xb1(t) = t / t_warmup if t < t_warmup, else alpha_f + (1 - alpha_f) * (1 + cos(pi * (t - t_warmup) / (t_max - t_warmup))) / 2",
     SOURCE, CONVERT_NOTES WARMUP_NOTES, "composer.CosineAnnealingWithWarmupScheduler t_warmup=10ep alpha_f=0.1", EPOCHS,
     PARAMETERS(cosine_warm_parameters), cosine_warm_bind, cosine_warm_value, warm_joint},
    {"composer.PolynomialWithWarmupScheduler", "linear warmup, then a power of the time that is left",
     "\xce\xb1(t) = t / t_warmup if t < t_warmup, else alpha_f + (1 - alpha_f) * (1 - (t - t_warmup) / (t_max - t_warmup)) ^ power",
     SOURCE, CONVERT_NOTES WARMUP_NOTES, "composer.PolynomialWithWarmupScheduler t_warmup=10ep power=2.0", EPOCHS,
     PARAMETERS(polynomial_warm_parameters), polynomial_warm_bind, polynomial_warm_value, warm_joint},
    {"composer.ComposerScheduler", "any multiplier that a program computes from the state of training",
     "\xce\xb1(t) = function(state, ratio)", SOURCE,
     "The function comes from the program that binds the schedule, so a document with one is not portable, and the "
     "command cannot evaluate it. One that does not take the ratio is an error unless the ratio is 1.",
     "", "", PARAMETERS(function_parameters), function_bind, function_value, NULL},
};

const tempo__family tempo__composer = {types, sizeof types / sizeof types[0]};
