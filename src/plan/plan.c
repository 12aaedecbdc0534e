/* plan.c: schedules bound to a run and its groups, in one block, and evaluated. Knows no type by name and
 * no document. */
#include <tempo/plan.h>

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/facts.h"
#include "schedule/type.h"

/* One schedule, ready to be evaluated. */
typedef struct bound {
    double (*value)(const void *prepared, const tempo_timestamp *now, double base);
    int64_t (*joint)(const void *prepared, const tempo__facts *facts, int64_t batch);
    const void *prepared;
} bound;

typedef struct track {
    tempo_track seen; /* what callers see */
    bound *stack;
    size_t stack_count;
} track;

struct tempo_plan {
    tempo__arena arena; /* one chunk, which holds the plan itself */
    tempo_run run;
    tempo__facts facts;
    unsigned reads;         /* bit 1 << unit: counters that some schedule looks at */
    int64_t undefined_from; /* first batch where some upstream has no value; 0: they always have one */
    track *tracks;
    size_t track_count;
};

/* What tempo_plan_bind() was given. */
typedef struct request {
    const tempo_run *run;
    const tempo_group *groups;
    size_t group_count;
    const tempo_schedule *schedule;
    const tempo_bind_options *options;
    tempo_error *error;
    bool silent;
    const bool *targets; /* [schedule][group]: see find_targets() */
} request;

void *tempo__prepare(tempo__binding *binding, size_t count, size_t size)
{
    return tempo__arena_take(binding->arena, count, size);
}

tempo_status tempo__bind_fail(tempo__binding *binding, size_t parameter, tempo_status status, const char *format, ...)
{
    char message[320];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    tempo__fail(binding->error, status, "%s", message);
    tempo__blame(binding->error, "schedules[%zu].%s", binding->index, binding->type->parameters[parameter].name);
    return status;
}

tempo_status tempo__bind_need(tempo__binding *binding, const char *path, const char *fact, const char *format, ...)
{
    char message[320];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    tempo__fail(binding->error, TEMPO_MISSING_FACT, "%s", message);
    tempo__advise(binding->error, "give %s of the run", fact);
    tempo__blame(binding->error, "%s", path);
    if (binding->error)
        binding->error->fact = fact;
    return TEMPO_MISSING_FACT;
}

const tempo_function *tempo__bind_function(const tempo__binding *binding, const char *name)
{
    for (size_t i = 0; i < binding->options->function_count; i++)
        if (strcmp(binding->options->functions[i].name, name) == 0)
            return &binding->options->functions[i];
    return NULL;
}

static const char *name_of(const tempo_group *group)
{
    return group->name ? group->name : "";
}

/* --- which groups a schedule drives --- */

/* A group to be looked up by name. */
typedef struct named_group {
    const char *name;
    size_t index;
} named_group;

static int compare_names(const void *left, const void *right)
{
    const named_group *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static bool has_field(const tempo_group *group, const char *name)
{
    for (size_t f = 0; f < group->field_count; f++)
        if (strcmp(group->fields[f].name, name) == 0)
            return true;
    return false;
}

static tempo_status fail_group(const request *r, const char *name, size_t index)
{
    tempo__nearest nearest = {name, NULL, 0};
    for (size_t g = 0; g < r->group_count; g++)
        tempo__nearest_offer(&nearest, name_of(&r->groups[g]));
    tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "there is no group '%s'", name);
    if (nearest.best)
        tempo__advise(r->error, "did you mean %s?", nearest.best);
    tempo__blame(r->error, "schedules[%zu].groups", index);
    return TEMPO_UNKNOWN_NAME;
}

static tempo_status fail_field(const request *r, const char *name, size_t index)
{
    tempo__nearest nearest = {name, NULL, 0};
    for (size_t g = 0; g < r->group_count; g++)
        for (size_t f = 0; f < r->groups[g].field_count; f++)
            tempo__nearest_offer(&nearest, r->groups[g].fields[f].name);
    tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "no group of the optimizer has a field '%s'", name);
    if (nearest.best)
        tempo__advise(r->error, "did you mean %s?", nearest.best);
    else
        tempo__advise(r->error, "give the field a base value in the optimizer");
    tempo__blame(r->error, "schedules[%zu].field", index);
    return TEMPO_UNKNOWN_NAME;
}

/* The groups that a schedule names: each must exist and have the field. `by_name` is sorted. */
static tempo_status find_named(const request *r, const tempo__entry *entry, size_t index, const named_group *by_name,
                               bool *targets)
{
    for (size_t i = 0; i < entry->group_count; i++) {
        const named_group wanted = {.name = entry->groups[i]};
        const named_group *found = bsearch(&wanted, by_name, r->group_count, sizeof *by_name, compare_names);
        if (!found)
            return fail_group(r, entry->groups[i], index);
        if (!has_field(&r->groups[found->index], entry->field)) {
            tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "group '%s' has no field '%s'", entry->groups[i], entry->field);
            tempo__blame(r->error, "schedules[%zu].groups", index);
            return TEMPO_UNKNOWN_NAME;
        }
        targets[found->index] = true;
    }
    return TEMPO_OK;
}

/* Without names, every group that has the field; there must be one. */
static tempo_status find_all(const request *r, const tempo__entry *entry, size_t index, bool *targets)
{
    bool any = false;
    for (size_t g = 0; g < r->group_count; g++) {
        targets[g] = has_field(&r->groups[g], entry->field);
        any = any || targets[g];
    }
    return any ? TEMPO_OK : fail_field(r, entry->field, index);
}

/* For every schedule, whether it drives its field in each of the groups: r->targets. */
static tempo_status find_targets(request *r, tempo__arena *scratch)
{
    const size_t count = tempo_schedule_count(r->schedule);
    named_group *by_name = tempo__arena_take(scratch, r->group_count, sizeof *by_name);
    bool *targets = tempo__arena_take(scratch, count, r->group_count);
    if (!by_name || !targets) {
        tempo__out_of_memory(r->error);
        return TEMPO_NO_MEMORY;
    }
    for (size_t g = 0; g < r->group_count; g++)
        by_name[g] = (named_group){name_of(&r->groups[g]), g};
    qsort(by_name, r->group_count, sizeof *by_name, compare_names);
    r->targets = targets;
    for (size_t i = 0; i < count; i++) {
        const tempo__entry *entry = tempo__schedule_entry(r->schedule, i);
        bool *row = targets + i * r->group_count;
        const tempo_status status =
            entry->group_count ? find_named(r, entry, i, by_name, row) : find_all(r, entry, i, row);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

static bool drives(const request *r, size_t index, size_t group, const tempo_field *field)
{
    return r->targets[index * r->group_count + group] &&
           strcmp(tempo__schedule_entry(r->schedule, index)->field, field->name) == 0;
}

/* --- binding --- */

static tempo_status bind_entries(tempo_plan *plan, const request *r, bound *entries)
{
    const size_t count = tempo_schedule_count(r->schedule);
    for (size_t i = 0; i < count; i++) {
        const tempo__entry *entry = tempo__schedule_entry(r->schedule, i);
        tempo__binding binding = {
            .facts = &plan->facts,
            .type = entry->type,
            .arguments = entry->arguments,
            .options = r->options,
            .index = i,
            .arena = &plan->arena,
            .silent = r->silent,
            .error = r->error,
        };
        void *prepared = NULL;
        const tempo_status status = entry->type->bind(&binding, &prepared);
        if (status)
            return status;
        plan->reads |= binding.reads;
        const int64_t from = binding.undefined_from;
        if (from && (!plan->undefined_from || from < plan->undefined_from))
            plan->undefined_from = from;
        entries[i] = (bound){entry->type->value, entry->type->joint, prepared};
    }
    return TEMPO_OK;
}

static tempo_status check_fields(const request *r)
{
    for (size_t g = 0; g < r->group_count; g++)
        for (size_t f = 0; f < r->groups[g].field_count; f++) {
            const tempo_field *field = &r->groups[g].fields[f];
            if (isfinite(field->base))
                continue;
            tempo__fail(r->error, TEMPO_BAD_VALUE, "the base value of %s must be a finite number", field->name);
            if (name_of(&r->groups[g])[0] || r->group_count > 1)
                tempo__blame(r->error, "optimizer.groups[%zu].%s", g, field->name);
            else
                tempo__blame(r->error, "optimizer.%s", field->name);
            return TEMPO_BAD_VALUE;
        }
    return TEMPO_OK;
}

/* One field of one group: the schedules that drive it, in their order. */
static tempo_status add_track(tempo_plan *plan, const request *r, const bound *entries, size_t g, size_t f)
{
    const tempo_group *group = &r->groups[g];
    const tempo_field *field = &group->fields[f];
    const size_t count = tempo_schedule_count(r->schedule);
    track *t = &plan->tracks[plan->track_count];
    for (size_t i = 0; i < count; i++)
        t->stack_count += drives(r, i, g, field);
    if (!t->stack_count)
        return TEMPO_OK;
    t->stack = tempo__arena_take(&plan->arena, t->stack_count, sizeof *t->stack);
    char *group_name = tempo__arena_copy_text(&plan->arena, name_of(group), strlen(name_of(group)));
    char *field_name = tempo__arena_copy_text(&plan->arena, field->name, strlen(field->name));
    if (!t->stack || !group_name || !field_name)
        return tempo__out_of_memory(r->error);
    t->seen = (tempo_track){group_name, field_name, g, f, field->base};
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (drives(r, i, g, field))
            t->stack[used++] = entries[i];
    plan->track_count++;
    return TEMPO_OK;
}

static void note_rounded_duration(const tempo__facts *facts, const request *r)
{
    const double exact = (double)facts->unscaled_max_duration.count * facts->ratio;
    if (r->silent || !facts->has_max_duration || exact == (double)facts->max_duration.count)
        return;
    char words[TEMPO__TIME_WORDS_MAX], ratio[TEMPO__NUMBER_MAX], scaled[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, facts->unscaled_max_duration);
    tempo__time_words(scaled, facts->max_duration);
    tempo__number_print(ratio, facts->ratio);
    tempo__find(r->options, TEMPO_FINDING_RATIO_ROUNDS, "run.max_duration",
                "give max_duration in a smaller unit, or a ratio that divides it",
                "max_duration %s times scale_schedule_ratio %s is truncated to %s", words, ratio, scaled);
}

static tempo_status fill(tempo_plan *plan, const request *r)
{
    plan->run = *r->run;
    if (r->run->max_duration) {
        plan->run.max_duration =
            tempo__arena_copy_text(&plan->arena, r->run->max_duration, strlen(r->run->max_duration));
        if (!plan->run.max_duration)
            return tempo__out_of_memory(r->error);
    }
    tempo_status status = tempo__facts_read(&plan->facts, &plan->run, r->error);
    if (!status)
        status = check_fields(r);
    if (status)
        return status;
    note_rounded_duration(&plan->facts, r);
    size_t fields = 0;
    for (size_t g = 0; g < r->group_count; g++)
        fields += r->groups[g].field_count;
    plan->tracks = tempo__arena_take(&plan->arena, fields, sizeof *plan->tracks);
    bound *entries = tempo__arena_take(&plan->arena, tempo_schedule_count(r->schedule), sizeof *entries);
    if (!plan->tracks || !entries)
        return tempo__out_of_memory(r->error);
    status = bind_entries(plan, r, entries);
    for (size_t g = 0; !status && g < r->group_count; g++)
        for (size_t f = 0; !status && f < r->groups[g].field_count; f++)
            status = add_track(plan, r, entries, g, f);
    return status;
}

/* Builds a plan whose every byte comes from one arena, the plan itself first. */
static tempo_status build(tempo_plan **out, const request *r, size_t *bytes)
{
    *out = NULL;
    tempo__arena arena;
    tempo__arena_init(&arena, r->options->allocator);
    if (*bytes && !tempo__arena_reserve(&arena, *bytes))
        return tempo__out_of_memory(r->error);
    tempo_plan *plan = tempo__arena_take(&arena, 1, sizeof *plan);
    if (!plan)
        return tempo__out_of_memory(r->error);
    plan->arena = arena;
    const tempo_status status = fill(plan, r);
    *bytes = plan->arena.used;
    if (status)
        tempo_plan_free(plan);
    else
        *out = plan;
    return status;
}

tempo_status tempo_plan_bind(tempo_plan **out, const tempo_run *run, const tempo_group *groups, size_t group_count,
                             const tempo_schedule *schedule, const tempo_bind_options *options, tempo_error *error)
{
    static const tempo_bind_options none = {NULL, NULL, 0, NULL, NULL};
    *out = NULL;
    request r = {
        .run = run,
        .groups = groups,
        .group_count = group_count,
        .schedule = schedule,
        .options = options ? options : &none,
        .error = error,
    };
    tempo__arena scratch;
    tempo__arena_init(&scratch, r.options->allocator);
    tempo_status status = find_targets(&r, &scratch);
    /* Built twice: the first time to find every error and how many bytes it takes, so that the second
     * one is a single block. */
    tempo_plan *sketch = NULL;
    size_t bytes = 0;
    if (!status)
        status = build(&sketch, &r, &bytes);
    tempo_plan_free(sketch);
    r.silent = true;
    if (!status)
        status = build(out, &r, &bytes);
    tempo__arena_free(&scratch);
    return status;
}

void tempo_plan_free(tempo_plan *plan)
{
    if (!plan)
        return;
    tempo__arena arena = plan->arena; /* the plan lies in it */
    tempo__arena_free(&arena);
}

/* --- evaluation --- */

size_t tempo_plan_track_count(const tempo_plan *plan)
{
    return plan->track_count;
}

const tempo_track *tempo_plan_track(const tempo_plan *plan, size_t index)
{
    return index < plan->track_count ? &plan->tracks[index].seen : NULL;
}

static inline double evaluate(const track *t, const tempo_timestamp *now)
{
    double value = t->seen.base;
    for (size_t i = 0; i < t->stack_count; i++)
        value = t->stack[i].value(t->stack[i].prepared, now, value);
    /* A growing schedule may leave the range of double (Python raises OverflowError): stay finite. */
    return isinf(value) ? copysign(DBL_MAX, value) : value;
}

double tempo_plan_value(const tempo_plan *plan, size_t index, const tempo_timestamp *now)
{
    return evaluate(&plan->tracks[index], now);
}

void tempo_plan_apply(const tempo_plan *plan, const tempo_timestamp *now, const tempo_group *groups)
{
    for (size_t i = 0; i < plan->track_count; i++) {
        const tempo_track *seen = &plan->tracks[i].seen;
        const tempo_field *field = &groups[seen->group_index].fields[seen->field_index];
        const double value = tempo_plan_value(plan, i, now);
        if (field->as_double)
            *field->as_double = value;
        if (field->as_float)
            *field->as_float = (float)value;
    }
}

/* --- batches and timestamps --- */

static tempo_status check_counter(const tempo_plan *plan, tempo_unit unit, int64_t per_batch, const char *fact,
                                  tempo_error *error)
{
    if (per_batch || !(plan->reads & 1U << unit))
        return TEMPO_OK;
    if (!fact) {
        tempo__fail(error, TEMPO_UNIT_MISMATCH,
                    "a schedule counts iterations, and a number of batches does not tell them");
        tempo__advise(error, "evaluate at a whole timestamp, or give the schedule's times in another unit");
    } else {
        tempo__fail(error, TEMPO_MISSING_FACT, "a schedule counts %s, but nothing says how many %s",
                    unit == TEMPO_TOKEN    ? "tokens"
                    : unit == TEMPO_SAMPLE ? "samples"
                                           : "epochs",
                    unit == TEMPO_TOKEN    ? "tokens a batch has"
                    : unit == TEMPO_SAMPLE ? "samples a batch has"
                                           : "batches an epoch has");
        tempo__advise(error, "give %s of the run", fact);
        if (error)
            error->fact = fact;
    }
    tempo__blame(error, "schedules");
    return fact ? TEMPO_MISSING_FACT : TEMPO_UNIT_MISMATCH;
}

static tempo_status check_counters(const tempo_plan *plan, tempo_error *error)
{
    const tempo__facts *facts = &plan->facts;
    tempo_status status = check_counter(plan, TEMPO_ITERATION, 0, NULL, error);
    if (!status)
        status = check_counter(plan, TEMPO_EPOCH, facts->batches_per_epoch, "batches_per_epoch", error);
    if (!status)
        status = check_counter(plan, TEMPO_SAMPLE, facts->samples_per_batch, "samples_per_batch", error);
    if (!status)
        status = check_counter(plan, TEMPO_TOKEN, facts->tokens_per_batch, "tokens_per_batch", error);
    return status;
}

tempo_status tempo_plan_timestamp(const tempo_plan *plan, int64_t batch, tempo_timestamp *out, tempo_error *error)
{
    const tempo_status status = check_counters(plan, error);
    if (status)
        return status;
    if (batch < 0)
        return tempo__fail(error, TEMPO_BAD_VALUE, "a number of batches must be >= 0, not %lld", (long long)batch);
    if (plan->undefined_from && batch >= plan->undefined_from) {
        tempo__fail(error, TEMPO_OUT_OF_RANGE,
                    "a schedule has decayed to nothing by batch %lld, so it has no value at batch %lld",
                    (long long)plan->undefined_from, (long long)batch);
        tempo__blame(error, "schedules");
        return TEMPO_OUT_OF_RANGE;
    }
    const tempo__facts *facts = &plan->facts;
    const int64_t in_epoch = facts->batches_per_epoch ? batch % facts->batches_per_epoch : batch;
    tempo_timestamp now = {.batch = batch, .batch_in_epoch = in_epoch};
    now.epoch = facts->batches_per_epoch ? batch / facts->batches_per_epoch : 0;
    now.epoch_in_iteration = now.epoch;
    if (!tempo__multiply(&now.sample, batch, facts->samples_per_batch) ||
        !tempo__multiply(&now.token, batch, facts->tokens_per_batch))
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "the samples or tokens of %lld batches do not fit in 64 bits",
                           (long long)batch);
    now.token_in_iteration = now.token;
    now.sample_in_epoch = in_epoch * facts->samples_per_batch;
    now.token_in_epoch = in_epoch * facts->tokens_per_batch;
    *out = now;
    return TEMPO_OK;
}

/* From one batch to the next without dividing. */
static void advance(tempo_timestamp *now, const tempo__facts *facts)
{
    now->batch++;
    now->batch_in_epoch++;
    now->sample += facts->samples_per_batch;
    now->token += facts->tokens_per_batch;
    now->token_in_iteration += facts->tokens_per_batch;
    now->sample_in_epoch += facts->samples_per_batch;
    now->token_in_epoch += facts->tokens_per_batch;
    if (now->batch_in_epoch != facts->batches_per_epoch)
        return;
    now->epoch++;
    now->epoch_in_iteration++;
    now->batch_in_epoch = now->sample_in_epoch = now->token_in_epoch = 0;
}

tempo_status tempo_plan_values(const tempo_plan *plan, size_t index, int64_t first_batch, size_t count, double *out,
                               tempo_error *error)
{
    tempo_timestamp now, last;
    tempo_status status = tempo_plan_timestamp(plan, first_batch, &now, error);
    if (status || !count)
        return status;
    int64_t last_batch = 0;
    if (count > INT64_MAX || !tempo__add(&last_batch, first_batch, (int64_t)(count - 1)))
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "%zu batches from batch %lld do not fit in 64 bits", count,
                           (long long)first_batch);
    status = tempo_plan_timestamp(plan, last_batch, &last, error);
    if (status)
        return status;
    const track *t = &plan->tracks[index];
    out[0] = evaluate(t, &now);
    for (size_t i = 1; i < count; i++) {
        advance(&now, &plan->facts);
        out[i] = evaluate(t, &now);
    }
    return TEMPO_OK;
}

tempo_status tempo_plan_batch(const tempo_plan *plan, tempo_time time, int64_t *batch, tempo_error *error)
{
    static const char *const facts_by_unit[TEMPO_UNIT_COUNT] = {
        [TEMPO_EPOCH] = "batches_per_epoch", [TEMPO_SAMPLE] = "samples_per_batch", [TEMPO_TOKEN] = "tokens_per_batch"};
    const tempo__facts *facts = &plan->facts;
    char words[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, time);
    if (time.unit == TEMPO_DURATION) {
        if (!facts->has_max_duration) {
            tempo__fail(error, TEMPO_MISSING_FACT, "%s is a fraction of the run, but nothing says how long the run is",
                        words);
            tempo__advise(error, "give max_duration of the run");
            if (error)
                error->fact = "max_duration";
            return TEMPO_MISSING_FACT;
        }
        /* Of epochs, the batches are what a fraction is taken of, in Composer's order of operations. */
        const bool epochs = facts->max_duration.unit == TEMPO_EPOCH && facts->batches_per_epoch;
        const double whole = epochs ? time.fraction * (double)facts->batches_per_epoch : time.fraction;
        time.unit = epochs ? TEMPO_BATCH : facts->max_duration.unit;
        if (!tempo__truncate(&time.count, whole * (double)facts->max_duration.count))
            return tempo__fail(error, TEMPO_OUT_OF_RANGE, "%s of the run does not fit in 64 bits", words);
    }
    if (time.unit == TEMPO_SECOND || time.unit == TEMPO_ITERATION)
        return tempo__fail(error, TEMPO_BAD_VALUE, "%s cannot be turned into batches", words);
    if (time.count < 0)
        return tempo__fail(error, TEMPO_BAD_VALUE, "%s is before the start of training", words);
    const int64_t at = tempo__batch_of(facts, time.unit, time.count);
    if (at >= 0) {
        *batch = at;
        return TEMPO_OK;
    }
    const char *fact = facts_by_unit[time.unit];
    if (tempo__count_at(facts, time.unit, 0) == 0)
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "%s is more batches than fit in 64 bits", words);
    tempo__fail(error, TEMPO_MISSING_FACT, "%s cannot be turned into batches without %s", words, fact);
    tempo__advise(error, "give %s of the run", fact);
    if (error)
        error->fact = fact;
    return TEMPO_MISSING_FACT;
}

bool tempo_plan_max_duration(const tempo_plan *plan, tempo_time *out)
{
    if (plan->facts.has_max_duration)
        *out = plan->facts.max_duration;
    return plan->facts.has_max_duration;
}

const tempo_run *tempo_plan_run(const tempo_plan *plan)
{
    return &plan->run;
}

int64_t tempo_plan_batches(const tempo_plan *plan)
{
    return tempo__facts_batches(&plan->facts);
}

int64_t tempo_plan_next_joint(const tempo_plan *plan, size_t index, int64_t batch)
{
    const track *t = &plan->tracks[index];
    int64_t best = -1;
    for (size_t i = 0; i < t->stack_count; i++) {
        const int64_t joint = t->stack[i].joint ? t->stack[i].joint(t->stack[i].prepared, &plan->facts, batch) : -1;
        if (joint > batch && (best < 0 || joint < best))
            best = joint;
    }
    return best;
}
