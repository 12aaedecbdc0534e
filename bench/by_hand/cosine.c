/* cosine.c: the formula that bench/value.c compares with. In a file of its own, so that the compiler can
 * neither inline it nor hoist anything out of the loop around it: as little as it can for a plan. */
#include "by_hand/cosine.h"

#include <math.h>

const cosine_recipe cosine_recipe_7b = {.warmup = 100, .end = 63900, .base = 1.2e-4, .alpha_f = 0.1};

double cosine_by_hand(const cosine_recipe *recipe, int64_t batch)
{
    static const double pi = 3.14159265358979323846;
    if (batch < recipe->warmup)
        return recipe->base * ((double)batch / (double)recipe->warmup);
    double x = (double)(batch - recipe->warmup) / (double)(recipe->end - recipe->warmup);
    if (x > 1)
        x = 1;
    return recipe->base * (recipe->alpha_f + (1 - recipe->alpha_f) * (1 + cos(x * pi)) / 2);
}
