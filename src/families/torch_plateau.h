/* families/torch_plateau.h: when PyTorch's ReduceLROnPlateau reduces a value, and to what; timm's PlateauLRScheduler
 * has one inside. See torch.h for its source. */
#ifndef TEMPO_FAMILIES_TORCH_PLATEAU_H
#define TEMPO_FAMILIES_TORCH_PLATEAU_H

#include "schedule/type.h"

/* The arguments of ReduceLROnPlateau, under its names. */
typedef struct torch_plateau {
    bool is_max, is_relative; /* mode, threshold_mode */
    double factor, threshold, min_lr, eps;
    double patience, cooldown;
} torch_plateau;

/* What it remembers: places in the memory, and PyTorch's names for them. */
enum { TORCH_PLATEAU_BEST, TORCH_PLATEAU_BAD_EPOCHS, TORCH_PLATEAU_COOLDOWN, TORCH_PLATEAU_MEMORY };
#define TORCH_PLATEAU_MEMORY_NAMES "best", "num_bad_epochs", "cooldown_counter"

/* Errors: BAD_VALUE (a factor of 1 or more, a threshold beside which nothing is better); the places of both parameters. */
tempo_status torch_plateau_check(tempo__binding *binding, const torch_plateau *plateau, size_t factor,
                                 size_t threshold);

void torch_plateau_begin(const torch_plateau *plateau, double *memory);

/* The value after a metric, from the one before. */
double torch_plateau_listen(const torch_plateau *plateau, double *memory, double metric, double previous);

#endif
