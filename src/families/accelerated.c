/* accelerated.c: the schedulers of pytorch-accelerated. Knows only the registry's seam.
 *
 * Source: pytorch-accelerated 0.1.61, pytorch_accelerated/schedulers/, checked against the running package; the order
 * of every operation is its own, so that results agree to the last bit. Its Trainer steps the scheduler after every
 * update, and the first step evaluates at 0: after b updates the value is that of n = b - 1, and before the first one
 * what the constructor wrote. In comments b is the base (initial_lr).
 */
#include "families/accelerated.h"

#include "families/finite.h"

#define SOURCE "pytorch-accelerated 0.1.61, pytorch_accelerated/schedulers/"
#define LAG_NOTE                                                                                                    \
    "Its Trainer steps after the update and counts from 0, so after b updates the value is that of n = b - 1: the " \
    "curve is one update late. "
#define RUN_NOTE                                                                                              \
    "Lengths that are left out come from the run, as the Trainer's placeholders do: max_duration in epochs, " \
    "rounded up, and batches_per_epoch. A scale schedule ratio other than 1 is refused."

/* n, or -1 before the first step. */
static int64_t evaluated(const tempo__steps *steps, const tempo_timestamp *now)
{
    return tempo__steps_at(steps, now) - 1;
}

/* For joint(): as tempo__nearer_step() for the batch at which the value is that of n. */
static int64_t nearer(int64_t best, const tempo__facts *facts, const tempo__steps *steps, int64_t n, int64_t batch)
{
    return n >= 0 && n < INT64_MAX ? tempo__nearer_step(best, facts, steps, n + 1, batch) : best;
}

/* --- lengths that the run tells --- */

/* TrainerPlaceholderValues.NUM_EPOCHS: a run that is given in updates is rounded up to whole epochs. */
static tempo_status epochs_of_run(tempo__binding *binding, size_t parameter, int64_t *out)
{
    const char *name = binding->type->parameters[parameter].name;
    const tempo__facts *facts = binding->facts;
    if (!facts->has_max_duration)
        return tempo__bind_need(binding, binding->path, "max_duration",
                                "%s is left out, and nothing says how long the run is", name);
    if (facts->max_duration.unit == TEMPO_EPOCH) {
        *out = facts->max_duration.count;
        return TEMPO_OK;
    }
    if (!facts->batches_per_epoch)
        return tempo__bind_need(binding, binding->path, "batches_per_epoch",
                                "%s is left out, and nothing says how many updates an epoch has", name);
    const int64_t batches = tempo__batch_of(facts, facts->max_duration.unit, facts->max_duration.count);
    if (batches < 0)
        return tempo__bind_need(binding, binding->path,
                                facts->max_duration.unit == TEMPO_SAMPLE ? "samples_per_batch" : "tokens_per_batch",
                                "%s is left out, and nothing says how many batches the run has", name);
    *out = batches / facts->batches_per_epoch + (batches % facts->batches_per_epoch > 0);
    return TEMPO_OK;
}

/* PER_PROCESS_NUM_UPDATE_STEPS_PER_EPOCH, for a parameter that is left out, or that counts epochs of the run. */
static tempo_status updates_of_epoch(tempo__binding *binding, size_t parameter, int64_t *out)
{
    const char *name = binding->type->parameters[parameter].name;
    const char *how = binding->arguments[parameter].is_null ? "left out" : "given";
    *out = binding->facts->batches_per_epoch;
    if (binding->has_every)
        return tempo__bind_fail(binding, parameter, TEMPO_MISSING,
                                "%s is %s, and every says that an update is not the run's", name, how);
    if (!*out)
        return tempo__bind_need(binding, binding->path, "batches_per_epoch",
                                "%s is %s, and nothing says how many updates an epoch has", name, how);
    return TEMPO_OK;
}

/* An argument, or what the run says in its place. */
static tempo_status length_of(tempo__binding *binding, size_t parameter,
                              tempo_status (*of_run)(tempo__binding *, size_t, int64_t *), int64_t *out)
{
    const tempo__argument *given = &binding->arguments[parameter];
    *out = given->integer;
    return given->is_null ? of_run(binding, parameter, out) : TEMPO_OK;
}

static tempo_status fail_overflow(tempo__binding *binding, size_t parameter)
{
    return tempo__bind_fail(binding, parameter, TEMPO_OUT_OF_RANGE,
                            "the schedule has more updates than fit in 64 bits");
}

/* --- CosineLrScheduler: warmup of W, cosine up to C, floor --- */

enum {
    COSINE_EPOCHS,
    COSINE_STEPS,
    COSINE_K,
    COSINE_LR_MIN,
    COSINE_MIN_RATIO,
    COSINE_WARMUP,
    COSINE_START,
    COSINE_START_RATIO,
    COSINE_COOLDOWN,
    COSINE_COUNT
};
static const tempo_parameter cosine_parameters[COSINE_COUNT] = {
    [COSINE_EPOCHS] = {"total_num_epochs", TEMPO_COUNT, "null", RANGE_AT_LEAST_1,
                       "epochs with warmup and cooldown; null: the run's"},
    [COSINE_STEPS] = {"num_update_steps_per_epoch", TEMPO_COUNT, "null", RANGE_AT_LEAST_1,
                      "updates of an epoch; null: the run's"},
    [COSINE_K] = {"k_decay", TEMPO_REAL, "1.0", RANGE_AT_LEAST_0,
                  "exponent of the progress: above 1 the value stays high for longer"},
    [COSINE_LR_MIN] = {"lr_min", TEMPO_REAL, "1e-06", RANGE_AT_LEAST_0, "floor: a value, not a factor"},
    [COSINE_MIN_RATIO] = {"min_lr_ratio", TEMPO_REAL, "null", RANGE_ANY, "floor as a factor of the base, for lr_min"},
    [COSINE_WARMUP] = {"num_warmup_epochs", TEMPO_COUNT, "0", RANGE_ANY, "length of the linear warmup"},
    [COSINE_START] = {"warmup_starting_lr", TEMPO_REAL, "1e-06", RANGE_ANY, "where the warmup starts: a value"},
    [COSINE_START_RATIO] = {"warmup_starting_lr_ratio", TEMPO_REAL, "null", RANGE_ANY,
                            "where it starts as a factor of the base; its slope stays that from warmup_starting_lr"},
    [COSINE_COOLDOWN] = {"num_cooldown_epochs", TEMPO_COUNT, "0", RANGE_ANY, "epochs at the floor"},
};

typedef struct cosine {
    tempo__steps steps;
    int64_t warmup;      /* W */
    int64_t end;         /* C, both the length of the cosine and where it is cut off */
    double k, end_power; /* C ^ k */
    double floor, start;
    bool floor_is_ratio, start_is_ratio;
    double start_ratio;
} cosine;

/* W and C in updates: C = T - (W + cooldown). */
static tempo_status bind_lengths(tempo__binding *binding, cosine *c)
{
    const tempo__argument *given = binding->arguments;
    int64_t epochs = 0, per_epoch = 0, total = 0, cooldown = 0, rest = 0;
    tempo_status status = length_of(binding, COSINE_EPOCHS, epochs_of_run, &epochs);
    if (!status)
        status = length_of(binding, COSINE_STEPS, updates_of_epoch, &per_epoch);
    if (status)
        return status;
    if (!tempo__multiply(&total, epochs, per_epoch))
        return fail_overflow(binding, COSINE_EPOCHS);
    if (!tempo__multiply(&c->warmup, given[COSINE_WARMUP].integer, per_epoch) || c->warmup == INT64_MIN)
        return fail_overflow(binding, COSINE_WARMUP);
    if (!tempo__multiply(&cooldown, given[COSINE_COOLDOWN].integer, per_epoch) ||
        !tempo__add(&rest, c->warmup, cooldown) || rest == INT64_MIN || !tempo__add(&c->end, total, -rest) ||
        !tempo__add(&rest, c->end, -c->warmup))
        return fail_overflow(binding, COSINE_COOLDOWN);
    return TEMPO_OK;
}

static void note_cut(tempo__binding *binding, const cosine *c)
{
    char words[TEMPO__TIME_WORDS_MAX], lost[TEMPO__TIME_WORDS_MAX];
    if (c->warmup <= 0)
        return;
    tempo__time_words(words, (tempo_time){binding->steps.unit, c->end > c->warmup ? c->end : c->warmup, 0});
    tempo__time_words(lost, (tempo_time){binding->steps.unit, c->warmup, 0});
    if (c->end <= c->warmup)
        tempo__bind_find(binding, COSINE_WARMUP, TEMPO_FINDING_CUT_SHORT, "make the warmup shorter",
                         "there is no cosine: the value drops to the floor when the warmup ends at %s", words);
    else
        tempo__bind_find(binding, COSINE_WARMUP, TEMPO_FINDING_CUT_SHORT,
                         "use a type whose cosine ends where the cooldown starts",
                         "the value drops to the floor at %s, while the cosine would need %s more", words, lost);
}

static tempo_status cosine_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    cosine *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        return tempo__out_of_memory(binding->error);
    tempo_status status = tempo__refuse_ratio(binding);
    if (!status)
        status = bind_lengths(binding, c);
    if (status)
        return status;
    c->steps = binding->steps;
    c->k = given[COSINE_K].real;
    c->end_power = c->end > 0 ? pow((double)c->end, c->k) : 1;
    c->floor_is_ratio = !given[COSINE_MIN_RATIO].is_null;
    c->floor = given[c->floor_is_ratio ? COSINE_MIN_RATIO : COSINE_LR_MIN].real;
    c->start = given[COSINE_START].real;
    c->start_is_ratio = !given[COSINE_START_RATIO].is_null;
    c->start_ratio = given[COSINE_START_RATIO].real;
    if (c->end > c->warmup && !isfinite(c->end_power))
        return tempo__bind_fail(binding, COSINE_K, TEMPO_OUT_OF_RANGE,
                                "the number of updates to the power of k_decay is too large for a double");
    note_cut(binding, c);
    return TEMPO_OK;
}

static double cosine_value(const void *prepared, const tempo_timestamp *now, double base)
{
    static const double pi = 3.141592653589793;
    const cosine *c = prepared;
    const int64_t n = evaluated(&c->steps, now);
    if (n < 0)
        return c->warmup ? c->start : base;
    if (n < c->warmup)
        return (c->start_is_ratio ? finite(c->start_ratio * base) : c->start) +
               (double)n * (finite_span(c->start, base) / (double)c->warmup);
    const double low = c->floor_is_ratio ? finite(c->floor * base) : c->floor;
    if (n >= c->end)
        return low;
    const double phase = finite_progress(pi, (double)(n - c->warmup), (double)c->end, c->k, c->end_power);
    return low + 0.5 * finite_span(low, base) * (1 + cos(phase));
}

static int64_t cosine_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const cosine *c = prepared;
    int64_t best = -1;
    if (c->warmup > 0) {
        best = nearer(best, facts, &c->steps, 0, batch);
        best = nearer(best, facts, &c->steps, c->warmup, batch);
    }
    return nearer(best, facts, &c->steps, c->end, batch);
}

/* --- WSDLrScheduler: warmup, then periods that each end in a decay --- */

enum {
    WSD_EPOCHS,
    WSD_STEPS,
    WSD_TOTAL,
    WSD_WARMUP,
    WSD_WARMUP_EPOCHS,
    WSD_RATIO,
    WSD_LR_MIN,
    WSD_START,
    WSD_SQRT,
    WSD_CHECKPOINTS,
    WSD_CONTINUES,
    WSD_COUNT
};
static const tempo_parameter wsd_parameters[WSD_COUNT] = {
    [WSD_EPOCHS] = {"num_epochs", TEMPO_COUNT, "null", RANGE_ANY, "epochs of the training; null: the run's"},
    [WSD_STEPS] = {"num_update_steps_per_epoch", TEMPO_COUNT, "null", RANGE_ANY,
                   "updates of an epoch; null: the run's"},
    [WSD_TOTAL] = {"total_steps", TEMPO_COUNT, "null", RANGE_AT_LEAST_1,
                   "updates of the training, in place of the two"},
    [WSD_WARMUP] = {"num_warmup_steps", TEMPO_COUNT, "0", -INFINITY, INFINITY, false, "null",
                    "updates of the linear warmup; null: 1 % of all"},
    [WSD_WARMUP_EPOCHS] = {"num_warmup_epochs", TEMPO_COUNT, "null", RANGE_ANY,
                           "the warmup in epochs of the run, in place of num_warmup_steps"},
    [WSD_RATIO] = {"decay_phase_ratio", TEMPO_REAL, "0.1", RANGE_0_TO_1, "part of each period in which it decays"},
    [WSD_LR_MIN] = {"lr_min", TEMPO_REAL, "1e-06", RANGE_AT_LEAST_0, "floor: a factor of the base, not a value"},
    [WSD_START] = {"warmup_starting_lr", TEMPO_REAL, "1e-06", RANGE_ANY,
                   "where the warmup starts: a value, at most the greatest base"},
    [WSD_SQRT] = {"use_inverse_sqrt_decay", TEMPO_FLAG, "true", RANGE_ANY,
                  "decay along 1 - sqrt(progress); if false, along 1 / progress"},
    [WSD_CHECKPOINTS] = {"num_checkpoints", TEMPO_COUNT, "1", RANGE_AT_LEAST_1,
                         "periods: the first ends at a quarter of the run, each other at twice the one before"},
    [WSD_CONTINUES] = {"is_continuation_from_checkpoint", TEMPO_FLAG, "false", RANGE_ANY, "leave out the warmup"},
};

typedef struct wsd {
    tempo__steps steps;
    int64_t total;
    double start;
    double lr_min;
    bool is_sqrt;
    tempo_wsd seen; /* what callers see; no period if the total is too small for them */
} wsd;

/* How long the training is, in updates. */
static tempo_status bind_total(tempo__binding *binding, wsd *w)
{
    const tempo__argument *given = binding->arguments;
    int64_t epochs = 0, per_epoch = 0;
    if (!given[WSD_EPOCHS].is_null && !given[WSD_STEPS].is_null && !given[WSD_TOTAL].is_null) {
        tempo__bind_fail(binding, WSD_TOTAL, TEMPO_CONFLICT,
                         "total_steps is given, and num_epochs with num_update_steps_per_epoch too");
        tempo__advise(binding->error, "give one or the other");
        return TEMPO_CONFLICT;
    }
    w->total = given[WSD_TOTAL].integer;
    if (!given[WSD_TOTAL].is_null)
        return TEMPO_OK;
    tempo_status status = length_of(binding, WSD_EPOCHS, epochs_of_run, &epochs);
    if (!status)
        status = length_of(binding, WSD_STEPS, updates_of_epoch, &per_epoch);
    if (status)
        return status;
    if (!tempo__multiply(&w->total, epochs, per_epoch))
        return fail_overflow(binding, WSD_EPOCHS);
    return w->total > 0 ? TEMPO_OK
                        : tempo__bind_fail(binding, WSD_EPOCHS, TEMPO_ZERO_DURATION,
                                           "num_epochs * num_update_steps_per_epoch is %lld, but must be > 0",
                                           (long long)w->total);
}

size_t tempo_wsd_estimate_checkpoints(int64_t total_steps, int64_t num_checkpoints,
                                      int64_t steps[TEMPO_WSD_PERIODS_MAX])
{
    int64_t step = num_checkpoints == 1 ? total_steps : total_steps / 4;
    size_t count = 0;
    while (step > 0 && (int64_t)count < num_checkpoints && (!count || steps[count - 1] < total_steps)) {
        steps[count++] = step < total_steps ? step : total_steps;
        if (!tempo__multiply(&step, step, 2))
            step = total_steps;
    }
    return count;
}

static void list_periods(tempo_wsd *seen, int64_t total, int64_t checkpoints, double ratio)
{
    int64_t ends[TEMPO_WSD_PERIODS_MAX], start = 0, decay = 0;
    seen->period_count = tempo_wsd_estimate_checkpoints(total, checkpoints, ends);
    for (size_t i = 0; i < seen->period_count; i++) {
        const int64_t length = ends[i] - start;
        if (!tempo__truncate(&decay, (double)length * ratio) || decay > length)
            decay = length; /* beyond 2^53 the product may have been rounded up */
        seen->periods[i] = (tempo_wsd_period){start, ends[i], decay, ends[i] - decay};
        start = ends[i];
    }
}

/* The warmup, of which create_scheduler_fn() says how many of the Trainer's epochs it takes. */
static tempo_status bind_warmup(tempo__binding *binding, wsd *w)
{
    const tempo__argument *steps = &binding->arguments[WSD_WARMUP], *epochs = &binding->arguments[WSD_WARMUP_EPOCHS];
    int64_t per_epoch = 0;
    w->seen.warmup_steps = steps->integer;
    if (steps->is_null)
        tempo__truncate(&w->seen.warmup_steps, 0.01 * (double)w->total);
    if (!epochs->is_null && steps->given)
        return tempo__bind_fail(binding, WSD_WARMUP_EPOCHS, TEMPO_CONFLICT,
                                "num_warmup_epochs is given, and num_warmup_steps too");
    if (!epochs->is_null) {
        const tempo_status status = updates_of_epoch(binding, WSD_WARMUP_EPOCHS, &per_epoch);
        if (status)
            return status;
        if (!tempo__multiply(&w->seen.warmup_steps, epochs->integer, per_epoch))
            return fail_overflow(binding, WSD_WARMUP_EPOCHS);
    }
    if (binding->arguments[WSD_CONTINUES].flag)
        w->seen.warmup_steps = 0;
    return TEMPO_OK;
}

/* Past the last checkpoint the formula divides by the length of the first decay: without one there is no value, once
 * the warmup is over. That is refused if the training, or the run, gets there. */
static tempo_status check_end(tempo__binding *binding, const wsd *w, int64_t last)
{
    const tempo__facts *facts = binding->facts;
    const int64_t end = last > w->seen.warmup_steps ? last : w->seen.warmup_steps;
    const int64_t batch = tempo__batch_of_step(facts, &w->steps, end < INT64_MAX ? end + 1 : end);
    const int64_t run = tempo__run_batches(binding);
    if (batch > 0)
        binding->undefined_from = batch;
    if (end >= w->total && (batch < 0 || batch > run))
        return TEMPO_OK;
    tempo__bind_fail(binding, WSD_RATIO, TEMPO_ZERO_DURATION,
                     "the decay before the first checkpoint takes no update, so there is no value from %lld updates on",
                     (long long)end);
    tempo__advise(binding->error, "give a larger decay_phase_ratio, or fewer checkpoints");
    return TEMPO_ZERO_DURATION;
}

static tempo_status bind_periods(tempo__binding *binding, wsd *w)
{
    const tempo__argument *given = binding->arguments;
    const int64_t checkpoints = given[WSD_CHECKPOINTS].integer;
    const double ratio = given[WSD_RATIO].real, largest = 1 / 3.0;
    if (checkpoints > 1 && ratio > largest)
        return tempo__bind_fail(binding, WSD_RATIO, TEMPO_CONFLICT,
                                "decay_phase_ratio must be at most a third with several checkpoints, or their decays "
                                "could overlap");
    const tempo_wsd *seen = &w->seen;
    list_periods(&w->seen, w->total, checkpoints, ratio);
    const int64_t last = seen->period_count ? seen->periods[seen->period_count - 1].period_end : 0;
    bool decays = false;
    for (size_t i = 0; i < seen->period_count; i++)
        decays = decays || seen->periods[i].decay_steps > 0;
    if (!w->is_sqrt && decays && isinf(1.0 / w->lr_min))
        return tempo__bind_fail(binding, WSD_LR_MIN, TEMPO_BAD_VALUE,
                                "lr_min is 0 or nearly so, and without use_inverse_sqrt_decay the schedule divides "
                                "by it");
    if (!seen->periods[0].decay_steps)
        return check_end(binding, w, last);
    if (last < w->total)
        tempo__bind_find(binding, WSD_CHECKPOINTS, TEMPO_FINDING_CUT_SHORT,
                         "3 checkpoints and a number of updates that 4 divides end with the training",
                         "the last checkpoint is at %lld of %lld updates, and the value stays at its floor from there",
                         (long long)last, (long long)w->total);
    return TEMPO_OK;
}

static tempo_status wsd_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    wsd *w = tempo__prepare(binding, 1, sizeof *w);
    *prepared = w;
    if (!w)
        return tempo__out_of_memory(binding->error);
    tempo_status status = tempo__refuse_ratio(binding);
    if (!status)
        status = bind_total(binding, w);
    if (!status)
        status = bind_warmup(binding, w);
    if (status)
        return status;
    w->steps = binding->steps;
    w->start = given[WSD_START].real;
    w->lr_min = given[WSD_LR_MIN].real;
    w->is_sqrt = given[WSD_SQRT].flag;
    if (w->start > binding->greatest_base) {
        char start[TEMPO__NUMBER_MAX], base[TEMPO__NUMBER_MAX];
        tempo__number_print(start, w->start);
        tempo__number_print(base, binding->greatest_base);
        return tempo__bind_fail(binding, WSD_START, TEMPO_CONFLICT,
                                "warmup_starting_lr is %s, but must not be above the greatest base, which is %s", start,
                                base);
    }
    return bind_periods(binding, w);
}

/* Past the last period, upstream's search ends where it began. */
static const tempo_wsd_period *find_period(const tempo_wsd *seen, int64_t n)
{
    for (size_t i = 0; i < seen->period_count; i++)
        if (n < seen->periods[i].period_end)
            return &seen->periods[i];
    return &seen->periods[0];
}

static double wsd_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const wsd *w = prepared;
    const int64_t n = evaluated(&w->steps, now);
    if (n < 0)
        return base;
    if (n < w->seen.warmup_steps)
        return w->start + tempo__ratio(n, w->seen.warmup_steps) * finite_span(w->start, base);
    const tempo_wsd_period *p = find_period(&w->seen, n);
    const int64_t decay_start = p->pre_decay_step - p->period_start;
    const int64_t time = n - p->period_start;
    if (time < decay_start || p->decay_steps == 0)
        return base;
    const double progress = tempo__ratio(time - decay_start, p->decay_steps);
    const double done = progress > 1.0 ? 1.0 : progress;
    if (w->is_sqrt)
        return base * (w->lr_min + (1 - w->lr_min) * (1 - sqrt(done)));
    return base / (done * (1.0 / w->lr_min) + (1.0 - done) * 1.0);
}

static int64_t wsd_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const wsd *w = prepared;
    int64_t best = -1;
    if (w->seen.warmup_steps > 0) {
        best = nearer(best, facts, &w->steps, 0, batch);
        best = nearer(best, facts, &w->steps, w->seen.warmup_steps, batch);
    }
    for (size_t i = 0; i < w->seen.period_count; i++) {
        best = nearer(best, facts, &w->steps, w->seen.periods[i].pre_decay_step, batch);
        best = nearer(best, facts, &w->steps, w->seen.periods[i].period_end, batch);
    }
    return best;
}

const tempo_wsd *accelerated_wsd(double (*value)(const void *prepared, const tempo_timestamp *now, double base),
                                 const void *prepared)
{
    return value == wsd_value ? &((const wsd *)prepared)->seen : NULL;
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "accelerated.CosineLrScheduler",
        .summary = "linear warmup, part of a cosine, and a floor, with k-decay",
        .formula = "lr(n) = floor + (base - floor) * (1 + cos(pi * (n - W) ^ k_decay / C ^ k_decay)) / 2 for "
                   "W <= n < C, C = total - W - cooldown, floor from there",
        .source = SOURCE "cosine_scheduler.py",
        .notes = LAG_NOTE
        "The cosine has the length C that it would have if it started at 0, but starts at W and is cut off at C: it "
        "ends W updates early, well above the floor, and then drops; the floor lasts W updates longer than the "
        "cooldown. With W >= C there is no cosine. warmup_starting_lr_ratio moves the start of the warmup but not "
        "its slope, so that the ramp misses the base, and the first update uses warmup_starting_lr all the same. "
        "Deviations: a negative k_decay is refused, since it divides by zero where the cosine starts; and an epoch has "
        "the updates that it has, where the Trainer fills in those of all processes, so that on p of them it gets "
        "through 1/p of the curve. " RUN_NOTE,
        .example = "accelerated.CosineLrScheduler lr_min=0.01 num_warmup_epochs=5 warmup_starting_lr=0.05 "
                   "num_cooldown_epochs=10",
        .example_run = "--max-duration 90ep --batches-per-epoch 100",
        PARAMETERS(cosine_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .bind = cosine_bind,
        .value = cosine_value,
        .joint = cosine_joint,
    },
    {
        .name = "accelerated.WSDLrScheduler",
        .summary = "linear warmup, a stable phase, and a decay before every checkpoint",
        .formula = "lr(n) = base * (lr_min + (1 - lr_min) * (1 - sqrt(p))), or base / (p / lr_min + 1 - p), with p the "
                   "progress of the decay, 0 before it",
        .source = SOURCE "wsd_scheduler.py",
        .notes = LAG_NOTE
        "The first update runs at the whole base, before the warmup starts. The first update of a decay is still at "
        "the base, and the floor is reached only after the last checkpoint: with 2 checkpoints that is half way, and "
        "with a total that 4 does not divide a little before the end. num_warmup_steps null means 1 %, not the 10 % "
        "of its documentation; it is what create_scheduler_fn() has, while 0 is the default of the class. "
        "num_warmup_epochs is also from there: its epochs are the run's, whatever num_update_steps_per_epoch says. "
        "Deviations: where a decay of no updates, an lr_min of 0 or a quarter of no updates "
        "would divide by zero there, the schedule is refused, or has no value past the last checkpoint. " RUN_NOTE,
        .example = "accelerated.WSDLrScheduler total_steps=8000 num_warmup_steps=400 decay_phase_ratio=0.2 lr_min=0.05 "
                   "num_checkpoints=3",
        .example_run = "--max-duration 8000ba",
        PARAMETERS(wsd_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .bind = wsd_bind,
        .value = wsd_value,
        .joint = wsd_joint,
    },
};

const tempo__family tempo__accelerated = {types, sizeof types / sizeof types[0]};
