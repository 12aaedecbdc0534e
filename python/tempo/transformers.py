"""The schedules of Hugging Face transformers: its functions, names and signatures.

>>> import torch
>>> from tempo.transformers import get_scheduler
>>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
>>> scheduler = get_scheduler("linear", optimizer, num_warmup_steps=2, num_training_steps=10)
>>> for _ in range(4):
...     optimizer.step()
...     scheduler.step()
>>> scheduler.get_last_lr()
[0.375]

Each function returns a LambdaLR, as in transformers, whose lambda is a plan of one of Tempo's
`hf.*` types. All that is made for LambdaLR takes it, such as transformers' Trainer, through its
argument `optimizers=(optimizer, scheduler)`; the state_dict() of either can be loaded into the
other. PyTorch must be installed; transformers need not be.

A number of steps may have a fraction, such as 0.1 * total. What transformers raises in the middle
of the training raises a ValueError here when the scheduler is made, and so does a negative number
of steps.
"""

from __future__ import annotations

import enum
import functools
import warnings
from typing import Any, Callable

from torch.optim import Optimizer

from ._tempo import Plan
from .torch import LambdaLR, ReduceLROnPlateau

__all__ = [
    "SchedulerType",
    "get_constant_schedule",
    "get_constant_schedule_with_warmup",
    "get_cosine_schedule_with_warmup",
    "get_cosine_with_hard_restarts_schedule_with_warmup",
    "get_cosine_with_min_lr_schedule_with_warmup",
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
    "get_inverse_sqrt_schedule",
    "get_linear_schedule_with_warmup",
    "get_polynomial_decay_schedule_with_warmup",
    "get_reduce_on_plateau_schedule",
    "get_scheduler",
    "get_wsd_schedule",
]


def _lambda_lr(optimizer: Optimizer, name: str, last_epoch: int, **parameters: Any) -> LambdaLR:
    # From a base of 1 a plan gives the factor. It is wrapped as a partial, as the state_dict() of
    # LambdaLR holds what is in the __dict__ of a lambda: of a partial nothing, there as here.
    factor = functools.partial(Plan({"type": f"hf.{name}", **parameters}))
    return LambdaLR(optimizer, factor, last_epoch)


def _initial_lr(optimizer: Optimizer) -> float:
    return float(optimizer.defaults["lr"])


def get_constant_schedule(optimizer: Optimizer, last_epoch: int = -1) -> LambdaLR:
    """The optimizer's learning rates as they are."""
    return _lambda_lr(optimizer, "get_constant_schedule", last_epoch)


def get_constant_schedule_with_warmup(
    optimizer: Optimizer, num_warmup_steps: float, last_epoch: int = -1
) -> LambdaLR:
    """A straight line from 0 over num_warmup_steps >= 0 updates, then constant."""
    return _lambda_lr(
        optimizer,
        "get_constant_schedule_with_warmup",
        last_epoch,
        num_warmup_steps=num_warmup_steps,
    )


def get_linear_schedule_with_warmup(
    optimizer: Optimizer, num_warmup_steps: float, num_training_steps: float, last_epoch: int = -1
) -> LambdaLR:
    """A straight line from 0 over num_warmup_steps, then one to 0 at num_training_steps."""
    return _lambda_lr(
        optimizer,
        "get_linear_schedule_with_warmup",
        last_epoch,
        num_warmup_steps=num_warmup_steps,
        num_training_steps=num_training_steps,
    )


def get_cosine_schedule_with_warmup(
    optimizer: Optimizer,
    num_warmup_steps: float,
    num_training_steps: float,
    num_cycles: float = 0.5,
    last_epoch: int = -1,
) -> LambdaLR:
    """A straight line from 0, then num_cycles waves of a cosine.

    With 0.5 it falls to 0 at num_training_steps, and climbs again after that.
    """
    return _lambda_lr(
        optimizer,
        "get_cosine_schedule_with_warmup",
        last_epoch,
        num_warmup_steps=num_warmup_steps,
        num_training_steps=num_training_steps,
        num_cycles=num_cycles,
    )


def get_cosine_with_hard_restarts_schedule_with_warmup(
    optimizer: Optimizer,
    num_warmup_steps: float,
    num_training_steps: float,
    num_cycles: float = 1,
    last_epoch: int = -1,
) -> LambdaLR:
    """A straight line from 0, then num_cycles >= 0 cosines that each fall to 0.

    From num_training_steps on it is 0.
    """
    return _lambda_lr(
        optimizer,
        "get_cosine_with_hard_restarts_schedule_with_warmup",
        last_epoch,
        num_warmup_steps=num_warmup_steps,
        num_training_steps=num_training_steps,
        num_cycles=num_cycles,
    )


def get_polynomial_decay_schedule_with_warmup(
    optimizer: Optimizer,
    num_warmup_steps: float,
    num_training_steps: float,
    lr_end: float = 1e-7,
    power: float = 1.0,
    last_epoch: int = -1,
) -> LambdaLR:
    """A straight line from 0, then a power >= 0 of the steps that are left, to lr_end.

    lr_end is taken for a part of the optimizer's default learning rate, as in transformers: a group
    with another one ends at the same part of that. Raises ValueError unless lr_end is below it, and
    if num_training_steps is num_warmup_steps.
    """
    return _lambda_lr(
        optimizer,
        "get_polynomial_decay_schedule_with_warmup",
        last_epoch,
        num_warmup_steps=num_warmup_steps,
        num_training_steps=num_training_steps,
        lr_end=lr_end,
        power=power,
        lr_init=_initial_lr(optimizer),
    )


def get_inverse_sqrt_schedule(
    optimizer: Optimizer,
    num_warmup_steps: float,
    timescale: float | None = None,
    last_epoch: int = -1,
) -> LambdaLR:
    """A straight line from 0, then one over the square root of the steps.

    These are counted in units of timescale > 0; None: num_warmup_steps, or 10000 if that is 0.
    """
    return _lambda_lr(
        optimizer,
        "get_inverse_sqrt_schedule",
        last_epoch,
        num_warmup_steps=num_warmup_steps,
        timescale=timescale,
    )


def get_cosine_with_min_lr_schedule_with_warmup(
    optimizer: Optimizer,
    num_warmup_steps: float,
    num_training_steps: float,
    num_cycles: float = 0.5,
    last_epoch: int = -1,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
) -> LambdaLR:
    """A straight line from 0, then a cosine to min_lr, or to min_lr_rate times the learning rate.

    min_lr is taken for a part of the optimizer's default learning rate, as in transformers. Raises
    ValueError unless exactly one of the two is given.
    """
    return _lambda_lr(
        optimizer,
        "get_cosine_with_min_lr_schedule_with_warmup",
        last_epoch,
        num_warmup_steps=num_warmup_steps,
        num_training_steps=num_training_steps,
        num_cycles=num_cycles,
        min_lr=min_lr,
        min_lr_rate=min_lr_rate,
        lr_init=None if min_lr is None else _initial_lr(optimizer),
    )


def get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
    optimizer: Optimizer,
    num_warmup_steps: float,
    num_training_steps: float,
    num_cycles: float = 0.5,
    last_epoch: int = -1,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
    warmup_lr_rate: float | None = None,
) -> LambdaLR:
    """The same one step ahead, with a warmup that starts at warmup_lr_rate times the learning rate.

    Without it, the warmup starts at 1 / num_warmup_steps of the learning rate.
    """
    return _lambda_lr(
        optimizer,
        "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
        last_epoch,
        num_warmup_steps=num_warmup_steps,
        num_training_steps=num_training_steps,
        num_cycles=num_cycles,
        min_lr=min_lr,
        min_lr_rate=min_lr_rate,
        warmup_lr_rate=warmup_lr_rate,
        lr_init=None if min_lr is None else _initial_lr(optimizer),
    )


def get_wsd_schedule(
    optimizer: Optimizer,
    num_warmup_steps: float,
    num_decay_steps: float,
    num_training_steps: float | None = None,
    num_stable_steps: float | None = None,
    warmup_type: str = "linear",
    decay_type: str = "cosine",
    min_lr_ratio: float = 0,
    num_cycles: float = 0.5,
    last_epoch: int = -1,
) -> LambdaLR:
    """A warmup from min_lr_ratio times the learning rate, constant, a decay to as much.

    warmup_type and decay_type are "linear", "cosine" or "1-sqrt". Raises ValueError if neither
    num_training_steps nor num_stable_steps is given; if both are, num_stable_steps counts.
    """
    if num_training_steps is not None and num_stable_steps is not None:
        message = "num_training_steps and num_stable_steps are both given: num_stable_steps counts"
        warnings.warn(message, stacklevel=2)
    return _lambda_lr(
        optimizer,
        "get_wsd_schedule",
        last_epoch,
        num_warmup_steps=num_warmup_steps,
        num_decay_steps=num_decay_steps,
        num_training_steps=num_training_steps,
        num_stable_steps=num_stable_steps,
        warmup_type=warmup_type,
        decay_type=decay_type,
        min_lr_ratio=min_lr_ratio,
        num_cycles=num_cycles,
    )


def get_reduce_on_plateau_schedule(optimizer: Optimizer, **kwargs: Any) -> ReduceLROnPlateau:
    """tempo.torch.ReduceLROnPlateau with these arguments."""
    return ReduceLROnPlateau(optimizer, **kwargs)


class SchedulerType(str, enum.Enum):
    """Names for get_scheduler(). Those of transformers are taken as well."""

    LINEAR = "linear"
    COSINE = "cosine"
    COSINE_WITH_RESTARTS = "cosine_with_restarts"
    POLYNOMIAL = "polynomial"
    CONSTANT = "constant"
    CONSTANT_WITH_WARMUP = "constant_with_warmup"
    INVERSE_SQRT = "inverse_sqrt"
    REDUCE_ON_PLATEAU = "reduce_lr_on_plateau"
    COSINE_WITH_MIN_LR = "cosine_with_min_lr"
    COSINE_WARMUP_WITH_MIN_LR = "cosine_warmup_with_min_lr"
    WARMUP_STABLE_DECAY = "warmup_stable_decay"

    @classmethod
    def _missing_(cls, value: object) -> SchedulerType:
        known = ", ".join(each.value for each in cls)
        raise ValueError(f"there is no schedule {value!r}, but {known}")


# Which of num_warmup_steps, num_training_steps and scheduler_specific_kwargs each function gets.
_WARMUP, _TRAINING, _KWARGS = 1, 2, 4
_ALL = _WARMUP | _TRAINING | _KWARGS
_FUNCTIONS: dict[SchedulerType, tuple[Callable[..., Any], int]] = {
    SchedulerType.LINEAR: (get_linear_schedule_with_warmup, _ALL),
    SchedulerType.COSINE: (get_cosine_schedule_with_warmup, _ALL),
    SchedulerType.COSINE_WITH_RESTARTS: (get_cosine_with_hard_restarts_schedule_with_warmup, _ALL),
    SchedulerType.POLYNOMIAL: (get_polynomial_decay_schedule_with_warmup, _ALL),
    SchedulerType.CONSTANT: (get_constant_schedule, 0),
    SchedulerType.CONSTANT_WITH_WARMUP: (get_constant_schedule_with_warmup, _WARMUP),
    SchedulerType.INVERSE_SQRT: (get_inverse_sqrt_schedule, _WARMUP | _KWARGS),
    SchedulerType.REDUCE_ON_PLATEAU: (get_reduce_on_plateau_schedule, _KWARGS),
    SchedulerType.COSINE_WITH_MIN_LR: (get_cosine_with_min_lr_schedule_with_warmup, _ALL),
    SchedulerType.COSINE_WARMUP_WITH_MIN_LR: (
        get_cosine_with_min_lr_schedule_with_warmup_lr_rate,
        _ALL,
    ),
    SchedulerType.WARMUP_STABLE_DECAY: (get_wsd_schedule, _ALL),
}


def get_scheduler(
    name: str | SchedulerType,
    optimizer: Optimizer,
    num_warmup_steps: float | None = None,
    num_training_steps: float | None = None,
    scheduler_specific_kwargs: dict[str, Any] | None = None,
) -> LambdaLR | ReduceLROnPlateau:
    """The schedule of that name, for an optimizer.

    scheduler_specific_kwargs are what its function takes beside the steps; `constant` and
    `constant_with_warmup` pass over them, as in transformers. Raises ValueError for an unknown name
    and for steps that are missing, TypeError for an argument that the function does not have, and
    for a layer-wise optimizer of transformers, which wants a scheduler for each one inside it.
    """
    name = SchedulerType(getattr(name, "value", name))
    if hasattr(optimizer, "optimizer_dict"):
        raise TypeError("a layer-wise optimizer wants a scheduler for each in its optimizer_dict")
    function, wanted = _FUNCTIONS[name]
    arguments = dict(scheduler_specific_kwargs or {}) if wanted & _KWARGS else {}
    for flag, key, value in (
        (_WARMUP, "num_warmup_steps", num_warmup_steps),
        (_TRAINING, "num_training_steps", num_training_steps),
    ):
        if not wanted & flag:
            continue
        if value is None and not (flag == _TRAINING and name == SchedulerType.WARMUP_STABLE_DECAY):
            raise ValueError(f"{name.value} requires {key}")
        arguments[key] = value
    return function(optimizer, **arguments)
