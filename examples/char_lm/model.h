/* model.h: a character-level language model: the next character from the `context` characters before it.
 *
 *   characters -> embeddings, side by side -> dense, ReLU -> + dense, ReLU -> dense -> softmax
 *
 * after Bengio et al., "A neural probabilistic language model", 2003, with a second, residual layer. Forward and
 * backward are written by hand; the products are BLAS's. Runs of the same numbers give the same bits: BLAS gets one
 * thread. A character is its index in the vocabulary (text.h).
 */
#ifndef CHAR_LM_MODEL_H
#define CHAR_LM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adamw.h"

typedef struct model_shape {
    size_t vocabulary; /* characters there are */
    size_t context;    /* characters looked back at */
    size_t embedding;  /* numbers for each */
    size_t hidden;     /* units of a hidden layer */
    size_t dropped;    /* of 256 of them, in training */
} model_shape;

/* Sequences of `context + length` characters, one after the other; in each, `length` are to be predicted. */
typedef struct model_batch {
    const unsigned char *characters;
    const uint64_t *keys; /* of each sequence: which units it drops; NULL: none are dropped */
    size_t sequences, length;
} model_batch;

/* Weight decay is for matrices; biases and embeddings are better without. */
enum { GROUP_DECAY, GROUP_REST, GROUP_COUNT };

typedef struct tensor {
    const char *name;
    int group;
    size_t rows, columns;
    float *values;
    float *gradients;
} tensor;

enum { EMBEDDING, WEIGHT_1, BIAS_1, WEIGHT_2, BIAS_2, WEIGHT_3, BIAS_3, TENSOR_COUNT };

typedef struct model {
    model_shape shape;
    tensor tensors[TENSOR_COUNT];
    /* All parameters, their gradients, and AdamW's memory: each `parameter_count` numbers, tensor after tensor. */
    size_t parameter_count;
    float *values, *gradients, *means, *squares;
    adamw_group groups[GROUP_COUNT];
    int64_t updates;      /* that were made */
    size_t gradient_rows; /* predictions that the gradients are the sum over */
    /* What flows through the layers, a row for each prediction. */
    size_t row_capacity;
    float *activations;
} model;

/* Makes a model with random weights, a pure function of the seed. NULL when memory is out. */
model *model_new(const model_shape *shape, uint64_t seed);
void model_free(model *model);

/* The mean loss of a batch, in nats per character. model_train() also adds the gradients of its sum to those there are.
 * False when memory is out. */
bool model_loss(model *model, const model_batch *batch, double *loss);
bool model_train(model *model, const model_batch *batch, double *loss);

/* One update, with the numbers in `groups` as they stand, by the mean of the gradients since the last one. */
void model_update(model *model);

/* A likely next character after `context` of them. `uniform` is a random number in [0, 1). */
bool model_sample(model *model, const unsigned char *context, double uniform, unsigned char *next);

#endif
