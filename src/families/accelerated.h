/* families/accelerated.h: what may be known of a bound schedule of pytorch-accelerated beyond its value. */
#ifndef TEMPO_FAMILIES_ACCELERATED_H
#define TEMPO_FAMILIES_ACCELERATED_H

#include <tempo/wsd.h>

#include "schedule/type.h"

/* The periods of a WSDLrScheduler from what it prepared, or NULL if `value` is another type's. */
const tempo_wsd *accelerated_wsd(double (*value)(const void *prepared, const tempo_timestamp *now, double base),
                                 const void *prepared);

#endif
