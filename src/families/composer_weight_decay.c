/* composer_weight_decay.c: the weight decay of Composer's decoupled optimizers, which follows the learning rate. */
#include "families/composer.h"

enum { FOLLOWS, PARAMETER_COUNT };
static const tempo_parameter parameters[PARAMETER_COUNT] = {
    [FOLLOWS] = {"follows", TEMPO_FIELD, "lr", RANGE_ANY, "the field that is followed, of the same group"},
};

/* All that there is to know are the values and the bases of both fields. */
static tempo_status bind(tempo__binding *binding, void **prepared)
{
    (void)binding;
    *prepared = NULL;
    return TEMPO_OK;
}

static double follow(double base, double leader, double leader_base)
{
    const double factor = leader_base != 0 ? finite(leader / leader_base) : 1.0;
    return factor * base;
}

static const tempo_type types[] = {
    {
        .name = "composer.decoupled_weight_decay",
        .summary = "move in proportion to lr, as the weight decay of Composer's optimizers does",
        .formula = "weight_decay(t) = lr(t) / initial_lr * weight_decay",
        .source = "Composer 0.33, composer/optim/decoupled_weight_decay.py",
        .notes =
            "The decay of DecoupledSGDW and DecoupledAdamW, which multiply the weights by 1 minus this. They do it "
            "themselves, and the weight_decay in their groups stays constant: drive it in optimizers that do not. "
            "The base of the field that is followed is Composer's initial_lr. Where that is 0 the factor is 1, as "
            "in Composer: the weights decay although nothing is learnt. A factor that overflows is the largest "
            "double. Some schedule must drive the field that is followed, and none that follows a field itself.",
        .example = "composer.decoupled_weight_decay field=weight_decay * "
                   "composer.CosineAnnealingWithWarmupScheduler t_warmup=5ep alpha_f=0.1",
        .example_run = COMPOSER_EPOCHS " --lr 0.1 --set optimizer.weight_decay=1e-4",
        PARAMETERS(parameters),
        .bind = bind,
        .follow = follow,
        .leader = FOLLOWS,
    },
};

const tempo__family tempo__composer_weight_decay = {types, sizeof types / sizeof types[0]};
