/* huggingface.c: the schedules of Hugging Face transformers. Knows only the registry's seam.
 *
 * Source: transformers 5.24, transformers/optimization.py, checked against the running package. Its functions make a
 * LambdaLR of PyTorch, so a value is the base times a factor of the step; the order of every operation is theirs. In
 * comments n is the number of steps completed, W the warmup, T num_training_steps, and lr the initial learning rate.
 */
#include "families/finite.h"
#include "schedule/type.h"

#define SOURCE "transformers 5.24, transformers/optimization.py"
#define RUN "--max-duration 10000ba"
#define NOTES                                                                                                       \
    "t counts updates. A number of steps may have a fraction, as 0.1 * total has; deviation: one below 0 or above " \
    "10^15 is refused. A scale schedule ratio other than 1 is refused. "
#define UNCLAMPED_NOTE                                                                                             \
    "Nothing holds the curve at its end: with num_cycles=0.5 it climbs again after num_training_steps, up to the " \
    "base. "
#define INIT_NOTE                                                                                                      \
    "transformers reads the initial learning rate from the optimizer's defaults, whatever the groups have: give that " \
    "as lr_init. Without, each group has its own base in its place, which is the same where all are equal. A base of " \
    "0 then stays 0, where transformers divides by it. "

static const double pi = 3.141592653589793;

/* --- numbers of steps --- */

/* Python computes with integers while both sides are integers, and with floats from the first one that is none. */
typedef struct amount {
    bool whole;
    int64_t integer; /* of one that is whole */
    double real;     /* the same as a float */
} amount;

#define RANGE_STEPS 0, 1e15, false, NULL /* so that sums of some are exact */

static amount whole(int64_t count)
{
    return (amount){true, count, (double)count};
}

static amount amount_of(const tempo__argument *given)
{
    return given->whole ? whole(given->integer) : (amount){false, 0, given->real};
}

static amount plus(amount a, amount b)
{
    return a.whole && b.whole ? whole(a.integer + b.integer) : (amount){false, 0, a.real + b.real};
}

static amount minus(amount a, amount b)
{
    return a.whole && b.whole ? whole(a.integer - b.integer) : (amount){false, 0, a.real - b.real};
}

static bool is_before(int64_t step, amount end)
{
    return end.whole ? step < end.integer : (double)step < end.real;
}

/* float(step - start) */
static double after(int64_t step, amount start)
{
    return start.whole ? (double)(step - start.integer) : (double)step - start.real;
}

static double at_least_0(double x)
{
    return x > 0.0 ? x : 0.0;
}

static double at_least_1(double x)
{
    return x > 1.0 ? x : 1.0;
}

/* The first step that is not before it. */
static int64_t first_step(amount end)
{
    return end.whole ? end.integer : (int64_t)ceil(end.real);
}

static int64_t nearer(int64_t best, const tempo__facts *facts, const tempo__steps *steps, amount at, int64_t batch)
{
    const int64_t step = first_step(at);
    return step > 0 ? tempo__nearer_step(best, facts, steps, step, batch) : best;
}

/* --- what most of the types prepare --- */

/* The places of the first two parameters, where a type has them. */
enum { WARMUP, TRAINING };
#define WARMUP_ROW [WARMUP] = {"num_warmup_steps", TEMPO_REAL, NULL, RANGE_STEPS, "steps of the warmup"}
#define TRAINING_ROW \
    [TRAINING] = {"num_training_steps", TEMPO_REAL, NULL, RANGE_STEPS, "steps of the training, with the warmup"}

typedef struct curve {
    tempo__steps steps;
    amount warmup, training; /* W, T */
    double ramp;             /* max(1, W) */
    double length;           /* max(1, T - W) */
    double cycles;
    double angle; /* of all waves: pi * cycles * 2 */
    double end;   /* lr_end; or the floor, as a value or a rate */
    bool end_is_rate;
    double init; /* lr; 0: the base */
    double power;
    amount scale, shift; /* timescale, and timescale - W */
    bool has_start;
    double start; /* factor where the warmup starts */
} curve;

static curve *take_curve(tempo__binding *binding, void **prepared)
{
    curve *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c) {
        tempo__out_of_memory(binding->error);
        return NULL;
    }
    c->steps = binding->steps;
    c->warmup = amount_of(&binding->arguments[WARMUP]);
    c->ramp = at_least_1(c->warmup.real);
    return c;
}

/* The same for a type that has an end too. */
static curve *take_decay(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return NULL;
    c->training = amount_of(&binding->arguments[TRAINING]);
    c->length = at_least_1(minus(c->training, c->warmup).real);
    return c;
}

static double ramp(const curve *c, int64_t step)
{
    return (double)step / c->ramp;
}

static double progress(const curve *c, int64_t step)
{
    return after(step, c->warmup) / c->length;
}

static double wave(double angle)
{
    return 0.5 * (1.0 + cos(finite(angle)));
}

/* Of a schedule that comes to its end at `end`, the batch of that and the length of the run; false: that is not within
 * the run. */
static bool ends_early(const tempo__binding *binding, amount end, int64_t *batch, int64_t *run)
{
    *run = tempo__run_batches(binding);
    *batch = tempo__batch_of_step(binding->facts, &binding->steps, first_step(end));
    return *batch >= 0 && *batch < *run;
}

static void note_warmup(tempo__binding *binding, amount warmup)
{
    const int64_t run = tempo__run_batches(binding);
    const int64_t end = tempo__batch_of_step(binding->facts, &binding->steps, first_step(warmup));
    char words[TEMPO__TIME_WORDS_MAX];
    if (run >= 0 && end > 0 && end >= run)
        tempo__bind_find(binding, WARMUP, TEMPO_FINDING_BEYOND_END, "make the warmup shorter than the run",
                         "num_warmup_steps ends at %s, which is not before the end of the run",
                         tempo__time_words(words, (tempo_time){TEMPO_BATCH, end, 0}));
}

static void note_zero(tempo__binding *binding, const curve *c)
{
    int64_t end = 0, run = 0;
    char words[TEMPO__TIME_WORDS_MAX], last[TEMPO__TIME_WORDS_MAX];
    if (ends_early(binding, c->training, &end, &run))
        tempo__bind_find(binding, TRAINING, TEMPO_FINDING_ENDS_AT_ZERO, "let num_training_steps be those of the run",
                         "the value is 0 from %s on, and the run goes on to %s",
                         tempo__time_words(words, (tempo_time){TEMPO_BATCH, end, 0}),
                         tempo__time_words(last, (tempo_time){TEMPO_BATCH, run, 0}));
}

/* Nothing holds the curve at its minimum. */
static void note_climb(tempo__binding *binding, const curve *c)
{
    int64_t end = 0, run = 0;
    char words[TEMPO__TIME_WORDS_MAX], last[TEMPO__TIME_WORDS_MAX];
    if (c->cycles == 0.5 && ends_early(binding, plus(c->training, whole(1)), &end, &run))
        tempo__bind_find(binding, TRAINING, TEMPO_FINDING_CLIMBS_AGAIN, "let num_training_steps be those of the run",
                         "the value climbs again from %s on, and the run goes on to %s",
                         tempo__time_words(words, (tempo_time){TEMPO_BATCH, end, 0}),
                         tempo__time_words(last, (tempo_time){TEMPO_BATCH, run, 0}));
}

static int64_t joint_at_warmup(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const curve *c = prepared;
    return nearer(-1, facts, &c->steps, c->warmup, batch);
}

static int64_t joint_at_warmup_and_end(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const curve *c = prepared;
    return nearer(joint_at_warmup(prepared, facts, batch), facts, &c->steps, c->training, batch);
}

/* --- constant --- */

static tempo_status constant_bind(tempo__binding *binding, void **prepared)
{
    *prepared = tempo__prepare(binding, 1, 1);
    return *prepared ? tempo__refuse_ratio(binding) : tempo__out_of_memory(binding->error);
}

static double constant_value(const void *prepared, const tempo_timestamp *now, double base)
{
    (void)prepared;
    (void)now;
    return base;
}

/* --- constant with warmup: n / max(1, W), then 1 --- */

static const tempo_parameter warm_parameters[] = {WARMUP_ROW};

static tempo_status warm_bind(tempo__binding *binding, void **prepared)
{
    const curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    note_warmup(binding, c->warmup);
    return tempo__refuse_ratio(binding);
}

static double warm_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const int64_t n = tempo__steps_at(&c->steps, now);
    return base * (is_before(n, c->warmup) ? ramp(c, n) : 1.0);
}

/* --- linear: (T - n) / max(1, T - W) --- */

static const tempo_parameter linear_parameters[] = {WARMUP_ROW, TRAINING_ROW};

static tempo_status linear_bind(tempo__binding *binding, void **prepared)
{
    const curve *c = take_decay(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    note_warmup(binding, c->warmup);
    note_zero(binding, c);
    return tempo__refuse_ratio(binding);
}

static double linear_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const int64_t n = tempo__steps_at(&c->steps, now);
    return base * (is_before(n, c->warmup) ? ramp(c, n) : at_least_0(-after(n, c->training) / c->length));
}

/* --- cosine: (1 + cos(pi * cycles * 2 * progress)) / 2 --- */

enum { CYCLES = TRAINING + 1, CYCLES_COUNT };
static const tempo_parameter cosine_parameters[CYCLES_COUNT] = {
    WARMUP_ROW,
    TRAINING_ROW,
    [CYCLES] = {"num_cycles", TEMPO_REAL, "0.5", RANGE_ANY, "waves; with 0.5 it falls once"},
};

static void bind_cycles(tempo__binding *binding, curve *c)
{
    c->cycles = binding->arguments[CYCLES].real;
    c->angle = finite(pi * c->cycles * 2.0);
    note_warmup(binding, c->warmup);
    note_climb(binding, c);
}

static tempo_status cosine_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_decay(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    bind_cycles(binding, c);
    return tempo__refuse_ratio(binding);
}

static double cosine_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const int64_t n = tempo__steps_at(&c->steps, now);
    return base * (is_before(n, c->warmup) ? ramp(c, n) : at_least_0(wave(c->angle * progress(c, n))));
}

/* --- cosine with hard restarts: (1 + cos(pi * (cycles * progress % 1))) / 2 --- */

static const tempo_parameter restarts_parameters[CYCLES_COUNT] = {
    WARMUP_ROW,
    TRAINING_ROW,
    [CYCLES] = {"num_cycles", TEMPO_REAL, "1", RANGE_AT_LEAST_0, "falls, each from the base again"},
};

static tempo_status restarts_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_decay(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->cycles = binding->arguments[CYCLES].real;
    note_warmup(binding, c->warmup);
    note_zero(binding, c);
    return tempo__refuse_ratio(binding);
}

static double restarts_factor(const curve *c, int64_t n)
{
    if (is_before(n, c->warmup))
        return ramp(c, n);
    const double done = progress(c, n);
    if (done >= 1.0)
        return 0.0;
    const double cycle = c->cycles * done;
    return at_least_0(wave(pi * (cycle - floor(cycle))));
}

static double restarts_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * restarts_factor(c, tempo__steps_at(&c->steps, now));
}

/* The first step after `step`, which is past the warmup, in another cycle; -1: there is none before the end. */
static int64_t next_restart(const curve *c, int64_t step, int64_t end)
{
    const double cycle = floor(c->cycles * progress(c, step));
    const double near = c->warmup.real + (cycle + 1) / c->cycles * c->length;
    if (!(near >= (double)step && near < (double)end)) /* below `step` only where doubles do not tell steps apart */
        return -1;
    int64_t next = (int64_t)near - 1; /* rounding may have moved it by one */
    next = next > step ? next : step + 1;
    while (next < end && floor(c->cycles * progress(c, next)) == cycle)
        next++;
    return next < end ? next : -1;
}

static int64_t restarts_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const curve *c = prepared;
    const amount end = plus(c->warmup, c->length > 1 ? minus(c->training, c->warmup) : whole(1));
    const int64_t step = tempo__steps_after(facts, &c->steps, batch);
    int64_t best = nearer(joint_at_warmup(prepared, facts, batch), facts, &c->steps, end, batch);
    const int64_t start = first_step(c->warmup), last = first_step(end);
    const int64_t next = step < last ? next_restart(c, step > start ? step : start, last) : -1;
    return next > 0 ? tempo__nearer_step(best, facts, &c->steps, next, batch) : best;
}

/* --- polynomial: ((lr - end) * (1 - (n - W) / (T - W)) ^ power + end) / lr --- */

enum { POLYNOMIAL_END = TRAINING + 1, POLYNOMIAL_POWER, POLYNOMIAL_INIT, POLYNOMIAL_COUNT };
static const tempo_parameter polynomial_parameters[POLYNOMIAL_COUNT] = {
    WARMUP_ROW,
    TRAINING_ROW,
    [POLYNOMIAL_END] = {"lr_end", TEMPO_REAL, "1e-07", RANGE_ANY, "value at the end, below lr_init"},
    [POLYNOMIAL_POWER] = {"power", TEMPO_REAL, "1.0", RANGE_AT_LEAST_0, "exponent; 1 is a straight line"},
    [POLYNOMIAL_INIT] = {"lr_init", TEMPO_REAL, "null", RANGE_ABOVE_0,
                         "the optimizer's default learning rate; null: the base"},
};

static tempo_status check_end(tempo__binding *binding, const curve *c)
{
    const double init = c->init != 0 ? c->init : binding->least_base;
    if (init > c->end)
        return TEMPO_OK;
    char end[TEMPO__NUMBER_MAX], initial[TEMPO__NUMBER_MAX];
    tempo__number_print(end, c->end);
    tempo__number_print(initial, init);
    return tempo__bind_fail(binding, POLYNOMIAL_END, TEMPO_CONFLICT, "lr_end is %s, but must be below %s, which is %s",
                            end, c->init != 0 ? "lr_init" : "every base", initial);
}

static tempo_status polynomial_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    curve *c = take_decay(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->length = minus(c->training, c->warmup).real;
    c->end = given[POLYNOMIAL_END].real;
    c->power = given[POLYNOMIAL_POWER].real;
    c->init = given[POLYNOMIAL_INIT].is_null ? 0 : given[POLYNOMIAL_INIT].real;
    if (c->length == 0)
        return tempo__bind_fail(binding, TRAINING, TEMPO_ZERO_DURATION,
                                "num_training_steps is num_warmup_steps, and the schedule divides by what is between");
    note_warmup(binding, c->warmup);
    const tempo_status status = check_end(binding, c);
    return status ? status : tempo__refuse_ratio(binding);
}

static double polynomial_factor(const curve *c, int64_t n, double init)
{
    if (is_before(n, c->warmup))
        return ramp(c, n);
    if (init == 0)
        return 0.0;
    if (after(n, c->training) > 0)
        return finite(c->end / init);
    const double left = 1 - progress(c, n);
    const double reached = c->power == 1.0 ? left : pow(left, c->power);
    return finite((finite_span(c->end, init) * reached + c->end) / init);
}

static double polynomial_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * polynomial_factor(c, tempo__steps_at(&c->steps, now), c->init != 0 ? c->init : base);
}

/* --- inverse square root: 1 / sqrt((n + timescale - W) / timescale) --- */

enum { ROOT_SCALE = WARMUP + 1, ROOT_COUNT };
static const tempo_parameter root_parameters[ROOT_COUNT] = {
    WARMUP_ROW,
    [ROOT_SCALE] = {"timescale", TEMPO_REAL, "null", 0, 1e15, true, NULL,
                    "steps; null: num_warmup_steps, or 10000 if that is 0"},
};

static tempo_status root_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *scale = &binding->arguments[ROOT_SCALE];
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    if (!scale->is_null)
        c->scale = amount_of(scale);
    else
        c->scale = c->warmup.real != 0 ? c->warmup : whole(10000);
    c->shift = minus(c->scale, c->warmup);
    note_warmup(binding, c->warmup);
    return tempo__refuse_ratio(binding);
}

static double root_factor(const curve *c, int64_t n)
{
    if (is_before(n, c->warmup))
        return ramp(c, n);
    int64_t sum = 0;
    if (c->shift.whole && c->scale.whole && tempo__add(&sum, n, c->shift.integer))
        return 1.0 / sqrt(tempo__ratio(sum, c->scale.integer));
    return finite(1.0 / sqrt(((double)n + c->shift.real) / c->scale.real));
}

static double root_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * root_factor(c, tempo__steps_at(&c->steps, now));
}

/* --- cosine to a floor: rate + (1 - rate) * cosine, rate = min_lr / lr or min_lr_rate --- */

enum { FLOOR_LR = CYCLES + 1, FLOOR_RATE, FLOOR_INIT, FLOOR_COUNT };
#define FLOOR_ROWS                                                                                              \
    WARMUP_ROW,                                                                                                 \
        TRAINING_ROW, [CYCLES] = {"num_cycles", TEMPO_REAL, "0.5", RANGE_ANY, "waves; with 0.5 it falls once"}, \
                      [FLOOR_LR] = {"min_lr", TEMPO_REAL, "null", RANGE_ANY, "value at the end of the cosine"}, \
                      [FLOOR_RATE] = {"min_lr_rate", TEMPO_REAL, "null", RANGE_ANY,                             \
                                      "the same as a factor of the base"},                                      \
                      [FLOOR_INIT] = {                                                                          \
                          "lr_init", TEMPO_REAL, "null", RANGE_ABOVE_0,                                         \
                          "the optimizer's default learning rate, which min_lr is divided by; null: the base"}
static const tempo_parameter floor_parameters[FLOOR_COUNT] = {FLOOR_ROWS};

static tempo_status bind_floor(tempo__binding *binding, curve *c)
{
    const tempo__argument *given = binding->arguments;
    c->end_is_rate = given[FLOOR_LR].is_null;
    if (c->end_is_rate && given[FLOOR_RATE].is_null) {
        tempo__bind_fail(binding, FLOOR_LR, TEMPO_MISSING, "neither min_lr nor min_lr_rate is given");
        tempo__advise(binding->error, "give one of the two");
        return TEMPO_MISSING;
    }
    if (!c->end_is_rate && !given[FLOOR_RATE].is_null) {
        tempo__bind_fail(binding, FLOOR_RATE, TEMPO_CONFLICT, "min_lr_rate is given, and min_lr too");
        tempo__advise(binding->error, "give one of the two");
        return TEMPO_CONFLICT;
    }
    c->end = given[c->end_is_rate ? FLOOR_RATE : FLOOR_LR].real;
    if (!c->end_is_rate && !given[FLOOR_INIT].is_null) {
        c->end = finite(c->end / given[FLOOR_INIT].real);
        c->end_is_rate = true;
    }
    bind_cycles(binding, c);
    return tempo__refuse_ratio(binding);
}

static tempo_status floor_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_decay(binding, prepared);
    return c ? bind_floor(binding, c) : TEMPO_NO_MEMORY;
}

static double floored(const curve *c, double factor, double base)
{
    double rate = c->end;
    if (!c->end_is_rate)
        rate = base != 0 ? finite(rate / base) : 0.0;
    return at_least_0(factor * (1 - rate) + rate);
}

static double floor_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const int64_t n = tempo__steps_at(&c->steps, now);
    return base * (is_before(n, c->warmup) ? ramp(c, n) : floored(c, wave(c->angle * progress(c, n)), base));
}

/* --- the same one step ahead, with a warmup that does not start at 0; all of it in floats --- */

enum { AHEAD_START = FLOOR_COUNT, AHEAD_COUNT };
static const tempo_parameter ahead_parameters[AHEAD_COUNT] = {
    FLOOR_ROWS,
    [AHEAD_START] = {"warmup_lr_rate", TEMPO_REAL, "null", RANGE_ANY,
                     "factor where the warmup starts; null: 1 / num_warmup_steps"},
};

static tempo_status ahead_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *start = &binding->arguments[AHEAD_START];
    curve *c = take_decay(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->has_start = !start->is_null;
    c->start = c->has_start ? start->real : 0;
    return bind_floor(binding, c);
}

static double ahead_factor(const curve *c, double n, double base)
{
    const double warmup = c->warmup.real;
    if (n < warmup && !c->has_start)
        return (n + 1.0) / c->ramp;
    if (n < warmup)
        return c->start + finite((1.0 - c->start) * n) / at_least_1(warmup - 1);
    return floored(c, wave(c->angle * ((n - warmup + 1.0) / c->length)), base);
}

static double ahead_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * finite(ahead_factor(c, (double)tempo__steps_at(&c->steps, now), base));
}

/* --- warmup, stable, decay --- */

enum { WSD_DECAY = WARMUP + 1, WSD_TRAINING, WSD_STABLE, WSD_RISE, WSD_FALL, WSD_MIN, WSD_CYCLES, WSD_COUNT };
#define SHAPES CHOICES("linear|cosine|1-sqrt")
static const tempo_parameter wsd_parameters[WSD_COUNT] = {
    WARMUP_ROW,
    [WSD_DECAY] = {"num_decay_steps", TEMPO_REAL, NULL, RANGE_STEPS, "steps of the decay"},
    [WSD_TRAINING] = {"num_training_steps", TEMPO_REAL, "null", RANGE_STEPS, "steps of all three parts"},
    [WSD_STABLE] = {"num_stable_steps", TEMPO_REAL, "null", RANGE_STEPS,
                    "steps between warmup and decay; null: what is left of num_training_steps"},
    [WSD_RISE] = {"warmup_type", TEMPO_CHOICE, "linear", SHAPES, "shape of the warmup"},
    [WSD_FALL] = {"decay_type", TEMPO_CHOICE, "cosine", SHAPES, "shape of the decay"},
    [WSD_MIN] = {"min_lr_ratio", TEMPO_REAL, "0", RANGE_ANY, "factor at the start of the warmup, and at the end"},
    [WSD_CYCLES] = {"num_cycles", TEMPO_REAL, "0.5", RANGE_ANY, "waves of a decay along a cosine"},
};

/* In the order of the choices. */
typedef enum shape { LINEAR, COSINE, ONE_MINUS_ROOT } shape;

typedef struct wsd {
    tempo__steps steps;
    amount warmup, stable;
    amount decay_start, decay_end;
    double rise_length, fall_length;
    shape rise, fall;
    double low;   /* m */
    double angle; /* of all waves */
} wsd;

static tempo_status bind_parts(tempo__binding *binding, wsd *w)
{
    const tempo__argument *given = binding->arguments;
    const amount decay = amount_of(&given[WSD_DECAY]);
    if (given[WSD_TRAINING].is_null && given[WSD_STABLE].is_null) {
        tempo__bind_fail(binding, WSD_TRAINING, TEMPO_MISSING,
                         "neither num_training_steps nor num_stable_steps is given");
        tempo__advise(binding->error, "give one of the two");
        return TEMPO_MISSING;
    }
    w->warmup = amount_of(&given[WARMUP]);
    w->stable = given[WSD_STABLE].is_null ? minus(minus(amount_of(&given[WSD_TRAINING]), w->warmup), decay)
                                          : amount_of(&given[WSD_STABLE]);
    w->decay_start = plus(w->warmup, w->stable);
    w->decay_end = plus(w->decay_start, decay);
    w->rise_length = at_least_1(w->warmup.real);
    w->fall_length = at_least_1(decay.real);
    return TEMPO_OK;
}

static tempo_status wsd_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    wsd *w = tempo__prepare(binding, 1, sizeof *w);
    *prepared = w;
    if (!w)
        return tempo__out_of_memory(binding->error);
    w->steps = binding->steps;
    w->rise = (shape)given[WSD_RISE].integer;
    w->fall = (shape)given[WSD_FALL].integer;
    w->low = given[WSD_MIN].real;
    w->angle = finite(pi * given[WSD_CYCLES].real * 2.0);
    const tempo_status status = bind_parts(binding, w);
    if (status)
        return status;
    note_warmup(binding, w->warmup);
    return tempo__refuse_ratio(binding);
}

static double rising(const wsd *w, int64_t n)
{
    const double done = (double)n / w->rise_length;
    switch (w->rise) {
    case LINEAR:
        return done;
    case COSINE:
        return 0.5 * (1.0 - cos(pi * done));
    case ONE_MINUS_ROOT:
        return 1.0 - sqrt(1.0 - done);
    }
    return 0.0;
}

static double falling(const wsd *w, int64_t n)
{
    const double done = minus(minus(whole(n), w->warmup), w->stable).real / w->fall_length;
    switch (w->fall) {
    case LINEAR:
        return 1.0 - done;
    case COSINE:
        return wave(w->angle * done);
    case ONE_MINUS_ROOT:
        return 1.0 - sqrt(done);
    }
    return 0.0;
}

static double above_low(const wsd *w, double factor)
{
    return at_least_0(factor * (1.0 - w->low) + w->low);
}

static double wsd_factor(const wsd *w, int64_t n)
{
    if (is_before(n, w->warmup))
        return above_low(w, rising(w, n));
    if (is_before(n, w->decay_start))
        return 1.0;
    return is_before(n, w->decay_end) ? above_low(w, falling(w, n)) : w->low;
}

static double wsd_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const wsd *w = prepared;
    return base * wsd_factor(w, tempo__steps_at(&w->steps, now));
}

static int64_t wsd_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const wsd *w = prepared;
    int64_t best = nearer(-1, facts, &w->steps, w->warmup, batch);
    best = nearer(best, facts, &w->steps, w->decay_start, batch);
    return nearer(best, facts, &w->steps, w->decay_end, batch);
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "hf.get_constant_schedule",
        .summary = "the base, all the time",
        .formula = "α(t) = 1",
        .source = SOURCE,
        .notes = "A scale schedule ratio other than 1 is refused.",
        .example = "hf.get_constant_schedule",
        .example_run = RUN,
        .counting = TEMPO__COUNTS_BATCHES,
        .proportional = true,
        .bind = constant_bind,
        .value = constant_value,
    },
    {
        .name = "hf.get_constant_schedule_with_warmup",
        .summary = "straight warmup from 0, then the base",
        .formula = "α(t) = t / num_warmup_steps, then 1",
        .source = SOURCE,
        .notes = NOTES,
        .example = "hf.get_constant_schedule_with_warmup num_warmup_steps=1000",
        .example_run = RUN,
        PARAMETERS(warm_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .proportional = true,
        .bind = warm_bind,
        .value = warm_value,
        .joint = joint_at_warmup,
    },
    {
        .name = "hf.get_linear_schedule_with_warmup",
        .summary = "straight warmup from 0, then a straight line to 0",
        .formula = "α(t) = t / num_warmup_steps, then (num_training_steps - t) / (num_training_steps - "
                   "num_warmup_steps), then 0",
        .source = SOURCE,
        .notes = NOTES "A num_training_steps within the warmup makes the value drop to 0 when that ends.",
        .example = "hf.get_linear_schedule_with_warmup num_warmup_steps=1000 num_training_steps=10000",
        .example_run = RUN,
        PARAMETERS(linear_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .proportional = true,
        .bind = linear_bind,
        .value = linear_value,
        .joint = joint_at_warmup_and_end,
    },
    {
        .name = "hf.get_cosine_schedule_with_warmup",
        .summary = "straight warmup from 0, then a cosine to 0",
        .formula = "α(t) = t / num_warmup_steps, then (1 + cos(2 pi * num_cycles * τ)) / 2, τ = (t - num_warmup_steps) "
                   "/ (num_training_steps - num_warmup_steps)",
        .source = SOURCE,
        .notes = NOTES UNCLAMPED_NOTE "Several cycles are one wave that goes up as well as down.",
        .example = "hf.get_cosine_schedule_with_warmup num_warmup_steps=1000 num_training_steps=10000",
        .example_run = RUN,
        PARAMETERS(cosine_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .proportional = true,
        .bind = cosine_bind,
        .value = cosine_value,
        .joint = joint_at_warmup,
    },
    {
        .name = "hf.get_cosine_with_hard_restarts_schedule_with_warmup",
        .summary = "straight warmup from 0, then cosines to 0, one after the other",
        .formula = "α(t) = t / num_warmup_steps, then (1 + cos(pi * (num_cycles * τ mod 1))) / 2, τ = (t - "
                   "num_warmup_steps) / (num_training_steps - num_warmup_steps), then 0",
        .source = SOURCE,
        .notes = NOTES "Deviation: a negative num_cycles is refused.",
        .example = "hf.get_cosine_with_hard_restarts_schedule_with_warmup num_warmup_steps=1000 "
                   "num_training_steps=10000 num_cycles=3",
        .example_run = RUN,
        PARAMETERS(restarts_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .proportional = true,
        .bind = restarts_bind,
        .value = restarts_value,
        .joint = restarts_joint,
    },
    {
        .name = "hf.get_polynomial_decay_schedule_with_warmup",
        .summary = "straight warmup from 0, then a power of the steps that are left, to lr_end",
        .formula = "α(t) = t / num_warmup_steps, then ((lr_init - lr_end) * (1 - τ) ^ power + lr_end) / lr_init, τ = "
                   "(t - num_warmup_steps) / (num_training_steps - num_warmup_steps), then lr_end / lr_init",
        .source = SOURCE,
        .notes = NOTES INIT_NOTE "A num_training_steps that is num_warmup_steps is refused: transformers divides by "
                                 "the difference when training "
                                 "gets there. So is a negative power.",
        .example = "hf.get_polynomial_decay_schedule_with_warmup num_warmup_steps=1000 num_training_steps=10000 "
                   "lr_end=0.01 power=3.0",
        .example_run = RUN,
        PARAMETERS(polynomial_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .bind = polynomial_bind,
        .value = polynomial_value,
        .joint = joint_at_warmup_and_end,
    },
    {
        .name = "hf.get_inverse_sqrt_schedule",
        .summary = "straight warmup from 0, then one over the square root of the steps",
        .formula = "α(t) = t / num_warmup_steps, then 1 / sqrt((t + timescale - num_warmup_steps) / timescale)",
        .source = SOURCE,
        .notes = NOTES "Deviation: a timescale of 0 or less is refused, which transformers divides by, or takes for "
                       "num_warmup_steps if it is none.",
        .example = "hf.get_inverse_sqrt_schedule num_warmup_steps=1000",
        .example_run = RUN,
        PARAMETERS(root_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .proportional = true,
        .bind = root_bind,
        .value = root_value,
        .joint = joint_at_warmup,
    },
    {
        .name = "hf.get_cosine_with_min_lr_schedule_with_warmup",
        .summary = "straight warmup from 0, then a cosine to min_lr",
        .formula = "α(t) = t / num_warmup_steps, then m + (1 - m) * (1 + cos(2 pi * num_cycles * τ)) / 2, τ = (t - "
                   "num_warmup_steps) / (num_training_steps - num_warmup_steps), m = min_lr / lr_init or min_lr_rate",
        .source = SOURCE,
        .notes = NOTES UNCLAMPED_NOTE INIT_NOTE "What comes out below 0 is 0.",
        .example = "hf.get_cosine_with_min_lr_schedule_with_warmup num_warmup_steps=1000 num_training_steps=10000 "
                   "min_lr=0.1",
        .example_run = RUN,
        PARAMETERS(floor_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .bind = floor_bind,
        .value = floor_value,
        .joint = joint_at_warmup,
    },
    {
        .name = "hf.get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
        .summary = "straight warmup from warmup_lr_rate, then a cosine to min_lr, one step ahead",
        .formula = "α(t) = (t + 1) / num_warmup_steps or warmup_lr_rate + (1 - warmup_lr_rate) * t / (num_warmup_steps "
                   "- 1), then m + (1 - m) * (1 + cos(2 pi * num_cycles * τ)) / 2, τ = (t - num_warmup_steps + 1) / "
                   "(num_training_steps - num_warmup_steps), m = min_lr / lr_init or min_lr_rate",
        .source = SOURCE,
        .notes =
            NOTES "The value at t is that of the other cosines at t + 1: the last step of the warmup has the base, and "
                  "the minimum is at num_training_steps - 1. " UNCLAMPED_NOTE INIT_NOTE "What comes out below 0 is 0.",
        .example = "hf.get_cosine_with_min_lr_schedule_with_warmup_lr_rate num_warmup_steps=1000 "
                   "num_training_steps=10000 min_lr=0.1 warmup_lr_rate=0.2",
        .example_run = RUN,
        PARAMETERS(ahead_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .bind = ahead_bind,
        .value = ahead_value,
        .joint = joint_at_warmup,
    },
    {
        .name = "hf.get_wsd_schedule",
        .summary = "warmup from min_lr_ratio, the base, then a decay to min_lr_ratio",
        .formula = "α(t) = m + (1 - m) * w(t / num_warmup_steps), then 1, then m + (1 - m) * d(progress of the decay), "
                   "then m = min_lr_ratio; w = p, (1 - cos(pi p)) / 2 or 1 - sqrt(1 - p); d = 1 - p, (1 + cos(2 pi * "
                   "num_cycles * p)) / 2 or 1 - sqrt(p)",
        .source = SOURCE,
        .notes = NOTES
        "The warmup starts at min_lr_ratio, not at 0. If num_training_steps and num_stable_steps are both given, the "
        "latter counts. If warmup and decay are longer than num_training_steps, the decay starts on its way when the "
        "warmup ends.",
        .example = "hf.get_wsd_schedule num_warmup_steps=1000 num_decay_steps=2000 num_training_steps=10000 "
                   "min_lr_ratio=0.1",
        .example_run = RUN,
        PARAMETERS(wsd_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .proportional = true,
        .bind = wsd_bind,
        .value = wsd_value,
        .joint = wsd_joint,
    },
};

const tempo__family tempo__huggingface = {types, sizeof types / sizeof types[0]};
