"""A plain PyTorch loop, run twice: with PyTorch's scheduler and with tempo.torch.TempoLR.

    PYTHONPATH=build/python tests/peers/run train_tempo_lr.py

The parameter groups at every update, and the weights at the end, must be the same to the bit: stepped
every batch and every epoch, with gradient accumulation, with a group that is added in the middle, with a
number that a hand writes, resumed in the middle, and with a metric. A compiled optimizer step must not be
compiled again over a whole schedule.
"""

import sys
import warnings

import torch
from torch.optim import lr_scheduler

import tempo
from tempo.torch import TempoLR

EPOCHS, BATCHES = 6, 5
UPDATES = EPOCHS * BATCHES


def falls(step):
    return 1 / (1 + 0.1 * step)


# What PyTorch makes, and the same as a schedule.
SCHEDULES = {
    "ConstantLR": (
        lambda o: lr_scheduler.ConstantLR(o, factor=0.3, total_iters=4),
        "torch.ConstantLR factor=0.3 total_iters=4",
    ),
    "CosineAnnealingLR": (
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=7, eta_min=0.01),
        "torch.CosineAnnealingLR T_max=7 eta_min=0.01",
    ),
    "CosineAnnealingWarmRestarts": (
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2),
        "torch.CosineAnnealingWarmRestarts T_0=3 T_mult=2",
    ),
    "ExponentialLR": (lambda o: lr_scheduler.ExponentialLR(o, gamma=0.93), "torch.ExponentialLR gamma=0.93"),
    "LambdaLR": (lambda o: lr_scheduler.LambdaLR(o, falls), tempo.schedules.torch.LambdaLR(falls)),
    "LinearLR": (
        lambda o: lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=5),
        "torch.LinearLR start_factor=0.1 total_iters=5",
    ),
    "MultiStepLR": (
        lambda o: lr_scheduler.MultiStepLR(o, milestones=[2, 5, 11], gamma=0.3),
        "torch.MultiStepLR milestones=[2,5,11] gamma=0.3",
    ),
    "MultiplicativeLR": (
        lambda o: lr_scheduler.MultiplicativeLR(o, falls),
        tempo.schedules.torch.MultiplicativeLR(falls),
    ),
    "OneCycleLR": (
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.2, total_steps=UPDATES + 1),
        f"torch.OneCycleLR max_lr=0.2 total_steps={UPDATES + 1}",
    ),
    "PolynomialLR": (
        lambda o: lr_scheduler.PolynomialLR(o, total_iters=20, power=1.5),
        "torch.PolynomialLR total_iters=20 power=1.5",
    ),
    "StepLR": (lambda o: lr_scheduler.StepLR(o, step_size=2, gamma=0.7), "torch.StepLR step_size=2 gamma=0.7"),
}

# A late group starts from the closed form, of which the last bit may differ from what was multiplied step by step.
CHAINED = {"ExponentialLR", "LinearLR", "CosineAnnealingLR", "PolynomialLR", "MultiplicativeLR"}


def data(count, seed=1):
    random = torch.Generator().manual_seed(seed)
    return [(torch.randn(8, 4, generator=random), torch.randn(8, 2, generator=random)) for _ in range(count)]


def sgd(model):
    first, last = model[0].parameters(), model[2].parameters()
    groups = [{"params": first}, {"params": last, "lr": 0.03, "weight_decay": 1e-3}]
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9)


def adam(model):
    return torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)


def make_model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))


def numbers(optimizer):
    fields = ("lr", "momentum", "betas", "weight_decay")
    return [{f: group[f] for f in fields if f in group} for group in optimizer.param_groups]


class Training:
    """A loop that notes every group's numbers at every update. `micro` batches are one update."""

    def __init__(self, make_scheduler, make_optimizer=sgd, micro=1):
        self.model = make_model()
        self.optimizer = make_optimizer(self.model)
        self.scheduler = make_scheduler(self.optimizer)
        self.micro, self.seen, self.loss = micro, [], 0.0

    def update(self, batches):
        for x, y in batches:
            loss = torch.nn.functional.mse_loss(self.model(x), y) / len(batches)
            loss.backward()
            self.loss = loss.item()
        self.seen.append(numbers(self.optimizer))
        self.optimizer.step()
        self.optimizer.zero_grad()

    def run(self, epochs=EPOCHS, every="batch", metric=False, hook=None):
        for epoch in range(epochs):
            batches = data(BATCHES * self.micro, seed=len(self.seen))
            for i in range(0, len(batches), self.micro):
                self.update(batches[i : i + self.micro])
                if hook:
                    hook(self, len(self.seen))
                if every == "batch":
                    self.scheduler.step()
            if every == "epoch":
                self.scheduler.step(self.loss) if metric else self.scheduler.step()
        return self.result()

    def result(self):
        return self.seen, [p.detach().clone() for p in self.model.parameters()]


def tempo_lr(schedule, **options):
    options = options or {"step_schedulers_every_batch": True}
    return lambda optimizer: TempoLR(optimizer, schedule, **options)


def pair(name, **options):
    make, schedule = SCHEDULES[name]
    return make, tempo_lr(schedule, **options)


def late_group():
    return {"params": [torch.nn.Parameter(torch.ones(2))], "lr": 0.5}


def add_group(training, update):
    if update == 7:
        training.optimizer.add_param_group(late_group())


def unfrozen(name):
    """PyTorch's schedulers break when a group is added; there the group is in the optimizer from the start."""

    def three_groups(model):
        optimizer = sgd(model)
        optimizer.add_param_group(late_group())
        return optimizer

    make, ours = pair(name)
    seen, weights = Training(make, three_groups).run()
    return ([row[:2] for row in seen[:7]] + seen[7:], weights), Training(ours).run(hook=add_group)


def by_hand(training, update):
    if update == 7:
        training.optimizer.param_groups[0]["lr"] = 0.5


def resumed(name):
    make, schedule = SCHEDULES[name]
    whole = Training(make).run()
    first = Training(tempo_lr(schedule))
    first.run(2)
    second = Training(tempo_lr(schedule))
    second.model.load_state_dict(first.model.state_dict())
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    second.scheduler.load_state_dict(first.scheduler.state_dict())
    second.seen = first.seen
    return whole, second.run(EPOCHS - 2)


def plateau():
    def make(optimizer):
        return lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, threshold=0.3)

    ours = tempo_lr("torch.ReduceLROnPlateau factor=0.5 patience=0 threshold=0.3", step="1ep")
    return [Training(m).run(20, every="epoch", metric=True) for m in (make, ours)]


def trainings():
    for name in SCHEDULES:
        yield f"{name}, every batch", [Training(m).run() for m in pair(name)]
        yield f"{name}, AdamW", [Training(m, adam).run() for m in pair(name)]
        by_epoch = pair(name, step="1ep")
        yield f"{name}, every epoch", [Training(m).run(every="epoch") for m in by_epoch]
        told = Training(pair(name, batches_per_epoch=BATCHES)[1]).run()
        yield f"{name}, every epoch, told of batches", [Training(by_epoch[0]).run(every="epoch"), told]
        yield f"{name}, 3 micro-batches an update", [Training(m, micro=3).run() for m in pair(name)]
        yield f"{name}, resumed", resumed(name)
        yield f"{name}, a hand writes", [Training(m).run(hook=by_hand) for m in pair(name)]
        if name not in CHAINED:
            yield f"{name}, a group added", unfrozen(name)
    yield "ReduceLROnPlateau", plateau()


def same(a, b):
    return a[0] == b[0] and all(torch.equal(x, y) for x, y in zip(a[1], b[1], strict=True))


def compilations(lr, updates):
    """How often a compiled optimizer step is compiled while a cosine goes by, and the learning rates it used."""
    from torch._dynamo.testing import CompileCounter

    torch._dynamo.reset()
    parameter = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.Adam([parameter], lr=lr, capturable=isinstance(lr, torch.Tensor), foreach=False)
    scheduler = TempoLR(optimizer, f"composer.CosineAnnealingScheduler t_max={updates}ba")
    counter, used = CompileCounter(), []
    step = torch.compile(optimizer.step, backend=counter)
    for _ in range(updates):
        parameter.grad = torch.ones(3)
        used.append(float(optimizer.param_groups[0]["lr"]))
        step()
        scheduler.step()
    return counter.frame_count, used


def main():
    warnings.simplefilter("ignore")
    different = 0
    for name, (theirs, ours) in trainings():
        fine = same(theirs, ours)
        different += not fine
        print(f"{'same' if fine else 'differs':8} {len(theirs[0]):3} updates   {name}")
    many, rates = compilations(torch.tensor(0.1), 100)
    once, _ = compilations(torch.tensor(0.1), 3)
    fine = many == once and len(set(rates)) == 100
    print(f"{'same' if fine else 'differs':8} {many:3} compilations over 100 updates, {once} over 3")
    return 1 if different or not fine else 0


if __name__ == "__main__":
    sys.exit(main())
