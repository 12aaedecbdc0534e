/* queries.c: what the drop-ins ask of a bound schedule beside its values: functions of the module. */
#include "module.h"

#include <tempo/timm.h>
#include <tempo/wsd.h>

/* The plan and, where one is given, its track; NULL with an exception. */
static const tempo_plan *plan_and_track(PyObject *object, PyObject *track, size_t *index)
{
    const tempo_plan *plan = tempopy_plan_of(object);
    *index = 0;
    return plan && (!track || tempopy_plan_track(plan, track, index)) ? plan : NULL;
}

static PyObject *period_object(const tempo_wsd_period *period)
{
    return Py_BuildValue("{sLsLsLsL}", "period_start", (long long)period->period_start, "period_end",
                         (long long)period->period_end, "decay_steps", (long long)period->decay_steps, "pre_decay_step",
                         (long long)period->pre_decay_step);
}

/* Takes the reference. */
static bool append(PyObject *list, PyObject *item)
{
    const bool appended = item && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return appended;
}

PyObject *tempopy_wsd(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *object = NULL, *track = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_wsd wsd;
    size_t index = 0;
    if (!PyArg_ParseTuple(args, "O|O:wsd", &object, &track))
        return NULL;
    const tempo_plan *plan = plan_and_track(object, track, &index);
    if (!plan)
        return NULL;
    const tempo_status status = tempo_wsd_read(&wsd, plan, index, &error);
    if (status)
        return tempopy_raise(status, &error);
    PyObject *periods = PyList_New(0);
    for (size_t i = 0; periods && i < wsd.period_count; i++)
        if (!append(periods, period_object(&wsd.periods[i])))
            Py_CLEAR(periods);
    return periods ? Py_BuildValue("(LN)", (long long)wsd.warmup_steps, periods) : NULL;
}

PyObject *tempopy_wsd_checkpoints(PyObject *module, PyObject *args)
{
    (void)module;
    long long total = 0, wanted = 0;
    int64_t steps[TEMPO_WSD_PERIODS_MAX];
    if (!PyArg_ParseTuple(args, "LL:wsd_checkpoints", &total, &wanted))
        return NULL;
    const size_t count = tempo_wsd_estimate_checkpoints(total, wanted, steps);
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < count; i++)
        if (!append(list, PyLong_FromLongLong(steps[i])))
            Py_CLEAR(list);
    return list;
}

PyObject *tempopy_timm_cycle_length(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *object = NULL, *track = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    long long cycles = 0;
    int64_t length = 0;
    size_t index = 0;
    if (!PyArg_ParseTuple(args, "O|LO:timm_cycle_length", &object, &cycles, &track))
        return NULL;
    const tempo_plan *plan = plan_and_track(object, track, &index);
    if (!plan)
        return NULL;
    const tempo_status status = tempo_timm_cycle_length(&length, plan, index, cycles, &error);
    return status ? tempopy_raise(status, &error) : PyLong_FromLongLong(length);
}
