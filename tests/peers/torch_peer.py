"""The schedulers of PyTorch, on a real optimizer with one group, stretched as Composer's Trainer does.

PyTorch must be installed. Of Composer one file is needed, loaded by path.
"""

import importlib.metadata
import importlib.util
import re
import warnings

import torch
from torch.optim import lr_scheduler, swa_utils

# What a document calls a function; tests/support/functions.h has the same in C.
FUNCTIONS = {
    "fall": lambda step: 1 / (1 + step),
    "wave": lambda step: 0.5 + 0.25 * (step % 5),
    "fade": lambda step: 1.0 - step / 500.0,
    "step_decay": lambda step: 0.9 if step % 3 else 0.8,
}


COMPOSER = importlib.metadata.distribution("mosaicml")


def _load_scaling():
    path = COMPOSER.locate_file("composer/trainer/_scale_schedule.py")
    spec = importlib.util.spec_from_file_location("scale_schedule", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_scaling = _load_scaling()


def ratio_of(document):
    return document.get("run", {}).get("scale_schedule_ratio", 1.0)


def is_stepped(row):
    """Whether the row is of step(), and not of the closed form."""
    return not {"stepper", "metrics", "tolerance"}.isdisjoint(row) or "at" not in row


def peer_of(row):
    name = f"torch {torch.__version__.split('+')[0]} {'step()' if is_stepped(row) else 'closed form'}"
    return name + (f", stretched by composer {COMPOSER.version}" if ratio_of(row["document"]) != 1.0 else "")


def columns(row, at):
    """The fields of the optimizer after each number of completed batches."""
    document = row["document"]
    values = stepped(row, at) if is_stepped(row) else closed(document, at)
    if values is None:
        raise TypeError("there is no closed form")
    return {"at": list(at)} | {field: list(column) for field, column in zip(fields_of(document), zip(*values))}


def closed(document, at):
    """The closed forms, or what is computed from the step alone; None for a schedule that has neither.

    One row of values per batch, in the order of fields_of().
    """
    schedule = document["schedules"][0]
    steps = [step_of(document, batch) for batch in at]
    scheduler = build(document)
    if hasattr(scheduler, "_get_closed_form_lr"):
        if _has_fired(document):
            return None
        return [(_at(scheduler, step, scheduler._get_closed_form_lr),) for step in steps]
    if schedule["type"] in ("torch.CyclicLR", "torch.OneCycleLR", "torch.LambdaLR"):
        fields = fields_of(document)[1:]
        group = scheduler.optimizer.param_groups[0]
        return [
            (_at(scheduler, step, scheduler.get_lr), *(read_field(group, field) for field in fields)) for step in steps
        ]
    if schedule["type"] == "torch.CosineAnnealingWarmRestarts":
        return stepped({"document": document}, at)  # its steps count, and compute nothing from the lr
    return None


def stepped(row, at):
    """What step() leaves in the optimizer. `edits` are what the lr is set to by hand after a step."""
    document, metrics = row["document"], row.get("metrics")
    edits = {int(step): lr for step, lr in row.get("edits", {}).items()}
    steps = [step_of(document, batch) for batch in at]
    scheduler = build(document)
    group = scheduler.optimizer.param_groups[0]
    values, done = {0: _fields(document, group)}, 0
    for step in sorted(set(steps)):
        while done < step:
            group["lr"] = edits.get(done, group["lr"])
            scheduler.optimizer.step()
            scheduler.step(*([] if metrics is None else [metrics[done]]))
            done += 1
        values[step] = _fields(document, group)
    return [values[step] for step in steps]


def _fields(document, group):
    return tuple(read_field(group, field) for field in fields_of(document))


def build(document):
    warnings.simplefilter("ignore")
    optimizer = _optimizer(document["optimizer"])
    scheduler = _scheduler(document["schedules"][0], optimizer)
    if ratio_of(document) != 1.0:
        _scaling.scale_pytorch_scheduler(scheduler, ratio_of(document))
    return scheduler


def _has_fired(document):
    """Milestones at 0 before or after they are stretched: the closed form does not know what has happened."""
    ratio = ratio_of(document)
    milestones = document["schedules"][0].get("milestones", [])
    return ratio != 1.0 and any(int(milestone * ratio) == 0 for milestone in milestones)


def fields_of(document):
    """The fields that may be driven, as a plan names them."""
    return ["betas[0]" if field == "betas" else field for field in document["optimizer"]]


def read_field(group, field):
    return group["betas"][0] if field == "betas[0]" else group[field]


def _optimizer(fields):
    parameters = [torch.zeros(1)]
    if "betas" in fields:
        return torch.optim.Adam(parameters, lr=fields["lr"], betas=tuple(fields["betas"]))
    return torch.optim.SGD(parameters, lr=fields["lr"], momentum=fields.get("momentum", 0.9))


def _scheduler(schedule, optimizer):
    arguments = {key: value for key, value in schedule.items() if key not in ("type", "every")}
    if "schedulers" in arguments:
        arguments["schedulers"] = [_scheduler(inner, optimizer) for inner in arguments["schedulers"]]
    for key in ("lr_lambda", "scale_fn"):
        if arguments.get(key) is not None:
            arguments[key] = FUNCTIONS[arguments[key]]
    name = schedule["type"].split(".")[1]
    cls = swa_utils.SWALR if name == "SWALR" else getattr(lr_scheduler, name)
    if cls is lr_scheduler.ChainedScheduler:
        return cls(**arguments)
    return cls(optimizer, **arguments)


def _at(scheduler, step, compute):
    scheduler.last_epoch = step
    return compute()[0]


def step_size(document):
    """Unit and size of one step."""
    every = document["schedules"][0].get("every")
    if every:
        count, unit = re.fullmatch(r"(\d+)(\w+)", every).groups()
        return unit, int(count)
    return ("ba" if document.get("run", {}).get("step_schedulers_every_batch") else "ep"), 1


def step_of(document, batch):
    """Steps completed after a number of batches."""
    run = document.get("run", {})
    unit, size = step_size(document)
    if unit == "ep":
        return batch // run["batches_per_epoch"] // size
    return batch * {"ba": 1, "sp": run.get("samples_per_batch")}[unit] // size


def batch_of(document, step):
    """The first batch after which that many steps are completed."""
    run = document.get("run", {})
    unit, size = step_size(document)
    if unit == "ep":
        return step * size * run["batches_per_epoch"]
    return -(-step * size // {"ba": 1, "sp": run.get("samples_per_batch")}[unit])
