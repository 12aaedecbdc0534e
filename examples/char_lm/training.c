/* training.c: see training.h. A callback that fails returns FAILED and leaves a sentence in `problem`. */
#include "training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum { FAILED = 1 };

/* Sizes that learn well in less than a minute. */
static const model_shape shape = {.context = 8, .embedding = 16, .hidden = 192, .dropped = 64};

static bool refuse(training *t, const char *problem)
{
    (void)snprintf(t->problem, sizeof t->problem, "%s", problem);
    return false;
}

static int fail(training *t, const char *problem)
{
    return refuse(t, problem) ? 0 : FAILED;
}

/* --- data --- */

static int rewind_windows(void *context, int64_t epoch)
{
    training *t = context;
    windows_seek(&t->windows, epoch, 0);
    return 0;
}

static int skip_windows(void *context, int64_t epoch, int64_t count)
{
    training *t = context;
    windows_seek(&t->windows, epoch, count);
    return 0;
}

static int next_windows(void *context, tempo_batch *batch, bool *has_batch)
{
    training *t = context;
    const windows *w = &t->windows;
    *has_batch = windows_next(&t->windows);
    t->batch = (model_batch){w->characters, w->keys, w->sequences, w->length};
    *batch = (tempo_batch){(int64_t)w->sequences, (int64_t)(w->sequences * w->length), &t->batch};
    return 0;
}

/* --- model --- */

static int train(void *context, const tempo_batch *batch, double *loss)
{
    training *t = context;
    return model_train(t->model, batch->data, loss) ? 0 : fail(t, "out of memory");
}

/* Adds up what the ranks have found. In doubles the order of the sum is hardly visible, and it is the same everywhere. */
static int sum_gradients(training *t)
{
    const size_t count = t->model->parameter_count;
    for (size_t i = 0; i < count; i++)
        t->sums[i] = (double)t->model->gradients[i];
    t->sums[count] = (double)t->model->gradient_rows;
    if (t->world.sum_reals(t->world.context, t->sums, count + 1))
        return fail(t, "the other ranks cannot be reached");
    for (size_t i = 0; i < count; i++)
        t->model->gradients[i] = (float)t->sums[i];
    t->model->gradient_rows = (size_t)t->sums[count];
    return 0;
}

static int update(void *context, bool *applied)
{
    training *t = context;
    (void)applied;
    const int code = t->world.size > 1 ? sum_gradients(t) : 0;
    if (!code)
        model_update(t->model);
    return code;
}

/* --- checkpoints: a header, then the parameters and AdamW's memory of them, in the machine's own form --- */

typedef struct header {
    char name[8];
    uint64_t context, embedding, hidden, dropped, vocabulary_size, text_hash;
    int64_t updates;
} header;

static header header_of(const training *t)
{
    const model_shape *s = &t->model->shape;
    return (header){"char-lm",  s->context,    s->embedding, s->hidden,
                    s->dropped, s->vocabulary, t->text.hash, t->model->updates};
}

static int save(void *context, const tempo_sink *sink)
{
    const training *t = context;
    const model *m = t->model;
    const size_t size = m->parameter_count * sizeof(float);
    const header head = header_of(t);
    return sink->write(sink->context, &head, sizeof head) || sink->write(sink->context, m->values, size) ||
           sink->write(sink->context, m->means, size) || sink->write(sink->context, m->squares, size);
}

static int load(void *context, const void *bytes, size_t length)
{
    training *t = context;
    model *m = t->model;
    const size_t size = m->parameter_count * sizeof(float);
    header expected = header_of(t), head;
    if (length != sizeof head + 3 * size)
        return fail(t, "the checkpoint is one of another model, or of another text");
    memcpy(&head, bytes, sizeof head);
    expected.updates = head.updates;
    if (memcmp(&head, &expected, sizeof head) != 0)
        return fail(t, "the checkpoint is one of another model, or of another text");
    const char *from = (const char *)bytes + sizeof head;
    memcpy(m->values, from, size);
    memcpy(m->means, from + size, size);
    memcpy(m->squares, from + 2 * size, size);
    m->updates = head.updates;
    return 0;
}

/* --- held-out text --- */

int training_held_out(void *context, double *loss)
{
    training *t = context;
    const size_t length = t->windows.length, all = (t->text.held_out_length - shape.context) / length;
    unsigned char *batch = malloc(t->windows.sequences * (shape.context + length));
    double sum = 0;
    bool ok = batch;
    for (size_t i = 0, count = 0; ok && i < all; i += count) {
        for (count = 0; count < t->windows.sequences && i + count < all; count++)
            memcpy(batch + count * (shape.context + length), t->text.held_out + (i + count) * length,
                   shape.context + length);
        double mean = 0;
        ok = model_loss(t->model, &(model_batch){batch, NULL, count, length}, &mean);
        sum += mean * (double)count;
    }
    free(batch);
    *loss = sum / (double)all;
    return ok ? 0 : fail(t, "out of memory");
}

bool training_write(training *t, size_t count, char *to)
{
    unsigned char *characters = malloc(shape.context + count);
    bool ok = characters;
    if (ok)
        memcpy(characters, t->text.held_out, shape.context);
    for (size_t i = 0; ok && i < count; i++)
        ok = model_sample(t->model, characters + i, random_uniform(t->windows.seed, i), characters + shape.context + i);
    for (size_t i = 0; ok && i < count; i++)
        to[i] = (char)t->text.vocabulary[characters[shape.context + i]];
    free(characters);
    return ok;
}

/* --- start --- */

static bool start_windows(training *t, const training_options *o)
{
    const int64_t samples = o->run->samples_per_batch, tokens = o->run->tokens_per_batch;
    const int ranks = o->world.size;
    if (samples < 1 || tokens < samples || tokens % samples != 0)
        return refuse(t, "run: give samples_per_batch, and tokens_per_batch as a multiple of it");
    if (samples % ranks != 0)
        return refuse(t, "run: samples_per_batch must be a multiple of the number of ranks");
    t->windows = (windows){.text = &t->text,
                           .seed = o->seed,
                           .context = shape.context,
                           .length = (size_t)(tokens / samples),
                           .sequences = (size_t)(samples / ranks),
                           .rank = (size_t)o->world.rank,
                           .ranks = (size_t)ranks};
    if (!windows_start(&t->windows))
        return refuse(t, "out of memory");
    if (windows_per_epoch(&t->windows) < 1 || t->text.held_out_length < shape.context + t->windows.length)
        return refuse(t, "the text is too short for one batch");
    return true;
}

/* Gives the document's groups the addresses of the optimizer's numbers. */
static bool connect_field(training *t, int group, tempo_field *field)
{
    adamw_group *numbers = &t->model->groups[group];
    const bool is_lr = strcmp(field->name, "lr") == 0;
    if (!is_lr && strcmp(field->name, "weight_decay") != 0)
        return refuse(t, "optimizer: the fields of a group are lr and weight_decay");
    float *number = is_lr ? &numbers->lr : &numbers->weight_decay;
    field->as_float = number;
    *number = (float)field->base; /* of a field that no schedule drives, too */
    return true;
}

static bool connect_groups(training *t, const training_options *o)
{
    static const char *const names[GROUP_COUNT] = {[GROUP_DECAY] = "decay", [GROUP_REST] = "rest"};
    bool ok = o->group_count == GROUP_COUNT;
    for (int i = 0; ok && i < GROUP_COUNT; i++) {
        const tempo_group *from = &o->groups[i];
        ok = from->name && strcmp(from->name, names[i]) == 0 && from->field_count <= FIELDS_MAX;
        t->groups[i] = *from;
        t->groups[i].fields = t->fields[i];
        for (size_t f = 0; ok && f < from->field_count; f++) {
            t->fields[i][f] = from->fields[f];
            if (!connect_field(t, i, &t->fields[i][f]))
                return false;
        }
    }
    return ok || refuse(t, "optimizer: the groups are decay and rest, in this order");
}

bool training_start(training *t, const training_options *o)
{
    *t = (training){.world = o->world};
    if (!text_read(&t->text, o->data, t->problem) || !start_windows(t, o))
        return false;
    model_shape wanted = shape;
    wanted.vocabulary = t->text.vocabulary_size;
    t->model = model_new(&wanted, o->seed);
    if (!t->model)
        return refuse(t, "out of memory");
    t->sums = malloc((t->model->parameter_count + 1) * sizeof *t->sums);
    if (!t->sums)
        return refuse(t, "out of memory");
    return connect_groups(t, o);
}

void training_free(training *t)
{
    free(t->sums);
    model_free(t->model);
    windows_free(&t->windows);
    text_free(&t->text);
}

void training_describe(training *t, tempo_trainer_options *options)
{
    options->groups = t->groups;
    options->group_count = GROUP_COUNT;
    options->run.batches_per_epoch = windows_per_epoch(&t->windows);
    options->data = (tempo_data_source){t, rewind_windows, next_windows, skip_windows};
    options->model = (tempo_model){t, train, update, save, load};
    options->evaluation.context = t;
    options->evaluation.evaluate = training_held_out;
}
