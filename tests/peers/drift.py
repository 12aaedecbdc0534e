"""How far PyTorch's step() drifts from the closed form that a plan of Tempo has.

    tests/peers/run drift.py [STEPS...]     1000 and 1000000 if none are given

Every recursive schedule is stepped through on a real optimizer, and compared with `tempo table` after each step. What
is printed is the table of docs/exactness.md: the largest difference, relative to the largest value. TEMPO is the
program, build/tempo if not given.
"""

import itertools
import json
import os
import subprocess
import sys
import warnings

import torch
import torch_peer

TEMPO = os.environ.get("TEMPO", "build/tempo")


def schedules(steps):
    """One of each kind, over a run of so many steps, the names as they are to appear."""
    part = steps // 10
    linear = {"start_factor": 1.0, "end_factor": 0.0, "total_iters": steps}
    cosine = {"type": "torch.CosineAnnealingLR", "T_max": steps - part}
    return {
        "StepLR": {"step_size": part, "gamma": 0.3},
        "MultiStepLR": {"milestones": [steps // 2, steps - part], "gamma": 0.3},
        "ConstantLR": {"factor": 0.3, "total_iters": steps // 2},
        "LinearLR, 1 to 0": linear,
        "ExponentialLR, to 1/100": {"gamma": 0.01 ** (1 / steps)},
        "PolynomialLR, power 1": {"total_iters": steps, "power": 1.0},
        "PolynomialLR, power 2": {"total_iters": steps, "power": 2.0},
        "CosineAnnealingLR, T_max = all": {"T_max": steps},
        "CosineAnnealingLR, T_max = a tenth": {"T_max": part},
        "SWALR, cosine": {"swa_lr": 0.01, "anneal_epochs": steps},
        "SWALR, linear": {"swa_lr": 0.01, "anneal_epochs": steps, "anneal_strategy": "linear"},
        "SequentialLR, warmup and cosine": {
            "schedulers": [{"type": "torch.LinearLR", "total_iters": part}, cosine],
            "milestones": [part],
        },
        "ChainedScheduler, line and exponential": {
            "schedulers": [
                {"type": "torch.LinearLR", "total_iters": part},
                {"type": "torch.ExponentialLR", "gamma": 0.01 ** (1 / steps)},
            ],
        },
    }


def document_of(name, arguments, steps):
    return {
        "tempo": 1,
        "run": {"max_duration": f"{steps}ba", "step_schedulers_every_batch": True},
        "optimizer": {"lr": 0.1},
        "schedules": [{"type": "torch." + name.split(",")[0]} | arguments],
    }


def closed(document):
    """What Tempo has after each step."""
    command = [TEMPO, "table", "-", "--every", "1ba", "--format", "csv"]
    table = subprocess.run(command, input=json.dumps(document), capture_output=True, text=True, check=True).stdout
    return [float(line.rpartition(",")[2]) for line in itertools.islice(table.splitlines(), 1, None)]


def stepped(document, steps):
    """What step() leaves in the optimizer, which itself has nothing to do."""
    scheduler = torch_peer.build(document)
    group = scheduler.optimizer.param_groups[0]
    yield group["lr"]
    for _ in range(steps):
        scheduler.step()
        yield group["lr"]


def drift(document, steps):
    exact = closed(document)
    pairs = zip(exact, stepped(document, steps), strict=True)
    return max(abs(mine - theirs) for mine, theirs in pairs) / max(map(abs, exact))


def main():
    warnings.simplefilter("ignore")
    lengths = [int(argument) for argument in sys.argv[1:]] or [10**3, 10**6]
    print(f"torch {torch.__version__.split('+')[0]}\n")
    print("| schedule |" + "".join(f" {steps:.0e} steps |".replace("e+0", "e") for steps in lengths))
    print("|---|" + "---|" * len(lengths))
    for name in schedules(lengths[0]):
        found = [drift(document_of(name, schedules(steps)[name], steps), steps) for steps in lengths]
        print(f"| {name} |" + "".join(f" {value:.1e} |" for value in found), flush=True)


if __name__ == "__main__":
    main()
