"""The schedulers of torch.optim.lr_scheduler and SWALR, computed by Tempo.

>>> import torch
>>> from tempo.torch import StepLR
>>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
>>> scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
>>> for _ in range(4):
...     optimizer.step()
...     scheduler.step()
>>> scheduler.get_last_lr()
[0.025]

Each class is PyTorch's own, of which the registry computes the values: arguments, attributes,
warnings, state_dict() and what is a subclass of what stay PyTorch's, and so do the numbers, bit for
bit. What the registry does not take (a length of 0, a fractional epoch) is left to PyTorch's code.

Learning rates that are tensors are filled in place. They count with the double they were filled
with, so that no step waits for their device and no rounding adds up; one that was changed by hand
is noticed by its version, and read from the device once. (A change through its .data has none.)
"""

from __future__ import annotations

import math
import warnings
from functools import partial
from itertools import groupby
from typing import Any, Callable

import torch
from torch.optim import lr_scheduler as _torch
from torch.optim import swa_utils as _swa
from torch.optim.lr_scheduler import EPOCH_DEPRECATION_WARNING, LRScheduler
from torch.optim.lr_scheduler import _LRScheduler as _LRScheduler  # what old code derives from

from ._tempo import Error, Plan, Run
from ._tempo_lr import TempoLR
from ._torch_values import copies, eager, read, read_all, write, write_all

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SWALR",
    "SequentialLR",
    "StepLR",
    "TempoLR",
]

_EVERY_BATCH = Run(step_schedulers_every_batch=True)


class _Registry:
    """Computes get_lr() of the class that comes after it through a type of the registry.

    A subclass names the type and its parameters; _key() says what they are now. Plans are bound
    when a key is first seen, so that attributes edited or loaded later count as they do in PyTorch.
    They are no part of the state.
    """

    __slots__ = ("_plans",)

    _type: str
    _parameters: tuple[str, ...] = ()
    _fields: dict[str, float] = {"lr": 1.0}
    _first = 0  # the first step at which get_lr() is next(); before it, the lr is left alone

    _plans: dict[tuple[Any, ...], Plan | None]

    # From torch's class.
    optimizer: torch.optim.Optimizer
    base_lrs: list[Any]
    last_epoch: int
    _last_lr: list[Any]
    _is_initial: bool
    _get_lr_called_within_step: bool

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    # --- plans ---

    def _key(self) -> tuple[Any, ...]:
        """What the parameters are now, the same for all groups."""
        return tuple([getattr(self, name) for name in self._parameters])

    def _arguments(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """The parameters of the type that a key means. Raises ValueError where it means none."""
        return dict(zip(self._parameters, key))

    def _plan(self, key: tuple[Any, ...]) -> Plan | None:
        """The plan of a key; None if the registry does not take it."""
        try:
            plans = self._plans
        except AttributeError:
            plans = self._plans = {}
        try:
            return plans[key]
        except KeyError:
            pass
        if len(plans) > 16 + 2 * len(self.optimizer.param_groups):  # groups may all differ
            plans.clear()
        plans[key] = plan = self._bind(key)
        return plan

    def _bind(self, key: tuple[Any, ...]) -> Plan | None:
        try:
            arguments = self._arguments(key)
            if any(isinstance(value, torch.Tensor) for value in arguments.values()):
                return None  # it may change without becoming another one
            schedule = {"type": self._type, **arguments}
            return Plan(schedule, _EVERY_BATCH, self._fields, stepped=True)
        except (Error, TypeError, ValueError):
            return None

    def _is_step(self, step: Any) -> bool:
        """Whether the registry's next() is get_lr() at this step."""
        if type(step) is not int or step < self._first:
            return False
        return not self._is_initial or self._first == 0

    # --- values ---

    def _next_lrs(self) -> list[float] | None:
        """The values after this step; None if PyTorch is to say what happens."""
        if not self._is_step(self.last_epoch):
            return None
        plan = self._plan(self._key())
        previous = read_all([group["lr"] for group in self.optimizer.param_groups])
        return plan and _attempt(plan.next, self.last_epoch, previous, previous)

    def get_lr(self) -> list[Any]:
        """The values of the next write, as in PyTorch: get_last_lr() has those of the last one."""
        values = self._next_lrs()
        if values is None:
            return super().get_lr()  # type: ignore[misc]
        if self._get_lr_called_within_step:
            return values
        _torch._warn_get_lr_called_within_step(self)  # type: ignore[arg-type]
        return _alike(self.optimizer.param_groups, values)

    @eager
    def _update_lr(self, epoch: int | None = None) -> None:
        """PyTorch's, but that what is written into tensors is remembered."""
        with _torch._enable_get_lr_call(self):  # type: ignore[arg-type]
            if epoch is None:
                self.last_epoch += 1  # type: ignore[misc]
                values = self.get_lr()
            else:
                self.last_epoch = epoch  # type: ignore[misc]
                values = getattr(self, "_get_closed_form_lr", self.get_lr)()
        groups = self.optimizer.param_groups
        write_all(groups, "lr", values)
        self._last_lr = copies(groups, "lr")  # type: ignore[misc]

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Loads a state of this class or of PyTorch's, which stays as it is."""
        super().load_state_dict(dict(state_dict))  # type: ignore[misc]


class _ClosedForm(_Registry):
    """The same for a class that has a closed form, for step(epoch)."""

    __slots__ = ()

    def _get_closed_form_lr(self) -> list[Any]:
        values = None
        if type(self.last_epoch) is int and self.last_epoch >= 0:
            plan = self._plan(self._key())
            bases = read_all(self.base_lrs)
            values = plan and _attempt(plan.from_base, self.last_epoch, bases)
        return super()._get_closed_form_lr() if values is None else values  # type: ignore[misc]


def _attempt(method: Callable[..., list[float]], *arguments: Any) -> list[float] | None:
    """What a plan answers; None where it has no value, as where PyTorch raises."""
    try:
        return method(*arguments)
    except Error:
        return None


def _alike(groups: list[dict[str, Any]], values: list[float]) -> list[Any]:
    """Values as what the groups hold: tensors where they hold tensors."""
    return [
        torch.full_like(group["lr"], value) if isinstance(group["lr"], torch.Tensor) else value
        for group, value in zip(groups, values)
    ]


def _runs(keys: list[Any]) -> list[slice]:
    """Where neighbours have the same key."""
    if keys.count(keys[0]) == len(keys):
        return [slice(0, len(keys))]
    found = [list(places) for _, places in groupby(range(len(keys)), keys.__getitem__)]
    return [slice(places[0], places[-1] + 1) for places in found]


# --- factors ---


class StepLR(_ClosedForm, _torch.StepLR):
    """torch.optim.lr_scheduler.StepLR: multiplies by gamma every step_size steps."""

    __slots__ = ()
    _type = "torch.StepLR"
    _parameters = ("step_size", "gamma")


class MultiStepLR(_ClosedForm, _torch.MultiStepLR):
    """torch.optim.lr_scheduler.MultiStepLR: multiplies by gamma at each milestone."""

    __slots__ = ()
    _type = "torch.MultiStepLR"

    def _key(self) -> tuple[Any, ...]:
        return (*self.milestones.items(), self.gamma)

    def _arguments(self, key: tuple[Any, ...]) -> dict[str, Any]:
        milestones = [place for place, count in key[:-1] for _ in range(count)]
        return {"milestones": sorted(milestones), "gamma": key[-1]}


class ConstantLR(_ClosedForm, _torch.ConstantLR):
    """torch.optim.lr_scheduler.ConstantLR: multiplies by factor until total_iters."""

    __slots__ = ()
    _type = "torch.ConstantLR"
    _parameters = ("factor", "total_iters")


class LinearLR(_ClosedForm, _torch.LinearLR):
    """torch.optim.lr_scheduler.LinearLR: a factor in a straight line over total_iters steps."""

    __slots__ = ()
    _type = "torch.LinearLR"
    _parameters = ("start_factor", "end_factor", "total_iters")

    def _is_step(self, step: Any) -> bool:
        return super()._is_step(step) and not (step and self._is_initial)


class ExponentialLR(_ClosedForm, _torch.ExponentialLR):
    """torch.optim.lr_scheduler.ExponentialLR: multiplies by gamma at every step."""

    __slots__ = ()
    _type = "torch.ExponentialLR"
    _parameters = ("gamma",)
    _first = 1


class PolynomialLR(_ClosedForm, _torch.PolynomialLR):
    """torch.optim.lr_scheduler.PolynomialLR: a power of what is left of total_iters."""

    __slots__ = ()
    _type = "torch.PolynomialLR"
    _parameters = ("total_iters", "power")
    _first = 1


# --- cosines ---


class CosineAnnealingLR(_ClosedForm, _torch.CosineAnnealingLR):
    """torch.optim.lr_scheduler.CosineAnnealingLR: a cosine from the base to eta_min and back."""

    __slots__ = ()
    _type = "torch.CosineAnnealingLR"
    _parameters = ("T_max", "eta_min")
    _first = 1

    def _next_lrs(self) -> list[float] | None:
        groups = self.optimizer.param_groups
        if not self._is_step(self.last_epoch) or len(groups) != len(self.base_lrs):
            return None
        if self._step_count == 1:
            return None  # PyTorch starts anew here
        plan = self._plan(self._key())
        bases = read_all(self.base_lrs)
        previous = read_all([group["lr"] for group in groups])
        return plan and _attempt(plan.next, self.last_epoch, bases, previous)


class CosineAnnealingWarmRestarts(_Registry, _torch.CosineAnnealingWarmRestarts):
    """torch.optim.lr_scheduler.CosineAnnealingWarmRestarts: cosines one after the other."""

    __slots__ = ()
    _type = "torch.CosineAnnealingWarmRestarts"

    @eager
    def step(self, epoch: float | None = None) -> None:
        """As PyTorch's: the next step, or any epoch, also a fractional one."""
        super().step(epoch)

    # Where in a cycle of which length a step is, PyTorch's step() decides; see its T_cur and T_i.
    def _key(self) -> tuple[Any, ...]:
        return (self.T_i, self.eta_min)

    def _arguments(self, key: tuple[Any, ...]) -> dict[str, Any]:
        return {"T_0": key[0], "eta_min": key[1]}

    def _next_lrs(self) -> list[float] | None:
        if not 0 <= self.T_cur < self.T_i or self.T_cur != int(self.T_cur):
            return None
        plan = self._plan(self._key())
        bases = read_all(self.base_lrs)
        return plan and _attempt(plan.from_base, int(self.T_cur), bases)


# --- functions ---


class _Functions(_Registry):
    """Calls a function of each group, in the order of groups."""

    __slots__ = ()
    _parameters = ("lr_lambda",)

    lr_lambdas: list[Callable[[int], float]]

    def _arguments(self, key: tuple[Any, ...]) -> dict[str, Any]:
        return {"lr_lambda": key[0].function}

    def _evaluate(self, method: str, *numbers: list[float]) -> list[float] | None:
        values: list[float] = []
        for run in _runs([id(function) for function in self.lr_lambdas]):
            plan = self._plan((_Identity(self.lr_lambdas[run.start]),))
            chosen = [n[run] for n in numbers]
            found = plan and _attempt(getattr(plan, method), self.last_epoch, *chosen)
            if not found:
                return None
            values += found
        return values


class _Identity:
    """A function as a key: equal to itself alone, whatever its own == and hash() say."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[int], float]) -> None:
        self.function = function

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.function is other.function

    def __hash__(self) -> int:
        return id(self.function)


class LambdaLR(_Functions, _torch.LambdaLR):
    """torch.optim.lr_scheduler.LambdaLR: the base times what a function makes of the step."""

    __slots__ = ()
    _type = "torch.LambdaLR"

    def _next_lrs(self) -> list[float] | None:
        if not self._is_step(self.last_epoch) or len(self.lr_lambdas) != len(self.base_lrs):
            return None
        return self._evaluate("from_base", read_all(self.base_lrs))


class MultiplicativeLR(_Functions, _torch.MultiplicativeLR):
    """torch.optim.lr_scheduler.MultiplicativeLR: times what a function makes of each step."""

    __slots__ = ()
    _type = "torch.MultiplicativeLR"
    _first = 1

    def _next_lrs(self) -> list[float] | None:
        groups = self.optimizer.param_groups
        if not self._is_step(self.last_epoch) or len(self.lr_lambdas) != len(groups):
            return None
        previous = read_all([group["lr"] for group in groups])
        return self._evaluate("next", previous, previous)


# --- cycles ---


class _Cycle(_Registry):
    """Cycles lr and, if told so, momentum or beta1 of each group between levels of its own."""

    __slots__ = ()
    _fields = {"lr": 1.0, "momentum": 1.0}

    cycle_momentum: bool
    use_beta1: bool

    def _keys(self) -> list[tuple[Any, ...]] | None:
        """One for each group; None if the registry does not take them."""
        raise NotImplementedError

    def _next_lrs(self) -> list[float] | None:
        keys = self._keys() if type(self.last_epoch) is int and self.last_epoch >= 0 else None
        if keys is None or len(keys) != len(self.optimizer.param_groups):
            return None
        runs = [(self._plan(keys[run.start]), run.stop - run.start) for run in _runs(keys)]
        lrs = self._track(runs, "lr")
        momenta = self._track(runs, "momentum") if lrs and self.cycle_momentum else None
        if lrs is None or (momenta is None and self.cycle_momentum):
            return None
        for group, momentum in zip(self.optimizer.param_groups, momenta or ()):
            _write_momentum(group, momentum, self.use_beta1)
        return lrs

    def _track(self, runs: list[tuple[Plan | None, int]], track: str) -> list[float] | None:
        values: list[float] = []
        for plan, count in runs:
            # The levels are the schedule's: it looks at no base.
            found = plan and _attempt(plan.from_base, self.last_epoch, [1.0] * count, track)
            if not found:
                return None
            values += found
        return values


def _write_momentum(group: dict[str, Any], value: float, is_beta1: bool) -> None:
    """Replaces it, as PyTorch does: a tensor there may be the very one that holds its bound."""
    old = group["betas"][0] if is_beta1 else group["momentum"]
    new = torch.full_like(old, value) if isinstance(old, torch.Tensor) else value
    if is_beta1:
        group["betas"] = (new, *group["betas"][1:])
    else:
        group["momentum"] = new


class CyclicLR(_Cycle, _torch.CyclicLR):
    """torch.optim.lr_scheduler.CyclicLR: from base_lr to max_lr and back, cycle by cycle."""

    __slots__ = ()
    _type = "torch.CyclicLR"

    def _height(self) -> tuple[Any, ...] | None:
        """mode, gamma, scale_fn and scale_mode that have the effect of what PyTorch would call."""
        custom = self._scale_fn_custom
        of_cycle = self.scale_mode == "cycle"
        if custom is not None:
            return ("triangular", 1.0, _Identity(custom), "cycle" if of_cycle else "iterations")
        built_in = self._scale_fn_ref
        if built_in is _torch.CyclicLR._triangular_scale_fn:
            return ("triangular", 1.0, None, "cycle")
        if built_in is _torch.CyclicLR._triangular2_scale_fn and of_cycle:
            return ("triangular2", 1.0, None, "cycle")
        if isinstance(built_in, partial) and not of_cycle:
            return ("exp_range", built_in.args[0], None, "iterations")
        return None

    def _keys(self) -> list[tuple[Any, ...]] | None:
        height = self._height()
        count = len(self.base_lrs)
        if height is None or count != len(self.max_lrs):
            return None
        momenta = [(0.8, 0.9)] * count
        if self.cycle_momentum:
            momenta = list(zip(self.base_momentums, self.max_momentums))
        shape = (self.total_size, self.step_ratio, self.cycle_momentum)
        return [
            (read(base), read(top), *map(read, momentum), *shape, *height)
            for base, top, momentum in zip(self.base_lrs, self.max_lrs, momenta)
        ]

    def _arguments(self, key: tuple[Any, ...]) -> dict[str, Any]:
        base, top, low, high, size, ratio, cycle_momentum, mode, gamma, scale, scale_mode = key
        up = round(ratio * size)
        if up / size != ratio or size != int(size):
            raise ValueError("the lengths are not whole")
        return {
            "base_lr": base,
            "max_lr": top,
            "step_size_up": up,
            "step_size_down": int(size) - up,
            "mode": mode,
            "gamma": gamma,
            "scale_mode": scale_mode,
            "cycle_momentum": bool(cycle_momentum),
            "base_momentum": low,
            "max_momentum": high,
            **({"scale_fn": scale.function} if scale else {}),
        }


class OneCycleLR(_Cycle, _torch.OneCycleLR):
    """torch.optim.lr_scheduler.OneCycleLR: up to max_lr, and down to nearly 0."""

    __slots__ = ()
    _type = "torch.OneCycleLR"

    def _keys(self) -> list[tuple[Any, ...]] | None:
        strategy = getattr(self, "_anneal_func_type", None)
        if strategy is None:  # a state of long ago holds the function itself
            return None
        if self.last_epoch > self.total_steps:
            return None
        ends = tuple([phase["end_step"] for phase in self._schedule_phases])
        shape = (self.total_steps, ends, strategy, self.cycle_momentum)
        names = ["max_lr", "initial_lr", "min_lr"]
        if self.cycle_momentum:
            names += ["base_momentum", "max_momentum"]
        return [
            (*shape, *[read(group[name]) for name in names])
            for group in self.optimizer.param_groups
        ]

    # PyTorch keeps what it made of its arguments: phases in the scheduler, levels in the groups.
    # These are arguments from which the same bits come.
    def _arguments(self, key: tuple[Any, ...]) -> dict[str, Any]:
        total, ends, strategy, cycle_momentum, top, first, last = key[:7]
        low, high = key[7:] if cycle_momentum else (0.85, 0.95)
        three = len(ends) == 3
        rises = range(1, 2 + three)  # each phase but the last is a rise longer
        share = _near(
            (ends[0] + 1) / total,
            lambda x: all(n * x * total - n == end for n, end in zip(rises, ends)),
        )
        return {
            "max_lr": top,
            "total_steps": total,
            "pct_start": share,
            "anneal_strategy": strategy,
            "cycle_momentum": bool(cycle_momentum),
            "base_momentum": low,
            "max_momentum": high,
            "div_factor": _near(top / first, lambda x: top / x == first),
            "final_div_factor": _near(first / last, lambda x: first / x == last),
            "three_phase": three,
        }


def _near(guess: float, fits: Callable[[float], bool]) -> float:
    """The number at or beside a guess that fits. Raises ValueError if none does."""
    for candidate in (guess, math.nextafter(guess, math.inf), math.nextafter(guess, -math.inf)):
        if candidate and fits(candidate):
            return candidate
    raise ValueError("no argument leads to this")


# --- averaging ---


class SWALR(_Registry, _swa.SWALR):
    """torch.optim.swa_utils.SWALR: from the lr that is there to swa_lr."""

    __slots__ = ()
    _type = "torch.SWALR"
    _parameters = ("swa_lr", "anneal_epochs", "anneal_strategy")

    def _next_lrs(self) -> list[float] | None:
        step = self._step_count - 1
        strategies = {_swa.SWALR._cosine_anneal: "cos", _swa.SWALR._linear_anneal: "linear"}
        strategy = strategies.get(self.anneal_func)
        if strategy is None or step < 0:
            return None
        values: list[float] = []
        previous = read_all([group["lr"] for group in self.optimizer.param_groups])
        levels = read_all([group["swa_lr"] for group in self.optimizer.param_groups])
        for run in _runs(levels):
            plan = self._plan((levels[run.start], self.anneal_epochs, strategy))
            before = previous[run]
            found = plan and _attempt(plan.next, step, before, before)
            if not found:
                return None
            values += found
        return values


# --- metrics ---


class ReduceLROnPlateau(_Registry, _torch.ReduceLROnPlateau):
    """torch.optim.lr_scheduler.ReduceLROnPlateau: times factor when a metric stops improving."""

    __slots__ = ()
    _type = "torch.ReduceLROnPlateau"
    _parameters = (
        "mode",
        "factor",
        "patience",
        "threshold",
        "threshold_mode",
        "cooldown",
        "eps",
        "min_lr",
    )

    @eager
    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """As PyTorch's: hears a metric, which may be anything that float() takes."""
        heard = self._hear(float(metrics))
        if heard is None:
            super().step(metrics, epoch)
            return
        values, memory = heard
        if epoch is None:
            epoch = self.last_epoch + 1
        else:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
        self.last_epoch = epoch
        self.best = memory[0]
        self.num_bad_epochs, self.cooldown_counter = int(memory[1]), int(memory[2])
        for group, value in zip(self.optimizer.param_groups, values):
            if value != read(group["lr"]):
                write(group, "lr", value)
        self._last_lr = copies(self.optimizer.param_groups, "lr")

    def _hear(self, metric: float) -> tuple[list[float], list[float]] | None:
        """Values after a metric, and what is remembered; None if PyTorch is to say what happens."""
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            return None
        memory = [self.best, self.num_bad_epochs, self.cooldown_counter]
        shared = tuple([getattr(self, name) for name in self._parameters[:-1]])
        values, remembered = [], memory
        for group, lowest in zip(groups, self.min_lrs):
            plan = self._plan((*shared, lowest))
            if plan is None:
                return None
            lr = read(group["lr"])
            # This type does not look at the step, and remembers the same for all groups.
            value, remembered = plan.listen(1, metric, lr, lr, memory)
            values.append(value)
        return values, remembered


# --- several ---


class SequentialLR(_torch.SequentialLR):
    """torch.optim.lr_scheduler.SequentialLR: one after the other, each from a milestone on."""


class ChainedScheduler(_torch.ChainedScheduler):
    """torch.optim.lr_scheduler.ChainedScheduler: each on what the one before has made."""
