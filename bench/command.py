"""What the command costs: a million rows of `tempo table`, and starting up.

Usage: command.py TEMPO ROWS_BY_HAND, the programs to measure and to compare with.
"""

import os
import subprocess
import sys
import time

ROUNDS = 7
STARTS = 200
ROWS = 1000000
EXPRESSION = "composer.CosineAnnealingWithWarmupScheduler t_warmup=100ba alpha_f=0.1"


def run(arguments):
    """Runs a program, its output thrown away: seconds, and bytes of memory at the peak.

    The peak is an upper bound: a child's begins with this interpreter's, which it is forked from.
    """
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    start = time.perf_counter()
    child = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=nowhere)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit("%s failed with status %d" % (" ".join(arguments), os.waitstatus_to_exitcode(status)))
    return seconds, usage.ru_maxrss * 1024


def best(rounds, *programs):
    """The best time of each program, measured in turns, and each one's memory at the peak."""
    times, peaks = [float("inf")] * len(programs), [0] * len(programs)
    for _ in range(rounds):
        for i, program in enumerate(programs):
            seconds, peak = run(program)
            times[i], peaks[i] = min(times[i], seconds), max(peaks[i], peak)
    return times, peaks


def count_lines(program):
    with subprocess.Popen(program, stdout=subprocess.PIPE) as child:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: child.stdout.read1(1 << 16), b""))


def line(name, ratio, base, measured, goal):
    print("%-40s %6.2f x %-28s %-22s %s" % (name, ratio, base, measured, goal))


def goal(value, limit, unit):
    return "goal < %g %s: %s" % (limit, unit, "met" if value < limit else "MISSED")


def table(tempo, by_hand):
    command = [tempo, "table", "-e", EXPRESSION, "--max-duration", "63900ba", "--lr", "1.2e-4",
               "--samples-per-batch", "1024", "--tokens-per-batch", str(1024 * 2048),
               "--every", "1ba", "--from", "0ba", "--to", "%dba" % (ROWS - 1), "--format", "csv"]
    rows = count_lines(command)
    if rows != ROWS + 1:
        sys.exit("tempo table wrote %d lines instead of a header and %d rows" % (rows, ROWS))
    times, peaks = best(ROUNDS, command, [by_hand])
    seconds, mebibytes = times[0], peaks[0] / 2**20
    line("1,000,000 rows of tempo table", times[0] / times[1], "a printf a row, in C",
         "%.0f ms / %.0f ms" % (1e3 * times[0], 1e3 * times[1]), goal(seconds, 1, "s"))
    line("its memory at the peak", peaks[0] / peaks[1], "a printf a row, in C",
         "%.1f / %.1f MiB" % (mebibytes, peaks[1] / 2**20), goal(mebibytes, 32, "MiB"))


def start(tempo):
    times, _ = best(STARTS, [tempo, "--version"], ["/bin/true"])
    line("tempo --version", times[0] / times[1], "/bin/true",
         "%.2f ms / %.2f ms" % (1e3 * times[0], 1e3 * times[1]), goal(1e3 * times[0], 5, "ms"))


if __name__ == "__main__":
    table(*sys.argv[1:3])
    start(sys.argv[1])
