/* char_lm: trains a small language model of characters, with learning rate and weight decay from a schedule.
 *
 *   char_lm examples/char_lm/schedule.yaml --out runs/first
 *   mpirun -n 2 char_lm_mpi examples/char_lm/schedule.yaml --out runs/second
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <tempo/document.h>
#include <tempo/log.h>
#include <tempo/progress.h>
#include <tempo/trainer.h>

#include "training.h"
#include "world.h"

static const char *const usage =
    "usage: char_lm SCHEDULE [OPTIONS]\n"
    "\n"
    "  SCHEDULE             a Tempo document with the groups decay and rest: see examples/char_lm/*.yaml\n"
    "  --data FILE          text to train on; the licence texts of Debian if not given\n"
    "  --out FOLDER         for run.csv and checkpoints; nothing is written if not given\n"
    "  --keep COUNT         of checkpoints: the newest; 1 if not given, 0: all\n"
    "  --lr BASE            in place of the document's, in both groups\n"
    "  --max-duration TIME  in place of the document's\n"
    "  --resume PATH        go on from a checkpoint, or from the newest in a folder\n"
    "  --branch PATH        the same, with this SCHEDULE in place of the one that it was trained with\n";

/* --- arguments --- */

typedef struct arguments {
    const char *schedule, *data, *out, *keep, *lr, *max_duration, *resume, *branch;
} arguments;

static bool read_arguments(arguments *a, int count, char **words)
{
    const struct {
        const char *name;
        const char **value;
    } options[] = {{"--data", &a->data},
                   {"--out", &a->out},
                   {"--keep", &a->keep},
                   {"--lr", &a->lr},
                   {"--max-duration", &a->max_duration},
                   {"--resume", &a->resume},
                   {"--branch", &a->branch}};
    for (int i = 1; i < count; i++) {
        const char **value = words[i][0] == '-' ? NULL : &a->schedule;
        for (size_t j = 0; j < sizeof options / sizeof *options; j++)
            if (strcmp(words[i], options[j].name) == 0 && ++i < count)
                value = options[j].value;
        if (!value || *value || i >= count)
            return false;
        *value = words[i];
    }
    return a->schedule && !(a->resume && a->branch);
}

/* --- what goes wrong --- */

/* Says what went wrong; what a callback of the model has to say comes first. */
static int report(const arguments *a, const training *t, const tempo_error *error)
{
    if (t->problem[0])
        (void)fprintf(stderr, "char_lm: %s\n", t->problem);
    else if (error->line)
        (void)fprintf(stderr, "%s:%u:%u: %s\n", a->schedule, (unsigned)error->line, (unsigned)error->column,
                      error->message);
    else
        (void)fprintf(stderr, "char_lm: %s\n", error->message);
    if (!t->problem[0] && error->advice[0])
        (void)fprintf(stderr, "    %s\n", error->advice);
    return 1;
}

/* --- the parts of a run --- */

/* Everything that has to be freed. */
typedef struct run {
    arguments arguments;
    tempo_error error;
    tempo_communicator world;
    tempo_document *document;
    training training;
    tempo_trainer *trainer;
    tempo_log *log;
    tempo_progress *progress;
} run;

static bool is_first(const run *r)
{
    return r->world.rank == 0;
}

static bool read_document(run *r)
{
    const arguments *a = &r->arguments;
    tempo_override overrides[GROUP_COUNT + 1];
    tempo_document_options options = {.overrides = overrides};
    if (a->lr) {
        overrides[options.override_count++] = (tempo_override){"optimizer.groups[0].lr", a->lr};
        overrides[options.override_count++] = (tempo_override){"optimizer.groups[1].lr", a->lr};
    }
    if (a->max_duration)
        overrides[options.override_count++] = (tempo_override){"run.max_duration", a->max_duration};

    unsigned char *bytes = NULL;
    size_t length = 0;
    if (!read_file(a->schedule, &bytes, &length, r->training.problem))
        return false;
    const tempo_status status = tempo_document_parse(&r->document, (char *)bytes, length, &options, &r->error);
    free(bytes);
    return !status;
}

static bool start_training(run *r)
{
    const training_options options = {.data = r->arguments.data,
                                      .run = tempo_document_run(r->document),
                                      .groups = tempo_document_groups(r->document),
                                      .group_count = tempo_document_group_count(r->document),
                                      .world = r->world,
                                      .seed = 1};
    return training_start(&r->training, &options);
}

static bool make_folder(run *r)
{
    const char *out = r->arguments.out;
    if (!out || mkdir(out, 0777) == 0 || errno == EEXIST)
        return true;
    (void)snprintf(r->training.problem, sizeof r->training.problem, "%.180s: %s", out, strerror(errno));
    return false;
}

static void pass_over(void *context, const char *path, const tempo_error *why)
{
    (void)context;
    (void)fprintf(stderr, "char_lm: %s cannot be used: %s; taking the one before\n", path, why->message);
}

static bool make_trainer(run *r)
{
    const arguments *a = &r->arguments;
    const size_t keep = a->keep ? strtoul(a->keep, NULL, 10) : 1;
    tempo_trainer_options options = {
        .run = *tempo_document_run(r->document),
        .schedule = tempo_document_schedule(r->document),
        .evaluation.every = "0.05dur",
        .checkpoints = {.folder = a->out, .every = "0.1dur", .keep = keep},
        .catch_signals = a->out,
        .communicator = &r->world,
    };
    training_describe(&r->training, &options);
    if (!make_folder(r) || tempo_trainer_new(&r->trainer, &options, &r->error))
        return false;
    const char *from = a->resume ? a->resume : a->branch;
    const tempo_mismatch mismatch = a->branch ? TEMPO_MISMATCH_CONFIG : TEMPO_MISMATCH_ERROR;
    return !from || !tempo_trainer_resume(r->trainer, from, mismatch, pass_over, NULL, &r->error);
}

/* The first rank shows and writes what happens; the others train. */
static bool attach(run *r)
{
    char path[4096];
    const arguments *a = &r->arguments;
    const tempo_progress_options progress = {.name = "char-lm"};
    if (!is_first(r))
        return true;
    if (tempo_progress_attach(&r->progress, r->trainer, &progress, &r->error))
        return false;
    if (!a->out)
        return true;
    (void)snprintf(path, sizeof path, "%.4000s/run.csv", a->out);
    const tempo_log_options log = {.format = TEMPO_LOG_CSV, .path = path, .metric = true, .allow_missing = a->branch};
    return !tempo_log_attach(&r->log, r->trainer, &log, &r->error);
}

/* --- what it prints --- */

static void introduce(const run *r)
{
    const training *t = &r->training;
    printf("%zu parameters, %zu characters to train on, %zu held out", t->model->parameter_count, t->text.train_length,
           t->text.held_out_length);
    if (r->world.size > 1)
        printf(", %d ranks", r->world.size);
    printf("\n");
    (void)fflush(stdout);
}

/* The end of a run that was not interrupted: how well it went, and a few words in the model's own hand. */
static bool conclude(run *r, double before)
{
    enum { WORDS = 240 };
    char words[WORDS];
    double after = 0;
    if (training_held_out(&r->training, &after) || !training_write(&r->training, WORDS, words))
        return false;
    printf("\n%.*s\n\n", WORDS, words);
    printf("held-out loss %.4f -> %.4f nats per character\n", before, after);
    return true;
}

static void say_how_to_go_on(const run *r)
{
    const arguments *a = &r->arguments;
    printf("interrupted; to go on: the same command with --resume %s%s\n", a->out,
           a->resume || a->branch ? " in place of what it resumed from" : "");
}

/* --- a run --- */

static bool train(run *r)
{
    double before = 0;
    if (!read_document(r) || !start_training(r) || !make_trainer(r) || !attach(r) ||
        training_held_out(&r->training, &before))
        return false;
    if (is_first(r))
        introduce(r);
    if (tempo_trainer_fit(r->trainer, &r->error))
        return false;
    if (!is_first(r))
        return true;
    if (!tempo_trainer_was_interrupted(r->trainer))
        return conclude(r, before);
    say_how_to_go_on(r);
    return true;
}

static bool finish(run *r, bool ok)
{
    tempo_error ignored = TEMPO_ERROR_INIT;
    tempo_progress_free(r->progress);
    ok = !tempo_log_close(r->log, ok ? &r->error : &ignored) && ok;
    if (!ok)
        (void)report(&r->arguments, &r->training, &r->error);
    tempo_trainer_free(r->trainer);
    training_free(&r->training);
    tempo_document_free(r->document);
    world_end(&r->world);
    return ok;
}

int main(int count, char **words)
{
    run r = {.error = TEMPO_ERROR_INIT};
    if (!read_arguments(&r.arguments, count, words)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    bool ok = !world_start(&r.world, &count, &words, &r.error) && train(&r);
    ok = finish(&r, ok);
    return ok ? 0 : 1;
}
