/* schedule/text.h: writing values in the one-line form. */
#ifndef TEMPO_SCHEDULE_TEXT_H
#define TEMPO_SCHEDULE_TEXT_H

#include <tempo/value.h>

/* Writes like snprintf: counts every byte, stores what fits. */
typedef struct tempo__writer {
    char *buffer;
    size_t capacity;
    size_t length;
} tempo__writer;

/* One value, without a closing NUL. */
void tempo__write_value(tempo__writer *w, const tempo_value *value);

/* One schedule (a map with a `type`), and a list of them joined by " * ", with a closing NUL. */
void tempo__write_schedule(tempo__writer *w, const tempo_value *map);
void tempo__write_stack(tempo__writer *w, const tempo_value *list);

#endif
