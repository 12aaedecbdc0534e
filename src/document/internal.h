/* document/internal.h: what the files of src/document and src/readers share. */
#ifndef TEMPO_DOCUMENT_INTERNAL_H
#define TEMPO_DOCUMENT_INTERNAL_H

#include <tempo/document.h>

#include "base/internal.h"

/* --- text for messages (shown.c) --- */

/* The start of a text as a message may show it: one line, whole characters, no control characters. */
typedef struct tempo__shown {
    char text[64];
} tempo__shown;
tempo__shown tempo__show(const char *text, size_t length);

/* How a value is named in a message: its spelling in quotes if it is a scalar, else "a list". */
tempo__shown tempo__show_value(const tempo_value *value);

/* Fails about a value: path (printf-like) and place are set. `place` may be that of its key. */
tempo_status tempo__fail_at(tempo_error *error, tempo_status status, const tempo_place *place, const char *path,
                            const char *format, ...) TEMPO_PRINTF(5, 6);

/* --- positions (position.c) --- */

/* Whether a byte is one after the first of a character in UTF-8. */
static inline bool tempo__continues_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Turns offsets in a text into lines and columns; cheap when they are asked for in order. */
typedef struct tempo__positions {
    const char *text;
    size_t length;
    size_t line;  /* the line looked at last, from 1, */
    size_t start; /* where it starts, */
    size_t seen;  /* and up to where no further line does */
} tempo__positions;
void tempo__positions_init(tempo__positions *positions, const char *text, size_t length);

/* How many of those bytes are on the line of the first. */
size_t tempo__length_in_line(const tempo__positions *positions, size_t offset, size_t end);

/* The place of the bytes from `offset` up to `end`, cut at the end of the first line. */
tempo_place tempo__place_of(tempo__positions *positions, size_t offset, size_t end);

/* The offset of a column, counted in characters from 1, on a line, from 1; at most the text's length. */
size_t tempo__offset_of(const char *text, size_t length, size_t line, size_t character);

/* --- bytes (check.c) --- */

/* Refuses what no YAML or JSON text contains: NUL and other control characters, invalid UTF-8; lines
 * that start with %, but for %YAML 1.2; and what libfyaml would take too much memory for. */
tempo_status tempo__check_text(const char *text, size_t length, tempo_error *error);

/* --- sets of names (names.c) --- */

typedef struct tempo__name {
    const char *text; /* borrowed, NUL-terminated */
    const void *data;
    struct tempo__name *child[2];
    size_t byte; /* the children differ in this byte, */
    unsigned char bit;
    bool is_leaf[2];
} tempo__name;

/* Names with data, in `arena`. Start with {arena}. */
typedef struct tempo__names {
    tempo__arena *arena;
    tempo__name *root;
    bool root_is_leaf;
} tempo__names;

/* The entry of `text`, which must outlive the set; a new one has no data. NULL when memory is out.
 * Cost: O(length of the text), whatever names are in the set. */
tempo__name *tempo__names_enter(tempo__names *names, const char *text);
/* The entry of `text`, or NULL. */
tempo__name *tempo__names_find(const tempo__names *names, const char *text);

/* --- YAML (yaml.c) --- */

/* Reads one YAML or JSON document as the root of `tree`. An alias shares the members of what it stands
 * for, so that no text can make the tree larger than itself: change no value in place. */
tempo_status tempo__yaml_read(tempo_tree *tree, const char *text, size_t length, const tempo_allocator *allocator,
                              tempo_error *error);

/* --- keys of maps (keys.c) --- */

/* Replaces `merged`, a member of `map` that is a map or a list of maps, by those of their members that
 * are not in `map` already; the first one counts. Members are shared. False when memory is out. */
bool tempo__merge(tempo_tree *tree, tempo_value *map, const tempo_value *merged, const tempo_allocator *allocator);

/* Adds a copy of one value to a tree, members shared. NULL when memory is out. */
tempo_value *tempo__add_shared(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length,
                               const tempo_value *source);

/* The first two members of a map that have the same key, or NULL. False when memory is out. */
bool tempo__find_duplicate(const tempo_value *map, const tempo_allocator *allocator, const tempo_value **first,
                           const tempo_value **second);

/* Refuses a tree that the library did not read itself and that no text could give: too deep, too large,
 * or with a key that stands twice. */
tempo_status tempo__check_tree(const tempo_value *root, const tempo_allocator *allocator, tempo_error *error);

/* --- overrides (overrides.c) --- */

/* An override with its value read. */
typedef struct tempo__setting {
    const char *path;
    const tempo_value *value;
} tempo__setting;

typedef struct tempo__overrides {
    tempo__setting *items;
    size_t count;
} tempo__overrides;

/* Reads the values into `tree`, whose root becomes one of them. Memory comes from `arena`. */
tempo_status tempo__overrides_read(tempo__overrides *out, tempo_tree *tree, tempo__arena *arena,
                                   const tempo_document_options *options, tempo_error *error);

/* The last value given for a path, or NULL. */
const tempo_value *tempo__override_of(const tempo__overrides *overrides, const char *path);

/* Puts the values into `root`, the native form. Only `root` itself is changed in place. */
tempo_status tempo__overrides_apply(const tempo__overrides *overrides, tempo_tree *tree, tempo_value *root,
                                    tempo_error *error);

/* --- the keys of the native form (describe.c) --- */

typedef enum tempo__fact_kind {
    TEMPO__FACT_TIME,  /* const char *: as written */
    TEMPO__FACT_COUNT, /* int64_t */
    TEMPO__FACT_RATIO, /* double */
    TEMPO__FACT_FLAG   /* bool */
} tempo__fact_kind;

/* One key of `run`: a member of tempo_run. */
typedef struct tempo__fact {
    const char *name;
    tempo__fact_kind kind;
    size_t offset; /* in tempo_run */
    const char *help;
} tempo__fact;

/* One key of the document, or of a group. */
typedef struct tempo__key {
    const char *name;
    const char *help;
} tempo__key;

/* All of them, each list ended by a row without a name. A group's other keys are its fields. */
extern const tempo__fact tempo__facts[];
extern const tempo__key tempo__sections[];
extern const tempo__key tempo__group_name, tempo__group_fixed;
extern const char tempo__field_help[];
extern const char tempo__field_pattern[];   /* what the name of a field looks like */
extern const char tempo__element_pattern[]; /* the same, or one element of a list */

/* The version of the format that this library reads. */
enum { TEMPO__FORMAT_VERSION = 1 };

/* --- interpretation (interpret.c) --- */

/* What a document says, in memory of an arena but for the schedule. */
typedef struct tempo__meaning {
    tempo_run run;
    tempo_group *groups;
    size_t group_count;
    tempo_schedule *schedule;
    bool has_lr;
} tempo__meaning;

/* Reads the native form. */
tempo_status tempo__interpret(tempo__meaning *out, const tempo_value *root, tempo__arena *arena, tempo_error *error);

#endif
