/* argument.c: what a schedule says for one parameter, checked against the registry's table. Knows the kinds of
 * parameters, but no type. */
#include "schedule/argument.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- errors --- */

tempo_status tempo__blame_value(const tempo__builder *b, tempo_status status, const char *key, const tempo_place *place)
{
    tempo__blame(b->error, key ? "%s.%s" : "%s", b->path, key);
    tempo__locate(b->error, place->line, place->column, place->length);
    return status;
}

tempo_status tempo__fail_kind(const tempo__builder *b, const char *key, const tempo_value *value, const char *wanted)
{
    tempo__fail(b->error, TEMPO_BAD_TYPE, "%s must be %s, not %s", key, wanted, tempo_value_kind_text(value->kind));
    return tempo__blame_value(b, TEMPO_BAD_TYPE, key, &value->place);
}

/* Words for the range of a parameter: "> 0", ">= 0", "from 0 to 1". */
static const char *range_words(char *buffer, size_t capacity, const tempo_parameter *parameter)
{
    char low[TEMPO__NUMBER_MAX], high[TEMPO__NUMBER_MAX];
    tempo__number_print(low, parameter->minimum);
    tempo__number_print(high, parameter->maximum);
    if (isinf(parameter->maximum))
        (void)snprintf(buffer, capacity, "%s %s", parameter->above_minimum ? ">" : ">=", low);
    else if (isinf(parameter->minimum))
        (void)snprintf(buffer, capacity, "<= %s", high);
    else
        (void)snprintf(buffer, capacity, "%s %s and <= %s", parameter->above_minimum ? ">" : ">=", low, high);
    return buffer;
}

static tempo_status check_range(const tempo__builder *b, const tempo_parameter *parameter, double value,
                                const tempo_value *given)
{
    if (value <= parameter->maximum &&
        (parameter->above_minimum ? value > parameter->minimum : value >= parameter->minimum))
        return TEMPO_OK;
    char range[96], number[TEMPO__NUMBER_MAX];
    tempo__number_print(number, value);
    tempo__fail(b->error, TEMPO_BAD_VALUE, "%s is %s, but must be %s", parameter->name,
                given->text ? given->text : number, range_words(range, sizeof range, parameter));
    return tempo__blame_value(b, TEMPO_BAD_VALUE, parameter->name, &given->place);
}

/* --- one value of each kind --- */

tempo_status tempo__read_time(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *value,
                              tempo_time *out)
{
    if (value->kind == TEMPO_VALUE_INTEGER || value->kind == TEMPO_VALUE_REAL) {
        const char *spelled = value->text ? value->text : "a number";
        tempo__fail(b->error, TEMPO_BAD_TYPE, "%s is %s without a unit", parameter->name, spelled);
        tempo__advise(b->error, "write %sba, %sep, %stok, ... or a fraction of the run such as 0.1dur", spelled,
                      spelled, spelled);
        return tempo__blame_value(b, TEMPO_BAD_TYPE, parameter->name, &value->place);
    }
    if (value->kind != TEMPO_VALUE_TEXT)
        return tempo__fail_kind(b, parameter->name, value, "a time such as 10ep");
    const tempo_status status = tempo_time_parse(out, value->text, value->text_length, TEMPO_TIME_NATIVE, b->error);
    if (status)
        return tempo__blame_value(b, status, parameter->name, &value->place);
    const double size = out->unit == TEMPO_DURATION ? out->fraction : (double)out->count;
    return check_range(b, parameter, size, value);
}

static tempo_status read_real(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *value,
                              double *out)
{
    if (value->kind != TEMPO_VALUE_INTEGER && value->kind != TEMPO_VALUE_REAL)
        return tempo__fail_kind(b, parameter->name, value, "a number");
    if (!isfinite(value->real)) {
        tempo__fail(b->error, TEMPO_BAD_VALUE, "%s is %s, but must be a finite number", parameter->name,
                    isnan(value->real) ? "not a number" : "infinite");
        return tempo__blame_value(b, TEMPO_BAD_VALUE, parameter->name, &value->place);
    }
    *out = value->real;
    return check_range(b, parameter, *out, value);
}

static tempo_status read_count(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *value,
                               int64_t *out)
{
    /* 1e3 and 30.0 are whole too: systems that count write them so. */
    const bool whole = value->kind == TEMPO_VALUE_REAL && value->real == trunc(value->real);
    if (value->kind != TEMPO_VALUE_INTEGER && !whole)
        return tempo__fail_kind(b, parameter->name, value, "a whole number");
    if (value->kind == TEMPO_VALUE_INTEGER) {
        *out = value->integer;
    } else if (!tempo__truncate(out, value->real)) {
        tempo__fail(b->error, TEMPO_OUT_OF_RANGE, "%s does not fit in 64 bits", parameter->name);
        return tempo__blame_value(b, TEMPO_OUT_OF_RANGE, parameter->name, &value->place);
    }
    return check_range(b, parameter, (double)*out, value);
}

tempo_status tempo__read_name(const tempo__builder *b, const char *key, const tempo_value *value, const char **out)
{
    if (value->kind != TEMPO_VALUE_TEXT || !value->text_length)
        return tempo__fail_kind(b, key, value, "a name");
    *out = tempo__arena_copy_text(b->arena, value->text, value->text_length);
    return *out ? TEMPO_OK : tempo__out_of_memory(b->error);
}

static tempo_status read_choice(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *value,
                                int64_t *out)
{
    if (value->kind != TEMPO_VALUE_TEXT)
        return tempo__fail_kind(b, parameter->name, value, "one of a few words");
    const char *word = parameter->choices;
    for (*out = 0; word; ++*out) {
        const size_t length = strcspn(word, "|");
        if (length == value->text_length && memcmp(word, value->text, length) == 0)
            return TEMPO_OK;
        word = word[length] ? word + length + 1 : NULL;
    }
    tempo__fail(b->error, TEMPO_BAD_VALUE, "%s is '%s', but must be one of %s", parameter->name, value->text,
                parameter->choices);
    return tempo__blame_value(b, TEMPO_BAD_VALUE, parameter->name, &value->place);
}

/* --- lists --- */

static tempo_status read_nested(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *map,
                                size_t index, tempo__entry *entry)
{
    char path[TEMPO__PATH_MAX];
    (void)snprintf(path, sizeof path, "%s.%s[%zu]", b->path, parameter->name, index);
    const tempo__builder inner = {b->arena, b->error, path, true};
    return tempo__read_entry(&inner, map, parameter->choices, entry);
}

/* One element of a list, into its array. */
static tempo_status read_element(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *element,
                                 size_t index, void *out)
{
    switch (parameter->kind) {
    case TEMPO_TIME_LIST:
        return tempo__read_time(b, parameter, element, out);
    case TEMPO_REAL_LIST:
    case TEMPO_REAL_OR_LIST:
        return read_real(b, parameter, element, out);
    case TEMPO_COUNT_LIST:
        return read_count(b, parameter, element, out);
    case TEMPO_SCHEDULE_LIST:
        return read_nested(b, parameter, element, index, out);
    default:
        return TEMPO_OK;
    }
}

static tempo_status read_list(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *value,
                              size_t size, const char *wanted, const void **array, size_t *count)
{
    if (value->kind != TEMPO_VALUE_LIST)
        return tempo__fail_kind(b, parameter->name, value, wanted);
    char *elements = tempo__arena_take(b->arena, value->count, size);
    if (!elements)
        return tempo__out_of_memory(b->error);
    *array = elements;
    for (const tempo_value *element = value->first; element; element = element->next) {
        const tempo_status status = read_element(b, parameter, element, *count, elements + *count * size);
        if (status)
            return status;
        ++*count;
    }
    return TEMPO_OK;
}

/* Keys are text in a document: "30" as well as 30. */
static tempo_status read_map(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *value,
                             tempo__argument *out)
{
    if (value->kind != TEMPO_VALUE_MAP)
        return tempo__fail_kind(b, parameter->name, value, "a map from whole numbers to numbers such as {30: 0.1}");
    int64_t *keys = tempo__arena_take(b->arena, value->count, sizeof *keys);
    double *reals = tempo__arena_take(b->arena, value->count, sizeof *reals);
    if (!keys || !reals)
        return tempo__out_of_memory(b->error);
    out->integers = keys;
    out->reals = reals;
    for (const tempo_value *member = value->first; member; member = member->next) {
        int64_t key = 0;
        if (!tempo__integer_parse(&key, member->key, member->key_length)) {
            tempo__fail(b->error, TEMPO_BAD_TYPE, "%s has the key '%s', which is no whole number", parameter->name,
                        member->key);
            return tempo__blame_value(b, TEMPO_BAD_TYPE, parameter->name, &member->key_place);
        }
        size_t at = out->count++;
        for (; at > 0 && keys[at - 1] > key; at--) { /* maps are short, and mostly ascending */
            keys[at] = keys[at - 1];
            reals[at] = reals[at - 1];
        }
        keys[at] = key;
        const tempo_status status = read_real(b, parameter, member, &reals[at]);
        if (status)
            return status;
        if (at > 0 && keys[at - 1] == key) {
            tempo__fail(b->error, TEMPO_CONFLICT, "%s has the key %lld twice", parameter->name, (long long)key);
            return tempo__blame_value(b, TEMPO_CONFLICT, parameter->name, &member->key_place);
        }
    }
    return TEMPO_OK;
}

tempo_status tempo__read_argument(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *value,
                                  tempo__argument *out)
{
    if (tempo_parameter_is_nullable(parameter) && value->kind == TEMPO_VALUE_NULL) {
        out->is_null = true;
        return TEMPO_OK;
    }
    const void *array = NULL;
    tempo_status status = TEMPO_OK;
    switch (parameter->kind) {
    case TEMPO_TIME:
        return tempo__read_time(b, parameter, value, &out->time);
    case TEMPO_REAL:
        out->whole = value->kind == TEMPO_VALUE_INTEGER;
        out->integer = out->whole ? value->integer : 0;
        return read_real(b, parameter, value, &out->real);
    case TEMPO_COUNT:
        return read_count(b, parameter, value, &out->integer);
    case TEMPO_CHOICE:
        return read_choice(b, parameter, value, &out->integer);
    case TEMPO_COUNT_MAP:
        return read_map(b, parameter, value, out);
    case TEMPO_FUNCTION:
    case TEMPO_FIELD:
        return tempo__read_name(b, parameter->name, value, &out->name);
    case TEMPO_FLAG:
        if (value->kind != TEMPO_VALUE_BOOL)
            return tempo__fail_kind(b, parameter->name, value, "true or false");
        out->flag = value->boolean;
        return TEMPO_OK;
    case TEMPO_TIME_LIST:
        status = read_list(b, parameter, value, sizeof *out->times, "a list of times such as [30ep, 60ep]", &array,
                           &out->count);
        out->times = array;
        return status;
    case TEMPO_REAL_LIST:
        status = read_list(b, parameter, value, sizeof *out->reals, "a list of numbers such as [0.1, 0.2]", &array,
                           &out->count);
        out->reals = array;
        return status;
    case TEMPO_REAL_OR_LIST: /* one number leaves `reals` NULL */
        if (value->kind == TEMPO_VALUE_INTEGER || value->kind == TEMPO_VALUE_REAL)
            return read_real(b, parameter, value, &out->real);
        status = read_list(b, parameter, value, sizeof *out->reals, "a number or a list such as [0.1, 0.2]", &array,
                           &out->count);
        out->reals = array;
        return status;
    case TEMPO_COUNT_LIST:
        status = read_list(b, parameter, value, sizeof *out->integers, "a list of whole numbers such as [30, 60]",
                           &array, &out->count);
        out->integers = array;
        return status;
    case TEMPO_SCHEDULE_LIST:
        status = read_list(b, parameter, value, sizeof *out->schedules, "a list of schedules, each a map with a type",
                           &array, &out->count);
        out->schedules = array;
        return status;
    }
    return status;
}
