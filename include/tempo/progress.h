/* tempo/progress.h: how far a training is, for the person who waits for it (libtempo_train).
 *
 * On a terminal one line that is drawn again and again, elsewhere a plain line every few seconds:
 *
 *   char-lm  ██████████████▌                47%  1.9Mtok/4.0Mtok  loss 2.113  lr 2.8e-3  wd 0.1  61ktok/s  0:34 left
 *   char-lm   47%  1.9Mtok/4.0Mtok  loss 2.113  lr 2.8e-3  wd 0.1  61ktok/s  0:34 left
 *
 * Counts are in the unit of the training's length, in two or three digits: k, M, G and T stand for thousands to
 * millions of millions. A progress belongs to one thread.
 */
#ifndef TEMPO_PROGRESS_H
#define TEMPO_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <tempo/allocator.h>
#include <tempo/error.h>
#include <tempo/plan.h>
#include <tempo/timestamp.h>
#include <tempo/trainer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- a line, without a clock or a terminal --- */

/* What a line says. Strings are borrowed. */
typedef struct tempo_progress_state {
    const char *name;
    tempo_unit unit;
    double done, total; /* in that unit; total 0: unknown */
    double loss;        /* NaN: none yet */
    const tempo_track *tracks;
    const double *values; /* of the tracks */
    size_t track_count;
    double rate; /* units a second; NaN: unknown */
} tempo_progress_state;

/* How a line looks. */
typedef struct tempo_progress_style {
    bool bar;
    bool ascii;     /* a bar of # in place of blocks of eighths */
    size_t columns; /* the line is never wider; 0: any width */
} tempo_progress_style;

/* Writes a line without its end, as snprintf does: returns the length it has, which may be `capacity` or more. In a
 * narrow terminal the bar becomes shorter, then it goes, then fields from the last on; the name and the percentage
 * stay. A field that several groups have is shown once where all have the same value, else for each group. */
TEMPO_API size_t tempo_progress_print(char *buffer, size_t capacity, const tempo_progress_state *state,
                                      const tempo_progress_style *style);

/* --- a display --- */

typedef struct tempo_progress tempo_progress;

/* Zero it and set what is needed. */
typedef struct tempo_progress_options {
    FILE *out;                 /* NULL: stderr. Must outlive the display */
    const char *name;          /* what is trained; NULL: nothing is said of it */
    tempo_time total;          /* how long the training is; count 0: unknown. Not in TEMPO_DURATION */
    int64_t batches_per_epoch; /* to measure a part of an epoch; 0: unknown until one is completed */
    tempo_timestamp start;     /* where it begins, or goes on: what was done before says nothing about the rate */
    const tempo_track *tracks;
    size_t track_count;
    bool ascii;
    double draw_seconds;            /* between two drawings on a terminal; 0 means 0.1 */
    double line_seconds;            /* between two plain lines; 0 means 5 */
    double (*clock)(void *context); /* seconds, never going back; NULL: the system's */
    void *clock_context;
    const tempo_allocator *allocator; /* NULL: the C library's */
} tempo_progress_options;

/* Everything is copied. Errors: BAD_VALUE (a total in dur), NO_MEMORY. */
TEMPO_API tempo_status tempo_progress_new(tempo_progress **out, const tempo_progress_options *options,
                                          tempo_error *error);

/* Says where the training is; draws if it is time. `values` are of the tracks. What cannot be written is nobody's
 * fault and not reported. Cost: reading a clock, mostly. */
TEMPO_API void tempo_progress_update(tempo_progress *progress, const tempo_timestamp *now, double loss,
                                     const double *values);

/* Makes room for other output: removes the line from a terminal. The next update draws it again. */
TEMPO_API void tempo_progress_clear(tempo_progress *progress);

/* Draws the last update once more and ends its line. */
TEMPO_API void tempo_progress_finish(tempo_progress *progress);

/* Changes how long the training is. */
TEMPO_API void tempo_progress_set_total(tempo_progress *progress, tempo_time total);

/* Makes a display for a trainer, which draws after each update and finishes at the end of a fit. Of `options`, the trainer
 * sets total, start and tracks, and batches_per_epoch where its run says so. Must outlive the trainer's fits.
 * Errors: as tempo_progress_new(). */
TEMPO_API tempo_status tempo_progress_attach(tempo_progress **out, tempo_trainer *trainer,
                                             const tempo_progress_options *options, tempo_error *error);

/* Ends a line that is drawn. `progress` may be NULL. */
TEMPO_API void tempo_progress_free(tempo_progress *progress);

#ifdef __cplusplus
}
#endif

#endif
