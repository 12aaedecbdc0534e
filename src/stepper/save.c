/* save.c: the state of a stepper as plain values, and back. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "schedule/hash.h"
#include "stepper/difference.h"
#include "stepper/internal.h"

enum { FORMAT_VERSION = 1, HASH_MAX = 17 };

static const struct {
    const char *name;
    size_t offset;
} counters[] = {
#define COUNTER(name, reset) {#name, offsetof(tempo_timestamp, name)},
    TEMPO_TIMESTAMP_LIST(COUNTER)
#undef COUNTER
};

enum { COUNTER_COUNT = sizeof counters / sizeof counters[0] };

static void print_hash(char text[HASH_MAX], const tempo_value *schedules)
{
    (void)snprintf(text, HASH_MAX, "%016" PRIx64, tempo__value_hash(schedules));
}

/* --- save --- */

/* JSON has no infinities. */
static bool add_number(tempo_tree *tree, tempo_value *parent, const char *key, double number)
{
    char text[TEMPO__NUMBER_MAX];
    if (isfinite(number))
        return tempo_tree_add_real(tree, parent, key, number) != NULL;
    return tempo_tree_add_text(tree, parent, key, text, tempo__number_print(text, number)) != NULL;
}

static bool save_time(const tempo_stepper *stepper, tempo_tree *tree, tempo_value *state)
{
    tempo_value *map = tempo_tree_add(tree, state, "timestamp", strlen("timestamp"), TEMPO_VALUE_MAP);
    for (size_t i = 0; map && i < COUNTER_COUNT; i++)
        if (!tempo_tree_add_integer(tree, map, counters[i].name, tempo__counter_at(&stepper->now, counters[i].offset)))
            return false;
    return map != NULL;
}

/* The name of the `index`th number that a schedule of the type remembers. */
static const char *memory_name(const tempo_type *type, size_t index)
{
    return index == 0 ? "value" : type->memory[index - 1];
}

static bool save_memory(const tempo_stepper *stepper, const tempo__slot *slot, tempo_tree *tree, tempo_value *parent)
{
    const double *memory = stepper->setup.memory + slot->memory;
    tempo_value *list = tempo_tree_add(tree, parent, "memory", strlen("memory"), TEMPO_VALUE_LIST);
    for (size_t s = 0; list && s < slot->track->stack_count; s++) {
        const tempo_type *type = slot->track->stack[s].type;
        tempo_value *map = tempo_tree_add(tree, list, NULL, 0, TEMPO_VALUE_MAP);
        for (size_t i = 0; i < tempo__memory_of(type); i++)
            if (!map || !add_number(tree, map, memory_name(type, i), *memory++))
                return false;
        if (!map)
            return false;
    }
    return list != NULL;
}

static bool save_track(const tempo_stepper *stepper, size_t index, tempo_tree *tree, tempo_value *list)
{
    const tempo__slot *slot = &stepper->setup.slots[index];
    const tempo_track *seen = &slot->track->seen;
    tempo_value *map = tempo_tree_add(tree, list, NULL, 0, TEMPO_VALUE_MAP);
    return map && tempo_tree_add_text(tree, map, "group", seen->group, strlen(seen->group)) &&
           tempo_tree_add_text(tree, map, "field", seen->field, strlen(seen->field)) &&
           tempo_tree_add_real(tree, map, "base", seen->base) &&
           tempo_tree_add_real(tree, map, "value", stepper->setup.values[index]) &&
           save_memory(stepper, slot, tree, map);
}

tempo_value *tempo_stepper_save(const tempo_stepper *stepper, tempo_tree *tree, tempo_value *parent, const char *key)
{
    tempo_value *state = tempo_tree_add(tree, parent, key, key ? strlen(key) : 0, TEMPO_VALUE_MAP);
    if (!state || !tempo_tree_add_integer(tree, state, "tempo_stepper", FORMAT_VERSION) ||
        !save_time(stepper, tree, state))
        return NULL;
    const tempo_value *schedules = tempo_schedule_to_value(stepper->setup.schedule, tree, state, "schedules");
    char hash[HASH_MAX];
    if (!schedules)
        return NULL;
    print_hash(hash, schedules);
    if (!tempo_tree_add_text(tree, state, "hash", hash, strlen(hash)))
        return NULL;
    tempo_value *list = tempo_tree_add(tree, state, "tracks", strlen("tracks"), TEMPO_VALUE_LIST);
    for (size_t i = 0; list && i < stepper->setup.plan->track_count; i++)
        if (!save_track(stepper, i, tree, list))
            return NULL;
    return list ? state : NULL;
}

/* --- what was saved --- */

/* A state that is being loaded. */
typedef struct loading {
    const tempo_stepper *stepper;
    const tempo_value *schedules, *tracks;
    tempo_timestamp now;
    tempo_error *error;
} loading;

static tempo_status blame(const loading *l, tempo_status status, const char *path, const tempo_value *value)
{
    tempo__blame(l->error, "%s", path);
    if (value)
        tempo__locate(l->error, value->place.line, value->place.column, value->place.length);
    return status;
}

static tempo_status fail_kind(const loading *l, const char *path, const char *wanted, const tempo_value *value)
{
    if (!value)
        tempo__fail(l->error, TEMPO_MISSING, "the saved state has no %s", path);
    else
        tempo__fail(l->error, TEMPO_BAD_TYPE, "%s of the saved state must be %s, not %s", path, wanted,
                    tempo_value_kind_text(value->kind));
    return blame(l, value ? TEMPO_BAD_TYPE : TEMPO_MISSING, path, value);
}

static tempo_status take_member(const loading *l, const tempo_value *map, const char *key, tempo_value_kind kind,
                                const char *wanted, const tempo_value **out)
{
    *out = tempo_value_member(map, key);
    return *out && (*out)->kind == kind ? TEMPO_OK : fail_kind(l, key, wanted, *out);
}

/* A real or integer, or the text of one that is not finite. */
static tempo_status take_number(const loading *l, const tempo_value *map, const char *key, double *out)
{
    const tempo_value *value = tempo_value_member(map, key);
    if (value && value->kind == TEMPO_VALUE_TEXT && tempo__number_parse(out, value->text, value->text_length, true))
        return TEMPO_OK;
    if (!value || (value->kind != TEMPO_VALUE_REAL && value->kind != TEMPO_VALUE_INTEGER))
        return fail_kind(l, key, "a number", value);
    *out = value->real;
    return TEMPO_OK;
}

static tempo_status take_finite(const loading *l, const tempo_value *map, const char *key, double *out)
{
    const tempo_status status = take_number(l, map, key, out);
    if (status || isfinite(*out))
        return status;
    tempo__fail(l->error, TEMPO_BAD_VALUE, "%s of the saved state must be finite", key);
    return blame(l, TEMPO_BAD_VALUE, key, tempo_value_member(map, key));
}

static tempo_status check_version(const loading *l, const tempo_value *saved)
{
    const tempo_value *version = NULL;
    if (saved->kind != TEMPO_VALUE_MAP)
        return fail_kind(l, "tempo_stepper", "in a map", saved);
    const tempo_status status = take_member(l, saved, "tempo_stepper", TEMPO_VALUE_INTEGER, "a version", &version);
    if (status || version->integer == FORMAT_VERSION)
        return status;
    tempo__fail(l->error, TEMPO_BAD_VALUE, "the saved state is of version %" PRId64 ", but this library reads %d",
                version->integer, FORMAT_VERSION);
    tempo__advise(l->error, "use the version of the library that saved it, or a newer one (this is %s)", TEMPO_VERSION);
    return blame(l, TEMPO_BAD_VALUE, "tempo_stepper", version);
}

static tempo_status take_time(loading *l, const tempo_value *saved)
{
    const tempo_value *map = NULL, *count = NULL;
    tempo_status status = take_member(l, saved, "timestamp", TEMPO_VALUE_MAP, "a map", &map);
    for (size_t i = 0; !status && i < COUNTER_COUNT; i++) {
        status = take_member(l, map, counters[i].name, TEMPO_VALUE_INTEGER, "a whole number", &count);
        if (!status && count->integer < 0) {
            tempo__fail(l->error, TEMPO_BAD_VALUE, "%s of the saved state is %" PRId64 ", but must be >= 0",
                        counters[i].name, count->integer);
            status = blame(l, TEMPO_BAD_VALUE, "timestamp", count);
        }
        if (!status)
            *(int64_t *)(void *)((char *)&l->now + counters[i].offset) = count->integer;
    }
    return status;
}

/* The hash tells a state that was edited or damaged from one that was saved. */
static tempo_status take_schedules(loading *l, const tempo_value *saved)
{
    const tempo_value *hash = NULL;
    char computed[HASH_MAX];
    tempo_status status = take_member(l, saved, "schedules", TEMPO_VALUE_LIST, "a list", &l->schedules);
    if (!status)
        status = take_member(l, saved, "hash", TEMPO_VALUE_TEXT, "text", &hash);
    if (!status)
        status = take_member(l, saved, "tracks", TEMPO_VALUE_LIST, "a list", &l->tracks);
    if (status)
        return status;
    print_hash(computed, l->schedules);
    if (strcmp(hash->text, computed) == 0)
        return TEMPO_OK;
    tempo__fail(l->error, TEMPO_BAD_VALUE, "the saved schedules have the hash %s, not %s as they were saved", computed,
                hash->text);
    tempo__advise(l->error, "the state was changed or damaged after it was saved");
    return blame(l, TEMPO_BAD_VALUE, "hash", hash);
}

static bool is_text(const tempo_value *value, const char *text)
{
    return value && value->kind == TEMPO_VALUE_TEXT && strcmp(value->text, text) == 0;
}

static bool is_track(const tempo_value *track, const tempo_track *seen)
{
    return is_text(tempo_value_member(track, "group"), seen->group) &&
           is_text(tempo_value_member(track, "field"), seen->field);
}

/* `*next` is looked at first, and becomes the one behind what is found: tracks mostly stand in the same order. */
static const tempo_value *find_track(const tempo_value *tracks, const tempo_track *seen, const tempo_value **next)
{
    const tempo_value *track = *next && is_track(*next, seen) ? *next : tracks->first;
    while (track && !is_track(track, seen))
        track = track->next;
    if (track)
        *next = track->next;
    return track;
}

/* --- what differs --- */

static tempo_status compare_tracks(const loading *l, tempo__differences *d)
{
    const tempo_plan *plan = l->stepper->setup.plan;
    const tempo_value *next = l->tracks->first;
    size_t found = 0;
    for (size_t i = 0; i < plan->track_count; i++) {
        const tempo_track *seen = &plan->tracks[i].seen;
        const tempo_value *track = find_track(l->tracks, seen, &next);
        char here[TEMPO__NUMBER_MAX], there[TEMPO__NUMBER_MAX];
        double base = seen->base;
        const tempo_status status = track ? take_finite(l, track, "base", &base) : TEMPO_OK;
        if (status)
            return status;
        found += track != NULL;
        tempo__number_print(here, seen->base);
        tempo__number_print(there, base);
        if (!track)
            tempo__differ(d, "%s of group '%s' is not in the saved state", seen->field, seen->group);
        else if (base != seen->base)
            tempo__differ(d, "base of %s%s%s: %s here, %s saved", seen->group, *seen->group ? "." : "", seen->field,
                          here, there);
    }
    if (found < l->tracks->count)
        tempo__differ(d, "%zu more fields are in the saved state", l->tracks->count - found);
    return TEMPO_OK;
}

static tempo_status find_differences(const loading *l, tempo__differences *d)
{
    tempo_tree *tree = NULL;
    if (tempo_tree_new(&tree, &l->stepper->allocator))
        return tempo__out_of_memory(l->error);
    const tempo_value *here = tempo_schedule_to_value(l->stepper->setup.schedule, tree, NULL, NULL);
    if (here)
        tempo__compare_schedules(d, here, l->schedules);
    tempo_tree_free(tree);
    return here ? compare_tracks(l, d) : tempo__out_of_memory(l->error);
}

static tempo_status refuse(const loading *l, const tempo__differences *d)
{
    if (d->hidden)
        tempo__fail(l->error, TEMPO_CONFLICT, "the saved state differs: %s; and %zu more", d->text, d->hidden);
    else
        tempo__fail(l->error, TEMPO_CONFLICT, "the saved state differs: %s", d->text);
    tempo__advise(l->error, "say which counts: TEMPO_MISMATCH_CONFIG, or TEMPO_MISMATCH_CHECKPOINT");
    return blame(l, TEMPO_CONFLICT, "schedules", l->schedules);
}

/* --- load --- */

/* The groups with the base values that were saved, for a setup with the saved schedules. */
static tempo_status take_bases(const loading *l, const tempo__setup *setup, tempo__arena *scratch, tempo_group **out)
{
    tempo_group *groups = *out = tempo__arena_take(scratch, setup->group_count, sizeof *groups);
    const tempo_value *next = l->tracks->first;
    for (size_t g = 0; groups && g < setup->group_count; g++) {
        groups[g] = setup->groups[g];
        groups[g].fields = tempo__arena_take(scratch, groups[g].field_count, sizeof *groups[g].fields);
        if (!groups[g].fields)
            return tempo__out_of_memory(l->error);
        for (size_t f = 0; f < groups[g].field_count; f++) {
            tempo_field *field = &groups[g].fields[f];
            *field = setup->groups[g].fields[f];
            const tempo_track seen = {.group = groups[g].name, .field = field->name};
            const tempo_value *track = find_track(l->tracks, &seen, &next);
            const tempo_status status = track ? take_finite(l, track, "base", &field->base) : TEMPO_OK;
            if (status)
                return status;
        }
    }
    return groups ? TEMPO_OK : tempo__out_of_memory(l->error);
}

static tempo_status take_slot(const loading *l, const tempo__setup *setup, size_t index, const tempo_value **next)
{
    const tempo__slot *slot = &setup->slots[index];
    const tempo_track *seen = &slot->track->seen;
    const tempo_value *track = find_track(l->tracks, seen, next), *list = NULL;
    if (!track) {
        tempo__fail(l->error, TEMPO_CONFLICT, "%s of group '%s' is not in the saved state", seen->field, seen->group);
        tempo__advise(l->error, "load it into the groups that it was saved from, and add others afterwards");
        return blame(l, TEMPO_CONFLICT, "tracks", l->tracks);
    }
    double *memory = setup->memory + slot->memory;
    tempo_status status = take_finite(l, track, "value", &setup->values[index]);
    if (!status)
        status = take_member(l, track, "memory", TEMPO_VALUE_LIST, "a list", &list);
    const tempo_value *map = status ? NULL : list->first;
    for (size_t s = 0; !status && s < slot->track->stack_count; s++, map = map ? map->next : NULL) {
        const tempo_type *type = slot->track->stack[s].type;
        for (size_t i = 0; !status && i < tempo__memory_of(type); i++)
            status = take_number(l, map, memory_name(type, i), memory++);
    }
    return status;
}

static tempo_status take_slots(const loading *l, const tempo__setup *setup)
{
    const tempo_value *next = l->tracks->first;
    tempo_status status = TEMPO_OK;
    for (size_t i = 0; !status && i < setup->plan->track_count; i++)
        status = take_slot(l, setup, i, &next);
    return status;
}

/* The setup that the stepper goes over to: with schedules and bases of its own, or with those that were saved. */
static tempo_status set_up(const loading *l, bool saved_ones, tempo__setup *out)
{
    const tempo__setup *setup = &l->stepper->setup;
    const tempo_allocator *allocator = &l->stepper->allocator;
    tempo_group *groups = setup->groups;
    tempo_schedule *schedule = NULL;
    tempo__arena scratch;
    tempo__arena_init(&scratch, allocator);
    tempo_status status = saved_ones ? tempo_schedule_from_value(&schedule, l->schedules, allocator, l->error)
                                     : tempo__schedule_copy(&schedule, setup->schedule, allocator, l->error);
    if (!status && saved_ones)
        status = take_bases(l, setup, &scratch, &groups);
    if (!status)
        status = tempo__setup_new(out, l->stepper, &setup->plan->run, groups, setup->group_count, schedule, l->error);
    if (status)
        tempo_schedule_free(schedule);
    tempo__arena_free(&scratch);
    return status;
}

tempo_status tempo_stepper_load(tempo_stepper *stepper, const tempo_value *saved, tempo_mismatch mismatch,
                                tempo_error *error)
{
    loading l = {.stepper = stepper, .error = error};
    tempo__differences differences = {.count = 0};
    tempo_status status = check_version(&l, saved);
    if (!status)
        status = take_time(&l, saved);
    if (!status)
        status = take_schedules(&l, saved);
    if (!status)
        status = find_differences(&l, &differences);
    if (!status && differences.count && mismatch == TEMPO_MISMATCH_ERROR)
        status = refuse(&l, &differences);
    tempo_stepper next = *stepper;
    if (!status)
        status = set_up(&l, mismatch == TEMPO_MISMATCH_CHECKPOINT, &next.setup);
    if (status)
        return status;
    next.now = l.now;
    if (differences.count && mismatch == TEMPO_MISMATCH_CONFIG)
        status = tempo__join(&next, 0, error);
    else
        status = take_slots(&l, &next.setup);
    if (!status)
        status = tempo__choose_step(&next, error);
    tempo__setup_free(status ? &next.setup : &stepper->setup);
    if (status)
        return status;
    *stepper = next;
    tempo__write(stepper, 0);
    return TEMPO_OK;
}
