/* command.c: the command `tempo` as a function: python -m tempo. */
#include "module.h"

#include "cli/cli.h"

/* The arguments as the system has them, in an array (PyMem_Free() it) of pointers into a list of bytes. */
static char **arguments_of(PyObject *argv, PyObject *owners, Py_ssize_t *count)
{
    PyObject *all = PySequence_Tuple(argv);
    *count = all ? PyTuple_Size(all) : 0;
    char **arguments = all ? PyMem_Calloc((size_t)*count + 1, sizeof *arguments) : NULL;
    if (all && !arguments)
        PyErr_NoMemory();
    bool fine = arguments;
    for (Py_ssize_t i = 0; fine && i < *count; i++) {
        PyObject *bytes = NULL;
        fine = PyUnicode_FSConverter(PyTuple_GetItem(all, i), &bytes) && PyList_Append(owners, bytes) == 0;
        arguments[i] = fine ? PyBytes_AsString(bytes) : NULL;
        Py_XDECREF(bytes);
    }
    Py_XDECREF(all);
    if (fine)
        return arguments;
    PyMem_Free(arguments);
    return NULL;
}

PyObject *tempopy_main(PyObject *module, PyObject *argv)
{
    (void)module;
    PyObject *owners = PyList_New(0);
    Py_ssize_t count = 0;
    char **arguments = owners ? arguments_of(argv, owners, &count) : NULL;
    int status = CLI_BAD;
    if (arguments && count > INT_MAX)
        PyErr_SetString(PyExc_OverflowError, "there are too many arguments");
    else if (arguments) {
        Py_BEGIN_ALLOW_THREADS;
        status = cli_main((int)count, arguments);
        Py_END_ALLOW_THREADS;
    }
    PyMem_Free(arguments);
    Py_XDECREF(owners);
    return PyErr_Occurred() ? NULL : PyLong_FromLong(status);
}
