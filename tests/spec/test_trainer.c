/* The training loop: what is called when, which update uses which value, what counts, and what is refused. */
#include "support/toy.h"

#include <signal.h>

/* --- order --- */

static int constant_metric(void *context, double *metric)
{
    (void)context;
    *metric = 0.5;
    return 0;
}

static void update_k_uses_the_values_at_k_updates(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "4ba");
    toy_make(t);
    toy_listen_to_all(t);
    toy_fit(t);
    assert_string_equal(t->record, "fit_start 0ba 0ep lr 1\n"
                                   "rewind 0\n"
                                   "epoch_start 0ba 0ep lr 1\n"
                                   "batch_start 0ba 0ep lr 1\n"
                                   "train lr 1\n"
                                   "update lr 1\n"
                                   "batch_end 1ba 0ep lr 0.75\n"
                                   "batch_start 1ba 0ep lr 0.75\n"
                                   "train lr 0.75\n"
                                   "update lr 0.75\n"
                                   "batch_end 2ba 0ep lr 0.5\n"
                                   "batch_start 2ba 0ep lr 0.5\n"
                                   "train lr 0.5\n"
                                   "update lr 0.5\n"
                                   "batch_end 3ba 0ep lr 0.25\n"
                                   "batch_start 3ba 0ep lr 0.25\n"
                                   "train lr 0.25\n"
                                   "update lr 0.25\n"
                                   "batch_end 4ba 0ep lr 0\n"
                                   "epoch_end 4ba 1ep lr 0\n"
                                   "fit_end 4ba 1ep lr 0\n");
    toy_free(t);
}

/* What Composer's wrapper of a schedule gives: f of LinearWithWarmupScheduler('2ba') over 6ba is 0, .5, 1, .75, .5, .25, and
 * the batches use 0, 0, .5, 1, .75, .5. */
static void composer_is_one_batch_late(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearWithWarmupScheduler t_warmup=2ba alpha_f=0.0", "6ba");
    t->options.run.batches_per_epoch = 0;
    t->epoch_length = 100;
    t->options.order = TEMPO_ORDER_COMPOSER;
    toy_make(t);
    toy_listen(t, TEMPO_EVENT_BATCH_END, NULL);
    toy_fit(t);
    assert_string_equal(t->record, "rewind 0\n"
                                   "train lr 0\nupdate lr 0\nbatch_end 1ba 0ep lr 0\n"
                                   "train lr 0\nupdate lr 0\nbatch_end 2ba 0ep lr 0.5\n"
                                   "train lr 0.5\nupdate lr 0.5\nbatch_end 3ba 0ep lr 1\n"
                                   "train lr 1\nupdate lr 1\nbatch_end 4ba 0ep lr 0.75\n"
                                   "train lr 0.75\nupdate lr 0.75\nbatch_end 5ba 0ep lr 0.5\n"
                                   "train lr 0.5\nupdate lr 0.5\nbatch_end 6ba 0ep lr 0.25\n");
    toy_free(t);
}

/* The order of Composer's loop: batch_end and epoch_end come before the evaluation, schedules move before the clock. */
static void composer_s_order_of_events_is_reproduced(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "8ba");
    t->options.order = TEMPO_ORDER_COMPOSER;
    t->options.evaluation.evaluate = constant_metric;
    toy_make(t);
    toy_listen_to_all(t);
    toy_fit(t);
    assert_non_null(strstr(t->record, "update lr 0.75\n"
                                      "batch_end 4ba 0ep lr 0.625\n" /* f(3) */
                                      "epoch_end 4ba 1ep lr 0.625\n"
                                      "evaluation 4ba 1ep lr 0.625\n"
                                      "rewind 1\n"
                                      "epoch_start 4ba 1ep lr 0.625\n"
                                      "batch_start 4ba 1ep lr 0.625\n"));
    toy_free(t);
    t = toy_new("composer.LinearScheduler alpha_f=0.0", "8ba");
    t->options.order = TEMPO_ORDER_COMPOSER;
    t->options.step_every = TEMPO_EVERY_EPOCH;
    toy_make(t);
    toy_listen(t, TEMPO_EVENT_EPOCH_END, NULL);
    toy_fit(t);
    assert_non_null(strstr(t->record, "epoch_end 4ba 1ep lr 0.5\n")); /* its batches count, the epoch does not yet */
    toy_free(t);
}

static void schedules_may_come_from_a_plan(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "2ba");
    tempo_plan *plan = NULL;
    assert_int_equal(tempo_plan_bind(&plan, &t->options.run, &t->group, 1, t->schedule, NULL, NULL), TEMPO_OK);
    t->options.schedule = NULL;
    t->options.plan = plan;
    toy_make(t);
    tempo_plan_free(plan);
    toy_fit(t);
    assert_string_equal(t->record, "rewind 0\ntrain lr 1\nupdate lr 1\ntrain lr 0.5\nupdate lr 0.5\n");
    toy_free(t);
}

static void callbacks_of_one_event_are_called_in_the_order_in_which_they_were_added(void **state)
{
    (void)state;
    toy *t = toy_new(NULL, "1ba");
    toy_make(t);
    toy_listen(t, TEMPO_EVENT_FIT_END, NULL);
    toy_listen(t, TEMPO_EVENT_FIT_START, NULL);
    toy_listen(t, TEMPO_EVENT_FIT_START, NULL);
    toy_fit(t);
    assert_string_equal(t->record, "fit_start 0ba 0ep lr 0\nfit_start 0ba 0ep lr 0\nrewind 0\ntrain lr 0\nupdate lr "
                                   "0\nfit_end 1ba 0ep lr 0\n");
    toy_free(t);
}

static void intervals_are_times_of_any_unit(void **state)
{
    (void)state;
    static const struct {
        tempo_event event;
        const char *every, *expected;
    } rows[] = {
        {TEMPO_EVENT_BATCH_END, "3ba", "3 6 9 12 15 18 "},
        {TEMPO_EVENT_BATCH_END, "40sp", "5 10 15 20 "},
        {TEMPO_EVENT_BATCH_END, "160tok", "5 10 15 20 "},
        {TEMPO_EVENT_BATCH_END, "0.1dur", "2 4 6 8 10 12 14 16 18 20 "},
        {TEMPO_EVENT_BATCH_END, "0.3dur", "6 12 18 "},
        {TEMPO_EVENT_BATCH_END, "2ep", "9 17 "}, /* the batch after which the epoch is over ends before that */
        {TEMPO_EVENT_EPOCH_END, "2ep", "8 16 "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        toy *t = toy_new(NULL, "20ba");
        char found[256] = "";
        toy_make(t);
        toy_listen(t, rows[i].event, rows[i].every);
        toy_fit(t);
        for (const char *p = t->record; (p = strstr(p, "_end ")) != NULL;) {
            p += strlen("_end ");
            (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%lld ", strtoll(p, NULL, 10));
        }
        assert_string_equal(found, rows[i].expected);
        toy_free(t);
    }
}

/* --- what counts --- */

static void micro_batches_are_no_batches(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler", "3ba");
    t->epoch_length = 12;
    t->options.micro_batches = 4;
    t->options.run.batches_per_epoch = 3;
    toy_make(t);
    toy_fit(t);
    assert_int_equal(t->trains, 12);
    assert_int_equal(t->updates, 3);
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 3);
    assert_int_equal(tempo_trainer_now(t->trainer)->sample, 96);
    assert_int_equal(tempo_trainer_now(t->trainer)->epoch, 1);
    toy_free(t);
}

static void what_is_left_of_an_epoch_makes_a_smaller_update(void **state)
{
    (void)state;
    toy *t = toy_new(NULL, "1ep");
    t->epoch_length = 5;
    t->options.micro_batches = 2;
    t->options.run.batches_per_epoch = 3;
    toy_make(t);
    toy_fit(t);
    assert_int_equal(t->updates, 3);
    assert_int_equal(tempo_trainer_now(t->trainer)->sample, 40);
    toy_free(t);
}

static void a_skipped_update_moves_neither_clock_nor_schedule(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "4ba");
    t->skip_at = 2;
    t->options.run.batches_per_epoch = 0;
    t->epoch_length = 100;
    toy_make(t);
    toy_listen(t, TEMPO_EVENT_UPDATE_SKIPPED, NULL);
    toy_fit(t);
    assert_int_equal(t->updates, 5);
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 4);
    assert_int_equal(tempo_trainer_now(t->trainer)->sample, 32);
    assert_non_null(
        strstr(t->record, "update lr 0.75\nupdate_skipped 1ba 0ep lr 0.75\ntrain lr 0.75\nupdate lr 0.75\n"));
    toy_free(t);
}

static void skipped_updates_use_up_data_and_so_epochs(void **state)
{
    (void)state;
    toy *t = toy_new(NULL, "2ep");
    t->skip_at = 2;
    toy_make(t);
    toy_fit(t);
    assert_int_equal(tempo_trainer_now(t->trainer)->epoch, 2);
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 7);
    toy_free(t);
}

static int grow(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    toy *t = context;
    (void)trainer;
    t->samples = moment->now->batch < 2 ? 8 : 16;
    return 0;
}

static void a_batch_may_change_its_size_in_mid_run(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "64sp");
    const tempo_callback callback = {TEMPO_EVENT_BATCH_END, NULL, grow, t};
    t->epoch_length = 100;
    t->options.run.batches_per_epoch = 0;
    toy_make(t);
    assert_int_equal(tempo_trainer_on(t->trainer, &callback, NULL), TEMPO_OK);
    toy_fit(t);
    assert_string_equal(t->record,
                        "rewind 0\ntrain lr 1\nupdate lr 1\ntrain lr 0.875\nupdate lr 0.875\ntrain lr "
                        "0.75\nupdate lr 0.75\ntrain lr 0.5\nupdate lr 0.5\ntrain lr 0.25\nupdate lr 0.25\n");
    toy_free(t);
}

static void the_ratio_scales_the_duration_and_the_schedule(void **state)
{
    (void)state;
    toy *t = toy_new("composer.StepScheduler step_size=4ba gamma=0.5", "8ba");
    t->options.run.scale_schedule_ratio = 0.5;
    toy_make(t);
    toy_fit(t);
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 4);
    assert_true(strstr(t->record, "train lr 1\nupdate lr 1\ntrain lr 1\nupdate lr 1\ntrain lr 0.5\n") != NULL);
    toy_free(t);
}

/* --- steppers and metrics --- */

static void steppers_step_every_epoch_and_schedules_every_batch(void **state)
{
    (void)state;
    toy *t = toy_new(NULL, "2ep");
    double momentum = 0;
    tempo_field field = {.name = "momentum", .base = 1.0, .as_double = &momentum};
    const tempo_group group = {.fields = &field, .field_count = 1};
    tempo_schedule *schedule = NULL;
    tempo_stepper *stepper = NULL;
    assert_int_equal(tempo_schedule_parse(&schedule, "torch.ExponentialLR gamma=0.5 field=momentum", NULL, NULL),
                     TEMPO_OK);
    assert_int_equal(tempo_stepper_new(&stepper, &(tempo_run){.max_duration = NULL}, &group, 1, schedule, NULL, NULL),
                     TEMPO_OK);
    t->options.steppers = &stepper;
    t->options.stepper_count = 1;
    toy_make(t);
    toy_fit(t);
    assert_true(momentum == 0.25);
    tempo_trainer_free(t->trainer);
    t->options.step_every = TEMPO_EVERY_BATCH;
    t->options.run.max_duration = "2ba";
    toy_make(t);
    toy_fit(t);
    assert_true(momentum == 0.0625);
    toy_free(t);
    tempo_stepper_free(stepper);
    tempo_schedule_free(schedule);
}

static void a_schedule_that_listens_hears_the_evaluation_of_each_epoch(void **state)
{
    (void)state;
    toy *t = toy_new("torch.ReduceLROnPlateau patience=1 factor=0.5", "4ep");
    t->options.evaluation.evaluate = constant_metric;
    toy_make(t);
    toy_listen(t, TEMPO_EVENT_EPOCH_END, NULL);
    toy_fit(t);
    assert_non_null(strstr(t->record, "epoch_end 8ba 2ep lr 1\n"));
    assert_non_null(strstr(t->record, "epoch_end 12ba 3ep lr 0.5\n"));
    toy_free(t);
}

static void without_an_evaluation_it_hears_the_mean_loss(void **state)
{
    (void)state;
    toy *t = toy_new("torch.ReduceLROnPlateau patience=0 factor=0.5", "3ep");
    toy_make(t);
    toy_fit(t);
    assert_true(t->lr == 1.0); /* the loss falls */
    toy_free(t);
}

/* --- ends --- */

static int stop(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    (void)context;
    if (moment->now->batch == 3)
        tempo_trainer_stop(trainer);
    return 0;
}

static void a_callback_can_end_it_and_it_can_be_taken_up_again(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "8ba");
    const tempo_callback callback = {TEMPO_EVENT_BATCH_END, NULL, stop, t};
    toy_make(t);
    assert_int_equal(tempo_trainer_on(t->trainer, &callback, NULL), TEMPO_OK);
    toy_fit(t);
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 3);
    toy_fit(t);
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 8);
    assert_int_equal(t->rewinds, 2);
    assert_int_equal(tempo_trainer_fit(t->trainer, &t->error), TEMPO_CONFLICT);
    assert_string_equal(t->error.message, "nothing is left to train: 8ba are done");
    toy_free(t);
}

static int interrupt(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    (void)trainer;
    (void)context;
    return moment->now->batch == 2 ? raise(SIGTERM) : 0;
}

static void a_signal_ends_it_after_the_batch(void **state)
{
    (void)state;
    toy *t = toy_new(NULL, "8ba");
    const tempo_callback callback = {TEMPO_EVENT_BATCH_START, NULL, interrupt, t};
    t->options.catch_signals = true;
    toy_make(t);
    toy_listen(t, TEMPO_EVENT_INTERRUPTED, NULL);
    assert_int_equal(tempo_trainer_on(t->trainer, &callback, NULL), TEMPO_OK);
    toy_fit(t);
    assert_true(tempo_trainer_was_interrupted(t->trainer));
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 3);
    assert_non_null(strstr(t->record, "interrupted 3ba 0ep"));
    toy_fit(t);
    assert_false(tempo_trainer_was_interrupted(t->trainer));
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 8);
    toy_free(t);
}

/* --- a longer training --- */

static int report(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    toy *t = context;
    char text[64];
    (void)trainer;
    (void)snprintf(text, sizeof text, "join %g to %g", moment->used[0], moment->values[0]);
    toy_note(t, text);
    return 0;
}

static void an_extension_follows_the_policy_and_reports_both_sides(void **state)
{
    (void)state;
    for (int policy = TEMPO_EXTEND_RESTRETCH; policy <= TEMPO_EXTEND_HOLD; policy++) {
        toy *t = toy_new("composer.LinearScheduler alpha_f=0.0", "4ba");
        const tempo_callback callback = {TEMPO_EVENT_EXTENDED, NULL, report, t};
        toy_make(t);
        assert_int_equal(tempo_trainer_on(t->trainer, &callback, NULL), TEMPO_OK);
        toy_fit(t);
        t->record[0] = '\0';
        assert_int_equal(tempo_trainer_extend(t->trainer, "8ba", (tempo_extension)policy, &t->error), TEMPO_OK);
        toy_fit(t);
        if (policy == TEMPO_EXTEND_RESTRETCH)
            assert_string_equal(t->record,
                                "join 0 to 0.5\nrewind 1\ntrain lr 0.5\nupdate lr 0.5\ntrain lr 0.375\nupdate "
                                "lr 0.375\ntrain lr 0.25\nupdate lr 0.25\ntrain lr 0.125\nupdate lr 0.125\n");
        else
            assert_string_equal(t->record, "join 0 to 0\nrewind 1\ntrain lr 0\nupdate lr 0\ntrain lr 0\nupdate lr "
                                           "0\ntrain lr 0\nupdate lr 0\ntrain lr 0\nupdate lr 0\n");
        toy_free(t);
    }
}

static void an_extension_must_be_longer_and_say_how(void **state)
{
    (void)state;
    toy *t = toy_new("composer.LinearScheduler", "4ba");
    toy_make(t);
    toy_fit(t);
    assert_int_equal(tempo_trainer_extend(t->trainer, "8ba", (tempo_extension)0, &t->error), TEMPO_BAD_VALUE);
    assert_int_equal(tempo_trainer_extend(t->trainer, "4ba", TEMPO_EXTEND_HOLD, &t->error), TEMPO_CONFLICT);
    assert_string_equal(t->error.message, "the training is not longer: 4ba are done");
    assert_int_equal(tempo_trainer_extend(t->trainer, "1ep", TEMPO_EXTEND_HOLD, &t->error), TEMPO_CONFLICT);
    assert_int_equal(tempo_trainer_now(t->trainer)->batch, 4);
    toy_free(t);
}

/* --- what goes wrong --- */

static void assert_fails(toy *t, tempo_status status, const char *message)
{
    toy_make(t);
    assert_int_equal(tempo_trainer_fit(t->trainer, &t->error), status);
    assert_string_equal(t->error.message, message);
    toy_free(t);
}

static void a_callback_that_fails_ends_it_with_its_name_and_number(void **state)
{
    (void)state;
    toy *t = toy_new(NULL, "8ba");
    t->fail_rewind = 2;
    assert_fails(t, TEMPO_FAILED, "rewinding the data source failed with 7 at batch 4");
    t = toy_new(NULL, "8ba");
    t->fail_next = 3;
    assert_fails(t, TEMPO_FAILED, "the data source failed with 8 at batch 2");
    t = toy_new(NULL, "8ba");
    t->fail_train = 3;
    assert_fails(t, TEMPO_FAILED, "training the model failed with 9 at batch 2");
    t = toy_new(NULL, "8ba");
    t->fail_update = 3;
    assert_fails(t, TEMPO_FAILED, "updating the model failed with 10 at batch 2");
}

static void a_loss_that_is_not_finite_ends_it_before_the_update(void **state)
{
    (void)state;
    toy *t = toy_new(NULL, "8ba");
    t->nan_at = 3;
    toy_make(t);
    assert_int_equal(tempo_trainer_fit(t->trainer, &t->error), TEMPO_BAD_VALUE);
    assert_string_equal(t->error.message, "the loss is nan at batch 2");
    assert_int_equal(t->updates, 2);
    toy_free(t);
    t = toy_new(NULL, "8ba");
    t->nan_at = 3;
    t->options.allow_nan = true;
    toy_make(t);
    toy_fit(t);
    assert_int_equal(t->updates, 8);
    toy_free(t);
}

static void data_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    toy *t = toy_new(NULL, "8ba");
    t->epoch_length = 0;
    t->options.run.batches_per_epoch = 0;
    assert_fails(t, TEMPO_MISSING, "epoch 0 has no data");
    t = toy_new(NULL, "8ba");
    t->epoch_length = 3;
    assert_fails(t, TEMPO_MISSING, "the data of epoch 0 ends after 3 updates, but batches_per_epoch is 4");
    t = toy_new(NULL, "8ba");
    t->samples = -1;
    assert_fails(t, TEMPO_BAD_VALUE, "the data source has a batch of -1 samples and 32 tokens");
}

static void assert_refused(toy *t, tempo_status status, const char *message)
{
    assert_int_equal(tempo_trainer_new(&t->trainer, &t->options, &t->error), status);
    assert_string_equal(t->error.message, message);
    assert_null(t->trainer);
    toy_free(t);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    assert_refused(toy_new(NULL, NULL), TEMPO_MISSING, "nothing says how long the training is");
    assert_refused(toy_new(NULL, "0ba"), TEMPO_BAD_VALUE, "max_duration is 0ba, but must be > 0 in ep, ba, sp or tok");
    toy *t = toy_new(NULL, "3ba");
    t->options.run.scale_schedule_ratio = 0.1;
    assert_refused(t, TEMPO_CONFLICT, "there is a scale schedule ratio, but no schedule to scale");
    t = toy_new("composer.LinearScheduler", "3ba");
    t->options.run.scale_schedule_ratio = 0.1;
    assert_refused(t, TEMPO_ZERO_DURATION,
                   "max_duration 3ba times the scale schedule ratio is 0: nothing would be trained");
    t = toy_new(NULL, "3ba");
    t->options.model.update = NULL;
    assert_refused(t, TEMPO_MISSING, "a training needs a model");
    t = toy_new(NULL, "3ba");
    t->options.checkpoints.folder = "x";
    assert_refused(t, TEMPO_CONFLICT, "checkpoints are asked for, but the model cannot be saved and loaded");
    t = toy_new(NULL, "3ba");
    t->options.evaluation.every = "0ba";
    assert_refused(t, TEMPO_BAD_VALUE,
                   "the evaluation is every 0ba, but must be a time > 0 in ba, ep, sp, tok, dur or sec");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(update_k_uses_the_values_at_k_updates),
        cmocka_unit_test(composer_is_one_batch_late),
        cmocka_unit_test(composer_s_order_of_events_is_reproduced),
        cmocka_unit_test(schedules_may_come_from_a_plan),
        cmocka_unit_test(callbacks_of_one_event_are_called_in_the_order_in_which_they_were_added),
        cmocka_unit_test(intervals_are_times_of_any_unit),
        cmocka_unit_test(micro_batches_are_no_batches),
        cmocka_unit_test(what_is_left_of_an_epoch_makes_a_smaller_update),
        cmocka_unit_test(a_skipped_update_moves_neither_clock_nor_schedule),
        cmocka_unit_test(skipped_updates_use_up_data_and_so_epochs),
        cmocka_unit_test(a_batch_may_change_its_size_in_mid_run),
        cmocka_unit_test(the_ratio_scales_the_duration_and_the_schedule),
        cmocka_unit_test(steppers_step_every_epoch_and_schedules_every_batch),
        cmocka_unit_test(a_schedule_that_listens_hears_the_evaluation_of_each_epoch),
        cmocka_unit_test(without_an_evaluation_it_hears_the_mean_loss),
        cmocka_unit_test(a_callback_can_end_it_and_it_can_be_taken_up_again),
        cmocka_unit_test(a_signal_ends_it_after_the_batch),
        cmocka_unit_test(an_extension_follows_the_policy_and_reports_both_sides),
        cmocka_unit_test(an_extension_must_be_longer_and_say_how),
        cmocka_unit_test(a_callback_that_fails_ends_it_with_its_name_and_number),
        cmocka_unit_test(a_loss_that_is_not_finite_ends_it_before_the_update),
        cmocka_unit_test(data_that_is_not_there_is_an_error),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
