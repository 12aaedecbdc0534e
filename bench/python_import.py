"""What `import tempo` costs beside starting Python.

Usage: python_import.py TEMPO ROWS_BY_HAND. Says so where the Python package was not built (TEMPO_PYTHON).
"""

import os
import subprocess
import sys
import time

ROUNDS = 60


def seconds(statement, package):
    """One start of Python that runs a statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], env=dict(os.environ, PYTHONPATH=package), check=True)
    return time.perf_counter() - start


def main(tempo):
    package = os.path.join(os.path.dirname(tempo), "python")
    if not os.path.exists(os.path.join(package, "tempo", "_tempo.abi3.so")):
        print("import tempo                             not measured: no Python package (-DTEMPO_PYTHON=ON)")
        return
    statements = ["import tempo", "pass"]
    best = [float("inf")] * 2
    for _ in range(ROUNDS):  # in turns
        best = [min(so_far, seconds(statement, package)) for so_far, statement in zip(best, statements)]
    milliseconds = 1e3 * (best[0] - best[1])
    print("%-40s %6.2f x %-28s %-22s %s" % (
        "import tempo", best[0] / best[1], "python -c pass", "%.1f ms / %.1f ms" % (1e3 * best[0], 1e3 * best[1]),
        "goal < 10 ms more: %s" % ("met" if milliseconds < 10 else "MISSED")))


if __name__ == "__main__":
    main(sys.argv[1])
