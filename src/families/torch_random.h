/* families/torch_random.h: the random numbers of a torch.Generator on the CPU, an element at a time: what
 * torch.randn(1, generator=g) and torch.rand(1, generator=g) give. Knows no family.
 *
 * Source: the words are those of MT19937, from M. Matsumoto and T. Nishimura, "Mersenne Twister: a 623-dimensionally
 * equidistributed uniform pseudo-random number generator", ACM TOMACS 8 (1998), initialised as its authors published in
 * 2002. What torch makes of them was compared with torch 2.13.0, bit for bit, for 1,000,000 seeds.
 */
#ifndef TEMPO_FAMILIES_TORCH_RANDOM_H
#define TEMPO_FAMILIES_TORCH_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TORCH_RANDOM_WORDS = 624 };

/* 2.5 KB; meant for the stack. */
typedef struct torch_random {
    uint32_t words[TORCH_RANDOM_WORDS];
    size_t next;
    bool has_second; /* normal numbers are made in pairs */
    double second;
} torch_random;

/* As manual_seed(): only the lower 32 bits count, those of a negative seed in two's complement. */
void torch_random_seed(torch_random *random, uint64_t seed);

/* From 0 to below 1, a multiple of 2 ^ -24. */
float torch_random_uniform(torch_random *random);

/* Of mean 0 and deviation 1. */
float torch_random_normal(torch_random *random);

#endif
