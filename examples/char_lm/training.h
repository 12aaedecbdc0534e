/* training.h: the model and its text as Tempo's trainer wants them: what it calls, and the optimizer's numbers that it
 * writes. */
#ifndef CHAR_LM_TRAINING_H
#define CHAR_LM_TRAINING_H

#include <tempo/trainer.h>

#include "model.h"
#include "text.h"

enum { FIELDS_MAX = 2 }; /* lr, weight_decay */

typedef struct training {
    text text;
    windows windows;
    model_batch batch; /* the last one taken */
    model *model;
    tempo_communicator world;
    double *sums; /* gradients on the way to the other ranks */
    tempo_group groups[GROUP_COUNT];
    tempo_field fields[GROUP_COUNT][FIELDS_MAX];
    char problem[256]; /* why a callback or training_start() failed */
} training;

/* What the other ranks are, and what the text and the batches are like. */
typedef struct training_options {
    const char *data; /* a file; NULL: the licence texts */
    const tempo_run *run;
    const tempo_group *groups; /* base values for `decay` and `rest` */
    size_t group_count;
    tempo_communicator world;
    uint64_t seed;
} training_options;

/* False: `problem` says why. Free it in any case. */
bool training_start(training *training, const training_options *options);
void training_free(training *training);

/* Fills in what concerns the model: groups, data, model. */
void training_describe(training *training, tempo_trainer_options *options);

/* The mean loss on the text that is held out, in nats per character; `context` is a training. Returns 0, as a
 * callback does. */
int training_held_out(void *context, double *loss);

/* Lets the model write `count` characters after the first words of the held-out text. */
bool training_write(training *training, size_t count, char *to);

#endif
