"""The schedulers of timm, with the same names, signatures and numbers: change the import.

    from tempo.timm import CosineLRScheduler   # was: from timm.scheduler

They work in timm's training script and in any loop, on any object with param_groups. timm is not
imported, and torch only by PlateauLRScheduler. Version 1.0.31 is what they agree with, to the last
bit, noise included; where they do not, docs/python-timm.md says so.

>>> from types import SimpleNamespace
>>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}, {"lr": 0.1, "lr_scale": 0.5}])
>>> scheduler = CosineLRScheduler(optimizer, t_initial=4, warmup_t=1, warmup_prefix=True)
>>> for epoch in range(5):
...     scheduler.step(epoch + 1)
...     print([group["lr"] for group in optimizer.param_groups])
[0.1, 0.05]
[0.08535533905932738, 0.04267766952966369]
[0.05, 0.025]
[0.014644660940672627, 0.0073223304703363135]
[0.0, 0.0]
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from operator import attrgetter
from typing import Any, Sequence, Union

from . import _tempo
from ._groups import asserting, number, plan, write

__all__ = [
    "CosineLRScheduler",
    "MultiStepLRScheduler",
    "PlateauLRScheduler",
    "PolyLRScheduler",
    "Scheduler",
    "StepLRScheduler",
    "TanhLRScheduler",
    "WSDLRScheduler",
    "create_scheduler",
    "create_scheduler_v2",
    "scheduler_kwargs",
]

NoiseRange = Union[float, Sequence[float], None]


class Scheduler(ABC):
    """Moves one field of every param_group; a subclass says to what, in _get_lr(t).

    t counts epochs, given to step(), or updates, given to step_update(): t_in_epochs. The other of
    the two does nothing. With noise_range_t there is noise from that t on, or from the first to
    before the second of two. A group's lr_scale multiplies what is written. KeyError if a group
    lacks the field, or, without `initialize`, its "initial_" field.
    """

    def __init__(
        self,
        optimizer: Any,
        param_group_field: str,
        t_in_epochs: bool = True,
        noise_range_t: NoiseRange = None,
        noise_type: str = "normal",
        noise_pct: float = 0.67,
        noise_std: float = 1.0,
        noise_seed: int | None = None,
        initialize: bool = True,
    ) -> None:
        self.optimizer = optimizer
        self.param_group_field = param_group_field
        self._initial_param_group_field = f"initial_{param_group_field}"
        self._store_initial(initialize)
        self.base_values = [
            number(group[self._initial_param_group_field]) for group in optimizer.param_groups
        ]
        self.metric: float | None = None
        self.t_in_epochs = t_in_epochs
        self.noise_range_t = noise_range_t
        self.noise_pct = noise_pct
        self.noise_type = noise_type
        self.noise_std = noise_std
        self.noise_seed = noise_seed if noise_seed is not None else 42
        if noise_range_t is not None:
            self._noise_plan()
        self.update_groups(self.base_values)

    def _store_initial(self, initialize: bool) -> None:
        needed = self.param_group_field if initialize else self._initial_param_group_field
        for i, group in enumerate(self.optimizer.param_groups):
            if needed not in group:
                raise KeyError(f"{needed} missing from param_groups[{i}]")
            group.setdefault(self._initial_param_group_field, number(group[needed]))

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Sets the attributes of a state_dict(). The values of the groups are the optimizer's to
        restore.
        """
        self.__dict__.update(state_dict)

    @abstractmethod
    def _get_lr(self, t: int) -> list[float]:
        """The value of each group at t, before noise and lr_scale."""

    def _get_values(self, t: int, on_epoch: bool = True) -> list[float] | None:
        return self._get_lr(t) if bool(on_epoch) == bool(self.t_in_epochs) else None

    def step(self, epoch: int, metric: float | None = None) -> None:
        """To be called at the end of an epoch, with the number of epochs completed."""
        self._step(epoch, metric, True)

    def step_update(self, num_updates: int, metric: float | None = None) -> None:
        """To be called after an update, with the number of updates completed."""
        self._step(num_updates, metric, False)

    def _step(self, t: int, metric: float | None, on_epoch: bool) -> None:
        self.metric = metric
        values = self._get_values(t, on_epoch=on_epoch)
        if values is not None:
            self.update_groups(self._add_noise(values, t))

    def update_groups(self, values: float | Sequence[float]) -> None:
        """Writes a value for each group, or one for all, times a group's lr_scale."""
        groups = self.optimizer.param_groups
        for group, value in zip(
            groups, values if isinstance(values, (list, tuple)) else [values] * len(groups)
        ):
            write(
                group,
                self.param_group_field,
                value * group["lr_scale"] if "lr_scale" in group else value,
            )

    # --- noise ---

    def _is_apply_noise(self, t: int) -> bool:
        when: Any = self.noise_range_t
        if isinstance(when, (list, tuple)):
            return bool(when[0] <= t < when[1])
        return when is not None and bool(t >= when)

    def _noise_plan(self) -> _tempo.Plan:
        # A schedule that stays where it is, always with noise. It has none at 0, where its
        # constructor writes: so it counts from 1.
        names = ("noise_range_t", "noise_type", "noise_pct", "noise_std", "noise_seed")
        kind = "normal" if self.noise_type == "normal" else "uniform"
        values = (0, kind, self.noise_pct, self.noise_std, self.noise_seed - 1)
        return plan("timm.PlateauLRScheduler", names, values)

    def _add_noise(self, values: list[float], t: int) -> list[float]:
        if not self._is_apply_noise(t):
            return values
        noisy = self._noise_plan()
        _, memory = noisy.listen(0, math.nan, 0.0, 0.0, [0.0] * len(noisy.memory()))
        return [noisy.listen(t + 1, math.nan, 0.0, value, memory)[0] for value in values]


class _Registered(Scheduler):
    """One whose values are those of a type in the registry, with its attributes as parameters."""

    warmup_t: int
    warmup_lr_init: float
    _type: str
    _names: tuple[str, ...]  # of its parameters
    _attributes: attrgetter[Any]  # their values, from a scheduler
    _refusals: tuple[type[Exception], ...] = ()  # for which timm raises AssertionError
    _prefix: tuple[tuple[str, ...], tuple[Any, ...]] = (("warmup_t", "warmup_prefix"), (1, True))

    def _begin(self, given: dict[str, Any]) -> None:
        """The constructor, with its arguments by name."""
        super().__init__(
            given["optimizer"],
            "lr",
            given["t_in_epochs"],
            given["noise_range_t"],
            noise_pct=given["noise_pct"],
            noise_std=given["noise_std"],
            noise_seed=given["noise_seed"],
            initialize=given["initialize"],
        )
        self.__dict__.update((name, given[name]) for name in self._names)
        with asserting(*self._refusals):
            self._plan()
        if self.warmup_t:
            self.update_groups(self.warmup_lr_init)

    def _values(self) -> tuple[Any, ...]:
        values: tuple[Any, ...] = self._attributes(self)
        return values

    def _plan(self, names: tuple[str, ...] = (), values: tuple[Any, ...] = ()) -> _tempo.Plan:
        return plan(self._type, self._names + names, self._values() + values)

    @property
    def schedule(self) -> _tempo.Schedule:
        """The schedule as plain data, without noise: for a document, for a run, to be drawn."""
        return self._plan(("t_in_epochs",), (bool(self.t_in_epochs),)).schedule

    def _get_lr(self, t: int) -> list[float]:
        if t < 0:
            raise ValueError(f"t must be >= 0, not {t}")
        if self.warmup_t:
            return self._plan().from_base(t, self.base_values)
        # At 0 a registered schedule has what the constructor writes, while timm asks the curve.
        # Behind a warmup of one step, which nobody looks at, the curve is one step later.
        return self._plan(*self._prefix).from_base(t + 1, self.base_values)


class _Cycles(_Registered):
    def get_cycle_length(self, cycles: int = 0) -> int:
        """Length of that many cycles (0: all), and of a warmup that comes before them."""
        return _tempo.timm_cycle_length(self._plan(), cycles)


_CYCLES = (
    "t_initial",
    "lr_min",
    "cycle_mul",
    "cycle_decay",
    "cycle_limit",
    "warmup_t",
    "warmup_lr_init",
    "warmup_prefix",
)


class CosineLRScheduler(_Cycles):
    """Cosine from the base to lr_min in one or more cycles, with warmup and k-decay:
    timm.CosineLRScheduler of the registry. AssertionError for a t_initial below 1, and for an
    lr_min or k_decay below 0.
    """

    _type = "timm.CosineLRScheduler"
    _names = _CYCLES + ("k_decay",)
    _attributes = attrgetter(*_names)
    _refusals = (_tempo.BadValue,)

    def __init__(
        self,
        optimizer: Any,
        t_initial: int,
        lr_min: float = 0.0,
        cycle_mul: float = 1.0,
        cycle_decay: float = 1.0,
        cycle_limit: int = 1,
        warmup_t: int = 0,
        warmup_lr_init: float = 0.0,
        warmup_prefix: bool = False,
        t_in_epochs: bool = True,
        noise_range_t: NoiseRange = None,
        noise_pct: float = 0.67,
        noise_std: float = 1.0,
        noise_seed: int = 42,
        k_decay: float = 1.0,
        initialize: bool = True,
    ) -> None:
        self._begin(locals())


class TanhLRScheduler(_Cycles):
    """Hyperbolic tangent from lb to ub, from the base to lr_min in one or more cycles, with warmup:
    timm.TanhLRScheduler of the registry. AssertionError as there, unless lb < ub, and for a
    negative warmup.
    """

    _type = "timm.TanhLRScheduler"
    _names = _CYCLES + ("lb", "ub")
    _attributes = attrgetter(*_names)
    _refusals = (_tempo.BadValue, _tempo.Conflict)

    def __init__(
        self,
        optimizer: Any,
        t_initial: int,
        lb: float = -7.0,
        ub: float = 3.0,
        lr_min: float = 0.0,
        cycle_mul: float = 1.0,
        cycle_decay: float = 1.0,
        cycle_limit: int = 1,
        warmup_t: int = 0,
        warmup_lr_init: float = 0.0,
        warmup_prefix: bool = False,
        t_in_epochs: bool = True,
        noise_range_t: NoiseRange = None,
        noise_pct: float = 0.67,
        noise_std: float = 1.0,
        noise_seed: int = 42,
        initialize: bool = True,
    ) -> None:
        self._begin(locals())


class PolyLRScheduler(_Cycles):
    """A power of the time that is left, in one or more cycles, with warmup and k-decay:
    timm.PolyLRScheduler of the registry. AssertionError as for CosineLRScheduler, and for a
    negative power that would divide by zero.
    """

    _type = "timm.PolyLRScheduler"
    _names = _CYCLES + ("power", "k_decay")
    _attributes = attrgetter(*_names)
    _refusals = (_tempo.BadValue,)

    def __init__(
        self,
        optimizer: Any,
        t_initial: int,
        power: float = 0.5,
        lr_min: float = 0.0,
        cycle_mul: float = 1.0,
        cycle_decay: float = 1.0,
        cycle_limit: int = 1,
        warmup_t: int = 0,
        warmup_lr_init: float = 0.0,
        warmup_prefix: bool = False,
        t_in_epochs: bool = True,
        noise_range_t: NoiseRange = None,
        noise_pct: float = 0.67,
        noise_std: float = 1.0,
        noise_seed: int = 42,
        k_decay: float = 1.0,
        initialize: bool = True,
    ) -> None:
        self._begin(locals())


_DROPS = ("decay_t", "decay_rate", "warmup_t", "warmup_lr_init", "warmup_prefix")


class StepLRScheduler(_Registered):
    """Times decay_rate once every decay_t, with warmup: timm.StepLRScheduler of the registry.
    ZeroDivisionError for a decay_t of 0.
    """

    _type = "timm.StepLRScheduler"
    _names = _DROPS
    _attributes = attrgetter(*_names)

    def __init__(
        self,
        optimizer: Any,
        decay_t: float,
        decay_rate: float = 1.0,
        warmup_t: int = 0,
        warmup_lr_init: float = 0.0,
        warmup_prefix: bool = True,
        t_in_epochs: bool = True,
        noise_range_t: NoiseRange = None,
        noise_pct: float = 0.67,
        noise_std: float = 1.0,
        noise_seed: int = 42,
        initialize: bool = True,
    ) -> None:
        self._begin(locals())


class MultiStepLRScheduler(_Registered):
    """Times decay_rate at each of decay_t, one t early, with warmup: timm.MultiStepLRScheduler of
    the registry.
    """

    _type = "timm.MultiStepLRScheduler"
    _names = _DROPS
    _attributes = attrgetter(*_names)

    def __init__(
        self,
        optimizer: Any,
        decay_t: Sequence[int],
        decay_rate: float = 1.0,
        warmup_t: int = 0,
        warmup_lr_init: float = 0.0,
        warmup_prefix: bool = True,
        t_in_epochs: bool = True,
        noise_range_t: NoiseRange = None,
        noise_pct: float = 0.67,
        noise_std: float = 1.0,
        noise_seed: int = 42,
        initialize: bool = True,
    ) -> None:
        self._begin(locals())

    def _values(self) -> tuple[Any, ...]:
        milestones, *others = super()._values()
        return (tuple(milestones), *others)


class WSDLRScheduler(_Registered):
    """Warmup, a stable phase, and a decay to lr_min: timm.WSDLRScheduler of the registry.

    The last decay_t of t_initial decay; the warmup comes before them. ValueError for what timm
    refuses. decay_fn is one of the names "linear", "1-sqrt", "cosine", "power", "exp": for a
    function, subclass Scheduler.
    """

    _type = "timm.WSDLRScheduler"
    _names = (
        "t_initial",
        "decay_t",
        "lr_min",
        "stable_fn",
        "stable_timescale",
        "stable_power",
        "decay_fn",
        "decay_power",
        "decay_ratio",
        "warmup_t",
        "warmup_lr_init",
    )
    _attributes = attrgetter(*_names)
    _prefix = (("warmup_t",), (1,))

    def __init__(
        self,
        optimizer: Any,
        t_initial: int,
        decay_t: int,
        lr_min: float = 0.0,
        stable_fn: str = "constant",
        stable_timescale: float | None = None,
        stable_power: float = 0.5,
        decay_fn: str = "1-sqrt",
        decay_power: float = 0.5,
        decay_ratio: float = 0.1,
        warmup_t: int = 0,
        warmup_lr_init: float = 0.0,
        t_in_epochs: bool = True,
        noise_range_t: NoiseRange = None,
        noise_pct: float = 0.67,
        noise_std: float = 1.0,
        noise_seed: int = 42,
        initialize: bool = True,
    ) -> None:
        if stable_timescale is None and stable_fn != "constant":
            stable_timescale = warmup_t
        self._begin(locals())

    def get_cycle_length(self, cycles: int = 0) -> int:
        """warmup_t + t_initial, whatever `cycles` is."""
        return _tempo.timm_cycle_length(self._plan())


class PlateauLRScheduler(Scheduler):
    """Times decay_rate whenever a metric has not got better for longer than patience_t steps, with
    warmup and noise: tempo.torch.ReduceLROnPlateau after the warmup of timm.PlateauLRScheduler. It
    needs torch and one of its optimizers.

    A step without a metric lets the time pass.
    """

    def __init__(
        self,
        optimizer: Any,
        decay_rate: float = 0.1,
        patience_t: int = 10,
        threshold: float = 1e-4,
        cooldown_t: int = 0,
        warmup_t: int = 0,
        warmup_lr_init: float = 0.0,
        lr_min: float = 0.0,
        mode: Any = "max",
        noise_range_t: NoiseRange = None,
        noise_type: str = "normal",
        noise_pct: float = 0.67,
        noise_std: float = 1.0,
        noise_seed: int | None = None,
        initialize: bool = True,
    ) -> None:
        from .torch import ReduceLROnPlateau

        super().__init__(
            optimizer,
            "lr",
            noise_range_t=noise_range_t,
            noise_type=noise_type,
            noise_pct=noise_pct,
            noise_std=noise_std,
            noise_seed=noise_seed,
            initialize=initialize,
        )
        self.lr_scheduler = ReduceLROnPlateau(
            optimizer,
            patience=patience_t,
            factor=decay_rate,
            threshold=threshold,
            cooldown=cooldown_t,
            mode=mode,
            min_lr=lr_min,
        )
        self.warmup_t = warmup_t
        self.warmup_lr_init = warmup_lr_init
        if warmup_t:
            self.update_groups(warmup_lr_init)
        self.restore_lr: list[float] | None = None

    def state_dict(self) -> dict[str, Any]:
        """timm's keys and what it forgets: how many steps are bad, the cooldown, the values without
        their noise.
        """
        inner = self.lr_scheduler
        return {
            "best": inner.best,
            "last_epoch": inner.last_epoch,
            "num_bad_epochs": inner.num_bad_epochs,
            "cooldown_counter": inner.cooldown_counter,
            "restore_lr": self.restore_lr,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on as saved; a state of timm's has only the first one or two of the keys."""
        self.lr_scheduler.best = state_dict["best"]
        for key in ("last_epoch", "num_bad_epochs", "cooldown_counter"):
            setattr(self.lr_scheduler, key, state_dict.get(key, getattr(self.lr_scheduler, key)))
        self.restore_lr = state_dict.get("restore_lr", self.restore_lr)

    def step(self, epoch: int, metric: float | None = None) -> None:
        """To be called at the end of an epoch, with the number of epochs completed and what was
        measured.
        """
        if epoch <= self.warmup_t:
            self.update_groups(self._warmup(epoch))
            return
        groups = self.optimizer.param_groups
        if self.restore_lr is not None:
            for group, value in zip(groups, self.restore_lr):
                write(group, "lr", value)
            self.restore_lr = None
        if metric is not None:
            self.lr_scheduler.step(metric)
        if self._is_apply_noise(epoch):
            self.restore_lr = found = [float(group["lr"]) for group in groups]
            for group, value in zip(groups, self._add_noise(found, epoch)):
                write(group, "lr", value)

    def step_update(self, num_updates: int, metric: float | None = None) -> None:
        """Does nothing."""

    def _warmup(self, epoch: int) -> list[float]:
        names, values = ("warmup_t", "warmup_lr_init"), (self.warmup_t, self.warmup_lr_init)
        ramp = plan("timm.PlateauLRScheduler", names, values)
        memory = [math.nan] * len(ramp.memory())
        return [
            ramp.listen(epoch, math.nan, base, math.nan, memory)[0] for base in self.base_values
        ]

    def _get_lr(self, t: int) -> list[float]:
        raise NotImplementedError("the values come from step()")


# --- the factory ---


def scheduler_kwargs(cfg: Any, decreasing_metric: bool | None = None) -> dict[str, Any]:
    """Arguments of create_scheduler_v2() from the options of timm's training script, as attributes
    of `cfg`.
    """
    if decreasing_metric is None:
        decreasing_metric = "loss" in getattr(cfg, "eval_metric", "top1")
    return {
        "sched": cfg.sched,
        "num_epochs": getattr(cfg, "epochs", 100),
        "decay_epochs": getattr(cfg, "decay_epochs", 30),
        "decay_milestones": getattr(cfg, "decay_milestones", [30, 60]),
        "warmup_epochs": getattr(cfg, "warmup_epochs", 5),
        "cooldown_epochs": getattr(cfg, "cooldown_epochs", 0),
        "patience_epochs": getattr(cfg, "patience_epochs", 10),
        "decay_rate": getattr(cfg, "decay_rate", 0.1),
        "min_lr": getattr(cfg, "min_lr", 0.0),
        "warmup_lr": getattr(cfg, "warmup_lr", 1e-5),
        "warmup_prefix": getattr(cfg, "warmup_prefix", False),
        "noise": getattr(cfg, "lr_noise", None),
        "noise_pct": getattr(cfg, "lr_noise_pct", 0.67),
        "noise_std": getattr(cfg, "lr_noise_std", 1.0),
        "noise_seed": getattr(cfg, "seed", 42),
        "cycle_mul": getattr(cfg, "lr_cycle_mul", 1.0),
        "cycle_decay": getattr(cfg, "lr_cycle_decay", 0.1),
        "cycle_limit": getattr(cfg, "lr_cycle_limit", 1),
        "k_decay": getattr(cfg, "lr_k_decay", 1.0),
        "decay_fn": getattr(cfg, "lr_decay_fn", None),
        "stable_timescale": getattr(cfg, "lr_stable_timescale", None),
        "plateau_mode": "min" if decreasing_metric else "max",
        "step_on_epochs": not getattr(cfg, "sched_on_updates", False),
    }


def create_scheduler(
    args: Any, optimizer: Any, updates_per_epoch: int = 0
) -> tuple[Scheduler | None, int]:
    """create_scheduler_v2() with the options of timm's training script."""
    return create_scheduler_v2(
        optimizer=optimizer, **scheduler_kwargs(args), updates_per_epoch=updates_per_epoch
    )


def create_scheduler_v2(
    optimizer: Any,
    sched: str = "cosine",
    num_epochs: int = 300,
    decay_epochs: float | None = None,
    decay_milestones: Sequence[int] = (90, 180, 270),
    cooldown_epochs: int = 0,
    patience_epochs: int = 10,
    decay_rate: float = 0.1,
    min_lr: float = 0.0,
    warmup_lr: float = 1e-5,
    warmup_epochs: int = 0,
    warmup_prefix: bool = False,
    noise: NoiseRange = None,
    noise_pct: float = 0.67,
    noise_std: float = 1.0,
    noise_seed: int = 42,
    cycle_mul: float = 1.0,
    cycle_decay: float = 0.1,
    cycle_limit: int = 1,
    k_decay: float = 1.0,
    decay_fn: str | None = None,
    stable_timescale: float | None = None,
    plateau_mode: str = "max",
    step_on_epochs: bool = True,
    updates_per_epoch: int = 0,
) -> tuple[Scheduler | None, int]:
    """One of the schedulers by name, and how many epochs to train, cooldown included.

    sched: "cosine", "tanh", "step", "multistep", "poly", "wsd", "rsqrt", "constant", "plateau", or
    "none" for no scheduler. Lengths are in epochs; without step_on_epochs the scheduler counts
    updates, updates_per_epoch of them (AssertionError if that is 0) in each. The parameters are
    described by timm.create_scheduler_v2 of the registry.
    """
    if not step_on_epochs and updates_per_epoch <= 0:
        raise AssertionError("updates_per_epoch must be set to the number of updates in an epoch")
    unit = 1 if step_on_epochs else updates_per_epoch
    t_initial, warmup_t = num_epochs * unit, warmup_epochs * unit
    in_epochs: dict[str, Any] = {"t_in_epochs": step_on_epochs}
    warmup: dict[str, Any] = {"warmup_t": warmup_t, "warmup_lr_init": warmup_lr}
    prefixed: dict[str, Any] = {**warmup, "warmup_prefix": warmup_prefix}
    noises: dict[str, Any] = {
        "noise_range_t": _noise_range(noise, t_initial),
        "noise_pct": noise_pct,
        "noise_std": noise_std,
        "noise_seed": noise_seed,
    }
    cycles: dict[str, Any] = {
        "t_initial": t_initial,
        "lr_min": min_lr,
        "cycle_mul": cycle_mul,
        "cycle_decay": cycle_decay,
        "cycle_limit": cycle_limit,
        **in_epochs,
        **prefixed,
    }

    scheduler: Any = None
    if sched == "cosine":
        scheduler = CosineLRScheduler(optimizer, k_decay=k_decay, **cycles, **noises)
    elif sched == "tanh":
        scheduler = TanhLRScheduler(optimizer, **cycles, **noises)
    elif sched == "poly":
        scheduler = PolyLRScheduler(
            optimizer, power=decay_rate, k_decay=k_decay, **cycles, **noises
        )
    elif sched == "step":
        decay_t = (90 if decay_epochs is None else decay_epochs) * unit
        scheduler = StepLRScheduler(
            optimizer, decay_t, decay_rate, **in_epochs, **prefixed, **noises
        )
    elif sched == "constant":
        scheduler = StepLRScheduler(optimizer, 1, 1.0, **in_epochs, **prefixed, **noises)
    elif sched == "multistep":
        milestones = (
            decay_milestones
            if step_on_epochs
            else [milestone * unit for milestone in decay_milestones]
        )
        scheduler = MultiStepLRScheduler(
            optimizer, milestones, decay_rate, **in_epochs, **prefixed, **noises
        )
    elif sched == "plateau":
        if not step_on_epochs:
            raise AssertionError("plateau steps once an epoch, so step_on_epochs must be true")
        scheduler = PlateauLRScheduler(
            optimizer,
            decay_rate,
            patience_epochs,
            lr_min=min_lr,
            mode=plateau_mode,
            **warmup,
            **noises,
        )
    elif sched in ("wsd", "rsqrt"):
        length = t_initial if warmup_prefix else t_initial - warmup_t
        decay = 0.2 if decay_epochs is None else decay_epochs
        scheduler = WSDLRScheduler(
            optimizer,
            length,
            int(round(decay * (length if 0 < decay < 1 else unit))),
            lr_min=min_lr,
            stable_fn="rsqrt" if sched == "rsqrt" else "constant",
            stable_timescale=None if stable_timescale is None else stable_timescale * unit,
            decay_fn=decay_fn or ("linear" if sched == "rsqrt" else "1-sqrt"),
            **in_epochs,
            **warmup,
            **noises,
        )
    elif sched != "none":
        raise ValueError(f"Unknown scheduler '{sched}'.")

    if hasattr(scheduler, "get_cycle_length"):
        return scheduler, (scheduler.get_cycle_length() + cooldown_epochs * unit) // unit
    return scheduler, num_epochs + (warmup_epochs if warmup_prefix else 0)


def _noise_range(noise: Any, t_initial: int) -> NoiseRange:
    """From fractions of the schedule to steps. A list of one is a number."""
    if not isinstance(noise, (list, tuple)):
        return None if noise is None else noise * t_initial
    steps = [fraction * t_initial for fraction in noise]
    return steps[0] if len(steps) == 1 else steps
