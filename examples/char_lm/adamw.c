/* adamw.c: see adamw.h. The order of operations is PyTorch's, which on many machines also fuses
 * some: means may differ from its in the last bit. */
#include "adamw.h"

#include <math.h>

static const double beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8;

void adamw_update(const adamw_parameters *p, const adamw_group *group, int64_t step)
{
    const double correction1 = 1 - pow(beta1, (double)step);
    const double correction2 = 1 - pow(beta2, (double)step);
    const float decay = (float)(1 - (double)group->lr * (double)group->weight_decay);
    const float size = (float)-(group->lr / correction1);
    const float root = (float)sqrt(correction2);
    const float towards_gradient = (float)(1 - beta1), towards_square = (float)(1 - beta2), keep = (float)beta2;

    for (size_t i = 0; i < p->count; i++) {
        const float gradient = p->gradients[i];
        const float mean = p->means[i] + towards_gradient * (gradient - p->means[i]);
        const float square = p->squares[i] * keep + towards_square * gradient * gradient;
        p->means[i] = mean;
        p->squares[i] = square;
        p->values[i] = p->values[i] * decay + size * mean / (sqrtf(square) / root + (float)epsilon);
    }
}
