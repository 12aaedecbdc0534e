/* fit.c: the loop: batches until the end, and what happens after each and after each epoch. docs/trainer.md has it as a
 * table. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "trainer/internal.h"

/* --- many ranks --- */

/* What ranks tell each other: summed over all of them. */
typedef struct votes {
    int64_t failed, has_batch, samples, tokens, not_applied, stop, interrupted, duration;
} votes;

enum { VOTE_COUNT = sizeof(votes) / sizeof(int64_t) };

/* An error that every rank comes to by itself, since it follows from sums. */
static tempo_status everywhere(tempo_trainer *trainer, tempo_status status)
{
    trainer->is_told = true;
    return status;
}

/* Puts the sums into `sum`. A failure on one rank is one on all: the others learn of it here, and only here. A rank that
 * has failed therefore goes on to the next agreement, without doing anything on the way; nobody waits for it. */
static tempo_status agree(tempo_trainer *trainer, tempo_status status, votes *sum, tempo_error *error)
{
    int64_t counts[VOTE_COUNT];
    sum->failed = status != TEMPO_OK;
    memcpy(counts, sum, sizeof counts);
    const int code = trainer->communicator.sum_counts(trainer->communicator.context, counts, VOTE_COUNT);
    memcpy(sum, counts, sizeof counts);
    if (status)
        return everywhere(trainer, status);
    if (code)
        return everywhere(trainer,
                          tempo__fail(error, TEMPO_FAILED,
                                      "the ranks cannot reach each other: the communicator failed with %d", code));
    if (!sum->failed)
        return TEMPO_OK;
    tempo__fail(error, TEMPO_FAILED, "%lld of %d ranks failed, and this one ends with them", (long long)sum->failed,
                trainer->communicator.size);
    tempo__advise(error, "see what they report");
    return everywhere(trainer, TEMPO_FAILED);
}

/* --- callbacks of the caller --- */

static tempo_status fail_callback(const tempo_trainer *trainer, const char *what, int code, tempo_error *error)
{
    return tempo__fail(error, TEMPO_FAILED, "%s failed with %d at batch %lld", what, code,
                       (long long)tempo_clock_now(&trainer->clock)->batch);
}

static tempo_status take_batch(tempo_trainer *trainer, tempo_batch *batch, bool *has_batch, tempo_error *error)
{
    const tempo_data_source *data = &trainer->options.data;
    *batch = (tempo_batch){.samples = 0};
    *has_batch = false;
    const int code = data->next(data->context, batch, has_batch);
    if (code)
        return fail_callback(trainer, "the data source", code, error);
    if (*has_batch && (batch->samples < 0 || batch->tokens < 0))
        return tempo__fail(error, TEMPO_BAD_VALUE, "the data source has a batch of %lld samples and %lld tokens",
                           (long long)batch->samples, (long long)batch->tokens);
    trainer->taken += *has_batch;
    return TEMPO_OK;
}

/* --- one update --- */

/* The micro-batches of one update, on this rank. */
typedef struct portion {
    int64_t samples, tokens;
    double loss, weight; /* sums, for a mean */
} portion;

static tempo_status train_batch(const tempo_trainer *trainer, const tempo_batch *batch, portion *p, tempo_error *error)
{
    double loss = NAN;
    const int code = trainer->options.model.train(trainer->options.model.context, batch, &loss);
    if (code)
        return fail_callback(trainer, "training the model", code, error);
    const double weight = batch->samples ? (double)batch->samples : 1.0;
    p->loss += loss * weight;
    p->weight += weight;
    if (tempo__add(&p->samples, p->samples, batch->samples) && tempo__add(&p->tokens, p->tokens, batch->tokens))
        return TEMPO_OK;
    return tempo__fail(error, TEMPO_OUT_OF_RANGE, "the samples or tokens of a batch do not fit in 64 bits");
}

/* Trains on as many micro-batches as an update takes, or as the epoch still has; the first is there already. */
static tempo_status train_portion(tempo_trainer *trainer, tempo_batch batch, portion *p, tempo_error *error)
{
    const int64_t wanted = trainer->options.micro_batches ? trainer->options.micro_batches : 1;
    tempo_status status = tempo__emit(trainer, TEMPO_EVENT_BATCH_START, NULL, error);
    bool has_batch = true;
    for (int64_t i = 0; !status && has_batch && i < wanted; i++) {
        status = train_batch(trainer, &batch, p, error);
        if (!status && i + 1 < wanted)
            status = take_batch(trainer, &batch, &has_batch, error);
    }
    return status;
}

/* The mean loss over all ranks. */
static tempo_status agree_loss(tempo_trainer *trainer, const portion *p, tempo_error *error)
{
    double sums[2] = {p->loss, p->weight};
    const int code = trainer->communicator.sum_reals(trainer->communicator.context, sums, 2);
    if (code)
        return everywhere(trainer,
                          tempo__fail(error, TEMPO_FAILED,
                                      "the ranks cannot reach each other: the communicator failed with %d", code));
    const double loss = sums[0] / sums[1];
    if (!isfinite(loss) && !trainer->options.allow_nan) {
        char text[TEMPO__NUMBER_MAX];
        tempo__number_print(text, loss);
        tempo__fail(error, TEMPO_BAD_VALUE, "the loss is %s at batch %lld", text,
                    (long long)tempo_clock_now(&trainer->clock)->batch);
        tempo__advise(error, "the model was not updated with it; resume from a checkpoint, or allow_nan");
        return everywhere(trainer, TEMPO_BAD_VALUE);
    }
    trainer->loss = loss;
    return TEMPO_OK;
}

static tempo_status update_model(tempo_trainer *trainer, bool *applied, tempo_error *error)
{
    const tempo_model *model = &trainer->options.model;
    *applied = true;
    const int code = model->update(model->context, applied);
    return code ? fail_callback(trainer, "updating the model", code, error) : TEMPO_OK;
}

static int64_t microseconds(void)
{
    struct timespec now = {0};
    (void)timespec_get(&now, TIME_UTC);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Everything that follows an update which counts. */
static tempo_status count_batch(tempo_trainer *trainer, const votes *sum, tempo_error *error)
{
    const bool composer = trainer->options.order == TEMPO_ORDER_COMPOSER;
    tempo__note_used(trainer);
    trainer->loss_sum += trainer->loss;
    trainer->loss_count++;
    tempo_status status = TEMPO_OK;
    if (composer) /* sees the batch that was just trained as the one that is to come */
        status = tempo__move_schedules(trainer, tempo_clock_now(&trainer->clock), false, error);
    if (!status)
        status = tempo_clock_batch_took(&trainer->clock, sum->samples, sum->tokens,
                                        sum->duration > 0 ? sum->duration : 0, error);
    return status;
}

static tempo_status evaluate(tempo_trainer *trainer, tempo_error *error)
{
    const tempo_evaluation *evaluation = &trainer->options.evaluation;
    if (!evaluation->evaluate || !tempo__interval_due(&trainer->evaluations, trainer))
        return TEMPO_OK;
    const int code = evaluation->evaluate(evaluation->context, &trainer->metric);
    return code ? fail_callback(trainer, "evaluating the model", code, error)
                : tempo__emit(trainer, TEMPO_EVENT_EVALUATION, NULL, error);
}

/* After an update or an epoch is counted: schedules and events, in the order that was chosen. */
static tempo_status conclude(tempo_trainer *trainer, tempo_event event, tempo_error *error)
{
    const bool at_epoch_end = event == TEMPO_EVENT_EPOCH_END;
    tempo_status status = TEMPO_OK;
    if (trainer->options.order == TEMPO_ORDER_COMPOSER) {
        status = tempo__emit(trainer, event, NULL, error);
        if (!status)
            status = evaluate(trainer, error);
    } else {
        status = evaluate(trainer, error);
        if (!status)
            status = tempo__move_schedules(trainer, tempo_clock_now(&trainer->clock), at_epoch_end, error);
        if (!status)
            status = tempo__emit(trainer, event, NULL, error);
    }
    return status ? status : tempo__checkpoint(trainer, false, error);
}

/* --- epochs --- */

static tempo_status begin_epoch(tempo_trainer *trainer, tempo_error *error)
{
    const tempo_data_source *data = &trainer->options.data;
    const int code = data->rewind(data->context, tempo_clock_now(&trainer->clock)->epoch);
    trainer->in_epoch = true;
    trainer->taken = trainer->skipped = trainer->loss_count = 0;
    trainer->loss_sum = 0;
    return code ? fail_callback(trainer, "rewinding the data source", code, error)
                : tempo__emit(trainer, TEMPO_EVENT_EPOCH_START, NULL, error);
}

/* Updates of this epoch, those that were not applied included: they have used up its data too. */
static int64_t updates_of_epoch(const tempo_trainer *trainer)
{
    return tempo_clock_now(&trainer->clock)->batch_in_epoch + trainer->skipped;
}

static bool has_reached_length(const tempo_trainer *trainer)
{
    const int64_t length = trainer->options.run.batches_per_epoch;
    return length > 0 && updates_of_epoch(trainer) >= length;
}

static tempo_status check_length(tempo_trainer *trainer, tempo_error *error)
{
    const int64_t updates = updates_of_epoch(trainer), length = trainer->options.run.batches_per_epoch;
    const long long epoch = (long long)tempo_clock_now(&trainer->clock)->epoch;
    if (!updates) {
        tempo__fail(error, TEMPO_MISSING, "epoch %lld has no data", epoch);
        return everywhere(trainer, TEMPO_MISSING);
    }
    if (!length || updates >= length)
        return TEMPO_OK;
    tempo__fail(error, TEMPO_MISSING, "the data of epoch %lld ends after %lld updates, but batches_per_epoch is %lld",
                epoch, (long long)updates, (long long)length);
    tempo__advise(error, "give the number of updates that an epoch has, or none");
    tempo__blame(error, "run.batches_per_epoch");
    return everywhere(trainer, TEMPO_MISSING);
}

static tempo_status end_epoch(tempo_trainer *trainer, tempo_error *error)
{
    tempo_status status = check_length(trainer, error);
    if (!status && trainer->options.order == TEMPO_ORDER_COMPOSER)
        status = tempo__move_schedules(trainer, tempo_clock_now(&trainer->clock), true, error);
    if (!status)
        status = tempo_clock_epoch_end(&trainer->clock, error);
    trainer->in_epoch = false;
    return status ? status : conclude(trainer, TEMPO_EVENT_EPOCH_END, error);
}

/* --- one update --- */

/* Its first micro-batch; none at the end of an epoch. */
static tempo_status take_first(tempo_trainer *trainer, tempo_batch *batch, bool *has_batch, tempo_error *error)
{
    const tempo_status status = trainer->in_epoch ? TEMPO_OK : begin_epoch(trainer, error);
    return status ? status : take_batch(trainer, batch, has_batch, error);
}

/* Everything up to the gradients. Without a batch on any rank, the epoch is over. */
static tempo_status train_gradients(tempo_trainer *trainer, tempo_status status, portion *p, votes *sum,
                                    tempo_error *error)
{
    tempo_batch batch = {.samples = 0};
    bool has_batch = false;
    if (!status)
        status = take_first(trainer, &batch, &has_batch, error);
    if (!status && has_batch)
        status = train_portion(trainer, batch, p, error);
    *sum = (votes){.has_batch = has_batch, .samples = p->samples, .tokens = p->tokens};
    status = agree(trainer, status, sum, error);
    if (status || !sum->has_batch || sum->has_batch == trainer->communicator.size)
        return status;
    tempo__fail(error, TEMPO_MISSING, "the data ends on %lld of %d ranks at batch %lld",
                (long long)(trainer->communicator.size - sum->has_batch), trainer->communicator.size,
                (long long)tempo_clock_now(&trainer->clock)->batch);
    return everywhere(trainer, TEMPO_MISSING);
}

/* The update itself; `*applied` is the same on all ranks. */
static tempo_status apply_gradients(tempo_trainer *trainer, const portion *p, int64_t start, votes *sum, bool *applied,
                                    tempo_error *error)
{
    tempo_status status = agree_loss(trainer, p, error);
    if (status)
        return status;
    status = update_model(trainer, applied, error);
    votes after = {.not_applied = !*applied,
                   .stop = trainer->wants_stop,
                   .interrupted = trainer->options.catch_signals && tempo__signals_caught(),
                   .duration = trainer->communicator.rank == 0 ? microseconds() - start : 0};
    status = agree(trainer, status, &after, error);
    if (status)
        return status;
    trainer->stops = after.stop > 0;
    trainer->was_interrupted = after.interrupted > 0;
    sum->duration = after.duration;
    if (!after.not_applied || after.not_applied == trainer->communicator.size)
        return TEMPO_OK;
    tempo__fail(error, TEMPO_CONFLICT, "%lld of %d ranks have skipped an update that the others have applied",
                (long long)after.not_applied, trainer->communicator.size);
    return everywhere(trainer, TEMPO_CONFLICT);
}

/* `status` is what this rank has come to so far. */
static tempo_status train_update(tempo_trainer *trainer, tempo_status status, tempo_error *error)
{
    const int64_t start = microseconds();
    portion p = {.samples = 0};
    votes sum;
    bool applied = true;
    status = train_gradients(trainer, status, &p, &sum, error);
    if (status || !sum.has_batch)
        return status ? status : end_epoch(trainer, error);
    status = apply_gradients(trainer, &p, start, &sum, &applied, error);
    if (!status && !applied) {
        trainer->skipped++;
        status = tempo__emit(trainer, TEMPO_EVENT_UPDATE_SKIPPED, NULL, error);
    } else if (!status) {
        status = count_batch(trainer, &sum, error);
        if (!status)
            status = conclude(trainer, TEMPO_EVENT_BATCH_END, error);
    }
    return status || !has_reached_length(trainer) ? status : end_epoch(trainer, error);
}

/* --- the fit --- */

/* The same on all ranks, but for one that has failed. */
static bool goes_on(tempo_trainer *trainer)
{
    if (trainer->communicator.size == 1)
        trainer->stops = trainer->wants_stop;
    return !trainer->is_told && !trainer->stops && !trainer->was_interrupted && !tempo_clock_done(&trainer->clock);
}

static tempo_status finish(tempo_trainer *trainer, tempo_status status, tempo_error *error)
{
    if (!status && trainer->was_interrupted)
        status = tempo__emit(trainer, TEMPO_EVENT_INTERRUPTED, NULL, error);
    if (!status)
        status = tempo__checkpoint(trainer, true, error);
    if (!status)
        status = tempo__emit(trainer, TEMPO_EVENT_FIT_END, NULL, error);
    votes sum = {.failed = 0};
    return trainer->is_told ? status : agree(trainer, status, &sum, error);
}

tempo_status tempo_trainer_fit(tempo_trainer *trainer, tempo_error *error)
{
    if (tempo_clock_done(&trainer->clock)) {
        char text[TEMPO_TIME_TEXT_MAX];
        tempo_time_print(text, trainer->clock.max_duration);
        tempo__fail(error, TEMPO_CONFLICT, "nothing is left to train: %s are done", text);
        tempo__advise(error, "make the training longer: tempo_trainer_extend()");
        return TEMPO_CONFLICT;
    }
    trainer->wants_stop = trainer->stops = trainer->was_interrupted = trainer->is_told = false;
    if (trainer->options.catch_signals)
        tempo__signals_catch();
    tempo_status status = tempo__emit(trainer, TEMPO_EVENT_FIT_START, NULL, error);
    while (goes_on(trainer) && !(status && trainer->communicator.size == 1))
        status = train_update(trainer, status, error);
    status = finish(trainer, status, error);
    if (trainer->options.catch_signals)
        tempo__signals_release();
    return status;
}
