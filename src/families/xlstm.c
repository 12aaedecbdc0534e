/* xlstm.c: the schedule that xlstm-jax builds from its SchedulerConfig, out of optax's curves.
 *
 * Source: xlstm-jax 0f3ebc2, as described in words and formulas, on optax 0.2.8. In comments M is the
 * length of the main part, between warmup and cooldown.
 */
#include <math.h>
#include <stdio.h>

#include "families/optax.h"

enum { LR, NAME, DECAY_STEPS, END_LR, END_LR_FACTOR, COOLDOWN_STEPS, WARMUP_STEPS, COOLDOWN_LR, PARAMETER_COUNT };
static const tempo_parameter parameters[PARAMETER_COUNT] = {
    [LR] = {"lr", TEMPO_REAL, NULL, RANGE_ANY, "value after the warmup"},
    [NAME] = {"name", TEMPO_CHOICE, "constant", CHOICES("constant|cosine_decay|exponential_decay|linear"),
              "shape of the main part"},
    [DECAY_STEPS] = {"decay_steps", TEMPO_COUNT, "0", CHOICES("null"),
                     "steps of warmup, main part and cooldown together; null: as long as the run"},
    [END_LR] = {"end_lr", TEMPO_REAL, "null", RANGE_ANY, "value at the end of the main part"},
    [END_LR_FACTOR] = {"end_lr_factor", TEMPO_REAL, "null", RANGE_ANY, "the same as a factor of lr"},
    [COOLDOWN_STEPS] = {"cooldown_steps", TEMPO_COUNT, "0", RANGE_ANY,
                        "steps of the straight line with which it ends; 0 or fewer: none"},
    [WARMUP_STEPS] = {"warmup_steps", TEMPO_COUNT, "0", RANGE_ANY,
                      "steps of the straight line from 0 to lr; 0 or fewer: none"},
    [COOLDOWN_LR] = {"cooldown_lr", TEMPO_REAL, "0.0", RANGE_ANY, "value at the end of the cooldown"},
};

/* In the order of the choices. */
typedef enum shape { CONSTANT, COSINE_DECAY, EXPONENTIAL_DECAY, LINEAR } shape;

/* Where the main part ends. */
typedef struct ending {
    double lr;
    double factor; /* the same as a factor of the learning rate */
} ending;

static tempo_status find_ending(tempo__binding *binding, ending *out)
{
    const tempo__argument *a = binding->arguments;
    const double lr = a[LR].real, end = a[END_LR].real;
    const bool has_lr = !a[END_LR].is_null, has_factor = !a[END_LR_FACTOR].is_null;
    if (has_lr && lr == 0)
        return tempo__bind_fail(binding, END_LR, TEMPO_BAD_VALUE, "end_lr cannot be a factor of lr, which is 0");
    out->factor = has_factor ? a[END_LR_FACTOR].real : has_lr ? end / lr : 0.0;
    out->lr = has_factor ? out->factor * lr : end;
    if (!isfinite(out->factor) || !isfinite(out->lr))
        return tempo__bind_fail(binding, has_lr ? END_LR : END_LR_FACTOR, TEMPO_BAD_VALUE,
                                "the end of the main part does not fit in a double");
    if (!has_lr || !has_factor || fabs(end - out->lr) <= 1e-9 * fabs(end))
        return TEMPO_OK;
    char given[TEMPO__NUMBER_MAX], meant[TEMPO__NUMBER_MAX];
    tempo__number_print(given, end);
    tempo__number_print(meant, out->lr);
    tempo__bind_fail(binding, END_LR_FACTOR, TEMPO_CONFLICT, "end_lr is %s, but end_lr_factor times lr is %s", given,
                     meant);
    tempo__advise(binding->error, "give one of the two");
    return TEMPO_CONFLICT;
}

/* The steps of the run, which is what xlstm-jax's trainer puts in place of null. */
static tempo_status find_run_steps(tempo__binding *binding, int64_t *out)
{
    static const char *const facts_by_unit[TEMPO_UNIT_COUNT] = {
        [TEMPO_EPOCH] = "batches_per_epoch", [TEMPO_SAMPLE] = "samples_per_batch", [TEMPO_TOKEN] = "tokens_per_batch"};
    const tempo__facts *facts = binding->facts;
    const tempo_time run = facts->max_duration;
    if (binding->is_nested) {
        tempo__bind_fail(binding, DECAY_STEPS, TEMPO_CONFLICT,
                         "decay_steps is null, but a schedule inside another one is not as long as the run");
        tempo__advise(binding->error, "give decay_steps a number");
        return TEMPO_CONFLICT;
    }
    const int64_t batches = facts->has_max_duration ? tempo__batch_of(facts, run.unit, run.count) : -1;
    *out = batches < 0 ? -1 : tempo__steps_after(facts, &binding->steps, batches);
    if (*out >= 0)
        return TEMPO_OK;
    const char *fact = "max_duration";
    if (facts->has_max_duration)
        fact = facts_by_unit[batches < 0 ? run.unit : binding->steps.unit];
    if (!fact)
        return tempo__bind_fail(binding, DECAY_STEPS, TEMPO_UNIT_MISMATCH,
                                "decay_steps is null, and a run in %s does not tell a number of steps",
                                tempo_unit_suffix(run.unit));
    char path[TEMPO__PATH_MAX];
    (void)snprintf(path, sizeof path, "%s.%s", binding->path, parameters[DECAY_STEPS].name);
    return tempo__bind_need(binding, path, fact, "decay_steps is null, but nothing says how many steps the run has");
}

/* M, and where the cooldown begins. */
static tempo_status find_main_steps(tempo__binding *binding, int64_t *out, int64_t *cooldown_start)
{
    const tempo__argument *a = binding->arguments;
    const int64_t warmup = a[WARMUP_STEPS].integer, cooldown = a[COOLDOWN_STEPS].integer;
    int64_t decay = a[DECAY_STEPS].integer;
    if (a[DECAY_STEPS].is_null) {
        const tempo_status status = find_run_steps(binding, &decay);
        if (status)
            return status;
    }
    const bool fits = warmup > INT64_MIN && cooldown > INT64_MIN && tempo__add(cooldown_start, decay, -cooldown) &&
                      tempo__add(out, *cooldown_start, -warmup);
    if (!fits)
        return tempo__bind_fail(binding, DECAY_STEPS, TEMPO_OUT_OF_RANGE,
                                "decay_steps less warmup_steps and cooldown_steps does not fit in 64 bits");
    if (*out >= 0)
        return TEMPO_OK;
    tempo__bind_fail(binding, DECAY_STEPS, TEMPO_CONFLICT,
                     "decay_steps is %lld, less than warmup_steps %lld and cooldown_steps %lld together",
                     (long long)decay, (long long)warmup, (long long)cooldown);
    tempo__advise(binding->error, "give more decay_steps");
    return TEMPO_CONFLICT;
}

static optax_curve *add_piece(optax_pieces *pieces, int64_t start)
{
    pieces->starts[pieces->count] = start;
    return &pieces->curves[pieces->count++];
}

/* The main part; `end` becomes where it hands over to a cooldown. */
static tempo_status bind_main(tempo__binding *binding, optax_curve *curve, int64_t steps, ending *end)
{
    const double lr = binding->arguments[LR].real;
    *curve = (optax_curve){.from = lr, .to = end->lr, .steps = steps};
    switch ((shape)binding->arguments[NAME].integer) {
    case CONSTANT:
        end->lr = lr;
        optax_hold(curve);
        return TEMPO_OK;
    case LINEAR:
        return optax_line(binding, END_LR, curve);
    case EXPONENTIAL_DECAY:
        curve->power = end->factor;
        return optax_exponential(binding, binding->arguments[END_LR].is_null ? END_LR_FACTOR : END_LR, curve);
    case COSINE_DECAY:
        break;
    }
    if (steps == 0) {
        tempo__bind_fail(binding, DECAY_STEPS, TEMPO_ZERO_DURATION,
                         "decay_steps less warmup_steps and cooldown_steps is 0, so the cosine has no length");
        tempo__advise(binding->error, "give more decay_steps");
        return TEMPO_ZERO_DURATION;
    }
    curve->to = end->factor;
    curve->whole_power = 1;
    optax_cosine(curve);
    return TEMPO_OK;
}

static tempo_status bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *a = binding->arguments;
    const int64_t warmup = a[WARMUP_STEPS].integer, cooldown = a[COOLDOWN_STEPS].integer;
    ending end = {0.0, 0.0};
    int64_t main_steps = 0, cooldown_start = 0;
    optax_pieces *pieces = NULL;
    tempo_status status = optax_take_pieces(binding, prepared, &pieces);
    if (status)
        return status;
    pieces->count = 0;
    status = find_main_steps(binding, &main_steps, &cooldown_start);
    if (!status)
        status = find_ending(binding, &end);
    if (!status && warmup > 0) {
        optax_curve *line = add_piece(pieces, 0);
        *line = (optax_curve){.from = 0.0, .to = a[LR].real, .steps = warmup};
        status = optax_line(binding, LR, line);
    }
    if (!status)
        status = bind_main(binding, add_piece(pieces, warmup > 0 ? warmup : 0), main_steps, &end);
    if (!status && cooldown > 0) {
        optax_curve *line = add_piece(pieces, cooldown_start);
        *line = (optax_curve){.from = end.lr, .to = a[COOLDOWN_LR].real, .steps = cooldown};
        status = optax_line(binding, COOLDOWN_LR, line);
    }
    return status;
}

/* --- the same as operations --- */

/* Where the main part ends, as nodes, and what has to be known of it beforehand. */
typedef struct ending_nodes {
    size_t lr, factor;
    bool has_factor; /* it is not 0 */
    int64_t main_steps, cooldown_start;
} ending_nodes;

static ending_nodes write_ending(tempo__sketch *sketch, tempo__binding *binding, size_t lr)
{
    const tempo__argument *a = binding->arguments;
    ending end = {0.0, 0.0};
    ending_nodes nodes = {.main_steps = 0};
    (void)find_ending(binding, &end); /* this and the next: bind() has found them possible */
    (void)find_main_steps(binding, &nodes.main_steps, &nodes.cooldown_start);
    nodes.has_factor = end.factor != 0;
    if (!a[END_LR_FACTOR].is_null) {
        nodes.factor = tempo__put_argument(sketch, binding, END_LR_FACTOR);
        nodes.lr = TEMPO__PUT(sketch, TEMPO_MULTIPLY, nodes.factor, lr);
    } else if (!a[END_LR].is_null) {
        nodes.lr = tempo__put_argument(sketch, binding, END_LR);
        nodes.factor = TEMPO__PUT(sketch, TEMPO_DIVIDE, nodes.lr, lr);
    } else {
        nodes.lr = nodes.factor = tempo__put_real(sketch, 0.0);
    }
    if (a[NAME].integer == CONSTANT)
        nodes.lr = lr;
    return nodes;
}

/* The shape of the main part. */
static size_t write_main(tempo__sketch *sketch, const tempo__binding *binding, size_t step, size_t lr,
                         const ending_nodes *end)
{
    optax_nodes nodes = {
        .from = lr,
        .begin = tempo__put_integer(sketch, 0),
        .steps = tempo__put_integer(sketch, end->main_steps),
        .moves = end->main_steps > 0,
    };
    switch ((shape)binding->arguments[NAME].integer) {
    case CONSTANT:
        return lr;
    case LINEAR:
        nodes.to = end->lr;
        nodes.power = tempo__put_integer(sketch, 1);
        return optax_write_polynomial(sketch, step, &nodes);
    case EXPONENTIAL_DECAY:
        nodes.power = end->factor;
        nodes.moves = nodes.moves && end->has_factor;
        return optax_write_exponential(sketch, step, &nodes);
    case COSINE_DECAY:
        break;
    }
    nodes.to = end->factor;
    nodes.power = tempo__put_real(sketch, 1.0);
    return optax_write_cosine(sketch, step, &nodes);
}

static size_t express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const tempo__argument *a = binding->arguments;
    const size_t lr = tempo__put_argument(sketch, binding, LR);
    const ending_nodes end = write_ending(sketch, binding, lr);
    size_t value = 0;
    if (a[WARMUP_STEPS].integer > 0) {
        const size_t boundary = tempo__put_argument(sketch, binding, WARMUP_STEPS);
        value = optax_write_line(sketch, step, tempo__put_real(sketch, 0.0), lr, binding, WARMUP_STEPS);
        const optax_seam seam = optax_write_seam(sketch, step, boundary);
        value = optax_write_joined(sketch, &seam, value, write_main(sketch, binding, seam.since, lr, &end));
    } else {
        value = write_main(sketch, binding, step, lr, &end);
    }
    if (a[COOLDOWN_STEPS].integer > 0) {
        const size_t last = tempo__put_argument(sketch, binding, COOLDOWN_LR);
        const optax_seam seam = optax_write_seam(sketch, step, tempo__put_integer(sketch, end.cooldown_start));
        const size_t cooldown = optax_write_line(sketch, seam.since, end.lr, last, binding, COOLDOWN_STEPS);
        value = optax_write_joined(sketch, &seam, value, cooldown);
    }
    return value;
}

static const tempo_type types[] = {
    {
        .name = "xlstm.SchedulerConfig",
        .summary = "straight warmup from 0, a constant, cosine, exponential or linear main part, straight cooldown",
        .formula =
            "v(t) = 0 to lr over warmup_steps; then the shape of `name` from lr to its end over M = decay_steps - "
            "warmup_steps - cooldown_steps; then to cooldown_lr over cooldown_steps",
        .source = "xlstm-jax 0f3ebc2, xlstm_jax/trainer/optimizer/scheduler.py, on optax 0.2.8",
        .notes = OPTAX_NOTES
        "The end of the main part is end_lr, or end_lr_factor * lr, or 0. An exponential_decay to 0 stays at lr, and a "
        "cooldown then starts from 0: a cliff; one with an end goes on falling past it unless a cooldown follows. With "
        "M = 0 exponential_decay and linear stay at lr, and cosine_decay is an error. The first update of a warmup has "
        "a "
        "value of 0. Deviations: end_lr and end_lr_factor * lr may differ by 1e-9 of it, where xlstm-jax compares "
        "quotients bit for bit; a decay_steps of null is the length of the run, which xlstm-jax's trainer fills in; "
        "name "
        "cannot be null; growth stops at the largest double.",
        .example = "xlstm.SchedulerConfig lr=0.001 name=cosine_decay decay_steps=1000 end_lr_factor=0.1 "
                   "cooldown_steps=100 warmup_steps=100",
        .example_run = OPTAX_STEPS,
        PARAMETERS(parameters),
        .bind = bind,
        .express = express,
        OPTAX_OF_PIECES,
    },
};

const tempo__family tempo__xlstm = {types, sizeof types / sizeof types[0]};
