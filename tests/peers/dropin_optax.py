"""tempo.optax and tempo.xlstm beside the running optax: random schedules, eager, under jit and under vmap, with 64-bit
numbers and without, to the last bit at every step; the same trace, one compile for all steps, and no callback.

    dropin_optax.py [--count N] [--seed N]     N schedules of each type
"""

import argparse
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax_maker
import optax_peer
import xlstm_maker

import tempo.optax
import tempo.xlstm

STEPS = 3000  # of which every one is looked at


def build(schedule):
    """Tempo's function for a schedule of a document, made as a program makes it: by calling."""
    arguments = dict(schedule)
    family, name = arguments.pop("type").split(".")
    for key in ("every", "dtype"):
        arguments.pop(key, None)
    if family == "xlstm":
        return tempo.xlstm.build_lr_scheduler(tempo.xlstm.SchedulerConfig(**arguments))
    if name == "join_schedules":
        arguments["schedules"] = [build(nested) for nested in arguments["schedules"]]
    if name == "sgdr_schedule":
        arguments["cosine_kwargs"] = [
            {key: value for key, value in cycle.items() if key != "type"} for cycle in arguments["cosine_kwargs"]
        ]
    if arguments.get("boundaries_and_scales"):  # keys of JSON are text
        scales = arguments["boundaries_and_scales"]
        arguments["boundaries_and_scales"] = {int(step): scale for step, scale in scales.items()}
    return getattr(tempo.optax, name)(**arguments)


def bits(value):
    """Type and bytes."""
    array = np.asarray(value)
    return str(array.dtype), array.tobytes()


def same(theirs, ours):
    """Whether a Python float or a NumPy array is what a JAX array is; infinite growth is not compared."""
    theirs, ours = np.asarray(theirs, np.float64), np.asarray(ours, np.float64)
    known = np.isfinite(theirs)
    return np.array_equal(theirs[known], ours[known]) and np.array_equal(np.sign(theirs), np.sign(ours))


def outcome(schedule, step):
    """The value, or what is raised: beyond 32 bits JAX refuses some integers."""
    try:
        return schedule(step)
    except OverflowError:
        return "OverflowError"


def differences(schedule):
    """What is not the same."""
    theirs, ours = optax_peer.build(schedule), build(schedule)
    count, weak = jnp.int32(3), 3
    for step in (count, weak):
        if str(jax.make_jaxpr(theirs)(step)) != str(jax.make_jaxpr(ours)(step)):
            yield "the trace"
    if "callback" in str(jax.make_jaxpr(ours)(count)):
        yield "a callback"
    every = jnp.arange(STEPS, dtype=jnp.int32)
    if bits(jax.jit(jax.vmap(theirs))(every)) != bits(jax.jit(jax.vmap(ours))(every)):
        yield "the values under jit and vmap"
    if bits(jax.vmap(theirs)(every)) != bits(jax.vmap(ours)(every)):
        yield "the values under vmap"
    jitted = jax.jit(ours)
    their_jitted = jax.jit(theirs)
    for step in (0, 1, 7, 50, 333, 2999, 10**6, 2**31 - 1):
        if bits(jitted(jnp.int32(step))) != bits(their_jitted(jnp.int32(step))):
            yield f"the value under jit at {step}"
        if bits(ours(jnp.int32(step))) != bits(theirs(jnp.int32(step))):
            yield f"the eager value at {step}"
        for kind in (int, np.int64):
            values = outcome(theirs, kind(step)), outcome(ours, kind(step))
            if values[0] is not values[1] and ("OverflowError" in map(str, values) or not same(*values)):
                yield f"the value at {kind.__name__} {step}"
    if jitted._cache_size() != 1:
        yield f"{jitted._cache_size()} compiles"
    # optax's own array of steps has other bits than its single steps: XLA multiplies by a reciprocal.
    steps = np.array([0, 1, 2, 7, 20, 50, 99, 100, 101, 333, 1000, 2999])
    if not same(np.array([np.asarray(theirs(int(step))) for step in steps]), np.broadcast_to(ours(steps), steps.shape)):
        yield "the values at an array of NumPy"


def gradients_agree(schedule):
    """With respect to a real step, which optax takes too."""
    theirs, ours = optax_peer.build(schedule), build(schedule)
    theirs, ours = (jax.grad(lambda step, schedule=schedule: schedule(step) * 1.0) for schedule in (theirs, ours))
    return all(bits(theirs(step)) == bits(ours(step)) for step in (1.5, 20.25, 400.0))


def schedules(count, seed):
    for kind in (optax_maker.Maker, xlstm_maker.Maker):
        maker = kind(seed)
        for name in maker.names:
            made = 0
            while made < count:
                schedule = maker.document(name)["schedules"][0]
                try:
                    optax_peer.build(schedule)
                    build(schedule)
                except Exception:  # what is refused is the golden rows' business
                    continue
                made += 1
                yield schedule


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wide", action="store_true", help="in 64 bits only; else in both")
    options = parser.parse_args()
    if not options.wide:
        again = [sys.executable, "-B", *sys.argv, "--wide"]
        wide = subprocess.run(again, env=os.environ | {"JAX_ENABLE_X64": "1"}).returncode
    jax.config.update("jax_enable_x64", options.wide)
    found = total = 0
    for schedule in schedules(options.count, options.seed):
        total += 1
        for difference in differences(schedule):
            found += 1
            print(f"{difference} of {schedule}")
        if not gradients_agree(schedule):
            found += 1
            print(f"a gradient of {schedule}")
    print(f"{'float64' if options.wide else 'float32'}: {total} schedules, {found} differences")
    return found > 0 or (not options.wide and wide)


if __name__ == "__main__":
    sys.exit(main())
