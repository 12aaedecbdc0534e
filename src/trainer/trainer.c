/* trainer.c: making a trainer, and what there is to know about it. */
#include <math.h>
#include <string.h>

#include "trainer/internal.h"

/* --- what was asked for --- */

static tempo_status fail_missing(const char *what, const char *advice, tempo_error *error)
{
    tempo__fail(error, TEMPO_MISSING, "a training needs %s", what);
    tempo__advise(error, "%s", advice);
    return TEMPO_MISSING;
}

static tempo_status check_options(const tempo_trainer_options *o, tempo_error *error)
{
    if (!o->data.next || !o->data.rewind)
        return fail_missing("data", "set next and rewind of the data source", error);
    if (!o->model.train || !o->model.update)
        return fail_missing("a model", "set train and update of the model", error);
    if (o->micro_batches < 0)
        return tempo__fail(error, TEMPO_BAD_VALUE, "micro_batches is %lld, but must be >= 0",
                           (long long)o->micro_batches);
    const double ratio = o->run.scale_schedule_ratio;
    if (ratio != 0 && ratio != 1 && !o->schedule && !o->plan) {
        tempo__fail(error, TEMPO_CONFLICT, "there is a scale schedule ratio, but no schedule to scale");
        tempo__blame(error, "run.scale_schedule_ratio");
        return TEMPO_CONFLICT;
    }
    if (o->checkpoints.folder && (!o->model.save || !o->model.load)) {
        tempo__fail(error, TEMPO_CONFLICT, "checkpoints are asked for, but the model cannot be saved and loaded");
        tempo__advise(error, "set save and load of the model");
        return TEMPO_CONFLICT;
    }
    return TEMPO_OK;
}

static tempo_status read_intervals(tempo_trainer *trainer, tempo_error *error)
{
    const tempo_trainer_options *o = &trainer->options;
    const tempo_status status = tempo__interval_read(
        &trainer->evaluations, o->evaluation.every ? o->evaluation.every : "1ep", "the evaluation", error);
    return status ? status
                  : tempo__interval_read(&trainer->checkpoints, o->checkpoints.every ? o->checkpoints.every : "1ep",
                                         "the checkpoint", error);
}

/* --- making one --- */

static tempo_status copy_text(tempo_trainer *trainer, const char **text, tempo_error *error)
{
    if (!*text)
        return TEMPO_OK;
    *text = tempo__arena_copy_text(&trainer->arena, *text, strlen(*text));
    return *text ? TEMPO_OK : tempo__out_of_memory(error);
}

static tempo_status copy_fields(tempo_trainer *trainer, tempo_group *group, tempo_error *error)
{
    tempo_field *fields = tempo__arena_take(&trainer->arena, group->field_count, sizeof *fields);
    tempo_status status = fields ? copy_text(trainer, &group->name, error) : tempo__out_of_memory(error);
    if (!fields)
        return status;
    for (size_t f = 0; !status && f < group->field_count; f++) {
        fields[f] = group->fields[f];
        status = copy_text(trainer, &fields[f].name, error);
    }
    group->fields = fields;
    return status;
}

/* Names, bases and pointers of the groups; the numbers stay the caller's. */
static tempo_status copy_groups(tempo_trainer *trainer, tempo_error *error)
{
    tempo_trainer_options *o = &trainer->options;
    tempo_group *groups = tempo__arena_take(&trainer->arena, o->group_count, sizeof *groups);
    tempo_status status = TEMPO_OK;
    if (!groups)
        return tempo__out_of_memory(error);
    for (size_t g = 0; !status && g < o->group_count; g++) {
        groups[g] = o->groups[g];
        status = copy_fields(trainer, &groups[g], error);
    }
    o->groups = groups;
    return status;
}

/* A copy of the schedule, or those of the plan. */
static tempo_status keep_schedule(tempo_trainer *trainer, tempo_error *error)
{
    const tempo_trainer_options *o = &trainer->options;
    tempo_tree *tree = NULL;
    if (!o->schedule)
        return o->plan
                   ? tempo_schedule_parse(&trainer->kept, tempo_plan_schedules(o->plan), trainer->bind.allocator, error)
                   : TEMPO_OK;
    if (tempo_tree_new(&tree, trainer->bind.allocator))
        return tempo__out_of_memory(error);
    const tempo_value *value = tempo_schedule_to_value(o->schedule, tree, NULL, NULL);
    const tempo_status status = value ? tempo_schedule_from_value(&trainer->kept, value, trainer->bind.allocator, error)
                                      : tempo__out_of_memory(error);
    tempo_tree_free(tree);
    return status;
}

static tempo_status bind_schedule(tempo_trainer *trainer, tempo_error *error)
{
    const tempo_trainer_options *o = &trainer->options;
    const tempo_stepper_options options = {.mode = TEMPO_STEPPER_CLOSED_FORM, .bind = &trainer->bind};
    tempo_status status = keep_schedule(trainer, error);
    if (status || !trainer->kept)
        return status;
    status = tempo_stepper_new(&trainer->schedule, &o->run, o->groups, o->group_count, trainer->kept, &options, error);
    if (status)
        return status;
    trainer->track_count = tempo_stepper_track_count(trainer->schedule);
    trainer->used = tempo__arena_take(&trainer->arena, trainer->track_count, sizeof *trainer->used);
    trainer->values = tempo__arena_take(&trainer->arena, trainer->track_count, sizeof *trainer->values);
    if (!trainer->used || !trainer->values)
        return tempo__out_of_memory(error);
    tempo__note_values(trainer);
    tempo__note_used(trainer);
    return TEMPO_OK;
}

static tempo_status set_up(tempo_trainer *trainer, tempo_error *error)
{
    tempo_trainer_options *o = &trainer->options;
    tempo_time end;
    tempo_status status = check_options(o, error);
    if (!status)
        status = tempo__max_duration(&end, &o->run, error);
    if (!status)
        status = tempo_clock_init(&trainer->clock, &end, error);
    if (!status)
        status = read_intervals(trainer, error);
    if (!status)
        status = copy_text(trainer, &o->run.max_duration, error);
    if (!status)
        status = copy_text(trainer, &o->checkpoints.folder, error);
    if (!status)
        status = copy_groups(trainer, error);
    return status ? status : bind_schedule(trainer, error);
}

tempo_status tempo_trainer_new(tempo_trainer **out, const tempo_trainer_options *options, tempo_error *error)
{
    tempo__arena arena;
    *out = NULL;
    tempo__arena_init(&arena, options->bind ? options->bind->allocator : NULL);
    tempo_trainer *trainer = tempo__arena_take(&arena, 1, sizeof *trainer);
    if (!trainer)
        return tempo__out_of_memory(error);
    trainer->arena = arena;
    trainer->options = *options;
    if (options->bind)
        trainer->bind = *options->bind;
    trainer->bind.allocator = &trainer->arena.allocator;
    trainer->communicator = options->communicator ? *options->communicator : tempo_communicator_alone();
    trainer->loss = trainer->metric = NAN;
    trainer->last_checkpoint = -1;
    const tempo_status status = set_up(trainer, error);
    if (status)
        tempo_trainer_free(trainer);
    else
        *out = trainer;
    return status;
}

void tempo_trainer_free(tempo_trainer *trainer)
{
    if (!trainer)
        return;
    tempo_stepper_free(trainer->schedule);
    tempo_schedule_free(trainer->kept);
    tempo__arena arena = trainer->arena; /* the trainer lies in it */
    tempo__arena_free(&arena);
}

/* --- what there is to know --- */

void tempo_trainer_stop(tempo_trainer *trainer)
{
    trainer->wants_stop = true;
}

bool tempo_trainer_was_interrupted(const tempo_trainer *trainer)
{
    return trainer->was_interrupted;
}

const tempo_timestamp *tempo_trainer_now(const tempo_trainer *trainer)
{
    return tempo_clock_now(&trainer->clock);
}

tempo_time tempo_trainer_max_duration(const tempo_trainer *trainer)
{
    return trainer->clock.max_duration;
}

size_t tempo_trainer_track_count(const tempo_trainer *trainer)
{
    return trainer->track_count;
}

const tempo_track *tempo_trainer_track(const tempo_trainer *trainer, size_t track)
{
    return track < trainer->track_count ? tempo_stepper_track(trainer->schedule, track) : NULL;
}

double tempo_trainer_value(const tempo_trainer *trainer, size_t track)
{
    return trainer->values[track];
}
