/* schedule/expression.h: writing a schedule down as operations: for express(). See tempo/expression.h. */
#ifndef TEMPO_SCHEDULE_EXPRESSION_H
#define TEMPO_SCHEDULE_EXPRESSION_H

#include <tempo/expression.h>

#include "schedule/type.h"

struct tempo_expression {
    const tempo_node *nodes;
    size_t count;
};

/* An expression that is being written: first counted, then kept. A node is its place. */
typedef struct tempo__sketch {
    tempo__arena *arena;
    tempo_node *nodes; /* NULL while they are only counted */
    size_t *operands;
    size_t node_count, operand_count;
    const char *lacking; /* a type inside that has no expression; NULL: all have */
    bool is_out_of_memory;
} tempo__sketch;

/* Numbers that no parameter is. */
size_t tempo__put_real(tempo__sketch *sketch, double value);
size_t tempo__put_integer(tempo__sketch *sketch, int64_t value);

/* What a parameter says: of a REAL, which must not be null, or a COUNT; of an element of a list, or the value at a key
 * of a map (COUNT_LIST, COUNT_MAP). */
size_t tempo__put_argument(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter);
size_t tempo__put_element(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter, size_t index);

/* An operation on earlier nodes. */
size_t tempo__put(tempo__sketch *sketch, tempo_operation operation, const size_t *operands, size_t count);
#define TEMPO__PUT(sketch, operation, ...) \
    tempo__put(sketch, operation, (const size_t[]){__VA_ARGS__}, sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t))

/* A vector of `count` nodes, one after the other from `first`. */
size_t tempo__put_stack(tempo__sketch *sketch, size_t first, size_t count);

/* A call of the function that a parameter names. */
size_t tempo__put_call(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter, size_t step);

/* A schedule of a SCHEDULE_LIST, at a step of its own. */
size_t tempo__put_nested(tempo__sketch *sketch, const tempo__binding *binding, size_t parameter, size_t index,
                         size_t step);

/* The whole expression of a schedule that was bound; its step is what `binding->steps` says. On success `out` is NULL
 * if there is none, and `lacking` names the type without one (NULL: a fact of the run is missing). Errors: NO_MEMORY. */
tempo_status tempo__express(tempo__binding *binding, const tempo_expression **out, const char **lacking);

#endif
