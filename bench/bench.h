/* bench.h: a small harness: best-of-k times, measured in turns, printed as ratios. */
#ifndef TEMPO_BENCH_H
#define TEMPO_BENCH_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime() */
#endif

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <tempo/error.h>

enum { BENCH_ROUNDS = 25 };

/* Does one thing `times` times. The result keeps the compiler from leaving the work out. */
typedef double bench_work(void *context, size_t times);

typedef struct bench_case {
    bench_work *work;
    void *context;
    size_t times;
    double best; /* nanoseconds for one time, once measured */
} bench_case;

static volatile double bench_sink;

static inline double bench_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

/* Measures cases in turns, so that a slow moment of the machine hits all of them, and keeps the best of
 * each: what disturbs a measurement only ever adds to it. */
static inline void bench_measure(bench_case *cases, size_t count)
{
    for (int round = 0; round < BENCH_ROUNDS; round++)
        for (size_t i = 0; i < count; i++) {
            const double start = bench_now();
            bench_sink = cases[i].work(cases[i].context, cases[i].times);
            const double each = (bench_now() - start) / (double)cases[i].times;
            if (round == 0 || each < cases[i].best)
                cases[i].best = each;
        }
}

/* A time in a unit that suits it. */
static inline const char *bench_time(char *buffer, size_t capacity, double nanoseconds)
{
    const char *unit = nanoseconds < 1e3 ? "ns" : nanoseconds < 1e6 ? "us" : "ms";
    const double value = nanoseconds < 1e3 ? nanoseconds : nanoseconds < 1e6 ? nanoseconds / 1e3 : nanoseconds / 1e6;
    (void)snprintf(buffer, capacity, "%.1f %s", value, unit);
    return buffer;
}

/* One line: what was measured, as a ratio to what, both times, and the goal ("" for none). */
static inline void bench_print(const char *name, const bench_case *measured, const char *base_name,
                               const bench_case *base, const char *goal)
{
    char time[32], base_time[32], times[72];
    (void)snprintf(times, sizeof times, "%s / %s", bench_time(time, sizeof time, measured->best),
                   bench_time(base_time, sizeof base_time, base->best));
    printf("%-40s %6.2f x %-28s %-22s %s\n", name, measured->best / base->best, base_name, times, goal);
}

/* "goal <= 1.5 x: met" for a ratio or a time. */
static inline const char *bench_goal(char *buffer, size_t capacity, double value, double goal, const char *unit)
{
    (void)snprintf(buffer, capacity, "goal <= %g %s: %s", goal, unit, value <= goal ? "met" : "MISSED");
    return buffer;
}

/* For what cannot fail when all is well. */
static inline void bench_need(tempo_status status, const tempo_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "%s: %s\n", error->path, error->message);
    exit(2);
}

#endif
