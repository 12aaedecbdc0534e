"""The command: python -m tempo, or tempo where the package's scripts are on the path."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from ._tempo import main as _run


def main(argv: Sequence[str | bytes | os.PathLike[str]] | None = None) -> int:
    """Runs a command line (default: that of the process) and returns the exit status.

    0: fine, 1: findings, 2: bad usage or bad input. Reads and writes the process's own standard
    input, output and error; what Python has printed before is written first. Ctrl-C ends the
    process, as it ends every command.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _run(sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    sys.exit(main())
