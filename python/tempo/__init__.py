"""One exact definition of how a learning rate, or any other hyperparameter, moves over training.

>>> import tempo
>>> cosine = tempo.Schedule("composer.CosineAnnealingWithWarmupScheduler t_warmup=5ep")
>>> run = tempo.Run("90ep", batches_per_epoch=1251)
>>> plan = tempo.Plan(cosine, run, tempo.Group(lr=0.4))
>>> plan("5ep")
0.4
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing's own costs more to import than all of this
if TYPE_CHECKING:
    from . import schedules as schedules
    from ._unit import TimeUnit

from ._tempo import (
    BadSyntax,
    BadType,
    BadValue,
    Clock,
    Conflict,
    Document,
    Error,
    Finding,
    Group,
    IoError,
    Missing,
    MissingFact,
    Node,
    OutOfRange,
    Parameter,
    Plan,
    Points,
    Run,
    Schedule,
    ScheduleType,
    State,
    Stepper,
    Time,
    Timestamp,
    TooLarge,
    Track,
    UnitMismatch,
    UnknownName,
    ZeroDuration,
    __version__,
    find_type,
    types,
)

__all__ = [
    "BadSyntax",
    "BadType",
    "BadValue",
    "Clock",
    "Conflict",
    "Document",
    "Error",
    "Finding",
    "Group",
    "IoError",
    "Missing",
    "MissingFact",
    "Node",
    "OutOfRange",
    "Parameter",
    "Plan",
    "Points",
    "Run",
    "Schedule",
    "ScheduleType",
    "State",
    "Stepper",
    "Time",
    "TimeUnit",
    "Timestamp",
    "TooLarge",
    "Track",
    "UnitMismatch",
    "UnknownName",
    "ZeroDuration",
    "__version__",
    "find_type",
    "from_dict",
    "load",
    "loads",
    "types",
]


def loads(text: str | bytes, overrides: dict[str, object] | None = None) -> Document:
    """The document in a text of YAML or JSON. Raises Error with path, line and column."""
    return Document(text, overrides)


def load(path: str | os.PathLike[str], overrides: dict[str, object] | None = None) -> Document:
    """The document in a file, native or a training config that Tempo reads.

    Raises OSError if the file cannot be read, and Error with path, line and column.
    """
    with open(path, "rb") as file:
        return Document(file.read(), overrides)


def from_dict(data: dict[str, object], overrides: dict[str, object] | None = None) -> Document:
    """The document in a dict: from_dict(x.to_dict()) == x. Raises Error with a path."""
    return Document(data, overrides)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name == "TimeUnit":  # Python's enum costs as much as all the rest
            from ._unit import TimeUnit

            return TimeUnit
        # Families of schedules are made when somebody looks at them: importing Tempo stays cheap.
        if name == "schedules":
            import importlib

            return importlib.import_module("tempo.schedules")
        raise AttributeError(f"module 'tempo' has no attribute {name!r}")
