/* document/yaml.h: what the files that read YAML share: the state of reading. */
#ifndef TEMPO_DOCUMENT_YAML_H
#define TEMPO_DOCUMENT_YAML_H

#include <libfyaml.h>

#include "document/internal.h"

/* How much a value is with its aliases written out. */
typedef struct tempo__extent {
    size_t values;
    size_t depth; /* of lists and maps in each other; 0 for a scalar */
} tempo__extent;

/* What an anchor (`&name`) stands for. */
typedef struct tempo__anchor {
    const tempo_value *value; /* NULL while the value is still being read */
    tempo__extent extent;
} tempo__anchor;

/* A list or map that is being read. */
typedef struct tempo__frame {
    tempo_value *value;
    tempo__extent extent;
    size_t offset;            /* where it starts */
    tempo__anchor *anchor;    /* or NULL */
    const tempo_value *merge; /* its `<<`, or NULL */
    bool in_brackets;
} tempo__frame;

/* A scalar's text, which lives as long as the reader and the text that is read. */
typedef struct tempo__slice {
    const char *text; /* NULL: none */
    size_t length;
} tempo__slice;

typedef struct tempo__yaml {
    tempo_tree *tree;
    const tempo_allocator *allocator;
    tempo_error *error;
    tempo__positions positions; /* and the text */
    tempo__arena arena;         /* anchors, and scalars that are not as they are spelled */
    tempo__names anchors;
    struct fy_diag *diag;
    struct fy_parser *parser;
    tempo__slice key; /* waits for its value */
    tempo_place key_place;
    bool key_is_plain;
    tempo__frame frames[TEMPO_DOCUMENT_DEPTH_MAX];
    size_t depth;
    size_t values;  /* so far, with aliases written out */
    size_t end;     /* offset after the last token */
    bool has_ended; /* the document has */
} tempo__yaml;

/* --- tokens (yaml_token.c) --- */

/* The place of a token with its quotes or *, which libfyaml leaves out; without a token, right after
 * the last one. */
tempo_place tempo__place_token(tempo__yaml *r, struct fy_token *token);

/* The content of a scalar; an empty text without a token. */
tempo_status tempo__read_content(tempo__yaml *r, struct fy_token *token, tempo_place place, tempo__slice *out);

bool tempo__is_plain(struct fy_token *token);

/* The kind that a tag (`!!int`) asks for, if there is one. */
typedef struct tempo__tag {
    bool given;
    tempo_value_kind kind;
} tempo__tag;
tempo_status tempo__read_tag(tempo__yaml *r, struct fy_token *token, tempo__tag *out);

/* --- errors (yaml_error.c) --- */

/* Ends an error that was just filled: adds the path of the value that is read, and the place. `key` is
 * that of a member of the innermost map; NULL: that which waits for its value, if one does. */
tempo_status tempo__fail_here(const tempo__yaml *r, tempo_status status, tempo_place place, const char *key);

/* There is a second document. */
tempo_status tempo__fail_second(const tempo__yaml *r, tempo_place place);

/* libfyaml gave up: says why, and where. */
tempo_status tempo__fail_syntax(tempo__yaml *r);

/* --- quoted scalars (quoted.c) --- */

/* Whether what stands between the quotes is the content itself. */
bool tempo__quoted_is_simple(const char *text, size_t length, char quote);

/* Turns what stands between the quotes into the content: escapes, folded lines. `out` has room for
 * `length` bytes; the result is the length of the content, or SIZE_MAX if there is an escape that is
 * none (or \L or \P, which could be longer than their spelling). */
size_t tempo__quoted_decode(char *out, const char *text, size_t length, char quote);

#endif
