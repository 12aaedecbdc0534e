/* attach.c: logs and displays of progress as callbacks of a trainer. */
#include <stdio.h>
#include <string.h>

#include <tempo/log.h>
#include <tempo/progress.h>

#include "trainer/internal.h"

/* A callback to add. */
typedef struct listening {
    tempo_event event;
    int (*call)(tempo_trainer *trainer, const tempo_moment *moment, void *context);
} listening;

enum { LISTENINGS = 3 };

/* Adds all of them or none. */
static tempo_status listen(tempo_trainer *trainer, const listening rows[LISTENINGS], void *context, tempo_error *error)
{
    tempo__listener *const last = trainer->last;
    for (size_t i = 0; i < LISTENINGS; i++) {
        const tempo_callback callback = {.event = rows[i].event, .call = rows[i].call, .context = context};
        const tempo_status status = tempo_trainer_on(trainer, &callback, error);
        if (!status)
            continue;
        *(last ? &last->next : &trainer->first) = NULL;
        trainer->last = last;
        return status;
    }
    return TEMPO_OK;
}

/* --- logs --- */

static int write_record(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    (void)trainer;
    const tempo_record record = {moment->now, moment->loss, moment->metric, moment->used};
    return (int)tempo_log_write(context, &record, NULL);
}

static int sync_log(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    (void)trainer;
    (void)moment;
    return (int)tempo_log_sync(context, NULL);
}

/* Whether another group without a name has this field too. */
static bool needs_number(const tempo_trainer *trainer, const tempo_track *track)
{
    for (size_t i = 0; !*track->group && i < tempo_trainer_track_count(trainer); i++) {
        const tempo_track *other = tempo_trainer_track(trainer, i);
        if (other->group_index != track->group_index && !*other->group && strcmp(other->field, track->field) == 0)
            return true;
    }
    return false;
}

/* "lr", "decay.lr", "1.lr"; NULL when memory is out. */
static const char *label_of(tempo__arena *arena, const tempo_trainer *trainer, const tempo_track *track)
{
    char number[TEMPO__NUMBER_MAX];
    const char *group = track->group;
    if (needs_number(trainer, track)) {
        (void)tempo__integer_print(number, (int64_t)track->group_index);
        group = number;
    }
    const size_t size = strlen(group) + strlen(track->field) + 2;
    char *label = tempo__arena_take(arena, size, 1);
    if (label)
        (void)snprintf(label, size, "%s%s%s", group, *group ? "." : "", track->field);
    return label;
}

static tempo_status open_log(tempo_log **out, tempo__arena *arena, const tempo_trainer *trainer,
                             const tempo_log_options *options, tempo_error *error)
{
    tempo_log_options with = *options;
    with.column_count = tempo_trainer_track_count(trainer);
    with.batch = tempo_trainer_now(trainer)->batch;
    const char **columns = tempo__arena_take(arena, with.column_count + 1, sizeof *columns);
    if (!columns)
        return tempo__out_of_memory(error);
    for (size_t i = 0; i < with.column_count; i++) {
        columns[i] = label_of(arena, trainer, tempo_trainer_track(trainer, i));
        if (!columns[i])
            return tempo__out_of_memory(error);
    }
    with.columns = columns;
    return tempo_log_open(out, &with, error);
}

tempo_status tempo_log_attach(tempo_log **out, tempo_trainer *trainer, const tempo_log_options *options,
                              tempo_error *error)
{
    *out = NULL;
    tempo_log *log = NULL;
    tempo__arena arena;
    tempo__arena_init(&arena, options->allocator);
    tempo_status status = open_log(&log, &arena, trainer, options, error);
    tempo__arena_free(&arena);
    if (status)
        return status;
    static const listening rows[LISTENINGS] = {{TEMPO_EVENT_BATCH_END, write_record},
                                               {TEMPO_EVENT_CHECKPOINT_START, sync_log},
                                               {TEMPO_EVENT_FIT_END, sync_log}};
    status = listen(trainer, rows, log, error);
    if (status)
        (void)tempo_log_close(log, NULL);
    else
        *out = log;
    return status;
}

/* --- progress --- */

static int show_update(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    (void)trainer;
    tempo_progress_update(context, moment->now, moment->loss, moment->used);
    return 0;
}

static int show_extension(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    (void)moment;
    tempo_progress_set_total(context, tempo_trainer_max_duration(trainer));
    return 0;
}

static int show_end(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    (void)trainer;
    (void)moment;
    tempo_progress_finish(context);
    return 0;
}

static tempo_status new_progress(tempo_progress **out, tempo__arena *arena, const tempo_trainer *trainer,
                                 const tempo_progress_options *options, tempo_error *error)
{
    tempo_progress_options with = *options;
    with.total = tempo_trainer_max_duration(trainer);
    with.start = *tempo_trainer_now(trainer);
    with.track_count = tempo_trainer_track_count(trainer);
    if (with.batches_per_epoch == 0)
        with.batches_per_epoch = trainer->options.run.batches_per_epoch;
    tempo_track *tracks = tempo__arena_take(arena, with.track_count + 1, sizeof *tracks);
    if (!tracks)
        return tempo__out_of_memory(error);
    for (size_t i = 0; i < with.track_count; i++)
        tracks[i] = *tempo_trainer_track(trainer, i);
    with.tracks = tracks;
    return tempo_progress_new(out, &with, error);
}

tempo_status tempo_progress_attach(tempo_progress **out, tempo_trainer *trainer, const tempo_progress_options *options,
                                   tempo_error *error)
{
    *out = NULL;
    tempo_progress *progress = NULL;
    tempo__arena arena;
    tempo__arena_init(&arena, options->allocator);
    tempo_status status = new_progress(&progress, &arena, trainer, options, error);
    tempo__arena_free(&arena);
    if (status)
        return status;
    static const listening rows[LISTENINGS] = {
        {TEMPO_EVENT_BATCH_END, show_update}, {TEMPO_EVENT_EXTENDED, show_extension}, {TEMPO_EVENT_FIT_END, show_end}};
    status = listen(trainer, rows, progress, error);
    if (status)
        tempo_progress_free(progress);
    else
        *out = progress;
    return status;
}
