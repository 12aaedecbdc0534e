"""The schedulers of pytorch-accelerated, on a real optimizer, stepped after every update as its Trainer does.

pytorch-accelerated may be installed without what it depends on: only its schedulers are imported, with a stand-in for
the Trainer's placeholders, which are filled in here.
"""

import importlib
import importlib.metadata
import importlib.util
import sys
import types

import torch

VERSION = importlib.metadata.version("pytorch-accelerated")


def _schedulers():
    placeholders = types.SimpleNamespace(
        NUM_EPOCHS=None, NUM_UPDATE_STEPS_PER_EPOCH=None, PER_PROCESS_NUM_UPDATE_STEPS_PER_EPOCH=None
    )
    package = types.ModuleType("pytorch_accelerated")
    package.__path__ = importlib.util.find_spec("pytorch_accelerated").submodule_search_locations
    package.TrainerPlaceholderValues = placeholders
    trainer = types.ModuleType("pytorch_accelerated.trainer")
    trainer.TrainerPlaceholderValues = placeholders
    sys.modules["pytorch_accelerated"] = package
    sys.modules["pytorch_accelerated.trainer"] = trainer
    return {
        "CosineLrScheduler": importlib.import_module("pytorch_accelerated.schedulers.cosine_scheduler"),
        "WSDLrScheduler": importlib.import_module("pytorch_accelerated.schedulers.wsd_scheduler"),
    }


_modules = _schedulers()


def _fill_placeholders(name, schedule, run):
    """What the Trainer puts in for lengths that are left out: a run in updates is rounded up to whole epochs."""
    if name == "WSDLrScheduler" and "num_warmup_epochs" in schedule:  # of create_scheduler_fn()
        schedule["num_warmup_steps"] = run["batches_per_epoch"] * schedule.pop("num_warmup_epochs")
    if "total_steps" in schedule:
        return
    epochs = "total_num_epochs" if name == "CosineLrScheduler" else "num_epochs"
    if epochs not in schedule:
        count, unit = int(run["max_duration"][:-2]), run["max_duration"][-2:]
        schedule[epochs] = count if unit == "ep" else -(-count // run["batches_per_epoch"])
    schedule.setdefault("num_update_steps_per_epoch", run["batches_per_epoch"])


def peer_of(row):
    return f"pytorch-accelerated {VERSION}"


def columns(row, at):
    """The learning rate in force after each number of completed updates."""
    document = row["document"]
    schedule = dict(document["schedules"][0])
    name = schedule.pop("type").split(".")[1]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=document["optimizer"]["lr"])
    _fill_placeholders(name, schedule, document["run"])
    scheduler = getattr(_modules[name], name)(optimizer, **schedule)
    values = [optimizer.param_groups[0]["lr"]]
    for _ in range(max(at)):
        scheduler.step()
        values.append(optimizer.param_groups[0]["lr"])
    return {"at": list(at), "lr": [values[batch] for batch in at]}
