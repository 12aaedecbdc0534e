/* optax_join.c: the schedules of optax that are others, one after the other. See optax.h for their source. */
#include "families/optax.h"

#include <math.h>

#include "schedule/nested.h"

/* --- warmup_constant_schedule: a line, and its end from then on --- */

enum { WARMUP_INIT, WARMUP_PEAK, WARMUP_STEPS, WARMUP_CONSTANT_DTYPE, WARMUP_CONSTANT_COUNT };
static const tempo_parameter warmup_constant_parameters[WARMUP_CONSTANT_COUNT] = {
    [WARMUP_INIT] = {"init_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the start"},
    [WARMUP_PEAK] = {"peak_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the end of the warmup and from then on"},
    [WARMUP_STEPS] = {"warmup_steps", TEMPO_COUNT, NULL, RANGE_ANY,
                      "steps of the warmup; 0 or fewer: init_value for ever"},
    [WARMUP_CONSTANT_DTYPE] = {OPTAX_DTYPE},
};

/* The line with which the three types with a warmup begin: their first parameters are the same. */
static tempo_status bind_warmup(tempo__binding *binding, optax_curve *curve)
{
    const tempo__argument *a = binding->arguments;
    *curve = (optax_curve){
        .from = a[WARMUP_INIT].real,
        .to = a[WARMUP_PEAK].real,
        .steps = a[WARMUP_STEPS].integer,
    };
    return optax_line(binding, WARMUP_PEAK, curve);
}

static tempo_status warmup_constant_bind(tempo__binding *binding, void **prepared)
{
    optax_pieces *p = NULL;
    const tempo_status status = optax_take_pieces(binding, prepared, &p);
    if (!status && binding->arguments[WARMUP_STEPS].integer <= 0)
        optax_find_stillness(binding, WARMUP_STEPS, "init_value");
    return status ? status : bind_warmup(binding, &p->curves[0]);
}

/* The same line; `peak` becomes the node of its end. */
static size_t write_warmup(tempo__sketch *sketch, const tempo__binding *binding, size_t step, size_t *peak)
{
    const size_t from = tempo__put_argument(sketch, binding, WARMUP_INIT);
    *peak = tempo__put_argument(sketch, binding, WARMUP_PEAK);
    return optax_write_line(sketch, step, from, *peak, binding, WARMUP_STEPS);
}

static size_t warmup_constant_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    size_t peak = 0;
    return write_warmup(sketch, binding, step, &peak);
}

/* --- warmup_cosine_decay_schedule: a line to the peak, then a cosine of decay_steps - warmup_steps --- */

enum { DECAY_STEPS = WARMUP_STEPS + 1, DECAY_END, DECAY_EXPONENT, WARMUP_COSINE_DTYPE, WARMUP_COSINE_COUNT };
static const tempo_parameter warmup_cosine_parameters[WARMUP_COSINE_COUNT] = {
    [WARMUP_INIT] = {"init_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the start"},
    [WARMUP_PEAK] = {"peak_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the end of the warmup"},
    [WARMUP_STEPS] = {"warmup_steps", TEMPO_COUNT, NULL, RANGE_ANY, "steps of the warmup"},
    [DECAY_STEPS] = {"decay_steps", TEMPO_COUNT, NULL, RANGE_ANY, "steps of warmup and decay together"},
    [DECAY_END] = {"end_value", TEMPO_REAL, "0.0", RANGE_ANY, "value at the end and from then on"},
    [DECAY_EXPONENT] = {"exponent", TEMPO_REAL, "1.0", RANGE_AT_LEAST_0, "power to which the cosine is raised"},
    [WARMUP_COSINE_DTYPE] = {OPTAX_DTYPE},
};

/* A second piece after the warmup, from the peak. */
static optax_curve *add_decay(const tempo__binding *binding, optax_pieces *p)
{
    p->count = 2;
    p->starts[1] = binding->arguments[WARMUP_STEPS].integer;
    p->curves[1].from = binding->arguments[WARMUP_PEAK].real;
    return &p->curves[1];
}

static tempo_status warmup_cosine_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *a = binding->arguments;
    const double peak = a[WARMUP_PEAK].real, end = a[DECAY_END].real;
    const int64_t warmup = a[WARMUP_STEPS].integer, steps = a[DECAY_STEPS].integer;
    optax_pieces *p = NULL;
    tempo_status status = optax_take_pieces(binding, prepared, &p);
    if (!status)
        status = bind_warmup(binding, &p->curves[0]);
    if (status)
        return status;
    if (steps <= warmup) {
        tempo__bind_fail(binding, DECAY_STEPS, TEMPO_ZERO_DURATION,
                         "decay_steps is %lld and includes the warmup of %lld, so nothing is left for the decay",
                         (long long)steps, (long long)warmup);
        tempo__advise(binding->error, "give more decay_steps, or use optax.warmup_constant_schedule");
        return TEMPO_ZERO_DURATION;
    }
    optax_curve *decay = add_decay(binding, p);
    decay->steps = optax_since(steps, warmup);
    decay->to = peak == 0 ? 0.0 : end / peak;
    if (!optax_fits(binding, decay->to))
        return tempo__bind_fail(binding, DECAY_END, TEMPO_BAD_VALUE, "end_value / peak_value does not fit in a %s",
                                optax_precision(binding));
    optax_set_power(decay, &a[DECAY_EXPONENT]);
    optax_cosine(decay);
    return TEMPO_OK;
}

/* end_value / peak_value, if that is a number. */
static size_t write_alpha(tempo__sketch *sketch, const tempo__binding *binding, size_t peak)
{
    if (binding->arguments[WARMUP_PEAK].real == 0)
        return tempo__put_real(sketch, 0.0);
    return TEMPO__PUT(sketch, TEMPO_DIVIDE, tempo__put_argument(sketch, binding, DECAY_END), peak);
}

static size_t warmup_cosine_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    size_t peak = 0;
    const size_t warmup = write_warmup(sketch, binding, step, &peak);
    const size_t boundary = tempo__put_argument(sketch, binding, WARMUP_STEPS);
    const size_t end = tempo__put_argument(sketch, binding, DECAY_STEPS);
    const optax_nodes nodes = {
        .from = peak,
        .to = write_alpha(sketch, binding, peak),
        .power = tempo__put_argument(sketch, binding, DECAY_EXPONENT),
        .steps = TEMPO__PUT(sketch, TEMPO_SUBTRACT, end, boundary),
    };
    const optax_seam seam = optax_write_seam(sketch, step, boundary);
    return optax_write_joined(sketch, &seam, warmup, optax_write_cosine(sketch, seam.since, &nodes));
}

/* --- warmup_exponential_decay_schedule: a line to the peak, then exponential_decay --- */

enum {
    WARMUP_EXPONENTIAL_STEPS = WARMUP_STEPS + 1,
    WARMUP_EXPONENTIAL_RATE,
    WARMUP_EXPONENTIAL_BEGIN,
    WARMUP_EXPONENTIAL_STAIRCASE,
    WARMUP_EXPONENTIAL_END,
    WARMUP_EXPONENTIAL_DTYPE,
    WARMUP_EXPONENTIAL_COUNT
};
static const tempo_parameter warmup_exponential_parameters[WARMUP_EXPONENTIAL_COUNT] = {
    [WARMUP_INIT] = {"init_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the start"},
    [WARMUP_PEAK] = {"peak_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the end of the warmup"},
    [WARMUP_STEPS] = {"warmup_steps", TEMPO_COUNT, NULL, RANGE_ANY, "steps of the warmup"},
    [WARMUP_EXPONENTIAL_STEPS] = {"transition_steps", TEMPO_COUNT, NULL, RANGE_ANY,
                                  "steps in which the value falls by decay_rate; 0 or fewer: no decay"},
    [WARMUP_EXPONENTIAL_RATE] = {"decay_rate", TEMPO_REAL, NULL, RANGE_ANY, OPTAX_RATE_HELP},
    [WARMUP_EXPONENTIAL_BEGIN] = {"transition_begin", TEMPO_COUNT, "0", RANGE_ANY,
                                  "steps between the warmup and the decay"},
    [WARMUP_EXPONENTIAL_STAIRCASE] = {"staircase", TEMPO_FLAG, "false", RANGE_ANY, OPTAX_STAIRCASE_HELP},
    [WARMUP_EXPONENTIAL_END] = {"end_value", TEMPO_REAL, "null", RANGE_ANY, OPTAX_BOUND_HELP},
    [WARMUP_EXPONENTIAL_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status warmup_exponential_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *a = binding->arguments;
    optax_pieces *p = NULL;
    tempo_status status = optax_take_pieces(binding, prepared, &p);
    if (!status)
        status = bind_warmup(binding, &p->curves[0]);
    if (status)
        return status;
    optax_curve *decay = add_decay(binding, p);
    decay->to = a[WARMUP_EXPONENTIAL_END].real;
    decay->power = a[WARMUP_EXPONENTIAL_RATE].real;
    decay->begin = a[WARMUP_EXPONENTIAL_BEGIN].integer;
    decay->steps = a[WARMUP_EXPONENTIAL_STEPS].integer;
    decay->is_staircase = a[WARMUP_EXPONENTIAL_STAIRCASE].flag;
    decay->is_bounded = !a[WARMUP_EXPONENTIAL_END].is_null;
    if (decay->steps <= 0)
        optax_find_stillness(binding, WARMUP_EXPONENTIAL_STEPS, "peak_value");
    else if (decay->power == 0)
        optax_find_stillness(binding, WARMUP_EXPONENTIAL_RATE, "peak_value");
    return optax_exponential(binding, WARMUP_EXPONENTIAL_RATE, decay);
}

static size_t warmup_exponential_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const tempo__argument *a = binding->arguments;
    size_t peak = 0;
    const bool is_bounded = !a[WARMUP_EXPONENTIAL_END].is_null;
    const size_t warmup = write_warmup(sketch, binding, step, &peak);
    const size_t boundary = tempo__put_argument(sketch, binding, WARMUP_STEPS);
    const optax_nodes nodes = {
        .from = peak,
        .to = is_bounded ? tempo__put_argument(sketch, binding, WARMUP_EXPONENTIAL_END) : 0,
        .power = tempo__put_argument(sketch, binding, WARMUP_EXPONENTIAL_RATE),
        .begin = optax_write_begin(sketch, binding, WARMUP_EXPONENTIAL_BEGIN),
        .steps = tempo__put_argument(sketch, binding, WARMUP_EXPONENTIAL_STEPS),
        .moves = a[WARMUP_EXPONENTIAL_STEPS].integer > 0 && a[WARMUP_EXPONENTIAL_RATE].real != 0,
        .is_staircase = a[WARMUP_EXPONENTIAL_STAIRCASE].flag,
        .is_bounded = is_bounded,
        .grows = a[WARMUP_EXPONENTIAL_RATE].real >= 1.0,
    };
    const optax_seam seam = optax_write_seam(sketch, step, boundary);
    return optax_write_joined(sketch, &seam, warmup, optax_write_exponential(sketch, seam.since, &nodes));
}

/* --- join_schedules: any schedules, each from its boundary on --- */

typedef struct join {
    tempo__steps steps;
    bool is_single;
    size_t count;
    const int64_t *starts; /* ascending, the first one <= 0 */
    const tempo__nested *schedules;
} join;

/* Takes the first `count` of bound schedules; each but the first begins at the boundary before it. optax
 * goes on to the last one whose boundary is reached, so that one at or after a later boundary is never
 * seen: what is left is in order. */
static tempo_status take_join(tempo__binding *binding, tempo__nested *schedules, const int64_t *boundaries,
                              size_t count, join *out)
{
    int64_t *starts = tempo__prepare(binding, count, sizeof *starts);
    if (!starts)
        return tempo__out_of_memory(binding->error);
    size_t first = count;
    for (size_t i = count; i-- > 0;) {
        const int64_t start = i > 0 ? boundaries[i - 1] : 0;
        if (first < count && start >= starts[first])
            continue;
        starts[--first] = start;
        schedules[first] = schedules[i];
    }
    *out = (join){binding->steps, binding->is_single, count - first, starts + first, schedules + first};
    return TEMPO_OK;
}

static double join_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const join *j = prepared;
    const int64_t step = optax_step(&j->steps, j->is_single, now);
    const size_t i = optax_passed(j->starts, j->count, step) - 1;
    return tempo__nested_value(&j->schedules[i], optax_since(step, j->starts[i]), base);
}

static int64_t join_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const join *j = prepared;
    const int64_t step = optax_steps_after(facts, &j->steps, batch);
    const size_t i = optax_passed(j->starts, j->count, step) - 1;
    int64_t next = tempo__nested_joint(&j->schedules[i], facts, optax_since(step, j->starts[i]));
    if (next < 0 || !tempo__add(&next, next, j->starts[i]))
        next = -1;
    if (i + 1 < j->count && (next < 0 || j->starts[i + 1] < next))
        next = j->starts[i + 1];
    return next < 0 ? -1 : tempo__nearer_step(-1, facts, &j->steps, next, batch);
}

static tempo_status fail_empty(tempo__binding *binding, size_t parameter)
{
    return tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE, "%s is empty, but at least one schedule is needed",
                            binding->type->parameters[parameter].name);
}

enum { JOIN_SCHEDULES, JOIN_BOUNDARIES, JOIN_DTYPE, JOIN_COUNT };
static const tempo_parameter join_parameters[JOIN_COUNT] = {
    [JOIN_SCHEDULES] = {"schedules", TEMPO_SCHEDULE_LIST, NULL, RANGE_ANY,
                        "schedules that give a value; each counts steps from its boundary"},
    [JOIN_BOUNDARIES] = {"boundaries", TEMPO_COUNT_LIST, NULL, RANGE_ANY,
                         "step at which each schedule but the first begins"},
    [JOIN_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status join_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *schedules = &binding->arguments[JOIN_SCHEDULES];
    const tempo__argument *boundaries = &binding->arguments[JOIN_BOUNDARIES];
    tempo_status status = optax_prepare(binding, sizeof(join), prepared);
    if (status)
        return status;
    if (!schedules->count)
        return fail_empty(binding, JOIN_SCHEDULES);
    for (size_t i = 0; i < schedules->count; i++) {
        if (schedules->schedules[i].type->absolute)
            continue;
        tempo__bind_fail(binding, JOIN_SCHEDULES, TEMPO_CONFLICT, "%s multiplies a base, but only values can be joined",
                         schedules->schedules[i].type->name);
        tempo__advise(binding->error, "join schedules of optax");
        return TEMPO_CONFLICT;
    }
    tempo__nested *bound = NULL;
    status = tempo__bind_nested(binding, JOIN_SCHEDULES, &bound);
    if (status)
        return status;
    if (schedules->count != boundaries->count + 1)
        tempo__bind_find(binding, JOIN_BOUNDARIES, TEMPO_FINDING_LEFT_OUT, "give one boundary fewer than schedules",
                         "there are %zu boundaries for %zu schedules, and what is left over has no effect",
                         boundaries->count, schedules->count);
    const size_t count = schedules->count <= boundaries->count ? schedules->count : boundaries->count + 1;
    return take_join(binding, bound, boundaries->integers, count, *prepared);
}

/* Unlike value(), optax computes every schedule, those too that a later boundary hides. */
static size_t join_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const size_t schedules = binding->arguments[JOIN_SCHEDULES].count;
    const size_t boundaries = binding->arguments[JOIN_BOUNDARIES].count;
    size_t value = tempo__put_nested(sketch, binding, JOIN_SCHEDULES, 0, step);
    for (size_t i = 0; i < boundaries && i + 1 < schedules; i++) {
        const size_t boundary = tempo__put_element(sketch, binding, JOIN_BOUNDARIES, i);
        const optax_seam seam = optax_write_seam(sketch, step, boundary);
        const size_t next = tempo__put_nested(sketch, binding, JOIN_SCHEDULES, i + 1, seam.since);
        value = optax_write_joined(sketch, &seam, value, next);
    }
    return value;
}

/* --- sgdr_schedule: a warmup_cosine_decay_schedule after the other --- */

enum { SGDR_KWARGS, SGDR_DTYPE, SGDR_COUNT };
static const tempo_parameter sgdr_parameters[SGDR_COUNT] = {
    [SGDR_KWARGS] = {"cosine_kwargs", TEMPO_SCHEDULE_LIST, NULL, CHOICES("optax.warmup_cosine_decay_schedule"),
                     "parameters of each cycle, which lasts decay_steps"},
    [SGDR_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status sgdr_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *cycles = &binding->arguments[SGDR_KWARGS];
    tempo_status status = optax_prepare(binding, sizeof(join), prepared);
    if (status)
        return status;
    if (!cycles->count)
        return fail_empty(binding, SGDR_KWARGS);
    int64_t *boundaries = tempo__prepare(binding, cycles->count, sizeof *boundaries);
    if (!boundaries)
        return tempo__out_of_memory(binding->error);
    int64_t end = 0;
    for (size_t i = 0; i < cycles->count; i++) {
        if (!tempo__add(&end, end, cycles->schedules[i].arguments[DECAY_STEPS].integer) ||
            !optax_fits_count(binding, end))
            return tempo__bind_fail(binding, SGDR_KWARGS, TEMPO_OUT_OF_RANGE,
                                    "the decay_steps of all cycles together do not fit in %d bits",
                                    binding->is_single ? 32 : 64);
        boundaries[i] = end;
    }
    tempo__nested *bound = NULL;
    status = tempo__bind_nested(binding, SGDR_KWARGS, &bound);
    return status ? status : take_join(binding, bound, boundaries, cycles->count, *prepared);
}

static size_t sgdr_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const tempo__argument *cycles = &binding->arguments[SGDR_KWARGS];
    int64_t boundary = 0;
    size_t value = tempo__put_nested(sketch, binding, SGDR_KWARGS, 0, step);
    for (size_t i = 1; i < cycles->count; i++) {
        boundary += cycles->schedules[i - 1].arguments[DECAY_STEPS].integer;
        const optax_seam seam = optax_write_seam(sketch, step, tempo__put_integer(sketch, boundary));
        const size_t next = tempo__put_nested(sketch, binding, SGDR_KWARGS, i, seam.since);
        value = optax_write_joined(sketch, &seam, value, next);
    }
    return value;
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "optax.warmup_constant_schedule",
        .summary = "straight line to peak_value, which stays",
        .formula = "v(t) = (init_value - peak_value) * (1 - min(t, warmup_steps) / warmup_steps) + peak_value",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES OPTAX_LINE_NOTE "Without a warmup (0 steps or fewer) the value is init_value for ever, "
                                             "not peak_value.",
        .example = "optax.warmup_constant_schedule init_value=0.0 peak_value=0.001 warmup_steps=100",
        .example_run = OPTAX_STEPS,
        PARAMETERS(warmup_constant_parameters),
        .bind = warmup_constant_bind,
        .express = warmup_constant_express,
        OPTAX_OF_PIECES,
    },
    {
        .name = "optax.warmup_cosine_decay_schedule",
        .summary = "straight line to peak_value, then half a cosine to end_value",
        .formula =
            "v(t) = linear_schedule to peak_value until warmup_steps, then cosine_decay_schedule over decay_steps "
            "- warmup_steps with alpha = end_value / peak_value",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES OPTAX_LINE_NOTE OPTAX_POWER_NOTE
        "decay_steps includes the warmup. With a peak_value of 0 the end is 0 too, whatever end_value says. "
        "Deviation: a negative exponent is an error (an infinite value at the end there).",
        .example =
            "optax.warmup_cosine_decay_schedule init_value=0.0 peak_value=0.001 warmup_steps=100 decay_steps=1000 "
            "end_value=0.0001",
        .example_run = OPTAX_STEPS,
        PARAMETERS(warmup_cosine_parameters),
        .bind = warmup_cosine_bind,
        .express = warmup_cosine_express,
        OPTAX_OF_PIECES,
    },
    {
        .name = "optax.warmup_exponential_decay_schedule",
        .summary = "straight line to peak_value, then a decay by decay_rate per transition_steps",
        .formula = "v(t) = linear_schedule to peak_value until warmup_steps, then exponential_decay from peak_value",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES OPTAX_LINE_NOTE OPTAX_BEGIN_NOTE
        "Without a step of transition, or with a decay_rate of 0, the peak stays. transition_begin counts from the "
        "end of the warmup. Deviations: growth stops at the largest double; a negative decay_rate is an error unless "
        "every power of it is whole (not a number there).",
        .example = "optax.warmup_exponential_decay_schedule init_value=0.0 peak_value=0.001 warmup_steps=100 "
                   "transition_steps=200 decay_rate=0.5",
        .example_run = OPTAX_STEPS,
        PARAMETERS(warmup_exponential_parameters),
        .bind = warmup_exponential_bind,
        .express = warmup_exponential_express,
        OPTAX_OF_PIECES,
    },
    {
        .name = "optax.sgdr_schedule",
        .summary = "cycles of warmup and cosine, each with its own parameters",
        .formula = "v(t) = warmup_cosine_decay_schedule of the cycle that t lies in, from its start; a cycle lasts its "
                   "decay_steps",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES "The last cycle's end stays. A schedule in cosine_kwargs need not name its type.",
        .example = "optax.sgdr_schedule cosine_kwargs=[{init_value: 0.0, peak_value: 0.1, warmup_steps: 50, "
                   "decay_steps: 400}, {init_value: 0.0, peak_value: 0.05, warmup_steps: 50, decay_steps: 600}]",
        .example_run = OPTAX_STEPS,
        PARAMETERS(sgdr_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .absolute = true,
        .bind = sgdr_bind,
        .express = sgdr_express,
        .value = join_value,
        .joint = join_joint,
    },
    {
        .name = "optax.join_schedules",
        .summary = "schedules one after the other, each counting from its own start",
        .formula = "v(t) = schedules[i](t - boundaries[i - 1]) for the last i with t >= boundaries[i - 1], else "
                   "schedules[0](t)",
        .source = "optax 0.2.8, optax/schedules/_join.py",
        .notes =
            OPTAX_NOTES "Boundaries count from the start of training. Schedules without a boundary, and boundaries "
                        "without a schedule, are dropped without a word. Deviation: only schedules that give a "
                        "value by themselves can be joined, where optax takes any function.",
        .example = "optax.join_schedules schedules=[(optax.linear_schedule init_value=0.0 end_value=0.1 "
                   "transition_steps=100), (optax.cosine_decay_schedule init_value=0.1 decay_steps=900)] "
                   "boundaries=[100]",
        .example_run = OPTAX_STEPS,
        PARAMETERS(join_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .absolute = true,
        .bind = join_bind,
        .express = join_express,
        .value = join_value,
        .joint = join_joint,
    },
};

const tempo__family tempo__optax_join = {types, sizeof types / sizeof types[0]};
