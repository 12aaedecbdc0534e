"""The schedules of Hugging Face transformers, on a real optimizer with one group."""

import importlib.metadata
import warnings

import torch
from transformers import optimization

VERSIONS = [f"{name} {importlib.metadata.version(name).split('+')[0]}" for name in ("transformers", "torch")]


def peer_of(row):
    return " on ".join(VERSIONS)


def columns(row, at):
    """The learning rate that LambdaLR computes after each number of completed updates."""
    document = row["document"]
    warnings.simplefilter("ignore")
    scheduler = build(document)
    values = []
    for batch in at:
        scheduler.last_epoch = step_of(document, batch)
        values += scheduler.get_lr()
    return {"at": list(at), "lr": [float(value) for value in values]}


def build(document):
    """`lr_init`, which is no argument there, is what the optimizer has as its default beside the group's own."""
    schedule = {key: value for key, value in document["schedules"][0].items() if key != "every"}
    function = getattr(optimization, schedule.pop("type").split(".")[1])
    lr = document["optimizer"]["lr"]
    group = {"params": [torch.zeros(1)], "lr": lr}
    return function(torch.optim.SGD([group], lr=schedule.pop("lr_init", lr)), **schedule)


def step_of(document, batch):
    """Steps completed after a number of batches."""
    return batch // int(document["schedules"][0].get("every", "1ba")[: -len("ba")])
