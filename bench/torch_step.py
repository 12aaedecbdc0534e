"""What step() over 10,000 groups costs in PyTorch, beside bench/stepper.c.

Usage: torch_step.py TEMPO ROWS_BY_HAND. Runs with the Python that `make peers` has made if there is one, and says so
without torch.
"""

import os
import subprocess
import sys
import time

GROUPS = 10000
ROUNDS = 7
STEPS = 3


def run_with_peers():
    """Goes over to the Python with the other systems, which need not be the one that runs the benches."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    python = os.path.join(os.environ.get("TEMPO_PEERS") or os.path.join(cache, "tempo/peers"), "bin/python")
    if os.path.exists(python) and "TEMPO_BENCH_PEER" not in os.environ:
        os.execve(python, [python, "-B"] + sys.argv, dict(os.environ, TEMPO_BENCH_PEER="1"))


def nanoseconds(torch, make, differ):
    """The best time of one step over groups of one tensor each."""
    groups = [{"params": [torch.zeros(1)], "lr": 0.1 + 1e-5 * i * differ} for i in range(GROUPS)]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    scheduler = make(optimizer)
    optimizer.step()  # which PyTorch wants to come first
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(STEPS):
            scheduler.step()
        best = min(best, (time.perf_counter() - start) / STEPS)
    return 1e9 * best


def main(rows_by_hand):
    try:
        import torch
    except ImportError:
        print("10,000 groups in PyTorch                 not measured: no torch (`make peers` installs it)")
        return
    from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR
    makers = {
        "LinearLR": lambda optimizer: LinearLR(optimizer, start_factor=0.01, total_iters=900000),
        "CosineAnnealingLR": lambda optimizer: CosineAnnealingLR(optimizer, T_max=1000000),
    }
    stepper = os.path.join(os.path.dirname(rows_by_hand), "bench_stepper")
    ours = dict(line.split("\t") for line in subprocess.check_output([stepper, "times"], text=True).splitlines())
    for name, make in makers.items():
        for differ, words in ((0, ""), (1, ", bases differ")):
            key = "10,000 x " + name + words
            theirs, mine = nanoseconds(torch, make, differ), float(ours[key])
            times = "%.1f us / %.0f us" % (mine / 1e3, theirs / 1e3)
            print("%-40s %6.4f x %-28s %-22s" % (key, mine / theirs, "PyTorch %s" % torch.__version__, times))


if __name__ == "__main__":
    run_with_peers()
    main(sys.argv[2])
