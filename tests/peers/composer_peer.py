"""The schedulers of Composer and llm-foundry, run without their Trainers, and Composer's decoupled weight decay.

Both packages may be installed without what they depend on, PyTorch excepted: the modules that define schedules and
optimizers are loaded by path, with stand-ins for what they import and do not use here. The arithmetic is theirs alone.
"""

import importlib.metadata
import importlib.util
import sys
import types
import warnings

import torch

COMPOSER = importlib.metadata.distribution("mosaicml")
FOUNDRY = importlib.metadata.distribution("llm-foundry")
DECAY = "composer.decoupled_weight_decay"


def _module(name, path=None, **members):
    if path is None:
        module = types.ModuleType(name)
        module.__dict__.update(members)
    else:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    sys.modules[name] = module
    return module


def _load():
    """The schedulers by family, Composer's module of times, and its optimizers."""
    _module("composer")
    enum = _module("composer.utils.string_enum", COMPOSER.locate_file("composer/utils/string_enum.py"))
    _module("composer.utils", StringEnum=enum.StringEnum, assert_is_instance=lambda *_: None)
    _module("composer.core.serializable", Serializable=object)
    time = _module("composer.core.time", COMPOSER.locate_file("composer/core/time.py"))
    _module("composer.core", State=object, Time=time.Time, TimeUnit=time.TimeUnit, PyTorchScheduler=object)
    composer = _module("composer.optim.scheduler", COMPOSER.locate_file("composer/optim/scheduler.py"))
    _module("composer.optim", **{name: getattr(composer, name) for name in composer.__all__})
    _module("llmfoundry")
    _module("llmfoundry.utils")
    _module("llmfoundry.utils.warnings", experimental_class=lambda *_: lambda cls: cls)
    foundry = _module("llmfoundry.optim.scheduler", FOUNDRY.locate_file("llmfoundry/optim/scheduler.py"))
    dist = _module("composer.utils.dist")
    sys.modules["composer.utils"].dist = dist
    decay = _module("decoupled_weight_decay", COMPOSER.locate_file("composer/optim/decoupled_weight_decay.py"))
    return {"composer": composer, "llmfoundry": foundry}, time, (decay.DecoupledSGDW, decay.DecoupledAdamW)


_modules, _time, _optimizers = _load()


def peer_of(row):
    is_composer = row["document"]["schedules"][0]["type"].startswith("composer.")
    return f"composer {COMPOSER.version}" if is_composer else f"llm-foundry {FOUNDRY.version}"


def columns(row, at):
    """The learning rate after each number of completed batches; with composer.decoupled_weight_decay, what a real
    optimizer makes of the weight decay there."""
    document = row["document"]
    others = [schedule for schedule in document["schedules"] if schedule["type"] != DECAY]
    rates = _rates(document, others[0], at)
    found = {"at": list(at), "lr": rates}
    if len(others) < len(document["schedules"]):
        decays = [list(_decays(cls, document["optimizer"], rates)) for cls in _optimizers]
        assert decays[0] == decays[1], "the optimizers differ"
        found["weight_decay"] = decays[0]
    return found


class _WatchedDecay(float):
    """A weight decay that notes what becomes of it when it is multiplied from the left."""

    def __rmul__(self, factor):
        self.product = factor * float(self)
        return self.product


def _decays(cls, optimizer, rates):
    """What is subtracted from 1 in a step at each learning rate."""
    parameter = torch.nn.Parameter(torch.ones(1))
    parameter.grad = torch.ones(1)
    real = cls([parameter], lr=optimizer["lr"], weight_decay=optimizer["weight_decay"])
    for rate in rates:
        watched = _WatchedDecay(optimizer["weight_decay"])
        real.param_groups[0] |= {"lr": rate, "weight_decay": watched}
        real.step()
        yield watched.product if watched else 0.0  # no decay at all where it is 0


def _rates(document, schedule, at):
    run = document["run"]
    ratio = run.get("scale_schedule_ratio", 1.0)
    schedule = dict(schedule)
    family, name = schedule.pop("type").split(".")
    warnings.simplefilter("ignore")
    scheduler = getattr(_modules[family], name)(**schedule)
    values = []
    for batch in at:
        alpha = scheduler(_state(run, ratio, batch), ratio)
        if isinstance(alpha, complex):
            raise ValueError("the multiplier is a complex number")
        values.append(document["optimizer"]["lr"] * alpha)
    return values


def _state(run, ratio, batch):
    longest = _time.Time.from_timestring(run["max_duration"])
    if ratio != 1.0:  # composer/trainer/trainer.py, _scale_max_duration_by_ssr()
        longest = _time.Time(int(longest.value * ratio), longest.unit)
        if longest.value == 0:
            raise ValueError("Scale schedule has reduced the max_duration to 0.")
    per_epoch = run.get("batches_per_epoch")
    timestamp = _time.Timestamp(
        epoch=batch // per_epoch if per_epoch else 0,
        batch=batch,
        sample=batch * run.get("samples_per_batch", 0),
        token=batch * run.get("tokens_per_batch", 0),
    )
    length = _time.Time(per_epoch, "ba") if per_epoch else None
    return types.SimpleNamespace(max_duration=longest, dataloader_len=length, timestamp=timestamp)
