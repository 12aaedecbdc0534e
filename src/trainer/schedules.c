/* schedules.c: what moves the groups' fields in the course of a training, and goes on when it is made longer. */
#include <math.h>
#include <string.h>

#include "trainer/internal.h"

/* What a schedule that listens to a metric hears: the last evaluation, or without one the mean loss of the epoch. */
static const double *metric_of(const tempo_trainer *trainer, double *mean)
{
    if (trainer->options.evaluation.evaluate)
        return isnan(trainer->metric) ? NULL : &trainer->metric;
    *mean = trainer->loss_sum / (double)trainer->loss_count;
    return trainer->loss_count ? mean : NULL;
}

/* Schedules move every batch, and in the native order once more when the epoch is counted: some read it. */
static bool is_time(const tempo_trainer *trainer, bool at_epoch_end)
{
    if (trainer->options.step_every == TEMPO_EVERY_EPOCH)
        return at_epoch_end;
    return !at_epoch_end || trainer->options.order == TEMPO_ORDER_NATIVE;
}

tempo_status tempo__move_schedules(tempo_trainer *trainer, const tempo_timestamp *now, bool at_epoch_end,
                                   tempo_error *error)
{
    const tempo_trainer_options *options = &trainer->options;
    double mean = NAN;
    const double *metric = metric_of(trainer, &mean);
    tempo_status status = TEMPO_OK;
    if (trainer->schedule && !trainer->holds && is_time(trainer, at_epoch_end))
        status = tempo_stepper_step_to(trainer->schedule, now, metric, error);
    /* A stepper takes one step an epoch, or one a batch and none at the end of the epoch. */
    const bool steps_epochs = options->step_every != TEMPO_EVERY_BATCH;
    for (size_t i = 0; !status && steps_epochs == at_epoch_end && i < options->stepper_count; i++)
        status = metric ? tempo_stepper_step_metric(options->steppers[i], *metric, error)
                        : tempo_stepper_step(options->steppers[i], error);
    tempo__note_values(trainer);
    return status;
}

void tempo__note_values(tempo_trainer *trainer)
{
    for (size_t i = 0; i < trainer->track_count; i++)
        trainer->values[i] = tempo_stepper_value(trainer->schedule, i);
}

void tempo__note_used(tempo_trainer *trainer)
{
    for (size_t i = 0; i < trainer->track_count; i++)
        trainer->used[i] = trainer->values[i];
}

/* --- a longer training --- */

tempo_status tempo__max_duration(tempo_time *out, const tempo_run *run, tempo_error *error)
{
    if (!run->max_duration) {
        tempo__fail(error, TEMPO_MISSING, "nothing says how long the training is");
        tempo__advise(error, "give max_duration of the run");
        tempo__blame(error, "run.max_duration");
        return TEMPO_MISSING;
    }
    tempo_status status = tempo_time_parse(out, run->max_duration, strlen(run->max_duration), TEMPO_TIME_NATIVE, error);
    if (!status && (out->count <= 0 || out->unit == TEMPO_ITERATION || out->unit == TEMPO_SECOND))
        status = tempo__fail(error, TEMPO_BAD_VALUE, "max_duration is %s, but must be > 0 in ep, ba, sp or tok",
                             run->max_duration);
    if (!status && run->scale_schedule_ratio != 0 && run->scale_schedule_ratio != 1)
        status = tempo_time_scale(out, *out, run->scale_schedule_ratio, error);
    if (!status && out->count <= 0) {
        status = tempo__fail(error, TEMPO_ZERO_DURATION,
                             "max_duration %s times the scale schedule ratio is 0: nothing would be trained",
                             run->max_duration);
        tempo__advise(error, "give a longer run, a smaller unit or a larger ratio");
    }
    if (status)
        tempo__blame(error, "run.max_duration");
    return status;
}

/* The same schedules over the longer run, at the time of the present ones. */
static tempo_status restretch(tempo_trainer *trainer, const tempo_run *run, tempo_stepper **out, tempo_error *error)
{
    const tempo_stepper_options options = {.mode = TEMPO_STEPPER_CLOSED_FORM, .bind = &trainer->bind};
    const tempo_timestamp now = *tempo_stepper_now(trainer->schedule);
    tempo_tree *tree = NULL;
    tempo_status status = tempo_tree_new(&tree, trainer->bind.allocator);
    const tempo_value *saved = status ? NULL : tempo_stepper_save(trainer->schedule, tree, NULL, NULL);
    if (!saved)
        status = tempo__out_of_memory(error);
    if (!status)
        status = tempo_stepper_new(out, run, trainer->options.groups, trainer->options.group_count, trainer->kept,
                                   &options, error);
    if (!status)
        status = tempo_stepper_load(*out, saved, TEMPO_MISMATCH_ERROR, error); /* what schedules have heard */
    if (!status)
        status = tempo_stepper_step_to(*out, &now, NULL, error);
    tempo_tree_free(tree);
    if (status) {
        tempo_stepper_free(*out);
        (void)tempo_stepper_step_to(trainer->schedule, &now, NULL, NULL); /* writes what was there */
    }
    return status;
}

static tempo_status check_extension(const tempo_trainer *trainer, tempo_time longer, tempo_extension policy,
                                    tempo_error *error)
{
    const tempo_time now = trainer->clock.max_duration;
    tempo_time done;
    if (policy != TEMPO_EXTEND_RESTRETCH && policy != TEMPO_EXTEND_HOLD) {
        tempo__fail(error, TEMPO_BAD_VALUE, "nothing says how the schedules go on in the longer training");
        tempo__advise(error, "say TEMPO_EXTEND_RESTRETCH or TEMPO_EXTEND_HOLD");
        return TEMPO_BAD_VALUE;
    }
    const tempo_status status = tempo_timestamp_get(&done, tempo_clock_now(&trainer->clock), longer.unit, error);
    if (status)
        return status;
    if (longer.count > done.count && (longer.unit != now.unit || longer.count > now.count))
        return TEMPO_OK;
    char text[TEMPO_TIME_TEXT_MAX];
    tempo_time_print(text, longer.count > done.count ? now : done);
    return tempo__fail(error, TEMPO_CONFLICT, "the training is not longer: %s are %s", text,
                       longer.count > done.count ? "planned already" : "done");
}

tempo_status tempo_trainer_extend(tempo_trainer *trainer, const char *max_duration, tempo_extension policy,
                                  tempo_error *error)
{
    tempo_run run = trainer->options.run;
    tempo_time longer;
    tempo_stepper *stepper = NULL;
    run.max_duration = max_duration;
    tempo_status status = tempo__max_duration(&longer, &run, error);
    if (!status)
        status = check_extension(trainer, longer, policy, error);
    const char *kept = status ? NULL : tempo__arena_copy_text(&trainer->arena, max_duration, strlen(max_duration));
    if (!status && !kept)
        status = tempo__out_of_memory(error);
    if (!status && policy == TEMPO_EXTEND_RESTRETCH && trainer->schedule)
        status = restretch(trainer, &run, &stepper, error);
    if (status)
        return status;
    if (stepper) {
        tempo_stepper_free(trainer->schedule);
        trainer->schedule = stepper;
    }
    trainer->holds = policy == TEMPO_EXTEND_HOLD;
    trainer->options.run.max_duration = kept;
    trainer->clock.max_duration = longer;
    tempo__note_used(trainer);
    tempo__note_values(trainer);
    return tempo__emit(trainer, TEMPO_EVENT_EXTENDED, NULL, error);
}
