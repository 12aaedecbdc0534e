"""xlstm-jax's SchedulerConfig and build_lr_scheduler().

>>> from tempo.xlstm import SchedulerConfig, build_lr_scheduler
>>> config = SchedulerConfig(
...     lr=0.5, name="linear", decay_steps=100, end_lr_factor=0.5, warmup_steps=20
... )
>>> schedule = build_lr_scheduler(config)
>>> [schedule(step) for step in (0, 10, 20, 60, 100)]
[0.0, 0.25, 0.5, 0.375, 0.25]

The schedule is a function of the number of completed updates, which works on integers, on NumPy
arrays and, traced too, on JAX arrays: see tempo.optax.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from . import _tempo
from ._traced import Schedule, make

__all__ = ["ConfigDict", "SchedulerConfig", "build_lr_scheduler"]


class ConfigDict:
    """What xlstm-jax's configuration classes can do, of which one is here: SchedulerConfig."""

    def get(self, key: str, default: Any = None) -> Any:
        """The attribute of that name; an attribute that is None is None, and not the default."""
        return getattr(self, key, default)

    def to_dict(self) -> dict[str, Any]:
        """All attributes, from which from_dict() makes an equal config."""
        attributes = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return _tempo.config_to_dict(attributes)

    @staticmethod
    def from_dict(
        config_class: Any,
        data: Any,
        strict_classname_parsing: bool = False,
        ignore_extensive_attributes: bool = True,
        none_to_zero_for_ints: bool = False,
    ) -> Any:
        """A config of plain data, or of the text of one, as xlstm-jax reads it.

        tempo/config.h says what surprises. config_class: SchedulerConfig, or SchedulerConfig or
        None, for which None and "None" are None.
        Raises tempo.Error, and TypeError for another class.
        """
        members = getattr(config_class, "__args__", (config_class,))
        if SchedulerConfig not in members or not {*members} <= {SchedulerConfig, type(None)}:
            raise TypeError(f"only a SchedulerConfig can be read, not {config_class!r}")
        attributes = _tempo.config_from_dict(
            data,
            type(None) in members,
            strict_classname_parsing,
            ignore_extensive_attributes,
            none_to_zero_for_ints,
        )
        return None if attributes is None else SchedulerConfig(**attributes)


@dataclass(init=False)
class SchedulerConfig(ConfigDict):
    """A learning rate's warmup, main part and cooldown, counted in updates.

    lr: the rate after the warmup, a straight line from 0 over `warmup_steps`. name: the main part,
    one of "constant", "cosine_decay", "exponential_decay" and "linear", which ends at `end_lr`, or
    `end_lr_factor` times lr, or 0. decay_steps: length of warmup, main part and cooldown together.
    The cooldown is a straight line to `cooldown_lr` over `cooldown_steps`. Nothing is checked
    before build_lr_scheduler().
    """

    lr: float
    name: str = "constant"
    decay_steps: int | None = 0
    end_lr: float | None = None
    end_lr_factor: float | None = None
    cooldown_steps: int = 0
    warmup_steps: int = 0
    cooldown_lr: float = 0.0

    # By keyword only: a dataclass can do that from Python 3.10 on.
    def __init__(
        self,
        *,
        lr: float,
        name: str = "constant",
        decay_steps: int | None = 0,
        end_lr: float | None = None,
        end_lr_factor: float | None = None,
        cooldown_steps: int = 0,
        warmup_steps: int = 0,
        cooldown_lr: float = 0.0,
    ) -> None:
        self.lr = lr
        self.name = name
        self.decay_steps = decay_steps
        self.end_lr = end_lr
        self.end_lr_factor = end_lr_factor
        self.cooldown_steps = cooldown_steps
        self.warmup_steps = warmup_steps
        self.cooldown_lr = cooldown_lr


def build_lr_scheduler(scheduler_config: Any) -> Schedule:
    """The schedule of a config: a SchedulerConfig, or anything with its attributes.

    Raises AssertionError where attributes contradict each other, as xlstm-jax does, and else
    tempo.Error.
    """
    arguments = {name: getattr(scheduler_config, name) for name in SchedulerConfig.__annotations__}
    if arguments["name"] is None:
        del arguments["name"]
    try:
        return make("xlstm.SchedulerConfig", arguments)
    except _tempo.Conflict as conflict:
        raise AssertionError(str(conflict)) from conflict
