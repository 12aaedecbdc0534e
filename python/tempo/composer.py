"""The names of composer.optim.scheduler and composer.core.time, on Tempo.

A scheduler is called with Composer's State, or with anything that has its `timestamp`,
`max_duration` and `dataloader_len`, and returns the multiplier of the learning rate:

>>> from types import SimpleNamespace
>>> from tempo.composer import CosineAnnealingWithWarmupScheduler, Time, Timestamp
>>> scheduler = CosineAnnealingWithWarmupScheduler("5ep", alpha_f=0.01)
>>> state = SimpleNamespace(timestamp=Timestamp(batch=1000), max_duration=Time("90ep"),
...                         dataloader_len=Time("1251ba"))
>>> scheduler(state)
0.15987210231814547

The classes, their signatures and what they compute are those of the registry's types `composer.*`.
"""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any, Callable

from ._tempo import (
    Conflict,
    MissingFact,
    Parameter,
    Plan,
    Run,
    Schedule,
    ScheduleType,
    Time,
    Timestamp,
    UnitMismatch,
    types,
)
from ._unit import TimeUnit

if TYPE_CHECKING:
    from torch.optim.lr_scheduler import LRScheduler

__all__ = [
    "ComposerScheduler",
    "Time",
    "TimeUnit",
    "Timestamp",
    "compile_composer_scheduler",
    "ensure_time",
]


def ensure_time(maybe_time: Time | str | int | float, int_unit: TimeUnit | str) -> Time:
    """A Time from a Time, from text in Composer's grammar, or from a number of `int_unit`."""
    return Time.from_input(maybe_time, int_unit)


class ComposerScheduler:
    """A function of the state of training, written as a class; any f(state, ssr=1.0) is as good."""

    def __call__(self, state: Any, ssr: float = 1.0) -> float:
        """The multiplier of the learning rate at `state`, stretched by the ratio `ssr` (> 0).

        The state's max_duration has the ratio in it already.
        """
        raise NotImplementedError


class _Registered(ComposerScheduler):
    """A scheduler of the registry. Its attributes are its arguments, and may be changed."""

    _type: ScheduleType
    _parameters: tuple[Parameter, ...]
    _bound: tuple[object, Plan] | None = None

    def __call__(self, state: Any, ssr: float = 1.0) -> float:
        """The multiplier of the learning rate at `state`, stretched by the ratio `ssr` (> 0).

        The state's max_duration has the ratio in it already. Raises ValueError, TypeError and
        RuntimeError where Composer does, and ValueError where Tempo refuses a length of 0 or less.
        """
        facts = (
            [_plain(getattr(self, parameter.name)) for parameter in self._parameters],
            _plain(state.max_duration),
            _plain(state.dataloader_len),
            ssr,
        )
        if self._bound is None or self._bound[0] != facts:
            self._bound = facts, self._bind(state, ssr)
        plan = self._bound[1]
        for finding in plan.findings:
            if finding.name == "zero-warmup":
                warnings.warn(f"{finding.message} ({finding.advice})", stacklevel=2)
        return plan.value(state.timestamp)

    @property
    def schedule(self) -> Schedule:
        """The scheduler as data: a type of the registry and its parameters."""
        given: dict[str, object] = {"type": self._type.name}
        for parameter in self._parameters:
            value = getattr(self, parameter.name)
            if parameter.kind == "time":
                value = Time.from_input(value)
            elif parameter.kind == "list of times":
                value = [Time.from_input(time) for time in value]
            given[parameter.name] = value
        return Schedule(given)

    def _bind(self, state: Any, ssr: float) -> Plan:
        if not ssr > 0:
            raise ValueError(f"ssr is {ssr}, but must be > 0")
        longest, length = state.max_duration, state.dataloader_len
        run = Run(
            max_duration=None if longest is None else Time.from_input(longest),
            batches_per_epoch=0 if length is None else int(length),
            scale_schedule_ratio=ssr,
        )
        try:
            return Plan(self.schedule, run, max_duration_is_scaled=True)
        except (MissingFact, UnitMismatch, Conflict) as error:
            kind, words = _COMPOSERS_ERRORS[type(error)]
            raise kind(f"{words}: {error}") from error

    def __repr__(self) -> str:
        arguments = (f"{p.name}={getattr(self, p.name)!r}" for p in self._parameters)
        return f"{type(self).__name__}({', '.join(arguments)})"


# What Composer raises where the core has another kind of error, and the words that it is known by.
_COMPOSERS_ERRORS: dict[type, tuple[type, str]] = {
    MissingFact: (RuntimeError, "Cannot convert time"),
    UnitMismatch: (ValueError, "Cannot use warmup scheduler"),
    Conflict: (ValueError, "t_max must be greater than or equal to max_duration"),
}


def _plain(value: Any) -> object:
    """A value to compare: times of different units cannot be, and lists may change."""
    if isinstance(value, (list, tuple)):
        return [_plain(element) for element in value]
    return str(value) if hasattr(value, "to_timestring") else value


def _signature(parameters: tuple[Parameter, ...]) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = [
        inspect.Parameter(p.name, kind, default=inspect.Parameter.empty if p.required else p.default)
        for p in parameters
    ]
    return inspect.Signature([inspect.Parameter("self", kind), *own])


def _scheduler(row: ScheduleType) -> type[_Registered]:
    """The class of a type of the registry."""
    signature = _signature(row.parameters)

    def __init__(*args: Any, **kwargs: Any) -> None:
        arguments = signature.bind(*args, **kwargs)
        arguments.apply_defaults()
        self = arguments.arguments.pop("self")
        vars(self).update(arguments.arguments)
        # Composer reads these in the constructor, through the LinearScheduler of a warmup.
        if row.name == "composer.LinearScheduler":
            self.t_max = Time.from_input(self.t_max)
        elif hasattr(self, "t_warmup"):
            Time.from_input(self.t_warmup)

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    members = {
        "__init__": __init__,
        "__doc__": row.__doc__,
        "__module__": __name__,
        "_type": row,
        "_parameters": row.parameters,
    }
    return type(row.__name__, (_Registered,), members)


for _row in types():
    if _row.name.startswith("composer.") and _row.name.endswith("Scheduler"):
        if _row.__name__ not in globals():
            globals()[_row.__name__] = _scheduler(_row)
            __all__.append(_row.__name__)


def _convert_time(time: Time | str, state: Any, ssr: float = 1.0) -> Time:
    """A time in the unit that a schedule counts it in: of epochs and fractions of them, batches.

    Not public in Composer either, but what its users' own schedulers are written with. Raises
    ValueError for seconds, and RuntimeError where the state does not know how long an epoch is.
    """
    time, longest = Time.from_input(time), Time.from_input(state.max_duration)
    if time.unit is TimeUnit.SECOND:
        raise ValueError(f"a schedule cannot follow seconds: {time}")
    if time.unit is TimeUnit.DURATION and longest.unit is not TimeUnit.EPOCH:
        return time * longest
    if time.unit is not TimeUnit.DURATION and time.unit is not TimeUnit.EPOCH:
        return time * ssr
    if state.dataloader_len is None:
        raise RuntimeError(f"Cannot convert time {time}, as state.dataloader_len is None")
    length = int(state.dataloader_len)
    if time.unit is TimeUnit.EPOCH:
        return Time(time.value * length, "ba") * ssr
    return Time(int(time.value * length * longest.value), "ba")  # truncated where Composer does


def compile_composer_scheduler(
    scheduler: Callable[..., float], state: Any, ssr: float = 1.0
) -> LRScheduler:
    """PyTorch's LambdaLR over the state's one optimizer, driven by the state and not by its steps.

    A scheduler with one parameter is called with the state alone, which needs an `ssr` of 1.
    Raises NotImplementedError unless the state has one optimizer, and what the scheduler raises:
    it is called at once, since LambdaLR takes a first step.
    """
    from torch.optim.lr_scheduler import LambdaLR

    if len(state.optimizers) != 1:
        raise NotImplementedError("schedulers need exactly one optimizer")
    takes_ratio = len(inspect.signature(scheduler).parameters) != 1

    def multiplier(_: int) -> float:
        if takes_ratio:
            return scheduler(state, ssr)
        if ssr != 1.0:
            raise ValueError(f"{scheduler} takes no ratio: write it as f(state, ssr)")
        return scheduler(state)

    return LambdaLR(state.optimizers[0], multiplier)
