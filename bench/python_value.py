"""What values cost from Python: one at a time, and a million into a NumPy array.

Usage: python_value.py TEMPO ROWS_BY_HAND, both unused; tempo must be importable. The array is measured with the Python
that `make peers` has made if there is one, else with this one if it has NumPy.
"""

import math
import os
import sys
import time

import tempo

WARMUP, END, FLOOR, BASE = 100, 63900, 0.1, 1.2e-4
COUNT = 1_000_000
ROUNDS = 9


def run_with_peers():
    """Goes over to the Python with NumPy, which need not be the one that runs the benches."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    python = os.path.join(os.environ.get("TEMPO_PEERS") or os.path.join(cache, "tempo/peers"), "bin/python")
    if os.path.exists(python) and "TEMPO_BENCH_PEER" not in os.environ:
        os.execve(python, [python, "-B"] + sys.argv, dict(os.environ, TEMPO_BENCH_PEER="1"))


def by_hand(batch):
    """The same curve as a person writes it."""
    if batch < WARMUP:
        return BASE * (batch / WARMUP)
    done = min(1.0, (batch - WARMUP) / (END - WARMUP))
    return BASE * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * done)))


def vectorised(numpy, batch):
    done = numpy.minimum(1.0, (batch - WARMUP) / (END - WARMUP))
    fallen = FLOOR + (1 - FLOOR) * 0.5 * (1 + numpy.cos(math.pi * done))
    return BASE * numpy.where(batch < WARMUP, batch / WARMUP, fallen)


def best_of(jobs, calls):
    """The best time of one call of each job, measured in turns, in nanoseconds."""
    best = [math.inf] * len(jobs)
    for _ in range(ROUNDS):
        for i, job in enumerate(jobs):
            start = time.perf_counter()
            job()
            best[i] = min(best[i], (time.perf_counter() - start) * 1e9 / calls)
    return best


def line(what, mine, theirs, other, unit, goal):
    ratio = mine / theirs
    verdict = "goal %.2f x: %s" % (goal, "met" if ratio <= goal else "MISSED")
    times = "%.1f %s / %.1f %s" % (mine / unit[0], unit[1], theirs / unit[0], unit[1])
    print("%-40s %6.2f x %-28s %-22s %s" % (what, ratio, other, times, verdict))


def main():
    plan = tempo.Plan(
        f"composer.CosineAnnealingWithWarmupScheduler t_warmup={WARMUP}ba alpha_f={FLOOR}",
        tempo.Run(f"{END}ba"),
        tempo.Group(lr=BASE),
    )
    batches = range(0, 100_000)

    def through_plan():
        for batch in batches:
            plan(batch)

    def through_formula():
        for batch in batches:
            by_hand(batch)

    mine, theirs = best_of((through_plan, through_formula), len(batches))
    line("a value through a Plan in Python", mine, theirs, "the formula in Python", (1, "ns"), 1 / 3)
    try:
        import numpy
    except ImportError:
        print("a million values into an array           not measured: no NumPy (`make peers` installs it)")
        return
    steps = numpy.arange(COUNT)
    mine, theirs = best_of((lambda: plan.values(0, COUNT), lambda: vectorised(numpy, steps)), 1)
    line("a million values into an array", mine, theirs, "the formula in NumPy", (1e6, "ms"), 1)


if __name__ == "__main__":
    run_with_peers()
    main()
