/* schedule/nested.h: schedules inside a schedule: bound along with it, and evaluated at a step of its choosing. */
#ifndef TEMPO_SCHEDULE_NESTED_H
#define TEMPO_SCHEDULE_NESTED_H

#include "schedule/type.h"

/* One schedule of a SCHEDULE_LIST, bound. It counts steps of its own, whatever a step of the one around
 * it is: to it, each is a batch. */
typedef struct tempo__nested {
    double (*value)(const void *prepared, const tempo_timestamp *now, double base);
    int64_t (*joint)(const void *prepared, const tempo__facts *facts, int64_t batch);
    double (*next)(const void *prepared, int64_t step, double base, double previous); /* NULL: its value */
    const void *prepared;
    int64_t undefined_from; /* first of its own steps without a value; 0: it always has one */
} tempo__nested;

/* Binds the schedules of a parameter, in their order. Errors: CONFLICT (one does not count steps), and
 * whatever their types refuse, with the path of the nested parameter. */
tempo_status tempo__bind_nested(tempo__binding *binding, size_t parameter, tempo__nested **out);

/* Its value from `base` after `step` (>= 0) steps of its own. */
static inline double tempo__nested_value(const tempo__nested *nested, int64_t step, double base)
{
    const tempo_timestamp now = {.batch = step};
    return nested->value(nested->prepared, &now, base);
}

/* Its value after `step` steps of its own from the one before, as its own step() computes it. */
static inline double tempo__nested_next(const tempo__nested *nested, int64_t step, double base, double previous)
{
    return nested->next ? nested->next(nested->prepared, step, base, previous)
                        : tempo__nested_value(nested, step, base);
}

/* The first of its own steps after `step` (>= -1) with a jump or a corner, or -1. */
static inline int64_t tempo__nested_joint(const tempo__nested *nested, const tempo__facts *facts, int64_t step)
{
    return nested->joint ? nested->joint(nested->prepared, facts, step) : -1;
}

#endif
