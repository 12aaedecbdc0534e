"""What drop-ins over an optimizer's param_groups share: plans by parameters, numbers of groups.

Neither torch nor any other framework is imported: a tensor is known by what it can do.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any, Iterator

from ._tempo import Group, Plan, Run

# A step is what the scheduler is stepped by, whether its type counts batches or epochs.
_EVERY_STEP = Run(batches_per_epoch=1)


@functools.lru_cache(maxsize=256)
def plan(type: str, names: tuple[str, ...], values: tuple[Any, ...], base: float = 1.0, /) -> Plan:
    """A schedule of that type as a function of steps, to be asked by from_base() or listen().

    It has the parameters of these names; of two that are the same, the later counts. `base` is what
    a type compares its parameters with. Made once for the same arguments, so that a scheduler may
    ask for it at every step, with what its attributes are by then. Raises Error for parameters that
    are refused.
    """
    return Plan(
        {"type": type, **dict(zip(names, values))}, _EVERY_STEP, Group(lr=base), stepped=True
    )


@contextlib.contextmanager
def asserting(*refusals: type[Exception]) -> Iterator[None]:
    """Raises AssertionError, as constructors of upstream do, in place of these."""
    try:
        yield
    except refusals as refusal:
        raise AssertionError(str(refusal)) from refusal


def number(value: Any) -> Any:
    """What a tensor holds; anything else as it is. The tensor itself is filled in place."""
    return value.item() if hasattr(value, "fill_") else value


def write(group: dict[str, Any], field: str, value: Any) -> None:
    """Sets a field; a tensor stays the tensor that it is: compiled code keeps its hold on it."""
    held: Any = group.get(field)
    if hasattr(held, "fill_"):
        held.fill_(value)
    else:
        group[field] = value
