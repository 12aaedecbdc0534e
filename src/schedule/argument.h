/* schedule/argument.h: reading what a schedule says for its parameters. */
#ifndef TEMPO_SCHEDULE_ARGUMENT_H
#define TEMPO_SCHEDULE_ARGUMENT_H

#include "schedule/type.h"

/* What is being read: for errors. */
typedef struct tempo__builder {
    tempo__arena *arena;
    tempo_error *error;
    const char *path; /* of the schedule */
    bool is_nested;   /* it is a parameter of another one */
} tempo__builder;

/* Ends an error that was just filled: adds the path of a key of the schedule (NULL: the schedule itself)
 * and the place. Returns `status`. */
tempo_status tempo__blame_value(const tempo__builder *b, tempo_status status, const char *key,
                                const tempo_place *place);

/* Fails because a value is of another kind than `wanted`: "gamma must be a number, not text". */
tempo_status tempo__fail_kind(const tempo__builder *b, const char *key, const tempo_value *value, const char *wanted);

/* Reads one value into `out`, checked against the kind and range of its parameter. */
tempo_status tempo__read_argument(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *value,
                                  tempo__argument *out);

/* The same for one time, and for a name that is kept. */
tempo_status tempo__read_time(const tempo__builder *b, const tempo_parameter *parameter, const tempo_value *value,
                              tempo_time *out);
tempo_status tempo__read_name(const tempo__builder *b, const char *key, const tempo_value *value, const char **out);

/* Reads one schedule, a map; with `only_type` that is its type, named or not (schedule.c). */
tempo_status tempo__read_entry(const tempo__builder *b, const tempo_value *map, const char *only_type,
                               tempo__entry *entry);

#endif
