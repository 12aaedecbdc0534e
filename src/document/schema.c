/* schema.c: the JSON Schema of native documents, made from the registry and the list of keys. Knows no type
 * by name.
 */
#include "document/internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Builds a tree; once memory is out, everything is NULL and nothing is done. */
typedef struct builder {
    tempo_tree *tree;
    bool has_failed;
} builder;

static tempo_value *keep(builder *b, tempo_value *value)
{
    b->has_failed = b->has_failed || !value;
    return value;
}

static tempo_value *add(builder *b, tempo_value *parent, const char *key, tempo_value_kind kind)
{
    return b->has_failed ? NULL : keep(b, tempo_tree_add(b->tree, parent, key, key ? strlen(key) : 0, kind));
}

static tempo_value *add_map(builder *b, tempo_value *parent, const char *key)
{
    return add(b, parent, key, TEMPO_VALUE_MAP);
}

static tempo_value *add_list(builder *b, tempo_value *parent, const char *key)
{
    return add(b, parent, key, TEMPO_VALUE_LIST);
}

static void add_text(builder *b, tempo_value *parent, const char *key, const char *text)
{
    if (!b->has_failed)
        (void)keep(b, tempo_tree_add_text(b->tree, parent, key, text, strlen(text)));
}

static void add_integer(builder *b, tempo_value *parent, const char *key, int64_t integer)
{
    if (!b->has_failed)
        (void)keep(b, tempo_tree_add_integer(b->tree, parent, key, integer));
}

static void add_real(builder *b, tempo_value *parent, const char *key, double real)
{
    if (!b->has_failed)
        (void)keep(b, tempo_tree_add_real(b->tree, parent, key, real));
}

static void add_flag(builder *b, tempo_value *parent, const char *key, bool flag)
{
    if (!b->has_failed)
        (void)keep(b, tempo_tree_add_bool(b->tree, parent, key, flag));
}

static void add_scalar(builder *b, tempo_value *parent, const char *key, const char *text)
{
    if (!b->has_failed)
        (void)keep(b, tempo_tree_add_scalar(b->tree, parent, key, strlen(key), text, strlen(text)));
}

/* {"type": kind, "description": help} */
static tempo_value *add_typed(builder *b, tempo_value *parent, const char *key, const char *kind, const char *help)
{
    tempo_value *map = add_map(b, parent, key);
    add_text(b, map, "type", kind);
    if (help)
        add_text(b, map, "description", help);
    return map;
}

/* A map, or nothing at all below its key. */
static tempo_value *add_section(builder *b, tempo_value *parent, const char *key, const char *help)
{
    tempo_value *section = add_map(b, parent, key);
    tempo_value *kinds = add_list(b, section, "type");
    add_text(b, kinds, NULL, "object");
    add_text(b, kinds, NULL, "null");
    add_text(b, section, "description", help);
    return section;
}

static void add_reference(builder *b, tempo_value *parent, const char *name)
{
    char reference[160];
    (void)snprintf(reference, sizeof reference, "#/$defs/%s", name);
    add_text(b, parent, "$ref", reference);
}

/* --- times --- */

/* A number with the suffix of one of the units, in any case, as a regular expression. */
static void add_unit(char *pattern, size_t capacity, tempo_unit unit, bool *is_first)
{
    size_t used = strlen(pattern);
    if (!*is_first)
        used += (size_t)snprintf(pattern + used, capacity - used, "|");
    *is_first = false;
    for (const char *c = tempo_unit_suffix(unit); *c && used < capacity; c++)
        used += (size_t)snprintf(pattern + used, capacity - used, "[%c%c]", *c, *c - 'a' + 'A');
}

/* `all`: the units of parameters; else those of a run's length, which is a count of work. */
static void add_time_pattern(builder *b, tempo_value *map, bool all)
{
    static const char number[] = "[ \\t]*[+-]?([0-9](_?[0-9])*\\.?([0-9](_?[0-9])*)?|\\.[0-9](_?[0-9])*)"
                                 "([eE][+-]?[0-9](_?[0-9])*)?[ \\t]*";
    static const char clock[] = "(?=[0-9])([0-9]+h)?([0-9]+m)?([0-9]+s)?";
    char counts[160] = "", pattern[640], suffix[64] = "";
    bool is_first = true;
    for (int i = 0; i < TEMPO_UNIT_COUNT; i++)
        if (i != TEMPO_DURATION && (all || i != TEMPO_SECOND))
            add_unit(counts, sizeof counts, (tempo_unit)i, &is_first);
    is_first = true;
    add_unit(suffix, sizeof suffix, TEMPO_DURATION, &is_first);
    if (all)
        (void)snprintf(pattern, sizeof pattern, "^(%s([kKMGBT]?(%s)|%s)|%s)$", number, counts, suffix, clock);
    else
        (void)snprintf(pattern, sizeof pattern, "^%s[kKMGBT]?(%s)$", number, counts);
    add_text(b, map, "pattern", pattern);
}

static void add_time(builder *b, tempo_value *definitions)
{
    tempo_value *time = add_typed(b, definitions, "time", "string",
                                  "a number with a unit (10ep, 2000ba, 300Btok), a fraction of the run (0.1dur), or a "
                                  "wall clock (1h30m)");
    add_time_pattern(b, time, true);
}

/* --- run --- */

static void add_fact(builder *b, tempo_value *properties, const tempo__fact *fact)
{
    tempo_value *map = NULL;
    switch (fact->kind) {
    case TEMPO__FACT_TIME:
        map = add_typed(b, properties, fact->name, "string", fact->help);
        add_time_pattern(b, map, false);
        return;
    case TEMPO__FACT_COUNT:
        map = add_typed(b, properties, fact->name, "integer", fact->help);
        add_integer(b, map, "minimum", 0);
        add_integer(b, map, "maximum", INT64_MAX);
        add_integer(b, map, "default", 0);
        return;
    case TEMPO__FACT_RATIO:
        map = add_typed(b, properties, fact->name, "number", fact->help);
        add_integer(b, map, "exclusiveMinimum", 0);
        add_integer(b, map, "default", 1);
        return;
    case TEMPO__FACT_FLAG:
        map = add_typed(b, properties, fact->name, "boolean", fact->help);
        add_flag(b, map, "default", false);
        return;
    }
}

static void add_run(builder *b, tempo_value *properties, const tempo__key *key)
{
    tempo_value *run = add_section(b, properties, key->name, key->help);
    tempo_value *members = add_map(b, run, "properties");
    for (const tempo__fact *fact = tempo__facts; fact->name; fact++)
        add_fact(b, members, fact);
    add_flag(b, run, "additionalProperties", false);
}

/* --- optimizer --- */

/* Every key that is not in `properties` is the name of a field. */
static void add_fields(builder *b, tempo_value *map)
{
    tempo_value *names = add_map(b, map, "propertyNames");
    add_text(b, names, "pattern", tempo__field_pattern);
    tempo_value *field = add_map(b, map, "additionalProperties");
    add_text(b, field, "description", tempo__field_help);
    tempo_value *either = add_list(b, field, "type");
    add_text(b, either, NULL, "number");
    add_text(b, either, NULL, "array");
    (void)add_typed(b, field, "items", "number", NULL);
}

static void add_groups(builder *b, tempo_value *parent)
{
    tempo_value *groups = add_typed(b, parent, "groups", "array", "the optimizer's groups of parameters");
    add_integer(b, groups, "minItems", 1);
    tempo_value *group = add_typed(b, groups, "items", "object", NULL);
    tempo_value *members = add_map(b, group, "properties");
    add_integer(b, add_typed(b, members, tempo__group_name.name, "string", tempo__group_name.help), "minLength", 1);
    (void)add_typed(b, members, tempo__group_fixed.name, "boolean", tempo__group_fixed.help);
    add_fields(b, group);
    add_integer(b, add_map(b, groups, "if"), "minItems", 2);
    tempo_value *items = add_map(b, add_map(b, groups, "then"), "items");
    add_text(b, add_list(b, items, "required"), NULL, tempo__group_name.name);
}

static void add_optimizer(builder *b, tempo_value *properties, const tempo__key *key)
{
    tempo_value *optimizer = add_section(b, properties, key->name, key->help);
    add_groups(b, add_map(b, optimizer, "properties"));
    add_fields(b, optimizer);
    tempo_value *required = add_list(b, add_map(b, optimizer, "if"), "required");
    add_text(b, required, NULL, "groups");
    add_integer(b, add_map(b, optimizer, "then"), "maxProperties", 1);
}

/* --- schedules --- */

static void add_range(builder *b, tempo_value *map, const tempo_parameter *parameter)
{
    if (isfinite(parameter->minimum))
        add_real(b, map, parameter->above_minimum ? "exclusiveMinimum" : "minimum", parameter->minimum);
    if (isfinite(parameter->maximum))
        add_real(b, map, "maximum", parameter->maximum);
}

/* The elements of a list, or the values of a map. */
static void add_elements(builder *b, tempo_value *map, const char *key, const char *kind,
                         const tempo_parameter *parameter)
{
    add_range(b, add_typed(b, map, key, kind, NULL), parameter);
}

/* Each keyword applies to one of the two alone. */
static void add_number_or_list(builder *b, tempo_value *map, const tempo_parameter *parameter)
{
    tempo_value *kinds = add_list(b, map, "type");
    add_text(b, kinds, NULL, "number");
    add_text(b, kinds, NULL, "array");
    add_range(b, map, parameter);
    add_elements(b, map, "items", "number", parameter);
}

static void add_choices(builder *b, tempo_value *map, const char *words)
{
    tempo_value *list = add_list(b, map, "enum");
    while (words) {
        char word[64];
        const size_t length = strcspn(words, "|");
        (void)snprintf(word, sizeof word, "%.*s", (int)length, words);
        add_text(b, list, NULL, word);
        words = words[length] ? words + length + 1 : NULL;
    }
}

/* What a value of the parameter looks like when it is not null. */
static void add_kind(builder *b, tempo_value *map, const tempo_parameter *parameter)
{
    switch (parameter->kind) {
    case TEMPO_TIME:
        add_reference(b, map, "time");
        return;
    case TEMPO_TIME_LIST:
        add_text(b, map, "type", "array");
        add_reference(b, add_map(b, map, "items"), "time");
        return;
    case TEMPO_REAL:
        add_text(b, map, "type", "number");
        add_range(b, map, parameter);
        return;
    case TEMPO_REAL_LIST:
        add_text(b, map, "type", "array");
        add_elements(b, map, "items", "number", parameter);
        return;
    case TEMPO_REAL_OR_LIST:
        add_number_or_list(b, map, parameter);
        return;
    case TEMPO_COUNT:
        add_text(b, map, "type", "integer"); /* 10.0 is one, too */
        add_range(b, map, parameter);
        return;
    case TEMPO_COUNT_LIST:
        add_text(b, map, "type", "array");
        add_elements(b, map, "items", "integer", parameter);
        return;
    case TEMPO_COUNT_MAP:
        add_text(b, map, "type", "object");
        add_text(b, add_map(b, map, "propertyNames"), "pattern", "^[+-]?[0-9]+$");
        add_elements(b, map, "additionalProperties", "number", parameter);
        return;
    case TEMPO_FLAG:
        add_text(b, map, "type", "boolean");
        return;
    case TEMPO_CHOICE:
        add_choices(b, map, parameter->choices);
        return;
    case TEMPO_SCHEDULE_LIST:
        add_text(b, map, "type", "array");
        add_reference(b, add_map(b, map, "items"), parameter->choices ? parameter->choices : "schedule");
        return;
    case TEMPO_FUNCTION:
        add_text(b, map, "type", "string");
        add_integer(b, map, "minLength", 1);
        return;
    case TEMPO_FIELD:
        add_text(b, map, "type", "string");
        add_text(b, map, "pattern", tempo__element_pattern);
        return;
    }
}

static void add_parameter(builder *b, tempo_value *properties, const tempo_parameter *parameter)
{
    tempo_value *map = add_map(b, properties, parameter->name);
    tempo_value *kind = map;
    if (tempo_parameter_is_nullable(parameter)) {
        tempo_value *either = add_list(b, map, "anyOf");
        add_text(b, add_map(b, either, NULL), "type", "null");
        kind = add_map(b, either, NULL);
    }
    add_kind(b, kind, parameter);
    add_text(b, map, "description", parameter->help);
    if (parameter->default_text && !strchr("[{", *parameter->default_text))
        add_scalar(b, map, "default", parameter->default_text);
}

/* The keys that every schedule has beside its type's. */
static void add_common(builder *b, tempo_value *properties)
{
    tempo_value *field = add_typed(b, properties, "field", "string", "the field that is driven");
    add_text(b, field, "pattern", tempo__element_pattern);
    add_text(b, field, "default", "lr");
    tempo_value *groups = add_map(b, properties, "groups");
    add_text(b, groups, "description", "the groups that are driven; by default, all that have the field");
    tempo_value *either = add_list(b, groups, "type");
    add_text(b, either, NULL, "string");
    add_text(b, either, NULL, "array");
    add_integer(b, groups, "minItems", 1); /* says nothing of a text, which names one group */
    (void)add_typed(b, groups, "items", "string", NULL);
    tempo_value *every = add_map(b, properties, "every");
    add_reference(b, every, "time");
    add_text(b, every, "description", "the time of one step, for a type that counts steps");
}

/* Whether the type stands, in some other type's list, for elements that need not name it. */
static bool is_implied(const tempo_type *type)
{
    const tempo_type *other = NULL;
    const tempo_parameter *parameter = NULL;
    for (size_t i = 0; (other = tempo_type_at(i)); i++)
        for (size_t p = 0; (parameter = tempo_type_parameter(other, p)); p++)
            if (parameter->kind == TEMPO_SCHEDULE_LIST && parameter->choices &&
                strcmp(parameter->choices, tempo_type_name(type)) == 0)
                return true;
    return false;
}

static void add_type(builder *b, tempo_value *definitions, const tempo_type *type)
{
    char description[512];
    (void)snprintf(description, sizeof description, "%s: %s", tempo_type_summary(type), tempo_type_formula(type));
    tempo_value *map = add_typed(b, definitions, tempo_type_name(type), "object", description);
    tempo_value *properties = add_map(b, map, "properties");
    add_text(b, add_map(b, properties, "type"), "const", tempo_type_name(type));
    const tempo_parameter *parameter = NULL;
    for (size_t i = 0; (parameter = tempo_type_parameter(type, i)); i++)
        add_parameter(b, properties, parameter);
    add_common(b, properties);
    tempo_value *required = add_list(b, map, "required");
    if (!is_implied(type)) /* elsewhere `schedule` asks for it */
        add_text(b, required, NULL, "type");
    for (size_t i = 0; (parameter = tempo_type_parameter(type, i)); i++)
        if (!parameter->default_text)
            add_text(b, required, NULL, parameter->name);
    add_flag(b, map, "additionalProperties", false);
}

/* One of the types; what else is asked for depends on which. */
static void add_schedule(builder *b, tempo_value *definitions)
{
    tempo_value *schedule = add_typed(b, definitions, "schedule", "object", "a type with its parameters");
    tempo_value *names = add_list(b, add_map(b, add_map(b, schedule, "properties"), "type"), "enum");
    add_text(b, add_list(b, schedule, "required"), NULL, "type");
    tempo_value *cases = add_list(b, schedule, "allOf");
    const tempo_type *type = NULL;
    for (size_t i = 0; (type = tempo_type_at(i)); i++) {
        add_text(b, names, NULL, tempo_type_name(type));
        tempo_value *one = add_map(b, cases, NULL);
        tempo_value *condition = add_map(b, one, "if");
        add_text(b, add_map(b, add_map(b, condition, "properties"), "type"), "const", tempo_type_name(type));
        add_text(b, add_list(b, condition, "required"), NULL, "type");
        add_reference(b, add_map(b, one, "then"), tempo_type_name(type));
    }
}

static void add_schedules(builder *b, tempo_value *properties, const tempo__key *key)
{
    tempo_value *schedules = add_map(b, properties, key->name);
    add_text(b, schedules, "description", key->help);
    add_text(b, add_map(b, schedules, "if"), "type", "array");
    tempo_value *list = add_map(b, schedules, "then");
    add_integer(b, list, "minItems", 1);
    add_reference(b, add_map(b, list, "items"), "schedule");
    add_reference(b, add_map(b, schedules, "else"), "schedule");
}

/* --- the document --- */

static void build(builder *b)
{
    tempo_value *root = add_map(b, NULL, NULL);
    add_text(b, root, "$schema", "https://json-schema.org/draft/2020-12/schema");
    add_text(b, root, "title", "a document of Tempo");
    add_text(b, root, "type", "object");
    tempo_value *properties = add_map(b, root, "properties");
    tempo_value *version = add_map(b, properties, tempo__sections[0].name);
    add_text(b, version, "description", tempo__sections[0].help);
    add_integer(b, version, "const", TEMPO__FORMAT_VERSION);
    add_run(b, properties, &tempo__sections[1]);
    add_optimizer(b, properties, &tempo__sections[2]);
    add_schedules(b, properties, &tempo__sections[3]);
    tempo_value *required = add_list(b, root, "required");
    add_text(b, required, NULL, tempo__sections[0].name);
    add_text(b, required, NULL, tempo__sections[3].name);
    add_flag(b, root, "additionalProperties", false);
    tempo_value *definitions = add_map(b, root, "$defs");
    add_time(b, definitions);
    add_schedule(b, definitions);
    const tempo_type *type = NULL;
    for (size_t i = 0; (type = tempo_type_at(i)); i++)
        add_type(b, definitions, type);
}

tempo_status tempo_schema_print(tempo_write *write, void *context, tempo_error *error)
{
    builder b = {NULL, false};
    if (tempo_tree_new(&b.tree, NULL))
        return tempo__out_of_memory(error);
    build(&b);
    const tempo_status status = b.has_failed
                                    ? tempo__out_of_memory(error)
                                    : tempo_value_print(tempo_tree_root(b.tree), TEMPO_JSON, write, context, error);
    tempo_tree_free(b.tree);
    return status;
}
