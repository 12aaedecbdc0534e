/* save.c: what of a training is in a checkpoint, and when one is written. docs/checkpoints.md lists the facts. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <tempo/checkpoint.h>

#include "trainer/internal.h"

enum { PATH_SIZE = 4096 };

/* --- facts --- */

static bool add_text(tempo_tree *tree, tempo_value *map, const char *key, const char *text)
{
    return tempo_tree_add_text(tree, map, key, text, strlen(text)) != NULL;
}

/* What is not a number yet is null. */
static bool add_real(tempo_tree *tree, tempo_value *map, const char *key, double real)
{
    return isfinite(real) ? tempo_tree_add_real(tree, map, key, real) != NULL
                          : tempo_tree_add(tree, map, key, strlen(key), TEMPO_VALUE_NULL) != NULL;
}

static bool add_run(const tempo_trainer *trainer, tempo_tree *tree, tempo_value *facts)
{
    const tempo_run *run = &trainer->options.run;
    tempo_value *map = tempo_tree_add(tree, facts, "run", strlen("run"), TEMPO_VALUE_MAP);
    return map && add_text(tree, map, "max_duration", run->max_duration) &&
           tempo_tree_add_integer(tree, map, "batches_per_epoch", run->batches_per_epoch) &&
           tempo_tree_add_integer(tree, map, "samples_per_batch", run->samples_per_batch) &&
           tempo_tree_add_integer(tree, map, "tokens_per_batch", run->tokens_per_batch) &&
           tempo_tree_add_real(tree, map, "scale_schedule_ratio", run->scale_schedule_ratio) &&
           tempo_tree_add_integer(tree, map, "ranks", trainer->communicator.size);
}

static bool add_progress(const tempo_trainer *trainer, tempo_tree *tree, tempo_value *facts)
{
    char clock[TEMPO_CLOCK_TEXT_MAX];
    tempo_clock_save(clock, &trainer->clock);
    return add_text(tree, facts, "clock", clock) && tempo_tree_add_bool(tree, facts, "in_epoch", trainer->in_epoch) &&
           tempo_tree_add_integer(tree, facts, "taken", trainer->taken) &&
           tempo_tree_add_integer(tree, facts, "skipped", trainer->skipped) &&
           add_real(tree, facts, "loss", trainer->loss) && add_real(tree, facts, "metric", trainer->metric) &&
           add_real(tree, facts, "loss_sum", trainer->loss_sum) &&
           tempo_tree_add_integer(tree, facts, "loss_count", trainer->loss_count);
}

static bool add_steppers(const tempo_trainer *trainer, tempo_tree *tree, tempo_value *facts)
{
    tempo_value *list = tempo_tree_add(tree, facts, "steppers", strlen("steppers"), TEMPO_VALUE_LIST);
    for (size_t i = 0; list && i < trainer->options.stepper_count; i++)
        if (!tempo_stepper_save(trainer->options.steppers[i], tree, list, NULL))
            return false;
    return list && tempo_tree_add_bool(tree, facts, "holds", trainer->holds) &&
           (!trainer->schedule || tempo_stepper_save(trainer->schedule, tree, facts, "schedule"));
}

/* NULL when memory is out. */
static const tempo_value *facts_of(const tempo_trainer *trainer, tempo_tree *tree)
{
    tempo_value *facts = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    const bool complete = facts && tempo_tree_add_integer(tree, facts, "tempo_trainer", TEMPO__FACTS_VERSION) &&
                          add_run(trainer, tree, facts) && add_progress(trainer, tree, facts) &&
                          add_steppers(trainer, tree, facts);
    return complete ? facts : NULL;
}

/* --- writing --- */

/* On rank 0. */
static tempo_status write_file(tempo_trainer *trainer, const char *path, tempo_error *error)
{
    const tempo_timestamp *now = tempo_clock_now(&trainer->clock);
    const tempo_model *model = &trainer->options.model;
    tempo_tree *tree = NULL;
    tempo_status status = tempo_tree_new(&tree, trainer->bind.allocator);
    const tempo_value *facts = status ? NULL : facts_of(trainer, tree);
    const tempo_checkpoint_content content = {
        .batch = now->batch, .epoch = now->epoch, .facts = facts, .save = model->save, .context = model->context};
    status =
        facts ? tempo_checkpoint_write(path, &content, trainer->bind.allocator, error) : tempo__out_of_memory(error);
    if (!status)
        status = tempo_checkpoint_keep(trainer->options.checkpoints.folder, trainer->options.checkpoints.keep, path,
                                       NULL, trainer->bind.allocator, error);
    tempo_tree_free(tree);
    return status;
}

static tempo_status write_checkpoint(tempo_trainer *trainer, tempo_error *error)
{
    const long long batch = (long long)tempo_clock_now(&trainer->clock)->batch;
    char path[PATH_SIZE];
    const int length =
        snprintf(path, sizeof path, "%s/checkpoint-%lld.tempo", trainer->options.checkpoints.folder, batch);
    if (length < 0 || length >= PATH_SIZE)
        return tempo__fail(error, TEMPO_TOO_LARGE, "the path of the folder for checkpoints is longer than %d bytes",
                           PATH_SIZE);
    trainer->last_checkpoint = batch;
    tempo_status status = tempo__emit(trainer, TEMPO_EVENT_CHECKPOINT_START, path, error);
    if (!status && trainer->communicator.rank == 0)
        status = write_file(trainer, path, error);
    return status ? status : tempo__emit(trainer, TEMPO_EVENT_CHECKPOINT, path, error);
}

tempo_status tempo__checkpoint(tempo_trainer *trainer, bool always, tempo_error *error)
{
    if (!trainer->options.checkpoints.folder)
        return TEMPO_OK;
    const bool due = tempo__interval_due(&trainer->checkpoints, trainer);
    const bool is_new = tempo_clock_now(&trainer->clock)->batch != trainer->last_checkpoint;
    return (due || always) && (is_new || due) ? write_checkpoint(trainer, error) : TEMPO_OK;
}

tempo_status tempo_trainer_checkpoint(tempo_trainer *trainer, tempo_error *error)
{
    if (trainer->options.checkpoints.folder)
        return write_checkpoint(trainer, error);
    tempo__fail(error, TEMPO_CONFLICT, "there is no folder for checkpoints");
    tempo__advise(error, "set checkpoints.folder of the options");
    return TEMPO_CONFLICT;
}
