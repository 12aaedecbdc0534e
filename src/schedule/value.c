/* value.c: trees of plain data. Knows no schedule and no file format but the spelling of scalars. */
#include <tempo/value.h>

#include <math.h>
#include <string.h>

#include "base/internal.h"

struct tempo_tree {
    tempo__arena arena;
    tempo_value *root;
};

tempo_status tempo_tree_new(tempo_tree **out, const tempo_allocator *allocator)
{
    const tempo_allocator memory = tempo__allocator_or_default(allocator);
    *out = tempo__allocate(&memory, sizeof **out);
    if (!*out)
        return TEMPO_NO_MEMORY;
    tempo__arena_init(&(*out)->arena, &memory);
    return TEMPO_OK;
}

void tempo_tree_free(tempo_tree *tree)
{
    if (!tree)
        return;
    const tempo_allocator memory = tree->arena.allocator;
    tempo__arena_free(&tree->arena);
    tempo__release(&memory, tree, sizeof *tree);
}

const tempo_value *tempo_tree_root(const tempo_tree *tree)
{
    return tree->root;
}

char *tempo_tree_copy_text(tempo_tree *tree, const char *text, size_t length)
{
    return tempo__arena_copy_text(&tree->arena, text, length);
}

tempo_value *tempo_tree_add(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length,
                            tempo_value_kind kind)
{
    tempo_value *value = tempo__arena_take(&tree->arena, 1, sizeof *value);
    if (!value)
        return NULL;
    value->kind = kind;
    if (key) {
        value->key = tempo_tree_copy_text(tree, key, key_length);
        value->key_length = key_length;
        if (!value->key)
            return NULL;
    }
    if (!parent) {
        tree->root = value;
        return value;
    }
    if (parent->last)
        parent->last->next = value;
    else
        parent->first = value;
    parent->last = value;
    parent->count++;
    return value;
}

static size_t length_of(const char *text)
{
    return text ? strlen(text) : 0;
}

tempo_value *tempo_tree_add_bool(tempo_tree *tree, tempo_value *parent, const char *key, bool boolean)
{
    tempo_value *value = tempo_tree_add(tree, parent, key, length_of(key), TEMPO_VALUE_BOOL);
    if (value)
        value->boolean = boolean;
    return value;
}

tempo_value *tempo_tree_add_integer(tempo_tree *tree, tempo_value *parent, const char *key, int64_t integer)
{
    tempo_value *value = tempo_tree_add(tree, parent, key, length_of(key), TEMPO_VALUE_INTEGER);
    if (value) {
        value->integer = integer;
        value->real = (double)integer;
    }
    return value;
}

tempo_value *tempo_tree_add_real(tempo_tree *tree, tempo_value *parent, const char *key, double real)
{
    tempo_value *value = tempo_tree_add(tree, parent, key, length_of(key), TEMPO_VALUE_REAL);
    if (value)
        value->real = real;
    return value;
}

/* Copies the text before the value is linked, so that a failure leaves no value without its text. */
static tempo_value *add_with_text(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length,
                                  tempo_value_kind kind, const char *text, size_t length)
{
    const char *copy = tempo_tree_copy_text(tree, text, length);
    tempo_value *value = copy ? tempo_tree_add(tree, parent, key, key_length, kind) : NULL;
    if (value) {
        value->text = copy;
        value->text_length = length;
    }
    return value;
}

tempo_value *tempo_tree_add_text(tempo_tree *tree, tempo_value *parent, const char *key, const char *text,
                                 size_t length)
{
    return add_with_text(tree, parent, key, length_of(key), TEMPO_VALUE_TEXT, text, length);
}

tempo_value *tempo_tree_add_copy(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length,
                                 const tempo_value *source)
{
    tempo_value *copy = tempo_tree_add(tree, parent, key, key_length, source->kind);
    if (!copy)
        return NULL;
    copy->boolean = source->boolean;
    copy->integer = source->integer;
    copy->real = source->real;
    copy->place = source->place;
    copy->key_place = source->key_place;
    if (source->text) {
        copy->text = tempo_tree_copy_text(tree, source->text, source->text_length);
        copy->text_length = source->text_length;
        if (!copy->text)
            return NULL;
    }
    for (const tempo_value *member = source->first; member; member = member->next)
        if (!tempo_tree_add_copy(tree, copy, member->key, member->key_length, member))
            return NULL;
    return copy;
}

/* --- scalars by YAML 1.2's core schema --- */

static bool is_one_of(const char *text, size_t length, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == length && memcmp(text, *words, length) == 0)
            return true;
    return false;
}

/* 0o17 and 0x1f; at most INT64_MAX. */
static bool parse_radix(int64_t *out, const char *text, size_t length)
{
    if (length < 3 || text[0] != '0' || (text[1] != 'o' && text[1] != 'x'))
        return false;
    const int64_t radix = text[1] == 'o' ? 8 : 16;
    int64_t value = 0;
    for (size_t i = 2; i < length; i++) {
        const char c = text[i];
        int64_t digit = radix;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if (c >= 'a' && c <= 'f')
            digit = c - 'a' + 10;
        else if (c >= 'A' && c <= 'F')
            digit = c - 'A' + 10;
        if (digit >= radix || !tempo__multiply(&value, value, radix) || !tempo__add(&value, value, digit))
            return false;
    }
    *out = value;
    return true;
}

static bool parse_special(double *out, const char *text, size_t length)
{
    static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
    static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL};
    const bool sign = length && (text[0] == '-' || text[0] == '+');
    if (is_one_of(text, length, nans)) {
        *out = (double)NAN;
        return true;
    }
    if (!is_one_of(text + sign, length - sign, infinities))
        return false;
    *out = text[0] == '-' ? -(double)INFINITY : (double)INFINITY;
    return true;
}

tempo_value *tempo_tree_add_scalar(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length,
                                   const char *text, size_t length)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    tempo_value_kind kind = TEMPO_VALUE_TEXT;
    int64_t integer = 0;
    double real = 0;
    const bool is_true = is_one_of(text, length, trues);
    if (is_one_of(text, length, nulls)) {
        kind = TEMPO_VALUE_NULL;
    } else if (is_true || is_one_of(text, length, falses)) {
        kind = TEMPO_VALUE_BOOL;
    } else if (tempo__integer_parse(&integer, text, length) || parse_radix(&integer, text, length)) {
        kind = TEMPO_VALUE_INTEGER;
        real = (double)integer;
    } else if (tempo__number_parse(&real, text, length, false) || parse_special(&real, text, length)) {
        kind = TEMPO_VALUE_REAL;
    }
    tempo_value *value = add_with_text(tree, parent, key, key_length, kind, text, length);
    if (value) {
        value->boolean = is_true;
        value->integer = integer;
        value->real = real;
    }
    return value;
}

/* --- looking things up --- */

static const tempo_value *member_of(const tempo_value *map, const char *key, size_t length)
{
    if (!map || map->kind != TEMPO_VALUE_MAP)
        return NULL;
    for (const tempo_value *member = map->first; member; member = member->next)
        if (member->key_length == length && memcmp(member->key, key, length) == 0)
            return member;
    return NULL;
}

const tempo_value *tempo_value_member(const tempo_value *map, const char *key)
{
    return member_of(map, key, strlen(key));
}

static const tempo_value *element_of(const tempo_value *value, int64_t index)
{
    if (value->kind != TEMPO_VALUE_LIST)
        return index == 0 ? value : NULL;
    const tempo_value *element = value->first;
    while (element && index-- > 0)
        element = element->next;
    return element;
}

const tempo_value *tempo_value_at(const tempo_value *root, const char *path)
{
    const tempo_value *value = root;
    while (value && *path) {
        if (*path == '[') {
            const size_t digits = strcspn(path + 1, "]");
            int64_t index = 0;
            if (path[1 + digits] != ']' || !tempo__integer_parse(&index, path + 1, digits) || index < 0)
                return NULL;
            value = element_of(value, index);
            path += digits + 2;
        } else {
            path += *path == '.';
            const size_t length = strcspn(path, ".[");
            value = member_of(value, path, length);
            path += length;
        }
    }
    return value;
}

const char *tempo_value_kind_text(tempo_value_kind kind)
{
    switch (kind) {
    case TEMPO_VALUE_NULL:
        return "null";
    case TEMPO_VALUE_BOOL:
        return "true or false";
    case TEMPO_VALUE_INTEGER:
        return "an integer";
    case TEMPO_VALUE_REAL:
        return "a number";
    case TEMPO_VALUE_TEXT:
        return "text";
    case TEMPO_VALUE_LIST:
        return "a list";
    case TEMPO_VALUE_MAP:
        return "a map";
    }
    return "unknown";
}

static bool equal_members(const tempo_value *a, const tempo_value *b)
{
    if (a->count != b->count)
        return false;
    const tempo_value *other = b->first;
    for (const tempo_value *member = a->first; member; member = member->next) {
        /* Maps written in the same order, the common case, are compared without a search. */
        const bool in_order = other && other->key_length == member->key_length &&
                              (a->kind == TEMPO_VALUE_LIST || memcmp(other->key, member->key, member->key_length) == 0);
        const tempo_value *match = in_order ? other : member_of(b, member->key, member->key_length);
        if (!match || !tempo_value_equal(member, match))
            return false;
        other = other ? other->next : NULL;
    }
    return true;
}

bool tempo_value_equal(const tempo_value *a, const tempo_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case TEMPO_VALUE_NULL:
        return true;
    case TEMPO_VALUE_BOOL:
        return a->boolean == b->boolean;
    case TEMPO_VALUE_INTEGER:
        return a->integer == b->integer;
    case TEMPO_VALUE_REAL:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case TEMPO_VALUE_TEXT:
        return a->text_length == b->text_length && memcmp(a->text, b->text, a->text_length) == 0;
    case TEMPO_VALUE_LIST:
    case TEMPO_VALUE_MAP:
        return equal_members(a, b);
    }
    return false;
}
