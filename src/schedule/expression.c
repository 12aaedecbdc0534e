/* expression.c: writing schedules down as operations. Knows no type by name. */
#include "schedule/expression.h"

#include <stdio.h>
#include <string.h>

const char *tempo_operation_name(tempo_operation operation)
{
    static const char *const names[TEMPO_OPERATION_COUNT] = {
#define NAME(name, text, operands, summary) [TEMPO_##name] = text,
        TEMPO_OPERATION_LIST(NAME)
#undef NAME
    };
    return (unsigned)operation < TEMPO_OPERATION_COUNT ? names[operation] : NULL;
}

size_t tempo_expression_count(const tempo_expression *expression)
{
    return expression->count;
}

const tempo_node *tempo_expression_node(const tempo_expression *expression, size_t index)
{
    return index < expression->count ? &expression->nodes[index] : NULL;
}

/* --- nodes --- */

static size_t add(tempo__sketch *sketch, const tempo_node *node)
{
    if (sketch->nodes)
        sketch->nodes[sketch->node_count] = *node;
    return sketch->node_count++;
}

size_t tempo__put(tempo__sketch *sketch, tempo_operation operation, const size_t *operands, size_t count)
{
    tempo_node node = {.operation = operation, .operand_count = count};
    if (sketch->nodes && count) {
        size_t *own = &sketch->operands[sketch->operand_count];
        memcpy(own, operands, count * sizeof *own);
        node.operands = own;
    }
    sketch->operand_count += count;
    return add(sketch, &node);
}

size_t tempo__put_stack(tempo__sketch *sketch, size_t first, size_t count)
{
    tempo_node node = {.operation = TEMPO_STACK, .operand_count = count};
    if (sketch->nodes) {
        size_t *own = &sketch->operands[sketch->operand_count];
        for (size_t i = 0; i < count; i++)
            own[i] = first + i;
        node.operands = own;
    }
    sketch->operand_count += count;
    return add(sketch, &node);
}

size_t tempo__put_real(tempo__sketch *sketch, double value)
{
    return add(sketch, &(tempo_node){.operation = TEMPO_CONSTANT, .real = value});
}

size_t tempo__put_integer(tempo__sketch *sketch, int64_t value)
{
    return add(sketch,
               &(tempo_node){.operation = TEMPO_CONSTANT, .is_integer = true, .integer = value, .real = (double)value});
}

/* --- parameters --- */

/* A text that is kept with the nodes. */
static const char *keep(tempo__sketch *sketch, const char *text)
{
    const char *copy = tempo__arena_copy_text(sketch->arena, text, strlen(text));
    sketch->is_out_of_memory = sketch->is_out_of_memory || !copy;
    return copy;
}

static size_t add_named(tempo__sketch *sketch, tempo_node *node, const char *path)
{
    if (sketch->nodes)
        node->name = keep(sketch, path);
    return add(sketch, node);
}

size_t tempo__put_argument(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter)
{
    const tempo__argument *a = &binding->arguments[parameter];
    const bool is_integer = binding->type->parameters[parameter].kind == TEMPO_COUNT || a->whole;
    tempo_node node = {.operation = TEMPO_CONSTANT, .is_integer = is_integer, .integer = a->integer, .real = a->real};
    if (is_integer)
        node.real = (double)a->integer;
    char path[TEMPO__PATH_MAX];
    (void)snprintf(path, sizeof path, "%s.%s", binding->path, binding->type->parameters[parameter].name);
    return add_named(sketch, &node, path);
}

size_t tempo__put_element(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter, size_t index)
{
    const tempo__argument *a = &binding->arguments[parameter];
    const char *name = binding->type->parameters[parameter].name;
    tempo_node node = {.operation = TEMPO_CONSTANT, .is_integer = !a->reals};
    char path[TEMPO__PATH_MAX];
    if (a->reals) {
        node.real = a->reals[index];
        (void)snprintf(path, sizeof path, "%s.%s[%lld]", binding->path, name, (long long)a->integers[index]);
    } else {
        node.integer = a->integers[index];
        node.real = (double)a->integers[index];
        (void)snprintf(path, sizeof path, "%s.%s[%zu]", binding->path, name, index);
    }
    return add_named(sketch, &node, path);
}

size_t tempo__put_call(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter, size_t step)
{
    const size_t node = TEMPO__PUT(sketch, TEMPO_CALL, step);
    if (sketch->nodes)
        sketch->nodes[node].name = keep(sketch, binding->arguments[parameter].name);
    return node;
}

size_t tempo__put_nested(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter, size_t index,
                         size_t step)
{
    const tempo__entry *entry = &binding->arguments[parameter].schedules[index];
    if (!entry->type->express) {
        sketch->lacking = entry->type->name;
        return step;
    }
    char path[TEMPO__PATH_MAX];
    (void)snprintf(path, sizeof path, "%s.%s[%zu]", binding->path, binding->type->parameters[parameter].name, index);
    tempo__binding inner = *binding;
    inner.type = entry->type;
    inner.arguments = entry->arguments;
    inner.path = path;
    inner.is_nested = true;
    return entry->type->express(&inner, sketch, step);
}

/* --- the whole --- */

/* How many of a schedule's units a batch is, and of how many batches one is made: one of them is 1, both 0 if a fact of
 * the run is missing. */
static void find_rate(const tempo__facts *facts, tempo_unit unit, int64_t *per_batch, int64_t *batches)
{
    *per_batch = *batches = 1;
    if (unit == TEMPO_EPOCH)
        *batches = facts->batches_per_epoch;
    else if (unit == TEMPO_SAMPLE)
        *per_batch = facts->samples_per_batch;
    else if (unit == TEMPO_TOKEN)
        *per_batch = facts->tokens_per_batch;
    else if (unit != TEMPO_BATCH)
        *per_batch = 0;
    if (!*per_batch || !*batches)
        *per_batch = *batches = 0;
}

/* The schedule's own steps, from batches. False: a fact is missing. */
static bool write_step(tempo__sketch *sketch, const tempo__binding *binding, size_t *step)
{
    int64_t per_batch = 0, batches = 0;
    *step = tempo__put(sketch, TEMPO_STEP, NULL, 0);
    find_rate(binding->facts, binding->steps.unit, &per_batch, &batches);
    if (per_batch > 1)
        *step = TEMPO__PUT(sketch, TEMPO_MULTIPLY, *step, tempo__put_integer(sketch, per_batch));
    if (batches > 1)
        *step = TEMPO__PUT(sketch, TEMPO_FLOOR_DIVIDE, *step, tempo__put_integer(sketch, batches));
    if (binding->steps.size > 1)
        *step = TEMPO__PUT(sketch, TEMPO_FLOOR_DIVIDE, *step, tempo__put_integer(sketch, binding->steps.size));
    return per_batch > 0;
}

/* Writes everything down; `count` is up to the value, after which nothing counts. False: there is no expression. */
static bool write_all(tempo__sketch *sketch, tempo__binding *binding, size_t *count)
{
    size_t step = 0;
    sketch->node_count = sketch->operand_count = 0;
    sketch->lacking = binding->type->express ? NULL : binding->type->name;
    if (sketch->lacking || !write_step(sketch, binding, &step))
        return false;
    *count = binding->type->express(binding, sketch, step) + 1;
    return !sketch->lacking;
}

tempo_status tempo__express(tempo__binding *binding, const tempo_expression **out, const char **lacking)
{
    tempo__sketch sketch = {.arena = binding->arena};
    size_t count = 0;
    *out = NULL;
    const bool is_there = write_all(&sketch, binding, &count);
    *lacking = sketch.lacking;
    if (!is_there)
        return TEMPO_OK;
    tempo_expression *expression = tempo__prepare(binding, 1, sizeof *expression);
    sketch.nodes = tempo__prepare(binding, sketch.node_count, sizeof *sketch.nodes);
    sketch.operands = tempo__prepare(binding, sketch.operand_count, sizeof *sketch.operands);
    if (!expression || !sketch.nodes || !sketch.operands)
        return tempo__out_of_memory(binding->error);
    write_all(&sketch, binding, &count);
    if (sketch.is_out_of_memory)
        return tempo__out_of_memory(binding->error);
    *expression = (tempo_expression){sketch.nodes, count};
    *out = expression;
    return TEMPO_OK;
}
