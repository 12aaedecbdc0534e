"""Every schedule of the registry as a function that returns a tempo.Schedule, family by family.

>>> from tempo import schedules
>>> schedules.torch.StepLR(step_size=30)
Schedule('torch.StepLR step_size=30')

Signature and docstring (help(schedules.torch.StepLR)) are made from the registry.
"""

from __future__ import annotations

from types import SimpleNamespace

from ._tempo import types


def _families() -> dict[str, object]:
    families: dict[str, object] = {}
    for row in types():
        family, _, name = row.name.rpartition(".")
        if family:
            setattr(families.setdefault(family, SimpleNamespace()), name, row)
        else:
            families[name] = row
    return families


globals().update(_families())
__all__ = sorted(_families())
