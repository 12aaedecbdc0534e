"""The schedulers of pytorch-accelerated: the same names, signatures and numbers; change the import.

    from tempo.accelerated import CosineLrScheduler   # was: from pytorch_accelerated.schedulers

They work in its Trainer and in any loop, on any object with param_groups. Neither
pytorch-accelerated nor torch is imported. Version 0.1.61 is what they agree with, to the last bit;
where they do not, docs/python-accelerated.md says so.

>>> from types import SimpleNamespace
>>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
>>> scheduler = CosineLrScheduler(optimizer, 2, num_update_steps_per_epoch=2, lr_min=0.0)
>>> for update in range(4):
...     scheduler.step()
...     print(optimizer.param_groups[0]["lr"])
0.1
0.08535533905932738
0.05
0.014644660940672627
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, Callable, Iterable, Union

from . import _tempo
from ._groups import asserting, number, plan, write

__all__ = [
    "CosineLrScheduler",
    "SchedulerBase",
    "StatefulSchedulerBase",
    "TrainerPlaceholderValues",
    "WSDLrScheduler",
    "estimate_checkpoint_steps",
]


class _Placeholder(Enum):
    """An expression that the Trainer evaluates, once it knows its answer; sums and products are
    others.
    """

    def _derived(self, operation: str, other: object) -> _Placeholder:
        members = {member.name: member.value for member in type(self)}
        members[self.name] = f"({self.value} {operation} {other})"
        make: Any = _Placeholder  # which mypy does not know for the functional constructor
        derived: _Placeholder = make(type(self).__name__, members)[self.name]
        return derived

    def __mul__(self, other: object) -> _Placeholder:
        return self._derived("*", other)

    def __add__(self, other: object) -> _Placeholder:
        return self._derived("+", other)

    __rmul__, __radd__ = __mul__, __add__


class TrainerPlaceholderValues(_Placeholder):
    """What only the Trainer knows, for keyword arguments of a functools.partial.

    The Trainer tells a placeholder by its name, so these and pytorch-accelerated's own are of equal
    use.
    """

    NUM_EPOCHS = "trainer.run_config.num_epochs"
    NUM_UPDATE_STEPS_PER_EPOCH = "trainer.run_config.num_update_steps_per_epoch"
    PER_PROCESS_NUM_UPDATE_STEPS_PER_EPOCH = "trainer.run_config.num_local_update_steps_per_epoch"
    TRAIN_DATALOADER_LEN = "len(trainer._train_dataloader)"
    EVAL_DATALOADER_LEN = "len(trainer._eval_dataloader)"

    @classmethod
    def placeholder_set(cls) -> set[str]:
        """Their names."""
        return {placeholder.name for placeholder in cls}


# In create_scheduler_fn(), where the Trainer may fill it in.
Length = Union[int, _Placeholder]


# --- bases for schedulers of one's own ---


class SchedulerBase(ABC):
    """Moves one field of every param_group; a subclass says to what, in get_updated_values().

    optimizer: anything with param_groups, a list of dicts. param_group_field: the field, such as
    "lr" or "weight_decay"; KeyError if a group lacks it. Its first value is kept in "initial_" and
    the field, and is written back when there was one already.
    """

    def __init__(self, optimizer: Any, param_group_field: str = "lr"):
        self.optimizer = optimizer
        self.param_group_field = param_group_field
        self._initial_param_group_field = f"initial_{param_group_field}"
        self._store_initial_lrs()
        self.base_lr_values = [
            number(group[self._initial_param_group_field]) for group in optimizer.param_groups
        ]
        self._update_param_groups(self.base_lr_values)

    def _store_initial_lrs(self) -> None:
        for i, group in enumerate(self.optimizer.param_groups):
            if self.param_group_field not in group:
                raise KeyError(f"{self.param_group_field} missing from param_groups[{i}]")
            group.setdefault(self._initial_param_group_field, number(group[self.param_group_field]))

    @abstractmethod
    def get_updated_values(self, num_updates: int) -> None | float | Iterable[float]:
        """What the field becomes after that many updates: a list or tuple with a value for each
        group, one value for all of them, or None to leave them alone.
        """

    def step_update(self, num_updates: int) -> None:
        """Writes what get_updated_values() says; to be called after every update."""
        values = self.get_updated_values(num_updates)
        if values is not None:
            self._update_param_groups(values)

    def _update_param_groups(self, values: Any) -> None:
        groups = self.optimizer.param_groups
        for group, value in zip(
            groups, values if isinstance(values, (list, tuple)) else [values] * len(groups)
        ):
            write(group, self.param_group_field, value)

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Sets the attributes of a state_dict(). The groups are the optimizer's to restore."""
        self.__dict__.update(state_dict)


class StatefulSchedulerBase(SchedulerBase):
    """The same, with the number of updates counted: step() asks for 0, 1, 2, ... and so is one
    update behind.
    """

    def __init__(self, optimizer: Any, param_group_field: str = "lr"):
        super().__init__(optimizer, param_group_field)
        self._num_updates = -1

    def step(self) -> None:
        """To be called after every update."""
        self._num_updates += 1
        self.step_update(self._num_updates)


class _Registered(StatefulSchedulerBase):
    """One whose values are those of a type in the registry, with its attributes as parameters."""

    _type: str
    _names: tuple[str, ...]  # of its parameters
    _values: attrgetter[Any]  # their values, from a scheduler

    def _plan(self) -> _tempo.Plan:
        return plan(self._type, self._names, self._values(self))

    @property
    def schedule(self) -> _tempo.Schedule:
        """The schedule as plain data: to be written into a document, bound to a run, or drawn."""
        return self._plan().schedule

    def get_updated_values(self, num_updates: int) -> list[float]:
        """The learning rate of each group after that many updates (0, 1, ...). ValueError where
        there is none.
        """
        # What a registered schedule has after n updates, the Trainer asks for after n - 1: see
        # StatefulSchedulerBase.
        return self._plan().from_base(num_updates + 1, self.base_lr_values)


# --- CosineLrScheduler ---


class CosineLrScheduler(_Registered):
    """Linear warmup, part of a cosine, and a floor: accelerated.CosineLrScheduler of the registry.

    Lengths are in epochs of num_update_steps_per_epoch updates; total_num_epochs contains warmup
    and cooldown. They must come out as whole numbers of updates. lr_min and warmup_starting_lr are
    learning rates; min_lr_ratio and warmup_starting_lr_ratio take their place as factors of a
    group's own. AssertionError where upstream has it, and for a negative k_decay.
    """

    _type = "accelerated.CosineLrScheduler"
    _names = (
        "total_num_epochs",
        "num_update_steps_per_epoch",
        "k_decay",
        "lr_min",
        "min_lr_ratio",
        "num_warmup_epochs",
        "warmup_starting_lr",
        "warmup_starting_lr_ratio",
        "num_cooldown_epochs",
    )
    _values = attrgetter(
        "total_iterations",
        "_unit",
        "k_decay",
        "lr_min",
        "lr_min_ratio",
        "warmup_iterations",
        "warmup_lr_init",
        "warmup_lr_ratio",
        "num_cooldown_iterations",
    )
    _unit = 1  # of its lengths: an update

    def __init__(
        self,
        optimizer: Any,
        total_num_epochs: int,
        num_update_steps_per_epoch: int,
        k_decay: float = 1.0,
        lr_min: float = 1e-6,
        min_lr_ratio: float | None = None,
        num_warmup_epochs: int = 0,
        warmup_starting_lr: float = 1e-6,
        warmup_starting_lr_ratio: float | None = None,
        num_cooldown_epochs: int = 0,
    ):
        super().__init__(optimizer)
        self.total_iterations = total_num_epochs * num_update_steps_per_epoch
        self.lr_min_ratio = min_lr_ratio
        self.lr_min = lr_min
        self.warmup_iterations = num_warmup_epochs * num_update_steps_per_epoch
        self.warmup_lr_init = warmup_starting_lr
        self.warmup_lr_ratio = warmup_starting_lr_ratio
        self.k_decay = k_decay
        self.num_cooldown_iterations = num_cooldown_epochs * num_update_steps_per_epoch
        with asserting(_tempo.BadValue):
            self._plan()
        if self.warmup_iterations:
            self._update_param_groups(self.warmup_lr_init)

    @classmethod
    def create_scheduler_fn(
        cls,
        total_num_epochs: Length = TrainerPlaceholderValues.NUM_EPOCHS,
        num_update_steps_per_epoch: Length = TrainerPlaceholderValues.NUM_UPDATE_STEPS_PER_EPOCH,
        k_decay: float = 1.0,
        lr_min: float = 1e-6,
        min_lr_ratio: float | None = None,
        num_warmup_epochs: int = 0,
        warmup_starting_lr: float = 1e-6,
        warmup_starting_lr_ratio: float | None = None,
        num_cooldown_epochs: int = 0,
    ) -> Callable[[Any], CosineLrScheduler]:
        """A function of the optimizer, for Trainer.train(); the Trainer fills in the lengths.

        NUM_UPDATE_STEPS_PER_EPOCH counts the updates of all processes, while each steps for its
        own: with several, give PER_PROCESS_NUM_UPDATE_STEPS_PER_EPOCH, or the curve does not get to
        its end.
        """
        options: dict[str, Any] = dict(
            total_num_epochs=total_num_epochs,
            num_update_steps_per_epoch=num_update_steps_per_epoch,
            k_decay=k_decay,
            lr_min=lr_min,
            min_lr_ratio=min_lr_ratio,
            num_warmup_epochs=num_warmup_epochs,
            warmup_starting_lr=warmup_starting_lr,
            warmup_starting_lr_ratio=warmup_starting_lr_ratio,
            num_cooldown_epochs=num_cooldown_epochs,
        )
        return partial(cls, **options)

    _STATE = (
        "total_iterations",
        "lr_min_ratio",
        "lr_min",
        "warmup_iterations",
        "warmup_lr_init",
        "warmup_lr_ratio",
        "k_decay",
        "num_cooldown_iterations",
    )

    def state_dict(self) -> dict[str, Any]:
        """Upstream's keys: its checkpoints can be read, and it can read these."""
        return {key: getattr(self, key) for key in self._STATE} | {"num_updates": self._num_updates}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on as saved; KeyError for a key that is not there."""
        for key in self._STATE:
            setattr(self, key, state_dict[key])
        self._num_updates = state_dict["num_updates"]


# --- WSDLrScheduler ---

_PER_PROCESS = TrainerPlaceholderValues.PER_PROCESS_NUM_UPDATE_STEPS_PER_EPOCH


@lru_cache(maxsize=64)
def _checkpoints(
    names: tuple[str, ...], values: tuple[Any, ...], base: float
) -> tuple[list[int], frozenset[int]]:
    """Where the checkpoints are, and the last updates of the stable phases."""
    _, periods = _tempo.wsd(plan(WSDLrScheduler._type, names, values, float(base)))
    last = [(period["period_start"], period["pre_decay_step"] - 1) for period in periods]
    steps = [period["period_end"] for period in periods]
    return steps, frozenset(end for start, end in last if end >= start)


class WSDLrScheduler(_Registered):
    """Warmup, a stable phase, and a decay before every checkpoint: accelerated.WSDLrScheduler of
    the registry.

    The training takes total_steps updates, or num_epochs of num_update_steps_per_epoch. lr_min is a
    factor of a group's learning rate; num_warmup_steps=None is a hundredth of all updates.
    AssertionError and ValueError where upstream has them, and for what would divide by zero in
    mid-training.

    checkpoint_steps and checkpoint_decay_info follow from the other attributes; they are there to
    be read.
    """

    _type = "accelerated.WSDLrScheduler"
    _names = (
        "total_steps",
        "num_warmup_steps",
        "decay_phase_ratio",
        "lr_min",
        "warmup_starting_lr",
        "use_inverse_sqrt_decay",
        "num_checkpoints",
        "is_continuation_from_checkpoint",
    )
    _values = attrgetter(*_names)

    def __init__(
        self,
        optimizer: Any,
        num_epochs: int | None = None,
        num_update_steps_per_epoch: int | None = None,
        total_steps: int | None = None,
        num_warmup_steps: int | None = 0,
        decay_phase_ratio: float = 0.1,
        lr_min: float = 1e-6,
        warmup_starting_lr: float = 1e-6,
        use_inverse_sqrt_decay: bool = True,
        num_checkpoints: int = 1,
        is_continuation_from_checkpoint: bool = False,
    ):
        super().__init__(optimizer)
        lengths = (num_epochs, num_update_steps_per_epoch, total_steps)
        if total_steps is None:
            total_steps = num_epochs * num_update_steps_per_epoch  # type: ignore[operator]
        self.total_steps = total_steps
        self.num_warmup_steps: Any = num_warmup_steps
        self.decay_phase_ratio = decay_phase_ratio
        self.lr_min = lr_min
        self.warmup_starting_lr = warmup_starting_lr
        self.use_inverse_sqrt_decay = bool(use_inverse_sqrt_decay)
        self.num_checkpoints = num_checkpoints
        self.is_continuation_from_checkpoint = False  # where there would be no warmup to be read
        self.previous_checkpoint_step: int | None = None
        with asserting(_tempo.BadValue, _tempo.ZeroDuration):
            checked = plan(
                self._type,
                self._names + ("num_epochs", "num_update_steps_per_epoch", "total_steps"),
                self._values(self) + lengths,
                float(max(self.base_lr_values)),
            )
        self.num_warmup_steps, _ = _tempo.wsd(checked)
        self.is_continuation_from_checkpoint = bool(is_continuation_from_checkpoint)
        self._read_periods()

    def _plan(self) -> _tempo.Plan:
        # Only the constructor compares warmup_starting_lr with the bases: here it is the base.
        return plan(self._type, self._names, self._values(self), float(self.warmup_starting_lr))

    def _read_periods(self) -> None:
        self._get_checkpoint_info.cache_clear()
        _, self.checkpoint_decay_info = _tempo.wsd(self._plan())
        self.checkpoint_steps = [period["period_end"] for period in self.checkpoint_decay_info]

    def get_updated_values(self, num_updates: int) -> list[float]:
        """The learning rate of each group after that many updates (0, 1, ...). ValueError where
        checkpoint_steps are not those of total_steps and num_checkpoints any more.
        """
        values = super().get_updated_values(num_updates)
        if not self.is_continuation_from_checkpoint:
            steps, ends = _checkpoints(self._names, self._values(self), self.warmup_starting_lr)
            if self.checkpoint_steps != steps:
                raise ValueError(
                    f"checkpoint_steps are {self.checkpoint_steps}, but must be {steps}"
                )
            if num_updates in ends and num_updates >= self.num_warmup_steps:
                self.previous_checkpoint_step = num_updates
        return values

    # --- for callbacks ---

    def get_checkpoint_steps(self) -> list[int]:
        """The updates at which a period ends, and with it a decay."""
        return self.checkpoint_steps

    def get_decay_info(self) -> list[dict[str, int]]:
        """For each period its period_start, period_end, decay_steps, and pre_decay_step, where the
        decay starts.
        """
        return self.checkpoint_decay_info

    def get_phase_info(self, num_updates: int) -> dict[str, int]:
        """The period of a number of updates: the first that ends there or later, or the last."""
        infos = self.checkpoint_decay_info
        return next((info for info in infos if info["period_end"] >= num_updates), infos[-1])

    def get_current_step(self) -> int:
        """What the latest step() asked for: one less than the updates completed."""
        return self._num_updates

    def get_current_phase_info(self) -> dict[str, int]:
        """The period of get_current_step()."""
        return self.get_phase_info(self._num_updates)

    @lru_cache(maxsize=1)
    def _get_checkpoint_info(self, num_updates: int) -> tuple[int, int]:
        """Length of the period by which the value goes, and updates into it. It is that of
        upstream's tests, which clear its cache.
        """
        infos = self.checkpoint_decay_info
        info = next((info for info in infos if num_updates < info["period_end"]), infos[0])
        return info["period_end"] - info["period_start"], num_updates - info["period_start"]

    # --- state ---

    def state_dict(self) -> dict[str, Any]:
        """Upstream's keys, and the number of updates, without which a resumed training would start
        the schedule again: as _num_updates, so that upstream goes on from it too.
        """
        state = {
            key: value for key, value in super().state_dict().items() if not key.startswith("_")
        }
        return state | {"_num_updates": self._num_updates}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on as saved. A continuation starts over instead, with its own length and without a
        warmup, by the saved shape: ratio, checkpoints, lr_min.
        """
        if not self.is_continuation_from_checkpoint:
            self._get_checkpoint_info.cache_clear()
            self.__dict__.update(state_dict)
            return
        mine = {
            "total_steps": self.total_steps,
            "is_continuation_from_checkpoint": True,
            "previous_checkpoint_step": None,
            "_num_updates": self._num_updates,
        }
        self.__dict__.update({**state_dict, **mine})
        self._read_periods()

    @classmethod
    def create_scheduler_fn(
        cls,
        total_num_epochs: Length = TrainerPlaceholderValues.NUM_EPOCHS,
        num_update_steps_per_epoch: Length = _PER_PROCESS,
        num_warmup_epochs: int | None = None,
        decay_phase_ratio: float = 0.1,
        lr_min: float = 1e-6,
        warmup_starting_lr: float = 1e-6,
        use_inverse_sqrt_decay: bool = True,
        num_checkpoints: int = 1,
        is_continuation_from_checkpoint: bool = False,
    ) -> Callable[[Any], WSDLrScheduler]:
        """A function of the optimizer, for Trainer.train(); the Trainer fills in the lengths.

        Without num_warmup_epochs the warmup takes a hundredth of all updates.
        """
        options: dict[str, Any] = dict(
            num_epochs=total_num_epochs,
            num_update_steps_per_epoch=num_update_steps_per_epoch,
            num_warmup_steps=(
                None if num_warmup_epochs is None else _PER_PROCESS * num_warmup_epochs
            ),
            decay_phase_ratio=decay_phase_ratio,
            lr_min=lr_min,
            warmup_starting_lr=warmup_starting_lr,
            use_inverse_sqrt_decay=use_inverse_sqrt_decay,
            num_checkpoints=num_checkpoints,
            is_continuation_from_checkpoint=is_continuation_from_checkpoint,
        )
        return partial(cls, **options)


def estimate_checkpoint_steps(total_steps: int, num_checkpoints: int = 3) -> list[int]:
    """Where the checkpoints of WSDLrScheduler are: one at the end; of several the first at a
    quarter, each other at twice the one before. Empty for several checkpoints in fewer than 4
    updates, which upstream puts all at 0.
    """
    return _tempo.wsd_checkpoints(total_steps, num_checkpoints)
