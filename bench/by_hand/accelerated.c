/* accelerated.c: pytorch-accelerated's schedulers by hand; see twins.h. They are one update late. */
#include <math.h>
#include <stddef.h>

#include "by_hand/twins.h"

static double cosine(double base, int64_t t)
{
    const int64_t n = t - 1;
    if (n < 0)
        return 0.05;
    if (n < 500)
        return 0.05 + (double)n * ((base - 0.05) / 500);
    if (n >= 7500)
        return 0.01;
    return 0.01 + 0.5 * (base - 0.01) * (1 + cos(pi * (double)(n - 500) / 7500));
}

static double decay(double base, int64_t n, int64_t start, int64_t length)
{
    if (n < start)
        return base;
    return base * (0.05 + (1 - 0.05) * (1 - sqrt(share(n - start, length))));
}

static double wsd(double base, int64_t t)
{
    const int64_t n = t - 1;
    if (n < 0)
        return base;
    if (n < 400)
        return 1e-6 + (double)n / 400 * (base - 1e-6);
    if (n >= 2000 && n < 4000)
        return decay(base, n, 3600, 400);
    if (n >= 4000 && n < 8000)
        return decay(base, n, 7200, 800);
    return decay(base, n, 1600, 400);
}

const twin twins_accelerated[] = {
    {"accelerated.CosineLrScheduler", cosine, 9000},
    {"accelerated.WSDLrScheduler", wsd, 8000},
    {NULL, NULL, 0},
};
