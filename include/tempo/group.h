/* tempo/group.h: an optimizer's parameter groups and the named numbers in them. */
#ifndef TEMPO_GROUP_H
#define TEMPO_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include <tempo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One named number of a group. Either pointer may be set, to the caller's own number:
 * tempo_plan_apply() writes there. With both NULL the field is only computed. */
typedef struct tempo_field {
    const char *name; /* "lr", "weight_decay", "momentum", ...: [A-Za-z_][A-Za-z0-9_]*, and "betas[0]"
                         for an element of a list                                           */
    double base;      /* what the schedules multiply or start from; finite              */
    float *as_float;
    double *as_double;
} tempo_field;

/* One parameter group. Plain data, owned by the caller. */
typedef struct tempo_group {
    const char *name; /* NULL or "" for the only group of an optimizer that has just one */
    tempo_field *fields;
    size_t field_count;
    bool fixed; /* no schedule is meant for it: one that names no groups passes it by */
} tempo_group;

#ifdef __cplusplus
}
#endif

#endif
