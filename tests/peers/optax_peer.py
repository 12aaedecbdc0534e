"""The schedules of optax, run as they are, and those that xlstm-jax builds from them.

optax and jax are installed packages. JAX runs in float64, or in its default arithmetic for a schedule whose dtype is
float32, and without jit, so that every operation is rounded by itself.
xlstm-jax is not on the package index: the way from its SchedulerConfig to optax's functions is written anew below, from
its documented rules; every number still comes out of optax.
"""

import json
import math
import random
import sys

import jax
import jax.numpy as jnp
import optax

OPTAX = f"optax {optax.__version__} (jax {jax.__version__}, "
PEERS = {"optax": OPTAX, "xlstm": f"xlstm-jax 0f3ebc2, its rules written anew, on {OPTAX}"}
LAST_COUNT = 2**31 - 1  # where the count of an optimizer stays in default arithmetic: safe_increment()


def build(schedule):
    """The function from a step to a value that a schedule of a document stands for."""
    arguments = dict(schedule)
    family, name = arguments.pop("type").split(".")
    arguments.pop("every", None)
    arguments.pop("dtype", None)
    if family == "xlstm":
        return _scheduler_config(**arguments)
    if name == "join_schedules":
        arguments["schedules"] = [build(nested) for nested in arguments["schedules"]]
    if arguments.get("boundaries_and_scales"):  # keys of JSON are text
        scales = arguments["boundaries_and_scales"]
        arguments["boundaries_and_scales"] = {int(step): scale for step, scale in scales.items()}
    return getattr(optax, name)(**arguments)


def _scheduler_config(
    lr,
    name="constant",
    decay_steps=0,
    end_lr=None,
    end_lr_factor=None,
    cooldown_steps=0,
    warmup_steps=0,
    cooldown_lr=0.0,
):
    main_steps = decay_steps - warmup_steps - cooldown_steps
    assert main_steps >= 0, "warmup and cooldown are longer than the whole"
    end, factor = 0.0, 0.0
    if end_lr is not None:
        end, factor = end_lr, end_lr / lr
    if end_lr_factor is not None:
        assert end_lr is None or factor == end_lr_factor, "two different ends"
        end, factor = end_lr_factor * lr, end_lr_factor
    if name == "constant":
        main, end = optax.constant_schedule(lr), lr
    elif name == "cosine_decay":
        main = optax.cosine_decay_schedule(lr, main_steps, alpha=factor)
    elif name == "exponential_decay":
        main = optax.exponential_decay(lr, main_steps, factor)
    elif name == "linear":
        main = optax.linear_schedule(lr, end, main_steps)
    else:
        raise ValueError(f"no schedule is called {name}")
    schedules, boundaries = [main], []
    if warmup_steps > 0:
        schedules.insert(0, optax.linear_schedule(0.0, lr, warmup_steps))
        boundaries.append(warmup_steps)
    if cooldown_steps > 0:
        schedules.append(optax.linear_schedule(end, cooldown_lr, cooldown_steps))
        boundaries.append(decay_steps - cooldown_steps)
    return optax.join_schedules(schedules, boundaries)


def values(document, at):
    """Pairs of a number of batches and the value there, without the infinite ones, or the exception that was raised."""
    schedule = document["schedules"][0]
    every = int(schedule.get("every", "1ba").removesuffix("ba"))
    is_single = schedule.get("dtype") == "float32"
    jax.config.update("jax_enable_x64", not is_single)
    number = jnp.float32 if is_single else jnp.float64
    counts = [min(batch // every, LAST_COUNT) if is_single else batch // every for batch in at]
    try:
        function = build(schedule)
        results = [float(jnp.asarray(function(jnp.asarray(count)), number)) for count in counts]
        pairs = list(zip(at, results))
        if any(math.isnan(value) for _, value in pairs):
            raise ValueError("the value is not a number")
        return [pair for pair in pairs if math.isfinite(pair[1])]
    except Exception as error:  # whatever the peer raises is the recorded result
        return error


class Maker:
    """Random numbers as people write them."""

    def __init__(self, seed, dtype="float64"):
        self.random = random.Random(seed)
        self.dtype = dtype
        self.steps = set()  # where something happens in the document that is being made

    def number(self, low, high):
        return round(self.random.uniform(low, high), self.random.choice([1, 2, 3, 4]))

    def value(self):
        """A learning rate, mostly."""
        r = self.random
        return r.choice([0.1, 1e-3, 3e-4, 6e-4, 1.0, 0.3, self.number(0, 1), self.number(-1, 1), 0.0, 1])

    def count(self):
        return self.random.choice([1, 2, 3, 7, 10, 20, 50, 100, 333, 1000, self.random.randrange(1, 5000)])

    def at(self):
        """Both sides of every step at which something happens, some between, and some far beyond."""
        r = self.random
        times = {0, 1, 2, 10**6 + r.randrange(1000), 10**12 + r.randrange(1000)}
        last = max(self.steps, default=100)
        for step in self.steps:
            times |= {step - 1, step, step + 1}
        between = 10
        if self.dtype == "float32":
            between = 5
            times |= {2**24 + 1, LAST_COUNT - 1, LAST_COUNT, LAST_COUNT + 1}
            if min(self.steps, default=0) < 0:  # optax's count minus such a step wraps around there
                times = {time for time in times if time < LAST_COUNT // 2}
        times |= {r.randrange(max(1, last + last // 4 + 2)) for _ in range(between)}
        return sorted(time for time in times if 0 <= time < 2**62)


def record(maker, name, number):
    """One row: a document that `maker.schedule(name)` made, and what the peer makes of it."""
    maker.steps = set()
    schedule = maker.schedule(name)
    if maker.dtype != "float64":
        schedule["dtype"] = maker.dtype
    at = maker.at()
    if "join" not in name and maker.random.random() < 0.1:
        every = maker.random.choice([2, 3, 10])
        schedule["every"] = f"{every}ba"
        at = sorted({time * every + maker.random.randrange(every) for time in at} | {time * every for time in at})
    document = {"tempo": 1, "optimizer": {"lr": maker.random.choice([1.0, 0.1])}, "schedules": [schedule]}
    suffix = "" if maker.dtype == "float64" else f"-{maker.dtype}"
    peer = f"{PEERS[name.split('.')[0]]}{maker.dtype})"
    row = {"id": f"{name}{suffix}-{number:04d}", "peer": peer, "document": document}
    result = values(document, at)
    if isinstance(result, Exception):
        row["error"] = f"{type(result).__name__}: {result}"
    else:
        row["at"], row["lr"] = [time for time, _ in result], [value for _, value in result]
    return row


def main(maker_type):
    """COUNT SEED [float32] TYPE...: rows to standard output."""
    count, seed, *names = sys.argv[1:]
    maker = maker_type(int(seed), names.pop(0) if names[0] == "float32" else "float64")
    for name in names:
        for number in range(int(count)):
            print(json.dumps(record(maker, name, number)))
