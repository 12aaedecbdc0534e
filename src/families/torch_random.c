/* torch_random.c: MT19937, and torch's way from its words to numbers. See torch_random.h for the source. */
#include "families/torch_random.h"

#include <math.h>

enum { MIDDLE = 397 };

void torch_random_seed(torch_random *random, uint64_t seed)
{
    uint32_t *words = random->words;
    words[0] = (uint32_t)seed;
    for (uint32_t i = 1; i < TORCH_RANDOM_WORDS; i++)
        words[i] = 1812433253U * (words[i - 1] ^ words[i - 1] >> 30) + i;
    random->next = 0;
    random->has_second = false;
}

/* The recurrence renews one word at a time: few are needed of a fresh generator. */
static uint32_t next_word(torch_random *random)
{
    uint32_t *words = random->words;
    const size_t here = random->next, after = (here + 1) % TORCH_RANDOM_WORDS;
    const uint32_t joined = (words[here] & 0x80000000U) | (words[after] & 0x7fffffffU);
    words[here] = words[(here + MIDDLE) % TORCH_RANDOM_WORDS] ^ joined >> 1 ^ (joined & 1 ? 0x9908b0dfU : 0);
    random->next = after;
    uint32_t word = words[here];
    word ^= word >> 11;
    word ^= word << 7 & 0x9d2c5680U;
    word ^= word << 15 & 0xefc60000U;
    return word ^ word >> 18;
}

float torch_random_uniform(torch_random *random)
{
    return (float)(next_word(random) & 0xffffff) * 0x1p-24F;
}

/* From two words, the first one the upper half. */
static double uniform_double(torch_random *random)
{
    const uint64_t upper = next_word(random);
    const uint64_t both = upper << 32 | next_word(random);
    return (double)(both & 0x1fffffffffffff) * 0x1p-53;
}

/* Box and Muller's: a pair of normal numbers from a pair of uniform ones. */
float torch_random_normal(torch_random *random)
{
    static const double pi = 3.141592653589793;
    if (random->has_second) {
        random->has_second = false;
        return (float)random->second;
    }
    const double angle = 2 * pi * uniform_double(random);
    const double radius = sqrt(-2 * log1p(-uniform_double(random)));
    random->second = radius * sin(angle);
    random->has_second = true;
    return (float)(radius * cos(angle));
}
