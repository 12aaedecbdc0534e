"""TimeUnit: what a time counts."""

from __future__ import annotations

import enum
import warnings


class TimeUnit(enum.Enum):
    """A unit of time, with the behaviour of Composer's enum of that name.

    TimeUnit(text) takes a name or a suffix, in any case: TimeUnit("EPOCH"), TimeUnit("ep"). It
    raises ValueError for other text, TypeError for anything else. A comparison with text does the
    same, with a UserWarning, and is False for text that is no unit.
    """

    ITERATION = "iter"
    EPOCH = "ep"
    BATCH = "ba"
    SAMPLE = "sp"
    TOKEN = "tok"
    DURATION = "dur"
    SECOND = "sec"

    @classmethod
    def _missing_(cls, value: object) -> TimeUnit:
        if not isinstance(value, str):
            raise TypeError(f"a unit of time must be a TimeUnit or text, not {value!r}")
        for unit in cls:
            if value.upper() == unit.name or value.lower() == unit.value:
                return unit
        raise ValueError(f"there is no unit of time {value!r}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return super().__eq__(other)
        warnings.warn(
            f"a TimeUnit is compared with text: write TimeUnit({other!r})",
            category=UserWarning,
            stacklevel=2,
        )
        try:
            return self is TimeUnit(other)
        except ValueError:
            return NotImplemented

    __hash__ = enum.Enum.__hash__
