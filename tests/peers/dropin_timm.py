"""timm's schedulers against tempo.timm: the same random training twice, compared to the bit.

    PYTHONPATH=build/python tests/peers/run dropin_timm.py [--rounds N] [--seed S]

A training has random arguments, noise and groups, some with an lr_scale; it steps by epochs or by
updates, sometimes at any time, and with a metric. At random steps a hand edits a learning rate, a
base or an attribute, or the scheduler is replaced by a new one that loads its state. Constructors
and steps must raise the same exceptions, but where docs/python-timm.md says otherwise.
"""

import argparse
import logging
import random
import sys
import types
import warnings

import torch

import tempo.timm
from timm_peer import _timm

CYCLES = ("CosineLRScheduler", "TanhLRScheduler", "PolyLRScheduler")
DROPS = ("StepLRScheduler", "MultiStepLRScheduler")
NAMES = (
    CYCLES
    + DROPS
    + ("WSDLRScheduler", "PlateauLRScheduler", "create_scheduler_v2", "create_scheduler")
)
SCHEDS = (
    "cosine",
    "tanh",
    "step",
    "multistep",
    "poly",
    "wsd",
    "rsqrt",
    "constant",
    "plateau",
    "none",
    "other",
)


def real(r, low, high):
    return r.choice([r.uniform(low, high), round(r.uniform(low, high), 2)])


def noise(r):
    if r.random() < 0.6:
        return {}
    first = r.choice([0, 0.5, 3, 20])
    return {
        "noise_range_t": r.choice([first, [first, first + 30], (first, 2.5 * first)]),
        "noise_pct": r.choice([0.67, real(r, 0.1, 1)]),
        "noise_std": r.choice([1.0, real(r, 0.1, 2)]),
        "noise_seed": r.choice([42, 0, 7, 2**31, -3]),
    }


def warmup(r, prefix=True):
    length = r.choice([0, 0, 1, 5, 12])
    given = {"warmup_t": length, "warmup_lr_init": r.choice([0.0, 1e-5, real(r, 0, 0.2)])}
    return given | ({"warmup_prefix": r.random() < 0.5} if prefix else {})


def cycles(r, name):
    given = {
        "t_initial": r.choice([1, 7, 10, 30, 100, r.choice([25] * 9 + [0])]),
        "lr_min": r.choice([0.0, 0, 1e-6, real(r, 0, 0.2), r.choice([0.01] * 9 + [-0.1])]),
        "cycle_mul": r.choice([1.0, 1.0, 1, 2.0, 1.5, 0.5]),
        "cycle_decay": r.choice([1.0, 0.5, real(r, 0, 1.2)]),
        "cycle_limit": r.choice([1, 1, 2, 5, 0]),
    }
    if name == "TanhLRScheduler":
        given |= {
            "lb": r.choice([-7.0, real(r, -9, 0)]),
            "ub": r.choice([3.0, real(r, 0, 5), r.choice([4.0] * 9 + [-9.5])]),
        }
    else:
        given["k_decay"] = r.choice([1.0, 1.0, 2.0, real(r, 0.2, 3)])
    if name == "PolyLRScheduler":
        given["power"] = r.choice([0.5, 1.0, 2, real(r, 0, 3)])
    return given


def arguments(r, name):
    shared = {"t_in_epochs": r.random() < 0.5} | noise(r)
    if name in CYCLES:
        return cycles(r, name) | warmup(r) | shared
    if name in DROPS:
        decay_t = (
            r.choice([1, 10, 2.4, 30])
            if name == "StepLRScheduler"
            else sorted(r.sample(range(60), r.randint(0, 4)))
        )
        return (
            {"decay_t": decay_t, "decay_rate": r.choice([1.0, 0.5, real(r, 0.1, 1.2)])}
            | warmup(r)
            | shared
        )
    if name == "WSDLRScheduler":
        length = r.choice([10, 40, 85])
        return (
            {
                "t_initial": r.choice([length] * 20 + [0]),
                "decay_t": r.choice([1, length // 5, length, r.choice([3] * 9 + [200])]),
                "lr_min": real(r, 0, 0.2),
                "stable_fn": r.choice(
                    ["constant", "rsqrt", "power", r.choice(["constant"] * 9 + ["other"])]
                ),
                "stable_timescale": r.choice([None, 5, 12.5]),
                "stable_power": real(r, 0.1, 2),
                "decay_fn": r.choice(["linear", "1-sqrt", "cosine", "power", "exp"]),
                "decay_power": real(r, 0.1, 2),
                "decay_ratio": real(r, 0.05, 0.9),
            }
            | warmup(r, prefix=False)
            | shared
        )
    if name == "PlateauLRScheduler":
        return (
            {
                "decay_rate": real(r, 0.1, 0.9),
                "patience_t": r.choice([0, 1, 3]),
                "threshold": r.choice([1e-4, 0.1]),
                "cooldown_t": r.choice([0, 2]),
                "lr_min": r.choice([0.0, 0.01]),
                "mode": r.choice(["min", "max"]),
                "noise_type": r.choice(["normal", "uniform"]),
            }
            | warmup(r, prefix=False)
            | noise(r)
        )
    return factory(r, name)


def factory(r, name):
    epochs = r.choice([10, 30, 50])
    given = {
        "sched": r.choice(SCHEDS),
        "decay_epochs": r.choice([30, 10, 2.4, 0.3]),
        "decay_milestones": [3, 9, 20],
        "cooldown_epochs": r.choice([0, 5]),
        "patience_epochs": r.choice([1, 3]),
        "decay_rate": real(r, 0.1, 0.9),
        "min_lr": r.choice([0.0, 0.01]),
        "warmup_lr": r.choice([1e-5, 0.01]),
        "warmup_epochs": r.choice([0, 3, 5]),
        "warmup_prefix": r.random() < 0.5,
    }
    if name == "create_scheduler":
        options = {
            "epochs": epochs,
            "lr_noise": r.choice([None, 0.3]),
            "seed": r.choice([42, 3]),
            "lr_cycle_limit": 2,
        }
        options |= {"eval_metric": r.choice(["top1", "loss"]), "sched_on_updates": r.random() < 0.3}
        kept = {
            key: value
            for key, value in (given | options).items()
            if key == "sched" or r.random() < 0.7
        }
        return {"args": types.SimpleNamespace(**kept), "updates_per_epoch": r.choice([4, 4, 4, 0])}
    kept = {key: value for key, value in given.items() if r.random() < 0.8}
    more = {"noise": r.choice([0.4, [0.4], [0.2, 0.9], (0.1, 0.5)])} if r.random() < 0.4 else {}
    more |= {
        "cycle_mul": r.choice([1.0, 2.0]),
        "cycle_limit": r.choice([1, 3]),
        "k_decay": r.choice([1.0, 1.5]),
    }
    more |= {
        "step_on_epochs": r.random() < 0.6,
        "updates_per_epoch": r.choice([4, 4, 4, 0]),
        "num_epochs": epochs,
    }
    return kept | more


def plan_training(seed, steps):
    r = random.Random(seed)
    name = r.choice(NAMES)
    groups = [{"lr": r.choice([real(r, 1e-3, 1), 1, 0.1])} for _ in range(r.randint(1, 3))]
    for group in groups:
        if r.random() < 0.2:
            group["lr_scale"] = real(r, 0.1, 1)
    given, events, t = (
        arguments(r, name),
        [],
        0 if r.random() < 0.5 and not may_be_plateau(name) else 1,
    )
    for _ in range(steps):
        kind = r.choices(
            ["step", "jump", "rate", "base", "attribute", "load"], [90, 3, 2, 1, 2, 2]
        )[0]
        t = r.randint(1, 2 * steps) if kind == "jump" else t + (kind == "step")
        events.append(
            (kind, t - (kind == "step"), r.randrange(len(groups)), real(r, 1e-3, 1), metric(r))
        )
    return {"name": name, "groups": groups, "arguments": given, "events": events, "seed": seed}


def may_be_plateau(name):
    """A step(0) of PlateauLRScheduler sets the learning rate to that of a warmup that is not there:
    not so here.
    """
    return name in ("PlateauLRScheduler", "create_scheduler", "create_scheduler_v2")


def metric(r):
    return r.choice([None, real(r, 0, 1), real(r, 0, 1), real(r, 0, 1), float("nan")])


EDITS = (
    "warmup_lr_init",
    "lr_min",
    "cycle_decay",
    "cycle_limit",
    "decay_rate",
    "noise_pct",
    "noise_seed",
    "power",
)


class Side:
    """One of the two systems, with its optimizer."""

    def __init__(self, module, training):
        self.make = getattr(module, training["name"])
        self.training = training
        groups = [
            {"params": [torch.nn.Parameter(torch.zeros(1))]} | group for group in training["groups"]
        ]
        self.optimizer = torch.optim.SGD(groups, lr=1.0)
        self.epochs = None
        self.scheduler = self.made()

    def made(self):
        given = dict(self.training["arguments"])
        if self.training["name"] == "create_scheduler":
            made = self.make(given.pop("args"), self.optimizer, **given)
        else:
            made = self.make(self.optimizer, **given)
        if isinstance(made, tuple):
            made, self.epochs = made
        return made

    def do(self, event):
        kind, t, group, value, heard = event
        scheduler = self.scheduler
        if kind in ("step", "jump"):
            scheduler.step(t, heard)
            scheduler.step_update(t, heard)
        elif kind == "rate":
            self.optimizer.param_groups[group]["lr"] = value
        elif kind == "base":
            if not scheduler.warmup_t:  # of which upstream keeps the slope that it had
                scheduler.base_values[group] = value
        elif kind == "attribute":
            name = EDITS[t % len(EDITS)]
            is_of_slope = scheduler.warmup_t and not name.startswith("noise")  # kept likewise
            if hasattr(scheduler, name) and not is_of_slope:
                setattr(
                    scheduler,
                    name,
                    int(10 * value) if name in ("cycle_limit", "noise_seed") else value,
                )
        elif hasattr(scheduler, "lr_scheduler"):  # of which upstream forgets a part
            scheduler.load_state_dict(scheduler.state_dict())
        else:
            self.scheduler = self.made()
            self.scheduler.load_state_dict(scheduler.state_dict())

    def seen(self):
        scheduler = self.scheduler
        rates = [group["lr"] for group in self.optimizer.param_groups]
        if scheduler is None:
            return rates, self.epochs
        state = {
            k: v
            for k, v in vars(scheduler).items()
            if k not in ("optimizer", "lr_scheduler", "warmup_steps", "metric")
        }
        inner = getattr(scheduler, "lr_scheduler", None)
        if inner:
            state |= {
                key: getattr(inner, key)
                for key in ("best", "num_bad_epochs", "cooldown_counter", "last_epoch")
            }
        lengths = (
            [scheduler.get_cycle_length(n) for n in (0, 1, 3)]
            if hasattr(scheduler, "get_cycle_length")
            else None
        )
        return rates, state, self.epochs, lengths


def attempt(action):
    try:
        return action(), None
    except Exception as raised:
        return None, raised


def agree(theirs, ours):
    """Whether who catches theirs catches ours."""
    return isinstance(theirs, (AssertionError, ValueError, ArithmeticError)) and (
        isinstance(ours, type(theirs))
        or isinstance(ours, ValueError)
        and isinstance(theirs, ArithmeticError)
    )


def compare(training):
    """Steps compared, and what differs at which of them."""
    theirs, wrong = attempt(lambda: Side(_timm, training))
    ours, refused = attempt(lambda: Side(tempo.timm, training))
    if wrong or refused:
        return 0, None if agree(wrong, refused) else (-1, wrong, refused)
    if (a := theirs.seen()) != (b := ours.seen()):
        return 0, (-1, a, b)
    for at, event in enumerate(training["events"] if ours.scheduler else []):
        _, wrong = attempt(lambda: theirs.do(event))
        _, refused = attempt(lambda: ours.do(event))
        if isinstance(theirs.optimizer.param_groups[0]["lr"], complex):
            return at, None  # a power of what was rounded below 0: not so here
        if wrong or refused:
            return at, None if agree(wrong, refused) else (at, wrong, refused)
        if (a := theirs.seen()) != (b := ours.seen()):
            return at, (at, a, b)
    return len(training["events"]), None


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=1000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--steps", type=int, default=150)
    given = options.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    steps = differing = 0
    for seed in range(given.seed, given.seed + given.rounds):
        training = plan_training(seed, given.steps)
        count, difference = compare(training)
        steps += count
        if difference:
            differing += 1
            at, a, b = difference
            print(
                f"seed {seed}: {training['name']} {training['arguments']} of {training['groups']}",
                file=sys.stderr,
            )
            print(
                f"  at {at}: {training['events'][max(0, at - 2) : at + 1]}",
                file=sys.stderr,
            )
            print(f"  theirs: {a!r}\n  ours:   {b!r}", file=sys.stderr)
    print(f"tempo.timm: {given.rounds} trainings, {steps} steps: {differing} differ")
    return differing > 0


if __name__ == "__main__":
    sys.exit(main())
