/* timm_plateau.c: PlateauLRScheduler, the scheduler of timm that listens to a metric: PyTorch's ReduceLROnPlateau after
 * a warmup, with noise on what it comes to. See timm.h for its source and notation. */
#include "families/timm.h"
#include "families/torch_plateau.h"

enum {
    DECAY_RATE,
    PATIENCE,
    THRESHOLD,
    COOLDOWN,
    WARMUP,
    LR_MIN = WARMUP + TIMM_WARMUP_COUNT,
    MODE,
    NOISE_TYPE,
    NOISE_RANGE,
    NOISE_ROWS,
    PARAMETER_COUNT = NOISE_ROWS + TIMM_NOISE_COUNT
};
static const tempo_parameter parameters[PARAMETER_COUNT] = {
    [DECAY_RATE] = {"decay_rate", TEMPO_REAL, "0.1", RANGE_0_TO_1, "what a reduction multiplies by; below 1"},
    [PATIENCE] = {"patience_t", TEMPO_COUNT, "10", RANGE_AT_LEAST_0,
                  "steps without improvement that are let pass; the next one reduces"},
    [THRESHOLD] = {"threshold", TEMPO_REAL, "1e-4", RANGE_AT_LEAST_0,
                   "how much better than the best so far counts as better, as a share of it"},
    [COOLDOWN] = {"cooldown_t", TEMPO_COUNT, "0", RANGE_AT_LEAST_0,
                  "steps after a reduction that do not count as without improvement"},
    TIMM_WARMUP_ROWS(WARMUP, RANGE_ANY),
    [LR_MIN] = {"lr_min", TEMPO_REAL, "0.0", RANGE_ANY, "no reduction goes below it"},
    [MODE] = {"mode", TEMPO_CHOICE, "max", CHOICES("max|min"), "which metric is better: a larger or a smaller"},
    [NOISE_TYPE] = {"noise_type", TEMPO_CHOICE, "normal", CHOICES("normal|uniform"),
                    "how noise is drawn; uniform: between -noise_pct and noise_pct"},
    [NOISE_RANGE] = TIMM_NOISE_RANGE_ROW,
    TIMM_NOISE_ROWS(NOISE_ROWS),
};

enum { MAX, MIN };        /* as in the choices of mode       */
enum { NORMAL, UNIFORM }; /* as in the choices of noise_type */

typedef struct plateau {
    int64_t warmup; /* W */
    double start;
    torch_plateau torch;
    timm_noise noise;
} plateau;

/* The value before its noise, from which the next step goes on; NaN: the last step had none. */
enum { RESTORE = TORCH_PLATEAU_MEMORY };
static const char *const memory_names[] = {TORCH_PLATEAU_MEMORY_NAMES, "restore_lr", NULL};

static tempo_status bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    plateau *p = tempo__prepare(binding, 1, sizeof *p);
    *prepared = p;
    if (!p)
        return tempo__out_of_memory(binding->error);
    *p = (plateau){
        .warmup = given[WARMUP].integer,
        .start = given[WARMUP + 1].real,
        .torch =
            {
                .is_max = given[MODE].integer == MAX,
                .is_relative = true,
                .factor = given[DECAY_RATE].real,
                .threshold = given[THRESHOLD].real,
                .min_lr = given[LR_MIN].real,
                .eps = 1e-8, /* PyTorch's default */
                .patience = (double)given[PATIENCE].integer,
                .cooldown = (double)given[COOLDOWN].integer,
            },
        .noise.is_uniform = given[NOISE_TYPE].integer == UNIFORM,
    };
    tempo_status status = tempo__refuse_ratio(binding);
    if (!status)
        status = torch_plateau_check(binding, &p->torch, DECAY_RATE, THRESHOLD);
    return status ? status : timm_bind_noise(binding, NOISE_RANGE, &p->noise);
}

static double begin(const void *prepared, double *memory, double base)
{
    const plateau *p = prepared;
    torch_plateau_begin(&p->torch, memory);
    memory[RESTORE] = NAN;
    return p->warmup ? p->start : base;
}

static double listen(const void *prepared, double *memory, int64_t step, double metric, double base, double previous)
{
    const plateau *p = prepared;
    if (step <= p->warmup)
        return p->start + (double)step * (finite_span(p->start, base) / (double)p->warmup);
    const double found = isnan(memory[RESTORE]) ? previous : memory[RESTORE];
    const double value = torch_plateau_listen(&p->torch, memory, metric, found);
    const bool is_noisy = step >= p->noise.first && step <= p->noise.last;
    memory[RESTORE] = is_noisy ? value : NAN;
    return is_noisy ? timm_add_noise(&p->noise, step, value) : value;
}

static const tempo_type types[] = {
    {
        .name = "timm.PlateauLRScheduler",
        .summary = "multiply by decay_rate whenever a metric has stopped improving, with warmup",
        .formula = "lr(t) = max(lr(t - 1) * decay_rate, lr_min) at the step after patience_t steps without a better "
                   "metric, else lr(t - 1)",
        .source = TIMM_SOURCE "plateau_lr.py",
        .notes =
            "t counts epochs, and every step wants the metric of the epoch that it ends: step(t, metric). Up to and "
            "with t = warmup_t the metric is not looked at. Then it is PyTorch's ReduceLROnPlateau with a threshold "
            "of rel and an eps of 1e-8: a metric that is no number is never better, and with negative metrics the "
            "threshold has the wrong sign. It goes on from the last value of the warmup, which rounding may leave "
            "beside the base. mode is max by default, min in PyTorch. Noise is on the value, not in it: the next step "
            "goes on from the value without. " TIMM_NOISE_NOTE
            "uniform, which is what timm makes of any other noise_type than normal, does not look at noise_std and "
            "takes any "
            "noise_pct. "
            "Deviations: at t = 0 the value is the constructor's, which without a warmup is the base; a step(0) in "
            "timm sets it to warmup_lr_init then, mostly 0, from where there is no way back. A saved state of a "
            "stepper is complete; timm's has the best metric, but neither how many steps are bad nor the cooldown. A "
            "step without a metric is an error. What torch.ReduceLROnPlateau refuses is refused, "
            "and " TIMM_REFUSED_NOTE,
        .example = "timm.PlateauLRScheduler decay_rate=0.5 patience_t=2 warmup_t=5 warmup_lr_init=0.05 mode=min",
        .example_run = "--max-duration 90ep --batches-per-epoch 100 --metrics losses.txt",
        PARAMETERS(parameters),
        .counting = TEMPO__COUNTS_EPOCHS,
        .bind = bind,
        .memory = memory_names,
        .begin = begin,
        .listen = listen,
    },
};

const tempo__family tempo__timm_plateau = {types, sizeof types / sizeof types[0]};
