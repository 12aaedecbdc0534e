/* model.c: see model.h. A batch of M predictions is a matrix of M rows in every layer. */
#include "model.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

/* --- making one --- */

static void describe(model *m)
{
    const model_shape *s = &m->shape;
    const size_t inputs = s->context * s->embedding;
    const tensor rows[TENSOR_COUNT] = {
        [EMBEDDING] = {"embedding", GROUP_REST, s->vocabulary, s->embedding, NULL, NULL},
        [WEIGHT_1] = {"weight 1", GROUP_DECAY, inputs, s->hidden, NULL, NULL},
        [BIAS_1] = {"bias 1", GROUP_REST, 1, s->hidden, NULL, NULL},
        [WEIGHT_2] = {"weight 2", GROUP_DECAY, s->hidden, s->hidden, NULL, NULL},
        [BIAS_2] = {"bias 2", GROUP_REST, 1, s->hidden, NULL, NULL},
        [WEIGHT_3] = {"weight 3", GROUP_DECAY, s->hidden, s->vocabulary, NULL, NULL},
        [BIAS_3] = {"bias 3", GROUP_REST, 1, s->vocabulary, NULL, NULL},
    };
    memcpy(m->tensors, rows, sizeof rows);
    for (int i = 0; i < TENSOR_COUNT; i++)
        m->parameter_count += rows[i].rows * rows[i].columns;
}

/* Weights begin so that a layer's outputs are about as large as its inputs (He et al., arXiv:1502.01852); the last
 * layer is smaller, so that the first guess is that all characters are alike. */
static double deviation(const tensor *t, int which)
{
    switch (which) {
    case EMBEDDING:
        return 1;
    case WEIGHT_1:
    case WEIGHT_2:
        return sqrt(2.0 / (double)t->rows);
    case WEIGHT_3:
        return 0.1 / sqrt((double)t->rows);
    default:
        return 0;
    }
}

static void initialise(model *m, uint64_t seed)
{
    size_t offset = 0;
    for (int i = 0; i < TENSOR_COUNT; i++) {
        tensor *t = &m->tensors[i];
        const size_t count = t->rows * t->columns;
        const double size = deviation(t, i);
        t->values = m->values + offset;
        t->gradients = m->gradients + offset;
        for (size_t j = 0; size > 0 && j < count; j++)
            t->values[j] = (float)(size * random_normal(seed, offset + j));
        offset += count;
    }
}

model *model_new(const model_shape *shape, uint64_t seed)
{
    model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->shape = *shape;
    describe(m);
    m->values = calloc(m->parameter_count, 4 * sizeof(float));
    if (!m->values) {
        model_free(m);
        return NULL;
    }
    m->gradients = m->values + m->parameter_count;
    m->means = m->gradients + m->parameter_count;
    m->squares = m->means + m->parameter_count;
    initialise(m, seed);
    openblas_set_num_threads(1);
    return m;
}

void model_free(model *m)
{
    if (!m)
        return;
    free(m->values);
    free(m->activations);
    free(m);
}

/* --- the layers' rows --- */

typedef struct rows {
    size_t count;
    float *input;          /* embeddings side by side */
    float *hidden1;        /* after the first ReLU */
    float *branch;         /* the second layer, after its ReLU */
    float *hidden2;        /* hidden1 + branch */
    float *output;         /* logits, then their gradient */
    float *slope, *slope2; /* gradients on the way back: as wide as the widest of the layers before */
} rows;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Room for the rows of a batch; kept for the next one. */
static bool take_rows(model *m, const model_batch *batch, rows *r)
{
    const model_shape *s = &m->shape;
    const size_t inputs = s->context * s->embedding;
    const size_t slope = larger(inputs, s->hidden);
    const size_t width = inputs + 3 * s->hidden + s->vocabulary + slope + s->hidden;
    *r = (rows){.count = batch->sequences * batch->length};
    if (r->count > m->row_capacity) {
        free(m->activations);
        m->activations = calloc(r->count, width * sizeof(float));
        m->row_capacity = m->activations ? r->count : 0;
        if (!m->activations)
            return false;
    }
    r->input = m->activations;
    r->hidden1 = r->input + r->count * inputs;
    r->branch = r->hidden1 + r->count * s->hidden;
    r->hidden2 = r->branch + r->count * s->hidden;
    r->output = r->hidden2 + r->count * s->hidden;
    r->slope2 = r->output + r->count * s->vocabulary;
    r->slope = r->slope2 + r->count * s->hidden;
    return true;
}

/* What the kept units are multiplied by, so that the sum stays. */
static float kept_scale(const model *m)
{
    return 256 / (256 - (float)m->shape.dropped);
}

/* --- forward --- */

/* The characters before prediction `row`, which is the one after them. */
static const unsigned char *context_of(const model *m, const model_batch *batch, size_t row)
{
    const size_t sequence = row / batch->length;
    return batch->characters + sequence * (m->shape.context + batch->length) + row % batch->length;
}

static unsigned char target_of(const model *m, const model_batch *batch, size_t row)
{
    return context_of(m, batch, row)[m->shape.context];
}

static void embed(const model *m, const model_batch *batch, const rows *r)
{
    const size_t width = m->shape.embedding;
    float *to = r->input;
    for (size_t row = 0; row < r->count; row++) {
        const unsigned char *context = context_of(m, batch, row);
        for (size_t i = 0; i < m->shape.context; i++, to += width)
            memcpy(to, m->tensors[EMBEDDING].values + context[i] * width, width * sizeof *to);
    }
}

/* outputs = inputs * weight + bias */
static void dense(const tensor *weight, const float *inputs, size_t count, float *outputs)
{
    const tensor *bias = weight + 1;
    for (size_t row = 0; row < count; row++)
        memcpy(outputs + row * weight->columns, bias->values, weight->columns * sizeof *outputs);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)count, (int)weight->columns, (int)weight->rows, 1,
                inputs, (int)weight->rows, weight->values, (int)weight->columns, 1, outputs, (int)weight->columns);
}

static void relu(float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = values[i] > 0 ? values[i] : 0;
}

/* Drops units at random (Srivastava et al., 2014), which ones being a function of the sequence's key, the layer and the
 * place: every rank drops the same for the same sequence. Eight units share a random number. */
static void drop(const model *m, const model_batch *batch, uint64_t layer, float *values)
{
    const size_t count = batch->length * m->shape.hidden;
    const float scale = kept_scale(m);
    for (size_t sequence = 0; sequence < batch->sequences; sequence++) {
        const uint64_t key = random_bits(batch->keys[sequence], layer);
        float *units = values + sequence * count;
        uint64_t bits = 0;
        for (size_t i = 0; i < count; i++, bits >>= 8) {
            if (i % 8 == 0)
                bits = random_bits(key, i);
            units[i] *= (bits & 255) < m->shape.dropped ? 0 : scale;
        }
    }
}

static void forward(const model *m, const model_batch *batch, const rows *r)
{
    const size_t units = r->count * m->shape.hidden;
    embed(m, batch, r);
    dense(&m->tensors[WEIGHT_1], r->input, r->count, r->hidden1);
    relu(r->hidden1, units);
    if (batch->keys)
        drop(m, batch, 1, r->hidden1);
    dense(&m->tensors[WEIGHT_2], r->hidden1, r->count, r->branch);
    relu(r->branch, units);
    if (batch->keys)
        drop(m, batch, 2, r->branch);
    for (size_t i = 0; i < units; i++)
        r->hidden2[i] = r->hidden1[i] + r->branch[i];
    dense(&m->tensors[WEIGHT_3], r->hidden2, r->count, r->output);
}

/* Turns logits into probabilities. */
static void softmax(float *logits, size_t count)
{
    float top = logits[0], sum = 0;
    for (size_t i = 1; i < count; i++)
        top = logits[i] > top ? logits[i] : top;
    for (size_t i = 0; i < count; i++)
        sum += logits[i] = expf(logits[i] - top);
    for (size_t i = 0; i < count; i++)
        logits[i] /= sum;
}

/* The sum of the cross-entropies; leaves their gradient where the logits were. */
static double cross_entropy(const model *m, const model_batch *batch, const rows *r)
{
    double sum = 0;
    for (size_t row = 0; row < r->count; row++) {
        float *output = r->output + row * m->shape.vocabulary;
        const unsigned char target = target_of(m, batch, row);
        softmax(output, m->shape.vocabulary);
        sum -= log((double)output[target] + 1e-30);
        output[target] -= 1;
    }
    return sum;
}

/* --- backward --- */

/* Adds to the gradients of weight and bias, given those of the outputs; those of the inputs go to `slope`, on top of
 * what is there (`keep` 1) or in its place (0). */
static void dense_back(const tensor *weight, const float *inputs, const float *outputs, size_t count, float keep,
                       float *slope)
{
    const tensor *bias = weight + 1;
    const int in = (int)weight->rows, out = (int)weight->columns, n = (int)count;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, n, 1, inputs, in, outputs, out, 1, weight->gradients,
                out);
    for (size_t row = 0; row < count; row++)
        for (size_t i = 0; i < weight->columns; i++)
            bias->gradients[i] += outputs[row * weight->columns + i];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, in, out, 1, outputs, out, weight->values, out, keep, slope,
                in);
}

/* Through dropout and ReLU: where they let something pass, scaled as they did. */
static void relu_back(const float *values, const float *after, float scale, float *before, size_t count)
{
    for (size_t i = 0; i < count; i++)
        before[i] = values[i] > 0 ? after[i] * scale : 0;
}

static void embed_back(model *m, const model_batch *batch, const rows *r)
{
    const size_t width = m->shape.embedding;
    const float *from = r->slope;
    for (size_t row = 0; row < r->count; row++) {
        const unsigned char *context = context_of(m, batch, row);
        for (size_t i = 0; i < m->shape.context; i++, from += width)
            for (size_t j = 0; j < width; j++)
                m->tensors[EMBEDDING].gradients[context[i] * width + j] += from[j];
    }
}

static void backward(model *m, const model_batch *batch, const rows *r)
{
    const size_t units = r->count * m->shape.hidden;
    const float scale = batch->keys ? kept_scale(m) : 1;
    float *before = r->hidden2; /* is not needed any more, once weight 3 has its gradient */
    dense_back(&m->tensors[WEIGHT_3], r->hidden2, r->output, r->count, 0, r->slope2);
    relu_back(r->branch, r->slope2, scale, before, units);
    dense_back(&m->tensors[WEIGHT_2], r->hidden1, before, r->count, 1, r->slope2); /* 1: past the branch, too */
    relu_back(r->hidden1, r->slope2, scale, before, units);
    dense_back(&m->tensors[WEIGHT_1], r->input, before, r->count, 0, r->slope);
    embed_back(m, batch, r);
}

/* --- what is done with it --- */

bool model_loss(model *m, const model_batch *batch, double *loss)
{
    rows r;
    if (!take_rows(m, batch, &r))
        return false;
    forward(m, batch, &r);
    *loss = cross_entropy(m, batch, &r) / (double)r.count;
    return true;
}

bool model_train(model *m, const model_batch *batch, double *loss)
{
    rows r;
    if (!take_rows(m, batch, &r))
        return false;
    forward(m, batch, &r);
    *loss = cross_entropy(m, batch, &r) / (double)r.count;
    backward(m, batch, &r);
    m->gradient_rows += r.count;
    return true;
}

void model_update(model *m)
{
    const float share = 1 / (float)m->gradient_rows;
    for (size_t i = 0; i < m->parameter_count; i++)
        m->gradients[i] *= share;
    m->updates++;
    for (int i = 0; i < TENSOR_COUNT; i++) {
        const tensor *t = &m->tensors[i];
        const size_t offset = (size_t)(t->values - m->values);
        const adamw_parameters parameters = {t->values, t->gradients, m->means + offset, m->squares + offset,
                                             t->rows * t->columns};
        adamw_update(&parameters, &m->groups[t->group], m->updates);
    }
    memset(m->gradients, 0, m->parameter_count * sizeof *m->gradients);
    m->gradient_rows = 0;
}

bool model_sample(model *m, const unsigned char *context, double uniform, unsigned char *next)
{
    const model_batch one = {context, NULL, 1, 1};
    rows r;
    if (!take_rows(m, &one, &r))
        return false;
    forward(m, &one, &r);
    softmax(r.output, m->shape.vocabulary);
    size_t i = 0;
    for (; i + 1 < m->shape.vocabulary && uniform >= (double)r.output[i]; i++)
        uniform -= (double)r.output[i];
    *next = (unsigned char)i;
    return true;
}
