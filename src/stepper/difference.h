/* stepper/difference.h: collecting what differs between a stepper and a saved state. */
#ifndef TEMPO_STEPPER_DIFFERENCE_H
#define TEMPO_STEPPER_DIFFERENCE_H

#include <stddef.h>

#include <tempo/value.h>

/* Zero it. */
typedef struct tempo__differences {
    size_t count;
    size_t hidden; /* of those, for want of room */
    size_t length;
    char text[256]; /* "schedules[0].gamma: 0.5 here, 0.1 saved; ..." */
} tempo__differences;

/* Adds one. */
void tempo__differ(tempo__differences *d, const char *format, ...) TEMPO_PRINTF(2, 3);

/* Adds every field in which the schedules differ, given as lists of maps. */
void tempo__compare_schedules(tempo__differences *d, const tempo_value *here, const tempo_value *saved);

#endif
