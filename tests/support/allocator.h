/* support/allocator.h: an allocator that counts, and fails when its budget is spent. */
#ifndef TEMPO_TESTS_SUPPORT_ALLOCATOR_H
#define TEMPO_TESTS_SUPPORT_ALLOCATOR_H

#include <stdlib.h>
#include <string.h>

#include <tempo/allocator.h>

typedef struct counting_allocator {
    long budget;       /* allocations still allowed; < 0: any number */
    long calls;        /* allocations asked for, failed ones included */
    long live_blocks;  /* not yet freed */
    size_t live_bytes; /* not yet freed, by the sizes that the caller states */
} counting_allocator;

static inline void *counting_resize(void *context, void *pointer, size_t old_size, size_t new_size)
{
    counting_allocator *counter = context;
    if (new_size == 0) {
        counter->live_blocks -= pointer != NULL;
        counter->live_bytes -= old_size;
        free(pointer);
        return NULL;
    }
    counter->calls++;
    if (counter->budget == 0)
        return NULL;
    counter->budget -= counter->budget > 0;
    void *block = realloc(pointer, new_size);
    if (!block)
        return NULL;
    counter->live_blocks += pointer == NULL;
    counter->live_bytes += new_size - old_size;
    return block;
}

/* The hook for `counter`, which starts with `budget` allocations. */
static inline tempo_allocator counting_start(counting_allocator *counter, long budget)
{
    *counter = (counting_allocator){.budget = budget};
    return (tempo_allocator){counting_resize, counter};
}

#endif
