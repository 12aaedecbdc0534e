/* optax_curves.c: the curves of optax over steps, and joining them. Knows no type. See optax.h for their source. */
#include "families/optax.h"

#include <math.h>
#include <string.h>

/* --- curves --- */

void optax_set_power(optax_curve *curve, const tempo__argument *power)
{
    curve->power = power->real;
    curve->whole_power = power->whole ? power->integer : power->real == 1.0 ? 1 : -1; /* x ^ 1.0 is x too */
}

/* x ^ power for x from 0 to 1. JAX multiplies out an integer power, in this order. */
static double raise_to_power(const optax_curve *curve, double x)
{
    if (curve->whole_power < 0)
        return pow(x, curve->power);
    double product = 1.0;
    for (int64_t left = curve->whole_power; left > 0; left >>= 1) {
        if (left & 1)
            product *= x;
        x *= x;
    }
    return product;
}

static float raise_single(const optax_curve *curve, float x)
{
    if (curve->whole_power < 0)
        return optax_single(powf(x, (float)curve->power));
    float product = 1.0F;
    for (int64_t left = curve->whole_power; left > 0; left >>= 1) {
        if (left & 1)
            product *= x;
        x *= x;
    }
    return optax_single(product);
}

static double hold_value(const optax_curve *curve, int64_t step)
{
    (void)step;
    return curve->from;
}

/* optax gives Python's number itself here: as the optimizer's arithmetic takes it. */
static float hold_single(const optax_curve *curve, int64_t step)
{
    (void)step;
    return (float)curve->from;
}

void optax_hold(optax_curve *curve)
{
    curve->value = hold_value;
    curve->single = hold_single;
    curve->period = 0;
    curve->corners[0] = curve->corners[1] = -1;
}

/* Holds the first value if there is no step to go. */
static bool starts(optax_curve *curve)
{
    optax_hold(curve);
    if (curve->begin < 0)
        curve->begin = 0;
    return curve->steps > 0;
}

static double polynomial_value(const optax_curve *curve, int64_t step)
{
    const int64_t since = step > curve->begin ? step - curve->begin : 0;
    const double done = since < curve->steps ? (double)since / (double)curve->steps : 1.0;
    return (curve->from - curve->to) * raise_to_power(curve, 1 - done) + curve->to;
}

static double line_value(const optax_curve *curve, int64_t step)
{
    const int64_t since = step > curve->begin ? step - curve->begin : 0;
    const double done = since < curve->steps ? (double)since / (double)curve->steps : 1.0;
    return (curve->from - curve->to) * (1 - done) + curve->to;
}

/* The share of a transition that is left: the count is clipped as an integer, then divided. */
static float left_single(const optax_curve *curve, int64_t step)
{
    const int64_t since = step > curve->begin ? step - curve->begin : 0;
    return 1 - (since < curve->steps ? (float)since / (float)curve->steps : 1.0F);
}

/* (from - to) * left ^ power + to: the difference is Python's. */
static float span_single(const optax_curve *curve, float left)
{
    const float span = optax_single((float)(curve->from - curve->to));
    return optax_single(optax_single(span * left) + optax_single((float)curve->to));
}

static float polynomial_single(const optax_curve *curve, int64_t step)
{
    return span_single(curve, raise_single(curve, left_single(curve, step)));
}

static float line_single(const optax_curve *curve, int64_t step)
{
    return span_single(curve, left_single(curve, step));
}

tempo_status optax_polynomial(tempo__binding *binding, size_t parameter, optax_curve *curve)
{
    if (!starts(curve))
        return TEMPO_OK;
    if (!optax_fits(binding, curve->from - curve->to))
        return tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE,
                                "the difference from the first value to %s does not fit in a %s",
                                binding->type->parameters[parameter].name, optax_precision(binding));
    curve->value = polynomial_value;
    curve->single = polynomial_single;
    curve->corners[0] = curve->begin;
    if (!tempo__add(&curve->corners[1], curve->begin, curve->steps))
        curve->corners[1] = -1;
    return TEMPO_OK;
}

tempo_status optax_line(tempo__binding *binding, size_t parameter, optax_curve *curve)
{
    const tempo_status status = optax_polynomial(binding, parameter, curve);
    if (curve->value == polynomial_value) {
        curve->value = line_value;
        curve->single = line_single;
    }
    return status;
}

static const double pi = 3.141592653589793;

static double cosine_value(const optax_curve *curve, int64_t step)
{
    const double steps = (double)curve->steps;
    const double cosine = 0.5 * (1 + cos(pi * (step < curve->steps ? (double)step : steps) / steps));
    return curve->from * ((1 - curve->to) * raise_to_power(curve, cosine) + curve->to);
}

static float cosine_single(const optax_curve *curve, int64_t step)
{
    const float steps = (float)curve->steps;
    const float cosine = 0.5F * (1 + cosf((float)pi * (step < curve->steps ? (float)step : steps) / steps));
    const float factor = optax_single((float)(1 - curve->to)), alpha = optax_single((float)curve->to);
    const float decayed = optax_single(optax_single(factor * raise_single(curve, cosine)) + alpha);
    return optax_single(optax_single((float)curve->from) * decayed);
}

void optax_cosine(optax_curve *curve)
{
    optax_hold(curve);
    curve->value = cosine_value;
    curve->single = cosine_single;
    curve->corners[0] = curve->steps;
}

static double exponential_unbounded(const optax_curve *curve, int64_t step)
{
    if (step <= curve->begin)
        return curve->from;
    const double done = (double)(step - curve->begin) / (double)curve->steps;
    return curve->from * finite(pow(curve->power, curve->is_staircase ? floor(done) : done));
}

static double exponential_value(const optax_curve *curve, int64_t step)
{
    const double value = exponential_unbounded(curve, step);
    if (!curve->is_bounded)
        return value;
    if (curve->power < 1.0)
        return value > curve->to ? value : curve->to;
    return value < curve->to ? value : curve->to;
}

static float unbounded_single(const optax_curve *curve, int64_t step)
{
    if (step <= curve->begin)
        return (float)curve->from;
    const float from = optax_single((float)curve->from), rate = optax_single((float)curve->power);
    const float done = (float)(step - curve->begin) / (float)curve->steps;
    return optax_single(from * optax_single(powf(rate, curve->is_staircase ? floorf(done) : done)));
}

/* It is Python that compares the rate with 1. */
static float exponential_single(const optax_curve *curve, int64_t step)
{
    if (!curve->is_bounded)
        return unbounded_single(curve, step);
    const float value = optax_single(unbounded_single(curve, step)), bound = optax_single((float)curve->to);
    if (curve->power < 1.0)
        return value > bound ? value : bound;
    return value < bound ? value : bound;
}

static bool is_held(const optax_curve *curve, bool is_single, int64_t step)
{
    if (is_single)
        return unbounded_single(curve, step) != exponential_single(curve, step);
    return exponential_unbounded(curve, step) != exponential_value(curve, step);
}

/* The first step at which the bound begins or ceases to hold the value, or -1. */
static int64_t find_bound(const optax_curve *curve, bool is_single)
{
    int64_t low = curve->begin, high = is_single ? INT32_MAX : INT64_MAX;
    const bool held = is_held(curve, is_single, low);
    if (held == is_held(curve, is_single, high))
        return -1;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (held == is_held(curve, is_single, middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

tempo_status optax_exponential(tempo__binding *binding, size_t parameter, optax_curve *curve)
{
    if (!starts(curve) || curve->power == 0)
        return TEMPO_OK;
    if (curve->power < 0 && !curve->is_staircase && curve->steps > 1) {
        char rate[TEMPO__NUMBER_MAX];
        tempo__number_print(rate, curve->power);
        tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE,
                         "the decay rate is %s, and a negative number has no power between whole steps", rate);
        tempo__advise(binding->error, "give a rate above 0, or let the decay be a staircase");
        return TEMPO_BAD_VALUE;
    }
    curve->value = exponential_value;
    curve->single = exponential_single;
    curve->corners[0] = curve->begin;
    if (curve->is_staircase)
        curve->period = curve->steps;
    else if (curve->is_bounded && curve->power > 0)
        curve->corners[1] = find_bound(curve, binding->is_single);
    return TEMPO_OK;
}

void optax_find_stillness(tempo__binding *binding, size_t parameter, const char *held)
{
    tempo__bind_find(binding, parameter, TEMPO_FINDING_NEVER_MOVES,
                     "give the steps that it is to take, or use optax.constant_schedule",
                     "%s is %lld, so %s stays for ever", binding->type->parameters[parameter].name,
                     (long long)binding->arguments[parameter].integer, held);
}

/* The first step after `step` (>= 0) with a jump or a corner, or -1. */
static int64_t next_corner(const optax_curve *curve, int64_t step)
{
    int64_t best = -1, jump = 0;
    for (size_t i = 0; i < 2; i++)
        if (curve->corners[i] > step && (best < 0 || curve->corners[i] < best))
            best = curve->corners[i];
    if (!curve->period)
        return best;
    const int64_t past = step > curve->begin ? (step - curve->begin) / curve->period : 0;
    const bool fits = tempo__add(&jump, past, 1) && tempo__multiply(&jump, jump, curve->period) &&
                      tempo__add(&jump, jump, curve->begin);
    return fits && (best < 0 || jump < best) ? jump : best;
}

/* --- the same as operations --- */

size_t optax_write_polynomial(tempo__sketch *sketch, size_t step, const optax_nodes *nodes)
{
    if (!nodes->moves)
        return nodes->from;
    const size_t zero = tempo__put_integer(sketch, 0), one = tempo__put_integer(sketch, 1);
    const size_t since = TEMPO__PUT(sketch, TEMPO_SUBTRACT, step, nodes->begin);
    const size_t count = TEMPO__PUT(sketch, TEMPO_CLIP, since, zero, nodes->steps);
    const size_t done = TEMPO__PUT(sketch, TEMPO_DIVIDE, count, nodes->steps);
    const size_t left = TEMPO__PUT(sketch, TEMPO_SUBTRACT, one, done);
    const size_t span = TEMPO__PUT(sketch, TEMPO_SUBTRACT, nodes->from, nodes->to);
    const size_t power = TEMPO__PUT(sketch, TEMPO_POWER, left, nodes->power);
    const size_t part = TEMPO__PUT(sketch, TEMPO_MULTIPLY, span, power);
    return TEMPO__PUT(sketch, TEMPO_ADD, part, nodes->to);
}

size_t optax_write_line(tempo__sketch *sketch, size_t step, size_t from, size_t to, const tempo__binding *binding,
                        size_t steps)
{
    const optax_nodes nodes = {
        .from = from,
        .to = to,
        .power = tempo__put_integer(sketch, 1),
        .begin = tempo__put_integer(sketch, 0),
        .steps = tempo__put_argument(sketch, binding, steps),
        .moves = binding->arguments[steps].integer > 0,
    };
    return optax_write_polynomial(sketch, step, &nodes);
}

/* jax.numpy.pi is Python's. */
size_t optax_write_cosine(tempo__sketch *sketch, size_t step, const optax_nodes *nodes)
{
    const size_t half = tempo__put_real(sketch, 0.5), one = tempo__put_integer(sketch, 1),
                 turn = tempo__put_real(sketch, pi);
    const size_t steps = TEMPO__PUT(sketch, TEMPO_FLOAT, nodes->steps), now = TEMPO__PUT(sketch, TEMPO_FLOAT, step);
    const size_t count = TEMPO__PUT(sketch, TEMPO_MINIMUM, now, steps);
    const size_t turned = TEMPO__PUT(sketch, TEMPO_MULTIPLY, turn, count);
    const size_t angle = TEMPO__PUT(sketch, TEMPO_DIVIDE, turned, steps);
    const size_t cosine = TEMPO__PUT(sketch, TEMPO_COS, angle);
    const size_t raised = TEMPO__PUT(sketch, TEMPO_ADD, one, cosine);
    const size_t left = TEMPO__PUT(sketch, TEMPO_MULTIPLY, half, raised);
    const size_t span = TEMPO__PUT(sketch, TEMPO_SUBTRACT, one, nodes->to);
    const size_t power = TEMPO__PUT(sketch, TEMPO_POWER, left, nodes->power);
    const size_t part = TEMPO__PUT(sketch, TEMPO_MULTIPLY, span, power);
    const size_t decayed = TEMPO__PUT(sketch, TEMPO_ADD, part, nodes->to);
    return TEMPO__PUT(sketch, TEMPO_MULTIPLY, nodes->from, decayed);
}

size_t optax_write_exponential(tempo__sketch *sketch, size_t step, const optax_nodes *nodes)
{
    if (!nodes->moves)
        return nodes->from;
    const size_t zero = tempo__put_integer(sketch, 0);
    const size_t since = TEMPO__PUT(sketch, TEMPO_SUBTRACT, step, nodes->begin);
    size_t done = TEMPO__PUT(sketch, TEMPO_DIVIDE, since, nodes->steps);
    if (nodes->is_staircase)
        done = TEMPO__PUT(sketch, TEMPO_FLOOR, done);
    const size_t is_before = TEMPO__PUT(sketch, TEMPO_LESS_EQUAL, since, zero);
    const size_t power = TEMPO__PUT(sketch, TEMPO_POWER, nodes->power, done);
    const size_t decayed = TEMPO__PUT(sketch, TEMPO_MULTIPLY, nodes->from, power);
    const size_t value = TEMPO__PUT(sketch, TEMPO_WHERE, is_before, nodes->from, decayed);
    if (!nodes->is_bounded)
        return value;
    return TEMPO__PUT(sketch, nodes->grows ? TEMPO_MINIMUM : TEMPO_MAXIMUM, value, nodes->to);
}

size_t optax_write_begin(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter)
{
    const bool is_negative = binding->arguments[parameter].integer < 0;
    return is_negative ? tempo__put_integer(sketch, 0) : tempo__put_argument(sketch, binding, parameter);
}

optax_seam optax_write_seam(tempo__sketch *sketch, size_t step, size_t boundary)
{
    const size_t is_before = TEMPO__PUT(sketch, TEMPO_LESS, step, boundary);
    return (optax_seam){is_before, TEMPO__PUT(sketch, TEMPO_SUBTRACT, step, boundary)};
}

size_t optax_write_joined(tempo__sketch *sketch, const optax_seam *seam, size_t before, size_t after)
{
    return TEMPO__PUT(sketch, TEMPO_WHERE, seam->is_before, before, after);
}

/* --- precision --- */

bool optax_fits(const tempo__binding *binding, double x)
{
    return binding->is_single ? fabs(x) <= (double)FLT_MAX : isfinite(x);
}

bool optax_fits_count(const tempo__binding *binding, int64_t count)
{
    return !binding->is_single || (count >= INT32_MIN && count <= INT32_MAX);
}

const char *optax_precision(const tempo__binding *binding)
{
    return binding->is_single ? "float" : "double";
}

/* What the schedule says, else what the one around it does. */
static void settle_precision(tempo__binding *binding)
{
    for (size_t p = 0; p < binding->type->parameter_count; p++)
        if (binding->arguments[p].given && strcmp(binding->type->parameters[p].name, "dtype") == 0)
            binding->is_single = binding->arguments[p].integer == 1;
}

/* JAX refuses most of what does not fit in 32 bits. */
static tempo_status check_range(tempo__binding *binding)
{
    for (size_t p = 0; p < binding->type->parameter_count; p++) {
        const tempo__argument *a = &binding->arguments[p];
        bool fits = optax_fits(binding, a->real) && optax_fits_count(binding, a->integer);
        for (size_t i = 0; a->reals && i < a->count; i++)
            fits = fits && optax_fits(binding, a->reals[i]);
        for (size_t i = 0; a->integers && i < a->count; i++)
            fits = fits && optax_fits_count(binding, a->integers[i]);
        if (fits)
            continue;
        tempo__bind_fail(binding, p, TEMPO_OUT_OF_RANGE, "%s holds a number that does not fit in 32 bits",
                         binding->type->parameters[p].name);
        tempo__advise(binding->error, "leave dtype at float64");
        return TEMPO_OUT_OF_RANGE;
    }
    return TEMPO_OK;
}

/* --- pieces --- */

tempo_status optax_prepare(tempo__binding *binding, size_t size, void **prepared)
{
    *prepared = tempo__prepare(binding, 1, size);
    if (!*prepared) {
        tempo__out_of_memory(binding->error);
        return TEMPO_NO_MEMORY;
    }
    settle_precision(binding);
    const tempo_status status = binding->is_single ? check_range(binding) : TEMPO_OK;
    return status ? status : tempo__refuse_ratio(binding);
}

tempo_status optax_take_pieces(tempo__binding *binding, void **prepared, optax_pieces **out)
{
    const tempo_status status = optax_prepare(binding, sizeof **out, prepared);
    if (status)
        return status;
    *out = *prepared;
    (*out)->steps = binding->steps;
    (*out)->is_single = binding->is_single;
    (*out)->count = 1;
    return TEMPO_OK;
}

/* The last piece whose boundary is reached, as optax looks for it. */
static size_t find_piece(const optax_pieces *pieces, int64_t step)
{
    size_t i = pieces->count - 1;
    while (i > 0 && step < pieces->starts[i])
        i--;
    return i;
}

double optax_pieces_value(const void *prepared, const tempo_timestamp *now, double base)
{
    (void)base;
    const optax_pieces *pieces = prepared;
    const int64_t step = optax_step(&pieces->steps, pieces->is_single, now);
    const size_t i = find_piece(pieces, step);
    const optax_curve *curve = &pieces->curves[i];
    const int64_t since = optax_since(step, pieces->starts[i]);
    return pieces->is_single ? (double)curve->single(curve, since) : finite(curve->value(curve, since));
}

int64_t optax_pieces_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const optax_pieces *pieces = prepared;
    const int64_t step = optax_steps_after(facts, &pieces->steps, batch);
    const size_t i = find_piece(pieces, step);
    const int64_t corner = next_corner(&pieces->curves[i], optax_since(step, pieces->starts[i]));
    int64_t best = -1;
    if (corner < 0 || !tempo__add(&best, corner, pieces->starts[i]))
        best = -1;
    for (size_t n = i + 1; n < pieces->count; n++)
        if (best < 0 || pieces->starts[n] < best)
            best = pieces->starts[n];
    return best < 0 ? -1 : tempo__nearer_step(-1, facts, &pieces->steps, best, batch);
}

/* --- steps --- */

size_t optax_passed(const int64_t *boundaries, size_t count, int64_t step)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (boundaries[middle] <= step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
