/* tempo/allocator.h: where memory comes from. */
#ifndef TEMPO_ALLOCATOR_H
#define TEMPO_ALLOCATOR_H

#include <stddef.h>

/* One function does everything, so that there is one thing to write and one thing to count:
 *
 *   resize(context, NULL, 0, n)      a new block of n > 0 bytes, or NULL
 *   resize(context, p, old, n)       the block moved to n > 0 bytes, contents kept, or NULL (p stays)
 *   resize(context, p, old, 0)       frees p and returns NULL; cannot fail
 *
 * Blocks are aligned for any object, as malloc's are. Only constructors and `_free` call it; the
 * allocator must live until the last object made with it is freed. Wherever a function takes a
 * `const tempo_allocator *`, NULL means the C library's realloc and free. */
typedef struct tempo_allocator {
    void *(*resize)(void *context, void *pointer, size_t old_size, size_t new_size);
    void *context;
} tempo_allocator;

#endif
