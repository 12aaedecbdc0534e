"""The schedulers of Composer and llm-foundry, run without their Trainers.

Both packages need only be unpacked (`pip download --no-deps mosaicml llm-foundry`, or installed with
`--no-deps`): the three modules that define schedules are loaded by path, with stand-ins for what they
import and do not use here (torch, the loggers of llm-foundry). The arithmetic is theirs alone.
"""

import importlib.util
import pathlib
import sys
import types
import warnings


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


class Peer:
    """Schedulers by Tempo's type names, and a state to evaluate them at."""

    def __init__(self, packages):
        packages = pathlib.Path(packages)
        if "torch" not in sys.modules:
            _module("torch")
            _module("torch.optim")
            _module("torch.optim.lr_scheduler", LambdaLR=object, LRScheduler=object)
        _module("composer")
        enum = _module("composer.utils.string_enum", packages / "composer/utils/string_enum.py")
        _module("composer.utils", StringEnum=enum.StringEnum, assert_is_instance=lambda *_: None)
        _module("composer.core.serializable", Serializable=object)
        self.time = time = _module("composer.core.time", packages / "composer/core/time.py")
        _module("composer.core", State=object, Time=time.Time, TimeUnit=time.TimeUnit, PyTorchScheduler=object)
        self.composer = _module("composer.optim.scheduler", packages / "composer/optim/scheduler.py")
        _module("composer.optim", **{name: getattr(self.composer, name) for name in self.composer.__all__})
        _module("llmfoundry")
        _module("llmfoundry.utils")
        _module("llmfoundry.utils.warnings", experimental_class=lambda *_: lambda cls: cls)
        self.llmfoundry = _module("llmfoundry.optim.scheduler", packages / "llmfoundry/optim/scheduler.py")
        self.versions = {
            "composer": _version(packages, "mosaicml"),
            "llmfoundry": _version(packages, "llm_foundry"),
        }

    def peer_of(self, type_name):
        family = type_name.split(".")[0]
        return {"composer": "composer", "llmfoundry": "llm-foundry"}[family] + " " + self.versions[family]

    def values(self, document, at):
        """The learning rate after each number of completed batches, or the exception that was raised."""
        run = document["run"]
        ratio = run.get("scale_schedule_ratio", 1.0)
        schedule = dict(document["schedules"][0])
        family, name = schedule.pop("type").split(".")
        warnings.simplefilter("ignore")
        try:
            scheduler = getattr(getattr(self, family), name)(**schedule)
            values = []
            for batch in at:
                alpha = scheduler(self._state(run, ratio, batch), ratio)
                if isinstance(alpha, complex):
                    raise ValueError("the multiplier is a complex number")
                values.append(document["optimizer"]["lr"] * alpha)
            return values
        except Exception as error:  # whatever the peer raises is the recorded result
            return error

    def _state(self, run, ratio, batch):
        time = self.time
        longest = time.Time.from_timestring(run["max_duration"])
        if ratio != 1.0:  # composer/trainer/trainer.py, _scale_max_duration_by_ssr()
            longest = time.Time(int(longest.value * ratio), longest.unit)
            if longest.value == 0:
                raise ValueError("Scale schedule has reduced the max_duration to 0.")
        per_epoch = run.get("batches_per_epoch")
        timestamp = time.Timestamp(
            epoch=batch // per_epoch if per_epoch else 0,
            batch=batch,
            sample=batch * run.get("samples_per_batch", 0),
            token=batch * run.get("tokens_per_batch", 0),
        )
        length = time.Time(per_epoch, "ba") if per_epoch else None
        return types.SimpleNamespace(max_duration=longest, dataloader_len=length, timestamp=timestamp)


def _version(packages, distribution):
    found = sorted(packages.glob(distribution + "-*.dist-info"))
    return found[-1].name.split("-")[1].removesuffix(".dist") if found else "unknown"
