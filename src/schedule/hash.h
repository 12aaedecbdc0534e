/* schedule/hash.h: a number that tells values apart. */
#ifndef TEMPO_SCHEDULE_HASH_H
#define TEMPO_SCHEDULE_HASH_H

#include <stdint.h>

#include <tempo/value.h>

/* See tempo_schedule_hash(). */
uint64_t tempo__value_hash(const tempo_value *value);

#endif
