/* random.h: random numbers without a state: number n of a stream is a pure function of (key, n), so that nothing has to be
 * saved to go on from the middle. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators"
 * (SplitMix64), 2014. */
#ifndef CHAR_LM_RANDOM_H
#define CHAR_LM_RANDOM_H

#include <math.h>
#include <stdint.h>

static inline uint64_t random_bits(uint64_t key, uint64_t n)
{
    uint64_t z = key + (n + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* In [0, 1). */
static inline double random_uniform(uint64_t key, uint64_t n)
{
    return (double)(random_bits(key, n) >> 11) * 0x1p-53;
}

/* Mean 0, deviation 1 (Box and Muller). */
static inline double random_normal(uint64_t key, uint64_t n)
{
    const double radius = sqrt(-2 * log(1 - random_uniform(key, 2 * n)));
    return radius * cos(6.283185307179586 * random_uniform(key, 2 * n + 1));
}

#endif
