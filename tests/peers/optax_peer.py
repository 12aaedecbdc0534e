"""The schedules of optax, run as they are, and those that xlstm-jax builds from them.

optax and jax are installed packages. JAX runs in float64, or in its default arithmetic for a schedule whose dtype is
float32, and without jit, so that every operation is rounded by itself.
xlstm-jax is not on the package index: the way from its SchedulerConfig to optax's functions is written anew below, from
its documented rules; every number still comes out of optax.
"""

import math

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


def peer_of(row):
    schedule = row["document"]["schedules"][0]
    return f"{PEERS[schedule['type'].split('.')[0]]}{schedule.get('dtype', 'float64')})"


def columns(row, at):
    """The value after each number of batches, without the infinite ones."""
    schedule = row["document"]["schedules"][0]
    every = int(schedule.get("every", "1ba").removesuffix("ba"))
    is_single = schedule.get("dtype") == "float32"
    jax.config.update("jax_enable_x64", not is_single)
    number = jnp.float32 if is_single else jnp.float64
    counts = [min(batch // every, LAST_COUNT) if is_single else batch // every for batch in at]
    function = build(schedule)
    values = [float(jnp.asarray(function(jnp.asarray(count)), number)) for count in counts]
    if any(math.isnan(value) for value in values):
        raise ValueError("the value is not a number")
    finite = [(batch, value) for batch, value in zip(at, values) if math.isfinite(value)]
    return {"at": [batch for batch, _ in finite], "lr": [value for _, value in finite]}
