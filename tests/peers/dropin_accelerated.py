"""pytorch-accelerated's schedulers against tempo.accelerated: the same random training twice,
compared to the bit.

    PYTHONPATH=build/python tests/peers/run dropin_accelerated.py [--rounds N] [--seed S]

A training has random arguments and groups; at random updates a hand edits a learning rate, a base
or an attribute, any number of updates is asked for, or the scheduler is replaced by a new one that
loads its state, or the other's. The state of both is compared too. Constructors must raise the same
exceptions, but where docs/python-accelerated.md says otherwise.
"""

import argparse
import random
import sys

import torch

import tempo.accelerated
from accelerated_peer import _modules

THEIRS = {name: getattr(module, name) for name, module in _modules.items()}
OURS = {name: getattr(tempo.accelerated, name) for name in THEIRS}
MOVED = {"_num_updates"}  # what upstream's WSDLrScheduler forgets


def real(r, low, high):
    return r.choice([r.uniform(low, high), round(r.uniform(low, high), 2)])


def cosine(r):
    epochs, per_epoch = r.choice([1, 2, 5, 10, 30]), r.choice([1, 3, 10, 25])
    return {
        "total_num_epochs": r.choice([epochs] * 20 + [0, -1]),
        "num_update_steps_per_epoch": r.choice([per_epoch] * 20 + [0]),
        "k_decay": r.choice([1.0, 1, 0.0, 0.7, 2, real(r, 0.1, 4)]),
        "lr_min": r.choice([0, 0.0, 1e-6, real(r, 0, 0.5), r.choice([0.01] * 9 + [-0.01])]),
        "min_lr_ratio": r.choice([None, None, 0.0, real(r, 0, 1)]),
        "num_warmup_epochs": r.choice([0, 0, 1, 2, epochs // 2, 2.0]),
        "warmup_starting_lr": r.choice([1e-6, 0.0, real(r, 0, 1)]),
        "warmup_starting_lr_ratio": r.choice([None, None, real(r, 0, 1)]),
        "num_cooldown_epochs": r.choice([0, 0, 1, epochs // 3]),
    }


def wsd(r):
    total = r.choice([20, 50, 100, 101, 400, 1003])
    several = r.choice([1, 1, 2, 3, 4, 9])
    given = {
        "num_warmup_steps": r.choice([0, None, 7, total // 10, total]),
        "decay_phase_ratio": r.choice(
            [0.1, 0.25, 1 / 3, real(r, 0.2, 0.33)] + ([1.0, 0.5] if several == 1 else [0.5])
        ),
        "lr_min": r.choice([1e-6, 0.1, real(r, 0.01, 1), r.choice([0.1] * 9 + [-0.1])]),
        "warmup_starting_lr": r.choice([1e-6, 0.0, real(r, 0, 0.1), r.choice([0.1] * 9 + [50.0])]),
        "use_inverse_sqrt_decay": r.choice([True, False]),
        "num_checkpoints": r.choice([several] * 20 + [0]),
    }
    if r.random() < 0.02:
        return {"num_epochs": 5, "num_update_steps_per_epoch": 4, "total_steps": 20}
    if r.random() < 0.5:
        return given | {"total_steps": r.choice([total] * 20 + [0])}
    return given | {"num_epochs": 5, "num_update_steps_per_epoch": total // 5}


EDITS = {
    "CosineLrScheduler": [
        ("total_iterations", lambda r: r.randint(1, 300)),
        ("warmup_iterations", lambda r: r.randint(0, 50)),
        ("num_cooldown_iterations", lambda r: r.randint(0, 50)),
        ("lr_min", lambda r: real(r, 0, 0.1)),
        ("k_decay", lambda r: real(r, 0.1, 3)),
        ("warmup_lr_init", lambda r: real(r, 0, 0.1)),
    ],
    "WSDLrScheduler": [
        ("lr_min", lambda r: real(r, 0.01, 0.5)),
        ("num_warmup_steps", lambda r: r.randint(0, 50)),
        ("decay_phase_ratio", lambda r: real(r, 0.2, 0.33)),
        ("warmup_starting_lr", lambda r: real(r, 0, 2)),
        ("use_inverse_sqrt_decay", lambda r: r.random() < 0.5),
    ],
}


def plan_training(seed, steps):
    r = random.Random(seed)
    name = r.choice(sorted(THEIRS))
    rates = [r.choice([real(r, 1e-4, 1), 1, 0.1]) for _ in range(r.randint(1, 3))]
    made = {"CosineLrScheduler": cosine, "WSDLrScheduler": wsd}[name](r)
    events = []
    for _ in range(steps):
        kind = r.choices(
            ["step", "ask", "rate", "base", "attribute", "load", "cross"], [90, 3, 2, 1, 2, 1, 1]
        )[0]
        attribute, make = r.choice(EDITS[name])
        value = {"ask": lambda: r.randint(0, 2 * steps), "attribute": lambda: make(r)}.get(
            kind, lambda: real(r, 1e-4, 1)
        )()
        events.append((kind, r.randrange(len(rates)), attribute, value))
    return {"name": name, "rates": rates, "arguments": made, "events": events}


def optimizer_of(rates):
    return torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates], lr=1.0
    )


def state_of(scheduler):
    return {key: value for key, value in scheduler.state_dict().items() if key not in MOVED}


class Side:
    """One of the two systems, with its optimizer."""

    def __init__(self, classes, training):
        self.make = classes[training["name"]]
        self.training = training
        self.optimizer = optimizer_of(training["rates"])
        self.scheduler = self.made()

    def made(self):
        return self.make(self.optimizer, **self.training["arguments"])

    def do(self, event, other):
        kind, group, attribute, value = event
        if kind == "step":
            self.scheduler.step()
        elif kind == "ask":
            self.scheduler.step_update(value)
        elif kind == "rate":
            self.optimizer.param_groups[group]["lr"] = value
        elif kind == "base":
            self.scheduler.base_lr_values[group] = value
        elif kind == "attribute":
            setattr(self.scheduler, attribute, value)
        else:
            saved = (self if kind == "load" else other).scheduler
            state, count = saved.state_dict(), saved._num_updates
            self.scheduler = self.made()
            self.scheduler.load_state_dict(dict(state))
            self.scheduler._num_updates = count
            self.scheduler.base_lr_values = list(saved.base_lr_values)

    def seen(self):
        rates = [(group["lr"], group["initial_lr"]) for group in self.optimizer.param_groups]
        return rates, state_of(self.scheduler), self.scheduler._num_updates


def attempt(action):
    try:
        return action(), None
    except Exception as raised:
        return None, raised


def agree(theirs, ours):
    """Whether who catches theirs catches ours."""
    return isinstance(theirs, (AssertionError, ValueError, TypeError)) and isinstance(
        ours, type(theirs)
    )


def compare(training):
    """Updates compared, and what differs at which of them."""
    theirs, wrong = attempt(lambda: Side(THEIRS, training))
    ours, refused = attempt(lambda: Side(OURS, training))
    if wrong or refused:
        allowed = agree(wrong, refused) if wrong else is_deviation(training)
        return 0, None if allowed else (-1, wrong, refused)
    if (a := theirs.seen()) != (b := ours.seen()):
        return 0, (-1, a, b)
    for at, event in enumerate(training["events"]):
        before = theirs.scheduler  # which a state crosses to before it is replaced
        crossed = type("Crossed", (), {"scheduler": before})
        _, wrong = attempt(lambda: theirs.do(event, ours))
        _, refused = attempt(lambda: ours.do(event, crossed))
        if wrong or refused:
            return at, None if wrong and refused else (at, wrong, refused)
        if (a := theirs.seen()) != (b := ours.seen()):
            return at, (at, a, b)
    return len(training["events"]), None


def is_deviation(training):
    """What upstream accepts, and divides by zero for in mid-training."""
    given = training["arguments"]
    return training["name"] == "WSDLrScheduler" and given["num_checkpoints"] > 1


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=1000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--steps", type=int, default=300)
    given = options.parse_args()
    updates = differing = 0
    for seed in range(given.seed, given.seed + given.rounds):
        training = plan_training(seed, given.steps)
        count, difference = compare(training)
        updates += count
        if difference:
            differing += 1
            at, a, b = difference
            print(
                f"seed {seed}: {training['name']} {training['arguments']} of {training['rates']}",
                file=sys.stderr,
            )
            print(
                f"  at {at}: {training['events'][max(0, at - 2) : at + 1]}",
                file=sys.stderr,
            )
            print(f"  theirs: {a!r}\n  ours:   {b!r}", file=sys.stderr)
    print(f"tempo.accelerated: {given.rounds} trainings, {updates} updates: {differing} differ")
    return differing > 0


if __name__ == "__main__":
    sys.exit(main())
