/* timm.c: the schedulers of timm that run in cycles: Cosine, Tanh, Poly. See timm.h for their source and notation. */
#include "families/timm.h"

/* --- what all of timm's types share --- */

tempo_status timm_bind_frame(tempo__binding *binding, size_t warmup, size_t clock, bool prefix, timm_frame *out)
{
    tempo_status status = tempo__refuse_ratio(binding);
    if (!status)
        status = timm_bind_noise(binding, clock + 1, &out->noise);
    if (status)
        return status;
    if (!binding->arguments[clock].flag && !binding->has_every)
        binding->steps = (tempo__steps){TEMPO_BATCH, tempo__counter_offset(TEMPO_BATCH), 1};
    const int64_t length = binding->arguments[warmup].integer;
    out->steps = binding->steps;
    out->warmup = length > -INT64_MAX ? length : -INT64_MAX;
    out->start = binding->arguments[warmup + 1].real;
    out->offset = prefix ? out->warmup : 0;
    return TEMPO_OK;
}

void timm_note_length(tempo__binding *binding, size_t parameter, const tempo__steps *steps, int64_t length,
                      bool ends_at_zero)
{
    const int64_t run = tempo__run_batches(binding);
    const int64_t end = tempo__batch_of_step(binding->facts, steps, length);
    char words[TEMPO__TIME_WORDS_MAX], last[TEMPO__TIME_WORDS_MAX];
    if (run < 0 || end < 0 || end == run)
        return;
    tempo__time_words(words, (tempo_time){TEMPO_BATCH, end, 0});
    tempo__time_words(last, (tempo_time){TEMPO_BATCH, run, 0});
    if (end > run)
        tempo__bind_find(binding, parameter, TEMPO_FINDING_BEYOND_END,
                         "a warmup_prefix, more cycles and a cooldown all make the schedule longer than its epochs",
                         "the schedule ends at %s, and the run already at %s", words, last);
    else if (ends_at_zero)
        tempo__bind_find(binding, parameter, TEMPO_FINDING_ENDS_AT_ZERO,
                         "let the schedule end with the run, or above 0",
                         "the value is 0 from %s on, and the run goes on to %s", words, last);
}

/* The first time after `from` at which another part of the curve begins; -1 when there is none. */
static int64_t next_part(timm_part *part, const void *prepared, int64_t from)
{
    const double current = part(prepared, from);
    int64_t low = from, high = from, distance = 1;
    while (part(prepared, high) == current) {
        if (high == INT64_MAX)
            return -1;
        low = high;
        if (!tempo__add(&high, from, distance))
            high = INT64_MAX;
        if (!tempo__multiply(&distance, distance, 2))
            distance = INT64_MAX;
    }
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (part(prepared, middle) == current)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* The step after `done` that has noise of its own, or the first one without; false when there is none. */
static bool next_noise(const timm_noise *noise, int64_t done, int64_t *step)
{
    if (noise->first > noise->last || done > noise->last || !tempo__add(step, done, 1))
        return false;
    *step = *step > noise->first ? *step : noise->first;
    return true;
}

int64_t timm_joint(const timm_frame *frame, timm_part *part, const void *prepared, bool jumps_off,
                   const tempo__facts *facts, int64_t batch)
{
    const int64_t done = tempo__steps_after(facts, &frame->steps, batch);
    const int64_t main = frame->warmup > 0 ? frame->warmup : 0;
    int64_t best = -1, step = 0;
    if (main)
        best = tempo__nearer_step(best, facts, &frame->steps, main, batch);
    else if (jumps_off)
        best = tempo__nearer_step(best, facts, &frame->steps, 1, batch);
    const int64_t next = next_part(part, prepared, timm_curve_time(frame, done > main ? done : main));
    if (next >= 0 && tempo__add(&step, next, frame->offset))
        best = tempo__nearer_step(best, facts, &frame->steps, step, batch);
    if (next_noise(&frame->noise, done, &step))
        best = tempo__nearer_step(best, facts, &frame->steps, step, batch);
    return best;
}

/* --- cycles: the i-th has A * c ^ i steps, and starts at b * decay ^ i --- */

enum { LR_MIN, CYCLE_MUL, CYCLE_DECAY, CYCLE_LIMIT, WARMUP_T, PREFIX = WARMUP_T + TIMM_WARMUP_COUNT, CLOCK };
enum { CYCLE_ROW_COUNT = CLOCK + TIMM_CLOCK_COUNT };

#define T_INITIAL_ROW                                                                 \
    {                                                                                 \
        "t_initial", TEMPO_COUNT, NULL, RANGE_AT_LEAST_1, "length of the first cycle" \
    }
#define K_DECAY_ROW                                                       \
    {                                                                     \
        "k_decay", TEMPO_REAL, "1.0", RANGE_AT_LEAST_0,                   \
            "exponent of the progress within a cycle: above 1 the value " \
            "stays high for longer"                                       \
    }
/* From lr_min to the noise; only TanhLRScheduler limits the range of the limit and the warmup. */
#define CYCLE_ROWS(at, range)                                                                                        \
    [(at) + LR_MIN] = {"lr_min", TEMPO_REAL, "0.0", RANGE_AT_LEAST_0, "value at the end of every cycle"},            \
            [(at) + CYCLE_MUL] = {"cycle_mul", TEMPO_REAL, "1.0", RANGE_ABOVE_0,                                     \
                                  "each cycle is this times as long as the one before"},                             \
            [(at) + CYCLE_DECAY] = {"cycle_decay", TEMPO_REAL, "1.0", RANGE_ANY,                                     \
                                    "each cycle starts at this times the start of the one before"},                  \
            [(at) + CYCLE_LIMIT] = {"cycle_limit", TEMPO_COUNT, "1", range, "how many cycles; lr_min from then on"}, \
            TIMM_WARMUP_ROWS((at) + WARMUP_T, range), [(at) + PREFIX] = TIMM_PREFIX_ROW("false"),                    \
            TIMM_CLOCK_ROWS((at) + CLOCK)

typedef struct cycles {
    timm_frame frame;
    int64_t length; /* A */
    double lr_min;
    double mul, log_mul; /* c */
    double decay;
    int64_t limit;
    double k, length_power; /* A ^ k */
    double power;           /* of Poly */
    double lower, upper;    /* of Tanh */
} cycles;

/* Where a time lies in its cycle. */
typedef struct place {
    double done, length;
    double length_power; /* length ^ k */
    double start;        /* factor of the base */
} place;

/* The cycle of a time by timm's own arithmetic, which near a boundary may name the neighbour; INT64_MAX where it has
 * none. */
static int64_t cycle_at(const cycles *c, int64_t time)
{
    if (c->mul == 1.0)
        return time / c->length;
    const double growth = 1 - tempo__ratio(time, c->length) * (1 - c->mul);
    if (!(growth > 0))
        return INT64_MAX;
    int64_t cycle = 0;
    return tempo__truncate(&cycle, floor(log(finite(growth)) / c->log_mul)) ? cycle : INT64_MAX;
}

/* For timm_joint(). */
static double part_at(const void *prepared, int64_t time)
{
    const cycles *c = prepared;
    const int64_t cycle = cycle_at(c, time);
    return (double)(cycle < c->limit ? cycle : c->limit);
}

/* False past the last cycle. */
static bool find_place(const cycles *c, int64_t time, place *out)
{
    const int64_t cycle = cycle_at(c, time);
    if (cycle >= c->limit)
        return false;
    out->start = cycle == 0 ? 1.0 : finite_power(c->decay, (double)cycle);
    if (c->mul == 1.0) {
        out->done = (double)(time - c->length * cycle);
        out->length = (double)c->length;
        out->length_power = c->length_power;
        return true;
    }
    const double growth = finite_power(c->mul, (double)cycle);
    out->length = finite(growth * (double)c->length);
    out->done = (double)time - (1 - growth) / (1 - c->mul) * (double)c->length;
    out->length_power = c->k == 1.0 ? out->length : pow(out->length, c->k);
    return true;
}

/* From what a cycle starts at to lr_min: the height of the curve of this type. */
static double fall(const cycles *c, const place *at, double base)
{
    return finite_span(c->lr_min, base * at->start);
}

/* --- binding --- */

/* The first time at which cycles that shrink have used up A / (1 - c): from there on the logarithm in upstream's
 * formula has no value. INT64_MAX when they never do. */
static int64_t end_of_shrinking(const cycles *c)
{
    if (c->mul >= 1.0)
        return INT64_MAX;
    int64_t low = 0, high = INT64_MAX;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (cycle_at(c, middle) == INT64_MAX)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* Cycles that shrink have an end, past which there is no value; a run that gets there is refused. */
static tempo_status check_shrinking(tempo__binding *binding, size_t cycle_mul, const cycles *c)
{
    int64_t step = 0;
    const int64_t end = end_of_shrinking(c);
    if (end == INT64_MAX || !tempo__add(&step, end, c->frame.offset))
        return TEMPO_OK;
    if (step < c->frame.warmup)
        step = c->frame.warmup;
    const int64_t run = tempo__run_batches(binding);
    const int64_t batch = tempo__batch_of_step(binding->facts, &c->frame.steps, step);
    const bool warms_past = c->frame.joins_curve && c->frame.warmup >= end;
    if (batch > 0)
        binding->undefined_from = batch;
    if (!warms_past && (batch < 0 || batch > run))
        return TEMPO_OK;
    tempo__bind_fail(binding, cycle_mul, TEMPO_ZERO_DURATION,
                     "the cycles get shorter and shorter and have come to an end at t = %lld, before the %s has",
                     (long long)step, warms_past ? "warmup" : "run");
    tempo__advise(binding->error, "give a cycle_mul of 1 or more, or a longer t_initial");
    return TEMPO_ZERO_DURATION;
}

int64_t timm_cycles_length(const void *prepared, int64_t cycle_count)
{
    const cycles *c = prepared;
    const int64_t wanted = cycle_count > 0 ? cycle_count : c->limit;
    const int64_t limit = wanted > 1 ? wanted : 1;
    int64_t length = 0;
    if (c->mul == 1.0) {
        if (!tempo__multiply(&length, c->length, limit))
            return INT64_MAX;
    } else {
        const double growth = finite_power(c->mul, (double)limit);
        if (!tempo__truncate(&length, floor(-(double)c->length * (growth - 1) / (1 - c->mul))))
            return INT64_MAX;
    }
    return tempo__add(&length, length, c->frame.offset) ? length : INT64_MAX;
}

/* Prepares what all have; `at` is the place of lr_min, and t_initial is the first parameter. */
static tempo_status bind_cycles(tempo__binding *binding, size_t at, double k, cycles *c)
{
    const tempo__argument *given = binding->arguments;
    const tempo_status status = timm_bind_frame(binding, at + WARMUP_T, at + CLOCK, given[at + PREFIX].flag, &c->frame);
    if (status)
        return status;
    c->length = given[0].integer;
    c->lr_min = given[at + LR_MIN].real;
    c->mul = given[at + CYCLE_MUL].real;
    c->log_mul = log(c->mul);
    c->decay = given[at + CYCLE_DECAY].real;
    c->limit = given[at + CYCLE_LIMIT].integer;
    c->k = k;
    c->length_power = pow((double)c->length, k);
    if (!isfinite(c->length_power))
        return tempo__bind_fail(binding, at + CLOCK + TIMM_CLOCK_COUNT, TEMPO_OUT_OF_RANGE,
                                "t_initial to the power of k_decay is too large for a double");
    timm_note_length(binding, 0, &c->frame.steps, timm_cycles_length(c, 0), c->lr_min == 0);
    return check_shrinking(binding, at + CYCLE_MUL, c);
}

static cycles *take_cycles(tempo__binding *binding, void **prepared)
{
    cycles *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        tempo__out_of_memory(binding->error);
    return c;
}

/* --- CosineLRScheduler --- */

enum { COSINE_T_INITIAL, COSINE_CYCLES, COSINE_K = COSINE_CYCLES + CYCLE_ROW_COUNT, COSINE_COUNT };
static const tempo_parameter cosine_parameters[COSINE_COUNT] = {
    [COSINE_T_INITIAL] = T_INITIAL_ROW,
    CYCLE_ROWS(COSINE_CYCLES, RANGE_ANY),
    [COSINE_K] = K_DECAY_ROW,
};

static tempo_status cosine_bind(tempo__binding *binding, void **prepared)
{
    cycles *c = take_cycles(binding, prepared);
    return c ? bind_cycles(binding, COSINE_CYCLES, binding->arguments[COSINE_K].real, c) : TEMPO_NO_MEMORY;
}

static double cosine_curve(const void *prepared, int64_t time, double base)
{
    static const double pi = 3.141592653589793;
    const cycles *c = prepared;
    place at;
    if (!find_place(c, time, &at))
        return c->lr_min;
    const double phase = finite_progress(pi, at.done, at.length, c->k, at.length_power);
    return c->lr_min + 0.5 * fall(c, &at, base) * (1 + cos(phase));
}

static double cosine_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const cycles *c = prepared;
    return timm_value(&c->frame, cosine_curve, c, now, base);
}

static int64_t cycles_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const cycles *c = prepared;
    return timm_joint(&c->frame, part_at, c, c->limit <= 0, facts, batch);
}

/* --- TanhLRScheduler --- */

enum { TANH_T_INITIAL, TANH_LB, TANH_UB, TANH_CYCLES, TANH_COUNT = TANH_CYCLES + CYCLE_ROW_COUNT };
static const tempo_parameter tanh_parameters[TANH_COUNT] = {
    [TANH_T_INITIAL] = T_INITIAL_ROW,
    [TANH_LB] = {"lb", TEMPO_REAL, "-7.0", RANGE_ANY, "where on the hyperbolic tangent a cycle starts; below ub"},
    [TANH_UB] = {"ub", TEMPO_REAL, "3.0", RANGE_ANY, "where it ends"},
    CYCLE_ROWS(TANH_CYCLES, RANGE_AT_LEAST_0),
};

static tempo_status tanh_bind(tempo__binding *binding, void **prepared)
{
    cycles *c = take_cycles(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->lower = binding->arguments[TANH_LB].real;
    c->upper = binding->arguments[TANH_UB].real;
    if (!(c->lower < c->upper))
        return tempo__bind_fail(binding, TANH_LB, TEMPO_CONFLICT, "lb must be below ub");
    c->frame.joins_curve =
        !binding->arguments[TANH_CYCLES + PREFIX].flag && binding->arguments[TANH_CYCLES + WARMUP_T].integer;
    return bind_cycles(binding, TANH_CYCLES, 1.0, c);
}

static double tanh_curve(const void *prepared, int64_t time, double base)
{
    const cycles *c = prepared;
    place at;
    if (!find_place(c, time, &at))
        return c->lr_min;
    const double done = at.done / at.length;
    const double bend = tanh(finite(c->lower * (1. - done)) + finite(c->upper * done));
    return c->lr_min + 0.5 * fall(c, &at, base) * (1 - bend);
}

static double tanh_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const cycles *c = prepared;
    return timm_value(&c->frame, tanh_curve, c, now, base);
}

static int64_t tanh_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const cycles *c = prepared;
    return timm_joint(&c->frame, part_at, c, true, facts, batch);
}

/* --- PolyLRScheduler --- */

enum { POLY_T_INITIAL, POLY_POWER, POLY_CYCLES, POLY_K = POLY_CYCLES + CYCLE_ROW_COUNT, POLY_COUNT };
static const tempo_parameter poly_parameters[POLY_COUNT] = {
    [POLY_T_INITIAL] = T_INITIAL_ROW,
    [POLY_POWER] = {"power", TEMPO_REAL, "0.5", RANGE_ANY, "exponent; 1 is a straight line"},
    CYCLE_ROWS(POLY_CYCLES, RANGE_ANY),
    [POLY_K] = K_DECAY_ROW,
};

/* A negative power divides by zero where a cycle ends. Only cycles of one length are sure to end before that. */
static tempo_status check_power(tempo__binding *binding, const cycles *c)
{
    const double latest = (double)(c->length - 1);
    const double left = 1 - finite_progress(1, latest, (double)c->length, c->k, c->length_power);
    if (c->power >= 0 || (c->mul == 1.0 && left > 0))
        return TEMPO_OK;
    tempo__bind_fail(binding, POLY_POWER, TEMPO_BAD_VALUE,
                     "power is negative, and with this cycle_mul or k_decay the schedule divides by 0");
    tempo__advise(binding->error, "give a power of 0 or more");
    return TEMPO_BAD_VALUE;
}

static tempo_status poly_bind(tempo__binding *binding, void **prepared)
{
    cycles *c = take_cycles(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->power = binding->arguments[POLY_POWER].real;
    const tempo_status status = bind_cycles(binding, POLY_CYCLES, binding->arguments[POLY_K].real, c);
    return status ? status : check_power(binding, c);
}

static double poly_curve(const void *prepared, int64_t time, double base)
{
    const cycles *c = prepared;
    place at;
    if (!find_place(c, time, &at))
        return c->lr_min;
    const double left = 1 - finite_progress(1, at.done, at.length, c->k, at.length_power);
    const double height = finite_power(left, c->power);
    /* What was rounded to just below 0 has no root. */
    return c->lr_min + fall(c, &at, base) * (isnan(height) ? 0.0 : height);
}

static double poly_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const cycles *c = prepared;
    return timm_value(&c->frame, poly_curve, c, now, base);
}

/* --- lengths --- */

bool timm_length(timm_value_at *value, const void *prepared, int64_t cycle_count, int64_t *out)
{
    if (value != cosine_value && value != tanh_value && value != poly_value)
        return timm_wsd_length(value, prepared, out);
    *out = timm_cycles_length(prepared, cycle_count);
    return true;
}

/* --- the types --- */

#define CYCLE_NOTES                                                                                                \
    TIMM_NOTES                                                                                                     \
    "The cycle of a time is found through a logarithm in floating point, as in timm, so a boundary may belong to " \
    "the cycle before it. Deviations: cycles that shrink (cycle_mul below 1) come to an end, where timm raises a " \
    "math domain error; a run that gets there is refused. Where a power overflows, or the progress in a cycle is " \
    "rounded to just below 0 and has no real power, timm raises too; here the value stays finite. "
#define JUMP_NOTE \
    "Without warmup_prefix the curve has been running under the warmup, so the value jumps down when it ends. "
#define K_NOTE "A negative k_decay is refused, since it divides by zero where a cycle starts."

static const tempo_type types[] = {
    {
        .name = "timm.CosineLRScheduler",
        .summary = "cosine from the base to lr_min in one or more cycles, with warmup and k-decay",
        .formula = "lr(t) = lr_min + (peak - lr_min) * (1 + cos(pi * t_cycle ^ k_decay / length ^ k_decay)) / 2, "
                   "peak = base * cycle_decay ^ cycle, length = t_initial * cycle_mul ^ cycle",
        .source = TIMM_SOURCE "cosine_lr.py",
        .notes = CYCLE_NOTES JUMP_NOTE K_NOTE,
        .example = "timm.CosineLRScheduler t_initial=30 lr_min=0.01 cycle_mul=1.5 cycle_decay=0.5 cycle_limit=3 "
                   "warmup_t=5 warmup_lr_init=0.05 warmup_prefix=true",
        .example_run = "--max-duration 150ep --batches-per-epoch 100",
        PARAMETERS(cosine_parameters),
        .counting = TEMPO__COUNTS_EPOCHS,
        .bind = cosine_bind,
        .value = cosine_value,
        .joint = cycles_joint,
    },
    {
        .name = "timm.TanhLRScheduler",
        .summary = "hyperbolic tangent from the base to lr_min in one or more cycles, with warmup",
        .formula = "lr(t) = lr_min + (peak - lr_min) * (1 - tanh(lb + (ub - lb) * t_cycle / length)) / 2, "
                   "peak = base * cycle_decay ^ cycle, length = t_initial * cycle_mul ^ cycle",
        .source = TIMM_SOURCE "tanh_lr.py",
        .notes = CYCLE_NOTES
        "Without warmup_prefix the warmup aims at where the curve is when it ends, not at the base. The curve starts "
        "just below the base and ends well above lr_min, from where it jumps.",
        .example = "timm.TanhLRScheduler t_initial=30 lr_min=0.01 cycle_mul=1.5 cycle_decay=0.5 cycle_limit=3 "
                   "warmup_t=5 warmup_lr_init=0.05",
        .example_run = "--max-duration 150ep --batches-per-epoch 100",
        PARAMETERS(tanh_parameters),
        .counting = TEMPO__COUNTS_EPOCHS,
        .bind = tanh_bind,
        .value = tanh_value,
        .joint = tanh_joint,
    },
    {
        .name = "timm.PolyLRScheduler",
        .summary = "a power of the time that is left, in one or more cycles, with warmup and k-decay",
        .formula = "lr(t) = lr_min + (peak - lr_min) * (1 - t_cycle ^ k_decay / length ^ k_decay) ^ power, "
                   "peak = base * cycle_decay ^ cycle, length = t_initial * cycle_mul ^ cycle",
        .source = TIMM_SOURCE "poly_lr.py",
        .notes = CYCLE_NOTES JUMP_NOTE K_NOTE
        " A negative power is refused unless cycle_mul is 1, since it may divide by zero where a cycle ends.",
        .example = "timm.PolyLRScheduler t_initial=30 power=0.9 lr_min=0.01 cycle_mul=1.5 cycle_decay=0.5 "
                   "cycle_limit=3 warmup_t=5 warmup_lr_init=0.05",
        .example_run = "--max-duration 150ep --batches-per-epoch 100",
        PARAMETERS(poly_parameters),
        .counting = TEMPO__COUNTS_EPOCHS,
        .bind = poly_bind,
        .value = poly_value,
        .joint = cycles_joint,
    },
};

const tempo__family tempo__timm = {types, sizeof types / sizeof types[0]};
