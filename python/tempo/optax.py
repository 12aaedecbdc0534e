"""The schedules of optax, under optax's names and with its signatures.

>>> from tempo import optax
>>> schedule = optax.warmup_cosine_decay_schedule(0.0, 0.5, warmup_steps=10, decay_steps=110)
>>> schedule(5)
0.25

What is returned is a function of the number of completed updates: of a Python integer (a float
comes back), of a NumPy array of integers, or of a JAX array, under jit, vmap and grad too: there it
is arithmetic that is traced, the same as optax's own, operation by operation.
`optax.inject_hyperparams`, `optax.scale_by_schedule` and every optimizer of optax take it. JAX is
needed for JAX arrays only.

Parameters may be JAX arrays, traced ones too, where optax takes them. Bad arguments raise
tempo.Error, which is a ValueError or TypeError as well. Where optax falls back to a constant and
logs it, so does this, with a warning.
"""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Sequence

from . import _tempo
from ._traced import Schedule, Table, Traced, make

__all__ = [
    "Schedule",
    "constant_schedule",
    "cosine_decay_schedule",
    "cosine_onecycle_schedule",
    "exponential_decay",
    "join_schedules",
    "linear_onecycle_schedule",
    "linear_schedule",
    "piecewise_constant_schedule",
    "piecewise_interpolate_schedule",
    "polynomial_schedule",
    "schedule",
    "sgdr_schedule",
    "warmup_constant_schedule",
    "warmup_cosine_decay_schedule",
    "warmup_exponential_decay_schedule",
]


def constant_schedule(value: Any) -> Schedule:
    """`value` for ever, and as it was given."""
    return make("optax.constant_schedule", locals())


def polynomial_schedule(
    init_value: Any, end_value: Any, power: Any, transition_steps: int, transition_begin: int = 0
) -> Schedule:
    """From init_value to end_value along a power of the steps that are left."""
    return make("optax.polynomial_schedule", locals())


def linear_schedule(
    init_value: Any, end_value: Any, transition_steps: int, transition_begin: int = 0
) -> Schedule:
    """From init_value to end_value along a straight line."""
    return make("optax.linear_schedule", locals())


def piecewise_constant_schedule(
    init_value: Any, boundaries_and_scales: Mapping[int, float] | None = None
) -> Schedule:
    """init_value, multiplied by a scale at each boundary."""
    return make("optax.piecewise_constant_schedule", locals())


def exponential_decay(
    init_value: Any,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: Any = None,
) -> Schedule:
    """init_value, multiplied by decay_rate once per transition_steps, continuously or in steps."""
    return make("optax.exponential_decay", locals())


def cosine_decay_schedule(
    init_value: Any, decay_steps: int, alpha: Any = 0.0, exponent: Any = 1.0
) -> Schedule:
    """From init_value to alpha * init_value along half a cosine."""
    return make("optax.cosine_decay_schedule", locals())


def piecewise_interpolate_schedule(
    interpolate_type: str, init_value: Any, boundaries_and_scales: Mapping[int, float] | None = None
) -> Schedule:
    """From value to value, each a scale of the one before, along "linear" or "cosine" curves."""
    return make(
        "optax.piecewise_interpolate_schedule",
        {**locals(), "interpolate_type": str(interpolate_type)},  # optax's ValueError for None too
    )


def linear_onecycle_schedule(
    transition_steps: int,
    peak_value: Any,
    pct_start: float = 0.3,
    pct_final: float = 0.85,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Schedule:
    """Three lines: up to the peak, back to the start, down to the end."""
    return make("optax.linear_onecycle_schedule", locals())


def cosine_onecycle_schedule(
    transition_steps: int,
    peak_value: Any,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Schedule:
    """Half a cosine up to the peak, half a cosine down to the end."""
    return make("optax.cosine_onecycle_schedule", locals())


def warmup_constant_schedule(init_value: Any, peak_value: Any, warmup_steps: int) -> Schedule:
    """A straight line to peak_value, which stays."""
    return make("optax.warmup_constant_schedule", locals())


def warmup_cosine_decay_schedule(
    init_value: Any,
    peak_value: Any,
    warmup_steps: int,
    decay_steps: int,
    end_value: Any = 0.0,
    exponent: Any = 1.0,
) -> Schedule:
    """A straight line to peak_value, then half a cosine; decay_steps are those of both together."""
    return make("optax.warmup_cosine_decay_schedule", locals())


def warmup_exponential_decay_schedule(
    init_value: Any,
    peak_value: Any,
    warmup_steps: int,
    transition_steps: int,
    decay_rate: Any,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: Any = None,
) -> Schedule:
    """A straight line to peak_value, then an exponential_decay."""
    return make("optax.warmup_exponential_decay_schedule", locals())


def sgdr_schedule(cosine_kwargs: Iterable[Mapping[str, Any]]) -> Schedule:
    """One warmup_cosine_decay_schedule after the other, each for its decay_steps."""
    cycles = [warmup_cosine_decay_schedule(**kwargs) for kwargs in cosine_kwargs]
    return make("optax.sgdr_schedule", {"cosine_kwargs": cycles})


def join_schedules(
    schedules: Sequence[Callable[[Any], Any]], boundaries: Sequence[int]
) -> Schedule:
    """Schedules, or any functions of the step, one after the other, each from its boundary on."""
    parts = [
        part if isinstance(part, Schedule) else make("optax.Schedule", {"function": part})
        for part in schedules
    ]
    return make("optax.join_schedules", {"schedules": parts, "boundaries": list(boundaries)})


def schedule(plan: _tempo.Plan | _tempo.Document, track: int | str = 0) -> Traced:
    """Any schedule of Tempo as a function of the number of completed batches, which JAX can trace.

    plan: a tempo.Plan, or a tempo.Document, whose plan is taken. track: its index or name, such as
    "decay.lr".

    Schedules of optax and xlstm-jax become arithmetic. All others become a table of the values of
    the whole run, in which a traced function looks up: rounded to 32 bits unless JAX has 64, the
    first value before the run, and the last one after it. Python integers and NumPy's are answered
    by the plan itself, in double precision, whatever JAX has.

    Raises tempo.MissingFact if a table is needed and the run has no length.
    """
    if isinstance(plan, _tempo.Document):
        plan = plan.plan()
    try:
        plan.expression(track)
    except (_tempo.Conflict, _tempo.MissingFact):
        return Table(plan, track)
    return Traced(plan, track)
