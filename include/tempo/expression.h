/* tempo/expression.h: a schedule as a list of operations, for programs that cannot call into C at every step: one that
 * is compiled for an accelerator traces these, once, and has the schedule as arithmetic of its own.
 *
 * The operations are those that the schedule's own system performs, in its order, so that whoever performs them in that
 * system's arithmetic gets its bits. A node is a number, or a vector where its operands are; the last one is the value.
 *
 *   for each node, in order: perform its operation on the results of its operands
 *
 * Nodes that do not depend on the step are Python's numbers: operations on these alone are Python's, in double
 * precision, and they take part in others as numbers without a type of their own (JAX: weakly typed).
 *
 * Source: optax 0.2.8, optax/schedules; XLA's order of operations in TEMPO_CUMULATIVE_PRODUCT.
 */
#ifndef TEMPO_EXPRESSION_H
#define TEMPO_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/error.h>
#include <tempo/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every operation: identifier, name, number of operands (-1: any), what it is. Names are NumPy's, or those of Python's
 * operators. Comparisons give 1 or 0. */
#define TEMPO_OPERATION_LIST(X)                                                                            \
    X(STEP, "step", 0, "batches completed: the only thing that an expression depends on; an integer >= 0") \
    X(CONSTANT, "constant", 0, "a number")                                                                 \
    X(CALL, "call", 1, "the program's function of that name, at a step")                                   \
    X(FLOAT, "float", 1, "a Python integer as a Python float; anything else stays what it is")             \
    X(ADD, "add", 2, "a + b")                                                                              \
    X(SUBTRACT, "sub", 2, "a - b")                                                                         \
    X(MULTIPLY, "mul", 2, "a * b")                                                                         \
    X(DIVIDE, "truediv", 2, "a / b, of integers too")                                                      \
    X(FLOOR_DIVIDE, "floordiv", 2, "a / b rounded down, of integers")                                      \
    X(LESS, "lt", 2, "a < b")                                                                              \
    X(LESS_EQUAL, "le", 2, "a <= b")                                                                       \
    X(AND, "logical_and", 2, "a and b")                                                                    \
    X(POWER, "power", 2, "a to the power b; a constant integer b is multiplied out, by squaring")          \
    X(MINIMUM, "minimum", 2, "the smaller of a and b")                                                     \
    X(MAXIMUM, "maximum", 2, "the larger of a and b")                                                      \
    X(CLIP, "clip", 3, "a, but at least b and at most c")                                                  \
    X(WHERE, "where", 3, "b if a, else c")                                                                 \
    X(SIGN, "sign", 1, "-1, 0 or 1")                                                                       \
    X(FLOOR, "floor", 1, "a rounded down")                                                                 \
    X(COS, "cos", 1, "the cosine of a")                                                                    \
    X(STACK, "stack", -1, "a vector of numbers")                                                           \
    X(CUMULATIVE_PRODUCT, "cumprod", 1,                                                                    \
      "running products of a vector: within blocks of 16, each times the "                                 \
      "running product of the blocks before it")                                                           \
    X(BUT_FIRST, "but_first", 1, "a vector without its first element")                                     \
    X(BUT_LAST, "but_last", 1, "a vector without its last element")                                        \
    X(LAST, "last", 1, "the last element of a vector")                                                     \
    X(DOT, "dot", 2, "the sum of the products of two vectors; 0 of empty ones")

typedef enum tempo_operation {
#define TEMPO_OPERATION_MEMBER(name, text, operands, summary) TEMPO_##name,
    TEMPO_OPERATION_LIST(TEMPO_OPERATION_MEMBER)
#undef TEMPO_OPERATION_MEMBER
} tempo_operation;

#define TEMPO_OPERATION_PLUS_ONE(name, text, operands, summary) +1
enum { TEMPO_OPERATION_COUNT = 0 TEMPO_OPERATION_LIST(TEMPO_OPERATION_PLUS_ONE) };
#undef TEMPO_OPERATION_PLUS_ONE

/* "truediv"; static. NULL for what is no operation. */
TEMPO_API const char *tempo_operation_name(tempo_operation operation);

/* One operation. Borrowed from the plan. */
typedef struct tempo_node {
    tempo_operation operation;
    size_t operand_count;
    const size_t *operands; /* places of earlier nodes */
    bool is_integer;        /* of a CONSTANT: it is an integer in Python, which is in `integer` */
    int64_t integer;
    double real;      /* of a CONSTANT: its value in either case */
    const char *name; /* of a CALL: the function; of a CONSTANT: the parameter that it is, by its path, such as
                         "schedules[0].init_value", or NULL: who has a better form of the same number may put it there */
} tempo_node;

/* Immutable; lives as long as its plan. Any number of threads may read it. */
typedef struct tempo_expression tempo_expression;

/* The expression of a track of a plan that was bound with options.expressions. Borrowed.
 * Errors: CONFLICT: the plan was bound without, schedules are stacked, or one has no expression (all of optax.* and
 * xlstm.* have; every other type has values only: tempo_plan_values()); MISSING_FACT: a step is a number of epochs,
 * samples or tokens, and the run does not say how many a batch has. Cost: O(1). */
TEMPO_API tempo_status tempo_plan_expression(const tempo_plan *plan, size_t track, const tempo_expression **out,
                                             tempo_error *error);

/* Its nodes, in order; the first one is the STEP, the last one the value. NULL past the end. */
TEMPO_API size_t tempo_expression_count(const tempo_expression *expression);
TEMPO_API const tempo_node *tempo_expression_node(const tempo_expression *expression, size_t index);

#ifdef __cplusplus
}
#endif

#endif
