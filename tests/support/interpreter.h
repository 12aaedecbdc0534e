/* support/interpreter.h: performs an expression as JAX would, one operation after the other: in double precision, or in
 * single. Values stay finite, as Tempo's do. */
#ifndef TEMPO_TESTS_SUPPORT_INTERPRETER_H
#define TEMPO_TESTS_SUPPORT_INTERPRETER_H

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <tempo/expression.h>

#include "support/spec.h"

typedef struct element {
    bool is_weak; /* Python's number */
    bool is_integer;
    int64_t integer;
    double real;
} element;

enum { ELEMENTS_MAX = 64, RESULTS_MAX = 4096 };

typedef struct result {
    bool is_vector;
    size_t count;
    element elements[ELEMENTS_MAX];
} result;

typedef struct interpreter {
    bool is_single;
    int64_t step;
    double (*call)(const char *name, int64_t step); /* NULL: nothing is called */
} interpreter;

/* --- numbers --- */

/* What it is in an array of floats. On CPUs XLA turns subnormal numbers into 0. */
static inline double in_precision(const interpreter *in, double x)
{
    const float single = (float)x;
    if (in->is_single)
        x = fabsf(single) < FLT_MIN ? copysignf(0.0F, single) : isinf(single) ? copysignf(FLT_MAX, single) : single;
    return isinf(x) ? copysign(DBL_MAX, x) : x;
}

static inline element integer_of(int64_t value, bool is_weak)
{
    return (element){.is_weak = is_weak, .is_integer = true, .integer = value, .real = (double)value};
}

static inline element real_of(double value, bool is_weak)
{
    return (element){.is_weak = is_weak, .real = value};
}

static inline double float_of(const interpreter *in, element x)
{
    return x.is_integer && in->is_single ? (double)(float)x.integer : in_precision(in, x.real);
}

static inline int64_t difference(int64_t a, int64_t b)
{
    if (b < 0 && a > INT64_MAX + b)
        return INT64_MAX;
    return a - b;
}

static inline double multiplied_out(const interpreter *in, double x, int64_t power)
{
    double product = 1.0;
    for (; power > 0; power >>= 1) {
        if (power & 1)
            product = in->is_single ? (double)((float)product * (float)x) : product * x;
        x = in->is_single ? (double)((float)x * (float)x) : x * x;
    }
    return product;
}

static inline double of_floats(const interpreter *in, tempo_operation operation, double a, double b)
{
    const float x = (float)a, y = (float)b;
    switch (operation) {
    case TEMPO_ADD:
        return in->is_single ? (double)(x + y) : a + b;
    case TEMPO_SUBTRACT:
        return in->is_single ? (double)(x - y) : a - b;
    case TEMPO_MULTIPLY:
        return in->is_single ? (double)(x * y) : a * b;
    case TEMPO_DIVIDE:
        return in->is_single ? (double)(x / y) : a / b;
    case TEMPO_POWER:
        return in->is_single ? (double)powf(x, y) : pow(a, b);
    case TEMPO_MINIMUM:
        return a < b ? a : b;
    case TEMPO_MAXIMUM:
        return a > b ? a : b;
    default:
        fail_msg("operation %d of floats", (int)operation);
        return NAN;
    }
}

static inline int64_t of_integers(tempo_operation operation, int64_t a, int64_t b)
{
    switch (operation) {
    case TEMPO_ADD:
        return a + b;
    case TEMPO_SUBTRACT:
        return difference(a, b);
    case TEMPO_MULTIPLY:
        return a * b;
    case TEMPO_FLOOR_DIVIDE:
        return a / b;
    case TEMPO_MINIMUM:
        return a < b ? a : b;
    case TEMPO_MAXIMUM:
        return a > b ? a : b;
    case TEMPO_AND:
        return a && b;
    default:
        fail_msg("operation %d of integers", (int)operation);
        return 0;
    }
}

static inline element of_two(const interpreter *in, tempo_operation operation, element a, element b)
{
    const bool is_weak = a.is_weak && b.is_weak;
    const bool is_comparison = operation == TEMPO_LESS || operation == TEMPO_LESS_EQUAL;
    if (a.is_integer && b.is_integer && operation != TEMPO_DIVIDE && operation != TEMPO_POWER) {
        if (is_comparison)
            return integer_of(operation == TEMPO_LESS ? a.integer < b.integer : a.integer <= b.integer, is_weak);
        return integer_of(of_integers(operation, a.integer, b.integer), is_weak);
    }
    if (is_weak)
        return real_of(of_floats(&(interpreter){.is_single = false}, operation, a.real, b.real), true);
    const double x = float_of(in, a), y = float_of(in, b);
    if (is_comparison)
        return integer_of(operation == TEMPO_LESS ? x < y : x <= y, false);
    if (operation == TEMPO_POWER && b.is_weak && b.is_integer)
        return real_of(in_precision(in, multiplied_out(in, x, b.integer)), false);
    return real_of(in_precision(in, of_floats(in, operation, x, y)), false);
}

static inline element of_one(const interpreter *in, tempo_operation operation, element a)
{
    const double x = float_of(in, a);
    switch (operation) {
    case TEMPO_FLOAT:
        return a.is_weak ? real_of(a.real, true) : a;
    case TEMPO_SIGN:
        return integer_of((a.integer > 0) - (a.integer < 0), a.is_weak);
    case TEMPO_FLOOR:
        return real_of(floor(x), false);
    case TEMPO_COS:
        return real_of(in->is_single ? (double)cosf((float)x) : cos(x), false);
    default:
        fail_msg("operation %d of one number", (int)operation);
        return a;
    }
}

static inline element either(const interpreter *in, element condition, element a, element b)
{
    const element chosen = condition.integer ? a : b;
    if (a.is_integer && b.is_integer)
        return integer_of(chosen.integer, false);
    return real_of(float_of(in, chosen), false);
}

/* --- vectors --- */

/* In XLA's order. */
static inline void run_products(const interpreter *in, element *v, size_t count)
{
    enum { BLOCK = 16 };
    element products[ELEMENTS_MAX / BLOCK + 1];
    for (size_t i = 0; i < count; i++)
        if (i % BLOCK)
            v[i] = of_two(in, TEMPO_MULTIPLY, v[i], v[i - 1]);
    const size_t full = count ? (count - 1) / BLOCK : 0;
    for (size_t b = 0; b < full; b++)
        products[b] = v[b * BLOCK + BLOCK - 1];
    if (full)
        run_products(in, products, full);
    for (size_t i = BLOCK; i < count; i++)
        v[i] = of_two(in, TEMPO_MULTIPLY, v[i], products[i / BLOCK - 1]);
}

static inline void stack(const interpreter *in, const tempo_node *node, const result *results, result *out)
{
    bool all_integers = true;
    *out = (result){.is_vector = true, .count = node->operand_count};
    assert_true(out->count <= ELEMENTS_MAX);
    for (size_t i = 0; i < out->count; i++) {
        out->elements[i] = results[node->operands[i]].elements[0];
        all_integers = all_integers && out->elements[i].is_integer;
    }
    for (size_t i = 0; i < out->count; i++)
        out->elements[i] =
            all_integers ? integer_of(out->elements[i].integer, false) : real_of(float_of(in, out->elements[i]), false);
}

static inline element dot(const interpreter *in, const result *a, const result *b)
{
    element sum = real_of(0.0, false);
    for (size_t i = 0; i < a->count; i++)
        sum = of_two(in, TEMPO_ADD, sum, of_two(in, TEMPO_MULTIPLY, a->elements[i], b->elements[i]));
    return sum;
}

/* A number goes with every element of a vector. */
static inline void elementwise(const interpreter *in, const tempo_node *node, const result *const *a, result *out)
{
    *out = (result){.count = 1};
    for (size_t i = 0; i < node->operand_count; i++)
        if (a[i]->is_vector)
            *out = (result){.is_vector = true, .count = a[i]->count};
    for (size_t i = 0; i < out->count; i++) {
        element e[3];
        for (size_t k = 0; k < node->operand_count; k++)
            e[k] = a[k]->elements[a[k]->is_vector ? i : 0];
        if (node->operation == TEMPO_WHERE)
            out->elements[i] = either(in, e[0], e[1], e[2]);
        else if (node->operation == TEMPO_CLIP)
            out->elements[i] = of_two(in, TEMPO_MINIMUM, e[2], of_two(in, TEMPO_MAXIMUM, e[1], e[0]));
        else if (node->operand_count == 2)
            out->elements[i] = of_two(in, node->operation, e[0], e[1]);
        else
            out->elements[i] = of_one(in, node->operation, e[0]);
    }
}

/* --- expressions --- */

static inline element constant_of(const tempo_node *node)
{
    return node->is_integer ? integer_of(node->integer, true) : real_of(node->real, true);
}

static inline void perform(const interpreter *in, const tempo_node *node, const result *results, result *out)
{
    const result *a[3] = {NULL};
    for (size_t i = 0; i < node->operand_count && i < 3; i++)
        a[i] = &results[node->operands[i]];
    *out = (result){.count = 1};
    switch (node->operation) {
    case TEMPO_STEP:
        out->elements[0] = integer_of(in->is_single && in->step > INT32_MAX ? INT32_MAX : in->step, false);
        break;
    case TEMPO_CONSTANT:
        out->elements[0] = constant_of(node);
        break;
    case TEMPO_CALL:
        assert_non_null(in->call);
        out->elements[0] = real_of(in_precision(in, in->call(node->name, a[0]->elements[0].integer)), false);
        break;
    case TEMPO_STACK:
        stack(in, node, results, out);
        break;
    case TEMPO_CUMULATIVE_PRODUCT:
        *out = *a[0];
        run_products(in, out->elements, out->count);
        break;
    case TEMPO_BUT_FIRST:
    case TEMPO_BUT_LAST:
        *out = *a[0];
        out->count--;
        if (node->operation == TEMPO_BUT_FIRST)
            memmove(out->elements, out->elements + 1, out->count * sizeof *out->elements);
        break;
    case TEMPO_LAST:
        out->elements[0] = a[0]->elements[a[0]->count - 1];
        break;
    case TEMPO_DOT:
        out->elements[0] = dot(in, a[0], a[1]);
        break;
    default:
        elementwise(in, node, a, out);
    }
}

/* The value after `in->step` batches. */
static inline double interpret(const tempo_expression *expression, const interpreter *in)
{
    const size_t count = tempo_expression_count(expression);
    result *results = calloc(count, sizeof *results);
    assert_non_null(results);
    for (size_t i = 0; i < count; i++)
        perform(in, tempo_expression_node(expression, i), results, &results[i]);
    const element value = results[count - 1].elements[0];
    assert_false(results[count - 1].is_vector);
    free(results);
    return value.is_weak ? (in->is_single ? (double)(float)value.real : value.real) : float_of(in, value);
}

#endif
