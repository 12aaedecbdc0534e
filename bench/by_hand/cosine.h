/* cosine.h: warmup and cosine as a training loop without a library has it. */
#ifndef TEMPO_BENCH_COSINE_H
#define TEMPO_BENCH_COSINE_H

#include <stdint.h>

/* What such a loop takes from its command line. */
typedef struct cosine_recipe {
    int64_t warmup, end; /* batches */
    double base, alpha_f;
} cosine_recipe;

/* 63,900 batches with a warmup of 100, down to a tenth. */
extern const cosine_recipe cosine_recipe_7b;

double cosine_by_hand(const cosine_recipe *recipe, int64_t batch);

#endif
