/* families/optax.h: what the schedules of optax, and those built on them, share: curves over steps, and joining
 * them one after the other.
 *
 * Source: optax 0.2.8, optax/schedules, checked against the running package on JAX 0.10.2 with and without
 * jax_enable_x64; the order of every operation is optax's, so that results agree to the last bit. All of
 * its schedules are absolute: value = f(step).
 *
 * Without jax_enable_x64 the count and whatever is computed from it are of 32 bits. Arithmetic among Python's numbers,
 * before they meet the count, is in double precision all the same: it is rounded once, where they meet.
 */
#ifndef TEMPO_FAMILIES_OPTAX_H
#define TEMPO_FAMILIES_OPTAX_H

#include "families/finite.h"
#include "schedule/expression.h"
#include "schedule/type.h"

#define OPTAX_SOURCE "optax 0.2.8, optax/schedules/_schedule.py"
#define OPTAX_STEPS "--max-duration 1000ba"

#define OPTAX_NOTES                                                                                                  \
    "Gives the value itself: the base is ignored. A scale schedule ratio other than 1 is refused, since optax has "  \
    "none. Computed in double precision, as JAX does with jax_enable_x64; where the dtype, its own or that of the "  \
    "schedule around it, is float32, as JAX does without: numbers have 32 bits, one that does not fit is an error, " \
    "and the count of steps stays at 2^31 - 1. "

#define OPTAX_LINE_NOTE \
    "The first value is (init_value - end_value) + end_value, which can miss init_value by the last bit. "

#define OPTAX_HOLD_NOTE "Without a step to go (0 or fewer) the first value is held for ever. "

#define OPTAX_POWER_NOTE                                                                                 \
    "A power that is written as an integer is multiplied out, one with a point is pow(): 3 and 3.0 may " \
    "differ in the last bit. "

#define OPTAX_BEGIN_NOTE "A negative transition_begin is 0. "

/* The last parameter of every type of optax. */
#define OPTAX_DTYPE                                                                   \
    "dtype", TEMPO_CHOICE, "float64", CHOICES("float64|float32"),                     \
        "JAX's arithmetic: with 64-bit numbers, or its default of 32; if not given, " \
        "that of the schedule around it"

#define OPTAX_RATE_HELP "factor per transition_steps; 0: the first value for ever"
#define OPTAX_STAIRCASE_HELP "decay only after every transition_steps"
#define OPTAX_BOUND_HELP "the value stops there: a lower bound if decay_rate < 1, else an upper one"

/* --- curves --- */

/* A value for every step >= 0. Fill in what the shape needs, then call the function of the shape. */
typedef struct optax_curve {
    double (*value)(const struct optax_curve *curve, int64_t step);
    /* The same in single precision, and finite. */
    float (*single)(const struct optax_curve *curve, int64_t step);
    double from;          /* init_value */
    double to;            /* end_value; of a cosine: alpha; of an exponential: its bound */
    double power;         /* of an exponential: decay_rate */
    int64_t whole_power;  /* the same if it is to be multiplied out, else -1 */
    int64_t begin, steps; /* where the transition begins, and how long it takes */
    bool is_staircase;
    bool is_bounded;
    int64_t corners[2]; /* steps with a corner; -1: none */
    int64_t period;     /* steps from jump to jump, from `begin` on; 0: there are none */
} optax_curve;

/* Sets the power of a curve from its argument. */
void optax_set_power(optax_curve *curve, const tempo__argument *power);

/* `from` for ever: constant_schedule(). */
void optax_hold(optax_curve *curve);

/* polynomial_schedule() from `from`, `to`, the power, `begin` and `steps`. Errors: BAD_VALUE, with the
 * path of `parameter`: `from` - `to` does not fit. */
tempo_status optax_polynomial(tempo__binding *binding, size_t parameter, optax_curve *curve);

/* linear_schedule(): the same with the power 1. */
tempo_status optax_line(tempo__binding *binding, size_t parameter, optax_curve *curve);

/* cosine_decay_schedule() from `from`, `to` (alpha), the power and `steps`, which must be > 0. */
void optax_cosine(optax_curve *curve);

/* exponential_decay() from `from`, the power (decay_rate), `begin`, `steps`, `is_staircase`, `is_bounded`
 * and `to`. Errors: BAD_VALUE, with the path of `parameter`: a negative rate would meet a power that is
 * not whole. */
tempo_status optax_exponential(tempo__binding *binding, size_t parameter, optax_curve *curve);

/* Reports that there is no step to go, or the rate is 0, as `parameter` says, so that `held` stays for ever. */
void optax_find_stillness(tempo__binding *binding, size_t parameter, const char *held);

/* --- curves joined at steps --- */

enum { OPTAX_PIECES_MAX = 3 };

/* What most of the types prepare. */
typedef struct optax_pieces {
    tempo__steps steps;
    bool is_single;
    size_t count;
    int64_t starts[OPTAX_PIECES_MAX]; /* the boundary before each; the first one's is 0 */
    optax_curve curves[OPTAX_PIECES_MAX];
} optax_pieces;

/* Zeroed memory of `size` bytes for a type, whose precision is settled in binding->is_single. Errors: NO_MEMORY,
 * CONFLICT (there is a scale schedule ratio), OUT_OF_RANGE (an argument does not fit in 32 bits, if it must). */
tempo_status optax_prepare(tempo__binding *binding, size_t size, void **prepared);

/* The same for pieces, of which there is one. */
tempo_status optax_take_pieces(tempo__binding *binding, void **prepared, optax_pieces **out);

/* The value() and joint() of a type that prepares pieces. */
double optax_pieces_value(const void *prepared, const tempo_timestamp *now, double base);
int64_t optax_pieces_joint(const void *prepared, const tempo__facts *facts, int64_t batch);

/* What such a type has in its row, next to its bind() and express(). */
#define OPTAX_OF_PIECES \
    .counting = TEMPO__COUNTS_BATCHES, .absolute = true, .value = optax_pieces_value, .joint = optax_pieces_joint

/* --- the same as operations --- */

/* A curve as nodes, and what has to be known of it beforehand. */
typedef struct optax_nodes {
    size_t from, to, power; /* as in optax_curve */
    size_t begin, steps;
    bool moves;        /* there is a step to go, and a rate that is not 0; else the value is `from` */
    bool is_staircase; /* this and the next two: of an exponential */
    bool is_bounded;   /* by `to` */
    bool grows;        /* the rate is not below 1 */
} optax_nodes;

/* The value of a curve after `step` steps. The order of the nodes is that of optax's code. */
size_t optax_write_polynomial(tempo__sketch *sketch, size_t step, const optax_nodes *nodes);
size_t optax_write_cosine(tempo__sketch *sketch, size_t step, const optax_nodes *nodes);
size_t optax_write_exponential(tempo__sketch *sketch, size_t step, const optax_nodes *nodes);

/* A straight line from `from` to `to` in that parameter's steps, if it has any. */
size_t optax_write_line(tempo__sketch *sketch, size_t step, size_t from, size_t to, const tempo__binding *binding,
                        size_t steps);

/* The parameter transition_begin. */
size_t optax_write_begin(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter);

/* join_schedules() of two: first the seam, then what follows it, at the steps since then, then both together. */
typedef struct optax_seam {
    size_t is_before, since;
} optax_seam;
optax_seam optax_write_seam(tempo__sketch *sketch, size_t step, size_t boundary);
size_t optax_write_joined(tempo__sketch *sketch, const optax_seam *seam, size_t before, size_t after);

/* --- precision --- */

/* Whether a number and a count fit into the precision of a schedule, and its name for a message. */
bool optax_fits(const tempo__binding *binding, double x);
bool optax_fits_count(const tempo__binding *binding, int64_t count);
const char *optax_precision(const tempo__binding *binding);

/* What XLA computes in single precision: on CPUs it turns subnormal numbers into 0. */
static inline float optax_flush(float x)
{
    return fabsf(x) < FLT_MIN ? copysignf(0.0F, x) : x;
}

/* The same, and finite. */
static inline float optax_single(float x)
{
    return finite_single(optax_flush(x));
}

/* --- steps --- */

/* Steps completed at a timestamp. The 32-bit count of an optimizer stays at its largest value. */
static inline int64_t optax_step(const tempo__steps *steps, bool is_single, const tempo_timestamp *now)
{
    const int64_t step = tempo__steps_at(steps, now);
    return is_single && step > INT32_MAX ? INT32_MAX : step;
}

/* step - start for start <= step, held at 2^63 - 1. */
static inline int64_t optax_since(int64_t step, int64_t start)
{
    const uint64_t since = (uint64_t)step - (uint64_t)start;
    return since > INT64_MAX ? INT64_MAX : (int64_t)since;
}

/* How many of ascending boundaries are at or before a step. */
size_t optax_passed(const int64_t *boundaries, size_t count, int64_t step);

/* For joint(): steps completed after `batch` batches, 0 before the start and if that cannot be told. */
static inline int64_t optax_steps_after(const tempo__facts *facts, const tempo__steps *steps, int64_t batch)
{
    const int64_t step = tempo__steps_after(facts, steps, batch);
    return step < 0 ? 0 : step;
}

#endif
