/* families/composer.h: what other families take from Composer's: how it turns times into counts, and the
 * linear warmup. */
#ifndef TEMPO_FAMILIES_COMPOSER_H
#define TEMPO_FAMILIES_COMPOSER_H

#include "schedule/type.h"

/* A point on one counter. */
typedef struct composer_point {
    tempo_unit unit;
    size_t offset; /* of the counter in a timestamp */
    int64_t count;
} composer_point;

/* Whether the ratio stretches a time. */
typedef enum composer_scaling { COMPOSER_UNSCALED, COMPOSER_SCALED } composer_scaling;

/* Composer's _convert_time() for one time of a parameter: dur becomes the unit of max_duration (of
 * epochs: batches), ep becomes batches, the rest is multiplied by the ratio if scaled; all truncated.
 * The counter is noted as read. Errors: BAD_VALUE (seconds), MISSING_FACT, OUT_OF_RANGE. */
tempo_status composer_convert(tempo__binding *binding, size_t parameter, tempo_time time, composer_scaling scaling,
                              composer_point *out);

/* As composer_convert() for the argument itself, and ZERO_DURATION when the result is 0, since the
 * schedule divides by it. */
tempo_status composer_convert_positive(tempo__binding *binding, size_t parameter, composer_scaling scaling,
                                       composer_point *out);

/* The linear ramp from 0 to a peak with which the types with a warmup begin. */
typedef struct composer_ramp {
    composer_point end; /* where it hands over: never scaled */
    int64_t length;     /* over which it rises: scaled if scale_warmup says so */
    double peak;
} composer_ramp;

/* Prepares the ramp of parameter `warmup`; reports a zero warmup, one that does not meet its end, and
 * one that outlasts the run. */
tempo_status composer_bind_ramp(tempo__binding *binding, size_t warmup, composer_scaling scaling, double peak,
                                composer_ramp *out);

static inline int64_t composer_now(const composer_point *point, const tempo_timestamp *now)
{
    return tempo__counter_at(now, point->offset);
}

/* Python's min(1.0, x). */
static inline double composer_at_most_1(double x)
{
    return x < 1.0 ? x : 1.0;
}

static inline double composer_ramp_value(const composer_ramp *ramp, int64_t count)
{
    return 0.0 + composer_at_most_1(tempo__ratio(count, ramp->length)) * (ramp->peak - 0.0);
}

/* For joint(): the next of the points after a batch, or `best`. */
static inline int64_t composer_nearer_joint(int64_t best, const tempo__facts *facts, const composer_point *point,
                                            int64_t batch)
{
    return tempo__nearer_joint(best, facts, (tempo_time){point->unit, point->count, 0}, batch);
}

#endif
