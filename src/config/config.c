/* config.c: configuration classes and their configs: attributes, defaults, construction. Knows no class but
 * SchedulerConfig, whose attributes are the registry's. */
#include "config/internal.h"

#include <stdio.h>
#include <string.h>

#include <tempo/registry.h>

static const tempo_config_class scheduler_config = {
    .name = "xlstm_jax.trainer.optimizer.scheduler.SchedulerConfig",
    .schedule = "xlstm.SchedulerConfig",
};

const tempo_config_class *tempo_scheduler_config(void)
{
    return &scheduler_config;
}

/* --- attributes --- */

/* What a parameter of the registry is in Python. */
static const tempo_config_kind kind_of_parameter[] = {
    [TEMPO_TIME] = TEMPO_CONFIG_STR,       [TEMPO_TIME_LIST] = TEMPO_CONFIG_LIST,
    [TEMPO_REAL] = TEMPO_CONFIG_FLOAT,     [TEMPO_REAL_LIST] = TEMPO_CONFIG_LIST,
    [TEMPO_COUNT] = TEMPO_CONFIG_INT,      [TEMPO_COUNT_LIST] = TEMPO_CONFIG_LIST,
    [TEMPO_COUNT_MAP] = TEMPO_CONFIG_DICT, [TEMPO_FLAG] = TEMPO_CONFIG_BOOL,
    [TEMPO_CHOICE] = TEMPO_CONFIG_LITERAL, [TEMPO_SCHEDULE_LIST] = TEMPO_CONFIG_LIST,
    [TEMPO_FUNCTION] = TEMPO_CONFIG_STR,
};

static tempo_config_attribute attribute_of(const tempo_parameter *parameter)
{
    tempo_config_attribute attribute = {.name = parameter->name, .default_text = parameter->default_text};
    attribute.type.kinds[0] = kind_of_parameter[parameter->kind];
    if (tempo_parameter_is_nullable(parameter))
        attribute.type.kinds[1] = TEMPO_CONFIG_NONE;
    if (parameter->kind == TEMPO_CHOICE)
        attribute.type.choices = parameter->choices;
    return attribute;
}

bool tempo_config_attribute_at(const tempo_config_class *of, size_t index, tempo_config_attribute *out)
{
    if (of->attributes) {
        if (index < of->attribute_count)
            *out = of->attributes[index];
        return index < of->attribute_count;
    }
    const tempo_type *type = of->schedule ? tempo_type_find(of->schedule) : NULL;
    const tempo_parameter *parameter = type ? tempo_type_parameter(type, index) : NULL;
    if (parameter)
        *out = attribute_of(parameter);
    return parameter != NULL;
}

/* --- errors --- */

tempo_status tempo__config_blame(const tempo__config_reading *r, tempo_status status, const tempo_place *place)
{
    tempo__blame(r->error, "%s", r->path);
    tempo__locate(r->error, place->line, place->column, place->length);
    return status;
}

tempo__config_reading tempo__config_inside(const tempo__config_reading *r, const char *name, char *path)
{
    (void)snprintf(path, TEMPO__CONFIG_PATH_MAX, "%s%s%s", r->path, *r->path ? "." : "", name);
    return (tempo__config_reading){.tree = r->tree, .error = r->error, .path = path};
}

static const char *short_name(const tempo_config_class *of)
{
    const char *dot = strrchr(of->name, '.');
    return dot ? dot + 1 : of->name;
}

static tempo_status fail_key(const tempo__config_reading *r, const tempo_config_class *of, const tempo_value *member)
{
    char path[TEMPO__CONFIG_PATH_MAX];
    const tempo__config_reading inside = tempo__config_inside(r, member->key, path);
    tempo__nearest nearest = {.name = member->key};
    tempo_config_attribute attribute;
    for (size_t i = 0; tempo_config_attribute_at(of, i, &attribute); i++)
        tempo__nearest_offer(&nearest, attribute.name);
    tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "%s has no attribute '%s'", short_name(of), member->key);
    if (nearest.best)
        tempo__advise(r->error, "did you mean %s?", nearest.best);
    return tempo__config_blame(&inside, TEMPO_UNKNOWN_NAME, &member->key_place);
}

tempo_status tempo__config_check_keys(const tempo__config_reading *r, const tempo_config_class *of,
                                      const tempo_value *map, bool ignore)
{
    for (const tempo_value *member = map->first; member; member = member->next) {
        tempo_config_attribute attribute;
        size_t i = 0;
        bool found = false;
        while (!found && tempo_config_attribute_at(of, i++, &attribute))
            found = strcmp(attribute.name, member->key) == 0;
        if (!found && !ignore)
            return fail_key(r, of, member);
        if (!found || tempo_value_member(map, member->key) == member)
            continue;
        char path[TEMPO__CONFIG_PATH_MAX];
        const tempo__config_reading inside = tempo__config_inside(r, member->key, path);
        tempo__fail(r->error, TEMPO_CONFLICT, "%s is given twice", member->key);
        return tempo__config_blame(&inside, TEMPO_CONFLICT, &member->key_place);
    }
    return TEMPO_OK;
}

/* --- construction --- */

tempo_status tempo__config_hand_over(const tempo__config_reading *r, tempo_value *parent, const char *key,
                                     const tempo_value *holder, const tempo_value *origin)
{
    const tempo_value *value = holder->first;
    tempo_value *added = tempo_tree_add(r->tree, parent, key, key ? strlen(key) : 0, value->kind);
    if (!added)
        return tempo__out_of_memory(r->error);
    added->boolean = value->boolean;
    added->integer = value->integer;
    added->real = value->real;
    added->text = value->text;
    added->text_length = value->text_length;
    added->first = value->first;
    added->last = value->last;
    added->count = value->count;
    added->place = origin ? origin->place : value->place;
    added->key_place = origin ? origin->key_place : value->key_place;
    return TEMPO_OK;
}

/* An attribute that is a config itself becomes a whole one. */
static tempo_status add_argument(const tempo__config_reading *r, tempo_value *parent,
                                 const tempo_config_attribute *attribute, const tempo_value *value)
{
    if (attribute->type.of && value->kind == TEMPO_VALUE_MAP)
        return tempo__config_construct(r, parent, attribute->name, attribute->type.of, value);
    if (!tempo_tree_add_copy(r->tree, parent, attribute->name, strlen(attribute->name), value))
        return tempo__out_of_memory(r->error);
    return TEMPO_OK;
}

tempo_status tempo__config_add_default(const tempo__config_reading *r, tempo_value *parent,
                                       const tempo_config_class *of, const tempo_config_attribute *attribute,
                                       const tempo_value *map)
{
    const char *text = attribute->default_text;
    if (!text) {
        tempo__fail(r->error, TEMPO_MISSING, "%s needs %s", short_name(of), attribute->name);
        tempo__advise(r->error, "give it %s", attribute->name);
        return tempo__config_blame(r, TEMPO_MISSING, &map->place);
    }
    tempo_value holder = {.kind = TEMPO_VALUE_LIST};
    const size_t length = strlen(text);
    if (*text == '(' || *text == '[' || *text == '{') {
        const tempo_status status = tempo__python_value(r->tree, &holder, NULL, text, length);
        if (status == TEMPO_BAD_SYNTAX)
            return tempo__fail(r->error, status, "the default of %s, %s, cannot be read", attribute->name, text);
        if (status)
            return tempo__out_of_memory(r->error);
    } else if (!tempo_tree_add_scalar(r->tree, &holder, NULL, 0, text, length)) {
        return tempo__out_of_memory(r->error);
    }
    return add_argument(r, parent, attribute, holder.first);
}

tempo_status tempo__config_construct(const tempo__config_reading *r, tempo_value *parent, const char *key,
                                     const tempo_config_class *of, const tempo_value *arguments)
{
    tempo_value holder = {.kind = TEMPO_VALUE_LIST};
    tempo_status status = tempo__config_check_keys(r, of, arguments, false);
    tempo_value *config = status ? NULL : tempo_tree_add(r->tree, &holder, NULL, 0, TEMPO_VALUE_MAP);
    if (!status && !config)
        status = tempo__out_of_memory(r->error);
    tempo_config_attribute attribute;
    for (size_t i = 0; !status && tempo_config_attribute_at(of, i, &attribute); i++) {
        char path[TEMPO__CONFIG_PATH_MAX];
        const tempo__config_reading inside = tempo__config_inside(r, attribute.name, path);
        const tempo_value *given = tempo_value_member(arguments, attribute.name);
        status = given ? add_argument(&inside, config, &attribute, given)
                       : tempo__config_add_default(r, config, of, &attribute, arguments);
    }
    return status ? status : tempo__config_hand_over(r, parent, key, &holder, arguments);
}

tempo_status tempo_config_to_dict(tempo_tree *tree, tempo_value *parent, const char *key, const tempo_config_class *of,
                                  const tempo_value *arguments, tempo_error *error)
{
    const tempo__config_reading r = {.tree = tree, .error = error, .path = ""};
    if (arguments->kind == TEMPO_VALUE_MAP)
        return tempo__config_construct(&r, parent, key, of, arguments);
    tempo__fail(error, TEMPO_BAD_TYPE, "%s must be a map, not %s", short_name(of),
                tempo_value_kind_text(arguments->kind));
    return tempo__config_blame(&r, TEMPO_BAD_TYPE, &arguments->place);
}

const tempo_value *tempo_config_get(const tempo_value *config, const char *key, const tempo_value *fallback)
{
    const tempo_value *attribute = tempo_value_member(config, key);
    return attribute ? attribute : fallback;
}

/* --- schedules --- */

/* Adds {type: ..., KEY: ...} as the root. */
static bool add_schedule(tempo_tree *tree, const char *type, const tempo_value *config)
{
    tempo_value *map = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    if (!map || !tempo_tree_add_text(tree, map, "type", type, strlen(type)))
        return false;
    map->place = config->place;
    map->first->place = config->place;
    for (const tempo_value *member = config->first; member; member = member->next)
        if (!tempo_tree_add_copy(tree, map, member->key, member->key_length, member))
            return false;
    return true;
}

tempo_status tempo_config_schedule(tempo_schedule **out, const tempo_config_class *of, const tempo_value *config,
                                   const tempo_allocator *allocator, tempo_error *error)
{
    *out = NULL;
    if (!of->schedule)
        return tempo__fail(error, TEMPO_BAD_VALUE, "a %s builds no schedule", short_name(of));
    const tempo__config_reading r = {.error = error, .path = ""};
    if (config->kind != TEMPO_VALUE_MAP) {
        tempo__fail(error, TEMPO_BAD_TYPE, "%s must be a map, not %s", short_name(of),
                    tempo_value_kind_text(config->kind));
        return tempo__config_blame(&r, TEMPO_BAD_TYPE, &config->place);
    }
    tempo_tree *tree = NULL;
    if (tempo_tree_new(&tree, allocator))
        return tempo__out_of_memory(error);
    tempo_status status = tempo__config_check_keys(&r, of, config, false);
    if (!status)
        status = add_schedule(tree, of->schedule, config)
                     ? tempo_schedule_from_value(out, tempo_tree_root(tree), allocator, error)
                     : tempo__out_of_memory(error);
    tempo_tree_free(tree);
    return status;
}
