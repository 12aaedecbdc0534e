/* llmfoundry.c: training configs of llm-foundry as native documents. Knows its keys and no other system's.
 *
 * Source: llm-foundry 0.22: llmfoundry/optim/__init__.py (schedulers), command_utils/train.py and
 * utils/config_utils.py (keys).
 */
#include "readers/reader.h"

#include <stdio.h>
#include <string.h>

/* The schedulers that llm-foundry registers; their parameters have the same names. */
static const struct {
    const char *name;
    const char *type;
} schedulers[] = {
    {"constant_with_warmup", "composer.ConstantWithWarmupScheduler"},
    {"cosine_with_warmup", "composer.CosineAnnealingWithWarmupScheduler"},
    {"linear_decay_with_warmup", "composer.LinearWithWarmupScheduler"},
    {"inv_sqrt_with_warmup", "llmfoundry.InverseSquareRootWithWarmupScheduler"},
};
enum { SCHEDULER_COUNT = sizeof schedulers / sizeof schedulers[0] };

/* What of the optimizer a schedule can drive. */
static const char *const fields[] = {"lr", "weight_decay", "momentum"};

static bool is_config(const tempo_value *map)
{
    return tempo_value_member(map, "scheduler") &&
           (tempo_value_member(map, "max_duration") || tempo_value_member(map, "optimizer"));
}

/* The config itself; a run of MosaicML's platform has it under `parameters`. */
static const tempo_value *config_of(const tempo_value *root)
{
    const tempo_value *parameters = tempo_value_member(root, "parameters");
    return !is_config(root) && parameters ? parameters : root;
}

static bool recognises(const tempo_value *root)
{
    return is_config(config_of(root));
}

/* --- values --- */

/* Adds the value of the config at `config_path` to `section`, if there is one and no override makes it
 * unnecessary. */
static tempo_status add_value(tempo__translation *t, tempo_value *section, const char *key, const char *path,
                              const char *config_path)
{
    const tempo_value *value = NULL;
    if (tempo__is_overridden(t, path))
        return TEMPO_OK;
    const tempo_status status = tempo__find_resolved(t, config_path, path, &value);
    if (status || !value)
        return status;
    return tempo__add_resolved(t, section, key, value, path);
}

/* A duration that is a number is one of epochs, as in Composer's Trainer. */
static tempo_status add_duration(tempo__translation *t, tempo_value *run)
{
    static const char path[] = "run.max_duration";
    const tempo_value *value = NULL;
    if (tempo__is_overridden(t, path))
        return TEMPO_OK;
    const tempo_status status = tempo__find_resolved(t, "max_duration", path, &value);
    if (status || !value)
        return status;
    if (value->kind != TEMPO_VALUE_INTEGER)
        return tempo__add_resolved(t, run, "max_duration", value, path);
    char epochs[TEMPO__NUMBER_MAX];
    const int length = snprintf(epochs, sizeof epochs, "%lldep", (long long)value->integer);
    return tempo__place_added(t, tempo_tree_add_text(t->tree, run, "max_duration", epochs, (size_t)length), value);
}

/* Every batch is full: sequences of max_seq_len tokens. */
static tempo_status add_tokens(tempo__translation *t, tempo_value *run)
{
    static const char path[] = "run.tokens_per_batch";
    const tempo_value *sequences = tempo__override_of(t->overrides, "run.samples_per_batch"), *length = NULL;
    if (tempo__is_overridden(t, path))
        return TEMPO_OK;
    tempo_status status = TEMPO_OK;
    if (!sequences)
        status = tempo__find_resolved(t, "global_train_batch_size", path, &sequences);
    if (!status)
        status = tempo__find_resolved(t, "max_seq_len", path, &length);
    if (!status && !length)
        status = tempo__find_resolved(t, "train_loader.dataset.max_seq_len", path, &length);
    return status ? status : tempo__add_tokens(t, run, sequences, length);
}

/* --- sections --- */

static tempo_status add_run(tempo__translation *t, tempo_value *native)
{
    tempo_value *run =
        tempo__add_section(t, native, "run", TEMPO_VALUE_MAP, tempo_value_member(t->config, "max_duration"));
    if (!run)
        return tempo__out_of_memory(t->error);
    tempo_status status = add_duration(t, run);
    if (!status)
        status = add_value(t, run, "samples_per_batch", "run.samples_per_batch", "global_train_batch_size");
    if (!status)
        status = add_tokens(t, run);
    if (!status)
        status = add_value(t, run, "scale_schedule_ratio", "run.scale_schedule_ratio", "scale_schedule_ratio");
    return status;
}

static tempo_status add_optimizer(tempo__translation *t, tempo_value *native)
{
    tempo_value *optimizer =
        tempo__add_section(t, native, "optimizer", TEMPO_VALUE_MAP, tempo_value_member(t->config, "optimizer"));
    if (!optimizer)
        return tempo__out_of_memory(t->error);
    tempo_status status = TEMPO_OK;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0] && !status; i++) {
        char path[40];
        (void)snprintf(path, sizeof path, "optimizer.%s", fields[i]);
        status = add_value(t, optimizer, fields[i], path, path); /* the same path in both */
    }
    return status;
}

/* --- the scheduler --- */

static tempo_status fail_scheduler(const tempo__translation *t, const tempo_value *name)
{
    tempo__nearest nearest = {.name = name->kind == TEMPO_VALUE_TEXT ? name->text : ""};
    tempo__fail_at(t->error, TEMPO_UNKNOWN_NAME, &name->place, "schedules[0].type", "llm-foundry has no scheduler %s",
                   tempo__show_value(name).text);
    for (size_t i = 0; i < SCHEDULER_COUNT; i++)
        tempo__nearest_offer(&nearest, schedulers[i].name);
    if (nearest.best)
        tempo__advise(t->error, "did you mean %s?", nearest.best);
    else
        tempo__advise(t->error, "it has %s, %s, %s and %s", schedulers[0].name, schedulers[1].name, schedulers[2].name,
                      schedulers[3].name);
    return TEMPO_UNKNOWN_NAME;
}

static tempo_status add_type(tempo__translation *t, tempo_value *schedule, const tempo_value *scheduler)
{
    static const char path[] = "schedules[0].type";
    const tempo_value *name = NULL;
    if (tempo__is_overridden(t, path))
        return TEMPO_OK;
    const tempo_status status = tempo__find_resolved(t, "scheduler.name", path, &name);
    if (status)
        return status;
    if (!name) {
        tempo__fail_at(t->error, TEMPO_MISSING, &scheduler->key_place, path, "the scheduler has no name");
        tempo__advise(t->error, "give it one, such as name: %s", schedulers[1].name);
        return TEMPO_MISSING;
    }
    for (size_t i = 0; i < SCHEDULER_COUNT; i++) {
        const char *type = schedulers[i].type;
        if (name->kind == TEMPO_VALUE_TEXT && strcmp(schedulers[i].name, name->text) == 0)
            return tempo__place_added(t, tempo_tree_add_text(t->tree, schedule, "type", type, strlen(type)), name);
    }
    return fail_scheduler(t, name);
}

static tempo_status add_parameter(tempo__translation *t, tempo_value *schedule, const tempo_value *member)
{
    char path[TEMPO__PARAMETER_PATH_MAX];
    const tempo_status status = tempo__parameter_path(t, path, member, "scheduler of llm-foundry");
    if (status || tempo__is_overridden(t, path))
        return status;
    return tempo__add_resolved(t, schedule, member->key, member, path);
}

static tempo_status add_schedule(tempo__translation *t, tempo_value *native)
{
    static const char path[] = "schedules[0]";
    const tempo_value *scheduler = NULL;
    tempo_status status = tempo__find_resolved(t, "scheduler", path, &scheduler);
    if (status || !scheduler)
        return status;
    if (scheduler->kind != TEMPO_VALUE_MAP)
        return tempo__fail_at(t->error, TEMPO_BAD_TYPE, &scheduler->place, path, "scheduler must be a map, not %s",
                              tempo_value_kind_text(scheduler->kind));
    tempo_value *list = tempo__add_section(t, native, "schedules", TEMPO_VALUE_LIST, scheduler);
    tempo_value *schedule = list ? tempo__add_section(t, list, NULL, TEMPO_VALUE_MAP, scheduler) : NULL;
    if (!schedule)
        return tempo__out_of_memory(t->error);
    status = add_type(t, schedule, scheduler);
    for (const tempo_value *member = scheduler->first; member && !status; member = member->next)
        if (strcmp(member->key, "name") != 0)
            status = add_parameter(t, schedule, member);
    return status;
}

static tempo_status translate(tempo__translation *t, tempo_value *native)
{
    t->config = config_of(t->config);
    tempo_status status = add_run(t, native);
    if (!status)
        status = add_optimizer(t, native);
    if (!status)
        status = add_schedule(t, native);
    return status;
}

const tempo__config_reader tempo__llmfoundry_reader = {
    .name = "llm-foundry",
    .looks_for = "scheduler, and max_duration or optimizer",
    .recognises = recognises,
    .translate = translate,
};
