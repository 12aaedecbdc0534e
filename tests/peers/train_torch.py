"""The same small training with PyTorch's own schedulers and with tempo.torch: the same learning rate at every update and the
same weights at the end, to the bit; and a compiled optimizer step with a tensor lr that is compiled once.

    PYTHONPATH=build/python tests/peers/run train_torch.py [--backend inductor]

The backend is that of torch.compile: recompiling is the business of what comes before it, so the default is the quick one.
"""

import argparse
import sys
import warnings

import torch
from torch._dynamo.utils import counters
from torch.optim import lr_scheduler, swa_utils

import tempo.torch

UPDATES = 60
SCHEDULERS = {
    "StepLR": {"step_size": 7, "gamma": 0.7},
    "MultiStepLR": {"milestones": [5, 30, 30, 50], "gamma": 0.5},
    "ConstantLR": {},
    "LinearLR": {"start_factor": 0.1, "total_iters": 40},
    "ExponentialLR": {"gamma": 0.95},
    "PolynomialLR": {"total_iters": 55, "power": 1.7},
    "CosineAnnealingLR": {"T_max": 40, "eta_min": 0.001},
    "CosineAnnealingWarmRestarts": {"T_0": 7, "T_mult": 2},
    "LambdaLR": {"lr_lambda": lambda step: 1 / (1 + step)},
    "MultiplicativeLR": {"lr_lambda": lambda step: 0.9 if step % 3 else 1.0},
    "CyclicLR": {"base_lr": 0.001, "max_lr": 0.1, "step_size_up": 11, "mode": "exp_range", "gamma": 0.99},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": UPDATES},
    "SWALR": {"swa_lr": 0.01, "anneal_epochs": 20},
    "ReduceLROnPlateau": {"patience": 1, "factor": 0.5},
}


def original(name):
    return getattr(lr_scheduler, name, None) or getattr(swa_utils, name)


def ours(name):
    return getattr(tempo.torch, name)


def train(classes, name, kind):
    """The learning rate of every update, and the weights at the end."""
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    data = torch.randn(UPDATES, 16, 4)
    optimizer = getattr(torch.optim, kind)(model.parameters(), lr=0.05)
    scheduler = classes(name)(optimizer, **SCHEDULERS[name])
    lrs = []
    for batch in data:
        loss = (model(batch).squeeze(1) - batch.sum(dim=1)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*([loss] if name == "ReduceLROnPlateau" else []))
    return lrs, torch.cat([p.detach().flatten() for p in model.parameters()])


def compilations(name, backend, together):
    """How many graphs a training compiles, the scheduler inside of what is compiled or beside it."""
    torch._dynamo.reset()
    counters.clear()
    parameter = torch.nn.Parameter(torch.randn(4))
    parameter.grad = torch.randn(4)
    optimizer = torch.optim.AdamW([parameter], lr=torch.tensor(0.01))
    scheduler = ours(name)(optimizer, **{**SCHEDULERS[name], **({"cycle_momentum": False} if "Cycl" in name else {})})
    metric = [1.0] if name == "ReduceLROnPlateau" else []

    def both():
        optimizer.step()
        scheduler.step(*metric)

    step = torch.compile(both if together else optimizer.step, backend=backend)
    for _ in range(UPDATES - 1):
        step()
        if not together:
            scheduler.step(*metric)
    return counters["stats"]["unique_graphs"]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--backend", default="eager")
    backend = options.parse_args().backend
    warnings.simplefilter("ignore")
    failed = 0
    for name in SCHEDULERS:
        for kind in ("SGD", "Adam"):
            lrs, weights = train(original, name, kind)
            our_lrs, our_weights = train(ours, name, kind)
            if lrs != our_lrs or not torch.equal(weights, our_weights):
                failed += 1
                print(f"{name} with {kind}: differs from PyTorch's", file=sys.stderr)
        for together in (False, True):
            graphs = compilations(name, backend, together)
            if graphs != 1:
                failed += 1
                print(f"{name}, {together=}: {graphs} graphs were compiled, not 1", file=sys.stderr)
    print(f"{2 * len(SCHEDULERS)} trainings and {2 * len(SCHEDULERS)} compiled ones: {failed} differ")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
