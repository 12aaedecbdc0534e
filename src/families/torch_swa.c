/* torch_swa.c: SWALR, the scheduler of PyTorch for stochastic weight averaging. See torch.h for the notation.
 *
 * Source: PyTorch 2.13, torch/optim/swa_utils.py, checked against the running package.
 */
#include "families/torch.h"

static const double pi = 3.141592653589793;

enum { SWA_LR, SWA_EPOCHS, SWA_STRATEGY, SWA_COUNT };
static const tempo_parameter parameters[SWA_COUNT] = {
    [SWA_LR] = {"swa_lr", TEMPO_REAL, NULL, RANGE_ANY, "value at the end, and from then on"},
    [SWA_EPOCHS] = {"anneal_epochs", TEMPO_COUNT, "10", RANGE_AT_LEAST_0,
                    "steps from the base to swa_lr; 0: swa_lr from the start"},
    [SWA_STRATEGY] = {"anneal_strategy", TEMPO_CHOICE, "cos", CHOICES("cos|linear"), "curve from one to the other"},
};

enum { COS, LINEAR }; /* as in the choices of anneal_strategy */

typedef struct swa {
    tempo__steps steps;
    double swa_lr;
    int64_t length;
    bool linear;
} swa;

static tempo_status swa_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    swa *s = tempo__prepare(binding, 1, sizeof *s);
    *prepared = s;
    if (!s)
        return tempo__out_of_memory(binding->error);
    *s = (swa){binding->steps, given[SWA_LR].real, given[SWA_EPOCHS].integer, given[SWA_STRATEGY].integer == LINEAR};
    return tempo__refuse_ratio(binding);
}

/* The share of swa_lr after a number of steps. */
static double share_at(const swa *s, int64_t step)
{
    if (step <= 0)
        return 0;
    if (step >= s->length)
        return 1; /* of the cosine too */
    const double done = tempo__ratio(step, s->length);
    return s->linear ? done : (1 - cos(pi * done)) / 2;
}

/* Without steps to anneal in, the first one has been taken at the start. */
static int64_t steps_taken(const swa *s, int64_t step)
{
    return s->length == 0 && step == 0 ? 1 : step;
}

static double swa_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const swa *s = prepared;
    const double share = share_at(s, steps_taken(s, tempo__steps_at(&s->steps, now)));
    return s->swa_lr * share + base * (1 - share);
}

/* PyTorch finds out where it came from by what is there now. */
static double swa_next(const void *prepared, int64_t step, double base, double previous)
{
    (void)base;
    const swa *s = prepared;
    const int64_t taken = steps_taken(s, step);
    const double before = share_at(s, taken - 1), share = share_at(s, taken);
    const double start = before == 1 ? s->swa_lr : (previous - before * s->swa_lr) / (1 - before);
    return s->swa_lr * share + start * (1 - share);
}

static int64_t swa_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const swa *s = prepared;
    return tempo__nearer_step(-1, facts, &s->steps, s->length, batch);
}

static const tempo_type types[] = {
    {
        .name = "torch.SWALR",
        .summary = "from the base to swa_lr, for stochastic weight averaging",
        .formula = "η(t) = swa_lr * a(u) + η_i * (1 - a(u)), u = min(1, t / anneal_epochs), a(u) = (1 - cos(pi * u)) / "
                   "2 or u",
        .source = "PyTorch 2.13, torch/optim/swa_utils.py",
        .notes = TORCH_STEPS_NOTE
        "PyTorch has no closed form of it; its step() works out from the present value where it came from, and so "
        "drifts from this one by roundings. anneal_epochs counts steps. In a run it mostly follows another "
        "schedule, whose last value it starts from: let the base be that, or torch.SequentialLR with a "
        "stepper. " TORCH_GROUPS_NOTE TORCH_UNSCALED_NOTE,
        .example = "torch.SWALR swa_lr=0.05 anneal_epochs=30 anneal_strategy=linear",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = swa_bind,
        .value = swa_value,
        .next = swa_next,
        .joint = swa_joint,
    },
};

torch_part torch_swa_part(const tempo__entry *entry)
{
    return (torch_part){.kind = entry->type == &types[0] ? TORCH_SWA : TORCH_OTHER};
}

const tempo__family tempo__torch_swa = {types, sizeof types / sizeof types[0]};
