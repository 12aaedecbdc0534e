/* torch_chains.c: the schedulers of PyTorch that are made of others: Sequential, Chained. See torch.h for their source
 * and notation. */
#include "families/torch.h"
#include "schedule/nested.h"

/* Refuses the scheduler at `index`, with its path and why. */
static tempo_status refuse_part(tempo__binding *binding, size_t parameter, size_t index, const char *why,
                                const char *advice)
{
    const tempo_type *type = binding->arguments[parameter].schedules[index].type;
    const char *name = binding->type->parameters[parameter].name;
    tempo__bind_fail(binding, parameter, TEMPO_CONFLICT, "%s cannot be inside this %s: %s", type->name,
                     binding->type->name, why);
    tempo__blame(binding->error, "%s.%s[%zu]", binding->path, name, index);
    if (advice)
        tempo__advise(binding->error, "%s", advice);
    return TEMPO_CONFLICT;
}

/* The first things that both ask of their schedulers. */
static tempo_status check_parts(tempo__binding *binding, size_t parameter)
{
    const tempo__argument *schedulers = &binding->arguments[parameter];
    const tempo_status status = tempo__refuse_ratio(binding);
    if (status)
        return status;
    if (!schedulers->count)
        return tempo__bind_fail(binding, parameter, TEMPO_MISSING, "schedulers is empty, but must have at least one");
    for (size_t i = 0; i < schedulers->count; i++)
        if (torch_part_of(&schedulers->schedules[i]).kind == TORCH_OTHER)
            return refuse_part(binding, parameter, i, "it must be one of torch.* without others inside",
                               "write the schedulers inside it into this list");
    return TEMPO_OK;
}

/* --- SequentialLR: one after the other, each as if it had just begun --- */

enum { SEQUENTIAL_SCHEDULERS, SEQUENTIAL_MILESTONES, SEQUENTIAL_COUNT };
static const tempo_parameter sequential_parameters[SEQUENTIAL_COUNT] = {
    [SEQUENTIAL_SCHEDULERS] = {"schedulers", TEMPO_SCHEDULE_LIST, NULL, RANGE_ANY, "schedulers of torch.*, in turn"},
    [SEQUENTIAL_MILESTONES] = {"milestones", TEMPO_COUNT_LIST, NULL, RANGE_AT_LEAST_0,
                               "steps at which the next one takes over; ascending"},
};

typedef struct stage {
    int64_t start;
    bool has_base; /* a scheduler's constructor has replaced the base */
    double base;
} stage;

typedef struct sequential {
    tempo__steps steps;
    size_t count;
    stage *stages;
    const tempo__nested *schedulers; /* one per stage */
} sequential;

/* The last stage that has started at a step. */
static size_t stage_at(const sequential *s, int64_t step)
{
    size_t low = 1, high = s->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->stages[middle].start <= step)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static tempo_status list_stages(tempo__binding *binding, sequential *s)
{
    const tempo__argument *milestones = &binding->arguments[SEQUENTIAL_MILESTONES];
    if (milestones->count + 1 != s->count) {
        tempo__bind_fail(binding, SEQUENTIAL_MILESTONES, TEMPO_CONFLICT,
                         "there are %zu milestones for %zu schedulers, but must be %zu", milestones->count, s->count,
                         s->count - 1);
        tempo__advise(binding->error, "give one where each scheduler but the first takes over");
        return TEMPO_CONFLICT;
    }
    for (size_t i = 1; i < s->count; i++) {
        s->stages[i].start = milestones->integers[i - 1];
        if (s->stages[i].start >= s->stages[i - 1].start)
            continue;
        tempo__bind_fail(binding, SEQUENTIAL_MILESTONES, TEMPO_CONFLICT,
                         "the milestone %lld comes after %lld, but milestones must be ascending",
                         (long long)s->stages[i].start, (long long)s->stages[i - 1].start);
        return TEMPO_CONFLICT;
    }
    return TEMPO_OK;
}

/* Each scheduler starts from the group's initial_lr as it was when it was constructed, one after the other. Two of
 * them write it: OneCycleLR always, CyclicLR if it is the first. The one that runs first starts from what they leave,
 * since it goes on from the lr that is there. */
static tempo_status find_bases(tempo__binding *binding, sequential *s)
{
    const tempo__entry *entries = binding->arguments[SEQUENTIAL_SCHEDULERS].schedules;
    stage initial = {0, false, 0};
    bool has_one_cycle = false;
    for (size_t i = 0; i < s->count; i++) {
        const torch_part part = torch_part_of(&entries[i]);
        s->stages[i].has_base = initial.has_base;
        s->stages[i].base = initial.base;
        if (part.kind == TORCH_ONE_CYCLE && has_one_cycle)
            return refuse_part(binding, SEQUENTIAL_SCHEDULERS, i, "PyTorch gives two of them the levels of the last",
                               NULL);
        has_one_cycle = has_one_cycle || part.kind == TORCH_ONE_CYCLE;
        if (part.kind == TORCH_ONE_CYCLE || (part.kind == TORCH_CYCLIC && i == 0))
            initial = (stage){0, true, part.initial_lr};
    }
    const size_t first = stage_at(s, 0);
    const torch_part part = torch_part_of(&entries[first]);
    if (part.kind == TORCH_COSINE &&
        (initial.has_base != s->stages[first].has_base || initial.base != s->stages[first].base))
        return refuse_part(binding, SEQUENTIAL_SCHEDULERS, first,
                           "OneCycleLR changes the initial lr after this one has read it",
                           "let OneCycleLR come before it in the list");
    if (part.kind == TORCH_FACTOR) {
        s->stages[first].has_base = initial.has_base;
        s->stages[first].base = initial.base;
    }
    return TEMPO_OK;
}

/* OneCycleLR has no value past its end: its stage must be over by then, or the run. */
static tempo_status find_ends(tempo__binding *binding, const sequential *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const int64_t end = s->schedulers[i].undefined_from;
        int64_t step = 0;
        if (!end || !tempo__add(&step, s->stages[i].start, end) ||
            (i + 1 < s->count && step >= s->stages[i + 1].start) || !torch_ends_in_run(binding, step))
            continue;
        return refuse_part(binding, SEQUENTIAL_SCHEDULERS, i, "its cycle is over before the next one starts",
                           "let the milestone after it come earlier, or give it more total_steps");
    }
    return TEMPO_OK;
}

static tempo_status sequential_bind(tempo__binding *binding, void **prepared)
{
    const size_t count = binding->arguments[SEQUENTIAL_SCHEDULERS].count;
    sequential *s = tempo__prepare(binding, 1, sizeof *s);
    stage *stages = tempo__prepare(binding, count, sizeof *stages);
    *prepared = s;
    if (!s || !stages)
        return tempo__out_of_memory(binding->error);
    *s = (sequential){binding->steps, count, stages, NULL};
    tempo_status status = check_parts(binding, SEQUENTIAL_SCHEDULERS);
    if (!status)
        status = list_stages(binding, s);
    if (!status)
        status = find_bases(binding, s);
    tempo__nested *schedulers = NULL;
    if (!status)
        status = tempo__bind_nested(binding, SEQUENTIAL_SCHEDULERS, &schedulers);
    s->schedulers = schedulers;
    return status ? status : find_ends(binding, s);
}

static double sequential_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const sequential *s = prepared;
    const int64_t step = tempo__steps_at(&s->steps, now);
    const size_t i = stage_at(s, step);
    const stage *at = &s->stages[i];
    return tempo__nested_value(&s->schedulers[i], step - at->start, at->has_base ? at->base : base);
}

static int64_t sequential_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const sequential *s = prepared;
    const int64_t step = tempo__steps_after(facts, &s->steps, batch);
    const size_t i = stage_at(s, step < 0 ? 0 : step);
    const int64_t end = i + 1 < s->count ? s->stages[i + 1].start : -1;
    const int64_t inner = tempo__nested_joint(&s->schedulers[i], facts, step - s->stages[i].start);
    int64_t next = 0;
    if (inner >= 0 && tempo__add(&next, s->stages[i].start, inner) && (end < 0 || next < end))
        return tempo__nearer_step(-1, facts, &s->steps, next, batch);
    return end < 0 ? -1 : tempo__nearer_step(-1, facts, &s->steps, end, batch);
}

/* --- ChainedScheduler: all at once, each on what the one before has made of the lr --- */

enum { CHAINED_SCHEDULERS, CHAINED_COUNT };
static const tempo_parameter chained_parameters[CHAINED_COUNT] = {
    [CHAINED_SCHEDULERS] = {"schedulers", TEMPO_SCHEDULE_LIST, NULL, RANGE_ANY,
                            "schedulers of torch.* whose factors are multiplied"},
};

typedef struct chained {
    tempo__steps steps;
    size_t count;
    const tempo__nested *schedulers;
} chained;

/* A product is what step() computes as long as every scheduler multiplies the lr that it finds. CosineAnnealingLR does
 * so down to an eta_min of 0, but from the step after T_max on it starts anew from the base. */
static tempo_status check_factors(tempo__binding *binding)
{
    static const char advice[] = "if their product is meant, stack the schedules with ' * '";
    const tempo__argument *schedulers = &binding->arguments[CHAINED_SCHEDULERS];
    for (size_t i = 0; schedulers->count > 1 && i < schedulers->count; i++) {
        const torch_part part = torch_part_of(&schedulers->schedules[i]);
        if (part.kind == TORCH_COSINE && part.eta_min != 0)
            return refuse_part(binding, CHAINED_SCHEDULERS, i, "with an eta_min it adds, and has no closed form",
                               advice);
        if (part.kind != TORCH_COSINE && part.kind != TORCH_FACTOR)
            return refuse_part(binding, CHAINED_SCHEDULERS, i, "it overwrites what the others do", advice);
        if (part.kind == TORCH_COSINE && part.T_max < INT64_MAX && torch_ends_in_run(binding, part.T_max + 1))
            return refuse_part(binding, CHAINED_SCHEDULERS, i,
                               "past T_max it forgets what the others have done, and has no closed form", advice);
    }
    return TEMPO_OK;
}

static tempo_status chained_bind(tempo__binding *binding, void **prepared)
{
    chained *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        return tempo__out_of_memory(binding->error);
    *c = (chained){binding->steps, binding->arguments[CHAINED_SCHEDULERS].count, NULL};
    tempo_status status = check_parts(binding, CHAINED_SCHEDULERS);
    if (!status)
        status = check_factors(binding);
    tempo__nested *schedulers = NULL;
    if (!status)
        status = tempo__bind_nested(binding, CHAINED_SCHEDULERS, &schedulers);
    if (status)
        return status;
    c->schedulers = schedulers;
    if (schedulers->undefined_from && torch_ends_in_run(binding, schedulers->undefined_from))
        return refuse_part(binding, CHAINED_SCHEDULERS, 0, "its cycle is over before the run", NULL);
    return TEMPO_OK;
}

static double chained_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const chained *c = prepared;
    const int64_t step = tempo__steps_at(&c->steps, now);
    double value = base;
    for (size_t i = 0; i < c->count; i++)
        value = finite(tempo__nested_value(&c->schedulers[i], step, value));
    return value;
}

static int64_t chained_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const chained *c = prepared;
    const int64_t step = tempo__steps_after(facts, &c->steps, batch);
    int64_t best = -1;
    for (size_t i = 0; i < c->count; i++) {
        const int64_t inner = tempo__nested_joint(&c->schedulers[i], facts, step);
        if (inner >= 0)
            best = tempo__nearer_step(best, facts, &c->steps, inner, batch);
    }
    return best;
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "torch.SequentialLR",
        .summary = "schedulers one after the other, switched at milestones",
        .formula = "η(t) = the value of scheduler i, the last with milestones[i - 1] <= t, at t - milestones[i - 1]",
        .source = TORCH_SOURCE,
        .notes = TORCH_CLOSED_NOTE
        "Every scheduler starts from the base, whatever the one before has come to. The constructor of OneCycleLR "
        "(and of CyclicLR, if it is the first) replaces the base of those after it, and of the one that runs first if "
        "that is no cosine or cycle. " TORCH_UNSCALED_NOTE
        "Deviations: milestones out of order or negative are refused (there a scheduler starts from what another has "
        "left), and so are two OneCycleLR and schedulers with others inside.",
        .example =
            "torch.SequentialLR schedulers=[(torch.LinearLR start_factor=0.1 total_iters=10), (torch.CosineAnnealingLR "
            "T_max=80)] milestones=[10]",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(sequential_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = sequential_bind,
        .value = sequential_value,
        .joint = sequential_joint,
    },
    {
        .name = "torch.ChainedScheduler",
        .summary = "schedulers at the same time: the product of their factors",
        .formula = "α(t) = α_1(t) * α_2(t) * ...",
        .source = TORCH_SOURCE,
        .notes = TORCH_CLOSED_NOTE
        "Several schedulers must be factors of the lr: StepLR, MultiStepLR, ConstantLR, LinearLR, ExponentialLR, "
        "PolynomialLR, or CosineAnnealingLR with an eta_min of 0 in a run that ends by T_max. With others PyTorch's "
        "result depends on every step before, and has no closed form: they are refused. " TORCH_UNSCALED_NOTE,
        .example =
            "torch.ChainedScheduler schedulers=[(torch.ConstantLR factor=0.1 total_iters=20), (torch.ExponentialLR "
            "gamma=0.95)]",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(chained_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = chained_bind,
        .value = chained_value,
        .joint = chained_joint,
    },
};

const tempo__family tempo__torch_chains = {types, sizeof types / sizeof types[0]};
