"""What tempo.optax and tempo.xlstm return: functions of a step, which JAX can trace, without JAX.

A Python integer or a NumPy array of integers is answered by the core, in the arithmetic that JAX
would have, with its bits; anything else, such as a JAX array, traced or not, goes through the
plan's expression.
"""

from __future__ import annotations

import os
import sys
import warnings
from types import ModuleType
from typing import Any, Callable, Mapping

from . import _tempo
from ._expression import Expression

# Up to here an integer is the same number in the arithmetic of that name, however it gets there.
_EXACT = {"float32": 2**24, "float64": 2**53}
# Longer ones are cut in the core.
_LONGEST_PATH = 127

# Parameters that schedules compare with nothing, so that they need not have a number yet.
_ONLY_COMPUTED = {"value", "init_value", "peak_value", "end_value", "power", "alpha", "exponent"}
_COMPARED = ("optax.warmup_cosine_decay_schedule", "peak_value")


def _numpy() -> ModuleType:
    """The module that makes arrays: JAX's, if it is installed."""
    try:
        import jax.numpy

        return jax.numpy
    except ImportError:
        import numpy

        return numpy


def _is_wide() -> bool:
    """Whether JAX has, or were it loaded would have, 64-bit numbers."""
    jax = sys.modules.get("jax")
    if jax is not None:
        return bool(jax.config.jax_enable_x64)
    return os.environ.get("JAX_ENABLE_X64", "").lower() in ("y", "yes", "t", "true", "on", "1")


def _is_integers(count: Any) -> bool:
    """Whether it is an integer of NumPy, of 32 or 64 bits, or an array of some."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(count, (numpy.ndarray, numpy.generic)):
        return False
    return count.dtype.kind == "i" and count.dtype.itemsize >= 4 and count.size > 0


def _bulk(plan: _tempo.Plan, track: int | str, counts: Any) -> Any:
    """The values at an array of counts, mostly by computing all between the first and the last."""
    import numpy

    low, high = int(counts.min()), int(counts.max())
    if high - low < 4 * counts.size + 1024:
        return plan.values(low, high - low + 1, track)[counts - low]
    values = numpy.array([plan.value(int(count), track) for count in counts.flat])
    return values.reshape(counts.shape)[()]


class Traced:
    """A track of a plan as a function of the number of completed batches, which JAX can trace.

    Called with a Python integer it returns a float, with a NumPy array of integers an array of that
    shape: the plan's own values. With anything else, such as a JAX array, traced or not, it
    performs the plan's expression.
    """

    def __init__(
        self, plan: _tempo.Plan, track: int | str = 0, given: Mapping[str, object] | None = None
    ) -> None:
        self.plan = plan
        self.track = track
        self._expression = Expression(plan.expression(track), given, plan.schedule.functions)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.plan.schedule}>"

    def __call__(self, count: Any) -> Any:
        value = self._of_numbers(count)
        return self._expression(count, _numpy()) if value is None else value

    def _of_numbers(self, count: Any) -> Any:
        """The value at numbers that are no array of JAX; None where the core is not to answer."""
        if type(count) is int:
            return self.plan.value(count, self.track)
        return _bulk(self.plan, self.track, count) if _is_integers(count) else None


class Table(Traced):
    """The same for schedules that are no arithmetic: JAX looks up in the values of the run."""

    def __init__(self, plan: _tempo.Plan, track: int | str = 0) -> None:
        plan.value("1dur", track)  # fails if the run has no length
        self.plan = plan
        self.track = track
        self._values = plan.values(0, plan.batches + 1, track)

    def __call__(self, count: Any) -> Any:
        value = self._of_numbers(count)
        if value is not None:
            return value
        numpy = _numpy()
        return numpy.take(numpy.asarray(self._values), count, mode="clip")


class Schedule(Traced):
    """A schedule of optax or xlstm-jax.

    Numbers that are no array of JAX are answered in the arithmetic that JAX has, with its bits: of
    32 bits, unless JAX has 64.

    `schedule` is the tempo.Schedule that it is; `given` what its parameters were given if it is no
    plain number, by path.
    """

    def __init__(
        self, schedule: _tempo.Schedule, given: Mapping[str, object], is_plain: bool
    ) -> None:
        paths = {f"schedules[0].{path}": value for path, value in given.items()}
        if any(len(path) > _LONGEST_PATH for path in paths):
            raise ValueError("an array is a parameter of a schedule that is nested too deeply")
        super().__init__(_tempo.Plan(schedule), 0, paths)
        self.schedule = schedule
        self.given = dict(given)
        self.is_plain = is_plain
        self._plans: dict[str, _tempo.Plan | None] = {"float64": self.plan}

    def __call__(self, count: Any) -> Any:
        constant = self._expression.constant
        return super().__call__(count) if constant is None else constant

    def _of_numbers(self, count: Any) -> Any:
        if not self.is_plain:
            return None
        arithmetic = "float64" if _is_wide() else "float32"
        limit = _EXACT[arithmetic]
        if type(count) is int:
            plan = self._plan(arithmetic) if 0 <= count <= limit else None
            return None if plan is None else plan(count)
        # In JAX's arithmetic of 64 bits shorter integers have shorter values.
        if not _is_integers(count) or (arithmetic == "float64" and count.dtype.itemsize < 8):
            return None
        plan = self._plan(arithmetic) if count.min() >= 0 and count.max() <= limit else None
        return None if plan is None else _bulk(plan, 0, count).astype(arithmetic)

    def _plan(self, arithmetic: str) -> _tempo.Plan | None:
        """The plan in that arithmetic; None if a parameter does not fit: JAX is to decide then."""
        if arithmetic not in self._plans:
            whole = {
                "type": "optax.join_schedules",
                "schedules": [self.schedule],
                "boundaries": [],
                "dtype": arithmetic,
            }
            try:
                self._plans[arithmetic] = _tempo.Plan(whole)
            except (_tempo.OutOfRange, _tempo.BadValue):
                self._plans[arithmetic] = None
        return self._plans[arithmetic]


class _Reader:
    """Arguments as plain data for the core, and what they were, by the path of their parameter."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name
        self.given: dict[str, object] = {}
        self.is_plain = True

    def read(self, path: str, value: Any, is_count: bool) -> Any:
        if isinstance(value, (list, tuple)):
            return [self.read(f"{path}[{i}]", inner, is_count) for i, inner in enumerate(value)]
        if isinstance(value, Mapping):
            return {key: self.read(f"{path}[{key}]", inner, False) for key, inner in value.items()}
        if isinstance(value, Schedule):
            self.given.update({f"{path}.{inner}": what for inner, what in value.given.items()})
            self.is_plain = self.is_plain and value.is_plain
            return value.schedule
        if callable(value):
            self.is_plain = False
            return value
        plain = (bool, str, int) if is_count else (bool, str, int, float)
        if value is None or type(value) in plain:
            return value
        self.given[path] = value
        self.is_plain = False
        return self._stand_in(path, value, is_count)

    def _stand_in(self, path: str, value: Any, is_count: bool) -> int | float:
        """A number in the place of an array, to bind with: its own if it has one yet, else 1.

        Raises what the array does where the schedule has to know the number.
        """
        try:
            return int(value) if is_count else float(value)
        except Exception:  # whatever a traced array raises
            if path not in _ONLY_COMPUTED or (self.type_name, path) == _COMPARED:
                raise
            return 1.0


def make(name: str, arguments: Mapping[str, Any]) -> Schedule:
    """The function of a type of the registry with these arguments. Raises tempo.Error."""
    reader = _Reader(name)
    data = {
        parameter.name: reader.read(
            parameter.name, arguments[parameter.name], parameter.kind in ("count", "list of counts")
        )
        for parameter in _tempo.find_type(name).parameters
        if parameter.name in arguments
    }
    schedule = Schedule(_tempo.Schedule({"type": name, **data}), reader.given, reader.is_plain)
    for finding in schedule.plan.findings:
        if finding.path.count(".") == 1:  # those of a schedule inside were told when that was made
            warnings.warn(f"{finding.message}: {finding.advice} [{finding.name}]", stacklevel=3)
    return schedule
