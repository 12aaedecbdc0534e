/* timm_factory.c: timm's create_scheduler_v2, which makes one of its schedulers from the options of its training
 * script. Computes nothing itself: it fills in the arguments of another type and binds that. See timm.h. */
#include <stdio.h>
#include <string.h>

#include "families/timm.h"

enum { COSINE, TANH, STEP, MULTISTEP, POLY, WSD, RSQRT, CONSTANT, PLATEAU, NONE };
#define SCHED_CHOICES "cosine|tanh|step|multistep|poly|wsd|rsqrt|constant|plateau|none"

enum {
    SCHED,
    NUM_EPOCHS,
    DECAY_EPOCHS,
    DECAY_MILESTONES,
    COOLDOWN_EPOCHS,
    PATIENCE_EPOCHS,
    DECAY_RATE,
    MIN_LR,
    WARMUP_LR,
    WARMUP_EPOCHS,
    WARMUP_PREFIX,
    NOISE,
    NOISE_PCT,
    NOISE_STD,
    NOISE_SEED,
    CYCLE_MUL,
    CYCLE_DECAY,
    CYCLE_LIMIT,
    K_DECAY,
    DECAY_FN,
    STABLE_TIMESCALE,
    PLATEAU_MODE,
    STEP_ON_EPOCHS,
    UPDATES_PER_EPOCH,
    PARAMETER_COUNT
};
static const tempo_parameter parameters[PARAMETER_COUNT] = {
    [SCHED] = {"sched", TEMPO_CHOICE, "cosine", CHOICES(SCHED_CHOICES), "which scheduler; none leaves the value alone"},
    [NUM_EPOCHS] = {"num_epochs", TEMPO_COUNT, "300", RANGE_ANY, "length of the first cycle, or of the schedule"},
    [DECAY_EPOCHS] = {"decay_epochs", TEMPO_REAL, "null", RANGE_ANY,
                      "of step: between drops (null: 90); of wsd and rsqrt: the decay, below 1 a fraction (null: 0.2)"},
    [DECAY_MILESTONES] = {"decay_milestones", TEMPO_COUNT_LIST, "[90, 180, 270]", RANGE_ANY, "drops of multistep"},
    [COOLDOWN_EPOCHS] = {"cooldown_epochs", TEMPO_COUNT, "0", RANGE_ANY,
                         "epochs to train on at min_lr: only compared with the run"},
    [PATIENCE_EPOCHS] = {"patience_epochs", TEMPO_COUNT, "10", RANGE_ANY,
                         "of plateau: epochs without improvement that are let pass"},
    [DECAY_RATE] = {"decay_rate", TEMPO_REAL, "0.1", RANGE_ANY, "factor of each drop; of poly: the power"},
    [MIN_LR] = {"min_lr", TEMPO_REAL, "0.0", RANGE_ANY, "value at the end of schedules that decay to one"},
    [WARMUP_LR] = {"warmup_lr", TEMPO_REAL, "1e-05", RANGE_ANY, "where the warmup starts: a value, not a factor"},
    [WARMUP_EPOCHS] = {"warmup_epochs", TEMPO_COUNT, "0", RANGE_ANY, "length of the linear warmup; 0: none"},
    [WARMUP_PREFIX] = {"warmup_prefix", TEMPO_FLAG, "false", RANGE_ANY, "num_epochs come after the warmup"},
    [NOISE] = {"noise", TEMPO_REAL_OR_LIST, "null", RANGE_ANY,
               "when there is noise, in fractions of num_epochs: from one on, or from one to before another"},
    TIMM_NOISE_ROWS(NOISE_PCT),
    [CYCLE_MUL] = {"cycle_mul", TEMPO_REAL, "1.0", RANGE_ANY, "each cycle is this times as long as the one before"},
    [CYCLE_DECAY] = {"cycle_decay", TEMPO_REAL, "0.1", RANGE_ANY, "each cycle starts at this times the one before"},
    [CYCLE_LIMIT] = {"cycle_limit", TEMPO_COUNT, "1", RANGE_ANY, "how many cycles"},
    [K_DECAY] = {"k_decay", TEMPO_REAL, "1.0", RANGE_ANY, "exponent of the progress within a cycle"},
    [DECAY_FN] = {"decay_fn", TEMPO_CHOICE, "null", CHOICES("linear|1-sqrt|cosine|power|exp"),
                  "shape of the decay; null: 1-sqrt for wsd, linear for rsqrt"},
    [STABLE_TIMESCALE] = {"stable_timescale", TEMPO_REAL, "null", RANGE_ANY,
                          "time scale of rsqrt in epochs; null: warmup_epochs"},
    [PLATEAU_MODE] = {"plateau_mode", TEMPO_CHOICE, "max", CHOICES("max|min"),
                      "of plateau: which metric is better, a larger or a smaller"},
    [STEP_ON_EPOCHS] = {"step_on_epochs", TEMPO_FLAG, "true", RANGE_ANY,
                        "the value moves once an epoch, not once an update"},
    [UPDATES_PER_EPOCH] = {"updates_per_epoch", TEMPO_COUNT, "0", RANGE_ANY,
                           "without step_on_epochs; left out: the run's batches_per_epoch"},
};

/* Parameters that have another name in the types that are made. */
static const struct {
    const char *name;
    size_t from;
} renamed[] = {
    {"t_initial", NUM_EPOCHS},     {"lr_min", MIN_LR},        {"warmup_t", WARMUP_EPOCHS},
    {"warmup_lr_init", WARMUP_LR}, {"decay_t", DECAY_EPOCHS}, {"t_in_epochs", STEP_ON_EPOCHS},
    {"noise_range_t", NOISE},      {"power", DECAY_RATE},     {"patience_t", PATIENCE_EPOCHS},
    {"mode", PLATEAU_MODE},
};

static const char *type_of(int64_t sched)
{
    switch (sched) {
    case COSINE:
        return "timm.CosineLRScheduler";
    case TANH:
        return "timm.TanhLRScheduler";
    case MULTISTEP:
        return "timm.MultiStepLRScheduler";
    case POLY:
        return "timm.PolyLRScheduler";
    case WSD:
    case RSQRT:
        return "timm.WSDLRScheduler";
    case PLATEAU:
        return "timm.PlateauLRScheduler";
    default:
        return "timm.StepLRScheduler";
    }
}

/* Where the argument for a parameter of the made type comes from; PARAMETER_COUNT: nowhere. */
static size_t source_of(int64_t sched, const char *name)
{
    if (sched == MULTISTEP && strcmp(name, "decay_t") == 0)
        return DECAY_MILESTONES;
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++)
        if (strcmp(renamed[i].name, name) == 0)
            return renamed[i].from;
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        if (strcmp(parameters[i].name, name) == 0)
            return i;
    return PARAMETER_COUNT;
}

/* --- the arguments of the made type --- */

enum { ARGUMENTS_MAX = 24 };

typedef struct making {
    tempo__binding *binding;
    int64_t sched;
    int64_t updates; /* in an epoch; 1 where the steps are epochs */
    const tempo_type *type;
    tempo__argument arguments[ARGUMENTS_MAX];
} making;

static tempo__argument *argument_of(making *m, const char *name)
{
    for (size_t i = 0; i < m->type->parameter_count; i++)
        if (strcmp(m->type->parameters[i].name, name) == 0)
            return &m->arguments[i];
    return NULL;
}

static tempo_status fail_overflow(const making *m, size_t parameter)
{
    return tempo__bind_fail(m->binding, parameter, TEMPO_OUT_OF_RANGE, "%s in updates does not fit in 64 bits",
                            parameters[parameter].name);
}

static tempo_status scale_milestones(const making *m, tempo__argument *list)
{
    int64_t *scaled = tempo__prepare(m->binding, list->count, sizeof *scaled);
    if (!scaled)
        return tempo__out_of_memory(m->binding->error);
    for (size_t i = 0; i < list->count; i++)
        if (!tempo__multiply(&scaled[i], list->integers[i], m->updates))
            return fail_overflow(m, DECAY_MILESTONES);
    list->integers = scaled;
    return TEMPO_OK;
}

/* From epochs to steps. */
static tempo_status scale(making *m)
{
    static const char *const lengths[] = {"t_initial", "warmup_t", "decay_t", "stable_timescale"};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        tempo__argument *length = argument_of(m, lengths[i]);
        if (!length)
            continue;
        const size_t source = source_of(m->sched, lengths[i]);
        length->real *= (double)m->updates;
        if (source == DECAY_MILESTONES) {
            const tempo_status status = scale_milestones(m, length);
            if (status)
                return status;
        } else if (parameters[source].kind == TEMPO_COUNT &&
                   !tempo__multiply(&length->integer, length->integer, m->updates)) {
            return fail_overflow(m, source);
        }
    }
    return TEMPO_OK;
}

/* From fractions of the schedule to steps. A list of one is a number. */
static tempo_status scale_noise(const making *m, tempo__argument *range)
{
    int64_t length = 0;
    if (range->is_null)
        return TEMPO_OK;
    if (!tempo__multiply(&length, m->binding->arguments[NUM_EPOCHS].integer, m->updates))
        return fail_overflow(m, NUM_EPOCHS);
    if (range->reals && range->count == 1)
        *range = (tempo__argument){.real = range->reals[0]};
    range->real *= (double)length;
    if (!range->reals)
        return TEMPO_OK;
    double *scaled = tempo__prepare(m->binding, range->count, sizeof *scaled);
    if (!scaled)
        return tempo__out_of_memory(m->binding->error);
    for (size_t i = 0; i < range->count; i++)
        scaled[i] = range->reals[i] * (double)length;
    range->reals = scaled;
    return TEMPO_OK;
}

/* Python's round(): halves to the even neighbour. */
static double round_half_even(double x)
{
    const double below = floor(x), rest = x - below;
    return rest > 0.5 || (rest == 0.5 && fmod(below, 2.0) != 0) ? below + 1 : below;
}

/* The warmup of WSDLRScheduler comes before t_initial; without warmup_prefix, the whole must last num_epochs. */
static tempo_status fit_wsd(making *m)
{
    const tempo__argument *given = m->binding->arguments;
    tempo__argument *length = argument_of(m, "t_initial"), *decay = argument_of(m, "decay_t");
    const double epochs = given[DECAY_EPOCHS].is_null ? 0.2 : given[DECAY_EPOCHS].real;
    const int64_t warmup = argument_of(m, "warmup_t")->integer;
    if (!given[WARMUP_PREFIX].flag && (warmup == INT64_MIN || !tempo__add(&length->integer, length->integer, -warmup)))
        return fail_overflow(m, WARMUP_EPOCHS);
    const double exact = epochs * (double)(epochs > 0 && epochs < 1 ? length->integer : m->updates);
    if (!tempo__truncate(&decay->integer, round_half_even(exact)))
        return fail_overflow(m, DECAY_EPOCHS);
    argument_of(m, "stable_fn")->integer = m->sched == RSQRT;
    if (given[DECAY_FN].is_null)
        argument_of(m, "decay_fn")->integer = m->sched == RSQRT ? 0 : 1;
    if (decay->integer > 0 && decay->integer <= length->integer)
        return TEMPO_OK;
    return tempo__bind_fail(m->binding, DECAY_EPOCHS, TEMPO_CONFLICT,
                            "the decay takes %lld steps, but must take at least 1 and at most the %lld that are left "
                            "after the warmup",
                            (long long)decay->integer, (long long)length->integer);
}

/* A number that the made type would not have read from a document. */
static tempo_status check_ranges(const making *m)
{
    for (size_t i = 0; i < m->type->parameter_count; i++) {
        const tempo_parameter *parameter = &m->type->parameters[i];
        const size_t source = source_of(m->sched, parameter->name);
        if (source == PARAMETER_COUNT || m->arguments[i].is_null ||
            (parameter->kind != TEMPO_REAL && parameter->kind != TEMPO_COUNT))
            continue;
        const double value = parameter->kind == TEMPO_COUNT ? (double)m->arguments[i].integer : m->arguments[i].real;
        if (value > parameter->minimum || (value == parameter->minimum && !parameter->above_minimum))
            continue;
        char text[TEMPO__NUMBER_MAX], least[TEMPO__NUMBER_MAX];
        tempo__number_print(text, value);
        tempo__number_print(least, parameter->minimum);
        return tempo__bind_fail(m->binding, source, TEMPO_BAD_VALUE, "%s is %s, but must be %s %s for this scheduler",
                                parameters[source].name, text, parameter->above_minimum ? ">" : ">=", least);
    }
    return TEMPO_OK;
}

static tempo_status fill_arguments(making *m)
{
    const tempo__argument *given = m->binding->arguments;
    for (size_t i = 0; i < m->type->parameter_count; i++) {
        const tempo_parameter *parameter = &m->type->parameters[i];
        const size_t source = source_of(m->sched, parameter->name);
        if (source < PARAMETER_COUNT)
            m->arguments[i] = given[source];
        else if (parameter->kind == TEMPO_REAL) /* what the function leaves at its default */
            tempo__number_parse(&m->arguments[i].real, parameter->default_text, strlen(parameter->default_text), false);
    }
    tempo__argument *decay = argument_of(m, "decay_t");
    if (m->sched == STEP && decay->is_null)
        *decay = (tempo__argument){.real = 90};
    tempo_status status = scale(m);
    if (!status)
        status = scale_noise(m, argument_of(m, "noise_range_t"));
    if (m->sched == CONSTANT) {
        *decay = (tempo__argument){.real = 1};
        argument_of(m, "decay_rate")->real = 1.0;
    }
    if (!status && (m->sched == WSD || m->sched == RSQRT))
        status = fit_wsd(m);
    return status ? status : check_ranges(m);
}

/* --- binding --- */

static tempo_status count_updates(tempo__binding *binding, int64_t *updates)
{
    const tempo__argument *given = &binding->arguments[UPDATES_PER_EPOCH];
    *updates = 1;
    if (binding->arguments[STEP_ON_EPOCHS].flag)
        return TEMPO_OK;
    const bool from_run = !given->given && !binding->has_every; /* which knows only its own updates */
    *updates = from_run ? binding->facts->batches_per_epoch : given->integer;
    if (*updates > 0)
        return TEMPO_OK;
    if (from_run)
        return tempo__bind_need(binding, binding->path, "batches_per_epoch",
                                "without step_on_epochs, lengths in epochs are turned into updates, but nothing says "
                                "how many an epoch has");
    return tempo__bind_fail(binding, UPDATES_PER_EPOCH, TEMPO_BAD_VALUE,
                            "updates_per_epoch is %lld, but must be > 0 without step_on_epochs",
                            (long long)given->integer);
}

static tempo_status check_steps(tempo__binding *binding)
{
    if (binding->arguments[SCHED].integer != PLATEAU || binding->arguments[STEP_ON_EPOCHS].flag)
        return TEMPO_OK;
    return tempo__bind_fail(binding, STEP_ON_EPOCHS, TEMPO_CONFLICT,
                            "plateau steps once an epoch, so step_on_epochs must be true");
}

/* An error of the made type names its parameter, which may have another name here. */
static void rename_path(const tempo__binding *binding, int64_t sched)
{
    if (!binding->error)
        return;
    const size_t length = strlen(binding->path);
    const char *path = binding->error->path;
    if (strncmp(path, binding->path, length) != 0 || path[length] != '.')
        return;
    const size_t source = source_of(sched, path + length + 1);
    if (source < PARAMETER_COUNT)
        tempo__blame(binding->error, "%s.%s", binding->path, parameters[source].name);
}

/* The factory also answers for how many epochs to train: the schedule's, and the cooldown. */
static void note_epochs(making *m, const tempo__steps *steps, const void *prepared)
{
    const tempo__argument *given = m->binding->arguments;
    int64_t length = 0, cooldown = 0;
    if (m->sched == WSD || m->sched == RSQRT)
        length =
            tempo__add(&length, argument_of(m, "t_initial")->integer, argument_of(m, "warmup_t")->integer) ? length : 0;
    else if (argument_of(m, "cycle_limit"))
        length = timm_cycles_length(prepared, 0);
    if (length <= 0 || !tempo__multiply(&cooldown, given[COOLDOWN_EPOCHS].integer, m->updates) ||
        !tempo__add(&length, length, cooldown))
        return;
    timm_note_length(m->binding, NUM_EPOCHS, steps, length, given[MIN_LR].real == 0 && cooldown == 0);
}

static tempo_status bind(tempo__binding *binding, void **prepared)
{
    making m = {.binding = binding, .sched = binding->arguments[SCHED].integer};
    tempo_status status = check_steps(binding);
    if (!status)
        status = count_updates(binding, &m.updates);
    if (!status && m.sched == NONE) /* whatever an epoch is */
        binding->steps = (tempo__steps){TEMPO_BATCH, tempo__counter_offset(TEMPO_BATCH), 1};
    if (status || m.sched == NONE)
        return status;
    m.type = tempo_type_find(type_of(m.sched));
    status = fill_arguments(&m);
    if (status)
        return status;
    tempo__binding inner = *binding;
    inner.type = m.type;
    inner.arguments = m.arguments;
    inner.silent = true; /* its findings would name parameters that were never given */
    status = m.type->bind(&inner, prepared);
    if (status) {
        rename_path(binding, m.sched);
        return status;
    }
    binding->steps = inner.steps;
    binding->reads = inner.reads;
    binding->undefined_from = inner.undefined_from;
    note_epochs(&m, &inner.steps, *prepared);
    binding->type = m.type;
    return TEMPO_OK;
}

/* Where sched is none: else the made type has the value. */
static double value(const void *prepared, const tempo_timestamp *now, double base)
{
    (void)prepared;
    (void)now;
    return base;
}

static const tempo_type types[] = {
    {
        .name = "timm.create_scheduler_v2",
        .summary = "any of timm's schedulers, from the options of its training script",
        .formula = "lr(t) of the type that sched names",
        .source = TIMM_SOURCE "scheduler_factory.py",
        .notes = "Lengths are in epochs; without step_on_epochs they are multiplied by updates_per_epoch. Of poly, "
                 "decay_rate is the power; cycle_decay is 0.1 by default, 1 in the types themselves. warmup_prefix is "
                 "false for step and multistep too, whose own default is true. Parameters that a scheduler does not "
                 "have are ignored. plateau listens to a metric, as timm.PlateauLRScheduler does. noise is a fraction "
                 "of num_epochs, of which a warmup with warmup_prefix and further cycles are no part. "
                 "Deviation: without step_on_epochs, updates_per_epoch may be left out where the run says "
                 "batches_per_epoch.",
        .example = "timm.create_scheduler_v2 sched=cosine num_epochs=30 min_lr=0.01 warmup_epochs=5 cycle_mul=2.0 "
                   "cycle_decay=0.5 cycle_limit=2",
        .example_run = "--max-duration 90ep --batches-per-epoch 100",
        PARAMETERS(parameters),
        .counting = TEMPO__COUNTS_EPOCHS,
        .bind = bind,
        .value = value,
    },
};

const tempo__family tempo__timm_factory = {types, sizeof types / sizeof types[0]};
