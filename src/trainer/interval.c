/* interval.c: times that come again and again: of callbacks, evaluations and checkpoints. */
#include <math.h>
#include <string.h>

#include "trainer/internal.h"

tempo_status tempo__interval_read(tempo__interval *out, const char *text, const char *what, tempo_error *error)
{
    tempo_time every;
    const tempo_status status = tempo_time_parse(&every, text, strlen(text), TEMPO_TIME_NATIVE, error);
    if (status)
        return status;
    if (every.unit == TEMPO_ITERATION || (every.unit == TEMPO_DURATION ? !(every.fraction > 0) : every.count <= 0))
        return tempo__fail(error, TEMPO_BAD_VALUE,
                           "%s is every %s, but must be a time > 0 in ba, ep, sp, tok, dur or sec", what, text);
    *out = (tempo__interval){every, 0};
    return TEMPO_OK;
}

/* Multiples of a fraction of the run: k / 10 is what a person means by k times 0.1. */
static int64_t fractions_reached(double fraction, int64_t count, int64_t whole)
{
    int64_t parts = 0, product = 0;
    const bool divides = tempo__truncate(&parts, 1.0 / fraction + 0.5) && parts > 0 && fraction == 1.0 / (double)parts;
    if (divides && tempo__multiply(&product, count, parts))
        return product / whole;
    int64_t reached = 0;
    return tempo__truncate(&reached, floor((double)count / ((double)whole * fraction))) ? reached : INT64_MAX;
}

static int64_t reached(const tempo__interval *interval, const tempo_trainer *trainer)
{
    const tempo_timestamp *now = tempo_clock_now(&trainer->clock);
    const tempo_time whole = trainer->clock.max_duration, every = interval->every;
    tempo_time at;
    if (tempo_timestamp_get(&at, now, every.unit == TEMPO_DURATION ? whole.unit : every.unit, NULL))
        return 0;
    return every.unit == TEMPO_DURATION ? fractions_reached(every.fraction, at.count, whole.count)
                                        : at.count / every.count;
}

bool tempo__interval_due(tempo__interval *interval, const tempo_trainer *trainer)
{
    const int64_t before = interval->reached;
    tempo__interval_set(interval, trainer);
    return interval->reached > before;
}

void tempo__interval_set(tempo__interval *interval, const tempo_trainer *trainer)
{
    interval->reached = reached(interval, trainer);
}
