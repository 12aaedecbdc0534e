/* from_dict.c: plain data as what a type says, by the rules of xlstm-jax's ConfigDict.from_dict(). */
#include "config/internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What an attempt at one kind returns, besides errors: the value is not of that kind. Never reaches callers. */
static const tempo_status NO_FIT = TEMPO_BAD_TYPE;

static tempo_status read_value(const tempo__config_reading *r, const tempo_config_type *type, const tempo_value *data,
                               tempo_value *parent, const char *key);

/* --- types and values in words --- */

static bool has_kind(const tempo_config_type *type, tempo_config_kind kind)
{
    for (const tempo_config_kind *k = type->kinds; *k; k++)
        if (*k == kind)
            return true;
    return false;
}

static bool is_text(const tempo_value *data, const char *text)
{
    return data->kind == TEMPO_VALUE_TEXT && data->text_length == strlen(text) && strcmp(data->text, text) == 0;
}

/* "int or None" */
static void print_type(char *buffer, size_t capacity, const tempo_config_type *type)
{
    static const char *const names[] = {
        [TEMPO_CONFIG_NONE] = "None",   [TEMPO_CONFIG_BOOL] = "bool",    [TEMPO_CONFIG_INT] = "int",
        [TEMPO_CONFIG_FLOAT] = "float", [TEMPO_CONFIG_STR] = "str",      [TEMPO_CONFIG_LIST] = "list",
        [TEMPO_CONFIG_DICT] = "dict",   [TEMPO_CONFIG_TYPE] = "a class",
    };
    size_t used = 0;
    *buffer = '\0';
    for (const tempo_config_kind *k = type->kinds; *k && used < capacity; k++) {
        const char *name = *k == TEMPO_CONFIG_CLASS     ? type->of->name
                           : *k == TEMPO_CONFIG_LITERAL ? type->choices
                                                        : names[*k];
        used += (size_t)snprintf(buffer + used, capacity - used, "%s%s%s", used ? " or " : "",
                                 *k == TEMPO_CONFIG_LITERAL ? "one of " : "", name);
    }
}

static tempo_status fail_fit(const tempo__config_reading *r, const tempo_config_type *type, const tempo_value *data)
{
    char wanted[200], number[TEMPO__NUMBER_MAX] = "";
    print_type(wanted, sizeof wanted, type);
    const char *dot = strrchr(r->path, '.');
    const char *name = dot ? dot + 1 : *r->path ? r->path : "the value";
    const bool is_number = data->kind == TEMPO_VALUE_INTEGER || data->kind == TEMPO_VALUE_REAL;
    if (is_number)
        tempo__number_print(number, data->real);
    const char *shown = data->kind == TEMPO_VALUE_TEXT ? data->text
                        : is_number                    ? number
                                                       : tempo_value_kind_text(data->kind);
    const char *quote = data->kind == TEMPO_VALUE_TEXT ? "'" : "";
    tempo__fail(r->error, TEMPO_BAD_VALUE, "%s is %s%s%s, but must be %s", name, quote, shown, quote, wanted);
    return tempo__config_blame(r, TEMPO_BAD_VALUE, &data->place);
}

/* --- one kind each: NO_FIT without an error, or the value added --- */

static tempo_status added(const tempo__config_reading *r, const tempo_value *value)
{
    return value ? TEMPO_OK : tempo__out_of_memory(r->error);
}

static tempo_status add_null(const tempo__config_reading *r, tempo_value *parent)
{
    return added(r, tempo_tree_add(r->tree, parent, NULL, 0, TEMPO_VALUE_NULL));
}

/* Python's bool(). */
static bool is_true(const tempo_value *data)
{
    switch (data->kind) {
    case TEMPO_VALUE_NULL:
        return false;
    case TEMPO_VALUE_BOOL:
        return data->boolean;
    case TEMPO_VALUE_INTEGER:
        return data->integer != 0;
    case TEMPO_VALUE_REAL:
        return data->real != 0;
    case TEMPO_VALUE_TEXT:
        return data->text_length > 0;
    case TEMPO_VALUE_LIST:
    case TEMPO_VALUE_MAP:
        break;
    }
    return data->count > 0;
}

static tempo_status read_int(const tempo__config_reading *r, const tempo_value *data, tempo_value *parent)
{
    int64_t integer = 0;
    bool fits = true;
    switch (data->kind) {
    case TEMPO_VALUE_NULL:
        if (!r->options.none_to_zero_for_ints)
            return NO_FIT;
        break;
    case TEMPO_VALUE_BOOL:
        integer = data->boolean;
        break;
    case TEMPO_VALUE_INTEGER:
        integer = data->integer;
        break;
    case TEMPO_VALUE_REAL:
        if (isnan(data->real))
            return NO_FIT;
        fits = tempo__truncate(&integer, data->real);
        break;
    case TEMPO_VALUE_TEXT:
        if (!tempo__python_int(data->text, data->text_length, &integer, &fits))
            return NO_FIT;
        break;
    case TEMPO_VALUE_LIST:
    case TEMPO_VALUE_MAP:
        return NO_FIT;
    }
    if (fits)
        return added(r, tempo_tree_add_integer(r->tree, parent, NULL, integer));
    tempo__fail(r->error, TEMPO_OUT_OF_RANGE, "%s does not fit in 64 bits", *r->path ? r->path : "the value");
    return tempo__config_blame(r, TEMPO_OUT_OF_RANGE, &data->place);
}

static tempo_status read_float(const tempo__config_reading *r, const tempo_value *data, tempo_value *parent)
{
    double real = data->real;
    if (data->kind == TEMPO_VALUE_BOOL)
        real = data->boolean;
    else if (data->kind == TEMPO_VALUE_TEXT ? !tempo__python_float(data->text, data->text_length, &real)
                                            : data->kind != TEMPO_VALUE_INTEGER && data->kind != TEMPO_VALUE_REAL)
        return NO_FIT;
    return added(r, tempo_tree_add_real(r->tree, parent, NULL, real));
}

/* A part of a text. */
typedef struct part {
    const char *text;
    size_t length;
} part;

/* What is between "<class '" and the last "'>"; no text if it is not of that form. */
static part marked_name(const tempo_value *data)
{
    static const char open[] = "<class '";
    const size_t before = strlen(open);
    const char *name = data->text + before;
    if (strncmp(data->text, open, before) != 0)
        return (part){NULL, 0};
    for (const char *end = data->text + data->text_length - 1; end > name; end--)
        if (end[-1] == '\'' && *end == '>')
            return (part){name, (size_t)(end - 1 - name)};
    return (part){NULL, 0};
}

/* The last dot of a name such as module.Name; NULL if it is not one of several words. */
static const char *last_dot(part name)
{
    const char *dot = NULL;
    bool starts = true; /* a word */
    for (const char *p = name.text; p < name.text + name.length; p++) {
        const bool is_letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_';
        if (starts ? !is_letter : !is_letter && *p != '.' && (*p < '0' || *p > '9'))
            return NULL;
        starts = *p == '.';
        if (starts)
            dot = p;
    }
    return starts ? NULL : dot;
}

/* Text that may name a class, "<class 'a.B'>" or "a.B"; `is_str`: any other text stays what it is. Of a dtype
 * only the last word is kept. */
static tempo_status read_class_name(const tempo__config_reading *r, const tempo_value *data, bool is_str,
                                    tempo_value *parent, const char *key)
{
    static const char *const dtypes[] = {"bfloat16", "float32", "float16"};
    part name = marked_name(data);
    if (!name.text && r->options.strict_classname_parsing)
        return NO_FIT;
    if (!name.text)
        name = (part){data->text, data->text_length};
    const char *dot = last_dot(name);
    if (dot) {
        const part word = {dot + 1, (size_t)(name.text + name.length - dot) - 1};
        for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
            if (word.length == strlen(dtypes[i]) && memcmp(word.text, dtypes[i], word.length) == 0)
                name = word;
        return added(r, tempo_tree_add_text(r->tree, parent, key, name.text, name.length));
    }
    if (name.length == 4 && memcmp(name.text, "None", 4) == 0)
        return added(r, tempo_tree_add(r->tree, parent, key, key ? strlen(key) : 0, TEMPO_VALUE_NULL));
    return is_str ? added(r, tempo_tree_add_text(r->tree, parent, key, data->text, data->text_length)) : NO_FIT;
}

static tempo_status read_str(const tempo__config_reading *r, const tempo_value *data, tempo_value *parent)
{
    if (data->kind != TEMPO_VALUE_TEXT)
        return NO_FIT;
    if (strncmp(data->text, "<class ", 7) == 0)
        return read_class_name(r, data, true, parent, NULL);
    return added(r, tempo_tree_add_text(r->tree, parent, NULL, data->text, data->text_length));
}

static tempo_status read_dict(const tempo__config_reading *r, const tempo_value *data, tempo_value *parent)
{
    if (data->kind != TEMPO_VALUE_MAP && (data->kind != TEMPO_VALUE_TEXT || r->options.strict_classname_parsing))
        return NO_FIT;
    tempo_value *dict = tempo_tree_add(r->tree, parent, NULL, 0, TEMPO_VALUE_MAP);
    if (!dict)
        return tempo__out_of_memory(r->error);
    if (data->kind == TEMPO_VALUE_TEXT) {
        const tempo_status status = tempo__python_arguments(r->tree, dict, data->text, data->text_length);
        return status == TEMPO_BAD_SYNTAX ? NO_FIT : status ? tempo__out_of_memory(r->error) : TEMPO_OK;
    }
    for (const tempo_value *member = data->first; member; member = member->next) {
        tempo_status status = TEMPO_OK;
        if (member->kind == TEMPO_VALUE_TEXT)
            status = read_class_name(r, member, true, dict, member->key);
        else
            status = added(r, tempo_tree_add_copy(r->tree, dict, member->key, member->key_length, member));
        if (status)
            return status;
        dict->last->place = member->place;
        dict->last->key_place = member->key_place;
    }
    return TEMPO_OK;
}

/* Adds the value to `parent` if it is one of that kind. */
static tempo_status read_kind(const tempo__config_reading *r, tempo_config_kind kind, const tempo_value *data,
                              tempo_value *parent)
{
    switch (kind) {
    case TEMPO_CONFIG_NONE:
        return data->kind == TEMPO_VALUE_NULL ? add_null(r, parent) : NO_FIT;
    case TEMPO_CONFIG_BOOL:
        return added(r, tempo_tree_add_bool(r->tree, parent, NULL, is_true(data)));
    case TEMPO_CONFIG_INT:
        return read_int(r, data, parent);
    case TEMPO_CONFIG_FLOAT:
        return read_float(r, data, parent);
    case TEMPO_CONFIG_STR:
        return read_str(r, data, parent);
    case TEMPO_CONFIG_LIST:
        return data->kind == TEMPO_VALUE_LIST ? added(r, tempo_tree_add_copy(r->tree, parent, NULL, 0, data)) : NO_FIT;
    case TEMPO_CONFIG_DICT:
        return read_dict(r, data, parent);
    case TEMPO_CONFIG_TYPE:
        return data->kind == TEMPO_VALUE_TEXT ? read_class_name(r, data, false, parent, NULL) : NO_FIT;
    case TEMPO_CONFIG_END:
    case TEMPO_CONFIG_LITERAL:
    case TEMPO_CONFIG_CLASS:
        break;
    }
    return NO_FIT;
}

/* --- classes --- */

static tempo_status read_attributes(const tempo__config_reading *r, const tempo_config_class *of,
                                    const tempo_value *data, tempo_value *parent)
{
    tempo_status status = tempo__config_check_keys(r, of, data, !r->options.refuse_extensive_attributes);
    tempo_value *config = status ? NULL : tempo_tree_add(r->tree, parent, NULL, 0, TEMPO_VALUE_MAP);
    if (!status && !config)
        status = tempo__out_of_memory(r->error);
    tempo_config_attribute attribute;
    for (size_t i = 0; !status && tempo_config_attribute_at(of, i, &attribute); i++) {
        char path[TEMPO__CONFIG_PATH_MAX];
        const tempo__config_reading inside = tempo__config_inside(r, attribute.name, path);
        const tempo_value *given = tempo_value_member(data, attribute.name);
        status = given ? read_value(&inside, &attribute.type, given, config, attribute.name)
                       : tempo__config_add_default(r, config, of, &attribute, data);
    }
    return status;
}

static tempo_status read_class(const tempo__config_reading *r, const tempo_config_type *type, const tempo_value *data,
                               tempo_value *parent)
{
    if (data->kind == TEMPO_VALUE_MAP)
        return read_attributes(r, type->of, data, parent);
    if (data->kind == TEMPO_VALUE_NULL || is_text(data, "None"))
        return has_kind(type, TEMPO_CONFIG_NONE) ? add_null(r, parent) : fail_fit(r, type, data);
    if (data->kind != TEMPO_VALUE_TEXT)
        return fail_fit(r, type, data);
    tempo_value arguments = {.kind = TEMPO_VALUE_MAP};
    tempo_status status = tempo__python_arguments(r->tree, &arguments, data->text, data->text_length);
    if (!status) {
        status = tempo__config_construct(r, parent, NULL, type->of, &arguments);
        if (status) /* what is inside of the text has no places of its own */
            tempo__locate(r->error, data->place.line, data->place.column, data->place.length);
        return status;
    }
    if (status != TEMPO_BAD_SYNTAX)
        return tempo__out_of_memory(r->error);
    tempo__fail(r->error, status, "'%s' cannot be read as %s", data->text, type->of->name);
    tempo__advise(r->error, "write Name(key=value, key='text')");
    return tempo__config_blame(r, status, &data->place);
}

/* --- any type --- */

static bool is_choice(const tempo_config_type *type, const tempo_value *data)
{
    const char *word = has_kind(type, TEMPO_CONFIG_LITERAL) && data->kind == TEMPO_VALUE_TEXT ? type->choices : NULL;
    while (word) {
        const size_t length = strcspn(word, "|");
        if (length == data->text_length && memcmp(word, data->text, length) == 0)
            return true;
        word = word[length] ? word + length + 1 : NULL;
    }
    return false;
}

static tempo_status read_union(const tempo__config_reading *r, const tempo_config_type *type, const tempo_value *data,
                               tempo_value *parent)
{
    if (has_kind(type, TEMPO_CONFIG_CLASS))
        return read_class(r, type, data, parent);
    if (is_choice(type, data))
        return added(r, tempo_tree_add_text(r->tree, parent, NULL, data->text, data->text_length));
    if (is_text(data, "None") && (!has_kind(type, TEMPO_CONFIG_LITERAL) || has_kind(type, TEMPO_CONFIG_NONE)))
        return add_null(r, parent);
    for (const tempo_config_kind *kind = type->kinds; *kind; kind++) {
        tempo_value attempt = {.kind = TEMPO_VALUE_LIST};
        const tempo_status status = read_kind(r, *kind, data, &attempt);
        if (status == TEMPO_OK)
            *parent = attempt;
        if (status != NO_FIT)
            return status;
    }
    return fail_fit(r, type, data);
}

/* What is read is complete before it is added. */
static tempo_status read_value(const tempo__config_reading *r, const tempo_config_type *type, const tempo_value *data,
                               tempo_value *parent, const char *key)
{
    tempo_value holder = {.kind = TEMPO_VALUE_LIST};
    const tempo_status status = read_union(r, type, data, &holder);
    return status ? status : tempo__config_hand_over(r, parent, key, &holder, data);
}

tempo_status tempo_config_from_dict(tempo_tree *tree, tempo_value *parent, const char *key,
                                    const tempo_config_type *type, const tempo_value *data,
                                    const tempo_config_options *options, tempo_error *error)
{
    tempo__config_reading r = {.tree = tree, .error = error, .path = ""};
    if (options)
        r.options = *options;
    return read_value(&r, type, data, parent, key);
}
