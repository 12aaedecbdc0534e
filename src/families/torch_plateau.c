/* torch_plateau.c: ReduceLROnPlateau, the scheduler of PyTorch that listens to a metric. See torch.h for its source and
 * notation. */
#include "families/torch_plateau.h"

#include "families/torch.h"

/* --- what timm's scheduler has inside too --- */

tempo_status torch_plateau_check(tempo__binding *binding, const torch_plateau *p, size_t factor, size_t threshold)
{
    char number[TEMPO__NUMBER_MAX];
    tempo__number_print(number, p->factor);
    if (p->factor >= 1)
        return tempo__bind_fail(binding, factor, TEMPO_BAD_VALUE, "%s is %s, but must be < 1",
                                binding->type->parameters[factor].name, number);
    if (p->is_max || !p->is_relative || p->threshold < 1)
        return TEMPO_OK;
    tempo__number_print(number, p->threshold);
    return tempo__bind_fail(binding, threshold, TEMPO_BAD_VALUE,
                            "threshold is %s of the best, so nothing would ever be better", number);
}

void torch_plateau_begin(const torch_plateau *p, double *memory)
{
    memory[TORCH_PLATEAU_BEST] = p->is_max ? -INFINITY : INFINITY;
    memory[TORCH_PLATEAU_BAD_EPOCHS] = memory[TORCH_PLATEAU_COOLDOWN] = 0;
}

/* A metric that is no number is never better. */
static bool is_better(const torch_plateau *p, double metric, double best)
{
    if (p->is_max)
        return metric > (p->is_relative ? best * (p->threshold + 1.0) : best + p->threshold);
    return metric < (p->is_relative ? best * (1.0 - p->threshold) : best - p->threshold);
}

static double reduced(const torch_plateau *p, double previous)
{
    const double product = previous * p->factor;
    const double next = p->min_lr > product ? p->min_lr : product;
    return previous - next > p->eps ? next : previous;
}

double torch_plateau_listen(const torch_plateau *p, double *memory, double metric, double previous)
{
    if (is_better(p, metric, memory[TORCH_PLATEAU_BEST])) {
        memory[TORCH_PLATEAU_BEST] = metric;
        memory[TORCH_PLATEAU_BAD_EPOCHS] = 0;
    } else {
        memory[TORCH_PLATEAU_BAD_EPOCHS]++;
    }
    if (memory[TORCH_PLATEAU_COOLDOWN] > 0) {
        memory[TORCH_PLATEAU_COOLDOWN]--;
        memory[TORCH_PLATEAU_BAD_EPOCHS] = 0;
    }
    if (memory[TORCH_PLATEAU_BAD_EPOCHS] <= p->patience)
        return previous;
    memory[TORCH_PLATEAU_COOLDOWN] = p->cooldown;
    memory[TORCH_PLATEAU_BAD_EPOCHS] = 0;
    return reduced(p, previous);
}

/* --- ReduceLROnPlateau --- */

enum {
    PLATEAU_MODE,
    PLATEAU_FACTOR,
    PLATEAU_PATIENCE,
    PLATEAU_THRESHOLD,
    PLATEAU_THRESHOLD_MODE,
    PLATEAU_COOLDOWN,
    PLATEAU_MIN,
    PLATEAU_EPS,
    PLATEAU_COUNT
};
static const tempo_parameter parameters[PLATEAU_COUNT] = {
    [PLATEAU_MODE] = {"mode", TEMPO_CHOICE, "min", CHOICES("min|max"), "which metric is better: a smaller or a larger"},
    [PLATEAU_FACTOR] = {"factor", TEMPO_REAL, "0.1", RANGE_0_TO_1, "what a reduction multiplies by; below 1"},
    [PLATEAU_PATIENCE] = {"patience", TEMPO_COUNT, "10", RANGE_AT_LEAST_0,
                          "steps without improvement that are let pass; the next one reduces"},
    [PLATEAU_THRESHOLD] = {"threshold", TEMPO_REAL, "1e-4", RANGE_AT_LEAST_0,
                           "how much better than the best so far counts as better"},
    [PLATEAU_THRESHOLD_MODE] = {"threshold_mode", TEMPO_CHOICE, "rel", CHOICES("rel|abs"),
                                "threshold as a share of the best, or as it is"},
    [PLATEAU_COOLDOWN] = {"cooldown", TEMPO_COUNT, "0", RANGE_AT_LEAST_0,
                          "steps after a reduction that do not count as without improvement"},
    [PLATEAU_MIN] = {"min_lr", TEMPO_REAL, "0", RANGE_ANY, "no reduction goes below it"},
    [PLATEAU_EPS] = {"eps", TEMPO_REAL, "1e-8", RANGE_AT_LEAST_0, "a reduction by no more than this does not happen"},
};

enum { MIN, MAX }; /* as in the choices of mode */
enum { REL, ABS }; /* as in the choices of threshold_mode */

static const char *const memory_names[] = {TORCH_PLATEAU_MEMORY_NAMES, NULL};

static tempo_status plateau_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    torch_plateau *p = tempo__prepare(binding, 1, sizeof *p);
    *prepared = p;
    if (!p)
        return tempo__out_of_memory(binding->error);
    *p = (torch_plateau){
        .is_max = given[PLATEAU_MODE].integer == MAX,
        .is_relative = given[PLATEAU_THRESHOLD_MODE].integer == REL,
        .factor = given[PLATEAU_FACTOR].real,
        .threshold = given[PLATEAU_THRESHOLD].real,
        .min_lr = given[PLATEAU_MIN].real,
        .eps = given[PLATEAU_EPS].real,
        .patience = (double)given[PLATEAU_PATIENCE].integer,
        .cooldown = (double)given[PLATEAU_COOLDOWN].integer,
    };
    const tempo_status status = torch_plateau_check(binding, p, PLATEAU_FACTOR, PLATEAU_THRESHOLD);
    return status ? status : tempo__refuse_ratio(binding);
}

static double plateau_begin(const void *prepared, double *memory, double base)
{
    torch_plateau_begin(prepared, memory);
    return base;
}

static double plateau_listen(const void *prepared, double *memory, int64_t step, double metric, double base,
                             double previous)
{
    (void)step;
    (void)base;
    return torch_plateau_listen(prepared, memory, metric, previous);
}

static const tempo_type types[] = {
    {
        .name = "torch.ReduceLROnPlateau",
        .summary = "multiply by factor whenever a metric has stopped improving",
        .formula = "η(t) = max(η(t - 1) * factor, min_lr) at the step after patience steps without a better metric, "
                   "else η(t - 1)",
        .source = TORCH_SOURCE,
        .notes = TORCH_STEPS_NOTE
        "Every step wants a metric: the value is known as far as metrics are. A metric that is no number is never "
        "better. With negative metrics the threshold of rel has the wrong sign: slightly worse ones count as better. "
        "eps is absolute, so values near it are not reduced any more; min_lr never raises a value. "
        "Deviations: a negative factor, patience, threshold, cooldown or eps is refused, and so is a threshold of 1 or "
        "more with min and rel, beside which nothing is ever better. Instead of PyTorch's list of min_lr, write one "
        "schedule "
        "per group, with groups. " TORCH_UNSCALED_NOTE,
        .example = "torch.ReduceLROnPlateau factor=0.5 patience=2",
        .example_run = "--max-duration 90ep --batches-per-epoch 100 --metrics losses.txt",
        PARAMETERS(parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = plateau_bind,
        .memory = memory_names,
        .begin = plateau_begin,
        .listen = plateau_listen,
    },
};

const tempo__family tempo__torch_plateau = {types, sizeof types / sizeof types[0]};
