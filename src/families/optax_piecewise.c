/* optax_piecewise.c: the schedules of optax that are given by factors at steps. See optax.h for their source. */
#include "families/optax.h"

#include <math.h>

/* How a value becomes the next one. */
typedef enum shape { LINEAR, COSINE, STEP } shape; /* the first two in the order of SHAPES */
#define SHAPES "linear|cosine"

typedef struct piecewise {
    tempo__steps steps;
    bool is_single;
    shape shape;
    size_t count;
    const int64_t *boundaries; /* ascending */
    const double *values;      /* `count` + 1: before, between and after them */
} piecewise;

/* A number, or a product of two, in the precision of the schedule: one of two floats is exact in a double. */
static double rounded(const tempo__binding *binding, double x)
{
    return binding->is_single ? (double)optax_flush((float)x) : x;
}

/* Running products in place, in XLA's order: those within blocks, each times the running product of the blocks before
 * it. */
static tempo_status multiply_up(tempo__binding *binding, double *values, size_t count, size_t block)
{
    for (size_t i = 0; i < count; i++)
        if (i % block)
            values[i] = rounded(binding, values[i] * values[i - 1]);
    const size_t full = (count - 1) / block; /* blocks with another one after them */
    if (!full)
        return TEMPO_OK;
    double *products = tempo__prepare(binding, full, sizeof *products);
    if (!products)
        return tempo__out_of_memory(binding->error);
    for (size_t b = 0; b < full; b++)
        products[b] = values[b * block + block - 1];
    const tempo_status status = multiply_up(binding, products, full, block);
    for (size_t i = block; i < count; i++)
        values[i] = rounded(binding, values[i] * products[i / block - 1]);
    return status;
}

enum { CUMPROD_BLOCK = 16 };

/* Each value is the one before times a factor: in turn, or by cumprod(). Errors: BAD_VALUE, with the path of
 * `parameter`. */
static tempo_status fill(tempo__binding *binding, size_t parameter, shape shape, double first, size_t count,
                         const int64_t *boundaries, const double *factors, piecewise *out)
{
    int64_t *own = tempo__prepare(binding, count, sizeof *own);
    double *values = tempo__prepare(binding, count + 1, sizeof *values);
    if (!own || !values)
        return tempo__out_of_memory(binding->error);
    values[0] = rounded(binding, first);
    for (size_t i = 0; i < count; i++) {
        own[i] = boundaries[i];
        values[i + 1] = rounded(binding, factors[i]);
    }
    const tempo_status status = multiply_up(binding, values, count + 1, shape == STEP ? count + 1 : CUMPROD_BLOCK);
    for (size_t i = 0; i < count && !status; i++)
        if (!optax_fits(binding, values[i + 1]))
            return tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE, "the value at step %lld does not fit in a %s",
                                    (long long)boundaries[i], optax_precision(binding));
    *out = (piecewise){binding->steps, binding->is_single, shape, count, own, values};
    return status;
}

static const double pi = 3.141592653589793;

/* From a at q = 0 to b at q = 1. */
static double interpolate(shape shape, double a, double b, double q)
{
    if (shape == LINEAR)
        return (b - a) * q + a;
    return b + (a - b) / 2.0 * (cos(pi * q) + 1);
}

static float interpolate_single(shape shape, float a, float b, float q)
{
    if (shape == LINEAR)
        return optax_single(optax_single(optax_single(b - a) * q) + a);
    const float half = optax_single(optax_single(a - b) / 2.0F);
    return optax_single(b + optax_single(half * (cosf((float)pi * q) + 1)));
}

static double piecewise_value(const void *prepared, const tempo_timestamp *now, double base)
{
    (void)base;
    const piecewise *p = prepared;
    const int64_t step = optax_step(&p->steps, p->is_single, now);
    const size_t i = optax_passed(p->boundaries, p->count, step);
    if (p->shape == STEP)
        return p->values[i];
    /* optax sums over all intervals, which turns -0.0 into 0.0: hence the additions of 0. */
    if (i == p->count)
        return p->values[i] + 0.0;
    const int64_t start = i > 0 ? p->boundaries[i - 1] : 0;
    const int64_t done = optax_since(step, start), all = optax_since(p->boundaries[i], start);
    const double a = p->values[i], b = p->values[i + 1];
    if (p->is_single)
        return (double)interpolate_single(p->shape, (float)a, (float)b, (float)done / (float)all) + 0.0;
    return interpolate(p->shape, a, b, (double)done / (double)all) + 0.0;
}

static int64_t piecewise_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const piecewise *p = prepared;
    const size_t i = optax_passed(p->boundaries, p->count, optax_steps_after(facts, &p->steps, batch));
    return i < p->count ? tempo__nearer_step(-1, facts, &p->steps, p->boundaries[i], batch) : -1;
}

/* --- the same as operations --- */

/* One factor after the other, nodes from `factors` on: what is before its boundary, plus what is not. */
static size_t write_steps(tempo__sketch *e, size_t step, size_t value, size_t count, const int64_t *boundaries,
                          size_t factors)
{
    const size_t zero = tempo__put_real(e, 0.0), one = tempo__put_integer(e, 1);
    for (size_t i = 0; i < count; i++) {
        const size_t boundary = tempo__put_integer(e, boundaries[i]);
        const size_t left = TEMPO__PUT(e, TEMPO_SUBTRACT, boundary, step);
        const size_t sign = TEMPO__PUT(e, TEMPO_SIGN, left);
        const size_t is_before = TEMPO__PUT(e, TEMPO_MAXIMUM, zero, sign);
        const size_t before = TEMPO__PUT(e, TEMPO_MULTIPLY, value, is_before);
        const size_t is_after = TEMPO__PUT(e, TEMPO_SUBTRACT, one, is_before);
        const size_t factor = TEMPO__PUT(e, TEMPO_MULTIPLY, is_after, factors + i);
        const size_t after = TEMPO__PUT(e, TEMPO_MULTIPLY, factor, value);
        value = TEMPO__PUT(e, TEMPO_ADD, before, after);
    }
    return value;
}

/* Vectors of all intervals between the knots. */
typedef struct intervals {
    size_t from, to, done;
} intervals;

static size_t write_line(tempo__sketch *e, const intervals *v)
{
    const size_t span = TEMPO__PUT(e, TEMPO_SUBTRACT, v->to, v->from);
    const size_t part = TEMPO__PUT(e, TEMPO_MULTIPLY, span, v->done);
    return TEMPO__PUT(e, TEMPO_ADD, part, v->from);
}

static size_t write_cosine(tempo__sketch *e, const intervals *v)
{
    const size_t turn = tempo__put_real(e, pi), two = tempo__put_real(e, 2.0), one = tempo__put_integer(e, 1);
    const size_t span = TEMPO__PUT(e, TEMPO_SUBTRACT, v->from, v->to);
    const size_t half = TEMPO__PUT(e, TEMPO_DIVIDE, span, two);
    const size_t angle = TEMPO__PUT(e, TEMPO_MULTIPLY, turn, v->done);
    const size_t cosine = TEMPO__PUT(e, TEMPO_COS, angle);
    const size_t raised = TEMPO__PUT(e, TEMPO_ADD, cosine, one);
    const size_t part = TEMPO__PUT(e, TEMPO_MULTIPLY, half, raised);
    return TEMPO__PUT(e, TEMPO_ADD, v->to, part);
}

/* 0 and the boundaries. */
static size_t write_bounds(tempo__sketch *e, size_t count, const int64_t *boundaries)
{
    const size_t first = tempo__put_integer(e, 0);
    for (size_t i = 0; i < count; i++)
        tempo__put_integer(e, boundaries[i]);
    return tempo__put_stack(e, first, count + 1);
}

/* `factors` is the vector of the first value and all factors. */
static size_t write_interpolation(tempo__sketch *e, size_t step, shape shape, size_t bounds, size_t factors)
{
    const size_t values = TEMPO__PUT(e, TEMPO_CUMULATIVE_PRODUCT, factors), one = tempo__put_integer(e, 1);
    const size_t ends = TEMPO__PUT(e, TEMPO_BUT_FIRST, bounds), starts = TEMPO__PUT(e, TEMPO_BUT_LAST, bounds);
    const size_t lengths = TEMPO__PUT(e, TEMPO_SUBTRACT, ends, starts);
    const size_t sizes = TEMPO__PUT(e, TEMPO_MAXIMUM, lengths, one);
    const size_t starts_again = TEMPO__PUT(e, TEMPO_BUT_LAST, bounds); /* optax computes this and others each time */
    const size_t has_begun = TEMPO__PUT(e, TEMPO_LESS_EQUAL, starts_again, step);
    const size_t ends_again = TEMPO__PUT(e, TEMPO_BUT_FIRST, bounds);
    const size_t goes_on = TEMPO__PUT(e, TEMPO_LESS, step, ends_again);
    const size_t is_here = TEMPO__PUT(e, TEMPO_AND, has_begun, goes_on);
    const size_t begin = TEMPO__PUT(e, TEMPO_BUT_LAST, bounds);
    const size_t since = TEMPO__PUT(e, TEMPO_SUBTRACT, step, begin);
    const size_t done = TEMPO__PUT(e, TEMPO_DIVIDE, since, sizes);
    const size_t from = TEMPO__PUT(e, TEMPO_BUT_LAST, values), to = TEMPO__PUT(e, TEMPO_BUT_FIRST, values);
    const intervals all = {from, to, done};
    const size_t levels = shape == LINEAR ? write_line(e, &all) : write_cosine(e, &all);
    const size_t within = TEMPO__PUT(e, TEMPO_DOT, is_here, levels);
    const size_t end = TEMPO__PUT(e, TEMPO_LAST, bounds);
    const size_t is_over = TEMPO__PUT(e, TEMPO_LESS_EQUAL, end, step);
    const size_t last = TEMPO__PUT(e, TEMPO_LAST, values);
    const size_t beyond = TEMPO__PUT(e, TEMPO_MULTIPLY, is_over, last);
    return TEMPO__PUT(e, TEMPO_ADD, within, beyond);
}

/* --- piecewise_constant_schedule and piecewise_interpolate_schedule --- */

#define SCALES_HELP "map from a step to the factor that applies from there on, such as {30: 0.1}"

static tempo_status bind_map(tempo__binding *binding, void **prepared, shape shape, double first, size_t map)
{
    const tempo__argument *scales = &binding->arguments[map];
    const tempo_status status = optax_prepare(binding, sizeof(piecewise), prepared);
    if (status)
        return status;
    return fill(binding, map, shape, first, scales->count, scales->integers, scales->reals, *prepared);
}

enum { CONSTANT_INIT, CONSTANT_SCALES, CONSTANT_DTYPE, CONSTANT_COUNT };
static const tempo_parameter constant_parameters[CONSTANT_COUNT] = {
    [CONSTANT_INIT] = {"init_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the start"},
    [CONSTANT_SCALES] = {"boundaries_and_scales", TEMPO_COUNT_MAP, "null", RANGE_AT_LEAST_0, SCALES_HELP},
    [CONSTANT_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status constant_bind(tempo__binding *binding, void **prepared)
{
    return bind_map(binding, prepared, STEP, binding->arguments[CONSTANT_INIT].real, CONSTANT_SCALES);
}

/* The first value, and right after it all factors. */
static size_t write_factors(tempo__sketch *sketch, const tempo__binding *binding, size_t init, size_t map)
{
    const size_t first = tempo__put_argument(sketch, binding, init);
    for (size_t i = 0; i < binding->arguments[map].count; i++)
        tempo__put_element(sketch, binding, map, i);
    return first;
}

static size_t constant_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const tempo__argument *scales = &binding->arguments[CONSTANT_SCALES];
    const size_t first = write_factors(sketch, binding, CONSTANT_INIT, CONSTANT_SCALES);
    return scales->count ? write_steps(sketch, step, first, scales->count, scales->integers, first + 1) : first;
}

enum { INTERPOLATE_SHAPE, INTERPOLATE_INIT, INTERPOLATE_SCALES, INTERPOLATE_DTYPE, INTERPOLATE_COUNT };
static const tempo_parameter interpolate_parameters[INTERPOLATE_COUNT] = {
    [INTERPOLATE_SHAPE] = {"interpolate_type", TEMPO_CHOICE, NULL, CHOICES(SHAPES), "shape between two steps"},
    [INTERPOLATE_INIT] = {"init_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the start"},
    [INTERPOLATE_SCALES] = {"boundaries_and_scales", TEMPO_COUNT_MAP, "null", RANGE_AT_LEAST_0,
                            "map from a step to the factor that is reached there, such as {30: 0.1}"},
    [INTERPOLATE_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status interpolate_bind(tempo__binding *binding, void **prepared)
{
    const shape shape = binding->arguments[INTERPOLATE_SHAPE].integer == COSINE ? COSINE : LINEAR;
    return bind_map(binding, prepared, shape, binding->arguments[INTERPOLATE_INIT].real, INTERPOLATE_SCALES);
}

static size_t interpolate_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const tempo__argument *scales = &binding->arguments[INTERPOLATE_SCALES];
    const shape shape = binding->arguments[INTERPOLATE_SHAPE].integer == COSINE ? COSINE : LINEAR;
    const size_t bounds = write_bounds(sketch, scales->count, scales->integers);
    const size_t first = write_factors(sketch, binding, INTERPOLATE_INIT, INTERPOLATE_SCALES);
    const size_t factors = tempo__put_stack(sketch, first, scales->count + 1);
    return write_interpolation(sketch, step, shape, bounds, factors);
}

/* --- linear_onecycle_schedule and cosine_onecycle_schedule: interpolation from peak / div_factor --- */

/* What a Python dict would hold. */
enum { KNOTS_MAX = 3 };
typedef struct knots {
    size_t count;
    int64_t boundaries[KNOTS_MAX];
    double factors[KNOTS_MAX];
    size_t added; /* how many were, and for each that is left, which one it was */
    size_t sources[KNOTS_MAX];
} knots;

/* At a step that is there already, the new factor takes the place of the old one. */
static void add_knot(knots *k, int64_t boundary, double factor)
{
    size_t at = 0;
    while (at < k->count && k->boundaries[at] < boundary)
        at++;
    if (at == k->count || k->boundaries[at] != boundary) {
        for (size_t i = k->count++; i > at; i--) {
            k->boundaries[i] = k->boundaries[i - 1];
            k->factors[i] = k->factors[i - 1];
            k->sources[i] = k->sources[i - 1];
        }
    }
    k->boundaries[at] = boundary;
    k->factors[at] = factor;
    k->sources[at] = k->added++;
}

/* Adds one at a share of the cycle, truncated. */
static tempo_status add_knot_at(tempo__binding *binding, knots *k, size_t share, int64_t steps, double factor)
{
    int64_t boundary = 0;
    if (!tempo__truncate(&boundary, binding->arguments[share].real * (double)steps) ||
        !optax_fits_count(binding, boundary))
        return tempo__bind_fail(binding, share, TEMPO_OUT_OF_RANGE, "%s of %lld steps does not fit in %d bits",
                                binding->type->parameters[share].name, (long long)steps, binding->is_single ? 32 : 64);
    add_knot(k, boundary, factor);
    return TEMPO_OK;
}

static tempo_status fill_cycle(tempo__binding *binding, piecewise *out, shape shape, size_t peak, double div_factor,
                               const knots *k)
{
    const double first = binding->arguments[peak].real / div_factor;
    if (!optax_fits(binding, first))
        return tempo__bind_fail(binding, peak, TEMPO_BAD_VALUE, "peak_value / div_factor does not fit in a %s",
                                optax_precision(binding));
    return fill(binding, peak, shape, first, k->count, k->boundaries, k->factors, out);
}

/* The interpolation from `first` over the knots, of whose factors `factors` are the nodes as they were added. */
static size_t write_cycle(tempo__sketch *e, size_t step, shape shape, size_t first, const knots *k,
                          const size_t *factors)
{
    size_t operands[KNOTS_MAX + 1] = {first};
    for (size_t i = 0; i < k->count; i++)
        operands[i + 1] = factors[k->sources[i]];
    const size_t bounds = write_bounds(e, k->count, k->boundaries);
    return write_interpolation(e, step, shape, bounds, tempo__put(e, TEMPO_STACK, operands, k->count + 1));
}

#define CYCLE_STEPS_HELP "steps of the whole cycle"
#define CYCLE_PEAK_HELP "largest value"
#define CYCLE_START_HELP "share of the cycle in which the value rises"
#define CYCLE_DIV_HELP "the value starts at peak_value / div_factor"
#define CYCLE_FINAL_DIV_HELP "the value ends at peak_value / div_factor / final_div_factor"

enum {
    LINEAR_STEPS,
    LINEAR_PEAK,
    LINEAR_START,
    LINEAR_FINAL,
    LINEAR_DIV,
    LINEAR_FINAL_DIV,
    LINEAR_DTYPE,
    LINEAR_COUNT
};
static const tempo_parameter linear_parameters[LINEAR_COUNT] = {
    [LINEAR_STEPS] = {"transition_steps", TEMPO_COUNT, NULL, RANGE_ABOVE_0, CYCLE_STEPS_HELP},
    [LINEAR_PEAK] = {"peak_value", TEMPO_REAL, NULL, RANGE_ANY, CYCLE_PEAK_HELP},
    [LINEAR_START] = {"pct_start", TEMPO_REAL, "0.3", RANGE_ANY, CYCLE_START_HELP},
    [LINEAR_FINAL] = {"pct_final", TEMPO_REAL, "0.85", RANGE_ANY,
                      "share of the cycle after which the value is back where it started"},
    [LINEAR_DIV] = {"div_factor", TEMPO_REAL, "25.0", RANGE_ABOVE_0, CYCLE_DIV_HELP},
    [LINEAR_FINAL_DIV] = {"final_div_factor", TEMPO_REAL, "1e4", RANGE_ABOVE_0, CYCLE_FINAL_DIV_HELP},
    [LINEAR_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status find_linear_knots(tempo__binding *binding, knots *k)
{
    const tempo__argument *a = binding->arguments;
    const double div = a[LINEAR_DIV].real;
    const int64_t steps = a[LINEAR_STEPS].integer;
    tempo_status status = add_knot_at(binding, k, LINEAR_START, steps, div);
    if (!status)
        status = add_knot_at(binding, k, LINEAR_FINAL, steps, 1.0 / div);
    add_knot(k, steps, 1.0 / a[LINEAR_FINAL_DIV].real);
    return status;
}

static tempo_status linear_bind(tempo__binding *binding, void **prepared)
{
    knots k = {.count = 0};
    tempo_status status = optax_prepare(binding, sizeof(piecewise), prepared);
    if (!status)
        status = find_linear_knots(binding, &k);
    return status ? status
                  : fill_cycle(binding, *prepared, LINEAR, LINEAR_PEAK, binding->arguments[LINEAR_DIV].real, &k);
}

static size_t linear_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    knots k = {.count = 0};
    (void)find_linear_knots(binding, &k); /* which bind() has found possible */
    const size_t peak = tempo__put_argument(sketch, binding, LINEAR_PEAK);
    const size_t div = tempo__put_argument(sketch, binding, LINEAR_DIV);
    const size_t final = tempo__put_argument(sketch, binding, LINEAR_FINAL_DIV);
    const size_t first = TEMPO__PUT(sketch, TEMPO_DIVIDE, peak, div), one = tempo__put_real(sketch, 1.0);
    const size_t down = TEMPO__PUT(sketch, TEMPO_DIVIDE, one, div);
    const size_t factors[] = {div, down, TEMPO__PUT(sketch, TEMPO_DIVIDE, one, final)};
    return write_cycle(sketch, step, LINEAR, first, &k, factors);
}

enum { COSINE_STEPS, COSINE_PEAK, COSINE_START, COSINE_DIV, COSINE_FINAL_DIV, COSINE_DTYPE, COSINE_COUNT };
static const tempo_parameter cosine_parameters[COSINE_COUNT] = {
    [COSINE_STEPS] = {"transition_steps", TEMPO_COUNT, NULL, RANGE_ABOVE_0, CYCLE_STEPS_HELP},
    [COSINE_PEAK] = {"peak_value", TEMPO_REAL, NULL, RANGE_ANY, CYCLE_PEAK_HELP},
    [COSINE_START] = {"pct_start", TEMPO_REAL, "0.3", RANGE_ANY, CYCLE_START_HELP},
    [COSINE_DIV] = {"div_factor", TEMPO_REAL, "25.0", RANGE_ABOVE_0, CYCLE_DIV_HELP},
    [COSINE_FINAL_DIV] = {"final_div_factor", TEMPO_REAL, "1e4", RANGE_ABOVE_0, CYCLE_FINAL_DIV_HELP},
    [COSINE_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status find_cosine_knots(tempo__binding *binding, knots *k)
{
    const tempo__argument *a = binding->arguments;
    const double div = a[COSINE_DIV].real;
    const int64_t steps = a[COSINE_STEPS].integer;
    const tempo_status status = add_knot_at(binding, k, COSINE_START, steps, div);
    add_knot(k, steps, 1.0 / (div * a[COSINE_FINAL_DIV].real));
    return status;
}

static tempo_status cosine_bind(tempo__binding *binding, void **prepared)
{
    knots k = {.count = 0};
    tempo_status status = optax_prepare(binding, sizeof(piecewise), prepared);
    if (!status)
        status = find_cosine_knots(binding, &k);
    return status ? status
                  : fill_cycle(binding, *prepared, COSINE, COSINE_PEAK, binding->arguments[COSINE_DIV].real, &k);
}

static size_t cosine_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    knots k = {.count = 0};
    (void)find_cosine_knots(binding, &k); /* which bind() has found possible */
    const size_t peak = tempo__put_argument(sketch, binding, COSINE_PEAK);
    const size_t div = tempo__put_argument(sketch, binding, COSINE_DIV);
    const size_t final = tempo__put_argument(sketch, binding, COSINE_FINAL_DIV);
    const size_t first = TEMPO__PUT(sketch, TEMPO_DIVIDE, peak, div), one = tempo__put_real(sketch, 1.0);
    const size_t down = TEMPO__PUT(sketch, TEMPO_MULTIPLY, div, final);
    const size_t factors[] = {div, TEMPO__PUT(sketch, TEMPO_DIVIDE, one, down)};
    return write_cycle(sketch, step, COSINE, first, &k, factors);
}

/* --- the types --- */

#define OF_PIECEWISE \
    .counting = TEMPO__COUNTS_BATCHES, .absolute = true, .value = piecewise_value, .joint = piecewise_joint

#define CYCLE_NOTES                                                                                                \
    "Steps are truncated, never rounded, and steps that coincide (a short cycle, or a share of 0 or 1) collapse: " \
    "only the last factor counts. Deviation: a div_factor or final_div_factor of 0 or below is an error."

static const tempo_type types[] = {
    {
        .name = "optax.piecewise_constant_schedule",
        .summary = "multiply by a factor at each of some steps",
        .formula = "v(t) = init_value * product of the scales at steps <= t",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES "Scales of steps before 0 apply from the start.",
        .example = "optax.piecewise_constant_schedule init_value=0.1 boundaries_and_scales={300: 0.1, 600: 0.1}",
        .example_run = OPTAX_STEPS,
        PARAMETERS(constant_parameters),
        .bind = constant_bind,
        .express = constant_express,
        OF_PIECEWISE,
    },
    {
        .name = "optax.piecewise_interpolate_schedule",
        .summary = "lines or cosines from value to value, each a factor of the one before",
        .formula = "v(t) = from the value at the step before t to that at the next one, each the one before times its "
                   "scale",
        .source = OPTAX_SOURCE,
        .notes =
            OPTAX_NOTES "The last value stays. A scale multiplies the value before it, not init_value. With a step "
                        "before 0 training starts on the way from there.",
        .example = "optax.piecewise_interpolate_schedule interpolate_type=cosine init_value=0.1 "
                   "boundaries_and_scales={300: 0.2, 900: 0.1}",
        .example_run = OPTAX_STEPS,
        PARAMETERS(interpolate_parameters),
        .bind = interpolate_bind,
        .express = interpolate_express,
        OF_PIECEWISE,
    },
    {
        .name = "optax.linear_onecycle_schedule",
        .summary = "three lines: up to the peak, back to the start, down to the end",
        .formula = "v(t) = lines through peak_value / div_factor at 0, peak_value at pct_start * T, peak_value / "
                   "div_factor at pct_final * T, that / final_div_factor at T = transition_steps",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES CYCLE_NOTES,
        .example = "optax.linear_onecycle_schedule transition_steps=1000 peak_value=0.1",
        .example_run = OPTAX_STEPS,
        PARAMETERS(linear_parameters),
        .bind = linear_bind,
        .express = linear_express,
        OF_PIECEWISE,
    },
    {
        .name = "optax.cosine_onecycle_schedule",
        .summary = "half a cosine up to the peak, half a cosine down to the end",
        .formula = "v(t) = cosines through peak_value / div_factor at 0, peak_value at pct_start * T, peak_value / "
                   "(div_factor * final_div_factor) at T = transition_steps",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES CYCLE_NOTES,
        .example = "optax.cosine_onecycle_schedule transition_steps=1000 peak_value=0.1",
        .example_run = OPTAX_STEPS,
        PARAMETERS(cosine_parameters),
        .bind = cosine_bind,
        .express = cosine_express,
        OF_PIECEWISE,
    },
};

const tempo__family tempo__optax_piecewise = {types, sizeof types / sizeof types[0]};
