/* tempo/schedule.h: schedules as plain data: types with their parameters, stacked.
 *
 * The one-line form:   TYPE key=value key=value * TYPE key=value
 *
 *   value    a scalar (10ep, 0.1, true, null), "quoted text" with JSON's escapes, [a, b], {k: v},
 *            or a nested schedule in parentheses: (TYPE key=value)
 *   ` * `    stacks: each schedule receives the previous one's value as its base
 *   keys     the type's parameters, and for every type: field (default lr), groups (default: all
 *            groups that have the field); for a type that counts steps also every, the time of one
 *            step (default: what its system counts)
 */
#ifndef TEMPO_SCHEDULE_H
#define TEMPO_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include <tempo/allocator.h>
#include <tempo/error.h>
#include <tempo/registry.h>
#include <tempo/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One or more schedules, in order. Immutable: any number of threads may share it. */
typedef struct tempo_schedule tempo_schedule;

/* Reads the one-line form. Errors: BAD_SYNTAX, UNKNOWN_NAME, MISSING, BAD_TYPE, BAD_VALUE,
 * OUT_OF_RANGE, TOO_LARGE, NO_MEMORY, with line, column, length and the path "schedules[i].KEY". */
TEMPO_API tempo_status tempo_schedule_parse(tempo_schedule **out, const char *text, const tempo_allocator *allocator,
                                            tempo_error *error);

/* The same from data: a map {type: ..., KEY: ...}, or a list of such maps; at least one. Places in
 * errors are those of the values. */
TEMPO_API tempo_status tempo_schedule_from_value(tempo_schedule **out, const tempo_value *value,
                                                 const tempo_allocator *allocator, tempo_error *error);

/* Reads the one-line form into data, without looking at the types: adds a list of maps to `tree` under
 * `parent` (see tempo_tree_add), with the places in `text`. Errors: BAD_SYNTAX, TOO_LARGE, NO_MEMORY. */
TEMPO_API tempo_status tempo_schedule_read(tempo_tree *tree, tempo_value *parent, const char *key, const char *text,
                                           tempo_error *error);

/* Adds the schedules, as a list of maps, to `tree` under `parent` (see tempo_tree_add). Only what was
 * given is written, not the defaults. NULL when memory is out. */
TEMPO_API tempo_value *tempo_schedule_to_value(const tempo_schedule *schedule, tempo_tree *tree, tempo_value *parent,
                                               const char *key);

/* Writes the one-line form, which reads back to an equal schedule. Like snprintf: at most `capacity`
 * bytes with the NUL (`buffer` may be NULL if capacity is 0); returns the whole length without it. */
TEMPO_API size_t tempo_schedule_print(char *buffer, size_t capacity, const tempo_schedule *schedule);

/* A number that tells schedules apart, the same on every platform and in every version: of what was given, by its
 * meaning (1e-3 is 0.001, and the order of keys does not matter). Not cryptographic. */
TEMPO_API uint64_t tempo_schedule_hash(const tempo_schedule *schedule);

/* How many schedules are stacked, and the type of each. NULL past the end. */
TEMPO_API size_t tempo_schedule_count(const tempo_schedule *schedule);
TEMPO_API const tempo_type *tempo_schedule_type(const tempo_schedule *schedule, size_t index);

/* The field a schedule drives, and the groups it is limited to (borrowed). group_count 0: every
 * group that has the field. */
TEMPO_API const char *tempo_schedule_field(const tempo_schedule *schedule, size_t index);
TEMPO_API size_t tempo_schedule_group_count(const tempo_schedule *schedule, size_t index);
TEMPO_API const char *tempo_schedule_group(const tempo_schedule *schedule, size_t index, size_t group);

TEMPO_API void tempo_schedule_free(tempo_schedule *schedule);

#ifdef __cplusplus
}
#endif

#endif
