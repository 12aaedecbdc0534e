"""What step() of tempo.torch.TempoLR costs beside that of PyTorch's LambdaLR with the same curve.

Usage: python_step.py TEMPO ROWS_BY_HAND. Runs with the Python that `make peers` has made if there is one, and says so without
torch, or where the Python package was not built (TEMPO_PYTHON).
"""

import math
import os
import sys
import time

from torch_step import run_with_peers

ROUNDS = 50
TOTAL = 1000000


def scheduler_of(torch, make, count):
    """A scheduler over `count` groups of one tensor each."""
    groups = [{"params": [torch.zeros(1)], "lr": 0.1 + 1e-5 * i} for i in range(count)]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    scheduler = make(optimizer)
    optimizer.step()  # which PyTorch wants to come first
    return scheduler


def microseconds(schedulers, steps):
    """The best time of one step of each, taken in turns."""
    best = [float("inf")] * len(schedulers)
    for _ in range(ROUNDS):
        for i, scheduler in enumerate(schedulers):
            start = time.perf_counter()
            for _ in range(steps):
                scheduler.step()
            best[i] = min(best[i], (time.perf_counter() - start) / steps)
    return [1e6 * seconds for seconds in best]


def main(tempo):
    sys.path.insert(0, os.path.join(os.path.dirname(tempo), "python"))
    try:
        import torch

        from tempo.torch import TempoLR
    except ImportError as error:
        print("TempoLR.step()                           not measured: %s" % error)
        return

    def theirs(optimizer):
        curve = lambda step: (1 + math.cos(math.pi * step / TOTAL)) / 2  # noqa: E731
        return torch.optim.lr_scheduler.LambdaLR(optimizer, curve)

    def ours(optimizer):
        return TempoLR(optimizer, "composer.CosineAnnealingScheduler t_max=%dba" % TOTAL)

    for count in (1, 100, 1000):
        schedulers = [scheduler_of(torch, make, count) for make in (theirs, ours)]
        a, b = microseconds(schedulers, max(5, 2000 // count))
        name = "TempoLR.step(), %s group%s" % (format(count, ","), "s" * (count > 1))
        print("%-40s %6.2f x faster than %-18s %.1f us / %.1f us" % (name, a / b, "LambdaLR.step()", b, a))


if __name__ == "__main__":
    run_with_peers()
    main(sys.argv[1])
