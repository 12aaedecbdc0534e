/* readers/reader.h: how the training config of another system becomes a native document. */
#ifndef TEMPO_READERS_READER_H
#define TEMPO_READERS_READER_H

#include <tempo/document.h>

/* One system. Static data; a constant in the reader's own file, a row in readers.c. */
typedef struct tempo__config_reader {
    const char *name;                            /* "llm-foundry" */
    const char *looks_for;                       /* the keys it is recognised by, for the message when none is */
    bool (*recognises)(const tempo_value *root); /* root: a map */
    /* Builds the native form as the root of `tree`; places are those of `root`, so that errors about the
     * native form point into the config. */
    tempo_status (*translate)(const tempo_value *root, tempo_tree *tree, tempo_error *error);
} tempo__config_reader;

/* The reader of that index, or NULL past the end. */
const tempo__config_reader *tempo__config_reader_at(size_t index);

#endif
