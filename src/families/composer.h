/* families/composer.h: what the schedulers of Composer share: how times become counts, the linear warmup, and
 * the words that describe them.
 *
 * Source: Composer 0.33, composer/optim/scheduler.py, checked against the running package; the order of
 * every operation is Composer's, so that results agree to the last bit. All of its schedulers multiply:
 * value = base * alpha(t). In comments W is the end of the warmup, T that of the schedule, n the counter in
 * their unit; the ratio is the scale schedule ratio (SSR).
 */
#ifndef TEMPO_FAMILIES_COMPOSER_H
#define TEMPO_FAMILIES_COMPOSER_H

#include "families/finite.h"
#include "schedule/type.h"

#define COMPOSER_SOURCE "Composer 0.33, composer/optim/scheduler.py"
#define COMPOSER_EPOCHS "--max-duration 90ep --batches-per-epoch 100"

#define COMPOSER_T_MAX_HELP "when the schedule ends; stretched by the ratio"
#define COMPOSER_T_WARMUP_HELP "length of the linear warmup; only a fraction (dur) follows the ratio"
#define COMPOSER_SCALE_WARMUP_HELP "stretch the ramp of the warmup by the ratio (its end stays)"

#define COMPOSER_WARMUP_NOTES                                                                                       \
    "Past its warmup the schedule runs over T - W, not over T as Composer's documentation says. With a ratio, "     \
    "scale_warmup stretches the ramp but not its end: a ratio above 1 jumps to the peak, one below 1 waits at it. " \
    "A t_warmup in dur follows the ratio whatever scale_warmup says. T at or before W leaves the peak for ever. "   \
    "Composer refuses t_max before max_duration, and t_warmup and t_max in units that do not compare. "             \
    "Deviation: a scaled ramp that truncates to 0 is an error here, a division by zero there."

#define COMPOSER_CONVERT_NOTES                                                       \
    "Times are truncated to whole counts, never rounded: 0.29dur of 100ba is 28ba. " \
    "Fractions of a run in epochs count batches. "

#define COMPOSER_ZERO_NOTE "Deviation: a time that truncates to 0 is an error when bound, a division by zero there."

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

/* The ratio stretches the ramp of a warmup if its flag says so. */
static inline composer_scaling composer_scaling_of(const tempo__argument *scale_warmup)
{
    return scale_warmup->flag ? COMPOSER_SCALED : COMPOSER_UNSCALED;
}

/* Whether a point is not before the end of the run, as far as that can be told. */
bool composer_outlasts_run(const tempo__binding *binding, const composer_point *point);

static inline int64_t composer_now(const composer_point *point, const tempo_timestamp *now)
{
    return tempo__counter_at(now, point->offset);
}

/* Python's min(1.0, x). */
static inline double composer_at_most_1(double x)
{
    return x < 1.0 ? x : 1.0;
}

/* Composer's _cosine_anneal(): from max_y at x = 0 to min_y at x = 1, x clipped. */
static inline double composer_cosine(double x, double min_y, double max_y)
{
    static const double pi = 3.141592653589793;
    const double clipped = x < 0.0 ? 0.0 : composer_at_most_1(x);
    return min_y + (max_y - min_y) * (1 + cos(clipped * pi)) / 2;
}

/* Refuses a line from `from` to `to` whose slope is infinite. */
tempo_status composer_check_span(tempo__binding *binding, size_t parameter, double from, double to);

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
