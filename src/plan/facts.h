/* plan/facts.h: a run's facts, checked and parsed. */
#ifndef TEMPO_PLAN_FACTS_H
#define TEMPO_PLAN_FACTS_H

#include "schedule/type.h"

/* `is_scaled`: max_duration has the ratio in it already.
 * Errors: BAD_VALUE, BAD_SYNTAX, OUT_OF_RANGE, ZERO_DURATION, with the path "run.FACT". */
tempo_status tempo__facts_read(tempo__facts *facts, const tempo_run *run, bool is_scaled, tempo_error *error);

/* Length of the run in batches, or 0 when the facts do not tell. */
int64_t tempo__facts_batches(const tempo__facts *facts);

#endif
