"""What drop-ins over an optimizer's param_groups share: plans by parameters, and the numbers of the
groups.

Neither torch nor any other framework is imported: a tensor is known by what it can do.
"""

from __future__ import annotations

import functools
from typing import Any

from ._tempo import Group, Plan, Run

# A step is what the scheduler is stepped by, whether its type counts batches or epochs.
_EVERY_STEP = Run(batches_per_epoch=1)


@functools.lru_cache(maxsize=256)
def plan(name: str, base: float = 1.0, /, **parameters: Any) -> Plan:
    """A schedule of the type of that name as a function of steps, to be evaluated with from_base()
    or listen().

    Made once for the same parameters, so that a scheduler may ask for it at every step, with
    whatever its attributes are by then. `base` is what a type compares its parameters with. Raises
    Error for parameters that are refused.
    """
    return Plan({"type": name, **parameters}, _EVERY_STEP, Group(lr=base), stepped=True)


def asserted(
    name: str, base: float = 1.0, /, *refusals: type[Exception], **parameters: Any
) -> Plan:
    """The same, with an AssertionError, as upstream's constructors raise it, in place of these
    refusals.
    """
    try:
        return plan(name, base, **parameters)
    except refusals as refusal:
        raise AssertionError(str(refusal)) from refusal


def number(value: Any) -> Any:
    """What a tensor holds; anything else as it is. The tensor itself is filled in place, so nothing
    may lean on it.
    """
    return value.item() if hasattr(value, "fill_") else value


def write(group: dict[str, Any], field: str, value: Any) -> None:
    """Sets a field; a tensor stays the tensor that it is, so that compiled code keeps its hold on
    it.
    """
    held = group.get(field)
    if hasattr(held, "fill_"):
        held.fill_(value)
    else:
        group[field] = value
