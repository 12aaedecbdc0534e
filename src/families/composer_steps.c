/* composer_steps.c: the schedulers of Composer that drop in steps: Step, MultiStep, MultiStepWithWarmup.
 * See composer.h for their source and notation. */
#include "families/composer.h"

#include <math.h>
#include <stdlib.h>

/* --- StepScheduler: alpha = gamma ^ trunc(n / S) --- */

enum { STEP_SIZE, STEP_GAMMA, STEP_COUNT };
static const tempo_parameter step_parameters[STEP_COUNT] = {
    [STEP_SIZE] = {"step_size", TEMPO_TIME, NULL, RANGE_ABOVE_0, "time between drops; stretched by the ratio"},
    [STEP_GAMMA] = {"gamma", TEMPO_REAL, "0.1", RANGE_ANY, "factor of each drop"},
};

typedef struct steps {
    composer_point size;
    double gamma;
} steps;

static tempo_status step_bind(tempo__binding *binding, void **prepared)
{
    steps *s = tempo__prepare(binding, 1, sizeof *s);
    *prepared = s;
    if (!s)
        return tempo__out_of_memory(binding->error);
    s->gamma = binding->arguments[STEP_GAMMA].real;
    return composer_convert_positive(binding, STEP_SIZE, COMPOSER_SCALED, &s->size);
}

static double step_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const steps *s = prepared;
    return base * finite_power(s->gamma, trunc(tempo__ratio(composer_now(&s->size, now), s->size.count)));
}

static int64_t step_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const steps *s = prepared;
    const int64_t count = batch < 0 ? 0 : tempo__count_at(facts, s->size.unit, batch);
    int64_t next = 0;
    if (count < 0 || !tempo__multiply(&next, count / s->size.count + 1, s->size.count))
        return -1;
    return tempo__batch_of(facts, s->size.unit, next);
}

/* --- MultiStepScheduler, with or without warmup: alpha = gamma * gamma * ..., once per milestone reached --- */

enum { MULTI_MILESTONES, MULTI_GAMMA, MULTI_COUNT };
static const tempo_parameter multi_parameters[MULTI_COUNT] = {
    [MULTI_MILESTONES] = {"milestones", TEMPO_TIME_LIST, NULL, RANGE_AT_LEAST_0,
                          "when to drop, in any units; stretched by the ratio"},
    [MULTI_GAMMA] = {"gamma", TEMPO_REAL, "0.1", RANGE_ANY, "factor of each drop"},
};

enum { MULTI_WARM_WARMUP, MULTI_WARM_MILESTONES, MULTI_WARM_GAMMA, MULTI_WARM_SCALE, MULTI_WARM_COUNT };
static const tempo_parameter multi_warm_parameters[MULTI_WARM_COUNT] = {
    [MULTI_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, RANGE_AT_LEAST_0, COMPOSER_T_WARMUP_HELP},
    [MULTI_WARM_MILESTONES] = {"milestones", TEMPO_TIME_LIST, NULL, RANGE_AT_LEAST_0,
                               "when to drop, in any units; stretched by the ratio"},
    [MULTI_WARM_GAMMA] = {"gamma", TEMPO_REAL, "0.1", RANGE_ANY, "factor of each drop"},
    [MULTI_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", RANGE_ANY, COMPOSER_SCALE_WARMUP_HELP},
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
    char words[TEMPO__TIME_WORDS_MAX], last[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, (tempo_time){point->unit, point->count, 0});
    tempo__time_words(last, (tempo_time){TEMPO_BATCH, tempo__run_batches(binding), 0});
    tempo__bind_find(binding, parameter, TEMPO_FINDING_BEYOND_END, "check its unit, or leave it out",
                     "the milestone at %s is not before the end of the run at %s", words, last);
}

/* The milestones as points, sorted by unit and count. */
static tempo_status convert_milestones(tempo__binding *binding, size_t parameter, composer_point *points)
{
    const tempo__argument *milestones = &binding->arguments[parameter];
    size_t late = milestones->count;
    for (size_t i = 0; i < milestones->count; i++) {
        const tempo_status status =
            composer_convert(binding, parameter, milestones->times[i], COMPOSER_SCALED, &points[i]);
        if (status) {
            tempo__blame(binding->error, "schedules[%zu].milestones[%zu]", binding->index, i);
            return status;
        }
        if (late == milestones->count && composer_outlasts_run(binding, &points[i]))
            late = i;
    }
    if (late < milestones->count)
        note_late_milestone(binding, parameter, &points[late]);
    /* Milestones are mostly written in order, and sorting is most of the cost of binding many. */
    bool ascending = true;
    for (size_t i = 1; ascending && i < milestones->count; i++)
        ascending = compare_points(&points[i - 1], &points[i]) <= 0;
    if (!ascending)
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
        alphas[i + 1] = finite(alphas[i] * factor);
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

static tempo_status multi_warm_bind(tempo__binding *binding, void **prepared)
{
    multi *m = take_multi(binding, prepared);
    if (!m)
        return TEMPO_NO_MEMORY;
    const composer_scaling scaling = composer_scaling_of(&binding->arguments[MULTI_WARM_SCALE]);
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

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "composer.StepScheduler",
        .summary = "multiply by gamma at a fixed interval",
        .formula = "α(t) = gamma ^ floor(t / step_size)",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES COMPOSER_ZERO_NOTE,
        .example = "composer.StepScheduler step_size=30ep gamma=0.1",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(step_parameters),
        .proportional = true,
        .bind = step_bind,
        .value = step_value,
        .joint = step_joint,
    },
    {
        .name = "composer.MultiStepScheduler",
        .summary = "multiply by gamma at each milestone",
        .formula = "α(t) = gamma ^ (number of milestones <= t)",
        .source = COMPOSER_SOURCE,
        .notes =
            COMPOSER_CONVERT_NOTES "Milestones may be in any order and any units; one that stands twice counts twice.",
        .example = "composer.MultiStepScheduler milestones=[30ep, 60ep, 80ep] gamma=0.1",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(multi_parameters),
        .proportional = true,
        .bind = multi_bind,
        .value = multi_value,
        .joint = multi_joint,
    },
    {
        .name = "composer.MultiStepWithWarmupScheduler",
        .summary = "linear warmup, then multiply by gamma at each milestone",
        .formula = "α(t) = t / t_warmup if t < t_warmup, else gamma ^ (number of milestones <= t)",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES
        "Milestones within the warmup take effect, together, when it ends. With a ratio, scale_warmup "
        "stretches the ramp but not its end. Deviation: a scaled ramp that truncates to 0 is an error.",
        .example = "composer.MultiStepWithWarmupScheduler t_warmup=5ep milestones=[30ep, 60ep, 80ep] gamma=0.1",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(multi_warm_parameters),
        .proportional = true,
        .bind = multi_warm_bind,
        .value = multi_value,
        .joint = multi_joint,
    },
};

const tempo__family tempo__composer_steps = {types, sizeof types / sizeof types[0]};
