/* test_char_lm.c: the model's gradients, its optimizer, the order of its text, and a short training. */
#include "support/spec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "random.h"
#include "training.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* --- gradients --- */

static const model_shape small = {.vocabulary = 5, .context = 3, .embedding = 4, .hidden = 8};

/* Two sequences of 3 + 4 characters. */
static const unsigned char characters[] = {0, 1, 2, 3, 4, 0, 2, 4, 4, 1, 0, 3, 2, 1};
static const uint64_t keys[] = {7, 8};

static double loss_of(model *m, const uint64_t *dropout)
{
    double loss = 0;
    assert_true(model_train(m, &(model_batch){characters, dropout, 2, 4}, &loss));
    return loss;
}

/* Along its gradient g a tensor's loss has the slope |g|^2. The gradients are of the sum over 8 predictions. */
static void assert_gradients_hold(const model_shape *shape, const uint64_t *dropout)
{
    for (int i = 0; i < TENSOR_COUNT; i++) {
        model *m = model_new(shape, 3);
        assert_non_null(m);
        (void)loss_of(m, dropout);
        const tensor *t = &m->tensors[i];
        const size_t count = t->rows * t->columns;
        float *gradients = malloc(count * sizeof *gradients), *values = malloc(count * sizeof *values);
        assert_non_null(gradients);
        assert_non_null(values);
        memcpy(gradients, t->gradients, count * sizeof *gradients);
        memcpy(values, t->values, count * sizeof *values);

        double square = 0, losses[2];
        for (size_t j = 0; j < count; j++)
            square += (double)gradients[j] * (double)gradients[j];
        const double step = 2e-3 / sqrt(square);
        for (int side = 0; side < 2; side++) {
            for (size_t j = 0; j < count; j++)
                t->values[j] = (float)((double)values[j] + (side ? step : -step) * (double)gradients[j]);
            losses[side] = loss_of(m, dropout);
        }
        const double slope = 8 * (losses[1] - losses[0]) / (2 * step);
        if (!(fabs(slope / square - 1) < 0.01))
            fail_msg("%s: slope %g, but |gradient|^2 is %g", t->name, slope, square);
        free(gradients);
        free(values);
        model_free(m);
    }
}

static void gradients_agree_with_finite_differences(void **state)
{
    (void)state;
    assert_gradients_hold(&small, NULL);
}

static void gradients_agree_when_units_are_dropped(void **state)
{
    (void)state;
    model_shape shape = small;
    shape.dropped = 64;
    assert_gradients_hold(&shape, keys);
}

static void a_new_model_takes_all_characters_for_equally_likely(void **state)
{
    (void)state;
    model *m = model_new(&small, 3);
    assert_non_null(m);
    assert_true(fabs(loss_of(m, NULL) - log(5)) < 0.1);
    model_free(m);
}

/* --- AdamW --- */

/* torch 2.13.0, torch.optim.AdamW(lr=float32(0.008), betas=(0.9, 0.99), eps=1e-8, weight_decay=float32(0.1)). */
static void updates_agree_with_torch(void **state)
{
    (void)state;
    static const float gradients[3][5] = {
        {0.1F, -0.2F, 0.003F, 0.0F, 50.0F}, {-0.3F, -0.1F, 0.007F, 1e-6F, -20.0F}, {0.05F, 0.4F, -0.001F, 0.0F, 1.0F}};
    static const float expected[3][5] = {
        {0x1.fb7e9p-1F, -0x1.f765fep-2F, 0x1.ef34dap-3F, 0x1.7fb15cp+1F, -0x1.00d1b6p+1F},
        {0x1.fd1be2p-1F, -0x1.ef594ep-2F, 0x1.df4e02p-3F, 0x1.7ea2dcp+1F, -0x1.00f7dep+1F},
        {0x1.fdd6b2p-1F, -0x1.f0a382p-2F, 0x1.d46034p-3F, 0x1.7dc044p+1F, -0x1.010caap+1F}};
    static const float means_after[5] = {-0x1.c779a6p-7F, 0x1.e4f766p-7F, 0x1.95465p-11F, 0x1.828c0cp-24F,
                                         0x1.2cccccp+1F};
    static const float squares_after[5] = {0x1.09d11p-10F, 0x1.1213aap-9F, 0x1.392962p-21F, 0x1.64af62p-47F,
                                           0x1.c78f5cp+4F};
    float values[5] = {1.0F, -0.5F, 0.25F, 3.0F, -2.0F}, means[5] = {0}, squares[5] = {0};
    const adamw_group group = {.lr = 0.008F, .weight_decay = 0.1F};
    for (int step = 0; step < 3; step++) {
        const adamw_parameters parameters = {values, gradients[step], means, squares, 5};
        adamw_update(&parameters, &group, step + 1);
        for (int i = 0; i < 5; i++)
            if (values[i] != expected[step][i])
                fail_msg("step %d, parameter %d: %a, not %a", step + 1, i, (double)values[i],
                         (double)expected[step][i]);
    }
    for (int i = 0; i < 5; i++) { /* torch fuses products and sums where the machine can */
        assert_true(fabsf(means[i] - means_after[i]) <= 0x1p-23F * fabsf(means_after[i]));
        assert_true(fabsf(squares[i] - squares_after[i]) <= 0x1p-23F * squares_after[i]);
    }
}

/* --- the order of the text --- */

static void an_order_has_every_place_once(void **state)
{
    (void)state;
    static const uint64_t counts[] = {1, 2, 3, 5, 64, 65, 1000};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        bool seen[1000] = {false};
        for (uint64_t index = 0; index < counts[i]; index++) {
            const uint64_t place = shuffled(11, index, counts[i]);
            assert_true(place < counts[i] && !seen[place]);
            seen[place] = true;
        }
    }
}

enum { LETTERS = 1000, CONTEXT = 2, LENGTH = 6, SIZE = CONTEXT + LENGTH };

static void fill(text *t, unsigned char *letters)
{
    for (size_t i = 0; i < LETTERS; i++)
        letters[i] = (unsigned char)random_bits(1, i);
    *t = (text){.train = letters, .train_length = LETTERS};
}

static windows windows_of(const text *t, size_t sequences, size_t rank, size_t ranks)
{
    windows w = {.text = t,
                 .seed = 5,
                 .context = CONTEXT,
                 .length = LENGTH,
                 .sequences = sequences,
                 .rank = rank,
                 .ranks = ranks};
    assert_true(windows_start(&w));
    return w;
}

static void ranks_share_the_batches_of_one(void **state)
{
    (void)state;
    unsigned char letters[LETTERS];
    text t;
    fill(&t, letters);
    for (size_t ranks = 2; ranks <= 4; ranks *= 2) {
        windows alone = windows_of(&t, 8, 0, 1);
        windows_seek(&alone, 3, 0);
        for (size_t rank = 0; rank < ranks; rank++) {
            windows shared = windows_of(&t, 8 / ranks, rank, ranks);
            assert_int_equal(windows_per_epoch(&shared), windows_per_epoch(&alone));
            windows_seek(&alone, 3, 4);
            windows_seek(&shared, 3, 4);
            assert_true(windows_next(&alone));
            assert_true(windows_next(&shared));
            const size_t first = rank * shared.sequences;
            assert_memory_equal(shared.characters, alone.characters + first * SIZE, shared.sequences * SIZE);
            assert_memory_equal(shared.keys, alone.keys + first, shared.sequences * sizeof *shared.keys);
            windows_free(&shared);
        }
        windows_free(&alone);
    }
}

static void going_to_the_middle_is_taking_what_is_before_it(void **state)
{
    (void)state;
    unsigned char letters[LETTERS];
    text t;
    fill(&t, letters);
    windows taken = windows_of(&t, 4, 0, 1), there = windows_of(&t, 4, 0, 1);
    windows_seek(&taken, 2, 0);
    for (int i = 0; i < 6; i++)
        assert_true(windows_next(&taken));
    windows_seek(&there, 2, 5);
    assert_true(windows_next(&there));
    assert_memory_equal(there.characters, taken.characters, 4 * SIZE);
    windows_free(&taken);
    windows_free(&there);
}

static void an_epoch_ends_and_the_next_has_another_order(void **state)
{
    (void)state;
    unsigned char letters[LETTERS], first[4 * SIZE];
    text t;
    fill(&t, letters);
    windows w = windows_of(&t, 4, 0, 1);
    int64_t count = 0;
    for (windows_seek(&w, 0, 0); windows_next(&w); count++)
        if (count == 0)
            memcpy(first, w.characters, sizeof first);
    assert_int_equal(count, windows_per_epoch(&w));
    windows_seek(&w, 1, 0);
    assert_true(windows_next(&w));
    assert_memory_not_equal(w.characters, first, sizeof first);
    windows_free(&w);
}

/* --- a training --- */

/* A text to train on, and a folder for checkpoints. */
typedef struct place {
    char folder[64], text[96];
} place;

static void make_place(place *p)
{
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/char_lm_XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->text, sizeof p->text, "%s/text", p->folder);
    FILE *file = fopen(p->text, "w");
    assert_non_null(file);
    for (int i = 0; i < 400; i++)
        (void)fprintf(file, "%d times %d is %d\n", i % 17, i % 13, (i % 17) * (i % 13));
    assert_int_equal(fclose(file), 0);
}

static void remove_place(const place *p)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", p->folder);
    assert_int_equal(system(command), 0);
}

/* One run of a tiny training, from the start or from a folder. */
typedef struct session {
    training training;
    tempo_trainer *trainer;
    tempo_error error;
} session;

static session *start(const place *p, const char *max_duration, const char *folder)
{
    static const char schedule_text[] = "composer.CosineAnnealingWithWarmupScheduler t_warmup=1024tok t_max=20Ktok";
    session *s = calloc(1, sizeof *s);
    assert_non_null(s);
    tempo_field decay[] = {{.name = "lr", .base = 4e-3}, {.name = "weight_decay", .base = 0.1}};
    tempo_field rest[] = {{.name = "lr", .base = 4e-3}};
    const tempo_group groups[] = {{"decay", decay, 2, false}, {"rest", rest, 1, false}};
    const tempo_run run = {.max_duration = max_duration, .samples_per_batch = 8, .tokens_per_batch = 256};
    const training_options options = {p->text, &run, groups, 2, tempo_communicator_alone(), 1};
    if (!training_start(&s->training, &options))
        fail_msg("%s", s->training.problem);

    tempo_schedule *schedule = NULL;
    assert_int_equal(tempo_schedule_parse(&schedule, schedule_text, NULL, &s->error), TEMPO_OK);
    tempo_trainer_options trainer = {.run = run, .schedule = schedule, .checkpoints = {folder, "10ba", 2}};
    training_describe(&s->training, &trainer);
    if (tempo_trainer_new(&s->trainer, &trainer, &s->error))
        fail_msg("%s", s->error.message);
    tempo_schedule_free(schedule);
    return s;
}

static void fit(session *s)
{
    if (tempo_trainer_fit(s->trainer, &s->error))
        fail_msg("%s", s->error.message);
}

static void end(session *s)
{
    tempo_trainer_free(s->trainer);
    training_free(&s->training);
    free(s);
}

static void training_makes_the_held_out_loss_fall(void **state)
{
    (void)state;
    place p;
    make_place(&p);
    session *s = start(&p, "15Ktok", NULL);
    double before = 0, after = 0;
    assert_int_equal(training_held_out(&s->training, &before), 0);
    fit(s);
    assert_int_equal(training_held_out(&s->training, &after), 0);
    if (!(after < before - 1))
        fail_msg("%g -> %g", before, after);
    end(s);
    remove_place(&p);
}

static int stop(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    (void)context;
    if (moment->now->batch == 25)
        tempo_trainer_stop(trainer);
    return 0;
}

static void a_resumed_training_ends_with_the_same_bits(void **state)
{
    (void)state;
    place p;
    make_place(&p);
    session *whole = start(&p, "15Ktok", NULL);
    fit(whole);

    session *stopped = start(&p, "15Ktok", p.folder);
    const tempo_callback callback = {TEMPO_EVENT_BATCH_END, NULL, stop, NULL};
    assert_int_equal(tempo_trainer_on(stopped->trainer, &callback, &stopped->error), TEMPO_OK);
    fit(stopped);
    end(stopped);

    session *resumed = start(&p, "15Ktok", p.folder);
    if (tempo_trainer_resume(resumed->trainer, p.folder, TEMPO_MISMATCH_ERROR, NULL, NULL, &resumed->error))
        fail_msg("%s", resumed->error.message);
    assert_true(tempo_trainer_now(resumed->trainer)->batch > 0);
    fit(resumed);
    const model *a = whole->training.model, *b = resumed->training.model;
    assert_int_equal(a->updates, b->updates);
    assert_memory_equal(a->values, b->values, a->parameter_count * sizeof *a->values);
    end(whole);
    end(resumed);
    remove_place(&p);
}

static void a_checkpoint_of_another_text_is_refused(void **state)
{
    (void)state;
    place p, other;
    make_place(&p);
    make_place(&other);
    FILE *file = fopen(other.text, "a");
    assert_non_null(file);
    (void)fprintf(file, "and so on\n");
    assert_int_equal(fclose(file), 0);
    session *s = start(&p, "3Ktok", p.folder);
    fit(s);
    end(s);
    s = start(&other, "3Ktok", NULL);
    assert_int_not_equal(tempo_trainer_resume(s->trainer, p.folder, TEMPO_MISMATCH_CONFIG, NULL, NULL, &s->error),
                         TEMPO_OK);
    assert_string_equal(s->training.problem, "the checkpoint is one of another model, or of another text");
    end(s);
    remove_place(&p);
    remove_place(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_agree_with_finite_differences),
        cmocka_unit_test(gradients_agree_when_units_are_dropped),
        cmocka_unit_test(a_new_model_takes_all_characters_for_equally_likely),
        cmocka_unit_test(updates_agree_with_torch),
        cmocka_unit_test(an_order_has_every_place_once),
        cmocka_unit_test(ranks_share_the_batches_of_one),
        cmocka_unit_test(going_to_the_middle_is_taking_what_is_before_it),
        cmocka_unit_test(an_epoch_ends_and_the_next_has_another_order),
        cmocka_unit_test(training_makes_the_held_out_loss_fall),
        cmocka_unit_test(a_resumed_training_ends_with_the_same_bits),
        cmocka_unit_test(a_checkpoint_of_another_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
