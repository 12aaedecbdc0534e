"""The schedulers of timm, on a real optimizer, stepped as timm's training script does.

timm and torch must be installed; of timm only timm/scheduler is imported, since the rest of it needs torchvision.
"""

import importlib.metadata
import importlib.util
import sys
import types
import warnings

import torch

VERSION = importlib.metadata.version("timm")


def _scheduler_package():
    package = types.ModuleType("timm")
    package.__path__ = importlib.util.find_spec("timm").submodule_search_locations
    sys.modules["timm"] = package
    return importlib.import_module("timm.scheduler")


_timm = _scheduler_package()


def peer_of(row):
    return f"timm {VERSION}"


def columns(row, at):
    """The learning rate in force after each number of completed batches."""
    warnings.simplefilter("ignore")
    document = row["document"]
    schedule = dict(document["schedules"][0])
    name = schedule.pop("type").split(".")[1]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=document["optimizer"]["lr"])
    scheduler = getattr(_timm, name)(optimizer, **schedule)
    if name == "create_scheduler_v2":
        scheduler = scheduler[0]
    if "metrics" in row:
        return {"at": list(at), "lr": _heard(scheduler, optimizer.param_groups[0], row, at)}
    return {"at": list(at), "lr": [_value(scheduler, optimizer, document, batch) for batch in at]}


def _heard(scheduler, group, row, at):
    """Of one that listens: step t is given metrics[t - 1]. `edits` are what the lr is set to by hand after a step."""
    per_epoch = row["document"].get("run", {}).get("batches_per_epoch", 1)
    edits = {int(t): lr for t, lr in row.get("edits", {}).items()}
    found, t = [], 0
    for batch in at:
        while t < batch // per_epoch:
            group["lr"] = edits.get(t, group["lr"])
            t += 1
            scheduler.step(t, row["metrics"][t - 1])
        found.append(group["lr"])
    return found


def _value(scheduler, optimizer, document, batch):
    # Ascending times: until the first step the value is the constructor's.
    in_epochs = scheduler is not None and scheduler.t_in_epochs
    t = batch // document["run"]["batches_per_epoch"] if in_epochs else batch
    if scheduler is not None and t > 0:
        (scheduler.step if in_epochs else scheduler.step_update)(t)
    value = optimizer.param_groups[0]["lr"]
    if isinstance(value, complex):
        raise TypeError("the value is a complex number")
    return value
