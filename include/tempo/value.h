/* tempo/value.h: plain data (null, numbers, text, lists, maps), as a document holds it, with the place
 * in the text that each value came from. The bridge between readers, documents and schedules. */
#ifndef TEMPO_VALUE_H
#define TEMPO_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/allocator.h>
#include <tempo/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tempo_value_kind {
    TEMPO_VALUE_NULL,
    TEMPO_VALUE_BOOL,
    TEMPO_VALUE_INTEGER,
    TEMPO_VALUE_REAL,
    TEMPO_VALUE_TEXT,
    TEMPO_VALUE_LIST,
    TEMPO_VALUE_MAP
} tempo_value_kind;

/* Where a value stands in the text it was read from; all 0 when it was not read from one. */
typedef struct tempo_place {
    size_t line;   /* from 1 */
    size_t column; /* in bytes, from 1 */
    size_t length; /* in bytes */
} tempo_place;

/* One value. Read the fields; change them only through the functions. */
typedef struct tempo_value {
    tempo_value_kind kind;
    bool boolean;     /* of a BOOL */
    int64_t integer;  /* of an INTEGER */
    double real;      /* of a REAL; of an INTEGER, the same number rounded to double */
    const char *text; /* of a TEXT, NUL-terminated. Of every other scalar that was read from a text,
                         how it was spelled there; else NULL. */
    size_t text_length;
    const char *key; /* of a member of a map, NUL-terminated; else NULL */
    size_t key_length;
    size_t count;                     /* members of a LIST or MAP */
    struct tempo_value *first, *last; /* members of a LIST or MAP, in order of the text */
    struct tempo_value *next;         /* the next member of the same list or map */
    tempo_place place;
    tempo_place key_place;
} tempo_value;

/* Owns values: all of them die with it. Belongs to one thread while it is built. */
typedef struct tempo_tree tempo_tree;

TEMPO_API tempo_status tempo_tree_new(tempo_tree **out, const tempo_allocator *allocator);
TEMPO_API void tempo_tree_free(tempo_tree *tree);

/* The value that was added without a parent, or NULL. */
TEMPO_API const tempo_value *tempo_tree_root(const tempo_tree *tree);

/* Adds a value at the end of `parent` (NULL: as the root). `key` is copied; NULL unless `parent` is a
 * map. Returns NULL when memory is out. A key that is there already is not detected here. */
TEMPO_API tempo_value *tempo_tree_add(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length,
                                      tempo_value_kind kind);

/* The same for one kind each; the text is copied. NULL when memory is out. */
TEMPO_API tempo_value *tempo_tree_add_bool(tempo_tree *tree, tempo_value *parent, const char *key, bool boolean);
TEMPO_API tempo_value *tempo_tree_add_integer(tempo_tree *tree, tempo_value *parent, const char *key, int64_t integer);
TEMPO_API tempo_value *tempo_tree_add_real(tempo_tree *tree, tempo_value *parent, const char *key, double real);
TEMPO_API tempo_value *tempo_tree_add_text(tempo_tree *tree, tempo_value *parent, const char *key, const char *text,
                                           size_t length);

/* Adds a copy of `source`, members and places included. NULL when memory is out. */
TEMPO_API tempo_value *tempo_tree_add_copy(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length,
                                           const tempo_value *source);

/* Adds the value of an unquoted scalar by the core schema of YAML 1.2: null and ~, true and false,
 * decimal, 0o and 0x integers (those beyond int64_t are reals), reals with .inf and .nan, else text.
 * `text` is what a TEXT holds, and the spelling of every other. NULL when memory is out. */
TEMPO_API tempo_value *tempo_tree_add_scalar(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length,
                                             const char *text, size_t length);

/* Copies `length` bytes (NUL added) into the tree's own memory. NULL when memory is out. */
TEMPO_API char *tempo_tree_copy_text(tempo_tree *tree, const char *text, size_t length);

/* The member of a map with that key, or NULL; O(members). NULL too when `map` is NULL or no map. */
TEMPO_API const tempo_value *tempo_value_member(const tempo_value *map, const char *key);

/* The value at a path such as "run.max_duration" or "schedules[0].t_warmup", or NULL. Where the path
 * has [0] and the value is no list, the value itself stands for its only element. */
TEMPO_API const tempo_value *tempo_value_at(const tempo_value *root, const char *path);

/* "null", "true or false", "an integer", "a number", "text", "a list", "a map". Static. */
TEMPO_API const char *tempo_value_kind_text(tempo_value_kind kind);

/* Whether two values are the same data: kinds, numbers bit for bit, text, members in the same order
 * (of a map: in any order). Places do not count. */
TEMPO_API bool tempo_value_equal(const tempo_value *a, const tempo_value *b);

#ifdef __cplusplus
}
#endif

#endif
