/* tempo/updater.h: one field of every group, moved on after each update by a function of yours.
 *
 * Source: pytorch-accelerated 0.1.61, pytorch_accelerated/schedulers/scheduler_base.py:
 *
 *   SchedulerBase           tempo_updater_update(): you say how many updates there were
 *   StatefulSchedulerBase   tempo_updater_step(): the updater counts them
 *   get_updated_values()    the rule's `answer`
 *
 * A schedule is a function of time; this is for what is not, such as a factor on whatever the number is by now.
 */
#ifndef TEMPO_UPDATER_H
#define TEMPO_UPDATER_H

#include <stddef.h>
#include <stdint.h>

#include <tempo/allocator.h>
#include <tempo/error.h>
#include <tempo/group.h>
#include <tempo/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a rule sees of one update. The arrays have a number for each group, and live during the call. */
typedef struct tempo_update {
    int64_t num_updates; /* as counted, or as given */
    size_t group_count;
    const double *current; /* what the field holds now, whoever wrote it */
    const double *base;
} tempo_update;

/* What a rule answers beside a number of groups. */
#define TEMPO_UNCHANGED ((size_t)0)  /* every group keeps what it has */
#define TEMPO_ONE_VALUE ((size_t)-1) /* values[0] is for every group  */

/* How a field moves. Plain data; `answer` must not be NULL. */
typedef struct tempo_update_rule {
    const char *field; /* param_group_field; NULL: "lr" */
    /* Puts new values, all finite, into `values`, which has room for one per group, and returns how many: they are
     * for the first groups, and the others keep theirs. Or one of the two above. */
    size_t (*answer)(const tempo_update *update, double *values, void *data);
    void *data; /* for `answer`; must live as long as the updater */
} tempo_update_rule;

/* Belongs to one thread. */
typedef struct tempo_updater tempo_updater;

/* An updater over groups that all have the rule's field. It writes the field's base into the number that it points to,
 * whatever was there. The pointers are kept: the numbers must live as long as the updater. One that is only a float
 * counts as the double that was written, for as long as it holds that rounded; one without a pointer is kept here.
 * Errors: UNKNOWN_NAME (a group without the field: error->path tells which), BAD_VALUE (no group; a base that is not
 * finite, or not as a float), NO_MEMORY. Nothing is written then. Cost: O(groups and their fields). */
TEMPO_API tempo_status tempo_updater_new(tempo_updater **out, const tempo_group *groups, size_t group_count,
                                         const tempo_update_rule *rule, const tempo_allocator *allocator,
                                         tempo_error *error);
TEMPO_API void tempo_updater_free(tempo_updater *updater);

/* Asks the rule for `num_updates`, any number, and writes what it answers; the count of steps stays.
 * Errors: BAD_VALUE (a value that is not finite, or not as a float; more values than groups). Nothing is written then.
 * Cost: O(groups), and that of the rule; no allocation. */
TEMPO_API tempo_status tempo_updater_update(tempo_updater *updater, int64_t num_updates, tempo_error *error);

/* The same for the next number of updates, to be called after each: the first call asks for 0, as upstream does, so the
 * rule is one update behind. Errors: as above, and OUT_OF_RANGE after 2^63-1; the count stays then. */
TEMPO_API tempo_status tempo_updater_step(tempo_updater *updater, tempo_error *error);

/* What the latest step asked for; -1 before the first one. */
TEMPO_API int64_t tempo_updater_num_updates(const tempo_updater *updater);

/* What the field of a group holds now. `group` < the number of groups. */
TEMPO_API double tempo_updater_value(const tempo_updater *updater, size_t group);

/* Adds the state, a map, to `tree` under `parent` (see tempo_tree_add): version, param_group_field, num_updates,
 * base_lr_values (of whatever field; it is upstream's name) and values. What a rule has to remember may be added to the
 * map. NULL when memory is out. */
TEMPO_API tempo_value *tempo_updater_save(const tempo_updater *updater, tempo_tree *tree, tempo_value *parent,
                                          const char *key);

/* Sets count, bases and values to those of such a map, and writes the values; the rule is not asked, and other keys are
 * not looked at. Errors: MISSING, BAD_TYPE, BAD_VALUE, UNKNOWN_NAME (a newer version), CONFLICT (another field, or
 * another number of groups), with path and place. Nothing is changed then. */
TEMPO_API tempo_status tempo_updater_load(tempo_updater *updater, const tempo_value *saved, tempo_error *error);

#ifdef __cplusplus
}
#endif

#endif
