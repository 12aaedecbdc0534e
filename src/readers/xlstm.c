/* xlstm.c: configs of xlstm-jax as native documents: a SchedulerConfig alone, or what holds one. Its attributes
 * are the registry's; knows the other keys of xlstm-jax and no other system's.
 *
 * Source: xlstm-jax 0f3ebc2: configs/, xlstm_jax/define_hydra_schemas.py and train_init_fns.py (keys),
 * trainer/callbacks/checkpointing.py (what is saved with a checkpoint).
 */
#include "readers/reader.h"

#include <stdio.h>
#include <string.h>

static const char type_name[] = "xlstm.SchedulerConfig";

static bool find_attribute(const char *name, tempo_config_attribute *out)
{
    for (size_t i = 0; tempo_config_attribute_at(tempo_scheduler_config(), i, out); i++)
        if (strcmp(out->name, name) == 0)
            return true;
    return false;
}

/* Whether a map has an attribute of SchedulerConfig; every scheduler of every system has a name. */
static bool has_attribute(const tempo_value *map)
{
    tempo_config_attribute attribute;
    for (size_t i = 0; map && tempo_config_attribute_at(tempo_scheduler_config(), i, &attribute); i++)
        if (strcmp(attribute.name, "name") != 0 && tempo_value_member(map, attribute.name))
            return true;
    return false;
}

/* The SchedulerConfig: in a config of hydra, in what is saved with a checkpoint, or the config itself. NULL: none. */
static const tempo_value *scheduler_of(const tempo_value *config)
{
    static const char *const paths[] = {"scheduler", "optimizer.scheduler"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const tempo_value *scheduler = tempo_value_at(config, paths[i]);
        if (has_attribute(scheduler))
            return scheduler;
    }
    return tempo_value_member(config, "lr") && tempo_value_member(config, "decay_steps") ? config : NULL;
}

static bool recognises(const tempo_value *config)
{
    return !tempo_value_member(config, "max_duration") && scheduler_of(config);
}

/* --- values --- */

/* Adds a value as its attribute takes it. PyYAML and OmegaConf read numbers that YAML 1.2 takes for text:
 * 2_000 and "1e-3". What is no such number stays what it is, for the type to refuse. */
static tempo_status add_converted(tempo__translation *t, tempo_value *parent, const char *key,
                                  const tempo_config_type *type, const tempo_value *value)
{
    if (type && value->kind == TEMPO_VALUE_TEXT) {
        const tempo_status status = tempo_config_from_dict(t->tree, parent, key, type, value, NULL, NULL);
        if (status == TEMPO_NO_MEMORY)
            return tempo__out_of_memory(t->error);
        if (status == TEMPO_OK)
            return status;
    }
    return tempo__add_shared(t->tree, parent, key, strlen(key), value) ? TEMPO_OK : tempo__out_of_memory(t->error);
}

/* A whole number of the config as the only member of `holder`; no member if there is none. */
static tempo_status find_count(tempo__translation *t, const char *config_path, const char *path, tempo_value *holder)
{
    static const tempo_config_type count = {.kinds = {TEMPO_CONFIG_INT}};
    const tempo_value *value = NULL;
    *holder = (tempo_value){.kind = TEMPO_VALUE_MAP};
    tempo_status status = tempo__find_resolved(t, config_path, path, &value);
    if (!status && value)
        status = add_converted(t, holder, config_path, &count, value);
    if (!status && value && holder->first->kind != TEMPO_VALUE_INTEGER)
        status = tempo__fail_at(t->error, TEMPO_BAD_TYPE, &value->place, path, "%s is %s, but must be a whole number",
                                config_path, tempo__show_value(value).text);
    return status;
}

/* --- run --- */

/* As xlstm-jax's trainer: steps if they are given, else epochs. */
static tempo_status add_duration(tempo__translation *t, tempo_value *run)
{
    static const char path[] = "run.max_duration";
    static const struct {
        const char *key, *unit;
    } lengths[] = {{"num_train_steps", "ba"}, {"num_epochs", "ep"}};
    tempo_status status = TEMPO_OK;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0] && !tempo__is_overridden(t, path); i++) {
        tempo_value holder;
        status = find_count(t, lengths[i].key, path, &holder);
        if (status)
            return status;
        if (!holder.first || holder.first->integer <= 0)
            continue;
        char text[TEMPO__NUMBER_MAX];
        const int length = snprintf(text, sizeof text, "%lld%s", (long long)holder.first->integer, lengths[i].unit);
        return tempo__place_added(t, tempo_tree_add_text(t->tree, run, "max_duration", text, (size_t)length),
                                  holder.first);
    }
    return status;
}

/* Every batch is full: sequences of context_length tokens. */
static tempo_status add_sizes(tempo__translation *t, tempo_value *run)
{
    static const char samples_path[] = "run.samples_per_batch", tokens_path[] = "run.tokens_per_batch";
    const tempo_value *given = tempo__override_of(t->overrides, samples_path);
    tempo_value sequences = {.kind = TEMPO_VALUE_MAP}, length = {.kind = TEMPO_VALUE_MAP};
    tempo_status status = TEMPO_OK;
    if (!given) {
        status = find_count(t, "global_batch_size", samples_path, &sequences);
        if (!status && sequences.first)
            status = add_converted(t, run, "samples_per_batch", NULL, sequences.first);
        given = sequences.first;
    }
    if (status || tempo__is_overridden(t, tokens_path))
        return status;
    status = find_count(t, "context_length", tokens_path, &length);
    return status ? status : tempo__add_tokens(t, run, given, length.first);
}

/* --- the schedule --- */

/* A SchedulerConfig that is a file of its own is a part of hydra's config, to whose root references lead. */
static tempo_status fail_elsewhere(const tempo__translation *t, const tempo_value *value, const char *path,
                                   const char *reason)
{
    tempo__fail_at(t->error, TEMPO_MISSING, &value->place, path, "%s is %s, %s",
                   tempo__show(value->key, value->key_length).text, tempo__show_value(value).text, reason);
    tempo__advise(t->error, "set %s to the value it will have", path);
    return TEMPO_MISSING;
}

static tempo_status add_attribute(tempo__translation *t, tempo_value *schedule, const tempo_value *member, bool is_part)
{
    char path[TEMPO__PARAMETER_PATH_MAX];
    tempo_config_attribute attribute;
    tempo_value holder = {.kind = TEMPO_VALUE_MAP};
    tempo_status status = tempo__parameter_path(t, path, member, "scheduler of xlstm-jax");
    if (status || tempo__is_overridden(t, path))
        return status;
    if (is_part && member->kind == TEMPO_VALUE_TEXT && strstr(member->text, "${"))
        return fail_elsewhere(t, member, path, "which another file says");
    status = tempo__add_resolved(t, &holder, member->key, member, path);
    if (status)
        return status;
    if (holder.first->kind == TEMPO_VALUE_TEXT && strcmp(holder.first->text, "???") == 0)
        return fail_elsewhere(t, holder.first, path, "still to be given");
    const bool is_known = find_attribute(member->key, &attribute);
    return add_converted(t, schedule, member->key, is_known ? &attribute.type : NULL, holder.first);
}

static tempo_status add_schedule(tempo__translation *t, tempo_value *native, const tempo_value *scheduler)
{
    const bool is_part = scheduler == t->config;
    tempo_value *list = tempo__add_section(t, native, "schedules", TEMPO_VALUE_LIST, scheduler);
    tempo_value *schedule = list ? tempo__add_section(t, list, NULL, TEMPO_VALUE_MAP, scheduler) : NULL;
    if (!schedule)
        return tempo__out_of_memory(t->error);
    tempo_status status = TEMPO_OK;
    if (!tempo__is_overridden(t, "schedules[0].type"))
        status = tempo__place_added(t, tempo_tree_add_text(t->tree, schedule, "type", type_name, strlen(type_name)),
                                    scheduler);
    for (const tempo_value *member = scheduler->first; member && !status; member = member->next)
        if (!is_part || strcmp(member->key, "defaults") != 0)
            status = add_attribute(t, schedule, member, is_part);
    return status;
}

/* The base, of which an absolute value is independent, is the peak, so that values are no multiples of it. */
static tempo_status add_lr(tempo__translation *t, tempo_value *optimizer, const tempo_value *native)
{
    const tempo_value *lr = tempo__override_of(t->overrides, "schedules[0].lr");
    if (!lr)
        lr = tempo_value_at(native, "schedules[0].lr");
    const bool is_number = lr && (lr->kind == TEMPO_VALUE_INTEGER || lr->kind == TEMPO_VALUE_REAL);
    return is_number && !tempo__is_overridden(t, "optimizer.lr") ? add_converted(t, optimizer, "lr", NULL, lr)
                                                                 : TEMPO_OK;
}

/* --- the config --- */

/* The file that hydra starts from, and those of experiments, say only what differs from other files. */
static tempo_status check_whole(const tempo__translation *t)
{
    const tempo_value *defaults = tempo_value_member(t->config, "defaults");
    for (const tempo_value *file = defaults ? defaults->first : NULL; file; file = file->next) {
        static const char schema[] = "_schema";
        const size_t tail = strlen(schema);
        const bool is_schema = file->kind == TEMPO_VALUE_TEXT && file->text_length > tail &&
                               strcmp(file->text + file->text_length - tail, schema) == 0;
        if (is_schema || (file->kind == TEMPO_VALUE_TEXT && strcmp(file->text, "_self_") == 0))
            continue;
        tempo__fail_at(t->error, TEMPO_MISSING, &defaults->key_place, "schedules",
                       "the config is a part, which hydra completes from the files that its defaults name");
        tempo__advise(t->error, "give the whole one: .hydra/config.yaml of a run, or what --cfg job prints");
        return TEMPO_MISSING;
    }
    return TEMPO_OK;
}

static tempo_status translate(tempo__translation *t, tempo_value *native)
{
    const tempo_value *scheduler = scheduler_of(t->config);
    tempo_status status = check_whole(t);
    if (status)
        return status;
    tempo_value *run = tempo__add_section(t, native, "run", TEMPO_VALUE_MAP, NULL);
    tempo_value *optimizer = run ? tempo__add_section(t, native, "optimizer", TEMPO_VALUE_MAP, NULL) : NULL;
    if (!optimizer)
        return tempo__out_of_memory(t->error);
    status = add_duration(t, run);
    if (!status)
        status = add_sizes(t, run);
    if (!status)
        status = add_schedule(t, native, scheduler);
    return status ? status : add_lr(t, optimizer, native);
}

const tempo__config_reader tempo__xlstm_reader = {
    .name = "xlstm-jax",
    .looks_for = "scheduler with lr, decay_steps, ...",
    .recognises = recognises,
    .translate = translate,
};
