"""PyTorch's own schedulers against tempo.torch: the same random training twice, every number compared to the bit.

    PYTHONPATH=build/python tests/peers/run dropin_torch.py [--rounds N] [--seed S]

A training has random arguments and groups, and at random steps a hand edits a learning rate or an attribute, a state
is loaded, an epoch is jumped to, a group is added. Exceptions must be of the same type, at the same step. Learning rates
are floats, or tensors of float64; in float32 PyTorch's arithmetic rounds at every operation (docs/exactness.md).
"""

import argparse
import copy
import math
import random
import sys
import warnings

import torch
from torch.optim import lr_scheduler, swa_utils

import tempo.torch


def original(name):
    return getattr(lr_scheduler, name, None) or getattr(swa_utils, name)


# --- random trainings ---


def real(r, low, high):
    return r.choice([r.uniform(low, high), round(r.uniform(low, high), 2)])


def rarely(r, odd, usual):
    return r.choice(odd if r.random() < 0.1 else usual)


def per_group(r, count, make):
    return [make() for _ in range(count)] if r.random() < 0.3 else make()


def function(r):
    decay, kind = real(r, 0.5, 1.1), r.randrange(3)
    return [lambda t: decay**t, lambda t: 1 / (1 + decay * t), lambda t: 1 if t % 3 else decay][kind]


def arguments(r, name, count):
    if name == "StepLR":
        return {"step_size": rarely(r, [0, 2.5], [1, 2, 7, 30]), "gamma": real(r, -0.5, 1.05)}
    if name == "MultiStepLR":
        return {"milestones": [r.randint(-1, 60) for _ in range(r.randint(0, 5))], "gamma": real(r, 0, 1.2)}
    if name == "ConstantLR":
        return {"factor": rarely(r, [0], [real(r, 0.01, 1)]), "total_iters": rarely(r, [0], [1, 5, 33])}
    if name == "LinearLR":
        return {
            "start_factor": real(r, 0.01, 1),
            "end_factor": real(r, 0, 1),
            "total_iters": rarely(r, [0, 2.5], [1, 5, 33]),
        }
    if name == "ExponentialLR":
        return {"gamma": real(r, 0.5, 1.05)}
    if name == "PolynomialLR":
        return {"total_iters": rarely(r, [0], [1, 5, 33, 250]), "power": r.choice([1.0, 0, 2, real(r, 0, 3)])}
    if name == "CosineAnnealingLR":
        return {"T_max": rarely(r, [0, 2.5], [1, 2, 7, 30, 250]), "eta_min": r.choice([0.0, 0, real(r, 0, 0.1)])}
    if name == "CosineAnnealingWarmRestarts":
        return {"T_0": r.choice([1, 3, 10]), "T_mult": r.choice([1, 2, 3]), "eta_min": real(r, 0, 0.1)}
    if name in ("LambdaLR", "MultiplicativeLR"):
        return {"lr_lambda": [function(r) for _ in range(count)] if r.random() < 0.5 else function(r)}
    if name == "CyclicLR":
        custom = r.random() < 0.3
        return {
            "base_lr": per_group(r, count, lambda: real(r, 0, 1)),
            "max_lr": per_group(r, count, lambda: real(r, 0, 1)),
            "step_size_up": rarely(r, [2.5], [1, 4, 13]),
            "step_size_down": r.choice([None, 0, 1, 9]),
            "mode": r.choice(["triangular", "triangular2", "exp_range"]),
            "gamma": real(r, 0.5, 1),
            "scale_fn": function(r) if custom else None,
            "scale_mode": r.choice(["cycle", "iterations"]),
            "cycle_momentum": r.random() < 0.7,
        }
    if name == "OneCycleLR":
        return {
            "max_lr": per_group(r, count, lambda: real(r, 0.01, 1)),
            "total_steps": rarely(r, [1, 10, 50], [310, 333]),
            "pct_start": rarely(r, [0.0, 0.1, 1.0], [0.3, r.random()]),
            "anneal_strategy": r.choice(["cos", "linear"]),
            "cycle_momentum": r.random() < 0.7,
            "div_factor": r.choice([25.0, real(r, 0.5, 100)]),
            "final_div_factor": r.choice([1e4, real(r, 0.5, 1e5)]),
            "three_phase": r.random() < 0.5,
        }
    if name == "SWALR":
        return {
            "swa_lr": per_group(r, count, lambda: real(r, 0, 1)),
            "anneal_epochs": r.choice([0, 1, 10, 40]),
            "anneal_strategy": r.choice(["cos", "linear"]),
        }
    assert name == "ReduceLROnPlateau"
    return {
        "mode": r.choice(["min", "max"]),
        "factor": real(r, -0.2, 0.99),
        "patience": r.choice([0, 1, 3]),
        "threshold": r.choice([1e-4, 0.1, 1.5]),
        "threshold_mode": r.choice(["rel", "abs"]),
        "cooldown": r.choice([0, 2]),
        "min_lr": per_group(r, count, lambda: r.choice([0, real(r, 0, 0.1)])),
        "eps": r.choice([1e-8, 0, 1e-3]),
    }


LEAVES = [n for n in lr_scheduler.__all__ if n not in ("LRScheduler", "SequentialLR", "ChainedScheduler")] + ["SWALR"]
EDITS = [("gamma", 0.37), ("eta_min", 0.02), ("T_max", 12), ("factor", 0.37), ("power", 2), ("end_factor", 0.4)]
EDITS += [("anneal_epochs", 12), ("patience", 2), ("total_iters", 12), ("step_size", 3), ("T_i", 4), ("T_cur", 2)]
EDITS += [("cooldown", 3), ("best", 0.1), ("mode", "max"), ("step_size", 2.5), ("total_iters", 0), ("T_cur", 1.5)]


def plan_training(seed, steps):
    """What happens, as data: the same for both."""
    r = random.Random(seed)
    count = r.randint(1, 3)
    # Three of ten are composites, and a few of what is inside those are again.
    inside = [n for n in LEAVES if n != "ReduceLROnPlateau"]

    def tree(depth):
        if depth and r.random() < 0.3:
            parts = [tree(depth - 1 if r.random() < 0.2 else 0) for _ in range(r.randint(1, 3))]
            marks = sorted(r.randint(0, 40) for _ in parts[1:])
            return (r.choice(["SequentialLR", "ChainedScheduler"]), parts, marks)
        name = r.choice(LEAVES if depth == 2 else inside)
        return (name, arguments(r, name, count), None)

    def event(i):
        chance = r.random()
        if chance < 0.02:
            return ("edit", r.randrange(count), real(r, 0.001, 1))
        if chance < 0.04:
            return ("attribute", *r.choice(EDITS))
        if chance < 0.05:
            return ("reload", tree(0) if r.random() < 0.3 else None)
        if chance < 0.06:
            return ("jump", rarely(r, [-1, 2.5], [0, 1, 7, 30, i]))
        if chance < 0.0605:
            return ("group", real(r, 0.001, 1))
        return None

    return {
        "lrs": [real(r, 0.001, 1) for _ in range(count)],
        "tensor": r.random() < 0.3,
        "adam": r.random() < 0.5,
        "resumed": r.choice([None] * 7 + [0, 4, 29]),
        "tree": tree(2),
        "events": [event(i) for i in range(steps)],
        "metrics": [r.choice([1.0, 0.5, math.nan, r.gauss(0, 1)]) for _ in range(steps)],
    }


# --- one training ---


def number(value):
    return float(value) if isinstance(value, (int, float, torch.Tensor)) else value


def snapshot(optimizer, scheduler):
    groups = [
        {k: ([number(x) for x in v] if isinstance(v, tuple) else number(v)) for k, v in group.items() if k != "params"}
        for group in optimizer.param_groups
    ]
    return groups, [number(x) for x in scheduler.get_last_lr()], plain(scheduler.state_dict())


def plain(state):
    if isinstance(state, dict):
        return {key: plain(value) for key, value in state.items()}
    if isinstance(state, (list, tuple)):
        return [plain(value) for value in state]
    return number(state) if not callable(state) else None


def build(classes, node, optimizer, last_epoch):
    name, given, marks = node
    if name == "SequentialLR":
        return classes(name)(optimizer, [build(classes, n, optimizer, last_epoch) for n in given], marks)
    if name == "ChainedScheduler":
        return classes(name)([build(classes, n, optimizer, last_epoch) for n in given])
    if name == "ReduceLROnPlateau" or last_epoch is None:
        return classes(name)(optimizer, **given)
    return classes(name)(optimizer, **given, last_epoch=last_epoch)


def make_optimizer(training):
    lrs = [torch.tensor(lr, dtype=torch.float64) if training["tensor"] else lr for lr in training["lrs"]]
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in lrs]
    optimizer = (torch.optim.Adam if training["adam"] else torch.optim.SGD)(groups, lr=0.1)
    if training["resumed"] is not None:
        for group in optimizer.param_groups:
            group["initial_lr"] = float(group["lr"]) * 2
            group.update(max_lr=0.9, min_lr=0.001, max_momentum=0.9, base_momentum=0.8)
    return optimizer


def happen(classes, scheduler, optimizer, event, training):
    kind, *what = event
    if kind == "edit":
        group = optimizer.param_groups[what[0]]
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(what[1])
        else:
            group["lr"] = what[1]
    elif kind == "attribute" and hasattr(scheduler, what[0]):
        setattr(scheduler, what[0], what[1])
    elif kind == "reload":
        state = copy.deepcopy(scheduler.state_dict())
        kept = copy.deepcopy(optimizer.state_dict())
        if what[0] and what[0][0] == training["tree"][0]:
            scheduler = build(classes, what[0], optimizer, None)
        scheduler.load_state_dict(state)
        optimizer.load_state_dict(kept)
    elif kind == "group":
        lr = torch.tensor(what[0], dtype=torch.float64) if training["tensor"] else what[0]
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr})
    return scheduler


def train(classes, training):
    """What there is to see: after every step what the groups, the scheduler and its state hold, and what it raised."""
    seen = []
    try:
        optimizer = make_optimizer(training)
        scheduler = build(classes, training["tree"], optimizer, training["resumed"])
        seen.append(snapshot(optimizer, scheduler))
        for event, metric in zip(training["events"], training["metrics"]):
            optimizer.step()
            if event and event[0] != "jump":
                scheduler = happen(classes, scheduler, optimizer, event, training)
            listens = isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
            jumps = event and event[0] == "jump" and training["tree"][2] is None
            scheduler.step(*([metric] if listens else []), *([event[1]] if jumps else []))
            seen.append(snapshot(optimizer, scheduler))
    except Exception as raised:  # noqa: BLE001: whatever PyTorch raises
        seen.append(type(raised).__name__)
    return seen


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=300)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--steps", type=int, default=300)
    given = options.parse_args()
    warnings.simplefilter("ignore")
    steps = raised = differing = 0
    for seed in range(given.seed, given.seed + given.rounds):
        training = plan_training(seed, given.steps)
        theirs = train(original, training)
        ours = train(lambda name: getattr(tempo.torch, name), training)
        steps += len(theirs)
        raised += isinstance(theirs[-1], str)
        if not same(theirs, ours):
            differing += 1
            at = next((i for i, (a, b) in enumerate(zip(theirs, ours)) if not same(a, b)), min(len(theirs), len(ours)))
            events = {k: v for k, v in training.items() if k not in ("events", "metrics")}
            print(f"seed {seed}: differs at step {at}: {events}", file=sys.stderr)
            print(f"  {training['events'][max(0, at - 3) : at]}", file=sys.stderr)
            print(f"  PyTorch: {theirs[at] if at < len(theirs) else None}", file=sys.stderr)
            print(f"  tempo:   {ours[at] if at < len(ours) else None}", file=sys.stderr)
    print(f"{given.rounds} trainings, {steps} steps, {raised} of which end in an exception: {differing} differ")
    return differing > 0


if __name__ == "__main__":
    sys.exit(main())
