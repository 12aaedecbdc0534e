/* progress.c: when a line of progress is drawn, and where. What it says: progress_print.c. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <tempo/progress.h>

#include "base/internal.h"

enum { LINE_MAX_BYTES = 4096, COLUMNS_DEFAULT = 80 };

/* The rate is that of about the last half minute. */
static const double memory_seconds = 30;

struct tempo_progress {
    tempo__arena arena;
    tempo_progress_options options;
    bool is_terminal;
    bool is_drawn; /* the terminal's line is ours */
    bool is_new;   /* there was an update since the last drawing */
    double began, drawn;
    double done_at_start;
    double done_before, seconds_before; /* at the last look at the rate */
    double done_lately, seconds_lately; /* faded sums, whose quotient is the rate */
    tempo_progress_state state;
    tempo_timestamp now;
    double *values;
    char *line;
};

static double system_seconds(void *context)
{
    struct timespec now;
    (void)context;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double seconds(const tempo_progress *progress)
{
    return progress->options.clock(progress->options.clock_context);
}

/* How much of the total is done. Where epochs are counted, the begun one counts as far as its length is known. */
static double measure(const tempo_progress *progress, const tempo_timestamp *now)
{
    tempo_time time = {TEMPO_BATCH, 0, 0};
    const tempo_unit unit = progress->options.total.unit;
    (void)tempo_timestamp_get(&time, now, unit, NULL);
    const int64_t length = progress->options.batches_per_epoch;
    if (unit != TEMPO_EPOCH || length <= 0)
        return (double)time.count;
    return (double)time.count + fmin((double)now->batch_in_epoch / (double)length, 1);
}

/* --- making one --- */

static bool copy_tracks(tempo_progress *progress, const tempo_progress_options *options)
{
    tempo_track *tracks = tempo__arena_take(&progress->arena, options->track_count + 1, sizeof *tracks);
    progress->values = tempo__arena_take(&progress->arena, options->track_count + 1, sizeof *progress->values);
    if (!tracks || !progress->values)
        return false;
    for (size_t i = 0; i < options->track_count; i++) {
        const tempo_track *track = &options->tracks[i];
        tracks[i] = *track;
        tracks[i].group = tempo__arena_copy_text(&progress->arena, track->group, strlen(track->group));
        tracks[i].field = tempo__arena_copy_text(&progress->arena, track->field, strlen(track->field));
        if (!tracks[i].group || !tracks[i].field)
            return false;
        progress->values[i] = (double)NAN;
    }
    progress->state.tracks = tracks;
    progress->state.values = progress->values;
    progress->state.track_count = options->track_count;
    return true;
}

static bool copy_texts(tempo_progress *progress, const tempo_progress_options *options)
{
    progress->line = tempo__arena_take(&progress->arena, LINE_MAX_BYTES, 1);
    if (options->name)
        progress->state.name = tempo__arena_copy_text(&progress->arena, options->name, strlen(options->name));
    return progress->line && (progress->state.name || !options->name) && copy_tracks(progress, options);
}

static void set_defaults(tempo_progress_options *options)
{
    if (!options->out)
        options->out = stderr;
    if (!(options->draw_seconds > 0))
        options->draw_seconds = 0.1;
    if (!(options->line_seconds > 0))
        options->line_seconds = 5;
    if (!options->clock)
        options->clock = system_seconds;
}

tempo_status tempo_progress_new(tempo_progress **out, const tempo_progress_options *options, tempo_error *error)
{
    *out = NULL;
    if (options->total.unit == TEMPO_DURATION)
        return tempo__fail(error, TEMPO_BAD_VALUE, "the length of a training cannot be a fraction of itself");
    tempo__arena arena;
    tempo__arena_init(&arena, options->allocator);
    tempo_progress *progress = tempo__arena_take(&arena, 1, sizeof *progress);
    if (!progress)
        return tempo__out_of_memory(error);
    *progress = (tempo_progress){.arena = arena, .options = *options, .now = options->start};
    set_defaults(&progress->options);
    if (!copy_texts(progress, options)) {
        tempo_progress_free(progress);
        return tempo__out_of_memory(error);
    }
    progress->is_terminal = isatty(fileno(progress->options.out)) == 1;
    progress->began = progress->seconds_before = seconds(progress);
    progress->drawn = progress->is_terminal ? -HUGE_VAL : progress->began;
    progress->done_at_start = progress->done_before = measure(progress, &options->start);
    progress->state.loss = (double)NAN;
    *out = progress;
    return TEMPO_OK;
}

void tempo_progress_free(tempo_progress *progress)
{
    if (!progress)
        return;
    if (progress->is_drawn)
        (void)fputc('\n', progress->options.out);
    tempo__arena arena = progress->arena;
    tempo__arena_free(&arena);
}

void tempo_progress_set_total(tempo_progress *progress, tempo_time total)
{
    const bool is_other = total.unit != progress->options.total.unit;
    if (total.unit == TEMPO_DURATION)
        return;
    progress->options.total = total;
    if (!is_other)
        return;
    progress->done_at_start = measure(progress, &progress->options.start);
    progress->done_before = measure(progress, &progress->now);
    progress->done_lately = progress->seconds_lately = 0;
}

/* --- drawing --- */

static size_t terminal_columns(const tempo_progress *progress)
{
    struct winsize size;
    if (ioctl(fileno(progress->options.out), TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
        return size.ws_col - 1U; /* in the last column some terminals wrap */
    return COLUMNS_DEFAULT - 1;
}

/* Lets what is long ago fade, so that the rate follows a change of pace without jumping. */
static double rate_lately(tempo_progress *progress, double now)
{
    const double passed = now - progress->seconds_before;
    const double fade = exp(-passed / memory_seconds);
    progress->done_lately = progress->done_lately * fade + progress->state.done - progress->done_before;
    progress->seconds_lately = progress->seconds_lately * fade + passed;
    progress->done_before = progress->state.done;
    progress->seconds_before = now;
    return progress->seconds_lately > 0 ? progress->done_lately / progress->seconds_lately : (double)NAN;
}

static void draw(tempo_progress *progress, bool is_last)
{
    const tempo_progress_style style = {
        .bar = progress->is_terminal,
        .ascii = progress->options.ascii,
        .columns = progress->is_terminal ? terminal_columns(progress) : 0,
    };
    FILE *out = progress->options.out;
    (void)tempo_progress_print(progress->line, LINE_MAX_BYTES, &progress->state, &style);
    if (progress->is_terminal)
        (void)fprintf(out, "\r%s\033[K%s", progress->line, is_last ? "\n" : "");
    else
        (void)fprintf(out, "%s\n", progress->line);
    (void)fflush(out);
    progress->is_drawn = progress->is_terminal && !is_last;
    progress->is_new = false;
}

static void note(tempo_progress *progress, const tempo_timestamp *now, double loss, const double *values)
{
    if (now->epoch > progress->now.epoch && progress->options.batches_per_epoch == 0)
        progress->options.batches_per_epoch = progress->now.batch_in_epoch;
    progress->now = *now;
    progress->state.loss = loss;
    if (progress->state.track_count)
        memcpy(progress->values, values, progress->state.track_count * sizeof *values);
    progress->is_new = true;
}

static void measure_state(tempo_progress *progress)
{
    progress->state.unit = progress->options.total.unit;
    progress->state.total = (double)progress->options.total.count;
    progress->state.done = measure(progress, &progress->now);
}

void tempo_progress_update(tempo_progress *progress, const tempo_timestamp *now, double loss, const double *values)
{
    const double time = seconds(progress);
    const double pause = progress->is_terminal ? progress->options.draw_seconds : progress->options.line_seconds;
    note(progress, now, loss, values);
    if (!(time - progress->drawn >= pause))
        return;
    measure_state(progress);
    progress->state.rate = rate_lately(progress, time);
    progress->drawn = time;
    draw(progress, false);
}

void tempo_progress_clear(tempo_progress *progress)
{
    if (!progress->is_drawn)
        return;
    (void)fputs("\r\033[K", progress->options.out);
    (void)fflush(progress->options.out);
    progress->is_drawn = false;
    progress->drawn = -HUGE_VAL;
}

void tempo_progress_finish(tempo_progress *progress)
{
    const double passed = seconds(progress) - progress->began;
    if (!progress->is_new && !progress->is_drawn)
        return;
    measure_state(progress);
    /* At the end the pace of the whole is what one wants to know. */
    progress->state.rate = passed > 0 ? (progress->state.done - progress->done_at_start) / passed : (double)NAN;
    draw(progress, true);
}
