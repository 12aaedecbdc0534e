/* memory.c: the default allocator, and arenas. */
#include "base/internal.h"

#include <stdlib.h>
#include <string.h>

static void *libc_resize(void *context, void *pointer, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(pointer);
        return NULL;
    }
    return realloc(pointer, new_size);
}

tempo_allocator tempo__allocator_or_default(const tempo_allocator *allocator)
{
    const tempo_allocator libc = {libc_resize, NULL};
    return allocator ? *allocator : libc;
}

void *tempo__allocate(const tempo_allocator *allocator, size_t size)
{
    void *block = allocator->resize(allocator->context, NULL, 0, size);
    if (block)
        memset(block, 0, size);
    return block;
}

void tempo__release(const tempo_allocator *allocator, void *pointer, size_t size)
{
    if (pointer)
        allocator->resize(allocator->context, pointer, size, 0);
}

enum { CHUNK_MIN = 1024, CHUNK_MAX = 64 * 1024, ALIGNMENT = _Alignof(max_align_t) };

/* A block of an arena; its bytes follow it. */
struct tempo__chunk {
    struct tempo__chunk *next;
    size_t size; /* bytes after the header */
    size_t used;
    max_align_t bytes[];
};

void tempo__arena_init(tempo__arena *arena, const tempo_allocator *allocator)
{
    arena->allocator = tempo__allocator_or_default(allocator);
    arena->chunks = NULL;
    arena->used = 0;
}

bool tempo__arena_reserve(tempo__arena *arena, size_t size)
{
    struct tempo__chunk *top = arena->chunks;
    if (top && top->size - top->used >= size)
        return true;
    if (size > SIZE_MAX - sizeof *top)
        return false;
    struct tempo__chunk *chunk = tempo__allocate(&arena->allocator, sizeof *chunk + size);
    if (!chunk)
        return false;
    chunk->size = size;
    chunk->next = top;
    arena->chunks = chunk;
    return true;
}

void *tempo__arena_take(tempo__arena *arena, size_t count, size_t size)
{
    if (size && count > (SIZE_MAX - ALIGNMENT) / size)
        return NULL;
    const size_t bytes = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct tempo__chunk *top = arena->chunks;
    if (!top || top->size - top->used < bytes) {
        /* Chunks double, so that a large tree costs few allocations and a small one little memory. */
        size_t room = top && top->size < CHUNK_MAX / 2 ? 2 * top->size : CHUNK_MAX;
        if (!top)
            room = CHUNK_MIN;
        if (!tempo__arena_reserve(arena, bytes > room ? bytes : room))
            return NULL;
        top = arena->chunks;
    }
    void *block = (char *)top->bytes + top->used;
    top->used += bytes;
    arena->used += bytes;
    return block;
}

char *tempo__arena_copy_text(tempo__arena *arena, const char *text, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = tempo__arena_take(arena, length + 1, 1);
    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

void tempo__arena_free(tempo__arena *arena)
{
    struct tempo__chunk *chunk = arena->chunks;
    while (chunk) {
        struct tempo__chunk *next = chunk->next;
        tempo__release(&arena->allocator, chunk, sizeof *chunk + chunk->size);
        chunk = next;
    }
    arena->chunks = NULL;
    arena->used = 0;
}
