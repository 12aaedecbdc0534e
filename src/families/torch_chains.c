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

torch_part torch_part_of(const tempo__entry *entry)
{
    torch_part (*const families[])(const tempo__entry *) = {torch_factor_part, torch_cycle_part, torch_function_part,
                                                            torch_swa_part};
    torch_part part = {.kind = TORCH_OTHER};
    for (size_t i = 0; part.kind == TORCH_OTHER && i < sizeof families / sizeof families[0]; i++)
        part = families[i](entry);
    return part;
}

/* The group's initial_lr, as a scheduler's constructor finds it: the base, unless an earlier one has replaced it. */
typedef struct initial {
    bool is_replaced;
    double lr;
} initial;

static inline double initial_from(const initial *initial, double base)
{
    return initial->is_replaced ? initial->lr : base;
}

static bool is_same(const initial *a, const initial *b)
{
    return a->is_replaced == b->is_replaced && a->lr == b->lr;
}

/* What each scheduler finds, all being constructed one after the other, and after them what they leave. Two types
 * replace it: OneCycleLR always, CyclicLR if it is the first. */
static void find_initials(const tempo__argument *schedulers, initial *initials)
{
    initial now = {false, 0};
    for (size_t i = 0; i < schedulers->count; i++) {
        const torch_part part = torch_part_of(&schedulers->schedules[i]);
        initials[i] = now;
        if (part.kind == TORCH_ONE_CYCLE || (part.kind == TORCH_CYCLIC && i == 0))
            now = (initial){true, part.initial_lr};
    }
    initials[schedulers->count] = now;
}

/* OneCycleLR and SWALR keep their levels in the group: two of them would find those of the last. */
static tempo_status check_shared(tempo__binding *binding, size_t parameter)
{
    const tempo__argument *schedulers = &binding->arguments[parameter];
    size_t cycles = 0, averages = 0;
    for (size_t i = 0; i < schedulers->count; i++) {
        const torch_kind kind = torch_part_of(&schedulers->schedules[i]).kind;
        cycles += kind == TORCH_ONE_CYCLE;
        averages += kind == TORCH_SWA;
        if (cycles > 1 || averages > 1)
            return refuse_part(binding, parameter, i, "PyTorch gives two of them the levels of the last", NULL);
    }
    return TEMPO_OK;
}

static tempo_status check_part(tempo__binding *binding, size_t parameter, size_t index)
{
    const tempo__entry *entry = &binding->arguments[parameter].schedules[index];
    const torch_part part = torch_part_of(entry);
    if (entry->type->listen)
        return refuse_part(binding, parameter, index, "it listens to a metric, and none is passed on", NULL);
    if (part.kind == TORCH_OTHER)
        return refuse_part(binding, parameter, index, "it must be one of torch.* without others inside",
                           "write the schedulers inside it into this list");
    if (part.wants_momentum)
        return refuse_part(binding, parameter, index, "its cycle_momentum is true, and there only lr is driven",
                           "leave cycle_momentum out");
    return TEMPO_OK;
}

/* The first things that both ask of their schedulers. */
static tempo_status check_parts(tempo__binding *binding, size_t parameter)
{
    const tempo__argument *schedulers = &binding->arguments[parameter];
    tempo_status status = tempo__refuse_ratio(binding);
    if (!status && !schedulers->count)
        return tempo__bind_fail(binding, parameter, TEMPO_MISSING, "schedulers is empty, but must have at least one");
    for (size_t i = 0; !status && i < schedulers->count; i++)
        status = check_part(binding, parameter, i);
    return status ? status : check_shared(binding, parameter);
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
    torch_kind kind;
    initial found; /* when its scheduler was constructed: its base */
    initial base;  /* of its closed form, if the others have replaced what a scheduler goes on from */
} stage;

typedef struct sequential {
    tempo__steps steps;
    size_t count;
    stage *stages;
    const tempo__nested *schedulers; /* one per stage */
    initial begin;                   /* what the lr is set to before the first one runs */
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

/* Each scheduler starts from the initial_lr that it has found, and the one that runs first goes on from the lr that is
 * there, which is what all have left. */
static tempo_status find_bases(tempo__binding *binding, sequential *s)
{
    const tempo__argument *schedulers = &binding->arguments[SEQUENTIAL_SCHEDULERS];
    initial *initials = tempo__prepare(binding, s->count + 1, sizeof *initials);
    if (!initials)
        return tempo__out_of_memory(binding->error);
    find_initials(schedulers, initials);
    for (size_t i = 0; i < s->count; i++) {
        s->stages[i].kind = torch_part_of(&schedulers->schedules[i]).kind;
        s->stages[i].found = s->stages[i].base = initials[i];
    }
    s->begin = initials[s->count];
    stage *first = &s->stages[stage_at(s, 0)];
    if (first->kind == TORCH_FACTOR || first->kind == TORCH_SWA)
        first->base = s->begin;
    return TEMPO_OK;
}

/* What has a value of its own only from the one before it. */
static tempo_status check_closed_stages(tempo__binding *binding, const sequential *s)
{
    const size_t first = stage_at(s, 0);
    for (size_t i = 0; !binding->is_stepped && i < s->count; i++) {
        if (s->stages[i].kind == TORCH_SWA && i != first)
            return refuse_part(binding, SEQUENTIAL_SCHEDULERS, i,
                               "it goes on from what the one before has come to, and has no closed form",
                               "use a stepper");
        if (s->stages[i].kind == TORCH_COSINE && i == first && !is_same(&s->begin, &s->stages[i].found))
            return refuse_part(binding, SEQUENTIAL_SCHEDULERS, i,
                               "OneCycleLR changes the initial lr after this one has read it",
                               "let OneCycleLR come before it in the list");
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
    *s = (sequential){.steps = binding->steps, .count = count, .stages = stages};
    tempo_status status = check_parts(binding, SEQUENTIAL_SCHEDULERS);
    if (!status)
        status = list_stages(binding, s);
    if (!status)
        status = find_bases(binding, s);
    if (!status)
        status = check_closed_stages(binding, s);
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
    return tempo__nested_value(&s->schedulers[i], step - at->start, initial_from(&at->base, base));
}

/* The value of a scheduler that takes over: its closed form at 0, if it looks at anything but the lr that is there. */
static double handed_over(const tempo__nested *scheduler, torch_kind kind, double base, double previous)
{
    if (kind == TORCH_MULTIPLICATIVE)
        return torch_multiplied(scheduler->prepared, previous);
    return kind == TORCH_SWA ? tempo__nested_next(scheduler, 0, base, previous)
                             : tempo__nested_value(scheduler, 0, base);
}

static double sequential_next(const void *prepared, int64_t step, double base, double previous)
{
    const sequential *s = prepared;
    const size_t i = stage_at(s, step);
    const stage *at = &s->stages[i];
    const double found = initial_from(&at->found, base);
    if (step == 0)
        return tempo__nested_next(&s->schedulers[i], 0, found, initial_from(&s->begin, base));
    if (step == at->start)
        return handed_over(&s->schedulers[i], at->kind, found, previous);
    return tempo__nested_next(&s->schedulers[i], step - at->start, found, previous);
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
                            "schedulers of torch.*, each on what the one before has made"},
};

typedef struct chained {
    tempo__steps steps;
    size_t count;
    const tempo__nested *schedulers;
    const initial *found; /* by each, when it was constructed */
    const bool *is_late;  /* a CyclicLR whose constructor still sets the lr to what it has found */
} chained;

static const char *why_no_factor(tempo__binding *binding, const torch_part *part)
{
    switch (part->kind) {
    case TORCH_FACTOR:
    case TORCH_MULTIPLICATIVE: /* refused for having no closed form at all */
        return NULL;
    case TORCH_COSINE:
        if (part->eta_min != 0)
            return "with an eta_min it adds, and has no closed form";
        if (part->T_max < INT64_MAX && torch_ends_in_run(binding, part->T_max + 1))
            return "past T_max it forgets what the others have done, and has no closed form";
        return NULL;
    case TORCH_SWA:
        return "it takes what the others do for another start, and has no closed form";
    default:
        return "it overwrites what the others do";
    }
}

/* A product is what step() computes as long as every scheduler multiplies the lr that it finds. CosineAnnealingLR does
 * so down to an eta_min of 0, but from the step after T_max on it starts anew from the base. */
static tempo_status check_factors(tempo__binding *binding)
{
    const tempo__argument *schedulers = &binding->arguments[CHAINED_SCHEDULERS];
    for (size_t i = 0; !binding->is_stepped && schedulers->count > 1 && i < schedulers->count; i++) {
        const torch_part part = torch_part_of(&schedulers->schedules[i]);
        const char *why = why_no_factor(binding, &part);
        if (why)
            return refuse_part(binding, CHAINED_SCHEDULERS, i, why,
                               "use a stepper; or, if their product is meant, stack the schedules with ' * '");
    }
    return TEMPO_OK;
}

static tempo_status note_constructors(tempo__binding *binding, chained *c)
{
    const tempo__argument *schedulers = &binding->arguments[CHAINED_SCHEDULERS];
    initial *found = tempo__prepare(binding, c->count + 1, sizeof *found);
    bool *is_late = tempo__prepare(binding, c->count, sizeof *is_late);
    c->found = found;
    c->is_late = is_late;
    if (!found || !is_late)
        return tempo__out_of_memory(binding->error);
    find_initials(schedulers, found);
    for (size_t i = 1; i < c->count; i++)
        is_late[i] = torch_part_of(&schedulers->schedules[i]).kind == TORCH_CYCLIC;
    return TEMPO_OK;
}

static tempo_status check_ends(tempo__binding *binding, const chained *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->schedulers[i].undefined_from && torch_ends_in_run(binding, c->schedulers[i].undefined_from))
            return refuse_part(binding, CHAINED_SCHEDULERS, i, "its cycle is over before the run", NULL);
    return TEMPO_OK;
}

static tempo_status chained_bind(tempo__binding *binding, void **prepared)
{
    chained *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        return tempo__out_of_memory(binding->error);
    *c = (chained){.steps = binding->steps, .count = binding->arguments[CHAINED_SCHEDULERS].count};
    tempo_status status = check_parts(binding, CHAINED_SCHEDULERS);
    if (!status)
        status = check_factors(binding);
    if (!status)
        status = note_constructors(binding, c);
    tempo__nested *schedulers = NULL;
    if (!status)
        status = tempo__bind_nested(binding, CHAINED_SCHEDULERS, &schedulers);
    c->schedulers = schedulers;
    return status ? status : check_ends(binding, c);
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

static double chained_next(const void *prepared, int64_t step, double base, double previous)
{
    const chained *c = prepared;
    double value = previous;
    for (size_t i = 0; i < c->count; i++) {
        const double found = initial_from(&c->found[i], base);
        value = step == 0 && c->is_late[i] ? found : tempo__nested_next(&c->schedulers[i], step, found, value);
    }
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
        "that is no cosine or cycle. Only with a stepper: MultiplicativeLR, and SWALR unless it is the first, which go "
        "on from what the one before has left. Inside, cycles drive no momentum. " TORCH_UNSCALED_NOTE
        "Deviations: milestones out of order or negative are refused (there a scheduler starts from what another has "
        "left), and so are two OneCycleLR or SWALR (which get the levels of the last) and schedulers with others "
        "inside (which are a step ahead as the first, and fail later).",
        .example =
            "torch.SequentialLR schedulers=[(torch.LinearLR start_factor=0.1 total_iters=10), (torch.CosineAnnealingLR "
            "T_max=80)] milestones=[10]",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(sequential_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = sequential_bind,
        .value = sequential_value,
        .next = sequential_next,
        .joint = sequential_joint,
    },
    {
        .name = "torch.ChainedScheduler",
        .summary = "schedulers at the same time: the product of their factors",
        .formula = "α(t) = α_1(t) * α_2(t) * ...",
        .source = TORCH_SOURCE,
        .notes = TORCH_CLOSED_NOTE
        "In a plan several schedulers must be factors of the lr: StepLR, MultiStepLR, ConstantLR, LinearLR, "
        "ExponentialLR, PolynomialLR, or CosineAnnealingLR with an eta_min of 0 in a run that ends by T_max. With "
        "others PyTorch's result depends on every step before, and has no closed form: they want a stepper. There "
        "LambdaLR, CosineAnnealingWarmRestarts, CyclicLR and OneCycleLR undo what comes before them in the list. "
        "Inside, cycles drive no momentum. Deviations: two OneCycleLR or SWALR are refused (they get the levels of the "
        "last), and schedulers with others inside. " TORCH_UNSCALED_NOTE,
        .example =
            "torch.ChainedScheduler schedulers=[(torch.ConstantLR factor=0.1 total_iters=20), (torch.ExponentialLR "
            "gamma=0.95)]",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(chained_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = chained_bind,
        .value = chained_value,
        .next = chained_next,
        .joint = chained_joint,
    },
};

const tempo__family tempo__torch_chains = {types, sizeof types / sizeof types[0]};
