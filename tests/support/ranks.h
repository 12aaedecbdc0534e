/* support/ranks.h: ranks that are threads of one process, for tests of what many ranks do: nothing to install, and the
 * thread sanitizer sees everything.
 *
 * The last rank to come to a collective call does it for all. A call that does not go together (another function,
 * another count, another root) is an error on every rank, so that a training which gets out of step is found. So is a
 * rank that does not come in time, or one that has already returned: nothing hangs.
 */
#ifndef TEMPO_TESTS_SUPPORT_RANKS_H
#define TEMPO_TESTS_SUPPORT_RANKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <tempo/communicator.h>

enum { RANKS_MAX = 16, RANKS_PATIENCE = 20 /* seconds; a sanitizer is slow */ };

/* What the functions of such a communicator return. */
enum {
    RANKS_INJECTED = 1,     /* as asked for, on the rank that was named */
    RANKS_BROKEN = 2,       /* on the others: a rank failed, returned, or was late */
    RANKS_OUT_OF_STEP = 3,  /* the calls of the ranks do not go together */
    RANKS_OUT_OF_RANGE = 4, /* a sum of counts does not fit */
};

typedef enum ranks_kind { RANKS_COUNTS, RANKS_REALS, RANKS_BYTES, RANKS_KINDS } ranks_kind;

/* What a rank calls. */
typedef struct ranks_call {
    ranks_kind kind;
    void *values;
    size_t count;
    int root;
} ranks_call;

typedef struct ranks ranks;

typedef struct ranks_one {
    ranks *all;
    int rank;
    ranks_call call;
    long calls[RANKS_KINDS], made; /* how many so far, by kind and in all */
    size_t bytes[RANKS_KINDS];     /* that this rank has put in, or broadcast */
    pthread_t thread;
    void (*run)(const tempo_communicator *communicator, void *context);
    void *context;
} ranks_one;

struct ranks {
    int size;
    int failing_rank;  /* its call number `failing_call` (from 1) fails there */
    long failing_call; /* 0: none */
    bool silently;     /* and the others do not learn of it: to them, it never comes */
    int patience;      /* seconds; 0: RANKS_PATIENCE */
    ranks_one one[RANKS_MAX];
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int waiting, result;
    long round;
    bool broken;
};

/* --- one collective call --- */

static inline bool ranks_go_together(const ranks *all)
{
    const ranks_call *first = &all->one[0].call;
    for (int r = 1; r < all->size; r++) {
        const ranks_call *call = &all->one[r].call;
        if (call->kind != first->kind || call->count != first->count || call->root != first->root)
            return false;
    }
    return true;
}

static inline int ranks_sum_counts(const ranks *all)
{
    for (size_t i = 0; i < all->one[0].call.count; i++) {
        int64_t sum = 0;
        for (int r = 0; r < all->size; r++) {
            const int64_t value = ((const int64_t *)all->one[r].call.values)[i];
            if (value > 0 ? sum > INT64_MAX - value : sum < INT64_MIN - value)
                return RANKS_OUT_OF_RANGE;
            sum += value;
        }
        for (int r = 0; r < all->size; r++)
            ((int64_t *)all->one[r].call.values)[i] = sum;
    }
    return 0;
}

static inline void ranks_sum_reals(const ranks *all)
{
    for (size_t i = 0; i < all->one[0].call.count; i++) {
        double sum = 0;
        for (int r = 0; r < all->size; r++)
            sum += ((const double *)all->one[r].call.values)[i];
        for (int r = 0; r < all->size; r++)
            ((double *)all->one[r].call.values)[i] = sum;
    }
}

static inline int ranks_do(const ranks *all)
{
    const ranks_call *first = &all->one[0].call;
    if (!ranks_go_together(all))
        return RANKS_OUT_OF_STEP;
    if (first->kind == RANKS_COUNTS)
        return ranks_sum_counts(all);
    if (first->kind == RANKS_REALS)
        ranks_sum_reals(all);
    for (int r = 0; first->kind == RANKS_BYTES && first->count && r < all->size; r++) {
        if (r != first->root)
            memcpy(all->one[r].call.values, all->one[first->root].call.values, first->count);
    }
    return 0;
}

/* Waits, with the mutex held, until the last rank has done it. */
static inline int ranks_wait(ranks *all)
{
    const long round = all->round;
    struct timespec limit = {0};
    (void)timespec_get(&limit, TIME_UTC);
    limit.tv_sec += all->patience ? all->patience : RANKS_PATIENCE;
    while (all->round == round && !all->broken) {
        if (pthread_cond_timedwait(&all->changed, &all->mutex, &limit))
            all->broken = true;
    }
    if (all->round != round)
        return all->result;
    (void)pthread_cond_broadcast(&all->changed);
    return RANKS_BROKEN;
}

static inline int ranks_meet(ranks_one *one)
{
    ranks *all = one->all;
    if (all->broken)
        return RANKS_BROKEN;
    if (++all->waiting < all->size)
        return ranks_wait(all);
    all->waiting = 0;
    all->round++;
    all->result = ranks_do(all);
    (void)pthread_cond_broadcast(&all->changed);
    return all->result;
}

static inline int ranks_call_all(ranks_one *one, ranks_call call, size_t size_of_one)
{
    ranks *all = one->all;
    int result = RANKS_INJECTED;
    (void)pthread_mutex_lock(&all->mutex);
    one->call = call;
    one->calls[call.kind]++;
    one->bytes[call.kind] += call.count * size_of_one;
    if (++one->made != all->failing_call || one->rank != all->failing_rank) {
        result = ranks_meet(one);
    } else if (!all->silently) {
        all->broken = true;
        (void)pthread_cond_broadcast(&all->changed);
    }
    (void)pthread_mutex_unlock(&all->mutex);
    return result;
}

static inline int ranks_counts(void *context, int64_t *values, size_t count)
{
    return ranks_call_all(context, (ranks_call){RANKS_COUNTS, values, count, 0}, sizeof *values);
}

static inline int ranks_reals(void *context, double *values, size_t count)
{
    return ranks_call_all(context, (ranks_call){RANKS_REALS, values, count, 0}, sizeof *values);
}

static inline int ranks_broadcast(void *context, void *bytes, size_t length, int root)
{
    return ranks_call_all(context, (ranks_call){RANKS_BYTES, bytes, length, root}, 1);
}

/* --- running --- */

static inline void *ranks_thread(void *context)
{
    ranks_one *one = context;
    ranks *all = one->all;
    const tempo_communicator communicator = {one, one->rank, all->size, ranks_counts, ranks_reals, ranks_broadcast};
    one->run(&communicator, one->context);
    (void)pthread_mutex_lock(&all->mutex);
    /* Who waits for this rank from now on waits in vain; without being told, only time shows it. */
    all->broken = all->broken || !all->silently;
    (void)pthread_cond_broadcast(&all->changed);
    (void)pthread_mutex_unlock(&all->mutex);
    return NULL;
}

/* Calls run(communicator of rank r, contexts + r * stride) on `all->size` threads, and waits for them. Zero `*all`, and
 * set `size` and what is to go wrong. cmocka's assertions belong after it, not into the threads. */
static inline bool ranks_run(ranks *all, void (*run)(const tempo_communicator *communicator, void *context),
                             void *contexts, size_t stride)
{
    int started = 0;
    if (pthread_mutex_init(&all->mutex, NULL) || pthread_cond_init(&all->changed, NULL))
        return false;
    for (int r = 0; r < all->size; r++) {
        all->one[r].all = all;
        all->one[r].rank = r;
        all->one[r].run = run;
        all->one[r].context = (char *)contexts + (size_t)r * stride;
    }
    while (started < all->size && !pthread_create(&all->one[started].thread, NULL, ranks_thread, &all->one[started]))
        started++;
    for (int r = 0; r < started; r++)
        (void)pthread_join(all->one[r].thread, NULL);
    (void)pthread_cond_destroy(&all->changed);
    (void)pthread_mutex_destroy(&all->mutex);
    return started == all->size;
}

#endif
