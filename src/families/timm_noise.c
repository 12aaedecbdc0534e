/* timm_noise.c: the noise that timm's schedulers add to their values. See timm.h for its source. */
#include "families/timm.h"
#include "families/torch_random.h"

/* Where the deviation is that many limits, one draw in 1,250 is below the limit. All of DRAWS_MAX are not below it for
 * 1 seed in 10 ^ 34, and there are 2 ^ 32 of them. */
#define LIMITS_MAX 1000.0
enum { DRAWS_MAX = 100000 };

/* The first step at or after a time, of those that have noise: not the constructor's, at 0. INT64_MAX stands for all
 * later ones. */
static int64_t step_from(double time)
{
    int64_t step = 0;
    if (time <= 1)
        return 1;
    return tempo__truncate(&step, ceil(time)) ? step : INT64_MAX;
}

static tempo_status bind_range(tempo__binding *binding, size_t parameter, timm_noise *out)
{
    const tempo__argument *range = &binding->arguments[parameter];
    out->first = 1;
    out->last = 0;
    if (range->is_null)
        return TEMPO_OK;
    if (range->reals && range->count < 2) {
        tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE, "a range of noise has two elements, not %zu",
                         range->count);
        tempo__advise(binding->error, "write [60, 90], or just 60 for noise from there on");
        return TEMPO_BAD_VALUE;
    }
    out->first = step_from(range->reals ? range->reals[0] : range->real);
    out->last = range->reals ? step_from(range->reals[1]) - 1 : INT64_MAX;
    return TEMPO_OK;
}

enum { RANGE, LIMIT, DEVIATION, SEED };

tempo_status timm_bind_noise(tempo__binding *binding, size_t range, timm_noise *out)
{
    const tempo__argument *given = &binding->arguments[range];
    const tempo_status status = bind_range(binding, range + RANGE, out);
    if (status)
        return status;
    out->limit = given[LIMIT].real;
    out->deviation = given[DEVIATION].real;
    out->seed = given[SEED].is_null ? 42 : (uint64_t)given[SEED].integer;
    if (out->first > out->last || out->is_uniform ||
        (out->limit > 0 && out->limit >= fabs(out->deviation) / LIMITS_MAX))
        return TEMPO_OK;
    char limit[TEMPO__NUMBER_MAX];
    tempo__number_print(limit, out->limit);
    return tempo__bind_fail(binding, range + LIMIT, TEMPO_BAD_VALUE,
                            "noise_pct is %s, but must be > 0 and >= a thousandth of noise_std, since noise is drawn "
                            "until it is below",
                            limit);
}

double timm_add_noise(const timm_noise *noise, int64_t t, double value)
{
    torch_random random;
    value = finite(value);
    torch_random_seed(&random, noise->seed + (uint64_t)t);
    if (noise->is_uniform)
        return value + value * (2 * ((double)torch_random_uniform(&random) - 0.5) * noise->limit);
    for (int i = 0; i < DRAWS_MAX; i++) {
        const double drawn = (double)torch_random_normal(&random) * noise->deviation;
        if (fabs(drawn) < noise->limit)
            return value + value * drawn;
    }
    return value;
}
