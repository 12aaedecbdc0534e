"""Reading and writing the numbers of an optimizer's groups, floats and tensors alike.

A tensor is filled in place, so that whoever holds it (a compiled step, a captured graph) sees the
new number. What it was last filled with is remembered as a double, together with the tensor's own
count of changes: as long as nobody else changes it, reading it neither waits for the device nor
rounds.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.weak import WeakIdKeyDictionary

# Decorates what torch.compile must call and not look into, lest it compiles anew as counters move.
# The public one imports all of the compiler at once, the other when an optimizer does too.
eager = getattr(torch, "_disable_dynamo", None) or torch.compiler.disable

_filled: Any = WeakIdKeyDictionary()  # tensor: (its version after the fill, the double)


def _version(tensor: torch.Tensor) -> int | None:
    """Of a tensor that counts its changes, how many there were; None for one that does not."""
    return None if tensor.is_inference() else tensor._version


def read(number: Any) -> float:
    """The value of a number of a group, as a double.

    A tensor that was changed by others since write(), or never written, is read from its device,
    which waits for it; what was read counts as written from then on.
    """
    if not isinstance(number, torch.Tensor):
        return float(number)
    known = _filled.get(number)
    version = _version(number)
    if known is not None and known[0] == version and version is not None:
        return known[1]
    value = float(number)
    _filled[number] = (version, value)
    return value


def note(number: Any, value: float) -> None:
    """Remembers that a number was just filled with a value; of no effect unless it is a tensor."""
    if isinstance(number, torch.Tensor):
        _filled[number] = (_version(number), value)


def write(group: dict[str, Any], field: str, value: Any) -> None:
    """Sets a field of a group: a tensor is filled, anything else replaced.

    `value` is a float, or a tensor of one element, which is copied and never kept.
    """
    number = group[field]
    if not isinstance(number, torch.Tensor):
        group[field] = value
    elif isinstance(value, torch.Tensor):
        number.fill_(value.reshape(()))
        _filled.pop(number, None)
    else:
        number.fill_(value)
        note(number, float(value))


# Many groups hold floats: those are told apart without a call.


def read_all(numbers: list[Any]) -> list[float]:
    """read() of each."""
    return [n if type(n) is float else read(n) for n in numbers]


def write_all(groups: list[dict[str, Any]], field: str, values: list[Any]) -> None:
    """write() of as many values as there are groups; ValueError, before any, if there are not."""
    if len(values) != len(groups):
        raise ValueError(f"there are {len(values)} values for {len(groups)} groups")
    for group, value in zip(groups, values):
        if type(group[field]) is float:
            group[field] = value
        else:
            write(group, field, value)


def copies(groups: list[dict[str, Any]], field: str) -> list[Any]:
    """What the groups hold now; tensors are cloned, so that nothing aliases them."""
    numbers = [group[field] for group in groups]
    return [
        n.clone() if type(n) is not float and isinstance(n, torch.Tensor) else n for n in numbers
    ]
