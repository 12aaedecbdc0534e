/* torch_cycles.c: the schedulers of PyTorch that rise and fall: CosineAnnealing, CosineAnnealingWarmRestarts, Cyclic,
 * OneCycle. See torch.h for their source and notation. */
#include "families/torch.h"

static const double pi = 3.141592653589793;

/* The line between two values, from which a curve takes its share. */
static tempo_status check_span(tempo__binding *binding, size_t parameter, double from, double to)
{
    if (isfinite(to - from))
        return TEMPO_OK;
    return tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE,
                            "%s leads to values so far apart that their difference is infinite",
                            binding->type->parameters[parameter].name);
}

/* --- CosineAnnealingLR: m + ((b - m) * (1 + cos((pi * n) / T))) / 2 --- */

enum { COSINE_T_MAX, COSINE_ETA_MIN, COSINE_COUNT };
static const tempo_parameter cosine_parameters[COSINE_COUNT] = {
    [COSINE_T_MAX] = {"T_max", TEMPO_COUNT, NULL, RANGE_AT_LEAST_1,
                      "steps from the base down to eta_min; stretched by the ratio"},
    [COSINE_ETA_MIN] = {"eta_min", TEMPO_REAL, "0.0", RANGE_ANY, "lowest value"},
};

typedef struct cosine {
    tempo__steps steps;
    int64_t half; /* T */
    double length, eta_min;
} cosine;

/* Nothing holds the curve at its minimum. */
static void note_climb(tempo__binding *binding, int64_t half)
{
    const int64_t length = tempo__run_batches(binding);
    if (length < 0 || half == INT64_MAX)
        return;
    const int64_t climbs = tempo__batch_of_step(binding->facts, &binding->steps, half + 1);
    if (climbs < 0 || climbs >= length)
        return;
    tempo__bind_find(binding, COSINE_T_MAX, TEMPO_FINDING_CLIMBS_AGAIN,
                     "let T_max be the steps of the run, or say with every what one step is",
                     "the value is eta_min at step %lld, and climbs again from batch %lld on of the run's %lld",
                     (long long)half, (long long)climbs, (long long)length);
}

static tempo_status cosine_bind(tempo__binding *binding, void **prepared)
{
    cosine *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        return tempo__out_of_memory(binding->error);
    int64_t half = 0;
    const tempo_status status = torch_scale_count(binding, COSINE_T_MAX, &half);
    *c = (cosine){binding->steps, half, (double)half, binding->arguments[COSINE_ETA_MIN].real};
    if (!status)
        note_climb(binding, half);
    return status;
}

static double anneal(double base, double eta_min, double done, double length)
{
    return eta_min + finite_span(eta_min, base) * (1 + cos(pi * done / length)) / 2;
}

static double cosine_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const cosine *c = prepared;
    return anneal(base, c->eta_min, (double)tempo__steps_at(&c->steps, now), c->length);
}

/* The step after a minimum starts anew from the base, since no factor leads away from it. */
static double cosine_next(const void *prepared, int64_t step, double base, double previous)
{
    const cosine *c = prepared;
    if (step == 0)
        return previous;
    if ((step - 1) % c->half == 0 && (step - 1) / c->half % 2 == 1)
        return previous + (base - c->eta_min) * (1 - cos(pi / c->length)) / 2;
    return (1 + cos(pi * (double)step / c->length)) / (1 + cos(pi * (double)(step - 1) / c->length)) *
               (previous - c->eta_min) +
           c->eta_min;
}

/* --- CosineAnnealingWarmRestarts: cosines of lengths T_0, T_0 * T_mult, T_0 * T_mult ^ 2, ... --- */

enum { RESTARTS_T_0, RESTARTS_T_MULT, RESTARTS_ETA_MIN, RESTARTS_COUNT };
static const tempo_parameter restarts_parameters[RESTARTS_COUNT] = {
    [RESTARTS_T_0] = {"T_0", TEMPO_COUNT, NULL, RANGE_AT_LEAST_1, "steps of the first cycle; the ratio has no effect"},
    [RESTARTS_T_MULT] = {"T_mult", TEMPO_COUNT, "1", RANGE_AT_LEAST_1,
                         "each cycle is this times as long as the one before"},
    [RESTARTS_ETA_MIN] = {"eta_min", TEMPO_REAL, "0.0", RANGE_ANY, "value that each cycle falls towards"},
};

enum { CYCLE_MAX = 64 }; /* lengths that at least double pass 64 bits before that */

typedef struct restarts {
    tempo__steps steps;
    double eta_min;
    int64_t first;
    size_t count; /* of cycles, or 0: all are as long as the first */
    int64_t starts[CYCLE_MAX];
    double lengths[CYCLE_MAX]; /* of the last one it may be more than fits in 64 bits */
} restarts;

static void list_cycles(restarts *r, int64_t factor)
{
    int64_t start = 0, length = r->first;
    double size = (double)length;
    while (r->count < CYCLE_MAX) {
        r->starts[r->count] = start;
        r->lengths[r->count++] = size;
        if (!tempo__add(&start, start, length))
            return;
        const bool fits = tempo__multiply(&length, length, factor);
        size = fits ? (double)length : size * (double)factor;
        length = fits ? length : INT64_MAX;
    }
}

static tempo_status restarts_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    restarts *r = tempo__prepare(binding, 1, sizeof *r);
    *prepared = r;
    if (!r)
        return tempo__out_of_memory(binding->error);
    r->steps = binding->steps;
    r->eta_min = given[RESTARTS_ETA_MIN].real;
    r->first = given[RESTARTS_T_0].integer;
    if (given[RESTARTS_T_MULT].integer > 1)
        list_cycles(r, given[RESTARTS_T_MULT].integer);
    return TEMPO_OK;
}

/* How many cycles have started at or before a step. */
static size_t cycles_started(const restarts *r, int64_t step)
{
    size_t low = 0, high = r->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (r->starts[middle] <= step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double restarts_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const restarts *r = prepared;
    const int64_t step = tempo__steps_at(&r->steps, now);
    if (!r->count)
        return anneal(base, r->eta_min, (double)(step % r->first), (double)r->first);
    const size_t cycle = cycles_started(r, step) - 1;
    return anneal(base, r->eta_min, (double)(step - r->starts[cycle]), r->lengths[cycle]);
}

static int64_t restarts_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const restarts *r = prepared;
    if (!r->count)
        return torch_next_multiple(facts, &r->steps, r->first, batch);
    const int64_t step = tempo__steps_after(facts, &r->steps, batch);
    const size_t next = cycles_started(r, step < 0 ? 0 : step);
    return next < r->count ? tempo__nearer_step(-1, facts, &r->steps, r->starts[next], batch) : -1;
}

/* --- what the two that cycle the momentum share --- */

/* Adam's beta1 before SGD's momentum, as PyTorch looks for them. */
static const char *const momenta[] = {"betas[0]", "momentum", NULL};

/* --- CyclicLR: base_lr + ((max_lr - base_lr) * k) * g, k from 0 to 1 and back --- */

enum {
    CYCLIC_BASE,
    CYCLIC_MAX,
    CYCLIC_UP,
    CYCLIC_DOWN,
    CYCLIC_MODE,
    CYCLIC_GAMMA,
    CYCLIC_SCALE,
    CYCLIC_SCALE_MODE,
    CYCLIC_CYCLES,
    CYCLIC_LOW,
    CYCLIC_HIGH,
    CYCLIC_COUNT
};
static const tempo_parameter cyclic_parameters[CYCLIC_COUNT] = {
    [CYCLIC_BASE] = {"base_lr", TEMPO_REAL, NULL, RANGE_ANY, "value at the start of each cycle"},
    [CYCLIC_MAX] = {"max_lr", TEMPO_REAL, NULL, RANGE_ANY, "value at the top of the first cycle"},
    [CYCLIC_UP] = {"step_size_up", TEMPO_COUNT, "2000", RANGE_AT_LEAST_1, "steps up to the top"},
    [CYCLIC_DOWN] = {"step_size_down", TEMPO_COUNT, "null", RANGE_AT_LEAST_0,
                     "steps down from the top; null: as many as up"},
    [CYCLIC_MODE] = {"mode", TEMPO_CHOICE, "triangular", CHOICES("triangular|triangular2|exp_range"),
                     "height of a cycle: the same, halved each time, or times gamma every step"},
    [CYCLIC_GAMMA] = {"gamma", TEMPO_REAL, "1.0", RANGE_ANY, "of exp_range: factor of every step since the start"},
    [CYCLIC_SCALE] = {"scale_fn", TEMPO_FUNCTION, "null", RANGE_ANY,
                      "height, instead of mode: name of a function that the program supplies when it binds"},
    [CYCLIC_SCALE_MODE] = {"scale_mode", TEMPO_CHOICE, "cycle", CHOICES("cycle|iterations"),
                           "what scale_fn is given: the number of the cycle, from 1, or of the step, from 0"},
    [CYCLIC_CYCLES] = {"cycle_momentum", TEMPO_FLAG, "true", RANGE_ANY,
                       "drive betas[0], or momentum, the other way round"},
    [CYCLIC_LOW] = {"base_momentum", TEMPO_REAL, "0.8", RANGE_ANY, "momentum at the top of the first cycle"},
    [CYCLIC_HIGH] = {"max_momentum", TEMPO_REAL, "0.9", RANGE_ANY, "momentum at the start of each cycle"},
};

enum { TRIANGULAR, TRIANGULAR2, EXP_RANGE, CUSTOM_CYCLE, CUSTOM_STEP }; /* the first as in the choices of mode */

typedef struct cyclic {
    tempo__steps steps;
    double foot, height;  /* at the start of a cycle, and from there to the top */
    double period, share; /* U + D, and U / (U + D) */
    int64_t mode;
    double gamma;
    const tempo_function *function;
    int64_t up, length; /* U, and U + D or 0 if that does not fit in 64 bits */
} cyclic;

/* The height comes from a function instead. */
static tempo_status take_scale(tempo__binding *binding, cyclic *c)
{
    const tempo__argument *given = binding->arguments;
    c->mode = given[CYCLIC_MODE].integer;
    c->gamma = given[CYCLIC_GAMMA].real;
    if (given[CYCLIC_SCALE].is_null)
        return TEMPO_OK;
    c->mode = given[CYCLIC_SCALE_MODE].integer == 0 ? CUSTOM_CYCLE : CUSTOM_STEP;
    return tempo__take_function(binding, CYCLIC_SCALE, &c->function);
}

static tempo_status cyclic_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    cyclic *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        return tempo__out_of_memory(binding->error);
    const int64_t up = given[CYCLIC_UP].integer;
    const int64_t down = given[CYCLIC_DOWN].is_null ? up : given[CYCLIC_DOWN].integer;
    c->steps = binding->steps;
    const size_t foot = binding->is_companion ? CYCLIC_HIGH : CYCLIC_BASE;
    const size_t top = binding->is_companion ? CYCLIC_LOW : CYCLIC_MAX;
    c->foot = given[foot].real;
    c->height = given[top].real - c->foot;
    c->period = (double)up + (double)down;
    c->share = (double)up / c->period;
    c->up = up;
    if (!tempo__add(&c->length, up, down))
        c->length = 0;
    tempo_status status = check_span(binding, top, c->foot, given[top].real);
    if (!status)
        status = take_scale(binding, c);
    return status ? status : tempo__refuse_ratio(binding);
}

static double height_of(const cyclic *c, double cycle, int64_t step)
{
    switch (c->mode) {
    case TRIANGULAR2:
        return 1 / pow(2.0, cycle - 1); /* 0 where Python's power overflows */
    case EXP_RANGE:
        return finite_power(c->gamma, (double)step);
    case CUSTOM_CYCLE:
        return c->function->of_step(cycle < 0x1p63 ? (int64_t)cycle : INT64_MAX, c->function->data);
    case CUSTOM_STEP:
        return c->function->of_step(step, c->function->data);
    default:
        return 1.0;
    }
}

static double cyclic_value(const void *prepared, const tempo_timestamp *now, double base)
{
    (void)base;
    const cyclic *c = prepared;
    const int64_t step = tempo__steps_at(&c->steps, now);
    const double cycle = floor(1 + (double)step / c->period);
    const double x = 1.0 + (double)step / c->period - cycle;
    const double k = x <= c->share ? x / c->share : (x - 1) / (c->share - 1);
    return c->foot + c->height * k * height_of(c, cycle, step);
}

static int64_t cyclic_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const cyclic *c = prepared;
    if (!c->length)
        return tempo__nearer_step(-1, facts, &c->steps, c->up, batch);
    const int64_t after = tempo__steps_after(facts, &c->steps, batch);
    const int64_t step = after < 0 ? 0 : after, within = step % c->length;
    int64_t next = 0;
    if (!tempo__add(&next, step - within, within < c->up ? c->up : c->length))
        return -1;
    return tempo__nearer_step(-1, facts, &c->steps, next, batch);
}

/* --- OneCycleLR: from max / div_factor up to max_lr, and down to a fraction of where it began --- */

enum {
    ONE_MAX,
    ONE_TOTAL,
    ONE_EPOCHS,
    ONE_PER_EPOCH,
    ONE_PCT,
    ONE_ANNEAL,
    ONE_CYCLES,
    ONE_LOW,
    ONE_HIGH,
    ONE_DIV,
    ONE_FINAL,
    ONE_THREE,
    ONE_COUNT
};
static const tempo_parameter one_parameters[ONE_COUNT] = {
    [ONE_MAX] = {"max_lr", TEMPO_REAL, NULL, RANGE_ANY, "value at the top"},
    [ONE_TOTAL] = {"total_steps", TEMPO_COUNT, "null", RANGE_AT_LEAST_1, "steps of the cycle"},
    [ONE_EPOCHS] = {"epochs", TEMPO_COUNT, "null", RANGE_AT_LEAST_1,
                    "with steps_per_epoch, instead of total_steps: total_steps is their product"},
    [ONE_PER_EPOCH] = {"steps_per_epoch", TEMPO_COUNT, "null", RANGE_AT_LEAST_1, "see epochs"},
    [ONE_PCT] = {"pct_start", TEMPO_REAL, "0.3", RANGE_0_TO_1, "share of the steps that goes up"},
    [ONE_ANNEAL] = {"anneal_strategy", TEMPO_CHOICE, "cos", CHOICES("cos|linear"), "curve between two values"},
    [ONE_CYCLES] = {"cycle_momentum", TEMPO_FLAG, "true", RANGE_ANY,
                    "drive betas[0], or momentum, the other way round"},
    [ONE_LOW] = {"base_momentum", TEMPO_REAL, "0.85", RANGE_ANY, "momentum at the top"},
    [ONE_HIGH] = {"max_momentum", TEMPO_REAL, "0.95", RANGE_ANY, "momentum at the start and at the end"},
    [ONE_DIV] = {"div_factor", TEMPO_REAL, "25.0", RANGE_ANY, "the first value is max_lr / div_factor; not 0"},
    [ONE_FINAL] = {"final_div_factor", TEMPO_REAL, "1e4", RANGE_ANY,
                   "the last value is the first / final_div_factor; not 0"},
    [ONE_THREE] = {"three_phase", TEMPO_FLAG, "false", RANGE_ANY,
                   "go down as fast as up to the first value, and then to the last"},
};

enum { COS, LINEAR }; /* as in the choices of anneal_strategy */
enum { PHASE_MAX = 3 };

/* One stretch of the cycle. PyTorch's ends are not whole, and each starts at the end of the one before. */
typedef struct phase {
    int64_t last;      /* step */
    double start, end; /* in steps */
    double from, to;   /* values */
} phase;

typedef struct one_cycle {
    tempo__steps steps;
    int64_t final; /* the last step that has a value */
    bool linear;
    size_t count;
    phase phases[PHASE_MAX];
} one_cycle;

static tempo_status read_total(tempo__binding *binding, int64_t *total)
{
    const tempo__argument *given = binding->arguments;
    if (!given[ONE_TOTAL].is_null) {
        *total = given[ONE_TOTAL].integer;
        return TEMPO_OK;
    }
    if (given[ONE_EPOCHS].is_null || given[ONE_PER_EPOCH].is_null) {
        tempo__bind_fail(binding, ONE_TOTAL, TEMPO_MISSING, "%s does not say how many steps it has",
                         binding->type->name);
        tempo__advise(binding->error, "give total_steps, or both epochs and steps_per_epoch");
        return TEMPO_MISSING;
    }
    if (tempo__multiply(total, given[ONE_EPOCHS].integer, given[ONE_PER_EPOCH].integer))
        return TEMPO_OK;
    return tempo__bind_fail(binding, ONE_EPOCHS, TEMPO_OUT_OF_RANGE,
                            "epochs times steps_per_epoch does not fit in 64 bits");
}

/* PyTorch wants a float, and 1 is none. */
static tempo_status check_pct(tempo__binding *binding)
{
    const tempo__argument *pct = &binding->arguments[ONE_PCT];
    if (!pct->whole)
        return TEMPO_OK;
    tempo__bind_fail(binding, ONE_PCT, TEMPO_BAD_TYPE,
                     "pct_start is the integer %lld, but must be a number with a point", (long long)pct->integer);
    tempo__advise(binding->error, "write %lld.0", (long long)pct->integer);
    return TEMPO_BAD_TYPE;
}

/* The momentum at the top, at the start and at the end. */
static tempo_status read_momenta(tempo__binding *binding, double levels[3])
{
    levels[0] = binding->arguments[ONE_LOW].real;
    levels[1] = levels[2] = binding->arguments[ONE_HIGH].real;
    return check_span(binding, ONE_HIGH, levels[0], levels[1]);
}

/* The same of lr: each is the quotient of the one before. */
static tempo_status read_levels(tempo__binding *binding, double levels[3])
{
    static const size_t divisors[3] = {ONE_MAX, ONE_DIV, ONE_FINAL};
    levels[0] = binding->arguments[ONE_MAX].real;
    for (size_t i = 1; i < 3; i++) {
        const double divisor = binding->arguments[divisors[i]].real;
        const char *name = binding->type->parameters[divisors[i]].name;
        if (divisor == 0)
            return tempo__bind_fail(binding, divisors[i], TEMPO_BAD_VALUE, "%s is 0, and a value is divided by it",
                                    name);
        levels[i] = levels[i - 1] / divisor;
        if (!isfinite(levels[i]))
            return tempo__bind_fail(binding, divisors[i], TEMPO_BAD_VALUE,
                                    "%s is so small that the quotient is infinite", name);
    }
    tempo_status status = check_span(binding, ONE_DIV, levels[0], levels[1]);
    if (!status)
        status = check_span(binding, ONE_FINAL, levels[1], levels[2]);
    return status ? status : check_span(binding, ONE_FINAL, levels[0], levels[2]);
}

static void add_phase(one_cycle *o, double end, double from, double to)
{
    phase *p = &o->phases[o->count];
    *p = (phase){-1, o->count ? p[-1].end : 0.0, end, from, to};
    if (end >= 0 && !tempo__truncate(&p->last, floor(end)))
        p->last = INT64_MAX;
    o->count++;
}

static void list_phases(one_cycle *o, const tempo__argument *given, int64_t total, const double levels[3])
{
    const double pct = given[ONE_PCT].real;
    add_phase(o, pct * (double)total - 1, levels[1], levels[0]);
    if (given[ONE_THREE].flag) {
        add_phase(o, 2 * pct * (double)total - 2, levels[0], levels[1]);
        add_phase(o, (double)(total - 1), levels[1], levels[2]);
    } else {
        add_phase(o, (double)(total - 1), levels[0], levels[2]);
    }
}

/* PyTorch takes one step more than the cycle has, and raises after that; it divides by zero in a phase of length 0,
 * if training gets there. */
static tempo_status find_end(tempo__binding *binding, one_cycle *o, int64_t total)
{
    if (o->phases[0].end == 0) {
        tempo__bind_fail(binding, ONE_PCT, TEMPO_ZERO_DURATION,
                         "pct_start times total_steps is 1, so the way up has 0 steps, and PyTorch divides by that");
        tempo__advise(binding->error, "give a larger pct_start, or 0.0 to start at the top");
        return TEMPO_ZERO_DURATION;
    }
    const phase *last = &o->phases[o->count - 1];
    const bool empty = last->start == last->end && last[-1].last < total;
    o->final = empty ? last[-1].last : total;
    if (o->final == INT64_MAX || !torch_ends_in_run(binding, o->final + 1))
        return TEMPO_OK;
    if (empty) {
        tempo__bind_fail(
            binding, ONE_PCT, TEMPO_ZERO_DURATION,
            "the last phase has 0 steps, and PyTorch divides by that at step %lld, before the run has ended",
            (long long)total);
        tempo__advise(binding->error, "give a smaller pct_start, so that there is a way down");
        return TEMPO_ZERO_DURATION;
    }
    tempo__bind_fail(binding, binding->arguments[ONE_TOTAL].is_null ? ONE_EPOCHS : ONE_TOTAL, TEMPO_CONFLICT,
                     "the cycle has %lld steps of %lld%s, and PyTorch raises an error if the run goes on after it",
                     (long long)total, (long long)o->steps.size, tempo_unit_suffix(o->steps.unit));
    tempo__advise(binding->error, "let total_steps be the steps of the run, or say with every what one step is");
    return TEMPO_CONFLICT;
}

static tempo_status one_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    one_cycle *o = tempo__prepare(binding, 1, sizeof *o);
    *prepared = o;
    if (!o)
        return tempo__out_of_memory(binding->error);
    int64_t total = 0;
    double levels[3] = {0};
    tempo_status status = tempo__refuse_ratio(binding);
    if (!status)
        status = check_pct(binding);
    if (!status)
        status = read_total(binding, &total);
    if (!status)
        status = binding->is_companion ? read_momenta(binding, levels) : read_levels(binding, levels);
    if (status)
        return status;
    o->steps = binding->steps;
    o->linear = given[ONE_ANNEAL].integer == LINEAR;
    list_phases(o, given, total, levels);
    return find_end(binding, o, total);
}

static double one_value(const void *prepared, const tempo_timestamp *now, double base)
{
    (void)base;
    const one_cycle *o = prepared;
    int64_t step = tempo__steps_at(&o->steps, now);
    step = step < o->final ? step : o->final;
    const phase *p = o->phases, *last = &o->phases[o->count - 1];
    while (p < last && step > p->last)
        p++;
    const double done = ((double)step - p->start) / (p->end - p->start);
    if (o->linear)
        return (p->to - p->from) * done + p->from;
    return p->to + (p->from - p->to) / 2.0 * (cos(pi * done) + 1);
}

/* The ends lie between two steps: the corner that is seen is at the step after. */
static int64_t one_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const one_cycle *o = prepared;
    const int64_t step = tempo__steps_after(facts, &o->steps, batch);
    for (size_t i = 0; i < o->count; i++) {
        const phase *p = &o->phases[i];
        const int64_t corner = p->last + (p->last < INT64_MAX && (double)p->last < p->end);
        if (p->last >= 0 && corner > step)
            return tempo__nearer_step(-1, facts, &o->steps, corner, batch);
    }
    return -1;
}

/* --- inside another scheduler --- */

torch_part torch_cycle_part(const tempo__entry *entry)
{
    const tempo_type *type = entry->type;
    const tempo__argument *given = entry->arguments;
    if (type->value == cosine_value)
        return (torch_part){
            .kind = TORCH_COSINE, .T_max = given[COSINE_T_MAX].integer, .eta_min = given[COSINE_ETA_MIN].real};
    if (type->value == restarts_value)
        return (torch_part){.kind = TORCH_RESTARTS};
    if (type->value == cyclic_value)
        return (torch_part){.kind = TORCH_CYCLIC,
                            .initial_lr = given[CYCLIC_BASE].real,
                            .wants_momentum = given[CYCLIC_CYCLES].given && given[CYCLIC_CYCLES].flag};
    if (type->value == one_value)
        return (torch_part){.kind = TORCH_ONE_CYCLE,
                            .initial_lr = given[ONE_MAX].real / given[ONE_DIV].real,
                            .wants_momentum = given[ONE_CYCLES].given && given[ONE_CYCLES].flag};
    return (torch_part){.kind = TORCH_OTHER};
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "torch.CosineAnnealingLR",
        .summary = "a cosine from the base to eta_min and back",
        .formula = "η(t) = eta_min + (η_i - eta_min) * (1 + cos(pi * t / T_max)) / 2",
        .source = TORCH_SOURCE,
        .notes = TORCH_CLOSED_NOTE
        "After T_max the curve climbs back to the base, and so on: there is no clamp. step() leaves each minimum by a "
        "share of the base, whatever others or a hand have made of the value. With a T_max of 3e8 or more it divides "
        "by zero near T_max, so a stepper has no value there; a plan has. The ratio multiplies T_max, "
        "truncated. " TORCH_POSITIVE_NOTE,
        .example = "torch.CosineAnnealingLR T_max=90 eta_min=0.01",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(cosine_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = cosine_bind,
        .value = cosine_value,
        .next = cosine_next,
    },
    {
        .name = "torch.CosineAnnealingWarmRestarts",
        .summary = "cosines from the base to eta_min, one after the other",
        .formula = "η(t) = eta_min + (η_i - eta_min) * (1 + cos(pi * T_cur / T_i)) / 2, T_i = T_0 * T_mult ^ i",
        .source = TORCH_SOURCE,
        .notes = TORCH_STEPS_NOTE
        "Counted steps only. eta_min itself is never reached: the last step of a cycle is one before it. Composer "
        "stretches T_0 after PyTorch has read it, so a scale schedule ratio has no effect.",
        .example = "torch.CosineAnnealingWarmRestarts T_0=10 T_mult=2 eta_min=0.01",
        .example_run = "--max-duration 70ep --batches-per-epoch 100",
        PARAMETERS(restarts_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = restarts_bind,
        .value = restarts_value,
        .joint = restarts_joint,
    },
    {
        .name = "torch.CyclicLR",
        .summary = "from base_lr to max_lr and back in straight lines, cycle by cycle",
        .formula = "η(t) = base_lr + (max_lr - base_lr) * k(t) * g(t), k from 0 to 1 and back, g = 1, 1 / 2 ^ (cycle - "
                   "1), gamma ^ t or scale_fn",
        .source = TORCH_SOURCE,
        .notes = TORCH_STEPS_NOTE
        "It ignores the base. gamma ^ t counts from the start of training, not of the cycle. In the 1,025th cycle of "
        "triangular2, and where gamma ^ t overflows, PyTorch raises OverflowError; here the height stays 0, or the "
        "largest double. Deviation: negative lengths are refused. mode and gamma have no effect beside scale_fn, and "
        "scale_mode has none without. " TORCH_MOMENTUM_NOTE TORCH_GROUPS_NOTE TORCH_UNSCALED_NOTE,
        .example = "torch.CyclicLR base_lr=0.1 max_lr=1.0 step_size_up=10 step_size_down=20 mode=exp_range gamma=0.99",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(cyclic_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .absolute = true,
        .companions = momenta,
        .cycles = CYCLIC_CYCLES,
        .bind = cyclic_bind,
        .value = cyclic_value,
        .joint = cyclic_joint,
    },
    {
        .name = "torch.OneCycleLR",
        .summary = "up from max_lr / div_factor to max_lr, and down to nearly 0",
        .formula = "η(t) = end + (start - end) / 2 * (1 + cos(pi * q)) or start + (end - start) * q in each phase, q "
                   "from 0 to 1",
        .source = TORCH_SOURCE,
        .notes = TORCH_STEPS_NOTE
        "It ignores the base. The top is at step pct_start * total_steps - 1, mostly between two steps. The last value "
        "is at step total_steps - 1; PyTorch allows one step more, which leaves the curve (it climbs back, or with "
        "linear goes below the end), and raises after that: a run that gets there is refused, and a batch past that "
        "time has no value. pct_start must be written with a point. " TORCH_MOMENTUM_NOTE TORCH_GROUPS_NOTE
            TORCH_UNSCALED_NOTE,
        .example = "torch.OneCycleLR max_lr=1.0 epochs=100 steps_per_epoch=100 every=1ba",
        .example_run = "--max-duration 100ep --batches-per-epoch 100",
        PARAMETERS(one_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .absolute = true,
        .companions = momenta,
        .cycles = ONE_CYCLES,
        .bind = one_bind,
        .value = one_value,
        .joint = one_joint,
    },
};

const tempo__family tempo__torch_cycles = {types, sizeof types / sizeof types[0]};
