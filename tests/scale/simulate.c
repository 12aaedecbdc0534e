/* simulate.c: a training on up to 10,000 ranks, each with a clock of its own, in one process: nothing is trained, but
 * everything is counted. `simulate` prints what it has compared; docs/scale.md explains it. Exit status 1: ranks differ.
 *
 * The data is one sequence of samples of 1 to 2048 tokens. An update takes 20,000 of them, and later 40,000 (a ramp of
 * the batch size), give or take; the ranks share them unevenly; some updates are skipped. Each rank knows its own part,
 * and the sums that an all-reduce gives it.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tempo/tempo.h>

enum { ATTEMPTS = 330, EPOCH = 100, TRACKS = 4, VOTES = 8, RANKS_MAX = 10000 };
/* Of the votes, as in src/trainer/fit.c, those that are not 0 here. */
enum { HAS_BATCH = 1, SAMPLES = 2, TOKENS = 3, NOT_APPLIED = 4 };

static const char schedules[] =
    "composer.CosineAnnealingWithWarmupScheduler t_warmup=300Mtok t_max=9Btok alpha_f=0.1 * "
    "composer.PolynomialScheduler field=weight_decay t_max=9Msp power=2.0 * "
    "composer.LinearScheduler field=momentum t_max=300ba alpha_f=0.5 * "
    "composer.ExponentialScheduler field=temperature gamma=0.9 decay_period=1ep";

/* What is seen after an update. */
typedef struct moment {
    tempo_timestamp now;
    double values[TRACKS];
} moment;

typedef struct rank {
    tempo_clock clock;
    int64_t votes[VOTES], samples, tokens;
} rank;

typedef struct world {
    const tempo_plan *plan;
    int size;
    rank *ranks;
    int64_t compared, all_reduces;
} world;

static void need(tempo_status status, const tempo_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "%s: %s\n", tempo_status_name(status), error->message);
    exit(2);
}

/* --- data --- */

/* SplitMix64, of Steele, Lea and Flood: as good as random, and the same everywhere. */
static uint64_t scramble(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static int64_t below(uint64_t x, int64_t limit)
{
    return (int64_t)(scramble(x) % (uint64_t)limit);
}

static int64_t samples_of(int64_t attempt)
{
    return (attempt < ATTEMPTS / 3 ? 20000 : 40000) + below((uint64_t)attempt, 1000);
}

static int64_t tokens_of(int64_t sample)
{
    return 1 + below((uint64_t)sample, 2048);
}

static bool is_skipped(int64_t attempt)
{
    return attempt % 13 == 7;
}

/* Where rank `r` begins in an update of `samples`: about a fair share, more or less. */
static int64_t begins(int64_t attempt, int64_t samples, int r, int size)
{
    const int64_t share = samples / size;
    if (r == 0 || r == size)
        return r ? samples : 0;
    return samples * r / size + below((uint64_t)(attempt * RANKS_MAX + r), share ? share : 1);
}

/* --- an all-reduce: recursive doubling, as MPI's libraries do it for few bytes; every rank adds in an order of its own --- */

static void exchange(rank *a, rank *b)
{
    for (int i = 0; i < VOTES; i++)
        a->votes[i] = b->votes[i] = a->votes[i] + b->votes[i];
}

static void all_reduce(world *w)
{
    int power = 1;
    while (power * 2 <= w->size)
        power *= 2;
    for (int r = power; r < w->size; r++)
        exchange(&w->ranks[r], &w->ranks[r - power]);
    for (int distance = 1; distance < power; distance *= 2) {
        for (int r = 0; r < power; r++) {
            if (!(r & distance))
                exchange(&w->ranks[r], &w->ranks[r | distance]);
        }
    }
    for (int r = power; r < w->size; r++)
        memcpy(w->ranks[r].votes, w->ranks[r - power].votes, sizeof w->ranks[r].votes);
    w->all_reduces++;
}

/* --- a training --- */

/* One update: what each rank has counted by itself, then what all have. */
static void attempt_update(world *w, int64_t attempt, int64_t first)
{
    const int64_t samples = samples_of(attempt);
    int64_t end = 0;
    for (int r = 0; r < w->size; r++) {
        int64_t *votes = w->ranks[r].votes;
        const int64_t begin = end;
        end = begins(attempt, samples, r + 1, w->size);
        memset(votes, 0, sizeof w->ranks[r].votes);
        votes[HAS_BATCH] = 1;
        votes[SAMPLES] = end - begin;
        for (int64_t i = begin; i < end; i++)
            votes[TOKENS] += tokens_of(first + i);
    }
    all_reduce(w);
    for (int r = 0; r < w->size; r++) {
        rank *one = &w->ranks[r];
        one->samples = one->votes[SAMPLES];
        one->tokens = one->votes[TOKENS];
        memset(one->votes, 0, sizeof one->votes);
        one->votes[NOT_APPLIED] = is_skipped(attempt);
    }
    all_reduce(w);
    tempo_error error = TEMPO_ERROR_INIT;
    for (int r = 0; r < w->size; r++) {
        rank *one = &w->ranks[r];
        if (!one->votes[NOT_APPLIED])
            need(tempo_clock_batch_end(&one->clock, one->samples, one->tokens, &error), &error);
    }
}

static void see(const world *w, int r, moment *out)
{
    out->now = *tempo_clock_now(&w->ranks[r].clock);
    for (size_t track = 0; track < TRACKS; track++)
        out->values[track] = tempo_plan_value(w->plan, track, &out->now);
}

/* Every rank against what the one process has seen at this update. */
static void compare(world *w, const moment *expected)
{
    for (int r = 0; r < w->size; r++) {
        moment seen;
        see(w, r, &seen);
        w->compared++;
        if (!memcmp(&seen, expected, sizeof seen))
            continue;
        fprintf(stderr, "rank %d of %d differs at update %" PRId64 "\n", r, w->size, expected->now.batch);
        exit(1);
    }
}

static world start(const tempo_plan *plan, int size)
{
    world w = {.plan = plan, .size = size, .ranks = calloc((size_t)size, sizeof *w.ranks)};
    if (!w.ranks)
        exit(2);
    for (int r = 0; r < size; r++)
        need(tempo_clock_init(&w.ranks[r].clock, NULL, NULL), NULL);
    return w;
}

/* Another world, which goes on from a checkpoint that rank 0 has written. */
static world resume(const world *from, int size)
{
    char text[TEMPO_CLOCK_TEXT_MAX];
    const size_t length = tempo_clock_save(text, &from->ranks[0].clock);
    world w = start(from->plan, size);
    tempo_error error = TEMPO_ERROR_INIT;
    for (int r = 0; r < size; r++)
        need(tempo_clock_load(&w.ranks[r].clock, text, length, &error), &error);
    w.compared = from->compared;
    w.all_reduces = from->all_reduces;
    return w;
}

/* A whole training, on sizes[0] ranks at first and on the next ones after each of `count` equal parts. Notes in `seen` what
 * there is after each attempt, or compares with it. */
static void train(const tempo_plan *plan, const int *sizes, int count, moment *seen, bool compares)
{
    world w = start(plan, sizes[0]);
    int64_t first = 0;
    for (int64_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        const int64_t part = attempt * count / ATTEMPTS;
        if (attempt && part != (attempt - 1) * count / ATTEMPTS) {
            world next = resume(&w, sizes[part]);
            free(w.ranks);
            w = next;
        }
        attempt_update(&w, attempt, first);
        first += samples_of(attempt);
        for (int r = 0; r < w.size && attempt % EPOCH == EPOCH - 1; r++)
            need(tempo_clock_epoch_end(&w.ranks[r].clock, NULL), NULL);
        if (compares)
            compare(&w, &seen[attempt]);
        else
            see(&w, 0, &seen[attempt]);
    }
    if (compares) {
        printf("ranks %d", sizes[0]);
        for (int i = 1; i < count; i++)
            printf(", then %d", sizes[i]);
        printf(": %" PRId64 " timestamps with %d values each agree; %.1f all-reduces of %d bytes an update\n",
               w.compared, TRACKS, (double)w.all_reduces / ATTEMPTS, (int)sizeof w.ranks[0].votes);
    }
    free(w.ranks);
}

/* --- a world of another size with the same batch on each rank: only tokens and samples go on as they did --- */

enum { TOKENS_OF_RANK = 8 * 2048 };

/* The end of a training of 9 billion tokens on 64 ranks, or on 128 from a third on. */
static moment train_to_the_end(const tempo_plan *plan, bool grows)
{
    const int64_t end = 9000000000;
    tempo_clock clock;
    need(tempo_clock_init(&clock, NULL, NULL), NULL);
    moment last = {.values = {0}};
    while (clock.now.token < end) {
        const int64_t ranks = grows && clock.now.token >= end / 3 ? 128 : 64;
        need(tempo_clock_batch_end(&clock, ranks * 8, ranks * TOKENS_OF_RANK, NULL), NULL);
    }
    last.now = clock.now;
    for (size_t track = 0; track < TRACKS; track++)
        last.values[track] = tempo_plan_value(plan, track, &last.now);
    return last;
}

/* The length of the first of both trainings is what its schedule by updates was made for. */
static const char growth_schedules[] =
    "composer.CosineAnnealingWithWarmupScheduler t_warmup=300Mtok t_max=9Btok alpha_f=0.1 * "
    "composer.LinearScheduler field=weight_decay * "
    "composer.LinearScheduler field=momentum t_max=8584ba alpha_f=0.5 * "
    "composer.LinearScheduler field=temperature";

static void print_growth(const tempo_plan *plan)
{
    const moment stays = train_to_the_end(plan, false), grows = train_to_the_end(plan, true);
    const moment *both[] = {&stays, &grows};
    for (int i = 0; i < 2; i++)
        printf("%s: %" PRId64 " updates, %" PRId64 " tokens; lr by tokens %.6g, momentum by updates %.6g\n",
               i ? "64 ranks, then 128" : "64 ranks", both[i]->now.batch, both[i]->now.token, both[i]->values[0],
               both[i]->values[2]);
    if (stays.now.token != grows.now.token || memcmp(&stays.values[0], &grows.values[0], sizeof(double)) != 0)
        exit(1);
}

static tempo_plan *bind(const char *text)
{
    tempo_field fields[TRACKS] = {{"lr", 3e-4, NULL, NULL},
                                  {"weight_decay", 0.1, NULL, NULL},
                                  {"momentum", 0.9, NULL, NULL},
                                  {"temperature", 2.0, NULL, NULL}};
    const tempo_group group = {.fields = fields, .field_count = TRACKS};
    const tempo_run run = {.max_duration = "9Btok", .batches_per_epoch = EPOCH};
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    need(tempo_schedule_parse(&schedule, text, NULL, &error), &error);
    need(tempo_plan_bind(&plan, &run, &group, 1, schedule, NULL, &error), &error);
    tempo_schedule_free(schedule);
    return plan;
}

int main(void)
{
    static const struct {
        int sizes[3], count;
    } worlds[] = {{{2}, 1}, {{4}, 1}, {{64}, 1}, {{1000}, 1}, {{RANKS_MAX}, 1}, {{RANKS_MAX, 7, 3000}, 3}};
    static moment expected[ATTEMPTS];
    tempo_plan *plan = bind(schedules);
    const int one = 1;
    train(plan, &one, 1, expected, false);
    const tempo_timestamp *end = &expected[ATTEMPTS - 1].now;
    printf("one process: %" PRId64 " updates of %d, %" PRId64 " samples, %" PRId64 " tokens\n", end->batch, ATTEMPTS,
           end->sample, end->token);
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++)
        train(plan, worlds[i].sizes, worlds[i].count, expected, true);
    tempo_plan_free(plan);
    plan = bind(growth_schedules);
    print_growth(plan);
    tempo_plan_free(plan);
    return 0;
}
