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

/* --- linear_onecycle_schedule and cosine_onecycle_schedule: interpolation from peak / div_factor --- */

/* What a Python dict would hold. */
typedef struct knots {
    size_t count;
    int64_t boundaries[3];
    double factors[3];
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
        }
    }
    k->boundaries[at] = boundary;
    k->factors[at] = factor;
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

static tempo_status linear_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *a = binding->arguments;
    const double div = a[LINEAR_DIV].real;
    const int64_t steps = a[LINEAR_STEPS].integer;
    knots k = {.count = 0};
    tempo_status status = optax_prepare(binding, sizeof(piecewise), prepared);
    if (!status)
        status = add_knot_at(binding, &k, LINEAR_START, steps, div);
    if (!status)
        status = add_knot_at(binding, &k, LINEAR_FINAL, steps, 1.0 / div);
    add_knot(&k, steps, 1.0 / a[LINEAR_FINAL_DIV].real);
    return status ? status : fill_cycle(binding, *prepared, LINEAR, LINEAR_PEAK, div, &k);
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

static tempo_status cosine_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *a = binding->arguments;
    const double div = a[COSINE_DIV].real;
    const int64_t steps = a[COSINE_STEPS].integer;
    knots k = {.count = 0};
    tempo_status status = optax_prepare(binding, sizeof(piecewise), prepared);
    if (!status)
        status = add_knot_at(binding, &k, COSINE_START, steps, div);
    add_knot(&k, steps, 1.0 / (div * a[COSINE_FINAL_DIV].real));
    return status ? status : fill_cycle(binding, *prepared, COSINE, COSINE_PEAK, div, &k);
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
        OF_PIECEWISE,
    },
};

const tempo__family tempo__optax_piecewise = {types, sizeof types / sizeof types[0]};
