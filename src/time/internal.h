/* time/internal.h: what the files of src/time share. */
#ifndef TEMPO_TIME_INTERNAL_H
#define TEMPO_TIME_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/time.h>
#include <tempo/timestamp.h>

/* --- unit.c --- */

/* The start of a text as a message may show it: one line, whatever bytes it was made of. */
typedef struct tempo__excerpt {
    char text[44];
} tempo__excerpt;
tempo__excerpt tempo__excerpt_of(const char *text, size_t length);

/* Whether the number is one of TEMPO_UNIT_LIST: a unit may come from another language. */
bool tempo__unit_exists(tempo_unit unit);

/* Fails with UNKNOWN_NAME for a word that is no unit; the advice names the nearest unit and all of them. */
tempo_status tempo__unknown_unit(tempo_error *error, const char *word, size_t length);

/* --- timestamp.c --- */

/* TEMPO_TIMESTAMP_LIST by index: TEMPO__COUNTER_epoch, ... */
typedef enum tempo__counter {
#define TEMPO__COUNTER_MEMBER(name, reset) TEMPO__COUNTER_##name,
    TEMPO_TIMESTAMP_LIST(TEMPO__COUNTER_MEMBER)
#undef TEMPO__COUNTER_MEMBER
} tempo__counter;

enum { TEMPO__COUNTER_COUNT = sizeof(tempo_timestamp) / sizeof(int64_t) };

const char *tempo__counter_name(size_t counter);
int64_t *tempo__counter_of(tempo_timestamp *timestamp, size_t counter);

#endif
