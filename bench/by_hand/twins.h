/* twins.h: for each type of schedule its example as a function of its own, as a training loop without a library has
 * it: the constants written in, nothing checked. In files of their own and called through pointers, so that the
 * compiler can neither inline them nor hoist anything out of the loop around them: as little as it can for a plan. */
#ifndef TEMPO_BENCH_TWINS_H
#define TEMPO_BENCH_TWINS_H

#include <stdint.h>

typedef struct twin {
    const char *type;
    double (*value)(double base, int64_t t); /* t: what the type counts, batches where it reads times */
    int64_t length;                          /* of the example's run, in the same */
} twin;

/* By system; a row without a type ends each. */
extern const twin twins_composer[], twins_accelerated[], twins_timm[], twins_torch[], twins_huggingface[],
    twins_optax[];

static const double pi = 3.141592653589793;

static inline double share(int64_t done, int64_t length)
{
    return done < length ? (double)done / (double)length : 1.0;
}

#endif
