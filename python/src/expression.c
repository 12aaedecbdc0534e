/* expression.c: a plan's expressions as tuples. */
#include "module.h"

static PyObject *operands_of(const tempo_node *node)
{
    PyObject *operands = PyTuple_New((Py_ssize_t)node->operand_count);
    for (size_t i = 0; operands && i < node->operand_count; i++) {
        PyObject *place = PyLong_FromSize_t(node->operands[i]);
        if (!place || PyTuple_SetItem(operands, (Py_ssize_t)i, place))
            Py_CLEAR(operands);
    }
    return operands;
}

static PyObject *constant_of(const tempo_node *node)
{
    if (node->operation != TEMPO_CONSTANT)
        Py_RETURN_NONE;
    return node->is_integer ? PyLong_FromLongLong(node->integer) : PyFloat_FromDouble(node->real);
}

static PyObject *name_of(const tempo_node *node)
{
    if (!node->name)
        Py_RETURN_NONE;
    return tempopy_str(node->name);
}

static PyStructSequence_Field fields[] = {
    {"operation", "\"add\", \"where\", ...: named after NumPy's functions and Python's operators"},
    {"operands", "places of earlier nodes"},
    {"constant", "the number of a \"constant\", an int or a float; else None"},
    {"name", "of a \"call\" the function's; of a \"constant\" the path of the parameter that it is, or None"},
    {NULL, NULL},
};
PyStructSequence_Desc tempopy_node_tuple = {"tempo.Node", "One operation of an expression.", fields, 4};

PyObject *tempopy_expression(const tempo_plan *plan, size_t track)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_expression *expression = NULL;
    const tempopy_state *state = tempopy_state_get();
    if (!state)
        return NULL;
    const tempo_status status = tempo_plan_expression(plan, track, &expression, &error);
    if (status)
        return tempopy_raise(status, &error);
    const size_t count = tempo_expression_count(expression);
    PyObject *nodes = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; nodes && i < count; i++) {
        const tempo_node *node = tempo_expression_node(expression, i);
        PyObject *items[] = {tempopy_str(tempo_operation_name(node->operation)), operands_of(node), constant_of(node),
                             name_of(node)};
        PyObject *tuple = tempopy_tuple_new(state->node, items, 4);
        if (!tuple || PyTuple_SetItem(nodes, (Py_ssize_t)i, tuple))
            Py_CLEAR(nodes);
    }
    return nodes;
}
