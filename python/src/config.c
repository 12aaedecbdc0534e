/* config.c: the configuration class of xlstm-jax's schedules, as dicts. */
#include "module.h"

/* A conversion of plain data into another value, the root of `out`. */
typedef struct conversion {
    const tempo_value *data;
    tempo_tree *out;
    const tempo_config_type *type;       /* NULL: to_dict()'s arguments are converted */
    const tempo_config_options *options; /* of from_dict() */
} conversion;

static tempo_status perform(const conversion *c, tempo_error *error)
{
    if (!c->type)
        return tempo_config_to_dict(c->out, NULL, NULL, tempo_scheduler_config(), c->data, error);
    return tempo_config_from_dict(c->out, NULL, NULL, c->type, c->data, c->options, error);
}

static PyObject *convert(PyObject *data, conversion *c)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *given = NULL;
    PyObject *object = NULL;
    if (tempo_tree_new(&given, &tempopy_allocator))
        return PyErr_NoMemory();
    if (tempo_tree_new(&c->out, &tempopy_allocator)) {
        PyErr_NoMemory();
    } else if (tempopy_value_add(given, NULL, NULL, 0, data, NULL)) {
        c->data = tempo_tree_root(given);
        const tempo_status status = perform(c, &error);
        object = status ? tempopy_raise(status, &error) : tempopy_value_object(tempo_tree_root(c->out));
    }
    tempo_tree_free(c->out);
    tempo_tree_free(given);
    return object;
}

PyObject *tempopy_config_to_dict(PyObject *module, PyObject *arguments)
{
    (void)module;
    return convert(arguments, &(conversion){.type = NULL});
}

PyObject *tempopy_config_from_dict(PyObject *module, PyObject *args, PyObject *kwargs)
{
    (void)module;
    static const char *const names[] = {
        "data", "nullable", "strict_classname_parsing", "ignore_extensive_attributes", "none_to_zero_for_ints", NULL};
    PyObject *data = NULL;
    int nullable = 0, strict = 0, ignore = 1, zero = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|pppp:config_from_dict", (char **)names, &data, &nullable, &strict,
                                     &ignore, &zero))
        return NULL;
    const tempo_config_type type = {.kinds = {TEMPO_CONFIG_CLASS, nullable ? TEMPO_CONFIG_NONE : TEMPO_CONFIG_END},
                                    .of = tempo_scheduler_config()};
    const tempo_config_options options = {
        .strict_classname_parsing = strict, .refuse_extensive_attributes = !ignore, .none_to_zero_for_ints = zero};
    return convert(data, &(conversion){.type = &type, .options = &options});
}
