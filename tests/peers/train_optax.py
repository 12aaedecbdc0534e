"""A training in JAX with optax, once with optax's own schedules and once with Tempo's: the learning rates of every
update and all weights afterwards are the same, to the last bit. One compile each.

    train_optax.py
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

import tempo
import tempo.optax

UPDATES = 400
FEATURES, HIDDEN, ROWS = 8, 16, 64


def data():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(UPDATES, ROWS, FEATURES)).astype(np.float32)
    return jnp.asarray(x), jnp.asarray(np.sin(x.sum(axis=2, keepdims=True)))


def weights():
    generator = np.random.default_rng(1)
    shapes = {"w1": (FEATURES, HIDDEN), "b1": (HIDDEN,), "w2": (HIDDEN, 1), "b2": (1,)}
    return {name: jnp.asarray(generator.normal(size=shape).astype(np.float32)) * 0.3 for name, shape in shapes.items()}


def loss(parameters, x, y):
    hidden = jnp.tanh(x @ parameters["w1"] + parameters["b1"])
    return jnp.mean((hidden @ parameters["w2"] + parameters["b2"] - y) ** 2)


def train(optimizer, rate_of):
    """Learning rates, weights, and compiles."""
    parameters = weights()
    state = optimizer.init(parameters)

    @jax.jit
    def update(parameters, state, x, y):
        gradient = jax.grad(loss)(parameters, x, y)
        updates, state = optimizer.update(gradient, state, parameters)
        return optax.apply_updates(parameters, updates), state

    rates = []
    for x, y in zip(*data()):
        parameters, state = update(parameters, state, x, y)
        rates.append(np.asarray(rate_of(state)))
    return np.array(rates), jax.tree.map(np.asarray, parameters), update._cache_size()


def by_scale(schedule):
    """scale_by_schedule keeps no learning rate: it is what the schedule is at the count of the state."""
    compiled = jax.jit(schedule)
    optimizer = optax.chain(optax.scale_by_adam(), optax.scale_by_schedule(lambda count: -schedule(count)))
    return optimizer, lambda state: compiled(state[1].count - 1)


def by_injection(schedule):
    optimizer = optax.inject_hyperparams(optax.adamw)(learning_rate=schedule, weight_decay=0.01)
    return optimizer, lambda state: state.hyperparams["learning_rate"]


def by_argument(schedule):
    compiled = jax.jit(schedule)
    optimizer = optax.sgd(learning_rate=schedule, momentum=0.9)
    return optimizer, lambda state: compiled(state[1].count - 1)


SCHEDULES = {
    "warmup_cosine_decay_schedule": dict(init_value=0.0, peak_value=0.01, warmup_steps=40, decay_steps=UPDATES),
    "linear_onecycle_schedule": dict(transition_steps=UPDATES, peak_value=0.02),
    "exponential_decay": dict(init_value=0.01, transition_steps=50, decay_rate=0.7, staircase=True),
    "piecewise_constant_schedule": dict(init_value=0.01, boundaries_and_scales={100: 0.5, 300: 0.1}),
    "polynomial_schedule": dict(init_value=0.01, end_value=1e-4, power=2.5, transition_steps=UPDATES),
}


def main():
    failed = False
    for name, arguments in SCHEDULES.items():
        for loop in (by_scale, by_injection, by_argument):
            theirs, ours = (train(*loop(getattr(module, name)(**arguments))) for module in (optax, tempo.optax))
            same = theirs[0].tobytes() == ours[0].tobytes() and all(
                theirs[1][key].tobytes() == ours[1][key].tobytes() for key in theirs[1]
            )
            failed = failed or not same or ours[2] != 1
            print(f"{name} {loop.__name__}: {'the same' if same else 'DIFFERENT'}, {ours[2]} compile")
    return failed


if __name__ == "__main__":
    sys.exit(main())
