"""Types of tempo.composer; tests/python/test_composer.py holds it to the registry."""

from collections.abc import Callable, Sequence
from typing import Any

from torch.optim.lr_scheduler import LRScheduler

from ._tempo import Schedule, Time, Timestamp
from ._unit import TimeUnit

__all__: list[str]

_Time = str | Time

def ensure_time(maybe_time: Time | str | int | float, int_unit: TimeUnit | str) -> Time: ...
def _convert_time(time: _Time, state: Any, ssr: float = 1.0) -> Time: ...
def compile_composer_scheduler(
    scheduler: Callable[..., float], state: Any, ssr: float = 1.0
) -> LRScheduler: ...

class ComposerScheduler:
    def __call__(self, state: Any, ssr: float = 1.0) -> float: ...

class _Registered(ComposerScheduler):
    @property
    def schedule(self) -> Schedule: ...

class StepScheduler(_Registered):
    step_size: _Time
    gamma: float
    def __init__(
        self,
        step_size: _Time,
        gamma: float = 0.1,
    ) -> None: ...

class MultiStepScheduler(_Registered):
    milestones: Sequence[_Time]
    gamma: float
    def __init__(
        self,
        milestones: Sequence[_Time],
        gamma: float = 0.1,
    ) -> None: ...

class MultiStepWithWarmupScheduler(_Registered):
    t_warmup: _Time
    milestones: Sequence[_Time]
    gamma: float
    scale_warmup: bool
    def __init__(
        self,
        t_warmup: _Time,
        milestones: Sequence[_Time],
        gamma: float = 0.1,
        scale_warmup: bool = False,
    ) -> None: ...

class ConstantScheduler(_Registered):
    alpha: float
    t_max: _Time
    def __init__(
        self,
        alpha: float = 1.0,
        t_max: _Time = '1dur',
    ) -> None: ...

class LinearScheduler(_Registered):
    alpha_i: float
    alpha_f: float
    t_max: Time
    def __init__(
        self,
        alpha_i: float = 1.0,
        alpha_f: float = 0.0,
        t_max: _Time = '1dur',
    ) -> None: ...

class ExponentialScheduler(_Registered):
    gamma: float
    decay_period: _Time
    def __init__(
        self,
        gamma: float,
        decay_period: _Time = '1ep',
    ) -> None: ...

class CosineAnnealingScheduler(_Registered):
    t_max: _Time
    alpha_f: float
    def __init__(
        self,
        t_max: _Time = '1dur',
        alpha_f: float = 0.0,
    ) -> None: ...

class CosineAnnealingWarmRestartsScheduler(_Registered):
    t_0: _Time
    t_mult: float
    alpha_f: float
    def __init__(
        self,
        t_0: _Time,
        t_mult: float = 1.0,
        alpha_f: float = 0.0,
    ) -> None: ...

class PolynomialScheduler(_Registered):
    power: float
    t_max: _Time
    alpha_f: float
    def __init__(
        self,
        power: float,
        t_max: _Time = '1dur',
        alpha_f: float = 0.0,
    ) -> None: ...

class ConstantWithWarmupScheduler(_Registered):
    t_warmup: _Time
    alpha: float
    t_max: _Time
    scale_warmup: bool
    def __init__(
        self,
        t_warmup: _Time,
        alpha: float = 1.0,
        t_max: _Time = '1dur',
        scale_warmup: bool = False,
    ) -> None: ...

class LinearWithWarmupScheduler(_Registered):
    t_warmup: _Time
    alpha_i: float
    alpha_f: float
    t_max: _Time
    scale_warmup: bool
    def __init__(
        self,
        t_warmup: _Time,
        alpha_i: float = 1.0,
        alpha_f: float = 0.0,
        t_max: _Time = '1dur',
        scale_warmup: bool = False,
    ) -> None: ...

class CosineAnnealingWithWarmupScheduler(_Registered):
    t_warmup: _Time
    t_max: _Time
    alpha_f: float
    scale_warmup: bool
    def __init__(
        self,
        t_warmup: _Time,
        t_max: _Time = '1dur',
        alpha_f: float = 0.0,
        scale_warmup: bool = False,
    ) -> None: ...

class PolynomialWithWarmupScheduler(_Registered):
    t_warmup: _Time
    power: float
    t_max: _Time
    alpha_f: float
    scale_warmup: bool
    def __init__(
        self,
        t_warmup: _Time,
        power: float = 2.0,
        t_max: _Time = '1dur',
        alpha_f: float = 0.0,
        scale_warmup: bool = False,
    ) -> None: ...
