/* resume.c: going on from a checkpoint. save.c has written it. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <tempo/document.h>

#include "trainer/internal.h"

/* --- facts --- */

/* A checkpoint that is being taken. */
typedef struct taking {
    const tempo_value *facts;
    tempo_mismatch mismatch;
    tempo_trainer *trainer;
    tempo_error *error;
} taking;

static tempo_status member_of(const taking *t, const char *key, tempo_value_kind kind, const tempo_value **out)
{
    *out = tempo_value_member(t->facts, key);
    if (*out && (*out)->kind == kind)
        return TEMPO_OK;
    tempo__fail(t->error, TEMPO_BAD_VALUE, "the checkpoint has no %s, or it is not %s", key,
                tempo_value_kind_text(kind));
    tempo__advise(t->error, "it was not written by a trainer");
    return TEMPO_BAD_VALUE;
}

static tempo_status take_count(const taking *t, const char *key, int64_t *out)
{
    const tempo_value *value = NULL;
    const tempo_status status = member_of(t, key, TEMPO_VALUE_INTEGER, &value);
    if (status)
        return status;
    *out = value->integer;
    return *out >= 0 ? TEMPO_OK : tempo__fail(t->error, TEMPO_BAD_VALUE, "%s of the checkpoint is below 0", key);
}

static void take_real(const taking *t, const char *key, double *out)
{
    const tempo_value *value = tempo_value_member(t->facts, key);
    *out = value && (value->kind == TEMPO_VALUE_REAL || value->kind == TEMPO_VALUE_INTEGER) ? value->real : NAN;
}

static tempo_status check_version(const taking *t)
{
    int64_t version = 0;
    const tempo_status status = take_count(t, "tempo_trainer", &version);
    if (status || version == TEMPO__FACTS_VERSION)
        return status;
    tempo__fail(t->error, TEMPO_BAD_VALUE, "the checkpoint's facts are of version %lld, but this library reads %d",
                (long long)version, TEMPO__FACTS_VERSION);
    tempo__advise(t->error, "use the version that has written it, or a newer one (this is %s)", TEMPO_VERSION);
    return TEMPO_BAD_VALUE;
}

/* Everything but the schedules and the model. */
static tempo_status take_progress(const taking *t, tempo_trainer *next)
{
    const tempo_value *clock = NULL, *in_epoch = NULL, *holds = NULL;
    tempo_status status = member_of(t, "clock", TEMPO_VALUE_TEXT, &clock);
    if (!status)
        status = tempo_clock_load(&next->clock, clock->text, clock->text_length, t->error);
    if (!status)
        status = member_of(t, "in_epoch", TEMPO_VALUE_BOOL, &in_epoch);
    if (!status)
        status = member_of(t, "holds", TEMPO_VALUE_BOOL, &holds);
    if (!status)
        status = take_count(t, "taken", &next->taken);
    if (!status)
        status = take_count(t, "skipped", &next->skipped);
    if (!status)
        status = take_count(t, "loss_count", &next->loss_count);
    if (status)
        return status;
    next->in_epoch = in_epoch->boolean;
    next->holds = holds->boolean;
    take_real(t, "loss", &next->loss);
    take_real(t, "metric", &next->metric);
    take_real(t, "loss_sum", &next->loss_sum);
    return TEMPO_OK;
}

/* --- the run --- */

static const struct {
    const char *name;
    size_t offset;
} run_counts[] = {
    {"batches_per_epoch", offsetof(tempo_run, batches_per_epoch)},
    {"samples_per_batch", offsetof(tempo_run, samples_per_batch)},
    {"tokens_per_batch", offsetof(tempo_run, tokens_per_batch)},
};

enum { RUN_COUNTS = sizeof run_counts / sizeof run_counts[0] };

static double ratio_of(const tempo_run *run)
{
    return run->scale_schedule_ratio == 0 ? 1.0 : run->scale_schedule_ratio;
}

static tempo_status take_run(const taking *t, tempo_run *out)
{
    const tempo_value *map = NULL;
    tempo_status status = member_of(t, "run", TEMPO_VALUE_MAP, &map);
    if (status)
        return status;
    const taking inner = {.facts = map, .trainer = t->trainer, .error = t->error};
    const tempo_value *duration = NULL;
    *out = t->trainer->options.run;
    status = member_of(&inner, "max_duration", TEMPO_VALUE_TEXT, &duration);
    for (size_t i = 0; !status && i < RUN_COUNTS; i++)
        status = take_count(&inner, run_counts[i].name, (int64_t *)(void *)((char *)out + run_counts[i].offset));
    if (status)
        return status;
    take_real(&inner, "scale_schedule_ratio", &out->scale_schedule_ratio);
    out->max_duration = tempo__arena_copy_text(&t->trainer->arena, duration->text, duration->text_length);
    return out->max_duration ? TEMPO_OK : tempo__out_of_memory(t->error);
}

/* The fields in which two runs differ, as words; how many bytes that is. */
static size_t compare_runs(char *text, size_t capacity, const tempo_run *here, const tempo_run *saved)
{
    size_t used = 0;
    text[0] = '\0';
    if (strcmp(here->max_duration, saved->max_duration) != 0)
        used += (size_t)snprintf(text, capacity, "; run.max_duration: %s here, %s saved", here->max_duration,
                                 saved->max_duration);
    for (size_t i = 0; i < RUN_COUNTS && used < capacity; i++) {
        const int64_t a = *(const int64_t *)(const void *)((const char *)here + run_counts[i].offset);
        const int64_t b = *(const int64_t *)(const void *)((const char *)saved + run_counts[i].offset);
        if (a != b)
            used += (size_t)snprintf(text + used, capacity - used, "; run.%s: %lld here, %lld saved",
                                     run_counts[i].name, (long long)a, (long long)b);
    }
    if (ratio_of(here) != ratio_of(saved) && used < capacity)
        used += (size_t)snprintf(text + used, capacity - used, "; run.scale_schedule_ratio: %g here, %g saved",
                                 ratio_of(here), ratio_of(saved));
    return used;
}

/* A stepper of the same schedules over another run. */
static tempo_status rebind(const taking *t, const tempo_run *run, tempo_stepper **out)
{
    const tempo_trainer *trainer = t->trainer;
    const tempo_stepper_options options = {.mode = TEMPO_STEPPER_CLOSED_FORM, .bind = &trainer->bind};
    return trainer->schedule ? tempo_stepper_new(out, run, trainer->options.groups, trainer->options.group_count,
                                                 trainer->kept, &options, t->error)
                             : TEMPO_OK;
}

/* Decides which run counts; `*stepper` is a new one if that is the saved one. */
static tempo_status choose_run(const taking *t, tempo_trainer *next, tempo_stepper **stepper, bool *differs)
{
    char differences[256];
    tempo_run saved;
    tempo_status status = take_run(t, &saved);
    if (status)
        return status;
    *differs = compare_runs(differences, sizeof differences, &t->trainer->options.run, &saved) > 0;
    if (!*differs || t->mismatch == TEMPO_MISMATCH_CONFIG)
        return TEMPO_OK;
    if (t->mismatch == TEMPO_MISMATCH_ERROR) {
        tempo__fail(t->error, TEMPO_CONFLICT, "the checkpoint differs: %s", differences + strlen("; "));
        tempo__advise(t->error, "say which counts: TEMPO_MISMATCH_CONFIG, or TEMPO_MISMATCH_CHECKPOINT");
        tempo__blame(t->error, "run");
        return TEMPO_CONFLICT;
    }
    next->options.run = saved;
    status = tempo__max_duration(&next->clock.max_duration, &saved, t->error);
    return status ? status : rebind(t, &saved, stepper);
}

/* --- schedules --- */

static tempo_status take_steppers(const taking *t, tempo_stepper *own)
{
    const tempo_trainer_options *o = &t->trainer->options;
    const tempo_value *list = NULL, *schedule = tempo_value_member(t->facts, "schedule");
    tempo_status status = member_of(t, "steppers", TEMPO_VALUE_LIST, &list);
    if (!status && list->count != o->stepper_count)
        status = tempo__fail(t->error, TEMPO_CONFLICT, "the checkpoint has %zu steppers, and the training %zu",
                             list->count, o->stepper_count);
    if (!status && !schedule != !t->trainer->schedule)
        status = tempo__fail(t->error, TEMPO_CONFLICT, "the checkpoint has %s schedule, and the training %s",
                             schedule ? "a" : "no", schedule ? "none" : "one");
    if (!status && schedule)
        status = tempo_stepper_load(own, schedule, t->mismatch, t->error);
    const tempo_value *saved = status ? NULL : list->first;
    for (size_t i = 0; !status && i < o->stepper_count; i++, saved = saved->next)
        status = tempo_stepper_load(o->steppers[i], saved, t->mismatch, t->error);
    return status;
}

/* --- many ranks --- */

/* What rank 0 has read, on every rank: facts as text, and the model's bytes. */
typedef struct received {
    const tempo_allocator *allocator;
    tempo_checkpoint *checkpoint; /* on rank 0: holds the model's bytes */
    char *facts;
    void *copy; /* of the model's bytes, on the others */
    const void *model;
    size_t facts_length, facts_capacity, model_length;
} received;

static void release(received *r)
{
    tempo__release(r->allocator, r->facts, r->facts_capacity);
    tempo__release(r->allocator, r->copy, r->model_length);
    tempo_checkpoint_free(r->checkpoint);
}

static int append(void *context, const char *text, size_t length)
{
    received *r = context;
    if (length > SIZE_MAX / 2 - r->facts_length)
        return 1;
    if (r->facts_length + length > r->facts_capacity) {
        const size_t capacity = 2 * (r->facts_length + length);
        char *larger = r->allocator->resize(r->allocator->context, r->facts, r->facts_capacity, capacity);
        if (!larger)
            return 1;
        r->facts = larger;
        r->facts_capacity = capacity;
    }
    memcpy(r->facts + r->facts_length, text, length);
    r->facts_length += length;
    return 0;
}

/* Where a checkpoint is read from, and who is told about those that cannot be used. */
typedef struct origin {
    const char *path;
    tempo_checkpoint_passed_over *passed_over;
    void *context;
} origin;

static tempo_status read_files(const origin *from, received *out, tempo_error *error)
{
    struct stat about;
    const bool is_folder = stat(from->path, &about) == 0 && S_ISDIR(about.st_mode);
    const tempo_status status = is_folder
                                    ? tempo_checkpoint_open_latest(&out->checkpoint, from->path, from->passed_over,
                                                                   from->context, out->allocator, error)
                                    : tempo_checkpoint_open(&out->checkpoint, from->path, out->allocator, error);
    if (status)
        return status;
    out->model = tempo_checkpoint_model(out->checkpoint, &out->model_length);
    /* Memory is all that can stop it. */
    return tempo_value_print(tempo_checkpoint_facts(out->checkpoint), TEMPO_YAML, append, out, NULL)
               ? tempo__out_of_memory(error)
               : TEMPO_OK;
}

static tempo_status fail_ranks(int code, tempo_error *error)
{
    return tempo__fail(error, TEMPO_FAILED, "the ranks cannot reach each other: the communicator failed with %d", code);
}

/* Room for what is to come, on all ranks but 0. */
static bool make_room(received *r, int rank)
{
    if (rank == 0)
        return true;
    r->facts = tempo__allocate(r->allocator, r->facts_length);
    r->facts_capacity = r->facts ? r->facts_length : 0;
    r->model = r->copy = r->model_length ? tempo__allocate(r->allocator, r->model_length) : NULL;
    return r->facts && (r->copy || !r->model_length);
}

/* Rank 0 reads, and tells the others: the file need not be on their machines. */
static tempo_status read_on_all(const tempo_communicator *c, const origin *from, received *out, tempo_error *error)
{
    tempo_status status = c->rank == 0 ? read_files(from, out, error) : TEMPO_OK;
    int64_t told[3] = {status, (int64_t)out->facts_length, (int64_t)out->model_length};
    int code = c->sum_counts(c->context, told, 3);
    if (status || code || told[0])
        return status ? status
               : code ? fail_ranks(code, error)
                      : tempo__fail(error, TEMPO_FAILED, "rank 0 could not read the checkpoint; see what it reports");
    out->facts_length = (size_t)told[1];
    out->model_length = (size_t)told[2];
    int64_t failed = !make_room(out, c->rank);
    code = c->sum_counts(c->context, &failed, 1);
    if (code || failed)
        return code ? fail_ranks(code, error) : tempo__out_of_memory(error);
    code = c->broadcast(c->context, out->facts, out->facts_length, 0);
    if (!code && out->model_length) {
        void *bytes = out->copy;
        if (c->rank == 0) /* there it is only read */
            memcpy(&bytes, &out->model, sizeof bytes);
        code = c->broadcast(c->context, bytes, out->model_length, 0);
    }
    return code ? fail_ranks(code, error) : TEMPO_OK;
}

/* --- resume --- */

/* Puts the data source behind the micro-batches that were taken of the epoch. */
static tempo_status move_data(const tempo_trainer *trainer, int64_t epoch, int64_t count, tempo_error *error)
{
    const tempo_data_source *data = &trainer->options.data;
    int code = data->skip ? data->skip(data->context, epoch, count) : data->rewind(data->context, epoch);
    for (int64_t i = 0; !code && !data->skip && i < count; i++) {
        tempo_batch batch = {.samples = 0};
        bool has_batch = false;
        code = data->next(data->context, &batch, &has_batch);
        if (!code && !has_batch)
            return tempo__fail(error, TEMPO_MISSING,
                               "epoch %lld has only %lld micro-batches, and %lld were taken of it", (long long)epoch,
                               (long long)i, (long long)count);
    }
    return code ? tempo__fail(error, TEMPO_FAILED, "the data source failed with %d when it was moved", code) : TEMPO_OK;
}

static void set_intervals(tempo_trainer *trainer)
{
    tempo__interval_set(&trainer->evaluations, trainer);
    tempo__interval_set(&trainer->checkpoints, trainer);
    for (tempo__listener *listener = trainer->first; listener; listener = listener->next)
        if (listener->has_interval)
            tempo__interval_set(&listener->interval, trainer);
}

/* Another number of ranks takes the data another way: the micro-batches that were taken are those of all ranks. */
static int64_t taken_here(const taking *t, int64_t taken)
{
    const tempo_value *run = tempo_value_member(t->facts, "run"), *ranks = tempo_value_member(run, "ranks");
    const int64_t before = ranks && ranks->kind == TEMPO_VALUE_INTEGER ? ranks->integer : 1;
    int64_t all = 0;
    return tempo__multiply(&all, taken, before) ? all / t->trainer->communicator.size : taken;
}

static tempo_status take(taking *t, const received *state)
{
    tempo_trainer *trainer = t->trainer, next = *trainer;
    const tempo_model *model = &trainer->options.model;
    tempo_status status = check_version(t);
    if (!status)
        status = take_progress(t, &next);
    next.taken = taken_here(t, next.taken);
    tempo_stepper *stepper = NULL;
    bool differs = false;
    if (!status)
        status = choose_run(t, &next, &stepper, &differs);
    if (stepper)
        next.schedule = stepper;
    if (!status)
        status = take_steppers(t, next.schedule);
    if (!status && differs && !stepper && next.schedule && !next.holds) /* the same time means something else now */
        status = tempo_stepper_step_to(next.schedule, tempo_stepper_now(next.schedule), NULL, t->error);
    if (!status && next.in_epoch)
        status = move_data(trainer, tempo_clock_now(&next.clock)->epoch, next.taken, t->error);
    const int code = status ? 0 : model->load(model->context, state->model, state->model_length);
    if (code)
        status = tempo__fail(t->error, TEMPO_FAILED, "loading the model failed with %d", code);
    if (status) {
        tempo_stepper_free(stepper);
        return status;
    }
    if (stepper)
        tempo_stepper_free(trainer->schedule);
    next.arena = trainer->arena; /* has grown since */
    *trainer = next;
    trainer->last_checkpoint = tempo_clock_now(&trainer->clock)->batch;
    set_intervals(trainer);
    tempo__note_values(trainer);
    return TEMPO_OK;
}

tempo_status tempo_trainer_resume(tempo_trainer *trainer, const char *path, tempo_mismatch mismatch,
                                  tempo_checkpoint_passed_over *passed_over, void *context, tempo_error *error)
{
    const tempo_allocator *allocator = trainer->bind.allocator;
    received state = {.allocator = allocator};
    const origin from = {path, passed_over, context};
    tempo_tree *tree = NULL;
    tempo_status status = TEMPO_OK;
    if (!trainer->options.model.load)
        return tempo__fail(error, TEMPO_CONFLICT, "the model cannot be loaded: set load of the model");
    status = read_on_all(&trainer->communicator, &from, &state, error);
    if (!status && tempo_tree_new(&tree, allocator))
        status = tempo__out_of_memory(error);
    if (!status)
        status = tempo_value_parse(tree, state.facts, state.facts_length, allocator, error);
    taking t = {.mismatch = mismatch, .trainer = trainer, .error = error};
    if (!status) {
        t.facts = tempo_tree_root(tree);
        status = take(&t, &state);
    }
    tempo_tree_free(tree);
    release(&state);
    return status;
}
