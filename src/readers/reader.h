/* readers/reader.h: how the training config of another system becomes a native document. */
#ifndef TEMPO_READERS_READER_H
#define TEMPO_READERS_READER_H

#include "document/internal.h"

/* One translation. */
typedef struct tempo__translation {
    const tempo_value *config; /* a map: what was read */
    tempo_tree *tree;          /* for the native form; its values may share what the config holds */
    tempo__arena *arena;       /* for anything else; lives as long as the document */
    const tempo__overrides *overrides;
    tempo_error *error;
} tempo__translation;

/* One system. Static data; a constant in the reader's own file, a row in readers.c. */
typedef struct tempo__config_reader {
    const char *name;                              /* "llm-foundry" */
    const char *looks_for;                         /* the keys it is recognised by, for the message when none is */
    bool (*recognises)(const tempo_value *config); /* config: a map */
    /* Adds the sections to `native`, the root of the tree, with the places of the config, so that errors
     * about the native form point into it. What an override replaces need not be there. */
    tempo_status (*translate)(tempo__translation *t, tempo_value *native);
} tempo__config_reader;

/* The reader of that index, or NULL past the end. */
const tempo__config_reader *tempo__config_reader_at(size_t index);

/* --- building the native form (native.c) --- */

bool tempo__is_overridden(const tempo__translation *t, const char *path);

/* Ends adding a value that the config holds in another form: it stands where `origin` does. */
tempo_status tempo__place_added(const tempo__translation *t, tempo_value *added, const tempo_value *origin);

/* Adds a map or list; what is missing in it is missing at `origin` (NULL: nowhere). NULL when memory is out. */
tempo_value *tempo__add_section(const tempo__translation *t, tempo_value *parent, const char *key,
                                tempo_value_kind kind, const tempo_value *origin);

/* Adds run.tokens_per_batch if both are counts; either may be NULL. */
tempo_status tempo__add_tokens(const tempo__translation *t, tempo_value *run, const tempo_value *sequences,
                               const tempo_value *length);

/* Writes the path of a parameter of the only schedule. Refuses the keys that the native form gives every
 * schedule, since they are none of the other system's: "no `system` has a parameter 'field'". */
enum { TEMPO__PARAMETER_PATH_MAX = 96 };
tempo_status tempo__parameter_path(const tempo__translation *t, char *path, const tempo_value *member,
                                   const char *system);

/* --- references (reference.c) --- */

/* Adds `value` to `parent` with every reference in it, `${a.b}`, replaced by what it stands for in the
 * config. References are OmegaConf's: absolute, alone or inside of a longer text. The places are those of
 * the references. `path` is that of the native value, for errors: UNKNOWN_NAME, CONFLICT (a circle),
 * BAD_SYNTAX, BAD_VALUE (what only OmegaConf itself can resolve), TOO_LARGE, NO_MEMORY. */
tempo_status tempo__add_resolved(tempo__translation *t, tempo_value *parent, const char *key, const tempo_value *value,
                                 const char *path);

/* The value of the config at a path of keys, with references on the way and at its end resolved; NULL if
 * there is none, or it is null or ??? (OmegaConf's word for a value that is still to be given). */
tempo_status tempo__find_resolved(tempo__translation *t, const char *config_path, const char *path,
                                  const tempo_value **out);

#endif
