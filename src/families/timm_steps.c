/* timm_steps.c: the schedulers of timm that stay level between changes: Step, MultiStep, WSD. See timm.h for their
 * source and notation. */
#include "families/timm.h"

/* --- drops: b * rate ^ (number of drops so far) --- */

enum { DECAY_T, DECAY_RATE, DROP_WARMUP, DROP_PREFIX = DROP_WARMUP + TIMM_WARMUP_COUNT, DROP_CLOCK };
enum { DROP_COUNT = DROP_CLOCK + TIMM_CLOCK_COUNT };
/* From decay_rate on. */
#define DROP_ROWS                                                                       \
    [DECAY_RATE] = {"decay_rate", TEMPO_REAL, "1.0", RANGE_ANY, "factor of each drop"}, \
    TIMM_WARMUP_ROWS(DROP_WARMUP, RANGE_ANY), [DROP_PREFIX] = TIMM_PREFIX_ROW("true"), TIMM_CLOCK_ROWS(DROP_CLOCK)

typedef struct drops {
    timm_frame frame;
    timm_part *part; /* number of drops until a time */
    double rate;
    double period;             /* of Step */
    const int64_t *milestones; /* of MultiStep */
    size_t count;
} drops;

static tempo_status bind_drops(tempo__binding *binding, timm_part *part, drops **out, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    drops *d = tempo__prepare(binding, 1, sizeof *d);
    *prepared = *out = d;
    if (!d)
        return tempo__out_of_memory(binding->error);
    d->part = part;
    d->rate = given[DECAY_RATE].real;
    return timm_bind_frame(binding, DROP_WARMUP, DROP_CLOCK, given[DROP_PREFIX].flag, &d->frame);
}

static double drops_curve(const void *prepared, int64_t time, double base)
{
    const drops *d = prepared;
    return base * finite_power(d->rate, d->part(d, time));
}

static double drops_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const drops *d = prepared;
    return timm_value(&d->frame, drops_curve, d, now, base);
}

static int64_t drops_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const drops *d = prepared;
    return timm_joint(&d->frame, d->part, d, d->part(d, 0) > 0, facts, batch);
}

/* --- StepLRScheduler: one drop every decay_t --- */

static const tempo_parameter step_parameters[DROP_COUNT] = {
    [DECAY_T] = {"decay_t", TEMPO_REAL, NULL, RANGE_ANY, "time between drops; it need not be whole, but not 0"},
    DROP_ROWS,
};

/* Python's x // y for floats. The quotient of a difference, not of x: x / y alone may be rounded up to the next whole
 * number. */
static double floor_divide(double x, double y)
{
    const double rest = fmod(x, y);
    const double quotient = (x - rest) / y - (rest != 0 && (rest < 0) != (y < 0) ? 1.0 : 0.0);
    const double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

static double step_part(const void *prepared, int64_t time)
{
    const drops *d = prepared;
    return floor_divide((double)time, d->period);
}

static tempo_status step_bind(tempo__binding *binding, void **prepared)
{
    drops *d = NULL;
    const tempo_status status = bind_drops(binding, step_part, &d, prepared);
    if (status)
        return status;
    d->period = binding->arguments[DECAY_T].real;
    if (d->period == 0)
        return tempo__bind_fail(binding, DECAY_T, TEMPO_ZERO_DURATION, "decay_t is 0, and the schedule divides by it");
    if (d->period < 0 && d->rate == 0)
        return tempo__bind_fail(binding, DECAY_RATE, TEMPO_BAD_VALUE,
                                "decay_rate is 0 and decay_t negative, so the schedule divides by 0");
    return TEMPO_OK;
}

/* --- MultiStepLRScheduler: one drop at each milestone <= t + 1 --- */

static const tempo_parameter multi_parameters[DROP_COUNT] = {
    [DECAY_T] = {"decay_t", TEMPO_COUNT_LIST, NULL, RANGE_ANY, "when to drop, ascending; each drop comes one t early"},
    DROP_ROWS,
};

/* Python's bisect_right, step by step: in a list that does not ascend, what it finds depends on where it looks. */
static double multi_part(const void *prepared, int64_t time)
{
    const drops *d = prepared;
    const int64_t reached = time < INT64_MAX ? time + 1 : time;
    size_t low = 0, high = d->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (reached < d->milestones[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return (double)low;
}

static tempo_status multi_bind(tempo__binding *binding, void **prepared)
{
    drops *d = NULL;
    const tempo_status status = bind_drops(binding, multi_part, &d, prepared);
    if (status)
        return status;
    const tempo__argument *decay_t = &binding->arguments[DECAY_T];
    int64_t *milestones = tempo__prepare(binding, decay_t->count, sizeof *milestones);
    if (!milestones)
        return tempo__out_of_memory(binding->error);
    for (size_t i = 0; i < decay_t->count; i++)
        milestones[i] = decay_t->integers[i];
    d->milestones = milestones;
    d->count = decay_t->count;
    return TEMPO_OK;
}

/* --- WSDLRScheduler: warmup, a stable phase, a decay --- */

enum { STABLE_CONSTANT, STABLE_RSQRT, STABLE_POWER };
enum { DECAY_LINEAR, DECAY_SQRT, DECAY_COSINE, DECAY_POWER, DECAY_EXP };
enum {
    WSD_T_INITIAL,
    WSD_DECAY_T,
    WSD_LR_MIN,
    WSD_STABLE_FN,
    WSD_TIMESCALE,
    WSD_STABLE_POWER,
    WSD_DECAY_FN,
    WSD_DECAY_POWER,
    WSD_DECAY_RATIO,
    WSD_WARMUP,
    WSD_CLOCK = WSD_WARMUP + TIMM_WARMUP_COUNT,
    WSD_COUNT = WSD_CLOCK + TIMM_CLOCK_COUNT
};
static const tempo_parameter wsd_parameters[WSD_COUNT] = {
    [WSD_T_INITIAL] = {"t_initial", TEMPO_COUNT, NULL, RANGE_AT_LEAST_1, "length of the stable phase and the decay"},
    [WSD_DECAY_T] = {"decay_t", TEMPO_COUNT, NULL, RANGE_AT_LEAST_1, "length of the decay, the last part of t_initial"},
    [WSD_LR_MIN] = {"lr_min", TEMPO_REAL, "0.0", RANGE_AT_LEAST_0, "value at the end of the decay and from then on"},
    [WSD_STABLE_FN] = {"stable_fn", TEMPO_CHOICE, "constant", CHOICES("constant|rsqrt|power"),
                       "shape of the stable phase, which goes on under the decay"},
    [WSD_TIMESCALE] = {"stable_timescale", TEMPO_REAL, "null", RANGE_ANY,
                       "time scale of rsqrt and power, then > 0; null: warmup_t"},
    [WSD_STABLE_POWER] = {"stable_power", TEMPO_REAL, "0.5", RANGE_ABOVE_0, "exponent of the stable shape power"},
    [WSD_DECAY_FN] = {"decay_fn", TEMPO_CHOICE, "1-sqrt", CHOICES("linear|1-sqrt|cosine|power|exp"),
                      "shape of the decay"},
    [WSD_DECAY_POWER] = {"decay_power", TEMPO_REAL, "0.5", RANGE_ABOVE_0, "exponent of the decay shape power"},
    [WSD_DECAY_RATIO] = {"decay_ratio", TEMPO_REAL, "0.1", RANGE_ABOVE_0,
                         "what the decay shape exp falls to before it is stretched to lr_min; < 1"},
    TIMM_WARMUP_ROWS(WSD_WARMUP, RANGE_ANY),
    TIMM_CLOCK_ROWS(WSD_CLOCK),
};

typedef struct wsd {
    timm_frame frame;
    int64_t stable, decay; /* lengths of the two phases */
    double lr_min;
    double timescale;
    double exponent; /* of the stable phase; 0: constant */
    int64_t decay_fn;
    double decay_power, decay_ratio;
} wsd;

/* Fills in what the stable phase needs. */
static tempo_status bind_stable(tempo__binding *binding, wsd *w)
{
    const tempo__argument *given = binding->arguments;
    const int64_t shape = given[WSD_STABLE_FN].integer;
    if (shape == STABLE_CONSTANT)
        return TEMPO_OK;
    w->exponent = shape == STABLE_RSQRT ? -0.5 : -given[WSD_STABLE_POWER].real;
    w->timescale = given[WSD_TIMESCALE].is_null ? (double)w->frame.warmup : given[WSD_TIMESCALE].real;
    if (w->timescale > 0)
        return TEMPO_OK;
    tempo__bind_fail(binding, WSD_TIMESCALE, TEMPO_ZERO_DURATION, "stable_timescale%s must be > 0 for this stable_fn",
                     given[WSD_TIMESCALE].is_null ? " is warmup_t where it is not given, and" : "");
    tempo__advise(binding->error, "give a stable_timescale");
    return TEMPO_ZERO_DURATION;
}

static tempo_status wsd_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    wsd *w = tempo__prepare(binding, 1, sizeof *w);
    *prepared = w;
    if (!w)
        return tempo__out_of_memory(binding->error);
    tempo_status status = timm_bind_frame(binding, WSD_WARMUP, WSD_CLOCK, true, &w->frame);
    if (!status)
        status = bind_stable(binding, w);
    if (status)
        return status;
    const int64_t length = given[WSD_T_INITIAL].integer, decay = given[WSD_DECAY_T].integer;
    if (decay > length)
        return tempo__bind_fail(binding, WSD_DECAY_T, TEMPO_CONFLICT,
                                "decay_t is %lld, but must not be longer than t_initial, which is %lld",
                                (long long)decay, (long long)length);
    w->stable = length - decay;
    w->decay = decay;
    w->lr_min = given[WSD_LR_MIN].real;
    w->decay_fn = given[WSD_DECAY_FN].integer;
    w->decay_power = given[WSD_DECAY_POWER].real;
    w->decay_ratio = given[WSD_DECAY_RATIO].real;
    if (w->decay_ratio >= 1)
        return tempo__bind_fail(binding, WSD_DECAY_RATIO, TEMPO_BAD_VALUE, "decay_ratio must be above 0 and below 1");
    int64_t end = 0;
    if (tempo__add(&end, length, w->frame.warmup))
        timm_note_length(binding, WSD_T_INITIAL, &w->frame.steps, end, w->lr_min == 0);
    return TEMPO_OK;
}

/* Factor of what is left above lr_min, from 1 to 0. */
static double decayed(const wsd *w, double done)
{
    static const double pi = 3.141592653589793;
    switch (w->decay_fn) {
    case DECAY_LINEAR:
        return 1. - done;
    case DECAY_SQRT:
        return 1. - sqrt(done);
    case DECAY_COSINE:
        return 0.5 * (1. + cos(pi * done));
    case DECAY_POWER:
        return 1. - pow(done, w->decay_power);
    default:
        return (pow(w->decay_ratio, done) - w->decay_ratio) / (1. - w->decay_ratio);
    }
}

static double wsd_curve(const void *prepared, int64_t time, double base)
{
    const wsd *w = prepared;
    const double stable = w->exponent < 0 ? base * pow(1. + (double)time / w->timescale, w->exponent) : base;
    const double level = w->lr_min > stable ? w->lr_min : stable;
    if (time <= w->stable)
        return level;
    const double done = tempo__ratio(time - w->stable, w->decay);
    return w->lr_min + finite_span(w->lr_min, level) * decayed(w, done > 1. ? 1. : done);
}

static double wsd_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const wsd *w = prepared;
    return timm_value(&w->frame, wsd_curve, w, now, base);
}

static double wsd_part(const void *prepared, int64_t time)
{
    const wsd *w = prepared;
    if (time < w->stable)
        return 0;
    return time - w->stable < w->decay ? 1 : 2;
}

static int64_t wsd_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const wsd *w = prepared;
    return timm_joint(&w->frame, wsd_part, w, false, facts, batch);
}

bool timm_wsd_length(timm_value_at *value, const void *prepared, int64_t *out)
{
    const wsd *w = prepared;
    if (value != wsd_value)
        return false;
    if (!tempo__add(out, w->stable, w->decay) || !tempo__add(out, *out, w->frame.warmup))
        *out = INT64_MAX;
    return true;
}

/* --- the types --- */

#define DROP_NOTES                                                                                                   \
    TIMM_NOTES                                                                                                       \
    "Without warmup_prefix the drops count from the start, under the warmup. Deviation: where the power overflows, " \
    "timm raises; here the value stays finite."

static const tempo_type types[] = {
    {
        .name = "timm.StepLRScheduler",
        .summary = "multiply by decay_rate at a fixed interval, with warmup",
        .formula = "lr(t) = base * decay_rate ^ floor((t - warmup_t) / decay_t)",
        .source = TIMM_SOURCE "step_lr.py",
        .notes = DROP_NOTES,
        .example = "timm.StepLRScheduler decay_t=2.4 decay_rate=0.97 warmup_t=5 warmup_lr_init=0.05",
        .example_run = "--max-duration 90ep --batches-per-epoch 100",
        PARAMETERS(step_parameters),
        .counting = TEMPO__COUNTS_EPOCHS,
        .bind = step_bind,
        .value = drops_value,
        .joint = drops_joint,
    },
    {
        .name = "timm.MultiStepLRScheduler",
        .summary = "multiply by decay_rate at each milestone, one t early, with warmup",
        .formula = "lr(t) = base * decay_rate ^ (number of decay_t <= t - warmup_t + 1)",
        .source = TIMM_SOURCE "multistep_lr.py",
        .notes = DROP_NOTES
        " A milestone takes effect at t = milestone - 1, one epoch before PyTorch's MultiStepLR would. decay_t must "
        "ascend; timm does not check, and finds odd places in a list that does not: the same here.",
        .example = "timm.MultiStepLRScheduler decay_t=[30, 60, 80] decay_rate=0.1 warmup_t=5 warmup_lr_init=0.05",
        .example_run = "--max-duration 90ep --batches-per-epoch 100",
        PARAMETERS(multi_parameters),
        .counting = TEMPO__COUNTS_EPOCHS,
        .bind = multi_bind,
        .value = drops_value,
        .joint = drops_joint,
    },
    {
        .name = "timm.WSDLRScheduler",
        .summary = "warmup, a stable phase, and a decay to lr_min at the end",
        .formula = "lr(t) = lr_min + (base * stable(t - warmup_t) - lr_min) * decay(progress of the last decay_t)",
        .source = TIMM_SOURCE "wsd_lr.py",
        .notes = TIMM_NOTES "The warmup always comes before t_initial. lr_min is reached at t = warmup_t + t_initial, "
                            "one t after the last that is trained. decay_fn cannot be a function here.",
        .example = "timm.WSDLRScheduler t_initial=85 decay_t=17 lr_min=0.01 warmup_t=5 warmup_lr_init=0.05",
        .example_run = "--max-duration 90ep --batches-per-epoch 100",
        PARAMETERS(wsd_parameters),
        .counting = TEMPO__COUNTS_EPOCHS,
        .bind = wsd_bind,
        .value = wsd_value,
        .joint = wsd_joint,
    },
};

const tempo__family tempo__timm_steps = {types, sizeof types / sizeof types[0]};
