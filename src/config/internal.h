/* config/internal.h: what the files of src/config share. */
#ifndef TEMPO_CONFIG_INTERNAL_H
#define TEMPO_CONFIG_INTERNAL_H

#include <tempo/config.h>

#include "base/internal.h"

/* What is being read: for errors. */
typedef struct tempo__config_reading {
    tempo_tree *tree;
    tempo_error *error;
    const char *path; /* of the value; "" for the outermost */
    tempo_config_options options;
} tempo__config_reading;

/* Longest path of a value, with the NUL; a longer one is cut, as tempo_error cuts it. */
enum { TEMPO__CONFIG_PATH_MAX = 128 };

/* Ends an error that was just filled: adds the path and the place. Returns error->status, or `status`. */
tempo_status tempo__config_blame(const tempo__config_reading *r, tempo_status status, const tempo_place *place);

/* The reading of one attribute; `path` has TEMPO__CONFIG_PATH_MAX bytes. Options are not handed down. */
tempo__config_reading tempo__config_inside(const tempo__config_reading *r, const char *name, char *path);

/* Adds what a holder's only member is to `parent`, with the places of `origin` (NULL: its own). */
tempo_status tempo__config_hand_over(const tempo__config_reading *r, tempo_value *parent, const char *key,
                                     const tempo_value *holder, const tempo_value *origin);

/* Refuses keys that stand twice, and those that are no attributes unless `ignore`. */
tempo_status tempo__config_check_keys(const tempo__config_reading *r, const tempo_config_class *of,
                                      const tempo_value *map, bool ignore);

/* Adds the default of an attribute, or fails with MISSING; `map` is where it could have been given. */
tempo_status tempo__config_add_default(const tempo__config_reading *r, tempo_value *parent,
                                       const tempo_config_class *of, const tempo_config_attribute *attribute,
                                       const tempo_value *map);

/* class(**arguments): adds the config to `parent`. */
tempo_status tempo__config_construct(const tempo__config_reading *r, tempo_value *parent, const char *key,
                                     const tempo_config_class *of, const tempo_value *arguments);

/* --- Python's notation (python.c) --- */

/* int(text) and float(text): blanks around it, and _ between digits. False if it is none; an int that does
 * not fit is one, with `*fits` false. */
bool tempo__python_int(const char *text, size_t length, int64_t *out, bool *fits);
bool tempo__python_float(const char *text, size_t length, double *out);

/* Adds the arguments of "A(a=5, b='x')" or "{'a': 5}" to `map`. BAD_SYNTAX (without filling an error) if it is
 * neither, or NO_MEMORY. */
tempo_status tempo__python_arguments(tempo_tree *tree, tempo_value *map, const char *text, size_t length);

/* Adds one value such as (1, 'x', {'a': None}); the same. */
tempo_status tempo__python_value(tempo_tree *tree, tempo_value *parent, const char *key, const char *text,
                                 size_t length);

#endif
